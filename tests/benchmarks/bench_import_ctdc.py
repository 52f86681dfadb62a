"""Time and memory of importing 200,000 CTDC records with their check: under 10 s and 1 GB.

Run with ``python tests/benchmarks/bench_import_ctdc.py``; add a number of records to measure others
and ``k_anonymised`` to measure that layout. The file is drawn in a temporary folder from a fixed
seed, in the layout of the Global Synthetic Dataset, and imported in a process of its own, start-up
included. Ends with 1 if a limit that is set for 200,000 records is broken.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from relatum.samples.importers.registry_crosswalk import load_crosswalk

SECONDS, MEGABYTES = 10.0, 1000
RECORDS = 200_000
#: The peak is read where Linux keeps it for this process alone: `getrusage` also counts the process
#: that drew the file and started this one.
PROBE = (
    "import re, sys, time\n"
    "from pathlib import Path\n"
    "from relatum.samples.importers.registries import import_registry\n"
    "imported = import_registry('ctdc', sys.argv[1:])\n"
    "status = Path('/proc/self/status').read_text()\n"
    "peak = int(re.search(r'VmHWM:\\s+(\\d+)', status).group(1)) // 1024\n"
    "print(imported.sample.n('codings'), peak, round(time.process_time(), 1))\n"
)
WORDS = {
    "yearOfRegistration": [str(year) for year in range(2002, 2024)],
    "gender": ["Woman", "Man", "Trans/Transgender/NonConforming"],
    "ageBroad": ["0--8", "9--17", "18--20", "21--23", "24--26", "27--29", "30--38", "48+"],
    "citizenship": ["USA", "UKR", "PHL", "MDA"],
    "CountryOfExploitation": ["USA", "RUS", "MDA"],
}


def build(path, n_records, layout):
    """Write a file of a layout: one flag in five is set, the others are blank or -99."""
    rng = np.random.default_rng(1)
    nothing = "-99" if layout == "k_anonymised" else ""
    columns = {}
    for name in load_crosswalk("ctdc").layouts[layout]:
        words = WORDS.get(name, ["1", *[nothing] * 4])
        columns[name] = np.array(words)[rng.integers(0, len(words), n_records)]
    pd.DataFrame(columns).to_csv(path, index=False)


def main(arguments):
    n_records = next((int(word) for word in arguments if word.isdigit()), RECORDS)
    layout = "k_anonymised" if "k_anonymised" in arguments else "synthetic"
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "ctdc.csv"
        build(path, n_records, layout)
        started = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", PROBE, str(path)], capture_output=True, text=True, check=True
        )
        seconds = time.perf_counter() - started
    n_codings, peak, busy = done.stdout.split()
    print(f"{n_records:,} records ({layout}), {int(n_codings):,} codings")
    print(f"{seconds:.1f} s ({busy} s of processor time), peak {peak} MB")
    return int(n_records == RECORDS and (seconds > SECONDS or int(peak) > MEGABYTES))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
