"""Circumstances of reports in the three groups of the literature, and steps back after them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from relatum.results.retraction import DeterminantRow
from relatum.samples import Sample
from relatum.samples.statuses import any_by_unit, status_frame
from relatum.samples.testimony import Testimony
from relatum.samples.testimony_rows import ReportTime
from relatum.schema import StatusArray
from relatum.schema.status import ABSENT, PRESENT, UNDOCUMENTED, StatusCodes
from relatum.study import Study

__all__ = ["count_determinants", "report_statuses"]

#: Helfferich, Kavemann and Rabe 2011 tell these three apart.
_GROUPS = {
    "offender": "What the suspect did",
    "police": "What the police did",
    "perspective": "Her own perspective, as recorded by the time of the report",
}
_RELATIONSHIP = (
    *("int_threat_violence", "int_threat_relatives", "int_threat_authorities"),
    *("vio_physical", "vio_sexual", "rel_post_separation_abuse"),
)
#: Columns of conversations, and whether only that of the report counts.
_CONTACT = {"pol_certified": True, "pol_support_offered": False}
#: What the police told her is coded as a motivator.
_TOLD = ("mot_police_information",)
#: As in the contrasts: on the day of the arrest either may have come first.
_ORDER = {"after": int(PRESENT), "before": int(ABSENT), "no_arrest": int(ABSENT)}


@dataclass(frozen=True, slots=True)
class _Reports:
    """First reports, one per woman, and whether she stepped back."""

    rows: tuple[ReportTime, ...]
    stepped: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Talks:
    """Conversations that count for a report: its own, and those that certainly came no later.

    `report` and `talk` are pairs of places; `own` marks the conversation of the report itself.
    """

    report: npt.NDArray[np.int64]
    talk: npt.NDArray[np.int64]
    own: npt.NDArray[np.bool_]

    def unite(self, codes: StatusCodes, size: int, *, own: bool = False) -> StatusCodes:
        """Say whether a status holds in any of them: silence in one of them leaves it open."""
        keep = self.own if own else np.ones(len(self.own), dtype=bool)
        return any_by_unit(
            self.report[keep], codes[self.talk[keep]], size, silent=int(UNDOCUMENTED)
        )


def count_determinants(
    sample: Sample, testimony: Testimony, study: Study
) -> tuple[DeterminantRow, ...]:
    """Count steps back by what was recorded of the report and the time before it.

    Parameters
    ----------
    sample : Sample
    testimony : Testimony
        Of this sample.
    study : Study
        The plan: its coder.

    Returns
    -------
    tuple of DeterminantRow
        One report per woman, her first. What was coded at the conversation in which she stepped
        back is left out: nothing of the kind exists for women who did not. Acts of the suspect are
        coded for the whole relationship, and may have come after the report. Contact with the
        suspect after the report is no circumstance of it; it is counted by days elsewhere, because
        she who steps back early has few days in which to have any.
    """
    held = _first_reports(testimony)
    if not held.rows:
        return ()
    talks = _talks_up_to(sample, held.rows)
    found = [
        *_of_relationships(sample, held, study),
        *_of_police(sample, held, talks),
        *(_coded(sample, held, talks, ("police", code), study) for code in _TOLD),
        *_of_perspective(sample, held, talks, study),
    ]
    return tuple(found)


def _first_reports(testimony: Testimony) -> _Reports:
    first: dict[str, ReportTime] = {}
    for row in testimony.used_reports:
        key = (row.lower if row.lower is not None else 0, row.report)
        other = first.get(row.victim)
        if other is None or key < (other.lower if other.lower is not None else 0, other.report):
            first[row.victim] = row
    stepped = {row.victim for row in testimony.used_retractions}
    rows = tuple(first[name] for name in sorted(first))
    return _Reports(rows, np.array([row.victim in stepped for row in rows], dtype=bool))


def _row(
    group: str, term: str, label: str, codes: StatusCodes, stepped: npt.NDArray[np.bool_]
) -> DeterminantRow:
    def count(status: int) -> tuple[int, int]:
        mine = codes == status
        return int((mine & stepped).sum()), int(mine.sum())

    (s_with, n_with), (s_without, n_without) = count(int(PRESENT)), count(int(ABSENT))
    s_silent, n_silent = count(int(UNDOCUMENTED))
    return DeterminantRow(
        group=group,
        group_label=_GROUPS[group],
        term=term,
        label=label,
        n_stepped_with=s_with,
        n_with=n_with,
        n_stepped_without=s_without,
        n_without=n_without,
        n_stepped_undocumented=s_silent,
        n_undocumented=n_silent,
    )


def report_statuses(
    sample: Sample, rows: tuple[ReportTime, ...], code: str, study: Study
) -> StatusCodes:
    """Return the status of a code of relationships for the relationship of each report.

    Parameters
    ----------
    sample : Sample
    rows : tuple of ReportTime
    code : str
        Of a relationship.
    study : Study

    Returns
    -------
    ndarray of int8, shape (n,)
        Not documented where a report is about no single relationship.
    """
    frame = status_frame(sample, [code], coder=study.coder or None)
    array = frame[code].array
    assert isinstance(array, StatusArray)
    by_id = dict(zip(frame.index.astype(str), array.codes.tolist(), strict=True))
    found = [by_id.get(row.relationship, int(UNDOCUMENTED)) for row in rows]
    return np.array(found, dtype=np.int8)


def _of_relationships(sample: Sample, held: _Reports, study: Study) -> list[DeterminantRow]:
    book = sample.schema.codebook
    return [
        _row(
            "offender",
            code,
            book[code].label,
            report_statuses(sample, held.rows, code, study),
            held.stepped,
        )
        for code in _RELATIONSHIP
    ]


def _of_police(sample: Sample, held: _Reports, talks: _Talks) -> list[DeterminantRow]:
    table = sample.tables["police_contacts"]
    found = []
    for name, own in _CONTACT.items():
        array = table[name].array
        assert isinstance(array, StatusArray)
        codes = talks.unite(array.codes, len(held.rows), own=own)
        label = sample.schema.codebook[name].label
        found.append(_row("police", name, label, codes, held.stepped))
    arrest = [_ORDER.get(row.arrest_order, int(UNDOCUMENTED)) for row in held.rows]
    found.append(
        _row("police", "arrest_before_report", "Suspect arrested before the report",
             np.array(arrest, dtype=np.int8), held.stepped)
    )  # fmt: skip
    return found


def _of_perspective(
    sample: Sample, held: _Reports, talks: _Talks, study: Study
) -> list[DeterminantRow]:
    book = sample.schema.codebook
    codes = [code.id for group in ("barrier", "motivator") for code in book.select(entity=group)]
    return [
        _coded(sample, held, talks, ("perspective", code), study)
        for code in codes
        if code not in _TOLD
    ]


def _coded(
    sample: Sample, held: _Reports, talks: _Talks, key: tuple[str, str], study: Study
) -> DeterminantRow:
    """Read a code that was entered for a report, or for conversations up to it."""
    group, code = key
    coder = sample.chosen_coder(study.coder or None)
    told = talks.unite(sample.coded_codes(code, "contact", coder), len(held.rows))
    at = sample.unit_ids("report").get_indexer(pd.Index([row.report for row in held.rows]))
    written = sample.coded_codes(code, "report", coder)[at]
    codes = np.full(len(held.rows), UNDOCUMENTED, dtype=np.int8)
    for status in (ABSENT, PRESENT):
        codes[(told == status) | (written == status)] = status
    return _row(group, code, sample.schema.codebook[code].label, codes, held.stepped)


def _talks_up_to(sample: Sample, rows: tuple[ReportTime, ...]) -> _Talks:
    """Pair reports with conversations; visits to step back never count, whatever their day."""
    talks = sample.tables["police_contacts"]
    names = talks["contact_id"].astype(str).to_numpy()
    women = talks["victim_id"].astype(str).to_numpy()
    visit = (talks["contact_type"] == "retraction_visit").fillna(False).to_numpy(dtype=bool)
    first, last = talks["contact_date_lower"], talks["contact_date_upper"]
    made_in = sample.tables["reports"].set_index("report_id")["contact_id"].astype(str)
    report, talk, owns = [], [], []
    for place, row in enumerate(rows):
        own = names == made_in.get(row.report, "")
        day = first[own].iloc[0] if own.any() else pd.NaT
        before = (last <= day).fillna(False).to_numpy(dtype=bool) & (women == row.victim) & ~visit
        held = np.flatnonzero(own | before)
        report += [place] * len(held)
        talk += held.tolist()
        owns += own[held].tolist()
    return _Talks(
        report=np.array(report, dtype=np.int64),
        talk=np.array(talk, dtype=np.int64),
        own=np.array(owns, dtype=bool),
    )
