"""Finished pieces of a long run on disk, so that the next run need not do them again.

Each piece is one file, whole or absent. Files are read back with `pickle`: take up only what you
wrote yourself. They hold results before disclosure control; they are readable by their owner alone
and are removed when the run is complete.
"""

from __future__ import annotations

import hashlib
import json
import pickle
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from relatum.errors import UsageError
from relatum.workers.lock import LOCK, only_run_in
from relatum.workers.pieces import Work, version_faults, versions

__all__ = ["Checkpoint", "CheckpointPlan", "describe_work", "open_checkpoint"]

_PLAN = "checkpoint.json"
_ENDING = ".piece"
_HEAD = b"relatum piece 1\n"
_SUM = hashlib.sha256().digest_size


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointPlan:
    """What a checkpoint belongs to.

    Attributes
    ----------
    function : str
        Module and name.
    arguments : str
        A hash.
    n : int
        The number of replicates.
    seed : int or None
        None where the seeds are among the arguments.
    versions : dict of str to str
    size : int
        Replicates per piece.
    """

    function: str
    arguments: str
    n: int
    seed: int | None
    versions: dict[str, str]
    size: int

    def differences(self, other: CheckpointPlan) -> tuple[str, ...]:
        """Say in words in what another plan differs; the size of pieces does not count."""
        found = []
        if other.function != self.function:
            found.append(f"it ran {other.function}, not {self.function}")
        if other.n != self.n:
            found.append(f"it has {other.n} replicates, not {self.n}")
        if other.seed != self.seed:
            found.append(f"its seed is {other.seed}, not {self.seed}")
        # The number of calls is part of the arguments, and is told already.
        if other.arguments != self.arguments and not (other.n != self.n and self.seed is None):
            found.append("its arguments differ")
        return (*found, *version_faults(self.versions, other.versions))


def describe_work(work: Work, size: int) -> CheckpointPlan:
    """Describe work so that other work can be told from it.

    Parameters
    ----------
    work : Replicates or Calls
    size : int
        Replicates per piece.

    Returns
    -------
    CheckpointPlan
    """
    function = work.function
    return CheckpointPlan(
        function=f"{function.__module__}.{function.__qualname__}",
        arguments=_digest(work.identity()),
        n=work.n,
        seed=work.seed,
        versions=dict(versions()),
        size=size,
    )


def _digest(arguments: Sequence[Any]) -> str:
    """Hash arguments; samples, plans and assumptions are known by the hash that they carry."""
    import cloudpickle
    import joblib

    known = [_own_hash(value) for value in arguments]
    try:
        return str(joblib.hash(known))
    except (pickle.PicklingError, TypeError):
        return hashlib.sha256(cloudpickle.dumps(known)).hexdigest()


def _own_hash(value: object) -> object:
    if isinstance(value, tuple):
        return tuple(_own_hash(part) for part in value)
    for name in ("fingerprint", "hash"):
        found = getattr(value, name, None)
        if isinstance(found, str):
            return (type(value).__qualname__, found)
    return value


@contextmanager
def open_checkpoint(
    folder: str | Path | None, work: Work, size: int
) -> Iterator[Checkpoint | None]:
    """Open the checkpoint of some work, for this run alone.

    Parameters
    ----------
    folder : path or None
        None for no checkpoint.
    work : Replicates or Calls
    size : int
        Replicates per piece, of a run that begins.

    Yields
    ------
    Checkpoint or None

    Raises
    ------
    UsageError
        If another run is at work in the folder, or as `Checkpoint` does.
    """
    if folder is None:
        yield None
        return
    place = Path(folder)
    with ExitStack() as held:
        try:
            place.mkdir(parents=True, exist_ok=True, mode=0o700)
            held.enter_context(only_run_in(place))
        except OSError as error:
            raise _unwritable(place, error) from error
        yield Checkpoint(place, describe_work(work, size))
    # Empty once its work is complete; else it stays.
    with suppress(OSError):
        place.rmdir()


