"""The verb ``relatum simulate``."""

import json

from relatum.cli.main import main
from relatum.samples import read_sample


def test_a_draw_is_written_and_described(tmp_path, capsys):
    assert main(["simulate", "--seed", "3", "--out", str(tmp_path / "s")]) == 0
    text = capsys.readouterr().out
    assert "not findings" in text
    assert "all 45 satisfied in 1 draw" in text
    assert read_sample(tmp_path / "s").n("relationships") == 73


def test_an_ensemble_gets_a_folder_per_draw(tmp_path, capsys):
    arguments = ["simulate", "--seed", "3", "--draws", "2", "--out", str(tmp_path / "e"), "--json"]
    assert main(arguments) == 0
    payload = json.loads(capsys.readouterr().out)
    assert [record["draw"] for record in payload["draws"]] == [0, 1]
    assert sorted(path.name for path in (tmp_path / "e").iterdir()) == ["draw-0000", "draw-0001"]
    assert payload["draws"][0]["sample_sha256"] != payload["draws"][1]["sample_sha256"]


def test_a_foreign_folder_is_refused_before_anything_is_drawn(tmp_path, capsys):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep")
    assert main(["simulate", "--out", str(tmp_path / "mine")]) == 11
    assert "name another folder" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["notes.txt"]
