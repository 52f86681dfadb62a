"""Which pairs of a matrix of items can be tested, and why the others cannot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from relatum.models.counting import prevalence_row
from relatum.models.gates import gate_width
from relatum.models.tactic_matrix import TacticMatrix
from relatum.results.cooccurrence import UntestedPair
from relatum.schema.status import APPLICABLE_NOT, PRESENT, UNDOCUMENTED
from relatum.study import Study

__all__ = ["PairFamily", "pair_family", "varies_within"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairFamily:
    """The pairs of a declared family.

    Attributes
    ----------
    pairs : tuple of tuple of int
        Positions of the items of every pair that can be tested.
    untested : tuple of UntestedPair
    """

    pairs: tuple[tuple[int, int], ...]
    untested: tuple[UntestedPair, ...]

    @property
    def n_family(self) -> int:
        """Pairs of the whole family."""
        return len(self.pairs) + len(self.untested)


def pair_family(matrix: TacticMatrix, study: Study, *, confirmatory: bool = True) -> PairFamily:
    """Sort the pairs of a matrix into those that can be tested and the others.

    Parameters
    ----------
    matrix : TacticMatrix
    study : Study
        The plan: the width of bounds beyond which an item leaves every confirmatory family.
    confirmatory : bool
        Whether that width counts; an exploratory family keeps such items.

    Returns
    -------
    PairFamily
        A pair is judged with what is not documented counted as absent. That a reading makes an
        item constant is a matter of that reading alone.
    """
    items = [_item_reason(matrix, at) for at in range(len(matrix.terms))]
    if confirmatory:
        items = [why or _width_reason(matrix, study, at) for at, why in enumerate(items)]
    varying = varies_within(matrix.binary("lower"), matrix.cases)
    pairs, untested = [], []
    for i, j in matrix.pairs:
        why = matrix.structural.get((i, j), "") or items[i] or items[j]
        why = why or _pair_reason(matrix, varying, i, j)
        if not why:
            pairs.append((i, j))
            continue
        untested.append(
            UntestedPair(
                first=matrix.terms[i],
                second=matrix.terms[j],
                first_label=matrix.labels[i],
                second_label=matrix.labels[j],
                why=why,
            )
        )
    return PairFamily(pairs=tuple(pairs), untested=tuple(untested))


def varies_within(present: NDArray[np.bool_], cases: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say in which cases which items vary.

    Parameters
    ----------
    present : ndarray of bool, shape (n_rows, n_items)
    cases : ndarray of int, shape (n_rows,)

    Returns
    -------
    ndarray of bool, shape (n_cases, n_items)

    Examples
    --------
    >>> varies_within(np.array([[True], [False], [True]]), np.array([0, 0, 1])).tolist()
    [[True], [False]]
    """
    n_cases = int(cases.max()) + 1 if len(cases) else 0
    sums = np.zeros((n_cases, present.shape[1]), dtype=np.int64)
    np.add.at(sums, cases, present.astype(np.int64))
    sizes = np.bincount(cases, minlength=n_cases)
    varying: NDArray[np.bool_] = (sums > 0) & (sums < sizes[:, None])
    return varying


def _item_reason(matrix: TacticMatrix, at: int) -> str:
    codes, label = matrix.codes[:, at], matrix.labels[at]
    n = len(codes)
    if matrix.terms.count(matrix.terms[at]) > 1:
        return f"{label}: the code is listed more than once"
    foreign = int((codes == APPLICABLE_NOT).sum())
    if foreign:
        return f"{label}: does not apply to {foreign} of {n} relationships"
    if (codes == UNDOCUMENTED).all():
        return f"{label}: never documented"
    if (codes == PRESENT).all():
        return f"{label}: recorded in every relationship"
    if not (codes == PRESENT).any():
        return f"{label}: recorded in no relationship"
    return ""


def _width_reason(matrix: TacticMatrix, study: Study, at: int) -> str:
    row = prevalence_row(
        matrix.codes[:, at],
        study.prevalence,
        term=matrix.terms[at],
        label=matrix.labels[at],
        entity="",
        domain="",
        unit="relationship",
    )
    refused = gate_width(row, study).refused
    return f"{matrix.labels[at]}: {refused}" if refused else ""


def _pair_reason(matrix: TacticMatrix, varying: NDArray[np.bool_], i: int, j: int) -> str:
    if np.array_equal(matrix.codes[:, i], matrix.codes[:, j]):
        return "the two have the same status in every relationship: perhaps one item entered twice"
    if not (varying[:, i] & varying[:, j]).any():
        return "no investigation holds relationships that differ in both"
    return ""
