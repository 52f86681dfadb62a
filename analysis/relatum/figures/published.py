"""Published figures beside a sample: the bounds of the text as bars, the sample as a mark."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import PercentFormatter

from relatum.figures.inputs import chosen, taken
from relatum.figures.rows import RowText, dress_rows, label_edge, lay_out, row_axes
from relatum.figures.style import ACCENT, BLUE, INK, MIDDLE, PALE, figure_style, mark_simulated
from relatum.release.released import Released
from relatum.results.audit import VERDICTS, FactCheck, SampleAudit, Verdict
from relatum.results.frames import rows_frame
from relatum.schema.facts import load_facts

__all__ = ["PublishedRow", "draw_published", "published_alt", "published_source"]

#: Marks by verdict: shape and fill, so that no verdict rests on colour.
_MARKS: dict[Verdict, tuple[str, str, str]] = {
    "equal": ("o", INK, "equal or in the usual range"),
    "inside_soft": ("o", INK, "equal or in the usual range"),
    "inside_hard": ("o", "white", "only within the strict range"),
    "outside": ("X", ACCENT, "outside"),
    "not_computable": ("D", "white", "silence decides"),
}
_DOTTED = (0, (1, 1.2))


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedRow:
    """One published count as it is drawn: everything as a share of its denominator.

    Attributes
    ----------
    id, construct, group, unit, published : str
        See `FactCheck`.
    denominator : int
        The units that the count is out of.
    hard_low, hard_high : float
        What the text strictly allows.
    soft_low, soft_high : float or None
        The usual reading of its words; None where there is none of its own.
    value, value_most : float
        The sample's documented count, and the largest that silence allows.
    verdict : str
        See `FactCheck`.
    """

    id: str
    construct: str
    group: str
    unit: str
    published: str
    denominator: int
    hard_low: float
    hard_high: float
    soft_low: float | None
    soft_high: float | None
    value: float
    value_most: float
    verdict: Verdict


def _drawable(check: FactCheck) -> PublishedRow | None:
    """Keep counts with a denominator and a hard bound; other figures are for the table."""
    facts = load_facts()
    fact = facts.get(check.id)
    if fact is None or fact.statistic != "count" or fact.evaluator == "distinct":
        return None
    if not fact.denominator.isdigit():
        return None
    if check.value is None or (check.lower_hard is None and check.upper_hard is None):
        return None
    units = int(fact.denominator)
    low = 0.0 if check.lower_hard is None else check.lower_hard / units
    high = 1.0 if check.upper_hard is None else check.upper_hard / units
    soft = check.lower_soft is not None or check.upper_soft is not None
    return PublishedRow(
        id=check.id,
        construct=check.construct,
        group=check.group,
        unit=check.unit,
        published=check.published,
        denominator=units,
        hard_low=low,
        hard_high=high,
        soft_low=(low if check.lower_soft is None else check.lower_soft / units) if soft else None,
        soft_high=(high if check.upper_soft is None else check.upper_soft / units)
        if soft
        else None,
        value=check.value / units,
        value_most=1.0 if check.value_most is None else min(1.0, check.value_most / units),
        verdict=check.verdict,
    )


def _rows(released: Released, only: Sequence[str] | None) -> list[PublishedRow]:
    checks = taken(released, SampleAudit).checks
    rows = [row for check in checks if (row := _drawable(check)) is not None]
    groups = chosen(only, [row.group for row in rows], what="group")
    return [row for name in groups for row in rows if row.group == name]


def published_source(released: Released, *, only: Sequence[str] | None = None) -> pd.DataFrame:
    """Return what `draw_published` draws, one row per published count, as shares.

    Parameters
    ----------
    released : Released
        Holds a `SampleAudit`.
    only : sequence of str, optional
        Groups of facts, in the order in which they are drawn.

    Returns
    -------
    DataFrame
        The columns are those of `PublishedRow`.
    """
    return rows_frame(PublishedRow, _rows(released, only))


@figure_style()
def draw_published(
    released: Released, *, only: Sequence[str] | None = None, ax: Axes | None = None
) -> Axes:
    """Draw published counts beside the sample's.

    Parameters
    ----------
    released : Released
        Holds a `SampleAudit`.
    only : sequence of str, optional
        Groups of facts (``violence``), in the order in which they are drawn; all by default.
    ax : Axes, optional
        Where to draw; needs 2.2 inches at the left and 1.6 inches at the right.

    Returns
    -------
    Axes

    Raises
    ------
    ReportError
        If the result is of another kind, a group does not exist, or the rows need more than a
        page.

    Notes
    -----
    Only counts out of a known number of units are drawn, as shares of these units, so that
    counts of investigations and of women share an axis. Ages, months and sums are in the table.
    """
    rows = _rows(released, only)
    texts = [
        RowText(
            group=row.group.replace("_", " ").capitalize(),
            label=row.construct,
            right=(_words(row), f"{row.value * row.denominator:.0f}"),
        )
        for row in rows
    ]
    layout = lay_out(texts, names=[row.group for row in rows], wrap=37)
    ax = row_axes(layout, ax, right=1.5)
    ax.set_xlim(0, 1)
    ax.grid(axis="x")
    for at, row in zip(layout.rows, rows, strict=True):
        _draw_row(ax, at, row)
    dress_rows(ax, layout, texts, columns=("published", "sample"), ends=(0.98, 1.4))
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set_xlabel("Share of the units counted", loc="left")
    _legend(ax, rows)
    mark_simulated(ax, released.simulated, shift=1.42)
    return ax


def _words(row: PublishedRow) -> str:
    low, high = (round(end * row.denominator) for end in (row.hard_low, row.hard_high))
    bounds = str(low) if low == high else f"{low} to {high}"
    return f"{bounds} of {row.denominator}"


def _draw_row(ax: Axes, at: float, row: PublishedRow) -> None:
    if row.hard_low == row.hard_high:
        _draw_line(ax, at, row.hard_low, BLUE, gid=f"exact-{row.id}")
    else:
        _draw_bar(ax, at, (row.hard_low, row.hard_high), 0.66, PALE, gid=f"hard-{row.id}")
        if row.soft_low is not None and row.soft_high is not None:
            ends = (row.soft_low, row.soft_high)
            if ends[0] == ends[1]:
                _draw_line(ax, at, ends[0], MIDDLE, gid=f"soft-{row.id}")
            else:
                _draw_bar(ax, at, ends, 0.3, MIDDLE, gid=f"soft-{row.id}")
    _draw_sample(ax, at, row)


def _draw_bar(
    ax: Axes, at: float, ends: tuple[float, float], height: float, colour: str, *, gid: str
) -> None:
    low, high = ends
    ax.barh(at, high - low, left=low, height=height, color=colour, clip_on=False, gid=gid)


def _draw_line(ax: Axes, at: float, value: float, colour: str, *, gid: str) -> None:
    ax.plot(
        [value, value],
        [at - 0.45, at + 0.45],
        color=colour,
        linewidth=1.6,
        solid_capstyle="butt",
        clip_on=False,
        gid=gid,
    )


def _draw_sample(ax: Axes, at: float, row: PublishedRow) -> None:
    if row.value_most > row.value:
        ax.plot(
            [row.value, row.value_most],
            [at, at],
            color=INK,
            linewidth=0.7,
            linestyle=_DOTTED,
            clip_on=False,
            gid=f"silence-{row.id}",
        )
    mark = _mark(row.verdict, gid=f"sample-{row.id}")
    mark.set_data([row.value], [at])
    ax.add_line(mark)


def _mark(verdict: Verdict, *, gid: str = "", label: str = "") -> Line2D:
    shape, fill, _ = _MARKS[verdict]
    return Line2D(
        [],
        [],
        marker=shape,
        linestyle="",
        markersize=3.8,
        markerfacecolor=fill,
        markeredgecolor=ACCENT if fill == ACCENT else INK,
        markeredgewidth=0.9,
        clip_on=False,
        zorder=5,
        gid=gid,
        label=label,
    )


def _legend(ax: Axes, rows: Sequence[PublishedRow]) -> None:
    ax.legend(
        handles=[*_published_keys(rows), *_sample_keys(rows)],
        loc="lower left",
        bbox_to_anchor=(0, 1),
        bbox_transform=label_edge(ax),
        ncols=3,
        columnspacing=1.2,
        borderpad=0.6,
    )


def _published_keys(rows: Sequence[PublishedRow]) -> Iterator[Line2D | Patch]:
    if any(row.hard_low == row.hard_high for row in rows):
        exact = Line2D([], [], color=BLUE, marker="|", linestyle="", label="published, exact")
        exact.set(markersize=7, markeredgewidth=1.6)
        yield exact
    if any(row.hard_low < row.hard_high for row in rows):
        yield Patch(facecolor=PALE, label="published, strict reading")
    if any(row.hard_low < row.hard_high and row.soft_low is not None for row in rows):
        yield Patch(facecolor=MIDDLE, label="published, usual reading")


def _sample_keys(rows: Sequence[PublishedRow]) -> Iterator[Line2D]:
    there = {row.verdict for row in rows}
    for words in dict.fromkeys(words for *_, words in _MARKS.values()):
        verdicts = [verdict for verdict, mark in _MARKS.items() if mark[2] == words]
        if there.intersection(verdicts):
            yield _mark(verdicts[0], label=f"sample: {words}")
    if any(row.value_most > row.value for row in rows):
        words = "sample: silence allows up to"
        yield Line2D([], [], color=INK, linewidth=0.8, linestyle=_DOTTED, label=words)


def published_alt(released: Released, *, only: Sequence[str] | None = None) -> str:
    """Return alternative text for `draw_published`, made from its numbers."""
    rows = _rows(released, only)
    groups = dict.fromkeys(row.group.replace("_", " ") for row in rows)
    counted = {verdict: sum(row.verdict == verdict for row in rows) for verdict in VERDICTS}
    words = {
        "equal": "equal the published figure",
        "inside_soft": "lie within the usual reading of its words",
        "inside_hard": "lie only within the strict reading",
        "outside": "lie outside",
        "not_computable": "cannot be judged because of silence",
    }
    found = ", ".join(f"{n} {words[verdict]}" for verdict, n in counted.items() if n)
    outside = [row.construct for row in rows if row.verdict == "outside"]
    named = f" Outside: {'; '.join(outside)}." if outside else ""
    marked = "Simulated data. " if released.simulated else ""
    return (
        f"{marked}Published bounds and the sample's values for {len(rows)} counts "
        f"({', '.join(groups)}): of the sample's values {found}.{named}"
    )
