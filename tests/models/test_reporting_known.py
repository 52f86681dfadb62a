"""What dates leave open, who is followed, and what the names of cases may not change."""

import numpy as np
import pandas as pd
import pytest

from relatum.models.reporting import estimate_reporting
from relatum.models.reporting_states import UNDETERMINED, known_states
from relatum.models.testimony_limits import trace_merged
from relatum.results.base import Unavailable
from relatum.samples import example_sample
from relatum.samples.testimony import trace_testimony
from relatum.study import read_study

HORIZON = 40


def day(number):
    return None if number is None else pd.Timestamp("2010-01-01") + pd.Timedelta(days=number)


def dated(stem, days):
    return {f"{stem}_lower": day(days[0]), f"{stem}_upper": day(days[1])}


def histories(sample_of, women):
    """Build one case of women, each a list of (report days, step days or None, confirmed)."""
    tables = {name: [] for name in ("victims", "relationships", "police_contacts", "reports")}
    tables["retractions"] = []
    for at, reports in enumerate(women):
        who = {"victim_id": f"v{at:03}", "relationship_id": f"r{at:03}"}
        tables["victims"].append({"victim_id": who["victim_id"], "case_id": "a"})
        couple = {"case_id": "a", "suspect_id": "s", "population": "trafficking"}
        tables["relationships"].append({**who, **couple})
        tables["police_contacts"].append(
            {"contact_id": f"p{at:03}", "contact_type": "intake", **who}
            | dated("contact_date", (0, 0))
        )
        for place, (told, step, confirmed) in enumerate(reports):
            key = f"{at:03}{place}"
            tables["police_contacts"].append(
                {"contact_id": f"q{key}", "contact_type": "statement", **who}
                | dated("contact_date", told)
            )
            made = {"report_id": f"e{key}", "contact_id": f"q{key}", **who}
            tables["reports"].append(
                made | {"report_made": "formal_report"} | dated("report_date", told)
            )
            if step is not None:
                tables["retractions"].append(
                    {
                        "retraction_id": f"x{key}",
                        "report_id": f"e{key}",
                        "retraction_type": "facts_recanted",
                        "retraction_reversed": "present" if confirmed else "absent_documented",
                    }
                    | dated("retraction_date", step)
                )
    case = {"case_id": "a", "case_list_source": "included", "case_outcome": "acquittal"}
    tables["cases"] = [case | {"case_start": day(-30), "case_end": day(400)}]
    tables["suspects"] = [{"suspect_id": "s", "case_id": "a"}]
    return sample_of(**{name: rows for name, rows in tables.items() if rows})


def draw_interval(rng, low):
    first = int(low + rng.integers(0, 30))
    return first, int(first + rng.choice([0, 4, 15, 30]))


def draw_woman(rng):
    found = []
    for _ in range(int(rng.integers(0, 3))):
        told = draw_interval(rng, 0)
        step = draw_interval(rng, told[1]) if rng.random() < 0.7 else None
        found.append((told, step, rng.random() < 0.3))
    return found


def possible_states(rng, reports, draws=400):
    """Draw dates inside their intervals, in their order, and read the states they give."""
    found = set()
    for _ in range(draws):
        events = []
        for told, step, confirmed in reports:
            events.append((int(rng.integers(told[0], told[1] + 1)), 0, 1))
            if step is not None:
                back = int(rng.integers(step[0], step[1] + 1))
                events.append((back, 1, 2))
                if confirmed:
                    events.append((int(rng.integers(back, back + 90)), 2, 1))
        # changes on one day are entered a day apart: the completions see to that
        if len({when for when, _, _ in events}) == len(events):
            past = [event for event in sorted(events) if event[0] <= HORIZON]
            found.add(past[-1][2] if past else 0)
    return found


def test_a_known_state_is_that_of_all_dates(sample_of):
    rng = np.random.default_rng(11)
    women = [draw_woman(rng) for _ in range(120)]
    known = known_states(trace_testimony(histories(sample_of, women)), HORIZON)
    seen = [possible_states(rng, woman) for woman in women]
    assert all(mine <= {state} for mine, state in zip(seen, known, strict=True) if state >= 0)
    # and little is given away: nearly all women with one possible state are known
    settled = [state for mine, state in zip(seen, known, strict=True) if len(mine) == 1]
    assert len(settled) > 50
    assert np.mean(np.array(settled) >= 0) > 0.9


