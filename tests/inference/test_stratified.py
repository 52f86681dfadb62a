from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relatum.inference.common import Refusal
from relatum.inference.homogeneity import homogeneity_tests
from relatum.inference.stratified import (
    exact_stratified,
    mantel_haenszel,
    mantel_haenszel_many,
    stratify_pairs,
)
from relatum.inference.two_by_two import exact_association

# solved to 1e-15 of the log by both sides; what is left is rounding
TIGHT = {"rel": 1e-12, "abs": 0.0}


def strata_of(case, name):
    """Tables [both, row only, column only, neither] of one set of strata, in file order."""
    columns = case.table()
    here = columns["table"] == name
    rows, cols, counts = (columns[key][here] for key in ("row", "col", "count"))
    strata = columns["stratum"][here]
    first_row, first_col = rows[0], cols[0]
    found = []
    for stratum in dict.fromkeys(strata.tolist()):
        at = strata == stratum
        cell = {
            (r == first_row, c == first_col): int(n)
            for r, c, n in zip(rows[at], cols[at], counts[at], strict=True)
        }
        found.append([cell[x, y] for x in (True, False) for y in (True, False)])
    return np.array(found)


def swapped(tables):
    """The same with the roles of the two codes exchanged."""
    return np.asarray(tables)[:, [0, 2, 1, 3]]


def test_by_hand():
    # strata of 10 and 20: R = 3*2/10 + 4*8/20 = 2.2, S = 1*4/10 + 2*6/20 = 1
    tables = [[3, 1, 4, 2], [4, 2, 6, 8]]
    found = mantel_haenszel(tables)
    assert found.odds_ratio.estimate == pytest.approx(2.2, abs=1e-14)
    pr, ps = 0.5 * 0.6 + 0.6 * 1.6, 0.5 * 0.4 + 0.6 * 0.6
    qr, qs = 0.5 * 0.6 + 0.4 * 1.6, 0.5 * 0.4 + 0.4 * 0.6
    variance = pr / (2 * 2.2**2) + (ps + qr) / (2 * 2.2) + qs / 2
    assert found.std_error == pytest.approx(math.sqrt(variance), abs=1e-14)
    # excess of the joint count: 3 - 4*7/10 + 4 - 6*10/20
    excess = 3 - 2.8 + 4 - 3
    spread = 4 * 6 * 7 * 3 / (100 * 9) + 6 * 14 * 10 * 10 / (400 * 19)
    assert found.cmh == pytest.approx(excess**2 / spread, abs=1e-14)
    assert found.cmh_corrected == pytest.approx((excess - 0.5) ** 2 / spread, abs=1e-14)
    weights = np.array([4 * 6 / 10, 6 * 14 / 20])
    differences = np.array([3 / 4 - 4 / 6, 4 / 6 - 6 / 14])
    assert found.risk_difference == pytest.approx(weights @ differences / weights.sum(), abs=1e-14)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("cc0", "files"),
        ("cc0", "sparse"),
        ("public", "UCBAdmissions"),
        ("public", "Titanic"),
        ("public", "sparse"),
    ],
)
def test_mantel_haenszel_equals_r(reference, kind, name):
    case = reference(kind, "cooc_mantel_haenszel")
    expected = case.values[name]
    tables = strata_of(case, "Titanic_sex_survived_by_class" if name == "Titanic" else name)
    found = mantel_haenszel(tables)
    assert found.odds_ratio.estimate == pytest.approx(expected["or_mh"], **TIGHT)
    limits = expected["or_mh_ci95_rbg" if kind == "cc0" else "or_mh_ci95"]
    assert [found.odds_ratio.conf_low, found.odds_ratio.conf_high] == pytest.approx(limits, **TIGHT)
    assert found.cmh == pytest.approx(expected["cmh_chisq"], **TIGHT)
    assert found.cmh_p == pytest.approx(expected["cmh_p"], rel=1e-10, abs=1e-300)
    assert found.cmh_corrected == pytest.approx(expected["cmh_chisq_cc"], **TIGHT)
    assert found.cmh_corrected_p == pytest.approx(expected["cmh_cc_p"], rel=1e-10, abs=1e-300)
    if kind == "cc0":
        # the reference compares shares of rows between columns
        other = mantel_haenszel(swapped(tables))
        assert other.risk_difference == pytest.approx(expected["mh_risk_difference"], **TIGHT)


@pytest.mark.parametrize("name", ["files", "sparse"])
def test_exact_inference_equals_r(reference, name):
    case = reference("cc0", "cooc_mantel_haenszel")
    expected = case.values[name]["exact_conditional_tight"]
    tables = strata_of(case, name)
    found = exact_stratified(tables)
    assert tables[:, 0].sum() == expected["statistic"]
    assert found.exact.estimate == pytest.approx(expected["or"], **TIGHT)
    assert [found.exact.conf_low, found.exact.conf_high] == pytest.approx(expected["ci95"], **TIGHT)
    assert found.p_values.minlike == pytest.approx(expected["p_two_minlike"], **TIGHT)
    assert found.p_values.less == pytest.approx(expected["p_less"], **TIGHT)
    assert found.p_values.greater == pytest.approx(expected["p_greater"], **TIGHT)
    assert found.p_values.central == pytest.approx(expected["p_two_central"], **TIGHT)
    assert found.p_values.mid_central == pytest.approx(expected["midp_two"], **TIGHT)


