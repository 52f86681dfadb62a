"""The check of a registry: every fault with its count and first rows, no value shown."""

import numpy as np
import pandas as pd
import pytest

from relatum.errors import ImportFailedError, UsageError
from relatum.models.registry_check import check_registry
from relatum.models.registry_export import to_registry, write_registry
from relatum.models.registry_records import read_records
from relatum.samples import example_sample
from relatum.samples.identifiers import find_identifiers, identifier_in


@pytest.fixture
def check(tmp_path):
    def make(table, suffix=".parquet", **rest):
        path = tmp_path / f"registry{suffix}"
        frame = pd.DataFrame(table)
        if suffix == ".csv":
            frame.to_csv(path, index=False)
        else:
            frame.to_parquet(path, index=False)
        return check_registry(path, **rest)

    return make


def said(found):
    return {(issue.field, issue.rule): (issue.row, issue.message) for issue in found.issues}


def test_a_sample_written_wide_is_in_order(tmp_path):
    sample = example_sample("simulated")
    path = write_registry(sample, tmp_path / "wide.parquet")
    found = check_registry(path, group="population", record="relationship_id", chunk_rows=13)
    assert found.errors == ()
    assert {issue.rule for issue in found.issues} <= {"never_documented"}
    assert found.n_records == 73
    assert set(found.codes) == set(to_registry(sample).columns[3:])
    assert (found.own, found.skipped) == ((), ())
    whole = read_records(path, case="case_id", group="population")
    assert found.records.fingerprint == whole.fingerprint


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
@pytest.mark.parametrize("chunk_rows", [2, 100])
def test_every_fault_is_listed_at_once(check, suffix, chunk_rows):
    table = {
        "case_id": ["x", "x", None, "y", "y", "y"],
        "id": ["r1", "r2", "r2", "", "r2", "r6"],
        "vio_physical": ["present", "often", "never", "once", "twice", "thrice"],
        "vio_phisical": ["present", "absent_documented"] * 3,
        "bar_hope": ["present", "absent_documented"] * 3,
        "own": [1, 0, 2, 0, 1, 0],
        "seen": ["2009-01-01", "2009-01-05", "soon", None, "2009-01-01", "2009-13-01"],
        "left": ["2009-01-02", "2009-01-04", "2009-01-01", None, "2009-01-01", "2009-01-01"],
    }
    found = check(
        table,
        suffix,
        record="id",
        start="seen",
        end="left",
        zeros="absent_documented",
        chunk_rows=chunk_rows,
    )
    assert found.records is None
    faults = said(found)
    status = "cells are neither 0, 1 nor a status."
    assert faults["vio_physical", "not_a_status"] == ("rows 2, 3, 4", f"5 {status}")
    assert faults["own", "not_a_status"] == ("row 3", f"1 {status}")
    assert faults["case_id", "missing_case"] == ("row 3", "1 records have no case.")
    again = "2 records have the name of an earlier one."
    assert faults["id", "duplicate_key"] == ("rows 3, 5", again)
    assert faults["id", "missing_value"] == ("row 4", "1 records have no name.")
    assert faults["seen", "not_a_date"][0] == "rows 3, 6"
    assert faults["left", "end_before_start"] == ("row 2", "1 records end before they start.")
    hints = {issue.field: issue.near for issue in found.issues if issue.rule == "unknown_code"}
    assert hints == {"vio_phisical": "vio_physical"}
    assert "unit: " in faults["bar_hope", "other_unit"][1]
    assert len(faults) == len(found.issues) == 9
    assert "often" not in str(found.issues)


def test_dates_of_any_type(check):
    days = pd.to_datetime(["2009-01-02", None, "2010-05-05"])
    table = {"case_id": [*"xxy"], "a": ["present"] * 3, "seen": days, "left": days.date}
    table["left"] = pd.Series(days) - pd.to_timedelta([0, 0, 1], unit="D")
    found = check(table, start="seen", end="left")
    assert said(found)["left", "end_before_start"][0] == "row 3"


def test_identifiers_in_labels_and_names_of_columns(check):
    n = 1500
    cases = [f"case {at}" for at in range(n)]
    cases[7] = cases[9] = "Jan Jansen"
    table = {"case_id": cases, "a": ["present"] * n, "surname": ["absent_documented"] * n}
    found = check(table)
    faults = said(found)
    assert faults["case_id", "identifier_name"][0] == "rows 8, 10"
    assert faults["case_id", "identifier_name"][1].startswith("2 cells look like a person's name")
    assert ("surname", "identifier_name") in faults
    assert "Jansen" not in str(found.issues)
    assert found.records is None


