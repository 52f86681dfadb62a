"""Repeated work gives the same numbers however it is shared out, and survives being stopped."""

import json
import os
import signal

import joblib
import numpy as np
import pytest
from joblib.parallel import ThreadingBackend
from numpy.random import SeedSequence, default_rng

from relatum.errors import EstimationError, InterruptedRunError, UsageError
from relatum.workers import run_replicates, run_tasks, stream_tasks
from relatum.workers.pieces import version_faults, versions

N = 23


@pytest.fixture(scope="module")
def draw():
    # A function made inside another one travels by value: workers need not import this file.
    def draw_one(child, centre):
        values = default_rng(child).normal(centre, size=5)
        return float(values.sum()), values

    return draw_one


class NoGenerator(ThreadingBackend):
    """A way of joblib to share work that cannot hand back results one by one."""

    supports_return_generator = False


def flat(results):
    return [(total, values.tobytes()) for total, values in results]


@pytest.fixture(scope="module")
def by_hand(draw):
    return flat([draw(child, 2.0) for child in SeedSequence(5).spawn(N)])


@pytest.mark.parametrize("size", [None, 1, 4, 100])
def test_replicate_k_has_child_k_of_the_seed_whatever_the_pieces(draw, by_hand, size):
    assert flat(run_replicates(draw, N, seed=5, arguments=(2.0,), size=size)) == by_hand


@pytest.mark.parametrize("jobs", [1, 2, 8])
def test_threads_give_the_numbers_of_one(draw, by_hand, jobs):
    with joblib.parallel_config(backend="threading", n_jobs=jobs):
        assert flat(run_replicates(draw, N, seed=5, arguments=(2.0,))) == by_hand


@pytest.mark.parametrize("jobs", [2, 3])
def test_processes_give_the_numbers_of_one(draw, by_hand, jobs):
    assert flat(run_replicates(draw, N, seed=5, arguments=(2.0,), jobs=jobs)) == by_hand


def test_workers_that_hand_back_everything_at_once_serve_too(draw, by_hand):
    backend = NoGenerator()
    with joblib.parallel_config(backend=backend, n_jobs=2):
        assert flat(run_replicates(draw, N, seed=5, arguments=(2.0,))) == by_hand


def test_sums_of_long_arrays_do_not_depend_on_the_cores():
    def product(child):
        values = default_rng(child).normal(size=(2, 40_000))
        return float(values[0] @ values[1])

    alone = run_replicates(product, 6, seed=1)
    with joblib.parallel_config(backend="threading", n_jobs=3):
        assert run_replicates(product, 6, seed=1) == alone


def test_tasks_keep_their_order_and_stream(draw):
    assert run_tasks(pow, [(2, k) for k in range(150)]) == [2**k for k in range(150)]
    calls = []
    stream = stream_tasks(calls.append, [(k,) for k in range(5)])
    assert calls == []
    next(stream)
    assert calls == [0]
    stream.close()
    assert run_tasks(pow, []) == []
    assert run_replicates(draw, 0, seed=1) == []


def test_progress_is_told_of_every_replicate_and_silent_without_a_terminal(draw, capsys):
    told = []
    run_replicates(draw, N, seed=5, arguments=(0.0,), size=4, progress=told.append)
    assert sum(told) == N
    run_replicates(draw, N, seed=5, arguments=(0.0,), progress="Drawing")
    assert capsys.readouterr() == ("", "")


def test_an_error_of_a_replicate_is_told_as_it_is():
    def fail(child):
        raise UsageError("no such thing")

    for jobs in (1, 2):
        with pytest.raises(UsageError, match="no such thing"):
            run_replicates(fail, 3, seed=1, jobs=jobs)

    def full(child):
        raise MemoryError

    with pytest.raises(EstimationError, match="Memory ran out"):
        run_replicates(full, 3, seed=1)


def test_wrong_calls_are_told_all_at_once(draw, tmp_path):
    with pytest.raises(ValueError, match=r"n must.*seed must.*jobs must.*size must"):
        run_replicates(draw, -1, seed=-1, jobs=0, size=0)
    with pytest.raises(ValueError, match="a function with a name"):
        run_tasks(lambda: 1, [()], checkpoint=tmp_path / "kept")
    assert not (tmp_path / "kept").exists()


def stopping(stop, record):
    def draw_or_stop(child):
        number = child.spawn_key[-1]
        if number == stop and not record.exists():
            record.touch()
            raise KeyboardInterrupt
        with record.with_suffix(".txt").open("a") as calls:
            calls.write(f"{number}\n")
        return float(default_rng(child).normal())

    return draw_or_stop


def test_an_interrupted_run_is_taken_up_and_leaves_nothing(tmp_path):
    draw, kept = stopping(7, tmp_path / "stopped"), tmp_path / "kept"
    with pytest.raises(InterruptedRunError, match=r"3 of 5 parts are kept in '.*kept'"):
        run_replicates(draw, 10, seed=3, checkpoint=kept, size=2)
    assert len(list(kept.glob("*.piece"))) == 3
    told = []
    # The pieces are those of the run that began.
    found = run_replicates(draw, 10, seed=3, checkpoint=kept, size=5, progress=told.append)
    assert found == [float(default_rng(child).normal()) for child in SeedSequence(3).spawn(10)]
    calls = [int(line) for line in (tmp_path / "stopped.txt").read_text().split()]
    assert sorted(calls) == [0, 1, 2, 3, 4, 5, 6, 6, 7, 8, 9]
    assert told == [6, 2, 2]
    assert not kept.exists()


