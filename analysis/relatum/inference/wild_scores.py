"""Score-based wild cluster bootstrap for logit and Poisson coefficients, with intervals."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from relatum.inference.common import FloatArray, Refusal, check_conf_level
from relatum.inference.fits import Family, FittedModel, fit_model
from relatum.inference.products import (
    ClusterProducts,
    RegressionInput,
    check_regression,
    cluster_products,
    invert_information,
)
from relatum.inference.wild_core import MAX_ENUMERATED, WildResult, sign_chunks

__all__ = ["walk_outwards", "wild_score_coefficient"]

WHAT = "score wild cluster bootstrap"
FIRST_STEP = 1.0 / 8.0
GROWTH = 1.10
FARTHEST = 30.0
BISECTIONS = 34


def wild_score_coefficient(
    outcome: npt.ArrayLike,
    design: npt.ArrayLike,
    cluster: npt.ArrayLike,
    *,
    column: int,
    family: Family = "logit",
    null: float = 0.0,
    weights: npt.ArrayLike | None = None,
    conf_level: float = 0.95,
    n_draws: int = 9_999,
    seed: int = 1,
    max_enumerated: int = MAX_ENUMERATED,
) -> WildResult | Refusal:
    """Test and interval for one coefficient of a logit or Poisson model.

    Parameters
    ----------
    outcome : array_like, shape (n_rows,)
        0/1 for the logit, counts for the Poisson model.
    design : array_like, shape (n_rows, k)
        The whole design matrix, constant included.
    cluster : array_like, shape (n_rows,)
    column : int
        The coefficient.
    family : {"logit", "poisson", "gaussian"}
    null : float
        The value that the p value tests, on the linear predictor.
    weights : array_like, shape (n_rows,), optional
    conf_level : float
    n_draws, seed : int
        Random sign vectors, used only with more than `max_enumerated` clusters.
    max_enumerated : int

    Returns
    -------
    WildResult or Refusal
        `statistic` is the studentised score at the null. A limit is infinite where p stays above
        the level up to 30 standard errors away, as it does under separation on one side.

    Raises
    ------
    ValueError
        For lengths that differ, an unknown column or family, or a wrong level.

    Notes
    -----
    Kline and Santos (2012, doi:10.1515/2156-6674.1006): the model is fitted under the null, the
    scores of whole clusters change sign, and the efficient score of the coefficient is
    studentised in each draw with its clustered error. For a linear model p and limits are those
    of `wild_coefficient`. Limits are found by
    steps that grow by a tenth, then bisection; refitting is needed at each.

    Examples
    --------
    >>> rng = np.random.default_rng(3)
    >>> cluster = np.repeat(np.arange(8), 10)
    >>> x = np.column_stack([np.ones(80), rng.normal(size=80)])
    >>> y = (rng.random(80) < 1 / (1 + np.exp(-x[:, 1]))).astype(float)
    >>> found = wild_score_coefficient(y, x, cluster, column=1)
    >>> found.n_draws, found.conf_low < found.estimate < found.conf_high
    (256, True)
    """
    check_conf_level(conf_level)
    data = check_regression(outcome, design, cluster, weights=weights, what=WHAT)
    if isinstance(data, Refusal):
        return data
    if not 0 <= column < data.design.shape[1]:
        raise ValueError(f"column must lie in 0 to {data.design.shape[1] - 1}, not {column}.")
    fit = fit_model(data.outcome, data.design, family=family, weights=data.weights, what=WHAT)
    if isinstance(fit, Refusal):
        return fit
    g, n, k = data.clusters.n_clusters, len(data.outcome), data.design.shape[1]
    chunks = list(sign_chunks(g, n_draws=n_draws, seed=seed, max_enumerated=max_enumerated))
    vectors = sum(len(chunk) for chunk in chunks)
    factor = g / (g - 1) * (n - 1) / (n - k)
    error = _clustered_error(data, fit, column, factor)
    if error <= 1e-14 * max(1.0, abs(float(fit.coef[column]))):
        return Refusal(WHAT, "the scores add up to zero in every cluster")

    def test(value: float) -> tuple[float, float, float] | Refusal:
        return _test_null(data, family, column, value, chunks, factor)

    at_null = test(null)
    if isinstance(at_null, Refusal):
        return at_null
    estimate = float(fit.coef[column])
    low, high = (_limit(test, estimate, error, side, 1.0 - conf_level) for side in (-1.0, 1.0))
    enumerated = g <= max_enumerated
    return WildResult(
        estimate=estimate,
        std_error=error,
        statistic=at_null[0],
        p_value=at_null[1],
        p_value_strict=at_null[2],
        conf_low=low,
        conf_high=high,
        conf_level=conf_level,
        null=null,
        n_clusters=g,
        n_draws=2 * vectors if enumerated else vectors - 1,
        enumerated=enumerated,
        smallest_p=1.0 / vectors,
    )


def _score_products(data: RegressionInput, fit: FittedModel) -> ClusterProducts:
    """Information per cluster, and scores per cluster in the place of X'Wy."""
    weighted = RegressionInput(
        outcome=fit.score_weights * fit.residual / fit.working_weights,
        design=data.design,
        clusters=data.clusters,
        weights=fit.working_weights,
    )
    return cluster_products(weighted)


