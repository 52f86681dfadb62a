"""Draws of the three nulls: against closed forms, against each other, and their refusals."""

import numpy as np
import pytest
from scipy import stats

from relatum.inference.blocks import block_matrix, observed_joint, pair_indices
from relatum.inference.chain_checks import (
    autocorrelation,
    choose_lag,
    effective_draws,
    potential_reduction,
)
from relatum.inference.common import Refusal
from relatum.inference.margin_tables import joint_distribution
from relatum.inference.null_draws import draw_columns, draw_margins


@pytest.fixture(scope="module")
def held():
    rng = np.random.default_rng(7)
    cases = np.repeat(np.arange(12), [26, 22, 5, 5, 4, 3, 3, 1, 1, 1, 1, 1])
    return block_matrix(rng.random((73, 5)) < [0.2, 0.4, 0.5, 0.7, 0.85], cases)


def hypergeometric_moments(held):
    """Mean and variance of joint counts when the columns of a block are independent."""
    n = held.sizes[:, None].astype(float)
    a, b = (held.totals[:, list(side)] for side in zip(*pair_indices(held.n_items), strict=True))
    mean = a * b / n
    spread = np.divide(a * (n - a) * b * (n - b), n * n * np.maximum(n - 1, 1))
    return mean.sum(axis=0), spread.sum(axis=0)


def test_within_blocks_the_moments_are_hypergeometric(held):
    found = draw_columns(held, draws=20_000, seed=3)
    mean, variance = hypergeometric_moments(held)
    # Four standard errors of the mean and of the variance of so many draws.
    assert found.counts.mean(axis=0) == pytest.approx(mean, abs=4 * np.sqrt(variance.max() / 2e4))
    assert found.counts.var(axis=0) == pytest.approx(variance, rel=4 * np.sqrt(2 / 2e4) * 1.2)
    assert found.block_mean.sum(axis=0) == pytest.approx(found.counts.mean(axis=0), rel=1e-12)


@pytest.mark.parametrize("max_steps", [2e7, 0], ids=["count", "chain"])
def test_with_fixed_totals_draws_follow_the_exact_distribution(held, max_steps):
    found = draw_margins(held, draws=20_000, seed=3, max_steps=max_steps)
    kept = found.counts[:: max(1, round(20_000 / found.checks.effective))]
    for at, pair in enumerate(pair_indices(5)):
        exact = joint_distribution(held, pair)
        seen = np.bincount(kept[:, at], minlength=exact.support[-1] + 1)[exact.support]
        assert seen.sum() == len(kept)
        common = exact.probability * len(kept) >= 5
        observed = np.append(seen[common], seen[~common].sum())
        expected = np.append(exact.probability[common], exact.probability[~common].sum())
        held_cells = expected > 0
        p = stats.chisquare(observed[held_cells], expected[held_cells] * len(kept)).pvalue
        # Twenty such tests: a level of 0.0005 each is a family-wise error of 1 in 100.
        assert p > 0.0005
    assert found.checks.reduction < 1.01


def test_totals_stay_and_the_sum_over_pairs_is_constant(held):
    found = draw_margins(held, draws=200, seed=1)
    assert np.ptp(found.counts.sum(axis=1)) == 0
    assert found.counts.sum(axis=1)[0] == observed_joint(held).sum()


def test_order_of_rows_changes_no_draw():
    rng = np.random.default_rng(1)
    cells, cases = rng.random((40, 8)) < 0.4, rng.integers(0, 4, 40)
    move = rng.permutation(40)
    for draw in (draw_margins, draw_columns):
        first = draw(block_matrix(cells, cases), draws=100, seed=5)
        second = draw(block_matrix(cells[move], 9 - cases[move]), draws=100, seed=5)
        assert np.array_equal(first.counts, second.counts)
        other = draw(block_matrix(cells, cases), draws=100, seed=6)
        assert not np.array_equal(first.counts, other.counts)


