"""The planning numbers of the design, by formula and by simulation through the estimators.

Each line compares three things: the formula, which takes the error of a share as known; simulated
studies that use that known error, which must agree with it within Monte Carlo error; and simulated
studies that estimate the error, as an analysis does. Writes `results/plan_section_11.md` beside
this file. Seeded: the same call writes the same bytes.

    python tests/benchmarks/plan_section_11.py --studies 400
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import numpy as np
from scipy import stats

from relatum.inference.rate_score_test import rate_ratio_p_value
from relatum.inference.wild_proportion import clustered_proportion
from relatum.models.planning_draws import draw_attempts, draw_shares, draw_sizes
from relatum.study.planning import PlanningDesign

RESULTS = Path(__file__).parent / "results"
PUBLISHED = (26, 22, 5, 5, 4, 3, 3, 1, 1, 1, 1, 1)
DRAWS = 200
#: Investigations needed at a share of .5, a mean size of 6 and 80% power: with cv 1.3, with .5.
NEEDED = {
    (0.10, 0.05): (64, 49), (0.10, 0.10): (92, 61), (0.10, 0.20): (145, 84),
    (0.15, 0.05): (29, 23), (0.15, 0.10): (41, 28), (0.15, 0.20): (65, 38),
    (0.20, 0.05): (17, 13), (0.20, 0.10): (24, 16), (0.20, 0.20): (38, 22),
}  # fmt: skip


def known_error(sizes: np.ndarray, share: float, icc: float) -> float:
    """Error of a share for these sizes and this correlation."""
    total = sizes.sum()
    return math.sqrt(share * (1 - share) * (sizes * (1 + (sizes - 1) * icc)).sum()) / total


def formula_error(cases: int, mean: float, cv: float, share: float, icc: float) -> float:
    """Error of a share by the design effect of the mean and variation of sizes."""
    effect = 1 + ((1 + cv**2) * mean - 1) * icc
    return math.sqrt(share * (1 - share) * effect / (cases * mean))


def formula_power(margin: float, error: float, cases: int) -> float:
    """Power of two one-sided tests against a fixed figure with a known error."""
    return max(0.0, 2 * stats.norm.cdf(margin / error - stats.t.ppf(0.95, cases - 1)) - 1)


def simulated_margins(
    design: PlanningDesign, *, cases: int, icc: float, studies: int, seed: int
) -> dict[str, np.ndarray]:
    """Smallest margin that each study shows against its true share, with three errors."""
    rng = np.random.default_rng([design.seed, seed])
    share = design.prevalence
    reach = stats.t.ppf(0.95, cases - 1)
    planned = formula_error(cases, design.mean_size, design.size_cv, share, icc)
    found = np.empty((3, studies))
    for at in range(studies):
        sizes = draw_sizes(design, cases=cases, rng=rng)
        held = draw_shares(design, sizes, share=share, icc=icc, rng=rng)
        gap = abs(held.present.sum() / sizes.sum() - share)
        limits = clustered_proportion(
            held.present, sizes, conf_level=0.9, n_draws=DRAWS, seed=int(rng.integers(2**31))
        )
        own = known_error(sizes, share, icc)
        found[:, at] = (
            gap / own * planned + reach * planned,
            gap + reach * own,
            max(share - limits.conf_low, limits.conf_high - share),
        )
    return {"planned": found[0], "known": found[1], "estimated": found[2]}


def needed_rows(studies: int) -> list[str]:
    """Power at the numbers of investigations that the formula gives."""
    lines = [
        "| margin | icc | cv | cases | formula | same error | error of the sizes | estimators |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for number, ((margin, icc), counts) in enumerate(NEEDED.items()):
        for cv, cases in zip((1.3, 0.5), counts, strict=True):
            design = PlanningDesign(size_cv=cv, documented=1.0)
            shown = simulated_margins(
                design, cases=cases, icc=icc, studies=studies, seed=2 * number + (cv < 1)
            )
            power = [f"{(found < margin).mean():.3f}" for found in shown.values()]
            plan = formula_power(margin, formula_error(cases, 6, cv, 0.5, icc), cases)
            cells = (f"{margin:.2f}", f"{icc:.2f}", cv, cases, f"{plan:.3f}", *power)
            lines.append(f"| {' | '.join(map(str, cells))} |")
    return lines


def hope_rows(studies: int) -> list[str]:
    """Smallest margins of the published sizes."""
    lines = [
        "| share | icc | n_eff | formula | error of the sizes | estimators |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    sizes = np.array(PUBLISHED)
    for number, (share, icc) in enumerate((p, i) for p in (0.2, 0.5) for i in (0, 0.05, 0.1, 0.2)):
        design = PlanningDesign(sizes=PUBLISHED, prevalence=share, documented=1.0)
        shown = simulated_margins(design, cases=12, icc=icc, studies=studies, seed=100 + number)
        smallest = [np.quantile(shown[name], 0.8) for name in ("known", "estimated")]
        error = known_error(sizes, share, icc)
        plan = (stats.t.ppf(0.95, 11) + stats.norm.ppf(0.9)) * error
        cells = (share, icc, share * (1 - share) / error**2, plan, *smallest)
        words = (f"{cells[0]:.1f}", f"{cells[1]:.2f}", f"{cells[2]:.1f}")
        lines.append(f"| {' | '.join((*words, *(f'{one:.3f}' for one in cells[3:])))} |")
    return lines


def ratio_power(cases: int, events: float, studies: int, *, frailty: float, size: int) -> float:
    """Power for a rate ratio of 2 with a given expected number of events."""
    design = PlanningDesign(
        frailty=frailty, months=12.0, attempts_per_year=events / cases / size, exposed=0.5
    )
    rng = np.random.default_rng([design.seed, 200, cases])
    coded = np.full(cases, size)
    hits = 0
    for _ in range(studies):
        seen, years = draw_attempts(design, coded, rng)
        found = rate_ratio_p_value(seen, years, n_draws=DRAWS, seed=int(rng.integers(2**31)))
        hits += isinstance(found, float) and found <= 0.05
    return hits / studies


def half_widths(icc: float, studies: int) -> tuple[float, float, float]:
    """1.96 errors of a share of 60 rows in 12 cases: formula, simulated, and by estimators."""
    design = PlanningDesign(mean_size=5.0, size_cv=1.3, documented=1.0)
    rng = np.random.default_rng([design.seed, 300, round(icc * 100)])
    shares, widths = [], []
    for _ in range(studies):
        sizes = draw_sizes(design, cases=12, rng=rng)
        held = draw_shares(design, sizes, share=0.5, icc=icc, rng=rng)
        gap = (held.present.sum() / sizes.sum() - 0.5) / known_error(sizes, 0.5, icc)
        shares.append(gap * formula_error(12, 5, 1.3, 0.5, icc))
        limits = clustered_proportion(
            held.present, sizes, n_draws=DRAWS, seed=int(rng.integers(2**31))
        )
        widths.append(limits.width / 2)
    planned = 1.96 * formula_error(12, 5, 1.3, 0.5, icc)
    return planned, 1.96 * float(np.sqrt(np.mean(np.square(shares)))), float(np.mean(widths))


def text(studies: int) -> str:
    """Word the whole page."""
    designs = [
        ("66 events, one relationship per investigation", 264, 0.0, 1),
        ("66 events, 44 investigations of 6, frailty 0.25", 44, 0.25, 6),
        ("66 events, 12 investigations of 22, frailty 0.25", 12, 0.25, 22),
    ]
    ratios = [
        (name, ratio_power(cases, 66, studies, frailty=frailty, size=size))
        for name, cases, frailty, size in designs
    ]
    halves = [(icc, *half_widths(icc, studies)) for icc in (0.0, 0.1)]
    error = math.sqrt(0.16 / studies)
    return "\n".join(
        [
            "# Planning numbers, by formula and by simulation",
            "",
            f"Written by `plan_section_11.py --studies {studies}` (seeded, {DRAWS} sign vectors).",
            f"One Monte Carlo standard error is {error:.3f} at a power of .8. `formula` takes the",
            "error as known, from mean and variation of the sizes, with t quantiles on cases less",
            "one; `same error` simulates shares and uses that error; `error of the sizes` uses the",
            "true error for the sizes that were drawn; `estimators` is the inverted wild",
            "bootstrap, which must estimate it.",
            "",
            "## Investigations for equivalence to a fixed figure (share .5, mean size 6)",
            "",
            *needed_rows(studies),
            "",
            "## Smallest margin with 80% power, 73 relationships in the published sizes",
            "",
            *hope_rows(studies),
            "",
            "## Power for a rate ratio of 2 (formula: .80 at 66 independent events)",
            "",
            "| design | power |",
            "| --- | --- |",
            *(f"| {name} | {power:.3f} |" for name, power in ratios),
            "",
            "## Half-width of the share of 60 reports, 5 per investigation (share .5, cv 1.3)",
            "",
            "| icc | formula | same error | estimators |",
            "| --- | --- | --- | --- |",
            *(f"| {icc:.2f} | {a:.3f} | {b:.3f} | {c:.3f} |" for icc, a, b, c in halves),
            "",
        ]
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=400)
    written = text(parser.parse_args().studies)
    (RESULTS / "plan_section_11.md").write_text(written, encoding="utf-8", newline="\n")
    print(written)
