"""Tables of whole profiles of two samples: balance, distances, times, standardised differences."""

from __future__ import annotations

from collections.abc import Sequence

from relatum.release import Released
from relatum.release.content import content
from relatum.results.comparison_profile import (
    DEPTH,
    BalanceRow,
    ComparisonProfile,
    DistanceRow,
    QuantityRow,
    StandardisedRow,
)
from relatum.tables.comparison_words import (
    CODING_LABELS,
    SHORT_CODINGS,
    ends_words,
    limits_words,
    named,
    value_words,
)
from relatum.tables.escape_words import between_words, rate_words
from relatum.tables.pair_words import (
    chosen_notes,
    decimal_words,
    nothing_note,
    p_words,
    signed_words,
    upper_first,
)
from relatum.tables.reporting_words import missing_words
from relatum.tables.table import Column, Row, Table, together
from relatum.tables.wording import NOTHING, percent

__all__ = [
    "standardised_notes",
    "standardised_words",
    "tabulate_balance",
    "tabulate_compared_times",
    "tabulate_profile_distances",
    "tabulate_standardised",
]

_BALANCED = 0.1


def tabulate_balance(released: Released) -> Table:
    """Tabulate the declared covariates in both samples, before and after weights.

    Parameters
    ----------
    released : Released
        A `ComparisonProfile`.
    """
    found = content(released, ComparisonProfile)
    rows = tuple(_balance_line(row) for row in _declared(found.balance))
    return Table(
        title=f"{found.title}: balance of covariates",
        columns=(
            Column(label="Covariate", width=5),
            Column(label="Trafficking (silent)", align="right", width=4),
            Column(label="Domestic violence (silent)", align="right", width=4),
            Column(label="Standardised difference", align="right", width=4),
            Column(label="After weights", align="right", width=3),
        ),
        rows=rows or (Row(cells=("No covariate was declared", *[NOTHING] * 4)),),
        footnotes=(
            *chosen_notes(released),
            "Means, or shares of a level, among the documented; after the semicolon the number of "
            "undocumented. Standardised difference: of means, over the pooled standard deviation; "
            f"by convention samples are alike within ±{_BALANCED:g}.",
            *nothing_note(rows, "not defined"),
        ),
    )


def _declared(rows: Sequence[BalanceRow]) -> Sequence[BalanceRow]:
    """Leave out what stands in the first table only: it follows documentation depth."""
    ends = [at for at, row in enumerate(rows) if row.term == DEPTH]
    return rows[: ends[-1] + 1] if ends else rows


def _balance_line(row: BalanceRow) -> Row:
    label = f"{row.label}: {row.level.replace('_', ' ')}" if row.level else row.label
    sides = (
        (row.trafficking, row.undocumented_trafficking),
        (row.domestic_violence, row.undocumented_domestic_violence),
    )
    return Row(
        cells=(
            upper_first(label),
            *(_mean(value, silent, share=bool(row.level)) for value, silent in sides),
            *(
                NOTHING if value is None else signed_words(value, digits=2)
                for value in (row.smd, row.smd_weighted)
            ),
        )
    )


def _mean(value: float | None, silent: int, *, share: bool) -> str:
    words = NOTHING if value is None else percent(value) if share else decimal_words(value)
    return f"{words}; {silent:,}"


def tabulate_profile_distances(released: Released) -> Table:
    """Tabulate how far both profiles are apart, beside what chance gives.

    Parameters
    ----------
    released : Released
        A `ComparisonProfile`.

    Returns
    -------
    Table
        Of the notes that on chance stands here; the others stand under their own tables.
    """
    found = content(released, ComparisonProfile)
    rows = together(_distance_line(row) for row in found.distances)
    return Table(
        title=f"{found.title}: distances",
        columns=(
            Column(label="Silence", width=7),
            Column(label="Estimate", align="right", width=3),
            Column(label="Expected by chance", align="right", width=3),
            Column(label="Limits", align="right", width=4),
            Column(label="p that they differ", align="right", width=3),
            Column(label="Items", align="right", width=2),
        ),
        rows=rows or (Row(cells=("No distance was computed", *[NOTHING] * 5)),),
        footnotes=(
            *chosen_notes(released, "distance"),
            "Silence is read in trafficking, then in domestic violence. Expected: by permuting "
            "sample labels over whole investigations. Limits: by resampling them; a distance has "
            "an upper one only. Items: characteristics, barriers or pairs of domains.",
            *nothing_note(rows, "not given for this measure"),
            *(missing_words(one.what, one.why) for one in found.unavailable),
        ),
    )


def _distance_line(row: DistanceRow) -> Row:
    scale = "kendall_tau"
    given = row.conf_low is not None or row.conf_high is not None
    return Row(
        group=row.label,
        cells=(
            upper_first(SHORT_CODINGS.get(row.coding, CODING_LABELS.get(row.coding, row.coding))),
            value_words(row.estimate, scale),
            NOTHING if row.expected is None else value_words(row.expected, scale),
            limits_words(row.conf_low, row.conf_high, scale) if given else NOTHING,
            NOTHING if row.p_value is None else p_words(row.p_value),
            f"{row.n_items:,}",
        ),
    )


