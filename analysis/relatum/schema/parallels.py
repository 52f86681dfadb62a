"""The parallels matrix as data: what domestic violence and trafficking are said to share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from types import MappingProxyType

from relatum.schema.codebook import near_match
from relatum.schema.model import load_schema
from relatum.schema.registries import RegistryFaults, read_registry
from relatum.schema.resources import schema_path

__all__ = ["KINDS", "MARGIN_TYPES", "RATIO_SCALES", "UNITS", "Parallel", "load_parallels"]

#: What a row computes, and the scales on which two populations may be compared in it.
KINDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "share": ("risk_difference",),
        "mean": ("mean_difference",),
        "rate": ("rate_ratio",),
        "cooccurrence": ("log_odds_ratio_difference",),
        "ordinal": ("cumulative_odds_ratio",),
        "rank": ("kendall_tau",),
        "incidence": ("risk_difference",),
        "hazard": ("hazard_ratio_ratio",),
        "description": ("proportion",),
        "global": ("count",),
    }
)
#: Scales on which 1, and not 0, is no difference.
RATIO_SCALES: tuple[str, ...] = ("rate_ratio", "cumulative_odds_ratio", "hazard_ratio_ratio")
#: How a row may be tested.
MARGIN_TYPES: tuple[str, ...] = (
    *("equivalence", "non_inferiority", "difference_expected", "description", "global"),
)
#: What a row may count.
UNITS: tuple[str, ...] = (
    *("relationship", "relationship_month", "relationship_year", "victim", "attempt", "report"),
)
#: The part of the units to which a row may be restricted; empty for all of them.
_AMONG = (
    *("", "victim_statement", "coded_acts", "first_contact", "attempt", "report"),
    *("relationship_ended", "report_or_attempt"),
)
_UNTESTED = ("description", "global")
_PATTERN_KINDS = ("cooccurrence", "rank")
_FLAGS = ("primary", "contrast")
_LISTS = ("codes", "levels", "benchmark_ids")
_FLOATS = ("margin_low", "margin_high")
_WHOLE = ("horizon_days", "expected_sign")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parallel:
    """One row of the matrix: a characteristic, how it is measured, and what would refute it.

    Attributes
    ----------
    id, family : str
        Its number, and its group: context, tactics, leaving, ...
    dv_characteristic, literature : str
        What the literature says about domestic violence, and where.
    chapter_finding, chapter_evidence, chapter_section : str
        What the chapter says about trafficking, on which evidence, and where.
    codes : tuple of str
        Codes, fields or patterns of codes that bear on it.
    dv_measure : str
        The counterpart in data on domestic violence, in words.
    estimand : str
        The quantity that is compared, in words.
    kind : str
        Its form, one of `KINDS`.
    measure : str
        The one code or field that is counted; a pattern such as ``dom_*`` where a row is about
        several codes at once; empty for the row about the matrix as a whole.
    levels : tuple of str
        The levels of `measure` that count, where it has levels of its own.
    unit, among : str
        What is counted, one of `UNITS`, and the part of them that it is out of; empty for all.
    horizon_days : int or None
        The days after the starting event within which it has to happen.
    contrast : bool
        Whether the two populations are expected to differ in it.
    expected_sign : int or None
        In a contrast row, 1 where more is expected in trafficking, -1 where less.
    scale : str
        The scale of the comparison, trafficking against domestic violence.
    margin_low, margin_high : float or None
        The margins on that scale, by default; the plan of a study may declare others.
    margin_type, margin_reason : str
        How the row is tested, one of `MARGIN_TYPES`, and why the margin is where it is.
    primary : bool
        Whether it belongs to the global claim.
    equivalent_if, different_if, not_shown_if : str
        The rule of each verdict.
    answerable_with_12_cases : str
        What a sample as small as the chapter's can say.
    benchmark_ids : tuple of str
        Published figures that are considered beside it; `admit` says which ones match.
    what_may_differ, main_threat : str
        Why the populations may differ, and what may mislead.
    """

    id: str
    family: str
    dv_characteristic: str
    literature: str
    chapter_finding: str
    chapter_evidence: str
    chapter_section: str
    codes: tuple[str, ...]
    dv_measure: str
    estimand: str
    kind: str
    measure: str
    levels: tuple[str, ...]
    unit: str
    among: str
    horizon_days: int | None
    contrast: bool
    expected_sign: int | None
    scale: str
    margin_low: float | None
    margin_high: float | None
    margin_type: str
    margin_reason: str
    primary: bool
    equivalent_if: str
    different_if: str
    not_shown_if: str
    answerable_with_12_cases: str
    benchmark_ids: tuple[str, ...]
    what_may_differ: str
    main_threat: str

    @property
    def tested(self) -> bool:
        """Whether the row gets a verdict of its own."""
        return self.margin_type not in _UNTESTED

    @property
    def is_ratio(self) -> bool:
        """Whether 1, and not 0, stands for no difference."""
        return self.scale in RATIO_SCALES

    @property
    def default_margins(self) -> tuple[float, ...]:
        """The margins of the registry: the lower and the upper one, as far as there are any."""
        both = (self.margin_low, self.margin_high)
        return tuple(value for value in both if value is not None)


def _listed(text: str) -> tuple[str, ...]:
    parts = text.replace("|", ";").split(";")
    return tuple(part.strip() for part in parts if part.strip())


def _parallel(cells: Mapping[str, str], faults: RegistryFaults) -> Parallel:
    row = cells["id"]
    values: dict[str, object] = dict(cells)
    for name in _FLAGS:
        faults.one_of(row, name, cells[name], ("yes", "no"))
        values[name] = cells[name] == "yes"
    for name in _LISTS:
        values[name] = _listed(cells[name])
    for name in _FLOATS:
        values[name] = faults.number(row, name, cells[name])
    for name in _WHOLE:
        values[name] = faults.whole(row, name, cells[name])
    return Parallel(**values)  # type: ignore[arg-type]


def _check_measure(row: Parallel, faults: RegistryFaults) -> None:
    codebook = load_schema().codebook
    if row.kind == "global":
        return
    if "*" in row.measure and row.kind in _PATTERN_KINDS:
        if not any(fnmatchcase(code, row.measure) for code in codebook):
            faults.add(row.id, "measure", f"no code matches '{row.measure}'.")
        return
    if row.measure not in codebook:
        near = near_match(row.measure, tuple(codebook))
        hint = f" Did you mean '{near}'?" if near else ""
        faults.add(row.id, "measure", f"'{row.measure}' is not in the codebook.{hint}")
        return
    unknown = [word for word in row.levels if word not in codebook[row.measure].levels]
    if unknown:
        text = f"'{row.measure}' has no level {', '.join(unknown)}."
        faults.add(row.id, "levels", text, codebook[row.measure].levels)


def _check_contrast(row: Parallel, faults: RegistryFaults) -> None:
    if row.contrast != (row.margin_type == "difference_expected"):
        faults.add(row.id, "contrast", "must be yes just where a difference is expected.")
    if row.contrast and row.expected_sign not in (-1, 1):
        faults.add(row.id, "expected_sign", "must be 1 or -1 in a contrast row.")
    if not row.contrast and row.expected_sign is not None:
        faults.add(row.id, "expected_sign", "must be empty where no difference is expected.")
    if row.contrast and row.primary:
        faults.add(row.id, "primary", "must be no in a contrast row: it is no part of the claim.")


def _check_margins(row: Parallel, faults: RegistryFaults) -> None:
    wanted = {"non_inferiority": 1, "description": 0, "global": 0}.get(row.margin_type, 2)
    if len(row.default_margins) != wanted or (wanted and row.margin_low is None):
        words = {0: "no margin", 1: "a lower margin only"}.get(wanted, "a lower and an upper one")
        faults.add(row.id, "margin_low", f"the margin type {row.margin_type} takes {words}.")
    elif wanted == 2 and row.default_margins[0] >= row.default_margins[1]:
        faults.add(row.id, "margin_low", "must lie below margin_high.")
    if row.tested and not row.margin_reason:
        faults.add(row.id, "margin_reason", "is empty; say why the margin is where it is.")


def _check(row: Parallel, faults: RegistryFaults) -> None:
    faults.one_of(row.id, "kind", row.kind, tuple(KINDS))
    faults.one_of(row.id, "margin_type", row.margin_type, MARGIN_TYPES)
    faults.one_of(row.id, "among", row.among, _AMONG)
    if row.kind in KINDS:
        faults.one_of(row.id, "scale", row.scale, KINDS[row.kind])
        if (row.kind in _UNTESTED or not row.tested) and row.kind != row.margin_type:
            faults.add(row.id, "margin_type", "must repeat the kind where a row is not tested.")
    if row.kind != "global":
        faults.one_of(row.id, "unit", row.unit, UNITS)
    if row.horizon_days is not None and row.horizon_days <= 0:
        faults.add(row.id, "horizon_days", "must be above 0.")
    if row.kind == "incidence" and row.horizon_days is None:
        faults.add(row.id, "horizon_days", "is empty; an incidence needs its days.")
    _check_measure(row, faults)
    _check_contrast(row, faults)
    _check_margins(row, faults)


@cache
def load_parallels(path: Path | None = None) -> Mapping[str, Parallel]:
    """Read the parallels matrix.

    Parameters
    ----------
    path : Path, optional
        A CSV file with the columns of `Parallel`; the shipped one by default. Lists are separated
        by ``;`` and levels by ``|``.

    Returns
    -------
    mapping of str to Parallel
        The rows by id, in the order of the file.

    Raises
    ------
    SchemaError
        If the file cannot be read, lacks a column or repeats an id, or a row holds a word or
        number that is not allowed. Every fault is in `issues` and in the message.

    Examples
    --------
    >>> row = load_parallels()["P29"]
    >>> row.kind, row.measure, row.unit, row.horizon_days
    ('incidence', 'retraction_days', 'report', 180)
    >>> load_parallels()["P32"].expected_sign
    -1
    """
    place = path or schema_path() / "parallels.csv"
    faults = RegistryFaults(place.name)
    cells = read_registry(place, [spec.name for spec in fields(Parallel)])
    rows = [_parallel(row, faults) for row in cells]
    faults.unique([row.id for row in rows])
    for row in rows:
        _check(row, faults)
    faults.raise_if_any()
    return MappingProxyType({row.id: row for row in rows})
