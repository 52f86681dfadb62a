"""Limits of a share at an assumed intra-case correlation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relatum.inference.common import Refusal
from relatum.inference.universal import limits_at_icc


def test_by_hand(case_sizes):
    # all of 12 single rows: (1/40)^(1/12); no correlation can matter with one row per case
    for icc in (0.0, 0.5):
        found = limits_at_icc(12, [1] * 12, icc=icc)
        assert found.conf_low == pytest.approx(0.025 ** (1 / 12), abs=1e-12)
        assert found.conf_high == found.estimate == 1.0
    # 73 of 73 at correlation 1: as many independent rows as N^2 / sum n^2
    found = limits_at_icc(73, case_sizes, icc=1.0)
    effective = 73**2 / (case_sizes**2).sum()
    assert found.n_effective == pytest.approx(effective)
    assert found.conf_low == pytest.approx(0.025 ** (1 / effective), abs=1e-12)


@pytest.mark.parametrize(
    ("icc", "n", "low_all", "low_40", "high_40"),
    [  # R 4.2.2: qbeta of p m and m - p m, with m = N / (1 + (sum(n^2) / N - 1) icc)
        (0.05, 40.432473444613052, 0.912802663581695, 0.383861409896918, 0.704742589524326),
        (0.10, 27.959076600209862, 0.876394865813339, 0.349787781248953, 0.735562965786414),
        (0.20, 17.290720311486048, 0.807877804597547, 0.296016781510169, 0.782969891297295),
    ],
)
def test_equals_r(case_sizes, icc, n, low_all, low_40, high_40):
    # 1e-9: both invert the incomplete beta function numerically
    every = limits_at_icc(73, case_sizes, icc=icc)
    some = limits_at_icc(40, case_sizes, icc=icc)
    assert every.n_effective == pytest.approx(n, rel=1e-12)
    assert (every.conf_low, every.conf_high) == (pytest.approx(low_all, abs=1e-9), 1.0)
    assert some.conf_low == pytest.approx(low_40, abs=1e-9)
    assert some.conf_high == pytest.approx(high_40, abs=1e-9)


@pytest.mark.parametrize("kind", ["cc0", "public"])
def test_without_correlation_the_limits_are_clopper_pearson_of_r(reference, kind):
    want = reference(kind, "int_binomial").values["desctools"]
    seen = 0
    for x, n, level, method, low, high in zip(*(want[k] for k in want), strict=True):
        if method != "clopper-pearson":
            continue
        found = limits_at_icc(int(x), [int(n) - 1, 1], icc=0.0, conf_level=level)
        assert found.conf_low == pytest.approx(low, abs=1e-10)
        assert found.conf_high == pytest.approx(high, abs=1e-10)
        seen += 1
    assert seen >= 20


@given(st.lists(st.integers(1, 30), min_size=1, max_size=12), st.data())
def test_properties(sizes, data):
    n = sum(sizes)
    count = data.draw(st.integers(0, n))
    first, second = sorted(data.draw(st.lists(st.floats(0, 1), min_size=2, max_size=2)))
    near, far = (limits_at_icc(count, sizes, icc=icc) for icc in (first, second))
    assert 0.0 <= near.conf_low <= near.estimate <= near.conf_high <= 1.0
    assert far.width >= near.width - 1e-9
    mirror = limits_at_icc(n - count, sizes[::-1], icc=first)
    assert mirror.conf_low == pytest.approx(1 - near.conf_high, abs=1e-9)


def test_refusal_and_wrong_calls():
    found = limits_at_icc(0, [], icc=0.1)
    assert found == Refusal("limits of a share", "there is no row")
    with pytest.raises(ValueError, match="icc must lie between 0 and 1"):
        limits_at_icc(1, [2], icc=-0.1)
    with pytest.raises(ValueError, match="must not exceed"):
        limits_at_icc(3, [2], icc=0.1)
    with pytest.raises(ValueError, match="conf_level"):
        limits_at_icc(1, [2], icc=0.1, conf_level=95)
