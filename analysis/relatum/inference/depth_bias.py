"""How uneven documentation makes unrelated items look related: mean phi by treatment of blanks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from relatum.inference.common import FloatArray, Refusal, check_counts

__all__ = [
    "RULES",
    "DepthBias",
    "DepthModel",
    "DepthRecords",
    "PhiSummary",
    "demonstrate_depth_bias",
    "simulate_depth_records",
]

BoolArray = npt.NDArray[np.bool_]
WHAT = "mean phi"
#: Treatments of blanks, from all of them as absence to none.
RULES: tuple[str, ...] = ("all", "at_least_one", "at_least_two", "documented_pairs")
_BLOCK = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class DepthModel:
    """Records whose items are unrelated, with documentation of uneven depth.

    Attributes
    ----------
    prevalence : tuple of float
        Share of records in which each item is truly present; items are independent.
    share_empty : float
        Share of records in which nothing at all is documented.
    centre, spread : float
        Mean and standard deviation, over the other records, of the logit of the probability that
        an item is documented; within a record it is the same for every item.
    """

    prevalence: tuple[float, ...]
    share_empty: float
    centre: float
    spread: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DepthRecords:
    """Simulated records.

    Attributes
    ----------
    present : ndarray of bool, shape (n_rows, n_items)
        Present and documented.
    documented : ndarray of bool, shape (n_rows, n_items)
        Known to be present or known to be absent.
    """

    present: BoolArray
    documented: BoolArray


@dataclass(frozen=True, slots=True, kw_only=True)
class PhiSummary:
    """Phi of all pairs of items under one treatment of blanks.

    Attributes
    ----------
    rule : str
        From `RULES`.
    n_rows : int
        Rows that enter at least one pair.
    n_pairs, n_pairs_possible : int
        Pairs with a phi, and all pairs; a constant item has none.
    mean, low, high : float
        Mean, smallest and largest phi over the pairs.
    share_positive : float
        Share of the pairs with a phi above 0.
    """

    rule: str
    n_rows: int
    n_pairs: int
    n_pairs_possible: int
    mean: float
    low: float
    high: float
    share_positive: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DepthBias:
    """Mean phi under every treatment of blanks.

    Attributes
    ----------
    steps : tuple of PhiSummary or Refusal
        In the order of `RULES`.
    n_rows, n_items : int
    share_empty : float
        Share of the rows without any item.
    """

    steps: tuple[PhiSummary | Refusal, ...]
    n_rows: int
    n_items: int
    share_empty: float


def demonstrate_depth_bias(
    matrix: npt.ArrayLike, *, documented: npt.ArrayLike | None = None
) -> DepthBias | Refusal:
    """Compute the mean phi of all pairs while fewer and fewer blanks count as absence.

    Parameters
    ----------
    matrix : array_like of bool, shape (n_rows, n_items)
        Whether an item is recorded as present.
    documented : array_like of bool, shape (n_rows, n_items), optional
        Whether it is known to be present or known to be absent.

    Returns
    -------
    DepthBias or Refusal
        Four treatments: all rows with blank as absent; rows with at least one item; with at least
        two; and, for each pair, the rows in which both items are documented. The last is a
        refusal without `documented`: a 0 does not say whether it was established.

    Raises
    ------
    ValueError
        If a value is neither 0 nor 1, shapes differ, or an item is present but not documented.

    Notes
    -----
    phi = (n a - x y) / sqrt(x (n - x) y (n - y)), with x and y the counts of two items and a
    their joint count among n rows. Rows that nobody documented in depth hold blanks in every
    column, which alone makes phi positive. Leaving out rows without an item has the opposite
    pull: a condition of "at least one" makes unrelated items negatively related (Berkson 1946,
    doi:10.2307/3002000). None of the first three numbers measures association.

    Examples
    --------
    >>> empty, full = [[0, 0]] * 6, [[1, 1], [1, 0], [0, 1], [0, 0]]
    >>> found = demonstrate_depth_bias(empty + full)
    >>> [round(step.mean, 2) for step in found.steps[:2]]
    [0.38, -0.5]
    """
    present = _binary(matrix, "matrix")
    known = None if documented is None else _binary(documented, "documented")
    if known is not None and known.shape != present.shape:
        raise ValueError(f"documented must have the shape {present.shape}, not {known.shape}.")
    if known is not None and (present & ~known).any():
        raise ValueError("an item is present but not documented; documented must hold it too.")
    if present.shape[1] < 2:
        return Refusal(WHAT, "there are fewer than two items")
    if present.shape[0] == 0:
        return Refusal(WHAT, "there is no row")
    n_items = present.sum(axis=1)
    steps = [
        _summary(rule, present[n_items >= least], None) for least, rule in enumerate(RULES[:3])
    ]
    if known is None:
        why = "a matrix of 0 and 1 does not say which zeros were established"
        last: PhiSummary | Refusal = Refusal(WHAT, why)
    else:
        last = _summary(RULES[3], present, known)
    return DepthBias(
        steps=(*steps, last),
        n_rows=len(present),
        n_items=present.shape[1],
        share_empty=float((n_items == 0).mean()),
    )


def _binary(values: npt.ArrayLike, name: str) -> BoolArray:
    held = np.asarray(values)
    if held.ndim != 2:
        raise ValueError(f"{name} must have two dimensions, not {held.ndim}.")
    if held.dtype != np.bool_ and not np.isin(held, (0, 1)).all():
        raise ValueError(f"{name} must hold 0 and 1, or true and false, only.")
    return held.astype(np.bool_)


def _product(first: BoolArray, second: BoolArray) -> FloatArray:
    """Count the rows in which both columns hold, for all pairs of columns."""
    total = np.zeros((first.shape[1], second.shape[1]))
    for start in range(0, len(first), _BLOCK):
        rows = slice(start, start + _BLOCK)
        total += first[rows].astype(np.float64).T @ second[rows].astype(np.float64)
    return total


def _summary(rule: str, present: BoolArray, known: BoolArray | None) -> PhiSummary | Refusal:
    upper = np.triu_indices(present.shape[1], 1)
    joint = _product(present, present)
    if known is None:
        rows, n_rows = np.full_like(joint, len(present)), len(present)
        first = np.repeat(np.diag(joint)[:, None], len(joint), axis=1)
    else:
        rows, first = _product(known, known), _product(present, known)
        n_rows = int((known.sum(axis=1) >= 2).sum())
    n, a, x, y = rows[upper], joint[upper], first[upper], first.T[upper]
    squares = x * (n - x) * y * (n - y)
    varies = squares > 0
    if not varies.any():
        return Refusal(WHAT, "no pair of items varies in the rows that are left")
    phi = (n * a - x * y)[varies] / np.sqrt(squares[varies])
    return PhiSummary(
        rule=rule,
        n_rows=n_rows,
        n_pairs=int(varies.sum()),
        n_pairs_possible=len(n),
        mean=float(phi.mean()),
        low=float(phi.min()),
        high=float(phi.max()),
        share_positive=float((phi > 0).mean()),
    )


def simulate_depth_records(model: DepthModel, *, n: int = 20_000, seed: int = 1) -> DepthRecords:
    """Draw records without any association between items, documented to uneven depth.

    Parameters
    ----------
    model : DepthModel
        Prevalences, and the distribution of documentation.
    n : int
        Number of records.
    seed : int

    Returns
    -------
    DepthRecords

    Raises
    ------
    ValueError
        If a share is not between 0 and 1, the spread is negative, or `n` is not a count.

    Examples
    --------
    >>> model = DepthModel(prevalence=(0.5, 0.5), share_empty=0.25, centre=0.0, spread=1.0)
    >>> drawn = simulate_depth_records(model, n=1000, seed=3)
    >>> drawn.present.shape, bool((drawn.present & ~drawn.documented).any())
    ((1000, 2), False)
    """
    check_counts({"n": n})
    shares = np.array([*model.prevalence, model.share_empty])
    if not ((shares >= 0) & (shares <= 1)).all():
        raise ValueError("prevalence and share_empty must lie between 0 and 1.")
    if not (np.isfinite(model.centre) and model.spread >= 0):
        raise ValueError("centre must be finite, and spread must not be negative.")
    rng = np.random.default_rng(seed)
    state = rng.random((n, len(model.prevalence))) < np.array(model.prevalence)
    depth = special.expit(model.centre + model.spread * rng.standard_normal(n))
    depth[rng.random(n) < model.share_empty] = 0.0
    documented = rng.random(state.shape) < depth[:, None]
    return DepthRecords(present=state & documented, documented=documented)
