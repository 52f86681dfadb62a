"""The headers of MAXQDA's exports, which follow the language of the program."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

from relatum.samples.importers.cells import ForeignTable
from relatum.samples.importers.cells_faults import FaultList

__all__ = ["Roles", "document_roles", "segment_roles"]

#: Which header plays which role.
Roles = Mapping[str, str]

# English, German and Polish as seen in exports; the others after the words of the program.
_ALIASES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "colour": ("color", "colour", "farbe", "kleur", "kolor", "couleur", "cor", "colore"),
        "comment": (
            *("comment", "kommentar", "opmerking", "commentaar", "komentarz", "comentario"),
            *("commentaire", "commento", "notatka"),
        ),
        "group": (
            *("document group", "dokumentgruppe", "documentgroep", "grupa dokumentow"),
            *("grupo de documentos", "groupe de documents", "gruppo di documenti"),
        ),
        "document": (
            *("document name", "document", "dokumentname", "dokument", "documentnaam"),
            *("nazwa dokumentu", "nombre del documento", "nom du document", "nome do documento"),
            *("nome del documento",),
        ),
        "code": ("code", "kod", "codigo", "codice"),
        "segment": (
            *("segment", "fragment", "segmento", "coded segment", "codiertes segment"),
            *("gecodeerd segment",),
        ),
        "coder": (
            *("created by", "erstellt von", "gemaakt door", "aangemaakt door", "autor"),
            *("utworzone przez", "utworzony przez", "creado por", "cree par", "criado por"),
            *("creato da",),
        ),
    }
)
#: Where a role stands in every known export of coded segments, counted from 0.
_PLACES: Mapping[str, int] = MappingProxyType(
    {"colour": 0, "comment": 1, "group": 2, "document": 3, "code": 4, "segment": 8}
)
#: Columns of the shortest known export: with fewer, places alone tell nothing.
_WHOLE = 12
_ENGLISH = ("Document group", "Document name", "Code", "Segment", "Created by")


def _plain(title: str) -> str:
    letters = unicodedata.normalize("NFKD", title.casefold())
    return " ".join("".join(mark for mark in letters if not unicodedata.combining(mark)).split())


def _by_alias(table: ForeignTable) -> dict[str, str]:
    found: dict[str, str] = {}
    for title in table.columns:
        for role, words in _ALIASES.items():
            if _plain(title) in words:
                found.setdefault(role, title)
    return found


def segment_roles(table: ForeignTable, faults: FaultList) -> tuple[Roles, tuple[str, ...]]:
    """Find the columns of an export of coded segments.

    Parameters
    ----------
    table : ForeignTable
    faults : FaultList
        Takes a fault if documents or codes cannot be found.

    Returns
    -------
    mapping of str to str, tuple of str
        The header of every role, and the roles that were found by position alone.

    Notes
    -----
    The first nine columns keep their order in every language: colour, comment, document group,
    document name, code, beginning, end, weight, segment. Who coded stands further on, in places
    that change with the version, and is found by its header only.
    """
    found = _by_alias(table)
    placed = []
    if len(table.columns) >= (max(_PLACES.values()) + 1 if found else _WHOLE):
        for role, place in _PLACES.items():
            title = table.columns[place]
            if role not in found and title not in found.values():
                found[role] = title
                placed.append(role)
    for role in ("document", "code"):
        if role not in found:
            message = f"No column of the {role}s was found: this is no export of coded segments."
            faults.add(table.name, "missing_column", message, allowed=_ENGLISH)
    return MappingProxyType(found), tuple(role for role in placed if role not in ("colour",))


def document_roles(table: ForeignTable, faults: FaultList) -> Roles:
    """Find the columns of group and name in an export of document variables.

    Parameters
    ----------
    table : ForeignTable
    faults : FaultList
        Takes a fault if the documents cannot be found.

    Returns
    -------
    mapping of str to str
        The header of every role.
    """
    found = {role: title for role, title in _by_alias(table).items() if role in _KEYS}
    if "document" not in found:
        message = "No column of the documents was found: this is no export of document variables."
        faults.add(table.name, "missing_column", message, allowed=_ENGLISH[:2])
    return MappingProxyType(found)


_KEYS = ("group", "document")
