"""Small, odd data: every answer is a finite or infinite number, or a refusal in words.

Warnings are errors in this suite, so a library that complains fails these tests too.
"""

import dataclasses
import subprocess
import sys

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from relatum.inference.clusters import diagnose_clusters, partial_leverage
from relatum.inference.common import Refusal
from relatum.inference.icc import estimate_icc
from relatum.inference.intervals import korn_graubard_interval
from relatum.inference.placebo import placebo_rejection_rate
from relatum.inference.robust import KINDS, cluster_robust
from relatum.inference.wild import wild_coefficient, wild_difference, wild_mean
from relatum.inference.wild_proportion import clustered_proportion, wild_proportion
from relatum.inference.wild_scores import wild_score_coefficient


def assert_sound(found):
    """No NaN anywhere in a result; a refusal has words."""
    if isinstance(found, Refusal):
        assert found.what
        assert found.why
        return
    for field in dataclasses.fields(found):
        value = getattr(found, field.name)
        if isinstance(value, float | np.ndarray):
            assert not np.isnan(np.asarray(value, dtype=float)).any(), field.name
    if hasattr(found, "conf_low") and found.conf_low is not None:
        assert np.all(np.asarray(found.conf_low) <= np.asarray(found.conf_high))
    if hasattr(found, "p_value"):
        assert np.all((np.asarray(found.p_value) >= 0) & (np.asarray(found.p_value) <= 1))


@st.composite
def odd_samples(draw):
    """A few rows in a few clusters; outcome and covariate are often constant or collinear."""
    n = draw(st.integers(1, 14))
    cluster = draw(st.lists(st.integers(0, 4), min_size=n, max_size=n))
    y = draw(st.lists(st.integers(0, 1), min_size=n, max_size=n))
    x = draw(st.lists(st.integers(0, 1), min_size=n, max_size=n))
    z = draw(st.lists(st.sampled_from([0.0, 1.0, 1e-9, 1e6]), min_size=n, max_size=n))
    return np.array(y, float), np.array(x, float), np.array(z), np.array(cluster)


@settings(deadline=None, max_examples=150)
@given(odd_samples())
def test_linear_routines_on_odd_samples(sample):
    y, x, z, cluster = sample
    design = np.column_stack([np.ones(len(y)), x, z])
    assert_sound(wild_mean(y, cluster))
    assert_sound(wild_difference(y, x, cluster))
    assert_sound(wild_coefficient(y, design, cluster, column=2))
    assert_sound(wild_mean(y, cluster, weights=z))
    assert_sound(estimate_icc(y, cluster))
    assert_sound(estimate_icc(y, cluster, method="fleiss_cuzick"))
    assert_sound(diagnose_clusters(cluster))
    assert_sound(partial_leverage(design, cluster, column=1))
    for kind in KINDS:
        assert_sound(cluster_robust(y, design[:, :2], cluster, kind=kind))


@settings(deadline=None, max_examples=60)
@given(odd_samples(), st.sampled_from(["logit", "poisson"]))
def test_nonlinear_routines_on_odd_samples(sample, family):
    y, x, z, cluster = sample
    design = np.column_stack([np.ones(len(y)), x])
    for kind in KINDS:
        assert_sound(cluster_robust(y, design, cluster, family=family, kind=kind))
    assert_sound(cluster_robust(y, design, cluster, family=family, weights=z))
    assert_sound(wild_score_coefficient(y, design, cluster, column=1, family=family))


@settings(deadline=None, max_examples=80)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=0, max_size=9))
def test_counts_on_odd_samples(pairs):
    sizes = np.array([max(a, b) for a, b in pairs], float)
    counts = np.array([min(a, b) for a, b in pairs], float)
    for found in (
        wild_proportion(counts, sizes),
        clustered_proportion(counts, sizes, boundary_icc=0.1),
        korn_graubard_interval(counts, sizes),
    ):
        assert_sound(found)
        if not isinstance(found, Refusal):
            assert 0.0 <= found.conf_low <= found.estimate + 1e-12
            assert found.estimate - 1e-12 <= found.conf_high <= 1.0


@settings(deadline=None, max_examples=15)
@given(odd_samples(), st.sampled_from(["wild", "CR1", "CR2"]))
def test_placebo_on_odd_samples(sample, test):
    y, _, _, cluster = sample
    assert_sound(placebo_rejection_rate(y, cluster, test=test, seed=1, n_placebos=8))


def test_importing_the_engine_is_light():
    """Compilers and model libraries are loaded when they are first needed."""
    code = (
        "import sys, relatum.inference.wild, relatum.inference.wild_proportion, "
        "relatum.inference.robust, relatum.inference.differences\n"
        "heavy = {'numba', 'statsmodels', 'pandas', 'matplotlib'} & set(sys.modules)\n"
        "sys.exit(', '.join(sorted(heavy)) or None)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
