"""The difference of a mean between two independent samples of cases, with limits and tests.

Headline: the inverted restricted wild bootstrap of whole cases. Where one share is near 0 or 1
its limits are joined with limits that keep the skewness, and where a sample has no variance
these stand alone, so that no interval shrinks to a point.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from relatum.inference.boundary_difference import (
    Arm,
    Share,
    check_arm,
    mover_limits,
    mover_tail,
    wild_tail,
)
from relatum.inference.common import Interval, Refusal, t_quantile
from relatum.inference.equivalence import EquivalenceTest, check_margins
from relatum.inference.equivalence_power import residual_moments
from relatum.inference.products import ClusterProducts
from relatum.inference.robust import cluster_robust
from relatum.inference.wild_core import LinearProblem, linear_problem, solve_problem

__all__ = ["ClusteredDifference", "clustered_difference"]

_WHAT = "difference between two samples of cases"
_EVERYWHERE = (-np.inf, np.inf)
_WILD = "wild_cluster_bootstrap"
_MOVER = "mover_korn_graubard"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusteredDifference:
    """Mean of sample a less mean of sample b.

    Attributes
    ----------
    estimate : float
    std_error, df : float
        CR2 and its Satterthwaite degrees of freedom. Where a sample has no variance the error
        is half the width of `conf95` over the t quantile, on `clusters_a + clusters_b - 2`.
    mean_a, mean_b : float
    n_a, n_b : int
        Rows of positive weight.
    clusters_a, clusters_b : int
    conf90, conf95 : Interval
        The headline limits.
    method : str
        "wild_cluster_bootstrap", "mover_korn_graubard" or both joined by " + ": then each limit
        is the outer one.
    cr2_90, cr2_95 : Interval or None
        t limits on CR2, secondary; None where a sample has no variance.
    """

    estimate: float
    std_error: float
    df: float
    mean_a: float
    mean_b: float
    n_a: int
    n_b: int
    clusters_a: int
    clusters_b: int
    conf90: Interval
    conf95: Interval
    method: str
    cr2_90: Interval | None
    cr2_95: Interval | None
    headline: _Headline = field(repr=False, compare=False)

    def interval(self, *, conf_level: float = 0.95) -> Interval:
        """Return the headline limits at another level.

        Parameters
        ----------
        conf_level : float

        Returns
        -------
        Interval
        """
        return self.headline.interval(conf_level)

    def test(
        self,
        *,
        margin_low: float | None = None,
        margin_high: float | None = None,
        level: float = 0.05,
    ) -> EquivalenceTest:
        """Test whether the difference lies inside its margins, by the headline limits.

        Parameters
        ----------
        margin_low, margin_high : float, optional
            At least one.
        level : float
            Size of each one-sided test.

        Returns
        -------
        EquivalenceTest
            A p value is at most the level if and only if the limit at 1 - 2 x level lies inside
            its margin.

        Raises
        ------
        ValueError
            For margins that are missing, out of order, or outside the support.

        Notes
        -----
        p is the smallest level at which the limit passes the margin: half the two-sided p value
        of the bootstrap on the far side of the estimate. From 0.5 on it is printed as 0.5 where
        only "mover" limits exist.
        """
        check_margins(margin_low, margin_high, level=level)
        head = self.headline
        outside = [m for m in (margin_low, margin_high) if m is not None and not head.allows(m)]
        if outside:
            raise ValueError(
                f"margins must lie between {head.support[0]:g} and {head.support[1]:g}, without "
                f"both; got {', '.join(f'{m:g}' for m in outside)}."
            )
        limits = head.interval(1.0 - 2.0 * level)
        p_low = None if margin_low is None else head.tail(margin_low, lower=True)
        p_high = None if margin_high is None else head.tail(margin_high, lower=False)
        return EquivalenceTest(
            estimate=self.estimate,
            std_error=self.std_error,
            df=self.df,
            margin_low=margin_low,
            margin_high=margin_high,
            p_low=p_low,
            p_high=p_high,
            p_value=max(p for p in (p_low, p_high) if p is not None),
            conf_low=limits.conf_low,
            conf_high=limits.conf_high,
            conf_level=limits.conf_level,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Headline:
    """What the limits at any level rest on; `sign` is -1 where the samples were put about."""

    estimate: float
    problem: LinearProblem | None
    shares: tuple[Share, Share] | None
    sign: float
    support: tuple[float, float]

    @property
    def method(self) -> str:
        parts = ((self.problem, _WILD), (self.shares, _MOVER))
        return " + ".join(name for used, name in parts if used is not None)

    def allows(self, margin: float) -> bool:
        return self.support[0] < margin < self.support[1]

    def interval(self, conf_level: float) -> Interval:
        lows, highs = [], []
        if self.problem is not None:
            found = solve_problem(
                self.problem, null=0.0, conf_level=conf_level, support=_EVERYWHERE
            )
            low, high = self._turn(found.conf_low, found.conf_high)
            lows.append(low)
            highs.append(high)
        if self.shares is not None:
            limits = mover_limits(*self.shares, conf_level=conf_level)
            lows.append(limits.conf_low)
            highs.append(limits.conf_high)
        return Interval(
            estimate=self.estimate,
            conf_low=max(self.support[0], min(lows)),
            conf_high=min(self.support[1], max(highs)),
            conf_level=conf_level,
            method=self.method,
        )

    def tail(self, margin: float, *, lower: bool) -> float:
        found = []
        if self.problem is not None:
            found.append(
                wild_tail(self.problem, self.sign * margin, lower=lower == (self.sign > 0))
            )
        if self.shares is not None:
            found.append(mover_tail(*self.shares, margin=margin, lower=lower))
        return max(found)

    def _turn(self, low: float, high: float) -> tuple[float, float]:
        return (low, high) if self.sign > 0 else (-high, -low)


def clustered_difference(
    values_a: npt.ArrayLike,
    cluster_a: npt.ArrayLike,
    values_b: npt.ArrayLike,
    cluster_b: npt.ArrayLike,
    *,
    weights_a: npt.ArrayLike | None = None,
    weights_b: npt.ArrayLike | None = None,
    support: tuple[float, float] = (-1.0, 1.0),
    n_draws: int = 9_999,
    seed: int = 1,
) -> ClusteredDifference | Refusal:
    """Compare a mean between two independent samples of rows in cases.

    Parameters
    ----------
    values_a, values_b : array_like, shape (n_a,), (n_b,)
        0/1, or any number whose means differ within `support`.
    cluster_a, cluster_b : array_like, shape (n_a,), (n_b,)
        The case of each row. The same label in both samples is not the same case.
    weights_a, weights_b : array_like, optional
        Not negative, scaled to mean 1 in each sample; rows of weight 0 are left out.
    support : tuple of float
        The limits are cut to it.
    n_draws, seed : int
        Random sign vectors, with more than 14 cases together.

    Returns
    -------
    ClusteredDifference or Refusal
        A refusal with fewer than two cases in a sample, for values that are not finite, and
        for a sample without variance between its cases whose values are not 0 and 1.

    Raises
    ------
    ValueError
        For lengths that differ, a negative weight, or a difference outside the support.

    Notes
    -----
    Restricted wild cluster bootstrap-t of the difference (see `wild.wild_coefficient`) with all
    cases of both samples, inverted. A difference near a margin with one rare share has an error
    that is small just when the estimate is: where a share is below .10 or above .90 the limits
    are therefore joined with those of Korn and Graubard for each sample, combined by "mover"
    (Zou and Donner 2008, doi:10.1002/sim.3095), and with a sample without variance the latter
    stand alone. At the margin the verdict of equivalence is wrong in about .06 of samples or fewer
    for shares of .1 and above, and for a share of .05 with a correlation up to .10; in up to .08
    for rarer shares with a correlation of .25 (`tests/benchmarks/results/size_equivalence.md`).
    Assumes independent cases and weights that are known. The order of rows and the names of
    cases change nothing; swapping the samples changes the signs.

    Examples
    --------
    >>> a, b = [1, 1, 0, 1, 0, 0, 1, 0], [0, 0, 1, 0, 1, 1, 0, 0]
    >>> case = [1, 1, 2, 2, 3, 3, 4, 4]
    >>> found = clustered_difference(a, case, b, case)
    >>> print(found.conf90)
    0.125 (90% -0.505 to 0.711)
    >>> round(found.test(margin_low=-0.5, margin_high=0.5).p_value, 4)
    0.1523
    """
    arms = []
    for name, values, cluster, weights in (
        ("a", values_a, cluster_a, weights_a),
        ("b", values_b, cluster_b, weights_b),
    ):
        arm = check_arm(values, cluster, weights, name=name, what=_WHAT)
        if isinstance(arm, Refusal):
            return arm
        arms.append(arm)
    a, b = arms
    estimate = a.mean - b.mean
    if not support[0] <= estimate <= support[1]:
        raise ValueError(
            f"the difference lies outside the support {support[0]:g} to {support[1]:g}."
        )
    sign = 1.0 if a.order >= b.order else -1.0
    first, second = (a, b) if sign > 0 else (b, a)
    flat = [arm for arm in arms if arm.flat]
    shares = _shares(a, b)
    if isinstance(shares, Refusal):
        return shares
    problem = None if flat else linear_problem(
        _products(first, second), column=1, n_draws=n_draws, seed=seed
    )  # fmt: skip
    if isinstance(problem, Refusal):
        return problem
    head = _Headline(estimate=estimate, problem=problem, shares=shares, sign=sign, support=support)
    fit = None if flat else _cr2(first, second)
    if isinstance(fit, Refusal):
        return fit
    return _assemble(a, b, head, fit)


def _shares(a: Arm, b: Arm) -> tuple[Share, Share] | Refusal | None:
    """Return counts for the limits that keep the skewness, where they are needed."""
    if not (a.flat or b.flat or a.extreme or b.extreme):
        return None
    one, other = a.share, b.share
    if one is not None and other is not None:
        return one, other
    for name, arm in (("a", a), ("b", b)):
        if arm.flat:
            return Refusal(_WHAT, f"the cases of sample {name} do not differ at all")
    return None


def _products(first: Arm, second: Arm) -> ClusterProducts:
    """Cross-products of constant and sample; cases are sorted by content, not by name."""
    weight = np.concatenate([first.totals, second.totals])
    sums = np.concatenate([first.sums, second.sums])
    arm = np.repeat([1.0, 0.0], [len(first.totals), len(second.totals)])
    xx = np.empty((len(arm), 2, 2))
    xx[:, 0, 0] = weight
    xx[:, 0, 1] = xx[:, 1, 0] = xx[:, 1, 1] = weight * arm
    xy = np.column_stack([sums, sums * arm])
    return ClusterProducts(xx=xx, xy=xy, n_rows=first.n_rows + second.n_rows)


def _cr2(first: Arm, second: Arm) -> tuple[float, float] | Refusal:
    """CR2 error and Satterthwaite degrees of freedom.

    Where rows of a case weigh alike the adjustment of a case is one number, and no regression
    is needed: many times faster with many cases.
    """
    if first.even and second.even:
        parts = [(arm.cr2_variance, float(arm.totals.sum()), arm) for arm in (first, second)]
        assumed = [residual_moments(arm.totals, arm.totals)[1] / w**4 for _, w, arm in parts]
        trace = sum(1.0 / w for _, w, _ in parts)
        return float(np.sqrt(sum(v for v, _, _ in parts))), trace**2 / sum(assumed)
    values = np.concatenate([first.values, second.values])
    arm = np.repeat([1.0, 0.0], [first.n_rows, second.n_rows])
    cluster = np.concatenate([first.codes, second.codes + len(first.totals)])
    weights = np.concatenate([first.weights, second.weights])
    design = np.column_stack([np.ones(len(arm)), arm])
    found = cluster_robust(values, design, cluster, weights=weights)
    if isinstance(found, Refusal):
        return Refusal(_WHAT, found.why)
    return float(found.std_error[1]), float(found.df[1])


def _assemble(
    a: Arm, b: Arm, head: _Headline, fit: tuple[float, float] | None
) -> ClusteredDifference:
    conf90, conf95 = head.interval(0.90), head.interval(0.95)
    if fit is None:
        df = float(len(a.totals) + len(b.totals) - 2)
        error = conf95.width / (2.0 * t_quantile(0.95, df))
    else:
        error, df = fit

    def t_limits(conf_level: float) -> Interval | None:
        if fit is None:
            return None
        reach = t_quantile(conf_level, df) * error
        return Interval(
            estimate=head.estimate,
            conf_low=max(head.support[0], head.estimate - reach),
            conf_high=min(head.support[1], head.estimate + reach),
            conf_level=conf_level,
            method="cr2_satterthwaite",
        )

    return ClusteredDifference(
        estimate=head.estimate,
        std_error=error,
        df=df,
        mean_a=a.mean,
        mean_b=b.mean,
        n_a=a.n_rows,
        n_b=b.n_rows,
        clusters_a=len(a.totals),
        clusters_b=len(b.totals),
        conf90=conf90,
        conf95=conf95,
        method=head.method,
        cr2_90=t_limits(0.90),
        cr2_95=t_limits(0.95),
        headline=head,
    )
