"""Tests of equivalence and of non-inferiority: a difference against a declared margin.

Two one-sided tests (Schuirmann 1987). The null hypothesis is that the difference is at least as
large as the margin; a large p value therefore says nothing about a difference.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from scipy import special

from relatum.inference.common import Refusal, check_counts
from relatum.inference.differences import difference_interval, score_statistic

__all__ = [
    "EquivalenceMethod",
    "EquivalenceTest",
    "check_margins",
    "equivalence_proportions",
    "equivalence_test",
]

EquivalenceMethod = Literal["wald", "miettinen_nurminen"]
_METHODS = ("wald", "miettinen_nurminen")
_WHAT = "test of equivalence"


@dataclass(frozen=True, slots=True, kw_only=True)
class EquivalenceTest:
    """Outcome of two one-sided tests, or of one of them (non-inferiority).

    Attributes
    ----------
    estimate, std_error : float
        The difference and its error. Where limits rest on scores or on a bootstrap the error is
        for orientation.
    df : float
        Degrees of freedom of t; infinite for the normal distribution.
    margin_low, margin_high : float or None
        None where that side is not tested.
    p_low : float or None
        Of the hypothesis that the difference is `margin_low` or lower.
    p_high : float or None
        Of the hypothesis that the difference is `margin_high` or higher.
    p_value : float
        The larger of the p values that exist: both hypotheses must fall.
    conf_low, conf_high : float
        Limits at `conf_level`; each is one limit of a one-sided test.
    conf_level : float
        1 - 2 x level.
    """

    estimate: float
    std_error: float
    df: float
    margin_low: float | None
    margin_high: float | None
    p_low: float | None
    p_high: float | None
    p_value: float
    conf_low: float
    conf_high: float
    conf_level: float

    @property
    def level(self) -> float:
        """Size of each one-sided test."""
        return (1.0 - self.conf_level) / 2.0

    @property
    def within(self) -> bool:
        """Whether every limit that has a margin lies strictly inside it."""
        above = self.margin_low is None or self.conf_low > self.margin_low
        below = self.margin_high is None or self.conf_high < self.margin_high
        return above and below


def check_margins(margin_low: float | None, margin_high: float | None, *, level: float) -> None:
    """Raise unless there is a margin, the margins are ordered, and the level is one.

    Parameters
    ----------
    margin_low, margin_high : float or None
    level : float
        Size of each one-sided test.

    Raises
    ------
    ValueError
        With every fault at once.

    Examples
    --------
    >>> check_margins(-0.15, None, level=0.05)
    """
    faults = []
    if margin_low is None and margin_high is None:
        faults.append("give margin_low, margin_high or both: without a margin nothing is tested")
    for name, margin in (("margin_low", margin_low), ("margin_high", margin_high)):
        if margin is not None and not math.isfinite(margin):
            faults.append(f"{name} must be a finite number, not {margin!r}")
    if margin_low is not None and margin_high is not None and margin_low >= margin_high:
        faults.append(f"margin_low ({margin_low}) must lie below margin_high ({margin_high})")
    if not 0.0 < level < 0.5:
        faults.append(f"level must lie between 0 and 0.5, not {level!r}; try 0.05")
    if faults:
        raise ValueError("; ".join(faults) + ".")


def equivalence_test(
    estimate: float,
    std_error: float,
    *,
    margin_low: float | None = None,
    margin_high: float | None = None,
    df: float = math.inf,
    level: float = 0.05,
) -> EquivalenceTest | Refusal:
    """Test whether a difference lies inside its margins, from an estimate and its error.

    Parameters
    ----------
    estimate, std_error : float
        On the scale of the margins; for ratios take logarithms of all.
    margin_low, margin_high : float, optional
        One of them gives a one-sided test: `margin_low` alone asks "not lower by more than".
    df : float
        Degrees of freedom of t.
    level : float
        Size of each one-sided test.

    Returns
    -------
    EquivalenceTest or Refusal
        A refusal for an error that is zero or missing.

    Raises
    ------
    ValueError
        Without a margin, for margins out of order, and for a level or df that is none.

    Notes
    -----
    p_low = P(T > (d - low) / se), p_high = P(T < (d - high) / se); no correction for two tests,
    since both must reject (Schuirmann 1987, doi:10.1007/BF01068419). p_value is below the level
    if and only if the interval of level 1 - 2 x level lies inside the margins.

    Examples
    --------
    >>> found = equivalence_test(0.02, 0.05, margin_low=-0.15, margin_high=0.15, df=20)
    >>> round(found.p_value, 4), found.within
    (0.0086, True)
    """
    check_margins(margin_low, margin_high, level=level)
    if not df > 0:
        raise ValueError(f"df must be above 0, not {df!r}.")
    if not (math.isfinite(estimate) and math.isfinite(std_error)):
        return Refusal(_WHAT, "the estimate or its standard error is not finite")
    if std_error <= 0.0:
        return Refusal(_WHAT, "the standard error is zero, so any margin would seem to hold")
    p_low = None if margin_low is None else _lower_tail((margin_low - estimate) / std_error, df)
    p_high = None if margin_high is None else _lower_tail((estimate - margin_high) / std_error, df)
    reach = -_quantile(level, df) * std_error
    return EquivalenceTest(
        estimate=estimate,
        std_error=std_error,
        df=df,
        margin_low=margin_low,
        margin_high=margin_high,
        p_low=p_low,
        p_high=p_high,
        p_value=max(p for p in (p_low, p_high) if p is not None),
        conf_low=estimate - reach,
        conf_high=estimate + reach,
        conf_level=1.0 - 2.0 * level,
    )


def _lower_tail(statistic: float, df: float) -> float:
    if math.isinf(df):
        return float(special.ndtr(statistic))
    return float(special.stdtr(df, statistic))


def _quantile(level: float, df: float) -> float:
    if math.isinf(df):
        return float(special.ndtri(level))
    return float(special.stdtrit(df, level))


def equivalence_proportions(
    count_a: int,
    n_a: int,
    count_b: int,
    n_b: int,
    *,
    margin_low: float | None = None,
    margin_high: float | None = None,
    method: EquivalenceMethod = "wald",
    level: float = 0.05,
) -> EquivalenceTest | Refusal:
    """Test whether p_a - p_b lies inside its margins, for independent rows.

    Parameters
    ----------
    count_a, n_a, count_b, n_b : int
        Rows with the characteristic and all rows, in sample a and in sample b.
    margin_low, margin_high : float, optional
        Between -1 and 1.
    method : {"wald", "miettinen_nurminen"}
        Unpooled z, or the score test with its limits.
    level : float
        Size of each one-sided test.

    Returns
    -------
    EquivalenceTest or Refusal
        A refusal when a sample is empty, and with "wald" when both shares are 0 or 1.

    Raises
    ------
    ValueError
        For wrong counts, margins, level or method.

    Notes
    -----
    The score statistic at each margin carries N / (N - 1) (Miettinen and Nurminen 1985,
    doi:10.1002/sim.4780040211). `tost_proportions_2indep(method="score")` of statsmodels 0.15
    misplaces the restricted estimate. Assumes independent rows: for rows in cases use
    `clustered_difference`.

    Examples
    --------
    >>> found = equivalence_proportions(95, 200, 98, 205, margin_low=-0.1, margin_high=0.1)
    >>> round(found.p_value, 4)
    0.0254
    """
    check_margins(margin_low, margin_high, level=level)
    check_counts({"count_a": count_a, "n_a": n_a, "count_b": count_b, "n_b": n_b})
    if count_a > n_a or count_b > n_b:
        raise ValueError("a count must not exceed the size of its sample.")
    if method not in _METHODS:
        raise ValueError(f"method must be one of {', '.join(_METHODS)}, not {method!r}.")
    if any(m is not None and not -1.0 < m < 1.0 for m in (margin_low, margin_high)):
        raise ValueError("margins of a difference of proportions lie between -1 and 1.")
    if n_a == 0 or n_b == 0:
        return Refusal(_WHAT, "one of the samples has no row")
    a, b = count_a / n_a, count_b / n_b
    error = math.sqrt(a * (1.0 - a) / n_a + b * (1.0 - b) / n_b)
    if method == "wald":
        return equivalence_test(
            a - b, error, margin_low=margin_low, margin_high=margin_high, level=level
        )
    limits = difference_interval(count_a, n_a, count_b, n_b, conf_level=1.0 - 2.0 * level)
    if isinstance(limits, Refusal):
        return Refusal(_WHAT, limits.why)

    def tail(margin: float | None, side: float) -> float | None:
        if margin is None:
            return None
        score = score_statistic(count_a, n_a, count_b, n_b, delta=margin)
        return float(special.ndtr(side * score))

    p_low, p_high = tail(margin_low, -1.0), tail(margin_high, 1.0)
    return EquivalenceTest(
        estimate=a - b,
        std_error=error,
        df=math.inf,
        margin_low=margin_low,
        margin_high=margin_high,
        p_low=p_low,
        p_high=p_high,
        p_value=max(p for p in (p_low, p_high) if p is not None),
        conf_low=limits.conf_low,
        conf_high=limits.conf_high,
        conf_level=limits.conf_level,
    )
