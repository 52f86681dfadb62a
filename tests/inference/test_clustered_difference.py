from __future__ import annotations

import numpy as np
import pytest

from relatum.inference.clustered_difference import ClusteredDifference, clustered_difference
from relatum.inference.common import Refusal
from relatum.inference.intervals import korn_graubard_interval
from relatum.inference.mover import difference_limits
from relatum.inference.robust import cluster_robust
from relatum.inference.wild import wild_difference


def draw(seed, sizes, share, icc=0.1):
    rng = np.random.default_rng(seed)
    scale = (1 - icc) / icc
    own = rng.beta(share * scale, (1 - share) * scale, len(sizes))
    case = np.repeat(np.arange(len(sizes)), sizes)
    return (rng.random(len(case)) < own[case]) * 1.0, case


@pytest.fixture
def pair(case_sizes):
    return *draw(1, case_sizes, 0.4), *draw(2, case_sizes[:8], 0.5)


def stacked(pair):
    a, case_a, b, case_b = pair
    arm = np.repeat([1.0, 0.0], [len(a), len(b)])
    return np.concatenate([a, b]), arm, np.concatenate([case_a, case_b + 1000])


def limits(interval):
    return interval.conf_low, interval.conf_high


def test_enumerated_bootstrap_equals_the_difference_within_one_table():
    # 5 + 6 cases: every sign vector is used, so the two routes must agree to the last digits
    a, case_a = draw(3, [4, 3, 5, 2, 6], 0.5)
    b, case_b = draw(4, [3, 3, 2, 4, 5, 2], 0.4)
    found = clustered_difference(a, case_a, b, case_b)
    y, arm, case = stacked((a, case_a, b, case_b))
    for level, here in ((0.90, found.conf90), (0.95, found.conf95)):
        there = wild_difference(y, arm, case, conf_level=level)
        assert limits(here) == pytest.approx((there.conf_low, there.conf_high), abs=1e-9)
        assert here.conf_level == level
    for margin in (-0.6, -0.3, 0.55):
        there = wild_difference(y, arm, case, null=margin)
        side = "p_low" if margin < found.estimate else "p_high"
        name = "margin_low" if margin < found.estimate else "margin_high"
        assert getattr(found.test(**{name: margin}), side) == pytest.approx(there.p_value / 2)
    assert found.method == "wild_cluster_bootstrap"


@pytest.mark.parametrize("weighting", ["none", "per case", "per row"])
def test_errors_equal_those_of_the_regression(pair, weighting):
    y, arm, case = stacked(pair)
    n = len(pair[0])
    weights = {
        "none": None,
        "per case": 1.0 + case % 5,
        "per row": np.random.default_rng(5).random(len(y)) + 0.1,
    }[weighting]
    if weights is not None:
        weights = np.concatenate([one / one.mean() for one in np.split(weights, [n])])
    fit = cluster_robust(y, np.column_stack([np.ones(len(y)), arm]), case, weights=weights)
    split = {} if weights is None else {"weights_a": weights[:n], "weights_b": weights[n:]}
    found = clustered_difference(*pair, **split, n_draws=99)
    assert found.estimate == pytest.approx(fit.coef[1], abs=1e-12)
    assert (found.std_error, found.df) == pytest.approx((fit.std_error[1], fit.df[1]), rel=1e-10)
    assert limits(found.cr2_95) == pytest.approx((fit.conf_low[1], fit.conf_high[1]), rel=1e-10)
    assert (found.n_a, found.n_b, found.clusters_a, found.clusters_b) == (73, 69, 12, 8)


def test_p_is_at_most_the_level_exactly_when_the_limits_lie_inside(pair, case_sizes):
    rare = *draw(6, case_sizes, 0.04), *draw(7, case_sizes, 0.2)
    nothing = np.zeros(73), pair[1], *draw(8, case_sizes, 0.2)
    for rows in (pair, rare, nothing):
        found = clustered_difference(*rows, n_draws=499)
        for level in (0.025, 0.05, 0.1):
            for margin in (0.05, 0.1, 0.2, 0.3, 0.4, 0.5):
                test = found.test(margin_low=-margin, margin_high=margin, level=level)
                assert (test.p_value <= level + 1e-12) == test.within, (level, margin)
                assert (test.p_low <= level + 1e-12) == (test.conf_low > -margin)
                assert limits(found.interval(conf_level=1 - 2 * level)) == pytest.approx(
                    (test.conf_low, test.conf_high)
                )


def test_p_on_the_far_side_is_above_one_half(pair):
    found = clustered_difference(*pair, n_draws=499)
    beyond = found.test(margin_low=found.estimate + 0.05)
    assert beyond.p_low > 0.5
    assert beyond.p_high is None
    assert found.test(margin_low=found.estimate).p_value == 0.5


def test_a_smaller_margin_has_a_larger_p(pair):
    found = clustered_difference(*pair, n_draws=499)
    p = [found.test(margin_high=m, margin_low=-m).p_value for m in np.linspace(0.05, 0.9, 18)]
    assert (np.diff(p) <= 1e-12).all()


