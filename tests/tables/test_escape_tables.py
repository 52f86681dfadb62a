"""Tables and sentences about escape attempts, from results built by hand."""

import re
from dataclasses import replace

import pytest

from relatum.errors import EstimationError, UsageError
from relatum.release import Released
from relatum.release.released import Evidence
from relatum.results.base import Note, Provenance, Unavailable
from relatum.results.escape import (
    CovariateRatio,
    EntryRow,
    EscapeRate,
    PieceRate,
    RateRow,
    RateVariant,
)
from relatum.results.escape_curves import AtRisk, EscapeCurves, HorizonRow
from relatum.results.escape_outcomes import EscapeOutcomes, OutcomeRow, PrecedingRow
from relatum.results.flow import FlowStep
from relatum.tables.escape import (
    tabulate_duration_flow,
    tabulate_escape_rate,
    tabulate_rate_covariates,
    tabulate_rate_variants,
)
from relatum.tables.escape_curves import tabulate_incidence
from relatum.tables.escape_entry import tabulate_entry_dependence
from relatum.tables.escape_outcomes import (
    tabulate_answered,
    tabulate_escape_outcomes,
    tabulate_preceding,
)
from relatum.tables.escape_words import rate_words
from relatum.tables.say_escape import (
    say_entry_dependence,
    say_escape_rate,
    say_incidence,
    say_mean_number,
    say_naive,
    say_outcome,
    say_variants,
)

SOURCE = Provenance(
    relatum_version="0",
    schema_version="0",
    sample_name="by hand",
    sample_fingerprint="0",
    sample_origin="simulated",
)
SIMULATED = "Simulated data: these numbers are no findings."
NOTES = (
    Note("since_entry", "The clock."),
    Note("override_few_cases", "Overridden: to show it."),
    Note("variants", "One choice each."),
    Note("quasi_independence", "Little power."),
)
TOLD = (
    NOTES[1],
    Note("seen_and_told", "Never added up."),
    Note("several_values", "Several."),
    Note("recent_escalation", "Two covariates."),
    Note("answered_by_violence", "Those followed."),
)
GONE = Unavailable(what="rate of attempts", why="no attempt was observed")


def release(result):
    return Released(result=result, profile="none", evidence=())


def held(**results):
    return {name: release(result) for name, result in results.items()}


def step(name, unit, n, *, left=None, reason=""):
    return FlowStep(
        step=name,
        label=f"{unit}s {'left' if left is not None else name}",
        unit=unit,
        n=n,
        n_left_out=left,
        reason=reason,
    )


def variant(name, rate, *, family="sensitivity", **changed):
    built = RateVariant(
        name=name,
        label=f"{name} of the dates",
        family=family,
        n_events=23,
        months=612.4,
        rate=rate,
        conf_low=None,
        conf_high=None,
        why="the dates stand there",
    )
    return replace(built, **changed)


OVERALL = RateRow(
    n_relationships=73,
    n_cases=12,
    n_events=23,
    n_event_cases=8,
    months=612.4,
    rate=0.4507,
    conf_low=0.281,
    conf_high=0.714,
    conf_level=0.95,
    method="score_wild_bootstrap",
)
RATIO = CovariateRatio(
    term="children",
    label="Children",
    n_relationships=72,
    n_events=22,
    n_with=31,
    n_events_with=14,
    n_undocumented=12,
    n_events_undocumented=3,
    penalty="log_f",
    estimate=1.81,
    conf_low=0.72,
    conf_high=4.96,
    p_within=0.214,
    conf_level=0.95,
    method="score_wild_bootstrap",
    firth=1.77,
    firth_low=0.75,
    firth_high=4.41,
)
ENTRY = EntryRow(
    dates="earliest",
    onset="latest",
    n_relationships=72,
    n_events=18,
    n_pairs=205,
    n_concordant=100,
    tau=-0.0244,
    conf_low=-0.3161,
    conf_high=0.2673,
    p_value=0.857,
    conf_level=0.95,
    why="",
)
RATE = EscapeRate(
    title="Escape attempts",
    overall=OVERALL,
    pieces=(
        PieceRate(
            start=0, stop=12, months=81.25, expected_events=6.42, rate=0.948, std_error=0.374
        ),
        PieceRate(start=12, stop=24, months=0.0, expected_events=0.0, rate=None, std_error=None),
        PieceRate(
            start=24, stop=None, months=531.1, expected_events=16.58, rate=0.3746, std_error=0.092
        ),
    ),
    variants=(
        variant("earliest", 0.4389, conf_low=0.27, conf_high=0.7),
        variant("order", None, why="the order is not recorded"),
        variant("from_onset", 0.0451, family="naive", months=6120.0),
        variant("with_told", 0.0608, family="naive", n_events=31, months=6120.0),
    ),
    leave_out_low=0.391,
    leave_out_high=0.522,
    without_two=0.2254,
    covariates=(RATIO,),
    entry=(ENTRY, replace(ENTRY, dates="latest", n_pairs=207, tau=0.13, conf_high=0.34)),
    n_retrospective=8,
    flow=(
        step("recorded", "relationship", 76),
        step("no_entry", "relationship", 73, left=3, reason="the start is not recorded"),
        step("used", "relationship", 73),
        step("recorded", "attempt", 34),
        step("level_not_documented", "attempt", 33, left=1, reason="how far is not documented"),
        step("seen_or_told_not_documented", "attempt", 31, left=2, reason="seen or told"),
        step("retrospective", "attempt", 23, left=8, reason="told about an earlier time"),
        step("used", "attempt", 23),
    ),
    n_faults=1,
    notes=NOTES,
    provenance=SOURCE,
)


