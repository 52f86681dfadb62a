"""Which items of a large registry are recorded together, within cases and at an equal level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
import numpy.typing as npt

from relatum.errors import UsageError
from relatum.inference.common import FloatArray, Refusal
from relatum.inference.joint_counts import JointCounts
from relatum.inference.multiplicity import adjust_holm
from relatum.inference.pair_probabilities import PairProbabilities, pair_probabilities
from relatum.inference.registry_strata import StratifiedPairs, stratified_pairs
from relatum.models.registry_records import (
    CHUNK_ROWS,
    RegistryRecords,
    Zeros,
    read_records,
    registry_provenance,
)
from relatum.results.base import Note, Provenance, Unavailable
from relatum.results.cooccurrence import OddsRatio, UntestedPair
from relatum.results.registry_pairs import (
    STRATA_LABELS,
    RegistryExcess,
    RegistryItem,
    RegistryPair,
    RegistryPairs,
    RegistryReading,
)
from relatum.study import Study

__all__ = ["pair_records", "pair_registry"]

_WHAT = "pairs of a registry"
_CONF_LEVEL = 0.95
Flags = npt.NDArray[np.bool_]


def pair_registry(
    path: Path | str,
    *,
    case: str,
    zeros: Zeros | None = None,
    items: Sequence[str] = (),
    study: Study | None = None,
    chunk_rows: int = CHUNK_ROWS,
) -> RegistryPairs | Unavailable:
    """Count and compare all pairs of items of a registry of up to millions of records.

    Parameters
    ----------
    path : Path or str
        A Parquet or CSV file with a row per record: a column of the case, and a column per item
        with 0 and 1, true and false, or the words of a status. A missing cell is not documented.
    case : str
        The column of the case: within a case records are alike, such as an investigation.
    zeros : {"absent_documented", "not_documented"}, optional
        What a 0 means. There is no default: silence is not absence.
    items : sequence of str
        The columns of the items; see `relatum.models.registry_records.choose_items`.
    study : Study, optional
        The plan: its level; 0.95 without one.
    chunk_rows : int
        Records read at a time. Three bits per cell are kept, and the number of the case.

    Returns
    -------
    RegistryPairs or Unavailable
        Unavailable where no pair can be tested, with the reasons.

    Raises
    ------
    UsageError
        If a column does not exist, or a table of 0 and 1 comes without `zeros`.
    ImportFailedError
        If the file cannot be read, or holds cells that are no status.

    Notes
    -----
    A pair's joint count minus its expectation is summed over strata in which records are alike.
    *Within cases* nothing else is held, least of all the depth of documentation: files that say
    much say much of everything, so true nulls are rejected far too often. A registry holds no
    measure of depth but the number of items recorded. To fix that number beside the totals of the
    items, as is done for small samples by drawing, is out of reach for a million records, so two
    strata enclose it. *At an equal number of items* the items of a record compete for a fixed
    number, so the excess of unrelated pairs is below zero: this is conservative for an excess and
    says nothing of avoidance. *At an equal number of other items* a part of the general level is
    left, so that the excess of unrelated pairs is above zero. The two come together with the
    number of items. Proofs and premises: `relatum.inference.registry_strata.stratified_pairs`.

    Examples
    --------
    >>> import pandas as pd
    >>> from tempfile import TemporaryDirectory
    >>> table = pd.DataFrame({"case": [1, 1, 1, 2, 2, 2], "threats": [1, 1, 0, 1, 0, 0],
    ...                       "debt": [1, 1, 0, 1, 0, 1]})
    >>> with TemporaryDirectory() as folder:
    ...     table.to_csv(f"{folder}/registry.csv", index=False)
    ...     found = pair_registry(f"{folder}/registry.csv", case="case", zeros="not_documented")
    >>> held = found.pairs[0].lower
    >>> held.n_both, round(held.by_case.excess, 2)
    (3, 1.0)
    """
    records = read_records(Path(path), case=case, zeros=zeros, items=items, chunk_rows=chunk_rows)
    return pair_records(records, zeros=zeros, study=study)


def pair_records(
    records: RegistryRecords, *, zeros: Zeros | None = None, study: Study | None = None
) -> RegistryPairs | Unavailable:
    """Compare all pairs of items of records that were read already; see `pair_registry`.

    Parameters
    ----------
    records : RegistryRecords
    zeros : {"absent_documented", "not_documented"}, optional
        What a 0 meant; told in a note.
    study : Study, optional

    Returns
    -------
    RegistryPairs or Unavailable
    """
    source = registry_provenance(records, study)
    why = _why_not(records)
    if why:
        return Unavailable(what=_WHAT, why=why, provenance=source)
    conf_level = _CONF_LEVEL if study is None else study.cooccurrence.conf_level
    return _Compared(records, conf_level).result(source, zeros)


def _why_not(records: RegistryRecords) -> str:
    if len(records.items) < 2:
        return "there are not two items"
    n = len(records.cases)
    if n == 0:
        return "the registry holds no record"
    if records.n_cases == n:
        return "every case holds one record, so that nothing can be compared within cases"
    return ""


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    """The registry under one reading of silence."""

    coding: str
    counts: PairProbabilities
    strata: tuple[StratifiedPairs, StratifiedPairs, StratifiedPairs]


class _Compared:
    """Joins the readings of all pairs into a result."""

    def __init__(self, records: RegistryRecords, conf_level: float) -> None:
        self.records, self.conf_level = records, conf_level
        self.pairs = list(combinations(range(len(records.items)), 2))
        self.lower = self._read("lower", records.lower, records.joint_lower)
        self.upper: _Read | None = None
        if _n_varying(records.joint_upper) > 1:
            self.upper = self._read("upper", records.upper, records.joint_upper)
        self.reasons = self._reasons()
        self.kept = np.array([not why for why in self.reasons], dtype=bool)

    def _read(self, coding: str, words: npt.NDArray[np.uint64], joint: JointCounts) -> _Read:
        counts = pair_probabilities(joint)
        if isinstance(counts, Refusal):
            raise UsageError(str(counts))
        found = stratified_pairs(
            words,
            self.records.cases,
            n_codes=len(self.records.items),
            conf_level=self.conf_level,
        )
        return _Read(coding, counts, found)

    def result(self, source: Provenance, zeros: Zeros | None) -> RegistryPairs | Unavailable:
        """Describe every pair."""
        if not self.kept.any():
            reasons = list(dict.fromkeys(self.reasons))
            more = f"; and {len(reasons) - 3} more reasons" if len(reasons) > 3 else ""
            why = f"none of the {len(self.pairs)} pairs can be tested"
            why = f"{why} ({'; '.join(reasons[:3])}{more})"
            return Unavailable(what=_WHAT, why=why, provenance=source)
        names = self.records.items
        lower = self._readings(self.lower, self.kept)
        upper: dict[int, RegistryReading] = {}
        if self.upper is not None:
            upper = self._readings(self.upper, self.kept & (self.upper.strata[0].variance > 0))
        rows = [self._pair(at, held, upper.get(at)) for at, held in lower.items()]
        return RegistryPairs(
            title="Pairs of items",
            n_family=len(self.pairs),
            items=tuple(self._item(at) for at in range(len(names))),
            pairs=tuple(rows),
            untested=tuple(
                UntestedPair(
                    first=names[i],
                    second=names[j],
                    first_label=names[i],
                    second_label=names[j],
                    why=why,
                )
                for (i, j), why in zip(self.pairs, self.reasons, strict=True)
                if why
            ),
            upper=None if upper else _no_upper(),
            n_records=len(self.records.cases),
            n_cases=self.records.n_cases,
            conf_level=self.conf_level,
            notes=_notes(len(rows), len(self.pairs), len(names), zeros),
            provenance=source,
        )

    def _item(self, at: int) -> RegistryItem:
        records = self.records
        present = int(records.joint_lower.counts[at, at])
        most = int(records.joint_upper.counts[at, at])
        foreign = int(records.n_foreign[at])
        return RegistryItem(
            term=records.items[at],
            n_present=present,
            n_absent=len(records.cases) - most - foreign,
            n_undocumented=most - present,
            n_not_applicable=foreign,
        )

    def _reasons(self) -> list[str]:
        items = [self._item_reason(self._item(at)) for at in range(len(self.records.items))]
        same = _same(self.records.joint_lower) & _same(self.records.joint_upper)
        moves = self.lower.strata[0].variance > 0
        found = []
        for at, (i, j) in enumerate(self.pairs):
            why = items[i] or items[j]
            if not why and same[at]:
                why = "the two have the same status in every record: perhaps one item entered twice"
            if not why and not moves[at]:
                why = "no case holds records that differ in both"
            found.append(why)
        return found

    def _item_reason(self, item: RegistryItem) -> str:
        n = len(self.records.cases)
        if item.n_not_applicable:
            return f"{item.term}: does not apply to every record"
        if item.n_undocumented == n:
            return f"{item.term}: never documented"
        if item.n_present == n:
            return f"{item.term}: recorded in every record"
        if item.n_present == 0:
            return f"{item.term}: recorded in no record"
        return ""

    def _readings(self, read: _Read, kept: Flags) -> dict[int, RegistryReading]:
        """Word the tested pairs under one reading, p values adjusted over them."""
        family = int(self.kept.sum())
        adjusted = [_holm(found, kept, family) for found in read.strata]
        counts, rows = read.counts, {}
        for at in np.flatnonzero(kept).tolist():
            by_case, by_total, by_others = (
                _excess(found, at, strata, int(counts.observed[at]), float(ps[at]))
                for strata, found, ps in zip(STRATA_LABELS, read.strata, adjusted, strict=True)
            )
            rows[at] = RegistryReading(
                coding=read.coding,
                n_first=int(counts.n_first[at]),
                n_second=int(counts.n_second[at]),
                n_both=int(counts.observed[at]),
                phi=float(counts.phi[at]),
                p_veech=float(counts.p_at_least[at]),
                by_case=by_case,
                by_total=by_total,
                by_others=by_others,
            )
        return rows

    def _pair(self, at: int, lower: RegistryReading, upper: RegistryReading | None) -> RegistryPair:
        names = self.records.items
        first, second = (names[i] for i in self.pairs[at])
        tests = [held.by_total for held in (lower, upper) if held is not None]
        level = 1 - self.conf_level
        return RegistryPair(
            first=first,
            second=second,
            lower=lower,
            upper=_no_upper() if upper is None else upper,
            above_level=all(
                isinstance(test, RegistryExcess) and test.excess > 0 and test.p_adjusted <= level
                for test in tests
            ),
        )


def _n_varying(joint: JointCounts) -> int:
    return int(((joint.totals > 0) & (joint.totals < joint.n_units)).sum())


def _same(joint: JointCounts) -> Flags:
    """Say which pairs are present in the same records."""
    _, first_only, second_only, _ = joint.tables.T
    found: Flags = (first_only == 0) & (second_only == 0)
    return found


def _no_upper() -> Unavailable:
    why = "with silence as presence an item is the same in every record, or in all of a case"
    return Unavailable(what="silence read as presence", why=why)


def _holm(found: StratifiedPairs, kept: Flags, family: int) -> FloatArray:
    result = np.ones(len(kept))
    tested = kept & (found.variance > 0)
    if tested.any():
        adjusted = adjust_holm(found.p_value[tested], family_size=family)
        if not isinstance(adjusted, Refusal):
            result[tested] = adjusted.adjusted
    return result


def _excess(
    found: StratifiedPairs, at: int, strata: str, n_both: int, p_adjusted: float
) -> RegistryExcess | Unavailable:
    what = f"excess {STRATA_LABELS[strata]}"
    if found.variance[at] <= 0:
        return Unavailable(what=what, why="no records that are alike differ in both")
    excess = float(found.excess[at])
    return RegistryExcess(
        strata=strata,
        expected=n_both - excess,
        excess=excess,
        std_error=float(np.sqrt(found.variance[at])),
        statistic=float(found.statistic[at]),
        p_value=float(found.p_value[at]),
        p_adjusted=p_adjusted,
        odds_ratio=_ratio(found, at),
    )


def _ratio(found: StratifiedPairs, at: int) -> OddsRatio | Unavailable:
    if not found.estimable[at]:
        why = "the estimate is zero or infinite, without limits"
        return Unavailable(what="Mantel-Haenszel odds ratio", why=why)
    ends = (found.log_odds_ratio[at], found.conf_low[at], found.conf_high[at])
    estimate, low, high = (float(np.exp(end)) for end in ends)
    return OddsRatio(
        estimate=estimate,
        conf_low=low,
        conf_high=high,
        conf_level=found.conf_level,
        method="mantel_haenszel",
    )


_ZEROS = {
    "not_documented": "A 0 was declared to mean that the record says nothing of the item.",
    "absent_documented": "A 0 was declared to mean that the item was ruled out.",
}


def _notes(n_tested: int, n_family: int, n_items: int, zeros: Zeros | None) -> tuple[Note, ...]:
    return (
        Note(
            "registry_family",
            f"{n_tested:,} of {n_family:,} pairs can be tested; p values are two-sided and "
            f"adjusted for these (Holm). {_ZEROS.get(zeros or '', '')}".strip(),
        ),
        Note(
            "registry_cases",
            "Within cases nothing but the case is held. Uneven documentation alone makes items "
            "seem to go together: in simulations such a test rejected 22% of true nulls at 5%.",
        ),
        Note(
            "registry_level",
            f"The general level of a record is held by its number of {n_items:,} items. At an "
            "equal number of items unrelated pairs lie below zero, so a negative value is no "
            "avoidance; at an equal number of other items they lie above. A pair is above the "
            "general level where even the first is positive and significant. A group of other "
            "items recorded together can move either.",
        ),
        Note(
            "registry_size",
            "With many records the smallest difference gives a small p, and the two biases are "
            "differences too: read the odds ratios, not the p values.",
        ),
        Note(
            "registry_selection",
            "A registry that takes in a record only if some item is present makes unrelated items "
            "seem to avoid each other; no column corrects this.",
        ),
        Note(
            "registry_familiar",
            "Phi and Veech's probability ignore cases and documentation.",
        ),
    )
