"""Prevalence beyond the units at hand: three targets, refusals in words, nothing that is NaN."""

import dataclasses
import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from relatum.inference.betabinomial import estimate_case_average
from relatum.inference.wild_proportion import wild_proportion
from relatum.models.case_cells import CODINGS, CaseCells
from relatum.models.clusters import diagnose_clusters
from relatum.models.estimates import estimate_item, estimate_prevalence_intervals, item_seeds
from relatum.models.intervals import (
    TARGETS,
    estimate_target,
    icc_interval,
    leave_cases_out,
    secondary_intervals,
)
from relatum.models.items import case_clusters, collect_items
from relatum.models.prevalence import estimate_prevalence
from relatum.results import Unavailable
from relatum.results.codec import decode, encode
from relatum.results.estimates import PrevalenceEstimates
from relatum.samples import example_sample
from relatum.schema.status import count_statuses
from relatum.study import EstimatesPlan, Gate

PLAN = EstimatesPlan()
SIZES = [26, 22, 5, 5, 4, 3, 3, 1, 1, 1, 1, 1]
PRESENT = [12, 9, 3, 2, 1, 2, 0, 1, 1, 0, 1, 0]
SILENT = [4, 6, 1, 0, 2, 0, 1, 0, 0, 1, 0, 0]


@pytest.fixture(scope="module")
def simulated():
    return example_sample("simulated")


@pytest.fixture(scope="module")
def found(simulated, study):
    return estimate_prevalence_intervals(simulated, study)


def row(found, term):
    return next(row for row in found.rows if row.term == term)


# --- one item ------------------------------------------------------------------------------


def test_the_two_targets_are_those_of_the_engine():
    cells = CaseCells.of(SIZES, PRESENT, SILENT)
    low, high = wild_proportion(PRESENT, SIZES), wild_proportion(cells.upper, SIZES)
    found = estimate_target(cells, PLAN, target="unit_weighted", seed=1)
    assert found.lower_coding.estimate == pytest.approx(32 / 73)
    assert found.upper_coding.estimate == pytest.approx(47 / 73)
    assert (found.conf_low, found.conf_high) == (low.conf_low, high.conf_high)
    average = estimate_target(cells, PLAN, target="case_average", seed=1)
    assert average.lower_coding.estimate == estimate_case_average(PRESENT, SIZES).estimate
    assert average.conf_high == estimate_case_average(cells.upper, SIZES).conf_high
    assert average.lower_coding.estimate != found.lower_coding.estimate


def test_equal_cases_without_silence_have_one_coding_and_one_share():
    cells = CaseCells.of([4] * 6, [1, 2, 3, 1, 2, 3], [0] * 6)
    found = estimate_target(cells, PLAN, target="unit_weighted", seed=1)
    assert found.lower_coding == found.upper_coding
    assert found.lower_coding.estimate == 0.5
    assert found.conf_low + found.conf_high == pytest.approx(1.0)
    average = estimate_target(cells, PLAN, target="case_average", seed=1)
    assert average.lower_coding.estimate == pytest.approx(0.5, abs=1e-6)


def test_every_unit_or_none_takes_the_recipe_with_width():
    cells = CaseCells.of(SIZES, SIZES, [0] * 12)
    found = estimate_target(cells, PLAN, target="unit_weighted", seed=1)
    assert (found.lower_coding.method, found.conf_high) == ("korn_graubard", 1.0)
    n_eff = found.lower_coding
    independent = stats.beta.ppf(0.025, 73, 1)
    assert n_eff.conf_low < independent
    careless = dataclasses.replace(PLAN, boundary_icc=0.0)
    wider = estimate_target(cells, careless, target="unit_weighted", seed=1)
    assert found.conf_low < wider.conf_low < independent


def test_leaving_cases_out_by_hand():
    cells = CaseCells.of([4, 2, 3], [4, 1, 0], [0, 0, 1])
    shares = [1 / 5, 2 / 5, 5 / 6, 5 / 6, 4 / 7, 5 / 7]
    found = leave_cases_out(cells, PLAN, target="unit_weighted", limits=(0.3, 0.9))
    assert (found.low, found.high) == (min(shares), max(shares))
    assert (found.low_without_two, found.high_without_two) == (0.5, 0.5)
    assert (found.share_of_two, found.largest_share) == (7 / 9, 4 / 9)
    assert found.exceeds_limits
    inside = leave_cases_out(cells, PLAN, target="unit_weighted", limits=(0.0, 1.0))
    assert not inside.exceeds_limits
    two = leave_cases_out(cells.without(0), PLAN, target="unit_weighted", limits=(0, 1))
    assert two.why == "2 cases, fewer than 3"


