"""Reading a user's own codes: a CSV file, or a REFI-QDA codebook of another program."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeAlias

from relatum.errors import Issue
from relatum.schema.codebook import Code, near_match
from relatum.schema.codebook_files import (
    code_guid,
    code_names,
    domain_guid,
    domain_names,
    read_memo,
)
from relatum.schema.model import Schema

__all__ = ["Draft", "read_drafts"]

# An element of lxml, whose own class has a private name.
_Xml: TypeAlias = Any

_REQUIRED = ("id", "label", "domain", "definition")
_LARGEST = 20_000_000
_DEEPEST = 50
_NAMESPACE = "urn:QDA-XML:codebook:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A code as a file gives it, not yet checked.

    Attributes
    ----------
    row : str
        Where it stands.
    values : mapping of str to str
        What is said, by column of the codebook.
    existing : bool
        Whether it was recognised as a code of the schema, under whatever name.
    """

    row: str
    values: Mapping[str, str]
    existing: bool = False

    def get(self, field: str) -> str:
        """Return what is said in a column; an empty text where nothing is."""
        return self.values.get(field, "")

    def listed(self, field: str) -> tuple[str, ...]:
        """Return the codes that a column lists."""
        return tuple(part.strip() for part in self.get(field).split(";") if part.strip())


def read_drafts(path: Path, schema: Schema) -> tuple[list[Draft], list[Issue]]:
    """Read the codes of a file.

    Parameters
    ----------
    path : Path
        A file that ends in ``.csv`` or ``.qdc``.
    schema : Schema
        By which existing codes and domains are recognised.

    Returns
    -------
    list of Draft, list of Issue
        Faults of the file as a whole leave no draft.
    """
    if path.suffix.lower() not in (".csv", ".qdc"):
        return [], [_issue(path, "file_type", "A codebook ends in .csv or .qdc.")]
    try:
        if path.stat().st_size > _LARGEST:
            return [], [_issue(path, "too_large", "The file is larger than any codebook.")]
        raw = path.read_bytes()
    except OSError as error:
        words = f"The file could not be opened: {error.strerror or type(error).__name__}."
        return [], [_issue(path, "unreadable_file", words)]
    return _read_csv(path, raw) if path.suffix.lower() == ".csv" else _read_qdc(path, raw, schema)


def _issue(path: Path, rule: str, message: str, field: str = "", near: str = "") -> Issue:
    return Issue(table=path.name, rule=rule, message=message, field=field, near=near)


# --- CSV -------------------------------------------------------------------------------------


def _read_csv(path: Path, raw: bytes) -> tuple[list[Draft], list[Issue]]:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        message = "The file is not in UTF-8. Save it as 'CSV UTF-8' and try again."
        return [], [_issue(path, "encoding", message)]
    head = text.partition("\n")[0]
    delimiter = ";" if head.count(";") > head.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    drafts: list[Draft] = []
    issues: list[Issue] = []
    try:
        header = [name.strip() for name in next(reader, [])]
        issues += _header_faults(path, header)
        for cells in reader:
            if any(cell.strip() for cell in cells):
                row = f"line {reader.line_num}"
                if len(cells) != len(header):
                    message = f"{len(cells)} fields, expected {len(header)}."
                    issues.append(
                        Issue(table=path.name, row=row, rule="field_count", message=message)
                    )
                values = zip(header, (cell.strip() for cell in cells), strict=False)
                drafts.append(Draft(row=row, values=dict(values)))
    except csv.Error:
        return [], [_issue(path, "damaged_file", "The file is no regular CSV table.")]
    missing = any(issue.rule == "missing_field" for issue in issues)
    return ([] if missing else drafts), issues


def _header_faults(path: Path, header: list[str]) -> Iterator[Issue]:
    known = tuple(field.name for field in fields(Code))
    for name in _REQUIRED:
        if name not in header:
            yield _issue(path, "missing_field", "This column is required.", name)
    for at, name in enumerate(header):
        if name not in known:
            message = f"Column {at + 1} is not a column of a codebook."
            yield _issue(path, "unknown_field", message, "", near_match(name.lower()[:64], known))
        elif name in header[:at]:
            yield _issue(path, "duplicate_column", "The header repeats this name.", name)


# --- REFI-QDA --------------------------------------------------------------------------------


