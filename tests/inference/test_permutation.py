from __future__ import annotations

from itertools import combinations, permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relatum.inference.common import Refusal
from relatum.inference.permutation import permute_case_labels, permute_within_cases


def studentised_by_hand(values, counts, sizes):
    one = values == 1
    p1, p0 = counts[one].sum() / sizes[one].sum(), counts[~one].sum() / sizes[~one].sum()
    v1 = ((counts[one] - sizes[one] * p1) ** 2).sum() / sizes[one].sum() ** 2
    v0 = ((counts[~one] - sizes[~one] * p0) ** 2).sum() / sizes[~one].sum() ** 2
    return (p1 - p0) / np.sqrt(v1 + v0)


def rows_of(counts, sizes):
    outcome = np.concatenate([[1] * k + [0] * (n - k) for k, n in zip(counts, sizes, strict=True)])
    return outcome, np.repeat(np.arange(len(sizes)), sizes)


@pytest.fixture
def published_like(case_sizes):
    counts = np.array([20, 9, 2, 4, 1, 3, 0, 1, 0, 1, 1, 0])
    outcome, cluster = rows_of(counts, case_sizes)
    values = np.array([1, 0, 1, 1, 0, 1, 0, 1, 0, 1, 0, 0])
    return outcome, values, cluster, counts, case_sizes


def test_label_test_equals_enumeration_by_hand(published_like):
    outcome, values, cluster, counts, sizes = published_like
    found = permute_case_labels(outcome, values[cluster], cluster)
    observed = studentised_by_hand(values, counts, sizes)
    everything = []
    for chosen in combinations(range(12), 6):
        moved = np.zeros(12)
        moved[list(chosen)] = 1
        everything.append(abs(studentised_by_hand(moved, counts, sizes)))
    everything = np.array(everything)
    assert found.n_arrangements == 924
    assert found.exact
    assert found.statistic == pytest.approx(observed, abs=1e-12)
    assert found.p_value == (everything >= abs(observed) - 1e-9).mean()
    # cases of one relationship with the same outcome are alike, so that arrangements tie
    assert found.smallest_p == (everything >= everything.max() - 1e-9).mean() > 2 / 924
    shares = [outcome[values[cluster] == v].mean() for v in (0, 1)]
    assert found.estimate == pytest.approx(shares[1] - shares[0])


def test_six_of_twelve_distinct_cases_reach_two_in_924():
    outcome, cluster = rows_of(range(1, 13), [13 + k for k in range(12)])
    found = permute_case_labels(outcome, cluster >= 6, cluster)
    assert found.smallest_p == pytest.approx(2 / 924)


def test_three_of_twelve_cannot_reach_below_one_in_220(published_like):
    outcome, _, cluster, _, _ = published_like
    few = np.isin(cluster, [1, 4, 7])
    found = permute_case_labels(outcome, few, cluster)
    assert found.n_arrangements == 220
    assert found.smallest_p >= 1 / 220


def test_sign_flip_keeps_p_and_turns_the_estimate(published_like):
    outcome, values, cluster, _, _ = published_like
    first = permute_case_labels(outcome, values[cluster], cluster)
    second = permute_case_labels(1 - outcome, values[cluster], cluster)
    assert second.p_value == first.p_value
    assert second.estimate == pytest.approx(-first.estimate)


def test_numeric_covariate_enumerates_each_arrangement_once():
    outcome, cluster = rows_of([3, 1, 2, 0, 4], [4, 3, 4, 2, 5])
    values = np.array([0.0, 1.0, 1.0, 2.0, 5.0])
    found = permute_case_labels(outcome, values[cluster], cluster, studentised=False)
    slopes = []
    for moved in set(permutations(values)):
        x = np.array(moved)[cluster]
        slopes.append(abs(np.polyfit(x, outcome, 1)[0]))
    assert found.n_arrangements == len(slopes) == 60
    observed = np.polyfit(values[cluster], outcome, 1)[0]
    assert found.estimate == pytest.approx(observed)
    assert found.p_value == (np.array(slopes) >= abs(observed) - 1e-9).mean()


