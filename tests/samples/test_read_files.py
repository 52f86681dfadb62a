"""Faults of whole files and folders: each a plain message, never a traceback."""

import json

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from relatum.errors import SampleError
from relatum.samples import check_sample, example_sample, open_sample, read_sample, shipped_path

HEAD = "victim_id,case_id,victim_age\n"


def only(folder):
    (issue,) = check_sample(folder)
    return issue


def put(folder, data, name="victims.csv"):
    (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())


def test_no_such_folder(tmp_path):
    with pytest.raises(SampleError, match="There is no folder"):
        read_sample(tmp_path / "nowhere")


def test_a_file_is_no_folder(folder):
    with pytest.raises(SampleError, match=r"'cases.csv' is a file; a sample is a folder"):
        check_sample(folder / "cases.csv")


def test_a_folder_without_tables(tmp_path):
    (tmp_path / "letter.txt").write_text("hello")
    with pytest.raises(
        SampleError, match=r"holds no table of a sample; expected files: cases\.csv"
    ):
        read_sample(tmp_path)


@pytest.mark.parametrize(
    ("data", "rule", "words"),
    [
        ("", "empty_file", "empty"),
        ("\n \n", "empty_file", "empty"),
        (b"\xef\xbb\xbf", "empty_file", "empty"),
        ("\n" + HEAD, "header", "first line is empty"),
        ("victim_id,,case_id\n", "header", "Column 2 has no name"),
        ("victim_id,case_id,victim_id\n", "duplicate_column", "column 3"),
        ("anna,anna_case\n", "header", "start with a header"),
        ((HEAD + "anna,anna_case,\n").encode("utf-16"), "encoding", "UTF-16"),
        (HEAD.encode() + b"anna,anna_case,\nx\xe9,c,\n", "encoding", "Line 3 is not in UTF-8"),
        (HEAD.encode() + b"anna,anna_case,\nb,\x00,\n", "damaged_file", "Line 3 holds a NUL"),
        (HEAD + 'anna,"anna_case,\n', "truncated_file", "never closed"),
    ],
)
def test_damaged_csv(folder, data, rule, words):
    put(folder, data)
    issue = only(folder)
    assert (issue.table, issue.rule) == ("victims.csv", rule)
    assert words in issue.message


def test_a_lost_table_brings_no_further_issues(folder):
    """Codings, relationships, contacts and reports name victims; only the file is at fault."""
    put(folder, "")
    assert len(check_sample(folder)) == 1


def test_rows_of_another_length(folder):
    put(
        folder, HEAD + "anna,anna_case,23\n\nb,anna_case\nc,anna_case,23,4\nd,anna_case,200\ne,anna"
    )
    found = [(i.table, i.row, i.rule) for i in check_sample(folder)]
    assert found == [
        ("victims", "d", "out_of_range"),
        ("victims.csv", "line 4", "too_few_fields"),
        ("victims.csv", "line 5", "too_many_fields"),
        ("victims.csv", "line 7", "too_few_fields"),
    ]
    cut = [i.message for i in check_sample(folder) if "cut off" in i.message]
    assert cut == ["2 fields, expected 3. The file may be cut off here."]


def test_lines_are_counted_with_empty_and_broken_ones(folder):
    put(folder, HEAD + '\n"anna",anna_case,23\nb\n\n"a b",anna_case,\n')
    rows = {i.row for i in check_sample(folder) if i.rule == "pattern"}
    assert rows == {"line 6"}


def test_a_lone_carriage_return_ends_a_line_too(folder):
    put(folder, HEAD + "anna,anna_case,23\nb\r,anna_case,24\n")
    rows = [(i.row, i.rule) for i in check_sample(folder)]
    assert rows == [("line 4", "missing_value"), ("line 3", "too_few_fields")]


def test_a_cell_without_end_is_checked_in_time(folder):
    put(folder, HEAD + f"anna,anna_case,{'x' * 1_000_000}\n")
    assert {i.rule for i in check_sample(folder)} == {"free_text", "wrong_type"}


def test_lines_are_counted_in_cells_of_several_lines(folder):
    put(folder, HEAD + 'anna,anna_case,23\n"b\nb",anna_case,\n?,anna_case,\n')
    rows = {i.row for i in check_sample(folder) if i.rule == "pattern"}
    assert rows == {"line 3", "line 5"}


