"""Processor time of `import relatum` and of the verbs, all processes that they start included.

Run from the root of the repository::

    python tests/benchmarks/bench_verbs.py            # import, help, check, codebook, fit
    python tests/benchmarks/bench_verbs.py --all      # also a whole run, cold and warm

It prints a table. `results/profile.md` says where the time goes. Wall time depends on what else the
machine does; processor time does so less.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence

QUICK: tuple[tuple[str, tuple[str, ...], int], ...] = (
    ("python", ("-c", "pass"), 5),
    ("import relatum", ("-c", "import relatum"), 5),
    ("relatum --help", ("-m", "relatum", "--help"), 5),
    ("relatum fit --help", ("-m", "relatum", "fit", "--help"), 5),
    ("relatum codebook ctl_phone_checks", ("-m", "relatum", "codebook", "ctl_phone_checks"), 3),
    ("relatum check shipped:simulated", ("-m", "relatum", "check", "shipped:simulated"), 3),
)


def measure(arguments: Sequence[str]) -> tuple[float, float]:
    """Run Python with arguments; return processor and wall seconds."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(arguments)} ended with {process.returncode}.")
    return used.ru_utime + used.ru_stime, time.perf_counter() - begun


def print_row(name: str, arguments: Sequence[str], times: int) -> None:
    """Print the best of several runs."""
    cpu, wall = min(measure(arguments) for _ in range(times))
    print(f"| {name} | {cpu:.2f} | {wall:.2f} |", flush=True)


def main(*, whole: bool) -> None:
    """Print the table."""
    print("| what | processor s | wall s |\n| --- | --- | --- |")
    for name, arguments, times in QUICK:
        print_row(name, arguments, times)
    with tempfile.TemporaryDirectory() as out:
        fit = ("-m", "relatum", "fit", "--no-cache", "--out", out)
        print_row("relatum fit --no-cache", fit, 1)
        if whole:
            print_row("relatum render --no-cache", (*fit[:2], "render", *fit[3:]), 1)
            run = ("-m", "relatum", "run", "--out", out)
            print_row("relatum run, cold", run, 1)
            print_row("relatum run, warm", run, 1)


if __name__ == "__main__":
    main(whole="--all" in sys.argv[1:])
