"""Published figures on samples: every evaluator, every verdict, and what silence allows."""

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relatum.errors import SchemaError
from relatum.samples import Sample, SampleInfo, example_sample
from relatum.samples.fact_evaluators import EVALUATORS
from relatum.samples.facts import compute_fact, evaluate_fact, evaluate_facts
from relatum.schema.facts import load_facts

FACTS = load_facts()
COMPUTABLE = FACTS.select(computable=True)


@pytest.fixture(scope="module")
def simulated():
    return example_sample("simulated")


@pytest.fixture(scope="module")
def checks(simulated):
    return {check.id: check for check in evaluate_facts(simulated)}


def empty():
    info = SampleInfo(name="e", title="Empty", origin="collected", schema_version="1.0.0")
    return Sample(info=info, tables={})


def edited(sample, table, change):
    frame = sample.table(table)
    return sample.replace_tables({table: change(frame)})


def with_values(sample, table, column, values, *, where=None):
    """Overwrite the first cells of a column, or those of the rows where a condition holds."""

    def change(frame):
        at = frame.index[: len(values)] if where is None else frame.index[where(frame)]
        cells = frame[column].astype(object)
        cells.loc[at[: len(values)]] = values
        frame[column] = cells.astype(frame[column].dtype)
        return frame

    return edited(sample, table, change)


def check(sample, fact):
    return evaluate_fact(sample, FACTS[fact])


# --- all figures ----------------------------------------------------------------------------


def test_every_evaluator_that_the_facts_name_exists_and_the_reverse():
    assert {fact.evaluator for fact in COMPUTABLE} == set(EVALUATORS)


def test_default_is_every_figure_of_the_sample_and_no_other_group(checks):
    assert list(checks) == [fact for fact in FACTS if fact.startswith("F")]


def test_every_figure_has_a_value_or_a_reason(checks):
    for fact in FACTS.figures:
        found = checks[fact.id]
        if fact.computable:
            assert found.value is not None
        else:
            assert (found.value, found.verdict) == (None, "not_computable")
            assert len(found.why) > 10
            assert not found.why.startswith("No evaluator")


def test_simulated_sample_satisfies_every_hard_figure(checks):
    for fact in FACTS.select(hardness="hard"):
        assert checks[fact.id].verdict in ("equal", "inside_soft", "inside_hard"), fact.id
        assert checks[fact.id].residual == 0


def test_documented_value_lies_between_its_limits(checks):
    for found in checks.values():
        if found.value is not None:
            assert found.value_least <= found.value <= found.value_most


def test_empty_sample_breaks_nothing():
    for found in evaluate_facts(empty()):
        if found.value is None:
            assert found.verdict == "not_computable"
            assert found.why
        else:
            assert found.value == 0


def test_single_facts_equal_the_whole(simulated, checks):
    for fact in COMPUTABLE[::9]:
        assert evaluate_fact(simulated, fact) == checks[fact.id]
        assert compute_fact(simulated, fact).value == checks[fact.id].value
    assert compute_fact(simulated, FACTS["F002"]) is None
    assert compute_fact(empty(), FACTS["F027"]) is None


def test_row_order_changes_nothing(simulated, checks):
    turned = simulated.replace_tables(
        {name: frame.iloc[::-1] for name, frame in simulated.tables.items()}
    )
    assert {found.id: found for found in evaluate_facts(turned)} == checks


# --- verdicts -------------------------------------------------------------------------------


def test_verdicts_by_hand(simulated):
    fact = replace(
        FACTS["F068"], lower_hard=60.0, upper_hard=90.0, lower_soft=70.0, upper_soft=75.0
    )
    cases = [
        ({}, "inside_soft", 0.0),
        ({"lower_soft": 74.0}, "inside_hard", 0.0),
        ({"lower_hard": 75.5, "lower_soft": 76.0, "upper_soft": 76.0}, "outside", 2.5),
        ({"upper_hard": 70.0, "upper_soft": 70.0}, "outside", 3.0),
        ({"lower_hard": 73.0, "upper_hard": 73.0}, "equal", 0.0),
        ({"lower_hard": None, "upper_hard": None}, "inside_soft", 0.0),
    ]
    for bounds, verdict, residual in cases:
        found = evaluate_fact(simulated, replace(fact, **bounds))
        assert (found.verdict, found.residual, found.certain) == (verdict, residual, True)


def test_figure_without_bounds_is_not_judged(simulated):
    bare = dict.fromkeys(("lower_hard", "upper_hard", "lower_soft", "upper_soft"))
    found = evaluate_fact(simulated, replace(FACTS["F068"], **bare))
    assert (found.value, found.verdict, found.why) == (
        73.0,
        "not_computable",
        "the chapter sets no bound",
    )


def test_silence_that_could_reach_the_bounds_leaves_the_verdict_open(simulated):
    cases = simulated.n("cases")
    silent = with_values(simulated, "cases", "case_firearm", ["not_documented"] * cases)
    found = check(silent, "F126")
    assert (found.value, found.value_least, found.value_most) == (0.0, 0.0, float(cases))
    assert (found.verdict, found.certain, found.residual) == ("not_computable", False, 0.0)
    assert "silence allows 0 to 12" in found.why


