"""One side of a race, in a process of its own: `python side_child.py SCRIPT FUNCTION FOLDER`.

The function gets the arrays of the folder and returns what is timed, a call without arguments that
returns named numbers. Making ready (a frame for a peer that wants one) is not timed. The first line
out holds the answer of a first call, which also compiles and loads what is loaded late. Each line
in is a number of calls; each line out their mean processor time. At the end comes the peak of
memory. Nothing is imported but what the function imports, so that this runs where only the peer is
installed.
"""

import importlib.util
import json
import sys
import time
import warnings
from pathlib import Path


def load(script):
    """Import a script by its path."""
    sys.path.insert(0, str(Path(script).parent))
    spec = importlib.util.spec_from_file_location(Path(script).stem, script)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def peak_memory():
    """Highest use of memory of this process in MB; None where the system does not say."""
    try:
        text = Path("/proc/self/status").read_text(encoding="utf-8")
    except OSError:
        return None
    # Not `ru_maxrss`: a new process inherits that of its parent.
    return int(text.split("VmHWM:")[1].split()[0]) / 1024


def say(**values):
    """Print one line for the parent."""
    print(json.dumps(values), file=OUT, flush=True)


def main():
    """Make ready, answer, and run as often as told."""
    warnings.simplefilter("ignore")
    script, function, folder = sys.argv[1:]
    import numpy as np

    data = {path.stem: np.load(path) for path in sorted(Path(folder).glob("*.npy"))}
    run = getattr(load(script), function)(data)
    say(answer={name: float(value) for name, value in run().items()})
    for line in sys.stdin:
        start = time.process_time()
        for _ in range(int(line)):
            run()
        say(seconds=(time.process_time() - start) / int(line))
    say(peak=peak_memory())


if __name__ == "__main__":
    # What a peer prints must not reach the parent.
    OUT, sys.stdout = sys.stdout, sys.stderr
    main()
