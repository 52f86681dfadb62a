"""Tables and sentences about times to an event, from a result built by hand."""

from dataclasses import replace

import pytest

from relatum.errors import EstimationError, UsageError
from relatum.release import Released
from relatum.results.base import Note, Provenance, Unavailable
from relatum.results.familiar_times import (
    CauseCurve,
    FamiliarTimes,
    GroupTimes,
    MeanContrast,
    ModelTerm,
    NumberAtRisk,
    TimeModel,
    TimeStep,
    TimeTest,
)
from relatum.tables.familiar_times import (
    tabulate_cause_shares,
    tabulate_group_times,
    tabulate_mean_contrasts,
    tabulate_time_tests,
    tabulate_times_at_risk,
)
from relatum.tables.say_times import (
    say_hazard_ratio,
    say_median_time,
    say_restricted_difference,
    say_restricted_mean,
    say_share_without,
    say_time_events,
    say_time_ratio,
    say_time_source,
    say_time_test,
)
from relatum.tables.time_models import tabulate_time_fits, tabulate_time_models
from relatum.tables.times_words import mean_words, median_words

OPEN = Provenance(
    relatum_version="0",
    schema_version="",
    sample_name="open data",
    sample_fingerprint="0",
    sample_origin="published",
)
WHOSE = "collected by others, who say how to name them."
MINE = f"Source of the data: {WHOSE}"


def release(result):
    return Released(result=result, profile="none", evidence=())


def step(time, estimate, n, limits=(None, None)):
    return TimeStep(
        time=time, estimate=estimate, conf_low=limits[0], conf_high=limits[1], n_at_risk=n
    )


def marks(*numbers):
    return tuple(NumberAtRisk(time=10.0 * at, n=n, enough=n >= 5) for at, n in enumerate(numbers))


AID = GroupTimes(
    group="aid",
    label="financial aid",
    n_records=24,
    n_events=6,
    time_at_risk=1012.4,
    steps=(
        step(5.0, 0.958, 24, (0.74, 0.994)),
        step(18.0, 0.82, 21, (0.6, 0.93)),
        step(40.0, 0.74, 12, (0.51, 0.87)),
    ),
    at_risk=marks(24, 23, 19, 16, 12, 9),
    median=None,
    median_low=40.0,
    median_high=None,
    restricted_mean=44.26,
    restricted_low=40.1,
    restricted_high=48.43,
    cumulative_hazard=0.296,
)
NONE = replace(
    AID,
    group="none",
    label="no aid",
    n_records=16,
    n_events=11,
    time_at_risk=498.0,
    steps=(step(4.0, 0.9, 16, (0.6, 0.98)), step(30.0, 0.45, 8), step(41.0, 0.3, 4)),
    at_risk=marks(16, 14, 11, 8, 6, 3),
    median=30.0,
    median_low=21.5,
    restricted_mean=None,
    restricted_low=None,
    restricted_high=None,
    cumulative_hazard=None,
)
COX = TimeModel(
    model="cox",
    label="Cox regression",
    scale="hazard_ratio",
    terms=(
        ModelTerm(
            term="aid",
            label="financial aid",
            ratio=0.684,
            conf_low=0.47,
            conf_high=0.996,
            std_error=0.1914,
            p_value=0.0478,
            p_proportional=0.91,
        ),
        ModelTerm(
            term="prior",
            label="prior arrests",
            ratio=3.2,
            conf_low=1.21,
            conf_high=None,
            std_error=0.61,
            p_value=0.0001,
            p_proportional=0.02,
        ),
    ),
    n_records=40,
    n_events=17,
    n_clusters=12,
    loglik=-51.234,
    concordance=0.6412,
)
WEIBULL = replace(
    COX,
    model="weibull",
    label="Weibull",
    scale="time_ratio",
    terms=(replace(COX.terms[0], ratio=1.31, conf_low=0.99, conf_high=1.74, p_proportional=None),),
    n_clusters=None,
    aic=112.46,
    concordance=None,
)
FOUND = FamiliarTimes(
    title="Arrests",
    event="arrest",
    time_unit="weeks",
    record="men",
    origin="release",
    delayed_entry=False,
    n_records=40,
    n_events=17,
    n_clusters=12,
    n_dropped=0,
    dropped=(),
    horizon=50.0,
    groups=(AID, NONE),
    tests=(
        TimeTest(
            test="proportional_hazards",
            label="Test of proportional hazards",
            statistic=7.13,
            df=2,
            p_value=0.028,
        ),
        TimeTest(test="log_rank", label="Log-rank test", statistic=3.84, df=1, p_value=0.05004),
    ),
    contrasts=(
        MeanContrast(
            first="none",
            second="aid",
            horizon=50.0,
            difference=2.304,
            conf_low=-0.02,
            conf_high=4.62,
            p_value=0.052,
        ),
    ),
    models=(COX, WEIBULL),
    causes=(
        CauseCurve(
            cause="arrest",
            label="arrest",
            group="aid",
            n_events=6,
            steps=(step(5.0, 0.042, 24, (0.01, 0.2)), step(40.0, 0.26, 12, (0.11, 0.45))),
        ),
        CauseCurve(
            cause="arrest", label="arrest", group="none", n_events=11, steps=(step(4.0, 0.1, 16),)
        ),
    ),
    refused=(Unavailable(what="Fine-Gray regression", why="there is one kind of event"),),
    min_at_risk=5,
    conf_level=0.95,
    attribution=WHOSE,
    notes=(Note("independent", "Taken as independent."), Note("scales", "Sooner and later.")),
    provenance=OPEN,
)
ALL = {"times": release(FOUND), "gone": release(Unavailable(what="times", why="no arrest"))}


