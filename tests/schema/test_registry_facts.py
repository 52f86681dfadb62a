"""The published figures as data: bounds, evaluators and references agree with the schema."""

import csv
import json
import math
import re
from fnmatch import filter as matching
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "data_schema"
DESCRIPTOR = json.loads((FOLDER / "datapackage.json").read_text(encoding="utf-8"))
COLUMNS = {
    entry["name"]: {field["name"]: field for field in entry["schema"]["fields"]}
    for entry in DESCRIPTOR["resources"]
}
NEEDED = {
    "rows": {"table"},
    "rows_where": {"table", "column", "levels"},
    "distinct": {"table", "column"},
    "minimum": {"table", "column"},
    "maximum": {"table", "column"},
    "mean_rounded": {"table", "column"},
    "total": {"table", "column"},
    "in_range": {"table", "column", "low", "high"},
    "status_rows": {"table", "column"},
    "persons_with": {"codes"},
    "groups_by_size": {"table", "key", "low"},
    "largest_group": {"table", "key"},
    "relationships_per_suspect_max": set(),
    "victims_without_relationship": set(),
    "largest_cases_protracted": {"longer_than"},
    "metadata": {"key"},
    "share_of": {"code", "of"},
    "events_where": {"table", "column", "levels"},
    "fled_threatened_share": set(),
}
COUNTRY_FIELDS = ("suspect_birth_country", "victim_birth_country")
BOUNDS = ("lower_hard", "upper_hard", "lower_soft", "upper_soft")


