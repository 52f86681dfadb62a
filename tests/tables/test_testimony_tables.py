"""Tables and sentences about contacts, reports and steps back, from results built by hand."""

import re
from dataclasses import replace

import pytest

from relatum.errors import EstimationError, UsageError
from relatum.release import Released
from relatum.results.base import Note, Provenance, Unavailable
from relatum.results.flow import FlowStep
from relatum.results.reporting import (
    ReasonRow,
    ReportIncidence,
    Reporting,
    StateShare,
    TransitionCount,
)
from relatum.results.retraction import (
    AfterRow,
    DeterminantRow,
    JointShare,
    PathStep,
    Retraction,
    RetractionHorizon,
    RetractionPath,
    RetractionVariant,
)
from relatum.results.retraction_contrasts import (
    AverageEffect,
    ContactRate,
    ContrastCounts,
    FamiliarTerm,
    FitQuality,
    PenalisedTerm,
    ReporterBounds,
    RetractionContrasts,
    SensitivityRow,
)
from relatum.tables.reporting import (
    tabulate_reasons,
    tabulate_report_incidence,
    tabulate_states,
    tabulate_testimony_flow,
    tabulate_transitions,
)
from relatum.tables.retraction import (
    tabulate_joint,
    tabulate_retraction,
    tabulate_retraction_variants,
)
from relatum.tables.retraction_after import (
    tabulate_after,
    tabulate_determinants,
    tabulate_retraction_path,
)
from relatum.tables.retraction_contrasts import (
    tabulate_contrast_counts,
    tabulate_familiar_contrasts,
    tabulate_model_fit,
    tabulate_penalised,
)
from relatum.tables.retraction_selection import (
    tabulate_contact_rates,
    tabulate_reporter_bounds,
    tabulate_selection,
)
from relatum.tables.say_testimony import (
    say_reason,
    say_reasons,
    say_report_incidence,
    say_state,
)
from relatum.tables.say_testimony_contrasts import (
    say_contact_ratio,
    say_contrast,
    say_penalised,
    say_reporter_bounds,
)
from relatum.tables.say_testimony_steps import (
    say_after,
    say_joint,
    say_retraction,
    say_retraction_variants,
)

SOURCE = Provenance(
    relatum_version="0", schema_version="0", sample_name="by hand", sample_fingerprint="0",
    sample_origin="simulated",
)  # fmt: skip
SIMULATED = "Simulated data: these numbers are no findings."
NOTES = (Note("selected", "Reports are selected."), Note("override_few_cases", "Overridden."))
GONE = Unavailable(what="limits", why="fewer than six investigations")
UPHELD = "support_withdrawn_facts_upheld"


def release(result):
    return Released(result=result, profile="none", evidence=())


def held(**results):
    return {name: release(result) for name, result in results.items()}


def share(state, n, *, split="all", level="all", label="all", women=53, silent=8, **changed):
    built = StateShare(
        split=split, level=level, label=label, state=state, state_label=state.replace("_", " "),
        n_women=women, n_cases=11, n_known=women - silent, n_in_state=n, n_undetermined=silent,
        bound_low=n / women, bound_high=(n + silent) / women, earliest=0.384, latest=0.392,
        conf_low=0.221, conf_high=0.57, case_average=0.41, case_low=0.2, case_high=0.62,
    )  # fmt: skip
    return replace(built, **changed)


def reason(term, group, n, silent, *, limits=(None, None), women=31):
    return ReasonRow(
        term=term, label=term.replace("_", " ").capitalize(), group=group, n_women=women,
        n_present=n, n_absent_documented=women - n - silent, n_not_documented=silent,
        lower=n / women, upper=(n + silent) / women, conf_low=limits[0], conf_high=limits[1],
    )  # fmt: skip


def incidence(kind, day, low, high, *, earliest, latest, limits=(None, None)):
    return ReportIncidence(
        kind=kind, label=kind.replace("_", " "), day=day, n_women=53, n_events_low=low,
        n_events_high=high, earliest=earliest, latest=latest, conf_low=limits[0],
        conf_high=limits[1],
    )  # fmt: skip