def test_drawn_labels_agree_with_all_labels(published_like):
    outcome, values, cluster, _, _ = published_like
    exact = permute_case_labels(outcome, values[cluster], cluster)
    drawn = permute_case_labels(outcome, values[cluster], cluster, exact_limit=10, seed=4)
    assert not drawn.exact
    assert drawn.smallest_p == 1 / 10_000
    error = np.sqrt(exact.p_value * (1 - exact.p_value) / 9999)
    assert drawn.p_value == pytest.approx(exact.p_value, abs=4 * error)
    again = permute_case_labels(outcome, values[cluster], cluster, exact_limit=10, seed=4)
    assert again == drawn


def within_by_enumeration(y, x, cluster):
    blocks = [np.flatnonzero(cluster == c) for c in np.unique(cluster)]
    centred = x - np.array([x[cluster == c].mean() for c in cluster])
    observed = abs(centred @ y)
    choices = [list(permutations(centred[block])) for block in blocks]
    sums = [
        abs(sum(np.array(part) @ y[block] for part, block in zip(pick, blocks, strict=True)))
        for pick in product(*choices)
    ]
    return (np.array(sums) >= observed - 1e-9).mean()


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(st.integers(0, 1), st.integers(0, 1), st.integers(0, 1)), min_size=4, max_size=8
    )
)
def test_exact_within_equals_enumeration(rows):
    y, x, cluster = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    found = permute_within_cases(y, x, cluster)
    if isinstance(found, Refusal):
        assert "differ in both" in found.why
        return
    assert found.p_value == pytest.approx(within_by_enumeration(y, x, cluster), abs=1e-9)
    assert found.smallest_p <= found.p_value + 1e-12


def test_single_relationship_cases_drop_out(published_like, case_sizes):
    outcome, _, cluster, _, _ = published_like
    x = np.random.default_rng(8).integers(0, 2, outcome.size)
    found = permute_within_cases(outcome, x, cluster)
    assert found.n_cases < len(case_sizes)
    assert found.n_rows < outcome.size
    order = np.random.default_rng(9).permutation(outcome.size)
    again = permute_within_cases(outcome[order], x[order], 50 - cluster[order])
    assert again.p_value == pytest.approx(found.p_value, abs=1e-12)
    assert again.statistic == pytest.approx(found.statistic, abs=1e-12)


def test_drawn_within_agrees_with_exact(published_like):
    outcome, _, cluster, _, _ = published_like
    x = np.random.default_rng(8).integers(0, 2, outcome.size)
    exact = permute_within_cases(outcome, x, cluster)
    drawn = permute_within_cases(outcome, 3.0 * x, cluster, seed=2)
    assert exact.exact
    assert not drawn.exact
    assert drawn.statistic == pytest.approx(exact.statistic)
    assert drawn.estimate == pytest.approx(exact.estimate / 3)
    error = np.sqrt(exact.p_value * (1 - exact.p_value) / 9999)
    assert drawn.p_value == pytest.approx(exact.p_value, abs=4 * error)


def test_statistic_is_infinite_not_undefined_without_variance():
    outcome, cluster = rows_of([2, 2, 0, 0], [2, 2, 2, 2])
    found = permute_case_labels(outcome, outcome, cluster)
    assert found.statistic == np.inf
    assert found.p_value == pytest.approx(2 / 6)


@pytest.mark.parametrize("test", [permute_case_labels, permute_within_cases])
def test_refusals(test):
    assert isinstance(test([], [], []), Refusal)
    assert isinstance(test([1.0, np.nan], [1, 0], [1, 2]), Refusal)
    assert isinstance(test([1, 1, 1], [0, 0, 1], [1, 1, 2]), Refusal)
    assert isinstance(test([0, 1, 1], [0, 0, 0], [1, 1, 2]), Refusal)
    with pytest.raises(ValueError, match="3 rows"):
        test([0, 1, 1], [0, 0, 1], [1, 2])


def test_label_test_refuses_one_case_and_a_covariate_of_rows():
    assert isinstance(permute_case_labels([0, 1], [1, 0], [1, 1]), Refusal)
    with pytest.raises(ValueError, match="varies within a case"):
        permute_case_labels([0, 1, 1], [0, 1, 1], [1, 1, 2])
