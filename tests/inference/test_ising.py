"""Networks of binary items: by hand, against IsingFit, glm and sklearn, and over resamples."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from relatum.inference.common import Refusal
from relatum.inference.ising import edge_stability, fit_ising, nodewise_logistic
from relatum.inference.lasso import lasso_path, polish_lasso


def matrix(case, name="data.csv"):
    table = case.table(name)
    return np.stack(list(table.values()), axis=1).astype(int)


def chain(n=400, seed=1):
    """A chain a - b - c, and d on its own."""
    rng = np.random.default_rng(seed)
    a, d = rng.integers(0, 2, (2, n))
    b = np.where(rng.random(n) < 0.8, a, 1 - a)
    c = np.where(rng.random(n) < 0.8, b, 1 - b)
    return np.stack([a, b, c, d], axis=1)


def objective(data, at, intercept, slopes, penalty):
    """Average negative log-likelihood plus the penalty on standardised predictors."""
    others = np.arange(data.shape[1]) != at
    x = data[:, others].astype(float)
    eta = intercept + x @ slopes
    loss = np.mean(np.logaddexp(0, eta) - data[:, at] * eta)
    return loss + penalty * np.abs(slopes * x.std(axis=0)).sum()


# --- by hand -------------------------------------------------------------------------------


def test_two_items_have_the_odds_ratio_of_their_table():
    data = np.repeat([[1, 1], [1, 0], [0, 1], [0, 0]], [12, 5, 7, 20], axis=0)
    found = nodewise_logistic(data)
    assert found.weights[0, 1] == pytest.approx(np.log(12 * 20 / (5 * 7)), abs=1e-10)
    assert found.std_errors[0, 1] == pytest.approx(np.sqrt(1 / 12 + 1 / 5 + 1 / 7 + 1 / 20))
    assert found.thresholds[0] == pytest.approx(np.log(5 / 20), abs=1e-10)
    assert found.n_rows == 44


def test_a_chain_is_found():
    found = fit_ising(chain())
    assert found.n_edges == 2
    assert found.weights[0, 1] > 1
    assert found.weights[1, 2] > 1
    assert found.weights == pytest.approx(found.weights.T)
    assert np.diag(found.weights).tolist() == [0, 0, 0, 0]


def test_what_is_found_satisfies_the_conditions_of_a_minimum():
    data = chain(n=150, seed=7)
    found = fit_ising(data, gamma=0.0)
    for at in range(4):
        others = np.arange(4) != at
        x = data[:, others]
        standard = (x - x.mean(axis=0)) / x.std(axis=0)
        eta = found.thresholds[at] + x @ found.directed[at, others]
        gradient = standard.T @ (data[:, at] - 1 / (1 + np.exp(-eta))) / len(data)
        slopes = found.directed[at, others]
        inside = np.abs(gradient[slopes == 0])
        assert np.all(inside <= found.penalties[at] + 1e-7)
        on = slopes != 0
        assert gradient[on] == pytest.approx(np.sign(slopes[on]) * found.penalties[at], abs=1e-7)


# --- against R -----------------------------------------------------------------------------

#: glmnet stops when no coefficient moves by more than about 3e-4 standard errors; ours go on.
WEIGHT, PENALTY = 5e-5, 1e-12


@pytest.mark.parametrize("kind", ["cc0", "public"])
@pytest.mark.parametrize("entry", ["gamma025_AND", "gamma025_OR", "gamma0_AND", "gamma05_AND"])
def test_values_of_isingfit(reference, kind, entry):
    case = reference(kind, "cooc_ising")
    there = case.values[("isingfit_" if kind == "cc0" else "sim_") + entry]
    found = fit_ising(
        matrix(case), gamma=there["gamma"], rule="or" if entry.endswith("OR") else "and"
    )
    theirs = np.array(there["weiadj"])
    assert ((found.weights != 0) == (theirs != 0)).all()
    assert found.weights == pytest.approx(theirs, abs=WEIGHT)
    assert found.thresholds == pytest.approx(np.array(there["thresholds"]), abs=WEIGHT)
    if kind == "public":
        assert found.penalties == pytest.approx(np.array(there["lambda"]), abs=PENALTY)
        assert found.directed == pytest.approx(np.array(there["asymm"]), abs=WEIGHT)
    else:
        assert found.n_edges == there["n_edges"]


def test_nearly_separated_items_have_the_edges_of_isingfit_and_a_lower_minimum(reference):
    case = reference("public", "cooc_ising")
    data = matrix(case, "carcinoma01.csv")
    there = case.values["carcinoma_gamma025_AND"]
    found = fit_ising(data)
    theirs = np.array(there["asymm"])
    assert ((found.weights != 0) == (np.array(there["weiadj"]) != 0)).all()
    assert found.penalties == pytest.approx(np.array(there["lambda"]), abs=PENALTY)
    # Item 1 is all but separated at its small penalty; glmnet stops before its minimum.
    assert found.directed[1:] == pytest.approx(theirs[1:], abs=0.02)
    for at in range(7):
        others = np.arange(7) != at
        ours = objective(
            data, at, found.thresholds[at], found.directed[at, others], found.penalties[at]
        )
        grid = [
            objective(data, at, shift, theirs[at, others], found.penalties[at])
            for shift in there["thresholds"][at] + np.linspace(-0.5, 0.5, 101)
        ]
        assert ours <= min(grid) + 1e-12


def test_values_of_glm(reference):
    case = reference("cc0", "cooc_ising")
    found = nodewise_logistic(matrix(case))
    for at, there in enumerate(case.values["nodewise_glm"].values()):
        others = np.arange(7) != at
        ours = [found.thresholds[at], *found.coefficients[at, others]]
        errors = [found.threshold_errors[at], *found.std_errors[at, others]]
        assert ours == pytest.approx(list(there["coef"].values()), abs=1e-10)
        # R takes the weights of its last step but one: 1e-8.
        assert errors == pytest.approx(list(there["se"].values()), abs=1e-7)


def test_values_of_the_unpenalised_network(reference):
    case = reference("public", "cooc_ising")
    found = nodewise_logistic(matrix(case))
    there = case.values["sim_nodewise_logistic"]
    assert found.weights == pytest.approx(np.array(there["graph"]), abs=1e-9)
    assert found.thresholds == pytest.approx(np.array(there["thresholds"]), abs=1e-9)


def test_sklearn_has_the_same_minimum():
    from sklearn.linear_model import LogisticRegression

    data = chain(n=100, seed=3)
    found = fit_ising(data)
    x = data[:, 1:]
    standard = (x - x.mean(axis=0)) / x.std(axis=0)
    model = LogisticRegression(
        C=1 / (len(data) * found.penalties[0]),
        l1_ratio=1.0,
        solver="saga",
        tol=1e-10,
        max_iter=50_000,
        random_state=1,
    ).fit(standard, data[:, 0])
    assert model.coef_[0] / x.std(axis=0) == pytest.approx(found.directed[0, 1:], abs=1e-6)


# --- properties ----------------------------------------------------------------------------


def test_order_of_rows_and_of_items_changes_nothing():
    data = chain()
    rng = np.random.default_rng(2)
    here = fit_ising(data)
    assert fit_ising(data[rng.permutation(len(data))]).weights.tolist() == here.weights.tolist()
    order = np.array([2, 0, 3, 1])
    there = fit_ising(data[:, order]).weights
    assert there == pytest.approx(here.weights[np.ix_(order, order)], abs=1e-9)


def test_the_early_end_of_a_path_changes_no_choice():
    ended = 0
    for seed in range(8):
        rng = np.random.default_rng(seed)
        data = (rng.random((30, 25)) < 0.5).astype(float)
        x = (data[:, 1:] - data[:, 1:].mean(axis=0)) / data[:, 1:].std(axis=0)
        x = np.asfortranarray(np.column_stack([x, np.ones(30)]))
        shares = np.full(30, 1 / 30)
        price = (np.log(30) + 0.5 * np.log(24)) / 30
        paths = [
            lasso_path(x, data[:, 0].copy(), weights=shares, ratio=1e-4, price=p)
            for p in (price, 0.0)
        ]
        ended += len(paths[0].values) < len(paths[1].values)
        best = [int(np.argmin(-2 * path.values + path.sizes * price)) for path in paths]
        assert best[0] == best[1]
    assert ended >= 4


def test_the_first_fit_of_a_path_is_empty():
    for seed in range(6):
        rng = np.random.default_rng(seed)
        data = (rng.random((40, 5)) < 0.5).astype(float)
        x = (data[:, 1:] - data[:, 1:].mean(axis=0)) / data[:, 1:].std(axis=0)
        x = np.asfortranarray(np.column_stack([x, np.ones(40)]))
        y, shares = data[:, 0].copy(), np.full(40, 1 / 40)
        path = lasso_path(x, y, weights=shares, ratio=1e-4)
        mean = y.mean()
        assert path.sizes[0] == 0
        assert path.sizes[1] > 0
        assert path.values[0] == pytest.approx(mean * np.log(mean) + (1 - mean) * np.log1p(-mean))
        assert not polish_lasso(x, y, weights=shares, path=path, at=0)[:-1].any()


def test_recoding_an_item_flips_its_signs():
    data = chain()
    flipped = data.copy()
    flipped[:, 1] = 1 - flipped[:, 1]
    here, there = fit_ising(data).weights, fit_ising(flipped).weights
    assert there[0, 1] == pytest.approx(-here[0, 1], abs=1e-9)
    assert there[1, 2] == pytest.approx(-here[1, 2], abs=1e-9)


def test_a_heavier_criterion_finds_no_more_edges():
    data = chain(n=120, seed=5)
    edges = [fit_ising(data, gamma=gamma).n_edges for gamma in (0.0, 0.25, 2.0, 20.0)]
    assert edges == sorted(edges, reverse=True)
    assert fit_ising(data, rule="or").n_edges >= fit_ising(data).n_edges


def test_stability_is_high_for_edges_and_low_without():
    data = chain()
    cases = np.arange(400) % 20
    found = edge_stability(data, cases, draws=30, seed=1)
    assert found.same_sign[0, 1] == found.same_sign[1, 2] == 1.0
    assert found.selected[0, 3] < 0.5
    assert found.same_sign[0, 3] == 0.0
    assert np.all(found.same_sign <= found.selected)
    again = edge_stability(data, cases, draws=30, seed=1)
    assert again.selected.tolist() == found.selected.tolist()


def test_an_item_that_lives_in_one_case_is_unstable():
    data = chain(n=120, seed=2)
    data[:, 3] = 0
    data[:6, 3] = 1
    data[:6, 0] = 1
    cases = np.repeat(np.arange(12), 10)
    found = edge_stability(data, cases, draws=30, seed=1)
    assert found.selected[:, 3].max() < 0.75


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 16).flatmap(lambda n: arrays(np.int64, (n, 4), elements=st.integers(0, 1))))
def test_odd_data_give_finite_numbers_or_words(data):
    for found in (
        fit_ising(data),
        nodewise_logistic(data),
        edge_stability(data, np.arange(len(data)) % 3, draws=2),
    ):
        if isinstance(found, Refusal):
            assert found.why
            continue
        network = getattr(found, "network", found)
        assert np.isfinite(network.weights).all()
        assert np.isfinite(network.thresholds).all()


# --- refusals ------------------------------------------------------------------------------


def test_what_carries_no_network_is_refused():
    data = chain(n=30)
    assert "three items" in fit_ising(data[:, :2]).why
    data[:, 2] = 0
    data[0, 2] = 1
    assert fit_ising(data).why == "a value of item 3 occurs fewer than 2 times"
    assert isinstance(edge_stability(data, np.arange(30)), Refusal)
    assert "one case" in edge_stability(chain(), np.zeros(400)).why


def test_separation_is_refused_without_a_penalty():
    data = np.repeat([[0, 0], [1, 1]], 10, axis=0)
    assert "separate the values of item 1" in nodewise_logistic(data).why
    quasi = np.repeat([[0, 0], [1, 1], [1, 0]], 10, axis=0)
    assert isinstance(nodewise_logistic(quasi), Refusal)
    assert isinstance(nodewise_logistic(np.repeat([[0, 1], [0, 0]], 5, axis=0)), Refusal)
    assert "two items" in nodewise_logistic(data[:, :1]).why


def test_wrong_calls():
    data = chain(n=30)
    with pytest.raises(ValueError, match="0 and 1"):
        fit_ising(data + 1)
    with pytest.raises(ValueError, match="rule"):
        fit_ising(data, rule="xor")
    with pytest.raises(ValueError, match="gamma"):
        fit_ising(data, gamma=-1.0)
    with pytest.raises(ValueError, match="29 cases for 30 rows"):
        edge_stability(data, np.arange(29))
