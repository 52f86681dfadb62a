"""Calibration and discrimination: by hand, against R's glm and DeLong's double sum."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relatum.inference.common import Refusal
from relatum.inference.logit import logit_regression
from relatum.inference.logit_quality import concordance_of_outcomes, describe_predictions
from relatum.inference.logit_rows import LogitRows


def test_by_hand():
    # of 3 x 2 pairs 4 are right, one is tied
    found = concordance_of_outcomes([1, 1, 1, 0, 0], [0.9, 0.5, 0.4, 0.5, 0.1])
    assert found.estimate == pytest.approx(4.5 / 6)
    above, below = [1, 0.75, 0.5], [0.5, 1]
    error = np.sqrt(np.var(above, ddof=1) / 3 + np.var(below, ddof=1) / 2)
    assert found.conf_low == pytest.approx(4.5 / 6 - 1.959963984540054 * error)
    assert found.conf_high == 1.0


def test_r(reference):
    case = reference("cc0", "retr_logit")
    table, want = case.table(), case.values["quality"]
    share = 1 / (1 + np.exp(0.3 - 0.5 * table["contact"] + 0.1 * table["months"]))
    found = describe_predictions(table["y"], share)
    assert found.brier == pytest.approx(want["brier"], abs=1e-12)
    assert found.calibration_constant.estimate == pytest.approx(want["constant"], abs=1e-9)
    assert found.calibration_slope.estimate == pytest.approx(want["slope"], abs=1e-9)
    assert found.concordance.estimate == pytest.approx(want["auc"], abs=1e-12)
    assert found.concordance.conf_low == pytest.approx(want["auc_lower"], abs=1e-12)
    assert found.concordance.conf_high == pytest.approx(want["auc_upper"], abs=1e-12)
    assert (found.n_rows, found.n_events) == (74, int(table["y"].sum()))


def test_maximum_likelihood_is_calibrated_on_its_own_rows(reference):
    table = reference("cc0", "retr_logit").table()
    rows = LogitRows(outcome=table["y"], covariates=table["months"])
    found = describe_predictions(table["y"], logit_regression(rows).fitted)
    assert found.calibration_constant.estimate == pytest.approx(0, abs=1e-8)
    assert found.calibration_slope.estimate == pytest.approx(1, abs=1e-8)
    assert found.brier < found.brier_constant


@settings(max_examples=30)
@given(st.integers(0, 100_000))
def test_double_sum_order_and_sign(seed):
    rng = np.random.default_rng(seed)
    y, score = rng.integers(0, 2, 15), rng.integers(0, 6, 15).astype(float)
    found = concordance_of_outcomes(y, score)
    if isinstance(found, Refusal):
        return
    pairs = np.subtract.outer(score[y == 1], score[y == 0])
    wins = (pairs > 0) + 0.5 * (pairs == 0)
    assert found.estimate == pytest.approx(wins.mean())
    turned = concordance_of_outcomes(1 - y[::-1], 1000 * score[::-1])
    assert turned.estimate == pytest.approx(1 - found.estimate)
    assert turned.conf_low == pytest.approx(1 - found.conf_high)


def test_refusals():
    assert "same in every row" in describe_predictions([1, 1], [0.5, 0.4]).why
    assert "no row" in describe_predictions([], []).why
    assert "not finite" in describe_predictions([1, 0], [0.5, np.nan]).why
    few = describe_predictions([1, 0, 0, 0], [0.5, 0.4, 0.1, 0.2])
    assert "two rows with" in few.concordance.why
    certain = describe_predictions([1, 0, 1, 0], [1, 0, 0.4, 0.5])
    assert "is 0 or 1" in certain.calibration_slope.why
    assert isinstance(certain.calibration_constant, Refusal)
    apart = describe_predictions([1, 1, 0, 0], [0.9, 0.8, 0.2, 0.1])
    assert "complete separation" in apart.calibration_slope.why
    assert "leaves no limits" in apart.concordance.why
    alike = describe_predictions([1, 1, 0, 0], [0.5, 0.5, 0.5, 0.5])
    assert "prediction is the same in every row" in alike.calibration_slope.why


def test_wrong_calls():
    with pytest.raises(ValueError, match="between 0 and 1"):
        describe_predictions([1, 0], [1.2, 0.5])
    with pytest.raises(ValueError, match="only 1 and 0"):
        describe_predictions([2, 0], [0.2, 0.5])
    with pytest.raises(ValueError, match="only 1 and 0"):
        concordance_of_outcomes([2, 0], [0.2, 0.5])
    with pytest.raises(ValueError, match="3 values, but there are 2 rows"):
        concordance_of_outcomes([1, 0], [1, 2, 3])
