"""Coverage of intervals and size of tests with twelve very unequal cases.

Simulates the designs for which the engine's recipes were chosen and writes three tables beside
this file: `results/coverage_prevalence.csv`, `results/coverage_informative.csv`,
`results/type_one_error.csv`, and all three as `results/coverage_few_clusters.md`. Seeded: the same
call writes the same bytes.

    python tests/benchmarks/coverage_few_clusters.py --reps 1000
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np

from relatum.inference.betabinomial import CaseAverage, estimate_case_average
from relatum.inference.common import Interval, Refusal, t_quantile
from relatum.inference.intervals import binomial_interval, korn_graubard_interval
from relatum.inference.permutation import (
    PermutationTest,
    permute_case_labels,
    permute_within_cases,
)
from relatum.inference.robust import RobustFit, cluster_robust
from relatum.inference.wild import wild_coefficient
from relatum.inference.wild_core import WildResult
from relatum.inference.wild_proportion import clustered_proportion

RESULTS = Path(__file__).parent / "results"
SIZES = {
    "typical": np.array([26, 22, 5, 5, 4, 3, 3, 1, 1, 1, 1, 1]),
    "extreme": np.array([32, 21, 3, 3, 3, 3, 3, 1, 1, 1, 1, 1]),
}
CORRELATIONS = (0.0, 0.10, 0.25)
PREVALENCES = (0.1, 0.3, 0.5)
Limits = tuple[float, float]


def draw_counts(
    rng: np.random.Generator, sizes: np.ndarray, mean: np.ndarray | float, icc: float
) -> np.ndarray:
    """Counts per case when case shares follow a beta distribution."""
    means = np.broadcast_to(np.asarray(mean, dtype=float), sizes.shape)
    scale = (1 - icc) / icc if icc > 0 else 0.0
    shares = rng.beta(means * scale, (1 - means) * scale) if icc > 0 else means
    return rng.binomial(sizes, shares).astype(float)


def t_limits(y: np.ndarray, cluster: np.ndarray, kind: str, df: float | None) -> Limits:
    """Limits of a mean; without variance the interval is a point, as most software prints."""
    fit = cluster_robust(y, np.ones((y.size, 1)), cluster, kind=kind)
    if isinstance(fit, Refusal):
        return float(y.mean()), float(y.mean())
    reach = t_quantile(0.95, float(fit.df[0]) if df is None else df) * float(fit.std_error[0])
    return float(fit.coef[0]) - reach, float(fit.coef[0]) + reach


def prevalence_intervals(counts: np.ndarray, sizes: np.ndarray) -> dict[str, Limits]:
    """Every interval of the table for one simulated sample."""
    cluster = np.repeat(np.arange(sizes.size), sizes)
    y = np.concatenate(
        [np.repeat([1.0, 0.0], [int(k), int(n - k)]) for k, n in zip(counts, sizes, strict=True)]
    )
    groups = sizes.size - 1
    average = estimate_case_average(counts, sizes)
    assert isinstance(average, CaseAverage)
    found: dict[str, Interval | Refusal] = {
        "wilson": binomial_interval(int(counts.sum()), int(sizes.sum()), method="wilson"),
        "korn_graubard": korn_graubard_interval(counts, sizes),
        "wild_inverted": clustered_proportion(counts, sizes),
    }
    limits: dict[str, Limits] = {}
    for name, interval in found.items():
        assert isinstance(interval, Interval)
        limits[name] = (interval.conf_low, interval.conf_high)
    limits["cr1_normal"] = t_limits(y, cluster, "CR1", np.inf)
    limits["cr1_t11"] = t_limits(y, cluster, "CR1", groups)
    limits["jackknife_t11"] = t_limits(y, cluster, "jackknife", groups)
    limits["cr2_satterthwaite"] = t_limits(y, cluster, "CR2", None)
    limits["beta_binomial"] = (average.conf_low, average.conf_high)
    return {name: (max(0.0, low), min(1.0, high)) for name, (low, high) in limits.items()}


METHODS = (
    "wilson",
    "cr1_normal",
    "cr1_t11",
    "jackknife_t11",
    "cr2_satterthwaite",
    "korn_graubard",
    "wild_inverted",
    "beta_binomial",
)


def prevalence_rows(reps: int, seed: int) -> list[dict[str, object]]:
    """Coverage and mean width for every cell of sizes, prevalence and correlation."""
    cells = [(s, p, icc) for s in SIZES for p in PREVALENCES for icc in CORRELATIONS]
    rows = []
    for (name, p, icc), child in zip(
        cells, np.random.SeedSequence(seed).spawn(len(cells)), strict=True
    ):
        rng = np.random.default_rng(child)
        samples = [
            prevalence_intervals(draw_counts(rng, SIZES[name], p, icc), SIZES[name])
            for _ in range(reps)
        ]
        row: dict[str, object] = {"sizes": name, "prevalence": p, "icc": icc, "reps": reps}
        for method in METHODS:
            limits = np.array([sample[method] for sample in samples])
            inside = (limits[:, 0] <= p + 1e-9) & (p - 1e-9 <= limits[:, 1])
            row[f"{method}_coverage"] = f"{inside.mean():.3f}"
            row[f"{method}_width"] = f"{np.ptp(limits, axis=1).mean():.3f}"
        rows.append(row)
    return rows


def informative_rows(reps: int, seed: int) -> list[dict[str, object]]:
    """Coverage of two targets when the two largest cases have another share than the rest."""
    sizes = SIZES["typical"]
    rows = []
    for (large, small), child in zip(
        ((0.6, 0.4), (0.8, 0.4)), np.random.SeedSequence([seed, 1]).spawn(2), strict=True
    ):
        means = np.where(np.arange(sizes.size) < 2, large, small)
        targets = {
            "relationship_weighted": float(means @ sizes / sizes.sum()),
            "case_average": float(means.mean()),
        }
        rng = np.random.default_rng(child)
        samples = [
            prevalence_intervals(draw_counts(rng, sizes, means, 0.1), sizes) for _ in range(reps)
        ]
        for method in ("wilson", "cr2_satterthwaite", "wild_inverted", "beta_binomial"):
            limits = np.array([sample[method] for sample in samples])
            row: dict[str, object] = {
                "share_large": large,
                "share_small": small,
                "method": method,
                "reps": reps,
            }
            for target, value in targets.items():
                inside = (limits[:, 0] <= value) & (value <= limits[:, 1])
                row[f"covers_{target}"] = f"{inside.mean():.3f}"
            row["width"] = f"{np.ptp(limits, axis=1).mean():.3f}"
            rows.append(row)
    return rows


def case_covariate(rng: np.random.Generator, *, together: bool) -> np.ndarray:
    """Six of twelve cases, with one or both of the two large ones."""
    values = np.zeros(12)
    values[[0, 1] if together else [0]] = 1
    chosen = rng.permutation(np.arange(2, 12))[: 4 if together else 5]
    values[chosen] = 1
    return values


def row_covariate(rng: np.random.Generator, *, clustered: bool) -> np.ndarray:
    """A covariate of the relationship, with or without correlation within cases."""
    scale = 0.7 / 0.3
    shares = rng.beta(0.4 * scale, 0.6 * scale, 12) if clustered else np.full(12, 0.4)
    cluster = np.repeat(np.arange(12), SIZES["typical"])
    return (rng.random(cluster.size) < shares[cluster]).astype(float)


DESIGNS: dict[str, Callable[[np.random.Generator], np.ndarray]] = {
    "case level, one large case per arm": lambda rng: case_covariate(rng, together=False),
    "case level, both large cases in one arm": lambda rng: case_covariate(rng, together=True),
    "relationship level": lambda rng: row_covariate(rng, clustered=False),
    "relationship level, clustered": lambda rng: row_covariate(rng, clustered=True),
}
TESTS = ("independent_rows", "cr1_t11", "jackknife_t11", "cr2_satterthwaite", "wild", "permutation")


def p_values(
    y: np.ndarray, x: np.ndarray, cluster: np.ndarray, *, by_case: bool
) -> dict[str, float]:
    """p-values of one simulated sample; a refusal counts as "not significant"."""
    design = np.column_stack([np.ones(y.size), x])
    found: dict[str, float] = {}
    for name, kind, rows in (
        ("independent_rows", "CR1", np.arange(y.size)),
        ("cr1_t11", "CR1S", cluster),
        ("jackknife_t11", "jackknife", cluster),
        ("cr2_satterthwaite", "CR2", cluster),
    ):
        fit = cluster_robust(y, design, rows, kind=kind)
        if not isinstance(fit, RobustFit):
            found[name] = 1.0
        elif name == "cr2_satterthwaite":
            found[name] = float(fit.p_value[1])
        else:
            df = y.size - 2 if name == "independent_rows" else 11
            found[name] = 0.0 if abs(fit.statistic[1]) > t_quantile(0.95, df) else 1.0
    wild = wild_coefficient(y, design, cluster, column=1)
    found["wild"] = wild.p_value if isinstance(wild, WildResult) else 1.0
    test = permute_case_labels if by_case else permute_within_cases
    moved = test(y, x, cluster)
    found["permutation"] = moved.p_value if isinstance(moved, PermutationTest) else 1.0
    return found


def type_one_rows(reps: int, seed: int) -> list[dict[str, object]]:
    """Share of samples without association that are significant at 5%."""
    sizes = SIZES["typical"]
    cluster = np.repeat(np.arange(12), sizes)
    cells = [(name, icc) for name in DESIGNS for icc in (0.10, 0.25)]
    rows = []
    for (name, icc), child in zip(
        cells, np.random.SeedSequence([seed, 2]).spawn(len(cells)), strict=True
    ):
        rng = np.random.default_rng(child)
        found = []
        while len(found) < reps:
            shares = rng.beta(0.4 * (1 - icc) / icc, 0.6 * (1 - icc) / icc, 12)
            y = (rng.random(cluster.size) < shares[cluster]).astype(float)
            drawn = DESIGNS[name](rng)
            by_case = drawn.size == 12
            x = drawn[cluster] if by_case else drawn
            if np.ptp(x) > 0 and np.ptp(y) > 0:
                found.append(p_values(y, x, cluster, by_case=by_case))
        row: dict[str, object] = {"design": name, "icc": icc, "reps": reps}
        row |= {test: f"{np.mean([p[test] <= 0.05 for p in found]):.3f}" for test in TESTS}
        rows.append(row)
    return rows


def write_csv(rows: list[dict[str, object]], name: str) -> None:
    """Write rows as CSV with Unix line ends."""
    with (RESULTS / name).open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def markdown(rows: list[dict[str, object]]) -> str:
    """Rows as a Markdown table."""
    heads = list(rows[0])
    lines = ["| " + " | ".join(heads) + " |", "|" + " --- |" * len(heads)]
    lines += ["| " + " | ".join(str(row[head]) for head in heads) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def summarise(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """Lowest and highest coverage over prevalences and sizes, per method and correlation."""
    out = []
    for method in METHODS:
        line: dict[str, object] = {"method": method}
        for icc in CORRELATIONS:
            cell = [
                float(str(r[f"{method}_coverage"])) for r in rows if float(str(r["icc"])) == icc
            ]
            line[f"ICC {icc:.2f}"] = f"{min(cell):.2f} to {max(cell):.2f}"
        out.append(line)
    return out


def read_csv(name: str) -> list[dict[str, object]]:
    """Rows of a table written before."""
    with (RESULTS / name).open(encoding="utf-8", newline="") as handle:
        return [dict(row) for row in csv.DictReader(handle)]


def write_page() -> None:
    """Join the three tables into one page."""
    prevalence, informative, type_one = (read_csv(name) for name in TABLES)
    reps = int(str(prevalence[0]["reps"]))
    text = (
        "# Twelve very unequal cases: coverage and size\n\n"
        f"Written by `coverage_few_clusters.py` ({reps} samples per cell, seeded). "
        f"One Monte Carlo standard error at .95 is {np.sqrt(0.0475 / reps):.3f}.\n\n"
        "## Coverage of 95% intervals for a prevalence (range over .1, .3, .5 and two size "
        "vectors)\n\n"
        "`wild_inverted` is the headline recipe: Korn-Graubard at 0/n and n/n, and where every "
        "case has the same share. The other methods give a point there.\n\n"
        f"{markdown(summarise(prevalence))}\n"
        "## Size and share related: which target is covered\n\n"
        f"{markdown(informative)}\n"
        "## Type-I error at 5% for one coefficient\n\n"
        "A refusal counts as not significant.\n\n"
        f"{markdown(type_one)}"
    )
    (RESULTS / "coverage_few_clusters.md").write_text(text, encoding="utf-8", newline="\n")


TABLES: dict[str, Callable[[int, int], list[dict[str, object]]]] = {
    "coverage_prevalence.csv": prevalence_rows,
    "coverage_informative.csv": informative_rows,
    "type_one_error.csv": type_one_rows,
}


def main() -> None:
    """Simulate the tables asked for, and write the page when all are there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reps", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=20240517)
    parser.add_argument("--only", choices=list(TABLES), action="append")
    options = parser.parse_args()
    for name in options.only or TABLES:
        write_csv(TABLES[name](options.reps, options.seed), name)
    if all((RESULTS / name).is_file() for name in TABLES):
        write_page()


if __name__ == "__main__":
    main()
