"""One small function for every kind of published figure; each counts on a sample.

Each returns what the sample documents, and the smallest and largest value that silence allows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from relatum.samples.fact_frames import FactContext, NotComputable
from relatum.samples.sample import UNIT_TABLES
from relatum.samples.statuses import any_by_unit
from relatum.schema import StatusArray, StatusCodes
from relatum.schema.facts import Fact
from relatum.schema.status import ABSENT, PRESENT, UNDOCUMENTED

__all__ = ["EVALUATORS", "Evaluator", "FactValue"]


@dataclass(frozen=True, slots=True)
class FactValue:
    """A figure of a sample.

    Attributes
    ----------
    value : float
        What is documented; for counts a lower bound.
    least, most : float
        The smallest and the largest value over all completions of what is not documented.
    """

    value: float
    least: float
    most: float

    @classmethod
    def known(cls, value: float) -> FactValue:
        """Return a value that silence does not touch."""
        return cls(float(value), float(value), float(value))

    @classmethod
    def counted(cls, present: int, silent: int) -> FactValue:
        """Return a count of what is present, and that with everything undocumented."""
        return cls(float(present), float(present), float(present + silent))


Evaluator = Callable[[FactContext, Fact], FactValue]

_SILENT = ("", "not_documented")
#: Levels of a country of birth that may stand for any country but the Netherlands.
_GROUPED = ("other_eu", "other_non_eu")
#: Tables in which a unit without a row is not documented rather than without an event.
_EVENTS = ("codings", "escape_attempts", "police_contacts", "reports", "retractions")
_RETURN_THREAT = "int_threat_return"
_THREATS = ("threat_her", "threat_family")


# --- rows ---------------------------------------------------------------------------------------


def rows(context: FactContext, fact: Fact) -> FactValue:
    """Count the rows of a table."""
    return FactValue.known(len(context.frame(fact.arguments["table"])))


def rows_where(context: FactContext, fact: Fact) -> FactValue:
    """Count the rows of a table with one of several levels."""
    return _status_value(_row_statuses(context, fact))


def _row_statuses(context: FactContext, fact: Fact) -> StatusCodes:
    """Tell for every row whether a column has one of several levels."""
    texts = context.texts(fact.arguments["table"], fact.arguments["column"])
    levels = set(fact.listed("levels"))
    hidden = set(_SILENT)
    if levels.isdisjoint(_GROUPED) and levels != {"NL"}:
        hidden.update(_GROUPED)
    known: dict[str, np.int8] = {}
    for text in dict.fromkeys(texts):
        parts = set(text.split(";"))
        match = PRESENT if parts & levels else UNDOCUMENTED if parts <= hidden else ABSENT
        known[text] = match
    return np.array([known[text] for text in texts], dtype=np.int8)


def status_rows(context: FactContext, fact: Fact) -> FactValue:
    """Count the rows in which a status column is present."""
    array: StatusArray = context.frame(fact.arguments["table"])[fact.arguments["column"]].array
    return _status_value(array.codes)


def _status_value(codes: StatusCodes) -> FactValue:
    return FactValue.counted(int((codes == PRESENT).sum()), int((codes == UNDOCUMENTED).sum()))


def distinct(context: FactContext, fact: Fact) -> FactValue:
    """Count the distinct values of a column; a group of countries counts as one."""
    texts = context.texts(fact.arguments["table"], fact.arguments["column"])
    named = set(texts) - set(_SILENT)
    hidden = int(np.isin(texts, _SILENT).sum())
    grouped = int(np.isin(texts, _GROUPED).sum()) - len(named.intersection(_GROUPED))
    least = max(len(named - set(_GROUPED)), 1 if named else 0)
    return FactValue(float(len(named)), float(least), float(len(named) + hidden + grouped))


# --- numbers ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Numbers:
    """The recorded numbers of a column, how many are not recorded, and what those may be."""

    known: NDArray[np.float64]
    silent: int
    low: float
    high: float


def _numbers(context: FactContext, fact: Fact) -> _Numbers:
    table, column = fact.arguments["table"], fact.arguments["column"]
    values = context.frame(table)[column]
    if codes := fact.listed("codes"):
        values = values[np.isin(context.texts(table, "code"), codes) & context.coded_present]
    numbers = np.array([_as_number(value) for value in values.tolist()], dtype=np.float64)
    known = numbers[~np.isnan(numbers)]
    if not len(known):
        msg = f"no value of '{'|'.join(codes) or column}' is recorded"
        raise NotComputable(msg)
    field = context.sample.schema[table][column]
    low = -math.inf if field.minimum is None else field.minimum
    high = math.inf if field.maximum is None else field.maximum
    return _Numbers(known, len(numbers) - len(known), low, high)


def _as_number(value: object) -> float:
    """Read a cell; what is no number counts as not recorded."""
    if isinstance(value, int | float):
        return float(value)
    try:
        return float(value) if isinstance(value, str) else math.nan
    except ValueError:
        return math.nan


def minimum(context: FactContext, fact: Fact) -> FactValue:
    """Return the smallest value of a column."""
    found = _numbers(context, fact)
    value = float(found.known.min())
    return FactValue(value, min(value, found.low) if found.silent else value, value)


def maximum(context: FactContext, fact: Fact) -> FactValue:
    """Return the largest value of a column."""
    found = _numbers(context, fact)
    value = float(found.known.max())
    return FactValue(value, value, max(value, found.high) if found.silent else value)


def total(context: FactContext, fact: Fact) -> FactValue:
    """Return the sum of a column."""
    found = _numbers(context, fact)
    value = float(found.known.sum())
    if not found.silent:
        return FactValue.known(value)
    return FactValue(value, value + found.silent * found.low, value + found.silent * found.high)


def mean_rounded(context: FactContext, fact: Fact) -> FactValue:
    """Return the mean of a column, rounded half up."""
    found = _numbers(context, fact)
    known, n = float(found.known.sum()), len(found.known) + found.silent
    value = _round(float(found.known.mean()))
    if not found.silent:
        return FactValue.known(value)
    low, high = known + found.silent * found.low, known + found.silent * found.high
    return FactValue(value, _round(low / n), _round(high / n))


def _round(value: float) -> float:
    return math.floor(value + 0.5) if math.isfinite(value) else value


def in_range(context: FactContext, fact: Fact) -> FactValue:
    """Count the rows whose value lies between two limits, both included."""
    found = _numbers(context, fact)
    low, high = float(fact.arguments["low"]), float(fact.arguments["high"])
    return FactValue.counted(
        int(((found.known >= low) & (found.known <= high)).sum()), found.silent
    )


# --- units --------------------------------------------------------------------------------------


def persons_with(context: FactContext, fact: Fact) -> FactValue:
    """Count the units with at least one of several codes, of their own or lifted to them."""
    return _status_value(context.statuses(fact.listed("codes"), fact.evaluator_unit))


def share_of(context: FactContext, fact: Fact) -> FactValue:
    """Return the share of units with one code among those with another."""
    unit = fact.evaluator_unit
    part = context.statuses([fact.arguments["code"]], unit)
    whole = context.statuses([fact.arguments["of"]], unit)
    return _share(part, whole, f"no {unit} has '{fact.arguments['of']}'")


def _share(part: StatusCodes, whole: StatusCodes, nothing: str) -> FactValue:
    """Return the share with `part` among those with `whole`, over all completions of silence.

    Among the units whose whole is certain, an undocumented part may go either way. A unit whose
    whole is open lowers the share where its part can be absent and raises it where it can be
    present.
    """
    sure, open_whole = whole == PRESENT, whole == UNDOCUMENTED
    n, present = int(sure.sum()), int((sure & (part == PRESENT)).sum())
    if not n:
        raise NotComputable(nothing)
    silent = int((sure & (part == UNDOCUMENTED)).sum())
    lowering = int((open_whole & (part != PRESENT)).sum())
    raising = int((open_whole & ((part == PRESENT) | (part == UNDOCUMENTED))).sum())
    return FactValue(
        present / n, present / (n + lowering), (present + silent + raising) / (n + raising)
    )


def groups_by_size(context: FactContext, fact: Fact) -> FactValue:
    """Count the investigations whose number of rows lies between two limits."""
    sizes = _group_sizes(context, fact)
    low = int(fact.arguments.get("low", 0))
    high = int(fact.arguments.get("high", 10**9))
    return FactValue.known(int(((sizes >= low) & (sizes <= high)).sum()))


def largest_group(context: FactContext, fact: Fact) -> FactValue:
    """Return the largest number of rows in one investigation."""
    return FactValue.known(int(_group_sizes(context, fact).max()))


def _group_sizes(context: FactContext, fact: Fact) -> NDArray[np.int64]:
    cases = len(context.frame("cases"))
    if not cases:
        msg = "there are no investigations"
        raise NotComputable(msg)
    keys = context.texts(fact.arguments["table"], fact.arguments["key"])
    at = context.unit_at("case", keys)
    return np.bincount(at[at >= 0], minlength=cases).astype(np.int64)


def relationships_per_suspect_max(context: FactContext, fact: Fact) -> FactValue:
    """Return the largest number of relationships of one suspect."""
    suspects = context.texts("relationships", "suspect_id")
    if fact.arguments.get("within") == "two_largest_cases":
        suspects = suspects[np.isin(context.texts("relationships", "case_id"), context.two_largest)]
    if not len(suspects):
        msg = "there are no relationships"
        raise NotComputable(msg)
    return FactValue.known(int(np.unique(suspects.astype(str), return_counts=True)[1].max()))


def victims_without_relationship(context: FactContext, fact: Fact) -> FactValue:
    """Count the women without an intimate relationship with a suspect."""
    related = np.isin(
        context.texts("victims", "victim_id"), context.texts("relationships", "victim_id")
    )
    return FactValue.known(int((~related).sum()))


def largest_cases_protracted(context: FactContext, fact: Fact) -> FactValue:
    """Count those of the two largest investigations that took longer than a number of months."""
    cases = context.frame("cases")
    months = cases.loc[
        np.isin(context.texts("cases", "case_id"), context.two_largest), "case_duration_months"
    ]
    longer = (months > float(fact.arguments["longer_than"])).fillna(False)
    return FactValue.counted(int(longer.sum()), int(months.isna().sum()))


def metadata(context: FactContext, fact: Fact) -> FactValue:
    """Return a number of the selection flow in the sample's descriptor."""
    key = fact.arguments["key"]
    for step in context.sample.info.selection:
        if step.step == key:
            return FactValue.known(step.n)
    msg = f"the sample's descriptor has no selection step '{key}'"
    raise NotComputable(msg)


