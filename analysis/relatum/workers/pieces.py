"""What one worker does at a time: some replicates in a row, under stated versions."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from relatum import __version__
from relatum.errors import UsageError

__all__ = [
    "PIECES",
    "Calls",
    "Piece",
    "Replicates",
    "Work",
    "one_thread",
    "version_faults",
    "versions",
]

#: Into how many pieces work is cut unless a call says otherwise. It does not depend on the workers,
#: so that a run can be taken up with another number of them.
PIECES = 100
#: Packages whose version may move the last digit of a number.
_PACKAGES = ("numpy", "scipy", "pandas", "numba", "statsmodels")


@lru_cache(maxsize=1)
def versions() -> Mapping[str, str]:
    """Name the versions on which numbers may depend, of this process.

    Returns
    -------
    mapping of str to str

    Examples
    --------
    >>> list(versions())[:2]
    ['python', 'relatum']
    """
    found = {
        "python": ".".join(platform.python_version_tuple()[:2]),
        "relatum": __version__,
    }
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "none"
    return found


def version_faults(here: Mapping[str, str], there: Mapping[str, str]) -> tuple[str, ...]:
    """List in which packages two machines differ.

    Examples
    --------
    >>> version_faults({"numpy": "1.26.4"}, {"numpy": "2.1.0"})
    ('numpy 2.1.0 instead of 1.26.4',)
    """
    names = dict.fromkeys((*here, *there))
    return tuple(
        f"{name} {there.get(name, 'none')} instead of {here.get(name, 'none')}"
        for name in names
        if here.get(name) != there.get(name)
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Piece:
    """Some replicates or tasks in a row; goes to a worker as it is.

    Attributes
    ----------
    function : callable
    tasks : tuple of tuple, or None
        The arguments of each call; None where each call gets a seed and `arguments`.
    seed : int
    start, stop : int
        The numbers of the replicates.
    arguments : tuple
    versions : mapping of str to str
        What the worker must have, so that its numbers are those of the others.
    """

    function: Callable[..., Any]
    tasks: tuple[tuple[Any, ...], ...] | None
    seed: int
    start: int
    stop: int
    arguments: tuple[Any, ...]
    versions: Mapping[str, str]

    def __call__(self) -> list[Any]:
        """Return one result per replicate, in their order."""
        faults = version_faults(self.versions, versions())
        if faults:
            raise UsageError(f"A worker has other versions than this process: {'; '.join(faults)}.")
        with one_thread():
            return [self.function(*arguments) for arguments in self._calls()]

    def _calls(self) -> Iterator[tuple[Any, ...]]:
        if self.tasks is not None:
            yield from self.tasks
            return
        for number in range(self.start, self.stop):
            # The child that `SeedSequence(seed).spawn(n)` has at this place.
            child = np.random.SeedSequence(self.seed, spawn_key=(number,))
            yield (child, *self.arguments)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Replicates:
    """The same call `n` times, each with a seed of its own."""

    function: Callable[..., Any]
    n: int
    seed: int
    arguments: tuple[Any, ...] = ()

    def piece(self, start: int, stop: int) -> Piece:
        """Cut out some replicates."""
        return Piece(
            function=self.function,
            tasks=None,
            seed=self.seed,
            start=start,
            stop=stop,
            arguments=self.arguments,
            versions=versions(),
        )

    def identity(self) -> tuple[Any, ...]:
        """Return what tells these arguments from others."""
        return self.arguments


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Calls:
    """Calls of one function, each with its own arguments; a seed is among them or not needed."""

    function: Callable[..., Any]
    tasks: Sequence[tuple[Any, ...]]
    seed: None = None

    @property
    def n(self) -> int:
        """The number of calls."""
        return len(self.tasks)

    def piece(self, start: int, stop: int) -> Piece:
        """Cut out some calls."""
        return Piece(
            function=self.function,
            tasks=tuple(self.tasks[start:stop]),
            seed=0,
            start=start,
            stop=stop,
            arguments=(),
            versions=versions(),
        )

    def identity(self) -> tuple[Any, ...]:
        """Return what tells these arguments from others."""
        return tuple(self.tasks)


Work = Replicates | Calls


@lru_cache(maxsize=1)
def _controller() -> Any:  # noqa: ANN401
    """Find the libraries of linear algebra; the search takes milliseconds, so it is done once."""
    import scipy.linalg  # noqa: F401
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep linear algebra to one thread: a sum split over several may differ in the last digit.

    Libraries keep the number per thread or per process, so it is set around threads and in each.

    Examples
    --------
    >>> with one_thread():
    ...     pass
    """
    with _controller().limit(limits=1):
        yield
