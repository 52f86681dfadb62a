"""Two samples made alike: by hand, against direct standardisation, and properties."""

import numpy as np
import pytest
from scipy import special

from relatum.inference.common import Refusal
from relatum.inference.firth_logit import flic_logit
from relatum.inference.logit_rows import LogitRows
from relatum.inference.standardisation import (
    standardise_g,
    standardise_g_each,
    standardise_weights,
    standardise_weights_each,
)

BOTH = (standardise_g, standardise_weights)
NONE = np.empty((0, 0))


def sample(seed, *, mean=0.0, n_cases=6, size=5, k=1):
    rng = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(n_cases), size)
    x = rng.normal(mean, 1.0, (len(cluster), k))
    y = (rng.random(len(cluster)) < special.expit(x[:, 0])).astype(float)
    return y, x, cluster


def stratum(outcomes, level, cluster):
    """Rows of one stratum, dealt to cases in turn."""
    return outcomes, [[level]] * len(outcomes), [cluster + i % 4 for i in range(len(outcomes))]


def stratified(ones_0, n_0, ones_1, n_1):
    """Rows with a covariate of 0 and 1, in four cases that hold both."""
    y = [1] * ones_0 + [0] * (n_0 - ones_0) + [1] * ones_1 + [0] * (n_1 - ones_1)
    x = np.repeat([0.0, 1.0], [n_0, n_1])[:, None]
    return np.array(y, float), x, np.arange(n_0 + n_1) % 4


# by hand


@pytest.mark.parametrize("method", BOTH)
def test_without_covariates_it_is_the_difference_of_the_shares(method):
    a = (np.array([1, 1, 0, 1, 0, 0.0]), np.empty((6, 0)), [1, 1, 2, 2, 3, 3])
    b = (np.array([0, 0, 0, 1.0]), np.empty((4, 0)), [1, 1, 2, 2])
    found = method(*a, *b)
    assert (found.estimate_a, found.estimate_b) == pytest.approx((0.5, 0.25))
    assert found.difference == pytest.approx(0.25)
    # shares without one case: a 1/4, 2/4, 3/4; b 1/2, 0
    var_a = 2 / 3 * (1 / 16 + 0 + 1 / 16)
    var_b = 1 / 2 * (1 / 16 + 1 / 16)
    assert found.std_error_a == pytest.approx(np.sqrt(var_a))
    assert found.std_error_b == pytest.approx(np.sqrt(var_b))
    assert found.std_error == pytest.approx(np.sqrt(var_a + var_b))
    assert found.df == pytest.approx((var_a + var_b) ** 2 / (var_a**2 / 2 + var_b**2 / 1))
    assert (found.effective_n_a, found.effective_n_b) == pytest.approx((6, 4))
    assert (found.n_cases_a, found.n_rows_b, found.n_truncated) == (3, 4, 0)
    assert found.smd_before.shape == (0,)


def test_a_linear_model_of_strata_is_direct_standardisation():
    a, b = stratified(3, 12, 9, 12), stratified(4, 8, 10, 32)
    found = standardise_g(*a, *b, binary=False)
    # a's shares 1/4 and 3/4, over b's strata of 8 and 32
    assert found.estimate_a == pytest.approx((8 / 4 + 32 * 3 / 4) / 40)
    assert found.estimate_b == pytest.approx(14 / 40)
    turned = standardise_g(*a, *b, binary=False, target="a")
    assert turned.estimate_b == pytest.approx((4 / 8 + 10 / 32) / 2)
    assert turned.estimate_a == pytest.approx(12 / 24)
    # implied weights: those of the strata, 8/40 and 32/40 over 12 rows each
    weights = np.repeat([0.2 / 12, 0.8 / 12], 12)
    assert found.effective_n_a == pytest.approx(1 / (weights**2).sum())
    assert found.effective_n_b == pytest.approx(40)
    p = (0.5, 0.8)
    spread = np.sqrt((p[0] * (1 - p[0]) * 24 / 23 + p[1] * (1 - p[1]) * 40 / 39) / 2)
    assert found.smd_before == pytest.approx((p[0] - p[1]) / spread)
    assert found.smd_after == pytest.approx(0, abs=1e-12)


def test_logit_predictions_by_hand():
    a, b = sample(1, mean=0.5), sample(2)
    found = standardise_g(*a, *b)
    fit = flic_logit(LogitRows(outcome=a[0], covariates=a[1]), limits="wald")
    expected = special.expit(fit.coef[0] + b[1][:, 0] * fit.coef[1]).mean()
    assert found.estimate_a == pytest.approx(expected, abs=1e-10)
    # FLIC: a sample's own rows are predicted at its own share
    assert found.estimate_b == pytest.approx(b[0].mean(), abs=1e-8)


