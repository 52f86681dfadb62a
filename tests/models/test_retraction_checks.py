"""Steps back: numbers from the tables alone, and what precedes, ends or is not followed."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from relatum.inference.wild_proportion import clustered_proportion
from relatum.models.retraction import estimate_retraction
from relatum.models.retraction_determinants import count_determinants
from relatum.models.retraction_times import incidence_at
from relatum.models.retraction_windows import list_report_windows
from relatum.samples import example_sample
from relatum.samples.testimony import trace_testimony
from relatum.samples.testimony_arrays import step_back_times
from relatum.study import read_study

SPEC = "aaaabbbbccccddddeeeeffff"


def women_of(spec=SPEC, stepped=(0, 4, 8), **others):
    return [
        {"case": case, "contact": 0, "report": 5, "step": 40 if at in stepped else None, **others}
        for at, case in enumerate(spec)
    ]


def circumstances(sample, study):
    return {row.term: row for row in count_determinants(sample, trace_testimony(sample), study)}


def day(number):
    return pd.Timestamp("2010-01-01") + pd.Timedelta(days=number)


def coded(base, *rows, **tables):
    """Add codings (unit type, unit, code, status) to a sample."""
    names = ("unit_type", "unit_id", "code", "status")
    codings = [
        {"coding_id": f"k{at}", "coder_id": "consensus", **dict(zip(names, row, strict=True))}
        for at, row in enumerate(rows)
    ]
    return base.replace_tables({**base.tables, "codings": pd.DataFrame(codings), **tables})


@pytest.fixture(scope="module")
def found():
    return estimate_retraction(example_sample("simulated"), read_study())


def test_limits_of_the_shipped_sample_are_those_of_its_counts(found, study):
    # no one is censored before the horizon, so that the shares are plain ones
    testimony = trace_testimony(example_sample("simulated"))
    case = pd.Series({row.victim: row.case for row in testimony.used_victims})
    told = {row.victim for row in testimony.used_reports}
    back = {row.victim for row in testimony.used_retractions}
    for women, row in ((told, found.at(180.0)), (set(case.index), found.joint)):
        counts = (
            pd.DataFrame({"case": case[sorted(women)], "y": [w in back for w in sorted(women)]})
            .groupby("case")["y"]
            .agg(["sum", "count"])
        )
        same = clustered_proportion(
            counts["sum"], counts["count"], conf_level=0.95, boundary_icc=0.1, seed=study.seed
        )
        assert row.latest == pytest.approx(counts["sum"].sum() / counts["count"].sum())
        assert row.conf_low == pytest.approx(same.conf_low, abs=1e-9)
        assert row.conf_high == pytest.approx(same.conf_high, abs=1e-9)


def test_competing_ends_by_an_own_product_integral(found):
    testimony = trace_testimony(example_sample("simulated"))
    rows = step_back_times(testimony, dates="earliest", horizon=181)
    for at in (30, 90, 180):
        left, share = 1.0, np.zeros(4)
        for time in np.unique(rows.time[rows.time <= at]):
            count = np.bincount(rows.cause[rows.time == time], minlength=4)
            share += left * count / (rows.time >= time).sum()
            left *= 1 - count[1:].sum() / (rows.time >= time).sum()
        for cause, curve in enumerate(("any", "closed", "death"), start=1):
            assert found.at(at, curve=curve).earliest == pytest.approx(share[cause], abs=1e-12)


def test_dates_that_straddle_a_day_are_no_lack_of_follow_up(testimony_of, study):
    women = women_of()
    women[0]["step"] = (20, 60)
    row = estimate_retraction(testimony_of(women), study).at(30.0)
    assert (row.n_events_low, row.n_events_high, row.n_undetermined) == (0, 1, 0)


def test_no_arrest_is_ruled_out_and_the_same_day_is_open(testimony_of, study):
    women = women_of()
    for at, word in enumerate(("before", "no_arrest", "same_day", "not_documented")):
        women[at]["arrest"] = word
    row = circumstances(testimony_of(women), study)["arrest_before_report"]
    assert (row.n_with, row.n_without, row.n_undocumented) == (20, 2, 2)


def test_every_circumstance_is_a_code_of_the_codebook(found, study):
    book = set(example_sample("simulated").schema.codebook)
    terms = {row.term for row in found.determinants} - {"arrest_before_report"}
    assert terms <= book
    assert {"int_threat_relatives", "int_threat_authorities", "vio_physical"} <= terms


def test_a_visit_to_step_back_never_counts_even_on_the_day_of_the_report(testimony_of, study):
    base = testimony_of(women_of())
    talks = base.tables["police_contacts"]
    visit = talks.loc[talks["contact_id"] == "q000"].assign(
        contact_id="x000", contact_type="retraction_visit", pol_support_offered="present"
    )
    sample = coded(
        base,
        ("contact", "x000", "bar_pity", "present"),
        police_contacts=pd.concat([talks, visit], ignore_index=True),
    )
    found = circumstances(sample, study)
    assert found["bar_pity"].n_with == 0
    assert found["pol_support_offered"].n_with == 0


def test_earlier_conversations_and_the_report_itself_count(testimony_of, study):
    base = testimony_of(women_of())
    talks = base.tables["police_contacts"].copy()
    first = talks["contact_id"] == "p001"
    talks.loc[first, "pol_support_offered"] = "present"
    talks.loc[first, "pol_certified"] = "present"
    late = talks.loc[first].assign(
        contact_id="y001", contact_date_lower=day(9), contact_date_upper=day(9)
    )
    sample = coded(
        base,
        ("contact", "p001", "bar_love", "present"),
        ("contact", "y001", "bar_pity", "present"),
        ("report", "e002", "bar_shame", "present"),
        # ruled out once, and silence in another conversation, leaves it open
        ("contact", "q003", "bar_hope", "absent_documented"),
        ("contact", "q004", "bar_children", "absent_documented"),
        ("contact", "p004", "bar_children", "absent_documented"),
        police_contacts=pd.concat([talks, late], ignore_index=True),
    )
    held = circumstances(sample, study)
    assert [held[term].n_with for term in ("bar_love", "bar_pity", "bar_shame")] == [1, 0, 1]
    assert [held[term].n_without for term in ("bar_hope", "bar_children")] == [0, 1]
    assert held["pol_support_offered"].n_with == 1
    # the interviewer is the one of the report
    assert held["pol_certified"].n_with == 0


def test_bars_of_open_cases_end_with_observation(testimony_of, study):
    women = women_of("aabb", (0, 2))
    bars = list_report_windows(testimony_of(women, closed=("a",), end=105), study).bars
    assert sorted(bar.end for bar in bars) == ["censored", "censored", "closed", "closed"]
    for bar in bars:
        assert bar.stop == 180 if bar.end == "closed" else abs(bar.stop - 100) <= 3
    assert sum(bar.kind_of_step != "" for bar in bars) == 2


def test_women_who_come_under_observation_later_are_not_at_risk_before(testimony_of, study):
    base = testimony_of(women_of())
    cases = base.tables["cases"].copy()
    cases.loc[cases["case_id"] == "f", "case_start"] = day(15)
    part = incidence_at(
        trace_testimony(base.replace_tables({**base.tables, "cases": cases})), study, "latest"
    )
    assert [part.at_risk(at) for at in (0.0, 10.0, 11.0, 36.0, 180.0)] == [20, 20, 24, 21, 21]


def test_one_report_and_a_smaller_minimum(testimony_of, study):
    alone = testimony_of(women_of("a", (0,)))
    assert estimate_retraction(alone, study).at(180.0).latest is None
    low = replace(study, retraction=replace(study.retraction, min_at_risk=1))
    row = estimate_retraction(alone, low).at(180.0)
    assert (row.latest, row.conf_low, row.conf_high) == (1.0, None, None)
