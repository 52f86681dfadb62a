"""The codebook as files for other programs: REFI-QDA ``.qdc``, MAXQDA's code list, HTML."""

from __future__ import annotations

import html
import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from relatum.schema.codebook import Code
from relatum.schema.model import Schema
from relatum.schema.workbooks import add_texts, workbook_bytes

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

__all__ = [
    "LONGEST_NAME",
    "QDC_NAMESPACE",
    "CodeName",
    "code_guid",
    "code_names",
    "codebook_html",
    "codebook_maxqda",
    "codebook_qdc",
    "domain_colour",
    "domain_guid",
    "domain_names",
    "read_memo",
]

#: The longest name of a code that MAXQDA keeps; it cuts what is longer without a word.
LONGEST_NAME = 63
#: The namespace of a REFI-QDA codebook.
QDC_NAMESPACE = "urn:QDA-XML:codebook:1.0"

_SPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:relatum:codebook")
_PATH = " > "
# Light enough for black words on them.
_COLOURS: Mapping[str, str] = MappingProxyType(
    {
        "economic": "#E69F00",
        "control": "#56B4E9",
        "rules": "#8FD19E",
        "isolation": "#F0E442",
        "intimidation": "#7FA7D6",
        "violence": "#E9967A",
        "deception": "#D6A5C9",
        "recruitment": "#C2B280",
        "affection_benefit": "#A6CEE3",
        "attachment_dependency": "#CAB2D6",
        "active": "#B2DF8A",
        "fear": "#D9C3B0",
        "minimise": "#9FD8D3",
        "love": "#F4B6C2",
        "no_change": "#C9D28F",
        "escalation": "#F7A072",
        "barrier": "#FDBF6F",
        "motivator": "#A8E0B9",
    }
)
_OTHER_COLOUR = "#D9D9D9"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeName:
    """The name of a code in another program.

    Attributes
    ----------
    code : str
        The code's id.
    name : str
        Its name there, at most `LONGEST_NAME` characters.
    group : str
        The name of the parent code, which stands for the domain; empty where the code is itself
        that parent.
    full : str
        The name before it was cut.
    """

    code: str
    name: str
    group: str
    full: str

    @property
    def path(self) -> str:
        """The name with its parent, as MAXQDA writes it."""
        return f"{self.group}{_PATH}{self.name}" if self.group else self.name

    @property
    def is_cut(self) -> bool:
        """Whether the name had to be shortened."""
        return self.name != self.full


def code_guid(code: str) -> str:
    """Return the identifier of a code in REFI-QDA files: always the same for the same id.

    Examples
    --------
    >>> code_guid("vio_physical") == code_guid("vio_physical")
    True
    """
    return str(uuid.uuid5(_SPACE, f"code/{code}")).upper()


def domain_guid(entity: str, domain: str) -> str:
    """Return the identifier of a parent that is no code, such as a group of barriers."""
    return str(uuid.uuid5(_SPACE, f"domain/{entity}/{domain}")).upper()


def domain_colour(domain: str) -> str:
    """Return the colour of a domain, as ``#RRGGBB``.

    Examples
    --------
    >>> domain_colour("economic"), domain_colour("no_such_domain")
    ('#E69F00', '#D9D9D9')
    """
    return _COLOURS.get(domain, _OTHER_COLOUR)


def domain_names(schema: Schema) -> Mapping[tuple[str, str], str]:
    """Return the name of the parent of every group of codes, by entity and domain.

    The seven tactic domains are codes themselves; other groups have a parent that is not coded.

    Examples
    --------
    >>> from relatum.schema import load_schema
    >>> names = domain_names(load_schema())
    >>> names["tactic", "control"], names["coping", "love"]
    ('Control and monitoring, as a domain', 'Coping: love')
    """
    book = schema.codebook
    direct = {code.domain: code for code in book.select(entity="domain")}
    names = {}
    for code in book.values():
        if not code.is_coding:
            continue
        group = (code.entity, code.domain)
        if code.entity in ("domain", "tactic") and code.domain in direct:
            names[group] = _clean(direct[code.domain].label)[:LONGEST_NAME]
        else:
            words = _words(code.entity)
            tail = "" if code.entity == code.domain else f": {code.domain.replace('_', ' ')}"
            names[group] = f"{words}{tail}"[:LONGEST_NAME]
    return MappingProxyType(names)


