from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, special

from relatum.inference.betabinomial import (
    BetaBinomialPrior,
    CaseAverage,
    case_posterior,
    estimate_case_average,
    predict_finite_population,
)
from relatum.inference.betabinomial_fit import fit_beta_binomial
from relatum.inference.common import Refusal

COUNTS = np.array([20, 9, 2, 4, 1, 3, 0, 1, 0, 1, 1, 0])


def by_case(table, outcome, cluster):
    names = np.unique(table[cluster])
    counts = [table[outcome][table[cluster] == name].sum() for name in names]
    sizes = [(table[cluster] == name).sum() for name in names]
    return counts, sizes


def test_maximum_likelihood_equals_r(reference):
    case = reference("cc0", "int_icc_deff")
    want = case.values["betabinomial_tight"]
    found = fit_beta_binomial(*by_case(case.table(), "y", "cl"))
    assert special.logit(found.mean) == pytest.approx(want["logit_mu"], abs=1e-5)
    assert found.icc == pytest.approx(want["rho"], abs=1e-5)
    assert found.log_likelihood == pytest.approx(want["loglik"], abs=1e-8)


def test_maximum_likelihood_is_not_below_aod(reference):
    # aod stops its search early: near the maximum, never above it
    case = reference("public", "int_icc_deff")
    want = case.values["betabinomial"]
    found = fit_beta_binomial(*by_case(case.table("cbpp_long.csv"), "y", "herd"))
    assert 0 <= found.log_likelihood - want["loglik"] < 1e-6
    assert special.logit(found.mean) == pytest.approx(want["logit_mu"], abs=2e-4)
    assert found.icc == pytest.approx(want["phi_rho"], abs=2e-4)


def posterior_by_quadrature(counts, sizes):
    """Mean and density of the case average by adaptive integration in the angle of mu."""

    def density(icc, angle):
        mean = np.sin(angle) ** 2
        precision = (1 - icc) / icc
        a, b = mean * precision, (1 - mean) * precision
        logs = special.betaln(a + counts, b + sizes - counts) - special.betaln(a, b)
        return np.exp(logs.sum() + 8.0) * (1 - icc) ** 4

    options = {"epsabs": 1e-12, "epsrel": 1e-8}
    angles = np.linspace(1e-4, np.pi / 2 - 1e-4, 401)
    weights = np.array(
        [integrate.quad(density, 1e-6, 1, args=(angle,), **options)[0] for angle in angles]
    )
    mass = integrate.cumulative_simpson(weights, x=angles, initial=0)
    mass /= mass[-1]
    mean = integrate.simpson(weights * np.sin(angles) ** 2, x=angles)
    mean /= integrate.simpson(weights, x=angles)
    return mean, [np.sin(np.interp(q, mass, angles)) ** 2 for q in (0.025, 0.975)]


def test_grid_equals_adaptive_quadrature():
    counts, sizes = np.array([5, 1, 0, 2]), np.array([8, 5, 2, 3])
    mean, limits = posterior_by_quadrature(counts, sizes)
    found = estimate_case_average(counts, sizes)
    assert found.estimate == pytest.approx(mean, abs=2e-4)
    assert (found.conf_low, found.conf_high) == pytest.approx(limits, abs=1e-3)


def test_equal_answer_in_every_case_leaves_room(case_sizes):
    none = estimate_case_average(np.zeros(12), case_sizes)
    every = estimate_case_average(case_sizes, case_sizes)
    assert none.conf_low < 1e-3
    assert 0.05 < none.conf_high < 0.3
    assert every.conf_low == pytest.approx(1 - none.conf_high, abs=1e-6)
    assert every.estimate == pytest.approx(1 - none.estimate, abs=1e-6)


def test_independent_rows_recover_jeffreys():
    sizes = np.ones(80)
    counts = np.repeat([1, 0], [30, 50])
    found = estimate_case_average(counts, sizes)
    limits = special.betaincinv(30.5, 50.5, [0.025, 0.975])
    assert (found.conf_low, found.conf_high) == pytest.approx(limits, abs=1e-4)
    assert found.estimate == pytest.approx(30.5 / 81, abs=1e-5)


def test_a_large_sample_narrows_the_grid():
    rng = np.random.default_rng(6)
    sizes = rng.integers(50, 500, 400)
    shares = rng.beta(0.3 * 9, 0.7 * 9, 400)
    counts = rng.binomial(sizes, shares)
    found = estimate_case_average(counts, sizes)
    error = shares.std() / np.sqrt(400)
    assert found.estimate == pytest.approx(shares.mean(), abs=2 * error)
    assert found.conf_high - found.conf_low == pytest.approx(3.92 * error, rel=0.1)
    assert found.icc == pytest.approx(0.1, abs=0.03)


