"""The rate of recurrent events: by hand, against numerical integration, and its properties."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, optimize

from relatum.inference.common import Refusal
from relatum.inference.piecewise_rate import fit_piecewise_rate
from relatum.inference.piecewise_rate_data import event_intervals, risk_rows
from relatum.inference.rate_chains import chains_of_unit
from relatum.inference.rate_problem import build_problem, evaluate_problem

EXACT = 1e-12  # sums and products of a few numbers
QUADRATURE = 1e-9  # what scipy's adaptive rules deliver on integrands with kinks


def one_unit(lower, upper, *, order=None, onset=0.0, start=0.0, stop=100.0, cuts=()):
    """Build the likelihood of a single unit."""
    rows = risk_rows(["a"], [start], [stop], cluster=[1], onset=np.atleast_2d(onset))
    events = event_intervals(["a"] * len(lower), lower, upper, order=order)
    return build_problem(rows, events, cuts=cuts)


def log_value(problem, rates, coefficients=()):
    found = evaluate_problem(problem, np.array(rates, float), np.array(coefficients, float))
    return float(found.value.sum())


def sample(seed, *, n_units=30, n_cases=6, rate=0.01, exact=False, covariates=None, onset=True):
    """Simulate units with delayed entry, onsets as intervals and events of mixed precision."""
    rng = np.random.default_rng(seed)
    begun = -rng.gamma(1.5, 120, n_units)
    stop = rng.uniform(40, 400, n_units)
    unit, low, high, place = [], [], [], []
    for at in range(n_units):
        times = np.sort(rng.uniform(0, stop[at], rng.poisson(rate * stop[at])))
        for number, time in enumerate(times, 1):
            width = 0.0 if exact else rng.choice([1.0, 7.0, 30.0, 90.0])
            first = max(0.0, time - rng.random() * width)
            unit.append(at)
            low.append(time if exact else first)
            high.append(time if exact else min(first + width, stop[at]))
            place.append(number)
    ends = np.column_stack([begun - 20, np.minimum(begun + 20, 0)]) if onset else begun
    rows = risk_rows(
        np.arange(n_units),
        np.zeros(n_units),
        stop,
        cluster=np.arange(n_units) % n_cases,
        onset=ends,
        covariates=covariates,
    )
    return rows, event_intervals(unit, low, high, order=place)


# --- by hand ---------------------------------------------------------------------------------


def test_one_piece_with_exact_dates_is_events_over_time():
    rows = risk_rows([1, 2, 3], [5, 0, 10], [105, 50, 60], cluster=[1, 1, 2])
    found = fit_piecewise_rate(rows, event_intervals([1, 1, 3], [20, 30, 40], [20, 30, 40]))
    rate = 3 / 200
    assert found.rates == pytest.approx([rate], rel=EXACT)
    assert found.overall_rate == pytest.approx(rate, rel=EXACT)
    assert found.log_likelihood == pytest.approx(3 * math.log(rate) - 3, rel=EXACT)
    assert found.std_error == pytest.approx([1 / math.sqrt(3)], rel=1e-9)
    assert found.residuals == pytest.approx([2 - 1.5, -0.75, 1 - 0.75], abs=1e-9)
    assert found.case_scores[:, 0] == pytest.approx([-0.25, 0.25], abs=1e-9)
    # two cases: 2 / 1 times (0.25^2 + 0.25^2), over the information 3
    assert found.cluster_error == pytest.approx([math.sqrt(2 * 0.125) / 3], rel=1e-9)


def test_pieces_with_exact_dates_are_events_over_time_in_each():
    """Onset 30 days before entry; the rate changes 50 days after onset, 20 after entry."""
    rows = risk_rows(["a"], [0], [100], cluster=[1], onset=[-30])
    events = event_intervals(["a"] * 3, [10, 20, 90], [10, 20, 90])
    found = fit_piecewise_rate(rows, events, cuts=[50])
    assert found.exposure.tolist() == [20, 80]
    assert found.rates == pytest.approx([2 / 20, 1 / 80], rel=1e-10), "day 20 is in the first piece"


def test_disjoint_intervals_multiply():
    problem = one_unit([10, 50], [20, 80], onset=-30.0, cuts=[45])
    a, b = 0.02, 0.005
    # the rate changes on day 15
    mass = (5 * a + 5 * b) * (30 * b)
    assert log_value(problem, [a, b]) == pytest.approx(math.log(mass) - 15 * a - 85 * b, rel=EXACT)


def test_overlapping_intervals_in_order_by_hand():
    """(0, 5] before (2, 9]: masses 2, 3 and 4 give 2*3 + 2*4 + 3^2/2 + 3*4."""
    problem = one_unit([0, 2], [5, 9], order=[1, 2], stop=9.0)
    assert log_value(problem, [1.0]) == pytest.approx(math.log(6 + 8 + 4.5 + 12) - 9, rel=EXACT)
    free = one_unit([0, 2], [5, 9], stop=9.0)
    assert log_value(free, [1.0]) == pytest.approx(math.log(35) - 9, rel=EXACT)
    swapped = one_unit([2, 0], [9, 5], order=[1, 2], stop=9.0)
    assert log_value(swapped, [1.0]) == pytest.approx(math.log(35 - 30.5) - 9, rel=EXACT)


def test_the_same_interval_k_times_is_a_power_over_a_factorial():
    for k in range(1, 6):
        problem = one_unit([0] * k, [10] * k, order=range(1, k + 1), stop=10.0)
        expected = k * math.log(0.3 * 10) - math.log(math.factorial(k)) - 3
        assert log_value(problem, [0.3]) == pytest.approx(expected, rel=EXACT)


def test_an_exact_date_inside_a_chain():
    """An event in (0, 10] before one at day 4: the first lies in (0, 4]."""
    problem = one_unit([0, 4], [10, 4], order=[1, 2], stop=10.0)
    assert log_value(problem, [0.3]) == pytest.approx(math.log(4 * 0.3 * 0.3) - 3, rel=EXACT)


def test_intervals_beyond_the_time_at_risk_are_cut():
    inside = one_unit([0, 90], [5, 100])
    beyond = one_unit([-20, 90], [5, 120])
    assert log_value(beyond, [0.01]) == log_value(inside, [0.01])


def test_a_gap_in_observation_holds_no_events():
    rows = risk_rows(["a", "a"], [0, 60], [40, 100], cluster=[1, 1])
    problem = build_problem(rows, event_intervals(["a"], [30], [70]))
    assert log_value(problem, [0.01]) == pytest.approx(math.log(0.2) - 0.8, rel=EXACT)


# --- against numerical integration -----------------------------------------------------------


def rate_at(time, onset, cuts, rates):
    return rates[np.searchsorted(cuts, time - onset, side="left")]


def mass_between(low, high, onset, cuts, rates):
    points = [cut + onset for cut in cuts if low < cut + onset < high]
    return integrate.quad(
        rate_at, low, high, args=(onset, cuts, rates), points=points or None, epsabs=1e-13
    )[0]


def test_two_overlapping_events_against_a_double_integral():
    cuts, rates, onset = [40.0, 75.0], np.array([0.02, 0.005, 0.03]), -30.0
    problem = one_unit([3, 8], [30, 60], order=[1, 2], onset=onset, cuts=cuts)
    edges = [3, 8, 10, 30, 45, 60]  # ends and kinks: the integrand is constant in between
    total = 0.0
    for a, b in pairwise(edges):
        if a >= 30:
            continue
        inner = [
            integrate.dblquad(
                lambda y, x: rate_at(x, onset, cuts, rates) * rate_at(y, onset, cuts, rates),
                a,
                b,
                lambda x, low=low: max(low, min(x, 60)),
                lambda x, high=high: max(high, min(x, 60)),
                epsabs=1e-13,
            )[0]
            for low, high in pairwise(edges[1:])
        ]
        total += sum(inner)
    expected = math.log(total) - mass_between(0, 100, onset, cuts, rates)
    assert log_value(problem, rates) == pytest.approx(expected, abs=QUADRATURE)


def test_three_overlapping_events_against_a_nested_integral():
    """A smooth check of the chain: the ordered integral as an iterated one, on a fine grid."""
    low, high = np.array([0.0, 4.0, 2.0]), np.array([10.0, 12.0, 20.0])
    problem = one_unit(low, high, order=[1, 2, 3], stop=20.0)

    def last(y):
        return 20.0 - max(y, 2.0)

    def middle(x):
        return integrate.quad(last, max(x, 4.0), 12.0, epsabs=1e-13)[0]

    total = integrate.quad(middle, 0.0, 10.0, points=[4.0], epsabs=1e-12)[0]
    expected = math.log(total * 0.05**3) - 1.0
    assert log_value(problem, [0.05]) == pytest.approx(expected, abs=QUADRATURE)


def test_an_onset_that_is_an_interval_against_quad():
    cuts, rates = [60.0, 90.0], np.array([0.03, 0.004, 0.015])
    ends = (-55.0, -5.0)
    problem = one_unit([10, 20], [40, 35], order=[1, 2], onset=list(ends), cuts=cuts)

    def value(onset):
        known = one_unit([10, 20], [40, 35], order=[1, 2], onset=onset, cuts=cuts)
        return math.exp(log_value(known, rates))

    kinks = [t - cut for t in (0, 100, 10, 40, 20, 35) for cut in cuts]
    kinks = sorted({kink for kink in kinks if ends[0] < kink < ends[1]})
    mean = integrate.quad(value, *ends, points=kinks, epsabs=1e-15)[0] / (ends[1] - ends[0])
    assert log_value(problem, rates) == pytest.approx(math.log(mean), abs=QUADRATURE)


def test_an_uncertain_onset_lies_between_the_bounds_of_the_likelihood():
    rows, events = sample(3)
    rates = np.array([0.02, 0.005])
    values = {}
    for rule in ("integrated", "earliest", "latest"):
        problem = build_problem(rows, events, cuts=[150.0], onset=rule)
        values[rule] = evaluate_problem(problem, rates, np.zeros(0)).value
    same = np.isclose(values["earliest"], values["latest"], atol=1e-12)
    assert same.any()
    assert values["integrated"][same] == pytest.approx(values["earliest"][same], abs=1e-12)


def test_exact_dates_are_the_limit_of_short_intervals():
    rows, exact = sample(5, exact=True, onset=False)
    fit = fit_piecewise_rate(rows, exact, cuts=[150.0])
    width = 1e-6
    short = event_intervals(exact.unit, exact.lower - width, exact.upper, order=exact.order)
    near = fit_piecewise_rate(rows, short, cuts=[150.0])
    n = len(exact.unit)
    assert near.rates == pytest.approx(fit.rates, rel=1e-5)
    assert near.log_likelihood - n * math.log(width) == pytest.approx(fit.log_likelihood, abs=1e-5)


def test_derivatives_against_differences():
    rng = np.random.default_rng(2)
    rows, events = sample(7, covariates=rng.normal(size=(30, 2)))
    problem = build_problem(rows, events, cuts=[100.0, 250.0])
    point = np.array([*np.log([0.01, 0.02, 0.005]), 0.3, -0.4])

    def at(values):
        return evaluate_problem(problem, np.exp(values[:3]), values[3:])

    here, step = at(point), 1e-5
    for i in range(5):
        move = step * np.eye(5)[i]
        up, down = at(point + move), at(point - move)
        # central differences: an error of the order of step^2
        assert (up.value - down.value) / (2 * step) == pytest.approx(here.score[:, i], abs=1e-8)
        slope = (up.score - down.score) / (2 * step)
        assert slope == pytest.approx(-here.information[:, i], abs=1e-8)


def test_the_maximum_against_a_general_optimiser():
    rng = np.random.default_rng(4)
    rows, events = sample(11, covariates=rng.random(30) < 0.4)
    found = fit_piecewise_rate(rows, events, cuts=[100.0, 250.0])
    problem = build_problem(rows, events, cuts=[100.0, 250.0])

    def loss(values):
        return -log_value(problem, np.exp(values[:3]), values[3:])

    start = np.array([*np.log([0.01] * 3), 0.0])
    other = optimize.minimize(loss, start, method="BFGS", options={"gtol": 1e-7})
    assert np.log(found.rates) == pytest.approx(other.x[:3], abs=1e-5)
    assert found.coefficients == pytest.approx(other.x[3:], abs=1e-5)
    assert found.log_likelihood == pytest.approx(-other.fun, abs=1e-9)
    assert np.abs(found.unit_scores.sum(axis=0)).max() < 1e-8


# --- properties ------------------------------------------------------------------------------


@pytest.mark.parametrize("onset", [False, True])
def test_splitting_rows_changes_nothing(onset):
    rows, events = sample(13, onset=onset, covariates=np.arange(30) % 2)
    third = rows.stop / 3
    double = {
        name: np.tile(getattr(rows, name), 3)
        for name in ("unit", "cluster", "onset_lower", "onset_upper")
    }
    split = risk_rows(
        double["unit"],
        np.concatenate([rows.start, third, 2 * third]),
        np.concatenate([third, 2 * third, rows.stop]),
        cluster=double["cluster"],
        onset=np.column_stack([double["onset_lower"], double["onset_upper"]]),
        covariates=np.tile(rows.covariates, (3, 1)),
    )
    whole = fit_piecewise_rate(rows, events, cuts=[120.0])
    parts = fit_piecewise_rate(split, events, cuts=[120.0])
    assert parts.log_likelihood == pytest.approx(whole.log_likelihood, abs=1e-9)
    assert parts.rates == pytest.approx(whole.rates, rel=1e-9)
    assert parts.coefficients == pytest.approx(whole.coefficients, rel=1e-9)
    assert parts.unit_scores == pytest.approx(whole.unit_scores, abs=1e-8)


def test_a_covariate_that_changes_in_time_is_a_split_row():
    """Rate a before day 40, a times 3 after: exact dates give events over time in each part."""
    rows = risk_rows(["u", "u"], [0, 40], [40, 100], cluster=[1, 1], covariates=[0, 1])
    events = event_intervals(["u"] * 4, [10, 50, 60, 40], [10, 50, 60, 40])
    found = fit_piecewise_rate(rows, events)
    assert found.rates == pytest.approx([2 / 40], rel=1e-9), "day 40 belongs to the first row"
    assert math.exp(found.coefficients[0]) == pytest.approx((2 / 60) / (2 / 40), rel=1e-9)


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 10_000), st.sampled_from([(), (150.0,), (80.0, 200.0)]))
def test_order_of_rows_units_of_time_and_expected_events(seed, cuts):
    rows, events = sample(seed, rate=0.02)
    found = fit_piecewise_rate(rows, events, cuts=cuts)
    assert found.residuals.sum() == pytest.approx(0.0, abs=1e-6), "expected equals observed"
    rng = np.random.default_rng(seed)
    r, e = rng.permutation(len(rows.unit)), rng.permutation(len(events.unit))
    ends = np.column_stack([rows.onset_lower, rows.onset_upper])
    moved = fit_piecewise_rate(
        risk_rows(
            rows.unit[r], rows.start[r] / 7, rows.stop[r] / 7, cluster=rows.cluster[r],
            onset=ends[r] / 7,
        ),
        event_intervals(
            events.unit[e], events.lower[e] / 7, events.upper[e] / 7, order=events.order[e]
        ),
        cuts=[cut / 7 for cut in cuts],
    )  # fmt: skip
    assert moved.rates == pytest.approx(found.rates * 7, rel=1e-7, abs=1e-12)
    assert moved.cluster_error == pytest.approx(found.cluster_error, rel=1e-6)


def test_a_constant_added_to_the_calendar_changes_nothing():
    rows, events = sample(17)
    ends = np.column_stack([rows.onset_lower, rows.onset_upper]) + 1000
    later = risk_rows(
        rows.unit, rows.start + 1000, rows.stop + 1000, cluster=rows.cluster, onset=ends
    )
    shifted = event_intervals(
        events.unit, events.lower + 1000, events.upper + 1000, order=events.order
    )
    first = fit_piecewise_rate(rows, events, cuts=[150.0])
    second = fit_piecewise_rate(later, shifted, cuts=[150.0])
    assert second.rates == pytest.approx(first.rates, rel=1e-8)


def test_a_piece_without_events_has_a_rate_of_zero():
    rows = risk_rows([1, 2], [0, 0], [100, 100], cluster=[1, 2])
    found = fit_piecewise_rate(rows, event_intervals([1, 2], [5, 10], [20, 30]), cuts=[50, 80])
    assert found.rates == pytest.approx([2 / 100, 0, 0], rel=1e-9)
    assert np.isinf(found.std_error[1:]).all()
    assert found.log_likelihood == pytest.approx(math.log(0.3 * 0.4) - 2, rel=1e-9)


def test_the_log_f_prior_keeps_a_separated_ratio_finite():
    """Five events with x, none without, equal time: the penalised ratio is 5.5 / 0.5."""
    unit = np.arange(10)
    rows = risk_rows(unit, unit * 0, unit * 0 + 90, cluster=unit, covariates=unit % 2)
    events = event_intervals([1, 3, 5, 7, 9], [9] * 5, [30] * 5)
    refused = fit_piecewise_rate(rows, events)
    assert isinstance(refused, Refusal)
    assert refused.why == "all events lie with one value of a covariate"
    found = fit_piecewise_rate(rows, events, penalty="log_f")
    assert math.exp(found.coefficients[0]) == pytest.approx(11.0, rel=1e-9)


# --- chains ----------------------------------------------------------------------------------


def test_chains_are_cut_where_intervals_do_not_touch():
    chains = chains_of_unit(
        np.array([0.0, 3.0, 20.0, 5.0]),
        np.array([4.0, 10.0, 30.0, 25.0]),
        np.array([1, 2, 5, 0]),
    )
    assert [chain.n_events for chain in chains] == [1, 2, 1]
    assert chains[0].allowed.tolist() == [[True]], "an event without a place stands alone"
    assert chains[1].low.tolist() == [0, 3, 4]


@pytest.mark.parametrize(
    ("lower", "upper", "order"),
    [
        ([10.0, 0.0], [20.0, 5.0], [1, 2]),  # the second lies before the first
        ([10.0, 0.0], [20.0, 10.0], [1, 2]),  # they touch in one point
        ([0.0, 5.0], [9.0, 9.0], [1, 1]),  # they share a place
    ],
)
def test_impossible_orders_are_refused(lower, upper, order):
    assert chains_of_unit(np.array(lower), np.array(upper), np.array(order)) is None
    assert isinstance(one_unit(lower, upper, order=order), Refusal)


# --- refusals --------------------------------------------------------------------------------


def refusal(rows, events, **options):
    found = fit_piecewise_rate(rows, events, **options)
    assert isinstance(found, Refusal)
    return found.why


def test_refusals_name_the_fault():
    one = risk_rows([1], [0], [10], cluster=[1])
    event, none = event_intervals([1], [1], [2]), event_intervals([], [], [])
    assert refusal(one, none) == "no event was observed"
    assert refusal(risk_rows([], [], [], cluster=[]), none) == "there is no time at risk"
    backwards = risk_rows([1], [10], [0], cluster=[1])
    assert refusal(backwards, event) == "1 row at risk ends before it starts or has no length"
    twice = risk_rows([1, 1], [0, 5], [10, 15], cluster=[1, 1])
    assert refusal(twice, event) == "1 row at risk overlaps another of its unit"
    unborn = risk_rows([1], [0], [10], cluster=[1], onset=[5])
    assert refusal(unborn, event) == "1 row at risk starts before the onset"
    turned = risk_rows([1], [0], [10], cluster=[1], onset=[[-5, -9]])
    assert "latest day before its earliest" in refusal(turned, event)
    assert refusal(one, event_intervals([1], [3], [2])) == "1 event ends before it starts"
    assert "outside the time at risk" in refusal(one, event_intervals([1], [10], [12]))
    assert "outside the time at risk" in refusal(one, event_intervals([1], [0], [0]))
    assert "not finite" in refusal(one, event_intervals([1], [np.nan], [2]))
    assert "no time at risk" in refusal(one, event, cuts=[50])
    same = risk_rows([1, 2], [0, 0], [10, 10], cluster=[1, 2], covariates=[1, 1])
    assert "collinear" in refusal(same, event, penalty="none")


def test_wrong_calls_raise():
    rows, event = risk_rows([1], [0], [10], cluster=[1]), event_intervals([1], [1], [2])
    with pytest.raises(ValueError, match="cuts"):
        fit_piecewise_rate(rows, event, cuts=[5, 5])
    with pytest.raises(ValueError, match="onset"):
        fit_piecewise_rate(rows, event, onset="middle")
    with pytest.raises(ValueError, match="penalty"):
        fit_piecewise_rate(rows, event, penalty="ridge")
    with pytest.raises(ValueError, match="belong to a unit"):
        fit_piecewise_rate(rows, event_intervals([2], [1], [2]))
    with pytest.raises(ValueError, match="cluster must be the same"):
        fit_piecewise_rate(risk_rows([1, 1], [0, 5], [5, 9], cluster=[1, 2]), event)
    with pytest.raises(ValueError, match="order"):
        event_intervals([1], [1], [2], order=[-1])
    with pytest.raises(ValueError, match="onset"):
        risk_rows([1], [0], [1], cluster=[1], onset=[[0, 0, 0]])
    with pytest.raises(ValueError, match="one label per row"):
        risk_rows([1], [0], [1], cluster=[1, 2])
