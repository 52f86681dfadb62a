"""Open data on which the familiar estimators have enough to work with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd
from scipy import special

from relatum.errors import ImportFailedError, UsageError
from relatum.inference.common import FloatArray, Refusal, normal_quantile
from relatum.inference.piecewise_rate import PiecewiseRate, fit_piecewise_rate
from relatum.inference.piecewise_rate_data import event_intervals, risk_rows
from relatum.models.familiar_times import describe_times
from relatum.models.familiar_times_models import model_terms
from relatum.models.familiar_times_setting import TimeWords
from relatum.models.time_records import TimeColumns, TimeRecords, time_records
from relatum.results.base import Note, Unavailable
from relatum.results.familiar_times import FamiliarTimes, ModelTerm, TimeModel
from relatum.schema import near_match
from relatum.study import Study

__all__ = ["OPEN_DATA", "load_recidivism", "open_times"]

RECIDIVISM = "recidivism (Rossi, Berk and Lenihan 1980)"
_SHAPE = (432, 9)
_COLUMNS = ("week", "arrest", "fin", "age", "race", "wexp", "mar", "paro", "prio")
_EVENTS = 114
_WEEKS = 52.0
#: Weeks at which the piecewise-constant rate may change.
_CUTS = (13.0, 26.0, 39.0)
_PERIOD = 13.0
_LABELS = MappingProxyType(
    {
        "fin": "Financial aid",
        "age": "Age at release, per year",
        "wexp": "Full-time work before",
        "mar": "Married at release",
        "paro": "Released on parole",
        "prio": "Earlier convictions, per conviction",
    }
)


def open_times(name: str, study: Study) -> FamiliarTimes | Unavailable:
    """Apply the familiar estimators to open data.

    Parameters
    ----------
    name : {"recidivism"}
    study : Study
        The plan: level of the limits, smallest number at risk.

    Returns
    -------
    FamiliarTimes or Unavailable

    Raises
    ------
    UsageError
        For an unknown name.
    ImportFailedError
        If the file of the library is not the one that is known here.

    Notes
    -----
    "recidivism" is the experiment of Rossi, Berk and Lenihan (Money, Work, and Crime, 1980): 432
    men released from prisons in Maryland, half of them given financial aid by lot, and the week of
    their first arrest within a year.

    Examples
    --------
    >>> from relatum.study import read_study
    >>> found = open_times("recidivism", read_study())
    >>> found.n_records, found.n_events, [group.n_events for group in found.groups]
    (432, 114, [66, 48])
    """
    if name not in OPEN_DATA:
        near = near_match(name, tuple(OPEN_DATA))
        hint = f" Did you mean '{near}'?" if near else ""
        msg = f"'{name}' is no open data set.{hint} There are: {', '.join(OPEN_DATA)}."
        raise UsageError(msg)
    return OPEN_DATA[name](study)


def load_recidivism() -> TimeRecords:
    """Load the records of the released men from the installed lifelines.

    Returns
    -------
    TimeRecords
        Weeks to the first arrest, with the groups of the experiment.

    Raises
    ------
    ImportFailedError
        If there is no such file, or shape, columns or number of arrests are others than known.
    """
    frame = _read_library_file()
    faults = []
    if tuple(frame.columns) != _COLUMNS:
        faults.append(f"the columns are {', '.join(map(str, frame.columns))}")
    if frame.shape != _SHAPE:
        faults.append(f"there are {frame.shape[0]} rows and {frame.shape[1]} columns")
    if "arrest" in frame and frame["arrest"].sum() != _EVENTS:
        faults.append(f"there are {frame['arrest'].sum()} arrests")
    if faults:
        raise ImportFailedError(
            f"The recidivism data of the installed lifelines are not those known here: "
            f"{'; '.join(faults)}. Known: {_SHAPE[0]} rows, columns {', '.join(_COLUMNS)}, "
            f"{_EVENTS} arrests."
        )
    columns = TimeColumns(exit="week", event="arrest", group="fin", covariates=tuple(_LABELS))
    return time_records(frame, columns, name=RECIDIVISM, origin="published")


def _read_library_file() -> pd.DataFrame:
    """Read the table of the library, which takes a hundredth of the time that its import takes."""
    found = find_spec("lifelines")
    folders = () if found is None else found.submodule_search_locations or ()
    for folder in folders:
        path = Path(folder) / "datasets" / "rossi.csv"
        if path.is_file():
            return pd.read_csv(path)
    raise ImportFailedError(
        "The installed lifelines has no file 'datasets/rossi.csv', from which the recidivism data "
        "are read. Install it anew: pip install lifelines"
    )


def _recidivism(study: Study) -> FamiliarTimes | Unavailable:
    records = load_recidivism()
    found = describe_times(
        records,
        horizon=_WEEKS,
        words=TimeWords(
            title="Time to arrest after release",
            event="first arrest",
            time_unit="weeks",
            record="released men",
            origin="release from prison",
            groups={"0": "No financial aid", "1": "Financial aid"},
            covariates=_LABELS,
            attribution=_ATTRIBUTION,
        ),
        conf_level=study.escape.conf_level,
        min_at_risk=study.escape.min_at_risk,
        period=_PERIOD,
        study=study,
    )
    if isinstance(found, Unavailable):
        return found
    rate = _piecewise(records, study)
    notes = (*_NOTES, *found.notes)
    if isinstance(rate, Unavailable):
        return replace(found, refused=(*found.refused, rate), notes=notes)
    return replace(found, models=(*found.models, rate), notes=(*notes, _rate_note(found)))


def _piecewise(records: TimeRecords, study: Study) -> TimeModel | Unavailable:
    """Fit the model of the primary analysis of escape attempts."""
    label = "Piecewise-constant rate, quarters of the year"
    who = np.arange(records.n)
    rows = risk_rows(who, records.start, records.time, cluster=who, covariates=records.covariates)
    when = records.time[records.event]
    fit = fit_piecewise_rate(rows, event_intervals(who[records.event], when, when), cuts=_CUTS)
    if isinstance(fit, Refusal):
        return Unavailable(what=label, why=fit.why)
    terms = _rate_terms(fit, records, study)
    if isinstance(terms, str):
        return Unavailable(what=label, why=terms)
    pieces = len(fit.rates)
    return TimeModel(
        model="piecewise_rate",
        label=label,
        scale="hazard_ratio",
        terms=terms,
        n_records=records.n,
        n_events=fit.n_events,
        loglik=fit.log_likelihood,
        aic=2.0 * (pieces + len(terms)) - 2.0 * fit.log_likelihood,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Coefficients:
    """Log rate ratios with normal limits, as `model_terms` takes them."""

    coef: FloatArray
    std_error: FloatArray
    p_value: FloatArray
    conf_low: FloatArray
    conf_high: FloatArray


def _rate_terms(
    fit: PiecewiseRate, records: TimeRecords, study: Study
) -> tuple[ModelTerm, ...] | str:
    coef, error = fit.coefficients, fit.std_error[len(fit.rates) :]
    reach = normal_quantile(study.escape.conf_level) * error
    held = _Coefficients(
        coef=coef,
        std_error=error,
        p_value=np.asarray(2.0 * special.ndtr(-np.abs(coef / error))),
        conf_low=coef - reach,
        conf_high=coef + reach,
    )
    names = records.covariate_names
    return model_terms(held, names, tuple(_LABELS[name] for name in names))


def _rate_note(found: FamiliarTimes) -> Note:
    """Put the rate, which the primary analysis of escape attempts reports, beside the hazard."""
    parts = [
        f"{group.label}: {group.n_events} arrests in {group.time_at_risk:,.0f} weeks, "
        f"{_WEEKS * group.rate:.3f} per 52 weeks at risk (cumulative hazard at 52 weeks "
        f"{group.cumulative_hazard:.3f})"
        for group in found.groups
        if group.rate is not None and group.cumulative_hazard is not None
    ]
    return Note(
        "rate",
        "The rate, events over time at risk, is what the analysis of escape attempts reports, and "
        f"it is close to the cumulative hazard where that rises evenly. {'; '.join(parts)}.",
    )


_ATTRIBUTION = (
    "Rossi, P. H., Berk, R. A. and Lenihan, K. J. (1980). Money, Work, and Crime: Experimental "
    "Evidence. New York: Academic Press. Data as shipped with the Python library lifelines."
)
_NOTES = (
    Note(
        "real_data",
        "These are records of real persons, published without names: 432 men released from prisons "
        "in Maryland and followed for 52 weeks. Half were given financial aid by lot.",
    ),
    Note(
        "race_left_out",
        "The data also hold race in two groups. It is left out here: the question is about aid, "
        "and the label would invite readings that it cannot carry. Published analyses that include "
        "it have slightly different ratios.",
    ),
    Note(
        "not_like_the_chapter",
        "Police files on a dozen investigations are different. Here everybody is observed from the "
        "origin, so nobody enters late. There is one kind of event, and nothing competes with it. "
        "Each man is a case of his own: no few, unequal cases. Weeks are known, not intervals of "
        "dates. Only the first arrest counts, so nothing recurs.",
    ),
)

#: The open data, by name.
OPEN_DATA: Mapping[str, Callable[[Study], FamiliarTimes | Unavailable]] = MappingProxyType(
    {"recidivism": _recidivism}
)
