"""Outcomes of attempts, what came before and after them, and windows: counted by hand."""

import numpy as np
import pandas as pd
import pytest

from relatum.models.escape_outcomes import describe_escape_outcomes
from relatum.models.escape_windows import list_escape_windows
from relatum.results import Unavailable
from relatum.results.store import read_results, write_results
from relatum.samples import example_sample

ENTRY = pd.Timestamp("2010-01-01")
MONTH = 365.25 / 12


def day(number):
    return None if number is None else ENTRY + pd.Timedelta(days=number)


def attempt(low, high=None, **more):
    return {
        "attempt_date_lower": day(low),
        "attempt_date_upper": day(low if high is None else high),
        "attempt_level": "separation_temporary",
        "attempt_known_how": "prospective",
        **more,
    }


def record(code, low, high=None, status="present"):
    dates = {"date_lower": day(low), "date_upper": day(low if high is None else high)}
    return {"code": code, "status": status, "coder_id": "one", **dates}


def observed(sample_of, couples):
    """Build a sample of (case, exit day, attempts, records)."""
    tables = {name: [] for name in ("cases", "suspects", "victims", "relationships")}
    tables["cases"] = [{"case_id": case} for case in sorted({row[0] for row in couples})]
    attempts, codings = [], []
    for at, (case, end, dated, records) in enumerate(couples, start=1):
        who = f"r{at}"
        tables["suspects"].append({"suspect_id": f"s{at}", "case_id": case})
        tables["victims"].append({"victim_id": f"v{at}", "case_id": case})
        low, high = end if isinstance(end, tuple) else (end, end)
        tables["relationships"].append(
            {
                "relationship_id": who,
                "case_id": case,
                "suspect_id": f"s{at}",
                "victim_id": f"v{at}",
                "population": "trafficking",
                "rel_onset_lower": day(-60) if at == 1 else None,
                "rel_onset_upper": day(-30),
                "rel_entry_date": ENTRY,
                "rel_exit_lower": day(low),
                "rel_exit_upper": day(high),
                "rel_exit_cause": "victim_ended",
            }
        )
        attempts += [
            {"attempt_id": f"a{at}{place}", "relationship_id": who, **row}
            for place, row in enumerate(dated)
        ]
        codings += [
            {"coding_id": f"k{at}{place}", "unit_type": "relationship", "unit_id": who, **row}
            for place, row in enumerate(records)
        ]
    if attempts:
        tables["escape_attempts"] = attempts
    if codings:
        tables["codings"] = codings
    return sample_of(**tables)


def outcome(found, variable, how="prospective"):
    return {
        row.level: row for row in found.rows if (row.variable, row.known_how) == (variable, how)
    }


def before(found, term):
    return {row.level: row for row in found.preceding if row.term == term}


def counts(row):
    return row.n, row.n_documented, row.n_undocumented, row.lower, row.upper


def test_outcomes_with_bounds(sample_of, study):
    dated = [
        attempt(10, attempt_outcome="intercepted", attempt_level="attempt_intercepted"),
        attempt(20, attempt_outcome="intercepted", attempt_level="attempt_intercepted"),
        attempt(30, attempt_outcome="returned_by_threat"),
        attempt(40, attempt_outcome="not_documented"),
        attempt(50),
        attempt(60, attempt_level="intent_stated", attempt_outcome="intercepted"),
    ]
    found = describe_escape_outcomes(observed(sample_of, [("c1", 100, dated, [])]), study)
    held = outcome(found, "attempt_outcome")
    assert counts(held["intercepted"]) == (2, 3, 2, 0.4, 0.8)
    assert counts(held["returned_by_threat"]) == (1, 3, 2, 0.2, pytest.approx(0.6))
    assert counts(held["away_until_exit"]) == (0, 3, 2, 0.0, 0.4)
    assert "not_documented" not in held
    assert {name: row.n for name, row in outcome(found, "attempt_level").items()} == {
        "attempt_intercepted": 2,
        "separation_temporary": 3,
        "separation_lasting": 0,
    }
    assert outcome(found, "attempt_outcome", "retrospective") == {}


