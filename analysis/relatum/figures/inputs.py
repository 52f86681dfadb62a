"""What figures accept: released results of the right kind, and a choice of their parts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from relatum.errors import ReportError
from relatum.release.released import Released
from relatum.results.base import Unavailable

__all__ = ["chosen", "taken"]

_Kind = TypeVar("_Kind")


def taken(released: Released, kind: type[_Kind]) -> _Kind:
    """Return the result of a released one.

    Parameters
    ----------
    released : Released
        What disclosure control let out.
    kind : type
        The kind of result that the figure draws.

    Returns
    -------
    kind

    Raises
    ------
    ReportError
        If the result was not released, is not available, or is of another kind.
    """
    if not isinstance(released, Released):
        msg = (
            f"A figure draws released results only, not a bare '{type(released).__name__}'. "
            "Call relatum.release.release first."
        )
        raise ReportError(msg)
    result = released.result
    if isinstance(result, Unavailable):
        msg = f"There is nothing to draw: {result}."
        raise ReportError(msg)
    if not isinstance(result, kind):
        msg = (
            f"This figure draws a result of the kind '{kind.__name__}', not "
            f"'{type(result).__name__}'."
        )
        raise ReportError(msg)
    return result


def chosen(only: Sequence[str] | None, there: Iterable[str], *, what: str) -> tuple[str, ...]:
    """Return the chosen parts in the order of the choice; all parts where none are chosen.

    Raises
    ------
    ReportError
        If a part does not exist, or there is none at all; the message lists those there are.

    Examples
    --------
    >>> chosen(None, ["rules", "rules", "fear"], what="domain")
    ('rules', 'fear')
    """
    parts = tuple(dict.fromkeys(there))
    if not parts:
        msg = f"There is nothing to draw: the result holds no {what}."
        raise ReportError(msg)
    wanted = tuple(dict.fromkeys(only)) if only is not None else parts
    unknown = [part for part in wanted if part not in parts]
    if unknown or not wanted:
        named = f"'{unknown[0]}'" if unknown else "An empty choice"
        msg = f"{named} is not a {what} of this result; there are: {', '.join(parts)}."
        raise ReportError(msg)
    return wanted
