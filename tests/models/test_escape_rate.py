"""The rate of escape attempts by hand on small samples, in closed form, and where it is refused.

Every relationship enters on 2010-01-01, day 0; every investigation ends on day 800.
"""

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, optimize, stats

from relatum.inference.common import Refusal
from relatum.inference.piecewise_rate_data import event_intervals, risk_rows
from relatum.inference.rate_bootstrap import limit_overall_rate
from relatum.models.escape_frailty import frailty_rate
from relatum.models.escape_imputation import draw_exits, impute_rate
from relatum.models.escape_naive import poisson_limits
from relatum.models.escape_rate import estimate_escape_rate
from relatum.models.escape_times import (
    DAYS_PER_MONTH,
    escape_durations,
    escape_times,
    piece_days,
    usable_cuts,
)
from relatum.results import Unavailable
from relatum.results.codec import decode, encode
from relatum.results.escape import CovariateRatio, EscapeRate, RateRow
from relatum.results.store import read_results, write_results
from relatum.samples import Sample, example_sample
from relatum.study import Gate

ENTRY = pd.Timestamp("2010-01-01")
YEAR = 365.25


def date(day):
    return None if day is None else (ENTRY + pd.Timedelta(days=day)).strftime("%Y-%m-%d")


def couple(name, case, end, *, onset=(-100, -100), cause="suspect_ended", **more):
    """Return one relationship, observed until a day or an interval of days."""
    low, high = end if isinstance(end, tuple) else (end, end)
    given = {
        "relationship_id": name,
        "case_id": case,
        "suspect_id": f"s_{name}",
        "victim_id": f"v_{name}",
        "population": "trafficking",
        "rel_in_window": True,
        "rel_entry_date": date(0),
        "rel_onset_lower": date(onset[0]),
        "rel_onset_upper": date(onset[1]),
        "rel_exit_lower": date(low),
        "rel_exit_upper": date(high),
        "rel_exit_cause": cause,
    }
    return given | more


def attempt(at, relationship, day, *, known="prospective", order=None):
    low, high = day if isinstance(day, tuple) else (day, day)
    return {
        "attempt_id": f"a{at}",
        "relationship_id": relationship,
        "attempt_level": "separation_temporary",
        "attempt_known_how": known,
        "attempt_date_lower": date(low),
        "attempt_date_upper": date(high),
        "attempt_order": pd.NA if order is None else order,
    }


@pytest.fixture(scope="session")
def build(sample_of):
    def built(couples, attempts=(), codings=()):
        cases = sorted({row["case_id"] for row in couples})
        tables = {
            "cases": [
                {"case_id": case, "case_list_source": "included", "case_end": date(800)}
                for case in cases
            ],
            "suspects": [
                {"suspect_id": row["suspect_id"], "case_id": row["case_id"]} for row in couples
            ],
            "victims": [
                {"victim_id": row["victim_id"], "case_id": row["case_id"]} for row in couples
            ],
            "relationships": couples,
        }
        if attempts:
            tables["escape_attempts"] = list(attempts)
        if codings:
            tables["codings"] = list(codings)
        return sample_of(**tables)

    return built


ENDS = (200, 300, 150, 250, 400, 100, 220, 310)
#: Attempts of the eight cases: on which day, in which relationship.
DAYS = (
    *((10, "r0a"), (150, "r0a"), (40, "r1a"), (70, "r2b"), (200, "r3a")),
    *((90, "r4a"), (300, "r4a"), (60, "r6b"), (120, "r7a"), (305, "r7a")),
)


def sixteen(**changes):
    """Return eight cases of two relationships; the second of each is observed 20 days longer."""
    return [
        couple(f"r{case}{which}", f"c{case}", end + 20 * (which == "b"), **changes)
        for case, end in enumerate(ENDS)
        for which in "ab"
    ]


def ten(width=0):
    return [attempt(at, name, (day, day + width)) for at, (day, name) in enumerate(DAYS)]


@pytest.fixture(scope="session")
def plain(study):
    return dataclasses.replace(
        study, escape=dataclasses.replace(study.escape, cuts=(6.0, 12.0), covariates=())
    )


def planned(study, **changes):
    return dataclasses.replace(study, escape=dataclasses.replace(study.escape, **changes))


@pytest.fixture(scope="session")
def eight(build):
    return build(sixteen(), ten())


@pytest.fixture(scope="session")
def found(eight, plain):
    return estimate_escape_rate(eight, plain)


