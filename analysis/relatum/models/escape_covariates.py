"""Rate ratios of the covariates that a plan declares for escape attempts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relatum.errors import SampleError
from relatum.inference.common import Refusal, finite_or_none
from relatum.inference.piecewise_rate import fit_piecewise_rate
from relatum.inference.piecewise_rate_data import RiskRows
from relatum.inference.rate_bootstrap import limit_rate_ratio
from relatum.inference.rate_covariates import permute_rate_covariate, profile_rate_ratio
from relatum.models.escape_times import DAYS_PER_MONTH, EscapeTimes, usable_cuts
from relatum.results.base import Provenance, Unavailable
from relatum.results.escape import CovariateRatio
from relatum.samples import Sample, unit_status
from relatum.schema.status import PRESENT, UNDOCUMENTED
from relatum.study import Study

__all__ = ["EVENTS_PER_COVARIATE", "MOST_COVARIATES", "covariate_ratios"]

EVENTS_PER_COVARIATE = 10
MOST_COVARIATES = 2
BoolArray = npt.NDArray[np.bool_]
_VIOLENCE = (
    "violence is read as recent escalation and as cumulative severity, which may point in opposite "
    "directions; one ratio for it would mix them"
)


@dataclass(frozen=True, slots=True, eq=False)
class _Term:
    """A covariate that can be fitted."""

    name: str
    label: str
    held: BoolArray
    silent: BoolArray


def covariate_ratios(
    sample: Sample, study: Study, times: EscapeTimes, *, refused: str, provenance: Provenance
) -> tuple[CovariateRatio | Unavailable, ...]:
    """Estimate the rate ratios that the plan declares, all in one model.

    Parameters
    ----------
    sample : Sample
    study : Study
        The plan: covariates, pieces, coder, level of the limits, seed.
    times : EscapeTimes
    refused : str
        Why cases cannot carry limits; empty where they can.
    provenance : Provenance
        Of what is unavailable.

    Returns
    -------
    tuple of CovariateRatio or Unavailable
        In the order of the plan. Unavailable beyond one covariate per ten attempts or two in all,
        for a code that is unknown or no status, for violence, and where nothing varies.

    Notes
    -----
    Present counts as 1, everything else as 0 (lower coding). The estimate is that of a log-F(1,1)
    prior (Greenland and Mansournia 2015, doi:10.1002/sim.6537); limits come from the inverted
    score wild bootstrap over cases, or from the penalised profile where all attempts lie with one
    value. Beside it stands the estimate under Firth's penalty (1993, doi:10.1093/biomet/80.1.27)
    with the limits of its profile: two penalties that differ much say that the data say little.
    The permutation moves each covariate within cases against the model without any.
    """
    budget = min(MOST_COVARIATES, times.n_events // EVENTS_PER_COVARIATE)
    read: list[_Term | Unavailable] = []
    for name in study.escape.covariates:
        term = refused or _read(sample, study, times, name)
        if isinstance(term, _Term) and sum(isinstance(entry, _Term) for entry in read) >= budget:
            term = (
                f"attempts: {times.n_events}; covariates that they allow: {budget} (one per "
                f"{EVENTS_PER_COVARIATE}, {MOST_COVARIATES} at most)"
            )
        read.append(_missing(name, term, provenance) if isinstance(term, str) else term)
    fitted = [entry for entry in read if isinstance(entry, _Term)]
    ratios = dict(zip((entry.name for entry in fitted), _fit(times, study, fitted), strict=True))
    return tuple(
        entry if isinstance(entry, Unavailable) else _row(entry, ratios[entry.name], provenance)
        for entry in read
    )


def _missing(name: str, why: str, provenance: Provenance) -> Unavailable:
    return Unavailable(what=f"rate ratio of {name}", why=why, provenance=provenance)


def _row(
    term: _Term, found: CovariateRatio | Refusal, provenance: Provenance
) -> CovariateRatio | Unavailable:
    return _missing(term.name, found.why, provenance) if isinstance(found, Refusal) else found


def _read(sample: Sample, study: Study, times: EscapeTimes, name: str) -> _Term | str:
    """Return the covariate, or why it cannot be used."""
    book = sample.schema.codebook
    code = book[name] if name in set(book) else None
    if code is None or code.value_type != "status":
        return "it is no code of the codebook that holds a status"
    if code.domain == "violence":
        return _VIOLENCE
    try:
        statuses = unit_status(sample, name, coder=study.coder or None)
    except SampleError:
        return "it cannot be expressed for a relationship"
    ids = np.asarray(sample.unit_ids("relationship").astype(str), dtype=np.str_)
    codes = statuses.array.codes
    held, silent = (
        np.isin(times.relationship, ids[codes == status]) for status in (PRESENT, UNDOCUMENTED)
    )
    if held.all() or not held.any():
        return "it is the same in every relationship at risk"
    return _Term(name, code.label, held, silent)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Model:
    """What all terms share: relationships of known onset, and the stretches of the rate."""

    times: EscapeTimes
    study: Study
    rows: RiskRows
    cuts: tuple[float, ...]


def _fit(
    times: EscapeTimes, study: Study, terms: Sequence[_Term]
) -> list[CovariateRatio | Refusal]:
    """Fit one model with all terms."""
    if not terms:
        return []
    held = times.keep(times.onset_known)
    cuts = tuple(cut * DAYS_PER_MONTH for cut in study.escape.cuts)
    x = np.column_stack([term.held for term in terms]).astype(np.float64)
    rows = held.rows(x[times.onset_known])
    used = usable_cuts(held, cuts)
    fit = fit_piecewise_rate(rows, held.events, cuts=used, penalty="log_f")
    if isinstance(fit, Refusal):
        return [fit] * len(terms)
    model = _Model(times=held, study=study, rows=rows, cuts=used)
    return [
        _ratio(model, at, term, term.silent[times.onset_known], float(fit.coefficients[at]))
        for at, term in enumerate(terms)
    ]


def _ratio(
    model: _Model, at: int, term: _Term, silent: BoolArray, coefficient: float
) -> CovariateRatio | Refusal:
    times, x = model.times, model.rows.covariates[:, at]
    limits = _limits(model, at)
    if isinstance(limits, Refusal):
        return limits
    low, high, method = limits
    moved = permute_rate_covariate(
        model.rows, times.events, x, cuts=model.cuts, seed=model.study.seed
    )
    firth, firth_low, firth_high = _firth(model, at)
    return CovariateRatio(
        term=term.name,
        label=term.label,
        n_relationships=len(times.relationship),
        n_events=times.n_events,
        n_with=int(x.sum()),
        n_events_with=int(x[times.event_row].sum()),
        n_undocumented=int(silent.sum()),
        n_events_undocumented=int(silent[times.event_row].sum()),
        penalty="log_f",
        estimate=math.exp(coefficient),
        conf_low=low,
        conf_high=finite_or_none(high),
        p_within=None if isinstance(moved, Refusal) else moved.p_value,
        conf_level=model.study.escape.conf_level,
        method=method,
        firth=firth,
        firth_low=firth_low,
        firth_high=firth_high,
    )


def _limits(model: _Model, at: int) -> tuple[float, float, str] | Refusal:
    """Limits over cases, or those of the profile where all attempts lie with one value."""
    level = model.study.escape.conf_level
    limits = limit_rate_ratio(
        model.rows,
        model.times.events,
        column=at,
        cuts=model.cuts,
        penalty="log_f",
        conf_level=level,
        seed=model.study.seed,
    )
    if not isinstance(limits, Refusal):
        return limits.conf_low, limits.conf_high, "score_wild_bootstrap"
    profile = profile_rate_ratio(
        model.rows, model.times.events, column=at, cuts=model.cuts, conf_level=level
    )
    if isinstance(profile, Refusal):
        return limits
    return profile.conf_low, profile.conf_high, "log_f_profile"


def _firth(model: _Model, at: int) -> tuple[float | None, float | None, float | None]:
    """Estimate under Firth's penalty, with the limits of its profile."""
    found = profile_rate_ratio(
        model.rows,
        model.times.events,
        column=at,
        cuts=model.cuts,
        penalty="firth",
        conf_level=model.study.escape.conf_level,
    )
    if isinstance(found, Refusal):
        return None, None, None
    return found.estimate, found.conf_low, finite_or_none(found.conf_high)
