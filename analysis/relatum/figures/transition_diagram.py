"""States between first contact and the end of follow-up, and how often women passed on."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from relatum.errors import ReportError
from relatum.figures.inputs import taken
from relatum.figures.style import (
    BLUE,
    EDGE,
    INK,
    MUTED,
    PALE,
    SMALL,
    figure_style,
    mark_simulated,
    new_axes,
)
from relatum.release.released import Released
from relatum.results.frames import rows_frame
from relatum.results.reporting import Reporting, TransitionCount

__all__ = ["draw_transition_diagram", "transition_diagram_alt", "transition_diagram_source"]

_WIDTH, _HEIGHT = 6.1, 2.35
#: Half of the width and of the height of a box, in inches.
_HALF, _TALL = 0.68, 0.25
#: Centre and words of each box, in inches.
_BOXES = {
    "contact": (0.72, 1.8, "Contact,\nno report"),
    "report": (3.05, 1.8, "Report upheld"),
    "stepped_back": (5.38, 1.8, "Stepped back"),
    "end": (3.05, 0.32, "Followed no longer"),
}
#: Other names of states; both ends share a box, and the words on the arrow keep them apart.
_SAME = {"no_report": "contact", "report_upheld": "report", "closed": "end", "death": "end"}
_ENDS = {"closed": "case closed", "death": "death"}
#: Start, end and place of the words of each arrow, in inches.
_ARROWS = {
    ("contact", "report"): ((1.42, 1.8), (2.35, 1.8), (1.885, 1.98)),
    ("report", "stepped_back"): ((3.75, 1.88), (4.68, 1.88), (4.215, 2.07)),
    ("stepped_back", "report"): ((4.68, 1.72), (3.75, 1.72), (4.215, 1.53)),
    ("contact", "end"): ((0.9, 1.53), (2.35, 0.42), (1.55, 0.98)),
    ("report", "end"): ((3.05, 1.53), (3.05, 0.59), (3.05, 1.07)),
    ("stepped_back", "end"): ((5.2, 1.53), (3.75, 0.42), (4.55, 0.98)),
}


def _rows(released: Released) -> tuple[TransitionCount, ...]:
    rows = taken(released, Reporting).transitions
    if not rows:
        msg = "There is nothing to draw: the result holds no passage between states."
        raise ReportError(msg)
    for row in rows:
        way = _way(row)
        if way not in _ARROWS:
            there = ", ".join(f"{one} to {other}" for one, other in _ARROWS)
            msg = (
                f"'{row.origin}' to '{row.target}' is not a passage of this figure; "
                f"there are: {there}."
            )
            raise ReportError(msg)
    return rows


def _way(row: TransitionCount) -> tuple[str, str]:
    return _SAME.get(row.origin, row.origin), _SAME.get(row.target, row.target)


def transition_diagram_source(released: Released) -> pd.DataFrame:
    """Return what `draw_transition_diagram` draws, one row per passage.

    Parameters
    ----------
    released : Released
        Holds a `Reporting`.

    Returns
    -------
    DataFrame
        With the columns of `TransitionCount`.
    """
    return rows_frame(TransitionCount, _rows(released))


@figure_style()
def draw_transition_diagram(released: Released, ax: Axes | None = None) -> Axes:
    """Draw the states as boxes, and passages between them as arrows with their counts.

    Parameters
    ----------
    released : Released
        Holds a `Reporting`.
    ax : Axes, optional
        Where to draw, at least 6.1 inches by 2.35 inches.

    Returns
    -------
    Axes

    Raises
    ------
    ReportError
        If the result is of another kind, or holds no passage or one between unknown states.

    Notes
    -----
    Arrows are wider where passages are more. A passage that was possible and never recorded has no
    arrow. Places have no meaning.
    """
    rows = _rows(released)
    if ax is None:
        under = 0.45 if released.simulated else 0.05
        ax = new_axes(height=_HEIGHT, left=0.1, right=0.1, top=0.05, bottom=under)
    ax.set_xlim(0, _WIDTH)
    ax.set_ylim(0, _HEIGHT)
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set_visible(False)
    most = max(row.n for row in rows) or 1
    for way, place in _ARROWS.items():
        held = [row for row in rows if _way(row) == way and row.n > 0]
        if held:
            _draw_arrow(ax, way, place, held, most)
    women = {_SAME.get(row.origin, row.origin): row.n_from for row in rows}
    shown = {state for row in rows for state in _way(row)} | {"contact"}
    for name, (across, up, words) in _BOXES.items():
        if name in shown:
            _draw_box(ax, name, (across, up), words, women.get(name))
    mark_simulated(ax, released.simulated)
    return ax


def _draw_box(ax: Axes, name: str, at: tuple[float, float], words: str, women: int | None) -> None:
    face = {"report": PALE, "stepped_back": BLUE, "end": "white"}.get(name, "white")
    ax.add_patch(
        FancyBboxPatch(
            (at[0] - _HALF, at[1] - _TALL), 2 * _HALF, 2 * _TALL,
            boxstyle="round,pad=0,rounding_size=0.06", facecolor=face, edgecolor=EDGE,
            linewidth=0.8, zorder=3, gid=f"box-{name}",
        )
    )  # fmt: skip
    told = words if women is None else f"{words.replace(chr(10), ' ')}\n{_women(women)}"
    ax.text(
        *at, told, ha="center", va="center", fontsize=SMALL, linespacing=1.2,
        color="white" if name == "stepped_back" else INK, zorder=4, gid=f"words-{name}",
    )  # fmt: skip


def _women(n: int) -> str:
    return f"{n} {'woman' if n == 1 else 'women'}"


def _draw_arrow(
    ax: Axes,
    way: tuple[str, str],
    place: tuple[tuple[float, float], tuple[float, float], tuple[float, float]],
    rows: Sequence[TransitionCount],
    most: int,
) -> None:
    name = "-".join(way)
    start, stop, middle = place
    total = sum(row.n for row in rows)
    ax.annotate(
        "", stop, start, gid=f"arrow-{name}", zorder=2,
        arrowprops={
            "arrowstyle": "-|>", "color": MUTED, "linewidth": 0.8 + 2.0 * total / most,
            "shrinkA": 0, "shrinkB": 0, "mutation_scale": 9,
        },
    )  # fmt: skip
    words = "\n".join(_words(row) for row in rows)
    ax.text(
        *middle, words, ha="center", va="center", fontsize=SMALL, color=INK, linespacing=1.15,
        zorder=5, gid=f"count-{name}",
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
    )  # fmt: skip


def _words(row: TransitionCount) -> str:
    within = f"in {row.n_cases} {'case' if row.n_cases == 1 else 'cases'}"
    if row.target in _ENDS:
        return f"{_ENDS[row.target]}: {row.n}, {within}"
    return f"{row.n} times\n{within}" if row.n != 1 else f"once\n{within}"


def transition_diagram_alt(released: Released) -> str:
    """Return alternative text for `draw_transition_diagram`, made from its numbers."""
    rows = _rows(released)
    marked = "Simulated data. " if released.simulated else ""
    told = "; ".join(
        f"{row.label[:1].lower()}{row.label[1:]}: {row.n} in {row.n_cases} cases, "
        f"{_women(row.n_from)} ever in the first state"
        for row in rows
    )
    title = taken(released, Reporting).title
    return f"{marked}{title}: boxes for states and arrows for passages between them. {told}."
