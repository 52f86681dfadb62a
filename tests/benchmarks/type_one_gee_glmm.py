"""Size of GEE and random-intercept tests, and coverage of Lee limits, with twelve unequal cases.

Writes `results/type_one_gee_glmm.md`. Seeded: the same call writes the same bytes.

    python tests/benchmarks/type_one_gee_glmm.py --reps 300
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from relatum.inference.common import Interval, Refusal
from relatum.inference.gee import estimating_equations
from relatum.inference.glmm import random_intercept_logit
from relatum.inference.lee_bounds import always_reporter_bounds

RESULTS = Path(__file__).parent / "results"
SIZES = np.array([26, 22, 5, 5, 4, 3, 3, 1, 1, 1, 1, 1])
# one large case in each arm
ARM = np.array([1, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1])
CASE = np.repeat(np.arange(12), SIZES)
ICC = (0.0, 0.10, 0.25)
METHODS = {
    "GEE exchangeable, sandwich, t(G - k)": ("exchangeable", "sandwich", "clusters"),
    "GEE exchangeable, Mancl-DeRouen, t(G - k)": ("exchangeable", "mancl-derouen", "clusters"),
    "GEE exchangeable, Mancl-DeRouen, Satterthwaite": (
        "exchangeable",
        "mancl-derouen",
        "satterthwaite",
    ),
    "GEE exchangeable, Kauermann-Carroll, Satterthwaite": (
        "exchangeable",
        "kauermann-carroll",
        "satterthwaite",
    ),
    "GEE independence, Mancl-DeRouen, Satterthwaite": (
        "independence",
        "mancl-derouen",
        "satterthwaite",
    ),
}
LAPLACE = "random intercept, 9 points, normal"


def draw_shares(rng: np.random.Generator, mean: float, icc: float) -> np.ndarray:
    """Draw the share of each case."""
    if icc == 0:
        return np.full(12, mean)
    scale = (1 - icc) / icc
    return rng.beta(mean * scale, (1 - mean) * scale, 12)


def reject(values: list[float | None]) -> str:
    """Share of p values up to .05 among those that were given, and the share refused."""
    given = np.array([value for value in values if value is not None])
    return f"{(given <= 0.05).mean():.3f} ({1 - len(given) / len(values):.2f} refused)"


def sizes_of_tests(reps: int, rng: np.random.Generator, icc: float) -> dict[str, str]:
    """Share of rejections of a case-level covariate and of one within cases, without effects."""
    found: dict[str, list[float | None]] = {}
    for _ in range(reps):
        y = (rng.random(len(CASE)) < draw_shares(rng, 0.35, icc)[CASE]).astype(float)
        covariates = {"case": ARM[CASE], "row": rng.integers(0, 2, len(CASE))}
        for level, x in covariates.items():
            design = np.column_stack([np.ones(len(CASE)), x])
            for name, (correlation, kind, degrees) in METHODS.items():
                fit = estimating_equations(
                    y, design, CASE, correlation=correlation, kind=kind, degrees=degrees
                )
                p = None if isinstance(fit, Refusal) else float(fit.p_value[1])
                found.setdefault(f"{name} | {level}", []).append(p)
            mixed = random_intercept_logit(y, design, CASE, points=9)
            p = None if isinstance(mixed, Refusal) else float(mixed.p_value[1])
            found.setdefault(f"{LAPLACE} | {level}", []).append(p)
    return {name: reject(values) for name, values in found.items()}


def lee_coverage(reps: int, rng: np.random.Generator, icc: float) -> str:
    """Coverage of the true difference at the lower end of what the data could hide."""
    inside = []
    for _ in range(reps):
        exposed = rng.integers(0, 2, len(CASE))
        always = rng.random(len(CASE)) < 0.6
        reported = always | ((exposed == 1) & (rng.random(len(CASE)) < 0.5))
        # always-reporters without a difference; all others who report when exposed have the outcome
        shared = rng.random(len(CASE)) < draw_shares(rng, 0.4, icc)[CASE]
        outcome = np.where(always, shared, 1.0)
        bounds = always_reporter_bounds(exposed, reported, outcome, assumption="more", cluster=CASE)
        if not isinstance(bounds, Refusal) and isinstance(bounds.limits, Interval):
            inside.append(bounds.limits.conf_low <= 0.0 <= bounds.limits.conf_high)
    return f"{np.mean(inside):.3f} ({1 - len(inside) / reps:.2f} refused)"


def lines(reps: int, seed: int) -> Iterator[str]:
    """Yield the lines of the report."""
    seeds = np.random.SeedSequence(seed).spawn(len(ICC))
    tables, covered = [], []
    for icc, child in zip(ICC, seeds, strict=True):
        rng = np.random.default_rng(child)
        tables.append(sizes_of_tests(reps, rng, icc))
        covered.append(lee_coverage(reps, rng, icc))
    yield "# GEE, random intercepts and Lee limits with twelve unequal cases\n"
    yield f"73 rows, cases of {', '.join(map(str, SIZES))}; {reps} samples, seed {seed}.\n"
    yield "Share of p values up to .05 where nothing differs (share 0.35):\n"
    yield "| method | covariate of | " + " | ".join(f"ICC {icc:g}" for icc in ICC) + " |"
    yield "|---|---|" + "---|" * len(ICC)
    for key in tables[0]:
        method, level = key.split(" | ")
        yield f"| {method} | {level} | " + " | ".join(table[key] for table in tables) + " |"
    yield "\nCoverage of the 95% Imbens-Manski limits of the Lee bounds, truth at the lower end:\n"
    yield "| " + " | ".join(f"ICC {icc:g}" for icc in ICC) + " |"
    yield "|" + "---|" * len(ICC)
    yield "| " + " | ".join(covered) + " |"


def main() -> None:
    """Write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reps", type=int, default=300)
    parser.add_argument("--seed", type=int, default=20260)
    asked = parser.parse_args()
    text = "\n".join(lines(asked.reps, asked.seed)) + "\n"
    (RESULTS / "type_one_gee_glmm.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
