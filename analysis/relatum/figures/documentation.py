"""What the files document: codes or domains against kinds of relationships."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Literal

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.text import Annotation

from relatum.errors import ReportError
from relatum.figures.inputs import chosen, taken
from relatum.figures.rows import LABEL_WIDTH, RowText, dress_rows, lay_out, row_axes
from relatum.figures.style import EDGE, INK, MUTED, SHARES, SMALL, figure_style, mark_simulated
from relatum.release.released import Released
from relatum.results.documentation import Documentation, DocumentationCell
from relatum.results.frames import rows_frame
from relatum.results.words import domain_label

__all__ = ["documentation_alt", "documentation_source", "draw_documentation"]

Level = Literal["domain", "code"]

_STRATA = {
    "all": "",
    "victim_statement_available": "Statement\nof the victim",
    "documentation_depth": "Documents per\nrelationship",
    "case_focus": "Focus of the\ninvestigation",
}
#: Above this share the numbers in a cell are white.
_DARK = 0.66
#: Height of a letter of the names of strata, in points.
_LETTER = 3.75


def _rows(
    released: Released, level: Level, only: Sequence[str] | None
) -> list[list[DocumentationCell]]:
    """Rows of cells; every row has the strata in the same order."""
    if level not in ("domain", "code"):
        msg = f"There is no level '{level}'; choose 'domain' or 'code'."
        raise ReportError(msg)
    held = [cell for cell in taken(released, Documentation).cells if cell.level == level]
    domains = chosen(only, [cell.domain for cell in held], what="domain")
    terms = dict.fromkeys(c.term for name in domains for c in held if c.domain == name)
    return [[cell for cell in held if cell.term == term] for term in terms]


def documentation_source(
    released: Released, *, level: Level = "domain", only: Sequence[str] | None = None
) -> pd.DataFrame:
    """Return what `draw_documentation` draws, one row per cell.

    Parameters
    ----------
    released : Released
        Holds `Documentation`.
    level : {"domain", "code"}
        What a row of the figure is.
    only : sequence of str, optional
        Domains, in the order in which they are drawn.

    Returns
    -------
    DataFrame
        The tidy cells of the result, in the order of the figure.
    """
    rows = _rows(released, level, only)
    return rows_frame(DocumentationCell, [cell for row in rows for cell in row])


@figure_style()
def draw_documentation(
    released: Released,
    *,
    level: Level = "domain",
    only: Sequence[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the documented share of domains or codes by kind of relationship.

    Parameters
    ----------
    released : Released
        Holds `Documentation`.
    level : {"domain", "code"}
        What a row is.
    only : sequence of str, optional
        Domains, in the order in which they are drawn; all by default.
    ax : Axes, optional
        Where to draw; needs 2.2 inches at the left and 1.6 inches at the top.

    Returns
    -------
    Axes

    Raises
    ------
    ReportError
        If the result is of another kind, a level or domain does not exist, or the rows need more
        than a page.

    Notes
    -----
    An item is one code of one relationship. The shade is the share of the applicable items that
    the file shows or rules out; the numbers are the items documented, of those that apply. The
    numbers of relationships stand in brackets beside the strata.
    """
    rows = _rows(released, level, only)
    texts = [
        RowText(
            group=domain_label(row[0].domain) if level == "code" else "Domains",
            label=row[0].label,
            right=(),
        )
        for row in rows
    ]
    layout = lay_out(texts, names=[row[0].domain for row in rows])
    ax = row_axes(layout, ax, right=0.1, top=(_height(rows[0]) + 24) / 72)
    ax.set_xlim(0, len(rows[0]))
    for at, row in zip(layout.rows, rows, strict=True):
        for place, cell in enumerate(row):
            _draw_cell(ax, at, place, cell)
    dress_rows(ax, layout, texts, columns=(), ends=())
    _head(ax, rows[0])
    _key(ax)
    mark_simulated(ax, released.simulated)
    return ax


