import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relatum.inference.common import Refusal
from relatum.inference.wild import wild_coefficient
from relatum.inference.wild_scores import wild_score_coefficient


def sample(seed, *, n_clusters=8, size=12, effect=0.8, family="logit"):
    rng = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(n_clusters), size)
    n = len(cluster)
    x = np.column_stack([np.ones(n), rng.normal(size=n), rng.random(n) < 0.5])
    predictor = -0.3 + effect * x[:, 1] + 0.5 * rng.normal(size=n_clusters)[cluster]
    if family == "poisson":
        return rng.poisson(np.exp(predictor)).astype(float), x, cluster
    return (rng.random(n) < 1 / (1 + np.exp(-predictor))).astype(float), x, cluster


def direct_p(y, x, cluster, column, null):
    """Logit score test written out: refit under the null, flip clusters, studentise."""
    others, offset = np.delete(x, column, axis=1), null * x[:, column]
    gamma = np.zeros(others.shape[1])
    for _ in range(100):
        mean = 1 / (1 + np.exp(-(others @ gamma + offset)))
        info = (others * (mean * (1 - mean))[:, None]).T @ others
        gamma = gamma + np.linalg.solve(info, others.T @ (y - mean))
    mean = 1 / (1 + np.exp(-(others @ gamma + offset)))
    weight = mean * (1 - mean)
    inverse = np.linalg.inv((x * weight[:, None]).T @ x)
    labels = np.unique(cluster)
    scores = np.array([x[cluster == g].T @ (y - mean)[cluster == g] for g in labels])
    info = [(x[cluster == g] * weight[cluster == g, None]).T @ x[cluster == g] for g in labels]
    statistics = []
    for code in range(2 ** len(labels)):
        signs = np.array([1 - 2 * ((code >> i) & 1) for i in range(len(labels))])
        step = inverse @ (signs @ scores)
        parts = [
            inverse[column] @ (s * score - block @ step)
            for s, score, block in zip(signs, scores, info, strict=True)
        ]
        statistics.append(abs(step[column]) / math.sqrt(sum(p**2 for p in parts)))
    statistics = np.array(statistics)
    return np.mean(statistics >= statistics[0] - 1e-9)


@pytest.mark.parametrize("null", [0.0, 0.7])
def test_p_equals_the_score_test_written_out(null):
    y, x, cluster = sample(1)
    found = wild_score_coefficient(y, x, cluster, column=1, null=null)
    assert found.p_value == pytest.approx(direct_p(y, x, cluster, 1, null), abs=1e-12)


@pytest.mark.parametrize("family", ["logit", "poisson"])
def test_limits_are_where_the_test_turns(family):
    y, x, cluster = sample(2, family=family)
    found = wild_score_coefficient(y, x, cluster, column=1, family=family)
    assert found.conf_low < found.estimate < found.conf_high
    for limit, outwards in ((found.conf_low, -1e-5), (found.conf_high, 1e-5)):
        beyond = wild_score_coefficient(
            y, x, cluster, column=1, family=family, null=limit + outwards
        )
        within = wild_score_coefficient(
            y, x, cluster, column=1, family=family, null=limit - outwards
        )
        assert beyond.p_value <= 0.05 < within.p_value


@settings(deadline=None, max_examples=8)
@given(st.integers(0, 1_000))
def test_for_a_linear_model_the_p_value_is_that_of_the_bootstrap(seed):
    y, x, cluster = sample(seed, n_clusters=7, size=8)
    by_score = wild_score_coefficient(y, x, cluster, column=1, family="gaussian")
    by_residual = wild_coefficient(y, x, cluster, column=1)
    assert by_score.p_value == by_residual.p_value
    assert by_score.conf_low == pytest.approx(by_residual.conf_low, abs=1e-6)


def test_rows_labels_and_sign():
    y, x, cluster = sample(5)
    rng = np.random.default_rng(0)
    order = rng.permutation(len(y))
    plain = wild_score_coefficient(y, x, cluster, column=1)
    moved = wild_score_coefficient(y[order], x[order], 100 - cluster[order], column=1)
    mirrored = x * np.array([1.0, -1.0, 1.0])
    flipped = wild_score_coefficient(y, mirrored, cluster, column=1)
    assert moved.conf_low == pytest.approx(plain.conf_low, abs=1e-6)
    assert flipped.conf_low == pytest.approx(-plain.conf_high, abs=1e-6)
    assert flipped.p_value == moved.p_value == plain.p_value


def test_separation_constants_and_wrong_calls():
    y, x, cluster = sample(3)
    perfect = np.column_stack([np.ones(len(y)), y])
    refused = wild_score_coefficient(y, perfect, cluster, column=1)
    assert isinstance(refused, Refusal)
    assert "perfectly" in refused.why
    assert isinstance(wild_score_coefficient(y * 0, x, cluster, column=1), Refusal)
    assert isinstance(wild_score_coefficient(y, x, cluster * 0, column=1), Refusal)
    with pytest.raises(ValueError, match="column"):
        wild_score_coefficient(y, x, cluster, column=3)


def test_many_clusters_are_drawn_by_seed():
    y, x, cluster = sample(4, n_clusters=16, size=6)
    first = wild_score_coefficient(y, x, cluster, column=1, n_draws=499, seed=5)
    again = wild_score_coefficient(y, x, cluster, column=1, n_draws=499, seed=5)
    assert first == again
    assert (first.n_draws, first.enumerated) == (499, False)
