"""Reports with their outcome, and the covariates that precede them, as arrays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relatum.errors import SampleError
from relatum.inference.common import FloatArray, IntArray
from relatum.models.case_cells import CaseCells, Coding
from relatum.models.testimony_limits import number_cases
from relatum.samples import Sample
from relatum.samples.statuses import unit_status
from relatum.samples.testimony import Testimony
from relatum.samples.testimony_arrays import StepBackTimes, step_back_times
from relatum.samples.testimony_paths import Completion
from relatum.samples.testimony_rows import VictimTime
from relatum.schema import StatusArray
from relatum.schema.status import ABSENT, PRESENT, UNDOCUMENTED
from relatum.study import Study

__all__ = [
    "ARREST",
    "Covariate",
    "ReporterRows",
    "contact_covariate",
    "in_order",
    "read_reporters",
    "report_covariate",
]

ARREST = "arrest_before_report"
#: The order of a conversation and the arrest. On one day either may have come first.
_ORDER = {"after": PRESENT, "before": ABSENT, "no_arrest": ABSENT}
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReporterRows:
    """First reports with a known outcome, one row per woman.

    Attributes
    ----------
    victim : tuple of str
    relationship : tuple of str
        The one that the first report is about; empty where it is about no single one.
    arrest_order : tuple of str
        Of the conversation in which the first report was made.
    case : ndarray of int, shape (n,)
        Numbers of cases, larger first.
    stepped : ndarray, shape (n,)
        1 for a step back within the last horizon, with every date on its latest day; 0 for none.
    earliest : ndarray, shape (n,)
        The same with every date on its earliest day; NaN where it is then not known.
    n_undetermined : int
        Women left out: observation ended before the horizon, without a step back.
    n_before : int
        Women left out: they reported before the investigation began.
    all_stepped : mapping of str to float
        The outcome of every woman with a report; NaN where it is not determined.
    """

    victim: tuple[str, ...]
    relationship: tuple[str, ...]
    arrest_order: tuple[str, ...]
    case: IntArray
    stepped: FloatArray
    earliest: FloatArray
    n_undetermined: int
    n_before: int
    all_stepped: dict[str, float]

    @property
    def cells(self) -> CaseCells:
        """Reports and steps back of each case."""
        sizes = np.bincount(self.case)
        return CaseCells.of(
            sizes, np.bincount(self.case, weights=self.stepped), np.zeros_like(sizes)
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Covariate:
    """One circumstance of each row.

    Attributes
    ----------
    term, label : str
    present, silent : ndarray of bool, shape (n,)
    """

    term: str
    label: str
    present: BoolArray
    silent: BoolArray

    def coded(self, coding: Coding) -> FloatArray:
        """Return 1 and 0 with silence counted as without (lower) or as with (upper)."""
        held = self.present | self.silent if coding == "upper" else self.present
        return held.astype(np.float64)

    def take(self, keep: BoolArray) -> Covariate:
        """Keep some rows."""
        return Covariate(
            term=self.term,
            label=self.label,
            present=self.present[keep],
            silent=self.silent[keep],
        )


def read_reporters(testimony: Testimony, study: Study) -> ReporterRows:
    """Read the outcome of every first report.

    Parameters
    ----------
    testimony : Testimony
    study : Study
        The plan: the last horizon of its retraction part.

    Returns
    -------
    ReporterRows
        Women without a report are in none of it.

    Notes
    -----
    A woman whose case was closed, or who died, within the horizon took no step back. She who
    reported before the investigation began is left out: had she stepped back at once, nobody would
    have seen it.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> from relatum.samples.testimony import trace_testimony
    >>> from relatum.study import read_study
    >>> found = read_reporters(trace_testimony(example_sample("simulated")), read_study())
    >>> len(found.victim), int(found.stepped.sum()), found.n_undetermined
    (31, 11, 0)
    """
    day = study.retraction.horizons[-1]
    late, early = (_outcomes(testimony, dates, day) for dates in ("latest", "earliest"))
    first: dict[str, tuple[int, str]] = {}
    about = {row.report: row for row in testimony.used_reports}
    for row in testimony.used_reports:
        key = (row.lower or 0, row.report)
        first[row.victim] = min(first.get(row.victim, key), key)
    people = in_order(row for row in testimony.used_victims if row.victim in first)
    found = {row.victim: late.get(row.victim, np.nan) for row in people}
    used = [row for row in people if np.isfinite(found[row.victim])]
    before = sum(late.get(row.victim) is None for row in people)
    told = [about[first[row.victim][1]] for row in used]
    stepped = np.array([found[row.victim] for row in used], dtype=np.float64)
    return ReporterRows(
        victim=tuple(row.victim for row in used),
        relationship=tuple(row.relationship for row in told),
        arrest_order=tuple(row.arrest_order for row in told),
        case=number_cases(np.array([row.case for row in used], dtype=np.str_), stepped == 1.0),
        stepped=stepped,
        earliest=np.array([early.get(row.victim, np.nan) for row in used], dtype=np.float64),
        n_undetermined=len(people) - len(used) - before,
        n_before=before,
        all_stepped=found,
    )


def in_order(people: Iterable[VictimTime]) -> list[VictimTime]:
    """Sort women by their keys, so that the order of a table decides nothing, not even rounding."""
    return sorted(people, key=lambda row: row.victim)


def _outcomes(testimony: Testimony, dates: Completion, day: float) -> dict[str, float]:
    """Say of each woman whether she stepped back by a day; none who reported before observation."""
    found = step_back_times(testimony, dates=dates, horizon=int(np.ceil(day)) + 1)
    return {
        str(who): _outcome(found, at, day)
        for at, who in enumerate(found.victim)
        if found.entry[at] == 0
    }


def _outcome(found: StepBackTimes, at: int, day: float) -> float:
    time, cause = float(found.time[at]), int(found.cause[at])
    if cause == 0 and time < day:
        return np.nan
    return float(cause == 1 and time <= day)


def report_covariate(
    sample: Sample, study: Study, rows: ReporterRows, name: str
) -> Covariate | str:
    """Read a covariate of reports.

    Parameters
    ----------
    sample : Sample
    study : Study
    rows : ReporterRows
    name : str
        ``arrest_before_report``, or a code of relationships that holds a status.

    Returns
    -------
    Covariate or str
        Why there is none, as a clause.
    """
    if name == ARREST:
        return _arrest(rows.arrest_order, ARREST, "Suspect arrested before the report")
    return _coded(sample, study, rows.relationship, name)


def contact_covariate(
    sample: Sample, study: Study, people: Sequence[VictimTime], name: str
) -> Covariate | str:
    """Read the covariate of all women with a first contact, those without a report too.

    Parameters
    ----------
    sample : Sample
    study : Study
    people : sequence of VictimTime
    name : str

    Returns
    -------
    Covariate or str
        For ``arrest_before_report`` it is an arrest before the first contact. A woman who has made
        no report has no day that an arrest could precede: nearly every suspect is arrested at some
        time, so that waiting for a report would make her exposed. The order of arrest and first
        contact is fixed for all women before anybody reports.
    """
    if name == ARREST:
        order = tuple(row.arrest_order for row in people)
        return _arrest(order, "arrest_before_contact", "Suspect arrested before the first contact")
    return _coded(sample, study, tuple(row.relationship for row in people), name)


def _arrest(order: Sequence[str], term: str, label: str) -> Covariate:
    codes = np.array([_ORDER.get(word, UNDOCUMENTED) for word in order], dtype=np.int8)
    return Covariate(term=term, label=label, present=codes == PRESENT, silent=codes == UNDOCUMENTED)


def _coded(sample: Sample, study: Study, relationship: Sequence[str], name: str) -> Covariate | str:
    """Read a code; what does not apply counts as without, and no single relationship as silence."""
    book = sample.schema.codebook
    code = book[name] if name in set(book) else None
    if code is None or code.value_type != "status":
        return f"{name} is no code of the codebook that holds a status"
    try:
        statuses = unit_status(sample, name, coder=study.coder or None)
    except SampleError:
        return f"{name} cannot be expressed for a relationship"
    array = statuses.array
    assert isinstance(array, StatusArray)
    by_id = dict(zip(statuses.index.astype(str), array.codes.tolist(), strict=True))
    codes = np.array([by_id.get(key, int(UNDOCUMENTED)) for key in relationship], dtype=np.int8)
    return Covariate(
        term=name, label=code.label, present=codes == PRESENT, silent=codes == UNDOCUMENTED
    )
