from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relatum.inference.common import Refusal
from relatum.inference.mean_cumulative import mean_cumulative

# R writes 15 significant digits
TIGHT = 1e-12


def test_by_hand():
    found = mean_cumulative(list("aab"), [0, 2, 0], [2, 6, 5], [1, 1, 0], limits="plain")
    np.testing.assert_array_equal(found.time, [2, 5, 6])
    np.testing.assert_array_equal(found.at_risk, [2, 2, 1])
    np.testing.assert_array_equal(found.events, [1, 0, 1])
    np.testing.assert_allclose(found.mean, [0.5, 0.5, 1.5])
    # a: (1 - 1/2)/2, b: -1/4; at 6 a adds (1 - 1)/1
    np.testing.assert_allclose(found.std_error, np.full(3, np.sqrt(2 / 16)))
    np.testing.assert_allclose(found.conf_high - found.mean, 1.959964 * found.std_error, atol=1e-6)
    poisson = mean_cumulative(list("aab"), [0, 2, 0], [2, 6, 5], [1, 1, 0], error="poisson")
    np.testing.assert_allclose(poisson.std_error, np.sqrt([1 / 4, 1 / 4, 5 / 4]))
    assert (found.n_subjects, found.n_events) == (2, 2)
    assert found.subjects.tolist() == ["a", "b"]


def test_several_events_on_one_day():
    found = mean_cumulative(["a", "b"], [0, 0], [3, 3], [2, 0])
    assert found.mean[0] == 1.0
    assert found.std_error[0] == pytest.approx(np.sqrt(2 * 0.25))
    assert found.n_events == 2


def test_without_events_it_is_zero():
    found = mean_cumulative(["a", "b"], [0, 0], [3, 4], [0, 0])
    for values in (found.mean, found.std_error, found.conf_low, found.conf_high):
        np.testing.assert_array_equal(values, [0, 0])


def test_reading_at_times():
    points = mean_cumulative(list("aab"), [0, 2, 0], [2, 6, 5], [1, 1, 0]).at([1, 2, 100])
    np.testing.assert_allclose(points.mean, [0, 0.5, 1.5])
    assert (points.conf_low[0], points.conf_high[0]) == (0, 0)


# ------------------------------------------------------------------------------------ against R


def agrees(found, there, keys, rows=None):
    rows = np.arange(len(there["time"])) if rows is None else rows
    times = np.array(there["time"])[rows]
    at = np.searchsorted(found.time, times)
    np.testing.assert_array_equal(found.time[at], times)
    for key, values in keys.items():
        wanted = np.array(there[key], dtype=float)[rows]
        np.testing.assert_allclose(values[at], wanted, rtol=TIGHT, atol=TIGHT, err_msg=key)


def estimate(data, mine, **how):
    return mean_cumulative(*(data[key][mine] for key in ("id", "start", "stop", "event")), **how)


def test_simulated_case(reference):
    case = reference("cc0", "surv_recurrent")
    data, values = case.table(), case.values
    everyone = np.ones(len(data["id"]), dtype=bool)
    for mine, survfit, direct, label in (
        (everyone, "mcf_survfit_all", "mcf_direct_all", None),
        (data["rx"] == 0, "mcf_survfit_rx", "mcf_direct_rx0", "rx=0"),
        (data["rx"] == 1, "mcf_survfit_rx", "mcf_direct_rx1", "rx=1"),
    ):
        found, poisson = estimate(data, mine), estimate(data, mine, error="poisson")
        keys = {"n_risk": found.at_risk, "n_event": found.events, "mcf": found.mean}
        there = values[survfit]
        rows = None if label is None else np.flatnonzero(np.array(there["strata"]) == label)
        agrees(found, there, keys | {"robust_se": found.std_error}, rows)
        keys |= {"se_lawless_nadeau": found.std_error, "se_poisson": poisson.std_error}
        agrees(found, values[direct], keys)


