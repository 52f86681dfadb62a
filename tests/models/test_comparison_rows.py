"""Rows of the matrix that are no share, each by hand on small samples."""

from dataclasses import replace

import numpy as np
import pytest

from relatum.inference.case_jackknife import (
    combine_left_out,
    cumulative_log_odds_ratio,
    jackknife_contrast,
    log_rate_ratio,
)
from relatum.inference.common import Refusal
from relatum.models import comparison_testimony as testimony_module
from relatum.models.comparison_acts import act_sums
from relatum.models.comparison_benchmarks import compare_benchmarks
from relatum.models.comparison_ranks import barrier_matrix
from relatum.models.comparison_resistance import RESISTANCE_WORDS, resistance_levels
from relatum.models.comparison_samples import Pair, Side
from relatum.models.comparison_special import special_row
from relatum.models.comparison_testimony import contrast_contact_ratios
from relatum.models.retraction_contrasts_contact import contact_days
from relatum.models.testimony_limits import trace_merged
from relatum.samples import example_sample
from relatum.samples.simulation import simulate_pair
from relatum.schema.parallels import load_parallels
from relatum.schema.status import APPLICABLE_NOT
from relatum.study import read_study

MATRIX = load_parallels()


def couple(at, case, **more):
    return {
        "relationship_id": f"r{at}",
        "case_id": case,
        "suspect_id": f"s{at}",
        "victim_id": f"v{at}",
        "population": "trafficking",
        "rel_entry_date": "2020-01-01",
        "rel_exit_lower": "2020-03-01",
        "rel_exit_upper": "2020-03-31",
        **more,
    }


def act(at, unit, code="ctl_phone_checks", first=None, last=None, status="present"):
    return {
        "coding_id": f"k{at}",
        "unit_type": "relationship",
        "unit_id": unit,
        "code": code,
        "status": status,
        "date_lower": first,
        "date_upper": last,
        "coder_id": "one",
    }


@pytest.fixture
def watched(sample_of):
    codings = [
        act(1, "r1", first="2020-01-05", last="2020-01-09"),
        act(2, "r1", first="2020-01-05", last="2020-01-09"),  # the same act, entered twice
        act(3, "r1", first="2020-02-01", last="2020-02-01"),
        act(4, "r1", first="2019-12-01", last="2019-12-20"),  # before observation
        act(5, "r2", first="2020-03-10", last="2020-03-20"),  # inside the latest exit only
        act(6, "r2"),  # undated
        act(7, "r2", code="iso_locked_in", status="absent_documented"),
    ]
    couples = [couple(1, "c1"), couple(2, "c2"), couple(3, "c2", rel_entry_date=None)]
    return Side("trafficking", sample_of(relationships=couples, codings=codings))


def test_acts_inside_observation_are_counted_by_certainty(watched):
    low, high = act_sums(watched, "low"), act_sums(watched, "high")
    assert low[:, 0].tolist() == [2.0, 0.0]
    assert high[:, 0].tolist() == [2.0, 2.0]
    # `low` divides by the longest time, `high` by the shortest: 90 and 60 days of one month each.
    assert low[:, 1] == pytest.approx([90 * 12 / 365.25] * 2)
    assert high[:, 1] == pytest.approx([60 * 12 / 365.25] * 2)
    assert high[:, 2].tolist() == [1.0, 1.0]


def test_no_time_under_observation_is_said(sample_of):
    sample = sample_of(relationships=[couple(1, "c1", rel_entry_date=None)])
    assert "no time under observation" in act_sums(Side("trafficking", sample), "low")


def test_the_highest_level_of_resistance_counts(sample_of):
    codings = [
        act(1, "r1", code="cop_covert_resistance"),
        act(2, "r2", code="cop_seek_support"),
        act(3, "r2", code="cop_active", status="absent_documented"),
        *(
            act(10 * at + place, f"r{at}", code=code, status="absent_documented")
            for at in (3, 4)
            for place, code in enumerate(
                ("cop_covert_resistance", "cop_negotiation", "cop_seek_support", "cop_active")
            )
        ),
    ]
    attempts = [
        {"attempt_id": "a1", "relationship_id": "r3", "attempt_level": "attempt_intercepted"},
        {"attempt_id": "a2", "relationship_id": "r4", "attempt_level": "intent_stated"},
    ]
    reports = [{"report_id": "p1", "victim_id": "v5", "report_made": "formal_report"}]
    sample = sample_of(
        relationships=[couple(at, f"c{at}") for at in range(1, 6)],
        codings=codings,
        escape_attempts=attempts,
        reports=reports,
    )
    side = Side("trafficking", sample)
    low, n_levels = resistance_levels(side, "low")
    high, _ = resistance_levels(side, "high")
    assert low.tolist() == [1, 3, 5, 0, 6]
    assert high.tolist() == [4, 3, 5, 0, 6]
    assert n_levels == len(RESISTANCE_WORDS)


