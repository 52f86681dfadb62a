import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relatum.inference import robust
from relatum.inference.common import Refusal
from relatum.inference.fits import fit_model
from relatum.inference.robust import cluster_robust

KINDS = ("CR0", "CR1", "CR1S", "CR2", "CR3")
SIMULATED = {
    "lpm_all": ("y", "gaussian"),
    "logit_all": ("y", "logit"),
    "poisson_count_all": ("cnt", "poisson"),
    "poisson_binary_all": ("y", "poisson"),
    "lpm_few7": ("y", "gaussian"),
    "logit_few7": ("y", "logit"),
}
HERDS = {
    "lpm_all": "gaussian",
    "logit_all": "logit",
    "poisson_all": "poisson",
    "lpm_few7": "gaussian",
    "logit_few7": "logit",
}


def compare(found, want, kind):
    # R's glm keeps the working weights of one step before its last, which leaves an error of
    # about 1e-7 in its standard errors although the coefficients are exact.
    tolerance = 1e-10 if found.family == "gaussian" else 1e-6
    entry = want[kind]
    values = lambda key: list(entry[key].values())  # noqa: E731
    assert found.coef == pytest.approx(list(want["coef"].values()), abs=1e-9)
    assert found.std_error == pytest.approx(values("se"), rel=tolerance)
    if kind == "CR0":
        return
    assert found.df == pytest.approx(values("df_satt"), rel=tolerance)
    assert found.p_value == pytest.approx(values("p_satt"), abs=tolerance)
    assert found.conf_low == pytest.approx(values("ci_low"), abs=tolerance)
    assert found.conf_high == pytest.approx(values("ci_high"), abs=tolerance)


@pytest.mark.parametrize("model", SIMULATED)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_equals_clubsandwich(reference, model, kind):
    case = reference("cc0", "retr_cluster_robust")
    data, want = case.table(), case.values[model]
    outcome, family = SIMULATED[model]
    keep = ~np.any([np.isnan(column) for column in data.values()], axis=0)
    names = ["trt", "p2", "p3", "p4", "z"]
    if model.endswith("few7"):
        keep &= data["cl"] <= 7
        names = ["trt", "z"]
    design = np.column_stack([np.ones(keep.sum()), *(data[c][keep] for c in names)])
    found = cluster_robust(data[outcome][keep], design, data["cl"][keep], family=family, kind=kind)
    assert (found.n_rows, found.n_clusters) == (want["n"], want["clusters"])
    compare(found, want, kind)
    if kind == "CR2":
        assert found.vcov == pytest.approx(np.array(want["vcov_CR2"]["values"]), abs=1e-7)


@pytest.mark.parametrize("model", HERDS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_equals_clubsandwich_on_the_herds(reference, model, kind):
    case = reference("public", "retr_cluster_robust")
    data, want = case.table(), case.values[model]
    keep = data["herd"] <= 7 if model.endswith("few7") else np.ones(len(data["y"]), bool)
    names = ("trt", "p2", "p3", "p4")
    design = np.column_stack([np.ones(keep.sum()), *(data[c][keep] for c in names)])
    found = cluster_robust(
        data["y"][keep], design, data["herd"][keep], family=HERDS[model], kind=kind
    )
    compare(found, want, kind)


def test_the_jackknife_is_what_its_name_says():
    rng = np.random.default_rng(8)
    cluster = np.repeat(np.arange(8), [9, 7, 5, 4, 3, 3, 2, 2])
    x = np.column_stack([np.ones(35), rng.normal(size=35)])
    y = rng.normal(size=35)
    full = fit_model(y, x, family="gaussian").coef
    without = [
        fit_model(y[cluster != g], x[cluster != g], family="gaussian").coef for g in range(8)
    ]
    by_hand = np.sqrt(7 / 8 * ((np.array(without) - full) ** 2).sum(axis=0))
    assert cluster_robust(y, x, cluster, kind="jackknife").std_error == pytest.approx(by_hand)


def test_a_mean_has_the_few_degrees_of_freedom_of_its_sizes(case_sizes):
    cluster = np.repeat(np.arange(12), case_sizes)
    y = (np.random.default_rng(1).random(73) < 0.5).astype(float)
    found = cluster_robust(y, np.ones((73, 1)), cluster)
    n = case_sizes.astype(float)
    scale = 1.0 / np.sqrt(1.0 - n / 73)
    inner = scale[:, None] * (np.diag(n) - np.outer(n, n) / 73) * scale
    assert found.df[0] == pytest.approx(np.trace(inner) ** 2 / (inner**2).sum())
    assert 3.3 < found.df[0] < 4.7


@pytest.mark.parametrize("kind", KINDS)
def test_many_clusters_have_the_same_degrees_of_freedom_without_a_large_matrix(kind, monkeypatch):
    rng = np.random.default_rng(3)
    cluster = rng.integers(0, 40, 300)
    x = np.column_stack([np.ones(300), rng.standard_normal(300), cluster % 2])
    y = x @ [0.5, 1.0, -1.0] + rng.standard_normal(300) + rng.standard_normal(40)[cluster]
    small = cluster_robust(y, x, cluster, kind=kind)
    monkeypatch.setattr(robust, "MAX_CROSS", 0)
    assert cluster_robust(y, x, cluster, kind=kind).df == pytest.approx(small.df, rel=1e-10)


def test_thirty_thousand_clusters_fit_in_memory():
    cluster = np.repeat(np.arange(30_000), 2)
    x = np.column_stack([np.ones(60_000), np.tile([0.0, 1.0], 30_000)])
    y = np.random.default_rng(4).standard_normal(60_000)
    found = cluster_robust(y, x, cluster, kind="CR1")
    # Pairs with a contrast within them: a degree of freedom per pair, but one.
    assert found.df[1] == pytest.approx(29_999, rel=1e-4)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10_000), st.sampled_from(["gaussian", "logit", "poisson"]))
