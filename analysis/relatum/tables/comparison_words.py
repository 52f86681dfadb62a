"""How a comparison of two samples is worded, in tables and in sentences alike."""

from __future__ import annotations

from collections.abc import Iterable

from relatum.results.comparison import (
    CROSSED,
    VERDICT_WORDS,
    CodedContrast,
    ComparedRow,
    Comparison,
    RowSide,
)
from relatum.tables.escape_words import rate_span, rate_words
from relatum.tables.estimates import span_words
from relatum.tables.pair_words import choose_word, decimal_words, p_words, signed_words, upper_first
from relatum.tables.wording import NOTHING, count_words

__all__ = [
    "CODING_LABELS",
    "GROUPS",
    "SHORT_CODINGS",
    "chosen_rows",
    "contrast_words",
    "decisive",
    "ends_words",
    "ids_of",
    "limits_words",
    "margin_words",
    "named",
    "names_of",
    "p_pair",
    "reason_words",
    "scale_words",
    "side_words",
    "silence_decides",
    "united_words",
    "value_words",
    "verdict_words",
]

#: Which rows a table holds.
GROUPS: tuple[str, ...] = ("all", "tested", "contrast", "untested")
#: The codings of silence above a column or in a row.
CODING_LABELS: dict[str, str] = {
    "low_high": "Silence absent in trafficking, present in domestic violence",
    "high_low": "Silence present in trafficking, absent in domestic violence",
    "low_low": "Silence absent in both",
    "high_high": "Silence present in both",
    "documented": "Documented alone",
}
#: The same in few words: trafficking first.
SHORT_CODINGS: dict[str, str] = {"low_high": "absent / present", "high_low": "present / absent"}
_RATIOS = ("rate_ratio", "cumulative_odds_ratio", "hazard_ratio_ratio", "ratio")
_SCALES = {
    "risk_difference": "Difference of shares",
    "mean_difference": "Difference of means",
    "rate_ratio": "Ratio of rates",
    "cumulative_odds_ratio": "Odds ratio of a higher level",
    "hazard_ratio_ratio": "Ratio of rate ratios",
    "log_odds_ratio_difference": "Difference of log odds ratios",
    "kendall_tau": "Agreement in rank (Kendall's tau b)",
}


def scale_words(scale: str) -> str:
    """Name the quantity by which two samples are compared in a row.

    Examples
    --------
    >>> scale_words("risk_difference"), scale_words("kendall_tau")
    ('Difference of shares', "Agreement in rank (Kendall's tau b)")
    """
    return _SCALES.get(scale, upper_first(scale.replace("_", " ")))


def value_words(value: float, scale: str) -> str:
    """Write a difference with its sign, a ratio or an agreement without.

    Examples
    --------
    >>> value_words(-0.031, "risk_difference"), value_words(0.198, "rate_ratio")
    ('−0.03', '0.20')
    >>> value_words(0.345, "kendall_tau")
    '0.34'
    """
    if scale in _RATIOS:
        return rate_words(value)
    write = decimal_words if scale == "kendall_tau" else signed_words
    return write(value, digits=2)


def limits_words(low: float | None, high: float | None, scale: str) -> str:
    """Write limits; a side without a limit is said in words.

    Examples
    --------
    >>> limits_words(-0.1, 0.09, "risk_difference"), limits_words(-0.2, None, "kendall_tau")
    ('−0.10 to +0.09', 'above −0.20')
    >>> limits_words(None, 2.0, "rate_ratio"), limits_words(None, None, "rate_ratio")
    ('below 2.00', 'no limits')
    """
    if low is None and high is None:
        return "no limits"
    if low is None:
        return f"below {value_words(high or 0.0, scale)}"
    if high is None:
        return f"above {value_words(low, scale)}"
    return f"{value_words(low, scale)} to {value_words(high, scale)}"


def contrast_words(found: CodedContrast | None, scale: str, *, wide: bool = False) -> str:
    """Write a contrast with its limits of equivalence, or with the wider ones of a difference.

    Examples
    --------
    >>> found = CodedContrast(coding="low_high", standardised=True, estimate=-0.03,
    ...                       conf_low_90=-0.1, conf_high_90=0.09, conf_low_95=-0.11,
    ...                       conf_high_95=0.12, p_value=0.01)
    >>> contrast_words(found, "risk_difference")
    '−0.03 (−0.10 to +0.09)'
    >>> contrast_words(found, "risk_difference", wide=True), contrast_words(None, "rate_ratio")
    ('−0.03 (−0.11 to +0.12)', '–')
    """
    if found is None:
        return NOTHING
    low, high = (
        (found.conf_low_95, found.conf_high_95) if wide else (found.conf_low_90, found.conf_high_90)
    )
    return f"{value_words(found.estimate, scale)} ({limits_words(low, high, scale)})"


