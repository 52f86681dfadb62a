"""Limits of rates: against the linear bootstrap, the test written out, and what is refused."""

import dataclasses
import importlib.util
import math
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from relatum.inference.common import Refusal
from relatum.inference.piecewise_rate import fit_piecewise_rate
from relatum.inference.piecewise_rate_data import event_intervals, risk_rows
from relatum.inference.products import ClusterProducts
from relatum.inference.rate_bootstrap import (
    limit_overall_rate,
    limit_rate_ratio,
    upper_limit_without_events,
)
from relatum.inference.rate_covariates import permute_rate_covariate, profile_rate_ratio
from relatum.inference.wild_core import linear_problem, solve_problem

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "coverage_escape_rate.py"


def sample(seed, sizes, *, rate=0.002, effect=0.0, exact=False):
    """Simulate relationships in cases, observed since an entry after onset."""
    rng = np.random.default_rng(seed)
    case = np.repeat(np.arange(len(sizes)), sizes)
    n = len(case)
    begun, stop = -rng.gamma(1.5, 280, n), rng.uniform(30, 540, n)
    x = (rng.random(n) < 0.4).astype(float)
    unit, low, high, place = [], [], [], []
    for at in range(n):
        mean = rate * stop[at] * math.exp(effect * x[at])
        for number, day in enumerate(np.sort(rng.uniform(0, stop[at], rng.poisson(mean))), 1):
            width = 0.0 if exact else rng.choice([1.0, 7.0, 30.0])
            first = day - rng.random() * width
            unit.append(at)
            low.append(max(first, 0.0))
            high.append(min(first + width, stop[at]))
            place.append(number)
    ends = np.column_stack([begun - 15, np.minimum(begun + 15, 0)])
    given = {"cluster": case, "onset": begun if exact else ends}
    plain = risk_rows(np.arange(n), np.zeros(n), stop, **given)
    with_x = risk_rows(np.arange(n), np.zeros(n), stop, covariates=x, **given)
    return plain, with_x, event_intervals(unit, low, high, order=place)


def test_one_piece_is_the_linear_bootstrap_of_events_over_time(case_sizes):
    """With one rate the score of a case is its events less rate times time: a ratio."""
    rows, _, events = sample(1, case_sizes)
    time_at_risk = np.bincount(rows.cluster, rows.stop)
    counts = np.bincount(rows.cluster[events.unit], minlength=12).astype(float)
    products = ClusterProducts(xx=time_at_risk[:, None, None], xy=counts[:, None], n_rows=73)
    problem = linear_problem(products, column=0, n_draws=1, seed=1)
    linear = solve_problem(problem, null=0.003, conf_level=0.95, support=(0.0, np.inf))
    found = limit_overall_rate(rows, events, null=0.003)
    assert found.p_value == linear.p_value
    assert found.p_value_strict == linear.p_value_strict
    assert found.estimate == pytest.approx(linear.estimate, rel=1e-12)
    # the walk stops after 34 bisections of a step of less than an error
    assert found.conf_low == pytest.approx(linear.conf_low, rel=1e-8)
    assert found.conf_high == pytest.approx(linear.conf_high, rel=1e-8)
    assert (found.n_draws, found.enumerated, found.smallest_p) == (4096, True, 1 / 2048)


def share_of_signs(scores, info, column):
    """Share of all sign vectors whose studentised efficient score is at least the observed."""
    inverse = np.linalg.inv(sum(info))
    statistics = []
    for code in range(2 ** len(info)):
        signs = np.array([1 - 2 * ((code >> i) & 1) for i in range(len(info))])
        step = inverse @ (signs @ scores)
        parts = [
            inverse[column] @ (s * score - block @ step)
            for s, score, block in zip(signs, scores, info, strict=True)
        ]
        statistics.append(abs(step[column]) / math.sqrt(sum(part**2 for part in parts)))
    return float(np.mean(np.array(statistics) >= statistics[0] - 1e-9))


