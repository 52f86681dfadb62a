"""What the evaluators of published figures need of a sample, each part computed once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from relatum.errors import SampleError
from relatum.samples.sample import Sample
from relatum.samples.statuses import column_texts, status_frame
from relatum.schema import StatusArray, StatusCodes
from relatum.schema.facts import load_facts
from relatum.schema.status import PRESENT, combine_any

__all__ = ["FactContext", "NotComputable"]


class NotComputable(Exception):  # noqa: N818 - a signal, not an error that a user sees
    """The sample holds nothing to compute a figure from; the text says what is missing."""


class FactContext:
    """A sample with what several figures need, computed once.

    Parameters
    ----------
    sample : Sample
        The data.
    coder : str, optional
        See `Sample.chosen_coder`.
    """

    def __init__(self, sample: Sample, *, coder: str | None = None) -> None:
        self.sample, self.coder = sample, coder
        self._units: dict[str, dict[str, StatusCodes]] = {}
        self._texts: dict[tuple[str, str], NDArray[np.object_]] = {}

    def frame(self, table: str) -> pd.DataFrame:
        """Return a table; the caller must not change it."""
        return self.sample.tables[table]

    def texts(self, table: str, column: str) -> NDArray[np.object_]:
        """Return a column as texts, empty where nothing is recorded; true and false in words."""
        key = (table, column)
        if key not in self._texts:
            self._texts[key] = column_texts(self.frame(table)[column]).to_numpy(dtype=object)
        return self._texts[key]

    def statuses(self, codes: Sequence[str], unit: str) -> StatusCodes:
        """Return the OR of several codes, which may hold ``*``, for every unit of a type.

        Raises
        ------
        NotComputable
            If a code cannot be expressed for the unit, or nothing says whose codings to take.
        """
        book = self.sample.schema.codebook
        names = [
            c.id for code in codes for c in (book.match(code) if "*" in code else [book[code]])
        ]
        held = self._held(unit, names)
        return combine_any(np.stack([held[name] for name in names], axis=1))

    def _held(self, unit: str, names: Sequence[str]) -> dict[str, StatusCodes]:
        known = self._units.setdefault(unit, {})
        if any(name not in known for name in names):
            # All codes that the shipped figures count, in one go: one by one is much slower.
            shipped = _shipped_codes(unit)
            asked = shipped if set(names) <= set(shipped) else names
            try:
                frame = status_frame(self.sample, asked, unit=unit, coder=self.coder)
            except SampleError as error:
                raise NotComputable(str(error)) from error
            known.update({name: frame[name].array.codes for name in asked})
        return known

    def unit_at(self, unit: str, ids: NDArray[np.object_]) -> NDArray[np.intp]:
        """Return the positions of ids among the units of a type; -1 where there is none."""
        return self.sample.unit_ids(unit).get_indexer(pd.Index(ids, dtype="string"))

    @cached_property
    def coded_present(self) -> NDArray[np.bool_]:
        """Which rows of ``codings`` say present, by the coder who is analysed."""
        rows = self.frame("codings")
        try:
            coder = self.sample.chosen_coder(self.coder)
        except SampleError as error:
            raise NotComputable(str(error)) from error
        mine = self.texts("codings", "coder_id") == (coder or "")
        array: StatusArray = rows["status"].array
        found: NDArray[np.bool_] = mine & (array.codes == PRESENT)
        return found

    @cached_property
    def two_largest(self) -> tuple[str, ...]:
        """The two investigations with the most relationships; a tie for the second is refused."""
        counts = self.frame("relationships")["case_id"].value_counts()
        if len(counts) < 2 or (len(counts) > 2 and counts.iloc[1] == counts.iloc[2]):
            msg = "there are no two investigations with the most relationships"
            raise NotComputable(msg)
        return tuple(str(case) for case in counts.index[:2])


@cache
def _shipped_codes(unit: str) -> tuple[str, ...]:
    """Return the codes that the shipped figures count for a unit."""
    found: dict[str, None] = {}
    for fact in load_facts().values():
        if fact.evaluator in ("persons_with", "share_of") and fact.evaluator_unit == unit:
            for argument in ("codes", "code", "of"):
                found.update(dict.fromkeys(fact.listed(argument)))
    return tuple(name for name in found if "*" not in name)
