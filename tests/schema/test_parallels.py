"""Reading the parallels matrix: every shipped row, and every fault of a changed one."""

import csv
from functools import partial
from io import StringIO

import pytest

from relatum.errors import SchemaError
from relatum.schema import load_schema, schema_path
from relatum.schema.parallels import KINDS, UNITS, load_parallels

PLACE = schema_path() / "parallels.csv"
ROWS = load_parallels()


@pytest.fixture
def rewritten(rewrite):
    """Write the shipped matrix again, with some cells changed."""
    return partial(rewrite, PLACE)


def test_every_row_is_read_in_the_order_of_the_file():
    with PLACE.open(encoding="utf-8", newline="") as handle:
        ids = [row["id"] for row in csv.DictReader(handle)]
    assert list(ROWS) == ids == [f"P{number:02d}" for number in range(1, 37)]


@pytest.mark.parametrize("row", ROWS.values(), ids=list(ROWS))
def test_row_says_what_a_program_needs(row):
    assert row.kind in KINDS
    assert row.scale in KINDS[row.kind]
    assert row.estimand
    if row.kind == "global":
        return
    assert row.unit in UNITS
    assert row.measure in load_schema().codebook or row.measure in ("dom_*", "bar_*")
    assert row.tested == bool(row.default_margins)
    assert row.contrast == (row.expected_sign is not None)


def test_what_is_counted():
    measures = {row.id: (row.kind, row.measure, row.unit, row.among) for row in ROWS.values()}
    expected = {
        "P02": ("share", "rel_cohabiting", "relationship", ""),
        "P06": ("share", "dom_intimidation", "relationship", ""),
        "P07": ("share", "dom_isolation", "relationship", ""),
        "P11": ("share", "composite_control_intimidation_violence", "relationship", ""),
        "P15": ("mean", "dv_barriers_leaving", "relationship", "victim_statement"),
        "P16": ("share", "attempt_suspect_response", "attempt", "attempt"),
        "P17": ("rate", "attempt_level", "relationship_year", ""),
        "P25": ("share", "willingness", "victim", "first_contact"),
        "P28": ("share", "report_trigger", "report", "report"),
        "P29": ("incidence", "retraction_days", "report", "report"),
    }
    assert {row: measures[row] for row in expected} == expected
    assert ROWS["P16"].levels == ("threat_her", "threat_family", "violence")


def test_four_contrast_rows_with_the_direction_of_theory():
    signs = {row.id: row.expected_sign for row in ROWS.values() if row.contrast}
    assert signs == {"P32": -1, "P33": 1, "P34": 1, "P35": 1}
    assert not any(ROWS[row].primary for row in signs)


def test_margins_of_the_registry():
    assert ROWS["P02"].default_margins == (-0.15, 0.15)
    assert ROWS["P08"].default_margins == (-0.15,)
    assert ROWS["P27"].default_margins == (0.5,)
    assert ROWS["P01"].default_margins == ()
    assert [row.id for row in ROWS.values() if row.is_ratio] == ["P03", "P17", "P21", "P30"]


def test_every_fault_is_said_at_once(rewritten):
    changes = [
        ("P02", "measure", "rel_cohabitating"),
        ("P03", "margin_high", "two"),
        ("P06", "kind", "percentage"),
        ("P16", "levels", "threat_her|shouting"),
        ("P32", "expected_sign", ""),
        ("P29", "horizon_days", ""),
    ]
    with pytest.raises(SchemaError, match="'rel_cohabitating' is not in the codebook") as caught:
        load_parallels(rewritten(changes))
    found = {(issue.row, issue.field) for issue in caught.value.issues}
    assert found >= {(row, column) for row, column, _ in changes}
    text = str(caught.value)
    assert "Did you mean 'rel_cohabiting'?" in text
    assert "has no level shouting" in text
    assert "must be 1 or -1 in a contrast row" in text


@pytest.mark.parametrize(
    ("row", "column", "text", "message"),
    [
        ("P12", "measure", "domain_*", "no code matches"),
        ("P02", "primary", "perhaps", "is not one of: yes, no"),
        ("P02", "contrast", "yes", "just where a difference is expected"),
        ("P02", "expected_sign", "1", "must be empty"),
        ("P33", "primary", "yes", "no part of the claim"),
        ("P02", "margin_high", "", "takes a lower and an upper one"),
        ("P08", "margin_high", "0.2", "takes a lower margin only"),
        ("P01", "margin_low", "-0.1", "takes no margin"),
        ("P02", "margin_low", "0.3", "must lie below margin_high"),
        ("P02", "margin_reason", "", "say why"),
        ("P02", "scale", "rate_ratio", "is not one of: risk_difference"),
        ("P02", "unit", "couple", "is not one of"),
        ("P02", "among", "winter", "is not one of"),
        ("P16", "horizon_days", "-30", "must be above 0"),
        ("P16", "horizon_days", "30.5", "not a whole number"),
        ("P01", "kind", "share", "must repeat the kind|is not one of"),
        ("P03", "id", "P02", "given to two rows"),
    ],
)
def test_fault_of_a_cell(rewritten, row, column, text, message):
    with pytest.raises(SchemaError, match=message):
        load_parallels(rewritten([(row, column, text)]))


def test_missing_file_and_columns(rewritten, tmp_path):
    with pytest.raises(SchemaError, match="could not be read"):
        load_parallels(tmp_path / "none.csv")
    with pytest.raises(SchemaError, match="lacks the columns kind, measure"):
        load_parallels(rewritten(without=("kind", "measure")))


def test_line_ends_of_another_system_change_nothing(tmp_path):
    rows = list(csv.reader(StringIO(PLACE.read_text(encoding="utf-8"))))
    target = tmp_path / "parallels.csv"
    with target.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle, lineterminator="\r\n").writerows(rows)
    assert dict(load_parallels(target)) == dict(ROWS)
