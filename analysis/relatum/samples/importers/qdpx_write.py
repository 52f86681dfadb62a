"""Export of a sample to a REFI-QDA project (``.qdpx``) that MAXQDA, ATLAS.ti and NVivo open."""

from __future__ import annotations

import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID, uuid5

import pandas as pd

from relatum.errors import SampleError
from relatum.samples.importers.base import Discard
from relatum.samples.importers.qdpx_mapping import ROW_TABLES, STATUSES, is_taken
from relatum.samples.sample import Sample

__all__ = ["Written", "write_qdpx"]

#: An element of lxml, which has no public name for it.
_Element: TypeAlias = Any
_NAMESPACE = "urn:QDA-XML:project:1.0"
_SPACE = UUID("6b1f2f0e-9a3e-5f58-9c55-2d1f2c0c7a11")
#: The earliest time that an archive can hold, so that the same sample gives the same bytes.
_NO_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A project that was written.

    Attributes
    ----------
    path : Path
        The file.
    discards : tuple of Discard
        What of the sample a project cannot express, with counts.
    """

    path: Path
    discards: tuple[Discard, ...]


def write_qdpx(sample: Sample, path: str | Path) -> Written:
    """Write what a QDA project can express of a sample; the whole file appears or nothing.

    Parameters
    ----------
    sample : Sample
    path : str or Path
        The new file; an earlier one is replaced.

    Returns
    -------
    Written

    Raises
    ------
    SampleError
        If the file cannot be written.

    Notes
    -----
    A relationship is a document whose text is its id, and a case of the project; an investigation
    is a set of documents; a coder is a user. A status is a coding of the whole document with the
    code of the same id, below its domain; a status other than present is a code of its own below
    that code, such as ``vio_physical: absent_documented``. Columns of investigations, persons and
    relationships are variables ``table.column``. The same sample gives the same bytes.
    `relatum.samples.importers.qdpx.import_qdpx` reads the file back with ``unit="document"`` and
    ``investigation="set"`` and gives the same units, codes, statuses and coders.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = write_qdpx(example_sample("anna"), Path(folder) / "anna.qdpx")
    ...     with zipfile.ZipFile(written.path) as archive:
    ...         archive.namelist()[0]
    'project.qde'
    """
    place = Path(path).absolute()
    rows, lost = _expressible(sample)
    project = _Builder(sample, rows)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place.parent, prefix=".relatum-") as temporary:
            built = Path(temporary) / "project.qdpx"
            _pack(built, project.build(), project.texts)
            built.replace(place)
    except OSError as error:
        msg = f"'{path}' could not be written: {error.strerror or type(error).__name__}."
        raise SampleError(msg) from error
    return Written(path=Path(path), discards=lost)


def _pack(path: Path, xml: bytes, texts: Mapping[str, str]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        held = {"project.qde": xml} | {name: text.encode() for name, text in texts.items()}
        for name, content in held.items():
            entry = zipfile.ZipInfo(name, date_time=_NO_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)


# --- what can be expressed -----------------------------------------------------------------------


def _expressible(sample: Sample) -> tuple[pd.DataFrame, tuple[Discard, ...]]:
    """Return one row per relationship, code and coder, and what is left behind."""
    held = sample.tables["codings"]
    taken = held["code"].map(lambda code: is_taken(str(code), sample.schema)).astype(bool)
    keep = taken & (held["unit_type"] == "relationship").to_numpy(dtype=bool)
    rows = held.loc[keep, ["unit_id", "code", "status", "coder_id"]].astype("string")
    rank = rows["status"].map({word: at for at, word in enumerate(STATUSES)})
    once = rows.assign(rank=rank).sort_values(["unit_id", "code", "coder_id", "rank"])
    once = once.drop_duplicates(["unit_id", "code", "coder_id"]).drop(columns="rank")
    counts: Counter[tuple[str, str, str]] = Counter()
    reason = "only statuses of relationships can be codings of a document"
    counts["codings", "coding of something else", reason] = int((~keep).sum())
    reason = "one coding per relationship, code and coder"
    counts["codings", "repeated coding", reason] = len(rows) - len(once)
    spare = [c for c in held.columns if c not in (*_CODED, "simulated")]
    for column in spare:
        n = int(held.loc[keep, column].notna().sum())
        counts["codings", f"value of '{column}'", "a coding has no such attribute"] = n
    for name, frame in sample.tables.items():
        if name not in (*ROW_TABLES, "codings"):
            counts[name, "row", "a project has no such table"] = len(frame)
    pairs = sample.tables["relationships"]
    for name in ("cases", "suspects", "victims"):
        key = sample.schema[name].primary_key
        n = int((~sample.tables[name][key].isin(pairs[key])).sum())
        counts[name, "row without a relationship", "it would belong to no document"] = n
    discards = (Discard(source=s, what=w, n=n, why=y) for (s, w, y), n in counts.items() if n)
    return once, tuple(sorted(discards))


_CODED = ("coding_id", "unit_type", "unit_id", "code", "status", "coder_id")


# --- the XML -------------------------------------------------------------------------------------


class _Builder:
    """Builds the XML of one project; texts are filled on the way."""

    def __init__(self, sample: Sample, rows: pd.DataFrame) -> None:
        self.sample = sample
        self.rows = rows
        self.texts: dict[str, str] = {}
        order = {code: at for at, code in enumerate(sample.schema.codebook)}
        self.codes = sorted(set(rows["code"]), key=lambda code: order[code])
        self.coders = sorted(set(rows["coder_id"]))
        self.cells = {name: _texts(sample.tables[name]) for name in ROW_TABLES}
        pairs = self.cells["relationships"]
        self.pairs = list(pairs.itertuples(index=False))
        self.by_key = {
            name: frame.set_index(sample.schema[name].primary_key, drop=False)
            for name, frame in self.cells.items()
        }

    def build(self) -> bytes:
        """Return the XML as bytes."""
        from lxml import etree

        root = etree.Element(f"{{{_NAMESPACE}}}Project", nsmap={None: _NAMESPACE})
        root.set("name", self.sample.info.name)
        root.set("origin", "relatum")
        if self.coders:
            users = _add(root, "Users")
            for coder in self.coders:
                _add(users, "User", guid=_guid("user", coder), name=coder)
        self._add_codes(root)
        values = self._values()
        columns = sorted({column for found in values.values() for column in found})
        if columns:
            variables = _add(root, "Variables")
            for column in columns:
                guid = _guid("variable", column)
                _add(variables, "Variable", guid=guid, name=column, typeOfVariable="Text")
        self._add_cases(root)
        self._add_sources(root, values)
        self._add_sets(root)
        etree.indent(root)
        return bytes(etree.tostring(root, xml_declaration=True, encoding="utf-8"))

    def _add_codes(self, root: _Element) -> None:
        if not self.codes:
            return
        book = self.sample.schema.codebook
        used = set(zip(self.rows["code"], self.rows["status"], strict=True))
        above: dict[str, _Element] = {}
        codes = _add(_add(root, "CodeBook"), "Codes")
        for code in self.codes:
            domain = book[code].domain
            if domain not in above:
                guid = _guid("domain", domain)
                above[domain] = _add(codes, "Code", guid=guid, name=domain, isCodable="false")
            guid = _guid("code", code, "present")
            parent = _add(above[domain], "Code", guid=guid, name=code, isCodable="true")
            _add(parent, "Description").text = book[code].definition
            for status in STATUSES[1:]:
                if (code, status) in used:
                    name, guid = f"{code}: {status}", _guid("code", code, status)
                    _add(parent, "Code", guid=guid, name=name, isCodable="true")

    def _values(self) -> dict[str, dict[str, str]]:
        """Return the values of every relationship by ``table.column``."""
        found: dict[str, dict[str, str]] = {}
        for row in self.cells["relationships"].to_dict("records"):
            values = {}
            for name in ROW_TABLES:
                key = self.sample.schema[name].primary_key
                held = self.by_key[name].loc[row[key]]
                skipped = {"case_id", "relationship_id", key}
                values.update({f"{name}.{c}": v for c, v in held.items() if c not in skipped and v})
            found[str(row["relationship_id"])] = values
        return found

    def _add_cases(self, root: _Element) -> None:
        if not self.pairs:
            return
        cases = _add(root, "Cases")
        for unit in self.by_key["relationships"].index:
            case = _add(cases, "Case", guid=_guid("case", unit), name=unit)
            _add(case, "SourceRef", targetGUID=_guid("source", unit))

    def _add_sources(self, root: _Element, values: Mapping[str, Mapping[str, str]]) -> None:
        if not values:
            return
        coded = {str(unit): part for unit, part in self.rows.groupby("unit_id", sort=False)}
        sources = _add(root, "Sources")
        for unit, held in values.items():
            file = _guid("text", unit)
            self.texts[f"sources/{file}.txt"] = unit
            source = _add(
                sources,
                "TextSource",
                guid=_guid("source", unit),
                name=unit,
                plainTextPath=f"internal://{file}.txt",
            )
            for row in _rows(coded.get(unit)):
                guid = _guid("coding", unit, row["code"], row["coder_id"])
                user = _guid("user", row["coder_id"])
                coding = _add(source, "Coding", guid=guid, creatingUser=user)
                _add(coding, "CodeRef", targetGUID=_guid("code", row["code"], row["status"]))
            for column, value in held.items():
                variable = _add(source, "VariableValue")
                _add(variable, "VariableRef", targetGUID=_guid("variable", column))
                _add(variable, "TextValue").text = value

    def _add_sets(self, root: _Element) -> None:
        pairs = self.cells["relationships"]
        if pairs.empty:
            return
        sets = _add(root, "Sets")
        for case, part in pairs.groupby("case_id", sort=False):
            found = _add(sets, "Set", guid=_guid("set", str(case)), name=str(case))
            for unit in part["relationship_id"]:
                _add(found, "MemberSource", targetGUID=_guid("source", unit))


def _rows(frame: pd.DataFrame | None) -> Iterable[dict[str, str]]:
    if frame is None:
        return ()
    return ({str(k): str(v) for k, v in row.items()} for row in frame.to_dict("records"))


def _texts(frame: pd.DataFrame) -> pd.DataFrame:
    """Return every cell as it is written in a CSV file; an empty text where there is no value."""
    columns = {}
    for column in frame.columns:
        held = frame[column]
        if str(held.dtype) == "boolean":
            held = held.map({True: "true", False: "false"}, na_action="ignore")
        elif str(held.dtype).startswith("datetime"):
            held = held.dt.strftime("%Y-%m-%d")
        columns[column] = held.astype("string").fillna("").astype(object)
    return pd.DataFrame(columns)


def _guid(*parts: str) -> str:
    return str(uuid5(_SPACE, "\n".join(parts))).upper()


def _add(parent: _Element, tag: str, /, **attributes: str) -> _Element:
    from lxml import etree

    return etree.SubElement(parent, f"{{{_NAMESPACE}}}{tag}", attributes)
