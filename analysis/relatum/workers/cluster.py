"""A Dask cluster for repeated work: reached, and checked, before anything is sent to it."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from relatum.errors import MissingExtraError, UsageError
from relatum.workers.pieces import version_faults, versions

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["on_cluster"]

#: Packages that carry the work itself from here to the workers.
_CARRIERS = ("dask", "distributed", "msgpack", "cloudpickle")
_ADDRESS = re.compile(r"(?:(?:tcp|tls|ws|wss)://)?[^\s/]+:\d{1,5}")
_EXAMPLE = "A scheduler prints its address, such as tcp://10.0.0.5:8786, when it starts."


@contextmanager
def on_cluster(address: str, *, timeout: float = 10.0) -> Iterator[None]:
    """Send all repeated work inside a block to a Dask cluster.

    Parameters
    ----------
    address : str
        Of its scheduler, such as ``tcp://10.0.0.5:8786``.
    timeout : float
        Seconds to wait for the scheduler, and for a first worker.

    Yields
    ------
    None

    Raises
    ------
    MissingExtraError
        If Dask is not installed here.
    UsageError
        If the address is none, no scheduler answers there, it has no worker, or versions differ;
        all differences are listed.

    Notes
    -----
    Numbers are those of one process: each replicate has a seed of its own, and a worker whose
    versions differ is refused, even one that joins later. Work of a lost worker is done again by
    others. Any other way to make `joblib.parallel_config` use Dask serves as well.

    Examples
    --------
    >>> from relatum.workers import run_tasks
    >>> with on_cluster("tcp://127.0.0.1:8786"):  # doctest: +SKIP
    ...     run_tasks(pow, [(2, 3), (2, 4)])
    [8, 16]
    """
    client = _connect(address, timeout)
    with _quiet():
        try:
            _check_versions(client, address, timeout)
            from joblib import parallel_config

            with parallel_config(backend="dask", client=client):
                yield
        finally:
            client.close()


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Dask from logging the loss of its scheduler with a traceback: it is told as an error.

    Dask sets this level itself when it is first imported, so it must be there already.
    """
    logger = logging.getLogger("distributed.client")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)


def _connect(address: str, timeout: float) -> Client:
    if not _ADDRESS.fullmatch(address):
        raise UsageError(f"'{address}' is no address of a scheduler. {_EXAMPLE}")
    try:
        from distributed import Client
    except ImportError as error:
        msg = "A cluster needs Dask: pip install 'relatum[distributed]'"
        raise MissingExtraError(msg) from error
    try:
        with warnings.catch_warnings():
            # Versions are compared below, and all differences told at once.
            warnings.filterwarnings("ignore", message=r"\s*Mismatched versions")
            return Client(address, timeout=timeout, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        msg = f"No scheduler of Dask answers at '{address}' within {timeout:g} seconds. {_EXAMPLE}"
        raise UsageError(msg) from error


def _check_versions(client: Client, address: str, timeout: float) -> None:
    try:
        client.wait_for_workers(1, timeout=timeout)
    except TimeoutError as error:
        msg = f"The scheduler at '{address}' has no worker after {timeout:g} seconds; start some."
        raise UsageError(msg) from error
    found = client.get_versions(check=False)
    carried = found["client"]["packages"]
    here = {name: carried.get(name) for name in _CARRIERS}
    faults = _faults(here, {"the scheduler": found["scheduler"], **found["workers"]})
    faults += _own_faults(client)
    if faults:
        msg = (
            f"The cluster at '{address}' has other versions than this process, so that numbers "
            f"might differ. Install the same on all machines: {'. '.join(faults)}."
        )
        raise UsageError(msg)


def _faults(here: Mapping[str, Any], others: Mapping[str, Mapping[str, Any]]) -> list[str]:
    faults = []
    for name, other in others.items():
        packages = (other or {}).get("packages", {})
        there = {package: packages.get(package) for package in here}
        found = version_faults(_words(here), _words(there))
        if found:
            faults.append(f"{name} has {', '.join(found)}")
    return faults


def _words(found: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value or "none") for name, value in found.items()}


def _own_faults(client: Client) -> list[str]:
    faults = []
    answers = client.run(versions, on_error="return")
    for worker, there in answers.items():
        if isinstance(there, ImportError):
            faults.append(f"{worker} has no relatum")
        elif isinstance(there, BaseException):
            faults.append(f"{worker} does not answer ({type(there).__name__})")
        elif found := version_faults(versions(), there):
            faults.append(f"{worker} has {', '.join(found)}")
    return faults
