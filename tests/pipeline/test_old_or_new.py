"""The folder of a study is the old complete one or the new one, whatever ends a run."""

import dataclasses
import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from relatum.errors import ReportError, UsageError
from relatum.pipeline import fit_study, render_study
from relatum.pipeline.aside import fresh_folder
from relatum.reports import render
from relatum.reports.scratch import HELD, OLD, clear_abandoned, scratch_folder

MARK = "manifest.json"


@pytest.fixture
def plan(plan):
    return dataclasses.replace(plan, models=("timeline",))


@pytest.fixture
def old(tmp_path):
    """A folder as an earlier run left it."""
    place = tmp_path / "out" / "small"
    place.mkdir(parents=True)
    (place / MARK).write_text("old", encoding="utf-8")
    return place


def refuse(fault):
    def write(*_, **__):
        raise OSError(fault, os.strerror(fault))

    return write


def replace(place, end):
    """Write a new folder and come to an end before it is in its place."""
    with fresh_folder(place, mark=MARK) as new:
        (new / MARK).write_text("new", encoding="utf-8")
        end()


def interrupt():
    raise KeyboardInterrupt


def names(folder):
    return sorted(path.name for path in folder.iterdir())


# --- a full disk -------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [errno.ENOSPC, errno.EROFS, errno.EDQUOT])
def test_a_full_disk_leaves_the_old_folder(old, fault):
    with pytest.raises(UsageError, match=os.strerror(fault)):
        replace(old, refuse(fault))
    assert (old / MARK).read_text(encoding="utf-8") == "old"
    assert names(old.parent) == ["small"]


def test_a_disk_that_fills_up_during_a_fit(plan, tmp_path, monkeypatch, bytes_below):
    fit_study(plan, tmp_path / "out")
    before = bytes_below(tmp_path / "out")
    written = []
    plain = Path.write_bytes

    def write(path, content):
        if path.suffix == ".csv":
            refuse(errno.ENOSPC)()
        written.append(path)
        return plain(path, content)

    monkeypatch.setattr(Path, "write_bytes", write)
    for place in ("out", "new"):
        with pytest.raises(UsageError, match="No space left on device"):
            fit_study(dataclasses.replace(plan, seed=1), tmp_path / place)
    assert written
    assert bytes_below(tmp_path / "out") == before
    assert names(tmp_path) == ["out"]


def test_a_disk_that_fills_up_during_a_rendering(reports, tmp_path, monkeypatch):
    (reports / "plain.qmd").write_text("---\ntitle: Plain\n---\n\nText.\n", encoding="utf-8")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    module = sys.modules["relatum.reports.render"]
    monkeypatch.setattr(module, "build", refuse(errno.ENOSPC))
    with pytest.raises(ReportError, match=r"plain.qmd .* No space left on device"):
        render(reports / "plain.qmd", formats=("html",), engine="builtin", out_dir=tmp_path / "o")
    assert names(temporary) == []
    assert not (tmp_path / "o").exists()


def test_other_faults_keep_their_class(old):
    with pytest.raises(FileNotFoundError), fresh_folder(old, mark=MARK):
        (old / "nothing").read_text(encoding="utf-8")
    assert names(old.parent) == ["small"]


# --- an interrupt ------------------------------------------------------------------------------


def test_an_interrupt_leaves_the_old_folder(old):
    with pytest.raises(KeyboardInterrupt):
        replace(old, interrupt)
    assert (old / MARK).read_text(encoding="utf-8") == "old"
    assert names(old.parent) == ["small"]


def test_one_failing_document_leaves_all_reports_as_they_were(plan, reports, tmp_path, bytes_below):
    """Rendering anew replaces all reports or none, those that succeeded among them."""
    (reports / "one.qmd").write_text("---\ntitle: One\n---\n\nText.\n", encoding="utf-8")
    (reports / "two.qmd").write_text("---\ntitle: Two\n---\n\nText.\n", encoding="utf-8")
    documents = dataclasses.replace(plan.reports, documents=("one.qmd", "two.qmd"))
    study = dataclasses.replace(plan, reports=documents)
    fit_study(study, tmp_path / "out")
    render_study(study, tmp_path / "out", reports=reports)
    before = bytes_below(tmp_path / "out")
    (reports / "one.qmd").write_text("---\ntitle: One\n---\n\nOther.\n", encoding="utf-8")
    (reports / "two.qmd").write_text("---\ntitle: Two\n---\n\n[@nobody]\n", encoding="utf-8")
    with pytest.raises(ReportError):
        render_study(study, tmp_path / "out", reports=reports)
    assert bytes_below(tmp_path / "out") == before
    assert names(tmp_path / "out") == ["small"]


# --- a killed process --------------------------------------------------------------------------

CHILD = """
import sys, time
from pathlib import Path
from relatum.pipeline.aside import fresh_folder
place = Path(sys.argv[1])
with fresh_folder(place, mark="manifest.json") as new:
    (new / "manifest.json").write_text("new")
    if sys.argv[2] == "between":
        place.rename(new.parent / "old")
    print("working", flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("when", ["writing", "between"])
def test_a_killed_process_leaves_the_old_folder_and_the_next_run_clears_up(old, when):
    call = [sys.executable, "-c", CHILD, str(old), when]
    with subprocess.Popen(call, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout.readline().strip() == "working"
        assert len(names(old.parent)) == (2 if when == "writing" else 1)
        if when == "writing":
            # A run beside a living one does not touch its folder.
            assert clear_abandoned(old.parent, ".small.") == 0
            assert (old / MARK).read_text(encoding="utf-8") == "old"
        child.send_signal(signal.SIGKILL)
    with pytest.raises(KeyboardInterrupt):
        replace(old, interrupt)
    assert (old / MARK).read_text(encoding="utf-8") == "old"
    assert names(old.parent) == ["small"]


def test_only_abandoned_folders_of_that_name_are_cleared(tmp_path):
    for name in (".small.abc", ".small.other.abc", ".tea.abc", ".small.young"):
        (tmp_path / name).mkdir()
    past = time.time() - OLD - 60
    for name in (".small.abc", ".small.other.abc", ".tea.abc"):
        os.utime(tmp_path / name, (past, past))
    with scratch_folder(tmp_path, ".small.") as living:
        assert clear_abandoned(tmp_path, ".small.") == 1
        assert living.is_dir()
        assert (living / HELD).is_file() or os.name != "posix"
    assert names(tmp_path) == [".small.other.abc", ".small.young", ".tea.abc"]
    assert clear_abandoned(tmp_path / "none", ".small.") == 0
