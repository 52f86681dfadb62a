"""Accelerated failure times: by hand, against R's survreg (survival 3.5-3), and on odd data."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, optimize, stats

from relatum.inference.aft import AftRows, accelerated_failure_time
from relatum.inference.aft_predict import predict_times, relative_coefficients
from relatum.inference.aft_terms import row_terms, sort_rows
from relatum.inference.common import Refusal
from relatum.inference.interval_times import IntervalTimes, intervals_from_exits

DISTRIBUTIONS = ("weibull", "exponential", "loglogistic", "lognormal")
# both end at the maximum to machine precision, and R writes 15 digits
TIGHT = 1e-11
# icenReg stops at a looser tolerance
LOOSE = 1e-5


def values_of(entry):
    return list(entry.values()) if isinstance(entry, dict) else entry


def simulated(reference):
    case = reference("cc0", "surv_aft")
    table = case.table()
    used = np.isfinite(table["x"])
    table = {name: column[used] for name, column in table.items()}
    x = np.column_stack([table["arm"], table["x"], table["grp"] == "b", table["grp"] == "c"])
    left, right = intervals_from_exits(table["time"], table["status"])
    return AftRows(left=left, right=right, covariates=x), table, case.values


# by hand


def test_exponential_is_events_over_time():
    left, right = intervals_from_exits([1.0, 3.0, 4.0, 6.0], [1, 1, 0, 1])
    rows = AftRows(left=left, right=right, covariates=np.empty((4, 0)))
    fit = accelerated_failure_time(rows, distribution="exponential")
    assert fit.coef == pytest.approx([np.log(14 / 3)], abs=1e-12)
    assert fit.std_error == pytest.approx([1 / np.sqrt(3)], abs=1e-12)
    assert fit.loglik == fit.loglik_null == pytest.approx(3 * np.log(3 / 14) - 3)
    assert fit.aic == pytest.approx(2 - 2 * fit.loglik)
    assert (fit.n_rows, fit.n_events, fit.log_scale_error) == (4, 3, None)
    median = predict_times(fit, np.empty((1, 0)), probabilities=(0.5,))
    assert median.estimate.item() == pytest.approx(14 / 3 * np.log(2))


def test_delayed_entry_counts_time_at_risk_only():
    rows = AftRows(
        left=[2.0, 3.0, 5.0],
        right=[2.0, 3.0, np.inf],
        entry=[1.0, 0.0, 4.0],
        covariates=np.empty((3, 0)),
    )
    fit = accelerated_failure_time(rows, distribution="exponential")
    assert fit.coef == pytest.approx([np.log(5 / 2)], abs=1e-12)


def test_lognormal_of_exact_times_is_least_squares():
    rng = np.random.default_rng(3)
    x, time = rng.normal(size=30), np.exp(rng.normal(2, 0.7, 30))
    fit = accelerated_failure_time(
        AftRows(left=time, right=time, covariates=x), distribution="lognormal"
    )
    design = np.column_stack([np.ones(30), x])
    coef, rest, *_ = np.linalg.lstsq(design, np.log(time), rcond=None)
    assert fit.coef == pytest.approx(coef, abs=1e-11)
    assert fit.scale == pytest.approx(np.sqrt(rest / 30), abs=1e-11)
    assert fit.log_scale_error == pytest.approx([1 / np.sqrt(60)], abs=1e-11)


def test_two_groups_seen_once():
    # by time 4 shares of .75 and .25 have had the event
    left = np.array([0, 0, 0, 4, 0, 4, 4, 4.0])
    right = np.array([4, 4, 4, np.inf, 4, np.inf, np.inf, np.inf])
    rows = AftRows(left=left, right=right, covariates=np.repeat([1.0, 0.0], 4))
    fit = accelerated_failure_time(rows, distribution="exponential")
    rates = -np.log([1 - 0.25, 1 - 0.75]) / 4
    assert fit.coef == pytest.approx([-np.log(rates[0]), np.log(rates[0] / rates[1])], abs=1e-10)


# against R


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_simulated_case(reference, name):
    rows, table, values = simulated(reference)
    expected = values[name]
    fit = accelerated_failure_time(rows, distribution=name)
    compare(fit, expected, rows.covariates)
    robust = accelerated_failure_time(rows, distribution=name, cluster=table["cl"])
    assert np.sqrt(np.diag(robust.vcov)) == pytest.approx(expected["robust_cluster_se"], abs=TIGHT)
    assert robust.coef == pytest.approx(fit.coef, abs=0)
    assert robust.model_vcov == pytest.approx(fit.vcov, abs=0)
    assert robust.n_clusters == 12


def compare(fit, expected, covariates):
    assert fit.coef == pytest.approx(values_of(expected["coef"]), abs=TIGHT)
    assert fit.std_error == pytest.approx(values_of(expected["se"]), abs=TIGHT)
    assert fit.scale == pytest.approx([expected["scale"]], abs=TIGHT)
    if expected["log_scale_se"] is None:
        assert fit.log_scale_error is None
    else:
        error = expected["log_scale_se"]
        error = values_of(error)[0] if isinstance(error, dict) else error
        assert fit.log_scale_error == pytest.approx([error], abs=TIGHT)
    assert [fit.loglik_null, fit.loglik] == pytest.approx(expected["loglik"], rel=1e-13)
    assert fit.aic == pytest.approx(expected["AIC"], rel=1e-13)
    there = np.column_stack([expected["q10_first3"], expected["median_first3"]])
    assert predict_times(fit, covariates[:3]).estimate == pytest.approx(there, rel=TIGHT)


def test_a_scale_per_stratum(reference):
    rows, table, values = simulated(reference)
    rows = dataclasses.replace(
        rows, covariates=rows.covariates[:, :2], strata=table["arm"], names=()
    )
    fit = accelerated_failure_time(rows)
    expected = values["strata_scale_weibull"]
    assert fit.coef == pytest.approx(values_of(expected["coef"]), abs=TIGHT)
    assert fit.scale == pytest.approx(values_of(expected["scale"]), abs=TIGHT)
    assert [fit.loglik_null, fit.loglik] == pytest.approx(expected["loglik"], rel=1e-13)
    assert fit.scale_labels == (0.0, 1.0)
    late = predict_times(fit, rows.covariates[:2], strata=[0.0, 1.0]).estimate
    step = np.log(-np.log([0.9, 0.5]))
    middle = fit.coef[0] + rows.covariates[:2] @ fit.coef[1:]
    assert late == pytest.approx(np.exp(middle[:, None] + fit.scale[:, None] * step))


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_veteran(reference, name):
    case = reference("public", "surv_aft")
    table = case.table("veteran.csv")
    x = np.column_stack([table[key] for key in ("trt", "karno", "age")])
    left, right = intervals_from_exits(table["time"], table["status"])
    rows = AftRows(left=left, right=right, covariates=x)
    fit = accelerated_failure_time(rows, distribution=name)
    compare(fit, case.values["veteran"][name], x)


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_rossi(reference, name):
    case = reference("public", "surv_aft")
    table = case.table("rossi.csv")
    x = np.column_stack([table["fin"] == "yes", table["age"], table["prio"]]).astype(float)
    left, right = intervals_from_exits(table["week"], table["arrest"])
    rows = AftRows(left=left, right=right, covariates=x)
    fit = accelerated_failure_time(rows, distribution=name)
    compare(fit, case.values["rossi"][name], x)


def interval_rows(reference, kind):
    case = reference(kind, "surv_interval_censored")
    table = case.table()
    if kind == "cc0":
        x = np.column_stack([table["arm"], table["x"]])
    else:
        x = (table["treatment"] == "RadChem").astype(float)
    right = np.where(np.isnan(table["right"]), np.inf, table["right"])
    return AftRows(left=table["left"], right=right, covariates=x), case.values


@pytest.mark.parametrize("kind", ["cc0", "public"])
@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_intervals(reference, kind, name):
    rows, values = interval_rows(reference, kind)
    key = f"{name}_aft" if kind == "cc0" else f"{name}_aft_survreg"
    if key not in values:
        assert (kind, name) == ("public", "exponential")
        return
    expected = values[key]
    fit = accelerated_failure_time(rows, distribution=name)
    error = fit.std_error
    if fit.log_scale_error is not None:
        error = np.append(error, fit.log_scale_error)
    # some of these R fits stop when the likelihood stands still, which leaves about 1e-8
    assert fit.coef == pytest.approx(values_of(expected["coef"]), abs=1e-7)
    assert fit.scale == pytest.approx([expected["scale"]], abs=1e-7)
    assert error == pytest.approx(values_of(expected["se"]), abs=1e-7)
    assert [fit.loglik_null, fit.loglik] == pytest.approx(expected["loglik"], abs=1e-9)
    if "AIC" in expected:
        assert fit.aic == pytest.approx(expected["AIC"], abs=1e-9)


@pytest.mark.parametrize(
    ("kind", "name", "key", "sign"),
    [
        ("cc0", "weibull", "weibull_ph_icenreg", 1),
        # icenReg gives the odds of not having had the event
        ("cc0", "loglogistic", "loglogistic_po_icenreg", -1),
        ("public", "weibull", "weibull_ph_icenreg", 1),
    ],
)
def test_hazards_and_odds(reference, kind, name, key, sign):
    rows, values = interval_rows(reference, kind)
    fit = accelerated_failure_time(rows, distribution=name)
    found = relative_coefficients(fit)
    there = values_of(values[key]["coef"])[2:]
    assert sign * found.coef == pytest.approx(there, abs=LOOSE)
    assert found.measure == ("log hazard ratio" if name == "weibull" else "log odds ratio")
    assert fit.loglik == pytest.approx(values[key]["llk"], abs=1e-9)


def test_error_of_a_hazard_ratio_is_that_of_the_hazard_model(reference):
    rows, _ = interval_rows(reference, "public")
    found = relative_coefficients(accelerated_failure_time(rows))

    def loglik(p):
        cumulative = [
            np.where(np.isinf(t), np.inf, np.exp(p[0] + p[1] * rows.covariates[:, 0]) * t ** p[2])
            for t in (rows.left, rows.right)
        ]
        return np.log(np.exp(-cumulative[0]) - np.exp(-cumulative[1])).sum()

    with np.errstate(invalid="ignore"):
        best = optimize.minimize(
            lambda p: -loglik(p),
            [-6.0, 0.9, 1.6],
            method="Nelder-Mead",
            options={"xatol": 1e-8, "fatol": 1e-10, "maxiter": 4000},
        )
    step = 1e-4 * np.eye(3)
    curvature = [
        [
            (
                loglik(best.x + a + b)
                - loglik(best.x + a - b)
                - loglik(best.x - a + b)
                + loglik(best.x - a - b)
            )
            / 4e-8
            for b in step
        ]
        for a in step
    ]
    error = np.sqrt(np.linalg.inv(-np.array(curvature))[1, 1])
    assert found.coef == pytest.approx([best.x[1]], abs=1e-5)
    assert found.std_error == pytest.approx([error], rel=1e-4)


# properties


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_rows_are_probabilities_and_derivatives(name):
    """The terms against numerical integration and differences."""
    times = IntervalTimes(
        left=np.array([3.0, 2.0, 0.0, 1.0, 4.0, 2.0]),
        right=np.array([3.0, 5.0, 4.0, np.inf, np.inf, 2.0]),
        entry=np.array([0.0, 0.0, 0.0, 0.5, 2.0, 1.0]),
    )
    kinds = sort_rows(times)
    mu, s = np.linspace(0.5, 1.4, 6), np.linspace(-0.4, 0.3, 6)
    law = {
        "lognormal": lambda m, v: stats.lognorm(v, scale=np.exp(m)),
        "loglogistic": lambda m, v: stats.fisk(1 / v, scale=np.exp(m)),
    }.get(name, lambda m, v: stats.weibull_min(1 / v, scale=np.exp(m)))
    terms = row_terms(kinds, mu, s, distribution=name)
    for i in range(6):
        density = law(mu[i], np.exp(s[i])).pdf
        low, high, entry = times.left[i], times.right[i], times.entry[i]
        if low == high:
            inside = density(low) * low
        else:
            inside = integrate.quad(density, low, high, epsabs=1e-12)[0]
        expected = inside / integrate.quad(density, entry, np.inf, epsabs=1e-12)[0]
        assert np.exp(terms.value[i]) == pytest.approx(expected, rel=1e-8)
    h = 1e-5
    up = [
        row_terms(kinds, mu + h, s, distribution=name),
        row_terms(kinds, mu, s + h, distribution=name),
    ]
    down = [
        row_terms(kinds, mu - h, s, distribution=name),
        row_terms(kinds, mu, s - h, distribution=name),
    ]
    for by, (a, b) in enumerate(zip(up, down, strict=True)):
        assert (a.value - b.value) / (2 * h) == pytest.approx([terms.m, terms.s][by], abs=1e-8)
        assert (a.m - b.m) / (2 * h) == pytest.approx([terms.mm, terms.ms][by], abs=1e-8)
        assert (a.s - b.s) / (2 * h) == pytest.approx([terms.ms, terms.ss][by], abs=1e-8)


def test_a_narrow_interval_is_an_exact_time(reference):
    rows, _, _ = simulated(reference)
    width = 1e-7
    happened = np.isfinite(rows.right)
    near = dataclasses.replace(
        rows,
        left=np.where(happened, rows.left * (1 - width / 2), rows.left),
        right=np.where(happened, rows.left * (1 + width / 2), np.inf),
    )
    exact, close = accelerated_failure_time(rows), accelerated_failure_time(near)
    assert close.coef == pytest.approx(exact.coef, abs=1e-9)
    gained = np.log(width * rows.left[happened]).sum()
    assert close.loglik == pytest.approx(exact.loglik + gained, abs=1e-6)


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_order_units_and_centre_change_nothing(reference, name):
    rows, _ = interval_rows(reference, "cc0")
    cluster = np.arange(len(rows.left)) % 9
    fit = accelerated_failure_time(rows, distribution=name, cluster=cluster)
    place = np.random.default_rng(5).permutation(len(rows.left))
    other = AftRows(
        left=rows.left[place] * 30,
        right=rows.right[place] * 30,
        covariates=rows.covariates[place] * [1, 1000] + [0, 1e6],
    )
    moved = accelerated_failure_time(other, distribution=name, cluster=cluster[place])
    assert moved.coef[1:] == pytest.approx(fit.coef[1:] / [1, 1000], rel=1e-7)
    assert moved.std_error[1:] == pytest.approx(fit.std_error[1:] / [1, 1000], rel=1e-7)
    assert moved.scale == pytest.approx(fit.scale, rel=1e-8)
    assert moved.loglik == pytest.approx(fit.loglik, abs=1e-9)


def test_limits_of_predictions(reference):
    rows, table, _ = simulated(reference)
    fit = accelerated_failure_time(rows, cluster=table["cl"])
    found = predict_times(fit, rows.covariates, probabilities=(0.1, 0.5, 0.9))
    assert (found.conf_low < found.estimate).all()
    assert (found.estimate < found.conf_high).all()
    assert (np.diff(found.estimate, axis=1) > 0).all()
    # where the quantile is the location itself its error is that of the constant
    where = 1 - np.exp(-1)
    constant = predict_times(fit, np.zeros((1, 4)), probabilities=(where,))
    assert np.log(constant.conf_high.item()) == pytest.approx(fit.conf_high[0], abs=1e-10)


def test_truncated_times_are_recovered():
    """Late entries bias a fit that ignores them, not one that knows them."""
    rng = np.random.default_rng(11)
    x, entry = rng.integers(0, 2, 20_000), rng.uniform(0, 20, 20_000)
    time = np.exp(2.5 + 0.5 * x + 0.6 * np.log(rng.exponential(size=20_000)))
    seen = time > entry
    left = np.floor(time[seen] / 4) * 4
    keep = left >= entry[seen]
    left, right = np.where(keep, left, time[seen]), np.where(keep, left + 4, time[seen])
    rows = AftRows(left=left, right=right, covariates=x[seen], entry=entry[seen])
    fit = accelerated_failure_time(rows)
    assert fit.coef == pytest.approx([2.5, 0.5], abs=0.03)
    naive = accelerated_failure_time(dataclasses.replace(rows, entry=None))
    assert naive.coef[0] > 2.7


# refusals


GOOD = {
    "left": np.array([1.0, 2.0, 3.0, 5.0, 2.0, 8.0]),
    "right": np.array([1.0, 4.0, np.inf, 5.0, 6.0, np.inf]),
    "covariates": np.array([1.0, 0.0, 1.0, 0.0, 1.0, 0.0]),
    "names": ("a",),
}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"right": np.full(6, np.inf)}, "no event"),
        ({"covariates": np.ones(6)}, "a does not vary"),
        ({"covariates": np.array([1.0, np.nan, 1, 0, 1, 0])}, "covariates hold 1 value"),
        (
            {"covariates": np.column_stack([GOOD["covariates"]] * 2), "names": ("a", "b")},
            "b follows",
        ),
        ({"left": np.array([1.0, np.nan, 3, 5, 2, 8])}, "1 interval has an end"),
        ({"left": np.array([1.0, 5.0, 3, 5, 7, 8])}, "2 intervals end before they start"),
        ({"left": np.array([-1.0, 2.0, 3, 5, 2, 8])}, "1 interval starts before 0"),
        ({"left": np.zeros(6), "right": np.array([0.0, 4, 1, 5, 6, 3])}, "event at 0"),
        ({"entry": np.array([0.0, 3.0, 0, 0, 0, 0])}, "starts before the entry"),
        ({"entry": np.array([1.0, 0.0, 0, 0, 0, 0])}, "event at the entry"),
        ({"entry": np.array([np.nan, 0.0, 0, 0, 0, 0])}, "entry that is missing"),
        # only those with a have the event
        (
            {"covariates": np.array([1.0, 1.0, 0.0, 1.0, 1.0, 0.0])},
            "coefficient of a falls for ever",
        ),
        # two exact times that a covariate tells
        (
            {
                "left": [1.0] * 3 + [2.0] * 3,
                "right": [1.0] * 3 + [2.0] * 3,
                "covariates": [0.0] * 3 + [1.0] * 3,
            },
            "scale shrinks to 0",
        ),
        ({"left": np.zeros(6), "right": np.array([1.0, 2, 3, 1, 2, 3])}, "no maximum"),
    ],
)
def test_refusals(change, why):
    found = accelerated_failure_time(AftRows(**{**GOOD, **change}))
    assert isinstance(found, Refusal)
    assert why in found.why


def test_other_refusals():
    rows = AftRows(**GOOD)
    assert "one cluster" in accelerated_failure_time(rows, cluster=np.ones(6)).why
    none = {"left": [], "right": [], "covariates": np.empty((0, 1))}
    assert "no row" in accelerated_failure_time(AftRows(**none)).why
    fit = accelerated_failure_time(rows, distribution="lognormal")
    assert "log-normal" in relative_coefficients(fit).why
    two = accelerated_failure_time(
        AftRows(
            left=np.arange(1.0, 13),
            right=np.arange(1.0, 13),
            covariates=np.arange(12) % 5,
            strata=np.arange(12) % 2,
        )
    )
    assert "scale per stratum" in relative_coefficients(two).why
    with pytest.raises(ValueError, match="strata must hold"):
        predict_times(two, [[1.0]])


def test_wrong_calls():
    rows = AftRows(**GOOD)
    with pytest.raises(ValueError, match="distribution must be one of"):
        accelerated_failure_time(rows, distribution="gamma")
    with pytest.raises(ValueError, match="cluster has 2"):
        accelerated_failure_time(rows, cluster=[1, 2])
    with pytest.raises(ValueError, match="conf_level"):
        accelerated_failure_time(rows, conf_level=95)
    with pytest.raises(ValueError, match="2 names"):
        AftRows(**{**GOOD, "names": ("a", "b")})
    with pytest.raises(ValueError, match="strata must have 6"):
        AftRows(**GOOD, strata=[1, 2])
    fit = accelerated_failure_time(rows)
    with pytest.raises(ValueError, match="covariates for a fit"):
        predict_times(fit, np.ones((1, 3)))
    with pytest.raises(ValueError, match="probabilities"):
        predict_times(fit, [[1.0]], probabilities=(0.0,))


@st.composite
def odd_rows(draw):
    n = draw(st.integers(1, 9))
    numbers = st.sampled_from([0.0, 1e-3, 1.0, 2.0, 3.0, 1e4])
    left = np.array(draw(st.lists(numbers, min_size=n, max_size=n)))
    gap = np.array(draw(st.lists(st.sampled_from([0.0, 1.0, 5.0, np.inf]), min_size=n, max_size=n)))
    x = draw(st.lists(st.sampled_from([0.0, 1.0, 1e6]), min_size=n, max_size=n))
    entry = draw(st.sampled_from([0.0, 0.5, 1.0]))
    return AftRows(left=left, right=left + gap, covariates=x, entry=np.minimum(left, entry))


@settings(max_examples=150, deadline=None)
@given(odd_rows(), st.sampled_from(DISTRIBUTIONS))
def test_odd_data_give_numbers_or_words(rows, name):
    found = accelerated_failure_time(rows, distribution=name)
    if isinstance(found, Refusal):
        assert found.why
        return
    for field in (
        "coef",
        "std_error",
        "p_value",
        "conf_low",
        "conf_high",
        "scale",
        "loglik",
        "vcov",
    ):
        assert np.isfinite(getattr(found, field)).all()
    assert found.loglik >= found.loglik_null - 1e-9
    assert not np.isnan(predict_times(found, rows.covariates).conf_high).any()