def _draw_cell(ax: Axes, at: float, place: int, cell: DocumentationCell) -> None:
    share = cell.documented_share
    box = Rectangle(
        (place + 0.03, at - 0.5),
        0.94,
        1.0,
        facecolor="white" if share is None else SHARES(share),
        edgecolor=EDGE if share is None else "none",
        hatch="////" if share is None else None,
        linewidth=0,
        gid=f"cell-{cell.term}-{cell.stratum_variable}-{cell.stratum}",
    )
    ax.add_patch(box)
    if share is not None:
        ax.text(
            place + 0.5,
            at,
            f"{cell.n_documented}/{cell.n_items}",
            ha="center",
            va="center_baseline",
            fontsize=SMALL - 0.5,
            color="white" if share > _DARK else INK,
            gid="cell-number",
        )


def _name(cell: DocumentationCell) -> str:
    return f"{cell.stratum_label} ({cell.n_relationships})"


def _height(row: Sequence[DocumentationCell]) -> float:
    """Return the height that the names of the strata need, in points."""
    return 10 + _LETTER * max(len(_name(cell)) for cell in row)


def _head(ax: Axes, row: Sequence[DocumentationCell]) -> None:
    """Name the strata above the columns, with their numbers of relationships."""
    ax.spines["bottom"].set_visible(False)
    ax.set_xticks([])
    for place, cell in enumerate(row):
        _above(ax, place + 0.5, _name(cell), rise=4, rotation=90)
    start = 0
    for variable, cells in groupby(row, key=lambda cell: cell.stratum_variable):
        width = len(list(cells))
        words = _STRATA.get(variable, variable.replace("_", " ").capitalize())
        _above(ax, start + width / 2, words, rise=_height(row), weight="bold")
        if start:
            ax.axvline(start, color=MUTED, linewidth=0.6, zorder=3)
        start += width


def _above(
    ax: Axes, x: float, text: str, *, rise: float, rotation: int = 0, weight: str = "normal"
) -> None:
    ax.annotate(
        text,
        (x, 1),
        (0, rise),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        ha="center",
        va="bottom",
        fontsize=SMALL,
        fontweight=weight,
        rotation=rotation,
        linespacing=1.1,
        annotation_clip=False,
        gid="stratum",
    )


def _key(ax: Axes) -> None:
    """Show the shades under the drawing, from nothing to everything documented."""
    _below(ax, "documented share of the items", x=0)
    for at, percent in enumerate(range(0, 101, 20)):
        share = percent / 100
        made = _below(ax, f"{percent}%", x=122 + 28 * at)
        made.set_color("white" if share > _DARK else INK)
        made.set_bbox(
            {
                "boxstyle": "square,pad=0.35",
                "facecolor": SHARES(share),
                "edgecolor": EDGE,
                "linewidth": 0.4,
            }
        )


def _below(ax: Axes, text: str, *, x: float) -> Annotation:
    return ax.annotate(
        text,
        (0, 0),
        (x - 72 * LABEL_WIDTH, -25),
        xycoords="axes fraction",
        textcoords="offset points",
        va="center",
        fontsize=SMALL,
        annotation_clip=False,
        gid="key",
    )


def documentation_alt(
    released: Released, *, level: Level = "domain", only: Sequence[str] | None = None
) -> str:
    """Return alternative text for `draw_documentation`, made from its numbers."""
    rows = _rows(released, level, only)
    overall = [cell for row in rows for cell in row if cell.stratum_variable == "all"]
    known = [cell for cell in overall if cell.documented_share is not None]
    marked = "Simulated data. " if released.simulated else ""
    opening = (
        f"{marked}Heat map of what the files document: {len(rows)} {level}s by {len(rows[0])} "
        "kinds of relationships, darker where more is documented."
    )
    if not known:
        return f"{opening} No item applies."
    best = max(known, key=lambda cell: cell.documented_share or 0.0)
    worst = min(known, key=lambda cell: cell.documented_share or 0.0)
    return (
        f"{opening} Most is documented on {best.label} ({best.n_documented} of {best.n_items} "
        f"items), least on {worst.label} ({worst.n_documented} of {worst.n_items} items)."
    )
