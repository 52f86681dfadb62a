"""What happened and what the file says of it: true states, and their documentation.

For a code with declared prevalence p the true state of a relationship is drawn with

    logit P(true) = logit p + (effect of the investigation) + (severity of the relationship),

and the file speaks with a chance that grows with its depth: a true act is documented with
``documentation.present``, an act that did not happen is ruled out with ``documentation.absent``.
Everything else is not documented.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from relatum.samples.simulation.assumptions import Assumptions
from relatum.samples.simulation.samplers import bernoulli_with_total
from relatum.schema import Codebook, StatusCodes
from relatum.schema.status import ABSENT, PRESENT, UNDOCUMENTED

__all__ = ["Items", "Setting", "add_domains", "document", "draw_items", "draw_setting"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
_CORE = ("ctl_", "rule_", "int_")
_CORE_CODES = ("vio_physical", "vio_sexual")
_CASES = np.arange(12)
Limits = Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What makes relationships and their files differ.

    Attributes
    ----------
    case : array of int, shape (n,)
        The investigation of every relationship.
    woman : array of int, shape (n,)
        The woman in every relationship.
    level : array of float, shape (n,)
        Effect of the investigation plus severity, on the logit scale.
    depth : array of int, shape (n,)
        Number of source documents that touch the relationship.
    clarity : array of float, shape (n,)
        Standardised depth, on the logit scale of being documented.
    statement : array of bool, shape (n,)
        Whether her statement is in the file.
    """

    case: NDArray[np.int64]
    woman: NDArray[np.int64]
    level: Floats
    depth: NDArray[np.int64]
    clarity: Floats
    statement: Bools

    @property
    def n(self) -> int:
        """The number of relationships."""
        return len(self.case)


@dataclass(frozen=True, slots=True)
class Items:
    """True states and statuses by code, arrays over relationships."""

    true: Mapping[str, Bools]
    status: Mapping[str, StatusCodes]


def _logistic(x: Floats | float) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.asarray(x))), dtype=np.float64)


def _logit(p: float) -> float:
    return float(np.log(p / (1 - p)))


def draw_setting(
    rng: Generator,
    assumptions: Assumptions,
    *,
    case: NDArray[np.int64],
    woman: NDArray[np.int64],
    focus: Bools,
) -> Setting:
    """Draw the effects of investigations and the depth of files.

    Parameters
    ----------
    rng, assumptions
        Random numbers and declared quantities.
    case, woman : array of int, shape (n,)
        The investigation and the woman of every relationship.
    focus : array of bool, shape (12,)
        Whether the investigation looked at relationships.
    """
    n = len(case)
    by_case = rng.normal(0, assumptions.value("effects.investigation", "sd"), size=len(focus))
    severity = rng.normal(0, assumptions.value("effects.severity", "sd"), size=n)
    mean = assumptions.value("documentation.depth", "mean") * np.where(focus[case], 1.5, 0.8)
    shape = assumptions.value("documentation.depth", "shape")
    depth = 1 + rng.poisson(rng.gamma(shape, mean / shape))
    scale = assumptions.value("documentation.depth", "effect")
    logs = np.log(depth)
    clarity = scale * (logs - logs.mean()) / max(float(logs.std()), 1e-9)
    statement = rng.random(n) < _logistic(
        _logit(assumptions.value("documentation.victim_statement")) + clarity
    )
    return Setting(
        case=case,
        woman=woman,
        level=by_case[case] + severity,
        depth=depth,
        clarity=clarity,
        statement=statement,
    )


def document(
    rng: Generator, assumptions: Assumptions, true: Bools, clarity: Floats, group: str
) -> StatusCodes:
    """Draw what the file says of true states.

    Parameters
    ----------
    rng, assumptions
        Random numbers and declared quantities.
    true : array of bool, shape (n, ...)
        True states.
    clarity : array of float, broadcastable to `true`
        How well the files are documented, on the logit scale.
    group : str
        The group of codes, for ``documentation.<group>``.
    """
    shown = _logistic(_logit(assumptions.value(f"documentation.{group}", "present")) + clarity)
    ruled_out = _logistic(_logit(assumptions.value(f"documentation.{group}", "absent")) + clarity)
    u = rng.random(true.shape)
    codes = np.where(
        true,
        np.where(u < shown, PRESENT, UNDOCUMENTED),
        np.where(u < ruled_out, ABSENT, UNDOCUMENTED),
    )
    return codes.astype(np.int8)


