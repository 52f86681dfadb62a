"""Items with exact prevalence and intraclass correlation, and what the files say of them.

A relationship i of case g has item k where

    sqrt(r h) u_g + sqrt(r (1 - h)) w_gk + sqrt(v) s_i + sqrt(1 - r - v) e_ik < q_k

with independent standard normal u, w, s, e and q_k the normal quantile of the prevalence. The
prevalence over relationships is therefore exactly the declared one. r is chosen so that an item
of prevalence one half has the declared intraclass correlation: (2 / pi) arcsin(r).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from relatum.samples.simulation.assumptions import Assumptions
from relatum.samples.simulation.items import Items, Setting, add_domains, document
from relatum.schema import Codebook, StatusCodes
from relatum.schema.status import ABSENT, PRESENT, UNDOCUMENTED

__all__ = ["draw_pair_items"]

Bools = NDArray[np.bool_]


def draw_pair_items(
    rng: Generator,
    assumptions: Assumptions,
    codebook: Codebook,
    setting: Setting,
    *,
    tried: Bools,
) -> Items:
    """Draw all coded items of the relationships of one sample.

    Parameters
    ----------
    rng, assumptions
        Random numbers and declared quantities.
    codebook : Codebook
        Names, nesting and domains of the codes.
    setting : Setting
        Cases and depth of files.
    tried : array of bool, shape (n,)
        Relationships with an attempt in the file: an action of hers in the file.

    Returns
    -------
    Items
        True states and statuses by code. An item under ``given.`` happens only beside the item
        that it names; a part only within its whole.
    """
    declared = {name: p["p"] for name, p in assumptions.under("prevalence").items()}
    given = assumptions.under("given")
    own = [name for name in declared if codebook[name].unit == "relationship"]
    free = [name for name in own if name not in given and not codebook[name].parent]
    states = _free_states(rng, assumptions, setting, np.array([declared[name] for name in free]))
    true = {name: states[:, at] for at, name in enumerate(free)}
    for name, beside in given.items():
        other, chance = next(iter(beside.items()))
        true[name] = true[other] & (rng.random(setting.n) < chance)
    nested = [name for name in own if codebook[name].parent and name not in given]
    for name in nested:
        whole = true[codebook[name].parent[0]]
        true[name] = whole & (rng.random(setting.n) < declared[name])
    true["cop_active"] = true["cop_active"] | tried
    status = _said(rng, assumptions, codebook, setting, true)
    status["cop_active"] = np.where(tried, PRESENT, status["cop_active"]).astype(np.int8)
    _nest(codebook, nested, status)
    add_domains(rng, assumptions, codebook, setting, true, status)
    return Items(true, status)


def _free_states(
    rng: Generator, assumptions: Assumptions, setting: Setting, chances: NDArray[np.float64]
) -> Bools:
    from scipy.special import ndtri

    within = float(np.sin(np.pi / 2 * assumptions.value("effects.case", "icc")))
    common = assumptions.value("effects.case", "common")
    severity = assumptions.value("effects.couple", "share")
    n_cases, size = int(setting.case.max()) + 1, (setting.n, len(chances))
    latent = np.sqrt(within * common) * rng.standard_normal((n_cases, 1))[setting.case]
    latent = (
        latent
        + np.sqrt(within * (1 - common)) * (rng.standard_normal((n_cases, size[1]))[setting.case])
    )
    latent += np.sqrt(severity) * rng.standard_normal((setting.n, 1))
    latent += np.sqrt(1 - within - severity) * rng.standard_normal(size)
    return np.asarray(latent < ndtri(chances), dtype=np.bool_)


def _said(
    rng: Generator,
    assumptions: Assumptions,
    codebook: Codebook,
    setting: Setting,
    true: Mapping[str, Bools],
) -> dict[str, StatusCodes]:
    status: dict[str, StatusCodes] = {}
    for group in ("tactic", "bond", "coping"):
        names = [name for name in true if codebook[name].entity == group]
        states = np.stack([true[name] for name in names], axis=1)
        codes = document(rng, assumptions, states, setting.clarity[:, None], group)
        status |= {name: codes[:, at] for at, name in enumerate(names)}
    return status


def _nest(codebook: Codebook, nested: list[str], status: dict[str, StatusCodes]) -> None:
    """Show a part only with its whole, and rule it out with it."""
    for name in nested:
        whole = status[codebook[name].parent[0]]
        shown = np.where(whole == PRESENT, status[name], np.minimum(status[name], UNDOCUMENTED))
        status[name] = np.where(whole == ABSENT, ABSENT, shown).astype(np.int8)
