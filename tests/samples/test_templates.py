"""Templates to code into: what they hold, and that what is filled in is read back."""

import csv
import io
import zipfile
from dataclasses import replace
from datetime import datetime, time
from itertools import pairwise

import pandas as pd
import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment

from relatum.errors import ImportFailedError, UsageError
from relatum.samples import SampleInfo, example_sample
from relatum.samples.importers.base import finish_import
from relatum.samples.importers.template import read_template
from relatum.samples.templates import (
    CODE_SHEET,
    EXAMPLE,
    FORMS,
    MARK,
    csv_sheets,
    template_sheets,
    write_templates,
)
from relatum.samples.templates_excel import template_workbook
from relatum.schema import TACTIC_DOMAINS, load_schema
from relatum.schema.extension import extend_codebook

INFO = SampleInfo(name="mine", title="Mine", origin="collected", schema_version="")
SCHEMA = load_schema()
ROWS = {
    "cases": [{"case_id": "c1", "case_list_source": "included", "case_start": "2015-01-31"}],
    "suspects": [{"suspect_id": "s1", "case_id": "c1", "suspect_age": "31"}],
    "victims": [{"victim_id": "v1", "case_id": "c1"}],
    "relationships": [
        {
            "relationship_id": "r1",
            "case_id": "c1",
            "suspect_id": "s1",
            "victim_id": "v1",
            "population": "trafficking",
            "conflict_topic": "money;jealousy",
        }
    ],
    "codes_relationship": [
        {
            "relationship_id": "r1",
            "coder_id": "a",
            "vio_physical": "present",
            "vio_frequency": "weekly",
            "eco_exit_fee_amount": "2500",
            "dom_isolation": "absent_documented",
            "iso_phone_replaced": "not_documented",
        }
    ],
}


@pytest.fixture(scope="module")
def wide():
    return template_sheets(SCHEMA, "wide")


@pytest.fixture(scope="module")
def blank(wide):
    """Return the bytes of the wide workbook as it is handed out."""
    return template_workbook(SCHEMA, wide)


@pytest.fixture
def filled(tmp_path, wide):
    """Write what is left of a wide workbook when only its cells are kept, and change it."""

    def write(change=None, rows=ROWS):
        book = Workbook()
        book.active.title = "read_me"
        for sheet in wide:
            if sheet.name in rows:
                page = book.create_sheet(sheet.name)
                page.append(list(sheet.header))
                for row in rows[sheet.name]:
                    page.append([row.get(name) for name in sheet.header])
        if change is not None:
            change(book)
        book.save(tmp_path / "filled.xlsx")
        return tmp_path / "filled.xlsx"

    return write


def column(page, name):
    return next(cell.column for cell in page[1] if cell.value == name)


def put(book, sheet, row, name, value):
    page = book[sheet]
    page.cell(row=row, column=column(page, name)).value = value


def faults(path, **rest):
    with pytest.raises(ImportFailedError) as caught:
        read_template(path, **rest)
    assert caught.value.exit_code == 16
    return [(i.table, i.row, i.field, i.rule) for i in caught.value.issues]


# --- what a template holds -------------------------------------------------------------------


def test_every_column_of_the_schema_is_there(wide):
    tables = {sheet.name: set(sheet.header) - {MARK} for sheet in wide if not sheet.unit}
    assert set(tables) == set(SCHEMA.tables) - {"codings"}
    for name, header in tables.items():
        assert header == set(SCHEMA[name].columns) - {"simulated"}
    codes = [name for sheet in wide if sheet.unit for name in sheet.header[3:]]
    assert sorted(codes) == sorted(c.id for c in SCHEMA.codebook.values() if c.is_coding)
    long = {sheet.name for sheet in template_sheets(SCHEMA, "long")}
    assert long == set(SCHEMA.tables)


