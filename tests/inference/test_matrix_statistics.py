from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from relatum.inference.common import Refusal
from relatum.inference.joint_counts import count_joint
from relatum.inference.matrix_statistics import checkerboard_units, matrix_statistics


def incidence(case, name="data.csv", *, labelled=True):
    """Units by codes, from a file with one line per code."""
    columns = list(case.table(name).values())
    return np.column_stack(columns[1:] if labelled else columns).T


def test_by_hand():
    # codes: a in units 1 2, b in 1 3, c in 2 3 4; every pair shares one unit
    matrix = np.array([[1, 1, 0], [1, 0, 1], [0, 1, 1], [0, 0, 1]])
    found = matrix_statistics(matrix)
    assert found.checkerboard_sum == 1 * 1 + 1 * 2 + 1 * 2
    assert found.c_score == pytest.approx(5 / 3, abs=1e-15)
    assert found.checker == 0
    assert found.species_combo == 4
    # per unit 2 2 2 1: variance 1/4; codes: 1/3 + 1/3 + 1/4
    assert found.v_ratio == pytest.approx((1 / 4) / (11 / 12), abs=1e-15)


def test_equals_ecosimr_and_vegan(reference):
    case = reference("cc0", "cooc_cscore_nulls")
    expected = case.values["observed_main"]
    found = matrix_statistics(incidence(case))
    assert found.n_codes == expected["codes_used"]
    assert found.n_units == expected["units"]
    assert found.checkerboard_sum == expected["checkerboard_units_total"]
    assert found.c_score == pytest.approx(expected["cscore_mean"], abs=1e-12)
    assert found.c_score == pytest.approx(expected["ecosimr_c_score"], abs=1e-12)
    assert found.checker == expected["ecosimr_checker"]
    assert found.species_combo == expected["ecosimr_species_combo"]
    assert found.v_ratio == pytest.approx(expected["ecosimr_v_ratio"], abs=1e-13)
    small = matrix_statistics(incidence(case, "small.csv"))
    assert small.c_score == case.values["exact_small"]["cscore_observed"]


def test_equals_ecosimr_and_vegan_on_published_matrices(reference):
    case = reference("public", "cooc_cscore_nulls")
    found = matrix_statistics(incidence(case))
    for key, value in case.values["ecosimr_finches"].items():
        assert getattr(found, key) == pytest.approx(value, abs=1e-12), key
    assert found.checkerboard_sum == case.values["finches"]["checkerboard_units_total"]
    small = matrix_statistics(incidence(case, "small.csv", labelled=False))
    assert small.c_score == case.values["exact_small"]["observed"]
    sites = matrix_statistics(incidence(case, "sipoo.csv").T)
    assert sites.checkerboard_sum == case.values["sipoo"]["checkerboard_units_total"]
    assert sites.c_score == pytest.approx(case.values["sipoo"]["cscore_mean"], abs=1e-12)


def test_units_of_many_draws_at_once():
    rng = np.random.default_rng(1)
    base = rng.random((30, 5)) < 0.4
    draws = [np.column_stack([rng.permutation(c) for c in base.T]) for _ in range(6)]
    joint = np.stack([count_joint(d).joint for d in draws]).reshape(2, 3, -1)
    units = checkerboard_units(joint, base.sum(axis=0))
    assert units.shape == (2, 3, 10)
    for at, draw in enumerate(draws):
        by_hand = [
            (draw[:, i] & ~draw[:, j]).sum() * (~draw[:, i] & draw[:, j]).sum()
            for i, j in combinations(range(5), 2)
        ]
        assert units.reshape(6, 10)[at].tolist() == by_hand
        assert matrix_statistics(draw).c_score == units.reshape(6, 10)[at].mean()


def test_codes_that_never_occur_and_order_change_nothing():
    rng = np.random.default_rng(2)
    matrix = rng.random((25, 6)) < 0.3
    found = matrix_statistics(matrix)
    wider = np.column_stack([np.zeros(25), matrix, np.zeros(25)])
    assert matrix_statistics(wider) == found
    moved = matrix[rng.permutation(25)][:, rng.permutation(6)]
    again = matrix_statistics(moved)
    assert again.checkerboard_sum == found.checkerboard_sum
    assert again.species_combo == found.species_combo
    assert again.v_ratio == pytest.approx(found.v_ratio, rel=1e-13)


def test_refusals():
    assert "fewer than two codes" in matrix_statistics([[1, 0], [1, 0]]).why
    assert "one unit" in matrix_statistics([[1, 1]]).why
    assert isinstance(matrix_statistics([[1, 1], [1, 1]]).v_ratio, Refusal)
    with pytest.raises(ValueError, match="3 pairs"):
        checkerboard_units([1, 2], [3, 3, 3])
    with pytest.raises(ValueError, match="0 and 1"):
        matrix_statistics([[1, 2], [0, 1]])
