"""The table of two groups of records: counts, verdicts under both readings, reasons."""

import pandas as pd
import pytest

from relatum.errors import UsageError
from relatum.models.registry_differences import compare_registry_groups
from relatum.models.registry_records import read_records
from relatum.release import Released
from relatum.study import read_study
from relatum.tables.registry_differences import tabulate_registry_differences


def release(result):
    return Released(result=result, profile="published", evidence=())


@pytest.fixture(scope="module")
def study():
    return read_study()


@pytest.fixture
def found(tmp_path, study):
    # 40 against 20 of 100; 10 more of each are silent. The second item is silent everywhere.
    column = ["present"] * 40 + ["not_documented"] * 10 + ["absent_documented"] * 50
    column += ["present"] * 20 + ["not_documented"] * 10 + ["absent_documented"] * 70
    table = {"blows": column, "debt": None, "case": range(200), "year": [1] * 100 + [2] * 100}
    pd.DataFrame(table).to_parquet(tmp_path / "r.parquet", index=False)
    records = read_records(tmp_path / "r.parquet", case="case", group="year")
    return compare_registry_groups(records, study, margin=0.05)


def test_lines(found):
    table = tabulate_registry_differences(release(found))
    blows, debt = (row.cells for row in table.rows)
    assert blows[:3] == ("Blows", "40, 50, 10", "20, 70, 10")
    assert blows[3].startswith("different; 0.20 (0.0")
    assert blows[4].startswith("not shown; 0.10 to 0.30 (")
    assert debt[3].startswith("inside the margin (no assay); 0.00 (")
    assert debt[4].startswith("not shown; −1.00 to 1.00 (")


def test_footnotes(found):
    text = tabulate_registry_differences(release(found)).text()
    assert "First: 100 relationships with year 1 in 100 cases" in text
    assert "limits at 95%" in text
    assert "Margin: 0.05 on either side." in text
    assert "no proof of likeness" in text


def test_few_cases(tmp_path, study):
    table = {"blows": ["present"] * 8, "case": [*range(4)] * 2, "year": [1] * 4 + [2] * 4}
    pd.DataFrame(table).to_parquet(tmp_path / "r.parquet", index=False)
    records = read_records(tmp_path / "r.parquet", case="case", group="year")
    found = compare_registry_groups(records, study)
    (row,) = tabulate_registry_differences(release(found)).rows
    assert row.cells[4] == row.cells[3]
    assert "not available: 4 investigations hold such units, fewer than 6" in row.cells[4]


def test_only_what_was_released(found):
    with pytest.raises(UsageError):
        tabulate_registry_differences(found)
