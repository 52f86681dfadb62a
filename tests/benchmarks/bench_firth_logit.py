"""Speed of Firth's logistic regression beside firthmodels and logistf.

Prints and writes `results/bench_firth_logit.md`. R is asked where `Rscript` is found and has
logistf. All use one thread.

    python tests/benchmarks/bench_firth_logit.py
"""

from __future__ import annotations

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from firthmodels import FirthLogisticRegression

from relatum.inference.firth_logit import firth_logit
from relatum.inference.logit_rows import LogitRows

RESULTS = Path(__file__).parent / "results"

R_SCRIPT = """
if (!requireNamespace("logistf", quietly = TRUE)) quit(status = 0)
suppressPackageStartupMessages(library(logistf))
folder <- commandArgs(TRUE)[1]
clock <- function(f, k = 3) { f(); min(sapply(1:k, function(i) system.time(f())[["elapsed"]])) }
for (name in c("small", "large")) {
  d <- read.csv(file.path(folder, paste0(name, ".csv")))
  cat(paste0(name, "_wald"), clock(function() logistf(y ~ ., d, pl = FALSE)), "\\n")
  cat(paste0(name, "_profile"), clock(function() logistf(y ~ ., d)), "\\n")
}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One measured line."""

    key: str
    what: str
    ours: Callable[[], object]
    theirs: Callable[[], object]


def make_rows(n: int, k: int) -> LogitRows:
    """Half binary and half continuous covariates, and a rare outcome."""
    rng = np.random.default_rng(n)
    x = rng.normal(size=(n, k))
    x[:, ::2] = x[:, ::2] > 0.3
    share = 1.0 / (1.0 + np.exp(1.5 - x @ np.linspace(-0.5, 0.5, k)))
    return LogitRows(outcome=rng.random(n) < share, covariates=x)


def by_firthmodels(rows: LogitRows, *, profile: bool) -> object:
    """The same by the library, with its own tolerances (steps of 1e-4)."""
    model = FirthLogisticRegression().fit(rows.covariates, rows.outcome)
    if not profile:
        return model.conf_int()
    model.lrt()
    return model.conf_int(method="pl")


def make_jobs(sets: dict[str, LogitRows]) -> list[Job]:
    """Wald and profile limits of each set."""
    jobs = []
    for name, rows in sets.items():
        size = f"{rows.covariates.shape[0]:,} x {rows.covariates.shape[1]}"
        for limits in ("wald", "profile"):
            profile = limits == "profile"
            jobs.append(
                Job(
                    key=f"{name}_{limits}",
                    what=f"{size}, {'profile limits and tests' if profile else 'Wald limits'}",
                    ours=lambda rows=rows, limits=limits: firth_logit(rows, limits=limits),
                    theirs=lambda rows=rows, profile=profile: by_firthmodels(rows, profile=profile),
                )
            )
    return jobs


def race(job: Job, repeats: int = 15) -> tuple[float, float]:
    """Least processor time of several runs each, in turns, so that a busy machine slows both."""
    times = np.empty((repeats, 2))
    for run in range(-1, repeats):
        for column, function in enumerate((job.ours, job.theirs)):
            start = time.process_time()
            function()
            times[run, column] = time.process_time() - start
    ours, theirs = times.min(axis=0).tolist()
    return ours, theirs


def by_r(sets: dict[str, LogitRows]) -> dict[str, float]:
    """Seconds of logistf by key; empty where it is not installed."""
    if shutil.which("Rscript") is None:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        for name, rows in sets.items():
            header = ",".join(["y", *(f"x{j}" for j in range(rows.covariates.shape[1]))])
            table = np.column_stack([rows.outcome, rows.covariates])
            path = Path(folder) / f"{name}.csv"
            np.savetxt(path, table, delimiter=",", header=header, comments="")
        script = Path(folder) / "bench.R"
        script.write_text(R_SCRIPT, encoding="utf-8")
        done = subprocess.run(
            ["Rscript", str(script), folder], capture_output=True, text=True, check=True
        )
    return {key: float(value) for key, value in map(str.split, done.stdout.splitlines())}


def main() -> None:
    """Measure, print and keep the table."""
    sets = {"small": make_rows(73, 3), "large": make_rows(2_000, 10)}
    r_seconds = by_r(sets)
    text = [
        "# Speed of Firth's logistic regression",
        "",
        "Written by `bench_firth_logit.py`: processor time of one thread. Ratios are theirs over",
        "ours. firthmodels stops at steps of 1e-4, relatum at the last digits; relatum also tests",
        "all covariates together.",
        "",
        "| job | ours, ms | firthmodels, ms | ratio | logistf, ms | ratio |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for job in make_jobs(sets):
        ours, theirs = race(job)
        cells = [job.what]
        cells += [f"{1e3 * ours:.2f}", f"{1e3 * theirs:.2f}", f"{theirs / ours:.1f}"]
        seconds = r_seconds.get(job.key)
        cells += ["", ""] if seconds is None else [f"{1e3 * seconds:.1f}", f"{seconds / ours:.1f}"]
        text.append(f"| {' | '.join(cells)} |")
    if not r_seconds:
        text += ["", "R with logistf was not at hand."]
    print("\n".join(text))
    (RESULTS / "bench_firth_logit.md").write_text("\n".join(text) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
