from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relatum.inference.common import Refusal
from relatum.inference.curve_limits import LIMITS, limit_amounts, limit_probabilities
from relatum.inference.hazard_curves import nelson_aalen
from relatum.inference.risk_sets import check_exit_rows, count_at_risk, count_exits, evaluate_step
from relatum.inference.survival_curves import (
    kaplan_meier,
    kaplan_meier_groups,
    survival_quantiles,
)

# R writes 15 significant digits
TIGHT = 1e-12
R_NAMES = {"loglog": "log-log", "arcsin": "arcsine", "log": "log", "plain": "plain"}
R_NAMES["logit"] = "logit"


def numbers(values):
    """A list of R as floats: null is NaN, "Inf" infinite."""
    return np.array([np.nan if value is None else float(value) for value in values])


def assert_where_given(found, values, tolerance=TIGHT):
    """Equal wherever R gives a value; what R leaves out must still be no NaN here."""
    wanted = numbers(values)
    given = ~np.isnan(wanted)
    assert given.any()
    assert not np.isnan(found).any()
    np.testing.assert_allclose(found[given], wanted[given], rtol=tolerance, atol=tolerance)


def strata_of(table):
    """Positions of each curve in a table of R, by the label after the equals sign."""
    labels = [name.split("=")[-1] for name in np.atleast_1d(table["strata"])]
    labels = labels * (len(table["time"]) // len(labels))
    return {label: np.flatnonzero(np.array(labels) == label) for label in dict.fromkeys(labels)}


# ------------------------------------------------------------------------------------- by hand


def test_curve_by_hand():
    curve = kaplan_meier([2, 3, 3, 5, 8], [1, 1, 0, 1, 0], limits="plain")
    np.testing.assert_array_equal(curve.time, [2, 3, 5, 8])
    np.testing.assert_array_equal(curve.at_risk, [5, 4, 2, 1])
    np.testing.assert_array_equal(curve.censored, [0, 1, 0, 1])
    np.testing.assert_allclose(curve.survival, [0.8, 0.6, 0.3, 0.3])
    greenwood = np.cumsum([1 / 20, 1 / 12, 1 / 2, 0])
    np.testing.assert_allclose(curve.std_error, curve.survival * np.sqrt(greenwood))
    low, high = curve.conf_low[1], curve.conf_high[1]
    assert (low, high) == pytest.approx((0.6 - 1.959964 * curve.std_error[1], 1), abs=1e-6)
    assert (curve.n_rows, curve.n_events) == (5, 3)
    assert curve.emptied_early is None


def test_an_event_counts_before_a_censoring_and_after_an_entry_of_the_same_time():
    together = kaplan_meier([3, 3], [1, 0])
    np.testing.assert_array_equal(together.at_risk, [2])
    entering = kaplan_meier([3, 5], [1, 1], entry=[0, 3])
    np.testing.assert_array_equal(entering.at_risk, [1, 1])
    assert entering.emptied_early == 3.0
    np.testing.assert_array_equal(entering.survival, [0, 0])


def test_end_at_zero_has_the_last_upper_limit():
    curve = kaplan_meier([1, 2, 3], [1, 1, 1])
    assert curve.survival[-1] == curve.std_error[-1] == curve.conf_low[-1] == 0.0
    assert curve.conf_high[-1] == curve.conf_high[1] > 0.5
    at_once = kaplan_meier([2, 2], [1, 1])
    assert (at_once.conf_low[0], at_once.conf_high[0]) == (0.0, 1.0)


def test_without_events_the_curve_is_flat():
    curve = kaplan_meier([1, 2], [0, 0])
    assert curve.n_events == 0
    np.testing.assert_array_equal(curve.survival, [1, 1])
    found = survival_quantiles(curve)
    assert np.isposinf([*found.time, *found.conf_low, *found.conf_high]).all()


def test_reading_at_times():
    curve = kaplan_meier([2, 3, 7], [1, 1, 0])
    points = curve.at([0, 2, 2.9, 100])
    np.testing.assert_allclose(points.survival, [1, 2 / 3, 2 / 3, 1 / 3])
    np.testing.assert_array_equal(points.conf_low[:1], [1.0])
    knots, values = np.array([1.0, 4.0]), np.array([[1.0, 2.0], [3.0, 4.0]])
    np.testing.assert_array_equal(
        evaluate_step(knots, values, [0, 1, 5], before=0.0), [[0, 0], [1, 2], [3, 4]]
    )


def test_quantile_at_the_end_of_a_flat_curve_uses_the_last_time():
    curve = kaplan_meier([2, 4, 6, 10], [1, 1, 0, 0])
    assert survival_quantiles(curve, shares=[0.5]).time[0] == (4 + 10) / 2


def test_at_risk_by_hand():
    time, entry = [3, 5, 9, 9], [0, 0, 5, 4]
    np.testing.assert_array_equal(count_at_risk(time, [5, 5.5, 9, 9.5]), [3, 2, 2, 0])
    np.testing.assert_array_equal(count_at_risk(time, [0, 5, 9], entry=entry), [0, 2, 2])
    np.testing.assert_array_equal(
        count_at_risk(time, [0, 5, 9], entry=entry, just_after=True), [2, 2, 0]
    )


def test_hazard_by_hand():
    together = nelson_aalen([2, 3, 3, 5], [1, 1, 1, 0], limits="plain")
    np.testing.assert_allclose(together.hazard, [1 / 4, 1 / 4 + 2 / 3, 1 / 4 + 2 / 3])
    np.testing.assert_allclose(together.std_error[1], np.sqrt(1 / 16 + 2 / 9))
    one_by_one = nelson_aalen([2, 3, 3, 5], [1, 1, 1, 0], ties="one-by-one")
    np.testing.assert_allclose(one_by_one.hazard[1], 1 / 4 + 1 / 3 + 1 / 2)
    np.testing.assert_allclose(one_by_one.std_error[1], np.sqrt(1 / 16 + 1 / 9 + 1 / 4))


# ------------------------------------------------------------------------------------ against R


@pytest.mark.parametrize(
    ("kind", "entry", "file", "columns"),
    [
        ("cc0", "arm", "data.csv", ("status", "arm")),
        ("cc0", "overall", "data.csv", ("status", None)),
        ("cc0", "rare", "data.csv", ("rare", None)),
        ("cc0", "even", "even.csv", ("status", None)),
        ("public", "veteran_trt", "veteran.csv", ("status", "trt")),
        ("public", "veteran_overall", "veteran.csv", ("status", None)),
        ("public", "aml_x", "aml.csv", ("status", "x")),
        ("public", "median_not_reached", "lung2.csv", ("status", None)),
    ],
)
def test_curves_limits_and_quantiles(reference, kind, entry, file, columns):
    case = reference(kind, "surv_km_logrank")
    data, there = case.table(file), case.values[entry]
    event, group = columns
    for i, (label, rows) in enumerate(strata_of(there["curve"]).items()):
        mine = np.ones(len(data["time"]), dtype=bool)
        if group is not None:
            mine = data[group] == (label if data[group].dtype.kind == "U" else float(label))
        time, happened = data["time"][mine], data[event][mine]
        curve = kaplan_meier(time, happened)
        wanted = {key: [values[j] for j in rows] for key, values in there["curve"].items()}
        np.testing.assert_array_equal(curve.time, wanted["time"])
        np.testing.assert_array_equal(curve.at_risk, wanted["n_risk"])
        np.testing.assert_array_equal(curve.events, wanted["n_event"])
        np.testing.assert_array_equal(curve.censored, wanted["n_censor"])
        assert_where_given(curve.survival, wanted["surv"])
        assert_where_given(curve.std_error, wanted["greenwood_se"])
        hazard = nelson_aalen(time, happened)
        assert_where_given(hazard.hazard, wanted["na_cumhaz"])
        assert_where_given(hazard.std_error, wanted["na_cumhaz_se"])
        for name, limits in R_NAMES.items():
            curve = kaplan_meier(time, happened, limits=limits)
            assert_where_given(curve.conf_low, wanted[f"lower_{name}"])
            assert_where_given(curve.conf_high, wanted[f"upper_{name}"])
            quantiles, there_q = survival_quantiles(curve), there["quantiles_25_50_75"][name]
            for found, key in (
                (quantiles.time, "quantile"),
                (quantiles.conf_low, "lower"),
                (quantiles.conf_high, "upper"),
            ):
                row = there_q[key][i] if isinstance(there_q[key][0], list) else there_q[key]
                # what R calls not reached is infinite
                wanted_q = np.where(np.isnan(numbers(row)), np.inf, numbers(row))
                np.testing.assert_allclose(found, wanted_q, rtol=TIGHT, err_msg=f"{name} {key}")


@pytest.mark.parametrize(
    ("kind", "entry", "file", "group"),
    [
        ("cc0", "arm_at_times_loglog", "data.csv", "arm"),
        ("public", "veteran_at_times", "veteran.csv", "trt"),
    ],
)
def test_points_and_numbers_at_risk(reference, kind, entry, file, group):
    case = reference(kind, "surv_km_logrank")
    data, there = case.table(file), case.values[entry]
    for label, rows in strata_of(there).items():
        mine = data[group] == float(label)
        times = np.array(there["time"])[rows]
        points = kaplan_meier(data["time"][mine], data["status"][mine]).at(times)
        assert_where_given(points.survival, np.array(there["surv"])[rows])
        assert_where_given(points.std_error, np.array(there["se"])[rows])
        assert_where_given(points.conf_low, np.array(there["lower"])[rows])
        assert_where_given(points.conf_high, np.array(there["upper"])[rows])
        found = count_at_risk(data["time"][mine], times)
        np.testing.assert_array_equal(found, np.array(there["n_risk"])[rows])


@pytest.mark.parametrize(
    ("kind", "entry", "file", "group"),
    [
        ("cc0", "fleming_harrington_arm", "data.csv", "arm"),
        ("public", "veteran_flemingharrington", "veteran.csv", "trt"),
    ],
)
def test_ties_one_by_one(reference, kind, entry, file, group):
    case = reference(kind, "surv_km_logrank")
    data, there = case.table(file), case.values[entry]
    for label, rows in strata_of(there).items():
        mine = data[group] == float(label)
        curve = nelson_aalen(data["time"][mine], data["status"][mine], ties="one-by-one")
        assert_where_given(curve.hazard, np.array(there["cumhaz"])[rows])
        assert_where_given(curve.std_error, np.array(there["cumhaz_se"])[rows])
        assert_where_given(curve.survival, np.array(there["surv"])[rows])


def test_delayed_entry(reference):
    case = reference("cc0", "surv_km_logrank")
    small, data = case.table("entry_small.csv"), case.table()
    tables = [(small, np.ones(10, dtype=bool), case.values["entry_small"], np.arange(9))]
    there = case.values["delayed_entry"]
    everyone = np.ones(len(data["time"]), dtype=bool)
    tables.append((data, everyone, there["overall"], np.arange(len(there["overall"]["time"]))))
    for label, rows in strata_of(there["arm"]).items():
        tables.append((data, data["arm"] == float(label), there["arm"], rows))
    for columns, mine, wanted, rows in tables:
        time, event, entry = (columns[key][mine] for key in ("time", "status", "entry"))
        curve = kaplan_meier(time, event, entry=entry)
        np.testing.assert_array_equal(curve.time, np.array(wanted["time"])[rows])
        np.testing.assert_array_equal(curve.at_risk, np.array(wanted["n_risk"])[rows])
        assert_where_given(curve.survival, np.array(wanted["surv"])[rows])
        assert_where_given(curve.std_error, np.array(wanted["greenwood_se"])[rows])
        assert_where_given(curve.conf_low, np.array(wanted["lower_loglog"])[rows])
        assert_where_given(curve.conf_high, np.array(wanted["upper_loglog"])[rows])
        hazard = nelson_aalen(time, event, entry=entry)
        assert_where_given(hazard.hazard, np.array(wanted["na_cumhaz"])[rows])


@pytest.mark.parametrize(
    ("kind", "entry", "file", "columns", "limits"),
    [
        ("cc0", "simon_makuch", "startstop.csv", ("start", "stop", "event", "exposed"), "log"),
        ("cc0", "entry_km_all_loglog", "entry.csv", ("entry", "time", "status", None), "log-log"),
        ("cc0", "entry_km_arm_log", "entry.csv", ("entry", "time", "status", "arm"), "log"),
        (
            "cc0",
            "entry_km_conditional_on_8_loglog",
            "entry.csv",
            ("entry", "time", "status", "arm"),
            "log-log",
        ),
        (
            "public",
            "heart_simonmakuch",
            "heart.csv",
            ("start", "stop", "event", "transplant"),
            "log",
        ),
        (
            "public",
            "channing_km_entry",
            "channing.csv",
            ("ageentry", "age", "death", "gender"),
            "log",
        ),
        (
            "public",
            "channing_km_conditional_68y",
            "channing_68y.csv",
            ("entry", "age", "death", "gender"),
            "log-log",
        ),
    ],
)
def test_left_truncation_and_changing_groups(reference, kind, entry, file, columns, limits):
    case = reference(kind, "surv_timevarying_lefttrunc")
    data, there = case.table(file), case.values[entry]
    start, stop, event, group = columns
    begun = np.maximum(data[start], 8.0) if "_on_8_" in entry else data[start]
    for label, rows in strata_of(there).items():
        mine = data[stop] > begun
        if group is not None:
            mine &= data[group] == float(label)
        rest = {"entry": begun[mine], "limits": limits}
        curve = kaplan_meier(data[stop][mine], data[event][mine], **rest)
        keep = np.isin(curve.time, np.array(there["time"])[rows])
        np.testing.assert_array_equal(curve.time[keep], np.array(there["time"])[rows])
        # every event is at a time that R prints
        assert curve.events[~keep].sum() == 0
        np.testing.assert_array_equal(curve.at_risk[keep], np.array(there["n_risk"])[rows])
        assert_where_given(curve.survival[keep], np.array(there["surv"])[rows])
        assert_where_given(curve.std_error[keep], np.array(there["se"])[rows])
        assert_where_given(curve.conf_low[keep], np.array(there["lower"])[rows])
        assert_where_given(curve.conf_high[keep], np.array(there["upper"])[rows])
        hazard = nelson_aalen(data[stop][mine], data[event][mine], entry=begun[mine])
        assert_where_given(hazard.hazard[keep], np.array(there["cumhaz"])[rows])
        if "cumhaz_se" in there:
            assert_where_given(hazard.std_error[keep], np.array(there["cumhaz_se"])[rows])


# ----------------------------------------------------------------------------------- properties

ROWS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(1, 6), st.booleans()), min_size=1, max_size=25
)