FLOW = (
    FlowStep(step="known", label="known women", unit="woman", n=76, n_left_out=None, reason=""),
    FlowStep(step="contact", label="with a contact", unit="woman", n=53, n_left_out=23,
             reason="no contact is recorded"),
)  # fmt: skip
REPORTING = Reporting(
    title="Reporting",
    horizon=180.0,
    shares=(
        share("no_report", 20),
        share("report_upheld", 18),
        share("stepped_back", 7),
        share("report_upheld", 6, split="initiator", level="victim", label="sought by her",
              women=14, silent=2, earliest=None, latest=None, conf_low=None, conf_high=None,
              case_average=None),
        share("report_upheld", 0, split="initiator", level="police", label="sought by the police",
              women=3, silent=3),
    ),
    points=(),
    at_risk=(),
    transitions=(
        TransitionCount(origin="contact", target="report", label="contact to report", n=31,
                        n_cases=10, n_from=53),
    ),
    incidence=(
        incidence("own_before_arrest", 90.0, 2, 2, earliest=0.04, latest=0.04),
        incidence("own_before_arrest", 180.0, 4, 5, earliest=0.09, latest=0.08,
                  limits=(0.02, 0.21)),
        incidence("any_after_arrest", 180.0, 12, 12, earliest=None, latest=None),
    ),
    reasons=(
        reason("bar_fear", "barrier", 14, 9, limits=(0.2, 0.9)),
        reason("bar_love", "barrier", 11, 6),
        reason("bar_hope", "barrier", 11, 0),
        reason("mot_children", "motivator", 0, 31),
    ),
    n_without_reasons=22,
    leave_out_low=0.31,
    leave_out_high=0.47,
    without_two=0.36,
    unavailable=(GONE,),
    flow=FLOW,
    n_faults=1,
    min_at_risk=5,
    conf_level=0.95,
    notes=NOTES,
    provenance=SOURCE,
)  # fmt: skip


def horizon(curve, label, day, low, high, **changed):
    built = RetractionHorizon(
        curve=curve, label=label, day=day, n_women=31, n_cases=10, n_events_low=low,
        n_events_high=high, n_undetermined=9, earliest=0.29, latest=0.262, conf_low=0.11,
        conf_high=0.52,
    )  # fmt: skip
    return replace(built, **changed)


def variant(name, family, estimate, span=(None, None), why="dates stand there"):
    return RetractionVariant(
        name=name, label=name.replace("_", " "), family=family, n_events=8, estimate=estimate,
        range_low=span[0], range_high=span[1], why=why,
    )  # fmt: skip


def after(variable, level, n, documented, silent):
    total = documented + silent
    return AfterRow(
        variable=variable, level=level, label=level, n=n, n_documented=documented,
        n_undocumented=silent, lower=n / total, upper=(n + silent) / total,
    )  # fmt: skip


RETRACTION = Retraction(
    title="Steps back",
    horizons=(
        horizon("closed", "case closed", 180.0, 6, 6),
        horizon("any", "any step back", 30.0, 4, 4, earliest=0.14, latest=0.14, conf_low=None),
        horizon("any", "any step back", 180.0, 8, 7),
        horizon(UPHELD, "support withdrawn, facts upheld", 180.0, 3, 3),
        horizon("facts_recanted", "facts recanted", 180.0, 1, 2, earliest=None, latest=None,
                conf_low=None, conf_high=None),
    ),
    joint=JointShare(
        day=180.0, n_women=53, n_cases=11, n_joint=8, n_undetermined=9, bound_low=8 / 53,
        bound_high=17 / 53, earliest=0.18, latest=0.17, conf_low=0.07, conf_high=0.34,
    ),
    points=(),
    at_risk=(),
    variants=(
        variant("with_refusals", "sensitivity", 0.41, (0.2, 0.6)),
        variant("maximum_likelihood", "secondary", 0.27, (0.22, 0.31)),
        variant("kaplan_meier", "naive", 0.36, (0.2, 0.55)),
        variant("from_arrest", "naive", None, why="no arrest is dated"),
    ),
    after=(
        after("retraction_reason", "love", 4, 9, 2),
        after("retraction_reason", "fear", 3, 9, 2),
        after("return_to_partner", "present", 0, 0, 11),
    ),
    determinants=(
        DeterminantRow(
            group="offender", group_label="what the suspect did", term="threat",
            label="threat after the report", n_stepped_with=5, n_with=12, n_stepped_without=0,
            n_without=0, n_stepped_undocumented=5, n_undocumented=21,
        ),
        DeterminantRow(
            group="police", group_label="what the police did", term="support",
            label="support offered", n_stepped_with=1, n_with=5, n_stepped_without=3, n_without=6,
            n_stepped_undocumented=6, n_undocumented=20,
        ),
    ),
    leave_out_low=0.2,
    leave_out_high=0.33,
    without_two=0.24,
    unavailable=(),
    flow=FLOW,
    n_faults=0,
    min_at_risk=5,
    conf_level=0.95,
    notes=NOTES,
    provenance=SOURCE,
)  # fmt: skip