@pytest.mark.parametrize("target", TARGETS)
def test_bounds_with_limits_contain_every_completion(target):
    sizes, present, silent = [3, 2, 2, 1, 2, 3], [1, 2, 0, 0, 1, 1], [1, 0, 2, 1, 0, 1]
    cells = CaseCells.of(sizes, present, silent)
    found = estimate_target(cells, PLAN, target=target, seed=1)
    for added in itertools.product(*(range(n + 1) for n in silent)):
        truth = CaseCells.of(sizes, np.add(present, added), [0] * 6)
        one = estimate_target(truth, PLAN, target=target, seed=1)
        low, high = found.lower_coding.estimate, found.upper_coding.estimate
        assert low - 1e-9 <= one.lower_coding.estimate <= high + 1e-9


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(st.integers(1, 6), st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=9
    ),
    st.permutations(range(9)),
)
def test_no_input_gives_nan_and_relabelling_cases_changes_nothing(cases, order):
    sizes = [n for n, _, _ in cases]
    present = [min(n, y) for n, y, _ in cases]
    silent = [min(n - y, u) for (n, _, u), y in zip(cases, present, strict=True)]
    at = [i for i in order if i < len(cases)]
    cells = CaseCells.of(sizes, present, silent)
    moved = CaseCells.of(*(np.array(x)[at] for x in (sizes, present, silent)))
    for target in TARGETS:
        one = estimate_target(cells, PLAN, target=target, seed=1)
        two = estimate_target(moved, PLAN, target=target, seed=1)
        encode(one)
        assert type(one) is type(two)
        if isinstance(one, Unavailable):
            assert one.why
            continue
        assert one.conf_low <= one.lower_coding.estimate + 1e-9
        assert one.upper_coding.estimate <= one.conf_high + 1e-9
        assert (two.conf_low, two.conf_high) == pytest.approx((one.conf_low, one.conf_high))
    for coding in CODINGS:
        encode(icc_interval(cells, coding, PLAN))


def test_secondary_limits_of_a_mean_by_hand():
    # Equal cases: CR2 is the t interval of the case means with G - 1 degrees of freedom.
    present = [0, 1, 2, 3, 4, 2, 1]
    cells = CaseCells.of([4] * 7, present, [0] * 7)
    headline = estimate_target(cells, PLAN, target="unit_weighted", seed=1)
    found = secondary_intervals(cells, PLAN, headline).cr2_lower
    means = np.array(present) / 4
    half = stats.t.ppf(0.975, 6) * means.std(ddof=1) / np.sqrt(7)
    assert found.df == pytest.approx(6.0)
    assert (found.conf_low, found.conf_high) == pytest.approx(
        (means.mean() - half, means.mean() + half)
    )


# --- a whole sample ----------------------------------------------------------------------------


def test_counts_are_those_of_the_table_of_prevalence(simulated, study, found):
    counted = estimate_prevalence(simulated, study)
    assert tuple(row.counted for row in found.rows) == counted.rows
    for item in collect_items(simulated, study, counted.rows):
        statuses = count_statuses(item.codes)
        held = (statuses.present, statuses.absent_documented, statuses.not_documented)
        assert held == (item.row.n_present, item.row.n_absent, item.row.n_undocumented)
        assert item.cells.n_units == item.row.n_units


def test_low_documentation_gives_bounds_and_no_estimate(found):
    held = row(found, "iso_locked_in")
    assert held.counted.lower < held.counted.upper
    for part in ("unit_weighted", "case_average", "icc_lower", "icc_upper", "secondary", "placebo"):
        missing = getattr(held, part)
        assert isinstance(missing, Unavailable)
        assert missing.why == "documented in 30 of 73, less than 60%: bounds only"
    assert {r.term for r in found.estimated} == {
        r.term for r in found.rows if not r.counted.only_bounds
    }


def test_an_override_estimates_and_says_so(simulated, study):
    gate = Gate(override=True, reason="To show what it would cost.")
    opened = dataclasses.replace(study, gates={"low_documentation": gate})
    found = estimate_prevalence_intervals(simulated, opened, terms=["iso_locked_in", "dom_rules"])
    held = row(found, "iso_locked_in")
    assert held.gates_overridden == ("low_documentation",)
    assert held.confirmatory_refused == "bounds 0.59 wide, more than 0.40"
    assert held.unit_weighted.conf_high - held.unit_weighted.conf_low > held.counted.width
    assert row(found, "dom_rules").gates_overridden == ()
    assert any(note.code == "override_low_documentation" for note in found.notes)


def test_results_survive_the_store(found):
    assert decode(PrevalenceEstimates, encode(found)) == found
    frame = found.tidy()
    assert len(frame) == len(found.rows)
    refused = frame["unit_weighted_why"] != ""
    assert frame.loc[refused, "unit_weighted_conf_low"].isna().all()
    assert frame.loc[~refused, "unit_weighted_conf_low"].notna().all()


