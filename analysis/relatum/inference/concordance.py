"""How often the row with the earlier event has the higher predicted hazard."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relatum.inference.clusters import index_clusters
from relatum.inference.common import FloatArray, Refusal
from relatum.inference.cox import CoxFit
from relatum.inference.cox_rows import CoxRows, plan_cox
from relatum.inference.cox_sums import sum_rows

__all__ = ["Concordance", "cox_concordance"]

WHAT = "concordance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Concordance:
    """Share of pairs in which the earlier event has the higher predicted hazard.

    Attributes
    ----------
    estimate : float
        Half of the pairs with equal predictions count.
    std_error : float
        By the infinitesimal jackknife; the coefficients are taken as fixed.
    concordant, discordant, tied : float
        Weights of the pairs; without weights, their numbers.
    """

    estimate: float
    std_error: float
    concordant: float
    discordant: float
    tied: float


def cox_concordance(
    rows: CoxRows, fit: CoxFit, *, cluster: npt.ArrayLike | None = None
) -> Concordance | Refusal:
    """Compare predicted hazards with the order of events.

    Parameters
    ----------
    rows : CoxRows
        The rows of the fit.
    fit : CoxFit
    cluster : array_like, shape (n,), optional
        Cluster of each row; it makes the error robust to dependence within clusters.

    Returns
    -------
    Concordance or Refusal
        A refusal when no two rows can be compared.

    Raises
    ------
    ValueError
        For another number of cluster labels than rows.

    Notes
    -----
    A pair is a row with an event at t and one at risk at t that ends later, or is censored at t, in
    the same stratum (Harrell and others 1982, doi:10.1001/jama.1982.03320430047030). Predictions
    and outcomes are of the same rows, so it flatters the model.

    Examples
    --------
    >>> from relatum.inference.cox import cox_regression
    >>> rows = CoxRows(
    ...     time=np.array([2.0, 3.0, 3.0, 5.0, 6.0, 8.0]),
    ...     event=np.array([1, 1, 0, 1, 1, 0]),
    ...     covariates=np.array([1.0, 0.0, 1.0, 1.0, 0.0, 0.0]),
    ... )
    >>> found = cox_concordance(rows, cox_regression(rows))
    >>> found.concordant, found.discordant, found.tied
    (5.0, 2.0, 5.0)
    """
    from relatum.inference.concordance_kernels import count_pairs

    plan = plan_cox(rows, what=WHAT)
    if isinstance(plan, Refusal):
        return plan
    n = len(rows.time)
    codes = np.arange(n) if cluster is None else index_clusters(cluster).codes
    if len(codes) != n:
        raise ValueError(f"cluster has {len(codes)} values, but there are {n} rows.")
    eta = _predict(rows, fit.coef)
    rank = np.unique(eta, return_inverse=True)[1].reshape(-1)[plan.order] + 1
    pairs = np.empty((n, 3))
    count_pairs(
        rank.astype(np.int64),
        plan.weights,
        plan.time,
        plan.entry,
        plan.event,
        plan.by_entry,
        plan.starts,
        pairs,
    )
    concordant, discordant, tied = (plan.weights @ pairs / 2.0).tolist()
    total = concordant + discordant + tied
    if total <= 0.0:
        return Refusal(WHAT, "no row is at risk at the event of another")
    somers = (concordant - discordant) / total
    change = plan.weights * (pairs[:, 0] - pairs[:, 1] - somers * pairs.sum(axis=1)) / total
    influence = sum_rows(change[:, None], codes[plan.order])
    return Concordance(
        estimate=(somers + 1.0) / 2.0,
        std_error=float(np.sqrt((influence**2).sum()) / 2.0),
        concordant=concordant,
        discordant=discordant,
        tied=tied,
    )


def _predict(rows: CoxRows, coef: FloatArray) -> FloatArray:
    """Linear predictors, the same to the last digit for rows with the same covariates."""
    eta = np.zeros(len(rows.time)) if rows.offset is None else rows.offset.copy()
    for column, value in zip(rows.covariates.T, coef.tolist(), strict=True):
        eta += column * value
    return eta
