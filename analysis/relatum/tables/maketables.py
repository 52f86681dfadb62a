"""Regression results in the form that maketables asks of models, without that package."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import pandas as pd

from relatum.errors import UsageError
from relatum.release import Released
from relatum.release.content import content
from relatum.results.base import Unavailable
from relatum.results.familiar_times import FamiliarTimes, ModelTerm, TimeModel
from relatum.results.retraction_contrasts import PenalisedTerm, RetractionContrasts
from relatum.tables.pair_words import upper_first
from relatum.tables.reporting_words import SILENCE_WORDS

__all__ = ["CoefficientTable", "Coefficients", "regression_tables"]

_SCALES = {
    "hazard_ratio": "log hazard ratio",
    "subdistribution_hazard_ratio": "log subdistribution hazard ratio",
    "time_ratio": "log time ratio",
    "odds_ratio": "log odds ratio",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Coefficients:
    """One coefficient of a model.

    Attributes
    ----------
    label : str
        The term in words.
    estimate : float
        On the scale of the linear predictor, so that zero means no difference.
    std_error, p_value, conf_low, conf_high : float or None
        None where the method gives none; a limit that is not reached is none too.
    """

    label: str
    estimate: float
    std_error: float | None
    p_value: float | None
    conf_low: float | None
    conf_high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CoefficientTable:
    """A fitted model as the plug-in protocol of maketables reads it.

    Any program that follows the protocol can lay it out beside other models. This package does not
    import maketables.

    Attributes
    ----------
    name : str
        The model in words.
    outcome : str
        What is modelled.
    scale : str
        The scale of the coefficients, in words.
    terms : tuple of Coefficients
    numbers : mapping of str to int, float or str
        What is printed under the coefficients; ``N`` is the number of rows.
    labels : mapping of str to str
        Words for those of `numbers` that have no usual name.
    cluster : str
        What rows are clustered by; empty where they are taken as independent.

    Examples
    --------
    >>> term = Coefficients(label="Aid", estimate=-0.4, std_error=0.2, p_value=0.05,
    ...                     conf_low=-0.8, conf_high=None)
    >>> table = CoefficientTable(name="Cox", outcome="first arrest", scale="log hazard ratio",
    ...                          terms=(term,), numbers={"N": 432}, labels={}, cluster="")
    >>> table.__maketables_coef_table__.loc["Aid", "b"].item()
    -0.4
    >>> table.__maketables_stat__("N")
    432
    """

    name: str
    outcome: str
    scale: str
    terms: tuple[Coefficients, ...]
    numbers: Mapping[str, int | float | str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    cluster: str = ""

    @property
    def __maketables_coef_table__(self) -> pd.DataFrame:
        """One row per term: ``b``, ``se``, ``t``, ``p``, ``ci95l``, ``ci95u``."""
        return pd.DataFrame(
            {
                "b": [one.estimate for one in self.terms],
                "se": [_number(one.std_error) for one in self.terms],
                "t": [_statistic(one) for one in self.terms],
                "p": [_number(one.p_value) for one in self.terms],
                "ci95l": [_number(one.conf_low) for one in self.terms],
                "ci95u": [_number(one.conf_high) for one in self.terms],
            },
            index=pd.Index([one.label for one in self.terms], name="Coefficient"),
            dtype="float64",
        )

    def __maketables_stat__(self, key: str) -> int | float | str | None:
        """Return a number of the model; None where it has none of that name."""
        return self.numbers.get(key)

    @property
    def __maketables_depvar__(self) -> str:
        """What is modelled."""
        return self.outcome

    @property
    def __maketables_fixef_string__(self) -> str | None:
        """There are no fixed effects."""
        return None

    @property
    def __maketables_vcov_info__(self) -> Mapping[str, str | None]:
        """How the errors were computed."""
        kind = "cluster-robust" if self.cluster else "model"
        return {"vcov_type": kind, "clustervar": self.cluster or None}

    @property
    def __maketables_stat_labels__(self) -> Mapping[str, str]:
        """Words for the numbers of the model."""
        return dict(self.labels)

    @property
    def __maketables_default_stat_keys__(self) -> list[str]:
        """The numbers that are printed if nothing else is asked for."""
        return list(self.numbers)


def _number(value: float | None) -> float:
    # A table of numbers has no other mark for what is not there; the protocol asks for NaN.
    return math.nan if value is None else value


def _statistic(one: Coefficients) -> float:
    return one.estimate / one.std_error if one.std_error else math.nan


def regression_tables(released: Released) -> tuple[CoefficientTable, ...]:
    """Return the regressions of a released result for programs that lay out models.

    Parameters
    ----------
    released : Released
        A `FamiliarTimes` or a `RetractionContrasts` with 95% limits.

    Returns
    -------
    tuple of CoefficientTable
        One per model; empty where nothing was fitted.

    Raises
    ------
    UsageError
        If the result holds no regression, or its limits are of another level: the columns of the
        protocol are named for 95%.
    """
    if isinstance(released.result, FamiliarTimes):
        found = content(released, FamiliarTimes)
        _check_level(found.conf_level)
        return tuple(_time_table(model, found) for model in found.models)
    if isinstance(released.result, RetractionContrasts):
        contrasts = content(released, RetractionContrasts)
        _check_level(contrasts.conf_level)
        return tuple(_penalised_tables(contrasts))
    msg = f"A result '{released.result.kind}' holds no regression."
    raise UsageError(msg)


def _check_level(level: float) -> None:
    if not math.isclose(level, 0.95):
        msg = f"The limits are of {level:.0%}; the protocol of maketables knows those of 95% only."
        raise UsageError(msg)


def _time_table(model: TimeModel, found: FamiliarTimes) -> CoefficientTable:
    numbers: dict[str, int | float | str] = {"N": model.n_records, "events": model.n_events}
    if model.n_clusters is not None:
        numbers["clusters"] = model.n_clusters
    fit = {"ll": model.loglik, "aic": model.aic, "c": model.concordance}
    numbers |= {name: value for name, value in fit.items() if value is not None}
    labels = {"events": "Events", "clusters": "Clusters", "c": "Concordance"}
    return CoefficientTable(
        name=model.label,
        outcome=found.event,
        scale=_SCALES.get(model.scale, model.scale.replace("_", " ")),
        terms=tuple(_time_term(term) for term in model.terms),
        numbers=MappingProxyType(numbers),
        labels=MappingProxyType({key: labels[key] for key in numbers if key in labels}),
        cluster="" if model.n_clusters is None else "investigation",
    )


def _time_term(term: ModelTerm) -> Coefficients:
    return Coefficients(
        label=upper_first(term.label),
        estimate=math.log(term.ratio),
        std_error=term.std_error,
        p_value=term.p_value,
        conf_low=_log(term.conf_low),
        conf_high=_log(term.conf_high),
    )


def _log(value: float | None) -> float | None:
    return math.log(value) if value is not None and value > 0 else None


def _penalised_tables(found: RetractionContrasts) -> Sequence[CoefficientTable]:
    """Give one model per reading of silence."""
    held: dict[str, list[PenalisedTerm]] = {}
    for one in found.penalised:
        if not isinstance(one, Unavailable):
            held.setdefault(one.coding, []).append(one)
    return [
        CoefficientTable(
            name=f"Firth, undocumented read as {SILENCE_WORDS.get(coding, coding).lower()}",
            outcome="Step back from a report",
            scale=_SCALES["odds_ratio"],
            terms=tuple(_penalised_term(term) for term in terms),
            numbers=MappingProxyType(
                {"N": found.n_reports, "events": found.n_stepped, "clusters": found.n_cases}
            ),
            labels=MappingProxyType({"events": "Steps back", "clusters": "Investigations"}),
        )
        for coding, terms in held.items()
    ]


def _penalised_term(term: PenalisedTerm) -> Coefficients:
    return Coefficients(
        label=upper_first(term.label),
        estimate=math.log(term.odds_ratio),
        std_error=None,
        p_value=term.p_value,
        conf_low=_log(term.conf_low),
        conf_high=_log(term.conf_high),
    )
