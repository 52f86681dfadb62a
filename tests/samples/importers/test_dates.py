"""The grammar of dates: what is read, what is refused, and that nothing takes a mid-point."""

from datetime import date, datetime, timedelta
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from relatum.samples.importers.dates import (
    FAULTS,
    UNKNOWN,
    DateFault,
    DateInterval,
    format_interval,
    parse_date,
)
from relatum.samples.importers.dates_columns import parse_dates
from relatum.samples.importers.dates_relative import ABOUT_DAYS, SLACK_DAYS
from relatum.samples.importers.dates_words import UNITS
from relatum.schema import load_schema

EVENTS = {
    "report": DateInterval(date(2010, 4, 30), date(2010, 4, 30)),
    "first_arrest": DateInterval(date(2010, 5, 1), date(2010, 5, 31)),
    "retraction": UNKNOWN,
}

# text | first day | last day | precision; a dot is an open end
READ = """
2010-04-03                              | 2010-04-03 | 2010-04-03 | exact_day
2010-04-03 00:00:00                     | 2010-04-03 | 2010-04-03 | exact_day
3 April 2010                            | 2010-04-03 | 2010-04-03 | exact_day
on the 3rd of April, 2010               | 2010-04-03 | 2010-04-03 | exact_day
April 3, 2010                           | 2010-04-03 | 2010-04-03 | exact_day
03-Apr-2010                             | 2010-04-03 | 2010-04-03 | exact_day
3. März 2010                            | 2010-03-03 | 2010-03-03 | exact_day
3 maart 2010                            | 2010-03-03 | 2010-03-03 | exact_day
3 de enero de 2010                      | 2010-01-03 | 2010-01-03 | exact_day
13/04/2010                              | 2010-04-13 | 2010-04-13 | exact_day
04/13/2010                              | 2010-04-13 | 2010-04-13 | exact_day
4.4.2010                                | 2010-04-04 | 2010-04-04 | exact_day
2010-W14                                | 2010-04-05 | 2010-04-11 | week
week 53 of 2009                         | 2009-12-28 | 2010-01-03 | week
February 2012                           | 2012-02-01 | 2012-02-29 | month
2010-04                                 | 2010-04-01 | 2010-04-30 | month
04/2010                                 | 2010-04-01 | 2010-04-30 | month
in Sept. 2010                           | 2010-09-01 | 2010-09-30 | month
Q2 2010                                 | 2010-04-01 | 2010-06-30 | season_or_quarter
fourth quarter of 2010                  | 2010-10-01 | 2010-12-31 | season_or_quarter
summer 2010                             | 2010-06-01 | 2010-08-31 | season_or_quarter
Frühjahr 2010                           | 2010-03-01 | 2010-05-31 | season_or_quarter
winter 2009/2010                        | 2009-12-01 | 2010-02-28 | season_or_quarter
winter of 2011/12                       | 2011-12-01 | 2012-02-29 | season_or_quarter
2010                                    | 2010-01-01 | 2010-12-31 | year
early April 2010                        | 2010-04-01 | 2010-04-15 | month
mid-April 2010                          | 2010-04-08 | 2010-04-23 | month
at the end of April 2010                | 2010-04-16 | 2010-04-30 | month
first half of 2010                      | 2010-01-01 | 2010-06-30 | year
late summer 2010                        | 2010-07-01 | 2010-08-31 | season_or_quarter
between March and May 2010              | 2010-03-01 | 2010-05-31 | season_or_quarter
between 3 and 5 April 2010              | 2010-04-03 | 2010-04-05 | week
3-5 April 2010                          | 2010-04-03 | 2010-04-05 | week
from 3 April to 5 May 2010              | 2010-04-03 | 2010-05-05 | season_or_quarter
March or April 2010                     | 2010-03-01 | 2010-04-30 | season_or_quarter
2009 to 2010                            | 2009-01-01 | 2010-12-31 | order_only
2010-04-03/2010-05-02                   | 2010-04-03 | 2010-05-02 | month
between the report and the first arrest | 2010-04-30 | 2010-05-31 | season_or_quarter
before April 2010                       | .          | 2010-03-31 | order_only
prior to the first arrest               | .          | 2010-05-31 | order_only
before the end of April 2010            | .          | 2010-04-30 | order_only
until April 2010                        | .          | 2010-04-30 | order_only
no later than 3 April 2010              | .          | 2010-04-03 | order_only
after April 2010                        | 2010-05-01 | .          | order_only
after the first arrest                  | 2010-05-01 | .          | order_only
since 2010                              | 2010-01-01 | .          | order_only
from April 2010 onwards                 | 2010-04-01 | .          | order_only
not before 3 April 2010                 | 2010-04-03 | .          | order_only
after March 2010 and before 3 June 2010 | 2010-04-01 | 2010-06-02 | season_or_quarter
before the first arrest but after the report | 2010-04-30 | 2010-05-31 | season_or_quarter
../2010-04-03                           | .          | 2010-04-03 | order_only
2010-04/..                              | 2010-04-01 | .          | order_only
the report                              | 2010-04-30 | 2010-04-30 | exact_day
on the same day as the report           | 2010-04-30 | 2010-04-30 | exact_day
at the time of the first arrest         | 2010-05-01 | 2010-05-31 | month
the day before the report               | 2010-04-29 | 2010-04-29 | exact_day
two days after the report               | 2010-05-02 | 2010-05-02 | exact_day
2 days after the first arrest           | 2010-05-03 | 2010-06-02 | month
two days after the retraction           | .          | .          | none
three weeks before the report           | 2010-04-06 | 2010-04-12 | week
exactly three weeks before the report   | 2010-04-09 | 2010-04-09 | exact_day
about three weeks before the report     | 2010-03-29 | 2010-04-20 | month
about a week before the report          | 2010-04-16 | 2010-04-30 | month
a month after the report                | 2010-05-15 | 2010-06-14 | month
half a year before the report           | 2009-07-30 | 2010-01-30 | year
1.5 years before the report             | 2008-07-30 | 2009-01-30 | year
two to three weeks before the report    | 2010-04-09 | 2010-04-16 | month
between 2 and 3 weeks before the report | 2010-04-09 | 2010-04-16 | month
between two weeks before and one week before the report | 2010-04-13 | 2010-04-26 | month
within three weeks after the report     | 2010-04-30 | 2010-05-21 | month
at least two days after the report      | 2010-05-02 | .          | order_only
from two days before the report until the first arrest | 2010-04-28 | 2010-05-31 | season_or_quarter
two days after 3 April 2010             | 2010-04-05 | 2010-04-05 | exact_day
about April 2010                        | 2010-03-01 | 2010-05-31 | season_or_quarter
around 3 April 2010                     | 2010-03-27 | 2010-04-10 | month
circa 2010                              | 2009-01-01 | 2011-12-31 | order_only
unknown                                 | .          | .          | none
Not documented                          | .          | .          | none
"""
REFUSED = """
ambiguous_order   | 03/04/2010
ambiguous_order   | 03.04.2010
ambiguous_order   | three weeks before 03/04/2010
ambiguous_order   | between 03/04/2010 and May 2010
two_digit_year    | 03-04-10
two_digit_year    | 3 Apr 10
two_digit_year    | April '10
two_digit_year    | summer 09
missing_year      | April
missing_year      | 3 April
missing_year      | 3/4
ambiguous_years   | 2009/10
ambiguous_winter  | winter 2010
no_such_day       | 31 April 2010
no_such_day       | 2010-02-29
no_such_day       | 13/13/2010
no_such_day       | 2010-W60
out_of_range      | 1899
out_of_range      | 3 April 2150
out_of_range      | 500 years before the report
out_of_range      | 99999 years before the report
reversed_interval | between June 2010 and March 2010
reversed_interval | between December and February 2010
reversed_interval | after May 2010 and before March 2010
reversed_interval | three to two weeks before the report
day_number        | 40271
day_number        | 20100403
no_event          | about three weeks before
unknown_event     | two days after the trial
unknown_event     | before the trial
vague_amount      | a few weeks before the report
vague_amount      | shortly before the report
vague_amount      | weeks after the report
relative_to_now   | last summer
relative_to_now   | three weeks ago
not_understood    | a while
not_understood    | about between March and May 2010
unknown_event     | before or after the report
"""


