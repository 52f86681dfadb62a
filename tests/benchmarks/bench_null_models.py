"""Speed of the null models of whole matrices, side by side with R's vegan.

Prints and writes `results/bench_null_models.md`. The peer runs on the same matrix with the same
thinning on the same machine, where R and vegan are installed; elsewhere it is skipped.

    python tests/benchmarks/bench_null_models.py
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from relatum.inference.blocks import block_matrix, observed_joint
from relatum.inference.common import Refusal
from relatum.inference.matrix_null_statistics import compare_statistics, drawn_statistics
from relatum.inference.matrix_nulls import MatrixNull, draw_matrix_null
from relatum.inference.multiplicity import adjust_max_t
from relatum.inference.null_draws import draw_margins
from relatum.models.tactic_matrix import tactic_matrix
from relatum.samples import example_sample
from relatum.study import read_study

RESULTS = Path(__file__).parent / "results"
UNITS, ITEMS, DRAWS = 2_000, 40, 999
THINNING = (2_000, 1)
PEER = """
options(digits = 15)
suppressPackageStartupMessages(library(vegan))
arguments <- commandArgs(TRUE)
m <- as.matrix(read.csv(arguments[1], header = FALSE))
storage.mode(m) <- "integer"
score <- function(x) mean(designdist(t(x), "(A-J)*(B-J)", "binary"))
clock <- function() sum(proc.time()[c("user.self", "sys.self")])
best <- Inf
for (run in 1:3) {
  set.seed(run)
  start <- clock()
  s <- simulate(nullmodel(m, "curveball"), nsim = as.integer(arguments[2]),
                thin = as.integer(arguments[3]), burnin = 0)
  drawn <- clock()
  scores <- apply(s, 3, score)
  end <- clock()
  if (end - start < best) {
    best <- end - start
    parts <- c(drawn - start, end - drawn)
  }
}
cat(score(m), best, parts, mean(scores), sd(scores), sep = "\\n")
"""


def best_of(function: Callable[[], object], repeats: int) -> float:
    """Shortest processor time of several runs, after one to warm up."""
    function()
    times = []
    for _ in range(repeats):
        start = time.process_time()
        function()
        times.append(time.process_time() - start)
    return min(times)


def within_cases() -> list[str]:
    """Time the null within cases of all tactics, with largest statistics of every draw."""
    held = tactic_matrix(example_sample("simulated"), read_study(), level="tactic")
    blocked = block_matrix(held.binary("lower"), held.cases)

    def run() -> object:
        draws = draw_margins(blocked, draws=10_000, seed=1)
        assert not isinstance(draws, Refusal)
        adjust_max_t(observed_joint(blocked).sum(axis=0), draws.counts)
        return draws

    seconds = best_of(run, 5)
    checks = run().checks
    rows, items = held.codes.shape
    return [
        f"| null within cases, {rows} x {items}, 10,000 draws, max-T | {seconds:.2f} | < 3 s |",
        "",
        f"Chosen by a pilot: {checks.sweeps} trades per row between draws in the blocks that need "
        f"a chain ({len(checks.chain_blocks)} of {checks.n_blocks}; {len(checks.exact_blocks)} are "
        f"drawn from a count, {len(checks.fixed_blocks)} cannot move); largest autocorrelation of "
        f"neighbouring draws {checks.autocorrelation:.3f}, worth {checks.effective:,.0f} "
        f"independent draws, potential reduction {checks.reduction:.3f}.",
    ]


def large_matrix() -> np.ndarray:
    """Units that differ in how much is recorded, so that row totals vary."""
    rng = np.random.default_rng(20)
    linear = rng.normal(-1.2, 0.9, ITEMS) + rng.normal(0, 0.8, UNITS)[:, None]
    return rng.random((UNITS, ITEMS)) < 1 / (1 + np.exp(-linear))


def has_peer() -> bool:
    """Say whether R and vegan are installed."""
    if shutil.which("Rscript") is None:
        return False
    call = ["Rscript", "-e", 'quit(status = !requireNamespace("vegan", quietly = TRUE))']
    return subprocess.run(call, capture_output=True, check=False).returncode == 0


def peer_values(matrix: np.ndarray, thin: int) -> list[float]:
    """Run vegan: observed C-score, seconds (whole, drawing, scoring), mean and deviation."""
    with tempfile.TemporaryDirectory() as folder:
        data, script = Path(folder) / "matrix.csv", Path(folder) / "peer.R"
        np.savetxt(data, matrix.astype(int), fmt="%d", delimiter=",")
        script.write_text(PEER, encoding="utf-8")
        call = ["Rscript", str(script), str(data), str(DRAWS), str(thin)]
        done = subprocess.run(call, capture_output=True, check=True, text=True)
    return [float(line) for line in done.stdout.split()]


def curveball(matrix: np.ndarray, thin: int) -> MatrixNull:
    """Draw, and compute all statistics of every draw."""
    found = draw_matrix_null(matrix, draws=DRAWS, seed=1, thin=thin)
    assert isinstance(found, MatrixNull)
    compare_statistics(found)
    return found


def side_by_side() -> list[str]:
    """Compare with the peer at both thinnings."""
    matrix, peer = large_matrix(), has_peer()
    text = [
        "| trades between draws | here, s | vegan, s (drawing + scoring) | ratio | target | "
        "mean C-score here | vegan |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for thin in THINNING:
        seconds = best_of(lambda: curveball(matrix, thin), 5)  # noqa: B023
        drawn = drawn_statistics(curveball(matrix, thin)).c_score
        line = f"| {thin:,} | {seconds:.2f} "
        if not peer:
            text.append(f"{line}| skipped | | > 5 | {drawn.mean():,.1f} | |")
            continue
        observed, whole, drawing, scoring, mean, _ = peer_values(matrix, thin)
        ours = curveball(matrix, thin).observed.c_score
        assert abs(ours - observed) < 1e-9 * observed, (ours, observed)
        text.append(
            f"{line}| {whole:.2f} ({drawing:.2f} + {scoring:.2f}) | {whole / seconds:.1f} | > 5 | "
            f"{drawn.mean():,.1f} | {mean:,.1f} |"
        )
    return text


def main() -> None:
    """Measure, print and keep the tables."""
    text = [
        "# Speed of the null models",
        "",
        f"Written by `bench_null_models.py` on {os.cpu_count()} shared cores, of which one is "
        "used. Processor seconds, here and in R; best of several runs, kernels compiled.",
        "",
        "| what | seconds | target |",
        "| --- | --- | --- |",
        *within_cases(),
        "",
        f"## {DRAWS} curveball draws of {ITEMS} items x {UNITS:,} units, with the C-score",
        "",
        *side_by_side(),
        "",
        "Here four chains are run and their first states thrown away, and every draw also gives "
        "the checker, the number of distinct rows, the variance ratio and the joint counts of all "
        "pairs; vegan runs one chain from the observed matrix and computes the C-score alone. With "
        "one trade between draws that chain has hardly left the observed matrix, so the means "
        "differ: it is a comparison of speed alone.",
    ]
    print("\n".join(text))
    (RESULTS / "bench_null_models.md").write_text("\n".join(text) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
