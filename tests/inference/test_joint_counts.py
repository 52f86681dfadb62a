from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from scipy import sparse

from relatum.inference import joint_counts
from relatum.inference.joint_counts import (
    JointCounts,
    count_joint,
    count_joint_packed,
    within_case_counts,
)

SMALL = np.array([[1, 1, 0], [1, 0, 0], [1, 1, 1], [0, 0, 0]])


def random_matrix(n, k, seed=0):
    rng = np.random.default_rng(seed)
    return rng.random((n, k)) < rng.uniform(0.05, 0.6, k)


def test_by_hand():
    found = count_joint(SMALL)
    assert found.n_units == 4
    assert found.totals.tolist() == [3, 2, 1]
    assert found.joint.tolist() == [2, 1, 1]
    assert found.tables.tolist() == [[2, 1, 0, 1], [1, 2, 0, 1], [1, 1, 0, 2]]


@pytest.mark.parametrize("n", [0, 1, 7, 8, 63, 64, 65, 1000])
def test_every_input_gives_the_matrix_product(n):
    matrix = random_matrix(n, 9, seed=n)
    numbers = matrix.astype(np.int64)
    expected = numbers.T @ numbers
    for given in (matrix, numbers, matrix.astype(float), np.asfortranarray(matrix)):
        assert (count_joint(given).counts == expected).all()
    for kind in (sparse.csr_array, sparse.csc_array, sparse.coo_array, sparse.csr_matrix):
        assert (count_joint(kind(numbers)).counts == expected).all()
        assert (count_joint(kind(matrix)).counts == expected).all()
    packed = np.packbits(matrix.T, axis=1)
    assert (count_joint_packed(packed, n_units=n).counts == expected).all()


def test_blocks_do_not_show(monkeypatch):
    matrix = random_matrix(5000, 6)
    whole, packed = count_joint(matrix), np.packbits(matrix.T, axis=1)
    cases = np.random.default_rng(1).integers(0, 40, 5000)
    within = within_case_counts(matrix, cases)
    monkeypatch.setattr(joint_counts, "_BLOCK_CELLS", 64)
    monkeypatch.setattr(joint_counts, "_BLOCK_BYTES", 16)
    assert (count_joint(matrix).counts == whole.counts).all()
    assert (count_joint(sparse.csr_array(matrix)).counts == whole.counts).all()
    assert (count_joint_packed(packed, n_units=5000).counts == whole.counts).all()
    again = within_case_counts(matrix, cases)
    assert (again.case_totals == within.case_totals).all()
    assert (again.observed == within.observed).all()


def test_chunks_add_up_and_rows_may_move():
    matrix = random_matrix(500, 7)
    cases = np.sort(np.random.default_rng(2).integers(0, 30, 500))
    whole, within = count_joint(matrix), within_case_counts(matrix, cases)
    parts = [slice(0, 123), slice(123, 400), slice(400, 500)]
    total, inside = count_joint(matrix[:0]), within_case_counts(matrix[:0], cases[:0])
    for part in parts:
        total = total.add(count_joint(matrix[part]))
        inside = inside.add(within_case_counts(matrix[part], cases[part]))
    assert total.n_units == 500
    assert (total.counts == whole.counts).all()
    assert (inside.case_sizes == within.case_sizes).all()
    assert (inside.case_totals == within.case_totals).all()
    assert (inside.expected == within.expected).all()
    moved = np.random.default_rng(3).permutation(500)
    assert (count_joint(matrix[moved]).counts == whole.counts).all()
    assert (within_case_counts(matrix[moved], cases[moved]).variance == within.variance).all()


def test_within_cases_by_hand():
    # case 0: 2 units, n_a = n_b = 1: mean 1/2, variance 1/4; case 1: n_a = 2, n_b = 1 of 2
    matrix = np.array([[1, 1], [0, 0], [1, 0], [1, 1]])
    found = within_case_counts(matrix, [0, 0, 1, 1])
    assert found.observed.tolist() == [2]
    assert found.expected.tolist() == [1.5]
    assert found.variance.tolist() == [0.25]
    assert found.n_informative.tolist() == [1]


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array])
def test_within_cases_equal_a_sum_over_cases(kind):
    matrix = random_matrix(400, 6, seed=4)
    cases = np.random.default_rng(5).integers(0, 60, 400)
    cases[cases == 7] = 8
    found = within_case_counts(kind(matrix), cases)
    first, second = np.triu_indices(6, 1)
    joint = np.zeros(15)
    expected, variance, told = np.zeros(15), np.zeros(15), np.zeros(15)
    for case in np.unique(cases):
        rows = matrix[cases == case].astype(float)
        n, totals = len(rows), rows.sum(axis=0)
        a, b = totals[first], totals[second]
        joint += (rows[:, first] * rows[:, second]).sum(axis=0)
        expected += a * b / n
        if n > 1:
            variance += a * b * (n - a) * (n - b) / (n**2 * (n - 1))
        told += (a > 0) & (a < n) & (b > 0) & (b < n)
    assert found.case_sizes[7] == 0
    assert (found.observed == joint).all()
    # sums of 60 terms: rounding alone
    assert found.expected == pytest.approx(expected, rel=1e-13)
    assert found.variance == pytest.approx(variance, rel=1e-13)
    assert (found.n_informative == told).all()


def test_the_null_moments_are_those_of_shuffled_rows():
    matrix = random_matrix(60, 2, seed=6)
    cases = np.repeat(np.arange(4), [30, 15, 10, 5])
    found = within_case_counts(matrix, cases)
    rng = np.random.default_rng(7)
    draws = []
    for _ in range(4000):
        order = np.lexsort((rng.random(60), cases))
        draws.append((matrix[:, 0] & matrix[order, 1]).sum())
    spread = np.sqrt(found.variance[0])
    assert abs(np.mean(draws) - found.expected[0]) < 4 * spread / np.sqrt(4000)
    assert np.var(draws) == pytest.approx(found.variance[0], rel=0.12)


def test_memory_beyond_the_input_stays_small():
    matrix = random_matrix(400_000, 20, seed=8)
    tracemalloc.start()
    count_joint(matrix)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20e6


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: count_joint([1, 0]), "two dimensions"),
        (lambda: count_joint([[1, 2]]), "0 and 1"),
        (lambda: count_joint([[1, np.nan]]), "0 and 1"),
        (lambda: count_joint(sparse.csr_array([[1, 3]])), "0 and 1"),
        (
            lambda: count_joint(sparse.coo_array(([1, 1], ([0, 0], [0, 0])), shape=(1, 2))),
            "0 and 1",
        ),
        (lambda: count_joint_packed(np.zeros((2, 2), dtype=np.uint8), n_units=8), "bytes"),
        (lambda: count_joint_packed(np.zeros((2, 1)), n_units=8), "bytes"),
        (lambda: count_joint_packed(np.array([[1]], dtype=np.uint8), n_units=5), "beyond unit 5"),
        (lambda: within_case_counts(SMALL, [0, 1]), "4 rows"),
        (lambda: within_case_counts(SMALL, [0, 1, -1, 0]), "from 0"),
        (lambda: within_case_counts(SMALL, [0.0, 1.0, 1.0, 0.0]), "from 0"),
        (lambda: count_joint(SMALL).add(count_joint(SMALL[:, :2])), "2 codes"),
    ],
)
def test_wrong_calls(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_result_is_frozen():
    found = count_joint(SMALL)
    with pytest.raises(AttributeError):
        found.n_units = 3
    assert isinstance(found, JointCounts)
