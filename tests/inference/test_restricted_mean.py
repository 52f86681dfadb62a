from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from relatum.inference.common import Refusal
from relatum.inference.restricted_mean import compare_restricted_means, restricted_mean
from relatum.inference.survival_curves import kaplan_meier

# survRM2 values carry 15 digits, and its sums are taken in another order
TIGHT = 1e-11


def test_by_hand():
    found = restricted_mean([2, 3, 3, 5, 8], [1, 1, 0, 1, 0], horizon=6)
    assert found.estimate == pytest.approx(2 + 0.8 + 2 * 0.6 + 0.3)
    variance = 2.3**2 / 20 + 1.5**2 / 12 + 0.3**2 / 2
    assert found.std_error == pytest.approx(np.sqrt(variance))
    assert found.conf_high == pytest.approx(found.estimate + 1.959964 * np.sqrt(variance), abs=1e-6)
    assert found.lost == pytest.approx(1.7)
    assert found.lost_high - found.lost == pytest.approx(found.estimate - found.conf_low)
    assert (found.n_rows, found.n_events) == (5, 3)


def test_without_censoring_it_is_the_mean_of_the_cut_times():
    rng = np.random.default_rng(1)
    time = rng.exponential(5, 50)
    cut = np.minimum(time, 6.0)
    found = restricted_mean(time, np.ones(50), horizon=6.0)
    assert found.estimate == pytest.approx(cut.mean())
    assert found.std_error == pytest.approx(cut.std() / np.sqrt(50))


def test_a_later_start_speaks_of_those_still_there():
    rng = np.random.default_rng(2)
    time = rng.exponential(5, 50)
    late = time[time > 2]
    found = restricted_mean(time, np.ones(50), horizon=6.0, start=2.0)
    assert found.estimate == pytest.approx(np.minimum(late, 6.0).mean() - 2.0)
    assert found.n_rows == len(late)
    same = restricted_mean(late, np.ones(len(late)), horizon=6.0, start=2.0, entry=late * 0)
    assert same.estimate == pytest.approx(found.estimate)


@pytest.mark.parametrize(
    ("kind", "file", "entries"),
    [
        ("cc0", "data.csv", ("tau13", "tau26", "tau26.5", "tau_max")),
        ("public", "pbc.csv", ("pbc_tau10", "pbc_tau5")),
        ("public", "veteran.csv", ("veteran_tau365", "veteran_tau180")),
    ],
)
def test_means_and_contrasts(reference, kind, file, entries):
    case = reference(kind, "surv_rmst")
    data = case.table(file)
    for entry in entries:
        there = case.values[entry]
        arms = []
        for arm in (1, 0):
            mine = data["arm"] == arm
            found = restricted_mean(data["time"][mine], data["status"][mine], horizon=there["tau"])
            for names, key in (
                (("estimate", "std_error", "conf_low", "conf_high"), f"rmst{arm}"),
                (("lost", "std_error", "lost_low", "lost_high"), f"rmtl{arm}"),
            ):
                wanted = [there[key][part] for part in ("Est.", "se", "lower .95", "upper .95")]
                values = [getattr(found, name) for name in names]
                np.testing.assert_allclose(values, wanted, rtol=TIGHT, atol=TIGHT)
            arms.append(found)
        both = compare_restricted_means(*arms)
        table = there["unadjusted"]["values"]
        for part, wanted in zip((both.difference, both.ratio, both.lost_ratio), table, strict=True):
            values = (part.estimate, part.conf_low, part.conf_high, part.p_value)
            np.testing.assert_allclose(values, wanted, rtol=TIGHT, atol=TIGHT)


@pytest.mark.parametrize(
    ("kind", "entry", "file", "group"),
    [
        ("cc0", "arm", "data.csv", "arm"),
        ("cc0", "overall", "data.csv", None),
        ("cc0", "rare", "data.csv", None),
        ("cc0", "even", "even.csv", None),
        ("public", "veteran_trt", "veteran.csv", "trt"),
        ("public", "aml_x", "aml.csv", "x"),
    ],
)
def test_mean_of_survfit(reference, kind, entry, file, group):
    case = reference(kind, "surv_km_logrank")
    data, there = case.table(file), case.values[entry]["table"]
    horizon = case.values[entry].get("rmean_tau") or (45 if file == "aml.csv" else 300)
    status = data["rare" if entry == "rare" else "status"]
    wanted = [[there["rmean"], there["se(rmean)"]]] if group is None else None
    if wanted is None:
        wanted = [row[there["cols"].index("rmean") :][:2] for row in there["values"]]
    labels = [None] if group is None else sorted(set(data[group]))
    for label, (mean, error) in zip(labels, wanted, strict=True):
        mine = np.ones(len(status), dtype=bool) if label is None else data[group] == label
        found = restricted_mean(data["time"][mine], status[mine], horizon=horizon)
        np.testing.assert_allclose([found.estimate, found.std_error], [mean, error], rtol=TIGHT)


