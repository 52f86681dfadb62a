"""Cells of a table of times as numbers, labels and causes, and what is missing or wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from relatum.inference.common import FloatArray, IntArray

__all__ = ["ALLOWED", "CENSORED", "Cells", "event_codes", "label_cells", "number_cells"]

Values = TypeVar("Values")
BoolArray = npt.NDArray[np.bool_]

#: Words for an end without an event.
CENSORED = ("0", "false", "censored")
_EVENT = ("1", "true")

#: What each fault says, and what would have been right.
ALLOWED: Mapping[str, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        "missing_time": ("The time is missing.", ("a number from 0",)),
        "missing_event": ("What ended the record is missing.", ()),
        "missing_group": ("The group is missing.", ("a label",)),
        "missing_cluster": ("The cluster is missing.", ("a label",)),
        "missing_stratum": ("The stratum is missing.", ("a label",)),
        "missing_covariate": ("The covariate is missing.", ("a number",)),
        "not_a_number": (
            "The cell is no finite number. Categories go into columns of 0 and 1.",
            ("a number with a decimal point", "true", "false"),
        ),
        "unknown_cause": ("The cell is no word for an event or its absence.", ()),
        "unknown_group": ("The cell is none of the groups that were named.", ()),
        "negative_time": ("The time lies before the origin.", ("a number from 0",)),
        "entry_after_exit": ("Entry comes after exit.", ("an entry before the exit",)),
        "zero_length": ("The record has no time at risk.", ("an exit after the entry",)),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cells(Generic[Values]):
    """One column.

    Attributes
    ----------
    held : ndarray, shape (n,)
        Without meaning where a cell is missing or wrong.
    missing, wrong : ndarray of bool, shape (n,)
    """

    held: Values
    missing: BoolArray
    wrong: BoolArray


def number_cells(column: pd.Series) -> Cells[FloatArray]:
    """Read a column of numbers; true and false count as 1 and 0.

    Parameters
    ----------
    column : Series, shape (n,)

    Returns
    -------
    Cells

    Examples
    --------
    >>> found = number_cells(pd.Series(["1.5", "true", "", "x"]))
    >>> found.held.tolist(), found.missing.tolist(), found.wrong.tolist()
    ([1.5, 1.0, nan, nan], [False, False, True, False], [False, False, False, True])
    """
    if pd.api.types.is_bool_dtype(column.dtype) or pd.api.types.is_numeric_dtype(column.dtype):
        missing = column.isna().to_numpy(dtype=np.bool_)
        values = column.astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
    else:
        texts, missing = _texts(column)
        lowered = pd.Series(texts).str.lower().replace({"true": "1", "false": "0"})
        values = pd.to_numeric(lowered, errors="coerce").to_numpy(dtype=np.float64)
    held = np.asarray(values, dtype=np.float64)
    return Cells(held=held, missing=missing, wrong=~missing & ~np.isfinite(held))


def label_cells(column: pd.Series) -> tuple[npt.NDArray[np.str_], BoolArray]:
    """Read a column of labels.

    Parameters
    ----------
    column : Series, shape (n,)

    Returns
    -------
    labels : ndarray of str, shape (n,)
        Whole numbers without a decimal point.
    missing : ndarray of bool, shape (n,)

    Examples
    --------
    >>> label_cells(pd.Series([1.0, 2.5, None]))[0].tolist()
    ['1', '2.5', '']
    """
    at, texts = _distinct(column)
    labels = np.asarray(texts, dtype=np.str_)[at]
    return labels, np.asarray(labels == "", dtype=np.bool_)


def event_codes(
    column: pd.Series, causes: Sequence[str], censored: Sequence[str]
) -> Cells[IntArray]:
    """Read what ended each record.

    Parameters
    ----------
    column : Series, shape (n,)
    causes : sequence of str
        Words of events, numbered from 1; none for 0 and 1, false and true.
    censored : sequence of str
        Words for an end without an event.

    Returns
    -------
    Cells

    Examples
    --------
    >>> event_codes(pd.Series(["arrest", "death", "0"]), ("arrest", "death"), ("0",)).held
    array([1, 2, 0])
    """
    at, texts = _distinct(column)
    words = {word.lower(): 0 for word in censored}
    words |= {word.lower(): place for place, word in enumerate(causes, 1)}
    if not causes:
        words |= dict.fromkeys(_EVENT, 1)
    codes = np.array([words.get(text.lower(), -1) for text in texts], dtype=np.int64)[at]
    missing = np.array([not text for text in texts], dtype=np.bool_)[at]
    return Cells(held=codes, missing=missing, wrong=~missing & (codes < 0))


def _distinct(column: pd.Series) -> tuple[IntArray, list[str]]:
    """Return the place of every cell among some texts, of which the last is that of a missing one.

    Cells of one type are turned into texts once per distinct cell. In a column of objects 1 and
    True are equal, though their texts differ, so only one of nothing but texts is treated so.
    """
    alike = column.dtype != object or pd.api.types.infer_dtype(column, skipna=True) == "string"
    if not alike:
        texts, _ = _texts(column)
        return np.arange(len(texts)), [*texts, ""]
    at, distinct = pd.factorize(column, use_na_sentinel=True)
    return at.astype(np.int64), [*_texts(pd.Series(distinct))[0], ""]


def _texts(column: pd.Series) -> tuple[list[str], BoolArray]:
    """Return texts without blanks around them, empty where missing."""
    missing = column.isna().to_numpy(dtype=np.bool_)
    texts = [
        "" if gone else _text(value) for value, gone in zip(column.tolist(), missing, strict=True)
    ]
    return texts, missing | np.array([not text for text in texts], dtype=np.bool_)


def _text(value: Any) -> str:  # noqa: ANN401 - any cell
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
