"""The verb ``relatum simulate``."""

import json

from relatum.cli.main import main
from relatum.samples import read_sample, simulation


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


def test_a_second_run_writes_the_draws_of_the_first_again(tmp_path, capsys, monkeypatch):
    kept, out = tmp_path / "kept", tmp_path / "e"
    call = ["simulate", "--seed", "3", "--draws", "2", "--out", str(out), "--json"]
    write = simulation.write_simulated

    def stop(simulated, place):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(simulation, "write_simulated", stop)
        assert main([*call, "--checkpoint", str(kept)]) == 17
    write(simulation.simulate_sample(seed=3), out / "draw-0000")
    (out / "mine.txt").write_text("mine")
    assert main([*call, "--checkpoint", str(kept)]) == 2
    assert (kept / "000000.piece").exists()
    (out / "mine.txt").unlink()
    capsys.readouterr()
    assert main([*call, "--checkpoint", str(kept)]) == 0
    assert [one["draw"] for one in json.loads(capsys.readouterr().out)["draws"]] == [0, 1]
    assert not kept.exists()
    assert read_sample(out / "draw-0000").fingerprint


def test_long_work_is_no_matter_of_a_pair(tmp_path, capsys):
    call = ["simulate", "--scenario", "holds", "--scheduler", "tcp://127.0.0.1:1"]
    assert main([*call, "--checkpoint", str(tmp_path / "kept")]) == 2
    assert "--scheduler and --checkpoint belong to the chapter's" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
