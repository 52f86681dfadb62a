"""Case-clustered limits of a share at one time, for two completions of the dates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from relatum.inference.common import FloatArray
from relatum.models.escape_limits import Limits, boundary_limits, influence_limits, join_limits
from relatum.study import Study

__all__ = ["ShareAt", "join_shares", "limit_share"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareAt:
    """One share at one time under one completion of the dates.

    Attributes
    ----------
    estimate : float or None
        None where too few are at risk.
    limits : Limits
    """

    estimate: float | None = None
    limits: Limits = field(default_factory=Limits)


def limit_share(
    value: float,
    influence: FloatArray,
    case: npt.NDArray[Any],
    *,
    followed: npt.NDArray[np.bool_],
    conf_level: float,
    study: Study,
) -> Limits:
    """Limit a share that a product-integral gives.

    Parameters
    ----------
    value : float
        Between 0 and 1.
    influence : ndarray, shape (n,)
        Derivative of the share by the weight of each row.
    case : ndarray, shape (n,)
    followed : ndarray of bool, shape (n,)
        Rows whose outcome at this time is known.
    conf_level : float
    study : Study
        The plan: its seed, and the correlation to assume at 0 and 1.

    Returns
    -------
    Limits
        The inverted restricted wild bootstrap of influence values summed by case
        (`relatum.models.escape_limits.influence_limits`); at 0 and 1, where these have no width,
        Korn-Graubard over the rows that were followed.
    """
    near = round(value, 12)
    if near in (0.0, 1.0):
        return boundary_limits(
            near, case[followed], conf_level=conf_level, boundary_icc=study.estimates.boundary_icc
        )
    return influence_limits(
        value, influence, case, conf_level=conf_level, support=(0.0, 1.0), seed=study.seed
    )


def join_shares(parts: Sequence[ShareAt]) -> Limits:
    """Take the union of the limits of both completions; none where one of them has none.

    Examples
    --------
    >>> parts = [ShareAt(estimate=x, limits=Limits(low=x - 0.1, high=x + 0.1)) for x in (0.3, 0.4)]
    >>> found = join_shares(parts)
    >>> round(found.low, 2), round(found.high, 2)
    (0.2, 0.5)
    """
    if any(part.estimate is None for part in parts):
        return Limits()
    return join_limits([part.limits for part in parts])
