"""The leak scan: no output of an anonymous build may tell who wrote it, or on which machine."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from relatum.errors import Issue, ReportError
from relatum.reports.fragments import Fragment, fragments
from relatum.reports.identity import Secret, normal

__all__ = ["GENERAL", "Works", "raise_leaks", "read_works", "scan", "scan_content"]

NEAR = 400
#: Bytes from which further processes save time.
WORTHWHILE = 8_000_000
FOLDERS = (
    "home|users|root|tmp|temp|var|mnt|opt|usr|etc|srv|media|work|workspace|builds|private|volumes"
)

#: What no anonymous output may hold, whoever wrote it.
GENERAL: tuple[Secret, ...] = (
    Secret(kind="path of a machine", pattern=rf"(?<![\w.:/~\])])/(?:{FOLDERS})/[\w.-]"),
    Secret(kind="path of a machine", pattern=r"\b[a-z]:\\+[\w. -]+\\"),
    Secret(kind="path of a machine", pattern=r"\bfile:/+[\w.]"),
    Secret(kind="path of a machine", pattern=r"\\\\[\w.-]+\\[\w$.-]+\\"),
    Secret(kind="e-mail address", pattern=r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}\b"),
    Secret(kind="ORCID", pattern=r"orcid\.org/\d{8}", squashed=True),
)


@dataclass(frozen=True, slots=True)
class Works:
    """Works that are cited: whoever wrote them is named beside their titles.

    Attributes
    ----------
    entries : tuple of (str, str)
        Authors and title of each, in normal form.
    """

    entries: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    def excuse(self, secret: Secret, text: str, start: int, end: int) -> bool:
        """Say whether a name stands beside the title of a work by a bearer of that name."""
        if not secret.surname:
            return False
        near = text[max(0, start - NEAR) : end + NEAR]
        return any(secret.surname in people and title in near for people, title in self.entries)


def read_works(paths: Sequence[Path]) -> Works:
    """Read authors and titles from BibTeX files.

    Parameters
    ----------
    paths : sequence of Path
        Files that do not exist are passed over.

    Returns
    -------
    Works
    """
    entries: list[tuple[str, str]] = []
    for path in paths:
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        for entry in re.split(r"(?m)^\s*@\w+\s*\{", text)[1:]:
            people = f"{_field(entry, 'author')} {_field(entry, 'editor')}"
            title = _field(entry, "title")
            if people.strip() and title:
                entries.append((people, title[:40].strip()))
    return Works(tuple(entries))


def _field(entry: str, name: str) -> str:
    found = re.search(rf"(?ims)^\s*{name}\s*=\s*[{{\"](.*?)[}}\"]\s*,?\s*$", entry)
    return normal(re.sub(r"\\.|[{}]", "", found[1])) if found else ""


def scan(
    folder: Path,
    secrets: Sequence[Secret],
    *,
    works: Works = Works(),
    skip: Sequence[str] = (),
    jobs: int = 1,
) -> tuple[Issue, ...]:
    """Look through every file of a folder, its name included.

    Parameters
    ----------
    folder : Path
    secrets : sequence of Secret
        What to look for beside `GENERAL`: see `relatum.reports.identity`.
    works : Works, optional
        Cited works, beside whose titles an author may be named as anyone else.
    skip : sequence of str, optional
        Files and folders directly below that are not looked at, such as the signed reports.
    jobs : int, optional
        Processes to use; what is found does not depend on it.

    Returns
    -------
    tuple of Issue
        One per file, place and kind. The value that was found is never in it.
    """
    paths = [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.relative_to(folder).parts[0] not in skip
    ]
    if jobs > 1 and sum(path.stat().st_size for path in paths) > WORTHWHILE:
        from joblib import Parallel, delayed

        call = delayed(_scan_file)
        found = Parallel(n_jobs=jobs)(call(folder, path, secrets, works) for path in paths)
    else:
        found = [_scan_file(folder, path, secrets, works) for path in paths]
    return tuple(issue for issues in found for issue in issues)


def _scan_file(
    folder: Path, path: Path, secrets: Sequence[Secret], works: Works
) -> tuple[Issue, ...]:
    name = path.relative_to(folder).as_posix()
    return scan_content(name, path.read_bytes(), secrets, works=works)


def scan_content(
    name: str,
    content: bytes,
    secrets: Sequence[Secret],
    *,
    works: Works = Works(),
) -> tuple[Issue, ...]:
    r"""Look through one file.

    Parameters
    ----------
    name : str
        Its name, for the message; its ending says what it is.
    content : bytes
    secrets, works
        See `scan`.

    Returns
    -------
    tuple of Issue

    Examples
    --------
    >>> from relatum.reports.identity import identity_of
    >>> secrets = identity_of({"author": "Ada Example"})
    >>> for issue in scan_content("a.html", b"<p>By A. Ex\xc2\xadample</p>", secrets):
    ...     print(issue)
    a.html line 1 [leak] An author's name stands here.
    """
    wanted = [(secret, re.compile(secret.pattern)) for secret in (*GENERAL, *secrets)]
    found: dict[tuple[str, str], Issue] = {}
    known: dict[str, tuple[Secret, ...]] = {}
    for fragment in (Fragment("name of the file", name), *fragments(name, content)):
        # Attributes say the same thousands of times.
        if fragment.text not in known:
            known[fragment.text] = tuple(_hits(fragment.text, wanted, works))
        for secret in known[fragment.text]:
            found.setdefault((fragment.place, secret.kind), _issue(name, fragment.place, secret))
    lines = {kind for place, kind in found if place.startswith("line ")}
    return tuple(
        issue for (place, kind), issue in found.items() if place != "lines" or kind not in lines
    )


def _hits(
    words: str, wanted: Sequence[tuple[Secret, re.Pattern[str]]], works: Works
) -> Iterator[Secret]:
    text = normal(words)
    tight = re.sub("[ -]", "", text)
    for secret, pattern in wanted:
        for hit in pattern.finditer(tight if secret.squashed else text):
            if not works.excuse(secret, text, hit.start(), hit.end()):
                yield secret
                break


def _issue(name: str, place: str, secret: Secret) -> Issue:
    article = "An" if secret.kind[0] in "aeioAEIO" else "A"
    message = f"{article} {secret.kind} stands here."
    return Issue(table=name, row=place, rule="leak", message=message)


def raise_leaks(issues: Sequence[Issue]) -> None:
    """Stop an anonymous build that tells who made it.

    Parameters
    ----------
    issues : sequence of Issue
        What `scan` found.

    Raises
    ------
    ReportError
        If there is any; it carries them all.
    """
    if not issues:
        return
    count = "1 place" if len(issues) == 1 else f"{len(issues)} places"
    kinds: Mapping[str, None] = dict.fromkeys(issue.message.split(" stands")[0] for issue in issues)
    msg = (
        f"The anonymous reports are not anonymous: {count} ({'; '.join(kinds).casefold()}). "
        "Nothing was written. Put what names authors into blocks of the class content-hidden "
        'with when-profile="anonymous", or take it out.'
    )
    raise ReportError(msg, issues)
