"""Within cases: by hand, by enumeration, against R's clogit and the exact strata of tables."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relatum.inference.common import Refusal
from relatum.inference.logit_conditional import conditional_logit, conditional_logit_limit
from relatum.inference.logit_rows import LogitRows
from relatum.inference.logit_within_cases import within_case_test

FIELDS = ("coef", "std_error", "p_value", "conf_low", "conf_high")


def r_rows(reference, *names):
    case = reference("cc0", "retr_logit")
    table = case.table()
    x = np.column_stack([table[name] for name in names])
    return LogitRows(outcome=table["y"], covariates=x, names=names), table["case"], case.values


# by hand


def test_pairs_by_hand():
    # discordant pairs: 6 with the covariate on the side of the outcome, 2 against
    outcome, x = [1, 0] * 9, [1, 0] * 6 + [0, 1] * 2 + [1, 1]
    rows = LogitRows(outcome=outcome, covariates=x, names=("contact",))
    fit = conditional_logit(rows, np.repeat(range(9), 2))
    assert fit.coef == pytest.approx([np.log(3)], abs=1e-9)
    assert fit.std_error == pytest.approx([np.sqrt(1 / 6 + 1 / 2)])
    assert fit.loglik_null == pytest.approx(-8 * np.log(2))
    assert fit.loglik == pytest.approx(6 * np.log(0.75) + 2 * np.log(0.25))
    assert (fit.n_informative, fit.n_left_out, fit.n_rows, fit.n_events) == (8, 1, 16, 8)
    share = 1 / (1 + np.exp(-fit.conf_low[0]))
    drop = fit.loglik - 6 * np.log(share) - 2 * np.log(1 - share)
    assert drop == pytest.approx(3.841458820694124 / 2, abs=1e-8)


def test_enumeration():
    rng = np.random.default_rng(6)
    x, cases = rng.normal(size=(14, 2)), np.repeat([0, 1, 2], [6, 5, 3])
    y = np.array([1, 1, 0, 0, 1, 0, 0, 1, 0, 1, 0, 1, 0, 0.0])
    fit = conditional_logit(LogitRows(outcome=y, covariates=x), cases)

    def loglik(coef):
        total = 0.0
        for case in range(3):
            inside = x[cases == case] @ coef
            chosen = int(y[cases == case].sum())
            sums = [sum(part) for part in itertools.combinations(inside, chosen)]
            total += inside[y[cases == case] == 1].sum() - np.log(np.exp(sums).sum())
        return total

    assert fit.loglik == pytest.approx(loglik(fit.coef), abs=1e-10)
    assert fit.loglik_null == pytest.approx(loglik(np.zeros(2)), abs=1e-10)
    for step in 1e-4 * np.vstack([np.eye(2), -np.eye(2)]):
        assert loglik(fit.coef + step) < fit.loglik


# against R


def test_clogit(reference):
    rows, cases, values = r_rows(reference, "contact", "months")
    want, fit = values["conditional"], conditional_logit(rows, cases)
    assert fit.coef == pytest.approx(want["coef"], abs=1e-8)
    assert fit.std_error == pytest.approx(want["se"], abs=1e-8)
    assert [fit.loglik_null, fit.loglik] == pytest.approx([want["loglik_null"], want["loglik"]])
    assert fit.p_value == pytest.approx(want["lr_p"], abs=1e-9)
    assert fit.conf_low == pytest.approx(want["ci_lower"], abs=1e-8)
    assert fit.conf_high == pytest.approx(want["ci_upper"], abs=1e-8)
    assert fit.n_informative == want["n_informative"]
    assert fit.n_informative + fit.n_left_out == 12


def test_the_limit_that_is_left(reference):
    rows, cases, values = r_rows(reference, "contact")
    kept, want = cases > 2, values["separated"]
    y = rows.outcome[kept] * rows.covariates[kept, 0]
    apart = LogitRows(outcome=y, covariates=rows.covariates[kept], names=("contact",))
    refused = conditional_logit(apart, cases[kept])
    assert "separation within cases" in refused.why
    assert "contact grows without limit" in refused.why
    found = conditional_logit_limit(apart, cases[kept], covariate="contact")
    assert found.direction == 1
    assert found.limit == pytest.approx(want["ci_lower"], abs=1e-8)
    assert found.p_value == pytest.approx(want["lr_p"], abs=1e-8)
    exact = within_case_test(y, rows.covariates[kept], cases[kept])
    assert exact.association.exact.conf_high == np.inf
    assert "as many rows with the covariate" in exact.one_sided.why
    assert "a lower limit alone" in exact.one_sided.why


@pytest.mark.parametrize("name", ["files", "sparse"])
def test_one_covariate_is_the_exact_odds_ratio(reference, name):
    case = reference("cc0", "cooc_mantel_haenszel")
    want = case.values[name]["exact_conditional_tight"]
    table = case.table()
    times = np.where(table["table"] == name, table["count"], 0).astype(int)
    columns = [np.repeat(table["row"] == "y1", times), np.repeat(table["col"] == "x1", times)]
    columns = [*columns, np.repeat(table["stratum"], times)]
    found = within_case_test(*columns)
    assert found.association.exact.estimate == pytest.approx(want["or"], rel=1e-9)
    assert found.association.p_values.minlike == pytest.approx(want["p_two_minlike"], rel=1e-9)
    fit = conditional_logit(LogitRows(outcome=columns[0], covariates=columns[1]), columns[2])
    assert np.exp(fit.coef[0]) == pytest.approx(want["or"], rel=1e-7)


# properties


def test_what_is_the_same_in_a_case_cancels(reference):
    rows, cases, _ = r_rows(reference, "contact", "months")
    first = conditional_logit(rows, cases)
    shifted = rows.covariates + np.random.default_rng(1).normal(size=(13, 2))[cases.astype(int)]
    order = np.random.default_rng(2).permutation(len(cases))
    second = conditional_logit(
        LogitRows(outcome=rows.outcome[order], covariates=shifted[order]), cases[order] * 7
    )
    for field in FIELDS:
        assert getattr(second, field) == pytest.approx(getattr(first, field), abs=1e-7), field


@settings(max_examples=25)
@given(st.integers(0, 100_000))
def test_odd_data_give_numbers_in_order_or_words(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(4, 20))
    cases, y = rng.integers(0, 4, n), rng.integers(0, 2, n).astype(float)
    x = np.column_stack([rng.integers(0, 2, n), np.round(rng.normal(size=n), 1)])
    fit = conditional_logit(LogitRows(outcome=y, covariates=x), cases)
    exact = within_case_test(y, x[:, 0], cases)
    if isinstance(fit, Refusal):
        known = ("separation", "vary", "follows from", "same in every row")
        assert any(word in fit.why for word in known), fit
    else:
        for field in FIELDS:
            assert np.isfinite(getattr(fit, field)).all()
        assert (fit.conf_low < fit.coef).all()
        assert (fit.conf_high > fit.coef).all()
    if not isinstance(exact, Refusal):
        assert exact.n_informative + exact.n_left_out == int(cases.max()) + 1 - missing(cases)


def missing(cases):
    return int(cases.max()) + 1 - len(np.unique(cases))


# refusals and wrong calls


def test_refusals(reference):
    rows, cases, _ = r_rows(reference, "contact", "charge")
    found = conditional_logit(rows, cases)
    assert "charge does not vary" in found.why
    alone = LogitRows(outcome=[1, 0, 1, 0], covariates=[1, 1, 0, 0])
    assert "vary together in no case" in conditional_logit(alone, [1, 1, 2, 2]).why
    assert "vary together in no case" in within_case_test([1, 0], [1, 1], [1, 1]).why
    assert (
        "no covariate"
        in conditional_logit(LogitRows(outcome=[1, 0], covariates=np.empty((2, 0))), [1, 1]).why
    )
    assert (
        "finite"
        in conditional_logit_limit(r_rows(reference, "contact")[0], cases, covariate="contact").why
    )


def test_wrong_calls():
    rows = LogitRows(outcome=[1, 0], covariates=[1, 0], weights=[1, 1])
    with pytest.raises(ValueError, match="no weights"):
        conditional_logit(rows, [1, 1])
    rows = LogitRows(outcome=[1, 0], covariates=[1, 0])
    with pytest.raises(ValueError, match="3 values, but there are 2 rows"):
        conditional_logit(rows, [1, 1, 1])
    with pytest.raises(ValueError, match="no such covariate: b"):
        conditional_logit_limit(rows, [1, 1], covariate="b")
    with pytest.raises(ValueError, match="only 1 and 0"):
        within_case_test([1, 0], [2, 0], [1, 1])
