from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relatum.inference.clusters import index_clusters, sum_by_cluster
from relatum.inference.common import Refusal
from relatum.inference.cumulative_incidence import cumulative_incidence
from relatum.inference.incidence_errors import ERRORS
from relatum.inference.survival_curves import kaplan_meier

# R writes 15 significant digits
TIGHT = 1e-12


def test_by_hand():
    found = cumulative_incidence([1, 2, 2, 3, 5], [1, 2, 1, 0, 1], error="greenwood")
    np.testing.assert_array_equal(found.at_risk, [5, 4, 2, 1])
    np.testing.assert_array_equal(found.events, [[1, 0], [1, 1], [0, 0], [1, 0]])
    np.testing.assert_allclose(found.event_free, [0.8, 0.4, 0.4, 0.0], atol=1e-15)
    np.testing.assert_allclose(found.incidence[:, 0], [0.2, 0.4, 0.4, 0.8])
    np.testing.assert_allclose(found.incidence[:, 1], [0, 0.2, 0.2, 0.2])
    # before any censoring these are shares of five
    np.testing.assert_allclose(found.std_error[1] ** 2, [0.4 * 0.6 / 5, 0.2 * 0.8 / 5])
    assert (found.n_rows, found.n_events) == (5, 4)
    assert found.emptied_early is None


def test_a_cause_without_events_is_a_column_of_zeros():
    found = cumulative_incidence([1, 2, 3], [1, 0, 1], n_causes=2)
    for values in (found.incidence, found.std_error, found.conf_low, found.conf_high):
        np.testing.assert_array_equal(values[:, 1], [0, 0, 0])


def test_reading_at_times():
    points = cumulative_incidence([1, 2, 2, 3, 5], [1, 2, 1, 0, 1]).at([0.5, 2, 4])
    np.testing.assert_allclose(points.event_free, [1, 0.4, 0.4])
    np.testing.assert_allclose(points.incidence, [[0, 0], [0.4, 0.2], [0.4, 0.2]])
    np.testing.assert_array_equal(points.std_error[0], [0, 0])
    assert (points.conf_low <= points.incidence).all()


def test_limits_at_the_end():
    found = cumulative_incidence([1, 2, 3, 4], [1, 1, 0, 1], n_causes=1)
    assert found.incidence[-1, 0] == found.conf_high[-1, 0] == 1.0
    assert found.conf_low[-1, 0] == found.conf_low[-2, 0]
    at_once = cumulative_incidence([2, 2], [1, 1])
    assert (at_once.conf_low[0, 0], at_once.conf_high[0, 0]) == (0.0, 1.0)


# ------------------------------------------------------------------------------------ against R


def places(found, table, label=None):
    """Rows of a table of R for one curve, and their places among the times found."""
    rows = np.arange(len(table["time"]))
    if label is not None:
        rows = np.flatnonzero(np.array(table["strata"]) == label)
    times = np.array(table["time"])[rows]
    at = np.searchsorted(found.time, times)
    np.testing.assert_array_equal(found.time[at], times)
    return rows, at


def agrees(found, table, keys, label=None):
    rows, at = places(found, table, label)
    for key, values in keys.items():
        wanted = np.array(table[key], dtype=float)[rows]
        np.testing.assert_allclose(values[at], wanted, rtol=TIGHT, atol=TIGHT, err_msg=key)


def columns(found):
    return {
        "n_risk": found.at_risk,
        "ev1": found.events[:, 0],
        "ev2": found.events[:, 1],
        "p_free": found.event_free,
        "cif1": found.incidence[:, 0],
        "cif2": found.incidence[:, 1],
        "se1": found.std_error[:, 0],
        "se2": found.std_error[:, 1],
    }


@pytest.mark.parametrize(
    ("key", "by_arm", "delayed"),
    [
        ("aj_arm_ij", True, False),
        ("aj_entry_arm_ij", True, True),
        ("aj_entry_all_ij", False, True),
        ("aj_all_greenwood", False, False),
        ("aj_entry_all_greenwood", False, True),
    ],
)
def test_simulated_cases(reference, key, by_arm, delayed):
    case = reference("cc0", "surv_competing_risks")
    data, there = case.table(), case.values[key]
    error = "greenwood" if key.endswith("greenwood") else "infinitesimal-jackknife"
    for arm in (0, 1) if by_arm else (None,):
        mine = data["arm"] == arm if by_arm else np.ones(len(data["time"]), dtype=bool)
        found = cumulative_incidence(
            data["time"][mine],
            data["event"][mine],
            entry=data["entry"][mine] if delayed else None,
            error=error,
            limits="log",
        )
        keys = columns(found)
        if error == "greenwood":
            keys["se_p_free"] = found.event_free_std_error
        else:
            keys |= {"lower1": found.conf_low[:, 0], "upper1": found.conf_high[:, 0]}
        agrees(found, there, keys, f"arm={arm}" if by_arm else None)


