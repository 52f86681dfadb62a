"""Maximum likelihood: by hand, against R's glm with limits from refits, and under separation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relatum.inference.common import Refusal
from relatum.inference.logit import logit_regression, logit_test, probit_regression
from relatum.inference.logit_rows import LogitRows
from relatum.inference.logit_separated import separated_logit_limit
from relatum.inference.separation import find_separation

COVARIATES = ("contact", "months", "charge")


def r_rows(reference):
    table = reference("cc0", "retr_logit").table()
    x = np.column_stack([table[name] for name in COVARIATES])
    return LogitRows(outcome=table["y"], covariates=x, names=COVARIATES)


# by hand


def test_two_groups_by_hand():
    # 3 of 5 and 1 of 4: saturated, so log odds of the shares
    rows = LogitRows(
        outcome=[1, 1, 1, 0, 0, 1, 0, 0, 0], covariates=[1, 1, 1, 1, 1, 0, 0, 0, 0], names=("a",)
    )
    fit = logit_regression(rows, limits="wald")
    assert fit.coef == pytest.approx([np.log(1 / 3), np.log(3 / 2) - np.log(1 / 3)], abs=1e-12)
    assert fit.std_error == pytest.approx(np.sqrt([1 + 1 / 3, 1 / 3 + 1 / 2 + 1 + 1 / 3]))
    full = 3 * np.log(0.6) + 2 * np.log(0.4) + np.log(0.25) + 3 * np.log(0.75)
    null = 4 * np.log(4 / 9) + 5 * np.log(5 / 9)
    assert [fit.loglik, fit.loglik_null] == pytest.approx([full, null])
    assert fit.likelihood_ratio.statistic == pytest.approx(2 * (full - null))
    assert (fit.names, fit.n_rows, fit.n_events) == (("constant", "a"), 9, 4)
    assert fit.conf_high - fit.coef == pytest.approx(1.959963984540054 * fit.std_error)


def test_weights_stand_for_rows():
    table = LogitRows(outcome=[1, 0, 1, 0], covariates=[1, 1, 0, 0], weights=[3, 2, 1, 3])
    full = LogitRows(outcome=[1] * 3 + [0] * 2 + [1] + [0] * 3, covariates=[1] * 5 + [0] * 4)
    one, two = logit_regression(table), logit_regression(full)
    for name in ("coef", "std_error", "p_value", "conf_low", "conf_high", "loglik"):
        assert getattr(one, name) == pytest.approx(getattr(two, name), abs=1e-9)


def test_an_offset_moves_the_constant():
    rows = {"outcome": [1, 0, 1, 1, 0, 0], "covariates": [0, 0, 0, 1, 1, 1]}
    plain = logit_regression(LogitRows(**rows))
    moved = logit_regression(LogitRows(**rows, offset=np.full(6, 0.7)))
    assert moved.coef == pytest.approx(plain.coef - [0.7, 0], abs=1e-12)
    assert moved.conf_low == pytest.approx(plain.conf_low - [0.7, 0], abs=1e-9)


# against R


def test_logit_equals_glm(reference):
    want = reference("cc0", "retr_logit").values["logit"]
    fit = logit_regression(r_rows(reference))
    # refits in R stop at 1e-15 of the deviance, and uniroot at 1e-13
    assert fit.coef == pytest.approx(want["coef"], abs=1e-9)
    assert fit.std_error == pytest.approx(want["se"], abs=1e-9)
    assert fit.loglik == pytest.approx(want["loglik"], abs=1e-10)
    assert fit.p_value == pytest.approx(want["lr_p"], abs=1e-9)
    assert fit.conf_low == pytest.approx(want["ci_lower"], abs=1e-8)
    assert fit.conf_high == pytest.approx(want["ci_upper"], abs=1e-8)


def test_probit_equals_glm(reference):
    want = reference("cc0", "retr_logit").values["probit"]
    fit = probit_regression(r_rows(reference))
    assert fit.coef == pytest.approx(want["coef"], abs=1e-7)
    # glm keeps the weights of the step before its last
    assert fit.std_error == pytest.approx(want["se"], abs=1e-6)
    assert fit.loglik == pytest.approx(want["loglik"], abs=1e-10)
    assert (fit.conf_low < fit.coef).all()
    assert (fit.conf_high > fit.coef).all()


def test_a_test_of_one_is_its_p_value(reference):
    rows = r_rows(reference)
    fit = logit_regression(rows)
    for j, name in enumerate(fit.names):
        assert logit_test(rows, covariates=(name,)).p_value == pytest.approx(fit.p_value[j])
    joint = logit_test(rows, covariates=COVARIATES)
    assert joint.df == 3
    assert joint.statistic == pytest.approx(fit.likelihood_ratio.statistic, abs=1e-10)


# separation


def test_separation_is_named():
    rows = LogitRows(
        outcome=[1, 1, 1, 0, 1, 0, 1, 0],
        covariates=np.column_stack([[1, 1, 1, 0, 0, 0, 0, 0], [1, 2, 3, 1, 2, 3, 4, 5]]),
        names=("contact", "months"),
    )
    for fit in (logit_regression, probit_regression):
        found = fit(rows)
        assert "quasi-complete separation, in 3 of 8 rows" in found.why
        assert "coefficient of contact grows without limit" in found.why
        assert "months" not in found.why


def test_far_predictions_are_no_separation():
    # one row lies 200 from the others; the estimate is finite all the same
    x = np.array([0, 1, 2, 3, 4, 5, 200.0])
    fit = logit_regression(LogitRows(outcome=[0, 1, 0, 1, 0, 1, 1], covariates=x))
    assert not isinstance(fit, Refusal)
    assert np.isfinite(fit.conf_high).all()


@settings(max_examples=40)
@given(st.integers(0, 100_000))
def test_a_fit_is_refused_if_and_only_if_rows_are_separated(seed):
    # long-tailed covariates: flat likelihoods that are easily taken for maxima
    rng = np.random.default_rng(seed)
    n = int(rng.integers(6, 25))
    x = np.column_stack([rng.integers(0, 2, n), np.exp(2 * rng.normal(size=n))])
    rows = LogitRows(outcome=(rng.random(n) < 0.3).astype(float), covariates=x)
    apart = find_separation(rows)
    for fit in (logit_regression, probit_regression):
        found = fit(rows)
        if isinstance(apart, Refusal):
            assert found.why == apart.why
        elif apart.kind != "none":
            assert found.why == apart.describe()
        else:
            assert np.isfinite([found.conf_low, found.conf_high]).all()


def test_the_limit_that_is_left_by_hand():
    # 4 of 4 against 2 of 4: the supremum is that of the second group alone
    outcome, x = [1, 1, 1, 1, 1, 1, 0, 0], [1, 1, 1, 1, 0, 0, 0, 0]
    rows = LogitRows(outcome=outcome, covariates=x, names=("contact",))
    found = separated_logit_limit(rows, covariate="contact")
    top = 4 * np.log(0.5)

    def height(b):
        grid = np.linspace(-8, 8, 400_001)
        return (6 * grid + 4 * b - 4 * np.logaddexp(0, grid) - 4 * np.logaddexp(0, grid + b)).max()

    assert found.direction == 1
    assert top - height(found.limit) == pytest.approx(3.841458820694124 / 2, abs=1e-7)
    assert found.p_value == pytest.approx(logit_p(2 * (top - height(0.0))), abs=1e-7)
    assert "contact grows" in found.why
    turned = LogitRows(outcome=outcome, covariates=1 - np.array(x), names=("none",))
    mirrored = separated_logit_limit(turned, covariate="none")
    assert mirrored.direction == -1
    assert mirrored.limit == pytest.approx(-found.limit, abs=1e-9)
    assert "finite" in separated_logit_limit(rows, covariate="constant").why


def logit_p(statistic):
    from scipy import stats

    return stats.chi2.sf(statistic, 1)


# properties


@settings(max_examples=15)
@given(st.integers(0, 10_000))
def test_order_and_units_change_nothing(seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(40, 2))
    y = (rng.random(40) < 0.4).astype(float)
    first = logit_regression(LogitRows(outcome=y, covariates=x))
    order = rng.permutation(40)
    second = logit_regression(LogitRows(outcome=y[order], covariates=x[order] * [1000, 0.01]))
    if isinstance(first, Refusal):
        assert isinstance(second, Refusal)
        return
    unit = np.array([1, 1000, 0.01])
    for name in ("coef", "std_error", "conf_low", "conf_high"):
        assert getattr(second, name) * unit == pytest.approx(getattr(first, name), abs=1e-8)
    assert second.p_value == pytest.approx(first.p_value, abs=1e-9)
    turned = logit_regression(LogitRows(outcome=1 - y, covariates=x))
    assert turned.coef == pytest.approx(-first.coef, abs=1e-9)
    assert turned.conf_low == pytest.approx(-first.conf_high, abs=1e-8)
    assert (first.conf_low < first.coef).all()
    assert (first.conf_high > first.coef).all()


# refusals and wrong calls


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"outcome": [1, 1, 1, 1]}, "same in every row"),
        ({"covariates": [[1.0], [1], [1], [1]]}, "covariate 1 is the same in every row"),
        ({"covariates": [[1.0, 2], [0, 0], [1, 2], [0, 0]]}, "covariate 2 follows from other"),
        ({"covariates": [[np.nan], [0], [1], [0]]}, "covariates hold 1 value that is not finite"),
        ({"weights": [0, 0, 0, 0]}, "every weight is zero"),
        ({"outcome": [], "covariates": np.empty((0, 1))}, "there is no row"),
    ],
)
def test_refusals(change, words):
    rows = {"outcome": [1, 0, 0, 1], "covariates": [[1.0], [0], [1], [0]]}
    for fit in (logit_regression, probit_regression):
        assert words in fit(LogitRows(**{**rows, **change})).why


def test_a_constant_alone():
    fit = logit_regression(LogitRows(outcome=[1, 0, 0, 0], covariates=np.empty((4, 0))))
    assert fit.coef == pytest.approx([np.log(1 / 3)])
    assert fit.likelihood_ratio is None
    assert fit.loglik_null == fit.loglik


def test_wrong_calls_list_every_fault():
    with pytest.raises(ValueError, match=r"only 1 and 0; .* negative; 1 names for 2 .*"):
        LogitRows(outcome=[1, 2], covariates=np.eye(2), weights=[1, -1], names=("a",))
    with pytest.raises(ValueError, match="differ from each other"):
        LogitRows(outcome=[1, 0], covariates=np.eye(2), names=("a", "a"))
    with pytest.raises(ValueError, match="differ from each other and from 'constant'"):
        LogitRows(outcome=[1, 0], covariates=[1, 0], names=("constant",))
    rows = LogitRows(outcome=[1, 0, 1, 0], covariates=[1, 0, 0, 1])
    with pytest.raises(ValueError, match="limits must be one of profile, wald"):
        logit_regression(rows, limits="exact")
    with pytest.raises(ValueError, match="conf_level"):
        logit_regression(rows, conf_level=1.0)
    with pytest.raises(ValueError, match="no such covariate: b"):
        logit_test(rows, covariates=("b",))
    with pytest.raises(ValueError, match="name a covariate"):
        logit_test(rows, covariates=())
