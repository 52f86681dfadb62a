"""Generalised estimating equations: by hand, against R's geepack 1.3.9, and properties."""

from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relatum.inference.common import Refusal
from relatum.inference.gee import estimating_equations
from relatum.inference.gee_errors import GeeKind
from relatum.inference.robust import cluster_robust

# both sides solve the equations to 1e-11 or better; AR1 and counts as well
TIGHT = 1e-9
# cbpp, ohio and respiratory were solved to 1e-12 by geepack's own rule
PUBLIC = 1e-8


def numbers(value):
    return np.array(list(value.values()), dtype=float)


def assert_as_r(fit, values, tolerance):
    assert fit.coef == pytest.approx(numbers(values["coef"]), abs=tolerance)
    assert fit.std_error == pytest.approx(numbers(values["robust_se"]), abs=tolerance)
    assert fit.scale == pytest.approx(values["scale"], abs=tolerance)
    if fit.alpha is None:
        assert values["alpha"] == []
    else:
        assert fit.alpha == pytest.approx(values["alpha"], abs=tolerance)
    there, found = values["QIC"], fit.criterion
    assert found.qic == pytest.approx(there["QIC"], abs=1e3 * tolerance)
    assert found.qic_u == pytest.approx(there["QICu"], abs=1e3 * tolerance)
    assert found.cic == pytest.approx(there["CIC"], abs=1e2 * tolerance)
    assert found.quasi_loglik == pytest.approx(there["Quasi Lik"], abs=1e3 * tolerance)


@pytest.fixture(scope="module")
def simulated(reference):
    case = reference("cc0", "retr_gee")
    table = case.table()
    first = [np.ones(len(table["id"])), table["trt"], table["x"]]
    groups = [table["g3"] == "b", table["g3"] == "c"]
    return table, np.column_stack(first), np.column_stack(first + groups), case.values


# by hand


def test_one_mean_by_hand():
    # shares 3/4, 1/4 and 1/2 of clusters of four: residuals +-1/2, products by hand
    y = np.array([1, 1, 1, 0, 1, 0, 0, 0, 1, 1, 0, 0.0])
    cluster = np.repeat([1, 2, 3], 4)
    fit = estimating_equations(y, np.ones((12, 1)), cluster, kind="sandwich", degrees="clusters")
    # mean 1/2: Pearson residuals are +-1; sums are 2, -2 and 0; pairs add up to (s^2 - 4) / 2
    assert fit.coef[0] == pytest.approx(0.0, abs=1e-12)
    assert fit.scale == pytest.approx(1.0)
    assert fit.alpha == pytest.approx((0 + 0 - 2) / 18)
    # equal sizes and one mean: the sandwich is that of independent rows, sum of squares (1, -1, 0)
    assert fit.std_error[0] == pytest.approx(np.sqrt(2) / (12 * 0.25))
    assert fit.df == pytest.approx([2.0])
    # leverage of a cluster is 1/3
    factors = {"mancl-derouen": 1.5, "kauermann-carroll": 1.5**0.5, "fay-graubard": 1.5**0.5}
    for kind, factor in factors.items():
        other = estimating_equations(y, np.ones((12, 1)), cluster, kind=kind)
        assert other.std_error[0] == pytest.approx(factor * fit.std_error[0])
        # three equal clusters less one mean
        assert other.df == pytest.approx([2.0])


def test_limits_and_p_belong_together():
    rng = np.random.default_rng(1)
    cluster = np.repeat(np.arange(10), 5)
    x = np.column_stack([np.ones(50), rng.normal(size=50)])
    y = rng.random(50) < 0.4
    first = estimating_equations(y, x, cluster)
    # at the level 1 - p a limit touches 0
    level = 1.0 - first.p_value[1]
    fit = estimating_equations(y, x, cluster, conf_level=level)
    assert min(abs(fit.conf_low[1]), abs(fit.conf_high[1])) == pytest.approx(0.0, abs=1e-9)
    wider = estimating_equations(y, x, cluster, conf_level=0.99)
    assert (wider.conf_low < first.conf_low).all()


# against R


@pytest.mark.parametrize("correlation", ["independence", "exchangeable", "ar1"])
def test_cc0_logit(simulated, correlation):
    table, _, x, values = simulated
    fit = estimating_equations(
        table["y"],
        x,
        table["id"],
        correlation=correlation,
        kind="sandwich",
        wave=table["wave"],
    )
    assert_as_r(fit, values[correlation], TIGHT)


@pytest.mark.parametrize("correlation", ["independence", "exchangeable"])
def test_cc0_jackknife_and_counts(simulated, correlation):
    table, few, x, values = simulated
    common = {"cluster": table["id"], "correlation": correlation}
    fit = estimating_equations(table["y"], x, kind="jackknife", **common)
    assert_as_r(fit, values[f"{correlation}_jack"], TIGHT)
    fit = estimating_equations(table["cnt"], few, family="poisson", kind="sandwich", **common)
    assert_as_r(fit, values[f"poisson_{correlation}"], TIGHT)