def test_rows_and_labels_do_not_matter_and_recoding_flips_the_sign(seed, family):
    rng = np.random.default_rng(seed)
    cluster = np.concatenate([np.arange(8), rng.integers(0, 8, 52)])
    arm = (rng.random(60) < 0.5).astype(float)
    y = (rng.random(60) < 0.3 + 0.3 * arm).astype(float)
    design = np.column_stack([np.ones(60), arm])
    plain = cluster_robust(y, design, cluster, family=family)
    order, names = rng.permutation(60), np.array(list("hgfedcba"))
    moved = cluster_robust(y[order], design[order], names[cluster[order]], family=family)
    recoded = cluster_robust(y, np.column_stack([np.ones(60), 1 - arm]), cluster, family=family)
    if isinstance(plain, Refusal):
        assert isinstance(moved, Refusal)
        return
    assert moved.conf_low == pytest.approx(plain.conf_low, rel=1e-7, abs=1e-9)
    assert moved.df == pytest.approx(plain.df, rel=1e-7)
    assert recoded.coef[1] == pytest.approx(-plain.coef[1], abs=1e-8)
    assert recoded.conf_low[1] == pytest.approx(-plain.conf_high[1], abs=1e-7)


SIX = np.repeat([1, 2, 3], 4)
MIXED = np.array([1, 0, 1, 0, 0, 0, 1, 1, 0, 1, 0, 0], float)


@pytest.mark.parametrize(
    ("y", "x", "options", "word"),
    [
        (MIXED, np.ones((12, 2)), {}, "collinear"),
        (np.ones(12), np.ones((12, 1)), {}, "same in every row"),
        (MIXED, np.column_stack([np.ones(12), MIXED]), {"family": "logit"}, "perfectly"),
        (MIXED, np.column_stack([np.ones(12), SIX == 1]), {"kind": "CR3"}, "without one"),
        (MIXED, np.ones((12, 1)), {"weights": np.full(12, np.nan)}, "not finite"),
        (np.tile([1.0, 0.0], 6), np.ones((12, 1)), {}, "add up to zero"),
        (MIXED, np.ones((12, 12)), {}, "coefficients need"),
    ],
)
def test_degenerate_input_is_refused_in_words(y, x, options, word):
    found = cluster_robust(y, x, SIX, **options)
    assert isinstance(found, Refusal)
    assert word in found.why


def test_a_covariate_that_is_one_cluster_still_has_cr2():
    found = cluster_robust(MIXED, np.column_stack([np.ones(12), SIX == 1]), SIX, kind="CR2")
    assert np.isfinite(found.std_error).all()
    assert np.isfinite(found.df).all()


def test_wrong_calls_raise():
    x = np.ones((12, 1))
    with pytest.raises(ValueError, match="kind"):
        cluster_robust(MIXED, x, SIX, kind="HC3")
    with pytest.raises(ValueError, match="family"):
        cluster_robust(MIXED, x, SIX, family="probit")
    with pytest.raises(ValueError, match="0 to 1"):
        cluster_robust(MIXED + 1, x, SIX, family="logit")
    with pytest.raises(ValueError, match="from 0"):
        cluster_robust(MIXED - 1, x, SIX, family="poisson")