@pytest.mark.parametrize("factor", [0.6, 1.7])
def test_p_of_a_rate_in_two_pieces_written_out(factor):
    """Known onsets, exact dates: under the null both rates are the free ones times a factor."""
    rows, _, events = sample(9, [9, 7, 5, 5, 4, 4, 3], rate=0.004, exact=True)
    cut = 400.0 + rows.onset_lower
    early = np.clip(cut, 0, rows.stop)
    times = np.column_stack([early, rows.stop - early])
    second = events.upper > cut[events.unit]
    counts = np.array([np.bincount(events.unit[s], minlength=37) for s in (~second, second)]).T
    exposure, seen = (
        np.array([values[rows.cluster == g].sum(axis=0) for g in range(7)])
        for values in (times, counts)
    )
    rates = seen.sum(axis=0) / exposure.sum(axis=0) * factor
    expected, share = exposure * rates, seen.sum(axis=0)[1] / seen.sum()
    left = seen - expected
    scores = np.column_stack([left.sum(axis=1), left[:, 1] - share * left.sum(axis=1)])
    info = []
    for mean, rest in zip(expected, left, strict=True):
        cross = mean[1] - share * mean.sum()
        own = mean[1] * (1 - share) ** 2 + mean[0] * share**2
        bend = rest.sum() * share * (1 - share)
        info.append(np.array([[mean.sum(), cross], [cross, own + bend]]))
    null = seen.sum() / exposure.sum() * factor
    found = limit_overall_rate(rows, events, cuts=[400.0], null=null)
    assert found.p_value == pytest.approx(share_of_signs(scores, info, 0), abs=1e-12)