def test_public_ohio(reference):
    case = reference("public", "retr_gee")
    table = case.table("ohio.csv")
    age, smoke = table["age"], table["smoke"]
    x = np.column_stack([np.ones(len(age)), age, smoke, age * smoke])
    asked = {
        "ohio_exch": ("exchangeable", "sandwich"),
        "ohio_indep": ("independence", "sandwich"),
        "ohio_ar1": ("ar1", "sandwich"),
        "ohio_exch_jack": ("exchangeable", "jackknife"),
    }
    for name, (correlation, kind) in asked.items():
        fit = estimating_equations(
            table["resp"], x, table["id"], correlation=correlation, kind=kind
        )
        assert_as_r(fit, case.values[name], PUBLIC)


def test_public_unequal_clusters(reference):
    case = reference("public", "retr_gee")
    table = case.table("cbpp_long.csv")
    x = (table["period"][:, None] == [1, 2, 3, 4]).astype(float)
    x[:, 0] = 1.0
    for name, kind in (("cbpp_exch", "sandwich"), ("cbpp_exch_jack", "jackknife")):
        fit = estimating_equations(table["y"], x, table["herd"], kind=kind)
        assert_as_r(fit, case.values[name], PUBLIC)
    table = case.table("respiratory.csv")
    words = [table["treat"] == "P", table["sex"] == "M"]
    x = np.column_stack(
        [np.ones(len(table["age"])), table["center"], *words, table["age"], table["baseline"]]
    )
    for name, kind in (("respiratory_exch", "sandwich"), ("respiratory_exch_jack", "jackknife")):
        fit = estimating_equations(table["outcome"], x, table["uid"], kind=kind)
        assert_as_r(fit, case.values[name], PUBLIC)


# against other code


def test_independence_is_the_clustered_regression(simulated):
    table, few, x, _ = simulated
    common = {"cluster": table["id"], "conf_level": 0.9}
    for y, design, family in ((table["y"], x, "logit"), (table["cnt"], few, "poisson")):
        for kind, other in (("sandwich", "CR0"), ("mancl-derouen", "CR3")):
            found = estimating_equations(
                y, design, family=family, correlation="independence", kind=kind, **common
            )
            known = cluster_robust(y, design, family=family, kind=other, **common)
            for name in ("coef", "std_error", "df", "p_value", "conf_low", "conf_high"):
                assert getattr(found, name) == pytest.approx(getattr(known, name), rel=1e-7), name


def dense(y, x, cluster, fit, matrix_of):
    """Coefficients' equations and Mancl-DeRouen variance with whole matrices per cluster."""
    mean = 1.0 / (1.0 + np.exp(-x @ fit.coef))
    d = x * (mean * (1.0 - mean))[:, None]
    parts = []
    for label in np.unique(cluster):
        rows = np.flatnonzero(cluster == label)
        root = np.sqrt(mean[rows] * (1.0 - mean[rows]))
        inverse = np.linalg.inv(root[:, None] * matrix_of(rows, fit.alpha) * root)
        parts.append((d[rows], inverse, (y - mean)[rows]))
    bread = np.linalg.inv(sum(g.T @ w @ g for g, w, _ in parts))
    score = sum(g.T @ w @ e for g, w, e in parts)
    meat = np.zeros_like(bread)
    for g, w, e in parts:
        u = g.T @ w @ np.linalg.solve(np.eye(len(e)) - g @ bread @ g.T @ w, e)
        meat += np.outer(u, u)
    return score, bread @ meat @ bread


def test_gaps_between_waves_against_whole_matrices():
    rng = np.random.default_rng(7)
    sizes = [6, 2, 1, 4, 3, 5, 4, 4]
    cluster = np.repeat(np.arange(8), sizes)
    wave = np.concatenate([np.sort(rng.choice(9, size, replace=False)) for size in sizes])
    n = len(cluster)
    x = np.column_stack([np.ones(n), rng.normal(size=n)])
    y = (rng.random(n) < 0.5).astype(float)

    def lagged(rows, alpha):
        return alpha ** np.abs(np.subtract.outer(wave[rows], wave[rows]))

    def equal(rows, alpha):
        return np.where(np.eye(len(rows)) == 1, 1.0, alpha)

    for correlation, matrix in (("ar1", lagged), ("exchangeable", equal)):
        fit = estimating_equations(
            y, x, cluster, correlation=correlation, wave=wave, kind="mancl-derouen"
        )
        score, vcov = dense(y, x, cluster, fit, matrix)
        assert np.abs(score).max() < 1e-9
        assert fit.vcov == pytest.approx(vcov, rel=1e-9)


# properties


