"""One small function for every kind of published figure; each counts on a sample."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from relatum.errors import SampleError
from relatum.samples.sample import Sample
from relatum.samples.statuses import status_frame
from relatum.schema import StatusCodes
from relatum.schema.facts import Fact, load_facts
from relatum.schema.status import PRESENT, UNDOCUMENTED, combine_any

__all__ = ["EVALUATORS", "FactContext", "FactValue", "NotComputable"]


class NotComputable(Exception):  # noqa: N818 - a signal, not an error that a user sees
    """The sample holds nothing to compute a figure from; the text says what is missing."""


@dataclass(frozen=True, slots=True)
class FactValue:
    """A figure of a sample, and the largest one that silence allows (None: silence is moot)."""

    value: float
    most: float | None = None


class FactContext:
    """A sample with what several figures need, computed once.

    Parameters
    ----------
    sample : Sample
        The data.
    """

    def __init__(self, sample: Sample) -> None:
        self.sample = sample
        self._statuses: dict[str, pd.DataFrame] = {}
        self._texts: dict[tuple[str, str], NDArray[np.object_]] = {}

    def frame(self, table: str) -> pd.DataFrame:
        """Return a table; the caller must not change it."""
        return self.sample.tables[table]

    def texts(self, table: str, column: str) -> NDArray[np.object_]:
        """Return a column as texts, empty where nothing is recorded."""
        key = (table, column)
        if key not in self._texts:
            values = self.frame(table)[column].astype("string").fillna("")
            self._texts[key] = values.to_numpy(dtype=object)
        return self._texts[key]

    def statuses(self, codes: Sequence[str], unit: str) -> StatusCodes:
        """Return the OR of several codes for every unit of a type."""
        if unit not in self._statuses:
            needed = self._codes_for(unit)
            self._statuses[unit] = status_frame(self.sample, needed, unit=unit)
        held = self._statuses[unit]
        missing = [code for code in codes if code not in held.columns]
        if missing:
            extra = status_frame(self.sample, missing, unit=unit)
            held = self._statuses[unit] = pd.concat([held, extra], axis=1)
        parts = [held[code].array.codes for code in codes]
        return combine_any(np.stack(parts, axis=1))

    def _codes_for(self, unit: str) -> list[str]:
        """Return the codes that the shipped figures count for a unit."""
        found: dict[str, None] = {}
        for fact in load_facts().values():
            if fact.evaluator == "persons_with" and fact.evaluator_unit == unit:
                found.update(dict.fromkeys(fact.listed("codes")))
        return list(found)

    @cached_property
    def degree(self) -> pd.Series:
        """The number of relationships of every suspect who has any."""
        return self.frame("relationships")["suspect_id"].value_counts()

    @cached_property
    def two_largest(self) -> tuple[str, ...]:
        """The two investigations with the most relationships; ties are an error of the figure."""
        counts = self.frame("relationships")["case_id"].value_counts()
        if len(counts) < 2 or (len(counts) > 2 and counts.iloc[1] == counts.iloc[2]):
            msg = "there are no two investigations with the most relationships"
            raise NotComputable(msg)
        return tuple(str(case) for case in counts.index[:2])


Evaluator = Callable[[FactContext, Fact], FactValue]
_SILENT = ("", "not_documented")


def _numbers(context: FactContext, fact: Fact) -> NDArray[np.float64]:
    table, column = fact.arguments["table"], fact.arguments["column"]
    frame = context.frame(table)
    if codes := fact.listed("codes"):
        frame = frame[frame["code"].isin(codes) & (frame["status"] == "present")]
    values = pd.to_numeric(frame[column]).to_numpy(dtype=np.float64, na_value=np.nan)
    known = values[~np.isnan(values)]
    if not len(known):
        msg = f"no value of '{column}' is recorded"
        raise NotComputable(msg)
    return np.asarray(known, dtype=np.float64)


def rows(context: FactContext, fact: Fact) -> FactValue:
    """Count the rows of a table."""
    return FactValue(float(len(context.frame(fact.arguments["table"]))))


def rows_where(context: FactContext, fact: Fact) -> FactValue:
    """Count the rows of a table with one of several levels."""
    texts = context.texts(fact.arguments["table"], fact.arguments["column"])
    found = int(np.isin(texts, fact.listed("levels")).sum())
    silent = int(np.isin(texts, _SILENT).sum())
    return FactValue(float(found), float(found + silent))


def distinct(context: FactContext, fact: Fact) -> FactValue:
    """Count the distinct values of a column."""
    texts = context.texts(fact.arguments["table"], fact.arguments["column"])
    return FactValue(float(len(set(texts) - set(_SILENT))))


def minimum(context: FactContext, fact: Fact) -> FactValue:
    """Return the smallest value of a column."""
    return FactValue(float(_numbers(context, fact).min()))


def maximum(context: FactContext, fact: Fact) -> FactValue:
    """Return the largest value of a column."""
    return FactValue(float(_numbers(context, fact).max()))


def total(context: FactContext, fact: Fact) -> FactValue:
    """Return the sum of a column."""
    return FactValue(float(_numbers(context, fact).sum()))


def mean_rounded(context: FactContext, fact: Fact) -> FactValue:
    """Return the mean of a column, rounded half up."""
    return FactValue(float(math.floor(_numbers(context, fact).mean() + 0.5)))


def in_range(context: FactContext, fact: Fact) -> FactValue:
    """Count the rows whose value lies between two limits."""
    values = _numbers(context, fact)
    low, high = float(fact.arguments["low"]), float(fact.arguments["high"])
    found = int(((values >= low) & (values <= high)).sum())
    silent = len(context.frame(fact.arguments["table"])) - len(values)
    return FactValue(float(found), float(found + silent))


def status_rows(context: FactContext, fact: Fact) -> FactValue:
    """Count the rows in which a status column is present."""
    codes = context.frame(fact.arguments["table"])[fact.arguments["column"]].array.codes
    return _status_value(codes)


def _status_value(codes: StatusCodes) -> FactValue:
    present = int((codes == PRESENT).sum())
    return FactValue(float(present), float(present + int((codes == UNDOCUMENTED).sum())))


def persons_with(context: FactContext, fact: Fact) -> FactValue:
    """Count the units with at least one of several codes, of their own or lifted to them."""
    try:
        return _status_value(context.statuses(fact.listed("codes"), fact.evaluator_unit))
    except SampleError as error:
        raise NotComputable(str(error)) from error


def groups_by_size(context: FactContext, fact: Fact) -> FactValue:
    """Count the investigations whose number of rows lies between two limits."""
    sizes = _group_sizes(context, fact)
    low = int(fact.arguments.get("low", 0))
    high = int(fact.arguments.get("high", 10**9))
    return FactValue(float(((sizes >= low) & (sizes <= high)).sum()))


def largest_group(context: FactContext, fact: Fact) -> FactValue:
    """Return the largest number of rows in one investigation."""
    return FactValue(float(_group_sizes(context, fact).max()))


def _group_sizes(context: FactContext, fact: Fact) -> NDArray[np.int64]:
    keys = context.frame("cases")["case_id"]
    rows_of = context.frame(fact.arguments["table"])[fact.arguments["key"]]
    counts = rows_of.value_counts().reindex(keys, fill_value=0)
    if not len(counts):
        msg = "there are no investigations"
        raise NotComputable(msg)
    return np.asarray(counts.to_numpy(), dtype=np.int64)


def relationships_per_suspect_max(context: FactContext, fact: Fact) -> FactValue:
    """Return the largest number of relationships of one suspect."""
    pairs = context.frame("relationships")
    if fact.arguments.get("within") == "two_largest_cases":
        pairs = pairs[pairs["case_id"].isin(context.two_largest)]
    if not len(pairs):
        msg = "there are no relationships"
        raise NotComputable(msg)
    return FactValue(float(pairs["suspect_id"].value_counts().max()))


def victims_without_relationship(context: FactContext, fact: Fact) -> FactValue:
    """Count the women without an intimate relationship with a suspect."""
    related = context.frame("victims")["victim_id"].isin(
        context.frame("relationships")["victim_id"]
    )
    return FactValue(float((~related).sum()))


def largest_cases_protracted(context: FactContext, fact: Fact) -> FactValue:
    """Count those of the two largest investigations that took longer than a number of months."""
    cases = context.frame("cases")
    months = cases.loc[cases["case_id"].isin(context.two_largest), "case_duration_months"]
    if months.isna().any():
        msg = "the duration of one of the two largest investigations is not recorded"
        raise NotComputable(msg)
    return FactValue(float((months > float(fact.arguments["longer_than"])).sum()))


def metadata(context: FactContext, fact: Fact) -> FactValue:
    """Return a number of the selection flow in the sample's descriptor."""
    key = fact.arguments["key"]
    for step in context.sample.info.selection:
        if step.step == key:
            return FactValue(float(step.n))
    msg = f"the sample's descriptor has no selection step '{key}'"
    raise NotComputable(msg)


