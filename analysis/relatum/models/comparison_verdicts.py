"""Verdicts of the parallels matrix, from limits under crossed codings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from relatum.results.comparison import CROSSED, CodedContrast
from relatum.schema.parallels import RATIO_SCALES, Parallel

__all__ = ["Judged", "Margins", "assay_of", "judge", "margin_words"]

_RANKS = (
    "the limits lie below the margin, but sampling error alone pulls an agreement in rank towards "
    "zero, so a low one shows no difference"
)
_OPPOSED = "the associations have opposite signs, and the limits of each exclude zero"
_STRENGTH = (
    "the limits lie beyond the margin, but the associations are not shown to have opposite signs, "
    "and a difference in strength alone counts as none"
)
_SIGN = {1: "more in trafficking", -1: "less in trafficking"}


@dataclass(frozen=True, slots=True)
class Margins:
    """The declared margins of a row; None on a side that is not tested."""

    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict with its reason in words."""

    verdict: str
    why: str


def margin_words(margins: Margins, scale: str) -> str:
    """Word the margins.

    Examples
    --------
    >>> margin_words(Margins(-0.15, 0.15), "risk_difference")
    '-0.15 to +0.15'
    >>> margin_words(Margins(0.5, None), "kendall_tau")
    'at least 0.5'
    """
    sign = "" if scale in (*RATIO_SCALES, "kendall_tau") else "+"
    if margins.low is not None and margins.high is not None:
        return f"{margins.low:g} to {margins.high:{sign}g}"
    return f"at least {margins.low:g}" if margins.low is not None else f"at most {margins.high:g}"


def judge(
    row: Parallel,
    margins: Margins,
    contrasts: Sequence[CodedContrast],
    *,
    silence: float | None = None,
    condition: str = "",
    opposed: bool | None = None,
) -> Judged:
    """Judge a row by both crossed codings.

    Parameters
    ----------
    row : Parallel
    margins : Margins
    contrasts : sequence of CodedContrast
        Of the two crossed codings.
    silence : float, optional
        Undocumented shares of both samples together, where the row is a share.
    condition : str
        Why equivalence cannot be claimed whatever the limits say; empty where it can.
    opposed : bool, optional
        Where a difference is one of sign: whether the signs are shown to differ.

    Returns
    -------
    Judged
        Before Holm's correction and before the assay.

    Notes
    -----
    Equivalent: the limits at 1 - 2 x level lie inside the margins under both crossed codings.
    Different: the limits at 1 - level lie outside on one side under both. A contrast row is
    detected where those limits lie beyond the margin in the expected direction under both.

    Examples
    --------
    >>> from relatum.schema.parallels import load_parallels
    >>> row = load_parallels()["P02"]
    >>> near = [CodedContrast(coding=c, standardised=True, estimate=0.01, conf_low_90=-0.08,
    ...                       conf_high_90=0.1, conf_low_95=-0.1, conf_high_95=0.12,
    ...                       p_value=0.01) for c in CROSSED]
    >>> judge(row, Margins(-0.15, 0.15), near).verdict
    'equivalent'
    """
    crossed = [found for found in contrasts if found.coding in CROSSED]
    if row.contrast:
        return _judge_contrast(row, margins, crossed)
    if opposed:
        return Judged("different", _OPPOSED)
    beyond = _beyond(margins, crossed)
    if beyond and row.kind == "rank":
        return Judged("not_shown", _RANKS)
    if beyond and opposed is not None:
        return Judged("not_shown", _STRENGTH)
    if beyond:
        words = "above" if beyond > 0 else "below"
        return Judged("different", f"the limits lie {words} the margin under both codings")
    if all(_inside(margins, found) for found in crossed):
        if condition:
            return Judged("not_shown", condition)
        verdict = "not_inferior" if margins.high is None else "equivalent"
        return Judged(verdict, "the limits lie inside the margin under both codings")
    return Judged("not_shown", _why_not(margins, crossed, silence))


def _inside(margins: Margins, found: CodedContrast) -> bool:
    low_fits = margins.low is None or (
        found.conf_low_90 is not None and found.conf_low_90 > margins.low
    )
    high_fits = margins.high is None or (
        found.conf_high_90 is not None and found.conf_high_90 < margins.high
    )
    return low_fits and high_fits


def _beyond(margins: Margins, crossed: Sequence[CodedContrast]) -> int:
    """Return 1 or -1 where all limits lie above or below the margins, else 0."""
    if margins.high is not None and all(
        found.conf_low_95 is not None and found.conf_low_95 > margins.high for found in crossed
    ):
        return 1
    if margins.low is not None and all(
        found.conf_high_95 is not None and found.conf_high_95 < margins.low for found in crossed
    ):
        return -1
    return 0


def _judge_contrast(row: Parallel, margins: Margins, crossed: Sequence[CodedContrast]) -> Judged:
    beyond = _beyond(margins, crossed)
    expected = row.expected_sign or 1
    if beyond == expected:
        return Judged("detected", f"the limits show {_SIGN[expected]} under both codings")
    if beyond == -expected:
        return Judged("not_detected", f"the limits show {_SIGN[-expected]}, the other way round")
    if all(_inside(margins, found) for found in crossed):
        return Judged("not_detected", "the limits lie inside the margin: no difference was found")
    return Judged("not_detected", "the limits reach into the margin under a coding")


def _why_not(margins: Margins, crossed: Sequence[CodedContrast], silence: float | None) -> str:
    estimates = [found.estimate for found in crossed]
    room = None if margins.low is None or margins.high is None else margins.high - margins.low
    if silence is not None and room is not None and silence >= room:
        return (
            f"silence alone spans {silence:.2f}, and equivalence needs it below {room:g}, the "
            "width of the margin: a better documented sample could tell, more cases could not"
        )
    outside = [value for value in estimates if not _holds(margins, value)]
    if outside:
        return "an estimate lies outside the margin under a coding"
    return "the estimates lie inside the margin, the limits do not: more investigations could tell"


def _holds(margins: Margins, value: float) -> bool:
    above = margins.low is None or value > margins.low
    below = margins.high is None or value < margins.high
    return above and below


def assay_of(verdicts: Sequence[str]) -> str:
    """Say whether the contrast rows show that the instrument finds differences.

    Parameters
    ----------
    verdicts : sequence of str
        Of the contrast rows; ``undeclared`` where the plan declares no margin.

    Returns
    -------
    {"holds", "fails", "incomplete", "absent"}
        It holds where every contrast row that could be computed was detected. A plan that leaves
        out a contrast row cannot make it hold.

    Examples
    --------
    >>> assay_of(["detected", "unavailable"]), assay_of(["detected", "not_detected"])
    ('holds', 'fails')
    >>> assay_of(["unavailable"])
    'absent'
    """
    known = [verdict for verdict in verdicts if verdict not in ("unavailable", "undeclared")]
    if not known:
        return "absent"
    if "undeclared" in verdicts:
        return "incomplete"
    return "holds" if all(verdict == "detected" for verdict in known) else "fails"
