"""The exact samplers against brute force on problems that can be listed."""

import itertools
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from relatum.samples.simulation.samplers import ConstrainedSum, bernoulli_with_total, choose


def listed(sampler, total):
    """Weights of all sequences with the sum and the attained values."""
    found = {}
    pairs = list(zip(sampler.values, sampler.weights, strict=True))
    for sequence in itertools.product(pairs, repeat=sampler.n):
        values = tuple(value for value, _ in sequence)
        if sum(values) == total and set(sampler.attained) <= set(values):
            found[values] = float(np.prod([weight for _, weight in sequence]))
    return found


@pytest.mark.parametrize("attained", [(), (3,), (1, 4)])
def test_a_constrained_sum_has_its_exact_conditional_distribution(attained):
    weights = (0.1, 0.4, 0.3, 0.2)
    sampler = ConstrainedSum(values=(1, 2, 3, 4), weights=weights, n=4, attained=attained)
    rng = np.random.default_rng(20062010)
    expected = listed(sampler, 10)
    drawn = Counter(tuple(sampler.draw(rng, 10).tolist()) for _ in range(6000))
    assert set(drawn) <= set(expected)
    share = np.array(list(expected.values())) / sum(expected.values())
    counts = np.array([drawn[key] for key in expected])
    assert chisquare(counts, share * 6000).pvalue > 1e-4


def test_the_totals_add_up_to_the_chance_of_the_conditions():
    sampler = ConstrainedSum(values=(0, 1, 2), weights=(0.5, 0.3, 0.2), n=3, attained=(2,))
    every = {total: sum(listed(sampler, total).values()) for total in range(7)}
    np.testing.assert_allclose(sampler.totals, [every[t] for t in range(7)], rtol=1e-12)
    assert sampler.totals.sum() == pytest.approx(1 - 0.8**3)


def test_an_impossible_sum_is_refused():
    sampler = ConstrainedSum(values=(1, 2), weights=(1.0, 1.0), n=3)
    with pytest.raises(ValueError, match="contradict"):
        sampler.draw(np.random.default_rng(1), 7)


def test_conditional_bernoulli_has_its_exact_distribution():
    chances = np.array([0.9, 0.2, 0.5, 0.4])
    expected = {}
    for outcome in itertools.product((False, True), repeat=4):
        if 2 <= sum(outcome) <= 3:
            expected[outcome] = np.prod(np.where(outcome, chances, 1 - chances))
    rng = np.random.default_rng(7)
    drawn = Counter(tuple(bernoulli_with_total(rng, chances, 2, 3).tolist()) for _ in range(6000))
    share = np.array(list(expected.values())) / sum(expected.values())
    counts = np.array([drawn[key] for key in expected])
    assert counts.sum() == 6000
    assert chisquare(counts, share * 6000).pvalue > 1e-4


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0.05, 0.95), min_size=1, max_size=12), st.data())
def test_conditional_bernoulli_stays_inside_its_limits(chances, data):
    low = data.draw(st.integers(0, len(chances)))
    high = data.draw(st.integers(low, len(chances) + 3))
    drawn = bernoulli_with_total(np.random.default_rng(1), chances, low, high)
    assert low <= drawn.sum() <= high


def test_conditional_bernoulli_refuses_what_cannot_be():
    with pytest.raises(ValueError, match="not possible"):
        bernoulli_with_total(np.random.default_rng(1), [0.0, 0.5], 2, 2)


def test_choosing_among_nothing_is_refused():
    with pytest.raises(ValueError, match="contradict"):
        choose(np.random.default_rng(1), np.zeros(3))