@pytest.fixture(scope="session")
def shipped(study):
    return estimate_escape_rate(example_sample("simulated"), study)


def variant(result, name):
    (row,) = (row for row in result.variants if row.name == name)
    return row


def times_of(sample):
    return escape_times(sample, escape_durations(sample))


TOTAL = 2 * sum(ENDS) + 20 * 8


# --- the primary analysis ----------------------------------------------------------------------


def test_the_rate_is_attempts_over_time(found):
    row = found.overall
    assert isinstance(row, RateRow)
    assert (row.n_relationships, row.n_cases, row.n_events, row.n_event_cases) == (16, 8, 10, 7)
    # exact onsets: the mean of the pieces is events over time, up to the optimiser
    assert row.rate == pytest.approx(10 / TOTAL * YEAR, rel=1e-7)
    assert row.months == pytest.approx(TOTAL / 30.4375, rel=1e-12)
    assert 0 < row.conf_low < row.rate < row.conf_high
    assert row.method == "score_wild_bootstrap"
    assert "10 attempts" in str(found)
    assert found.tidy()["n_events"].tolist() == [10]
    assert len(found.pieces_frame()) == 3


def test_pieces_by_hand(found):
    # Onset on day -100: stretches end on days 182.625 - 100 and 365.25 - 100 after entry.
    first, second = 182.625 - 100, 365.25 - 100
    ends = [end + extra for end in ENDS for extra in (0, 20)]
    days = [
        sum(min(end, first) for end in ends),
        sum(max(min(end, second) - first, 0) for end in ends),
        sum(max(end - second, 0) for end in ends),
    ]
    counts = [4, 4, 2]  # an attempt on day d lies in (d - 1, d]: days 10, 40, 70, 60 come first
    for piece, length, n in zip(found.pieces, days, counts, strict=True):
        assert piece.months == pytest.approx(length / DAYS_PER_MONTH, rel=1e-12)
        assert piece.expected_events == pytest.approx(n, rel=1e-6)
        assert piece.rate == pytest.approx(n / length * YEAR, rel=1e-6)
        assert piece.std_error is not None
    assert [(piece.start, piece.stop) for piece in found.pieces] == [(0, 6), (6, 12), (12, None)]


