"""How often comparisons of two samples reject when there is no difference, and how limits cover.

Simulates two samples of the same population with the published, unequal sizes of cases, and with
others beside them. Writes `type_one_profiles.csv`, `coverage_profiles.csv`,
`rank_agreement_errors.csv` and `coverage_standardised.csv` in `results/`, and all as
`type_one_profiles.md`. Seeded: the same call writes the same bytes.

    python tests/benchmarks/type_one_profiles.py --reps 200
"""

from __future__ import annotations

import argparse

import numpy as np
from rows import RESULTS, table, write
from scipy.special import expit, logit
from scipy.stats import kendalltau

from relatum.inference.common import Refusal
from relatum.inference.network_comparison import compare_cooccurrence
from relatum.inference.profile_distance import profile_distance
from relatum.inference.rank_agreement import rank_agreement
from relatum.inference.standardisation import standardise_g, standardise_weights

PUBLISHED = [26, 22, 5, 5, 4, 3, 3, 1, 1, 1, 1, 1]
DESIGNS = {
    "published, published": (PUBLISHED, PUBLISHED),
    "published, 12 of 6": (PUBLISHED, [6] * 12),
    "published, 24 of 3": (PUBLISHED, [3] * 24),
    "published, 80 of 1": (PUBLISHED, [1] * 80),
    "12 of 6, 12 of 6": ([6] * 12, [6] * 12),
    "five large, 30 of 2": ([26, 22, 5, 4, 3], [2] * 30),
    "eight of the published, 30 of 2": (PUBLISHED[:8], [2] * 30),
    "eight of the published, 16 of 2": (PUBLISHED[:8], [2] * 16),
    "ten, 30 of 2": ([26, 22, 5, 5, 4, 3, 3, 2, 2, 1], [2] * 30),
    "published, 30 of 2": (PUBLISHED, [2] * 30),
    "five large, five large": ([26, 22, 5, 4, 3], [26, 22, 5, 4, 3]),
}
#: Standard deviations (log odds) of each item between cases, of all items together between cases,
#: and of all items together between rows.
WORLDS = {
    "alike": (0.0, 0.0, 0.0),
    "prevalence differs by case": (0.8, 0.0, 0.0),
    "depth differs by case": (0.3, 0.8, 0.0),
    "depth differs by row": (0.3, 0.0, 0.8),
}
LEVEL = 0.05


def draw(rng, sizes, shares, world):
    cases = np.repeat(np.arange(len(sizes)), sizes)
    by_item, by_case, by_row = WORLDS[world]
    linear = logit(shares) + rng.normal(0, by_item, (len(sizes), len(shares)))[cases]
    linear = linear + rng.normal(0, by_case, len(sizes))[cases][:, None]
    linear = linear + rng.normal(0, by_row, len(cases))[:, None]
    return (rng.random(linear.shape) < expit(linear)).astype(float), cases


def true_shares(shares, world):
    spread = np.sqrt(np.square(WORLDS[world]).sum())
    points, weights = np.polynomial.hermite_e.hermegauss(60)
    return expit(logit(shares)[:, None] + spread * points) @ weights / weights.sum()


def type_one(reps, draws, seed):
    rows = []
    shares = np.linspace(0.2, 0.8, 8)
    for design, sizes in DESIGNS.items():
        for world in WORLDS:
            found = []
            for rep in range(reps):
                rng = np.random.default_rng([seed, rep])
                a, b = (draw(rng, size, shares, world) for size in sizes)
                p = [profile_distance(*a, *b, n_permutations=draws, n_bootstrap=1).p_value]
                for measure in ("within_cases", "pooled"):
                    both = compare_cooccurrence(*a, *b, measure=measure, n_permutations=draws)
                    if isinstance(both, Refusal):
                        p += [1.0, 1.0]
                        continue
                    p += [both.p_mean, both.p_largest]
                found.append(p)
            rate = (np.array(found) <= LEVEL).mean(axis=0).tolist()
            names = ["distance"] + [
                f"{m}_{s}" for m in ("within", "pooled") for s in ("mean", "largest")
            ]
            rows.append({"sizes": design, "world": world, **dict(zip(names, rate, strict=True))})
            rows[-1]["reps"] = reps
            print(rows[-1], flush=True)
    return rows


def coverage(reps, draws, seed):
    """Of the upper limit of the distance, and of one that is moved by its bias."""
    rows = []
    for design in ("published, published", "published, 12 of 6", "12 of 6, 12 of 6"):
        for world in WORLDS:
            for k, shift in ((5, 0.2), (20, 0.2), (20, 0.05)):
                shares = np.linspace(0.2, 0.6, k)
                truth = true_shares(shares, world) - true_shares(shares + shift, world)
                distance = float(np.abs(truth).mean())
                held = []
                for rep in range(reps):
                    rng = np.random.default_rng([seed, 1, rep])
                    a = draw(rng, DESIGNS[design][0], shares, world)
                    b = draw(rng, DESIGNS[design][1], shares + shift, world)
                    found = profile_distance(*a, *b, n_permutations=1, n_bootstrap=draws, seed=rep)
                    upper = found.upper_limit
                    held.append([upper >= distance, upper - found.bias >= distance, upper])
                mean = np.mean(held, axis=0).tolist()
                rows.append(
                    {
                        "sizes": design,
                        "world": world,
                        "items": k,
                        "distance": distance,
                        "upper_limit": mean[0],
                        "moved_by_bias": mean[1],
                        "mean_limit": mean[2],
                        "reps": reps,
                    }
                )
                print(rows[-1], flush=True)
    return rows