def _read_qdc(path: Path, raw: bytes, schema: Schema) -> tuple[list[Draft], list[Issue]]:
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, remove_pis=True
    )
    try:
        root = etree.fromstring(raw, parser)
    except (etree.XMLSyntaxError, ValueError):
        return [], [_issue(path, "damaged_file", "The file is no regular XML.")]
    if root.getroottree().docinfo.doctype:
        message = "The file declares a document type, which a codebook never needs."
        return [], [_issue(path, "forbidden_xml", message)]
    if etree.QName(root).localname != "CodeBook" or not str(
        etree.QName(root).namespace or ""
    ).startswith(_NAMESPACE):
        return [], [_issue(path, "file_type", "The file is no REFI-QDA codebook.")]
    return _Tree(path, schema).read(root)


class _Tree:
    """Walks the codes of a REFI-QDA codebook."""

    def __init__(self, path: Path, schema: Schema) -> None:
        self._path = path
        self._drafts: list[Draft] = []
        self._issues: list[Issue] = []
        self._count = 0
        self._domains = _domain_keys(schema)
        names = code_names(schema)
        self._by_guid = {code_guid(name.code): name.code for name in names}
        self._by_name = {
            (schema.codebook[name.code].domain, name.name.casefold()): name.code for name in names
        }
        self._ids = schema.codebook

    def read(self, root: _Xml) -> tuple[list[Draft], list[Issue]]:
        for codes in _children(root, "Codes"):
            for element in _children(codes, "Code"):
                self._top(element)
        return self._drafts, self._issues

    def _top(self, element: _Xml) -> None:
        self._count += 1
        keys = (_guid(element), _name(element).casefold())
        domain = next((self._domains[key] for key in keys if key in self._domains), "")
        if domain:
            self._below(element, domain, "", 1)
            return
        row = f"code {self._count}"
        message = f"'{_name(element)[:63]}' is not a domain of the schema; put codes below one."
        near = near_match(_name(element).casefold()[:64], self._domains)
        self._issues.append(
            Issue(table=self._path.name, row=row, rule="unknown_domain", message=message, near=near)
        )
        self._count += sum(1 for _ in element.iter("{*}Code")) - 1

    def _below(self, element: _Xml, domain: str, parent: str, depth: int) -> None:
        if depth > _DEEPEST:
            message = f"Codes are nested more than {_DEEPEST} deep."
            self._issues.append(_issue(self._path, "too_deep", message))
            return
        for child in _children(element, "Code"):
            self._count += 1
            held = self._known(child, domain)
            code = held or _new_id(child)
            folder = str(child.get("isCodable", "true")).strip() in ("false", "0")
            if not (folder and not held):
                self._draft(child, code, domain, parent, existing=bool(held))
            self._below(child, domain, parent if folder and not held else code, depth + 1)

    def _known(self, element: _Xml, domain: str) -> str:
        own = read_memo(_description(element)).get("id", "")
        if own in self._ids:
            return own
        by_name = self._by_name.get((domain, _name(element).casefold()), "")
        return self._by_guid.get(_guid(element), by_name)

    def _draft(self, element: _Xml, code: str, domain: str, parent: str, *, existing: bool) -> None:
        values = {
            **read_memo(_description(element)),
            "id": code,
            "label": " ".join(_name(element).split()),
            "domain": domain,
            "parent": parent,
        }
        row = f"code {self._count}"
        self._drafts.append(Draft(row=row, values=values, existing=existing))


def _domain_keys(schema: Schema) -> dict[str, str]:
    """Return every text by which a domain may be recognised: its identifier, name or id."""
    keys = {}
    for (entity, domain), name in domain_names(schema).items():
        keys[name.casefold()] = domain
        keys.setdefault(domain, domain)
        keys.setdefault(domain.replace("_", " "), domain)
        keys[domain_guid(entity, domain)] = domain
    for code in schema.codebook.select(entity="domain"):
        keys[code.id] = code.domain
        keys[code_guid(code.id)] = code.domain
    return keys


def _children(element: _Xml, name: str) -> Iterator[Any]:
    yield from element.iterchildren(f"{{*}}{name}")


def _guid(element: _Xml) -> str:
    return str(element.get("guid", "")).strip().strip("{}").upper()


def _name(element: _Xml) -> str:
    return str(element.get("name", "")).strip()


def _description(element: _Xml) -> str:
    found = next(_children(element, "Description"), None)
    return "" if found is None else str(found.text or "").strip()


def _new_id(element: _Xml) -> str:
    """Return the id that the memo states, or one made from the name."""
    own = read_memo(_description(element)).get("id", "")
    if own:
        return own
    plain = unicodedata.normalize("NFKD", _name(element)).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_").removeprefix("x_")
    return f"x_{words[:61].rstrip('_')}" if words else ""
