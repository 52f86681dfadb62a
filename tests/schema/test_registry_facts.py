"""The published figures are plain data: these checks read them without the package."""

import ast
import csv
import json
import math
import operator
import re
from fnmatch import filter as matching
from pathlib import Path

import pytest

from relatum.schema import load_schema
from relatum.schema.expression import CodeNode, codes_used, parse

FOLDER = Path(__file__).parents[2] / "data_schema"
CHAPTER = Path(__file__).parents[3] / "shared" / "chapter" / "chapter.txt"
DESCRIPTOR = json.loads((FOLDER / "datapackage.json").read_text(encoding="utf-8"))
TABLES = {
    entry["name"]: {field["name"]: field for field in entry["schema"]["fields"]}
    for entry in DESCRIPTOR["resources"]
}


def read(name):
    with (FOLDER / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


FACTS = read("chapter/facts.csv")
BY_ID = {row["id"]: row for row in FACTS}
RULES = {row["rule_id"]: row for row in read("chapter/verbal_quantities.csv")}
CODES = {row["id"]: row for row in read("codebook.csv")}
COMPUTED = [row for row in FACTS if row["evaluator"]]
BOUNDS = ("lower_hard", "upper_hard", "lower_soft", "upper_soft")
UNITS = {"case", "suspect", "victim", "relationship", "attempt", "report", "study"}
# Arguments that an evaluator must have, and those it may have.
EVALUATORS = {
    "rows": ({"table"}, set()),
    "rows_where": ({"table", "column", "levels"}, set()),
    "distinct": ({"table", "column"}, set()),
    "minimum": ({"table", "column"}, {"codes"}),
    "maximum": ({"table", "column"}, {"codes"}),
    "mean_rounded": ({"table", "column"}, set()),
    "total": ({"table", "column"}, set()),
    "in_range": ({"table", "column", "low", "high"}, set()),
    "status_rows": ({"table", "column"}, set()),
    "persons_with": ({"codes"}, set()),
    "groups_by_size": ({"table", "key", "low"}, {"high"}),
    "largest_group": ({"table", "key"}, set()),
    "relationships_per_suspect_max": (set(), {"within"}),
    "victims_without_relationship": (set(), set()),
    "largest_cases_protracted": ({"longer_than"}, set()),
    "metadata": ({"key"}, set()),
    "share_of": ({"code", "of"}, set()),
    "events_where": ({"table", "column", "levels"}, {"codes"}),
    "fled_threatened_share": (set(), set()),
}


def arguments(row):
    pairs = [part.split("=", 1) for part in row["evaluator_args"].split("; ") if part]
    found = dict(pairs)
    assert len(found) == len(pairs), row["id"]
    return found


def levels(field):
    listed = field.get("relatum:levels") or field.get("categories") or []
    return {level["value"] for level in listed} or {"true", "false"}


def ids(rows):
    return [row["id"] for row in rows]


# --- facts.csv -------------------------------------------------------------------------------------


def test_fact_ids_are_unique_and_grouped():
    assert len(BY_ID) == len(FACTS)
    assert all(re.fullmatch(r"[FCLQA]\d{3}[a-z]?", fact) for fact in BY_ID)


def test_readings_of_one_sentence_come_together_without_the_plain_id():
    split = {fact[:-1] for fact in BY_ID if fact[-1].isalpha()}
    assert not split & set(BY_ID)
    assert all(f"{fact}b" in BY_ID for fact in split)


@pytest.mark.parametrize("row", FACTS, ids=ids(FACTS))
def test_bounds_are_numbers_in_order(row):
    low, high, soft_low, soft_high = (float(row[b]) if row[b] else None for b in BOUNDS)
    for left, right in ((low, high), (soft_low, soft_high), (low, soft_low), (soft_high, high)):
        assert left is None or right is None or left <= right
    if high is not None and row["denominator"].isdigit() and row["statistic"] == "count":
        assert high <= int(row["denominator"])


@pytest.mark.parametrize("row", FACTS, ids=ids(FACTS))
def test_every_figure_has_an_evaluator_or_says_why_not(row):
    assert row["hardness"] in ("hard", "soft", "narrative", "none")
    if row["evaluator"]:
        assert row["id"].startswith("F")
        assert row["evaluator_unit"] in UNITS
        assert row["lower_hard"]
    elif row["id"].startswith("F"):
        assert row["note"].startswith("No evaluator: ")
    if row["hardness"] in ("hard", "soft"):
        assert row["evaluator"]


@pytest.mark.parametrize("row", FACTS, ids=ids(FACTS))
def test_variable_is_a_code_or_named_source(row):
    allowed = {"", "literature", "parallels.csv", "study metadata"}
    assert row["variable"] in CODES or row["variable"] in allowed
    if row["id"][0] in "FC":
        assert row["variable"]


@pytest.mark.parametrize("row", COMPUTED, ids=ids(COMPUTED))
def test_evaluator_arguments_exist_in_the_schema(row):
    needed, optional = EVALUATORS[row["evaluator"]]
    given = arguments(row)
    assert needed <= set(given) <= needed | optional
    table = TABLES.get(given.get("table", ""), {})
    assert bool(table) == ("table" in given)
    for name in ("column", "key"):
        assert given.get(name, "simulated") in table or name not in given
    if "levels" in given and given["column"].endswith("birth_country"):
        pattern = table[given["column"]]["constraints"]["pattern"]
        assert all(re.fullmatch(pattern, level) for level in given["levels"].split("|"))
    elif "levels" in given:
        assert set(given["levels"].split("|")) <= levels(table[given["column"]])
    for name in ("codes", "code", "of"):
        for code in given.get(name, "").split("|") if name in given else []:
            assert matching(CODES, code)
    if row["evaluator"] == "status_rows":
        assert table[given["column"]]["relatum:kind"] == "status"


def test_hard_facts_hold_the_figures_printed_in_the_chapter():
    printed = {
        "F001": 12, "F004": 25, "F005": 12, "F012": 12, "F018": 1, "F019": 18, "F025": 70,
        "F027": 18, "F028": 58, "F029": 30, "F031": 3, "F032": 4, "F033": 5, "F036": 9, "F044": 76,
        "F045": 76, "F046": 17, "F047": 35, "F048": 23, "F049": 54, "F050": 15, "F051": 7,
        "F053": 45, "F068": 73, "F069": 12, "F070": 5, "F071": 5, "F072": 2, "F083": 1,
        "F100": 6000, "F101": 50000, "F126": 6, "F134": 73,
    }  # fmt: skip
    for fact, value in printed.items():
        row = BY_ID[fact]
        assert row["hardness"] == "hard"
        assert float(row["lower_hard"]) == float(row["upper_hard"]) == value, fact


def test_derived_bounds_follow_from_the_printed_figures():
    def number(fact, bound="lower_hard"):
        return float(BY_ID[fact][bound])

    assert number("F049") + number("F050") + number("F051") == number("F044")
    assert number("F031") + number("F032") + number("F033") == number("F001")
    assert number("F070") + number("F071") + number("F072") == number("F001")
    assert number("F055") == number("F044") - number("F053")
    assert number("F007") == number("F004") - number("F005")
    assert number("F076") == number("F044") - number("F068")
    # Ten other countries are named, so one of them holds at most what nine leave over.
    assert number("F056", "upper_hard") == number("F055") - (number("F066") - 2)
    # 70 suspects: three alone, four pairs or threes, four of six or seven, and the largest case.
    largest = [70 - 3 - pairs - wide for pairs in (8, 12) for wide in (24, 28)]
    assert (min(largest), max(largest)) == (number("F035"), number("F035", "upper_hard"))
    # 73 relationships: the two largest cases share what 5 x (1-2) and 5 x (3-5) leave.
    most = 73 - 5 * 1 - 5 * 3 - 21
    assert (21, most) == (number("F073"), number("F073", "upper_hard"))
    assert (1 + 18 + 7 * 3 + 3 * 1, 1 + 18 + 7 * 7 + 3 * 18) == (
        number("F021"),
        number("F021", "upper_hard"),
    )


def test_the_narrated_case_is_no_fact_about_samples():
    anna = [row for row in FACTS if row["group"] == "case_anna"]
    assert all(row["id"].startswith("C") and not row["evaluator"] for row in anna)
    assert sum(row["construct"].startswith("Explanation of the changed mind") for row in anna) == 4


# --- verbal_quantities.csv ---------------------------------------------------------------------------

OPERATORS = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv
}  # fmt: skip
FUNCTIONS = {"ceil": math.ceil, "floor": math.floor}


