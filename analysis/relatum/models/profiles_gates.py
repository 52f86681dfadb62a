"""Whether so few and so clustered relationships can carry classes or a network."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from relatum.inference.common import Refusal
from relatum.inference.icc import design_effect
from relatum.models.gates import Gated, judge_gate
from relatum.results.profiles import Information
from relatum.study import Study

__all__ = ["MIN_CASES", "MIN_EFFECTIVE", "gate_profiles", "information_of"]

#: Below these nothing is fitted, unless the plan overrides it.
MIN_EFFECTIVE, MIN_CASES = 100, 10


def information_of(cases: npt.NDArray[np.int64], study: Study) -> Information:
    """Say how many independent relationships carry the same information.

    Parameters
    ----------
    cases : ndarray of int, shape (n_rows,)
        The case of each relationship.
    study : Study
        The plan; the middle one of its `icc_marks` is assumed.

    Returns
    -------
    Information

    Notes
    -----
    n / (1 + (m - 1) r) with m the size-weighted mean number of relationships per case. The
    correlation r is assumed: a dozen cases do not tell it.

    Examples
    --------
    >>> from relatum.study import read_study
    >>> found = information_of(np.repeat(np.arange(10), 11), read_study())
    >>> found.n_rows, found.n_effective
    (110, 55.0)
    """
    icc = study.estimates.icc_marks[1]
    sizes = np.unique(cases, return_counts=True)[1]
    found = design_effect(sizes, icc=icc)
    effective = 0.0 if isinstance(found, Refusal) else found.n_effective
    return Information(n_rows=len(cases), n_cases=len(sizes), n_effective=effective, icc=icc)


def gate_profiles(gate: str, held: Information, study: Study) -> Gated:
    """Refuse classes or a network where there is too little to fit them.

    Parameters
    ----------
    gate : {"latent_classes", "tactic_network"}
    held : Information
    study : Study
        The plan, with its overrides.

    Returns
    -------
    Gated
        Refused with fewer than 10 cases, or the information of fewer than 100 independent
        relationships.

    Notes
    -----
    Simulations of latent classes start at 100 independent rows, and often end on the boundary
    there (Wurpts and Geiser 2014, doi:10.3389/fpsyg.2014.00920).
    """
    reasons = []
    if held.n_cases < MIN_CASES:
        noun = "investigation" if held.n_cases == 1 else "investigations"
        reasons.append(f"{held.n_cases} {noun}, fewer than {MIN_CASES}")
    if held.n_effective < MIN_EFFECTIVE:
        reasons.append(
            f"{held.n_rows} relationships in {held.n_cases} investigations carry the information "
            f"of {held.n_effective:.0f} independent ones at an assumed intra-case correlation of "
            f"{held.icc:g}, fewer than {MIN_EFFECTIVE}"
        )
    return judge_gate(gate, "; ".join(reasons), study) if reasons else Gated()
