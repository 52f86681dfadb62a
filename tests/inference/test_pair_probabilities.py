from __future__ import annotations

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from scipy import stats

from relatum.inference.common import Refusal
from relatum.inference.joint_counts import count_joint
from relatum.inference.pair_bounds import association, associations
from relatum.inference.pair_probabilities import hypergeometric_tails, pair_probabilities


def incidence(case):
    """Units by codes, from a file with one line per code."""
    columns = case.table()
    names = next(iter(columns.values()))
    return names, np.column_stack([x for x in columns.values() if x is not names]).T


def test_by_hand():
    # 4 of 8 units hold either code, 3 hold both
    matrix = [[1, 1]] * 3 + [[1, 0], [0, 1]] + [[0, 0]] * 3
    found = pair_probabilities(count_joint(matrix))
    assert found.expected.tolist() == [2.0]
    assert found.effect.tolist() == [1 / 8]
    assert found.p_equal == pytest.approx([16 / 70], abs=1e-15)
    assert found.p_at_least == pytest.approx([17 / 70], abs=1e-15)
    assert found.p_at_most == pytest.approx([69 / 70], abs=1e-15)
    assert found.phi == pytest.approx([0.5], abs=1e-15)
    assert found.jaccard == pytest.approx([0.6], abs=1e-15)
    assert found.lift == pytest.approx([1.5], abs=1e-15)


@pytest.mark.parametrize("kind", ["cc0", "public"])
def test_equals_r(reference, kind):
    case = reference(kind, "cooc_finches_cooccur")
    names, matrix = incidence(case)
    found = pair_probabilities(count_joint(matrix))
    expected = case.values["pairs_unrounded" if kind == "cc0" else "unrounded"]
    keys = ("c1", "c2") if kind == "cc0" else ("sp1", "sp2")
    at = {str(name): i for i, name in enumerate(names)}
    order = {pair: i for i, pair in enumerate(zip(found.first, found.second, strict=True))}
    rows = [order[at[a], at[b]] for a, b in zip(expected[keys[0]], expected[keys[1]], strict=True)]
    assert sorted(rows) == list(range(found.first.size))
    cc0 = kind == "cc0"
    columns = {
        "observed": "observed" if cc0 else "obs",
        "expected": "expected" if cc0 else "exp",
        "n_first": "n1",
        "n_second": "n2",
        "p_at_most": "p_le" if cc0 else "p_lt",
        "p_at_least": "p_ge" if cc0 else "p_gt",
        "p_equal": "p_eq",
        "jaccard": "jaccard",
        "lift": "lift",
    }
    if cc0:
        columns["effect"] = "effect_std"
    for name, key in columns.items():
        told = np.array(expected[key], dtype=float)
        assert getattr(found, name)[rows] == pytest.approx(told, rel=1e-12, abs=1e-14), name
    for value, told, varies in zip(
        found.phi[rows], expected["phi"], found.varies[rows], strict=True
    ):
        if told is None or told == "NA":
            assert not varies
            assert value == 0
        else:
            assert value == pytest.approx(told, abs=1e-13)


@pytest.mark.parametrize("kind", ["cc0", "public"])
def test_printed_values_and_classes_of_cooccur(reference, kind):
    case = reference(kind, "cooc_finches_cooccur")
    _, matrix = incidence(case)
    found = pair_probabilities(count_joint(matrix))
    summary = case.values["summary_thresh_false"]
    assert int((found.p_at_least < 0.05).sum()) == np.ravel(summary["positive"])[0]
    assert int((found.p_at_most < 0.05).sum()) == np.ravel(summary["negative"])[0]
    assert found.first.size == np.ravel(summary["pairs"])[0]
    kept = "pairs_kept_thresh_true" if kind == "cc0" else "results_thresh_true_pairs"
    assert int((found.expected >= 1).sum()) == case.values[kept]
    if kind == "cc0":
        printed = case.values["cooccur_printed"]
        # five decimals
        assert np.sort(found.p_at_most) == pytest.approx(np.sort(printed["p_lt"]), abs=5.1e-6)
        assert np.sort(found.p_at_least) == pytest.approx(np.sort(printed["p_gt"]), abs=5.1e-6)


