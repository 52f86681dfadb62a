"""Time the models of prevalence on the shipped simulated sample against their target.

Run from the root of the repository::

    python tests/benchmarks/bench_prevalence.py

It writes `results/bench_prevalence.md`. Every tactic is estimated in spite of thin documentation
(the plan overrides that refusal), under both readings of silence, for two targets, without each
case in turn, with placebos; then every tactic runs through all branches of the multiverse. Each
job starts in a fresh process, so nothing is remembered from an earlier one.
"""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from relatum.models.estimates import estimate_prevalence_intervals
from relatum.models.multiverse import run_multiverse
from relatum.results import Unavailable
from relatum.samples import Sample, example_sample
from relatum.study import Gate, Study, read_study

RESULTS = Path(__file__).parent / "results" / "bench_prevalence.md"
#: Seconds for everything on two cores.
TARGET = 60.0


def whole_plan() -> tuple[Sample, Study, tuple[str, ...]]:
    """The simulated sample, a plan that estimates every tactic, and the tactics."""
    sample = example_sample("simulated")
    gate = Gate(override=True, reason="Speed is measured for every tactic.")
    study = replace(read_study(), gates={"low_documentation": gate})
    book = sample.schema.codebook.values()
    tactics = tuple(c.id for c in book if c.entity == "tactic" and c.value_type == "status")
    return sample, study, tactics


def time_jobs(jobs: int) -> None:
    """Print how long the two jobs take, and what they cover."""
    sample, study, tactics = whole_plan()
    start = time.perf_counter()
    found = estimate_prevalence_intervals(sample, study, terms=tactics, jobs=jobs)
    middle = time.perf_counter()
    curves = run_multiverse(sample, study, terms=tactics, jobs=jobs)
    end = time.perf_counter()
    if isinstance(found, Unavailable) or isinstance(curves, Unavailable):
        raise SystemExit("The sample gives no estimates.")
    branches = sum(len(term.branches) for term in curves.terms)
    limits = sum(term.n_with_limits for term in curves.terms)
    print(middle - start, end - middle, len(found.estimated), branches, limits)


def fresh(jobs: int) -> tuple[float, float, int, int, int]:
    """Run the jobs in a new process."""
    command = [sys.executable, __file__, str(jobs)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    first, second, *counts = done.stdout.split()
    n_codes, n_branches, n_limits = map(int, counts)
    return float(first), float(second), n_codes, n_branches, n_limits


def report() -> str:
    """Measure with one process and with two."""
    lines = [
        "# Speed of the models of prevalence",
        "",
        "Written by `bench_prevalence.py`: imports of numba's kernels included, each line in a "
        "fresh process.",
        "",
        "| processes | tactics | estimates, s | branches (with limits) | multiverse, s | all, s "
        "| target |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for jobs in (1, 2):
        first, second, n_codes, n_branches, n_limits = fresh(jobs)
        lines.append(
            f"| {jobs} | {n_codes} | {first:.1f} | {n_branches:,} ({n_limits:,}) | {second:.1f} "
            f"| {first + second:.1f} | {TARGET:.0f} s on two cores |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, print and keep the table."""
    if len(sys.argv) > 1:
        time_jobs(int(sys.argv[1]))
        return
    text = report()
    RESULTS.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
