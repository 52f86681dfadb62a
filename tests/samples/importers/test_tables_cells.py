"""Foreign tables as texts: every type of file, and what is wrong with one."""

import contextlib
import io
import struct
import zipfile
from datetime import datetime

import openpyxl
import pandas as pd
import pyreadstat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relatum.errors import ImportFailedError
from relatum.samples.importers.cells import FORMATS, read_foreign_table


def workbook(path, rows, *, title="Data", change=None):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    if change:
        change(book, sheet)
    book.save(path)
    return path


def issues_of(path, **options):
    with pytest.raises(ImportFailedError) as caught:
        read_foreign_table(path, **options)
    return [issue.rule for issue in caught.value.issues], caught.value


def read_or_tell(path):
    """Read a file that may be anything; whatever is not told as a fault ends the test."""
    with contextlib.suppress(ImportFailedError):
        read_foreign_table(path)


def biff2(rows):
    """Return the bytes of a worksheet of Excel 2, the one kind of .xls that is short."""
    out = struct.pack("<HHHH", 0x0009, 4, 2, 0x0010)
    for at, row in enumerate(rows):
        for place, cell in enumerate(row):
            head = struct.pack("<HHBBB", at, place, 0, 0, 0)
            if isinstance(cell, str):
                text = cell.encode("latin-1")
                body, kind = head + bytes([len(text)]) + text, 0x0004
            elif isinstance(cell, bool):
                body, kind = head + bytes([cell, 0]), 0x0005
            elif cell is None:
                body, kind = head + bytes([23, 1]), 0x0005
            else:
                body, kind = head + struct.pack("<d", cell), 0x0003
            out += struct.pack("<HH", kind, len(body)) + body
    return out + struct.pack("<HH", 0x000A, 0)


WANTED = {"id": ["r1", "r2"], "age": ["31", ""], "seen": ["true", "false"]}


@pytest.fixture
def frame():
    return pd.DataFrame({"id": ["r1", "r2"], "age": [31, None], "seen": [True, False]})


def test_every_type_of_file_gives_the_same_texts(tmp_path, frame):
    frame.to_parquet(tmp_path / "a.parquet")
    (tmp_path / "a.csv").write_text("id;age;seen\r\nr1;31;true\r\nr2;;false\r\n")
    workbook(tmp_path / "a.xlsx", [list(frame), ["r1", 31, True], ["r2", None, False]])
    (tmp_path / "a.xls").write_bytes(biff2([list(frame), ["r1", 31, True], ["r2", "", False]]))
    for name in ("a.parquet", "a.csv", "a.xlsx", "a.xls"):
        table = read_foreign_table(tmp_path / name)
        assert table.frame.to_dict("list") == WANTED, name
        assert table.faults_of(table.columns) == ()
    assert read_foreign_table(tmp_path / "a.xlsx").place(0) == "row 2"


def test_labels_of_spss_and_stata_are_kept(tmp_path):
    frame = pd.DataFrame({"hit": [1.0, 2.0, 9.0, None], "same": [1.0, 2.0, 1.0, 1.0]})
    labels = {"hit": {1: "yes", 2: "no", 9: "refused"}, "same": {1: "x", 2: "x"}}
    words = {"hit": "Was there physical violence?", "same": ""}
    pyreadstat.write_sav(
        frame,
        str(tmp_path / "a.sav"),
        variable_value_labels=labels,
        column_labels=words,
        missing_ranges={"hit": [9]},
    )
    pyreadstat.write_dta(
        frame, str(tmp_path / "a.dta"), variable_value_labels=labels, column_labels=words
    )
    for name in ("a.sav", "a.dta"):
        table = read_foreign_table(tmp_path / name)
        # A missing value that the user defined says more than a blank, and labels must differ.
        assert list(table.frame["hit"]) == ["yes", "no", "refused", ""]
        assert list(table.frame["same"]) == ["1", "2", "1", "1"]
        assert table.labels["hit"] == "Was there physical violence?"


def test_days_and_blank_rows(tmp_path):
    rows = [[], ["day", "n"], [datetime(2015, 3, 2), 1.5], [], [datetime(2015, 3, 2, 4, 5), 2]]
    table = read_foreign_table(workbook(tmp_path / "a.xlsx", rows))
    assert list(table.frame["day"]) == ["2015-03-02", "2015-03-02 04:05:00"]
    assert list(table.frame["n"]) == ["1.5", "2"]
    assert list(table.rows) == [3, 5]


def test_a_sheet_is_named_or_the_only_one(tmp_path):
    def more(book, sheet):
        book.create_sheet("Empty")
        other = book.create_sheet("Codes")
        other.append(["code"])
        other.append(["x"])

    path = workbook(tmp_path / "a.xlsx", [["id"], ["r1"]], change=more)
    rules, error = issues_of(path)
    assert rules == ["several_sheets"]
    assert error.issues[0].allowed == ("Data", "Codes")
    assert read_foreign_table(path, sheet="Codes").columns == ("code",)
    rules, error = issues_of(path, sheet="Dato")
    assert (rules, error.issues[0].near) == (["no_such_sheet"], "Data")
    assert issues_of(path, sheet="Empty")[0] == ["empty_sheet"]


def test_faults_of_cells_lie_with_their_column(tmp_path):
    def spoil(book, sheet):
        sheet["B2"], sheet["B3"] = "=1+1", "#REF!"
        sheet.merge_cells("C2:C3")

    rows = [["id", "n", "kind", "day"], ["r1", 0, "a", "2015-03-02"], ["r2", 0, "b", "2.3.2015"]]
    table = read_foreign_table(workbook(tmp_path / "a.xlsx", rows, change=spoil))
    found = [(i.row, i.field, i.rule) for i in table.faults_of(table.columns)]
    assert found == [
        ("row 2", "n", "formula_without_value"),
        ("row 3", "n", "error_in_cell"),
        ("row 2", "kind", "merged_cells"),
        ("row 3", "day", "mixed_dates"),
    ]
    assert table.faults_of(["id"]) == ()


