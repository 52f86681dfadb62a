"""The test of a rate ratio of 1 from sums per case, without limits: fast enough to simulate."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy import special

from relatum.inference.common import FloatArray, Refusal, find_non_finite, normal_quantile
from relatum.inference.wild_core import sign_chunks

__all__ = ["events_needed", "rate_ratio_p_value"]

_WHAT = "test of a rate ratio"


def rate_ratio_p_value(
    events: npt.ArrayLike, time: npt.ArrayLike, *, n_draws: int = 9_999, seed: int = 1
) -> float | Refusal:
    """Test whether two rates are the same, by the score wild bootstrap over cases.

    Parameters
    ----------
    events, time : array_like, shape (n_cases, 2)
        Events and time at risk of each case: exposed first, then unexposed. Cases without time
        at risk are left out.
    n_draws, seed : int
        Random sign vectors, used only with more than 14 cases.

    Returns
    -------
    float or Refusal
        A refusal with fewer than two cases, without events or without time at either level, with
        all events at one level, and for scores that are all zero.

    Raises
    ------
    ValueError
        For shapes that differ, and for numbers below zero.

    Notes
    -----
    With one constant rate the fit under the null has a closed form, so that nothing is
    iterated: this is the p value of `rate_bootstrap.limit_rate_ratio` with one piece and known
    onsets (Kline and Santos 2012, doi:10.1515/2156-6674.1006). Cases are put in the order of
    `time`, then `events`, so that their names decide nothing where signs are drawn. Assumes
    independent cases.

    Examples
    --------
    >>> events = [[3, 1], [2, 0], [4, 2], [1, 1], [2, 1], [3, 0], [2, 2], [1, 0]]
    >>> round(rate_ratio_p_value(events, np.full((8, 2), 100.0)), 4)
    0.0312
    """
    cells = _check(events, time)
    if isinstance(cells, Refusal):
        return cells
    seen, spent = cells
    groups = len(seen)
    rate = float(seen.sum() / spent.sum())
    excess = seen - rate * spent
    scores = np.column_stack([excess.sum(axis=1), excess[:, 0]])
    both, exposed = rate * spent.sum(axis=1), rate * spent[:, 0]
    total, inner = float(both.sum()), float(exposed.sum())
    inverse = np.array([[inner, -inner], [-inner, total]]) / (inner * (total - inner))
    scaled = scores @ inverse
    leverage = np.column_stack([both, exposed]) * inverse[1, 0]
    leverage += np.column_stack([exposed, exposed]) * inverse[1, 1]
    own = scaled[:, 1]
    size = float(np.abs(own).sum())
    if size <= 1e-12:
        return Refusal(_WHAT, "the scores add up to zero in every case")
    chunks = sign_chunks(groups, n_draws=n_draws, seed=seed)
    drawn = [_studentise(scaled, leverage, chunk, size) for chunk in chunks]
    statistics = np.abs(np.concatenate(drawn) / math.sqrt(groups / (groups - 1)))
    observed = float(statistics[0])
    slack = 1e-9 * max(1.0, observed) if math.isfinite(observed) else 0.0
    return float((statistics >= observed - slack).mean())


def events_needed(*, ratio: float, exposed: float, power: float, level: float = 0.05) -> int:
    """Count the independent events that tell a rate ratio from 1.

    Parameters
    ----------
    ratio : float
    exposed : float
        Share of the time at risk that is exposed.
    power, level : float
        Of a two-sided test.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        For a ratio that is 1 or not positive, or shares that are not between 0 and 1.

    Notes
    -----
    (z_power + z_level)^2 / (exposed (1 - exposed) log(ratio)^2) (Schoenfeld 1983,
    doi:10.2307/2531021), rounded up. Events that come in cases are worth less: multiply by a
    design effect, or simulate.

    Examples
    --------
    >>> events_needed(ratio=2.0, exposed=0.5, power=0.8)
    66
    """
    faults = (
        [] if ratio > 0 and ratio != 1 else [f"ratio must be positive and not 1, not {ratio!r}"]
    )
    shares = {"exposed": exposed, "power": power, "level": level}
    faults += [
        f"{name} must lie between 0 and 1, not {one!r}"
        for name, one in shares.items()
        if not 0 < one < 1
    ]
    if faults:
        raise ValueError("; ".join(faults) + ".")
    z = normal_quantile(1.0 - level) + float(special.ndtri(power))
    return math.ceil(z**2 / (exposed * (1.0 - exposed) * math.log(ratio) ** 2))


def _studentise(
    scaled: FloatArray, leverage: FloatArray, chunk: FloatArray, size: float
) -> FloatArray:
    own = scaled[:, 1]
    sums = chunk @ scaled
    residual = chunk * own - sums @ leverage.T
    error = np.sqrt(np.einsum("bg,bg->b", residual, residual))
    top = sums[:, 1]
    empty = np.where(np.abs(top) <= 1e-14 * size, 0.0, np.inf)
    fine = error > 1e-13 * size
    found: FloatArray = np.divide(top, error, out=np.copysign(empty, top), where=fine)
    return found


def _check(events: npt.ArrayLike, time: npt.ArrayLike) -> tuple[FloatArray, FloatArray] | Refusal:
    seen, spent = (np.asarray(one, dtype=np.float64) for one in (events, time))
    if seen.ndim != 2 or seen.shape[1:] != (2,) or seen.shape != spent.shape:
        raise ValueError("events and time need one row per case and two columns each.")
    bad = find_non_finite(_WHAT, {"events": seen, "times": spent})
    if bad is not None:
        return bad
    faults = []
    if (seen < 0).any() or (spent < 0).any():
        faults.append("events and time must not be negative.")
    if ((seen > 0) & (spent <= 0)).any():
        faults.append("an event needs time at risk.")
    if faults:
        raise ValueError(" ".join(faults))
    held = spent.sum(axis=1) > 0
    seen, spent = seen[held], spent[held]
    order = np.lexsort((seen[:, 1], seen[:, 0], spent[:, 1], spent[:, 0]))
    seen, spent = seen[order], spent[order]
    if len(seen) < 2:
        return Refusal(_WHAT, "there is one case" if len(seen) else "there is no time at risk")
    if not spent.sum(axis=0).all():
        return Refusal(_WHAT, "all time at risk lies at one level")
    if not seen.sum(axis=0).all():
        why = "all events lie at one level" if seen.any() else "no event was observed"
        return Refusal(_WHAT, why)
    return seen, spent
