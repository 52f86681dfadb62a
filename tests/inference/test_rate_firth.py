"""Firth's penalty on a rate with covariates: in closed form, by brute force, and refused."""

import math

import numpy as np
import pytest
from scipy import optimize, stats

from relatum.inference.common import Refusal
from relatum.inference.piecewise_rate_data import event_intervals, risk_rows
from relatum.inference.rate_covariates import profile_rate_ratio
from relatum.inference.rate_firth import firth_maximum
from relatum.inference.rate_problem import build_problem, evaluate_problem

UNIT = np.arange(10)
DAYS = np.array([40, 90, 10, 60, 75, 20, 120, 33, 80, 50.0])
GROUP = np.array([1, 1, 1, 0, 0, 0, 0, 0, 0, 0.0])


def rows_of(covariates, onset=None):
    return risk_rows(UNIT, 0 * DAYS, DAYS, cluster=UNIT // 2, covariates=covariates, onset=onset)


def in_closed_form(events):
    """Half an event for each of two groups, and the penalised profile at a ratio."""
    n = np.array([sum(GROUP[events] == 0), sum(GROUP[events] == 1)])
    days = np.array([DAYS[GROUP == 0].sum(), DAYS[GROUP == 1].sum()])

    def penalised(ratio):
        # the best rate, given the ratio, has as many expected events as observed, and one more
        mean = (n.sum() + 1) * days * [1, ratio] / (days * [1, ratio]).sum()
        return (n + 0.5) @ np.log(mean) - mean.sum()

    ratio = (n[1] + 0.5) / days[1] / ((n[0] + 0.5) / days[0])
    return ratio, penalised


@pytest.mark.parametrize("events", [[0, 1, 1, 4], [0, 1, 2], [3, 4, 5, 6]])
def test_two_groups_by_hand(events):
    dated = event_intervals(events, np.arange(len(events)) + 2, np.arange(len(events)) + 5)
    found = profile_rate_ratio(rows_of(GROUP), dated, penalty="firth")
    ratio, penalised = in_closed_form(events)
    assert found.estimate == pytest.approx(ratio, rel=1e-9)
    assert found.separated == (len(set(GROUP[events])) == 1)
    test = 2 * (penalised(ratio) - penalised(1.0))
    assert found.p_value == pytest.approx(stats.chi2.sf(test, 1), abs=1e-9)
    for limit in (found.conf_low, found.conf_high):
        fall = 2 * (penalised(ratio) - penalised(limit))
        assert fall == pytest.approx(stats.chi2.ppf(0.95, 1), abs=1e-7)
    assert found.penalty == "firth"


def test_without_separation_it_is_not_the_log_f_prior():
    dated = event_intervals([0, 1, 1, 4], [2, 3, 4, 5], [5, 6, 7, 8])
    log_f = profile_rate_ratio(rows_of(GROUP), dated)
    firth = profile_rate_ratio(rows_of(GROUP), dated, penalty="firth")
    assert log_f.penalty == "log_f"
    assert abs(log_f.estimate - firth.estimate) > 0.05


@pytest.fixture(scope="module")
def pieces():
    """Two pieces, onsets that are intervals, two covariates, dates that are intervals."""
    x = np.column_stack([GROUP, np.linspace(-1, 1, 10)])
    onset = np.column_stack([-np.arange(10) * 7 - 5.0, -np.arange(10) * 3.0])
    rows = rows_of(x, onset)
    events = event_intervals([0, 1, 1, 3, 4, 6], [2, 30, 5, 20, 0, 90], [9, 80, 31, 50, 75, 91])
    return rows, events, build_problem(rows, events, cuts=(45.0,))


def test_brute_force(pieces):
    _, _, problem = pieces

    def penalised(theta):
        value = evaluate_problem(problem, np.exp(theta[:2]), theta[2:]).value.sum()
        mean = problem.exposure * np.exp(theta[:2] + (problem.covariates @ theta[2:])[:, None])
        information = np.zeros((4, 4))
        for unit in range(10):
            for piece in range(2):
                z = np.concatenate([np.eye(2)[piece], problem.covariates[unit]])
                information += mean[unit, piece] * np.outer(z, z)
        return value + np.linalg.slogdet(information)[1] / 2

    found = firth_maximum(problem)
    assert found.penalised == pytest.approx(penalised(found.theta), abs=1e-10)
    best = optimize.minimize(lambda theta: -penalised(theta), found.theta + 0.1, tol=1e-10)
    assert found.theta == pytest.approx(best.x, abs=1e-5)
    assert found.penalised >= -best.fun - 1e-10
    held = firth_maximum(problem, ratio=(1, 0.3))
    assert held.coefficients[1] == 0.3
    rest = optimize.minimize(
        lambda part: -penalised(np.append(part, 0.3)), found.theta[:3] + 0.1, tol=1e-10
    )
    assert held.penalised == pytest.approx(-rest.fun, abs=1e-9)


def test_order_of_rows_changes_nothing(pieces):
    rows, events, _ = pieces
    mixed = np.random.default_rng(1).permutation(10)
    other = risk_rows(
        UNIT[mixed],
        0 * DAYS,
        DAYS[mixed],
        cluster=rows.cluster[mixed],
        covariates=rows.covariates[mixed],
        onset=np.column_stack([rows.onset_lower, rows.onset_upper])[mixed],
    )
    first = profile_rate_ratio(rows, events, cuts=(45.0,), penalty="firth")
    again = profile_rate_ratio(other, events, cuts=(45.0,), penalty="firth")
    assert again.estimate == pytest.approx(first.estimate, rel=1e-9)
    assert again.conf_high == pytest.approx(first.conf_high, rel=1e-7)


def test_a_unit_may_have_several_rows():
    rows = risk_rows([1, 1, 2], [0, 10, 0], [10, 40, 20], cluster=[1, 1, 2], covariates=[0, 1, 0])
    found = profile_rate_ratio(rows, event_intervals([1, 2], [10, 3], [40, 9]), penalty="firth")
    assert found.estimate == pytest.approx((1.5 / 30) / (1.5 / 30), rel=1e-8)


def test_refusals_and_wrong_calls():
    twice = np.column_stack([GROUP, 2 * GROUP])
    dated = event_intervals([0, 4], [2, 3], [5, 6])
    found = profile_rate_ratio(rows_of(twice), dated, penalty="firth")
    assert isinstance(found, Refusal)
    assert "collinear" in found.why
    with pytest.raises(ValueError, match="penalty must be log_f or firth, not 'ridge'"):
        profile_rate_ratio(rows_of(GROUP), dated, penalty="ridge")
    assert math.isfinite(profile_rate_ratio(rows_of(GROUP), dated, penalty="firth").conf_high)
