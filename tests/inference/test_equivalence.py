from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from relatum.inference.common import Interval, Refusal
from relatum.inference.equivalence import (
    EquivalenceTest,
    check_margins,
    equivalence_proportions,
    equivalence_test,
)
from relatum.inference.intervals import binomial_interval
from relatum.inference.mover import difference_limits, ratio_limits

# the Wald values are printed to 15 digits; the score limits of ratesci stop at 1e-10
WALD, SCORE = 1e-10, 1e-8


def test_by_hand():
    # 0.02 is 3.4 errors above the lower margin and 2.6 below the upper one
    found = equivalence_test(0.02, 0.05, margin_low=-0.15, margin_high=0.15, df=20)
    assert found.p_low == pytest.approx(stats.t.sf(3.4, 20), rel=1e-12)
    assert found.p_high == found.p_value == pytest.approx(stats.t.cdf(-2.6, 20), rel=1e-12)
    reach = stats.t.ppf(0.95, 20) * 0.05
    assert (found.conf_low, found.conf_high) == pytest.approx((0.02 - reach, 0.02 + reach))
    assert (found.conf_level, found.level) == pytest.approx((0.9, 0.05))
    assert found.within


def test_one_side_only():
    found = equivalence_test(-0.1, 0.1, margin_low=-0.3)
    assert found.p_high is None
    assert found.p_value == found.p_low == pytest.approx(stats.norm.sf(2.0))
    assert found.within
    other = equivalence_test(0.1, 0.1, margin_high=0.3)
    assert (other.p_low, other.p_value) == (None, found.p_value)


# -------------------------------------------------------------- against TOSTER and ratesci


def agrees(row, want, margins):
    wald = equivalence_proportions(*row, **margins)
    there = want["wald"]
    assert (wald.p_low, wald.p_high, wald.p_value) == pytest.approx(
        (there["p_low"], there["p_high"], there["p_tost"]), abs=WALD
    )
    assert (wald.conf_low, wald.conf_high) == pytest.approx(there["ci90"], abs=WALD)
    toster = want["toster"]
    assert (wald.estimate, wald.p_value) == pytest.approx((toster["est"], toster["p"]), abs=WALD)
    score = equivalence_proportions(*row, **margins, method="miettinen_nurminen")
    there = want["mn_score"]
    p = (there["p_low_right"], there["p_high_left"])
    assert (score.p_low, score.p_high) == pytest.approx(p, abs=SCORE)
    assert score.p_value == pytest.approx(max(p), abs=SCORE)
    assert (score.conf_low, score.conf_high) == pytest.approx(there["ci90"], abs=SCORE)
    return wald


@pytest.mark.parametrize("kind", ["cc0", "public"])
def test_proportions_equal_r(reference, kind):
    case = reference(kind, "comp_equivalence")
    columns = case.table()
    for i, want in enumerate(case.values["tost"].values()):
        row = [int(columns[key][i]) for key in ("x1", "n1", "x2", "n2")]
        margins = {"margin_low": columns["low"][i], "margin_high": columns["high"][i]}
        found = agrees(row, want, margins)
        if "se" in want["wald"]:
            assert found.std_error == pytest.approx(want["wald"]["se"], abs=WALD)


# ------------------------------------------------------------------------------ properties


@settings(deadline=None, max_examples=60)
@given(
    st.floats(-0.5, 0.5),
    st.floats(0.01, 0.3),
    st.floats(1.5, 80),
    st.sampled_from([0.01, 0.05, 0.1]),
)
def test_p_is_below_the_level_exactly_when_the_limits_lie_inside(estimate, error, df, level):
    found = equivalence_test(estimate, error, margin_low=-0.2, margin_high=0.15, df=df, level=level)
    if abs(found.p_value - level) > 1e-9:
        assert (found.p_value < level) == found.within
    turned = equivalence_test(
        -estimate, error, margin_low=-0.15, margin_high=0.2, df=df, level=level
    )
    assert (turned.p_low, turned.p_high) == pytest.approx((found.p_high, found.p_low), rel=1e-9)


