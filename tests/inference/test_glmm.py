"""Random-intercept logistic regression: by hand, against R (lme4 1.1.31), and properties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, special

from relatum.inference.common import Refusal
from relatum.inference.glmm import random_intercept_logit

# R's own maximisation of the 61-point likelihood, polished by Newton steps
TIGHT, LOGLIK = 1e-8, 1e-9
# glmer ends its search at a step of 1e-10 on a surface with an inner loop
LME4 = 1e-5
ALL_R = {"laplace": 1, "agq9": 9, "agq25": 25}


def numbers(value):
    return np.array(list(value.values()), dtype=float)


@pytest.fixture(scope="module")
def simulated(reference):
    case = reference("cc0", "retr_glmm")
    table = case.table()
    x = np.column_stack([np.ones(len(table["y"])), table["trt"], table["x"]])
    return table["y"], x, table["cl"], case.values


# by hand


def test_likelihood_is_the_integral():
    rng = np.random.default_rng(3)
    cluster = np.repeat(np.arange(6), [5, 4, 3, 6, 2, 4])
    y = (rng.random(24) < np.array([0.9, 0.2, 0.7, 0.3, 0.9, 0.1])[cluster]).astype(float)
    fit = random_intercept_logit(y, np.ones(24), cluster)

    def density(v, events, rows):
        eta = fit.coef[0] + fit.spread.sd * v
        return np.exp(events * eta - rows * np.logaddexp(0, eta) - v**2 / 2) / np.sqrt(2 * np.pi)

    parts = [
        integrate.quad(density, -12, 12, (y[cluster == g].sum(), (cluster == g).sum()))[0]
        for g in range(6)
    ]
    assert fit.loglik == pytest.approx(np.log(parts).sum(), abs=1e-6)
    assert fit.spread.none.statistic == pytest.approx(2 * (fit.loglik - fit.loglik_independent))
    half = special.chdtrc(1, fit.spread.none.statistic) / 2
    assert fit.spread.none.p_value == pytest.approx(half)


def test_clusters_that_are_too_alike_have_no_spread():
    y = np.tile([1, 0, 0, 1], 6)
    fit = random_intercept_logit(y, np.ones(24), np.repeat(np.arange(6), 4))
    assert fit.spread.sd == fit.spread.icc == 0.0
    assert fit.spread.none.p_value == 1.0
    assert isinstance(fit.spread.sd_error, Refusal)
    assert fit.std_error == pytest.approx([1 / np.sqrt(24 / 4)])
    assert fit.loglik == pytest.approx(24 * np.log(0.5))
    assert (fit.modes == 0).all()


# against R


def test_cc0_maximum(simulated):
    y, x, cluster, values = simulated
    there = values["direct_agq61"]
    fit = random_intercept_logit(y, x, cluster, points=61)
    assert fit.coef == pytest.approx(numbers(there["coef"]), abs=TIGHT)
    assert fit.std_error == pytest.approx(there["se_joint_hessian"], abs=TIGHT)
    assert fit.spread.sd == pytest.approx(there["sd"], abs=TIGHT)
    log_error = there["log_sd_se"]
    assert fit.spread.sd_error == pytest.approx(there["sd"] * log_error, abs=TIGHT)
    limits = there["sd"] * np.exp(special.ndtri([0.025, 0.975]) * log_error)
    assert [fit.spread.conf_low, fit.spread.conf_high] == pytest.approx(limits, rel=TIGHT)
    assert fit.loglik == pytest.approx(there["marginal_loglik"], abs=LOGLIK)


@pytest.mark.parametrize("name", ALL_R)
def test_cc0_lme4(simulated, name):
    y, x, cluster, values = simulated
    there = values[name]
    fit = random_intercept_logit(y, x, cluster, points=ALL_R[name])
    assert fit.coef == pytest.approx(numbers(there["fixef"]), abs=LME4)
    assert fit.std_error == pytest.approx(numbers(there["se"]), rel=LME4)
    assert fit.spread.sd == pytest.approx(there["sd"], abs=LME4)
    assert fit.modes == pytest.approx(there["ranef_mode"], abs=LME4)
    z = numbers(there["fixef"]) / numbers(there["se"])
    assert fit.p_value == pytest.approx(2 * special.ndtr(-np.abs(z)), rel=1e-4)


@pytest.mark.parametrize("name", ALL_R)
def test_public_counts(reference, name):
    case = reference("public", "retr_glmm")
    table, there = case.table(), case.values[name]
    sick, size = table["incidence"].astype(int), table["size"].astype(int)
    rows = np.repeat(np.arange(len(size)), size)
    y = np.concatenate([np.arange(n) < k for k, n in zip(sick, size, strict=True)])
    x = (table["period"][rows][:, None] == [1, 2, 3, 4]).astype(float)
    x[:, 0] = 1.0
    fit = random_intercept_logit(y, x, table["herd"][rows], points=ALL_R[name])
    assert fit.coef == pytest.approx(numbers(there["fixef"]), abs=LME4)
    assert fit.std_error == pytest.approx(numbers(there["se"]), rel=LME4)
    assert fit.spread.sd == pytest.approx(there["sd_herd"], abs=LME4)
    assert fit.modes == pytest.approx(there["ranef"], abs=LME4)
    if name == "laplace":
        # lme4's rows are counts, whose likelihood also counts the orders
        orders = np.log(special.binom(size, sick)).sum()
        assert fit.loglik + orders == pytest.approx(there["logLik"], abs=1e-6)


# properties


def test_order_of_rows_and_units_change_nothing(simulated):
    y, x, cluster, _ = simulated
    first = random_intercept_logit(y, x, cluster, points=9)
    order = np.random.default_rng(2).permutation(len(y))
    second = random_intercept_logit(y[order], x[order] * [1, 1, 50], cluster[order], points=9)
    assert second.coef * [1, 1, 50] == pytest.approx(first.coef, abs=1e-7)
    assert second.p_value == pytest.approx(first.p_value, abs=1e-7)
    assert second.spread.sd == pytest.approx(first.spread.sd, abs=1e-7)
    turned = random_intercept_logit(1 - y, x, cluster, points=9)
    assert turned.coef == pytest.approx(-first.coef, abs=1e-6)
    assert turned.modes == pytest.approx(-first.modes, abs=1e-6)


# refusals


def test_refusals():
    y, one = np.array([1, 0, 1, 0, 1, 1.0]), np.ones(6)
    assert "one cluster" in random_intercept_logit(y, one, one).why
    assert "no cluster has two rows" in random_intercept_logit(y, one, np.arange(6)).why
    assert "same in every row" in random_intercept_logit(one, one, [1, 1, 2, 2, 3, 3]).why
    apart = np.column_stack([one, y])
    assert "perfectly" in random_intercept_logit(y, apart, [1, 1, 2, 2, 3, 3]).why
    twice = np.ones((6, 2))
    assert "collinear" in random_intercept_logit(y, twice, [1, 1, 2, 2, 3, 3]).why
    whole = np.repeat([1.0, 0.0, 1.0, 0.0], 8)
    found = random_intercept_logit(whole, np.ones(32), np.repeat(np.arange(4), 8))
    assert "all or nothing" in found.why


def test_wrong_calls():
    y, pairs = [1, 0, 1, 0, 1, 1], [1, 1, 2, 2, 3, 3]
    with pytest.raises(ValueError, match="whole number from 1"):
        random_intercept_logit(y, np.ones(6), pairs, points=0)
    with pytest.raises(ValueError, match="only 0 and 1"):
        random_intercept_logit([0.5, 0, 1, 0, 1, 1], np.ones(6), pairs)
    with pytest.raises(ValueError, match="conf_level"):
        random_intercept_logit(y, np.ones(6), pairs, conf_level=0)


@settings(max_examples=5)
@given(st.integers(0, 10_000), st.integers(6, 25))
def test_odd_data_give_numbers_or_words(seed, n):
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(n), rng.integers(0, 3, n)])
    found = random_intercept_logit(rng.integers(0, 2, n), x, rng.integers(0, 5, n), points=5)
    if isinstance(found, Refusal):
        assert found.why
        return
    for name in ("coef", "vcov", "p_value", "modes"):
        assert np.isfinite(getattr(found, name)).all()
    assert found.loglik >= found.loglik_independent
    assert 0 <= found.spread.icc < 1
