"""The verb agree: two samples, one sample with two coders, wrong calls."""

import json

import pandas as pd
import pytest

from relatum.cli.main import main
from relatum.samples import example_sample, write_sample


@pytest.fixture
def folders(tmp_path):
    anna = example_sample("anna")
    codings = anna.table("codings")
    codings["coder_id"] = "two"
    written = {"first": anna, "second": anna.replace_tables({"codings": codings.iloc[3:]})}
    codings["coding_id"] = "b" + codings["coding_id"]
    both = pd.concat([anna.table("codings"), codings.iloc[3:]])
    written["both"] = anna.replace_tables({"codings": both})
    for name, sample in written.items():
        write_sample(sample, tmp_path / name)
    return {name: str(tmp_path / name) for name in written}


def test_two_samples_and_one_sample_say_the_same(folders, capsys):
    assert main(["agree", folders["first"], folders["second"], "--draws", "100", "--json"]) == 0
    two = json.loads(capsys.readouterr().out)["agreement"]
    named = ["--coder", "consensus", "--coder", "two"]
    assert main(["agree", folders["both"], *named, "--draws", "100", "--json"]) == 0
    one = json.loads(capsys.readouterr().out)["agreement"]
    assert two["rows"] == one["rows"]
    assert len(two["disagreements"]) == 3


def test_words_name_codes_but_no_units(folders, capsys):
    assert main(["agree", folders["first"], folders["second"], "--draws", "100"]) == 0
    text = capsys.readouterr().out
    assert "All codes together" in text
    assert "To discuss" in text
    units = {row["unit_id"] for row in example_sample("anna").table("codings").to_dict("records")}
    assert not [unit for unit in units if f" {unit} " in text]


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ([], 13, "two coders are needed"),
        (["--coder", "tea"], 11, "no coder 'tea'"),
        (["shipped:anna", "--coder", "a", "--coder", "b", "--coder", "c"], 2, "at most two"),
        (["nowhere"], 11, "nowhere"),
    ],
)
def test_wrong_calls(words, code, message, capsys):
    assert main(["agree", "shipped:anna", *words]) == code
    assert message in capsys.readouterr().err
