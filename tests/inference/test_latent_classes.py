"""Latent classes: by hand, against poLCA, in spite of bad starts, and under resampled cases."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from relatum.inference.common import Refusal
from relatum.inference.latent_class_em import (
    collect_patterns,
    count_parameters,
    draw_patterns,
    maximise_likelihood,
)
from relatum.inference.latent_class_resampling import (
    bootstrap_likelihood_ratio,
    classification_stability,
)
from relatum.inference.latent_classes import fit_latent_classes

SIZES = np.array([26, 22, 5, 5, 4, 3, 3, 1, 1, 1, 1, 1])
CASES = np.repeat(np.arange(12), SIZES)


def answers(case, name, columns=None):
    """Levels from 0 in the order of R (numbers, or words by the alphabet); -1 is missing."""
    table = case.table(name)
    found = []
    for column in columns or table:
        values = table[column]
        if values.dtype.kind == "f":
            found.append(np.where(np.isnan(values), 0, values).astype(int) - 1)
        else:
            found.append(np.unique(values, return_inverse=True)[1])
    return np.stack(found, axis=1)


def two_groups(n=300, seed=1):
    rng = np.random.default_rng(seed)
    group = rng.random(n) < 0.6
    chances = np.where(group[:, None], [0.85, 0.8, 0.75, 0.7, 0.6], [0.2, 0.15, 0.3, 0.25, 0.1])
    return (rng.random((n, 5)) < chances).astype(int), group


# --- by hand -------------------------------------------------------------------------------


def test_one_class_is_independence():
    data = np.array([[0, 1]] * 3 + [[1, 1]] * 4 + [[1, 0]] * 1)
    found = fit_latent_classes(data, n_classes=1)
    expected = 5 * np.log(5 / 8) + 3 * np.log(3 / 8) + 7 * np.log(7 / 8) + np.log(1 / 8)
    assert found.log_likelihood == pytest.approx(expected, abs=1e-12)
    assert found.probabilities[0] == pytest.approx(np.array([[3 / 8, 5 / 8]]))
    assert found.probabilities[1] == pytest.approx(np.array([[1 / 8, 7 / 8]]))
    assert (found.n_parameters, found.df, found.entropy) == (2, 1, None)
    assert found.aic == pytest.approx(-2 * expected + 4)
    assert found.bic == pytest.approx(-2 * expected + 2 * np.log(8))
    assert found.adjusted_bic == pytest.approx(-2 * expected + 2 * np.log(10 / 24))
    cells = np.array([3, 4, 1])
    expected_cells = np.array([3 * 7, 5 * 7, 5 * 1]) / 8
    assert found.g_squared == pytest.approx(2 * (cells * np.log(cells / expected_cells)).sum())
    pearson = ((cells - expected_cells) ** 2 / expected_cells).sum() + 3 / 8
    assert found.x_squared == pytest.approx(pearson)


def test_two_patterns_are_two_classes():
    found = fit_latent_classes([[0, 0, 0]] * 10 + [[1, 1, 1]] * 30, n_classes=2, starts=4)
    assert found.shares.tolist() == pytest.approx([0.75, 0.25], abs=1e-9)
    assert found.log_likelihood == pytest.approx(30 * np.log(0.75) + 10 * np.log(0.25))
    assert found.entropy == pytest.approx(1, abs=1e-9)
    assert found.on_boundary
    assert found.confirmed
    assert found.posterior[0].tolist() == pytest.approx([0, 1], abs=1e-9)


def test_parameters_are_counted():
    assert count_parameters((2, 3, 3, 2), 2) == 13
    assert count_parameters((2,) * 6, 6) == 41


# --- against R -----------------------------------------------------------------------------

#: Kind, folder entry, file, numbers of classes, and whether the classes are identified: with one
#: degree of freedom left the maximum is a ridge, on which only the likelihood can be compared.
POLCA = [
    ("cc0", "binary", "binary.csv", (1, 2, 3), True),
    ("cc0", "mixed", "mixed.csv", (1, 2), True),
    ("public", "carcinoma", "carcinoma.csv", (1, 2, 3, 4), True),
    ("public", "values", "values.csv", (1, 2), True),
    ("public", "values", "values.csv", (3,), False),
    ("public", "cheating", "cheating.csv", (1, 2), True),
    ("public", "cheating", "cheating.csv", (3,), False),
    ("public", "gss82", "gss82.csv", (1, 2, 3), True),
]
COLUMNS = {
    "mixed": ["Q1", "Q2", "Q3", "Q4"],
    "cheating": ["LIEEXAM", "LIEPAPER", "FRAUD", "COPYEXAM"],
}


@pytest.mark.parametrize(("kind", "entry", "name", "numbers", "identified"), POLCA)
def test_values_of_polca(reference, kind, entry, name, numbers, identified):
    case = reference(kind, "lca_polca")
    data = answers(case, name, COLUMNS.get(entry))
    for n_classes in numbers:
        there = case.values[entry][f"k{n_classes}"]
        found = fit_latent_classes(data, n_classes=n_classes, starts=20, seed=1)
        # poLCA's EM stops at a gain of 1e-13: 5e-8 below our maximum for the slowest case.
        assert found.log_likelihood == pytest.approx(there["logLik"], abs=1e-6)
        assert found.g_squared == pytest.approx(there["Gsq"], abs=1e-6)
        assert (found.aic, found.bic) == pytest.approx((there["AIC"], there["BIC"]), abs=1e-6)
        assert (found.n_parameters, found.df) == (there["npar"], there["df"])
        assert found.confirmed
        if not identified:
            continue
        # EM leaves parameters less exact than the likelihood, which is flat at its maximum.
        assert found.shares == pytest.approx(np.atleast_1d(there["P"]), abs=1e-5)
        assert found.x_squared == pytest.approx(there["Chisq"], abs=1e-4)
        if n_classes > 1:
            assert found.entropy == pytest.approx(there["entropy_rel"], abs=1e-5)
        for ours, theirs in zip(found.probabilities, there["probs"].values(), strict=True):
            assert np.sort(ours) == pytest.approx(np.sort(np.array(theirs)), abs=1e-4)
            if entry != "gss82":  # R orders its levels by first appearance there
                assert ours == pytest.approx(np.array(theirs), abs=1e-4)


def test_missing_answers_as_in_polca(reference):
    case = reference("cc0", "lca_polca")
    data = answers(case, "missing.csv")
    assert (data < 0).any()
    there = case.values["missing_na_rm_FALSE"]["k2"]
    found = fit_latent_classes(data, n_classes=2)
    assert found.log_likelihood == pytest.approx(there["logLik"], abs=1e-6)
    assert found.bic == pytest.approx(there["BIC"], abs=1e-6)
    assert found.shares == pytest.approx(there["P"], abs=1e-5)
    for ours, theirs in zip(found.probabilities, there["probs"].values(), strict=True):
        assert ours == pytest.approx(np.array(theirs), abs=1e-4)
    assert (found.g_squared, found.x_squared) == (None, None)
    complete = data[(data >= 0).all(axis=1)]
    there = case.values["missing_na_rm_TRUE"]["k2"]
    found = fit_latent_classes(complete, n_classes=2)
    assert (found.n_rows, found.log_likelihood) == (
        there["N"],
        pytest.approx(there["logLik"], abs=1e-6),
    )


def test_missing_answers_in_published_data(reference):
    case = reference("public", "lca_polca")
    there = case.values["carcinoma_missing_k2"]
    found = fit_latent_classes(answers(case, "carcinoma_missing.csv"), n_classes=2)
    assert found.log_likelihood == pytest.approx(there["logLik"], abs=1e-6)
    assert found.shares == pytest.approx(there["P"], abs=1e-6)


# --- starts --------------------------------------------------------------------------------


def test_starts_far_apart_find_the_maximum_that_those_near_the_centre_miss(reference):
    from stepmix.stepmix import StepMix

    case = reference("cc0", "lca_polca")
    data = answers(case, "binary.csv")
    there = case.values["binary"]["k3"]["logLik"]
    model = StepMix(
        n_components=3, n_init=4, random_state=1, progress_bar=0, abs_tol=1e-6, max_iter=500
    ).fit(data)
    assert model.score(data) * len(data) < there - 0.1
    patterns = collect_patterns(data)
    found = maximise_likelihood(patterns, n_classes=3, starts=20, seed=1)
    assert found.log_likelihood == pytest.approx(there, abs=1e-3)


def test_more_starts_leave_the_earlier_ones_as_they_are():
    patterns = collect_patterns(two_groups()[0])
    few = maximise_likelihood(patterns, n_classes=3, starts=4, seed=5)
    many = maximise_likelihood(patterns, n_classes=3, starts=9, seed=5)
    assert many.reached[:4].tolist() == few.reached.tolist()
    assert many.log_likelihood >= few.log_likelihood


# --- properties ----------------------------------------------------------------------------


def test_order_of_rows_and_of_items_changes_nothing():
    data, _ = two_groups()
    rng = np.random.default_rng(3)
    rows, items = rng.permutation(len(data)), rng.permutation(data.shape[1])
    here = fit_latent_classes(data, n_classes=2)
    there = fit_latent_classes(data[rows], n_classes=2)
    assert there.log_likelihood == pytest.approx(here.log_likelihood, abs=1e-9)
    assert there.posterior == pytest.approx(here.posterior[rows], abs=1e-9)
    moved = fit_latent_classes(data[:, items], n_classes=2)
    assert moved.log_likelihood == pytest.approx(here.log_likelihood, abs=1e-8)
    assert moved.probabilities[0] == pytest.approx(here.probabilities[items[0]], abs=1e-4)


def test_swapping_the_levels_of_an_item_swaps_its_columns():
    data, _ = two_groups()
    swapped = data.copy()
    swapped[:, 2] = 1 - swapped[:, 2]
    here, there = (fit_latent_classes(d, n_classes=2) for d in (data, swapped))
    assert there.log_likelihood == pytest.approx(here.log_likelihood, abs=1e-8)
    assert there.probabilities[2][:, ::-1] == pytest.approx(here.probabilities[2], abs=1e-4)


def test_more_classes_never_fit_worse_and_shares_add_up():
    data, group = two_groups()
    fits = [fit_latent_classes(data, n_classes=k) for k in (1, 2, 3)]
    assert all(a.log_likelihood <= b.log_likelihood + 1e-6 for a, b in zip(fits, fits[1:]))  # noqa: B905, RUF007
    for fit in fits:
        assert fit.shares.sum() == pytest.approx(1)
        assert sorted(fit.shares, reverse=True) == fit.shares.tolist()
        assert fit.posterior.sum(axis=1) == pytest.approx(np.ones(len(data)))
        assert fit.posterior.mean(axis=0) == pytest.approx(fit.shares, abs=1e-5)
    right = (fits[1].posterior[:, 0] > 0.5) == group
    assert right.mean() > 0.8


def test_drawn_answers_follow_their_probabilities():
    chances = np.zeros((20_000, 1, 3))
    chances[:, 0] = [0.2, 0.5, 0.3]
    observed = np.ones((20_000, 1), dtype=bool)
    observed[:10] = False
    drawn = draw_patterns(chances, observed, np.random.default_rng(1))
    assert (drawn[:10] == -1).all()
    shares = np.bincount(drawn[10:, 0]) / 19_990
    assert shares == pytest.approx([0.2, 0.5, 0.3], abs=4 * np.sqrt(0.25 / 20_000))


@settings(deadline=None, max_examples=25)
@given(
    st.integers(1, 20).flatmap(lambda n: arrays(np.int64, (n, 4), elements=st.integers(-1, 2))),
    st.integers(1, 3),
)
def test_odd_data_give_finite_numbers_or_words(data, n_classes):
    cases = np.arange(len(data)) % 4
    found = [fit_latent_classes(data, n_classes=n_classes, starts=2)]
    if n_classes > 1:
        how = {"n_classes": n_classes, "draws": 2, "starts": 2}
        found.append(bootstrap_likelihood_ratio(data, cases, **how))
        found.append(classification_stability(data, cases, **how))
    for result in found:
        if isinstance(result, Refusal):
            assert result.why
            continue
        for field in dataclasses.fields(result):
            value = getattr(result, field.name)
            for part in value if isinstance(value, tuple) else (value,):
                assert part is None or np.isfinite(part).all(), field.name


# --- resampling ----------------------------------------------------------------------------


def test_two_kinds_of_rows_in_every_case_are_told_apart_and_stay_apart():
    data, _ = two_groups(n=240)
    cases = np.arange(240) % 12
    found = bootstrap_likelihood_ratio(data, cases, n_classes=2, draws=19, starts=3, seed=1)
    assert found.p_value == 1 / 20
    assert found.statistic > found.null_draws.max()
    one = fit_latent_classes(data, n_classes=1).log_likelihood
    two = fit_latent_classes(data, n_classes=2).log_likelihood
    assert found.statistic == pytest.approx(2 * (two - one), abs=1e-2)
    stable = classification_stability(data, cases, n_classes=2, draws=19, starts=3, seed=1)
    assert stable.mean > 0.7
    assert 0 < stable.low <= stable.mean <= stable.high <= 1
    assert 0.5 < stable.without_largest <= 1


def test_independent_items_give_no_second_class_and_no_stable_one():
    rng = np.random.default_rng(4)
    data = (rng.random((73, 5)) < 0.5).astype(int)
    found = bootstrap_likelihood_ratio(data, CASES, n_classes=2, draws=19, starts=3, seed=1)
    assert found.p_value > 0.05
    stable = classification_stability(data, CASES, n_classes=2, draws=19, starts=3, seed=1)
    assert stable.mean < 0.7


def test_cases_that_differ_widen_the_null():
    rng = np.random.default_rng(6)
    data = (rng.random((73, 5)) < 0.5).astype(int)
    plain, wide = (
        bootstrap_likelihood_ratio(data, CASES, n_classes=2, icc=icc, draws=39, starts=3, seed=2)
        for icc in (0.0, 0.3)
    )
    assert wide.statistic == plain.statistic
    assert wide.null_draws.mean() > plain.null_draws.mean()


def test_draws_do_not_depend_on_their_number():
    data, _ = two_groups(n=60)
    cases = np.arange(60) % 10
    few, many = (
        bootstrap_likelihood_ratio(data, cases, n_classes=2, draws=draws, starts=2, seed=3)
        for draws in (3, 5)
    )
    assert set(few.null_draws) <= set(many.null_draws)


def test_missing_answers_stay_missing_in_the_draws():
    data, _ = two_groups(n=60)
    data[::4, 0] = -1
    cases = np.arange(60) % 10
    found = bootstrap_likelihood_ratio(data, cases, n_classes=2, draws=3, starts=2, seed=3)
    assert np.isfinite(found.null_draws).all()


# --- refusals ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "n_classes", "why"),
    [
        (np.empty((0, 3), dtype=int), 1, "no row"),
        ([[0, 1], [0, 0], [0, 1]], 1, "item 1 is constant"),
        ([[0, -1], [1, -1]], 1, "item 2 is constant"),
        ([[0, 1, 1], [1, 0, 0], [-1, -1, -1]], 1, "no answer"),
        ([[0, 1], [1, 0], [1, 1], [0, 0]], 2, "5 parameters for a table of 4 cells"),
        ([[0, 0, 0], [1, 1, 1]] * 5, 3, "only 2 patterns"),
    ],
)
def test_what_cannot_be_told_apart_is_refused(data, n_classes, why):
    found = fit_latent_classes(data, n_classes=n_classes)
    assert isinstance(found, Refusal)
    assert why in found.why


def test_one_case_is_refused():
    data, _ = two_groups(n=40)
    for test in (bootstrap_likelihood_ratio, classification_stability):
        found = test(data, np.zeros(40), n_classes=2)
        assert isinstance(found, Refusal)
        assert "one case" in found.why
        assert "constant" in test(np.zeros((4, 3), int), np.arange(4), n_classes=2).why


def test_no_fit_without_the_largest_case_is_said():
    data = np.array([[0, 0, 0], [1, 1, 1]] * 10 + [[0, 0, 1]] * 2)
    cases = np.array([1] * 20 + [2, 3])
    found = classification_stability(data, cases, n_classes=2, draws=2, starts=2)
    assert found.without_largest is None


@pytest.mark.parametrize("data", [[0, 1], [[0.5, 1]], [[-2, 1]], np.empty((3, 0))])
def test_wrong_data(data):
    with pytest.raises(ValueError, match="data must"):
        fit_latent_classes(data, n_classes=1)


def test_wrong_calls():
    data, _ = two_groups(n=20)
    with pytest.raises(ValueError, match="n_classes"):
        fit_latent_classes(data, n_classes=0)
    with pytest.raises(ValueError, match="starts"):
        fit_latent_classes(data, n_classes=2, starts=0)
    with pytest.raises(ValueError, match="19 values for 20 rows"):
        bootstrap_likelihood_ratio(data, np.arange(19), n_classes=2)
    with pytest.raises(ValueError, match="icc"):
        bootstrap_likelihood_ratio(data, np.arange(20), n_classes=2, icc=1.0)
    with pytest.raises(ValueError, match="n_classes"):
        classification_stability(data, np.arange(20), n_classes=1)
    with pytest.raises(ValueError, match="levels"):
        collect_patterns(data, levels=(2, 2))
