"""How many of the tactic domains are recorded, by how well a relationship is documented."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from relatum.inference.common import Refusal
from relatum.inference.depth_ranks import correlate_within_cases
from relatum.inference.documentation import correlate_depth
from relatum.models.strata import THIRDS, depth_thirds
from relatum.models.tactic_matrix import TacticMatrix
from relatum.results.composites import DomainCount, DomainDepthLink
from relatum.schema.status import PRESENT, UNDOCUMENTED

__all__ = ["count_domains", "link_domains"]

_CODINGS = ("lower", "upper")


def _numbers(matrix: TacticMatrix) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Count the domains of every relationship: silence as absence, and as presence."""
    lower = (matrix.codes == PRESENT).sum(axis=1)
    upper = lower + (matrix.codes == UNDOCUMENTED).sum(axis=1)
    return lower.astype(np.float64), upper.astype(np.float64)


def count_domains(
    matrix: TacticMatrix, depth: pd.Series, statement: pd.Series
) -> tuple[DomainCount, ...]:
    """Average the number of domains over strata of documentation.

    Parameters
    ----------
    matrix : TacticMatrix
        Statuses of the domains.
    depth, statement : Series, shape (n_rows,)
        Documentation depth, and whether there is a statement of the victim.

    Returns
    -------
    tuple of DomainCount
        All relationships, thirds of depth, and statement; strata without a relationship are left
        out.
    """
    thirds = depth_thirds(depth)
    held = statement.astype("boolean")
    everyone = np.ones(matrix.n_rows, dtype=bool)
    cut = zip(THIRDS, thirds.words, strict=False)
    strata = [
        ("all", "all", "All relationships", everyone),
        *(
            ("documentation_depth", name, words, thirds.codes == at)
            for at, (name, words) in enumerate(cut)
        ),
        ("documentation_depth", "not_documented", "Not recorded", _true(depth.isna())),
        ("victim_statement_available", "true", "Yes", _true(held.fillna(False))),
        ("victim_statement_available", "false", "No", _true((~held).fillna(False))),
        ("victim_statement_available", "not_documented", "Not recorded", _true(held.isna())),
    ]
    lower, upper = _numbers(matrix)
    return tuple(
        DomainCount(
            variable=variable,
            stratum=name,
            label=label,
            n=int(rows.sum()),
            mean_lower=float(lower[rows].mean()),
            mean_upper=float(upper[rows].mean()),
        )
        for variable, name, label, rows in strata
        if rows.any()
    )


def _true(column: pd.Series) -> NDArray[np.bool_]:
    return np.asarray(column, dtype=bool)


def link_domains(
    matrix: TacticMatrix, depth: pd.Series, *, seed: int
) -> tuple[DomainDepthLink, ...]:
    """Correlate the number of domains with documentation depth, overall and within cases.

    Parameters
    ----------
    matrix : TacticMatrix
        Statuses of the domains.
    depth : Series, shape (n_rows,)
        Documentation depth; relationships without one are left out.
    seed : int
        Seed of the arrangements within cases.

    Returns
    -------
    tuple of DomainDepthLink
        Silence as absence and as presence, each overall and within cases.
    """
    values = depth.to_numpy(dtype=np.float64, na_value=np.nan)
    known = ~np.isnan(values)
    links = []
    for coding, numbers in zip(_CODINGS, _numbers(matrix), strict=True):
        held, deep, cases = numbers[known], values[known], matrix.cases[known]
        links += [_overall(coding, held, deep, cases), _within(coding, held, deep, cases, seed)]
    return tuple(links)


def _overall(
    coding: str,
    numbers: NDArray[np.float64],
    depth: NDArray[np.float64],
    cases: NDArray[np.int64],
) -> DomainDepthLink:
    found = correlate_depth(numbers, depth)
    return DomainDepthLink(
        coding=coding,
        scope="overall",
        n=len(numbers),
        n_cases=len(np.unique(cases)),
        rho=None if isinstance(found, Refusal) else found.spearman,
        p_value=None,
        smallest_p=None,
        why=found.why if isinstance(found, Refusal) else "",
    )


def _within(
    coding: str,
    numbers: NDArray[np.float64],
    depth: NDArray[np.float64],
    cases: NDArray[np.int64],
    seed: int,
) -> DomainDepthLink:
    found = correlate_within_cases(numbers, depth, cases, seed=seed)
    if isinstance(found, Refusal):
        return DomainDepthLink(
            coding=coding,
            scope="within_cases",
            n=0,
            n_cases=0,
            rho=None,
            p_value=None,
            smallest_p=None,
            why=found.why,
        )
    return DomainDepthLink(
        coding=coding,
        scope="within_cases",
        n=found.n_rows,
        n_cases=found.n_cases,
        rho=found.spearman,
        p_value=found.p_value,
        smallest_p=found.smallest_p,
        why="",
    )
