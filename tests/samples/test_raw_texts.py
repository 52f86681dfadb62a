"""Texts of a table: blanks around them are cut off, and what became equal is one."""

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from relatum.samples.raw import read_raw

CELLS = [" a", "a", None, "b", "", "a ", "b", " "]
READ = ["a", "a", "", "b", "", "a", "b", ""]


@pytest.mark.parametrize(
    "kind", [pa.string(), pa.large_string(), pa.dictionary(pa.int8(), pa.string())]
)
def test_parquet(tmp_path, kind):
    table = pa.table({"case_id": pa.array(CELLS, pa.string()).cast(kind)})
    pq.write_table(table, tmp_path / "cases.parquet")
    column = read_raw(tmp_path / "cases.parquet", "cases").columns["case_id"]
    assert [column.text(row) for row in range(len(CELLS))] == READ
    assert sorted(column.distinct) == ["", "a", "b"]


def test_csv(tmp_path):
    pd.DataFrame({"case_id": CELLS, "n": 1}).to_csv(tmp_path / "cases.csv", index=False)
    column = read_raw(tmp_path / "cases.csv", "cases").columns["case_id"]
    assert [column.text(row) for row in range(len(CELLS))] == READ
    assert sorted(column.distinct) == ["", "a", "b"]


def test_texts_without_blanks_are_kept_as_they_are(tmp_path):
    pq.write_table(pa.table({"case_id": ["c", "a", "c"]}), tmp_path / "cases.parquet")
    column = read_raw(tmp_path / "cases.parquet", "cases").columns["case_id"]
    assert (column.distinct, column.codes.tolist()) == (("c", "a"), [0, 1, 0])