def cases(text):
    return [tuple(part.strip() for part in line.split("|")) for line in text.strip().splitlines()]


@pytest.mark.parametrize(("text", "lower", "upper", "precision"), cases(READ))
def test_what_is_read(text, lower, upper, precision):
    found = parse_date(text, events=EVENTS)
    assert isinstance(found, DateInterval), found
    ends = tuple("." if day is None else day.isoformat() for day in (found.lower, found.upper))
    assert (*ends, found.precision) == (lower, upper, precision)
    assert parse_date(text.upper(), events=EVENTS) == found


@pytest.mark.parametrize(("rule", "text"), cases(REFUSED))
def test_what_is_refused(rule, text):
    found = parse_date(text, events=EVENTS)
    assert isinstance(found, DateFault), found
    assert found.rule == rule
    assert str(found).startswith(f"{FAULTS[rule][0]} Write ")


def test_every_fault_is_reached_and_every_precision_is_of_the_schema():
    assert {rule for rule, _ in cases(REFUSED)} == set(FAULTS)
    levels = {level.value for level in load_schema()["codings"]["date_precision"].levels}
    assert {row[3] for row in cases(READ)} == levels


def test_what_is_meant_by_day_first():
    assert parse_date("03/04/2010", day_first=True) == parse_date("3 April 2010")
    assert parse_date("03/04/2010", day_first=False) == parse_date("4 March 2010")
    # A column that is said to start with the day may not change its mind.
    assert parse_date("04/13/2010", day_first=True).rule == "no_such_day"


