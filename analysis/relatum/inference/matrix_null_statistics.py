"""The statistics of a whole matrix against draws of it under a null."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from relatum.inference.common import FloatArray, Refusal
from relatum.inference.matrix_nulls import MatrixNull

__all__ = ["DrawnStatistics", "StatisticTest", "compare_statistics", "drawn_statistics"]

_SLACK = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DrawnStatistics:
    """The statistics of every drawn matrix.

    Attributes
    ----------
    c_score, checker, species_combo : ndarray of float, shape (n_draws,)
        See `relatum.inference.matrix_statistics.MatrixStatistics`.
    v_ratio : ndarray of float, shape (n_draws,), or Refusal
        A refusal where a draw leaves it undefined: every item in all units or in none.
    """

    c_score: FloatArray
    checker: FloatArray
    species_combo: FloatArray
    v_ratio: FloatArray | Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class StatisticTest:
    """One statistic of the matrix against the draws.

    Attributes
    ----------
    statistic : {"c_score", "checker", "species_combo", "v_ratio"}
    observed, expected : float
        Of the matrix, and the mean of the draws.
    std_error : float
        Standard deviation of the draws; 0 where the null fixes the statistic.
    effect : float or None
        Observed minus expected, over `std_error`; None where that is 0.
    p_less, p_greater : float
        Share of draws at most, and at least, as large; the matrix itself counts as a draw.
    p_value : float
        Two-sided: twice the smaller, at most 1.
    """

    statistic: str
    observed: float
    expected: float
    std_error: float
    effect: float | None
    p_less: float
    p_greater: float
    p_value: float


def drawn_statistics(null: MatrixNull) -> DrawnStatistics:
    """Compute the statistics of every drawn matrix.

    Parameters
    ----------
    null : MatrixNull

    Returns
    -------
    DrawnStatistics

    Notes
    -----
    All but the number of distinct rows follow from joint counts and totals: the squares of the
    items per unit sum to the sum of all totals plus twice the sum of all joint counts.

    Examples
    --------
    >>> from relatum.inference.matrix_nulls import draw_matrix_null
    >>> null = draw_matrix_null([[1, 0], [0, 1], [0, 0]], method="columns", draws=400, seed=1)
    >>> sorted(set(drawn_statistics(null).c_score.tolist()))
    [0.0, 1.0]
    """
    n = null.n_units
    total = null.totals.sum(axis=1)
    squares = total + 2 * null.joint.sum(axis=1)
    # Whole numbers until the last step, so that equal matrices have equal statistics.
    between, within = n * squares - total**2, (null.totals * (n - null.totals)).sum(axis=1)
    if (within == 0).any():
        why = f"{int((within == 0).sum())} draws have every item in all units or in none"
        v_ratio: FloatArray | Refusal = Refusal("variance ratio", why)
    else:
        v_ratio = between / within
    return DrawnStatistics(
        c_score=null.checkerboard_units.sum(axis=1) / null.joint.shape[1],
        checker=(null.joint == 0).sum(axis=1).astype(np.float64),
        species_combo=null.combos.astype(np.float64),
        v_ratio=v_ratio,
    )


def compare_statistics(null: MatrixNull) -> tuple[StatisticTest | Refusal, ...]:
    """Set the statistics of a matrix against those of the draws.

    Parameters
    ----------
    null : MatrixNull

    Returns
    -------
    tuple of StatisticTest or Refusal
        C-score, pairs that share no unit, distinct rows, variance ratio.

    Notes
    -----
    With row and column totals fixed the variance ratio cannot vary: its p value is 1.

    Examples
    --------
    >>> from relatum.inference.matrix_nulls import draw_matrix_null
    >>> rows = [[1, 1, 0, 0]] * 6 + [[0, 0, 1, 1]] * 6
    >>> found = compare_statistics(draw_matrix_null(rows, draws=400, seed=1))
    >>> [(test.statistic, test.p_value < 0.01) for test in found]
    [('c_score', True), ('checker', True), ('species_combo', True), ('v_ratio', False)]
    """
    drawn, seen = drawn_statistics(null), null.observed
    held: tuple[tuple[str, float | Refusal, FloatArray | Refusal], ...] = (
        ("c_score", seen.c_score, drawn.c_score),
        ("checker", float(seen.checker), drawn.checker),
        ("species_combo", float(seen.species_combo), drawn.species_combo),
        ("v_ratio", seen.v_ratio, drawn.v_ratio),
    )
    return tuple(_compare(*entry) for entry in held)


def _compare(
    statistic: str, observed: float | Refusal, drawn: FloatArray | Refusal
) -> StatisticTest | Refusal:
    if isinstance(observed, Refusal):
        return observed
    if isinstance(drawn, Refusal):
        return drawn
    slack = _SLACK * max(1.0, abs(observed))
    p_less = (1 + int((drawn <= observed + slack).sum())) / (1 + len(drawn))
    p_greater = (1 + int((drawn >= observed - slack).sum())) / (1 + len(drawn))
    constant = bool(np.ptp(drawn) == 0)
    expected = float(drawn[0] if constant else drawn.mean())
    std_error = 0.0 if constant else float(drawn.std(ddof=1))
    return StatisticTest(
        statistic=statistic,
        observed=observed,
        expected=expected,
        std_error=std_error,
        effect=None if constant else (observed - expected) / std_error,
        p_less=p_less,
        p_greater=p_greater,
        p_value=min(1.0, 2 * min(p_less, p_greater)),
    )
