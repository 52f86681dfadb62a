"""Checklists of reporting guidelines and the answer sheet, as tables with links to sections."""

from __future__ import annotations

import re

from relatum.schema.reporting import CHECKLISTS, ChecklistItem, load_attacks, load_checklist
from relatum.tables.table import Column, Row, Table

__all__ = ["link_places", "say_checklist", "tabulate_attacks", "tabulate_checklist"]

TO_COMPLETE = "author to complete"
_PLACE = re.compile(r"\b([a-z][\w-]*)\\#sec-([a-z][\w-]*)")


def tabulate_checklist(name: str) -> Table:
    """Tabulate a checklist: item, what it asks, where it is met.

    Parameters
    ----------
    name : {"strobe", "record", "police", "srqr"}

    Returns
    -------
    Table
        One row per item, grouped by the parts of an article. A place is written
        ``document#section``; `link_places` makes it a link.

    Raises
    ------
    UsageError
        For another name.

    Examples
    --------
    >>> tabulate_checklist("police").rows[1].cells
    ('P2', 'Flow from listed to coded, with reasons', 'chapter#sec-flow, quality#sec-flow')
    """
    items = load_checklist(name)
    sources = dict.fromkeys(item.source for item in items if item.source)
    footnotes = [f"Items in our own words, after https://doi.org/{source}." for source in sources]
    return Table(
        title=CHECKLISTS[name],
        columns=(
            Column(label="Item", width=2),
            Column(label="What it asks", width=6),
            Column(label="Where it is met", width=6),
        ),
        rows=tuple(
            Row(cells=(item.item, item.asks, _where(item)), group=item.section) for item in items
        ),
        footnotes=tuple(footnotes),
    )


def tabulate_attacks() -> Table:
    """Tabulate the answer sheet: objection, answer, and the section that shows it.

    Returns
    -------
    Table
    """
    return Table(
        title="Twenty likely objections, and where each is answered",
        columns=(
            Column(label="No.", width=1),
            Column(label="Objection", width=5),
            Column(label="What the package does", width=8),
            Column(label="Where", width=5),
        ),
        rows=tuple(
            Row(cells=(one.item, one.asks, one.answer, ", ".join(one.where)))
            for one in load_attacks()
        ),
    )


def say_checklist(name: str) -> str:
    """Say how many items of a checklist the reports meet, and how many wait for a person.

    Parameters
    ----------
    name : {"strobe", "record", "police", "srqr"}

    Returns
    -------
    str

    Examples
    --------
    >>> say_checklist("police")
    '10 items: 7 met by the reports alone, 3 begun there, 0 left to the author'
    """
    items = load_checklist(name)
    alone = sum(not item.by_author for item in items)
    begun = sum(item.by_author and bool(item.where) for item in items)
    left = len(items) - alone - begun
    return (
        f"{len(items)} items: {alone} met by the reports alone, {begun} begun there, "
        f"{left} left to the author"
    )


def link_places(markdown: str) -> str:
    r"""Turn the places in a table's Markdown into links to the HTML report beside this one.

    Parameters
    ----------
    markdown : str
        As `Table.markdown` writes it.

    Returns
    -------
    str

    Examples
    --------
    >>> link_places("| chapter\\#sec-appendix-codes |")
    '| [chapter: appendix codes](chapter.html#sec-appendix-codes) |'
    """
    return _PLACE.sub(_link, markdown)


def _link(found: re.Match[str]) -> str:
    document, anchor = found.groups()
    return f"[{document}: {anchor.replace('-', ' ')}]({document}.html#sec-{anchor})"


def _where(item: ChecklistItem) -> str:
    parts = [*item.where, *([TO_COMPLETE] if item.by_author else [])]
    return ", ".join(parts) + (f". {item.note}." if item.note else "")
