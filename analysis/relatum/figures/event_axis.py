"""What curves of times to an event share: steps, the axis of time, and rows of numbers at risk."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.transforms import ScaledTranslation

from relatum.errors import ReportError
from relatum.figures.style import INK, MUTED, SMALL, figure_of, new_axes
from relatum.figures.time_axis import moved_up
from relatum.results.familiar_times import FamiliarTimes, GroupTimes, NumberAtRisk, TimeStep

__all__ = [
    "LEFT",
    "Dashes",
    "DrawnSteps",
    "drawn_steps",
    "dress_times",
    "few_words",
    "key_above",
    "times_axes",
    "upper",
    "wide_enough",
]

FloatArray: TypeAlias = npt.NDArray[np.float64]
#: How a line is drawn: solid, or lengths of dashes and gaps.
Dashes: TypeAlias = Literal["-"] | tuple[int, tuple[float, ...]]

#: Room at the left for the words of groups, in inches, and their letters per line.
LEFT, _WRAP = 1.35, 20
#: Where the rows of numbers begin under the axis, and the height of a line, in points.
_FIRST, _LINE = -39, 9.5
#: As many numbers at risk as stand apart on a printed page.
_MOST_MARKS = 16
#: Letters of one entry of the key; two stand beside each other.
_KEY_WRAP = 46
_KEY_LINE = 0.135


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnSteps:
    """A curve as it is drawn: up to where enough are at risk.

    Attributes
    ----------
    steps : tuple of TimeStep
        Those drawn, in the order of time.
    start : float
        The height before the first step.
    begin, end : float
        The times at which the drawing begins and stops.
    """

    steps: tuple[TimeStep, ...]
    start: float
    begin: float
    end: float

    @property
    def times(self) -> FloatArray:
        """Times at which the curve is drawn, from its begin to its end."""
        return np.array([self.begin, *(step.time for step in self.steps), self.end])

    def at(self, times: FloatArray) -> FloatArray:
        """Return the height of the curve at times."""
        values = np.array([self.start, *(step.estimate for step in self.steps)])
        steps = np.array([step.time for step in self.steps])
        found: FloatArray = values[np.searchsorted(steps, times, side="right")]
        return found

    @property
    def heights(self) -> FloatArray:
        """The height at each of the times."""
        return self.at(self.times)

    @property
    def limits(self) -> FloatArray:
        """Times with lower and upper limits, shape (n, 3); the last limits reach to the end."""
        held = [
            (step.time, step.conf_low, step.conf_high)
            for step in self.steps
            if step.conf_low is not None and step.conf_high is not None
        ]
        if held:
            held.append((self.end, *held[-1][1:]))
        return np.array(held, dtype=np.float64).reshape(-1, 3)


def drawn_steps(
    found: FamiliarTimes,
    steps: Sequence[TimeStep],
    marks: Sequence[NumberAtRisk],
    *,
    start: float,
) -> DrawnSteps:
    """Return a curve up to where enough are at risk.

    Parameters
    ----------
    found : FamiliarTimes
        Where curves begin, and how many must be at risk.
    steps : sequence of TimeStep
    marks : sequence of NumberAtRisk
        Of the same group.
    start : float
        1 for a share without the event, 0 for one with it.

    Returns
    -------
    DrawnSteps
        It stops at the last time before the first one with too few at risk.
    """
    begin = found.start
    few = [step.time for step in steps if step.n_at_risk < found.min_at_risk]
    few += [mark.time for mark in marks if not mark.enough]
    stop = min((time for time in few if time >= begin), default=np.inf)
    kept = sorted((step for step in steps if begin <= step.time < stop), key=lambda s: s.time)
    known = [begin, *(step.time for step in kept)]
    # Where steps are withheld, nothing is known of the height after the last one that is left.
    marked = () if found.thinned else marks
    known += [mark.time for mark in marked if begin <= mark.time < stop]
    return DrawnSteps(steps=tuple(kept), start=start, begin=begin, end=max(known))


def wide_enough(n: int, *, most: int, what: str) -> None:
    """Refuse more lines than can be told apart.

    Raises
    ------
    ReportError
        If there are more than `most`.
    """
    if n > most:
        msg = (
            f"{n} {what} cannot be told apart in one figure. Choose {most} at most with only=[...]."
        )
        raise ReportError(msg)


def _labels(groups: Sequence[GroupTimes]) -> list[list[str]]:
    return [textwrap.wrap(upper(group.label), _WRAP) or [""] for group in groups]


def times_axes(groups: Sequence[GroupTimes], keys: Sequence[str], *, height: float = 2.3) -> Axes:
    """Make axes with room for the key above, and for rows of numbers at risk below.

    Parameters
    ----------
    groups : sequence of GroupTimes
    keys : sequence of str
        The entries of the key.
    height : float
        Of the drawing, in inches.
    """
    lines = sum(len(label) for label in _labels(groups)) + 1
    below = (8 - _FIRST + _LINE * lines) / 72
    above = 0.3 + _KEY_LINE * sum(_key_depths(keys))
    return new_axes(height=height, left=LEFT, right=0.25, top=above, bottom=below)


def _key_depths(keys: Sequence[str]) -> list[int]:
    """Lines of each row of the key; matplotlib fills columns from the top."""
    depths = [len(textwrap.wrap(key, _KEY_WRAP)) or 1 for key in keys]
    rows = -(-len(depths) // 2)
    return [max(depths[row::rows], default=1) for row in range(rows)]


def key_above(ax: Axes, handles: Sequence[Line2D | Patch]) -> None:
    """Explain lines above the drawing, where the key hides nothing."""
    words = ["\n".join(textwrap.wrap(str(one.get_label()), _KEY_WRAP)) for one in handles]
    edge = ax.transAxes + ScaledTranslation(0.05 - LEFT, 0, figure_of(ax).dpi_scale_trans)
    ax.legend(
        handles=list(handles), labels=words, loc="lower left", bbox_to_anchor=(0, 1), ncols=2,
        columnspacing=1.4, labelspacing=0.3, borderpad=0, handleheight=0.8, handlelength=2.6,
        bbox_transform=moved_up(edge, ax, 0.2),
    )  # fmt: skip


def few_words(found: FamiliarTimes) -> str:
    """Say from where on nothing is drawn."""
    return f"fewer than {found.min_at_risk} at risk: not drawn"


def dress_times(
    ax: Axes,
    found: FamiliarTimes,
    groups: Sequence[GroupTimes],
    *,
    end: float,
    colours: Sequence[str],
) -> None:
    """Draw the axis of time with the horizon and rows of numbers at risk under it.

    Parameters
    ----------
    ax : Axes
        Needs room at the left and below, as from `times_axes`.
    found : FamiliarTimes
    groups : sequence of GroupTimes
        One row each.
    end : float
        The time at which the last curve stops.
    colours : sequence of str
        Of the words of each group.

    Notes
    -----
    Numbers stand at times of the axis and move with it. A number under the minimum is not printed,
    only that it is under it.
    """
    marks = [mark for group in groups for mark in group.at_risk if mark.time >= found.start]
    few = min((mark.time for mark in marks if not mark.enough), default=0.0)
    last = max(end, found.horizon, few if few < 1.3 * end else 0.0)
    ax.set_xlim(found.start, last + 0.02 * (last - found.start))
    times = sorted({mark.time for mark in marks if mark.time <= last})
    times = times[:: -(-len(times) // _MOST_MARKS) or 1]
    ax.set_xticks(times, [f"{time:g}" for time in times])
    ax.set_xlabel(f"{upper(found.time_unit)} since {found.origin}", loc="left")
    _horizon(ax, found, last)
    _risk_rows(ax, found, groups, times, colours)
    if last - end > 0.12 * (last - found.start):
        ax.text(
            (last + end) / 2, 0.5, "\n".join(textwrap.wrap(few_words(found), 12)),
            transform=ax.get_xaxis_transform(), ha="center", va="center", fontsize=SMALL,
            fontstyle="italic", color=MUTED, gid="blank",
        )  # fmt: skip


def upper(text: str) -> str:
    """Begin with a capital.

    Examples
    --------
    >>> upper("weeks")
    'Weeks'
    """
    return f"{text[:1].upper()}{text[1:]}"


def _horizon(ax: Axes, found: FamiliarTimes, last: float) -> None:
    at, share = found.horizon, (found.horizon - found.start) / (last - found.start)
    ax.axvline(at, color=INK, linewidth=0.7, linestyle=(0, (2, 2)), zorder=3, gid="horizon")
    ax.annotate(
        f"horizon, {at:g} {found.time_unit}", (at, 1), (0, 3),
        xycoords=ax.get_xaxis_transform(), textcoords="offset points",
        ha="right" if share > 0.85 else "left" if share < 0.15 else "center",
        va="bottom", fontsize=SMALL, color=MUTED, annotation_clip=False, gid="horizon-words",
    )  # fmt: skip


def _risk_rows(
    ax: Axes,
    found: FamiliarTimes,
    groups: Sequence[GroupTimes],
    times: Sequence[float],
    colours: Sequence[str],
) -> None:
    left = -72 * LEFT + 3
    _under(ax, 0, _FIRST, f"{upper(found.record)} at risk", shift=left, colour=MUTED)
    at = _FIRST - _LINE
    for group, label, colour in zip(groups, _labels(groups), colours, strict=True):
        middle = at - _LINE * (len(label) - 1) / 2
        _under(ax, 0, middle, "\n".join(label), shift=left + 5, colour=colour, gid="at-risk-group")
        held = {mark.time: mark for mark in group.at_risk}
        for time in times:
            if time in held:
                _number(ax, found, group, held[time], middle)
        at -= _LINE * len(label)


def _number(
    ax: Axes, found: FamiliarTimes, group: GroupTimes, mark: NumberAtRisk, down: float
) -> None:
    ax.annotate(
        f"{mark.n:,}" if mark.enough else f"<{found.min_at_risk}",
        (mark.time, 0), (0, down), xycoords=ax.get_xaxis_transform(),
        textcoords="offset points", ha="center", va="center", fontsize=SMALL,
        color=INK if mark.enough else MUTED, annotation_clip=False,
        gid=f"at-risk-{group.group}-{mark.time:g}",
    )  # fmt: skip


def _under(
    ax: Axes, x: float, down: float, text: str, *, shift: float, colour: str,
    gid: str = "at-risk-words",
) -> None:  # fmt: skip
    ax.annotate(
        text, (x, 0), (shift, down), xycoords="axes fraction", textcoords="offset points",
        ha="left", va="center", fontsize=SMALL, color=colour, annotation_clip=False, gid=gid,
        linespacing=1.05,
    )  # fmt: skip
