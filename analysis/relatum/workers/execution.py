"""Pieces done in this process, by joblib, or on a Dask cluster; each is handed back when done."""

from __future__ import annotations

import warnings
from collections.abc import Generator, Mapping
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from typing import Any

from relatum.errors import EstimationError, UsageError
from relatum.workers.pieces import Piece, one_thread

__all__ = ["finished_pieces"]

Pieces = Generator[tuple[int, list[Any]], None, None]
#: How often workers may be lost before the work itself is thought to end them.
LOSSES = 3
_MEMORY = "Most often memory ran out: use fewer workers (--jobs), or machines with more memory."


def finished_pieces(pieces: Mapping[int, Piece], jobs: int | None) -> Pieces:
    """Do pieces and hand each back when it is done, in whatever order.

    Parameters
    ----------
    pieces : mapping of int to Piece
    jobs : int or None
        Workers, -1 for one per core; None for what `joblib.parallel_config` says around the call,
        which is one worker where it says nothing.

    Yields
    ------
    tuple of int and list
        The number of a piece, and its results.

    Raises
    ------
    EstimationError
        If workers are lost again and again, or memory runs out.
    UsageError
        If the cluster goes away, or a worker of it has other versions.
    """
    from joblib import effective_n_jobs
    from joblib.parallel import get_active_backend

    backend, _ = get_active_backend()
    client = getattr(backend, "client", None)
    try:
        if not pieces:
            return
        if client is not None:
            yield from _on_dask(client, pieces)
        elif effective_n_jobs(jobs) == 1:
            for number, piece in pieces.items():
                yield number, piece()
        else:
            whole = bool(backend.supports_return_generator)
            with one_thread():
                yield from _on_processes(pieces, jobs, as_generator=whole)
    except MemoryError as error:
        raise EstimationError(f"Memory ran out. {_MEMORY}") from error


def _do(number: int, piece: Piece) -> tuple[int, list[Any]]:
    return number, piece()


def _on_processes(pieces: Mapping[int, Piece], jobs: int | None, *, as_generator: bool) -> Pieces:
    """Do pieces with joblib; those of a lost worker are done again, with the same seeds."""
    left = dict(pieces)
    for loss in range(1, LOSSES + 1):
        try:
            for number, results in _with_joblib(left, jobs, as_generator=as_generator):
                del left[number]
                yield number, results
            return
        except BrokenProcessPool as error:
            if loss == LOSSES:
                msg = f"Workers were ended from outside {LOSSES} times. {_MEMORY}"
                raise EstimationError(msg) from error


def _with_joblib(pieces: Mapping[int, Piece], jobs: int | None, *, as_generator: bool) -> Pieces:
    from joblib import Parallel, delayed

    call = delayed(_do)
    tasks = [call(number, piece) for number, piece in pieces.items()]
    if not as_generator:
        yield from Parallel(n_jobs=jobs, batch_size=1)(tasks)
        return
    parallel = Parallel(n_jobs=jobs, batch_size=1, return_as="generator_unordered")
    with closing(parallel(tasks)) as results:
        yield from results


def _on_dask(client: Any, pieces: Mapping[int, Piece]) -> Pieces:  # noqa: ANN401
    """Do pieces on a cluster.

    Not through joblib's own bridge to Dask: it waits for ever for a task that Dask has given up.
    """
    from distributed import KilledWorker, as_completed

    with warnings.catch_warnings():
        # Each piece carries its arguments, so that nothing is lost with a worker that held them.
        warnings.filterwarnings("ignore", message="Sending large graph")
        futures = {
            client.submit(_do, number, piece, pure=False): number
            for number, piece in pieces.items()
        }
    try:
        arriving = as_completed(futures, loop=client.loop, with_results=True, raise_errors=False)
        for future, outcome in arriving:
            if future.status == "finished":
                yield outcome
            elif future.status == "error":
                error = outcome[1]
                if isinstance(error, KilledWorker):
                    msg = f"Workers of the cluster were ended from outside. {_MEMORY}"
                    raise EstimationError(msg) from error
                raise error
            else:
                raise UsageError("The cluster went away before the work was done.")
    finally:
        if client.status == "running":
            client.cancel(list(futures))