def test_many_texts_are_searched_as_single_ones():
    rng = np.random.default_rng(1)
    marks = [*"abzAZ019_.-@ \n", "é", "٣", "van", "12345678"]
    texts = ["".join(rng.choice(marks, rng.integers(0, 14))) for _ in range(3000)]
    texts = list(dict.fromkeys(["a.b@example.org", "111222333", "AB12CD345", *texts]))
    for key in (False, True):
        one_by_one = {text: identifier_in(text, key=key) for text in texts}
        expected = {text: rule for text, rule in one_by_one.items() if rule}
        assert find_identifiers(texts, key=key) == expected
        assert find_identifiers(texts[:90], key=key).items() <= expected.items()


def test_what_is_odd_is_a_warning(check):
    table = {"case_id": range(4), "a": ["not_documented", None, "not_applicable", None]}
    found = check(table)
    assert {issue.rule for issue in found.issues} == {"one_record_per_case", "never_documented"}
    assert found.errors == ()
    assert found.records.n_records == 4


def test_an_empty_file_is_in_order(check):
    found = check({"case_id": pd.Series([], dtype="string"), "a": pd.Series([], dtype="string")})
    assert (found.issues, found.n_records, found.records.n_cases) == ((), 0, 0)


def test_groups_are_levels_where_the_schema_has_some(check):
    table = {
        "case_id": [*"xxyyz"],
        "a": ["present"] * 5,
        "population": ["trafficking", "dv", None, "domestic_violence", "Trafficking"],
    }
    found = check(table, group="population", chunk_rows=2)
    faults = said(found)
    expected = ("rows 2, 5", "2 cells are no level of this field.")
    assert faults["population", "unknown_level"] == expected
    assert faults["population", "missing_group"] == ("row 3", "1 records have no group.")
    allowed = {issue.rule: issue.allowed for issue in found.issues}
    assert "domestic_violence" in allowed["unknown_level"]
    assert [issue.rule for issue in found.errors] == ["unknown_level"]
    other = check({**table, "year": [1, 2, 3, 4, 5]}, group="year")
    assert other.errors == ()


def test_a_derived_code_must_follow_its_rule(check):
    table = {
        "case_id": [*"xxyy"],
        "trf_exit_fee": ["present", "absent_documented", "present", "present"],
        "eco_exit_fee": ["present", "absent_documented", "present", "not_documented"],
    }
    found = check(table)
    row, message = said(found)["trf_exit_fee", "derivation"]
    assert row == "row 4"
    assert message.startswith("1 records differ")
    assert found.errors == ()


@pytest.mark.parametrize(
    ("rest", "message"),
    [
        ({"case": "caes"}, "no column 'caes'"),
        ({"group": "populaton"}, "no column 'populaton'"),
        ({"record": "idd"}, "no column 'idd'"),
        ({"start": "since"}, "no column 'since'"),
        ({"record": "case_id"}, "Named more than once: case_id"),
        ({"chunk_rows": 0}, "at least 1"),
        ({"zeros": "absent"}, "zeros must be one of"),
        ({"items": ["b"]}, "A 0 in this table"),
    ],
)
def test_wrong_calls(check, rest, message):
    with pytest.raises(UsageError, match=message):
        check({"case_id": [*"xy"], "a": ["present"] * 2, "b": [0, 1]}, **rest)


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_an_empty_text_names_no_case(check, suffix):
    table = {"case_id": ["x", "", " ", "x", None], "a": ["present"] * 5}
    found = check(table, suffix, chunk_rows=2)
    assert said(found)["case_id", "missing_case"] == ("rows 2, 3, 5", "3 records have no case.")
    assert found.records is None


@pytest.mark.parametrize("column", ["case_id", "group", "record", "start"])
def test_labels_that_are_no_text(check, column):
    table = {"case_id": [*"xy"], "a": ["present"] * 2, "odd": [[1], [2]]}
    rest = {"case": "odd", "items": ["a"]} if column == "case_id" else {column: "odd"}
    with pytest.raises(ImportFailedError, match="Column 'odd' holds what cannot be read as text"):
        check(table, **rest)


def test_a_file_that_cannot_be_read(tmp_path):
    (tmp_path / "r.parquet").write_text("no parquet")
    with pytest.raises(ImportFailedError, match="could not be read"):
        check_registry(tmp_path / "r.parquet")