@pytest.mark.parametrize(("mark", "word"), [(";", "semicolon"), ("\t", "tab")])
def test_other_delimiters_are_read_with_a_warning(folder, mark, word):
    put(folder, (HEAD + "anna,anna_case,23\n").replace(",", mark))
    issue = only(folder)
    assert (issue.rule, issue.severity) == ("delimiter", "warning")
    assert word in issue.message
    assert read_sample(folder).table("victims")["victim_age"].tolist() == [23]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_byte_order_marks(folder, end, mark):
    put(folder, mark + (HEAD + "anna,anna_case,23\n").replace("\n", end).encode())
    assert check_sample(folder) == ()
    assert read_sample(folder).table("victims")["victim_id"].tolist() == ["anna"]


def test_blanks_around_cells_do_not_count(folder):
    put(folder, "victim_id , case_id, victim_age\n anna, anna_case , 23 \n")
    assert check_sample(folder) == ()


def test_a_header_alone_is_a_table_without_rows(folder):
    put(folder, "retraction_id,report_id", "retractions.csv")
    assert read_sample(folder).n("retractions") == 0


def test_a_folder_named_like_a_table(folder):
    (folder / "victims.csv").unlink()
    (folder / "victims.csv").mkdir()
    rules = {i.rule for i in check_sample(folder)}
    assert rules == {"missing_file"}


def test_an_unreadable_file_is_an_issue(folder):
    (folder / "datapackage.json").unlink()
    (folder / "victims.csv").unlink()
    (folder / "victims.csv").mkdir()
    issue = only(folder)
    assert issue.rule == "unreadable_file"


def test_unknown_and_doubled_tables(folder):
    put(folder, HEAD, "victms.csv")
    put(folder, b"", "victims.parquet")
    found = {(i.table, i.rule, i.near) for i in check_sample(folder)}
    assert found == {
        ("victims.parquet", "duplicate_table", ""),
        ("victms.csv", "unknown_table", "victims"),
    }


@pytest.mark.parametrize("data", [b"", b"PAR1", b"PAR1 and then nothing PAR1", b"text"])
def test_damaged_parquet(folder, data):
    (folder / "datapackage.json").unlink()
    (folder / "victims.csv").unlink()
    put(folder, data, "victims.parquet")
    assert only(folder).rule in {"empty_file", "truncated_file"}


def parquet(folder, columns):
    (folder / "datapackage.json").unlink()
    (folder / "victims.csv").unlink()
    pq.write_table(columns, folder / "victims.parquet")


def test_parquet_with_types_of_its_own(folder):
    table = pa.table(
        {
            "victim_id": pa.array(["anna"]).dictionary_encode(),
            "case_id": ["anna_case"],
            "victim_age": pa.array([23.0]),
            "simulated": pa.array([False]),
            "victim_children": pa.array([None], pa.string()),
        }
    )
    parquet(folder, table)
    assert read_sample(folder).table("victims")["victim_age"].tolist() == [23]


def test_nested_and_doubled_columns_of_parquet(folder):
    parquet(folder, pa.table({"victim_id": ["anna"], "case_id": [["anna_case"]]}))
    assert "Column 2 holds nested values" in only(folder).message
    twice = pa.table([pa.array(["a"]), pa.array(["b"])], names=["victim_id", "victim_id"])
    pq.write_table(twice, folder / "victims.parquet")
    assert only(folder).rule == "duplicate_column"


def test_a_time_of_day_is_no_date(folder):
    (folder / "datapackage.json").unlink()
    (folder / "cases.csv").unlink()
    times = pa.array([pd.Timestamp("2009-01-01"), pd.Timestamp("2009-01-01 10:00")])
    table = {"case_id": ["anna_case", "b"], "case_list_source": ["included"] * 2}
    pq.write_table(pa.table({**table, "case_start": times}), folder / "cases.parquet")
    issue = only(folder)
    assert (issue.row, issue.rule) == ("b", "wrong_type")


# --- the descriptor ------------------------------------------------------------------------------


def describe(folder, **changes):
    path = folder / "datapackage.json"
    raw = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**raw, **changes}), encoding="utf-8")


def test_without_a_descriptor_the_sample_is_collected(folder):
    (folder / "datapackage.json").unlink()
    info = read_sample(folder).info
    assert (info.name, info.origin, info.selection) == ("mine", "collected", ())


