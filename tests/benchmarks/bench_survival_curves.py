"""Time curves and tests over time side by side with lifelines, and with R's published times.

Run from the root of the repository::

    python tests/benchmarks/bench_survival_curves.py

It writes `results/bench_survival_curves.md`. A ratio above 1 means faster than the other. R's times
are those of survival 3.5 and cmprsk 2.2 on a comparable machine; lifelines runs here, at the same
time as ours, so that only its ratios are free of the machine.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from lifelines import KaplanMeierFitter
from lifelines.statistics import multivariate_logrank_test

from relatum.inference.cumulative_incidence import cumulative_incidence
from relatum.inference.gray_test import gray_test
from relatum.inference.mean_cumulative import mean_cumulative
from relatum.inference.rank_tests import log_rank
from relatum.inference.survival_curves import kaplan_meier_groups

RESULTS = Path(__file__).parent / "results" / "bench_survival_curves.md"
ROWS, GROUPS = 100_000, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row of the report."""

    job: str
    seconds: float
    lifelines: float | None = None
    r_seconds: float | None = None


def best_times(*jobs: Callable[[], object], repeats: int) -> list[float]:
    """Shortest wall time of each job, the jobs taking turns, after one run to warm up."""
    found = [np.inf] * len(jobs)
    for job in jobs:
        job()
    for _ in range(repeats):
        for i, job in enumerate(jobs):
            start = time.perf_counter()
            job()
            found[i] = min(found[i], time.perf_counter() - start)
    return found


def simulate(digits: int | None) -> dict[str, np.ndarray]:
    """Rows of four groups with censoring, delayed entry and two causes; rounded for ties."""
    rng = np.random.default_rng(1)
    group = rng.integers(0, GROUPS, ROWS)
    event, stop = rng.exponential(10 + group), rng.exponential(15, ROWS)
    seen = np.minimum(event, stop)
    if digits is not None:
        seen = np.ceil(seen * 10**digits) / 10**digits
    cause = np.where(event <= stop, rng.integers(1, 3, ROWS), 0)
    entry = np.maximum(seen - rng.exponential(5, ROWS), 0) * (rng.random(ROWS) < 0.5) - 1e-9
    return {"time": seen, "cause": cause, "event": cause > 0, "group": group, "entry": entry}


def lifelines_curves(data: dict[str, np.ndarray]) -> None:
    """Fit a curve per group."""
    for group in range(GROUPS):
        mine = data["group"] == group
        KaplanMeierFitter().fit(data["time"][mine], data["event"][mine])


def curves_and_tests() -> list[Line]:
    """Jobs that lifelines knows too."""
    lines = []
    for name, digits in (("without ties", None), ("with ties", 1)):
        data = simulate(digits)
        columns = (data["time"], data["event"], data["group"])
        ours, theirs = best_times(
            lambda c=columns: kaplan_meier_groups(*c),
            lambda d=data: lifelines_curves(d),
            repeats=7,
        )
        job = f"Kaplan-Meier with limits, 100,000 rows in 4 groups, {name}"
        lines.append(Line(job=job, seconds=ours, lifelines=theirs, r_seconds=0.125))
        ours, theirs = best_times(
            lambda c=columns: log_rank(*c),
            lambda c=columns: multivariate_logrank_test(c[0], c[2], c[1]),
            repeats=3,
        )
        job = f"log-rank test, 100,000 rows in 4 groups, {name}"
        lines.append(Line(job=job, seconds=ours, lifelines=theirs, r_seconds=0.141))
    return lines


def other_jobs() -> list[Line]:
    """Jobs that lifelines does not know, or answers wrongly."""
    data, few = simulate(1), {key: values[:5_000] for key, values in simulate(1).items()}
    subject = np.arange(ROWS) // 4
    steps = np.random.default_rng(2).exponential(1, (ROWS // 4, 4)).round(2) + 0.01
    stop = np.cumsum(steps, axis=1)
    spells = ((stop - steps).ravel(), stop.ravel(), np.arange(ROWS) % 4 < 3)
    late = {"entry": data["entry"]}
    jobs: dict[str, tuple[Callable[[], object], float | None]] = {
        "Kaplan-Meier in 4 groups with delayed entry": (
            lambda: kaplan_meier_groups(data["time"], data["event"], data["group"], **late),
            None,
        ),
        "log-rank test of 4 groups with delayed entry": (
            lambda: log_rank(data["time"], data["event"], data["group"], **late),
            None,
        ),
        "cumulative incidence with jackknife errors and delayed entry": (
            lambda: cumulative_incidence(data["time"], data["cause"], **late),
            None,
        ),
        "mean cumulative function with robust errors, 25,000 subjects": (
            lambda: mean_cumulative(subject, *spells),
            None,
        ),
        "Gray's test of 4 groups": (
            lambda: gray_test(data["time"], data["cause"], data["group"]),
            None,
        ),
        "Gray's test with incidences, 5,000 rows in 4 groups": (
            lambda: (
                [
                    cumulative_incidence(few["time"][mine], few["cause"][mine], error="aalen")
                    for mine in (few["group"] == group for group in range(GROUPS))
                ],
                [gray_test(few["time"], few["cause"], few["group"], tested=k) for k in (1, 2)],
            ),
            0.008,
        ),
    }
    return [
        Line(job=name, seconds=best_times(job, repeats=5)[0], r_seconds=r)
        for name, (job, r) in jobs.items()
    ]


def ratio(other: float | None, ours: float) -> str:
    """Other time and its ratio to ours."""
    return "" if other is None else f"{other:.4f} ({other / ours:.1f}x)"


def main() -> None:
    """Time everything, and write the table."""
    text = [
        "# Curves and tests over time",
        "",
        "Seconds, best of several runs; in brackets how many times faster ours is. 100,000 rows",
        "where nothing else is said. R's times were taken on a comparable machine.",
        "",
        "| job | ours | lifelines | R |",
        "|---|---|---|---|",
    ]
    for line in [*curves_and_tests(), *other_jobs()]:
        cells = (ratio(line.lifelines, line.seconds), ratio(line.r_seconds, line.seconds))
        text.append(f"| {line.job} | {line.seconds:.4f} | {cells[0]} | {cells[1]} |")
    RESULTS.write_text("\n".join(text) + "\n", encoding="utf-8")
    print("\n".join(text))


if __name__ == "__main__":
    main()
