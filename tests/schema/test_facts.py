"""Reading the published figures and the rules that turn words into bounds."""

import csv
from io import StringIO

import pytest

from relatum.errors import SchemaError
from relatum.schema import schema_path
from relatum.schema.facts import Facts, load_facts, load_verbal_rules

PLACE = schema_path() / "chapter" / "facts.csv"


@pytest.fixture
def rewritten(tmp_path):
    """Write the shipped file again, changed by a function on its lines."""

    def write(change):
        target = tmp_path / "facts.csv"
        rows = list(csv.reader(StringIO(PLACE.read_text(encoding="utf-8"))))
        with target.open("w", encoding="utf-8", newline="") as handle:
            csv.writer(handle).writerows(change(rows))
        return target

    return write


def test_every_row_is_read():
    with PLACE.open(encoding="utf-8", newline="") as handle:
        assert list(load_facts()) == [row["id"] for row in csv.DictReader(handle)]


def test_figures_are_the_group_f_and_nothing_else():
    assert [fact.id for fact in load_facts().figures] == [f for f in load_facts() if f[0] == "F"]


def test_selection_by_hardness_and_computability():
    facts = load_facts()
    hard = facts.select(hardness="hard")
    assert hard
    assert all(fact.hard and fact.computable for fact in hard)
    assert not facts.select(hardness="hard", computable=False)
    assert len(facts.select()) == len(facts)


def test_arguments_are_read_by_name():
    fact = load_facts()["F012"]
    assert fact.arguments["table"] == "cases"
    assert fact.listed("levels") == ("suspects", "victims", "both")
    assert fact.listed("codes") == ()


def test_unknown_fact_is_named():
    with pytest.raises(SchemaError, match="F999"):
        load_facts()["F999"]


def test_missing_file_column_number_and_repeated_id(rewritten, tmp_path):
    with pytest.raises(SchemaError, match=r"'none\.csv' could not be read"):
        load_facts(tmp_path / "none.csv")
    with pytest.raises(SchemaError, match="repeat an id"):
        load_facts(rewritten(lambda rows: [*rows, rows[1]]))


def test_missing_column_is_named(rewritten):
    with pytest.raises(SchemaError, match="'evaluator'"):
        load_facts(rewritten(lambda rows: [[*rows[0][:16], "other", *rows[0][17:]], *rows[1:]]))


def test_bound_that_is_no_number_is_named(rewritten):
    with pytest.raises(SchemaError, match="'F001' is not a number"):
        load_facts(rewritten(lambda rows: [rows[0], [*rows[1][:8], "many", *rows[1][9:]]]))


def test_fingerprint_follows_every_cell(rewritten):
    same = load_facts(rewritten(lambda rows: rows))
    assert same.fingerprint == load_facts().fingerprint
    assert Facts(tuple(same.values())[:-1]).fingerprint != same.fingerprint


@pytest.mark.parametrize(
    ("rule", "numbers", "expected"),
    [
        ("R01", {"n": 76}, (1, 76, None, None)),
        ("R02", {"n": 12}, (2, 12, 2, 5)),
        ("R02", {"n": 73}, (2, 73, 2, 36)),
        ("R05", {"n": 12}, (7, 12, 7, 11)),
        ("R06", {"n": 73}, (37, 72, 66, 72)),
        ("R07", {"n": 76, "k": 6}, (6, 76, 6, 76)),
        ("R08", {"n": 76}, (0, 76, 23, 27)),
        ("R08", {"n": 70}, (0, 70, 21, 25)),
        ("R09", {"n": 12}, (6, 6, 6, 6)),
        ("R11", {}, (None, None, None, None)),
        ("R12", {"k": 30}, (None, None, 27, 33)),
        ("R14", {"a": 1, "b": 18}, (1, 18, 1, 18)),
        ("R15", {"k": 20, "n": 73}, (21, 73, 21, 73)),
    ],
)
def test_words_become_bounds(rule, numbers, expected):
    bounds = load_verbal_rules()[rule].bounds(numbers)
    found = (bounds.lower_hard, bounds.upper_hard, bounds.lower_soft, bounds.upper_soft)
    assert found == expected


def test_every_rule_can_be_computed_and_every_fact_names_one():
    rules = load_verbal_rules()
    for rule in rules.values():
        bounds = rule.bounds({"n": 76, "k": 6, "a": 1, "b": 18})
        for low, high in (
            (bounds.lower_hard, bounds.upper_hard),
            (bounds.lower_soft, bounds.upper_soft),
        ):
            assert low is None or high is None or low <= high
    assert {fact.bound_rule for fact in load_facts().values()} - {""} <= set(rules)


def test_rule_without_its_number_says_which(tmp_path):
    with pytest.raises(SchemaError, match=r"'floor\(n / 2\) \+ 1' of R05.*'n'"):
        load_verbal_rules()["R05"].bounds({})
    with pytest.raises(SchemaError, match="could not be read"):
        load_verbal_rules(tmp_path / "none.csv")
    (tmp_path / "rules.csv").write_text("rule_id,wording\nR1,some\n", encoding="utf-8")
    with pytest.raises(SchemaError, match="lack the column 'hard_lower'"):
        load_verbal_rules(tmp_path / "rules.csv")


@pytest.mark.parametrize("text", ["n ** 2", "__import__('os')", "n +", "ceil", "n if n else 0"])
def test_only_arithmetic_is_understood(tmp_path, text):
    line = f'R1,some,"{text}",,,,why\n'
    head = "rule_id,wording,hard_lower,hard_upper,soft_lower,soft_upper,explanation\n"
    (tmp_path / "rules.csv").write_text(head + line, encoding="utf-8")
    rule = load_verbal_rules(tmp_path / "rules.csv")["R1"]
    with pytest.raises(SchemaError, match="cannot be computed"):
        rule.bounds({"n": 3})
