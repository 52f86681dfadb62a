"""Rows of a selection model, the words of its results, and the probit it starts from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from relatum.inference.clusters import index_clusters
from relatum.inference.common import (
    FloatArray,
    IntArray,
    Refusal,
    as_matrix,
    as_vector,
    check_conf_level,
    find_non_finite,
    normal_quantile,
)
from relatum.inference.cox_sums import sum_rows
from relatum.inference.products import invert_information
from relatum.inference.selection_newton import RowDerivatives, Summit, climb

__all__ = [
    "LikelihoodCoefficients",
    "LikelihoodErrors",
    "ProbitFit",
    "SelectionRows",
    "check_selection",
    "coefficients_of",
    "errors_of",
    "inverse_mills",
    "probit_regression",
    "probit_rows",
]

_LEAST_WEIGHT = 1e-10
PROBIT = "probit regression"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SelectionRows:
    """Rows of whom only some have an outcome.

    Attributes
    ----------
    selected : ndarray of bool, shape (n,)
        Whether the outcome can be known: whether a report was recorded, for its retraction.
    outcome : ndarray, shape (n,)
        Of the rows not selected it is not read and may be missing.
    selection_design : ndarray, shape (n, p)
        With a constant. It should hold something that goes with selection and not with the
        outcome.
    outcome_design : ndarray, shape (n, k)
        With a constant.
    cluster : array_like, shape (n,), optional
        For errors between clusters.

    Raises
    ------
    ValueError
        For lengths that differ, or selection other than true and false.
    """

    selected: FloatArray
    outcome: FloatArray
    selection_design: FloatArray
    outcome_design: FloatArray
    cluster: npt.ArrayLike | None = None

    def __post_init__(self) -> None:
        selected = as_vector(self.selected, name="selected")
        n = len(selected)
        if not np.isin(selected, (0.0, 1.0)).all():
            raise ValueError("selected must hold only true and false (1 and 0).")
        object.__setattr__(self, "selected", selected)
        object.__setattr__(self, "outcome", as_vector(self.outcome, name="outcome", length=n))
        for name in ("selection_design", "outcome_design"):
            object.__setattr__(self, name, as_matrix(getattr(self, name), name=name, length=n))
        if self.cluster is not None:
            labels = index_clusters(self.cluster)
            as_vector(labels.codes, name="cluster", length=n)
            object.__setattr__(self, "cluster", labels.codes)

    @property
    def chosen(self) -> npt.NDArray[np.bool_]:
        """Rows that are selected."""
        return np.asarray(self.selected == 1.0)

    @property
    def n_exclusions(self) -> int:
        """Dimensions of the selection design that the outcome design does not have."""
        both = np.column_stack([self.outcome_design, self.selection_design])
        return int(np.linalg.matrix_rank(both) - np.linalg.matrix_rank(self.outcome_design))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LikelihoodCoefficients:
    """Coefficients of one equation.

    Attributes
    ----------
    coef, std_error, statistic, p_value, conf_low, conf_high : ndarray, shape (k,)
        Errors are between clusters where clusters were given, else by the observed information.
    information_error, outer_error : ndarray, shape (k,)
        By the inverse of the negative Hessian, and by that of the outer product of the scores (as
        R's sampleSelection gives them for a binary outcome).
    conf_level : float
    """

    coef: FloatArray
    std_error: FloatArray
    statistic: FloatArray
    p_value: FloatArray
    conf_low: FloatArray
    conf_high: FloatArray
    information_error: FloatArray
    outer_error: FloatArray
    conf_level: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LikelihoodErrors:
    """Variances at a maximum.

    Attributes
    ----------
    vcov : ndarray, shape (p, p)
        Between clusters where there are any, else `information`.
    information, outer : ndarray, shape (p, p)
        Inverses of the negative Hessian and of the outer product of the scores.
    """

    vcov: FloatArray
    information: FloatArray
    outer: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ProbitFit:
    """A probit regression.

    Attributes
    ----------
    coefficients : LikelihoodCoefficients
    vcov : ndarray, shape (k, k)
    predictor : ndarray, shape (n,)
    loglik : float
    n_rows, n_events : int
    """

    coefficients: LikelihoodCoefficients
    vcov: FloatArray
    predictor: FloatArray
    loglik: float
    n_rows: int
    n_events: int


def inverse_mills(predictor: FloatArray) -> FloatArray:
    """Divide the normal density by its distribution function, also far out.

    Parameters
    ----------
    predictor : ndarray

    Returns
    -------
    ndarray
    """
    # scaled by its own decay the error function stays precise where both go to 0
    scaled = special.erfcx(-predictor / np.sqrt(2.0))
    return np.asarray(np.sqrt(2.0 / np.pi) / scaled, dtype=np.float64)


def probit_rows(event: FloatArray, predictor: FloatArray) -> RowDerivatives:
    """Differentiate a probit log-likelihood by its predictor.

    Parameters
    ----------
    event : ndarray, shape (n,)
        0 or 1.
    predictor : ndarray, shape (n,)

    Returns
    -------
    RowDerivatives
        With one predictor.
    """
    sign = 2.0 * event - 1.0
    mills = inverse_mills(sign * predictor)
    return RowDerivatives(
        loglik=np.asarray(special.log_ndtr(sign * predictor), dtype=np.float64),
        first=(sign * mills)[:, None],
        second=(-mills * (sign * predictor + mills))[:, None, None],
    )


def probit_regression(
    event: npt.ArrayLike,
    design: npt.ArrayLike,
    *,
    cluster: npt.ArrayLike | None = None,
    conf_level: float = 0.95,
) -> ProbitFit | Refusal:
    """Fit a probit model: which rows are selected.

    Parameters
    ----------
    event : array_like, shape (n,)
        0 and 1.
    design : array_like, shape (n, k)
        The whole design matrix, constant included.
    cluster : array_like, shape (n,), optional
    conf_level : float, default 0.95

    Returns
    -------
    ProbitFit or Refusal
        A refusal for an event that is the same in every row, values that are not finite, collinear
        covariates, a covariate that tells events apart, and one cluster.

    Raises
    ------
    ValueError
        For lengths that differ, events other than 0 and 1, or a level that is not between 0 and 1.

    Notes
    -----
    P(event) = Phi(x'b), Phi being the normal distribution function, by maximum likelihood.

    Examples
    --------
    >>> fit = probit_regression([1, 0, 0, 1], np.ones(4))
    >>> abs(float(fit.coefficients.coef[0])) < 1e-12, round(fit.loglik, 4)
    (True, -2.7726)
    """
    rows = SelectionRows(
        selected=np.asarray(event, dtype=np.float64),
        outcome=np.asarray(event, dtype=np.float64),
        selection_design=np.asarray(design, dtype=np.float64),
        outcome_design=np.ones(len(np.asarray(event))),
        cluster=cluster,
    )
    check_conf_level(conf_level)
    y, x = rows.selected, rows.selection_design
    bad = find_non_finite(PROBIT, {"covariates": x})
    if bad is not None:
        return bad
    if not len(y) or np.ptp(y) == 0:
        return Refusal(PROBIT, "the event is the same in every row")
    inverse = invert_information(x.T @ x, what=PROBIT)
    if isinstance(inverse, Refusal):
        return inverse
    top = climb(lambda eta: probit_rows(y, eta[:, 0]), [x], np.zeros(x.shape[1]))
    if top is None or _least_weight(top, inverse) < _LEAST_WEIGHT:
        return Refusal(PROBIT, "a covariate predicts the event perfectly in some rows")
    errors = errors_of(top, rows.cluster, what=PROBIT)
    if isinstance(errors, Refusal):
        return errors
    return ProbitFit(
        coefficients=coefficients_of(top, errors, slice(None), conf_level=conf_level),
        vcov=errors.vcov,
        predictor=x @ top.theta,
        loglik=top.loglik,
        n_rows=len(y),
        n_events=int(y.sum()),
    )


def _least_weight(top: Summit, inverse: FloatArray) -> float:
    """Least information in any direction, per row of a linear model."""
    root = np.linalg.cholesky(inverse)
    return float(np.linalg.eigvalsh(root.T @ -top.hessian @ root)[0])


def check_selection(rows: SelectionRows, *, what: str) -> Refusal | None:
    """Say why a selection model cannot be fitted, if so.

    Parameters
    ----------
    rows : SelectionRows
    what : str
        The name of the quantity, for a refusal.

    Returns
    -------
    Refusal or None
    """
    kept = rows.chosen
    bad = find_non_finite(
        what,
        {
            "covariates of selection": rows.selection_design,
            "covariates of the outcome": rows.outcome_design[kept],
            "outcomes of selected rows": rows.outcome[kept],
        },
    )
    if bad is not None:
        return bad
    if not kept.any() or kept.all():
        return Refusal(what, "no row is selected" if not kept.any() else "every row is selected")
    if np.ptp(rows.outcome[kept]) == 0:
        return Refusal(what, "the outcome is the same in every selected row")
    for design in (rows.selection_design, rows.outcome_design[kept]):
        inverse = invert_information(design.T @ design, what=what)
        if isinstance(inverse, Refusal):
            return inverse
    return None


def errors_of(top: Summit, codes: npt.ArrayLike | None, *, what: str) -> LikelihoodErrors | Refusal:
    """Variances of the parameters at a maximum.

    Parameters
    ----------
    top : Summit
    codes : array_like of int, shape (n,), or None
        Clusters.
    what : str
        The name of the quantity, for a refusal.

    Returns
    -------
    LikelihoodErrors or Refusal
        A refusal where the information cannot be inverted, and for one cluster.
    """
    information = invert_information(-top.hessian, what=what)
    outer = invert_information(top.scores.T @ top.scores, what=what)
    if isinstance(information, Refusal) or isinstance(outer, Refusal):
        return Refusal(what, "the rows do not tell the parameters apart")
    if codes is None:
        return LikelihoodErrors(vcov=information, information=information, outer=outer)
    labels: IntArray = np.asarray(codes, dtype=np.int64)
    if labels.max() == 0:
        return Refusal(what, "there is one cluster")
    sums = sum_rows(top.scores, labels)
    vcov = information @ (sums.T @ sums) @ information
    return LikelihoodErrors(vcov=vcov, information=information, outer=outer)


def coefficients_of(
    top: Summit, errors: LikelihoodErrors, which: slice, *, conf_level: float
) -> LikelihoodCoefficients:
    """Coefficients of one equation out of all parameters.

    Parameters
    ----------
    top : Summit
    errors : LikelihoodErrors
    which : slice
        Places of the coefficients.
    conf_level : float

    Returns
    -------
    LikelihoodCoefficients
    """
    coef = top.theta[which]
    error, observed, outer = (
        np.sqrt(np.diag(matrix))[which]
        for matrix in (errors.vcov, errors.information, errors.outer)
    )
    reach = normal_quantile(conf_level) * error
    return LikelihoodCoefficients(
        coef=coef,
        std_error=error,
        statistic=coef / error,
        p_value=np.asarray(2.0 * special.ndtr(-np.abs(coef / error)), dtype=np.float64),
        conf_low=coef - reach,
        conf_high=coef + reach,
        information_error=observed,
        outer_error=outer,
        conf_level=conf_level,
    )
