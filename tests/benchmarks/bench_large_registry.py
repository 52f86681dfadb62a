"""Time and memory of a large registry from Parquet, by number of records.

Prints and writes `results/bench_large_registry.md`. Each size runs in a process of its own, on a
file drawn from a fixed seed: 40 codes of the codebook in words, a hundred records to the case, two
populations, days, an identifier per record, uneven documentation. Figures to reach for 1,000,000
records: the check under 30 s, prevalence and co-occurrence together under 10 s, 4 GB.

    python tests/benchmarks/bench_large_registry.py              # 1,000 to 1,000,000
    python tests/benchmarks/bench_large_registry.py 1000 10000   # other sizes; nothing is written
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from relatum.inference.intervals import korn_graubard_interval
from relatum.inference.wild_proportion import clustered_proportion
from relatum.models.prevalence import couple_codes
from relatum.models.registry_estimates import MOST_WILD
from relatum.schema import load_schema

RESULTS = Path(__file__).parent / "results"
SIZES = (1_000, 10_000, 100_000, 1_000_000)
N_CODES, PER_CASE, N_REPEATS = 40, 100, 12
WORDS = ("absent_documented", "not_documented", "present")
STEPS = {
    "registry": ("check", "prevalence", "pairs", "comparison"),
    "durations": ("reading", "durations"),
}
MOST_CHECK, MOST_BOTH, MOST_GIGABYTES = 30.0, 10.0, 4.0
PROBE = """
import json, resource, sys, time
import numpy as np
from relatum.inference.registry_strata import pack_units, stratified_pairs
from relatum.models.familiar_times import common_follow_up, describe_times
from relatum.models.familiar_times_setting import TimeWords
from relatum.models.registry_check import check_registry
from relatum.models.registry_differences import compare_registry_groups
from relatum.models.registry_estimates import estimate_registry_intervals
from relatum.models.registry_pairs import pair_records
from relatum.models.time_records import TimeColumns
from relatum.models.time_records_read import read_time_records
from relatum.study import read_study

# Compiled loops are loaded once, before anything is measured.
stratified_pairs(pack_units(np.eye(4, dtype=int)), [0, 0, 0, 0], n_codes=4)
path, study, out = sys.argv[1], read_study(), {}
usage = lambda: resource.getrusage(resource.RUSAGE_SELF)
cpu = lambda: usage().ru_utime + usage().ru_stime
out["idle"] = [0.0, 0.0, usage().ru_maxrss / 1e6]

def measure(name, function):
    start, busy = time.perf_counter(), cpu()
    found = function()
    out[name] = [time.perf_counter() - start, cpu() - busy, usage().ru_maxrss / 1e6]
    return found

def registry():
    columns = {"group": "population", "record": "relationship_id", "start": "seen", "end": "left"}
    items = sys.argv[3].split(",")
    checked = measure("check", lambda: check_registry(path, items=items, **columns))
    assert not checked.issues, checked.issues
    records = checked.records
    measure("prevalence", lambda: estimate_registry_intervals(records, study, whole=False))
    measure("pairs", lambda: pair_records(records, study=study))
    measure("comparison", lambda: compare_registry_groups(records, study))

def durations():
    columns = TimeColumns(exit="days", event="ended", group="population")
    held = measure("reading", lambda: read_time_records(path, columns))
    words = TimeWords(time_unit="days", event="ended")
    horizon = common_follow_up(held)
    measure("durations", lambda: describe_times(held, horizon=horizon, words=words))

{"registry": registry, "durations": durations}[sys.argv[2]]()
print(json.dumps(out))
"""


def code_names() -> list[str]:
    """Name the codes of the file."""
    codes = [code.id for code in couple_codes(load_schema().codebook) if not code.is_derived]
    return codes[:N_CODES]


def build(path: Path, n: int) -> None:
    """Write a registry of so many records."""
    rng = np.random.default_rng(1)
    depth = rng.normal(size=n).astype(np.float32)
    start = np.datetime64("2006-01-01") + rng.integers(0, 1800, n)
    days = rng.integers(1, 1500, n)
    columns = {
        "relationship_id": pa.array([f"rel{at}" for at in rng.permutation(n)]),
        "case_id": pa.array([f"case{at}" for at in rng.integers(0, max(n // PER_CASE, 8), n)]),
        "population": pa.array(np.where(rng.random(n) < 0.5, "trafficking", "domestic_violence")),
        "seen": pa.array(start),
        "left": pa.array(start + days),
        "days": pa.array(days),
        "ended": pa.array((rng.random(n) < 0.4).astype(np.int8)),
    }
    for code in code_names():
        present = rng.random(n, dtype=np.float32) < 1 / (1 + np.exp(1.0 - depth))
        silent = rng.random(n, dtype=np.float32) < 0.3
        held = pa.array(np.where(present, 2, silent).astype(np.int32))
        columns[code] = pa.DictionaryArray.from_arrays(held, pa.array(WORDS))
    pq.write_table(pa.table(columns), path)


def probe(path: Path, what: str) -> dict[str, list[float]]:
    """Return wall seconds, processor seconds and peak gigabytes of every step."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE, str(path), what, ",".join(code_names())],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    found: dict[str, list[float]] = json.loads(done.stdout)
    return found


