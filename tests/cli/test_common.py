"""What verbs share: JSON without holes, issues grouped by table, quiet progress, plain consoles."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from relatum.cli.common import (
    EXIT_KINDS,
    console,
    emit,
    error_payload,
    examples,
    issues_text,
    progress,
    to_json,
    wants_json,
)
from relatum.errors import Issue, RelatumError, SampleError


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    term: str
    bounds: tuple[float, float]


def issue(row, *, table="cases", rule="unknown_level", **rest):
    return Issue(table=table, row=row, field="case_scope", rule=rule, message="Wrong.", **rest)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Shape(term="a", bounds=(0.25, float("inf"))), {"term": "a", "bounds": [0.25, None]}),
        (np.int64(3), 3),
        (np.float64("nan"), None),
        (np.array([[1, 2]]), [[1, 2]]),
        (np.bool_(True), True),
        ({1: {"b", "a"}}, {"1": ["a", "b"]}),
        (Path("out") / "x.csv", "out/x.csv"),
        (np.datetime64("2015-03-02"), "2015-03-02"),
        (None, None),
        (pd.NA, None),
        (pd.NaT, None),
        (pd.Timestamp("2015-03-02"), "2015-03-02T00:00:00"),
    ],
)
def test_values_become_json(value, expected):
    assert json.loads(json.dumps(to_json(value), allow_nan=False)) == expected


def test_a_value_without_a_json_form_is_refused():
    with pytest.raises(TypeError, match="object has no JSON form"):
        to_json({"a": object()})


def test_emit_prints_either_form(capsys):
    emit({"n": 2}, "Two.", json_mode=True)
    assert json.loads(capsys.readouterr().out) == {"n": 2}
    emit({"n": 2}, "Two.", json_mode=False)
    assert capsys.readouterr().out == "Two.\n"


def test_issues_are_grouped_by_table_whatever_their_order():
    issues = [
        issue("c2", allowed=("local", "national")),
        issue("r1", table="relationships", rule="broken_key", severity="warning"),
        issue("c1", near="local"),
    ]
    expected = (
        "cases: 2 issues\n"
        "  c1 case_scope [unknown_level] Wrong. Did you mean 'local'?\n"
        "  c2 case_scope [unknown_level] Wrong. Allowed: local, national.\n"
        "relationships: 1 issue\n"
        "  r1 case_scope [broken_key] warning: Wrong."
    )
    assert issues_text(issues) == expected
    assert issues_text(reversed(issues)) == expected


def test_a_flood_of_issues_is_counted_by_rule():
    issues = [issue(f"c{n:04}") for n in range(1300)] + [issue("z", rule="too_long")]
    lines = issues_text(issues, limit=2).splitlines()
    assert lines == [
        "cases: 1,301 issues",
        "  c0000 case_scope [unknown_level] Wrong.",
        "  c0001 case_scope [unknown_level] Wrong.",
        "  and 1 more issue [too_long] (--json lists all)",
        "  and 1,298 more issues [unknown_level] (--json lists all)",
    ]
    assert len(issues_text(issues, limit=None).splitlines()) == 1302
    assert issues_text([]) == ""


def test_an_issue_of_a_whole_sample_has_a_heading():
    text = issues_text([Issue(table="", rule="wrong_folder", message="No tables.")])
    assert text == "sample: 1 issue\n  [wrong_folder] No tables."


def test_every_error_class_has_a_kind():
    classes = [RelatumError, *RelatumError.__subclasses__()]
    assert {cls.exit_code for cls in classes} == set(EXIT_KINDS)


def test_an_error_carries_its_issues_into_json():
    payload = error_payload(SampleError("1 issue.", [issue("c1", allowed=("local",))]))
    assert payload["error"] == "sample"
    assert payload["exit_code"] == 11
    assert payload["issues"][0]["allowed"] == ["local"]


def test_progress_is_silent_without_a_terminal(capsys):
    with progress("Drawing", total=2) as advance:
        advance(1)
        advance(1)
    out = capsys.readouterr()
    assert (out.out, out.err) == ("", "")


def test_a_console_is_plain_without_a_terminal(capsys):
    console().print("[bold]2 issues[/bold]", style="red")
    assert capsys.readouterr().out == "[bold]2 issues[/bold]\n"


def test_examples_are_not_rewrapped():
    assert examples("relatum run", "relatum fit").startswith("\b\nExamples:\n  relatum run\n")


@pytest.mark.parametrize(
    ("words", "expected"),
    [(["check", "--json"], True), (["check", "--", "--json"], False), ([], False)],
)
def test_json_is_seen_in_a_wrong_call(words, expected):
    assert wants_json(words) is expected
