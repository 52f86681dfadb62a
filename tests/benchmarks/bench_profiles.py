"""Time latent classes and networks, and count how often one class more is found without any.

Run from the root of the repository::

    python tests/benchmarks/bench_profiles.py [REPETITIONS]

It writes `results/bench_profiles.md`. The error rates are those of the bootstrap likelihood ratio
of two classes against one, in 73 relationships of 12 cases with the published sizes, where the
items are independent given the case, and where all items of a relationship share its depth.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
from timing import best_of

from relatum.inference.ising import edge_stability, fit_ising
from relatum.inference.latent_class_em import collect_patterns, maximise_likelihood
from relatum.inference.latent_class_resampling import bootstrap_likelihood_ratio

RESULTS = Path(__file__).parent / "results" / "bench_profiles.md"
SIZES = np.array([26, 22, 5, 5, 4, 3, 3, 1, 1, 1, 1, 1])
CASES = np.repeat(np.arange(12), SIZES)
SHARES = np.array([0.7, 0.5, 0.6, 0.4, 0.3, 0.5])
WORLDS = ("homogeneous", "prevalence differs by case (ICC 0.1)", "depth differs (sd 1 logit)")
#: Seconds of R's IsingFit on 600 x 15 and of poLCA (without errors) on 5,000 x 20, elsewhere.
R_ISING, R_CLASSES = 0.18, 3.21


def world(name: str, rng: np.random.Generator) -> np.ndarray:
    """Draw 73 relationships without any association within cases and at equal depth."""
    chances = np.tile(SHARES, (len(CASES), 1))
    if name == WORLDS[1]:
        chances = rng.beta(9 * SHARES, 9 * (1 - SHARES), size=(12, 6))[CASES]
    elif name == WORLDS[2]:
        logits = np.log(SHARES / (1 - SHARES)) + rng.normal(size=(len(CASES), 1))
        chances = 1 / (1 + np.exp(-logits))
    return (rng.random(chances.shape) < chances).astype(int)


def rejections(name: str, icc: float, repetitions: int) -> float:
    """Share of samples in which a second class is found at the 5% level."""
    found = 0
    for at in range(repetitions):
        data = world(name, np.random.default_rng([7, at]))
        held = bootstrap_likelihood_ratio(
            data, CASES, n_classes=2, icc=icc, draws=39, starts=4, seed=at
        )
        found += held.p_value <= 0.05
    return found / repetitions


def network_data(n_rows: int, n_items: int) -> np.ndarray:
    """A chain of items."""
    rng = np.random.default_rng(1)
    columns = [rng.integers(0, 2, n_rows)]
    for _ in range(n_items - 1):
        columns.append(np.where(rng.random(n_rows) < 0.7, columns[-1], 1 - columns[-1]))
    return np.stack(columns, axis=1)


def sklearn_path(data: np.ndarray) -> None:
    """Lay the same paths of penalties, node by node, with sklearn."""
    from sklearn.linear_model import LogisticRegression

    n, k = data.shape
    for node in range(k):
        x = data[:, np.arange(k) != node]
        x = (x - x.mean(axis=0)) / x.std(axis=0)
        y = data[:, node]
        largest = np.abs((y - y.mean()) @ x).max() / n
        model = LogisticRegression(
            l1_ratio=1.0, solver="saga", tol=1e-6, max_iter=20_000, warm_start=True, random_state=1
        )
        for penalty in largest * 1e-4 ** (np.arange(1, 101) / 100):
            model.set_params(C=1 / (n * penalty)).fit(x, y)


def times() -> list[str]:
    """Lines on speed."""
    data = network_data(600, 15)
    ours = best_of(lambda: fit_ising(data), 3)
    start = time.perf_counter()
    sklearn_path(data)
    theirs = time.perf_counter() - start
    wide = network_data(73, 25)
    stable = best_of(lambda: edge_stability(wide, CASES, draws=20, seed=1), 1) / 20
    rng = np.random.default_rng(2)
    group = rng.integers(0, 4, 5_000)
    chances = rng.uniform(0.1, 0.9, (4, 20))[group]
    patterns = collect_patterns((rng.random((5_000, 20)) < chances).astype(int))
    classes = best_of(lambda: maximise_likelihood(patterns, n_classes=4, starts=10), 1)
    small = collect_patterns(world(WORLDS[0], rng))
    refit = best_of(lambda: maximise_likelihood(small, n_classes=2, starts=10, gain=1e-5), 3)
    return [
        f"| network, 600 x 15, 100 penalties per node | {ours:.3f} | R: {R_ISING} |",
        f"| the same with sklearn (saga) | {theirs:.1f} | {theirs / ours:.0f} times ours |",
        f"| network of one resample of cases, 73 x 25 | {stable:.3f} | |",
        f"| latent classes, 5,000 x 20, 4 classes, 10 starts | {classes:.2f} | R: {R_CLASSES} |",
        f"| refit of a bootstrap, 73 x 6, 2 classes, 10 starts | {refit:.4f} | |",
    ]


def main() -> None:
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    lines = ["# Profiles", "", "| job | seconds | beside |", "|---|---|---|", *times(), ""]
    lines += [
        f"Second class found at 5% although there is none, {repetitions} samples each:",
        "",
        "| world | rows independent (icc 0) | cases differ (icc 0.1) |",
        "|---|---|---|",
    ]
    for name in WORLDS:
        shares = [rejections(name, icc, repetitions) for icc in (0.0, 0.1)]
        lines.append(f"| {name} | {shares[0]:.2f} | {shares[1]:.2f} |")
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
