"""Small samples made by hand, whose every count can be checked by eye."""

import pandas as pd
import pytest

from relatum.samples import Sample, SampleInfo, SelectionStep
from relatum.schema import load_schema
from relatum.study import read_study


def make_sample(*, selection=(), origin="simulated", **tables):
    """Build a sample from lists of rows per table."""
    info = SampleInfo(
        name="by_hand",
        title="Made by hand",
        origin=origin,
        schema_version=load_schema().version,
        selection=selection,
    )
    frames = {name: pd.DataFrame(rows) for name, rows in tables.items()}
    return Sample(info=info, tables=frames)


def coding(at, unit_id, code, status, unit_type="relationship"):
    return {
        "coding_id": f"k{at}",
        "unit_type": unit_type,
        "unit_id": unit_id,
        "code": code,
        "status": status,
        "coder_id": "one",
    }


@pytest.fixture(scope="session")
def study():
    return read_study()


@pytest.fixture(scope="session")
def sample_of():
    return make_sample


@pytest.fixture(scope="session")
def empty():
    return make_sample()


@pytest.fixture(scope="session")
def four():
    """Two cases, three suspects, four victims, four relationships, one excluded case."""
    cases = [
        {"case_id": "c1", "case_firearm": "present", "case_wiretap_party": "both"},
        {"case_id": "c2", "case_firearm": "not_documented", "case_wiretap_party": "suspects"},
        {"case_id": "c3", "case_list_source": "excluded_other_area", "case_firearm": "present"},
    ]
    for case, months in zip(cases, (4.0, 9.0, 30.0), strict=True):
        case["case_duration_months"] = months
        case.setdefault("case_list_source", "included")
    suspects = [
        {"suspect_id": "s1", "case_id": "c1", "suspect_age": 30, "suspect_birth_country": "NL"},
        {"suspect_id": "s2", "case_id": "c1", "suspect_age": 41, "suspect_birth_country": "HU"},
        {"suspect_id": "s3", "case_id": "c2", "suspect_age": None, "suspect_birth_country": "HU"},
    ]
    victims = [
        {"victim_id": "v1", "case_id": "c1", "victim_age": 17},
        {"victim_id": "v2", "case_id": "c1", "victim_age": 19},
        {"victim_id": "v3", "case_id": "c1", "victim_age": 20},
        {"victim_id": "v4", "case_id": "c2", "victim_age": 29},
        {"victim_id": "v5", "case_id": "c2", "victim_age": None},
    ]
    couples = [("r1", "c1", "s1", "v1"), ("r2", "c1", "s1", "v2"), ("r3", "c1", "s2", "v3")]
    couples += [("r4", "c2", "s3", "v4")]
    relationships = [
        {
            "relationship_id": r,
            "case_id": c,
            "suspect_id": s,
            "victim_id": v,
            "population": "trafficking",
            "rel_married": status,
            "rel_meeting_context": "nightlife" if r != "r4" else "not_documented",
            "documentation_depth": depth,
            "victim_statement_available": depth > 2,
        }
        for (r, c, s, v), status, depth in zip(
            couples,
            ("present", "absent_documented", "not_documented", "not_applicable"),
            (1.0, 2.0, 3.0, 9.0),
            strict=True,
        )
    ]
    codings = [
        coding(1, "r1", "vio_physical", "present"),
        coding(2, "r2", "vio_physical", "absent_documented"),
        coding(3, "r3", "vio_physical", "present"),
        coding(4, "r3", "iso_locked_in", "present"),
        coding(5, "r4", "vio_physical", "present"),
        coding(6, "r4", "iso_locked_in", "present"),
        coding(7, "r4", "vio_sexual", "present"),
        coding(8, "r4", "cop_active", "not_applicable"),
        coding(9, "v1", "bar_love", "present", "victim"),
        {**coding(10, "r4", "eco_exit_fee_amount", "present"), "value": "6000"},
        {**coding(11, "r4", "eco_exit_fee", "present")},
    ]
    contacts = [
        {"contact_id": "p1", "victim_id": "v1", "contact_type": "intake"},
        {"contact_id": "p2", "victim_id": "v2", "contact_type": "intake"},
    ]
    selection = (
        SelectionStep(step="listed", label="listed", n=3),
        SelectionStep(step="included", label="included", n=2, reason="other area"),
    )
    return make_sample(
        selection=selection,
        cases=cases,
        suspects=suspects,
        victims=victims,
        relationships=relationships,
        codings=codings,
        police_contacts=contacts,
    )


