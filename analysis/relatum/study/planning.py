"""The design of a sample that does not exist yet: `PlanningDesign`, read from a file of its own."""

from __future__ import annotations

import hashlib
import json
import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from relatum.errors import Issue, PlanError, UsageError
from relatum.schema import near_match

__all__ = ["FEWEST_CASES", "PlanningDesign", "read_planning"]

#: With fewer investigations no limits are printed, so there is nothing to plan.
FEWEST_CASES = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanningDesign:
    """What a new sample may look like, and what it shall show.

    All keys of a plan file; the values are the defaults.

    Attributes
    ----------
    name, title : str
        The folder of the results, and words for the report.
    seed : int
    studies : int
        Simulated studies of each design.
    draws : int
        Random sign vectors of each bootstrap, used where there are more than 14 investigations.
    cases : tuple of int
        Numbers of investigations to look at, increasing.
    sizes : tuple of int
        Relationships of each investigation at hand; other numbers of investigations draw from
        them. Empty: sizes follow `mean_size` and `size_cv`.
    mean_size, size_cv : float
        Mean and coefficient of variation of the relationships per investigation.
    cap : int
        Relationships that are coded per investigation at most, chosen at random; 0 for all.
    iccs : tuple of float
        Correlations within investigations, at which precision is shown.
    prevalence : float
        The share that is to be estimated.
    documented : float
        Share of relationships whose file answers the question.
    attempts_per_year, months : float
        Escape attempts per relationship-year, and months under observation.
    exposed, rate_ratio, frailty : float
        Share of relationships with a characteristic, the ratio of their rate to that of the
        others, and the variance of the rate between investigations.
    reported, retracted : float
        Share of relationships with a report, and of these with a step back.
    step_odds_ratio : float
        Odds ratio, within investigations, of a step back with the characteristic.
    pair_odds_ratio : float
        Odds ratio, within investigations, of two domains that are recorded together.
    pairs : int
        Pairs of domains that are tested together; the level of each is divided by it.
    target_width, target_margin, target_half_width : float
        What shall be reached: width of the interval of a share, margin of equivalence, half-width
        of the interval of the share with a step back.
    power : float
        Wanted power.
    prior_icc, prior_prevalence : tuple of float
        Parameters of the beta priors behind assurance.
    advice_cap : int
        The cap whose use is looked at; that of the plan where it is lower.
    """

    name: str = "plan"
    title: str = "A new sample"
    seed: int = 20062010
    studies: int = 200
    draws: int = 200
    cases: tuple[int, ...] = (12, 20, 30, 40, 60, 80, 120)
    sizes: tuple[int, ...] = ()
    mean_size: float = 6.0
    size_cv: float = 1.3
    cap: int = 0
    iccs: tuple[float, ...] = (0.05, 0.1, 0.2)
    prevalence: float = 0.5
    documented: float = 0.9
    attempts_per_year: float = 0.6
    months: float = 6.0
    exposed: float = 0.5
    rate_ratio: float = 2.0
    frailty: float = 0.25
    reported: float = 0.6
    retracted: float = 0.5
    step_odds_ratio: float = 5.0
    pair_odds_ratio: float = 10.0
    pairs: int = 21
    target_width: float = 0.3
    target_margin: float = 0.15
    target_half_width: float = 0.15
    power: float = 0.8
    prior_icc: tuple[float, ...] = (1.0, 5.0)
    prior_prevalence: tuple[float, ...] = (2.0, 2.0)
    advice_cap: int = 8

    @property
    def hash(self) -> str:
        """The SHA-256 of everything that can change a number."""
        held = {k: v for k, v in asdict(self).items() if k not in ("name", "title")}
        return hashlib.sha256(json.dumps(held, sort_keys=True).encode()).hexdigest()


#: Smallest and largest value of a key, both allowed, and of each entry of a list.
_WITHIN: Mapping[str, tuple[float, float]] = {
    "seed": (0, 2**63 - 1),
    "studies": (10, 100_000),
    "draws": (99, 99_999),
    "cases": (FEWEST_CASES, 2_000),
    "sizes": (1, 10_000),
    "mean_size": (1, 1_000),
    "size_cv": (0, 10),
    "cap": (0, 10_000),
    "iccs": (0, 0.9),
    "prevalence": (0.01, 0.99),
    "documented": (0.05, 1),
    "attempts_per_year": (0.001, 100),
    "months": (0.1, 600),
    "exposed": (0.01, 0.99),
    "rate_ratio": (0.02, 50),
    "frailty": (0, 10),
    "reported": (0.01, 1),
    "retracted": (0.01, 0.99),
    "step_odds_ratio": (0.02, 1_000),
    "pair_odds_ratio": (0.02, 1_000),
    "pairs": (1, 1_000),
    "target_width": (0.01, 1),
    "target_margin": (0.01, 0.99),
    "target_half_width": (0.01, 0.5),
    "power": (0.5, 0.99),
    "prior_icc": (0.1, 1_000),
    "prior_prevalence": (0.1, 1_000),
    "advice_cap": (1, 1_000),
}
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")


