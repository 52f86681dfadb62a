"""``authors.yml``: read, checked, put into words, and compared with CITATION.cff."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from relatum.errors import Issue, ReportError
from relatum.reports.anonymous import ANONYMOUS
from relatum.reports.people import CREDIT, Author, author_issues, parse_authors
from relatum.reports.project import find_reports, load_mapping
from relatum.reports.source import raise_faults

__all__ = [
    "AUTHORS",
    "CITATION",
    "citation_authors",
    "citation_issues",
    "citation_text",
    "open_authors",
    "read_authors",
    "say_contributions",
    "say_corresponding",
    "write_citation",
]

#: The name of the file in the folder of the reports.
AUTHORS = "authors.yml"
#: The name of the file beside that folder.
CITATION = "CITATION.cff"
BLOCK = re.compile(r"^authors:[^\n]*\n(?:[ \t-][^\n]*\n|\n(?=[ \t-]))*", re.M)


def read_authors(path: Path) -> tuple[Author, ...]:
    """Read the authors of the reports.

    Parameters
    ----------
    path : Path
        ``authors.yml``: ``author``, a list in Quarto's schema.

    Returns
    -------
    tuple of Author
        In the order of the file.

    Raises
    ------
    ReportError
        With every fault at once: a missing field, an ORCID iD whose check digit does not fit, a
        role that CRediT does not have, and the line.

    Examples
    --------
    >>> from relatum.reports import find_reports
    >>> [author.name for author in read_authors(find_reports() / "authors.yml")]
    ['The relatum developers']
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        message = f"{path.name} could not be read ({type(problem).__name__})."
        raise ReportError(message) from None
    config = load_mapping(text, shown=path.name, first_line=1)
    raise_faults(author_issues(text, shown=path.name), what=path.name)
    return parse_authors(config["author"])


def open_authors(folder: Path = Path()) -> tuple[Author, ...]:
    """Read the authors for a document that is being rendered.

    Parameters
    ----------
    folder : Path, optional
        The folder of ``authors.yml``; the working folder by default, which is the document's.

    Returns
    -------
    tuple of Author
        Empty in an anonymous build.

    Raises
    ------
    ReportError
        As `read_authors`.
    """
    if os.environ.get("RELATUM_PROFILE") == ANONYMOUS:
        return ()
    return read_authors(folder / AUTHORS)


def say_contributions(authors: Sequence[Author]) -> str:
    """Word who did what, by the roles of CRediT.

    Parameters
    ----------
    authors : sequence of Author

    Returns
    -------
    str
        One sentence per role, in the order of CRediT; a sentence that says so where no role is
        declared.

    Examples
    --------
    >>> from relatum.reports.people import Role
    >>> ada = Author(name="Ada Example", roles=(Role(name="software", degree="lead"),))
    >>> say_contributions([ada, Author(name="Bo Test", roles=(Role(name="software"),))])
    'Software: Ada Example (lead), Bo Test.'
    """
    said = []
    for name in CREDIT:
        people = [
            author.name + (f" ({role.degree})" if role.degree else "")
            for author in authors
            for role in author.roles
            if role.name == name
        ]
        if people:
            said.append(f"{name[0].upper()}{name[1:]}: {', '.join(people)}.")
    return " ".join(said) or "The roles of single authors are not declared."


def say_corresponding(authors: Sequence[Author]) -> str:
    """Word whom to write to.

    Examples
    --------
    >>> say_corresponding([Author(name="Ada Example", email="a@example.org", corresponding=True)])
    'Ada Example (a@example.org)'
    >>> say_corresponding([Author(name="The group")])
    'not declared'
    """
    for author in authors:
        if author.corresponding:
            return f"{author.name} ({author.email})"
    return "not declared"


def citation_authors(authors: Sequence[Author]) -> tuple[Mapping[str, str], ...]:
    """Write authors as CITATION.cff has them (Citation File Format 1.2.0).

    Parameters
    ----------
    authors : sequence of Author

    Returns
    -------
    tuple of mapping of str to str

    Examples
    --------
    >>> citation_authors([Author(name="The relatum developers")])
    ({'name': 'The relatum developers'},)
    """
    return tuple(_cited(author) for author in authors)


def _cited(author: Author) -> Mapping[str, str]:
    orcid = f"https://orcid.org/{author.orcid}" if author.orcid else ""
    if author.person:
        fields = {"family-names": author.family, "given-names": author.given}
        fields |= {"name-particle": author.particle, "affiliation": author.affiliation}
    else:
        fields = {"name": author.name}
    fields |= {"email": author.email, "orcid": orcid}
    return {key: value for key, value in fields.items() if value}


def citation_text(text: str, authors: Sequence[Author]) -> str:
    r"""Put authors into the text of a CITATION.cff.

    Parameters
    ----------
    text : str
        The file as it is.
    authors : sequence of Author

    Returns
    -------
    str
        The same text with another list under ``authors``; all else, comments too, is kept.

    Raises
    ------
    ReportError
        If the text has no list of authors.

    Examples
    --------
    >>> print(citation_text("title: x\nauthors:\n  - name: A\nyear: 1\n", [Author(name="B")]))
    title: x
    authors:
      - name: B
    year: 1
    <BLANKLINE>
    """
    if not BLOCK.search(text):
        raise ReportError(f"{CITATION} has no 'authors:'; add the key on a line of its own.")
    lines = ["authors:"]
    for fields in citation_authors(authors):
        dumped = yaml.safe_dump(dict(fields), allow_unicode=True, sort_keys=False, width=10_000)
        first, *rest = dumped.splitlines()
        lines += [f"  - {first}", *(f"    {line}" for line in rest)]
    block = "\n".join(lines) + "\n"
    return BLOCK.sub(lambda _: block, text, count=1)


def citation_issues(authors: Sequence[Author], citation: Path) -> tuple[Issue, ...]:
    """Say whether a CITATION.cff names the authors of ``authors.yml``.

    Parameters
    ----------
    authors : sequence of Author
    citation : Path
        The file; none is no fault.

    Returns
    -------
    tuple of Issue
        At most one; its message says how to mend it.
    """
    if not citation.is_file():
        return ()
    text = citation.read_text(encoding="utf-8")
    held = load_mapping(text, shown=citation.name, first_line=1).get("authors")
    if held == [dict(fields) for fields in citation_authors(authors)]:
        return ()
    message = (
        f"Its authors are not those of {AUTHORS}. Write them into it: "
        "python -m relatum.reports.authors"
    )
    return (Issue(table=citation.name, field="authors", rule="authors_differ", message=message),)


def write_citation(folder: Path) -> Path:
    """Write the authors of ``authors.yml`` into the CITATION.cff one folder up.

    Parameters
    ----------
    folder : Path
        The folder of the reports.

    Returns
    -------
    Path
        The file that was written.

    Raises
    ------
    ReportError
        If either file is missing or faulty.
    """
    place = folder.resolve().parent / CITATION
    if not place.is_file():
        raise ReportError(f"There is no {CITATION} beside the folder '{folder.name}'.")
    text = citation_text(place.read_text(encoding="utf-8"), read_authors(folder / AUTHORS))
    waiting = place.with_name(f".{CITATION}")
    waiting.write_text(text, encoding="utf-8", newline="\n")
    return waiting.replace(place)


if __name__ == "__main__":
    print(write_citation(find_reports()).name)
