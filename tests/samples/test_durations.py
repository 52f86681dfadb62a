"""Durations by hand: tables drawn as text, and what must come out of them.

The investigation c1 ends on 2010-12-31. Day 0 is the day of entry, 2010-01-01.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relatum.samples import Sample, SampleInfo, example_sample
from relatum.samples.durations import trace_durations
from relatum.samples.durations_arrays import counting_process, interval_arrays

INFO = SampleInfo(name="t", title="T", origin="collected", schema_version="1.0.0")
ENTRY = pd.Timestamp("2010-01-01")
PEOPLE = {
    "cases": {"case_id": ["c1"], "case_list_source": ["included"], "case_end": ["2010-12-31"]},
    "victims": {"victim_id": ["v1"], "case_id": ["c1"]},
}
COUPLE = """
    relationship_id | rel_entry_date | rel_exit_lower | rel_exit_upper | rel_exit_cause
    r1              | 2010-01-01     | 2010-04-11     | 2010-04-11     | victim_ended
    """


def cells(line):
    return [cell.strip() for cell in line.split("|")]


def as_frame(drawing):
    """Turn a drawn table into a frame: '-' is an empty cell."""
    head, *rows = [cells(line) for line in drawing.strip().splitlines()]
    return pd.DataFrame([[None if c == "-" else c for c in row] for row in rows], columns=head)


def trace(relationships=COUPLE, attempts=None, *, arrest=("-", "-")):
    """Build a sample in memory, unchecked, and derive its durations."""
    couples = as_frame(relationships).assign(
        case_id="c1", suspect_id="s1", victim_id="v1", population="trafficking"
    )
    if "rel_in_window" in couples:
        couples["rel_in_window"] = (couples["rel_in_window"] == "True").astype("boolean")
    lower, upper = (None if day == "-" else day for day in arrest)
    suspects = pd.DataFrame(
        {
            "suspect_id": ["s1"],
            "case_id": ["c1"],
            "suspect_arrest_lower": [lower],
            "suspect_arrest_upper": [upper],
        }
    )
    tables = {name: pd.DataFrame(table) for name, table in PEOPLE.items()}
    tables |= {"relationships": couples, "suspects": suspects}
    if attempts is not None:
        rows = as_frame(attempts)
        rows = rows.rename(columns={"id": "attempt_id", "level": "attempt_level"})
        rows = rows.rename(
            columns={
                "low": "attempt_date_lower",
                "high": "attempt_date_upper",
                "how": "attempt_known_how",
                "order": "attempt_order",
            }
        )
        if "attempt_order" in rows:
            rows["attempt_order"] = rows["attempt_order"].map(lambda v: pd.NA if v is None else v)
            rows["attempt_order"] = rows["attempt_order"].astype("Float64").astype("Int64")
        given = {
            "relationship_id": "r1",
            "attempt_known_how": "prospective",
            "attempt_level": "separation_temporary",
        }
        rows = rows.assign(**{name: value for name, value in given.items() if name not in rows})
        tables["escape_attempts"] = rows
    return trace_durations(Sample(info=INFO, tables=tables))


def rules(found):
    return sorted((issue.row, issue.field, issue.rule) for issue in found.faults)


def reasons(rows):
    return [row.why_not or "used" for row in rows]


# --- relationships ---------------------------------------------------------------------------


def test_origin_entry_and_exit_are_days_from_entry():
    found = trace(
        """
        relationship_id | rel_onset_lower | rel_onset_upper | rel_entry_date | rel_exit_lower | rel_exit_upper | rel_exit_cause
        r1              | 2009-12-02      | 2009-12-22      | 2010-01-01     | 2010-01-11     | 2010-01-31     | suspect_ended
        r2              | 2009-12-02      | 2010-01-05      | 2010-01-01     | 2010-01-11     | 2010-01-11     | death
        r3              | -               | -               | 2010-01-01     | -              | 2010-01-31     | moved_abroad
        """  # noqa: E501
    )
    first, second, third = found.relationships
    assert (first.onset_lower, first.onset_upper) == (-30, -10)
    assert (first.exit_lower, first.exit_upper, first.exit_cause) == (10, 30, "suspect_ended")
    assert (second.onset_lower, second.onset_upper) == (-30, 0), "an observed couple has begun"
    assert (third.onset_lower, third.onset_upper) == (None, 0)
    assert (third.exit_lower, third.exit_upper) == (1, 30)
    assert {row.exit_source for row in found.relationships} == {"relationship"}
    assert found.faults == ()


@pytest.mark.parametrize(
    ("arrest", "ended", "expected"),
    [
        (("-", "-"), ("2010-04-11", "2010-04-11"), (100, 100, "victim_ended", "relationship")),
        # an arrest that is certainly earlier ends the time at risk
        (("2010-03-02", "2010-03-12"), ("2010-04-11", "2010-04-11"), (60, 70, "arrest", "arrest")),
        # one that may be earlier bounds it, but the recorded cause stands
        (("2010-04-01", "2010-04-20"), ("2010-04-11", "2010-04-11"), (90, 100, "victim_ended", "")),
        # on the same day the recorded cause stands
        (
            ("2010-04-11", "2010-04-11"),
            ("2010-04-11", "2010-04-11"),
            (100, 100, "victim_ended", ""),
        ),
        # without a recorded end: the arrest, else the end of the investigation
        (("2010-03-02", "2010-03-12"), ("-", "-"), (60, 70, "arrest", "arrest")),
        (("-", "-"), ("-", "-"), (364, 364, "end_of_investigation", "investigation")),
        (("-", "2010-03-12"), ("-", "-"), (1, 70, "arrest", "arrest")),
    ],
)
def test_the_first_end_counts(arrest, ended, expected):
    drawing = f"""
        relationship_id | rel_entry_date | rel_exit_lower | rel_exit_upper | rel_exit_cause
        r1              | 2010-01-01     | {ended[0]}     | {ended[1]}     | victim_ended
        """
    (row,) = trace(drawing, arrest=arrest).relationships
    lower, upper, cause, source = expected
    cause = "arrest_or_detention" if cause == "arrest" else cause
    found = (row.exit_lower, row.exit_upper, row.exit_cause, row.exit_source)
    assert found == (lower, upper, cause, source or "relationship")


def test_named_faults_of_relationships():
    found = trace(
        """
        relationship_id | rel_onset_lower | rel_onset_upper | rel_entry_date | rel_exit_lower | rel_exit_upper | rel_exit_cause | rel_in_window
        ok              | 2009-12-02      | 2009-12-02      | 2010-01-01     | 2010-02-01     | 2010-02-01     | victim_ended   | True
        late_onset      | 2010-01-03      | 2010-01-03      | 2010-01-01     | 2010-02-01     | 2010-02-01     | victim_ended   | True
        early_exit      | 2009-12-02      | 2009-12-02      | 2010-01-01     | 2009-12-20     | 2009-12-20     | victim_ended   | True
        no_time         | 2009-12-02      | 2009-12-02      | 2010-01-01     | 2010-01-01     | 2010-01-01     | victim_ended   | True
        turned_onset    | 2009-12-02      | 2009-11-02      | 2010-01-01     | 2010-02-01     | 2010-02-01     | victim_ended   | True
        turned_exit     | 2009-12-02      | 2009-12-02      | 2010-01-01     | 2010-02-01     | 2010-01-20     | victim_ended   | True
        after_case      | 2009-12-02      | 2009-12-02      | 2010-01-01     | 2011-01-10     | 2011-01-10     | victim_ended   | True
        no_cause        | 2009-12-02      | 2009-12-02      | 2010-01-01     | 2010-02-01     | 2010-02-01     | -              | True
        no_entry        | 2009-12-02      | 2009-12-02      | -              | 2010-02-01     | 2010-02-01     | victim_ended   | True
        outside         | 2009-12-02      | 2009-12-02      | 2010-01-01     | 2010-02-01     | 2010-02-01     | victim_ended   | False
        """  # noqa: E501
    )
    assert rules(found) == [
        ("after_case", "rel_exit_lower", "after_end"),
        ("early_exit", "rel_entry_date", "entry_after_exit"),
        ("late_onset", "rel_entry_date", "before_origin"),
        ("no_cause", "rel_exit_cause", "unknown_cause"),
        ("no_time", "rel_exit_upper", "zero_length"),
        ("turned_exit", "rel_exit_lower", "negative_time"),
        ("turned_onset", "rel_onset_lower", "negative_time"),
    ]
    assert reasons(found.relationships) == [
        "used",
        "before_origin",
        "entry_after_exit",
        "zero_length",
        "negative_time",
        "negative_time",
        "used",
        "used",
        "no_entry",
        "outside_window",
    ]
    by_name = {row.relationship: row for row in found.relationships}
    assert by_name["after_case"].exit_upper == 364, "nobody watched after the investigation"
    assert by_name["after_case"].exit_cause == "end_of_investigation"
    assert by_name["no_cause"].exit_cause == "not_documented"
    severities = {issue.rule: issue.severity for issue in found.faults}
    assert severities["unknown_cause"] == "warning"
    assert severities["entry_after_exit"] == "error"
    messages = {issue.row: issue.message for issue in found.faults}
    assert messages["late_onset"] == "Observation starts 2 days before the onset."
    assert not any("20" in message for message in messages.values()), "no dates in messages"


def test_an_end_that_nothing_bounds():
    found = trace(
        """
        relationship_id | rel_entry_date | rel_exit_lower | rel_exit_upper | rel_exit_cause
        r1              | 2010-01-01     | 2010-02-01     | -              | victim_ended
        """
    )
    assert found.relationships[0].exit_upper == 364, "the end of the investigation bounds it"
    tables = {"cases": {"case_id": ["c1"], "case_list_source": ["included"]}}
    couple = as_frame("relationship_id | rel_entry_date | rel_exit_lower\nr1 | 2010-01-01 | -")
    couple = couple.assign(case_id="c1", suspect_id="s1", victim_id="v1", population="trafficking")
    tables = {"cases": pd.DataFrame(tables["cases"]), "relationships": couple}
    (row,) = trace_durations(Sample(info=INFO, tables=tables)).relationships
    assert (row.why_not, row.exit_source) == ("no_exit", "")


# --- attempts --------------------------------------------------------------------------------


def test_what_counts_as_an_event():
    found = trace(
        COUPLE,
        """
        id        | level                | how           | low        | high
        wish      | intent_stated        | prospective   | 2010-02-01 | 2010-02-01
        blocked   | preparation_blocked  | prospective   | 2010-02-01 | 2010-02-01
        caught    | attempt_intercepted  | prospective   | 2010-02-01 | 2010-02-07
        away      | separation_temporary | prospective   | 2010-02-10 | 2010-02-10
        gone      | separation_lasting   | prospective   | 2010-03-01 | 2010-03-31
        told      | separation_temporary | retrospective | 2009-11-01 | 2009-11-30
        no_level  | -                    | prospective   | 2010-02-01 | 2010-02-01
        who_knows | separation_temporary | -             | 2010-02-01 | 2010-02-01
        """,
    )
    assert reasons(found.attempts) == [
        "not_observable",
        "not_observable",
        "used",
        "used",
        "used",
        "retrospective",
        "level_not_documented",
        "seen_or_told_not_documented",
    ]
    assert [(row.lower, row.upper) for row in found.events] == [(30, 37), (39, 40), (58, 89)]
    (told,) = found.retrospective
    assert (told.attempt, told.lower, told.upper) == ("told", -62, -32)
    assert found.faults == ()


def test_intervals_are_cut_at_entry_and_exit_only_when_prospective():
    found = trace(
        COUPLE,
        """
        id        | how           | low        | high
        straddles | prospective   | 2009-12-20 | 2010-01-10
        told      | retrospective | 2009-12-20 | 2010-01-10
        at_exit   | prospective   | 2010-04-01 | 2010-04-30
        last_day  | prospective   | 2010-04-11 | 2010-04-11
        undated   | prospective   | -          | -
        open      | prospective   | 2010-03-01 | -
        """,
    )
    spans = {row.attempt: (row.lower, row.upper) for row in found.attempts}
    assert spans == {
        "straddles": (0, 9),
        "told": (-13, 9),
        "at_exit": (89, 100),
        "last_day": (99, 100),
        "undated": (0, 100),
        "open": (58, 100),
    }
    assert reasons(found.attempts) == ["used", "retrospective", "used", "used", "used", "used"]


def test_named_faults_of_attempts():
    drawing = """
        relationship_id | rel_onset_lower | rel_onset_upper | rel_entry_date | rel_exit_lower | rel_exit_upper | rel_exit_cause
        r1              | 2009-12-02      | 2009-12-02      | 2010-01-01     | 2010-04-11     | 2010-04-11     | victim_ended
        """  # noqa: E501
    found = trace(
        drawing,
        """
        id      | how           | low        | high
        fine    | prospective   | 2010-02-01 | 2010-02-01
        too_old | retrospective | 2009-11-01 | 2009-11-30
        early   | prospective   | 2009-12-10 | 2009-12-30
        day_one | prospective   | 2009-12-10 | 2010-01-01
        late    | prospective   | 2010-04-12 | 2010-04-20
        turned  | prospective   | 2010-03-02 | 2010-03-01
        """,
    )
    assert rules(found) == [
        ("day_one", "attempt_date_upper", "zero_length"),
        ("early", "attempt_date_upper", "before_origin"),
        ("late", "attempt_date_lower", "after_end"),
        ("too_old", "attempt_date_upper", "before_origin"),
        ("turned", "attempt_date_lower", "negative_time"),
    ]
    assert reasons(found.attempts) == [
        "used",
        "before_origin",
        "before_origin",
        "zero_length",
        "after_end",
        "negative_time",
    ]
    assert found.retrospective == ()


def test_order_overlaps_and_gaps():
    found = trace(
        COUPLE,
        """
        id     | order | low        | high
        first  | 1     | 2010-02-01 | 2010-02-10
        second | 2     | 2010-02-05 | 2010-02-06
        third  | 4     | 2010-01-10 | 2010-01-20
        twin   | 4     | 2010-03-01 | 2010-03-05
        free   | -     | 2010-01-05 | 2010-01-06
        """,
    )
    assert rules(found) == [
        ("third", "attempt_date_upper", "overlap"),
        ("twin", "attempt_order", "gap"),
    ]
    assert reasons(found.attempts) == ["used", "used", "overlap", "used", "used"]


def test_a_shared_place_is_an_overlap():
    found = trace(
        COUPLE,
        """
        id   | order | low        | high
        a    | 1     | 2010-02-01 | 2010-02-10
        b    | 1     | 2010-03-01 | 2010-03-10
        """,
    )
    assert rules(found) == [("b", "attempt_order", "overlap")]
    assert reasons(found.attempts) == ["used", "overlap"]


def test_two_attempts_on_one_day_are_one_episode():
    found = trace(
        COUPLE,
        """
        id   | order | low        | high
        a    | 1     | 2010-02-01 | 2010-02-01
        b    | 2     | 2010-02-01 | 2010-02-01
        c    | 3     | 2010-02-01 | 2010-02-02
        """,
    )
    assert rules(found) == [("b", "attempt_date_upper", "zero_length")]
    assert [row.attempt for row in found.events] == ["a", "c"]


def test_the_flow_says_what_left_and_why():
    found = trace(
        COUPLE,
        """
        id   | level                | how           | low        | high
        a    | intent_stated        | prospective   | 2010-02-01 | 2010-02-10
        b    | separation_temporary | retrospective | 2009-12-01 | 2009-12-10
        c    | separation_temporary | prospective   | 2010-02-01 | 2010-02-10
        """,
    )
    steps = [(step.unit, step.step, step.n, step.n_left_out) for step in found.flow]
    assert steps == [
        ("relationship", "recorded", 1, None),
        ("relationship", "used", 1, None),
        ("attempt", "recorded", 3, None),
        ("attempt", "not_observable", 2, 1),
        ("attempt", "retrospective", 1, 1),
        ("attempt", "used", 1, None),
    ]


# --- arrays ----------------------------------------------------------------------------------

THREE = """
    id | order | low        | high
    a  | 1     | 2010-02-01 | 2010-02-11
    b  | 2     | 2010-02-01 | 2010-02-11
    c  | 3     | 2010-04-11 | 2010-04-11
    """


def test_counting_process_by_hand():
    found = trace(COUPLE, THREE)
    late = counting_process(found, dates="latest")
    assert late.start.tolist() == [0, 40, 41]
    assert late.stop.tolist() == [40, 41, 100]
    assert late.event.tolist() == [True, True, True]
    assert late.number.tolist() == [1, 2, 3]
    assert late.gap.tolist() == [40, 1, 59]
    assert late.cause.tolist() == ["", "", "victim_ended"], "she got away and it ended, on one day"
    early = counting_process(found, dates="earliest")
    assert early.stop.tolist() == [31, 32, 100]


def test_counting_process_since_onset():
    drawing = """
        relationship_id | rel_onset_lower | rel_onset_upper | rel_entry_date | rel_exit_lower | rel_exit_upper | rel_exit_cause
        r1              | 2009-12-02      | 2009-12-22      | 2010-01-01     | 2010-01-11     | 2010-01-11     | death
        r2              | -               | 2009-12-22      | 2010-01-01     | 2010-01-11     | 2010-01-11     | death
        """  # noqa: E501
    found = trace(drawing)
    rows = counting_process(found, clock="onset", onset="earliest")
    assert (rows.start.tolist(), rows.stop.tolist(), rows.left_out) == ([30], [40], ("r2",))
    rows = counting_process(found, clock="onset", onset="latest")
    assert (rows.start.tolist(), rows.stop.tolist()) == ([10], [20])
    assert counting_process(found).stop.tolist() == [10, 10]
    arrays = interval_arrays(found)
    assert arrays.onset_known.tolist() == [True, False]
    assert (arrays.onset_lower.tolist(), arrays.onset_upper.tolist()) == ([-30, -10], [-10, -10])


def test_interval_exit_never_precedes_an_attempt():
    drawing = """
        relationship_id | rel_entry_date | rel_exit_lower | rel_exit_upper | rel_exit_cause
        r1              | 2010-01-01     | 2010-01-20     | 2010-04-11     | victim_ended
        """
    found = trace(drawing, THREE.replace("2010-04-11", "2010-02-11"))
    early, late = (interval_arrays(found, exit_at=end) for end in ("earliest", "latest"))
    assert (early.exit.tolist(), late.exit.tolist()) == ([41], [100])
    assert (early.attempt_upper <= early.exit[0]).all()
    assert (early.attempt_lower < early.attempt_upper).all()
    forgotten = interval_arrays(found, precision="order_only")
    assert forgotten.attempt_lower.tolist() == [0, 0, 0]
    assert forgotten.attempt_upper.tolist() == [100, 100, 100]
    assert forgotten.attempt_order.tolist() == [1, 2, 3]
    with pytest.raises(ValueError, match="exit_at"):
        interval_arrays(found, exit_at="middle")
    with pytest.raises(ValueError, match="clock"):
        counting_process(found, clock="birth")


def test_the_simulated_sample():
    found = trace_durations(example_sample("simulated"))
    assert {step.step: step.n for step in found.flow if step.unit == "attempt"} == {
        "recorded": 58,
        "not_observable": 31,
        "retrospective": 23,
        "used": 23,
    }
    assert found.faults == ()
    for dates in ("earliest", "latest"):
        rows = counting_process(found, dates=dates)
        assert (rows.gap > 0).all()
        assert rows.event.sum() == 23
        assert rows.gap.sum() == interval_arrays(found, exit_at=dates).exit.sum()


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.tuples(st.integers(-20, 120), st.integers(0, 40), st.booleans(), st.booleans()),
        max_size=6,
    )
)
def test_whatever_is_used_lies_in_the_time_at_risk(rows):
    """Odd dates and orders: every event has a day of its own inside its interval."""
    lines = ["id | order | low | high"]
    for at, (low, width, ordered, dated) in enumerate(rows):
        first = ENTRY + pd.Timedelta(days=low)
        last = first + pd.Timedelta(days=width)
        order = at + 1 if ordered else "-"
        days = (first.date(), last.date()) if dated else ("-", "-")
        lines.append(f"a{at} | {order} | {days[0]} | {days[1]}")
    found = trace(COUPLE, "\n".join(lines)) if rows else trace(COUPLE)
    assert all(0 <= row.lower < row.upper <= 100 for row in found.events)
    assert sum(step.n_left_out or 0 for step in found.flow if step.unit == "attempt") == sum(
        not row.used for row in found.attempts
    )
    for dates in ("earliest", "latest"):
        process = counting_process(found, dates=dates)
        assert (process.gap > 0).all()
        assert process.event.sum() == len(found.events)
    early = counting_process(found, dates="earliest").stop
    assert len(np.unique(early)) == len(early)
