"""Rate ratios of the covariates that a plan declares for escape attempts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relatum.errors import SampleError
from relatum.inference.common import Refusal
from relatum.inference.piecewise_rate import fit_piecewise_rate
from relatum.inference.rate_bootstrap import limit_rate_ratio
from relatum.inference.rate_covariates import permute_rate_covariate, profile_rate_ratio
from relatum.models.escape_times import DAYS_PER_MONTH, EscapeTimes, usable_cuts
from relatum.results.base import Provenance, Unavailable
from relatum.results.escape import CovariateRatio
from relatum.samples import Sample, unit_status
from relatum.schema.status import PRESENT
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
    value. The permutation moves each covariate within cases against the model without any.
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
    present = statuses.array.codes == PRESENT
    ids = sample.unit_ids("relationship").astype(str)
    held = np.isin(times.relationship, np.asarray(ids, dtype=np.str_)[present])
    if held.all() or not held.any():
        return "it is the same in every relationship at risk"
    return _Term(name, code.label, held)


def _fit(
    times: EscapeTimes, study: Study, terms: Sequence[_Term]
) -> list[CovariateRatio | Refusal]:
    """Fit one model with all terms."""
    if not terms:
        return []
    held = times.keep(times.onset_known)
    cuts = tuple(cut * DAYS_PER_MONTH for cut in study.escape.cuts)
    x = np.column_stack([term.held for term in terms]).astype(np.float64)
    x = x[times.onset_known]
    used = usable_cuts(held, cuts)
    fit = fit_piecewise_rate(held.rows(x), held.events, cuts=used, penalty="log_f")
    if isinstance(fit, Refusal):
        return [fit] * len(terms)
    return [
        _ratio(held, study, x, at, (term, math.exp(float(fit.coefficients[at])), used))
        for at, term in enumerate(terms)
    ]


def _ratio(
    times: EscapeTimes,
    study: Study,
    x: npt.NDArray[np.float64],
    at: int,
    fitted: tuple[_Term, float, tuple[float, ...]],
) -> CovariateRatio | Refusal:
    term, estimate, cuts = fitted
    rows, events, level = times.rows(x), times.events, study.escape.conf_level
    limits = limit_rate_ratio(
        *(rows, events), column=at, cuts=cuts, penalty="log_f", conf_level=level, seed=study.seed
    )
    method = "score_wild_bootstrap"
    if isinstance(limits, Refusal):
        profile = profile_rate_ratio(rows, events, column=at, cuts=cuts, conf_level=level)
        if isinstance(profile, Refusal):
            return limits
        low, high, method = profile.conf_low, profile.conf_high, "log_f_profile"
    else:
        low, high = limits.conf_low, limits.conf_high
    moved = permute_rate_covariate(rows, events, x[:, at], cuts=cuts, seed=study.seed)
    return CovariateRatio(
        term=term.name,
        label=term.label,
        n_with=int(x[:, at].sum()),
        n_events_with=int(x[times.event_row, at].sum()),
        estimate=estimate,
        conf_low=low,
        conf_high=high if math.isfinite(high) else None,
        p_within=None if isinstance(moved, Refusal) else moved.p_value,
        conf_level=level,
        method=method,
    )
