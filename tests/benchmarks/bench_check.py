"""Time and memory of `relatum check`: 100,000 codings in under 3 s and 500 MB, start-up included.

Run with ``python tests/benchmarks/bench_check.py``; add a number of codings to measure others, such
as 1000000. The sample is drawn in a temporary folder from a fixed seed. Ends with 1 if a limit that
is set for 100,000 codings is broken.
"""

import csv
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from relatum.schema import load_schema

SECONDS, MEGABYTES = 3.0, 500
CODINGS = 100_000
PROBE = (
    "import resource, sys\n"
    "from relatum.cli.main import main\n"
    "code = main(['check', sys.argv[1], '--json'])\n"
    "peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
    "print(peak, file=sys.stderr)\n"
    "sys.exit(code)\n"
)


def build(folder, n_codings):
    """Write a valid sample with so many codings, one per relationship and code."""
    rng = np.random.default_rng(1)
    codes = [code for code in load_schema().codebook.values() if code.is_coding]
    codes = [c.id for c in codes if c.unit == "relationship" and c.value_type == "status"]
    n_pairs = -(-n_codings // len(codes))
    n_cases = max(1, n_pairs // 6)
    cases = [f"case{at % n_cases}" for at in range(n_pairs)]
    tables = {
        "cases": [
            ["case_id", "case_list_source"],
            *([f"case{i}", "included"] for i in range(n_cases)),
        ],
        "suspects": [["suspect_id", "case_id"], *([f"s{i}", c] for i, c in enumerate(cases))],
        "victims": [["victim_id", "case_id"], *([f"v{i}", c] for i, c in enumerate(cases))],
        "relationships": [
            ["relationship_id", "case_id", "suspect_id", "victim_id", "population"],
            *([f"r{i}", c, f"s{i}", f"v{i}", "trafficking"] for i, c in enumerate(cases)),
        ],
        "codings": [CODING_COLUMNS, *coding_rows(rng, codes, n_codings)],
    }
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as handle:
            csv.writer(handle, lineterminator="\n").writerows(rows)
    descriptor = {"name": "bench", "relatum": {"origin": "collected"}}
    (folder / "datapackage.json").write_text(json.dumps(descriptor), encoding="utf-8")


CODING_COLUMNS = [
    "coding_id",
    "unit_type",
    "unit_id",
    "code",
    "status",
    "date_lower",
    "date_upper",
    "date_precision",
    "source",
    "certainty",
    "coder_id",
    "passage_ref",
]


def coding_rows(rng, codes, n_codings):
    statuses = rng.choice(["present", "absent_documented", "not_documented"], n_codings)
    days = np.datetime64("2006-01-01") + rng.integers(0, 1800, n_codings)
    ends = days + rng.integers(0, 60, n_codings)
    for at in range(n_codings):
        pair, code = divmod(at, len(codes))
        yield [
            f"k{at}",
            "relationship",
            f"r{pair}",
            codes[code],
            statuses[at],
            days[at],
            ends[at],
            "month",
            "wiretap;victim_statement",
            "high",
            "consensus",
            f"p{at}",
        ]


def measure(n_codings):
    """Return the seconds, megabytes and exit code of one check in a process of its own."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        build(folder, n_codings)
        start = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", PROBE, temporary], capture_output=True, text=True, check=False
        )
        seconds = time.perf_counter() - start
    return seconds, int(done.stderr.split()[-1]) / 1024, done.returncode


def main():
    n_codings = int(sys.argv[1]) if len(sys.argv) > 1 else CODINGS
    seconds, megabytes, code = measure(n_codings)
    print(f"relatum check, {n_codings:,} codings: {seconds:.2f} s, {megabytes:.0f} MB, exit {code}")
    within = seconds < SECONDS and megabytes < MEGABYTES
    return 1 if code or (n_codings <= CODINGS and not within) else 0


if __name__ == "__main__":
    sys.exit(main())