def test_dates_in_the_middle_can_give_a_state_that_neither_completion_has(sample_of):
    # both completions: step back, then the second report; day 6 for it and 20 for the step: not
    women = [
        [((0, 0), (5, 20), False), ((6, 21), None, False)],
        [((0, 0), (5, 20), False), ((21, 22), None, False)],
    ]
    found = known_states(trace_testimony(histories(sample_of, women)), HORIZON)
    assert found.tolist() == [UNDETERMINED, 1]


def women_of(spec="aaaabbbbccccddddeeeeffff"):
    return [
        {"case": case, "contact": 0, "report": None if at % 4 < 2 else 10 + at}
        for at, case in enumerate(spec)
    ]


def test_one_woman_who_is_lost_does_not_blank_the_others(testimony_of, study):
    lost = {"case": "z", "contact": 0, "report": 20, "step": 60}
    found = estimate_reporting(testimony_of([*women_of(), lost], end=90), study)
    assert [row.latest for row in found.shares[:3]] == pytest.approx([12 / 25, 12 / 25, 1 / 25])
    assert found.share("stepped_back").n_undetermined == 1
    assert max(point.day for point in found.points) == study.reporting.horizon
    assert "carried_on" in {note.code for note in found.notes}


def test_late_entry_needs_enough_women_from_the_start(testimony_of, study):
    # the investigation begins on day -30; all but one woman met the police before
    women = [{**woman, "contact": -60} for woman in women_of()]
    women[0]["contact"] = 0
    found = estimate_reporting(testimony_of(women), study)
    assert [row.latest for row in found.shares[:3]] == [None, None, None]
    assert found.points == ()
    assert found.share("no_report").n_in_state == 12


def test_one_woman_shows_no_share():
    found = estimate_reporting(example_sample("anna"), read_study())
    assert isinstance(found, Unavailable)
    assert "one woman" in found.why


def many_cases(names):
    """Eighteen cases of one size, so that signs are drawn, which differ in days only."""
    women = []
    for at, name in enumerate(names):
        for place in range(3):
            told = None if (at + place) % 2 else (5, 60, 100, 150)[(7 * at + 3 * place) % 4] + at
            women.append({"case": name, "contact": 0, "report": told})
    return women


def test_names_of_many_cases_change_nothing(testimony_of, study):
    found = []
    for order in (range(18), np.random.default_rng(0).permutation(18)):
        names = [f"k{number:02}" for number in order]
        sample = testimony_of(many_cases(names), closed=names[::3], end=140)
        result = estimate_reporting(sample, study)
        row = result.share("report_upheld")
        found.append([row.latest, row.conf_low, row.conf_high, result.without_two])
    assert found[0] == pytest.approx(found[1], abs=1e-9)


def test_investigations_that_share_a_suspect_are_one(testimony_of, study):
    sample = testimony_of(women_of())
    couples = sample.tables["relationships"].copy()
    couples.loc[couples["case_id"] == "b", "suspect_id"] = "sa"
    merged = sample.replace_tables({"relationships": couples})
    assert {row.case for row in trace_merged(merged).victims} == set("acdef")
    found = estimate_reporting(merged, study)
    assert found.shares[0].n_cases == 5
    assert "5 investigations" in found.unavailable[0].why


def test_silence_on_who_sought_the_contact_is_counted(testimony_of, study):
    women = women_of()
    for at in (0, 2, 3):
        women[at]["initiator"] = "not_documented"
    # after the arrest every report is of one kind, whoever sought it
    women[2]["arrest"] = "before"
    notes = {note.code: note.text for note in estimate_reporting(testimony_of(women), study).notes}
    assert "first contact in 3 of 24 women" in notes["undocumented"]
    assert "1 of 12 reports counts as neither" in notes["undocumented"]
    clean = estimate_reporting(testimony_of(women_of()), study)
    assert "undocumented" not in {note.code for note in clean.notes}