def columns_of(rows):
    entry, length, event = (np.array(part, dtype=float) for part in zip(*rows, strict=True))
    return entry, entry + length, event


@settings(deadline=None, max_examples=60)
@given(ROWS, st.integers(0, 2**32 - 1), st.sampled_from(LIMITS))
def test_order_of_rows_and_splitting_change_nothing(rows, seed, limits):
    entry, time, event = columns_of(rows)
    first = kaplan_meier(time, event, entry=entry, limits=limits)
    order = np.random.default_rng(seed).permutation(len(time))
    moved = kaplan_meier(time[order], event[order], entry=entry[order], limits=limits)
    for name in ("survival", "std_error", "conf_low", "conf_high", "at_risk"):
        np.testing.assert_array_equal(getattr(moved, name), getattr(first, name))
    # a row cut at a time between its ends is the same as the whole
    cut = time - 0.5
    split = kaplan_meier(
        np.concatenate([cut, time]),
        np.concatenate([np.zeros(len(time)), event]),
        entry=np.concatenate([entry, cut]),
        limits=limits,
    )
    at = np.isin(split.time, first.time)
    np.testing.assert_array_equal(split.survival[at], first.survival)
    np.testing.assert_array_equal(split.conf_low[at], first.conf_low)
    assert (first.conf_low <= first.survival).all()
    assert (first.survival <= first.conf_high).all()
    assert (np.diff(first.survival) <= 0).all()
    assert not np.isnan([*first.conf_low, *first.conf_high, *first.std_error]).any()