def united_words(row: ComparedRow, *, wide: bool = False) -> str:
    """Write both crossed codings of a row: the two estimates, and limits united over both.

    A row is equivalent exactly where the united limits lie inside its margin.

    Parameters
    ----------
    row : ComparedRow
    wide : bool
        Whether the limits are those of a difference, not of equivalence.
    """
    held = [found for found in (decisive(row, coding) for coding in CROSSED) if found is not None]
    if not held:
        return NOTHING
    pairs = [
        (one.conf_low_95, one.conf_high_95) if wide else (one.conf_low_90, one.conf_high_90)
        for one in held
    ]
    lows = [low for low, _ in pairs if low is not None]
    highs = [high for _, high in pairs if high is not None]
    low = min(lows) if len(lows) == len(pairs) else None
    high = max(highs) if len(highs) == len(pairs) else None
    values = [one.estimate for one in held]
    words = ends_words(min(values), max(values), row.scale)
    return f"{words} ({limits_words(low, high, row.scale)})"


def ends_words(low: float | None, high: float | None, scale: str) -> str:
    """Write two values as a span, or a dash.

    Examples
    --------
    >>> ends_words(-0.05, 0.1, "risk_difference"), ends_words(None, 0.1, "risk_difference")
    ('−0.05 to +0.10', '–')
    """
    if low is None or high is None:
        return NOTHING
    first, last = value_words(low, scale), value_words(high, scale)
    return first if first == last else f"{first} to {last}"


def decisive(row: ComparedRow, coding: str) -> CodedContrast | None:
    """Return the contrast that decides: weighted by depth where the row has such a one."""
    return row.contrast_of(coding) or row.contrast_of(coding, standardised=False)


def margin_words(low: float | None, high: float | None, scale: str) -> str:
    """Write the margins of a row.

    Examples
    --------
    >>> margin_words(-0.15, 0.15, "risk_difference"), margin_words(0.5, 2.0, "rate_ratio")
    ('±0.15', '0.5 to 2')
    >>> margin_words(-0.15, None, "risk_difference"), margin_words(0.5, None, "kendall_tau")
    ('at least −0.15', 'at least 0.5')
    >>> margin_words(None, None, "proportion")
    '–'
    """
    if low is None and high is None:
        return NOTHING
    if high is None:
        return f"at least {_plain(low or 0.0)}"
    if low is None:
        return f"at most {_plain(high)}"
    if scale not in _RATIOS and low == -high:
        return f"±{_plain(high)}"
    return f"{_plain(low)} to {_plain(high)}"


def _plain(value: float) -> str:
    return f"{round(value, 2):g}".replace("-", "−")


def side_words(side: RowSide | None, kind: str, *, short: bool = False) -> str:
    """Write what one sample holds for a row; a share stands with all its counts.

    Parameters
    ----------
    side : RowSide or None
    kind : str
        Of the row.
    short : bool
        Whether the column says that the last number is the undocumented.

    Examples
    --------
    >>> share = RowSide(n_units=73, n_cases=12, n_present=61, n_absent=4, n_undocumented=8,
    ...                 low=0.84, high=0.95, documented=0.94)
    >>> side_words(share, "share"), side_words(share, "share", short=True)
    ('61 of 73 (84%), 8 undocumented', '61 of 73 (84%); 8')
    >>> rate = RowSide(n_units=73, n_cases=12, n_present=None, n_absent=None, n_undocumented=None,
    ...                low=0.28, high=1.23, documented=None)
    >>> side_words(rate, "rate"), side_words(rate, "rank"), side_words(None, "share")
    ('0.28 to 1.23 (n = 73)', 'n = 73', '–')
    """
    if side is None:
        return NOTHING
    if kind == "rank":
        return f"n = {side.n_units:,}"
    if side.n_present is not None and side.n_undocumented is not None:
        if side.n_units == 0:
            return "0 of 0"
        words = count_words(side.n_present, side.n_units)
        silent = f"{side.n_undocumented:,}"
        return f"{words}; {silent}" if short else f"{words}, {silent} undocumented"
    if kind == "incidence":
        share = span_words(*sorted((side.low, side.high)))
        return f"{side.n_present or 0:,} of {side.n_units:,}, incidence {share}"
    return f"{rate_span(side.low, side.high)} (n = {side.n_units:,})"


