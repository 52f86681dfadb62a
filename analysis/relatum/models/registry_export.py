"""A sample as one wide table: a row per relationship, a column per code."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from relatum.errors import SampleError, UsageError
from relatum.models.items import case_clusters
from relatum.models.prevalence import couple_codes
from relatum.models.registry_source import ORIGIN_KEY
from relatum.samples import Sample, status_frame

__all__ = ["to_registry", "write_registry"]


def to_registry(sample: Sample, *, coder: str | None = None) -> pd.DataFrame:
    """Return the statuses of all relationships as one wide table.

    Parameters
    ----------
    sample : Sample
        The data.
    coder : str, optional
        See `Sample.chosen_coder`.

    Returns
    -------
    DataFrame, shape (n_relationships, 3 + n_codes)
        ``relationship_id``, ``case_id``, ``population``, then the status of every code that is
        counted over relationships, derived codes included. Cases that share a suspect have the
        identifier of the first of them, because they are one case in every model.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> to_registry(example_sample("anna"))["vio_physical"].astype(str).tolist()
    ['present']
    """
    codes = [code.id for code in couple_codes(sample.schema.codebook)]
    couples = sample.tables["relationships"]
    keys = pd.DataFrame(
        {
            "relationship_id": couples["relationship_id"].astype("string"),
            "case_id": _joined_cases(sample),
            "population": couples["population"].astype("string"),
        }
    )
    frame = status_frame(sample, codes, coder=coder).reset_index(drop=True)
    return pd.concat([keys, frame], axis=1)


def _joined_cases(sample: Sample) -> pd.Series:
    """Name the case of every relationship by the first of the cases that share a suspect."""
    held = sample.tables["relationships"]["case_id"].astype("string")
    joined = case_clusters(sample, "relationship")
    first = held.groupby(joined).min()
    named: pd.Series = first.reindex(joined).set_axis(held.index)
    return named


def write_registry(sample: Sample, path: Path | str, *, coder: str | None = None) -> Path:
    """Write a sample as one wide Parquet file, for `relatum registry`, `relatum pairs` or R.

    Parameters
    ----------
    sample : Sample
        The data.
    path : Path or str
        A file that ends in ``.parquet``; it appears whole or not at all.
    coder : str, optional
        See `Sample.chosen_coder`.

    Returns
    -------
    Path
        The file. It says whether its rows are simulated.

    Raises
    ------
    UsageError
        If the file has another ending.
    SampleError
        If it cannot be written.
    """
    place = Path(path)
    if place.suffix.lower() != ".parquet":
        raise UsageError(f"'{place.name}' must end in .parquet.")
    table = to_registry(sample, coder=coder)
    columns = {name: _arrow(table[name]) for name in table.columns}
    held = pa.table(columns).replace_schema_metadata({ORIGIN_KEY: sample.info.origin.encode()})
    unfinished = place.with_name(f".{place.name}.{os.getpid()}")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(held, unfinished)
        unfinished.replace(place)
    except OSError as error:
        msg = f"'{place.name}' could not be written: {error.strerror or type(error).__name__}."
        raise SampleError(msg) from error
    finally:
        unfinished.unlink(missing_ok=True)
    return place


def _arrow(column: pd.Series) -> pa.Array:
    if column.dtype != "status":
        return pa.array(column.astype("string"), type=pa.string())
    words = pa.array(["absent_documented", "not_documented", "present", "not_applicable"])
    codes = np.asarray(column.array.codes, dtype=np.int8)
    return pa.DictionaryArray.from_arrays(pa.array(codes), words)
