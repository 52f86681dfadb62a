"""Columns of investigations, persons and relationships that are not coded items."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from relatum.samples.simulation.assumptions import Assumptions
from relatum.samples.simulation.items import Setting, document
from relatum.samples.simulation.persons import (
    draw_suspect_ages,
    draw_suspect_countries,
    draw_victim_ages,
    draw_victim_countries,
)
from relatum.samples.simulation.samplers import bernoulli_with_total
from relatum.samples.simulation.structure import N_CASES, N_SUSPECTS, N_VICTIMS, Structure
from relatum.schema import StatusArray
from relatum.schema.status import ABSENT, PRESENT, UNDOCUMENTED

__all__ = ["Columns", "Limits", "case_columns", "levels", "relationship_columns"]
__all__ += ["suspect_columns", "victim_columns"]

Columns = dict[str, object]
Bools = NDArray[np.bool_]
Limits = Mapping[str, tuple[int, int]]


def levels(rng: Generator, assumptions: Assumptions, quantity: str, n: int) -> NDArray[np.object_]:
    """Draw levels of a category with the declared shares; ``+`` joins several levels."""
    shares = assumptions.shares(quantity)
    weights = np.array(list(shares.values()))
    chosen = rng.choice(len(weights), size=n, p=weights / weights.sum())
    words = [name.replace("+", ";") for name in shares]
    return np.array(words, dtype=object)[chosen]


def _counted_status(
    rng: Generator, assumptions: Assumptions, name: str, n: int, limits: Limits
) -> StatusArray:
    """Draw a status whose number of documented cases is published within limits."""
    entry = assumptions.under("column")[name]
    present = bernoulli_with_total(rng, np.full(n, entry["present"]), *limits.get(name, (0, n)))
    absent = ~present & (rng.random(n) < entry["absent"])
    codes = np.where(present, PRESENT, np.where(absent, ABSENT, UNDOCUMENTED))
    return StatusArray(codes.astype(np.int8))


def case_columns(
    rng: Generator, assumptions: Assumptions, structure: Structure, focus: Bools, limits: Limits
) -> Columns:
    """Draw what describes the investigations."""
    months = structure.months
    firearm = np.full(N_CASES, UNDOCUMENTED, dtype=np.int8)
    order = rng.permutation(N_CASES)
    firearm[order[:6]] = PRESENT
    ruled_out = rng.random(N_CASES - 6) < assumptions.value("column.case_firearm", "absent")
    firearm[order[6:]] = np.where(ruled_out, ABSENT, UNDOCUMENTED)
    columns: Columns = {
        "case_list_source": np.full(N_CASES, "included", dtype=object),
        "case_prosecuted_window": np.full(N_CASES, True),
        "case_duration_months": months.astype(float),
        "case_wiretap_days": np.floor(months * 30 * rng.uniform(0.5, 0.95, N_CASES)).astype(int),
        "case_file_pages": np.floor(rng.lognormal(7.5, 0.5, N_CASES) * np.sqrt(months)).astype(int),
        "case_focus": np.where(focus, "relationships", "organisation").astype(object),
        "case_firearm": StatusArray(firearm),
        "case_n_target_suspects": np.minimum(structure.suspects, 1 + structure.suspects // 4),
    }
    for name in ("case_trigger", "case_strategy", "case_scope", "case_wiretap_party"):
        columns[name] = levels(rng, assumptions, f"level.{name}", N_CASES)
    for name in ("case_info_exchange", "case_intervention_rule", "case_outcome"):
        columns[name] = levels(rng, assumptions, f"level.{name}", N_CASES)
    for name in ("case_guards", "case_shared_house", "case_came_to_light_violence"):
        columns[name] = _counted_status(rng, assumptions, name, N_CASES, limits)
    return columns


def suspect_columns(
    rng: Generator, assumptions: Assumptions, structure: Structure, limits: Limits
) -> Columns:
    """Draw what describes the suspects."""
    degree = np.bincount(structure.pair_suspect, minlength=N_SUSPECTS)
    women = bernoulli_with_total(
        rng, np.where(degree > 0, 0.02, assumptions.value("persons.suspect_woman")), 1, 14
    )
    columns: Columns = {
        "suspect_gender": np.where(women, "woman", "man").astype(object),
        "suspect_age": draw_suspect_ages(rng, assumptions),
        "suspect_birth_country": draw_suspect_countries(rng, assumptions),
        "suspect_role": _roles(rng, assumptions, degree),
        "suspect_statement_given": _statements(rng, assumptions, limits),
        "suspect_concurrent_cohabitation": _concurrent(rng, assumptions, degree, limits),
    }
    for name in ("suspect_rld_role", "suspect_detained", "suspect_conviction"):
        columns[name] = levels(rng, assumptions, f"level.{name}", N_SUSPECTS)
    for name in assumptions.under("column"):
        if name.startswith("suspect_") and name not in columns:
            columns[name] = _counted_status(rng, assumptions, name, N_SUSPECTS, limits)
    return columns


def _roles(
    rng: Generator, assumptions: Assumptions, degree: NDArray[np.int64]
) -> NDArray[np.object_]:
    other = levels(rng, assumptions, "level.suspect_role", N_SUSPECTS)
    also = rng.random(N_SUSPECTS) < assumptions.value("persons.second_role")
    roles = [
        ("partner" + (f";{role}" if second else "")) if k else role
        for k, role, second in zip(degree, other, also, strict=True)
    ]
    return np.array(roles, dtype=object)


def _statements(rng: Generator, assumptions: Assumptions, limits: Limits) -> NDArray[np.object_]:
    """Most suspects say little, a few disclose something, the file is silent on the others."""
    talk_low, talk_high = limits["suspect_statement_given:full|partial"]
    little_low, little_high = limits["suspect_statement_given:denial_only|none"]
    talk = int(rng.integers(talk_low, talk_high + 1))
    most = min(little_high, N_SUSPECTS - talk)
    little = little_low + int(rng.binomial(most - little_low, 0.6))
    words = np.full(N_SUSPECTS, "not_documented", dtype=object)
    order = rng.permutation(N_SUSPECTS)
    words[order[:talk]] = rng.choice(["partial", "full"], size=talk, p=[0.8, 0.2])
    words[order[talk : talk + little]] = rng.choice(["none", "denial_only"], size=little)
    return words


def _concurrent(
    rng: Generator, assumptions: Assumptions, degree: NDArray[np.int64], limits: Limits
) -> StatusArray:
    several = np.flatnonzero(degree > 1)
    name = "suspect_concurrent_cohabitation"
    low, high = limits.get(name, (2, N_SUSPECTS))
    chance = np.full(len(several), assumptions.value(f"column.{name}", "present"))
    codes = np.full(N_SUSPECTS, UNDOCUMENTED, dtype=np.int8)
    shown = bernoulli_with_total(rng, chance, low, min(high, len(several)))
    codes[several[shown]] = PRESENT
    single = (degree == 1) & (
        rng.random(N_SUSPECTS) < assumptions.value(f"column.{name}", "absent")
    )
    codes[single] = ABSENT
    return StatusArray(codes)


def victim_columns(
    rng: Generator, assumptions: Assumptions, structure: Structure, limits: Limits
) -> Columns:
    """Draw what describes the women."""
    ages = draw_victim_ages(rng, assumptions, limits["victim_age:about_a_third"])
    columns: Columns = {
        "victim_gender": np.full(N_VICTIMS, "woman", dtype=object),
        "victim_age": ages,
        "victim_birth_country": draw_victim_countries(
            rng,
            assumptions,
            {
                name: limits[f"victim_birth_country:{name}"]
                for name in assumptions.shares("persons.victim_birth_country")
            },
        ),
        "victim_travel": _travel(rng, assumptions, structure, limits),
    }
    for name in ("victim_prior_sex_work", "victim_self_label", "victim_prior_police_experience"):
        columns[name] = levels(rng, assumptions, f"level.{name}", N_VICTIMS)
    for name in assumptions.under("column"):
        if name.startswith("victim_"):
            columns[name] = _counted_status(rng, assumptions, name, N_VICTIMS, limits)
    return columns


def _travel(
    rng: Generator, assumptions: Assumptions, structure: Structure, limits: Limits
) -> NDArray[np.object_]:
    """Voluntary travel that was met with deception occurs in a few investigations only."""
    words = levels(rng, assumptions, "level.victim_travel", N_VICTIMS)
    low, high = limits["victim_travel:voluntary_deceived"]
    cases = rng.choice(N_CASES, size=int(rng.integers(low, high + 1)), replace=False)
    for case in cases:
        women = np.flatnonzero(structure.victim_case == case)
        words[rng.choice(women, size=max(1, len(women) // 4), replace=False)] = "voluntary_deceived"
    return words


def relationship_columns(
    rng: Generator, assumptions: Assumptions, structure: Structure, setting: Setting, limits: Limits
) -> Columns:
    """Draw what describes the relationships."""
    n = setting.n
    degree = np.bincount(structure.pair_suspect, minlength=N_SUSPECTS)[structure.pair_suspect]
    married = np.full(n, UNDOCUMENTED, dtype=np.int8)
    married[rng.random(n) < assumptions.value("column.rel_married", "absent")] = ABSENT
    married[rng.integers(n)] = PRESENT
    columns: Columns = {
        "population": np.full(n, "trafficking", dtype=object),
        "rel_in_window": np.full(n, True),
        "rel_married": StatusArray(married),
        "rel_concurrent": StatusArray(
            document(rng, assumptions, degree > 1, setting.clarity, "tactic")
        ),
        "documentation_depth": setting.depth.astype(float),
        "victim_statement_available": setting.statement,
        "rel_meeting_context": _meeting(rng, assumptions, n),
    }
    for name in ("rel_status", "conflict_frequency", "conflict_topic"):
        columns[name] = levels(rng, assumptions, f"level.{name}", n)
    for name in assumptions.under("column"):
        if name.startswith("rel_") and name not in columns:
            columns[name] = _counted_status(rng, assumptions, name, n, limits)
    return columns


def _meeting(rng: Generator, assumptions: Assumptions, n: int) -> NDArray[np.object_]:
    """Nightlife, prostitution area, country of origin and meeting as a customer all occur."""
    named = {"nightlife", "red_light_district", "country_of_origin", "customer"}
    while True:  # one of the four is missing in fewer than one draw in a hundred
        words = levels(rng, assumptions, "level.rel_meeting_context", n)
        if named <= set(words):
            return words
