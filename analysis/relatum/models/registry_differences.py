"""Two groups of records of a large registry: differences of shares with the case as cluster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from relatum.errors import UsageError
from relatum.inference.boundary_difference import Share, mover_limits
from relatum.inference.clustered_difference import clustered_difference
from relatum.inference.common import Interval, Refusal, finite_or_none
from relatum.inference.differences import difference_interval
from relatum.models.case_cells import CaseCells, Coding, count_by_case
from relatum.models.comparison_verdicts import Margins, judge
from relatum.models.gates import override_notes
from relatum.models.registry_estimates import MOST_WILD, gate_cells
from relatum.models.registry_prevalence import (
    Population,
    RegistryCounter,
    registry_populations,
)
from relatum.models.registry_records import RegistryRecords, registry_provenance
from relatum.results.base import Note, Unavailable
from relatum.results.comparison import CROSSED, CodedContrast
from relatum.results.prevalence import PrevalenceRow
from relatum.results.registry_differences import (
    RegistryDifference,
    RegistryDifferences,
    RegistryGroup,
)
from relatum.schema import Schema, load_schema
from relatum.schema.parallels import Parallel, load_parallels
from relatum.study import Study

__all__ = ["compare_registries", "compare_registry_groups"]

_WHAT = "comparison of two groups of records"
#: Any row that is a share: its rule of a verdict is used.
_RULE = "P02"
_NAIVE = "low_low"
_VERDICTS = {"equivalent": "inside_margin", "different": "different", "not_shown": "not_shown"}
_CODINGS: dict[str, Coding] = {"low": "lower", "high": "upper"}
Limits: TypeAlias = tuple[Interval, Interval]


def compare_registry_groups(
    records: RegistryRecords,
    study: Study,
    *,
    groups: Sequence[str] = (),
    margin: float = 0.15,
    schema: Schema | None = None,
) -> RegistryDifferences | Unavailable:
    """Compare every item between two groups of records of one registry.

    Parameters
    ----------
    records : RegistryRecords
        From `relatum.models.registry_records.read_records`, with a column of groups.
    study : Study
        The plan: level and draws of the comparison, overrides of gates, seed.
    groups : sequence of str, optional
        Two labels; by default the two that there are, trafficking before domestic violence.
    margin : float
        A difference of shares between minus and plus the margin counts as none.
    schema : Schema, optional
        Whose codes are known; the shipped one by default.

    Returns
    -------
    RegistryDifferences or Unavailable
        Unavailable where a group holds no record.

    Raises
    ------
    UsageError
        If the groups are not two that there are, or the margin is not between 0 and 1.

    Notes
    -----
    A share is counted with silence as absence and as presence. A verdict must hold with silence
    as absence in one group and as presence in the other, and the reverse; beside it stands the
    verdict with silence as absence in both. Limits: `clustered_difference` up to 300 cases of
    both groups together; with more those of Korn and Graubard in each group, combined by "mover"
    (Zou and Donner 2008, doi:10.1002/sim.3095); and those of Miettinen and Nurminen where every
    record is a case of its own. Nothing shows that a registry would find a difference, so that
    one inside the margin is no proof of likeness.

    Examples
    --------
    >>> import pandas as pd
    >>> from tempfile import TemporaryDirectory
    >>> from relatum.models.registry_records import read_records
    >>> from relatum.study import read_study
    >>> table = pd.DataFrame({"case": range(400), "year": [2010, 2020] * 200,
    ...                       "debt": [1, 0, 0, 0] * 100})
    >>> with TemporaryDirectory() as folder:
    ...     table.to_parquet(f"{folder}/r.parquet")
    ...     records = read_records(f"{folder}/r.parquet", case="case", group="year",
    ...                            zeros="absent_documented")
    >>> found = compare_registry_groups(records, read_study())
    >>> found.rows[0].contrasts[0].estimate, found.rows[0].verdict
    (0.5, 'different')
    """
    known = [label for label in records.group_labels if label]
    chosen = tuple(groups) or tuple(known)
    if len(set(chosen)) != 2 or set(chosen) - set(records.group_labels):
        there = f"there are {len(known)}" if records.group else "no column of groups was read"
        msg = f"Two different groups are compared; {there}. Name two that there are with groups."
        raise UsageError(msg)
    if not groups and "trafficking" in chosen:
        chosen = tuple(sorted(chosen, key=lambda label: label != "trafficking"))
    parts = {part.label: part for part in registry_populations(records)}
    sides = [_Side(records, parts[label], study, schema) for label in chosen]
    shared = np.intersect1d(sides[0].case_numbers, sides[1].case_numbers)
    return _compare(sides, study, margin=margin, n_shared=len(shared))


def compare_registries(
    first: RegistryRecords,
    second: RegistryRecords,
    study: Study,
    *,
    margin: float = 0.15,
    schema: Schema | None = None,
) -> RegistryDifferences | Unavailable:
    """Compare every item that two registries share; see `compare_registry_groups`.

    Parameters
    ----------
    first, second : RegistryRecords
        A case of one is no case of the other, whatever its label.
    study, margin, schema
        As in `compare_registry_groups`.

    Returns
    -------
    RegistryDifferences or Unavailable
        Unavailable where they share no item.

    Raises
    ------
    UsageError
        If the margin is not between 0 and 1.
    """
    sides = [
        _Side(records, Population(f"relationships of {records.name}", None), study, schema)
        for records in (first, second)
    ]
    return _compare(sides, study, margin=margin, n_shared=0)


class _Side:
    """One group of records: counts per item, and per case."""

    def __init__(
        self, records: RegistryRecords, part: Population, study: Study, schema: Schema | None
    ) -> None:
        self.records, self.part, self.study = records, part, study
        self.counter = RegistryCounter(records, study, schema or load_schema())
        self.cases = part.chosen(records.cases)

    @property
    def case_numbers(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return np.unique(self.cases)

    def rows(self) -> dict[str, PrevalenceRow]:
        return {row.term: row for row in self.counter.rows(self.part)}

    def cells(self, term: str) -> CaseCells:
        codes = self.counter.statuses(self.counter.members(term), self.part)
        return count_by_case(codes, self.cases)

    def describe(self) -> RegistryGroup:
        sizes = np.bincount(self.cases)
        return RegistryGroup(
            words=self.part.words,
            n_records=len(self.cases),
            n_cases=int((sizes > 0).sum()),
            largest_case=int(sizes.max()) if len(sizes) else 0,
        )


def _compare(
    sides: Sequence[_Side], study: Study, *, margin: float, n_shared: int
) -> RegistryDifferences | Unavailable:
    if not 0 < margin < 1:
        msg = f"The margin of a difference of shares must lie between 0 and 1, not {margin:g}."
        raise UsageError(msg)
    first, second = sides
    source = registry_provenance(first.records, study, seed=study.seed)
    if first.records is not second.records:
        source = replace(
            source,
            other_fingerprint=second.records.fingerprint,
            other_origin=second.records.origin,
        )
    for side in sides:
        if not len(side.cases):
            why = f"there are no {side.part.words}"
            return Unavailable(what=_WHAT, why=why, provenance=source)
    others = second.rows()
    pairs = [(row, others[term]) for term, row in first.rows().items() if term in others]
    if not pairs:
        return Unavailable(what=_WHAT, why="the two share no item", provenance=source)
    judged = _Judged(study, margin)
    return RegistryDifferences(
        title="Two groups of records",
        groups=(first.describe(), second.describe()),
        rows=tuple(judged.row(a, b, (first.cells(a.term), second.cells(b.term))) for a, b in pairs),
        margin=margin,
        level=study.comparison.level,
        n_shared_cases=n_shared,
        notes=(*_notes(n_shared), *override_notes(study)),
        provenance=source,
    )


@dataclass(frozen=True, slots=True)
class _Judged:
    """Contrasts and judges items."""

    study: Study
    margin: float

    def row(
        self, first: PrevalenceRow, second: PrevalenceRow, cells: tuple[CaseCells, CaseCells]
    ) -> RegistryDifference:
        """Contrast one item under the crossed codings, and with silence as absence."""
        found: list[CodedContrast] = []
        why, method = self._refused(cells), ""
        for coding in (*CROSSED, _NAIVE):
            if why:
                break
            limits = self._limits(cells, coding)
            if isinstance(limits, Refusal):
                why = limits.why
                break
            method = limits[0].method
            found.append(_contrast(coding, limits))
        verdicts = ("unavailable", "unavailable")
        if not why:
            silence = sum(row.width or 0.0 for row in (first, second))
            crossed, why = self._verdict(found[:2], silence)
            naive, _ = self._verdict([replace(found[2], coding=c) for c in CROSSED], None)
            verdicts = (crossed, naive)
        return RegistryDifference(
            term=first.term,
            label=first.label,
            first=first,
            second=second,
            contrasts=() if verdicts[0] == "unavailable" else tuple(found),
            method="" if verdicts[0] == "unavailable" else method,
            verdict=verdicts[0],
            verdict_naive=verdicts[1],
            why=why,
        )

    def _refused(self, cells: tuple[CaseCells, CaseCells]) -> str:
        reasons = [gate_cells(one, self.study).refused for one in cells]
        return next((why for why in reasons if why), "")

    def _verdict(
        self, contrasts: Sequence[CodedContrast], silence: float | None
    ) -> tuple[str, str]:
        rule: Parallel = load_parallels()[_RULE]
        margins = Margins(-self.margin, self.margin)
        judged = judge(rule, margins, contrasts, silence=silence)
        return _VERDICTS[judged.verdict], judged.why

    def _limits(self, cells: tuple[CaseCells, CaseCells], coding: str) -> Limits | Refusal:
        """Return the limits of the difference at 1 - 2 x level and at 1 - level."""
        a, b = cells
        ends = [_CODINGS[end] for end in coding.split("_")]
        level = self.study.comparison.level
        levels = (1 - 2 * level, 1 - level)
        if all((one.sizes == 1).all() for one in cells):
            counts = [int(one.counts(end).sum()) for one, end in zip(cells, ends, strict=True)]
            found: list[Interval | Refusal] = [
                difference_interval(counts[0], a.n_units, counts[1], b.n_units, conf_level=held)
                for held in levels
            ]
        elif a.n_cases + b.n_cases > MOST_WILD:
            if min(a.n_cases, b.n_cases) < 2:
                return Refusal(_WHAT, "one of the groups has one case; at least two are needed")
            shares = [_share(one, end) for one, end in zip(cells, ends, strict=True)]
            found = [mover_limits(shares[0], shares[1], conf_level=held) for held in levels]
        else:
            held = clustered_difference(
                a.outcomes(ends[0]),
                a.labels,
                b.outcomes(ends[1]),
                b.labels,
                n_draws=self.study.comparison.draws,
                seed=self.study.seed,
            )
            if isinstance(held, Refusal):
                return held
            found = [held.interval(conf_level=one) for one in levels]
        inner, outer = found
        if isinstance(inner, Refusal):
            return inner
        return outer if isinstance(outer, Refusal) else (inner, outer)


def _share(cells: CaseCells, coding: Coding) -> Share:
    return Share(
        counts=cells.counts(coding).astype(np.float64), sizes=cells.sizes.astype(np.float64)
    )


def _contrast(coding: str, limits: Limits) -> CodedContrast:
    inner, outer = limits
    return CodedContrast(
        coding=coding,
        standardised=False,
        estimate=inner.estimate,
        conf_low_90=finite_or_none(inner.conf_low),
        conf_high_90=finite_or_none(inner.conf_high),
        conf_low_95=finite_or_none(outer.conf_low),
        conf_high_95=finite_or_none(outer.conf_high),
        p_value=None,
    )


def _notes(n_shared: int) -> tuple[Note, ...]:
    notes = [
        Note(
            "registry_assay",
            "No item is known in advance to differ, so nothing shows that these records would "
            "find a difference: inside the margin is no proof of likeness.",
        ),
        Note(
            "registry_rows",
            "Each verdict stands for its own row; they are not corrected for the number of rows.",
        ),
        Note(
            "registry_depth",
            "Groups that are documented unevenly differ in what is recorded, whatever happened; "
            "only the verdict under the crossed codings leaves silence open.",
        ),
    ]
    if n_shared:
        holds = "case holds" if n_shared == 1 else "cases hold"
        text = f"{n_shared:,} {holds} records of both groups; limits take them as two cases each."
        notes.append(Note("registry_shared_cases", text))
    return tuple(notes)
