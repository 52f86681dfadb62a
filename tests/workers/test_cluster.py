"""A Dask cluster gives the numbers of one process, and says clearly why it cannot be used."""

import logging
import os
import sys
import time

import pytest
from numpy.random import SeedSequence, default_rng

from relatum.cli.main import main
from relatum.errors import EstimationError, MissingExtraError, UsageError
from relatum.models.planning import plan_sample
from relatum.study.planning import PlanningDesign
from relatum.workers import cluster, on_cluster, run_replicates

DASK = "dask is not installed: pip install 'relatum[distributed]'"


def test_a_missing_extra_names_the_pip_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(MissingExtraError, match=r"pip install 'relatum\[distributed\]'") as error,
        on_cluster("tcp://127.0.0.1:8786"),
    ):
        pass
    assert error.value.exit_code == 2


def test_a_word_that_is_no_address_is_refused():
    for address in ("scheduler", "nonsense://x:1", "tcp://10.0.0.5"):
        with (
            pytest.raises(UsageError, match="is no address of a scheduler"),
            on_cluster(address),
        ):
            pass


@pytest.fixture(scope="module")
def scheduler():
    distributed = pytest.importorskip("distributed", reason=DASK)
    local = distributed.LocalCluster(
        n_workers=3, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0"
    )
    with local:
        yield local.scheduler_address


def dying(record):
    def draw_or_die(child):
        time.sleep(0.01)
        if child.spawn_key[-1] == 7 and not record.exists():
            record.touch()
            os._exit(9)
        return float(default_rng(child).normal())

    return draw_or_die


def test_several_processes_one_killed_give_the_numbers_of_one(scheduler, tmp_path):
    expected = [float(default_rng(child).normal()) for child in SeedSequence(3).spawn(40)]
    kept = tmp_path / "kept"
    with on_cluster(scheduler):
        found = run_replicates(dying(tmp_path / "dead"), 40, seed=3, checkpoint=kept)
    assert (tmp_path / "dead").exists()
    assert found == expected
    assert not kept.exists()


def test_work_that_ends_its_workers_stops_and_keeps_what_is_done(scheduler, tmp_path):
    record, kept = tmp_path / "healed", tmp_path / "kept"

    def draw(child):
        time.sleep(0.01)
        if child.spawn_key[-1] == 30 and not record.exists():
            os._exit(9)  # as the system ends a process that takes too much memory
        return float(default_rng(child).normal())

    with on_cluster(scheduler):
        with pytest.raises(EstimationError, match=r"ended from outside.*memory.*are kept in") as e:
            run_replicates(draw, 40, seed=3, checkpoint=kept)
        assert e.value.exit_code == 13
        n_kept = len(list(kept.glob("*.piece")))
        record.touch()
        told = []
        found = run_replicates(draw, 40, seed=3, checkpoint=kept, progress=told.append)
    assert told[0] == n_kept < 40
    assert found == [float(default_rng(child).normal()) for child in SeedSequence(3).spawn(40)]
    assert not kept.exists()


def test_memory_that_runs_out_on_a_worker_is_told(scheduler):
    def full(child):
        raise MemoryError

    with (
        on_cluster(scheduler),
        pytest.raises(EstimationError, match=r"Memory ran out.*machines with more memory"),
    ):
        run_replicates(full, 3, seed=1)


PLAN = PlanningDesign(studies=12, draws=99, cases=(15,), iccs=(0.1,))


def test_a_plan_on_a_cluster_is_that_of_one_process(scheduler, tmp_path):
    with on_cluster(scheduler):
        found = plan_sample(PLAN, checkpoint=tmp_path / "kept")
    assert found == plan_sample(PLAN)


def test_a_scheduler_of_the_command_line_serves_plans_and_draws(scheduler, tmp_path, capsys):
    call = ["plan", "--cases", "15", "--icc", "0.1", "--studies", "12", "--draws", "99", "--json"]
    assert main([*call, "--scheduler", scheduler, "--checkpoint", str(tmp_path / "kept")]) == 0
    there = capsys.readouterr().out
    assert main(call) == 0
    assert capsys.readouterr().out == there
    call = ["simulate", "--seed", "3", "--draws", "2", "--json"]
    assert main([*call, "--scheduler", scheduler, "--checkpoint", str(tmp_path / "kept")]) == 0
    there = capsys.readouterr().out
    assert main(call) == 0
    assert capsys.readouterr().out == there
    assert list(tmp_path.iterdir()) == []


def test_a_callers_own_jobs_do_not_keep_work_from_the_cluster(scheduler):
    def process(child):
        return os.getpid()

    with on_cluster(scheduler):
        assert os.getpid() not in run_replicates(process, 6, seed=1, jobs=1)
    assert set(run_replicates(process, 6, seed=1)) == {os.getpid()}


def test_a_lost_scheduler_is_not_logged_beside_the_error(scheduler):
    logger = logging.getLogger("distributed.client")
    with on_cluster(scheduler):
        assert not logger.isEnabledFor(logging.ERROR)
    assert logger.isEnabledFor(logging.ERROR)


def test_other_versions_are_refused_before_anything_is_sent(scheduler, monkeypatch):
    def other():
        return {"numpy": f"0.{os.getpid()}"}  # each process has another

    monkeypatch.setattr(cluster, "versions", other)
    monkeypatch.setattr(cluster, "_own_versions", dict, raising=False)
    with (
        pytest.raises(
            UsageError, match=rf"has numpy 0\.\d+ instead of 0\.{os.getpid()}\. tcp.*has"
        ) as error,
        on_cluster(scheduler),
    ):
        pass
    assert error.value.exit_code == 2


def test_a_scheduler_that_is_not_there_is_named():
    pytest.importorskip("distributed", reason=DASK)
    with (
        pytest.raises(UsageError, match=r"No scheduler of Dask answers at 'tcp://127.0.0.1:1'"),
        on_cluster("tcp://127.0.0.1:1", timeout=0.5),
    ):
        pass


def test_a_scheduler_without_workers_is_told():
    distributed = pytest.importorskip("distributed", reason=DASK)
    local = distributed.LocalCluster(n_workers=0, dashboard_address="127.0.0.1:0")
    with (
        local,
        pytest.raises(UsageError, match="has no worker after"),
        on_cluster(local.scheduler_address, timeout=0.5),
    ):
        pass