def test_pieces_without_events_stay_at_zero_under_every_null():
    unit = np.arange(14)
    rows = risk_rows(unit, unit * 0 + 20, 200 + 9 * unit, cluster=unit // 2)
    events = event_intervals(unit[2:], 60 + unit[2:], 70 + unit[2:])
    one, three = (limit_overall_rate(rows, events, cuts=cuts) for cuts in ((), (50.0, 190.0)))
    assert three.estimate == pytest.approx(one.estimate, rel=1e-9)
    assert 0 < three.conf_low < three.estimate < three.conf_high < np.inf
    assert fit_piecewise_rate(rows, events, cuts=(50.0, 190.0)).rates[[0, 2]].tolist() == [0, 0]


def direct_p(rows, events, null):
    """Score test of one log rate ratio, one piece, exact dates, written out for every sign."""
    x, stop, case = rows.covariates[:, 0], rows.stop, rows.cluster
    count = np.bincount(events.unit, minlength=len(stop)).astype(float)
    weight = stop * np.exp(null * x)
    mean = weight * count.sum() / weight.sum()
    labels = np.unique(case)
    design = np.column_stack([np.ones(len(x)), x])
    scores = np.array([design[case == g].T @ (count - mean)[case == g] for g in labels])
    info = [(design * mean[:, None])[case == g].T @ design[case == g] for g in labels]
    return share_of_signs(scores, info, 1)


@pytest.mark.parametrize("ratio", [1.0, 2.5])
def test_p_of_a_ratio_equals_the_score_test_written_out(ratio):
    _, rows, events = sample(2, [9, 7, 5, 5, 4, 4, 3], effect=0.8, exact=True)
    found = limit_rate_ratio(rows, events, null=ratio)
    assert found.p_value == pytest.approx(direct_p(rows, events, math.log(ratio)), abs=1e-12)
    assert found.n_draws == 128


@pytest.mark.parametrize("cuts", [(), (365.0,)])
def test_limits_are_where_the_test_turns(cuts):
    plain, rows, events = sample(3, [9, 7, 5, 5, 4, 4, 3], rate=0.004, effect=0.5)
    rate = limit_overall_rate(plain, events, cuts=cuts)
    ratio = limit_rate_ratio(rows, events, cuts=cuts)
    assert 0 < rate.conf_low < rate.estimate < rate.conf_high < np.inf
    assert 0 < ratio.conf_low < ratio.estimate < ratio.conf_high < np.inf
    for found, test, data in ((rate, limit_overall_rate, plain), (ratio, limit_rate_ratio, rows)):
        for limit, outwards in ((found.conf_low, 1 - 1e-6), (found.conf_high, 1 + 1e-6)):
            beyond = test(data, events, cuts=cuts, null=limit * outwards)
            within = test(data, events, cuts=cuts, null=limit / outwards)
            assert beyond.p_value <= 0.05 < within.p_value


def test_pieces_hardly_move_the_overall_rate(case_sizes):
    rows, _, events = sample(4, case_sizes, exact=True)
    one = limit_overall_rate(rows, events, per=365.25)
    three = limit_overall_rate(rows, events, per=365.25, cuts=[180, 730])
    # with known onsets the estimate is events over time, whatever the pieces
    assert three.estimate == pytest.approx(one.estimate, rel=1e-9)
    assert one.estimate == pytest.approx(len(events.unit) / rows.stop.sum() * 365.25, rel=1e-12)
    assert three.conf_low == pytest.approx(one.conf_low, rel=0.15)


def test_rows_labels_units_and_sign(case_sizes):
    plain, rows, events = sample(5, case_sizes, rate=0.004)
    order = np.random.default_rng(0).permutation(len(rows.unit))
    ends = np.column_stack([rows.onset_lower, rows.onset_upper])
    moved = risk_rows(
        rows.unit[order],
        rows.start[order],
        rows.stop[order],
        cluster=100 - rows.cluster[order],
        onset=ends[order],
        covariates=1 - rows.covariates[order],
    )
    found = limit_rate_ratio(rows, events, cuts=[365])
    flipped = limit_rate_ratio(moved, events, cuts=[365])
    assert flipped.p_value == found.p_value
    assert flipped.estimate == pytest.approx(1 / found.estimate, rel=1e-8)
    assert flipped.conf_low == pytest.approx(1 / found.conf_high, rel=1e-7)
    day, year = limit_overall_rate(plain, events), limit_overall_rate(plain, events, per=365.25)
    assert year.conf_high == pytest.approx(day.conf_high * 365.25, rel=1e-12)


def test_many_cases_are_drawn_by_seed():
    rows, _, events = sample(6, [3] * 16, rate=0.004)
    first = limit_overall_rate(rows, events, n_draws=499, seed=5)
    assert first == limit_overall_rate(rows, events, n_draws=499, seed=5)
    assert (first.n_draws, first.enumerated) == (499, False)


def test_events_in_five_cases_or_fewer_give_no_lower_limit():
    unit = np.arange(10)
    rows = risk_rows(unit, unit * 0, 100 + 10 * unit, cluster=unit)
    for n, above in ((5, False), (6, True)):
        found = limit_overall_rate(rows, event_intervals(unit[:n], [9] * n, [12] * n))
        assert found.n_event_clusters == n
        assert (found.conf_low > 0) == above
        assert np.isfinite(found.conf_high)


def test_without_events_the_exact_poisson_limit():
    rows = risk_rows([1, 2], [0, 0], [300, 700], cluster=[1, 2])
    none = event_intervals([], [], [])
    found = limit_overall_rate(rows, none, per=365.25, design_effect=2.0)
    # chi-squared quantile with two degrees of freedom over twice the effective time
    expected = float(special.chdtri(2, 0.025)) / 2 / 500 * 365.25
    assert found.conf_high == pytest.approx(expected, rel=1e-12)
    assert (found.estimate, found.conf_low, found.method) == (0.0, 0.0, "exact_poisson")
    named = risk_rows(["a", "b"], [0, 0], [300, 700], cluster=["x", "y"])
    assert limit_overall_rate(named, none).conf_low == 0.0
    for wrong in ({"exposure": 0.0}, {"exposure": 1.0, "design_effect": 0.5}):
        with pytest.raises(ValueError, match="design effect"):
            upper_limit_without_events(**wrong)


def test_refusals_and_wrong_calls():
    unit = np.arange(8)
    rows = risk_rows(unit, unit * 0, unit * 0 + 90, cluster=unit, covariates=unit % 2)
    plain = risk_rows(unit, unit * 0, unit * 0 + 90, cluster=unit)
    events = event_intervals([1, 3, 5], [9] * 3, [30] * 3)
    separated = limit_rate_ratio(rows, events, penalty="log_f")
    assert isinstance(separated, Refusal)
    assert "one value of a covariate" in separated.why
    assert isinstance(limit_rate_ratio(rows, event_intervals([], [], [])), Refusal)
    alone = risk_rows(unit, unit * 0, unit * 0 + 90, cluster=unit * 0)
    assert limit_overall_rate(alone, events).why == "there is one case"
    even = event_intervals(unit, unit + 1, unit + 9)
    assert limit_overall_rate(plain, even).why == "the scores add up to zero in every case"
    scattered = event_intervals([0, 1, 3, 5, 7, 3], [1] * 6, [30] * 6)
    constant = risk_rows(unit, unit * 0, unit * 0 + 90, cluster=unit, covariates=unit * 0 + 1)
    assert isinstance(limit_rate_ratio(constant, events), Refusal)
    tiny = risk_rows(unit, unit * 0, unit + 90, cluster=unit, covariates=(unit % 2) * 1e-9)
    assert "rescale" in limit_rate_ratio(tiny, scattered).why
    flat = profile_rate_ratio(tiny, scattered)
    # the data say nothing on that scale: what is left are the limits of the prior alone
    prior = math.exp(2 * math.acosh(math.exp(float(special.chdtri(1, 0.05)) / 2)))
    assert (flat.conf_low, flat.conf_high) == pytest.approx((1 / prior, prior), rel=1e-4)
    with pytest.raises(ValueError, match="without covariates"):
        limit_overall_rate(rows, events)
    with pytest.raises(ValueError, match="null"):
        limit_overall_rate(plain, events, null=0.0)
    with pytest.raises(ValueError, match="column"):
        limit_rate_ratio(plain, events)
    with pytest.raises(ValueError, match="null"):
        limit_rate_ratio(rows, events, null=-1.0)
    with pytest.raises(ValueError, match="conf_level"):
        limit_overall_rate(plain, events, conf_level=95)


# --- covariates ------------------------------------------------------------------------------


def test_profile_limits_of_a_separated_ratio_by_hand():
    """With equal times the profile is 5.5 log p + 0.5 log(1 - p), p the share with x."""
    unit = np.arange(10)
    rows = risk_rows(unit, unit * 0, unit * 0 + 90, cluster=unit, covariates=unit % 2)
    found = profile_rate_ratio(rows, event_intervals([1, 3, 5, 7, 9], [9] * 5, [30] * 5))

    def profile(ratio):
        share = ratio / (1 + ratio)
        return 5.5 * math.log(share) + 0.5 * math.log(1 - share)

    assert found.separated
    assert found.estimate == pytest.approx(11.0, rel=1e-8)
    allowed = float(special.chdtri(1, 0.05)) / 2
    for limit in (found.conf_low, found.conf_high):
        assert profile(11.0) - profile(limit) == pytest.approx(allowed, abs=1e-7)
    statistic = 2 * (profile(11.0) - profile(1.0))
    assert found.p_value == pytest.approx(float(special.chdtrc(1, statistic)), rel=1e-7)
    with pytest.raises(ValueError, match="column"):
        profile_rate_ratio(rows, event_intervals([1], [9], [30]), column=1)


def test_permutation_within_cases_moves_residuals(case_sizes):
    plain, rows, events = sample(7, case_sizes, rate=0.004, effect=1.2)
    x = rows.covariates[:, 0]
    found = permute_rate_covariate(plain, events, x, draws=1999, seed=3)
    again = permute_rate_covariate(rows, events, x, draws=1999, seed=3)
    assert found == again, "the covariates of the rows are left out of the null model"
    residuals = fit_piecewise_rate(plain, events).residuals
    centred = x - (np.bincount(rows.cluster, x) / case_sizes)[rows.cluster]
    assert found.estimate == pytest.approx(
        float(centred @ residuals) / float(centred @ centred), rel=1e-9
    )
    assert found.p_value < 0.05
    with pytest.raises(ValueError, match="same in every row"):
        permute_rate_covariate(
            risk_rows([1, 1], [0, 5], [5, 9], cluster=[1, 1]),
            event_intervals([1], [1], [2]),
            [0, 1],
        )


# --- odd data --------------------------------------------------------------------------------


@st.composite
def odd_samples(draw):
    """A few units with gaps, ties, unknown onsets, impossible orders and useless covariates."""
    n = draw(st.integers(1, 7))
    whole = st.integers(0, 12)
    stop = np.array(draw(st.lists(st.integers(1, 12), min_size=n, max_size=n)), float)
    onset = -np.array(draw(st.lists(st.tuples(whole, whole), min_size=n, max_size=n)), float)
    onset.sort(axis=1)
    case = draw(st.lists(st.integers(0, 6), min_size=n, max_size=n))
    level = st.sampled_from([0.0, 1.0, 1e-9, 1e6])
    x = np.array(draw(st.lists(level, min_size=n, max_size=n)))
    events = draw(st.lists(st.tuples(st.integers(0, n - 1), whole, whole, whole), max_size=6))
    unit, low, width, place = np.array(events).reshape(-1, 4).T
    order = np.where(place > 6, 0, place)
    dated = event_intervals(unit, low, low + width, order=order)
    given = {"cluster": case, "onset": onset}
    plain = risk_rows(np.arange(n), np.zeros(n), stop, **given)
    return plain, risk_rows(np.arange(n), np.zeros(n), stop, covariates=x, **given), dated


@settings(deadline=None, max_examples=60)
@given(odd_samples(), st.sampled_from([(), (5.0,)]))
def test_odd_samples_give_numbers_or_refusals(drawn, cuts):
    plain, rows, events = drawn
    for found in (
        fit_piecewise_rate(rows, events, cuts=cuts),
        fit_piecewise_rate(rows, events, cuts=cuts, penalty="log_f"),
        limit_overall_rate(plain, events, cuts=cuts),
        limit_rate_ratio(rows, events, cuts=cuts),
        profile_rate_ratio(rows, events, cuts=cuts),
        permute_rate_covariate(plain, events, rows.covariates[:, 0], cuts=cuts, draws=99),
    ):
        if isinstance(found, Refusal):
            assert found.why
            continue
        for field in dataclasses.fields(found):
            value = getattr(found, field.name)
            if isinstance(value, float | np.ndarray):
                assert not np.isnan(np.asarray(value, float)).any(), field.name
        if hasattr(found, "conf_low"):
            assert 0 <= found.conf_low <= found.conf_high
            assert 0 <= found.p_value <= 1


# --- speed and coverage ----------------------------------------------------------------------


def test_the_whole_bootstrap_takes_less_than_five_seconds(case_sizes):
    rows, with_x, events = sample(8, case_sizes)
    limit_overall_rate(rows, events)  # compiles
    start = time.perf_counter()
    limit_overall_rate(rows, events, cuts=[180, 730])
    limit_rate_ratio(with_x, events, cuts=[180, 730])
    assert time.perf_counter() - start < 5.0


@pytest.fixture(scope="module")
def simulation():
    spec = importlib.util.spec_from_file_location("coverage_escape_rate", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def test_delayed_entry_recovers_the_rate_and_the_naive_clocks_do_not(simulation):
    """The true monthly rate is .080; the published errors are .008 and .062."""
    found = {row["analysis"]: float(row["monthly_rate"]) for row in simulation.bias_rows(40_000, 1)}
    assert found["delayed entry, recurrent"] == pytest.approx(0.080, rel=0.02)
    assert found["delayed entry, first attempt"] == pytest.approx(0.080, rel=0.04)
    assert found["since onset, attempts in the window only"] == pytest.approx(0.008, abs=0.001)
    assert found["since onset, told, an attempt triples the end"] == pytest.approx(0.062, abs=0.002)


@pytest.mark.slow
def test_coverage_where_it_is_promised(simulation):
    # The whole table, with more samples, is in tests/benchmarks/results.
    for events, variance in ((25, 0.25), (50, 0.25)):
        row = simulation.coverage_cell(events, variance, reps=200, seed=7)
        margin = 4 * math.sqrt(0.05 * 0.95 / 200)
        assert 0.93 - margin <= float(row["coverage"]) <= 0.97 + margin
