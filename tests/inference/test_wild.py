import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relatum.inference.common import Refusal
from relatum.inference.wild import wild_coefficient, wild_difference, wild_mean
from relatum.inference.wild_core import WildResult, sign_chunks
from relatum.inference.wild_proportion import clustered_proportion, wild_proportion

COLUMNS = {"trt": 1, "p2": 2, "z": 3}


def r_problem(case, key):
    """Data of one entry `few_trt`, `all_p2`, ... of the simulated case."""
    rows, name = key.split("_")
    data = case.table()
    keep = data["few"] == 1 if rows == "few" else np.ones(len(data["y"]), bool)
    design = np.column_stack([np.ones(keep.sum()), *(data[c][keep] for c in ("trt", "p2", "z"))])
    return data["y"][keep], design, data["cl"][keep], COLUMNS[name]


@pytest.mark.parametrize("key", ["few_trt", "few_p2", "few_z", "all_trt", "all_p2", "all_z"])
def test_enumeration_equals_r(reference, key):
    case = reference("cc0", "retr_wild_bootstrap")
    want = case.values["enumeration"][key]
    y, design, cluster, column = r_problem(case, key)
    found = wild_coefficient(y, design, cluster, column=column)
    assert found.n_draws == want["draws"]
    assert found.estimate == pytest.approx(want["estimate"], abs=1e-12)
    assert found.std_error == pytest.approx(want["se_CR1S"], abs=1e-12)
    assert found.statistic == pytest.approx(want["t"], abs=1e-10)
    assert found.p_value == want["p_ge"]
    assert found.p_value_strict == want["p_gt"]
    assert [found.conf_low, found.conf_high] == pytest.approx(
        want["ci95_inversion_p_ge"], abs=1e-12
    )
    at_90 = wild_coefficient(y, design, cluster, column=column, conf_level=0.90, null=0.1)
    assert [at_90.conf_low, at_90.conf_high] == pytest.approx(
        want["ci90_inversion_p_ge"], abs=1e-12
    )
    assert at_90.p_value == want["p_ge_at_null_0.1"]


@pytest.mark.parametrize(("name", "column"), [("trt", 1), ("p2", 2)])
def test_p_equals_fwildclusterboot_on_the_herds(reference, name, column):
    case = reference("public", "retr_wild_bootstrap")
    data, values = case.table(), case.values
    few = data["herd"] <= 9
    names = ("trt", "p2", "p3", "p4")
    design = np.column_stack([np.ones(few.sum()), *(data[c][few] for c in names)])
    found = wild_coefficient(data["y"][few], design, data["herd"][few], column=column)
    brute = values[f"brute_force_few9_{name}"]
    assert found.p_value == brute["p_ge"]
    assert found.p_value_strict == values[f"few9_{name}_rademacher_full_enumeration"]["p"]
    assert found.statistic == pytest.approx(brute["t"], abs=1e-9)
    everyone = np.column_stack([np.ones(len(data["y"])), *(data[c] for c in names)])
    fifteen = wild_coefficient(data["y"], everyone, data["herd"], column=column, max_enumerated=15)
    want = values[f"all15_{name}_rademacher_99999"]
    assert fifteen.p_value_strict == pytest.approx(want["p"], abs=1e-12)
    assert [fifteen.conf_low, fifteen.conf_high] == pytest.approx(want["ci"], abs=2e-3)


