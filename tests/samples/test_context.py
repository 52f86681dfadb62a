"""What the rules of the check read of a table: what is missing, and texts."""

import numpy as np
import pytest

from relatum.samples.context import TableContext
from relatum.samples.raw import RawColumn, RawTable
from relatum.schema import load_schema


def context(distinct, codes):
    table = load_schema()["victims"]
    column = RawColumn(distinct, np.array(codes, dtype=np.int32))
    return TableContext(table, RawTable("victims", "victims", {"victim_id": column}, len(codes)))


@pytest.mark.parametrize(
    ("distinct", "codes", "missing"),
    [
        (("a", "", "b"), [0, 1, 2, 1], [False, True, False, True]),
        (("a", "b"), [0, 1, 0], [False, False, False]),
        (("",), [0, 0], [True, True]),
        ((), [], []),
    ],
)
def test_missing_is_told_by_row(distinct, codes, missing):
    held = context(distinct, codes)
    assert held.missing("victim_id").tolist() == missing
    assert held.texts("victim_id").tolist() == [distinct[code] for code in codes]


def test_a_column_that_the_file_lacks_is_missing_in_every_row():
    held = context(("a", "b"), [0, 1])
    assert held.missing("victim_age").tolist() == [True, True]
    assert held.texts("victim_age").tolist() == ["", ""]


def test_every_word_for_nothing_counts():
    for table in load_schema().tables.values():
        words = (*table.missing_values, "a")
        column = RawColumn(words, np.arange(len(words), dtype=np.int32))
        name = table.primary_key
        held = TableContext(table, RawTable(table.name, "x", {name: column}, len(words)))
        assert held.missing(name).tolist() == [True] * (len(words) - 1) + [False]
        assert held.texts(name).tolist() == [""] * (len(words) - 1) + ["a"]
