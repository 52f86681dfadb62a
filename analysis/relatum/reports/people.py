"""Authors as they stand in a front matter or in ``authors.yml``: Quarto's schema, as values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import yaml

from relatum.errors import Issue
from relatum.reports.options import AUTHOR_KEYS, nearest

__all__ = ["CREDIT", "DEGREES", "Author", "Role", "author_issues", "orcid_digit", "parse_authors"]

#: The roles of CRediT (ANSI/NISO Z39.104-2022), as Quarto writes them.
CREDIT: tuple[str, ...] = (
    "conceptualization",
    "data curation",
    "formal analysis",
    "funding acquisition",
    "investigation",
    "methodology",
    "project administration",
    "resources",
    "software",
    "supervision",
    "validation",
    "visualization",
    "writing – original draft",
    "writing – review & editing",
)
DEGREES = ("lead", "equal", "supporting")
NAMES = frozenset({"given", "family", "literal", "non-dropping-particle", "dropping-particle"})
PLACES = frozenset(
    {"id", "name", "department", "address", "city", "region", "state", "country", "postal-code"}
    | {"url"}
)
ORCID = re.compile(r"(?:https?://orcid\.org/)?(\d{4}-\d{4}-\d{4}-\d{3}[\dX])")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role of CRediT, and the degree; empty where none is given."""

    name: str
    degree: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """One author of a document: a person, or a group.

    Attributes
    ----------
    name : str
        As printed.
    given, family, particle : str
        The parts of a person's name; empty where the name was given as one text.
    orcid, email : str
        Empty where there is none.
    affiliations : tuple of str
        In one line each.
    roles : tuple of Role
    corresponding : bool
    """

    name: str
    given: str = ""
    family: str = ""
    particle: str = ""
    orcid: str = ""
    email: str = ""
    affiliations: tuple[str, ...] = ()
    roles: tuple[Role, ...] = ()
    corresponding: bool = False

    @property
    def affiliation(self) -> str:
        """All affiliations in one line."""
        return "; ".join(self.affiliations)

    @property
    def person(self) -> bool:
        """Whether given and family name are known."""
        return bool(self.given and self.family)


def parse_authors(value: object) -> tuple[Author, ...]:
    """Read the value of ``author``.

    Parameters
    ----------
    value : object
        A name, a mapping, or a list of either.

    Returns
    -------
    tuple of Author

    Examples
    --------
    >>> (found,) = parse_authors({"name": {"given": "Ada", "family": "Example"}})
    >>> found.name, found.person
    ('Ada Example', True)
    """
    given = value if isinstance(value, list) else [value] if value is not None else []
    return tuple(_author(entry) for entry in given)


def _author(entry: object) -> Author:
    if not isinstance(entry, Mapping):
        return Author(name=str(entry))
    name = entry.get("name", "")
    parts = name if isinstance(name, Mapping) else {}
    given, family = _text(parts, "given"), _text(parts, "family")
    particle = _text(parts, "non-dropping-particle") or _text(parts, "dropping-particle")
    whole = " ".join(part for part in (given, particle, family) if part)
    found = ORCID.fullmatch(_text(entry, "orcid"))
    return Author(
        name=_text(parts, "literal") or whole or ("" if parts else str(name)),
        given=given,
        family=family,
        particle=particle,
        orcid=found[1] if found else _text(entry, "orcid"),
        email=_text(entry, "email"),
        affiliations=tuple(_place(one) for one in _listed(entry, "affiliations", "affiliation")),
        roles=tuple(_role(one) for one in _listed(entry, "roles", "role")),
        corresponding=entry.get("corresponding") is True,
    )


def _text(entry: Mapping[str, object], key: str) -> str:
    value = entry.get(key)
    return "" if value is None else str(value).strip()


def _listed(entry: Mapping[str, object], *keys: str) -> list[object]:
    value = next((entry[key] for key in keys if entry.get(key)), [])
    return value if isinstance(value, list) else [value]


def _place(place: object) -> str:
    if not isinstance(place, Mapping):
        return str(place)
    parts = (_text(place, key) for key in ("department", "name", "city", "country"))
    return ", ".join(part for part in parts if part)


def _role(role: object) -> Role:
    if isinstance(role, Mapping):
        name, degree = next(iter(role.items()), ("", ""))
        return Role(name=_role_name(str(name)), degree=str(degree or "").strip().lower())
    return Role(name=_role_name(str(role)))


def _role_name(text: str) -> str:
    """Bring a role into CRediT's spelling: dashes, 'and', capitals."""
    plain = " ".join(text.lower().split())
    plain = re.sub(r"\s*[-–—]+\s*(?=original|review)", " – ", plain)
    return plain.replace("review and editing", "review & editing")


def orcid_digit(digits: str) -> str:
    """Return the check digit of an ORCID iD: ISO 7064, MOD 11-2.

    Parameters
    ----------
    digits : str
        The first fifteen digits, hyphens allowed.

    Returns
    -------
    str
        ``0`` to ``9`` or ``X``.

    Examples
    --------
    >>> orcid_digit("0000-0002-1825-009")
    '7'
    """
    total = 0
    for digit in digits.replace("-", ""):
        total = (total + int(digit)) * 2
    rest = (12 - total % 11) % 11
    return "X" if rest == 10 else str(rest)


@dataclass(frozen=True, slots=True)
class _Fault:
    field: str
    rule: str
    message: str
    near: str = ""


