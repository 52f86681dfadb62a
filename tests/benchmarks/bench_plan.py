"""CPU time of `relatum plan` in one process, in two, and on Dask workers of this machine.

Each way runs in a process of its own, with a few studies and with many; the difference is the work
itself, without starting workers. Dask's processes also wake up while they wait: what an idle
cluster takes per second is printed beside it, for on a busy machine waiting is long.

    python tests/benchmarks/bench_plan.py --studies 60
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from contextlib import ExitStack
from importlib.util import find_spec

DRAWS = 200
FEW = 10
WORKERS = 4


def cpu_seconds():
    """CPU time of this process and of all processes that it started and saw end."""
    import resource

    found = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in found)


def on_local_cluster(held):
    from distributed import LocalCluster

    from relatum.workers import on_cluster

    local = held.enter_context(
        LocalCluster(n_workers=WORKERS, threads_per_worker=1, dashboard_address="127.0.0.1:0")
    )
    held.enter_context(on_cluster(local.scheduler_address, timeout=120))


def run(way, amount):
    """Do the work of one way and print its CPU and wall time."""
    from relatum.models.planning import plan_sample
    from relatum.study.planning import PlanningDesign

    began = time.perf_counter()
    with ExitStack() as held:
        if way in ("dask", "idle"):
            on_local_cluster(held)
        if way == "idle":
            time.sleep(amount)
        else:
            jobs = 2 if way == "two" else None
            plan_sample(PlanningDesign(studies=amount, draws=DRAWS), jobs=jobs)
    if way == "two":
        from joblib.externals.loky import get_reusable_executor

        get_reusable_executor().shutdown(wait=True)
    print(cpu_seconds(), time.perf_counter() - began)


def measured(way, amount):
    words = [sys.executable, __file__, "--way", way, "--studies", str(amount)]
    printed = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    cpu, wall = printed.split()[-2:]
    return float(cpu), float(wall)


def report(studies):
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {DRAWS} sign vectors")
    ways = ["one", "two", *(["dask"] if find_spec("distributed") else [])]
    base = None
    for way in ways:
        few, many = measured(way, FEW), measured(way, studies)
        work = many[0] - few[0]
        base = base or work
        print(
            f"{way:5} CPU {many[0]:6.1f} s, wall {many[1]:6.1f} s with {studies} studies of each "
            f"design; the work beyond {FEW} studies {work:6.1f} s, {work / base:.2f} of one process"
        )
    if "dask" in ways:
        idle = (measured("idle", 20)[0] - measured("idle", 0)[0]) / 20
        print(f"{WORKERS} idle workers with scheduler and client: {idle:.3f} s CPU per second")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=60)
    parser.add_argument("--way", choices=["one", "two", "dask", "idle"])
    given = parser.parse_args()
    if given.way:
        run(given.way, given.studies)
    else:
        report(given.studies)