def horizon(cause, label, low, high, *, earliest, latest, limits=(None, None)):
    return HorizonRow(
        cause=cause,
        label=label,
        n_events_low=low,
        n_events_high=high,
        earliest=earliest,
        latest=latest,
        conf_low=limits[0],
        conf_high=limits[1],
        n_relationships=73,
    )


CURVES = EscapeCurves(
    title="Escape attempts",
    points=(),
    at_risk=(AtRisk(month=0.0, n=73, enough=True), AtRisk(month=6.0, n=41, enough=True)),
    horizon=(
        horizon(
            "attempt", "first attempt", 8, 7, earliest=0.142, latest=0.117, limits=(0.048, 0.281)
        ),
        horizon("arrest", "arrest or detention", 10, 10, earliest=0.151, latest=0.151),
        horizon("other", "death", 0, 0, earliest=None, latest=None),
    ),
    horizon_months=6.0,
    mean_number=0.224,
    min_at_risk=5,
    conf_level=0.95,
    notes=NOTES,
    provenance=SOURCE,
)


def outcome(variable, level, n, documented, silent, *, how="prospective"):
    total = documented + silent
    return OutcomeRow(
        variable=variable,
        level=level,
        label=level.replace("_", " "),
        known_how=how,
        n=n,
        n_documented=documented,
        n_undocumented=silent,
        lower=n / total,
        upper=(n + silent) / total,
    )


def preceding(term, level, months, n, rate):
    return PrecedingRow(
        term=term,
        label=f"{term.capitalize()} in 30 days",
        level=level,
        months=months,
        n_events=n,
        rate=rate,
    )


OUTCOMES = EscapeOutcomes(
    title="What became of attempts",
    rows=(
        outcome("attempt_outcome", "intercepted", 9, 20, 3),
        outcome("attempt_outcome", "intercepted", 2, 6, 2, how="retrospective"),
        outcome("attempt_outcome", "returned_by_threat", 11, 20, 3),
        outcome("attempt_trigger", "violence", 5, 23, 0),
        outcome("attempt_trigger", "violence", 0, 0, 8, how="retrospective"),
    ),
    preceding=(
        preceding("escalation", "no", 590.3, 20, 0.4066),
        preceding("escalation", "yes", 22.1, 3, 1.629),
        preceding("severity", "3_or_more", 0.0, 0, None),
    ),
    answered_by_violence=(
        outcome("attempt_suspect_response", "answered_by_violence", 2, 5, 1),
        outcome("attempt_suspect_response", "answered_otherwise", 3, 9, 0),
    ),
    gap_model=Unavailable(what="gap-time model", why="6 second episodes at risk, 20 are needed"),
    notes=TOLD,
    provenance=SOURCE,
)

ALL = held(rate=RATE, curves=CURVES, outcomes=OUTCOMES, gone=GONE)


