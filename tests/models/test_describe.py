"""The description of a sample, counted by hand."""

import dataclasses

import pytest

from relatum.models.describe import describe
from relatum.results import Unavailable
from relatum.samples import example_sample


@pytest.fixture(scope="module")
def found(four, study):
    return describe(four, study)


def level(result, variable, name):
    return next(r for r in result.levels if (r.variable, r.level) == (variable, name))


def test_flow_counts_what_left_and_what_is_held(found):
    steps = {s.step: (s.n, s.n_left_out) for s in found["flow"].steps}
    assert steps["listed"] == (3, None)
    assert steps["included"] == (2, 1)
    assert steps["case"] == (2, None)
    assert [steps[u][0] for u in ("suspect", "victim", "relationship")] == [3, 5, 4]
    assert found["flow"].steps[1].reason == "other area"


def test_sizes_ignore_excluded_cases_and_keep_groups_without_members(found):
    sizes = {g.variable: g for g in found["sizes"].groups}
    assert sizes["case_n_relationships"].sizes == (3, 1)
    assert sizes["suspect_n_relationships"].sizes == (2, 1, 1)
    assert sizes["victim_n_relationships"].sizes == (1, 1, 1, 1, 0)
    assert sizes["case_n_relationships"].effective_groups == pytest.approx(16 / 10)
    assert sizes["case_n_relationships"].two_largest_share == 1.0
    for group in sizes.values():
        assert sum(band.n_groups for band in group.bands) == len(group.sizes)


def test_numbers_are_those_of_the_recorded_values(found):
    rows = {row.variable: row for row in found["numbers"].rows}
    assert rows["case_duration_months"].mean == 6.5
    assert rows["case_duration_months"].maximum == 9.0
    ages = rows["victim_age"]
    assert (ages.n_units, ages.n_documented, ages.n_undocumented) == (5, 4, 1)
    assert (ages.minimum, ages.maximum, ages.mean) == (17, 29, 21.25)
    fee = rows["eco_exit_fee_amount"]
    assert (fee.n_documented, fee.total, fee.n_undocumented) == (1, 6000.0, 3)
    assert rows["case_wiretap_days"].mean is None


def test_age_bands_and_years(found):
    ages = found["ages"]
    bands = [r for r in ages.levels if r.variable == "victim_age_band"]
    assert [(r.level, r.n) for r in bands if r.n] == [("0-17", 1), ("18-19", 1), ("20-29", 2)]
    assert {(r.n_units, r.n_documented, r.n_undocumented) for r in bands} == {(5, 4, 1)}
    assert level(ages, "victim_age", "18").n == 0


def test_countries_come_most_frequent_first(found):
    rows = [r for r in found["countries"].levels if r.unit == "suspect"]
    assert [(r.level, r.n) for r in rows] == [("HU", 2), ("NL", 1)]
    assert not [r for r in found["countries"].levels if r.unit == "victim"]


def test_characteristics_count_silence_apart(found):
    row = level(found["characteristics"], "rel_meeting_context", "nightlife")
    assert (row.n, row.n_units, row.n_documented, row.n_undocumented) == (3, 4, 3, 1)
    assert level(found["characteristics"], "case_wiretap_party", "both").n_units == 2
    names = {r.level for r in found["characteristics"].levels}
    assert "not_documented" not in names
    assert level(found["characteristics"], "victim_statement_available", "true").n == 2
    assert found["characteristics"].notes[0].code == "several_levels"


def test_circumstances_use_each_unit(found):
    rows = {row.term: row for row in found["circumstances"].rows}
    assert (rows["case_firearm"].n_present, rows["case_firearm"].n_units) == (1, 2)
    married = rows["rel_married"]
    assert (married.n_units, married.n_not_applicable, married.n_undocumented) == (3, 1, 1)
    assert (married.lower, married.upper) == (1 / 3, 2 / 3)
    assert rows["iso_passport_withheld"].unit == "victim"


def test_an_empty_sample_gives_reasons_instead_of_numbers(empty, study):
    found = describe(empty, study)
    assert [step.n for step in found["flow"].steps] == [0, 0, 0, 0]
    rest = {name: result for name, result in found.items() if name != "flow"}
    assert all(isinstance(result, Unavailable) and result.why for result in rest.values())


def test_one_relationship_is_described_without_a_warning(study):
    found = describe(example_sample("anna"), study)
    assert found["sizes"].groups[2].sizes == (1,)
    assert isinstance(found["ages"], Unavailable)


def test_age_bands_follow_the_plan(four, study):
    plan = dataclasses.replace(study.descriptive, age_bands=(18, 21))
    found = describe(four, dataclasses.replace(study, descriptive=plan))["ages"]
    bands = [r for r in found.levels if r.variable == "victim_age_band"]
    assert [(r.level, r.level_label, r.n) for r in bands] == [
        ("0-17", "under 18", 1),
        ("18-20", "18 to 20", 2),
        ("21+", "21 and over", 1),
    ]
