"""What a sentence reads: a result, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from relatum.release import Released
from relatum.release.content import content
from relatum.results.base import Unavailable
from relatum.tables.pair_words import choose_word

__all__ = ["missing_words", "told_result"]

Kind = TypeVar("Kind")


def told_result(results: Mapping[str, Released], name: str, kind: type[Kind]) -> Kind | Unavailable:
    """Return a result of a class, or why it is not there.

    Parameters
    ----------
    results : mapping of str to Released
    name : str
    kind : type
        The class that a sentence needs.

    Raises
    ------
    UsageError
        If there is no result of that name, if it is of another class, or was never released.
    """
    released = results[choose_word(name, results, what="result")]
    if isinstance(released, Released) and isinstance(released.result, Unavailable):
        return released.result
    return content(released, kind)


def missing_words(found: Unavailable) -> str:
    """Say that a number is not there, and why.

    Examples
    --------
    >>> missing_words(Unavailable(what="ages", why="no age is recorded"))
    'not available (no age is recorded)'
    """
    return f"not available ({found.why})"
