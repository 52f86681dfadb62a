"""Classes of people who look alike from outside."""

import dataclasses
import itertools
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from relatum.release import QUASI_IDENTIFIERS, check_anonymity
from relatum.release.anonymity import class_sizes
from relatum.samples import UNIT_TABLES, example_sample
from relatum.study import read_study

PUBLIC = Path(__file__).parents[3] / "shared" / "reference" / "public" / "disc_sdcmicro"
STUDY = read_study()


@pytest.fixture(scope="module")
def sample():
    return example_sample("simulated")


def of(sample, unit, ages="recorded", threshold=5):
    found = check_anonymity(sample, STUDY, threshold=threshold)
    return next(c for c in found.classes if (c.unit, c.ages) == (unit, ages))


def with_columns(sample, table, **columns):
    """Return a sample in which all rows of a table have these values."""
    rows = sample.table(table)
    for name, value in columns.items():
        rows[name] = value
    return sample.replace_tables({table: rows})


def alike(sample):
    """Return a sample of suspects and victims who cannot be told apart."""
    same = with_columns(
        sample,
        "suspects",
        suspect_gender="man",
        suspect_age=30,
        suspect_birth_country="NL",
    )
    return with_columns(
        same,
        "victims",
        victim_gender="woman",
        victim_age=22,
        victim_birth_country="NL",
        victim_children="absent_documented",
    )


# --- by hand -------------------------------------------------------------------------------------


def test_sizes_by_hand():
    frame = pd.DataFrame(
        {
            "age": [20, 20, 20, 31, None, None],
            "country": ["NL", "NL", "BE", "NL", None, None],
        }
    )
    assert class_sizes(frame).tolist() == [2, 2, 1, 1, 2, 2]


def test_no_rows_make_no_classes():
    assert class_sizes(pd.DataFrame({"age": []})).tolist() == []


def test_no_fields_are_a_wrong_call():
    with pytest.raises(ValueError, match="at least one field"):
        class_sizes(pd.DataFrame(index=[0, 1]))


def test_classes_of_a_sample_by_hand(sample):
    rows = sample.table("victims")
    rows = rows.iloc[:8].copy()
    rows["victim_gender"] = "woman"
    rows["victim_age"] = [20, 20, 20, 20, 20, 21, 21, 29]
    rows["victim_birth_country"] = "NL"
    rows["victim_children"] = "absent_documented"
    small = sample.replace_tables({"victims": rows})
    years = of(small, "victim")
    assert (years.n_units, years.n_classes, years.smallest) == (8, 3, 1)
    assert (years.n_small, years.n_in_small) == (2, 3)
    bands = of(small, "victim", "bands")
    assert (bands.n_classes, bands.smallest, bands.n_small, bands.n_in_small) == (1, 8, 0, 0)


def test_values_of_a_sensitive_item_by_hand(sample):
    rows = alike(sample).table("victims").iloc[:6].copy()
    rows["victim_resources"] = ["present"] * 6
    rows["victim_support_network"] = ["present"] * 5 + ["not_documented"]
    rows["victim_legal_exposure"] = ["not_documented"] * 6
    found = of(sample.replace_tables({"victims": rows}), "victim")
    assert "victim_resources" in found.uniform
    assert "victim_support_network" not in found.uniform
    assert "victim_legal_exposure" not in found.uniform
    assert found.fewest_values == 1


def test_a_pair_is_told_apart_by_either_person(sample):
    same = with_columns(
        alike(sample), "relationships", rel_married="not_documented", rel_child="not_documented"
    )
    assert of(same, "relationship").n_classes == 1
    rows = same.table("suspects")
    named = same.tables["relationships"]["suspect_id"].iloc[0]
    rows.loc[rows["suspect_id"] == named, "suspect_age"] = 31
    changed = of(same.replace_tables({"suspects": rows}), "relationship")
    expected = (same.tables["relationships"]["suspect_id"] == named).sum()
    assert changed.n_classes == 2
    assert changed.smallest == expected