def test_groups_with_their_counts():
    table = tabulate_group_times(release(FOUND))
    assert [column.label for column in table.columns] == [
        "Group",
        "With the event, of all",
        "Time at risk, weeks",
        "Events per 50 weeks at risk",
        "Median (95% limits)",
        "Mean up to 50 weeks (95% limits)",
        "Cumulative hazard at 50 weeks",
    ]
    # 6 / 1012.4 * 50 = 0.296; 11 / 498 * 50 = 1.104
    assert [row.cells for row in table.rows] == [
        (
            "Financial aid",
            "6 of 24 (25%)",
            "1,012",
            "0.30",
            "not reached (above 40.0)",
            "44.3 (40.1 to 48.4)",
            "0.30",
        ),
        ("No aid", "11 of 16", "498", "1.10", "30.0 (21.5 to not reached)", "–", "–"),
    ]
    assert table.footnotes == (
        "Taken as independent.",
        "17 of 40 (42%) men have the event (arrest); time counts since release.",
        "Median, mean: time without the event, in weeks; the median is not reached where the curve "
        "stays above one half. Cumulative hazard: Nelson-Aalen.",
        "–: follow-up ends before 50 weeks.",
        MINE,
    )


def test_medians_and_means_in_words():
    assert median_words(replace(AID, median_low=None)) == "not reached"
    assert median_words(replace(NONE, median_low=None), digits=2) == "30.00"
    assert median_words(replace(NONE, median_high=44.0)) == "30.0 (21.5 to 44.0)"
    assert mean_words(replace(AID, restricted_low=None)) == "44.3"


def test_tests_of_groups_stand_before_those_of_assumptions():
    table = tabulate_time_tests(release(FOUND))
    assert [(row.group, row.cells) for row in table.rows] == [
        ("That groups do not differ", ("Log-rank test", "3.84", "1", "0.05")),
        (
            "That ratios are the same at all times",
            ("Test of proportional hazards", "7.13", "2", "0.028"),
        ),
    ]
    assert tabulate_time_tests(release(replace(FOUND, tests=()))).rows[0].cells == (
        "No test was made",
        *["–"] * 3,
    )


def test_differences_of_means():
    table = tabulate_mean_contrasts(release(FOUND))
    assert [row.cells for row in table.rows] == [
        ("Financial aid, minus no aid", "50 weeks", "+2.3 (0.0 to +4.6)", "0.052")
    ]
    assert table.columns[2].label == "Difference, weeks (95% limits)"
    none = tabulate_mean_contrasts(release(replace(FOUND, contrasts=())))
    assert none.rows[0].cells[0] == "No two groups are compared"