def test_odds_by_hand():
    a, b = sample(1, mean=0.5), sample(2)
    member = np.repeat([0.0, 1.0], [30, 30])
    rows = LogitRows(outcome=member, covariates=np.concatenate([a[1], b[1]]))
    fit = flic_logit(rows, limits="wald")
    odds = np.exp(fit.coef[0] + fit.coef[1] * a[1][:, 0])
    found = standardise_weights(*a, *b)
    assert found.estimate_a == pytest.approx(np.average(a[0], weights=odds), abs=1e-10)
    assert found.estimate_b == pytest.approx(b[0].mean())
    assert found.effective_n_a == pytest.approx(odds.sum() ** 2 / (odds**2).sum())
    assert found.effective_n_b == pytest.approx(30)
    assert abs(found.smd_after[0]) < abs(found.smd_before[0])


def test_large_weights_are_cut():
    a, b = sample(1, mean=0.5), sample(2)
    free, cut = standardise_weights(*a, *b), standardise_weights(*a, *b, largest=1.5)
    assert free.n_truncated == 0
    assert cut.n_truncated > 0
    assert cut.effective_n_a > free.effective_n_a
    assert abs(cut.smd_after[0]) > abs(free.smd_after[0])


def test_many_rows_give_all_methods_one_answer():
    a = stratified(300, 1200, 900, 1200)
    b = stratified(400, 800, 1000, 3200)
    expected = (0.2 / 4 + 0.8 * 3 / 4) - 1400 / 4000
    for found in (standardise_g(*a, *b), standardise_weights(*a, *b)):
        assert found.difference == pytest.approx(expected, abs=2e-3)


# properties


@pytest.mark.parametrize("method", BOTH)
def test_rows_and_names_of_cases_do_not_matter(method):
    a, b = sample(1, mean=0.5), sample(2)
    rng = np.random.default_rng(5)
    p, q = rng.permutation(30), rng.permutation(30)
    names = np.array(list("zyxwvu"))
    moved = (a[0][p], a[1][p], names[a[2]][p]), (b[0][q], b[1][q], 100 - b[2][q])
    first, again = method(*a, *b), method(*moved[0], *moved[1])
    for name in ("difference", "std_error", "df", "effective_n_a", "estimate_a"):
        assert getattr(again, name) == pytest.approx(getattr(first, name), rel=1e-7)


@pytest.mark.parametrize("method", BOTH)
@pytest.mark.parametrize(("target", "other"), [("b", "a"), ("pooled", "pooled")])
def test_swapping_the_samples_turns_the_difference(method, target, other):
    a, b = sample(1, mean=0.5), sample(2)
    first, turned = method(*a, *b, target=target), method(*b, *a, target=other)
    assert turned.difference == pytest.approx(-first.difference, abs=1e-7)
    assert turned.std_error == pytest.approx(first.std_error, rel=1e-6)
    assert turned.std_error_a == pytest.approx(first.std_error_b, rel=1e-6)
    assert turned.smd_before == pytest.approx(-first.smd_before)
    limits = first.limits(0.9)
    assert limits.conf_low < first.difference < limits.conf_high
    assert limits.width < first.limits().width


@pytest.mark.parametrize(
    ("one", "each"),
    [(standardise_g, standardise_g_each), (standardise_weights, standardise_weights_each)],
)
def test_several_outcomes_are_each_as_alone(one, each):
    a, b = sample(1, mean=0.5), sample(2)
    ys = [np.column_stack([y, np.ones(30), 1 - y, np.arange(30) % 2]) for y in (a[0], b[0])]
    ys[1][:, 1] = b[0]
    found = each(ys[0], *a[1:], ys[1], *b[1:], target="pooled")
    assert [isinstance(result, Refusal) for result in found] == [False, True, False, False]
    for j, result in enumerate(found):
        alone = one(ys[0][:, j], *a[1:], ys[1][:, j], *b[1:], target="pooled")
        if isinstance(alone, Refusal):
            assert result == alone
            continue
        for name in ("difference", "std_error", "df", "effective_n_a", "smd_after"):
            assert getattr(result, name) == pytest.approx(getattr(alone, name), rel=1e-12)
    # what is not recorded is the complement of what is
    assert found[2].difference == pytest.approx(-found[0].difference, abs=1e-9)
    assert found[2].std_error == pytest.approx(found[0].std_error, abs=1e-9)
    assert each(ys[0][:, :0], *a[1:], ys[1][:, :0], *b[1:]) == ()
    found = each(ys[0], a[1], a[2], ys[1], b[1] + 100, b[2])
    assert "no overlap" in found[0].why
    assert "the outcome is the same" in found[1].why


