"""Penalised fits: by hand, against logistf 1.26, brglm2 0.9 and firthmodels, and properties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relatum.inference.common import Refusal
from relatum.inference.firth_logit import (
    firth_logit,
    firth_logit_test,
    flac_logit,
    flic_logit,
    log_f_logit,
)
from relatum.inference.logit import logit_regression
from relatum.inference.logit_rows import LogitRows

# logistf stops early on flat likelihoods: its coefficients hold 2e-5, what follows from them less
COEF, LIMIT, P_VALUE = 2e-5, 1e-4, 1e-5
FITS = (firth_logit, flic_logit, flac_logit, log_f_logit)
FIELDS = ("coef", "std_error", "p_value", "conf_low", "conf_high")


def numbers(value):
    return np.array(list(value.values()) if isinstance(value, dict) else value, dtype=float)


def take(table, outcome, names):
    x = np.column_stack([table[name] for name in names])
    kept = np.isfinite(x).all(axis=1) & np.isfinite(table[outcome])
    return LogitRows(outcome=table[outcome][kept], covariates=x[kept], names=names)


def cc0_rows(reference):
    case = reference("cc0", "retr_firth_logistic")
    return take(case.table(), "y", ("x1", "b", "sep")), case.values


PUBLIC = {
    "sex2": ("sex2.csv", "case", ("age", "oc", "vic", "vicl", "vis", "dia")),
    "endometrial": ("endometrial.csv", "HG", ("NV", "PI", "EH")),
}


def assert_as_logistf(fit, want):
    assert fit.coef == pytest.approx(numbers(want["coef"]), abs=4 * COEF)
    assert fit.conf_low == pytest.approx(numbers(want["ci_lower"]), abs=LIMIT)
    assert fit.conf_high == pytest.approx(numbers(want["ci_upper"]), abs=LIMIT)
    assert fit.p_value == pytest.approx(numbers(want["p"]), abs=P_VALUE)


# by hand


def test_groups_by_hand():
    # a saturated model: Firth adds half a row with and half a row without the outcome per group
    rows = LogitRows(
        outcome=[1, 1, 1, 1, 0, 0, 1, 0, 0], covariates=[1, 1, 1, 1, 0, 0, 0, 0, 0], names=("a",)
    )
    fit = firth_logit(rows)
    low = np.log(1.5 / 4.5)
    assert fit.coef == pytest.approx([low, np.log(4.5 / 0.5) - low], abs=1e-10)
    shares = np.where(rows.covariates[:, 0] == 1, 0.9, 0.25)
    weights = shares * (1 - shares)
    design = np.column_stack([np.ones(9), rows.covariates])
    information = (design * weights[:, None]).T @ design
    assert fit.vcov == pytest.approx(np.linalg.inv(information))
    loglik = np.log(np.where(rows.outcome == 1, shares, 1 - shares)).sum()
    want = loglik + 0.5 * np.log(np.linalg.det(information))
    assert fit.loglik == pytest.approx(want, abs=1e-10)


def test_log_f_by_hand():
    # two groups with half a row of either outcome for the slope alone
    rows = LogitRows(outcome=[1, 1, 1, 0, 0, 1], covariates=[1, 1, 1, 0, 0, 0])
    fit = log_f_logit(rows)
    constant, slope = fit.coef
    shares = 1 / (1 + np.exp(-np.array([constant + slope, constant, slope])))
    score = [4 - 3 * shares[0] - 3 * shares[1], 3 - 3 * shares[0] + 0.5 - shares[2]]
    assert score == pytest.approx([0, 0], abs=1e-9)


# against R


@pytest.mark.parametrize("name", ["firth_tight", "tiny_tight"])
def test_firth_to_the_last_digits(reference, name):
    rows, values = cc0_rows(reference)
    if name == "tiny_tight":
        table = reference("cc0", "retr_firth_logistic").table("tiny.csv")
        rows = take(table, "y", ("x",))
    fit, want = firth_logit(rows), values[name]
    assert fit.coef == pytest.approx(numbers(want["coef"]), abs=1e-9)
    assert fit.loglik == pytest.approx(want["penalised_loglik"], abs=1e-11)
    assert fit.conf_low == pytest.approx(numbers(want["ci_lower"]), abs=1e-9)
    assert fit.conf_high == pytest.approx(numbers(want["ci_upper"]), abs=1e-9)
    assert fit.p_value == pytest.approx(numbers(want["plr_p"]), rel=1e-9)


def test_firth_errors_of_both_kinds(reference):
    rows, values = cc0_rows(reference)
    by_information = values["brglm2"]["AS_mean"]
    fit = firth_logit(rows)
    assert fit.std_error == pytest.approx(numbers(by_information["se"]), abs=1e-9)
    assert fit.coef == pytest.approx(numbers(by_information["coef"]), abs=1e-9)
    wald = firth_logit(rows, limits="wald", errors="augmented")
    want = values["firth_wald"]
    assert wald.std_error == pytest.approx(numbers(want["se"]), abs=COEF)
    assert_as_logistf(wald, want)
    assert wald.fitted.mean() == pytest.approx(want["mean_pred"], abs=COEF)
    assert wald.fitted[:5] == pytest.approx(want["pred_first5"], abs=COEF)


def test_firth_tests_of_several(reference):
    rows, values = cc0_rows(reference)
    fit = firth_logit(rows)
    one = firth_logit_test(rows, covariates=("sep",))
    assert one.p_value == pytest.approx(values["test_sep"]["p"], rel=1e-6)
    assert one.statistic == pytest.approx(values["test_sep"]["chisq"], abs=1e-6)
    # what logistf prints for the whole model has the constant free
    assert fit.loglik_null == pytest.approx(values["firth_profile"]["loglik"][1], abs=1e-6)
    joint = firth_logit_test(rows, covariates=("x1", "b", "sep"))
    assert joint.statistic == pytest.approx(fit.likelihood_ratio.statistic)
    assert joint.df == values["test_all"]["df"]
    assert joint.p_value == pytest.approx(values["test_all"]["p"], rel=1e-6)


def test_flic_and_flac(reference):
    rows, values = cc0_rows(reference)
    flic, want = flic_logit(rows), values["flic"]
    assert flic.coef == pytest.approx(numbers(want["coef"]), abs=COEF)
    assert flic.conf_low == pytest.approx(numbers(want["ci_lower"]), abs=LIMIT)
    assert flic.conf_high == pytest.approx(numbers(want["ci_upper"]), abs=LIMIT)
    # logistf's p value of the constant is not that of its limits
    assert flic.p_value[1:] == pytest.approx(numbers(want["p"])[1:], abs=P_VALUE)
    assert flic.fitted.mean() == pytest.approx(rows.outcome.mean(), abs=1e-10)
    assert flic.fitted[:5] == pytest.approx(want["pred_first5"], abs=COEF)
    flac, want = flac_logit(rows), values["flac"]
    assert_as_logistf(flac, want)
    assert flac.loglik == pytest.approx(want["loglik"][0], abs=1e-4)
    assert flac.fitted.mean() == pytest.approx(rows.outcome.mean(), abs=1e-10)
    assert flac.fitted[:5] == pytest.approx(want["pred_first5"], abs=COEF)


def test_log_f_equals_glm_with_pseudo_rows(reference):
    case = reference("cc0", "retr_logit")
    want = case.values["log_f"]
    fit = log_f_logit(take(case.table(), "y", ("contact", "months", "charge")))
    assert fit.coef == pytest.approx(want["coef"], abs=1e-9)
    assert fit.std_error == pytest.approx(want["se"], abs=1e-9)
    assert fit.loglik == pytest.approx(want["loglik"], abs=1e-9)
    assert fit.p_value == pytest.approx(want["lr_p"], abs=1e-9)
    assert fit.conf_low == pytest.approx(want["ci_lower"], abs=1e-8)
    assert fit.conf_high == pytest.approx(want["ci_upper"], abs=1e-8)


@pytest.mark.parametrize("name", PUBLIC)
def test_public_cases(reference, name):
    case = reference("public", "retr_firth_logistic")
    file, outcome, names = PUBLIC[name]
    rows, values = take(case.table(file), outcome, names), case.values[name]
    fit = firth_logit(rows)
    assert_as_logistf(fit, values["firth_profile"])
    assert fit.loglik == pytest.approx(values["firth_profile"]["loglik"]["full"], abs=1e-7)
    wald = firth_logit(rows, limits="wald", errors="augmented")
    assert wald.std_error == pytest.approx(numbers(values["firth_wald"]["se"]), abs=4 * COEF)
    flic = flic_logit(rows)
    assert flic.coef == pytest.approx(numbers(values["flic"]["coef"]), abs=4 * COEF)
    assert_as_logistf(flac_logit(rows), values["flac"])
    if name == "endometrial":
        want = case.values["endometrial_brglm2"]["AS_mean"]
        assert fit.coef == pytest.approx(numbers(want["coef"]), abs=1e-8)
        assert fit.std_error == pytest.approx(numbers(want["se"]), abs=1e-8)


@pytest.mark.parametrize("name", ["separation", "one_event"])
def test_public_small_cases(reference, name):
    case = reference("public", "retr_firth_logistic")
    want = case.values["complete_separation" if name == "separation" else name]
    fit = firth_logit(take(case.table(f"{name}.csv"), "y", ("x",)))
    # the package stops here about 5e-5 from the maximum; its limits come from a search of their own
    assert fit.coef == pytest.approx(numbers(want["coef"]), abs=1e-4)
    assert fit.conf_low == pytest.approx(numbers(want["ci_lower"]), abs=LIMIT)
    assert fit.conf_high == pytest.approx(numbers(want["ci_upper"]), abs=LIMIT)
    assert fit.p_value[1] == pytest.approx(numbers(want["p"])[1], abs=P_VALUE)


def test_firthmodels_agrees(reference):
    from firthmodels import FirthLogisticRegression

    rows, _ = cc0_rows(reference)
    model = FirthLogisticRegression().fit(rows.covariates, rows.outcome)
    model.lrt()
    limits = np.roll(model.conf_int(method="pl"), 1, axis=0)
    fit = firth_logit(rows)
    # it stops at steps of 1e-4
    assert np.column_stack([fit.conf_low, fit.conf_high]) == pytest.approx(limits, abs=1e-6)
    assert fit.p_value == pytest.approx(np.roll(model.lrt_pvalues_, 1), abs=1e-6)


# properties


def odd_rows(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(5, 30))
    x = np.column_stack([rng.integers(0, 2, n), np.round(rng.normal(size=n), 1)])
    return LogitRows(outcome=(rng.random(n) < 0.25).astype(float), covariates=x)


@settings(max_examples=30)
@given(st.integers(0, 100_000))
def test_odd_data_give_numbers_in_order_or_words(seed):
    rows = odd_rows(seed)
    for fit in FITS:
        found = fit(rows)
        if isinstance(found, Refusal):
            assert "same in every row" in found.why or "follows from" in found.why, found
            continue
        for name in FIELDS:
            assert np.isfinite(getattr(found, name)).all(), (fit, name)
        assert (found.conf_low < found.coef).all()
        assert (found.conf_high > found.coef).all()
        if fit is not firth_logit:
            assert found.fitted.mean() == pytest.approx(rows.outcome.mean(), abs=1e-8)


@pytest.mark.parametrize("fit", FITS)
def test_order_and_units_change_nothing(reference, fit):
    rows, _ = cc0_rows(reference)
    first = fit(rows)
    order = np.random.default_rng(1).permutation(len(rows.outcome))
    # the log-F penalty alone has a unit
    unit = np.array([1, 1, 1]) if fit is log_f_logit else np.array([1000, 1, 0.01])
    other = LogitRows(outcome=rows.outcome[order], covariates=rows.covariates[order] * unit)
    second = fit(other)
    for name in ("coef", "std_error", "conf_low", "conf_high"):
        assert getattr(second, name)[1:] * unit == pytest.approx(getattr(first, name)[1:], abs=1e-8)
    assert second.p_value == pytest.approx(first.p_value, abs=1e-9)
    wide = fit(rows, conf_level=0.99)
    assert (wide.conf_low < first.conf_low).all()
    assert (wide.conf_high > first.conf_high).all()


def test_turning_the_outcome_turns_the_signs(reference):
    rows, _ = cc0_rows(reference)
    first = firth_logit(rows)
    turned = firth_logit(LogitRows(outcome=1 - rows.outcome, covariates=rows.covariates))
    assert turned.coef == pytest.approx(-first.coef, abs=1e-8)
    assert turned.conf_low == pytest.approx(-first.conf_high, abs=1e-8)


def test_many_rows_come_near_maximum_likelihood():
    rng = np.random.default_rng(4)
    x = rng.normal(size=(3000, 2))
    y = (rng.random(3000) < 1 / (1 + np.exp(1 - x[:, 0]))).astype(float)
    rows = LogitRows(outcome=y, covariates=x)
    plain = logit_regression(rows, limits="wald")
    for fit in FITS:
        assert fit(rows, limits="wald").coef == pytest.approx(plain.coef, abs=5e-3)


def test_weights_stand_for_rows():
    few = {"outcome": [1, 0, 1, 0], "covariates": [1, 1, 0, 0], "weights": [3, 2, 1, 3]}
    many = {"outcome": [1] * 3 + [0] * 2 + [1] + [0] * 3, "covariates": [1] * 5 + [0] * 4}
    for fit in FITS:
        one, two = fit(LogitRows(**few)), fit(LogitRows(**many))
        for name in FIELDS:
            assert getattr(one, name) == pytest.approx(getattr(two, name), abs=1e-8), (fit, name)


# refusals and wrong calls


@pytest.mark.parametrize("fit", FITS)
def test_refusals(fit):
    rows = {"outcome": [1, 0, 0, 1], "covariates": [[1.0], [0], [1], [0]]}
    constant = fit(LogitRows(**{**rows, "outcome": [0, 0, 0, 0]}))
    assert "the outcome is the same in every row" in constant.why
    twice = fit(LogitRows(**{**rows, "covariates": [[1.0, 1], [0, 0], [1, 1], [0, 0]]}))
    assert "follows from other covariates" in twice.why


def test_wrong_calls():
    rows = LogitRows(outcome=[1, 0, 0, 1], covariates=[1, 0, 1, 0])
    with pytest.raises(ValueError, match="errors must be one of information, augmented"):
        firth_logit(rows, errors="robust")
    for fit in FITS:
        with pytest.raises(ValueError, match="limits must be"):
            fit(rows, limits="exact")
    with pytest.raises(ValueError, match="no such covariate: z"):
        firth_logit_test(rows, covariates=("z",))
