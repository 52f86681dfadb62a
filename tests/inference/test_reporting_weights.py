"""Weights for reporting: by hand, on worlds where the probability is known, and properties."""

import numpy as np
import pytest

from relatum.inference.common import Refusal
from relatum.inference.reporting_weights import covariate_balance, reporting_weights
from relatum.inference.reporting_weights_estimates import weighted_difference, weighted_share
from relatum.inference.robust import cluster_robust


@pytest.fixture
def world():
    """Twenty people in five cases; half of those under arrest report, all others do."""
    arrest = np.tile([1, 1, 0, 0], 5)
    reported = np.tile([1, 0, 1, 1], 5)
    outcome = np.where(reported == 1, np.tile([1, 1, 0, 1], 5) * (np.arange(20) != 15), np.nan)
    return arrest, reported, np.where(arrest == 1, 0.5, 1.0), outcome, np.repeat(np.arange(5), 4)


# by hand


def test_weights_by_hand(world):
    arrest, reported, probability, outcome, case = world
    found = reporting_weights(reported, probability, stabilise=False)
    assert found.weights == pytest.approx(np.where(reported == 0, 0, np.where(arrest, 2.0, 1.0)))
    # five of 2 and ten of 1
    assert found.effective_size == pytest.approx(20**2 / 30)
    assert found.largest_share == pytest.approx(2 / 20)
    assert (found.n_rows, found.n_reporters, found.n_trimmed) == (20, 15, 0)
    steady = reporting_weights(reported, probability)
    assert steady.weights == pytest.approx(0.75 * found.weights)
    assert steady.mean == pytest.approx(1.0)
    # 5 with arrest count twice and all have it; of the 10 others 4 have it
    share = weighted_share(outcome, found, cluster=case)
    assert share.estimate == pytest.approx((2 * 5 + 4) / 20)
    assert share.n_effective == found.effective_size


def test_balance_by_hand(world):
    arrest, reported, probability, _, _ = world
    found = reporting_weights(reported, probability)
    line, other = covariate_balance(np.column_stack([arrest, np.ones(20)]), found)
    # 5 of 15 against 10 of 20, in standard deviations of 1/2
    assert line.before == pytest.approx((1 / 3 - 1 / 2) / 0.5)
    assert line.after == pytest.approx(0.0, abs=1e-12)
    assert (line.name, line.mean_all) == ("covariate 1", 0.5)
    assert isinstance(other.before, Refusal)


def test_groups_are_stabilised_by_their_own_share():
    found = reporting_weights([1, 0, 1, 1], [0.5, 0.5, 0.8, 0.5], group=["a", "a", "b", "b"])
    assert found.weights == pytest.approx([1.0, 0.0, 1.25, 2.0])


def test_trimming_by_hand():
    probability = np.array([0.1, 0.5, 1.0, 0.05])
    reported = [1, 1, 1, 0]
    found = reporting_weights(reported, probability, stabilise=False, bounds=(1.5, 5.0))
    assert found.weights == pytest.approx([5.0, 2.0, 1.5, 0.0])
    assert (found.n_trimmed, found.trimmed_to) == (2, (1.5, 5.0))
    # raw weights 10, 2 and 1: the middle halves to 1.5 and 6
    found = reporting_weights(reported, probability, stabilise=False, percentiles=(25, 75))
    assert found.weights == pytest.approx([6.0, 2.0, 1.5, 0.0])
    assert (found.n_unlike, found.least_probability) == (1, 0.05)


def test_difference_by_hand(world):
    arrest, reported, probability, outcome, case = world
    weights = reporting_weights(reported, probability)
    found = weighted_difference(outcome, arrest, weights, cluster=case)
    assert found.exposed == pytest.approx(1.0)
    assert found.unexposed == pytest.approx(0.4)
    assert found.difference.estimate == pytest.approx(0.6)


def test_errors_are_those_of_the_weighted_regression():
    rng = np.random.default_rng(4)
    n, case = 80, np.repeat(np.arange(10), 8)
    reported = rng.random(n) < 0.7
    weights = reporting_weights(reported, rng.uniform(0.3, 0.9, n))
    exposed, outcome = rng.integers(0, 2, (2, n))
    found = weighted_difference(outcome, exposed, weights, cluster=case, kind="jackknife")
    design = np.column_stack([np.ones(n), exposed])[reported]
    known = cluster_robust(
        outcome[reported],
        design,
        case[reported],
        kind="jackknife",
        weights=weights.weights[reported],
    )
    assert found.std_error == pytest.approx(known.std_error[1])
    assert found.difference.conf_low == pytest.approx(known.conf_low[1])
    assert found.p_value == pytest.approx(known.p_value[1])
    # the case jackknife, one case after the other
    shares = []
    for g in range(10):
        rows = reported & (case != g)
        means = [
            np.average(
                outcome[rows & (exposed == d)], weights=weights.weights[rows & (exposed == d)]
            )
            for d in (0, 1)
        ]
        shares.append(means[1] - means[0])
    direct = np.sqrt(0.9 * ((np.array(shares) - found.difference.estimate) ** 2).sum())
    assert found.std_error == pytest.approx(direct)


