"""Periods of contact: what each reading of the dates says of a day, splits, named faults."""

import dataclasses
import json
import shutil
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relatum.samples import (
    Sample,
    SampleInfo,
    check_sample,
    example_sample,
    read_sample,
    shipped_path,
)
from relatum.samples.contact_periods import split_at_contact, trace_contact_periods
from relatum.samples.contact_periods_days import PeriodWindow, narrowed
from relatum.schema.status import ABSENT, PRESENT, UNDOCUMENTED

INFO = SampleInfo(name="t", title="T", origin="collected", schema_version="1.1.0")
COLUMNS = ("period_id", "relationship_id", "period_start_lower", "period_start_upper")
COLUMNS += ("period_end_lower", "period_end_upper", "contact_means", "contact_recorded_by")
READINGS = ("earliest", "latest", "certain")


def date(day):
    return None if day is None else pd.Timestamp("1970-01-01") + pd.Timedelta(days=day)


def frame(rows):
    """Build the table; a row is (id, couple, four days or None, means, sources)."""
    cells = [(*row[:2], *map(date, row[2:6]), *row[6:]) for row in rows]
    table = pd.DataFrame(cells, columns=list(COLUMNS))
    for name in COLUMNS[2:6]:
        table[name] = pd.to_datetime(table[name])
    return table


def make(*rows):
    return Sample(info=INFO, tables={"suspect_contacts": frame(rows)})


def trace(*rows):
    """Trace the table alone: a whole sample takes longer to build than to read."""
    return trace_contact_periods(SimpleNamespace(tables={"suspect_contacts": frame(rows)}))


def line(found, reading, days, couple="r1", **options):
    codes = found.status_at([couple] * len(days), days, completion=reading, **options)
    return "".join({int(PRESENT): "+", int(ABSENT): "0", int(UNDOCUMENTED): "."}[c] for c in codes)


# --- by hand -------------------------------------------------------------------------------------

HAND = (
    ("q1", "r1", 2, 3, 5, 6, "visit;phone", "prison_log"),
    ("q2", "r1", 9, 9, 11, 11, "none", "prison_log"),
    ("q3", "r1", 13, 13, 14, None, "phone", "own_statement"),
    ("q4", "r2", 4, 4, 4, 4, "cohabiting", "observation;own_statement"),
)


def test_three_values_under_each_reading():
    found = trace(*HAND)
    days = list(range(1, 17))
    assert line(found, "earliest", days) == ".++++...000.++.."
    assert line(found, "latest", days) == "..++++..000.++.."
    assert line(found, "certain", days) == "..+++...000.++.."
    assert line(found, "certain", days, couple="r2") == "...+............"
    assert line(found, "certain", days, couple="r9") == "." * 16


def test_contact_counts_from_the_lag_on():
    found = trace(*HAND)
    assert line(found, "certain", range(1, 17), lag=2) == "....+++...000.++"


def test_only_what_was_recorded_whether_or_not_she_stepped_back():
    found = trace(*HAND)
    assert line(found, "certain", range(1, 17), independent_only=True) == "..+++...000....."
    assert [row.independent for row in found.periods] == [True, True, False, True]


def test_the_order_and_the_days_of_periods():
    found = trace(*HAND)
    first = found.of("r1")[0]
    assert [row.period for row in found.of("r1")] == ["q1", "q2", "q3"]
    assert (first.earliest, first.latest, first.certain) == ((2, 5), (3, 6), (3, 5))
    assert first.means == ("phone", "visit")
    assert found.faults == ()
    assert [(step.step, step.n) for step in found.flow] == [("recorded", 4), ("used", 4)]


def test_an_open_end_is_never_prolonged():
    found = trace(
        ("q1", "r1", 3, 3, None, None, "visit", "wiretap"),
        ("q2", "r2", None, 5, None, 8, "none", "wiretap"),
        ("q3", "r3", None, None, 4, None, "phone", "wiretap"),
    )
    days = range(1, 11)
    assert [line(found, name, days) for name in READINGS] == ["..+......."] * 3
    assert trace_contact_periods(make(HAND[0])) == trace(HAND[0])
    assert [line(found, name, days, couple="r2") for name in READINGS] == [
        "....0.....",
        "....0000..",
        "..........",
    ]
    assert [line(found, name, days, couple="r3") for name in READINGS] == [
        "...+......",
        "...+......",
        "..........",
    ]


def test_contact_moves_beside_certain_absence():
    found = trace(
        ("q1", "r1", 1, 1, 6, 6, "none", "prison_log"),
        ("q2", "r1", 4, 9, 8, 10, "phone", "wiretap"),
        ("q3", "r1", 12, 14, 15, 15, "none", "prison_log"),
        ("q4", "r1", 11, 12, 11, 16, "phone", "wiretap"),
    )
    days = range(1, 17)
    assert line(found, "earliest", days) == "000000++..+0000."
    assert line(found, "latest", days) == "000000..++.++00."
    assert line(found, "certain", days) == "000000.......00."
    assert found.faults == ()