def test_limits_are_those_of_the_engine_on_hand_made_arrays(found):
    unit = np.arange(16)
    ends = np.array([end + extra for end in ENDS for extra in (0, 20)])
    rows = risk_rows(unit, 0 * ends, ends, cluster=unit // 2, onset=0 * ends - 100)
    at = np.array([2 * int(name[1]) + (name[2] == "b") for _, name in DAYS])
    days = np.array([day for day, _ in DAYS])
    cuts = (YEAR / 2, YEAR)
    limits = limit_overall_rate(rows, event_intervals(at, days - 1, days), cuts=cuts, per=YEAR)
    # the search for a limit ends where the p value steps: the same place, up to its tolerance
    assert found.overall.conf_low == pytest.approx(limits.conf_low, rel=1e-6)
    assert found.overall.conf_high == pytest.approx(limits.conf_high, rel=1e-6)
    one = limit_overall_rate(rows, event_intervals(at, days, days), per=YEAR)
    assert variant(found, "clock_entry").conf_high == pytest.approx(one.conf_high, rel=1e-6)


def test_leaving_cases_out_by_hand(found):
    events = np.array([2, 1, 1, 1, 2, 0, 1, 2])
    days = np.array([2 * end + 20 for end in ENDS])
    rates = [(10 - events[at]) / (days.sum() - days[at]) * YEAR for at in range(8)]
    assert found.leave_out_low == pytest.approx(min(rates), rel=1e-12)
    assert found.leave_out_high == pytest.approx(max(rates), rel=1e-12)
    # as many relationships in each case: the two with most time go, the fifth and the eighth
    assert found.without_two == pytest.approx(6 / (days.sum() - days[4] - days[7]) * YEAR)


def test_stretches_of_time_average_over_onsets(build):
    sample = build([couple("r1", "c1", 300, onset=(-200, -40)), couple("r2", "c2", 50)])
    cuts = (100.0, 250.0)
    found = piece_days(times_of(sample), cuts)

    def inside(onset, end, low, high):
        return max(min(end - onset, high) - max(-onset, low), 0.0)

    for at, (low, high) in enumerate([(0, 100), (100, 250), (250, 1e9)]):
        kinks = [-250, -100, 50, 200]
        mean = integrate.quad(inside, -200, -40, args=(300, low, high), points=kinks[1:2])[0] / 160
        assert found[at] == pytest.approx(mean + inside(-100, 50, low, high), abs=1e-6)
    assert found.sum() == pytest.approx(350)


def test_a_stretch_without_time_has_no_rate(build, plain):
    late = planned(plain, cuts=(1.0, 12.0, 999.0))
    found = estimate_escape_rate(build(sixteen(), ten()), late)
    assert [piece.rate is None for piece in found.pieces] == [True, False, False, True]
    assert found.pieces[0].months == 0
    assert found.overall.rate == pytest.approx(10 / TOTAL * YEAR, rel=1e-7)
    assert "empty_piece" in [note.code for note in found.notes]
    assert usable_cuts(times_of(build(sixteen())), (30.0, 365.25, 9999.0)) == (365.25,)


def test_a_stretch_between_others_without_time_is_joined(build):
    couples = [couple("r1", "c1", 50, onset=(-10, -10)), couple("r2", "c2", 50, onset=(-500, -500))]
    times = times_of(build(couples))
    assert usable_cuts(times, (100.0, 400.0)) == (400.0,)
    assert piece_days(times, (100.0, 400.0)).tolist() == [50, 0, 50]


def test_unknown_onsets_stay_in_the_overall_rate_alone(build, plain):
    couples = sixteen()
    couples[0]["rel_onset_lower"] = None
    found = estimate_escape_rate(build(couples, ten()), plain)
    assert found.overall.rate == pytest.approx(10 / TOTAL * YEAR, rel=1e-9)
    assert sum(piece.months for piece in found.pieces) == pytest.approx((TOTAL - 200) / 30.4375)
    assert sum(piece.expected_events for piece in found.pieces) == pytest.approx(8, rel=1e-6)
    assert "unknown_onset" in [note.code for note in found.notes]
    assert "unknown onset, 1, are left out" in variant(found, "immortal_time").why


def test_other_populations_are_left_out(build, plain, found):
    others = [couple("x1", "c0", 500, population="domestic_violence")]
    mixed = estimate_escape_rate(
        build([*sixteen(), *others], [*ten(), attempt(99, "x1", 30)]), plain
    )
    assert mixed.overall == found.overall
    assert [step.n for step in mixed.flow] == [step.n for step in found.flow]


def test_permuting_rows_changes_nothing(eight, plain, found):
    rng = np.random.default_rng(4)
    tables = {
        name: frame.iloc[rng.permutation(len(frame))].reset_index(drop=True)
        for name, frame in eight.tables.items()
    }
    again = estimate_escape_rate(Sample(info=eight.info, tables=tables), plain)
    for field in ("overall", "pieces", "variants", "leave_out_low", "without_two", "flow"):
        assert getattr(again, field) == getattr(found, field), field


# --- variants ----------------------------------------------------------------------------------


def test_variants_have_names_of_their_own_and_words(found):
    names = [row.name for row in found.variants]
    assert len(set(names)) == len(names)
    assert all(row.label and row.why.endswith(".") for row in found.variants)
    assert [row.family for row in found.variants[-3:]] == ["naive"] * 3
    assert {row.family for row in found.variants[:-3]} == {"sensitivity"}
    assert len(found.variants_frame()) == len(names)


@pytest.mark.parametrize(
    "name",
    [
        "onset_earliest",
        "onset_latest",
        "clock_entry",
        "exit_earliest",
        "dates_within_31_days",
        "order_only",
        "near_arrest_counted",
        "ended_as_victim_fled",
        "imputed_dates",
    ],
)
def test_with_exact_dates_and_no_arrest_nothing_moves(found, name):
    row = variant(found, name)
    assert row.rate == pytest.approx(found.overall.rate, rel=1e-7)
    assert row.conf_low < row.rate < row.conf_high
    assert (row.n_events, row.months) == (10, pytest.approx(found.overall.months))


def test_attempts_with_vague_dates_are_left_out_but_not_their_time(build, plain):
    attempts = ten()
    attempts[0] = attempt(0, "r0a", (10, 41))
    attempts[2] = attempt(2, "r1a", (40, 70))
    row = variant(estimate_escape_rate(build(sixteen(), attempts), plain), "dates_within_31_days")
    # days 10 to 41 are 32 days, days 40 to 70 are 31
    assert row.n_events == 9
    assert row.rate == pytest.approx(9 / TOTAL * YEAR)


def test_the_earliest_end_comes_after_every_attempt(build, plain):
    couples = sixteen()
    couples[0] = couple("r0a", "c0", (120, 200))
    row = variant(estimate_escape_rate(build(couples, ten()), plain), "exit_earliest")
    assert row.months == pytest.approx((TOTAL - 50) / DAYS_PER_MONTH)  # the attempt of day 150
    assert row.rate == pytest.approx(10 / (TOTAL - 50) * YEAR)


@pytest.fixture(scope="module")
def arrested(build, plain):
    """Two arrests: one five days after an attempt, one three days before another."""
    couples = sixteen()
    couples[0] = couple("r0a", "c0", 155, cause="arrest_or_detention")
    couples[2] = couple("r1a", "c1", 37, cause="arrest_or_detention")
    return estimate_escape_rate(build(couples, ten()), plain)


def test_interval_ends_are_imputed(build, plain):
    couples = sixteen()
    couples[5] = couple("r2b", "c2", (100, 170))
    row = variant(estimate_escape_rate(build(couples, ten()), plain), "imputed_dates")
    assert (TOTAL - 70) / DAYS_PER_MONTH < row.months < TOTAL / DAYS_PER_MONTH
    assert row.conf_low < 10 / TOTAL * YEAR < row.rate < row.conf_high
    assert "% of the variance lies between imputations" in row.why


def test_attempts_around_an_arrest(arrested):
    days = TOTAL - 45 - 263
    assert arrested.overall.n_events == 9
    counted = variant(arrested, "near_arrest_counted")
    assert (counted.n_events, counted.rate) == (10, pytest.approx(10 / days * YEAR))
    left = variant(arrested, "near_arrest_not_counted")
    assert (left.n_events, left.rate) == (8, pytest.approx(8 / days * YEAR))
    assert counted.conf_low < counted.rate < counted.conf_high


@pytest.mark.parametrize("factor", [0.5, 1.0, 2.0])
def test_the_rate_after_an_arrest_in_closed_form(arrested, factor):
    days, after = TOTAL - 45 - 263, (800 - 155) + (800 - 37)
    rate = 9 / days
    row = variant(arrested, f"after_arrest_{factor:g}")
    assert row.rate == pytest.approx((9 + factor * rate * after) / (days + after) * YEAR)
    assert row.months == pytest.approx((days + after) / DAYS_PER_MONTH)
    share = row.rate / (rate * YEAR)
    assert row.conf_high == pytest.approx(arrested.overall.conf_high * share)
    assert row.conf_low == pytest.approx(arrested.overall.conf_low * share)


def test_time_stops_with_the_attempt_that_ended_it(build, plain):
    couples = sixteen()
    couples[0] = couple("r0a", "c0", 155, cause="victim_ended")
    couples[2] = couple("r1a", "c1", 300, cause="victim_ended")  # its attempt was on day 40
    couples[14] = couple("r7a", "c7", 310, cause="end_of_investigation")  # and this on day 305
    found = estimate_escape_rate(build(couples, ten()), plain)
    days = TOTAL - 45
    row = variant(found, "ended_as_victim_fled")
    assert row.months == pytest.approx((days - 5) / DAYS_PER_MONTH)
    assert "1 had an attempt" in row.why
    row = variant(found, "investigation_ended_as_victim_fled")
    assert row.rate == pytest.approx(10 / (days - 5) * YEAR)


def test_naive_rates_by_hand(build, plain):
    told = [attempt(50, "r0b", (-90, -50), known="retrospective")]
    found = estimate_escape_rate(build(sixteen(onset=(-200, -100)), [*ten(), *told]), plain)
    since_onset = TOTAL + 16 * 150
    row = variant(found, "immortal_time")
    assert (row.n_events, row.rate) == (10, pytest.approx(10 / since_onset * YEAR))
    row = variant(found, "retrospective_added")
    assert (row.n_events, row.rate) == (11, pytest.approx(11 / since_onset * YEAR))
    assert found.n_retrospective == 1
    row = variant(found, "ignoring_cases")
    assert row.conf_low == pytest.approx(stats.chi2.ppf(0.025, 20) / 2 / TOTAL * YEAR)
    assert row.conf_high == pytest.approx(stats.chi2.ppf(0.975, 22) / 2 / TOTAL * YEAR)


@pytest.mark.parametrize("n", [0, 1, 7])
def test_poisson_limits_have_their_tails(n):
    low, high = poisson_limits(n, conf_level=0.9)
    assert stats.poisson.cdf(n, high) == pytest.approx(0.05)
    if n:
        assert stats.poisson.sf(n - 1, low) == pytest.approx(0.05)
    else:
        assert low == 0


# --- frailty and imputation --------------------------------------------------------------------


@pytest.mark.parametrize("variance", [0.25, 0.5, 1.0])
def test_frailty_against_the_negative_binomial(variance):
    events, days = np.array([4, 0, 2, 9, 1]), np.array([50.0, 30.0, 10.0, 90.0, 25.0])

    def log_likelihood(rate):
        mean, size = rate * days, 1 / variance
        return stats.nbinom.logpmf(events, size, size / (size + mean)).sum()

    found = frailty_rate(events, days, variance=variance, conf_level=0.9)
    best = optimize.minimize_scalar(
        lambda rate: -log_likelihood(rate), bounds=(0.01, 1), options={"xatol": 1e-10}
    )
    assert found.estimate == pytest.approx(best.x, rel=1e-6)
    assert found.log_likelihood == pytest.approx(log_likelihood(found.estimate), rel=1e-12)
    for limit in (found.conf_low, found.conf_high):
        fall = 2 * (found.log_likelihood - log_likelihood(limit))
        assert fall == pytest.approx(stats.chi2.ppf(0.9, 1), rel=1e-8)


def test_without_variance_the_frailty_is_gone():
    found = frailty_rate([3, 1], [10.0, 20.0], variance=0)
    assert found.estimate == pytest.approx(4 / 30)
    near = frailty_rate([3, 1], [10.0, 20.0], variance=1e-6)
    assert near.conf_high == pytest.approx(found.conf_high, rel=1e-4)
    assert near.log_likelihood == pytest.approx(found.log_likelihood, abs=1e-4)


def test_equal_times_make_the_frailty_harmless():
    assert frailty_rate([5, 0, 1], [10.0] * 3, variance=1.0).estimate == pytest.approx(0.2)


def test_frailty_refusals():
    assert isinstance(frailty_rate([0, 0], [1.0, 2.0], variance=0.5), Refusal)
    with pytest.raises(ValueError, match="variance"):
        frailty_rate([1], [1.0], variance=-1)
    with pytest.raises(ValueError, match="positive"):
        frailty_rate([1], [0.0], variance=1)


def test_drawn_ends_come_after_ordered_attempts(build):
    attempts = [
        attempt(1, "r1", (50, 90), order=1),
        attempt(2, "r1", (60, 120), order=2),
    ]
    couples = [couple("r1", "c1", (70, 130)), couple("r2", "c2", 40)]
    times = times_of(build(couples, attempts))
    lower = np.array([70.0, 40.0])
    rng = np.random.default_rng(1)
    ends = np.array([draw_exits(times, lower, rng) for _ in range(400)])
    assert (ends[:, 1] == 40).all()
    assert ends[:, 0].min() >= 70
    assert ends[:, 0].max() <= 130

    # The mean end, given that both attempts precede it in their order, by a grid of all dates.
    first, second, last = np.meshgrid(
        np.linspace(49, 90, 120), np.linspace(59, 120, 120), np.linspace(70, 130, 120)
    )
    fits = (first < second) & (second <= last)
    sd = last[fits].std()
    assert ends[:, 0].mean() == pytest.approx(last[fits].mean(), abs=4 * sd / math.sqrt(400))


def test_rubin_by_hand(build):
    couples = sixteen()
    couples[5] = couple("r2b", "c2", (100, 170))
    times = times_of(build(couples, ten()))
    lower = times.exit.copy()
    lower[5] = 100
    found = impute_rate(times, lower, conf_level=0.95, seed=3)
    rng = np.random.default_rng(3)
    logs, errors = [], []
    cases = np.repeat(np.arange(8), 2)
    for _ in range(50):
        ends = draw_exits(times, lower, rng)
        rate = 10 / ends.sum()
        residual = np.bincount(
            cases, weights=np.bincount(times.event_row, minlength=16) - rate * ends
        )
        logs.append(math.log(rate * YEAR))
        errors.append(8 / 7 * (residual**2).sum() / 100)
    between = np.var(logs, ddof=1) * 51 / 50
    total = np.mean(errors) + between
    assert found.between_share == pytest.approx(between / total)
    assert found.rate == pytest.approx(math.exp(np.mean(logs)))
    assert 10 / TOTAL * YEAR < found.rate < 10 / (TOTAL - 70) * YEAR
    share = between / total
    observed = 8 / 10 * 7 * (1 - share)
    degrees = 1 / (share**2 / 49 + 1 / observed)
    reach = stats.t.ppf(0.975, degrees) * math.sqrt(total)
    assert found.conf_high == pytest.approx(found.rate * math.exp(reach))


# --- covariates --------------------------------------------------------------------------------


def codings(names, code):
    return [
        {
            "coding_id": f"{code}_{name}",
            "unit_type": "relationship",
            "unit_id": name,
            "code": code,
            "status": "present",
            "coder_id": "one",
        }
        for name in names
    ]


ISOLATED = ("r0a", "r1a", "r2a", "r3b", "r4b", "r6a", "r7a")


def test_a_covariate_by_hand(build, plain):
    sample = build(sixteen(), ten(), codings(ISOLATED, "iso_locked_in"))
    found = estimate_escape_rate(sample, planned(plain, covariates=("iso_locked_in",), cuts=()))
    (row,) = found.covariates
    assert isinstance(row, CovariateRatio)
    times = times_of(sample)
    held = np.isin(times.relationship, ISOLATED)
    n, days = int(held[times.event_row].sum()), float(times.exit[held].sum())
    assert (row.n_with, row.n_events_with) == (7, n)

    # one stretch, one covariate: a binomial share of the events, with the log-F(1,1) prior on it
    def negative(beta):
        odds = days * math.exp(beta) / (TOTAL - days)
        share = odds / (1 + odds)
        prior = beta / 2 - math.log1p(math.exp(beta))
        return -(n * math.log(share) + (10 - n) * math.log(1 - share) + prior)

    best = optimize.minimize_scalar(negative, bounds=(-5, 5), options={"xatol": 1e-9})
    assert row.estimate == pytest.approx(math.exp(best.x), rel=1e-5)
    assert row.conf_low < row.estimate
    assert row.method == "score_wild_bootstrap"
    assert 0 < row.p_within <= 1


def test_where_all_attempts_lie_with_one_value_the_profile_gives_limits(build, plain):
    names = sorted({name for _, name in DAYS})
    sample = build(sixteen(), ten(), codings(names, "iso_locked_in"))
    found = estimate_escape_rate(sample, planned(plain, covariates=("iso_locked_in",)))
    (row,) = found.covariates
    assert row.method == "log_f_profile"
    assert (row.n_with, row.n_events_with) == (7, 10)
    assert 1 < row.conf_low < row.estimate


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("no_such_code", "no code of the codebook"),
        ("vio_physical", "recent escalation"),
        ("dom_violence", "recent escalation"),
        ("iso_passport_withheld", "the same in every relationship"),
        ("rel_onset_lower", "no code of the codebook that holds a status"),
    ],
)
def test_covariates_that_are_refused(build, plain, code, words):
    sample = build(sixteen(), ten(), codings(ISOLATED, "iso_locked_in"))
    found = estimate_escape_rate(sample, planned(plain, covariates=(code,)))
    (row,) = found.covariates
    assert isinstance(row, Unavailable)
    assert words in row.why


