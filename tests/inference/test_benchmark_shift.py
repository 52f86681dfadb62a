"""A published figure beside a sample: limits and tipping values by hand, then properties."""

import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relatum.inference.benchmark_shift import judge_shift, published_interval
from relatum.inference.common import Interval, Refusal

Z90, Z95 = 1.6448536269514722, 1.959963984540054


def limits(low, high, level):
    return Interval(
        estimate=(low + high) / 2, conf_low=low, conf_high=high, conf_level=level, method=""
    )


def judge(ninety, wide, *, low=None, high=None, **more):
    return judge_shift(
        [limits(*ends, 0.9) for ends in ninety],
        [limits(*ends, 0.95) for ends in wide],
        margin_low=low,
        margin_high=high,
        **more,
    )


# --- limits of a published figure ----------------------------------------------------------------


@pytest.mark.parametrize(("level", "z"), [(0.9, Z90), (0.95, Z95)])
def test_wilson_limits_by_hand(level, z):
    # At p = 1/2 the half width of Wilson's interval is z / (2 sqrt(n + z^2)).
    half = z / (2 * math.sqrt(216 + z**2))
    found = published_interval(0.5, n=216, conf_level=level)
    assert found.conf_low == pytest.approx(0.5 - half, abs=1e-12)
    assert found.conf_high == pytest.approx(0.5 + half, abs=1e-12)
    assert found.method == "wilson"


def test_the_printed_share_is_kept_although_its_count_is_not_whole():
    found = published_interval(0.93, n=457)
    assert found.estimate == 0.93
    assert (round(found.conf_low, 3), round(found.conf_high, 3)) == (0.903, 0.95)


def test_limits_of_the_source_are_rescaled_by_hand():
    found = published_interval(2.5, limits=(2.0, 3.2), statistic="mean", conf_level=0.9)
    assert found.conf_low == pytest.approx(2.5 - 0.5 * Z90 / Z95)
    assert found.conf_high == pytest.approx(2.5 + 0.7 * Z90 / Z95)
    rate = published_interval(2.0, limits=(1.0, 4.0), statistic="rate", conf_level=0.9)
    assert rate.conf_low * rate.conf_high == pytest.approx(4.0)
    assert rate.conf_high == pytest.approx(2.0 * 2 ** (Z90 / Z95))
    same = published_interval(2.5, limits=(2.0, 3.2), statistic="mean")
    assert (same.conf_low, same.conf_high) == pytest.approx((2.0, 3.2))


def test_limits_of_a_share_stay_on_its_scale():
    found = published_interval(0.95, limits=(0.9, 1.0), conf_level=0.999)
    assert found.conf_high == 1.0


def test_no_n_and_no_limits_is_a_refusal():
    found = published_interval(0.5)
    assert isinstance(found, Refusal)
    assert "neither" in found.why
    # A mean's limits do not follow from its n.
    assert isinstance(published_interval(2.5, n=100, statistic="mean"), Refusal)


def test_every_fault_of_a_figure_is_named():
    with pytest.raises(ValueError, match=r"between 0 and 1.*n must.*must enclose"):
        published_interval(1.5, n=0, limits=(0.1, 0.2))
    with pytest.raises(ValueError, match=r"a rate must lie above 0.*limits of a rate"):
        published_interval(0.0, limits=(-1.0, 1.0), statistic="rate")
    with pytest.raises(ValueError, match="must be finite"):
        published_interval(math.nan, n=3)
    with pytest.raises(ValueError, match="share, mean or rate"):
        published_interval(0.5, n=3, statistic="median")


# --- tipping values ------------------------------------------------------------------------------


def test_inside_tips_where_a_limit_meets_a_margin():
    # Codings give -.05 to .06 and -.02 to .10: together -.05 to .10, inside .15. Upwards the
    # lower limit meets -.15 at d = .10, downwards the upper limit meets .15 at d = -.05.
    found = judge(
        [(-0.05, 0.06), (-0.02, 0.10)], [(-0.07, 0.08), (-0.04, 0.12)], low=-0.15, high=0.15
    )
    assert found.position == "inside"
    assert found.tip_up == pytest.approx(0.10)
    assert found.tip_down == pytest.approx(-0.05)
    assert found.position_up == found.position_down == "not_shown"


def test_above_tips_upwards_only():
    # All 95% limits lie above .15 by at least .05; a benchmark lower still changes nothing.
    found = judge([(0.22, 0.38)], [(0.20, 0.40)], low=-0.15, high=0.15)
    assert found.position == "above"
    assert (found.tip_up, found.position_up) == (pytest.approx(0.05), "not_shown")
    assert (found.tip_down, found.position_down) == (None, None)


def test_below_tips_downwards_only():
    found = judge([(-0.38, -0.22)], [(-0.40, -0.20)], low=-0.15, high=0.15)
    assert found.position == "below"
    assert found.tip_down == pytest.approx(-0.05)
    assert found.tip_up is None


def test_not_shown_may_tip_to_inside_on_one_side_and_to_different_on_the_other():
    # 90%: .05 to .20 is inside -.15..15 for .05 < d < .20; 95%: .03 to .22 lies above for d < -.12.
    found = judge([(0.05, 0.20)], [(0.03, 0.22)], low=-0.15, high=0.15)
    assert found.position == "not_shown"
    assert (found.tip_up, found.position_up) == (pytest.approx(0.05), "inside")
    assert (found.tip_down, found.position_down) == (pytest.approx(-0.12), "above")


def test_limits_wider_than_the_margins_never_lie_inside():
    found = judge([(-0.3, 0.3)], [(-0.35, 0.35)], low=-0.15, high=0.15)
    assert (found.position, found.position_up, found.position_down) == (
        "not_shown",
        "below",
        "above",
    )
    assert (found.tip_up, found.tip_down) == (pytest.approx(0.5), pytest.approx(-0.5))


