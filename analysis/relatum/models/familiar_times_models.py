"""Regressions of times to an event, each from the engine, side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import Literal, Protocol, TypeAlias

import numpy as np

from relatum.inference.aft import AftRows, accelerated_failure_time
from relatum.inference.common import FloatArray, Refusal
from relatum.inference.concordance import cox_concordance
from relatum.inference.cox import CoxFit, cox_regression
from relatum.inference.cox_checks import proportional_hazards_test
from relatum.inference.cox_rows import CoxRows
from relatum.inference.discrete_hazard import PersonPeriods, discrete_hazard
from relatum.inference.fine_gray import CompetingRows, fine_gray
from relatum.inference.firth_cox import firth_cox
from relatum.inference.interval_times import intervals_from_exits
from relatum.models.familiar_times_setting import TimeSetting, refuse
from relatum.results.base import Unavailable
from relatum.results.familiar_times import ModelTerm, TimeModel, TimeTest

__all__ = ["ModelParts", "fit_time_models", "model_terms"]

#: Most events for which Firth's penalty is computed, without and with delayed entry.
_FIRTH_EVENTS, _FIRTH_ENTRY_EVENTS = 500, 50
#: Most cells of the table of persons and periods.
_MOST_CELLS = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelParts:
    """What the regressions say.

    Attributes
    ----------
    models : tuple of TimeModel
    tests : tuple of TimeTest
        That hazards are proportional.
    refused : tuple of Unavailable
    """

    models: tuple[TimeModel, ...]
    tests: tuple[TimeTest, ...]
    refused: tuple[Unavailable, ...]


class _Fit(Protocol):
    """What every fit of the engine has."""

    @property
    def coef(self) -> FloatArray: ...
    @property
    def std_error(self) -> FloatArray: ...
    @property
    def p_value(self) -> FloatArray: ...
    @property
    def conf_low(self) -> FloatArray: ...
    @property
    def conf_high(self) -> FloatArray: ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Problem:
    setting: TimeSetting
    x: FloatArray
    names: tuple[str, ...]
    labels: tuple[str, ...]

    def cox_rows(self, cause: int) -> CoxRows:
        records = self.setting.records
        return CoxRows(
            time=records.time,
            event=records.cause == cause,
            covariates=self.x,
            entry=records.entry,
            names=self.names,
        )


_Fitted: TypeAlias = TimeModel | TimeTest | Unavailable


def fit_time_models(setting: TimeSetting) -> ModelParts:
    """Fit every regression that the records allow.

    Parameters
    ----------
    setting : TimeSetting
        Its covariates enter each model; the groups do where there are no covariates.

    Returns
    -------
    ModelParts
        Empty without covariates and groups. What the engine refuses stands in `refused`.
    """
    x, names, labels = setting.design()
    if not names:
        return ModelParts(models=(), tests=(), refused=())
    problem = _Problem(setting=setting, x=x, names=names, labels=labels)
    found = list(chain(*(fit(problem) for fit in (_cox, _firth, _aft, _discrete, _causes))))
    return ModelParts(
        models=tuple(part for part in found if isinstance(part, TimeModel)),
        tests=tuple(part for part in found if isinstance(part, TimeTest)),
        refused=tuple(part for part in found if isinstance(part, Unavailable)),
    )


def model_terms(
    fit: _Fit, names: tuple[str, ...], labels: tuple[str, ...], *, first: int = 0
) -> tuple[ModelTerm, ...] | str:
    """Turn coefficients into ratios.

    Parameters
    ----------
    fit : object
        With `coef`, `std_error`, `p_value`, `conf_low` and `conf_high` on the log scale.
    names, labels : tuple of str
        Of the terms.
    first : int
        Where their coefficients begin; what comes before is the baseline.

    Returns
    -------
    tuple of ModelTerm, or str
        The reason where a ratio is too large or too small for a number.
    """
    held = slice(first, first + len(names))
    with np.errstate(over="ignore", under="ignore"):
        ratio, low, high = (
            np.exp(np.asarray(part[held])) for part in (fit.coef, fit.conf_low, fit.conf_high)
        )
    beyond = np.flatnonzero(
        ~np.isfinite(ratio) | (ratio == 0.0) | ~np.isfinite(fit.std_error[held])
    )
    if len(beyond):
        return f"the ratio for one unit of {names[beyond[0]]} is no number; change its unit"
    return tuple(
        ModelTerm(
            term=names[at],
            label=labels[at],
            ratio=float(ratio[at]),
            conf_low=float(low[at]),
            conf_high=float(high[at]) if np.isfinite(high[at]) else None,
            std_error=float(fit.std_error[held][at]),
            p_value=float(fit.p_value[held][at]),
        )
        for at in range(len(names))
    )


def _model(
    problem: _Problem, fit: _Fit, empty: TimeModel, *, first: int = 0
) -> TimeModel | Unavailable:
    """Fill the terms of a model."""
    terms = model_terms(fit, problem.names, problem.labels, first=first)
    if isinstance(terms, str):
        return Unavailable(what=empty.label, why=terms)
    return replace(empty, terms=terms)


def _empty(
    problem: _Problem,
    name: str,
    label: str,
    *,
    scale: str = "hazard_ratio",
    n_clusters: int | None = None,
    cause: int = 0,
) -> TimeModel:
    records = problem.setting.records
    return TimeModel(
        model=name,
        label=f"{label}, {problem.setting.cause_label(cause)}" if cause else label,
        scale=scale,
        terms=(),
        n_records=records.n,
        n_events=int((records.cause == (cause or 1)).sum()),
        n_clusters=n_clusters,
        cause=records.causes[cause - 1] if cause else "",
    )


def _cox(problem: _Problem) -> Iterator[_Fitted]:
    """Cox regression with its checks, and again with errors by cluster."""
    level, cluster = problem.setting.conf_level, problem.setting.records.cluster
    rows = problem.cox_rows(1)
    fit = cox_regression(rows, conf_level=level)
    empty = _empty(problem, "cox", "Cox regression")
    if isinstance(fit, Refusal):
        yield refuse(empty.label, fit)
        return
    model = _model(problem, fit, _with_cox(rows, fit, empty))
    if isinstance(model, Unavailable):
        yield model
        return
    yield from _checked(rows, fit, model)
    if cluster is not None:
        label = "Cox regression, errors by cluster"
        robust = cox_regression(rows, cluster=cluster, conf_level=level)
        if isinstance(robust, Refusal):
            yield refuse(label, robust)
            return
        named = _empty(problem, "cox_clustered", label, n_clusters=robust.n_clusters)
        yield _model(problem, robust, _with_cox(rows, robust, named))


def _with_cox(rows: CoxRows, fit: CoxFit, empty: TimeModel) -> TimeModel:
    """Add the partial likelihood and the concordance."""
    agreement = cox_concordance(rows, fit)
    known = None if isinstance(agreement, Refusal) else agreement.estimate
    return replace(empty, loglik=fit.loglik, concordance=known)


def _checked(rows: CoxRows, fit: CoxFit, model: TimeModel) -> Iterator[_Fitted]:
    """Add the tests that ratios are the same at all times."""
    label = "Test of proportional hazards"
    found = proportional_hazards_test(rows, fit)
    if isinstance(found, Refusal):
        yield model
        yield refuse(label, found)
        return
    by_term = dict(zip(found.terms, found.tests, strict=True))
    yield replace(
        model,
        terms=tuple(
            replace(term, p_proportional=by_term[term.term].p_value) for term in model.terms
        ),
    )
    yield TimeTest(
        test="proportional_hazards",
        label=label,
        statistic=found.overall.statistic,
        df=found.overall.df,
        p_value=found.overall.p_value,
    )


def _firth(problem: _Problem) -> Iterator[_Fitted]:
    empty = _empty(problem, "cox_firth", "Cox regression with Firth's penalty")
    late = problem.setting.records.entry is not None
    most = _FIRTH_ENTRY_EVENTS if late else _FIRTH_EVENTS
    if empty.n_events > most:
        where = " with delayed entry" if late else ""
        why = f"there are {empty.n_events:,} events; the penalty is for few, at most {most}{where}"
        yield Unavailable(what=empty.label, why=why)
        return
    fit = firth_cox(problem.cox_rows(1), conf_level=problem.setting.conf_level)
    if isinstance(fit, Refusal):
        yield refuse(empty.label, fit)
    else:
        yield _model(problem, fit, replace(empty, loglik=fit.loglik))


_SHAPES: tuple[tuple[Literal["weibull", "loglogistic"], str, str], ...] = (
    ("weibull", "weibull", "Weibull accelerated failure time"),
    ("loglogistic", "log_logistic", "Log-logistic accelerated failure time"),
)


def _aft(problem: _Problem) -> Iterator[_Fitted]:
    records = problem.setting.records
    left, right = intervals_from_exits(records.time, records.event)
    rows = AftRows(
        left=left, right=right, covariates=problem.x, entry=records.entry, names=problem.names
    )
    for distribution, name, label in _SHAPES:
        fit = accelerated_failure_time(
            rows,
            distribution=distribution,
            cluster=records.cluster,
            conf_level=problem.setting.conf_level,
        )
        if isinstance(fit, Refusal):
            yield refuse(label, fit)
            continue
        empty = _empty(problem, name, label, scale="time_ratio", n_clusters=fit.n_clusters)
        yield _model(problem, fit, replace(empty, loglik=fit.loglik, aic=fit.aic), first=1)


def _discrete(problem: _Problem) -> Iterator[_Fitted]:
    """Complementary log-log regression of rows of persons and periods."""
    setting = problem.setting
    records, width = setting.records, setting.period
    if width is None:
        return
    label = f"Discrete-time hazard (complementary log-log), periods of {width:g} "
    label += setting.words.time_unit
    if records.entry is not None:
        yield Unavailable(what=label, why="records enter late, within periods")
        return
    # rounding must not move an end on the border of two periods into the next one
    last = np.ceil(records.time / width * (1.0 - 1e-12)).astype(np.int64)
    cells = int(last.sum()) * int(last.max() + len(problem.names))
    if cells > _MOST_CELLS:
        why = f"it would take a table of {cells:,} cells; choose wider periods"
        yield Unavailable(what=label, why=why)
        return
    who = np.repeat(np.arange(records.n), last)
    period = np.arange(len(who)) - np.repeat(np.cumsum(last) - last, last) + 1
    rows = PersonPeriods(
        period=period.astype(np.float64),
        event=(records.event[who] & (period == last[who])).astype(np.float64),
        covariates=problem.x[who],
        names=problem.names,
    )
    cluster = None if records.cluster is None else records.cluster[who]
    fit = discrete_hazard(rows, cluster=cluster, conf_level=setting.conf_level)
    if isinstance(fit, Refusal):
        yield refuse(label, fit)
        return
    empty = _empty(problem, "discrete_cloglog", label, n_clusters=fit.n_clusters)
    filled = replace(empty, loglik=fit.loglik, aic=fit.aic)
    yield _model(problem, fit, filled, first=len(fit.names) - len(problem.names))


def _causes(problem: _Problem) -> Iterator[_Fitted]:
    """Cause-specific hazards of the other causes, and subdistribution hazards of all."""
    setting = problem.setting
    if not setting.competing:
        return
    records = setting.records
    for at in range(2, len(records.causes) + 1):
        yield _cause_specific(problem, at)
    if records.entry is not None:
        why = "it is not defined here for records that enter late"
        yield Unavailable(what="Fine-Gray regression", why=why)
        return
    rows = CompetingRows(
        time=records.time, cause=records.cause, covariates=problem.x, names=problem.names
    )
    for at in range(1, len(records.causes) + 1):
        empty = _empty(
            problem,
            "fine_gray",
            "Fine-Gray regression",
            scale="subdistribution_hazard_ratio",
            cause=at,
        )
        fit = fine_gray(rows, cause=at, conf_level=setting.conf_level)
        yield refuse(empty.label, fit) if isinstance(fit, Refusal) else _model(problem, fit, empty)


def _cause_specific(problem: _Problem, at: int) -> _Fitted:
    setting = problem.setting
    rows = problem.cox_rows(at)
    fit = cox_regression(rows, cluster=setting.records.cluster, conf_level=setting.conf_level)
    empty = _empty(problem, "cause_specific", "Cause-specific Cox regression", cause=at)
    if isinstance(fit, Refusal):
        return refuse(empty.label, fit)
    named = replace(empty, n_clusters=fit.n_clusters)
    return _model(problem, fit, _with_cox(rows, fit, named))
