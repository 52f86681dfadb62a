import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relatum.inference.bounds import (
    monotone_bounds,
    share_at_odds_ratio,
    tipping_point,
    worst_case_bounds,
)
from relatum.inference.common import Interval, Refusal, normal_quantile
from relatum.inference.identified import imbens_manski_interval, union_interval

counts = st.integers(0, 40)


@given(counts, counts, counts)
def test_worst_case_holds_every_completion_and_no_more(present, absent, undocumented):
    n = present + absent + undocumented
    found = worst_case_bounds(present, absent, undocumented)
    if n == 0:
        assert isinstance(found, Refusal)
        return
    completions = [(present + k) / n for k in range(undocumented + 1)]
    assert found.low == pytest.approx(min(completions))
    assert found.high == pytest.approx(max(completions))
    assert (found.count_low, found.count_high) == (present, present + undocumented)
    narrower = monotone_bounds(present, absent, undocumented)
    if not isinstance(narrower, Refusal):
        assert found.low <= narrower.low <= narrower.high <= found.high + 1e-12


def test_rules_on_the_documented_share_and_the_width():
    at_limit = worst_case_bounds(40, 20, 40)
    assert not at_limit.bounds_only
    assert at_limit.confirmatory
    below = worst_case_bounds(39, 20, 41)
    assert below.bounds_only
    assert not below.confirmatory


def test_all_undocumented():
    found = worst_case_bounds(0, 0, 10)
    assert (found.low, found.high, found.bounds_only) == (0.0, 1.0, True)
    assert isinstance(monotone_bounds(0, 0, 10), Refusal)
    assert isinstance(tipping_point(0, 0, 10, threshold=0.5), Refusal)
    assert isinstance(share_at_odds_ratio(0, 0, 10, odds_ratio=1.0), Refusal)


@given(st.integers(1, 30), st.integers(1, 30), st.integers(1, 30), st.floats(0.05, 0.95))
def test_the_tipping_point_reaches_the_threshold(present, absent, undocumented, place):
    n = present + absent + undocumented
    threshold = (present + place * undocumented) / n
    found = tipping_point(present, absent, undocumented, threshold=threshold)
    back = share_at_odds_ratio(present, absent, undocumented, odds_ratio=found.odds_ratio)
    assert back == pytest.approx(threshold, abs=1e-9)
    assert list(found.shares_at_marks) == sorted(found.shares_at_marks)
    assert found.shares_at_marks[0] == pytest.approx(present / n)
    assert found.shares_at_marks[-1] == pytest.approx(
        present / n + undocumented / n * present / (present + absent)
    )


@pytest.mark.parametrize(
    ("args", "threshold", "word"),
    [((30, 10, 5), 0.5, "above"), ((3, 30, 5), 0.5, "below"), ((9, 0, 5), 0.8, "same status")],
)
def test_a_conclusion_that_cannot_tip_says_so(args, threshold, word):
    found = tipping_point(*args, threshold=threshold)
    assert isinstance(found, Refusal)
    assert word in found.why


def test_imbens_manski_lies_between_one_and_two_sided():
    z2, z1 = normal_quantile(0.95), normal_quantile(0.90)
    point = imbens_manski_interval(0.5, 0.5, se_low=0.1, se_high=0.1)
    assert point.conf_low == pytest.approx(0.5 - z2 * 0.1, abs=1e-9)
    wide = imbens_manski_interval(0.3, 0.7, se_low=0.01, se_high=0.01)
    assert wide.conf_high == pytest.approx(0.7 + z1 * 0.01, abs=1e-9)
    heavy = imbens_manski_interval(0.3, 0.7, se_low=0.05, se_high=0.05, df=4)
    assert heavy.conf_low < wide.conf_low


def test_imbens_manski_covers_by_its_own_equation():
    low, high, se = 0.42, 0.47, 0.05
    found = imbens_manski_interval(low, high, se_low=se, se_high=se, conf_level=0.9)
    c = (low - found.conf_low) / se
    cdf = lambda v: 0.5 * math.erfc(-v / math.sqrt(2))  # noqa: E731
    assert cdf(c + (high - low) / se) - cdf(-c) == pytest.approx(0.9, abs=1e-10)


def test_degenerate_and_wrong_end_points():
    assert isinstance(imbens_manski_interval(0.1, np.inf, se_low=0.1, se_high=0.1), Refusal)
    exact = imbens_manski_interval(0.2, 0.4, se_low=0.0, se_high=0.0)
    assert (exact.conf_low, exact.conf_high) == (0.2, 0.4)
    with pytest.raises(ValueError, match="exceed"):
        imbens_manski_interval(0.4, 0.2, se_low=0.1, se_high=0.1)
    with pytest.raises(ValueError, match="whole number"):
        worst_case_bounds(-1, 2, 3)
    with pytest.raises(ValueError, match="threshold"):
        tipping_point(1, 2, 3, threshold=1.0)
    with pytest.raises(ValueError, match="odds_ratio"):
        share_at_odds_ratio(1, 2, 3, odds_ratio=-1.0)


def test_union_of_two_levels_is_refused():
    one = Interval(estimate=0.1, conf_low=0.0, conf_high=0.2, conf_level=0.95, method="wild")
    other = Interval(estimate=0.3, conf_low=0.2, conf_high=0.4, conf_level=0.90, method="wild")
    with pytest.raises(ValueError, match="same confidence level"):
        union_interval(one, other)
    assert union_interval(one, one).conf_high == 0.2
