"""Heckman's two-step estimate of a linear regression with selection."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from relatum.inference.common import FloatArray, Refusal, check_conf_level, normal_quantile
from relatum.inference.products import invert_information
from relatum.inference.selection_rows import (
    ProbitFit,
    SelectionRows,
    check_selection,
    inverse_mills,
    probit_regression,
)

__all__ = ["TwoStepFit", "heckman_two_step"]

WHAT = "Heckman two-step estimate"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TwoStepFit:
    """A regression among the selected, with a term for their selection.

    Attributes
    ----------
    selection : ProbitFit
    coef, std_error, statistic, p_value, conf_low, conf_high : ndarray, shape (k + 1,)
        Of the outcome equation; the last is that of the inverse Mills ratio, sigma times rho.
        Errors allow for the estimated ratio and the unequal spread that selection makes.
    vcov : ndarray, shape (k + 1, k + 1)
    sigma : float
    rho : float
        Last coefficient over sigma. Nothing keeps it between -1 and 1; outside, the model does not
        fit.
    n_exclusions : int
        As in `SelectionFit`.
    n_rows, n_selected : int
    conf_level : float
    """

    selection: ProbitFit
    coef: FloatArray
    std_error: FloatArray
    statistic: FloatArray
    p_value: FloatArray
    conf_low: FloatArray
    conf_high: FloatArray
    vcov: FloatArray
    sigma: float
    rho: float
    n_exclusions: int
    n_rows: int
    n_selected: int
    conf_level: float


def heckman_two_step(rows: SelectionRows, *, conf_level: float = 0.95) -> TwoStepFit | Refusal:
    """Regress the outcome of selected rows on covariates and on the inverse Mills ratio.

    Parameters
    ----------
    rows : SelectionRows
        Without clusters.
    conf_level : float, default 0.95

    Returns
    -------
    TwoStepFit or Refusal
        A refusal where nobody or everybody is selected, for values that are not finite, an outcome
        without variation, collinear covariates (also with the ratio), perfect prediction of
        selection, and an error that cannot be had.

    Raises
    ------
    ValueError
        For clusters, or a level that is not between 0 and 1.

    Notes
    -----
    The ratio m is normal density over distribution function at the probit's predictor a. With
    d = m (m + a) and c its coefficient, sigma^2 is the mean squared residual plus c^2 times the
    mean of d, and the variance of the coefficients
    (Z'Z)^-1 (Z' diag(sigma^2 - c^2 d) Z + c^2 Z'D W V W'D Z) (Z'Z)^-1, V being that of the probit
    (Heckman 1979, doi:10.2307/1912352). It asks less than maximum likelihood, and is less precise.

    Examples
    --------
    >>> rng = np.random.default_rng(4)
    >>> x, z, u = rng.normal(size=(3, 400))
    >>> rows = SelectionRows(
    ...     selected=0.3 + 0.5 * x + z + u > 0,
    ...     outcome=2.0 + x + u + rng.normal(size=400),
    ...     selection_design=np.column_stack([np.ones(400), x, z]),
    ...     outcome_design=np.column_stack([np.ones(400), x]),
    ... )
    >>> fit = heckman_two_step(rows)
    >>> bool(fit.conf_low[-1] < 1.0 < fit.conf_high[-1])
    True
    """
    check_conf_level(conf_level)
    if rows.cluster is not None:
        raise ValueError("the two-step estimate takes no clusters; use heckman_selection.")
    found = check_selection(rows, what=WHAT)
    if found is not None:
        return found
    first = probit_regression(rows.selected, rows.selection_design, conf_level=conf_level)
    if isinstance(first, Refusal):
        return Refusal(WHAT, f"for selection, {first.why}")
    kept = rows.chosen
    a, y = first.predictor[kept], rows.outcome[kept]
    mills = inverse_mills(a)
    z = np.column_stack([rows.outcome_design[kept], mills])
    if len(y) <= z.shape[1]:
        return Refusal(WHAT, f"{len(y)} selected rows are too few for {z.shape[1]} coefficients")
    inverse = invert_information(z.T @ z, what=WHAT)
    if isinstance(inverse, Refusal):
        return Refusal(WHAT, "the chance of selection follows from the covariates of the outcome")
    coef = inverse @ (z.T @ y)
    shrink = mills * (mills + a)
    sigma = float(np.sqrt(((y - z @ coef) ** 2).mean() + coef[-1] ** 2 * shrink.mean()))
    weighted = z * shrink[:, None]
    carried = weighted.T @ rows.selection_design[kept]
    spread = z.T @ (z * sigma**2) - coef[-1] ** 2 * (z.T @ weighted)
    meat = spread + coef[-1] ** 2 * carried @ first.vcov @ carried.T
    vcov = inverse @ meat @ inverse
    if sigma == 0.0 or not (np.diag(vcov) > 0).all():
        return Refusal(WHAT, "the spread among the selected does not fit the model")
    return _word(rows, first, coef, vcov, sigma, conf_level)


def _word(
    rows: SelectionRows,
    first: ProbitFit,
    coef: FloatArray,
    vcov: FloatArray,
    sigma: float,
    conf_level: float,
) -> TwoStepFit:
    error = np.sqrt(np.diag(vcov))
    reach = normal_quantile(conf_level) * error
    return TwoStepFit(
        selection=first,
        coef=coef,
        std_error=error,
        statistic=coef / error,
        p_value=np.asarray(2.0 * special.ndtr(-np.abs(coef / error)), dtype=np.float64),
        conf_low=coef - reach,
        conf_high=coef + reach,
        vcov=vcov,
        sigma=sigma,
        rho=float(coef[-1] / sigma),
        n_exclusions=rows.n_exclusions,
        n_rows=len(rows.selected),
        n_selected=int(rows.selected.sum()),
        conf_level=conf_level,
    )