@pytest.mark.parametrize("name", ["UCBAdmissions", "Titanic_sex_survived_by_class", "sparse"])
def test_exact_p_equals_r_on_published_tables(reference, name):
    case = reference("public", "cooc_mantel_haenszel")
    expected = case.values[name.split("_")[0]]
    found = exact_stratified(strata_of(case, name))
    assert found.p_values.minlike == pytest.approx(expected["exact_p"], rel=1e-9, abs=1e-15)
    # R stops its search for roots at about 1e-4 of the odds ratio
    assert found.exact.estimate == pytest.approx(expected["exact_or"], rel=2e-4)
    limits = [found.exact.conf_low, found.exact.conf_high]
    assert limits == pytest.approx(expected["exact_ci95"], rel=5e-3)


@pytest.mark.parametrize("name", ["files", "sparse"])
def test_homogeneity_equals_r(reference, name):
    case = reference("cc0", "cooc_mantel_haenszel")
    expected = case.values[name]["homogeneity"]
    tables = strata_of(case, name)
    found = homogeneity_tests(tables)
    assert found.n_informative == expected["strata_used"]
    assert found.n_left_out == len(tables) - expected["strata_used"]
    assert found.df == expected["df"]
    # sums of squared distances over variances: some digits go in the roots of quadratics
    assert found.breslow_day == pytest.approx(expected["breslow_day"], rel=1e-10)
    assert found.breslow_day_p == pytest.approx(expected["breslow_day_p"], rel=1e-10)
    assert found.tarone == pytest.approx(expected["tarone"], rel=1e-10)
    assert found.tarone_p == pytest.approx(expected["tarone_p"], rel=1e-10)


@pytest.mark.parametrize("name", ["UCBAdmissions", "Titanic_sex_survived_by_class"])
def test_homogeneity_equals_r_on_published_tables(reference, name):
    case = reference("public", "cooc_mantel_haenszel")
    expected = case.values[name.split("_")[0]]
    found = homogeneity_tests(strata_of(case, name))
    assert found.df == expected["breslow_day_df"]
    assert found.breslow_day == pytest.approx(expected["breslow_day"], rel=1e-9)
    assert found.tarone == pytest.approx(expected["tarone"], rel=1e-9)


def test_equals_statsmodels():
    from statsmodels.stats.contingency_tables import StratifiedTable

    tables = np.array([[6, 2, 3, 7], [4, 3, 2, 6], [5, 9, 1, 12]])
    peer = StratifiedTable([t.reshape(2, 2) for t in tables])
    found = mantel_haenszel(tables)
    assert found.odds_ratio.estimate == pytest.approx(peer.oddsratio_pooled, rel=1e-13)
    assert found.std_error == pytest.approx(peer.logodds_pooled_se, rel=1e-12)
    tests = homogeneity_tests(tables)
    assert tests.breslow_day == pytest.approx(peer.test_equal_odds().statistic, rel=1e-10)
    assert tests.tarone == pytest.approx(peer.test_equal_odds(adjust=True).statistic, rel=1e-10)


def test_expected_cells_reproduce_the_odds_ratio():
    """With the odds ratio of one of two proportional strata, every distance is zero."""
    tables = np.array([[2, 1, 4, 8], [4, 2, 8, 16]])
    for sign in (1, -1):
        turned = tables if sign == 1 else tables[:, [1, 0, 3, 2]]
        found = homogeneity_tests(turned, odds_ratio=4.0**sign)
        assert found.breslow_day == pytest.approx(0.0, abs=1e-20)
    # codes in most rows and a small odds ratio: the other form of the root
    common = np.array([[90, 5, 4, 1], [45, 3, 3, 1]])
    found = homogeneity_tests(common, odds_ratio=0.05)
    assert 0 < found.smallest_expected < 1
    assert found.breslow_day > 10


def test_one_stratum_is_a_single_table():
    found = exact_stratified([[8, 2, 4, 6]])
    single = exact_association(8, 2, 4, 6)
    for name in ("estimate", "conf_low", "conf_high"):
        assert getattr(found.exact, name) == pytest.approx(getattr(single.exact, name), rel=1e-14)
    assert found.p_values.minlike == pytest.approx(single.p_values.minlike, rel=1e-14)
    assert mantel_haenszel([[8, 2, 4, 6]]).odds_ratio.estimate == pytest.approx(6.0)


