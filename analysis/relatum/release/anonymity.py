"""How easily somebody in a sample could be singled out: classes of people who look alike.

No row of a sample goes out under a strict profile. The output checker is still told how small the
classes are, because whoever knows a person outside the file knows such particulars.

References
----------
.. [1] L. Sweeney (2002). k-anonymity: a model for protecting privacy. International Journal of
   Uncertainty, Fuzziness and Knowledge-Based Systems, 10(5), 557-570. doi:10.1142/S0218488502001648
.. [2] A. Machanavajjhala, D. Kifer, J. Gehrke & M. Venkitasubramaniam (2007). L-diversity: privacy
   beyond k-anonymity. ACM Transactions on Knowledge Discovery from Data, 1(1), 3.
   doi:10.1145/1217299.1217302
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from relatum.samples import UNIT_TABLES, Sample, status_frame
from relatum.schema.status import Status
from relatum.study import Study

__all__ = [
    "QUASI_IDENTIFIERS",
    "Anonymity",
    "ClassCounts",
    "check_anonymity",
    "class_sizes",
]

_SEEN = "anyone who knows the person can see or guess it"
_ORIGIN = "family, neighbours and the press know it"
_HOME = "family, neighbours and schools know it"

#: What an outsider may know of a person, by unit, and why. The codebook marks none, so these stand.
QUASI_IDENTIFIERS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "suspect": {
            "suspect_gender": _SEEN,
            "suspect_age": _SEEN,
            "suspect_birth_country": _ORIGIN,
        },
        "victim": {
            "victim_gender": _SEEN,
            "victim_age": _SEEN,
            "victim_birth_country": _ORIGIN,
            "victim_children": _HOME,
        },
        "relationship": {
            "suspect_gender": _SEEN,
            "suspect_age": _SEEN,
            "suspect_birth_country": _ORIGIN,
            "victim_gender": _SEEN,
            "victim_age": _SEEN,
            "victim_birth_country": _ORIGIN,
            "rel_married": _HOME,
            "rel_child": _HOME,
        },
    }
)

_AGES = ("suspect_age", "victim_age")
_LEVELLED = ("status", "category", "ordinal")
_SILENT = ("", Status.NOT_DOCUMENTED.value, Status.NOT_APPLICABLE.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassCounts:
    """The classes of one unit; counts and names of fields, never a value.

    Attributes
    ----------
    unit : str
        What is counted: ``suspect``, ``victim`` or ``relationship``.
    ages : {"recorded", "bands"}
        Ages in years, or in the bands of the plan.
    fields : tuple of str
        The quasi-identifiers; silence is a level of its own.
    n_units, n_classes : int
        Units, and classes that hold any.
    smallest : int
        Units in the smallest class; 0 without units.
    n_small, n_in_small : int
        Classes below the threshold, and the units in them.
    n_items : int
        Sensitive items that were looked at.
    fewest_values : int or None
        The smallest number of values of an item in a class at or above the threshold, silence
        counted as one; None where no such class has a documented value.
    uniform : tuple of str
        Items that have one and the same documented value throughout such a class.
    """

    unit: str
    ages: Literal["recorded", "bands"]
    fields: tuple[str, ...]
    n_units: int
    n_classes: int
    smallest: int
    n_small: int
    n_in_small: int
    n_items: int
    fewest_values: int | None
    uniform: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Anonymity:
    """What classes of people say of a sample.

    Attributes
    ----------
    status : {"pass", "review", "fail"}
        ``pass`` where every class reaches the threshold and none is uniform in a sensitive item;
        ``review`` where the data owner should know before any row is shared; ``fail`` where single
        rows go out all the same.
    reason : str
        In words; empty for ``pass``.
    threshold : int
        The smallest class that a profile accepts.
    classes : tuple of ClassCounts
    """

    status: Literal["pass", "review", "fail"]
    reason: str
    threshold: int
    classes: tuple[ClassCounts, ...]


def class_sizes(frame: pd.DataFrame) -> NDArray[np.int64]:
    """Return for every row the number of rows that are equal to it.

    Parameters
    ----------
    frame : DataFrame, shape (n_rows, n_fields)
        Quasi-identifiers. A missing value equals another missing value and nothing else, so no
        class is taken to be larger than it may be.

    Returns
    -------
    array of int, shape (n_rows,)

    Raises
    ------
    ValueError
        If there is no field.

    Examples
    --------
    >>> class_sizes(pd.DataFrame({"age": [20, 20, None], "country": ["NL", "NL", "NL"]})).tolist()
    [2, 2, 1]
    """
    codes = _class_codes(frame)
    return np.bincount(codes, minlength=1)[codes].astype(np.int64)


def _class_codes(frame: pd.DataFrame) -> NDArray[np.int64]:
    """Return the number of each row's class, from 0."""
    if not len(frame.columns):
        raise ValueError("Classes need at least one field.")
    groups = frame.groupby([*frame.columns], dropna=False, observed=True, sort=False)
    return np.asarray(groups.ngroup(), dtype=np.int64)


