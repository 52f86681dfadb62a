from __future__ import annotations

import numpy as np
import pytest
from scipy import special

from relatum.inference.betabinomial import case_posterior
from relatum.inference.posterior_difference import difference_quantile, probability_within


@pytest.fixture
def posteriors(case_sizes):
    a = case_posterior([12, 9, 3, 2, 1, 2, 0, 1, 1, 0, 1, 0], case_sizes)
    b = case_posterior([9, 7, 2, 1, 0, 1], [22, 20, 5, 4, 3, 1])
    return a, b


def draws(posterior, rng, n):
    """Case averages by inverting the posterior distribution at random points."""
    mass = np.concatenate([[0.0], np.cumsum(posterior.weights.sum(axis=1))])
    level = np.interp(rng.random(n), mass, posterior.mean_edges)
    return special.betaincinv(posterior.prior.mean_a, posterior.prior.mean_b, level)


def test_equals_draws(posteriors):
    a, b = posteriors
    rng = np.random.default_rng(1)
    gap = draws(a, rng, 200_000) - draws(b, rng, 200_000)
    # 200,000 draws: a Monte Carlo error of at most .0011
    for low, high in ((-0.15, 0.15), (-0.3, 0.05), (0.0, 1.0)):
        found = probability_within(a, b, margin_low=low, margin_high=high)
        assert found == pytest.approx(np.mean((gap > low) & (gap < high)), abs=0.005)
    for level in (0.025, 0.5, 0.95):
        assert difference_quantile(a, b, level) == pytest.approx(np.quantile(gap, level), abs=0.005)


def test_properties(posteriors):
    a, b = posteriors
    assert probability_within(a, b, margin_low=-1.0, margin_high=1.0) == pytest.approx(1)
    assert probability_within(a, b) == pytest.approx(1)
    below = probability_within(a, b, margin_high=0.1)
    above = probability_within(a, b, margin_low=0.1)
    assert below + above == pytest.approx(1, abs=1e-9)
    turned = probability_within(b, a, margin_low=-0.1, margin_high=0.2)
    assert turned == pytest.approx(
        probability_within(a, b, margin_low=-0.2, margin_high=0.1), abs=1e-4
    )
    ends = [difference_quantile(a, b, q) for q in (0.05, 0.95)]
    inside = probability_within(a, b, margin_low=ends[0], margin_high=ends[1])
    assert inside == pytest.approx(0.9, abs=1e-6)
    assert difference_quantile(b, a, 0.3) == pytest.approx(
        -difference_quantile(a, b, 0.7), abs=1e-4
    )


def test_many_rows_equal_the_normal_answer():
    # 400 cases of one row: the case average is close to normal with variance p q / 400
    sizes = np.ones(400)
    a = case_posterior((np.arange(400) < 200) * 1.0, sizes)
    b = case_posterior((np.arange(400) < 180) * 1.0, sizes)
    error = np.sqrt(0.25 / 400 + 0.45 * 0.55 / 400)
    by_hand = special.ndtr((0.1 - 0.05) / error) - special.ndtr((-0.1 - 0.05) / error)
    found = probability_within(a, b, margin_low=-0.1, margin_high=0.1)
    assert found == pytest.approx(by_hand, abs=0.005)


def test_bad_input(posteriors):
    with pytest.raises(ValueError, match="below margin_high"):
        probability_within(*posteriors, margin_low=0.2, margin_high=0.1)
    with pytest.raises(ValueError, match="probability"):
        difference_quantile(*posteriors, 1.0)