def test_reda_limits(reference):
    case = reference("cc0", "surv_recurrent")
    data, there = case.table(), case.values["reda_subjects_entering_at_0"]
    early = np.isin(data["id"], data["id"][(data["enum"] == 1) & (data["start"] == 0)])
    for error, key in (("robust", "lawless_nadeau"), ("poisson", "poisson")):
        found = estimate(data, early, error=error, limits="plain")
        assert found.n_subjects == there["n_subjects"]
        keys = {"MCF": found.mean, "se": found.std_error, "numRisk": found.at_risk}
        agrees(found, there[key], keys | {"lower": found.conf_low, "upper": found.conf_high})


def test_bladder_cancer(reference):
    case = reference("public", "surv_recurrent")
    data, values = case.table("bladder2.csv"), case.values
    everyone = np.ones(len(data["id"]), dtype=bool)
    for error, key in (
        ("robust", "mcf_reda_lawlessnadeau_all"),
        ("poisson", "mcf_reda_poisson_all"),
    ):
        found = estimate(data, everyone, error=error, limits="plain")
        keys = {"MCF": found.mean, "se": found.std_error}
        agrees(found, values[key], keys | {"lower": found.conf_low, "upper": found.conf_high})
    found = estimate(data, everyone)
    agrees(found, values["mcf_survfit_all"], {"mcf": found.mean, "robust_se": found.std_error})
    there = values["mcf_survfit_rx"]
    for rx in (1, 2):
        found = estimate(data, data["rx"] == rx)
        rows = np.flatnonzero(np.array(there["strata"]) == f"rx={rx}")
        agrees(found, there, {"cumhaz": found.mean, "robust_se": found.std_error}, rows)


# ----------------------------------------------------------------------------------- properties

SPELLS = st.lists(
    st.lists(
        st.tuples(st.integers(0, 2), st.integers(1, 4), st.integers(0, 2)), min_size=1, max_size=4
    ),
    min_size=1,
    max_size=8,
)


def columns_of(subjects):
    """Spells with gaps and late entry: each begins a gap after the end of the one before."""
    rows = []
    for i, spells in enumerate(subjects):
        now = 0
        for gap, length, events in spells:
            rows.append((i, now + gap, now + gap + length, events))
            now += gap + length
    return (np.array(part) for part in zip(*rows, strict=True))


def influence_by_definition(subject, start, stop, event, times):
    found = np.zeros((subject.max() + 1, len(times)))
    for t in np.unique(stop):
        inside = (start < t) & (t <= stop)
        n, d = inside.sum(), event[stop == t].sum()
        for i in range(len(found)):
            own = (
                event[(stop == t) & (subject == i)].sum() - (inside & (subject == i)).any() * d / n
            )
            found[i] += (times >= t) * own / n
    return found


@settings(deadline=None, max_examples=80)
@given(SPELLS, st.integers(0, 2**32 - 1))
def test_equals_the_definition(subjects, seed):
    subject, start, stop, event = columns_of(subjects)
    found = mean_cumulative(subject, start, stop, event)
    direct = influence_by_definition(subject, start, stop, event, found.time)
    np.testing.assert_allclose(found.influence_at(found.time), direct, atol=1e-12)
    # errors are roots of sums that cancel: 1e-15 becomes 3e-8
    np.testing.assert_allclose(found.std_error, np.sqrt((direct**2).sum(axis=0)), atol=1e-7)
    for i, t in enumerate(found.time):
        assert found.at_risk[i] == ((start < t) & (t <= stop)).sum()
    order = np.random.default_rng(seed).permutation(len(subject))
    again = mean_cumulative(*(part[order] for part in (subject, start, stop, event)))
    np.testing.assert_array_equal(again.mean, found.mean)
    np.testing.assert_array_equal(again.std_error, found.std_error)
    assert (found.conf_low <= found.mean).all()
    assert (found.mean <= found.conf_high).all()
    assert (np.diff(found.mean) >= 0).all()


