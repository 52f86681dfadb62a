"""Nulls of a whole matrix: by enumeration, against closed forms, against vegan, and refusals."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from relatum.inference.blocks import block_matrix
from relatum.inference.common import Refusal
from relatum.inference.margin_tables import margin_table
from relatum.inference.matrix_null_kernels import (
    CURVEBALL,
    SWAP,
    TRIAL_SWAP,
    count_distinct,
    draw_matrices,
)
from relatum.inference.matrix_null_statistics import (
    StatisticTest,
    compare_statistics,
    drawn_statistics,
)
from relatum.inference.matrix_nulls import MATRIX_NULLS, MatrixNull, draw_matrix_null
from relatum.inference.matrix_statistics import matrix_statistics

FIXED = ("curveball", "trial_swap", "swap", "quasiswap")


def units_by_codes(table, *labels):
    """The files hold codes in rows: their columns are the units."""
    return np.stack([column for name, column in table.items() if name not in labels])


@pytest.fixture(scope="module")
def some():
    rng = np.random.default_rng(3)
    return rng.random((30, 6)) < [0.1, 0.3, 0.5, 0.6, 0.8, 0.4]


# --- by hand and by enumeration --------------------------------------------------------------


def completions(cells):
    """Return every matrix with the totals of the rows and columns of a small one."""
    rows = [itertools.combinations(range(cells.shape[1]), int(w)) for w in cells.sum(axis=1)]
    for chosen in itertools.product(*rows):
        filled = np.zeros_like(cells)
        for row, items in zip(filled, chosen, strict=True):
            row[list(items)] = 1
        if (filled.sum(axis=0) == cells.sum(axis=0)).all():
            yield filled


def boards(cells):
    joint = cells.T @ cells
    totals = cells.sum(axis=0)
    pairs = itertools.combinations(range(len(totals)), 2)
    return sum((totals[a] - joint[a, b]) * (totals[b] - joint[a, b]) for a, b in pairs)


@pytest.mark.parametrize(
    ("kind", "moves"), [(CURVEBALL, 12), (TRIAL_SWAP, 150), (SWAP, 12)], ids=FIXED[:3]
)
def test_every_matrix_is_visited_as_often_as_it_should(kind, moves):
    cells = np.array([[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1], [0, 1, 1, 1], [1, 0, 0, 1]])
    bits = 1 << np.arange(4)
    weights = {
        tuple((filled @ bits).tolist()): boards(filled) if kind == SWAP else 1
        for filled in completions(cells)
    }
    assert len(weights) == margin_table(block_matrix(cells, np.zeros(5)), 0).n_matrices
    rows = (cells @ bits).astype(np.uint64)
    state = np.array([11], dtype=np.uint64)
    seen = dict.fromkeys(weights, 0)
    draws = 40_000
    spans, sums = np.array([[0, 5]]), cells.sum(axis=0)[None]
    counts = [np.zeros(shape, dtype=np.int64) for shape in ((1, 6), (1, 4), (1,))]
    for _ in range(draws):
        assert draw_matrices(kind, rows, spans, sums, np.array([moves]), *counts, state)
        seen[tuple(rows.tolist())] += 1
    expected = np.array(list(weights.values())) * draws / sum(weights.values())
    assert stats.chisquare(list(seen.values()), expected).pvalue > 0.001


def test_swaps_do_not_alternate():
    """Of a 2 x 2 checkerboard every swap gives the other: an even number would give the same."""
    rows = np.array([1, 2], dtype=np.uint64)
    state = np.array([11], dtype=np.uint64)
    seen = []
    for _ in range(2_000):
        counts = [np.zeros(shape, dtype=np.int64) for shape in ((1, 1), (1, 2), (1,))]
        sums, moves = np.array([[1, 1]]), np.array([4])
        assert draw_matrices(SWAP, rows, np.array([[0, 2]]), sums, moves, *counts, state)
        seen.append(int(rows[0]))
    assert set(seen) == {1, 2}
    # Half of 2,000: four deviations.
    assert abs(seen.count(1) - 1_000) < 4 * math.sqrt(500)


def test_distinct_rows_are_counted():
    rng = np.random.default_rng(8)
    rows = rng.integers(0, 40, 90).astype(np.uint64) << np.uint64(33)
    slots, stamps = np.zeros(256, dtype=np.uint64), np.full(256, -1)
    assert count_distinct(rows, slots, stamps, 0) == len(np.unique(rows))
    assert count_distinct(rows[:5], slots, stamps, 1) == len(np.unique(rows[:5]))


def test_p_values_by_hand():
    """Two rows of one of two items each: of the four matrices two are checkerboards."""
    found = draw_matrix_null([[1, 0], [0, 1]], method="columns", draws=1_000, seed=6)
    drawn = drawn_statistics(found)
    split = int((drawn.c_score == 1).sum())
    assert abs(split - 500) < 4 * math.sqrt(250)
    c_score, checker, combo, ratio = compare_statistics(found)
    assert (c_score.statistic, c_score.observed) == ("c_score", 1.0)
    assert (c_score.p_less, c_score.p_greater) == (1.0, (split + 1) / 1_001)
    assert c_score.p_value == min(1.0, 2 * c_score.p_greater)
    assert c_score.expected == pytest.approx(split / 1_000, abs=1e-12)
    assert c_score.effect == pytest.approx((1 - c_score.expected) / c_score.std_error, abs=1e-12)
    assert (checker.observed, combo.observed, ratio.observed) == (1.0, 2.0, 0.0)
    # Together in one row of two: the variance ratio is 2; apart it is 0.
    assert set(drawn.v_ratio.tolist()) == {0.0, 2.0}
    assert set(drawn.species_combo.tolist()) == {2.0}


# --- closed forms ----------------------------------------------------------------------------


def four_errors(draws):
    return 4 * draws.std(axis=0).max() / math.sqrt(len(draws))


def test_column_totals_alone(some):
    found = draw_matrix_null(some, method="columns", draws=20_000, seed=4)
    n, totals = len(some), some.sum(axis=0)
    assert (found.totals == totals).all()
    a, b = (totals[index].astype(float) for index in np.triu_indices(6, 1))
    mean = a * b / n
    variance = a * b * (n - a) * (n - b) / (n**2 * (n - 1))
    assert found.joint.mean(axis=0) == pytest.approx(mean, abs=four_errors(found.joint))
    assert found.joint.var(axis=0) == pytest.approx(variance, rel=4 * math.sqrt(2 / 2e4) * 1.2)
    drawn = drawn_statistics(found)
    c_score = (a * b - (a + b) * mean + mean**2 + variance).mean()
    assert drawn.c_score.mean() == pytest.approx(c_score, abs=four_errors(drawn.c_score))
    # Columns that are independent have a variance ratio of 1 on average, exactly.
    assert drawn.v_ratio.mean() == pytest.approx(1.0, abs=four_errors(drawn.v_ratio))
    assert found.checks.thin == 0
    assert found.checks.effective == 20_000


def test_row_totals_alone(some):
    found = draw_matrix_null(some, method="rows", draws=20_000, seed=4)
    widths = some.sum(axis=1).astype(float)
    share = widths * (widths - 1) / (6 * 5)
    assert found.totals.sum(axis=1).tolist() == [int(some.sum())] * 20_000
    assert found.totals.mean(axis=0) == pytest.approx(
        [widths.sum() / 6] * 6, abs=four_errors(found.totals)
    )
    assert found.joint.mean(axis=0) == pytest.approx(
        [share.sum()] * 15, abs=four_errors(found.joint)
    )
    variance = (share * (1 - share)).sum()
    assert found.joint.var(axis=0) == pytest.approx([variance] * 15, rel=0.05)


def test_number_of_ones_alone(some):
    found = draw_matrix_null(some, method="equiprobable", draws=20_000, seed=4)
    ones, cells = int(some.sum()), some.size
    both = len(some) * ones * (ones - 1) / (cells * (cells - 1))
    assert (found.totals.sum(axis=1) == ones).all()
    assert found.joint.mean(axis=0) == pytest.approx([both] * 15, abs=four_errors(found.joint))


@pytest.mark.parametrize("method", FIXED)
def test_fixed_totals_fix_what_they_must(some, method):
    found = draw_matrix_null(some, method=method, draws=200, seed=4)
    assert (found.totals == some.sum(axis=0)).all()
    # Rows keep their number of items, so the sum of all joint counts is constant.
    widths = some.sum(axis=1)
    assert (found.joint.sum(axis=1) == (widths * (widths - 1) // 2).sum()).all()
    ratio = compare_statistics(found)[-1]
    assert (ratio.p_value, ratio.std_error, ratio.effect) == (1.0, 0.0, None)
    assert ratio.expected == pytest.approx(ratio.observed, rel=1e-12)
    seen = matrix_statistics(some)
    assert found.observed.checkerboard_sum == seen.checkerboard_sum
    assert found.observed.v_ratio == pytest.approx(seen.v_ratio, rel=1e-12)


# --- against the exact null and against vegan ------------------------------------------------


@pytest.mark.parametrize("method", ["curveball", "trial_swap", "swap"])
def test_the_exact_null_of_a_small_matrix(reference, method):
    case = reference("cc0", "cooc_cscore_nulls")
    exact = case.values["exact_small"]
    cells = units_by_codes(case.table("small.csv"), "code")
    support = np.array(exact["checkerboard_sum_support"])
    weights = np.array(exact["n_matrices_at_support"], dtype=float)
    if method == "swap":
        # The chain of swaps visits a matrix in proportion to its number of checkerboards.
        weights *= support
    weights /= weights.sum()
    mean = float((weights * support).sum()) / 10
    spread = math.sqrt(float((weights * (support / 10 - mean) ** 2).sum()))
    draws = 40_000
    found = draw_matrix_null(cells, method=method, draws=draws, seed=1, thin=150)
    test = compare_statistics(found)[0]
    if method != "swap":
        assert mean == pytest.approx(exact["cscore_mean"], abs=1e-12)
        assert spread == pytest.approx(exact["cscore_sd_pop"], abs=1e-12)
        for share, name in ((test.p_greater, "p_ge"), (test.p_less, "p_le")):
            p = exact[f"cscore_{name}"]
            assert share == pytest.approx(p, abs=4 * math.sqrt(p * (1 - p) / draws))
    assert test.observed == exact["cscore_observed"]
    assert test.expected == pytest.approx(mean, abs=4 * spread / math.sqrt(draws))
    # The variance of a sample variance, with the fourth moment of the exact null.
    fourth = float((weights * (support / 10 - mean) ** 4).sum())
    error = math.sqrt((fourth - spread**4) / draws) / (2 * spread)
    assert test.std_error == pytest.approx(spread, abs=4 * error)
    sums = np.rint(drawn_statistics(found).c_score * 10).astype(int)
    seen = np.array([(sums == value).sum() for value in support])
    assert seen.sum() == draws
    common = weights * draws >= 5
    observed = np.append(seen[common], seen[~common].sum())
    expected = np.append(weights[common], weights[~common].sum()) * draws
    assert stats.chisquare(observed[expected > 0], expected[expected > 0]).pvalue > 0.001


@pytest.mark.parametrize("method", ["curveball", "trial_swap"])
def test_the_exact_null_within_blocks(reference, method):
    case = reference("cc0", "cooc_cscore_nulls")
    table = case.table("blocks.csv")
    codes = [name for name in table if name.startswith("c")]
    cells = np.column_stack([table[name] for name in codes])
    draws = 40_000
    found = draw_matrix_null(
        cells, method=method, draws=draws, seed=5, thin=150, blocks=table["block"]
    )
    assert found.checks.n_blocks == 3
    every = list(itertools.combinations(range(5), 2))
    for exact in case.values["exact_blocked"]["pairs"]:
        drawn = found.joint[:, every.index(tuple(codes.index(name) for name in exact["pair"]))]
        assert drawn.mean() == pytest.approx(exact["mean"], abs=4 * exact["sd"] / math.sqrt(draws))
        share = float((drawn >= exact["observed"]).mean())
        p = exact["p_ge"]
        assert share == pytest.approx(p, abs=4 * math.sqrt(p * (1 - p) / draws))


def test_curveball_of_a_larger_matrix_as_in_vegan(reference):
    case = reference("cc0", "cooc_cscore_nulls")
    cells = units_by_codes(case.table("data.csv"), "code")
    found = draw_matrix_null(cells, draws=20_000, seed=8)
    test, checker, combo, ratio = compare_statistics(found)
    seen = case.values["observed_main"]
    assert test.observed == pytest.approx(seen["cscore_mean"], rel=1e-12)
    assert checker.observed == seen["ecosimr_checker"]
    assert combo.observed == seen["ecosimr_species_combo"]
    assert ratio.observed == pytest.approx(seen["ecosimr_v_ratio"], rel=1e-12)
    theirs = case.values["main_curveball"]
    n = theirs["nsim"]
    # Four errors of their draws; ours are ten times as many.
    assert test.expected == pytest.approx(theirs["mean"], abs=4.2 * theirs["sd"] / math.sqrt(n))
    assert test.std_error == pytest.approx(theirs["sd"], abs=4.2 * theirs["sd"] / math.sqrt(2 * n))


@pytest.mark.parametrize(
    ("name", "method", "inflation"),
    [
        # Neighbours of their chain of single trades are alike: 20 are worth one.
        ("finches_curveball", "curveball", 20),
        ("finches_tswap", "trial_swap", 2),
        ("finches_swap", "swap", 2),
        ("finches_quasiswap", "quasiswap", 1),
        ("finches_r0", "rows", 1),
        ("finches_c0", "columns", 1),
    ],
)
def test_finches_as_in_vegan(reference, name, method, inflation):
    case = reference("public", "cooc_cscore_nulls")
    cells = units_by_codes(case.table("data.csv"), "species")
    thin = 200 if method == "swap" else None
    found = draw_matrix_null(cells, method=method, draws=5_000, seed=7, thin=thin)
    test = compare_statistics(found)[0]
    theirs = case.values[name]
    assert test.observed == pytest.approx(theirs["observed"], rel=1e-12)
    theirs_n, ours_n = theirs["nsim"] / inflation, found.checks.effective
    spread = theirs["null_sd"]
    error = spread * math.sqrt(1 / theirs_n + 1 / ours_n)
    assert test.expected == pytest.approx(theirs["null_mean"], abs=4 * error)
    # The null is skew: its variance of a variance is up to twice that of a normal one.
    assert test.std_error == pytest.approx(spread, abs=4 * error)
    if theirs["p_greater"] < 0.01:
        assert test.p_greater < 0.001
        assert test.effect > 5


def test_sipoo_is_the_matrix_of_vegan(reference):
    case = reference("public", "cooc_cscore_nulls")
    table = case.table("sipoo.csv")
    cells = np.column_stack([column for name, column in table.items() if name != "site"])
    found = draw_matrix_null(cells, draws=400, seed=7)
    assert isinstance(found, MatrixNull)
    assert found.observed.checkerboard_sum == case.values["sipoo"]["checkerboard_units_total"]
    assert found.observed.c_score == pytest.approx(case.values["sipoo"]["cscore_mean"], rel=1e-12)


def test_quasiswap_is_not_even_and_is_so_as_in_vegan(reference):
    case = reference("public", "cooc_cscore_nulls")
    cells = units_by_codes(case.table("small.csv"))
    exact = case.values["exact_small"]
    biased = exact["vegan_quasiswap_check"]
    means = {}
    for method in ("quasiswap", "curveball", "trial_swap"):
        found = draw_matrix_null(cells, method=method, draws=40_000, seed=7)
        test = compare_statistics(found)[0]
        means[method] = test.expected
        assert test.observed == pytest.approx(exact["observed"], rel=1e-12)
        if method == "quasiswap":
            error = biased["sd"] * math.sqrt(1 / 20_000 + 1 / 40_000)
            assert test.expected == pytest.approx(biased["mean"], abs=4 * error)
            continue
        error = exact["sd_pop"] / math.sqrt(found.checks.effective)
        assert test.expected == pytest.approx(exact["mean"], abs=4 * error)
        spread = found.joint.std(axis=0).max() / math.sqrt(found.checks.effective)
        upper = np.array(exact["expected_cooccurrence"])[np.triu_indices(5, 1)]
        assert found.joint.mean(axis=0) == pytest.approx(upper, abs=4 * spread)
    # Ten errors apart: the bias is theirs, not chance.
    assert exact["mean"] - means["quasiswap"] > 10 * exact["sd_pop"] / math.sqrt(40_000)


# --- properties ------------------------------------------------------------------------------


@pytest.mark.parametrize("method", MATRIX_NULLS)
def test_order_of_rows_and_names_of_blocks_change_nothing(some, method):
    blocks = np.arange(30) % 4
    move = np.random.default_rng(1).permutation(30)
    first = draw_matrix_null(some, method=method, draws=60, seed=5, blocks=blocks)
    second = draw_matrix_null(some[move], method=method, draws=60, seed=5, blocks=9 - blocks[move])
    assert np.array_equal(first.joint, second.joint)
    assert np.array_equal(first.combos, second.combos)
    third = draw_matrix_null(some, method=method, draws=60, seed=6, blocks=blocks)
    assert not np.array_equal(first.joint, third.joint)


def test_blocks_are_not_mixed(some):
    """An item of one block alone never meets an item of the other alone."""
    apart = list(itertools.combinations(range(6), 2)).index((2, 3))
    cells = some.copy()
    cells[:15, 2], cells[15:, 3] = False, False
    for method in (*FIXED, "columns"):
        found = draw_matrix_null(cells, method=method, draws=80, seed=2, blocks=np.arange(30) // 15)
        assert not found.joint[:, apart].any()
        assert draw_matrix_null(cells, method=method, draws=80, seed=2).joint[:, apart].any()


def test_a_pilot_chooses_the_moves_between_draws(some):
    found = draw_matrix_null(some, draws=4_000, seed=2)
    assert found.checks.thin >= 30
    assert found.checks.thin % 30 == 0
    assert found.checks.autocorrelation < 0.1
    assert found.checks.reduction < 1.02
    near = draw_matrix_null(some, draws=4_000, seed=2, thin=1)
    assert near.checks.thin == 1
    assert near.checks.autocorrelation > 0.8
    assert near.checks.effective < 500


def test_items_that_never_occur_are_left_out(some):
    wide = np.zeros((30, 80), dtype=bool)
    wide[:, 10:16] = some
    for method in ("curveball", "rows"):
        found = draw_matrix_null(wide, method=method, draws=40, seed=2)
        assert found.items.tolist() == [10, 11, 12, 13, 14, 15]
        assert np.array_equal(
            found.joint, draw_matrix_null(some, method=method, draws=40, seed=2).joint
        )


# --- refusals --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        (np.zeros((4, 3)), "fewer than two codes occur"),
        ([[1, 1]], "there is one unit"),
        ([[1, 1], [1, 0], [1, 1]], "no block can move"),
        (np.eye(65), "65 items, more than 64"),
    ],
)
def test_what_cannot_be_drawn_is_refused(cells, why):
    found = draw_matrix_null(cells, draws=40, seed=1)
    assert isinstance(found, Refusal)
    assert why in found.why


def test_blocks_that_cannot_move_are_named():
    cells = [[1, 0, 1], [0, 1, 0], [1, 0, 0], [1, 1, 1], [1, 0, 1], [0, 0, 1]]
    blocks = [1, 1, 1, 2, 2, 3]
    for method, fixed in (("swap", (1, 2)), ("columns", (2,)), ("rows", ()), ("equiprobable", ())):
        found = draw_matrix_null(cells, method=method, draws=40, seed=1, blocks=blocks)
        assert found.checks.fixed_blocks == fixed
    full = draw_matrix_null(np.ones((3, 2)), method="equiprobable", draws=40, seed=1)
    assert "no block can move" in full.why
    assert isinstance(draw_matrix_null(cells, draws=40, seed=1, blocks=range(6)), Refusal)


def test_swaps_that_are_too_rare_are_refused():
    """One checkerboard among some 18 thousand million pairs of rows and columns."""
    cells = np.ones((3_000, 64), dtype=bool)
    cells[:, :2] = False
    cells[0, 0] = cells[1, 1] = True
    found = draw_matrix_null(cells, method="swap", draws=8, seed=1, thin=10)
    assert found.why == "swaps are too rare to be found at random"


def test_an_undefined_variance_ratio_is_refused():
    """Two units with one item each: both may draw the same, and then no item varies."""
    found = draw_matrix_null([[1, 0], [0, 1]], method="rows", draws=400, seed=1)
    *others, ratio = compare_statistics(found)
    assert all(isinstance(test, StatisticTest) for test in others)
    assert "draws have every item in all units or in none" in ratio.why


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"method": "curve"}, "method must be one of curveball"),
        ({"draws": 7}, "draws must be at least 8"),
        ({"thin": 0}, "thin must be at least 1"),
        ({"blocks": [1, 2]}, "blocks has 2 labels, but there are 3 rows"),
    ],
)
def test_wrong_calls(wrong, words):
    with pytest.raises(ValueError, match=words):
        draw_matrix_null(np.eye(3), **{"draws": 40, "seed": 1, **wrong})


def test_only_zero_and_one():
    with pytest.raises(ValueError, match="0 and 1"):
        draw_matrix_null([[2, 0], [0, 1]], draws=40, seed=1)