def test_pairs_are_crossed_within_strata():
    rng = np.random.default_rng(5)
    matrix = rng.random((60, 4)) < 0.4
    strata = rng.integers(0, 3, 60)
    found = stratify_pairs(matrix, strata)
    assert found.shape == (6, 3, 4)
    for at, (i, j) in enumerate(zip(*np.triu_indices(4, 1), strict=True)):
        for s in range(3):
            x, y = matrix[strata == s, i], matrix[strata == s, j]
            by_hand = [(x & y).sum(), (x & ~y).sum(), (~x & y).sum(), (~x & ~y).sum()]
            assert found[at, s].tolist() == by_hand
    moved = rng.permutation(60)
    assert (stratify_pairs(matrix[moved], strata[moved]) == found).all()
    gap = stratify_pairs(matrix, np.where(strata == 1, 5, strata))
    assert (gap[:, [0, 5, 2]] == found).all()
    assert gap[:, [1, 3, 4]].sum() == 0
    assert stratify_pairs(np.zeros((0, 3)), np.zeros(0, dtype=int)).shape == (3, 0, 4)


strata_tables = st.lists(
    st.lists(st.integers(0, 6), min_size=4, max_size=4), min_size=1, max_size=5
)


@settings(deadline=None, max_examples=80)
@given(strata_tables)
def test_many_pairs_equal_one_at_a_time(tables):
    array = np.array(tables)
    both = mantel_haenszel_many(np.stack([array, swapped(array), array[::-1]]))
    assert both.log_odds_ratio == pytest.approx(np.full(3, both.log_odds_ratio[0]), abs=1e-12)
    assert (both.conf_low <= both.conf_high).all()
    for part in (both.log_odds_ratio, both.std_error, both.conf_low, both.conf_high):
        assert not np.isnan(part).any()
    found = mantel_haenszel(array)
    if isinstance(found, Refusal):
        assert not both.estimable[0]
        assert both.log_odds_ratio[0] == 0
        assert isinstance(exact_stratified(array), Refusal)
        return
    assert 0 <= found.cmh_corrected <= found.cmh
    assert found.n_informative + found.n_left_out == len(tables)
    exact = exact_stratified(array)
    if isinstance(found.odds_ratio, Refusal):
        assert found.std_error is None
        assert both.std_error[0] == math.inf
    else:
        assert both.estimable[0]
        assert math.log(found.odds_ratio.estimate) == pytest.approx(both.log_odds_ratio[0])
        assert 0 < exact.exact.estimate < math.inf
    tests = homogeneity_tests(array)
    if not isinstance(tests, Refusal):
        assert 0 <= tests.tarone <= tests.breslow_day + 1e-9
        assert 0 <= tests.tarone_p <= 1


def test_strata_without_information_change_nothing():
    tables = [[6, 2, 3, 7], [4, 3, 2, 6]]
    more = [*tables, [5, 0, 3, 0], [0, 0, 0, 0], [0, 0, 2, 7], [1, 0, 0, 0]]
    first, second = mantel_haenszel(tables), mantel_haenszel(more)
    assert first.odds_ratio == second.odds_ratio
    assert first.cmh == second.cmh
    assert (first.n_left_out, second.n_left_out) == (0, 4)
    assert exact_stratified(tables).exact == exact_stratified(more).exact
    # with 5 and 3 units the second code is always there: a difference of 0, weight 15 / 8
    weights = np.array([8 * 10 / 18, 7 * 8 / 15, 15 / 8, 0.0])
    differences = np.array([6 / 8 - 3 / 10, 4 / 7 - 2 / 8, 0.0, 0.0])
    by_hand = weights @ differences / weights.sum()
    assert second.risk_difference == pytest.approx(by_hand, abs=1e-14)
    assert homogeneity_tests(tables).tarone == homogeneity_tests(more).tarone


def test_refusals():
    empty = [[3, 0, 2, 0], [0, 0, 1, 4]]
    assert "no stratum" in mantel_haenszel(empty).why
    assert "no stratum" in exact_stratified(empty).why
    assert "fewer than two" in homogeneity_tests([[6, 2, 3, 7], [3, 0, 2, 0]]).why
    apart = [[0, 2, 3, 1], [0, 1, 1, 4]]
    assert "zero" in mantel_haenszel(apart).odds_ratio.why
    assert "zero or infinite" in homogeneity_tests(apart).why
    together = [[3, 0, 0, 3], [2, 0, 1, 4]]
    assert "infinite" in mantel_haenszel(together).odds_ratio.why
    assert exact_stratified(together).exact.conf_high == math.inf
    assert isinstance(homogeneity_tests(apart, odds_ratio=0.5).tarone, float)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mantel_haenszel([6, 2, 3, 7]), "n_strata"),
        (lambda: mantel_haenszel([[6, 2, -3, 7]]), "whole numbers"),
        (lambda: mantel_haenszel_many([[6, 2, 3, 7]]), "n_pairs"),
        (lambda: exact_stratified([[6, 2, 0.5, 7]]), "whole numbers"),
        (lambda: exact_stratified([[6, 2, 3, 7]], conf_level=2), "conf_level"),
        (lambda: homogeneity_tests([[6, 2, 3, 7]], odds_ratio=0.0), "odds_ratio"),
        (lambda: stratify_pairs([[1, 0]], [0, 1]), "one value per row"),
        (lambda: stratify_pairs([[1, 0]], [-1]), "from 0"),
        (lambda: stratify_pairs([[1, 2]], [0]), "0 and 1"),
    ],
)
def test_wrong_calls(call, message):
    with pytest.raises(ValueError, match=message):
        call()
