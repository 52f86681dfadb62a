"""Circumstances of reports in the three groups of the literature, and steps back after them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from relatum.results.retraction import DeterminantRow
from relatum.samples import Sample
from relatum.samples.statuses import status_frame
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
    *("int_threat_violence", "int_threat_family", "int_threat_authorities"),
    *("vio_physical", "vio_sexual", "rel_post_separation_abuse"),
)
_CONTACT = ("pol_certified", "pol_support_offered")
_AT_CONTACT = {"police": ("mot_police_information",), "perspective": ()}


@dataclass(frozen=True, slots=True)
class _Reports:
    """First reports, one per woman, and whether she stepped back."""

    rows: tuple[ReportTime, ...]
    stepped: npt.NDArray[np.bool_]


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
        back is left out: nothing of the kind exists for women who did not. Contact with the suspect
        after the report is no circumstance of it; it is counted by days elsewhere, because she who
        steps back early has few days in which to have any.
    """
    held = _first_reports(testimony)
    if not held.rows:
        return ()
    found = [
        *_of_relationships(sample, held, study),
        *_of_police(sample, held, study),
        *_of_perspective(sample, held, study),
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
        if code in book
    ]


def _of_police(sample: Sample, held: _Reports, study: Study) -> list[DeterminantRow]:
    table = sample.tables["police_contacts"]
    contact = sample.tables["reports"].set_index("report_id")["contact_id"]
    keys = [str(contact.get(row.report, "")) for row in held.rows]
    found = []
    for name in _CONTACT:
        array = table[name].array
        assert isinstance(array, StatusArray)
        known = dict(zip(table["contact_id"].astype(str), array.codes.tolist(), strict=True))
        codes = np.array([known.get(key, int(UNDOCUMENTED)) for key in keys], dtype=np.int8)
        label = sample.schema.codebook[name].label
        found.append(_row("police", name, label, codes, held.stepped))
    order = {"before": int(ABSENT), "after": int(PRESENT), "same_day": int(PRESENT)}
    arrest = [order.get(row.arrest_order, int(UNDOCUMENTED)) for row in held.rows]
    found.append(
        _row("police", "arrest_before_report", "Suspect arrested by the day of the report",
             np.array(arrest, dtype=np.int8), held.stepped)
    )  # fmt: skip
    return [
        *found,
        *(_coded(sample, held, study, ("police", code)) for code in _AT_CONTACT["police"]),
    ]


def _of_perspective(sample: Sample, held: _Reports, study: Study) -> list[DeterminantRow]:
    book = sample.schema.codebook
    codes = [code.id for group in ("barrier", "motivator") for code in book.select(entity=group)]
    return [
        _coded(sample, held, study, ("perspective", code))
        for code in codes
        if code not in _AT_CONTACT["police"]
    ]


def _coded(sample: Sample, held: _Reports, study: Study, key: tuple[str, str]) -> DeterminantRow:
    """Read a code of conversations from those up to the report, by their latest days."""
    group, code = key
    codes = _up_to_report(sample, held, study, code)
    return _row(group, code, sample.schema.codebook[code].label, codes, held.stepped)


def _up_to_report(sample: Sample, held: _Reports, study: Study, code: str) -> StatusCodes:
    coder = sample.chosen_coder(study.coder or None)
    rows = sample.tables["codings"]
    mine = (rows["unit_type"] == "contact") & (rows["code"] == code)
    if coder is not None:
        mine &= rows["coder_id"] == coder
    entered = rows.loc[mine.fillna(False).to_numpy(dtype=bool)]
    status = dict(zip(entered["unit_id"].astype(str), entered["status"].astype(str), strict=True))
    talks = sample.tables["police_contacts"]
    contact = sample.tables["reports"].set_index("report_id")["contact_id"]
    found = []
    for report in held.rows:
        keys = _talks_up_to(talks, str(contact.get(report.report, "")), report.victim)
        told = {status[key] for key in keys if key in status}
        if "present" in told:
            found.append(int(PRESENT))
        else:
            found.append(int(ABSENT) if "absent_documented" in told else int(UNDOCUMENTED))
    return np.array(found, dtype=np.int8)


def _talks_up_to(talks: pd.DataFrame, own: str, victim: str) -> list[str]:
    """List her conversations that certainly did not come after that of the report."""
    hers = talks.loc[(talks["victim_id"] == victim).fillna(False).to_numpy(dtype=bool)]
    mine = hers.loc[(hers["contact_id"] == own).to_numpy(dtype=bool), "contact_date_lower"]
    if not len(mine) or pd.isna(mine.iloc[0]):
        return [own]
    before = (hers["contact_date_upper"] <= mine.iloc[0]).fillna(False)
    return [own, *hers.loc[before.to_numpy(dtype=bool), "contact_id"].astype(str)]
