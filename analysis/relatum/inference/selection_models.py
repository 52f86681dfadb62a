"""Regression of an outcome that is known only for selected rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from relatum.inference.common import FloatArray, Refusal, check_conf_level, normal_quantile
from relatum.inference.cox import ChiSquare, chi_square
from relatum.inference.selection_derivatives import heckman_rows, probit_selection_rows
from relatum.inference.selection_newton import RowDerivatives, Summit, climb
from relatum.inference.selection_rows import (
    LikelihoodCoefficients,
    LikelihoodErrors,
    ProbitFit,
    SelectionRows,
    check_selection,
    coefficients_of,
    errors_of,
    probit_regression,
)

__all__ = ["Maximum", "SelectionFit", "heckman_selection", "probit_selection"]

PROBIT, HECKMAN = "probit with sample selection", "Heckman selection model"
_STARTS, _EDGE = (-0.7, 0.0, 0.7), 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Maximum:
    """One top of the likelihood.

    Attributes
    ----------
    rho, loglik : float
    """

    rho: float
    loglik: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SelectionFit:
    """Two equations whose unrecorded parts go together.

    Attributes
    ----------
    selection, outcome : LikelihoodCoefficients
        On the probit scale; for a continuous outcome, in its unit.
    rho : float
        Correlation of what the covariates leave open in the two equations.
    rho_error, rho_outer_error : float
        Errors like `std_error` and `outer_error`, by the delta method.
    rho_low, rho_high : float
        Limits, carried over from those of Fisher's z.
    sigma : float or None
        Standard deviation of a continuous outcome about its equation.
    sigma_error, sigma_outer_error : float or None
    vcov : ndarray, shape (p, p)
        Of selection, outcome, the logarithm of sigma where there is one, and Fisher's z of rho.
    independence : ChiSquare
        Likelihood-ratio test that rho is 0.
    loglik, loglik_independent : float
    maxima : tuple of Maximum
        Tops that were found, the highest first; the estimates are those of the first. More than
        one says that the shape of the outcome, not its covariates, decides on rho.
    n_exclusions : int
        Dimensions in which selection varies and the outcome equation does not. With 0 only the
        shape of the normal curve tells rho and the coefficients apart: do not use the fit.
    n_rows, n_selected : int
    conf_level : float
    """

    selection: LikelihoodCoefficients
    outcome: LikelihoodCoefficients
    rho: float
    rho_error: float
    rho_outer_error: float
    rho_low: float
    rho_high: float
    sigma: float | None
    sigma_error: float | None
    sigma_outer_error: float | None
    vcov: FloatArray
    independence: ChiSquare
    loglik: float
    loglik_independent: float
    maxima: tuple[Maximum, ...]
    n_exclusions: int
    n_rows: int
    n_selected: int
    conf_level: float


def probit_selection(
    rows: SelectionRows, *, conf_level: float = 0.95, rho_start: float | None = None
) -> SelectionFit | Refusal:
    """Fit a probit whose outcome is known for selected rows only.

    Parameters
    ----------
    rows : SelectionRows
        With an outcome of 0 and 1.
    conf_level : float, default 0.95
    rho_start : float, optional
        Climb from this correlation only; by default from -0.7, 0 and 0.7, for the highest top.

    Returns
    -------
    SelectionFit or Refusal
        A refusal where nobody or everybody is selected, for values that are not finite, an outcome
        without variation, collinear covariates, perfect prediction, one cluster, and where rho
        runs to -1 or 1 or no maximum was found.

    Raises
    ------
    ValueError
        For an outcome other than 0 and 1 in selected rows, a level that is not between 0 and 1, or
        a start that is not between -1 and 1.

    Notes
    -----
    Selection if w'g + u > 0, outcome 1 if x'b + v > 0, (u, v) normal with variances 1 and
    correlation rho (van de Ven and van Praag 1981, doi:10.1016/0304-4076(81)90028-2). All rests on
    that normality and on a covariate that goes with selection only. In files such a covariate
    hardly exists, and with few reports rho is hardly known: the bounds of `lee_bounds` ask less.

    Examples
    --------
    >>> rng = np.random.default_rng(4)
    >>> x, z = rng.normal(size=(2, 400))
    >>> u = rng.normal(size=400)
    >>> v = 0.5 * u + np.sqrt(0.75) * rng.normal(size=400)
    >>> rows = SelectionRows(
    ...     selected=0.3 + 0.5 * x + z + u > 0,
    ...     outcome=x + v > 0,
    ...     selection_design=np.column_stack([np.ones(400), x, z]),
    ...     outcome_design=np.column_stack([np.ones(400), x]),
    ... )
    >>> fit = probit_selection(rows)
    >>> fit.rho_low < 0.5 < fit.rho_high, fit.n_exclusions
    (True, 1)
    """
    starts = _check_call(conf_level, rho_start)
    kept = rows.chosen
    if not np.isin(rows.outcome[kept], (0.0, 1.0)).all() and np.isfinite(rows.outcome[kept]).all():
        raise ValueError("outcome must be 0 or 1 in selected rows.")
    first = _start(rows, PROBIT)
    if isinstance(first, Refusal):
        return first
    second = probit_regression(rows.outcome[kept], rows.outcome_design[kept])
    if isinstance(second, Refusal):
        return Refusal(PROBIT, f"among the selected, {second.why}")
    sign = np.where(kept, 2.0 * np.where(kept, rows.outcome, 0.0) - 1.0, 1.0)
    base = np.r_[first.coefficients.coef, second.coefficients.coef]
    one = np.ones((len(kept), 1))
    return _finish(
        rows,
        lambda eta: probit_selection_rows(kept, sign, eta),
        [rows.selection_design, rows.outcome_design, one],
        [np.r_[base, np.arctanh(rho)] for rho in starts],
        _Words(what=PROBIT, independent=first.loglik + second.loglik, level=conf_level),
    )


def heckman_selection(
    rows: SelectionRows, *, conf_level: float = 0.95, rho_start: float | None = None
) -> SelectionFit | Refusal:
    """Fit a linear regression whose outcome is known for selected rows only.

    Parameters
    ----------
    rows : SelectionRows
    conf_level : float, default 0.95
    rho_start : float, optional
        Climb from this correlation only; by default from -0.7, 0 and 0.7, for the highest top.

    Returns
    -------
    SelectionFit or Refusal
        A refusal as `probit_selection` gives one, and for an outcome that its covariates fit
        exactly.

    Raises
    ------
    ValueError
        For a level that is not between 0 and 1, or a start that is not between -1 and 1.

    Notes
    -----
    Selection if w'g + u > 0, outcome x'b + v, (u, v) normal with variances 1 and sigma^2 and
    correlation rho (Heckman 1979, doi:10.2307/1912352), by maximum likelihood. A skewed outcome can
    draw rho towards -1 or 1, and give the likelihood a second top there: see `maxima`. R's
    sampleSelection climbs from the two-step estimate (`heckman_two_step`) only.

    Examples
    --------
    >>> rng = np.random.default_rng(4)
    >>> x, z = rng.normal(size=(2, 400))
    >>> u = rng.normal(size=400)
    >>> rows = SelectionRows(
    ...     selected=0.3 + 0.5 * x + z + u > 0,
    ...     outcome=2.0 + x + u + rng.normal(size=400),
    ...     selection_design=np.column_stack([np.ones(400), x, z]),
    ...     outcome_design=np.column_stack([np.ones(400), x]),
    ... )
    >>> fit = heckman_selection(rows)
    >>> bool(fit.rho_low < np.sqrt(0.5) < fit.rho_high), len(fit.maxima)
    (True, 1)
    """
    starts = _check_call(conf_level, rho_start)
    first = _start(rows, HECKMAN)
    if isinstance(first, Refusal):
        return first
    kept = rows.chosen
    y, x = rows.outcome[kept], rows.outcome_design[kept]
    coef = np.linalg.lstsq(x, y, rcond=None)[0]
    spread = float(((y - x @ coef) ** 2).mean())
    if spread <= 1e-20 * float((y**2).mean()):
        return Refusal(HECKMAN, "the covariates fit the outcome exactly")
    log_sigma = 0.5 * np.log(spread)
    alone = -0.5 * len(y) * (np.log(2.0 * np.pi) + 1.0) - len(y) * log_sigma
    outcome = np.where(kept, rows.outcome, 0.0)
    one = np.ones((len(kept), 1))
    return _finish(
        rows,
        lambda eta: heckman_rows(kept, outcome, eta),
        [rows.selection_design, np.where(kept[:, None], rows.outcome_design, 0.0), one, one],
        [np.r_[first.coefficients.coef, coef, log_sigma, np.arctanh(rho)] for rho in starts],
        _Words(what=HECKMAN, independent=first.loglik + float(alone), level=conf_level),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    what: str
    independent: float
    level: float


def _check_call(conf_level: float, rho_start: float | None) -> tuple[float, ...]:
    check_conf_level(conf_level)
    if rho_start is None:
        return _STARTS
    if not -1.0 < rho_start < 1.0:
        raise ValueError(f"rho_start must lie between -1 and 1, not {rho_start!r}; try 0.")
    return (rho_start,)


def _start(rows: SelectionRows, what: str) -> ProbitFit | Refusal:
    found = check_selection(rows, what=what)
    if found is not None:
        return found
    first = probit_regression(rows.selected, rows.selection_design)
    return Refusal(what, f"for selection, {first.why}") if isinstance(first, Refusal) else first


def _finish(
    rows: SelectionRows,
    model: Callable[[FloatArray], RowDerivatives],
    designs: Sequence[FloatArray],
    starts: Sequence[FloatArray],
    words: _Words,
) -> SelectionFit | Refusal:
    """Climb from each start, and word the highest summit."""
    found = [top for start in starts if (top := climb(model, designs, start)) is not None]
    inside = [top for top in found if abs(top.theta[-1]) < _EDGE]
    if not inside:
        return Refusal(words.what, "the likelihood has no maximum; rho runs to -1 or 1")
    tops = sorted(inside, key=lambda top: -top.loglik)
    errors = errors_of(tops[0], rows.cluster, what=words.what)
    if isinstance(errors, Refusal):
        return errors
    return _word(rows, tops, errors, words)


def _maxima(tops: Sequence[Summit]) -> tuple[Maximum, ...]:
    """Tops without those that were reached twice."""
    found: list[Maximum] = []
    for top in tops:
        rho = float(np.tanh(top.theta[-1]))
        if all(abs(rho - other.rho) > 1e-5 for other in found):
            found.append(Maximum(rho=rho, loglik=top.loglik))
    return tuple(found)


def _word(
    rows: SelectionRows, tops: Sequence[Summit], errors: LikelihoodErrors, words: _Words
) -> SelectionFit:
    best = tops[0]
    p, k = rows.selection_design.shape[1], rows.outcome_design.shape[1]
    error, outer = (np.sqrt(np.diag(matrix)) for matrix in (errors.vcov, errors.outer))
    z = float(best.theta[-1])
    reach = normal_quantile(words.level) * float(error[-1])
    rho = float(np.tanh(z))
    sigma = float(np.exp(best.theta[-2])) if len(best.theta) > p + k + 1 else None
    return SelectionFit(
        selection=coefficients_of(best, errors, slice(0, p), conf_level=words.level),
        outcome=coefficients_of(best, errors, slice(p, p + k), conf_level=words.level),
        rho=rho,
        rho_error=float(error[-1]) * (1.0 - rho**2),
        rho_outer_error=float(outer[-1]) * (1.0 - rho**2),
        rho_low=float(np.tanh(z - reach)),
        rho_high=float(np.tanh(z + reach)),
        sigma=sigma,
        sigma_error=None if sigma is None else sigma * float(error[-2]),
        sigma_outer_error=None if sigma is None else sigma * float(outer[-2]),
        vcov=errors.vcov,
        independence=chi_square(2.0 * (best.loglik - words.independent), 1),
        loglik=best.loglik,
        loglik_independent=words.independent,
        maxima=_maxima(tops),
        n_exclusions=rows.n_exclusions,
        n_rows=len(rows.selected),
        n_selected=int(rows.selected.sum()),
        conf_level=words.level,
    )
