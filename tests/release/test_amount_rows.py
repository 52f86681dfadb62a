"""Rows of amounts that one or two units hold stay in."""

import pytest

from relatum.models.describe import describe_numbers
from relatum.release import judge_all
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