def test_rate_as_printed():
    assert tabulate_escape_rate(release(RATE)).text() == "\n".join(
        (
            "Escape attempts: rate under observation",
            "Time under observation  Attempts  Relationship-months    Rate (95% limits)"
            "  Standard error",
            "----------------------  --------  -------------------  -------------------"
            "  --------------",
            "[Overall]",
            "All                           23                  612  0.45 (0.28 to 0.71)",
            "[By months since the onset of the relationship]",
            "0 to 12                      6.4                 81.2                 0.95"
            "            0.37",
            "12 to 24                     0.0                    0                    –"
            "               –",
            "24 or more                  16.6                  531                 0.37"
            "            0.09",
            SIMULATED,
            "The clock.",
            "Overridden: to show it.",
            "Rate: attempts per 12 relationship-months under observation.",
            "73 relationships in 12 investigations; attempts in 8 of them. 8 attempts told about "
            "an earlier time not counted; documented too little to be used: 3 attempts and 3 "
            "relationships.",
            "Limits: a wild bootstrap of scores summed by investigation, inverted.",
            "–: no time was observed there, or no attempt falls there.",
        )
    )


def test_no_note_speaks_of_rates_by_time_that_did_not_go_out():
    notes = (*NOTES, Note("pieces", "Rates by time."), Note("empty_piece", "A stretch is empty."))
    whole = tabulate_escape_rate(release(replace(RATE, notes=notes)))
    assert {"Rates by time.", "A stretch is empty."} <= set(whole.footnotes)
    emptied = release(replace(RATE, notes=notes, pieces=()))
    bare = tabulate_escape_rate(emptied)
    assert not {"Rates by time.", "A stretch is empty."} & set(bare.footnotes)
    assert "The clock." in bare.footnotes
    assert not [text for text in bare.footnotes if "withheld" in text]
    small = Evidence(rule="threshold", finding="3 rows: too few behind a count.")
    strict = replace(emptied, profile="chapter5", evidence=(small,))
    why = "Rates by time since onset: withheld by profile chapter5, or not in these data."
    assert why in tabulate_escape_rate(strict).footnotes


def test_a_rate_that_is_not_available_says_why():
    table = tabulate_escape_rate(release(replace(RATE, overall=GONE, pieces=(), n_retrospective=1)))
    assert [row.cells for row in table.rows] == [("All", "–", "–", "–", "–")]
    assert table.columns[3].label == "Rate"
    assert table.footnotes[-2:] == (
        "1 attempt told about an earlier time not counted; documented too little to be used: 3 "
        "attempts and 3 relationships.",
        "–: no attempt was observed.",
    )


def test_rates_of_none_and_methods_without_words():
    none = replace(OVERALL, n_events=0, rate=0.0, conf_low=0.0, method="exact_poisson")
    table = tabulate_escape_rate(release(replace(RATE, overall=none)))
    assert table.rows[0].cells[3] == "0 (0 to 0.71)"
    assert "Limits: exact Poisson limits, which take attempts as independent." in table.footnotes
    other = replace(OVERALL, method="by_hand")
    table = tabulate_escape_rate(release(replace(RATE, overall=other)))
    assert "Limits: by hand." in table.footnotes


def test_variants_stand_apart_from_naive_analyses():
    table = tabulate_rate_variants(release(RATE))
    assert table.groups == (
        "Primary",
        "Other choices",
        "Without single investigations",
        "Naive analyses, for comparison",
    )
    assert [row.cells for row in table.rows] == [
        ("As planned", "23", "612", "0.45 (0.28 to 0.71)", "", ""),
        ("Earliest of the dates", "23", "612", "0.44 (0.27 to 0.70)", "0.97",
         "The dates stand there"),
        ("Order of the dates", "23", "612", "–", "–", "The order is not recorded"),
        ("One left out in turn", "", "", "0.39 to 0.52", "", "Smallest to largest"),
        ("The two largest left out", "", "", "0.23", "0.50", ""),
        ("From_onset of the dates", "23", "6,120", "0.05", "0.10", "The dates stand there"),
        ("With_told of the dates", "31", "6,120", "0.06", "0.13", "The dates stand there"),
    ]  # fmt: skip
    assert table.footnotes == (
        SIMULATED,
        "Overridden: to show it.",
        "One choice each.",
        "Rate: attempts per 12 relationship-months under observation.",
        "Ranges without investigations are no limits.",
    )


