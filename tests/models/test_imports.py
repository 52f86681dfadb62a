"""The import as a result: counts from the record, refused where there is none, stored and back."""

import pytest

from relatum.errors import EstimationError, ReleaseError, UsageError
from relatum.models.imports import describe_import
from relatum.release import RULES, judge_all, release
from relatum.results import Unavailable
from relatum.results.codec import decode, encode
from relatum.results.imports import ImportReport
from relatum.samples import example_sample
from relatum.samples.imported import WORKED_ROW, Discard, ImportRecord
from relatum.tables import say_import, tabulate, tabulate_import

RECORD = ImportRecord(
    discards=(
        Discard(source="b.xlsx", what="memo | <b>", n=3000, why="texts are not kept"),
        Discard(source="a.xlsx", what="cells", n=2, why="left out by the mapping"),
        Discard(source="a.xlsx", what="cells", n=1, why="no place in a sample"),
    ),
    attribution="Source: a made-up registry.",
    terms="Do not try to identify anybody.",
)


@pytest.fixture(scope="module")
def simulated():
    return example_sample("simulated")


@pytest.fixture
def released(simulated, study):
    def of(record):
        sample = simulated.with_import(record)
        return release(describe_import(sample, study), sample=sample, profile="none")

    return of


def test_the_report_counts_what_the_record_lists(simulated, study):
    found = describe_import(simulated.with_import(RECORD), study)
    assert [(row.source, row.n) for row in found.left_out] == [
        ("a.xlsx", 1),
        ("a.xlsx", 2),
        ("b.xlsx", 3000),
    ]
    assert (found.n_left_out, found.attribution) == (3003, RECORD.attribution)
    assert list(found.tidy().columns) == ["source", "what", "n", "why"]
    assert found.notes[0].code == "counted_things"


def test_the_order_of_the_discards_changes_nothing(simulated, study):
    turned = ImportRecord(
        discards=RECORD.discards[::-1], attribution=RECORD.attribution, terms=RECORD.terms
    )
    first, second = (describe_import(simulated.with_import(r), study) for r in (RECORD, turned))
    assert first == second


def test_a_sample_that_was_not_imported_has_no_report(simulated, study):
    found = describe_import(simulated, study)
    assert isinstance(found, Unavailable)
    assert found.why == "this sample was not imported"


def test_worked_rows_are_no_data_and_pass_every_profile(simulated, study):
    worked = Discard(source="cases", what=WORKED_ROW, n=1, why="it shows how a row is filled in")
    sample = simulated.with_import(ImportRecord(discards=(worked,)))
    found = describe_import(sample, study)
    assert (found.left_out, [note.code for note in found.notes]) == ((), ["worked_rows"])
    for profile in RULES:
        verdict = judge_all({"imports": found}, sample=sample, profile=profile)["imports"]
        assert verdict.status == "pass", profile
        assert verdict.result.notes == found.notes


def test_a_small_count_beside_worked_rows_is_still_withheld(simulated, study):
    rows = tuple(
        Discard(source=name, what=what, n=n, why="no place in a sample")
        for name, what, n in (("cases", WORKED_ROW, 1), ("a.csv", "rows", 2), ("b.csv", "rows", 40))
    )
    sample = simulated.with_import(ImportRecord(discards=rows))
    held = describe_import(sample, study)
    (verdict,) = judge_all({"imports": held}, sample=sample, profile="chapter5").values()
    assert [(row.source, row.n) for row in verdict.result.left_out] == [("b.csv", 40)]


def test_a_report_is_stored_and_comes_back(simulated, study):
    found = describe_import(simulated.with_import(RECORD), study)
    assert decode(ImportReport, encode(found)) == found


def test_a_report_on_collected_data_is_not_released(study):
    anna = example_sample("anna").with_import(RECORD)
    with pytest.raises(ReleaseError, match="not simulated"):
        release(describe_import(anna, study), sample=anna, profile="none")


# --- in print ------------------------------------------------------------------------------------


def test_the_table_names_source_thing_count_and_reason(released):
    table = tabulate(released(RECORD))
    assert [row.cells for row in table.rows] == [
        ("a.xlsx", "cells", "1", "No place in a sample"),
        ("a.xlsx", "cells", "2", "Left out by the mapping"),
        ("b.xlsx", "memo | <b>", "3,000", "Texts are not kept"),
    ]
    assert table.footnotes[-2:] == (
        "Source: a made-up registry.",
        "Terms of use: Do not try to identify anybody.",
    )
    assert r"memo \| \<b\>" in table.markdown()


def test_a_long_table_keeps_the_largest_counts_and_counts_the_others(released):
    table = tabulate_import(released(RECORD), at_most=2)
    assert [row.cells[2] for row in table.rows] == ["2", "3,000"]
    assert "1 more row with smaller counts, 1 in all" in " ".join(table.footnotes)
    with pytest.raises(UsageError, match="At least one row"):
        tabulate_import(released(RECORD), at_most=0)


def test_an_import_without_discards_says_so(released):
    empty = released(ImportRecord())
    assert [row.cells[1:3] for row in tabulate(empty).rows] == [("nothing", "0")]
    assert say_import({"imports": empty}) == "The import left nothing out."


def test_sentences(released):
    assert say_import({"imports": released(RECORD)}) == (
        "The import left out 3,003 things of 2 kinds."
    )
    assert "was not imported" in say_import({"imports": released(None)})
    with pytest.raises(UsageError, match="'imports' is no report"):
        say_import({})
    with pytest.raises(EstimationError, match="was not imported"):
        tabulate_import(released(None))
