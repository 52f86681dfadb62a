"""The highest recorded level of resistance of a woman, as an ordinal scale."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from relatum.models.comparison_samples import Side
from relatum.schema.status import PRESENT, UNDOCUMENTED

__all__ = ["RESISTANCE_WORDS", "resistance_levels"]

#: Levels from hidden to public; 0 is none recorded.
RESISTANCE_WORDS: tuple[str, ...] = (
    "none recorded",
    "covert resistance",
    "negotiation",
    "support sought",
    "open resistance",
    "attempt to get away",
    "report or statement",
)
_CODES: Mapping[int, str] = {
    1: "cop_covert_resistance",
    2: "cop_negotiation",
    3: "cop_seek_support",
    4: "cop_active",
}


def resistance_levels(side: Side, coding: str) -> tuple[npt.NDArray[np.int64], int]:
    """Return the highest level of every relationship, and how many levels there are.

    Parameters
    ----------
    side : Side
    coding : {"low", "high"}
        ``low`` counts what is recorded; ``high`` also takes silence about coping as present.
        Attempts and reports count where they are recorded: a file without one is not silent
        about every attempt that might have been.

    Returns
    -------
    levels : ndarray of int, shape (n_relationships,)
    n_levels : int
    """
    levels = np.zeros(side.n_relationships, dtype=np.int64)
    for level, code in _CODES.items():
        statuses = side.statuses(code)
        counted = (PRESENT,) if coding == "low" else (PRESENT, UNDOCUMENTED)
        held = np.isin(statuses, counted)
        levels = np.where(held, np.maximum(levels, level), levels)
    attempts = side.sample.tables["escape_attempts"]
    tried = attempts.loc[attempts["attempt_level"] != "intent_stated", "relationship_id"]
    reports = side.sample.tables["reports"]
    levels = np.where(_has(side, "relationship_id", tried), np.maximum(levels, 5), levels)
    levels = np.where(_has(side, "victim_id", reports["victim_id"]), 6, levels)
    return levels, len(RESISTANCE_WORDS)


def _has(side: Side, column: str, held: pd.Series) -> npt.NDArray[np.bool_]:
    known = set(held.dropna().astype(str))
    return np.array([text in known for text in side.texts(column)], dtype=bool)
