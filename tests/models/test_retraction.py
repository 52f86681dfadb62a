"""Steps back after a report: by hand, by type, with limits, and what is refused."""

from dataclasses import fields

import numpy as np
import pandas as pd
import pytest

from relatum.inference.wild_proportion import clustered_proportion
from relatum.models.retraction import estimate_retraction
from relatum.models.retraction_times import delay_bounds
from relatum.models.retraction_windows import list_report_windows
from relatum.results.base import Unavailable
from relatum.results.codec import decode, encode
from relatum.results.retraction import Retraction
from relatum.samples import example_sample
from relatum.samples.testimony import trace_testimony
from relatum.study import read_study

SPEC = "aaaaaaaabbbbbbccccddeeff"
STEPPED = (0, 1, 2, 8, 9, 14, 20)


def women_of(spec=SPEC, stepped=STEPPED, **others):
    return [
        {"case": case, "contact": 0, "report": 5, "step": 40 if at in stepped else None, **others}
        for at, case in enumerate(spec)
    ]


@pytest.fixture(scope="module")
def found():
    return estimate_retraction(example_sample("simulated"), read_study())


def test_exact_dates_give_counts_and_the_limits_of_a_share(testimony_of, study):
    result = estimate_retraction(testimony_of(women_of()), study)
    assert [(row.n_events_low, row.n_events_high) for row in result.horizons[:3]] == [
        (0, 0), (7, 7), (7, 7)
    ]  # fmt: skip
    row = result.at(180.0)
    assert (row.n_women, row.n_cases, row.n_undetermined) == (24, 6, 0)
    assert row.earliest == row.latest == pytest.approx(7 / 24)
    same = clustered_proportion(
        [3, 2, 1, 0, 1, 0], [8, 6, 4, 2, 2, 2], conf_level=0.95, boundary_icc=0.1, seed=study.seed
    )
    assert row.conf_low == pytest.approx(same.conf_low, abs=1e-6)
    assert row.conf_high == pytest.approx(same.conf_high, abs=1e-6)


def test_types_stay_apart_and_add_up(testimony_of, study):
    women = women_of()
    for at, kind in zip(STEPPED, ("facts_recanted", "contradictory_statement") * 4, strict=False):
        women[at]["kind"] = kind
    result = estimate_retraction(testimony_of(women), study)
    recanted = result.at(180.0, curve="facts_recanted")
    other = result.at(180.0, curve="contradictory_statement")
    assert (recanted.n_events_high, other.n_events_high) == (4, 3)
    assert recanted.latest + other.latest == pytest.approx(result.at(180.0).latest)
    assert result.at(180.0, curve="support_withdrawn_facts_upheld").n_events_high == 0


def test_intervals_of_dates_move_the_completions_apart(testimony_of, study):
    women = women_of()
    women[0] |= {"step": (20, 60)}
    result = estimate_retraction(testimony_of(women), study)
    row = result.at(30.0)
    assert (row.n_events_low, row.n_events_high, row.n_undetermined) == (0, 1, 0)
    assert row.latest < row.earliest == pytest.approx(1 / 24)


def test_delays_use_the_far_ends_of_both_dates(testimony_of):
    women = [{"case": "a", "contact": 0, "report": (5, 10), "step": (20, 30)}]
    bounds = delay_bounds(trace_testimony(testimony_of(women)))
    assert (bounds.low.tolist(), bounds.high.tolist()) == ([9.0], [25.0])
    assert bounds.known(8).tolist() == [0]
    assert bounds.known(15).tolist() == [-1]
    assert bounds.known(25).tolist() == [1]


def test_women_without_a_report_are_in_the_joint_share_only(testimony_of, study):
    reporters = women_of()
    silent = [{"case": case, "contact": 0} for case in "aabbccddeeff"]
    alone = estimate_retraction(testimony_of(reporters), study)
    both = estimate_retraction(testimony_of(reporters + silent), study)
    assert both.horizons == alone.horizons
    assert both.points == alone.points
    assert alone.joint.latest == pytest.approx(7 / 24)
    assert both.joint.latest == pytest.approx(7 / 36)
    assert (both.joint.n_joint, both.joint.n_women) == (7, 36)
    assert both.joint.conf_low <= 7 / 36 <= both.joint.conf_high


