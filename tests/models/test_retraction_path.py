"""One coded path: the steps of the narrated case, and what is refused."""

import pytest

from relatum.models.retraction_path import trace_retraction_path
from relatum.results.base import Unavailable
from relatum.samples import example_sample
from relatum.study import read_study


@pytest.fixture(scope="module")
def path():
    return trace_retraction_path(example_sample("anna"), read_study())


def test_the_path_leads_from_arrest_over_the_report_to_the_step_back(path):
    assert [step.state for step in path.steps] == ["arrest", "report", "stepped_back", "case"]


def test_the_step_back_lies_five_days_after_the_report_and_upholds_the_facts(path):
    step = next(step for step in path.steps if step.state == "stepped_back")
    assert (step.day_lower, step.day_upper) == (5, 5)
    assert "upheld" in step.label
    for word in ("love", "hope", "procedure", "prison"):
        assert word in step.detail


def test_the_report_says_who_sought_it_and_what_was_recorded_with_it(path):
    step = next(step for step in path.steps if step.state == "report")
    assert step.detail.startswith("sought by her; ")
    assert "retaliation" in step.detail


def test_it_is_a_display_of_one_person_and_says_that_it_is_no_rate(path):
    assert path.row_level
    assert "one_path" in {note.code for note in path.notes}


def test_many_victims_need_a_name_and_a_report_dated_to_the_day():
    sample, study = example_sample("simulated"), read_study()
    refused = trace_retraction_path(sample, study)
    assert isinstance(refused, Unavailable)
    assert "none was named" in refused.why
    reports = sample.tables["reports"]
    silent = sorted(set(sample.tables["victims"]["victim_id"]) - set(reports["victim_id"]))
    unreported = trace_retraction_path(sample, study, victim=silent[0])
    assert isinstance(unreported, Unavailable)
    assert "no report" in unreported.why
    exact = reports.loc[reports["report_date_lower"] == reports["report_date_upper"], "victim_id"]
    assert not isinstance(trace_retraction_path(sample, study, victim=exact.iloc[0]), Unavailable)