def counts(coding, stepped, total, **changed):
    built = ContrastCounts(
        term="arrest_before_report", label="arrest before the report", coding=coding,
        n_stepped_with=stepped, n_with=total, n_stepped_without=10 - stepped,
        n_without=31 - total, n_undocumented=4, n_cases=10, n_telling_cases=5,
        difference=stepped / total - (10 - stepped) / (31 - total), p_within=0.31,
    )  # fmt: skip
    return replace(built, **changed)


def penalised(coding, odds, low, high, separated=""):
    return PenalisedTerm(
        term="arrest_before_report", label="arrest before the report", coding=coding,
        odds_ratio=odds, conf_low=low, conf_high=high, p_value=0.2, p_bootstrap=None,
        share_without=0.234, share_with=0.4, separated=separated,
    )  # fmt: skip


def familiar(name, odds, low=None, high=None, why=""):
    return FamiliarTerm(
        estimator=name, label=name.replace("_", " "), odds_ratio=odds, conf_low=low,
        conf_high=high, p_value=None if odds is None else 0.21, why=why,
    )  # fmt: skip


def contact(variable, level, days, low, high, rate):
    return ContactRate(
        variable=variable, level=level, label=level.replace("_", " "), days=days,
        n_events_low=low, n_events_high=high, rate=rate,
    )  # fmt: skip


def bound(assumption, low, high, coding="lower"):
    return ReporterBounds(
        term="arrest_before_report", label="arrest before the report", assumption=assumption,
        assumption_label=f"{assumption.replace('_', ' ')} assumed", lower=low, upper=high,
        share_always=0.25, coding=coding,
    )  # fmt: skip


CONTRASTS = RetractionContrasts(
    title="Contrasts",
    tier="one_covariate",
    n_reports=31,
    n_stepped=10,
    n_cases=10,
    counts=(counts("lower", 6, 15), counts("upper", 7, 19, p_within=None, difference=None)),
    penalised=(
        penalised("lower", 1.62, 0.34, 8.1),
        penalised("upper", 5.2, 1.3, None, "every report with it was followed by a step back"),
        GONE,
    ),
    familiar=(
        familiar("logit", 1.7, 0.36, 8.4),
        familiar("gee", 4e8, 0.0, 9e9),
        familiar("conditional_logit", None, why="too few telling investigations"),
    ),
    effects=(
        AverageEffect(term="a", label="arrest", difference=0.1, conf_low=-0.2, conf_high=0.4),
    ),
    quality=FitQuality(
        brier=0.2, brier_without=0.22, auc=None, auc_low=None, auc_high=None,
        calibration_slope=0.9,
    ),
    contact=(
        contact("contact", "contact", 412.0, 3, 3, 0.73),
        contact("contact", "none", 630.0, 1, 2, 0.32),
        contact("contact", "not_documented", 2100.0, 5, 6, None),
        contact("detention", "free", 900.0, 2, 2, 0.22),
    ),
    rate_ratio=2.28,
    ratio_low=0.3,
    ratio_high=17.1,
    contact_refused="",
    bounds=(
        bound("none", -0.6, 0.5),
        bound("none", -0.4, 0.71, "upper"),
        bound("monotone_more", -0.1, 0.3),
    ),
    sensitivity=(
        SensitivityRow(name="e_value", label="E-value", estimate=2.9, conf_low=None,
                       conf_high=None, scale="risk_ratio", why="one unmeasured confounder"),
        SensitivityRow(name="weighted", label="weighted", estimate=-0.05, conf_low=-0.3,
                       conf_high=0.2, scale="difference", why="reporting is modelled"),
        SensitivityRow(name="selection_probit", label="probit", estimate=None, conf_low=None,
                       conf_high=None, scale="correlation", why="it did not converge"),
    ),
    unavailable=(),
    conf_level=0.95,
    notes=NOTES,
    provenance=SOURCE,
)  # fmt: skip
PATH = RetractionPath(
    title="One case",
    steps=(
        PathStep(day_lower=0, day_upper=0, state="report", label="report", detail=""),
        PathStep(day_lower=5, day_upper=5, state="stepped_back", label="step back",
                 detail="reasons given: love"),
    ),
    notes=(Note("one_path", "A path, and no rate."),),
    provenance=SOURCE,
)  # fmt: skip
ALL = held(
    reporting=REPORTING, retraction=RETRACTION, contrasts=CONTRASTS, path=PATH,
    gone=Unavailable(what="reporting", why="no contact is recorded"),
)  # fmt: skip