def test_silence_that_cannot_reach_the_bounds_is_outside(simulated):
    statuses = ["present"] * 2 + ["not_documented"] * 3 + ["absent_documented"] * 7
    found = check(with_values(simulated, "cases", "case_firearm", statuses), "F126")
    assert (found.value, found.value_most, found.verdict) == (2.0, 5.0, "outside")
    assert (found.certain, found.residual) == (True, 4.0)


def test_equal_value_beside_silence_is_not_certain(simulated):
    statuses = ["present"] * 6 + ["not_documented"] + ["absent_documented"] * 5
    found = check(with_values(simulated, "cases", "case_firearm", statuses), "F126")
    assert (found.verdict, found.certain, found.why) == ("equal", False, "silence allows 6 to 7")
    known = ["present"] * 6 + ["absent_documented"] * 6
    found = check(with_values(simulated, "cases", "case_firearm", known), "F126")
    assert (found.verdict, found.certain, found.why) == ("equal", True, "")


def test_a_verdict_that_changes_between_both_ends_is_not_certain(simulated):
    # Below the soft bounds at one end, above them at the other: the same verdict at both.
    statuses = ["present"] * 2 + ["not_documented"] * 8 + ["absent_documented"] * 2
    sample = with_values(simulated, "cases", "case_firearm", statuses)
    bounds = {"lower_hard": 0.0, "upper_hard": 12.0, "lower_soft": 4.0, "upper_soft": 6.0}
    found = evaluate_fact(sample, replace(FACTS["F126"], **bounds))
    assert (found.verdict, found.certain) == ("inside_hard", False)


# --- evaluators ------------------------------------------------------------------------------


def test_rows_and_sizes_follow_a_removed_relationship(simulated):
    fewer = edited(simulated, "relationships", lambda frame: frame.iloc[1:])
    assert check(fewer, "F068").value == 72
    assert check(fewer, "F068").residual == 1


def test_truth_values_are_counted(simulated):
    outside = with_values(simulated, "relationships", "rel_in_window", [False, False, None])
    found = check(outside, "F024")
    assert (found.value, found.value_most, found.verdict) == (2.0, 3.0, "outside")


def test_multi_valued_columns_count_once(simulated):
    fact = replace(
        FACTS["F037"],
        arguments={"table": "suspects", "column": "suspect_role", "levels": "guard|driver"},
    )
    roles = ["guard;driver", "driver", "partner", "not_documented", None] + ["partner"] * 65
    found = evaluate_fact(with_values(simulated, "suspects", "suspect_role", roles), fact)
    assert (found.value, found.value_most) == (2.0, 4.0)


def test_grouped_countries_may_hide_a_country(simulated):
    countries = ["HU", "HU", "other_eu", "other_non_eu", "NL", None] + ["NL"] * 70
    sample = with_values(simulated, "victims", "victim_birth_country", countries)
    assert (check(sample, "F056").value, check(sample, "F056").value_most) == (2.0, 5.0)
    assert (check(sample, "F053").value, check(sample, "F053").value_most) == (71.0, 72.0)
    assert (check(sample, "F055").value, check(sample, "F055").value_most) == (4.0, 5.0)
    found = check(sample, "F066")
    assert (found.value_least, found.value, found.value_most) == (2.0, 4.0, 5.0)


def test_missing_numbers_widen_by_what_the_schema_allows(simulated):
    n = simulated.n("victims")
    ages = [None, 20, *[23] * (n - 2)]
    sample = with_values(simulated, "victims", "victim_age", ages)
    youngest, oldest = check(sample, "F046"), check(sample, "F047")
    assert (youngest.value_least, youngest.value, youngest.value_most) == (10.0, 20.0, 20.0)
    assert (oldest.value_least, oldest.value, oldest.value_most) == (23.0, 23.0, 110.0)
    # (20 + 74 * 23 + 10) / 76 = 22.8 and (20 + 74 * 23 + 110) / 76 = 24.1
    mean = check(sample, "F048")
    assert (mean.value_least, mean.value, mean.value_most) == (23.0, 23.0, 24.0)
    assert check(sample, "F049").value_most == n


def test_unbounded_silence_has_no_largest_value(simulated):
    months = [None] + [5.0] * 11
    found = check(with_values(simulated, "cases", "case_duration_months", months), "F019")
    assert (found.value, found.value_most, found.verdict) == (5.0, None, "not_computable")
    assert found.why.endswith("5 or more")