@pytest.mark.parametrize("text", ["{", "[]", "\udcff"])
def test_a_damaged_descriptor(folder, text):
    (folder / "datapackage.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    assert only(folder).rule == "damaged_file"


@pytest.mark.parametrize(
    ("own", "field", "rule"),
    [
        ({"origin": "publishd"}, "relatum.origin", "unknown_level"),
        ({"origin": ["published"]}, "relatum.origin", "unknown_level"),
        ({"schema_version": "9.0.0"}, "relatum.schema_version", "schema_version"),
        ({"selection": 5}, "relatum.selection", "wrong_type"),
        ({"selection": [{"step": "a"}]}, "relatum.selection", "wrong_type"),
        ({"selection": [{"step": "a", "n": "12"}]}, "relatum.selection", "wrong_type"),
        (
            {"selection": [{"step": "a", "n": 12}, {"step": "b", "n": 25}]},
            "relatum.selection",
            "out_of_range",
        ),
    ],
)
def test_faults_of_the_descriptor(folder, own, field, rule):
    describe(folder, relatum=own)
    issue = only(folder)
    assert (issue.table, issue.field, issue.rule) == ("datapackage.json", field, rule)


def test_the_descriptor_says_where_the_tables_lie(folder):
    (folder / "data").mkdir()
    (folder / "victims.csv").rename(folder / "data" / "people.csv")
    describe(folder, resources=[{"name": "victims", "path": "data/people.csv"}])
    assert read_sample(folder).n("victims") == 1


@pytest.mark.parametrize(
    "path", ["gone.csv", "../mine/cases.csv/../../x.csv", "/etc/passwd", 5, None]
)
def test_the_descriptor_lists_a_file_that_is_not_there(folder, path):
    (folder / "victims.csv").unlink()
    describe(folder, resources=[{"name": "victims", "path": path}])
    assert only(folder).rule == "missing_file"


def test_the_descriptor_lists_a_foreign_table(folder):
    describe(folder, resources=[{"name": "victms", "path": "victims.csv"}, "oddity"])
    assert {i.rule for i in check_sample(folder)} == {"unknown_table"}


# --- reading -------------------------------------------------------------------------------------


def test_the_error_counts_and_carries_every_issue(folder):
    put(folder, HEAD + "anna,anna_case,230\nb,c9,\n")
    put(folder, "report_id\n", "reports.csv")
    with pytest.raises(SampleError) as caught:
        read_sample(folder)
    errors = [i for i in caught.value.issues if i.severity == "error"]
    counts = {t: sum(i.table == t for i in errors) for t in sorted({i.table for i in errors})}
    listed = ", ".join(f"{table}: {count}" for table, count in counts.items())
    assert str(caught.value) == f"{len(errors)} issues in 'mine' ({listed}); nothing was loaded."
    assert {"victims", "reports", "retractions"} <= set(counts)


def test_issues_are_sorted_and_repeatable(folder):
    put(folder, HEAD + "z,c9,\nb,c9,1\nb,,1\n")
    found = check_sample(folder)
    assert list(found) == sorted(found)
    assert found == check_sample(folder)


def test_opening_by_name():
    assert open_sample("shipped:anna").fingerprint == example_sample("anna").fingerprint
    assert open_sample(shipped_path("anna")).info.origin == "published"
    with pytest.raises(SampleError, match="Did you mean 'anna'"):
        open_sample("shipped:ana")
    with pytest.raises(SampleError, match="There is no folder"):
        open_sample("anna_that_is_not_there")


def test_the_types_of_a_sample(folder):
    put(folder, HEAD + "anna,anna_case,23\nb,anna_case,\n")
    victims = read_sample(folder).table("victims")
    assert victims["victim_age"].dtype == "Int64"
    assert victims["victim_age"].isna().tolist() == [False, True]
    assert str(victims["victim_children"].dtype) == "status"
    assert [str(s) for s in victims["victim_children"]] == ["not_documented"] * 2


def test_a_column_of_many_faults_is_checked_in_time(folder):
    rows = "".join(f"anna{at},c_{at},x{at}\n" for at in range(20_000))
    put(folder, HEAD + rows)
    found = [i for i in check_sample(folder) if i.table == "victims"]
    assert len(found) == 40_000


def test_many_unknown_codes_are_listed_in_time(folder):
    head = "coding_id,unit_type,unit_id,code,status,coder_id\n"
    rows = "".join(f"k{at},relationship,anna_musa,zz_{at},present,a\n" for at in range(20_000))
    put(folder, head + rows, "codings.csv")
    found = [i for i in check_sample(folder) if i.rule == "unknown_code"]
    assert len(found) == 20_000