def test_an_interrupt_without_a_checkpoint_stays_one(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        run_replicates(stopping(1, tmp_path / "stopped"), 3, seed=3)


def killed(record, times):
    def draw_or_die(child):
        if child.spawn_key[-1] == 5 and len(list(record.parent.glob(f"{record.name}*"))) < times:
            (record.parent / f"{record.name}{os.getpid()}").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return float(default_rng(child).normal())

    return draw_or_die


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="processes are ended otherwise here")
def test_a_killed_worker_changes_nothing(tmp_path):
    found = run_replicates(killed(tmp_path / "dead", 1), 12, seed=3, jobs=2)
    assert found == [float(default_rng(child).normal()) for child in SeedSequence(3).spawn(12)]
    assert list(tmp_path.glob("dead*"))


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="processes are ended otherwise here")
def test_work_that_ends_its_workers_stops_and_keeps_what_is_done(tmp_path):
    draw, kept = killed(tmp_path / "dead", 3), tmp_path / "kept"
    with pytest.raises(EstimationError, match=r"ended from outside 3 times.*fewer.*are kept in"):
        run_replicates(draw, 12, seed=3, jobs=2, checkpoint=kept)
    n_kept = len(list(kept.glob("*.piece")))
    assert 4 <= n_kept < 12
    told = []
    found = run_replicates(draw, 12, seed=3, checkpoint=kept, progress=told.append)
    assert told[0] == n_kept
    assert found == [float(default_rng(child).normal()) for child in SeedSequence(3).spawn(12)]


@pytest.fixture
def begun(tmp_path):
    with pytest.raises(InterruptedRunError):
        run_replicates(stopping(2, tmp_path / "stopped"), 4, seed=3, checkpoint=tmp_path / "kept")
    return tmp_path / "kept"


def test_a_checkpoint_of_another_plan_is_refused(begun, tmp_path, draw):
    same = stopping(2, tmp_path / "stopped")
    before = {path.name: path.read_bytes() for path in begun.iterdir()}
    with pytest.raises(UsageError, match=r"it has 4 replicates, not 5; its seed is 3, not 4") as e:
        run_replicates(same, 5, seed=4, checkpoint=begun)
    assert e.value.exit_code == 2
    with pytest.raises(UsageError, match=r"it ran .*draw_or_stop, not .*draw_one; its arguments"):
        run_replicates(draw, 4, seed=3, arguments=(1.0,), checkpoint=begun)
    assert {path.name: path.read_bytes() for path in begun.iterdir()} == before


def test_a_checkpoint_of_other_versions_is_refused(begun, tmp_path):
    plan = json.loads((begun / "checkpoint.json").read_text())
    plan["versions"]["numpy"] = "0.9"
    (begun / "checkpoint.json").write_text(json.dumps(plan))
    with pytest.raises(UsageError, match=r"numpy 0\.9 instead of"):
        run_replicates(stopping(2, tmp_path / "stopped"), 4, seed=3, checkpoint=begun)
    (begun / "checkpoint.json").write_text("{")
    with pytest.raises(UsageError, match="cannot be read"):
        run_replicates(stopping(2, tmp_path / "stopped"), 4, seed=3, checkpoint=begun)


def test_a_damaged_piece_is_done_again(begun, tmp_path):
    piece = begun / "000000.piece"
    piece.write_bytes(piece.read_bytes()[:-1] + b"x")
    (begun / ".waiting-left").write_bytes(b"half")
    found = run_replicates(stopping(2, tmp_path / "stopped"), 4, seed=3, checkpoint=begun)
    assert found == [float(default_rng(child).normal()) for child in SeedSequence(3).spawn(4)]
    assert not begun.exists()


def test_a_folder_with_something_else_is_left_alone(tmp_path, draw):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="holds something else"):
        run_replicates(draw, 4, seed=3, arguments=(1.0,), checkpoint=tmp_path)
    with pytest.raises(UsageError, match="cannot be written"):
        run_replicates(draw, 4, seed=3, arguments=(1.0,), checkpoint=tmp_path / "mine.txt" / "x")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_checkpoint_tells_tasks_apart(tmp_path):
    def root(value):
        if value < 0:
            raise KeyboardInterrupt
        return float(np.sqrt(value))

    with pytest.raises(InterruptedRunError):
        run_tasks(root, [(4.0,), (-1.0,)], checkpoint=tmp_path / "kept")
    with pytest.raises(UsageError, match="its arguments differ"):
        run_tasks(root, [(4.0,), (9.0,)], checkpoint=tmp_path / "kept")
    with pytest.raises(UsageError, match="2 replicates, not 1"):
        run_tasks(root, [(4.0,)], checkpoint=tmp_path / "kept")


def test_versions_that_differ_are_named():
    assert version_faults(versions(), versions()) == ()
    assert version_faults({"a": "1", "b": "2"}, {"a": "1"}) == ("b none instead of 2",)
