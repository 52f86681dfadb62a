import itertools

import numpy as np
import pytest
from hypothesis import given, settings
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


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(1, 5), min_size=9, max_size=9), st.sampled_from(MEASURES))
def test_the_extreme_tables_suffice(cells, measure):
    table = np.array(cells).reshape(3, 3)
    everything = association_bounds(table, measure=measure)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pair_bounds, "MAX_TABLES", 0)
        reduced = association_bounds(table, measure=measure)
    assert (everything.method, reduced.method) == ("all tables", "extreme tables")
    assert reduced.low == pytest.approx(everything.low)
    assert reduced.high == pytest.approx(everything.high)


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
    table = np.array([[4000, 900, 700], [800, 5000, 600], [500, 400, 900]])
    found = association_bounds(table, measure="phi")
    assert found.method == "extreme tables"
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
