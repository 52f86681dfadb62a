"""Tables and words of composite claims and of the bias demonstration."""

import dataclasses

import pytest

from relatum.errors import EstimationError, UsageError
from relatum.models.composites import describe_composites
from relatum.models.depth_bias import demonstrate_bias
from relatum.release import Released, release
from relatum.results.base import Unavailable
from relatum.samples import example_sample
from relatum.study import read_study
from relatum.tables.composites import (
    say_composite,
    say_order,
    tabulate_composites,
    tabulate_depth_domains,
    tabulate_order,
    tabulate_universal,
)
from relatum.tables.depth_bias import tabulate_depth_bias

RULED_OUT = "dv_control_without_violence"


@pytest.fixture(scope="module")
def composites():
    sample = example_sample("simulated")
    return release(describe_composites(sample, read_study()), sample=sample, profile="none")


@pytest.fixture(scope="module")
def anna():
    sample = example_sample("anna")
    return release(describe_composites(sample, read_study()), sample=sample, profile="published")


@pytest.fixture(scope="module")
def bias():
    sample = example_sample("simulated")
    return release(demonstrate_bias(sample, read_study()), sample=sample, profile="none")


def test_claims_are_counts_with_silence_and_bounds(composites):
    table = tabulate_composites(composites)
    cells = {row.cells[0]: row.cells[1:] for row in table.rows}
    assert cells["Control and intimidation, physical violence ruled out"] == (
        "6 of 73", "42", "25", "8% to 42%",
    )  # fmt: skip
    assert cells["Control and intimidation, physical violence not recorded"] == (
        "31 of 73", "42", "0", "42%",
    )  # fmt: skip
    assert cells["Control, intimidation and (threats of) violence†"][0] == "73 of 73"
    assert table.footnotes[0].startswith("Simulated data")
    assert "silence on physical violence is no evidence" in " ".join(table.footnotes)
    only = tabulate_composites(composites, terms=[RULED_OUT])
    assert len(only.rows) == 1
    assert not any(text.startswith("†") for text in only.footnotes)


def test_limits_stand_apart_from_the_counts(composites, anna):
    table = tabulate_universal(composites)
    assert [row.cells for row in table.rows[4:]] == [
        ("0", "73.0", "95%", "100%"),
        ("0.05", "40.6", "91%", "100%"),
        ("0.1", "28.1", "88%", "100%"),
        ("0.2", "17.4", "81%", "100%"),
    ]
    assert table.columns[2].label == "Lower 95% limit"
    refused = tabulate_universal(anna)
    assert {row.cells for row in refused.rows} == {("–", "–", "–", "–")}
    assert "fewer than 6" in refused.footnotes[-1]
    assert "%" not in "".join(cell for row in tabulate_composites(anna).rows for cell in row.cells)


def test_domains_against_depth(composites, anna):
    table = tabulate_depth_domains(composites)
    assert table.rows[0].cells == ("All relationships", "73", "6.1", "6.6")
    assert table.rows[1].cells[0] == "Documents: up to 5"
    words = " ".join(table.footnotes)
    assert "overall, silence as absence: 0.02 (n = 73 in 12 investigations)." in words
    assert "within investigations, silence as absence: -0.06 (n = 70 in 9" in words
    assert "not available" in " ".join(tabulate_depth_domains(anna).footnotes)


def test_order(composites, anna):
    table = tabulate_order(composites)
    assert table.groups == ("Declared pairs (family of 3)", "Further pairs (family of 12)")
    assert table.rows[0].cells == (
        "Economic, control and monitoring", "73", "13", "15", "6", "39", "1", "0.851",
        "0.875 (0.008)", "1.000",
    )  # fmt: skip
    assert "what is recorded first is not what occurred first" in " ".join(table.footnotes)
    single = tabulate_order(anna)
    assert single.rows[0].cells[1:] == ("1", "0", "0", "0", "1", "0", "–", "–", "–")
    assert single.footnotes[-1] == "–: no relationship can be ordered."


