from __future__ import annotations

import math
from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relatum.inference.common import Refusal
from relatum.inference.count_nulls import convolve_counts, hypergeometric_counts
from relatum.inference.exact_power import (
    central_region,
    detectable_odds_ratio,
    power_at,
    threshold_region,
)
from relatum.inference.tilting import tilted_family


def tea():
    return tilted_family(*hypergeometric_counts(4, 4, 8))


def test_tea_tasting_by_hand():
    family = tea()
    assert family.probabilities() == pytest.approx(np.array([1, 16, 36, 16, 1]) / 70, abs=1e-15)
    found = family.p_values(3)
    assert found.greater == pytest.approx(17 / 70, abs=1e-15)
    assert found.less == pytest.approx(69 / 70, abs=1e-15)
    assert found.minlike == found.central == pytest.approx(34 / 70, abs=1e-15)
    assert found.mid_greater == pytest.approx(9 / 70, abs=1e-15)
    assert found.mid_less == pytest.approx(61 / 70, abs=1e-15)
    assert found.mid_central == pytest.approx(18 / 70, abs=1e-15)
    assert family.mean() == pytest.approx(2.0, abs=1e-14)
    assert family.variance() == pytest.approx(4 * 4 * 4 * 4 / (64 * 7), abs=1e-14)


def test_estimate_and_limits_solve_their_equations():
    family = tea()
    found = family.interval(3, conf_level=0.9)
    # roots are found to 1e-15 of the log, the equations magnify that by their slope at most
    assert family.mean(found.estimate) == pytest.approx(3.0, abs=1e-13)
    assert family.p_values(3, odds_ratio=found.conf_low).greater == pytest.approx(0.05, abs=1e-14)
    assert family.p_values(3, odds_ratio=found.conf_high).less == pytest.approx(0.05, abs=1e-14)
    mid = family.interval(3, conf_level=0.9, mid_p=True)
    assert family.p_values(3, odds_ratio=mid.conf_low).mid_greater == pytest.approx(0.05, abs=1e-14)
    assert family.p_values(3, odds_ratio=mid.conf_high).mid_less == pytest.approx(0.05, abs=1e-14)
    assert mid.estimate == found.estimate
    assert found.conf_low < mid.conf_low < mid.estimate < mid.conf_high < found.conf_high


def test_two_by_one_has_closed_forms():
    # margins 1 and 1 of n: the count is 1 with probability psi / (psi + n - 1)
    family = tilted_family(*hypergeometric_counts(1, 1, 10))
    found = family.interval(1)
    assert (found.estimate, found.conf_high) == (math.inf, math.inf)
    assert found.conf_low == pytest.approx(9 * 0.025 / 0.975, rel=1e-13)
    found = family.interval(0)
    assert (found.estimate, found.conf_low) == (0.0, 0.0)
    assert found.conf_high == pytest.approx(9 * 0.975 / 0.025, rel=1e-13)


def test_edges_give_zero_and_infinity():
    family = tea()
    top, bottom = family.interval(4), family.interval(0)
    assert top.estimate == top.conf_high == math.inf
    assert bottom.estimate == bottom.conf_low == 0.0
    # the table is symmetric, so that one limit is the other's inverse
    assert top.conf_low * bottom.conf_high == pytest.approx(1.0, rel=1e-13)
    assert family.interval(4, mid_p=True).conf_low > top.conf_low


def test_hypergeometric_weights_are_exact_integers():
    for n_first, n_second, n in [(3, 5, 9), (7, 8, 10), (0, 4, 6), (6, 2, 6), (40, 33, 73)]:
        support, logs = hypergeometric_counts(n_first, n_second, n)
        ways = [comb(n_first, int(j)) * comb(n - n_first, n_second - int(j)) for j in support]
        assert support[0] == max(0, n_first + n_second - n)
        assert support[-1] == min(n_first, n_second)
        expected = [float(Fraction(w, max(ways))) for w in ways]
        assert np.exp(logs) == pytest.approx(expected, rel=1e-13)


