import itertools

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from relatum.inference import pair_bounds
from relatum.inference.common import Refusal
from relatum.inference.pair_bounds import association, association_bounds, cross_statuses

MEASURES = ("phi", "odds_ratio", "risk_difference", "jaccard", "lift")


def completions(first, second):
    """Every 2 x 2 table that filling the undocumented cells one by one can give."""
    choices = [
        list(itertools.product([x] if x < 2 else [0, 1], [y] if y < 2 else [0, 1]))
        for x, y in zip(first, second, strict=True)
    ]
    for rows in itertools.product(*choices):
        pairs = [tuple(r) for r in rows]
        yield tuple(pairs.count(cell) for cell in ((1, 1), (1, 0), (0, 1), (0, 0)))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=7))
def test_bounds_equal_the_enumeration_of_all_completions(rows):
    first, second = map(list, zip(*rows, strict=True))
    tables = set(completions(first, second))
    for measure in MEASURES:
        values = [association(*t, measure=measure) for t in tables]
        defined = [v for v in values if not isinstance(v, Refusal)]
        found = association_bounds(cross_statuses(first, second), measure=measure)
        if not defined:
            assert isinstance(found, Refusal)
            continue
        assert found.low == pytest.approx(min(defined))
        assert found.high == pytest.approx(max(defined))
        assert found.some_undefined == (len(defined) < len(values))


def reachable_tables(counts):
    """Every 2 x 2 table, by the number of rows of each kind that go to each cell."""
    known = [counts[1][1], counts[1][0], counts[0][1], counts[0][0]]
    kinds = [
        (counts[1][2], (0, 1)),
        (counts[0][2], (2, 3)),
        (counts[2][1], (0, 2)),
        (counts[2][0], (1, 3)),
        (counts[2][2], (0, 1, 2, 3)),
    ]
    tables = {tuple(known)}
    for n, cells in kinds:
        for _ in range(n):
            tables = {
                tuple(value + (i == cell) for i, value in enumerate(table))
                for table in tables
                for cell in cells
            }
    return tables


@settings(deadline=None, max_examples=80)
@given(st.lists(st.integers(0, 4), min_size=9, max_size=9), st.sampled_from(MEASURES))
@example([0, 1, 1, 0, 1, 0, 0, 1, 0], "phi")
def test_bounds_equal_all_reachable_tables(cells, measure):
    table = np.array(cells).reshape(3, 3)
    values = [association(*t, measure=measure) for t in reachable_tables(table)]
    defined = [v for v in values if not isinstance(v, Refusal)]
    found = association_bounds(table, measure=measure)
    if not defined:
        assert isinstance(found, Refusal)
        return
    assert (found.low, found.high) == pytest.approx((min(defined), max(defined)))
    assert found.some_undefined == (len(defined) < len(values))


def test_an_extreme_next_to_an_undefined_table_is_found():
    found = association_bounds([[0, 1, 1], [0, 1, 0], [0, 1, 0]], measure="phi")
    assert found.low == pytest.approx(1 / 3)
    assert found.some_undefined


@pytest.mark.parametrize("measure", MEASURES)
def test_working_in_blocks_changes_nothing(measure, monkeypatch):
    table = np.array([[5, 3, 4], [2, 6, 3], [1, 3, 5]])
    whole = association_bounds(table, measure=measure)
    monkeypatch.setattr(pair_bounds, "BLOCK", 30)
    assert association_bounds(table, measure=measure) == whole


def test_documented_tables_have_one_value():
    found = association_bounds([[6, 4, 0], [2, 8, 0], [0, 0, 0]], measure="odds_ratio")
    assert found.low == found.high == association(8, 2, 4, 6, measure="odds_ratio")


def test_swapping_the_codes_keeps_symmetric_measures():
    table = np.array([[5, 3, 2], [1, 7, 2], [3, 1, 2]])
    for measure in ("phi", "odds_ratio", "jaccard", "lift"):
        assert association_bounds(table, measure=measure) == association_bounds(
            table.T, measure=measure
        )


def test_large_samples_stay_cheap():
    table = np.array([[400, 90, 300], [80, 500, 200], [250, 100, 400]])
    found = association_bounds(table, measure="phi")
    assert -1 < found.low < found.high < 1


def test_impossible_and_wrong_input():
    assert isinstance(association_bounds(np.zeros((3, 3), int)), Refusal)
    assert isinstance(association_bounds([[0, 0, 0], [0, 4, 0], [0, 0, 0]]), Refusal)
    assert isinstance(association(3, 2, 0, 0, measure="phi"), Refusal)
    with pytest.raises(ValueError, match="3 x 3"):
        association_bounds([[1, 2], [3, 4]])
    with pytest.raises(ValueError, match="one of"):
        association(1, 2, 3, 4, measure="kappa")
    with pytest.raises(ValueError, match="status"):
        cross_statuses([3], [1])
    with pytest.raises(ValueError, match="one length"):
        cross_statuses([1], [1, 0])
