"""Covariates in both samples, and differences standardised to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from relatum.inference.balance import smd_categories, smd_continuous, smd_proportion
from relatum.inference.common import Refusal
from relatum.inference.standardisation import (
    Standardised,
    standardise_g_each,
    standardise_weights_each,
)
from relatum.models.comparison_readings import Reading
from relatum.models.comparison_samples import Pair, Side, sample_named
from relatum.results.comparison import CROSSED
from relatum.results.comparison_profile import DEPTH, DESCRIBED, BalanceRow, StandardisedRow
from relatum.results.words import country_label
from relatum.samples.statuses import column_texts
from relatum.schema.parallels import Parallel
from relatum.schema.status import ABSENT, PRESENT
from relatum.study import Study

__all__ = ["Covariates", "balance_rows", "read_covariates", "standardise_rows"]

FloatArray = npt.NDArray[np.float64]

_OWNERS = {"victims": "victim_id", "suspects": "suspect_id", "cases": "case_id"}
#: With more levels the rarer ones are put together.
_MAX_LEVELS, _KEPT_LEVELS, _REST = 8, 5, "other"
#: Stands for the levels where nothing is documented in either sample.
_SILENT = "none documented"
#: Kinds of columns of which a share is given, with the level that it is the share of.
_SHARES = {"status": "present", "boolean": "yes"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Covariates:
    """Declared covariates of one sample, per relationship.

    Attributes
    ----------
    names : tuple of str
        Of those that are numbers or statuses: they are what differences are standardised to.
    design : ndarray, shape (n_relationships, k)
        NaN where the file says nothing.
    """

    names: tuple[str, ...]
    design: FloatArray

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        """Relationships of which all covariates are documented."""
        known = np.isfinite(self.design).all(axis=1)
        return np.asarray(known, dtype=bool)


def _values(side: Side, name: str) -> pd.Series:
    """Return a column for every relationship of the side, whatever table holds it."""
    table, column = side.sample.schema.field(name)
    couples = side.sample.tables["relationships"].loc[side.rows]
    if table.name == "relationships":
        return couples[column.name].reset_index(drop=True)
    key = _OWNERS[table.name]
    owner = side.sample.tables[table.name].set_index(key)[column.name]
    return owner.reindex(couples[key]).reset_index(drop=True)


def _kind(side: Side, name: str) -> str:
    return side.sample.schema.field(name)[1].kind


def _numeric(side: Side, name: str) -> FloatArray | None:
    """Return a number per relationship, NaN for silence; None for a category."""
    kind = _kind(side, name)
    values = _values(side, name)
    if kind == "status":
        codes = values.array.codes
        return np.where(codes == PRESENT, 1.0, np.where(codes == ABSENT, 0.0, np.nan))
    if pd.api.types.is_numeric_dtype(values.dtype):
        return values.to_numpy(dtype=np.float64, na_value=np.nan)
    return None


def read_covariates(side: Side, names: Sequence[str]) -> Covariates:
    """Read the declared covariates that are numbers or statuses.

    Parameters
    ----------
    side : Side
    names : sequence of str
        Columns of relationships, victims, suspects or cases.
    """
    found = {name: _numeric(side, name) for name in names}
    kept = {name: values for name, values in found.items() if values is not None}
    columns = list(kept.values()) or [np.zeros((side.n_relationships, 0))]
    design = np.column_stack(columns)
    return Covariates(names=tuple(kept), design=design)


def balance_rows(
    pair: Pair, names: Sequence[str], weighted: Standardised | None
) -> tuple[BalanceRow, ...]:
    """Compare the declared covariates, documentation depth and `DESCRIBED` between the samples.

    Parameters
    ----------
    pair : Pair
    names : sequence of str
    weighted : Standardised, optional
        Whose differences after weighting are printed beside those before.
    """
    rows: list[BalanceRow] = []
    declared = [name for name in names if name != DEPTH]
    for name in dict.fromkeys((*declared, DEPTH, *DESCRIBED)):
        numbers = [_numeric(side, name) for side in pair.sides]
        if numbers[0] is not None and numbers[1] is not None:
            rows.append(_number_row(pair, name, numbers[0], numbers[1], weighted))
        else:
            rows += _category_rows(pair, name)
    return tuple(rows)


def _number_row(
    pair: Pair, name: str, a: FloatArray, b: FloatArray, weighted: Standardised | None
) -> BalanceRow:
    known = [values[~np.isnan(values)] for values in (a, b)]
    level = _SHARES.get(_kind(pair.trafficking, name), "")
    means = [float(values.mean()) if len(values) else None for values in known]
    smd: float | Refusal | None = None
    if means[0] is not None and means[1] is not None:
        smd = smd_proportion(means[0], means[1]) if level else smd_continuous(*known)
    after = None
    if weighted is not None and name in weighted.names:
        after = float(weighted.smd_after[weighted.names.index(name)])
    return BalanceRow(
        term=name,
        label=_label(pair, name),
        level=level,
        trafficking=means[0],
        domestic_violence=means[1],
        undocumented_trafficking=len(a) - len(known[0]),
        undocumented_domestic_violence=len(b) - len(known[1]),
        smd=None if isinstance(smd, Refusal) else smd,
        smd_weighted=after,
    )


def _label(pair: Pair, name: str) -> str:
    book = pair.trafficking.sample.schema.codebook
    return book[name].label if name in book else name


def _category_rows(pair: Pair, name: str) -> list[BalanceRow]:
    """One row per level, with the distance of the whole distributions in each of them."""
    texts = [column_texts(_values(side, name)) for side in pair.sides]
    known = _grouped([text[~text.isin(("", "not_documented", "unknown"))] for text in texts])
    found = set(known[0]) | set(known[1])
    levels = sorted(found, key=lambda level: (level == _REST, level)) or [_SILENT]
    shares = [[float((text == level).mean()) for level in levels] for text in known if len(text)]
    distance = smd_categories(*map(np.array, shares)) if len(shares) == 2 else None
    sides = [
        [float((text == level).mean()) if len(text) else None for level in levels] for text in known
    ]
    return [
        BalanceRow(
            term=name,
            label=_label(pair, name),
            level=country_label(level) if _is_country(name) and level != _REST else level,
            trafficking=first,
            domestic_violence=second,
            undocumented_trafficking=len(texts[0]) - len(known[0]),
            undocumented_domestic_violence=len(texts[1]) - len(known[1]),
            smd=None if isinstance(distance, Refusal) else distance,
            smd_weighted=None,
        )
        for level, first, second in zip(levels, *sides, strict=True)
    ]


def _is_country(name: str) -> bool:
    return name.endswith("_birth_country")


def _grouped(known: list[pd.Series]) -> list[pd.Series]:
    """Keep the most frequent levels where there are many, and put the others together."""
    counts = pd.concat(known).value_counts()
    if len(counts) <= _MAX_LEVELS:
        return known
    kept = sorted(counts.index, key=lambda level: (-int(counts[level]), str(level)))[:_KEPT_LEVELS]
    return [text.where(text.isin(kept), _REST) for text in known]


def standardise_rows(
    rows: Sequence[tuple[Parallel, tuple[Reading, Reading]]],
    covariates: tuple[Covariates, Covariates],
    study: Study,
) -> tuple[list[StandardisedRow], Standardised | None]:
    """Standardise differences of shares to the covariates of the domestic violence sample.

    Parameters
    ----------
    rows : sequence of tuple
        Rows of kind ``share`` and unit ``relationship``, without a restriction, each with its
        readings of all relationships of each side.
    covariates : tuple of Covariates
    study : Study

    Returns
    -------
    found : list of StandardisedRow
        For each row and crossed coding, by a model in each sample and by odds weights. Only
        relationships of which all covariates are documented are in it.
    weighted : Standardised or None
        The last one by weights, with the balance of the covariates after weighting.
    """
    codings = [coding.split("_") for coding in CROSSED]
    samples = [
        _outcomes([readings[at] for _, readings in rows], held, [ends[at] for ends in codings])
        for at, held in enumerate(covariates)
    ]
    if samples[0] is None or samples[1] is None:
        return [], None
    names = covariates[0].names
    model = standardise_g_each(*samples[0], *samples[1], names=names)
    weighted = standardise_weights_each(*samples[0], *samples[1], names=names)
    found: list[StandardisedRow] = []
    columns = [(row, coding) for row, _ in rows for coding in CROSSED]
    for (row, coding), by_model, by_weights in zip(columns, model, weighted, strict=True):
        found.append(_standardised(row, coding, "g_computation", by_model, study))
        found.append(_standardised(row, coding, "weights", by_weights, study))
    last = [one for one in weighted if isinstance(one, Standardised)]
    return found, last[-1] if last else None


def _outcomes(
    readings: Sequence[Reading], held: Covariates, ends: Sequence[str]
) -> tuple[FloatArray, FloatArray, npt.NDArray[np.int64]] | None:
    """Return outcomes (for each reading under each coding), covariates and cases of one side."""
    if not readings:
        return None
    keep = held.known
    values = [reading.values(end)[keep] for reading in readings for end in ends]
    return np.column_stack(values), held.design[keep], readings[0].cases[keep]


def _standardised(
    row: Parallel, coding: str, method: str, result: Standardised | Refusal, study: Study
) -> StandardisedRow:
    if isinstance(result, Refusal):
        return StandardisedRow(
            id=row.id,
            characteristic=row.dv_characteristic,
            method=method,
            coding=coding,
            estimate=None,
            conf_low=None,
            conf_high=None,
            effective_n_trafficking=None,
            effective_n_domestic_violence=None,
            why=sample_named(result.why),
        )
    limits = result.limits(1 - 2 * study.comparison.level)
    return StandardisedRow(
        id=row.id,
        characteristic=row.dv_characteristic,
        method=method,
        coding=coding,
        estimate=result.difference,
        conf_low=limits.conf_low,
        conf_high=limits.conf_high,
        effective_n_trafficking=result.effective_n_a,
        effective_n_domestic_violence=result.effective_n_b,
        why="",
    )
