"""Histories of reports by hand: tables drawn as text, and what must come out of them.

Days are counted from 2010-01-01: "3..7" is an interval, "5" a day, "-" nothing. The investigation
runs from day -10 to day 40; an outcome is recorded unless a test says otherwise.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relatum.inference.cumulative_incidence import cumulative_incidence
from relatum.inference.multi_state import state_occupation
from relatum.inference.transitions import count_transitions
from relatum.samples import Sample, SampleInfo, example_sample
from relatum.samples import testimony_arrays as arrays
from relatum.samples.testimony import trace_testimony
from relatum.samples.testimony_exposures import exposure_rows
from relatum.samples.testimony_paths import STATES, trace_paths

INFO = SampleInfo(name="t", title="T", origin="collected", schema_version="1.0.0")
DAY_ZERO = pd.Timestamp("2010-01-01")
UPHELD = "support_withdrawn_facts_upheld"
KEYS = {
    "police_contacts": ("contact_id", "contact_date"),
    "reports": ("report_id", "report_date"),
    "retractions": ("retraction_id", "retraction_date"),
}


def bounds(cell):
    low, _, high = cell.partition("..") if ".." in cell else (cell, "", cell)
    return [None if c in ("", "-") else DAY_ZERO + pd.Timedelta(days=int(c)) for c in (low, high)]


def as_frame(name, drawing):
    """Turn a drawn table into a frame: 'days' becomes the two ends of the interval."""
    key, date = KEYS[name]
    head, *rows = [[c.strip() for c in ln.split("|")] for ln in drawing.strip().splitlines()]
    frame = pd.DataFrame(rows, columns=head).rename(columns={"id": key})
    ends = pd.DataFrame([bounds(cell) for cell in frame.pop("days")])
    frame[f"{date}_lower"], frame[f"{date}_upper"] = (pd.to_datetime(ends[at]) for at in (0, 1))
    return frame.replace({"-": None})


def sample(
    contacts, reports=None, retractions=None, *, case=None, couple=None, suspect=None, periods=()
):
    """Build a sample in memory, unchecked: victims v1, v2, ... each with a couple r1, r2, ..."""
    drawn = {"police_contacts": contacts, "reports": reports, "retractions": retractions}
    tables = {name: as_frame(name, text) for name, text in drawn.items() if text}
    talks = tables["police_contacts"]
    if "victim_id" not in talks:
        talks["victim_id"] = "v1"
    people = sorted({*talks["victim_id"], "v1"})
    talks["relationship_id"] = "r" + talks["victim_id"].str[1:]
    if reports:
        told = tables["reports"]
        told["victim_id"] = told["contact_id"].map(
            dict(zip(talks["contact_id"], talks["victim_id"], strict=True))
        )
        told["victim_id"] = told["victim_id"].fillna("v1")
        told["report_made"] = "formal_report"
        if "relationship_id" not in told:
            told["relationship_id"] = "r" + told["victim_id"].str[1:]
    case = {"case_start": "-10", "case_end": "40", "case_outcome": "acquittal"} | (case or {})
    dated = {name: bounds(case.pop(name))[0] for name in ("case_start", "case_end")}
    tables["cases"] = pd.DataFrame(
        [{"case_id": "c1", "case_list_source": "included", **dated, **case}]
    )
    tables["victims"] = pd.DataFrame({"victim_id": people, "case_id": "c1"})
    ends = dict(
        zip(
            ("rel_exit_lower", "rel_exit_upper"),
            bounds((couple or {}).get("days", "-")),
            strict=True,
        )
    )
    tables["relationships"] = pd.DataFrame(
        {"relationship_id": "r" + pd.Series(people).str[1:], "case_id": "c1", "suspect_id": "s1"}
    ).assign(
        victim_id=people,
        population="trafficking",
        rel_exit_cause=(couple or {}).get("cause"),
        **ends,
    )
    arrest = dict(
        zip(
            ("suspect_arrest_lower", "suspect_arrest_upper"),
            bounds((suspect or {}).get("days", "-")),
            strict=True,
        )
    )
    tables["suspects"] = pd.DataFrame(
        [
            {
                "suspect_id": "s1",
                "case_id": "c1",
                "suspect_detained": (suspect or {}).get("detained"),
                **arrest,
            }
        ]
    )
    if periods:
        tables["suspect_contacts"] = pd.DataFrame(
            [_period(at, row) for at, row in enumerate(periods)]
        )
    return Sample(info=INFO, tables=tables)


def _period(at, row):
    start, end, means, source = row
    names = ("period_start_lower", "period_start_upper", "period_end_lower", "period_end_upper")
    days = [*bounds(start), *bounds(end)]
    return dict(zip(names, days, strict=True)) | {
        "period_id": f"k{at}",
        "relationship_id": "r1",
        "contact_means": means,
        "contact_recorded_by": source,
    }


def trace(*tables, **others):
    return trace_testimony(sample(*tables, **others))


def named(found):
    return [(fault.row, fault.name, fault.certain) for fault in found.faults]


def spans(rows):
    return [(row.lower, row.upper) for row in rows]


def stays(found, dates):
    (path,) = trace_paths(found, dates=dates)
    return [(STATES[stay.state], stay.start, stay.stop) for stay in path.stays]


CONTACT = "id | days\nc1 | 0"
REPORT = "id | contact_id | days\ne1 | c1 | 2"


# --- windows and order -----------------------------------------------------------------------


def test_intervals_are_narrowed_to_what_the_order_allows():
    found = trace(
        "id | days\nc1 | 0..6",
        "id | contact_id | days\ne1 | c1 | 2..20",
        "id | report_id | days | retraction_type\nx1 | e1 | 1..9 | facts_recanted",
    )
    assert found.victims[0].contact_upper == 6
    assert spans(found.reports) == [(2, 9)]
    assert spans(found.retractions) == [(2, 9)]
    assert named(found) == [
        ("e1", "report_before_contact", False),
        ("x1", "retraction_before_report", False),
    ]
    assert stays(found, "earliest") == [
        ("contact", 0, 2),
        ("report", 2, 3),
        ("stepped_back", 3, 40),
    ]
    assert stays(found, "latest")[:2] == [("contact", 6, 9), ("report", 9, 10)]


def test_a_missing_bound_is_that_of_the_same_conversation():
    found = trace(
        "id | days\nc1 | ..9\nc2 | 30..33",
        "id | contact_id | days\ne1 | c1 | 4..6\ne2 | c2 | -",
    )
    assert found.contacts[0].lower == 0, "no day of the report can precede its conversation"
    assert found.day_zero["v1"] == (DAY_ZERO - pd.Timestamp("1970-01-01")).days + 4
    assert spans(found.reports) == [(0, 2), (26, 29)]
    assert named(found) == [
        ("e1", "report_before_contact", False),
        ("e2", "report_undated", False),
        ("e2", "two_open_reports", False),
    ]


def test_a_first_contact_without_an_earliest_day():
    drawing = "id | days\nc1 | ..{}\nc2 | 0"
    known = trace(drawing.format(-5), "id | contact_id | days\ne1 | c2 | 3")
    assert (known.victims[0].why_not, known.reports[0].why_not) == (
        "contact_undated",
        "victim_not_used",
    )
    assert (known.flow.n_contact_undated, known.flow.n_used) == (1, 0)
    maybe = trace(drawing.format(5))
    assert (maybe.victims[0].used, maybe.victims[0].first_certain) == (True, False)


def test_who_sought_the_first_contact_where_two_may_be_it():
    drawing = """
        id | days | contact_initiator | contact_relative_to_arrest
        c1 | 0..9 | victim            | before
        c2 | 5..6 | {who}             | before
        c3 | 8    | third_party       | after
        """
    other, same = (trace(drawing.format(who=who)) for who in ("police", "victim"))
    assert (other.victims[0].initiator, other.victims[0].arrest_order) == (
        "not_documented",
        "before",
    )
    assert same.victims[0].initiator == "victim"
    assert (other.victims[0].first_certain, other.victims[0].contact_upper) == (False, 6)
    assert named(other) == [("c2", "contacts_overlap", False)], "the third came later for certain"


def test_every_fault_is_listed_at_once():
    found = trace(
        """
        id | days  | victim_id
        c1 | 0     | v1
        c2 | 9..3  | v1
        c3 | 5..   | v1
        c4 | 9..3  | v2
        """,
        """
        id     | contact_id | days
        fine   | c1 | 2
        early  | c1 | -9..-4
        turned | c1 | 8..3
        lost   | c9 | 3
        hers   | c4 | 3
        """,
        """
        id      | report_id | days
        ok      | fine      | 2..5
        silent  | fine      | -
        before  | fine      | -3..1
        back    | fine      | 9..3
        orphan  | nowhere   | 3
        of_lost | lost      | 4
        """,
    )
    assert named(found) == [
        ("c2", "contact_runs_backwards", True),
        ("c3", "contact_undated", False),
        ("c4", "contact_runs_backwards", True),
        ("early", "report_before_contact", True),
        ("lost", "report_without_contact", True),
        ("turned", "report_runs_backwards", True),
        ("back", "retraction_runs_backwards", True),
        ("before", "retraction_before_report", True),
        ("orphan", "retraction_without_report", True),
        ("silent", "retraction_undated", False),
    ]
    assert [row.why_not for row in found.victims] == ["", "contact_runs_backwards"]
    assert [row.why_not for row in found.reports] == [
        "",
        "report_before_contact",
        "report_runs_backwards",
        "report_without_contact",
        "victim_not_used",
    ]
    reasons = {row.retraction: row.why_not for row in found.retractions}
    assert reasons["of_lost"] == "report_not_used"
    assert [row.retraction for row in found.used_retractions] == ["ok", "silent"]
    assert spans(found.used_retractions) == [(2, 5), (2, None)]
    messages = {fault.row: fault.message for fault in found.faults}
    assert messages["early"] == "It lies 4 days before the conversation in which it was made."
    assert messages["before"] == "It lies 1 day before its report."
    assert not any("2010" in message for message in messages.values()), "no dates in messages"
    assert (found.flow.n_certain, found.flow.n_ambiguous) == (8, 2)
    severities = {fault.row: fault.issue.severity for fault in found.faults}
    assert (severities["early"], severities["silent"]) == ("error", "warning")


# --- what ends a history ---------------------------------------------------------------------


def test_a_decided_case_closes_after_everything_on_file():
    found = trace("id | days\nc1 | 0\nc2 | 55..60", REPORT)
    assert (found.victims[0].closed_lower, found.victims[0].end) == (55, None)
    assert stays(found, "earliest") == [("contact", 0, 2), ("report", 2, 55)]
    assert stays(found, "latest") == [("contact", 0, 2), ("report", 2, None)]


def test_an_undecided_case_is_watched_to_the_end_of_the_investigation():
    contacts = "id | days | victim_id\nc1 | 0 | v1\nc2 | 39..50 | v2\nc3 | 41 | v3"
    reports = "id | contact_id | days\ne1 | c1 | 2\ne2 | c2 | 45\ne3 | c3 | 41"
    steps = "id | report_id | days\nx1 | e1 | 30..60\nx2 | e1 | 48"
    found = trace(contacts, reports, steps, case={"case_outcome": "pending"})
    assert [row.why_not for row in found.victims] == ["", "", "after_end"]
    assert [row.end for row in found.victims] == [40, 1, -1]
    assert [row.why_not for row in found.reports] == ["", "after_end", "victim_not_used"]
    assert spans(found.used_retractions) == [(30, 40)], "cut at the end"
    late = [(fault.row, fault.message[:18]) for fault in found.faults if fault.name == "after_end"]
    assert late == [
        ("c3", "It lies 1 day afte"),
        ("e2", "It lies 5 days aft"),
        ("x2", "It lies 8 days aft"),
    ]
    paths = trace_paths(found, dates="latest")
    assert [stay.stop for stay in paths[0].stays] == [2, 40, 40]
    nothing = trace(contacts, case={"case_outcome": None, "case_end": "-"})
    assert {row.why_not for row in nothing.victims} == {"no_end"}
    assert nothing.flow.n_used == 0


def test_death_ends_a_history_unless_she_is_on_record_later():
    ended = {"days": "20..25", "cause": "death"}
    found = trace(CONTACT, REPORT, couple=ended)
    assert stays(found, "earliest")[-1] == ("report", 2, 20)
    assert stays(found, "latest")[-1] == ("report", 2, 25)
    assert arrays.step_back_times(found, dates="latest").cause.tolist() == [3]
    later = "id | report_id | days\nx1 | e1 | 23..30"
    found = trace(CONTACT, REPORT, later, couple=ended)
    assert (found.victims[0].death_lower, spans(found.retractions)) == (23, [(23, 25)])
    certain = trace(CONTACT, REPORT, later.replace("23..30", "26"), couple=ended)
    assert named(certain) == [("r1", "record_after_death", False)]
    assert certain.victims[0].death_upper is None


def test_confirming_and_reporting_again_lead_back():
    steps = """
        id | report_id | days | retraction_reversed
        x1 | e1        | 5    | present
        x2 | e1        | 9    | not_documented
        """
    found = trace(CONTACT, REPORT, steps)
    assert (found.retractions[0].reversal_lower, found.retractions[0].reversal_upper) == (5, 9)
    assert stays(found, "earliest") == [
        ("contact", 0, 2),
        ("report", 2, 5),
        ("stepped_back", 5, 6),
        ("report", 6, 9),
        ("stepped_back", 9, 40),
    ]
    # the confirmation may be as late as the next step back, and comes before it
    assert stays(found, "latest")[-1][0] == "stepped_back"
    twice = "id | contact_id | days\ne1 | c1 | 2\ne2 | c1 | 7"
    found = trace(CONTACT, twice, "id | report_id | days\nx1 | e1 | 5")
    assert [row[0] for row in stays(found, "latest")][1:] == ["report", "stepped_back", "report"]
    assert found.faults == ()
    found = trace(CONTACT, twice, "id | report_id | days\nx1 | e1 | 5..8")
    assert named(found) == [("e2", "two_open_reports", False)]
    elsewhere = twice.replace("days", "days | relationship_id").replace("2\n", "2 | r1\n") + " | -"
    assert trace(CONTACT, elsewhere).faults == (), "another couple is another report"


# --- arrays ----------------------------------------------------------------------------------

THREE = {
    "contacts": "id | days | victim_id\nc1 | 0 | v1\nc2 | 0 | v2\nc3 | 0 | v3",
    "reports": "id | contact_id | days\ne1 | c1 | 0\ne2 | c2 | 10",
    "retractions": f"id | report_id | days | retraction_type\nx1 | e1 | 4..6 | {UPHELD}\n"
    "x2 | e2 | 10 | facts_recanted",
}


def three(**others):
    return trace(*THREE.values(), **others)


def test_states_by_hand():
    found = arrays.state_intervals(three(), dates="earliest", horizon=30)
    rows = zip(found.victim, found.state, found.next_state, found.start, found.stop, strict=True)
    assert [(who, int(a), int(b), x, y) for who, a, b, x, y in rows] == [
        ("v1", 1, 2, 0, 4),
        ("v1", 2, -1, 4, 30),
        ("v2", 0, 1, 0, 10),
        ("v2", 1, 2, 10, 11),  # on the day of her report: entered the day after
        ("v2", 2, -1, 11, 30),
        ("v3", 0, -1, 0, 30),
    ]
    assert found.initial.tolist() == [2 / 3, 1 / 3, 0, 0, 0]
    assert (found.n_victims, found.n_moved, found.left_out) == (3, 1, ())
    assert found.step.tolist() == ["x1", "", "", "x2", "", ""]
    late = arrays.state_intervals(three(), dates="latest", clock="report", horizon=30)
    assert late.stop.tolist() == [6, 30, 1, 30]
    assert (late.origin.tolist(), late.left_out) == ([0, 0, 10, 10], ("v3",))


def test_the_engines_take_them():
    found = arrays.state_intervals(three(), dates="latest", horizon=30)
    table = count_transitions(
        found.state, found.next_state, found.start, found.stop, n_states=len(STATES)
    )
    share = state_occupation(table, found.initial, [5, 10, 30])
    assert share.probability.round(6).tolist() == [
        [0.666667, 0.333333, 0, 0, 0],
        [0.333333, 0.333333, 0.333333, 0, 0],
        [0.333333, 0, 0.666667, 0, 0],
    ]
    times = arrays.step_back_times(three(), dates="latest", by_kind=True, horizon=30)
    assert (times.time.tolist(), times.entry.tolist()) == ([6, 1], [0, 0])
    assert [times.causes[cause - 1] for cause in times.cause] == [UPHELD, "facts_recanted"]
    curve = cumulative_incidence(
        times.time, times.cause, entry=times.entry, n_causes=len(times.causes)
    )
    assert curve.incidence[-1].tolist() == [0.5, 0.5, 0, 0, 0, 0, 0]


def test_time_before_the_investigation_is_not_at_risk():
    found = three(case={"case_start": "5"})
    rows = arrays.state_intervals(found, dates="earliest", horizon=30)
    assert rows.start.tolist() == [5, 5, 10, 11, 5]
    assert rows.begun.tolist() == [4, 0, 10, 11, 0]
    assert rows.initial.tolist() == [0] * 5
    times = arrays.step_back_times(found, dates="earliest")
    assert (times.victim.tolist(), times.left_out) == (["v2"], ("v1",)), "she had stepped back"
    late = arrays.step_back_times(found, dates="latest")
    assert (late.entry.tolist(), late.time.tolist()) == ([5, 0], [6, 1])


def test_keys():
    found = arrays.index_testimony(three())
    assert (found.case.tolist(), found.case_size.tolist()) == (["c1"], [3])
    assert found.victim.tolist() == ["v1", "v2", "v3"]
    assert found.has_report.tolist() == [True, True, False]
    assert found.report_victim.tolist() == [0, 1]
    assert found.report_relationship_known.all()


def test_wrong_calls_list_every_fault():
    found = three()
    with pytest.raises(ValueError, match=r"clock must be .* horizon must be"):
        arrays.state_intervals(found, dates="latest", clock="onset", horizon=0)
    with pytest.raises(ValueError, match="earliest or latest, not 'middle'"):
        arrays.step_back_times(found, dates="middle")
    with pytest.raises(ValueError, match="lag"):
        exposure_rows(found, dates="latest", lag=0)


# --- exposures -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dates", "lag", "stops", "arrested"),
    [
        ("earliest", 1, [3, 10, 30], [0, 1, 1]),
        ("earliest", 3, [5, 10, 30], [0, 1, 1]),
        ("latest", 1, [7, 10, 30], [0, 1, 1]),
        ("latest", 4, [10, 30], [0, 1]),
    ],
)
def test_an_arrest_counts_from_a_later_day(dates, lag, stops, arrested):
    steps = "id | report_id | days\nx1 | e1 | 12"
    for detained, after in (("detained", 1), ("free", -1)):
        suspect = {"days": "5..9", "detained": detained}
        rows = exposure_rows(
            trace(CONTACT, REPORT, steps, suspect=suspect), dates=dates, horizon=30, lag=lag
        )
        assert rows.stays.stop.tolist() == stops
        assert rows.arrested.tolist() == arrested
        assert rows.detained.tolist() == [after if one else 0 for one in arrested]
    assert rows.stays.status.tolist() == [stop == 10 for stop in stops]


def test_where_the_arrest_is_not_dated():
    unknown = exposure_rows(three(), dates="latest")
    assert set(unknown.arrested) == {-1}
    never = "id | days | contact_relative_to_arrest\nc1 | 0 | no_arrest"
    assert set(exposure_rows(trace(never, REPORT), dates="latest").arrested) == {0}
    ended = {"days": "5", "cause": "arrest_or_detention"}
    rows = exposure_rows(trace(CONTACT, REPORT, couple=ended), dates="latest", horizon=30)
    assert (rows.stays.stop.tolist(), rows.arrested.tolist()) == ([3, 30], [0, 1])


def test_contact_with_the_suspect_counts_if_recorded_apart_from_her_step_back():
    steps = "id | report_id | days | retraction_contact_suspect\nx1 | e1 | 20 | phone"
    periods = [
        ("3", "6", "none", "prison_log"),
        ("7", "9", "visit", "prison_log"),
        ("12", "14", "phone", "own_statement"),
    ]
    found = trace(CONTACT, REPORT, steps, periods=periods)
    rows = exposure_rows(found, dates="latest", horizon=18)
    assert rows.stays.stop.tolist() == [1, 5, 8, 18]
    assert rows.suspect_contact.tolist() == [-1, 0, 1, -1]
    assert rows.stays.status.tolist() == [False, False, False, True]
    every = exposure_rows(found, dates="latest", horizon=18, independent_only=False)
    assert every.stays.stop.tolist() == [1, 5, 8, 10, 13, 18]
    assert every.suspect_contact.tolist() == [-1, 0, 1, -1, 1, -1]
    assert found.retractions[0].contact is None, "nobody says that it could have been seen"


@pytest.mark.parametrize(
    ("kinds", "observable", "counts"),
    [
        ("visit;phone", True, True),
        ("none", True, False),
        ("none", False, None),
        ("visit", False, None),
        ("not_documented", True, None),
    ],
)
def test_contact_told_with_a_step_back(kinds, observable, counts):
    made = sample(
        CONTACT,
        REPORT,
        f"id | report_id | days | retraction_contact_suspect\nx1 | e1 | 9 | {kinds}",
    )
    rows = made.table("retractions").assign(retraction_contact_observable=observable)
    found = trace_testimony(made.replace_tables({"retractions": rows}))
    assert found.retractions[0].contact is counts


# --- shipped samples -------------------------------------------------------------------------


def test_anna_reports_and_steps_back_five_days_later():
    found = trace_testimony(example_sample("anna"))
    assert stays(found, "earliest") == [
        ("contact", 0, 0),
        ("report", 0, 5),
        ("stepped_back", 5, 6),
    ]
    (woman,) = found.victims
    assert (woman.initiator, woman.arrest_order, woman.arrest_known) == ("victim", "after", "dated")
    (step,) = found.retractions
    assert (step.kind, step.case_effect, step.reversal) == (
        UPHELD,
        "continued_conviction",
        "not_documented",
    )
    assert set(step.reasons) == {"love", "financial_or_housing", "procedure", "no_prison", "hope"}
    for dates in ("earliest", "latest"):
        times = arrays.step_back_times(found, dates=dates, by_kind=True)
        assert (times.time.tolist(), times.cause.tolist()) == ([5], [1])
        rows = exposure_rows(found, dates=dates)
        assert rows.arrested[0] == 1, "he had been arrested by then"
    assert found.faults == ()


@pytest.fixture(scope="module")
def simulated():
    return example_sample("simulated")


def test_the_simulated_sample(simulated):
    found = trace_testimony(simulated)
    steps = [(step.unit, step.step, step.n) for step in found.flow.steps if step.unit == "victim"]
    assert steps == [
        ("victim", "recorded", 76),
        ("victim", "no_contact", 51),
        ("victim", "after_end", 50),
        ("victim", "used", 50),
    ]
    assert (found.flow.n_with_report, found.flow.n_stepped_back) == (31, 11)
    silent = {row.name: (row.n, row.of) for row in found.flow.undocumented}
    assert silent["couple that a report is about"] == (2, 31)
    assert [fault.row for fault in found.faults] == ["p009"]
    for dates in ("earliest", "latest"):
        times = arrays.step_back_times(found, dates=dates, horizon=180)
        back = (times.cause == 1).sum()
        curve = cumulative_incidence(times.time, times.cause, entry=times.entry, n_causes=3)
        assert curve.incidence[-1, 0] == pytest.approx(back / 31), "nobody is censored before"


# --- properties ------------------------------------------------------------------------------


def drawn(rng_rows):
    """Lay out one woman with odd dates."""
    contacts, reports, steps = ["id | days"], ["id | contact_id | days"], []
    steps = ["id | report_id | days | retraction_reversed"]
    for at, (c, r, x, widths, again) in enumerate(rng_rows):
        contacts.append(f"c{at} | {c}..{c + widths % 5}")
        reports.append(f"e{at} | c{at} | {r}..{r + widths % 7}" if widths else f"e{at} | c{at} | -")
        days = f"{x}..{x + widths % 11}" if again < 3 else "-"
        steps.append(f"x{at} | e{at} | {days} | {'present' if again % 2 else 'not_documented'}")
    return ["\n".join(rows) for rows in (contacts, reports, steps)]


ROW = st.tuples(
    st.integers(-12, 30),
    st.integers(-15, 45),
    st.integers(-15, 60),
    st.integers(0, 40),
    st.integers(0, 3),
)


@settings(deadline=None, max_examples=12)
@given(
    st.lists(ROW, min_size=1, max_size=4),
    st.sampled_from(["acquittal", "pending"]),
    st.sampled_from(["-", "10..20", "35"]),
    st.integers(0, 2**31),
)
def test_whatever_the_dates_days_are_in_order(rows, outcome, death, seed):
    """Windows hold both completions, completions are in order, and row order changes nothing."""
    couple = {"days": death, "cause": "death"} if death != "-" else None
    whole = sample(
        *drawn(rows),
        case={"case_outcome": outcome},
        couple=couple,
        suspect={"days": "4..12", "detained": "detained"},
        periods=[("5..8", "14..20", "visit", "wiretap")],
    )
    found = trace_testimony(whole)
    own = {row.report: row for row in found.used_reports}
    for row in (*found.used_reports, *found.used_retractions):
        assert row.lower >= 0
        assert row.upper is None or row.lower <= row.upper
    for step in found.used_retractions:
        assert own[step.report].lower <= step.lower
        if step.upper is not None:
            assert own[step.report].upper <= step.upper
    rng = np.random.default_rng(seed)
    tables = {
        name: frame.iloc[rng.permutation(len(frame))].reset_index(drop=True)
        for name, frame in whole.tables.items()
    }
    mixed = trace_testimony(whole.replace_tables(tables))
    assert mixed.faults == found.faults
    assert set(mixed.reports) == set(found.reports)
    assert set(mixed.retractions) == set(found.retractions)
    assert mixed.victims == found.victims
    for dates in ("earliest", "latest"):
        for path in trace_paths(found, dates=dates):
            assert all(a.stop == b.start for a, b in zip(path.stays, path.stays[1:], strict=False))
            assert all(stay.stop is None or stay.stop > stay.start for stay in path.stays[1:-1])
        plain = arrays.state_intervals(found, dates=dates, clock="report", horizon=100)
        cut = exposure_rows(found, dates=dates, horizon=100, lag=2)
        assert (plain.start < plain.stop).all()
        assert (cut.stays.stop - cut.stays.start).sum() == (plain.stop - plain.start).sum()
        assert cut.stays.status.sum() == plain.status.sum()
        again = arrays.state_intervals(mixed, dates=dates, clock="report", horizon=100)
        assert again.stop.tolist() == plain.stop.tolist()
        assert again.next_state.tolist() == plain.next_state.tolist()
