"""`relatum check`: exit codes, words and JSON."""

import json
import shutil

import pytest

from relatum.cli.main import main
from relatum.samples import shipped_path


def test_a_valid_sample(capsys):
    assert main(["check", str(shipped_path("anna"))]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    assert shown.out.splitlines()[0] == "'anna' can be read: no issues."
    assert "escape_attempts 3" in shown.out


def test_a_shipped_sample_by_name(capsys):
    assert main(["check", "shipped:anna", "--json"]) == 0
    payload = json.loads(capsys.readouterr().out)
    assert payload["sample"] == "anna"
    assert payload["origin"] == "published"
    assert payload["rows"]["victims"] == 1
    assert payload["issues"] == []


def test_faults_end_with_eleven_and_list_everything(capsys):
    assert main(["check", "shipped:invalid"]) == 11
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("relatum: sample: ")
    assert "Did you mean 'vio_physical'?" in shown.err
    assert "Traceback" not in shown.err


def test_faults_as_json(capsys):
    assert main(["check", "shipped:invalid", "--json"]) == 11
    payload = json.loads(capsys.readouterr().out)
    assert payload["error"] == "sample"
    assert payload["exit_code"] == 11
    found = {(i["table"], i["row"], i["rule"], i["near"]) for i in payload["issues"]}
    assert ("codings", "k3", "unknown_code", "vio_physical") in found
    assert {i["severity"] for i in payload["issues"]} == {"error", "warning"}


def test_warnings_do_not_stop(tmp_path, capsys):
    folder = tmp_path / "mine"
    shutil.copytree(shipped_path("anna"), folder)
    victims = folder / "victims.csv"
    victims.write_text(victims.read_text().replace(",", ";"))
    assert main(["check", str(folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "'anna' can be read: 1 warning."
    assert "[delimiter] warning:" in lines[-1]


@pytest.mark.parametrize("name", ["nowhere", "shipped:ana", "pyproject.toml", ""])
def test_what_is_no_sample(name, capsys):
    assert main(["check", name]) in {2, 11}
    shown = capsys.readouterr()
    assert "Traceback" not in shown.err
    assert shown.err.startswith("relatum: ")


def test_a_call_without_a_sample(capsys):
    assert main(["check"]) == 2
    assert "Missing argument 'SAMPLE'" in capsys.readouterr().err
