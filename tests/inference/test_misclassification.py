from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relatum.inference.common import Refusal
from relatum.inference.misclassification import ErrorRates, correct_prevalence, rogan_gladen

GOOD = ErrorRates(true_positive=90, false_negative=10, true_negative=95, false_positive=5)


@given(st.floats(0, 1), st.floats(0.55, 1), st.floats(0.55, 1))
def test_correction_undoes_the_error(truth, sensitivity, specificity):
    apparent = truth * sensitivity + (1 - truth) * (1 - specificity)
    found = rogan_gladen(min(1.0, apparent), sensitivity=sensitivity, specificity=specificity)
    assert found == pytest.approx(truth, abs=1e-9)


@given(st.floats(0.2, 0.8), st.floats(0.6, 1), st.floats(0.6, 1))
def test_recoding_present_as_absent_mirrors(apparent, sensitivity, specificity):
    first = rogan_gladen(apparent, sensitivity=sensitivity, specificity=specificity)
    second = rogan_gladen(1 - apparent, sensitivity=specificity, specificity=sensitivity)
    assert second == pytest.approx(1 - first, abs=1e-9)


def test_perfect_coding_changes_nothing():
    assert rogan_gladen(0.37, sensitivity=1, specificity=1) == pytest.approx(0.37)


def test_coding_no_better_than_chance_is_refused():
    assert isinstance(rogan_gladen(0.4, sensitivity=0.5, specificity=0.5), Refusal)
    poor = ErrorRates(true_positive=5, false_negative=5, true_negative=6, false_positive=4)
    found = correct_prevalence(20, 73, errors=poor)
    assert isinstance(found, Refusal)
    assert "tenth of the draws" in found.why


def test_uncertainty_of_the_validation_widens_the_interval():
    small = ErrorRates(true_positive=9, false_negative=1, true_negative=19, false_positive=1)
    sure = correct_prevalence(30, 73, errors=GOOD, seed=1)
    unsure = correct_prevalence(30, 73, errors=small, seed=1)
    clustered = correct_prevalence(30, 73, errors=GOOD, n_effective=28, seed=1)
    assert sure.estimate == unsure.estimate == pytest.approx((30 / 73 - 0.05) / 0.85)
    width = sure.conf_high - sure.conf_low
    assert unsure.conf_high - unsure.conf_low > width
    assert clustered.conf_high - clustered.conf_low > width
    assert correct_prevalence(30, 73, errors=GOOD, seed=1) == sure


def test_limits_match_the_delta_method_in_a_large_sample():
    rates = ErrorRates(
        true_positive=9000, false_negative=1000, true_negative=9500, false_positive=500
    )
    found = correct_prevalence(4000, 10000, errors=rates, draws=40_000)
    theta, gain = (0.4 - 0.05) / 0.85, 0.85
    variance = 0.24 / 10000 + theta**2 * 0.09 / 10000 + (1 - theta) ** 2 * 0.0475 / 10000
    reach = 1.959964 * np.sqrt(variance) / gain
    assert found.conf_low == pytest.approx(theta - reach, abs=6e-4)
    assert found.conf_high == pytest.approx(theta + reach, abs=6e-4)


def test_interval_covers_the_truth():
    rng = np.random.default_rng(5)
    covered = 0
    for seed in range(300):
        y = rng.binomial(200, 0.3 * 0.9 + 0.7 * 0.05)
        hits, clears = rng.binomial(100, 0.9), rng.binomial(100, 0.95)
        rates = ErrorRates(
            true_positive=hits,
            false_negative=100 - hits,
            true_negative=clears,
            false_positive=100 - clears,
        )
        found = correct_prevalence(y, 200, errors=rates, draws=1000, seed=seed)
        covered += found.conf_low <= 0.3 <= found.conf_high
    assert covered / 300 == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / 300))


def test_impossible_shares_are_cut_and_counted():
    found = correct_prevalence(0, 50, errors=GOOD)
    assert found.estimate == 0.0
    assert found.share_cut > 0.5


def test_refusals_and_wrong_calls():
    assert "no row" in correct_prevalence(0, 0, errors=GOOD).why
    no_present = ErrorRates(true_positive=0, false_negative=0, true_negative=5, false_positive=1)
    no_absent = ErrorRates(true_positive=5, false_negative=1, true_negative=0, false_positive=0)
    assert "truly present" in correct_prevalence(1, 5, errors=no_present).why
    assert "truly absent" in correct_prevalence(1, 5, errors=no_absent).why
    assert "not positive" in correct_prevalence(1, 5, errors=GOOD, n_effective=0).why
    with pytest.raises(ValueError, match="must not exceed"):
        correct_prevalence(6, 5, errors=GOOD)
    with pytest.raises(ValueError, match="apparent"):
        rogan_gladen(1.2, sensitivity=0.9, specificity=0.9)
