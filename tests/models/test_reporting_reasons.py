"""Reasons for and against a report: counts, bounds, and when limits are given."""

from dataclasses import replace

import numpy as np
import pytest

from relatum.models.reporting_reasons import count_reasons
from relatum.samples import example_sample
from relatum.study import Gate, read_study


@pytest.fixture(scope="module")
def reasons():
    return count_reasons(example_sample("simulated"), read_study())


def test_women_with_a_contact_are_all_counted_once(reasons):
    sample = example_sample("simulated")
    with_contact = sample.tables["police_contacts"]["victim_id"].nunique()
    assert reasons.n_women + reasons.n_without == with_contact


def test_every_row_adds_up_and_has_its_bounds(reasons):
    assert len(reasons.rows) == 23
    for row in reasons.rows:
        total = row.n_present + row.n_absent_documented + row.n_not_documented
        assert total == row.n_women == reasons.n_women
        assert row.lower == row.n_present / row.n_women
        assert row.upper == (row.n_present + row.n_not_documented) / row.n_women


def test_one_reason_by_hand(reasons):
    sample = example_sample("simulated")
    codings = sample.tables["codings"]
    coder = sample.chosen_coder(None)
    mine = codings.loc[
        (codings["code"] == "bar_love")
        & (codings["status"] == "present")
        & (codings["coder_id"] == coder)
        & (codings["unit_type"] == "contact")
    ]
    contacts = sample.tables["police_contacts"].set_index("contact_id")
    women = contacts.loc[mine["unit_id"], "victim_id"].nunique()
    row = next(row for row in reasons.rows if row.term == "bar_love")
    assert row.n_present == women > 0


def test_limits_need_documentation_and_hold_the_bounds():
    plan = read_study()
    opened = replace(
        plan,
        gates={
            name: Gate(override=True, reason="A test.")
            for name in ("low_documentation", "few_cases", "dominant_case")
        },
    )
    sample = example_sample("simulated")
    strict, free = count_reasons(sample, plan), count_reasons(sample, opened)
    for row in strict.rows:
        known = (row.n_present + row.n_absent_documented) / row.n_women
        assert row.conf_low is None or known >= plan.prevalence.min_documented_share
    limited = [row for row in free.rows if row.conf_low is not None]
    assert len(limited) == 23
    for row in limited:
        assert row.conf_low <= row.lower + 1e-9
        assert row.conf_high >= row.upper - 1e-9


def test_the_order_of_rows_changes_nothing(reasons):
    sample = example_sample("simulated")
    rng = np.random.default_rng(4)
    tables = {
        name: sample.tables[name].iloc[rng.permutation(len(sample.tables[name]))]
        for name in ("codings", "police_contacts", "reports")
    }
    shuffled = sample.replace_tables(
        {name: frame.reset_index(drop=True) for name, frame in tables.items()}
    )
    assert count_reasons(shuffled, read_study()).rows == reasons.rows