class _Faults:
    """Collects every fault of a plan."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.issues: list[Issue] = []

    def add(self, key: str, rule: str, message: str, allowed: tuple[str, ...] = ()) -> None:
        near = near_match(key, allowed) if rule == "unknown_key" else ""
        self.issues.append(
            Issue(
                table=self.file, field=key, rule=rule, message=message, allowed=allowed, near=near
            )
        )


def read_planning(
    path: Path | None = None, *, changes: Mapping[str, object] | None = None
) -> PlanningDesign:
    """Read the design of a new sample.

    Parameters
    ----------
    path : Path, optional
        A TOML file with keys of `PlanningDesign`; without one all values are the defaults.
    changes : mapping of str to object, optional
        Values that take the place of those of the file, such as options of a command line.

    Returns
    -------
    PlanningDesign

    Raises
    ------
    UsageError
        If the path is that of a folder.
    PlanError
        If the file cannot be read, or with every fault of the plan at once in ``.issues``.

    Examples
    --------
    >>> read_planning(changes={"cases": [12, 24], "cap": 8}).cases
    (12, 24)
    >>> read_planning(changes={"icc": [0.1]})
    Traceback (most recent call last):
    ...
    relatum.errors.PlanError: 1 fault in the plan 'plan.toml'; nothing was run.
    """
    raw = dict(_load(path) if path is not None else {})
    raw.update(changes or {})
    faults = _Faults(path.name if path is not None else "plan.toml")
    design = _build(raw, faults)
    _check(design, raw, faults)
    if faults.issues:
        count = len(faults.issues)
        words = "1 fault" if count == 1 else f"{count} faults"
        msg = f"{words} in the plan '{faults.file}'; nothing was run."
        raise PlanError(msg, sorted(faults.issues))
    return design


def _load(path: Path) -> Mapping[str, object]:
    if path.is_dir():
        msg = f"'{path.name}' is a folder; a plan is one file that ends in .toml."
        raise UsageError(msg)
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        msg = f"The plan '{path}' could not be read: {type(error).__name__}."
        raise PlanError(msg) from error
    except tomllib.TOMLDecodeError as error:
        msg = f"The plan '{path.name}' is not valid TOML: {error}."
        raise PlanError(msg) from error


def _build(raw: Mapping[str, object], faults: _Faults) -> PlanningDesign:
    """Turn the values that have the right type into a design; the others keep their defaults."""
    hints = get_type_hints(PlanningDesign)
    known = tuple(spec.name for spec in fields(PlanningDesign))
    for key in sorted(set(raw) - set(known)):
        faults.add(key, "unknown_key", f"'{key}' is not a key of the plan.", known)
    found: dict[str, Any] = {
        key: _value(key, hints[key], raw[key], faults) for key in known if key in raw
    }
    return replace(PlanningDesign(), **{k: v for k, v in found.items() if v is not None})


def _value(key: str, hint: object, raw: object, faults: _Faults) -> object:
    if get_origin(hint) is tuple:
        kind = get_args(hint)[0]
        if not isinstance(raw, Sequence) or isinstance(raw, str):
            faults.add(key, "wrong_type", "must be a list, written [a, b].")
            return None
        values = [_scalar(kind, one) for one in raw]
        if None in values:
            faults.add(key, "wrong_type", f"must be a list of {_PLURALS[kind]}.")
            return None
        return tuple(values)
    value = _scalar(hint, raw)
    if value is None:
        faults.add(key, "wrong_type", f"must be {_WORDS[hint]}.")
    return value


_WORDS: Mapping[object, str] = {str: "a text", int: "a whole number", float: "a number"}
_PLURALS: Mapping[object, str] = {int: "whole numbers", float: "numbers"}


def _scalar(kind: object, raw: object) -> object:
    if kind is float and type(raw) in (int, float):
        number = float(raw)  # type: ignore[arg-type]
        return number if math.isfinite(number) else None
    return raw if type(raw) is kind else None


def _check(design: PlanningDesign, raw: Mapping[str, object], faults: _Faults) -> None:
    for key, (low, high) in _WITHIN.items():
        value = getattr(design, key)
        if not all(low <= one <= high for one in (value if isinstance(value, tuple) else (value,))):
            text = f"must lie between {low:,} and {high:,}."
            faults.add(key, "out_of_range", text)
    if not _NAME.fullmatch(design.name):
        text = "must begin with a letter and hold letters, digits, - and _ only; it names a folder."
        faults.add("name", "unknown_value", text)
    for key in ("cases", "iccs"):
        values = getattr(design, key)
        if not values or list(values) != sorted(set(values)):
            faults.add(key, "out_of_range", "must hold numbers that increase.")
    for key in ("prior_icc", "prior_prevalence"):
        if len(getattr(design, key)) != 2:
            faults.add(key, "out_of_range", "must be the two parameters of a beta distribution.")
    _check_sizes(design, raw, faults)


def _check_sizes(design: PlanningDesign, raw: Mapping[str, object], faults: _Faults) -> None:
    if design.sizes:
        if len(design.sizes) < FEWEST_CASES:
            text = f"must hold at least {FEWEST_CASES} investigations."
            faults.add("sizes", "out_of_range", text)
        for key in ("mean_size", "size_cv"):
            if key in raw:
                text = "cannot stand beside sizes, which say it already; remove one of the two."
                faults.add(key, "conflict", text)
        return
    mean, cv = design.mean_size, design.size_cv
    least = math.sqrt(max(mean - 1.0, 0.0)) / mean if mean > 0 else 0.0
    if cv == 0 and mean != round(mean):
        faults.add("mean_size", "out_of_range", "must be whole where size_cv is 0.")
    if 0 < cv < least:
        text = f"must be 0, or at least {least:.2f} with a mean size of {mean:g}."
        faults.add("size_cv", "out_of_range", text)
    if mean == 1 and cv > 0:
        faults.add("size_cv", "out_of_range", "must be 0 where the mean size is 1.")
