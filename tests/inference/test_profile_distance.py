"""Distance of profiles: by hand, by enumeration, and properties."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from relatum.inference.case_draws import pool_cases
from relatum.inference.common import Refusal
from relatum.inference.profile_distance import profile_distance

NAN = np.nan
A = np.array([[1, 1, 0], [1, 0, NAN], [1, 1, 1], [0, 1, 0], [1, NAN, 0]])
B = np.array([[0, 1, 1], [0, 0, NAN], [1, 1, 1], [0, NAN, 1]])
CASES_A, CASES_B = np.array([1, 1, 2, 3, 3]), np.array([1, 2, 2, 3])


def shares(rows):
    known = ~np.isnan(rows)
    with np.errstate(invalid="ignore"):
        return np.where(known, rows, 0).sum(axis=0) / known.sum(axis=0)


def distance(rows_a, rows_b):
    gap = np.abs(shares(rows_a) - shares(rows_b))
    return gap[~np.isnan(gap)].mean()


def profiles(seed, shift=0.0, *, sizes=(9, 6, 3, 2, 2, 1), k=6):
    rng = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(len(sizes)), sizes)
    x = (rng.random((len(cluster), k)) < np.linspace(0.2, 0.7, k) + shift).astype(float)
    x[rng.random(x.shape) < 0.1] = NAN
    return x, cluster


# by hand


def test_by_hand():
    # a 4/5, 3/4, 1/4; b 1/4, 2/3, 3/3
    found = profile_distance(A, CASES_A, B, CASES_B)
    assert found.distance == pytest.approx((0.55 + 1 / 12 + 0.75) / 3)
    assert (found.n_items, found.n_cases_a, found.n_rows_a, found.n_rows_b) == (3, 3, 5, 4)


def test_p_is_the_share_of_all_arrangements():
    rows = np.concatenate([A, B])
    cases = np.concatenate([CASES_A, CASES_B + 10])
    observed, every = distance(A, B), []
    for chosen in combinations(np.unique(cases), 3):
        first = np.isin(cases, chosen)
        every.append(distance(rows[first], rows[~first]))
    found = profile_distance(A, CASES_A, B, CASES_B)
    assert found.exact
    assert found.n_arrangements == len(every) == 20
    assert found.p_value == pytest.approx(np.mean(np.array(every) >= observed - 1e-12))
    assert found.smallest_p == pytest.approx(np.mean(np.array(every) >= max(every) - 1e-12))
    assert found.permutation_mean == pytest.approx(np.mean(every))


def test_drawn_arrangements_agree_with_all():
    a, b = profiles(1), profiles(2, 0.15)
    exact = profile_distance(*a, *b, n_permutations=924, n_bootstrap=1)
    drawn = profile_distance(*a, *b, n_permutations=900, n_bootstrap=1)
    assert exact.exact
    assert not drawn.exact
    assert drawn.n_arrangements == 901
    assert drawn.smallest_p == 1 / 901
    assert drawn.p_value == pytest.approx(exact.p_value, abs=0.06)
    assert drawn.permutation_mean == pytest.approx(exact.permutation_mean, abs=0.01)


def test_bootstrap_by_enumeration():
    # two cases each: every resample is equally likely, 4 by 4
    a, b = np.array([[1.0], [0.0], [0.0]]), np.array([[1.0], [1.0]])
    found = profile_distance(a, [1, 2, 2], b, [1, 2], n_bootstrap=20_000)
    # a: share 1 (1/4), 1/3 (1/2), 0 (1/4); b always 1
    assert found.distance == pytest.approx(2 / 3)
    expected = 0.5 * 2 / 3 + 0.25 * 1
    assert found.bias == pytest.approx(expected - 2 / 3, abs=0.01)
    assert found.corrected == pytest.approx(2 / 3 - found.bias)
    assert found.upper_limit == 1.0


def test_items_documented_on_one_side_are_left_out():
    blank = np.column_stack([A, np.full(5, NAN)]), np.column_stack([B, np.ones(4)])
    found = profile_distance(blank[0], CASES_A, blank[1], CASES_B)
    assert found == profile_distance(A, CASES_A, B, CASES_B)


def test_a_clear_difference_and_a_likeness():
    a, b = profiles(1, -0.15), profiles(2, 0.25)
    far = profile_distance(*a, *b)
    assert far.p_value < 0.05
    assert far.distance > far.permutation_mean
    same = profile_distance(*a, *a)
    assert same.distance == 0
    assert same.p_value == 1
    assert same.bias > 0
    assert same.corrected == 0
    assert same.upper_limit > same.permutation_mean / 2


# properties


def test_rows_names_and_order_of_samples_do_not_matter():
    a, b = profiles(1), profiles(2, 0.15, sizes=(5, 4, 4, 2, 2, 2))
    first = profile_distance(*a, *b, n_permutations=400, n_bootstrap=200)
    rng = np.random.default_rng(3)
    p, q = rng.permutation(len(a[1])), rng.permutation(len(b[1]))
    names = np.array(list("wvuxyz"))
    again = profile_distance(
        a[0][p], names[a[1][p]], b[0][q], -b[1][q], n_permutations=400, n_bootstrap=200
    )
    assert again == first
    turned = profile_distance(*b, *a, n_permutations=400, n_bootstrap=200)
    same = ("distance", "p_value", "permutation_mean", "bias", "upper_limit")
    assert all(getattr(turned, name) == getattr(first, name) for name in same)
    assert turned.n_rows_a == first.n_rows_b


@settings(deadline=None, max_examples=40)
@given(
    arrays(float, (6, 2), elements=st.sampled_from([0.0, 1.0, NAN])),
    st.lists(st.integers(0, 2), min_size=6, max_size=6),
)
def test_odd_samples_give_numbers_or_words(values, cluster):
    found = profile_distance(values, cluster, B[:, :2], CASES_B, n_permutations=30, n_bootstrap=20)
    if isinstance(found, Refusal):
        assert found.why
        return
    assert 0 <= found.distance <= found.upper_limit <= 1
    assert 0 < found.smallest_p <= found.p_value <= 1
    assert 0 <= found.corrected <= 1


def test_pooled_cases_hold_the_observed_arrangement():
    a, b = np.array([[1.0, 2], [0, 1], [5, 5]]), np.array([[0.0, 1], [3, 4], [1, 2], [7, 7]])
    held = pool_cases(a, b, what="p")
    ways = held.arrange(10, seed=1)
    assert not held.swapped
    assert ways.labels.sum(axis=1).tolist() == [3.0] * 11
    assert (ways.labels[0] @ held.pooled).tolist() == a.sum(axis=0).tolist()
    every = held.arrange(35, seed=1)
    assert every.exact
    assert len(np.unique(every.labels, axis=0)) == 35


# what cannot be said


def test_refusals():
    found = profile_distance(A, np.ones(5), B, CASES_B)
    assert found.why == "sample a has one case; two are needed"
    found = profile_distance(A, CASES_A, np.full((4, 3), NAN), CASES_B)
    assert found.why == "no item is documented in both samples"
    found = profile_distance(A[:0], CASES_A[:0], B, CASES_B)
    assert isinstance(found, Refusal)


def test_wrong_calls():
    with pytest.raises(
        ValueError, match=r"values_a must hold.*cluster_b must.*3 items, values_b 2"
    ):
        profile_distance(A * 2, CASES_A, B[:, :2], CASES_B[:2])
    with pytest.raises(ValueError, match="two dimensions"):
        profile_distance(A[:, 0], CASES_A, B, CASES_B)
    with pytest.raises(ValueError, match="at least 1"):
        profile_distance(A, CASES_A, B, CASES_B, n_bootstrap=0)
    with pytest.raises(ValueError, match="conf_level"):
        profile_distance(A, CASES_A, B, CASES_B, conf_level=95)
