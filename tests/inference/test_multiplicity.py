from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from relatum.inference.common import Refusal
from relatum.inference.multiplicity import (
    adjust_benjamini_hochberg,
    adjust_holm,
    adjust_max_t,
    false_discovery_rates,
)

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=30)


@settings(max_examples=40)
@given(P_VALUES)
def test_holm_and_fdr_equal_statsmodels(p_values):
    holm = multipletests(p_values, method="holm")[1]
    assert adjust_holm(p_values).adjusted == pytest.approx(holm, abs=1e-12)
    fdr = multipletests(p_values, method="fdr_bh")[1]
    assert adjust_benjamini_hochberg(p_values).adjusted == pytest.approx(fdr, abs=1e-12)


def test_a_declared_family_counts_tests_that_could_not_be_done():
    found = adjust_holm([0.01, 0.02], family_size=3)
    assert found.adjusted == pytest.approx([0.03, 0.04])
    assert found.family_size == 3
    found = adjust_benjamini_hochberg([0.01, 0.04], family_size=4)
    assert found.adjusted == pytest.approx([0.04, 0.08])


@given(P_VALUES, st.randoms())
def test_order_does_not_matter(p_values, random):
    order = random.sample(range(len(p_values)), len(p_values))
    for adjust in (adjust_holm, adjust_benjamini_hochberg):
        first = adjust(p_values).adjusted[order]
        second = adjust(np.array(p_values)[order]).adjusted
        assert second == pytest.approx(first, abs=1e-15)


def test_max_t_by_hand_without_split():
    draws = np.array([[1.0, 0.0], [-1.0, 2.0], [1.0, -2.0], [-1.0, 0.0]])
    found = adjust_max_t([1.0, 5.0], draws, split=False)
    spread = draws.std(axis=0, ddof=1)
    z = np.abs(draws) / spread
    seen = np.array([1.0, 5.0]) / spread
    assert found.statistics == pytest.approx(seen)
    assert found.p_values == pytest.approx([(1 + (z[:, 0] >= seen[0] - 1e-9).sum()) / 5, 1 / 5])
    assert found.adjusted == pytest.approx([1.0, 1 / 5])
    assert found.smallest_p == 1 / 5


def test_max_t_keeps_the_family_wise_error():
    rng = np.random.default_rng(11)
    shape = np.linalg.cholesky(0.5 * np.eye(6) + 0.5)
    hits = 0
    for _ in range(400):
        draws = rng.normal(size=(400, 6)) @ shape.T
        observed = shape @ rng.normal(size=6)
        found = adjust_max_t(observed, draws)
        hits += found.adjusted.min() <= 0.05
        assert (found.adjusted >= found.p_values).all()
    assert hits / 400 == pytest.approx(0.05, abs=4 * np.sqrt(0.05 * 0.95 / 400))


def test_a_constant_statistic_is_not_testable_but_named():
    rng = np.random.default_rng(2)
    draws = np.column_stack([rng.normal(size=100), np.full(100, 7.0)])
    found = adjust_max_t([0.0, 7.0], draws)
    assert found.testable.tolist() == [True, False]
    assert found.adjusted[1] == 1.0
    assert found.n_scaling == found.n_calibrating == 50


def test_refusals_and_wrong_calls():
    for adjust in (adjust_holm, adjust_benjamini_hochberg):
        assert isinstance(adjust([]), Refusal)
        assert isinstance(adjust([np.nan, 0.2]), Refusal)
        with pytest.raises(ValueError, match="between 0 and 1"):
            adjust([1.2])
        with pytest.raises(ValueError, match="family_size"):
            adjust([0.1, 0.2], family_size=1)
    assert isinstance(adjust_max_t([], np.empty((9, 0))), Refusal)
    assert isinstance(adjust_max_t([1.0], np.ones((3, 1))), Refusal)
    assert isinstance(adjust_max_t([1.0], np.ones((9, 1))), Refusal)
    assert isinstance(adjust_max_t([np.inf], np.ones((9, 1))), Refusal)
    with pytest.raises(ValueError, match="by 2 tests"):
        adjust_max_t([1.0, 2.0], np.ones((9, 1)))


def test_critical_value_is_the_border_of_the_adjusted_p():
    rng = np.random.default_rng(6)
    draws = rng.normal(size=(2000, 5))
    found = adjust_max_t(np.zeros(5), draws)
    critical = found.critical(0.05)
    for nudge, below in ((1e-6, True), (-1e-6, False)):
        value = found.centre[0] + (critical + nudge) * found.spread[0]
        again = adjust_max_t([value, 0, 0, 0, 0], draws)
        assert (again.adjusted[0] <= 0.05) == below
    assert np.isinf(adjust_max_t(np.zeros(5), draws[:20]).critical(0.05))


def test_false_discovery_rates_by_hand():
    # Two calibrating draws, three tests, all standardised already.
    scaling = np.array([[-1.0, -1, -1], [1, 1, 1]]) / np.sqrt(2)
    calibrating = np.array([[0.5, 2.5, 0.1], [1.5, 0.2, 0.3]])
    found = adjust_max_t([3.0, 2.0, 0.4], np.vstack([scaling, calibrating]))
    rates = false_discovery_rates(found, np.vstack([scaling, calibrating]))
    # Thresholds 3, 2, 0.4: null statistics above 0, 1, 3; observed above 1, 2, 3; two draws + 1.
    assert rates == pytest.approx([(0 + 1) / 3 / 1, (1 + 2) / 3 / 2, (3 + 3) / 3 / 3])


def test_false_discovery_rate_holds_on_average():
    """Ten true nulls and ten strong effects: the mean share of false listings stays near 0.1."""
    rng = np.random.default_rng(8)
    draws = rng.normal(size=(1000, 20))
    shares = []
    for _ in range(300):
        values = rng.normal(size=20) + np.repeat([0.0, 3.5], 10)
        listed = false_discovery_rates(adjust_max_t(values, draws), draws) <= 0.1
        shares.append(listed[:10].sum() / max(listed.sum(), 1))
    # Half of the tests are true nulls, so the expected rate is about half of 0.1.
    assert 0.03 < np.mean(shares) < 0.1
