"""The familiar estimators of times: by hand, against R, on a sample, and what is refused."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from relatum.errors import UsageError
from relatum.models.familiar_times import common_follow_up, describe_times
from relatum.models.familiar_times_sample import describe_sample_times
from relatum.models.time_records import TimeColumns, time_records
from relatum.results import Unavailable
from relatum.results.store import read_results, write_results
from relatum.samples import example_sample
from relatum.study import read_study

ROOT = Path(__file__).parents[2]
CC0 = ROOT / "tests" / "reference" / "cc0"
PUBLIC = ROOT.parent / "shared" / "reference" / "public"
# R writes 15 digits; maxima found by iteration agree to about 1e-8
CLOSE = {"rtol": 1e-7, "atol": 1e-9}


def case(name, file="data.csv", folder=CC0):
    if not (folder / name).is_dir():
        pytest.skip(f"the public reference cases are not beside this project: {name}")
    text = (folder / name / "reference.json").read_text(encoding="utf-8")
    return pd.read_csv(folder / name / file), json.loads(text)["values"]


def described(frame, columns, horizon, **options):
    records = time_records(frame, columns, drop_missing=True)
    return describe_times(records, horizon=horizon, **options)


def term(model, name):
    return next(found for found in model.terms if found.term == name)


def assert_model(model, values, *, errors="se"):
    """Compare coefficients, errors and limits with R's."""
    for at, (name, coef) in enumerate(values["coef"].items()):
        found = term(model, name)
        np.testing.assert_allclose(np.log(found.ratio), coef, **CLOSE)
        np.testing.assert_allclose(found.std_error, values[errors][at], **CLOSE)
        if "ci_log" in values:
            limits = np.log([found.conf_low, found.conf_high])
            np.testing.assert_allclose(limits, values["ci_log"][at], **CLOSE)


# ------------------------------------------------------------------------------------- by hand

HAND = pd.DataFrame(
    {
        "weeks": [2, 3, 3, 5, 8, 1, 4, 6, 7, 8],
        "arrest": [1, 1, 0, 1, 0, 1, 1, 1, 0, 0],
        "aid": list("aaaaabbbbb"),
    }
)
HAND_COLUMNS = TimeColumns(exit="weeks", event="arrest", group="aid")


def test_groups_by_hand():
    found = described(HAND, HAND_COLUMNS, 6, min_at_risk=3)
    a, b = found.groups
    assert (a.group, a.n_records, a.n_events, a.time_at_risk) == ("a", 5, 3, 21.0)
    assert [(step.time, round(step.estimate, 3), step.n_at_risk) for step in a.steps] == [
        (2, 0.8, 5),
        (3, 0.6, 4),
        (5, 0.3, 2),
        (8, 0.3, 1),
    ]
    assert (a.median, b.median) == (5, 6)
    assert a.restricted_mean == pytest.approx(2 + 0.8 + 1.2 + 0.3)
    assert a.cumulative_hazard == pytest.approx(1 / 5 + 1 / 4 + 1 / 2)
    assert a.rate == pytest.approx(3 / 21)
    marks = {mark.time: (mark.n, mark.enough) for mark in a.at_risk}
    assert (marks[0], marks[3], marks[4]) == ((5, True), (4, True), (2, False))
    (contrast,) = found.contrasts
    assert contrast.difference == pytest.approx(b.restricted_mean - a.restricted_mean)
    assert (contrast.first, contrast.second) == ("a", "b")
    # without covariates the second group against the first
    (one,) = found.model("cox").terms
    assert (one.term, one.label) == ("b", "b (against a)")
    assert (found.start, found.delayed_entry, found.causes) == (0.0, False, ())
    assert str(found) == "Times to an event: 6 events among 10 records"


def test_a_group_that_is_followed_too_briefly_is_named():
    found = described(HAND.assign(weeks=HAND["weeks"].clip(upper=7)), HAND_COLUMNS, 7.5)
    assert [group.restricted_mean for group in found.groups] == [None, None]
    assert [group.cumulative_hazard for group in found.groups] == [None, None]
    assert "observation ends at 7, before the horizon 7.5" in found.refused[0].why
    assert found.refused[0].what.endswith(": a")
    assert found.contrasts == ()


