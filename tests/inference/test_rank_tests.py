from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from relatum.inference.common import Refusal
from relatum.inference.rank_tests import log_rank, quadratic_form

# R writes 15 significant digits; a chi-square of 40 keeps 13 of them
TIGHT = 1e-10


def test_two_groups_by_hand():
    found = log_rank([1, 2, 3, 4, 5, 6], [1, 1, 1, 1, 0, 1], list("aabbab"))
    share = np.array([3 / 6, 2 / 5, 1 / 4, 1 / 3, 0.0])
    assert found.labels.tolist() == ["a", "b"]
    np.testing.assert_allclose(found.expected, [share.sum(), 5 - share.sum()])
    variance = (share * (1 - share)).sum()
    np.testing.assert_allclose(found.variance, [[variance, -variance], [-variance, variance]])
    assert found.statistic == pytest.approx((2 - share.sum()) ** 2 / variance)
    assert found.p_value == pytest.approx(stats.chi2.sf(found.statistic, 1))
    assert (found.df, found.n_events, found.n_strata) == (1, 5, 1)
    np.testing.assert_array_equal(found.n_rows, [3, 3])


def test_weights_by_hand():
    time, event, group = [1, 2, 3, 4], [1, 1, 1, 1], list("abab")
    before = np.array([1, 3 / 4, 1 / 2, 1 / 4])
    share = np.array([2 / 4, 1 / 3, 1 / 2, 0])
    for rho, gamma in ((1.0, 0.0), (0.0, 1.0), (0.5, 2.0)):
        weight = before**rho * (1 - before) ** gamma
        found = log_rank(time, event, group, rho=rho, gamma=gamma)
        np.testing.assert_allclose(found.observed[0], weight[0] + weight[2])
        np.testing.assert_allclose(found.expected[0], weight @ share)
        np.testing.assert_allclose(found.variance[0, 0], weight**2 @ (share * (1 - share)))


