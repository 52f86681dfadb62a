"""The status of every unit in a measure of the parallels matrix, wherever it is stored."""

from __future__ import annotations

from fnmatch import fnmatchcase

import numpy as np
import pandas as pd

from relatum.models.comparison_samples import TABLES, Side
from relatum.samples.statuses import any_by_unit, column_texts, level_status
from relatum.schema import StatusCodes
from relatum.schema.parallels import Parallel
from relatum.schema.status import PRESENT, UNDOCUMENTED, combine_any

__all__ = ["measure_statuses"]


def measure_statuses(side: Side, row: Parallel) -> StatusCodes:
    """Return the statuses of a row's measure, shape (n_units,).

    Parameters
    ----------
    side : Side
    row : Parallel
        With `levels`, a unit has the measure where a column holds one of them.

    Returns
    -------
    ndarray of int8
    """
    if not row.levels:
        return side.statuses(row.measure, row.unit)
    if row.measure == "intensity":
        return _at_intensity(side, row)
    table, column = side.sample.schema.field(row.measure)
    if table.name == TABLES[row.unit]:
        texts = column_texts(side.sample.tables[table.name][column.name])
        return level_status(texts, row.levels)[side.unit_rows(row.unit)]
    return _at_first_contact(side, row)


def _at_intensity(side: Side, row: Parallel) -> StatusCodes:
    """Tell whether any of the row's tactics was recorded at one of its levels of intensity.

    A tactic that is ruled out, or recorded at a lower level, is no; a tactic without a level, or
    without a word about it, is silence.
    """
    book = side.sample.schema.codebook
    patterns = [name for name in row.codes if name not in ("intensity", "dv_pattern")]
    names = [
        code.id
        for code in book.values()
        if code.is_coding
        and code.unit == "relationship"
        and any(fnmatchcase(code.id, pattern) for pattern in patterns)
    ]
    coder = side.sample.chosen_coder(side.coder or None)
    rows = side.sample.tables["codings"]
    mine = (rows["unit_type"] == "relationship") & (rows["coder_id"] == coder)
    mine &= (rows["status"] == "present") & rows["code"].isin(names)
    rows = rows.loc[mine.fillna(False).to_numpy(dtype=bool)]
    levels = level_status(column_texts(rows["intensity"]), row.levels)
    units = pd.Index(side.sample.unit_ids("relationship")[side.rows])
    columns = []
    for name in names:
        of_code = (rows["code"] == name).to_numpy(dtype=bool)
        at = units.get_indexer(pd.Index(rows.loc[of_code, "unit_id"]))
        found = any_by_unit(at, levels[of_code], len(units), silent=int(UNDOCUMENTED))
        stated = side.statuses(name)
        columns.append(np.where(stated == PRESENT, found, stated).astype(np.int8))
    return combine_any(np.stack(columns, axis=1), axis=1)


def _at_first_contact(side: Side, row: Parallel) -> StatusCodes:
    """Read a column of the first contact of every woman; of several on a day, any counts."""
    contacts = side.sample.tables["police_contacts"]
    days = contacts["contact_date_lower"]
    first = days.isna() | (days == days.groupby(contacts["victim_id"]).transform("min"))
    rows = contacts.loc[first.to_numpy(dtype=bool)]
    victims = pd.Index(side.sample.unit_ids("victim")[side.unit_rows("victim")])
    codes = level_status(column_texts(rows[row.measure]), row.levels)
    at = victims.get_indexer(pd.Index(rows["victim_id"]))
    return any_by_unit(at, codes, len(victims), silent=int(UNDOCUMENTED))