def test_changes_and_splits():
    found = trace(*HAND)
    assert found.cut_points("r1", completion="certain").tolist() == [2, 5, 8, 11, 12, 14]
    assert found.cut_points("r2", completion="certain", lag=3).tolist() == [6, 7]
    assert found.cut_points("r9", completion="certain").tolist() == []
    parts = split_at_contact(
        found, ["r1", "r9", "r2"], [0, 0, 4], [9, 5, 6], completion="certain", lag=1
    )
    assert parts.row.tolist() == [0, 0, 0, 1, 2, 2]
    assert parts.start.tolist() == [0, 3, 6, 0, 4, 5]
    assert parts.stop.tolist() == [3, 6, 9, 5, 5, 6]
    assert parts.status.tolist() == [1, 2, 1, 1, 2, 1]


def test_nothing_recorded_is_silence():
    found = trace()
    assert found.periods == found.faults == ()
    assert line(found, "latest", [1, 2]) == ".."
    parts = split_at_contact(found, ["r1"], [0], [4], completion="latest")
    assert (parts.stop.tolist(), parts.status.tolist()) == ([4], [UNDOCUMENTED])
    none = split_at_contact(found, [], np.array([], dtype=int), [], completion="latest")
    assert none.row.size == none.status.size == 0


# --- faults --------------------------------------------------------------------------------------


def test_every_fault_has_a_name_and_is_left_out():
    found = trace(
        ("a", "r1", 5, 5, 1, 3, "visit", "wiretap"),
        ("b", "r1", 9, 8, 10, 10, "visit", "wiretap"),
        ("c", "r1", None, None, None, None, "visit", "wiretap"),
        ("d", "r1", 1, 1, 2, 2, "none;visit", "wiretap"),
        ("e", "r1", 1, 1, 2, 2, None, "wiretap"),
        ("f", "r1", 11, 11, 14, 14, "none", "wiretap"),
        ("g", "r1", 14, 14, 15, 15, "phone", "own_statement"),
        ("h", "r1", 14, 14, 15, 15, "phone", "own_statement"),
    )
    assert {(issue.row, issue.rule, issue.severity) for issue in found.faults} == {
        ("a", "contact_period_reversed", "error"),
        ("b", "contact_period_reversed", "error"),
        ("c", "contact_period_undated", "warning"),
        ("d", "contact_none_with_means", "error"),
        ("e", "contact_means_missing", "warning"),
        ("f", "contact_periods_overlap", "error"),
        ("h", "contact_periods_overlap", "error"),
    }
    assert [row.period for row in found.used] == ["g"]
    assert line(found, "certain", range(1, 17)) == ".............++."
    assert [(step.step, step.n) for step in found.flow] == [
        ("recorded", 8),
        ("means_missing", 7),
        ("none_with_means", 6),
        ("undated", 5),
        ("reversed", 3),
        ("repeated", 2),
        ("overlap", 1),
        ("used", 1),
    ]


def test_absence_that_leaves_no_day_for_a_contact_gives_way():
    """Each stretch of none alone leaves room for the contact of r2; both together do not."""
    found = trace(
        ("n1", "r1", 1, 1, 5, 5, "none", "prison_log"),
        ("n2", "r1", 8, 8, 12, 12, "none", "prison_log"),
        ("p", "r1", 4, 10, 6, 13, "visit", "wiretap"),
        ("s", "r2", 1, 1, 5, 5, "none", "prison_log"),
        ("t", "r2", 6, 6, 12, 12, "none", "prison_log"),
        ("u", "r2", 4, 7, 5, 13, "visit", "wiretap"),
    )
    assert {(issue.row, issue.rule) for issue in found.faults} == {("t", "contact_periods_overlap")}
    assert line(found, "earliest", range(1, 14)) == "00000+.00000."
    assert line(found, "earliest", range(1, 14), couple="r2") == "00000+......."


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ({"completion": "middle"}, "completion is earliest, latest or certain"),
        ({"lag": -1}, "lag is a whole number of days, at least 0"),
        ({"day": [1.5]}, "days must be whole"),
        ({"day": [np.nan]}, "days must be finite numbers"),
        ({"day": ["x", "y"]}, "one length; days must be finite numbers"),
    ],
)
def test_wrong_calls(call, words):
    found = trace(*HAND)
    options = {"completion": "certain", "lag": 0} | {k: v for k, v in call.items() if k != "day"}
    with pytest.raises(ValueError, match=words):
        found.status_at(["r1"], call.get("day", [1]), **options)
    with pytest.raises(ValueError, match="start < stop"):
        split_at_contact(found, ["r1"], [3], [3], completion="certain")


# --- properties ----------------------------------------------------------------------------------