def test_convolution_counts_ways():
    parts = [(3, 2, 5), (2, 2, 4), (1, 3, 4), (0, 2, 5)]
    ways = np.ones(1)
    low = 0
    for n_first, n_second, n in parts:
        support, _ = hypergeometric_counts(n_first, n_second, n)
        here = [comb(n_first, int(j)) * comb(n - n_first, n_second - int(j)) for j in support]
        ways, low = np.convolve(ways, here), low + int(support[0])
    support, logs = convolve_counts([hypergeometric_counts(*part) for part in parts])
    assert support.tolist() == list(range(low, low + ways.size))
    assert np.exp(logs) == pytest.approx(ways / ways.max(), rel=1e-14)


def test_convolution_of_wide_supports_does_not_underflow():
    # log weights down to -1100 each: exp would give 0, and so lose the ends of the support
    part = hypergeometric_counts(900, 900, 1800)
    support, logs = convolve_counts([part, part])
    assert support[0] == 0
    assert support[-1] == 1800
    # the one way to reach an end is to be at both ends
    scale = float(logs[900] - np.logaddexp.reduce(part[1] + part[1][::-1]))
    assert logs[0] - scale == pytest.approx(2 * part[1][0], rel=1e-12)
    family = tilted_family(support, logs)
    assert family.mean() == pytest.approx(900.0, abs=1e-9)
    assert math.isinf(family.interval(1800).estimate)
    assert family.interval(1800).conf_low > 100


def test_gaps_in_a_support_are_kept():
    support, logs = convolve_counts(
        [(np.array([0, 2]), np.log([1.0, 3.0])), (np.array([0, 4]), np.log([1.0, 1.0]))]
    )
    family = tilted_family(support, logs)
    assert family.support.tolist() == [0, 2, 4, 6]
    assert family.probabilities() == pytest.approx(np.array([1, 3, 1, 3]) / 8, abs=1e-15)
    with pytest.raises(ValueError, match="do not allow"):
        family.p_values(3)


def test_exact_blocks_of_the_reference(reference):
    """Per-block numbers of matrices with fixed margins, added up over independent blocks."""
    pairs = reference("cc0", "cooc_cscore_nulls").values["exact_blocked"]["pairs"]
    told = 0
    for pair in pairs:
        counts = [np.array(c, dtype=float) for c in pair["per_block_counts"].values()]
        parts = [(np.flatnonzero(c), np.log(c[c > 0])) for c in counts]
        family = tilted_family(*convolve_counts(parts))
        if isinstance(family, Refusal):
            assert pair["sd"] == 0
            continue
        told += 1
        found = family.p_values(pair["observed"])
        assert family.support.tolist() == pair["support"]
        # sums of a few thousand matrices: rounding alone
        assert family.probabilities() == pytest.approx(pair["prob"], abs=1e-14)
        assert family.mean() == pytest.approx(pair["mean"], abs=1e-13)
        assert math.sqrt(family.variance()) == pytest.approx(pair["sd"], abs=1e-13)
        assert found.greater == pytest.approx(pair["p_ge"], abs=1e-13)
        assert found.less == pytest.approx(pair["p_le"], abs=1e-13)
        assert found.mid_greater == pytest.approx(pair["p_mid_ge"], abs=1e-13)
    assert told >= 5


def test_power_by_hand():
    family = tea()
    region = central_region(family)
    assert region.tolist() == [True, False, False, False, True]
    assert power_at(family, 1.0, region=region) == pytest.approx(2 / 70, abs=1e-15)
    weights = np.array([1, 16 * 20, 36 * 400, 16 * 8000, 160000])
    assert power_at(family, 20.0, region=region) == pytest.approx(
        (1 + 160000) / weights.sum(), abs=1e-14
    )
    # deviation 0.7559: one count from the mean is 0.756 / 0.7559 = 1.32 of them, two are 2.65
    assert threshold_region(family, threshold=2.0).tolist() == region.tolist()
    assert threshold_region(family, threshold=1.0).tolist() == [True, True, False, True, True]
    tie = 1 / math.sqrt(family.variance())
    assert threshold_region(family, threshold=tie).tolist() == [True, True, False, True, True]


def test_detectable_odds_ratio_has_the_power_asked_for():
    family = tilted_family(*hypergeometric_counts(20, 25, 60))
    region = central_region(family)
    up = detectable_odds_ratio(family, region=region, power=0.8)
    down = detectable_odds_ratio(family, region=region, power=0.8, direction="less")
    assert up > 1 > down > 0
    for ratio in (up, down):
        assert power_at(family, ratio, region=region) == pytest.approx(0.8, abs=1e-13)
    assert (
        power_at(family, up * 1.01, region=region)
        > 0.8
        > power_at(family, up / 1.01, region=region)
    )