def test_codes_stand_by_domain(wide):
    sheet = next(sheet for sheet in wide if sheet.name == f"{CODE_SHEET}relationship")
    domains = list(dict.fromkeys(column.group for column in sheet.columns[3:]))
    assert tuple(domains[: len(TACTIC_DOMAINS)]) == TACTIC_DOMAINS
    groups = [column.group for column in sheet.columns[3:]]
    assert sum(a != b for a, b in pairwise(groups)) == len(domains) - 1
    assert sheet.columns[3].name == "dom_economic"


@pytest.mark.parametrize("form", FORMS)
def test_the_worked_rows_are_a_valid_sample(form):
    frames = {
        sheet.name: pd.DataFrame(list(sheet.examples)).drop(columns=MARK).fillna("")
        for sheet in template_sheets(SCHEMA, form)
        if sheet.examples and not sheet.unit
    }
    finish_import(frames, INFO)


def test_the_worked_row_of_codes_is_valid(tmp_path, wide):
    rows = {
        sheet.name: [
            {name: text.replace("EXAMPLE-", "") for name, text in row.items() if name != MARK}
            for row in sheet.examples
        ]
        for sheet in wide
    }
    path = tmp_path / "wide.xlsx"
    path.write_bytes(template_workbook(SCHEMA, wide, rows=rows))
    assert read_template(path).sample.n("codings") == 5


def test_the_workbook_is_made_for_coders(blank):
    book = load_workbook(io.BytesIO(blank))
    page = book["codes_relationship"]
    head = page.cell(row=1, column=column(page, "ctl_phone_checks"))
    assert SCHEMA.codebook["ctl_phone_checks"].definition in head.comment.text
    assert book["lists"].sheet_state == "hidden"
    assert book["codebook"].max_row == len(SCHEMA.codebook) + 1
    rules = book["relationships"].data_validations.dataValidation
    assert '"trafficking,domestic_violence"' in {rule.formula1 for rule in rules}
    for sheet in book:
        for rule in sheet.data_validations.dataValidation:
            assert len(rule.formula1.strip('"')) <= 255
    assert page.cell(row=2, column=1).value == EXAMPLE


def test_a_long_list_lies_on_a_hidden_sheet():
    book = load_workbook(io.BytesIO(template_workbook(SCHEMA, template_sheets(SCHEMA, "long"))))
    rules = book["codings"].data_validations.dataValidation
    rule = next(rule for rule in rules if rule.formula1.startswith("lists!"))
    listed = [row[0].value for row in book["lists"][rule.formula1.split("!")[1].replace("$", "")]]
    assert set(listed) == {code.id for code in SCHEMA.codebook.values() if code.is_coding}