@pytest.mark.parametrize("target", ["a", "b", "pooled"])
def test_cases_left_out_one_by_one(target):
    a, b = sample(1, mean=0.5), sample(2, n_cases=5)
    found = standardise_g(*a, *b, target=target)

    def difference(use_a, use_b):
        held = [(part[0][use], part[1][use]) for part, use in ((a, use_a), (b, use_b))]
        design = {
            "a": held[0][1],
            "b": held[1][1],
            "pooled": np.concatenate([held[0][1], held[1][1]]),
        }
        means = []
        for y, x in held:
            coef = flic_logit(LogitRows(outcome=y, covariates=x), limits="wald").coef
            means.append(special.expit(coef[0] + design[target] @ coef[1:]).mean())
        return means[0] - means[1]

    every_a, every_b = a[2] >= 0, b[2] >= 0
    off_a = [difference(a[2] != case, every_b) - found.difference for case in range(6)]
    off_b = [difference(every_a, b[2] != case) - found.difference for case in range(5)]
    variance = 5 / 6 * np.square(off_a).sum() + 4 / 5 * np.square(off_b).sum()
    assert found.std_error == pytest.approx(np.sqrt(variance), rel=1e-8)


# what cannot be said


@pytest.mark.parametrize("method", BOTH)
def test_refusals(method):
    a, b = sample(1), sample(2)
    found = method(*a[:2], np.zeros(30), *b)
    assert "sample a has one case" in found.why
    found = method(*sample(1, k=2), *sample(2, k=2))
    assert "sample a has 6 cases for 2 covariates; needed: 4 cases" in found.why
    found = method(np.ones(30), *a[1:], *b)
    assert "the outcome is the same in every row of sample a" in found.why
    found = method(a[0], np.full((30, 1), np.nan), a[2], *b)
    assert "covariates of a hold 30 values that are not finite" in found.why
    found = method(*a, b[0], b[1] + 100, b[2], names=("depth",))
    assert "no overlap: 30 of 30 rows of the target are told apart" in found.why
    assert "by depth" in found.why
    found = method(*a[:1], np.zeros((30, 1)), a[2], b[0], np.zeros((30, 1)), b[2])
    assert "covariate 1 is the same in every row" in found.why


def test_overlap_is_asked_of_the_target_only():
    # the level 1 occurs in sample a alone
    a, b = stratified(3, 8, 4, 8), stratified(5, 12, 0, 0)
    assert not isinstance(standardise_weights(*a, *b, target="b"), Refusal)
    found = standardise_weights(*a, *b, target="a")
    assert "8 of 16 rows of the target are told apart" in found.why


def test_a_covariate_that_rests_on_one_case_is_refused():
    a, b = sample(1), sample(2)
    x = (a[2] == 0).astype(float)[:, None]
    found = standardise_g(a[0], x, a[2], b[0], (b[1] > 0).astype(float), b[2])
    assert "in sample a without one of its cases, covariate 1" in found.why
    found = standardise_g(a[0], x, a[2], b[0], (b[1] > 0).astype(float), b[2], binary=False)
    assert "in sample a without one of its cases, covariate 1" in found.why


def test_an_outcome_of_one_case_is_predicted_by_nothing_without_it():
    cluster = np.repeat(np.arange(6), 5)
    y = (cluster == 0).astype(float)
    a, b = sample(1), sample(2)
    found = standardise_g(y, *a[1:], *b)
    assert np.isfinite([found.std_error, found.estimate_a, found.df]).all()


def test_wrong_calls():
    a, b = sample(1), sample(2, k=2)
    with pytest.raises(ValueError, match=r"1 covariates, design_b 2.*2 names.*target.*outcome_a"):
        standardise_g(a[0] * 2, *a[1:], *b, target="c", names=("x", "y"))
    with pytest.raises(ValueError, match="outcome_a has 1 columns, outcome_b 2"):
        standardise_g_each(*a, np.column_stack([a[0], a[0]]), *a[1:])
    with pytest.raises(ValueError, match="outcome_a must have one dimension"):
        standardise_g(a[0][:, None], *a[1:], *a)
    with pytest.raises(ValueError, match="cluster_b"):
        standardise_weights(*a, *a[:2], [1, 2])
    with pytest.raises(ValueError, match="largest must be above 1"):
        standardise_weights(*a, *a, largest=1.0)
