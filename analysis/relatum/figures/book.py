"""Many figures as PDF files of one page each, with fonts that are read once for all of them."""

from __future__ import annotations

import io
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_pdf import PdfPages
from pypdf import PdfReader, PdfWriter

from relatum.figures.style import figure_of, figure_style

__all__ = ["FigureBook"]

_METADATA = {"CreationDate": None, "ModDate": None, "Creator": "relatum", "Producer": None}


class FigureBook:
    """Figures that become PDF files together.

    To read and cut the fonts takes most of the time of a PDF: one by one, figures take three times
    as long.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from relatum.figures.style import new_axes
    >>> book, ax = FigureBook(), new_axes(height=2.0)
    >>> book.add("empty", ax)
    >>> plt.close(figure_of(ax))
    >>> {name: content[:5] for name, content in book.pages().items()}
    {'empty': b'%PDF-'}
    """

    def __init__(self) -> None:
        self._held = io.BytesIO()
        # The stubs of matplotlib know no pages of a book.
        self._book: Any = PdfPages(self._held, metadata=_METADATA)
        self._names: list[str] = []

    def add(self, name: str, ax: Axes) -> None:
        """Add the figure of some axes as a page; it may be closed afterwards."""
        with figure_style():
            figure_of(ax).savefig(self._book, format="pdf")
        self._names.append(name)

    def pages(self) -> Mapping[str, bytes]:
        """Return each figure as a file of its own, by name; nothing can be added afterwards.

        The files carry no date, and the same figures in the same order give the same bytes.
        """
        if not self._names:
            return MappingProxyType({})
        with figure_style():
            self._book.close()
        reader = PdfReader(io.BytesIO(self._held.getvalue()))
        found: dict[str, bytes] = {}
        for name, page in zip(self._names, reader.pages, strict=True):
            writer = PdfWriter()
            writer.add_page(page)
            writer.add_metadata({"/Producer": "relatum"})
            out = io.BytesIO()
            writer.write(out)
            found[name] = out.getvalue()
        return MappingProxyType(found)