def share_of(context: FactContext, fact: Fact) -> FactValue:
    """Return the share of units with one code among those with another."""
    unit = fact.evaluator_unit
    part = context.statuses([fact.arguments["code"]], unit) == PRESENT
    whole = context.statuses([fact.arguments["of"]], unit) == PRESENT
    if not whole.any():
        msg = f"no {unit} has '{fact.arguments['of']}'"
        raise NotComputable(msg)
    return FactValue(float((part & whole).sum() / whole.sum()))


def events_where(context: FactContext, fact: Fact) -> FactValue:
    """Count the units with at least one event that has one of several levels."""
    table = fact.arguments["table"]
    levels = set(fact.listed("levels"))
    texts = context.texts(table, fact.arguments["column"])
    known = {text: bool(levels & set(text.split(";"))) for text in set(texts)}
    chosen = np.array([known[text] for text in texts], dtype=bool)
    if codes := fact.listed("codes"):
        chosen &= np.isin(context.texts(table, "code"), codes)
        chosen &= context.frame(table)["status"].array.codes == PRESENT
    units = _units_of_rows(context, table, fact.evaluator_unit)[chosen]
    return FactValue(float(len({unit for unit in units if unit})))


def _units_of_rows(context: FactContext, table: str, unit: str) -> NDArray[np.object_]:
    """Name for every row of a table the unit of a type that it belongs to."""
    column = f"{unit}_id"
    if column in context.frame(table):
        return context.texts(table, column)
    if table == "retractions":
        return _through(context, "retractions", "report_id", "reports", unit)
    if table == "escape_attempts":
        return _through(context, table, "relationship_id", "relationships", unit)
    if table == "codings":
        own = np.where(
            context.texts(table, "unit_type") == "relationship", context.texts(table, "unit_id"), ""
        )
        return _mapped(context, own, "relationships", unit)
    msg = f"rows of '{table}' do not belong to a {unit}"
    raise NotComputable(msg)


