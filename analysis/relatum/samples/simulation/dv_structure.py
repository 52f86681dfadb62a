"""Cases of any number, and who is in them: sizes, suspects, women, durations."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from relatum.samples.simulation.assumptions import Assumptions
from relatum.samples.simulation.structure import Structure

__all__ = ["draw_pair_structure", "size_shares"]


def size_shares(assumptions: Assumptions) -> NDArray[np.float64]:
    """Return the chance that a case holds 1, 2, ... relationships.

    Parameters
    ----------
    assumptions : Assumptions
        ``structure.relationships_per_case``: the chance of one more, and the most per case.

    Returns
    -------
    array of float, shape (most,)
        A geometric distribution that ends at the most.
    """
    chance = assumptions.value("structure.relationships_per_case", "continue")
    most = int(assumptions.value("structure.relationships_per_case", "most"))
    weights = chance ** np.arange(most)
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def draw_pair_structure(rng: Generator, assumptions: Assumptions, *, n_cases: int) -> Structure:
    """Draw the skeleton of a sample with a given number of cases.

    Parameters
    ----------
    rng, assumptions
        Random numbers and declared quantities.
    n_cases : int
        At least 2.

    Returns
    -------
    Structure
        Every case has a relationship at least; every woman is in at most one.
    """
    shares = size_shares(assumptions)
    relationships = 1 + rng.choice(len(shares), size=n_cases, p=shares)
    pair_case = np.repeat(np.arange(n_cases), relationships)
    n = len(pair_case)
    first = np.concatenate([[True], pair_case[1:] != pair_case[:-1]])
    new = first | (rng.random(n) >= assumptions.value("structure.same_suspect"))
    others = rng.poisson(assumptions.value("structure.other_suspects", "mean"), n_cases)
    alone = rng.poisson(assumptions.value("structure.other_victims", "mean"), n_cases)
    suspect_case = np.concatenate([pair_case[new], np.repeat(np.arange(n_cases), others)])
    victim_case = np.concatenate([pair_case, np.repeat(np.arange(n_cases), alone)])
    low, high = (int(assumptions.value("structure.months", end)) for end in ("low", "high"))
    return Structure(
        suspects=np.bincount(suspect_case, minlength=n_cases),
        victims=np.bincount(victim_case, minlength=n_cases),
        relationships=relationships.astype(np.int64),
        months=rng.integers(low, high + 1, n_cases),
        protracted=np.zeros(n_cases, dtype=bool),
        suspect_case=suspect_case,
        victim_case=victim_case,
        pair_suspect=np.cumsum(new) - 1,
        pair_victim=np.arange(n),
    )
