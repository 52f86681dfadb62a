"""From the XML of a REFI-QDA project to a `Project`; texts, memos and comments are only counted.

Names of elements are read without their namespace, because programs write several
(``urn:QDA-XML:project:1.0``, ``codebook:0:4``), and GUIDs without braces and in lower case.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from relatum.samples.importers.qdpx_faults import Faults
from relatum.samples.importers.qdpx_project import (
    CaseNode,
    CodeNode,
    CodingNode,
    Project,
    SetNode,
    SourceNode,
    Variable,
)

__all__ = ["MOST_ELEMENTS", "parse_project"]

#: An element of lxml, which has no public name for it.
_Element: TypeAlias = Any
_GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_DOCTYPE = tuple("<!DOCTYPE".encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be"))
_SOURCES = {
    "TextSource": "",
    "PictureSource": "picture",
    "PDFSource": "PDF file",
    "AudioSource": "audio file",
    "VideoSource": "video file",
}
#: A project of 100,000 codings has about 300,000.
MOST_ELEMENTS = 5_000_000
_INNER = {"Representation", "TextDescription", "Transcript"}
_TEXTS = {"TextSource", *_INNER}
#: What no sample holds, by element; the word is what the report says.
_WORDS = {
    "Note": "memo",
    "NoteRef": "reference to a memo",
    "Link": "link",
    "Graph": "graph",
    "MemberCode": "code in a set of codes",
    "MemberNote": "memo in a set",
    "SyncPoint": "time mark of a transcript",
}


def parse_project(xml: bytes, faults: Faults) -> Project:
    """Read the XML of a project.

    Parameters
    ----------
    xml : bytes
        The contents of ``project.qde``.
    faults : Faults
        Takes every fault.

    Returns
    -------
    Project

    Raises
    ------
    ImportFailedError
        If it is no XML, declares a document type or entities, is no project, repeats a GUID, or
        refers to what does not exist.
    """
    root = _parse(xml, faults)
    reader = _Reader(faults)
    reader.read(root)
    faults.stop()
    return reader.project()


def _parse(xml: bytes, faults: Faults) -> _Element:
    from lxml import etree

    refused = "The XML declares a document type or entities, which REFI-QDA does not use; refused."
    if any(mark in xml[: 1 << 16] for mark in _DOCTYPE):
        faults.add("document_type", refused)
        faults.stop()
    # A tree takes far more memory than its text, above all where elements are short.
    if xml.count(b"<") > 2 * MOST_ELEMENTS or xml.count(b"=") > 4 * MOST_ELEMENTS:
        message = f"The project holds more than {MOST_ELEMENTS:,} elements or their attributes."
        faults.add("too_many_elements", message)
        faults.stop()
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    root = None
    try:
        root = etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as error:
        # The library's own message may quote the text.
        message = (
            "This is no well-formed XML, or one text in it is longer than 10 million marks, or "
            "elements lie in one another too deeply."
        )
        faults.add("not_xml", message, row=f"line {error.lineno or 1}")
    except (ValueError, LookupError, AssertionError):
        faults.add("not_xml", "This is no XML in a known encoding.")
    faults.stop()
    assert root is not None
    if root.getroottree().docinfo.doctype:
        faults.add("document_type", refused)
    if _local(root) != "Project":
        message = "The root is no 'Project'; a codebook alone (.qdc) holds no documents."
        faults.add("not_a_project", message, row=f"line {root.sourceline or 1}")
    else:
        space = root.tag.rpartition("}")[0].lstrip("{") if isinstance(root.tag, str) else ""
        if space and not space.lower().startswith("urn:qda-xml:"):
            faults.add("unknown_namespace", "The namespace is none of REFI-QDA.", row="line 1")
    faults.stop()
    return root


def _local(element: _Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _children(element: _Element, *names: str) -> Iterator[_Element]:
    for child in element:
        if _local(child) in names:
            yield child


def _place(element: _Element) -> str:
    return f"line {element.sourceline or 1}"


class _Reader:
    """Reads one project; every list is in the order of the file."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.counts: Counter[str] = Counter()
        self.seen: set[str] = set()
        self.users: dict[str, str] = {}
        self.codes: dict[str, CodeNode] = {}
        self.variables: dict[str, Variable] = {}
        self.sources: dict[str, SourceNode] = {}
        self.cases: dict[str, CaseNode] = {}
        self.sets: dict[str, SetNode] = {}
        self.codings: list[CodingNode] = []
        self.selections: dict[str, str] = {}
        self.lengths: list[tuple[int, int]] = []
        #: References that are judged at the end: place, word, GUID.
        self.pending: list[tuple[str, str, str]] = []

    def read(self, root: _Element) -> None:
        """Read everything below the root."""
        parts: dict[str, list[_Element]] = {}
        for child in root:
            parts.setdefault(_local(child), []).extend(child)
        for user in parts.get("Users", ()):
            name = user.get("id") or user.get("name") or ""
            self.users[self._guid(user, "user")] = name.strip()
        for book in parts.get("CodeBook", ()):
            self._read_codes(book)
        for found in parts.get("Variables", ()):
            guid = self._guid(found, "variable")
            name = (found.get("name") or "").strip()
            kind = found.get("typeOfVariable") or "Text"
            self.variables[guid] = Variable(guid=guid, name=name, kind=kind)
        for source in parts.get("Sources", ()):
            self._read_source(source)
        for case in parts.get("Cases", ()):
            self._read_case(case)
        for found in parts.get("Sets", ()):
            self._read_set(found)
        for note in parts.get("Notes", ()):
            self._guid(note, "memo")
            self.counts["coding of a memo"] += sum(1 for e in note.iter() if _local(e) == "Coding")
        self._count(root)
        self._judge()

    def project(self) -> Project:
        """Return what was read."""
        return Project(
            users=self.users,
            codes=self.codes,
            variables=self.variables,
            sources=self.sources,
            cases=self.cases,
            sets=self.sets,
            codings=tuple(self.codings),
            selections=self.selections,
            selection_lengths=tuple(self.lengths),
            counts={word: n for word, n in sorted(self.counts.items()) if n},
        )

    # --- identity ----------------------------------------------------------------------------

    def _guid(self, element: _Element, word: str) -> str:
        guid = _normal(element.get("guid"))
        if not _GUID.fullmatch(guid):
            self.faults.add("bad_guid", f"A {word} has no valid GUID.", row=_place(element))
        elif guid in self.seen:
            message = f"The GUID {guid} of a {word} is taken."
            self.faults.add("duplicate_guid", message, row=_place(element))
        self.seen.add(guid)
        return guid

    def _target(self, element: _Element, word: str, attribute: str = "targetGUID") -> str:
        guid = _normal(element.get(attribute))
        self.pending.append((_place(element), word, guid))
        return guid

    def _judge(self) -> None:
        """Note every reference whose target does not exist."""
        known: dict[str, Mapping[str, object]] = {
            "user": self.users,
            "code": self.codes,
            "variable": self.variables,
            "document": self.sources,
            "selection": self.selections,
        }
        for place, word, guid in self.pending:
            if guid not in known[word]:
                shown = guid if _GUID.fullmatch(guid) else "no valid GUID"
                message = f"A reference to a {word} that does not exist ({shown})."
                self.faults.add("dangling_reference", message, row=place)

    # --- parts -------------------------------------------------------------------------------

    def _read_codes(self, codes: _Element) -> None:
        waiting: list[tuple[_Element, tuple[str, ...], str]] = [
            (code, (), "") for code in reversed(list(_children(codes, "Code")))
        ]
        while waiting:
            element, above, parent = waiting.pop()
            guid = self._guid(element, "code")
            name = (element.get("name") or "").strip()
            path = (*above, name)
            self.codes[guid] = CodeNode(guid=guid, name=name, path=path, parent=parent)
            below = reversed(list(_children(element, "Code")))
            waiting += [(code, path, guid) for code in below]

    def _values(self, element: _Element) -> tuple[tuple[str, str], ...]:
        found = []
        for value in _children(element, "VariableValue"):
            names = list(_children(value, "VariableRef"))
            if not names:
                message = "A value names no variable."
                self.faults.add("missing_element", message, row=_place(value))
                continue
            guid = self._target(names[0], "variable")
            texts = [(e.text or "").strip() for e in value if _local(e).endswith("Value")]
            if texts and texts[0]:
                found.append((guid, texts[0]))
        return tuple(found)

    def _read_case(self, element: _Element) -> None:
        guid = self._guid(element, "case")
        refs = {
            name: tuple(self._target(ref, word) for ref in _children(element, name))
            for name, word in _CASE_REFS.items()
        }
        self.cases[guid] = CaseNode(
            guid=guid,
            name=(element.get("name") or "").strip(),
            codes=refs["CodeRef"],
            values=self._values(element),
            sources=refs["SourceRef"],
            selections=refs["SelectionRef"],
        )

    def _read_set(self, element: _Element) -> None:
        guid = self._guid(element, "set")
        members = tuple(self._target(m, "document") for m in _children(element, "MemberSource"))
        if members:
            name = (element.get("name") or "").strip()
            self.sets[guid] = SetNode(guid=guid, name=name, sources=members)
        else:
            self.counts["set without documents"] += 1

    def _read_source(self, element: _Element) -> None:
        kind = _local(element)
        if kind not in _SOURCES:
            return
        guid = self._guid(element, "document")
        name = (element.get("name") or "").strip()
        self.sources[guid] = SourceNode(
            guid=guid, name=name, kind=kind, values=self._values(element)
        )
        if _SOURCES[kind]:
            self.counts[_SOURCES[kind]] += 1
        self._read_marks(element, guid, None)

    def _read_marks(self, element: _Element, source: str, around: _Element | None) -> None:
        """Read the codings and selections of a document, or of a text inside it."""
        for child in element:
            name = _local(child)
            if name == "Coding":
                self._read_coding(child, source, around)
            elif name.endswith("Selection"):
                selection = self._guid(child, "selection")
                self.selections[selection] = source
                self._count_selection(child)
                self._read_marks(child, source, child)
            elif name in _INNER:
                self._guid(child, "text")
                self._read_marks(child, source, None)

    def _read_coding(self, element: _Element, source: str, around: _Element | None) -> None:
        self._guid(element, "coding")
        refs = list(_children(element, "CodeRef"))
        if not refs:
            message = "A coding names no code."
            self.faults.add("missing_element", message, row=_place(element))
            return
        user = ""
        for holder in (element, around):
            if holder is not None and holder.get("creatingUser"):
                user = self._target(holder, "user", "creatingUser")
                break
        start, end = (-1, -1) if around is None else _span(around)
        self.codings.append(
            CodingNode(
                code=self._target(refs[0], "code"),
                user=user,
                source=source,
                selection="" if around is None else _normal(around.get("guid")),
                start=start,
                end=end,
            )
        )

    # --- what is not taken over --------------------------------------------------------------

    def _count_selection(self, element: _Element) -> None:
        names = {_local(child) for child in element}
        if "Coding" not in names:
            noted = "Description" in names or "NoteRef" in names
            self.counts["annotation" if noted else "selection without a code"] += 1
        else:
            self.counts["place of a coded passage"] += 1
            self.counts["comment on a coding"] += "Description" in names
        start, end = _span(element)
        if "startPosition" in element.attrib:
            if start < 0 or end < start:
                self.counts["passage with an impossible place"] += 1
            else:
                self.lengths.append((len(element.get("name") or ""), end - start))

    def _count(self, root: _Element) -> None:
        for element in root.iter():
            name = _local(element)
            if name in _WORDS:
                self.counts[_WORDS[name]] += 1
            elif name == "Description" and not _is_selection(element.getparent()):
                self.counts["description or comment"] += 1
            elif name in _TEXTS or name == "PlainTextContent":
                self.counts["text"] += name != "PlainTextContent"
            elif name and name not in _KNOWN and not name.endswith("Selection"):
                self.counts["element outside of REFI-QDA"] += 1
            attributes = element.attrib
            self.counts["rich text"] += "richTextPath" in attributes
            self.counts["date of work"] += bool(_DATES & set(attributes.keys()))


