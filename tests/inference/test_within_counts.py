"""The exact test within cases from counts: by hand, against rows, and what it refuses."""

from math import comb

import numpy as np
import pytest

from relatum.inference.common import Refusal
from relatum.inference.permutation import permute_within_cases
from relatum.inference.within_counts import within_case_p_value


def test_one_case_by_hand():
    # Six rows, three and three: all three together in 1 of 20 arrangements, none in another.
    assert within_case_p_value([3], [3], [3], [6]) == pytest.approx(2 / comb(6, 3), abs=1e-15)
    assert within_case_p_value([2], [3], [3], [6]) == pytest.approx(1.0, abs=1e-15)


def test_two_cases_by_hand():
    # Each of two pairs goes together in 1 of 2 arrangements: the sum is 0, 1, 2 in 1, 2, 1 of 4.
    assert within_case_p_value([1, 1], [1, 1], [1, 1], [2, 2]) == pytest.approx(0.5, abs=1e-15)
    # A case in which all rows have the first says nothing, whatever the second is.
    assert within_case_p_value([1, 1, 3], [1, 1, 5], [1, 1, 3], [2, 2, 5]) == pytest.approx(0.5)


def test_it_is_the_test_of_rows():
    rng = np.random.default_rng(1)
    for _ in range(25):
        cases = rng.integers(0, 9, 60)
        x, y = rng.random((2, 60)) < rng.uniform(0.2, 0.8, (2, 1))
        sums = [np.bincount(cases, weights=w, minlength=9) for w in (x & y, x, y, np.ones(60))]
        expected = permute_within_cases(x.astype(int), y.astype(int), cases)
        assert within_case_p_value(*sums) == pytest.approx(expected.p_value, abs=1e-12)
        turned = rng.permutation(9)
        swapped = [sums[at][turned] for at in (0, 2, 1, 3)]
        assert within_case_p_value(*swapped) == pytest.approx(expected.p_value, abs=1e-12)


def test_nothing_to_compare_is_refused():
    for counts in (([], [], [], []), ([2], [2], [3], [3]), ([0, 0], [0, 1], [1, 0], [2, 2])):
        found = within_case_p_value(*counts)
        assert isinstance(found, Refusal)
        assert "differ in both" in found.why


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        (([1], [1, 1], [1], [2]), "one number per case"),
        (([0.5], [1], [1], [2]), "whole numbers"),
        (([2], [1], [2], [3]), "no rows have such counts"),
        (([0], [2], [2], [3]), "no rows have such counts"),
        (([1], [4], [1], [3]), "no rows have such counts"),
        (([-1], [0], [0], [3]), "no rows have such counts"),
    ],
)
def test_impossible_counts_are_wrong_calls(counts, said):
    with pytest.raises(ValueError, match=said):
        within_case_p_value(*counts)
