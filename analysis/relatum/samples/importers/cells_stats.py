"""SPSS and Stata files as texts: labels of values are kept, missing values of the user too."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from relatum.samples.importers.cells import ForeignTable, build_table
from relatum.samples.importers.cells_faults import FaultList
from relatum.samples.texts import cell_text

__all__ = ["read_statistics"]


def read_statistics(place: Path, faults: FaultList) -> ForeignTable:
    """Read an SPSS or Stata file.

    A value becomes its label where the labels of its column differ from one another; otherwise
    the value itself. A missing value that the user defined, such as "refused", stays a value.

    Parameters
    ----------
    place : Path
    faults : FaultList

    Returns
    -------
    ForeignTable

    Raises
    ------
    ImportFailedError
        If the file is damaged or holds no rows.
    """
    import pyreadstat

    read = pyreadstat.read_dta if place.suffix.lower() == ".dta" else pyreadstat.read_sav
    try:
        frame, meta = read(str(place), user_missing=True)
    # A damaged file makes the library raise errors of every kind.
    except Exception:
        message = "This file is damaged, cut off, or of a version that is not read."
        faults.add(place.name, "damaged_file", message)
        faults.stop()
        raise
    labels = {name: words for name, words in meta.column_names_to_labels.items() if words}
    columns = {
        name: _texts(frame[name], meta.variable_value_labels.get(name, {}))
        for name in map(str, frame.columns)
    }
    return build_table(
        place.name,
        tuple(columns),
        columns,
        np.arange(len(frame), dtype=np.int64) + 1,
        faults=faults,
        row_word="record",
        labels=labels,
    )


def _texts(column: pd.Series, labels: Mapping[float | int, str]) -> NDArray[np.object_]:
    codes, distinct = pd.factorize(column.astype(object), use_na_sentinel=True)
    named = {cell_text(value): str(words).strip() for value, words in labels.items()}
    if len(set(named.values())) < len(named) or "" in named.values():
        named = {}
    texts = [cell_text(value) for value in distinct]
    words = np.array([*(named.get(text, text) for text in texts), ""], dtype=object)
    found: NDArray[np.object_] = words[codes]
    return found
