"""One reading of silence against three nested nulls: draws in, tests of pairs out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from relatum.inference.blocks import BlockedMatrix, block_matrix, observed_joint, pair_indices
from relatum.inference.common import FloatArray, IntArray, Refusal
from relatum.inference.multiplicity import MaxT, adjust_max_t
from relatum.inference.null_draws import NullDraws, draw_columns, draw_margins
from relatum.models.tactic_matrix import MATRIX_CODINGS, MatrixCoding, TacticMatrix
from relatum.results.base import Unavailable
from relatum.results.cooccurrence import NULL_LABELS, NullCheck
from relatum.study import Study

__all__ = ["DrawnNull", "draw_null", "draw_nulls", "null_check", "null_seed"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DrawnNull:
    """Draws of one null, reduced to the pairs that are tested.

    Attributes
    ----------
    null, coding : str
    held : BlockedMatrix
        The matrix in the blocks of this null.
    draws : NullDraws
        Of all pairs.
    columns : tuple of int
        Where the tested pairs stand among all pairs.
    observed : ndarray of int, shape (n_blocks, n_tested)
    counts : ndarray of int, shape (n_draws, n_tested)
        Drawn joint counts.
    expected, std_error : ndarray of float, shape (n_tested,)
        Of the drawn joint counts, over all draws.
    adjusted : MaxT
        Over the tested pairs.
    """

    null: str
    coding: str
    held: BlockedMatrix
    draws: NullDraws
    columns: tuple[int, ...]
    observed: IntArray
    counts: IntArray
    expected: FloatArray
    std_error: FloatArray
    adjusted: MaxT


def null_seed(study: Study, *path: int) -> int:
    """Return a seed for one step, whatever other steps are taken."""
    return int(np.random.SeedSequence(study.seed, spawn_key=path).generate_state(1)[0])


def draw_nulls(
    matrix: TacticMatrix, study: Study, coding: MatrixCoding, pairs: tuple[tuple[int, int], ...]
) -> dict[str, DrawnNull | Unavailable]:
    """Draw all nulls of one reading.

    Parameters
    ----------
    matrix : TacticMatrix
    study : Study
        The plan: draws, level, seed.
    coding : {"lower", "upper", "statement_only"}
    pairs : tuple of tuple of int
        Pairs to test; an item that is constant in this reading makes its tests unavailable.

    Returns
    -------
    dict of str to DrawnNull or Unavailable
        By the name of the null.
    """
    return {null: draw_null(matrix, study, coding, null, pairs) for null in NULL_LABELS}


def draw_null(
    matrix: TacticMatrix,
    study: Study,
    coding: MatrixCoding,
    null: str,
    pairs: tuple[tuple[int, int], ...],
) -> DrawnNull | Unavailable:
    """Draw one null of one reading; see `draw_nulls`."""
    what = f"comparison {NULL_LABELS[null]}"
    held = _blocked(matrix, coding, null)
    if isinstance(held, Refusal):
        return Unavailable(what=what, why=held.why)
    path = (MATRIX_CODINGS.index(coding), list(NULL_LABELS).index(null))
    seed = null_seed(study, *path)
    draws = study.cooccurrence.draws
    if null == "fixed_totals":
        found = draw_margins(held, draws=draws, seed=seed)
    else:
        found = draw_columns(held, draws=draws, seed=seed, legal=_legal(matrix))
    if isinstance(found, Refusal):
        return Unavailable(what=what, why=found.why)
    every = pair_indices(held.n_items)
    columns = tuple(every.index(pair) for pair in pairs)
    observed = observed_joint(held)[:, list(columns)]
    counts = found.counts[:, list(columns)]
    adjusted = adjust_max_t(observed.sum(axis=0), counts)
    if isinstance(adjusted, Refusal):
        return Unavailable(what=what, why=adjusted.why)
    return DrawnNull(
        null=null,
        coding=coding,
        held=held,
        draws=found,
        columns=columns,
        observed=observed,
        counts=counts,
        expected=counts.mean(axis=0),
        std_error=counts.std(axis=0, ddof=1),
        adjusted=adjusted,
    )


def _legal(matrix: TacticMatrix) -> int:
    return sum(1 << at for at, legal in enumerate(matrix.legal) if legal)


def _blocked(matrix: TacticMatrix, coding: MatrixCoding, null: str) -> BlockedMatrix | Refusal:
    keep = matrix.rows(coding)
    present = matrix.binary(coding)
    blocks = matrix.cases[keep]
    if null == "case_depth":
        blocks = blocks * (int(matrix.depth.max(initial=0)) + 1) + matrix.depth[keep]
    bound = present[:, np.array(matrix.legal, dtype=bool)].any(axis=1) & ~matrix.included[keep]
    flags: NDArray[np.bool_] | None = None if null == "fixed_totals" else bound
    return block_matrix(present, blocks, flags=flags)


def null_check(found: DrawnNull, level: float) -> NullCheck:
    """Describe how the draws of a null were made."""
    checks = found.draws.checks
    critical = found.adjusted.critical(level)
    return NullCheck(
        coding=found.coding,
        null=found.null,
        n_draws=checks.n_draws,
        n_blocks=checks.n_blocks,
        n_exact=len(checks.exact_blocks),
        n_chain=len(checks.chain_blocks),
        n_fixed=len(checks.fixed_blocks),
        fixed=_name_blocks(found),
        sweeps=checks.sweeps,
        autocorrelation=checks.autocorrelation,
        effective=checks.effective,
        reduction=checks.reduction,
        distinct=checks.distinct,
        n_refused=checks.n_refused,
        critical=critical if np.isfinite(critical) else None,
    )


def _name_blocks(found: DrawnNull) -> str:
    """Name the blocks that cannot move by their rank of size, runs joined."""
    ranks = [b + 1 for b in found.draws.checks.fixed_blocks]
    parts: list[list[int]] = []
    for rank in ranks:
        if parts and parts[-1][-1] == rank - 1:
            parts[-1].append(rank)
        else:
            parts.append([rank])
    words = [f"{run[0]} to {run[-1]}" if len(run) > 1 else f"{run[0]}" for run in parts]
    return ", ".join(words)
