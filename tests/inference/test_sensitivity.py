import itertools

import numpy as np
import pytest

from relatum.inference.common import Refusal
from relatum.inference.sensitivity import axis_variance_shares, leave_clusters_out


def test_range_without_each_case(case_sizes):
    rng = np.random.default_rng(2)
    cluster = np.repeat(np.arange(12), case_sizes)
    y = (rng.random(73) < np.where(cluster < 2, 0.9, 0.2)).astype(float)
    found = leave_clusters_out(lambda rows: float(y[rows].mean()), cluster, reference=0.5)
    by_hand = [y[cluster != g].mean() for g in range(12)]
    assert [part.estimate for part in found.one] == pytest.approx(by_hand)
    assert (found.low, found.high) == pytest.approx((min(by_hand), max(by_hand)))
    assert found.largest_two.clusters == (0, 1)
    assert found.largest_two.estimate == pytest.approx(y[cluster > 1].mean())
    assert found.largest_two.share_of_rows == pytest.approx(48 / 73)
    assert found.changes_sign


def test_a_stable_estimate_keeps_its_side():
    y, cluster = np.tile([1.0, 1.0, 0.0], 6), np.repeat(np.arange(6), 3)
    found = leave_clusters_out(lambda rows: float(y[rows].mean()), cluster, reference=0.5)
    assert not found.changes_sign
    assert found.low == found.high == pytest.approx(2 / 3)


def test_refused_parts_are_counted_and_left_out_of_the_range():
    y, cluster = np.array([1.0, 0, 1, 0, 1, 1]), np.repeat([1, 2, 3], 2)

    def estimate(rows):
        if not rows[:2].any():
            return Refusal("mean", "the first case is needed")
        return float(y[rows].mean())

    found = leave_clusters_out(estimate, cluster)
    assert found.n_refused == 1
    assert isinstance(found.one[0].estimate, Refusal)
    assert found.high == pytest.approx(0.75)
    never = leave_clusters_out(lambda rows: Refusal("mean", "never"), cluster)
    assert never.why == "never"
    lonely = leave_clusters_out(lambda rows: 1.0 if rows.all() else float("nan"), cluster)
    assert isinstance(lonely, Refusal)
    assert isinstance(leave_clusters_out(lambda rows: 1.0, [1, 1, 2]), Refusal)


def test_shares_of_a_factorial_add_up():
    rows = list(itertools.product(["lower", "upper"], ["in", "out"], ["all", "medium"]))
    effect = {"lower": -1.0, "upper": 1.0, "in": 0.2, "out": -0.2, "all": 0.0, "medium": 0.0}
    values = [sum(effect[o] for o in row) for row in rows]
    found = axis_variance_shares(values, rows, ["undocumented", "inferred", "certainty"])
    assert [part.axis for part in found] == ["undocumented", "inferred", "certainty"]
    assert sum(part.share for part in found) == pytest.approx(1.0)
    assert found[0].share == pytest.approx(1.0 / 1.04)
    assert found[0].span == pytest.approx(2.0)


def test_degenerate_multiverses():
    assert isinstance(axis_variance_shares([1.0, 1.0], [["a"], ["b"]], ["x"]), Refusal)
    assert isinstance(axis_variance_shares([1.0, np.inf], [["a"], ["b"]], ["x"]), Refusal)
    with pytest.raises(ValueError, match="one row per estimate"):
        axis_variance_shares([1.0], [["a", "b"]], ["x"])
