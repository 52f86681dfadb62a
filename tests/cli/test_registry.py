"""The verb registry: faults, counts, comparisons, what is withheld, wide files of samples."""

import json

import numpy as np
import pandas as pd
import pytest

from relatum.cli.main import main
from relatum.samples import example_sample


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    rng = np.random.default_rng(7)
    n = 900
    case = rng.integers(0, 40, n)
    words = np.array(["absent_documented", "present", "not_documented"], dtype=object)
    silent = rng.random((n, 2)) < 0.05
    codes = np.where(silent, 2, rng.random((n, 2)) < 0.4)
    table = pd.DataFrame(words[codes], columns=["vio_physical", "our_item"])
    table["rare"] = np.where(np.arange(n) < 3, "present", "absent_documented")
    table["case_id"], table["relationship_id"] = case, [f"r{at}" for at in range(n)]
    table["population"] = np.where(case < 15, "trafficking", "domestic_violence")
    path = tmp_path_factory.mktemp("registry") / "mine.parquet"
    table.to_parquet(path, index=False)
    return str(path)


COMPARE = ("--group", "population", "--compare", "trafficking,domestic_violence")


def run(capsys, *words, code=0):
    assert main(["registry", *words]) == code
    held = capsys.readouterr()
    return held.err if code else held.out


def test_words(registry, capsys):
    text = run(capsys, registry, "--id", "relationship_id")
    assert text.startswith("'mine' can be used: no issues.\n900 records of 40 cases; 1 codes and 2")
    assert "Its own: our_item, rare." in text
    assert "Not read: population." in text
    assert "Physical violence" in text
    assert "Withheld for a count from 1 to 4: 1 item (--all prints)." in text
    assert "  rare" not in text
    assert "  rare" in run(capsys, registry, "--all")


def test_comparison(registry, capsys):
    text = run(capsys, registry, *COMPARE, "--margin", "0.3")
    assert "Share in trafficking relationships less share in domestic violence" in text
    assert "margin 0.3, limits at 95%" in text
    assert "Physical violence" in text
    assert "inside the margin (no assay)" in text
    assert "inside the margin is no proof of likeness" in text


def test_objects(registry, capsys):
    found = json.loads(run(capsys, registry, *COMPARE, "--json"))
    assert (found["records"], found["cases"]) == (900, 40)
    assert found["codes"] == ["vio_physical"]
    assert found["withheld"] == 1
    terms = [row["counted"]["term"] for row in found["prevalence"]]
    assert terms[:3] == ["any_violence", "vio_physical", "our_item"]
    assert terms.count("rare") == 1
    compared = found["comparison"]
    assert [group["n_records"] for group in compared["groups"]] == [
        sum(row["counted"][name] for name in ("n_present", "n_absent", "n_undocumented"))
        for row in found["prevalence"]
        if row["counted"]["term"] == "vio_physical"
    ]
    assert compared["withheld"] == 1
    assert len(compared["rows"][0]["contrasts"]) == 3
    whole = json.loads(run(capsys, registry, *COMPARE, "--json", "--all"))
    assert (whole["withheld"], whole["comparison"]["withheld"]) == (0, 0)


def test_check_only(registry, capsys):
    found = json.loads(run(capsys, registry, "--check", "--json"))
    assert "prevalence" not in found
    assert found["issues"] == []
    assert "present" not in run(capsys, registry, "--check")


def test_of_many_reasons_some_are_printed(tmp_path, capsys):
    table = pd.DataFrame({"case_id": np.arange(60) % 10})
    for n in range(5):
        table[f"item_{n}"] = np.where(np.arange(60) < 10 + n, "present", "not_documented")
    table.to_parquet(tmp_path / "mine.parquet", index=False)
    text = run(capsys, str(tmp_path / "mine.parquet"))
    assert text.count("Without limits: documented in ") == 3
    assert "\n2 more reasons are in --json.\n" in text


def test_faults_are_all_listed(tmp_path, capsys):
    path = tmp_path / "mine.csv"
    path.write_text("case_id,vio_physical,own\nx,Jane,1\n,present,3\n")
    text = run(capsys, str(path), "--zeros", "absent_documented", code=11)
    assert "3 faults in 'mine' (2 records); nothing was counted." in text
    assert "vio_physical" in text
    assert "missing_case" in text
    assert "Jane" not in text
    assert main(["registry", str(path), "--zeros", "absent_documented", "--json"]) == 11
    found = json.loads(capsys.readouterr().out)
    assert {issue["rule"] for issue in found["issues"]} == {"not_a_status", "missing_case"}


def test_zeros_are_declared_with_an_option(tmp_path, capsys):
    path = tmp_path / "mine.csv"
    path.write_text("case_id,own\nx,0\n")
    assert "Here: --zeros not_documented" in run(capsys, str(path), code=2)


def test_warnings_follow(tmp_path, capsys):
    path = tmp_path / "mine.csv"
    path.write_text("case_id,vio_phisical\nx,present\ny,present\n")
    text = run(capsys, str(path), "--all")
    assert "2 warnings" in text
    assert "Did you mean 'vio_physical'?" in text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--compare", "a,b"), "--compare needs --group"),
        (("--check", "--group", "population", "--compare", "a,b"), "--check counts nothing"),
        (("--group", "population", "--compare", "a"), "two labels"),
        (("--group", "population", "--compare", "a,b"), "Two different groups"),
        (("--case", "caes"), "no column 'caes'"),
        (("--zeros", "none"), "--zeros must be"),
    ],
)
def test_wrong_calls(registry, capsys, words, message):
    assert message in run(capsys, registry, *words, code=2)


def test_a_sample_as_a_wide_file(tmp_path, capsys):
    path = tmp_path / "wide.parquet"
    text = run(capsys, "shipped:simulated", "--wide", str(path))
    n = example_sample("simulated").n("relationships")
    assert text.startswith(f"{n} relationships of ")
    text = run(capsys, str(path), "--check")
    assert "SIMULATED" in text
    found = json.loads(run(capsys, "shipped:anna", "--wide", str(path), "--json"))
    assert found == {"file": "wide.parquet", "records": 1}


def test_the_verb_check_names_this_one(registry, capsys):
    assert main(["check", registry]) == 11
    assert "relatum registry mine.parquet --check" in capsys.readouterr().err
