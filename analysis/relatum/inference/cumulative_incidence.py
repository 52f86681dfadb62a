"""Cumulative incidence of competing events: Aalen-Johansen with delayed entry and ties.

Own arithmetic: lifelines moves tied times at random. The variances are sums over subjects or event
times in closed form, so that long data cost no more than sorting them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relatum.inference.common import FloatArray, Refusal
from relatum.inference.curve_limits import carry_limits, limit_probabilities
from relatum.inference.incidence_errors import (
    ERRORS,
    IncidenceSteps,
    incidence_influence,
    incidence_variance,
    survival_variance,
)
from relatum.inference.risk_sets import (
    ExitRows,
    check_exit_rows,
    count_exits,
    evaluate_step,
)

__all__ = ["CumulativeIncidence", "IncidencePoints", "cumulative_incidence"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IncidencePoints:
    """Cumulative incidences at chosen times.

    Attributes
    ----------
    time, event_free : ndarray, shape (q,)
    incidence, std_error, conf_low, conf_high : ndarray, shape (q, k)
        One column per cause.
    """

    time: FloatArray
    event_free: FloatArray
    incidence: FloatArray
    std_error: FloatArray
    conf_low: FloatArray
    conf_high: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CumulativeIncidence:
    """Cumulative incidences of k causes.

    Attributes
    ----------
    time, at_risk, censored : ndarray, shape (m,)
        At every time at which a row ends.
    events : ndarray, shape (m, k)
    event_free, event_free_std_error : ndarray, shape (m,)
        The share without any event.
    incidence, std_error, conf_low, conf_high : ndarray, shape (m, k)
        The share with each event by each time; together with `event_free` they sum to 1.
    error : str
        The kind of standard error. `event_free_std_error` is Greenwood's unless this is the
        infinitesimal jackknife, in which the two are equal without delayed entry.
    limits : str
    conf_level : float
    n_rows, n_events : int
    rows : ExitRows
        The data, from which `influence_at` is computed.
    """

    time: FloatArray
    at_risk: FloatArray
    censored: FloatArray
    events: FloatArray
    event_free: FloatArray
    event_free_std_error: FloatArray
    incidence: FloatArray
    std_error: FloatArray
    conf_low: FloatArray
    conf_high: FloatArray
    error: str
    limits: str
    conf_level: float
    n_rows: int
    n_events: int
    rows: ExitRows

    @property
    def emptied_early(self) -> float | None:
        """When no one was left without an event though rows were observed later, or None.

        See `survival_curves.SurvivalCurve.emptied_early`.
        """
        zero = self.event_free == 0.0
        if not zero.any() or zero.argmax() == len(zero) - 1:
            return None
        return float(self.time[zero.argmax()])

    def at(self, times: npt.ArrayLike) -> IncidencePoints:
        """Read the curves at given times, shape (q,)."""
        where = np.asarray(times, dtype=np.float64)

        def read(values: FloatArray, before: float = 0.0) -> FloatArray:
            return evaluate_step(self.time, values, where, before=before)

        return IncidencePoints(
            time=where,
            event_free=read(self.event_free, 1.0),
            incidence=read(self.incidence),
            std_error=read(self.std_error),
            conf_low=read(self.conf_low),
            conf_high=read(self.conf_high),
        )

    def influence_at(self, times: npt.ArrayLike) -> FloatArray:
        """Influence of each row on each incidence at given times.

        Parameters
        ----------
        times : array_like, shape (q,)

        Returns
        -------
        ndarray, shape (n, q, k)
            Per row of the data, in their order: the derivative of the incidence by the weight of
            the row. They sum to 0 over the rows. The root of their sum of squares is the
            infinitesimal jackknife error; sums over the rows of a case give the clustered one.
        """
        return incidence_influence(self.rows, _steps(self), times)


def _steps(curve: CumulativeIncidence) -> IncidenceSteps:
    return IncidenceSteps(
        time=curve.time,
        at_risk=curve.at_risk,
        events=curve.events,
        event_free=curve.event_free,
        incidence=curve.incidence,
    )


def cumulative_incidence(
    time: npt.ArrayLike,
    cause: npt.ArrayLike,
    *,
    entry: npt.ArrayLike | None = None,
    n_causes: int | None = None,
    error: str = "infinitesimal-jackknife",
    limits: str = "log-log",
    conf_level: float = 0.95,
) -> CumulativeIncidence | Refusal:
    """Estimate the share with each of several competing events over time.

    Parameters
    ----------
    time : array_like, shape (n,)
        When each row ended, in any unit.
    cause : array_like of int, shape (n,)
        0 where it ended without an event, else the number of the event, from 1.
    entry : array_like, shape (n,), optional
        When the row came under observation; at risk when entry < t <= time.
    n_causes : int, optional
        The number of causes; by default the largest in `cause`.
    error : {"infinitesimal-jackknife", "greenwood", "aalen"}
        Sum of squared influences; the delta method with multinomial steps; or the variance of the
        R package cmprsk. They are close, and equal in large samples.
    limits : {"log-log", "log", "plain", "logit", "arcsine"}
    conf_level : float

    Returns
    -------
    CumulativeIncidence or Refusal
        A refusal without rows, for times that are not finite, or rows that end before they begin.

    Raises
    ------
    ValueError
        For lengths that differ, a cause that is not a whole number from 0 to `n_causes`, an
        unknown error, scale or level.

    Notes
    -----
    F_k(t) = sum over event times s <= t of S(s-) d_k(s) / n(s), S the share without any event.
    It is the share among those observed in a world where the other events go on happening; one
    minus a Kaplan-Meier curve that treats them as censoring is larger and has no such meaning.
    Aalen and Johansen 1978, https://www.jstor.org/stable/4615704.

    Examples
    --------
    >>> found = cumulative_incidence([1, 2, 2, 3, 5], [1, 2, 1, 0, 1])
    >>> found.incidence.round(2)
    array([[0.2, 0. ],
           [0.4, 0.2],
           [0.4, 0.2],
           [0.8, 0.2]])
    """
    if error not in ERRORS:
        raise ValueError(f"error must be one of {', '.join(ERRORS)}, not {error!r}.")
    rows = check_exit_rows("cumulative incidence", time, cause, entry=entry, n_kinds=n_causes)
    if isinstance(rows, Refusal):
        return rows
    table = count_exits(rows, n_kinds=n_causes or max(1, int(rows.kind.max())))
    share = table.events / table.at_risk[:, None]
    left = table.at_risk - table.events.sum(axis=1)
    event_free = np.cumprod(left / table.at_risk)
    before = np.concatenate([[1.0], event_free[:-1]])
    incidence = np.minimum(np.cumsum(before[:, None] * share, axis=0), 1.0)
    incidence[incidence > 1.0 - 1e-12] = 1.0
    steps = IncidenceSteps(
        time=table.time,
        at_risk=table.at_risk,
        events=table.events,
        event_free=event_free,
        incidence=incidence,
    )
    std_error = np.sqrt(incidence_variance(rows, steps, error=error))
    low, high = limit_probabilities(incidence, std_error, limits=limits, conf_level=conf_level)
    for j in range(incidence.shape[1]):
        falling = carry_limits(1.0 - incidence[:, j], 1.0 - high[:, j], 1.0 - low[:, j])
        high[:, j], low[:, j] = 1.0 - falling[0], 1.0 - falling[1]
    return CumulativeIncidence(
        time=table.time,
        at_risk=table.at_risk,
        censored=table.censored,
        events=table.events,
        event_free=event_free,
        event_free_std_error=np.sqrt(survival_variance(rows, steps, error=error)),
        incidence=incidence,
        std_error=std_error,
        conf_low=low,
        conf_high=high,
        error=error,
        limits=limits,
        conf_level=conf_level,
        n_rows=len(rows.time),
        n_events=int(table.n_events.sum()),
        rows=rows,
    )
