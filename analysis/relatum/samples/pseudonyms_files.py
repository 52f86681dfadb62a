"""Files of an import that go with a pseudonymised sample: identifiers in them are replaced."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from relatum.samples.imported import ImportRecord
from relatum.samples.importers.base import DESIGN
from relatum.schema import Schema

__all__ = ["Design", "design_with_pseudonyms", "record_without_ids"]

#: For every table its old identifiers with their pseudonyms.
Links = Mapping[str, Mapping[str, str]]

_TOKEN = re.compile(r"[\w-]+")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_HIDDEN = "(not shown)"
_KEY = "relationship_id"


def record_without_ids(record: ImportRecord | None, links: Links) -> ImportRecord | None:
    """Hide the words of a record of an import that hold an identifier.

    Parameters
    ----------
    record : ImportRecord or None
    links : mapping of str to mapping of str to str
        For every table its old identifiers with their pseudonyms.

    Examples
    --------
    >>> from relatum.samples.imported import Discard
    >>> held = ImportRecord(discards=(Discard(source="v_01.txt", what="memo", n=2, why="a text"),))
    >>> record_without_ids(held, {"victims": {"v_01": "v3k"}}).discards[0].source
    '(not shown)'
    """
    if record is None:
        return None
    old = {one for link in links.values() for one, new in link.items() if one != new}

    def shown(text: str) -> str:
        return text if old.isdisjoint(_TOKEN.findall(text)) else _HIDDEN

    rows = (replace(r, source=shown(r.source), what=shown(r.what)) for r in record.discards)
    return replace(record, discards=tuple(sorted(rows)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """The design file of a registry with pseudonyms.

    Attributes
    ----------
    text : str
        What is written; empty where there is no file or it cannot be carried over.
    why : str
        Why it is not carried over; empty where it is, or where there is none.
    """

    text: str = ""
    why: str = ""


def design_with_pseudonyms(folder: Path, links: Links, schema: Schema) -> Design:
    """Return the design file of a sample's folder with its keys replaced.

    Parameters
    ----------
    folder : Path
        The folder of the old sample.
    links : mapping of str to mapping of str to str
        For every table its old identifiers with their pseudonyms.
    schema : Schema

    Returns
    -------
    Design
        The rows in the order of the new keys. It is left out if it is no such file, names a
        row that the sample lacks, or holds an identifier in a column that is no key.
    """
    place = folder / DESIGN
    if not place.is_file():
        return Design()
    try:
        frame = pd.read_csv(place, sep="\t", dtype=str, keep_default_na=False, encoding="utf-8")
    except (ValueError, OSError):
        return Design(why="it is no table in UTF-8 with tabs")
    if frame.columns.empty or frame.columns[0] != _KEY:
        return Design(why=f"its first column is not {_KEY}")
    keys = {schema[name].primary_key: links.get(name, {}) for name in schema.tables}
    old = {one for link in keys.values() for one in link if not _NUMBER.fullmatch(one)}
    for column in frame.columns:
        values = set(frame[column]) - {""}
        if column in keys:
            if not values <= set(keys[column]):
                return Design(why=f"{column} names rows that the sample does not hold")
            frame[column] = [keys[column].get(one, one) for one in frame[column]]
        elif values & old:
            return Design(why="a column that is no key holds identifiers of the sample")
    frame = frame.sort_values(_KEY, kind="stable")
    return Design(text=frame.to_csv(index=False, sep="\t", lineterminator="\n"))
