"""Nelson-Aalen cumulative hazards with delayed entry, ties taken together or one by one.

lifelines takes ties one by one unless told otherwise; here the default is R's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relatum.inference.common import FloatArray, Refusal
from relatum.inference.curve_limits import limit_amounts
from relatum.inference.risk_sets import RiskTable, check_exit_rows, count_exits

__all__ = ["HazardCurve", "nelson_aalen"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HazardCurve:
    """A Nelson-Aalen cumulative hazard.

    Attributes
    ----------
    time, at_risk, events : ndarray, shape (m,)
    hazard, std_error, conf_low, conf_high : ndarray, shape (m,)
        The cumulative hazard from each time on, its error, and pointwise limits.
    ties : str
        How tied events count.
    limits : str
    conf_level : float
    n_rows, n_events : int
    """

    time: FloatArray
    at_risk: FloatArray
    events: FloatArray
    hazard: FloatArray
    std_error: FloatArray
    conf_low: FloatArray
    conf_high: FloatArray
    ties: str
    limits: str
    conf_level: float
    n_rows: int
    n_events: int

    @property
    def survival(self) -> FloatArray:
        """exp(-hazard), shape (m,): the Fleming-Harrington survival curve."""
        curve: FloatArray = np.exp(-self.hazard)
        return curve


def nelson_aalen(
    time: npt.ArrayLike,
    event: npt.ArrayLike,
    *,
    entry: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
    ties: str = "together",
    limits: str = "log",
    conf_level: float = 0.95,
) -> HazardCurve | Refusal:
    """Estimate the cumulative hazard of the event.

    Parameters
    ----------
    time, event, entry, weights : array_like, shape (n,)
        As in `kaplan_meier`.
    ties : {"together", "one-by-one"}
        Whether d events at one time add d/n (Nelson-Aalen), or 1/n + 1/(n-1) + ... as if they had
        come one after the other (Fleming-Harrington).
    limits : {"log", "plain"}
    conf_level : float

    Returns
    -------
    HazardCurve or Refusal

    Raises
    ------
    ValueError
        As in `kaplan_meier`, and for unknown ties.

    Notes
    -----
    The error is sqrt(sum d / n^2), or the sum of the squared steps one by one. Weighted ties leave
    one by one with their mean weight. Aalen 1978, doi:10.1214/aos/1176344247; Fleming and
    Harrington 1984, doi:10.1080/03610928408828837.

    Examples
    --------
    >>> nelson_aalen([2, 3, 3, 5], [1, 1, 1, 0]).hazard.round(3)
    array([0.25 , 0.917, 0.917])
    >>> nelson_aalen([2, 3, 3, 5], [1, 1, 1, 0], ties="one-by-one").hazard.round(3)
    array([0.25 , 1.083, 1.083])
    """
    if ties not in ("together", "one-by-one"):
        raise ValueError(f"ties must be together or one-by-one, not {ties!r}.")
    rows = check_exit_rows("cumulative hazard", time, event, entry=entry, weights=weights)
    if isinstance(rows, Refusal):
        return rows
    table = count_exits(rows)
    events, n = table.events[:, 0], table.at_risk
    if ties == "together":
        steps, squares = events / n, events / n**2
    else:
        steps, squares = _steps_one_by_one(table)
    hazard, std_error = np.cumsum(steps), np.sqrt(np.cumsum(squares))
    low, high = limit_amounts(hazard, std_error, limits=limits, conf_level=conf_level)
    return HazardCurve(
        time=table.time,
        at_risk=n,
        events=events,
        hazard=hazard,
        std_error=std_error,
        conf_low=low,
        conf_high=high,
        ties=ties,
        limits=limits,
        conf_level=conf_level,
        n_rows=len(rows.time),
        n_events=int(table.n_events.sum()),
    )


def _steps_one_by_one(table: RiskTable) -> tuple[FloatArray, FloatArray]:
    """Return the steps of the hazard and of its variance when ties leave one after the other."""
    count = table.n_events
    m = len(count)
    knot = np.repeat(np.arange(m), count)
    place = np.arange(len(knot)) - np.repeat(np.cumsum(count) - count, count)
    weight = (table.events[:, 0] / np.maximum(count, 1))[knot]
    each = weight / (table.at_risk[knot] - place * weight)
    steps: FloatArray = np.bincount(knot, weights=each, minlength=m).astype(np.float64)
    squares: FloatArray = np.bincount(knot, weights=each**2, minlength=m).astype(np.float64)
    return steps, squares
