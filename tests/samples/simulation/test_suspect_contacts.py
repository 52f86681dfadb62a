"""Simulated contact with the suspect: no link with stepping back, no contradiction of its rows."""

from dataclasses import replace
from types import MappingProxyType, SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from relatum.errors import SchemaError
from relatum.samples import example_sample
from relatum.samples.contact_periods import trace_contact_periods
from relatum.samples.simulation import load_assumptions, simulate_ensemble, simulate_sample
from relatum.samples.simulation.assumptions import Assumptions
from relatum.samples.simulation.suspect_contacts import draw_suspect_contacts
from relatum.schema.status import ABSENT, PRESENT

N = 4000
REPORTED = 100


def draw(seed=1, assumptions=None):
    """Draw contact after N reports that differ in nothing but what a retraction says."""
    rng = np.random.default_rng(seed)
    declared = load_assumptions()
    shares = declared.shares("level.retraction_contact_suspect")
    at = np.flatnonzero(rng.random(N) < 0.5)
    told = rng.choice(list(shares), size=len(at), p=list(shares.values()))
    events = SimpleNamespace(
        reports=pd.DataFrame({"relationship": np.arange(N), "day": REPORTED}),
        retractions=pd.DataFrame(
            {
                "report": at,
                "retraction_contact_suspect": told,
                "retraction_contact_observable": rng.random(len(at)) < 0.5,
            }
        ),
    )
    structure = SimpleNamespace(pair_suspect=np.arange(N), pair_case=np.arange(N))
    arrest = np.where(rng.random(N) < 0.9, rng.integers(60, 140, N), -1)
    time = SimpleNamespace(arrest=arrest, end=np.maximum(arrest, 60) + rng.integers(0, 8, N))
    rows = draw_suspect_contacts(
        np.random.default_rng(seed + 1),
        assumptions or declared,
        structure,
        time,
        events,
        rng.random(N) < 0.8,
    )
    for name in ("period_start_lower", "period_end_lower"):
        rows[name] = (rows[name] - pd.Timestamp("2006-01-01")).dt.days
    return rows, at, told


@pytest.fixture(scope="module")
def drawn():
    return draw()


def test_contact_has_no_link_with_stepping_back(drawn):
    rows, at, _ = drawn
    back = np.isin(np.arange(N), at)
    contact = rows[rows["contact_means"] != "none"]
    features = {
        "contact": np.isin(np.arange(N), contact["relationship"]),
        "none": np.isin(np.arange(N), rows.loc[rows["contact_means"] == "none", "relationship"]),
        "logged": np.isin(
            np.arange(N),
            rows.loc[rows["contact_recorded_by"].str.contains("prison_log"), "relationship"],
        ),
        "soon": np.isin(
            np.arange(N),
            contact.loc[contact["period_start_lower"] <= REPORTED + 20, "relationship"],
        ),
        "visit": np.isin(
            np.arange(N), contact.loc[contact["contact_means"] == "visit", "relationship"]
        ),
        "many": np.bincount(contact["relationship"], minlength=N) > 2,
    }
    for name, has in features.items():
        shares = has[back].mean(), has[~back].mean()
        error = np.sqrt(has.mean() * (1 - has.mean()) * (1 / back.sum() + 1 / (~back).sum()))
        assert 0.02 < has.mean() < 0.9, name
        assert abs(shares[0] - shares[1]) < 3.5 * error, (name, shares)


def test_no_row_contradicts_a_retraction(drawn):
    rows, at, told = drawn
    answer = dict(zip(at, told, strict=True))
    for couple, mine in rows.groupby("relationship"):
        says = answer.get(couple, "not_documented")
        kinds = set(mine["contact_means"]) - {"none"}
        if says == "none":
            assert not kinds
        elif says != "not_documented":
            assert kinds <= {says}
            # Absence is a finding only after a contact: whenever she stepped back, contact either
            # came before or nothing was documented.
            first = mine["period_start_lower"].to_numpy().argmin()
            assert mine["contact_means"].iloc[first] == says


def test_periods_follow_the_report_in_order_and_apart(drawn):
    rows, _, _ = drawn
    assert (rows["period_start_lower"] > REPORTED).all()
    assert (rows["period_end_lower"] >= rows["period_start_lower"]).all()
    assert (rows["period_end_lower"] <= REPORTED + 180).all()
    assert rows["period_end_upper"].isna().any()
    rows = rows.sort_values(["relationship", "period_start_lower"])
    same = rows["relationship"].diff() == 0
    gap = rows["period_start_lower"] - rows["period_end_lower"].shift()
    assert (gap[same] >= 1).all()


def changed(quantity, **parameters):
    entries = dict(load_assumptions().entries)
    entries[quantity] = replace(entries[quantity], parameters=MappingProxyType(parameters))
    return Assumptions(MappingProxyType(entries))


def test_the_table_changes_nothing_else_in_a_draw():
    first = simulate_sample(seed=5).sample
    other = simulate_sample(seed=5, assumptions=changed("suspect_contacts.gap", days=3)).sample
    assert not first.table("suspect_contacts").equals(other.table("suspect_contacts"))
    for name in set(first.tables) - {"suspect_contacts"}:
        pd.testing.assert_frame_equal(first.table(name), other.table(name))


def test_shares_that_contradict_each_other_are_refused():
    with pytest.raises(SchemaError, match="contradict those of 'level"):
        draw(assumptions=changed("suspect_contacts.course", contact=0.9, none=0.1))


def test_whole_draws_hold_periods_without_faults():
    for simulated in simulate_ensemble(seed=77, draws=3):
        sample = simulated.sample
        found = trace_contact_periods(sample)
        assert len(found.used) == sample.n("suspect_contacts") > 0
        assert found.faults == ()
        rows = sample.table("suspect_contacts")
        reports = sample.table("reports").dropna(subset="relationship_id")
        reports = reports.set_index("relationship_id")["report_date_lower"]
        assert (rows["period_start_lower"] > rows["relationship_id"].map(reports)).all()


def test_a_step_back_that_names_contact_is_not_met_with_documented_absence():
    sample = example_sample("simulated")
    found = trace_contact_periods(sample)
    reports = sample.table("reports").set_index("report_id")
    days = lambda value: value.to_datetime64().astype("datetime64[D]").astype(int)  # noqa: E731
    for row in sample.table("retractions").itertuples():
        report = reports.loc[row.report_id]
        between = np.arange(days(report.report_date_lower) + 1, days(row.retraction_date_upper) + 1)
        codes = found.status_at(
            np.full(len(between), report.relationship_id), between, completion="certain"
        )
        if row.retraction_contact_suspect == "none":
            assert not (codes == PRESENT).any()
        elif row.retraction_contact_suspect != "not_documented":
            assert not (codes == ABSENT).all()