def value_of(text, **names):
    def walk(node):
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name):
            return names[node.id]
        if isinstance(node, ast.BinOp):
            return OPERATORS[type(node.op)](walk(node.left), walk(node.right))
        assert isinstance(node, ast.Call)
        return FUNCTIONS[node.func.id](*map(walk, node.args))

    return walk(ast.parse(text, mode="eval").body)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_rules_are_explained_and_their_bounds_are_ordered(rule):
    assert rule["wording"]
    assert rule["explanation"].endswith(".")
    for n in (12, 31, 70, 73, 76):
        names = {"n": n, "k": 6, "a": 1, "b": 9}
        hard = [
            value_of(rule[f"hard_{end}"], **names)
            for end in ("lower", "upper")
            if rule[f"hard_{end}"]
        ]
        soft = [
            value_of(rule[f"soft_{end}"], **names)
            for end in ("lower", "upper")
            if rule[f"soft_{end}"]
        ]
        assert hard == sorted(hard)
        assert soft == sorted(soft)
        if len(hard) == len(soft) == 2:
            assert hard[0] <= soft[0] <= soft[1] <= hard[1]


COUNTED = [
    r
    for r in FACTS
    if r["bound_rule"] in RULES and r["denominator"].isdigit() and r["statistic"] == "count"
]


