"""Time what a whole prevalence section needs, and p values alone, against their targets.

Run from the root of the repository::

    python tests/benchmarks/bench_inference_section.py

It writes `results/bench_inference_section.md`. A ratio above 1 means faster than the target. R's
times are fwildclusterboot's and clubSandwich's, measured on a comparable machine.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from timing import best_of

from relatum.inference.common import Refusal
from relatum.inference.pair_bounds import association_bounds
from relatum.inference.placebo import placebo_rejection_rate
from relatum.inference.products import check_regression, cluster_products
from relatum.inference.robust import cluster_robust
from relatum.inference.sensitivity import leave_clusters_out
from relatum.inference.wild_core import examine_null, linear_problem
from relatum.inference.wild_proportion import clustered_proportion
from relatum.inference.wild_scores import wild_score_coefficient

RESULTS = Path(__file__).parent / "results" / "bench_inference_section.md"
SIZES = np.array([26, 22, 5, 5, 4, 3, 3, 1, 1, 1, 1, 1])
CLUSTER = np.repeat(np.arange(12), SIZES)
TACTICS, BRANCHES = 55, 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row of the report."""

    job: str
    seconds: float
    target: float | None = None
    whose: str = ""


def regression(n_clusters: int, n_rows: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Outcome, design and clusters of a linear model with four covariates."""
    rng = np.random.default_rng(1)
    cluster = rng.integers(0, n_clusters, n_rows)
    design = np.column_stack([np.ones(n_rows), rng.normal(size=(n_rows, 4))])
    y = 0.1 * design[:, 1] + rng.normal(size=n_rows) + rng.normal(size=n_clusters)[cluster]
    return y, design, cluster


def p_alone(y: np.ndarray, x: np.ndarray, cluster: np.ndarray) -> float:
    """P value of one coefficient from the rows, without limits."""
    data = check_regression(y, x, cluster, what="p value")
    assert not isinstance(data, Refusal)
    problem = linear_problem(cluster_products(data), column=1, n_draws=9_999, seed=1)
    assert not isinstance(problem, Refusal)
    return examine_null(problem, null=0.0).p_value


def coefficients() -> list[Line]:
    """Single coefficients."""
    lines = []
    for clusters, how in ((12, "4,096 vectors"), (20, "9,999 draws")):
        y, x, cluster = regression(clusters, 2_000)
        seconds = best_of(lambda: p_alone(y, x, cluster), 30)  # noqa: B023
        job = f"p alone, 2,000 rows in {clusters} clusters, {how}"
        lines.append(Line(job=job, seconds=seconds, target=0.012, whose="R"))
    y, x, cluster = regression(40, 2_000)
    seconds = best_of(lambda: cluster_robust(y, x, cluster), 20)
    job = "CR2 with Satterthwaite, 2,000 rows in 40 clusters"
    lines.append(Line(job=job, seconds=seconds, target=0.037, whose="R"))
    y, x, cluster = regression(12, 200)
    binary = (y > 0).astype(float)
    seconds = best_of(lambda: wild_score_coefficient(binary, x, cluster, column=1), 3)
    job = "logit coefficient by scores, 200 rows in 12 clusters, p and limits"
    lines.append(Line(job=job, seconds=seconds))
    return lines


def diagnostics() -> list[Line]:
    """Placebo and association bounds at the size of the published sample."""
    rng = np.random.default_rng(2)
    y = (rng.random(73) < rng.beta(1, 1, 12)[CLUSTER]).astype(float)
    placebo = best_of(lambda: placebo_rejection_rate(y, CLUSTER, seed=1), 2)
    table = np.array([[20, 9, 6], [8, 12, 5], [4, 5, 4]])
    bounds = best_of(lambda: association_bounds(table, measure="phi"), 20)
    return [
        Line(job="placebo rejection rate, 999 placebos by the wild bootstrap", seconds=placebo),
        Line(job="exact bounds of phi, 73 rows, 24 not fully documented", seconds=bounds),
    ]


def whole_section() -> Line:
    """Every tactic, both codings: leave-one-out, and a multiverse of point and interval."""
    rng = np.random.default_rng(3)
    start = time.perf_counter()
    for _ in range(2 * TACTICS):
        y = (rng.random(73) < rng.beta(1, 1, 12)[CLUSTER]).astype(float)
        leave_clusters_out(lambda rows, y=y: float(y[rows].mean()), CLUSTER)
        for _ in range(BRANCHES):
            keep = rng.random(73) < 0.9
            sizes = np.bincount(CLUSTER[keep], minlength=12)
            counts = np.bincount(CLUSTER[keep], weights=y[keep], minlength=12)
            clustered_proportion(counts, sizes)
    job = f"{TACTICS} tactics, both bounds, leave-one-out, {BRANCHES} branches, on one core"
    return Line(job=job, seconds=time.perf_counter() - start, target=60.0, whose="on two cores")


def main() -> None:
    """Measure, print and keep the table."""
    rows = ["# Speed of a prevalence section", "", "Written by `bench_inference_section.py`.", ""]
    rows += ["| job | seconds | target | ratio |", "| --- | --- | --- | --- |"]
    for line in [*coefficients(), *diagnostics(), whole_section()]:
        target = "" if line.target is None else f"{line.target:g} s ({line.whose})"
        ratio = "" if line.target is None else f"{line.target / line.seconds:.1f}"
        rows.append(f"| {line.job} | {line.seconds:.4f} | {target} | {ratio} |")
    text = "\n".join(rows) + "\n"
    print(text)
    RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
