"""Speed and memory of tables of all pairs of codes.

Prints and writes `results/bench_pairs.md`. Each input runs in a process of its own, so that its
peak of memory is its own. Exact probabilities run beside R and scipy in `race_pairs.py`.

    python tests/benchmarks/bench_pairs.py
"""

from __future__ import annotations

import resource
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from scipy import sparse
from timing import best_of

from relatum.inference.joint_counts import (
    JointCounts,
    count_joint,
    count_joint_packed,
    within_case_counts,
)

RESULTS = Path(__file__).parent / "results"
CODES = 40
UNITS = 1_000_000
CHUNK = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One measured line: memory in GB, the input alone and the peak of the process."""

    what: str
    seconds: float
    data: float
    peak: float


def make_matrix(units: int) -> np.ndarray:
    """Codes of different prevalence, filled in blocks so that making them needs little memory."""
    rng = np.random.default_rng(40)
    shares = rng.uniform(0.02, 0.5, CODES)
    matrix = np.empty((units, CODES), dtype=bool)
    for start in range(0, units, CHUNK):
        part = matrix[start : start + CHUNK]
        part[:] = rng.random(part.shape, dtype=np.float32) < shares
    return matrix


def in_chunks(matrix: np.ndarray) -> JointCounts:
    """As a file that is read in pieces would be counted."""
    total = count_joint(matrix[:0])
    for start in range(0, len(matrix), CHUNK):
        total = total.add(count_joint(matrix[start : start + CHUNK]))
    return total


def measure(name: str) -> Line:
    """Measure one input."""
    matrix = make_matrix(UNITS)
    cases = np.random.default_rng(41).integers(0, 10_000, UNITS)
    data = matrix.nbytes / 1e9
    run: Callable[[], object]
    if name == "sparse":
        rows = sparse.csr_array(matrix)
        data = (rows.data.nbytes + rows.indices.nbytes + rows.indptr.nbytes) / 1e9
        run = lambda: count_joint(rows)  # noqa: E731
    elif name == "packed bits":
        packed = np.packbits(matrix.T, axis=1)
        data = packed.nbytes / 1e9
        run = lambda: count_joint_packed(packed, n_units=UNITS)  # noqa: E731
    elif name == "dense, in ten chunks":
        run = lambda: in_chunks(matrix)  # noqa: E731
    elif name == "dense, within 10,000 unsorted cases, with moments":
        run = lambda: within_case_counts(matrix, cases).variance  # noqa: E731
    else:
        run = lambda: count_joint(matrix)  # noqa: E731
    seconds = best_of(run, 3)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return Line(what=name, seconds=seconds, data=data, peak=peak)


def measure_apart(name: str) -> Line:
    """Measure one input in a fresh process."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(measure, name).result()


def main() -> None:
    """Measure, print and keep the table."""
    names = (
        "dense",
        "sparse",
        "packed bits",
        "dense, in ten chunks",
        "dense, within 10,000 unsorted cases, with moments",
    )
    text = [
        "# Speed of tables of pairs",
        "",
        "Written by `bench_pairs.py` on two shared cores.",
        "",
        f"Joint counts of all 780 pairs of {CODES} codes in {UNITS:,} units; target: under 1 s and "
        "1 GB. The peak is of the whole process and holds what made the data.",
        "",
        "| input | seconds | input, GB | peak, GB |",
        "| --- | --- | --- | --- |",
    ]
    for line in map(measure_apart, names):
        text.append(f"| {line.what} | {line.seconds:.3f} | {line.data:.3f} | {line.peak:.2f} |")
    print("\n".join(text))
    (RESULTS / "bench_pairs.md").write_text("\n".join(text) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
