"""The schema as objects, and what a broken registry is told."""

import dataclasses
import json
import shutil

import pytest

from relatum.errors import SchemaError
from relatum.schema import load_schema, near_match, read_codebook, schema_path

SCHEMA = load_schema()


@pytest.fixture
def registry(tmp_path):
    for name in ("datapackage.json", "codebook.csv"):
        shutil.copy(schema_path() / name, tmp_path / name)
    return tmp_path


def test_the_objects_say_what_the_file_says():
    raw = json.loads((schema_path() / "datapackage.json").read_text(encoding="utf-8"))
    assert list(SCHEMA.tables) == [entry["name"] for entry in raw["resources"]]
    for entry in raw["resources"]:
        table = SCHEMA[entry["name"]]
        assert table.columns == tuple(field["name"] for field in entry["schema"]["fields"])
        assert [table.primary_key] == entry["schema"]["primaryKey"]
        for field in entry["schema"]["fields"]:
            limits = field.get("constraints", {})
            ours = table[field["name"]]
            assert ours.type == field["type"]
            assert ours.required is limits.get("required", False)
            assert ours.minimum == limits.get("minimum")
            assert not limits.get("enum") or ours.values == tuple(limits["enum"])


def test_levels_have_words():
    scope = SCHEMA["cases"]["case_scope"]
    assert scope.values == ("local", "national", "international", "not_documented")
    assert scope.label("international") == "International"
    assert scope.label("lunar") == "lunar"


def test_membership_and_lookup():
    cases = SCHEMA["cases"]
    assert "case_scope" in cases
    assert "bogus" not in cases
    assert [field.name for field in cases] == list(cases.columns)
    with pytest.raises(SchemaError, match="has no field 'bogus'; it has: case_id"):
        cases["bogus"]
    with pytest.raises(SchemaError, match="There is no table 'case'; there are: cases"):
        SCHEMA["case"]


def test_a_code_knows_its_column():
    table, field = SCHEMA.field("case_firearm")
    assert (table.name, field.name, field.kind) == ("cases", "case_firearm", "status")
    with pytest.raises(SchemaError, match="is not a column; it is stored in codings"):
        SCHEMA.field("vio_physical")
    with pytest.raises(SchemaError, match="Did you mean 'vio_physical'"):
        SCHEMA.field("vio_fysical")


def test_foreign_keys_lead_to_keys():
    for table in SCHEMA.tables.values():
        for key in table.foreign_keys:
            assert key.field in table
            assert SCHEMA[key.table].primary_key == key.reference


def test_the_schema_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        SCHEMA.version = "2"
    with pytest.raises(TypeError):
        SCHEMA.tables["more"] = SCHEMA["cases"]


def test_the_codebook_selects():
    book = SCHEMA.codebook
    assert {code.domain for code in book.select(domain="isolation")} == {"isolation"}
    assert {code.entity for code in book.select(entity="barrier")} == {"barrier"}
    both = book.select(entity="tactic", domain="violence")
    assert {code.id for code in both} >= {"vio_physical", "vio_sexual"}
    assert [code.id for code in book.match("dom_v*")] == ["dom_violence"]
    with pytest.raises(SchemaError, match="No code matches"):
        book.match("nothing_*")
    assert "vio_physical" in book
    assert len(book) == len(list(book))


def test_near_matches():
    assert near_match("loacl", ("local", "national")) == "local"
    assert near_match("zzz", ("local", "national")) == ""
    assert near_match("x", ()) == ""


@pytest.mark.parametrize("text", ["", "{", "[]", '{"resources": []}', '{"resources": [{}]}'])
def test_a_broken_descriptor(registry, text):
    (registry / "datapackage.json").write_text(text, encoding="utf-8")
    with pytest.raises(SchemaError, match=r"datapackage\.json could not be read as a schema"):
        load_schema(registry)


def test_a_missing_registry(tmp_path):
    with pytest.raises(SchemaError, match=r"datapackage\.json could not be read"):
        load_schema(tmp_path)
    with pytest.raises(SchemaError, match=r"'codebook\.csv' could not be read"):
        read_codebook(tmp_path / "codebook.csv")


def test_a_codebook_that_repeats_or_lacks(registry):
    path = registry / "codebook.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*lines, lines[1]]) + "\n", encoding="utf-8")
    with pytest.raises(SchemaError, match="repeats: case_id"):
        read_codebook(path)
    path.write_text("id,label\na,b\n", encoding="utf-8")
    with pytest.raises(SchemaError, match="lacks the column 'entity'"):
        read_codebook(path)
