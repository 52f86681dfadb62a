"""Trees of codes: by hand, under another order of columns, and what is refused."""

import numpy as np
import pytest

from relatum.inference.clustering import cluster_codes, code_distances

DATA = np.array([[1, 1, 0, 0], [1, 1, 0, 1], [1, 0, 0, 1], [0, 0, 1, 1], [0, 0, 1, 0]])


def test_distances_by_hand():
    jaccard = code_distances(DATA)
    assert jaccard[0, 1] == pytest.approx(1 - 2 / 3)
    assert jaccard[0, 2] == 1
    assert jaccard[0, 3] == pytest.approx(1 - 2 / 4)
    phi = code_distances(DATA, distance="phi")
    assert phi[0, 2] == pytest.approx(0)
    assert phi[0, 1] == pytest.approx(1 - abs(np.corrcoef(DATA.T)[0, 1]))
    assert np.diag(phi).tolist() == [0, 0, 0, 0]


def test_average_linkage_by_hand():
    found = cluster_codes(DATA)
    # 0 and 1 join at 1/3; 3 is then nearer to them (1/2 and 3/4) than to 2 (3/4).
    assert found.merges.tolist() == [[0, 1], [3, 4], [2, 5]]
    assert found.heights == pytest.approx([1 / 3, (1 / 2 + 3 / 4) / 2, (1 + 1 + 3 / 4) / 3])
    assert found.sizes.tolist() == [2, 3, 4]
    assert found.order in ((2, 3, 0, 1), (1, 0, 3, 2))
    assert (found.n_rows, found.distance) == (5, "jaccard")


def test_order_of_rows_and_columns_changes_no_height():
    rng = np.random.default_rng(1)
    data = (rng.random((80, 9)) < rng.uniform(0.2, 0.8, 9)).astype(int)
    here = cluster_codes(data)
    assert sorted(here.order) == list(range(9))
    assert np.all(np.diff(here.heights) >= 0)
    assert cluster_codes(data[rng.permutation(80)]).order == here.order
    moved = cluster_codes(data[:, rng.permutation(9)])
    assert moved.heights == pytest.approx(here.heights)


def test_neighbours_are_as_alike_as_any_turn_of_the_tree_makes_them():
    rng = np.random.default_rng(2)
    data = (rng.random((60, 6)) < 0.5).astype(int)
    found = cluster_codes(data)

    def orders(number):
        if number < 6:
            return [(number,)]
        first, second = found.merges[number - 6]
        pairs = [(a, b) for a in orders(first) for b in orders(second)]
        return [a + b for a, b in pairs] + [b + a for a, b in pairs]

    def length(order):
        return found.distances[order[:-1], order[1:]].sum()

    assert length(found.order) == pytest.approx(min(length(order) for order in orders(10)))


def test_what_has_no_tree_is_refused():
    assert "fewer than two" in cluster_codes(DATA[:, :1]).why
    assert cluster_codes(np.column_stack([DATA, np.ones(5)])).why.startswith("code 5")
    assert cluster_codes(np.empty((0, 3))).why.startswith("code 1")


def test_wrong_calls():
    with pytest.raises(ValueError, match="0 and 1"):
        cluster_codes(DATA + 1)
    with pytest.raises(ValueError, match="distance"):
        code_distances(DATA, distance="euclid")