def test_the_bytes_do_not_change(blank, wide):
    assert template_workbook(SCHEMA, wide) == blank
    with zipfile.ZipFile(io.BytesIO(blank)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_files(tmp_path):
    files = write_templates(tmp_path / "t", forms=("wide",))
    assert {file.parts[0] for file in files} == {"wide.xlsx", "wide_csv"}
    assert all((tmp_path / "t" / file).is_file() for file in files)
    with pytest.raises(UsageError, match="not an empty folder"):
        write_templates(tmp_path / "t")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["t"]
    with pytest.raises(ImportFailedError, match="no row of your own"):
        read_template(tmp_path / "t" / "wide.xlsx")
    with pytest.raises(ImportFailedError, match="no row of your own"):
        read_template(tmp_path / "t" / "wide_csv")


# --- what is filled in is read back ----------------------------------------------------------


def rows_of(sample, *, drop=("simulated",)):
    """Return the rows of every table as texts, as a user would type them."""
    folder = {}
    for name, frame in sample.tables.items():
        texts = frame.drop(columns=list(drop)).copy()
        for label in texts:
            if str(texts[label].dtype) == "boolean":
                texts[label] = texts[label].map({True: "true", False: "false"})
        text = texts.to_csv(index=False, date_format="%Y-%m-%d")
        folder[name] = list(csv.DictReader(io.StringIO(text)))
    return folder


def same(left, right):
    for name in SCHEMA.tables:
        pd.testing.assert_frame_equal(
            left.table(name).drop(columns="simulated"), right.table(name).drop(columns="simulated")
        )


def test_a_whole_sample_through_the_long_form(tmp_path):
    anna = example_sample("anna")
    sheets = template_sheets(SCHEMA, "long")
    path = tmp_path / "long.xlsx"
    path.write_bytes(template_workbook(SCHEMA, sheets, rows=rows_of(anna)))
    same(read_template(path).sample, anna)


def test_a_large_sample_through_csv(tmp_path):
    drawn = example_sample("simulated")
    folder = tmp_path / "long_csv"
    folder.mkdir()
    for name, text in csv_sheets(template_sheets(SCHEMA, "long"), rows_of(drawn)).items():
        (folder / name).write_text(text, encoding="utf-8")
    same(read_template(folder).sample, drawn)


def test_a_column_per_code(filled):
    imported = read_template(filled(), info=replace(INFO, name="x"))
    sample = imported.sample
    rows = sample.table("codings").set_index("code")
    assert dict(rows["status"].astype(str)) == {
        "dom_isolation": "absent_documented",
        "iso_phone_replaced": "not_documented",
        "vio_physical": "present",
        "vio_frequency": "present",
        "eco_exit_fee_amount": "present",
    }
    assert rows.loc["vio_frequency", "intensity"] == "weekly"
    assert rows.loc["eco_exit_fee_amount", "value"] == "2500"
    assert set(rows["coder_id"]) == {"a"}
    assert sample.info.name == "x"
    assert sample.table("suspects")["suspect_age"].tolist() == [31]
    assert imported.discards == ()


def test_the_order_of_rows_changes_nothing_but_keys(filled):
    second = {"relationship_id": "r2", "suspect_id": "s2"}
    rows = {
        **ROWS,
        "suspects": [*ROWS["suspects"], {"suspect_id": "s2", "case_id": "c1"}],
        "relationships": [*ROWS["relationships"], {**ROWS["relationships"][0], **second}],
        "codes_relationship": [
            *ROWS["codes_relationship"],
            {"relationship_id": "r2", "coder_id": "a", "dom_rules": "present"},
        ],
    }
    turned = {name: list(reversed(held)) for name, held in rows.items()}
    results = []
    for given in (rows, turned):
        table = read_template(filled(rows=given)).sample.table("codings")
        columns = ["unit_id", "code", "status", "value", "intensity", "coder_id"]
        results.append(table[columns].astype("string").sort_values(["unit_id", "code"]))
    pd.testing.assert_frame_equal(*(held.reset_index(drop=True) for held in results))


def test_what_is_no_data_is_listed(filled):
    def change(book):
        notes = book.create_sheet("my thoughts")
        notes.append(["a"])
        notes.append(["b"])
        book["cases"]["B2"].comment = Comment("check this", "me")

    found = {(d.source, d.what, d.n) for d in read_template(filled(change)).discards}
    assert found == {("my thoughts", "rows", 1), ("cases", "comments", 1)}
    rows = {**ROWS, "cases": [*ROWS["cases"], {MARK: EXAMPLE, **example("cases")}]}
    (one,) = read_template(filled(rows=rows)).discards
    assert (one.source, one.what, one.n) == ("cases", "worked row", 1)


def example(name):
    sheet = next(sheet for sheet in template_sheets(SCHEMA, "wide") if sheet.name == name)
    return sheet.examples[0]


def test_cells_that_a_spreadsheet_made(filled):
    def change(book):
        put(book, "cases", 2, "case_start", datetime(2015, 2, 3))
        put(book, "cases", 2, "case_prosecuted_window", value=True)
        put(book, "cases", 2, "case_duration_months", 4.0)

    row = read_template(filled(change)).sample.table("cases").iloc[0]
    assert row["case_start"].isoformat() == "2015-02-03T00:00:00"
    assert bool(row["case_prosecuted_window"]) is True
    assert row["case_duration_months"] == 4


def test_own_codes_in_a_template(tmp_path):
    own = tmp_path / "own.csv"
    own.write_text("id,label,domain,definition\nx_pet,Pet,intimidation,Harm to a pet.\n")
    extended = extend_codebook(SCHEMA, own)
    sheets = [s for s in template_sheets(extended, "wide") if s.name in ROWS]
    assert "x_pet" in next(s for s in sheets if s.unit).header
    rows = {**ROWS, "codes_relationship": [{**ROWS["codes_relationship"][0], "x_pet": "present"}]}
    path = tmp_path / "own.xlsx"
    path.write_bytes(template_workbook(extended, sheets, rows=rows))
    sample = read_template(path, schema=extended).sample
    assert "x_pet" in set(sample.table("codings")["code"])
    assert sample.info.schema_version == f"{SCHEMA.version}+mine.1"
    assert faults(path) == [("codes_relationship", "", "x_pet", "unknown_field")]


# --- bad input -------------------------------------------------------------------------------


def test_every_fault_at_once_by_sheet_row_and_column(filled):
    def change(book):
        put(book, "cases", 2, "case_scope", "locall")
        put(book, "cases", 2, "case_start", "31-1-2015")
        put(book, "cases", 2, "case_wiretap_days", "=1+1")
        put(book, "suspects", 2, "suspect_age", "#N/A")
        put(book, "victims", 2, "case_id", "c9")
        put(book, "codes_relationship", 2, "vio_physical", "yes")
        put(book, "codes_relationship", 2, "eco_exit_fee_amount", "much")
        put(book, "codes_relationship", 3, "relationship_id", "r9")
        put(book, "codes_relationship", 3, "dom_rules", "present")
        book["suspects"]["A1"].value = "mrak"

    assert faults(filled(change)) == [
        ("cases", "row 2", "case_scope", "unknown_level"),
        ("cases", "row 2", "case_start", "wrong_type"),
        ("cases", "row 2", "case_wiretap_days", "formula"),
        ("codes_relationship", "row 2", "eco_exit_fee_amount", "wrong_type"),
        ("codes_relationship", "row 2", "vio_physical", "unknown_level"),
        ("codes_relationship", "row 3", "coder_id", "missing_value"),
        ("codes_relationship", "row 3", "relationship_id", "missing_parent"),
        ("relationships", "row 2", "victim_id", "person_in_two_cases"),
        ("suspects", "", "mrak", "unknown_field"),
        ("suspects", "row 2", "suspect_age", "error_cell"),
        ("victims", "row 2", "case_id", "missing_parent"),
    ]


def test_rows_are_named_by_their_place(filled):
    def change(book):
        page = book["cases"]
        page.insert_rows(2, amount=3)
        put(book, "cases", 5, "case_outcome", "nonsense")
        for name, value in (("case_id", "c1"), ("case_list_source", "included")):
            put(book, "cases", 7, name, value)

    assert faults(filled(change)) == [
        ("cases", "row 5", "case_outcome", "unknown_level"),
        ("cases", "row 7", "case_id", "duplicate_key"),
    ]


def test_sensitive_values_are_not_quoted(filled):
    with pytest.raises(ImportFailedError) as caught:
        read_template(filled(lambda book: put(book, "victims", 2, "victim_gender", "secretword")))
    assert "secretword" not in str(caught.value) + repr(caught.value.issues)


@pytest.mark.parametrize(
    ("sheet", "name", "value", "rule"),
    [
        ("cases", MARK, EXAMPLE, "example_changed"),
        ("cases", MARK, "x", "unknown_level"),
        ("cases", "case_duration_months", "1\n2", "line_break"),
    ],
)
def test_single_cells(filled, sheet, name, value, rule):
    found = faults(filled(lambda book: put(book, sheet, 2, name, value)))
    assert (sheet, "row 2", name, rule) in found


def test_keys_of_the_worked_rows_are_refused(filled):
    rows = {name: [dict(row) for row in held] for name, held in ROWS.items()}
    rows["police_contacts"] = [{"contact_id": "EXAMPLE-P1", "victim_id": "v1"}]
    assert faults(filled(rows=rows)) == [("police_contacts", "row 2", "contact_id", "example_key")]


def test_dates_in_the_wrong_place_and_times_of_day(filled):
    def change(book):
        put(book, "cases", 2, "case_id", datetime(2015, 2, 3))
        put(book, "cases", 2, "case_start", datetime(2015, 2, 3, 14, 5))
        put(book, "cases", 2, "case_end", time(14, 5))

    found = [fault for fault in faults(filled(change)) if fault[0] == "cases"]
    assert found == [
        ("cases", "row 2", "case_end", "wrong_type"),
        ("cases", "row 2", "case_id", "unexpected_date"),
        ("cases", "row 2", "case_start", "time_of_day"),
    ]


def test_merged_cells_and_headers(filled):
    def change(book):
        book["cases"].merge_cells("C2:C3")
        page = book["victims"]
        page.cell(row=1, column=4).value = "victim_age"
        page.cell(row=1, column=page.max_column + 2).value = "name of the victim"
        page.cell(row=2, column=page.max_column + 3).value = "beyond"

    found = faults(filled(change))
    assert ("cases", "row 2", "", "merged_cells") in found
    assert ("victims", "", "victim_age", "duplicate_column") in found
    assert ("victims", "", "(an unknown column)", "unknown_field") in found
    assert ("victims", "row 2", "", "too_many_fields") in found


def test_one_coder_codes_a_unit_in_one_row(filled):
    twice = [dict(ROWS["codes_relationship"][0]) for _ in range(2)]
    assert faults(filled(rows={**ROWS, "codes_relationship": twice})) == [
        ("codes_relationship", "row 3", "relationship_id", "duplicate_key")
    ]


def test_a_sheet_that_was_renamed(filled):
    def change(book):
        book["victims"].title = "victim"

    assert ("victim", "", "", "unknown_table") in faults(filled(change))


def test_files_that_are_no_template(tmp_path):
    def rule(path):
        ((_, _, _, rule),) = faults(path)
        return rule

    assert rule(tmp_path / "none.xlsx") == "unreadable_file"
    (tmp_path / "a.docx").write_bytes(b"x")
    assert rule(tmp_path / "a.docx") == "file_type"
    (tmp_path / "b.xlsx").write_bytes(b"\xd0\xcf\x11\xe0 and so on")
    assert rule(tmp_path / "b.xlsx") == "protected_file"
    (tmp_path / "c.xlsx").write_bytes(b"no archive")
    assert rule(tmp_path / "c.xlsx") == "damaged_file"
    with zipfile.ZipFile(tmp_path / "d.xlsx", "w") as archive:
        archive.writestr("hello.txt", "hello")
    assert rule(tmp_path / "d.xlsx") == "damaged_file"
    Workbook().save(tmp_path / "e.xlsx")
    assert rule(tmp_path / "e.xlsx") == "unknown_table"
    (tmp_path / "folder").mkdir()
    assert rule(tmp_path / "folder") == "empty_folder"
    (tmp_path / "folder" / "cases.csv").write_text("case_id,case_list_source\nc1\n")
    assert rule(tmp_path / "folder") == "too_few_fields"


def test_a_workbook_cut_off_anywhere_is_refused(blank, tmp_path):
    path = tmp_path / "cut.xlsx"
    for share in (0.1, 0.5, 0.9, 0.999):
        path.write_bytes(blank[: int(len(blank) * share)])
        with pytest.raises(ImportFailedError):
            read_template(path)
