"""Conditional tau of entry and event: how often zero is rejected, where it holds and where not.

Relationships of twelve cases of the published sizes enter late and are watched for 3 to 15 months.
The rate of a first attempt does not depend on the age of the relationship (rejections: size), or
it is multiplied for those older than two years at entry (rejections: power). Cases differ in rate
(gamma frailty) and in the age of their relationships at entry. With a frailty the rate falls with
time since entry, so that tau is not quite zero.

Writes `results/type_one_quasi_independence.md`. Seeded: the same call writes the same bytes.

    python tests/benchmarks/type_one_quasi_independence.py --reps 1000
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from scipy import stats

from relatum.inference.common import Refusal
from relatum.inference.quasi_independence import ConditionalTau, conditional_tau

RESULTS = Path(__file__).parent / "results"
SIZES = np.array([26, 22, 5, 5, 4, 3, 3, 1, 1, 1, 1, 1])
CASE = np.repeat(np.arange(SIZES.size), SIZES)
RATE, ARREST = 0.04, 0.05  # per month
WORLDS = [
    (1.0, 0.0, 0.0),
    (1.0, 0.0, 0.5),
    (1.0, 0.5, 0.0),
    (1.0, 0.5, 0.5),
    (2.0, 0.0, 0.0),
    (4.0, 0.0, 0.0),
    (4.0, 0.5, 0.5),
]


def draw(
    rng: np.random.Generator, world: tuple[float, float, float]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ages at entry and at the first attempt or the end, and whether it was an attempt."""
    factor, variance, alike = world
    frailty = rng.gamma(1 / variance, variance, SIZES.size) if variance else np.ones(SIZES.size)
    shared, own = rng.normal(size=SIZES.size)[CASE], rng.normal(size=CASE.size)
    entry = 24 * np.exp(0.9 * (np.sqrt(alike) * shared + np.sqrt(1 - alike) * own))
    rate = RATE * frailty[CASE] * np.where(entry > 24, factor, 1.0)
    wait = rng.exponential(1 / rate)
    watched = rng.uniform(3, 15, SIZES.size)[CASE]
    watched = np.minimum(watched, rng.exponential(1 / ARREST, CASE.size))
    return entry, entry + np.minimum(wait, watched), wait <= watched


def rejections(found: ConditionalTau, groups: np.ndarray) -> tuple[float, float, float, float]:
    """Jackknife over cases and over relationships, influence by case, Tsai: rejected at 5%."""
    sums = np.bincount(CASE, found.influence, SIZES.size)
    by_case = 0.0
    if not isinstance(found.limits, Refusal):
        by_case = float(found.limits.p_value <= 0.05)
    error = np.sqrt(SIZES.size / (SIZES.size - 1) * (sums**2).sum())
    influence = 2 * stats.t.sf(abs(found.estimate) / error, SIZES.size - 1)
    return (
        by_case,
        float(groups[0] <= 0.05),
        float(influence <= 0.05),
        float(found.null_p_value <= 0.05),
    )


def run(world: tuple[float, float, float], reps: int) -> str:
    """One line of the table."""
    rng = np.random.default_rng(20_261)
    held, taus, events = [], [], []
    for _ in range(reps):
        entry, time, event = draw(rng, world)
        found = conditional_tau(entry, time, event, cluster=CASE)
        rows = conditional_tau(entry, time, event)
        if isinstance(found, Refusal) or isinstance(rows, Refusal):
            held.append((0.0,) * 4)
            continue
        alone = 1.0 if isinstance(rows.limits, Refusal) else rows.limits.p_value
        held.append(rejections(found, np.array([alone])))
        taus.append(found.estimate)
        events.append(found.n_events)
    shares = " | ".join(f"{share:.3f}" for share in np.mean(held, axis=0))
    factor, variance, alike = world
    return (
        f"| {factor:g} | {variance:g} | {alike:g} | {np.mean(events):.1f} | {np.mean(taus):.3f} "
        f"| {shares} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reps", type=int, default=1000)
    reps = parser.parse_args().reps
    lines = [
        "# Conditional tau of entry and event: rejections at 5%",
        "",
        f"Twelve cases of the published sizes, {reps} samples per line. Factor 1: tau is zero.",
        "",
        "| factor after 24 months | frailty variance | share of entry age by case | attempts "
        "| mean tau | jackknife over cases | jackknife over relationships "
        "| influence by case, t(11) | Tsai |",
        "|---|---|---|---|---|---|---|---|---|",
        *(run(world, reps) for world in WORLDS),
        "",
    ]
    RESULTS.joinpath("type_one_quasi_independence.md").write_text(
        "\n".join(lines), encoding="utf-8"
    )
    print("\n".join(lines))


if __name__ == "__main__":
    main()
