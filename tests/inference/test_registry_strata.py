"""Pairs within cases, at an equal number of codes and of other codes: by hand, and the long way."""

import numpy as np
import pytest
from scipy import stats

from relatum.inference.count_nulls import convolve_counts, hypergeometric_counts
from relatum.inference.joint_counts import within_case_counts
from relatum.inference.registry_strata import pack_units, skewed_p_values, stratified_pairs
from relatum.inference.stratified import mantel_haenszel_many, stratify_pairs

# Sums of up to some hundred strata in another order.
SAME = {"rtol": 1e-11, "atol": 1e-11}


@pytest.fixture(scope="module")
def drawn():
    rng = np.random.default_rng(5)
    depth = rng.normal(size=(400, 1))
    matrix = rng.random((400, 7)) < 1 / (1 + np.exp(-depth))
    matrix[:, 3] = True
    return matrix, rng.integers(0, 30, 400)


def compare(matrix, cases, **rest):
    return stratified_pairs(pack_units(matrix), cases, n_codes=np.shape(matrix)[1], **rest)


def test_by_hand():
    # One case. Rows by number of codes: 0; 1: third; 2: first and second, first and third.
    matrix = [[0, 0, 0], [0, 0, 1], [1, 1, 0], [1, 0, 1]]
    by_case, by_total, by_others = compare(matrix, [0] * 4)
    # First and second: 2 and 1 of 4 rows, once both, expected 1/2, variance 2*1*2*3/(16*3).
    assert by_case.excess[0] == pytest.approx(1 / 2)
    assert by_case.variance[0] == pytest.approx(1 / 4)
    # Two rows hold two codes; the first is in both, so only second with third vary: never both.
    assert by_total.excess.tolist() == pytest.approx([0, 0, -1 / 2])
    # Without others: rows 1 and 3 (none and both). With one other (third): rows 2 and 4.
    assert by_others.excess[0] == pytest.approx(1 / 2)
    assert by_others.variance[0] == pytest.approx(1 / 4)


def test_the_same_as_counts_within_strata(drawn):
    matrix, cases = drawn
    by_case, by_total, by_others = compare(matrix, cases)
    numbers = matrix.sum(axis=1)
    first, second = np.triu_indices(7, 1)
    alike = {"case": cases, "total": np.unique(cases * 10 + numbers, return_inverse=True)[1]}
    for found, strata in ((by_case, alike["case"]), (by_total, alike["total"])):
        held = within_case_counts(matrix, strata)
        np.testing.assert_allclose(found.excess, held.observed - held.expected, **SAME)
        np.testing.assert_allclose(found.variance, held.variance, **SAME)
    for at, pair in enumerate(zip(first, second, strict=True)):
        two = matrix[:, list(pair)]
        rest = np.unique(cases * 10 + numbers - two.sum(axis=1), return_inverse=True)[1]
        held = within_case_counts(two, rest)
        assert by_others.excess[at] == pytest.approx(
            (held.observed - held.expected)[0], rel=1e-10, abs=1e-10
        )
        assert by_others.variance[at] == pytest.approx(held.variance[0], rel=1e-10)


def test_odds_ratios_are_those_of_the_tables(drawn):
    matrix, cases = drawn
    strata = np.unique(cases * 10 + matrix.sum(axis=1), return_inverse=True)[1]
    for found, rows in zip(compare(matrix, cases, conf_level=0.9), (cases, strata), strict=False):
        held = mantel_haenszel_many(stratify_pairs(matrix, rows), conf_level=0.9)
        assert found.estimable.tolist() == held.estimable.tolist()
        for name in ("log_odds_ratio", "conf_low", "conf_high"):
            mine, theirs = (getattr(x, name)[held.estimable] for x in (found, held))
            np.testing.assert_allclose(mine, theirs, **SAME)


def test_third_cumulants_are_those_of_hypergeometric_counts():
    matrix = np.array([[1, 1], [1, 1], [1, 0], [0, 1], [0, 0], [0, 0], [0, 0]])
    law = stats.hypergeom(7, 3, 3)
    third = float(law.stats("s")) * law.std() ** 3
    assert compare(matrix, [0] * 7)[0].third[0] == pytest.approx(third)


