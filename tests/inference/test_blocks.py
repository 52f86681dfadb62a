"""Blocked matrices: packing loses nothing, and order of rows and names of blocks play no part."""

import numpy as np
import pytest

from relatum.inference.blocks import block_matrix, observed_joint, pair_indices
from relatum.inference.common import Refusal


def test_a_matrix_by_hand():
    held = block_matrix([[1, 1, 0], [0, 1, 0], [1, 0, 1], [1, 1, 1]], ["x", "x", "x", "y"])
    assert held.sizes.tolist() == [3, 1]
    assert held.totals.tolist() == [[2, 2, 1], [1, 1, 1]]
    assert held.block(1).tolist() == [[True, True, True]]
    assert pair_indices(3) == ((0, 1), (0, 2), (1, 2))
    assert observed_joint(held).tolist() == [[1, 1, 0], [1, 1, 1]]


def test_packing_keeps_every_cell():
    rng = np.random.default_rng(4)
    cells = rng.random((40, 64)) < 0.4
    cases = rng.integers(0, 5, 40)
    held = block_matrix(cells, cases)
    whole = np.vstack([held.block(b) for b in range(held.n_blocks)])
    assert np.array_equal(whole, cells[held.order])
    assert held.sizes.tolist() == sorted(np.bincount(cases).tolist(), reverse=True)


def test_order_of_rows_and_names_of_blocks_change_nothing():
    rng = np.random.default_rng(5)
    cells, cases = rng.random((30, 6)) < 0.5, rng.integers(0, 6, 30)
    flags = rng.random(30) < 0.5
    first = block_matrix(cells, cases, flags=flags)
    move = rng.permutation(30)
    names = np.array(["q", "b", "z", "a", "m", "c"])
    second = block_matrix(cells[move], names[cases[move]], flags=flags[move])
    assert np.array_equal(first.rows, second.rows)
    assert np.array_equal(first.starts, second.starts)
    assert np.array_equal(first.flags, second.flags)


def test_wrong_calls_and_refusals():
    with pytest.raises(ValueError, match="only 0 and 1"):
        block_matrix([[2, 0]], [1])
    with pytest.raises(ValueError, match="3 labels, but there are 2 rows"):
        block_matrix([[1, 0], [0, 1]], [1, 2, 3])
    with pytest.raises(ValueError, match="flags has 1 values"):
        block_matrix([[1, 0], [0, 1]], [1, 2], flags=[True])
    for cells, why in ((np.zeros((0, 3)), "no row"), (np.ones((2, 1)), "not two items")):
        found = block_matrix(cells, np.zeros(len(cells)))
        assert isinstance(found, Refusal)
        assert why in found.why
    assert "65 items, more than 64" in block_matrix(np.ones((2, 65)), [1, 1]).why