def test_cmprsk_variance(reference):
    case = reference("cc0", "surv_competing_risks")
    data, there = case.table(), case.values
    for arm in (0, 1):
        mine = data["arm"] == arm
        found = cumulative_incidence(data["time"][mine], data["event"][mine], error="aalen")
        points = found.at(there["times"])
        for cause in (1, 2):
            row = there["cuminc_variances"]["rows"].index(f"{arm} {cause}")
            for values, key in (
                (points.incidence, "cuminc_estimates"),
                (points.std_error**2, "cuminc_variances"),
            ):
                wanted = there[key]["values"][row]
                np.testing.assert_allclose(values[:, cause - 1], wanted, rtol=TIGHT)


@pytest.mark.parametrize("kind", ["cc0", "public"])
def test_small_cases(reference, kind):
    case = reference(kind, "surv_competing_risks")
    data = case.table("small.csv")
    found = cumulative_incidence(data["time"], data["event"])
    keys = columns(found)
    agrees(found, case.values["small_aj"], {k: keys[k] for k in ("n_risk", "cif1", "se1", "se2")})
    there = case.values["small_cuminc"]["var"]
    found = cumulative_incidence(data["time"], data["event"], error="aalen")
    points = found.at([float(time) for time in there["cols"]])
    np.testing.assert_allclose(points.std_error.T**2, there["values"], rtol=TIGHT, atol=TIGHT)


def test_published_cohort(reference):
    case = reference("public", "surv_competing_risks")
    data, values = case.table(), case.values
    for sex in "FM":
        mine = data["sex"] == sex
        time, event = data["etime"][mine], data["event"][mine]
        found = cumulative_incidence(time, event, limits="log")
        keys = columns(found)
        renamed = {"cif_pcm": "cif1", "se_pcm": "se1", "cif_death": "cif2", "se_death": "se2"}
        keys = {new: keys[old] for new, old in renamed.items()}
        agrees(found, values["aalen_johansen_full"], keys, f"sex={sex}")
        there = values["aalen_johansen_times"]
        rows = np.flatnonzero(np.array(there["strata"]) == f"sex={sex}")
        points = found.at(np.array(there["time"])[rows])
        for key, part in (
            ("p_state0", points.event_free),
            ("lo_pcm", points.conf_low[:, 0]),
            ("hi_pcm", points.conf_high[:, 0]),
        ):
            np.testing.assert_allclose(part, np.array(there[key])[rows], rtol=TIGHT)
        there = values["cuminc_variances"]
        points = cumulative_incidence(time, event, error="aalen").at([12, 60, 120, 240, 360])
        for cause in (1, 2):
            row = there["rows"].index(f"{sex} {cause}")
            wanted = there["values"][row]
            np.testing.assert_allclose(points.std_error[:, cause - 1] ** 2, wanted, rtol=TIGHT)


# ----------------------------------------------------------------------------------- properties

ROWS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(1, 6), st.integers(0, 3)), min_size=1, max_size=25
)


def columns_of(rows):
    entry, length, cause = (np.array(part, dtype=float) for part in zip(*rows, strict=True))
    return entry, entry + length, cause


def by_recursion(entry, time, cause, weights=None):
    """Curves and variances by a loop over times: the textbook matrix recursion."""
    k = 3
    weights = np.ones(len(time)) if weights is None else weights
    state, greenwood = np.eye(k + 1)[0], np.zeros((k + 1, k + 1))
    curves, errors = [], []
    for t in np.unique(time):
        n = weights[(entry < t) & (t <= time)].sum()
        share = np.array([weights[(time == t) & (cause == j)].sum() / n for j in range(1, k + 1)])
        step = np.eye(k + 1)
        step[0] = [1 - share.sum(), *share]
        sides = np.vstack([-np.ones(k), np.eye(k)])
        noise = sides @ ((np.diag(share) - np.outer(share, share)) / n) @ sides.T
        greenwood = step.T @ greenwood @ step + state[0] ** 2 * noise
        state = state @ step
        curves.append(state)
        errors.append(np.sqrt(np.maximum(np.diag(greenwood), 0)))
    return np.array(curves), np.array(errors)


@settings(deadline=None, max_examples=80)
@given(ROWS, st.integers(0, 2**32 - 1))
def test_closed_forms_equal_the_recursion(rows, seed):
    entry, time, cause = columns_of(rows)
    found = cumulative_incidence(time, cause, entry=entry, n_causes=3, error="greenwood")
    curves, errors = by_recursion(entry, time, cause)
    np.testing.assert_allclose(found.incidence, curves[:, 1:], atol=1e-12)
    np.testing.assert_allclose(found.event_free, curves[:, 0], atol=1e-12)
    np.testing.assert_allclose(found.event_free + found.incidence.sum(axis=1), 1.0)
    # errors are roots of sums that cancel: 1e-15 becomes 3e-8
    np.testing.assert_allclose(found.std_error, errors[:, 1:], atol=1e-7)
    order = np.random.default_rng(seed).permutation(len(time))
    for error in ERRORS:
        one = cumulative_incidence(time, cause, entry=entry, n_causes=3, error=error)
        two = cumulative_incidence(
            time[order], cause[order], entry=entry[order], n_causes=3, error=error
        )
        np.testing.assert_array_equal(two.incidence, one.incidence)
        np.testing.assert_allclose(two.std_error, one.std_error, atol=1e-7)
        assert (one.conf_low <= one.incidence).all()
        assert (one.incidence <= one.conf_high).all()
        assert not np.isnan([*one.conf_low, *one.conf_high, *one.std_error]).any()


