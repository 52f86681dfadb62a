"""Time curves and tests over time that have no peer here, or one that answers otherwise.

Run from the root of the repository::

    python tests/benchmarks/bench_survival_curves.py

It writes `results/bench_survival_curves.md`. Plain curves and the log-rank test run beside R and
lifelines in `race_curves.py`. R's time is that of cmprsk 2.2 on a comparable machine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from timing import best_of

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
    r_seconds: float | None = None


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


def all_jobs() -> list[Line]:
    """All jobs."""
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
    return [Line(job=name, seconds=best_of(job, 5), r_seconds=r) for name, (job, r) in jobs.items()]


def ratio(other: float | None, ours: float) -> str:
    """Other time and its ratio to ours."""
    return "" if other is None else f"{other:.4f} ({other / ours:.1f}x)"


def main() -> None:
    """Time everything, and write the table."""
    text = [
        "# Curves and tests over time",
        "",
        "Seconds, best of several runs; in brackets how many times faster ours is. 100,000 rows",
        "where nothing else is said. R's time was taken on a comparable machine.",
        "",
        "| job | ours | R |",
        "|---|---|---|",
    ]
    for line in all_jobs():
        beside = ratio(line.r_seconds, line.seconds)
        text.append(f"| {line.job} | {line.seconds:.4f} | {beside} |")
    RESULTS.write_text("\n".join(text) + "\n", encoding="utf-8")
    print("\n".join(text))


if __name__ == "__main__":
    main()