def _unwritable(folder: Path, error: OSError) -> UsageError:
    return UsageError(f"The checkpoint in '{folder}' cannot be written: {error.strerror}.")


class Checkpoint:
    """The folder of a run.

    Parameters
    ----------
    folder : Path
        Empty, or the checkpoint of the same work; see `open_checkpoint`.
    plan : CheckpointPlan

    Raises
    ------
    UsageError
        If the folder holds anything else, or cannot be written.

    Attributes
    ----------
    size : int
        Replicates per piece: those of the run that began, whatever this one asked for.
    """

    def __init__(self, folder: Path, plan: CheckpointPlan) -> None:
        self.folder = folder
        self.size = plan.size
        self._began = folder / _PLAN
        try:
            if self._began.exists():
                self.size = self._check(plan).size
            else:
                self._refuse_taken()
                self._write(self._began, json.dumps(asdict(plan), indent=1).encode())
            for path in folder.glob(".waiting-*"):
                path.unlink(missing_ok=True)
        except OSError as error:
            raise _unwritable(folder, error) from error

    def _refuse_taken(self) -> None:
        own = (".waiting-", LOCK)
        if any(path for path in self.folder.iterdir() if not path.name.startswith(own)):
            msg = f"'{self.folder}' holds something else; name a new folder for the checkpoint."
            raise UsageError(msg)

    def _check(self, plan: CheckpointPlan) -> CheckpointPlan:
        try:
            held = CheckpointPlan(**json.loads(self._began.read_text(encoding="utf-8")))
            faults = plan.differences(held)
        except (ValueError, TypeError, AttributeError):
            faults = (f"its {_PLAN} cannot be read",)
        if faults:
            msg = (
                f"The checkpoint in '{self.folder}' belongs to another run: {'; '.join(faults)}. "
                "Name another folder, or delete this one to begin again."
            )
            raise UsageError(msg)
        return held

    def read(self) -> dict[int, list[Any]]:
        """Return the finished pieces by number; damaged ones are left out and done again."""
        found = {}
        for path in sorted(self.folder.glob(f"*{_ENDING}")):
            results = _unpack(path.read_bytes())
            if results is None or not path.stem.isdecimal():
                path.unlink(missing_ok=True)
            else:
                found[int(path.stem)] = results
        return found

    def save(self, number: int, results: list[Any]) -> None:
        """Write a piece; either the whole file appears or nothing."""
        import cloudpickle

        # Some results hold what only this takes, such as read-only mappings; processes use it too.
        body = cloudpickle.dumps(results, protocol=5)
        try:
            path = self.folder / f"{number:06d}{_ENDING}"
            self._write(path, _HEAD + hashlib.sha256(body).digest() + body)
        except OSError as error:
            raise _unwritable(self.folder, error) from error

    def _write(self, path: Path, content: bytes) -> None:
        waiting: Path | None = None
        try:
            with tempfile.NamedTemporaryFile(
                dir=self.folder, prefix=".waiting-", delete=False
            ) as handle:
                waiting = Path(handle.name)
                handle.write(content)
            waiting.replace(path)
        except BaseException:
            if waiting is not None:
                with suppress(OSError):
                    waiting.unlink(missing_ok=True)
            raise

    def remove(self) -> None:
        """Remove the files of a complete run."""
        with suppress(OSError):
            for path in self.folder.glob(f"*{_ENDING}"):
                path.unlink(missing_ok=True)
            self._began.unlink(missing_ok=True)


def _unpack(raw: bytes) -> list[Any] | None:
    """Return the results of a file; None where anything does not fit."""
    start = len(_HEAD) + _SUM
    if (
        raw[: len(_HEAD)] != _HEAD
        or hashlib.sha256(raw[start:]).digest() != raw[len(_HEAD) : start]
    ):
        return None
    try:
        results = pickle.loads(raw[start:])
    except (pickle.UnpicklingError, AttributeError, ImportError, EOFError):
        return None
    return results if isinstance(results, list) else None