# --- events -------------------------------------------------------------------------------------


def events_where(context: FactContext, fact: Fact) -> FactValue:
    """Count the units with at least one row that has one of several levels."""
    table, unit = fact.arguments["table"], fact.evaluator_unit
    statuses = _row_statuses(context, fact)
    at = context.unit_at(unit, _units_of_rows(context, table, unit))
    if codes := fact.listed("codes"):
        chosen = np.isin(context.texts(table, "code"), codes) & context.coded_present
        statuses, at = statuses[chosen], at[chosen]
    size = context.sample.n(UNIT_TABLES[unit])
    silent = UNDOCUMENTED if table in _EVENTS else ABSENT
    return _status_value(any_by_unit(at, statuses, size, int(silent)))


def _units_of_rows(context: FactContext, table: str, unit: str) -> NDArray[np.object_]:
    """Name for every row of a table the unit of a type that it belongs to."""
    if f"{unit}_id" in context.frame(table):
        return context.texts(table, f"{unit}_id")
    if table == "retractions":
        return _mapped(context, context.texts(table, "report_id"), "reports", unit)
    if table == "escape_attempts":
        return _mapped(context, context.texts(table, "relationship_id"), "relationships", unit)
    if table == "codings":
        types, ids = context.texts(table, "unit_type"), context.texts(table, "unit_id")
        paired = np.where(types == "relationship", ids, "")
        lifted = (
            paired if unit == "relationship" else _mapped(context, paired, "relationships", unit)
        )
        return np.where(types == unit, ids, lifted)
    msg = f"rows of '{table}' do not belong to a {unit}"
    raise NotComputable(msg)