def test_responses_may_be_several(sample_of, study):
    dated = [
        attempt(10, attempt_suspect_response="threat_her;violence"),
        attempt(20, attempt_suspect_response="violence"),
        attempt(30, attempt_suspect_response="none"),
        attempt(40, attempt_suspect_response="not_documented"),
    ]
    found = describe_escape_outcomes(observed(sample_of, [("c1", 100, dated, [])]), study)
    held = outcome(found, "attempt_suspect_response")
    assert counts(held["violence"]) == (2, 3, 1, 0.5, 0.75)
    assert counts(held["threat_her"]) == (1, 3, 1, 0.25, 0.5)
    assert counts(held["none"]) == (1, 3, 1, 0.25, 0.5)


def test_what_was_told_stands_apart(sample_of, study):
    told = attempt(-20, attempt_known_how="retrospective", attempt_trigger="threat;violence")
    seen = attempt(20, attempt_trigger="not_documented")
    found = describe_escape_outcomes(observed(sample_of, [("c1", 100, [told, seen], [])]), study)
    assert counts(outcome(found, "attempt_trigger")["threat"]) == (0, 0, 1, 0.0, 1.0)
    assert counts(outcome(found, "attempt_trigger", "retrospective")["threat"]) == (1, 1, 0, 1, 1)
    only = describe_escape_outcomes(observed(sample_of, [("c1", 100, [told], [])]), study)
    assert {row.known_how for row in only.rows} == {"retrospective"}
    assert only.preceding == ()
    assert only.answered_by_violence == ()


def test_recent_and_severe_on_exact_days(sample_of, study):
    records = [record("vio_physical", 10)]
    sample = observed(sample_of, [("c1", 100, [attempt(20), attempt(70)], records)])
    found = describe_escape_outcomes(sample, study)
    for reading in ("possible", "certain"):
        recent = before(found, f"recent_escalation_{reading}")
        # days 11 to 40 have it in the 30 days before; day 10 itself does not
        assert recent["recorded"].months == pytest.approx(30 / MONTH)
        assert recent["none_dated"].months == pytest.approx(70 / MONTH)
        assert (recent["recorded"].n_events, recent["none_dated"].n_events) == (1, 1)
        assert recent["recorded"].rate == pytest.approx(12 * MONTH / 30)
        severity = before(found, f"cumulative_severity_{reading}")
        assert severity["0"].months == pytest.approx(10 / MONTH)
        assert severity["1-2"].months == pytest.approx(90 / MONTH)
        assert [severity[level].n_events for level in ("0", "1-2", "3+")] == [0, 2, 0]
        assert severity["3+"].rate is None


def test_intervals_of_dates_give_two_readings(sample_of, study):
    records = [record("vio_physical", 10, 20)]
    sample = observed(sample_of, [("c1", 100, [attempt(15, 45)], records)])
    found = describe_escape_outcomes(sample, study)
    possible = before(found, "recent_escalation_possible")
    certain = before(found, "recent_escalation_certain")
    assert possible["recorded"].months == pytest.approx(40 / MONTH)  # days 11 to 50
    assert certain["recorded"].months == pytest.approx(20 / MONTH)  # days 21 to 40
    assert (possible["recorded"].n_events, certain["recorded"].n_events) == (1, 0)
    severity = [before(found, f"cumulative_severity_{r}")["1-2"] for r in ("possible", "certain")]
    assert [row.months for row in severity] == pytest.approx([90 / MONTH, 80 / MONTH])
    assert [row.n_events for row in severity] == [1, 0]


def test_a_wide_date_is_never_certainly_recent(sample_of, study):
    for low, high, certain in ((10, 39, 1), (10, 40, 0), (None, 20, 0), (20, None, 0)):
        records = [{**record("vio_physical", 0), "date_lower": day(low), "date_upper": day(high)}]
        sample = observed(sample_of, [("c1", 100, [attempt(90)], records)])
        held = before(describe_escape_outcomes(sample, study), "recent_escalation_certain")
        assert held["recorded"].months == pytest.approx(certain / MONTH)