def check_anonymity(
    sample: Sample, study: Study, *, threshold: int, rows_out: Sequence[str] = ()
) -> Anonymity:
    """Count the classes of people who look alike to somebody outside.

    Parameters
    ----------
    sample : Sample
        The data.
    study : Study
        For the bands of ages and the coder.
    threshold : int
        The smallest class that is accepted.
    rows_out : sequence of str
        Results that display single rows and go out.

    Returns
    -------
    Anonymity

    Raises
    ------
    ValueError
        If the threshold is below 2.

    Notes
    -----
    A class is made of units with equal quasi-identifiers (`QUASI_IDENTIFIERS`); [1]_ asks for at
    least k units in each. A class that is large enough still tells of its members where all have
    the same value of a sensitive item. [2]_

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> from relatum.study import read_study
    >>> found = check_anonymity(example_sample("simulated"), read_study(), threshold=5)
    >>> found.status, found.classes[0].unit, found.classes[0].smallest
    ('review', 'suspect', 1)
    """
    if threshold < 2:
        msg = f"A class of {threshold} hides nobody; the threshold must be at least 2."
        raise ValueError(msg)
    classes = tuple(
        counted
        for unit, fields in QUASI_IDENTIFIERS.items()
        for counted in _unit_classes(sample, study, unit, tuple(fields), threshold)
    )
    status, reason = _judged(classes, threshold, rows_out)
    return Anonymity(status=status, reason=reason, threshold=threshold, classes=classes)


def _judged(
    classes: tuple[ClassCounts, ...], threshold: int, rows_out: Sequence[str]
) -> tuple[Literal["pass", "review", "fail"], str]:
    small = [c.unit for c in classes if c.ages == "recorded" and c.n_small]
    uniform = list(dict.fromkeys(c.unit for c in classes if c.uniform))
    found = []
    if small:
        found.append(f"classes below {threshold} among: {', '.join(small)}")
    if uniform:
        found.append(f"classes with one value of a sensitive item among: {', '.join(uniform)}")
    if not found:
        return "pass", ""
    if rows_out:
        return "fail", f"single rows go out in {', '.join(rows_out)}; {'; '.join(found)}"
    return "review", "; ".join(found)


def _unit_classes(
    sample: Sample, study: Study, unit: str, fields: tuple[str, ...], threshold: int
) -> Iterator[ClassCounts]:
    known = pd.DataFrame({name: _column(sample, unit, name) for name in fields})
    items = _sensitive_items(sample, study, unit, fields)
    bands = [*study.descriptive.age_bands, np.inf]
    for ages in ("recorded", "bands"):
        frame = known
        if ages == "bands":
            banded = {
                name: pd.cut(known[name].astype("float64"), bands, right=False)
                for name in fields
                if name in _AGES
            }
            frame = known.assign(**banded)
        yield _counted(frame, items, unit, ages, threshold)


