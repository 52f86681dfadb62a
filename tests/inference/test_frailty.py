"""Gamma frailty of given variance: against R, the EM equations, and the limit of none."""

import numpy as np
import pytest
from scipy import optimize, special

from relatum.inference.common import Refusal
from relatum.inference.cox import cox_regression
from relatum.inference.cox_checks import cox_residuals
from relatum.inference.cox_rows import CoxRows
from relatum.inference.frailty import cox_frailty, integrate_frailties

# survival 3.5-3 on the data of surv_cox: coxph(Surv(entry, time, status) ~ arm + x +
# frailty(cl, theta = theta, sparse = FALSE), eps = 1e-14): coefficients, errors, partial and
# integrated log-likelihood
R_VALUES = {
    (0.25, "efron"): [
        0.387009760159,
        0.457652993608,
        0.186577623504,
        0.0934772041833,
        -549.313861795,
        -558.671965369,
    ],
    (0.25, "breslow"): [
        0.380420318272,
        0.446320603899,
        0.185927326337,
        0.093375559106,
        -553.991018841,
        -563.185751589,
    ],
    (0.5, "efron"): [
        0.385483529699,
        0.462560918368,
        0.188481146123,
        0.0938615390592,
        -548.315456247,
        -559.812644109,
    ],
    (0.5, "breslow"): [
        0.378932611061,
        0.450791739219,
        0.187726467157,
        0.0937395406709,
        -553.080184397,
        -564.433496855,
    ],
    (1.0, "efron"): [
        0.381903578744,
        0.465846371457,
        0.189793845118,
        0.0941196139247,
        -547.782108159,
        -562.165608723,
    ],
    (1.0, "breslow"): [
        0.37546239312,
        0.45371275078,
        0.188973497434,
        0.0939822122204,
        -552.606018969,
        -566.876198263,
    ],
}


def cc0_rows(reference, *, entry=True):
    table = reference("cc0", "surv_cox").table()
    whole = ~np.isnan(table["x"])
    table = {name: column[whole] for name, column in table.items()}
    rows = CoxRows(
        time=table["time"],
        event=table["status"],
        covariates=np.column_stack([table["arm"], table["x"]]),
        entry=table["entry"] if entry else None,
        names=("arm", "x"),
    )
    return rows, table["cl"]


@pytest.mark.parametrize(("theta", "ties"), R_VALUES)
def test_fixed_variance_as_in_r(reference, theta, ties):
    rows, cluster = cc0_rows(reference)
    fit = cox_frailty(rows, cluster, theta=theta, ties=ties)
    found = [*fit.coef, *fit.std_error, fit.loglik, fit.marginal_loglik]
    assert found == pytest.approx(R_VALUES[theta, ties], abs=1e-8)


def test_cc0_at_the_variance_that_r_estimates(reference):
    values = reference("cc0", "surv_cox").values["gamma_frailty"]
    rows, cluster = cc0_rows(reference, entry=False)
    fit = cox_frailty(rows, cluster, theta=values["theta"])
    # R's outer iteration ends a step before the variance that it reports
    assert fit.coef == pytest.approx(list(values["coef"].values()), abs=1e-3)
    # and its errors leave out covariances between frailties
    assert fit.std_error == pytest.approx(values["se"], abs=2e-3)


def test_public_kidney(reference):
    case = reference("public", "surv_cox")
    table, values = case.table("kidney.csv"), case.values["gamma_frailty_kidney"]
    x = np.column_stack([table["age"], table["sex"]])
    rows = CoxRows(time=table["time"], event=table["status"], covariates=x)
    fit = cox_frailty(rows, table["id"], theta=values["theta"])
    assert fit.coef == pytest.approx(list(values["coef"].values()), abs=5e-3)
    assert fit.marginal_loglik == pytest.approx(values["iloglik"], abs=1e-3)
    # at the variance where one coefficient is R's, so are the other one and the likelihoods
    theta = optimize.brentq(
        lambda t: cox_frailty(rows, table["id"], theta=t).coef[1] - values["coef"]["sex"],
        0.3,
        0.5,
        xtol=1e-12,
    )
    fit = cox_frailty(rows, table["id"], theta=theta)
    assert fit.coef[0] == pytest.approx(values["coef"]["age"], abs=1e-6)
    assert fit.loglik == pytest.approx(values["loglik"][1], abs=1e-4)
    assert fit.marginal_loglik == pytest.approx(values["iloglik"], abs=1e-4)


# properties