# properties


def test_true_probabilities_give_back_the_whole():
    # two kinds of people whose numbers of reports are exactly as the probabilities say
    kind = np.repeat([0, 1], [40, 60])
    reported = np.r_[np.ones(10), np.zeros(30), np.ones(30), np.zeros(30)]
    outcome = np.where(kind == 0, np.arange(100) % 2, np.arange(100) % 3 == 0)
    weights = reporting_weights(reported, np.where(kind == 0, 0.25, 0.5))
    found = weighted_share(outcome, weights, cluster=np.arange(100) % 9)
    means = [outcome[(kind == k) & (reported == 1)].mean() for k in (0, 1)]
    assert found.estimate == pytest.approx(0.4 * means[0] + 0.6 * means[1])


def test_order_of_rows_changes_nothing(world):
    _, reported, probability, outcome, case = world
    order = np.random.default_rng(1).permutation(20)
    first = weighted_share(outcome, reporting_weights(reported, probability), cluster=case)
    weights = reporting_weights(reported[order], probability[order])
    second = weighted_share(outcome[order], weights, cluster=case[order])
    assert second.conf_low == pytest.approx(first.conf_low)
    # what is written where nobody reported is not read
    filled = np.where(np.isnan(outcome), 7.0, outcome)[order]
    assert weighted_share(filled, weights, cluster=case[order]) == second


def test_trimming_only_evens_out():
    rng = np.random.default_rng(8)
    reported, probability = rng.random(200) < 0.6, rng.uniform(0.02, 1, 200)
    sizes = [
        reporting_weights(reported, probability, percentiles=cut).effective_size
        for cut in ((0, 100), (1, 99), (10, 90), (25, 75))
    ]
    assert sizes == sorted(sizes)


# refusals


def test_refusals():
    assert "nobody reported" in reporting_weights([0, 0], [0.5, 0.5]).why
    assert "nobody reported" in reporting_weights([], []).why
    assert "one of the groups" in reporting_weights([1, 0], [0.5, 0.5], group=[1, 2]).why
    assert "1 person has" in reporting_weights([1, 0], [0.5, 0.0]).why
    strict = reporting_weights([1, 0], [0.04, 0.03], least_allowed=0.05)
    assert "2 people have a fitted probability below 0.05" in strict.why
    assert "not finite" in reporting_weights([1, 0], [0.5, np.nan]).why
    weights = reporting_weights([1, 1, 1, 0], [0.5, 0.5, 0.5, 0.5])
    case = [1, 1, 2, 2]
    assert "same in every row" in weighted_share([1, 1, 1, 0], weights, cluster=case).why
    assert "not finite" in weighted_share([1, np.nan, 1, 0], weights, cluster=case).why
    same = weighted_difference([1, 0, 1, 0], [1, 1, 1, 0], weights, cluster=case)
    assert "same exposure" in same.why
    assert "not finite" in covariate_balance([1, 2, np.inf, 3], weights).why


def test_wrong_calls_list_every_fault():
    with pytest.raises(ValueError, match=r"reported must.*probability must.*not at both.*rise"):
        reporting_weights([2, 1], [1.5, 0.5], percentiles=(99, 1), bounds=(1, 2))
    with pytest.raises(ValueError, match="above 0"):
        reporting_weights([1, 1], [0.5, 0.5], bounds=(0, 10))
    weights = reporting_weights([1, 1], [0.5, 0.5])
    with pytest.raises(ValueError, match="1 names for 2"):
        covariate_balance(np.ones((2, 2)), weights, names=["a"])
    with pytest.raises(ValueError, match="outcome must be 0 or 1"):
        weighted_share([3, 1], weights, cluster=[1, 2])
    with pytest.raises(ValueError, match="exposed must be 0 or 1"):
        weighted_difference([0, 1], [0, 2], weights, cluster=[1, 2])
    with pytest.raises(ValueError, match="cluster has 3"):
        weighted_share([0, 1], weights, cluster=[1, 2, 3])
