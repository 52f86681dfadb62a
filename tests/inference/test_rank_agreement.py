"""Agreement in rank: by hand, against scipy's Kendall, and properties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from relatum.inference.common import Refusal
from relatum.inference.rank_agreement import rank_agreement

SHARES = np.linspace(0.1, 0.9, 6)


def profiles(seed, shares=SHARES, *, sizes=(9, 6, 3, 2, 2, 1)):
    rng = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(len(sizes)), sizes)
    x = (rng.random((len(cluster), len(shares))) < shares).astype(float)
    x[rng.random(x.shape) < 0.1] = np.nan
    return x, cluster


def counts(ones, n):
    """Rows in which item j occurs `ones[j]` times, in two cases."""
    return (np.arange(n)[:, None] < np.array(ones)).astype(float), np.arange(n) % 2


def test_by_hand():
    # orders 1 2 3 4 and 1 3 2 4: five pairs agree, one does not
    found = rank_agreement(*counts([1, 2, 3, 4], 5), *counts([2, 6, 4, 8], 9))
    assert found.tau == pytest.approx(4 / 6)
    # a tie in a: four pairs agree, one does not, one is tied
    found = rank_agreement(*counts([1, 2, 2, 4], 5), *counts([6, 4, 2, 8], 9))
    assert found.tau == pytest.approx((3 - 2) / np.sqrt(5 * 6))


@pytest.mark.parametrize("seed", range(5))
def test_as_scipy(seed):
    a, b = profiles(seed), profiles(seed + 50, SHARES[::-1] * 0.5)
    expected = stats.kendalltau(np.nanmean(a[0], axis=0), np.nanmean(b[0], axis=0))
    assert rank_agreement(*a, *b, n_bootstrap=1).tau == pytest.approx(expected.statistic)


def test_bootstrap_draws_are_taus_of_resampled_cases():
    # both cases of a are alike, those of b too: every draw has the tau of the data
    a, b = np.tile([[1, 0, 0, 0], [1, 1, 0, 0], [1, 1, 1, 0]], (2, 1)), np.repeat([0, 1], 3)
    found = rank_agreement(a, b, a, b, n_bootstrap=50)
    assert (found.tau, found.conf_low, found.conf_high, found.bias) == (1, 1, 1, 0)
    assert found.above_margin


def test_limits_and_margin():
    a, b = profiles(1, sizes=(8,) * 12), profiles(2, sizes=(8,) * 12)
    found = rank_agreement(*a, *b, n_bootstrap=400)
    assert found.conf_low <= found.lower_limit <= found.tau <= found.conf_high
    assert found.above_margin
    assert not rank_agreement(*a, *b, n_bootstrap=400, margin=found.lower_limit).above_margin
    assert found.bias < 0
    unlike = rank_agreement(*a, *profiles(2, SHARES[::-1]), n_bootstrap=400)
    assert unlike.tau < 0
    assert not unlike.above_margin


def test_draws_that_are_tied_throughout_count_against_it():
    a = np.array([[1, 1, 1, 1], [1, 0, 1, 0], [0, 0, 0, 0.0]])
    found = rank_agreement(a, [1, 2, 3], *counts([1, 2, 3, 4], 5), n_bootstrap=500)
    assert found.n_undefined > 5
    assert (found.conf_low, found.lower_limit, found.conf_high) == (-1, -1, 1)


def test_rows_names_and_order_of_samples_do_not_matter():
    a, b = profiles(1), profiles(2)
    first = rank_agreement(*a, *b, n_bootstrap=200)
    rng = np.random.default_rng(3)
    p, q = rng.permutation(len(a[1])), rng.permutation(len(b[1]))
    again = rank_agreement(a[0][p], 9 - a[1][p], b[0][q], b[1][q].astype(str), n_bootstrap=200)
    assert again == first
    assert rank_agreement(*b, *a, n_bootstrap=200) == first
    # the order of the items carries no information
    items = rng.permutation(6)
    moved = rank_agreement(a[0][:, items], a[1], b[0][:, items], b[1], n_bootstrap=200)
    assert moved.tau == pytest.approx(first.tau)


@settings(deadline=None, max_examples=40)
@given(
    arrays(float, (6, 4), elements=st.sampled_from([0.0, 1.0, np.nan])),
    st.lists(st.integers(0, 2), min_size=6, max_size=6),
)
def test_odd_samples_give_numbers_or_words(values, cluster):
    found = rank_agreement(values, cluster, *counts([1, 2, 3, 4], 5), n_bootstrap=20)
    if isinstance(found, Refusal):
        assert found.why
        return
    assert -1 <= found.conf_low <= found.tau <= found.conf_high <= 1
    assert np.isfinite(found.bias)


def test_refusals_and_wrong_calls():
    a, b = profiles(1), profiles(2)
    found = rank_agreement(a[0][:, :3], a[1], b[0][:, :3], b[1])
    assert found.why == "3 items are documented in both samples, fewer than 4"
    found = rank_agreement(np.ones((4, 4)), [1, 1, 2, 2], b[0][:, :4], b[1])
    assert "all items have the same prevalence" in found.why
    found = rank_agreement(a[0], np.ones(len(a[0])), *b)
    assert "sample a has one case" in found.why
    with pytest.raises(ValueError, match="margin"):
        rank_agreement(*a, *b, margin=2.0)