def draw_items(
    rng: Generator,
    assumptions: Assumptions,
    codebook: Codebook,
    setting: Setting,
    limits: Limits,
) -> Items:
    """Draw all coded items of the relationships.

    Parameters
    ----------
    rng, assumptions
        Random numbers and declared quantities.
    codebook : Codebook
        Names, nesting and domains of the codes.
    setting : Setting
        What makes relationships differ.
    limits : mapping of str to tuple of int
        For a code the smallest and largest number of women with it; for ``case:CODE`` the
        smallest and largest number of investigations.
    """
    prevalence = {name: p["p"] for name, p in assumptions.under("prevalence").items()}
    own = [name for name in prevalence if codebook[name].unit == "relationship"]
    core = [name for name in own if name.startswith(_CORE) or name in _CORE_CODES]
    true, status = _draw_core(rng, assumptions, setting, core, prevalence, limits)
    for name in own:
        if name in core or codebook[name].parent:
            continue
        within = _places(rng, setting, name, limits)
        true[name], status[name] = _draw_one(
            rng, assumptions, setting, name, prevalence[name], limits, codebook, within
        )
    for name in own:
        if codebook[name].parent and name not in core:
            _draw_nested(
                rng, assumptions, setting, name, prevalence[name], limits, codebook, true, status
            )
    add_domains(rng, assumptions, codebook, setting, true, status)
    return Items(true, status)


def _group_of(codebook: Codebook, name: str) -> str:
    entity = codebook[name].entity
    return entity if entity in ("tactic", "bond", "coping") else "tactic"


def _draw_core(
    rng: Generator,
    assumptions: Assumptions,
    setting: Setting,
    core: list[str],
    prevalence: Mapping[str, float],
    limits: Limits,
) -> tuple[dict[str, Bools], dict[str, StatusCodes]]:
    """Draw control, rules, intimidation and violence given the composite in every relationship.

    A relationship is drawn again until its file shows control, intimidation and violence or its
    threat; the whole is drawn again until the numbers of women lie inside their limits. Both are
    rejection, hence exact for the declared model given these conditions.
    """
    logits = np.array([_logit(prevalence[name]) for name in core])
    for _ in range(1000):
        mask = np.stack([_places(rng, setting, name, limits) for name in core], axis=1)
        true, codes = _accepted_rows(rng, assumptions, setting, core, logits, mask)
        present = {name: codes[:, at] == PRESENT for at, name in enumerate(core)}
        if all(_inside(setting, present[name], limits.get(name)) for name in core):
            by_code = range(len(core))
            return (
                {core[at]: true[:, at] for at in by_code},
                {core[at]: codes[:, at] for at in by_code},
            )
    msg = "The declared prevalences make the published numbers of women too improbable."
    raise ValueError(msg)


def _inside(setting: Setting, present: Bools, limit: tuple[int, int] | None) -> bool:
    if limit is None:
        return True
    women = len(np.unique(setting.woman[present]))
    return limit[0] <= women <= limit[1]


def _accepted_rows(
    rng: Generator,
    assumptions: Assumptions,
    setting: Setting,
    core: list[str],
    logits: Floats,
    mask: Bools,
) -> tuple[Bools, StatusCodes]:
    true = np.zeros((setting.n, len(core)), dtype=bool)
    codes = np.zeros((setting.n, len(core)), dtype=np.int8)
    pending = np.arange(setting.n)
    while len(pending):
        chance = _logistic(logits + setting.level[pending, None])
        drawn = (rng.random(chance.shape) < chance) & mask[pending]
        said = document(rng, assumptions, drawn, setting.clarity[pending, None], "tactic")
        _nest_core(core, drawn, said)
        true[pending], codes[pending] = drawn, said
        pending = pending[~_composite(core, said == PRESENT)]
    return true, codes


def _nest_core(core: list[str], drawn: Bools, said: StatusCodes) -> None:
    """Make a shown death threat a shown threat of violence, of which it is a form."""
    threat, death = core.index("int_threat_violence"), core.index("int_threat_death")
    drawn[:, death] &= drawn[:, threat]
    said[:, death] = np.where(
        drawn[:, death], said[:, death], np.minimum(said[:, death], UNDOCUMENTED)
    )
    said[:, threat] = np.where(said[:, death] == PRESENT, PRESENT, said[:, threat])


def _composite(core: list[str], present: Bools) -> Bools:
    control = [at for at, name in enumerate(core) if name.startswith(("ctl_", "rule_"))]
    intimidation = [at for at, name in enumerate(core) if name.startswith("int_")]
    violence = [
        at for at, name in enumerate(core) if name in _CORE_CODES or name.startswith("int_threat_")
    ]
    parts = [present[:, columns].any(axis=1) for columns in (control, intimidation, violence)]
    return np.asarray(np.logical_and.reduce(parts), dtype=bool)


