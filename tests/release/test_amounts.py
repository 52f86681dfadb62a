"""Sums behind means and rates: nobody holds most of them."""

import dataclasses

import numpy as np
import pytest

from relatum.models.describe import describe_numbers
from relatum.release import AMOUNT_RULES, AMOUNT_WORDS, RULES, check_amounts
from relatum.release.amounts import amount_fault, broken_amounts
from relatum.results.escape import EscapeRate
from relatum.samples import example_sample
from relatum.study import ReleaseException, read_study

STUDY = read_study()
ACRO = AMOUNT_RULES["acro10"]


@pytest.fixture(scope="module")
def sample():
    return example_sample("simulated")


def fault(*values, rules=ACRO, **more):
    return amount_fault(np.array(values, dtype=float), rules, **more)


def with_days(sample, days):
    """Return a sample in which the cases were tapped for these days, the others for none at all."""
    rows = sample.table("cases")
    rows["case_wiretap_days"] = days + [0] * (len(rows) - len(days))
    return sample.replace_tables({"cases": rows})


def check(sample, variable, profile="acro10", *exceptions):
    numbers = describe_numbers(sample, STUDY)
    found = check_amounts({"numbers": numbers}, sample, profile=profile, exceptions=exceptions)
    return next(check for check in found if check.variable == variable)


# --- by hand -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((50, 39, 11), ""),  # two of 100 hold 89; 11 is 22% of 50
        ((50, 40, 10), "nk"),  # two of 100 hold 90
        ((50, 40, 5, 6), ""),  # two of 101 hold 89.1%; 11 is 22% of 50
        ((70, 11, 9, 10), ""),  # 19 is 27% of 70
        ((7,), "same_values"),
        ((7, 7, 7), "same_values"),
        ((0, 0), "same_values"),
        ((3, 5), "nk"),
        ((9, -1, 3), "negative"),
        ((), ""),
    ],
)
def test_rules_by_hand(values, expected):
    assert fault(*values) == expected


def test_the_second_largest_must_not_work_out_the_largest():
    # (1, 95%) lets 94 of 100 pass; what is left, 4, is less than a tenth of it.
    lax = dataclasses.replace(ACRO, largest=1, share=0.95)
    assert fault(94, 2, 2, 2, rules=lax) == "p_percent"
    assert fault(80, 10, 5, 5, rules=lax) == ""


def test_chapter5_asks_for_more_than_acro():
    values = (50, 37, 13)
    assert fault(*values) == ""
    assert fault(*values, rules=AMOUNT_RULES["chapter5"]) == "nk"


def test_most_of_a_sum_in_one_case():
    values = (10, 11, 12, 13)
    cases = ("a", "a", "a", "b")
    assert fault(*values, cases=cases, most=0.7) == "one_case"
    assert fault(*values, cases=cases, most=0.72) == ""
    with pytest.raises(ValueError, match="4 values need as many cases, not 2"):
        fault(*values, cases=("a", "b"))


# --- properties ----------------------------------------------------------------------------------


def test_order_and_unit_of_the_amounts_do_not_matter():
    draws = np.random.default_rng(5)
    for _ in range(50):
        values = draws.lognormal(3, 1.5, draws.integers(2, 9))
        found = amount_fault(values, ACRO)
        assert amount_fault(draws.permutation(values), ACRO) == found
        assert amount_fault(values * 1024, ACRO) == found


def test_every_profile_has_rules_with_a_source():
    assert set(AMOUNT_RULES) == set(RULES)
    assert all(rules.source for rules in AMOUNT_RULES.values())
    assert AMOUNT_RULES["acro10"].share == RULES["acro10"].top_two


# --- samples -------------------------------------------------------------------------------------


def test_amounts_of_the_simulated_sample_break_no_rule(sample):
    # Only the class of a rate is looked at; its months come from the sample.
    results = {"numbers": describe_numbers(sample, STUDY), "rate": object.__new__(EscapeRate)}
    found = check_amounts(results, sample, profile="acro10")
    assert len(found) == 7
    assert {check.variable for check in found} >= {"eco_exit_fee_amount", "time_under_observation"}
    assert not [check for check in found if check.fault]


def test_time_under_observation_in_one_case_is_for_review(sample):
    rows = sample.table("relationships")
    one = rows["case_id"].value_counts().index[0]
    few = sample.replace_tables({"relationships": rows[rows["case_id"] == one]})
    (found,) = check_amounts({"rate": object.__new__(EscapeRate)}, few, profile="acro10")
    assert (found.fault, found.status) == ("one_case", "review")


def test_days_of_interception_in_two_cases_fail_by_acro(sample):
    found = check(with_days(sample, [300, 200, 10, 5]), "case_wiretap_days")
    assert (found.fault, found.status, found.open) == ("nk", "fail", True)


def test_days_of_interception_in_two_cases_wait_elsewhere(sample):
    days = with_days(sample, [300, 200, 10, 5])
    waiting = check(days, "case_wiretap_days", "opensafely7")
    assert (waiting.fault, waiting.status, waiting.open) == ("nk", "review", True)
    waiver = ReleaseException(result="numbers", rule="dominance", justification="Owner.")
    assert not check(days, "case_wiretap_days", "opensafely7", waiver).open
    assert check(days, "case_wiretap_days", "acro10", waiver).open


def test_a_price_that_one_relationship_holds_is_found(sample):
    rows = sample.table("codings")
    mine = (rows["code"] == "eco_exit_fee_amount") & (rows["status"] == "present")
    rows.loc[mine, "value"] = ["1000000", *["100"] * (mine.sum() - 1)]
    found = check(sample.replace_tables({"codings": rows}), "eco_exit_fee_amount")
    assert found.fault in ("nk", "same_values")
    assert found.status == "fail"


def test_rows_that_stay_in_are_not_checked(sample):
    numbers = describe_numbers(with_days(sample, [300, 200]), STUDY)
    kept = tuple(row for row in numbers.rows if row.variable != "case_wiretap_days")
    left = {"numbers": dataclasses.replace(numbers, rows=kept)}
    found = check_amounts(left, with_days(sample, [300, 200]), profile="acro10")
    assert "case_wiretap_days" not in {check.variable for check in found}


@pytest.mark.parametrize(
    ("profile", "rule"), [("acro10", "amount"), ("chapter5", "dominance"), ("cms11", "dominance")]
)
def test_the_judge_is_told_which_rule_is_broken(profile, rule, sample):
    days = with_days(sample, [300, 200, 10, 5])
    broken = broken_amounts({"numbers": describe_numbers(days, STUDY)}, days, profile=profile)
    assert broken == {("case_wiretap_days", "case"): rule}


def test_every_fault_has_words():
    assert set(AMOUNT_WORDS) == {"negative", "same_values", "nk", "p_percent", "one_case"}
