"""`relatum example`: copies of shipped samples."""

import json

from relatum.cli.example import DOCUMENTS
from relatum.cli.example_registry import REGISTRY_EXAMPLES
from relatum.cli.main import main
from relatum.samples.examples import EXAMPLES


def test_copy_and_check(tmp_path, capsys):
    place = tmp_path / "mine"
    assert main(["example", "anna", str(place)]) == 0
    assert capsys.readouterr().out == (
        f"'anna' copied to {place}: 11 files.\nNext: relatum check {place}\n"
    )
    assert main(["check", str(place)]) == 0


def test_the_folder_is_called_like_the_example(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["example", "invalid", "--json"]) == 0
    payload = json.loads(capsys.readouterr().out)
    assert payload["folder"] == "invalid"
    assert "datapackage.json" in payload["files"]
    assert (tmp_path / "invalid" / "cases.csv").exists()


def test_the_list(capsys):
    assert main(["example"]) == 0
    names = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert names == [*EXAMPLES, *DOCUMENTS, *REGISTRY_EXAMPLES]


def test_wrong_calls(tmp_path, capsys):
    assert main(["example", "ana"]) == 2
    assert "Did you mean 'anna'?" in capsys.readouterr().err
    (tmp_path / "x.txt").write_text("mine")
    assert main(["example", "anna", str(tmp_path)]) == 2
    assert "not an empty folder" in capsys.readouterr().err
