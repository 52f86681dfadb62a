"""Women with a first contact as rows: exposure, report, and whether a step back followed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from relatum.errors import PlanError
from relatum.inference.common import FloatArray, IntArray
from relatum.models.case_cells import Coding
from relatum.models.retraction_determinants import report_statuses
from relatum.models.retraction_times import delay_bounds
from relatum.samples import Sample
from relatum.samples.statuses import status_frame
from relatum.samples.testimony import Testimony
from relatum.samples.testimony_rows import ReportTime
from relatum.schema import StatusArray, near_match
from relatum.schema.status import ABSENT, PRESENT, UNDOCUMENTED, StatusCodes
from relatum.study import Study

__all__ = [
    "ARREST",
    "Reporters",
    "both_codings",
    "coded",
    "everyone",
    "gather_reporters",
    "label_of",
]

#: A covariate of conversations with the police, beside codes of relationships.
ARREST = "arrest_before_report"
_ORDER = {
    "before": int(ABSENT),
    "no_arrest": int(ABSENT),
    "after": int(PRESENT),
    "same_day": int(PRESENT),
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reporters:
    """Women with a report whose outcome is known, or all women with a first contact.

    Attributes
    ----------
    case : ndarray of int, shape (n,)
        Numbers, larger cases first.
    stepped : ndarray, shape (n,)
        1 and 0; NaN for women without a report or with an unknown outcome.
    reported : ndarray of bool, shape (n,)
    sought_by_her : ndarray, shape (n,)
        Whether she sought the first contact; silence counts as no.
    status : mapping of str to ndarray of int8, shape (n,)
        Of each declared covariate.
    n_unknown : int
        Reporters left out because their outcome at the horizon is not known.
    """

    case: npt.NDArray[Any]
    stepped: FloatArray
    reported: npt.NDArray[np.bool_]
    sought_by_her: FloatArray
    status: dict[str, StatusCodes]
    n_unknown: int

    @property
    def n(self) -> int:
        """Number of women."""
        return len(self.case)

    @property
    def n_cases(self) -> int:
        """Number of cases."""
        return len(np.unique(self.case))


def coded(codes: StatusCodes, coding: Coding) -> FloatArray:
    """Read statuses as 1 and 0: silence as absence (lower) or as presence (upper)."""
    counted = (PRESENT, UNDOCUMENTED) if coding == "upper" else (PRESENT,)
    return np.isin(codes, counted).astype(np.float64)


def label_of(sample: Sample, term: str) -> str:
    """Word a covariate."""
    if term == ARREST:
        return "Suspect arrested by the day of the report"
    return sample.schema.codebook[term].label


def gather_reporters(sample: Sample, testimony: Testimony, study: Study) -> Reporters:
    """Gather the women with a report, in an order that does not depend on that of the rows.

    Parameters
    ----------
    sample : Sample
    testimony : Testimony
        Of this sample.
    study : Study
        The plan: covariates, the last horizon, the coder.

    Raises
    ------
    PlanError
        If a covariate is not a code that relationships can have.
    """
    bounds = delay_bounds(testimony)
    known = bounds.known(study.retraction.horizons[-1])
    first = _first_reports(testimony)
    rows = tuple(first[victim] for victim in bounds.victim)
    keep = known >= 0
    status = {
        term: _of_reports(sample, rows, term, study)[keep] for term in study.retraction.covariates
    }
    women = {row.victim: row for row in testimony.used_victims}
    sought = [float(women[victim].initiator == "victim") for victim in bounds.victim]
    return _sorted(
        Reporters(
            case=bounds.case[keep],
            stepped=known[keep].astype(np.float64),
            reported=np.ones(int(keep.sum()), dtype=bool),
            sought_by_her=np.array(sought, dtype=np.float64)[keep],
            status=status,
            n_unknown=int((~keep).sum()),
        )
    )


def everyone(sample: Sample, testimony: Testimony, study: Study) -> Reporters:
    """Gather all women with a first contact; the arrest is that before the first contact.

    Parameters
    ----------
    sample, testimony, study
        As in `gather_reporters`.
    """
    bounds = delay_bounds(testimony)
    known = dict(
        zip(bounds.victim, bounds.known(study.retraction.horizons[-1]).tolist(), strict=True)
    )
    women = testimony.used_victims
    outcome = [known.get(row.victim, -1) for row in women]
    told = {row.victim for row in testimony.used_reports}
    status: dict[str, StatusCodes] = {}
    for term in study.retraction.covariates:
        if term == ARREST:
            codes = [_ORDER.get(row.arrest_order, int(UNDOCUMENTED)) for row in women]
            status[term] = np.array(codes, dtype=np.int8)
        else:
            by_id = _by_relationship(sample, term, study)
            found = [by_id.get(row.relationship, int(UNDOCUMENTED)) for row in women]
            status[term] = np.array(found, dtype=np.int8)
    stepped = np.array(outcome, dtype=np.float64)
    return _sorted(
        Reporters(
            case=np.array([row.case for row in women], dtype=np.str_),
            stepped=np.where(stepped < 0, np.nan, stepped),
            reported=np.array([row.victim in told for row in women], dtype=bool),
            sought_by_her=np.array([float(row.initiator == "victim") for row in women]),
            status=status,
            n_unknown=sum(known.get(victim) == -1 for victim in told),
        )
    )


def _first_reports(testimony: Testimony) -> dict[str, ReportTime]:
    found: dict[str, ReportTime] = {}
    for row in testimony.used_reports:
        other = found.get(row.victim)
        if other is None or (row.lower or 0, row.report) < (other.lower or 0, other.report):
            found[row.victim] = row
    return found


def _of_reports(
    sample: Sample, rows: tuple[ReportTime, ...], term: str, study: Study
) -> StatusCodes:
    if term == ARREST:
        codes = [_ORDER.get(row.arrest_order, int(UNDOCUMENTED)) for row in rows]
        return np.array(codes, dtype=np.int8)
    _check_code(sample, term)
    return report_statuses(sample, rows, term, study)


def _check_code(sample: Sample, term: str) -> None:
    book = sample.schema.codebook
    if term in book and book[term].value_type == "status":
        return
    near = near_match(term, (ARREST, *book))
    hint = f" Did you mean '{near}'?" if near else ""
    msg = f"'{term}' cannot be a covariate of [retraction]: it is no code with a status.{hint}"
    raise PlanError(msg)


def _by_relationship(sample: Sample, term: str, study: Study) -> dict[str, int]:
    _check_code(sample, term)
    frame = status_frame(sample, [term], coder=study.coder or None)
    array = frame[term].array
    assert isinstance(array, StatusArray)
    return dict(zip(frame.index.astype(str), array.codes.tolist(), strict=True))


def _sorted(rows: Reporters) -> Reporters:
    """Give cases numbers by what they hold, and sort rows by everything that is used of them."""
    _, place = np.unique(rows.case, return_inverse=True)
    size = np.bincount(place)
    steps = np.bincount(place, weights=np.nan_to_num(rows.stepped))
    told = np.bincount(place, weights=rows.reported)
    order = np.lexsort((-steps, -told, -size))
    number = np.empty(len(size), dtype=np.int64)
    number[order] = np.arange(len(size))
    case: IntArray = np.asarray(number[place], dtype=np.int64)
    keys: list[npt.NDArray[Any]] = [
        *rows.status.values(),
        rows.sought_by_her,
        np.nan_to_num(rows.stepped, nan=2.0),
    ]
    at = np.lexsort((*keys, rows.reported, case))
    return Reporters(
        case=case[at],
        stepped=rows.stepped[at],
        reported=rows.reported[at],
        sought_by_her=rows.sought_by_her[at],
        status={term: codes[at] for term, codes in rows.status.items()},
        n_unknown=rows.n_unknown,
    )


def both_codings(rows: Reporters, term: str) -> Iterator[tuple[Coding, FloatArray]]:
    """Yield a covariate under both readings of silence; one where nothing is silent."""
    codes = rows.status[term]
    yield "lower", coded(codes, "lower")
    if (codes == UNDOCUMENTED).any():
        yield "upper", coded(codes, "upper")