@settings(deadline=None, max_examples=50)
@given(ROWS)
def test_influence_is_the_derivative_by_the_weight(rows):
    entry, time, cause = columns_of(rows)
    found = cumulative_incidence(time, cause, entry=entry, n_causes=3)
    influence = found.influence_at(found.time)
    assert influence.shape == (len(time), len(found.time), 3)
    np.testing.assert_allclose(influence.sum(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(np.sqrt((influence**2).sum(axis=0)), found.std_error, atol=1e-7)
    for i in range(min(3, len(time))):
        up, down = np.ones(len(time)), np.ones(len(time))
        up[i], down[i] = 1 + 1e-5, 1 - 1e-5
        slope = by_recursion(entry, time, cause, up)[0] - by_recursion(entry, time, cause, down)[0]
        np.testing.assert_allclose(influence[i], slope[:, 1:] / 2e-5, atol=1e-8)


def test_influence_before_the_first_time_is_zero():
    found = cumulative_incidence([2, 3, 5], [1, 2, 0], entry=[0, 1, 1])
    influence = found.influence_at([0.5, 10])
    np.testing.assert_array_equal(influence[:, 0], 0)
    np.testing.assert_array_equal(influence[:, 1], found.influence_at([5])[:, 0])


@settings(deadline=None, max_examples=40)
@given(ROWS)
def test_one_cause_is_one_minus_kaplan_meier(rows):
    entry, time, cause = columns_of(rows)
    event = cause > 0
    found = cumulative_incidence(time, event, entry=entry, n_causes=1, error="greenwood")
    curve = kaplan_meier(time, event, entry=entry)
    np.testing.assert_allclose(found.incidence[:, 0], 1 - curve.survival, atol=1e-12)
    np.testing.assert_allclose(found.event_free_std_error, curve.std_error, atol=1e-12)
    np.testing.assert_allclose(found.std_error[:, 0], curve.std_error, atol=1e-7)


def test_a_group_that_runs_out_early_stays_where_it_was():
    found = cumulative_incidence([2, 5, 6], [1, 2, 1], entry=[0, 3, 3])
    assert found.emptied_early == 2.0
    np.testing.assert_array_equal(found.incidence, [[1, 0], [1, 0], [1, 0]])
    np.testing.assert_array_equal(found.influence_at([6]), np.zeros((3, 1, 2)))


def test_clustered_errors_from_influences():
    """Doubling every row as a cluster of two doubles the variance of the doubled data."""
    rng = np.random.default_rng(7)
    time, cause, entry = rng.integers(4, 15, 60), rng.integers(0, 3, 60), rng.integers(0, 4, 60)
    found = cumulative_incidence(time, cause, entry=entry)
    twice = cumulative_incidence(np.tile(time, 2), np.tile(cause, 2), entry=np.tile(entry, 2))
    influence = twice.influence_at([10.0])[:, 0, 0]
    clusters = index_clusters(np.tile(np.arange(60), 2))
    clustered = np.sqrt((sum_by_cluster(influence, clusters) ** 2).sum())
    assert clustered == pytest.approx(found.at([10.0]).std_error[0, 0])
    assert twice.at([10.0]).std_error[0, 0] == pytest.approx(clustered / np.sqrt(2))


def test_many_rows_keep_their_digits():
    """The sums of squares at 5,000 times against the influences themselves."""
    rng = np.random.default_rng(8)
    entry = rng.uniform(0, 3, 5000)
    time = entry + rng.exponential(2, 5000)
    found = cumulative_incidence(time, rng.integers(0, 3, 5000), entry=entry)
    some = found.time[::500]
    direct = np.sqrt((found.influence_at(some) ** 2).sum(axis=0))
    np.testing.assert_allclose(found.at(some).std_error, direct, rtol=1e-8)


# ------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("time", "cause", "entry", "why"),
    [
        ([], [], None, "no row"),
        ([1, np.inf], [1, 0], None, "not finite"),
        ([1, 2], [1, 0], [1, 0], "1 row does not end after its entry"),
    ],
)
def test_refusals(time, cause, entry, why):
    found = cumulative_incidence(time, cause, entry=entry)
    assert isinstance(found, Refusal)
    assert why in found.why


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: cumulative_incidence([1], [3], n_causes=2), "cause must hold numbers from 0 to 2"),
        (lambda: cumulative_incidence([1], [0.5]), "whole numbers"),
        (lambda: cumulative_incidence([1, 2], [1]), "cause has 1 values"),
        (lambda: cumulative_incidence([1], [1], error="robust"), "error must be one of"),
        (lambda: cumulative_incidence([1], [1], limits="wald"), "limits must be one of"),
    ],
)
def test_wrong_calls(call, message):
    with pytest.raises(ValueError, match=message):
        call()