def test_families_of_variants_are_chosen():
    table = tabulate_rate_variants(release(RATE), families=("naive",))
    assert table.groups == ("Primary", "Naive analyses, for comparison")
    assert not any("Ranges" in text for text in table.footnotes)
    none = replace(RATE, overall=GONE, leave_out_low=None, without_two=None)
    table = tabulate_rate_variants(release(none))
    assert table.rows[0].cells == ("As planned", "–", "–", "–", "", "")
    assert [row.cells[3:5] for row in table.rows[1:]] == [
        ("0.44 (0.27 to 0.70)", "–"), ("–", "–"), ("–", ""), ("–", "–"), ("0.05", "–"),
        ("0.06", "–"),
    ]  # fmt: skip
    assert table.footnotes[-1] == "–: no attempt was observed."
    with pytest.raises(UsageError, match="Did you mean 'naive'"):
        tabulate_rate_variants(release(RATE), families=("naiv",))


def test_covariates():
    still = replace(RATIO, label="Married", conf_low=1.2, conf_high=None, p_within=None)
    still = replace(still, method="log_f_profile", firth_high=None, n_events_undocumented=0)
    gone = Unavailable(what="debts", why="23 attempts allow two covariates")
    table = tabulate_rate_covariates(release(replace(RATE, covariates=(RATIO, still, gone))))
    assert [row.cells for row in table.rows] == [
        ("Children", "31 of 72", "12", "14 of 22", "1.8 (0.72 to 5.0)", "0.21",
         "1.8 (0.75 to 4.4)"),
        ("Married", "31 of 72", "12", "14 of 22", "1.8 (above 1.2)", "–", "1.8 (above 0.75)"),
        ("Debts", *["–"] * 6),
    ]  # fmt: skip
    assert table.columns[4].label == "Rate ratio (95% limits)"
    assert table.columns[6].label == "Rate ratio, Firth (95% limits)"
    assert table.footnotes[-6:] == (
        "Attempts among those undocumented: Children 3 of 22; Married 0 of 22.",
        "Rate ratio: under a log-F(1,1) prior.",
        "Limits: a wild bootstrap of scores summed by investigation, inverted.",
        "Limits: the profile of the penalised likelihood, which takes attempts as independent.",
        "–: no investigation holds relationships with and without it.",
        "–: 23 attempts allow two covariates.",
    )
    none = tabulate_rate_covariates(release(replace(RATE, covariates=(), overall=GONE)))
    assert [row.cells for row in none.rows] == [("No covariate is declared", *["–"] * 6)]
    assert none.footnotes == (SIMULATED, "Overridden: to show it.")
    alone = tabulate_rate_covariates(
        release(replace(RATE, covariates=(replace(RATIO, firth=None, firth_low=None),)))
    )
    assert alone.rows[0].cells[-1] == "–"


def test_dependence_on_entry():
    table = tabulate_entry_dependence(release(RATE))
    assert [row.cells for row in table.rows] == [
        ("Earliest", "Latest", "18 of 72", "205", "−0.02 (−0.32 to 0.27)", "0.86"),
        ("Latest", "Latest", "18 of 72", "207", "0.13 (−0.32 to 0.34)", "0.86"),
    ]
    assert table.columns[4].label == "Kendall's tau (95% limits)"
    assert table.footnotes == (SIMULATED, "Overridden: to show it.", "Little power.")
    bare = replace(ENTRY, conf_low=None, conf_high=None, p_value=None, why="there are 3 cases")
    table = tabulate_entry_dependence(release(replace(RATE, entry=(bare, bare))))
    assert table.rows[0].cells[4:] == ("−0.02 (–)", "–")
    assert table.footnotes[-1] == "–: there are 3 cases."
    gone = Unavailable(what="dependence", why="7 pairs can be compared")
    table = tabulate_entry_dependence(release(replace(RATE, entry=gone)))
    assert table.rows[0].cells == ("All", *["–"] * 5)
    assert table.footnotes[-1] == "–: 7 pairs can be compared."


def test_dependence_on_entry_in_words():
    assert say_entry_dependence(ALL, "rate") == (
        "Kendall's tau −0.02 to 0.13 over the ends of the dates (205 to 207 pairs of "
        "relationships; 95% limits −0.32 to 0.34 in all)"
    )
    bare = replace(RATE, entry=(replace(ENTRY, conf_low=None, conf_high=None),))
    assert say_entry_dependence(held(rate=bare), "rate") == (
        "Kendall's tau −0.02 over the ends of the dates (205 pairs of relationships; no 95% limits)"
    )
    gone = Unavailable(what="dependence", why="7 pairs can be compared")
    assert say_entry_dependence(held(rate=replace(RATE, entry=gone)), "rate") == (
        "not available (7 pairs can be compared)"
    )
    assert "not computed" in say_entry_dependence(held(rate=replace(RATE, entry=())), "rate")
    assert say_entry_dependence(ALL, "gone") == "not available (no attempt was observed)"


