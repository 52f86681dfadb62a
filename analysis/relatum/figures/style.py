"""One look for all figures: palette, sizes, fonts, and bytes that do not change between builds."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, get_args

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from relatum.errors import ReportError

__all__ = [
    "ACCENT",
    "BLUE",
    "EDGE",
    "GRID",
    "INK",
    "MIDDLE",
    "MUTED",
    "ORANGE",
    "PALE",
    "PRINT_WIDTH",
    "SHARES",
    "SMALL",
    "TEXT",
    "Form",
    "figure_of",
    "figure_style",
    "mark_simulated",
    "new_axes",
    "render_figure",
    "save_figure",
]

Form = Literal["svg", "png", "pdf"]

#: Width of the text of a printed page, in inches.
#: The label of figures whose margins are set: nothing needs to be measured and cut.
FIXED_SIZE = "fixed size"
PRINT_WIDTH = 6.3
#: Sizes of letters, in points: text, and the smaller size of labels.
TEXT, SMALL = 7.5, 6.5

# Lightness falls from PALE over MIDDLE to BLUE and INK, so that the order survives in grey.
INK = "#1b2733"
MUTED = "#5d6b79"
EDGE = "#9aa7b3"
GRID = "#e1e6eb"
PALE = "#c6d9ea"
MIDDLE = "#6f9dc9"
BLUE = "#1f5f99"
ORANGE = "#e8a33d"
ACCENT = "#c2410c"

#: Shares from 0 to 1: one hue, even steps of lightness.
SHARES = LinearSegmentedColormap.from_list(
    "relatum_shares", ["#f7fafc", "#c6d9ea", "#7fabd2", "#3672a8", "#0f3557"]
)

_RC: dict[str, Any] = {
    "font.family": ["DejaVu Sans"],
    "font.size": TEXT,
    "text.color": INK,
    "axes.titlesize": TEXT + 1,
    "axes.labelsize": TEXT,
    "axes.labelcolor": INK,
    "axes.edgecolor": EDGE,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "xtick.color": EDGE,
    "ytick.color": EDGE,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "legend.fontsize": SMALL,
    "legend.frameon": False,
    "legend.handlelength": 1.6,
    "legend.borderaxespad": 0.0,
    "figure.max_open_warning": 0,
    "svg.hashsalt": "relatum",
    "svg.fonttype": "path",
    "pdf.fonttype": 42,
}
# A notebook shows what is drawn in interactive mode only, and chooses the dots per inch.
_KEPT = ("backend", "figure.dpi", "interactive")
_METADATA: dict[Form, dict[str, str | None]] = {
    "svg": {"Date": None, "Creator": "relatum"},
    "png": {"Software": "relatum"},
    "pdf": {"CreationDate": None, "ModDate": None, "Creator": "relatum", "Producer": None},
}


@contextmanager
def figure_style() -> Iterator[None]:
    """Draw in the style of the package; the settings of matplotlib return afterwards.

    Settings of the user play no part, so that figures look the same everywhere; only the dots per
    inch of new figures are left to the program that shows them.

    Examples
    --------
    >>> with figure_style():
    ...     float(mpl.rcParams["font.size"])
    7.5
    """
    plain: Any = {k: v for k, v in mpl.rcParamsDefault.items() if not k.startswith(_KEPT)}
    plain.update(_RC)
    with mpl.rc_context(rc=plain):
        yield


def new_axes(
    *,
    height: float,
    left: float = 0.45,
    right: float = 0.15,
    top: float = 0.3,
    bottom: float = 0.5,
) -> Axes:
    """Make a figure of the print width with one axes and fixed margins.

    Parameters
    ----------
    height : float
        Height of the axes, in inches.
    left, right, top, bottom : float
        Margins, in inches.

    Returns
    -------
    Axes

    Examples
    --------
    >>> ax = new_axes(height=2.0, top=0.25, bottom=0.25)
    >>> [float(side) for side in figure_of(ax).get_size_inches()]
    [6.3, 2.5]
    >>> plt.close(figure_of(ax))
    """
    whole = height + top + bottom
    figure = plt.figure(figsize=(PRINT_WIDTH, whole))
    figure.set_label(FIXED_SIZE)
    width = (PRINT_WIDTH - left - right) / PRINT_WIDTH
    return figure.add_axes((left / PRINT_WIDTH, bottom / whole, width, height / whole))


def figure_of(ax: Axes) -> Figure:
    """Return the figure that holds axes.

    Raises
    ------
    ReportError
        If the axes were removed from their figure.
    """
    figure = ax.get_figure(root=True)
    if not isinstance(figure, Figure):
        msg = "These axes belong to no figure. Draw them again."
        raise ReportError(msg)
    return figure


def mark_simulated(ax: Axes, simulated: bool, *, shift: float = 0.0) -> None:
    """Say in the figure that its data are simulated, at the lower right under the axes.

    Parameters
    ----------
    ax : Axes
        The axes.
    simulated : bool
        Whether they are.
    shift : float
        Distance from the right end of the axes to the right, in inches.
    """
    if not simulated:
        return
    ax.annotate(
        "simulated data",
        (1, 0),
        (72 * shift - 2, -25),
        xycoords="axes fraction",
        textcoords="offset points",
        ha="right",
        va="center",
        fontsize=SMALL,
        fontstyle="italic",
        color=MUTED,
        bbox={
            "boxstyle": "round,pad=0.3",
            "facecolor": "white",
            "edgecolor": EDGE,
            "linewidth": 0.6,
        },
        annotation_clip=False,
        gid="simulated",
    )


def render_figure(ax: Axes, *, form: Form = "svg", alt: str = "", dpi: int = 200) -> bytes:
    """Turn a figure into bytes, the same bytes in every build.

    Parameters
    ----------
    ax : Axes
        Any axes of the figure.
    form : {"svg", "png", "pdf"}
        The format.
    alt : str
        The alternative text; written into the description of an SVG.
    dpi : int
        Dots per inch of a PNG.

    Returns
    -------
    bytes

    Raises
    ------
    ReportError
        If the format is not one of the three.
    """
    if form not in get_args(Form):
        msg = f"A figure cannot be written as '{form}'; choose svg, png or pdf."
        raise ReportError(msg)
    metadata = dict(_METADATA[form])
    if alt and form == "svg":
        metadata["Description"] = alt
    held = io.BytesIO()
    with figure_style():
        figure_of(ax).savefig(held, format=form, dpi=dpi, metadata=metadata)
    return held.getvalue()


def save_figure(ax: Axes, path: Path, *, alt: str = "", dpi: int = 200) -> Path:
    """Write a figure as the format that the path ends with, and close it.

    Parameters
    ----------
    ax, alt, dpi
        See `render_figure`.
    path : Path
        Where; ends with ``.svg``, ``.png`` or ``.pdf``.

    Returns
    -------
    Path
        The same path.
    """
    form: Any = path.suffix.removeprefix(".").lower()
    path.write_bytes(render_figure(ax, form=form, alt=alt, dpi=dpi))
    plt.close(figure_of(ax))
    return path