@pytest.mark.parametrize("share", [0.5, 0.09], ids=["dealt again", "chain"])
def test_no_draw_would_be_excluded(share):
    """Every flagged row keeps a legal item; the allowed matrices are equally likely."""
    rng = np.random.default_rng(12)
    cells = rng.random((24, 4)) < share
    cells[:, 3] |= ~cells[:, 2]
    held = block_matrix(cells, np.zeros(24), flags=cells[:, 2:].any(axis=1))
    found = draw_columns(held, draws=8_000, seed=2, legal=0b1100)
    assert held.flags.all()
    # Flagged rows need item 2 or 3: with a + b = n + joint, the joint count cannot move.
    joint = found.counts[:, pair_indices(4).index((2, 3))]
    assert np.ptp(joint) == 0
    assert joint[0] == cells[:, 2].sum() + cells[:, 3].sum() - 24
    plain = draw_columns(held, draws=8_000, seed=2)
    assert np.ptp(plain.counts[:, -1]) > 0
    free = pair_indices(4).index((0, 1))
    spread = plain.counts[:, free].std()
    assert found.counts[:, free].mean() == pytest.approx(
        plain.counts[:, free].mean(), abs=4.5 * spread * np.sqrt(2 / found.checks.effective)
    )
    assert bool(found.checks.chain_blocks) == (found.checks.n_refused == 0)


def test_selection_by_enumeration():
    """Four rows, two legal items in one column each: allowed arrangements counted by hand."""
    cells = np.array([[1, 0], [0, 1], [1, 1], [0, 0]], dtype=bool)
    held = block_matrix(cells, np.zeros(4), flags=[True, True, True, False])
    found = draw_columns(held, draws=20_000, seed=4, legal=0b11)
    # Columns hold two of four rows each: 36 arrangements. Three flagged rows must be covered.
    allowed = [
        len(set(a) & set(b))
        for a in ((0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3))
        for b in ((0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3))
        if {0, 1, 2} <= {*a, *b}
    ]
    share = np.bincount(allowed, minlength=3) / len(allowed)
    seen = np.bincount(found.counts[:, 0], minlength=3)
    assert stats.chisquare(seen[:2], share[:2] * 20_000).pvalue > 0.001
    assert seen[2] == 0 == share[2]


def test_blocks_that_cannot_move_are_named():
    cells = [[1, 0, 1], [0, 1, 0], [1, 0, 0], [1, 1, 1], [1, 1, 1], [0, 0, 1]]
    held = block_matrix(cells, [1, 1, 1, 2, 2, 3])
    found = draw_margins(held, draws=40, seed=1)
    assert found.checks.fixed_blocks == (1, 2)
    assert found.checks.exact_blocks == (0,)
    alone = block_matrix(cells, range(6))
    assert "no block can move" in draw_margins(alone, draws=40, seed=1).why
    assert isinstance(draw_columns(alone, draws=40, seed=1), Refusal)
    with pytest.raises(ValueError, match="draws must be at least 8"):
        draw_margins(held, draws=4, seed=1)


def test_chain_checks_on_known_series():
    rng = np.random.default_rng(3)
    noise = rng.normal(size=(20_000, 3))
    series = np.zeros_like(noise)
    for at in range(1, len(noise)):
        series[at] = 0.8 * series[at - 1] + noise[at]
    found = autocorrelation(series, lags=3)
    assert found[0] == pytest.approx(np.full(3, 0.8), abs=0.02)
    assert found[2] == pytest.approx(np.full(3, 0.512), abs=0.04)
    assert effective_draws(found[0], draws=20_000) == pytest.approx(20_000 / 9, rel=0.1)
    # 0.8 to the power of 13 is 0.055, of 17 is 0.022.
    assert 11 <= choose_lag(np.rint(1000 * series).astype(np.int64), lags=50) <= 20
    assert choose_lag(rng.integers(0, 9, (2000, 4)), lags=50) == 1
    assert choose_lag(np.ones((100, 2), dtype=np.int64), lags=50) == 1
    assert autocorrelation(np.ones((5, 2)), lags=1).shape == (1, 0)
    parts = [rng.normal(size=(500, 2)) for _ in range(4)]
    assert potential_reduction(parts) == pytest.approx(1, abs=0.01)
    parts[0] = parts[0] + 3
    assert potential_reduction(parts) > 1.3
    assert potential_reduction([np.ones((5, 1))] * 4) == 1.0
