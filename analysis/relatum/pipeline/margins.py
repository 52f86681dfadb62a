"""Margins, level and strata of every fit of a study, so that a change after a fit is reported."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from relatum.errors import SchemaError
from relatum.results.base import Note, Result, Unavailable
from relatum.results.codec import decode, encode
from relatum.results.comparison import Comparison
from relatum.results.store import json_text
from relatum.study import Study, margins_hash

__all__ = ["LEDGER", "MarginRecord", "add_margins", "flag_changes", "ledger_text", "read_ledger"]

#: The file in the folder of a study that lists the margins of every fit.
LEDGER = "margins.json"

Margins = Mapping[str, tuple[float, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginRecord:
    """Margins under which two samples were compared.

    Attributes
    ----------
    hash : str
        The SHA-256 of the margins.
    samples : tuple of str
        The SHA-256 of the cells of both samples.
    margins : mapping of str to tuple of float
    level : float or None
        Of each one-sided test.
    depth_strata : int or None
        Strata of documentation depth to which both samples were standardised.
    """

    hash: str
    samples: tuple[str, ...]
    margins: Margins
    level: float | None = None
    depth_strata: int | None = None


def read_ledger(folder: Path) -> tuple[MarginRecord, ...]:
    """Read the margins of earlier fits, oldest first; none where there was no fit.

    Raises
    ------
    SchemaError
        If the file cannot be read: it is then not silently begun anew.
    """
    place = folder / LEDGER
    if not place.exists():
        return ()
    try:
        raw = json.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        msg = f"'{LEDGER}' in the folder of the study could not be read: {type(error).__name__}."
        raise SchemaError(msg) from error
    found: tuple[MarginRecord, ...] = decode(tuple[MarginRecord, ...], _dated(raw))
    return found


def _dated(raw: object) -> object:
    """Give entries of a version that kept margins alone the fields that they lack."""
    if not isinstance(raw, list):
        return raw
    lacking = {"level": None, "depth_strata": None}
    return [{**lacking, **entry} if isinstance(entry, dict) else entry for entry in raw]


def ledger_text(ledger: Sequence[MarginRecord]) -> str:
    """Write the margins of all fits."""
    return json_text(encode(tuple(ledger)))


def add_margins(
    ledger: Sequence[MarginRecord], study: Study, found: Comparison
) -> tuple[MarginRecord, ...]:
    """Add what a fit declared, unless the last fit of these samples had declared the same.

    Parameters
    ----------
    ledger : sequence of MarginRecord
    study : Study
    found : Comparison
    """
    samples = tuple(sample.fingerprint for sample in found.samples)
    record = MarginRecord(
        hash=margins_hash(study.margins),
        samples=samples,
        margins=MappingProxyType(dict(study.margins)),
        level=study.comparison.level,
        depth_strata=study.comparison.depth_strata,
    )
    before = [entry for entry in ledger if entry.samples == samples]
    if before and before[-1] == record:
        return tuple(ledger)
    return (*ledger, record)


def flag_changes(
    results: Mapping[str, Result | Unavailable], ledger: Sequence[MarginRecord]
) -> Mapping[str, Result | Unavailable]:
    """Add a note to the comparison where what it declares was changed after a fit.

    Parameters
    ----------
    results : mapping of str to Result or Unavailable
    ledger : sequence of MarginRecord
        With the margins of this fit.

    Returns
    -------
    mapping of str to Result or Unavailable
    """
    found = results.get("comparison")
    if not isinstance(found, Comparison):
        return results
    samples = tuple(sample.fingerprint for sample in found.samples)
    used = [entry for entry in ledger if entry.samples == samples]
    changed = _changes(used)
    if not changed:
        return results
    text = (
        f"The declaration was changed after these samples had been compared ({len(used)} "
        f"declarations so far): {'; '.join(changed)}. Verdicts that rest on a changed part were "
        "not declared in advance."
    )
    noted = replace(found, notes=(*found.notes, Note("margins_changed", text)))
    return MappingProxyType({**results, "comparison": noted})


def _changes(used: Sequence[MarginRecord]) -> list[str]:
    """Word every part of the declaration that differs between the first fit and a later one."""
    names = sorted({name for entry in used for name in entry.margins})
    parts = {
        **{name: [_word(entry.margins.get(name)) for entry in used] for name in names},
        "the level of each test": [_number(entry.level) for entry in used],
        "the number of strata of documentation depth": [
            _number(entry.depth_strata) for entry in used
        ],
    }
    return [
        f"{name} was {values[0]}, is {values[-1]}"
        for name, values in parts.items()
        if any(value != values[0] for value in values)
    ]


def _word(margins: tuple[float, ...] | None) -> str:
    if margins is None:
        return "not declared"
    return " to ".join(f"{value:g}" for value in margins)


def _number(value: float | None) -> str:
    return "not on record" if value is None else f"{value:g}"