def test_a_term_has_the_same_numbers_alone_and_with_others_in_one_process_or_two(
    simulated, study, found
):
    alone = estimate_prevalence_intervals(simulated, study, terms=["dom_rules", "dom_violence"])
    assert alone.rows == (row(found, "dom_rules"), row(found, "dom_violence"))
    seeds = item_seeds(study, found.terms)
    assert len(set(seeds.values())) == len(seeds)


def test_order_of_rows_and_names_of_cases_change_nothing(simulated, study, found):
    rng = np.random.default_rng(3)
    tables = {name: simulated.table(name) for name in ("cases", "relationships", "codings")}
    shuffled = {
        name: frame.iloc[rng.permutation(len(frame))].reset_index(drop=True)
        for name, frame in tables.items()
    }
    names = {f"c{i:03d}": f"z{13 - i:03d}" for i in range(1, 13)}
    for name in ("cases", "suspects", "victims", "relationships"):
        frame = shuffled.get(name, simulated.table(name))
        frame["case_id"] = frame["case_id"].map(names).astype("string")
        shuffled[name] = frame
    codings = shuffled["codings"]
    codings["unit_id"] = codings["unit_id"].map(lambda unit: names.get(unit, unit)).astype("string")
    other = simulated.replace_tables(shuffled)
    terms = ["dom_rules", "vio_physical"]
    moved = estimate_prevalence_intervals(other, study, terms=terms)
    for term in terms:
        one, two = row(found, term), row(moved, term)
        assert one.counted == two.counted
        for target in TARGETS:
            first, second = getattr(one, target), getattr(two, target)
            assert (second.conf_low, second.conf_high) == pytest.approx(
                (first.conf_low, first.conf_high), abs=1e-9
            )
            assert second.leave_out.low == pytest.approx(first.leave_out.low)


def test_many_cases_draw_signs_that_do_not_depend_on_names():
    rng = np.random.default_rng(5)
    sizes = rng.integers(1, 6, 20)
    present = rng.integers(0, sizes + 1)
    order = rng.permutation(20)
    one, two = (
        estimate_target(
            CaseCells.of(sizes[at], present[at], np.zeros(20)), PLAN, target="unit_weighted", seed=7
        )
        for at in (np.arange(20), order)
    )
    assert one == two
    other = estimate_target(
        CaseCells.of(sizes, present, np.zeros(20)), PLAN, target="unit_weighted", seed=8
    )
    assert other.conf_low == pytest.approx(one.conf_low, abs=0.02)


def test_few_cases_empty_and_unknown(four, empty, study):
    found = estimate_prevalence_intervals(four, study)
    assert found.estimated == ()
    assert "2 investigations hold such units" in row(found, "vio_physical").case_average.why
    assert isinstance(estimate_prevalence_intervals(empty, study), Unavailable)
    assert isinstance(diagnose_clusters(empty, study), Unavailable)
    with pytest.raises(ValueError, match="'tea' is not a term"):
        estimate_prevalence_intervals(four, study, terms=["tea"])


def test_an_item_that_applies_to_nobody(simulated, study):
    (item,) = collect_items(
        simulated, study, [row(estimate_prevalence(simulated, study), "dom_rules")]
    )
    counted = dataclasses.replace(item.row, documented_share=None, lower=None, upper=None)
    nobody = dataclasses.replace(item, row=counted, codes=np.full(73, 3, dtype=np.int8))
    held = estimate_item(nobody, study, 1)
    assert held.n_cases == 0
    assert held.unit_weighted.why == "there is no unit to which it applies"


def test_cases_that_share_a_suspect_are_one(four, study):
    assert case_clusters(four, "relationship").tolist() == [0, 0, 0, 1]
    couples = four.table("relationships")
    couples["suspect_id"] = pd.Series(["s1", "s1", "s2", "s1"], dtype="string")
    shared = four.replace_tables({"relationships": couples})
    assert case_clusters(shared, "relationship").tolist() == [0, 0, 0, 0]
    assert set(case_clusters(shared, "victim").tolist()) == {0}
    merged = diagnose_clusters(shared, study).rows[0]
    assert (merged.n_cases, merged.n_merged) == (1, 1)


def test_cluster_diagnostics_by_hand(simulated, study):
    held = diagnose_clusters(simulated, study).rows[0]
    sizes = np.array([26, 22, 5, 4, 3, 3, 3, 2, 2, 1, 1, 1])
    assert held.effective_cases == pytest.approx(73**2 / (sizes**2).sum())
    assert held.largest_share == pytest.approx(26 / 73)
    assert [(c.n_cases, c.n_units) for c in held.classes] == [(5, 7), (5, 18), (0, 0), (2, 48)]
    mean_size = (sizes**2).sum() / 73
    assert held.information_middle == pytest.approx(73 / (1 + 0.1 * (mean_size - 1)))
    assert held.refused == ""