# --- the reference -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "data", "fields"),
    [
        ("francdat", "francdat", ["Key1", "Key2", "Key3", "Key4"]),
        ("testdata_noweights", "testdata", ["urbrur", "roof", "walls", "water", "sex"]),
    ],
)
def test_frequencies_are_those_of_sdcmicro(values, data, fields):
    if not PUBLIC.is_dir():
        pytest.skip("the reference values of sdcMicro (GPL-2) are not at hand")
    told = json.loads((PUBLIC / "reference.json").read_text(encoding="utf-8"))["values"][values]
    sizes = class_sizes(pd.read_csv(PUBLIC / f"{data}.csv")[fields])
    first = [size for size in told["fk_first20"] if size is not None]
    assert sizes[: len(first)].tolist() == first
    for k in (2, 3, 5):
        assert (sizes < k).sum() == told[f"k{k}_violations"]
    table = pd.Series(sizes).value_counts()
    assert {str(size): n for size, n in table.items()} == told["fk_table"]


# --- properties ----------------------------------------------------------------------------------


def test_sizes_add_up_and_do_not_depend_on_the_order_of_rows():
    draws = np.random.default_rng(3)
    frame = pd.DataFrame({name: draws.integers(0, 3, 60) for name in "abc"})
    sizes = class_sizes(frame)
    assert (1 / sizes).sum() == pytest.approx(len(frame.drop_duplicates()))
    order = draws.permutation(len(frame))
    assert class_sizes(frame.iloc[order]).tolist() == sizes[order].tolist()
    for fewer in itertools.combinations("abc", 2):
        assert (class_sizes(frame[list(fewer)]) >= sizes).all()


def test_bands_never_split_a_class(sample):
    for unit in QUASI_IDENTIFIERS:
        assert of(sample, unit, "bands").n_classes <= of(sample, unit).n_classes
        assert of(sample, unit, "bands").smallest >= of(sample, unit).smallest


def test_a_higher_threshold_finds_no_fewer_people(sample):
    found = [of(sample, "victim", threshold=k).n_in_small for k in (2, 5, 11)]
    assert found == sorted(found)


# --- the verdict ---------------------------------------------------------------------------------


def test_people_who_stand_out_are_for_review(sample):
    found = check_anonymity(sample, STUDY, threshold=5)
    assert found.status == "review"
    assert "classes below 5 among: suspect, victim, relationship" in found.reason


def test_single_rows_that_go_out_fail(sample):
    found = check_anonymity(sample, STUDY, threshold=5, rows_out=["timeline"])
    assert found.status == "fail"
    assert found.reason.startswith("single rows go out in timeline")


def test_people_who_look_alike_pass(sample):
    silent = {
        table: {
            field.name: "not_documented" if field.kind == "status" else None
            for field in sample.schema[table].fields
            if field.sensitive and field.kind in ("status", "category", "ordinal")
        }
        for table in ("suspects", "victims", "relationships")
    }
    same = sample
    for table, columns in silent.items():
        same = with_columns(same, table, **columns)
    same = alike(same)
    rows = same.table("codings")
    same = same.replace_tables({"codings": rows.iloc[:0]})
    found = check_anonymity(same, STUDY, threshold=5, rows_out=["timeline"])
    assert (found.status, found.reason) == ("pass", "")


def test_an_empty_sample_has_no_classes(sample):
    empty = sample.replace_tables(
        {name: frame.iloc[:0] for name, frame in sample.tables.items() if name != "cases"}
    )
    found = check_anonymity(empty, STUDY, threshold=5)
    assert found.status == "pass"
    assert {c.smallest for c in found.classes} == {0}


def test_a_threshold_that_hides_nobody_is_refused(sample):
    with pytest.raises(ValueError, match="at least 2"):
        check_anonymity(sample, STUDY, threshold=1)


def test_no_value_of_a_field_is_told(sample):
    found = check_anonymity(sample, STUDY, threshold=5)
    told = json.dumps([dataclasses.asdict(counts) for counts in found.classes]) + found.reason
    held = {
        str(value)
        for unit in QUASI_IDENTIFIERS
        for name in QUASI_IDENTIFIERS[unit]
        if name in sample.tables[UNIT_TABLES[unit]] and not name.endswith("_age")
        for value in sample.tables[UNIT_TABLES[unit]][name].astype("object").dropna()
    }
    assert {"NL", "woman"} <= held
    assert not [value for value in held if f'"{value}"' in told]


def test_every_quasi_identifier_has_a_reason_and_is_a_field(sample):
    fields = {name for table in sample.schema.tables.values() for name in map(named, table.fields)}
    for unit, reasons in QUASI_IDENTIFIERS.items():
        assert unit in UNIT_TABLES
        assert all(reasons.values())
        assert set(reasons) <= fields


def named(field):
    return field.name
