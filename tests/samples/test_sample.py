"""The sample: tables as copies, one coder, precedence within a coder, a fingerprint."""

import dataclasses

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relatum.errors import SampleError, SchemaError
from relatum.samples import Sample, SampleInfo, example_sample
from relatum.schema import Status

INFO = SampleInfo(name="t", title="T", origin="collected", schema_version="1.0.0")
PAIRS = pd.DataFrame(
    {
        "relationship_id": ["r1", "r2"],
        "case_id": ["c1", "c1"],
        "suspect_id": ["s1", "s1"],
        "victim_id": ["v1", "v2"],
        "population": "trafficking",
    }
)


def make(rows, *, coder=""):
    """Build two relationships with codings (unit, code, status, coder)."""
    columns = ["unit_id", "code", "status", "coder_id"]
    codings = pd.DataFrame(rows, columns=columns).assign(unit_type="relationship")
    codings["coding_id"] = [f"k{at}" for at in range(len(codings))]
    info = dataclasses.replace(INFO, coder=coder)
    return Sample(info=info, tables={"relationships": PAIRS, "codings": codings})


def test_tables_are_copies():
    anna = example_sample("anna")
    before = anna.fingerprint
    table = anna.table("victims")
    table["victim_id"] = "someone"
    assert anna.table("victims")["victim_id"].tolist() == ["anna"]
    assert anna.fingerprint == before
    with pytest.raises(dataclasses.FrozenInstanceError):
        anna.info = INFO
    with pytest.raises(TypeError):
        anna.tables["victims"] = table


def test_every_table_is_there_with_its_types():
    empty = Sample(info=INFO, tables={})
    for name, table in empty.schema.tables.items():
        assert empty.n(name) == 0
        assert tuple(empty.table(name).columns) == table.columns
        assert empty.table(name).dtypes.equals(example_sample("anna").table(name).dtypes)


def test_foreign_tables_are_refused():
    with pytest.raises(SampleError, match="not tables of the schema: couples"):
        Sample(info=INFO, tables={"couples": PAIRS})
    with pytest.raises(SchemaError, match="There is no table 'couples'"):
        Sample(info=INFO, tables={}).table("couples")


@pytest.mark.parametrize(
    ("entered", "result"),
    [
        ([], "not_documented"),
        (["not_documented"], "not_documented"),
        (["absent_documented", "not_documented"], "absent_documented"),
        (["not_documented", "present"], "present"),
        (["absent_documented", "present"], "present"),
        (["not_applicable", "not_documented"], "not_applicable"),
        (["not_applicable", "absent_documented"], "absent_documented"),
    ],
)
def test_precedence_within_a_coder(entered, result):
    sample = make([("r1", "vio_physical", status, "a") for status in entered])
    frame = sample.coded(["vio_physical", "vio_sexual"], unit_type="relationship")
    assert frame.index.tolist() == ["r1", "r2"]
    assert str(frame.loc["r1", "vio_physical"]) == result
    assert {str(s) for s in frame["vio_sexual"]} == {"not_documented"}


def test_only_one_coder_is_read():
    rows = [
        ("r1", "vio_physical", "present", "a"),
        ("r1", "vio_physical", "absent_documented", "b"),
    ]
    sample = make(rows)
    frames = {
        coder: sample.coded(["vio_physical"], unit_type="relationship", coder=coder)
        for coder in ("a", "b")
    }
    assert frames["a"].loc["r1", "vio_physical"] is Status.PRESENT
    assert frames["b"].loc["r1", "vio_physical"] is Status.ABSENT_DOCUMENTED


def test_which_coder():
    def coders(*names, declared=""):
        return make([("r1", "vio_physical", "present", name) for name in names], coder=declared)

    assert coders().chosen_coder() is None
    assert coders("b").chosen_coder() == "b"
    assert coders("a", "consensus").chosen_coder() == "consensus"
    assert coders("a", "consensus", declared="a").chosen_coder() == "consensus"
    assert coders("a", "b", declared="b").chosen_coder() == "b"
    assert coders("a", "b").chosen_coder("a") == "a"
    assert coders("b", "a").coders == ("a", "b")
    with pytest.raises(SampleError, match=r"Several coders \(a, b\)"):
        coders("a", "b").chosen_coder()
    with pytest.raises(SampleError, match="There is no coder 'c' in the sample; there are: a, b"):
        coders("a", "b").chosen_coder("c")
    with pytest.raises(SampleError, match="nothing is coded"):
        coders().chosen_coder("a")


def test_codes_that_are_not_codings():
    with pytest.raises(SampleError, match="'case_firearm' is not stored in codings"):
        make([]).coded(["case_firearm"], unit_type="relationship")


def test_what_is_handed_out_cannot_change_what_is_kept():
    sample = make([("r1", "vio_physical", "present", "a")])
    frame = sample.coded(["vio_physical"], unit_type="relationship")
    frame.loc["r2", "vio_physical"] = "absent_documented"
    again = sample.coded(["vio_physical"], unit_type="relationship")
    assert again.loc["r2", "vio_physical"] is Status.NOT_DOCUMENTED


# --- the fingerprint -----------------------------------------------------------------------------

CELLS = ["unit_id", "code", "status", "coder_id"]
rows = st.lists(
    st.tuples(
        st.sampled_from(["r1", "r2"]),
        st.sampled_from(["vio_physical", "vio_sexual"]),
        st.sampled_from([s.value for s in Status]),
        st.sampled_from(["a", "b"]),
    ),
    max_size=4,
)


@settings(max_examples=30)
@given(rows, rows)
def test_equal_fingerprints_are_equal_cells(first, second):
    same = make(first).fingerprint == make(second).fingerprint
    assert same is (first == second)


def test_one_changed_cell_changes_the_fingerprint():
    anna = example_sample("anna")
    period = pd.DataFrame({"period_id": ["q1"], "relationship_id": ["anna_musa"]})
    anna = anna.replace_tables({"suspect_contacts": period})
    prints = {anna.fingerprint}
    for name, frame in anna.tables.items():
        for column in frame.columns:
            changed = frame.copy()
            field = anna.schema[name][column]
            changed[column] = changed[column].astype(object)
            changed.loc[0, column] = other(field, frame[column].iloc[0])
            prints.add(anna.replace_tables({name: changed}).fingerprint)
    assert len(prints) == 1 + sum(len(frame.columns) for frame in anna.tables.values())


def other(field, value):
    if field.levels:
        return next(level.value for level in field.levels if level.value != str(value))
    choices = {
        "integer": 77,
        "number": 7.25,
        "boolean": not (value is not pd.NA and bool(value)),
        "date": pd.Timestamp("1999-01-01"),
        "string": "x9",
    }
    return choices[field.type]


def test_the_origin_is_no_cell():
    anna = example_sample("anna")
    info = dataclasses.replace(anna.info, title="Another title")
    assert dataclasses.replace(anna, info=info).fingerprint == anna.fingerprint
