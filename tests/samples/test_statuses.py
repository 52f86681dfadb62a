"""Statuses per unit: codings, columns and derivations, lifted by hand and by the package."""

from functools import reduce

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relatum.errors import SampleError, SchemaError
from relatum.samples import (
    Sample,
    SampleInfo,
    example_sample,
    relationship_statuses,
    status_frame,
    unit_status,
)
from relatum.schema import Status, load_schema

P, A, U, N = (
    Status.PRESENT,
    Status.ABSENT_DOCUMENTED,
    Status.NOT_DOCUMENTED,
    Status.NOT_APPLICABLE,
)
INFO = SampleInfo(name="t", title="T", origin="collected", schema_version="1.0.0")

# Two cases; s1 with v1 and v2, s2 with v2; v3 without a relationship; c2 with s3 and v4.
TABLES = {
    "cases": {"case_id": ["c1", "c2", "c3"], "case_list_source": "included"},
    "suspects": {"suspect_id": ["s1", "s2", "s3"], "case_id": ["c1", "c1", "c2"]},
    "victims": {"victim_id": ["v1", "v2", "v3", "v4"], "case_id": ["c1", "c1", "c1", "c2"]},
    "relationships": {
        "relationship_id": ["r1", "r2", "r3", "r4"],
        "case_id": ["c1", "c1", "c1", "c2"],
        "suspect_id": ["s1", "s1", "s2", "s3"],
        "victim_id": ["v1", "v2", "v2", "v4"],
        "population": "trafficking",
    },
    "police_contacts": {
        "contact_id": ["p1", "p2", "p3"],
        "victim_id": ["v2", "v2", "v3"],
        "relationship_id": ["r3", None, None],
    },
}


def make(codings=(), **columns):
    """Build the sample; codings are (unit_type, unit_id, code, status)."""
    tables = {name: pd.DataFrame(table) for name, table in TABLES.items()}
    for name, extra in columns.items():
        tables[name] = tables[name].assign(**extra)
    rows = pd.DataFrame(codings, columns=["unit_type", "unit_id", "code", "status"], dtype=object)
    tables["codings"] = rows.assign(coder_id="a", coding_id=[f"k{at}" for at in range(len(rows))])
    return Sample(info=INFO, tables=tables)


def of(sample, code, unit="relationship"):
    return unit_status(sample, code, unit=unit).to_dict()


def test_silence_everywhere_is_silence():
    sample = make()
    codes = [c.id for c in sample.schema.codebook.values() if c.is_coding]
    frame = relationship_statuses(sample, codes)
    assert frame.shape == (4, len(codes))
    assert set(frame.to_numpy().ravel()) == {U}


def test_a_coding_of_the_woman_does_not_say_in_which_relationship():
    sample = make(
        [
            ("relationship", "r2", "vio_physical", "absent_documented"),
            ("victim", "v2", "vio_physical", "present"),
        ]
    )
    assert of(sample, "vio_physical") == {"r1": U, "r2": A, "r3": U, "r4": U}
    assert of(sample, "vio_physical", "victim") == {"v1": U, "v2": P, "v3": U, "v4": U}


def test_a_woman_has_what_any_of_her_relationships_has():
    sample = make(
        [
            ("relationship", "r1", "vio_physical", "absent_documented"),
            ("relationship", "r2", "vio_physical", "present"),
            ("relationship", "r3", "vio_physical", "absent_documented"),
            ("victim", "v3", "vio_physical", "absent_documented"),
        ]
    )
    assert of(sample, "vio_physical", "victim") == {"v1": A, "v2": P, "v3": A, "v4": U}


def test_absence_in_one_relationship_is_not_absence_in_all():
    sample = make([("relationship", "r2", "vio_physical", "absent_documented")])
    assert of(sample, "vio_physical", "victim")["v2"] is U


def test_absence_entered_in_one_place_is_not_undone_by_silence_in_another():
    for unit, name in (("relationship", "r3"), ("victim", "v2")):
        found = of(make([(unit, name, "bar_love", "absent_documented")]), "bar_love")
        assert found["r3"] is A
    sample = make([("contact", "p2", "bar_love", "absent_documented")])
    assert of(sample, "bar_love") == {"r1": U, "r2": A, "r3": U, "r4": U}


def test_a_case_is_present_if_any_relationship_is():
    sample = make(
        [
            ("relationship", "r1", "vio_physical", "absent_documented"),
            ("relationship", "r4", "vio_physical", "present"),
        ]
    )
    assert of(sample, "vio_physical", "case") == {"c1": U, "c2": P, "c3": U}