def _mapped(
    context: FactContext, keys: NDArray[np.object_], table: str, unit: str
) -> NDArray[np.object_]:
    if f"{unit}_id" not in context.frame(table):
        msg = f"rows of '{table}' do not belong to a {unit}"
        raise NotComputable(msg)
    own = context.sample.schema[table].primary_key
    names = dict(zip(context.texts(table, own), context.texts(table, f"{unit}_id"), strict=True))
    return np.array([names.get(key, "") for key in keys], dtype=object)


def fled_threatened_share(context: FactContext, fact: Fact) -> FactValue:
    """Return the share threatened to come back among the women who fled the country.

    A threat counts as the response to the flight, or coded as a threat to make her return.
    """
    table = "escape_attempts"
    fled = context.texts(table, "attempt_method") == "fled_country"
    at = context.unit_at("victim", _units_of_rows(context, table, "victim"))[fled]
    answers = context.texts(table, "attempt_suspect_response")[fled]
    rows_of = np.array([_threat(answer) for answer in answers], dtype=np.int8)
    women = np.unique(at[at >= 0])
    size = context.sample.n("victims")
    response = any_by_unit(at, rows_of, size, int(UNDOCUMENTED))[women]
    coded = context.statuses([_RETURN_THREAT], "victim")[women]
    part = np.where(response == PRESENT, response, np.where(coded == PRESENT, coded, response))
    whole = np.full(len(women), PRESENT, dtype=np.int8)
    return _share(part.astype(np.int8), whole, "no woman is recorded to have fled the country")


def _threat(answer: str) -> np.int8:
    parts = answer.split(";")
    if any(threat in parts for threat in _THREATS):
        return PRESENT
    return UNDOCUMENTED if answer in _SILENT else ABSENT


#: Every evaluator by the name that ``facts.csv`` uses.
EVALUATORS: Mapping[str, Evaluator] = MappingProxyType(
    {
        function.__name__: function
        for function in (
            rows,
            rows_where,
            distinct,
            minimum,
            maximum,
            mean_rounded,
            total,
            in_range,
            status_rows,
            persons_with,
            share_of,
            groups_by_size,
            largest_group,
            relationships_per_suspect_max,
            victims_without_relationship,
            largest_cases_protracted,
            metadata,
            events_where,
            fled_threatened_share,
        )
    }
)
