"""Separation: covariates that tell the outcomes apart, so that the likelihood has no maximum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from relatum.inference.common import FloatArray, IntArray, Refusal
from relatum.inference.logit_rows import BoolArray, LogitPlan, LogitRows, plan_logit

__all__ = ["Cone", "Separation", "SeparationKind", "find_cone", "find_separation", "separate_plan"]

WHAT = "separation"
SeparationKind = Literal["none", "quasi-complete", "complete"]
_SMALL = 1e-7


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cone:
    """Directions in which the likelihood never falls.

    Attributes
    ----------
    separated : ndarray of bool, shape (n,)
        Rows that some direction predicts ever better; the others are the same along all of them.
    low, high : ndarray of int, shape (k,)
        Whether a coefficient falls (-1) or rises (1) in some direction, else 0.
    """

    separated: BoolArray
    low: IntArray
    high: IntArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Separation:
    """Whether there is separation, and which estimates do not exist because of it.

    Attributes
    ----------
    kind : {"none", "quasi-complete", "complete"}
        Complete: a combination of the covariates tells all rows with outcome 1 from all others.
        Quasi-complete: it does so for some rows, and never errs.
    names : tuple of str
        "constant", and the covariates.
    direction : ndarray of int, shape (k + 1,)
        1 where the likelihood grows with the coefficient for ever, -1 where it grows as it falls;
        0 where the estimate is finite, or undetermined.
    undetermined : ndarray of bool, shape (k + 1,)
        Whether the likelihood comes as near to its supremum for ever larger as for ever smaller
        values: the rows say nothing about this coefficient.
    separated : ndarray of bool, shape (n_rows,)
        The rows, of those with a weight above 0, that are predicted without error in the limit.
    """

    kind: SeparationKind
    names: tuple[str, ...]
    direction: IntArray
    undetermined: BoolArray
    separated: BoolArray

    def describe(self) -> str:
        """Say it in a clause."""
        if self.kind == "none":
            return "no separation: every estimate is finite"
        words = {1: "grows without limit", -1: "falls without limit"}
        parts = []
        for j, name in enumerate(self.names):
            if self.undetermined[j]:
                parts.append(f"that of {name} is undetermined")
            elif self.direction[j]:
                parts.append(f"the coefficient of {name} {words[int(self.direction[j])]}")
        n, total = int(self.separated.sum()), len(self.separated)
        return f"{self.kind} separation, in {n} of {total} rows: " + ", ".join(parts)


def find_separation(rows: LogitRows) -> Separation | Refusal:
    """Look for separation by linear programmes, without fitting anything.

    Parameters
    ----------
    rows : LogitRows

    Returns
    -------
    Separation or Refusal
        A refusal for rows that `plan_logit` refuses.

    Notes
    -----
    Albert and Anderson 1984, doi:10.1093/biomet/71.1.1: the maximum likelihood estimate is finite
    if and only if no direction b other than 0 has ``(2 y - 1) x'b >= 0`` in every row. A linear
    programme finds all rows for which some such b is above 0; two more for each coefficient tell
    whether it rises, falls, or both, along such directions (the programmes of Konis 2007, which
    stop at one direction).

    Examples
    --------
    >>> found = find_separation(
    ...     LogitRows(outcome=[0, 1, 0, 1, 1, 1], covariates=[0, 0, 0, 0, 1, 1], names=("contact",))
    ... )
    >>> found.kind
    'quasi-complete'
    >>> print(found.describe())
    quasi-complete separation, in 2 of 6 rows: the coefficient of contact grows without limit
    """
    plan = plan_logit(rows, what=WHAT)
    return plan if isinstance(plan, Refusal) else separate_plan(plan)


def separate_plan(plan: LogitPlan) -> Separation:
    """As `find_separation`, for a plan."""
    cone = find_cone(plan.columns.T, plan.outcome == 1.0, plan.n_coef)
    either = (cone.low < 0) & (cone.high > 0)
    everywhere = bool(cone.separated.all())
    kind: SeparationKind = "complete" if everywhere else "quasi-complete"
    return Separation(
        kind=kind if cone.separated.any() else "none",
        names=plan.names,
        direction=np.where(either, 0, cone.low + cone.high),
        undetermined=either,
        separated=cone.separated,
    )


def find_cone(design: FloatArray, outcome: BoolArray, n_named: int) -> Cone:
    """Find the directions in which a logistic likelihood never falls.

    Parameters
    ----------
    design : ndarray, shape (n, m)
        Of full rank; a constant, if there is one, in front.
    outcome : ndarray of bool, shape (n,)
    n_named : int
        For how many of the first columns signs are wanted.

    Returns
    -------
    Cone
    """
    centred = _centre(design)
    signed = np.where(outcome, 1.0, -1.0)[:, None] * centred.design
    distinct, place = np.unique(signed, axis=0, return_inverse=True)
    apart = _find_separated(distinct)
    low, high = np.zeros(n_named, dtype=np.int64), np.zeros(n_named, dtype=np.int64)
    if apart.any():
        basis = _null_space(distinct[~apart], design.shape[1])
        margins = distinct[apart] @ basis
        for j in range(n_named):
            wanted = centred.back[j] @ basis
            if np.abs(wanted).max() > _SMALL:
                low[j], high[j] = -_rises(margins, -wanted), _rises(margins, wanted)
    return Cone(separated=apart[place.reshape(-1)], low=low, high=high)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Centred:
    """Columns less their means times the constant; rows of `back` give the coefficients."""

    design: FloatArray
    back: FloatArray


def _centre(design: FloatArray) -> _Centred:
    """Scale the columns, and centre those after a constant in front: small margins then show."""
    back = np.eye(design.shape[1])
    centred = design.copy()
    if (design[:, 0] == 1.0).all():
        back[0, 1:] = -design[:, 1:].mean(axis=0)
        centred[:, 1:] += back[0, 1:]
    spread = np.maximum(np.abs(centred).max(axis=0), np.finfo(float).tiny)
    return _Centred(design=centred / spread, back=back / spread)


def _solve(cost: FloatArray, upper: object, bound: FloatArray, box: FloatArray) -> FloatArray:
    from scipy import optimize

    linprog: Any = optimize.linprog
    found = linprog(cost, A_ub=upper, b_ub=bound, bounds=box, method="highs")
    return np.asarray(found.x, dtype=np.float64)


def _find_separated(signed: FloatArray) -> BoolArray:
    """Mark the rows with a margin above 0 in some direction without a margin below 0.

    Margins are counted up to 1 and added up. A direction may be as long as it likes, and sums of
    directions are directions, so at the maximum each such row counts 1 and the others 0.
    """
    from scipy import sparse

    n, m = signed.shape
    upper = sparse.hstack([sparse.csr_array(-signed), sparse.eye_array(n)], format="csr")
    box = np.column_stack([np.full(m + n, -np.inf), np.full(m + n, np.inf)])
    box[m:] = (0.0, 1.0)
    cost = np.concatenate([np.zeros(m), -np.ones(n)])
    return np.asarray(_solve(cost, upper, np.zeros(n), box)[m:] > 0.5)


def _null_space(overlapping: FloatArray, m: int) -> FloatArray:
    if not len(overlapping):
        return np.eye(m)
    _, values, rows = np.linalg.svd(overlapping, full_matrices=True)
    rank = int((values > 1e-9 * values[0]).sum()) if values.size else 0
    return np.asarray(rows[rank:].T, dtype=np.float64)


def _rises(margins: FloatArray, wanted: FloatArray) -> int:
    """Say whether (1 or 0) a combination is above 0 in some direction of the cone."""
    r = margins.shape[1]
    box = np.column_stack([-np.ones(r), np.ones(r)])
    best = _solve(-wanted, -margins, np.zeros(len(margins)), box)
    return int(wanted @ best > _SMALL * np.abs(wanted).max())
