"""Statuses in pandas: the dtype ``status``, an array for it, and the accessor ``Series.status``."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Self, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.extensions import (
    ExtensionArray,
    ExtensionDtype,
    register_extension_dtype,
    register_series_accessor,
    take,
)

from relatum.schema.status import (
    APPLICABLE_NOT,
    PRESENT,
    UNDOCUMENTED,
    Status,
    StatusCodes,
    StatusCounts,
    combine_all,
    combine_any,
    count_statuses,
    negate,
)

__all__ = ["StatusAccessor", "StatusArray", "StatusDtype", "status_series"]

_NO_CAST = (
    "A status is not a number: 'not_documented' would become 0 or 1 without a word. "
    "Use Series.status.lower() (undocumented counted as absent) or Series.status.upper() "
    "(undocumented counted as present)."
)
_LABELS: NDArray[np.object_] = np.array([status.value for status in Status], dtype=object)
_CODES: dict[str, int] = {status.value: status.code for status in Status}


@register_extension_dtype
class StatusDtype(ExtensionDtype):
    """The pandas dtype of statuses; its name is ``status``."""

    name = "status"
    type = Status
    kind = "O"
    na_value = Status.NOT_DOCUMENTED
    _metadata = ()

    def __repr__(self) -> str:
        return "StatusDtype()"

    @classmethod
    def construct_array_type(cls) -> builtins.type[StatusArray]:
        """Return the array class of this dtype."""
        return StatusArray


class StatusArray(ExtensionArray):
    """An immutable-by-habit array of statuses, one byte each.

    Silence is a value, not a gap: `isna` is false everywhere, so ``value_counts`` and ``dropna``
    never hide what is not documented. What a join leaves open is ``not_documented``.

    Parameters
    ----------
    codes : array of int8, shape (n,)
        Status codes 0 to 3.

    Raises
    ------
    ValueError
        If a code is outside 0 to 3.

    Examples
    --------
    >>> import pandas as pd
    >>> a = pd.Series(["present", "absent_documented", "not_documented"], dtype="status")
    >>> b = pd.Series(["present", "not_documented", "not_documented"], dtype="status")
    >>> [str(status) for status in a & b]
    ['present', 'absent_documented', 'not_documented']
    >>> a.status.lower().tolist(), a.status.upper().tolist()
    ([True, False, False], [True, False, True])
    """

    def __init__(self, codes: StatusCodes) -> None:
        values = np.asarray(codes, dtype=np.int8)
        if values.ndim != 1 or (len(values) and (values.min() < 0 or values.max() > 3)):
            msg = "Status codes are a one-dimensional array of 0 to 3."
            raise ValueError(msg)
        self._codes = values

    @property
    def codes(self) -> StatusCodes:
        """A copy of the integer codes, for array code that names what it computes."""
        return self._codes.copy()

    # --- what pandas asks for -------------------------------------------------------------

    @classmethod
    def _from_sequence(
        cls, scalars: Iterable[object], *, dtype: object = None, copy: bool = False
    ) -> Self:
        if isinstance(scalars, cls):
            return cls(scalars.codes)
        labels = [_label(value) for value in scalars]
        unknown = sorted({label for label in labels if label not in _CODES})
        if unknown:
            allowed = ", ".join(_CODES)
            msg = f"{len(unknown)} values are not a status; allowed: {allowed}."
            raise ValueError(msg)
        return cls(np.array([_CODES[label] for label in labels], dtype=np.int8))

    @classmethod
    def _from_sequence_of_strings(
        cls, strings: Sequence[str], *, dtype: object = None, copy: bool = False
    ) -> Self:
        return cls._from_sequence(strings)

    @classmethod
    def _from_factorized(cls, values: StatusCodes, original: StatusArray) -> Self:
        return cls(values)

    @classmethod
    def _concat_same_type(cls, to_concat: Sequence[StatusArray]) -> Self:
        return cls(np.concatenate([array.codes for array in to_concat]))

    @property
    def dtype(self) -> StatusDtype:
        """The dtype ``status``."""
        return StatusDtype()

    @property
    def nbytes(self) -> int:
        """Bytes used."""
        return int(self._codes.nbytes)

    def __len__(self) -> int:
        return len(self._codes)

    def __getitem__(self, item: Any) -> Any:  # noqa: ANN401 - pandas passes every kind of indexer
        item = pd.api.indexers.check_array_indexer(cast("Any", self), item)
        chosen = self._codes[item]
        if np.ndim(chosen) == 0:
            return Status(_LABELS[int(chosen)])
        return type(self)(chosen)

    def __setitem__(self, key: Any, value: Any) -> None:  # noqa: ANN401 - as above
        key = pd.api.indexers.check_array_indexer(cast("Any", self), key)
        if pd.api.types.is_scalar(value):
            self._codes[key] = type(self)._from_sequence([value]).codes[0]
        else:
            self._codes[key] = type(self)._from_sequence(value).codes

    def isna(self) -> NDArray[np.bool_]:
        """Return false everywhere: silence is a status of its own."""
        return np.zeros(len(self), dtype=bool)

    def take(
        self,
        indices: Any,  # noqa: ANN401
        *,
        allow_fill: bool = False,
        fill_value: object = None,
    ) -> Self:
        """Take elements by position; with `allow_fill`, -1 gives ``not_documented``."""
        fill = UNDOCUMENTED if not isinstance(fill_value, Status) else np.int8(fill_value.code)
        taken = take(self._codes, np.asarray(indices), allow_fill=allow_fill, fill_value=fill)
        return type(self)(np.asarray(taken, dtype=np.int8))

    def copy(self) -> Self:
        """Return a copy."""
        return type(self)(self._codes.copy())

    def astype(self, dtype: Any, copy: bool = True) -> Any:  # noqa: ANN401 - pandas' contract
        """Convert to labels; numbers and truth values are refused.

        Raises
        ------
        TypeError
            For any numeric or boolean dtype.
        """
        target = pd.api.types.pandas_dtype(dtype)
        if isinstance(target, StatusDtype):
            return self.copy() if copy else self
        if pd.api.types.is_numeric_dtype(target) or pd.api.types.is_bool_dtype(target):
            raise TypeError(_NO_CAST)
        if isinstance(target, ExtensionDtype):
            return pd.Series(self._labels()).astype(target).array
        return self._labels().astype(target)

    def _labels(self) -> NDArray[np.object_]:
        return _LABELS[self._codes]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:  # noqa: ANN401
        if dtype is not None and np.dtype(dtype).kind in "biufc":
            raise TypeError(_NO_CAST)
        return self._labels().astype(dtype or object)

    def _values_for_factorize(self) -> tuple[StatusCodes, int]:
        return self._codes, -1

    def _values_for_argsort(self) -> StatusCodes:
        return self._codes

    def _formatter(self, boxed: bool = False) -> Callable[[object], str]:
        return str

    def _accumulate(self, name: str, *, skipna: bool = True, **kwargs: object) -> Self:
        msg = f"'{name}' of statuses is not defined. {_NO_CAST}"
        raise TypeError(msg)

    def _reduce(
        self, name: str, *, skipna: bool = True, keepdims: bool = False, **kwargs: object
    ) -> Status:
        if name in {"any", "all"}:
            combine = combine_any if name == "any" else combine_all
            return Status(_LABELS[int(combine(self._codes))])
        msg = f"'{name}' of statuses is not defined. {_NO_CAST}"
        raise TypeError(msg)

    def value_counts(self, dropna: bool = True) -> pd.Series:
        """Count each status that occurs; silence is always counted."""
        counts = np.bincount(self._codes.astype(np.int64), minlength=4)
        seen = np.flatnonzero(counts)
        index = pd.Index(type(self)(seen.astype(np.int8)), dtype=self.dtype)
        return pd.Series(counts[seen], index=index, name="count", dtype="Int64")

    # --- the algebra ----------------------------------------------------------------------

    def _other_codes(self, other: object) -> StatusCodes:
        if isinstance(other, StatusArray):
            return other.codes
        if isinstance(other, str) and other in _CODES:
            return np.full(len(self), _CODES[other], dtype=np.int8)
        msg = "Statuses combine with statuses only; " + _NO_CAST
        raise TypeError(msg)

    def __and__(self, other: object) -> Any:  # noqa: ANN401 - may be NotImplemented
        if isinstance(other, pd.Series | pd.DataFrame | pd.Index):
            return NotImplemented
        return type(self)(np.minimum(self._codes, self._other_codes(other)))

    def __or__(self, other: object) -> Any:  # noqa: ANN401 - may be NotImplemented
        if isinstance(other, pd.Series | pd.DataFrame | pd.Index):
            return NotImplemented
        both = np.stack([self._codes, self._other_codes(other)], axis=1)
        return type(self)(combine_any(both))

    __rand__ = __and__
    __ror__ = __or__

    def __invert__(self) -> Self:
        return type(self)(negate(self._codes))

    def __eq__(self, other: object) -> Any:  # noqa: ANN401
        if isinstance(other, pd.Series | pd.DataFrame | pd.Index):
            return NotImplemented
        if isinstance(other, StatusArray):
            return self._codes == other.codes
        if isinstance(other, str):
            return self._codes == _CODES.get(other, -1)
        return np.asarray(self._labels() == np.asarray(other, dtype=object), dtype=bool)

    def __ne__(self, other: object) -> Any:  # noqa: ANN401
        equal = self.__eq__(other)
        return equal if equal is NotImplemented else ~equal

    # --- bounds, by name --------------------------------------------------------------------

    def bound(self, *, undocumented_as: Status) -> pd.arrays.BooleanArray:
        """Return truth values under a named reading of silence.

        Parameters
        ----------
        undocumented_as : Status
            ``PRESENT`` or ``ABSENT_DOCUMENTED``.

        Returns
        -------
        BooleanArray, shape (n,)
            Missing where the item is not applicable.

        Raises
        ------
        ValueError
            For any other status.
        """
        if undocumented_as not in (Status.PRESENT, Status.ABSENT_DOCUMENTED):
            msg = "Silence can be read as 'present' or as 'absent_documented' only."
            raise ValueError(msg)
        codes = np.where(self._codes == UNDOCUMENTED, undocumented_as.code, self._codes)
        return pd.arrays.BooleanArray(codes == PRESENT, self._codes == APPLICABLE_NOT)


def _label(value: object) -> str:
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return Status.NOT_DOCUMENTED.value
    text = str(value)
    return text or Status.NOT_DOCUMENTED.value


@register_series_accessor("status")
class StatusAccessor:
    """What can be computed from a column of statuses, each by its own name.

    Parameters
    ----------
    series : Series
        A column with the dtype ``status``.

    Raises
    ------
    AttributeError
        If the column has another dtype.
    """

    def __init__(self, series: pd.Series) -> None:
        if not isinstance(series.dtype, StatusDtype):
            msg = "Series.status is for columns of the dtype 'status'."
            raise AttributeError(msg)
        self._series = series

    @property
    def _array(self) -> StatusArray:
        return cast("StatusArray", self._series.array)

    @property
    def codes(self) -> StatusCodes:
        """A copy of the integer codes."""
        return self._array.codes

    def counts(self) -> StatusCounts:
        """Count the four statuses."""
        return count_statuses(self._array.codes)

    def lower(self) -> pd.Series:
        """Return the lower coding: undocumented counted as absent."""
        return self._bound(Status.ABSENT_DOCUMENTED)

    def upper(self) -> pd.Series:
        """Return the upper coding: undocumented counted as present."""
        return self._bound(Status.PRESENT)

    def documented(self) -> pd.Series:
        """Tell where the file shows the item or rules it out."""
        codes = self._array.codes
        known = (codes != UNDOCUMENTED) & (codes != APPLICABLE_NOT)
        return pd.Series(known, index=self._series.index, name=self._series.name)

    def _bound(self, reading: Status) -> pd.Series:
        values = self._array.bound(undocumented_as=reading)
        return pd.Series(values, index=self._series.index, name=self._series.name)


def status_series(codes: StatusCodes, *, index: pd.Index, name: str) -> pd.Series:
    """Wrap status codes in a Series of the dtype ``status``."""
    return pd.Series(StatusArray(codes), index=index, name=name)
