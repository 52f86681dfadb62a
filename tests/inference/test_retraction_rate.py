"""Rates of stepping back by contact: by hand, against an enumeration and exact limits, and bias."""

import importlib.util
import itertools
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from relatum.inference.common import Refusal
from relatum.inference.retraction_rate import (
    OneSidedRatio,
    RateRatio,
    exposure_rate_ratio,
    rates_by_level,
)

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "bias_contact.py"
CASE = np.repeat(np.arange(8), 2)
LEVEL = np.tile([1, 0], 8)
DAYS = np.array([40.0, 80, 30, 90, 50, 60, 20, 100, 45, 70, 35, 85, 60, 60, 25, 95])
EVENTS = np.array([1, 1, 0, 1, 2, 1, 1, 0, 1, 2, 0, 0, 1, 1, 1, 1])


def test_rates_are_events_over_days():
    found = rates_by_level([1, 0, -1, 1], [10, 40, 50, 15], [1, 1, 0, 1])
    assert [(row.level, row.days, row.n_events) for row in found] == [
        (1, 25.0, 2), (0, 40.0, 1), (-1, 50.0, 0)
    ]  # fmt: skip
    assert [row.rate for row in found] == [8.0, 2.5, 0.0]


def test_a_level_without_a_day_has_no_rate():
    assert rates_by_level([1], [10], [1], levels=(0,))[0].rate is None


def test_the_ratio_is_that_of_crude_rates():
    found = exposure_rate_ratio(LEVEL, DAYS, EVENTS, CASE)
    assert isinstance(found, RateRatio)
    crude = (7 / DAYS[LEVEL == 1].sum()) / (7 / DAYS[LEVEL == 0].sum())
    assert found.ratio == pytest.approx(crude, rel=1e-12)
    assert found.conf_low < found.ratio < found.conf_high
    assert (found.n_events_exposed, found.n_events_unexposed) == (7, 7)
    assert (found.n_clusters, found.n_event_clusters) == (8, 7)


def enumerated_p(level, days, events, case):
    """The score wild bootstrap of a ratio of 1, written out over all vectors of signs."""
    rate = events.sum() / days.sum()
    share = days[level == 1].sum() / days.sum()
    residual = events - rate * days
    own = np.array([(residual * (level == 1))[case == g].sum() for g in np.unique(case)])
    every = np.array([residual[case == g].sum() for g in np.unique(case)])
    score = own - share * every
    # each draw is recentred by the nuisance rate, estimated anew: its leverage on every case
    leverage_1 = np.array([days[(case == g) & (level == 1)].sum() for g in np.unique(case)])
    leverage = np.array([days[case == g].sum() for g in np.unique(case)])
    slope = days[level == 1].sum() * (1 - share)
    found = []
    for signs in itertools.product((1.0, -1.0), repeat=len(score)):
        e, s = np.array(signs) * every, np.array(signs) * score
        effect = s.sum() / slope
        base = e.sum() / days.sum() - share * effect
        rest = s - (leverage_1 - share * leverage) * base - (1 - share) * leverage_1 * effect
        found.append(s.sum() / np.sqrt((rest**2).sum()))
    size = np.abs(found)
    return float((size >= size[0] - 1e-9).mean())


def test_p_agrees_with_an_enumeration():
    found = exposure_rate_ratio(LEVEL, DAYS, EVENTS, CASE)
    assert found.p_value == pytest.approx(enumerated_p(LEVEL, DAYS, EVENTS, CASE), abs=1e-12)


def test_limits_invert_the_test():
    found = exposure_rate_ratio(LEVEL, DAYS, EVENTS, CASE, conf_level=0.9)
    for end, step in ((found.conf_low, 1.01), (found.conf_high, 0.99)):
        # a null just inside is kept, one just outside rejected: days stretched by the null
        inside = np.where(LEVEL == 1, DAYS * end * step, DAYS)
        outside = np.where(LEVEL == 1, DAYS * end / step, DAYS)
        assert exposure_rate_ratio(LEVEL, inside, EVENTS, CASE).p_value > 0.1
        assert exposure_rate_ratio(LEVEL, outside, EVENTS, CASE).p_value <= 0.1