def test_models_in_blocks_with_what_was_refused():
    table = tabulate_time_models(release(FOUND))
    assert table.groups == (
        "Cox regression: hazard ratio; 17 of 40 (42%) men; errors by 12 clusters",
        "Weibull: time ratio; 17 of 40 (42%) men; rows as independent",
        "Not available",
    )
    assert [row.cells for row in table.rows] == [
        ("Financial aid", "0.68 (0.47 to 1.00)", "0.191", "0.048", "0.91"),
        ("Prior arrests", "3.20 (above 1.21)", "0.610", "<0.001", "0.02"),
        ("Financial aid", "1.31 (0.99 to 1.74)", "0.191", "0.048", ""),
        ("Fine-Gray regression", *["–"] * 4),
    ]
    assert table.footnotes == (
        "Sooner and later.",
        "Fine-Gray regression: there is one kind of event.",
        MINE,
    )


def test_models_are_chosen():
    table = tabulate_time_models(release(FOUND), only=("weibull",))
    assert [len(row.cells) for row in table.rows] == [4]
    assert len(table.columns) == 4
    with pytest.raises(UsageError, match="Did you mean 'weibull'"):
        tabulate_time_models(release(FOUND), only=("weibul",))
    bare = replace(FOUND, models=(), refused=())
    assert tabulate_time_models(release(bare)).rows[0].cells == ("No model was fitted", *["–"] * 3)


def test_subdistribution_ratios_are_explained():
    fine = replace(WEIBULL, model="fine_gray", scale="subdistribution_hazard_ratio")
    notes = tabulate_time_models(release(replace(FOUND, models=(fine,)))).footnotes
    assert any(text.startswith("Subdistribution hazard ratio: above 1") for text in notes)


def test_fits():
    table = tabulate_time_fits(release(FOUND))
    assert [row.cells for row in table.rows] == [
        (
            "Cox regression",
            "hazard ratio",
            "17 of 40 (42%)",
            "−51.2",
            "–",
            "0.64",
        ),
        ("Weibull", "time ratio", "17 of 40 (42%)", "−51.2", "112.5", "–"),
    ]


def test_numbers_at_risk_hide_small_ones():
    table = tabulate_times_at_risk(release(FOUND))
    assert table.groups == ("Financial aid (24 men)", "No aid (16 men)")
    cells = [row.cells for row in table.rows]
    assert cells[0] == ("0", "24", "100%")
    assert cells[2] == ("20", "19", "82% (60% to 93%)")
    assert cells[-1] == ("50", "<5", "–")
    assert "–: fewer than 5 are at risk." in table.footnotes


def test_numbers_before_the_start_of_the_curves_have_no_share():
    late = replace(FOUND, start=10.0, delayed_entry=True)
    cells = [row.cells for row in tabulate_times_at_risk(release(late)).rows]
    assert cells[0] == ("0", "24", "–")
    assert cells[1] == ("10", "23", "96% (74% to 99%)")


def test_causes_are_blank_where_few_are_at_risk():
    table = tabulate_cause_shares(release(FOUND))
    assert [(row.group, row.cells) for row in table.rows] == [
        ("Arrest", ("Financial aid", "6 of 24 (25%)", "26% (11% to 45%)")),
        ("Arrest", ("No aid", "11 of 16", "–")),
    ]
    one = tabulate_cause_shares(release(replace(FOUND, causes=())))
    assert one.rows[0].cells == ("There is one kind of event", "–", "–")


def test_sentences():
    assert say_time_source(ALL, "times") == WHOSE
    assert say_time_events(ALL, "times") == "17 of 40 (42%), in 1,510 weeks at risk"
    assert say_time_events(ALL, "times", group="none") == "11 of 16, in 498 weeks at risk"
    assert say_share_without(ALL, "times", group="aid") == (
        "74% by 50 weeks (95% limits 51% to 87%)"
    )
    assert say_share_without(ALL, "times", group="aid", time=2.0) == "100% by 2 weeks"
    assert say_share_without(ALL, "times", group="none") == (
        "not available by 50 weeks (fewer than 5 are at risk)"
    )
    assert say_median_time(ALL, "times", group="aid") == "not reached (above 40.0)"
    assert say_median_time(ALL, "times", group="none") == "30.0 (21.5 to not reached) weeks"
    assert say_restricted_mean(ALL, "times", group="aid") == (
        "44.3 of 50 weeks (95% limits 40.1 to 48.4)"
    )
    assert say_restricted_mean(ALL, "times", group="none") == (
        "not available (follow-up ends before 50 weeks)"
    )
    assert say_restricted_difference(ALL, "times") == (
        "+2.3 weeks up to 50 weeks (financial aid minus no aid; 95% limits 0.0 to +4.6; p = 0.052)"
    )
    assert say_restricted_difference(ALL, "times", first="none", second="aid").startswith("+2.3")
    assert say_time_test(ALL, "times", test="log_rank") == (
        "chi-squared 3.84 on 1 degree of freedom, p = 0.05"
    )
    assert say_hazard_ratio(ALL, "times", term="aid") == (
        "hazard ratio 0.68 (95% limits 0.47 to 1.00), p = 0.048"
    )
    assert say_hazard_ratio(ALL, "times", term="prior") == (
        "hazard ratio 3.20 (95% limits above 1.21), p < 0.001"
    )
    assert say_time_ratio(ALL, "times", term="aid") == (
        "time ratio 1.31 (95% limits 0.99 to 1.74), p = 0.048"
    )


