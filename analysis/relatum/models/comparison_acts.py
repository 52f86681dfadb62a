"""Recorded acts per month under observation: what dates and silence allow."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from relatum.models.comparison_samples import Side
from relatum.models.escape_times import DAYS_PER_MONTH

__all__ = ["act_sums"]


def act_sums(side: Side, coding: str) -> npt.NDArray[np.float64] | str:
    """Add up recorded acts and months under observation by case.

    Parameters
    ----------
    side : Side
    coding : {"low", "high"}
        ``low`` counts acts that certainly fall between entry and exit, over the longest time;
        ``high`` counts those that may, undated ones with them, over the shortest.

    Returns
    -------
    ndarray, shape (n_cases, 3), or str
        Acts, months, relationships under observation; the reason where there is no such time.
    """
    couples = side.sample.tables["relationships"].loc[side.rows]
    entry = couples["rel_entry_date"]
    last = couples["rel_exit_upper" if coding == "low" else "rel_exit_lower"]
    days = (last - entry).dt.days.to_numpy(dtype=np.float64, na_value=np.nan)
    watched = days > 0
    if not watched.any():
        return f"no time under observation is recorded in {side.words}"
    acts = _count(side, couples, coding)
    _, case = np.unique(side.cases, return_inverse=True)
    n_cases = int(case.max()) + 1
    columns = [np.where(watched, acts, 0), np.where(watched, days, 0) / DAYS_PER_MONTH, watched]
    sums: npt.NDArray[np.float64] = np.stack(
        [np.bincount(case, weights=column.astype(float), minlength=n_cases) for column in columns],
        axis=1,
    )
    return sums[sums[:, 1] > 0]


def _count(side: Side, couples: pd.DataFrame, coding: str) -> npt.NDArray[np.float64]:
    """Count the tactics recorded as present for each relationship inside its observation."""
    book = side.sample.schema.codebook
    tactics = [code.id for code in book.values() if code.entity == "tactic" and code.is_coding]
    rows = side.sample.tables["codings"]
    coder = side.sample.chosen_coder(side.coder or None)
    mine = (rows["unit_type"] == "relationship") & (rows["coder_id"] == coder)
    mine &= (rows["status"] == "present") & rows["code"].isin(tactics)
    rows = rows.loc[mine.fillna(False).to_numpy(dtype=bool)]
    units = pd.Index(couples["relationship_id"].astype("string"))
    at = units.get_indexer(pd.Index(rows["unit_id"].astype("string")))
    rows, at = rows.loc[at >= 0], at[at >= 0]
    entry = couples["rel_entry_date"].to_numpy()[at]
    first, last = rows["date_lower"].to_numpy(), rows["date_upper"].to_numpy()
    if coding == "low":
        end = couples["rel_exit_lower"].to_numpy()[at]
        inside = (first >= entry) & (last <= end)
    else:
        end = couples["rel_exit_upper"].to_numpy()[at]
        inside = ~(last < entry) & ~(first > end)
    # Rows of one tactic with the same dates are one act, however often it was entered.
    kept = pd.DataFrame(
        {
            "at": at[inside],
            "code": rows["code"].to_numpy()[inside],
            "first": first[inside],
            "last": last[inside],
        }
    )
    counts = kept.drop_duplicates()["at"].value_counts()
    found = np.zeros(len(couples))
    found[counts.index.to_numpy(dtype=int)] = counts.to_numpy()
    return found
