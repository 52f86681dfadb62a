"""Reading the published figures: every shipped row, and every fault of a changed one."""

import csv
from functools import partial

import pytest

from relatum.errors import SchemaError
from relatum.schema import schema_path
from relatum.schema.benchmarks import (
    DENOMINATORS,
    POPULATION_KINDS,
    SOURCE_KINDS,
    UNIT_KINDS,
    load_benchmarks,
)
from relatum.schema.parallels import load_parallels

PLACE = schema_path() / "benchmarks.csv"
FIGURES = load_benchmarks()


@pytest.fixture
def rewritten(rewrite):
    """Write the shipped figures again, with some cells changed."""
    return partial(rewrite, PLACE)


def test_every_row_is_read_in_the_order_of_the_file():
    with PLACE.open(encoding="utf-8", newline="") as handle:
        ids = [row["id"] for row in csv.DictReader(handle)]
    assert list(FIGURES) == ids
    assert len(ids) == 69


@pytest.mark.parametrize("figure", FIGURES.values(), ids=list(FIGURES))
def test_figure_says_what_a_program_needs(figure):
    assert figure.unit_kind in UNIT_KINDS
    assert figure.denominator in DENOMINATORS
    assert figure.population_kind in POPULATION_KINDS
    assert figure.source_kind in SOURCE_KINDS
    assert set(figure.parallel_ids) <= set(load_parallels())


def test_a_figure_about_a_row_is_considered_beside_it():
    rows = load_parallels()
    for figure in FIGURES.values():
        if figure.role == "comparator":
            for row in figure.parallel_ids:
                assert figure.id in rows[row].benchmark_ids, (figure.id, row)


def test_records_of_an_incident_count_incidents():
    for figure in FIGURES.values():
        if "incident" in figure.unit or "assault" in figure.unit:
            assert figure.unit_kind == "incident"


def test_only_sampling_limits_count_as_such():
    assert FIGURES["B40"].sampling_limits == (0.434, 0.566)
    assert FIGURES["B02a"].interval_basis == "judged"
    assert FIGURES["B02a"].sampling_limits is None
    assert FIGURES["B12"].sampling_limits is None


def test_every_fault_is_said_at_once(rewritten):
    changes = [
        ("B40", "n", "many"),
        ("B10", "parallel_ids", "P08;P99"),
        ("B12", "unit_kind", "women"),
        ("B15", "estimate", "43"),
        ("B22", "interval_basis", "none"),
    ]
    with pytest.raises(SchemaError, match="'many' is not a number") as caught:
        load_benchmarks(rewritten(changes))
    found = {(issue.row, issue.field) for issue in caught.value.issues}
    assert found >= {(row, column) for row, column, _ in changes}


@pytest.mark.parametrize(
    ("row", "column", "text", "message"),
    [
        ("B40", "n", "216.5", "not a whole number"),
        ("B40", "n", "0", "at least 1"),
        ("B40", "lower", "0.6", "must lie between the limits"),
        ("B40", "upper", "", "needs both limits"),
        ("B40", "certainty", "heard", "must begin with"),
        ("B40", "citation", "", "is empty"),
        ("B40", "role", "friend", "is not one of"),
        ("B40", "denominator", "some", "is not one of"),
        ("B40", "population_kind", "humans", "is not one of"),
        ("B40", "source_kind", "film", "is not one of"),
        ("B40", "id", "B10", "given to two rows"),
    ],
)
def test_fault_of_a_cell(rewritten, row, column, text, message):
    with pytest.raises(SchemaError, match=message):
        load_benchmarks(rewritten([(row, column, text)]))


def test_a_rate_lies_above_zero(rewritten):
    place = rewritten([("B23c", "statistic", "rate"), ("B23c", "estimate", "0")])
    with pytest.raises(SchemaError, match="must lie above 0"):
        load_benchmarks(place)


def test_missing_file_and_columns(rewritten, tmp_path):
    with pytest.raises(SchemaError, match="could not be read"):
        load_benchmarks(tmp_path / "none.csv")
    with pytest.raises(SchemaError, match="lacks the columns unit_kind"):
        load_benchmarks(rewritten(without=("unit_kind",)))
