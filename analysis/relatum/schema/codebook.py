"""The codebook: every code, its definition, and where a sample stores it."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path
from types import MappingProxyType

from relatum.errors import SchemaError

__all__ = ["TACTIC_DOMAINS", "Code", "Codebook", "near_match", "read_codebook"]

#: The seven tactic domains, in the order in which reports print them.
TACTIC_DOMAINS: tuple[str, ...] = (
    "economic",
    "control",
    "rules",
    "isolation",
    "intimidation",
    "violence",
    "deception",
)


def near_match(word: str, allowed: tuple[str, ...] | Mapping[str, object]) -> str:
    """Return the allowed word most like the one given, or an empty string.

    Examples
    --------
    >>> near_match("vio_fysical", ("vio_physical", "vio_sexual"))
    'vio_physical'
    """
    found = get_close_matches(word, list(allowed), n=1, cutoff=0.6)
    return found[0] if found else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One code of the codebook.

    Attributes
    ----------
    id, label : str
        The name used in data and the words printed for it.
    entity, domain : str
        What is described (tactic, bond, coping, barrier, ...), and its group.
    definition, code_when, do_not_code_when : str
        What a coder reads.
    value_type : str
        ``status``, ``category``, ``ordinal``, ``multi``, ``count``, ``number``, ``boolean``,
        ``date``, ``id``, ``text`` or ``derived``.
    levels : tuple of str
        Allowed values, where they can be listed.
    stored_in : str
        ``table.column``, ``codings`` or ``derived``.
    unit : str
        What one value describes: case, suspect, victim, relationship, attempt, contact, report.
    missing_rule, time_reference : str
        How silence is entered, and which time the value refers to.
    parent, overlaps : tuple of str
        Codes that this one is nested in, and codes for the same act.
    family_25 : bool
        Whether it belongs to the exploratory family of 25 tactics.
    legal_element : bool
        Whether it is an element of the offence, and so true by inclusion for some.
    sensitive : bool
        Whether its values may never reach a message, a log or a report.
    tier : str
        ``core`` or ``extended``.
    dv_counterpart, crosswalk, chapter_section : str
        Relations to the literature, to other standards and to the chapter.
    derivation : str
        For derived codes: the rule that computes it (`relatum.schema.expression`).
    """

    id: str
    label: str
    entity: str
    domain: str
    definition: str
    code_when: str
    do_not_code_when: str
    value_type: str
    levels: tuple[str, ...]
    stored_in: str
    unit: str
    missing_rule: str
    time_reference: str
    parent: tuple[str, ...]
    overlaps: tuple[str, ...]
    family_25: bool
    legal_element: bool
    sensitive: bool
    tier: str
    dv_counterpart: str
    crosswalk: str
    chapter_section: str
    derivation: str

    @property
    def is_coding(self) -> bool:
        """Whether the code is entered as a row of the table ``codings``."""
        return self.stored_in == "codings"

    @property
    def is_derived(self) -> bool:
        """Whether the code is computed, never entered."""
        return self.stored_in == "derived"

    @property
    def has_status_rule(self) -> bool:
        """Whether the derivation gives a status; otherwise a model computes the code."""
        return bool(self.derivation) and not self.derivation.startswith("model:")


class Codebook(Mapping[str, Code]):
    """All codes by id, in the order of the file.

    Parameters
    ----------
    codes : sequence of Code
        The codes; ids must be unique.
    """

    def __init__(self, codes: tuple[Code, ...]) -> None:
        self._codes = MappingProxyType({code.id: code for code in codes})

    def __getitem__(self, code: str) -> Code:
        if code not in self._codes:
            near = near_match(code, self._codes)
            hint = f" Did you mean '{near}'?" if near else ""
            msg = f"'{code}' is not a code of the codebook.{hint}"
            raise SchemaError(msg)
        return self._codes[code]

    def __contains__(self, code: object) -> bool:
        return code in self._codes

    def __iter__(self) -> Iterator[str]:
        return iter(self._codes)

    def __len__(self) -> int:
        return len(self._codes)

    def match(self, pattern: str) -> tuple[Code, ...]:
        """Return the codes whose id matches a pattern with ``*``.

        Raises
        ------
        SchemaError
            If nothing matches.
        """
        found = tuple(code for code in self._codes.values() if fnmatchcase(code.id, pattern))
        if not found:
            msg = f"No code matches '{pattern}'."
            raise SchemaError(msg)
        return found

    def select(self, *, entity: str | None = None, domain: str | None = None) -> tuple[Code, ...]:
        """Return the codes of an entity, a domain, or both, in order."""
        return tuple(
            code
            for code in self._codes.values()
            if (entity is None or code.entity == entity)
            and (domain is None or code.domain == domain)
        )


_LISTS = {"levels": "|", "parent": ";", "overlaps": ";"}
_FLAGS = {"family_25", "legal_element", "sensitive"}


def _code(row: Mapping[str, str]) -> Code:
    values: dict[str, object] = {}
    for field in fields(Code):
        text = (row[field.name] or "").strip()
        if field.name in _LISTS:
            parts = text.split(_LISTS[field.name])
            values[field.name] = tuple(part.strip() for part in parts if part.strip())
        elif field.name in _FLAGS:
            values[field.name] = text == "yes"
        else:
            values[field.name] = text
    return Code(**values)  # type: ignore[arg-type]


def read_codebook(path: Path) -> Codebook:
    """Read a codebook file.

    Parameters
    ----------
    path : Path
        A CSV file with the columns of `Code`.

    Raises
    ------
    SchemaError
        If the file is missing, lacks a column, or repeats an id.
    """
    try:
        with path.open(encoding="utf-8", newline="") as handle:
            codes = tuple(_code(row) for row in csv.DictReader(handle))
    except OSError as error:
        msg = f"The codebook '{path.name}' could not be read."
        raise SchemaError(msg) from error
    except KeyError as error:
        msg = f"The codebook '{path.name}' lacks the column {error}."
        raise SchemaError(msg) from error
    ids = [code.id for code in codes]
    repeated = sorted({i for i in ids if ids.count(i) > 1})
    if repeated:
        msg = f"The codebook '{path.name}' repeats: {', '.join(repeated)}."
        raise SchemaError(msg)
    return Codebook(codes)
