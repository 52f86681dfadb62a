"""Sheets of a filled template that were renamed, or that are gone."""

import pytest
from openpyxl import Workbook

from relatum.errors import ImportFailedError
from relatum.samples.importers.template import read_template
from relatum.samples.templates import EXAMPLE, MARK, csv_sheets, template_sheets
from relatum.schema import load_schema

SCHEMA = load_schema()
FORMS = {form: template_sheets(SCHEMA, form) for form in ("wide", "long")}
UNITS = {
    "cases": [{"case_id": "c1", "case_list_source": "included"}],
    "suspects": [{"suspect_id": "s1", "case_id": "c1"}],
    "victims": [{"victim_id": "v1", "case_id": "c1"}],
    "relationships": [
        {
            "relationship_id": "r1",
            "case_id": "c1",
            "suspect_id": "s1",
            "victim_id": "v1",
            "population": "trafficking",
        }
    ],
}
CODES = {
    "wide": {
        "codes_relationship": [
            {"relationship_id": "r1", "coder_id": "a", "vio_physical": "present"}
        ]
    },
    "long": {
        "codings": [
            {
                "coding_id": "k1",
                "unit_type": "relationship",
                "unit_id": "r1",
                "code": "vio_physical",
                "status": "present",
                "coder_id": "a",
            }
        ]
    },
}


@pytest.fixture
def filled(tmp_path):
    """Write the cells of a workbook; sheets may be renamed or left out."""

    def write(form="wide", *, rename=None, without=(), rows=None):
        book = Workbook()
        book.active.title = "read_me"
        book.create_sheet("codebook")
        given = {**UNITS, **CODES[form]} if rows is None else rows
        for sheet in FORMS[form]:
            if sheet.name in without:
                continue
            page = book.create_sheet((rename or {}).get(sheet.name, sheet.name))
            page.append(list(sheet.header))
            for row in given.get(sheet.name, ()):
                page.append([row.get(name) for name in sheet.header])
        book.save(tmp_path / "filled.xlsx")
        return tmp_path / "filled.xlsx"

    return write


def faults(path):
    with pytest.raises(ImportFailedError) as caught:
        read_template(path)
    return [(i.table, i.rule, i.near) for i in caught.value.issues]


@pytest.mark.parametrize("form", ["wide", "long"])
def test_a_whole_template_has_nothing_to_warn_of(filled, form):
    imported = read_template(filled(form))
    assert imported.sample.n("codings") == 1
    assert imported.warnings == imported.discards == ()


@pytest.mark.parametrize(
    ("form", "old", "new"),
    [
        ("wide", "codes_relationship", "Codes"),
        ("wide", "codes_relationship", "Sheet2"),
        ("wide", "victims", "victim"),
        ("wide", "relationships", "Paare"),
        ("wide", "cases", "dossiers"),
        ("long", "codings", "Kodierungen"),
    ],
)
def test_a_renamed_sheet_is_one_fault_that_names_it(filled, form, old, new):
    assert faults(filled(form, rename={old: new})) == [(new, "unknown_table", old)]


def test_every_renamed_sheet_is_named(filled):
    found = faults(filled(rename={"victims": "Opfer", "suspects": "Verdaechtige"}))
    assert sorted(found) == [
        ("Opfer", "unknown_table", "victims"),
        ("Verdaechtige", "unknown_table", "suspects"),
    ]


def test_all_sheets_renamed(filled):
    names = {sheet.name: f"Blatt {at}" for at, sheet in enumerate(FORMS["wide"])}
    found = faults(filled(rename=names))
    assert {("Blatt 0", "unknown_table", "cases")} <= set(found)
    assert len(found) == len(FORMS["wide"])


@pytest.mark.parametrize("form", ["wide", "long"])
def test_no_sheet_of_codes_is_one_fault(filled, form):
    codes = [s.name for s in FORMS[form] if s.name == "codings" or s.name.startswith("codes_")]
    path = filled(form, without=codes)
    assert faults(path) == [("filled.xlsx", "missing_sheet", "")]
    with pytest.raises(ImportFailedError, match=r"^1 fault in the sheets of 'filled\.xlsx'"):
        read_template(path)


def test_rows_that_refer_to_a_sheet_that_is_gone(filled):
    assert faults(filled(without=["victims"])) == [("victims", "missing_sheet", "")]
    assert faults(filled(without=["relationships"])) == [("relationships", "missing_sheet", "")]


def test_other_sheets_that_are_gone_are_one_warning(filled):
    imported = read_template(filled(without=["retractions", "codes_contact"]))
    (warning,) = imported.warnings
    assert (warning.rule, warning.severity) == ("missing_sheet", "warning")
    assert warning.message == (
        "Not there, so nothing was read for them: codes_contact, retractions."
    )
    assert "missing_sheet" not in imported.report()


def test_a_missing_codebook_sheet_is_said(filled, tmp_path):
    from openpyxl import load_workbook

    path = filled()
    book = load_workbook(path)
    del book["codebook"]
    book.save(path)
    (warning,) = read_template(path).warnings
    assert warning.message.endswith(": codebook.")


def test_worked_rows_refer_to_nothing(filled):
    rows = {**UNITS, **CODES["wide"], "reports": [{MARK: EXAMPLE, "victim_id": "EXAMPLE-V1"}]}
    found = faults(filled(rows=rows, without=["retractions"]))
    assert [rule for _, rule, _ in found] == ["example_changed"]


def test_a_folder_of_files(tmp_path):
    folder = tmp_path / "wide_csv"
    folder.mkdir()
    for name, text in csv_sheets(FORMS["wide"], {**UNITS, **CODES["wide"]}).items():
        (folder / name).write_text(text, encoding="utf-8")
    assert read_template(folder).warnings == ()
    (folder / "codes_relationship.csv").rename(folder / "codes.csv")
    assert faults(folder) == [("codes", "unknown_table", "codes_relationship")]
    (folder / "codes.csv").unlink()
    (folder / "codes_contact.csv").unlink()
    assert faults(folder) == [("wide_csv", "missing_sheet", "")]