def test_women_without_a_report_may_be_shuffled(testimony_of, study):
    reporters, silent = women_of(), [{"case": case, "contact": 0} for case in "abcdef"]
    one = estimate_retraction(testimony_of(reporters + silent), study)
    other = estimate_retraction(testimony_of(reporters + silent[::-1]), study)
    assert other.horizons == one.horizons
    assert other.variants == one.variants


def test_an_undecided_case_that_ends_early_is_censored(testimony_of, study):
    women = women_of() + [{"case": "z", "contact": 0, "report": 5} for _ in range(4)]
    result = estimate_retraction(testimony_of(women, end=30), study)
    row = result.at(180.0)
    assert row.n_undetermined == 4
    assert row.latest > 7 / 28


def test_nobody_and_everybody_have_one_sided_limits(testimony_of, study):
    none = estimate_retraction(testimony_of(women_of(stepped=())), study)
    row = none.at(180.0)
    assert (row.latest, row.conf_low) == (0.0, 0.0)
    assert 0 < row.conf_high < 0.5
    assert "no_step_back" in {note.code for note in none.notes}
    every = estimate_retraction(testimony_of(women_of(stepped=range(24))), study).at(180.0)
    assert (every.latest, every.conf_high) == (pytest.approx(1.0), 1.0)
    assert 0.5 < every.conf_low < 1


def test_what_cannot_be_estimated_says_why(testimony_of, empty, study):
    assert "no report" in estimate_retraction(empty, study).why
    alone = estimate_retraction(testimony_of([{"case": "a", "contact": 0}]), study)
    assert isinstance(alone, Unavailable)
    few = estimate_retraction(testimony_of(women_of("aaaabbbb", (0, 4))), study)
    assert all(row.conf_low is None for row in few.horizons)
    assert "fewer than 6" in few.unavailable[0].why
    one = estimate_retraction(testimony_of(women_of("a", (0,))), study)
    assert one.at(180.0).latest is None
    assert one.at(180.0).n_events_high == 1


def test_other_choices_and_naive_analyses(testimony_of, study):
    women = women_of()
    women[0] |= {"reversed": "present"}
    women[1] |= {"kind": "facts_recanted", "made": "statement_only"}
    women[2] |= {"step": (30, 90)}
    result = estimate_retraction(testimony_of(women), study)
    held = {row.name: row for row in result.variants}
    assert held["recanted_only"].n_events == 1
    assert held["withdrawn_only"].n_events == 6
    assert held["reversed_not_counted"].n_events == 6
    assert held["formal_only"].estimate == pytest.approx(6 / 23)
    assert held["dated_within_a_month"].estimate == pytest.approx(6 / 23)
    assert held["interval_em_low"].estimate == pytest.approx(7 / 24, abs=1e-6)
    assert held["interval_exponential"].range_low < held["interval_exponential"].range_high
    assert held["all_women"].estimate == pytest.approx(7 / 24)
    assert held["kaplan_meier"].estimate >= result.at(180.0).latest
    families = [row.family for row in result.variants]
    assert families == sorted(families, key=["secondary", "sensitivity", "naive"].index)


def test_what_was_recorded_with_steps_back(testimony_of, study):
    women = women_of()
    women[0] |= {"reasons": "love;fear", "reversed": "absent_documented"}
    women[1] |= {"reasons": "love"}
    rows = {
        (row.variable, row.level): row
        for row in estimate_retraction(testimony_of(women), study).after
    }
    love = rows["retraction_reason", "love"]
    assert (love.n, love.n_documented, love.n_undocumented) == (2, 2, 5)
    assert (love.lower, love.upper) == (2 / 7, 1.0)
    assert rows["retraction_type", "support_withdrawn_facts_upheld"].n == 7
    assert rows["retraction_reversed", "absent_documented"].label == "Ruled out"


