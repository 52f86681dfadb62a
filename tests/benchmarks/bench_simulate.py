"""Time simulated draws: one, and an ensemble on one and two workers.

Run ``python tests/benchmarks/bench_simulate.py [DRAWS]``. The target is a draw in well under a
second and 1,000 draws in less than two minutes on two cores.
"""

import sys
import time

from relatum.samples.simulation import simulate_ensemble, simulate_sample


def timed(draws: int, jobs: int) -> float:
    """Return the seconds that an ensemble takes."""
    start = time.perf_counter()
    for _ in simulate_ensemble(seed=1, draws=draws, jobs=jobs):
        pass
    return time.perf_counter() - start


def main(draws: int = 200) -> None:
    """Print seconds per draw and the ratio of two workers to one."""
    start = time.perf_counter()
    simulate_sample(seed=1)
    print(f"first draw, tables of the samplers included: {time.perf_counter() - start:.2f} s")
    alone, together = timed(draws, 1), timed(draws, 2)
    print(f"{draws} draws, one worker:  {alone:.1f} s ({1000 * alone / draws:.0f} ms per draw)")
    print(f"{draws} draws, two workers: {together:.1f} s (ratio {alone / together:.2f})")
    print(f"1,000 draws on two workers would take {1000 * together / draws:.0f} s")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:2]))
