"""Excel workbooks whose bytes depend on their contents alone."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

__all__ = ["add_texts", "workbook_bytes"]

#: The earliest time that an archive can hold; a clock would make every file another one.
_EPOCH = (1980, 1, 1, 0, 0, 0)
_STAMPED = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(</dcterms:)")


def add_texts(page: Worksheet, texts: Sequence[str]) -> None:
    """Add a row of texts below the last one; none of them is taken for a formula.

    Parameters
    ----------
    page : openpyxl.worksheet.worksheet.Worksheet
    texts : sequence of str
    """
    page.append(list(texts))
    for cell in page[page.max_row]:
        if cell.value is not None:
            cell.data_type = "s"


def workbook_bytes(workbook: Workbook) -> bytes:
    """Return a workbook as the bytes of an ``.xlsx`` file, without the time of writing.

    Parameters
    ----------
    workbook : openpyxl.Workbook
        What to write.

    Returns
    -------
    bytes
        The same for the same contents.

    Examples
    --------
    >>> from openpyxl import Workbook
    >>> workbook_bytes(Workbook()) == workbook_bytes(Workbook())
    True
    """
    raw = io.BytesIO()
    workbook.save(raw)
    out = io.BytesIO()
    with (
        zipfile.ZipFile(raw) as given,
        zipfile.ZipFile(out, "w", compression=zipfile.ZIP_DEFLATED) as made,
    ):
        for name in given.namelist():
            entry = zipfile.ZipInfo(name, date_time=_EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            content = given.read(name)
            if name == "docProps/core.xml":
                content = _STAMPED.sub(rb"\g<1>1980-01-01T00:00:00Z\g<2>", content)
            made.writestr(entry, content)
    return out.getvalue()