def test_cutting_rows_and_renaming_cases_change_nothing():
    whole = exposure_rate_ratio(LEVEL, DAYS, EVENTS, CASE)
    names = np.array(list("hgfedcba"))[CASE]
    order = np.random.default_rng(2).permutation(16)
    level, days = np.r_[LEVEL, LEVEL][np.r_[order, order + 16]], np.r_[DAYS, DAYS] / 2
    days = days[np.r_[order, order + 16]]
    events = np.r_[EVENTS, 0 * EVENTS][np.r_[order, order + 16]]
    cut = exposure_rate_ratio(level, days, events, np.r_[names, names][np.r_[order, order + 16]])
    assert cut.ratio == pytest.approx(whole.ratio, rel=1e-12)
    assert cut.p_value == whole.p_value
    assert (cut.conf_low, cut.conf_high) == pytest.approx((whole.conf_low, whole.conf_high))


def test_undocumented_days_are_left_out():
    more = exposure_rate_ratio(
        np.r_[LEVEL, -1, -1], np.r_[DAYS, 500, 900], np.r_[EVENTS, 4, 1], np.r_[CASE, 0, 9]
    )
    assert more == exposure_rate_ratio(LEVEL, DAYS, EVENTS, CASE)


def test_names_decide_nothing_where_signs_are_drawn():
    case = np.arange(20)
    level, days = np.tile([1, 0], 10), np.full(20, 30.0)
    events = np.random.default_rng(4).poisson(1.0, 20)
    one = exposure_rate_ratio(level, days, events, case, n_draws=999)
    other = exposure_rate_ratio(level, days, events, 19 - case, n_draws=999)
    assert one == other


@pytest.mark.parametrize(("level", "side"), [(0, "upper"), (1, "lower")])
def test_without_events_at_a_level_one_exact_limit_is_left(level, side):
    events = np.where(level == LEVEL, EVENTS, 0)
    found = exposure_rate_ratio(LEVEL, DAYS, events, CASE)
    assert isinstance(found, OneSidedRatio)
    assert found.side == side
    total = int(events.sum())
    exact = stats.binomtest(total if level else 0, total).proportion_ci(method="exact")
    share = exact.high if side == "upper" else exact.low
    days = DAYS[LEVEL == 0].sum() / DAYS[LEVEL == 1].sum()
    assert found.limit == pytest.approx(share / (1 - share) * days, rel=1e-9)


@pytest.mark.parametrize(
    ("level", "days", "events", "why"),
    [
        ([0, 0], [5, 5], [1, 0], "no day was exposed"),
        ([1, -1], [5, 5], [1, 0], "documented as unexposed"),
        ([1, 0], [5, 5], [0, 0], "no event fell"),
        ([1, 0], [5, np.nan], [0, 1], "not finite"),
        ([1, 0], [5, 5], [1, 1], "cluster"),
    ],
)
def test_refusals_have_reasons(level, days, events, why):
    found = exposure_rate_ratio(level, days, events, [1] * 2)
    assert isinstance(found, Refusal)
    assert why in found.why


def test_all_faults_are_named_at_once():
    with pytest.raises(ValueError, match=r"negative.*whole numbers.*days at risk"):
        exposure_rate_ratio([1, 0], [-1, 0], [0.5, 1], [1, 2])
    with pytest.raises(ValueError, match="days has 1"):
        rates_by_level([1, 0], [1], [0, 0])
    with pytest.raises(ValueError, match="per must be positive"):
        rates_by_level([1], [1], [0], per=0)
    with pytest.raises(ValueError, match="conf_level"):
        exposure_rate_ratio([1, 0], [1, 1], [1, 1], [1, 2], conf_level=1.0)


def test_contact_that_goes_with_nothing():
    # The whole table, with limits, is in tests/benchmarks/results/bias_contact.md.
    spec = importlib.util.spec_from_file_location("bias_contact", SCRIPT)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    rng = np.random.default_rng(8)
    drawn = [script.draw_followed(rng, 0.0) for _ in range(60)]
    pooled = {}
    for way in script.WAYS:
        tables = [script.rows_by(women, way) for women in drawn]
        exposed, other = rates_by_level(*np.vstack(tables).T[:3], levels=(1, 0))
        pooled[way] = exposed.rate / other.rate
    assert pooled["found at the step back"] > 2.0
    assert pooled["ever in contact"] < 0.6
    # some 900 events on days of contact: an error of about .05
    assert pooled["day by day"] == pytest.approx(1.0, abs=0.15)
