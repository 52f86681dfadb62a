"""Proportional hazards in intervals: by hand, against R's glm and icenReg, and by brute force."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from relatum.inference.common import Refusal
from relatum.inference.interval_cox import IntervalCoxFit, interval_cox
from relatum.inference.turnbull import turnbull

# R's glm converges to 1e-8 of the deviance or better
GLM = 1e-6
# icenReg stops when its likelihood gains little: its coefficients are up to 5e-7 away, and its
# likelihood is below ours by less than 1e-10
ICENREG_COEF, ICENREG_LOGLIK = 2e-6, 1e-9
INF = np.inf


# by hand


def one_visit(n, events):
    """Two groups seen once, at time 4: events before it or not."""
    right = np.full(sum(n), INF)
    right[: events[0]] = 4
    right[n[0] : n[0] + events[1]] = 4
    left = np.where(np.isinf(right), 4.0, 0.0)
    return left, right, np.repeat([0.0, 1.0], n)


def test_one_visit_by_hand():
    n, events = (20, 30), (5, 18)
    left, right, x = one_visit(n, events)
    fit = interval_cox(left, right, x)
    shares = np.array(events) / np.array(n)
    hazard = -np.log(1 - shares)
    assert fit.coef[0] == pytest.approx(math.log(hazard[1] / hazard[0]), abs=1e-9)
    assert fit.hazard == pytest.approx(hazard[:1], abs=1e-9)
    assert (fit.left.tolist(), fit.right.tolist()) == ([0], [4])
    variance = (shares / (1 - shares) / np.array(n) / hazard**2).sum()
    assert fit.std_error[0] == pytest.approx(math.sqrt(variance), abs=1e-8)

    def loglik(p):
        return (
            stats.binom.logpmf(events, n, p).sum()
            - np.log([math.comb(*pair) for pair in zip(n, events, strict=True)]).sum()
        )

    assert fit.loglik == pytest.approx(loglik(shares), abs=1e-9)
    assert fit.loglik_null == pytest.approx(loglik(np.full(2, 23 / 50)), abs=1e-9)
    test = 2 * (loglik(shares) - loglik(np.full(2, 23 / 50)))
    assert fit.likelihood_ratio.statistic == pytest.approx(test, abs=1e-9)
    assert fit.p_value[0] == pytest.approx(stats.chi2.sf(test, 1), abs=1e-9)
    for limit in (fit.conf_low[0], fit.conf_high[0]):

        def negative(log_hazard, at=limit):
            return -loglik(1 - np.exp(-np.exp([log_hazard, log_hazard + at])))

        best = -optimize.minimize_scalar(negative, bounds=(-6, 3), options={"xatol": 1e-10}).fun
        fall = 2 * (loglik(shares) - best)
        assert fall == pytest.approx(stats.chi2.ppf(0.95, 1), abs=1e-6)


def test_a_last_interval_that_nobody_outlives_is_a_bound_only():
    # the events after 4 lie in (4, 9]: they say that 4 was outlived, as ends at 4 would
    left, right, x = one_visit((20, 30), (5, 18))
    fit = interval_cox(left, right, x)
    closed = interval_cox(left, np.where(np.isinf(right), 9.0, right), x)
    assert closed.coef == pytest.approx(fit.coef, abs=1e-12)
    assert closed.loglik == pytest.approx(fit.loglik, abs=1e-12)


def test_exact_times_stand_beside_intervals_that_touch_them():
    # (2, 5] begins after the event at 2, and (0, 2] holds it
    fit = interval_cox([2, 0, 2, 1, 6], [2, 2, 5, INF, INF], [1, 0, 1, 0, 0.5])
    assert 2 in fit.left[fit.left == fit.right]
    assert fit.excess < 1e-12


# against R


def load(reference, kind):
    case = reference(kind, "surv_interval_censored")
    table = case.table()
    right = np.where(np.isnan(table["right"]), INF, table["right"])
    if kind == "cc0":
        return table["left"], right, np.column_stack([table["arm"], table["x"]]), case.values
    return table["left"], right, (table["treatment"] == "RadChem").astype(float), case.values


@pytest.fixture(scope="module")
def simulated(reference):
    left, right, x, values = load(reference, "cc0")
    fit = interval_cox(left, right, x, names=("arm", "x"))
    assert isinstance(fit, IntervalCoxFit)
    return left, right, x, values, fit


def assert_as_icenreg(fit, values):
    expected = values["semiparam_ph_icenreg"]
    assert fit.coef == pytest.approx(list(expected["coef"].values()), abs=ICENREG_COEF)
    assert fit.loglik == pytest.approx(expected["llk"], abs=ICENREG_LOGLIK)
    # it is a maximum, so that nobody may be above it
    assert fit.loglik > expected["llk"] - 1e-11
    assert fit.excess < 1e-12


def test_icenreg_on_simulated_data(simulated):
    *_, values, fit = simulated
    assert_as_icenreg(fit, values)


def test_icenreg_on_public_data(reference):
    left, right, x, values = load(reference, "public")
    assert_as_icenreg(interval_cox(left, right, x), values)


def test_null_is_turnbull(simulated):
    left, right, _, values, fit = simulated
    assert fit.loglik_null == pytest.approx(turnbull(left, right).loglik, abs=1e-9)
    assert fit.loglik_null == pytest.approx(values["npmle_all"]["loglik"], abs=1e-6)


def test_discrete_hazard_of_r(reference):
    # where all are seen at the same visits, the model is a regression of events per visit
    case = reference("cc0", "surv_discrete_cloglog")
    rows, values = case.table("person_period.csv"), case.values["cloglog"]
    last = np.array([np.flatnonzero(rows["id"] == i)[-1] for i in np.unique(rows["id"])])
    event, period = rows["y"][last] == 1, rows["period"][last]
    left, right = np.where(event, period - 1, period), np.where(event, period, INF)
    fit = interval_cox(left, right, np.column_stack([rows["arm"][last], rows["x"][last]]))
    coef = values["coef"]
    assert fit.coef == pytest.approx([coef["arm"], coef["x"]], abs=GLM)
    start = coef["(Intercept)"]
    steps = [start, *(start + coef[f"factor(period){p}"] for p in range(2, 9))]
    assert np.log(fit.hazard) == pytest.approx(steps, abs=GLM)
    assert fit.loglik == pytest.approx(values["logLik"], abs=1e-8)
    # R has the expected information, which is near the observed one and not equal to it
    assert fit.std_error == pytest.approx([values["se"]["arm"], values["se"]["x"]], rel=0.03)


# by brute force, and properties


def log_likelihood(left, right, x, coef, jumps, at):
    """Sum over rows, with jumps at single times."""
    risk = np.exp(x @ coef)
    low = np.array([jumps[(at <= t)].sum() for t in left])
    high = np.array([jumps[(at <= t)].sum() if t < INF else INF for t in right])
    return np.log(np.exp(-risk * low) - np.exp(-risk * high)).sum()


def test_no_point_is_better(simulated):
    left, right, x, _, fit = simulated
    at = fit.right
    best = log_likelihood(left, right, x, fit.coef, fit.hazard, at)
    assert best == pytest.approx(fit.loglik, abs=1e-9)
    rng = np.random.default_rng(2)
    for _ in range(40):
        coef = fit.coef + 1e-3 * rng.normal(size=2)
        hazard = fit.hazard * np.exp(1e-3 * rng.normal(size=len(at)))
        assert log_likelihood(left, right, x, coef, hazard, at) < best
    # nor does it help to let the hazard rise at an end where it does not
    for t in np.setdiff1d(right[right < INF], at):
        jumps, places = np.append(fit.hazard, 1e-6), np.append(at, t)
        assert log_likelihood(left, right, x, fit.coef, jumps, places) <= best + 1e-9


def test_information_is_the_curvature_of_the_whole_likelihood(simulated):
    # its inverse over coefficients and jumps holds that of the profile
    left, right, x, _, fit = simulated
    point = np.append(fit.coef, np.log(fit.hazard))

    def value(theta):
        return log_likelihood(left, right, x, theta[:2], np.exp(theta[2:]), fit.right)

    def slope(theta, h=1e-4):
        return np.array(
            [(value(theta + step) - value(theta - step)) / (2 * h) for step in h * np.eye(18)]
        )

    h = 1e-4
    hessian = [(slope(point + step) - slope(point - step)) / (2 * h) for step in h * np.eye(18)]
    vcov = np.linalg.inv(-np.array(hessian))[:2, :2]
    # two differences of h = 1e-4 leave about 1e-6
    assert fit.vcov == pytest.approx(vcov, rel=1e-4)


def test_efficient_scores(simulated):
    left, right, x, _, fit = simulated
    assert fit.score.sum(axis=0) == pytest.approx([0, 0], abs=1e-6)
    case = np.arange(len(left)) // 10
    clustered = interval_cox(left, right, x, cluster=case)
    sums = np.array([fit.score[case == c].sum(axis=0) for c in range(11)]) @ fit.vcov
    assert clustered.cluster_error == pytest.approx(
        np.sqrt(11 / 10 * (sums**2).sum(axis=0)), abs=1e-9
    )
    assert clustered.n_clusters == 11
    assert fit.cluster_error is None


def test_what_changes_nothing(simulated):
    left, right, x, _, fit = simulated
    mixed = np.random.default_rng(3).permutation(len(left))
    other = interval_cox(left[mixed], right[mixed], x[mixed])
    for name in ("coef", "std_error", "conf_low", "conf_high", "p_value", "hazard"):
        assert getattr(other, name) == pytest.approx(getattr(fit, name), abs=1e-6), name
    # only the order of the ends matters, and covariates may have any unit
    other = interval_cox(left**2, right**2, 10 - 5 * x[:, ::-1])
    assert other.coef[::-1] == pytest.approx(fit.coef / -5, abs=1e-7)
    assert other.conf_low[::-1] == pytest.approx(fit.conf_high / -5, abs=1e-6)
    assert other.right == pytest.approx(fit.right**2)
    assert other.loglik == pytest.approx(fit.loglik, abs=1e-9)


rows = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.one_of(st.integers(1, 4), st.just(INF)),
        st.sampled_from([0.0, 1.0]),
    ),
    min_size=4,
    max_size=14,
)


@given(rows)
@settings(max_examples=25)
def test_any_rows_give_a_maximum_or_a_reason(given_rows):
    left, width, x = map(np.array, zip(*given_rows, strict=True))
    fit = interval_cox(left, left + width, x)
    if isinstance(fit, Refusal):
        assert fit.why
        return
    assert fit.excess < 1e-9
    assert fit.conf_low[0] <= fit.coef[0] <= fit.conf_high[0]
    assert fit.loglik >= fit.loglik_null - 1e-9
    assert np.isfinite(fit.std_error).all()
    assert 0 <= fit.p_value[0] <= 1


# refusals and wrong calls


@pytest.mark.parametrize(
    ("left", "right", "x", "words"),
    [
        ([], [], np.zeros((0, 1)), "there is no row"),
        ([3, 0], [2, 4], [0, 1], "1 interval ends before it starts"),
        ([0, 2], [2, INF], [1, 1], "covariate 1 is the same in every row that tells something"),
        ([0, 2], [2, INF], [1, np.nan], "covariates hold 1 value that is not finite"),
        ([1, 2], [INF, INF], [0, 1], "no row outlives an event"),
        ([0, 0], [2, 3], [0, 1], "no row outlives an event"),
        ([0, 0, 2, 2], [2, 2, INF, INF], [1, 1, 0, 0], "monotone likelihood"),
    ],
)
def test_refusals(left, right, x, words):
    found = interval_cox(left, right, x)
    assert isinstance(found, Refusal)
    assert words in found.why


def test_covariates_that_follow_from_others():
    x = np.array([[0, 1], [1, 3], [2, 5], [3, 7]])
    found = interval_cox([0, 2, 0, 3], [2, 4, 3, INF], x, names=("first", "second"))
    assert found.why == "second follows from other covariates; drop one of them"


def test_one_cluster_and_wrong_calls():
    left, right, x = one_visit((4, 4), (1, 2))
    assert interval_cox(left, right, x, cluster=[1] * 8).why == "there is one cluster"
    with pytest.raises(ValueError, match="cluster must have one label per row"):
        interval_cox(left, right, x, cluster=[1, 2])
    with pytest.raises(ValueError, match="2 names for 1 covariates"):
        interval_cox(left, right, x, names=("a", "b"))
    with pytest.raises(ValueError, match="covariates must have a column"):
        interval_cox(left, right, np.zeros((8, 0)))
    with pytest.raises(ValueError, match="conf_level"):
        interval_cox(left, right, x, conf_level=0)