@st.composite
def periods(draw):
    rows = []
    for number in range(draw(st.integers(0, 6))):
        start = draw(st.integers(1, 18))
        days = [start, start + draw(st.integers(0, 3))]
        end = start + draw(st.integers(0, 5))
        days += [end, end + draw(st.integers(0, 3))]
        gone = draw(st.lists(st.booleans(), min_size=4, max_size=4))
        days = [
            None if lost and draw(st.booleans()) else d for d, lost in zip(days, gone, strict=True)
        ]
        kind = draw(st.sampled_from(["none", "phone", "visit;phone"]))
        source = draw(st.sampled_from(["wiretap", "own_statement"]))
        couple = draw(st.sampled_from(["r1", "r2"]))
        rows.append((f"q{number}", couple, *days, kind, source))
    return rows


DAYS = np.arange(-2, 36)


@settings(max_examples=60, deadline=None)
@given(periods(), st.randoms(use_true_random=False))
def test_readings_contain_what_is_certain_and_rows_have_no_order(rows, random):
    found = trace(*rows)
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert trace(*shuffled) == found
    for couple in ("r1", "r2"):
        certain, early, late = (
            found.status_at([couple] * len(DAYS), DAYS, completion=name)
            for name in ("certain", "earliest", "latest")
        )
        known = certain != UNDOCUMENTED
        assert (early[known] == certain[known]).all()
        assert (late[known] == certain[known]).all()
    for row in found.used:
        assert all(a <= b for a, b in zip(row.earliest, row.latest, strict=True))
        assert row.earliest[0] <= row.earliest[1]
        assert row.latest[0] <= row.latest[1]


@settings(max_examples=40, deadline=None)
@given(periods(), st.sampled_from(READINGS), st.integers(0, 4), st.booleans())
def test_splitting_keeps_the_time_and_the_status_of_every_day(rows, reading, lag, independent):
    found = trace(*rows)
    options = {"completion": reading, "lag": lag, "independent_only": independent}
    names, start, stop = ["r1", "r2", "r1", "r9"], [0, 3, 20, 1], [20, 30, 21, 9]
    parts = split_at_contact(found, names, start, stop, **options)
    assert (parts.stop > parts.start).all()
    lengths = np.bincount(parts.row, weights=parts.stop - parts.start, minlength=4)
    assert lengths.tolist() == [20, 27, 1, 8]
    for at, name in enumerate(names):
        mine = parts.row == at
        days = np.arange(start[at] + 1, stop[at] + 1)
        told = np.repeat(parts.status[mine], (parts.stop - parts.start)[mine])
        assert (found.status_at([name] * len(days), days, **options) == told).all()
        assert (np.diff(parts.status[mine]) != 0).all()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 9), min_size=4, max_size=4), st.integers(1, 9), st.integers(0, 3))
def test_narrowing_leaves_every_completion_beside_the_absence(days, first, length):
    """Against all completions, listed one by one."""
    a, b, c, d = days
    window = PeriodWindow(start_lower=a, start_upper=b, end_lower=c, end_upper=d)
    every = [
        (start, end)
        for start in range(a, b + 1)
        for end in range(max(c, start), d + 1)
        if end < first or start > first + length
    ]
    found = narrowed(window, [(first, first + length)])
    assert found.possible is bool(every)
    if every:
        certain = set.intersection(*(set(range(s, e + 1)) for s, e in every))
        shown = found.certain and set(range(found.certain[0], found.certain[1] + 1))
        assert (shown or set()) <= certain
        assert found.earliest in every
        assert found.latest in every


# --- samples -------------------------------------------------------------------------------------


def test_a_sample_from_before_the_table_is_read_as_before(tmp_path):
    folder = tmp_path / "old"
    shutil.copytree(shipped_path("anna"), folder)
    (folder / "suspect_contacts.csv").unlink()
    path = folder / "datapackage.json"
    descriptor = json.loads(path.read_text(encoding="utf-8"))
    descriptor["relatum"]["schema_version"] = "1.0.0"
    descriptor["resources"] = descriptor["resources"][:-1]
    path.write_text(json.dumps(descriptor), encoding="utf-8")
    assert check_sample(folder) == ()
    old = read_sample(folder)
    assert old.n("suspect_contacts") == 0
    assert list(old.table("suspect_contacts").columns)[: len(COLUMNS)] == list(COLUMNS)
    # The fingerprint of this sample under schema 1.0.0.
    assert old.fingerprint.startswith("70812a12aa9f379c")
    assert old.fingerprint == example_sample("anna").fingerprint


def test_a_row_changes_the_fingerprint():
    empty = make()
    assert make(HAND[0]).fingerprint != empty.fingerprint
    assert make(HAND[0]).fingerprint != make(HAND[1]).fingerprint
    bare = dataclasses.replace(empty, tables={})
    assert bare.fingerprint == empty.fingerprint


def test_the_narrated_case_records_no_period():
    found = trace_contact_periods(example_sample("anna"))
    assert found.periods == ()
    assert found.status_at(["anna_musa"], [14415], completion="certain").tolist() == [UNDOCUMENTED]