def test_order_of_rows_and_labels_changes_nothing(simulated):
    table, _, x, _ = simulated
    order = np.random.default_rng(3).permutation(len(x))
    for correlation in ("exchangeable", "ar1"):
        first = estimating_equations(
            table["y"], x, table["id"], correlation=correlation, wave=table["wave"]
        )
        second = estimating_equations(
            table["y"][order],
            x[order],
            -table["id"][order],
            correlation=correlation,
            wave=table["wave"][order] + 7,
        )
        for name in ("coef", "std_error", "df", "p_value", "conf_high"):
            assert getattr(second, name) == pytest.approx(getattr(first, name), rel=1e-8), name


def test_corrections_are_ordered(simulated):
    table, _, x, _ = simulated
    kinds = ("sandwich", "kauermann-carroll", "mancl-derouen")
    small, middle, large = (
        estimating_equations(table["y"], x, table["id"], kind=kind).std_error for kind in kinds
    )
    assert (small < middle).all()
    assert (middle < large).all()


def test_an_offset_moves_the_constant_only(simulated):
    table, few, _, _ = simulated
    common = {"cluster": table["id"], "family": "poisson"}
    first = estimating_equations(table["cnt"], few, **common)
    second = estimating_equations(table["cnt"], few, offset=np.full(len(few), 0.5), **common)
    assert second.coef == pytest.approx(first.coef - [0.5, 0, 0], abs=1e-9)
    assert second.std_error == pytest.approx(first.std_error, rel=1e-8)


# refusals


def test_refusals():
    y, one = np.array([1, 0, 1, 0, 1, 1.0]), np.ones((6, 1))
    pairs = [1, 1, 2, 2, 3, 3]
    assert "one cluster" in estimating_equations(y, one, np.ones(6)).why
    assert "same in every row" in estimating_equations(np.ones(6), one, pairs).why
    assert "no cluster has two rows" in estimating_equations(y, one, np.arange(6)).why
    design = np.column_stack([np.ones(6), y])
    assert "predicts the outcome" in estimating_equations(y, design, np.arange(6)).why
    three = np.column_stack([np.ones(6), [0, 1, 0, 1, 0, 0], [0, 0, 0, 1, 1, 0]])
    assert "too few for 3" in estimating_equations(y, three, pairs).why
    apart = estimating_equations(y, one, pairs, correlation="ar1", wave=[1, 3, 1, 4, 2, 4])
    assert "one wave apart" in apart.why
    alone = np.column_stack([np.ones(8), [1, 1, 0, 0, 0, 0, 0, 0]])
    y = np.array([1, 0, 1, 0, 1, 1, 0, 0.0])
    found = estimating_equations(y, alone, [1, 1, 2, 2, 3, 3, 4, 4], correlation="independence")
    assert "without one of the clusters" in found.why
    # pairs that always disagree: their correlation is at its lowest
    found = estimating_equations(np.tile([1, 0], 4), np.ones((8, 1)), np.repeat([1, 2, 3, 4], 2))
    assert "not possible" in found.why
    assert "not finite" in estimating_equations([1, 0, np.nan, 1], np.ones(4), [1, 1, 2, 2]).why


def test_wrong_calls_list_every_fault():
    y, one, pairs = [1, 0, 1, 0, 1, 1], np.ones((6, 1)), [1, 1, 2, 2, 3, 3]
    with pytest.raises(ValueError, match=r"(?s)family.*correlation.*kind.*degrees"):
        estimating_equations(y, one, pairs, family="a", correlation="b", kind="c", degrees="d")
    with pytest.raises(ValueError, match="whole numbers"):
        estimating_equations(y, one, pairs, wave=[1, 1.5, 1, 2, 1, 2])
    with pytest.raises(ValueError, match="twice"):
        estimating_equations(y, one, pairs, wave=[1, 1, 1, 2, 1, 2])
    with pytest.raises(ValueError, match="offset has 2"):
        estimating_equations(y, one, pairs, offset=[1, 2])
    with pytest.raises(ValueError, match="outcomes from 0 to 1"):
        estimating_equations([2, 0, 1, 0, 1, 1], one, pairs)


@st.composite
def odd_rows(draw):
    n = draw(st.integers(3, 12))

    def column(*values):
        return np.array(draw(st.lists(st.sampled_from(values), min_size=n, max_size=n)), float)

    x = np.column_stack([np.ones(n), column(0, 1, 4)])
    return column(0, 1), x, column(1, 2, 3, 4)


@settings(max_examples=40)
@given(odd_rows(), st.sampled_from(["exchangeable", "ar1"]), st.sampled_from(get_args(GeeKind)))
def test_odd_data_give_numbers_or_words(rows, correlation, kind):
    found = estimating_equations(*rows, correlation=correlation, kind=kind)
    if isinstance(found, Refusal):
        assert found.why
        return
    for name in ("coef", "std_error", "df", "p_value", "vcov", "model_error"):
        assert np.isfinite(getattr(found, name)).all()
    assert (found.conf_low < found.coef).all()
    assert (found.coef < found.conf_high).all()