@pytest.mark.parametrize("row", COUNTED, ids=ids(COUNTED))
def test_bounds_of_a_fact_lie_within_those_of_its_rule(row):
    rule = RULES[row["bound_rule"]]
    for end, sign in (("lower", 1), ("upper", -1)):
        text = rule[f"hard_{end}"]
        if text and not {"k", "a"} & set(re.findall(r"[a-z]+", text)) and row[f"{end}_hard"]:
            limit = value_of(text, n=int(row["denominator"]))
            assert sign * float(row[f"{end}_hard"]) >= sign * limit


# --- wording and the loader --------------------------------------------------------------------------


def test_no_passage_of_the_chapter_is_copied():
    if not CHAPTER.exists():
        pytest.skip("../shared/chapter/chapter.txt is not beside this repository")

    def runs(text, length=8):
        words = re.findall(r"[a-z0-9]+", text.lower())
        return {tuple(words[i : i + length]) for i in range(len(words) - length + 1)}

    source = runs(re.sub(r"-\s*\n", "", CHAPTER.read_text(encoding="utf-8")))
    names = ["codebook.csv", "parallels.csv", "chapter/facts.csv", "chapter/verbal_quantities.csv"]
    copied = {
        (name, column, " ".join(run))
        for name in names
        for row in read(name)
        for column, text in row.items()
        for run in runs(text) & source
    }
    assert copied == set()


def test_the_loader_parses_every_rule_down_to_statuses():
    codebook = load_schema().codebook
    assert list(codebook) == list(CODES)
    rules = [code for code in codebook.values() if code.is_derived]
    parsed = {c.id: parse(c.derivation, codebook) for c in rules if ":" not in c.derivation}
    assert parsed
    for code, node in parsed.items():
        assert codes_used(node) or "sourced" in codebook[code].derivation
        if isinstance(node, CodeNode):
            assert codebook[node.code].value_type in ("status", "derived")