def test_threats_are_recent_but_not_severe(sample_of, study):
    records = [
        record("int_threat_death", 10),
        record("int_degradation", 40),
        record("vio_physical", 50, status="absent_documented"),
    ]
    found = describe_escape_outcomes(
        observed(sample_of, [("c1", 100, [attempt(20)], records)]), study
    )
    assert before(found, "recent_escalation_certain")["recorded"].months == pytest.approx(
        30 / MONTH
    )
    assert before(found, "cumulative_severity_possible")["0"].months == pytest.approx(100 / MONTH)


def test_severity_counts_distinct_codes_and_those_before_entry(sample_of, study):
    records = [
        record("vio_physical", -400),
        record("vio_physical", 10),
        record("vio_sexual", 20),
        record("vio_strangulation", 30),
        {**record("vio_third_party", 0), "date_lower": None, "date_upper": None},
    ]
    found = describe_escape_outcomes(
        observed(sample_of, [("c1", 100, [attempt(25), attempt(31)], records)]), study
    )
    held = before(found, "cumulative_severity_certain")
    assert [held[level].months for level in ("0", "1-2", "3+")] == pytest.approx(
        [0, 30 / MONTH, 70 / MONTH]
    )
    assert [held[level].n_events for level in ("0", "1-2", "3+")] == [0, 1, 1]
    text = next(note.text for note in found.notes if note.code == "preceding_dates")
    assert "Of 5 records" in text
    assert "4 carry a date" in text


def answered(response, *, again):
    later = [attempt(50)] if again else []
    return ("c1", 100, [attempt(10, attempt_suspect_response=response), *later], [])


def test_answers_and_what_followed(sample_of, study):
    couples = [
        answered("violence;threat_her", again=True),
        answered("violence", again=False),
        answered("violence", again=False),
        answered("affection", again=True),
        answered("none", again=False),
        answered("not_documented", again=True),
        answered("not_documented", again=False),
        ("c1", 100, [attempt(100, attempt_suspect_response="violence")], []),
        ("c1", 100, [], []),
    ]
    found = describe_escape_outcomes(observed(sample_of, couples), study)
    held = {row.level: row for row in found.answered_by_violence}
    # of 3 answered by violence 1 was followed; 2 silent ones, of which 1 was
    assert counts(held["violence"]) == (1, 3, 2, 1 / 4, 2 / 4)
    assert counts(held["other"]) == (1, 2, 2, 1 / 3, 2 / 3)
    assert (
        found.gap_model.why == "7 relationships remained at risk of a second attempt, fewer than 20"
    )
    many = [answered("violence", again=True)] * 20
    opened = describe_escape_outcomes(observed(sample_of, many), study)
    assert "20 relationships remained at risk" in opened.gap_model.why
    assert "fewer" not in opened.gap_model.why


@pytest.mark.parametrize(("silent", "lower", "upper"), [(0, None, None), (1, 1.0, 1.0)])
def test_an_answer_that_nobody_gave(sample_of, study, silent, lower, upper):
    couples = [answered("affection", again=True)]
    couples += [answered("not_documented", again=True)] * silent
    found = describe_escape_outcomes(observed(sample_of, couples), study)
    held = {row.level: row for row in found.answered_by_violence}
    assert counts(held["violence"]) == (0, 0, silent, lower, upper)


def brute_force(known, silent):
    """Give every set of silent first attempts this answer; return the extreme shares."""
    shares = []
    for chosen in range(2 ** len(silent)):
        group = known + [y for at, y in enumerate(silent) if chosen >> at & 1]
        if group:
            shares.append(sum(group) / len(group))
    return min(shares), max(shares)


def test_bounds_contain_every_answer_of_the_silent(sample_of, study):
    rng = np.random.default_rng(11)
    for _ in range(12):
        known = [bool(y) for y in rng.random(rng.integers(1, 5)) < 0.5]
        silent = [bool(y) for y in rng.random(rng.integers(0, 5)) < 0.5]
        couples = [answered("violence", again=y) for y in known]
        couples += [answered("not_documented", again=y) for y in silent]
        found = describe_escape_outcomes(observed(sample_of, couples), study)
        held = {row.level: row for row in found.answered_by_violence}["violence"]
        assert (held.lower, held.upper) == pytest.approx(brute_force(known, silent))