def test_one_covariate_per_ten_attempts(build, plain):
    marks = [*codings(ISOLATED, "iso_locked_in"), *codings(ISOLATED[:3], "int_stalking")]
    both = planned(plain, covariates=("iso_locked_in", "int_stalking"))
    first, second = estimate_escape_rate(build(sixteen(), ten(), marks), both).covariates
    assert isinstance(first, CovariateRatio)
    assert "attempts: 10; covariates that they allow: 1 " in second.why
    (row, _) = estimate_escape_rate(build(sixteen(), ten()[:9], marks), both).covariates
    assert "attempts: 9; covariates that they allow: 0 " in row.why


# --- what cannot be estimated ------------------------------------------------------------------


def test_no_relationship(empty, study):
    found = estimate_escape_rate(empty, study)
    assert isinstance(found, Unavailable)
    assert found.why == "the sample holds no relationship"


def test_no_entry(study):
    found = estimate_escape_rate(example_sample("anna"), study)
    assert isinstance(found, Unavailable)
    assert "none of 1" in found.why


def test_no_attempt_and_all_censored_at_one_time(build, plain):
    couples = [couple(f"r{case}", f"c{case}", 100) for case in range(8)]
    found = estimate_escape_rate(build(couples), plain)
    assert isinstance(found.overall, Unavailable)
    upper = -math.log(0.025) / 800 * YEAR
    assert f"no attempt was observed in {800 / 30.4375:.1f}" in found.overall.why
    assert f"at most {upper:.2f} per 12 months" in found.overall.why
    assert [piece.rate for piece in found.pieces if piece.months > 0] == [0, 0]
    assert all(row.rate == 0 for row in found.variants)
    assert "not available" in str(found)
    assert found.tidy().empty
    assert decode(EscapeRate, encode(found)) == found