def test_a_distance_without_words_refers_to_the_only_event():
    one = {"report": EVENTS["report"]}
    told = parse_date("about three weeks before the report", events=one)
    assert parse_date("about three weeks before", events=one) == told


def test_a_misspelt_event_is_told():
    found = parse_date("two days after the repport", events=EVENTS)
    assert found.near == "report"
    assert found.allowed == ("report", "first arrest", "retraction")
    assert str(found).endswith("Did you mean 'report'?")


def test_cells_that_are_no_texts():
    day = DateInterval(date(2010, 4, 3), date(2010, 4, 3))
    moments = (date(2010, 4, 3), datetime(2010, 4, 3, 12), pd.Timestamp("2010-04-03"))
    assert {parse_date(one) for one in (*moments, np.datetime64("2010-04-03"))} == {day}
    assert {parse_date(one) for one in (None, np.nan, pd.NaT, pd.NA, "", "  ")} == {UNKNOWN}
    assert {parse_date(one) for one in (2010, 2010.0, np.int64(2010))} == {parse_date("2010")}
    assert {parse_date(one).rule for one in (40271, 40271.5, np.inf)} == {"day_number"}
    assert {parse_date(one).rule for one in (True, [2010], "x" * 10_000)} == {"not_understood"}


def test_wrong_names_of_events():
    with pytest.raises(ValueError, match=r"not 'April 2010', '', 'the report'\."):
        parse_date("x", events=dict.fromkeys(("April 2010", "", "report", "the report"), UNKNOWN))
    with pytest.raises(ValueError, match="lies after"):
        DateInterval(date(2010, 4, 2), date(2010, 4, 1))


# --- columns -------------------------------------------------------------------------------------


def test_a_column_and_its_faults():
    arrests = parse_dates(["1 May 2010", "May 2010", None, None])
    cells = ["two days after the arrest", "day after the arrest", "03/04/2010", "after the trial"]
    found = parse_dates(cells, events={"arrest": arrests.intervals})
    assert found.lower.astype(str).tolist() == ["2010-05-03", "2010-05-02", "NaT", "NaT"]
    assert found.upper.astype(str).tolist() == ["2010-05-03", "2010-06-01", "NaT", "NaT"]
    assert found.precision == ("exact_day", "month", "none", "none")
    frame = found.frame("attempt_date")
    assert [name for name in frame if name in load_schema()["escape_attempts"]] == list(frame)
    first, second = found.issues("Sheet1", field="left on")
    assert (first.row, first.field, first.rule) == ("row 4", "left on", "ambiguous_order")
    assert (second.row, second.rule, second.allowed) == ("row 5", "unknown_event", ("arrest",))
    assert "03/04" not in str(first)
    assert found.issues("t", field="f", rows=["a", "b", "c", "d"])[0].row == "c"


