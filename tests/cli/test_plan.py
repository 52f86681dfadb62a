"""The verb plan: words, objects, files, wrong calls and faulty plans."""

import json

import pytest

from relatum.cli.main import main
from relatum.reports import check, find_reports
from relatum.reports.words import word_faults

CALL = ("plan", "--cases", "16", "--icc", "0.1", "--studies", "10", "--draws", "99")


def test_words(capsys):
    assert main([*CALL]) == 0
    text = capsys.readouterr().out
    assert "Investigations that reach a goal in 80% of studies" in text
    assert "Simulated data: these numbers are no findings." in text


def test_objects_and_files(capsys, tmp_path):
    assert main([*CALL, "--cap", "8", "--out", str(tmp_path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["settings"]["cap"] == "8"
    assert found["designs"][0]["cases"] == 16
    assert found["folder"] == (tmp_path / "plan").as_posix()
    assert (tmp_path / "plan" / "results" / "plan.csv").is_file()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--report",), 2, "--report needs --out"),
        (("--cases", "a,b"), 2, "whole numbers"),
        (("--engine", "word"), 2, "not a engine"),
        (("none.toml",), 12, "could not be read"),
    ],
)
def test_wrong_calls(words, code, said, capsys):
    assert main(["plan", *words]) == code
    assert said in capsys.readouterr().err


def test_faulty_plans_end_with_12_and_write_nothing(capsys, tmp_path):
    path = tmp_path / "p.toml"
    path.write_text('case = [3]\nprevalence = 2.0\nsize_cv = "x"\n')
    out = tmp_path / "out"
    assert main(["plan", str(path), "--icc", "0.2,0.1", "--out", str(out), "--json"]) == 12
    found = json.loads(capsys.readouterr().out)
    assert {issue["field"] for issue in found["issues"]} == {
        *("case", "prevalence", "size_cv", "iccs"),
    }
    assert not out.exists()


def test_the_report_can_be_rendered_by_both_engines():
    document = find_reports() / "plan.qmd"
    assert check(document) == ()
    assert word_faults(document) == ()
