import numpy as np
import pytest
from scipy import stats

from relatum.inference.common import Refusal
from relatum.inference.placebo import placebo_rejection_rate
from relatum.inference.robust import cluster_robust
from relatum.inference.wild import wild_difference


def sample(seed, sizes, spread=2.0):
    rng = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(len(sizes)), sizes)
    shares = rng.beta(spread, spread, len(sizes))
    return (rng.random(len(cluster)) < shares[cluster]).astype(float), cluster


def by_rows(y, cluster, test, seed, n_placebos):
    """The same placebos, tested with the row-level functions."""
    rng = np.random.default_rng(seed)
    n_clusters = len(np.unique(cluster))
    half = np.arange(n_clusters) < n_clusters // 2
    p_values = []
    for _ in range(n_placebos):
        arm = rng.permutation(half).astype(float)[cluster]
        if test == "wild":
            p_values.append(wild_difference(y, arm, cluster).p_value)
        else:
            design = np.column_stack([np.ones(len(y)), arm])
            found = cluster_robust(y, design, cluster, kind="CR1")
            t = found.statistic[1]
            p_values.append(2 * stats.t.sf(abs(t), n_clusters - 1))
    return np.mean(np.array(p_values) <= 0.05 + 1e-12)


@pytest.mark.parametrize("test", ["wild", "CR1"])
def test_rates_from_sums_equal_rates_from_rows(test, case_sizes):
    y, cluster = sample(3, case_sizes)
    found = placebo_rejection_rate(y, cluster, test=test, seed=7, n_placebos=60)
    assert found.rate == pytest.approx(by_rows(y, cluster, test, 7, 60))
    assert found.n_placebos == 60


def test_the_usual_test_rejects_placebos_too_often(case_sizes):
    rates = {test: [] for test in ("wild", "CR1", "CR2")}
    for seed in range(6):
        y, cluster = sample(seed, case_sizes)
        for test, found in rates.items():
            n = 60 if test == "CR2" else 200
            found.append(
                placebo_rejection_rate(y, cluster, test=test, seed=seed, n_placebos=n).rate
            )
    means = {test: np.mean(found) for test, found in rates.items()}
    assert means["CR1"] > 0.15
    assert means["wild"] < 0.12
    assert means["CR2"] < means["CR1"]


def test_seeded_and_indifferent_to_row_order(case_sizes):
    y, cluster = sample(1, case_sizes)
    order = np.random.default_rng(0).permutation(len(y))
    one = placebo_rejection_rate(y, cluster, seed=5, n_placebos=50)
    assert placebo_rejection_rate(y[order], cluster[order], seed=5, n_placebos=50) == one


def test_degenerate_and_wrong_input(case_sizes):
    y, cluster = sample(1, case_sizes)
    assert isinstance(placebo_rejection_rate(y[:30], cluster[:30], seed=1), Refusal)
    assert isinstance(placebo_rejection_rate(0 * y, cluster, seed=1), Refusal)
    assert isinstance(placebo_rejection_rate(y * np.nan, cluster, seed=1), Refusal)
    same = placebo_rejection_rate([1.0, 0.0] * 4, np.repeat([1, 2, 3, 4], 2), seed=1)
    assert isinstance(same, Refusal)
    with pytest.raises(ValueError, match="CR1 or CR2"):
        placebo_rejection_rate(y, cluster, seed=1, test="CR3")
    with pytest.raises(ValueError, match="level"):
        placebo_rejection_rate(y, cluster, seed=1, level=5)