def cells(table):
    return [row.cells for row in table.rows]


def test_states_stand_with_numerator_denominator_silence_bounds_and_both_completions():
    table = tabulate_states(release(REPORTING))
    assert table.groups == ("All (53 women in 11 investigations)",)
    assert table.rows[1].cells == (
        "Report upheld", "18 of 45 (40%)", "8", "34% to 49%", "38%, 39% (22% to 57%)",
        "41% (20% to 62%)",
    )  # fmt: skip
    notes = " ".join(table.footnotes)
    assert "31% to 47% without one investigation at a time, 36% without the two largest" in notes
    assert "Limits: not available (fewer than six investigations)." in notes
    assert "Reports are selected." in notes


def test_fewer_than_twenty_women_are_counts():
    table = tabulate_states(release(REPORTING), split="initiator")
    assert table.rows[0].cells == ("Report upheld", "6 of 12", "2", "6 to 8 of 14", "–", "–")
    assert table.rows[1].cells[1] == "–"
    assert "Sought by the police (3 women in 11 investigations)" in table.groups
    assert "Reports are selected." not in table.footnotes
    with pytest.raises(UsageError, match="Did you mean 'initiator'"):
        tabulate_states(release(REPORTING), split="initator")
    assert cells(tabulate_states(release(REPORTING), split="arrest")) == [
        ("No woman is in this table", *"–––––")
    ]


def test_what_a_sample_does_not_hold_is_said_and_no_error():
    words = say_state(ALL, "reporting", state="no_report", split="arrest", level="before")
    assert words == "not available (no woman is in it)"
    words = say_retraction(ALL, "retraction", curve="contradictory_statement")
    assert words == "not available (a contradicting statement is not on record)"
    bare = held(r=replace(REPORTING, incidence=()))
    words = say_report_incidence(bare, "r", kind="any_after_arrest")
    assert words == "not available (no woman is at risk of it)"


def test_transitions_incidence_reasons_and_flow():
    assert cells(tabulate_transitions(release(REPORTING))) == [
        ("Contact to report", "31", "53", "10")
    ]
    rows = cells(tabulate_report_incidence(release(REPORTING)))
    assert rows[1] == ("180 days", "4 to 5", "53", "9%, 8% (2% to 21%)")
    assert rows[2] == ("180 days", "12", "53", "–")
    table = tabulate_reasons(release(REPORTING))
    assert table.groups == ("Reasons against", "Reasons for")
    assert table.rows[0].cells == (
        "Bar fear", "14 of 31 (45%)", "8", "9", "45% to 74%", "20% to 90%"
    )  # fmt: skip
    assert table.rows[3].cells[4:] == ("0% to 100%", "–")
    notes = " ".join(table.footnotes)
    assert "One family of 4 (3 against, 1 for)" in notes
    assert "without any reason on record: 22" in notes
    flow = tabulate_testimony_flow(release(RETRACTION))
    assert flow.groups == ("Women",)
    assert flow.rows[1].cells == ("With a contact", "53", "23", "No contact is recorded")
    assert "1 fault of dates was found" in tabulate_testimony_flow(release(REPORTING)).text()