# ---------------------------------------------------------------------------------- against R


def test_curves_medians_and_tests_are_those_of_r():
    frame, values = case("surv_km_logrank")
    columns = TimeColumns(exit="time", event="status", group="arm", stratum="st")
    found = described(frame, columns, 40)
    arm = values["arm"]
    for at, group in enumerate(found.groups):
        table = arm["table"]["values"][at]
        assert (group.n_records, group.n_events) == (table[0], table[3])
        np.testing.assert_allclose(
            [group.restricted_mean, group.median, group.median_low, group.median_high],
            [table[4], *table[6:]],
            **CLOSE,
        )
        reach = 1.959963984540054 * table[5]
        np.testing.assert_allclose(group.restricted_high - group.restricted_mean, reach, **CLOSE)
    first = found.groups[0].steps[3]
    curve = arm["curve"]
    np.testing.assert_allclose(
        [first.time, first.estimate, first.conf_low, first.conf_high],
        [curve[name][3] for name in ("time", "surv", "lower_loglog", "upper_loglog")],
        **CLOSE,
    )
    tests = {test.test: test for test in found.tests}
    for name, wanted in (
        ("log_rank", values["logrank"]["arm"]),
        ("peto_peto", values["peto_rho1"]["arm"]),
        ("stratified", values["logrank"]["arm_strata_st"]),
    ):
        np.testing.assert_allclose(
            [tests[name].statistic, tests[name].df, tests[name].p_value],
            [wanted["chisq"], wanted["df"], wanted["p"]],
            **CLOSE,
        )


def test_restricted_means_are_compared_as_in_r():
    frame, values = case("surv_rmst")
    found = described(frame, TimeColumns(exit="time", event="status", group="arm"), 26)
    (contrast,) = found.contrasts
    np.testing.assert_allclose(
        [contrast.difference, contrast.conf_low, contrast.conf_high, contrast.p_value],
        values["tau26"]["unadjusted"]["values"][0],
        **CLOSE,
    )


@pytest.mark.parametrize("entry", [None, "entry"])
def test_cox_with_clusters_and_entry_is_that_of_r(entry):
    frame, values = case("surv_cox")
    for level in "bc":
        frame[f"grp{level}"] = (frame["grp"] == level).astype(int)
    columns = TimeColumns(
        exit="time",
        event="status",
        entry=entry,
        covariates=("arm", "x", "grpb", "grpc"),
        cluster="cl",
    )
    found = described(frame, columns, 20)
    plain, clustered = ("entry_efron", "entry_cluster") if entry else ("efron", "cluster")
    assert_model(found.model("cox"), values[plain])
    assert_model(found.model("cox_clustered"), values[clustered], errors="robust_se")
    assert found.model("cox").concordance == pytest.approx(values[plain]["concordance"][0])
    assert found.model("cox").loglik == pytest.approx(values[plain]["loglik"][1])
    zph = values["zph_entry" if entry else "zph"]["km"]["values"]
    assert term(found.model("cox"), "arm").p_proportional == pytest.approx(zph[0][2], rel=1e-6)
    overall = next(test for test in found.tests if test.test == "proportional_hazards")
    assert (overall.statistic, overall.df) == (pytest.approx(zph[3][0], rel=1e-6), 4)
    assert (found.n_clusters, found.model("cox_clustered").n_clusters) == (12, 12)
    assert "few_clusters" in {note.code for note in found.notes}
    assert found.dropped == (("'x' is missing", len(frame) - 175),)


def test_accelerated_failure_times_are_those_of_r():
    frame, values = case("surv_aft")
    for level in "bc":
        frame[f"grp{level}"] = (frame["grp"] == level).astype(int)
    columns = TimeColumns(exit="time", event="status", covariates=("arm", "x", "grpb", "grpc"))
    found = described(frame, columns, 20)
    for name, theirs in (("weibull", "weibull"), ("log_logistic", "loglogistic")):
        model = found.model(name)
        for one in model.terms:
            # R's iteration stops within 1e-6 of the maximum
            assert np.log(one.ratio) == pytest.approx(values[theirs]["coef"][one.term], abs=2e-6)
            assert one.std_error == pytest.approx(values[theirs]["se"][one.term], abs=2e-6)
        assert model.aic == pytest.approx(values[theirs]["AIC"], abs=1e-6)
        assert model.scale == "time_ratio"


