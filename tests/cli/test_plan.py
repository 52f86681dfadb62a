"""The verb plan: words, objects, files, wrong calls and faulty plans."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from relatum.cli.main import main
from relatum.models import planning
from relatum.reports import check, find_reports
from relatum.reports.words import word_faults

CALL = ("plan", "--cases", "16", "--icc", "0.1", "--studies", "10", "--draws", "99")


def test_words(capsys):
    assert main([*CALL]) == 0
    text = capsys.readouterr().out
    assert "Investigations that reach a goal in 80% of studies" in text
    assert "Simulated data: these numbers are no findings." in text


def test_objects_and_files(capsys, tmp_path):
    assert main([*CALL, "--cap", "8", "--out", str(tmp_path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["settings"]["cap"] == "8"
    assert found["designs"][0]["cases"] == 16
    assert found["folder"] == (tmp_path / "plan").as_posix()
    assert (tmp_path / "plan" / "results" / "plan.csv").is_file()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--report",), 2, "--report needs --out"),
        (("--cases", "a,b"), 2, "whole numbers"),
        (("--engine", "word"), 2, "not a engine"),
        (("none.toml",), 12, "could not be read"),
    ],
)
def test_wrong_calls(words, code, said, capsys):
    assert main(["plan", *words]) == code
    assert said in capsys.readouterr().err


def test_faulty_plans_end_with_12_and_write_nothing(capsys, tmp_path):
    path = tmp_path / "p.toml"
    path.write_text('case = [3]\nprevalence = 2.0\nsize_cv = "x"\n')
    out = tmp_path / "out"
    assert main(["plan", str(path), "--icc", "0.2,0.1", "--out", str(out), "--json"]) == 12
    found = json.loads(capsys.readouterr().out)
    assert {issue["field"] for issue in found["issues"]} == {
        *("case", "prevalence", "size_cv", "iccs"),
    }
    assert not out.exists()


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="a terminal interrupts otherwise here")
def test_an_interrupt_leaves_finished_studies_that_the_next_run_takes_up(
    tmp_path, capsys, monkeypatch
):
    kept, out = tmp_path / "kept", tmp_path / "out"
    call = ["plan", "--cases", "15", "--icc", "0.1", "--studies", "10", "--draws", "99"]
    call += ["--checkpoint", str(kept), "--out", str(out)]
    running = subprocess.Popen(
        [sys.executable, "-m", "relatum", *call],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while not list(kept.glob("*.piece")) and running.poll() is None:
        time.sleep(0.005)
    assert main(call) == 2
    assert (
        f"Another run is at work in '{kept}': process {running.pid} on" in capsys.readouterr().err
    )
    os.killpg(running.pid, signal.SIGINT)  # as a terminal does
    printed, told = running.communicate(timeout=60)
    assert (running.returncode, printed) == (17, "")
    pieces = len(list(kept.glob("*.piece")))
    assert 0 < pieces < 8
    assert f"{pieces} of 8 parts are kept in '{kept}'" in told
    assert not out.exists()

    done, simulate = [], planning.simulate_studies

    def counted(*arguments, **words):
        done.append(words["place"])
        return simulate(*arguments, **words)

    monkeypatch.setattr(planning, "simulate_studies", counted)
    assert main([*call, "--json"]) == 0
    taken_up = json.loads(capsys.readouterr().out)["designs"]
    assert len(done) == 8 - pieces
    assert not kept.exists()
    assert main([*call[:-4], "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["designs"] == taken_up


def test_a_checkpoint_of_another_plan_is_refused(tmp_path, capsys, monkeypatch):
    def stop(*arguments, **words):
        raise KeyboardInterrupt

    kept, out = tmp_path / "kept", tmp_path / "out"
    with monkeypatch.context() as patch:
        patch.setattr(planning, "simulate_studies", stop)
        assert main([*CALL, "--checkpoint", str(kept)]) == 17
    other = [*CALL, "--cap", "8", "--checkpoint", str(kept), "--out", str(out)]
    capsys.readouterr()
    assert main(other) == 2
    assert "belongs to another run: its arguments differ" in capsys.readouterr().err
    assert [path.name for path in kept.iterdir()] == ["checkpoint.json"]
    assert not out.exists()


def test_a_scheduler_that_is_none_is_a_wrong_call(capsys, tmp_path):
    assert main([*CALL, "--scheduler", "nowhere", "--out", str(tmp_path / "out")]) == 2
    assert "'nowhere' is no address of a scheduler" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_report_can_be_rendered_by_both_engines():
    document = find_reports() / "plan.qmd"
    assert check(document) == ()
    assert word_faults(document) == ()