@settings(deadline=None, max_examples=60)
@given(ROWS)
def test_counts_equal_the_definition(rows):
    entry, time, event = columns_of(rows)
    table = count_exits(check_exit_rows("counts", time, event, entry=entry))
    for i, t in enumerate(table.time):
        inside = (entry < t) & (t <= time)
        assert table.at_risk[i] == inside.sum()
        assert table.events[i, 0] == (inside & (time == t) & (event == 1)).sum()
    np.testing.assert_array_equal(count_at_risk(time, table.time, entry=entry), table.at_risk)


@settings(deadline=None, max_examples=60)
@given(ROWS, st.data())
def test_whole_weights_are_repeated_rows(rows, data):
    entry, time, event = columns_of(rows)
    weights = np.array(
        data.draw(st.lists(st.integers(1, 3), min_size=len(rows), max_size=len(rows)))
    )
    many = np.repeat(np.arange(len(rows)), weights)
    heavy = kaplan_meier(time, event, entry=entry, weights=weights)
    repeated = kaplan_meier(time[many], event[many], entry=entry[many])
    np.testing.assert_allclose(heavy.survival, repeated.survival, rtol=1e-12)
    np.testing.assert_allclose(heavy.std_error, repeated.std_error, rtol=1e-12)
    heavy = nelson_aalen(time, event, entry=entry, weights=weights)
    repeated = nelson_aalen(time[many], event[many], entry=entry[many])
    np.testing.assert_allclose(heavy.hazard, repeated.hazard, rtol=1e-12)
    # ties of different weight have no order: all that can be said is that one by one adds more
    finer = nelson_aalen(time, event, entry=entry, weights=weights, ties="one-by-one")
    assert (finer.hazard >= heavy.hazard - 1e-12).all()