def test_competing_causes_are_those_of_r():
    frame, values = case("surv_competing_risks")
    columns = TimeColumns(
        exit="time", event="event", group="arm", covariates=("arm", "x"), causes=("1", "2")
    )
    found = described(frame, columns, 40)
    gray = [test for test in found.tests if test.test == "gray"]
    np.testing.assert_allclose(
        [[test.statistic, test.p_value, test.df] for test in gray],
        values["gray_arm"]["values"],
        **CLOSE,
    )
    models = {(model.model, model.cause): model for model in found.models}
    for cause in "12":
        wanted = values[f"finegray_crr_cause{cause}"]
        assert_model(models["fine_gray", cause], wanted)
    for model, cause in ((models["cox", ""], "1"), (models["cause_specific", "2"], "2")):
        wanted = values["cause_specific_cox"][f"cause{cause}"]
        for one in model.terms:
            np.testing.assert_allclose(np.log(one.ratio), wanted["coef"][one.term], **CLOSE)
            np.testing.assert_allclose(one.std_error, wanted["se"][one.term], **CLOSE)
    incidence = {(curve.group, curve.cause): curve for curve in found.causes}
    estimates = values["cuminc_estimates"]
    for row, line in zip(estimates["rows"], estimates["values"], strict=True):
        curve = incidence[tuple(row.split())]
        before = [step.estimate for step in curve.steps if step.time <= values["times"][-1]]
        assert before[-1] == pytest.approx(line[-1])
    assert "competing_censored" in {note.code for note in found.notes}


def test_late_entry_leaves_out_what_has_no_version_for_it():
    frame, values = case("surv_competing_risks")
    columns = TimeColumns(
        exit="time",
        event="event",
        entry="entry",
        group="arm",
        covariates=("arm", "x"),
        causes=("1", "2"),
    )
    found = described(frame, columns, 40, period=4)
    wanted = values["cause_specific_cox"]["cause1_entry"]
    for one in found.model("cox").terms:
        np.testing.assert_allclose(np.log(one.ratio), wanted["coef"][one.term], **CLOSE)
        np.testing.assert_allclose(one.std_error, wanted["se"][one.term], **CLOSE)
    refused = {item.what.split(" (")[0] for item in found.refused}
    assert {"Gray's test", "Fine-Gray regression", "Discrete-time hazard"} <= refused
    assert found.model("fine_gray") is None
    assert found.delayed_entry


def test_discrete_time_is_that_of_r():
    periods, values = case("surv_discrete_cloglog", "person_period.csv")
    subjects = periods.groupby("id").last().reset_index()
    columns = TimeColumns(exit="period", event="y", covariates=("arm", "x"), cluster="cl")
    found = described(subjects, columns, 8, period=1.0).model("discrete_cloglog")
    for one in found.terms:
        np.testing.assert_allclose(np.log(one.ratio), values["cloglog"]["coef"][one.term], **CLOSE)
        wanted = values["cloglog"]["cluster_CR0_se"][one.term]
        np.testing.assert_allclose(one.std_error, wanted, rtol=1e-6)
    assert found.aic == pytest.approx(values["cloglog"]["AIC"])


def test_firth_is_that_of_r():
    frame, values = case("surv_firth_cox")
    columns = TimeColumns(exit="time", event="event", covariates=("f", "x", "z"))
    found = described(frame, columns, 10)
    wanted = values["profile"]
    for one in found.model("cox_firth").terms:
        # coxphf stops within 1e-5 of the maximum
        assert np.log(one.ratio) == pytest.approx(wanted["coef"][one.term], abs=2e-5)
        assert one.conf_low == pytest.approx(wanted["ci_lower_exp"][one.term], rel=1e-3)
        assert one.p_value == pytest.approx(wanted["p"][one.term], rel=1e-3)
    # every event has f: the other models have no maximum, and the rest still prints
    assert found.model("cox") is None
    assert found.groups[0].n_events > 0
    assert any(item.what == "Cox regression" and "f" in item.why for item in found.refused)


