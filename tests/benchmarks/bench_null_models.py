"""Speed of the null model within cases, with largest statistics of every draw.

Prints and writes `results/bench_null_models.md`. Whole matrices run beside R's vegan in
`race_nulls.py`.

    python tests/benchmarks/bench_null_models.py
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from timing import best_of

from relatum.inference.blocks import block_matrix, observed_joint
from relatum.inference.common import Refusal
from relatum.inference.multiplicity import adjust_max_t
from relatum.inference.null_draws import draw_margins
from relatum.models.tactic_matrix import tactic_matrix
from relatum.samples import example_sample
from relatum.study import read_study

RESULTS = Path(__file__).parent / "results"


def within_cases() -> list[str]:
    """Time the null within cases of all tactics, with largest statistics of every draw."""
    held = tactic_matrix(example_sample("simulated"), read_study(), level="tactic")
    blocked = block_matrix(held.binary("lower"), held.cases)

    def run() -> object:
        draws = draw_margins(blocked, draws=10_000, seed=1)
        assert not isinstance(draws, Refusal)
        adjust_max_t(observed_joint(blocked).sum(axis=0), draws.counts)
        return draws

    seconds = best_of(run, 5, clock=time.process_time)
    checks = run().checks
    rows, items = held.codes.shape
    return [
        f"| null within cases, {rows} x {items}, 10,000 draws, max-T | {seconds:.2f} | < 3 s |",
        "",
        f"Chosen by a pilot: {checks.sweeps} trades per row between draws in the blocks that need "
        f"a chain ({len(checks.chain_blocks)} of {checks.n_blocks}; {len(checks.exact_blocks)} are "
        f"drawn from a count, {len(checks.fixed_blocks)} cannot move); largest autocorrelation of "
        f"neighbouring draws {checks.autocorrelation:.3f}, worth {checks.effective:,.0f} "
        f"independent draws, potential reduction {checks.reduction:.3f}.",
    ]


def main() -> None:
    """Measure, print and keep the tables."""
    text = [
        "# Speed of the null models",
        "",
        f"Written by `bench_null_models.py` on {os.cpu_count()} shared cores, of which one is "
        "used. Processor seconds, best of several runs, kernels compiled.",
        "",
        "| what | seconds | target |",
        "| --- | --- | --- |",
        *within_cases(),
    ]
    print("\n".join(text))
    (RESULTS / "bench_null_models.md").write_text("\n".join(text) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