def named(row_id: str, characteristic: str) -> str:
    """Write a row of the matrix with its number.

    Examples
    --------
    >>> named("P07", "Isolation")
    'P07 Isolation'
    """
    return f"{row_id} {characteristic}"


def ids_of(rows: Iterable[ComparedRow], *, most: int = 8) -> str:
    """List rows inside a sentence by number.

    Examples
    --------
    >>> ids_of([])
    'none'
    """
    held = [row.id for row in rows]
    more = len(held) - most
    tail = f" and {more} more" if more > 0 else ""
    return ", ".join(held[:most]) + tail if held else "none"


def names_of(rows: Iterable[ComparedRow], *, most: int = 8) -> str:
    """List rows inside a sentence by number and characteristic.

    Examples
    --------
    >>> names_of([])
    'none'
    """
    held = [named(row.id, row.characteristic) for row in rows]
    if not held:
        return "none"
    more = len(held) - most
    tail = f"; and {more} more" if more > 0 else ""
    return "; ".join(held[:most]) + tail


def verdict_words(verdict: str, kind: str = "share") -> str:
    """Write a verdict.

    Examples
    --------
    >>> verdict_words("not_shown"), verdict_words("not_inferior")
    ('Not shown', 'At least as common')
    >>> verdict_words("not_inferior", "rank")
    'Agreement in rank shown'
    """
    if (verdict, kind) == ("not_inferior", "rank"):
        return "Agreement in rank shown"
    return upper_first(VERDICT_WORDS.get(verdict, verdict.replace("_", " ")))


def p_pair(p_value: float | None, p_holm: float | None) -> str:
    """Write a p value and the one that Holm corrected.

    Examples
    --------
    >>> p_pair(0.0123, 0.31), p_pair(0.2, None), p_pair(None, None)
    ('0.012 (0.31)', '0.20', '–')
    """
    if p_value is None:
        return NOTHING
    words = p_words(p_value)
    return words if p_holm is None else f"{words} ({p_words(p_holm)})"


def silence_decides(row: ComparedRow) -> bool:
    """Say whether the two crossed codings alone give different answers.

    With these estimates more investigations would narrow the limits around two values of which one
    lies inside the margin and the other outside, or which lie beyond it on either side. No number
    of them could tell.
    """
    places = {_place(row, coding) for coding in CROSSED}
    return len(places - {None}) > 1


def _place(row: ComparedRow, coding: str) -> int | None:
    """Return where an estimate lies: 0 inside the margin, 1 above, -1 below."""
    found = decisive(row, coding)
    if found is None:
        return None
    if row.margin_high is not None and found.estimate >= row.margin_high:
        return 1
    return -1 if row.margin_low is not None and found.estimate <= row.margin_low else 0


def reason_words(row: ComparedRow) -> str:
    """Give the reason of a verdict in a few words; empty where the verdict says it all.

    The whole sentence is the row's own `why`.
    """
    places = [_place(row, coding) for coding in CROSSED]
    known = [place for place in places if place is not None]
    if row.verdict == "different":
        return "above the margin" if known and known[0] > 0 else "below the margin"
    if row.verdict != "not_shown":
        return ""
    if row.verdict_before in ("equivalent", "not_inferior"):
        return "not by Holm's correction"
    if silence_decides(row):
        return "silence decides"
    if row.kind == "rank":
        return "low or uncertain"
    if any(known):
        return "limits reach the margin"
    return "limits too wide" if _reach_out(row) else row.why


def _reach_out(row: ComparedRow) -> bool:
    """Say whether the limits of equivalence leave the margin under a coding."""
    for found in (decisive(row, coding) for coding in CROSSED):
        if found is None:
            continue
        low, high = found.conf_low_90, found.conf_high_90
        if row.margin_low is not None and (low is None or low <= row.margin_low):
            return True
        if row.margin_high is not None and (high is None or high >= row.margin_high):
            return True
    return False


def chosen_rows(found: Comparison, rows: str) -> tuple[ComparedRow, ...]:
    """Return the rows of one part of the matrix; the global row is the verdict and no row.

    Raises
    ------
    UsageError
        If there is no such part; the message lists them.
    """
    choose_word(rows, GROUPS, what="part of the matrix")
    held = tuple(row for row in found.rows if row.kind != "global")
    if rows == "all":
        return held
    return tuple(row for row in held if _part(row) == rows)


def _part(row: ComparedRow) -> str:
    if row.verdict in ("unavailable", "described"):
        return "untested"
    return "contrast" if row.contrast else "tested"
