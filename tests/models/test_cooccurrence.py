"""Pairs of domains: by hand, under the null, with a true pair, and what is refused."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from relatum.models.cooccurrence import compare_pairs, estimate_cooccurrence
from relatum.models.domain_sets import count_domain_sets
from relatum.models.tactic_matrix import matrix_of
from relatum.models.tactic_pairs import explore_tactic_pairs
from relatum.results import Unavailable
from relatum.results.codec import decode, encode
from relatum.results.cooccurrence import (
    CODING_LABELS,
    NULL_LABELS,
    Cooccurrence,
    NullTest,
    OddsRatio,
    PairReading,
)
from relatum.results.tactic_pairs import TacticPairs
from relatum.samples import example_sample
from relatum.study import CooccurrencePlan


@pytest.fixture(scope="module")
def plan(study):
    return dataclasses.replace(study, cooccurrence=CooccurrencePlan(draws=2_000))


@pytest.fixture(scope="module")
def simulated():
    return example_sample("simulated")


@pytest.fixture(scope="module")
def found(simulated, plan):
    return estimate_cooccurrence(simulated, plan)


def test_the_family_of_the_simulated_sample(found):
    assert found.n_family == 21
    assert found.terms == (
        "dom_rules+dom_isolation",
        "dom_rules+dom_violence",
        "dom_rules+dom_deception",
        "dom_isolation+dom_violence",
        "dom_isolation+dom_deception",
        "dom_violence+dom_deception",
    )
    assert len(found.untested) == 15
    assert {pair.why for pair in found.untested} == {
        "Economic: recorded in every relationship",
        "Control and monitoring: recorded in every relationship",
        "Intimidation: recorded in every relationship",
    }
    assert "6 of 21 pairs testable" in str(found)


def test_counts_and_expectations_by_formula(found, simulated):
    couples = simulated.tables["relationships"]
    for pair in found.pairs:
        reading = pair.reading("lower")
        assert isinstance(reading, PairReading)
        test = reading.test("case")
        assert test.excess == pytest.approx(reading.n_both - test.expected, abs=1e-12)
        assert test.statistic == pytest.approx(test.excess / test.std_error, rel=1e-12)
        assert reading.n_relationships == len(couples) == 73
        assert reading.n_informative < 73
        # The expectation of the first null has a formula; four errors of its drawn mean.
        assert 0 < test.p_value <= test.p_adjusted <= 1
        assert test.band_low <= 0 <= test.band_high
        assert list(test.power) == sorted(test.power)


def test_expectation_within_cases_is_that_of_the_formula(found, simulated, plan):
    from relatum.models.tactic_matrix import tactic_matrix

    matrix = tactic_matrix(simulated, plan)
    present = matrix.binary("lower")
    for pair in found.pairs:
        i, j = matrix.terms.index(pair.first), matrix.terms.index(pair.second)
        expected = sum(
            present[matrix.cases == case, i].sum()
            * present[matrix.cases == case, j].sum()
            / (matrix.cases == case).sum()
            for case in np.unique(matrix.cases)
        )
        test = pair.reading("lower").test("case")
        assert test.expected == pytest.approx(expected, abs=4 * test.std_error / np.sqrt(2_000))


def test_a_reading_that_makes_a_domain_constant_loses_only_itself(plan):
    rng = np.random.default_rng(1)
    table = pd.DataFrame(
        {
            "a": rng.choice(["present", "absent_documented"], 60),
            "b": rng.choice(["present", "absent_documented"], 60),
            "c": rng.choice(["present", "not_documented"], 60, p=[0.7, 0.3]),
        }
    )
    held = compare_pairs(matrix_of(table, case=np.repeat(range(6), 10)), plan)
    assert len(held.pairs) == 3
    with_c = [pair for pair in held.pairs if "c" in pair.term.split("+")]
    for pair in with_c:
        upper = pair.reading("upper")
        assert isinstance(upper, Unavailable)
        assert upper.why == "c is the same in every relationship"
        assert isinstance(pair.reading("lower"), PairReading)
    assert {check.coding for check in held.checks} == set(CODING_LABELS)


def strong(n_cases=8, size=12, seed=3):
    """Two items that nearly always agree, two that stand alone."""
    rng = np.random.default_rng(seed)
    cells = rng.random((n_cases * size, 4)) < 0.5
    same = rng.random(len(cells)) < 0.92
    cells[:, 1] = np.where(same, cells[:, 0], ~cells[:, 0])
    return pd.DataFrame(cells, columns=list("abcd")), np.repeat(range(n_cases), size)


def test_a_true_pair_is_shown_and_the_others_are_not(plan):
    table, cases = strong()
    held = compare_pairs(matrix_of(table, case=cases, zeros="absent_documented"), plan)
    assert [pair.term for pair in held.pairs if pair.shown] == ["a+b"]
    pair = held.pairs[0]
    for reading in pair.readings:
        for null in NULL_LABELS:
            assert reading.test(null).excess > 0
            assert reading.test(null).p_adjusted == pytest.approx(1 / 1001)
        assert isinstance(reading.at_fixed_totals, OddsRatio)
        assert reading.at_fixed_totals.conf_low > 5
        assert reading.leave_out_low > 3
    assert pair.phi_low == pair.phi_high == pytest.approx(np.corrcoef(table.T)[0, 1])
    assert held.overall[0].p_value < 0.01


def test_order_of_rows_and_names_of_cases_change_nothing(plan):
    table, cases = strong(seed=5)
    move = np.random.default_rng(0).permutation(len(table))
    first = compare_pairs(matrix_of(table, case=cases, zeros="absent_documented"), plan)
    names = np.array([f"case {9 - c}" for c in cases])[move]
    second = compare_pairs(matrix_of(table.iloc[move], case=names, zeros="absent_documented"), plan)
    assert first.pairs == second.pairs
    assert first.checks == second.checks


def test_unequal_depth_alone_shows_nothing_with_fixed_totals(plan):
    """Deep files show many items, thin ones few: that alone makes all go together within cases."""
    rng = np.random.default_rng(11)
    depth = np.tile([0.15, 0.85], 60)
    table = pd.DataFrame(rng.random((120, 5)) < depth[:, None], columns=list("abcde"))
    held = compare_pairs(
        matrix_of(
            table, case=np.repeat(range(6), 20), zeros="absent_documented", depth=depth > 0.5
        ),
        plan,
    )
    readings = [pair.reading("lower") for pair in held.pairs]
    assert all(reading.test("case").p_adjusted < 0.05 for reading in readings)
    assert all(reading.test("fixed_totals").p_adjusted > 0.05 for reading in readings)
    assert all(reading.test("case_depth").p_adjusted > 0.05 for reading in readings)
    assert held.n_shown == 0


def test_what_comes_back_without_anything_to_test(empty, four, plan):
    assert "no relationship" in estimate_cooccurrence(empty, plan).why
    assert "none of the 21 pairs can be tested" in estimate_cooccurrence(four, plan).why
    assert isinstance(explore_tactic_pairs(four, plan), Unavailable)
    assert isinstance(count_domain_sets(empty, plan), Unavailable)
    table = pd.DataFrame({"a": [1, 0, 1]})
    single = compare_pairs(matrix_of(table, case=[1, 1, 1], zeros="absent_documented"), plan)
    assert single.why == "there are not two items"


def test_every_result_survives_the_store(found, simulated, plan):
    assert decode(Cooccurrence, encode(found)) == found
    tactics = explore_tactic_pairs(simulated, plan)
    assert decode(TacticPairs, encode(tactics)) == tactics
    frame = found.tidy()
    readings = [r for pair in found.pairs for r in pair.readings if isinstance(r, PairReading)]
    tests = sum(isinstance(test, NullTest) for r in readings for test in r.tests)
    assert len(frame) == tests
    assert frame["p_adjusted"].between(0, 1).all()
    assert len(found.untested_frame()) == 15
    assert len(found.checks_frame()) == 9


def test_the_plan_decides_seed_draws_and_level(simulated, plan, found):
    other = estimate_cooccurrence(simulated, dataclasses.replace(plan, seed=7))
    assert other.pairs != found.pairs
    again = estimate_cooccurrence(simulated, plan)
    assert again == found
    wide = dataclasses.replace(plan, cooccurrence=CooccurrencePlan(draws=400, conf_level=0.8))
    loose = estimate_cooccurrence(simulated, wide)
    assert loose.checks[0].critical < found.checks[0].critical
    assert loose.checks[0].n_draws == 400


# --- single tactics -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tactics(simulated, plan):
    return explore_tactic_pairs(simulated, plan)


def test_tactic_pairs_refuse_overlapping_codes_and_claim_nothing(tactics):
    assert tactics.n_family == 300 == len(tactics.pairs) + len(tactics.untested)
    assert [pair.why for pair in tactics.untested] == ["the two overlap by definition"]
    assert any("none is claimed" in note.text for note in tactics.notes)
    assert all(0 < pair.p_value <= 1 and 0 < pair.q_value <= 1 for pair in tactics.pairs)
    assert all(0 <= pair.power <= 1 for pair in tactics.pairs)
    assert tactics.checks[0].n_chain > 0


def test_listed_pairs_are_those_within_the_rate(tactics):
    rate = tactics.false_discovery_rate
    assert {p.term for p in tactics.listed} == {p.term for p in tactics.pairs if p.q_value <= rate}
    strengths = [abs(pair.statistic) for pair in tactics.listed]
    assert strengths == sorted(strengths, reverse=True)


def test_statistic_of_a_tactic_pair_by_hand(tactics, simulated, plan):
    from relatum.samples import status_frame

    pair = tactics.pairs[0]
    frame = status_frame(simulated, [pair.first, pair.second])
    both = (frame[pair.first] == "present") & (frame[pair.second] == "present")
    assert pair.n_both == int(both.sum())
    assert np.sign(pair.statistic) == np.sign(pair.excess)


# --- combinations -------------------------------------------------------------------------------


def test_combinations_add_up(simulated, study):
    sets = count_domain_sets(simulated, study)
    assert sum(entry.n for entry in sets.sets) == sets.n_relationships == 73
    for domain in sets.domains:
        held = sum(entry.n for entry in sets.sets if domain.term in entry.terms)
        assert held == domain.n_present
    assert all(0 <= entry.n_silent <= entry.n for entry in sets.sets)
    assert [entry.n for entry in sets.sets] == sorted((e.n for e in sets.sets), reverse=True)