def test_events_need_one_interval_per_row():
    with pytest.raises(ValueError, match=r"2 rows, .*: 'a' \(1\), 'b' \(3\)\."):
        parse_dates(["2010", "2011"], events={"a": [UNKNOWN], "b": [UNKNOWN] * 3})


def test_the_order_of_rows_changes_nothing():
    texts = [row[0] for row in cases(READ)] + [row[1] for row in cases(REFUSED)]
    events = {name: [one] * len(texts) for name, one in EVENTS.items()}
    ahead, turned = (parse_dates(rows, events=events) for rows in (texts, texts[::-1]))
    assert ahead.intervals == turned.intervals[::-1]
    assert len(ahead.faults) == len(cases(REFUSED))


# --- properties ----------------------------------------------------------------------------------

DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31))
INTERVALS = st.tuples(st.none() | DAYS, st.none() | DAYS).map(
    lambda ends: DateInterval(*(sorted(ends) if None not in ends else ends))
)
MIDDLE = st.dates(date(1960, 1, 1), date(2050, 12, 31))
AMOUNTS = st.integers(1, 20)


@given(INTERVALS)
@example(DateInterval(date(2010, 1, 1), date(2010, 12, 31)))
@example(DateInterval(date(2012, 2, 1), date(2012, 2, 29)))
@example(DateInterval(date(2010, 10, 1), date(2010, 12, 31)))
def test_what_is_written_is_read_again(found):
    assert parse_date(format_interval(found)) == found


@given(
    st.tuples(MIDDLE, MIDDLE).map(sorted),
    AMOUNTS,
    st.sampled_from(sorted(UNITS)),
    st.booleans(),
)
def test_a_distance_holds_that_of_every_day_of_its_anchor(ends, amount, unit, before):
    events = {"report": DateInterval(*ends)}
    side = "before" if before else "after"
    spans = [
        parse_date(f"{word}{amount} {unit}s {side} the report", events=events)
        for word in ("exactly ", "", "about ")
    ]
    for narrow, wide in pairwise(spans):
        assert wide.lower <= narrow.lower <= narrow.upper <= wide.upper
    # The width of the anchor is kept: months differ by at most three days of it.
    width = (spans[0].upper - spans[0].lower) - (ends[1] - ends[0])
    assert abs(width) <= timedelta(days=3)
    assert (spans[2].upper <= ends[1]) if before else (spans[2].lower >= ends[0])
    for day in ends:
        own = parse_date(
            f"exactly {amount} {unit}s {side} the report",
            events={"report": DateInterval(day, day)},
        )
        assert spans[0].lower <= own.lower <= own.upper <= spans[0].upper


@pytest.mark.parametrize("unit", sorted(SLACK_DAYS))
def test_the_table_of_trust(unit):
    day = date(2010, 6, 15)
    events = {"report": DateInterval(day, day)}
    exact, plain, about = (
        parse_date(f"{word}4 {unit}s after the report", events=events)
        for word in ("exactly ", "", "about ")
    )
    assert (plain.upper - exact.upper).days == (exact.lower - plain.lower).days == SLACK_DAYS[unit]
    assert (about.upper - exact.upper).days == (exact.lower - about.lower).days
    assert (about.upper - exact.upper).days == 4 * ABOUT_DAYS[unit] // 2


PIECES = """3 03/04/2010 2010 about between and to before after the report until winter early week
weeks days half / - .. within day april enero sept. one a twenty or since of"""
WORDS = st.sampled_from(PIECES.split())
TEXTS = st.lists(WORDS, max_size=9).map(" ".join) | st.text(max_size=40)


@given(TEXTS)
@example("between " * 25)
@example("a and " * 33)
@example("١٢/٠٤/٢٠١٠")
def test_any_text_is_an_interval_or_a_fault(text):
    found = parse_date(text, events=EVENTS)
    assert isinstance(found, DateInterval | DateFault)
    if isinstance(found, DateInterval):
        assert parse_date(format_interval(found)) == found
    else:
        assert found.rule in FAULTS
