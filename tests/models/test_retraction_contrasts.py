"""Contrasts among women who reported: by hand, by tier, under separation, and what is refused."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from relatum.inference.firth_logit import firth_logit
from relatum.inference.logit_rows import LogitRows
from relatum.inference.robust import cluster_robust
from relatum.inference.wild_scores import wild_score_coefficient
from relatum.models.retraction_contrasts import contrast_reports
from relatum.results.base import Unavailable
from relatum.results.codec import decode, encode
from relatum.results.retraction_contrasts import FitQuality, PenalisedTerm, RetractionContrasts
from relatum.samples import Sample, example_sample
from relatum.study import read_study

ZERO = pd.Timestamp("2010-01-01")
CONDITIONAL = (
    *("counts", "penalised", "familiar", "effects", "quality", "contact", "rate_ratio"),
    *("ratio_low", "ratio_high", "contact_refused", "tier", "n_reports", "n_stepped", "n_cases"),
)
#: Per case: four women, the first two with an arrest before their report.
STEPPED = {(case, at) for case in "abcdefg" for at in (0, 2)} - {("a", 2), ("b", 2), ("c", 0)}


def women_of(cases="abcdefg", *, stepped=STEPPED, **others):
    return [
        {
            "case": case,
            "contact": 0,
            "report": 5,
            "arrest": "after" if at < 2 else "before",
            "step": 40 if (case, at) in stepped else None,
            **others,
        }
        for case in cases
        for at in range(4)
    ]


def silent_of(cases="abcdefg"):
    return [{"case": case, "contact": 0, "arrest": "after"} for case in cases]


def with_rows(sample, **tables):
    frames = {name: pd.DataFrame(rows) for name, rows in tables.items()}
    return Sample(info=sample.info, tables={**sample.tables, **frames})


def period(at, couple, days, means, source="prison_log"):
    start, end = (ZERO + pd.Timedelta(days=day) for day in days)
    return {
        "period_id": f"k{at}",
        "relationship_id": couple,
        "period_start_lower": start,
        "period_start_upper": start,
        "period_end_lower": end,
        "period_end_upper": end,
        "contact_means": means,
        "contact_recorded_by": source,
    }


def coding(at, couple, code, status="present"):
    return {"coding_id": f"k{at}", "unit_type": "relationship", "unit_id": couple, "code": code,
            "status": status, "coder_id": "consensus"}  # fmt: skip


@pytest.fixture(scope="module")
def shipped():
    return contrast_reports(example_sample("simulated"), read_study())


@pytest.fixture(scope="module")
def by_hand(testimony_of):
    return contrast_reports(testimony_of(women_of()), read_study())


def test_counts_by_hand(by_hand):
    lower, upper = by_hand.counts
    assert (lower.n_stepped_with, lower.n_with) == (6, 14)
    assert (lower.n_stepped_without, lower.n_without) == (5, 14)
    assert lower.difference == pytest.approx(1 / 14)
    assert replace(upper, coding="lower") == lower
    assert (by_hand.n_reports, by_hand.n_stepped, by_hand.n_cases) == (28, 11, 7)
    assert by_hand.tier == "one_covariate"


def test_the_exact_test_within_cases_by_hand(by_hand):
    # Four cases with two steps back of four women, two of them exposed: 1 of 2 expected with
    # probabilities 1/6, 4/6, 1/6; three cases with one step back: 1/2. Observed 6 of 11.
    part = np.array([1.0])
    for table in [np.array([1, 4, 1]) / 6] * 4 + [np.array([1, 1]) / 2] * 3:
        part = np.convolve(part, table)
    assert by_hand.counts[0].n_telling_cases == 7
    assert by_hand.counts[0].p_within == pytest.approx(part[part <= part[6] + 1e-12].sum())


def test_fewer_than_five_telling_cases_carry_no_test(testimony_of, study):
    women = women_of(stepped={("a", 0), ("b", 1), ("c", 2), ("d", 3)})
    found = contrast_reports(testimony_of(women), study).counts[0]
    assert (found.n_telling_cases, found.p_within) == (4, None)


def test_silence_and_the_same_day_are_read_both_ways(testimony_of, study):
    women = women_of()
    women[0] |= {"arrest": "not_documented"}
    women[1] |= {"arrest": "same_day"}
    women[2] |= {"arrest": "no_arrest"}
    found = contrast_reports(testimony_of(women), study)
    lower, upper = found.counts
    assert (lower.n_with, upper.n_with, lower.n_undocumented) == (12, 14, 2)
    assert (lower.n_stepped_with, upper.n_stepped_with) == (5, 6)
    labels = [effect.label for effect in found.effects]
    assert [label.rpartition("(")[2] for label in labels] == [
        "silence as without)",
        "silence as with)",
    ]


def test_the_penalised_term_is_firths_with_shares_right_on_average(by_hand):
    y = np.array([(case, at) in STEPPED for case in "abcdefg" for at in range(4)], dtype=float)
    x = np.tile([1.0, 1, 0, 0], 7)
    fit = firth_logit(LogitRows(outcome=y, covariates=x))
    term = by_hand.penalised[0]
    assert np.log(term.odds_ratio) == pytest.approx(fit.coef[1])
    assert np.log([term.conf_low, term.conf_high]) == pytest.approx(
        [fit.conf_low[1], fit.conf_high[1]]
    )
    assert term.p_value == pytest.approx(fit.p_value[1])
    # as many with it as without, so that the mean of both is the overall share
    assert (term.share_with + term.share_without) / 2 == pytest.approx(11 / 28)
    wild = wild_score_coefficient(
        y, np.column_stack([np.ones(28), x]), np.repeat(range(7), 4), column=1
    )
    assert term.p_bootstrap == pytest.approx(wild.p_value, abs=1e-12)
    assert term.separated == ""


def test_the_average_difference_is_that_of_shares_with_errors_by_case(by_hand):
    y = np.array([(case, at) in STEPPED for case in "abcdefg" for at in range(4)], dtype=float)
    design = np.column_stack([np.ones(28), np.tile([1.0, 1, 0, 0], 7)])
    linear = cluster_robust(y, design, np.repeat(range(7), 4))
    (effect,) = by_hand.effects
    assert effect.difference == pytest.approx(1 / 14)
    # the working weights of logit and linear model differ by little here
    assert effect.conf_low == pytest.approx(linear.conf_low[1], abs=0.01)
    assert effect.conf_high == pytest.approx(linear.conf_high[1], abs=0.01)


def test_familiar_estimators_stand_side_by_side(by_hand):
    names = [term.estimator for term in by_hand.familiar]
    assert names == [
        *("logit", "firth", "firth_flac", "log_f", "conditional_logit"),
        *("gee", "cluster_robust", "random_intercept"),
    ]
    plain = by_hand.familiar[0]
    assert plain.odds_ratio == pytest.approx(6 * 9 / (8 * 5))
    assert all(term.odds_ratio is not None or term.why for term in by_hand.familiar)
    assert isinstance(by_hand.quality, FitQuality)
    assert by_hand.quality.brier <= by_hand.quality.brier_without


@pytest.mark.parametrize(
    ("exposed", "way", "side"), [(True, "upw", "lower"), (False, "down", "up")]
)
def test_separation_is_named_and_leaves_one_limit(testimony_of, study, exposed, way, side):
    held = (0, 1) if exposed else (2, 3)
    stepped = {(case, at) for case in "abcdefg" for at in held} | {("a", 0), ("a", 2)}
    found = contrast_reports(testimony_of(women_of(stepped=stepped)), study)
    term = found.penalised[0]
    assert term.separated.startswith(f"separated {way}")
    assert f"the {side}" in term.separated
    assert "infinit" not in term.separated
    assert np.isfinite([term.odds_ratio, term.conf_low, term.conf_high]).all()
    assert term.p_bootstrap is not None
    assert (term.odds_ratio > 1) == exposed
    assert found.effects == ()
    assert any("separation" in one.why for one in found.unavailable)
    assert "separation" in found.familiar[0].why


def test_tiers_by_the_number_of_reports(testimony_of, study):
    few = contrast_reports(testimony_of(women_of()[:19]), study)
    assert few.tier == "exact_only"
    assert len(few.counts) == 2
    assert all(isinstance(term, Unavailable) for term in few.penalised)
    assert (few.familiar, few.effects) == ((), ())
    assert isinstance(few.quality, Unavailable)
    assert contrast_reports(testimony_of(women_of()[:20]), study).tier == "one_covariate"


def test_sixty_reports_carry_two_covariates_in_one_model(testimony_of, study):
    women = women_of("abcdefghijklmno", stepped={(c, a) for c in "abcdefgh" for a in (0, 2)})
    sample = testimony_of(women, closed=tuple("abcdefghijklmno"))
    words = ["absent_documented" if at % 3 else "present" for at in range(60)]
    rows = [coding(at, f"r{at:03}", "vio_physical", word) for at, word in enumerate(words)]
    sample = with_rows(sample, codings=rows)
    plan = replace(study.retraction, covariates=("arrest_before_report", "vio_physical"))
    found = contrast_reports(sample, replace(study, retraction=plan))
    assert found.tier == "two_covariates"
    terms = [(term.term, term.coding) for term in found.penalised]
    assert terms == [
        (name, coding) for name in plan.covariates for coding in ("lower", "upper")
    ]  # fmt: skip
    assert all(isinstance(term, (PenalisedTerm, Unavailable)) for term in found.penalised)
    y = np.array([row["step"] is not None for row in women], dtype=float)
    x = np.column_stack([np.tile([1.0, 1, 0, 0], 15), np.arange(60) % 3 == 0])
    fit = firth_logit(LogitRows(outcome=y, covariates=x))
    assert np.log(found.penalised[0].odds_ratio) == pytest.approx(fit.coef[1])
    assert np.log(found.penalised[2].odds_ratio) == pytest.approx(fit.coef[2])
    less = contrast_reports(
        testimony_of(women[:40], closed=tuple("abcdefghij")), replace(study, retraction=plan)
    )
    assert {row.term for row in less.counts} == {"arrest_before_report"}
    assert any("one covariate is compared" in one.why for one in less.unavailable)


def test_women_without_a_report_change_nothing_among_reports(testimony_of, study):
    reporters, silent = women_of(), silent_of()
    alone = contrast_reports(testimony_of(reporters), study)
    both = contrast_reports(testimony_of(reporters + silent), study)
    changed = [row | {"case": "a", "arrest": "before", "contact": 9} for row in silent[::-1]]
    other = contrast_reports(testimony_of(reporters + changed), study)
    for name in CONDITIONAL:
        assert getattr(both, name) == getattr(alone, name), name
        assert getattr(other, name) == getattr(alone, name), name
    assert both.bounds != alone.bounds


def test_the_order_of_rows_changes_nothing(shipped):
    sample = example_sample("simulated")
    rng = np.random.default_rng(5)
    tables = {
        name: frame.iloc[rng.permutation(len(frame))].reset_index(drop=True)
        for name, frame in sample.tables.items()
    }
    mixed = contrast_reports(Sample(info=sample.info, tables=tables), read_study())
    assert replace(mixed, provenance=shipped.provenance) == shipped


def test_days_of_contact_by_hand(testimony_of, study):
    women = [
        {"case": case, "contact": 0, "report": 5, "step": 45 if at == 0 else None}
        for case in "abcdefg"
        for at in range(2)
    ]
    rows = []
    for at in range(0, 14, 2):
        rows.append(period(f"{at}c", f"r{at:03}", (11, 20), "call"))
        rows.append(period(f"{at}n", f"r{at:03}", (21, 200), "none"))
        rows.append(period(f"{at}o", f"r{at + 1:03}", (5, 30), "call", "victim_statement"))
    found = contrast_reports(with_rows(testimony_of(women), suspect_contacts=rows), study)
    contact, none, silent = found.contact[:3]
    # days 12 to 21 for the contact of days 11 to 20; then none up to the step back on day 45
    assert (contact.days, none.days) == (70.0, 7 * 24.0)
    assert (contact.n_events_high, none.n_events_high, silent.n_events_high) == (0, 7, 0)
    # what she alone told is no contact: the other seven women are silent for all 180 days
    assert silent.days == 7 * 6 + 7 * 180
    assert none.rate == pytest.approx(100 / 24)
    assert found.rate_ratio is None
    assert "upper 95% limit" in found.contact_refused


def test_the_ratio_of_contact_has_limits_by_case(testimony_of, study):
    women, rows = [], []
    for number, case in enumerate("abcdefgh"):
        for at in range(3):
            place = len(women)
            step = (30 + 5 * number, None, 100 + number)[at]
            order = "before" if at else "after"
            women.append({"case": case, "contact": 0, "report": 5, "step": step, "arrest": order})
            rows.append(period(f"{place}c", f"r{place:03}", (5, 60), "call"))
            rows.append(period(f"{place}n", f"r{place:03}", (61, 300), "none"))
    sample = with_rows(testimony_of(women), suspect_contacts=rows)
    found = contrast_reports(sample, study)
    contact, none = found.contact[:2]
    assert found.rate_ratio == pytest.approx(contact.rate / none.rate)
    assert found.ratio_low < found.rate_ratio < found.ratio_high
    assert found.contact_refused == ""
    values = [row for row in found.sensitivity if row.label == "E-value, contact with the suspect"]
    assert values[0].estimate > 1
    few = [row | {"case": "a" if row["case"] in "abcd" else "b"} for row in women]
    alone = contrast_reports(with_rows(testimony_of(few), suspect_contacts=rows), study)
    assert alone.rate_ratio == pytest.approx(found.rate_ratio)
    assert (alone.ratio_low, alone.ratio_high) == (None, None)
    assert all(term.p_bootstrap is None for term in alone.penalised)
    assert any(one.what == "limits by case" for one in alone.unavailable)


def test_bounds_use_the_order_of_arrest_and_first_contact(testimony_of, study):
    # of 14 + 7 exposed women 14 reported, of 14 unexposed all: "more" contradicts the data
    found = contrast_reports(testimony_of(women_of() + silent_of()), study)
    less = next(row for row in found.bounds if row.assumption == "monotone_less")
    assert less.term == "arrest_before_contact"
    assert less.share_always == pytest.approx(14 / 21)
    # exposed: 6 of 14; unexposed: 5 of 14, a third of whom need not be always-reporters
    low = 6 / 14 - 5 / 14 * 3 / 2
    high = 6 / 14 - (1 - (1 - 5 / 14) * 3 / 2)
    assert (less.lower, less.upper) == (pytest.approx(low), pytest.approx(high))
    assert not any(row.assumption == "monotone_more" for row in found.bounds)
    assert any(one.what.startswith("bounds") for one in found.unavailable)
    assert any(note.code == "bounds_exposure" for note in found.notes)


def test_women_of_unknown_outcome_are_left_out_and_counted(testimony_of, study):
    women = women_of() + [{"case": "z", "contact": 0, "report": 5} for _ in range(3)]
    women[0] |= {"step": (40, 250)}
    found = contrast_reports(testimony_of(women, end=60), study)
    assert found.n_reports == 28
    assert any(
        note.code == "outcome_undetermined" and note.text.startswith("3 women")
        for note in found.notes
    )
    # on its latest day the step back came too late; on its earliest it counts
    assert found.n_stepped == 10
    row = next(row for row in found.sensitivity if row.name == "earliest_dates")
    assert row.estimate == pytest.approx(6 / 14 - 5 / 14)


def test_nothing_to_compare(testimony_of, study, empty):
    assert "no report" in contrast_reports(empty, study).why
    one = contrast_reports(testimony_of(women_of()[:1]), study)
    assert (one.n_reports, one.counts[0].difference) == (1, None)
    none = contrast_reports(testimony_of(women_of(stepped=set())), study)
    assert none.n_stepped == 0
    assert all("same in every row" in term.why for term in none.penalised)
    plan = replace(study.retraction, covariates=("no_such_code",))
    odd = contrast_reports(testimony_of(women_of()), replace(study, retraction=plan))
    assert odd.counts == ()
    assert any("no code of the codebook" in gone.why for gone in odd.unavailable)


def test_the_shipped_sample(shipped):
    assert isinstance(shipped, RetractionContrasts)
    assert (shipped.tier, shipped.n_reports, shipped.n_stepped) == ("one_covariate", 31, 11)
    for row in shipped.counts:
        assert row.n_stepped_with + row.n_stepped_without == 11
        assert row.n_with + row.n_without == 31
    assert {row.name for row in shipped.sensitivity} == {
        *("earliest_dates", "e_value", "e_value_limit"),
        *("weighted", "weighted_trimmed", "selection_probit"),
    }
    for row in shipped.bounds:
        assert -1 <= row.lower <= row.upper <= 1
    assert any(note.code == "collider" for note in shipped.notes)
    assert decode(RetractionContrasts, encode(shipped)) == shipped
    assert len(shipped.tidy()) == 2
    assert len(shipped.contact_frame()) == 6
