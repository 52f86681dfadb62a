"""Tables and words of claims about combinations, of domains against depth, and of their order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from relatum.errors import EstimationError, UsageError
from relatum.release import Released
from relatum.release.content import content
from relatum.results.base import Unavailable
from relatum.results.composites import ClaimRow, CompositeClaims, DomainDepthLink, OrderRow
from relatum.schema import near_match
from relatum.tables.pair_words import chosen_notes
from relatum.tables.prevalence import stratum_words
from relatum.tables.say import prevalence_words
from relatum.tables.table import Column, Row, Table
from relatum.tables.wording import NOTHING, bounds_words, percent

__all__ = [
    "say_composite",
    "say_order",
    "tabulate_composites",
    "tabulate_depth_domains",
    "tabulate_order",
    "tabulate_universal",
]

_FAMILIES = {"declared": "Declared pairs", "further": "Further pairs"}


def tabulate_composites(released: Released, *, terms: Sequence[str] = ()) -> Table:
    """Tabulate counts, silence and worst-case bounds of claims about combinations.

    Parameters
    ----------
    released : Released
        A `CompositeClaims`.
    terms : sequence of str, optional
        Only these claims.

    Raises
    ------
    UsageError
        If a claim does not exist.
    """
    found = content(released, CompositeClaims)
    for term in terms:
        _claim(found, term)
    rows = [row for row in found.claims if not terms or row.term in terms]
    return Table(
        title=f"{found.title}, {found.population}",
        columns=(
            Column(label="Claim", width=11),
            Column(label="Present", align="right", width=4),
            Column(label="Ruled out", align="right", width=3),
            Column(label="Not documented", align="right", width=4),
            Column(label="Bounds", align="right", width=4),
        ),
        rows=tuple(
            Row(
                cells=(
                    row.counted.label + ("†" if row.universal else ""),
                    f"{row.counted.n_present:,} of {row.counted.n_units:,}",
                    f"{row.counted.n_absent:,}",
                    f"{row.counted.n_undocumented:,}",
                    bounds_words(row.counted),
                )
            )
            for row in rows
        ),
        footnotes=(
            *chosen_notes(
                released,
                *("finite_population", "worst_case_bounds", "composite_violence", "two_readings"),
            ),
            *(
                ["†: published of all relationships, or implied by that."]
                if any(row.universal for row in rows)
                else []
            ),
        ),
    )


def _claim(found: CompositeClaims, term: str) -> ClaimRow:
    held = {row.term: row for row in found.claims}
    if term not in held:
        near = near_match(term, found.terms)
        hint = f" Did you mean '{near}'?" if near else ""
        msg = f"'{term}' is not a claim of this result.{hint} There are: {', '.join(held)}."
        raise UsageError(msg)
    return held[term]


def tabulate_universal(released: Released) -> Table:
    """Tabulate the limits of statements about all relationships, by assumed correlation.

    Parameters
    ----------
    released : Released
        A `CompositeClaims`.
    """
    found = content(released, CompositeClaims)
    rows, refused = [], []
    for claim in found.claims:
        if not claim.universal:
            continue
        counted = claim.counted
        group = f"{counted.label}: {prevalence_words(counted)}"
        rows += [
            Row(
                group=group,
                cells=(
                    f"{limit.icc:g}",
                    f"{limit.n_effective:.1f}",
                    percent(limit.conf_low),
                    percent(limit.conf_high),
                ),
            )
            for limit in claim.limits
        ]
        if not claim.limits:
            rows.append(Row(group=group, cells=(NOTHING,) * 4))
            refused.append(f"{counted.label}: no limits ({claim.limits_why}).")
    return Table(
        title="Statements about all relationships, carried to other investigations",
        columns=(
            Column(label="Correlation assumed", width=4),
            Column(label="Independent relationships", align="right", width=5),
            Column(label=f"Lower {found.conf_level:.0%} limit", align="right", width=4),
            Column(label=f"Upper {found.conf_level:.0%} limit", align="right", width=4),
        ),
        rows=tuple(rows),
        footnotes=(
            *chosen_notes(released, "limits_at_icc"),
            "Lower limits count silence as absence, upper limits as presence; two-sided.",
            *refused,
        ),
    )


def tabulate_depth_domains(released: Released) -> Table:
    """Tabulate the mean number of domains by documentation.

    Parameters
    ----------
    released : Released
        A `CompositeClaims`.
    """
    found = content(released, CompositeClaims)
    return Table(
        title=f"Number of tactic domains recorded, {found.population}",
        columns=(
            Column(label="Relationships", width=9),
            Column(label="n", align="right", width=2),
            Column(label="Mean number, silence as absence", align="right", width=6),
            Column(label="Mean number, silence as presence", align="right", width=6),
        ),
        rows=tuple(
            Row(
                cells=(
                    stratum_words(row.variable) + row.label,
                    f"{row.n:,}",
                    f"{row.mean_lower:.1f}",
                    f"{row.mean_upper:.1f}",
                )
            )
            for row in found.depth
        ),
        footnotes=(
            *chosen_notes(released, "depth_warning", "upper_coding"),
            *(_link_words(link) for link in found.links),
        ),
    )


_CODING_WORDS = {"lower": "silence as absence", "upper": "silence as presence"}


def _link_words(link: DomainDepthLink) -> str:
    scope = "within investigations" if link.scope == "within_cases" else "overall"
    lead = f"Spearman correlation with documentation depth {scope}, {_CODING_WORDS[link.coding]}: "
    if link.rho is None:
        return f"{lead}not available ({link.why})."
    words = f"{lead}{link.rho:.2f} (n = {link.n} in {_investigations(link.n_cases)}"
    return f"{words})." if link.p_value is None else f"{words}; p = {_p_words(link.p_value)})."


def _investigations(n: int) -> str:
    return f"{n} investigation{'' if n == 1 else 's'}"


def _p_words(value: float | None) -> str:
    if value is None:
        return NOTHING
    return "<0.001" if value < 0.0005 else f"{value:.3f}"


def _order(released: Released) -> tuple[CompositeClaims, tuple[OrderRow, ...]]:
    found = content(released, CompositeClaims)
    if isinstance(found.order, Unavailable):
        raise EstimationError(str(found.order))
    return found, found.order


def tabulate_order(released: Released) -> Table:
    """Tabulate which of two domains is recorded first.

    Parameters
    ----------
    released : Released
        A `CompositeClaims`.

    Raises
    ------
    EstimationError
        If nothing is dated; the message says so.
    """
    found, rows = _order(released)
    whys = list(dict.fromkeys(row.why for row in rows if row.why))
    return Table(
        title=f"Which domain is recorded first, {found.population}",
        columns=(
            Column(label="Pair", width=9),
            Column(label="Both", align="right", width=4),
            Column(label="First", align="right", width=4),
            Column(label="Second", align="right", width=5),
            Column(label="Same day", align="right", width=4),
            Column(label="Not dated", align="right", width=4),
            Column(label="Fully dated", align="right", width=4),
            Column(label="p by relationship", align="right", width=8),
            Column(label="p by investigation", align="right", width=9),
            Column(label="Holm", align="right", width=4),
        ),
        rows=tuple(_order_line(row) for row in rows),
        footnotes=(
            *chosen_notes(released, "first_recorded"),
            "Both: relationships in which both domains are present. First, second: the domain "
            "named so is recorded earlier. Same day: the intervals share a day. Fully dated: how "
            "many of the ordered relationships have a date for every act of both domains; in the "
            "others an undated act may be the first.",
            "Exact two-sided sign tests. By relationship: ignores that relationships of an "
            "investigation are alike. By investigation: the sum of the signs of each "
            "investigation gets a random sign; in brackets the smallest value that it can take. "
            "Holm: over all pairs of the family, tested or not.",
            *(f"{NOTHING}: {why}." for why in whys),
        ),
    )


def _order_line(row: OrderRow) -> Row:
    by_case = NOTHING
    if row.smallest_p is not None:
        by_case = f"{_p_words(row.p_value)} ({_p_words(row.smallest_p)})"
    return Row(
        group=f"{_FAMILIES[row.family]} (family of {row.family_size})",
        cells=(
            f"{row.first_label}, {row.second_label[:1].lower()}{row.second_label[1:]}",
            f"{row.n_both:,}",
            f"{row.n_first:,}",
            f"{row.n_second:,}",
            f"{row.n_overlap:,}",
            f"{row.n_undated:,}",
            f"{row.n_fully_dated:,}",
            _p_words(row.p_binomial),
            by_case,
            _p_words(row.p_adjusted),
        ),
    )


# --- sentences -------------------------------------------------------------------------------


def _released(results: Mapping[str, Released], name: str) -> Released:
    if name not in results:
        msg = f"There is no result '{name}'. There are: {', '.join(results)}."
        raise UsageError(msg)
    return results[name]


def say_composite(results: Mapping[str, Released], name: str, *, term: str) -> str:
    """Word one claim for a sentence.

    Parameters
    ----------
    results : mapping of str to Released
        By name.
    name : str
        A `CompositeClaims`.
    term : str
        The claim.

    Returns
    -------
    str
        For example ``6 of 73 (undocumented 25; bounds 8% to 42%)``. What is unavailable is said
        to be.

    Raises
    ------
    UsageError
        If there is no such result or claim; the message lists those there are.
    """
    released = _released(results, name)
    if isinstance(released.result, Unavailable):
        return f"not available ({released.result.why})"
    return prevalence_words(_claim(content(released, CompositeClaims), term).counted)


def say_order(results: Mapping[str, Released], name: str, *, first: str, second: str) -> str:
    """Word the order of two domains for a sentence.

    Parameters
    ----------
    results : mapping of str to Released
        By name.
    name : str
        A `CompositeClaims`.
    first, second : str
        Two domains, such as ``economic`` and ``control``, in either order.

    Returns
    -------
    str
        For example ``economic recorded first in 13 and control in 15 of 73 relationships with
        both; 6 share a day, 39 are not dated``.

    Raises
    ------
    UsageError
        If there is no such result or pair.
    """
    released = _released(results, name)
    if isinstance(released.result, Unavailable):
        return f"not available ({released.result.why})"
    found = content(released, CompositeClaims)
    if isinstance(found.order, Unavailable):
        return f"not available ({found.order.why})"
    for row in found.order:
        if {row.first, row.second} == {first, second}:
            return (
                f"{row.first} recorded first in {row.n_first} and {row.second} in {row.n_second} "
                f"of {row.n_both} relationships with both; {row.n_overlap} share a day, "
                f"{row.n_undated} are not dated"
            )
    pairs = ", ".join(f"{row.first} and {row.second}" for row in found.order)
    msg = f"'{first}' and '{second}' are not a pair of this result; there are: {pairs}."
    raise UsageError(msg)
