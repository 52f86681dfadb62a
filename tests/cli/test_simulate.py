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


def test_a_pair_is_written_to_two_folders(tmp_path, capsys):
    arguments = ["simulate", "--seed", "3", "--scenario", "holds", "--cases", "3"]
    assert main([*arguments, "--out", str(tmp_path / "p")]) == 0
    text = capsys.readouterr().out
    assert "scenario holds, seed 3; not findings" in text
    assert "3 cases each" in text
    for name in ("trafficking", "domestic_violence"):
        sample = read_sample(tmp_path / "p" / name)
        assert sample.n("cases") == 3
        assert set(sample.table("relationships")["population"].astype(str)) == {name}


def test_one_population_of_a_pair_fills_the_folder_itself(tmp_path, capsys):
    arguments = ["simulate", "--seed", "3", "--scenario", "cannot_tell", "--json"]
    place = tmp_path / "dv"
    assert main([*arguments, "--population", "domestic_violence", "--out", str(place)]) == 0
    payload = json.loads(capsys.readouterr().out)
    assert payload["cases"] == 12
    assert list(payload["folders"]) == ["domestic_violence"]
    assert read_sample(place).fingerprint == payload["sample_sha256"]["domestic_violence"]


def test_options_of_the_other_kind_of_draw_are_refused_together(capsys):
    assert main(["simulate", "--cases", "5", "--population", "trafficking"]) == 2
    told = capsys.readouterr().err
    assert "--population belongs to a pair" in told
    assert "--cases belongs to a pair" in told
    assert main(["simulate", "--scenario", "holds", "--draws", "2"]) == 2
    assert "--draws belongs to the chapter's sample" in capsys.readouterr().err