def test_one_attempt(build, plain):
    found = estimate_escape_rate(build(sixteen(), ten()[:1]), plain)
    assert "one attempt was observed; described only: 1 attempt in" in found.overall.why
    assert decode(EscapeRate, encode(found)) == found


def test_one_case(build, plain):
    couples = [couple(f"r{at}", "c1", 100 + 10 * at) for at in range(8)]
    attempts = [attempt(at, f"r{at}", 50) for at in range(4)]
    sample = build(couples, attempts)
    found = estimate_escape_rate(sample, plain)
    assert "1 investigation holds such units" in found.overall.why
    assert (found.leave_out_low, found.without_two) == (None, None)
    gates = {name: Gate(override=True, reason="A test.") for name in ("few_cases", "dominant_case")}
    opened = estimate_escape_rate(sample, dataclasses.replace(plain, gates=gates))
    assert "there is one case" in opened.overall.why
    assert any(note.code.startswith("override") for note in opened.notes)
    assert decode(EscapeRate, encode(opened)) == opened


def test_few_cases_and_a_dominant_case(build, plain):
    few = estimate_escape_rate(build(sixteen()[:10], ten()[:7]), plain)
    assert "5 investigations hold such units, fewer than 6" in few.overall.why
    assert "7 attempts in" in few.overall.why
    assert all(row.conf_low is None for row in few.variants if row.family == "sensitivity")
    assert variant(few, "clock_entry").rate is not None
    many = [couple(f"x{at}", "c0", 200) for at in range(24)]
    dominated = estimate_escape_rate(build([*sixteen(), *many], ten()), plain)
    assert "one investigation holds 65% of the units" in dominated.overall.why