def test_a_contact_speaks_for_its_relationship_or_for_all_of_hers():
    code = "bar_love"
    assert of(make([("contact", "p1", code, "present")]), code) == {
        "r1": U, "r2": U, "r3": P, "r4": U,
    }  # fmt: skip
    assert of(make([("contact", "p2", code, "present")]), code) == {
        "r1": U, "r2": P, "r3": P, "r4": U,
    }  # fmt: skip
    assert of(make([("contact", "p3", code, "present")]), code, "victim") == {
        "v1": U, "v2": U, "v3": P, "v4": U,
    }  # fmt: skip


def test_columns_of_cases_and_victims_are_lifted():
    sample = make(
        cases={"case_firearm": ["present", "absent_documented", "present"]},
        victims={"victim_children": ["present", "not_documented", "present", "not_applicable"]},
    )
    assert of(sample, "case_firearm") == {"r1": P, "r2": P, "r3": P, "r4": A}
    assert of(sample, "victim_children") == {"r1": P, "r2": U, "r3": U, "r4": N}


def test_the_composite_by_hand():
    sample = make(
        [
            ("relationship", "r1", "ctl_phone_checks", "present"),
            ("relationship", "r1", "int_degradation", "present"),
            ("relationship", "r1", "vio_physical", "present"),
            ("relationship", "r2", "rule_permission", "present"),
            ("relationship", "r2", "int_threat_death", "present"),
            ("relationship", "r3", "vio_physical", "present"),
        ]
    )
    found = of(sample, "composite_control_intimidation_violence")
    assert found == {"r1": P, "r2": P, "r3": U, "r4": U}


def test_documented_absence_of_every_part_is_absence():
    book = load_schema().codebook
    violent = [c.id for c in book.values() if c.id.startswith(("ctl_", "rule_")) and c.is_coding]
    rows = [("relationship", "r1", code, "absent_documented") for code in violent]
    found = of(make(rows), "composite_control_intimidation_violence")
    assert found == {"r1": A, "r2": U, "r3": U, "r4": U}
    assert of(make(rows[1:]), "composite_control_intimidation_violence")["r1"] is U


def test_what_cannot_be_asked():
    sample = make()
    with pytest.raises(SchemaError, match="Did you mean 'vio_physical'"):
        unit_status(sample, "vio_fysical")
    with pytest.raises(SampleError, match="ask for a level"):
        unit_status(sample, "case_scope")
    with pytest.raises(SampleError, match="cannot be expressed for a suspect"):
        unit_status(sample, "victim_children", unit="suspect")


def test_anna_in_words():
    anna = example_sample("anna")
    codes = ["composite_control_intimidation_violence", "vio_sexual", "case_firearm"]
    frame = status_frame(anna, codes)
    assert frame.iloc[0].tolist() == [P, U, U]


# --- against a computation by hand ---------------------------------------------------------------

statuses = st.sampled_from([P, A, U])
CODES = ["vio_physical", "vio_sexual"]
VICTIM_OF = dict(
    zip(*(TABLES["relationships"][c] for c in ("relationship_id", "victim_id")), strict=True)
)
entered = st.lists(
    st.tuples(
        st.sampled_from(
            [("relationship", r) for r in VICTIM_OF] + [("victim", f"v{n}") for n in range(1, 5)]
        ),
        st.sampled_from(CODES),
        statuses,
    ),
    max_size=8,
)


def top(values):
    """Precedence within a coder: present, then absent, then silence."""
    return next((s for s in (P, A) if s in values), U)


def any_of(values):
    """Kleene's OR over linked units; silence where there is none."""
    return reduce(lambda a, b: a | b, values) if values else U


@settings(max_examples=50)
@given(entered)
def test_a_woman_is_lifted_from_hers_and_her_own(rows):
    sample = make([(*unit, code, status.value) for unit, code, status in rows])
    frame = status_frame(sample, CODES, unit="victim")
    for victim in TABLES["victims"]["victim_id"]:
        for code in CODES:
            own = entry(rows, ("victim", victim), code)
            mine = [r for r, v in VICTIM_OF.items() if v == victim]
            hers = any_of([entry(rows, ("relationship", r), code) for r in mine])
            assert frame.loc[victim, code] is top([own, hers])


def entry(rows, unit, code):
    return top([status for where, what, status in rows if (where, what) == (unit, code)])


@settings(max_examples=30)
@given(entered, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(rows, random):
    codings = [(*unit, code, status.value) for unit, code, status in rows]
    shuffled = list(codings)
    random.shuffle(shuffled)
    pd.testing.assert_frame_equal(
        relationship_statuses(make(codings), CODES), relationship_statuses(make(shuffled), CODES)
    )