def test_posterior_probability_and_quantile_invert(case_sizes):
    posterior = case_posterior(COUNTS, case_sizes)
    assert posterior.mean_below(posterior.mean_quantile(0.3)) == pytest.approx(0.3, abs=1e-9)
    assert posterior.mean_below(0.0) == 0.0
    assert posterior.mean_below(1.0) == 1.0
    assert posterior.weights.sum() == pytest.approx(1.0)


def test_prior_on_the_correlation_matters_and_can_be_stated(case_sizes):
    usual = estimate_case_average(COUNTS, case_sizes)
    strict = BetaBinomialPrior(icc_a=1, icc_b=500)
    tight = estimate_case_average(COUNTS, case_sizes, prior=strict)
    assert tight.icc < 0.02 < usual.icc
    assert tight.conf_high - tight.conf_low < usual.conf_high - usual.conf_low


@settings(max_examples=25)
@given(
    st.lists(
        st.integers(1, 12).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
        min_size=2,
        max_size=8,
    ),
    st.randoms(),
)
def test_order_and_recoding(cells, random):
    counts, sizes = (np.array(column) for column in zip(*cells, strict=True))
    order = random.sample(range(counts.size), counts.size)
    found = estimate_case_average(counts, sizes)
    moved = estimate_case_average(counts[order], sizes[order])
    mirrored = estimate_case_average(sizes - counts, sizes)
    assert moved.estimate == pytest.approx(found.estimate, abs=1e-9)
    assert mirrored.conf_low == pytest.approx(1 - found.conf_high, abs=1e-5)
    assert mirrored.icc == pytest.approx(found.icc, abs=1e-5)
    assert 0 <= found.conf_low <= found.estimate <= found.conf_high <= 1


def test_cases_without_rows_do_not_count(case_sizes):
    padded = estimate_case_average(np.append(COUNTS, 0), np.append(case_sizes, 0))
    assert padded == estimate_case_average(COUNTS, case_sizes)
    assert isinstance(padded, CaseAverage)


def test_finite_population_adds_only_what_was_not_coded(case_sizes):
    census = predict_finite_population(COUNTS, case_sizes, np.zeros(12))
    assert census.conf_low == census.conf_high == COUNTS.sum() == census.n_present
    left = np.zeros(12)
    left[:2] = 20
    found = predict_finite_population(COUNTS, case_sizes, left, seed=3)
    assert COUNTS.sum() <= found.conf_low < found.estimate < found.conf_high
    assert found.conf_high <= COUNTS.sum() + 40
    assert found == predict_finite_population(COUNTS, case_sizes, left, seed=3)


def test_finite_population_covers_the_total():
    rng = np.random.default_rng(12)
    sizes, left = np.full(10, 6), np.array([20, 10] + [0] * 8)
    covered = 0
    for seed in range(150):
        shares = rng.beta(0.4 * 9, 0.6 * 9, 10)
        y, hidden = rng.binomial(sizes, shares), rng.binomial(left, shares)
        found = predict_finite_population(y, sizes, left, draws=800, seed=seed)
        covered += found.conf_low <= y.sum() + hidden.sum() <= found.conf_high
    assert covered / 150 >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / 150)


def test_refusals_and_wrong_calls(case_sizes):
    assert "no row" in estimate_case_average([], []).why
    assert "no row" in estimate_case_average([0, 0], [0, 0]).why
    assert "one case" in estimate_case_average([3], [5]).why
    assert isinstance(estimate_case_average([np.nan, 1], [2, 2]), Refusal)
    assert isinstance(fit_beta_binomial([0, 0], [4, 5]), Refusal)
    assert isinstance(fit_beta_binomial([1, 0], [1, 1]), Refusal)
    assert isinstance(predict_finite_population([1], [2], [5]), Refusal)
    assert isinstance(predict_finite_population([0], [0], [0]), Refusal)
    with pytest.raises(ValueError, match="whole numbers"):
        estimate_case_average([3], [2])
    with pytest.raises(ValueError, match="whole numbers"):
        predict_finite_population([1], [2], [-1])
    with pytest.raises(ValueError, match="conf_level"):
        estimate_case_average(COUNTS, case_sizes, conf_level=95)
