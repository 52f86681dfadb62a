"""Co-occurrence in two samples: by hand, by enumeration, against R's NCT, and properties."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from relatum.inference.common import Refusal
from relatum.inference.ising_comparison import compare_ising
from relatum.inference.network_comparison import compare_cooccurrence

MEASURES = ("within_cases", "pooled")
# glmnet stops before its minimum
GRID = 1e-3


def table(both, first, second, neither):
    rows = [[1, 1]] * both + [[1, 0]] * first + [[0, 1]] * second + [[0, 0]] * neither
    return np.array(rows, float)


def items(seed, *, together=False, sizes=(9, 6, 4, 3, 3, 2), k=4):
    rng = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(len(sizes)), sizes)
    x = (rng.random((len(cluster), k)) < 0.5).astype(float)
    if together:
        x[:, 1] = np.where(rng.random(len(cluster)) < 0.85, x[:, 0], 1 - x[:, 0])
    x[rng.random(x.shape) < 0.05] = np.nan
    return x, cluster


# by hand


def test_by_hand():
    a = table(4, 1, 2, 3), table(1, 2, 2, 5)
    b = table(2, 2, 1, 1), table(3, 0, 1, 2)
    xa, ca = np.concatenate(a), np.repeat([0, 1], 10)
    xb, cb = np.concatenate(b), np.repeat([0, 1], 6)
    found = compare_cooccurrence(xa, ca, xb, cb)
    # sums of both x neither / n and of one without the other / n
    log_a = np.log((12 / 10 + 5 / 10 + 0.5) / (2 / 10 + 4 / 10 + 0.5))
    log_b = np.log((2 / 6 + 6 / 6 + 0.5) / (2 / 6 + 0 + 0.5))
    assert found.log_odds_a == pytest.approx([log_a])
    assert found.log_odds_b == pytest.approx([log_b])
    assert found.difference == pytest.approx([log_a - log_b])
    assert found.largest == pytest.approx(abs(log_a - log_b))
    assert found.mean_difference == pytest.approx(log_a - log_b)
    assert (found.pairs, found.n_pairs, found.n_arrangements) == (((0, 1),), 1, 6)
    pooled = compare_cooccurrence(xa, ca, xb, cb, measure="pooled")
    assert pooled.log_odds_a == pytest.approx([np.log(5.5 * 8.5 / (3.5 * 4.5))])
    assert pooled.log_odds_b == pytest.approx([np.log(5.5 * 3.5 / (2.5 * 2.5))])


@pytest.mark.parametrize("measure", MEASURES)
def test_p_is_the_share_of_all_arrangements(measure):
    a, b = items(1, together=True, sizes=(9, 6, 3)), items(2, sizes=(8, 5, 4, 1))
    found = compare_cooccurrence(*a, *b, measure=measure)
    assert found.exact
    assert found.n_arrangements == 35
    assert len(found.pairs) == 6
    x, cases = np.concatenate([a[0], b[0]]), np.concatenate([a[1], b[1] + 10])
    ways = [np.isin(cases, chosen) for chosen in combinations(np.unique(cases), 3)]
    null = np.array([statistics(x, cases, first, measure) for first in ways])
    seen = statistics(x, cases, cases < 10, measure)
    above = null >= seen - 1e-9
    assert found.p_mean == pytest.approx(above[:, 0].mean())
    assert found.p_values == pytest.approx(above[:, 1:].mean(axis=0))
    worst = null[:, 1:].max(axis=1)[:, None]
    assert found.adjusted == pytest.approx((worst >= seen[1:] - 1e-9).mean(axis=0))
    assert found.p_largest == found.adjusted.min()


def statistics(x, cases, first, measure):
    """Absolute t of the mean difference and of each difference, case by case."""
    gap, squares, mean_square = 0.0, 0.0, 0.0
    for sign, side in ((1, first), (-1, ~first)):
        log_odds, pulls = one_side(x[side], cases[side], measure)
        gap = gap + sign * log_odds
        squares = squares + (pulls**2).sum(axis=0)
        mean_square += (pulls.mean(axis=1) ** 2).sum()
    error = np.sqrt(np.maximum([mean_square, *squares], 1e-12))
    return np.abs([gap.mean(), *gap]) / error


def one_side(x, cases, measure):
    """Log odds ratios of all pairs, and what each case adds to them at the margin."""
    found, pulls, h = [], [], 0.5
    for i, j in combinations(range(x.shape[1]), 2):
        tables = []
        for case in np.unique(cases):
            u, v = x[cases == case, i], x[cases == case, j]
            cells = ((1, 1), (1, 0), (0, 1), (0, 0))
            tables.append([((u == s) & (v == t)).sum() for s, t in cells])
        t = np.array(tables, float)
        if measure == "within_cases":
            n = np.maximum(t.sum(axis=1), 1)
            r, s = t[:, 0] * t[:, 3] / n, t[:, 1] * t[:, 2] / n
            found.append(np.log((r.sum() + h) / (s.sum() + h)))
            pulls.append(r / (r.sum() + h) - s / (s.sum() + h))
            continue
        p, q, r, s = t.sum(axis=0)
        varies = (p + q) * (r + s) * (p + r) * (q + s) > 0
        found.append(np.log((p + h) * (s + h) / (q + h) / (r + h)) if varies else 0.0)
        signs = np.array([1, -1, -1, 1]) * varies
        pulls.append((signs * t / (t.sum(axis=0) + h)).sum(axis=1))
    return np.array(found), np.array(pulls).T


def test_a_pair_that_goes_together_in_one_sample_is_found():
    a, b = items(1, together=True, sizes=(8,) * 10), items(2, sizes=(8,) * 10)
    found = compare_cooccurrence(*a, *b, n_permutations=399)
    assert found.adjusted[0] < 0.05
    assert found.adjusted[1:].min() > 0.05
    assert found.p_largest < 0.05
    assert (found.adjusted >= found.p_values).all()
    same = compare_cooccurrence(*a, *a, n_permutations=399)
    assert same.largest == 0
    assert (same.p_largest, same.p_mean, same.adjusted.min()) == (1, 1, 1)


def test_frequent_cases_go_together_only_when_pooled():
    # in each case an item is all or nothing: nothing is left within cases
    cluster = np.repeat(np.arange(6), 6)
    a = np.repeat((cluster < 3).astype(float)[:, None], 2, axis=1)
    b, _ = items(2, sizes=(6,) * 6, k=2)
    found = compare_cooccurrence(a, cluster, b, cluster)
    assert found.why == "no pair of items varies within cases of both samples"
    pooled = compare_cooccurrence(a, cluster, b, cluster, measure="pooled")
    assert pooled.log_odds_a[0] > 4


def test_a_sample_of_cases_of_one_says_nothing_within_cases():
    a, (b, _) = items(1, together=True), items(2, sizes=(1,) * 40)
    found = compare_cooccurrence(*a, b, np.arange(40))
    assert found.why == "no pair of items varies within cases of both samples"
    assert compare_cooccurrence(*a, b, np.arange(40), measure="pooled", n_permutations=50).pairs


# properties


@pytest.mark.parametrize("measure", MEASURES)
def test_rows_names_and_order_of_samples_do_not_matter(measure):
    a, b = items(1, together=True), items(2)
    call = {"measure": measure, "n_permutations": 300}
    first = compare_cooccurrence(*a, *b, **call)
    rng = np.random.default_rng(3)
    p, q = rng.permutation(len(a[1])), rng.permutation(len(b[1]))
    again = compare_cooccurrence(a[0][p], -a[1][p], b[0][q], b[1][q].astype(str), **call)
    turned = compare_cooccurrence(*b, *a, **call)
    for other, sign in ((again, 1), (turned, -1)):
        assert (other.p_largest, other.p_mean) == (first.p_largest, first.p_mean)
        assert other.difference == pytest.approx(sign * first.difference)
        assert other.adjusted.tolist() == first.adjusted.tolist()


@settings(deadline=None, max_examples=40)
@given(
    arrays(float, (8, 3), elements=st.sampled_from([0.0, 1.0, np.nan])),
    st.lists(st.integers(0, 2), min_size=8, max_size=8),
    st.sampled_from(MEASURES),
)
def test_odd_samples_give_numbers_or_words(values, cluster, measure):
    b = items(2, k=3)
    found = compare_cooccurrence(values, cluster, *b, measure=measure, n_permutations=30)
    if isinstance(found, Refusal):
        assert found.why
        return
    assert np.isfinite(found.difference).all()
    assert found.smallest_p <= found.p_largest <= 1
    assert ((found.adjusted > 0) & (found.adjusted <= 1)).all()


# Ising networks


def r_networks(reference):
    case = reference("public", "comp_nct")
    tables = [case.table(f"sample{i}.csv") for i in (1, 2)]
    a, b = (np.stack(list(table.values()), axis=1) for table in tables)
    return a, b, case.values


def test_networks_as_r(reference):
    a, b, values = r_networks(reference)
    found = compare_ising(a, np.arange(len(a)), b, np.arange(len(b)), n_permutations=19)
    r = values["different"]
    assert found.largest == pytest.approx(r["M_nwinv_real"], abs=GRID)
    assert found.weights_a == pytest.approx(np.array(values["network1"]), abs=GRID)
    assert found.strength_a == pytest.approx(r["S_sep"][0], abs=GRID)
    assert found.n_unfitted == 0
    # the edge between items 1 and 2 is the one whose p is smallest in R
    assert found.edge_p[0, 1] == 0.05
    same = compare_ising(a, np.arange(len(a)), a[::-1], np.arange(len(a)), n_permutations=19)
    assert (same.largest, same.strength_difference, same.p_largest) == (0, 0, 1)


def test_strengths_as_r(reference):
    a, b, values = r_networks(reference)
    found = compare_ising(a, np.arange(len(a)), b, np.arange(len(b)), n_permutations=19)
    r = values["different"]
    assert found.weights_b == pytest.approx(np.array(values["network2"]), abs=GRID)
    assert found.strength_b == pytest.approx(r["S_sep"][1], abs=GRID)
    assert found.strength_difference == pytest.approx(r["S_glstrinv_real"], abs=GRID)


def test_networks_of_cases():
    a, b = items(1, together=True, sizes=(8,) * 5, k=3), items(2, sizes=(8,) * 5, k=3)
    a, b = (np.nan_to_num(a[0]), a[1]), (np.nan_to_num(b[0]), b[1])
    first = compare_ising(*a, *b, n_permutations=19)
    turned = compare_ising(*b, *a, n_permutations=19)
    assert (turned.p_largest, turned.p_strength) == (first.p_largest, first.p_strength)
    assert turned.weights_a == pytest.approx(first.weights_b)
    assert first.n_cases_a == 5


def test_networks_that_cannot_be_fitted():
    a, b = items(1, k=3), items(2, k=3)
    a, b = (np.nan_to_num(a[0]), a[1]), (np.nan_to_num(b[0]), b[1])
    found = compare_ising(np.zeros_like(a[0]), a[1], *b)
    assert "sample a: a value of item 1 occurs fewer than 2 times" in found.why
    # item 1 is rare: some arrangements have it in one sample only, and count as extreme
    a[0][:, 0], b[0][:, 0] = 0, 0
    a[0][[0, 1], 0] = 1
    b[0][[0, 1], 0] = 1
    assert compare_ising(*a, *b, n_permutations=19).n_unfitted > 0


# what cannot be said


def test_refusals():
    a, b = items(1), items(2)
    found = compare_cooccurrence(a[0], np.ones(len(a[0])), *b)
    assert found.why == "sample a has one case; two are needed"
    found = compare_cooccurrence(np.ones_like(a[0]), a[1], *b)
    assert found.why == "no pair of items varies within cases of both samples"
    still = a[0].copy()
    still[:, 2] = 1
    found = compare_cooccurrence(still, a[1], *b, n_permutations=50)
    assert found.pairs == ((0, 1), (0, 3), (1, 3))
    assert found.n_pairs == 6


def test_wrong_calls():
    a, b = items(1), items(2)
    with pytest.raises(ValueError, match=r"matrix_a must hold.*4 items, matrix_b 3.*19.*measure"):
        compare_cooccurrence(a[0] * 2, a[1], b[0][:, :3], b[1], measure="phi", n_permutations=1)
    with pytest.raises(ValueError, match="cluster_b has 2 labels"):
        compare_cooccurrence(*a, b[0], [1, 2])
    with pytest.raises(ValueError, match="leave rows with NaN out"):
        compare_ising(*a, *b)