# ----------------------------------------------------------------------------------- properties

ROWS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(1, 8), st.booleans()), min_size=2, max_size=25
)


@settings(deadline=None, max_examples=80)
@given(ROWS, st.sampled_from([3.0, 5.5, 8.0]), st.integers(0, 2**32 - 1))
def test_it_is_the_area_below_the_curve(rows, horizon, seed):
    entry, length, event = (np.array(part, dtype=float) for part in zip(*rows, strict=True))
    time = entry + length
    found = restricted_mean(time, event, horizon=horizon, entry=entry)
    order = np.random.default_rng(seed).permutation(len(time))
    again = restricted_mean(time[order], event[order], horizon=horizon, entry=entry[order])
    if isinstance(found, Refusal):
        assert again == found
        return
    assert again.estimate == found.estimate
    assert again.std_error == found.std_error
    curve = kaplan_meier(time, event, entry=entry)
    grid = np.arange(0, horizon, 0.5)
    area = curve.at(grid).survival.sum() * 0.5
    assert found.estimate == pytest.approx(area)
    assert 0 < found.estimate <= horizon
    assert found.conf_low <= found.estimate <= found.conf_high
    assert found.lost_low <= found.lost <= found.lost_high


def test_delayed_entry_recovers_the_mean():
    rng = np.random.default_rng(6)
    bias = []
    for _ in range(200):
        time, entry = rng.exponential(4, 400), rng.uniform(0, 3, 400) * (rng.random(400) < 0.8)
        seen = time > entry
        found = restricted_mean(time[seen], np.ones(seen.sum()), horizon=5, entry=entry[seen])
        bias.append((found.estimate - 4 * (1 - np.exp(-5 / 4))) / found.std_error)
    # 200 replicates: three errors of a mean of z scores are .21
    assert abs(np.mean(bias)) < 0.21
    assert np.mean(np.abs(bias) < 1.96) == pytest.approx(0.95, abs=0.046)


# ------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("time", "event", "rest", "why"),
    [
        ([], [], {}, "no row"),
        ([1, 2], [0, 0], {}, "no event in the period"),
        ([7, 8], [1, 1], {}, "no event in the period"),
        ([1, 2, 3], [1, 0, 0], {}, "observation ends at 3, before the horizon 5"),
        ([1, 6, 7], [1, 1, 1], {"entry": [0, 2, 2]}, "falls to 0 at 1, though rows"),
        ([1, 2], [1, 1], {"start": 4.0}, "no row is under observation"),
        ([8, 9], [1, 1], {"entry": [6, 6]}, "no row is under observation"),
        ([1, np.nan], [1, 1], {}, "not finite"),
        ([3, 4], [1, 1], {"entry": [3, 0]}, "does not end after its entry"),
    ],
)
def test_refusals(time, event, rest, why):
    found = restricted_mean(time, event, horizon=5.0, **rest)
    assert isinstance(found, Refusal)
    assert why in found.why


def test_a_curve_at_zero_may_be_followed_to_any_horizon():
    assert restricted_mean([1, 2], [1, 1], horizon=50).estimate == pytest.approx(1.5)


def test_comparisons_that_cannot_be_made():
    sure = restricted_mean([2, 2], [1, 1], horizon=4)
    assert sure.std_error == 0.0
    assert isinstance(compare_restricted_means(sure, sure), Refusal)
    other = restricted_mean([1, 2, 9], [1, 1, 0], horizon=5)
    with pytest.raises(ValueError, match="same start"):
        compare_restricted_means(sure, other)
    with pytest.raises(ValueError, match="after the start"):
        restricted_mean([1, 2], [1, 1], horizon=0)
    last = restricted_mean([4, 9], [1, 0], horizon=4)
    assert last.lost == 0.0
    mixed = restricted_mean([1, 2, 9], [1, 1, 0], horizon=4)
    assert "a mean is 0" in compare_restricted_means(last, mixed).why


def test_exchange_turns_the_signs():
    one = restricted_mean([2, 3, 3, 5, 8], [1, 1, 0, 1, 0], horizon=6)
    two = restricted_mean([1, 3, 6, 7, 9], [1, 1, 0, 1, 1], horizon=6)
    there, back = compare_restricted_means(one, two), compare_restricted_means(two, one)
    assert back.difference.conf_low == pytest.approx(-there.difference.conf_high)
    assert back.ratio.conf_low == pytest.approx(1 / there.ratio.conf_high)
    assert back.lost_ratio.p_value == pytest.approx(there.lost_ratio.p_value)
    z = there.difference.estimate / there.difference.std_error
    assert there.difference.p_value == pytest.approx(2 * stats.norm.sf(abs(z)))