def test_steps_back_stand_by_kind_with_any_first_and_ends_last():
    table = tabulate_retraction(release(RETRACTION))
    assert table.groups == (
        "By 30 days (31 women with a report in 10 investigations)",
        "By 180 days (31 women with a report in 10 investigations)",
    )
    assert [row.cells[0] for row in table.rows] == [
        "Any step back", "Any step back", "Support withdrawn, facts upheld", "Facts recanted",
        "Case closed",
    ]  # fmt: skip
    assert table.rows[0].cells[1:] == ("4", "9", "14%")
    assert table.rows[1].cells[1:] == ("7 to 8", "9", "29%, 26% (11% to 52%)")
    assert table.rows[3].cells[1:] == ("1 to 2", "9", "–")


def test_the_joint_share_and_the_other_choices():
    joint = tabulate_joint(release(RETRACTION))
    assert cells(joint) == [
        ("180 days", "8 of 53 (15%)", "9", "15% to 32%", "18%, 17% (7% to 34%)")
    ]
    bare = tabulate_joint(release(replace(RETRACTION, joint=GONE)))
    assert "Limits: not available" in bare.footnotes[-1]
    table = tabulate_retraction_variants(release(RETRACTION))
    assert cells(table) == [
        ("By 180 days", "7 to 8 of 31", "29%, 26% (11% to 52%)", "20% to 33%", ""),
        ("With refusals", "8", "41% (20% to 60%)", "", "Dates stand there"),
        # A range over investigations left out never stands in the column of limits.
        ("Maximum likelihood", "8", "27%", "22% to 31%", "Dates stand there"),
        (
            "Kaplan meier",
            "8",
            "36% (20% to 55%)",
            "",
            "Dates stand there",
        ),
        ("From arrest", "8", "–", "", "No arrest is dated"),
        ("Without the two largest", "", "24%", "", "Dates at their latest"),
    ]
    empty = replace(RETRACTION, horizons=(), variants=(), without_two=None)
    assert cells(tabulate_retraction_variants(release(empty)))[0][1] == "–"


def test_what_was_recorded_after_and_together_with_steps_back():
    table = tabulate_after(release(RETRACTION))
    assert table.rows[0].cells == ("Love", "4 of 9", "2", "4 to 6 of 11")
    assert table.rows[2].cells == ("Present", "–", "11", "0 to 11 of 11")
    assert table.groups[1] == "Resumed the relationship (11 steps back)"
    only = tabulate_after(release(RETRACTION), only=["return_to_partner"])
    assert len(only.rows) == 1
    assert not any("Several values" in note for note in only.footnotes)
    with pytest.raises(UsageError, match="variable of this result"):
        tabulate_after(release(RETRACTION), only=["reason"])
    rows = cells(tabulate_determinants(release(RETRACTION)))
    assert rows[0] == ("Threat after the report", "5 of 12", "–", "5 of 21 (24%)")
    path = tabulate_retraction_path(release(PATH))
    assert cells(path)[1] == ("5", "Step back", "Reasons given: love")
    assert "A path, and no rate." in path.footnotes


def test_contrasts_keep_both_readings_of_silence():
    table = tabulate_contrast_counts(release(CONTRASTS))
    assert cells(table) == [
        ("Without", "6 of 15", "4 of 16", "+0.15", "0.31", "5 of 10"),
        ("With", "7 of 19", "3 of 12", "–", "–", "5 of 10"),
    ]
    assert table.groups == ("Arrest before the report (4 undocumented)",)
    assert any("10 of 31 (32%) reports with a step back" in note for note in table.footnotes)


