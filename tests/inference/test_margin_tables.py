"""Matrices with given margins: counts by enumeration and from R, draws spread evenly."""

import itertools

import numpy as np
import pytest
from scipy import stats

from relatum.inference.blocks import block_matrix
from relatum.inference.common import Refusal
from relatum.inference.margin_tables import joint_distribution, margin_table
from relatum.inference.null_draws import draw_margins


def every_matrix(cells):
    """All matrices with the margins of one, by trying every row."""
    cells = np.asarray(cells, dtype=int)
    rows = [
        [p for p in itertools.product((0, 1), repeat=cells.shape[1]) if sum(p) == total]
        for total in cells.sum(axis=1)
    ]
    found = [np.array(m) for m in itertools.product(*rows)]
    return [m for m in found if np.array_equal(m.sum(axis=0), cells.sum(axis=0))]


def joint(matrix, pair):
    return int((matrix[:, pair[0]] * matrix[:, pair[1]]).sum())


def test_counts_equal_enumeration():
    rng = np.random.default_rng(2)
    for n, k, share in itertools.product((1, 3, 5), (2, 3, 4), (0.2, 0.5, 0.8)):
        cells = rng.random((n, k)) < share
        listed = every_matrix(cells)
        held = block_matrix(cells, np.zeros(n))
        assert margin_table(held, 0).n_matrices == len(listed)
        for pair in itertools.combinations(range(k), 2):
            found = joint_distribution(held, pair)
            expected = np.bincount([joint(m, pair) for m in listed], minlength=n + 1)
            counts = np.zeros(n + 1)
            counts[: len(found.per_block[0])] = found.per_block[0]
            assert counts.tolist() == expected.tolist()
            assert found.exact


def test_small_matrix_of_r_to_the_unit(reference):
    known = reference("cc0", "cooc_cscore_nulls").values["exact_small"]
    held = block_matrix(np.array(known["matrix"]).T, np.zeros(6))
    assert margin_table(held, 0).n_matrices == known["n_matrices"] == 4076
    for entry in known["pairs"]:
        found = joint_distribution(held, tuple(at - 1 for at in entry["pair"]))
        assert found.support.tolist() == entry["support"]
        assert found.per_block[0][found.support].tolist() == entry["n_matrices"]
        # The mean is one division of whole numbers: machine precision.
        assert found.support @ found.probability == pytest.approx(entry["mean"], rel=1e-13)


def test_blocks_of_r_to_the_unit(reference):
    case = reference("cc0", "cooc_cscore_nulls")
    table, known = case.table("blocks.csv"), case.values["exact_blocked"]
    codes = [name for name in table if name not in ("block", "unit")]
    held = block_matrix(np.column_stack([table[code] for code in codes]), table["block"])
    named = [f"{table['block'][held.order[start]]:g}" for start in held.starts[:-1]]
    for b, name in enumerate(named):
        assert margin_table(held, b).n_matrices == known["block_n_matrices"][name]
    for entry in known["pairs"]:
        found = joint_distribution(held, tuple(codes.index(code) for code in entry["pair"]))
        assert found.support.tolist() == np.atleast_1d(entry["support"]).tolist()
        for b, counts in enumerate(found.per_block):
            expected = entry["per_block_counts"][named[b]]
            assert counts.tolist() == expected[: len(counts)]
            assert not any(expected[len(counts) :])
        ways = np.atleast_1d(entry["ways"])
        assert np.rint(np.exp(found.log_weight)).tolist() == ways.tolist()
        assert found.probability == pytest.approx(np.atleast_1d(entry["prob"]), rel=1e-12)


CELLS = [[1, 0, 1, 0], [0, 1, 0, 0], [1, 1, 0, 1], [0, 0, 1, 0]]


def drawn_pairs(max_steps, seed, draws=40_000):
    held = block_matrix(CELLS, np.zeros(4))
    return draw_margins(held, draws=draws, seed=seed, max_steps=max_steps)


@pytest.mark.parametrize("max_steps", [1e6, 0], ids=["count", "chain"])
def test_every_matrix_is_visited_equally_often(max_steps):
    """Chi-square against the enumeration: joint counts of all pairs tell most matrices apart."""
    listed = every_matrix(CELLS)
    pairs = list(itertools.combinations(range(4), 2))
    kinds = np.array([[joint(m, pair) for pair in pairs] for m in listed])
    found = drawn_pairs(max_steps, seed=11)
    kept = found.counts[:: max(1, round(len(found.counts) / found.checks.effective))]
    names, expected = np.unique(kinds, axis=0, return_counts=True)
    observed = np.array([(kept == name).all(axis=1).sum() for name in names])
    assert observed.sum() == len(kept)
    assert len(names) > 10
    p = stats.chisquare(observed, expected / expected.sum() * len(kept)).pvalue
    assert p > 0.001
    assert (found.checks.distinct is None) == (max_steps > 0)
    if max_steps == 0:
        assert found.checks.distinct == len(listed)


def test_a_block_that_is_too_large_is_left_to_the_chain():
    rng = np.random.default_rng(8)
    held = block_matrix(rng.random((30, 20)) < 0.4, np.zeros(30))
    assert isinstance(margin_table(held, 0), Refusal)
    assert isinstance(joint_distribution(held, (0, 1)), Refusal)


def test_counts_beyond_exact_doubles_are_said_to_be_so():
    rng = np.random.default_rng(9)
    held = block_matrix(rng.random((60, 4)) < 0.5, np.zeros(60))
    found = margin_table(held, 0)
    assert found.n_matrices > 2**53
    assert not found.exact
