"""Order of interval dates, and sign tests with cases as units of chance."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relatum.inference.common import Refusal
from relatum.inference.order import compare_intervals, sign_test

DAYS = st.integers(0, 8)


def test_intervals_by_hand():
    nan, inf = np.nan, np.inf
    found = compare_intervals(
        [1, 5, 1, 3, nan, -inf, 4], [2, 6, 4, 3, nan, 2, inf],
        [3, 1, 4, 3, 1, 3, 1], [9, 4, 5, 3, 2, 3, 3],
    )  # fmt: skip
    # the third pair shares day 4, the fourth is the same day; open sides still order two pairs
    assert found.sign.tolist() == [1, -1, 0, 0, 0, 1, -1]
    assert found.dated.tolist() == [True, True, True, True, False, True, True]


@given(st.lists(st.tuples(DAYS, DAYS, DAYS, DAYS), min_size=1, max_size=6))
def test_an_order_holds_for_every_pair_of_days_or_is_not_given(rows):
    a, b = (np.sort(np.array([row[i : i + 2] for row in rows]), axis=1) for i in (0, 2))
    found = compare_intervals(a[:, 0], a[:, 1], b[:, 0], b[:, 1])
    swapped = compare_intervals(b[:, 0], b[:, 1], a[:, 0], a[:, 1])
    assert (found.sign == -swapped.sign).all()
    for sign, (first, last), (start, end) in zip(found.sign, a, b, strict=True):
        days = itertools.product(range(first, last + 1), range(start, end + 1))
        seen = {int(np.sign(y - x)) for x, y in days}
        assert seen == {sign} if sign else len(seen) > 1 or seen == {0}


def test_wrong_intervals_are_errors():
    with pytest.raises(ValueError, match="a limit is missing"):
        compare_intervals([np.nan], [1], [1], [2])
    with pytest.raises(ValueError, match="ends before it starts"):
        compare_intervals([2], [1], [1], [2])
    with pytest.raises(ValueError, match="second_low has 2 values"):
        compare_intervals([1], [1], [1, 2], [2, 2])


def test_signs_by_hand():
    # sums 2, 1, 0 (cancels), 1: T = 4 of |2| + |1| + |1|, reached by 2 of 8 sign vectors
    found = sign_test([1, 1, 1, 1, -1, 1, 0], ["a", "a", "b", "c", "c", "d", "e"])
    assert (found.n_first, found.n_second) == (5, 1)
    assert (found.n_cases, found.n_unbalanced) == (4, 3)
    assert found.p_value == 2 / 8 == found.smallest_p
    assert found.p_binomial == pytest.approx(2 * (1 + 6) / 64)


@pytest.mark.parametrize(
    ("first", "second", "p"),  # R 4.2.2: binom.test(first, first + second)$p.value
    [(5, 1, 0.21875), (13, 15, 0.850554019212723), (2, 7, 0.1796875), (8, 8, 1.0)],
)
def test_the_sign_test_of_rows_equals_r(first, second, p):
    found = sign_test([1] * first + [-1] * second, np.arange(first + second))
    assert found.p_binomial == pytest.approx(p, abs=1e-12)  # both are sums of exact tails
    # one row per case: whole cases are rows
    assert found.p_value == pytest.approx(p, abs=1e-12)


@given(st.lists(st.integers(-4, 4), min_size=2, max_size=9))
def test_the_test_of_cases_equals_enumeration(sums):
    sign = np.concatenate([np.full(max(abs(s), 2), np.sign(s)) for s in sums])
    sign = np.where(sign == 0, np.tile([1, -1], len(sign))[: len(sign)], sign)
    case = np.repeat(np.arange(len(sums)), [max(abs(s), 2) for s in sums])
    held = np.array([sign[case == g].sum() for g in range(len(sums))])
    found = sign_test(sign, case)
    draws = np.array(list(itertools.product((-1, 1), repeat=len(sums)))) @ held
    assert found.p_value == pytest.approx((np.abs(draws) >= abs(held.sum())).mean(), abs=1e-12)
    assert found.p_value >= found.smallest_p - 1e-12


def test_r_enumerates_the_same():
    # R 4.2.2: mean(abs(e %*% s) >= abs(sum(s))) over expand.grid of 2^6 signs
    sums = (3, -2, 1, 4, -1, 2)
    sign = np.concatenate([np.full(abs(s), np.sign(s)) for s in sums])
    found = sign_test(sign, np.repeat(np.arange(6), np.abs(sums)))
    assert found.p_value == 0.34375


def test_many_cases_need_no_draws():
    found = sign_test(np.ones(400), np.repeat(np.arange(200), 2))
    assert 0 < found.p_value == found.smallest_p < 1e-50


def test_order_and_names_of_rows_and_sides_change_nothing():
    rng = np.random.default_rng(5)
    sign, case = rng.integers(-1, 2, 40), rng.integers(0, 8, 40)
    found, at = sign_test(sign, case), rng.permutation(40)
    assert sign_test(sign[at], [f"case {9 - c}" for c in case[at]]) == found
    mirror = sign_test(-sign, case)
    assert (mirror.p_value, mirror.p_binomial) == (found.p_value, found.p_binomial)


def test_level_with_cases_that_differ(case_sizes):
    """Cases lean to either side with equal chance: only the test of cases keeps its level."""
    rng = np.random.default_rng(20)
    case = np.repeat(np.arange(12), case_sizes)
    rejected = np.zeros(2)
    for _ in range(1500):
        lean = rng.beta(1.0, 1.0, 12)[case]
        found = sign_test(np.where(rng.random(73) < lean, 1, -1), case)
        rejected += [found.p_binomial <= 0.05, found.p_value <= 0.05]
    by_row, by_case = rejected / 1500
    assert by_row > 0.4
    assert by_case <= 0.05 + 3 * (0.05 * 0.95 / 1500) ** 0.5


def test_refusals():
    assert sign_test([0, 0], ["a", "b"]) == Refusal("sign test", "no row is decided")
    assert sign_test([], []) == Refusal("sign test", "no row is decided")
    one = sign_test([1, 1, 0], ["a", "a", "b"])
    assert one == Refusal("sign test", "all decided rows lie in one case")
    balanced = sign_test([1, -1, 1, -1], ["a", "a", "b", "b"])
    assert (balanced.p_value, balanced.smallest_p, balanced.n_unbalanced) == (1.0, 1.0, 0)
    with pytest.raises(ValueError, match="1, -1 and 0 only"):
        sign_test([2, 1], ["a", "b"])
    with pytest.raises(ValueError, match="cluster has 1 labels"):
        sign_test([1, 1], ["a"])
