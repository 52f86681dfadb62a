"""The worked rows of a template: an invented couple, marked so that it is never read as data."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["EXAMPLE_CODES", "EXAMPLE_KEY", "EXAMPLE_ROWS"]

Row = Mapping[str, str]

#: How every key of a worked row starts.
EXAMPLE_KEY = "EXAMPLE"

#: The worked rows of the tables, by table.
EXAMPLE_ROWS: Mapping[str, tuple[Row, ...]] = MappingProxyType(
    {
        "cases": (
            {
                "case_id": "EXAMPLE-C1",
                "case_list_source": "included",
                "case_trigger": "victim_report",
                "case_wiretap_party": "suspects",
                "case_firearm": "absent_documented",
            },
        ),
        "suspects": (
            {
                "suspect_id": "EXAMPLE-S1",
                "case_id": "EXAMPLE-C1",
                "suspect_gender": "man",
                "suspect_age": "31",
                "suspect_role": "partner",
                "suspect_conspicuous_money": "present",
            },
        ),
        "victims": (
            {
                "victim_id": "EXAMPLE-V1",
                "case_id": "EXAMPLE-C1",
                "victim_gender": "woman",
                "victim_age": "24",
                "victim_children": "absent_documented",
            },
        ),
        "relationships": (
            {
                "relationship_id": "EXAMPLE-R1",
                "case_id": "EXAMPLE-C1",
                "suspect_id": "EXAMPLE-S1",
                "victim_id": "EXAMPLE-V1",
                "population": "trafficking",
                "rel_status": "ex",
                "rel_onset_lower": "2015-03-01",
                "rel_onset_upper": "2015-03-31",
                "rel_cohabiting": "present",
                "conflict_topic": "money;jealousy",
            },
        ),
        "codings": (
            {
                "coding_id": "EXAMPLE-K1",
                "unit_type": "relationship",
                "unit_id": "EXAMPLE-R1",
                "code": "ctl_phone_checks",
                "status": "present",
                "date_lower": "2015-06-01",
                "date_upper": "2015-06-30",
                "date_precision": "month",
                "source": "wiretap;victim_statement",
                "certainty": "high",
                "coder_id": "coder_a",
            },
            {
                "coding_id": "EXAMPLE-K2",
                "unit_type": "relationship",
                "unit_id": "EXAMPLE-R1",
                "code": "vio_physical",
                "status": "absent_documented",
                "source": "victim_statement",
                "coder_id": "coder_a",
            },
        ),
        "police_contacts": (
            {
                "contact_id": "EXAMPLE-P1",
                "victim_id": "EXAMPLE-V1",
                "relationship_id": "EXAMPLE-R1",
                "contact_date_lower": "2016-01-12",
                "contact_date_upper": "2016-01-12",
                "contact_date_precision": "exact_day",
                "contact_type": "intake",
                "willingness": "ambivalent",
            },
        ),
    }
)

#: The worked rows of the sheets with a column per code, by unit.
EXAMPLE_CODES: Mapping[str, tuple[Row, ...]] = MappingProxyType(
    {
        "relationship": (
            {
                "relationship_id": "EXAMPLE-R1",
                "coder_id": "coder_a",
                "dom_control": "present",
                "ctl_phone_checks": "present",
                "dom_violence": "absent_documented",
                "vio_physical": "absent_documented",
            },
        ),
        "contact": ({"contact_id": "EXAMPLE-P1", "coder_id": "coder_a", "bar_hope": "present"},),
    }
)