def test_a_limit_that_stands_alone_is_explained():
    table = tabulate_penalised(release(CONTRASTS))
    assert cells(table) == [
        ("Without", "1.6 (0.34 to 8.1)", "0.20", "–", "23%, 40%"),
        ("With", "5.2 (above 1.3)", "0.20", "–", "23%, 40%"),
    ]
    notes = " ".join(table.footnotes)
    assert "Above: the lower end of the same two-sided 95% limits" in notes
    assert "every report with it was followed by a step back" in notes
    assert "Limits: not available (fewer than six investigations)." in notes
    other = tabulate_familiar_contrasts(release(CONTRASTS))
    assert cells(other)[1:] == [
        ("Gee", ">1,000 (not bounded)", "0.21", ""),
        ("Conditional logit", "–", "–", "Too few telling investigations"),
    ]
    assert any(note.startswith("Not bounded: neither end") for note in other.footnotes)


def test_fit_contact_bounds_and_selection():
    assert cells(tabulate_model_fit(release(CONTRASTS))) == [
        ("Arrest", "+0.10", "−0.20 to +0.40"),
        ("Brier score", "0.20", ""),
        ("Brier score of the overall share alone", "0.22", ""),
        ("Area under the curve", "–", ""),
        ("Slope of calibration", "0.90", ""),
    ]
    gone = tabulate_model_fit(release(replace(CONTRASTS, quality=GONE)))
    assert gone.footnotes[-1].startswith("Limits: not available")
    table = tabulate_contact_rates(release(CONTRASTS))
    assert cells(table)[1] == ("None", "630", "1 to 2", "0.32")
    assert "Rate ratio of contact against documented none: 2.3 (95% limits 0.30 to 17)." in (
        table.footnotes
    )
    refused = replace(CONTRASTS, rate_ratio=None, contact_refused="no day without contact")
    notes = tabulate_contact_rates(release(refused)).footnotes
    assert any("not available (no day without contact)" in note for note in notes)
    assert cells(tabulate_reporter_bounds(release(CONTRASTS)))[0] == (
        "None assumed", "Without", "−0.60 to +0.50", "0.25"
    )  # fmt: skip
    assert [row[:3] for row in cells(tabulate_selection(release(CONTRASTS)))] == [
        ("E-value", "Risk ratio", "2.9"),
        ("Weighted", "Difference of shares", "−0.05 (−0.30 to +0.20)"),
        ("Probit", "Correlation", "–"),
    ]


def test_sentences_hold_numerator_denominator_and_silence():
    assert say_state(ALL, "reporting", state="report_upheld") == (
        "18 of 45 (40%) women whose state is known had a report that was upheld 180 days after "
        "first contact (not known: 8 of 53; bounds 34% to 49%; estimate 38% to 39%, 95% limits "
        "22% to 57%)"
    )
    part = {"state": "report_upheld", "split": "initiator"}
    assert say_state(ALL, "reporting", level="victim", **part) == (
        "6 of 12 women (sought by her) whose state is known had a report that was upheld 180 days "
        "after first contact (not known: 2 of 14; bounds 6 to 8 of 14; no estimate, fewer than 5 "
        "women at risk)"
    )
    assert say_state(ALL, "reporting", level="police", **part) == (
        "not available (the state is known of none of 3 women (sought by the police))"
    )
    assert say_report_incidence(ALL, "reporting", kind="own_before_arrest") == (
        "4 to 5 of 53 women by 180 days after first contact, cumulative incidence 8% to 9% (95% "
        "limits 2% to 21%)"
    )
    assert say_report_incidence(ALL, "reporting", kind="any_after_arrest").endswith(
        "cumulative incidence not available (fewer than 5 women at risk)"
    )
    assert say_reason(ALL, "reporting", term="bar_fear") == (
        "bar fear: 14 of 31 (45%) women with any reason on record (not documented 9; bounds 45% to "
        "74%)"
    )
    # Both reasons with the count of the second one are named.
    assert say_reasons(ALL, "reporting", group="barrier", most=2) == (
        "bar fear (14), bar hope (11) and bar love (11), of 31 women with any reason on record "
        "(22 without)"
    )
    assert say_reasons(ALL, "reporting", group="motivator") == "none is on record"
    with pytest.raises(UsageError, match="At least 1 reason"):
        say_reasons(ALL, "reporting", group="barrier", most=0)


