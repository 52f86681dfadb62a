"""Firth's penalty: against R's coxphf 1.13.4, the library against our own code, and by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relatum.inference.common import Refusal
from relatum.inference.cox import cox_regression
from relatum.inference.cox_rows import CoxRows, plan_cox
from relatum.inference.firth_cox import firth_cox, firth_cox_test
from relatum.inference.firth_start_stop import FirthPlan, firth_limits, maximise_firth

# coxphf ends at a step of 1e-8, on a flat likelihood
COEF, LIMIT, P_VALUE = 1e-6, 1e-6, 1e-8


def numbers(value):
    return np.array(list(value.values()), dtype=float)


def assert_as_r(fit, values, covariates):
    assert fit.coef == pytest.approx(numbers(values["coef"]), abs=COEF)
    assert fit.std_error == pytest.approx(numbers(values["se"]), abs=COEF)
    assert np.exp(fit.conf_low) == pytest.approx(numbers(values["ci_lower_exp"]), rel=LIMIT)
    assert np.exp(fit.conf_high) == pytest.approx(numbers(values["ci_upper_exp"]), rel=LIMIT)
    assert fit.p_value == pytest.approx(numbers(values["p"]), abs=P_VALUE)
    # coxphf states the penalty for covariates divided by their standard deviations
    unit = np.log(np.std(covariates, axis=0, ddof=1)).sum()
    loglik = [fit.loglik_null - unit, fit.loglik - unit]
    assert loglik == pytest.approx(values["loglik"], abs=1e-8)


def cc0_rows(reference):
    table = reference("cc0", "surv_firth_cox").table()
    x = np.column_stack([table["f"], table["x"], table["z"]])
    return {"time": table["time"], "event": table["event"], "covariates": x}


# by hand


def test_two_groups_by_hand():
    # both events have x = 1, at risk 2 of 4 and 1 of 3: the penalty holds the estimate
    rows = CoxRows(time=[1, 2, 3, 3], event=[1, 1, 0, 0], covariates=[1.0, 1, 0, 0])
    assert isinstance(cox_regression(rows), Refusal)
    fit = firth_cox(rows)

    def penalised(b):
        shares = np.array([2, 1]) * np.exp(b) / (np.array([2, 1]) * np.exp(b) + 2)
        loglik = 2 * b - np.log(2 * np.exp(b) + 2) - np.log(np.exp(b) + 2)
        return loglik + 0.5 * np.log((shares * (1 - shares)).sum())

    assert fit.loglik == pytest.approx(penalised(fit.coef[0]), abs=1e-10)
    assert fit.loglik_null == pytest.approx(penalised(0.0), abs=1e-10)
    assert penalised(fit.coef[0]) > max(penalised(fit.coef[0] + s) for s in (-1e-3, 1e-3))
    drop = fit.loglik - penalised(fit.conf_low[0])
    assert drop == pytest.approx(3.841458820694124 / 2, abs=1e-7)


# against R


def test_cc0(reference):
    values = reference("cc0", "surv_firth_cox").values
    rows = cc0_rows(reference)
    assert_as_r(firth_cox(CoxRows(**rows)), values["profile"], rows["covariates"])
    fewer = {**rows, "covariates": rows["covariates"][:, 1:]}
    fit = firth_cox(CoxRows(**fewer))
    assert_as_r(fit, values["without_f_profile"], fewer["covariates"])


def test_cc0_tests_of_several(reference):
    values = reference("cc0", "surv_firth_cox").values
    rows = CoxRows(**cc0_rows(reference), names=("f", "x", "z"))
    for name, covariates in (("test_f", ("f",)), ("test_f_z", ("f", "z"))):
        found = firth_cox_test(rows, covariates=covariates)
        low, high = values[name]["loglik"]
        assert found.df == values[name]["df"]
        assert found.statistic == pytest.approx(2 * (high - low), abs=1e-8)
        assert found.p_value == pytest.approx(values[name]["p"], rel=1e-6)


@pytest.mark.parametrize("kind", ["cc0", "public"])
def test_start_stop(reference, kind):
    case = reference(kind, "surv_firth_cox")
    table = case.table("startstop.csv")
    values = case.values["startstop_profile" if kind == "cc0" else "startstop_td"]
    rows = CoxRows(
        time=table["stop"], entry=table["start"], event=table["event"], covariates=table["x1"]
    )
    assert_as_r(firth_cox(rows), values, rows.covariates)


def test_public_breast_and_small(reference):
    case = reference("public", "surv_firth_cox")
    breast, small, values = case.table("breast.csv"), case.table("small.csv"), case.values
    names = ("T", "N", "G", "CD")
    x = np.column_stack([breast[name] for name in names])
    rows = CoxRows(time=breast["TIME"], event=breast["CENS"], covariates=x, names=names)
    fit = firth_cox(rows)
    assert_as_r(fit, values["breast_pl"], x)
    found = firth_cox_test(rows, covariates=("T", "G"))
    assert found.p_value == pytest.approx(values["test_T_G"]["p"], rel=1e-6)
    x = np.column_stack([small["x"], small["z"]])
    rows = CoxRows(time=small["time"], event=small["event"], covariates=x)
    assert_as_r(firth_cox(rows), values["monotone_small"], x)


# properties


def test_our_own_code_agrees_with_the_library(reference):
    rows = cc0_rows(reference)
    library = firth_cox(CoxRows(**rows))
    own = firth_cox(CoxRows(**rows, entry=np.full(len(rows["time"]), -1.0)))
    for name in ("coef", "std_error", "p_value", "conf_low", "conf_high"):
        assert getattr(own, name) == pytest.approx(getattr(library, name), abs=1e-6), name


def test_gradient_is_the_derivative(reference):
    own = FirthPlan(plan_cox(CoxRows(**cc0_rows(reference)), what=""))
    coef, step = np.array([0.7, 0.3, -0.2]), 1e-5
    at = own.evaluate(coef)
    for j in range(3):
        up, down = (own.evaluate(coef + s * step * np.eye(3)[j]) for s in (1, -1))
        slope = (up.loglik - down.loglik) / (2 * step)
        assert slope == pytest.approx(at.gradient[j], abs=1e-7)


def test_unit_of_a_covariate_only_scales(reference):
    rows = cc0_rows(reference)
    first = firth_cox(CoxRows(**rows))
    second = firth_cox(CoxRows(**{**rows, "covariates": rows["covariates"] * [1, 100, 0.01]}))
    assert second.coef * [1, 100, 0.01] == pytest.approx(first.coef, rel=1e-6)
    assert second.p_value == pytest.approx(first.p_value, rel=1e-6)


def test_more_confidence_gives_wider_limits(reference):
    rows = CoxRows(**cc0_rows(reference))
    wide, narrow = (firth_cox(rows, conf_level=level) for level in (0.99, 0.9))
    assert (wide.conf_low < narrow.conf_low).all()
    assert (wide.conf_high > narrow.conf_high).all()


def test_strata_keep_groups_apart():
    # the same rows twice, in two strata: the likelihood doubles but for the penalty
    rng = np.random.default_rng(8)
    base = {"time": rng.permutation(30) + 1.0, "event": rng.random(30) < 0.5}
    base["covariates"] = rng.normal(size=(30, 1))
    twice = {name: np.concatenate([column, column]) for name, column in base.items()}
    strata = np.repeat(["a", "b"], 30)
    own = FirthPlan(plan_cox(CoxRows(**base), what=""))
    double = FirthPlan(plan_cox(CoxRows(**twice, strata=strata), what=""))
    one, two = own.evaluate(np.array([0.4])), double.evaluate(np.array([0.4]))
    assert two.information == pytest.approx(2 * one.information)
    assert isinstance(firth_cox(CoxRows(**twice, strata=strata)).coef[0], float)


# refusals


def test_refusals():
    rows = {"time": [1.0, 2, 3, 4], "event": [1, 1, 0, 0]}
    found = firth_cox(CoxRows(**{**rows, "event": [0, 0, 0, 0]}, covariates=[1.0, 0, 1, 0]))
    assert isinstance(found, Refusal)
    assert "no event" in found.why
    twice = np.column_stack([[1.0, 0, 1, 0], [1.0, 0, 1, 0]])
    assert "follows from the others" in firth_cox(CoxRows(**rows, covariates=twice)).why
    apart = CoxRows(**rows, covariates=[1.0, 1, 0, 0], strata=[1, 1, 0, 0], names=("a",))
    assert "a does not vary among those at risk" in firth_cox(apart).why
    assert "a does not vary" in firth_cox_test(apart, covariates=("a",)).why


def test_wrong_calls():
    rows = {"time": [1.0, 2, 3, 4], "event": [1, 1, 0, 0], "covariates": [1.0, 0, 1, 0]}
    with pytest.raises(ValueError, match="weights"):
        firth_cox(CoxRows(**rows, weights=[1, 1, 2, 1]))
    with pytest.raises(ValueError, match="conf_level"):
        firth_cox(CoxRows(**rows), conf_level=1.0)
    with pytest.raises(ValueError, match="no such covariate: b"):
        firth_cox_test(CoxRows(**rows), covariates=("b",))


@st.composite
def odd_rows(draw):
    n = draw(st.integers(3, 10))

    def column(*values):
        return np.array(draw(st.lists(st.sampled_from(values), min_size=n, max_size=n)), float)

    entry = column(0, 1) if draw(st.booleans()) else None
    return CoxRows(
        time=column(2, 3, 4, 5),
        event=column(0, 1),
        covariates=np.column_stack([column(0, 1), column(0, 1, 5)]),
        entry=entry,
    )


@settings(max_examples=10)
@given(odd_rows())
def test_odd_data_give_numbers_or_words(rows):
    found = firth_cox(rows)
    if isinstance(found, Refusal):
        assert found.why
        return
    for name in ("coef", "std_error", "p_value", "loglik"):
        assert np.isfinite(getattr(found, name)).all()
    assert (found.conf_low <= found.coef + 1e-6).all()
    assert (found.conf_high >= found.coef - 1e-6).all()
    own = FirthPlan(plan_cox(rows, what=""))
    best = maximise_firth(own, np.zeros(2), np.ones(2, dtype=bool))
    assert best is None or best[1].loglik == pytest.approx(found.loglik, abs=1e-6)
    assert firth_limits(own, best[0], 0, conf_level=0.95)[0] < best[0][0] if best else True
