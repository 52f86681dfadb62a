"""The verbs fit, render and run."""

import json

import pytest

from relatum.cli.main import main
from relatum.schema import default_study_path

PLAN = """
name = "small"
sample = "shipped:simulated"
models = ["descriptive"]

[reports]
documents = ["chapter.qmd"]
formats = ["html"]
"""


@pytest.fixture
def plan(tmp_path):
    path = tmp_path / "study.toml"
    path.write_text(PLAN, encoding="utf-8")
    return path


def call(capsys, *words):
    code = main([str(word) for word in words])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_fit_says_where_things_lie(capsys, plan, tmp_path):
    code, out, err = call(capsys, "fit", plan, "--out", tmp_path / "out")
    assert (code, err) == (0, "")
    assert "simulated: no findings" in out
    assert (tmp_path / "out" / "small" / "results").as_posix() in out
    assert (tmp_path / "out" / "small" / "tables" / "flow.csv").exists()


def test_fit_for_programs(capsys, plan, tmp_path):
    code, out, _ = call(capsys, "fit", plan, "--out", tmp_path / "out", "--json")
    payload = json.loads(out)
    assert code == 0
    assert payload["simulated"] is True
    assert payload["reports"] == []
    assert "results/flow.json" in payload["files"]


@pytest.mark.parametrize("verb", ["render", "run"])
@pytest.mark.parametrize(
    ("option", "value", "allowed"),
    [("--format", "odt", "html, docx, pdf"), ("--engine", "word", "auto, quarto, builtin")],
)
def test_unknown_formats_and_engines_are_wrong_calls(
    capsys, plan, tmp_path, verb, option, value, allowed
):
    code, _, err = call(capsys, verb, plan, option, value, "--out", tmp_path / "out")
    assert code == 2
    assert f"Allowed: {allowed}" in err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        (("shipped:simulated", "nowhere"), 11, "nowhere"),
        (('"descriptive"', '"descriptve"'), 12, "descriptve"),
        (("name", "nmae"), 12, "nmae"),
        (("[reports]", '[release]\nprofile = "published"\n[reports]'), 15, "refused"),
        (('["descriptive"]', "[]"), 13, "Nothing could be estimated"),
    ],
)
def test_each_fault_has_its_code_and_writes_nothing(capsys, plan, tmp_path, change, code, words):
    plan.write_text(plan.read_text(encoding="utf-8").replace(*change), encoding="utf-8")
    found, out, err = call(capsys, "fit", plan, "--out", tmp_path / "out")
    assert found == code
    assert words in err
    assert "Traceback" not in err
    assert out == ""
    assert not list((tmp_path / "out").glob("*"))


def test_render_without_results_says_what_to_run(capsys, plan, tmp_path):
    code, _, err = call(capsys, "render", plan, "--out", tmp_path / "out")
    assert code == 12
    assert "relatum fit" in err


def test_a_missing_document_has_the_code_of_reports(capsys, plan, tmp_path):
    text = plan.read_text(encoding="utf-8").replace("chapter.qmd", "tea.qmd")
    plan.write_text(text, encoding="utf-8")
    code, _, err = call(capsys, "run", plan, "--out", tmp_path / "out")
    assert code == 14
    assert "tea.qmd" in err


def test_the_shipped_documents_pass_the_check(capsys):
    code, out, _ = call(capsys, "render", default_study_path(), "--check", "--json")
    assert code == 0
    assert json.loads(out)["issues"] == []