def test_circumstances_add_up_to_the_reports(found):
    assert {row.group for row in found.determinants} == {"offender", "police", "perspective"}
    for row in found.determinants:
        stepped = row.n_stepped_with + row.n_stepped_without + row.n_stepped_undocumented
        assert stepped == found.at(180.0).n_events_high
        assert row.n_with + row.n_without + row.n_undocumented == 31
    assert "suspect_contact" not in {row.term for row in found.determinants}


def test_reasons_told_when_stepping_back_are_no_circumstances(testimony_of, study):
    base = testimony_of(women_of("aaabbbcccdddeeefff", (0, 3)))
    talks = base.tables["police_contacts"]
    visit = talks.loc[talks["contact_id"] == "q000"].assign(
        contact_id="x000", contact_type="retraction_visit",
        contact_date_lower=pd.Timestamp("2010-02-10"),
        contact_date_upper=pd.Timestamp("2010-02-10"),
    )  # fmt: skip
    rows = [
        {"coding_id": f"k{at}", "unit_type": "contact", "unit_id": unit, "code": code,
         "status": "present", "coder_id": "consensus"}
        for at, (unit, code) in enumerate(
            [("q000", "bar_love"), ("p001", "bar_love"), ("x000", "bar_pity")]
        )
    ]  # fmt: skip
    sample = base.replace_tables(
        {**base.tables, "police_contacts": pd.concat([talks, visit], ignore_index=True),
         "codings": pd.DataFrame(rows)}
    )  # fmt: skip
    found = {row.term: row for row in estimate_retraction(sample, study).determinants}
    assert (found["bar_love"].n_stepped_with, found["bar_love"].n_with) == (1, 2)
    assert (found["bar_pity"].n_with, found["bar_pity"].n_undocumented) == (0, 18)


def test_the_shipped_sample_is_whole_and_can_be_stored(found):
    for row in found.horizons:
        if row.conf_low is not None:
            assert row.conf_low <= min(row.earliest, row.latest)
            assert row.conf_high >= max(row.earliest, row.latest)
    types = [
        row
        for row in found.horizons
        if row.day == 180 and row.curve not in ("any", "closed", "death")
    ]
    assert sum(row.latest for row in types) == pytest.approx(found.at(180.0).latest)
    assert decode(Retraction, encode(found)) == found


def test_order_of_rows_changes_nothing(found):
    sample = example_sample("simulated")
    rng = np.random.default_rng(8)
    tables = {
        name: frame.iloc[rng.permutation(len(frame))].reset_index(drop=True)
        for name, frame in sample.tables.items()
    }
    again = estimate_retraction(sample.replace_tables(tables), read_study())
    for name in ("horizons", "variants", "points", "after", "at_risk", "determinants"):
        assert len(getattr(again, name)) == len(getattr(found, name))
    order = {row.term: row for row in again.determinants}
    pairs = [
        *zip(found.horizons, again.horizons, strict=True),
        *zip(found.variants, again.variants, strict=True),
        *zip(found.points, again.points, strict=True),
        *((row, order[row.term]) for row in found.determinants),
        (found.joint, again.joint),
    ]
    for one, other in pairs:
        for field in fields(one):
            value, same = getattr(one, field.name), getattr(other, field.name)
            # sums in another order differ in the last digits
            close = pytest.approx(same, abs=1e-9) if isinstance(same, float) else same
            assert value == close


def test_bars_are_unlabelled_jittered_and_the_same_in_any_order():
    sample = example_sample("simulated")
    bars = list_report_windows(sample, read_study())
    assert bars.row_level
    assert len(bars.bars) == 31
    assert sum(bar.step_low is not None for bar in bars.bars) == 11
    assert any(bar.step_low not in (None, round(bar.step_low or 0)) for bar in bars.bars)
    mixed = {name: frame.iloc[::-1].reset_index(drop=True) for name, frame in sample.tables.items()}
    assert list_report_windows(sample.replace_tables(mixed), read_study()).bars == bars.bars
