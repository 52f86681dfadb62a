"""The familiar estimators of times to an event, with what each of them ignores."""

from __future__ import annotations

import numpy as np

from relatum import __version__
from relatum.models.familiar_times_groups import describe_groups, trace_causes
from relatum.models.familiar_times_models import fit_time_models
from relatum.models.familiar_times_notes import time_notes
from relatum.models.familiar_times_setting import TimeSetting, TimeWords
from relatum.models.time_records import TimeRecords
from relatum.results.base import Provenance, Unavailable
from relatum.results.familiar_times import FamiliarTimes
from relatum.study import Study

__all__ = ["common_follow_up", "describe_times"]


def describe_times(
    records: TimeRecords,
    *,
    horizon: float,
    words: TimeWords | None = None,
    conf_level: float = 0.95,
    min_at_risk: int = 5,
    period: float | None = None,
    study: Study | None = None,
) -> FamiliarTimes | Unavailable:
    """Compute what most studies print of times to an event.

    Parameters
    ----------
    records : TimeRecords
    horizon : float
        Up to which restricted means and the Nelson-Aalen estimate go, in the unit of the times.
    words : TimeWords, optional
        The words of the result.
    conf_level : float
    min_at_risk : int
        Curves are blank where fewer are at risk.
    period : float, optional
        Width of the periods of the discrete-time model, in the unit of the times; without it that
        model is left out.
    study : Study, optional
        The plan, for the provenance.

    Returns
    -------
    FamiliarTimes or Unavailable
        By group: Kaplan-Meier with log-log limits, median, restricted mean, Nelson-Aalen; tests
        and contrasts of groups; Cox with checks, Cox with Firth's penalty, accelerated failure
        times; with competing causes cumulative incidence, Gray's test, cause-specific and
        Fine-Gray regressions. What cannot be given stands in `refused` with the reason. All of it
        is unavailable without records, without an event of interest, and with one.

    Raises
    ------
    UsageError
        For a horizon or period that is not above 0, or a smallest number at risk below 1.
    ValueError
        For a level that is not between 0 and 1.

    Notes
    -----
    Every number is that of the engine (`relatum.inference`), which is compared with R. Entry and
    censoring must tell nothing about the event. Curves, tests and restricted means take records as
    independent. With delayed entry, curves begin where enough records are at risk.

    Examples
    --------
    >>> import pandas as pd
    >>> from relatum.models.time_records import TimeColumns, time_records
    >>> table = pd.DataFrame(
    ...     {"weeks": [2, 3, 3, 5, 8, 9], "arrest": [1, 1, 0, 1, 0, 1], "aid": list("aababb")}
    ... )
    >>> records = time_records(table, TimeColumns(exit="weeks", event="arrest", group="aid"))
    >>> found = describe_times(records, horizon=5, min_at_risk=1)
    >>> [(group.group, group.n_events, group.median) for group in found.groups]
    [('a', 3, 3.0), ('b', 1, 9.0)]
    """
    setting = TimeSetting(
        records=records,
        words=TimeWords() if words is None else words,
        horizon=horizon,
        conf_level=conf_level,
        min_at_risk=min_at_risk,
        period=period,
    )
    source = _provenance(records, study)
    why = _why_not(setting)
    if why:
        return Unavailable(what=setting.words.title, why=why, provenance=source)
    return _describe(setting, source)


def common_follow_up(records: TimeRecords) -> float:
    """Return the longest time up to which every group is followed; 1 without records.

    Examples
    --------
    >>> import pandas as pd
    >>> from relatum.models.time_records import TimeColumns, time_records
    >>> table = pd.DataFrame({"weeks": [2, 3, 5, 9], "arrest": [1, 0, 1, 0], "aid": list("aabb")})
    >>> columns = TimeColumns(exit="weeks", event="arrest", group="aid")
    >>> common_follow_up(time_records(table, columns))
    3.0
    """
    if records.n == 0:
        return 1.0
    if records.group is None:
        return float(records.time.max())
    groups = np.unique(records.group)
    return float(min(records.time[records.group == name].max() for name in groups))


def _provenance(records: TimeRecords, study: Study | None) -> Provenance:
    return Provenance(
        relatum_version=__version__,
        schema_version="",
        sample_name=records.name,
        sample_fingerprint=records.fingerprint,
        sample_origin=records.origin,
        study_hash="" if study is None else study.hash,
    )


def _why_not(setting: TimeSetting) -> str:
    n, events = setting.records.n, int(setting.records.event.sum())
    record = setting.words.record
    if n == 0:
        return f"there are no {record}"
    if events == 0:
        return f"no event ({setting.words.event}) in {n:,} {record}"
    if events == 1:
        days = f"{(setting.records.time - setting.records.start).sum():g} {setting.words.time_unit}"
        return (
            f"one event ({setting.words.event}) in {n:,} {record} and {days} at risk, from which "
            "nothing can be estimated"
        )
    return ""


def _describe(setting: TimeSetting, source: Provenance) -> FamiliarTimes:
    records, words = setting.records, setting.words
    groups = describe_groups(setting)
    models = fit_time_models(setting)
    causes, refused = trace_causes(setting)
    return FamiliarTimes(
        title=words.title,
        event=words.event,
        time_unit=words.time_unit,
        record=words.record,
        origin=words.origin,
        delayed_entry=records.entry is not None,
        n_records=records.n,
        n_events=int(records.event.sum()),
        n_clusters=setting.n_clusters,
        n_dropped=sum(n for _, n in records.dropped),
        dropped=records.dropped,
        horizon=float(setting.horizon),
        groups=groups.groups,
        tests=(*groups.tests, *models.tests),
        contrasts=groups.contrasts,
        models=models.models,
        causes=causes,
        refused=(*groups.refused, *models.refused, *refused),
        min_at_risk=setting.min_at_risk,
        conf_level=setting.conf_level,
        attribution=words.attribution,
        start=setting.start,
        notes=time_notes(setting),
        provenance=source,
    )
