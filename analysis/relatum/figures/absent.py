"""Figures of a report where a result did not go out: one sentence, no broken run."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec

from relatum.errors import RelatumError
from relatum.release.absent import absence

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["figure_or_reason"]

Given = ParamSpec("Given")


def figure_or_reason(function: Callable[Given, Axes]) -> Callable[Given, Axes]:
    """Let a figure of a report say why there is none; see `relatum.release.absent.absence`.

    Parameters
    ----------
    function : callable
        Draws a figure.

    Returns
    -------
    callable
        The same, but for errors that a withheld or unavailable result explains: for these, a
        sentence is shown, which every reader can read, and the axes belong to no figure that is
        shown.
    """

    @wraps(function)
    def drawn(*values: Given.args, **named: Given.kwargs) -> Axes:
        try:
            return function(*values, **named)
        except RelatumError:
            why = absence(function, values, named)
            if not why:
                raise
            return _say_instead(why)

    return drawn


def _say_instead(why: str) -> Axes:
    from IPython.display import Markdown, display
    from matplotlib.figure import Figure

    display(Markdown(f"*Not available: {why}.*"))  # type: ignore[no-untyped-call]
    return Figure().subplots()
