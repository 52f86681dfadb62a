"""What an import left beside its sample: what was not taken over, and how its source is named."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from types import MappingProxyType

from relatum.errors import Issue

__all__ = [
    "ATTRIBUTION",
    "DISCARDS",
    "IMPORT_FILES",
    "TERMS",
    "WORKED_ROW",
    "Discard",
    "ImportRecord",
    "import_files",
    "read_import",
]

#: The file that lists what was not taken over.
DISCARDS = "discards.json"
#: The file with the line by which a source asks to be named.
ATTRIBUTION = "ATTRIBUTION.txt"
#: The file with a source's terms of use.
TERMS = "TERMS.txt"
#: What a row is called that shows in a template how rows are filled in.
WORKED_ROW = "worked row"
IMPORT_FILES: tuple[str, ...] = (DISCARDS, ATTRIBUTION, TERMS)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Discard:
    """Something that a foreign file holds and the sample does not.

    Attributes
    ----------
    source : str
        The file, sheet or element; never a text of a case.
    what : str
        What it is, such as ``memo`` or a column's name.
    n : int
        How many of it.
    why : str
        Why it was not taken over, in words.
    """

    source: str
    what: str
    n: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRecord:
    """What an import says of itself.

    Attributes
    ----------
    discards : tuple of Discard
        Everything that was not taken over; empty where nothing was left out.
    attribution : str
        The line by which the source asks to be named; empty where it asks for none.
    terms : str
        Terms of use; empty where there are none.
    """

    discards: tuple[Discard, ...] = ()
    attribution: str = ""
    terms: str = ""


def import_files(record: ImportRecord | None) -> Mapping[str, str]:
    """Return the files that keep a record in a sample's folder: name and text.

    Examples
    --------
    >>> list(import_files(ImportRecord(attribution="A registry."))), dict(import_files(None))
    (['discards.json', 'ATTRIBUTION.txt'], {})
    """
    if record is None:
        return MappingProxyType({})
    rows = [asdict(row) for row in record.discards]
    files = {DISCARDS: json.dumps(rows, indent=1, ensure_ascii=False) + "\n"}
    files |= {ATTRIBUTION: f"{record.attribution}\n"} if record.attribution else {}
    files |= {TERMS: f"{record.terms}\n"} if record.terms else {}
    return MappingProxyType(files)


def read_import(folder: Path) -> tuple[ImportRecord | None, tuple[Issue, ...]]:
    """Read the record of an import from a sample's folder.

    Parameters
    ----------
    folder : Path
        The folder of a sample.

    Returns
    -------
    ImportRecord or None, tuple of Issue
        None for a sample that was not imported, and where the record is faulty; then the issues
        say what is wrong, without a word of what the files hold.
    """
    present = [name for name in IMPORT_FILES if (folder / name).exists()]
    if not present:
        return None, ()
    texts: dict[str, str] = {}
    issues: list[Issue] = []
    for name in present:
        try:
            texts[name] = (folder / name).read_text(encoding="utf-8-sig").strip()
        except OSError as error:
            message = f"The file could not be opened: {error.strerror or type(error).__name__}."
            issues.append(Issue(table=name, rule="unreadable_file", message=message))
        except UnicodeDecodeError:
            message = "The file is not in UTF-8."
            issues.append(Issue(table=name, rule="encoding", message=message))
    discards: tuple[Discard, ...] = ()
    if DISCARDS not in present:
        issues.append(_unlisted(present[0]))
    elif DISCARDS in texts:
        discards, faults = _discards(texts[DISCARDS])
        issues += faults
    if issues:
        return None, tuple(issues)
    attribution, terms = texts.get(ATTRIBUTION, ""), texts.get(TERMS, "")
    return ImportRecord(discards=discards, attribution=attribution, terms=terms), ()


def _unlisted(name: str) -> Issue:
    message = (
        f"{DISCARDS} is missing beside this file, so that what an import left out is not known. "
        "Import again; where the sample was not imported, give this file another name."
    )
    return Issue(table=name, rule="missing_discards", message=message)


def _discards(text: str) -> tuple[tuple[Discard, ...], list[Issue]]:
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError):
        return (), [_fault("The file is no JSON: it is cut off or damaged. Import again.")]
    if not isinstance(raw, list):
        return (), [_fault("The file must hold a list; it is [] where nothing was left out.")]
    places = [at for at, entry in enumerate(raw, start=1) if not _fits(entry)]
    if places:
        message = (
            "Every entry needs 'source', 'what' and 'why' as texts and 'n' as a whole number from "
            "0, and nothing else."
        )
        return (), [_fault(message, row=f"entry {at}") for at in places]
    return tuple(Discard(**entry) for entry in raw), []


def _fits(entry: object) -> bool:
    names = {spec.name for spec in fields(Discard)}
    if not isinstance(entry, dict) or set(entry) != names:
        return False
    texts = all(type(entry[name]) is str for name in names - {"n"})
    return texts and type(entry["n"]) is int and entry["n"] >= 0


def _fault(message: str, *, row: str = "") -> Issue:
    return Issue(table=DISCARDS, row=row, rule="damaged_file", message=message)
