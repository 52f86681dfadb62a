"""The domestic-violence module of a Demographic and Health Survey (DHS) becomes a sample.

The women's recode file (IR) is read, as Stata, SPSS or CSV, and any file that keeps its names, such
as the modules of Peru's ENDES once they are joined by woman. Names and values follow the DHS recode
manual and the programs of the DHS Program for its indicators (chapter 17, domestic violence). Here
a 0 is an answer: the woman was asked and said no, so it is a documented absence; blank, 8 and 9 are
not documented.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from relatum.errors import Issue
from relatum.samples.importers.base import Discard, Imported, finish_import
from relatum.samples.importers.registry_build import (
    RecordTables,
    build_tables,
    design_column,
    design_frame,
    discards_of,
    level_column,
    numbered,
)
from relatum.samples.importers.registry_records import Records, fail_import, open_records
from relatum.samples.sample import SampleInfo

__all__ = ["import_dhs"]

ATTRIBUTION = (
    "Source: Demographic and Health Surveys, The DHS Program, https://dhsprogram.com; name the "
    "survey, its country and its year."
)
TERMS = (
    "DHS microdata are for registered users and the registered study, and may not be passed on. "
    "Do not try to identify anybody."
)
_WEIGHT_UNIT = 1_000_000
_WEIGHTS = ("weight", "weight_women")


def import_dhs(paths: Sequence[str | Path]) -> Imported:
    """Import women's files with the domestic-violence module.

    A woman who answered the module and ever lived with a husband or partner becomes a victim with
    one relationship; other women are left out and counted. A cluster of the survey is a case. The
    module asks of one partner: the present one, or the last one. Help sought from the police
    becomes a contact with the police; whether she reported is not recorded.

    Parameters
    ----------
    paths : sequence of str or Path
        One file per survey.

    Returns
    -------
    Imported
        With the design file: weights (divided by 1,000,000), clusters, strata, and the years from
        marriage to the first violence, for which a sample would need dates.

    Raises
    ------
    ImportFailedError
        With every fault of every file.
    """
    records = open_records("dhs", paths)
    interviewed = records.flags("v044", "1")
    partnered = records.flags("v502", "1") | records.flags("v502", "2")
    keep = interviewed & partnered
    weights = {name: _weights(records, name) for name in _WEIGHTS}
    _check_design(records, keep, weights["weight"])
    own = RecordTables(
        keep=keep,
        cases=_clusters(records),
        population=np.full(records.n, "domestic_violence", dtype=object),
        relationships={
            "victim_statement_available": np.full(records.n, "true", dtype=object),
        },
        codings={"source": np.full(records.n, "victim_statement", dtype=object)},
    )
    tables = build_tables(records, own)
    tables["police_contacts"] = _contacts(records, keep, tables["relationships"])
    first = design_column(records, "years_to_first_violence")
    first[np.isin(first, ["97", "98", "99"])] = ""
    return finish_import(
        tables,
        SampleInfo(
            name="dhs-domestic-violence",
            title="DHS domestic-violence module",
            origin="collected",
            schema_version="",
        ),
        discards=[*discards_of(records, keep), *_left_out(records, interviewed, partnered)],
        attribution=ATTRIBUTION,
        terms=TERMS,
        design=design_frame(records, keep, own={**weights, "years_to_first_violence": first}),
    )


def _weights(records: Records, name: str) -> NDArray[np.object_]:
    texts = pd.Series(design_column(records, name))
    values = pd.to_numeric(texts, errors="coerce") / _WEIGHT_UNIT
    found = values.to_numpy(dtype=object)
    found[values.isna().to_numpy()] = None
    return found


def _check_design(records: Records, keep: NDArray[np.bool_], weights: NDArray[np.object_]) -> None:
    """Refuse records without a weight or a cluster: no analysis could use them."""
    lacking = {
        "d005": np.array([not isinstance(weight, float) or weight <= 0 for weight in weights]),
        "v001": design_column(records, "cluster") == "",
        "v021": design_column(records, "psu") == "",
    }
    issues = []
    for at, file in enumerate(records.files):
        mine = keep & (records.file_of == at)
        if not mine.any():
            message = "No woman of this file answered the domestic-violence module."
            issues.append(Issue(table=file, field="v044", rule="no_records", message=message))
        for column, rows in lacking.items():
            if n := int((mine & rows).sum()):
                message = f"{n:,} women who answered the module have no positive number here."
                issues.append(
                    Issue(table=file, field=column, rule="missing_value", message=message)
                )
    if issues:
        raise fail_import(issues)


def _clusters(records: Records) -> pd.Categorical:
    """Return the case of every record: its file and its cluster."""
    clusters = design_column(records, "cluster")
    pairs = pd.MultiIndex.from_arrays([records.file_of, clusters])
    codes, _ = pd.factorize(pairs)
    return pd.Categorical([f"cluster_{code + 1}" for code in codes])


def _contacts(records: Records, keep: NDArray[np.bool_], couples: pd.DataFrame) -> pd.DataFrame:
    """Return a contact with the police for every woman who sought its help."""
    raw = level_column(records, "d119xe", "police_contacts.contact_initiator")
    initiator = np.array(raw.distinct, dtype=object)[raw.codes][keep]
    mine = couples[initiator != ""]
    return pd.DataFrame(
        {
            "contact_id": numbered("contact", len(mine)),
            "victim_id": mine["victim_id"].to_numpy(dtype=object),
            "relationship_id": mine["relationship_id"].to_numpy(dtype=object),
            "contact_initiator": initiator[initiator != ""],
            "contact_date_precision": "none",
        }
    )


def _left_out(
    records: Records, interviewed: NDArray[np.bool_], partnered: NDArray[np.bool_]
) -> list[Discard]:
    rows = [
        (int((~interviewed).sum()), "Not selected for the module, or not interviewed in private."),
        (int((interviewed & ~partnered).sum()), "Never had a husband or partner."),
    ]
    source = ", ".join(records.files) if len(records.files) < 3 else f"{len(records.files)} files"
    return [Discard(source=source, what="women", n=n, why=why) for n, why in rows if n]
