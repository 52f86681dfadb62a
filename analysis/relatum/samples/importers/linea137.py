"""Calls and home interventions of Argentina's Línea 137 on sexual violence become a sample.

The files of the calls (2017 to 2021) and of the interventions (2018 to 2024) differ by year in
their headers and encodings; the crosswalk names every spelling. Two flags say that a whole block
was not answered, while its items still read NO: such a NO is not documented, and a SI stays
present. That matters for comparisons, because the flag is set far more often for exploitation than
for partners.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from relatum.errors import Issue
from relatum.samples.importers.base import Discard, Imported, finish_import
from relatum.samples.importers.registry_build import (
    RecordTables,
    build_tables,
    design_column,
    design_frame,
    discards_of,
    level_column,
)
from relatum.samples.importers.registry_records import (
    Records,
    fail_import,
    open_records,
    parts_of,
)
from relatum.samples.sample import SampleInfo

__all__ = ["EXPLOITATION", "import_linea137"]

ATTRIBUTION = (
    "Source: Programa Las Víctimas Contra Las Violencias, Línea 137, Ministerio de Justicia de la "
    "Nación, Argentina, http://datos.jus.gob.ar/dataset/linea-137-victimas-de-violencia-sexual."
)
TERMS = (
    "Read the licence on the page of the publisher before you pass the data on. Many records "
    "concern minors: publish aggregates only."
)
TITLES = {
    "calls": "Línea 137, calls on sexual violence",
    "interventions": "Línea 137, home interventions on sexual violence",
}
#: The items that put a record into the population of trafficking.
EXPLOITATION = (
    "vs_explotacion_sexual",
    "vs_explotacion_sexual_comercial",
    "vs_explotacion_sexual_viajes_turismo",
    "vs_sospecha_trata_personas_fines_sexuales",
)
_RELATION = "victima_vinculo_agresor"
_MARK = "|"
_DAY = re.compile(r"[^0-9A-Za-z]*(\d{4})[-/](\d{2})[-/](\d{2})(\D|$)")
_AGES = (10, 110)


def import_linea137(paths: Sequence[str | Path]) -> Imported:
    """Import files of calls, or files of interventions, of one or several years.

    A record with an item of exploitation or suspected trafficking belongs to the population
    ``trafficking``; any other record against a partner or former partner to
    ``domestic_violence``; further records are left out and counted. Records with the same number
    of the case form one case; a record without a number is a case of its own. Whether two records
    of a case concern the same victim is not recorded, so each has a victim of its own.

    Parameters
    ----------
    paths : sequence of str or Path
        CSV files; calls and interventions are imported apart, because a case can be in both.

    Returns
    -------
    Imported
        With the design file: year, province, relation, whether an item of exploitation and a
        partner stand in one record, and whether a record repeats an earlier one.

    Raises
    ------
    ImportFailedError
        With every fault of every file.
    """
    records = open_records(
        "linea137", paths, encodings=("utf-8-sig", "latin-1"), separated={_RELATION: _MARK}
    )
    years = _years(records)
    relation = _relation(records, "design.relation", _joined_words)
    exploited = _any_item(records, EXPLOITATION)
    partner = np.isin(relation, [word for word in set(relation) if "partner" in word])
    keep = exploited | partner
    own = RecordTables(
        keep=keep,
        cases=_cases(records),
        population=np.where(exploited, "trafficking", "domestic_violence").astype(object),
        relationships={
            "rel_status": _relation(records, "relationships.rel_status", _one_word),
        },
        codings=_coding_columns(records),
    )
    tables = build_tables(_without_own_columns(records), own)
    ages = _ages_outside(tables["victims"])
    design = design_frame(
        records,
        keep,
        own={
            "year": years,
            "relation": relation,
            "exploitation": np.where(exploited, "yes", "no").astype(object),
            "partner": np.where(partner, "yes", "no").astype(object),
            "repeats": np.where(_repeats(records), "yes", "no").astype(object),
        },
        without=("case", "moment"),
    )
    name = f"linea137-{records.layout}"
    return finish_import(
        tables,
        SampleInfo(name=name, title=TITLES[records.layout], origin="collected", schema_version=""),
        discards=[*discards_of(records, keep), *_left_out(records, keep), *ages],
        attribution=ATTRIBUTION,
        terms=TERMS,
        design=design,
    )


def _any_item(records: Records, names: Sequence[str]) -> NDArray[np.bool_]:
    found = np.zeros(records.n, dtype=bool)
    for name in names:
        found |= records.flags(name, "si")
    return found


def _years(records: Records) -> NDArray[np.object_]:
    """Return the year of every record; a moment that is none is a fault."""
    name = next(n for n in records.columns if n.endswith("_fecha_hora"))
    raw = records.texts[name]
    found = [_year(text) for text in raw.distinct]
    years = np.array(found, dtype=object)[raw.codes]
    starts = np.searchsorted(records.file_of, np.arange(len(records.files)))
    message = "This is no moment written YYYY-MM-DD or YYYY/MM/DD."
    issues = [
        Issue(
            table=records.files[records.file_of[row]],
            row=f"line {row - starts[records.file_of[row]] + 2}",
            field=name,
            rule="wrong_type",
            message=message,
        )
        for row in np.flatnonzero(years == "")
    ]
    if issues:
        raise fail_import(issues)
    return years


def _year(text: str) -> str:
    """Return the year of a moment, empty where it is none.

    Examples
    --------
    >>> _year("2018/01/01 19:12"), _year('?"2019-04-01 12:25:45"'), _year("19-04-01")
    ('2018', '2019', '')
    """
    found = _DAY.match(text)
    if not found:
        return ""
    year, month, day = (int(part) for part in found.groups()[:3])
    try:
        pd.Timestamp(year, month, day)
    except ValueError:
        return ""
    return str(year)


def _relation(
    records: Records, target: str, join: Callable[[Sequence[str]], str]
) -> NDArray[np.object_]:
    """Return what the relation to the aggressor says of one target, over all aggressors."""
    levels = records.columns[_RELATION].levels(target)
    raw = records.texts[_RELATION]
    words = []
    for text in raw.distinct:
        found = [levels.get(part, "") for part in parts_of(text, _MARK)]
        words.append(join([word for word in found if word]))
    return np.array(words, dtype=object)[raw.codes]


def _joined_words(words: Sequence[str]) -> str:
    return ";".join(sorted(set(words)))


def _one_word(words: Sequence[str]) -> str:
    return words[0] if len(set(words)) == 1 else "not_documented"


def _cases(records: Records) -> pd.Categorical:
    numbers = design_column(records, "case")
    alone = [f"record_{at}" for at in range(1, records.n + 1)]
    known = pd.factorize(numbers)[0] + 1
    own = [
        f"case_{code}" if number else word
        for code, number, word in zip(known, numbers, alone, strict=True)
    ]
    return pd.Categorical(own)


def _coding_columns(records: Records) -> dict[str, NDArray[np.object_]]:
    """Return who the record rests on, and whether it speaks of several aggressors at once."""
    raw = records.texts[_RELATION]
    several = raw.flags({text: len(parts_of(text, _MARK)) > 1 for text in raw.distinct})
    columns: dict[str, NDArray[np.object_]] = {
        "context_inferred": np.where(several, "true", "false").astype(object)
    }
    if "llamante_vinculo" in records.columns:
        source = level_column(records, "llamante_vinculo", "codings.source")
        columns["source"] = np.array(source.distinct, dtype=object)[source.codes]
    return columns


def _without_own_columns(records: Records) -> Records:
    """Leave out the columns that are read here, value by value, and not by the crosswalk alone."""
    columns = {name: column for name, column in records.columns.items() if name != _RELATION}
    return replace(records, columns=columns)


def _ages_outside(victims: pd.DataFrame) -> list[Discard]:
    """Blank ages that a sample does not hold, and count them."""
    ages = pd.to_numeric(victims["victim_age"].astype(object), errors="coerce")
    outside = ages.notna() & ~ages.between(*_AGES)
    victims["victim_age"] = ages.mask(outside).astype("Int64")
    n = int(outside.sum())
    why = f"An age outside {_AGES[0]} to {_AGES[1]}; 999 stands for unknown."
    return [Discard(source="records kept", what="victima_edad", n=n, why=why)] if n else []


def _repeats(records: Records) -> NDArray[np.bool_]:
    """Tell which records equal an earlier one in every column that is read."""
    codes = {name: raw.codes for name, raw in records.texts.items()}
    found: NDArray[np.bool_] = pd.DataFrame(codes).duplicated().to_numpy()
    return found


def _left_out(records: Records, keep: NDArray[np.bool_]) -> list[Discard]:
    """Count records that are left out, and flags that contradict their block."""
    source = ", ".join(records.files) if len(records.files) < 3 else f"{len(records.files)} files"
    rows = [
        (
            "records",
            int((~keep).sum()),
            "Neither exploitation nor a partner or former partner is recorded.",
        )
    ]
    for block in ("ofv_", "vs_"):
        flag = f"{block}no_sabe_no_contesta"
        unknown = records.flags(flag, "si")
        items = [n for n in records.columns if n.startswith(block) and n != flag]
        rows += [
            (flag, int(unknown.sum()), "Block flagged unknown: its NO is not documented."),
            (
                f"{flag} against an item",
                int((unknown & _any_item(records, items)).sum()),
                "Block flagged unknown although an item is SI: the SI stays present.",
            ),
        ]
    return [Discard(source=source, what=what, n=n, why=why) for what, n, why in rows if n]
