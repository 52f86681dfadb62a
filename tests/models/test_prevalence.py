"""Prevalence: counts, silence and bounds, counted by hand."""

import dataclasses
import itertools

import numpy as np
import pandas as pd
import pytest

from relatum.models.counting import prevalence_row
from relatum.models.prevalence import estimate_prevalence
from relatum.results import Unavailable
from relatum.samples import example_sample, relationship_statuses
from relatum.study import PrevalencePlan


def rows(sample, study):
    return {row.term: row for row in estimate_prevalence(sample, study).rows}


def test_counts_and_bounds(four, study):
    row = rows(four, study)["vio_physical"]
    assert (row.n_present, row.n_absent, row.n_undocumented, row.n_units) == (3, 1, 0, 4)
    assert (row.lower, row.upper, row.documented_share, row.only_bounds) == (0.75, 0.75, 1, False)
    locked = rows(four, study)["iso_locked_in"]
    assert (locked.lower, locked.upper, locked.width) == (0.5, 1.0, 0.5)
    assert locked.only_bounds
    assert locked.leaves_confirmatory


def test_silence_is_never_counted_as_absence(four, study):
    sexual = rows(four, study)["vio_sexual"]
    assert (sexual.n_present, sexual.n_absent, sexual.n_undocumented) == (1, 0, 3)


def test_not_applicable_leaves_the_denominator(four, study):
    row = rows(four, study)["cop_active"]
    assert (row.n_units, row.n_not_applicable, row.n_undocumented) == (3, 1, 3)


def test_domain_from_codes_is_the_or_of_its_codes(four, study):
    found = rows(four, study)["any_violence"]
    assert (found.n_present, found.n_absent, found.n_undocumented) == (3, 0, 1)
    codes = [c.id for c in four.schema.codebook.select(entity="tactic", domain="violence")]
    frame = relationship_statuses(four, [c for c in codes if c != "vio_frequency"])
    by_hand = (frame == "present").any(axis=1)
    assert found.n_present == by_hand.sum()


def test_barriers_count_victims_with_a_contact(four, study):
    row = rows(four, study)["bar_love"]
    assert (row.unit, row.n_units, row.n_present, row.n_undocumented) == ("victim", 2, 1, 1)
    assert "contact" in row.population


def test_every_code_with_a_status_rule_has_a_row(four, study):
    found = set(rows(four, study))
    book = four.schema.codebook
    for code in book.values():
        if code.entity in ("tactic", "domain", "bond", "coping", "barrier", "motivator"):
            assert (code.id in found) == (code.value_type == "status"), code.id
        if code.entity == "derived" and code.unit == "relationship":
            assert (code.id in found) == (not code.derivation.startswith("model:")), code.id


def test_two_populations_are_never_mixed(four, study):
    table = four.table("relationships")
    table["population"] = pd.Series(
        ["trafficking", "trafficking", "domestic_violence", "domestic_violence"]
    ).astype(table["population"].dtype)
    found = estimate_prevalence(four.replace_tables({"relationships": table}), study).rows
    held = {r.population: (r.n_present, r.n_units) for r in found if r.term == "vio_physical"}
    assert held == {
        "trafficking relationships": (1, 2),
        "domestic violence relationships": (2, 2),
    }


def test_empty_and_single_samples(empty, study):
    found = estimate_prevalence(empty, study)
    assert isinstance(found, Unavailable)
    assert "no relationship" in found.why
    single = rows(example_sample("anna"), study)["vio_physical"]
    assert (single.n_units, single.lower, single.upper) == (1, 1.0, 1.0)


@pytest.mark.parametrize("counts", list(itertools.product(range(4), repeat=3)))
def test_bounds_are_the_extremes_over_all_completions(counts):
    present, absent, silent = counts
    codes = np.repeat(np.array([2, 0, 1], dtype=np.int8), counts)
    row = prevalence_row(
        codes, PrevalencePlan(), term="a", label="a", entity="t", domain="d", unit="case"
    )
    if not codes.size:
        assert (row.lower, row.upper, row.only_bounds) == (None, None, True)
        return
    shares = [(present + extra) / codes.size for extra in range(silent + 1)]
    assert (row.lower, row.upper) == pytest.approx((min(shares), max(shares)))
    assert row.only_bounds == ((present + absent) < 0.6 * codes.size - 1e-9)
    assert row.leaves_confirmatory == (silent > 0.4 * codes.size + 1e-9)


def test_thresholds_come_from_the_plan(four, study):
    loose = dataclasses.replace(
        study, prevalence=PrevalencePlan(min_documented_share=0.25, max_width=1.0)
    )
    row = rows(four, loose)["iso_locked_in"]
    assert (row.only_bounds, row.leaves_confirmatory) == (False, False)
    assert any("25%" in note.text for note in estimate_prevalence(four, loose).notes)
