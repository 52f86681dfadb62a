"""What every importer hands over: checked by all rules, written whole or not at all."""

import json
from dataclasses import replace

import pandas as pd
import pytest

from relatum.errors import ImportFailedError, UsageError
from relatum.samples import SampleInfo, example_sample, read_sample
from relatum.samples.importers import Discard, finish_import, write_imported
from relatum.samples.scaffold import write_scaffold

INFO = SampleInfo(name="mine", title="Mine", origin="collected", schema_version="")
CASES = pd.DataFrame({"case_id": ["c1"], "case_list_source": ["included"]})


def test_a_whole_sample_passes_through_unchanged():
    anna = example_sample("anna")
    found = finish_import(anna.tables, anna.info)
    assert found.sample.fingerprint == anna.fingerprint
    assert "relationships 1" in found.report()
    assert "Nothing was left out." in found.report()


def test_all_faults_come_at_once_and_name_their_places():
    victims = pd.DataFrame({"victim_id": ["v1", "v1"], "case_id": ["c1", "c9"]})
    with pytest.raises(ImportFailedError) as caught:
        finish_import({"cases": CASES, "victims": victims}, INFO)
    rules = {issue.rule for issue in caught.value.issues}
    assert rules == {"duplicate_key", "missing_parent", "person_in_two_cases"}
    assert all(issue.table == "victims" for issue in caught.value.issues)


def test_an_import_is_written_with_what_it_left_out(tmp_path):
    discards = [
        Discard(source="b.xlsx", what="memos", n=3, why="texts are not kept"),
        Discard(source="a.xlsx", what="notes", n=1, why="texts are not kept"),
    ]
    found = finish_import({"cases": CASES}, INFO, discards=discards, attribution="A source.")
    place = write_imported(found, tmp_path / "mine")
    rows = json.loads((place / "discards.json").read_text(encoding="utf-8"))
    assert [row["source"] for row in rows] == ["a.xlsx", "b.xlsx"]
    assert (place / "ATTRIBUTION.txt").read_text(encoding="utf-8") == "A source.\n"
    assert read_sample(place).n("cases") == 1
    assert "3 memos in b.xlsx: texts are not kept" in found.report()


def test_nothing_stays_in_the_temporary_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    finish_import({"cases": CASES}, INFO)
    with pytest.raises(ImportFailedError):
        finish_import({"victims": pd.DataFrame({"victim_id": ["v1"], "case_id": ["c1"]})}, INFO)
    assert list(tmp_path.iterdir()) == []


def test_an_import_never_replaces_a_sample_with_rows(tmp_path):
    found = finish_import({"cases": CASES}, INFO)
    place = write_imported(found, tmp_path / "mine")
    with pytest.raises(UsageError, match="'mine' holds a sample with rows"):
        write_imported(found, place)
    empty = write_imported(finish_import({}, INFO), tmp_path / "empty")
    assert write_imported(found, empty) == empty.absolute()


def test_the_words_of_a_new_study_stay(tmp_path):
    write_scaffold(tmp_path / "study", title="Ties of fear")
    place = tmp_path / "study" / "sample"
    descriptor = json.loads((place / "datapackage.json").read_text(encoding="utf-8"))
    descriptor["relatum"]["selection"] = [{"step": "opened", "n": 4}]
    (place / "datapackage.json").write_text(json.dumps(descriptor), encoding="utf-8")
    write_imported(finish_import({"cases": CASES}, replace(INFO, origin="published")), place)
    found = read_sample(place).info
    assert (found.name, found.title, found.origin) == ("study", "Ties of fear", "published")
    assert [step.n for step in found.selection] == [4]


@pytest.mark.parametrize("text", ["{", '{"name": "x", "relatum": {"origin": "nowhere"}}'])
def test_a_broken_descriptor_says_nothing(tmp_path, text):
    place = write_imported(finish_import({}, INFO), tmp_path / "empty")
    (place / "datapackage.json").write_text(text, encoding="utf-8")
    write_imported(finish_import({"cases": CASES}, INFO), place)
    assert read_sample(place).info.title == "Mine"
