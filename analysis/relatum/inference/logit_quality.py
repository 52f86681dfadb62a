"""How well predicted probabilities describe what was recorded: a description, not a test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special, stats

from relatum.inference.common import (
    FloatArray,
    Interval,
    Refusal,
    as_vector,
    check_conf_level,
    find_non_finite,
    normal_quantile,
)
from relatum.inference.logit import logit_regression
from relatum.inference.logit_rows import LogitRows

__all__ = ["PredictionQuality", "concordance_of_outcomes", "describe_predictions"]

WHAT = "quality of predictions"
AUC = "concordance"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PredictionQuality:
    """Calibration and discrimination.

    Attributes
    ----------
    brier : float
        Mean squared distance of outcome and probability: 0 at best.
    brier_constant : float
        That of the mean outcome as prediction for all rows.
    calibration_constant : Interval or Refusal
        Log odds by which outcomes exceed predictions on average; 0 at best.
    calibration_slope : Interval or Refusal
        1 at best; below 1 where predictions are too extreme.
    concordance : Interval or Refusal
        Share of pairs of a row with and one without the outcome in which the former has the higher
        probability: the area under the ROC curve; .5 says nothing.
    n_rows, n_events : int
    """

    brier: float
    brier_constant: float
    calibration_constant: Interval | Refusal
    calibration_slope: Interval | Refusal
    concordance: Interval | Refusal
    n_rows: int
    n_events: int


def describe_predictions(
    outcome: npt.ArrayLike, predicted: npt.ArrayLike, *, conf_level: float = 0.95
) -> PredictionQuality | Refusal:
    """Describe the calibration and the discrimination of predicted probabilities.

    Parameters
    ----------
    outcome : array_like, shape (n,)
        1 and 0.
    predicted : array_like, shape (n,)
        Probabilities.
    conf_level : float, default 0.95

    Returns
    -------
    PredictionQuality or Refusal
        A refusal without rows, for values that are not finite, or an outcome that is the same in
        every row. Single measures are refusals where they are not defined.

    Raises
    ------
    ValueError
        For lengths that differ, outcomes other than 1 and 0, predictions outside 0 to 1, or a level
        that is not between 0 and 1.

    Notes
    -----
    Calibration (Cox 1958, doi:10.1093/biomet/45.3-4.562): logistic regression of the outcome on the
    logit of the prediction, for the constant with a slope of 1. Limits are profile ones. Rows are
    taken as independent. Predictions for the rows that a model was fitted to flatter it; those of
    maximum likelihood always have constant 0 and slope 1 there.

    Examples
    --------
    >>> found = describe_predictions([1, 0, 1, 1, 0, 0], [0.8, 0.3, 0.6, 0.4, 0.5, 0.2])
    >>> round(found.brier, 4), round(found.concordance.estimate, 4)
    (0.1567, 0.8889)
    """
    check_conf_level(conf_level)
    y = as_vector(outcome, name="outcome")
    share = as_vector(predicted, name="predicted", length=len(y))
    bad = find_non_finite(WHAT, {"outcomes": y, "predictions": share})
    if bad is not None:
        return bad
    if (share < 0).any() or (share > 1).any():
        raise ValueError("predicted must lie between 0 and 1.")
    if not np.isin(y, (0.0, 1.0)).all():
        raise ValueError("outcome must hold only 1 and 0.")
    if not len(y) or np.ptp(y) == 0:
        return Refusal(
            WHAT, "the outcome is the same in every row" if len(y) else "there is no row"
        )
    constant, slope = _calibrate(y, share, conf_level)
    return PredictionQuality(
        brier=float(((y - share) ** 2).mean()),
        brier_constant=float(y.mean() * (1.0 - y.mean())),
        calibration_constant=constant,
        calibration_slope=slope,
        concordance=concordance_of_outcomes(y, share, conf_level=conf_level),
        n_rows=len(y),
        n_events=int(y.sum()),
    )


def concordance_of_outcomes(
    outcome: npt.ArrayLike, score: npt.ArrayLike, *, conf_level: float = 0.95
) -> Interval | Refusal:
    """Share of pairs in which the row with the outcome has the higher score (area under the ROC).

    Parameters
    ----------
    outcome : array_like, shape (n,)
        1 and 0.
    score : array_like, shape (n,)
        In any unit. Pairs with equal scores count one half.
    conf_level : float, default 0.95

    Returns
    -------
    Interval or Refusal
        A refusal for values that are not finite, with fewer than two rows of either outcome, or
        where scores tell the outcomes apart, or say nothing, in every row alike: there is then no
        spread to make limits from.

    Raises
    ------
    ValueError
        For lengths that differ, outcomes other than 1 and 0, or a level that is not between 0
        and 1.

    Notes
    -----
    Limits by DeLong, DeLong and Clarke-Pearson 1988, doi:10.2307/2531595, from mid-ranks (Sun and
    Xu 2014, doi:10.1109/LSP.2014.2337313): normal ones, cut at 0 and 1. Rows are taken as
    independent.

    Examples
    --------
    >>> print(concordance_of_outcomes([1, 0, 1, 1, 0, 0], [0.8, 0.3, 0.6, 0.4, 0.5, 0.2]))
    0.889 (95% 0.581 to 1.000)
    """
    check_conf_level(conf_level)
    y = as_vector(outcome, name="outcome")
    values = as_vector(score, name="score", length=len(y))
    bad = find_non_finite(AUC, {"outcomes": y, "scores": values})
    if bad is not None:
        return bad
    if not np.isin(y, (0.0, 1.0)).all():
        raise ValueError("outcome must hold only 1 and 0.")
    with_it, without = values[y == 1.0], values[y == 0.0]
    if min(len(with_it), len(without)) < 2:
        return Refusal(AUC, "it needs two rows with and two without the outcome")
    above, below = _placements(with_it, without)
    estimate = float(above.mean())
    variance = float(above.var(ddof=1) / len(above) + below.var(ddof=1) / len(below))
    if variance <= 1e-20:
        return Refusal(AUC, f"it is {estimate:g} for every row alike, which leaves no limits")
    reach = normal_quantile(conf_level) * float(np.sqrt(variance))
    return Interval(
        estimate=estimate,
        conf_low=max(0.0, estimate - reach),
        conf_high=min(1.0, estimate + reach),
        conf_level=conf_level,
        method="DeLong",
    )


def _placements(with_it: FloatArray, without: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Share of the rows of the other outcome that each row stands on the right side of."""
    m, n = len(with_it), len(without)
    joint = stats.rankdata(np.concatenate([with_it, without]))
    above = (joint[:m] - stats.rankdata(with_it)) / n
    below = 1.0 - (joint[m:] - stats.rankdata(without)) / m
    return np.asarray(above, dtype=np.float64), np.asarray(below, dtype=np.float64)


def _calibrate(
    y: FloatArray, share: FloatArray, conf_level: float
) -> tuple[Interval | Refusal, Interval | Refusal]:
    names = ("calibration constant", "calibration slope")
    if ((share == 0.0) | (share == 1.0)).any():
        refusals = [Refusal(name, "a predicted probability is 0 or 1") for name in names]
        return refusals[0], refusals[1]
    log_odds: FloatArray = special.logit(share)
    alone = LogitRows(outcome=y, covariates=np.empty((len(y), 0)), offset=log_odds)
    sloped = LogitRows(outcome=y, covariates=log_odds, names=("the prediction",))
    return (
        _take(alone, 0, names[0], conf_level),
        _take(sloped, 1, names[1], conf_level),
    )


def _take(rows: LogitRows, column: int, name: str, conf_level: float) -> Interval | Refusal:
    fit = logit_regression(rows, conf_level=conf_level)
    if isinstance(fit, Refusal):
        return Refusal(name, fit.why)
    return Interval(
        estimate=float(fit.coef[column]),
        conf_low=float(fit.conf_low[column]),
        conf_high=float(fit.conf_high[column]),
        conf_level=conf_level,
        method="profile likelihood",
    )