def test_what_was_used_and_why_not():
    table = tabulate_duration_flow(release(RATE))
    assert table.groups == ("Relationships", "Attempts")
    assert [row.cells for row in table.rows][:3] == [
        ("Relationships recorded", "76", "–", "–"),
        ("Relationships left", "73", "3", "The start is not recorded"),
        ("Relationships used", "73", "–", "–"),
    ]
    assert table.footnotes[-1] == "1 fault of dates was found on the way."
    table = tabulate_duration_flow(release(replace(RATE, n_faults=0)))
    assert table.footnotes[-1] == "0 faults of dates were found on the way."


def test_incidence_as_printed():
    assert tabulate_incidence(release(CURVES)).text() == "\n".join(
        (
            "Escape attempts: what came first by 6 months after entry",
            "First event                Events  Incidence, dates earliest  Incidence, dates latest"
            "  95% limits",
            "-------------------  ------------  -------------------------  -----------------------"
            "  ----------",
            "First attempt        7 to 8 of 73                        14%                      12%"
            "   5% to 28%",
            "Arrest or detention      10 of 73                        15%                      15%"
            "           –",
            "Death                     0 of 73                          –                        –"
            "           –",
            SIMULATED,
            "The clock.",
            "Overridden: to show it.",
            "73 relationships at risk at entry, 41 at 6 months.",
            "–: no limits can be given.",
            "–: fewer than 5 relationships are at risk.",
            "Mean number of attempts by 6 months, dates latest: 0.22 per relationship.",
        )
    )


def test_incidence_without_marks_or_mean_number():
    bare = replace(
        CURVES,
        at_risk=(),
        horizon=CURVES.horizon[:1],
        mean_number=Unavailable(what="mean number", why="none is at risk"),
    )
    table = tabulate_incidence(release(bare))
    assert table.footnotes[-2:] == (
        "Number at risk: not given.",
        "Mean number of attempts by 6 months: not available (none is at risk).",
    )
    later = replace(CURVES, horizon_months=7.5)
    assert "73 relationships at risk at entry." in tabulate_incidence(release(later)).footnotes


def test_outcomes_as_printed():
    table = tabulate_escape_outcomes(release(OUTCOMES), variable="attempt_outcome")
    assert table.text() == "\n".join(
        (
            "What became of attempts",
            "Attempts            Of those documented  Not documented       Bounds",
            "------------------  -------------------  --------------  -----------",
            "[What had become of it within 30 days (23 recorded as they happened)]",
            "Intercepted               9 of 20 (45%)               3   39% to 52%",
            "Returned by threat       11 of 20 (55%)               3   48% to 61%",
            "[What had become of it within 30 days (8 told about an earlier time)]",
            "Intercepted                      2 of 6               2  2 to 4 of 8",
            SIMULATED,
            "Overridden: to show it.",
            "Never added up.",
        )
    )


def test_every_variable_of_attempts():
    table = tabulate_escape_outcomes(release(OUTCOMES))
    assert table.groups[2:] == (
        "What came immediately before (23 recorded as they happened)",
        "What came immediately before (8 told about an earlier time)",
    )
    assert [row.cells for row in table.rows][-2:] == [
        ("Violence", "5 of 23 (22%)", "0", "22%"),
        ("Violence", "–", "8", "0 to 8 of 8"),
    ]
    assert table.footnotes[-2:] == (
        "Several.",
        "–: documented for no attempt.",
    )
    own = replace(OUTCOMES.rows[0], variable="helped_by", known_how="seen", lower=None)
    table = tabulate_escape_outcomes(release(replace(OUTCOMES, rows=(own,))))
    assert table.groups == ("Helped by (23 seen)",)
    assert table.rows[0].cells[-1] == "–"
    with pytest.raises(UsageError, match="Did you mean 'attempt_trigger'"):
        tabulate_escape_outcomes(release(OUTCOMES), variable="attempt_triger")


def test_what_preceded():
    table = tabulate_preceding(release(OUTCOMES))
    assert table.groups == ("Escalation in 30 days", "Severity in 30 days")
    assert [row.cells for row in table.rows] == [
        ("No", "20", "590", "0.41"),
        ("Yes", "3", "22.1", "1.63"),
        ("3 or more", "0", "0", "–"),
    ]
    assert table.footnotes == (
        SIMULATED,
        "Overridden: to show it.",
        "Two covariates.",
        "Rate: attempts per 12 relationship-months under observation. Without limits: a "
        "description.",
        "–: no time was observed at this level.",
    )


