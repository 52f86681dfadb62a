"""Integer feasibility: by hand, against brute force, and against the design's enumeration."""

import itertools
import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relatum.inference.common import Refusal
from relatum.inference.feasible import (
    Band,
    IntegerRange,
    band_mean_range,
    count_solutions,
    effective_numbers,
    fix_values,
    list_solutions,
    sum_range,
)
from relatum.inference.rounded import check_grid, rounded_totals

TARGETS = Path(__file__).parents[2].parent / "shared/design/simulations/audit_results.json"
AGES = (Band(17, 19, 15), Band(20, 29, 54), Band(30, 35, 7))
SUSPECTS = (Band(1, 1, 3), Band(2, 3, 4), Band(6, 7, 4), Band(8, None, 1))
RELATIONSHIPS = (Band(1, 2, 5), Band(3, 5, 5), Band(21, None, 2))


@st.composite
def small_bands(draw):
    """Disjoint bands of few units with small values."""
    edge, bands = draw(st.integers(0, 2)), []
    for _ in range(draw(st.integers(1, 3))):
        high = edge + draw(st.integers(0, 3))
        bands.append(Band(edge, high, draw(st.integers(0, 3))))
        edge = high + 1
    return tuple(bands)


def brute_force(bands, total):
    """All solutions, straight from the definition."""
    choices = [
        itertools.combinations_with_replacement(range(band.low, band.high + 1), band.count)
        for band in bands
    ]
    solutions = (sum(parts, ()) for parts in itertools.product(*choices))
    return [solution for solution in solutions if sum(solution) == total]


@given(small_bands(), st.integers(0, 25))
def test_solutions_are_those_of_the_definition(bands, total):
    expected = brute_force(bands, total)
    assert count_solutions(bands, total) == len(expected)
    found = list_solutions(bands, total)
    if expected:
        assert [tuple(row) for row in found.sizes.tolist()] == sorted(expected)
        assert found.complete
    else:
        assert isinstance(found, Refusal)


@given(small_bands(), st.integers(0, 25))
def test_open_bands_count_what_they_list(bands, total):
    opened = (*bands[:-1], Band(bands[-1].low, None, bands[-1].count))
    found = list_solutions(opened, total)
    listed = 0 if isinstance(found, Refusal) else len(found.sizes)
    assert count_solutions(opened, total) == listed
    closed = (*bands[:-1], Band(bands[-1].low, max(total, bands[-1].low), bands[-1].count))
    assert count_solutions(closed, total) == listed


@given(small_bands())
def test_sum_range_is_the_set_of_totals_with_a_solution(bands):
    reach = sum_range(bands)
    totals = [total for total in range(100) if brute_force(bands, total)]
    assert totals == list(range(reach.low, reach.high + 1))


@given(small_bands(), st.integers(0, 12))
def test_attained_value_is_in_every_solution_counted(bands, value):
    reach = sum_range(bands, attained=(value,))
    totals = [
        total
        for total in range(100)
        if any(value in solution for solution in brute_force(bands, total))
    ]
    placed = fix_values(bands, (value,))
    if isinstance(reach, Refusal):
        assert totals == []
        assert isinstance(placed, Refusal)
        return
    assert totals == list(range(reach.low, reach.high + 1))
    for total in totals[:3]:
        expected = [found for found in brute_force(bands, total) if value in found]
        assert count_solutions(placed, total) == len(expected)


@given(small_bands(), st.integers(0, 20), st.integers(0, 5))
def test_mean_of_a_band_is_that_of_brute_force(bands, low, more):
    position = len(bands) - 1
    found = band_mean_range(bands, IntegerRange(low, low + more), band=position)
    start = sum(band.count for band in bands[:position])
    size = bands[position].count
    sums = [
        sum(solution[start:])
        for total in range(low, low + more + 1)
        for solution in brute_force(bands, total)
    ]
    if size == 0 or not sums:
        assert isinstance(found, Refusal)
    else:
        assert found == (min(sums) / size, max(sums) / size)


