"""The two samples of a comparison: which is which, their cases, their documentation depth."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from relatum.errors import PlanError
from relatum.inference.common import Interval
from relatum.models.escape_times import EscapeTimes, escape_durations, escape_times
from relatum.models.items import case_clusters
from relatum.results.comparison import ComparedSample
from relatum.samples import Sample, open_sample, status_frame
from relatum.schema import StatusCodes
from relatum.study import EscapePlan, Study

__all__ = [
    "POPULATIONS",
    "TABLES",
    "DepthWeights",
    "Pair",
    "Side",
    "depth_weights",
    "open_pair",
    "sample_named",
]

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: The populations that are compared, in the order of every difference.
POPULATIONS: tuple[str, str] = ("trafficking", "domestic_violence")


def sample_named(why: str) -> str:
    """Name the samples in a reason as a reader knows them.

    Examples
    --------
    >>> sample_named("the cases of sample b do not differ at all")
    'the cases of the domestic violence sample do not differ at all'
    """
    for letter, name in zip("ab", POPULATIONS, strict=True):
        why = re.sub(rf"\bsample {letter}\b", f"the {name.replace('_', ' ')} sample", why)
    return why


@dataclass(frozen=True)
class Side:
    """One population: a sample and the relationships of it that belong to the population.

    Attributes
    ----------
    name : str
        From `POPULATIONS`.
    sample : Sample
    coder : str
        Empty for the sample's own choice.
    """

    name: str
    sample: Sample
    coder: str = ""

    @cached_property
    def rows(self) -> BoolArray:
        """Which relationships belong to the population.

        Those without a population do, unless the sample holds both.
        """
        held = self.sample.tables["relationships"]["population"].astype("string").fillna("")
        shared = set(POPULATIONS) <= set(map(str, held.unique()))
        return held.isin([self.name] if shared else [self.name, ""]).to_numpy(dtype=bool)

    @property
    def words(self) -> str:
        """The population as reports name it."""
        return self.name.replace("_", " ")

    @property
    def n_relationships(self) -> int:
        """Relationships of the population."""
        return int(self.rows.sum())

    @cached_property
    def cases(self) -> IntArray:
        """The case of each relationship of the population; cases that share a suspect are one."""
        return case_clusters(self.sample, "relationship")[self.rows]

    @cached_property
    def _statuses(self) -> dict[tuple[str, str], StatusCodes]:
        return {}

    def statuses(self, code: str, unit: str = "relationship") -> StatusCodes:
        """Return the statuses of a code for the units of the population, shape (n_units,)."""
        key = (code, unit)
        if key not in self._statuses:
            frame = status_frame(self.sample, [code], unit=unit, coder=self.coder or None)
            self._statuses[key] = frame[code].array.codes[self.unit_rows(unit)]
        return self._statuses[key]

    def unit_rows(self, unit: str) -> BoolArray:
        """Return which units of a type belong to the population."""
        if unit == "relationship":
            return self.rows
        couples = self.sample.tables["relationships"].loc[self.rows]
        table = self.sample.tables[TABLES[unit]]
        chosen = table[_LINKS[unit]].isin(couples[_LINKS[unit]].dropna())
        return chosen.fillna(False).to_numpy(dtype=bool)

    def unit_cases(self, unit: str) -> IntArray:
        """Return the case of each unit of the population."""
        if unit == "relationship":
            return self.cases
        couples = self.sample.tables["relationships"].loc[self.rows]
        link = _LINKS[unit]
        places = dict(zip(couples[link].astype(str), self.cases.tolist(), strict=True))
        units = self.sample.tables[TABLES[unit]].loc[self.unit_rows(unit), link]
        return np.array([places[str(value)] for value in units], dtype=np.int64)

    def texts(self, name: str) -> npt.NDArray[np.str_]:
        """Return a column of the relationships of the population as texts, empty for none."""
        held = self.sample.tables["relationships"].loc[self.rows, name]
        return held.astype("string").fillna("").to_numpy(dtype=str)

    @cached_property
    def alone(self) -> Sample:
        """The sample without relationships of another population, and what belongs to them."""
        if self.rows.all():
            return self.sample
        tables = dict(self.sample.tables)
        couples = tables["relationships"].loc[self.rows]
        kept = {
            "relationships": couples,
            "victims": _linked(tables["victims"], couples, "victim_id"),
            "suspects": _linked(tables["suspects"], couples, "suspect_id"),
            "escape_attempts": _linked(tables["escape_attempts"], couples, "relationship_id"),
        }
        for name in ("police_contacts", "reports", "suspect_contacts"):
            link = "victim_id" if "victim_id" in tables[name] else "relationship_id"
            kept[name] = _linked(tables[name], couples, link)
        kept["retractions"] = _linked(tables["retractions"], kept["reports"], "report_id")
        return self.sample.replace_tables({**tables, **kept})

    @cached_property
    def attempts(self) -> EscapeTimes:
        """Time under observation and attempts of the relationships of the population."""
        return escape_times(self.alone, escape_durations(self.alone))

    @cached_property
    def attempt_rates(self) -> dict[tuple[EscapePlan, int], Interval | str]:
        """Limits of the rate of attempts that were computed, by plan and seed."""
        return {}

    @cached_property
    def depth(self) -> FloatArray:
        """Documentation depth of each relationship; NaN, inside this module only, for none."""
        held = self.sample.tables["relationships"].loc[self.rows, "documentation_depth"]
        return held.to_numpy(dtype=np.float64, na_value=np.nan)

    def describe(self) -> ComparedSample:
        """Describe the sample for a report."""
        known = self.depth[~np.isnan(self.depth)]
        victims = self.sample.tables["relationships"].loc[self.rows, "victim_id"]
        sizes = np.bincount(self.cases) if len(self.cases) else np.zeros(1, dtype=int)
        return ComparedSample(
            side=self.name,
            name=self.sample.info.name,
            title=self.sample.info.title,
            origin=self.sample.info.origin,
            fingerprint=self.sample.fingerprint,
            n_cases=len(np.unique(self.cases)),
            n_relationships=self.n_relationships,
            n_victims=int(victims.nunique()),
            largest_case=int(sizes.max()),
            median_depth=float(np.median(known)) if len(known) else None,
        )


#: The table of each type of unit other than relationships.
TABLES: Mapping[str, str] = {
    "victim": "victims",
    "attempt": "escape_attempts",
    "contact": "police_contacts",
    "report": "reports",
}
_LINKS: Mapping[str, str] = {
    "victim": "victim_id",
    "attempt": "relationship_id",
    "contact": "victim_id",
    "report": "victim_id",
}


def _linked(table: pd.DataFrame, owner: pd.DataFrame, link: str) -> pd.DataFrame:
    chosen = table[link].isin(owner[link].dropna())
    return table.loc[chosen.fillna(False).to_numpy(dtype=bool)]


@dataclass(frozen=True, slots=True)
class Pair:
    """Both populations, trafficking first."""

    trafficking: Side
    domestic_violence: Side

    @property
    def sides(self) -> tuple[Side, Side]:
        """Both sides, trafficking first."""
        return self.trafficking, self.domestic_violence

    @property
    def n_shared_cases(self) -> int:
        """Cases that hold relationships of both populations, of one sample that holds both."""
        if self.trafficking.sample is not self.domestic_violence.sample:
            return 0
        return len(np.intersect1d(self.trafficking.cases, self.domestic_violence.cases))

    def other_than(self, sample: Sample) -> Sample | None:
        """Return the second sample; None where one sample holds both populations."""
        return next((side.sample for side in self.sides if side.sample is not sample), None)


def open_pair(sample: Sample, study: Study) -> Pair | str:
    """Find both populations: in two samples, or in one that holds both.

    Parameters
    ----------
    sample : Sample
        The sample of the plan.
    study : Study
        The plan; `study.comparison.other` names the second sample.

    Returns
    -------
    Pair or str
        The reason, in words, where there is no pair.

    Raises
    ------
    PlanError
        If the second sample is the first one again.
    SampleError
        If the second sample cannot be read.
    """
    other = open_sample(study.comparison.other) if study.comparison.other else sample
    if study.comparison.other and other.fingerprint == sample.fingerprint:
        msg = "comparison.other names the sample itself; name a second sample, or none."
        raise PlanError(msg)
    first, second = other.info.schema_version, sample.info.schema_version
    if first.split(".")[0] != second.split(".")[0]:
        return (
            f"the samples were coded with different versions of the schema ({second} and {first}); "
            "code both with one version"
        )
    return _assign(sample, other, study)


def _assign(sample: Sample, other: Sample, study: Study) -> Pair | str:
    own, foreign = _populations(sample), _populations(other)
    if sample is other and not own.issuperset(POPULATIONS):
        return "the plan names no second sample, and this one holds a single population"
    if sample is not other and own and own == foreign and len(own) == 1 and "" not in own:
        only = next(iter(own)).replace("_", " ")
        return f"both samples hold relationships of one population ({only})"
    if sample is not other and own == foreign == {""}:
        return "neither sample says which population its relationships belong to"
    swapped = sample is not other and ("trafficking" not in own and "trafficking" in foreign)
    first, second = (other, sample) if swapped else (sample, other)
    sides = (
        Side(POPULATIONS[0], first, study.coder if first is sample else ""),
        Side(POPULATIONS[1], second, study.coder if second is sample else ""),
    )
    for side in sides:
        if side.n_relationships == 0:
            return f"there is no relationship of the population {side.words}"
    for side in sides:
        if len(np.unique(side.cases)) < 2:
            return f"there is one case only of the population {side.words}"
    return Pair(*sides)


def _populations(sample: Sample) -> set[str]:
    held = sample.tables["relationships"]["population"].astype("string").fillna("")
    return set(map(str, held.unique()))


@dataclass(frozen=True, slots=True, eq=False)
class DepthWeights:
    """Weights that give both samples one distribution of documentation depth.

    Attributes
    ----------
    cuts : tuple of float
        Between the strata; empty where the samples are not weighted.
    weights : mapping of str to ndarray, shape (n_relationships,)
        By side.
    why : str
        Empty, or why the samples are not weighted.
    """

    cuts: tuple[float, ...]
    weights: Mapping[str, FloatArray]
    why: str

    @property
    def n_strata(self) -> int:
        """Strata that are used."""
        return len(self.cuts) + 1


def depth_weights(pair: Pair, n_strata: int) -> DepthWeights:
    """Weight both samples to the average of their distributions over strata of depth.

    Parameters
    ----------
    pair : Pair
    n_strata : int
        Of the pooled depths, each sample counting half, so that swapping samples changes
        nothing. Strata that one sample lacks are joined with their neighbour.

    Returns
    -------
    DepthWeights
        A relationship without a recorded depth keeps its weight of 1.
    """
    plain = {side.name: np.ones(side.n_relationships) for side in pair.sides}
    depths = [side.depth for side in pair.sides]
    if n_strata == 1:
        return DepthWeights((), plain, "the plan asks for no strata")
    if any(np.isnan(depth).all() for depth in depths):
        return DepthWeights((), plain, "documentation depth is not recorded in both samples")
    cuts = _shared_cuts(depths, n_strata)
    if not cuts:
        return DepthWeights((), plain, "documentation depth does not overlap in strata")
    strata = [np.digitize(depth[~np.isnan(depth)], cuts, right=True) for depth in depths]
    shares = [np.bincount(found, minlength=len(cuts) + 1) / len(found) for found in strata]
    target = (shares[0] + shares[1]) / 2
    weights = {}
    for side, found, share in zip(pair.sides, strata, shares, strict=True):
        held = np.ones(side.n_relationships)
        held[~np.isnan(side.depth)] = (target / share)[found]
        weights[side.name] = held
    return DepthWeights(cuts, weights, "")


def _shared_cuts(depths: list[FloatArray], n_strata: int) -> tuple[float, ...]:
    """Cut pooled depths, each sample counting half; drop cuts until no stratum is empty."""
    known = [np.sort(depth[~np.isnan(depth)]) for depth in depths]
    values = np.concatenate(known)
    share = np.concatenate([np.full(len(depth), 0.5 / len(depth)) for depth in known])
    order = np.argsort(values, kind="stable")
    total = np.cumsum(share[order])
    marks = np.arange(1, n_strata) / n_strata
    cuts = sorted({float(values[order][np.searchsorted(total, mark - 1e-12)]) for mark in marks})
    cuts = [cut for cut in cuts if cut < values.max()]
    while cuts:
        counts = [
            np.bincount(np.digitize(x, cuts, right=True), minlength=len(cuts) + 1) for x in known
        ]
        empty = np.flatnonzero(np.minimum(*counts) == 0)
        if not len(empty):
            break
        cuts.pop(min(int(empty[0]), len(cuts) - 1))
    return tuple(cuts)