def _words(text: str) -> str:
    return text.replace("_", " ").capitalize()


def _clean(text: str) -> str:
    """Take out the marks by which MAXQDA separates a code from its parent."""
    return " ".join(text.replace(">", "/").replace("\\", "/").split())


def code_names(schema: Schema, codes: Iterable[Code] | None = None) -> tuple[CodeName, ...]:
    """Return the name of every code that is entered by coders, grouped by domain.

    Parameters
    ----------
    schema : Schema
        The schema.
    codes : iterable of Code, optional
        The codes to name; all of them by default. Codes that are columns or are computed are left
        out, since no passage is marked with them.

    Returns
    -------
    tuple of CodeName
        Parents before children; names are unique below a parent.

    Examples
    --------
    >>> from relatum.schema import load_schema
    >>> code_names(load_schema())[1].path
    'Economic control, as a domain > Earnings handed over'
    """
    groups = domain_names(schema)
    chosen = schema.codebook.values() if codes is None else codes
    coded = [code for code in chosen if code.is_coding]
    order = list(dict.fromkeys(groups[code.entity, code.domain] for code in coded))
    coded.sort(
        key=lambda code: (order.index(groups[code.entity, code.domain]), code.entity != "domain")
    )
    taken: set[tuple[str, str]] = set()
    names = []
    for code in coded:
        parent = "" if code.entity == "domain" else groups[code.entity, code.domain]
        full = _clean(code.label)
        names.append(
            CodeName(code=code.id, name=_free(parent, full, taken), group=parent, full=full)
        )
    return tuple(names)


def _free(parent: str, full: str, taken: set[tuple[str, str]]) -> str:
    """Cut a name, and number it where the cut name is that of a sibling."""
    name, count = full[:LONGEST_NAME].rstrip(), 1
    while (parent, name.lower()) in taken:
        count += 1
        tail = f" {count}"
        name = full[: LONGEST_NAME - len(tail)].rstrip() + tail
    taken.add((parent, name.lower()))
    return name


_MEMO = (
    ("Code when", "code_when"),
    ("Do not code when", "do_not_code_when"),
    ("When silent", "missing_rule"),
)
_OWN_ID = re.compile(r"relatum code: ([a-z0-9_]{1,63})")


def _memo(code: Code) -> str:
    said = [(title, getattr(code, field)) for title, field in _MEMO]
    lines = [f"relatum code: {code.id}", code.definition]
    return "\n".join([*lines, *(f"{title}: {text}" for title, text in said if text)])


def read_memo(text: str) -> Mapping[str, str]:
    r"""Return what the memo of a code says, by column of the codebook.

    Parameters
    ----------
    text : str
        A memo as this module writes it, which starts with the id; any other text is taken for a
        definition.

    Examples
    --------
    >>> dict(read_memo("relatum code: x_pet\nHarm to a pet.\nCode when: It is told."))
    {'id': 'x_pet', 'definition': 'Harm to a pet.', 'code_when': 'It is told.'}
    >>> dict(read_memo("Harm\nto a pet."))
    {'definition': 'Harm to a pet.'}
    """
    own = _OWN_ID.match(text)
    if own is None:
        return {"definition": " ".join(text.split())}
    said = {"id": own.group(1), "definition": ""}
    for line in text[own.end() :].splitlines():
        title, _, rest = line.partition(": ")
        field = dict(_MEMO).get(title, "definition")
        words = rest if field != "definition" else line
        said[field] = f"{said.get(field, '')} {' '.join(words.split())}".strip()
    return said