def test_published_relationships_and_suspects():
    suspects = list_solutions(SUSPECTS, 70)
    largest = suspects.sizes.max(axis=1)
    assert (suspects.count, largest.min(), largest.max()) == (25, 27, 35)
    assert ((largest >= 28) & (largest <= 32)).sum() == 18
    pairs = list_solutions(RELATIONSHIPS, 73)
    two = pairs.sizes[:, -2:]
    assert pairs.count == 318
    assert (two.sum(axis=1).min(), two.sum(axis=1).max()) == (42, 53)
    assert (two.min(), two.max()) == (21, 32)
    kish = effective_numbers(pairs.sizes)
    assert (round(kish.min(), 2), round(kish.max(), 2)) == (3.52, 5.38)
    assert count_solutions((Band(1, None, 5), *RELATIONSHIPS[1:]), 73) == 1531


def test_published_figures_agree_with_the_design():
    if not TARGETS.exists():
        pytest.skip("../shared is not beside the repository")
    target = json.loads(TARGETS.read_text(encoding="utf-8"))
    reach = sum_range(AGES, attained=(17, 35))
    totals = rounded_totals(Fraction(23), n=76, decimals=0)
    low, high = band_mean_range(AGES, totals, band=1, attained=(17, 35))
    assert [reach.low, reach.high] == target["age_sum_feasible"]
    assert [totals.low, totals.high] == target["age_sum_for_mean_23"]
    assert [round(low, 2), round(high, 2)] == target["implied_mean_of_54_in_20s"]
    loose = (*SUSPECTS[:2], Band(4, 10, 4), Band(27, 33, 1))
    assert count_solutions(loose, 70) == target["suspects_relaxed_solutions_27_33"]
    assert count_solutions(RELATIONSHIPS, 73) == target["relationship_solutions_1to2"]


def test_limit_cuts_the_list_and_not_the_count():
    found = list_solutions(RELATIONSHIPS, 73, limit=10)
    assert (len(found.sizes), found.count, found.complete) == (10, 318, False)


def test_refusal_names_the_possible_totals():
    found = list_solutions((Band(1, 2, 3),), 9)
    assert str(found) == "sizes: the bands allow totals from 3 to 6, not 9"
    assert "no unit can have the value 40" in str(sum_range(AGES, attained=(40,)))


@given(st.integers(1, 250), st.integers(0, 2), st.data())
def test_every_true_mean_passes_the_grid(n, decimals, data):
    total = data.draw(st.integers(0, 6 * n))
    unit = Fraction(1, 10**decimals)
    exact = Fraction(total, n)
    up = (exact / unit + Fraction(1, 2)).__floor__() * unit
    found = check_grid(up, n=n, decimals=decimals)
    assert found.possible
    assert found.totals.low <= total <= found.totals.high


@given(st.integers(1, 300), st.integers(0, 2))
def test_power_means_that_some_value_fails(n, decimals):
    step = Fraction(1, 10**decimals)
    results = [check_grid(k * step, n=n, decimals=decimals) for k in range(10**decimals)]
    if not results[0].has_power:
        assert all(result.possible for result in results)


def test_grim_by_hand():
    # Brown & Heathers (2017): 28 whole numbers cannot average 5.19 (145/28 = 5.18, 146/28 = 5.21).
    failed = check_grid(Fraction("5.19"), n=28, decimals=2)
    assert (failed.possible, failed.has_power) == (False, True)
    assert failed.nearest == pytest.approx(145 / 28)
    assert check_grid(Fraction("5.18"), n=28, decimals=2).possible
    # 7 of 12 is 58.3%; no count of 12 gives 59%.
    assert check_grid(Fraction("58.3"), n=12, decimals=1, scale=100).possible
    assert not check_grid(Fraction(59), n=12, decimals=0, scale=100).possible
    assert not check_grid(Fraction(59), n=120, decimals=0, scale=100).has_power


def test_wrong_bands_are_refused_by_name():
    with pytest.raises(ValueError, match="lower limit is at most"):
        Band(3, 2, 1)
    with pytest.raises(ValueError, match="from 0"):
        Band(-1, 2, 1)
    with pytest.raises(ValueError, match="n must be at least 1"):
        rounded_totals(Fraction(1), n=0, decimals=0)


def test_effective_number_of_equal_groups_is_their_number():
    assert effective_numbers(np.full((1, 12), 6)).tolist() == [12.0]