def test_small_p_values_are_not_zero(composites):
    order = composites.result.order
    row = dataclasses.replace(order[0], p_binomial=1e-9, p_value=0.0004, smallest_p=0.0002)
    result = dataclasses.replace(composites.result, order=(row,))
    held = Released(result=result, profile="none", evidence=())
    assert tabulate_order(held).rows[0].cells[-3:-1] == ("<0.001", "<0.001 (<0.001)")


def test_sentences(composites, anna):
    results = {"composites": composites, "anna": anna}
    assert say_composite(results, "composites", term=RULED_OUT) == (
        "6 of 73 (undocumented 25; bounds 8% to 42%)"
    )
    assert say_composite(results, "anna", term="dv_coercive_control") == (
        "0 of 1 (undocumented 1; bounds 0 to 1 of 1)"
    )
    words = (
        "economic recorded first in 13 and control in 15 of 73 relationships with both; 6 share "
        "a day, 39 are not dated"
    )
    for first, second in (("economic", "control"), ("control", "economic")):
        assert say_order(results, "composites", first=first, second=second) == words


def test_what_is_missing_is_said(composites):
    why = Unavailable(what="claims", why="the sample holds no relationship")
    gone = {"gone": Released(result=why, profile="none", evidence=())}
    want = "not available (the sample holds no relationship)"
    assert say_composite(gone, "gone", term=RULED_OUT) == want
    assert say_order(gone, "gone", first="economic", second="control") == want
    undated = dataclasses.replace(
        composites.result, order=Unavailable(what="order", why="nothing is dated")
    )
    held = Released(result=undated, profile="none", evidence=())
    with pytest.raises(EstimationError, match="nothing is dated"):
        tabulate_order(held)
    words = say_order({"x": held}, "x", first="economic", second="control")
    assert words == "not available (nothing is dated)"


def test_unknown_words_are_errors_that_list_what_there_is(composites):
    results = {"composites": composites}
    with pytest.raises(UsageError, match="Did you mean 'dv_control_without_violence'"):
        say_composite(results, "composites", term="dv_control_without_violense")
    with pytest.raises(UsageError, match="There are: control_and_intimidation"):
        tabulate_composites(composites, terms=["rules"])
    with pytest.raises(UsageError, match="There is no result 'claims'"):
        say_composite(results, "claims", term=RULED_OUT)
    with pytest.raises(UsageError, match="not a pair of this result; there are: economic and"):
        say_order(results, "composites", first="economic", second="deception")


def test_the_bias_table_says_what_is_simulated_and_what_is_not(bias, composites):
    table = tabulate_depth_bias(bias)
    assert table.rows[0].cells[0] == "All records, blank as absent"
    assert table.rows[0].cells[3:] == ("63,755", "0.178 (-0.013 to 0.372)")
    assert table.rows[3].cells[3:] == ("–", "–")
    step = bias.result.steps[1]
    assert table.rows[1].cells[1:3] == (
        f"{step.n_records:,}", f"{step.mean:.3f} ({step.low:.3f} to {step.high:.3f})",
    )  # fmt: skip
    words = " ".join(table.footnotes)
    assert "no association by construction" in words
    assert "CTDC Global Synthetic Data, North American subset; 63,755 women" in words
    with pytest.raises(UsageError, match="needs a result 'DepthBiasDemonstration'"):
        tabulate_depth_bias(composites)


def test_a_treatment_without_a_phi_and_a_mean_near_zero(bias):
    steps = bias.result.steps
    near = dataclasses.replace(steps[3], mean=-0.0001, low=-0.2)
    none = dataclasses.replace(steps[2], mean=None, low=None, high=None, why="no pair varies")
    result = dataclasses.replace(bias.result, steps=(steps[0], steps[1], none, near))
    table = tabulate_depth_bias(Released(result=result, profile="none", evidence=()))
    assert table.rows[3].cells[2].startswith("0.000 (-0.200")
    assert table.rows[2].cells[2] == "–"
    assert table.footnotes[-1] == "–: no pair varies."
