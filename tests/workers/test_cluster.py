"""A Dask cluster gives the numbers of one process, and says clearly why it cannot be used."""

import os
import sys
import time

import pytest
from numpy.random import SeedSequence, default_rng

from relatum.errors import MissingExtraError, UsageError
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


def test_a_callers_own_jobs_do_not_keep_work_from_the_cluster(scheduler):
    def process(child):
        return os.getpid()

    with on_cluster(scheduler):
        assert os.getpid() not in run_replicates(process, 6, seed=1, jobs=1)
    assert set(run_replicates(process, 6, seed=1)) == {os.getpid()}


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
