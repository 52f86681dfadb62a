"""Tables of times: what is read, and every fault by its name."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from relatum.errors import ImportFailedError, UsageError
from relatum.models.time_records import TimeColumns, time_records
from relatum.models.time_records_cells import event_codes, label_cells
from relatum.models.time_records_read import read_time_records

WEEKS = TimeColumns(
    exit="week", event="arrest", entry="seen", group="aid", covariates=("age",), cluster="site"
)


def table(**columns):
    held = {
        "week": [4.0, 9.0, 12.0, 20.0],
        "arrest": [1, 0, 1, 0],
        "seen": [0.0, 2.0, 0.0, 5.0],
        "aid": ["yes", "no", "no", "yes"],
        "age": [20, 31, 44, 27],
        "site": [1, 1, 2, 2],
    }
    return pd.DataFrame({**held, **columns})


def faults_of(frame, columns=WEEKS, **options):
    with pytest.raises(ImportFailedError) as caught:
        time_records(frame, columns, **options)
    assert caught.value.exit_code == 16
    return caught.value


def test_columns_become_arrays():
    found = time_records(table(), WEEKS, name="released")
    np.testing.assert_array_equal(found.time, [4, 9, 12, 20])
    np.testing.assert_array_equal(found.entry, [0, 2, 0, 5])
    np.testing.assert_array_equal(found.event, [True, False, True, False])
    np.testing.assert_array_equal(found.covariates[:, 0], [20, 31, 44, 27])
    assert found.group.tolist() == ["yes", "no", "no", "yes"]
    assert found.cluster.tolist() == ["1", "1", "2", "2"]
    assert (found.causes, found.n, found.dropped, found.origin) == (("event",), 4, (), "collected")


def test_words_of_causes_are_numbered_in_their_order():
    frame = table(arrest=["Arrest", "death", "censored", "0"])
    columns = TimeColumns(exit="week", event="arrest", causes=("death", "arrest"))
    found = time_records(frame, columns)
    np.testing.assert_array_equal(found.cause, [2, 1, 0, 0])
    assert found.causes == ("death", "arrest")


@pytest.mark.parametrize(
    ("columns", "rule", "field"),
    [
        ({"week": [-1.0, 9, 12, 20], "seen": [-2.0, 2, 0, 5]}, "negative_time", "week"),
        ({"seen": [5.0, 2, 0, 5]}, "entry_after_exit", "seen"),
        ({"seen": [4.0, 2, 0, 5]}, "zero_length", "week"),
        ({"arrest": [1, 2, 1, 0]}, "unknown_cause", "arrest"),
        ({"arrest": ["1", "dead", "1", "0"]}, "unknown_cause", "arrest"),
        ({"week": [np.nan, 9, 12, 20]}, "missing_time", "week"),
        ({"seen": [None, 2, 0, 5]}, "missing_time", "seen"),
        ({"arrest": [None, 0, 1, 0]}, "missing_event", "arrest"),
        ({"aid": [" ", "no", "no", "yes"]}, "missing_group", "aid"),
        ({"site": [None, 1, 2, 2]}, "missing_cluster", "site"),
        ({"age": [None, 31, 44, 27]}, "missing_covariate", "age"),
        ({"age": ["old", "31", "44", "27"]}, "not_a_number", "age"),
        ({"week": ["soon", "9", "12", "20"]}, "not_a_number", "week"),
        ({"week": [np.inf, 9, 12, 20]}, "not_a_number", "week"),
    ],
)
def test_each_fault_has_a_name(columns, rule, field):
    error = faults_of(table(**columns))
    found = [issue for issue in error.issues if issue.rule == rule]
    assert found
    assert field in {issue.field for issue in found}
    assert found[0].table == "records"


def test_a_record_without_time_from_the_origin_has_no_length():
    columns = TimeColumns(exit="week", event="arrest")
    (issue,) = faults_of(table(week=[0, 9, 12, 20]), columns).issues
    assert (issue.row, issue.field, issue.rule) == ("row 1", "week", "zero_length")


def test_every_fault_is_listed_and_no_cell_is_shown():
    frame = table(
        week=["4", "Jane Roe", "12", "20"],
        arrest=["1", "0", "John Doe", "0"],
        age=[20, 31, None, 27],
        seen=[0, 0, 0, 25],
    )
    error = faults_of(frame)
    assert {(issue.row, issue.field, issue.rule) for issue in error.issues} == {
        ("row 2", "week", "not_a_number"),
        ("row 3", "arrest", "unknown_cause"),
        ("row 3", "age", "missing_covariate"),
        ("row 4", "seen", "entry_after_exit"),
    }
    allowed = next(issue.allowed for issue in error.issues if issue.rule == "unknown_cause")
    assert allowed == ("1", "0", "false", "censored")
    shown = str(error) + " ".join(f"{issue} {issue.allowed}" for issue in error.issues)
    assert "Jane" not in shown
    assert "John" not in shown
    assert "drop_missing" in str(error)


def test_groups_that_should_be_there():
    rules = {issue.rule for issue in faults_of(table(), groups=("yes", "no", "later")).issues}
    assert rules == {"empty_group"}
    rules = {issue.rule for issue in faults_of(table(), groups=("yes", "none")).issues}
    assert rules == {"empty_group", "unknown_group"}


def test_rows_with_missing_cells_are_counted_by_the_first_one():
    frame = table(week=[None, 9, 12, 20], age=[None, None, 44, 27])
    found = time_records(frame, WEEKS, drop_missing=True)
    assert found.dropped == (("'week' is missing", 1), ("'age' is missing", 1))
    np.testing.assert_array_equal(found.time, [12, 20])
    # what is wrong is not dropped, unless its row lacks something anyway
    assert (
        time_records(
            table(week=[-1, 9, 12, 20], age=[None, 1, 2, 3], seen=[0, 0, 0, 0]),
            WEEKS,
            drop_missing=True,
        ).n
        == 3
    )
    assert faults_of(table(arrest=[5, 0, 1, 0]), drop_missing=True).issues


def test_the_fingerprint_is_that_of_the_cells():
    first = time_records(table(), WEEKS)
    texts = time_records(table().astype(str), WEEKS)
    changed = time_records(table(age=[20, 31, 44, 28]), WEEKS)
    moved = time_records(table(aid=["no", "yes", "no", "yes"]), WEEKS)
    assert first.fingerprint == texts.fingerprint
    assert len({first.fingerprint, changed.fingerprint, moved.fingerprint}) == 3


def test_an_empty_table_has_no_records():
    assert time_records(table().iloc[:0], WEEKS).n == 0


def test_wrong_columns_are_named_with_a_hint():
    with pytest.raises(UsageError, match=r"no column 'weeks' \(did you mean 'week'\?\)"):
        time_records(table(), TimeColumns(exit="weeks", event="arrest"))
    with pytest.raises(UsageError, match="more than once: age; exit, event and entry"):
        TimeColumns(exit="a", event="a", covariates=("age", "age"))
    with pytest.raises(UsageError, match="words of events"):
        TimeColumns(exit="a", event="b", causes=("x", "X"))
    with pytest.raises(UsageError, match="both a time or event and a covariate"):
        TimeColumns(exit="a", event="b", covariates=("a",))


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_files_hold_the_same_records(tmp_path, ending):
    path = tmp_path / f"released{ending}"
    frame = table()
    frame.to_csv(path, index=False, sep=";") if ending == ".csv" else frame.to_parquet(path)
    found = read_time_records(path, WEEKS)
    assert found.name == "released"
    assert found.fingerprint == time_records(frame, WEEKS).fingerprint


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(UsageError, match=r"must end in \.parquet or \.csv"):
        read_time_records(tmp_path / "a.xlsx", WEEKS)
    with pytest.raises(ImportFailedError, match="no such file"):
        read_time_records(tmp_path / "a.csv", WEEKS)
    path = tmp_path / "a.csv"
    path.write_text("week,arrest\n1,1\n2,1,5\n3,0\n4,0,6\n")
    with pytest.raises(ImportFailedError, match="2 lines have another number of fields"):
        read_time_records(path, TimeColumns(exit="week", event="arrest"))
    path.write_text("")
    with pytest.raises(ImportFailedError, match="it is empty"):
        read_time_records(path, WEEKS)
    (tmp_path / "a.parquet").write_bytes(b"no table")
    with pytest.raises(ImportFailedError, match="ArrowInvalid"):
        read_time_records(tmp_path / "a.parquet", WEEKS)
    table().to_parquet(tmp_path / "b.parquet")
    with pytest.raises(UsageError, match="no column 'month'"):
        read_time_records(tmp_path / "b.parquet", TimeColumns(exit="month", event="arrest"))


def test_labels_are_those_of_single_cells():
    mixed = pd.Series([1, True, "1", None, " a ", 1.0, ""], dtype=object)
    labels, missing = label_cells(mixed)
    assert labels.tolist() == ["1", "True", "1", "", "a", "1", ""]
    assert missing.tolist() == [False, False, False, True, False, False, True]
    texts = pd.Series([" b", "b", None, "a", "", "b "])
    assert label_cells(texts)[0].tolist() == ["b", "b", "", "a", "", "b"]
    ended = event_codes(texts, ("B",), ("a",))
    assert ended.held.tolist() == [1, 1, -1, 0, -1, 1]
    assert ended.missing.tolist() == [False, False, True, False, True, False]
    assert not ended.wrong.any()
    days = pd.Series([2.0, 2.5, np.nan, 2.0])
    assert label_cells(days)[0].tolist() == ["2", "2.5", "", "2"]