def author_issues(text: str, *, shown: str) -> tuple[Issue, ...]:
    """List every fault of a file with authors.

    Parameters
    ----------
    text : str
        YAML with ``author``: a list of mappings.
    shown : str
        The file's name for messages.

    Returns
    -------
    tuple of Issue
        All faults at once. E-mail addresses and ORCID iDs are not repeated in messages.
    """
    config = yaml.safe_load(text)
    entries = config.get("author") if isinstance(config, Mapping) else None
    if not isinstance(entries, list) or not entries:
        message = "Write 'author:' and under it one entry per author."
        return (
            Issue(table=shown, row="line 1", field="author", rule="no_author", message=message),
        )
    lines = _lines(text, len(entries))
    found = [
        (line, number, fault)
        for number, (line, entry) in enumerate(zip(lines, entries, strict=True), start=1)
        for fault in _entry_faults(entry)
    ]
    found += [(lines[0], 1, fault) for fault in _together(parse_authors(entries))]
    return tuple(
        Issue(
            table=shown,
            row=f"line {line}",
            field=f"author {number} {fault.field}",
            rule=fault.rule,
            message=f"Author {number}: {fault.message}",
            near=fault.near,
        )
        for line, number, fault in found
    )


def _lines(text: str, count: int) -> list[int]:
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if isinstance(root, yaml.MappingNode):
        for key, value in root.value:
            if key.value == "author" and isinstance(value, yaml.SequenceNode):
                return [item.start_mark.line + 1 for item in value.value]
    return [1] * count


def _entry_faults(entry: object) -> Iterator[_Fault]:
    if not isinstance(entry, Mapping):
        yield _Fault("name", "author_name", "Write 'name:' with given and family, or literal.")
        return
    for key in sorted(set(map(str, entry)) - AUTHOR_KEYS):
        yield _Fault(key, "unknown_field", f"'{key}' is no field here.", nearest(key, AUTHOR_KEYS))
    yield from _name_faults(entry.get("name"))
    author = _author(entry)
    yield from _role_faults(author.roles)
    yield from _place_faults(_listed(entry, "affiliations", "affiliation"))
    if author.orcid:
        yield from _orcid_faults(author.orcid)
    if author.email and not EMAIL.fullmatch(author.email):
        yield _Fault("email", "email", "This is no e-mail address.")
    yield from _missing(author)


def _missing(author: Author) -> Iterator[_Fault]:
    for field in ("affiliations", "roles") if author.person else ():
        if not getattr(author, field):
            yield _Fault(field, "missing_field", f"'{field}' is missing.")
    for field in ("orcid", "email") if author.corresponding else ():
        if not getattr(author, field):
            message = f"The corresponding author needs '{field}'."
            yield _Fault(field, "missing_field", message)


def _name_faults(name: object) -> Iterator[_Fault]:
    if not isinstance(name, Mapping):
        yield _Fault("name", "author_name", "Write 'name:' with given and family, or literal.")
        return
    for key in sorted(set(map(str, name)) - NAMES):
        yield _Fault("name", "unknown_field", f"'{key}' is no part of a name.", nearest(key, NAMES))
    if _text(name, "literal"):
        return
    for part in ("given", "family"):
        if not _text(name, part):
            message = f"The {part} name is missing; a group has one 'literal' instead."
            yield _Fault("name", "missing_field", message)


def _role_faults(roles: Sequence[Role]) -> Iterator[_Fault]:
    for role in roles:
        if role.name not in CREDIT:
            message = f"'{role.name}' is no role of CRediT."
            yield _Fault("roles", "unknown_role", message, nearest(role.name, CREDIT))
        if role.degree and role.degree not in DEGREES:
            message = f"'{role.degree}' is no degree: {', '.join(DEGREES)}."
            yield _Fault("roles", "unknown_degree", message, nearest(role.degree, DEGREES))


def _place_faults(places: Sequence[object]) -> Iterator[_Fault]:
    for place in places:
        if not isinstance(place, Mapping):
            continue
        for key in sorted(set(map(str, place)) - PLACES):
            message = f"'{key}' is no part of an affiliation."
            yield _Fault("affiliations", "unknown_field", message, nearest(key, PLACES))
        if not _text(place, "name"):
            yield _Fault("affiliations", "missing_field", "An affiliation needs its name.")


def _orcid_faults(orcid: str) -> Iterator[_Fault]:
    found = ORCID.fullmatch(orcid)
    if found is None:
        message = "Write an ORCID iD as four groups of four digits: 0000-0002-1825-0097."
        yield _Fault("orcid", "orcid_form", message)
    elif orcid_digit(found[1][:-1]) != found[1][-1]:
        message = "The last digit of the ORCID iD does not fit the others; a digit was mistyped."
        yield _Fault("orcid", "orcid_digit", message)


def _together(authors: Sequence[Author]) -> Iterator[_Fault]:
    """Find what only the whole list shows."""
    count = sum(author.corresponding for author in authors)
    if count > 1 or (count == 0 and any(author.person for author in authors)):
        message = f"{count} authors are marked 'corresponding: true'; mark one."
        yield _Fault("corresponding", "corresponding", message)
    names = [author.name.casefold() for author in authors if author.name]
    for name in sorted({name for name in names if names.count(name) > 1}):
        which = names.index(name) + 1
        yield _Fault("name", "author_twice", f"The name of author {which} stands twice.")
