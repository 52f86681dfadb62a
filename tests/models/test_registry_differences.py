"""Two groups of records: the limits of small samples, refusals, wrong calls."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from relatum.errors import UsageError
from relatum.inference.boundary_difference import check_arm, mover_limits
from relatum.inference.differences import difference_interval
from relatum.models.comparison_contrasts import contrast_readings
from relatum.models.comparison_readings import read_share
from relatum.models.comparison_samples import open_pair
from relatum.models.comparison_verdicts import Margins
from relatum.models.registry_differences import compare_registries, compare_registry_groups
from relatum.models.registry_export import write_registry
from relatum.models.registry_records import read_records
from relatum.results.base import Unavailable
from relatum.results.codec import decode, encode
from relatum.results.comparison import CROSSED
from relatum.results.registry_differences import RegistryDifferences
from relatum.samples import example_sample
from relatum.schema.parallels import load_parallels
from relatum.study import Gate

WORDS = np.array(["absent_documented", "not_documented", "present"], dtype=object)


@pytest.fixture
def read(tmp_path):
    def make(table, name="registry", group="year", **rest):
        path = tmp_path / f"{name}.parquet"
        pd.DataFrame(table).to_parquet(path, index=False)
        return read_records(path, case="case", group=group, **rest)

    return make


@pytest.fixture(scope="module")
def many():
    rng = np.random.default_rng(6)
    case = rng.permutation(np.repeat(np.arange(400), rng.integers(1, 9, 400)))
    year = np.where(case < 150, "2010", "2020")
    share = rng.beta(2, 3, 400)[case] + 0.2 * (year == "2010")
    codes = np.where(rng.random(len(case)) < share, 2, rng.integers(0, 9, len(case)) // 8)
    return pd.DataFrame({"a": WORDS[codes], "case": case, "year": year})


def test_by_hand(read, study):
    # 40 and 20 of 100 with silence as absence; 10 more of each group are silent.
    column = ["present"] * 40 + ["not_documented"] * 10 + ["absent_documented"] * 50
    column += ["present"] * 20 + ["not_documented"] * 10 + ["absent_documented"] * 70
    table = {"a": column, "case": range(200), "year": [1] * 100 + [2] * 100}
    found = compare_registry_groups(read(table), study, margin=0.05)
    (row,) = found.rows
    assert [held.coding for held in row.contrasts] == [*CROSSED, "low_low"]
    assert [round(held.estimate, 10) for held in row.contrasts] == [0.1, 0.3, 0.2]
    limits = difference_interval(40, 100, 20, 100, conf_level=0.9)
    assert (row.contrasts[2].conf_low_90, row.contrasts[2].conf_high_90) == (
        limits.conf_low,
        limits.conf_high,
    )
    assert (row.verdict_naive, row.verdict, row.changed) == ("different", "not_shown", True)
    assert [group.words for group in found.groups] == [
        "relationships with year 1",
        "relationships with year 2",
    ]
    assert "1 verdicts change" in str(found)


def test_the_contrasts_of_two_small_samples(study, tmp_path):
    study = replace(study, comparison=replace(study.comparison, other=""))
    sample = example_sample("simulated")
    couples = sample.table("relationships")
    held = sorted(couples["case_id"].unique())
    firsts = couples["case_id"].isin(held[::2])
    couples["population"] = np.where(firsts, "trafficking", "domestic_violence")
    mixed = sample.replace_tables({"relationships": couples})
    path = write_registry(mixed, tmp_path / "mixed.parquet")
    codes = ["dom_isolation", "vio_physical"]
    records = read_records(path, case="case_id", group="population", items=codes, chunk_rows=10)
    found = compare_registry_groups(records, study)
    rows = {row.term: row for row in found.rows}
    pair = open_pair(mixed, study)
    for code in codes:
        rule = replace(
            load_parallels()["P02"], measure=code, unit="relationship", among="", levels=()
        )
        weights = np.ones(len(couples))
        readings = tuple(
            read_share(side, rule, weights[: side.n_relationships]) for side in pair.sides
        )
        margins = Margins(-0.15, 0.15)
        small = contrast_readings(readings, rule, margins, study, standardised=False)
        large = rows[code].contrasts[:2]
        assert large == tuple(replace(one, p_value=None) for one in small)
        summaries = [reading.summary() for reading in readings]
        for row, side in zip((rows[code].first, rows[code].second), summaries, strict=True):
            assert (row.n_present, row.n_undocumented) == (side.n_present, side.n_undocumented)
            assert (row.lower, row.upper) == (side.low, side.high)


def test_limits_of_many_cases(read, many, study):
    found = compare_registry_groups(read(many, chunk_rows=100), study)
    (row,) = found.rows
    arms = []
    for year, end in (("2010", ("present",)), ("2020", ("present", "not_documented"))):
        part = many[many["year"] == year]
        values = part["a"].isin(end).to_numpy(dtype=float)
        arms.append(check_arm(values, part["case"], None, name="a", what="a").share)
    limits = mover_limits(*arms, conf_level=0.95)
    held = row.contrasts[0]
    assert held.coding == "low_high"
    assert held.conf_low_95 == pytest.approx(limits.conf_low, abs=1e-12)
    assert held.conf_high_95 == pytest.approx(limits.conf_high, abs=1e-12)
    assert row.method == limits.method
    assert found.n_shared_cases == 0


def test_swapped_groups_change_the_signs(read, many, study):
    records = read(many)
    one = compare_registry_groups(records, study, groups=("2010", "2020")).rows[0]
    other = compare_registry_groups(records, study, groups=("2020", "2010")).rows[0]
    for held, turned in zip(one.contrasts, (other.contrasts[1], other.contrasts[0]), strict=False):
        assert held.estimate == pytest.approx(-turned.estimate)
        assert held.conf_low_95 == pytest.approx(-turned.conf_high_95)
    assert one.verdict == other.verdict


def test_two_files_are_two_groups(read, many, study):
    whole = compare_registry_groups(read(many), study)
    parts = [
        read(part.drop(columns="year"), name=f"y{year}", group="")
        for year, part in many.groupby("year")
    ]
    found = compare_registries(*parts, study)
    assert found.rows[0].contrasts == whole.rows[0].contrasts
    assert found.groups[0].words == "relationships of y2010"
    assert found.provenance.other_fingerprint == parts[1].fingerprint
    other = read({"b": ["present"], "case": ["x"]}, name="other", group="")
    assert "share no item" in compare_registries(parts[0], other, study).why


def test_cases_in_both_groups_are_told(read, many, study):
    found = compare_registry_groups(read(many.assign(year=np.arange(len(many)) % 2)), study)
    assert found.n_shared_cases > 300
    assert "records of both groups" in found.notes[-1].text


def test_few_cases_are_refused(read, study):
    table = {"a": ["present", "absent_documented"] * 10, "case": [*range(5)] * 4}
    found = compare_registry_groups(read({**table, "year": [1] * 10 + [2] * 10}), study)
    (row,) = found.rows
    assert (row.verdict, row.contrasts, row.method) == ("unavailable", (), "")
    assert row.why == "5 investigations hold such units, fewer than 6"
    assert found.tidy()["verdict"].tolist() == ["unavailable"]


def test_overridden_refusals_are_told(read, study):
    table = {"a": ["present", "absent_documented"] * 10, "case": [*range(5)] * 4}
    plan = replace(study, gates={"few_cases": Gate(override=True, reason="A test.")})
    found = compare_registry_groups(read({**table, "year": [1] * 10 + [2] * 10}), plan)
    assert found.rows[0].contrasts
    assert found.notes[-1].code == "override_few_cases"


def test_one_case_beside_very_many_is_refused_whatever_the_plan_says(read, study):
    n = 2 * 301
    table = {"a": ["present", "absent_documented"] * (n // 2 + 2), "case": [*range(301)] * 2}
    table["case"] += [999] * 4
    table["year"] = [1] * n + [2] * 4
    gates = dict.fromkeys(("few_cases", "dominant_case"), Gate(override=True, reason="A test."))
    (row,) = compare_registry_groups(read(table), replace(study, gates=gates)).rows
    assert (row.verdict, row.contrasts) == ("unavailable", ())
    assert row.why == "one of the groups has one case; at least two are needed"


def test_a_result_is_tidy_and_can_be_stored(read, many, study):
    found = compare_registry_groups(read(many), study)
    assert decode(RegistryDifferences, encode(found)) == found
    tidy = found.tidy()
    assert tidy["coding"].tolist() == [*CROSSED, "low_low"]
    assert found.count() == {found.rows[0].verdict: 1}


@pytest.mark.parametrize(
    ("group", "groups", "message"),
    [
        ("year", ("2010", "2011"), "there are 2"),
        ("year", ("2010", "2010"), "Two different groups"),
        ("", (), "no column of groups was read"),
        ("third", (), "there are 3"),
    ],
)
def test_groups_that_are_not_there(read, many, study, group, groups, message):
    table = many.assign(third=np.arange(len(many)) % 3)
    items = ["a"]
    with pytest.raises(UsageError, match=message):
        compare_registry_groups(read(table, group=group, items=items), study, groups=groups)


def test_margins_and_empty_files(read, many, study):
    with pytest.raises(UsageError, match="between 0 and 1, not 1"):
        compare_registry_groups(read(many), study, margin=1)
    empty = read(many.drop(columns="year").iloc[:0], name="empty", group="")
    found = compare_registries(empty, read(many), study)
    assert isinstance(found, Unavailable)
    assert found.why == "there are no relationships of empty"