def tabulate_compared_times(released: Released) -> Table:
    """Tabulate quantities over time in both samples, with their difference or ratio.

    Parameters
    ----------
    released : Released
        A `ComparisonProfile`.
    """
    found = content(released, ComparisonProfile)
    rows = together(_time_line(row) for row in found.quantities)
    return Table(
        title=f"{found.title}: rates, incidence and times",
        columns=(
            Column(label="Quantity", width=10),
            Column(label="Trafficking (95% limits)", align="right", width=5),
            Column(label="Domestic violence (95% limits)", align="right", width=5),
            Column(label="Compared (95% limits)", align="right", width=7),
        ),
        rows=rows or (Row(cells=("No quantity could be computed", *[NOTHING] * 3)),),
        footnotes=(
            *chosen_notes(released, "curves"),
            "Differences are trafficking less domestic violence, ratios trafficking over it.",
        ),
    )


def _time_line(row: QuantityRow) -> Row:
    pair = (
        (row.trafficking, row.trafficking_low, row.trafficking_high),
        (row.domestic_violence, row.domestic_violence_low, row.domestic_violence_high),
    )
    compared = value_words(row.estimate, row.scale)
    if row.conf_low is not None or row.conf_high is not None:
        compared = f"{compared} ({limits_words(row.conf_low, row.conf_high, row.scale)})"
    return Row(
        group=upper_first(row.scale),
        cells=(upper_first(row.label), *(_quantity(*one) for one in pair), compared),
    )


def _quantity(value: float, low: float | None, high: float | None) -> str:
    words = rate_words(value)
    return (
        words
        if low is None or high is None
        else f"{words} ({rate_words(low)} to {rate_words(high)})"
    )


def tabulate_standardised(released: Released) -> Table:
    """Tabulate differences of shares after standardisation to the declared covariates.

    Parameters
    ----------
    released : Released
        A `ComparisonProfile`.
    """
    found = content(released, ComparisonProfile)
    names = dict.fromkeys((row.id, row.characteristic) for row in found.standardised)
    lines = (
        Row(cells=(named(name, characteristic), *standardised_words(found, name)))
        for name, characteristic in names
    )
    rows = tuple(line for line in lines if set(line.cells[1:]) != {NOTHING})
    return Table(
        title=f"{found.title}: standardised differences",
        columns=(
            Column(label="Characteristic", width=8),
            Column(label="By regression (90% limits)", align="right", width=7),
            Column(label="By weights (90% limits)", align="right", width=7),
        ),
        rows=rows or (Row(cells=("No row could be standardised", NOTHING, NOTHING)),),
        footnotes=(
            *chosen_notes(released, "standardised"),
            *standardised_notes(found),
            *nothing_note(rows, "not estimated by this method under both codings"),
        ),
    )


def standardised_words(
    found: ComparisonProfile, name: str, *, alone: bool = False
) -> tuple[str, str]:
    """Write the standardised difference of a row by regression, and by weights.

    Parameters
    ----------
    found : ComparisonProfile
    name : str
        The number of the row in the matrix.
    alone : bool
        Whether the limits stand alone, without the estimates.
    """
    held = [row for row in found.standardised if row.id == name]
    by_regression, by_weights = (
        _united([row for row in held if row.method == method], alone=alone)
        for method in ("g_computation", "weights")
    )
    return by_regression, by_weights


def standardised_notes(found: ComparisonProfile) -> tuple[str, ...]:
    """Say what standardised differences are, and which rows have none."""
    covariates = ", ".join(name.replace("_", " ") for name in found.covariates)
    return (
        "By regression and by weights: differences standardised to the covariates "
        f"({covariates or 'none'}), under both crossed codings, with limits united over both."
        f"{_effective(found)}",
        *_refusals(found),
    )


def _united(rows: Sequence[StandardisedRow], *, alone: bool) -> str:
    """Write the estimates of both codings, and the limits that hold for both."""
    values = [row.estimate for row in rows if row.estimate is not None]
    lows = [row.conf_low for row in rows if row.conf_low is not None]
    highs = [row.conf_high for row in rows if row.conf_high is not None]
    if not values or len(values) < len(rows):
        return NOTHING
    words = ends_words(min(values), max(values), "risk_difference")
    if len(lows) < len(rows) or len(highs) < len(rows):
        return words
    limits = limits_words(min(lows), max(highs), "risk_difference")
    return limits if alone else f"{words} ({limits})"


def _effective(found: ComparisonProfile) -> str:
    sizes = [row for row in found.standardised if row.method == "weights"]
    pairs = {(row.effective_n_trafficking, row.effective_n_domestic_violence) for row in sizes}
    known = [(a, b) for a, b in pairs if a is not None and b is not None]
    if not known:
        return ""
    spans = [between_words(round(min(side)), round(max(side))) for side in zip(*known, strict=True)]
    return (
        f" The weights leave an effective number of {spans[0]} relationships in trafficking and "
        f"{spans[1]} in domestic violence."
    )


def _refusals(found: ComparisonProfile) -> tuple[str, ...]:
    """List, by reason, the rows that were not standardised under a coding."""
    held: dict[str, list[str]] = {}
    for row in found.standardised:
        if row.estimate is None and row.id not in held.setdefault(row.why, []):
            held[row.why].append(row.id)
    return tuple(f"{upper_first(why)}: {', '.join(names)}." for why, names in held.items())
