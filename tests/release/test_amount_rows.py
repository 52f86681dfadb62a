"""Rows of amounts that one or two units hold stay in."""

import dataclasses

import pandas as pd
import pytest

from relatum.models.describe import describe_numbers
from relatum.models.escape_rate import estimate_escape_rate
from relatum.models.prevalence import estimate_prevalence
from relatum.models.tactic_pairs import explore_tactic_pairs
from relatum.release import judge_all, release_all
from relatum.release.amounts import heavy_times
from relatum.release.declared import SHAPES
from relatum.release.dominance import code_of
from relatum.samples import example_sample
from relatum.study import ReleaseException, read_study

STUDY = read_study()


@pytest.fixture(scope="module")
def tapped():
    """The simulated sample, with most days of interception in two cases."""
    sample = example_sample("simulated")
    rows = sample.table("cases")
    rows["case_wiretap_days"] = [300, 200, 10, 5] + [0] * (len(rows) - 4)
    return sample.replace_tables({"cases": rows})


def judge(sample, profile, *exceptions):
    numbers = {"numbers": describe_numbers(sample, STUDY)}
    judged = judge_all(numbers, sample=sample, profile=profile, exceptions=exceptions)
    return judged["numbers"]


@pytest.mark.parametrize(("profile", "status"), [("acro10", "pass"), ("chapter5", "review")])
def test_the_row_stays_in(profile, status, tapped):
    found = judge(tapped, profile)
    assert found.status == status
    assert "case_wiretap_days" not in {row.variable for row in found.result.rows}
    assert "case_duration_months" in {row.variable for row in found.result.rows}


def test_the_data_owner_lets_it_out(tapped):
    waiver = ReleaseException(result="numbers", rule="dominance", justification="Owner.")
    found = judge(tapped, "chapter5", waiver)
    assert found.status == "pass"
    assert "case_wiretap_days" in {row.variable for row in found.result.rows}


def test_the_judge_reads_the_coder_of_the_plan():
    """Two coders, and the plan names one: nothing in the sample says which to take."""
    sample = example_sample("simulated")
    rows = sample.table("codings")
    second = rows.assign(coder_id="second", coding_id="second_" + rows["coding_id"])
    two = sample.replace_tables({"codings": pd.concat([rows, second], ignore_index=True)})
    plan = dataclasses.replace(STUDY, coder="simulated")
    results = {
        "numbers": describe_numbers(two, plan),
        "prevalence": estimate_prevalence(two, plan),
    }
    named = release_all(results, sample=two, profile="chapter5", coder="simulated")
    assert named["numbers"].result.rows
    assert named["prevalence"].result.rows


def test_a_rate_whose_time_lies_in_one_case_goes_out_whole_or_not_at_all():
    rate = estimate_escape_rate(example_sample("simulated"), read_study())
    broken = {("time_under_observation", "relationship"): "dominance"}
    assert heavy_times({"escape_rate": rate}, broken, ()) == {"escape_rate": "dominance"}
    assert heavy_times({"escape_rate": rate}, broken, {("all", "dominance")}) == {}
    assert heavy_times({"escape_rate": rate}, {}, ()) == {}


def test_a_tactic_that_is_recorded_in_one_case_alone_is_dominated():
    row = explore_tactic_pairs(example_sample("simulated"), read_study()).tactics[0]
    assert code_of(row, SHAPES["tactic_pairs"].rows["tactics"]) == (row.term, "relationship")