@pytest.mark.parametrize(
    ("n_cases", "size", "share"), [(40, 12, 0.1), (60, 30, 0.3), (300, 8, 0.2), (200, 50, 0.02)]
)
def test_p_values_are_never_smaller_than_exact_ones(n_cases, size, share):
    """Down to 1e-6 at most four times as large; the normal tail is far too thin for rare codes."""
    rng = np.random.default_rng(n_cases)
    totals = rng.binomial(size, share, (n_cases, 2)).tolist()
    support, logs = convolve_counts([hypergeometric_counts(a, b, size) for a, b in totals])
    weights = np.exp(logs - logs.max())
    weights /= weights.sum()
    distance = support - (weights * support).sum()
    variance, third = ((weights * distance**power).sum() for power in (2, 3))
    above, below = np.cumsum(weights[::-1])[::-1], np.cumsum(weights)
    exact = np.minimum(2 * np.minimum(above, below), 1)
    told = (exact > 1e-6) & (exact < 0.2)
    n = len(support)
    ratio = skewed_p_values(distance, np.full(n, variance), np.full(n, third))[told] / exact[told]
    assert 1 <= ratio.min() <= ratio.max() < 4
    normal = 2 * stats.norm.sf(np.abs(distance) / np.sqrt(variance))[told] / exact[told]
    assert normal.min() < 0.6


def test_without_skewness_the_p_value_is_normal():
    expected = 2 * stats.norm.sf(1.45)
    found = skewed_p_values([15.0, 15.0, -15.0], [100.0] * 3, [0.0, 1e-3, 1e-3])
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert skewed_p_values([0.0], [0.0], [0.0]).tolist() == [1.0]


def test_order_of_rows_and_names_of_cases_change_nothing(drawn):
    matrix, cases = drawn
    order = np.random.default_rng(1).permutation(len(cases))
    for one, other in zip(
        compare(matrix, cases), compare(matrix[order], cases[order]), strict=True
    ):
        assert one.excess.tolist() == other.excess.tolist()
        assert one.p_value.tolist() == other.p_value.tolist()
    for one, other in zip(compare(matrix, cases), compare(matrix, 29 - cases), strict=True):
        np.testing.assert_allclose(one.excess, other.excess, **SAME)


def test_more_than_one_word_of_codes():
    rng = np.random.default_rng(2)
    matrix, cases = rng.random((200, 70)) < 0.2, rng.integers(0, 5, 200)
    found, held = compare(matrix, cases)[0], within_case_counts(matrix, cases)
    np.testing.assert_allclose(found.excess, held.observed - held.expected, **SAME)


def test_without_association_the_two_enclose_nothing():
    """Uneven documentation alone: far above within cases; below by total, above by others."""
    rng = np.random.default_rng(3)
    depth = rng.normal(size=(40_000, 1))
    matrix = rng.random((40_000, 12)) < 1 / (1 + np.exp(1 - depth))
    by_case, by_total, by_others = compare(matrix, rng.integers(0, 400, 40_000))
    assert (by_case.statistic > 10).all()
    assert (by_total.statistic < 0).all()
    assert (by_others.statistic > 0).all()
    assert by_total.log_odds_ratio.mean() < 0 < by_others.log_odds_ratio.mean()


def test_a_pair_beyond_the_level_is_found_by_both():
    rng = np.random.default_rng(4)
    depth = rng.normal(size=(20_000, 1))
    matrix = rng.random((20_000, 12)) < 1 / (1 + np.exp(1 - depth))
    matrix[:, 1] = np.where(rng.random(20_000) < 0.4, matrix[:, 0], matrix[:, 1])
    _, by_total, by_others = compare(matrix, rng.integers(0, 200, 20_000))
    assert by_total.statistic.argmax() == 0
    assert by_total.p_value[0] < 1e-6
    assert by_others.statistic[0] > by_total.statistic[0] > 0


def test_what_does_not_vary_says_nothing():
    for found in compare([[1, 0], [1, 1], [1, 0]], [0, 0, 1]):
        assert found.variance.tolist() == [0.0]
        assert found.statistic.tolist() == [0.0]
        assert found.p_value.tolist() == [1.0]
        assert found.estimable.tolist() == [False]
    assert compare(np.zeros((0, 2), dtype=bool), np.zeros(0, dtype=int))[0].excess.tolist() == [0.0]


@pytest.mark.parametrize(
    ("words", "cases", "message"),
    [
        (np.zeros((2, 1)), [0, 0], "unsigned"),
        (np.full((2, 1), 4, dtype=np.uint64), [0, 0], "beyond code 2"),
        (np.zeros((2, 1), dtype=np.uint64), [0], "2 units"),
        (np.zeros((2, 1), dtype=np.uint64), [0, -1], "whole numbers"),
    ],
)
def test_wrong_calls(words, cases, message):
    with pytest.raises(ValueError, match=message):
        stratified_pairs(words, cases, n_codes=2)


@pytest.mark.parametrize(("matrix", "message"), [([1, 0], "two dimensions"), ([[2]], "0 and 1")])
def test_wrong_matrices(matrix, message):
    with pytest.raises(ValueError, match=message):
        pack_units(matrix)
