from __future__ import annotations

import numpy as np
import pytest

from relatum.inference.common import Refusal
from relatum.inference.misclassification import ErrorRates
from relatum.inference.misclassification_pairs import PairCounts, correct_pair


def rates(sensitivity, specificity, n=10_000):
    hits, clears = round(n * sensitivity), round(n * specificity)
    return ErrorRates(
        true_positive=hits, false_negative=n - hits, true_negative=clears, false_positive=n - clears
    )


def coded(truth, first, second, n=1_000_000):
    """The table that error rates make of true shares."""
    one, two = (np.array([[s, 1 - c], [1 - s, c]]) for s, c in (first, second))
    cells = np.rint(n * one @ truth @ two.T).astype(int)
    return PairCounts(
        both=cells[0, 0], first_only=cells[0, 1], second_only=cells[1, 0], neither=cells[1, 1]
    )


TRUTH = np.array([[0.30, 0.10], [0.15, 0.45]])
PHI = (0.30 * 0.45 - 0.10 * 0.15) / np.sqrt(0.4 * 0.6 * 0.45 * 0.55)


@pytest.mark.parametrize(
    ("first", "second"), [((0.9, 0.8), (0.7, 0.95)), ((1.0, 1.0), (0.85, 0.85))]
)
def test_correction_recovers_the_truth(first, second):
    found = correct_pair(
        coded(TRUTH, first, second), first_errors=rates(*first), second_errors=rates(*second)
    )
    assert found.estimate == pytest.approx(PHI, abs=1e-5)
    assert found.apparent < found.estimate
    assert (found.both, found.first, found.second) == pytest.approx((0.30, 0.40, 0.45), abs=1e-5)
    assert found.conf_low < PHI < found.conf_high


def test_swapping_the_codes_changes_nothing():
    cells = PairCounts(both=25, first_only=8, second_only=12, neither=28)
    swapped = PairCounts(both=25, first_only=12, second_only=8, neither=28)
    one, two = rates(0.9, 0.95, 100), rates(0.85, 0.9, 100)
    found = correct_pair(cells, first_errors=one, second_errors=two)
    again = correct_pair(swapped, first_errors=two, second_errors=one)
    assert again.estimate == pytest.approx(found.estimate, abs=1e-12)
    assert again.first == pytest.approx(found.second, abs=1e-12)


def test_recoding_one_code_turns_the_sign():
    cells = PairCounts(both=25, first_only=8, second_only=12, neither=28)
    turned = PairCounts(both=12, first_only=28, second_only=25, neither=8)
    found = correct_pair(cells, first_errors=rates(0.9, 0.95), second_errors=rates(0.85, 0.9))
    again = correct_pair(turned, first_errors=rates(0.95, 0.9), second_errors=rates(0.85, 0.9))
    assert again.estimate == pytest.approx(-found.estimate, abs=1e-12)


def test_fewer_effective_units_and_smaller_validation_widen():
    cells = PairCounts(both=25, first_only=8, second_only=12, neither=28)
    sure = rates(0.9, 0.95)
    full = correct_pair(cells, first_errors=sure, second_errors=sure)
    clustered = correct_pair(cells, first_errors=sure, second_errors=sure, n_effective=25)
    assert clustered.conf_high - clustered.conf_low > full.conf_high - full.conf_low
    assert full == correct_pair(cells, first_errors=sure, second_errors=sure)


def test_refusals():
    cells = PairCounts(both=25, first_only=8, second_only=12, neither=28)
    good, chance = rates(0.9, 0.95), rates(0.5, 0.5)
    empty = ErrorRates(true_positive=0, false_negative=0, true_negative=4, false_positive=1)
    none = PairCounts(both=0, first_only=0, second_only=0, neither=0)
    constant = PairCounts(both=40, first_only=0, second_only=33, neither=0)
    rare = PairCounts(both=0, first_only=2, second_only=1, neither=70)
    exact = rates(1.0, 1.0)
    for found, why in (
        (correct_pair(cells, first_errors=chance, second_errors=good), "first code"),
        (correct_pair(cells, first_errors=good, second_errors=empty), "second code lacks"),
        (correct_pair(none, first_errors=good, second_errors=good), "no unit"),
        (correct_pair(constant, first_errors=exact, second_errors=exact), "does not vary"),
        (correct_pair(rare, first_errors=good, second_errors=good), "negative"),
        (correct_pair(cells, first_errors=good, second_errors=good, n_effective=0), "positive"),
    ):
        assert isinstance(found, Refusal)
        assert why in found.why
    with pytest.raises(ValueError, match="both"):
        correct_pair(
            PairCounts(both=-1, first_only=0, second_only=0, neither=9),
            first_errors=good,
            second_errors=good,
        )