def test_a_model_of_several_causes():
    terms = COX.terms[:1]
    models = tuple(
        replace(
            COX,
            model="cause_specific",
            cause=cause,
            terms=(replace(terms[0], ratio=ratio),),
        )
        for cause, ratio in (("death", 2.0), ("moved", 4.0))
    )
    held = {"times": release(replace(FOUND, models=models))}
    said = [
        say_hazard_ratio(held, "times", term="aid", model="cause_specific", cause=cause)[:17]
        for cause in ("", "death", "moved")
    ]
    assert said == ["hazard ratio 2.00", "hazard ratio 2.00", "hazard ratio 4.00"]


def test_sentences_on_what_is_not_there():
    missing = "not available (no arrest)"
    assert say_time_source(ALL, "gone") == say_time_events(ALL, "gone") == missing
    assert say_share_without(ALL, "gone", group="aid") == missing
    assert say_median_time(ALL, "gone", group="aid") == missing
    assert say_restricted_mean(ALL, "gone", group="aid") == missing
    assert say_restricted_difference(ALL, "gone") == missing
    assert say_time_test(ALL, "gone", test="log_rank") == missing
    assert say_hazard_ratio(ALL, "gone", term="aid") == missing
    bare = {"times": release(replace(FOUND, contrasts=(), attribution=""))}
    assert say_restricted_difference(bare, "times") == (
        "not available (no two groups are compared)"
    )
    assert say_time_source(bare, "times") == "sample 'open data'"


def test_wrong_names_are_refused():
    with pytest.raises(UsageError, match="is not a group of this result"):
        say_median_time(ALL, "times", group="aids")
    with pytest.raises(UsageError, match="'weibull' is not a model with a hazard ratio"):
        say_hazard_ratio(ALL, "times", term="aid", model="weibull")
    with pytest.raises(UsageError, match="is not a term of cox"):
        say_hazard_ratio(ALL, "times", term="age")
    with pytest.raises(UsageError, match="is not a contrast of this result"):
        say_restricted_difference(ALL, "times", first="aid", second="none")
    two = replace(FOUND, contrasts=(*FOUND.contrasts, replace(FOUND.contrasts[0], second="more")))
    with pytest.raises(UsageError, match="Choose one contrast"):
        say_restricted_difference({"times": release(two)}, "times")
    with pytest.raises(EstimationError, match="no arrest"):
        tabulate_group_times(ALL["gone"])
    with pytest.raises(UsageError, match="Only released results"):
        tabulate_time_models(FOUND)


@pytest.mark.parametrize(
    "tabulate",
    [
        tabulate_cause_shares,
        tabulate_group_times,
        tabulate_mean_contrasts,
        tabulate_time_fits,
        tabulate_time_models,
        tabulate_time_tests,
        tabulate_times_at_risk,
    ],
)
def test_open_data_name_their_source_and_simulated_ones_say_so(tabulate):
    assert tabulate(release(FOUND)).footnotes[-1] == MINE
    assert not any("Simulated" in text for text in tabulate(release(FOUND)).footnotes)
    simulated = replace(FOUND, provenance=replace(OPEN, sample_origin="simulated"))
    assert tabulate(release(simulated)).footnotes[0] == (
        "Simulated data: these numbers are no findings."
    )
