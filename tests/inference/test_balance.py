"""Standardised differences: by hand, against R's smd and effectsize, and properties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relatum.inference.balance import (
    cohens_d,
    common_spread,
    smd_categories,
    smd_continuous,
    smd_proportion,
)
from relatum.inference.common import Refusal

# closed forms on both sides; R's limits come from a search that stops at 1e-5
TIGHT, LIMITS = 1e-8, 1e-5

# by hand


def test_by_hand():
    # means 23 and 20, variances 4 and 4
    assert smd_continuous([21, 25, 23], [20, 22, 18]) == pytest.approx(1.5)
    assert smd_continuous([3, 3], [3, 3]) == 0.0
    assert smd_proportion(0.5, 0.2) == pytest.approx(0.3 / np.sqrt((0.25 + 0.16) / 2))
    assert smd_proportion(1.0, 1.0) == 0.0
    assert smd_categories([5, 5], [2, 8]) == pytest.approx(smd_proportion(0.5, 0.2))
    assert common_spread([[21], [25], [23]], [[20], [22], [18]]) == pytest.approx([2.0])


def test_weights_count_rows_as_often_as_they_say():
    # equal weights of any size change nothing; a weight of 0 leaves a row out
    assert smd_continuous(
        [21, 25, 23, 99], [20, 22, 18], weights_a=[5, 5, 5, 0], weights_b=[0.1] * 3
    ) == pytest.approx(1.5)
    # weights 1 and 3: mean 3.5, squares 0.25 * 6.25 + 0.75 * 0.25... over 1 - (1/16 + 9/16)
    x, w = np.array([1.0, 5.0]), np.array([1.0, 3.0])
    mean, share = 4.0, w / 4
    variance = float(share @ (x - mean) ** 2) / (1 - 10 / 16)
    found = smd_continuous(x, [1.0, 5.0], weights_a=w)
    assert found == pytest.approx((mean - 3.0) / np.sqrt((variance + 8.0) / 2))


# against R


@pytest.mark.parametrize(("kind", "arm"), [("cc0", "arm"), ("public", "arm")])
def test_r_values(reference, kind, arm):
    case = reference(kind, "comp_smd")
    table, values = case.table(), case.values
    for name, r in values["continuous"].items():
        x = table[name]
        a, b = (x[(table[arm] == at) & ~np.isnan(x)] for at in (1, 2))
        assert smd_continuous(a, b) == pytest.approx(r["smd_avgvar"], abs=TIGHT)
        found = cohens_d(a, b)
        assert found.d.estimate == pytest.approx(r["cohen_d_pooled"], abs=TIGHT)
        assert found.g.estimate == pytest.approx(r["hedges_g"], abs=TIGHT)
        assert [found.d.conf_low, found.d.conf_high] == pytest.approx(r["d_ci"], abs=LIMITS)
        assert [found.g.conf_low, found.g.conf_high] == pytest.approx(r["g_ci"], abs=LIMITS)
    r = values["binary_yes" if kind == "cc0" else "binary_female"]
    assert smd_proportion(r["p1"], r["p2"]) == pytest.approx(r["smd"], abs=TIGHT)


@pytest.mark.parametrize(("kind", "key"), [("cc0", "smd_package"), ("public", "smd_pkg")])
def test_r_values_of_categories(reference, kind, key):
    case = reference(kind, "comp_smd")
    table = case.table()
    names = ("bin", "c3", "c4") if kind == "cc0" else ("sex", "ascites", "hepato", "edema", "stage")
    for name in names:
        x = table[name]
        known = x != "" if x.dtype.kind == "U" else ~np.isnan(x)
        levels = np.unique(x[known])
        counts = [
            [int((x[table["arm"] == at] == level).sum()) for level in levels] for at in (1, 2)
        ]
        expected = abs(case.values[key][name]["smd"])
        assert smd_categories(*counts) == pytest.approx(expected, abs=TIGHT)


# properties


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(0, 20), min_size=4, max_size=4), st.permutations(range(4)))
def test_categories_have_no_order(counts, order):
    other = [3, 1, 4, 1]
    first = smd_categories(counts, other)
    moved = smd_categories([counts[i] for i in order], [other[i] for i in order])
    if isinstance(first, Refusal):
        assert moved == first
    else:
        assert first >= 0
        assert moved == pytest.approx(first, abs=1e-9)
        assert smd_categories(other, counts) == pytest.approx(first, abs=1e-9)


def test_units_and_names_of_samples():
    rng = np.random.default_rng(1)
    a, b = rng.normal(1, 2, 30), rng.normal(0, 1, 20)
    assert smd_continuous(b, a) == pytest.approx(-smd_continuous(a, b))
    assert smd_continuous(7 * a + 1, 7 * b + 1) == pytest.approx(smd_continuous(a, b))
    found, turned = cohens_d(a, b), cohens_d(b, a)
    assert turned.g.conf_low == pytest.approx(-found.g.conf_high, abs=1e-9)
    assert found.d.conf_low < found.d.estimate < found.d.conf_high
    assert abs(found.g.estimate) < abs(found.d.estimate)
    assert cohens_d(a, b, conf_level=0.5).d.width < found.d.width


# what cannot be said


def test_refusals():
    for found in (
        smd_continuous([1, 1], [2, 2]),
        smd_continuous([1], [2, 3]),
        smd_continuous([1, np.nan], [2, 3]),
        smd_proportion(0.0, 1.0),
        smd_categories([1, 0], [0, 1]),
        smd_categories([0, 0], [0, 1]),
        cohens_d([1, 1], [2, 2]),
        cohens_d([1], [2, 3]),
    ):
        assert isinstance(found, Refusal)
        assert found.why


def test_wrong_calls():
    with pytest.raises(ValueError, match=r"p_a is 1\.2.*p_b is -1"):
        smd_proportion(1.2, -1.0)
    with pytest.raises(ValueError, match="not negative"):
        smd_categories([1, -1], [1, 1])
    with pytest.raises(ValueError, match="weights_b must not be negative"):
        smd_continuous([1, 2], [1, 2], weights_b=[1, -1])
    with pytest.raises(ValueError, match="weights_a has 1 values"):
        smd_continuous([1, 2], [1, 2], weights_a=[1])
    with pytest.raises(ValueError, match="conf_level"):
        cohens_d([1, 2], [1, 2], conf_level=95)
