from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from relatum.inference.clustered_difference import ClusteredDifference, clustered_difference
from relatum.inference.common import Refusal
from relatum.inference.equivalence_power import (
    cases_needed,
    equivalence_power,
    residual_moments,
    smallest_margin,
)


def power(sizes_a, sizes_b, margin, p=0.5, icc=0.1, **more):
    return equivalence_power(
        sizes_a=sizes_a, sizes_b=sizes_b, p_a=p, p_b=p, icc=icc,
        margin_low=-margin, margin_high=margin, **more,
    )  # fmt: skip


def test_many_independent_rows_by_hand():
    # 4,000 rows in each sample: an error of sqrt(2 x .25 / 4000), normal limits
    error = np.sqrt(0.5 / 4000)
    by_hand = 2 * stats.norm.cdf(0.03 / error - stats.norm.ppf(0.95)) - 1
    found = power(np.ones(4000), np.ones(4000), 0.03, icc=0.3)
    assert found == pytest.approx(by_hand, abs=1e-3)
    one = equivalence_power(
        sizes_a=np.ones(4000), sizes_b=np.ones(4000), p_a=0.5, p_b=0.5, icc=0,
        margin_low=-0.03, one_sided=True,
    )  # fmt: skip
    assert one == pytest.approx(stats.norm.cdf(0.03 / error - stats.norm.ppf(0.95)), abs=1e-3)


def test_moments_equal_the_matrix(case_sizes):
    n = case_sizes.astype(float)
    d = n * (1 + (n - 1) * 0.2)
    centre = np.eye(12) - np.outer(n, np.ones(12)) / n.sum()
    scale = np.diag(1 / np.sqrt(1 - n / n.sum()))
    matrix = scale @ centre @ np.diag(d) @ centre.T @ scale
    assert residual_moments(n, d) == pytest.approx((np.trace(matrix), (matrix**2).sum()))
    equal = residual_moments(np.full(9, 4.0), np.full(9, 4.0))
    assert equal[0] ** 2 / equal[1] == pytest.approx(
        8
    )  # nine equal cases: eight degrees of freedom


def test_published_sizes_have_hardly_any_power(case_sizes):
    # simulated with the bootstrap: .17, .02 and .39 (tests/benchmarks/size_equivalence.py)
    assert power(case_sizes, case_sizes, 0.15, icc=0) == pytest.approx(0.17, abs=0.04)
    assert power(case_sizes, case_sizes, 0.15) == pytest.approx(0.02, abs=0.02)
    assert power(case_sizes, case_sizes, 0.30) == pytest.approx(0.40, abs=0.02)


def test_power_agrees_with_simulation():
    # 200 samples: one Monte Carlo error is .035; the band is about three
    rng = np.random.default_rng(4)
    sizes = np.full(30, 5)
    case = np.repeat(np.arange(30), 5)

    def rows():
        return (rng.random(150) < rng.beta(4.5, 4.5, 30)[case]) * 1.0

    hits = 0
    for _ in range(200):
        found = clustered_difference(rows(), case, rows(), case, n_draws=199)
        assert isinstance(found, ClusteredDifference)
        hits += found.conf90.conf_low > -0.2 and found.conf90.conf_high < 0.2
    assert hits / 200 == pytest.approx(power(sizes, sizes, 0.2), abs=0.11)


def test_power_rises_and_falls_where_it_must(case_sizes):
    margins = [power(case_sizes, case_sizes, m) for m in (0.1, 0.2, 0.3, 0.5)]
    assert (np.diff(margins) >= 0).all()
    correlations = [power(case_sizes, case_sizes, 0.3, icc=r) for r in (0, 0.05, 0.2, 0.5)]
    assert (np.diff(correlations) < 0).all()
    assert power(np.minimum(case_sizes, 8), case_sizes, 0.3, icc=0.3) > correlations[-1]
    silent = [
        power(case_sizes, case_sizes, 0.3, icc=0, undocumented_a=u, undocumented_b=u)
        for u in (0, 0.1, 0.2, 0.3)
    ]
    assert (np.diff(silent) < 0).all()
    # undocumented rows alone fill the margins
    assert silent[-1] == pytest.approx(0, abs=0.01)
    a_silent = power(case_sizes, case_sizes, 0.3, undocumented_a=0.2)
    assert power(case_sizes, case_sizes, 0.3, undocumented_b=0.2) == pytest.approx(a_silent)
    assert power(case_sizes, None, 0.3) > power(case_sizes, case_sizes, 0.3)
    assert power(case_sizes, None, 0.3, p=0.0) == 1.0