def brute_force_p(y, design, cluster, column, null):
    """Refit the model on every bootstrap sample; slow, and independent of the fast form."""
    labels = np.unique(cluster)
    inverse = np.linalg.inv(design.T @ design)

    def t_of(outcome):
        beta = inverse @ design.T @ outcome
        residual = outcome - design @ beta
        scores = [inverse @ design[cluster == g].T @ residual[cluster == g] for g in labels]
        return (beta[column] - null) / math.sqrt(sum(s[column] ** 2 for s in scores))

    others = np.delete(design, column, axis=1)
    shifted = y - null * design[:, column]
    fitted = others @ np.linalg.lstsq(others, shifted, rcond=None)[0] if others.size else 0 * y
    residual, base = shifted - fitted, fitted + null * design[:, column]
    observed = abs(t_of(y))
    draws = []
    for signs in itertools.product((1.0, -1.0), repeat=len(labels)):
        flip = np.array(signs)[np.searchsorted(labels, cluster)]
        draws.append(abs(t_of(base + flip * residual)))
    return np.mean(np.array(draws) >= observed - 1e-9 * max(1.0, observed))


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 10_000), st.floats(-0.5, 1.0))
def test_p_equals_refitting_every_sample(seed, null):
    rng = np.random.default_rng(seed)
    cluster = np.concatenate([np.arange(6), rng.integers(0, 6, 24)])
    y = rng.normal(size=30) + rng.normal(size=6)[cluster]
    design = np.column_stack([np.ones(30), rng.normal(size=30)])
    for columns in ((0,), (0, 1)):
        x, column = design[:, columns], columns[-1]
        found = wild_coefficient(y, x, cluster, column=column, null=null)
        assert found.p_value == pytest.approx(brute_force_p(y, x, cluster, column, null), abs=1e-12)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000))
def test_rows_labels_and_signs(seed):
    rng = np.random.default_rng(seed)
    cluster = np.concatenate([np.arange(8), rng.integers(0, 8, 32)])
    y = rng.normal(size=40) + 0.5 * rng.normal(size=8)[cluster]
    x = np.column_stack([np.ones(40), rng.normal(size=40)])
    plain = wild_coefficient(y, x, cluster, column=1)
    order, names = rng.permutation(40), np.array(list("zyxwvuts"))
    moved = wild_coefficient(y[order], x[order], names[cluster[order]], column=1)
    flipped = wild_coefficient(-y, x, cluster, column=1)
    for other, sign in ((moved, 1.0), (flipped, -1.0)):
        limits = sorted((sign * other.conf_low, sign * other.conf_high))
        assert other.p_value == plain.p_value
        assert limits == pytest.approx([plain.conf_low, plain.conf_high], abs=1e-9)


@settings(deadline=None, max_examples=25)
@given(st.data())
def test_a_null_outside_the_limits_is_rejected_and_inside_next_to_them_is_not(data):
    sizes = np.array([12, 9, 4, 3, 2, 2, 1, 1])
    counts = np.array([data.draw(st.integers(0, int(n))) for n in sizes])
    found = wild_proportion(counts, sizes)
    if isinstance(found, Refusal):
        return
    for limit, outwards in ((found.conf_low, -1e-7), (found.conf_high, 1e-7)):
        if 0.0 < limit < 1.0:
            outside = wild_proportion(counts, sizes, null=limit + outwards)
            inside = wild_proportion(counts, sizes, null=limit - outwards)
            assert outside.p_value <= 0.05 < inside.p_value


def test_proportion_mean_and_difference_agree_with_the_coefficient(case_sizes):
    rng = np.random.default_rng(5)
    cluster = np.repeat(np.arange(12), case_sizes)
    y = (rng.random(73) < 0.4).astype(float)
    counts = np.bincount(cluster, weights=y)
    by_rows = wild_mean(y, cluster, null=0.5, support=(0.0, 1.0))
    by_counts = wild_proportion(counts, case_sizes)
    assert by_counts.p_value == by_rows.p_value
    assert by_counts.conf_low == pytest.approx(by_rows.conf_low, abs=1e-12)
    group = (rng.random(73) < 0.5).astype(float)
    difference = wild_difference(y, group, cluster)
    assert difference.estimate == pytest.approx(y[group == 1].mean() - y[group == 0].mean())
    assert by_rows.n_draws == 4096
    assert by_rows.smallest_p == 2 / 4096


def test_weights_count_rows():
    rng = np.random.default_rng(2)
    cluster = np.repeat(np.arange(7), 6)
    y, w = rng.normal(size=42), rng.integers(1, 4, 42)
    weighted = wild_mean(y, cluster, weights=w)
    repeated = wild_mean(np.repeat(y, w), np.repeat(cluster, w))
    assert weighted.conf_low == pytest.approx(repeated.conf_low, abs=1e-10)
    assert weighted.p_value == repeated.p_value


