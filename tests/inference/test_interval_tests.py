"""Rank tests of interval-censored times: by hand, against R's interval 1.1-1.0, and properties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from relatum.inference.common import Refusal
from relatum.inference.interval_tests import interval_rank_test
from relatum.inference.interval_times import intervals_from_exits
from relatum.inference.rank_tests import log_rank
from relatum.inference.turnbull import turnbull

INF = np.inf
SCORES = {"sun": "sun_logrank1", "finkelstein": "finkelstein_logrank2", "wilcoxon": "wilcoxon"}
# the public values rest on a curve that R left short: its two scores add up to -3e-8, not 0
TOLERANCE = {"cc0": 1e-9, "public": 5e-7}


def load(reference, kind):
    case = reference(kind, "surv_interval_censored")
    table = case.table()
    right = np.where(np.isnan(table["right"]), INF, table["right"])
    group = np.where(table["arm"] == 1, "one", "zero") if kind == "cc0" else table["treatment"]
    return table["left"], right, group, case.values


# by hand


def test_three_intervals_by_hand():
    # masses 1/2, 1/4, 1/4: the curve is 1, 1/2, 1/4, 0
    left, right, group = [0, 0, 2, 4], [2, 2, 4, INF], ["a", "a", "b", "b"]
    sun = interval_rank_test(left, right, group)
    # d/n is 1/2 and 1/2; h = -S Lambda is 0, -1/4, -1/4, 0
    row = np.array([1 / 4 / (1 / 2)] * 2 + [0 / (1 / 4), -1 / 4 / (1 / 4)])
    assert sun.score == pytest.approx([1, -1], abs=1e-9)
    spread = row @ row / 3
    assert sun.variance[0] == pytest.approx([spread, -spread], abs=1e-9)
    assert sun.statistic == pytest.approx(1 / spread, abs=1e-8)
    assert sun.p_value == pytest.approx(stats.chi2.sf(1 / spread, 1))
    wilcoxon = interval_rank_test(left, right, group, scores="wilcoxon")
    # S(L) + S(R) - 1
    assert wilcoxon.score == pytest.approx([2 * (1 + 1 / 2 - 1), (1 / 2 + 1 / 4 - 1) + (1 / 4 - 1)])
    finkelstein = interval_rank_test(left, right, group, scores="finkelstein")
    h = np.array([0, np.log(1 / 2) / 2, np.log(1 / 4) / 4, 0])
    assert finkelstein.score[0] == pytest.approx(2 * (h[0] - h[1]) / (1 / 2), abs=1e-9)
    assert (sun.df, sun.labels.tolist(), sun.n_rows.tolist()) == (1, ["a", "b"], [2, 2])


def test_exact_times_give_the_log_rank_score():
    time = [2.0, 3, 3, 5, 6, 8, 8, 9, 11, 4]
    event = [1, 1, 0, 1, 0, 1, 1, 0, 1, 1]
    group = list("aabbababca")
    found = interval_rank_test(*intervals_from_exits(time, event), group)
    known = log_rank(time, event, group)
    assert found.score == pytest.approx(known.observed - known.expected, abs=1e-9)


# against R


@pytest.mark.parametrize("kind", ["cc0", "public"])
@pytest.mark.parametrize("scores", SCORES)
def test_permutation(reference, kind, scores):
    left, right, group, values = load(reference, kind)
    there = values[f"ictest_{SCORES[scores]}_pclt"]
    found = interval_rank_test(left, right, group, scores=scores)
    close = TOLERANCE[kind]
    assert found.score == pytest.approx(there["U"], abs=close)
    # R gives the signed root, for the first group
    z = np.sign(found.score[0]) * np.sqrt(found.statistic)
    assert z == pytest.approx(there["statistic"], abs=close)
    assert found.p_value == pytest.approx(there["p"], abs=close)
    assert found.n_rows.tolist() == there["n"]


@pytest.mark.parametrize("kind", ["cc0", "public"])
@pytest.mark.parametrize("scores", ["sun", "finkelstein"])
def test_information(reference, kind, scores):
    left, right, group, values = load(reference, kind)
    there = values[f"ictest_{scores}_scoretest"]
    found = interval_rank_test(left, right, group, scores=scores, method="information")
    close = TOLERANCE[kind]
    assert found.score == pytest.approx(there["U"], abs=close)
    assert found.statistic == pytest.approx(there["statistic"], abs=10 * close)
    assert found.p_value == pytest.approx(there["p"], abs=close)


# properties


def shifted(cells, shift, scores):
    """Survival after each cell when its parameters and those of a group are shifted."""
    if scores == "sun":
        rate = cells[:-1] / np.append(1.0, 1 - np.cumsum(cells))[: len(cells) - 1]
        odds = rate / (1 - rate) * np.exp(shift)
        inner = np.cumprod(1 / (1 + odds))
    else:
        inner = 1 - np.cumsum(cells)[:-1]
        if scores == "finkelstein":
            inner = inner ** np.exp(shift)
        else:
            inner = 1 / (1 + (1 - inner) / inner * np.exp(shift))
    return np.concatenate([[1.0], inner, [0.0]])


@pytest.mark.parametrize("scores", SCORES)
def test_scores_and_information_are_derivatives(reference, scores):
    """Differences of the likelihood of the model behind the scores, over shifts of all cells."""
    left, right, group, _ = load(reference, "cc0")
    curve = turnbull(left, right)
    one = group == "one"
    k = len(curve.mass) - 1

    def loglik(theta):
        total = 0.0
        for mine, shift in ((one, theta[:-1] + theta[-1]), (~one, theta[:-1])):
            after = shifted(curve.mass, shift, scores)
            total += np.log(after[curve.first[mine]] - after[curve.stop[mine]]).sum()
        return total

    h = 1e-3
    step = h * np.eye(k + 1)
    zero = np.zeros(k + 1)
    hessian = np.array(
        [
            [
                loglik(zero + a + b)
                - loglik(zero + a - b)
                - loglik(zero - a + b)
                + loglik(zero - a - b)
                for b in step
            ]
            for a in step
        ]
    ) / (4 * h**2)
    found = interval_rank_test(left, right, group, scores=scores, method="information")
    score = (loglik(step[-1]) - loglik(-step[-1])) / (2 * h)
    assert found.score[0] == pytest.approx(score, abs=1e-4)
    variance = 1 / np.linalg.inv(-hessian)[-1, -1]
    assert found.variance[0, 0] == pytest.approx(variance, rel=1e-4)


@pytest.mark.parametrize("method", ["permutation", "information"])
@pytest.mark.parametrize("scores", SCORES)
def test_order_and_names_change_nothing(reference, scores, method):
    left, right, group, _ = load(reference, "cc0")
    rng = np.random.default_rng(4)
    group = np.where(rng.uniform(size=len(group)) < 0.3, "more", group)
    place = rng.permutation(len(left))
    first = interval_rank_test(left, right, group, scores=scores, method=method)
    other = np.char.add("z", group)[place]
    second = interval_rank_test(
        3 * left[place], 3 * right[place], other, scores=scores, method=method
    )
    assert first.df == 2
    assert second.statistic == pytest.approx(first.statistic, rel=1e-9)
    assert second.score == pytest.approx(first.score, abs=1e-9)
    assert first.score.sum() == pytest.approx(0, abs=1e-8)
    assert first.variance.sum(axis=0) == pytest.approx(np.zeros(3), abs=1e-6)


def test_size_under_the_null():
    """Dealing the groups anew gives p values at or below .1 in about a tenth of the deals."""
    rng = np.random.default_rng(21)
    time = rng.weibull(1.2, 40) * 10
    left = np.floor(time / 3) * 3
    right = np.where(left >= 15, INF, left + 3)
    left = np.minimum(left, 15)
    group = np.repeat([0, 1], 20)
    p = [interval_rank_test(left, right, rng.permutation(group)).p_value for _ in range(400)]
    assert np.mean(np.array(p) <= 0.1) == pytest.approx(0.1, abs=0.045)


# refusals


@pytest.mark.parametrize(
    ("left", "right", "group", "why"),
    [
        ([], [], [], "no row"),
        ([1, 2], [INF, INF], [1, 2], "no event"),
        ([1, 2], [2, 3], [1, 1], "one group"),
        ([0, 0, 0], [3, 3, 3], [1, 2, 2], "same in every row"),
        ([2, 1], [1, 3], [1, 2], "ends before it starts"),
    ],
)
def test_refusals(left, right, group, why):
    found = interval_rank_test(left, right, group)
    assert isinstance(found, Refusal)
    assert why in found.why


def test_wrong_calls():
    with pytest.raises(ValueError, match="scores must be"):
        interval_rank_test([0, 1], [2, 3], [1, 2], scores="peto")
    with pytest.raises(ValueError, match="group must have 2"):
        interval_rank_test([0, 1], [2, 3], [1])


ROWS = st.lists(
    st.tuples(st.integers(1, 6), st.sampled_from([0.0, 1, 3, INF]), st.integers(0, 2)),
    min_size=1,
    max_size=12,
)


@settings(max_examples=150, deadline=None)
@given(ROWS, st.sampled_from(list(SCORES)), st.sampled_from(["permutation", "information"]))
def test_odd_data_give_numbers_or_words(rows, scores, method):
    left, gap, group = (np.array(part) for part in zip(*rows, strict=True))
    found = interval_rank_test(left, left + gap, group, scores=scores, method=method)
    if isinstance(found, Refusal):
        assert found.why
        return
    assert np.isfinite(found.score).all()
    assert found.statistic >= 0
    assert 0 <= found.p_value <= 1
    assert 1 <= found.df < len(found.labels) + (method == "information")
