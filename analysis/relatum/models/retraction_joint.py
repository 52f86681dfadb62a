"""Women who reported and stepped back, of all women with a first contact."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from relatum.inference.common import Refusal
from relatum.inference.cumulative_incidence import cumulative_incidence
from relatum.models.reporting_states import known_steps
from relatum.models.testimony_limits import ShareAt, join_shares, limit_share
from relatum.results.base import Unavailable
from relatum.results.retraction import JointShare
from relatum.samples.testimony import Testimony
from relatum.samples.testimony_paths import STATES, Completion, Path, trace_paths
from relatum.study import Study

__all__ = ["estimate_joint"]

_STEPPED = STATES.index("stepped_back")
_WHAT = "report and step back together"


def estimate_joint(
    testimony: Testimony, study: Study, *, limited: bool
) -> JointShare | Unavailable:
    """Estimate the share of women who reported and stepped back within the last horizon of contact.

    Parameters
    ----------
    testimony : Testimony
    study : Study
        The plan: the last horizon of its retraction part, in days after the first contact.
    limited : bool
        Whether the cases carry limits.

    Returns
    -------
    JointShare or Unavailable
        It does not condition on a report, so that who reports does not select who is compared.

    Notes
    -----
    Cumulative incidence since the first contact of the first step back; closing and death compete.
    A woman who stepped back and confirmed her report later counts.
    """
    people = testimony.used_victims
    if not people:
        return Unavailable(what=_WHAT, why="no woman has a dated first contact and an end")
    day = study.retraction.horizons[-1]
    known = known_steps(testimony, day)
    parts = [_complete(testimony, study, dates, limited) for dates in ("earliest", "latest")]
    limits = join_shares(parts)
    n, joint, silent = len(people), int((known == 1).sum()), int((known == -1).sum())
    return JointShare(
        day=day,
        n_women=n,
        n_cases=len({row.case for row in people}),
        n_joint=joint,
        n_undetermined=silent,
        bound_low=joint / n,
        bound_high=(joint + silent) / n,
        earliest=parts[0].estimate,
        latest=parts[1].estimate,
        conf_low=limits.low,
        conf_high=limits.high,
    )


@dataclass(frozen=True, slots=True)
class _Row:
    time: float
    cause: int
    entry: float
    case: str


def _row(path: Path) -> _Row:
    """Return days since contact to the first step back, to the end of the case (2) or of time."""
    origin = path.stays[0].start
    opened = path.row.observed_from
    entry = 0.0 if opened is None else float(max(opened - origin, 0))
    for stay in path.stays:
        if stay.state == _STEPPED:
            return _Row(float(stay.start - origin), 1, entry, path.row.case)
    last = path.stays[-1]
    stop = np.inf if last.stop is None else float(last.stop - origin)
    return _Row(stop, 2 if last.next_state > _STEPPED else 0, entry, path.row.case)


def _complete(testimony: Testimony, study: Study, dates: Completion, limited: bool) -> ShareAt:
    day = study.retraction.horizons[-1]
    rows = [_row(path) for path in trace_paths(testimony, dates=dates)]
    # a history that ends on the day of contact is followed for half a day
    time = np.minimum(np.array([row.time for row in rows]), day + 1) + 0.5
    cause = np.where(time > day + 1, 0, np.array([row.cause for row in rows]))
    entry = np.array([row.entry for row in rows])
    keep = time > entry
    _, place = np.unique([row.case for row in rows], return_inverse=True)
    sizes, steps = np.bincount(place), np.bincount(place, weights=cause == 1)
    # larger cases first, so that names decide nothing
    order = np.lexsort((-steps, -sizes))
    case = np.argsort(order)[place][keep]
    fit = cumulative_incidence(time[keep], cause[keep], entry=entry[keep], n_causes=2)
    followed = (cause[keep] > 0) | (time[keep] >= day + 0.5)
    if isinstance(fit, Refusal) or int(followed.sum()) < study.retraction.min_at_risk:
        return ShareAt()
    value = float(fit.at([day + 0.5]).incidence[0, 0])
    if not limited:
        return ShareAt(estimate=value)
    limits = limit_share(
        value,
        fit.influence_at([day + 0.5])[:, 0, 0],
        case,
        followed=followed,
        conf_level=study.retraction.conf_level,
        study=study,
    )
    return ShareAt(estimate=value, limits=limits)
