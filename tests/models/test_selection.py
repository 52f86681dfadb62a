"""The selection of investigations, by hand: declared steps, and rows that were left out."""

import pytest

from relatum.models.describe import describe_flow
from relatum.models.selection import trace_selection
from relatum.samples import SelectionStep


def cases(**counts):
    """Rows of cases, so many per place in the selection."""
    places = [place for place, n in counts.items() for _ in range(n)]
    return [{"case_id": f"c{at}", "case_list_source": place} for at, place in enumerate(places)]


ROWS = cases(included=12, excluded_other_area=6, excluded_not_concluded=7)


def steps(sample):
    return [(s.label, s.n, s.n_left_out, s.reason) for s in trace_selection(sample).steps]


def test_rows_left_out_give_the_flow_and_its_reasons(sample_of, study):
    sample = sample_of(cases=ROWS)
    assert steps(sample) == [
        ("Investigations listed", 25, None, ""),
        ("Left after 'not concluded'", 18, 7, "not concluded"),
        ("Investigations included", 12, 6, "other area"),
    ]
    flow = describe_flow(sample, study)
    assert [step.n for step in flow.steps] == [25, 18, 12, 12, 0, 0, 0]
    assert flow.notes == ()


def test_a_declared_step_is_split_by_the_reasons_of_the_rows(sample_of):
    declared = (
        SelectionStep(step="known", label="Known to the police", n=40, reason=""),
        SelectionStep(step="listed", label="On the list", n=25, reason="no partners"),
        SelectionStep(step="included", label="In the study", n=12, reason="two reasons"),
        SelectionStep(step="coded", label="Coded so far", n=10, reason="not yet read"),
    )
    assert steps(sample_of(cases=ROWS, selection=declared)) == [
        ("Known to the police", 40, None, ""),
        ("On the list", 25, 15, "no partners"),
        ("Left after 'not concluded'", 18, 7, "not concluded"),
        ("In the study", 12, 6, "other area"),
        ("Coded so far", 10, 2, "not yet read"),
    ]


def test_a_single_reason_keeps_the_words_that_were_declared(sample_of):
    declared = (
        SelectionStep(step="listed", label="On the list", n=3),
        SelectionStep(step="included", label="In the study", n=2, reason="outside the district"),
    )
    rows = cases(included=2, excluded_other_area=1)
    assert steps(sample_of(cases=rows, selection=declared))[1][3] == "outside the district"


@pytest.mark.parametrize("listed", [24, 26])
def test_rows_that_do_not_fit_the_declared_steps_are_told(listed, sample_of):
    declared = (
        SelectionStep(step="listed", label="On the list", n=listed),
        SelectionStep(step="included", label="In the study", n=12, reason="several"),
    )
    found = trace_selection(sample_of(cases=ROWS, selection=declared))
    assert [step.n for step in found.steps] == [listed, 12]
    assert [note.code for note in found.notes] == ["selection_differs"]


def test_order_of_rows_changes_nothing(sample_of):
    assert steps(sample_of(cases=ROWS[::-1])) == steps(sample_of(cases=ROWS))


def test_a_sample_that_says_nothing(sample_of):
    found = trace_selection(sample_of(cases=cases(included=2)))
    assert found.steps == ()
    assert [note.code for note in found.notes] == ["no_selection"]