@settings(deadline=None, max_examples=40)
@given(SPELLS)
def test_splitting_a_spell_changes_nothing(subjects):
    subject, start, stop, event = columns_of(subjects)
    whole = mean_cumulative(subject, start, stop, event)
    cut = stop - 0.5
    split = mean_cumulative(
        np.tile(subject, 2),
        np.concatenate([start, cut]),
        np.concatenate([cut, stop]),
        np.concatenate([0 * event, event]),
    )
    at = np.isin(split.time, whole.time)
    np.testing.assert_allclose(split.mean[at], whole.mean, atol=1e-12)
    np.testing.assert_allclose(split.std_error[at], whole.std_error, atol=1e-7)
    np.testing.assert_allclose(
        split.influence_at([2.0, 5.0]), whole.influence_at([2.0, 5.0]), atol=1e-12
    )


def test_robust_limits_cover_where_events_run_in_subjects():
    rng = np.random.default_rng(9)
    robust = poisson = 0
    for _ in range(300):
        subject, start, stop, event = [], [], [], []
        for i in range(60):
            rate, entry = rng.gamma(1.0), rng.uniform(0, 1)
            end = entry + rng.uniform(1, 3)
            times = np.sort(rng.uniform(entry, end, rng.poisson(rate * (end - entry))))
            edges = np.concatenate([[entry], times, [end]])
            subject += [i] * (len(times) + 1)
            start += edges[:-1].tolist()
            stop += edges[1:].tolist()
            event += [1] * len(times) + [0]
        for error in ("robust", "poisson"):
            found = mean_cumulative(subject, start, stop, event, error=error)
            # the mean from 0.5 to 2 is known without the few who are at risk at once
            low, high = found.at([0.5]), found.at([2.0])
            gap = high.mean[0] - low.mean[0]
            influence = found.influence_at([0.5, 2.0])
            spread = np.sqrt(((influence[:, 1] - influence[:, 0]) ** 2).sum())
            if error == "poisson":
                spread = np.sqrt(high.std_error[0] ** 2 - low.std_error[0] ** 2)
                poisson += abs(gap - 1.5) < 1.96 * spread
            else:
                robust += abs(gap - 1.5) < 1.96 * spread
    # 300 replicates: three binomial errors are .038; Poisson errors ignore the frailty
    assert robust / 300 == pytest.approx(0.94, abs=0.038)
    assert poisson / 300 < 0.85


def test_many_rows_keep_their_digits():
    rng = np.random.default_rng(10)
    subject = np.repeat(np.arange(2000), 3)
    edges = np.cumsum(rng.uniform(0.1, 1, (2000, 4)), axis=1)
    found = mean_cumulative(
        subject, edges[:, :-1].ravel(), edges[:, 1:].ravel(), np.tile([1, 1, 0], 2000)
    )
    some = found.time[::600]
    direct = np.sqrt((found.influence_at(some) ** 2).sum(axis=0))
    np.testing.assert_allclose(found.at(some).std_error, direct, rtol=1e-9)


# ------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (([], [], [], []), "no row"),
        ((["a"], [np.nan], [1], [1]), "not finite"),
        ((["a"], [-np.inf], [1], [1]), "not finite"),
        ((["a", "b"], [1, 0], [1, 2], [1, 0]), "1 row does not end after its entry"),
        ((["a", "a"], [0, 1], [2, 3], [1, 0]), "1 spell overlaps the one before"),
        ((["a", "a", "a"], [0, 0, 0], [2, 3, 4], [1, 0, 0]), "2 spells overlap the one before"),
    ],
)
def test_refusals(args, why):
    found = mean_cumulative(*args)
    assert isinstance(found, Refusal)
    assert why in found.why


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mean_cumulative(["a"], [0], [1], [1], error="jackknife"), "error must be one of"),
        (lambda: mean_cumulative(["a"], [0], [1], [0.5]), "whole numbers"),
        (lambda: mean_cumulative(["a", "b"], [0], [1], [1]), "subject must have 1 labels"),
        (lambda: mean_cumulative(["a"], [0, 1], [1], [1]), "start has 2 values"),
        (lambda: mean_cumulative(["a"], [0], [1], [1], limits="log-log"), "log or plain"),
    ],
)
def test_wrong_calls(call, message):
    with pytest.raises(ValueError, match=message):
        call()
