"""Options of verbs with long work: a cluster to do it on, and a folder for what is finished."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["CheckpointOption", "SchedulerOption", "workers_at"]

SchedulerOption = Annotated[
    str | None,
    typer.Option(
        "--scheduler",
        metavar="ADDRESS",
        help="Work on this Dask cluster instead, such as tcp://10.0.0.5:8786.",
        show_default=False,
    ),
]
CheckpointOption = Annotated[
    Path | None,
    typer.Option(
        "--checkpoint",
        metavar="FOLDER",
        help="Keep finished parts here until the work is complete; the next run takes them up.",
        show_default=False,
    ),
]


@contextmanager
def workers_at(scheduler: str | None) -> Iterator[None]:
    """Send the work of a block to a cluster, if one was named.

    Parameters
    ----------
    scheduler : str or None
        The value of ``--scheduler``.

    Yields
    ------
    None

    Raises
    ------
    UsageError
        See `relatum.workers.on_cluster`.

    Examples
    --------
    >>> with workers_at(None):
    ...     pass
    """
    if scheduler is None:
        yield
        return
    from relatum.workers import on_cluster

    with on_cluster(scheduler):
        yield