def test_swapping_the_samples_changes_nothing(case_sizes):
    one = equivalence_power(
        sizes_a=case_sizes, sizes_b=[4, 4, 4, 9], p_a=0.3, p_b=0.4, icc=0.05,
        margin_low=-0.4, margin_high=0.25, undocumented_a=0.1,
    )  # fmt: skip
    other = equivalence_power(
        sizes_a=[4, 4, 4, 9], sizes_b=case_sizes[::-1], p_a=0.4, p_b=0.3, icc=0.05,
        margin_low=-0.25, margin_high=0.4, undocumented_b=0.1,
    )  # fmt: skip
    assert one == pytest.approx(other, rel=1e-9)


def test_smallest_margin_has_the_power(case_sizes):
    both = {"sizes_a": case_sizes, "sizes_b": case_sizes, "p_a": 0.5, "p_b": 0.5, "icc": 0.1}
    found = smallest_margin(**both)
    assert power(case_sizes, case_sizes, found) == pytest.approx(0.8, abs=1e-4)
    assert smallest_margin(**both, one_sided=True) < found
    silent = smallest_margin(**both, undocumented_a=0.9, undocumented_b=0.9)
    assert isinstance(silent, Refusal)
    assert isinstance(smallest_margin(**{**both, "icc": 1.0, "sizes_a": [30, 1]}), Refusal)
    assert smallest_margin(sizes_a=[2, 2], sizes_b=None, p_a=0.0, p_b=0.0, icc=0) == 0.0


def test_cases_needed_is_twice_that_of_one_sample():
    # 41 cases against a fixed figure, by an error that is known: two samples double the variance
    needed = cases_needed(margin=0.15, icc=0.1, mean_size=6, cv=1.3, p=0.5)
    assert needed == pytest.approx(2 * 41, abs=2)
    assert cases_needed(margin=0.15, icc=0.1, mean_size=6, cv=0.5, p=0.5) == pytest.approx(
        2 * 28, abs=3
    )
    equal = cases_needed(margin=0.15, icc=0.1, mean_size=6, cv=0, p=0.5)
    sizes = np.full(equal, 6)
    assert power(sizes, sizes, 0.15) >= 0.8 > power(sizes[1:], sizes[1:], 0.15)
    assert cases_needed(
        margin=0.15, icc=0.1, mean_size=6, cv=0, p=0.5, undocumented=0.05
    ) > equal  # fmt: skip
    never = cases_needed(margin=0.15, icc=0.1, mean_size=6, cv=0, p=0.5, undocumented=0.2)
    assert isinstance(never, Refusal)


def test_a_one_sided_claim_needs_fewer_cases():
    asked = {"margin": 0.15, "icc": 0.1, "mean_size": 6, "cv": 0, "p": 0.5}
    one, two = cases_needed(**asked, one_sided=True), cases_needed(**asked)
    assert one < two
    sizes = np.full(one, 6)
    shares = {"sizes_a": sizes, "sizes_b": sizes, "p_a": 0.5, "p_b": 0.5, "icc": 0.1}
    assert equivalence_power(**shares, margin_low=-0.15, one_sided=True) >= 0.8


def test_bad_input(case_sizes):
    with pytest.raises(ValueError, match=r"icc .*undocumented_a"):
        power(case_sizes, case_sizes, 0.2, icc=2, undocumented_a=-0.1)
    with pytest.raises(ValueError, match="at least two cases"):
        power([5], case_sizes, 0.2)
    with pytest.raises(ValueError, match="one_sided"):
        equivalence_power(sizes_a=[2, 2], sizes_b=[2, 2], p_a=0.5, p_b=0.5, icc=0, margin_low=-1)
    with pytest.raises(ValueError, match="power"):
        smallest_margin(sizes_a=[2, 2], sizes_b=[2, 2], p_a=0.5, p_b=0.5, icc=0, power=1)
    with pytest.raises(ValueError, match="above 0"):
        cases_needed(margin=0, icc=0, mean_size=6, cv=1, p=0.5)
