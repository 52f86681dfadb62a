"""How often tests of co-occurrence reject when nothing goes together, and what power is left.

Simulates items that are independent given what every relationship shares: the prevalence of its
case, and how deeply its file documents. Writes `results/type_one_cooccurrence.csv`,
`results/power_cooccurrence.csv` and both as `results/type_one_cooccurrence.md`. Seeded: the same
call writes the same bytes.

    python tests/benchmarks/type_one_cooccurrence.py --reps 200
"""

from __future__ import annotations

import argparse

import numpy as np
from rows import RESULTS, table, write
from scipy import stats

from relatum.inference.blocks import block_matrix, observed_joint, pair_indices
from relatum.inference.common import Refusal
from relatum.inference.count_nulls import convolve_counts, hypergeometric_counts
from relatum.inference.multiplicity import adjust_benjamini_hochberg, adjust_max_t
from relatum.inference.null_draws import draw_columns, draw_margins
from relatum.inference.tilting import tilted_family

SIZES = np.array([26, 22, 5, 5, 4, 3, 3, 1, 1, 1, 1, 1])
CASES = np.repeat(np.arange(12), SIZES)
N = len(CASES)
LEVEL = 0.05
SCENARIOS = (
    ("homogeneous", 0.0, 0.0, False),
    ("prevalence differs by case", 1.0, 0.0, False),
    ("documentation depth differs", 0.0, 1.0, False),
    ("both", 1.0, 1.0, False),
    ("both, true states thinned by depth", 1.0, 1.0, True),
)


def expit(x):
    return 1 / (1 + np.exp(-x))


def simulate(rng, k, sd_case, sd_depth, *, thinned=False, log_odds=0.0):
    """Items of 73 relationships, and the depth that they share; pair (0, 1) may go together."""
    base = rng.normal(-0.3, 0.9, k)
    by_case = rng.normal(0, sd_case, (12, k))[CASES]
    depth = rng.normal(0, sd_depth, N)
    if thinned:
        true = rng.random((N, k)) < expit(base + 0.8 + by_case)
        return true & (rng.random((N, k)) < expit(depth + 0.6)[:, None]), depth
    linear = base + by_case + depth[:, None]
    items = rng.random((N, k)) < expit(linear)
    if log_odds:
        items[:, 1] = rng.random(N) < expit(linear[:, 1] + log_odds * (items[:, 0] - 0.5))
    return items, depth


def mid_p(draws, observed):
    """Two-sided mid-p from draws: the rate of a discrete test is then near its level."""
    above = (draws > observed).mean(axis=0) + (draws == observed).mean(axis=0) / 2
    return np.minimum(1.0, 2 * np.minimum(above, 1 - above))


def within_case_p(items, i, j):
    """Exact conditional test within cases (Cochran-Mantel-Haenszel), mid-p."""
    parts, observed = [], 0
    for case in range(12):
        a, b = items[case == CASES, i], items[case == CASES, j]
        parts.append(hypergeometric_counts(int(a.sum()), int(b.sum()), len(a)))
        observed += int((a & b).sum())
    family = tilted_family(*convolve_counts(parts))
    return 1.0 if isinstance(family, Refusal) else family.p_values(observed).mid_central


def familiar_p(items, pairs):
    fisher, within = [], []
    for i, j in pairs:
        both = int((items[:, i] & items[:, j]).sum())
        first, second = int(items[:, i].sum()), int(items[:, j].sum())
        table = [[both, first - both], [second - both, N - first - second + both]]
        fisher.append(stats.fisher_exact(table)[1])
        within.append(within_case_p(items, i, j))
    return np.array(fisher), np.array(within)


def null_p(held, found, columns):
    observed = observed_joint(held).sum(axis=0)[columns]
    counts = found.counts[:, columns]
    adjusted = adjust_max_t(observed, counts)
    return mid_p(counts, observed), adjusted.p_values, adjusted.adjusted