def test_bad_input():
    assert "zero" in equivalence_test(0.0, 0.0, margin_low=-0.1).why
    assert isinstance(equivalence_test(np.nan, 0.1, margin_low=-0.1), Refusal)
    both_full = equivalence_proportions(5, 5, 7, 7, margin_low=-0.1, margin_high=0.1)
    assert isinstance(both_full, Refusal)
    empty = equivalence_proportions(0, 0, 1, 2, margin_low=-0.1, margin_high=0.1)
    assert isinstance(empty, Refusal)
    score = equivalence_proportions(
        5, 5, 7, 7, margin_low=-0.1, margin_high=0.1, method="miettinen_nurminen"
    )
    assert isinstance(score, EquivalenceTest)
    assert score.conf_low < -0.1  # five of five prove little
    with pytest.raises(ValueError, match="without a margin"):
        equivalence_test(0.0, 0.1)
    with pytest.raises(ValueError, match=r"below margin_high.*level"):
        check_margins(0.2, 0.1, level=0.7)
    with pytest.raises(ValueError, match="df"):
        equivalence_test(0.0, 0.1, margin_low=-0.1, df=0)
    with pytest.raises(ValueError, match="one of wald"):
        equivalence_proportions(1, 2, 1, 2, margin_low=-0.1, method="score")
    with pytest.raises(ValueError, match="between -1 and 1"):
        equivalence_proportions(1, 2, 1, 2, margin_low=-1.5)
    with pytest.raises(ValueError, match="size of its sample"):
        equivalence_proportions(3, 2, 1, 2, margin_low=-0.1)


# ----------------------------------------------------------------------------------- mover


def test_mover_of_wilson_limits_is_newcombe(reference):
    for want in reference("cc0", "comp_risk_difference").values.values():
        x1, n1, x2, n2 = want["counts_x1_n1_x2_n2"]
        found = difference_limits(binomial_interval(x1, n1), binomial_interval(x2, n2))
        assert (found.conf_low, found.conf_high) == pytest.approx(want["newcombe"], abs=1e-9)


def interval(estimate, low, high, level=0.95):
    return Interval(
        estimate=estimate, conf_low=low, conf_high=high, conf_level=level, method="given"
    )


def test_mover_by_hand():
    a, b = interval(0.5, 0.2, 0.9), interval(0.3, 0.1, 0.7)
    found = difference_limits(a, b)
    assert found.estimate == pytest.approx(0.2)
    assert (found.conf_low, found.conf_high) == pytest.approx((0.2 - 0.5, 0.2 + np.sqrt(0.2)))
    turned = difference_limits(b, a)
    assert (turned.conf_low, turned.conf_high) == (-found.conf_high, -found.conf_low)
    ratio = ratio_limits(interval(4, 2, 8), interval(2, 1, 4))
    reach = np.exp(np.hypot(np.log(2), np.log(2)))
    assert (ratio.estimate, ratio.conf_low, ratio.conf_high) == pytest.approx(
        (2, 2 / reach, 2 * reach)
    )


def test_mover_at_the_edges():
    found = ratio_limits(interval(0.2, 0, 0.4), interval(0.5, 0.3, 0.8))
    assert found.conf_low == 0
    found = ratio_limits(interval(0.5, 0.3, 0.8), interval(0.2, 0, 0.4))
    assert found.conf_high == np.inf
    assert isinstance(ratio_limits(interval(0, 0, 0.1), interval(0.5, 0.3, 0.8)), Refusal)
    widest = difference_limits(interval(0, 0, 1), interval(1, 0, 1))
    assert (widest.conf_low, widest.conf_high) == (-1, pytest.approx(np.sqrt(2) - 1))
    with pytest.raises(ValueError, match=r"levels.*enclose"):
        difference_limits(interval(0.1, 0.2, 0.3), interval(0.1, 0, 0.2, level=0.9))
    with pytest.raises(ValueError, match="0 or above"):
        ratio_limits(interval(0.1, -0.2, 0.3), interval(0.1, 0, 0.2))
