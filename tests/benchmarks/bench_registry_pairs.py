"""Time and peak memory of the pairs of a registry, from Parquet, and where unrelated pairs lie.

Prints and writes `results/bench_registry_pairs.md`. Each size runs in a process of its own, on a
file drawn from a fixed seed: 40 items, a hundred records to the case, uneven documentation (one
standard deviation on the logit scale), no association beyond it.

    python tests/benchmarks/bench_registry_pairs.py
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from relatum.inference.registry_strata import pack_units, stratified_pairs

RESULTS = Path(__file__).parent / "results"
SIZES = (10_000, 100_000, 1_000_000)
N_ITEMS, PER_CASE = 40, 100
WORDS = ("absent_documented", "not_documented", "present")
PROBE = """
import json, resource, sys, time
import numpy as np
from pathlib import Path
from relatum.inference.joint_counts import count_joint
from relatum.inference.registry_strata import pack_units, stratified_pairs
from relatum.models.registry_pairs import pair_registry
from relatum.models.registry_records import read_records

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6

path, rest = Path(sys.argv[1]), {"case": "case", "zeros": "not_documented"}
# Compiled loops are loaded once.
stratified_pairs(pack_units(np.eye(4, dtype=int)), [0, 0, 0, 0], n_codes=4)
out = {"idle": peak()}
start = time.perf_counter()
records = read_records(path, **rest)
out["tables"], out["tables_peak"] = time.perf_counter() - start, peak()
shifts = np.arange(len(records.items), dtype=np.uint64)
matrix = ((records.lower >> shifts) & np.uint64(1)).astype(bool)
start = time.perf_counter()
held = count_joint(matrix)
out["matrix"] = time.perf_counter() - start
assert (held.counts == records.joint_lower.counts).all()
print(json.dumps(out))
"""
WHOLE = """
import json, resource, sys, time
import numpy as np
from relatum.inference.registry_strata import pack_units, stratified_pairs
from relatum.models.registry_pairs import pair_registry

stratified_pairs(pack_units(np.eye(4, dtype=int)), [0, 0, 0, 0], n_codes=4)
start = time.perf_counter()
found = pair_registry(sys.argv[1], case="case", zeros="not_documented")
seconds = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
print(json.dumps({"whole": seconds, "whole_peak": peak, "pairs": len(found.pairs)}))
"""


def draw(n: int, n_items: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Presence and cases; items are independent given the depth of a record."""
    rng = np.random.default_rng(seed)
    depth = rng.normal(size=(n, 1))
    present = rng.random((n, n_items)) < 1 / (1 + np.exp(1.5 - depth))
    return present, rng.integers(0, n // PER_CASE, n)


def build(path: Path, n: int, *, words: bool) -> None:
    """Write a registry of true and false, or of the words of a status."""
    present, cases = draw(n, N_ITEMS, seed=1)
    silent = np.random.default_rng(2).random(present.shape) < 0.5
    columns = {"case": pa.array([f"case{at}" for at in cases])}
    for at in range(N_ITEMS):
        column = pa.array(present[:, at])
        if words:
            codes = np.where(present[:, at], 2, silent[:, at]).astype(np.int32)
            column = pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(WORDS))
        columns[f"item{at}"] = column
    pq.write_table(pa.table(columns), path)


def probe(script: str, path: Path) -> dict[str, float]:
    """Run a script in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def speed() -> list[str]:
    """Measure all sizes."""
    lines = [
        "| records | cells | pair tables, in memory | pair tables, from Parquet | peak "
        "| whole call | peak |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    with tempfile.TemporaryDirectory() as folder:
        for n in SIZES:
            for words in (False, True):
                path = Path(folder) / "registry.parquet"
                build(path, n, words=words)
                found = {**probe(PROBE, path), **probe(WHOLE, path)}
                what = "words, two readings" if words else "true and false, one reading"
                lines.append(
                    f"| {n:,} | {what} | {found['matrix']:.3f} s | {found['tables']:.2f} s | "
                    f"{found['tables_peak']:.2f} GB | {found['whole']:.2f} s | "
                    f"{found['whole_peak']:.2f} GB |"
                )
    return lines


def null_world() -> list[str]:
    """Say where unrelated pairs lie, by number of items."""
    lines = [
        "| items | records | strata | mean z | share of z above 1.96 | mean odds ratio |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    names = ("case", "case and number of items", "case and number of other items")
    for n_items in (10, 20, 40):
        for n in (2_000, 50_000):
            present, cases = draw(n, n_items, seed=n_items + n)
            found = stratified_pairs(pack_units(present), cases, n_codes=n_items)
            for name, held in zip(names, found, strict=True):
                lines.append(
                    f"| {n_items} | {n:,} | {name} | {held.statistic.mean():.2f} | "
                    f"{(held.statistic > 1.96).mean():.3f} | "
                    f"{np.exp(held.log_odds_ratio[held.estimable].mean()):.2f} |"
                )
    return lines


def main() -> None:
    """Measure, print and keep the tables."""
    text = [
        "# Pairs of a registry",
        "",
        "Written by `bench_registry_pairs.py` on two shared cores. 40 items, 780 pairs.",
        "Pair tables are the joint counts; from Parquet those of both readings of silence, with",
        "the time to read the file and to keep what the rest needs. The targets for 1,000,000",
        "records are 1 s and 1 GB for the pair tables.",
        "",
        *speed(),
        "",
        "## Where unrelated pairs lie",
        "",
        "Items are independent given the depth of a record, which varies by one standard deviation",
        "on the logit scale. The true odds ratio at equal depth is 1.",
        "",
        *null_world(),
    ]
    print("\n".join(text))
    (RESULTS / "bench_registry_pairs.md").write_text("\n".join(text) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
