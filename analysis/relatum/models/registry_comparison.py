"""Trafficking beside domestic violence in open registries, and what reading blanks as no does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from relatum.errors import UsageError
from relatum.inference.boundary_difference import check_arm, mover_limits
from relatum.inference.clustered_difference import clustered_difference
from relatum.inference.common import Interval, Refusal
from relatum.inference.differences import difference_interval
from relatum.models.comparison_readings import Reading
from relatum.models.comparison_verdicts import Margins, judge
from relatum.models.registry_associations import registry_associations
from relatum.models.registry_comparison_notes import registry_notes
from relatum.models.registry_groups import (
    FIELD_LABELS,
    RecordGroup,
    ctdc_dhs_groups,
    linea137_groups,
    shared_terms,
)
from relatum.results.base import Unavailable
from relatum.results.comparison import CROSSED, CodedContrast
from relatum.results.provenance import provenance_of
from relatum.results.registry_comparison import (
    SMALLEST_COUNT,
    RegistryComparison,
    RegistryRow,
    RegistryShare,
    RegistryVerdict,
    is_small,
)
from relatum.samples.importers.base import Imported
from relatum.schema.parallels import Parallel, load_parallels
from relatum.schema.status import ABSENT, PRESENT, UNDOCUMENTED

__all__ = ["compare_ctdc_dhs", "compare_linea137"]

_WHAT = "comparison of open registries"
_LEVEL = 0.05
_DRAWS = 1_999
#: With more cases the limits of Korn and Graubard stand in for the wild bootstrap.
_MOST_CASES = 3_000
#: Any row that is a share: its rule of a verdict is used.
_RULE = "P02"
_VERDICTS = {"equivalent": "inside_margin", "different": "different", "not_shown": "not_shown"}
_WITHHELD = "numbers are withheld where a count lies below 10"


def compare_linea137(
    imported: Imported, *, margin: float = 0.15, seed: int = 1
) -> RegistryComparison | Unavailable:
    """Compare records on exploitation with records on partners in files of Línea 137.

    Parameters
    ----------
    imported : Imported
        From `relatum.samples.importers.registries.import_registry` with ``linea137``: calls, or
        interventions.
    margin : float
        Differences of shares between minus and plus this margin count as none.
    seed : int

    Returns
    -------
    RegistryComparison or Unavailable
        Unavailable where a group holds fewer than 10 records.

    Raises
    ------
    UsageError
        If the sample is of another source, or the margin is not between 0 and 1.

    Notes
    -----
    Each characteristic is judged three times. *Naive*: a blank is no. *Bounds*: a blank can be
    either, so a verdict must hold with blanks as absent in one group and as present in the other,
    and the reverse. *Answered*: among records that answer, which assumes that blanks are like
    them. A NO in a block that is flagged unknown counts as blank in the last two, a SI as present
    always. Limits of the difference are clustered by case (`clustered_difference`); with more
    than 3,000 cases those of Korn and Graubard are combined, and where every record is a case of
    its own those of Miettinen and Nurminen are used. Verdicts as in
    `relatum.models.comparison_verdicts.judge`, without a correction for the number of rows.

    Examples
    --------
    >>> from relatum.samples.importers.guide import examples_path
    >>> from relatum.samples.importers.registries import import_registry
    >>> calls = import_registry("linea137", [examples_path() / "linea137" / "calls.csv"])
    >>> print(str(compare_linea137(calls))[:66])
    comparison of open registries: not available (fewer than 10 record
    """
    groups = linea137_groups(imported)
    return _compare(groups, ("linea137",), margin=margin, seed=seed)


def compare_ctdc_dhs(
    ctdc: Imported, dhs: Imported, *, margin: float = 0.15, seed: int = 1
) -> RegistryComparison | Unavailable:
    """Compare women of the CTDC with women who told a survey of violence by a partner.

    Parameters
    ----------
    ctdc, dhs : Imported
        From `relatum.samples.importers.registries.import_registry`.
    margin, seed
        See `compare_linea137`.

    Returns
    -------
    RegistryComparison or Unavailable

    Raises
    ------
    UsageError
        If a sample is of another source, or the margin is not between 0 and 1.

    Notes
    -----
    As `compare_linea137`. The survey's weights and clusters are used; nothing in the files of the
    CTDC is ever ruled out, so that its blanks are open in every row.

    Examples
    --------
    >>> from relatum.samples.importers.guide import examples_path
    >>> from relatum.samples.importers.registries import import_registry
    >>> place = examples_path() / "ctdc" / "records.csv"
    >>> persons = import_registry("ctdc", [place])
    >>> compare_ctdc_dhs(persons, persons)
    Traceback (most recent call last):
    ...
    relatum.errors.UsageError: This compares records that the adapter 'dhs' read, not the sample ...
    """
    return _compare(ctdc_dhs_groups(ctdc, dhs), ("ctdc", "dhs"), margin=margin, seed=seed)


def _compare(
    groups: tuple[RecordGroup, RecordGroup],
    registries: tuple[str, ...],
    *,
    margin: float,
    seed: int,
) -> RegistryComparison | Unavailable:
    if not 0 < margin < 1:
        msg = f"The margin of a difference of shares must lie between 0 and 1, not {margin:g}."
        raise UsageError(msg)
    first, second = groups
    same = first.imported is second.imported
    provenance = provenance_of(
        first.imported.sample, seed=seed, other=None if same else second.imported.sample
    )
    for group in groups:
        if group.n < SMALLEST_COUNT:
            why = f"fewer than {SMALLEST_COUNT} records in which {group.words}"
            return Unavailable(what=_WHAT, why=why, provenance=provenance)
    judged = _Judged(groups, margin, seed)
    rows = tuple(judged.row(term) for term in shared_terms(groups))
    if not rows:
        why = "there is no characteristic that both can record"
        return Unavailable(what=_WHAT, why=why, provenance=provenance)
    sources = [first.imported] if same else [first.imported, second.imported]
    return RegistryComparison(
        title="Trafficking beside domestic violence in open registries",
        registries=registries,
        groups=(first.describe(), second.describe()),
        rows=rows,
        associations=registry_associations(groups, [row.term for row in rows]),
        margin=margin,
        level=_LEVEL,
        attributions=tuple(source.attribution for source in sources),
        terms=tuple(source.terms for source in sources),
        notes=registry_notes(groups, registries),
        provenance=provenance,
    )


class _Judged:
    """Reads and judges characteristics of both groups."""

    def __init__(self, groups: tuple[RecordGroup, RecordGroup], margin: float, seed: int) -> None:
        self.groups, self.margin, self.seed = groups, margin, seed
        self.margins = Margins(-margin, margin)
        self.rule: Parallel = load_parallels()[_RULE]
        self.codebook = groups[0].imported.sample.schema.codebook

    def row(self, term: str) -> RegistryRow:
        """Judge one characteristic under the three readings."""
        readings = tuple(_read(group, term) for group in self.groups)
        a, b = readings
        sides = (_share(a), _share(b))
        verdicts = (
            self._verdict("naive", readings, ("low_low",)),
            self._verdict("bounds", readings, CROSSED),
            self._answered(readings),
        )
        withheld = any(side.withheld for side in sides)
        naive, bounds, answered = (_hidden(v) if withheld else v for v in verdicts)
        return RegistryRow(
            term=term,
            label=FIELD_LABELS.get(term) or self.codebook[term].label,
            trafficking=sides[0],
            domestic_violence=sides[1],
            naive=naive,
            bounds=bounds,
            answered=answered,
            why=_why(naive, bounds, sides),
        )

    def _answered(self, readings: tuple[Reading, ...]) -> RegistryVerdict:
        known = [reading.chosen(reading.known) for reading in readings]
        sides = zip(("trafficking", "domestic violence"), readings, known, strict=True)
        for words, reading, answers in sides:
            if not (reading.high == 0).any() and (~reading.known).any():
                why = f"the records on {words} can show it and never rule it out"
                return RegistryVerdict(reading="answered", verdict="unavailable", why=why)
            if len(answers.low) < SMALLEST_COUNT:
                why = f"fewer than {SMALLEST_COUNT} records on {words} answer"
                return RegistryVerdict(reading="answered", verdict="unavailable", why=why)
        return self._verdict("answered", known, ("low_low",))

    def _verdict(
        self, name: str, readings: Sequence[Reading], codings: Sequence[str]
    ) -> RegistryVerdict:
        found = [self._contrast(readings, coding) for coding in codings]
        refused = next((held for held in found if isinstance(held, Refusal)), None)
        if refused is not None:
            return RegistryVerdict(reading=name, verdict="unavailable", why=refused.why)
        contrasts = [held for held in found if not isinstance(held, Refusal)]
        crossed = contrasts if len(contrasts) > 1 else contrasts * 2
        silence = sum(reading.undocumented_share for reading in readings)
        verdict = judge(
            self.rule,
            self.margins,
            [replace(held, coding=c) for held, c in zip(crossed, CROSSED, strict=True)],
            silence=silence if name == "bounds" else None,
        )
        return RegistryVerdict(
            reading=name,
            verdict=_VERDICTS[verdict.verdict],
            why=_words(verdict.why, crossed_codings=name == "bounds"),
            low=min(held.estimate for held in crossed),
            high=max(held.estimate for held in crossed),
            conf_low_90=min(held.conf_low_90 or 0.0 for held in crossed),
            conf_high_90=max(held.conf_high_90 or 0.0 for held in crossed),
            conf_low_95=min(held.conf_low_95 or 0.0 for held in crossed),
            conf_high_95=max(held.conf_high_95 or 0.0 for held in crossed),
        )

    def _contrast(self, readings: Sequence[Reading], coding: str) -> CodedContrast | Refusal:
        limits = _limits(readings, coding.split("_"), self.seed)
        if isinstance(limits, Refusal):
            return limits
        inner, outer = limits
        return CodedContrast(
            coding=coding,
            standardised=False,
            estimate=inner.estimate,
            conf_low_90=inner.conf_low,
            conf_high_90=inner.conf_high,
            conf_low_95=outer.conf_low,
            conf_high_95=outer.conf_high,
            p_value=None,
        )


def _limits(
    readings: Sequence[Reading], ends: Sequence[str], seed: int
) -> tuple[Interval, Interval] | Refusal:
    """Return the limits of the difference at 1 - 2 x level and at 1 - level."""
    a, b = readings
    values = [reading.values(end) for reading, end in zip(readings, ends, strict=True)]
    if all(_is_plain(reading) for reading in readings):
        counts = [int(held.sum()) for held in values]
        found = [
            difference_interval(counts[0], len(a.low), counts[1], len(b.low), conf_level=level)
            for level in (1 - 2 * _LEVEL, 1 - _LEVEL)
        ]
    elif sum(len(np.unique(reading.cases)) for reading in readings) > _MOST_CASES:
        found = _mover(readings, values)
    else:
        held = clustered_difference(
            values[0],
            a.cases,
            values[1],
            b.cases,
            weights_a=a.weights,
            weights_b=b.weights,
            n_draws=_DRAWS,
            seed=seed,
        )
        found = [held] if isinstance(held, Refusal) else [held.conf90, held.conf95]
    refused = next((limits for limits in found if isinstance(limits, Refusal)), None)
    if refused is not None:
        return refused
    inner, outer = (limits for limits in found if not isinstance(limits, Refusal))
    return inner, outer


def _is_plain(reading: Reading) -> bool:
    """Say whether every record is a case of its own and weighs the same."""
    alone = len(np.unique(reading.cases)) == len(reading.cases)
    return alone and bool((reading.weights == reading.weights[0]).all())


def _mover(
    readings: Sequence[Reading], values: Sequence[np.ndarray[tuple[int], np.dtype[np.float64]]]
) -> list[Interval | Refusal]:
    shares = []
    for reading, held in zip(readings, values, strict=True):
        arm = check_arm(held, reading.cases, reading.weights, name="of records", what=_WHAT)
        if isinstance(arm, Refusal):
            return [arm]
        if arm.share is None:
            return [Refusal(_WHAT, "the records hold no share")]
        shares.append(arm.share)
    return [
        mover_limits(shares[0], shares[1], conf_level=level)
        for level in (1 - 2 * _LEVEL, 1 - _LEVEL)
    ]


def _read(group: RecordGroup, term: str) -> Reading:
    statuses = group.statuses(term)
    return Reading(
        low=(statuses == PRESENT).astype(np.float64),
        high=(statuses != ABSENT).astype(np.float64),
        known=statuses != UNDOCUMENTED,
        cases=group.cases,
        weights=group.weights,
        is_share=True,
    )


def _counts(reading: Reading) -> tuple[int, int, int]:
    """Count records that say yes, that say no, and that are blank."""
    present, not_absent = int(reading.low.sum()), int(reading.high.sum())
    return present, len(reading.low) - not_absent, not_absent - present


def _share(reading: Reading) -> RegistryShare:
    present, absent, silent = _counts(reading)
    if any(is_small(n) for n in (present, absent, silent)):
        return RegistryShare(
            n_present=None, n_absent=None, n_silent=None, low=None, high=None, answered=None
        )
    answers = reading.chosen(reading.known)
    return RegistryShare(
        n_present=present,
        n_absent=absent,
        n_silent=silent,
        low=reading.mean("low"),
        high=reading.mean("high"),
        answered=answers.mean("low") if absent or (present and not silent) else None,
    )


def _hidden(found: RegistryVerdict) -> RegistryVerdict:
    why = found.why if found.verdict == "unavailable" else _WITHHELD
    return RegistryVerdict(reading=found.reading, verdict=found.verdict, why=why)


def _words(why: str, *, crossed_codings: bool) -> str:
    if crossed_codings:
        return why
    return why.replace(" under both codings", "").replace(" under a coding", "")


def _why(
    naive: RegistryVerdict, bounds: RegistryVerdict, sides: tuple[RegistryShare, RegistryShare]
) -> str:
    """Word what the two verdicts rest on: how many records are blank in each group."""
    names = ("trafficking", "partner")
    blank = [
        f"{_blank(side)} of the {name} records"
        for name, side in zip(names, sides, strict=True)
        if not side.withheld
    ]
    told = f"blank in {' and '.join(blank)}" if blank else ""
    if len(blank) < len(sides):
        return f"{told}; {_WITHHELD}" if told else _WITHHELD
    return told if naive.verdict == bounds.verdict else f"{told}; {bounds.why}"


def _blank(side: RegistryShare) -> str:
    n = (side.n_present or 0) + (side.n_absent or 0) + (side.n_silent or 0)
    return f"{side.n_silent or 0:,} of {n:,}"
