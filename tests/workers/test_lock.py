"""Two runs do not share the folder of a checkpoint; what a killed run left is taken over."""

import errno
import os
import signal
import socket
import subprocess
import sys

import pytest
from numpy.random import default_rng

from relatum.errors import UsageError
from relatum.workers import lock, run_replicates
from relatum.workers.lock import LOCK, only_run_in

HERE = rf"process {os.getpid()} on '{socket.gethostname()}'"


def test_a_second_run_is_told_who_holds_the_folder(tmp_path):
    held = rf"Another run is at work in .*: {HERE}"
    with only_run_in(tmp_path):
        with pytest.raises(UsageError, match=held) as error, only_run_in(tmp_path):
            pass
        assert error.value.exit_code == 2
        assert (tmp_path / LOCK).exists()
    assert list(tmp_path.iterdir()) == []
    with only_run_in(tmp_path):
        pass


def test_words_of_a_dead_run_are_taken_over(tmp_path):
    (tmp_path / LOCK).write_text('{"process": 1, "machine": "elsewhere"}')
    with only_run_in(tmp_path), pytest.raises(UsageError, match=HERE), only_run_in(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_holder_that_has_not_written_yet_is_told_as_such(tmp_path):
    with only_run_in(tmp_path):
        (tmp_path / LOCK).write_text("{")
        with pytest.raises(UsageError, match="it does not say which"), only_run_in(tmp_path):
            pass


HOLD = """
import sys, time
from pathlib import Path
from relatum.workers.lock import only_run_in
with only_run_in(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="processes are ended otherwise here")
def test_the_lock_of_a_killed_process_is_taken_over(tmp_path):
    words = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(UsageError, match=f"process {holder.pid} on"), only_run_in(tmp_path):
            pass
        holder.kill()
    assert (tmp_path / LOCK).exists()
    with only_run_in(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="another kind of lock")
def test_a_disk_without_locks_keeps_nobody_out(tmp_path, monkeypatch):
    def none(handle, how):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(lock.fcntl, "flock", none)
    with only_run_in(tmp_path), only_run_in(tmp_path):
        pass


def test_a_run_that_meets_another_leaves_it_alone(tmp_path):
    kept, told = tmp_path / "kept", []

    def draw(child):
        if child.spawn_key[-1] == 2:
            with pytest.raises(UsageError, match="Another run is at work") as error:
                run_replicates(draw, 4, seed=3, checkpoint=kept)
            told.append(str(error.value))
        return float(default_rng(child).normal())

    alone = run_replicates(lambda child: float(default_rng(child).normal()), 4, seed=3)
    assert run_replicates(draw, 4, seed=3, checkpoint=kept) == alone
    assert len(told) == 1
    assert not kept.exists()


def test_a_refused_folder_is_as_it_was(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")

    def draw(child):
        return 1

    with pytest.raises(UsageError, match="holds something else"):
        run_replicates(draw, 4, seed=3, checkpoint=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
