"""What a first table says of both samples: shares, means, and what is not documented."""

from dataclasses import replace

import pytest

from relatum.models.comparison_balance import balance_rows
from relatum.models.comparison_samples import open_pair
from relatum.results.comparison_profile import DEPTH, DESCRIBED
from relatum.samples import example_sample
from relatum.study import read_study


@pytest.fixture(scope="module")
def pair():
    return open_pair(example_sample("simulated"), read_study())


@pytest.fixture(scope="module")
def rows(pair):
    return balance_rows(pair, ("rel_status",), None)


def test_declared_covariates_come_first_then_depth_then_what_is_described(rows, pair):
    terms = list(dict.fromkeys(row.term for row in rows))
    assert terms == ["rel_status", DEPTH, *[name for name in DESCRIBED if name != "rel_status"]]
    ordered = balance_rows(pair, (DEPTH, "victim_age"), None)
    assert list(dict.fromkeys(row.term for row in ordered))[:2] == ["victim_age", DEPTH]


def test_shares_are_those_of_the_cells(rows, pair):
    row = next(row for row in rows if row.term == "rel_married")
    couples = pair.trafficking.sample.tables["relationships"]
    texts = couples["rel_married"].astype(str)
    known = texts.isin(["present", "absent_documented"])
    assert row.level == "present"
    assert row.trafficking == pytest.approx((texts == "present").sum() / known.sum())
    assert row.undocumented_trafficking == (~known).sum()
    said = next(row for row in rows if row.term == "victim_statement_available")
    assert said.level == "yes"
    assert said.trafficking == pytest.approx(couples["victim_statement_available"].mean())


def test_numbers_have_no_level(rows):
    age = next(row for row in rows if row.term == "victim_age")
    assert age.level == ""
    assert age.trafficking > 18
    assert age.smd < 0


def test_rare_countries_stand_together_and_last(rows):
    born = [row for row in rows if row.term == "victim_birth_country"]
    assert len(born) == 6
    assert born[-1].level == "other"
    assert born[0].level == "Germany"
    assert sum(row.trafficking for row in born) == pytest.approx(1)
    assert sum(row.domestic_violence for row in born) == pytest.approx(1)
    assert len({row.smd for row in born}) == 1


def test_a_category_of_which_the_files_say_nothing_keeps_its_count(pair):
    sides = []
    for side in pair.sides:
        table = side.sample.table("relationships")
        table["rel_exit_cause"] = "not_documented"
        sides.append(replace(side, sample=side.sample.replace_tables({"relationships": table})))
    silent = replace(pair, trafficking=sides[0], domestic_violence=sides[1])
    rows = [row for row in balance_rows(silent, (), None) if row.term == "rel_exit_cause"]
    assert [(row.level, row.trafficking, row.smd) for row in rows] == [
        ("none documented", None, None)
    ]
    assert rows[0].undocumented_trafficking == 73
    half = replace(pair, trafficking=sides[0])
    rows = [row for row in balance_rows(half, (), None) if row.term == "rel_exit_cause"]
    assert {row.trafficking for row in rows} == {None}
    assert sum(row.domestic_violence for row in rows) == pytest.approx(1)
