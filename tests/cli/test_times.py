"""The verb times: words, objects, what is withheld, wrong calls."""

import json

import numpy as np
import pandas as pd
import pytest

from relatum.cli.main import main


@pytest.fixture
def table(tmp_path):
    rng = np.random.default_rng(11)
    n = 80
    aid = np.arange(n) % 2
    weeks = np.ceil(rng.exponential(30 + 20 * aid, n))
    frame = pd.DataFrame(
        {
            "week": np.minimum(weeks, 120),
            "end": np.where(weeks > 120, "0", np.where(rng.random(n) < 0.2, "death", "arrest")),
            "aid": np.where(aid == 1, "aid", "none"),
            "age": rng.integers(18, 50, n),
        }
    )
    path = tmp_path / "released.csv"
    frame.to_csv(path, index=False)
    return path


CALL = ("--exit", "week", "--event", "end", "--causes", "arrest,death", "--covariates", "age")


def run(capsys, *words):
    assert main(["times", *map(str, words)]) == 0
    return capsys.readouterr().out


def test_words(table, capsys):
    text = run(capsys, table, *CALL, "--group", "aid", "--unit", "weeks", "--period", "13")
    assert text.startswith("Times to an event: ")
    for words in (
        "mean time to ",
        "Difference in mean time, none minus aid:",
        "Log-rank test: chi-square",
        "Gray's test, death",
        "Cox regression (hazard ratios,",
        "same at all times: p",
        "Weibull accelerated failure time (time ratios,",
        "periods of 13 weeks",
        "Fine-Gray regression, arrest",
        "Cumulative incidence at",
        "Note: Kaplan-Meier curves, medians",
    ):
        assert words in text, words


def test_an_object_for_programs(table, capsys):
    found = json.loads(run(capsys, table, *CALL, "--group", "aid", "--json"))["times"]
    assert [group["group"] for group in found["groups"]] == ["aid", "none"]
    assert found["n_records"] == 80
    assert found["withheld"] == []
    assert min(step["n_at_risk"] for group in found["groups"] for step in group["steps"]) >= 5
    every = json.loads(run(capsys, table, *CALL, "--group", "aid", "--json", "--all"))["times"]
    assert sum(len(group["steps"]) for group in every["groups"]) > sum(
        len(group["steps"]) for group in found["groups"]
    )


def test_small_groups_are_withheld_and_cannot_be_worked_out(table, capsys):
    frame = pd.read_csv(table)
    frame.loc[:3, "aid"] = "rare"
    frame.loc[5, "age"] = np.nan
    frame.to_csv(table, index=False)
    words = (table, *CALL, "--group", "aid", "--drop-missing")
    text = run(capsys, *words)
    assert "Withheld for fewer than 5 records or events: 1 group" in text
    assert "\n  rare" not in text
    assert "events among" not in text
    assert "Rows not used: fewer than 5 ('age' is missing)" in text
    found = json.loads(run(capsys, *words, "--json"))["times"]
    assert found["groups"][2] == {"group": "rare", "label": "rare"}
    assert (found["n_records"], found["n_events"], found["n_dropped"]) == (None, None, None)
    # a model, a test or a reason would tell of the group that is withheld
    assert (found["models"], found["tests"], found["refused"]) == ([], [], [])
    assert "chi-square" not in text
    assert "1 row was" not in json.dumps(found)
    assert "\n  rare" in run(capsys, *words, "--all")


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--exit", "week"], 2, "--event"),
        (["--exit", "weeks", "--event", "end"], 2, "did you mean 'week'"),
        (["--exit", "week", "--event", "end"], 16, "no word for an event"),
        (["--exit", "week", "--event", "age", "--causes", "99", "--censored", "x"], 16, "Allowed"),
        ([*CALL, "--horizon", "0"], 2, "Horizon must be above 0"),
        ([*CALL, "--level", "95"], 2, "--level must lie between 0 and 1"),
        ([*CALL, "--covariates", "aid"], 16, "no finite number"),
    ],
)
def test_wrong_calls(table, words, code, message, capsys):
    assert main(["times", str(table), *words]) == code
    shown = capsys.readouterr()
    assert message in shown.err
    assert "death" not in shown.err.replace("arrest,death", "")


def test_nothing_to_estimate(tmp_path, capsys):
    path = tmp_path / "none.csv"
    path.write_text("week,arrest\n3,0\n4,0\n")
    assert main(["times", str(path), "--exit", "week", "--event", "arrest"]) == 13
    assert "no event (arrest) in 2 records" in capsys.readouterr().err
    path.write_text("week,arrest\n")
    assert main(["times", str(path), "--exit", "week", "--event", "arrest"]) == 13


def test_errors_show_no_cells(tmp_path, capsys):
    path = tmp_path / "names.csv"
    path.write_text("week,arrest\n3,Jane\nRoe,1\n-4,1\n")
    words = ["times", str(path), "--exit", "week", "--event", "arrest", "--json"]
    assert main(words) == 16
    shown = capsys.readouterr()
    issues = json.loads(shown.out)["issues"]
    assert [issue["rule"] for issue in issues] == [
        "unknown_cause",
        "not_a_number",
        "negative_time",
    ]
    assert "Jane" not in shown.out + shown.err
    assert "Roe" not in shown.out + shown.err
