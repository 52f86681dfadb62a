"""What is written is read again as the same sample; what is not ours is never replaced."""

import json
from dataclasses import replace

import frictionless
import numpy as np
import pandas as pd
import pytest
from frictionless import Package

from relatum.errors import SampleError
from relatum.samples import SelectionStep, check_sample, example_sample, read_sample, write_sample
from relatum.schema import load_schema


@pytest.fixture
def sample():
    anna = example_sample("anna")
    steps = (
        SelectionStep(step="listed", label="On the list", n=25),
        SelectionStep(step="included", label="Kept", n=12, reason="not reported"),
    )
    return replace(anna, info=replace(anna.info, selection=steps, coder="consensus"))


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_round_trip_changes_nothing(sample, tmp_path, form):
    place = write_sample(sample, tmp_path / "copy", form=form)
    again = read_sample(place)
    assert again.fingerprint == sample.fingerprint
    assert again.info == sample.info
    for name in sample.tables:
        pd.testing.assert_frame_equal(again.table(name), sample.table(name))


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_numbers_keep_every_digit(sample, tmp_path, form):
    rng = np.random.default_rng(3)
    numbers = np.concatenate([rng.uniform(0.01, 1, 40), [0.1 + 0.2, 1e15, 1e22, 123456.789, 7.0]])
    cases = pd.DataFrame(
        {
            "case_id": [f"c{at}" for at in range(len(numbers))],
            "case_list_source": "included",
            "case_duration_months": numbers,
            "case_file_pages": np.arange(len(numbers)) + 10**14,
        }
    )
    changed = replace(sample, tables={"cases": cases})
    again = read_sample(write_sample(changed, tmp_path / "copy", form=form))
    assert again.table("cases")["case_duration_months"].tolist() == numbers.tolist()
    assert again.fingerprint == changed.fingerprint


def test_writing_twice_gives_the_same_bytes(sample, tmp_path):
    for name in ("one", "two"):
        write_sample(sample, tmp_path / name)
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files == sorted(["datapackage.json", *(f"{t}.csv" for t in sample.tables)])
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_an_earlier_sample_is_replaced_whole(sample, tmp_path):
    place = tmp_path / "copy"
    write_sample(sample, place, form="parquet", extra={"notes.md": "hello\n"})
    write_sample(sample, place, extra={"notes.md": "hello\n"})
    assert not list(place.glob("*.parquet"))
    assert check_sample(place) == ()
    assert [path.name for path in tmp_path.iterdir()] == ["copy"]


def test_an_empty_folder_is_filled(sample, tmp_path):
    (tmp_path / "new").mkdir()
    assert check_sample(write_sample(sample, tmp_path / "new")) == ()


@pytest.mark.parametrize(
    "foreign", [["thesis.docx"], ["datapackage.json", "thesis.docx"], ["cases.csv"]]
)
def test_a_foreign_folder_is_refused(sample, tmp_path, foreign):
    for name in foreign:
        (tmp_path / name).write_text("mine")
    with pytest.raises(SampleError, match="name another folder"):
        write_sample(sample, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(foreign)


def test_a_file_is_refused(sample, tmp_path):
    (tmp_path / "x").write_text("mine")
    with pytest.raises(SampleError, match="is a file"):
        write_sample(sample, tmp_path / "x")
    with pytest.raises(SampleError, match="could not be written"):
        write_sample(sample, tmp_path / "x" / "below")


def test_a_failure_leaves_the_earlier_sample(sample, tmp_path, monkeypatch):
    place = write_sample(sample, tmp_path / "copy")
    before = {path.name: path.read_bytes() for path in place.iterdir()}

    def full(*arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_csv", full)
    with pytest.raises(SampleError, match="No space left on device"):
        write_sample(sample, place)
    assert {path.name: path.read_bytes() for path in place.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["copy"]


def test_a_failing_exchange_brings_the_earlier_sample_back(sample, tmp_path, monkeypatch):
    place = write_sample(sample, tmp_path / "copy")
    rename = type(place).rename

    def stumble(self, target):
        if self.name == "sample":
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(type(place), "rename", stumble)
    with pytest.raises(KeyboardInterrupt):
        write_sample(sample, place)
    assert check_sample(place) == ()


# --- the descriptor ------------------------------------------------------------------------------


def test_the_descriptor_describes_every_column(sample, tmp_path):
    place = write_sample(sample, tmp_path / "copy")
    raw = json.loads((place / "datapackage.json").read_text(encoding="utf-8"))
    assert raw["relatum"]["selection"][1] == {
        "step": "included",
        "label": "Kept",
        "n": 12,
        "reason": "not reported",
    }
    described = {
        entry["name"]: tuple(field["name"] for field in entry["schema"]["fields"])
        for entry in raw["resources"]
    }
    tables = load_schema().tables
    assert described == {name: table.columns for name, table in tables.items()}


def test_frictionless_agrees_that_it_is_valid(sample, tmp_path):
    place = write_sample(sample, tmp_path / "copy")
    report = Package(place / "datapackage.json").validate()
    assert report.valid, report.flatten(["type", "message"])


def test_frictionless_finds_what_we_find(sample, tmp_path):
    place = write_sample(sample, tmp_path / "copy")
    victims = place / "victims.csv"
    victims.write_text(victims.read_text().replace("anna,anna_case,woman", "anna,c9,womn"))
    report = Package(place / "datapackage.json").validate()
    kinds = {kind for (kind,) in report.flatten(["type"])}
    assert kinds == {"constraint-error", "foreign-key"}
    rules = {issue.rule for issue in check_sample(place) if issue.table == "victims"}
    assert rules == {"unknown_level", "missing_parent"}


def test_frictionless_is_the_version_that_was_tested():
    assert frictionless.__version__.startswith("5.")
