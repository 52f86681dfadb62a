"""The other documents of a report project, as the supplements of an article."""

from __future__ import annotations

from pathlib import Path

from relatum.reports.project import load_mapping
from relatum.reports.source import read_source

__all__ = ["supplement_list"]

ORDER = ("chapter", "prevalence", "cooccurrence", "escape", "times", "retraction", "comparison")


def supplement_list(folder: Path = Path(), *, article: str, links: bool) -> str:
    """Write the supplements of an article as a Markdown list.

    Parameters
    ----------
    folder : Path, optional
        The folder of the documents; the working folder by default, which is the document's.
    article : str
        The file name of the article itself, which is no supplement.
    links : bool
        Link the HTML files beside the article; else name the files.

    Returns
    -------
    str
        One entry per document with its title and subtitle, numbered S1, S2 and so on; empty where
        there is no other document.

    Raises
    ------
    ReportError
        If a front matter cannot be read.
    """
    others = [path for path in folder.glob("*.qmd") if path.name != article]
    others.sort(key=lambda path: (_place(path.stem), path.stem))
    entries = []
    for number, path in enumerate(others, start=1):
        own = load_mapping(read_source(path).front_matter, shown=path.name, first_line=2)
        title = str(own.get("title") or path.stem)
        subtitle = f". {own['subtitle']}" if own.get("subtitle") else ""
        named = f"[{title}]({path.stem}.html)" if links else f"{title} (`{path.stem}`)"
        entries.append(f"- **S{number}.** {named}{subtitle}.")
    return "\n".join(entries) + "\n" if entries else ""


def _place(stem: str) -> int:
    return ORDER.index(stem) if stem in ORDER else len(ORDER)
