"""Curves, medians, restricted means and tests of groups, each from the engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt

from relatum.inference.common import FloatArray, IntArray, Refusal
from relatum.inference.cumulative_incidence import cumulative_incidence
from relatum.inference.gray_test import GrayTest, gray_test
from relatum.inference.hazard_curves import nelson_aalen
from relatum.inference.rank_tests import RankTest, log_rank
from relatum.inference.restricted_mean import (
    RestrictedMean,
    compare_restricted_means,
    restricted_mean,
)
from relatum.inference.risk_sets import count_at_risk, evaluate_step
from relatum.inference.survival_curves import SurvivalCurve, kaplan_meier, survival_quantiles
from relatum.models.familiar_times_setting import TimeSetting, refuse
from relatum.results.base import Unavailable
from relatum.results.familiar_times import (
    CauseCurve,
    GroupTimes,
    MeanContrast,
    NumberAtRisk,
    TimeStep,
    TimeTest,
)

__all__ = ["GroupParts", "describe_groups", "trace_causes"]

_TESTS = (
    ("log_rank", "Log-rank test", 0.0),
    ("peto_peto", "Peto-Peto test (early differences weigh more)", 1.0),
)
#: Steps of an axis by the word for a unit of time; any other unit counts by 1, 2 and 5.
_ROUND = {
    "days": (1, 7, 14, 30, 60, 90, 180, 365, 730, 1825),
    "weeks": (1, 2, 4, 13, 26, 52, 104, 260),
    "months": (1, 3, 6, 12, 24, 60, 120),
}
_MOST_MARKS = 10
_NO_ENTRY = "it is not defined here for records that enter late"


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupParts:
    """What is said of groups.

    Attributes
    ----------
    groups : tuple of GroupTimes
    tests : tuple of TimeTest
    contrasts : tuple of MeanContrast
    refused : tuple of Unavailable
    """

    groups: tuple[GroupTimes, ...]
    tests: tuple[TimeTest, ...]
    contrasts: tuple[MeanContrast, ...]
    refused: tuple[Unavailable, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Rows:
    """The records of one group that are seen after the start of the curves."""

    time: FloatArray
    cause: IntArray
    entry: FloatArray | None

    @property
    def event(self) -> npt.NDArray[np.bool_]:
        return np.asarray(self.cause == 1)


def _rows(setting: TimeSetting, mine: npt.NDArray[np.bool_], start: float) -> _Rows:
    records = setting.records
    inside = mine & (records.time > start)
    entry = None if records.entry is None else np.maximum(records.entry[inside], start)
    return _Rows(time=records.time[inside], cause=records.cause[inside], entry=entry)


def describe_groups(setting: TimeSetting) -> GroupParts:
    """Describe each group, and compare them.

    Parameters
    ----------
    setting : TimeSetting
        With at least one event.

    Returns
    -------
    GroupParts
        Restricted means are compared with the first group. What the engine refuses stands in
        `refused`.
    """
    refused: list[Unavailable] = []
    start, marks = setting.start, _marks(setting)
    rows, means = [], []
    for name, mine in setting.groups:
        part = _Group(setting, name, mine, start, refused)
        rows.append(part.describe(marks))
        means.append((name, part.mean))
    tested = _tests(setting)
    compared = [_contrast(setting, means[0], second) for second in means[1:]]
    refused += [found for found in (*tested, *compared) if isinstance(found, Unavailable)]
    return GroupParts(
        groups=tuple(rows),
        tests=tuple(test for test in tested if isinstance(test, TimeTest)),
        contrasts=tuple(found for found in compared if isinstance(found, MeanContrast)),
        refused=tuple(refused),
    )


class _Group:
    """One group; what cannot be given goes to a list that all groups share."""

    def __init__(
        self,
        setting: TimeSetting,
        name: str,
        mine: npt.NDArray[np.bool_],
        start: float,
        refused: list[Unavailable],
    ) -> None:
        self.setting, self.name, self.mine, self.start = setting, name, mine, start
        self.label = setting.group_label(name)
        self.rows = _rows(setting, mine, start)
        self.refused = refused
        self.mean = self._mean()

    def _refuse(self, what: str, found: Refusal) -> None:
        self.refused.append(refuse(f"{what}: {self.label}", found))

    def _mean(self) -> RestrictedMean | None:
        setting, horizon = self.setting, self.setting.horizon
        what = f"mean time without the event up to {horizon:g} {setting.words.time_unit}"
        if horizon <= self.start:
            why = f"enough are at risk from {self.start:g} only, which is not before the horizon"
            self._refuse(what, Refusal(what, why))
            return None
        found = restricted_mean(
            self.rows.time,
            self.rows.event,
            entry=self.rows.entry,
            start=self.start,
            horizon=horizon,
            conf_level=setting.conf_level,
        )
        if isinstance(found, Refusal):
            self._refuse(what, found)
            return None
        return found

    def describe(self, marks: FloatArray) -> GroupTimes:
        """Put the numbers of the group together."""
        records = self.setting.records
        time = records.time[self.mine]
        curve = self._curve()
        median = self._median(curve)
        entry = None if records.entry is None else records.entry[self.mine]
        counts = np.where(
            marks == 0.0,
            count_at_risk(time, marks, entry=entry, just_after=True),
            count_at_risk(time, marks, entry=entry),
        )
        mean = self.mean
        return GroupTimes(
            group=self.name,
            label=self.label,
            n_records=len(time),
            n_events=int(records.event[self.mine].sum()),
            time_at_risk=float((time - records.start[self.mine]).sum()),
            steps=() if curve is None else _survival_steps(curve),
            at_risk=tuple(
                NumberAtRisk(time=float(at), n=int(n), enough=int(n) >= self.setting.min_at_risk)
                for at, n in zip(marks, counts, strict=True)
            ),
            median=median[0],
            median_low=median[1],
            median_high=median[2],
            restricted_mean=None if mean is None else mean.estimate,
            restricted_low=None if mean is None else mean.conf_low,
            restricted_high=None if mean is None else mean.conf_high,
            cumulative_hazard=self._hazard(),
        )

    def _curve(self) -> SurvivalCurve | None:
        rows = self.rows
        found = kaplan_meier(
            rows.time, rows.event, entry=rows.entry, conf_level=self.setting.conf_level
        )
        if isinstance(found, Refusal):
            self._refuse("Kaplan-Meier curve", found)
            return None
        if found.emptied_early is not None:
            what, why = _emptied(self.setting, "Kaplan-Meier curve", found.emptied_early)
            self._refuse(what, Refusal(what, why))
        return found

    def _median(self, curve: SurvivalCurve | None) -> tuple[float | None, ...]:
        if curve is None:
            return None, None, None
        found = survival_quantiles(curve, shares=[0.5], start=self.start)
        end = np.inf if curve.emptied_early is None else curve.emptied_early
        values = (found.time[0], found.conf_low[0], found.conf_high[0])
        return tuple(float(value) if value < end else None for value in values)

    def _hazard(self) -> float | None:
        rows, horizon = self.rows, self.setting.horizon
        found = nelson_aalen(rows.time, rows.event, entry=rows.entry)
        if isinstance(found, Refusal) or horizon > found.time[-1] or horizon <= self.start:
            return None
        return float(evaluate_step(found.time, found.hazard, [horizon], before=0.0)[0])


def _emptied(setting: TimeSetting, what: str, when: float) -> tuple[str, str]:
    """Say where a curve ends because a small, early risk set was used up."""
    unit = setting.words.time_unit
    why = "nobody at risk is left without an event there, though others are observed later"
    return f"{what} from {when:.4g} {unit}", why


def _survival_steps(curve: SurvivalCurve) -> tuple[TimeStep, ...]:
    return _steps(
        curve.time,
        (curve.survival, curve.conf_low, curve.conf_high),
        (curve.at_risk, curve.events),
        curve.emptied_early,
    )


def _steps(
    time: FloatArray,
    values: tuple[FloatArray, FloatArray, FloatArray],
    counts: tuple[FloatArray, FloatArray],
    emptied: float | None,
) -> tuple[TimeStep, ...]:
    """Keep the times at which a curve moves, and the last one before it is emptied."""
    at_risk, events = counts
    kept, inside = events > 0, time < (np.inf if emptied is None else emptied)
    kept = (kept & inside) | (time == time[inside].max(initial=-np.inf))
    columns = [column[kept].tolist() for column in (time, *values, at_risk)]
    return tuple(
        TimeStep(time=at, estimate=value, conf_low=low, conf_high=high, n_at_risk=round(n))
        for at, value, low, high, n in zip(*columns, strict=True)
    )


def _marks(setting: TimeSetting) -> FloatArray:
    """Round times for the numbers at risk, and the horizon."""
    last = float(setting.records.time.max())
    power = 10.0 ** np.floor(np.log10(last / _MOST_MARKS))
    free = [power * factor for factor in (1, 2, 5, 10, 20)]
    steps = (*_ROUND.get(setting.words.time_unit, ()), *free)
    step = next((step for step in steps if last / step <= _MOST_MARKS - 1), last)
    marks = step * np.arange(np.floor(last / step * (1 + 1e-12)) + 1)
    within = setting.horizon <= last
    return np.union1d(marks, [setting.horizon] if within else [])


def _tests(setting: TimeSetting) -> list[TimeTest | Unavailable]:
    records = setting.records
    if records.group is None:
        return []
    found: list[TimeTest | Unavailable] = []
    for name, label, rho in _TESTS:
        test = log_rank(records.time, records.event, records.group, entry=records.entry, rho=rho)
        found.append(_test(name, label, test))
    if records.stratum is not None:
        test = log_rank(
            records.time, records.event, records.group, entry=records.entry, strata=records.stratum
        )
        found.append(_test("stratified", "Log-rank test within strata", test))
    if setting.competing and records.entry is not None:
        return [*found, Unavailable(what="Gray's test", why=_NO_ENTRY)]
    for at in range(1, len(records.causes) + 1) if setting.competing else ():
        label = f"Gray's test, {setting.cause_label(at)}"
        gray = gray_test(records.time, records.cause, records.group, tested=at)
        found.append(_test("gray", label, gray, cause=records.causes[at - 1]))
    return found


def _test(
    name: str, label: str, found: RankTest | GrayTest | Refusal, *, cause: str = ""
) -> TimeTest | Unavailable:
    if isinstance(found, Refusal):
        return refuse(label, found)
    return TimeTest(
        test=name,
        label=label,
        statistic=found.statistic,
        df=found.df,
        p_value=found.p_value,
        cause=cause,
    )


def _contrast(
    setting: TimeSetting,
    first: tuple[str, RestrictedMean | None],
    second: tuple[str, RestrictedMean | None],
) -> MeanContrast | Unavailable | None:
    """Compare two groups; None where a mean was refused already."""
    if first[1] is None or second[1] is None:
        return None
    found = compare_restricted_means(second[1], first[1])
    if isinstance(found, Refusal):
        labels = " and ".join(setting.group_label(name) for name, _ in (first, second))
        return refuse(f"comparison of restricted means: {labels}", found)
    return MeanContrast(
        first=first[0],
        second=second[0],
        horizon=setting.horizon,
        difference=found.difference.estimate,
        conf_low=found.difference.conf_low,
        conf_high=found.difference.conf_high,
        p_value=found.difference.p_value,
    )


def trace_causes(setting: TimeSetting) -> tuple[tuple[CauseCurve, ...], tuple[Unavailable, ...]]:
    """Estimate the cumulative incidence of each cause in each group.

    Parameters
    ----------
    setting : TimeSetting

    Returns
    -------
    curves : tuple of CauseCurve
        None with one kind of event.
    refused : tuple of Unavailable
    """
    if not setting.competing:
        return (), ()
    start = setting.start
    found = [_causes_of(setting, name, mine, start) for name, mine in setting.groups]
    parts = tuple(chain.from_iterable(found))
    return (
        tuple(part for part in parts if isinstance(part, CauseCurve)),
        tuple(part for part in parts if isinstance(part, Unavailable)),
    )


def _causes_of(
    setting: TimeSetting, name: str, mine: npt.NDArray[np.bool_], start: float
) -> Iterator[CauseCurve | Unavailable]:
    rows, causes = _rows(setting, mine, start), setting.records.causes
    label = setting.group_label(name)
    found = cumulative_incidence(
        rows.time,
        rows.cause,
        entry=rows.entry,
        n_causes=len(causes),
        conf_level=setting.conf_level,
    )
    if isinstance(found, Refusal):
        yield refuse(f"cumulative incidence: {label}", found)
        return
    if found.emptied_early is not None:
        what, why = _emptied(setting, "cumulative incidence", found.emptied_early)
        yield Unavailable(what=f"{what}: {label}", why=why)
    for at, cause in enumerate(causes):
        yield CauseCurve(
            cause=cause,
            label=setting.cause_label(at + 1),
            group=name,
            n_events=int((rows.cause == at + 1).sum()),
            steps=_steps(
                found.time,
                (found.incidence[:, at], found.conf_low[:, at], found.conf_high[:, at]),
                (found.at_risk, found.events[:, at]),
                found.emptied_early,
            ),
        )
