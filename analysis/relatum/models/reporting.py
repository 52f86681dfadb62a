"""Who goes to the police: the state of women after their first contact, and recorded reasons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from relatum.inference.common import IntArray, Refusal
from relatum.inference.occupation import StayRows, occupation_influence
from relatum.models.case_cells import CaseCells
from relatum.models.gates import gate_clusters, override_notes
from relatum.models.reporting_counts import count_passages, incidence_of_reports
from relatum.models.reporting_notes import reporting_notes
from relatum.models.reporting_reasons import count_reasons
from relatum.models.reporting_shares import SPLITS, share_rows
from relatum.models.reporting_states import (
    COMPLETIONS,
    STATES,
    StateHistories,
    known_states,
    state_rows,
)
from relatum.models.testimony_limits import trace_merged
from relatum.results.base import Unavailable
from relatum.results.provenance import provenance_of
from relatum.results.reporting import OccupationPoint, Reporting, StatesAtRisk
from relatum.samples import Sample
from relatum.samples.testimony import Testimony
from relatum.study import Study

__all__ = ["estimate_reporting", "state_histories"]

_WHAT = "state after first contact"
_MARKS = 6
_UPHELD = STATES.index("report_upheld")
_Content: TypeAlias = tuple[
    int, tuple[str, str], tuple[tuple[str, ...], ...], tuple[tuple[float, ...], ...]
]


def estimate_reporting(sample: Sample, study: Study) -> Reporting | Unavailable:
    """Estimate in which state women are some time after their first contact with the police.

    Parameters
    ----------
    sample : Sample
        The data.
    study : Study
        The plan: horizon, level, smallest number at risk, seed.

    Returns
    -------
    Reporting or Unavailable
        Unavailable where no woman, or one only, has a dated first contact and an end of
        observation. Limits are left out where the cases cannot carry them, estimates where too few
        are followed.

    Notes
    -----
    The states are no report, report upheld and stepped back; a woman who confirms her report again
    is back in the second. Shares are those of Aalen and Johansen since the first contact, with
    delayed entry where the investigation began later. Closing and death leave a woman in her state;
    where observation just ends, she is censored. All dates stand at their earliest, then at their
    latest day. Limits: influence values summed by case through the restricted wild bootstrap
    (`relatum.models.testimony_limits`); the union of both completions is given. The case average is
    that of a Dirichlet-multinomial (`relatum.inference.dirichlet_multinomial`) of the women whose
    state is known, with limits that hold wherever the others are.

    It speaks of women with a recorded contact, and is no rate of reporting of any population.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> from relatum.study import read_study
    >>> found = estimate_reporting(example_sample("simulated"), read_study())
    >>> [(row.state, row.n_in_state, row.n_undetermined) for row in found.shares[:3]]
    [('no_report', 19, 0), ('report_upheld', 20, 0), ('stepped_back', 11, 0)]
    """
    provenance = provenance_of(sample, study, seed=study.seed)
    testimony = trace_merged(sample)
    why = _why_not(testimony)
    if why:
        return Unavailable(what=_WHAT, why=why, provenance=provenance)
    held = state_histories(testimony, study)
    gate = gate_clusters(CaseCells.of(held.sizes, held.sizes * 0, held.sizes * 0), study)
    limited = not gate.refused
    reasons = count_reasons(sample, study)
    left_out = _without_cases(held)
    shares = tuple(row for split in SPLITS for row in share_rows(held, split, study))
    return Reporting(
        title="Women after their first contact with the police",
        horizon=study.reporting.horizon,
        shares=shares,
        points=_points(held),
        at_risk=_marks(held),
        transitions=count_passages(testimony),
        incidence=incidence_of_reports(testimony, held, limited=limited),
        reasons=reasons.rows,
        n_without_reasons=reasons.n_without,
        leave_out_low=min(left_out) if left_out else None,
        leave_out_high=max(left_out) if left_out else None,
        without_two=_without_two(held),
        unavailable=() if limited else (Unavailable(what="limits", why=gate.refused),),
        flow=tuple(step for step in testimony.flow.steps if step.unit != "step back"),
        n_faults=len(testimony.faults),
        min_at_risk=study.reporting.min_at_risk,
        conf_level=study.reporting.conf_level,
        notes=(
            *reporting_notes(testimony, held, shares, refused=gate.refused),
            *reasons.notes,
            *override_notes(study),
        ),
        provenance=provenance,
    )


def _why_not(testimony: Testimony) -> str:
    flow = testimony.flow
    if flow.n_used > 1:
        return ""
    if flow.n_used:
        return "one woman has a dated first contact and an end of observation; one shows no share"
    if not flow.n_victims:
        return "the sample holds no victim"
    if flow.n_without_contact == flow.n_victims:
        return "no contact with the police is recorded"
    return "no woman has a dated first contact and an end of observation"


def state_histories(testimony: Testimony, study: Study) -> StateHistories:
    """Bring together the histories of the women that are used.

    Parameters
    ----------
    testimony : Testimony
        With at least one woman that is used.
    study : Study
    """
    people = testimony.used_victims
    known = known_states(testimony, study.reporting.horizon)
    first, second = (state_rows(testimony, dates) for dates in COMPLETIONS)
    return StateHistories(
        people=people,
        case=_number_cases(testimony, known, (first, second)),
        known=known,
        rows=(first, second),
        study=study,
    )


def _number_cases(testimony: Testimony, known: IntArray, rows: Sequence[StayRows]) -> IntArray:
    """Give cases numbers by what they hold, larger first, so that names decide nothing."""
    told: dict[str, list[tuple[str, ...]]] = {}
    for row in testimony.used_reports:
        said = (row.initiator, row.arrest_order, row.made, str(row.lower), str(row.upper))
        told.setdefault(row.victim, []).append(said)
    stays: dict[int, list[tuple[float, ...]]] = {}
    for number, part in enumerate(rows):
        columns = (part.state, part.next_state, part.start, part.stop)
        for who, *stay in zip(part.subject.tolist(), *(c.tolist() for c in columns), strict=True):
            stays.setdefault(who, []).append((number, *stay))
    held: dict[str, list[_Content]] = {}
    for at, woman in enumerate(testimony.used_victims):
        held.setdefault(woman.case, []).append(
            (
                int(known[at]),
                (woman.initiator, woman.arrest_order),
                tuple(sorted(told.get(woman.victim, []))),
                tuple(sorted(stays.get(at, []))),
            )
        )
    order = sorted(held, key=lambda case: (-len(held[case]), sorted(held[case])))
    number_of = {case: number for number, case in enumerate(order)}
    return np.array([number_of[row.case] for row in testimony.used_victims], dtype=np.int64)


def _marks(held: StateHistories) -> tuple[StatesAtRisk, ...]:
    """Count the women in each state at round days, with dates at their latest."""
    days = np.linspace(0.0, held.horizon, _MARKS + 1)
    minimum = held.study.reporting.min_at_risk
    rows = held.rows[1]
    found = []
    for day in days.tolist():
        mine = (rows.start < day) & (day <= rows.stop) if day > 0 else rows.start <= 0
        # one who moves on this very day is counted where she moves to
        moving = mine & (rows.stop == day) & (rows.next_state >= 0)
        state = np.where(moving, rows.next_state, rows.state)[mine]
        count = np.bincount(state, minlength=len(STATES))
        found.append(
            StatesAtRisk(
                day=day,
                no_report=int(count[0]),
                report_upheld=int(count[1]),
                stepped_back=int(count[2]),
                enough=int(count.sum()) >= minimum,
            )
        )
    return tuple(found)


def _points(held: StateHistories) -> tuple[OccupationPoint, ...]:
    days = np.linspace(0.0, held.horizon, _MARKS + 1)
    found = []
    for place, completion in enumerate(COMPLETIONS):
        moments = held.moments(place, days.tolist())
        part = occupation_influence(held.rows[place], moments)
        if isinstance(part, Refusal):
            continue
        for at, day in enumerate(part.time.tolist()):
            share = part.share[at]
            found.append(
                OccupationPoint(
                    completion=completion,
                    day=day,
                    no_report=float(share[0]),
                    report_upheld=float(share[1]),
                    stepped_back=float(share[2]),
                    n_at_risk=int(part.at_risk[at].sum()),
                )
            )
    return tuple(found)


def _upheld(held: StateHistories, keep: npt.NDArray[np.bool_]) -> float | None:
    found = occupation_influence(held.take(keep).rows[1], [held.horizon])
    return None if isinstance(found, Refusal) else float(found.share[0, _UPHELD])


def _without_cases(held: StateHistories) -> list[float]:
    """Return the share with a report upheld without each case in turn."""
    cases = np.unique(held.case)
    if len(cases) < 3:
        return []
    found = [_upheld(held, held.case != case) for case in cases.tolist()]
    return [share for share in found if share is not None]


def _without_two(held: StateHistories) -> float | None:
    """Return the share with a report upheld without the two largest cases."""
    keep = held.case > 1
    return _upheld(held, keep) if keep.any() else None