def _counted(
    frame: pd.DataFrame,
    items: Mapping[str, NDArray[np.int64]],
    unit: str,
    ages: Literal["recorded", "bands"],
    threshold: int,
) -> ClassCounts:
    codes = _class_codes(frame)
    sizes = np.bincount(codes) if len(codes) else np.zeros(0, dtype=np.int64)
    small = sizes < threshold
    values = {
        name: _values_per_class(codes, item, len(sizes))[~small] for name, item in items.items()
    }
    spoken = [counts[counts > 0] for counts in values.values()]
    found = [int(counts.min()) for counts in spoken if len(counts)]
    return ClassCounts(
        unit=unit,
        ages=ages,
        fields=tuple(str(name) for name in frame.columns),
        n_units=len(frame),
        n_classes=len(sizes),
        smallest=int(sizes.min()) if len(sizes) else 0,
        n_small=int(small.sum()),
        n_in_small=int(sizes[small].sum()),
        n_items=len(items),
        fewest_values=min(found) if found else None,
        uniform=tuple(name for name, counts in values.items() if (counts == 1).any()),
    )


def _values_per_class(
    codes: NDArray[np.int64], item: NDArray[np.int64], n_classes: int
) -> NDArray[np.int64]:
    """Count the values of an item in each class, silence as one; 0 where nothing is documented."""
    spoken = item >= 0
    n_values = int(item.max(initial=0)) + 1
    pairs = np.unique(codes[spoken] * n_values + item[spoken])
    known = np.bincount(pairs // n_values, minlength=n_classes)
    silent = np.bincount(codes[~spoken], minlength=n_classes) > 0
    return np.where(known > 0, known + silent, 0).astype(np.int64)


def _column(sample: Sample, unit: str, name: str) -> pd.Series:
    """Return a quasi-identifier for every unit; persons' columns are lifted to relationships."""
    rows = sample.tables[UNIT_TABLES[unit]]
    if name in rows:
        return _plain(rows[name])
    person = name.partition("_")[0]
    table = sample.tables[UNIT_TABLES[person]]
    held = pd.Series(_plain(table[name]).to_numpy(), index=table[f"{person}_id"].astype(str))
    return held.reindex(rows[f"{person}_id"].astype(str)).reset_index(drop=True)


def _plain(column: pd.Series) -> pd.Series:
    """Return numbers as floats and anything else as text, missing where nothing is there."""
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column.astype("float64").reset_index(drop=True)
    return _spoken(column).reset_index(drop=True)


def _sensitive_items(
    sample: Sample, study: Study, unit: str, fields: tuple[str, ...]
) -> dict[str, NDArray[np.int64]]:
    """Return the sensitive items of a unit that have levels, as numbers; silence is -1."""
    codes = [
        code
        for code in sample.schema.codebook.values()
        if code.sensitive and code.unit == unit and code.value_type in _LEVELLED
        if code.id not in fields and not code.is_derived
    ]
    rows = sample.tables[UNIT_TABLES[unit]]
    held = {code.id: rows[code.id] for code in codes if code.id in rows}
    coded = [code.id for code in codes if code.is_coding and code.value_type == "status"]
    if coded:
        frame = status_frame(sample, coded, unit=unit, coder=study.coder or None)
        held |= {name: frame[name] for name in coded}
    return {
        name: np.asarray(pd.factorize(_spoken(column))[0], dtype=np.int64)
        for name, column in held.items()
    }


def _spoken(column: pd.Series) -> pd.Series:
    """Return texts, missing where the file is silent or the item does not apply."""
    words = [str(word) if pd.notna(word) else "" for word in column.astype("object")]
    return pd.Series([word if word not in _SILENT else None for word in words], dtype="object")