def test_means_round_half_up(simulated):
    ages = [22, 23] * (simulated.n("victims") // 2)
    assert check(with_values(simulated, "victims", "victim_age", ages), "F048").value == 23


def test_amounts_are_those_of_their_code_and_coder(simulated):
    amounts = [
        ("eco_exit_fee_amount", "present", "7000", "me"),
        ("eco_exit_fee_amount", "present", "40000", "me"),
        ("eco_exit_fee_amount", "absent_documented", "1", "me"),
        ("eco_exit_fee_amount", "present", "2", "you"),
        ("vio_physical", "present", "3", "me"),
        ("vio_physical", "present", "many", "me"),
    ]
    rows = pd.DataFrame(amounts, columns=["code", "status", "value", "coder_id"])
    rows["coding_id"] = [f"c{at}" for at in range(len(rows))]
    rows["unit_type"] = "relationship"
    rows["unit_id"] = simulated.table("relationships")["relationship_id"].iloc[: len(rows)].array
    sample = simulated.replace_tables({"codings": rows})
    assert check(sample, "F100").verdict == "not_computable"
    assert "Several coders" in check(sample, "F100").why
    low, high = (evaluate_fact(sample, FACTS[fact], coder="me") for fact in ("F100", "F101"))
    assert (low.value, high.value) == (7000.0, 40000.0)


def test_persons_are_counted_once_over_their_relationships():
    anna = example_sample("anna")
    assert check(anna, "F137").value == 1
    assert check(anna, "F168").value == 1
    assert check(anna, "F134").value == 1


def test_events_where_a_woman_without_a_row_is_silent(simulated):
    none = edited(simulated, "escape_attempts", lambda frame: frame.iloc[:0])
    found = check(none, "F145")
    assert (found.value, found.value_most, found.verdict) == (0.0, 76.0, "not_computable")
    assert check(none, "F147").why == "no woman is recorded to have fled the country"


def test_suspect_without_relationship_did_not_meet_her_as_a_customer(simulated):
    n = simulated.n("relationships")
    met = ["customer", None, *["nightlife"] * (n - 2)]
    found = check(with_values(simulated, "relationships", "rel_meeting_context", met), "F038")
    assert found.value == 1
    assert found.value_most <= 2


def test_threats_after_flight_count_response_and_coding(simulated):
    attempts = simulated.table("escape_attempts").iloc[:3].copy()
    pairs = simulated.table("relationships").drop_duplicates("victim_id")["relationship_id"]
    attempts["relationship_id"] = pairs.iloc[:3].array
    attempts["attempt_method"] = pd.Categorical(
        ["fled_country"] * 3, dtype=attempts["attempt_method"].dtype
    )
    attempts["attempt_suspect_response"] = ["search;threat_family", "none", ""]
    codings = simulated.table("codings").iloc[:0]
    sample = simulated.replace_tables({"escape_attempts": attempts, "codings": codings})
    found = check(sample, "F147")
    assert found.value == pytest.approx(1 / 3)
    assert (found.value_least, found.value_most) == (pytest.approx(1 / 3), pytest.approx(2 / 3))


def test_tie_for_the_second_largest_case_is_refused(simulated):
    pairs = simulated.table("relationships")
    tied = simulated.replace_tables({"relationships": pairs.drop_duplicates("case_id")})
    assert "no two investigations" in check(tied, "F074").why


def test_selection_flow_comes_from_the_descriptor(simulated):
    bare = replace(simulated, info=replace(simulated.info, selection=()))
    assert check(bare, "F004").why == "the sample's descriptor has no selection step 'listed'"


def test_unknown_code_is_an_error_of_the_registry(simulated):
    wrong = replace(FACTS["F117"], arguments={"codes": "iso_pasport"})
    with pytest.raises(SchemaError, match="iso_passport_withheld"):
        evaluate_fact(simulated, wrong)


def test_wildcards_stand_for_codes(simulated):
    every = replace(FACTS["F134"], arguments={"codes": "ctl_*"})
    one = replace(FACTS["F134"], arguments={"codes": "ctl_escort_to_work"})
    assert compute_fact(simulated, every).value >= compute_fact(simulated, one).value > 0


STATUS = ("present", "absent_documented", "not_documented")


@settings(max_examples=40)
@given(st.lists(st.tuples(st.sampled_from(STATUS), st.sampled_from(STATUS)), max_size=4))
def test_share_limits_are_those_of_all_completions(units):
    cases = pd.DataFrame(
        {
            "case_id": [f"c{at}" for at in range(len(units))],
            "case_firearm": [part for part, _ in units],
            "case_guards": [whole for _, whole in units],
        }
    )
    sample = empty().replace_tables({"cases": cases})
    fact = replace(FACTS["F115a"], arguments={"code": "case_firearm", "of": "case_guards"})
    found = compute_fact(sample, fact)
    sure = [part == "present" for part, whole in units if whole == "present"]
    if not sure:
        assert found is None
        return
    options = {
        "present": (True,),
        "absent_documented": (False,),
        "not_documented": (True, False),
    }
    shares = []
    for parts in itertools.product(*(options[part] for part, _ in units)):
        for wholes in itertools.product(*(options[whole] for _, whole in units)):
            inside = [part for part, whole in zip(parts, wholes, strict=True) if whole]
            shares.append(np.mean(inside))
    assert found.value == pytest.approx(np.mean(sure))
    assert (found.least, found.most) == (pytest.approx(min(shares)), pytest.approx(max(shares)))
