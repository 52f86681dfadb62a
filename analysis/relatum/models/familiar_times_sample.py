"""The familiar estimators of times on a sample: first attempts since onset, entered late."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from relatum.errors import SampleError
from relatum.inference.common import FloatArray
from relatum.models.escape_covariates import EVENTS_PER_COVARIATE, MOST_COVARIATES
from relatum.models.escape_first import CAUSE_LABELS, CAUSES, first_events, why_no_time
from relatum.models.escape_times import DAYS_PER_MONTH, escape_durations
from relatum.models.familiar_times import describe_times
from relatum.models.familiar_times_setting import TimeWords
from relatum.models.gates import override_notes
from relatum.models.time_records import TimeRecords
from relatum.results.base import Note, Unavailable
from relatum.results.familiar_times import FamiliarTimes
from relatum.results.provenance import provenance_of
from relatum.samples import Sample, unit_status
from relatum.samples.durations import Durations
from relatum.samples.durations_arrays import End
from relatum.schema.status import PRESENT
from relatum.study import Study

__all__ = ["describe_sample_times"]

_WHAT = "familiar estimators of times to a first escape attempt"
_GATE = (
    "survival from onset without entry would count time in which nobody could be observed, and so "
    "in which no attempt could be recorded"
)
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class _Term:
    """A covariate of the plan that can be fitted."""

    name: str
    label: str
    present: frozenset[str]


def describe_sample_times(
    sample: Sample, study: Study, *, delayed_entry: bool = True
) -> FamiliarTimes | Unavailable:
    """Compute what most studies would print of the times to a first attempt.

    Parameters
    ----------
    sample : Sample
        The data.
    study : Study
        The plan: covariates, pieces, level of the limits, smallest number at risk.
    delayed_entry : bool
        Whether relationships count from their entry into observation. Without it everything is
        refused.

    Returns
    -------
    FamiliarTimes or Unavailable
        In months since onset, with delayed entry, of the first observable attempt under
        observation; arrest, the end of the relationship and death compete. All dates at their
        latest day; a note has the numbers at the earliest. Unavailable without entry, without time
        under observation, and with fewer than two attempts.

    Notes
    -----
    None of it answers how often victims try to get away:
    `relatum.models.escape_rate.estimate_escape_rate` does, from all attempts, their intervals of
    dates, and cases as they are.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> from relatum.study import read_study
    >>> found = describe_sample_times(example_sample("simulated"), read_study())
    >>> found.n_records, found.n_events, found.n_clusters, found.horizon
    (73, 18, 12, 24.0)
    """
    source = provenance_of(sample, study)
    durations = escape_durations(sample)
    why = why_no_time(durations)
    if why or not delayed_entry:
        words = f"{why}; {_GATE}" if why else _GATE
        return Unavailable(what=_WHAT, why=words, provenance=source)
    onsets = [row for row in durations.at_risk if row.onset_lower is not None]
    if not onsets:
        why = "the onset of no relationship under observation is known"
        return Unavailable(what=_WHAT, why=why, provenance=source)
    n_events = int((first_events(durations, "latest").cause == 1).sum())
    terms, refused = _terms(sample, study, durations, n_events)
    found = _describe(durations, study, terms, "latest")
    if isinstance(found, Unavailable):
        return replace(found, what=_WHAT, provenance=source)
    other = _describe(durations, study, terms, "earliest")
    return replace(
        found,
        refused=(*refused, *found.refused),
        notes=(*_NOTES, _earliest(found, other), *found.notes, *override_notes(study)),
        provenance=source,
    )


def _describe(
    durations: Durations, study: Study, terms: tuple[_Term, ...], dates: End
) -> FamiliarTimes | Unavailable:
    plan = study.escape
    return describe_times(
        _records(durations, terms, dates),
        horizon=plan.cuts[-1] if plan.cuts else plan.horizon,
        words=_words(terms),
        conf_level=plan.conf_level,
        min_at_risk=plan.min_at_risk,
        study=study,
    )


def _records(durations: Durations, terms: tuple[_Term, ...], dates: End) -> TimeRecords:
    """Lay out the first events, sorted by relationship, with all dates at one end."""
    first = first_events(durations, dates)
    names = np.unique(first.rows.relationship)
    onset = _onsets(durations, dates)
    known = np.array([str(name) in onset for name in names], dtype=np.bool_)
    used = names[known]
    entry = np.array([onset[str(name)] for name in used], dtype=np.float64) / DAYS_PER_MONTH
    x = np.column_stack([np.zeros((len(used), 0)), *(_column(used, term) for term in terms)])
    n_open = int((~known).sum())
    # The first covariate also makes the groups that are compared.
    group = np.where(x[:, 0] > 0, "recorded", "not_recorded") if terms else None
    return TimeRecords(
        name="relationships",
        time=entry + first.days[known] / DAYS_PER_MONTH,
        cause=first.cause[known],
        causes=CAUSES,
        entry=entry,
        group=None if group is None else group.astype(np.str_),
        cluster=first.case[known].astype(np.str_),
        stratum=None,
        covariates=x,
        covariate_names=tuple(term.name for term in terms),
        dropped=(("the onset is not known", n_open),) if n_open else (),
        fingerprint="",
    )


def _onsets(durations: Durations, dates: End) -> Mapping[str, int]:
    """Return days from onset to entry, for those whose onset is known."""
    return {
        row.relationship: -((row.onset_upper or 0) if dates == "latest" else row.onset_lower)
        for row in durations.at_risk
        if row.onset_lower is not None
    }


def _column(names: npt.NDArray[np.str_], term: _Term) -> FloatArray:
    return np.array([str(name) in term.present for name in names], dtype=np.float64)


def _terms(
    sample: Sample, study: Study, durations: Durations, n_events: int
) -> tuple[tuple[_Term, ...], tuple[Unavailable, ...]]:
    """Read the covariates of the plan that so many attempts allow."""
    budget = min(MOST_COVARIATES, n_events // EVENTS_PER_COVARIATE)
    at_risk = frozenset(row.relationship for row in durations.at_risk)
    terms: list[_Term] = []
    refused: list[Unavailable] = []
    for name in study.escape.covariates:
        found = _read(sample, study, name, at_risk)
        if isinstance(found, _Term) and len(terms) >= budget:
            found = (
                f"first attempts: {n_events}; covariates that they allow: {budget} (one per "
                f"{EVENTS_PER_COVARIATE}, {MOST_COVARIATES} at most)"
            )
        if isinstance(found, str):
            refused.append(Unavailable(what=f"ratios of {name}", why=found))
        else:
            terms.append(found)
    return tuple(terms), tuple(refused)


def _read(sample: Sample, study: Study, name: str, at_risk: frozenset[str]) -> _Term | str:
    """Return the covariate, or why it cannot be used."""
    book = sample.schema.codebook
    code = book[name] if name in set(book) else None
    if code is None or code.value_type != "status":
        return "it is no code of the codebook that holds a status"
    if code.domain == "violence":
        return "violence may mean recent escalation or cumulative severity; one ratio mixes them"
    try:
        statuses = unit_status(sample, name, coder=study.coder or None)
    except SampleError:
        return "it cannot be expressed for a relationship"
    ids = sample.unit_ids("relationship").astype(str)
    present = frozenset(np.asarray(ids)[statuses.array.codes == PRESENT].tolist()) & at_risk
    if not present or present == at_risk:
        return "it is the same in every relationship at risk"
    return _Term(name, code.label, present)


def _words(terms: tuple[_Term, ...]) -> TimeWords:
    groups = {}
    if terms:
        label = terms[0].label
        groups = {"recorded": f"{label}: recorded", "not_recorded": f"{label}: not recorded"}
    return TimeWords(
        title="Familiar estimators: first escape attempt",
        event="first observable attempt under observation",
        time_unit="months",
        record="relationships",
        origin="the onset of the relationship",
        groups=groups,
        covariates={term.name: term.label for term in terms},
        causes=dict(CAUSE_LABELS),
    )


def _earliest(latest: FamiliarTimes, found: FamiliarTimes | Unavailable) -> Note:
    """Say what the other completion of the dates gives."""
    head = "Dates are intervals. The numbers stand for all of them at their latest day"
    if isinstance(found, Unavailable):
        return Note("two_completions", f"{head}; at the earliest nothing is given ({found.why}).")
    parts = [f"first attempts: {found.n_events} instead of {latest.n_events}"]
    for group, other in zip(latest.groups, found.groups, strict=True):
        if group.cumulative_hazard is not None and other.cumulative_hazard is not None:
            parts.append(
                f"cumulative hazard at {latest.horizon:g} months, {group.label}: "
                f"{other.cumulative_hazard:.3f} instead of {group.cumulative_hazard:.3f}"
            )
    cox = {term.term: term for model in found.models[:1] for term in model.terms}
    parts += [
        f"hazard ratio of {term.label}: {cox[term.term].ratio:.2f} instead of {term.ratio:.2f}"
        for model in latest.models[:1]
        for term in model.terms
        if model.model == "cox" and term.term in cox
    ]
    text = f"{head}. At the earliest: {'; '.join(parts)}. The two are not strict bounds."
    return Note("two_completions", text)


_NOTES = (
    Note(
        "familiar",
        "These numbers are computed correctly, but they answer another question: only the first "
        "attempt counts, relationships count as independent or investigations as many, and dates "
        "as known. They enter no headline; the rate of all attempts under observation, with limits "
        "by investigation, is the answer that this project gives.",
    ),
    Note(
        "first_under_observation",
        "The attempt is the first under observation. Attempts before entry, told later, do not "
        "count; so it need not be the first of the relationship.",
    ),
)