def test_a_formula_that_gave_an_empty_text_is_blank(tmp_path):
    path = workbook(tmp_path / "a.xlsx", [["id", "n"], ["r1", "=IF(1,2)"]])
    with zipfile.ZipFile(path) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    sheet = held["xl/worksheets/sheet1.xml"]
    held["xl/worksheets/sheet1.xml"] = sheet.replace(b'<c r="B2">', b'<c r="B2" t="str">')
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in held.items():
            archive.writestr(name, content)
    table = read_foreign_table(path)
    assert table.faults_of(table.columns) == ()
    assert list(table.frame["n"]) == [""]


@pytest.mark.parametrize(
    ("days", "told"),
    [
        (["2015-03-02", "2015-04-02"], []),
        (["2015-03-02", "02-03-2015", "03-03-2015"], ["row 3"]),
        (["13/02/2015", "02/13/2015"], ["row 3"]),
        (["1.2.2015", "1/2/2015"], ["row 3"]),
        (["2015-03-02", "not a day"], []),
    ],
)
def test_mixed_days(tmp_path, days, told):
    path = workbook(tmp_path / "a.xlsx", [["day"], *([day] for day in days)])
    table = read_foreign_table(path)
    assert [issue.row for issue in table.faults_of(["day"])] == told


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [
        ("a.ods", b"x", "file_type"),
        ("a.xlsx", b"", "empty_file"),
        ("a.xlsx", b"id,n\n1,2\n", "file_type"),
        ("a.csv", b"PK\3\4whatever", "file_type"),
        ("a.xls", b"<html><table>", "file_type"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "damaged_file"),
        ("a.sav", b"$FL2 is cut off", "damaged_file"),
        ("a.dta", b"<stata_dta><header>", "damaged_file"),
        ("a.parquet", b"PAR1 is cut off", "truncated_file"),
        ("a.csv", "naam\nJosé".encode("latin-1"), "encoding"),
        ("a.csv", b"id,id,id,n,n\n1,2,3,4,5\n", "duplicate_column"),
        ("a.csv", b"id,n\n", "empty_sheet"),
        ("a.csv", b"id,n\n1,2,3\n", "too_many_fields"),
    ],
)
def test_wrong_files(tmp_path, name, content, rule):
    (tmp_path / name).write_bytes(content)
    rules, error = issues_of(tmp_path / name)
    assert rules == [rule]
    assert error.exit_code == 16


def test_protected_workbooks(tmp_path):
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
    (tmp_path / "a.xlsx").write_bytes(ole + "EncryptedPackage".encode("utf-16-le"))
    assert issues_of(tmp_path / "a.xlsx")[0] == ["password"]
    assert issues_of(tmp_path / "missing.xlsx")[0] == ["unreadable_file"]


def test_errors_in_old_workbooks(tmp_path):
    (tmp_path / "a.xls").write_bytes(biff2([["id", "n"], ["r1", None], ["r2", 3]]))
    table = read_foreign_table(tmp_path / "a.xls")
    assert [(i.row, i.rule) for i in table.faults_of(["n"])] == [("row 2", "error_in_cell")]


def test_all_faults_of_a_header_at_once(tmp_path):
    def merge(book, sheet):
        sheet.merge_cells("A1:A2")

    rows = [["id", "n", "n", None, "k"], ["r1", 1, 2, 3, 4]]
    rules, _ = issues_of(workbook(tmp_path / "a.xlsx", rows, change=merge))
    assert sorted(rules) == ["duplicate_column", "header", "merged_cells"]


def test_unsafe_workbooks_are_not_opened(tmp_path):
    path = workbook(tmp_path / "a.xlsx", [["id"], ["r1"]])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/bomb.xml", b" " * (1 << 25))
    assert issues_of(path)[0] == ["zip_bomb"]
    path = workbook(tmp_path / "b.xlsx", [["id"], ["r1"]])
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/extra.xml", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>")
    assert issues_of(path)[0] == ["unsafe_xml"]


def test_no_message_holds_a_name(tmp_path):
    def spoil(book, sheet):
        sheet["A2"] = "#REF!"

    path = workbook(tmp_path / "a.xlsx", [["Anna Jansen"], ["x"]], title="Jan Jansen", change=spoil)
    table = read_foreign_table(path)
    text = " ".join(str(issue) for issue in table.faults_of(table.columns))
    assert "error_in_cell" in text
    assert "Jansen" not in text


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(sorted(FORMATS)), st.binary(max_size=200), st.booleans())
def test_any_bytes_end_in_a_table_or_an_error(tmp_path_factory, ending, content, headed):
    heads = {".xlsx": b"PK\3\4", ".xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ".sav": b"$FL2"}
    path = tmp_path_factory.mktemp("fuzz") / f"a{ending}"
    path.write_bytes((heads.get(ending, b"") if headed else b"") + content)
    read_or_tell(path)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 4000), st.integers(0, 255))
def test_a_damaged_workbook_is_told(tmp_path_factory, at, byte):
    buffer = io.BytesIO()
    workbook(buffer, [["id", "n"], ["r1", 1]])
    content = bytearray(buffer.getvalue())
    content[at % len(content)] = byte
    path = tmp_path_factory.mktemp("fuzz") / "a.xlsx"
    path.write_bytes(bytes(content))
    read_or_tell(path)