def test_a_test_that_never_rejects_has_no_detectable_odds_ratio():
    family = tilted_family(*hypergeometric_counts(2, 2, 4))
    found = detectable_odds_ratio(family, region=central_region(family))
    assert isinstance(found, Refusal)
    assert "however large" in found.why
    one_sided = np.array([False, False, True])
    found = detectable_odds_ratio(family, region=one_sided, direction="less")
    assert "however small" in found.why


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 30), st.data())
def test_limits_agree_with_p_values(n_first, n_second, rest, data):
    n = max(n_first, n_second) + 1 + rest
    family = tilted_family(*hypergeometric_counts(n_first, n_second, n))
    if isinstance(family, Refusal):
        return
    observed = data.draw(st.sampled_from(family.support.tolist()))
    for mid in (False, True):
        found = family.interval(observed, mid_p=mid)
        assert 0 <= found.conf_low <= found.estimate <= found.conf_high
        p = family.p_values(observed)
        two_sided = p.mid_central if mid else p.central
        if abs(two_sided - 0.05) > 1e-9:
            assert (two_sided < 0.05) == (not found.conf_low <= 1 <= found.conf_high)
    assert p.less + p.greater == pytest.approx(
        1 + family.probabilities()[observed - family.support[0]]
    )
    # swapping presence and absence of one code turns the odds ratio round
    turned = tilted_family(*hypergeometric_counts(n - n_first, n_second, n))
    other = turned.interval(n_second - observed)
    if 0 < found.estimate < math.inf:
        assert other.estimate * found.estimate == pytest.approx(1.0, rel=1e-11)


def test_large_tables_keep_their_digits():
    family = tilted_family(*hypergeometric_counts(30_000, 40_000, 100_000))
    found = family.interval(12_000)
    assert family.mean() == pytest.approx(12_000.0, abs=1e-8)
    assert found.estimate == pytest.approx(1.0, abs=1e-10)
    wald = 1.959964 * math.sqrt(1 / 12e3 + 1 / 18e3 + 1 / 28e3 + 1 / 42e3)
    mid = family.interval(12_000, mid_p=True)
    # mid-p limits have no correction for continuity, so that Wald's come near them here
    assert math.log(mid.conf_high) == pytest.approx(wald, rel=5e-4)
    assert found.conf_high > mid.conf_high


def test_one_possible_count_is_refused():
    for margins in [(0, 3, 8), (8, 3, 8), (3, 8, 8)]:
        found = tilted_family(*hypergeometric_counts(*margins))
        assert isinstance(found, Refusal)
        assert "one joint count" in found.why
    assert "no joint count" in tilted_family([0, 1], [-np.inf, -np.inf]).why
    assert isinstance(tilted_family([0, 1], [0.0, -np.inf]), Refusal)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: tilted_family([0, 1], [0.0]), "rows"),
        (lambda: tilted_family([1, 0], [0.0, 0.0]), "increase"),
        (lambda: tilted_family([0, 0.5], [0.0, 0.0]), "whole"),
        (lambda: tilted_family([0, 1], [0.0, np.nan]), "numbers"),
        (lambda: tea().interval(5), "do not allow"),
        (lambda: tea().interval(3, conf_level=1.0), "conf_level"),
        (lambda: tea().probabilities(0.0), "odds_ratio"),
        (lambda: tea().p_values(3, odds_ratio=math.inf), "odds_ratio"),
        (lambda: central_region(tea(), level=0.0), "level"),
        (lambda: threshold_region(tea(), threshold=0.0), "threshold"),
        (lambda: power_at(tea(), 2.0, region=[True]), "5 values"),
        (
            lambda: detectable_odds_ratio(tea(), region=central_region(tea()), direction="up"),
            "direction",
        ),
        (lambda: detectable_odds_ratio(tea(), region=[True] * 5), "power must lie"),
        (lambda: detectable_odds_ratio(tea(), region=central_region(tea()), power=1.0), "power"),
        (lambda: hypergeometric_counts(5, 1, 4), "exceed"),
        (lambda: hypergeometric_counts(-1, 1, 4), "whole number"),
        (lambda: convolve_counts([]), "one stratum"),
    ],
)
def test_wrong_calls(call, message):
    with pytest.raises(ValueError, match=message):
        call()
