"""Probabilities: by hand, against marginaleffects 0.32, and by differences of refits."""

import numpy as np
import pytest

from relatum.inference.common import Refusal
from relatum.inference.logit import logit_regression, probit_regression
from relatum.inference.logit_effects import (
    average_effects,
    predict_probabilities,
    standardise_risks,
)
from relatum.inference.logit_rows import LogitRows
from relatum.inference.robust import cluster_robust

FITS = {"logit": logit_regression, "probit": probit_regression}
# marginaleffects differentiates numerically
NUMERICAL = 1e-5
CASES = {
    "cc0": (("bin", "num", "clsb", "clsc"), "cls", ("b", "c")),
    "public": (("female", "age", "class2nd", "class3rd"), "class", ("2nd", "3rd")),
}


def load(reference, kind):
    case = reference(kind, "retr_ame")
    table = case.table()
    names, factor, levels = CASES[kind]
    x = np.column_stack(
        [table[names[0]], table[names[1]], *(table[factor] == level for level in levels)]
    ).astype(float)
    return LogitRows(outcome=table["y"], covariates=x, names=names), table["cl"], case.values


def as_marginaleffects(found, want, order, tolerance=NUMERICAL):
    for ours, theirs in (("estimate", "estimate"), ("std_error", "se"), ("p_value", "p")):
        assert getattr(found, ours)[order] == pytest.approx(want[theirs], abs=tolerance), ours
    assert found.conf_low[order] == pytest.approx(want["lower"], abs=2 * tolerance)
    assert found.conf_high[order] == pytest.approx(want["upper"], abs=2 * tolerance)


def robust_vcov(rows, cluster):
    # sandwich's default for glm: G / (G - 1), without (N - 1) / (N - k)
    design = np.column_stack([np.ones(len(rows.outcome)), rows.covariates])
    return cluster_robust(rows.outcome, design, cluster, family="logit", kind="CR1").vcov


# by hand


def test_two_groups_by_hand():
    # shares 3/5 and 1/4: the fit is saturated, so these are the risks
    rows = LogitRows(outcome=[1, 1, 1, 0, 0, 1, 0, 0, 0], covariates=[1, 1, 1, 1, 1, 0, 0, 0, 0])
    fit = logit_regression(rows)
    variance = 0.6 * 0.4 / 5 + 0.25 * 0.75 / 4
    effect = average_effects(fit, rows.covariates)
    assert effect.estimate == pytest.approx([0.35])
    assert effect.std_error == pytest.approx([np.sqrt(variance)])
    both = standardise_risks(fit, (np.zeros((9, 1)), np.ones((9, 1))))
    assert both.risk == pytest.approx([0.25, 0.6])
    assert both.risk_error == pytest.approx(np.sqrt([0.25 * 0.75 / 4, 0.6 * 0.4 / 5]))
    assert both.difference_error == pytest.approx(effect.std_error)
    log_error = np.sqrt(0.4 / 0.6 / 5 + 0.75 / 0.25 / 4)
    assert both.ratio == pytest.approx([2.4])
    assert both.ratio_high == pytest.approx(2.4 * np.exp(1.959963984540054 * log_error))
    one = predict_probabilities(fit, [[1.0]])
    reach = 1.959963984540054 / np.sqrt(5 * 0.6 * 0.4)
    assert one.conf_low == pytest.approx(1 / (1 + np.exp(-(np.log(1.5) - reach))))
    assert one.std_error == pytest.approx([np.sqrt(0.6 * 0.4 / 5)])


# against R


@pytest.mark.parametrize("link", FITS)
def test_closed_forms(reference, link):
    rows, _, values = load(reference, "cc0")
    found = average_effects(FITS[link](rows), rows.covariates, factors=(("clsb", "clsc"),))
    want = values[f"analytic_{link}"]
    order = [found.names.index(name) for name in want["names"]]
    assert found.estimate[order] == pytest.approx(want["estimate"], abs=1e-9)
    # glm keeps the weights of the step before its last
    assert found.std_error[order] == pytest.approx(want["se"], abs=1e-8)
    as_marginaleffects(found, values[f"avg_slopes_{link}"], [0, 2, 3, 1])
    assert found.kinds == ("1 - 0", "slope", "level - reference", "level - reference")


def test_clusters_risks_and_predictions(reference):
    rows, cluster, values = load(reference, "cc0")
    fit = logit_regression(rows)
    assert fit.coef == pytest.approx(list(values["coef"].values()), abs=1e-9)
    assert fit.vcov == pytest.approx(np.array(values["vcov"]), abs=1e-8)
    vcov = robust_vcov(rows, cluster)
    found = average_effects(fit, rows.covariates, factors=(("clsb", "clsc"),), vcov=vcov)
    as_marginaleffects(found, values["avg_slopes_logit_cluster"], [0, 2, 3, 1])
    off, on = rows.covariates.copy(), rows.covariates.copy()
    off[:, 0], on[:, 0] = 0, 1
    risks, want = standardise_risks(fit, (off, on)), values["bin_risk_difference"]
    assert risks.difference == pytest.approx([want["estimate"]], abs=1e-9)
    assert risks.difference_error == pytest.approx([want["se"]], abs=NUMERICAL)
    assert risks.difference_low == pytest.approx([want["lower"]], abs=NUMERICAL)
    want = values["bin_risk_ratio"]
    assert risks.ratio == pytest.approx([want["estimate"]], abs=1e-9)
    assert risks.ratio_low == pytest.approx([want["lower"]], abs=NUMERICAL)
    assert risks.ratio_high == pytest.approx([want["upper"]], abs=NUMERICAL)
    robust = standardise_risks(fit, (off, on), vcov=vcov)
    want = values["bin_risk_difference_cluster"]
    assert robust.difference_error == pytest.approx([want["se"]], abs=NUMERICAL)
    mean = standardise_risks(fit, (rows.covariates,))
    assert mean.risk == pytest.approx([values["avg_prediction"]["estimate"]], abs=1e-9)
    assert mean.risk_error == pytest.approx([values["avg_prediction"]["se"]], abs=NUMERICAL)
    assert mean.ratio.shape == (0,)


