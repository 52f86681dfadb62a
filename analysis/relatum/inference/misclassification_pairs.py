"""Association of two codes corrected for coding error in both: the matrix method."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from relatum.inference.common import FloatArray, Refusal, check_conf_level, check_counts
from relatum.inference.misclassification import ErrorRates

__all__ = ["CorrectedPair", "PairCounts", "correct_pair"]

_WHAT = "corrected association"


@dataclass(frozen=True, slots=True, kw_only=True)
class PairCounts:
    """Four named cells of two binary codes.

    Attributes
    ----------
    both, first_only, second_only, neither : int
    """

    both: int
    first_only: int
    second_only: int
    neither: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectedPair:
    """Phi of two codes, corrected for coding error.

    Attributes
    ----------
    apparent : float
        Phi as coded.
    estimate : float
        Phi of the corrected shares.
    both, first, second : float
        Corrected shares: of units with both, with the first, and with the second code.
    conf_low, conf_high, conf_level : float
        Percentile limits over the posteriors of cells and error rates; units count as independent
        unless `n_effective` said otherwise.
    share_unusable : float
        Share of draws whose corrected table had a negative cell or no variation; left out.
    n_draws : int
    """

    apparent: float
    estimate: float
    both: float
    first: float
    second: float
    conf_low: float
    conf_high: float
    conf_level: float
    share_unusable: float
    n_draws: int


def correct_pair(
    cells: PairCounts,
    *,
    first_errors: ErrorRates,
    second_errors: ErrorRates,
    n_effective: float | None = None,
    conf_level: float = 0.95,
    draws: int = 20_000,
    seed: int = 0,
) -> CorrectedPair | Refusal:
    """Correct the association of two codes for coding error.

    Parameters
    ----------
    cells : PairCounts
        As coded.
    first_errors, second_errors : ErrorRates
        Validation counts of each code.
    n_effective : float, optional
        Independent units that carry the same information; default all units.
    conf_level : float
    draws, seed : int

    Returns
    -------
    CorrectedPair or Refusal
        A refusal when a validation lacks one group, a code is no better than chance or does not
        vary, the corrected table has a negative cell, or more than half of the draws are unusable.

    Notes
    -----
    With error matrices ``M1`` and ``M2`` (columns: truth), the coded shares are ``M1 P M2'``; the
    inverse gives ``P``. Assumes that errors in the two codes are independent given the truth and
    the same in all units; errors that go together (a poor file hides both) are not corrected.

    Examples
    --------
    >>> exact = ErrorRates(true_positive=50, false_negative=0, true_negative=50, false_positive=0)
    >>> cells = PairCounts(both=20, first_only=10, second_only=10, neither=33)
    >>> found = correct_pair(cells, first_errors=exact, second_errors=exact)
    >>> round(found.apparent, 3) == round(found.estimate, 3)
    True
    """
    check_conf_level(conf_level)
    counts = np.array([cells.both, cells.first_only, cells.second_only, cells.neither], dtype=float)
    _check_all(cells, first_errors, second_errors)
    total = float(counts.sum())
    rows = total if n_effective is None else float(n_effective)
    problem = _problem(counts, rows, first_errors, second_errors)
    if problem is not None:
        return problem
    shares = counts / total
    rates = [
        np.array(
            [
                [_point(e.true_positive, e.false_negative)],
                [_point(e.true_negative, e.false_positive)],
            ]
        )
        for e in (first_errors, second_errors)
    ]
    corrected = _invert(shares[None, :], rates[0], rates[1])
    if (corrected < -1e-12).any():
        return Refusal(_WHAT, "the error rates do not fit the table: a corrected cell is negative")
    estimate = _phi(np.maximum(corrected, 0.0))[0]
    apparent = _phi(shares[None, :])[0]
    if not (math.isfinite(estimate) and math.isfinite(apparent)):
        return Refusal(_WHAT, "one of the codes does not vary")
    usable = _draw(shares, rows, first_errors, second_errors, draws=draws, seed=seed)
    if usable.size < 0.5 * draws:
        return Refusal(_WHAT, "more than half of the draws do not fit the table")
    tail = (1 - conf_level) / 2
    low, high = np.quantile(usable, [tail, 1 - tail])
    both, first_only, second_only = (float(cell) for cell in corrected[0, :3])
    return CorrectedPair(
        apparent=float(apparent),
        estimate=float(estimate),
        both=both,
        first=both + first_only,
        second=both + second_only,
        conf_low=float(low),
        conf_high=float(high),
        conf_level=conf_level,
        share_unusable=1 - usable.size / draws,
        n_draws=draws,
    )


def _point(right: int, wrong: int) -> float:
    return right / (right + wrong)


def _check_all(cells: PairCounts, first: ErrorRates, second: ErrorRates) -> None:
    check_counts(
        {
            "both": cells.both,
            "first_only": cells.first_only,
            "second_only": cells.second_only,
            "neither": cells.neither,
        }
    )
    for errors in (first, second):
        check_counts(
            {
                "true_positive": errors.true_positive,
                "false_negative": errors.false_negative,
                "true_negative": errors.true_negative,
                "false_positive": errors.false_positive,
            }
        )


def _problem(
    counts: FloatArray, rows: float, first: ErrorRates, second: ErrorRates
) -> Refusal | None:
    if counts.sum() == 0:
        return Refusal(_WHAT, "there is no unit")
    if not (math.isfinite(rows) and rows > 0):
        return Refusal(_WHAT, "the effective number of units is not positive")
    for name, errors in (("first", first), ("second", second)):
        truly = errors.true_positive + errors.false_negative
        not_truly = errors.true_negative + errors.false_positive
        if min(truly, not_truly) == 0:
            return Refusal(_WHAT, f"the validation of the {name} code lacks one of the two groups")
        if errors.true_positive / truly + errors.true_negative / not_truly <= 1:
            return Refusal(_WHAT, f"the {name} code is coded no better than chance")
    return None


def _invert(shares: FloatArray, first: FloatArray, second: FloatArray) -> FloatArray:
    """Undo both error matrices; `first` and `second` hold sensitivity and specificity by draw."""
    table = shares.reshape(-1, 2, 2)
    table = _unmix(first) @ table @ np.swapaxes(_unmix(second), 1, 2)
    corrected: FloatArray = table.reshape(-1, 4)
    return corrected


def _unmix(rates: FloatArray) -> FloatArray:
    hit, clear = rates
    gain = hit + clear - 1
    rows = np.array([[clear, clear - 1], [hit - 1, hit]]) / gain
    inverse: FloatArray = np.moveaxis(rows, 2, 0)
    return inverse


def _phi(shares: FloatArray) -> FloatArray:
    both, first_only, second_only, neither = shares.T
    first, second = both + first_only, both + second_only
    spread = first * (1 - first) * second * (1 - second)
    phi: FloatArray = np.full(len(shares), np.nan)
    np.divide(
        both * neither - first_only * second_only, np.sqrt(spread), out=phi, where=spread > 1e-15
    )
    return phi


def _draw(
    shares: FloatArray,
    rows: float,
    first: ErrorRates,
    second: ErrorRates,
    *,
    draws: int,
    seed: int,
) -> FloatArray:
    """Phi of every draw that gives a possible table."""
    rng = np.random.default_rng(seed)
    tables = rng.dirichlet(shares * rows + 0.5, draws)
    rates = [
        np.array(
            [
                rng.beta(errors.true_positive + 0.5, errors.false_negative + 0.5, draws),
                rng.beta(errors.true_negative + 0.5, errors.false_positive + 0.5, draws),
            ]
        )
        for errors in (first, second)
    ]
    better = (rates[0].sum(axis=0) > 1.0) & (rates[1].sum(axis=0) > 1.0)
    corrected = _invert(tables[better], rates[0][:, better], rates[1][:, better])
    values = _phi(np.maximum(corrected[(corrected >= 0).all(axis=1)], 0.0))
    usable: FloatArray = values[np.isfinite(values)]
    return usable
