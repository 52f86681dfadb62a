"""Margins are declared per row, on its scale, and counted by the plan's hash."""

from dataclasses import replace
from types import MappingProxyType

import pytest

from relatum.errors import PlanError
from relatum.schema.parallels import load_parallels
from relatum.study import margin_fault, margins_hash, read_study

MATRIX = load_parallels()


@pytest.mark.parametrize(
    ("row", "margins", "words"),
    [
        ("P02", (-0.15, 0.15), ""),
        ("P02", (-1.5, 1.5), "wider than the scale"),
        ("P02", (0.15, -0.15), "smaller first"),
        ("P02", (0.05, 0.15), "enclose 0"),
        ("P02", (-0.15,), "two numbers"),
        ("P08", (-0.15, 0.15), "one number"),
        ("P17", (0.5, 2.0), ""),
        ("P17", (-0.5, 2.0), "enclose 1"),
        ("P17", (1.2, 2.0), "enclose 1"),
        ("P27", (0.5,), ""),
        ("P27", (-0.1,), "above 0"),
        ("P01", (-0.1, 0.1), "not tested"),
        ("P02", (float("nan"), 0.1), "numbers"),
    ],
)
def test_margins_suit_their_row(row, margins, words):
    fault = margin_fault(MATRIX[row], margins)
    assert words in fault
    assert bool(fault) == bool(words)


def test_every_default_of_the_matrix_is_declared_in_the_shipped_plan():
    declared = read_study().margins
    tested = {name: row for name, row in MATRIX.items() if row.tested}
    assert set(declared) == set(tested)
    for name, row in tested.items():
        expected = tuple(m for m in (row.margin_low, row.margin_high) if m is not None)
        assert declared[name] == expected


def test_a_margin_counts_in_the_hash_and_the_second_folder_does_not():
    study = read_study()
    other = MappingProxyType({**study.margins, "P02": (-0.2, 0.2)})
    assert replace(study, margins=other).hash != study.hash
    elsewhere = replace(study.comparison, other="/somewhere/else")
    assert replace(study, comparison=elsewhere).hash == study.hash
    assert margins_hash(other) != margins_hash(study.margins)


def test_all_faults_of_margins_come_at_once(tmp_path):
    text = """name = "x"
sample = "shipped:simulated"
[margins]
P02 = [-2.0, 2.0]
P99 = [-0.1, 0.1]
P08 = [-0.1, 0.1]
[comparison]
level = 0.7
depth_strata = 0
"""
    place = tmp_path / "study.toml"
    place.write_text(text, encoding="utf-8")
    with pytest.raises(PlanError) as caught:
        read_study(place)
    fields = {issue.field for issue in caught.value.issues}
    assert fields == {
        *("margins.P02", "margins.P99", "margins.P08"),
        *("comparison.level", "comparison.depth_strata"),
    }
