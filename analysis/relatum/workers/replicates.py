"""Replicates and tasks on any number of workers, with a checkpoint."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar

from relatum.errors import EstimationError, InterruptedRunError, UsageError
from relatum.workers.checkpoint import Checkpoint, open_checkpoint
from relatum.workers.execution import finished_pieces
from relatum.workers.pieces import PIECES, Calls, Replicates, Work

__all__ = ["run_replicates", "run_tasks", "stream_tasks"]

T = TypeVar("T")
#: Words for a bar on a terminal, or what is told how many replicates were just finished.
Progress = str | Callable[[int], None]


def run_replicates(
    function: Callable[..., T],
    n: int,
    *,
    seed: int,
    arguments: Sequence[object] = (),
    jobs: int | None = None,
    checkpoint: str | Path | None = None,
    progress: Progress = "",
    size: int | None = None,
) -> list[T]:
    """Call a function many times, each time with a seed of its own.

    Parameters
    ----------
    function : callable
        Is called as ``function(child, *arguments)``, where the child is a
        `numpy.random.SeedSequence`.
    n : int
        The number of replicates.
    seed : int
        Not negative. Replicate k has child k of its sequence.
    arguments : sequence
        The same for every replicate.
    jobs : int, optional
        Workers, -1 for one per core. What `joblib.parallel_config` says around the call if left
        out: threads, processes or a Dask cluster; one worker where it says nothing.
    checkpoint : path, optional
        A folder for finished replicates, taken up by the next run of the same work and removed
        when the work is complete. It holds results before disclosure control.
    progress : str or callable
        Words for a bar, shown on a terminal only; or a function that is told how many replicates
        were just finished.
    size : int, optional
        Replicates that a worker does before it reports; a hundredth of all by default.

    Returns
    -------
    list
        One result per replicate, in their order: the same for any `jobs`, `size` and kind of
        worker.

    Raises
    ------
    ValueError
        For a wrong number, or a checkpoint of a function without a name.
    UsageError
        If the checkpoint belongs to another run, or another run is at work in it, or the cluster
        goes away.
    EstimationError
        If workers are lost again and again, most often for lack of memory.
    InterruptedRunError
        If the user interrupts a run that has a checkpoint.

    Notes
    -----
    Linear algebra is kept to one thread, so that sums do not depend on the machine's cores. Work of
    a lost worker is done again with the same seeds.

    Examples
    --------
    >>> from numpy.random import default_rng
    >>> def dice(child, sides):
    ...     return int(default_rng(child).integers(1, sides + 1))
    >>> run_replicates(dice, 5, seed=1, arguments=(6,)) == run_replicates(
    ...     dice, 5, seed=1, arguments=(6,), size=2)
    True
    """
    faults = []
    if not isinstance(n, int) or n < 0:
        faults.append(f"n must be a whole number from 0, not {n!r}")
    if not isinstance(seed, int) or seed < 0:
        faults.append(f"seed must be a whole number from 0, not {seed!r}")
    _refuse([*faults, *_faults(function, jobs, checkpoint, size)])
    work = Replicates(function=function, n=n, seed=seed, arguments=tuple(arguments))
    return list(_stream(work, jobs, checkpoint, progress, size))


def run_tasks(
    function: Callable[..., T],
    tasks: Sequence[tuple[object, ...]],
    *,
    jobs: int | None = None,
    checkpoint: str | Path | None = None,
    progress: Progress = "",
    size: int | None = None,
) -> list[T]:
    """Call a function once per tuple of arguments.

    Parameters
    ----------
    function : callable
    tasks : sequence of tuple
        The arguments of each call; where numbers are random, its seed is among them.
    jobs, checkpoint, progress, size
        See `run_replicates`.

    Returns
    -------
    list
        One result per task, in their order.

    Raises
    ------
    ValueError, UsageError, EstimationError, InterruptedRunError
        See `run_replicates`.

    Examples
    --------
    >>> run_tasks(pow, [(2, 3), (2, 4)])
    [8, 16]
    """
    return list(
        stream_tasks(
            function, tasks, jobs=jobs, checkpoint=checkpoint, progress=progress, size=size
        )
    )


def stream_tasks(
    function: Callable[..., T],
    tasks: Sequence[tuple[object, ...]],
    *,
    jobs: int | None = None,
    checkpoint: str | Path | None = None,
    progress: Progress = "",
    size: int | None = None,
) -> Iterator[T]:
    """Do tasks as `run_tasks` does, and hand over each result as soon as its turn has come.

    Parameters
    ----------
    function, tasks, jobs, checkpoint, progress, size
        See `run_tasks`.

    Returns
    -------
    iterator
        Nothing is done before the first result is asked for.

    Raises
    ------
    ValueError, UsageError, EstimationError, InterruptedRunError
        See `run_replicates`.

    Examples
    --------
    >>> next(stream_tasks(pow, [(2, 3), (2, 4)]))
    8
    """
    _refuse(_faults(function, jobs, checkpoint, size))
    return _stream(Calls(function=function, tasks=tasks), jobs, checkpoint, progress, size)


def _faults(
    function: Callable[..., object],
    jobs: int | None,
    checkpoint: str | Path | None,
    size: int | None,
) -> list[str]:
    faults = []
    if jobs is not None and (jobs < 1 and jobs != -1):
        faults.append(f"jobs must be at least 1, or -1 for one per core, not {jobs!r}")
    if size is not None and size < 1:
        faults.append(f"size must be at least 1, not {size!r}")
    name = getattr(function, "__qualname__", "")
    if checkpoint is not None and (not name or "<lambda>" in name):
        faults.append("a checkpoint needs a function with a name, by which it is known again")
    return faults


def _refuse(faults: Sequence[str]) -> None:
    if faults:
        raise ValueError("; ".join(faults) + ".")


def _stream(
    work: Work,
    jobs: int | None,
    checkpoint: str | Path | None,
    progress: Progress,
    size: int | None,
) -> Iterator[T]:
    per_piece = size or max(1, math.ceil(work.n / PIECES))
    with (
        open_checkpoint(checkpoint, work, per_piece) as kept,
        _shown(progress, work.n) as advance,
    ):
        size = per_piece if kept is None else kept.size
        yield from _in_turn(work, jobs, kept, size, advance)
        if kept is not None:
            kept.remove()


def _in_turn(
    work: Work,
    jobs: int | None,
    kept: Checkpoint | None,
    size: int,
    advance: Callable[[int], None],
) -> Iterator[T]:
    """Yield results in the order of the replicates, whoever finishes first."""
    held = {} if kept is None else kept.read()
    starts = range(0, work.n, size)
    advance(sum(len(results) for results in held.values()))
    pieces = {
        number: work.piece(start, min(start + size, work.n))
        for number, start in enumerate(starts)
        if number not in held
    }
    turn, n_done = 0, len(held)
    with (
        _explained(kept, len(starts), lambda: n_done),
        closing(finished_pieces(pieces, jobs)) as arriving,
    ):
        while turn < len(starts):
            while turn not in held:
                number, results = next(arriving)
                held[number] = results
                if kept is not None:
                    kept.save(number, results)
                n_done += 1
                advance(len(results))
            yield from held.pop(turn)
            turn += 1


@contextmanager
def _explained(kept: Checkpoint | None, n: int, done: Callable[[], int]) -> Iterator[None]:
    """Say of a run that stops early what of it is kept."""
    try:
        yield
    except KeyboardInterrupt:
        if kept is None:
            raise
        raise InterruptedRunError(f"Interrupted by the user. {_kept(kept, n, done())}") from None
    except (EstimationError, UsageError) as error:
        if kept is None:
            raise
        raise type(error)(f"{error} {_kept(kept, n, done())}", error.issues) from error


def _kept(kept: Checkpoint, n: int, done: int) -> str:
    return (
        f"{done} of {n} parts are kept in '{kept.folder}'; the same call with this folder takes "
        "them up."
    )


@contextmanager
def _shown(progress: Progress, total: int) -> Iterator[Callable[[int], None]]:
    if callable(progress):
        yield progress
        return
    if not progress or not sys.stderr.isatty():
        yield lambda steps: None
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    console = Console(stderr=True, markup=False, highlight=False, emoji=False)
    with Bar(console=console, transient=True) as bar:
        task = bar.add_task(progress, total=total)
        yield lambda steps: bar.update(task, advance=steps)
