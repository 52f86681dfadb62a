"""Rank correlation with depth within cases."""

import itertools

import numpy as np
import pytest

from relatum.inference.common import Refusal
from relatum.inference.depth_ranks import correlate_within_cases

Y = [2, 4, 4, 7, 1, 3, 5, 5, 6, 2]
X = [1, 2, 3, 4, 9, 7, 8, 8, 10, 5]
CASE = ["a"] * 4 + ["b"] * 5 + ["c"]


def test_by_hand():
    # case a: ranks 1 2 3 against 1 2 3, case b: 3 2 1 against 1 2 3; 2 and -2 cancel
    found = correlate_within_cases([1, 2, 3, 9, 8, 7], [1, 2, 3, 1, 2, 3], [1, 1, 1, 2, 2, 2])
    assert found.spearman == 0.0
    assert found.p_value == 1.0
    # a difference between cases alone is no correlation within them
    apart = correlate_within_cases([1, 2, 11, 12], [1, 2, 2, 1], [1, 1, 2, 2])
    assert apart.spearman == 0.0


def test_equals_r():
    # R 4.2.2: cor(r, q) with r = ave(y, g, FUN = rank) less its case mean, q likewise
    found = correlate_within_cases(Y, X, CASE, seed=1)
    assert found.spearman == pytest.approx(0.561489925074877, abs=1e-12)
    assert (found.n_rows, found.n_cases) == (9, 2)


def test_p_is_that_of_all_arrangements_within_cases():
    y, x, case = [1, 3, 2, 5, 4], [1, 2, 3, 1, 2], [1, 1, 1, 2, 2]
    found = correlate_within_cases(y, x, case, draws=20_000, seed=2)
    ranks = np.array([-1, 1, 0, 0.5, -0.5])
    moved = [
        (*first, *second)
        for first in itertools.permutations([-1, 0, 1])
        for second in itertools.permutations([-0.5, 0.5])
    ]
    sums = np.array(moved) @ ranks
    seen = ranks @ np.array([-1, 0, 1, -0.5, 0.5])
    exact = (np.abs(sums) >= abs(seen) - 1e-12).mean()
    # four standard errors of 20,000 draws
    assert found.p_value == pytest.approx(exact, abs=4 * (exact * (1 - exact) / 20_000) ** 0.5)


def test_monotone_changes_order_and_names_change_nothing():
    found = correlate_within_cases(Y, X, CASE, seed=3)
    bent = correlate_within_cases(np.exp(Y), np.array(X) ** 3, CASE, seed=3)
    assert bent == found
    at = np.random.default_rng(1).permutation(10)
    names = [{"a": "z", "b": "k", "c": "a"}[name] for name in np.array(CASE)[at]]
    # equal to the last digit: not even the draws depend on order or names
    assert correlate_within_cases(np.array(Y)[at], np.array(X)[at], names, seed=3) == found
    mirror = correlate_within_cases(Y, -np.array(X), CASE, seed=3)
    assert mirror.spearman == pytest.approx(-found.spearman, abs=1e-12)


def test_refusals_and_wrong_calls():
    for args in (([1, 2], [1, 2], ["a", "b"]), ([1, 1], [1, 2], ["a", "a"]), ([], [], [])):
        found = correlate_within_cases(*args)
        assert isinstance(found, Refusal)
        assert "no case holds" in found.why
    assert "not finite" in correlate_within_cases([1, np.nan], [1, 2], ["a", "a"]).why
    with pytest.raises(ValueError, match="depth has 1 values"):
        correlate_within_cases([1, 2], [1], ["a", "a"])
    with pytest.raises(ValueError, match="cluster has 1 labels"):
        correlate_within_cases([1, 2], [1, 2], ["a"])