# --- the jackknife over cases --------------------------------------------------------------------


def test_jackknife_of_a_mean_is_its_textbook_error():
    rng = np.random.default_rng(4)
    a, b = rng.normal(size=9), rng.normal(size=7)
    ones = [np.column_stack([values, np.ones(len(values))]) for values in (a, b)]

    def difference(total_a, total_b):
        return total_a[..., 0] / total_a[..., 1] - total_b[..., 0] / total_b[..., 1]

    found = jackknife_contrast(*ones, difference)
    error = np.sqrt(a.var(ddof=1) / 9 + b.var(ddof=1) / 7)
    assert found.estimate == pytest.approx(a.mean() - b.mean())
    assert found.std_error == pytest.approx(error, rel=1e-12)
    parts = a.var(ddof=1) / 9, b.var(ddof=1) / 7
    # Of each sample no more degrees of freedom than cases less one, and fewer where few carry it.
    squares = [(values - values.mean()) ** 2 for values in (a, b)]
    held = [3 * s.sum() ** 2 / (s**2).sum() - 1 for s in squares]
    held = [min(n - 1, found) for n, found in zip((9, 7), held, strict=True)]
    welch = sum(parts) ** 2 / (parts[0] ** 2 / held[0] + parts[1] ** 2 / held[1])
    assert found.df == pytest.approx(welch, rel=1e-9)


def test_two_large_cases_leave_few_degrees_of_freedom():
    large = np.array([1.0, -1.0, *np.zeros(10)])
    found = combine_left_out(0.0, large, np.zeros(12))
    assert found.df == pytest.approx(3 * 2**2 / 2 - 1)
    even = combine_left_out(0.0, np.tile([1.0, -1.0], 6), np.zeros(12))
    assert even.df == pytest.approx(11)


def test_cumulative_odds_ratio_of_two_levels_is_the_odds_ratio():
    a, b = np.array([7.0, 13.0]), np.array([11.0, 9.0])
    assert np.exp(cumulative_log_odds_ratio(a, b)) == pytest.approx((13 * 11) / (7 * 9))
    # An empty level changes nothing.
    wide = [np.array([7.0, 0.0, 13.0]), np.array([11.0, 0.0, 9.0])]
    assert cumulative_log_odds_ratio(*wide) == pytest.approx(cumulative_log_odds_ratio(a, b))
    assert cumulative_log_odds_ratio(b, a) == pytest.approx(-cumulative_log_odds_ratio(a, b))


@pytest.mark.parametrize(
    ("a", "b", "why"),
    [
        ([[1, 2]], [[1, 2], [2, 2]], "fewer than two cases"),
        ([[0, 2], [0, 2]], [[1, 2], [2, 2]], "nothing or everything"),
        ([[1, 2], [0, 2]], [[1, 2], [2, 2]], "rests on one case"),
        ([[1, 2], [1, 2]], [[1, 2], [1, 2]], "cases do not differ"),
    ],
)
def test_jackknife_refuses_what_cannot_be_told(a, b, why):
    found = jackknife_contrast(a, b, log_rate_ratio)
    assert isinstance(found, Refusal)
    assert why in found.why


def test_left_out_values_that_do_not_exist_are_refused():
    assert isinstance(combine_left_out(0.0, [0.1, np.inf], [0.2, 0.1]), Refusal)


# --- rows that need whole samples ----------------------------------------------------------------


@pytest.fixture(scope="module")
def pair():
    drawn = simulate_pair(scenario="holds", seed=5, n_cases=60)
    return Pair(
        Side("trafficking", drawn.trafficking),
        Side("domestic_violence", drawn.domestic_violence),
    )


