"""Mean phi by treatment of blanks."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relatum.inference.common import Refusal
from relatum.inference.depth_bias import (
    DepthModel,
    demonstrate_depth_bias,
    simulate_depth_records,
)

MODEL = DepthModel(prevalence=(0.8, 0.6, 0.4), share_empty=0.3, centre=0.0, spread=1.0)


def test_by_hand():
    # 6 empty rows and one of each kind: a = 1, x = y = 2 of 10: (10 - 4) / 16
    rows = [[0, 0]] * 6 + [[1, 1], [1, 0], [0, 1], [0, 0]]
    found = demonstrate_depth_bias(rows)
    every, some, two, last = found.steps
    assert every.mean == every.low == every.high == pytest.approx(6 / 16)
    # at least one: a = 1, x = y = 2 of 3: (3 - 4) / 2
    assert (some.n_rows, some.mean) == (3, pytest.approx(-0.5))
    assert isinstance(two, Refusal)
    assert "no pair of items varies" in two.why
    assert "does not say which zeros" in last.why
    assert found.share_empty == 0.7


def test_documented_pairs_by_hand():
    present = [[1, 1, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]]
    known = [[1, 1, 0], [1, 1, 0], [1, 1, 1], [1, 1, 1], [1, 0, 1]]
    found = demonstrate_depth_bias(present, documented=known).steps[3]
    # items 1, 2: rows 1-4, a = 1, x = y = 2 of 4: 0. Items 1, 3: rows 3-5: x = y = 1, a = 0 of
    # 3: -1/2. Items 2, 3: rows 3, 4: opposite: -1.
    assert (found.low, found.high) == (-1.0, 0.0)
    assert found.mean == pytest.approx(-0.5)
    assert (found.n_rows, found.n_pairs, found.share_positive) == (5, 3, 0.0)


@given(st.integers(2, 6), st.integers(3, 60), st.integers(0, 10**6))
def test_equals_the_correlation_matrix(k, n, seed):
    matrix = np.random.default_rng(seed).random((n, k)) < 0.4
    for least, step in enumerate(demonstrate_depth_bias(matrix).steps[:3]):
        kept = matrix[matrix.sum(axis=1) >= least]
        varying = [c for c in range(k) if len(kept) and 0 < kept[:, c].mean() < 1]
        pairs = [
            np.corrcoef(kept[:, i], kept[:, j])[0, 1] for i in varying for j in varying if i < j
        ]
        if not pairs:
            assert isinstance(step, Refusal)
            continue
        assert step.n_pairs == len(pairs)
        assert step.mean == pytest.approx(np.mean(pairs), abs=1e-12)
        assert (step.low, step.high) == (
            pytest.approx(min(pairs), abs=1e-12), pytest.approx(max(pairs), abs=1e-12),
        )  # fmt: skip


def test_where_all_is_documented_the_last_treatment_is_the_first():
    matrix = np.random.default_rng(4).random((200, 5)) < 0.5
    steps = demonstrate_depth_bias(matrix, documented=np.ones_like(matrix)).steps
    assert (steps[3].mean, steps[3].low) == (steps[0].mean, steps[0].low)


def test_order_of_rows_and_items_changes_nothing():
    rng = np.random.default_rng(6)
    drawn = simulate_depth_records(MODEL, n=500, seed=6)
    found = demonstrate_depth_bias(drawn.present, documented=drawn.documented)
    rows, items = rng.permutation(500), rng.permutation(3)
    moved = demonstrate_depth_bias(
        drawn.present[rows][:, items], documented=drawn.documented[rows][:, items]
    )
    for one, other in zip(found.steps, moved.steps, strict=True):
        assert (one.n_rows, one.n_pairs) == (other.n_rows, other.n_pairs)
        assert (one.mean, one.low) == (pytest.approx(other.mean), pytest.approx(other.low))


def test_rows_in_blocks_give_the_same_counts():
    matrix = np.random.default_rng(8).random((70_000, 2)) < 0.3
    want = np.corrcoef(matrix.T.astype(float))[0, 1]
    assert demonstrate_depth_bias(matrix).steps[0].mean == pytest.approx(want, abs=1e-12)


def test_the_simulation_follows_its_model():
    drawn = simulate_depth_records(MODEL, n=200_000, seed=10)
    # four standard errors of 200,000 draws are below .005
    empty = 1 - drawn.documented.any(axis=1).mean()
    half = np.polynomial.hermite_e.hermegauss(60)
    nothing = (1 - 1 / (1 + np.exp(-half[0]))) ** 3 @ half[1] / math.sqrt(2 * math.pi)
    assert empty == pytest.approx(0.3 + 0.7 * nothing, abs=0.005)
    shares = drawn.present.mean(axis=0)
    assert shares == pytest.approx(0.7 * 0.5 * np.array(MODEL.prevalence), abs=0.005)
    among = drawn.present.sum(axis=0) / drawn.documented.sum(axis=0)
    assert among == pytest.approx(MODEL.prevalence, abs=0.01)


def test_there_is_no_association_by_construction():
    drawn = simulate_depth_records(MODEL, n=200_000, seed=11)
    steps = demonstrate_depth_bias(drawn.present, documented=drawn.documented).steps
    assert steps[0].low > 0.1
    # documented pairs: four standard errors with at least 30,000 rows per pair
    assert max(abs(steps[3].low), abs(steps[3].high)) < 4 / math.sqrt(30_000)


def test_seeds():
    first, again, other = (simulate_depth_records(MODEL, n=50, seed=s) for s in (1, 1, 2))
    assert (first.present == again.present).all()
    assert (first.present != other.present).any()


def test_refusals_and_wrong_calls():
    assert "no row" in demonstrate_depth_bias(np.empty((0, 3))).why
    assert "fewer than two items" in demonstrate_depth_bias([[1], [0]]).why
    assert all(isinstance(s, Refusal) for s in demonstrate_depth_bias([[0, 1], [0, 1]]).steps)
    with pytest.raises(ValueError, match="0 and 1"):
        demonstrate_depth_bias([[0, 2]])
    with pytest.raises(ValueError, match="0 and 1"):
        demonstrate_depth_bias([[0, np.nan]])
    with pytest.raises(ValueError, match="two dimensions"):
        demonstrate_depth_bias([0, 1])
    with pytest.raises(ValueError, match="shape"):
        demonstrate_depth_bias([[0, 1]], documented=[[1]])
    with pytest.raises(ValueError, match="present but not documented"):
        demonstrate_depth_bias([[0, 1]], documented=[[1, 0]])
    with pytest.raises(ValueError, match="between 0 and 1"):
        simulate_depth_records(DepthModel(prevalence=(2,), share_empty=0, centre=0, spread=1))
    with pytest.raises(ValueError, match="spread"):
        simulate_depth_records(DepthModel(prevalence=(1,), share_empty=0, centre=0, spread=-1))
    with pytest.raises(ValueError, match="whole number"):
        simulate_depth_records(MODEL, n=-1)