def _clustered_error(data: RegressionInput, fit: FittedModel, column: int, factor: float) -> float:
    scores = _score_products(data, fit).xy @ fit.inverse[column]
    return math.sqrt(factor * float((scores**2).sum()))


def _test_null(
    data: RegressionInput,
    family: Family,
    column: int,
    value: float,
    chunks: list[FloatArray],
    factor: float,
) -> tuple[float, float, float] | Refusal:
    """Studentised score at a null, its p value, and the p value without ties."""
    others = np.delete(data.design, column, axis=1)
    fit = fit_model(
        data.outcome,
        others,
        family=family,
        weights=data.weights,
        offset=value * data.design[:, column],
        what=WHAT,
    )
    if isinstance(fit, Refusal):
        return fit
    if (fit.working_weights <= 0).any():
        return Refusal(WHAT, "the fit under the null is degenerate")
    products = _score_products(data, fit)
    inverse = invert_information(products.xx.sum(axis=0), what=WHAT)
    if isinstance(inverse, Refusal):
        return inverse
    scaled = products.xy @ inverse
    leverage = products.xx @ inverse[column]
    statistics = [_draw_statistics(scaled, leverage, column, chunk) for chunk in chunks]
    drawn = np.concatenate(statistics) / math.sqrt(factor)
    observed = float(drawn[0])
    slack = 1e-9 * max(1.0, abs(observed))
    size = np.abs(drawn)
    return (
        observed,
        float((size >= abs(observed) - slack).mean()),
        float((size > abs(observed) + slack).mean()),
    )


def _draw_statistics(
    scaled: FloatArray, leverage: FloatArray, column: int, chunk: FloatArray
) -> FloatArray:
    sums = chunk @ scaled
    residual = chunk * scaled[:, column] - sums @ leverage.T
    error = np.sqrt(np.einsum("bg,bg->b", residual, residual))
    top = sums[:, column]
    empty = np.where(np.abs(top) <= 1e-14 * np.abs(scaled[:, column]).sum(), 0.0, np.inf)
    return np.asarray(
        np.divide(top, error, out=np.copysign(empty, top), where=error > 0), dtype=np.float64
    )


def _limit(
    test: Callable[[float], tuple[float, float, float] | Refusal],
    estimate: float,
    error: float,
    side: float,
    level: float,
) -> float:
    """Last null, going outwards, that is not rejected."""

    def kept(distance: float) -> bool:
        found = test(estimate + side * distance * error)
        return not isinstance(found, Refusal) and found[1] > level + 1e-12

    return estimate + side * walk_outwards(kept) * error


def walk_outwards(kept: Callable[[float], bool]) -> float:
    """Find the last distance that a test keeps: growing steps from zero, then bisection.

    Parameters
    ----------
    kept : callable
        Whether a distance, in standard errors, is not rejected.

    Returns
    -------
    float
        Infinite where all distances up to 30 errors are kept.

    Examples
    --------
    >>> round(walk_outwards(lambda distance: distance < 2.5), 6)
    2.5
    """
    inside, step = 0.0, FIRST_STEP
    outside = inside + step
    while kept(outside):
        inside, step = outside, step * GROWTH
        outside = inside + step
        if outside > FARTHEST:
            return math.inf
    for _ in range(BISECTIONS):
        middle = 0.5 * (inside + outside)
        if kept(middle):
            inside = middle
        else:
            outside = middle
    return inside
