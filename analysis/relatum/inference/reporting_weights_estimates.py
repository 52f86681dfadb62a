"""Shares and differences of reporters, weighted to stand for all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relatum.inference.clusters import index_clusters
from relatum.inference.common import FloatArray, Interval, Refusal, as_vector, find_non_finite
from relatum.inference.reporting_weights import ReportingWeights
from relatum.inference.robust import RobustFit, RobustKind, cluster_robust

__all__ = ["WeightedDifference", "weighted_difference", "weighted_share"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightedDifference:
    """Weighted shares of exposed and unexposed reporters.

    Attributes
    ----------
    exposed, unexposed : float
    difference : Interval
        Exposed less unexposed.
    std_error, df, p_value : float
        Of the difference, between clusters.
    """

    exposed: float
    unexposed: float
    difference: Interval
    std_error: float
    df: float
    p_value: float


def weighted_share(
    outcome: npt.ArrayLike,
    weights: ReportingWeights,
    *,
    cluster: npt.ArrayLike,
    kind: RobustKind = "CR2",
    conf_level: float = 0.95,
) -> Interval | Refusal:
    """Estimate the share with an outcome as if all had reported.

    Parameters
    ----------
    outcome : array_like, shape (n,)
        0 and 1; not read without a report. Where it is not documented, run both codings.
    weights : ReportingWeights
    cluster : array_like, shape (n,)
        Case of each row.
    kind : {"CR2", "CR0", "CR1", "CR1S", "CR3", "jackknife"}
    conf_level : float, default 0.95

    Returns
    -------
    Interval or Refusal
        `n_effective` is the effective size of the weights. A refusal as `cluster_robust` gives one.

    Raises
    ------
    ValueError
        For lengths that differ, an unknown kind, or a level that is not between 0 and 1.

    Notes
    -----
    Hájek's ratio, the weighted mean. Errors take the weights as given, although they were fitted;
    for estimated probabilities that mostly widens the limits.

    Examples
    --------
    >>> from relatum.inference.reporting_weights import reporting_weights
    >>> found = reporting_weights(np.ones(12), np.tile([0.5, 0.8, 0.8], 4))
    >>> outcome = [1, 0, 1, 0, 0, 1, 1, 1, 0, 1, 0, 0]
    >>> round(weighted_share(outcome, found, cluster=np.repeat([1, 2, 3, 4], 3)).estimate, 3)
    0.542
    """
    fit = _fit(outcome, None, weights, cluster, kind, conf_level)
    return fit if isinstance(fit, Refusal) else _interval(fit, 0, weights)


def weighted_difference(
    outcome: npt.ArrayLike,
    exposed: npt.ArrayLike,
    weights: ReportingWeights,
    *,
    cluster: npt.ArrayLike,
    kind: RobustKind = "CR2",
    conf_level: float = 0.95,
) -> WeightedDifference | Refusal:
    """Estimate a difference of shares as if all had reported.

    Parameters
    ----------
    outcome : array_like, shape (n,)
        As in `weighted_share`.
    exposed : array_like, shape (n,)
        0 and 1.
    weights : ReportingWeights
    cluster : array_like, shape (n,)
    kind : {"CR2", "CR0", "CR1", "CR1S", "CR3", "jackknife"}
    conf_level : float, default 0.95

    Returns
    -------
    WeightedDifference or Refusal
        A refusal as `cluster_robust` gives one, and where all reporters have the same exposure.

    Raises
    ------
    ValueError
        As `weighted_share`, and for exposures other than 0 and 1.

    Notes
    -----
    Weighted least squares on the exposure. The weights are for reporting only: exposed and
    unexposed may differ in other respects, so the difference is descriptive.
    """
    d = as_vector(exposed, name="exposed", length=weights.n_rows)
    bad = find_non_finite("weighted difference", {"exposures": d})
    if bad is not None:
        return bad
    if not np.isin(d, (0.0, 1.0)).all():
        raise ValueError("exposed must be 0 or 1.")
    if np.ptp(d[weights.reported]) == 0:
        return Refusal("weighted difference", "all reporters have the same exposure")
    fit = _fit(outcome, d, weights, cluster, kind, conf_level)
    if isinstance(fit, Refusal):
        return fit
    return WeightedDifference(
        exposed=float(fit.coef.sum()),
        unexposed=float(fit.coef[0]),
        difference=_interval(fit, 1, weights),
        std_error=float(fit.std_error[1]),
        df=float(fit.df[1]),
        p_value=float(fit.p_value[1]),
    )


def _fit(
    outcome: npt.ArrayLike,
    exposed: FloatArray | None,
    weights: ReportingWeights,
    cluster: npt.ArrayLike,
    kind: RobustKind,
    conf_level: float,
) -> RobustFit | Refusal:
    kept, n = weights.reported, weights.n_rows
    y = as_vector(outcome, name="outcome", length=n)[kept]
    labels = index_clusters(cluster).codes
    as_vector(labels, name="cluster", length=n)
    if not np.isin(y[np.isfinite(y)], (0.0, 1.0)).all():
        raise ValueError("outcome must be 0 or 1 where there is a report.")
    columns = [np.ones(len(y))] + ([] if exposed is None else [exposed[kept]])
    return cluster_robust(
        y,
        np.column_stack(columns),
        labels[kept],
        kind=kind,
        weights=weights.weights[kept],
        conf_level=conf_level,
    )


def _interval(fit: RobustFit, place: int, weights: ReportingWeights) -> Interval:
    return Interval(
        estimate=float(fit.coef[place]),
        conf_low=float(fit.conf_low[place]),
        conf_high=float(fit.conf_high[place]),
        conf_level=fit.conf_level,
        method=f"weighted for reporting, {fit.kind}",
        n_effective=weights.effective_size,
    )