def test_sentences_keep_kinds_of_steps_back_apart():
    assert say_retraction(ALL, "retraction") == (
        "7 to 8 of 31 women with a report have a step back of any kind on record within 180 days "
        "of it (followed for less: 9; estimate 26% to 29%, 95% limits 11% to 52%)"
    )
    assert "support withdrawn with the facts upheld on record" in say_retraction(
        ALL, "retraction", curve=UPHELD
    )
    assert "1 to 2 of 31 women with a report have facts recanted on record" in say_retraction(
        ALL, "retraction", curve="facts_recanted"
    )
    assert "the close of the case before any step back" in say_retraction(
        ALL, "retraction", curve="closed"
    )
    assert say_retraction(ALL, "retraction", day=30).endswith("estimate 14%, no limits)")
    with pytest.raises(UsageError, match=r"'90' is not a horizon in days.*30, 180"):
        say_retraction(ALL, "retraction", day=90)
    assert say_joint(ALL, "retraction") == (
        "8 of 53 (15%) women with a contact are known to have reported and stepped back within 180 "
        "days of first contact (not known: 9; bounds 15% to 32%; estimate 17% to 18%, 95% limits "
        "7% to 34%)"
    )
    words = {"variable": "retraction_reason", "level": "love"}
    assert say_after(ALL, "retraction", **words) == (
        "4 of 9 steps back (not documented 2; bounds 4 to 6 of 11)"
    )
    assert say_after(ALL, "retraction", variable="return_to_partner", level="present") == (
        "not available (documented for none of 11 steps back)"
    )
    assert say_retraction_variants(ALL, "retraction", family="naive") == (
        "36% over 1 of 2 analyses (the primary: 26% to 29%)"
    )


def test_sentences_of_contrasts():
    term = {"term": "arrest_before_report"}
    assert say_contrast(ALL, "contrasts", **term) == (
        "arrest before the report: a step back is on record for 6 of 15 reports with it and 4 of "
        "16 without (undocumented 4, silence as without; difference +0.15; within investigations p "
        "= 0.31)"
    )
    assert say_contrast(ALL, "contrasts") == say_contrast(ALL, "contrasts", **term)
    bare = replace(CONTRASTS, counts=(), bounds=())
    assert say_contrast(held(c=bare), "c") == "not available (no covariate is declared)"
    assert say_reporter_bounds(held(c=bare), "c").startswith("not available")
    assert say_contrast(ALL, "contrasts", **term, coding="upper").endswith(
        "(undocumented 4, silence as with; no test within investigations)"
    )
    none = replace(CONTRASTS, counts=(counts("lower", 6, 15, n_with=0, n_stepped_with=0),))
    assert "for 0 of 0 reports with it" in say_contrast(held(c=none), "c", **term)
    assert say_penalised(ALL, "contrasts") == (
        "arrest before the report: odds ratio 1.6 (95% limits 0.34 to 8.1)"
    )
    assert say_penalised(ALL, "contrasts", **term, coding="upper") == (
        "arrest before the report: odds ratio 5.2 (95% limits above 1.3); every report with it was "
        "followed by a step back"
    )
    few = replace(CONTRASTS, penalised=(GONE,))
    assert say_penalised(held(c=few), "c", **term).startswith("not available (fewer than six")
    assert say_contact_ratio(ALL, "contrasts") == (
        "with contact 3 steps back in 412 days (0.73 per 100 days); with documented none 1 to 2 "
        "steps back in 630 days (0.32 per 100 days); not documented 5 to 6 steps back in 2,100 "
        "days; rate ratio 2.3 (95% limits 0.30 to 17)"
    )
    refused = replace(CONTRASTS, rate_ratio=None, contact_refused="no day without contact")
    assert say_contact_ratio(held(c=refused), "c").endswith(
        "rate ratio not available (no day without contact)"
    )
    # The widest of both readings of silence.
    assert say_reporter_bounds(ALL, "contrasts", **term) == (
        "a difference between −0.60 and +0.71 (none assumed)"
    )
    assert "not available" in say_reporter_bounds(
        ALL, "contrasts", **term, assumption="monotone_less"
    )


