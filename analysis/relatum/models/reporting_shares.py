"""Rows of shares of states: for all women, by who sought the first contact, and by the arrest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from relatum.inference.common import IntArray, Refusal
from relatum.inference.dirichlet_multinomial import estimate_state_average
from relatum.models.case_cells import CaseCells
from relatum.models.gates import gate_clusters
from relatum.models.reporting_states import STATES, UNDETERMINED, StateHistories
from relatum.models.testimony_limits import join_shares
from relatum.results.reporting import StateShare
from relatum.study import Study

__all__ = ["SPLITS", "STATE_LABELS", "share_rows"]

#: How women are divided, in the order of the table.
SPLITS: tuple[str, ...] = ("all", "initiator", "arrest")
STATE_LABELS = ("No report", "Report upheld", "Stepped back")
_LEVELS: dict[str, dict[str, str]] = {
    "all": {"all": "All women with a dated first contact"},
    "initiator": {
        "victim": "Sought by her",
        "police": "Sought by the police",
        "third_party": "Sought by a third party",
        "not_documented": "Not documented who sought it",
    },
    "arrest": {
        "before": "Before the arrest",
        "same_day": "On the day of the arrest",
        "after": "After the arrest",
        "no_arrest": "No arrest",
        "not_documented": "Not documented",
    },
}
#: Fewer women, or cases, are only counted.
_FEW_WOMEN, _FEW_CASES = 10, 3


@dataclass(frozen=True, slots=True)
class _Average:
    estimate: float | None = None
    low: float | None = None
    high: float | None = None


def share_rows(held: StateHistories, split: str, study: Study) -> list[StateShare]:
    """Estimate the shares of all states for each level of a split that has a woman.

    Parameters
    ----------
    held : StateHistories
    split : str
        One of `SPLITS`.
    study : Study

    Returns
    -------
    list of StateShare
        Levels with fewer than ten women, or women of fewer than three cases, are counted only.
    """
    levels = {
        "all": ["all"] * len(held.people),
        "initiator": [row.initiator or "not_documented" for row in held.people],
        "arrest": [row.arrest_order or "not_documented" for row in held.people],
    }[split]
    values = np.array(levels, dtype=np.str_)
    return [
        row
        for level, label in _LEVELS[split].items()
        if (values == level).any()
        for row in _level_rows(held.take(values == level), (split, level, label), study)
    ]


def _level_rows(held: StateHistories, name: tuple[str, str, str], study: Study) -> list[StateShare]:
    few = len(held.people) < _FEW_WOMEN or len(held.sizes) < _FEW_CASES
    enough = not few or name[0] == "all"
    sizes = held.sizes
    limited = not gate_clusters(CaseCells.of(sizes, sizes * 0, sizes * 0), study).refused
    return [
        _row(held, state, name, estimated=enough, limited=limited) for state in range(len(STATES))
    ]


def _row(
    held: StateHistories,
    state: int,
    name: tuple[str, str, str],
    *,
    estimated: bool,
    limited: bool,
) -> StateShare:
    n, known = len(held.people), held.known
    mine, silent = int((known == state).sum()), int((known == UNDETERMINED).sum())
    parts = held.share(state, limited=limited) if estimated else []
    limits = join_shares(parts) if limited and parts else None
    average = _average(held, state) if estimated and limited else _Average()
    return StateShare(
        split=name[0],
        level=name[1],
        label=name[2],
        state=STATES[state],
        state_label=STATE_LABELS[state],
        n_women=n,
        n_cases=len(held.sizes),
        n_known=n - silent,
        n_in_state=mine,
        n_undetermined=silent,
        bound_low=mine / n,
        bound_high=(mine + silent) / n,
        earliest=parts[0].estimate if parts else None,
        latest=parts[1].estimate if parts else None,
        conf_low=limits.low if limits else None,
        conf_high=limits.high if limits else None,
        case_average=average.estimate,
        case_low=average.low,
        case_high=average.high,
    )


def _average(held: StateHistories, state: int) -> _Average:
    """Share in a random case, with limits that hold wherever the undetermined are."""
    counts = _count(held)
    silent = counts[:, -1]
    level = held.study.reporting.conf_level
    inside, outside = counts[:, :-1].copy(), counts[:, :-1].copy()
    inside[:, state] += silent
    outside[:, (state + 1) % len(STATES)] += silent
    found = [
        estimate_state_average(part, state, conf_level=level)
        for part in (counts[:, :-1], inside, outside)
    ]
    if any(isinstance(part, Refusal) for part in found):
        return _Average()
    held_parts = [part for part in found if not isinstance(part, Refusal)]
    return _Average(
        estimate=held_parts[0].estimate,
        low=min(part.conf_low for part in held_parts),
        high=max(part.conf_high for part in held_parts),
    )


def _count(held: StateHistories) -> IntArray:
    """Count women by case and state; the last column holds the undetermined."""
    _, place = np.unique(held.case, return_inverse=True)
    counts = np.zeros((int(place.max()) + 1, len(STATES) + 1), dtype=np.int64)
    np.add.at(counts, (place, held.known), 1)
    return counts
