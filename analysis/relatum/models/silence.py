"""What silence would have to hide before a conclusion about a share changes."""

from __future__ import annotations

from relatum.inference.bounds import (
    REFERENCE_MARKS,
    monotone_bounds,
    share_at_odds_ratio,
    tipping_point,
)
from relatum.inference.common import Refusal
from relatum.models.counting import COUNT_NOTES
from relatum.models.prevalence import estimate_prevalence
from relatum.results.base import Note, Unavailable
from relatum.results.prevalence import PrevalenceRow
from relatum.results.provenance import provenance_of
from relatum.results.silence import SilenceRow, SilenceSensitivity
from relatum.samples import Sample
from relatum.study import Study

__all__ = ["estimate_silence", "weigh_silence"]

_MONOTONE = ("domain", "tactic", "tactic_group")
_OTHERS = ("bond", "coping", "coping_group")
_NO_UNIT = "there is no unit to which it applies"
_NOTHING_KNOWN = "nothing is documented"


def estimate_silence(sample: Sample, study: Study) -> SilenceSensitivity | Unavailable:
    """Bound shares by what is assumed of the undocumented units, and find where they turn.

    Parameters
    ----------
    sample : Sample
        The data.
    study : Study
        The plan: coder, thresholds of documentation, and the threshold of the multiverse, at
        which a conclusion changes.

    Returns
    -------
    SilenceSensitivity or Unavailable
        One row per composite, domain, tactic, bond and coping code. Unavailable where there is
        no relationship.

    Notes
    -----
    With rho = odds(present | undocumented) / odds(present | documented), the share is
    (n1 + nU q) / N with q = rho n1 / (rho n1 + n0). At rho = 0 it is the lower worst-case bound
    (Manski 1989, doi:10.2307/145818), at rho = 1 the share among the documented. Nothing here
    carries a sampling error: it describes these units.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> from relatum.study import read_study
    >>> found = estimate_silence(example_sample("simulated"), read_study())
    >>> row = next(row for row in found.rows if row.term == "iso_locked_in")
    >>> round(row.tipping_ratio, 2)
    0.14
    """
    counted = estimate_prevalence(sample, study)
    if isinstance(counted, Unavailable):
        return Unavailable(
            what="sensitivity to silence", why=counted.why, provenance=counted.provenance
        )
    threshold = study.multiverse.threshold
    kept = [
        row
        for row in counted.rows
        if row.entity in (*_MONOTONE, *_OTHERS) or row.domain == "composite"
    ]
    return SilenceSensitivity(
        title="What silence would have to hide",
        rows=tuple(weigh_silence(row, threshold=threshold) for row in kept),
        threshold=threshold,
        marks=REFERENCE_MARKS,
        notes=_notes(),
        provenance=provenance_of(sample, study),
    )


def weigh_silence(counted: PrevalenceRow, *, threshold: float) -> SilenceRow:
    """Compute what one code is under each assumption about its undocumented units.

    Parameters
    ----------
    counted : PrevalenceRow
        Its counts.
    threshold : float
        The share at which a conclusion changes, between 0 and 1.

    Returns
    -------
    SilenceRow
        What is not defined is None or empty, with the reason.
    """
    counts = (counted.n_present, counted.n_absent, counted.n_undocumented)
    upper, upper_why = _monotone(counted)
    shares, shares_why = _shares(counts)
    ratio, ratio_why = _tipping(counts, threshold)
    return SilenceRow(
        counted=counted,
        monotone_upper=upper,
        monotone_why=upper_why,
        shares=shares,
        shares_why=shares_why,
        tipping_ratio=ratio,
        tipping_why=ratio_why,
    )


def _monotone(counted: PrevalenceRow) -> tuple[float | None, str]:
    """Return the bound, where the assumption behind it is plausible or not needed."""
    if counted.n_units == 0:
        return None, _NO_UNIT
    if counted.n_present + counted.n_absent == 0:
        return None, _NOTHING_KNOWN
    if counted.n_undocumented and counted.entity in _OTHERS:
        return None, (
            "not plausible for bonds and coping: files that look for an offence may leave them "
            "out where they were present"
        )
    if counted.n_undocumented and counted.entity not in _MONOTONE:
        return None, "not plausible where a single part that is ruled out documents absence"
    found = monotone_bounds(counted.n_present, counted.n_absent, counted.n_undocumented)
    return (None, found.why) if isinstance(found, Refusal) else (found.high, "")


def _shares(counts: tuple[int, int, int]) -> tuple[tuple[float, ...], str]:
    """Return the share at each mark; a ratio of odds needs odds that are neither 0 nor 1/0."""
    present, absent, undocumented = counts
    if sum(counts) == 0:
        return (), _NO_UNIT
    if present + absent == 0:
        return (), _NOTHING_KNOWN
    if undocumented and 0 in (present, absent):
        return (), "every documented unit has the same status, so a ratio of odds says nothing"
    found = [share_at_odds_ratio(*counts, odds_ratio=mark) for mark in REFERENCE_MARKS]
    return tuple(share for share in found if not isinstance(share, Refusal)), ""


def _tipping(counts: tuple[int, int, int], threshold: float) -> tuple[float | None, str]:
    """Return the ratio of odds at which the share equals the threshold, or why there is none."""
    present, absent, undocumented = counts
    n = sum(counts)
    if n == 0:
        return None, _NO_UNIT
    if present + absent == 0:
        return None, _NOTHING_KNOWN
    if present / n >= threshold:
        return None, "whatever silence hides, the share is at least the threshold"
    if (present + undocumented) / n <= threshold:
        return None, "whatever silence hides, the share is at most the threshold"
    found = tipping_point(*counts, threshold=threshold)
    if isinstance(found, Refusal):
        return None, "every documented unit has the same status, so a ratio of odds says nothing"
    return found.odds_ratio, ""


def _notes() -> tuple[Note, ...]:
    return (
        *COUNT_NOTES,
        Note(
            "monotone_documentation",
            "Monotone bound: the largest share if presence is at least as easy to document as "
            "absence, so that the item is no more frequent where the file is silent than where "
            "it speaks. This is assumed of tactics and domains, not of bonds and coping.",
        ),
        Note(
            "odds_ratio",
            "Ratio: the odds that the item is present where the file is silent, over the odds "
            "where it speaks. At 0 the share is the lower bound, at 1 the share among the "
            "documented.",
        ),
    )