def test_cases_that_all_have_the_same_rate(build, plain):
    couples = [couple(f"r{case}", f"c{case}", 100) for case in range(8)]
    attempts = [attempt(case, f"r{case}", 50) for case in range(8)]
    found = estimate_escape_rate(build(couples, attempts), planned(plain, cuts=()))
    assert isinstance(found.overall, Unavailable)
    assert "described only: 8 attempts" in found.overall.why
    assert decode(EscapeRate, encode(found)) == found


# --- the shipped sample, and the store ---------------------------------------------------------


def test_shipped_sample(shipped):
    row = shipped.overall
    assert (row.n_relationships, row.n_cases, row.n_events, row.n_event_cases) == (73, 12, 23, 5)
    # onsets are intervals: the mean of the pieces is events over time to this precision only
    assert row.rate == pytest.approx(23 / 20199 * YEAR, rel=1e-5)
    assert row.conf_low == 0
    codes = [note.code for note in shipped.notes]
    assert "few_event_cases" in codes
    assert "limits_not_reliable" in codes
    assert shipped.n_retrospective == 8
    naive = {row.name: row.rate for row in shipped.variants if row.family == "naive"}
    assert naive["immortal_time"] < 0.5 * shipped.overall.rate


def test_store_round_trip(shipped, found, tmp_path):
    results = {"escape_rate": shipped, "by_hand": found}
    write_results(results, tmp_path / "results")
    assert dict(read_results(tmp_path / "results")) == results


