"""What can be said of a coefficient whose estimate is infinite: a limit on one side."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from relatum.inference.common import FloatArray, Refusal, check_conf_level
from relatum.inference.logit_likelihood import LogitLikelihood
from relatum.inference.logit_profile import Likelihood, climb, walk_one_side
from relatum.inference.logit_rows import (
    BoolArray,
    LogitPlan,
    LogitRows,
    find_names,
    find_redundant,
    plan_logit,
)
from relatum.inference.separation import find_cone, separate_plan

__all__ = ["OneSidedLimit", "keep_independent", "one_sided_limit", "separated_logit_limit"]

WHAT = "one-sided profile limit"


@dataclass(frozen=True, slots=True, kw_only=True)
class OneSidedLimit:
    """The limit of a coefficient that the likelihood drives away.

    Attributes
    ----------
    name : str
    direction : int
        1: the coefficient grows for ever, and the limit is a lower one; -1: the reverse.
    limit : float
        The one of the two limits at this level that exists; not a one-sided limit at this level.
    p_value : float
        Two-sided, by the likelihood ratio: supremum against 0.
    conf_level : float
    why : str
        Why there is neither an estimate nor another limit, as a clause.
    """

    name: str
    direction: int
    limit: float
    p_value: float
    conf_level: float
    why: str


def separated_logit_limit(
    rows: LogitRows, *, covariate: str, conf_level: float = 0.95
) -> OneSidedLimit | Refusal:
    """Find the profile-likelihood limit that is left to a coefficient under separation.

    Parameters
    ----------
    rows : LogitRows
    covariate : str
        The covariate, or "constant".
    conf_level : float, default 0.95

    Returns
    -------
    OneSidedLimit or Refusal
        A refusal for rows that `plan_logit` refuses, for a coefficient whose estimate is finite or
        undetermined, and where another one runs away even with this one held.

    Raises
    ------
    ValueError
        For an unknown name, or a level that is not between 0 and 1.

    Notes
    -----
    The limit is where the profile likelihood falls below its supremum by half the chi-square
    quantile, as profile limits of a finite estimate are. Report it beside `firth_logit`.

    Examples
    --------
    All four women with contact took a step back, and two of four without it.

    >>> rows = LogitRows(
    ...     outcome=[1, 1, 1, 1, 1, 1, 0, 0],
    ...     covariates=[1, 1, 1, 1, 0, 0, 0, 0],
    ...     names=("contact",),
    ... )
    >>> found = separated_logit_limit(rows, covariate="contact")
    >>> found.direction, round(found.limit, 4), round(found.p_value, 4)
    (1, -0.188, 0.0632)
    """
    check_conf_level(conf_level)
    column = int(np.flatnonzero(find_names(rows, (covariate,)))[0])
    plan = plan_logit(rows, what=WHAT)
    if isinstance(plan, Refusal):
        return plan
    found = separate_plan(plan)
    if found.undetermined[column]:
        return Refusal(WHAT, f"the rows say nothing about {covariate}: {found.describe()}")
    if not found.direction[column]:
        return Refusal(WHAT, f"the estimate of {covariate} is finite; it has both limits")
    others = np.delete(plan.columns.T, column, axis=1)
    if find_cone(others, plan.outcome == 1.0, 0).separated.any():
        return Refusal(WHAT, f"another coefficient runs away with {covariate} held")
    top = _supremum(plan, ~found.separated)
    if isinstance(top, Refusal):
        return top
    return one_sided_limit(
        LogitLikelihood(plan),
        np.where(np.arange(plan.n_coef) == column, 0.0, plan.start),
        column,
        top=top,
        direction=int(found.direction[column]),
        name=covariate,
        conf_level=conf_level,
        scale=float(plan.scale[column]),
        why=found.describe(),
    )


def _supremum(plan: LogitPlan, overlapping: BoolArray) -> float | Refusal:
    """Supremum of the log-likelihood: the others are predicted without error in the limit."""
    if not overlapping.any():
        return 0.0
    columns = keep_independent(plan.columns[:, overlapping])
    k = len(columns)
    inside = replace(
        plan,
        columns=columns,
        outcome=plan.outcome[overlapping],
        weights=plan.weights[overlapping],
        offset=plan.offset[overlapping],
        scale=np.ones(k),
        start=np.zeros(k),
    )
    peak = climb(LogitLikelihood(inside), inside.start, np.ones(k, dtype=bool))
    return Refusal(WHAT, "the supremum was not found") if peak is None else peak.sums.loglik


def keep_independent(columns: FloatArray) -> FloatArray:
    """Drop the columns, one per row of memory, that follow from those before them."""
    kept = columns[np.abs(columns).max(axis=1) > 0.0]
    redundant = find_redundant(kept.T) if len(kept) else None
    while redundant is not None:
        kept = np.delete(kept, redundant, axis=0)
        redundant = find_redundant(kept.T)
    return np.ascontiguousarray(kept)


def one_sided_limit(
    likelihood: Likelihood,
    start: FloatArray,
    column: int,
    *,
    top: float,
    direction: int,
    name: str,
    conf_level: float,
    scale: float,
    why: str,
) -> OneSidedLimit | Refusal:
    """Find the limit of one coefficient of a likelihood that has a maximum with it held.

    Parameters
    ----------
    likelihood : Likelihood
    start : ndarray, shape (k,)
        Coefficients, with a 0 for the one that is meant.
    column : int
        Which one is meant.
    top : float
        Supremum of the log-likelihood.
    direction : {1, -1}
        Where the likelihood grows for ever.
    name, why : str
        For the result.
    conf_level : float
    scale : float
        A coefficient of the likelihood is this times the one that is reported.

    Returns
    -------
    OneSidedLimit or Refusal
        A refusal where no maximum was found with the coefficient held.
    """
    aim = top - 0.5 * float(special.chdtri(1, 1.0 - conf_level))
    null = climb(likelihood, start, np.arange(len(start)) != column)
    limit = None
    if null is not None:
        limit = walk_one_side(likelihood, null, column, sign=float(direction), aim=aim)
    if null is None or limit is None:
        return Refusal(WHAT, f"no maximum was found with the coefficient of {name} held")
    return OneSidedLimit(
        name=name,
        direction=direction,
        limit=limit / scale,
        p_value=float(special.chdtrc(1, max(0.0, 2.0 * (top - null.sums.loglik)))),
        conf_level=conf_level,
        why=why,
    )
