"""``relatum audit``: what it prints, for people and for programs, and how it ends."""

import json

import pytest

from relatum.cli.main import main
from relatum.schema import schema_path
from relatum.schema.facts import load_facts

EXAMPLES = schema_path() / "examples" / "audit"


def test_without_arguments_it_audits_the_figures_and_the_simulated_sample(capsys):
    assert main(["audit"]) == 0
    text = capsys.readouterr().out
    assert "25 integer solutions; the largest case has 27 to 35" in text
    assert "(simulated: no findings)" in text
    for fact in load_facts().figures:
        assert f"  {fact.id:<6} " in text
    assert "None" not in text
    assert "nan" not in text


def test_a_sample_stands_beside_the_figures(capsys):
    assert main(["audit", "shipped:anna"]) == 0
    text = capsys.readouterr().out
    lines = {line.split()[0]: line for line in text.splitlines() if line.startswith("  F")}
    assert lines["F068"].split()[-3:] == ["73", "1", "outside"]
    assert "No evaluator" not in text
    assert "integer solutions" not in text


def test_json_holds_every_check(capsys):
    assert main(["audit", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    (sample,) = found["samples"]
    assert [check["id"] for check in sample["checks"]] == [f.id for f in load_facts().figures]
    assert sum(sample["counts"].values()) == len(sample["checks"])
    (arithmetic,) = found["arithmetic"]
    assert [s["n_solutions"] for s in arithmetic["solutions"]] == [25, 318]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--table", str(EXAMPLES / "planted.csv")], 0),
        (["--table", str(EXAMPLES / "planted.csv"), "--strict"], 11),
        (["--table", str(EXAMPLES / "published.csv"), "--strict"], 0),
        (["shipped:anna", "--strict"], 11),
        (["--strict"], 0),
    ],
)
def test_strict_turns_findings_into_an_exit_code(capsys, words, code):
    assert main(["audit", *words]) == code
    assert capsys.readouterr().out


def test_table_findings_name_their_lines(capsys):
    main(["audit", "--table", str(EXAMPLES / "planted.csv")])
    text = capsys.readouterr().out
    assert "No count of 12 prints as 59%; the nearest possible value is 58.33%. [line 18]" in text
    assert "Sample" not in text


def test_faults_of_a_table_are_listed_and_nothing_is_audited(capsys, tmp_path):
    place = tmp_path / "mine.csv"
    place.write_text("kind,name,n,value\nmaen,a,12,3\nmean,b,,3\n", encoding="utf-8")
    assert main(["audit", "--table", str(place)]) == 11
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "2 faults in 'mine.csv'; nothing was audited." in shown.err
    assert "line 2 kind [unknown_kind]" in shown.err
    assert "Did you mean 'mean'?" in shown.err
    assert "line 3 n [missing_cell]" in shown.err


def test_missing_sample_is_an_error_of_the_sample(capsys, tmp_path):
    assert main(["audit", str(tmp_path / "none")]) == 11
    assert "Traceback" not in capsys.readouterr().err


def test_help_has_an_example(capsys):
    assert main(["audit", "--help"]) == 0
    assert "relatum audit --table my_figures.csv --strict" in capsys.readouterr().out
