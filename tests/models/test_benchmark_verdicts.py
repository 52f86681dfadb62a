"""A row beside a published figure: verdicts and tipping values by hand, and what is refused."""

import math
from dataclasses import replace

import pytest

from relatum.inference.common import Interval
from relatum.models.benchmark_verdicts import SampleLimits, compare_with_benchmark
from relatum.results.base import Unavailable
from relatum.schema.benchmarks import load_benchmarks
from relatum.schema.parallels import load_parallels

ROWS = load_parallels()
FIGURES = load_benchmarks()
Z90, Z95 = 1.6448536269514722, 1.959963984540054
#: Half widths of Wilson's interval for 108 of 216.
HALF_90 = Z90 / (2 * math.sqrt(216 + Z90**2))
HALF_95 = Z95 / (2 * math.sqrt(216 + Z95**2))


def limits(centre, half, level):
    return Interval(
        estimate=centre, conf_low=centre - half, conf_high=centre + half, conf_level=level,
        method="hand",
    )  # fmt: skip


def sample(centre, half_90, half_95):
    return SampleLimits(
        equivalence=limits(centre, half_90, 0.9), difference=limits(centre, half_95, 0.95)
    )


def retraction(low, high, half_90=0.05, half_95=0.06, margins=(-0.15, 0.15)):
    return compare_with_benchmark(
        ROWS["P29"],
        FIGURES["B40"],
        lower=sample(low, half_90, half_95),
        upper=sample(high, half_90, half_95),
        margins=margins,
    )


def test_compatible_by_hand():
    found = retraction(0.45, 0.55)
    reach = 0.05 + math.hypot(0.05, HALF_90)
    assert found.verdict == "compatible_with_benchmark"
    assert found.equivalence_limits == pytest.approx((-reach, reach))
    assert found.difference_limits[1] == pytest.approx(0.05 + math.hypot(0.06, HALF_95))
    assert (found.difference_low, found.difference_high) == pytest.approx((-0.05, 0.05))
    # The benchmark may read that much higher before the lower limit meets -.15.
    assert found.tipping_high == pytest.approx(0.15 - reach)
    assert found.tipping_low == pytest.approx(reach - 0.15)
    assert found.verdict_low == found.verdict_high == "not_shown"
    assert "lie between -0.15 and 0.15" in found.why
    assert (found.published.conf_low, found.published.conf_high) == pytest.approx(
        (0.5 - HALF_95, 0.5 + HALF_95)
    )


def test_never_equivalent_and_marked_without_assay():
    found = retraction(0.49, 0.5, 0.001, 0.002)
    assert found.verdict == "compatible_with_benchmark"
    assert found.assay is False
    codes = [note.code for note in found.notes]
    assert codes == ["no_assay", "benchmark_limits", "instrument_shift"]
    assert "equivalent" not in found.why


def test_different_by_hand():
    found = retraction(0.8, 0.85)
    assert found.verdict == "different"
    assert found.difference_limits[0] == pytest.approx(0.3 - math.hypot(0.06, HALF_95))
    assert found.tipping_high == pytest.approx(0.15 - math.hypot(0.06, HALF_95))
    assert found.verdict_high == "not_shown"
    assert found.tipping_low is None
    assert "lie above the margin of 0.15" in found.why


def test_silence_that_covers_both_sides_shows_nothing():
    found = retraction(0.1, 0.9)
    assert found.verdict == "not_shown"
    assert found.difference_low == pytest.approx(-0.4)
    assert "do not all lie between -0.15 and 0.15" in found.why


def test_less_silence_never_turns_a_verdict_off():
    order = ["not_shown", "compatible_with_benchmark"]
    found = [
        order.index(retraction(0.5 - gap, 0.5 + gap).verdict) for gap in (0.2, 0.1, 0.05, 0.01)
    ]
    assert found == sorted(found)
    assert found[-1] == 1


def test_at_least_as_common():
    def economic(low, high):
        return compare_with_benchmark(
            ROWS["P08"], FIGURES["B10"], lower=sample(low, 0.03, 0.04),
            upper=sample(high, 0.0, 0.0), margins=(-0.15,),
        )  # fmt: skip

    found = economic(0.9, 1.0)
    assert found.verdict == "compatible_with_benchmark"
    assert found.margin_high is None
    assert found.rank == 3
    assert "lie above -0.15" in found.why
    # A benchmark of .93 can read at most .07 higher; that is less than the tipping value.
    assert found.equivalence_limits[0] + 0.15 > 0.07
    assert found.tipping_high is None
    assert economic(0.4, 0.5).verdict == "different"
    assert economic(0.4, 1.0).verdict == "not_shown"


def test_a_rate_is_compared_as_a_ratio():
    figure = replace(
        FIGURES["B23b"], statistic="rate", unit_kind="relationship_year", denominator="all",
        n=300, estimate=2.0, lower=1.6, upper=2.5, interval_basis="published_95",
    )  # fmt: skip
    found = compare_with_benchmark(
        ROWS["P17"], figure, lower=sample(2.2, 0.3, 0.36), upper=sample(2.4, 0.3, 0.36),
        margins=(0.5, 2.0),
    )  # fmt: skip
    up = math.hypot(math.log(2.7 / 2.4), math.log(2.0 / 1.6) * Z90 / Z95)
    high = 1.2 * math.exp(up)
    assert found.verdict == "compatible_with_benchmark"
    assert found.equivalence_limits[1] == pytest.approx(high)
    assert found.tipping_low == pytest.approx(high / 2.0)
    assert 0 < found.tipping_low < 1 < found.tipping_high
    assert "benchmark_limits" not in {note.code for note in found.notes}


def test_order_of_codings_changes_nothing():
    assert retraction(0.45, 0.55) == retraction(0.55, 0.45)


def test_a_refused_figure_is_unavailable_with_every_reason():
    figure = replace(FIGURES["B40"], n=None, unit_kind="incident")
    one = sample(0.5, 0.05, 0.06)
    found = compare_with_benchmark(ROWS["P29"], figure, lower=one, upper=one, margins=(-0.15, 0.15))
    assert isinstance(found, Unavailable)
    assert found.what == "comparison of P29 with B40"
    assert "It counts incidents" in found.why
    assert "It gives no n" in found.why


def test_a_rate_of_nothing_has_no_ratio():
    figure = replace(
        FIGURES["B23b"], statistic="rate", unit_kind="relationship_year", denominator="all",
        n=300, interval_basis="published_95",
    )  # fmt: skip
    none = SampleLimits(
        equivalence=replace(limits(0.0, 0.0, 0.9), conf_high=0.2),
        difference=replace(limits(0.0, 0.0, 0.95), conf_high=0.3),
    )
    found = compare_with_benchmark(ROWS["P17"], figure, lower=none, upper=none, margins=(0.5, 2.0))
    assert isinstance(found, Unavailable)
    assert "is 0" in found.why


@pytest.mark.parametrize("margins", [(), (-0.15,), (0.1, 0.2), (-1.5, 1.5), (0.15, -0.15)])
def test_margins_that_do_not_suit_the_row(margins):
    with pytest.raises(ValueError, match="margins of P29"):
        retraction(0.45, 0.55, margins=margins)


def test_levels_that_differ_between_codings():
    other = SampleLimits(equivalence=limits(0.5, 0.05, 0.8), difference=limits(0.5, 0.06, 0.95))
    with pytest.raises(ValueError, match="levels"):
        compare_with_benchmark(
            ROWS["P29"], FIGURES["B40"], lower=sample(0.5, 0.05, 0.06), upper=other,
            margins=(-0.15, 0.15),
        )  # fmt: skip
