"""Steps back with and without what precedes the report: counts and the exact test within cases."""

from __future__ import annotations

import numpy as np

from relatum.inference.common import FloatArray, IntArray, Refusal
from relatum.inference.logit_within_cases import within_case_test
from relatum.models.case_cells import CODINGS, Coding
from relatum.models.retraction_contrasts_data import Covariate, ReporterRows
from relatum.results.retraction_contrasts import ContrastCounts

__all__ = ["LEAST_TELLING", "count_contrast", "share_difference"]

#: The exact test within cases needs so many cases in which covariate and outcome differ.
LEAST_TELLING = 5


def count_contrast(rows: ReporterRows, covariate: Covariate) -> tuple[ContrastCounts, ...]:
    """Count steps back by one covariate under both readings of silence.

    Parameters
    ----------
    rows : ReporterRows
    covariate : Covariate
        Of these rows.

    Returns
    -------
    tuple of ContrastCounts
        Silence as without, then as with.
    """
    return tuple(_count(rows, covariate, coding) for coding in CODINGS)


def _count(rows: ReporterRows, covariate: Covariate, coding: Coding) -> ContrastCounts:
    held = covariate.coded(coding)
    exposed, stepped = held == 1.0, rows.stepped == 1.0
    telling = _count_telling(held, rows.stepped, rows.case)
    return ContrastCounts(
        term=covariate.term,
        label=covariate.label,
        coding=coding,
        n_stepped_with=int((exposed & stepped).sum()),
        n_with=int(exposed.sum()),
        n_stepped_without=int((~exposed & stepped).sum()),
        n_without=int((~exposed).sum()),
        n_undocumented=int(covariate.silent.sum()),
        n_cases=len(np.unique(rows.case)),
        n_telling_cases=telling,
        difference=share_difference(rows.stepped, held),
        p_within=_test(rows, held) if telling >= LEAST_TELLING else None,
    )


def share_difference(outcome: FloatArray, held: FloatArray) -> float | None:
    """Share with the outcome among those with it, less that among those without.

    Examples
    --------
    >>> share_difference(np.array([1.0, 0.0, 0.0]), np.array([1.0, 1.0, 0.0]))
    0.5
    """
    if not len(held) or np.ptp(held) == 0:
        return None
    return float(outcome[held == 1.0].mean() - outcome[held == 0.0].mean())


def _count_telling(held: FloatArray, outcome: FloatArray, case: IntArray) -> int:
    return sum(
        bool(np.ptp(held[case == one]) and np.ptp(outcome[case == one])) for one in np.unique(case)
    )


def _test(rows: ReporterRows, held: FloatArray) -> float | None:
    found = within_case_test(rows.stepped, held, rows.case)
    return None if isinstance(found, Refusal) else found.association.p_values.minlike
