"""Own codes travel with the sample: written, read, imported and pseudonymised, never lost."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from relatum.errors import SampleError
from relatum.samples import (
    SampleInfo,
    check_sample,
    example_sample,
    read_sample,
    status_frame,
    write_sample,
)
from relatum.samples.check import check_folder
from relatum.samples.coded_with import coded_with
from relatum.samples.importers.base import finish_import, write_imported
from relatum.samples.own_codes import EXTENSION, keep_own_codes
from relatum.samples.pseudonyms import pseudonymise_folder
from relatum.schema import load_schema
from relatum.schema.codebook_files import codebook_qdc
from relatum.schema.extension import added_codes, extend_codebook

SHIPPED = load_schema()
HEAD = "id,label,domain,definition\n"
PET = "x_pet,Threat to a pet,intimidation,Harm to a pet is announced.\n"


def schema_of(tmp_path, text=PET, revision=1):
    path = tmp_path / "mine.csv"
    path.write_text(HEAD + text)
    return extend_codebook(SHIPPED, path, revision=revision)


@pytest.fixture(scope="module")
def schema(tmp_path_factory):
    return schema_of(tmp_path_factory.mktemp("own"))


@pytest.fixture(scope="module")
def sample(schema):
    """Return the narrated case with an own code."""
    anna = example_sample("anna")
    rows = anna.table("codings")
    row = rows.iloc[[0]].assign(coding_id="own1", code="x_pet")
    info = replace(anna.info, schema_version=schema.version)
    tables = {**anna.tables, "codings": pd.concat([rows, row], ignore_index=True)}
    return replace(anna, info=info, tables=tables, schema=schema)


@pytest.fixture(scope="module")
def written(sample, tmp_path_factory):
    return write_sample(sample, tmp_path_factory.mktemp("written") / "s")


@pytest.fixture
def place(written, tmp_path):
    """Return a folder with that sample that a test may spoil."""
    return shutil.copytree(written, tmp_path / "s")


def edit(folder, **values):
    place = folder / "datapackage.json"
    raw = json.loads(place.read_text())
    raw["relatum"].update(values)
    place.write_text(json.dumps({**raw, "relatum": {k: v for k, v in raw["relatum"].items() if v}}))


def rules(folder):
    return [(issue.table, issue.rule, issue.severity) for issue in check_sample(folder)]


# --- they travel -----------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_round_trip_keeps_own_codes(sample, tmp_path, form):
    place = write_sample(sample, tmp_path / "s", form=form)
    again = read_sample(place)
    assert again.schema == sample.schema
    assert again.info == sample.info
    assert again.info.schema_version == f"{SHIPPED.version}+mine.1"
    assert again.fingerprint == sample.fingerprint
    assert check_sample(place) == ()
    assert str(status_frame(again, ["x_pet"]).iloc[0, 0]) == "present"
    raw = json.loads((place / "datapackage.json").read_text())
    assert raw["relatum"]["codebook_extension"] == EXTENSION
    assert EXTENSION not in {entry["path"] for entry in raw["resources"]}


def test_writing_again_gives_the_same_bytes(place, tmp_path):
    write_sample(read_sample(place), tmp_path / "b")
    for file in sorted(place.iterdir()):
        assert (tmp_path / "b" / file.name).read_bytes() == file.read_bytes()


def test_a_sample_without_own_codes_has_no_such_file(tmp_path):
    place = write_sample(example_sample("anna"), tmp_path / "s")
    assert not (place / EXTENSION).exists()
    raw = json.loads((place / "datapackage.json").read_text())
    assert "codebook_extension" not in raw["relatum"]


def test_pseudonyms_keep_own_codes(place, sample, tmp_path):
    done = pseudonymise_folder(place, tmp_path / "p", key_file=tmp_path / "k.key")
    hidden = read_sample(tmp_path / "p")
    assert hidden.schema == sample.schema
    assert "x_pet" in set(hidden.table("codings")["code"])
    assert EXTENSION not in done.left_behind


def test_an_import_keeps_own_codes(sample, schema, tmp_path):
    info = SampleInfo(name="a", title="A", origin="published", schema_version="")
    imported = finish_import(dict(sample.tables), info, schema=schema)
    again = read_sample(write_imported(imported, tmp_path / "s"))
    assert again.schema == schema
    assert again.n("codings") == sample.n("codings")


def test_the_order_of_own_codes_changes_no_status(tmp_path, sample):
    other = "x_a,Another,control,It is so.\n"
    for name, text in (("a", PET + other), ("b", other + PET)):
        mine = schema_of(tmp_path, text)
        write_sample(replace(sample, schema=mine), tmp_path / name)
    frames = [status_frame(read_sample(tmp_path / name), ["x_pet", "x_a"]) for name in "ab"]
    assert np.array_equal(*(frame.astype(str).to_numpy() for frame in frames))


# --- the folder may be made by hand ----------------------------------------------------------


def test_a_codebook_of_another_program_in_the_folder(place, schema):
    (place / EXTENSION).unlink()
    (place / "codebook_extension.qdc").write_bytes(
        codebook_qdc(schema, added_codes(SHIPPED, schema))
    )
    edit(place, codebook_extension="codebook_extension.qdc")
    assert check_sample(place) == ()
    assert "x_pet" in read_sample(place).schema.codebook


@pytest.mark.parametrize("gone", ["codebook_extension", "schema_version"])
def test_a_descriptor_that_says_too_little_is_warned_of(place, gone):
    edit(place, **{gone: None})
    assert rules(place) == [(EXTENSION, "extension_not_named", "warning")]
    assert read_sample(place).info.schema_version.endswith("+mine.1")


def test_a_folder_without_a_descriptor(place):
    (place / "datapackage.json").unlink()
    assert rules(place) == [(EXTENSION, "extension_not_named", "warning")]


# --- what is lost is said --------------------------------------------------------------------


def test_a_missing_file_is_a_fault(place, sample):
    (place / EXTENSION).unlink()
    assert (EXTENSION, "missing_file", "error") in rules(place)
    with pytest.raises(SampleError) as caught:
        read_sample(place)
    message = next(i.message for i in caught.value.issues if i.table == EXTENSION)
    assert "coded with own codes (mine.1)" in message
    assert read_sample(place, schema=sample.schema).fingerprint == sample.fingerprint
    edit(place, schema_version=SHIPPED.version)
    assert (EXTENSION, "missing_file", "error") in rules(place)


@pytest.mark.parametrize("name", ["cases.csv", "../mine.csv", "", ["a"], 3, "codebook.csv"])
def test_only_two_names_are_taken(place, name):
    raw = json.loads((place / "datapackage.json").read_text())
    raw["relatum"]["codebook_extension"] = name
    (place / "datapackage.json").write_text(json.dumps(raw))
    assert ("datapackage.json", "missing_file", "error") in rules(place)


def test_faults_of_the_file_are_faults_of_the_sample(place, sample, tmp_path):
    (place / EXTENSION).write_text(HEAD + "pet,Pet,nowhere,\n")
    found = [(i.row, i.field, i.rule) for i in check_sample(place) if i.table == EXTENSION]
    assert found == [
        ("line 2", "definition", "missing_value"),
        ("line 2", "domain", "unknown_domain"),
        ("line 2", "id", "bad_id"),
    ]
    edit(place, schema_version=f"{SHIPPED.version}+Mine")
    assert (EXTENSION, "extension_version", "error") in rules(place)


def test_own_codes_are_not_overwritten_by_a_sample_without(place, sample):
    with pytest.raises(SampleError, match=EXTENSION):
        write_sample(example_sample("anna"), place)
    write_sample(sample, place)
    assert read_sample(place).schema == sample.schema


# --- samples coded earlier -------------------------------------------------------------------


def test_a_later_revision_is_compared_with_that_of_the_folder(place, tmp_path):
    text = "x_pets,Threat to pets,intimidation,Harm to animals.\n"
    later = schema_of(tmp_path, text, revision=2)
    found = coded_with(check_folder(place, schema=later))
    assert (found.version, found.read_version) == (
        f"{SHIPPED.version}+mine.1",
        f"{SHIPPED.version}+mine.2",
    )
    assert (found.newest, found.revision) == (1, 2)
    assert (found.changes.added, found.changes.removed) == (("x_pets",), ("x_pet",))
    assert found.orphans == (("x_pet", 1),)
    assert found.own == ("x_pets",)


def test_codes_that_are_lost_cannot_be_compared(place, sample):
    (place / EXTENSION).unlink()
    found = coded_with(check_folder(place, schema=sample.schema))
    assert found.lost
    assert not found.changes
    assert found.newest == 1


def test_keeping_a_revision_touches_no_table(place, sample, tmp_path):
    before = {file.name: file.read_bytes() for file in place.iterdir()}
    later = schema_of(tmp_path, PET + "x_new,New,control,It is so.\n", revision=2)
    keep_own_codes(place, later)
    after = {file.name: file.read_bytes() for file in place.iterdir()}
    changed = {name for name in after if after[name] != before.get(name)}
    assert changed == {EXTENSION, "datapackage.json"}
    again = read_sample(place)
    assert again.schema == later
    assert again.fingerprint == sample.fingerprint
    assert again.info.title == sample.info.title
    assert set(status_frame(again, ["x_new"]).astype(str)["x_new"]) == {"not_documented"}


def test_codes_are_kept_in_a_folder_without_a_descriptor(schema, tmp_path):
    place = shutil.copytree(write_sample(example_sample("anna"), tmp_path / "a"), tmp_path / "s")
    (place / "datapackage.json").unlink()
    keep_own_codes(place, schema)
    assert read_sample(place).schema == schema