def measure(n: int) -> dict[str, dict[str, list[float]]]:
    """Measure a registry of so many records, and its durations in a process of their own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "registry.parquet"
        build(path, n)
        return {what: probe(path, what) for what in ("registry", "durations")}


def table(found: dict[int, dict[str, dict[str, list[float]]]], what: str) -> list[str]:
    """Word what was measured, one line per size."""
    steps = STEPS[what]
    lines = [
        f"| records | {' | '.join(steps)} | peak | above an idle process |",
        "| --- |" + " --- |" * (len(steps) + 2),
    ]
    for n, both in found.items():
        held = both[what]
        cells = [f"{held[step][0]:.2f} s ({held[step][1]:.2f} s)" for step in steps]
        peak = max(gigabytes for _, _, gigabytes in held.values())
        more = peak - held["idle"][2]
        lines.append(f"| {n:,} | {' | '.join(cells)} | {peak:.2f} GB | {more:.2f} GB |")
    return lines


def recipes() -> list[str]:
    """Compare the two recipes of limits where one takes over."""
    rng = np.random.default_rng(3)
    lines = [
        "| share | width, Korn-Graubard over bootstrap | largest | time, bootstrap over it |",
        "| --- | --- | --- | --- |",
    ]
    for share in (0.005, 0.02, 0.1, 0.4):
        widths, times = [], np.zeros(2)
        for _ in range(N_REPEATS):
            sizes = rng.integers(1, 100, MOST_WILD)
            counts = rng.binomial(sizes, rng.beta(9 * share, 9 * (1 - share), MOST_WILD))
            start = time.process_time()
            wild = clustered_proportion(counts, sizes)
            middle = time.process_time()
            other = korn_graubard_interval(counts, sizes)
            times += (middle - start, time.process_time() - middle)
            widths.append(other.width / wild.width)
        ratio = times[0] / times[1]
        lines.append(f"| {share:g} | {np.mean(widths):.2f} | {max(widths):.2f} | {ratio:.0f} |")
    return lines


def missed(whole: dict[str, list[float]]) -> bool:
    """Say whether a figure to reach is missed."""
    seconds = {step: wall for step, (wall, _, _) in whole.items()}
    peak = max(gigabytes for _, _, gigabytes in whole.values())
    both = seconds["prevalence"] + seconds["pairs"]
    return seconds["check"] > MOST_CHECK or both > MOST_BOTH or peak > MOST_GIGABYTES


def main() -> int:
    """Measure, print and keep the table; 1 if a figure for 1,000,000 records is missed."""
    sizes = tuple(int(word) for word in sys.argv[1:]) or SIZES
    found = {n: measure(n) for n in sizes}
    text = [
        "# Large registries",
        "",
        "Written by `bench_large_registry.py` on two shared cores: wall seconds, in brackets those",
        "of the processor. 40 codes in words, two populations, 100 records to the case, read once.",
        "Check: statuses, identifiers, days, repeated records. Prevalence: counts, bounds, limits",
        "per population. Pairs: 780, two readings of silence. Comparison: two populations, three",
        "codings of silence. To reach with 1,000,000 records: check 30 s, prevalence and pairs",
        "together 10 s, 4 GB.",
        "",
        *table(found, "registry"),
        "",
        "Durations, as `relatum times` describes them in two groups, in a process of their own:",
        "",
        *table(found, "durations"),
        "",
        f"Limits of a share at {MOST_WILD} cases of 1 to 99 records, intra-case correlation .1,",
        f"{N_REPEATS} draws per share: up to so many cases they come from the wild bootstrap.",
        "",
        *recipes(),
    ]
    print("\n".join(text))
    if sizes == SIZES:
        (RESULTS / "bench_large_registry.md").write_text("\n".join(text) + "\n", encoding="utf-8")
    return int(1_000_000 in found and missed(found[1_000_000]["registry"]))


if __name__ == "__main__":
    sys.exit(main())