def test_words_claim_no_cause(shipped):
    words = " ".join(
        [note.text for note in shipped.notes]
        + [f"{row.label} {row.why}" for row in shipped.variants]
    ).lower()
    for bad in ("because", "causes", "caused", "effect", "leads to", " his ", " he ", " she "):
        assert bad not in words, bad


# --- entry, and who stays at risk ----------------------------------------------------------------


def test_dependence_on_entry_by_hand(plain, build):
    # ages at entry 100, 115, ... 220 days; all attempts 60 days after entry, so that the older are
    # older at the attempt, too
    couples = [
        couple(f"r{at}", f"c{at}", 90, onset=(-100 - 15 * at, -100 - 15 * at)) for at in range(9)
    ]
    attempts = [attempt(at, f"r{at}", 60) for at in range(9)]
    found = estimate_escape_rate(build(couples, attempts), plain)
    # a pair can be compared if less than 60 days lie between the entries: 8 + 7 + 6 pairs
    why = "21 pairs of relationships can be compared, fewer than 30"
    assert found.entry == Unavailable(
        what="dependence of attempts on entry", why=why, provenance=found.provenance
    )
    assert found.entry_frame().empty

    closer = [
        couple(f"r{at}", f"c{at}", 90, onset=(-100 - 7 * at, -100 - 6 * at)) for at in range(9)
    ]
    rows = estimate_escape_rate(build(closer, attempts), plain).entry
    assert [(row.dates, row.onset) for row in rows] == [
        ("earliest", "earliest"),
        ("earliest", "latest"),
        ("latest", "earliest"),
        ("latest", "latest"),
    ]
    # 7 or 6 days between neighbours: all 36 pairs
    assert {(row.n_relationships, row.n_events, row.n_pairs) for row in rows} == {(9, 9, 36)}
    assert {row.tau for row in rows} == {1.0}
    assert {row.why for row in rows} == {"leaving out a cluster never changes it"}


