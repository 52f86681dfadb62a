"""The fast test of a rate ratio: by hand, against the full estimators, properties, bad input."""

import numpy as np
import pytest

from relatum.inference.common import Refusal
from relatum.inference.piecewise_rate_data import event_intervals, risk_rows
from relatum.inference.rate_bootstrap import limit_rate_ratio
from relatum.inference.rate_score_test import events_needed, rate_ratio_p_value
from relatum.inference.retraction_rate import exposure_rate_ratio

EVENTS = np.array([[3, 1], [2, 0], [4, 2], [1, 1], [2, 1], [3, 0], [2, 2], [1, 0]])


def drawn(cases, seed):
    rng = np.random.default_rng(seed)
    sizes = np.maximum(1, rng.poisson(5, cases))
    case = np.repeat(np.arange(cases), sizes)
    exposed = rng.integers(0, 2, len(case))
    seen = rng.poisson(0.4 * (1 + exposed))
    events, time = np.zeros((cases, 2)), np.zeros((cases, 2))
    np.add.at(events, (case, 1 - exposed), seen)
    np.add.at(time, (case, 1 - exposed), 180.0)
    return case, exposed, seen, events, time


def test_by_hand_with_two_cases():
    # Two equal cases: as observed and mirrored the residuals vanish, so 2 of 4 vectors are extreme.
    assert rate_ratio_p_value([[2, 1], [2, 1]], np.ones((2, 2))) == 0.5


def test_eight_cases_of_one_sign_are_the_smallest_share_of_sign_vectors():
    # All eight cases have more exposed events: only the observed signs and their mirror image are
    # as extreme, 2 of 256.
    events = np.array([[3, 1], [4, 1], [5, 2], [3, 1], [4, 2], [3, 0], [4, 1], [5, 1]])
    assert rate_ratio_p_value(events, np.full((8, 2), 10.0)) == pytest.approx(2 / 256)


@pytest.mark.parametrize("cases", [8, 13])
def test_p_is_that_of_the_full_estimators(cases):
    # All sign vectors are used, so nothing is random and the three must agree exactly.
    case, exposed, seen, events, time = drawn(cases, cases)
    unit = np.arange(len(case))
    rows = risk_rows(
        unit, 0.0 * unit, 180.0 + 0.0 * unit, cluster=case, covariates=exposed.astype(float)
    )
    who = np.repeat(unit, seen)
    at = np.concatenate([np.arange(1.0, n + 1.0) for n in seen])
    full = limit_rate_ratio(rows, event_intervals(who, at, at))
    other = exposure_rate_ratio(exposed, np.full(len(case), 180.0), seen, case)
    assert rate_ratio_p_value(events, time) == full.p_value == other.p_value


def test_order_and_scale_change_nothing():
    _, _, _, events, time = drawn(20, 8)
    p = rate_ratio_p_value(events, time, n_draws=199, seed=4)
    shuffled = np.random.default_rng(1).permutation(20)
    again = rate_ratio_p_value(events[shuffled], time[shuffled] * 30, n_draws=199, seed=4)
    assert p == again
    padded = np.vstack([events, np.zeros((3, 2))]), np.vstack([time, np.zeros((3, 2))])
    assert rate_ratio_p_value(*padded, n_draws=199, seed=4) == p
    assert p != rate_ratio_p_value(events, time, n_draws=199, seed=5)


@pytest.mark.parametrize(
    ("events", "time", "why"),
    [
        ([[1, 1]], [[5, 5]], "one case"),
        (np.zeros((3, 2)), np.zeros((3, 2)), "no time"),
        (np.zeros((3, 2)), np.ones((3, 2)), "no event"),
        ([[2, 0], [1, 0]], np.ones((2, 2)), "one level"),
        ([[2, 0], [1, 0]], [[1, 0], [1, 0]], "time at risk lies at one level"),
        ([[1, 1], [2, 2]], np.ones((2, 2)) * [[1], [2]], "zero"),
        ([[np.nan, 0], [1, 0]], np.ones((2, 2)), "not finite"),
    ],
)
def test_refusals(events, time, why):
    found = rate_ratio_p_value(events, time)
    assert isinstance(found, Refusal)
    assert why in found.why


def test_wrong_calls():
    with pytest.raises(ValueError, match=r"negative.*needs time"):
        rate_ratio_p_value([[-1, 1], [1, 1]], [[1, 0], [1, 1]])
    with pytest.raises(ValueError, match="two columns"):
        rate_ratio_p_value([1, 2], [3, 4])


def test_events_needed_by_hand():
    # 4 (1.95996 + 0.84162)^2 / log(2)^2 = 65.35
    assert events_needed(ratio=2.0, exposed=0.5, power=0.8) == 66
    assert events_needed(ratio=0.5, exposed=0.5, power=0.8) == 66
    assert events_needed(ratio=2.0, exposed=0.2, power=0.8) > 100
    with pytest.raises(ValueError, match=r"ratio.*power"):
        events_needed(ratio=1.0, exposed=0.5, power=1.0)