def _through(
    context: FactContext, table: str, key: str, other: str, unit: str
) -> NDArray[np.object_]:
    return _mapped(context, context.texts(table, key), other, unit)


def _mapped(
    context: FactContext, keys: NDArray[np.object_], table: str, unit: str
) -> NDArray[np.object_]:
    own = context.sample.schema[table].primary_key
    names = dict(zip(context.texts(table, own), context.texts(table, f"{unit}_id"), strict=True))
    return np.array([names.get(key, "") for key in keys], dtype=object)


def fled_threatened_share(context: FactContext, fact: Fact) -> FactValue:
    """Return the share of women who fled the country and were then threatened."""
    method = context.texts("escape_attempts", "attempt_method") == "fled_country"
    answers = context.texts("escape_attempts", "attempt_suspect_response")
    threatened = np.array(["threat" in answer for answer in answers], dtype=bool)
    women = _units_of_rows(context, "escape_attempts", "victim")
    fled = set(women[method])
    if not fled:
        msg = "no woman is recorded to have fled the country"
        raise NotComputable(msg)
    return FactValue(len(set(women[method & threatened])) / len(fled))


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
            total,
            mean_rounded,
            in_range,
            status_rows,
            persons_with,
            groups_by_size,
            largest_group,
            relationships_per_suspect_max,
            victims_without_relationship,
            largest_cases_protracted,
            metadata,
            share_of,
            events_where,
            fled_threatened_share,
        )
    }
)
