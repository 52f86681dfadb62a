from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from relatum.inference.common import Refusal
from relatum.inference.gray_test import gray_test
from relatum.inference.rank_tests import log_rank

# cmprsk writes 15 significant digits
TIGHT = 1e-11


def test_score_by_hand():
    """Without censoring, who had another event stays at risk: plain counts."""
    time, cause = [1, 2, 3, 4, 5, 6], [2, 1, 1, 2, 1, 0]
    found = gray_test(time, cause, list("aababa"))
    # at 2, 3 and 5: all six but those with cause 1 before; group a is 4 of 6, 3 of 5, 3 of 4
    expected = 4 / 6 + 3 / 5 + 3 / 4
    np.testing.assert_allclose(found.score, [1 - expected, expected - 1], atol=1e-12)
    assert found.labels.tolist() == ["a", "b"]
    np.testing.assert_array_equal(found.n_rows, [4, 2])
    np.testing.assert_array_equal(found.n_events, [1, 2])
    assert found.p_value == pytest.approx(stats.chi2.sf(found.statistic, 1))


def test_weights_by_hand():
    found = gray_test([1, 2, 3, 4, 5, 6], [2, 1, 1, 2, 1, 0], list("aababa"), rho=2.0)
    left = np.array([1, 5 / 6, 4 / 6]) ** 2
    expected = left @ [4 / 6, 3 / 5, 3 / 4]
    assert found.score[0] == pytest.approx(1 - expected)


def test_a_group_counts_while_someone_is_left_in_it():
    # at 5 no one of group a is without an event, so that group b is alone
    found = gray_test([1, 2, 3, 4, 5], [2, 1, 1, 2, 1], list("aabab"))
    assert found.score[0] == pytest.approx(1 - 3 / 5 - 2 / 4)


@pytest.mark.parametrize(
    ("kind", "key", "time", "group", "strata"),
    [
        ("cc0", "gray_arm", "time", "arm", None),
        ("cc0", "gray_grp", "time", "grp", None),
        ("cc0", "gray_arm_stratified_st", "time", "arm", "st"),
        ("public", "gray_test", "etime", "sex", None),
        ("public", "gray_test_stratified_age70", "etime", "sex", "age"),
    ],
)
def test_values_of_cmprsk(reference, kind, key, time, group, strata):
    case = reference(kind, "surv_competing_risks")
    data = case.table()
    levels = None if strata is None else data[strata]
    if strata == "age":
        levels = data["age"] > 70
    for cause in (1, 2):
        found = gray_test(data[time], data["event"], data[group], tested=cause, strata=levels)
        wanted = case.values[key]["values"][cause - 1]
        values = (found.statistic, found.p_value, found.df)
        # a p value of 1e-6 keeps fewer digits than its chi-square
        np.testing.assert_allclose(values, wanted, rtol=TIGHT, atol=1e-12)


# ----------------------------------------------------------------------------------- properties

ROWS = st.lists(
    st.tuples(st.integers(1, 6), st.integers(0, 2), st.sampled_from("abc"), st.integers(0, 1)),
    min_size=2,
    max_size=25,
)


@settings(deadline=None, max_examples=80)
@given(ROWS, st.integers(0, 2**32 - 1), st.sampled_from([0.0, 1.0]))
def test_order_of_rows_and_names_of_groups_change_nothing(rows, seed, rho):
    time, cause, group, strata = (np.array(part) for part in zip(*rows, strict=True))
    first = gray_test(time, cause, group, strata=strata, rho=rho)
    order = np.random.default_rng(seed).permutation(len(time))
    renamed = np.array([{"a": "z", "b": "y", "c": "x"}[g] for g in group])[order]
    second = gray_test(time[order], cause[order], renamed, strata=strata[order], rho=rho)
    if isinstance(first, Refusal):
        assert isinstance(second, Refusal)
        return
    assert second.df == first.df <= len(first.labels) - 1
    assert second.statistic == pytest.approx(first.statistic, rel=1e-7, abs=1e-9)
    np.testing.assert_allclose(second.score[::-1], first.score, atol=1e-9)
    assert first.score.sum() == pytest.approx(0, abs=1e-9)
    np.testing.assert_allclose(first.variance.sum(axis=0), 0, atol=1e-9)
    assert 0 <= first.p_value <= 1
    assert np.isfinite(first.statistic)


@settings(deadline=None, max_examples=40)
@given(ROWS)
def test_the_other_causes_are_one(rows):
    time, cause, group, _ = (np.array(part) for part in zip(*rows, strict=True))
    first = gray_test(time, cause, group)
    second = gray_test(time, np.where((cause == 2) & (time > 2), 7, cause), group)
    if isinstance(first, Refusal):
        assert second == first
        return
    assert second.statistic == first.statistic


def test_ties_that_outnumber_a_group_give_no_negative_variance():
    found = gray_test([1, 2, 2, 2], [1, 1, 1, 1], list("aabb"))
    assert isinstance(found, Refusal) or (np.linalg.eigvalsh(found.variance) > -1e-12).all()
    found = gray_test([1, 2, 2, 2, 3], [1, 1, 1, 1, 0], list("aabba"))
    assert (np.linalg.eigvalsh(found.variance) > -1e-12).all()


def test_close_to_the_log_rank_test_without_other_causes():
    """With one cause the two tests agree in large samples; they weight censoring differently."""
    rng = np.random.default_rng(1)
    group = rng.integers(0, 2, 3000)
    time, stop = rng.exponential(1.0 + 0.1 * group), rng.exponential(2.0, 3000)
    seen, event = np.minimum(time, stop), time <= stop
    one, two = gray_test(seen, event, group), log_rank(seen, event, group)
    assert one.statistic > 4
    assert one.statistic == pytest.approx(two.statistic, rel=0.15)


def test_rejects_at_its_level():
    rng = np.random.default_rng(2)
    p = []
    for _ in range(400):
        time, stop = rng.exponential(1.0, 60).round(1) + 0.1, rng.exponential(2.0, 60)
        cause = np.where(time <= stop, rng.integers(1, 3, 60), 0)
        p.append(gray_test(np.minimum(time, stop), cause, np.arange(60) % 2).p_value)
    # 400 replicates: three binomial errors are .033
    assert np.mean(np.array(p) <= 0.05) == pytest.approx(0.05, abs=0.033)


# ------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (([], [], []), "no row"),
        (([1, 2], [1, 1], ["a", "a"]), "one group"),
        (([1, 2], [0, 2], ["a", "b"]), "no event of cause 1"),
        (([1, np.nan], [0, 1], ["a", "b"]), "not finite"),
        (([1, 2], [0, 1], ["a", "b"]), "never at risk together"),
    ],
)
def test_refusals(args, why):
    found = gray_test(*args)
    assert isinstance(found, Refusal)
    assert why in found.why


def test_wrong_calls():
    with pytest.raises(ValueError, match="from 1"):
        gray_test([1, 2], [1, 1], ["a", "b"], tested=0)
    with pytest.raises(ValueError, match="group must have 2 labels"):
        gray_test([1, 2], [1, 1], ["a"])
    with pytest.raises(ValueError, match="whole numbers"):
        gray_test([1, 2], [1, -1], ["a", "b"])
