"""`relatum template` and `relatum init`, and the files that `relatum codebook` writes."""

import json

import pytest

from relatum.cli import main as entry
from relatum.cli.main import main


@pytest.fixture(autouse=True)
def _verbs(monkeypatch):
    names = dict.fromkeys((*entry.VERBS, "init", "template"))
    monkeypatch.setattr(entry, "VERBS", tuple(names))


@pytest.fixture
def own(tmp_path):
    path = tmp_path / "own.csv"
    label = "A label of a code that goes on and on and never ends, as none should ever do"
    path.write_text(f'id,label,domain,definition\nx_long,"{label}",control,It goes on.\n')
    return path


def test_templates(tmp_path, capsys):
    place = tmp_path / "t"
    assert main(["template", str(place), "--form", "long"]) == 0
    assert "then relatum import template FILE" in capsys.readouterr().out
    assert (place / "long.xlsx").exists()
    assert main(["template", str(place)]) == 2
    assert "not an empty folder" in capsys.readouterr().err


def test_templates_with_own_codes(tmp_path, own, capsys):
    words = ["template", str(tmp_path / "t"), "--form", "wide", "--extend", str(own), "--json"]
    assert main(words) == 0
    payload = json.loads(capsys.readouterr().out)
    assert payload["schema_version"].endswith("+mine.1")
    header = (tmp_path / "t" / "wide_csv" / "codes_relationship.csv").read_text().splitlines()[0]
    assert "x_long" in header.split(",")


def test_a_new_study(tmp_path, capsys):
    place = tmp_path / "study"
    assert main(["init", str(place), "--title", "Mine", "--json"]) == 0
    assert "study.toml" in json.loads(capsys.readouterr().out)["files"]
    assert main(["check", str(place / "sample")]) == 0
    assert main(["init", str(place)]) == 2


@pytest.mark.parametrize("name", ["book.qdc", "book.xlsx", "book.html"])
def test_a_codebook_for_other_programs(tmp_path, name, capsys):
    out = tmp_path / name
    assert main(["codebook", "--output", str(out)]) == 0
    assert "codes written" in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_names_that_are_cut_are_named(tmp_path, own, capsys):
    out = tmp_path / "book.qdc"
    words = ["codebook", "--extend", str(own), "--output", str(out)]
    assert main(words) == 0
    captured = capsys.readouterr()
    assert captured.err.startswith("warning: the name of x_long was cut to 'A label of a code")
    assert main([*words, "--json"]) == 0
    payload = json.loads(capsys.readouterr().out)
    assert [cut["code"] for cut in payload["cut_names"]] == ["x_long"]
    assert len(payload["cut_names"][0]["name"]) == 63


def test_wrong_calls(tmp_path, capsys):
    assert main(["codebook", "--format", "qdc"]) == 2
    assert "add --output FILE" in capsys.readouterr().err
    assert main(["codebook", "cases", "-o", str(tmp_path / "a.qdc")]) == 2
    assert "nothing to write" in capsys.readouterr().err
    bad = tmp_path / "bad.csv"
    bad.write_text("id,label,domain,definition\nx_a,A,nowhere,D.\n")
    assert main(["codebook", "--extend", str(bad)]) == 10
    assert "unknown_domain" in capsys.readouterr().err


def test_one_code_of_an_extension(own, capsys):
    assert main(["codebook", "x_long", "--extend", str(own)]) == 0
    assert capsys.readouterr().out.startswith("x_long: A label of a code")
