"""A diagram without data: why time is counted from entry, and what is seen in between."""

from __future__ import annotations

from matplotlib.axes import Axes

from relatum.figures.style import (
    ACCENT,
    EDGE,
    INK,
    MIDDLE,
    MUTED,
    PALE,
    SMALL,
    TEXT,
    figure_style,
    new_axes,
)

__all__ = ["OBSERVATION_WINDOW_ALT", "draw_observation_window"]

#: Alternative text of the diagram.
OBSERVATION_WINDOW_ALT = (
    "Diagram without data: three relationships on one line of time. Each begins before the police "
    "look. The time from onset to entry is not time at risk, because a relationship that ended in "
    "it, as the third did, is never seen; attempts in it are known only if somebody tells of them. "
    "From entry on, attempts are recorded as they happen. Observation ends with the arrest of the "
    "suspect, with the end of the relationship, or with the end of the investigation; after an "
    "arrest nothing can be observed."
)

#: Where things stand: time from 0 to 10, one lane per relationship.
_INVESTIGATION = (5.0, 9.3)
_LANES = (0.0, 1.0, 2.0)


@figure_style()
def draw_observation_window(ax: Axes | None = None) -> Axes:
    """Draw how observation begins and ends, as a diagram without data.

    Parameters
    ----------
    ax : Axes, optional
        Where to draw; needs 1.35 inches at the left and 0.3 inches above.

    Returns
    -------
    Axes

    Notes
    -----
    A relationship is seen only if it lasts until the police look. Time before entry is therefore
    time without risk by construction (*delayed entry*): counting it, without the relationships
    that ended in it, makes attempts look rare.

    Examples
    --------
    >>> ax = draw_observation_window()
    >>> len(ax.get_xticks())
    0
    """
    if ax is None:
        ax = new_axes(height=1.75, left=1.35, right=0.15, top=0.08, bottom=0.35)
    start, end = _INVESTIGATION
    ax.axvspan(start, end, color="#f1f5f9", linewidth=0, zorder=0, gid="investigation")
    for at in (start, end):
        ax.axvline(at, color=EDGE, linewidth=0.7, linestyle=(0, (3, 2)), zorder=1)
    _say(ax, (start + end) / 2, -0.72, "under investigation", colour=MUTED, size=TEXT)
    _say(ax, start / 2, -0.72, "before anybody looks", colour=MUTED, size=TEXT)
    _first(ax)
    _second(ax)
    _third(ax)
    ax.annotate(
        "time", (1, 0), (0, -12), xycoords="axes fraction", textcoords="offset points",
        ha="right", va="center", fontsize=SMALL, color=MUTED, annotation_clip=False, gid="say",
    )  # fmt: skip
    ax.annotate(
        "", (1, 0), (0, 0), xycoords="axes fraction", textcoords="axes fraction",
        arrowprops={"arrowstyle": "->", "color": EDGE, "linewidth": 0.8, "shrinkA": 0},
        annotation_clip=False,
    )  # fmt: skip
    ax.set_xlim(0, 10)
    ax.set_ylim(2.75, -1.0)
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set_visible(False)
    return ax


def _first(ax: Axes) -> None:
    """Draw a relationship that is observed until an arrest."""
    lane = _LANES[0]
    _name(ax, lane, "Observed until\nan arrest")
    _line(ax, lane, (0.9, 5.0), PALE, "before")
    _line(ax, lane, (5.0, 7.9), MIDDLE, "observed")
    _mark(ax, 0.9, lane, "|", "onset", INK)
    _mark(ax, 2.9, lane, "o", "attempt, told later", ACCENT, hollow=True)
    _mark(ax, 5.0, lane, "|", "entry", INK, align="left")
    _mark(ax, 6.5, lane, "o", "attempt, recorded", ACCENT)
    _mark(ax, 7.9, lane, "s", "arrest", INK)
    _unseen(ax, lane, (7.9, 9.3))
    _say(ax, 2.95, lane - 0.3, "not at risk: it had to last", colour=MUTED)
    _say(ax, 6.4, lane - 0.3, "time at risk", colour=MUTED)


def _second(ax: Axes) -> None:
    """Draw a relationship that is observed until the investigation ends."""
    lane = _LANES[1]
    _name(ax, lane, "Observed until the\ninvestigation ends")
    _line(ax, lane, (3.6, 6.0), PALE, "before")
    _line(ax, lane, (6.0, 9.3), MIDDLE, "observed")
    _mark(ax, 3.6, lane, "|", "onset", INK)
    _mark(ax, 6.0, lane, "|", "entry", INK)
    _say(ax, 7.6, lane + 0.36, "no attempt recorded", colour=INK)
    _mark(ax, 9.3, lane, "|", "end", INK, align="right")


def _third(ax: Axes) -> None:
    """Draw a relationship that is over before anybody looks."""
    lane = _LANES[2]
    _name(ax, lane, "Never seen: over\nbefore entry")
    _unseen(ax, lane, (0.4, 3.2))
    _mark(ax, 0.4, lane, "|", "onset", EDGE, align="left")
    _mark(ax, 2.0, lane, "o", "attempt", EDGE, hollow=True)
    _mark(ax, 3.2, lane, "|", "got away", EDGE)


def _name(ax: Axes, lane: float, words: str) -> None:
    ax.annotate(
        words, (0, lane), (-72 * 1.3, 0), xycoords=("axes fraction", "data"),
        textcoords="offset points", ha="left", va="center", fontsize=SMALL, color=INK,
        linespacing=1.1, annotation_clip=False, gid="say",
    )  # fmt: skip


def _line(ax: Axes, lane: float, span: tuple[float, float], colour: str, gid: str) -> None:
    ax.plot(
        span, [lane, lane], color=colour, linewidth=5, solid_capstyle="butt", zorder=2,
        gid=f"{gid}-{lane:g}",
    )  # fmt: skip


def _unseen(ax: Axes, lane: float, span: tuple[float, float]) -> None:
    ax.plot(
        span, [lane, lane], color=EDGE, linewidth=1.4, linestyle=(0, (2, 1.5)), zorder=2,
        gid=f"unseen-{lane:g}",
    )  # fmt: skip


def _mark(
    ax: Axes,
    at: float,
    lane: float,
    marker: str,
    words: str,
    colour: str,
    *,
    hollow: bool = False,
    align: str = "center",
) -> None:
    ax.plot(
        [at], [lane], marker, markersize=9 if marker == "|" else 5.5, markeredgewidth=1.2,
        markerfacecolor="white" if hollow else colour, markeredgecolor=colour, zorder=4,
    )  # fmt: skip
    _say(ax, at, lane + 0.36, words, colour=INK if colour != EDGE else MUTED, align=align)


def _say(
    ax: Axes, at: float, lane: float, words: str, *, colour: str, size: float = SMALL,
    align: str = "center",
) -> None:  # fmt: skip
    ax.text(
        at, lane, words, ha=align, va="center", fontsize=size, color=colour, zorder=5, gid="say"
    )
