"""Speed of Cox and Fine-Gray regression beside lifelines and R.

Prints and writes `results/bench_cox.md`. R is asked where `Rscript` is found and has the package:
survival, or cmprsk for Fine-Gray. All use one thread.

    python tests/benchmarks/bench_cox.py
"""

from __future__ import annotations

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import shutil
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import lifelines
import numpy as np
import pandas as pd

from relatum.inference.concordance import cox_concordance
from relatum.inference.cox import cox_regression
from relatum.inference.cox_checks import proportional_hazards_test
from relatum.inference.cox_rows import CoxRows
from relatum.inference.fine_gray import CompetingRows, fine_gray

RESULTS = Path(__file__).parent / "results"
COVARIATES = 8
NAMES = [f"x{j}" for j in range(COVARIATES)]

R_SCRIPT = """
folder <- commandArgs(TRUE)[1]
clock <- function(f, k = 3) { f(); min(sapply(1:k, function(i) system.time(f())[["elapsed"]])) }
say <- function(name, value) cat(name, value, "\\n")
form <- as.formula(paste("Surv(time, event) ~", paste0("x", 0:7, collapse = "+")))
late <- as.formula(paste("Surv(entry, time, event) ~", paste0("x", 0:7, collapse = "+")))
if (requireNamespace("survival", quietly = TRUE)) {
  library(survival)
  d <- read.csv(file.path(folder, "large.csv")); s <- read.csv(file.path(folder, "small.csv"))
  # coxph also computes concordance, which cannot be turned off
  say("cox", clock(function() coxph(form, d)))
  say("entry", clock(function() coxph(late, d)))
  o <- coxph(form, d); say("zph", clock(function() cox.zph(o, terms = FALSE)))
  say("cluster", clock(function() coxph(update(form, . ~ . + cluster(cl)), s)))
}
if (requireNamespace("cmprsk", quietly = TRUE)) {
  s <- read.csv(file.path(folder, "competing.csv")); x <- as.matrix(s[, paste0("x", 0:7)])
  say("fine_gray", clock(function() cmprsk::crr(s$time, s$cause, x), 1))
}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One measured line; `theirs` is the same by lifelines, where it has it."""

    key: str
    what: str
    ours: Callable[[], object]
    theirs: Callable[[], object] | None = None


def best_of(function: Callable[[], object], repeats: int = 5) -> float:
    """Shortest of several runs, after one to warm up."""
    function()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


def make_frame(n: int, clusters: int) -> pd.DataFrame:
    """Half binary and half continuous covariates; times in whole units, so with many ties."""
    rng = np.random.default_rng(n)
    x = rng.normal(size=(n, COVARIATES))
    x[:, ::2] = x[:, ::2] > 0.3
    event_time = np.ceil(200 * rng.exponential(np.exp(-x @ np.linspace(-0.5, 0.5, COVARIATES))))
    end = np.ceil(rng.uniform(0, 400, n))
    frame = pd.DataFrame(x, columns=NAMES)
    frame["time"], frame["event"] = np.minimum(event_time, end), (event_time <= end).astype(int)
    frame["entry"] = np.maximum(frame["time"] - rng.integers(1, 100, n), 0)
    frame["cl"] = rng.integers(0, clusters, n)
    return frame


def make_competing(n: int) -> pd.DataFrame:
    """Two causes and censoring, without ties."""
    rng = np.random.default_rng(n)
    frame = pd.DataFrame(rng.normal(size=(n, COVARIATES)), columns=NAMES)
    first, end = rng.exponential(np.exp(-0.3 * frame["x0"])), rng.exponential(1.5, n)
    frame["time"] = np.minimum(first, end)
    frame["cause"] = np.where(first < end, rng.choice([1, 2], n), 0)
    return frame


def as_rows(frame: pd.DataFrame, *, entry: bool = False) -> CoxRows:
    """The arrays of a frame."""
    return CoxRows(
        time=frame["time"].to_numpy(float),
        event=frame["event"].to_numpy(),
        covariates=frame[NAMES].to_numpy(float),
        entry=frame["entry"].to_numpy(float) if entry else None,
    )


def by_lifelines(frame: pd.DataFrame, **columns: str) -> Callable[[], object]:
    """The same fit by lifelines."""
    used = frame[[*NAMES, "time", "event", *columns.values()]]
    return lambda: lifelines.CoxPHFitter().fit(used, "time", "event", **columns)


def make_jobs(large: pd.DataFrame, small: pd.DataFrame, competing: pd.DataFrame) -> list[Job]:
    """What is measured."""
    rows, late, few = as_rows(large), as_rows(large, entry=True), as_rows(small)
    cluster = small["cl"].to_numpy()
    fit = cox_regression(rows)
    rivals = CompetingRows(
        time=competing["time"].to_numpy(),
        cause=competing["cause"].to_numpy(),
        covariates=competing[NAMES].to_numpy(),
    )
    return [
        Job(
            key="cox",
            what="Cox, Efron ties, 100,000 x 8",
            ours=lambda: (f := cox_regression(rows), cox_concordance(rows, f)),
            theirs=by_lifelines(large),
        ),
        Job(
            key="entry",
            what="the same with entry times",
            ours=lambda: (f := cox_regression(late), cox_concordance(late, f)),
            theirs=by_lifelines(large, entry_col="entry"),
        ),
        Job(
            key="cluster",
            what="cluster-robust, 20,000 x 8 in 2,000 clusters",
            ours=lambda: cox_regression(few, cluster=cluster),
            theirs=by_lifelines(small, cluster_col="cl"),
        ),
        Job(
            key="zph",
            what="test of proportional hazards, 100,000 x 8",
            ours=lambda: proportional_hazards_test(rows, fit),
        ),
        Job(key="fine_gray", what="Fine-Gray, 5,000 x 8", ours=lambda: fine_gray(rivals)),
    ]


def by_r(frames: dict[str, pd.DataFrame]) -> dict[str, float]:
    """Seconds of R by key; empty where it is not installed."""
    if shutil.which("Rscript") is None:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        for name, frame in frames.items():
            frame.to_csv(Path(folder) / f"{name}.csv", index=False)
        script = Path(folder) / "bench.R"
        script.write_text(R_SCRIPT, encoding="utf-8")
        done = subprocess.run(
            ["Rscript", str(script), folder], capture_output=True, text=True, check=True
        )
    return {key: float(value) for key, value in map(str.split, done.stdout.splitlines())}


def main() -> None:
    """Measure, print and keep the table."""
    frames = {
        "large": make_frame(100_000, 10_000),
        "small": make_frame(20_000, 2_000),
        "competing": make_competing(5_000),
    }
    jobs = make_jobs(**frames)
    r_seconds = by_r(frames)
    text = [
        "# Speed of Cox and Fine-Gray regression",
        "",
        "Written by `bench_cox.py`, one thread. Ratios are theirs over ours. With `coxph` the time",
        "holds the concordance, so ours holds it too in the first two lines.",
        "",
        "| job | ours, s | lifelines, s | ratio | R, s | ratio |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for job in jobs:
        ours = best_of(job.ours)
        cells = [job.what, f"{ours:.3f}"]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = None if job.theirs is None else best_of(job.theirs, 2)
        for seconds in (theirs, r_seconds.get(job.key)):
            cells += ["", ""] if seconds is None else [f"{seconds:.3f}", f"{seconds / ours:.1f}"]
        text.append(f"| {' | '.join(cells)} |")
    print("\n".join(text))
    (RESULTS / "bench_cox.md").write_text("\n".join(text) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
