"""Whether first attempts go with the age of the relationship at entry into observation."""

from __future__ import annotations

from relatum.inference.common import Refusal
from relatum.inference.quasi_independence import ConditionalTau, conditional_tau
from relatum.models.escape_first import COMPLETIONS
from relatum.results.base import Note, Provenance, Unavailable
from relatum.results.escape import EntryRow
from relatum.samples.durations import Durations
from relatum.samples.durations_arrays import End, counting_process
from relatum.study import Study

__all__ = ["ENTRY_NOTE", "FEWEST_PAIRS", "entry_dependence"]

#: With fewer pairs that can be compared, tau says nothing.
FEWEST_PAIRS = 30
_WHAT = "dependence of attempts on entry"

ENTRY_NOTE = Note(
    "quasi_independence",
    "Delayed entry assumes that, at the same age of the relationship, an attempt is as likely "
    "whenever observation began. Kendall's tau compares pairs in which both were under observation "
    "when the first of the two made an attempt; the assumption gives 0. The power is low: in "
    "simulations with twelve investigations of the published sizes, a rate four times as high in "
    "relationships that were over two years old at entry was noticed in one sample of ten. A tau "
    "near 0 does not show that the assumption holds. The completions of the dates are no bounds. "
    "Limits leave out one investigation at a time.",
)


def entry_dependence(
    durations: Durations, study: Study, *, refused: str, provenance: Provenance
) -> tuple[EntryRow, ...] | Unavailable:
    """Estimate how the age at a first attempt goes with the age at entry.

    Parameters
    ----------
    durations : Durations
        From `relatum.models.escape_times.escape_durations`.
    study : Study
        The plan: level of the limits.
    refused : str
        Why cases cannot carry limits; empty where they can.
    provenance : Provenance
        Of what is unavailable.

    Returns
    -------
    tuple of EntryRow or Unavailable
        One row for each end of the dates and each end of the onset. Unavailable where one of them
        leaves fewer than 30 pairs that can be compared.

    Notes
    -----
    Conditional Kendall's tau with delayed entry (Tsai 1990, doi:10.1093/biomet/77.1.169; Martin
    and Betensky 2005, doi:10.1198/016214504000001538); see
    `relatum.inference.quasi_independence.conditional_tau`. Ages count from onset. Relationships
    of unknown onset are left out. Dates are never set to a mid-point.

    Examples
    --------
    >>> from relatum.models.escape_times import escape_durations
    >>> from relatum.results.provenance import provenance_of
    >>> from relatum.samples import example_sample
    >>> from relatum.study import read_study
    >>> sample, study = example_sample("simulated"), read_study()
    >>> source = provenance_of(sample, study, seed=study.seed)
    >>> found = entry_dependence(
    ...     escape_durations(sample), study, refused="", provenance=source
    ... )
    >>> [(row.dates, row.onset, row.n_pairs, round(row.tau, 2)) for row in found]
    ... # doctest: +NORMALIZE_WHITESPACE
    [('earliest', 'earliest', 237, -0.0), ('earliest', 'latest', 205, -0.02),
     ('latest', 'earliest', 231, 0.16), ('latest', 'latest', 207, 0.13)]
    """
    rows = []
    for dates in COMPLETIONS:
        for onset in COMPLETIONS:
            row = _row(durations, study, (dates, onset), refused)
            if isinstance(row, str):
                return Unavailable(what=_WHAT, why=row, provenance=provenance)
            rows.append(row)
    return tuple(rows)


def _row(durations: Durations, study: Study, ends: tuple[End, End], refused: str) -> EntryRow | str:
    dates, onset = ends
    held = counting_process(durations, dates=dates, clock="onset", onset=onset)
    first = held.number == 1
    if not first.any():
        return "no onset is known"
    level = study.escape.conf_level
    found = conditional_tau(
        held.start[first],
        held.stop[first],
        held.event[first],
        cluster=held.case[first],
        conf_level=level,
    )
    n_pairs = 0 if isinstance(found, Refusal) else found.n_comparable
    if isinstance(found, Refusal) or n_pairs < FEWEST_PAIRS:
        noun = "pair" if n_pairs == 1 else "pairs"
        return f"{n_pairs} {noun} of relationships can be compared, fewer than {FEWEST_PAIRS}"
    low, high, p_value, why = _limited(found, refused)
    return EntryRow(
        dates=dates,
        onset=onset,
        n_relationships=found.n_units,
        n_events=found.n_events,
        n_pairs=n_pairs,
        n_concordant=found.n_concordant,
        tau=found.estimate,
        conf_low=low,
        conf_high=high,
        p_value=p_value,
        conf_level=level,
        why=why,
    )


def _limited(
    found: ConditionalTau, refused: str
) -> tuple[float | None, float | None, float | None, str]:
    limits = found.limits
    if refused:
        return None, None, None, refused
    if isinstance(limits, Refusal):
        return None, None, None, limits.why
    return limits.conf_low, limits.conf_high, limits.p_value, ""