def test_fractional_weights_scale_out():
    rng = np.random.default_rng(3)
    time, event, entry = rng.integers(5, 15, 40), rng.random(40) < 0.6, rng.integers(0, 5, 40)
    weights = rng.uniform(0.1, 2.0, 40)
    first = kaplan_meier(time, event, entry=entry, weights=weights)
    second = kaplan_meier(time, event, entry=entry, weights=1e6 * weights)
    np.testing.assert_allclose(first.survival, second.survival, rtol=1e-10)
    t = first.time[2]
    inside = (entry < t) & (t <= time)
    assert first.at_risk[2] == pytest.approx(weights[inside].sum())


def test_groups_are_the_curves_of_their_rows():
    rng = np.random.default_rng(4)
    time, event = rng.exponential(5, 60).round(1) + 0.1, rng.random(60) < 0.5
    group = rng.choice(["b", "a", "c"], 60)
    found = kaplan_meier_groups(time, event, group, entry=time - 0.05, limits="plain")
    assert found.labels.tolist() == ["a", "b", "c"]
    for label, curve in zip(found.labels, found.curves, strict=True):
        mine = group == label
        alone = kaplan_meier(time[mine], event[mine], entry=time[mine] - 0.05, limits="plain")
        np.testing.assert_array_equal(curve.conf_low, alone.conf_low)


