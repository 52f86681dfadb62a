"""What an import left: kept by every step, no part of the fingerprint, its faults are issues."""

import json

import pytest

from relatum.errors import SampleError
from relatum.samples import check_sample, example_sample, read_sample, write_sample
from relatum.samples.imported import (
    ATTRIBUTION,
    DISCARDS,
    IMPORT_FILES,
    TERMS,
    Discard,
    ImportRecord,
    import_files,
    read_import,
)
from relatum.samples.importers import finish_import, write_imported

RECORD = ImportRecord(
    discards=(Discard(source="a.xlsx", what="memos", n=3, why="texts are not kept"),),
    attribution="Source: a made-up registry.",
    terms="Do not try to identify anybody.",
)


@pytest.fixture(scope="module")
def anna():
    return example_sample("anna").with_import(RECORD)


def test_a_sample_that_was_not_imported_has_no_record(tmp_path):
    plain = example_sample("anna")
    assert plain.imported is None
    folder = write_sample(plain, tmp_path / "anna")
    assert not {entry.name for entry in folder.iterdir()} & set(IMPORT_FILES)
    assert read_sample(folder).imported is None


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_writing_and_reading_keep_the_record(anna, tmp_path, form):
    again = read_sample(write_sample(anna, tmp_path / "anna", form=form))
    assert again.imported == RECORD
    assert read_sample(write_sample(again, tmp_path / "again")).imported == RECORD


def test_the_record_is_no_part_of_the_fingerprint(anna):
    assert anna.fingerprint == example_sample("anna").fingerprint


def test_other_tables_keep_the_record(anna):
    assert anna.replace_tables({"codings": anna.table("codings").iloc[:1]}).imported == RECORD


def test_the_shipped_sample_stays_as_it_is(anna):
    plain = anna.with_import(None)
    assert (anna.imported, plain.imported) == (RECORD, None)


def test_an_import_is_written_with_attribution_and_terms(anna, tmp_path):
    found = finish_import(
        anna.tables,
        anna.info,
        discards=RECORD.discards,
        attribution=RECORD.attribution,
        terms=RECORD.terms,
    )
    assert found.sample.imported == RECORD
    folder = write_imported(found, tmp_path / "mine")
    assert (folder / TERMS).read_text(encoding="utf-8") == f"{RECORD.terms}\n"
    assert read_sample(folder).imported == RECORD


def test_a_sample_with_a_record_takes_the_place_of_an_earlier_one(anna, tmp_path):
    folder = write_sample(anna, tmp_path / "anna")
    assert read_sample(write_sample(anna, folder)).imported == RECORD
    with pytest.raises(
        SampleError, match=r"holds more than a sample \(such as 'ATTRIBUTION.txt'\)"
    ):
        write_sample(example_sample("anna"), folder)


@pytest.mark.parametrize(
    "record", [RECORD, ImportRecord(), ImportRecord(terms="Be kind.\nAlways.")]
)
def test_files_of_a_record_give_it_back(tmp_path, record):
    for name, text in import_files(record).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert read_import(tmp_path) == (record, ())


# --- faults --------------------------------------------------------------------------------------

ENTRY = {"source": "secret", "what": "memos", "n": 1, "why": "texts are not kept"}
BROKEN = {
    "cut off": '[{"source": "secret"',
    "too deep": "[" * 100_000,
    "no list": '{"source": "secret"}',
    "a text": json.dumps(["secret"]),
    "a field too few": json.dumps([{"source": "secret"}]),
    "a field too many": json.dumps([{**ENTRY, "text": "secret"}]),
    "a fraction": json.dumps([{**ENTRY, "n": 1.5}]),
    "a truth value": json.dumps([{**ENTRY, "n": True}]),
    "below nothing": json.dumps([{**ENTRY, "n": -1}]),
    "no text": json.dumps([{**ENTRY, "why": None}]),
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_list_of_discards_is_an_issue_that_quotes_nothing(anna, tmp_path, text):
    folder = write_sample(anna, tmp_path / "anna")
    (folder / DISCARDS).write_text(text, encoding="utf-8")
    (issue,) = check_sample(folder)
    assert (issue.table, issue.rule, issue.severity) == (DISCARDS, "damaged_file", "error")
    assert "secret" not in str(issue)
    with pytest.raises(SampleError):
        read_sample(folder)


def test_every_broken_entry_is_named(tmp_path):
    rows = [ENTRY, {**ENTRY, "n": -1}, ENTRY, {}]
    (tmp_path / DISCARDS).write_text(json.dumps(rows), encoding="utf-8")
    record, issues = read_import(tmp_path)
    assert record is None
    assert [issue.row for issue in issues] == ["entry 2", "entry 4"]


def test_an_attribution_without_the_list_is_an_issue(anna, tmp_path):
    folder = write_sample(anna, tmp_path / "anna")
    (folder / DISCARDS).unlink()
    (issue,) = check_sample(folder)
    assert (issue.table, issue.rule) == (ATTRIBUTION, "missing_discards")
    assert "give this file another name" in issue.message


def test_unreadable_files_are_issues(tmp_path):
    (tmp_path / DISCARDS).mkdir()
    (tmp_path / ATTRIBUTION).write_bytes(b"\xff\xfe\x00")
    record, issues = read_import(tmp_path)
    assert record is None
    assert {issue.rule for issue in issues} == {"unreadable_file", "encoding"}
