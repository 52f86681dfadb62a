"""What could name a person is found in any column, and no message quotes what it found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relatum.samples import check_sample
from relatum.samples.identifiers import identifier_in, is_identifier_column
from relatum.schema import load_schema

FOUND = [
    ("j.jansen@example.org", "identifier_email"),
    ("mail: j.jansen@example.org today", "identifier_email"),
    ("111222333", "identifier_citizen_number"),
    ("1112.22.333", "identifier_citizen_number"),
    ("BSN 123456782", "identifier_citizen_number"),
    ("NX1A2B3C4", "identifier_passport"),
    ("+31 6 12345678", "identifier_telephone"),
    ("0031612345678", "identifier_telephone"),
    ("06-12345678", "identifier_telephone"),
    ("(020) 123 45 67", "identifier_telephone"),
    ("Maria Jansen", "identifier_name"),
    ("Jan van der Berg", "identifier_name"),
    ("J. de Vries", "identifier_name"),
    ("J.P. Jansen", "identifier_name"),
    ("Jansen, Maria", "identifier_name"),
    ("JANSEN MARIA", "identifier_name"),
    ("Łucja Šimková", "identifier_name"),
    ("Maria-Jansen", "identifier_name"),
    ("Maria_Jansen", "identifier_name"),
    ("mevrouw jansen", "identifier_name"),
    ("she said that he hit her", "free_text"),
    ("x" * 50 + " " + "y" * 40, "free_text"),
]
HARMLESS = [
    "",
    "case12",
    "rel_0012",
    "c1",
    "V-012",
    "2009-06-15",
    "12.5",
    "0.123456782",
    "123456789",
    "money;jealousy",
    "wiretap;victim_statement",
    "consensus",
    "other_non_eu",
    "NL",
    "TRUE",
    "p100000001",
]


@pytest.mark.parametrize(("text", "rule"), FOUND)
def test_what_names_a_person(text, rule):
    assert identifier_in(text) == rule


@pytest.mark.parametrize("text", HARMLESS)
def test_what_names_nobody(text):
    assert identifier_in(text) == ""


@pytest.mark.parametrize("text", ["REL000012", "CASE00012", "CO0000012"])
def test_a_series_of_keys_is_no_passport(text):
    assert identifier_in(text, key=True) == ""


def test_every_level_and_code_of_the_schema_is_harmless():
    schema = load_schema()
    words = {value for table in schema.tables.values() for f in table for value in f.values}
    assert {word for word in words | set(schema.codebook) if identifier_in(word)} == set()


def test_every_column_of_the_schema_is_harmless():
    columns = {name for table in load_schema().tables.values() for name in table.columns}
    assert {name for name in columns if is_identifier_column(name)} == set()


@pytest.mark.parametrize("column", ["remarks", "victim_self_label", "victim_age", "case_id"])
@pytest.mark.parametrize(("text", "rule"), [pair for pair in FOUND if "," not in pair[0]])
def test_found_in_every_column_and_never_quoted(folder, column, text, rule):
    columns = ["victim_id", "case_id", "victim_age", "victim_self_label", "remarks"]
    values = {"victim_id": "anna", "case_id": "anna_case"}
    row = [text if name == column else values.get(name, "") for name in columns]
    content = f"{','.join(columns)}\n{','.join(row)}\n"
    (folder / "victims.csv").write_text(content, encoding="utf-8")
    found = check_sample(folder)
    assert (rule, column) in {(issue.rule, issue.field) for issue in found}
    assert text not in " ".join(str(issue) for issue in found)


@pytest.mark.parametrize("text", ["111222333", "NX1A2B3C4", "Maria-Jansen"])
def test_a_key_that_names_a_person_does_not_name_its_row(folder, text):
    content = f"victim_id,case_id,victim_age\nanna,anna_case,\n{text},anna_case,999\n"
    (folder / "victims.csv").write_text(content, encoding="utf-8")
    found = check_sample(folder)
    assert {issue.row for issue in found} == {"line 3"}
    assert text not in " ".join(str(issue) for issue in found)


def test_a_heading_may_name_a_person(folder):
    content = "victim_id,case_id,Maria Jansen,victim_surname\nanna,anna_case,x,y\n"
    (folder / "victims.csv").write_text(content, encoding="utf-8")
    found = check_sample(folder)
    assert {(i.field, i.rule) for i in found} == {
        ("(an unknown column)", "unknown_field"),
        ("victim_surname", "unknown_field"),
        ("victim_surname", "identifier_name"),
    }
    assert "Maria" not in " ".join(str(issue) for issue in found)


SENSITIVE = [
    (table.name, field.name)
    for table in load_schema().tables.values()
    for field in table
    if field.sensitive
]


@pytest.mark.parametrize(("table", "column"), SENSITIVE, ids=".".join)
@pytest.mark.parametrize("text", ["womann", "zz9secret", "-7654"])
def test_no_message_shows_a_sensitive_value(folder, table, column, text):
    """Nor what it is most like: the nearest level would give the value away."""
    path = folder / f"{table}.csv"
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    names = header.split(",")
    cells = rows[0].split(",") if rows else [""] * len(names)
    cells[names.index(column)] = text
    path.write_text("\n".join([header, ",".join(cells), *rows[1:]]) + "\n", encoding="utf-8")
    found = [issue for issue in check_sample(folder) if issue.field == column]
    if not found:
        field = load_schema()[table][column]
        assert field.kind == "text"
    for issue in found:
        assert text not in str(issue)
        assert issue.near == ""


@given(st.text(min_size=1, max_size=40))
def test_any_text_gets_a_rule_or_none(text):
    assert identifier_in(text) in {"", *(rule for _, rule in FOUND)}