def test_many_clusters_draw_signs_by_seed():
    rng = np.random.default_rng(4)
    cluster = np.repeat(np.arange(20), 10)
    y = rng.normal(size=200) + rng.normal(size=20)[cluster]
    first = wild_mean(y, cluster, null=0.4, seed=11)
    assert wild_mean(y, cluster, null=0.4, seed=11) == first
    other = wild_mean(y, cluster, null=0.4, seed=12)
    assert not first.enumerated
    assert first.n_draws == 9_999
    assert first.p_value != other.p_value
    assert first.p_value == pytest.approx(other.p_value, abs=0.03)
    assert first.smallest_p == 1e-4
    rows = np.concatenate(list(sign_chunks(20, n_draws=9_999, seed=1)))
    assert rows.shape == (10_000, 20)
    assert (rows[0] == 1).all()
    assert abs(rows[1:].mean()) < 0.01


def test_enumeration_holds_every_vector_up_to_its_mirror():
    half = np.concatenate(list(sign_chunks(10, n_draws=1, seed=1)))
    full = {tuple(v) for v in np.vstack([half, -half])}
    assert len(full) == 2**10


def test_headline_recipe_at_the_edges(case_sizes):
    assert clustered_proportion(np.zeros(12), case_sizes).method == "korn_graubard"
    assert clustered_proportion(case_sizes, case_sizes).conf_high == 1.0
    equal_shares = clustered_proportion([2, 4, 1, 3], [4, 8, 2, 6])
    assert equal_shares.method == "korn_graubard"
    usual = clustered_proportion(case_sizes // 2, case_sizes)
    assert usual.method == "wild_cluster_bootstrap"
    assert 0.0 <= usual.conf_low < usual.conf_high <= 1.0
    assert isinstance(clustered_proportion([2], [5]), Refusal)


ONES = np.ones((6, 1))
SIX = np.repeat([1, 2, 3], 2)


@pytest.mark.parametrize(
    ("y", "x", "cluster", "word"),
    [
        ([1, 0, 1, 0, 1, 1], ONES, np.ones(6), "one cluster"),
        (np.ones(6), ONES, SIX, "same in every row"),
        ([1, 0, 1, 0, 1, 1], np.column_stack([ONES, ONES]), SIX, "collinear"),
        ([1, 0, 1, 0, 1, 1], np.column_stack([ONES, 0 * ONES]), SIX, "zero in every row"),
        ([1, 0, 1, 0, np.inf, 1], ONES, SIX, "not finite"),
        ([1, 0, 1, 0, 1, 0], ONES, SIX, "add up to zero"),
        ([], np.ones((0, 1)), [], "no row"),
    ],
)
def test_degenerate_input_is_refused_in_words(y, x, cluster, word):
    found = wild_coefficient(y, x, cluster, column=0)
    assert isinstance(found, Refusal)
    assert word in found.why


def test_weights_that_are_not_finite_or_all_zero():
    y = [1.0, 0.0, 1.0, 0.0, 1.0, 1.0]
    for weights, word in (([1, 1, np.nan, 1, 1, 1], "weights hold 1"), ([0] * 6, "zero")):
        found = wild_mean(y, SIX, weights=weights)
        assert isinstance(found, Refusal)
        assert word in found.why
    with pytest.raises(ValueError, match="negative"):
        wild_mean(y, SIX, weights=[-1, 1, 1, 1, 1, 1])


def test_two_clusters_give_no_limits_rather_than_wrong_ones():
    found = wild_mean([1.0, 0.0, 1.0, 1.0], [1, 1, 2, 2])
    assert isinstance(found, WildResult)
    assert (found.conf_low, found.conf_high) == (-math.inf, math.inf)
    assert found.smallest_p == 0.5


def test_wrong_calls_raise():
    with pytest.raises(ValueError, match="column"):
        wild_coefficient([1, 0, 1, 0, 1, 1], ONES, SIX, column=1)
    with pytest.raises(ValueError, match="0 and 1 only"):
        wild_difference([1, 0, 1, 0, 1, 1], [1, 2, 1, 1, 1, 2], SIX)
    with pytest.raises(ValueError, match="size of their cluster"):
        wild_proportion([3, 1], [2, 2])