SAYERS = {
    say_state: ("reporting", {"state": "no_report"}),
    say_report_incidence: ("reporting", {"kind": "own_before_arrest"}),
    say_reason: ("reporting", {"term": "bar_fear"}),
    say_reasons: ("reporting", {"group": "barrier"}),
    say_retraction: ("retraction", {}),
    say_joint: ("retraction", {}),
    say_after: ("retraction", {"variable": "retraction_reason", "level": "love"}),
    say_retraction_variants: ("retraction", {"family": "sensitivity"}),
    say_contrast: ("contrasts", {"term": "arrest_before_report"}),
    say_penalised: ("contrasts", {"term": "arrest_before_report"}),
    say_contact_ratio: ("contrasts", {}),
    say_reporter_bounds: ("contrasts", {"term": "arrest_before_report"}),
}
TABULATED = {
    tabulate_states: REPORTING,
    tabulate_transitions: REPORTING,
    tabulate_report_incidence: REPORTING,
    tabulate_reasons: REPORTING,
    tabulate_testimony_flow: RETRACTION,
    tabulate_retraction: RETRACTION,
    tabulate_joint: RETRACTION,
    tabulate_retraction_variants: RETRACTION,
    tabulate_after: RETRACTION,
    tabulate_determinants: RETRACTION,
    tabulate_retraction_path: PATH,
    tabulate_contrast_counts: CONTRASTS,
    tabulate_penalised: CONTRASTS,
    tabulate_familiar_contrasts: CONTRASTS,
    tabulate_model_fit: CONTRASTS,
    tabulate_contact_rates: CONTRASTS,
    tabulate_reporter_bounds: CONTRASTS,
    tabulate_selection: CONTRASTS,
}


@pytest.mark.parametrize("sayer", SAYERS, ids=lambda sayer: sayer.__name__)
def test_what_is_unavailable_is_said_to_be(sayer):
    name, words = SAYERS[sayer]
    assert sayer(ALL, "gone", **words) == "not available (no contact is recorded)"
    with pytest.raises(UsageError, match="Did you mean 'gone'"):
        sayer(ALL, "gonne", **words)
    with pytest.raises(UsageError, match="needs a result"):
        sayer(ALL, "path", **words)
    for key in words:
        with pytest.raises(UsageError, match="is not a "):
            sayer(ALL, name, **{**words, key: "nothing of this kind"})


@pytest.mark.parametrize("tabulate", TABULATED, ids=lambda tabulate: tabulate.__name__)
def test_tables_refuse_other_kinds_and_mark_simulated_data(tabulate):
    result = TABULATED[tabulate]
    assert tabulate(release(result)).footnotes[0] == SIMULATED
    with pytest.raises(EstimationError, match="no contact is recorded"):
        tabulate(ALL["gone"])
    other = PATH if result is not PATH else CONTRASTS
    with pytest.raises(UsageError, match="needs a result"):
        tabulate(release(other))
    with pytest.raises(UsageError, match="Only released"):
        tabulate(result)


@pytest.mark.parametrize("tabulate", TABULATED, ids=lambda tabulate: tabulate.__name__)
def test_a_result_without_rows_still_makes_a_table(tabulate):
    result = TABULATED[tabulate]
    bare = {
        name: ()
        for name in (
            *("shares", "transitions", "incidence", "reasons", "flow", "horizons", "variants"),
            *("after", "determinants", "counts", "penalised", "familiar", "effects", "contact"),
            *("bounds", "sensitivity", "steps", "notes", "unavailable"),
        )
        if hasattr(result, name)
    }
    table = tabulate(release(replace(result, **bare)))
    assert table.markdown()


def test_nothing_speaks_of_causes_or_motives():
    said = [sayer(ALL, name, **words) for sayer, (name, words) in SAYERS.items()]
    said += [tabulate(release(result)).text() for tabulate, result in TABULATED.items()]
    words = " ".join(said).lower()
    assert not re.search(
        r"\b(leads? to|because|due to|drives?|increases?|prevents?|results? in|deters?|effect of|"
        r"withdrew|causes?|caused)\b",
        words,
    )
