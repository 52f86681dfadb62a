"""Weights that let those who reported stand for all, if the fitted chance of reporting is right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relatum.inference.clusters import index_clusters
from relatum.inference.common import (
    FloatArray,
    Refusal,
    as_matrix,
    as_vector,
    find_non_finite,
)

__all__ = [
    "CovariateBalance",
    "ReportingWeights",
    "covariate_balance",
    "reporting_weights",
]

WHAT = "weights for reporting"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReportingWeights:
    """Weights of those who reported.

    Attributes
    ----------
    weights : ndarray, shape (n,)
        0 without a report.
    reported : ndarray of bool, shape (n,)
    effective_size : float
        Kish's number of equally weighted reporters, (sum w)^2 / sum w^2.
    largest_share : float
        Of one reporter in the sum of the weights.
    mean : float
        Among reporters. Far from 1 with stabilised weights, the probabilities do not fit.
    trimmed_to : tuple of float or None
        Smallest and largest weight allowed.
    n_trimmed : int
    least_probability : float
        Smallest fitted probability of anyone.
    n_unlike : int
        People without a report whose probability lies below that of every reporter: nobody stands
        for them.
    n_rows, n_reporters : int
    """

    weights: FloatArray
    reported: npt.NDArray[np.bool_]
    effective_size: float
    largest_share: float
    mean: float
    trimmed_to: tuple[float, float] | None
    n_trimmed: int
    least_probability: float
    n_unlike: int
    n_rows: int
    n_reporters: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CovariateBalance:
    """How far reporters are from all in one covariate.

    Attributes
    ----------
    name : str
    mean_all : float
    before, after : float or Refusal
        Mean of reporters, unweighted and weighted, less the mean of all, in standard deviations of
        all. A refusal for a covariate that does not vary.
    """

    name: str
    mean_all: float
    before: float | Refusal
    after: float | Refusal


def reporting_weights(
    reported: npt.ArrayLike,
    probability: npt.ArrayLike,
    *,
    group: npt.ArrayLike | None = None,
    stabilise: bool = True,
    percentiles: tuple[float, float] | None = None,
    bounds: tuple[float, float] | None = None,
    least_allowed: float = 1e-6,
) -> ReportingWeights | Refusal:
    """Weigh each reporter by one over the fitted probability of a report.

    Parameters
    ----------
    reported : array_like, shape (n,)
        0 and 1.
    probability : array_like, shape (n,)
        Of a report, fitted for everyone; by Firth's logit where reports are few.
    group : array_like, shape (n,), optional
        An exposure. Weights are then stabilised within its groups, each of which needs a reporter.
    stabilise : bool, default True
        Multiply by the share that reported, in the group or in all.
    percentiles : tuple of float, optional
        Weights are cut to these percentiles of the reporters' weights, such as (1, 99).
    bounds : tuple of float, optional
        Weights are cut to this range instead.
    least_allowed : float, default 1e-6
        Smallest probability that is not refused.

    Returns
    -------
    ReportingWeights or Refusal
        A refusal without a reporter (in all or in a group), for values that are not finite, and for
        probabilities below `least_allowed`, of anyone: nobody can stand for who cannot report.

    Raises
    ------
    ValueError
        For lengths that differ, reports other than 0 and 1, probabilities outside 0 to 1, both
        ways to trim at once, and a range that is out of order.

    Notes
    -----
    Horvitz and Thompson (1952, doi:10.1080/01621459.1952.10483446); stabilised and truncated as in
    Cole and Hernán (2008, doi:10.1093/aje/kwn164). Assumes that given the covariates in the
    probability a report does not depend on the outcome, which for retractions is hardly so: a
    sensitivity analysis, beside the bounds. Trimming trades bias for spread.

    Examples
    --------
    >>> found = reporting_weights([1, 1, 1, 0], [0.5, 0.75, 1.0, 0.5])
    >>> found.weights.round(3), round(found.effective_size, 2)
    (array([1.5 , 1.  , 0.75, 0.  ]), 2.77)
    """
    s = as_vector(reported, name="reported")
    p = as_vector(probability, name="probability", length=len(s))
    faults = _faults(s, p, percentiles, bounds)
    if faults:
        raise ValueError(" ".join(faults))
    bad = find_non_finite(WHAT, {"reports": s, "probabilities": p})
    if bad is not None:
        return bad
    share = _shares(s, group)
    if isinstance(share, Refusal):
        return share
    low = int((p < least_allowed).sum())
    if low:
        people = "1 person has" if low == 1 else f"{low} people have"
        return Refusal(WHAT, f"{people} a fitted probability below {least_allowed:g}")
    kept = s == 1
    raw = (share if stabilise else np.ones(len(s)))[kept] / p[kept]
    if percentiles is not None:
        least, most = np.percentile(raw, percentiles).tolist()
        bounds = (least, most)
    cut = raw if bounds is None else np.clip(raw, *bounds)
    weights = np.zeros(len(s))
    weights[kept] = cut
    return ReportingWeights(
        weights=weights,
        reported=kept,
        effective_size=float(cut.sum() ** 2 / (cut**2).sum()),
        largest_share=float(cut.max() / cut.sum()),
        mean=float(cut.mean()),
        trimmed_to=bounds,
        n_trimmed=int((cut != raw).sum()),
        least_probability=float(p.min()),
        n_unlike=int((p[~kept] < p[kept].min()).sum()),
        n_rows=len(s),
        n_reporters=int(kept.sum()),
    )


def _faults(
    s: FloatArray,
    p: FloatArray,
    percentiles: tuple[float, float] | None,
    bounds: tuple[float, float] | None,
) -> list[str]:
    faults = []
    if not np.isin(s[np.isfinite(s)], (0.0, 1.0)).all():
        faults.append("reported must be 0 or 1.")
    if ((p < 0) | (p > 1)).any():
        faults.append("probability must lie between 0 and 1.")
    if percentiles is not None and bounds is not None:
        faults.append("trim at percentiles or at bounds, not at both.")
    if percentiles is not None and not 0 <= percentiles[0] < percentiles[1] <= 100:
        faults.append("percentiles must rise and lie between 0 and 100; try (1, 99).")
    if bounds is not None and not 0 < bounds[0] < bounds[1]:
        faults.append("bounds must rise and be above 0; try (0.1, 10).")
    return faults


def _shares(s: FloatArray, group: npt.ArrayLike | None) -> FloatArray | Refusal:
    """Share that reported, in the group of each row."""
    groups = index_clusters(np.zeros(len(s)) if group is None else group)
    as_vector(groups.codes, name="group", length=len(s))
    reporters = np.bincount(groups.codes, weights=s, minlength=groups.n_clusters)
    if not len(s) or not reporters.any():
        return Refusal(WHAT, "nobody reported")
    if not reporters.all():
        return Refusal(WHAT, "in one of the groups nobody reported")
    return np.asarray((reporters / groups.sizes)[groups.codes], dtype=np.float64)


def covariate_balance(
    covariates: npt.ArrayLike, weights: ReportingWeights, *, names: Sequence[str] = ()
) -> tuple[CovariateBalance, ...] | Refusal:
    """Compare reporters with all, before and after weighting.

    Parameters
    ----------
    covariates : array_like, shape (n, k)
        Of everyone, those without a report too.
    weights : ReportingWeights
    names : sequence of str, length k, optional
        By default "covariate 1" and so on.

    Returns
    -------
    tuple of CovariateBalance or Refusal
        A refusal for values that are not finite.

    Raises
    ------
    ValueError
        For another number of rows than weights, or of names than covariates.

    Examples
    --------
    >>> found = reporting_weights([1, 1, 1, 0], [0.5, 1.0, 1.0, 0.5])
    >>> (line,) = covariate_balance([1, 0, 0, 1], found, names=["arrest"])
    >>> round(line.before, 3), round(line.after, 3)
    (-0.333, 0.0)
    """
    x = as_matrix(covariates, name="covariates", length=weights.n_rows)
    labels = tuple(names) or tuple(f"covariate {j + 1}" for j in range(x.shape[1]))
    if len(labels) != x.shape[1]:
        raise ValueError(f"{len(labels)} names for {x.shape[1]} covariates.")
    bad = find_non_finite("balance of covariates", {"covariates": x})
    if bad is not None:
        return bad
    return tuple(_line(name, column, weights) for name, column in zip(labels, x.T, strict=True))


def _line(name: str, column: FloatArray, weights: ReportingWeights) -> CovariateBalance:
    mean, spread = float(column.mean()), float(column.std())
    if spread <= 1e-12 * max(1.0, abs(mean)):
        still = Refusal(f"balance of {name}", "it does not vary")
        return CovariateBalance(name=name, mean_all=mean, before=still, after=still)
    plain = float(column[weights.reported].mean())
    weighted = float(np.average(column, weights=weights.weights))
    return CovariateBalance(
        name=name,
        mean_all=mean,
        before=(plain - mean) / spread,
        after=(weighted - mean) / spread,
    )