def test_the_two_readings_bracket_and_days_add_up(study):
    found = describe_escape_outcomes(example_sample("simulated"), study)
    possible, certain = (before(found, f"recent_escalation_{r}") for r in ("possible", "certain"))
    assert certain["recorded"].months <= possible["recorded"].months
    assert certain["recorded"].n_events <= possible["recorded"].n_events
    for term in {row.term for row in found.preceding}:
        held = before(found, term)
        assert sum(row.n_events for row in held.values()) == 23
        # 20,199 days under observation
        assert sum(row.months for row in held.values()) == pytest.approx(20199 / MONTH)
    for row in found.rows:
        assert 0 <= row.lower <= row.upper <= 1
        assert row.n_documented + row.n_undocumented == (
            23 if row.known_how == "prospective" else 8
        )
    text = " ".join(note.text for note in found.notes).lower()
    assert not any(word in text for word in ("cause", "because", "leads to", "effect"))


def test_order_of_rows_does_not_matter(study):
    sample = example_sample("simulated")
    rng = np.random.default_rng(5)
    shuffled = sample.replace_tables(
        {
            name: sample.tables[name].iloc[rng.permutation(sample.n(name))].reset_index(drop=True)
            for name in ("relationships", "escape_attempts", "codings")
        }
    )
    first, second = (describe_escape_outcomes(part, study) for part in (sample, shuffled))
    assert first.rows == second.rows
    assert first.preceding == second.preceding
    assert first.answered_by_violence == second.answered_by_violence
    bars = [list_escape_windows(part, study).bars for part in (sample, shuffled)]
    assert bars[0] == bars[1]


def test_windows_in_months_without_names(sample_of, study):
    couples = [
        ("c2", 50, [], []),
        ("c1", (90, 100), [attempt(40, 60), attempt(20)], []),
        ("c1", 120, [], []),
    ]
    found = list_escape_windows(observed(sample_of, couples), study)
    assert [bar.case for bar in found.bars] == [1, 1, 2]
    longest, middle, small = found.bars
    assert longest.exit_high == pytest.approx(120 / MONTH)
    assert (middle.exit_low, middle.exit_high) == pytest.approx((90 / MONTH, 100 / MONTH))
    assert middle.attempts == pytest.approx((19 / MONTH, 39 / MONTH))
    assert middle.attempts_upper == pytest.approx((20 / MONTH, 60 / MONTH))
    assert middle.exit_cause == "victim_ended"
    assert (small.onset_low, small.onset_high) == pytest.approx((-60 / MONTH, -30 / MONTH))
    assert (longest.onset_low, longest.onset_high) == pytest.approx((-30 / MONTH, -30 / MONTH))
    assert "2 of 3" in next(note.text for note in found.notes if note.code == "onset_unknown")
    text = found.tidy().to_csv()
    assert not any(name in text for name in ("r1", "v1", "s1", "c1", "a20"))


def test_what_cannot_be_described_has_a_reason(sample_of, empty, study):
    wish = attempt(10, attempt_level="intent_stated")
    quiet = observed(sample_of, [("c1", 100, [wish], [])])
    for sample, words in (
        (empty, "holds no relationship"),
        (quiet, "no observable attempt is recorded"),
        (example_sample("anna"), "not recorded when observation started"),
    ):
        found = describe_escape_outcomes(sample, study)
        assert isinstance(found, Unavailable)
        assert words in found.why
    for sample in (empty, example_sample("anna")):
        assert isinstance(list_escape_windows(sample, study), Unavailable)
    assert len(list_escape_windows(quiet, study).bars) == 1


def test_results_come_back_from_the_store(study, tmp_path):
    sample = example_sample("simulated")
    held = {
        "escape_outcomes": describe_escape_outcomes(sample, study),
        "escape_windows": list_escape_windows(sample, study),
    }
    write_results(held, tmp_path / "results")
    assert dict(read_results(tmp_path / "results")) == held
