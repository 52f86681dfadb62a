"""The arithmetic of the restricted wild cluster bootstrap, from sums per cluster.

A sign vector costs the number of clusters; moving the null then costs five numbers per vector.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from relatum.inference.common import FloatArray, Interval, Refusal
from relatum.inference.products import ClusterProducts, invert_information

__all__ = [
    "MAX_ENUMERATED",
    "WHAT",
    "LinearProblem",
    "NullTest",
    "WildResult",
    "examine_null",
    "linear_problem",
    "sign_chunks",
    "solve_problem",
]

MAX_ENUMERATED = 14
CHUNK = 4096
MAX_STEPS = 4000
WHAT = "wild cluster bootstrap"


@dataclass(frozen=True, slots=True, kw_only=True)
class WildResult:
    """Outcome of one restricted wild cluster bootstrap.

    Attributes
    ----------
    estimate : float
    std_error : float
        Clustered (CR1S) error, printed for orientation; limits and p do not rest on it.
    statistic : float
        (estimate - null) / std_error.
    p_value : float
        Share of draws with abs(t*) >= abs(t), the observed signs among them.
    p_value_strict : float
        The same with >, which some software prints; not a valid level.
    conf_low, conf_high : float
        Closure of the connected set of nulls around the estimate with p above 1 - conf_level.
        Infinite where a limit lies more than 100 standard errors away.
    conf_level : float
    null : float
        The value that `statistic` and `p_value` test.
    n_clusters : int
    n_draws : int
        Sign vectors that were used: 2^G when enumerated.
    enumerated : bool
    smallest_p : float
        The smallest p value that this number of vectors can give.
    """

    estimate: float
    std_error: float
    statistic: float
    p_value: float
    p_value_strict: float
    conf_low: float
    conf_high: float
    conf_level: float
    null: float
    n_clusters: int
    n_draws: int
    enumerated: bool
    smallest_p: float

    @property
    def interval(self) -> Interval:
        """The limits as an `Interval`."""
        return Interval(
            estimate=self.estimate,
            conf_low=self.conf_low,
            conf_high=self.conf_high,
            conf_level=self.conf_level,
            method="wild_cluster_bootstrap",
        )


@lru_cache(maxsize=4)
def _half_of_all_signs(n_clusters: int) -> FloatArray:
    """All sign vectors with the first sign positive; the others mirror them."""
    codes = np.arange(2 ** (n_clusters - 1), dtype=np.int64)
    bits = (codes[:, None] >> np.arange(n_clusters - 1)) & 1
    signs = np.ones((len(codes), n_clusters))
    signs[:, 1:] -= 2.0 * bits
    signs.setflags(write=False)
    return signs


def _random_signs(rng: np.random.Generator, rows: int, n_clusters: int) -> FloatArray:
    """Random signs, one bit each."""
    n_signs = rows * n_clusters
    bits = np.frombuffer(rng.bytes(-(-n_signs // 8)), dtype=np.uint8)
    signs = 1.0 - 2.0 * np.unpackbits(bits, count=n_signs)
    return np.asarray(signs, dtype=np.float64).reshape(rows, n_clusters)


def sign_chunks(
    n_clusters: int, *, n_draws: int, seed: int, max_enumerated: int = MAX_ENUMERATED
) -> Iterator[FloatArray]:
    """Sign vectors in chunks, the observed signs (all positive) first.

    Parameters
    ----------
    n_clusters : int
    n_draws : int
        Number of random vectors when there are too many to enumerate.
    seed : int
        Seed of the random vectors.
    max_enumerated : int
        Largest number of clusters for which every vector is used.

    Yields
    ------
    ndarray, shape (at most 4096, n_clusters)
        Entries are 1 and -1. Under enumeration one of each mirrored pair is left out: it has the
        same absolute statistic.

    Examples
    --------
    >>> next(sign_chunks(2, n_draws=1, seed=1))
    array([[ 1.,  1.],
           [ 1., -1.]])
    """
    if n_clusters <= max_enumerated:
        signs = _half_of_all_signs(n_clusters)
        for start in range(0, len(signs), CHUNK):
            yield signs[start : start + CHUNK]
        return
    yield np.ones((1, n_clusters))
    rng = np.random.default_rng(seed)
    for start in range(0, n_draws, CHUNK):
        rows = min(CHUNK, n_draws - start)
        yield _random_signs(rng, rows, n_clusters)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LinearProblem:
    """One coefficient as a function of the shift of its null, from sums per cluster.

    Attributes
    ----------
    estimate, std_error : float
    coefficients : ndarray, shape (5, n_vectors)
        Per sign vector: numerator a + b d, squared error c + e d + f d^2.
    n_clusters : int
    enumerated : bool
    """

    estimate: float
    std_error: float
    coefficients: FloatArray
    n_clusters: int
    enumerated: bool

    @property
    def n_vectors(self) -> int:
        """Number of sign vectors, one of each mirrored pair."""
        return int(self.coefficients.shape[1])


def _draw_coefficients(
    base: FloatArray, slope: FloatArray, leverage: FloatArray, column: int, chunk: FloatArray
) -> FloatArray:
    """Numerator (linear) and squared error (quadratic in the shift) of each draw."""
    out = np.empty((5, len(chunk)))
    sums_base, sums_slope = chunk @ base, chunk @ slope
    out[0], out[1] = sums_base[:, column], sums_slope[:, column]
    residual = chunk * base[:, column] - sums_base @ leverage.T
    change = chunk * slope[:, column] - sums_slope @ leverage.T
    out[2] = np.einsum("bg,bg->b", residual, residual)
    out[3] = 2.0 * np.einsum("bg,bg->b", residual, change)
    out[4] = np.einsum("bg,bg->b", change, change)
    return out


def linear_problem(
    products: ClusterProducts,
    *,
    column: int,
    n_draws: int,
    seed: int,
    max_enumerated: int = MAX_ENUMERATED,
) -> LinearProblem | Refusal:
    """Reduce one coefficient to five numbers per sign vector.

    Parameters
    ----------
    products : ClusterProducts
    column : int
        The coefficient.
    n_draws, seed : int
        Random sign vectors, used only with more than `max_enumerated` clusters.
    max_enumerated : int

    Returns
    -------
    LinearProblem or Refusal

    Notes
    -----
    With the null shifted by d from the estimate, the restricted residuals are linear in d. So
    are the numerator of each draw and, before squaring, the residual score of each cluster.
    """
    total = products.xx.sum(axis=0)
    inverse = invert_information(total, what=WHAT)
    if isinstance(inverse, Refusal):
        return inverse
    n_clusters, k = products.xy.shape
    beta = inverse @ products.xy.sum(axis=0)
    direction = inverse[column] / inverse[column, column]
    base = (products.xy - products.xx @ beta) @ inverse
    slope = -(products.xx @ direction) @ inverse
    leverage = products.xx @ inverse[column]
    spare = products.n_rows - k
    factor = n_clusters / (n_clusters - 1) * (products.n_rows - 1) / spare
    spread = float((base[:, column] ** 2).sum())
    scale = float((np.abs(products.xy @ inverse[column]) ** 2).sum())
    if spread <= 1e-24 * max(scale, 1e-300):
        return Refusal(WHAT, "the residuals add up to zero in every cluster")
    chunks = [
        _draw_coefficients(base, slope, leverage, column, chunk)
        for chunk in sign_chunks(
            n_clusters, n_draws=n_draws, seed=seed, max_enumerated=max_enumerated
        )
    ]
    coefficients = np.ascontiguousarray(np.concatenate(chunks, axis=1))
    coefficients[2:] *= factor
    return LinearProblem(
        estimate=float(beta[column]),
        std_error=math.sqrt(factor * spread),
        coefficients=coefficients,
        n_clusters=n_clusters,
        enumerated=n_clusters <= max_enumerated,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class NullTest:
    """Test of one null value.

    Attributes
    ----------
    statistic : float
    p_value : float
        Share of sign vectors with abs(t*) >= abs(t).
    p_value_strict : float
        The same with >.
    """

    statistic: float
    p_value: float
    p_value_strict: float


def examine_null(problem: LinearProblem, *, null: float) -> NullTest:
    """Test one null value.

    Parameters
    ----------
    problem : LinearProblem
    null : float

    Returns
    -------
    NullTest
    """
    from relatum.inference.kernels import count_extreme

    vectors = problem.n_vectors
    shift = null - problem.estimate
    statistic = -shift / problem.std_error
    slack = 1e-9 * max(1.0, abs(statistic))
    at_least = max(abs(statistic) - slack, 0.0) ** 2
    above = float(np.nextafter((abs(statistic) + slack) ** 2, np.inf))
    return NullTest(
        statistic=statistic,
        p_value=count_extreme(problem.coefficients, shift, at_least, vectors) / vectors,
        p_value_strict=count_extreme(problem.coefficients, shift, above, vectors) / vectors,
    )


def solve_problem(
    problem: LinearProblem, *, null: float, conf_level: float, support: tuple[float, float]
) -> WildResult:
    """Test a null and invert the test.

    Parameters
    ----------
    problem : LinearProblem
    null : float
    conf_level : float
    support : tuple of float
        The limits are cut to it.

    Returns
    -------
    WildResult
    """
    from relatum.inference.kernels import find_limit

    vectors = problem.n_vectors
    tested = examine_null(problem, null=null)
    stop = math.floor((1.0 - conf_level + 1e-12) * vectors)
    limits = [
        problem.estimate
        + find_limit(problem.coefficients, problem.std_error, side, stop, MAX_STEPS)
        for side in (-1.0, 1.0)
    ]
    return WildResult(
        estimate=problem.estimate,
        std_error=problem.std_error,
        statistic=tested.statistic,
        p_value=tested.p_value,
        p_value_strict=tested.p_value_strict,
        conf_low=max(float(limits[0]), support[0]),
        conf_high=min(float(limits[1]), support[1]),
        conf_level=conf_level,
        null=null,
        n_clusters=problem.n_clusters,
        n_draws=2 * vectors if problem.enumerated else vectors - 1,
        enumerated=problem.enumerated,
        smallest_p=1.0 / vectors,
    )
