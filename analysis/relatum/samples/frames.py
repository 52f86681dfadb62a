"""The pandas form of a table: which dtype each kind of field has, in a sample already checked."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
import pandas as pd

from relatum.schema import Field, Status, StatusArray, StatusDtype, Table

__all__ = ["column_dtype", "conform", "day_numbers", "empty_frame"]


@cache
def column_dtype(field: Field) -> object:
    """Return the pandas dtype of a field.

    Examples
    --------
    >>> from relatum.schema import load_schema
    >>> str(column_dtype(load_schema()["cases"]["case_firearm"]))
    'status'
    """
    if field.kind == "status":
        return StatusDtype()
    if field.levels and field.kind in ("category", "ordinal"):
        # Silence has no rank: a scale that allows it is not ordered as a whole.
        levels = [level.value for level in field.levels]
        ranked = field.kind == "ordinal" and "not_documented" not in levels
        return pd.CategoricalDtype(levels, ordered=ranked)
    return _DTYPES.get(field.type, _TEXT)


_TEXT = pd.StringDtype("python")
_DTYPES: Mapping[str, object] = {
    "integer": pd.Int64Dtype(),
    "number": pd.Float64Dtype(),
    "boolean": pd.BooleanDtype(),
    "date": np.dtype("datetime64[ns]"),
}


def conform(table: Table, columns: Mapping[str, object] | pd.DataFrame) -> pd.DataFrame:
    """Give columns that are known to be valid the dtypes and the order of their table.

    Parameters
    ----------
    table : Table
        The table's definition.
    columns : mapping of str to array-like, or DataFrame
        Valid values. Columns that are left out hold no value (for statuses: not documented).

    Returns
    -------
    DataFrame
        Every column of the table, in its order, with a fresh index.
    """
    given = columns if isinstance(columns, pd.DataFrame) else pd.DataFrame(dict(columns))
    index = pd.RangeIndex(len(given))
    parts = {
        field.name: _cast(given[field.name], field) if field.name in given else _blank(field, index)
        for field in table.fields
    }
    for part in parts.values():
        part.index = index
    return pd.DataFrame(parts, index=index, columns=list(table.columns))


def _blank(field: Field, index: pd.RangeIndex) -> pd.Series:
    """Return a column without values: silence for a status, missing for everything else."""
    if field.kind == "status":
        codes = np.full(len(index), Status.NOT_DOCUMENTED.code, dtype=np.int8)
        return pd.Series(StatusArray(codes))
    return pd.Series(index=index, dtype=column_dtype(field))  # type: ignore[call-overload, no-any-return]


def _cast(values: pd.Series, field: Field) -> pd.Series:
    dtype = column_dtype(field)
    if values.dtype == dtype:
        return values.copy(deep=False)
    if field.type == "date":
        return pd.to_datetime(values).astype("datetime64[ns]")
    return values.astype(dtype)  # type: ignore[call-overload, no-any-return]


def empty_frame(table: Table) -> pd.DataFrame:
    """Return a table without rows."""
    return conform(table, {field.name: [] for field in table.fields})


def day_numbers(values: pd.Series) -> list[int | None]:
    """Return dates as days since 1970, None where there is no date.

    Examples
    --------
    >>> day_numbers(pd.Series(pd.to_datetime(["1970-01-02", None])))
    [1, None]
    """
    numbers = values.to_numpy(dtype="datetime64[D]").astype(np.int64)
    missing = values.isna().to_numpy()
    return [None if gone else int(day) for day, gone in zip(numbers, missing, strict=True)]
