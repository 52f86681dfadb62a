"""Cells of a registry as statuses, and labels as numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from relatum.errors import ImportFailedError
from relatum.inference.common import IntArray
from relatum.schema.status import PRESENT, UNDOCUMENTED, Status, StatusCodes

__all__ = ["WRONG", "ZERO", "blank_labels", "cell_codes", "encode_labels", "number_labels"]

#: Marks of cells: a 0 of which nobody said what it means, and what is no status at all.
ZERO, WRONG = np.int8(-2), np.int8(-1)
_WORD_CODES: Mapping[str, np.int8] = {
    **{status.value: np.int8(status.code) for status in Status},
    **dict.fromkeys(("1", "1.0", "true"), PRESENT),
}
_ZERO_WORDS = ("0", "0.0", "false")


def cell_codes(column: pa.Array, zero: np.int8) -> StatusCodes:
    """Return the status of every cell of a column.

    Parameters
    ----------
    column : Array, shape (n_rows,)
        0 and 1, true and false, or the words of a status; a missing cell is not documented.
    zero : int8
        What a 0 means: a status, or `ZERO`.

    Returns
    -------
    ndarray of int8, shape (n_rows,)
        `WRONG` for what is no status.

    Examples
    --------
    >>> cell_codes(pa.array(["present", None, "0", "x"]), np.int8(0)).tolist()
    [2, 1, 0, -1]
    """
    kind = column.type
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return _number_codes(column, zero)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        column = column.dictionary_encode()
    if not pa.types.is_dictionary(column.type):
        blank = column.is_null().to_numpy(zero_copy_only=False)
        return np.where(blank, UNDOCUMENTED, WRONG).astype(np.int8)
    words = {**_WORD_CODES, **dict.fromkeys(_ZERO_WORDS, zero)}
    texts = column.dictionary.cast(pa.string()).to_pylist()
    known = [UNDOCUMENTED if t is None else words.get(t.lower(), WRONG) for t in texts]
    # A missing cell points beyond the dictionary.
    table = np.array([*known, UNDOCUMENTED], dtype=np.int8)
    at = column.indices.fill_null(len(texts)) if column.null_count else column.indices
    found: StatusCodes = table[at.to_numpy(zero_copy_only=False)]
    return found


def _number_codes(column: pa.Array, zero: np.int8) -> StatusCodes:
    silent = column.is_null(nan_is_null=True) if _may_be_silent(column) else None
    if column.null_count:
        column = column.fill_null(False if pa.types.is_boolean(column.type) else 0)
    values: npt.NDArray[Any] = column.to_numpy(zero_copy_only=False)
    truths = values.dtype == np.bool_
    codes: StatusCodes = np.where(values if truths else values == 1, PRESENT, zero)
    if not truths:
        codes[(values != 0) & (values != 1)] = WRONG
    if silent is not None:
        codes[silent.to_numpy(zero_copy_only=False)] = UNDOCUMENTED
    return codes


def _may_be_silent(column: pa.Array) -> bool:
    return bool(column.null_count or pa.types.is_floating(column.type))


def encode_labels(column: pa.Array, *, name: str, missing: str | None = None) -> pa.DictionaryArray:
    """Turn a column of labels, of whatever type, into texts that are each held once.

    Parameters
    ----------
    column : Array, shape (n_rows,)
    name : str
        Of the column, for a message.
    missing : str, optional
        What stands for a missing label; it stays missing by default.

    Returns
    -------
    DictionaryArray, shape (n_rows,)

    Raises
    ------
    ImportFailedError
        If the column holds what is no text, such as lists.
    """
    try:
        texts = column.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        msg = f"Column '{name}' holds what cannot be read as text (type {column.type})."
        raise ImportFailedError(msg) from error
    return (texts if missing is None else texts.fill_null(missing)).dictionary_encode()


def blank_labels(labels: pa.DictionaryArray) -> npt.NDArray[np.bool_]:
    """Tell which labels are missing or hold nothing but spaces.

    Parameters
    ----------
    labels : DictionaryArray, shape (n_rows,)
        From `encode_labels`.

    Returns
    -------
    ndarray of bool, shape (n_rows,)

    Examples
    --------
    >>> blank_labels(encode_labels(pa.array(["a", None, "", " "]), name="case")).tolist()
    [False, True, True, True]
    """
    empty = pc.equal(pc.utf8_trim_whitespace(labels.dictionary), "")
    # A missing label points beyond the dictionary.
    table = np.append(empty.to_numpy(zero_copy_only=False), True)
    at = labels.indices.fill_null(len(empty)).to_numpy(zero_copy_only=False)
    blank: npt.NDArray[np.bool_] = table[at]
    return blank


def number_labels(parts: Sequence[pa.DictionaryArray]) -> tuple[IntArray, npt.NDArray[np.str_]]:
    """Give labels numbers from 0 in sorted order, so that the order of rows does not matter.

    Parameters
    ----------
    parts : sequence of DictionaryArray
        Chunks from `encode_labels`, without a missing label.

    Returns
    -------
    numbers : ndarray of int, shape (n_rows,)
    labels : ndarray of str, shape (n_labels,)

    Examples
    --------
    >>> parts = [encode_labels(pa.array(held), name="case") for held in (["b", "a"], ["b"])]
    >>> number_labels(parts)
    (array([1, 0, 1]), array(['a', 'b'], dtype='<U1'))
    """
    whole = pa.chunked_array(parts, pa.dictionary(pa.int32(), pa.string()))
    if len(whole) == 0:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.str_)
    whole = whole.unify_dictionaries().combine_chunks()
    whole = whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole
    labels = np.asarray(whole.dictionary.to_pylist(), dtype=np.str_)
    order = np.argsort(labels, kind="stable")
    rank = np.empty(len(labels), dtype=np.int64)
    rank[order] = np.arange(len(labels))
    return rank[whole.indices.to_numpy(zero_copy_only=False)], labels[order]