def agrees(found, there, tolerance=TIGHT):
    names = (("statistic", "chisq"), ("df", "df"), ("p_value", "p"))
    for name, key in (*names, ("observed", "obs"), ("expected", "exp")):
        np.testing.assert_allclose(getattr(found, name), there[key], rtol=tolerance, err_msg=name)
    np.testing.assert_allclose(found.variance, there["var"], rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(
    ("kind", "key", "file", "group", "strata"),
    [
        ("cc0", "arm", "data.csv", "arm", None),
        ("cc0", "grp", "data.csv", "grp", None),
        ("cc0", "arm_strata_st", "data.csv", "arm", "st"),
        ("public", "veteran_trt", "veteran.csv", "trt", None),
        ("public", "veteran_celltype", "veteran.csv", "celltype", None),
        ("public", "veteran_trt_strata_celltype", "veteran.csv", "trt", "celltype"),
        ("public", "aml", "aml.csv", "x", None),
    ],
)
def test_log_rank_and_peto(reference, kind, key, file, group, strata):
    case = reference(kind, "surv_km_logrank")
    data = case.table(file)
    labels = data[group]
    if key == "veteran_celltype":  # R keeps the order of the factor
        order = ["squamous", "smallcell", "adeno", "large"]
        labels = np.array([order.index(name) for name in labels])
    levels = None if strata is None else data[strata]
    found = log_rank(data["time"], data["status"], labels, strata=levels)
    agrees(found, case.values["logrank"][key])
    if key in case.values["peto_rho1"]:
        found = log_rank(data["time"], data["status"], labels, strata=levels, rho=1.0)
        agrees(found, case.values["peto_rho1"][key])


@pytest.mark.parametrize(
    ("key", "group", "strata"),
    [("arm", "arm", None), ("grp", "grp", None), ("arm_strata_st", "arm", "st")],
)
def test_delayed_entry(reference, key, group, strata):
    case = reference("cc0", "surv_km_logrank")
    data, there = case.table(), case.values["delayed_entry"]["logrank_hypergeometric"][key]
    found = log_rank(
        data["time"],
        data["status"],
        data[group],
        entry=data["entry"],
        strata=None if strata is None else data[strata],
    )
    for name, name_there in (("statistic", "chisq"), ("df", "df"), ("p_value", "p")):
        np.testing.assert_allclose(getattr(found, name), there[name_there], rtol=TIGHT)
    gap = there["obs_minus_exp"]
    gap = list(gap.values()) if isinstance(gap, dict) else gap
    np.testing.assert_allclose(found.observed - found.expected, gap, rtol=TIGHT, atol=TIGHT)
    spread = there["var"]["values"] if isinstance(there["var"], dict) else there["var"]
    np.testing.assert_allclose(found.variance, spread, rtol=TIGHT, atol=TIGHT)


# ----------------------------------------------------------------------------------- properties

ROWS = st.lists(
    st.tuples(
        st.integers(0, 4),
        st.integers(1, 5),
        st.booleans(),
        st.sampled_from("abc"),
        st.integers(0, 1),
    ),
    min_size=2,
    max_size=25,
)


def by_definition(columns, rho):
    """Scores and covariance by a loop over strata and times."""
    entry, time, event, group, strata = columns
    labels = sorted(set(group))
    score, variance = np.zeros(len(labels)), np.zeros((len(labels), len(labels)))
    for level in set(strata):
        curve = 1.0
        for t in sorted(set(time[(event == 1) & (strata == level)])):
            inside = (strata == level) & (entry < t) & (t <= time)
            happened = inside & (time == t) & (event == 1)
            n = np.array([(inside & (group == g)).sum() for g in labels])
            d = np.array([(happened & (group == g)).sum() for g in labels])
            total, deaths = n.sum(), d.sum()
            score += curve**rho * (d - deaths * n / total)
            if total > 1:
                spread = deaths * (total - deaths) / (total - 1)
                p = n / total
                variance += curve ** (2 * rho) * spread * (np.diag(p) - np.outer(p, p))
            curve *= 1 - deaths / total
    return score, variance


def columns_of(rows):
    entry, length, event, group, strata = (np.array(part) for part in zip(*rows, strict=True))
    return entry.astype(float), (entry + length).astype(float), event.astype(float), group, strata


@settings(deadline=None, max_examples=80)
@given(ROWS, st.sampled_from([0.0, 1.0]))
def test_equals_the_definition(rows, rho):
    columns = columns_of(rows)
    entry, time, event, group, strata = columns
    found = log_rank(time, event, group, entry=entry, strata=strata, rho=rho)
    score, variance = by_definition(columns, rho)
    if isinstance(found, Refusal):
        assert len(set(group)) < 2 or not event.any() or not variance.any()
        return
    np.testing.assert_allclose(found.observed - found.expected, score, atol=1e-12)
    np.testing.assert_allclose(found.variance, variance, atol=1e-12)
    assert found.df == np.linalg.matrix_rank(variance, tol=1e-9) <= len(set(group)) - 1
    assert 0 <= found.p_value <= 1
    assert found.statistic == pytest.approx(
        score @ np.linalg.pinv(variance, 1e-9) @ score, abs=1e-8
    )


@settings(deadline=None, max_examples=40)
@given(ROWS, st.integers(0, 2**32 - 1))
def test_order_of_rows_and_names_of_groups_change_nothing(rows, seed):
    entry, time, event, group, strata = columns_of(rows)
    first = log_rank(time, event, group, entry=entry, strata=strata)
    order = np.random.default_rng(seed).permutation(len(time))
    renamed = np.array([{"a": "z", "b": "y", "c": "x"}[g] for g in group])[order]
    second = log_rank(time[order], event[order], renamed, entry=entry[order], strata=strata[order])
    if isinstance(first, Refusal):
        assert second == first
        return
    assert second.statistic == pytest.approx(first.statistic, rel=1e-9, abs=1e-12)
    np.testing.assert_allclose(second.observed[::-1], first.observed)


def test_groups_in_strata_of_their_own_share_no_test():
    # a and b meet in the first stratum, c and d in the second: two degrees of freedom, not three
    time = np.arange(1.0, 13.0)
    event = np.ones(12)
    group = np.array(list("aabbabcdcddc"))
    strata = np.repeat([1, 2], 6)
    found = log_rank(time, event, group, strata=strata)
    parts = [log_rank(time[s], event[s], group[s]) for s in (slice(0, 6), slice(6, 12))]
    assert found.df == 2
    assert found.n_strata == 2
    assert found.statistic == pytest.approx(sum(part.statistic for part in parts))


def test_size_of_the_test_under_permutation():
    """Half of all arrangements of small groups have a p value at or below one half, about."""
    time, event = np.arange(1.0, 11.0), np.array([1, 1, 0, 1, 1, 1, 0, 1, 1, 0])
    p = []
    for chosen in combinations(range(10), 5):
        group = np.isin(np.arange(10), chosen)
        p.append(log_rank(time, event, group).p_value)
    assert np.mean(np.array(p) <= 0.5) == pytest.approx(0.5, abs=0.05)
    assert np.mean(np.array(p) <= 0.1) == pytest.approx(0.1, abs=0.04)


# ------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (([], [], []), "no row"),
        (([1, 2], [1, 1], ["a", "a"]), "one group"),
        (([1, 2], [0, 0], ["a", "b"]), "no event"),
        (([np.inf, 2], [0, 1], ["a", "b"]), "not finite"),
        (([1, 2], [0, 1], ["a", "b"]), "while two groups are at risk"),
    ],
)
def test_refusals(args, why):
    found = log_rank(*args)
    assert isinstance(found, Refusal)
    assert why in found.why


def test_wrong_calls():
    with pytest.raises(ValueError, match="group must have 2 labels"):
        log_rank([1, 2], [1, 1], ["a"])
    with pytest.raises(ValueError, match="strata must have 2 labels"):
        log_rank([1, 2], [1, 1], ["a", "b"], strata=[1])
    with pytest.raises(ValueError, match="at least 0"):
        log_rank([1, 2], [1, 1], ["a", "b"], rho=-1)


def test_quadratic_form_of_parts_on_different_scales():
    variance = np.diag([1e-12, 1e12, 0.0])
    statistic, df = quadratic_form(np.array([2e-6, 1e6, 0.0]), variance)
    assert df == 2
    assert statistic == pytest.approx(4 + 1)
    assert quadratic_form(np.zeros(2), np.zeros((2, 2))) is None