def rank_errors(reps, draws, seed):
    """How often the lower limit of tau lies above a margin that the truth does not exceed."""
    rows = []
    shares = np.linspace(0.1, 0.9, 12)
    order = np.array([3, 0, 6, 1, 2, 8, 4, 5, 10, 7, 11, 9])
    margin = float(kendalltau(shares, shares[order]).statistic)
    for design in ("published, published", "published, 12 of 6", "12 of 6, 12 of 6"):
        for world in WORLDS:
            held = {"at_margin": [], "same_order": []}
            for rep in range(reps):
                rng = np.random.default_rng([seed, 3, rep])
                a = draw(rng, DESIGNS[design][0], shares, world)
                for name, other in (("at_margin", shares[order]), ("same_order", shares)):
                    b = draw(rng, DESIGNS[design][1], other, world)
                    found = rank_agreement(*a, *b, margin=margin, n_bootstrap=draws, seed=rep)
                    held[name].append(not isinstance(found, Refusal) and found.above_margin)
            rows.append(
                {
                    "sizes": design,
                    "world": world,
                    "margin": margin,
                    "true_tau_at_margin": float(np.mean(held["at_margin"])),
                    "true_tau_1": float(np.mean(held["same_order"])),
                    "reps": reps,
                }
            )
            print(rows[-1], flush=True)
    return rows


def standardised_draw(rng, sizes, spread, mean):
    cases = np.repeat(np.arange(len(sizes)), sizes)
    x = rng.normal(mean, 1, len(cases)) + rng.normal(0, 0.3, len(sizes))[cases]
    linear = 0.6 * x - 0.2 + rng.normal(0, spread, len(sizes))[cases]
    return (rng.random(len(cases)) < expit(linear)).astype(float), x[:, None], cases


def standardised(reps, seed):
    """Of 95% limits when samples differ in a covariate only."""
    rows = []
    for design in ("published, published", "published, 12 of 6", "12 of 6, 12 of 6"):
        for spread in (0.0, 0.6, 1.2):
            held = {"g": [], "weights": []}
            gaps = {"g": [], "weights": []}
            for rep in range(reps):
                rng = np.random.default_rng([seed, 2, rep])
                a = standardised_draw(rng, DESIGNS[design][0], spread, 0.5)
                b = standardised_draw(rng, DESIGNS[design][1], spread, 0.0)
                for name, method in (("g", standardise_g), ("weights", standardise_weights)):
                    found = method(*a, *b)
                    if isinstance(found, Refusal):
                        continue
                    limits = found.limits()
                    held[name].append(limits.conf_low <= 0 <= limits.conf_high)
                    gaps[name].append((found.difference, found.std_error))
            row = {"sizes": design, "sd_between_cases": spread}
            for name, inside in held.items():
                row[f"{name}_coverage"] = float(np.mean(inside))
                row[f"{name}_bias"] = float(np.mean([gap for gap, _ in gaps[name]]))
                row[f"{name}_error"] = float(np.mean([error for _, error in gaps[name]]))
                row[f"{name}_sd"] = float(np.std([gap for gap, _ in gaps[name]], ddof=1))
                row[f"{name}_refused"] = reps - len(inside)
            rows.append({**row, "reps": reps})
            print(rows[-1], flush=True)
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reps", type=int, default=200)
    parser.add_argument("--draws", type=int, default=199)
    parser.add_argument("--seed", type=int, default=8)
    options = parser.parse_args()
    errors = type_one(options.reps, options.draws, options.seed)
    covers = coverage(options.reps, options.draws, options.seed)
    ranks = rank_errors(options.reps, options.draws, options.seed)
    alike = standardised(options.reps // 2, options.seed)
    write(errors, "type_one_profiles.csv")
    write(covers, "coverage_profiles.csv")
    write(ranks, "rank_agreement_errors.csv")
    write(alike, "coverage_standardised.csv")
    text = (
        "# Comparisons of two samples of one population\n\n"
        f"Published sizes of cases: {', '.join(map(str, PUBLISHED))}. Share of samples with "
        f"p <= {LEVEL}; eight items, {options.draws} arrangements of whole cases. `distance`: of "
        "the profiles. `..._mean`, `..._largest`: of the log odds ratios of pairs, within cases or "
        "pooled: mean difference, and any pair after max-T. A refusal (nothing varies within cases "
        "of one) counts as no rejection."
        f"\n\n{table(errors)}\n\n"
        "# Upper limits of the distance of two profiles\n\n"
        "Share of samples in which the one-sided 95% limit reaches the true distance; beside it "
        f"that of a limit from which the bias is taken off.\n\n{table(covers)}\n\n"
        "# Agreement in rank\n\n"
        "Share of samples in which the one-sided 95% limit of tau lies above the margin, when the "
        f"true tau is the margin (an error) and when it is 1 (power).\n\n{table(ranks)}\n\n"
        "# Limits of a standardised difference\n\n"
        "Samples differ by half a standard deviation in a covariate and in nothing else. Coverage "
        "of 95% limits, mean difference (true: 0), mean error, and the spread of the differences."
        f"\n\n{table(alike)}\n"
    )
    (RESULTS / "type_one_profiles.md").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