@pytest.fixture
def drawn():
    rng = np.random.default_rng(2)
    cluster = np.repeat(np.arange(12), [26, 22, 5, 5, 4, 3, 3, 1, 1, 1, 1, 1])
    frail = rng.gamma(2.0, 0.5, 12)[cluster]
    x = rng.integers(0, 2, 73)
    time = np.ceil(4 * rng.exponential(1 / (frail * np.exp(0.5 * x))))
    return {"time": time, "event": rng.random(73) < 0.7, "covariates": x.astype(float)}, cluster


def test_estimates_solve_the_em_equations(drawn):
    data, cluster = drawn
    theta = 0.5
    fit = cox_frailty(CoxRows(**data), cluster, theta=theta)
    offset = np.log(fit.frailty)[cluster]
    given = cox_regression(CoxRows(**data, offset=offset))
    assert given.coef == pytest.approx(fit.coef, abs=1e-8)
    # the expected frailty given the events of the cluster and its cumulative hazard
    rows = CoxRows(**data, offset=offset)
    expected = data["event"] - cox_residuals(rows, given).martingale
    events = np.bincount(cluster, weights=data["event"])
    hazard = np.bincount(cluster, weights=expected) / fit.frailty
    step = (1 / theta + events) / (1 / theta + hazard)
    assert step == pytest.approx(fit.frailty, abs=1e-7)
    assert fit.frailty.mean() == pytest.approx(1.0, abs=1e-9)


def test_marginal_likelihood_is_the_integral():
    """With the hazard of each cluster given, the integral over its frailty has a closed form."""
    theta, hazard, events = 0.7, np.array([0.3, 1.2, 2.0]), np.array([1.0, 0.0, 3.0])
    nu = 1 / theta
    frailty = (nu + events) / (nu + hazard)
    # log of the integral of u^d exp(-u h) over the gamma density with mean 1
    integral = nu * np.log(nu) + special.gammaln(nu + events) - special.gammaln(nu)
    integral -= (nu + events) * np.log(nu + hazard)
    penalised = events * np.log(frailty) - frailty * hazard + nu * (np.log(frailty) - frailty)
    gained = integrate_frailties(events, theta=theta)
    assert penalised.sum() + gained == pytest.approx(integral.sum())


def test_small_variance_is_plain_cox(drawn):
    data, cluster = drawn
    plain = cox_regression(CoxRows(**data))
    fit = cox_frailty(CoxRows(**data), cluster, theta=1e-3)
    assert fit.coef == pytest.approx(plain.coef, abs=5e-3)
    assert fit.std_error == pytest.approx(plain.std_error, rel=0.01)
    assert fit.marginal_loglik == pytest.approx(plain.loglik, abs=0.05)


def test_order_of_rows_changes_nothing(drawn):
    data, cluster = drawn
    place = np.random.default_rng(1).permutation(73)
    first = cox_frailty(CoxRows(**data), cluster, theta=0.25)
    mixed = CoxRows(**{name: column[place] for name, column in data.items()})
    second = cox_frailty(mixed, cluster[place], theta=0.25)
    assert second.coef == pytest.approx(first.coef, abs=1e-10)
    assert second.frailty == pytest.approx(first.frailty, abs=1e-10)


# refusals


def test_refusals(drawn):
    data, cluster = drawn
    found = cox_frailty(CoxRows(**data), np.zeros(73), theta=0.5)
    assert isinstance(found, Refusal)
    assert "2 to 500 clusters" in found.why
    found = cox_frailty(CoxRows(**{**data, "event": np.zeros(73)}), cluster, theta=0.5)
    assert "no event" in found.why
    apart = {**data, "covariates": data["event"].astype(float)}
    apart["time"] = np.where(data["event"], 1.0, 5.0)
    found = cox_frailty(CoxRows(**apart, names=("ended",)), cluster, theta=0.5)
    assert "coefficient of ended rises" in found.why


def test_wrong_calls(drawn):
    data, cluster = drawn
    rows = CoxRows(**data)
    with pytest.raises(ValueError, match="theta"):
        cox_frailty(rows, cluster, theta=0.0)
    with pytest.raises(ValueError, match="labels"):
        cox_frailty(rows, cluster[1:], theta=0.5)
    with pytest.raises(ValueError, match="exact"):
        cox_frailty(rows, cluster, theta=0.5, ties="exact")
    with pytest.raises(ValueError, match="weights"):
        cox_frailty(CoxRows(**data, weights=np.ones(73)), cluster, theta=0.5)
