"""Rows of a logistic regression: checked, scaled, and with the constant in front."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relatum.inference.common import (
    FloatArray,
    Refusal,
    as_matrix,
    as_vector,
    find_non_finite,
)

__all__ = [
    "CONSTANT",
    "BoolArray",
    "LogitPlan",
    "LogitRows",
    "find_names",
    "find_redundant",
    "plan_logit",
]

BoolArray = npt.NDArray[np.bool_]

CONSTANT = "constant"
_ALIASED, _CLEAR = 1e-6, 1e-5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LogitRows:
    """The rows of a regression with a yes or no outcome.

    Attributes
    ----------
    outcome : ndarray, shape (n,)
        1 and 0.
    covariates : ndarray, shape (n, k)
        Without the constant, which is always added. k may be 0.
    weights : ndarray, shape (n,), or None
        How many rows each stands for; not negative.
    offset : ndarray, shape (n,), or None
        Added to the linear predictor.
    names : tuple of str
        A name per covariate; by default "covariate 1" and so on.

    Raises
    ------
    ValueError
        For lengths that differ, outcomes other than 1 and 0, negative weights, or names that are
        too few, too many, equal, or that of the constant.

    Examples
    --------
    >>> LogitRows(outcome=[1, 0], covariates=[[0.0, 3.0], [1.0, 2.0]]).names
    ('covariate 1', 'covariate 2')
    """

    outcome: FloatArray
    covariates: FloatArray
    weights: FloatArray | None = None
    offset: FloatArray | None = None
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        outcome = as_vector(self.outcome, name="outcome")
        n = len(outcome)
        x = as_matrix(self.covariates, name="covariates", length=n)
        names = tuple(self.names) or tuple(f"covariate {j + 1}" for j in range(x.shape[1]))
        _set(self, "outcome", outcome)
        _set(self, "covariates", x)
        _set(self, "names", names)
        for name in ("weights", "offset"):
            value = getattr(self, name)
            _set(self, name, None if value is None else as_vector(value, name=name, length=n))
        faults = []
        if not ((outcome == 0.0) | (outcome == 1.0) | ~np.isfinite(outcome)).all():
            faults.append("outcome must hold only 1 and 0")
        if self.weights is not None and (self.weights < 0).any():
            faults.append("weights must not be negative")
        if len(names) != x.shape[1]:
            faults.append(f"{len(names)} names for {x.shape[1]} covariates")
        if len(set(names) | {CONSTANT}) != len(names) + 1:
            faults.append(f"names must differ from each other and from {CONSTANT!r}")
        if faults:
            raise ValueError("; ".join(faults) + ".")


def _set(rows: LogitRows, name: str, value: object) -> None:
    object.__setattr__(rows, name, value)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LogitPlan:
    """Rows with a weight, covariates divided by their standard deviations.

    Attributes
    ----------
    columns : ndarray, shape (k + 1, n)
        The constant and the scaled covariates, one row of memory each.
    outcome, weights, offset : ndarray, shape (n,)
    scale : ndarray, shape (k + 1,)
        A coefficient of the plan is this times that of the covariate.
    names : tuple of str
        With that of the constant in front.
    used : ndarray of bool, shape (n_rows,)
        The rows of the input with a weight above 0.
    start : ndarray, shape (k + 1,)
        Log odds of all rows for the constant, 0 for the others.
    """

    columns: FloatArray
    outcome: FloatArray
    weights: FloatArray
    offset: FloatArray
    scale: FloatArray
    names: tuple[str, ...]
    used: BoolArray
    start: FloatArray

    @property
    def n_coef(self) -> int:
        """Number of coefficients, the constant among them."""
        return len(self.scale)


def plan_logit(rows: LogitRows, *, what: str) -> LogitPlan | Refusal:
    """Check the values of the rows and scale them.

    Parameters
    ----------
    rows : LogitRows
    what : str
        The name of the quantity, for a refusal.

    Returns
    -------
    LogitPlan or Refusal
        A refusal for values that are not finite, without rows, for an outcome that is the same in
        every row, and for a covariate that is constant or follows from others.
    """
    arrays = {
        "outcomes": rows.outcome,
        "covariates": rows.covariates,
        "weights": rows.weights,
        "offsets": rows.offset,
    }
    bad = find_non_finite(what, arrays)
    if bad is not None:
        return bad
    n = len(rows.outcome)
    weights = np.ones(n) if rows.weights is None else rows.weights
    offset = np.zeros(n) if rows.offset is None else rows.offset
    used = weights > 0
    y, x = rows.outcome[used], rows.covariates[used]
    if not len(y):
        return Refusal(what, "there is no row" if n == 0 else "every weight is zero")
    if np.ptp(y) == 0:
        return Refusal(what, "the outcome is the same in every row")
    columns = np.empty((x.shape[1] + 1, len(y)))
    columns[0], columns[1:] = 1.0, x.T
    low, high = columns.min(axis=1), columns.max(axis=1)
    still = np.flatnonzero((low == high)[1:])
    if len(still):
        return Refusal(what, f"{rows.names[still[0]]} is the same in every row")
    scale = columns.std(axis=1)
    scale[0] = 1.0
    columns /= scale[:, None]
    names = (CONSTANT, *rows.names)
    redundant = find_redundant(columns.T)
    if redundant is not None:
        return Refusal(what, f"{names[redundant]} follows from other covariates; drop one of them")
    share = float(np.average(y, weights=weights[used]))
    start = np.zeros(len(scale))
    start[0] = np.log(share / (1.0 - share))
    return LogitPlan(
        columns=columns,
        outcome=y,
        weights=weights[used],
        offset=offset[used],
        scale=scale,
        names=names,
        used=used,
        start=start,
    )


def find_names(rows: LogitRows, covariates: tuple[str, ...]) -> BoolArray:
    """Mark the named coefficients, the constant's in front.

    Parameters
    ----------
    rows : LogitRows
    covariates : tuple of str

    Returns
    -------
    ndarray of bool, shape (k + 1,)

    Raises
    ------
    ValueError
        For an unknown or no name.
    """
    known = (CONSTANT, *rows.names)
    unknown = sorted(set(covariates) - set(known))
    if unknown or not covariates:
        fault = f"no such covariate: {', '.join(unknown)}" if unknown else "name a covariate"
        raise ValueError(f"{fault}; there are {', '.join(known)}.")
    return np.array([name in covariates for name in known])


def find_redundant(design: FloatArray) -> int | None:
    """Find the first column that is a combination of those before it.

    Parameters
    ----------
    design : ndarray, shape (n, k)

    Returns
    -------
    int or None

    Examples
    --------
    >>> find_redundant(np.array([[1.0, 0.0, 1.0], [1.0, 1.0, 0.0], [1.0, 1.0, 0.0]]))
    2
    """
    n, k = design.shape
    square = design.T @ design
    length = np.sqrt(np.diag(square))
    if (length > 0.0).all() and np.linalg.eigvalsh(square / np.outer(length, length))[0] > _CLEAR:
        return None
    left = np.zeros(k)
    left[: min(n, k)] = np.abs(np.diag(np.linalg.qr(design, mode="r")))
    gone = np.flatnonzero(left <= _ALIASED * length)
    return int(gone[0]) if len(gone) else None
