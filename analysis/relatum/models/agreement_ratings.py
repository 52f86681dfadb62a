"""The ratings of several coders side by side: which units, which codes, who rated what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from relatum.results.agreement import CODED_ALONE
from relatum.results.base import Note
from relatum.results.words import UNIT_PLURALS
from relatum.samples import UNIT_TABLES, Sample
from relatum.schema import Code

__all__ = ["CodeRatings", "Coding", "coded_alone", "collect_ratings", "pick_coders"]

#: The mark of a unit that a coder did not rate, beside the codes of the four statuses.
NOT_RATED = np.int8(-1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coding:
    """One coder's work.

    Attributes
    ----------
    name : str
        What the report calls the coder.
    sample : Sample
        The sample that holds the codings.
    coder : str
        The coder's id in it.
    """

    name: str
    sample: Sample
    coder: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CodeRatings:
    """All ratings of one code on one type of unit.

    Attributes
    ----------
    code : Code
        The code.
    unit : str
        The type of unit.
    units : tuple of str, length n_units
        Ids of the units that two coders or more coded.
    n_alone : int
        Units of this type that one coder alone coded; nothing is compared there.
    cases : ndarray of str, shape (n_units,)
        Their cases.
    statuses : ndarray of int8, shape (n_units, n_coders)
        Codes of statuses, or -1 where a coder did not rate the unit.
    days : ndarray of float, shape (n_units, n_coders, 2)
        First and last day of what a coder calls present; NaN where there is none.
    """

    code: Code
    unit: str
    units: tuple[str, ...]
    n_alone: int
    cases: npt.NDArray[np.str_]
    statuses: npt.NDArray[np.int8]
    days: npt.NDArray[np.float64]


def pick_coders(
    first: Sample, second: Sample | None = None, *, coders: Sequence[str] = ()
) -> tuple[Coding, ...]:
    """Say whose codings are compared.

    Parameters
    ----------
    first : Sample
        The data of one coder, or of several.
    second : Sample, optional
        The data of another coder.
    coders : sequence of str, optional
        With one sample the coders to compare, all but ``consensus`` by default; with two the
        coder of each, by default the sample's own choice.

    Returns
    -------
    tuple of Coding
        Fewer than two where there is nobody to compare.

    Raises
    ------
    SampleError
        If a coder does not exist.
    """
    if second is None:
        names = tuple(coders) or tuple(name for name in first.coders if name != "consensus")
        chosen = [first.chosen_coder(name) for name in dict.fromkeys(names)]
        return tuple(Coding(name=c, sample=first, coder=c) for c in chosen if c is not None)
    asked = [*coders, None, None][:2]
    pairs = [(s, s.chosen_coder(name)) for s, name in zip((first, second), asked, strict=True)]
    held = [(sample, coder) for sample, coder in pairs if coder is not None]
    names = tuple(coder for _, coder in held)
    if len(set(names)) < len(names):
        names = tuple(f"{coder} ({sample.info.name})" for sample, coder in held)
    if len(set(names)) < len(names):
        names = tuple(f"{coder} ({word})" for (_, coder), word in zip(held, _ORDER, strict=False))
    return tuple(
        Coding(name=name, sample=sample, coder=coder)
        for name, (sample, coder) in zip(names, held, strict=True)
    )


_ORDER = ("first", "second")


def collect_ratings(codings: Sequence[Coding]) -> tuple[CodeRatings, ...]:
    """Put the codings of several coders side by side.

    Parameters
    ----------
    codings : sequence of Coding
        Two or more.

    Returns
    -------
    tuple of CodeRatings
        One entry per code and type of unit that some coder used, in the order of the codebook.

    Notes
    -----
    A coder rated a unit, be it a relationship, a person, a case or an event, when a coding is
    entered about it. A code without an entry there is rated as not documented. A unit that one
    coder alone coded is never compared: that the other passed it by is no rating.
    """
    book = codings[0].sample.schema.codebook
    rows = [_rows(coding) for coding in codings]
    used = {(str(c), str(u)) for frame in rows for c, u in zip(*_pair(frame), strict=True)}
    frames: dict[str, _Units] = {
        unit: _units(codings, rows, unit) for unit in sorted({unit for _, unit in used})
    }
    return tuple(
        _code_ratings(code, unit, codings, rows, frames[unit])
        for code in book.values()
        if code.is_coding and code.value_type == "status"
        for unit in UNIT_TABLES
        if (code.id, unit) in used
    )


def coded_alone(ratings: Sequence[CodeRatings]) -> Note:
    """Say how many units one coder alone coded, by type.

    Parameters
    ----------
    ratings : sequence of CodeRatings
        Those of `collect_ratings`.

    Returns
    -------
    Note
        Its code is `CODED_ALONE`.
    """
    counts = {held.unit: held.n_alone for held in ratings if held.n_alone}
    if not counts:
        return Note(CODED_ALONE, "No unit was coded by one coder alone.")
    words = (
        f"{n:,} {UNIT_PLURALS[unit].removesuffix('s') if n == 1 else UNIT_PLURALS[unit]}"
        for unit, n in counts.items()
    )
    return Note(CODED_ALONE, f"Coded by one coder alone, so not compared: {', '.join(words)}.")


def _pair(frame: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    return frame["code"], frame["unit_type"]


def _rows(coding: Coding) -> pd.DataFrame:
    held = coding.sample.tables["codings"]
    mine = (held["coder_id"] == coding.coder).fillna(False).to_numpy(dtype=bool)
    return held.loc[mine]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Units:
    """Units of one type that two coders or more coded."""

    ids: pd.Index
    n_alone: int
    cases: npt.NDArray[np.str_]
    rated: npt.NDArray[np.bool_]


def _units(codings: Sequence[Coding], rows: Sequence[pd.DataFrame], unit: str) -> _Units:
    ids = codings[0].sample.unit_ids(unit)
    rated = np.stack([ids.isin(_coded(frame, unit)) for frame in rows], axis=1)
    coders = rated.sum(axis=1)
    elsewhere = {name for frame in rows for name in _coded(frame, unit)}.difference(ids)
    keep = coders >= 2
    cases = _case_of(codings[0].sample, unit).to_numpy(dtype=str)
    return _Units(
        ids=ids[keep],
        n_alone=int((coders == 1).sum()) + len(elsewhere),
        cases=cases[keep],
        rated=rated[keep],
    )


def _coded(rows: pd.DataFrame, unit: str) -> pd.Series:
    """Return the ids of the units of a type about which a coder entered something."""
    return rows.loc[(rows["unit_type"] == unit).fillna(False).to_numpy(dtype=bool), "unit_id"]


def _case_of(sample: Sample, unit: str) -> pd.Series:
    """Return the case of every unit of a type, indexed by the unit."""
    ids = sample.unit_ids(unit)
    table = sample.tables[UNIT_TABLES[unit]]
    if unit == "case":
        return pd.Series(ids.to_numpy(dtype=str), index=ids)
    if "case_id" in table.columns:
        return pd.Series(table["case_id"].astype("string").fillna("").to_numpy(str), index=ids)
    link, parent = (
        ("relationship_id", "relationship") if unit == "attempt" else ("victim_id", "victim")
    )
    held = _case_of(sample, parent)
    found = table[link].map(held).astype("string").fillna("")
    return pd.Series(found.to_numpy(str), index=ids)


def _code_ratings(
    code: Code,
    unit: str,
    codings: Sequence[Coding],
    rows: Sequence[pd.DataFrame],
    units: _Units,
) -> CodeRatings:
    statuses = np.full(units.rated.shape, NOT_RATED, dtype=np.int8)
    days = np.full((*units.rated.shape, 2), np.nan)
    for at, (coding, frame) in enumerate(zip(codings, rows, strict=True)):
        own = coding.sample.unit_ids(unit)
        places = own.get_indexer(units.ids)
        held = coding.sample.coded_codes(code.id, unit, coding.coder)
        rated = units.rated[:, at]
        statuses[rated, at] = held[places[rated]]
        days[:, at] = _days(frame, code.id, unit, units.ids)
    return CodeRatings(
        code=code,
        unit=unit,
        units=tuple(str(name) for name in units.ids),
        n_alone=units.n_alone,
        cases=units.cases,
        statuses=statuses,
        days=days,
    )


def _days(rows: pd.DataFrame, code: str, unit: str, ids: pd.Index) -> npt.NDArray[np.float64]:
    """Return the days between which a coder places what is present, shape (n_units, 2)."""
    chosen = (rows["code"] == code) & (rows["unit_type"] == unit) & (rows["status"] == "present")
    dated = rows["date_lower"].notna() & rows["date_upper"].notna()
    mine = rows.loc[(chosen.fillna(False) & dated).to_numpy(dtype=bool)]
    ends: Mapping[str, str] = {"date_lower": "min", "date_upper": "max"}
    days = np.full((len(ids), 2), np.nan)
    for column, (name, how) in enumerate(ends.items()):
        found = mine.groupby("unit_id")[name].agg(how).reindex(ids)
        known = found.notna().to_numpy(dtype=bool)
        numbers = found.to_numpy(dtype="datetime64[D]").astype(np.int64)
        days[known, column] = numbers[known]
    return days