def test_veterans_are_compared_as_in_r():
    frame, values = case("surv_km_logrank", "veteran.csv", PUBLIC)
    columns = TimeColumns(exit="time", event="status", group="celltype")
    tests = {test.test: test for test in described(frame, columns, 100).tests}
    for name, theirs in (("log_rank", "logrank"), ("peto_peto", "peto_rho1")):
        wanted = values[theirs]["veteran_celltype"]
        assert tests[name].statistic == pytest.approx(wanted["chisq"], rel=1e-9)
        assert tests[name].p_value == pytest.approx(wanted["p"], rel=1e-9)


# --------------------------------------------------------------------------------- properties


def test_the_order_of_rows_does_not_matter():
    frame, _ = case("surv_cox")
    columns = TimeColumns(
        exit="time", event="status", entry="entry", group="grp", covariates=("arm",), cluster="cl"
    )
    mixed = frame.sample(frac=1.0, random_state=4)
    one, two = (described(rows, columns, 20, period=5) for rows in (frame, mixed))
    assert one.groups == two.groups
    assert one.refused == two.refused
    for first, second in zip(one.models, two.models, strict=True):
        assert term(first, "arm").ratio == pytest.approx(term(second, "arm").ratio, rel=1e-9)
        assert term(first, "arm").p_value == pytest.approx(term(second, "arm").p_value, rel=1e-7)
    for a, b in zip(one.tests, two.tests, strict=True):
        assert a.p_value == pytest.approx(b.p_value, rel=1e-9)


def test_results_come_back_from_the_store(tmp_path):
    frame, _ = case("surv_competing_risks")
    columns = TimeColumns(exit="time", event="event", group="arm", causes=("1", "2"))
    found = described(frame, columns, 200)
    assert found.refused
    write_results({"times": found}, tmp_path / "results")
    assert read_results(tmp_path / "results")["times"] == found
    tidy = found.tidy()
    assert tidy.columns[:2].tolist() == ["term", "label"]
    assert len(tidy) == sum(len(model.terms) for model in found.models)
    steps = sum(len(group.steps) for group in found.groups)
    assert len(found.curve_frame()) == steps


def test_a_curve_ends_where_a_small_early_risk_set_is_used_up():
    frame = pd.DataFrame(
        {
            "exit": [3.0, 4, 5, 9, 10, 12, 13],
            "event": [1, 1, 1, 1, 0, 1, 0],
            "entry": [0.0, 0, 0, 6, 6, 7, 8],
        }
    )
    columns = TimeColumns(exit="exit", event="event", entry="entry")
    found = described(frame, columns, 12, min_at_risk=3)
    (group,) = found.groups
    assert [step.time for step in group.steps] == [3, 4]
    assert (group.median, group.restricted_mean) == (4.0, None)
    assert "Kaplan-Meier curve from 5 units of time" in " ".join(x.what for x in found.refused)


def test_curves_begin_where_enough_are_at_risk():
    frame = pd.DataFrame(
        {
            "exit": [2.0, 6, 7, 8, 9, 10],
            "event": [1, 1, 0, 1, 0, 1],
            "entry": [0.0, 3, 4, 4, 5, 5],
        }
    )
    columns = TimeColumns(exit="exit", event="event", entry="entry")
    found = described(frame, columns, 9, min_at_risk=3)
    (group,) = found.groups
    assert found.start == 4.0
    # the event at 2, with one at risk, does not pull the curve down
    assert (group.steps[0].time, round(group.steps[0].estimate, 3)) == (6, 0.8)
    assert group.n_events == 4
    assert group.restricted_mean == pytest.approx(2 + 2 * 0.8 + 0.8 * 2 / 3)
    assert "begin at 4" in next(n.text for n in found.notes if n.code == "delayed_entry")


# ------------------------------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    ("events", "why"),
    [
        ([0, 0, 0, 0], r"no event \(event\) in 4 records"),
        ([0, 1, 0, 0], r"one event \(event\) in 4 records and 20 units of time at risk"),
    ],
)
def test_too_few_events_refuse_everything(events, why):
    frame = pd.DataFrame({"t": [5, 5, 5, 5], "e": events})
    found = described(frame, TimeColumns(exit="t", event="e"), 5)
    assert isinstance(found, Unavailable)
    assert re.search(why, found.why)
    assert found.provenance.sample_name == "records"