def test_what_followed_and_the_model_behind_its_gate():
    table = tabulate_answered(release(OUTCOMES))
    assert [row.cells for row in table.rows] == [
        ("Answered by violence", "2 of 5", "1", "0.33 to 0.50"),
        ("Answered otherwise", "3 of 9", "0", "0.33 to 0.33"),
    ]
    assert table.footnotes[2:] == (
        "Those followed.",
        "Gap-time model: not available (6 second episodes at risk, 20 are needed).",
    )


def test_empty_results_are_printed():
    rate = replace(RATE, overall=GONE, pieces=(), variants=(), covariates=(), flow=())
    for tabulate in (
        tabulate_escape_rate, tabulate_rate_variants, tabulate_rate_covariates,
        tabulate_duration_flow,
    ):  # fmt: skip
        assert tabulate(release(rate)).text()
    assert tabulate_duration_flow(release(rate)).rows == ()
    assert tabulate_incidence(release(replace(CURVES, horizon=()))).rows == ()
    none = replace(OUTCOMES, rows=(), preceding=(), answered_by_violence=())
    for tabulate in (tabulate_escape_outcomes, tabulate_preceding, tabulate_answered):
        assert tabulate(release(none)).rows == ()


def test_the_rate_in_a_sentence():
    assert say_escape_rate(ALL, "rate") == (
        "23 attempts in 612 relationship-months under observation (73 relationships in 12 "
        "investigations): 0.45 per 12 relationship-months (95% limits 0.28 to 0.71); documented "
        "too little to be used: 3 attempts and 3 relationships"
    )
    assert say_escape_rate(held(x=replace(RATE, overall=GONE, flow=())), "x") == (
        "not available (no attempt was observed); documented too little to be used: 0 attempts "
        "and 0 relationships"
    )


def test_other_analyses_in_a_sentence():
    assert say_naive(ALL, "rate", variant="from_onset") == (
        "0.05 per 12 relationship-months (23 attempts in 6,120 relationship-months), 0.10 times "
        "the primary rate"
    )
    assert say_naive(ALL, "rate", variant="order") == "not available (the order is not recorded)"
    assert say_naive(held(x=replace(RATE, overall=GONE)), "x", variant="from_onset").endswith(
        "(23 attempts in 6,120 relationship-months)"
    )
    with pytest.raises(UsageError, match="Did you mean 'from_onset'"):
        say_naive(ALL, "rate", variant="from_onse")
    assert say_variants(ALL, "rate", family="naive") == (
        "0.05 to 0.06 per 12 relationship-months over 2 analyses (the primary: 0.45)"
    )
    assert say_variants(ALL, "rate", family="sensitivity") == (
        "0.44 per 12 relationship-months over 1 of 2 analyses (the primary: 0.45)"
    )
    one = replace(RATE, variants=RATE.variants[:1], overall=GONE)
    assert say_variants(held(x=one), "x", family="sensitivity") == (
        "0.44 per 12 relationship-months over 1 analysis (the primary: –)"
    )
    assert say_variants(held(x=one), "x", family="naive").startswith("not available (no such")
    with pytest.raises(UsageError, match="Did you mean 'naive'"):
        say_variants(ALL, "rate", family="naif")


def test_incidence_in_a_sentence():
    assert say_incidence(ALL, "curves", cause="attempt") == (
        "7 to 8 of 73 relationships by 6 months after entry, cumulative incidence 12% to 14% "
        "(95% limits 5% to 28%)"
    )
    assert say_incidence(ALL, "curves", cause="arrest") == (
        "10 of 73 relationships by 6 months after entry, cumulative incidence 15% (no 95% limits)"
    )
    assert say_incidence(ALL, "curves", cause="other") == (
        "0 of 73 relationships by 6 months after entry, cumulative incidence not available (fewer "
        "than 5 relationships are at risk)"
    )
    rows = tuple(replace(row, n_relationships=None) for row in CURVES.horizon)
    bare = held(x=replace(CURVES, at_risk=(), horizon=rows))
    assert say_incidence(bare, "x", cause="arrest").startswith("10 first events by 6 months")
    with pytest.raises(UsageError, match="Did you mean 'arrest'"):
        say_incidence(ALL, "curves", cause="arest")


