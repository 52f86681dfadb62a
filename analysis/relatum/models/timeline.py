"""The dated events of one relationship, in days from the report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from relatum.results.base import Note, Unavailable
from relatum.results.provenance import provenance_of
from relatum.results.timeline import Timeline, TimelineEvent
from relatum.samples import Sample
from relatum.study import Study

__all__ = ["trace_timeline"]


def trace_timeline(
    sample: Sample, study: Study, *, relationship: str = ""
) -> Timeline | Unavailable:
    """Trace the dated events of one relationship.

    Parameters
    ----------
    sample : Sample
        The data.
    study : Study
        The plan.
    relationship : str, optional
        Its id; may be left out where the sample holds one relationship only.

    Returns
    -------
    Timeline or Unavailable
        Events as intervals of days from the first report; never a mid-point. Unavailable where
        the relationship is not given, not there, or without a dated report.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> from relatum.study import read_study
    >>> found = trace_timeline(example_sample("anna"), read_study())
    >>> [(e.day_lower, e.day_upper) for e in found.events if e.label == "Report"]
    [(0, 0)]
    """
    provenance = provenance_of(sample, study)
    ids = sample.unit_ids("relationship")
    chosen = relationship or (str(ids[0]) if len(ids) == 1 else "")
    if chosen not in ids:
        why = "the sample does not hold exactly one relationship, and none was named"
        return Unavailable(what="timeline", why=why, provenance=provenance)
    trace = _Trace(sample, chosen, study.coder or None)
    day = trace.day_zero()
    if day is None:
        why = "no report with an exact day is recorded, from which days could be counted"
        return Unavailable(what="timeline", why=why, provenance=provenance)
    events = [event for dated in trace.events() if (event := _relative(dated, day)) is not None]
    return Timeline(
        title=sample.info.title.split(",")[0].split(":")[0],
        events=tuple(sorted(events, key=_order)),
        notes=(
            Note("relative_days", "Days are counted from the report; earlier days are negative."),
            Note("intervals", "A bar spans every day on which the event can have happened."),
        ),
        provenance=provenance,
    )


@dataclass(frozen=True, slots=True)
class _Dated:
    track: str
    label: str
    lower: pd.Timestamp | None
    upper: pd.Timestamp | None
    precision: str


def _order(event: TimelineEvent) -> tuple[int, int, str]:
    far = 10**9
    late = far if event.day_upper is None else event.day_upper
    return (late, -far if event.day_lower is None else event.day_lower, event.label)


def _relative(dated: _Dated, day: pd.Timestamp) -> TimelineEvent | None:
    if dated.lower is None and dated.upper is None:
        return None
    return TimelineEvent(
        track=dated.track,
        label=dated.label,
        day_lower=(dated.lower - day).days if dated.lower is not None else None,
        day_upper=(dated.upper - day).days if dated.upper is not None else None,
        precision=dated.precision,
    )


def _stamp(value: object) -> pd.Timestamp | None:
    return value if isinstance(value, pd.Timestamp) and not pd.isna(value) else None


def _text(value: object) -> str:
    return "" if value is None or value is pd.NA or value is pd.NaT else str(value)


@dataclass(frozen=True)
class _Trace:
    """Collects the dated events of one relationship from all tables."""

    sample: Sample
    relationship: str
    coder: str | None

    def _couple(self) -> pd.Series:
        rows = self.sample.tables["relationships"]
        return rows.loc[rows["relationship_id"] == self.relationship].iloc[0]

    def _rows(self, table: str) -> pd.DataFrame:
        """Rows that name the relationship, or its victim where they name no relationship."""
        rows = self.sample.tables[table]
        mine = (rows["relationship_id"] == self.relationship).fillna(False)
        if "victim_id" in rows:
            hers = (rows["victim_id"] == self._couple()["victim_id"]).fillna(False)
            mine = mine | (rows["relationship_id"].isna() & hers)
        return rows.loc[mine.to_numpy(dtype=bool)]

    def day_zero(self) -> pd.Timestamp | None:
        """Return the day of the first report that is dated to the day."""
        reports = self._rows("reports")
        exact = reports.loc[reports["report_date_lower"] == reports["report_date_upper"]]
        return _stamp(exact["report_date_lower"].min()) if len(exact) else None

    def events(self) -> Iterator[_Dated]:
        """Yield the events of all tables."""
        yield from self._life()
        yield from self._attempts()
        yield from self._police()
        yield from self._codings()

    def _life(self) -> Iterator[_Dated]:
        couple = self._couple()
        onset = _stamp(couple["rel_onset_lower"]), _stamp(couple["rel_onset_upper"])
        yield _Dated("Relationship", "Onset of the relationship", *onset, "")
        suspects = self.sample.tables["suspects"]
        own = suspects.loc[suspects["suspect_id"] == couple["suspect_id"]]
        for _, row in own.iterrows():
            arrest = _stamp(row["suspect_arrest_lower"]), _stamp(row["suspect_arrest_upper"])
            yield _Dated("Police", "Arrest of the suspect", *arrest, "")

    def _attempts(self) -> Iterator[_Dated]:
        rows = self._rows("escape_attempts")
        field = self.sample.schema["escape_attempts"]["attempt_level"]
        spans: dict[tuple[str, object, object, str], int] = {}
        for _, row in rows.iterrows():
            key = (
                field.label(_text(row["attempt_level"])),
                _stamp(row["attempt_date_lower"]),
                _stamp(row["attempt_date_upper"]),
                _text(row["attempt_date_precision"]),
            )
            spans[key] = spans.get(key, 0) + 1
        for (label, lower, upper, precision), n in spans.items():
            words = label if n == 1 else f"{label} ({n} times)"
            yield _Dated("Leaving", words, _stamp(lower), _stamp(upper), precision)

    def _police(self) -> Iterator[_Dated]:
        reports = self._rows("reports")
        for _, row in reports.iterrows():
            yield _event("Police", "Report", row, "report_date")
        reported = reports["contact_id"].dropna().tolist()
        retractions = self.sample.tables["retractions"]
        hers = retractions.loc[retractions["report_id"].isin(reports["report_id"])]
        kinds = self.sample.schema["retractions"]["retraction_type"]
        for _, row in hers.iterrows():
            words = kinds.label(_text(row["retraction_type"])) or "Step back"
            yield _event("Police", f"Step back: {_small(words)}", row, "retraction_date")
        contacts = self._rows("police_contacts")
        types = self.sample.schema["police_contacts"]["contact_type"]
        for _, row in contacts.loc[~contacts["contact_id"].isin(reported)].iterrows():
            words = types.label(_text(row["contact_type"])) or "Contact"
            yield _event("Police", words, row, "contact_date")

    def _codings(self) -> Iterator[_Dated]:
        rows = self.sample.tables["codings"]
        mine = (rows["unit_type"] == "relationship") & (rows["unit_id"] == self.relationship)
        mine &= (rows["status"] == "present") & (
            rows["coder_id"] == self.sample.chosen_coder(self.coder)
        )
        dated = rows.loc[mine.fillna(False).to_numpy(dtype=bool)]
        for _, row in dated.iterrows():
            code = self.sample.schema.codebook[_text(row["code"])]
            track = "Violence" if code.domain == "violence" else "Relationship"
            yield _event(track, code.label, row, "date")


def _event(track: str, label: str, row: pd.Series, stem: str) -> _Dated:
    lower, upper = _stamp(row[f"{stem}_lower"]), _stamp(row[f"{stem}_upper"])
    return _Dated(track, label, lower, upper, _text(row[f"{stem}_precision"]))


def _small(words: str) -> str:
    return words[:1].lower() + words[1:]