def test_no_records_refuse_everything():
    frame = pd.DataFrame({"t": [], "e": []})
    found = described(frame, TimeColumns(exit="t", event="e"), 5)
    assert found.why == "there are no records"
    assert common_follow_up(time_records(frame, TimeColumns(exit="t", event="e"))) == 1.0


def test_one_group_a_constant_and_one_cluster_are_refused_one_by_one():
    frame = HAND.assign(same=1, aid="a")
    columns = TimeColumns(
        exit="weeks", event="arrest", group="aid", covariates=("same",), cluster="same"
    )
    found = described(frame, columns, 6)
    reasons = {item.what: item.why for item in found.refused}
    assert reasons["Log-rank test"] == "there is one group"
    assert "same" in reasons["Cox regression"]
    assert found.models == ()
    assert found.groups[0].median is not None


def test_ratios_beyond_numbers_are_refused():
    rng = np.random.default_rng(8)
    frame = pd.DataFrame({"t": np.arange(1, 31), "e": 1, "x": 1e-7 * rng.normal(size=30)})
    found = described(frame, TimeColumns(exit="t", event="e", covariates=("x",)), 20)
    assert found.model("cox") is None
    assert any("change its unit" in item.why for item in found.refused)


def test_wrong_settings_are_listed_together():
    records = time_records(HAND, HAND_COLUMNS)
    with pytest.raises(UsageError, match=r"Horizon must be above 0.*min_at_risk.*period"):
        describe_times(records, horizon=0, min_at_risk=0, period=-1)
    with pytest.raises(ValueError, match="conf_level"):
        describe_times(records, horizon=1, conf_level=95)


# ------------------------------------------------------------------------------------ a sample

STUDY = read_study()


@pytest.fixture(scope="module")
def simulated():
    return example_sample("simulated")


def test_a_sample_from_onset_with_late_entry(simulated):
    study = replace(STUDY, escape=replace(STUDY.escape, covariates=("iso_locked_in", "vio_sexual")))
    found = describe_sample_times(simulated, study)
    assert found.delayed_entry
    assert found.n_clusters == 12
    assert found.provenance.sample_fingerprint == simulated.fingerprint
    assert found.provenance.simulated
    codes = [note.code for note in found.notes]
    assert codes[:3] == ["familiar", "first_under_observation", "two_completions"]
    assert {"few_clusters", "competing_censored", "delayed_entry", "independent"} <= set(codes)
    assert "enter no headline" in found.notes[0].text
    assert found.model("cox_clustered").n_clusters == 12
    assert [group.label for group in found.groups] == [
        "Locked in: not recorded",
        "Locked in: recorded",
    ]
    refused = {item.what: item.why for item in found.refused}
    assert "one ratio mixes them" in refused["ratios of vio_sexual"]
    assert {curve.cause for curve in found.causes} == {"attempt", "arrest", "ended", "other"}


def test_a_sample_counts_the_first_attempt_after_entry(simulated):
    from relatum.models.escape_first import first_events
    from relatum.models.escape_times import escape_durations

    found = describe_sample_times(simulated, STUDY)
    first = first_events(escape_durations(simulated), "latest")
    (group,) = found.groups
    assert found.n_events == int((first.cause == 1).sum())
    assert group.time_at_risk == pytest.approx(first.days.sum() / (365.25 / 12))
    assert found.models == ()


def test_without_entry_survival_from_onset_is_refused(simulated):
    found = describe_sample_times(simulated, STUDY, delayed_entry=False)
    assert isinstance(found, Unavailable)
    assert "survival from onset without entry" in found.why
    assert found.provenance.sample_fingerprint == simulated.fingerprint
    anna = describe_sample_times(example_sample("anna"), STUDY)
    assert isinstance(anna, Unavailable)
    assert "survival from onset without entry" in anna.why


def test_the_order_of_a_samples_rows_does_not_matter(simulated):
    mixed = simulated.replace_tables(
        {
            name: simulated.table(name).sample(frac=1.0, random_state=2).reset_index(drop=True)
            for name in ("relationships", "escape_attempts")
        }
    )
    one, two = (describe_sample_times(sample, STUDY) for sample in (simulated, mixed))
    assert replace(one, provenance=two.provenance) == two