_CASE_REFS = {"CodeRef": "code", "SourceRef": "document", "SelectionRef": "selection"}
_DATES = {"creationDateTime", "modifiedDateTime"}
# fmt: off
_KNOWN = {
    "Project", "Users", "User", "CodeBook", "Codes", "Code", "Variables", "Variable",
    "VariableValue", "VariableRef", "TextValue", "BooleanValue", "IntegerValue", "FloatValue",
    "DateValue", "DateTimeValue", "Cases", "Case", "CodeRef", "SourceRef", "SelectionRef",
    "Sources", "Coding", "Notes", "Links", "Sets", "Set", "MemberSource", "Graphs", "Vertex",
    "Edge", "Description",
} | set(_SOURCES)
# fmt: on


def _is_selection(element: _Element | None) -> bool:
    return element is not None and _local(element).endswith("Selection")


def _normal(guid: str | None) -> str:
    return (guid or "").strip().strip("{}").lower()


def _span(element: _Element) -> tuple[int, int]:
    """Return the positions of a passage in a text; -1 where there are none."""
    texts = (element.get("startPosition") or "", element.get("endPosition") or "")
    if not all(re.fullmatch(r"\d{1,12}", text) for text in texts):
        return -1, -1
    return int(texts[0]), int(texts[1])
