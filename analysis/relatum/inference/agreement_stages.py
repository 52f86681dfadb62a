"""What lies beside the coefficients: agreement on presence, the two questions, dates.

A coding is three-valued. Coders are compared first on whether the file documents the topic, then,
where both say that it does, on presence. The first question is usually the weak one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from relatum.inference.agreement_core import rating_matrix
from relatum.inference.common import FloatArray, Refusal

__all__ = [
    "DateOverlap",
    "SpecificAgreement",
    "TwoStageRatings",
    "measure_date_overlap",
    "measure_specific_agreement",
    "split_stages",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecificAgreement:
    """Agreement on presence and on absence, kept apart.

    Attributes
    ----------
    positive, negative : float or None
        The chance that a second coder says the same as a first one who said present (absent);
        None where nobody said so.
    n_pairs : int
        Pairs of ratings.
    """

    positive: float | None
    negative: float | None
    n_pairs: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TwoStageRatings:
    """Three-valued codings split into two questions.

    Attributes
    ----------
    documented : ndarray of float, shape (n_units, n_coders)
        1 documented, 0 not documented, NaN not rated.
    present : ndarray of float, shape (n_units, n_coders)
        1 present, 0 absent; NaN where this coder found nothing documented.
    """

    documented: FloatArray
    present: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class DateOverlap:
    """How often two coders' date intervals meet.

    Attributes
    ----------
    n_pairs, n_overlapping : int
    share : float
    mean_jaccard : float
        Mean of the common length over the joint length; days are counted with both ends.
    """

    n_pairs: int
    n_overlapping: int
    share: float
    mean_jaccard: float


def measure_specific_agreement(ratings: ArrayLike) -> SpecificAgreement | Refusal:
    """Return positive and negative agreement of binary ratings.

    Parameters
    ----------
    ratings : array-like of float, shape (n_units, n_coders)
        1 present, 0 absent, NaN not rated; two or more coders.

    Notes
    -----
    With ``r`` ratings on a unit, ``k`` of them present, positive agreement is
    ``sum k (k - 1) / sum k (r - 1)``; for two coders this is ``2a / (2a + b + c)`` (Cicchetti and
    Feinstein 1990, doi:10.1016/0895-4356(90)90159-M).

    Examples
    --------
    >>> found = measure_specific_agreement([[1, 1], [1, 0], [0, 0], [0, 0]])
    >>> round(found.positive, 3), round(found.negative, 3)
    (0.667, 0.8)
    """
    table = rating_matrix(ratings)
    known = ~np.isnan(table)
    if not np.isin(table[known], (0.0, 1.0)).all():
        raise ValueError("ratings must be 1 (present), 0 (absent) or NaN (not rated).")
    rated = known.sum(axis=1)
    present = np.where(known, table, 0.0).sum(axis=1)
    absent = rated - present
    n_pairs = int((rated * (rated - 1)).sum()) // 2
    if n_pairs == 0:
        return Refusal("positive and negative agreement", "no unit has two ratings")

    def same(said: FloatArray) -> float | None:
        chances = float((said * (rated - 1)).sum())
        return float((said * (said - 1)).sum()) / chances if chances > 0 else None

    return SpecificAgreement(positive=same(present), negative=same(absent), n_pairs=n_pairs)


def split_stages(present: ArrayLike, documented: ArrayLike, rated: ArrayLike) -> TwoStageRatings:
    """Split three-valued codings into "documented or not" and "present given documented".

    Parameters
    ----------
    present, documented, rated : array-like of bool, shape (n_units, n_coders)
        `present` is read only where `documented` holds, both only where `rated` holds.

    Examples
    --------
    >>> stages = split_stages([[True, False]], [[True, False]], [[True, True]])
    >>> stages.documented.tolist(), stages.present.tolist()
    ([[1.0, 0.0]], [[1.0, nan]])
    """
    said = np.asarray(documented, dtype=bool)
    seen = np.asarray(rated, dtype=bool)
    first = np.where(seen, said.astype(np.float64), np.nan)
    second = np.where(seen & said, np.asarray(present, dtype=bool).astype(np.float64), np.nan)
    return TwoStageRatings(documented=first, present=second)


def measure_date_overlap(
    low_a: ArrayLike, high_a: ArrayLike, low_b: ArrayLike, high_b: ArrayLike
) -> DateOverlap | Refusal:
    """Return how often, and by how much, two coders' date intervals overlap.

    Parameters
    ----------
    low_a, high_a, low_b, high_b : array-like of float, shape (n,)
        Day numbers, both ends included; NaN where a coder gave no date.

    Examples
    --------
    >>> found = measure_date_overlap([1, 10], [4, 12], [3, 20], [6, 22])
    >>> found.n_overlapping, round(found.mean_jaccard, 3)
    (1, 0.167)
    """
    ends = np.vstack([np.asarray(x, dtype=np.float64) for x in (low_a, high_a, low_b, high_b)])
    ends = ends[:, ~np.isnan(ends).any(axis=0)]
    if ends.shape[1] == 0:
        return Refusal("overlap of dates", "no item was dated by both coders")
    if (ends[0] > ends[1]).any() or (ends[2] > ends[3]).any():
        raise ValueError("an interval ends before it begins.")
    common = np.minimum(ends[1], ends[3]) - np.maximum(ends[0], ends[2]) + 1
    common = np.maximum(common, 0.0)
    joint = (ends[1] - ends[0] + 1) + (ends[3] - ends[2] + 1) - common
    n_overlapping = int((common > 0).sum())
    return DateOverlap(
        n_pairs=int(ends.shape[1]),
        n_overlapping=n_overlapping,
        share=n_overlapping / ends.shape[1],
        mean_jaccard=float((common / joint).mean()),
    )