def test_levels_of_a_factor(reference):
    rows, _, values = load(reference, "cc0")
    ways = []
    for level in ((0, 0), (1, 0), (0, 1)):
        way = rows.covariates.copy()
        way[:, 2:] = level
        ways.append(way)
    found = standardise_risks(logit_regression(rows), tuple(ways))
    want = values["avg_prediction_by_cls_gcomputation"]
    assert found.risk == pytest.approx(want["estimate"], abs=1e-9)
    assert found.risk_error == pytest.approx(want["se"], abs=NUMERICAL)


def test_public(reference):
    rows, cluster, values = load(reference, "public")
    factors = (("class2nd", "class3rd"),)
    for link, fit_link in FITS.items():
        found = average_effects(fit_link(rows), rows.covariates, factors=factors)
        as_marginaleffects(found, values[f"marginaleffects_{link}"], [1, 2, 3, 0])
    fit = logit_regression(rows, limits="wald")
    assert fit.coef == pytest.approx(list(values["coef"].values()), abs=1e-9)
    found = average_effects(fit, rows.covariates, factors=factors, vcov=robust_vcov(rows, cluster))
    as_marginaleffects(found, values["marginaleffects_logit_clusterCR1"], [1, 2, 3, 0])
    off, on = rows.covariates.copy(), rows.covariates.copy()
    off[:, 0], on[:, 0] = 0, 1
    risks, want = standardise_risks(fit, (off, on)), values["female_risk_ratio"]
    assert risks.ratio == pytest.approx([want["estimate"]], abs=1e-9)
    assert risks.ratio_low == pytest.approx([want["lower"]], abs=NUMERICAL)
    assert risks.ratio_high == pytest.approx([want["upper"]], abs=NUMERICAL)


# properties


@pytest.mark.parametrize("link", FITS)
def test_gradients_are_derivatives(reference, link):
    from dataclasses import replace

    rows, _, _ = load(reference, "cc0")
    fit = FITS[link](rows, limits="wald")
    found = average_effects(fit, rows.covariates)
    gradient = np.empty((4, 5))
    for j in range(5):
        ends = []
        for sign in (1, -1):
            coef = fit.coef + sign * 1e-5 * np.eye(5)[j]
            ends.append(average_effects(replace(fit, coef=coef), rows.covariates).estimate)
        gradient[:, j] = (ends[0] - ends[1]) / 2e-5
    assert found.vcov == pytest.approx(gradient @ fit.vcov @ gradient.T, abs=1e-9)


def test_order_changes_nothing_and_df_widens(reference):
    rows, _, _ = load(reference, "cc0")
    fit = logit_regression(rows, limits="wald")
    first = average_effects(fit, rows.covariates)
    order = np.random.default_rng(1).permutation(len(rows.outcome))
    second = average_effects(fit, rows.covariates[order], df=11)
    assert second.estimate == pytest.approx(first.estimate)
    assert second.std_error == pytest.approx(first.std_error)
    assert (second.conf_low < first.conf_low).all()
    assert (second.p_value > first.p_value).all()
    assert first.conf_level == 0.95


def test_predictions_stay_between_0_and_1(reference):
    rows, _, _ = load(reference, "cc0")
    for fit in FITS.values():
        found = predict_probabilities(fit(rows, limits="wald"), 30 * rows.covariates)
        assert (found.conf_low >= 0).all()
        assert (found.conf_high <= 1).all()
        assert (found.conf_low <= found.estimate).all()
        assert (found.estimate <= found.conf_high).all()


# refusals and wrong calls


def test_refusals(reference):
    rows, _, _ = load(reference, "cc0")
    fit = logit_regression(rows, limits="wald")
    assert "there is no row" in average_effects(fit, np.empty((0, 4))).why
    bad = rows.covariates.copy()
    bad[0, 0] = np.nan
    assert "not finite" in standardise_risks(fit, (rows.covariates, bad)).why
    alone = logit_regression(LogitRows(outcome=[1, 0, 0], covariates=np.empty((3, 0))))
    assert isinstance(average_effects(alone, np.empty((3, 0))), Refusal)
    assert "no spread" in average_effects(fit, rows.covariates, vcov=np.zeros((5, 5))).why


def test_wrong_calls_list_every_fault(reference):
    rows, _, _ = load(reference, "cc0")
    fit = logit_regression(rows, limits="wald")
    with pytest.raises(ValueError, match=r"3 columns, but the fit has 4; vcov .*; df must be"):
        predict_probabilities(fit, rows.covariates[:, :3], vcov=np.eye(4), df=0)
    with pytest.raises(ValueError, match="the same rows"):
        standardise_risks(fit, (rows.covariates, rows.covariates[:5]))
    with pytest.raises(ValueError, match="at least one"):
        standardise_risks(fit, ())
    with pytest.raises(
        ValueError, match=r"clsb stands twice; no such covariate: z; num is a level"
    ):
        average_effects(fit, rows.covariates, factors=(("clsb", "clsb"), ("z", "num")))
