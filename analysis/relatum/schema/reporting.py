"""Reporting guidelines as data: what each item asks, and where the reports answer it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from relatum.errors import UsageError
from relatum.schema.codebook import near_match
from relatum.schema.registries import RegistryFaults, read_registry
from relatum.schema.resources import schema_path

__all__ = ["AUTHOR", "CHECKLISTS", "Attack", "ChecklistItem", "load_attacks", "load_checklist"]

#: The word in the column ``where`` for what only a person can say.
AUTHOR = "author"

#: The checklists by file name, with their titles.
CHECKLISTS = MappingProxyType(
    {
        "strobe": "STROBE, items of cohort and cross-sectional studies",
        "record": "RECORD, what it adds for routinely collected data",
        "police": "Ten items for police files, which RECORD lacks",
        "srqr": "SRQR, for the coding of the files",
    }
)
_PLACE = re.compile(r"[a-z][\w-]*#sec-[a-z][\w-]*")
_DOI = re.compile(r"10\.\d{4,}/\S+")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistItem:
    """One item of a guideline.

    Attributes
    ----------
    item, section : str
        Its number, and the part of an article that it belongs to.
    asks : str
        What it asks for, in our words.
    source : str
        DOI of the guideline; empty for items of our own.
    where : tuple of str
        Sections that answer it, such as ``chapter#sec-flow``.
    by_author : bool
        Whether a person has to complete it.
    note : str
        What a reader of the list should know; often empty.
    """

    item: str
    section: str
    asks: str
    source: str = ""
    where: tuple[str, ...] = ()
    by_author: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """What a reviewer may object, what the package does about it, and where that stands.

    Attributes
    ----------
    item, asks, answer : str
    where : tuple of str
        Sections, as in `ChecklistItem`.
    """

    item: str
    asks: str
    answer: str
    where: tuple[str, ...]


@cache
def load_checklist(name: str) -> tuple[ChecklistItem, ...]:
    """Read a checklist that ships with the package.

    Parameters
    ----------
    name : {"strobe", "record", "police", "srqr"}

    Returns
    -------
    tuple of ChecklistItem
        In the order of the guideline.

    Raises
    ------
    UsageError
        For another name.
    SchemaError
        If the file is at fault; every fault is listed.

    Examples
    --------
    >>> items = load_checklist("record")
    >>> len(items), items[0].item, items[0].by_author
    (13, '1.1', True)
    """
    if name not in CHECKLISTS:
        near = near_match(name, tuple(CHECKLISTS))
        hint = f" Did you mean '{near}'?" if near else ""
        msg = f"'{name}' is no checklist.{hint} There are: {', '.join(CHECKLISTS)}."
        raise UsageError(msg)
    faults = RegistryFaults(f"{name}.csv")
    columns = ("item", "section", "asks", "source", "where", "note")
    rows = read_registry(schema_path() / "reporting" / faults.file, columns)
    items = []
    for row in rows:
        places = _places(row["item"], row["where"], faults)
        if not row["section"] or not row["asks"]:
            faults.add(row["item"], "asks", "section and asks cannot be empty.")
        if row["source"] and _DOI.fullmatch(row["source"]) is None:
            faults.add(row["item"], "source", "is not a DOI.")
        items.append(
            ChecklistItem(
                item=row["item"],
                section=row["section"],
                asks=row["asks"],
                source=row["source"],
                where=tuple(place for place in places if place != AUTHOR),
                by_author=AUTHOR in places,
                note=row["note"],
            )
        )
    faults.unique([item.item for item in items])
    faults.raise_if_any()
    return tuple(items)


@cache
def load_attacks() -> tuple[Attack, ...]:
    """Read the answer sheet that ships with the package.

    Returns
    -------
    tuple of Attack

    Raises
    ------
    SchemaError
        If the file is at fault; every fault is listed.

    Examples
    --------
    >>> len(load_attacks())
    20
    """
    faults = RegistryFaults("attacks.csv")
    columns = ("item", "asks", "answer", "where")
    rows = read_registry(schema_path() / "reporting" / faults.file, columns)
    attacks = []
    for row in rows:
        places = _places(row["item"], row["where"], faults)
        if AUTHOR in places or not row["answer"]:
            faults.add(row["item"], "answer", "an attack needs an answer and a section.")
        attacks.append(
            Attack(item=row["item"], asks=row["asks"], answer=row["answer"], where=places)
        )
    faults.unique([attack.item for attack in attacks])
    faults.raise_if_any()
    return tuple(attacks)


def _places(row: str, text: str, faults: RegistryFaults) -> tuple[str, ...]:
    """Read places apart by spaces; note a fault where there is none or one is malformed."""
    places = tuple(text.split())
    wrong = [one for one in places if one != AUTHOR and _PLACE.fullmatch(one) is None]
    if wrong or not places:
        said = f"'{wrong[0]}' is no place." if wrong else "cannot be empty."
        faults.add(row, "where", f"{said} Write document#sec-name, or '{AUTHOR}'.")
    return places
