from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relatum.inference import loglinear
from relatum.inference.common import Refusal
from relatum.inference.loglinear import compare_fits, fit_loglinear, three_way
from relatum.inference.stratified import mantel_haenszel
from relatum.inference.two_by_two import chi_square_tests

HOMOGENEOUS = [(0, 1), (0, 2), (1, 2)]


def cross(columns, names, count):
    """Counts by the levels of some columns, levels in file order."""
    levels = [list(dict.fromkeys(columns[name].tolist())) for name in names]
    table = np.zeros([len(level) for level in levels])
    cells = [
        tuple(level.index(v) for level, v in zip(levels, row, strict=True))
        for row in zip(*(columns[name].tolist() for name in names), strict=True)
    ]
    for cell, n in zip(cells, columns[count].tolist(), strict=True):
        table[cell] = n
    return table, cells


def test_two_codes_are_a_2x2_table():
    found = fit_loglinear([[8, 2], [4, 6]], [(0,), (1,)])
    told = chi_square_tests(8, 2, 4, 6)
    assert found.g2 == pytest.approx(told.g2, abs=1e-13)
    assert found.x2 == pytest.approx(told.pearson, abs=1e-13)
    assert found.g2_p == pytest.approx(told.g2_p, rel=1e-12)
    assert (found.df, found.n_parameters) == (1, 3)
    assert found.fitted.tolist() == [[6.0, 4.0], [6.0, 4.0]]


def test_conditional_independence_has_a_closed_form():
    table = np.random.default_rng(1).poisson(4, (2, 3, 4)) + 1.0
    found = fit_loglinear(table, [(0, 2), (1, 2)])
    expected = (table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True)) / table.sum(
        axis=(0, 1), keepdims=True
    )
    assert found.fitted == pytest.approx(expected, rel=1e-14)
    assert found.df == 1 * 2 * 4


MODELS = {
    "independence": "mutual",
    "joint": "first_joint",
    "joint_AD_G": "first_joint",
    "conditional": "codes_given_stratum",
    "cond_AD_GD": "codes_given_stratum",
    "homogeneous": "homogeneous",
}


@pytest.mark.parametrize(
    ("kind", "names", "count"),
    [
        ("cc0", ("code", "type", "source"), "freq"),
        ("public", ("Admit", "Gender", "Dept"), "Freq"),
    ],
)
def test_equals_r(reference, kind, names, count):
    case = reference(kind, "cooc_loglinear")
    table, cells = cross(case.table(), names, count)
    found = three_way(table)
    seen = 0
    for key, name in MODELS.items():
        if key not in case.values:
            continue
        seen += 1
        fit, told = getattr(found, name), case.values[key]
        # closed forms to rounding; the iterated model to 1e-13 of the total
        assert fit.g2 == pytest.approx(told["G2"], rel=1e-11), key
        assert fit.x2 == pytest.approx(told["X2"], rel=1e-11), key
        assert fit.df == told["df"], key
        assert fit.g2_p == pytest.approx(told["p_G2"], rel=1e-9, abs=1e-300), key
        assert fit.log_likelihood == pytest.approx(told["logLik"], rel=1e-12), key
        assert fit.aic == pytest.approx(told["AIC"], rel=1e-12), key
        assert fit.bic == pytest.approx(told["BIC"], rel=1e-12), key
        assert [fit.fitted[c] for c in cells] == pytest.approx(told["fitted"], rel=1e-10), key
        assert fit.n_impossible == 0
        if "p_X2" in told:
            assert fit.x2_p == pytest.approx(told["p_X2"], rel=1e-9), key
    assert seen == 4
    told = case.values["lrt_conditional_vs_homogeneous"]
    assert found.association.df == told["df"]
    # anova of two fits that R stopped at its default tolerance for the published table
    assert found.association.statistic == pytest.approx(told["dev"], rel=1e-9)
    assert found.association.p_value == pytest.approx(told["p"], rel=1e-9)


def test_four_axes_with_a_margin_that_cannot_be_filled(reference):
    """No children among the crew: four cells and two parameters are not counted."""
    case = reference("public", "cooc_loglinear")
    names = ("Class", "Sex", "Age", "Survived")
    table, _ = cross(case.table("titanic.csv"), names, "Freq")
    found = fit_loglinear(table, [(0, 1, 2), (0, 3), (1, 3), (2, 3)])
    told = case.values["titanic_main_survived"]
    assert found.g2 == pytest.approx(told["G2"], rel=1e-11)
    assert told["df"] == 10
    assert (found.df, found.n_impossible) == (8, 4)


def test_equals_a_poisson_regression():
    import statsmodels.api as sm

    rng = np.random.default_rng(3)
    for shape in [(2, 2, 3), (3, 2, 4)]:
        table = rng.poisson(6, shape) + 1
        at = np.array(list(itertools.product(*map(range, shape))))
        columns = [np.ones(len(at))]
        terms = [(0,), (1,), (2,), *HOMOGENEOUS]
        for term in terms:
            for levels in itertools.product(*(range(1, shape[axis]) for axis in term)):
                columns.append((at[:, list(term)] == levels).all(axis=1))
        peer = sm.GLM(table.ravel(), np.column_stack(columns), family=sm.families.Poisson())
        peer = peer.fit(tol=1e-13, maxiter=200)
        found = fit_loglinear(table, HOMOGENEOUS)
        assert found.g2 == pytest.approx(peer.deviance, abs=1e-10)
        assert found.log_likelihood == pytest.approx(peer.llf, abs=1e-10)
        assert found.bic == pytest.approx(peer.bic_llf, abs=1e-9)
        assert found.df == peer.df_resid


