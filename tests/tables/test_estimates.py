"""Tables and words of estimates: the targets stand apart, and every refusal is said."""

import dataclasses

import pytest

from relatum.errors import UsageError
from relatum.models.agreement import fit_agreement
from relatum.models.clusters import diagnose_clusters
from relatum.models.estimates import estimate_prevalence_intervals
from relatum.models.multiverse import run_multiverse
from relatum.release import release_all
from relatum.results.multiverse import Multiverse
from relatum.samples import example_sample
from relatum.study import Gate, read_study
from relatum.tables import (
    say_case_average,
    say_finite,
    say_unit_weighted,
    tabulate,
    tabulate_agreement,
    tabulate_estimates,
    tabulate_leave_out,
    tabulate_multiverse,
    tabulate_refused,
    tabulate_spread,
)


def open_to(study, *gates):
    held = {name: Gate(override=True, reason="To show it.") for name in gates}
    return dataclasses.replace(study, gates=held)


@pytest.fixture(scope="module")
def estimates():
    sample, study = example_sample("simulated"), read_study()
    terms = ["dom_rules", "dom_control", "iso_locked_in", "bar_love", "any_violence"]
    found = {
        "clusters": diagnose_clusters(sample, study),
        "estimates": estimate_prevalence_intervals(sample, study, terms=terms),
        "overridden": estimate_prevalence_intervals(
            sample, open_to(study, "low_documentation"), terms=["bar_love"]
        ),
        "multiverse": run_multiverse(sample, study, terms=["dom_rules", "iso_locked_in"]),
        "agreement": fit_agreement(sample, sample, draws=100),
    }
    return release_all(found, sample=sample, profile="none")


def cells(table, label):
    return next(row.cells for row in table.rows if row.cells[0].startswith(label))


def test_each_target_has_a_column_of_its_own(estimates):
    table = tabulate_estimates(estimates["estimates"])
    row = next(r for r in estimates["estimates"].result.rows if r.term == "dom_rules")
    held = cells(table, "Rules")
    assert held[1:4] == ("51 of 73", "14", "70% to 89%")
    weighted, average = row.unit_weighted, row.case_average
    assert held[4] == f"{weighted.conf_low:.0%} to {weighted.conf_high:.0%}"
    assert held[5] == f"{average.conf_low:.0%} to {average.conf_high:.0%}"
    assert [c.label for c in table.columns[4:]] == [
        "A random relationship: limits",
        "A random investigation: limits",
    ]
    assert cells(table, "Control and monitoring")[4].endswith("KG")
    assert not [r for r in table.rows if r.cells[0] == "Locked in"]


def test_what_is_refused_stands_in_a_table_with_its_reason(estimates):
    table = tabulate_refused(estimates["estimates"])
    assert cells(table, "Locked in") == (
        "Locked in", "23 of 73", "43", "32% to 90%", "too little documented",
    )  # fmt: skip
    assert len(table.rows) == 2


def test_overrides_are_marked_and_their_reason_printed(estimates):
    table = tabulate_estimates(estimates["overridden"])
    (row,) = table.rows
    assert row.cells[0].endswith("†")
    assert row.cells[3].endswith("*")
    assert table.columns[4].label == "A random victim: limits"
    assert any("Reason given: To show it." in text for text in table.footnotes)


def test_ranges_without_cases_by_target(estimates):
    table = tabulate_leave_out(estimates["estimates"], terms=["dom_rules"])
    assert table.groups == ("A random relationship", "A random investigation")
    row = next(r for r in estimates["estimates"].result.rows if r.term == "dom_rules")
    left = row.unit_weighted.leave_out
    assert table.rows[0].cells[3] == f"{left.low:.0%} to {left.high:.0%}"


def test_spread_says_what_it_cannot(estimates):
    table = tabulate_spread(estimates["estimates"], entities=["domain"])
    assert set(cells(table, "Control and monitoring")[1:]) == {"–"}
    assert cells(table, "Rules")[4] == "3.4"


def test_no_number_is_printed_that_is_not_one(estimates):
    for name in estimates:
        text = tabulate(estimates[name]).text().lower()
        assert "nan" not in text.replace("governance", "").split()
        assert text.count("simulated data") == 1


def test_three_forms_of_words(estimates):
    finite, weighted, average = (
        say(estimates, "estimates", term="dom_rules")
        for say in (say_finite, say_unit_weighted, say_case_average)
    )
    assert finite.endswith("among these relationships")
    assert "random relationship" in weighted
    assert "95% limits" in weighted
    assert "on average over such investigations" in average
    assert len({finite, weighted, average}) == 3
    refused = say_unit_weighted(estimates, "estimates", term="iso_locked_in")
    assert refused.startswith("not available for a random relationship")
    assert "documented in 30 of 73" in refused
    victims = say_finite(estimates, "estimates", term="bar_love")
    assert victims.endswith("among these victims")


def test_unknown_names(estimates):
    with pytest.raises(UsageError, match="Did you mean 'dom_rules'"):
        tabulate_estimates(estimates["estimates"], terms=["dom_rule"])
    with pytest.raises(UsageError, match="no result 'tea'"):
        say_finite(estimates, "tea", term="dom_rules")


def test_multiverse_table(estimates):
    table = tabulate_multiverse(estimates["multiverse"])
    held = cells(table, "Rules")
    assert held[1] == "128"
    assert held[-1].startswith("what is not documented ")
    assert any("multiverse of iso_locked_in: not available" in text for text in table.footnotes)
    found = estimates["multiverse"].result
    assert isinstance(found, Multiverse)


def test_agreement_table(estimates):
    # A display that lists units is withheld from other samples; simulated ones may show it.
    table = tabulate_agreement(estimates["agreement"])
    assert table.rows[-1].cells[0] == "All codes together"
    assert table.rows[-1].cells[2] == "1.00"
