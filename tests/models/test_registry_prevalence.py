"""Prevalence in a registry: the numbers of small samples, from a wide file of any size."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from relatum.errors import UsageError
from relatum.inference.intervals import korn_graubard_interval
from relatum.models.case_cells import CaseCells
from relatum.models.cooccurrence import compare_pairs
from relatum.models.estimates import estimate_prevalence_intervals
from relatum.models.intervals import coded_interval, leave_cases_out
from relatum.models.prevalence import estimate_prevalence
from relatum.models.registry_estimates import MOST_WILD, estimate_registry_intervals
from relatum.models.registry_export import to_registry, write_registry
from relatum.models.registry_pairs import pair_registry
from relatum.models.registry_prevalence import (
    estimate_registry_prevalence,
    registry_populations,
)
from relatum.models.registry_records import read_records
from relatum.models.tactic_matrix import matrix_of
from relatum.results.base import Unavailable
from relatum.results.codec import decode, encode
from relatum.results.cooccurrence import OddsRatio
from relatum.results.estimates import PrevalenceEstimates
from relatum.samples import example_sample

TERMS = ("composite_control_intimidation_violence", "any_rules", "vio_physical", "int_threat_death")


@pytest.fixture(scope="module")
def sample():
    return example_sample("simulated")


@pytest.fixture(scope="module")
def wide(sample, tmp_path_factory):
    return write_registry(sample, tmp_path_factory.mktemp("wide") / "simulated.parquet")


@pytest.fixture(scope="module")
def records(wide):
    return read_records(wide, case="case_id", group="population")


def registry(tmp_path, table, **rest):
    path = tmp_path / "registry.parquet"
    pd.DataFrame(table).to_parquet(path, index=False)
    return read_records(path, case="case", **rest)


def test_by_hand(tmp_path, study):
    words = ["present", "absent_documented", None, "present", "not_applicable", "present"]
    table = {"vio_physical": words, "own": [1, 0, 0, 1, None, 0], "case": [*"xxyyzz"]}
    records = registry(tmp_path, table, zeros="absent_documented")
    found = estimate_registry_prevalence(records, study)
    assert [row.term for row in found.rows] == ["any_violence", "vio_physical", "own"]
    group, known, own = found.rows
    assert (known.n_present, known.n_absent, known.n_undocumented) == (3, 1, 1)
    assert (known.n_not_applicable, known.lower, known.upper) == (1, 3 / 5, 4 / 5)
    assert replace(known, **{n: getattr(group, n) for n in ("term", "label", "entity")}) == group
    assert group.label.endswith("any of 1 code")
    assert (own.n_present, own.n_absent, own.n_undocumented) == (2, 3, 1)
    assert own.population == "all relationships"


def test_the_rows_of_a_sample(sample, records, study):
    small = estimate_prevalence(sample, study)
    large = estimate_registry_prevalence(records, study)
    assert large.rows == tuple(row for row in small.rows if row.unit == "relationship")
    assert (large.min_documented_share, large.max_width) == (small.min_documented_share, 0.4)
    assert large.provenance.sample_origin == "simulated"


def test_the_limits_of_a_sample(sample, records, study):
    plan = replace(study, estimates=replace(study.estimates, placebos=19))
    small = estimate_prevalence_intervals(sample, plan, terms=TERMS, jobs=1)
    large = estimate_registry_intervals(records, plan, terms=TERMS, jobs=1)
    assert {row.term for row in large.rows} == set(TERMS)
    assert large.rows == small.rows
    share = estimate_registry_intervals(records, plan, terms=TERMS, whole=False)
    assert [row.unit_weighted for row in share.rows] == [row.unit_weighted for row in small.rows]
    whys = {
        row.case_average.why for row in share.rows if not isinstance(row.unit_weighted, Unavailable)
    }
    assert whys == {"it was not asked for"}


def test_the_joint_counts_of_a_sample(sample, wide, study):
    table = to_registry(sample)
    items = ["dom_isolation", "dom_violence", "dom_rules", "dom_deception"]
    found = pair_registry(wide, case="case_id", items=items)
    few = replace(study, cooccurrence=replace(study.cooccurrence, draws=199))
    small = compare_pairs(matrix_of(table[[*items, "case_id"]], case="case_id"), few)
    assert len(found.pairs) == len(small.pairs) > 1
    compared = 0
    for large, held in zip(found.pairs, small.pairs, strict=True):
        assert (large.first, large.second) == (held.first, held.second)
        readings = {reading.coding: reading for reading in held.readings if reading}
        for coding in ("lower", "upper"):
            one, other = getattr(large, coding), readings[coding]
            names = ("n_first", "n_second", "n_both")
            assert [getattr(one, n) for n in names] == [getattr(other, n) for n in names]
            ratios = (one.by_case.odds_ratio, other.by_case)
            if all(isinstance(ratio, OddsRatio) for ratio in ratios):
                assert ratios[0].estimate == pytest.approx(ratios[1].estimate, rel=1e-9)
                compared += 1
    assert compared > 1


def test_groups_are_the_populations_of_a_sample(sample, study, tmp_path):
    couples = sample.table("relationships")
    couples["population"] = np.where(couples.index < 30, "domestic_violence", "trafficking")
    mixed = sample.replace_tables({"relationships": couples})
    path = write_registry(mixed, tmp_path / "mixed.parquet")
    small = estimate_prevalence(mixed, study)
    found = estimate_registry_prevalence(
        read_records(path, case="case_id", group="population", chunk_rows=11), study
    )
    assert found.rows == tuple(row for row in small.rows if row.unit == "relationship")
    assert found.rows[0].population == "trafficking relationships"


def test_populations_in_words(tmp_path):
    table = {"a": [1, 1, 1], "case": [*"xyz"], "year": [2011, None, 2010]}
    records = registry(tmp_path, table, zeros="not_documented", group="year")
    words = [part.words for part in registry_populations(records)]
    assert words[0] == "relationships with year 2010"
    assert words[-1] == "relationships without year"
    assert records.group_labels[0] == ""


@pytest.fixture(scope="module")
def many():
    rng = np.random.default_rng(4)
    n_cases = MOST_WILD + 20
    case = rng.permutation(np.repeat(np.arange(n_cases), rng.integers(1, 12, n_cases)))
    share = rng.beta(2, 3, n_cases)[case]
    codes = np.where(rng.random(len(case)) < share, 2, rng.integers(0, 8, len(case)) // 7)
    words = np.array(["absent_documented", "not_documented", "present"], dtype=object)
    return pd.DataFrame({"a": words[codes], "b": "not_documented", "case": case})


def by_case(table):
    held = table.groupby("case")["a"]
    return CaseCells.of(
        held.size(),
        held.agg(lambda x: (x == "present").sum()),
        held.agg(lambda x: (x == "not_documented").sum()),
    )


@pytest.mark.parametrize("n_cases", [40, MOST_WILD + 20])
def test_limits_of_many_cases(tmp_path, many, study, n_cases):
    table = many[many["case"] < n_cases]
    found = estimate_registry_intervals(registry(tmp_path, table), study)
    cells, plan = by_case(table), study.estimates
    row, silent = found.rows
    target = row.unit_weighted
    if n_cases <= MOST_WILD:
        assert target.lower_coding.method == "wild_cluster_bootstrap"
        direct = coded_interval(cells, "upper", plan, target="unit_weighted", seed=1)
        assert target.upper_coding.estimate == direct.estimate
        assert target.upper_coding.conf_low == pytest.approx(direct.conf_low, abs=0.01)
    else:
        direct = korn_graubard_interval(cells.upper, cells.sizes)
        held = target.upper_coding
        assert (held.conf_low, held.conf_high) == (direct.conf_low, direct.conf_high)
        assert held.method == "korn_graubard"
    limits = (target.conf_low, target.conf_high)
    assert target.leave_out == leave_cases_out(cells, plan, target="unit_weighted", limits=limits)
    assert row.n_cases == n_cases
    assert "more than 30 cases" in row.case_average.why
    assert "bounds only" in silent.unit_weighted.why
    assert decode(PrevalenceEstimates, encode(found)) == found


def test_one_case_that_holds_most_is_refused(tmp_path, study):
    table = {"a": [1, 0] * 100, "case": [0] * 140 + list(range(1, 61))}
    records = registry(tmp_path, table, zeros="absent_documented")
    (row,) = estimate_registry_intervals(records, study).rows
    assert "one investigation holds 70% of the units" in row.unit_weighted.why
    assert row.case_average.why == row.unit_weighted.why


def test_the_order_of_records_and_the_names_of_cases_change_nothing(tmp_path, many, study):
    whole = estimate_registry_intervals(registry(tmp_path, many), study)
    other = many.sample(frac=1, random_state=2).assign(case=lambda t: "c" + t["case"].astype(str))
    assert estimate_registry_intervals(registry(tmp_path, other), study).rows == whole.rows


def test_nothing_to_count(tmp_path, study):
    empty = registry(tmp_path, {"a": pd.Series([], dtype="string"), "case": []})
    for estimate in (estimate_registry_prevalence, estimate_registry_intervals):
        found = estimate(empty, study)
        assert isinstance(found, Unavailable)
        assert "no record" in found.why
    with pytest.raises(ValueError, match="'z' is not an item"):
        estimate_registry_intervals(
            registry(tmp_path, {"a": ["present"], "case": ["x"]}), study, terms=["z"]
        )


def test_a_wide_file_of_a_sample(sample, wide, tmp_path):
    table = to_registry(sample)
    assert table.columns[:3].tolist() == ["relationship_id", "case_id", "population"]
    held = pq.read_table(wide).to_pandas()
    assert held["vio_physical"].tolist() == table["vio_physical"].astype(str).tolist()
    assert list(wide.parent.iterdir()) == [wide]
    with pytest.raises(UsageError, match="must end in"):
        write_registry(sample, tmp_path / "wide.csv")


def test_cases_that_share_a_suspect_are_one(sample):
    couples = sample.table("relationships")
    first, second = couples["case_id"].drop_duplicates().sort_values().iloc[[0, 3]]
    place = couples.index[couples["case_id"] == second][0]
    couples.loc[place, "suspect_id"] = couples.loc[couples["case_id"] == first, "suspect_id"].iloc[
        0
    ]
    named = to_registry(sample.replace_tables({"relationships": couples}))["case_id"]
    assert (named[couples["case_id"] == second] == first).all()
    assert named.nunique() == couples["case_id"].nunique() - 1