def test_an_empty_stratum_or_code_is_not_counted():
    table = np.array([[[3, 0, 2], [4, 0, 1]], [[5, 0, 3], [2, 0, 6]]])
    found = fit_loglinear(table, [(0, 2), (1, 2)])
    without = fit_loglinear(table[:, :, [0, 2]], [(0, 2), (1, 2)])
    assert found.n_impossible == 4
    assert (found.g2, found.df, found.n_parameters) == pytest.approx(
        (without.g2, without.df, without.n_parameters)
    )
    assert found.log_likelihood == pytest.approx(without.log_likelihood)
    assert (found.fitted[:, :, 1] == 0).all()


def test_pattern_of_zeros_without_an_empty_margin():
    """Two opposite corners are empty: no table with these margins fills them."""
    table = np.array([[[0, 4], [2, 1]], [[4, 2], [3, 0]]])
    found = fit_loglinear(table, HOMOGENEOUS)
    assert found.n_impossible == 2
    assert found.fitted == pytest.approx(table, abs=1e-9)
    assert (found.df, found.g2_p) == (0, 1.0)
    # corners of the same kind can be traded against each other, so that nothing is forced
    table = np.array([[[0, 4], [2, 1]], [[4, 2], [0, 3]]])
    found = fit_loglinear(table, HOMOGENEOUS)
    assert found.n_impossible == 0
    assert (found.fitted > 0).all()
    assert found.df == 1


def test_association_given_the_stratum_agrees_with_mantel_haenszel():
    rng = np.random.default_rng(4)
    tables = rng.poisson(60, (5, 4))
    table = tables.reshape(5, 2, 2).transpose(1, 2, 0)
    found = three_way(table)
    told = mantel_haenszel(tables)
    # two tests of one hypothesis in large strata
    assert found.association.statistic == pytest.approx(told.cmh, rel=0.05)
    assert found.codes_given_stratum.g2 == pytest.approx(
        sum(chi_square_tests(*map(int, t)).g2 for t in tables), rel=1e-12
    )


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 4), min_size=12, max_size=12))
def test_sparse_tables(counts):
    table = np.array(counts, dtype=float).reshape(2, 2, 3)
    found = three_way(table)
    if isinstance(found, Refusal):
        assert table.sum() == 0
        return
    turned = three_way(table.transpose(1, 0, 2)[:, :, ::-1])
    for name in ("mutual", "codes_joint", "codes_given_stratum", "homogeneous"):
        fit, other = getattr(found, name), getattr(turned, name)
        assert fit.g2 == pytest.approx(other.g2, abs=1e-8)
        assert (fit.df, fit.n_impossible) == (other.df, other.n_impossible)
        assert fit.df >= 0
        assert 0 <= fit.g2_p <= 1
        for generator in fit.generators:
            others = tuple(axis for axis in range(3) if axis not in generator)
            assert fit.fitted.sum(axis=others) == pytest.approx(table.sum(axis=others), abs=1e-9)
    assert found.homogeneous.g2 <= found.codes_given_stratum.g2 + 1e-8
    assert found.codes_given_stratum.g2 <= found.first_joint.g2 + 1e-8
    assert found.first_joint.g2 <= found.mutual.g2 + 1e-8


def test_implied_generators_are_dropped():
    table = [[[6, 4], [2, 3]], [[3, 2], [7, 6]]]
    found = fit_loglinear(table, [(1, 0), (0,), (2,), (0, 1)])
    assert found.generators == ((0, 1), (2,))
    assert found.df == 3


def test_refusals():
    assert "empty" in fit_loglinear(np.zeros((2, 2)), [(0,), (1,)]).why
    assert "empty" in three_way(np.zeros((2, 2, 2))).why
    small = fit_loglinear([[8, 2], [4, 6]], [(0,), (1,)])
    assert "no more parameters" in compare_fits(small, small).why
    apart = three_way([[[0, 0], [3, 4]], [[5, 2], [3, 3]]])
    assert "margin of the larger model is empty" in apart.association.why


def test_a_fit_that_does_not_settle_is_refused(monkeypatch):
    monkeypatch.setattr(loglinear, "_FIRST_CYCLES", 1)
    monkeypatch.setattr(loglinear, "_MAX_CYCLES", 1)
    table = [[[6, 4], [2, 3]], [[3, 2], [7, 6]]]
    assert "did not settle in 1 cycles" in fit_loglinear(table, HOMOGENEOUS).why
    assert "did not settle" in three_way(table).why


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fit_loglinear([[1, -1]], [(0,)]), "counts from 0"),
        (lambda: fit_loglinear([[1, 0.5]], [(0,)]), "whole"),
        (lambda: fit_loglinear(3, [(0,)]), "counts from 0"),
        (lambda: fit_loglinear([[1, 2]], [(0, 2)]), "axes from 0 to 1"),
        (lambda: fit_loglinear([[1, 2]], []), "axes"),
        (lambda: three_way([[1, 2], [3, 4]]), "three axes"),
        (
            lambda: compare_fits(
                fit_loglinear([[1, 2]], [(0,)]), fit_loglinear([[1], [2]], [(0,)])
            ),
            "same table",
        ),
        (
            lambda: compare_fits(
                fit_loglinear([[1, 2], [3, 4]], [(0, 1)]), fit_loglinear([[1, 2], [3, 4]], [(0,)])
            ),
            "within one of the larger",
        ),
    ],
)
def test_wrong_calls(call, message):
    with pytest.raises(ValueError, match=message):
        call()
