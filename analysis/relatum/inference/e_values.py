"""E-values: how strong an unrecorded factor must be to account for an association."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from relatum.inference.common import Refusal

__all__ = ["EValue", "RatioMeasure", "bias_factor", "e_value"]

RatioMeasure = Literal["risk ratio", "odds ratio", "hazard ratio"]
WHAT = "E-value"


@dataclass(frozen=True, slots=True, kw_only=True)
class EValue:
    """Smallest confounding that could account for an association.

    Attributes
    ----------
    estimate : float
        E-value of the estimate: the risk ratio by which an unrecorded factor would have to go with
        both the exposure and the outcome, beyond what is adjusted for. 1 says that none is needed;
        it is infinite for a ratio of 0 or infinity.
    limit : float or None
        E-value of the limit that is nearer to 1; 1 where the interval holds 1. None without
        limits.
    risk_ratio : float
        The estimate as a risk ratio.
    risk_ratio_limit : float or None
        That limit as a risk ratio.
    measure : {"risk ratio", "odds ratio", "hazard ratio"}
    rare : bool
    """

    estimate: float
    limit: float | None
    risk_ratio: float
    risk_ratio_limit: float | None
    measure: RatioMeasure
    rare: bool


def e_value(
    ratio: float,
    *,
    conf_low: float | None = None,
    conf_high: float | None = None,
    measure: RatioMeasure = "risk ratio",
    rare: bool = False,
) -> EValue | Refusal:
    """Say how strong an unrecorded factor must be to account for a ratio.

    Parameters
    ----------
    ratio : float
        Not logged; adjusted or not.
    conf_low, conf_high : float, optional
        Its limits, both or none; a limit may be 0 or infinite.
    measure : {"risk ratio", "odds ratio", "hazard ratio"}
    rare : bool, default False
        Whether fewer than about 15% have the outcome by the end of follow-up. Then odds and hazard
        ratios stand for risk ratios. It does not matter for a risk ratio.

    Returns
    -------
    EValue or Refusal
        A refusal for a ratio that is not a number.

    Raises
    ------
    ValueError
        For a negative ratio, an unknown measure, one limit without the other, or limits that do
        not lie on the two sides of the ratio.

    Notes
    -----
    For a risk ratio R of 1 or more, R + sqrt(R (R - 1)); for one below 1, that of 1 / R
    (VanderWeele and Ding 2017, doi:10.7326/M16-2607). Where the outcome is common, an odds ratio is
    first replaced by its square root, a hazard ratio H by
    (1 - 0.5^sqrt(H)) / (1 - 0.5^sqrt(1 / H)). The E-value speaks of confounding only: not of
    selection into the sample, nor of what the files do not say. A large one is no evidence that
    such a factor is absent.

    Examples
    --------
    >>> found = e_value(3.9, conf_low=1.8, conf_high=8.7)
    >>> round(found.estimate, 2), round(found.limit, 2)
    (7.26, 3.0)
    """
    faults = _faults(ratio, conf_low, conf_high, measure)
    if faults:
        raise ValueError(" ".join(faults))
    if math.isnan(ratio) or any(v is not None and math.isnan(v) for v in (conf_low, conf_high)):
        return Refusal(WHAT, "the ratio or a limit is not a number")
    risk = _as_risk_ratio(ratio, measure, rare)
    nearer = None
    if conf_low is not None and conf_high is not None:
        edge = conf_low if ratio >= 1.0 else conf_high
        held = conf_low <= 1.0 <= conf_high
        nearer = 1.0 if held else _as_risk_ratio(edge, measure, rare)
    return EValue(
        estimate=_needed(risk),
        limit=None if nearer is None else _needed(nearer),
        risk_ratio=risk,
        risk_ratio_limit=nearer,
        measure=measure,
        rare=rare,
    )


def bias_factor(with_exposure: float, with_outcome: float) -> float:
    """Largest factor by which an unrecorded factor can move a risk ratio.

    Parameters
    ----------
    with_exposure : float
        Risk ratio, 1 or more: how much more frequent some level of the factor is with the exposure
        than without.
    with_outcome : float
        Risk ratio, 1 or more: how much more frequent the outcome is at one level of the factor
        than at another, at most over both exposures.

    Returns
    -------
    float
        Divide a risk ratio above 1 by it, or multiply one below 1.

    Raises
    ------
    ValueError
        For a ratio below 1 or not finite.

    Notes
    -----
    a b / (a + b - 1) (VanderWeele and Ding 2017, doi:10.7326/M16-2607). The E-value is the a = b at
    which it equals the risk ratio.

    Examples
    --------
    >>> bias_factor(2.0, 3.0)
    1.5
    """
    if not all(1.0 <= value < math.inf for value in (with_exposure, with_outcome)):
        raise ValueError("both risk ratios must be finite and 1 or more; turn smaller ones over.")
    return with_exposure * with_outcome / (with_exposure + with_outcome - 1.0)


def _faults(
    ratio: float, low: float | None, high: float | None, measure: RatioMeasure
) -> list[str]:
    faults = []
    allowed = get_args(RatioMeasure)
    if measure not in allowed:
        faults.append(f"measure must be one of {', '.join(allowed)}, not {measure!r}.")
    if any(v is not None and v < 0 for v in (ratio, low, high)):
        faults.append("ratios must not be negative; give them on their own scale, not as logs.")
    if (low is None) != (high is None):
        faults.append("give both limits or none.")
    if low is not None and high is not None and (low > ratio or ratio > high):
        faults.append("the ratio must lie between its limits.")
    return faults


def _as_risk_ratio(ratio: float, measure: RatioMeasure, rare: bool) -> float:
    if rare or measure == "risk ratio":
        return ratio
    if measure == "odds ratio":
        return math.sqrt(ratio)
    if ratio == 0 or math.isinf(ratio):
        return ratio
    root = math.sqrt(ratio)
    return math.expm1(-math.log(2.0) * root) / math.expm1(-math.log(2.0) / root)


def _needed(risk_ratio: float) -> float:
    if risk_ratio == 0 or math.isinf(risk_ratio):
        return math.inf
    above = max(risk_ratio, 1.0 / risk_ratio)
    return above + math.sqrt(above * (above - 1.0))
