"""Cumulative incidence and mean number of attempts, by hand on exact days since entry."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from relatum.inference.intervals import korn_graubard_interval
from relatum.inference.wild_proportion import wild_proportion
from relatum.models.escape_curves import trace_escape_curves
from relatum.results import Unavailable
from relatum.results.store import read_results, write_results
from relatum.samples import example_sample
from relatum.study import EscapePlan, Gate

ENTRY = pd.Timestamp("2010-01-01")
MONTH = 365.25 / 12


def day(number):
    return ENTRY + pd.Timedelta(days=number)


def observed(sample_of, couples):
    """Build a sample of (case, exit day, cause, attempts as pairs of days)."""
    relationships, suspects, victims, attempts = [], [], [], []
    for at, (case, end, cause, dated) in enumerate(couples, start=1):
        suspects.append({"suspect_id": f"s{at:03d}", "case_id": case})
        victims.append({"victim_id": f"v{at:03d}", "case_id": case})
        relationships.append(
            {
                "relationship_id": f"r{at:03d}",
                "case_id": case,
                "suspect_id": f"s{at:03d}",
                "victim_id": f"v{at:03d}",
                "population": "trafficking",
                "rel_entry_date": ENTRY,
                "rel_exit_lower": day(end),
                "rel_exit_upper": day(end),
                "rel_exit_cause": cause,
            }
        )
        attempts += [
            {
                "attempt_id": f"a{at:03d}{place}",
                "relationship_id": f"r{at:03d}",
                "attempt_level": "separation_temporary",
                "attempt_known_how": "prospective",
                "attempt_date_lower": day(low),
                "attempt_date_upper": day(high),
            }
            for place, (low, high) in enumerate(dated)
        ]
    cases = [{"case_id": case} for case in sorted({row["case_id"] for row in suspects})]
    tables = {"cases": cases, "suspects": suspects, "victims": victims}
    tables["relationships"] = relationships
    if attempts:
        tables["escape_attempts"] = attempts
    return sample_of(**tables)


FIVE = [
    ("c1", 160, "end_of_investigation", [(31, 31), (50, 50)]),
    ("c1", 62, "arrest_or_detention", []),
    ("c1", 160, "end_of_investigation", [(93, 93)]),
    ("c1", 124, "end_of_investigation", []),
    ("c1", 155, "victim_ended", []),
]


def plan(study, **changes):
    return replace(study, escape=replace(EscapePlan(), **changes))


def curve(found, name, completion="latest"):
    return [p for p in found.points if (p.curve, p.completion) == (name, completion)]


def rows(found):
    return {row.cause: row for row in found.horizon}


def test_five_relationships_by_hand(sample_of, study):
    found = trace_escape_curves(
        observed(sample_of, FIVE), plan(study, min_at_risk=1, horizon=155.0 / MONTH)
    )
    held = rows(found)
    # at risk 5, 4, 3 and, after the censoring on day 124, 1
    assert held["attempt"].latest == pytest.approx(1 / 5 + 3 / 5 * 1 / 3)
    assert held["arrest"].latest == pytest.approx(4 / 5 * 1 / 4)
    assert held["ended"].latest == pytest.approx(2 / 5)
    assert held["other"].latest == 0.0
    assert [held[c].n_events_high for c in ("attempt", "arrest", "ended", "other")] == [2, 1, 1, 0]
    assert all(row.earliest == row.latest for row in found.horizon)
    # mean number: 1/5 + 1/5, then 1/4 when the arrested one is gone
    assert found.mean_number == pytest.approx(0.65)


def test_steps_carry_their_own_numbers_at_risk(sample_of, study):
    found = trace_escape_curves(observed(sample_of, FIVE), plan(study, min_at_risk=1))
    first = {round(p.month * MONTH): p for p in curve(found, "attempt")}
    number = {round(p.month * MONTH): p for p in curve(found, "mean_number")}
    assert (first[0].estimate, first[0].n_at_risk) == (0.0, 5)
    assert (first[93].estimate, first[93].n_at_risk) == (pytest.approx(0.4), 3)
    assert (number[50].estimate, number[50].n_at_risk) == (pytest.approx(0.4), 5)
    assert (number[93].estimate, number[93].n_at_risk) == (pytest.approx(0.65), 4)
    assert 50 not in first
    assert max(first) == 155
    assert max(number) == 160


def test_curves_are_blank_where_few_are_at_risk(sample_of, study):
    found = trace_escape_curves(observed(sample_of, FIVE), plan(study, min_at_risk=3, horizon=4.0))
    # on day 121.75 two wait for a first event and four are under observation
    assert all((row.earliest, row.latest) == (None, None) for row in found.horizon)
    assert found.mean_number == pytest.approx(0.65)
    assert min(point.n_at_risk for point in found.points) == 3
    assert max(point.month for point in curve(found, "attempt")) == pytest.approx(93 / MONTH)
    assert [(mark.month, mark.n, mark.enough) for mark in found.at_risk] == [
        (0.0, 5, True),
        (1.0, 5, True),
        (2.0, 4, True),
        (3.0, 3, True),
        (4.0, 2, False),
        (5.0, 1, False),
    ]
    late = trace_escape_curves(observed(sample_of, FIVE), plan(study, min_at_risk=4, horizon=5.0))
    assert isinstance(late.mean_number, Unavailable)
    assert "3 relationships are under observation at 5 months" in late.mean_number.why
    none = trace_escape_curves(observed(sample_of, FIVE), plan(study, min_at_risk=6))
    assert none.points == ()


def test_dates_that_are_intervals_give_two_completions(sample_of, study):
    couples = [("c1", 160, "end_of_investigation", [(20, 70)]), *FIVE[1:]]
    found = trace_escape_curves(
        observed(sample_of, couples), plan(study, min_at_risk=1, horizon=2.0)
    )
    row = rows(found)["attempt"]
    assert (row.n_events_low, row.n_events_high) == (0, 1)
    assert (row.earliest, row.latest) == (pytest.approx(0.2), 0.0)
    later = {round(p.month * MONTH): p.estimate for p in curve(found, "attempt")}
    # latest: the arrest on day 62 comes before the attempt on day 70
    assert later[70] == pytest.approx(4 / 5 * 1 / 4)
    assert "Exits move with attempts" in " ".join(note.text for note in found.notes)


def test_an_attempt_on_the_last_day_comes_first(sample_of, study):
    couples = [("c1", 62, "arrest_or_detention", [(62, 62)]), *FIVE]
    found = trace_escape_curves(
        observed(sample_of, couples), plan(study, min_at_risk=1, horizon=2.1)
    )
    # 1/6 on day 31; on day 62 an attempt and an arrest share the five at risk
    assert rows(found)["attempt"].latest == pytest.approx(2 / 6)
    assert rows(found)["arrest"].latest == pytest.approx(1 / 6)


def test_causes_are_put_together_and_silence_censors(sample_of, study):
    couples = [
        ("c1", 40, "moved_abroad", []),
        ("c1", 41, "suspect_ended", []),
        ("c1", 42, "death", []),
        ("c1", 43, "not_documented", []),
        *FIVE,
    ]
    found = trace_escape_curves(
        observed(sample_of, couples), plan(study, min_at_risk=1, horizon=2.0)
    )
    assert {cause: row.n_events_high for cause, row in rows(found).items()} == {
        "attempt": 1,
        "arrest": 0,
        "ended": 2,
        "other": 1,
    }
    notes = {note.code: note.text for note in found.notes}
    assert "not documented in 1 relationship" in notes["unknown_cause"]
    assert "death 1 (" in notes["cause_specific"]


def followed(sample_of, counts, sizes):
    """Everyone is observed for a year; `counts` of each case attempt in the first months."""
    couples = [
        (f"c{case:02d}", 365, "end_of_investigation", [(10 + at, 10 + at)] if at < y else [])
        for case, (y, n) in enumerate(zip(counts, sizes, strict=True))
        for at in range(n)
    ]
    return observed(sample_of, couples)


COUNTS, SIZES = [3, 1, 0, 2, 1, 0, 1], [8, 4, 3, 6, 3, 2, 4]


def test_without_censoring_the_limits_are_those_of_a_share(sample_of, study):
    found = trace_escape_curves(followed(sample_of, COUNTS, SIZES), plan(study))
    row = rows(found)["attempt"]
    same = wild_proportion(COUNTS, SIZES, conf_level=0.95)
    assert row.latest == pytest.approx(8 / 30, abs=1e-12)
    # the same jump points of p, reached through sums in another order
    assert row.conf_low == pytest.approx(same.conf_low, abs=1e-9)
    assert row.conf_high == pytest.approx(same.conf_high, abs=1e-9)
    at_horizon = [p for p in curve(found, "attempt") if p.month == 6.0]
    assert (at_horizon[0].conf_low, at_horizon[0].conf_high) == pytest.approx(
        (same.conf_low, same.conf_high), abs=1e-9
    )


def test_a_cause_without_events_has_the_limits_of_none_in_n(sample_of, study):
    found = trace_escape_curves(followed(sample_of, COUNTS, SIZES), plan(study))
    same = korn_graubard_interval([0] * 7, SIZES, boundary_icc=study.estimates.boundary_icc)
    for cause in ("arrest", "ended", "other"):
        row = rows(found)[cause]
        assert (row.earliest, row.conf_low) == (0.0, 0.0)
        assert row.conf_high == pytest.approx(same.conf_high, abs=1e-12)


def test_the_level_of_the_plan_counts(sample_of, study):
    sample = followed(sample_of, COUNTS, SIZES)
    wide, narrow = (
        rows(trace_escape_curves(sample, plan(study, conf_level=level)))["attempt"]
        for level in (0.95, 0.8)
    )
    assert wide.conf_low <= narrow.conf_low < narrow.conf_high < wide.conf_high


def test_few_or_dominant_cases_give_no_limits(sample_of, study):
    for sample, words in (
        (followed(sample_of, [2, 1], [6, 6]), "fewer than 6"),
        (followed(sample_of, [5, 1, 1, 0, 0, 0], [20, 2, 2, 2, 2, 2]), "67%"),
    ):
        found = trace_escape_curves(sample, plan(study))
        assert all(row.conf_low is None and row.conf_high is None for row in found.horizon)
        assert all(point.conf_low is None for point in found.points)
        assert words in next(note.text for note in found.notes if note.code == "no_limits")
    opened = replace(
        plan(study), gates={"dominant_case": Gate(override=True, reason="A test of the gate.")}
    )
    found = trace_escape_curves(sample, opened)
    assert rows(found)["attempt"].conf_high is not None
    assert "override_dominant_case" in {note.code for note in found.notes}


def test_cases_that_agree_too_well_are_warned_of(sample_of, study):
    alike = trace_escape_curves(followed(sample_of, [1] * 7, [5] * 7), plan(study))
    apart = trace_escape_curves(followed(sample_of, [5, 0, 0, 5, 0, 1, 0], [5] * 7), plan(study))
    notes = [{note.code: note.text for note in found.notes} for found in (alike, apart)]
    # every case has its one attempt on the same day: one step of each curve
    assert notes[0]["narrow_limits"].startswith("At 2 of 2 steps")
    assert "narrow_limits" not in notes[1]
    row = rows(alike)["attempt"]
    assert (row.latest, row.conf_low, row.conf_high) == (pytest.approx(0.2), None, None)


def test_order_of_rows_does_not_matter(study):
    sample = example_sample("simulated")
    rng = np.random.default_rng(3)
    shuffled = sample.replace_tables(
        {
            name: sample.tables[name].iloc[rng.permutation(sample.n(name))].reset_index(drop=True)
            for name in ("relationships", "escape_attempts", "suspects", "cases")
        }
    )
    first, second = (trace_escape_curves(part, study) for part in (sample, shuffled))
    assert first.points == second.points
    assert first.horizon == second.horizon
    assert first.mean_number == second.mean_number


def test_the_simulated_sample(study):
    found = trace_escape_curves(example_sample("simulated"), study)
    for completion in ("earliest", "latest"):
        parts = [curve(found, name, completion) for name in ("attempt", "arrest", "ended", "other")]
        for part in parts:
            values = [point.estimate for point in part]
            assert values == sorted(values)
        assert sum(part[-1].estimate for part in parts) <= 1.0
        number = curve(found, "mean_number", completion)
        share = {point.month: point.estimate for point in parts[0]}
        assert all(p.estimate >= share[p.month] - 1e-12 for p in number if p.month in share)
    for point in found.points:
        if point.conf_low is not None and point.conf_high is not None:
            assert point.conf_low <= point.estimate <= point.conf_high
    for row in found.horizon:
        assert row.conf_low <= min(row.earliest, row.latest)
        assert row.conf_high >= max(row.earliest, row.latest)
    assert "would give 0.16" in next(n.text for n in found.notes if n.code == "no_kaplan_meier")


@pytest.mark.parametrize(
    ("couples", "words"),
    [
        ([], "holds no relationship"),
        ([("c1", 0, "victim_ended", [])], "no relationship has time under observation"),
        ([("c1", 90, "victim_ended", [])] * 3, "no observable attempt in 3 relationships"),
        ([("c1", 90, "end_of_investigation", [(4, 4)])], "one observable attempt"),
    ],
)
def test_what_cannot_be_estimated_has_a_reason(sample_of, study, couples, words):
    found = trace_escape_curves(observed(sample_of, couples) if couples else sample_of(), study)
    assert isinstance(found, Unavailable)
    assert words in found.why
    assert found.provenance is not None


def test_curves_come_back_from_the_store(study, tmp_path):
    found = trace_escape_curves(example_sample("simulated"), study)
    write_results({"escape_curves": found}, tmp_path / "results")
    assert read_results(tmp_path / "results")["escape_curves"] == found
