"""Pseudonyms: a sample whose identifiers mean nothing to anyone without the key.

Pseudonymised data are still personal data: dates, countries and what happened may tell who is
meant. What leaves the project needs disclosure control as well.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import pandas as pd

import relatum
from relatum.errors import SampleError, UsageError
from relatum.samples.descriptor import DESCRIPTOR
from relatum.samples.imported import IMPORT_FILES
from relatum.samples.importers.base import DESIGN, refuse_filled
from relatum.samples.own_codes import EXTENSION
from relatum.samples.pseudonyms_files import design_with_pseudonyms, record_without_ids
from relatum.samples.pseudonyms_key import (
    PSEUDONYM_BITS,
    PseudonymKey,
    key_text,
    new_key,
    place_outside,
    read_key,
    write_secret,
)
from relatum.samples.read import read_sample, sample_path, summary
from relatum.samples.sample import UNIT_TABLES, Sample
from relatum.samples.write import write_sample
from relatum.schema import Schema, Table

__all__ = [
    "MAP_COLUMNS",
    "PseudonymFiles",
    "PseudonymKey",
    "Pseudonymised",
    "new_key",
    "pseudonymise",
    "pseudonymise_folder",
    "read_key",
]

Passages = Literal["drop", "keep"]
Coders = Literal["keep", "replace"]

#: The header of a file that links old identifiers to pseudonyms.
MAP_COLUMNS: tuple[str, ...] = ("table", "old", "new")
#: Coders have no table of their own.
_CODERS = "coders"
_CONSENSUS = "consensus"
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pseudonymised:
    """A sample with pseudonyms, and what they stand for.

    Attributes
    ----------
    sample : Sample
        The rows of every table in the order of their pseudonyms. It keeps what its import left out
        and how its source is named; words in it that hold an identifier are hidden.
    links : mapping of str to mapping of str to str
        For every table its old identifiers with their pseudonyms. It is as secret as the key.
    """

    sample: Sample
    links: Mapping[str, Mapping[str, str]] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PseudonymFiles:
    """What `pseudonymise_folder` did, without any identifier.

    Attributes
    ----------
    folder, key_file : Path
        The new sample, and the file of the key.
    map_file : Path or None
        The file that links old identifiers to pseudonyms.
    key_made : bool
        Whether the key is new; otherwise it was used before.
    replaced : mapping of str to int
        Identifiers that were replaced, by table.
    passages_dropped : int
        References to passages that were taken out.
    left_behind : tuple of str
        Files of the old folder that were not carried over, because they may hold identifiers.
    design_kept : bool
        Whether the design file of a registry was carried over, with its keys replaced.
    """

    folder: Path
    key_file: Path
    map_file: Path | None
    key_made: bool
    replaced: Mapping[str, int]
    passages_dropped: int
    left_behind: tuple[str, ...]
    design_kept: bool = False


def pseudonymise(
    sample: Sample, key: PseudonymKey, *, passages: Passages = "drop", coders: Coders = "keep"
) -> Pseudonymised:
    """Replace every identifier by a keyed pseudonym, and shuffle the rows by the key.

    The same key and identifier always give the same pseudonym, so that data that are added later
    link to those passed on before. Two keys share none.

    Parameters
    ----------
    sample : Sample
    key : PseudonymKey
    passages : {"drop", "keep"}
        What becomes of the references to passages of the restricted file (``passage_ref``).
    coders : {"keep", "replace"}
        Whether the ids of coders are replaced, too; ``consensus`` always stays.

    Returns
    -------
    Pseudonymised

    Raises
    ------
    ValueError
        If an option is none of these.
    SampleError
        If two identifiers of a table get the same pseudonym (with a million of them the chance is
        4 in 10 million); no identifier is named.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> hidden = pseudonymise(example_sample("anna"), PseudonymKey(bytes(32)))
    >>> hidden.sample.n("relationships"), "anna" in set(hidden.sample.table("victims")["victim_id"])
    (1, False)
    """
    _check_options(passages, coders)
    links = _links(sample, key, coders)
    tables = {
        name: _replaced(sample.schema[name], frame, links, passages)
        for name, frame in sample.tables.items()
    }
    info = sample.info
    if coders == "replace" and info.coder:
        info = replace(info, coder=links[_CODERS].get(info.coder, ""))
    record = record_without_ids(sample.imported, links)
    hidden = Sample(info=info, tables=tables, schema=sample.schema, imported=record)
    return Pseudonymised(sample=hidden, links=links)


def _check_options(passages: str, coders: str) -> None:
    faults = []
    if passages not in ("drop", "keep"):
        faults.append("passages must be drop or keep")
    if coders not in ("keep", "replace"):
        faults.append("coders must be keep or replace")
    if faults:
        raise ValueError(f"{'; '.join(faults)}.")


def _links(sample: Sample, key: PseudonymKey, coders: Coders) -> Mapping[str, Mapping[str, str]]:
    ids = {
        name: frame[sample.schema[name].primary_key].dropna()
        for name, frame in sample.tables.items()
    }
    links = {name: _pseudonyms(key, name, values) for name, values in ids.items()}
    if coders == "replace":
        held = sample.tables["codings"]["coder_id"].dropna().unique()
        links[_CODERS] = {
            **_pseudonyms(key, _CODERS, pd.Series([one for one in held if one != _CONSENSUS])),
            _CONSENSUS: _CONSENSUS,
        }
    return MappingProxyType(links)


def _pseudonyms(key: PseudonymKey, table: str, ids: pd.Series) -> dict[str, str]:
    found = {str(one): key.pseudonym(table, str(one)) for one in ids}
    if len(set(found.values())) < len(found):
        msg = f"Two identifiers of '{table}' have the same pseudonym; use a new key."
        raise SampleError(msg)
    return found


def _replaced(
    table: Table,
    frame: pd.DataFrame,
    links: Mapping[str, Mapping[str, str]],
    passages: Passages,
) -> pd.DataFrame:
    """Replace the identifiers of a table and sort it by the new ones."""
    new = frame.copy()
    for key in table.foreign_keys:
        new[key.field] = _swap(frame[key.field], links[key.table])
    new[table.primary_key] = _swap(frame[table.primary_key], links[table.name])
    if "unit_id" in frame:
        for unit_type, target in UNIT_TABLES.items():
            rows = (frame["unit_type"] == unit_type).fillna(False)
            new.loc[rows, "unit_id"] = _swap(frame.loc[rows, "unit_id"], links[target])
    if "coder_id" in frame and _CODERS in links:
        new["coder_id"] = _swap(frame["coder_id"], links[_CODERS])
    if "passage_ref" in frame and passages == "drop":
        new = new.drop(columns="passage_ref")
    return new.sort_values(table.primary_key, ignore_index=True)


def _swap(values: pd.Series, link: Mapping[str, str]) -> pd.Series:
    return values.map(link, na_action="ignore").astype(values.dtype)


def pseudonymise_folder(
    source: str | Path,
    folder: str | Path,
    *,
    key_file: str | Path,
    map_file: str | Path | None = None,
    passages: Passages = "drop",
    coders: Coders = "keep",
    form: Literal["csv", "parquet"] = "csv",
    schema: Schema | None = None,
) -> PseudonymFiles:
    """Read a sample and write it with pseudonyms; either everything is written or nothing.

    Parameters
    ----------
    source : str or Path
        A sample; it must pass the check, which refuses names and other direct identifiers.
    folder : str or Path
        Where the new sample goes, neither inside the old one nor around it.
    key_file : str or Path
        Outside both. An existing key is used again; otherwise one is made that only its owner may
        read.
    map_file : str or Path, optional
        A new file outside both for the old and the new identifiers, as secret as the key.
    passages, coders : str
        See `pseudonymise`.
    form : {"csv", "parquet"}
    schema : Schema, optional

    Returns
    -------
    PseudonymFiles

    Raises
    ------
    UsageError
        If a file or folder lies where it must not, or the key cannot be used.
    SampleError
        If the sample has faults (they are counted, not listed: their rows are identifiers), or the
        folder cannot be written.
    """
    _check_options(passages, coders)
    old, new = sample_path(source), Path(folder)
    _refuse_nested(old, new)
    if not (new / MANIFEST).exists():
        # an earlier output may be made again; a sample that was collected is never replaced
        refuse_filled(new)
    key_place = place_outside(key_file, (old, new), what="The key")
    map_place = _map_place(map_file, key_place, (old, new))
    sample = _read_quietly(old, schema)
    made = not key_place.exists()
    key = new_key() if made else read_key(key_place)
    hidden = pseudonymise(sample, key, passages=passages, coders=coders)
    passages_held = int(sample.tables["codings"]["passage_ref"].notna().sum())
    replaced = {name: len(link) for name, link in hidden.links.items() if link}
    replaced.pop(_CODERS, None)
    extra = {MANIFEST: _manifest(hidden.sample, key, passages, coders)}
    design = design_with_pseudonyms(old, hidden.links, sample.schema)
    if design.text:
        extra[DESIGN] = design.text
    with _secrets_kept() as keep:
        if made:
            keep(key_place, key_text(key))
        if map_place is not None:
            keep(map_place, _map_text(hidden.links))
        write_sample(hidden.sample, new, form=form, extra=extra)
    return PseudonymFiles(
        folder=new,
        key_file=Path(key_file),
        map_file=None if map_file is None else Path(map_file),
        key_made=made,
        replaced=MappingProxyType(replaced),
        passages_dropped=passages_held if passages == "drop" else 0,
        left_behind=_left_behind(old, sample.schema, design.why),
        design_kept=bool(design.text),
    )


def _refuse_nested(old: Path, new: Path) -> None:
    here, there = old.resolve(), new.resolve()
    if here == there:
        raise UsageError("The new sample would take the place of the old one; name another folder.")
    if there.is_relative_to(here) or here.is_relative_to(there):
        raise UsageError("One of the two samples would lie inside the other; name another folder.")


def _map_place(
    map_file: str | Path | None, key_place: Path, folders: tuple[Path, Path]
) -> Path | None:
    if map_file is None:
        return None
    place = place_outside(map_file, folders, what="The map")
    if place == key_place:
        raise UsageError("The map and the key need a file each.")
    if place.exists():
        raise UsageError(f"'{place.name}' exists and is not overwritten; name another file.")
    return place


def _read_quietly(path: Path, schema: Schema | None) -> Sample:
    """Read a sample; its faults are counted only, because they name rows by their identifiers."""
    try:
        return read_sample(path, schema=schema)
    except SampleError as error:
        errors = [issue for issue in error.issues if issue.severity == "error"]
        if not errors:
            raise
        counted = summary(path, errors).removesuffix("; nothing was loaded.")
        msg = f"{counted}; nothing was written. relatum check lists them."
    raise SampleError(msg)


@contextmanager
def _secrets_kept() -> Iterator[_Keep]:
    """Take back the secret files of a run that fails: they would belong to nothing."""
    keep = _Keep([])
    try:
        yield keep
    except BaseException:
        for path in keep.written:
            path.unlink(missing_ok=True)
        raise


@dataclass(frozen=True, slots=True)
class _Keep:
    written: list[Path]

    def __call__(self, path: Path, text: str) -> None:
        write_secret(path, text)
        self.written.append(path)


def _manifest(sample: Sample, key: PseudonymKey, passages: Passages, coders: Coders) -> str:
    manifest = {
        "pseudonymised": True,
        "simulated": sample.simulated,
        "relatum_version": relatum.__version__,
        "schema_version": sample.info.schema_version,
        "pseudonyms": f"HMAC-SHA256 of table and identifier, base32, {PSEUDONYM_BITS} bits",
        "key_mark": key.mark,
        "row_order": "by pseudonym: shuffled by the key, so that the order tells nothing",
        "passages": passages,
        "coders": coders,
        "rows": {name: len(frame) for name, frame in sample.tables.items()},
        "sample_sha256": sample.fingerprint,
    }
    return json.dumps(manifest, indent=1) + "\n"


def _map_text(links: Mapping[str, Mapping[str, str]]) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(MAP_COLUMNS)
    for table, link in links.items():
        rows = sorted((new, old) for old, new in link.items())
        writer.writerows((table, old, new) for new, old in rows)
    return file.getvalue()


def _left_behind(folder: Path, schema: Schema, why: str) -> tuple[str, ...]:
    """Return the files that are not carried over; `why` is said of the design file."""
    tables = {f"{name}{form}" for name in schema.tables for form in (".csv", ".parquet")}
    known = {DESCRIPTOR, EXTENSION, DESIGN, *IMPORT_FILES, *tables}
    found = {entry.name for entry in folder.iterdir() if entry.name not in known}
    return tuple(sorted({*found, *([f"{DESIGN} ({why})"] if why else ())}))
