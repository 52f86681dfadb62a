"""What would tell a reader who wrote a report, and where: searched for in an anonymous build."""

from __future__ import annotations

import getpass
import re
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from relatum.reports.project import load_mapping
from relatum.reports.source import read_source

__all__ = ["Secret", "address", "identity_of", "machine_identity", "normal", "read_identity"]

PEOPLE = ("author", "authors", "contributors", "contact", "editors")
PLACES = ("affiliation", "affiliations", "institute", "institution", "institutions")
THANKS = ("acknowledgements", "acknowledgments", "acknowledgement", "funding", "funder", "grant")
ADDRESSES = ("repository", "repository-code", "repository-artifact", "repo-url", "url", "website")
GIVEN = ("given", "given-names", "given_names", "first-name")
FAMILY = ("family", "family-names", "family_names", "last-name")
PARTICLE = ("name-particle", "non-dropping-particle", "dropping-particle")
PARTICLES = frozenset(
    re.findall(
        r"\S+",
        "van von der den de del della di da du la le el bin ter ten zu af",
    )
)
#: Names of accounts that say nothing of a person and stand in ordinary texts.
COMMON_USERS = frozenset(
    re.findall(
        r"\S+",
        "root user admin runner ubuntu debian guest test docker vagrant",
    )
)
SHORTEST = 3
ORCID = re.compile(r"\d{4}-\d{4}-\d{4}-\d{3}[\dXx]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """One thing to look for.

    Attributes
    ----------
    kind : str
        What it is, as a message may say it: the value itself is never printed.
    pattern : str
        A regular expression for a text that went through `normal`.
    squashed : bool
        Search in the text without white space and hyphens: addresses are broken anywhere.
    surname : str
        The family name in normal form, for the list of references; empty for other kinds.
    """

    kind: str
    pattern: str = field(repr=False)
    squashed: bool = False
    surname: str = field(default="", repr=False)


def normal(text: str) -> str:
    r"""Bring a text into the form in which it is searched.

    Letters lose accents and case, soft hyphens go, a hyphen at the end of a line joins its word,
    and runs of white space become one space.

    Examples
    --------
    >>> normal("Jos\u00e9 Mu\u00ad\u00f1oz-\n  Rey")
    'jose munozrey'
    """
    plain = unicodedata.normalize("NFKD", text)
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    plain = re.sub("[\u00ad\u200b\u200c\u200d\u2060\ufeff]", "", plain)
    plain = re.sub("[\u2010\u2011\u2012\u2013]", "-", plain)
    plain = re.sub(r"(?<=\w)-[ \t]*\r?\n\s*(?=\w)", "", plain)
    return re.sub(r"\s+", " ", plain).casefold()


def address(text: str) -> str:
    """Return the part of a web address that identifies: no scheme, no 'www.', no ending.

    Examples
    --------
    >>> address("https://www.example.org/Group/tool.git/")
    'example.org/group/tool'
    """
    bare = re.sub(r"^[a-z][\w+.-]*://(?:[^/@]*@)?(?:www\.)?", "", text.strip().casefold())
    bare = re.sub(r"^(?:www\.|git@)", "", bare).replace(":", "/", 1)
    return re.sub(r"(?:\.git)?/*$", "", bare)


def identity_of(config: Mapping[str, object]) -> tuple[Secret, ...]:
    """List what a mapping says of its authors: a CITATION.cff, an authors.yml, a front matter.

    Parameters
    ----------
    config : Mapping
        People under ``author`` or ``authors``, with names, ``orcid``, ``email`` and affiliations;
        addresses, ``doi`` and ``identifiers`` of the software; acknowledgements and funding.
        ``references`` are works of others and are passed over.

    Returns
    -------
    tuple of Secret
        Without repetition.

    Examples
    --------
    >>> found = identity_of({"authors": [{"name": "Ada Example", "email": "ada@example.org"}]})
    >>> sorted({secret.kind for secret in found})
    ["author's name", 'e-mail address']
    """
    return tuple(dict.fromkeys(_found(config)))


def read_identity(folder: Path, documents: Sequence[Path] = ()) -> tuple[Secret, ...]:
    """Read what must not be told from a report project.

    Parameters
    ----------
    folder : Path
        The folder with ``_quarto.yml``. Its ``*.yml`` files are read (``authors.yml``, profiles
        with the list ``relatum: hide:``), and ``CITATION.cff`` there or one folder up.
    documents : sequence of Path, optional
        Documents whose front matter may name authors.

    Returns
    -------
    tuple of Secret
    """
    found: list[Secret] = []
    files = [*sorted(folder.glob("*.yml")), folder / "CITATION.cff", folder.parent / "CITATION.cff"]
    for path in files:
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            found += identity_of(load_mapping(text, shown=path.name, first_line=1))
    for path in documents:
        front = read_source(path).front_matter
        found += identity_of(load_mapping(front, shown=path.name, first_line=2))
    return tuple(dict.fromkeys(found))


def machine_identity() -> tuple[Secret, ...]:
    """List what would tell of this machine: its folders and the name of the account.

    Returns
    -------
    tuple of Secret
    """
    folders = {str(Path.home()), str(Path.cwd()), tempfile.gettempdir()}
    found = [
        Secret(kind="folder of this machine", pattern=rf"(?<![\w.]){_literal(folder)}(?![\w-])")
        for folder in sorted(folders)
        if len(Path(folder).parts) > 1
    ]
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = ""
    if len(user) >= SHORTEST and user.casefold() not in COMMON_USERS:
        found.append(Secret(kind="user name", pattern=rf"\b{_literal(user)}\b"))
    return tuple(found)


def _literal(text: str) -> str:
    return re.escape(normal(text))


def _found(config: Mapping[str, object]) -> Iterator[Secret]:
    for key, value in config.items():
        name = key.casefold()
        if name in PEOPLE:
            yield from _people(value)
        elif name in PLACES:
            yield from _affiliations(value)
        elif name in THANKS:
            yield from (_words("acknowledgement", text) for text in _texts(value))
        elif name in ADDRESSES:
            yield from _addresses(value)
        elif name == "doi":
            yield from (_squashed("DOI of the software", text) for text in _texts(value))
        elif name == "identifiers":
            yield from (_squashed("DOI of the software", text) for text in _values(value))
        elif name == "relatum" and isinstance(value, Mapping):
            yield from (_words("hidden word", text) for text in _texts(value.get("hide")))


def _texts(value: object) -> tuple[str, ...]:
    given = value if isinstance(value, list) else [value]
    texts = (text.strip() for text in given if isinstance(text, str))
    return tuple(text for text in texts if len(text) >= SHORTEST)


def _values(value: object) -> Iterator[str]:
    for entry in value if isinstance(value, list) else [value]:
        yield from _texts(entry.get("value") if isinstance(entry, Mapping) else entry)


def _words(kind: str, text: str, surname: str = "") -> Secret:
    words = [re.escape(word) for word in re.findall(r"\w+", normal(text))]
    return Secret(kind=kind, pattern=rf"\b{_JOIN.join(words)}\b", surname=surname)


_JOIN = r"[\s.,;&'()/-]*"


def _squashed(kind: str, text: str) -> Secret:
    bare = re.sub(r"^(?:doi\.org/|doi:|dx\.doi\.org/)", "", address(text))
    return Secret(kind=kind, pattern=re.escape(re.sub(r"[\s-]", "", normal(bare))), squashed=True)


def _addresses(value: object) -> Iterator[Secret]:
    for text in _texts(value):
        if len(address(text)) >= SHORTEST:
            yield _squashed("repository address", text)


def _people(value: object) -> Iterator[Secret]:
    for person in value if isinstance(value, list) else [value]:
        if isinstance(person, str):
            yield from _names(person)
        elif isinstance(person, Mapping):
            yield from _person(person)


def _person(person: Mapping[str, object]) -> Iterator[Secret]:
    own = {str(key).casefold(): value for key, value in person.items()}
    yield from _named(own)
    for text in _texts(own.get("orcid")):
        code = ORCID.search(text)
        if code is not None:
            yield _squashed("ORCID", code[0])
    for text in _texts(own.get("email")):
        yield _squashed("e-mail address", text)
    for key in PLACES:
        yield from _affiliations(own.get(key))
    for key in ADDRESSES:
        yield from _addresses(own.get(key))


def _named(person: Mapping[str, object]) -> Iterator[Secret]:
    """Give the names of a person: in parts, in one text, or both."""
    holders = (person, person.get("name"))
    for holder in (one for one in holders if isinstance(one, Mapping)):
        given, family = _first(holder, GIVEN), _first(holder, FAMILY)
        if family:
            yield from _forms(given, f"{_first(holder, PARTICLE)} {family}".strip())
        for key in ("literal", "name", "alias"):
            for text in _texts(holder.get(key)):
                yield from _names(text)


def _first(holder: Mapping[str, object], keys: Iterable[str]) -> str:
    return next((str(holder[key]).strip() for key in keys if holder.get(key)), "")


def _affiliations(value: object) -> Iterator[Secret]:
    for place in value if isinstance(value, list) else [value]:
        if isinstance(place, Mapping):
            departments = (text for text in _texts(place.get("department")) if " " in text)
            texts = [*_texts(place.get("name")), *departments]
        else:
            texts = [*_texts(place)]
        yield from (_words("affiliation", text) for text in texts)


def _names(text: str) -> Iterator[Secret]:
    """Read a name in one text: of a person, or of a group if a word in it is not a name."""
    words = text.replace(",", " , ").split()
    if "," in words:
        family, _, given = text.partition(",")
        yield from _forms(given.strip(), family.strip())
        return
    plain = [word for word in words if word.casefold() not in PARTICLES]
    person = len(plain) >= 2 and all(word[0].isupper() for word in plain)
    if not person or plain[0].casefold() in {"the", "university", "department", "institute"}:
        kept = words[1:] if words and words[0].casefold() == "the" else words
        yield _words("author's name", " ".join(kept or words))
        return
    start = words.index(plain[-1])
    while start > 1 and words[start - 1].casefold() in PARTICLES:
        start -= 1
    yield from _forms(" ".join(words[:start]), " ".join(words[start:]))


def _forms(given: str, family: str) -> Iterator[Secret]:
    """Give the orders in which a person is named: in full, turned round, and by initials."""
    surname = normal(family)
    kind = "author's name"
    if not given:
        yield _words(kind, family, surname)
        return
    yield _words(kind, f"{given} {family}", surname)
    yield _words(kind, f"{family} {given}", surname)
    firsts = re.findall(r"\w+", normal(given))
    # A first given name with further ones, or their initials, in between.
    last = _JOIN.join(re.escape(word) for word in re.findall(r"\w+", surname))
    middle = r"(?:[\s.-]+\w+\.?){0,2}"
    first, initial = re.escape(firsts[0]), re.escape(firsts[0][0])
    initials = rf"{initial}\.(?:\s*-?\s*\w\.){{0,3}}"
    for pattern in (
        rf"\b{first}{middle}[\s.,-]+{last}\b",
        rf"\b{initials}\s*{last}\b",
        rf"\b{last}\s*,\s*(?:{initials}|{first}\b)",
    ):
        yield Secret(kind=kind, pattern=pattern, surname=surname)
