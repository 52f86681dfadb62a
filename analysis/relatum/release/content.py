"""What is inside a released result, checked before it is drawn."""

from __future__ import annotations

from typing import TypeVar

from relatum.errors import EstimationError, UsageError
from relatum.release.released import Released
from relatum.results.base import Unavailable

__all__ = ["content"]

Kind = TypeVar("Kind")


def content(released: Released, kind: type[Kind]) -> Kind:
    """Return the result, if it is of the class that a table or a figure needs.

    Raises
    ------
    EstimationError
        If the result is unavailable; the message says why.
    UsageError
        If it is of another class, or was never released.
    """
    if not isinstance(released, Released):
        msg = "Only released results are printed or drawn; pass it through relatum.release first."
        raise UsageError(msg)
    if isinstance(released.result, kind):
        return released.result
    if isinstance(released.result, Unavailable):
        raise EstimationError(str(released.result))
    msg = f"This needs a result '{kind.__name__}', not '{type(released.result).__name__}'."
    raise UsageError(msg)
