"""MAXQDA's exports: languages, code paths, two copies, variables, and what must not come in."""

from pathlib import Path

import openpyxl
import pytest

from relatum.errors import ImportFailedError
from relatum.samples.importers.base import write_imported
from relatum.samples.importers.cells import read_foreign_table
from relatum.samples.importers.cells_faults import FaultList
from relatum.samples.importers.maxqda import import_maxqda
from relatum.samples.importers.maxqda_headers import segment_roles
from relatum.schema import load_schema
from relatum.schema.codebook_files import code_names

REFI = Path(__file__).parents[2] / "reference" / "refi"
EN = (
    *("Color", "Comment", "Document group", "Document name", "Code", "Beginning", "End"),
    *("Weight score", "Segment", "Modified by", "Modified", "Created by", "Created"),
)
MAPPING = (
    "their_column,their_value,table,column_or_code,status_or_value\n"
    "Tactic > isolation,,codings,iso_family_friends,\n"
)


def row(group, document, code, coder="coderA", text="a passage"):
    return ("●", None, group, document, code, 2, 2, 0, text, coder, "01/01/2026", coder, "x")


def save(path, rows, header=EN):
    book = openpyxl.Workbook()
    for line in (header, *rows):
        book.active.append(line)
    book.save(path)
    return path


@pytest.fixture
def isolation():
    codes = [code.id for code in load_schema().codebook.values() if code.is_coding]
    return next(code for code in codes if code.startswith("iso_"))


@pytest.fixture
def mapping(tmp_path, isolation):
    path = tmp_path / "mapping.csv"
    path.write_text(MAPPING.replace("iso_family_friends", isolation))
    return path


def codings(imported):
    rows = imported.sample.table("codings")
    columns = ("unit_id", "code", "status", "coder_id")
    return sorted(tuple(str(cell) for cell in line) for line in rows[list(columns)].to_numpy())


def discards(imported):
    return {item.what: item.n for item in imported.discards}


def rules(*arguments, **options):
    with pytest.raises(ImportFailedError) as caught:
        import_maxqda(*arguments, **options)
    return [issue.rule for issue in caught.value.issues]


@pytest.mark.parametrize("language", ["en", "de", "pl_2018"])
def test_languages(language, mapping, isolation, tmp_path):
    imported = import_maxqda(REFI / f"coded_segments_{language}.xlsx", mapping=mapping)
    assert codings(imported) == [("R0001", isolation, "present", "K0001")]
    found = discards(imported)
    assert found["passages"] == 1
    assert "unknown headers" not in found
    place = write_imported(imported, tmp_path / "out")
    held = b"".join(path.read_bytes() for path in place.iterdir())
    # Neither the passage nor a name of document, group or coder is written.
    for word in (b"isolated her", b"R001,", b"Investigation 01", b"coderA"):
        assert word not in held


def test_unknown_languages_are_read_by_position(tmp_path, mapping, isolation):
    header = (*(f"h{at}" for at in range(9)), "ModifiedBy?", "m", "Aangemaakt door", "c")
    path = save(tmp_path / "a.xlsx", [row("G 1", "D 1", "Tactic > isolation")], header)
    imported = import_maxqda(path, mapping=mapping)
    assert codings(imported) == [("R0001", isolation, "present", "K0001")]
    assert discards(imported)["unknown headers"] == 5
    roles, placed = segment_roles(read_foreign_table(path), FaultList("x"))
    assert roles["coder"] == "Aangemaakt door"
    assert placed == ("comment", "group", "document", "code", "segment")


def test_codes_by_their_names_and_paths(tmp_path):
    known = load_schema()
    name = next(one for one in code_names(known) if one.code == "ctl_phone_checks")
    rows = [
        row("G", "D1", "Violence > vio_physical"),
        row("G", "D1", name.path),
        row("G", "D2", "vio_physical: absent_documented"),
        row("G", "D2", "Tactic\\ctl_phone_checks\\not_documented"),
        row("G", "D2", "Something else"),
        row("G", "D2", "Something else"),
        row("G", "D2", None),
    ]
    imported = import_maxqda(save(tmp_path / "a.xlsx", rows), keep_names=True)
    assert codings(imported) == [
        ("D1", "ctl_phone_checks", "present", "coderA"),
        ("D1", "vio_physical", "present", "coderA"),
        ("D2", "ctl_phone_checks", "not_documented", "coderA"),
        ("D2", "vio_physical", "absent_documented", "coderA"),
    ]
    found = discards(imported)
    assert found["segments of code 'Something else'"] == 2
    assert found["segments of no code"] == 1


def test_no_known_code_is_a_fault(tmp_path):
    rows = [row("G", "D1", "Something"), row("G", "D1", "Something > else"), row("G", "D2", None)]
    path = save(tmp_path / "a.xlsx", rows)
    assert rules(path) == ["no_known_code"]
    # On purpose, or with codes in the variables, it is none.
    left_out = tmp_path / "m.csv"
    head = MAPPING.split("\n")[0]
    left_out.write_text(f"{head}\nSomething,,codings,,\nSomething > else,,codings,,\n")
    found = import_maxqda(path, mapping=left_out)
    assert discards(found)["relationships without any coding"] == 2
    assert "nothing is documented about any code" in found.report()
    stated = tmp_path / "s.csv"
    stated.write_text(f"{head}\nHurt,yes,codings,vio_physical,present\n")
    header = ("Document group", "Document name", "Hurt")
    variables = save(tmp_path / "v.xlsx", [("G", "D1", "yes"), ("G", "D2", None)], header)
    found = import_maxqda(path, mapping=stated, variables=variables)
    assert [line[:3] for line in codings(found)] == [("R0001", "vio_physical", "present")]