def one_sample(rng, scenario, draws):
    """Rejection shares of every test in one sample, and whether any test of a family rejects."""
    _, sd_case, sd_depth, thinned = scenario
    items, depth = simulate(rng, 25, sd_case, sd_depth, thinned=thinned)
    sums = items.sum(axis=0)
    kept = np.flatnonzero((sums >= 4) & (sums <= N - 4))
    items = items[:, kept]
    pairs = pair_indices(len(kept))
    seed = int(rng.integers(2**31))
    fisher, within = familiar_p(items, pairs)
    thirds = np.digitize(depth, np.quantile(depth, [1 / 3, 2 / 3])) if sd_depth else np.zeros(N)
    held = block_matrix(items, CASES)
    strata = block_matrix(items, CASES * 3 + thirds)
    columns = np.arange(len(pairs))
    fixed = null_p(held, draw_margins(held, draws=draws, seed=seed), columns)
    deep = null_p(strata, draw_columns(strata, draws=draws, seed=seed), columns)
    phi = np.corrcoef(items.T)[np.triu_indices(len(kept), 1)].mean()
    row = {"mean_phi": phi}
    for name, p in (("fisher", fisher), ("within_case", within)):
        row[name] = (p < LEVEL).mean()
        row[f"any_{name}"] = (adjust_benjamini_hochberg(p).adjusted < LEVEL).any()
    for name, (mid, plain, adjusted) in (("case_depth", deep), ("fixed_totals", fixed)):
        row[name] = (mid < LEVEL).mean()
        row[f"{name}_printed_p"] = (plain <= LEVEL).mean()
        row[f"any_{name}"] = (adjusted <= LEVEL).any()
    return row


def type_one(reps, draws, seed):
    rows = []
    for at, scenario in enumerate(SCENARIOS):
        found = [
            one_sample(np.random.default_rng([seed, at, rep]), scenario, draws)
            for rep in range(reps)
        ]
        mean = {key: float(np.mean([row[key] for row in found])) for key in found[0]}
        shares = [row["fixed_totals"] for row in found]
        error = float(np.std(shares, ddof=1) / np.sqrt(reps))
        rows.append({"scenario": scenario[0], **mean, "fixed_totals_error": error, "reps": reps})
        print({k: round(v, 3) if isinstance(v, float) else v for k, v in rows[-1].items()})
    return rows


def power(reps, draws, seed):
    """One true pair among seven domains, both heterogeneities present."""
    rows = []
    for ratio in (3.0, 6.0, 10.0, 30.0):
        plain, adjusted = [], []
        for rep in range(reps):
            rng = np.random.default_rng([seed, 99, int(ratio), rep])
            items, _ = simulate(rng, 7, 1.0, 1.0, log_odds=np.log(ratio))
            varies = np.flatnonzero(items.any(axis=0) & ~items.all(axis=0))
            if not {0, 1} <= set(varies.tolist()):
                plain.append(False)
                adjusted.append(False)
                continue
            held = block_matrix(items[:, varies], CASES)
            found = draw_margins(held, draws=draws, seed=rep)
            mid, _, joint = null_p(held, found, np.arange(len(pair_indices(len(varies)))))
            plain.append(mid[0] < LEVEL)
            adjusted.append(joint[0] <= LEVEL)
        rows.append(
            {
                "odds_ratio": ratio,
                "unadjusted": float(np.mean(plain)),
                "max_t": float(np.mean(adjusted)),
                "reps": reps,
            }
        )
        print(rows[-1])
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reps", type=int, default=200)
    parser.add_argument("--draws", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=4)
    options = parser.parse_args()
    errors = type_one(options.reps, options.draws, options.seed)
    powers = power(options.reps, options.draws, options.seed)
    write(errors, "type_one_cooccurrence.csv")
    write(powers, "power_cooccurrence.csv")
    words = (
        "# Tests of co-occurrence when nothing goes together\n\n"
        f"25 items, 73 relationships in 12 cases of {', '.join(map(str, SIZES))}; "
        f"{options.draws} draws per null, {options.reps} samples per row, level {LEVEL}.\n"
        "`fisher`, `within_case`, `case_depth`, `fixed_totals`: share of pairs rejected (mid-p); "
        "`..._printed_p`: the same with the p value that reports print, which counts ties in "
        "full; `any_...`: share of samples with a false pair after Benjamini-Hochberg (first "
        "two) or max-T. The strata of `case_depth` are thirds of the depth that made the items: "
        "with a recorded depth the rate lies between those of `within_case` and of this column."
        "\n\n"
    )
    text = words + table(errors) + "\n\n# Power for one true pair among seven items\n\n"
    (RESULTS / "type_one_cooccurrence.md").write_text(text + table(powers) + "\n", "utf-8")


if __name__ == "__main__":
    main()
