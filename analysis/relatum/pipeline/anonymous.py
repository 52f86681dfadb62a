"""The reports without the names of authors: rendered aside, looked through, then put in place."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import relatum.reports
from relatum.errors import Issue
from relatum.pipeline.aside import fresh_folder
from relatum.pipeline.cache import Cache
from relatum.pipeline.home import HOME
from relatum.reports import Rendered
from relatum.reports.anonymous import ANONYMOUS
from relatum.reports.identity import Secret, machine_identity, read_identity
from relatum.reports.leaks import Works, raise_leaks, read_works, scan
from relatum.results.store import json_text

__all__ = ["SCAN", "render_anonymous", "scan_study"]

#: The evidence of the leak scan, in the folder ``anonymous`` of a study.
SCAN = "leak_scan.json"
JOBS = 2
SIGNED = "reports"


def render_anonymous(
    folder: Path,
    documents: Sequence[Path],
    render_to: Callable[[Path], tuple[Rendered, ...]],
    *,
    cache: Cache,
) -> None:
    """Render, clean and look through the anonymous reports; replace ``anonymous/`` as a whole.

    Parameters
    ----------
    folder : Path
        The folder of the study. Its results, tables and figures are looked through as well.
    documents : sequence of Path
        The sources, all of one report project.
    render_to : callable
        Renders them with the profile ``anonymous`` into a folder.
    cache : Cache
        Remembers that the same files were looked through for the same names and found clean.

    Raises
    ------
    ReportError
        If anything tells who wrote the reports or on which machine: with every file and place, and
        never with the words themselves. The folder ``anonymous`` is then as it was before.
    """
    with fresh_folder(folder / ANONYMOUS, mark=SCAN) as new:
        render_to(new)
        sums = _sums(new)
        hidden = (path.name for path in folder.iterdir() if path.name.startswith("."))
        skip = (SIGNED, ANONYMOUS, HOME, *hidden)
        search = _search(documents)
        key = search.key({**sums, **{f"../{k}": v for k, v in _sums(folder, skip).items()}})
        if cache.get(key) is None:
            beside = scan(folder, search.secrets, works=search.works, skip=skip)
            inside = scan(new, search.secrets, works=search.works, jobs=JOBS)
            raise_leaks((*inside, *beside))
            cache.put(key, {"leaks": b"0"})
        evidence = json_text({"files": sums, "leaks": 0})
        (new / SCAN).write_bytes(evidence.encode())


def scan_study(folder: Path, documents: Sequence[Path]) -> tuple[Issue, ...]:
    """Look through everything in the folder of a study but the signed reports.

    Parameters
    ----------
    folder : Path
        The folder of the study.
    documents : sequence of Path
        The sources of its reports, all of one report project.

    Returns
    -------
    tuple of Issue
    """
    search = _search(documents)
    hidden = (path.name for path in folder.iterdir() if path.name.startswith("."))
    return scan(folder, search.secrets, works=search.works, skip=(SIGNED, *hidden))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Search:
    """What is looked for, and the works beside whose titles a name may stand."""

    secrets: tuple[Secret, ...]
    works: Works

    def key(self, sums: dict[str, str]) -> str:
        """Digest files, names and the code that looks for them."""
        code = Path(relatum.reports.__file__).parent
        parts = [f"{name} {found}" for name, found in sorted(sums.items())]
        parts += [repr((one.kind, one.pattern, one.squashed)) for one in self.secrets]
        parts += [repr(self.works.entries)]
        parts += [path.read_text(encoding="utf-8") for path in sorted(code.glob("*.py"))]
        return hashlib.sha256("\0".join(("leaks", *parts)).encode()).hexdigest()


def _search(documents: Sequence[Path]) -> _Search:
    project = documents[0].parent if documents else Path()
    return _Search(
        secrets=(*read_identity(project, documents), *machine_identity()),
        works=read_works(sorted(project.glob("*.bib"))),
    )


def _sums(folder: Path, skip: Sequence[str] = ()) -> dict[str, str]:
    """Give the checksum of every file; what was looked for would tell, and is not recorded."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.relative_to(folder).parts[0] not in skip
    }
