"""The items of a prevalence table as statuses per unit, with the case of each unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from relatum.models.case_cells import CaseCells, count_by_case
from relatum.results.prevalence import PrevalenceRow
from relatum.samples import Sample, status_frame
from relatum.schema import StatusCodes
from relatum.schema.status import combine_any
from relatum.study import Study

__all__ = ["Item", "case_clusters", "collect_items", "population_rows"]

BoolArray = npt.NDArray[np.bool_]
_GROUPS = ("tactic_group", "coping_group")
_POPULATIONS = {
    "trafficking relationships": "trafficking",
    "domestic violence relationships": "domestic_violence",
    "relationships without a population": "",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Item:
    """One row of a prevalence table, unit by unit.

    Attributes
    ----------
    row : PrevalenceRow
        Its counts.
    codes : ndarray of int8, shape (n_units,)
        The statuses of the units of its population.
    cases : ndarray of int, shape (n_units,)
        The case of each of them; cases that share a suspect are one.
    """

    row: PrevalenceRow
    codes: StatusCodes
    cases: npt.NDArray[np.int64]

    @property
    def cells(self) -> CaseCells:
        """Its counts per case."""
        return count_by_case(self.codes, self.cases)


def case_clusters(sample: Sample, unit: str) -> npt.NDArray[np.int64]:
    """Return the case of every relationship or victim; cases that share a suspect are one.

    Parameters
    ----------
    sample : Sample
        The data.
    unit : {"relationship", "victim"}
        The type of unit.

    Returns
    -------
    ndarray of int, shape (n_units,)
        From 0, in the order of the smallest case id.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> case_clusters(example_sample("anna"), "relationship")
    array([0])
    """
    couples = sample.tables["relationships"]
    held = sample.tables[f"{unit}s"]["case_id"].astype("string").fillna("")
    root = {str(case): str(case) for case in [*held, *couples["case_id"].dropna()]}

    def find(case: str) -> str:
        while root[case] != case:
            case = root[case]
        return case

    pairs = couples[["suspect_id", "case_id"]].dropna().drop_duplicates()
    for _, shared in pairs.groupby("suspect_id", sort=True)["case_id"]:
        first, *others = sorted(map(str, shared))
        for other in others:
            low, high = sorted((find(first), find(other)))
            root[high] = low
    roots = [find(str(case)) for case in held]
    return np.unique(np.array(roots, dtype=str), return_inverse=True)[1].astype(np.int64)


def population_rows(sample: Sample, row: PrevalenceRow) -> BoolArray:
    """Return which units belong to the population of a prevalence row, shape (n_units,)."""
    if row.unit == "victim":
        with_contact = sample.tables["police_contacts"]["victim_id"].dropna().unique()
        return np.asarray(sample.unit_ids("victim").isin(with_contact), dtype=bool)
    held = sample.tables["relationships"]["population"].astype("string").fillna("")
    if row.population in _POPULATIONS:
        return (held == _POPULATIONS[row.population]).to_numpy(dtype=bool)
    return np.ones(len(held), dtype=bool)


def collect_items(sample: Sample, study: Study, rows: Sequence[PrevalenceRow]) -> tuple[Item, ...]:
    """Return the statuses behind rows of a prevalence table.

    Parameters
    ----------
    sample : Sample
        The data that the rows were counted from, or a restriction of its codings.
    study : Study
        The plan: the coder.
    rows : sequence of PrevalenceRow
        From `estimate_prevalence`.

    Returns
    -------
    tuple of Item
        In the order of the rows.
    """
    found: dict[str, pd.DataFrame] = {}
    clusters: dict[str, npt.NDArray[np.int64]] = {}
    for unit in sorted({row.unit for row in rows}):
        wanted = [name for row in rows if row.unit == unit for name in _members(sample, row)]
        names = list(dict.fromkeys(wanted))
        found[unit] = status_frame(sample, names, unit=unit, coder=study.coder or None)
        clusters[unit] = case_clusters(sample, unit)
    return tuple(_item(sample, row, found[row.unit], clusters[row.unit]) for row in rows)


def _item(
    sample: Sample, row: PrevalenceRow, frame: pd.DataFrame, clusters: npt.NDArray[np.int64]
) -> Item:
    members = _members(sample, row)
    parts = [frame[name].array.codes for name in members]
    codes = parts[0] if len(parts) == 1 else combine_any(np.stack(parts, axis=1), axis=1)
    chosen = population_rows(sample, row)
    return Item(row=row, codes=codes[chosen], cases=clusters[chosen])


def _members(sample: Sample, row: PrevalenceRow) -> tuple[str, ...]:
    """Return the codes of a row: itself, or the codes of its group."""
    if row.entity not in _GROUPS:
        return (row.term,)
    entity = row.entity.removesuffix("_group")
    return tuple(
        code.id
        for code in sample.schema.codebook.values()
        if code.entity == entity
        and code.domain == row.domain
        and code.is_coding
        and code.unit == "relationship"
        and code.value_type == "status"
    )