def test_codings_on_both_sides_of_the_margins_show_nothing():
    found = judge([(0.22, 0.38), (-0.38, -0.22)], [(0.2, 0.4), (-0.4, -0.2)], low=-0.15, high=0.15)
    assert found.position == "not_shown"


def test_at_least_as_common_has_one_margin():
    found = judge([(-0.10, 0.80)], [(-0.12, 0.82)], low=-0.15)
    assert found.position == "inside"
    assert (found.tip_up, found.position_up) == (pytest.approx(0.05), "not_shown")
    assert found.tip_down is None
    below = judge([(-0.5, -0.3)], [(-0.52, -0.28)], low=-0.15)
    assert (below.position, below.position_down) == ("below", "not_shown")
    assert below.tip_down == pytest.approx(-0.13)


def test_a_limit_on_the_margin_is_not_inside():
    assert judge([(-0.1, 0.15)], [(-0.1, 0.2)], low=-0.15, high=0.15).position == "not_shown"


def test_shifts_that_the_scale_does_not_allow_are_left_out():
    # A published .93 can read at most .07 higher, and .10 would be needed.
    found = judge(
        [(-0.05, 0.10)], [(-0.07, 0.12)], low=-0.15, high=0.15, shift_low=-0.93, shift_high=0.07
    )
    assert found.tip_up is None
    assert found.tip_down == pytest.approx(-0.05)


def test_ratios_tip_by_factors():
    # 0.8 to 1.6 inside 0.5..2: upwards until 0.8 / f = 0.5, downwards until 1.6 / f = 2.
    found = judge([(0.8, 1.6)], [(0.7, 1.8)], low=0.5, high=2.0, ratio=True, shift_low=0.0)
    assert found.position == "inside"
    assert found.tip_up == pytest.approx(1.6)
    assert found.tip_down == pytest.approx(0.8)


def test_an_open_limit_shows_nothing_on_its_side():
    found = judge([(0.0, 1.6)], [(0.0, math.inf)], low=0.5, high=2.0, ratio=True)
    assert found.position == "not_shown"
    assert found.tip_up is None
    assert found.tip_down is None


ENDS = st.floats(-1, 1).map(lambda value: round(value, 3))


@st.composite
def pairs(draw):
    """Two codings, each with 90% limits inside its 95% limits."""
    found = []
    for _ in range(2):
        a, b, c, d = sorted(draw(st.lists(ENDS, min_size=4, max_size=4, unique=True)))
        found.append(((b, c), (a, d)))
    return [one[0] for one in found], [one[1] for one in found]


@settings(max_examples=80, deadline=None)
@given(pairs(), st.floats(0.05, 0.6))
def test_the_position_changes_at_the_tipping_value_and_not_before(ends, margin):
    ninety, wide = ends
    found = judge(ninety, wide, low=-margin, high=margin)

    def shifted(d):
        moved = [[(low - d, high - d) for low, high in group] for group in (ninety, wide)]
        return judge(*moved, low=-margin, high=margin).position

    for tip, beyond in ((found.tip_up, found.position_up), (found.tip_down, found.position_down)):
        if tip is None:
            assert beyond is None
            continue
        assert beyond != found.position
        if abs(tip) > 1e-6:
            assert shifted(tip * 0.999) == found.position
            assert shifted(tip / 2) == found.position


@settings(max_examples=40, deadline=None)
@given(pairs(), st.floats(0.05, 0.6))
def test_order_of_codings_and_sign_change_nothing_else(ends, margin):
    ninety, wide = ends
    found = judge(ninety, wide, low=-margin, high=margin)
    assert judge(ninety[::-1], wide[::-1], low=-margin, high=margin) == found
    turned = [[(-high, -low) for low, high in group] for group in ends]
    mirror = judge(*turned, low=-margin, high=margin)
    names = {"above": "below", "below": "above"}
    assert mirror.position == names.get(found.position, found.position)
    assert (mirror.tip_up is None) == (found.tip_down is None)
    if mirror.tip_up is not None:
        assert mirror.tip_up == pytest.approx(-found.tip_down)


def test_ratios_are_differences_of_logarithms():
    ninety, wide = [(0.9, 1.7), (1.1, 1.9)], [(0.8, 1.8), (1.0, 2.1)]
    factor = judge(ninety, wide, low=0.5, high=2.0, ratio=True)
    logs = [[tuple(map(math.log, ends)) for ends in group] for group in (ninety, wide)]
    amount = judge(*logs, low=-math.log(2), high=math.log(2))
    assert factor.position == amount.position == "inside"
    assert math.log(factor.tip_up) == pytest.approx(amount.tip_up)
    assert math.log(factor.tip_down) == pytest.approx(amount.tip_down)


def test_a_wider_margin_needs_a_larger_shift():
    tips = [judge([(-0.05, 0.08)], [(-0.07, 0.1)], low=-m, high=m).tip_up for m in (0.1, 0.15, 0.2)]
    assert all(left < right for left, right in pairwise(tips))


def test_wrong_calls_name_every_fault():
    with pytest.raises(ValueError, match=r"equivalence must hold.*give margin_low"):
        judge_shift([], [limits(0, 1, 0.95)])
    with pytest.raises(ValueError, match=r"below margin_high.*above 0.*not be negative"):
        judge([(-0.1, 1.0)], [(-0.2, 1.1)], low=0.0, high=-1.0, ratio=True)
    with pytest.raises(ValueError, match="one level"):
        judge_shift([limits(0, 1, 0.9), limits(0, 1, 0.8)], [limits(0, 1, 0.95)], margin_low=-1.0)