@pytest.mark.parametrize("name", ["P03", "P12", "P21", "P29", "P30"])
def test_rows_are_found_and_change_sign_with_the_sides(pair, name):
    study = read_study()
    found = special_row(pair, MATRIX[name], study)
    swapped = special_row(Pair(pair.domestic_violence, pair.trafficking), MATRIX[name], study)
    if isinstance(found, str):
        # Too few steps back on days of contact: the reason is in words.
        assert name in ("P12", "P30")
        return
    assert found.trafficking == swapped.domestic_violence
    for coding, mirror in (("low_high", "high_low"), ("high_low", "low_high")):
        if found.fits:
            assert found.fits[coding].estimate == pytest.approx(-swapped.fits[mirror].estimate)
            assert found.fits[coding].std_error == pytest.approx(swapped.fits[mirror].std_error)
        else:
            one = found.intervals[coding, 0.95]
            two = swapped.intervals[mirror, 0.95]
            assert (one[0].estimate, one[1].estimate) == (two[1].estimate, two[0].estimate)


def test_days_of_contact_add_up_to_the_retraction_report(pair):
    study = read_study()
    testimony = trace_merged(pair.trafficking.sample)
    rows = contact_days(testimony, study, "latest")
    assert rows.days.min() >= 0
    assert rows.event.sum() <= len(np.unique(rows.case)) * 10
    assert set(np.unique(rows.level["contact"])) <= {-1, 0, 1}


def test_crossed_ratios_move_the_samples_apart(pair, monkeypatch):
    """Where dates raise the ratio in one sample and lower it in the other."""
    ratios = {"trafficking": (2.0, 3.0), "domestic_violence": (3.0, 2.0)}
    sizes = iter(ratios[side.name] for side in pair.sides for _ in range(2))
    at = iter((0, 1) * 2)

    def sums(_):
        events = 10.0 * next(sizes)[next(at)]
        return np.array([[share * events, 100.0, 10.0, 100.0] for share in (0.9, 1.0, 1.1)])

    monkeypatch.setattr(testimony_module, "_contact_sums", sums)
    found = contrast_contact_ratios(pair, MATRIX["P30"], read_study())
    crossed = {name: np.exp(fit.estimate) for name, fit in found.fits.items()}
    assert crossed == pytest.approx({"low_high": 2 / 3, "high_low": 3 / 2})
    assert (found.trafficking.low, found.trafficking.high) == pytest.approx((2, 3))
    reports = pair.trafficking.sample.tables["reports"]["victim_id"].nunique()
    assert found.trafficking.n_units <= reports


def test_an_incidence_is_read_at_the_day_of_its_row(pair):
    study = read_study()
    other = replace(study, retraction=replace(study.retraction, horizons=(30.0, 60.0)))
    one, two = (special_row(pair, MATRIX["P29"], plan) for plan in (study, other))
    assert one.trafficking == two.trafficking
    assert one.intervals["low_high", 0.95] == two.intervals["low_high", 0.95]


def test_what_does_not_apply_is_no_silent_resistance(sample_of, monkeypatch):
    side = Side("trafficking", sample_of(relationships=[couple(1, "c1")], codings=[]))
    nothing = np.array([APPLICABLE_NOT], dtype=np.int8)
    monkeypatch.setattr(Side, "statuses", lambda *_: nothing)
    assert resistance_levels(side, "high")[0].tolist() == [0]


def test_barriers_read_silence_as_told(pair):
    documented, cases = barrier_matrix(pair.trafficking, "documented")
    low, _ = barrier_matrix(pair.trafficking, "low")
    high, _ = barrier_matrix(pair.trafficking, "high")
    silent = np.isnan(documented) & ~np.isnan(low)
    assert len(cases) == len(documented)
    assert (low[silent] == 0).all()
    assert (high[silent] == 1).all()
    known = ~np.isnan(documented)
    assert (low[known] == high[known]).all()


def test_every_named_benchmark_is_compared_or_refused():
    study = read_study()
    found = compare_benchmarks(example_sample("simulated"), study)
    named = {(row.id, name) for row in MATRIX.values() for name in row.benchmark_ids}
    told = {(row.id, row.benchmark) for row in (*found.rows, *found.refused)}
    assert told == named
    assert all(row.why for row in found.refused)
    assert {row.verdict for row in found.rows} <= {
        *("compatible_with_benchmark", "different", "not_shown"),
    }


def test_a_benchmark_needs_a_declared_margin():
    study = replace(read_study(), margins={})
    found = compare_benchmarks(example_sample("simulated"), study)
    assert found.rows == ()
    assert any("No margin was declared" in row.why for row in found.refused)