def _places(
    rng: Generator,
    setting: Setting,
    name: str,
    limits: Limits,
    possible: Bools | None = None,
) -> Bools:
    """Restrict a code to as many investigations as the chapter says, among possible ones."""
    able = np.ones(setting.n, dtype=bool) if possible is None else possible
    low, high = limits.get(f"case:{name}", (0, len(_CASES)))
    sizes = np.bincount(setting.case[able], minlength=len(_CASES))
    if high >= len(_CASES):
        return able
    most = min(high, int((sizes > 0).sum()))
    count = int(rng.integers(low, most + 1))
    cases = rng.choice(_CASES, size=count, replace=False, p=sizes / sizes.sum())
    return able & np.isin(setting.case, cases)


def _draw_one(
    rng: Generator,
    assumptions: Assumptions,
    setting: Setting,
    name: str,
    p: float,
    limits: Limits,
    codebook: Codebook,
    within: Bools,
) -> tuple[Bools, StatusCodes]:
    """Draw one code, given the number of women with it or the investigations that need it."""
    group = _group_of(codebook, name)
    happened = _logistic(_logit(p) + setting.level) * within
    shown = _logistic(
        _logit(assumptions.value(f"documentation.{group}", "present")) + setting.clarity
    )
    present = _present(rng, setting, happened * shown, name, limits, within)
    # Given that the file does not show it, it may still have happened.
    hidden = happened * (1 - shown) / (1 - happened * shown)
    true = present | (rng.random(setting.n) < hidden)
    ruled_out = _logistic(
        _logit(assumptions.value(f"documentation.{group}", "absent")) + setting.clarity
    )
    absent = ~true & (rng.random(setting.n) < ruled_out)
    status = np.where(present, PRESENT, np.where(absent, ABSENT, UNDOCUMENTED)).astype(np.int8)
    return true, status


def _present(
    rng: Generator, setting: Setting, chances: Floats, name: str, limits: Limits, within: Bools
) -> Bools:
    present = np.zeros(setting.n, dtype=bool)
    if f"case:{name}" in limits:
        for case in np.unique(setting.case[within]):
            rows = within & (setting.case == case)
            present[rows] = bernoulli_with_total(rng, chances[rows], 1, int(rows.sum()))
        return present
    low, high = limits.get(name, (0, setting.n))
    # A woman may be in two relationships: enough relationships make enough women.
    double = setting.n - len(np.unique(setting.woman))
    present[within] = bernoulli_with_total(rng, chances[within], low + double if low else 0, high)
    return present


def _draw_nested(
    rng: Generator,
    assumptions: Assumptions,
    setting: Setting,
    name: str,
    p: float,
    limits: Limits,
    codebook: Codebook,
    true: dict[str, Bools],
    status: dict[str, StatusCodes],
) -> None:
    """Draw a code that is part of another: it needs the other in fact and in the file."""
    parent = codebook[name].parent[0]
    if p >= 1:  # the part always goes with the whole
        true[name], status[name] = true[parent], status[parent].copy()
        return
    within = _places(rng, setting, name, limits, status[parent] == PRESENT)
    own, said = _draw_one(rng, assumptions, setting, name, p, limits, codebook, within)
    true[name] = own & true[parent]
    status[name] = np.where(status[parent] == ABSENT, ABSENT, said).astype(np.int8)


def add_domains(
    rng: Generator,
    assumptions: Assumptions,
    codebook: Codebook,
    setting: Setting,
    true: dict[str, Bools],
    status: dict[str, StatusCodes],
) -> None:
    """Code the seven domains directly, in keeping with their codes.

    Parameters
    ----------
    rng : Generator
    assumptions : Assumptions
    codebook : Codebook
    setting : Setting
    true, status : dict
        By code; both gain an entry per domain.
    """
    for domain in codebook.select(entity="domain"):
        members = [
            code.id
            for code in codebook.select(entity="tactic", domain=domain.domain)
            if code.id in status
        ]
        true[domain.id] = np.logical_or.reduce([true[name] for name in members])
        shown = np.logical_or.reduce([status[name] == PRESENT for name in members])
        said = document(rng, assumptions, true[domain.id], setting.clarity, "domain")
        status[domain.id] = np.where(shown, PRESENT, said).astype(np.int8)
