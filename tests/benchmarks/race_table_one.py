"""The first table of a study, counts of every characteristic, beside tableone.

python tests/benchmarks/race_table_one.py
"""

from __future__ import annotations

import re

import numpy as np
from side_by_side import Peer, Race
from side_report import main

COUNT = re.compile(r"([\d,]+)")
SEED = 1


def draw(n: int):
    """A simulated sample of some cases."""
    from relatum.samples.simulation.dv_draw import simulate_pair

    return simulate_pair(scenario="holds", seed=SEED, n_cases=n).trafficking


def make_columns(n: int) -> dict[str, np.ndarray]:
    """Texts of the characteristics that hold one level each; and the number of cases."""
    from relatum.samples import UNIT_TABLES

    sample = draw(n)
    columns = {"n_cases": np.array(n)}
    for unit, table in UNIT_TABLES.items():
        for field in sample.schema[table]:
            wanted = field.kind in ("category", "ordinal", "boolean") and field.levels
            if wanted and field.name in sample.tables[table]:
                texts = sample.tables[table][field.name].astype("string").fillna("")
                columns[f"{unit}.{field.name}"] = texts.str.lower().to_numpy(dtype=str)
    return columns


def ours(data):
    """All characteristics of cases, suspects, victims and relationships."""
    from relatum.models.describe import describe_characteristics
    from relatum.study import read_study

    sample, study = draw(int(data["n_cases"])), read_study()

    def run():
        found = describe_characteristics(sample, study)
        return {f"{one.variable}={one.level}": one.n for one in found.levels}

    return run


def by_tableone(data):
    """A table per unit; levels of silence are counted by it too, and not compared."""
    import pandas as pd
    from tableone import TableOne

    units: dict[str, dict[str, np.ndarray]] = {}
    for name, column in data.items():
        if "." in name:
            unit, variable = name.split(".")
            units.setdefault(unit, {})[variable] = column
    frames = [pd.DataFrame(columns) for columns in units.values()]

    def run():
        counts = {}
        for frame in frames:
            names = list(frame.columns)
            table = TableOne(frame, columns=names, categorical=names, missing=False).tableone
            for (row, level), text in table["Overall"].items():
                variable = row.split(",")[0]
                if variable in names:
                    counts[f"{variable}={level}"] = float(
                        COUNT.match(str(text))[1].replace(",", "")
                    )
        return counts

    return run


RACES = (
    Race(
        key="table_one",
        headline="First table",
        what="Counts of every characteristic of cases, persons and relationships.",
        unit="cases, with about four relationships each",
        sizes=(10, 100, 1_000),
        data=make_columns,
        script=__file__,
        ours="ours",
        peers=(Peer(name="tableone", run="by_tableone", needs="tableone"),),
    ),
)

if __name__ == "__main__":
    main(RACES)