def test_limits_cover_about_as_often_as_they_say():
    rng = np.random.default_rng(5)
    hits = dict.fromkeys(LIMITS, 0)
    for _ in range(400):
        time, stop = rng.exponential(1.0, 80), rng.exponential(2.0, 80)
        seen = np.minimum(time, stop)
        for limits in LIMITS:
            points = kaplan_meier(seen, time <= stop, limits=limits).at([0.7])
            hits[limits] += points.conf_low[0] <= np.exp(-0.7) <= points.conf_high[0]
    # 400 replicates: three binomial errors are .033
    assert all(0.91 < count / 400 < 0.985 for count in hits.values())


# ------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("time", "event", "entry", "why"),
    [
        ([], [], None, "no row"),
        ([1, np.nan], [1, 0], None, "1 value that is not finite"),
        ([1, 2], [1, 0], [0, 2], "1 row does not end after its entry"),
        ([1, 2], [1, 0], [1, 3], "2 rows do not end after their entry"),
        ([1, 2], [1, 0], [0, np.nan], "entries hold 1 value that is not finite"),
    ],
)
def test_refusals(time, event, entry, why):
    for estimate in (kaplan_meier, nelson_aalen):
        found = estimate(time, event, entry=entry)
        assert isinstance(found, Refusal)
        assert why in found.why
    found = kaplan_meier_groups(time, event, ["a"] * len(time), entry=entry)
    assert isinstance(found, Refusal)


