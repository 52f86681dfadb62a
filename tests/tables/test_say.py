"""Sentences take their numbers from results."""

import re

import pytest

from relatum.errors import UsageError
from relatum.results import PrevalenceRow
from relatum.tables import say
from relatum.tables.say import prevalence_words


def row(present, absent, silent, not_applicable=0):
    n = present + absent + silent
    return PrevalenceRow(
        term="t",
        label="T",
        entity="tactic",
        domain="violence",
        unit="relationship",
        population="all relationships",
        n_units=n,
        n_present=present,
        n_absent=absent,
        n_undocumented=silent,
        n_not_applicable=not_applicable,
        documented_share=(present + absent) / n if n else None,
        lower=present / n if n else None,
        upper=(present + silent) / n if n else None,
        width=silent / n if n else None,
        only_bounds=False,
        leaves_confirmatory=False,
    )


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ((31, 22, 20), "31 of 73 (undocumented 20; bounds 42% to 70%)"),
        ((73, 0, 0), "73 of 73 (undocumented 0; 100%)"),
        ((6, 2, 4), "6 of 12 (undocumented 4; bounds 6 to 10 of 12)"),
        ((12, 0, 0), "12 of 12 (undocumented 0)"),
        ((0, 0, 0, 5), "0 of 0 (it applies to none of 5)"),
        ((1, 399, 0), "1 of 400 (undocumented 0; <1%)"),
    ],
)
def test_prevalence_in_words(counts, words):
    assert prevalence_words(row(*counts)) == words


def test_each_kind_of_result(results):
    assert say(results, "flow", term="listed") == "25"
    assert say(results, "countries", term="victim_birth_country", level="NL") == (
        "45 of 76 (59%; not recorded 0)"
    )
    assert say(results, "sizes", term="case_n_relationships") == "73 in 12"
    assert re.fullmatch(
        r"\d+ of 73 \(\d+%\)",
        say(results, "sizes", term="case_n_relationships", level="two_largest"),
    )
    assert say(results, "numbers", term="victim_age", level="maximum") == "35"
    assert "from 17 to 35 (recorded for 76 of 76)" in say(results, "numbers", term="victim_age")
    assert re.fullmatch(r"-?\d\.\d\d \(n = 73\)", say(results, "documentation", term="all"))
    assert say(results, "audit", term="F068") == "73"
    assert "318" in say(results, "arithmetic", term="relationship_sizes")
    assert say(results, "gone", term="x") == "not available (no age is recorded)"
    assert say(results, "circumstances", term="rel_married").startswith("1 of 73 (undocumented")


@pytest.mark.parametrize(
    ("name", "term", "level", "hint"),
    [
        ("prevalense", "x", "", "Did you mean 'prevalence'"),
        ("prevalence", "vio_fysical", "", "Did you mean 'vio_physical'"),
        ("prevalence", "vio_nothing_like_it", "", "vio_physical"),
        ("countries", "victim_birth_country", "XX", "Near: NL"),
        ("numbers", "victim_age", "median", "mean"),
        ("sizes", "case_n_cats", "", "case_n_victims"),
        ("timeline", "x", "", "no words"),
        ("audit", "F9999", "", "F"),
        ("arithmetic", "relationship_size", "", "Did you mean .relationship_sizes"),
    ],
)
def test_unknown_words_list_what_is_near(results, name, term, level, hint):
    with pytest.raises(UsageError, match=hint):
        say(results, name, term=term, level=level)