def read(name):
    with (FOLDER / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


CODE_IDS = [row["id"] for row in read("codebook.csv")]
FACTS = read("chapter/facts.csv")
RULES = read("chapter/verbal_quantities.csv")
EVALUATED = [row for row in FACTS if row["evaluator"]]
BY_ID = {row["id"]: row for row in FACTS}


def arguments(row):
    pairs = [part.split("=", 1) for part in row["evaluator_args"].split(";") if part.strip()]
    return {key.strip(): value.strip() for key, value in pairs}


def bounds(row):
    return [float(row[column]) if row[column] else None for column in BOUNDS]


def named(rows):
    return {"argvalues": rows, "ids": [row["id"] for row in rows]}


def test_ids_are_unique_and_follow_the_groups():
    ids = [row["id"] for row in FACTS]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[FCLQA]\d{3}[abc]?", fact) for fact in ids)
    special = {"C": "case_anna", "L": "literature", "Q": "claim", "A": "audit"}
    for row in FACTS:
        expected = special.get(row["id"][0])
        assert (row["group"] == expected) if expected else (row["group"] not in special.values())


def test_split_readings_come_together():
    for row in FACTS:
        if row["id"][-1] in "bc":
            assert row["id"][:-1] + chr(ord(row["id"][-1]) - 1) in BY_ID
            assert row["id"][:-1] not in BY_ID


@pytest.mark.parametrize("row", **named(FACTS))
def test_fact_names_something_known(row):
    assert row["construct"]
    assert row["hardness"] in ("hard", "soft", "narrative", "none")
    assert row["bound_rule"] in {"", *(rule["rule_id"] for rule in RULES)}
    known = {*CODE_IDS, "study metadata", "literature", "parallels.csv"}
    assert row["variable"] in known or row["group"] == "audit"


@pytest.mark.parametrize("row", **named(FACTS))
def test_bounds_are_ordered_and_soft_lies_inside_hard(row):
    low, high, soft_low, soft_high = bounds(row)
    for left, right in ((low, high), (soft_low, soft_high), (low, soft_low), (soft_high, high)):
        assert left is None or right is None or left <= right
    if row["denominator"] and row["statistic"] == "count" and high is not None:
        assert high <= float(row["denominator"])


@pytest.mark.parametrize("row", **named(FACTS))
def test_hard_means_a_bound_and_an_evaluator_in_the_sample_groups(row):
    if row["hardness"] == "hard":
        assert row["id"].startswith("F")
        assert row["evaluator"]
        assert bounds(row)[0] is not None or bounds(row)[1] is not None
    if not row["id"].startswith("F"):
        assert row["hardness"] in ("narrative", "none")
        assert not row["evaluator"]


@pytest.mark.parametrize("row", **named([row for row in FACTS if row["id"].startswith("F")]))
def test_a_fact_without_an_evaluator_says_why(row):
    assert bool(row["evaluator"]) != row["note"].startswith("No evaluator: ")
    if not row["evaluator"]:
        assert len(row["note"]) > len("No evaluator: ") + 10


@pytest.mark.parametrize("row", **named(EVALUATED))
def test_evaluator_has_its_arguments(row):
    given = arguments(row)
    assert NEEDED[row["evaluator"]] <= set(given)
    optional = {"high", "codes", "within"}
    assert set(given) <= NEEDED[row["evaluator"]] | optional
    assert row["evaluator_unit"] in (
        "study",
        "case",
        "suspect",
        "victim",
        "relationship",
        "attempt",
        "report",
    )
    assert any(value is not None for value in bounds(row))


@pytest.mark.parametrize("row", **named(EVALUATED))
def test_evaluator_names_existing_tables_columns_levels_and_codes(row):
    given = arguments(row)
    codes = [*given.get("codes", "").split("|"), given.get("code", ""), given.get("of", "")]
    assert all(matching(CODE_IDS, code) for code in codes if code)
    if "table" not in given:
        return
    fields = COLUMNS[given["table"]]
    column = given.get("column", given.get("key"))
    if column is None:
        return
    field = fields[column]
    listed = field.get("relatum:levels") or field.get("categories") or []
    allowed = [level["value"] for level in listed]
    for level in filter(None, given.get("levels", "").split("|")):
        if column in COUNTRY_FIELDS:
            assert re.fullmatch(field["constraints"]["pattern"], level)
        elif field["type"] == "boolean":
            assert level in ("true", "false")
        else:
            assert level in allowed
    if row["evaluator"] == "status_rows":
        assert field["relatum:kind"] == "status"
    if row["evaluator"] in ("mean_rounded", "total", "in_range"):
        assert field["type"] in ("integer", "number")


def test_the_figures_that_must_add_up_do():
    value = {key: int(BY_ID[key]["value"]) for key in BY_ID if BY_ID[key]["value"].isdigit()}
    assert value["F049"] + value["F050"] + value["F051"] == value["F044"] == 76
    assert value["F053"] + value["F055"] == 76
    assert value["F031"] + value["F032"] + value["F033"] == value["F001"] == 12
    assert value["F070"] + value["F071"] + value["F072"] == value["F069"] == 12
    assert value["F005"] + value["F007"] == value["F004"] == 25
    assert value["F036"] == value["F075"] == 9
    assert (value["F025"], value["F068"], value["F126"]) == (70, 73, 6)


def test_the_universal_statement_rests_on_its_own_composite():
    fact = BY_ID["F134"]
    assert fact["variable"] == "composite_control_intimidation_violence"
    assert bounds(fact) == [73, 73, 73, 73]


def test_the_narrated_case_dates_a_meeting_and_no_onset():
    assert "met" in BY_ID["C006"]["construct"]
    assert not BY_ID["C006"]["variable"].startswith("rel_onset")


def test_no_chapter_lines_are_kept():
    assert not any("source_lines" in row for row in FACTS)


def expression(text, **names):
    allowed = {"floor": math.floor, "ceil": math.ceil, **names}
    assert set(re.findall(r"[a-z]+", text)) <= set(allowed)
    assert re.fullmatch(r"[a-z0-9 .+*/()-]+", text)
    return eval(text, {"__builtins__": {}}, allowed)  # a registry of our own, checked above


@pytest.mark.parametrize("rule", RULES, ids=[rule["rule_id"] for rule in RULES])
def test_rules_are_expressions_whose_soft_bounds_lie_inside_the_hard_ones(rule):
    assert rule["wording"]
    assert rule["explanation"].endswith(".")
    for n in (12, 70, 73, 76):
        names = {"n": n, "k": 6, "a": 1, "b": 18}
        low, high, soft_low, soft_high = (
            expression(rule[column], **names) if rule[column] else None
            for column in ("hard_lower", "hard_upper", "soft_lower", "soft_upper")
        )
        for left, right in (
            (low, high),
            (soft_low, soft_high),
            (low, soft_low),
            (soft_high, high),
        ):
            assert left is None or right is None or left <= right


@pytest.mark.parametrize(
    ("rule", "n", "expected"),
    [("R05", 70, (36, 69)), ("R06", 73, (66, 72)), ("R08", 76, (23, 27)), ("R03", 76, (3, 37))],
)
def test_rules_give_the_soft_bounds_that_facts_use(rule, n, expected):
    found = next(row for row in RULES if row["rule_id"] == rule)
    assert expression(found["soft_lower"], n=n) == expected[0]
    assert expression(found["soft_upper"], n=n) == expected[1]
