"""States after first contact: by hand, what is known, what is limited, and what is refused."""

import numpy as np
import pytest

from relatum.models.reporting import estimate_reporting
from relatum.models.reporting_states import UNDETERMINED, known_states
from relatum.results.base import Unavailable
from relatum.results.codec import decode, encode
from relatum.results.reporting import Reporting
from relatum.samples import example_sample
from relatum.samples.testimony import trace_testimony
from relatum.study import read_study


def women_of(spec="aaaabbbbccccddddeeeeffff"):
    """Two in four without a report, one with, one stepped back."""
    return [
        {"case": case, "contact": 0, "report": None if at % 4 < 2 else 10 + at,
         "step": 60 + at if at % 4 == 3 else None}
        for at, case in enumerate(spec)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def found():
    return estimate_reporting(example_sample("simulated"), read_study())


def test_exact_dates_and_decided_cases_leave_nothing_open(testimony_of, study):
    result = estimate_reporting(testimony_of(women_of()), study)
    counts = {row.state: (row.n_in_state, row.n_undetermined) for row in result.shares[:3]}
    assert counts == {"no_report": (12, 0), "report_upheld": (6, 0), "stepped_back": (6, 0)}
    for row in result.shares[:3]:
        share = row.n_in_state / 24
        assert row.bound_low == row.bound_high == share
        assert row.earliest == pytest.approx(share, abs=1e-12)
        assert row.latest == pytest.approx(share, abs=1e-12)
        assert row.case_low < row.case_average < row.case_high


def test_limits_without_censoring_are_those_of_a_share(testimony_of, study):
    from relatum.inference.wild_proportion import clustered_proportion

    spec = "aaaaaaaabbbbbbccccddeeff"
    women = [
        {"case": case, "contact": 0, "report": 5 if at in (0, 1, 2, 8, 9, 14, 20) else None}
        for at, case in enumerate(spec)
    ]
    row = estimate_reporting(testimony_of(women), study).share("report_upheld")
    same = clustered_proportion(
        [3, 2, 1, 0, 1, 0], [8, 6, 4, 2, 2, 2], conf_level=0.95, boundary_icc=0.1, seed=study.seed
    )
    assert row.conf_low == pytest.approx(same.conf_low, abs=1e-6)
    assert row.conf_high == pytest.approx(same.conf_high, abs=1e-6)


@pytest.mark.parametrize(
    ("woman", "state"),
    [
        ({"contact": 0, "report": (170, 200)}, UNDETERMINED),
        ({"contact": 0, "report": (100, 170)}, 1),
        # the contact may be as late as day 60, so that 100 days can pass as 40
        ({"contact": (0, 60), "report": 190}, UNDETERMINED),
        ({"contact": 0, "report": 20, "step": (100, 300)}, UNDETERMINED),
        ({"contact": 0, "report": 20, "step": (100, 150)}, 2),
        ({"contact": 0, "report": 20, "step": 50, "reversed": "present"}, UNDETERMINED),
        ({"contact": 0}, 0),
    ],
)
def test_a_state_is_known_only_if_all_dates_agree(testimony_of, woman, state):
    sample = testimony_of([{"case": "a", **woman}])
    assert known_states(trace_testimony(sample), 180.0).tolist() == [state]


def test_observation_that_ends_before_the_horizon_leaves_the_state_open(testimony_of, study):
    women = women_of() + [{"case": "z", "contact": 0} for _ in range(4)]
    result = estimate_reporting(testimony_of(women, end=90), study)
    row = result.share("no_report")
    assert (row.n_women, row.n_undetermined) == (28, 4)
    assert row.bound_low == 12 / 28
    assert row.bound_high == 16 / 28
    assert row.bound_low < row.latest <= row.bound_high + 1e-12


def test_splits_add_up_and_small_ones_are_counted_only(testimony_of, study):
    women = women_of()
    for at, woman in enumerate(women):
        woman["initiator"] = "victim" if at % 6 == 0 else "police"
    result = estimate_reporting(testimony_of(women), study)
    hers = result.share("no_report", split="initiator", level="victim")
    others = result.share("no_report", split="initiator", level="police")
    assert hers.n_women + others.n_women == 24
    assert (hers.n_women, hers.latest, hers.case_average) == (4, None, None)
    assert others.latest is not None


def test_curves_marks_and_passages(testimony_of, study):
    result = estimate_reporting(testimony_of(women_of()), study)
    for point in result.points:
        assert point.no_report + point.report_upheld + point.stepped_back == pytest.approx(1)
    last = [point for point in result.points if point.completion == "latest"][-1]
    assert (last.day, last.stepped_back) == (180.0, pytest.approx(0.25))
    assert [mark.day for mark in result.at_risk] == [0, 30, 60, 90, 120, 150, 180]
    for mark in result.at_risk:
        assert mark.no_report + mark.report_upheld + mark.stepped_back == 24
    passages = {(row.origin, row.target): (row.n, row.n_from) for row in result.transitions}
    assert passages["contact", "report"] == (12, 24)
    assert passages["report", "stepped_back"] == (6, 12)


def test_incidence_of_two_kinds_of_report(testimony_of, study):
    women = women_of()
    for at, woman in enumerate(women):
        woman["initiator"] = "victim" if at % 4 == 2 else "police"
        woman["arrest"] = "before" if at % 4 == 2 else "after"
    result = estimate_reporting(testimony_of(women), study)
    own, after = result.incidence
    assert (own.n_events_low, own.n_events_high, after.n_events_high) == (6, 6, 6)
    assert own.latest == pytest.approx(0.25)
    assert after.earliest == pytest.approx(0.25)


def test_few_cases_have_no_limits_and_say_so(testimony_of, study):
    result = estimate_reporting(testimony_of(women_of("aaaabbbbcccc")), study)
    assert all(row.conf_low is None and row.case_low is None for row in result.shares)
    assert result.share("no_report").latest == pytest.approx(0.5)
    assert "fewer than 6" in result.unavailable[0].why
    assert "no_limits" in {note.code for note in result.notes}


def test_what_cannot_be_estimated_says_why(testimony_of, empty, study):
    assert "holds no victim" in estimate_reporting(empty, study).why
    silent = testimony_of([{"case": "a"}, {"case": "b"}])
    assert "no contact" in estimate_reporting(silent, study).why
    undated = testimony_of([{"case": "a", "contact": (None, None)}])
    refused = estimate_reporting(undated, study)
    assert isinstance(refused, Unavailable)
    assert "dated" in refused.why


def test_the_shipped_sample_adds_up(found):
    women = found.shares[0].n_women
    for split in ("all", "initiator", "arrest"):
        rows = [row for row in found.shares if row.split == split]
        assert sum(row.n_in_state + row.n_undetermined / 3 for row in rows) == pytest.approx(women)
    for row in found.shares:
        if row.conf_low is not None:
            assert row.conf_low <= min(row.earliest, row.latest)
            assert row.conf_high >= max(row.earliest, row.latest)
    assert found.leave_out_low <= found.share("report_upheld").latest <= found.leave_out_high
    assert decode(Reporting, encode(found)) == found


def test_order_of_rows_and_names_of_cases_change_nothing(found):
    sample = example_sample("simulated")
    rng = np.random.default_rng(3)
    names = sample.tables["cases"]["case_id"].tolist()
    renamed = dict(zip(names, [f"k{at:02}" for at in rng.permutation(len(names))], strict=True))
    tables = {}
    for name, frame in sample.tables.items():
        mixed = frame.iloc[rng.permutation(len(frame))].reset_index(drop=True)
        if "case_id" in mixed:
            mixed["case_id"] = mixed["case_id"].map(renamed).astype(frame["case_id"].dtype)
        tables[name] = mixed
    again = estimate_reporting(sample.replace_tables(tables), read_study())
    for row, same in zip(found.shares, again.shares, strict=True):
        for name in ("n_in_state", "n_undetermined"):
            assert getattr(row, name) == getattr(same, name)
        for name in ("latest", "conf_low", "conf_high", "case_average", "case_high"):
            one, other = getattr(row, name), getattr(same, name)
            assert one == (None if other is None else pytest.approx(other, abs=1e-9))
    assert again.transitions == found.transitions
