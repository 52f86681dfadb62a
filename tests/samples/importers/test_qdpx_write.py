"""What is written as a REFI-QDA project is valid and comes back; noise never breaks a reader."""

import tempfile
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from relatum.errors import ImportFailedError, SampleError
from relatum.samples import Sample, SampleInfo, example_sample
from relatum.samples.importers.base import Imported
from relatum.samples.importers.qdpx import import_qdpx
from relatum.samples.importers.qdpx_mapping import is_taken
from relatum.samples.importers.qdpx_write import write_qdpx

REFI = Path(__file__).parents[2] / "reference" / "refi"
KEY = ["unit_type", "unit_id", "code", "status", "coder_id"]


def xml_of(path):
    with zipfile.ZipFile(path) as archive:
        return archive.read("project.qde")


def expressible(sample):
    held = sample.tables["codings"]
    keep = [
        unit == "relationship" and is_taken(code, sample.schema)
        for unit, code in zip(held["unit_type"], held["code"], strict=True)
    ]
    return in_order(held.loc[keep])


def in_order(frame):
    texts = frame[KEY].astype(str)
    return texts.sort_values(KEY, ignore_index=True)


def test_the_vendored_projects_follow_the_schema_too():
    schema = etree.XMLSchema(etree.parse(REFI / "Project.xsd"))
    for path in sorted(REFI.glob("*.qdpx")):
        assert schema.validate(etree.fromstring(xml_of(path))), path.name


@pytest.mark.parametrize("name", ["anna", "simulated"])
def test_a_sample_comes_back_the_same(tmp_path, name):
    sample = example_sample(name)
    written = write_qdpx(sample, tmp_path / "one.qdpx")
    schema = etree.XMLSchema(etree.parse(REFI / "Project.xsd"))
    schema.assertValid(etree.fromstring(xml_of(written.path)))
    found = import_qdpx(written.path, unit="document", investigation="set")
    pd.testing.assert_frame_equal(in_order(found.sample.tables["codings"]), expressible(sample))
    pd.testing.assert_frame_equal(
        found.sample.table("relationships"), sample.table("relationships")
    )
    mine = sample.table("victims").set_index("victim_id")
    theirs = found.sample.table("victims").set_index("victim_id")
    pd.testing.assert_frame_equal(theirs, mine.loc[theirs.index])
    assert found.sample.simulated == sample.simulated
    again = write_qdpx(found.sample, tmp_path / "two.qdpx")
    third = import_qdpx(again.path, unit="document", investigation="set")
    assert third.sample.fingerprint == found.sample.fingerprint
    # Cases carry the same documents, so that they serve as well.
    by_case = import_qdpx(written.path, unit="case", investigation="set")
    assert by_case.sample.fingerprint == found.sample.fingerprint


def test_what_a_project_cannot_express_is_listed(tmp_path):
    sample = example_sample("anna")
    lost = {(row.source, row.what): row.n for row in write_qdpx(sample, tmp_path / "a").discards}
    assert lost["codings", "coding of something else"] == 28 - len(expressible(sample)) == 7
    assert lost["escape_attempts", "row"] == 3
    assert lost["codings", "value of 'date_lower'"] == 1


def test_the_same_sample_gives_the_same_bytes(tmp_path):
    sample = example_sample("anna")
    one, two = (write_qdpx(sample, tmp_path / name).path.read_bytes() for name in "ab")
    assert one == two
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_every_program_can_open_what_is_written(tmp_path):
    # ATLAS.ti takes no folder `Sources`; MAXQDA counts a line end as two, so there is none.
    written = write_qdpx(example_sample("anna"), tmp_path / "a.qdpx")
    with zipfile.ZipFile(written.path) as archive:
        names = archive.namelist()
        texts = [archive.read(name).decode() for name in names[1:]]
    assert names[0] == "project.qde"
    assert all(name.startswith("sources/") for name in names[1:])
    assert texts == list(example_sample("anna").table("relationships")["relationship_id"])


def test_an_empty_sample_is_a_valid_project(tmp_path):
    info = SampleInfo(name="none", title="", origin="collected", schema_version="1.1.0")
    written = write_qdpx(Sample(info=info, tables={}), tmp_path / "a.qdpx")
    schema = etree.XMLSchema(etree.parse(REFI / "Project.xsd"))
    schema.assertValid(etree.fromstring(xml_of(written.path)))


def test_a_place_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(SampleError, match="could not be written"):
        write_qdpx(example_sample("anna"), tmp_path / "file" / "a.qdpx")


# --- noise ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Return the bytes of a small project and a place to work in."""
    place = tmp_path_factory.mktemp("noise")
    written = write_qdpx(example_sample("anna"), place / "a.qdpx")
    return written.path.read_bytes(), xml_of(written.path), place


def attempt(path, scratch, monkeypatch):
    """Import; anything but a sample or a told fault, and any file left behind, is an error."""
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    for unit in ("document", "case"):
        told = ()
        try:
            found = import_qdpx(path, unit=unit, investigation="set")
            assert isinstance(found, Imported)
        except ImportFailedError as error:
            told = error.issues
        else:
            told = (found,)
        assert told
    assert list(scratch.iterdir()) == []


CHANGES = st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=4)), min_size=1, max_size=4)


def changed(content, changes, cut):
    held = bytearray(content)
    for place, piece in changes:
        at = int(place * len(held))
        held[at : at + len(piece)] = piece
    return bytes(held[: int(cut * len(held))])


@settings(max_examples=25)
@given(changes=CHANGES, cut=st.sampled_from([1.0, 1.0, 0.99, 0.5]))
def test_a_damaged_archive_is_a_sample_or_a_told_fault(small, changes, cut):
    content, _, place = small
    run_noise(place, lambda path: path.write_bytes(changed(content, changes, cut)))


@settings(max_examples=25)
@given(changes=CHANGES, cut=st.sampled_from([1.0, 1.0, 1.0, 0.7]))
def test_damaged_xml_is_a_sample_or_a_told_fault(small, changes, cut):
    _, xml, place = small

    def write(path):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("project.qde", changed(xml, changes, cut))

    run_noise(place, write)


WORDS = st.sampled_from(
    ["guid", "name", "Coding", "Code", "CodeRef", "Set", "Sources", "Users", "{}", "-", "0", "F"]
)


@settings(max_examples=25)
@given(swaps=st.lists(st.tuples(WORDS, WORDS, st.integers(0, 40)), min_size=1, max_size=3))
def test_well_formed_nonsense_is_a_sample_or_a_told_fault(small, swaps):
    _, xml, place = small
    text = xml.decode()
    for old, new, n in swaps:
        text = text.replace(old, new, n)

    def write(path):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("project.qde", text)

    run_noise(place, write)


def run_noise(place, write):
    path, scratch = place / "noise.qdpx", place / "scratch"
    scratch.mkdir(exist_ok=True)
    write(path)
    with pytest.MonkeyPatch.context() as patch:
        attempt(path, scratch, patch)
