"""Draws of a planned sample: sizes of investigations, and counts in each of them.

Only sums per investigation are drawn, which is all that the estimators read: no rows, no persons.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator, default_rng

from relatum.inference.common import FloatArray, IntArray
from relatum.study.planning import PlanningDesign

__all__ = [
    "CellDesign",
    "CrossCounts",
    "ShareCounts",
    "draw_attempts",
    "draw_coded",
    "draw_cross",
    "draw_pair",
    "draw_shares",
    "draw_sizes",
    "draw_steps",
    "mean_coded",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class CellDesign:
    """One design whose studies are simulated.

    Attributes
    ----------
    part, label : str
        See `PlanCell`.
    cases, cap : int
    icc : float or None
        None draws correlation and prevalence from their priors, anew in each study.
    factor : int
        By how much every investigation is larger than planned.
    """

    part: str
    label: str = ""
    cases: int
    cap: int
    icc: float | None
    factor: int = 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ShareCounts:
    """Counts per investigation.

    Attributes
    ----------
    coded, documented, present : ndarray of int, shape (cases,)
        Relationships; those whose file answers the question; and those of them with a yes.
    """

    coded: IntArray
    documented: IntArray
    present: IntArray

    @property
    def lowest(self) -> IntArray:
        """Present where silence is absence."""
        return self.present

    @property
    def highest(self) -> IntArray:
        """Present where silence is presence."""
        return np.asarray(self.present + self.coded - self.documented, dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CrossCounts:
    """Two things per investigation, crossed.

    Attributes
    ----------
    sizes, first, second, joint : ndarray of int, shape (cases,)
        All relationships, those with either thing, and those with both.
    """

    sizes: IntArray
    first: IntArray
    second: IntArray
    joint: IntArray


def draw_sizes(design: PlanningDesign, *, cases: int, factor: int = 1, rng: Generator) -> IntArray:
    """Draw the relationships of each investigation.

    Parameters
    ----------
    design : PlanningDesign
    cases, factor : int
        Number of investigations; by how much each is larger.
    rng : Generator

    Returns
    -------
    ndarray of int, shape (cases,)
        At least 1 each. The sizes at hand as they are, where their number is asked for; else drawn
        from them with replacement, or from 1 plus a negative binomial distribution that has the
        mean and the coefficient of variation of the plan.

    Examples
    --------
    >>> drawn = draw_sizes(PlanningDesign(), cases=50_000, rng=default_rng(1))
    >>> bool(drawn.min() == 1), round(float(drawn.mean()), 1)
    (True, 6.0)
    """
    if design.sizes:
        held = np.array(design.sizes, dtype=np.int64)
        drawn = held if cases == len(held) else rng.choice(held, size=cases)
        return np.asarray(drawn * factor, dtype=np.int64)
    mean, spread = design.mean_size - 1.0, (design.size_cv * design.mean_size) ** 2
    if design.size_cv == 0:
        return np.full(cases, round(design.mean_size) * factor, dtype=np.int64)
    if spread <= mean * (1 + 1e-9):
        drawn = rng.poisson(mean, cases)
    else:
        shape = mean**2 / (spread - mean)
        drawn = rng.poisson(rng.gamma(shape, mean / shape, cases))
    return np.asarray((drawn + 1) * factor, dtype=np.int64)


def mean_coded(design: PlanningDesign, *, cap: int, factor: int = 1) -> float:
    """Mean number of coded relationships per investigation, under a cap.

    Parameters
    ----------
    design : PlanningDesign
    cap : int
        0 for none.
    factor : int

    Returns
    -------
    float

    Examples
    --------
    >>> mean_coded(PlanningDesign(sizes=(26, 22, 5, 5, 4, 3)), cap=8)
    5.5
    """
    if design.sizes:
        held = np.array(design.sizes, dtype=np.int64) * factor
    else:
        held = draw_sizes(design, cases=20_000, factor=factor, rng=default_rng([design.seed, 10]))
    return float((np.minimum(held, cap) if cap else held).mean())


def draw_coded(design: PlanningDesign, cell: CellDesign, rng: Generator) -> tuple[float, IntArray]:
    """Draw one sample: how many relationships there are, and how many are coded in each case."""
    sizes = draw_sizes(design, cases=cell.cases, factor=cell.factor, rng=rng)
    return float(sizes.sum()), np.minimum(sizes, cell.cap) if cell.cap else sizes


def draw_shares(
    design: PlanningDesign, coded: IntArray, *, share: float, icc: float, rng: Generator
) -> ShareCounts:
    """Draw who has a characteristic and whose file says so.

    Parameters
    ----------
    design : PlanningDesign
    coded : ndarray of int, shape (cases,)
    share, icc : float
        Both shares differ between cases by beta distributions with this correlation, so that
        silence comes in whole files. Silence does not depend on the characteristic.
    rng : Generator

    Returns
    -------
    ShareCounts

    Examples
    --------
    >>> drawn = draw_shares(PlanningDesign(documented=1.0), np.array([4, 9]), share=0.3, icc=0.1,
    ...                     rng=default_rng(2))
    >>> drawn.documented.tolist(), bool((drawn.present <= drawn.coded).all())
    ([4, 9], True)
    """
    documented = _beta_binomial(coded, design.documented, icc, rng)
    present = _beta_binomial(documented, share, icc, rng)
    return ShareCounts(coded=coded, documented=documented, present=present)


def draw_attempts(
    design: PlanningDesign, coded: IntArray, rng: Generator
) -> tuple[FloatArray, FloatArray]:
    """Draw escape attempts and years under observation, exposed first, shape (cases, 2) each.

    Notes
    -----
    Poisson counts. The rates of a case are multiplied by one gamma variable with mean 1 and
    variance `frailty`; the mean rate over exposed and others is that of the plan.
    """
    exposed = rng.binomial(coded, design.exposed)
    years = np.column_stack([exposed, coded - exposed]) * (design.months / 12.0)
    mixed = 1.0 + design.exposed * (design.rate_ratio - 1.0)
    rates = design.attempts_per_year / mixed * np.array([design.rate_ratio, 1.0])
    own = np.ones(len(coded))
    if design.frailty > 0:
        own = rng.gamma(1.0 / design.frailty, design.frailty, len(coded))
    return rng.poisson(years * rates * own[:, None]).astype(np.float64), years


def draw_steps(
    design: PlanningDesign, coded: IntArray, *, icc: float, rng: Generator
) -> tuple[IntArray, IntArray]:
    """Draw relationships with a report and, among these, those with a step back, per case."""
    reports = np.asarray(rng.binomial(coded, design.reported), dtype=np.int64)
    return reports, _beta_binomial(reports, design.retracted, icc, rng)


def draw_pair(
    design: PlanningDesign, coded: IntArray, *, share: float, icc: float, rng: Generator
) -> CrossCounts:
    """Draw two domains that go together within investigations, among files that answer."""
    documented = _beta_binomial(coded, design.documented, icc, rng)
    first = _beta_binomial(documented, share, icc, rng)
    return draw_cross(
        documented, first, share=share, icc=icc, odds_ratio=design.pair_odds_ratio, rng=rng
    )


def draw_cross(
    sizes: IntArray,
    first: IntArray,
    *,
    share: float,
    icc: float,
    odds_ratio: float,
    rng: Generator,
) -> CrossCounts:
    """Draw a second thing that goes together with the first within investigations.

    Parameters
    ----------
    sizes, first : ndarray of int, shape (cases,)
        Relationships, and those with the first thing.
    share, icc : float
        Of the second thing: its share in an investigation follows a beta distribution.
    odds_ratio : float
        The odds of that share are multiplied by its root with the first thing, and divided by it
        without.
    rng : Generator

    Returns
    -------
    CrossCounts

    Examples
    --------
    >>> drawn = draw_cross(np.array([4000]), np.array([2000]), share=0.5, icc=0.0, odds_ratio=9.0,
    ...                    rng=default_rng(3))
    >>> round(float(drawn.joint[0] / 2000), 2), round(float(drawn.second[0] / 4000), 2)
    (0.75, 0.5)
    """
    own = np.clip(_own_shares(len(sizes), share, icc, rng), 1e-9, 1.0 - 1e-9)
    odds, root = own / (1.0 - own), odds_ratio**0.5
    joint = rng.binomial(first, odds * root / (1.0 + odds * root))
    alone = rng.binomial(sizes - first, odds / (root + odds))
    return CrossCounts(
        sizes=sizes,
        first=first,
        second=np.asarray(joint + alone, dtype=np.int64),
        joint=np.asarray(joint, dtype=np.int64),
    )


def _beta_binomial(n: IntArray, share: float, icc: float, rng: Generator) -> IntArray:
    return np.asarray(rng.binomial(n, _own_shares(len(n), share, icc, rng)), dtype=np.int64)


def _own_shares(cases: int, share: float, icc: float, rng: Generator) -> FloatArray | float:
    """Draw the share of each investigation; one for all where nothing varies."""
    if not (0.0 < share < 1.0 and icc > 0.0):
        return share
    scale = (1.0 - icc) / icc
    return rng.beta(share * scale, (1.0 - share) * scale, cases)
