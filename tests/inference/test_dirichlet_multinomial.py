"""Shares of states in a random case: by hand, against the beta-binomial, and by weighted draws."""

import numpy as np
import pytest

from relatum.inference.betabinomial import estimate_case_average
from relatum.inference.common import Refusal
from relatum.inference.dirichlet_multinomial import (
    estimate_state_average,
    estimate_state_averages,
    log_likelihood,
)

COUNTS = np.array(
    [[9, 4, 2], [7, 5, 1], [2, 1, 1], [1, 0, 0], [0, 2, 0], [3, 0, 1], [1, 1, 0], [0, 1, 1]]
)


def test_the_likelihood_by_hand():
    # Two states, s = 1: B(mu + 2, 1 - mu) / B(mu, 1 - mu) = mu (mu + 1) / 2.
    found = log_likelihood(np.array([[2.0, 0.0]]), (np.array(0.5), np.array(0.5)), np.array(0.5))
    assert found == pytest.approx(np.log(0.5 * 1.5 / 2), abs=1e-12)


def test_two_states_are_the_beta_binomial():
    found = estimate_state_averages(COUNTS[:, :2])
    same = estimate_case_average(COUNTS[:, 0], COUNTS[:, :2].sum(axis=1))
    # Both are sums over a grid; 96 x 32 cells against 160 x 64 leave about 1e-3.
    assert found.estimate[0] == pytest.approx(same.estimate, abs=1e-3)
    assert found.conf_low[0] == pytest.approx(same.conf_low, abs=2e-3)
    assert found.conf_high[0] == pytest.approx(same.conf_high, abs=2e-3)
    assert found.icc == pytest.approx(same.icc, abs=2e-3)


def test_three_states_by_draws_from_the_prior():
    rng = np.random.default_rng(5)
    n = 400_000
    mu = np.clip(rng.dirichlet([0.5, 0.5, 0.5], n), 1e-12, None)
    icc = np.clip(rng.beta(1, 5, n), 1e-7, None)
    logs = log_likelihood(COUNTS.astype(float), tuple(mu[:, state] for state in range(3)), icc)
    weights = np.exp(logs - logs.max())
    weights /= weights.sum()
    assert 1 / (weights**2).sum() > 2_000  # enough draws carry weight
    found = estimate_state_averages(COUNTS)
    assert found.estimate == pytest.approx(weights @ mu, abs=0.01)
    for state in range(3):
        order = np.argsort(mu[:, state])
        mass = np.cumsum(weights[order])
        low, high = mu[order, state][np.searchsorted(mass, [0.025, 0.975])]
        assert found.conf_low[state] == pytest.approx(low, abs=0.015)
        assert found.conf_high[state] == pytest.approx(high, abs=0.02)


def test_without_correlation_many_rows_give_their_share():
    counts = np.tile([60, 30, 10], (40, 1))
    found = estimate_state_averages(counts)
    assert found.estimate == pytest.approx([0.6, 0.3, 0.1], abs=0.005)
    assert found.icc < 0.01


def test_order_of_cases_and_states_changes_nothing():
    first = estimate_state_averages(COUNTS)
    again = estimate_state_averages(COUNTS[::-1][:, [2, 0, 1]])
    assert again.estimate == pytest.approx(first.estimate[[2, 0, 1]], abs=1e-3)
    assert again.conf_high == pytest.approx(first.conf_high[[2, 0, 1]], abs=2e-3)


def test_limits_hold_the_estimate_and_empty_states_stay_above_zero():
    found = estimate_state_averages(np.column_stack([COUNTS[:, :2], np.zeros(8)]))
    assert (found.conf_low <= found.estimate).all()
    assert (found.estimate <= found.conf_high).all()
    assert 0 < found.estimate[2] < 0.1


@pytest.mark.parametrize(
    ("counts", "why"), [([[0, 0]], "there is no row"), ([[1, 2], [0, 0]], "there is one case")]
)
def test_what_is_refused(counts, why):
    assert estimate_state_averages(counts) == Refusal("shares of states in a random case", why)


@pytest.mark.parametrize("counts", [[[1, 2, 3, 4]], [[1.5, 2]], [[-1, 2]], [1, 2]])
def test_wrong_counts_raise(counts):
    with pytest.raises(ValueError, match="must"):
        estimate_state_averages(counts)


def test_one_state_is_that_of_all():
    every, one = estimate_state_averages(COUNTS), estimate_state_average(COUNTS, 2)
    assert one.conf_low == every.conf_low[2]
    assert one.conf_high == every.conf_high[2]
    assert one.estimate == pytest.approx(every.estimate[2], abs=1e-3)
    with pytest.raises(ValueError, match="state must"):
        estimate_state_average(COUNTS, 3)
    assert isinstance(estimate_state_average([[1, 1, 1]], 0), Refusal)
