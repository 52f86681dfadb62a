"""Hierarchical log-linear models of a table of counts.

Rows are independent: a stratum among the axes may stand for a case or a depth of documentation.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import prod

import numpy as np
import numpy.typing as npt
from scipy import special

from relatum.inference.common import FloatArray, Refusal

__all__ = [
    "LikelihoodRatio",
    "LoglinearFit",
    "ThreeWay",
    "compare_fits",
    "fit_loglinear",
    "three_way",
]

Generators = tuple[tuple[int, ...], ...]

_TOLERANCE = 1e-13
_FIRST_CYCLES = 200
_MAX_CYCLES = 5_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LoglinearFit:
    """A hierarchical log-linear model.

    Attributes
    ----------
    generators : tuple of tuple of int
        Axes whose joint margins the model reproduces.
    g2, x2 : float
        Likelihood-ratio and Pearson distance of the counts from the model.
    df : int
        Residual degrees of freedom over the cells that the margins leave possible.
    g2_p, x2_p : float
        Large-sample p-values; 1 without a degree of freedom.
    log_likelihood : float
        Poisson.
    n_parameters : int
    aic, bic : float
        From the log-likelihood; the BIC takes the number of possible cells as the sample size.
    fitted : ndarray, shape of the table
    n_impossible : int
        Cells that are empty in every table with these margins: fitted by 0, and left out of the
        degrees of freedom.
    """

    generators: Generators
    g2: float
    x2: float
    df: int
    g2_p: float
    x2_p: float
    log_likelihood: float
    n_parameters: int
    aic: float
    bic: float
    fitted: FloatArray
    n_impossible: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LikelihoodRatio:
    """A model against a larger one that holds it.

    Attributes
    ----------
    statistic : float
        Difference of the two G2.
    df : int
    p_value : float
    """

    statistic: float
    df: int
    p_value: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ThreeWay:
    """The hierarchical models of a table of two codes (axes 0, 1) and a stratum (axis 2).

    Attributes
    ----------
    mutual : LoglinearFit
        All three are independent.
    codes_joint, first_joint, second_joint : LoglinearFit
        One pair is associated, and independent of the third: the two codes; the first code and
        the stratum; the second code and the stratum.
    codes_given_stratum, first_given_second, second_given_first : LoglinearFit
        One pair is independent given the third: the two codes given the stratum; the first code
        and the stratum given the second; the second code and the stratum given the first.
    homogeneous : LoglinearFit
        All pairs are associated, with the same odds ratios at every level of the third.
    association : LikelihoodRatio or Refusal
        Whether the codes are associated given the stratum, taking the association as equal in all
        strata: `codes_given_stratum` against `homogeneous`.
    """

    mutual: LoglinearFit
    codes_joint: LoglinearFit
    first_joint: LoglinearFit
    second_joint: LoglinearFit
    codes_given_stratum: LoglinearFit
    first_given_second: LoglinearFit
    second_given_first: LoglinearFit
    homogeneous: LoglinearFit
    association: LikelihoodRatio | Refusal


_MODELS: dict[str, Generators] = {
    "mutual": ((0,), (1,), (2,)),
    "codes_joint": ((0, 1), (2,)),
    "first_joint": ((0, 2), (1,)),
    "second_joint": ((1, 2), (0,)),
    "codes_given_stratum": ((0, 2), (1, 2)),
    "first_given_second": ((0, 1), (1, 2)),
    "second_given_first": ((0, 1), (0, 2)),
    "homogeneous": ((0, 1), (0, 2), (1, 2)),
}


def fit_loglinear(
    table: npt.ArrayLike, generators: Sequence[Sequence[int]]
) -> LoglinearFit | Refusal:
    """Fit a hierarchical log-linear model by maximum likelihood.

    Parameters
    ----------
    table : array_like of int, shape (n_1, ..., n_axes)
    generators : sequence of sequence of int
        Axes whose joint margins the model keeps; lower terms are implied. ``[(0, 1), (2,)]`` lets
        axes 0 and 1 be associated, and axis 2 independent of both.

    Returns
    -------
    LoglinearFit or Refusal
        A refusal when the table is empty, or the fit did not settle.

    Raises
    ------
    ValueError
        For counts that are negative or not whole, or axes that the table does not have.

    Notes
    -----
    Iterative proportional fitting (Deming and Stephan 1940, doi:10.1214/aoms/1177731829), which
    gives the estimates of a Poisson regression without its coefficients. Where an empty margin, or
    a pattern of empty cells, forces a fitted count to 0, the estimate is the limit of the
    likelihood (Fienberg and Rinaldo 2012, doi:10.1214/12-AOS986). Such cells, and the parameters
    that they would take, are not counted, so that `df` can be smaller than what a regression
    program prints.

    Examples
    --------
    >>> found = fit_loglinear([[8, 2], [4, 6]], [(0,), (1,)])
    >>> round(found.g2, 4), found.df, found.fitted.tolist()
    (3.4522, 1, [[6.0, 4.0], [6.0, 4.0]])
    """
    counts = _checked_table(table)
    kept = _checked_generators(generators, counts.ndim)
    if counts.sum() == 0:
        return Refusal("log-linear model", "the table is empty")
    possible = _unforced(counts, kept)
    fitted = _fit_margins(counts, kept, possible, cycles=_FIRST_CYCLES)
    if fitted is None:
        possible = _fillable_cells(counts, kept, possible)
        fitted = _fit_margins(counts, kept, possible, cycles=_MAX_CYCLES)
    if fitted is None:
        return Refusal("log-linear model", f"the fit did not settle in {_MAX_CYCLES:,} cycles")
    n_cells = int(possible.sum())
    n_parameters = _count_parameters(counts.shape, kept, possible)
    g2 = max(0.0, float(2 * (special.rel_entr(counts, fitted)[possible].sum())))
    gaps = np.divide((counts - fitted) ** 2, fitted, out=np.zeros_like(fitted), where=fitted > 0)
    x2, df = float(gaps.sum()), n_cells - n_parameters
    log_likelihood = float(
        (special.xlogy(counts, fitted) - fitted - special.gammaln(counts + 1))[possible].sum()
    )
    return LoglinearFit(
        generators=kept,
        g2=g2,
        x2=x2,
        df=df,
        g2_p=_tail(df, g2),
        x2_p=_tail(df, x2),
        log_likelihood=log_likelihood,
        n_parameters=n_parameters,
        aic=2 * n_parameters - 2 * log_likelihood,
        bic=n_parameters * float(np.log(n_cells)) - 2 * log_likelihood,
        fitted=fitted,
        n_impossible=counts.size - n_cells,
    )


def compare_fits(smaller: LoglinearFit, larger: LoglinearFit) -> LikelihoodRatio | Refusal:
    """Compare two nested models by their likelihoods.

    Parameters
    ----------
    smaller, larger : LoglinearFit
        Of the same table.

    Returns
    -------
    LikelihoodRatio or Refusal
        A refusal when the larger model has no more parameters, or when the empty margins of the
        larger leave fewer cells possible than those of the smaller.

    Raises
    ------
    ValueError
        If the tables differ in shape, or a margin of the smaller model is not in the larger.

    Examples
    --------
    >>> table = [[8, 2], [4, 6]]
    >>> small, large = (fit_loglinear(table, g) for g in ([(0,), (1,)], [(0, 1)]))
    >>> found = compare_fits(small, large)
    >>> round(found.statistic, 4), found.df
    (3.4522, 1)
    """
    if smaller.fitted.shape != larger.fitted.shape:
        raise ValueError("the two models must be of the same table.")
    inside = [any(set(g) <= set(h) for h in larger.generators) for g in smaller.generators]
    if not all(inside):
        raise ValueError("every generator of the smaller model must be within one of the larger.")
    if larger.n_impossible != smaller.n_impossible:
        return Refusal("likelihood ratio", "a margin of the larger model is empty")
    df = larger.n_parameters - smaller.n_parameters
    if df == 0:
        return Refusal("likelihood ratio", "the larger model has no more parameters")
    statistic = max(0.0, smaller.g2 - larger.g2)
    return LikelihoodRatio(statistic=statistic, df=df, p_value=_tail(df, statistic))


def three_way(table: npt.ArrayLike) -> ThreeWay | Refusal:
    """Fit all hierarchical models of two codes and a stratum.

    Parameters
    ----------
    table : array_like of int, shape (n_first, n_second, n_strata)

    Returns
    -------
    ThreeWay or Refusal
        A refusal when the table is empty, or a fit did not settle.

    Raises
    ------
    ValueError
        For another number of axes, or counts that are negative or not whole.

    Examples
    --------
    >>> found = three_way([[[6, 4], [2, 3]], [[3, 2], [7, 6]]])
    >>> round(found.codes_given_stratum.g2, 3), round(found.association.p_value, 4)
    (5.371, 0.0221)
    """
    counts = _checked_table(table)
    if counts.ndim != 3:
        raise ValueError(f"table must have three axes, not {counts.ndim}.")
    fits: dict[str, LoglinearFit] = {}
    for name, generators in _MODELS.items():
        fit = fit_loglinear(counts, generators)
        if isinstance(fit, Refusal):
            return fit
        fits[name] = fit
    ratio = compare_fits(fits["codes_given_stratum"], fits["homogeneous"])
    return ThreeWay(**fits, association=ratio)


def _checked_table(table: npt.ArrayLike) -> FloatArray:
    counts = np.asarray(table, dtype=np.float64)
    if counts.ndim == 0 or not np.all(np.isfinite(counts) & (counts >= 0)):
        raise ValueError("table must hold counts from 0.")
    if not np.all(counts == np.round(counts)):
        raise ValueError("table must hold whole numbers.")
    return counts


def _checked_generators(generators: Sequence[Sequence[int]], n_axes: int) -> Generators:
    """Sorted generators without those that another one implies."""
    wanted = sorted({tuple(sorted(set(g))) for g in generators})
    if not wanted or any(not g or g[0] < 0 or g[-1] >= n_axes for g in wanted):
        raise ValueError(f"generators must name axes from 0 to {n_axes - 1}.")
    return tuple(g for g in wanted if not any(set(g) < set(other) for other in wanted))


def _margin(values: FloatArray, generator: tuple[int, ...]) -> FloatArray:
    others = tuple(axis for axis in range(values.ndim) if axis not in generator)
    total: FloatArray = values.sum(axis=others, keepdims=True)
    return total


def _unforced(counts: FloatArray, generators: Generators) -> npt.NDArray[np.bool_]:
    """Cells outside every empty margin."""
    possible = np.ones(counts.shape, dtype=bool)
    for generator in generators:
        possible &= _margin(counts, generator) > 0
    return possible


def _fillable_cells(
    counts: FloatArray, generators: Generators, possible: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """Cells that some table in proportion to these margins fills, by one linear program.

    Each cell is split into a part of at most 1, whose sum is made as large as can be, and the
    rest. As the table may be scaled, a cell that can be filled at all gets its 1.
    """
    from scipy import optimize

    cells = _indicators(counts.shape, generators, possible).T
    margins = cells @ counts[possible]
    n = int(possible.sum())
    found = optimize.linprog(
        np.concatenate([-np.ones(n), np.zeros(n + 1)]),
        A_eq=np.hstack([cells, cells, -margins[:, None]]),
        b_eq=np.zeros(margins.size),
        bounds=[(0, 1)] * n + [(0, None)] * (n + 1),
    )
    fillable = possible.copy()
    if found.status == 0:
        fillable[possible] = np.asarray(found.x)[:n] > 0.5
    return fillable


def _fit_margins(
    counts: FloatArray, generators: Generators, possible: npt.NDArray[np.bool_], *, cycles: int
) -> FloatArray | None:
    targets = [(generator, _margin(counts, generator)) for generator in generators]
    fitted = possible.astype(np.float64)
    limit = _TOLERANCE * counts.sum()
    for _ in range(cycles):
        for generator, target in targets:
            now = _margin(fitted, generator)
            fitted = fitted * np.divide(target, now, out=np.zeros_like(now), where=now > 0)
        if max(np.abs(_margin(fitted, g) - target).max() for g, target in targets) <= limit:
            return fitted
    return None


def _indicators(
    shape: tuple[int, ...], generators: Generators, possible: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float64]:
    """Which margins every possible cell adds to, shape (n_cells, n_margins)."""
    columns = []
    for generator in generators:
        sizes = tuple(n if axis in generator else 1 for axis, n in enumerate(shape))
        labels = np.broadcast_to(np.arange(prod(sizes)).reshape(sizes), shape)[possible]
        columns.append(labels[:, None] == np.arange(prod(sizes)))
    return np.hstack(columns).astype(np.float64)


def _count_parameters(
    shape: tuple[int, ...], generators: Generators, possible: npt.NDArray[np.bool_]
) -> int:
    """Dimension of the model: by counting terms, or by rank where cells are impossible."""
    if possible.all():
        return sum(prod(shape[axis] - 1 for axis in term) for term in _terms(generators))
    return int(np.linalg.matrix_rank(_indicators(shape, generators, possible)))


def _terms(generators: Generators) -> Iterable[tuple[int, ...]]:
    return {
        term
        for generator in generators
        for size in range(len(generator) + 1)
        for term in combinations(generator, size)
    }


def _tail(df: int, statistic: float) -> float:
    return float(special.chdtrc(df, statistic)) if df > 0 else 1.0
