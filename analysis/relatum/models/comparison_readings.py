"""What a row of the parallels matrix reads in one sample: values per unit under both codings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from relatum.models.comparison_measures import measure_statuses
from relatum.models.comparison_samples import TABLES, Side
from relatum.results.comparison import RowSide
from relatum.schema import StatusCodes
from relatum.schema.parallels import Parallel
from relatum.schema.status import ABSENT, APPLICABLE_NOT, PRESENT, UNDOCUMENTED

__all__ = ["AMONG_WORDS", "Reading", "read_mean", "read_share", "units_among"]

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: To which units a row is restricted, in words.
AMONG_WORDS: Mapping[str, str] = {
    "": "all",
    "victim_statement": "with a statement of hers in the file",
    "report": "in which she made a report",
    "attempt": "with a recorded attempt to get away",
    "relationship_ended": "that ended",
    "coded_acts": "with a coded act",
    "first_contact": "with a recorded contact with the police",
    "report_or_attempt": "with a report or an attempt to get away",
}

#: Families of barriers to leaving: any code of a family counts once.
_BARRIERS: tuple[tuple[str, ...], ...] = (
    ("cop_fear_prevents_leaving",),
    ("att_economic_dependence", "eco_housing_tied"),
    ("att_children",),
    ("att_moral_obligation", "att_gratitude"),
    ("att_love", "cop_love_acceptance"),
)
_TACTICS = ("tactic", "domain")
_VIOLENT = "violence"
#: The lowest level of an attempt: no step was taken.
_WISH = "intent_stated"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reading:
    """A quantity per unit of one sample.

    Attributes
    ----------
    low, high : ndarray, shape (n_units,)
        With silence as absent, and with silence as present.
    known : ndarray of bool, shape (n_units,)
        Units about which nothing is silent.
    cases : ndarray of int, shape (n_units,)
    weights : ndarray, shape (n_units,)
        For a common documentation depth.
    is_share : bool
        Whether the values are 0 and 1.
    """

    low: FloatArray
    high: FloatArray
    known: BoolArray
    cases: IntArray
    weights: FloatArray
    is_share: bool

    def values(self, coding: str) -> FloatArray:
        """Return the values under ``low`` or ``high``."""
        return self.low if coding == "low" else self.high

    def chosen(self, keep: BoolArray) -> Reading:
        """Return the reading of some units."""
        return replace(
            self,
            low=self.low[keep],
            high=self.high[keep],
            known=self.known[keep],
            cases=self.cases[keep],
            weights=self.weights[keep],
        )

    def mean(self, coding: str) -> float:
        """Return the weighted mean under a coding."""
        return float(np.average(self.values(coding), weights=self.weights))

    @property
    def undocumented_share(self) -> float:
        """Distance between the means of both codings."""
        return self.mean("high") - self.mean("low")

    def summary(self) -> RowSide:
        """Count it for a table."""
        n = len(self.low)
        n_known = int(self.known.sum())
        counted = self.is_share
        return RowSide(
            n_units=n,
            n_cases=len(np.unique(self.cases)),
            n_present=int(self.low.sum()) if counted else None,
            n_absent=int(n - self.high.sum()) if counted else None,
            n_undocumented=n - n_known if counted else None,
            low=float(self.low.mean()),
            high=float(self.high.mean()),
            documented=float(self.low[self.known].mean()) if n_known else None,
        )


def read_share(side: Side, row: Parallel, weights: FloatArray) -> Reading | str:
    """Read the share of units with a code.

    Parameters
    ----------
    side : Side
    row : Parallel
        Of kind ``share``.
    weights : ndarray, shape (n_relationships,)
        From `relatum.models.comparison_samples.depth_weights`; units other than relationships
        are not weighted.

    Returns
    -------
    Reading or str
        The reason, in words, where nothing can be read.
    """
    statuses = measure_statuses(side, row)
    keep = units_among(side, row) & (statuses != APPLICABLE_NOT)
    if not keep.any():
        return f"no {_units(row)} in the sample"
    if (statuses[keep] == UNDOCUMENTED).all():
        return f"'{row.measure}' is documented for none of its {int(keep.sum())} units"
    found = Reading(
        low=(statuses == PRESENT).astype(np.float64),
        high=(statuses != ABSENT).astype(np.float64),
        known=statuses != UNDOCUMENTED,
        cases=side.unit_cases(row.unit),
        weights=weights if row.unit == "relationship" else np.ones(len(statuses)),
        is_share=True,
    )
    return found.chosen(keep)


def read_mean(side: Side, row: Parallel, weights: FloatArray) -> Reading | str:
    """Read the mean of a number per relationship.

    Parameters
    ----------
    side : Side
    row : Parallel
        Of kind ``mean``; its measure names the number.
    weights : ndarray, shape (n_relationships,)

    Returns
    -------
    Reading or str
    """
    readers: Mapping[str, Callable[[Side], tuple[FloatArray, FloatArray]]] = {
        "dv_barriers_leaving": _barrier_families,
        "dv_nonviolent_majority": _nonviolent_share,
    }
    if row.measure not in readers:
        return f"there is no rule that turns '{row.measure}' into a number"
    low, high = readers[row.measure](side)
    keep = units_among(side, row) & ~np.isnan(low) & ~np.isnan(high)
    if not keep.any():
        return f"no {_units(row)} in the sample"
    low, high = (np.where(keep, values, 0.0) for values in (low, high))
    found = Reading(
        low=low, high=high, known=low == high, cases=side.cases, weights=weights, is_share=False
    )
    return found.chosen(keep)


def _units(row: Parallel) -> str:
    if row.among == row.unit:
        return row.unit
    words = AMONG_WORDS[row.among] if row.among else "to which it applies"
    return f"{row.unit} {words}"


def units_among(side: Side, row: Parallel) -> BoolArray:
    """Return which units a row is restricted to, shape (n_units,).

    Parameters
    ----------
    side : Side
    row : Parallel
    """
    n = int(side.unit_rows(row.unit).sum())
    if row.unit == row.among == "attempt":
        return _steps(side)
    if row.among in ("", "coded_acts") or row.among == row.unit:
        return np.ones(n, dtype=bool)
    chosen = _RESTRICTIONS[row.among](side)
    if row.unit == "relationship":
        return chosen
    victims = side.sample.tables["relationships"].loc[side.rows, "victim_id"].astype("string")
    units = side.sample.tables[TABLES[row.unit]].loc[side.unit_rows(row.unit), "victim_id"]
    found: BoolArray = units.isin(set(victims[chosen])).to_numpy(dtype=bool)
    return found


def _steps(side: Side) -> BoolArray:
    """Return which attempts went beyond a stated wish, which has no outcome to be silent about."""
    levels = side.sample.tables["escape_attempts"].loc[side.unit_rows("attempt"), "attempt_level"]
    found: BoolArray = (levels != _WISH).fillna(True).to_numpy(dtype=bool)
    return found


def _with_attempt(side: Side) -> BoolArray:
    attempts = side.sample.tables["escape_attempts"]
    steps = attempts.loc[(attempts["attempt_level"] != _WISH).fillna(True)]
    held = set(steps["relationship_id"].dropna().astype(str))
    return np.array([text in held for text in side.texts("relationship_id")], dtype=bool)


def _with_statement(side: Side) -> BoolArray:
    chosen: BoolArray = side.texts("victim_statement_available") == "True"
    return chosen


def _with_row(table: str, link: str) -> Callable[[Side], BoolArray]:
    def chosen(side: Side) -> BoolArray:
        held = set(side.sample.tables[table][link].dropna().astype(str))
        return np.array([text in held for text in side.texts(link)], dtype=bool)

    return chosen


def _ended(side: Side) -> BoolArray:
    causes = side.texts("rel_exit_cause")
    ended: BoolArray = np.isin(causes, ("victim_ended", "suspect_ended"))
    former: BoolArray = side.texts("rel_status") == "ex"
    return ended | former


_WITH_REPORT = _with_row("reports", "victim_id")


def _with_either(side: Side) -> BoolArray:
    return _WITH_REPORT(side) | _with_attempt(side)


_RESTRICTIONS: Mapping[str, Callable[[Side], BoolArray]] = {
    "victim_statement": _with_statement,
    "report": _WITH_REPORT,
    "attempt": _with_attempt,
    "report_or_attempt": _with_either,
    "first_contact": _with_row("police_contacts", "victim_id"),
    "relationship_ended": _ended,
}


def _barrier_families(side: Side) -> tuple[FloatArray, FloatArray]:
    """Count families of barriers, of five: recorded, and not ruled out."""
    low = np.zeros(side.n_relationships)
    high = np.zeros(side.n_relationships)
    for family in _BARRIERS:
        statuses = np.stack([side.statuses(code) for code in family], axis=1)
        low += (statuses == PRESENT).any(axis=1)
        high += np.isin(statuses, (PRESENT, UNDOCUMENTED)).any(axis=1)
    return low, high


def _nonviolent_share(side: Side) -> tuple[FloatArray, FloatArray]:
    """Return the share of tactics without physical or sexual violence among those that happened.

    Silence counts against it first (silent acts of violence happened, other silent acts did
    not), then for it. A relationship in which no tactic may have happened has no share.
    """
    violent, other = _acts(side)
    low = _ratio((other == PRESENT).sum(axis=1), _not_absent(violent).sum(axis=1))
    high = _ratio(_not_absent(other).sum(axis=1), (violent == PRESENT).sum(axis=1))
    return low, high


def _acts(side: Side) -> tuple[StatusCodes, StatusCodes]:
    book = side.sample.schema.codebook.values()
    tactics = [
        code
        for code in book
        if code.entity == "tactic"
        and code.is_coding
        and code.unit == "relationship"
        and code.value_type == "status"
    ]
    parts = [
        np.stack(
            [side.statuses(code.id) for code in tactics if (code.domain == _VIOLENT) == kind],
            axis=1,
        )
        for kind in (True, False)
    ]
    return parts[0], parts[1]


def _not_absent(statuses: StatusCodes) -> BoolArray:
    chosen: BoolArray = np.isin(statuses, (PRESENT, UNDOCUMENTED))
    return chosen


def _ratio(part: IntArray, rest: IntArray) -> FloatArray:
    total = part + rest
    return np.where(total > 0, part / np.maximum(total, 1), np.nan)
