"""The figures of a study as files: drawings for print, their numbers, and their words."""

from __future__ import annotations

import gc
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from relatum.errors import EstimationError, RelatumError, ReportError
from relatum.pipeline.cache import Cache
from relatum.pipeline.figures_png import svg_pixels
from relatum.pipeline.keys import figures_key
from relatum.pipeline.manifest import FileRecord, Manifest
from relatum.pipeline.rendering import Rendering
from relatum.release import Released, read_released
from relatum.release.absent import withheld
from relatum.reports import Rendered
from relatum.study import FigureForm

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "FIGURES_FOLDER",
    "LEFT_OUT",
    "add_figures",
    "draw_apart",
    "draw_figures",
    "main",
    "render_and_draw",
    "write_figures",
]

#: The folder in the folder of a study.
FIGURES_FOLDER = "figures"
#: The list of figures that could not be drawn, with the reasons.
LEFT_OUT = "left-out.txt"
#: Dots per inch of a PNG: what journals ask for.
DPI = 300


def render_and_draw(rendering: Rendering, folder: Path) -> tuple[Rendered, ...]:
    """Render the documents of a study and draw its figures, side by side.

    Parameters
    ----------
    rendering : Rendering
        Its plan says in which formats figures are written.
    folder : Path
        See `Rendering.into`.

    Raises
    ------
    ReportError
        The first fault of a document, or else of a figure.
    """
    forms = rendering.study.reports.figures
    with ThreadPoolExecutor(max_workers=1) as pool:
        drawn = pool.submit(write_figures, folder, forms, cache=rendering.cache)
        rendered = rendering.into(folder)
        drawn.result()
    return rendered


def write_figures(folder: Path, forms: Sequence[FigureForm], *, cache: Cache) -> None:
    """Draw the figures of a study from the results in its folder, into ``figures/``.

    Parameters
    ----------
    folder : Path
        A folder that is still aside, with ``results/``.
    forms : sequence of {"svg", "pdf", "png"}
        Without any there are no figures.
    cache : Cache
        Where the files are looked for first.

    Raises
    ------
    ReportError
        If a figure has no alternative text, or the program that draws stops.

    Notes
    -----
    They are drawn by a Python of their own, so that the settings and the windows of the program
    that runs the study are left alone, and so that documents can be rendered at the same time.
    """
    if not forms:
        return
    place = folder / FIGURES_FOLDER
    shutil.rmtree(place, ignore_errors=True)
    key = figures_key(folder / "results", forms) if cache.active else ""
    held = cache.get(key) if key else None
    if held is None:
        draw_apart(folder, forms)
        if key:
            cache.put(key, {path.name: path.read_bytes() for path in sorted(place.iterdir())})
        return
    place.mkdir(parents=True, exist_ok=True)
    for name, content in held.items():
        (place / name).write_bytes(content)


def add_figures(manifest: Manifest, folder: Path) -> Manifest:
    """Enter the files in ``figures/`` in the manifest; those of an earlier run leave it.

    Parameters
    ----------
    manifest : Manifest
    folder : Path
        The folder of the study.
    """
    start = f"{FIGURES_FOLDER}/"
    records = [record for record in manifest.files if not record.path.startswith(start)]
    for path in sorted((folder / FIGURES_FOLDER).glob("*")):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        records.append(FileRecord(path=f"{start}{path.name}", sha256=digest))
    return replace(manifest, files=tuple(sorted(records, key=lambda record: record.path)))


def draw_figures(
    results: Mapping[str, Released], place: Path, *, forms: Sequence[FigureForm]
) -> tuple[str, ...]:
    """Draw every figure of released results into a folder.

    Parameters
    ----------
    results : mapping of str to Released
        By name.
    place : Path
        The folder; made if it is missing.
    forms : sequence of {"svg", "pdf", "png"}

    Returns
    -------
    tuple of str
        Figures that could not be drawn, with the reasons; they are also listed in a file.

    Raises
    ------
    ReportError
        If a figure has no alternative text, or two have one name.

    Notes
    -----
    Beside ``NAME.svg``, ``NAME.pdf`` and ``NAME.png`` lie ``NAME.csv`` with the numbers that are
    drawn and ``NAME.txt`` with the alternative text. The same results give the same bytes.
    """
    # matplotlib is imported only where something is drawn.
    import matplotlib.pyplot as plt

    from relatum.figures.book import FigureBook
    from relatum.figures.kinds import drawings
    from relatum.figures.style import figure_of

    place.mkdir(parents=True, exist_ok=True)
    book = FigureBook()
    left_out: list[str] = []
    done: set[str] = set()
    for drawing in drawings(results):
        if drawing.name in done:
            msg = f"Two figures are named '{drawing.name}'."
            raise ReportError(msg)
        done.add(drawing.name)
        try:
            ax, alt, source = drawing.draw(), drawing.alt(), drawing.source()
        except (ReportError, EstimationError) as error:
            # "No event falls there" may not be true where rows did not go out.
            why = withheld(results.get(drawing.result))
            left_out.append(f"{drawing.name}: {f'{why}.' if why else error}")
            continue
        if not alt.strip():
            msg = f"The figure '{drawing.name}' has no alternative text."
            raise ReportError(msg)
        _write(place / f"{drawing.name}.txt", f"{alt}\n")
        _write(place / f"{drawing.name}.csv", source.to_csv(index=False, lineterminator="\n"))
        if "pdf" in forms:
            book.add(drawing.name, ax)
        for form, content in _drawn(ax, alt, forms):
            (place / f"{drawing.name}.{form}").write_bytes(content)
        plt.close(figure_of(ax))
    for name, content in book.pages().items():
        (place / f"{name}.pdf").write_bytes(content)
    if left_out:
        _write(place / LEFT_OUT, "\n".join(left_out) + "\n")
    return tuple(left_out)


def _drawn(ax: Axes, alt: str, forms: Sequence[FigureForm]) -> Iterator[tuple[FigureForm, bytes]]:
    """Give the forms that are made one by one: each figure is drawn once for both."""
    from relatum.figures.style import render_figure

    if "svg" not in forms and "png" not in forms:
        return
    svg = render_figure(ax, form="svg", alt=alt)
    if "svg" in forms:
        yield "svg", svg
    if "png" in forms:
        yield "png", svg_pixels(svg, dpi=DPI)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def draw_apart(folder: Path, forms: Sequence[FigureForm]) -> None:
    """Call `main` in a Python of its own.

    Parameters
    ----------
    folder : Path
        The folder of the study.
    forms : sequence of {"svg", "pdf", "png"}

    Raises
    ------
    ReportError
        With the last line of what it said.
    """
    done = subprocess.run(
        [sys.executable, "-m", __name__, *forms],
        cwd=folder,
        env={**os.environ, "MPLBACKEND": "agg"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        why = (done.stderr.strip().splitlines() or ["the program that draws was stopped"])[-1]
        msg = f"The figures could not be drawn: {why}"
        raise ReportError(msg)


def main(forms: Sequence[str]) -> int:
    """Draw from ``results/`` into ``figures/`` of the working folder; return the exit code."""
    allowed = get_args(FigureForm)
    try:
        wanted = tuple(form for form in allowed if form in forms)
        draw_figures(read_released(Path("results")), Path(FIGURES_FOLDER), forms=wanted)
    except RelatumError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    # This program draws and ends: a search for garbage as often as usual costs a tenth of its time.
    gc.set_threshold(20_000, 20, 50)
    sys.exit(main(sys.argv[1:]))
