"""Tables of a family of pairs as a whole: what was not tested, all together, how it was drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from relatum.release import Released
from relatum.release.content import content
from relatum.results.cooccurrence import (
    CODING_LABELS,
    NULL_LABELS,
    Cooccurrence,
    NullCheck,
    OverallTest,
    UntestedPair,
)
from relatum.results.tactic_pairs import TacticPairs
from relatum.tables.pair_words import (
    chosen_notes,
    decimal_words,
    held_tests,
    nothing_note,
    p_words,
    pair_words,
    signed_words,
    upper_first,
)
from relatum.tables.table import Column, Row, Table
from relatum.tables.wording import NOTHING, plural

__all__ = ["tabulate_null_checks", "tabulate_overall", "tabulate_untested"]

#: More pairs than this are counted by reason.
_MANY = 20


def tabulate_untested(released: Released) -> Table:
    """Tabulate the pairs that cannot be tested, with the reason.

    Parameters
    ----------
    released : Released
        A `Cooccurrence` or a `TacticPairs`.

    Returns
    -------
    Table
        One row per pair; more than 20 are counted by reason, the most frequent reason first.
    """
    found = _family(released)
    many = len(found.untested) > _MANY
    return Table(
        title=f"{found.title} that cannot be tested",
        columns=(
            (Column(label="Reason", width=12), Column(label="Pairs", align="right", width=3))
            if many
            else (Column(label="Pair", width=6), Column(label="Reason", width=10))
        ),
        rows=_by_reason(found.untested) if many else _by_pair(found.untested),
        footnotes=(
            *chosen_notes(released),
            f"{len(found.untested):,} of the {plural(found.n_family, 'pair')} of the family.",
            *(("A pair with several reasons is counted under the first.",) if many else ()),
        ),
    )


def _family(released: Released) -> Cooccurrence | TacticPairs:
    if isinstance(released, Released) and isinstance(released.result, TacticPairs):
        return released.result
    return content(released, Cooccurrence)


def _by_pair(untested: Sequence[UntestedPair]) -> tuple[Row, ...]:
    return tuple(
        Row(cells=(pair_words(pair.first_label, pair.second_label), upper_first(pair.why)))
        for pair in untested
    )


def _by_reason(untested: Sequence[UntestedPair]) -> tuple[Row, ...]:
    counts = Counter(pair.why for pair in untested).most_common()
    total = len(untested)
    return tuple(Row(cells=(upper_first(why), f"{n:,} of {total:,}")) for why, n in counts)


def tabulate_null_checks(released: Released) -> Table:
    """Tabulate how the draws of the nulls were made, and how well a chain mixed.

    Parameters
    ----------
    released : Released
        A `Cooccurrence` or a `TacticPairs`.
    """
    found = _family(released)
    rows = tuple(_check_line(check) for check in found.checks)
    return Table(
        title=f"{found.title}: how the nulls were drawn",
        columns=(
            Column(label="Null", width=9),
            Column(label="Draws (worth)", align="right", width=5),
            Column(label="Blocks: exact, chain", align="right", width=4),
            Column(label="Blocks that cannot move", align="right", width=6),
            Column(label="Moves", align="right", width=4),
            Column(label="Autocorrelation, reduction", align="right", width=8),
            Column(label="Distinct", align="right", width=4),
            Column(label="Made again", align="right", width=4),
            Column(label="Critical z", align="right", width=4),
        ),
        rows=rows,
        footnotes=(
            *chosen_notes(released, "selection"),
            "Blocks: investigations, or their strata of documentation, from the largest on; those "
            "that cannot move are named by their rank. Exact: drawn from all matrices with the "
            "same totals.",
            "Worth: independent draws that tell as much. Moves: per relationship between two draws "
            "of a chain. Autocorrelation: of neighbouring draws, of the worst pair. Reduction: "
            "pooled over inner deviation of the chains, 1 where they agree. Distinct: matrices "
            "that the chain saw where it saw fewest. Made again: draws that the inclusion rule "
            "would exclude. Critical z: what the largest z must pass at the level of the plan.",
            *nothing_note(rows, "no block needs a chain, or no z is large enough"),
        ),
    )


def _check_line(check: NullCheck) -> Row:
    chained = check.n_chain > 0
    still = f"{check.n_fixed:,} of {check.n_blocks:,}"
    return Row(
        group=upper_first(CODING_LABELS[check.coding]),
        cells=(
            upper_first(NULL_LABELS[check.null]),
            f"{check.n_draws:,} ({check.effective:,.0f})",
            f"{check.n_exact:,}, {check.n_chain:,}",
            f"{still} ({check.fixed})" if check.fixed else still,
            f"{check.sweeps:,}" if chained else NOTHING,
            f"{decimal_words(check.autocorrelation, digits=2)}, {check.reduction:.3f}",
            NOTHING if check.distinct is None else f"{check.distinct:,}",
            f"{check.n_refused:,}",
            NOTHING if check.critical is None else f"{check.critical:.2f}",
        ),
    )


def tabulate_overall(released: Released) -> Table:
    """Tabulate whether the items are recorded together at all more than chance.

    Parameters
    ----------
    released : Released
        A `Cooccurrence`.
    """
    found = content(released, Cooccurrence)
    return Table(
        title=f"{found.title}: all pairs taken together",
        columns=(
            Column(label="Null", width=8),
            Column(label="Pairs", align="right", width=2),
            Column(label="Excess", align="right", width=3),
            Column(label="Standard deviation", align="right", width=4),
            Column(label="z", align="right", width=3),
            Column(label="p", align="right", width=3),
        ),
        rows=tuple(_overall_line(found, test) for test in found.overall),
        footnotes=(
            *chosen_notes(released, "which_pairs"),
            "Excess: joint records, summed over the pairs that can be tested, beyond those that "
            "the null expects.",
        ),
    )


def _overall_line(found: Cooccurrence, test: OverallTest) -> Row:
    n_tested = len(held_tests(found, coding=test.coding, null=test.null))
    return Row(
        group=upper_first(CODING_LABELS[test.coding]),
        cells=(
            upper_first(NULL_LABELS[test.null]),
            f"{n_tested:,} of {found.n_family:,}",
            signed_words(test.excess),
            decimal_words(test.std_error),
            signed_words(test.statistic, digits=2),
            p_words(test.p_value),
        ),
    )
