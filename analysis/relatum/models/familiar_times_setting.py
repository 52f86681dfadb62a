"""What the familiar estimators of times share: the records, the words and the settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from relatum.errors import UsageError
from relatum.inference.common import FloatArray, Refusal, check_conf_level
from relatum.inference.risk_sets import count_at_risk
from relatum.models.time_records import TimeRecords
from relatum.results.base import Unavailable

__all__ = ["ALL", "FEW_CLUSTERS", "TimeSetting", "TimeWords", "refuse"]

#: The name of the one group where there are none.
ALL = "all"
#: Below it normal limits of clustered errors are too short to be left without a word.
FEW_CLUSTERS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeWords:
    """The words in which a result speaks of its data.

    Attributes
    ----------
    title : str
    event : str
        The event of interest.
    time_unit, record : str
        In the plural.
    origin : str
        From what time is counted, to follow "since".
    groups, covariates, causes : mapping of str to str
        Labels of names; a name without one stands for itself.
    attribution : str
    """

    title: str = "Times to an event"
    event: str = "event"
    time_unit: str = "units of time"
    record: str = "records"
    origin: str = "the origin of the times"
    groups: Mapping[str, str] = field(default_factory=dict)
    covariates: Mapping[str, str] = field(default_factory=dict)
    causes: Mapping[str, str] = field(default_factory=dict)
    attribution: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TimeSetting:
    """Records with everything that was asked of them.

    Attributes
    ----------
    records : TimeRecords
    words : TimeWords
    horizon : float
    conf_level : float
    min_at_risk : int
    period : float or None
        Width of the periods of the discrete-time model; None leaves it out.
    """

    records: TimeRecords
    words: TimeWords
    horizon: float
    conf_level: float
    min_at_risk: int
    period: float | None

    def __post_init__(self) -> None:
        check_conf_level(self.conf_level)
        faults = []
        if not (np.isfinite(self.horizon) and self.horizon > 0):
            faults.append(f"horizon must be above 0, not {self.horizon!r}")
        if self.min_at_risk < 1:
            faults.append(f"min_at_risk must be at least 1, not {self.min_at_risk!r}")
        if self.period is not None and not (np.isfinite(self.period) and self.period > 0):
            faults.append(f"period must be above 0, not {self.period!r}")
        if faults:
            raise UsageError(f"{'; '.join(faults).capitalize()}.")

    @property
    def competing(self) -> bool:
        """Whether there are events of more than one kind."""
        return len(self.records.causes) > 1

    @property
    def n_clusters(self) -> int:
        """Number of clusters; 0 without them."""
        cluster = self.records.cluster
        return 0 if cluster is None else len(np.unique(cluster))

    @property
    def groups(self) -> tuple[tuple[str, npt.NDArray[np.bool_]], ...]:
        """Each group, sorted by name, and its records; one group of all where there are none."""
        group = self.records.group
        if group is None:
            return ((ALL, np.ones(self.records.n, dtype=np.bool_)),)
        return tuple((str(name), group == name) for name in np.unique(group))

    def group_label(self, name: str) -> str:
        """Return the label of a group."""
        known = self.words.groups.get(name)
        return known or (f"All {self.words.record}" if name == ALL else name)

    def cause_label(self, at: int) -> str:
        """Return the label of a cause by its number, from 1."""
        word = self.records.causes[at - 1]
        plain = f"cause {word}" if word.isdigit() else word
        return self.words.causes.get(word, plain)

    @property
    def start(self) -> float:
        """Where curves begin: the first time with enough at risk in every group, or 0."""
        records = self.records
        if records.entry is None:
            return 0.0
        enter = np.unique(records.entry)
        enough = np.ones(len(enter), dtype=np.bool_)
        for _, mine in self.groups:
            held = count_at_risk(
                records.time[mine], enter, entry=records.entry[mine], just_after=True
            )
            enough &= held >= self.min_at_risk
        return float(enter[enough.argmax()]) if enough.any() else 0.0

    def design(self) -> tuple[FloatArray, tuple[str, ...], tuple[str, ...]]:
        """Return covariates, their names and their labels: those named, else the groups.

        Returns
        -------
        covariates : ndarray, shape (n, p)
            Without covariates, one column of 0 and 1 for each group but the first.
        names, labels : tuple of str
        """
        records = self.records
        if records.covariate_names or records.group is None:
            known = self.words.covariates
            names = records.covariate_names
            return records.covariates, names, tuple(known.get(name, name) for name in names)
        others = self.groups[1:]
        columns = [mine.astype(np.float64) for _, mine in others]
        x = np.column_stack(columns) if columns else np.empty((records.n, 0))
        first = self.group_label(self.groups[0][0])
        return (
            x,
            tuple(name for name, _ in others),
            tuple(f"{self.group_label(name)} (against {first})" for name, _ in others),
        )


def refuse(what: str, found: Refusal) -> Unavailable:
    """Turn a refusal of the engine into a value that a report prints."""
    return Unavailable(what=what, why=found.why)
