"""A user's own codes: a CSV file or a REFI-QDA codebook extends the schema."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relatum.errors import SchemaError, UsageError
from relatum.samples import example_sample, read_sample, shipped_path
from relatum.samples.statuses import status_frame
from relatum.schema import Status, load_schema, read_codebook
from relatum.schema.codebook_files import codebook_qdc
from relatum.schema.export import codebook_csv
from relatum.schema.extension import added_codes, extend_codebook

REFI = Path(__file__).parents[1] / "reference" / "refi"
HEAD = "id,label,domain,definition"
GOOD = "x_pet,Threat to a pet,intimidation,Harm to a pet is announced."


@pytest.fixture(scope="module")
def schema():
    return load_schema()


@pytest.fixture
def write(tmp_path):
    def to_file(text, name="mine.csv"):
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return to_file


def faults(schema, path):
    with pytest.raises(SchemaError) as caught:
        extend_codebook(schema, path)
    return [(issue.row, issue.field, issue.rule) for issue in caught.value.issues]


def qdc(codes, namespace="urn:QDA-XML:codebook:1.0"):
    return f'<CodeBook xmlns="{namespace}"><Codes>{codes}</Codes></CodeBook>'


def one(name, inside="", memo="It is so.", codable="true"):
    said = f"<Description>{memo}</Description>" if memo else ""
    return (
        f'<Code guid="88F08E02-836F-5999-B575-9D7DA279F371" name="{name}" isCodable="{codable}">'
        f"{said}{inside}</Code>"
    )


def test_one_code_more(schema, write):
    extended = extend_codebook(schema, write(f"{HEAD}\n{GOOD}\n"), name="team", revision=3)
    assert extended.version == f"{schema.version}+team.3"
    (code,) = added_codes(schema, extended)
    assert (code.entity, code.domain, code.unit) == ("tactic", "intimidation", "relationship")
    assert code.is_coding
    assert not code.family_25
    assert tuple(extended.codebook)[: len(schema.codebook)] == tuple(schema.codebook)
    again = extend_codebook(
        extended, write(f"{HEAD}\nx_y,Other,barrier,A reason.\n", "b.csv"), name="other"
    )
    assert again.version == f"{schema.version}+team.3.other.1"
    assert again.codebook["x_y"].unit == "contact"


def test_every_fault_at_once(schema, write):
    text = "\n".join(
        [
            HEAD,
            "Pet,Threat to a pet,intimidation,Harm.",
            "x_a,A,intimidatoin,Harm.",
            "x_b,,control,",
            "x_c,C,control,Harm.",
            "x_c,D,control,Harm.",
            "vio_physical,Hits,violence,Other words.",
            "x_e,c,control,Harm.",
            "ctl_mine,E,control,Harm.",
        ]
    )
    assert faults(schema, write(text)) == [
        ("line 2", "id", "bad_id"),
        ("line 3", "domain", "unknown_domain"),
        ("line 4", "definition", "missing_value"),
        ("line 4", "label", "missing_value"),
        ("line 6", "id", "duplicate_key"),
        ("line 7", "id", "code_exists"),
        ("line 8", "label", "duplicate_label"),
        ("line 9", "id", "bad_id"),
    ]


def test_a_domain_misspelt_is_guessed(schema, write):
    with pytest.raises(SchemaError) as caught:
        extend_codebook(schema, write(f"{HEAD}\nx_a,A,intimidatoin,Harm.\n"))
    assert caught.value.issues[0].near == "intimidation"
    assert "barrier" in caught.value.issues[0].allowed
    assert caught.value.exit_code == 10


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("", ["missing_field"] * 4),
        ("id,label\nx_a,A\n", ["missing_field"] * 2),
        (f"{HEAD},colour\n{GOOD},red\n", ["unknown_field"]),
        (f"{HEAD},id\n{GOOD},x_pet\n", ["duplicate_column"]),
        (f"{HEAD}\n{GOOD},more\n", ["field_count"]),
        (f'{HEAD}\n"{GOOD}\n', ["damaged_file"]),
        (f"{HEAD}\n", ["nothing_new"]),
        (b"\xff\xfe\x00", ["encoding"]),
        (f"{HEAD},parent\n{GOOD},x_nothing\n", ["unknown_code"]),
        (f"{HEAD},unit\n{GOOD},case\n", ["fixed_value"]),
        (f"{HEAD}\nx_a,A\x01,control,D.\n", ["bad_text"]),
        (f"{HEAD},value_type\n{GOOD},number\n", ["fixed_value"]),
    ],
)
def test_broken_tables(schema, write, text, rules):
    assert [rule for _, _, rule in faults(schema, write(text))] == rules


def test_files_that_are_no_codebook(schema, write, tmp_path):
    assert faults(schema, tmp_path / "none.csv")[0][2] == "unreadable_file"
    assert faults(schema, write("a", "book.docx"))[0][2] == "file_type"
    assert faults(schema, write("<a", "a.qdc"))[0][2] == "damaged_file"
    assert faults(schema, write("<a/>", "a.qdc"))[0][2] == "file_type"
    bomb = '<!DOCTYPE a [<!ENTITY b "bbbb">]>' + qdc(one("&b;"))
    assert faults(schema, write(bomb, "a.qdc"))[0][2] == "forbidden_xml"


def test_a_wrong_name_of_an_extension(schema, write):
    path = write(f"{HEAD}\n{GOOD}\n")
    for rest in ({"name": "My Codes"}, {"name": ""}, {"revision": 0}, {"revision": True}):
        with pytest.raises(UsageError):
            extend_codebook(schema, path, **rest)


def test_an_edited_export_is_read_back(schema, write):
    rows = codebook_csv(schema)
    names = next(csv.reader(io.StringIO(rows)))
    own = {"id": "x_pet", "label": "Pet", "domain": "control", "definition": "D.", "parent": "x_b"}
    more = {"id": "x_b", "label": "B", "domain": "control", "definition": "E."}
    added = "".join(",".join(row.get(name, "") for name in names) + "\n" for row in (own, more))
    extended = extend_codebook(schema, write(rows + added))
    assert [code.id for code in added_codes(schema, extended)] == ["x_pet", "x_b"]
    assert extended.codebook["x_pet"].parent == ("x_b",)
    # The whole extended codebook can be written and read as a codebook.
    book = read_codebook(write(codebook_csv(extended), "all.csv"))
    assert dict(book) == dict(extended.codebook)


def test_a_table_with_semicolons(schema, write):
    text = f"{HEAD}\n{GOOD}\n".replace(",", ";")
    assert "x_pet" in extend_codebook(schema, write("\ufeff" + text)).codebook


# --- REFI-QDA --------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["1.0", "0:4", "1:0"])
@pytest.mark.parametrize(
    "domain", ["Intimidation", "dom_intimidation", "Intimidation, as a domain"]
)
def test_codes_below_a_domain(schema, write, ending, domain):
    text = qdc(one(domain, one("Threat to a pét")), f"urn:QDA-XML:codebook:{ending}")
    extended = extend_codebook(schema, write(text, "a.qdc"))
    (code,) = added_codes(schema, extended)
    assert (code.id, code.label) == ("x_threat_to_a_pet", "Threat to a pét")
    assert (code.domain, code.definition) == ("intimidation", "It is so.")


def test_our_own_codebook_with_one_code_more(schema, write):
    made = codebook_qdc(schema)
    assert faults(schema, write(made, "a.qdc")) == [("", "", "nothing_new")]
    with_one = qdc(one("barrier", one("Cold", memo="It is cold.")))
    inner = with_one[with_one.index("<Code guid") : with_one.rindex("</Codes>")]
    extended = extend_codebook(
        schema, write(made.replace(b"</Codes>", inner.encode() + b"</Codes>"), "a.qdc")
    )
    assert [code.id for code in added_codes(schema, extended)] == ["x_cold"]
    assert added_codes(schema, extended)[0].code_when == ""
    # And an exported extension is recognised by its identifiers and memos.
    assert faults(extended, write(codebook_qdc(extended), "b.qdc")) == [("", "", "nothing_new")]
    again = extend_codebook(schema, write(codebook_qdc(extended), "c.qdc"))
    assert dict(again.codebook) == dict(extended.codebook)


def test_nested_codes_and_folders(schema, write):
    tree = one("control", one("Group", one("First", one("Second")), codable="false", memo=""))
    extended = extend_codebook(schema, write(qdc(tree), "a.qdc"))
    assert [(c.id, c.parent) for c in added_codes(schema, extended)] == [
        ("x_first", ()),
        ("x_second", ("x_first",)),
    ]


def test_faults_of_a_tree_at_once(schema, write):
    tree = one("Tactic", one("A")) + one("control", one("B", memo="") + one("数", memo="M."))
    assert faults(schema, write(qdc(tree), "a.qdc")) == [
        ("code 1", "", "unknown_domain"),
        ("code 4", "definition", "missing_value"),
        ("code 5", "id", "bad_id"),
    ]


@pytest.mark.parametrize("path", sorted(REFI.glob("codebook_*.qdc")), ids=lambda path: path.stem)
def test_codebooks_of_other_programs_are_understood(schema, path):
    assert faults(schema, path) == [("code 1", "", "unknown_domain")]


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "fuzz.qdc"
    for name in ("fuzz.qdc", "fuzz.csv"):
        path = path.with_name(name)
        path.write_bytes(content)
        with pytest.raises(SchemaError):
            extend_codebook(load_schema(), path)


# --- samples coded earlier -------------------------------------------------------------------


def test_a_sample_coded_earlier_is_read_as_it_is(schema, write):
    extended = extend_codebook(schema, write(f"{HEAD}\n{GOOD}\n"))
    before = example_sample("anna")
    after = read_sample(shipped_path("anna"), schema=extended)
    assert after.fingerprint == before.fingerprint
    assert after.info.schema_version == extended.version
    statuses = after.coded_codes("x_pet", "relationship", "consensus")
    assert np.all(statuses == Status.NOT_DOCUMENTED.code)
    derived = [
        code.id
        for code in schema.codebook.values()
        if code.has_status_rule and code.unit == "relationship"
    ]
    assert status_frame(after, derived).equals(status_frame(before, derived))
