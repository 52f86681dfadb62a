"""Turnbull's curve: by hand, against R (interval 1.1-1.0, icenReg 2.0.16), and its conditions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relatum.inference.common import Refusal
from relatum.inference.interval_times import intervals_from_exits
from relatum.inference.survival_curves import kaplan_meier
from relatum.inference.turnbull import curve_quantile, survival_range, turnbull
from relatum.inference.turnbull_fit import CellRuns, cell_gradient, cell_gram, fit_cells

INF = np.inf
# R's EM ends at 1e-12; where a mass of 0 is only just best, ours are right to about 1e-9
MASS = 1e-8
# the likelihood is flat at its maximum
LOGLIK = 1e-10

CURVES = {
    ("cc0", "npmle_all"): None,
    ("cc0", "npmle_arm0"): ("arm", 0),
    ("cc0", "npmle_arm1"): ("arm", 1),
    ("public", "npmle_all"): None,
    ("public", "npmle_rad"): ("treatment", "Rad"),
    ("public", "npmle_radchem"): ("treatment", "RadChem"),
}


# by hand


def test_intervals_that_touch_do_not_overlap():
    curve = turnbull([0, 2, 2], [2, 4, 4])
    assert curve.left.tolist() == [0, 2]
    assert curve.right.tolist() == [2, 4]
    assert curve.mass == pytest.approx([1 / 3, 2 / 3], abs=1e-12)
    assert curve.loglik == pytest.approx(np.log(1 / 3) + 2 * np.log(2 / 3))
    assert (curve.n_rows, curve.n_innermost) == (3, 2)
    assert curve.first.tolist() == [0, 1, 1]
    assert curve.stop.tolist() == [1, 2, 2]


def test_mass_where_three_rows_meet():
    left, right = [0, 0, 2, 4, 2], [1, 3, 5, 5, 3]
    curve = turnbull(left, right)
    assert curve.left.tolist() == [0, 2, 4]
    # conditions: 1/p + 1/(p + q) = 5, 1/(p + q) + 1/(q + r) + 1/q = 5, 1/r + 1/(q + r) = 5
    p, q, r = curve.mass
    assert p == pytest.approx(r)
    assert 1 / p + 1 / (p + q) == pytest.approx(5)
    assert 2 / (p + q) + 1 / q == pytest.approx(5)


def test_exact_times_give_kaplan_meier():
    time, event = [2.0, 3, 3, 5, 6, 8, 8, 9], [1, 1, 0, 1, 0, 1, 1, 0]
    curve = turnbull(*intervals_from_exits(time, event))
    known = kaplan_meier(time, event)
    assert curve.left[:-1] == pytest.approx(curve.right[:-1])
    assert (curve.left[-1], curve.right[-1]) == (9, INF)
    at = [2, 3, 5, 8]
    assert curve.survival[:-1] == pytest.approx(
        [known.survival[known.time == t].item() for t in at], abs=1e-10
    )


def test_an_exact_time_takes_the_mass_of_the_interval_around_it():
    curve = turnbull([4, 6, 7, 7], [7, 8, 7, 9])
    assert curve.left.tolist() == [7, 7]
    assert curve.right.tolist() == [7, 8]
    # the exact row and (4, 7] hold the first, (7, 9] the second, (6, 8] both
    assert curve.mass == pytest.approx([2 / 3, 1 / 3], abs=1e-10)


def test_what_is_known_inside_an_interval():
    curve = turnbull([0, 2, 4, 6], [1, 3, 5, INF])
    low, high = survival_range(curve, [0, 0.5, 1, 2, 2.5, 3, 5.5, 6, 7, INF])
    assert low == pytest.approx([1, 0.75, 0.75, 0.75, 0.5, 0.5, 0.25, 0.25, 0, 0], abs=1e-9)
    assert high == pytest.approx([1, 1, 0.75, 0.75, 0.75, 0.5, 0.25, 0.25, 0.25, 0], abs=1e-9)
    assert curve_quantile(curve, 0.5) == (2, 3)
    assert curve_quantile(curve, 0.51) == (4, 5)
    assert curve_quantile(curve, 0.9) == (6, INF)


def test_one_run_may_hold_cells_that_nothing_tells_apart():
    # not from rows, whose innermost intervals always differ; the arithmetic still ends
    same = CellRuns(first=np.array([0]), stop=np.array([2]), weight=np.ones(1), n_cells=2)
    assert fit_cells(same).mass == pytest.approx([0.5, 0.5])


# against R


@pytest.mark.parametrize(("kind", "key"), CURVES)
def test_masses(reference, kind, key):
    case = reference(kind, "surv_interval_censored")
    table, there = case.table(), case.values[key]
    right = np.where(np.isnan(table["right"]), INF, table["right"])
    which = CURVES[kind, key]
    used = np.ones(len(right), dtype=bool) if which is None else table[which[0]] == which[1]
    curve = turnbull(table["left"][used], right[used])
    assert curve.left.tolist() == there["intmap_left"]
    assert curve.right.tolist() == [float(value) for value in there["intmap_right"]]
    mass = np.array(there["mass"] if kind == "cc0" else there["pf"])
    assert curve.mass == pytest.approx(mass, abs=MASS)
    assert curve.survival == pytest.approx(np.append(1 - np.cumsum(mass)[:-1], 0), abs=MASS)
    assert curve.excess < 1e-7
    if "loglik" in there:
        assert curve.survival == pytest.approx(there["S_after_interval"], abs=MASS)
        assert curve.loglik == pytest.approx(there["loglik"], abs=LOGLIK)


def test_icenreg(reference):
    case = reference("cc0", "surv_interval_censored")
    table = case.table()
    curve = turnbull(table["left"], np.where(np.isnan(table["right"]), INF, table["right"]))
    assert curve.loglik == pytest.approx(case.values["npmle_icenreg_llk"], abs=LOGLIK)
    case = reference("public", "surv_interval_censored")
    table, there = case.table(), case.values["npmle_icenreg_all"]
    curve = turnbull(table["left"], np.where(np.isnan(table["right"]), INF, table["right"]))
    assert curve.loglik == pytest.approx(there["llk"], abs=LOGLIK)
    # the curve at the right ends of all innermost intervals, after a first point that is the start
    ends = [interval[1] for interval in there["Tbull_ints"][1:]]
    low, high = survival_range(curve, ends)
    assert low == pytest.approx(high)
    assert low == pytest.approx(there["S"][1:], abs=1e-7)


# properties


@st.composite
def intervals(draw):
    n = draw(st.integers(1, 14))
    left = np.array(draw(st.lists(st.integers(0, 9), min_size=n, max_size=n)), dtype=float)
    gap = draw(st.lists(st.sampled_from([0.0, 1, 2, 4, 7, INF]), min_size=n, max_size=n))
    return np.maximum(left, 1.0) if 0.0 in gap else left, gap


def make(drawn):
    left, gap = drawn
    return left, left + np.array(gap)


@settings(max_examples=150, deadline=None)
@given(intervals(), st.integers(0, 2**32 - 1))
def test_conditions_of_the_maximum(drawn, seed):
    left, right = make(drawn)
    curve = turnbull(left, right)
    if isinstance(curve, Refusal):
        assert np.isinf(right).all()
        return
    assert curve.mass.sum() == pytest.approx(1)
    assert (curve.mass > 0).all()
    holds = (left[:, None] <= curve.left) & (curve.right <= right[:, None])
    # an interval that begins at an exact time does not hold it
    holds &= ~(
        (curve.left == curve.right) & (left[:, None] == curve.left) & (left < right)[:, None]
    )
    places = np.arange(len(curve.mass))
    inside = (curve.first[:, None] <= places) & (places < curve.stop[:, None])
    assert (inside == holds).all()
    probability = holds @ curve.mass
    assert curve.loglik == pytest.approx(np.log(probability).sum())
    # the mean of 1 / P is 1 for all that have mass, and no other curve does better
    assert (holds / probability[:, None]).mean(axis=0) == pytest.approx(
        np.ones_like(places), abs=1e-4
    )
    assert curve.excess < 1e-6
    rng = np.random.default_rng(seed)
    for other in rng.dirichlet(np.ones(len(places)), 20):
        assert np.log(holds @ other).sum() <= curve.loglik + 1e-9
    order = rng.permutation(len(left))
    again = turnbull(left[order], right[order])
    assert again.mass == pytest.approx(curve.mass, abs=1e-12)
    assert again.first.tolist() == curve.first[order].tolist()


def test_many_cells_are_solved_for_in_part():
    rng = np.random.default_rng(8)
    time, width = 300 * rng.weibull(1.4, 3_000), rng.uniform(10, 200, 3_000)
    left = np.maximum(time - width * rng.uniform(size=3_000), 0)
    right = np.where(time > 400, INF, left + width)
    curve = turnbull(np.where(time > 400, 400, left), right)
    assert curve.n_innermost > 500
    assert len(curve.mass) < 150
    assert curve.excess < 1e-9
    low, high = survival_range(curve, [100.0, 200, 300])
    true = np.exp(-((np.array([100, 200, 300]) / 300) ** 1.4))
    assert low == pytest.approx(true, abs=0.06)
    assert high == pytest.approx(true, abs=0.06)


def test_sums_over_runs():
    rng = np.random.default_rng(1)
    first = rng.integers(0, 6, 20)
    stop = first + rng.integers(1, 3, 20)
    runs = CellRuns(first=first, stop=stop, weight=np.full(20, 0.05), n_cells=8)
    cells = np.arange(8)
    dense = ((first[:, None] <= cells) & (cells < stop[:, None])).astype(float)
    mass, load = rng.dirichlet(np.ones(8)), rng.uniform(size=20)
    assert runs.probability(mass) == pytest.approx(dense @ mass)
    assert cell_gradient(runs, mass) == pytest.approx(dense.T @ (0.05 / (dense @ mass)))
    assert cell_gram(runs, load) == pytest.approx(dense.T @ (load[:, None] * dense))


# refusals


@pytest.mark.parametrize(
    ("left", "right", "why"),
    [
        ([], [], "no row"),
        ([1, 2], [INF, INF], "no event"),
        ([1, np.nan], [2, 3], "1 interval has an end that is missing"),
        ([3, 4], [2, 3], "2 intervals end before they start"),
        ([-1], [3], "starts before 0"),
    ],
)
def test_refusals(left, right, why):
    found = turnbull(left, right)
    assert isinstance(found, Refusal)
    assert why in found.why


def test_wrong_calls():
    with pytest.raises(ValueError, match="right has 1"):
        turnbull([1, 2], [3])
    curve = turnbull([0, 2], [1, 3])
    with pytest.raises(ValueError, match="probability"):
        curve_quantile(curve, 1.0)
    with pytest.raises(ValueError, match="numbers"):
        survival_range(curve, [np.nan])
