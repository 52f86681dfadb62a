"""Rows of results as data frames with fixed columns and fixed dtypes."""

from __future__ import annotations

import types
from collections.abc import Sequence
from dataclasses import fields
from typing import Any, Union, get_args, get_origin, get_type_hints

import pandas as pd

__all__ = ["rows_frame"]

_DTYPES: dict[object, tuple[str, str]] = {
    str: ("string", "string"),
    int: ("int64", "Int64"),
    float: ("float64", "Float64"),
    bool: ("bool", "boolean"),
}


def rows_frame(row_type: type, rows: Sequence[object]) -> pd.DataFrame:
    """Turn frozen rows into a data frame.

    Parameters
    ----------
    row_type : type
        A dataclass; its fields are the columns, in order. Fields that hold tuples are joined
        with ``;``.
    rows : sequence of row_type
        The rows; there may be none.

    Returns
    -------
    DataFrame
        A new frame. Optional fields have nullable dtypes, so that nothing becomes NaN.

    Examples
    --------
    >>> from relatum.results.base import Note
    >>> rows_frame(Note, [Note("few", "Few units.")]).columns.tolist()
    ['code', 'text']
    """
    hints = get_type_hints(row_type)
    columns = {
        spec.name: _column([getattr(row, spec.name) for row in rows], hints[spec.name])
        for spec in fields(row_type)
    }
    return pd.DataFrame(columns, index=pd.RangeIndex(len(rows)))


def _column(values: list[Any], hint: Any) -> pd.Series:  # noqa: ANN401 - any annotation
    optional = get_origin(hint) in (Union, types.UnionType)
    kind = next(a for a in get_args(hint) if a is not type(None)) if optional else hint
    if get_origin(kind) is tuple:
        return pd.Series([";".join(map(str, value)) for value in values], dtype="string")
    plain, nullable = _DTYPES.get(kind, _DTYPES[str])
    return pd.Series(values, dtype=nullable if optional else plain)