def exact_tails(observed, n_first, n_second, n):
    ways = {
        j: comb(n_first, j) * comb(n - n_first, n_second - j)
        for j in range(max(0, n_first + n_second - n), min(n_first, n_second) + 1)
    }
    total = comb(n, n_second)
    low = sum(w for j, w in ways.items() if j <= observed)
    high = sum(w for j, w in ways.items() if j >= observed)
    return [float(Fraction(x, total)) for x in (low, high, ways[observed])]


def test_equals_whole_number_arithmetic():
    """Every table of small margins, and a few large ones; relative, into the far tails."""
    cases = [
        (j, a, b, n)
        for n in (1, 2, 9, 20)
        for a in range(n + 1)
        for b in range(n + 1)
        for j in range(max(0, a + b - n), min(a, b) + 1)
    ]
    cases += [(j, 800, 500, 2000) for j in (80, 150, 200, 201, 260, 330)]
    cases += [(j, 1500, 1700, 2000) for j in (1200, 1275, 1276, 1400)]
    j, a, b, n = np.array(cases).T
    for size in np.unique(n):
        here = n == size
        found = hypergeometric_tails(j[here], a[here], b[here], n_units=int(size))
        expected = np.array([exact_tails(*map(int, c)) for c in np.array(cases)[here]]).T
        for value, told in zip(found, expected, strict=True):
            # 1e-13 of the value, down to 1e-100 and below
            assert value == pytest.approx(told, rel=1e-12, abs=1e-300)


def test_equals_scipy_on_a_large_matrix():
    rng = np.random.default_rng(1)
    depth = 0.2 * rng.random((20_000, 1))
    matrix = rng.random((20_000, 12)) < 0.5 * rng.random(12) + depth
    found = pair_probabilities(count_joint(matrix))
    law = stats.hypergeom(20_000, found.n_first, found.n_second)
    assert found.p_at_most == pytest.approx(law.cdf(found.observed), rel=1e-11, abs=1e-300)
    assert found.p_at_least == pytest.approx(law.sf(found.observed - 1), rel=1e-11, abs=1e-300)
    assert (found.p_at_most + found.p_at_least) == pytest.approx(1 + found.p_equal, abs=1e-13)


def test_units_may_move_and_codes_may_be_empty():
    rng = np.random.default_rng(2)
    matrix = rng.random((50, 5)) < 0.4
    matrix[:, 1], matrix[:, 3] = False, True
    found = pair_probabilities(count_joint(matrix))
    again = pair_probabilities(count_joint(matrix[rng.permutation(50)]))
    for name in ("p_at_most", "p_at_least", "phi", "jaccard", "lift", "effect"):
        assert (getattr(found, name) == getattr(again, name)).all()
        assert np.isfinite(getattr(found, name)).all()
    told = {
        pair
        for pair, v in zip(zip(found.first, found.second, strict=True), found.varies, strict=True)
        if v
    }
    assert told == {(0, 2), (0, 4), (2, 4)}
    dull = ~found.varies
    assert found.p_at_most[dull] == pytest.approx(1.0, abs=1e-14)
    assert found.p_at_least[dull] == pytest.approx(1.0, abs=1e-14)


@pytest.mark.parametrize("measure", ["phi", "odds_ratio", "risk_difference", "jaccard", "lift"])
def test_many_associations_equal_one_at_a_time(measure):
    tables = np.random.default_rng(3).integers(0, 4, (200, 4))
    many = associations(tables, measure=measure, undefined=-9.0)
    for table, value in zip(tables.tolist(), many, strict=True):
        single = association(*table, measure=measure)
        assert value == (-9.0 if isinstance(single, Refusal) else single)
    with pytest.raises(ValueError, match="n_pairs"):
        associations([1, 2, 3, 4], measure=measure, undefined=0.0)


def test_refusals():
    assert "two codes" in pair_probabilities(count_joint([[1], [0]])).why
    assert "no unit" in pair_probabilities(count_joint(np.zeros((0, 3)))).why
