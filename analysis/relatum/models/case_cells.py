"""Counts per case: all that a share with limits needs to know of a sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from relatum.inference.common import IntArray
from relatum.schema.status import APPLICABLE_NOT, PRESENT, UNDOCUMENTED, Status, StatusCodes

__all__ = ["CODINGS", "CaseCells", "Coding", "count_by_case"]

#: What silence counts as: absence (lower) or presence (upper).
Coding = Literal["lower", "upper"]
CODINGS: tuple[Coding, Coding] = ("lower", "upper")
_N_STATUSES = len(Status)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CaseCells:
    """Units, units with the item, and silent units of each case.

    Attributes
    ----------
    sizes, present, undocumented : ndarray of int, shape (n_cases,)
        Over the units to which the item applies, largest case first; cases without one are left
        out.
    """

    sizes: IntArray
    present: IntArray
    undocumented: IntArray

    @classmethod
    def of(
        cls, sizes: npt.ArrayLike, present: npt.ArrayLike, undocumented: npt.ArrayLike
    ) -> CaseCells:
        """Build cells from counts; cases without a unit are left out.

        Cases are put in a fixed order, largest first, so that no number depends on their names,
        not even where signs of cases are drawn at random.

        Examples
        --------
        >>> CaseCells.of([2, 0, 1], [1, 0, 0], [0, 0, 1]).upper
        array([1, 1])
        """
        n, y, u = (np.asarray(x, dtype=np.int64) for x in (sizes, present, undocumented))
        order = np.lexsort((-u, -y, -n))
        held = order[n[order] > 0]
        return cls(sizes=n[held], present=y[held], undocumented=u[held])

    @property
    def n_cases(self) -> int:
        """Number of cases."""
        return len(self.sizes)

    @property
    def n_units(self) -> int:
        """Number of units."""
        return int(self.sizes.sum())

    @property
    def lower(self) -> IntArray:
        """Units with the item when silence counts as absence."""
        return self.present

    @property
    def upper(self) -> IntArray:
        """Units with the item when silence counts as presence."""
        return self.present + self.undocumented

    def counts(self, coding: Coding) -> IntArray:
        """Units with the item under a coding of silence."""
        return self.lower if coding == "lower" else self.upper

    @property
    def labels(self) -> IntArray:
        """The case of each unit, shape (n_units,)."""
        return np.repeat(np.arange(self.n_cases), self.sizes)

    def outcomes(self, coding: Coding) -> npt.NDArray[np.float64]:
        """One 0 or 1 per unit, in the order of `labels`."""
        counts = self.counts(coding)
        pairs = np.column_stack([counts, self.sizes - counts]).ravel()
        return np.repeat(np.tile([1.0, 0.0], self.n_cases), pairs)

    def without(self, *cases: int) -> CaseCells:
        """Leave cases out, by position."""
        keep = ~np.isin(np.arange(self.n_cases), cases)
        return CaseCells(
            sizes=self.sizes[keep], present=self.present[keep], undocumented=self.undocumented[keep]
        )


def count_by_case(codes: StatusCodes, cases: npt.NDArray[np.int64]) -> CaseCells:
    """Count the statuses of an item per case.

    Parameters
    ----------
    codes : array of int8, shape (n_units,)
        Status codes.
    cases : array of int, shape (n_units,)
        The case of each unit, from 0.

    Returns
    -------
    CaseCells
        Units to which the item does not apply are left out.

    Examples
    --------
    >>> cells = count_by_case(np.array([2, 1, 0, 3], dtype=np.int8), np.array([0, 0, 1, 1]))
    >>> cells.sizes, cells.lower, cells.upper
    (array([2, 1]), array([1, 0]), array([2, 0]))
    """
    if len(codes) == 0:
        return CaseCells.of([], [], [])
    n = int(cases.max()) + 1
    counts = np.bincount(cases * _N_STATUSES + codes, minlength=n * _N_STATUSES)
    of_status = counts.reshape(n, _N_STATUSES).T
    applicable = of_status.sum(axis=0) - of_status[APPLICABLE_NOT]
    return CaseCells.of(applicable, of_status[PRESENT], of_status[UNDOCUMENTED])
