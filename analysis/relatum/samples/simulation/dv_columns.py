"""Columns of cases, persons and relationships for samples of any size."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from relatum.samples.simulation.assumptions import Assumptions
from relatum.samples.simulation.attributes import Columns, levels
from relatum.samples.simulation.items import Setting, document
from relatum.samples.simulation.structure import Structure
from relatum.schema import StatusArray, StatusCodes
from relatum.schema.status import ABSENT, PRESENT, UNDOCUMENTED

__all__ = ["pair_columns"]

Bools = NDArray[np.bool_]


def pair_columns(
    rng: Generator,
    assumptions: Assumptions,
    structure: Structure,
    setting: Setting,
    *,
    focus: Bools,
    population: str,
) -> dict[str, Columns]:
    """Draw what describes cases, suspects, victims and relationships.

    Parameters
    ----------
    rng, assumptions
        Random numbers and declared quantities.
    structure, setting
        Who is in which case, and how well it is documented.
    focus : array of bool, shape (n_cases,)
        Whether the investigation looked at relationships.
    population : str
        The population that is entered for every relationship.

    Returns
    -------
    dict
        Columns by table: cases, suspects, victims, relationships.
    """
    return {
        "cases": _cases(rng, assumptions, structure, focus),
        "suspects": _suspects(rng, assumptions, structure),
        "victims": _victims(rng, assumptions, structure),
        "relationships": _relationships(rng, assumptions, structure, setting, population),
    }


def _codes(rng: Generator, assumptions: Assumptions, name: str, n: int) -> StatusCodes:
    shares = assumptions.under("column")[name]
    u = rng.random(n)
    known = shares["present"] + shares["absent"]
    codes = np.select([u < shares["present"], u < known], [PRESENT, ABSENT], UNDOCUMENTED)
    return codes.astype(np.int8)


def _of_table(
    rng: Generator, assumptions: Assumptions, prefix: str, n: int, *, but: tuple[str, ...] = ()
) -> Columns:
    """Draw every declared status and level of a table that needs no rule of its own."""
    drawn: Columns = {}
    for name in assumptions.under("column"):
        if name.startswith(prefix) and name not in but:
            drawn[name] = StatusArray(_codes(rng, assumptions, name, n))
    for name in assumptions.under("level"):
        if name.startswith(prefix) and name not in but:
            drawn[name] = levels(rng, assumptions, f"level.{name}", n)
    return drawn


def _cases(rng: Generator, assumptions: Assumptions, structure: Structure, focus: Bools) -> Columns:
    n, months = len(structure.months), structure.months
    drawn = _of_table(rng, assumptions, "case_", n)
    tapped = np.isin(np.asarray(drawn["case_wiretap_party"], dtype=str), ("none", "not_documented"))
    days = np.floor(months * 30 * rng.uniform(0.5, 0.95, n)).astype(int)
    return {
        "case_list_source": np.full(n, "included", dtype=object),
        "case_prosecuted_window": np.full(n, True),
        "case_duration_months": months.astype(float),
        "case_wiretap_days": np.where(tapped, 0, days),
        "case_file_pages": np.floor(rng.lognormal(5.5, 0.5, n) * np.sqrt(months)).astype(int),
        "case_focus": np.where(focus, "relationships", "organisation").astype(object),
        "case_n_target_suspects": np.minimum(structure.suspects, 1 + structure.suspects // 4),
        **drawn,
    }


def _ages(rng: Generator, assumptions: Assumptions, quantity: str, n: int) -> NDArray[np.int64]:
    mean, sd = (assumptions.value(quantity, name) for name in ("mean", "sd"))
    low, high = (assumptions.value(quantity, name) for name in ("low", "high"))
    return np.clip(np.round(rng.normal(mean, sd, n)), low, high).astype(np.int64)


def _suspects(rng: Generator, assumptions: Assumptions, structure: Structure) -> Columns:
    n = len(structure.suspect_case)
    degree = np.bincount(structure.pair_suspect, minlength=n)
    women = (degree == 0) & (rng.random(n) < assumptions.value("persons.suspect_woman"))
    several = "suspect_concurrent_cohabitation"
    other = ("suspect_role", several)
    # Only a suspect with several women can live with several.
    parallel = (degree > 1) & (rng.random(n) < assumptions.value("structure.parallel"))
    shown = document(rng, assumptions, parallel, np.zeros(n), "tactic")
    roles = levels(rng, assumptions, "level.suspect_role", n)
    return {
        "suspect_gender": np.where(women, "woman", "man").astype(object),
        "suspect_age": _ages(rng, assumptions, "persons.suspect_age_years", n),
        "suspect_birth_country": levels(rng, assumptions, "persons.suspect_birth_country", n),
        "suspect_role": np.where(degree > 0, "partner", roles),
        several: StatusArray(shown),
        **_of_table(rng, assumptions, "suspect_", n, but=other),
    }


def _victims(rng: Generator, assumptions: Assumptions, structure: Structure) -> Columns:
    n = len(structure.victim_case)
    return {
        "victim_gender": np.full(n, "woman", dtype=object),
        "victim_age": _ages(rng, assumptions, "persons.victim_age_years", n),
        "victim_birth_country": levels(rng, assumptions, "persons.victim_countries", n),
        **_of_table(rng, assumptions, "victim_", n),
    }


def _relationships(
    rng: Generator,
    assumptions: Assumptions,
    structure: Structure,
    setting: Setting,
    population: str,
) -> Columns:
    n = setting.n
    degree = np.bincount(structure.pair_suspect)[structure.pair_suspect]
    parallel = (degree > 1) & (rng.random(n) < assumptions.value("structure.parallel"))
    drawn = _of_table(rng, assumptions, "rel_", n, but=("rel_shared_household",))
    alone = _codes(rng, assumptions, "rel_shared_household", n)
    together: StatusArray = drawn["rel_cohabiting"]  # type: ignore[assignment]
    return {
        "population": np.full(n, population, dtype=object),
        "rel_in_window": np.full(n, True),
        "rel_concurrent": StatusArray(
            document(rng, assumptions, parallel, setting.clarity, "tactic")
        ),
        "documentation_depth": setting.depth.astype(float),
        "victim_statement_available": setting.statement,
        "rel_shared_household": StatusArray(np.minimum(alone, together.codes)),
        **drawn,
        **_of_table(rng, assumptions, "conflict_", n),
    }