def test_an_entry_before_everything_is_none():
    first = kaplan_meier([1, 2], [1, 1], entry=[-np.inf, -np.inf])
    np.testing.assert_array_equal(first.survival, kaplan_meier([1, 2], [1, 1]).survival)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: kaplan_meier([1, 2], [1]), "event has 1 values"),
        (lambda: kaplan_meier([1, 2], [1, 2]), "from 0 to 1"),
        (lambda: kaplan_meier([1, 2], [1, 0.5]), "whole numbers"),
        (lambda: kaplan_meier([1, 2], [1, -1]), "whole numbers"),
        (lambda: kaplan_meier([1, 2], [1, 0], entry=[0]), "entry has 1 values"),
        (lambda: kaplan_meier([1, 2], [1, 0], weights=[1, 0]), "above 0"),
        (lambda: kaplan_meier([1, 2], [1, 0], limits="wald"), "limits must be one of plain"),
        (lambda: kaplan_meier([1, 2], [1, 0], conf_level=95), "between 0 and 1"),
        (lambda: kaplan_meier_groups([1, 2], [1, 0], ["a"]), "group must have 2 labels"),
        (lambda: nelson_aalen([1, 2], [1, 0], ties="efron"), "together or one-by-one"),
        (lambda: nelson_aalen([1, 2], [1, 0], limits="logit"), "log or plain"),
        (lambda: survival_quantiles(kaplan_meier([1], [1]), shares=[1.0]), "between 0 and 1"),
    ],
)
def test_wrong_calls(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_limits_of_estimates_without_error():
    zero, one = np.zeros(2), np.ones(2)
    for limits in LIMITS:
        low, high = limit_probabilities(one, zero, limits=limits, conf_level=0.9)
        np.testing.assert_array_equal([low, high], [one, one])
    low, high = limit_amounts(zero, zero, limits="log", conf_level=0.9)
    np.testing.assert_array_equal([low, high], [zero, zero])


def test_median_limits_of_a_curve_that_ends_at_zero():
    """R leaves out the lower limit here; the last time is one, since the curve is 0 from there."""
    curve = kaplan_meier([4.0, 4.0], [1, 1])
    found = survival_quantiles(curve, shares=[0.5])
    assert (found.time[0], found.conf_low[0], found.conf_high[0]) == (4.0, 4.0, np.inf)
