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
