"""What the registries must share: arithmetic, rules, wording of our own, and the loader."""

import ast
import csv
import math
import operator
import re
from pathlib import Path

import pytest

from relatum.schema import load_schema
from relatum.schema.expression import CodeNode, codes_used, parse

FOLDER = Path(__file__).parents[2] / "data_schema"
CHAPTER = Path(__file__).parents[3] / "shared" / "chapter" / "chapter.txt"
OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
FUNCTIONS = {"ceil": math.ceil, "floor": math.floor}
REGISTRIES = (
    "codebook.csv",
    "parallels.csv",
    "benchmarks.csv",
    "chapter/facts.csv",
    "chapter/verbal_quantities.csv",
)


def read(name):
    with (FOLDER / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


FACTS = read("chapter/facts.csv")
BY_ID = {row["id"]: row for row in FACTS}
RULES = {row["rule_id"]: row for row in read("chapter/verbal_quantities.csv")}
COUNTED = [
    row
    for row in FACTS
    if row["bound_rule"] and row["denominator"].isdigit() and row["statistic"] == "count"
]


def bound(fact, end="lower"):
    return float(BY_ID[fact][f"{end}_hard"])


def value_of(text, n):
    def walk(node):
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name):
            return {"n": n}[node.id]
        if isinstance(node, ast.BinOp):
            return OPERATORS[type(node.op)](walk(node.left), walk(node.right))
        assert isinstance(node, ast.Call)
        return FUNCTIONS[node.func.id](*map(walk, node.args))

    return walk(ast.parse(text, mode="eval").body)


@pytest.mark.parametrize(
    ("fact", "value"),
    {
        "F001": 12,
        "F004": 25,
        "F012": 12,
        "F018": 1,
        "F019": 18,
        "F025": 70,
        "F027": 18,
        "F028": 58,
        "F029": 30,
        "F036": 9,
        "F044": 76,
        "F045": 76,
        "F046": 17,
        "F047": 35,
        "F048": 23,
        "F053": 45,
        "F066": 11,
        "F068": 73,
        "F072": 2,
        "F083": 1,
        "F100": 6000,
        "F101": 50000,
        "F126": 6,
        "F134": 73,
    }.items(),
)
def test_printed_figures_are_hard_and_exact(fact, value):
    assert BY_ID[fact]["hardness"] == "hard"
    assert bound(fact) == bound(fact, "upper") == value


def test_derived_bounds_follow_from_the_printed_figures():
    assert bound("F076") == bound("F044") - bound("F068")
    # Nine suspects' partners in one case and one woman in each of the eleven others.
    assert bound("F076", "upper") == bound("F044") - (9 + 11)
    # Each of ten other countries occurs, so one holds at most what nine leave over.
    assert bound("F056", "upper") == bound("F055") - (bound("F066") - 2)
    # The aged 17-21 include all adolescents and nobody in the thirties.
    assert bound("F052") == bound("F050")
    assert bound("F052", "upper") == bound("F044") - bound("F051")
    # Not both little and something: a majority said little.
    assert bound("F040", "upper") == bound("F025") - bound("F039")


def test_group_sizes_leave_the_stated_range_for_the_largest():
    suspects = [70 - 3 - small - wide for small in (8, 12) for wide in (4 * 6, 4 * 7)]
    assert (min(suspects), max(suspects)) == (bound("F035"), bound("F035", "upper"))
    relationships = 73 - 5 * 1 - 5 * 3 - 21
    assert (21, relationships) == (bound("F073"), bound("F073", "upper"))


def test_months_in_all_follow_from_the_durations():
    shortest = 1 + 18 + 7 * 3 + 3 * 1
    longest = 1 + 18 + 7 * 7 + 3 * 18
    assert [bound("F021"), bound("F021", "upper")] == [shortest, longest]


@pytest.mark.parametrize("row", COUNTED, ids=[row["id"] for row in COUNTED])
def test_hard_bounds_of_a_fact_lie_within_those_of_its_rule(row):
    rule = RULES[row["bound_rule"]]
    for end, sign in (("lower", 1), ("upper", -1)):
        text = rule[f"hard_{end}"]
        # A second reading is bounded by the first one, not by its rule.
        if not row[f"{end}_hard"] or row["id"][-1] == "b" or not re.fullmatch(r"[^abk]*", text):
            continue
        if text:
            assert sign * bound(row["id"], end) >= sign * value_of(text, int(row["denominator"]))


def test_no_passage_of_the_chapter_is_copied():
    if not CHAPTER.exists():
        pytest.skip("../shared/chapter/chapter.txt is not beside this repository")

    def runs(text, length=7):
        words = re.findall(r"[a-z0-9]+", text.lower())
        return {tuple(words[i : i + length]) for i in range(len(words) - length + 1)}

    source = runs(re.sub(r"-\s*\n", "", CHAPTER.read_text(encoding="utf-8")))
    facts_not_wording = {"section", "chapter_section", "citation", "literature"}
    copied = {
        (name, column, " ".join(run))
        for name in REGISTRIES
        for row in read(name)
        for column, text in row.items()
        if column not in facts_not_wording
        for run in runs(text) & source
    }
    assert copied == set()


def test_the_loader_reads_every_code_and_parses_every_rule():
    codebook = load_schema().codebook
    assert list(codebook) == [row["id"] for row in read("codebook.csv")]
    rules = {
        code.id: parse(code.derivation, codebook)
        for code in codebook.values()
        if code.is_derived and not code.derivation.startswith("model:")
    }
    assert len(rules) > 25
    for code, node in rules.items():
        assert codes_used(node) or "sourced(" in codebook[code].derivation
        if isinstance(node, CodeNode):
            assert codebook[node.code].value_type in ("status", "derived")


def test_wildcards_stay_inside_their_entity():
    codebook = load_schema().codebook
    groups = {"ctl_*": "control", "rule_*": "rules", "iso_*": "isolation", "int_*": "intimidation"}
    groups |= {"vio_*": "violence", "eco_*": "economic", "dec_*": "deception"}
    for pattern, domain in groups.items():
        assert {code.domain for code in codebook.match(pattern)} == {domain}
    for pattern, entity in {"bar_*": "barrier", "mot_*": "motivator", "cop_*": "coping"}.items():
        assert {code.entity for code in codebook.match(pattern)} == {entity}