def test_rows_names_and_order_of_the_samples_change_nothing(pair, case_sizes):
    a, case_a, b, case_b = pair
    rng = np.random.default_rng(9)
    i, j = rng.permutation(len(a)), rng.permutation(len(b))
    renamed = rng.permutation(12)[case_a]
    found = clustered_difference(*pair, n_draws=299)
    moved = clustered_difference(a[i], renamed[i], b[j], case_b[j], n_draws=299)
    assert limits(moved.conf90) == pytest.approx(limits(found.conf90), abs=1e-12)
    assert moved.std_error == pytest.approx(found.std_error, rel=1e-12)
    for rows in (pair, (*draw(6, case_sizes, 0.04), *draw(7, case_sizes, 0.2))):
        found = clustered_difference(*rows, n_draws=299)
        turned = clustered_difference(*rows[2:], *rows[:2], n_draws=299)
        assert turned.estimate == -found.estimate
        assert limits(turned.conf95) == pytest.approx(
            (-found.conf95.conf_high, -found.conf95.conf_low), abs=1e-12
        )
        one = found.test(margin_low=-0.2, margin_high=0.3)
        other = turned.test(margin_low=-0.3, margin_high=0.2)
        assert (one.p_low, one.p_high) == pytest.approx((other.p_high, other.p_low), abs=1e-9)


def test_weights_of_one_and_rows_of_weight_zero(pair):
    a, case_a, b, case_b = pair
    found = clustered_difference(*pair, n_draws=99)
    keep = case_a != 0
    without = clustered_difference(a[keep], case_a[keep], b, case_b, n_draws=99)
    zero = clustered_difference(*pair, weights_a=keep * 2.0, n_draws=99)
    assert (zero.n_a, zero.clusters_a) == (47, 11)
    assert zero.estimate == pytest.approx(without.estimate, abs=1e-12)
    # the scale of one sample's weights says nothing
    same = clustered_difference(*pair, weights_a=np.full(73, 3.0), n_draws=99)
    assert limits(same.conf90) == pytest.approx(limits(found.conf90), abs=1e-9)


# ------------------------------------------------------------------- samples without variance


def test_nothing_recorded_in_one_sample_keeps_a_width(case_sizes):
    b, case = draw(8, case_sizes, 0.2)
    found = clustered_difference(np.zeros(73), case, b, case)
    assert found.method == "mover_korn_graubard"
    assert found.cr2_90 is None
    zero = korn_graubard_interval(np.zeros(12), case_sizes)
    other = korn_graubard_interval(np.bincount(case, b), case_sizes)
    assert limits(found.conf95) == pytest.approx(limits(difference_limits(zero, other)))
    assert found.conf95.conf_low < found.conf90.conf_low < found.estimate < found.conf90.conf_high
    assert found.std_error > 0


def test_both_samples_constant(case_sizes):
    case = np.repeat(np.arange(12), case_sizes)
    same = clustered_difference(np.zeros(73), case, np.zeros(73), case)
    assert same.estimate == 0
    assert -0.2 < same.conf95.conf_low < 0 < same.conf95.conf_high < 0.2
    assert same.test(margin_low=-0.15, margin_high=0.15).within
    apart = clustered_difference(np.ones(73), case, np.zeros(73), case)
    assert apart.estimate == 1
    assert apart.conf90.conf_low < 1
    assert apart.test(margin_low=-0.15, margin_high=0.15).p_value == 0.5


def test_a_rare_share_takes_the_outer_limits(case_sizes):
    rows = *draw(6, case_sizes, 0.04), *draw(7, case_sizes, 0.2)
    found = clustered_difference(*rows, n_draws=499)
    assert found.method == "wild_cluster_bootstrap + mover_korn_graubard"
    skewed = difference_limits(
        *(korn_graubard_interval(np.bincount(c, v), case_sizes) for v, c in (rows[:2], rows[2:]))
    )
    assert found.conf95.conf_low <= skewed.conf_low
    assert found.conf95.conf_high >= skewed.conf_high


def test_other_values_than_yes_and_no():
    case = [0, 0, 1, 1, 2, 2]
    found = clustered_difference([0, 0.5, 1, 0.5, 0.2, 0.1], case, [0.3, 0.5, 1, 0, 0, 0.1], case)
    assert isinstance(found, ClusteredDifference)
    assert found.estimate == pytest.approx(2.3 / 6 - 1.9 / 6)
    flat = clustered_difference([0.5] * 6, case, [0.3, 0.5, 1, 0, 0, 0.1], case)
    assert "sample a do not differ" in flat.why
    wide = clustered_difference([0, 1, 4, 5, 2, 3], case, [1] * 3 + [2] * 3, case, support=(-5, 5))
    assert -5 <= wide.conf95.conf_low < wide.conf95.conf_high <= 5


def test_bad_input(pair):
    a, case_a, b, case_b = pair
    one = clustered_difference(a, np.zeros(73), b, case_b)
    assert isinstance(one, Refusal)
    assert "one case in sample a" in one.why
    assert "no case in sample b" in clustered_difference(a, case_a, [], []).why
    broken = np.where(np.arange(73) == 3, np.nan, a)
    assert "not finite" in clustered_difference(broken, case_a, b, case_b).why
    with pytest.raises(ValueError, match="cluster_a"):
        clustered_difference(a, case_a[1:], b, case_b)
    with pytest.raises(ValueError, match="weights_b must not be negative"):
        clustered_difference(*pair, weights_b=-np.ones(69))
    with pytest.raises(ValueError, match="outside the support"):
        clustered_difference(a + 5, case_a, b, case_b)
    found = clustered_difference(*pair, n_draws=99)
    with pytest.raises(ValueError, match="between -1 and 1"):
        found.test(margin_low=-1.0, margin_high=0.1)
    with pytest.raises(ValueError, match="without a margin"):
        found.test()
