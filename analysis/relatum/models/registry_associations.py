"""Which characteristics of a registry are recorded together, with blanks as no and without them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt

from relatum.inference.common import Refusal
from relatum.inference.pair_bounds import association_bounds, cross_statuses
from relatum.inference.registry_strata import pack_units, stratified_pairs
from relatum.models.registry_groups import FIELD_LABELS, RecordGroup
from relatum.results.base import Unavailable
from relatum.results.registry_comparison import RegistryAssociation, RegistryOdds, is_small
from relatum.schema import StatusCodes
from relatum.schema.codebook import Codebook
from relatum.schema.status import ABSENT, PRESENT, UNDOCUMENTED

__all__ = ["registry_associations"]

_WHAT = "odds ratio of two characteristics"
_CONF_LEVEL = 0.95
#: The search over what blanks stand for takes about a second for this many.
_MOST_BLANK = 800
#: A pair of a domain and a code of it is recorded together by definition.
_DOMAIN = "dom_"


def registry_associations(
    groups: Sequence[RecordGroup], terms: Sequence[str]
) -> tuple[RegistryAssociation, ...]:
    """Associate all pairs of codes within each group.

    Parameters
    ----------
    groups : sequence of RecordGroup
    terms : sequence of str
        Fields among them are left out.

    Returns
    -------
    tuple of RegistryAssociation
        The pairs that can be told in some group, in every group. Pairs of which one code belongs
        to the other are left out.

    Notes
    -----
    The common odds ratio within years (`relatum.inference.registry_strata.stratified_pairs`),
    once with blanks as no and once among the records that answer both. Where a whole block is
    blank at once, blanks as no put many records into the cell of neither, which makes two
    characteristics seem to go together. Records are taken as independent; the level of
    documentation is not held, because a record of few items has no other measure of it.
    """
    book = groups[0].imported.sample.schema.codebook
    found = []
    for first, second in combinations([t for t in terms if t not in FIELD_LABELS], 2):
        if _belong(first, second, book):
            continue
        pair = [_associate(group, first, second, book) for group in groups]
        if any(isinstance(held.naive, RegistryOdds) for held in pair):
            found += pair
    return tuple(found)


def _belong(first: str, second: str, book: Codebook) -> bool:
    """Say whether a pair is recorded together by definition."""
    a, b = book[first], book[second]
    if second in (*a.parent, *a.overlaps) or first in (*b.parent, *b.overlaps):
        return True
    same = a.domain == b.domain
    return same and (first.startswith(_DOMAIN) or second.startswith(_DOMAIN))


def _associate(group: RecordGroup, first: str, second: str, book: Codebook) -> RegistryAssociation:
    one, other = group.statuses(first), group.statuses(second)
    known = (one != UNDOCUMENTED) & (other != UNDOCUMENTED)
    naive = _odds(one == PRESENT, other == PRESENT, group.strata)
    answered: RegistryOdds | Unavailable
    if not ((one == ABSENT).any() and (other == ABSENT).any()):
        answered = Unavailable(what=_WHAT, why="a code is shown or blank, and never ruled out")
    else:
        strata = group.strata[known]
        answered = _odds(one[known] == PRESENT, other[known] == PRESENT, strata)
    phi_low, phi_high = _phi(one, other) if isinstance(naive, RegistryOdds) else (None, None)
    return RegistryAssociation(
        side=group.side,
        first=first,
        second=second,
        first_label=book[first].label,
        second_label=book[second].label,
        naive=naive,
        answered=answered,
        phi_low=phi_low,
        phi_high=phi_high,
    )


def _odds(
    one: npt.NDArray[np.bool_], other: npt.NDArray[np.bool_], strata: npt.NDArray[np.int64]
) -> RegistryOdds | Unavailable:
    cells = np.bincount(2 * one.astype(int) + other, minlength=4).tolist()
    if any(is_small(n) for n in cells):
        return Unavailable(what=_WHAT, why="withheld: a cell holds fewer than 10 records")
    if not all(cells):
        return Unavailable(what=_WHAT, why="a cell is empty")
    packed = pack_units(np.column_stack([one, other]))
    _, codes = np.unique(strata, return_inverse=True)
    by_year, _, _ = stratified_pairs(packed, codes, n_codes=2, conf_level=_CONF_LEVEL)
    if not by_year.estimable[0]:
        return Unavailable(what=_WHAT, why="the estimate is zero or infinite, without limits")
    ends = (by_year.log_odds_ratio[0], by_year.conf_low[0], by_year.conf_high[0])
    estimate, low, high = (float(np.exp(end)) for end in ends)
    return RegistryOdds(
        n_records=len(one), n_both=cells[3], odds_ratio=estimate, conf_low=low, conf_high=high
    )


def _phi(one: StatusCodes, other: StatusCodes) -> tuple[float | None, float | None]:
    """Return the smallest and largest correlation over what blanks can stand for."""
    if ((one == UNDOCUMENTED) | (other == UNDOCUMENTED)).sum() > _MOST_BLANK:
        return None, None
    words = np.zeros(4, dtype=np.int64)
    words[[ABSENT, PRESENT, UNDOCUMENTED]] = 0, 1, 2
    found = association_bounds(cross_statuses(words[one], words[other]), measure="phi")
    if isinstance(found, Refusal):
        return None, None
    # Two digits: from more of them a small cell could be computed.
    return round(found.low, 2), round(found.high, 2)
