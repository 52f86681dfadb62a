"""The verb pairs: words, objects, what is withheld, wrong calls."""

import json

import numpy as np
import pandas as pd
import pytest

from relatum.cli.main import main


@pytest.fixture
def registry(tmp_path):
    rng = np.random.default_rng(3)
    present = rng.random((400, 5)) < 1 / (1 + np.exp(-rng.normal(size=(400, 1))))
    present[:, 4] = False
    present[:6, 4] = True
    table = pd.DataFrame(present.astype(int), columns=["debt", "threats", "rules", "blows", "rare"])
    table["case"] = np.arange(400) // 20
    path = tmp_path / "registry.csv"
    table.to_csv(path, index=False)
    return str(path)


CASE = ("--case", "case", "--zeros", "not_documented")


def test_words(registry, capsys):
    assert main(["pairs", registry, *CASE, "--most", "2"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("Pairs of items: 10 of 10 pairs testable in 400 records of 20 cases")
    assert "and 4 more pairs" in text
    assert "Withheld for fewer than 5 records in a cell: 4 (--all prints)." in text
    assert "rare" not in text
    assert text.count("silence as presence") == 1
    assert "Uneven documentation alone" in text


def test_small_cells_are_withheld_from_programs_too(registry, capsys):
    assert main(["pairs", registry, *CASE, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["registry"]
    assert [pair["second"] for pair in found["pairs"]].count("rare") == 0
    assert len(found["pairs"]) == 6
    assert len(found["withheld"]) == 4
    assert found["items"][4] == {"term": "rare"}
    assert main(["pairs", registry, *CASE, "--json", "--all"]) == 0
    found = json.loads(capsys.readouterr().out)["registry"]
    assert len(found["pairs"]) == 10
    assert found["withheld"] == []
    assert found["items"][4]["n_present"] == 6


def test_chosen_items(registry, capsys):
    assert main(["pairs", registry, *CASE, "--items", "debt, rules"]) == 0
    text = capsys.readouterr().out
    assert "1 of 1 pairs testable" in text
    assert "debt+rules" in text


def test_what_cannot_be_tested_is_said(registry, tmp_path, capsys):
    table = pd.read_csv(registry).assign(never=0)
    table.to_csv(tmp_path / "more.csv", index=False)
    assert main(["pairs", str(tmp_path / "more.csv"), *CASE]) == 0
    text = capsys.readouterr().out
    assert "Not testable: 5 pairs.\n  never: never documented" in text


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--zeros", "not_documented"], 2, "--case"),
        (["--case", "case"], 2, "--zeros not_documented"),
        (["--case", "case", "--zeros", "absent"], 2, "not 'absent'"),
        (["--case", "cases", "--zeros", "not_documented"], 2, "Did you mean 'case'"),
        ([*CASE, "--items", "debt"], 13, "there are not two items"),
        ([*CASE, "--most", "0"], 2, "most"),
    ],
)
def test_wrong_calls(registry, words, code, message, capsys):
    assert main(["pairs", registry, *words]) == code
    assert message in capsys.readouterr().err


def test_unreadable_files(tmp_path, capsys):
    assert main(["pairs", str(tmp_path / "none.parquet"), *CASE]) == 16
    assert "no such file" in capsys.readouterr().err
    (tmp_path / "names.csv").write_text("case,a,b\n1,Jane,1\n1,1,0\n")
    assert main(["pairs", str(tmp_path / "names.csv"), *CASE, "--json"]) == 16
    shown = capsys.readouterr()
    assert json.loads(shown.out)["issues"][0]["field"] == "a"
    assert "Jane" not in shown.out + shown.err