def _ends(stem, days):
    """Two dates of an interval of days since 2010-01-01; None where nothing is known."""
    low, high = days if isinstance(days, tuple) else (days, days)
    zero = pd.Timestamp("2010-01-01")
    dates = [None if day is None else zero + pd.Timedelta(days=day) for day in (low, high)]
    return {f"{stem}_lower": dates[0], f"{stem}_upper": dates[1]}


def make_testimony(women, *, closed=("a", "b", "c", "d", "e", "f", "g", "h"), end=400):
    """Build a sample from one mapping per woman.

    Keys: case, contact, report and step (days or intervals of days), and as wanted kind, made,
    initiator, arrest, reversed, reasons. Cases that are not `closed` are watched to day `end`.
    """
    cases = sorted({woman["case"] for woman in women})
    zero = pd.Timestamp("2010-01-01")
    tables = {
        "cases": [
            {
                "case_id": case,
                "case_list_source": "included",
                "case_start": zero - pd.Timedelta(days=30),
                "case_end": zero + pd.Timedelta(days=end),
                "case_outcome": "conviction_trafficking" if case in closed else "pending",
            }
            for case in cases
        ],
        "suspects": [{"suspect_id": f"s{case}", "case_id": case} for case in cases],
    }
    names = ("victims", "relationships", "police_contacts", "reports", "retractions")
    rows = {name: [] for name in names}
    for at, woman in enumerate(women):
        who, case = f"v{at:03}", woman["case"]
        rows["victims"].append({"victim_id": who, "case_id": case})
        rows["relationships"].append(
            {"relationship_id": f"r{at:03}", "case_id": case, "suspect_id": f"s{case}",
             "victim_id": who, "population": "trafficking"}
        )  # fmt: skip
        about = {"victim_id": who, "relationship_id": f"r{at:03}"}
        talk = {
            "contact_initiator": woman.get("initiator", "police"),
            "contact_relative_to_arrest": woman.get("arrest", "after"),
        }
        if woman.get("contact") is not None:
            first = {"contact_id": f"p{at:03}", "contact_type": "intake"}
            rows["police_contacts"].append(
                first | about | talk | _ends("contact_date", woman["contact"])
            )
        if woman.get("report") is None:
            continue
        told = {"contact_id": f"q{at:03}", "contact_type": "statement"}
        rows["police_contacts"].append(told | about | talk | _ends("contact_date", woman["report"]))
        rows["reports"].append(
            {"report_id": f"e{at:03}", "contact_id": f"q{at:03}",
             "report_made": woman.get("made", "formal_report")}
            | about | _ends("report_date", woman["report"])
        )  # fmt: skip
        if woman.get("step") is None:
            continue
        rows["retractions"].append(
            {"retraction_id": f"x{at:03}", "report_id": f"e{at:03}",
             "retraction_type": woman.get("kind", "support_withdrawn_facts_upheld"),
             "retraction_reversed": woman.get("reversed", "not_documented"),
             "retraction_reason": woman.get("reasons")}
            | _ends("retraction_date", woman["step"])
        )  # fmt: skip
    tables |= {name: held for name, held in rows.items() if held}
    return make_sample(**tables)


@pytest.fixture(scope="session")
def testimony_of():
    return make_testimony
