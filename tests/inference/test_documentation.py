import numpy as np
import pytest
from scipy import stats

from relatum.inference.common import Refusal
from relatum.inference.documentation import correlate_depth, documentation_shares


def test_shares_per_item_and_case():
    known = np.array([[1, 1, 0], [1, 0, 0], [0, 1, 1]])
    found = documentation_shares(known, ["x", "x", "y"])
    assert found.by_item == pytest.approx([2 / 3, 2 / 3, 1 / 3])
    assert found.by_item_and_cluster[:, 0] == pytest.approx([1.0, 0.5, 0.0])
    assert found.overall == pytest.approx(5 / 9)


def test_correlation_equals_scipy_with_ties():
    rng = np.random.default_rng(3)
    counts, depth = rng.integers(0, 6, 50), rng.integers(0, 4, 50)
    found = correlate_depth(counts, depth)
    assert found.spearman == pytest.approx(stats.spearmanr(counts, depth).statistic, abs=1e-12)
    assert not found.warns


def test_degenerate_documentation():
    assert isinstance(correlate_depth([1, 1, 1], [1, 2, 3]), Refusal)
    assert isinstance(correlate_depth([1, np.nan, 1], [1, 2, 3]), Refusal)
    assert isinstance(documentation_shares(np.zeros((0, 3)), []), Refusal)
    with pytest.raises(ValueError, match="one row per cluster label"):
        documentation_shares([[1], [0]], ["a"])