def test_segments_without_codes_say_so(tmp_path):
    found = import_maxqda(save(tmp_path / "a.xlsx", [row("G", "D1", None)]))
    assert discards(found)["relationships without any coding"] == 1


def test_two_copies_are_two_coders_or_two_documents(tmp_path):
    rows = [
        row("Coder 1", "D1", "vio_physical", "x"),
        row("Coder 2", "D1", "vio_physical", "x"),
        row("Coder 2", "D1", "ctl_phone_checks", "x"),
    ]
    path = save(tmp_path / "a.xlsx", rows)
    assert rules(path) == ["document_twice"]
    both = import_maxqda(path, copies="coders", keep_names=True)
    assert both.sample.coders == ("Coder_1", "Coder_2")
    assert both.sample.n("relationships") == 1
    assert "documents without a group" in discards(both)
    other = import_maxqda(path, copies="distinct")
    assert other.sample.n("relationships") == other.sample.n("cases") == 2
    assert other.sample.coders == ("K0001",)


def test_documents_whose_names_become_one_id(tmp_path):
    rows = [row("G", "D 1", "vio_physical"), row("G", "D_1", "vio_physical")]
    path = save(tmp_path / "a.xlsx", rows)
    assert rules(path, keep_names=True) == ["duplicate_key"]
    assert import_maxqda(path).sample.n("relationships") == 2
    # The end of a group's name and the start of a document's are not confused.
    rows = [row("A", "B C", "vio_physical"), row("A B", "C", "vio_physical")]
    path = save(tmp_path / "b.xlsx", [*rows, row("A", "C", "vio_physical")])
    assert import_maxqda(path, copies="distinct").sample.n("relationships") == 3


def test_document_variables(tmp_path):
    segments = save(tmp_path / "a.xlsx", [row("G 1", "D 1", "vio_physical")])
    header = ("Dokumentgruppe", "Dokumentname", "Alter", "relationships.rel_status", "Ort")
    levels = load_schema()["relationships"]["rel_status"].levels
    lines = [
        ("G 1", "D 1", 31, levels[0].value, "A"),
        ("G 2", "D 2", None, None, "B"),
    ]
    variables = save(tmp_path / "v.xlsx", lines, header)
    mapping = tmp_path / "m.csv"
    mapping.write_text(
        "their_column,their_value,table,column_or_code,status_or_value\n"
        "Alter,,victims,victim_age,\n"
    )
    imported = import_maxqda(
        segments, variables=variables, mapping=mapping, population="domestic_violence"
    )
    victims = imported.sample.table("victims").set_index("victim_id")["victim_age"]
    assert victims["V0001"] == 31
    rows = imported.sample.table("relationships").set_index("relationship_id")
    # A document without a segment counts, and a blank variable is silence.
    assert list(rows.index) == ["R0001", "R0002"]
    assert list(rows["population"]) == ["domestic_violence"] * 2
    assert rows["rel_status"].notna().tolist() == [True, False]
    assert discards(imported)["cells of 'Ort'"] == 2


def test_variables_may_state_the_population(tmp_path):
    segments = save(tmp_path / "a.xlsx", [row("G", "D1", "vio_physical")])
    header = ("Document group", "Document name", "relationships.population")
    lines = [("G", "D1", "domestic_violence"), ("G", "D2", None)]
    imported = import_maxqda(segments, variables=save(tmp_path / "v.xlsx", lines, header))
    held = imported.sample.table("relationships")["population"]
    assert list(held) == ["domestic_violence", "trafficking"]


def test_the_order_of_segments_changes_nothing(tmp_path):
    rows = [row(f"G {at % 3}", f"D {at}", "vio_physical") for at in range(11)]
    first = import_maxqda(save(tmp_path / "a.xlsx", rows))
    second = import_maxqda(save(tmp_path / "a.xlsx", rows[::-1]))
    assert first.sample.fingerprint == second.sample.fingerprint
    assert list(first.sample.table("cases")["case_id"]) == ["C0001", "C0002", "C0003"]


def test_a_passage_may_hold_anything(tmp_path):
    rows = [row("G", "D1", "vio_physical", text=text) for text in ("=1+1", "#REF!", "x")]
    imported = import_maxqda(save(tmp_path / "a.xlsx", rows))
    assert discards(imported)["repeated codings"] == 2


def test_wrong_files(tmp_path, mapping):
    short = save(tmp_path / "a.xlsx", [("x", "y")], ("id", "n"))
    assert rules(short) == ["missing_column", "missing_column"]
    blank = save(tmp_path / "b.xlsx", [row("G", None, "vio_physical"), row(None, "D", "x")])
    assert rules(blank) == ["missing_id", "missing_id"]
    wrong = tmp_path / "wrong.csv"
    wrong.write_text(MAPPING.replace("iso_family_friends", "vio_fysical"))
    nothing = save(tmp_path / "e.xlsx", [row(None, None, "vio_physical"), row("G", "D", "x")])
    assert rules(nothing, keep_names=True, copies="distinct") == ["missing_id"] * 2
    good = save(tmp_path / "c.xlsx", [row("G", "D1", "Tactic > isolation")])
    assert rules(good, mapping=wrong, variables=short) == ["missing_column"]
    assert rules(good, mapping=wrong) == ["unknown_code"]
    assert rules(tmp_path / "none.xlsx", variables=tmp_path / "no.xlsx") == ["unreadable_file"] * 2
    bad = save(tmp_path / "d.xlsx", [row("G", "a/b", "vio_physical")])
    assert rules(bad, keep_names=True) == ["pattern"]
