"""One woman's way through contact, report and stepping back, step by step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from relatum.results.base import Note, Unavailable
from relatum.results.provenance import provenance_of
from relatum.results.retraction import PathStep, RetractionPath
from relatum.samples import Sample
from relatum.study import Study

__all__ = ["trace_retraction_path"]

_WHAT = "path through report and stepping back"
_SOUGHT = {"victim": "her", "police": "the police", "third_party": "a third party"}


def trace_retraction_path(
    sample: Sample, study: Study, *, victim: str = ""
) -> RetractionPath | Unavailable:
    """List what is recorded of one woman's contacts, report and steps back, in days.

    Parameters
    ----------
    sample : Sample
        The data.
    study : Study
        The plan; its coder counts.
    victim : str, optional
        Her id; may be left out where the sample holds one victim only.

    Returns
    -------
    RetractionPath or Unavailable
        Steps in the order of their latest days, each an interval of days from the first report.
        Unavailable where she is not given or not there, or has no report dated to the day.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> from relatum.study import read_study
    >>> found = trace_retraction_path(example_sample("anna"), read_study())
    >>> [(step.day_lower, step.state) for step in found.steps if step.state != "arrest"]
    [(0, 'report'), (5, 'stepped_back'), (None, 'case')]
    """
    provenance = provenance_of(sample, study)
    ids = [str(value) for value in sample.tables["victims"]["victim_id"]]
    chosen = victim or (ids[0] if len(ids) == 1 else "")
    if chosen not in ids:
        why = "the sample does not hold exactly one victim, and none was named"
        return Unavailable(what=_WHAT, why=why, provenance=provenance)
    trace = _Trace(sample, chosen, sample.chosen_coder(study.coder or None))
    day = trace.day_zero()
    if day is None:
        why = "no report with an exact day is recorded, from which days could be counted"
        return Unavailable(what=_WHAT, why=why, provenance=provenance)
    steps = [_step(held, day) for held in trace.steps()]
    return RetractionPath(
        title=sample.info.title.split(",")[0].split(":")[0],
        steps=tuple(sorted(steps, key=_order)),
        notes=(
            Note("one_path", "One narrated case shows a path. It shows no rate."),
            Note("relative_days", "Days are counted from the report."),
        ),
        provenance=provenance,
    )


@dataclass(frozen=True, slots=True)
class _Held:
    state: str
    label: str
    detail: str
    lower: pd.Timestamp | None
    upper: pd.Timestamp | None


def _step(held: _Held, day: pd.Timestamp) -> PathStep:
    return PathStep(
        day_lower=None if held.lower is None else (held.lower - day).days,
        day_upper=None if held.upper is None else (held.upper - day).days,
        state=held.state,
        label=held.label,
        detail=held.detail,
    )


def _order(step: PathStep) -> tuple[int, int, str]:
    ranks = {"arrest": 0, "contact": 1, "report": 2, "stepped_back": 3, "reversed": 4, "case": 5}
    late = 10**9 if step.day_upper is None else step.day_upper
    return late, ranks.get(step.state, 9), step.label


@dataclass(frozen=True)
class _Trace:
    """Collects the steps of one woman from all tables."""

    sample: Sample
    victim: str
    coder: str | None

    def _mine(self, table: str) -> pd.DataFrame:
        rows = self.sample.tables[table]
        return rows.loc[(rows["victim_id"] == self.victim).fillna(False).to_numpy(dtype=bool)]

    def _words(self, table: str, column: str, value: object) -> tuple[str, ...]:
        """Label the levels of a cell that may hold several."""
        field = self.sample.schema[table][column]
        levels = [part for part in _text(value).split(";") if part not in ("", "not_documented")]
        return tuple(field.label(level) or level for level in levels)

    def day_zero(self) -> pd.Timestamp | None:
        """Return the day of the first report that is dated to the day."""
        rows = self._mine("reports")
        exact = rows.loc[rows["report_date_lower"] == rows["report_date_upper"]]
        return _stamp(exact["report_date_lower"].min()) if len(exact) else None

    def steps(self) -> Iterator[_Held]:
        """Yield the steps of all tables."""
        yield from self._arrests()
        yield from self._contacts()
        yield from self._reports()
        yield from self._steps_back()

    def _arrests(self) -> Iterator[_Held]:
        couples = self._mine("relationships")
        suspects = self.sample.tables["suspects"]
        for _, row in suspects.loc[suspects["suspect_id"].isin(couples["suspect_id"])].iterrows():
            arrest = _stamp(row["suspect_arrest_lower"]), _stamp(row["suspect_arrest_upper"])
            if arrest != (None, None):
                yield _Held("arrest", "Arrest of the suspect", "", *arrest)

    def _contacts(self) -> Iterator[_Held]:
        """Yield contacts that are neither the report nor the visit to step back."""
        reported = self._mine("reports")["contact_id"].dropna().tolist()
        for _, row in self._mine("police_contacts").iterrows():
            if row["contact_id"] in reported or row["contact_type"] == "retraction_visit":
                continue
            kind = self._words("police_contacts", "contact_type", row["contact_type"])
            days = _stamp(row["contact_date_lower"]), _stamp(row["contact_date_upper"])
            detail = _joined("sought by", _sought(row))
            yield _Held("contact", kind[0] if kind else "Contact", detail, *days)

    def _reports(self) -> Iterator[_Held]:
        contacts = self._mine("police_contacts").set_index("contact_id")
        for _, row in self._mine("reports").iterrows():
            held = contacts.loc[row["contact_id"]] if row["contact_id"] in contacts.index else None
            sought = () if held is None else _sought(held)
            reasons = self._reasons(row["contact_id"])
            kind = self._words("reports", "report_made", row["report_made"])
            detail = _together(_joined("sought by", sought), _joined("recorded with it:", reasons))
            days = _stamp(row["report_date_lower"]), _stamp(row["report_date_upper"])
            yield _Held("report", kind[0] if kind else "Report", detail, *days)

    def _reasons(self, contact: object) -> tuple[str, ...]:
        """Label the barriers and motivators that are present at a contact."""
        rows = self.sample.tables["codings"]
        mine = (rows["unit_type"] == "contact") & (rows["unit_id"] == contact)
        mine &= (rows["status"] == "present") & (rows["coder_id"] == self.coder)
        codes = rows.loc[mine.fillna(False).to_numpy(dtype=bool), "code"]
        return tuple(self.sample.schema.codebook[str(code)].label for code in codes)

    def _steps_back(self) -> Iterator[_Held]:
        rows = self.sample.tables["retractions"]
        reports = self._mine("reports")["report_id"]
        for _, row in rows.loc[rows["report_id"].isin(reports)].iterrows():
            kind = self._words("retractions", "retraction_type", row["retraction_type"])
            reasons = self._words("retractions", "retraction_reason", row["retraction_reason"])
            days = _stamp(row["retraction_date_lower"]), _stamp(row["retraction_date_upper"])
            label = f"Step back: {_small(kind[0])}" if kind else "Step back"
            yield _Held("stepped_back", label, _joined("reasons given:", reasons), *days)
            if row["retraction_reversed"] == "present":
                yield _Held("reversed", "Returned to the first statement", "", None, None)
            effect = self._words(
                "retractions", "retraction_case_effect", row["retraction_case_effect"]
            )
            if effect:
                yield _Held("case", f"The case: {_small(effect[0])}", "", None, None)


def _sought(contact: pd.Series) -> tuple[str, ...]:
    words = _SOUGHT.get(_text(contact["contact_initiator"]), "")
    return (words,) if words else ()


def _text(value: object) -> str:
    return "" if value is None or value is pd.NA or value is pd.NaT else str(value)


def _joined(lead: str, words: Sequence[str]) -> str:
    return f"{lead} {', '.join(_small(word) for word in words)}" if words else ""


def _together(*parts: str) -> str:
    return "; ".join(part for part in parts if part)


def _stamp(value: object) -> pd.Timestamp | None:
    return value if isinstance(value, pd.Timestamp) and not pd.isna(value) else None


def _small(words: str) -> str:
    return words[:1].lower() + words[1:]
