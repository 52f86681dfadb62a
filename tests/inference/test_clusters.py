import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relatum.inference.clusters import (
    diagnose_clusters,
    index_clusters,
    partial_leverage,
    sum_by_cluster,
)
from relatum.inference.common import Refusal
from relatum.inference.icc import design_effect, estimate_icc


def test_icc_and_design_effect_equal_r(reference):
    case = reference("cc0", "int_icc_deff")
    data, want = case.table(), case.values
    found = estimate_icc(data["y"], data["cl"])
    assert found.estimate == pytest.approx(want["icc_anova"], abs=1e-12)
    smith = want["iccbin_printed"]["ci"]["aov"]
    assert found.conf_low == pytest.approx(smith["LowerCI"], abs=1e-12)
    assert found.conf_high == pytest.approx(smith["UpperCI"], abs=1e-12)
    kappa_type = estimate_icc(data["y"], data["cl"], method="fleiss_cuzick")
    assert kappa_type.estimate == pytest.approx(want["icc_fleiss_cuzick"], abs=1e-12)
    sizes = index_clusters(data["cl"]).sizes
    deff = design_effect(sizes, icc=found.estimate)
    assert deff.deff == pytest.approx(want["deff_unequal"], abs=1e-10)
    assert deff.deff_equal == pytest.approx(want["deff_kish"], abs=1e-10)
    assert deff.n_effective == pytest.approx(want["n_eff_unequal"], abs=1e-8)


def test_icc_equals_r_on_the_herds(reference):
    case = reference("public", "int_icc_deff")
    data, want = case.table("cbpp_long.csv"), case.values
    found = estimate_icc(data["y"], data["herd"])
    assert found.estimate == pytest.approx(want["aod_icc"]["C"], abs=1e-10)
    assert found.conf_low == pytest.approx(want["iccbin_ci"]["LowerCI"][0], abs=1e-10)
    assert found.conf_high == pytest.approx(want["iccbin_ci"]["UpperCI"][0], abs=1e-10)


def test_the_published_sizes_count_as_few(case_sizes):
    found = diagnose_clusters(np.repeat(np.arange(12), case_sizes))
    assert found.n_rows == 73
    assert 3.5 < found.effective_clusters < 5.4
    assert found.refusal is None
    assert design_effect(case_sizes, icc=0.0).n_effective == 73


@pytest.mark.parametrize(
    ("sizes", "word"),
    [((3, 3, 3, 3, 3), "fewer than 6"), ((70, 6, 6, 6, 6, 6), "70%"), ((9,), "1 cluster,")],
)
def test_too_few_or_too_dominant_clusters_are_refused(sizes, word):
    found = diagnose_clusters(np.repeat(np.arange(len(sizes)), sizes))
    assert isinstance(found.refusal, Refusal)
    assert word in found.refusal.why


def test_exactly_sixty_percent_passes():
    sizes = (12, 2, 2, 2, 1, 1)
    assert diagnose_clusters(np.repeat(np.arange(6), sizes)).refusal is None


@pytest.mark.parametrize(
    ("y", "cluster", "word"),
    [
        ([1, 0, 1], [1, 1, 1], "cluster"),
        ([1, 1, 1, 1], [1, 1, 2, 2], "same in every row"),
        ([1, 0, 1], [1, 2, 3], "single row"),
        ([1, np.nan, 1], [1, 1, 2], "not finite"),
        ([], [], "cluster"),
    ],
)
def test_degenerate_icc_is_a_refusal(y, cluster, word):
    found = estimate_icc(np.array(y, float), np.array(cluster))
    assert isinstance(found, Refusal)
    assert word in found.why


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000))
def test_row_order_and_labels_do_not_matter(seed):
    rng = np.random.default_rng(seed)
    cluster = rng.integers(0, 6, 40)
    y = (rng.random(40) < 0.5).astype(float)
    order, names = rng.permutation(40), np.array(list("qwertz"))
    plain = estimate_icc(y, cluster)
    moved = estimate_icc(y[order], names[cluster[order]])
    if isinstance(plain, Refusal):
        assert plain == moved
    else:
        assert moved.estimate == pytest.approx(plain.estimate, abs=1e-12)


def test_partial_leverage_finds_the_cluster_that_is_the_coefficient():
    x = np.column_stack([np.ones(9), [0, 1, 0, 0, 0, 0, 0, 0, 0]])
    found = partial_leverage(x, np.repeat([1, 2, 3], 3), column=1)
    assert found.shares.sum() == pytest.approx(1.0)
    assert found.largest > 0.9
    constant = partial_leverage(np.ones((4, 2)), [1, 1, 2, 2], column=1)
    assert isinstance(constant, Refusal)


def test_wrong_lengths_raise():
    with pytest.raises(ValueError, match="2 values"):
        sum_by_cluster([1.0, 2.0], index_clusters([1, 1, 2]))
    with pytest.raises(ValueError, match="dimension"):
        index_clusters([[1, 2]])
    with pytest.raises(ValueError, match="fleiss_cuzick"):
        estimate_icc([1.5, 2, 1, 0], [1, 1, 2, 2], method="fleiss_cuzick")
