import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relatum.inference.clusters import index_clusters, sum_by_cluster
from relatum.inference.common import Interval, Refusal
from relatum.inference.intervals import (
    binomial_interval,
    clustered_standard_error,
    korn_graubard_interval,
    logit_interval,
)

R_NAMES = {"wilson": "wilson", "clopper-pearson": "clopper_pearson", "jeffreys": "jeffreys"}


@pytest.mark.parametrize("kind", ["cc0", "public"])
def test_binomial_limits_equal_r(reference, kind):
    want = reference(kind, "int_binomial").values["desctools"]
    seen = 0
    for x, n, level, method, low, high in zip(*(want[k] for k in want), strict=True):
        if method not in R_NAMES:
            continue
        found = binomial_interval(x, n, method=R_NAMES[method], conf_level=level)
        if not (method == "jeffreys" and x == 0):
            assert found.conf_low == pytest.approx(low, abs=1e-10)
        if not (method == "jeffreys" and x == n):
            assert found.conf_high == pytest.approx(high, abs=1e-10)
        seen += 1
    assert seen >= 3 * 3 * 10


def test_mid_p_equals_the_tight_solution(reference):
    want = reference("cc0", "int_binomial").values["base_and_midp"]
    for i, (x, n) in enumerate(zip(want["x"], want["n"], strict=True)):
        for level, stem in ((0.95, "midp"), (0.90, "midp90")):
            found = binomial_interval(x, n, method="mid_p", conf_level=level)
            assert found.conf_low == pytest.approx(want[f"{stem}_lo_tight"][i], abs=1e-10)
            assert found.conf_high == pytest.approx(want[f"{stem}_hi_tight"][i], abs=1e-10)


@given(st.integers(1, 400), st.data(), st.sampled_from([*R_NAMES.values(), "mid_p"]))
def test_limits_mirror_and_hold_the_estimate(n, data, method):
    x = data.draw(st.integers(0, n))
    found = binomial_interval(x, n, method=method)
    mirror = binomial_interval(n - x, n, method=method)
    assert 0.0 <= found.conf_low <= found.estimate <= found.conf_high <= 1.0
    assert found.conf_low == pytest.approx(1.0 - mirror.conf_high, abs=1e-9)


def test_boundaries_follow_one_rule():
    for method in ("wilson", "clopper_pearson", "jeffreys", "mid_p"):
        assert binomial_interval(0, 12, method=method).conf_low == 0.0
        assert binomial_interval(12, 12, method=method).conf_high == 1.0
    assert binomial_interval(12, 12, method="clopper_pearson").conf_low == pytest.approx(
        0.735, abs=1e-3
    )
    assert isinstance(binomial_interval(0, 0), Refusal)


def test_clustered_limits_equal_the_survey_package(reference):
    for kind, table, label in (("cc0", "data.csv", "cl"), ("public", "cbpp_long.csv", "herd")):
        case = reference(kind, "int_icc_deff")
        data, want = case.table(table), case.values["svy"]
        clusters = index_clusters(data[label])
        counts = sum_by_cluster(data["y"], clusters)
        error = clustered_standard_error(counts, clusters.sizes)
        assert error == pytest.approx(want["se"], abs=1e-12)
        found = korn_graubard_interval(counts, clusters.sizes)
        assert [found.conf_low, found.conf_high] == pytest.approx(
            want["ci_beta_korn_graubard"], abs=1e-10
        )
        on_logit = logit_interval(found.estimate, error, df=clusters.n_clusters - 1)
        expected = want["ci_logit"] if kind == "cc0" else None
        if expected:
            assert [on_logit.conf_low, on_logit.conf_high] == pytest.approx(expected, abs=1e-9)


def test_no_event_in_the_published_sizes(case_sizes):
    none = np.zeros(12)
    plain = korn_graubard_interval(none, case_sizes)
    assert plain.conf_low == 0.0
    worse = [
        korn_graubard_interval(none, case_sizes, boundary_icc=icc).conf_high for icc in (0.1, 0.2)
    ]
    assert plain.conf_high < worse[0] < worse[1]
    every = korn_graubard_interval(case_sizes, case_sizes, boundary_icc=0.1)
    assert every.conf_low == pytest.approx(1.0 - worse[0])


@pytest.mark.parametrize(
    ("counts", "sizes", "word"),
    [([1], [3], "one cluster"), ([0, 0], [0, 0], "no row"), ([np.nan, 1], [2, 2], "not finite")],
)
def test_degenerate_clusters_are_refused(counts, sizes, word):
    found = korn_graubard_interval(counts, sizes)
    assert isinstance(found, Refusal)
    assert word in found.why


def test_wrong_calls_raise():
    with pytest.raises(ValueError, match="conf_level"):
        binomial_interval(1, 2, conf_level=95)
    with pytest.raises(ValueError, match="exceed"):
        binomial_interval(3, 2)
    with pytest.raises(ValueError, match="whole number"):
        binomial_interval(-1, 2)
    with pytest.raises(ValueError, match="one of"):
        binomial_interval(1, 2, method="wald")
    with pytest.raises(ValueError, match="size of their cluster"):
        korn_graubard_interval([3], [2])
    assert isinstance(logit_interval(1.0, 0.1, df=11), Refusal)
    assert isinstance(logit_interval(0.5, 0.1, df=np.inf), Interval)