def test_the_mean_number_in_a_sentence():
    assert say_mean_number(ALL, "curves") == (
        "a mean of 0.22 attempts per relationship by 6 months after entry"
    )
    gone = replace(CURVES, mean_number=Unavailable(what="mean number", why="none is at risk"))
    assert say_mean_number(held(x=gone), "x") == "not available (none is at risk)"


def test_outcomes_in_a_sentence():
    chosen = {"variable": "attempt_outcome", "level": "intercepted"}
    assert say_outcome(ALL, "outcomes", **chosen) == (
        "9 of 20 (45%) attempts recorded as they happened (undocumented 3; bounds 39% to 52%)"
    )
    assert say_outcome(ALL, "outcomes", **chosen, known_how="retrospective") == (
        "2 of 6 attempts told about an earlier time (undocumented 2; bounds 2 to 4 of 8)"
    )
    silent = {"variable": "attempt_trigger", "level": "violence", "known_how": "retrospective"}
    assert say_outcome(ALL, "outcomes", **silent) == (
        "not available (documented for none of 8 attempts told about an earlier time)"
    )
    seen = held(x=replace(OUTCOMES, rows=OUTCOMES.rows[:1]))
    assert say_outcome(seen, "x", **chosen, known_how="retrospective") == (
        "not available (no attempt is told about an earlier time)"
    )
    for wrong, hint in (
        ({"variable": "attempt_outcom"}, "Did you mean 'attempt_outcome'"),
        ({"level": "intercept"}, "Did you mean 'intercepted'"),
        ({"known_how": "prospectiv"}, "Did you mean 'prospective'"),
    ):
        with pytest.raises(UsageError, match=hint):
            say_outcome(ALL, "outcomes", **{**chosen, **wrong})


SAYERS = {
    say_escape_rate: ("rate", {}),
    say_naive: ("rate", {"variant": "from_onset"}),
    say_variants: ("rate", {"family": "naive"}),
    say_incidence: ("curves", {"cause": "attempt"}),
    say_mean_number: ("curves", {}),
    say_outcome: ("outcomes", {"variable": "attempt_outcome", "level": "intercepted"}),
}
TABULATED = {
    tabulate_escape_rate: RATE,
    tabulate_rate_variants: RATE,
    tabulate_rate_covariates: RATE,
    tabulate_duration_flow: RATE,
    tabulate_incidence: CURVES,
    tabulate_escape_outcomes: OUTCOMES,
    tabulate_preceding: OUTCOMES,
    tabulate_answered: OUTCOMES,
}


@pytest.mark.parametrize("sayer", SAYERS, ids=lambda sayer: sayer.__name__)
def test_what_is_unavailable_is_said_to_be(sayer):
    name, words = SAYERS[sayer]
    assert sayer(ALL, "gone", **words) == "not available (no attempt was observed)"
    with pytest.raises(UsageError, match="Did you mean 'gone'"):
        sayer(ALL, "gonne", **words)
    other = "curves" if name == "rate" else "rate"
    with pytest.raises(UsageError, match="needs a result"):
        sayer(ALL, other, **words)


@pytest.mark.parametrize("tabulate", TABULATED, ids=lambda tabulate: tabulate.__name__)
def test_tables_refuse_other_kinds_and_mark_simulated_data(tabulate):
    result = TABULATED[tabulate]
    assert tabulate(release(result)).footnotes[0] == SIMULATED
    with pytest.raises(EstimationError, match="no attempt was observed"):
        tabulate(release(GONE))
    with pytest.raises(UsageError, match="needs a result"):
        tabulate(release(CURVES if result is not CURVES else RATE))
    with pytest.raises(UsageError, match="Only released"):
        tabulate(result)


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.0, "0"), (1e-9, "<0.01"), (0.005, "0.01"), (9.994, "9.99"), (9.996, "10.0")],
)
def test_rates_at_the_ends(value, words):
    assert rate_words(value) == words


def test_nothing_speaks_of_causes():
    said = [sayer(ALL, name, **words) for sayer, (name, words) in SAYERS.items()]
    said += [tabulate(release(result)).text() for tabulate, result in TABULATED.items()]
    words = " ".join(said).lower()
    assert not re.search(
        r"\b(leads? to|because|due to|drives?|increases?|prevents?|results? in|deters?)\b", words
    )
