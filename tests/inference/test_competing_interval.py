"""Incidence from intervals: exact times, closed forms, a numeric maximum, and what is refused."""

import numpy as np
import pytest
from scipy import optimize

from relatum.inference.common import Refusal
from relatum.inference.competing_interval import competing_turnbull
from relatum.inference.competing_mixture import parametric_incidence
from relatum.inference.cumulative_incidence import cumulative_incidence
from relatum.inference.turnbull import turnbull

INF = np.inf


def test_exact_times_without_censoring_are_shares():
    found = competing_turnbull([1, 2, 2, 5], [1, 2, 2, 5], [1, 2, 1, 1], n_causes=2)
    assert found.incidence_range(1, 2) == pytest.approx((0.5, 0.5))
    assert found.incidence_range(2, 9) == pytest.approx((0.25, 0.25))
    assert found.unseen == 0


def test_exact_times_with_censoring_are_aalen_johansen():
    rng = np.random.default_rng(2)
    time = rng.permutation(np.arange(1.0, 41.0))
    kind = rng.integers(0, 3, 40)
    found = competing_turnbull(time, np.where(kind > 0, time, INF), kind, n_causes=2)
    same = cumulative_incidence(time, kind, n_causes=2)
    for at in (5.0, 17.0, 33.0):
        for cause in (1, 2):
            low, high = found.incidence_range(cause, at)
            # the EM stops where no more than 1e-8 of the mean log-likelihood is left
            assert low == pytest.approx(same.at([at]).incidence[0, cause - 1], abs=2e-4)
            assert high == low


def test_one_cause_is_turnbull():
    rng = np.random.default_rng(5)
    low = rng.integers(0, 12, 30).astype(float)
    high = np.where(rng.random(30) < 0.3, INF, low + rng.integers(1, 6, 30))
    kind = np.where(np.isfinite(high), 1, 0)
    found, same = competing_turnbull(low, high, kind, n_causes=1), turnbull(low, high)
    assert found.loglik == pytest.approx(same.loglik, abs=1e-6)


def test_a_small_case_has_no_higher_likelihood_anywhere():
    low = np.array([0.0, 1, 2, 0, 3, 4, 2])
    high = np.array([2.0, 3, 4, 5, 6, INF, INF])
    kind = np.array([1, 1, 2, 2, 1, 0, 0])
    found = competing_turnbull(low, high, kind, n_causes=2)
    # free masses on unit cells of both causes, and a tail that only the censored rows hold
    edges = np.arange(0.0, 7.0)
    inside = (edges[:-1] >= low[:, None]) & (edges[1:] <= high[:, None])
    holds = np.hstack([
        inside & ((kind[:, None] == 1) | (kind[:, None] == 0)),
        inside & ((kind[:, None] == 2) | (kind[:, None] == 0)),
        (kind == 0)[:, None],
    ]).astype(float)  # fmt: skip

    def loss(free):
        mass = np.exp(free - free.max())
        return -np.log(holds @ (mass / mass.sum())).sum()

    rng = np.random.default_rng(1)
    best = min(optimize.minimize(loss, rng.normal(size=holds.shape[1])).fun for _ in range(6))
    assert found.loglik == pytest.approx(-best, abs=1e-4)
    assert found.loglik >= -best - 1e-6


def test_a_cause_without_a_latest_time_counts_in_the_end():
    found = competing_turnbull([0, 3, 3, 3], [2, INF, INF, INF], [1, 2, 2, 0], n_causes=2)
    assert found.incidence_range(1, 2) == pytest.approx((0.25, 0.25))
    assert found.causes[1].mass.sum() + found.unseen == pytest.approx(0.75)


def test_exact_exponential_times_have_a_closed_form():
    rng = np.random.default_rng(9)
    time = rng.exponential(10, 300)
    kind = np.where(rng.random(300) < 0.25, 1, 2)
    right = np.where(kind == 1, time, INF)
    found = parametric_incidence(time, right, kind)
    mine = time[kind == 1]
    # without censoring: the share of the events, and their mean time
    assert found.share == pytest.approx((kind == 1).mean(), abs=1e-12)
    assert found.scale == pytest.approx(mine.mean(), rel=1e-6)
    assert found.shape == 1
    expected = found.share * (1 - np.exp(-8 / mine.mean()))
    assert found.incidence(8.0) == pytest.approx(expected, rel=1e-6)
    bent = parametric_incidence(time, right, kind, distribution="weibull")
    assert bent.loglik >= found.loglik
    assert bent.shape == pytest.approx(1, abs=0.2)


def test_intervals_of_an_exponential_by_a_grid():
    left, right = np.array([0.0, 3, 5, 9]), np.array([4.0, 8, INF, INF])
    found = parametric_incidence(left, right, [1, 1, 2, 2])
    rates = np.linspace(0.01, 1.5, 400_001)
    logs = np.log(1 - np.exp(-4 * rates)) + np.log(np.exp(-3 * rates) - np.exp(-8 * rates))
    assert 1 / found.scale == pytest.approx(rates[logs.argmax()], abs=1e-5)
    assert found.loglik == pytest.approx(logs.max() + 4 * np.log(0.5), abs=1e-9)


def test_censored_rows_share_in_both_ways_on_a_grid():
    left, right = np.array([0.0, 3, 2, 5, 9]), np.array([4.0, 8, 3, INF, INF])
    found = parametric_incidence(left, right, [1, 1, 1, 2, 0])
    rate, share = np.meshgrid(np.linspace(0.05, 1.0, 951), np.linspace(0.3, 0.999, 700))
    logs = np.log(1 - np.exp(-4 * rate)) + np.log(np.exp(-3 * rate) - np.exp(-8 * rate))
    logs += np.log(np.exp(-2 * rate) - np.exp(-3 * rate))
    logs += 3 * np.log(share) + np.log(1 - share) + np.log(share * np.exp(-9 * rate) + 1 - share)
    at = np.unravel_index(logs.argmax(), logs.shape)
    assert 1 / found.scale == pytest.approx(rate[at], abs=2e-3)
    assert found.share == pytest.approx(share[at], abs=2e-3)
    assert found.loglik >= logs.max() - 1e-12


def test_order_of_rows_changes_nothing():
    low, high = np.array([0.0, 1, 2, 0, 3, 4]), np.array([2.0, 3, 4, 5, 6, INF])
    kind = np.array([1, 1, 2, 2, 1, 0])
    first = competing_turnbull(low, high, kind, n_causes=2)
    again = competing_turnbull(low[::-1], high[::-1], kind[::-1], n_causes=2)
    assert again.incidence_range(1, 4) == pytest.approx(first.incidence_range(1, 4), abs=1e-12)


def test_what_is_refused_and_what_is_wrong():
    assert isinstance(competing_turnbull([1], [INF], [0], n_causes=1), Refusal)
    assert isinstance(competing_turnbull([3], [1], [1], n_causes=1), Refusal)
    assert isinstance(parametric_incidence([1, 2], [INF, 4], [1, 1]), Refusal)
    with pytest.raises(ValueError, match="infinite right end"):
        competing_turnbull([1], [2], [0], n_causes=1)
    with pytest.raises(ValueError, match="from 0 to 1"):
        competing_turnbull([1], [2], [2], n_causes=1)
