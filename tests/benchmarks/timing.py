"""Time a function of this process; races beside other programs use `side_by_side`."""

from __future__ import annotations

import time
from collections.abc import Callable


def best_of(
    function: Callable[[], object],
    repeats: int,
    *,
    clock: Callable[[], float] = time.perf_counter,
) -> float:
    """Shortest of several runs in seconds, after one to load and compile."""
    function()
    times = []
    for _ in range(repeats):
        start = clock()
        function()
        times.append(clock() - start)
    return min(times)