def test_dependence_on_entry_in_the_shipped_sample(shipped):
    rows = shipped.entry
    assert [row.n_pairs for row in rows] == [237, 205, 231, 207]
    assert [row.n_concordant for row in rows] == [118, 100, 134, 117]
    for row in rows:
        assert row.tau == pytest.approx(2 * row.n_concordant / row.n_pairs - 1)
        assert row.conf_low < row.tau < row.conf_high
    assert len(shipped.entry_frame()) == 4
    assert decode(EscapeRate, encode(shipped)) == shipped
    assert "quasi_independence" in [note.code for note in shipped.notes]


def test_time_after_a_lasting_separation(build, plain):
    attempts = ten()
    attempts[0]["attempt_level"] = "separation_lasting"  # day 10; the next is on day 150 of 200
    attempts[4]["attempt_level"] = "separation_lasting"  # day 200 of 250
    found = estimate_escape_rate(build(sixteen(), attempts), plain)
    row = variant(found, "stops_at_lasting_separation")
    lost = 50 + (250 - 200)
    assert row.months == pytest.approx((TOTAL - lost) / DAYS_PER_MONTH)
    assert row.n_events == 10
    assert "2 had a lasting separation" in row.why
    (note,) = (note for note in found.notes if note.code == "lasting_separation")
    assert "(2 with such a separation)" in note.text


def test_former_partners_stay_at_risk(build, plain):
    couples = sixteen()
    couples[3]["rel_status"] = "ex"
    found = estimate_escape_rate(build(couples, ten()), plain)
    assert found.overall.n_relationships == 16
    (note,) = (note for note in found.notes if note.code == "former_partners")
    assert "(1 relationship at entry)" in note.text


def test_silent_files_and_both_penalties(build, plain):
    marks = codings(ISOLATED, "iso_locked_in")
    absent = codings(["r0b", "r1b"], "iso_locked_in")
    for row in absent:
        row |= {"coding_id": f"no_{row['unit_id']}", "status": "absent_documented"}
    sample = build(sixteen(), ten(), [*marks, *absent])
    (row,) = estimate_escape_rate(
        sample, planned(plain, covariates=("iso_locked_in",), cuts=())
    ).covariates
    # seven with it and two documented as without leave seven of sixteen
    assert (row.n_relationships, row.n_with, row.n_undocumented) == (16, 7, 7)
    times = times_of(sample)
    named = [*ISOLATED, "r0b", "r1b"]
    silent = ~np.isin(times.relationship, named)
    assert row.n_events_undocumented == int(silent[times.event_row].sum())
    assert row.penalty == "log_f"
    held = np.isin(times.relationship, ISOLATED)
    n, days = int(held[times.event_row].sum()), float(times.exit[held].sum())
    by_hand = (n + 0.5) / days / ((10 - n + 0.5) / (TOTAL - days))
    assert row.firth == pytest.approx(by_hand, rel=1e-8)
    assert row.firth_low < row.firth < row.firth_high