def codebook_qdc(schema: Schema, codes: Iterable[Code] | None = None) -> bytes:
    """Return the codebook as a REFI-QDA file, which MAXQDA, ATLAS.ti and NVivo import.

    Parameters
    ----------
    schema : Schema
        The schema.
    codes : iterable of Code, optional
        As `code_names`.

    Returns
    -------
    bytes
        XML in the namespace `QDC_NAMESPACE`: a parent per domain, a colour per domain, the
        definition as description.
    """
    from lxml import etree

    root = etree.Element(f"{{{QDC_NAMESPACE}}}CodeBook", nsmap={None: QDC_NAMESPACE})
    root.set("origin", "relatum")
    listed = etree.SubElement(root, f"{{{QDC_NAMESPACE}}}Codes")
    parents: dict[str, Any] = {}
    for name in code_names(schema, codes):
        code = schema.codebook[name.code]
        if name.group and name.group not in parents:
            parents[name.group] = _parent(listed, schema, code, name.group)
        place = parents[name.group] if name.group else listed
        element = _element(place, code_guid(code.id), name.name, code.domain, _memo(code))
        if not name.group:
            parents[name.name] = element
    xml: bytes = etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)
    return xml


def _parent(listed: Any, schema: Schema, code: Code, name: str) -> Any:  # noqa: ANN401 - XML
    direct = schema.codebook.select(entity="domain", domain=code.domain)
    if code.entity == "tactic" and direct:
        return _element(listed, code_guid(direct[0].id), name, code.domain, _memo(direct[0]))
    guid = domain_guid(code.entity, code.domain)
    return _element(listed, guid, name, code.domain, "", codable=False)


def _element(
    place: Any,  # noqa: ANN401 - XML
    guid: str,
    name: str,
    domain: str,
    memo: str,
    *,
    codable: bool = True,
) -> Any:  # noqa: ANN401
    from lxml import etree

    element = etree.SubElement(place, f"{{{QDC_NAMESPACE}}}Code")
    values = {"guid": guid, "name": name, "isCodable": "true" if codable else "false"}
    for key, value in {**values, "color": domain_colour(domain)}.items():
        element.set(key, value)
    if memo:
        etree.SubElement(element, f"{{{QDC_NAMESPACE}}}Description").text = memo
    return element


def codebook_maxqda(schema: Schema, codes: Iterable[Code] | None = None) -> bytes:
    """Return the codebook as the workbook from which MAXQDA imports codes and memos.

    Parameters
    ----------
    schema : Schema
        The schema.
    codes : iterable of Code, optional
        As `code_names`.

    Returns
    -------
    bytes
        One sheet with the columns ``Code`` (a path with `` > ``) and ``Memo``.
    """
    from openpyxl import Workbook

    book = Workbook()
    page: Worksheet | Any = book.active
    page.title = "codes"
    page.append(["Code", "Memo"])
    for name in code_names(schema, codes):
        add_texts(page, [name.path, _memo(schema.codebook[name.code])])
    page.column_dimensions["A"].width = 60
    page.column_dimensions["B"].width = 100
    return workbook_bytes(book)


def codebook_html(schema: Schema, codes: Iterable[Code] | None = None) -> str:
    """Return the codebook as one HTML page that needs no other file.

    Examples
    --------
    >>> from relatum.schema import load_schema
    >>> codebook_html(load_schema()).splitlines()[0]
    '<!DOCTYPE html>'
    """
    chosen = tuple(schema.codebook.values() if codes is None else codes)
    groups: dict[str, list[Code]] = {}
    for code in chosen:
        words = f"{_words(code.entity)}: {code.domain.replace('_', ' ')}"
        groups.setdefault(words, []).append(code)
    parts = [
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        "<title>Codebook</title>\n</head>\n<body>\n<h1>Codebook</h1>",
        f"<p>Schema version {html.escape(schema.version)}; {len(chosen)} codes.</p>",
    ]
    for title, members in groups.items():
        parts.append(f"<h2>{html.escape(title)}</h2>")
        parts += [_article(code) for code in members]
    return "\n".join([*parts, "</body>\n</html>\n"])


def _article(code: Code) -> str:
    rows = (
        ("Definition", code.definition),
        ("Code when", code.code_when),
        ("Do not code when", code.do_not_code_when),
        ("Values", ", ".join(code.levels)),
        ("Unit", code.unit),
        ("Rule", code.derivation),
        ("When silent", code.missing_rule),
        ("Part of", ", ".join(code.parent)),
    )
    listed = "\n".join(
        f"<dt>{title}</dt><dd>{html.escape(text)}</dd>" for title, text in rows if text
    )
    head = f'<h3 id="{code.id}"><code>{code.id}</code> {html.escape(code.label)}</h3>'
    return f"{head}\n<dl>\n{listed}\n</dl>"
