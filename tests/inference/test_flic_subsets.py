"""Many subsets at once: against `flic_logit` one by one, by hand, and what cannot be fitted."""

import numpy as np
import pytest
from scipy import special

from relatum.inference import flic_subsets as module
from relatum.inference.common import Refusal
from relatum.inference.firth_logit import flic_logit
from relatum.inference.flic_subsets import flic_subsets
from relatum.inference.logit_rows import LogitRows


def rows_of(seed, n=60, k=2, share=0.5):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, k))
    return LogitRows(outcome=(rng.random(n) < share).astype(float), covariates=x)


def without_each(n, n_cases):
    return np.arange(n) % n_cases != np.arange(-1, n_cases)[:, None]


def one_by_one(rows, kept):
    return [
        flic_logit(
            LogitRows(outcome=rows.outcome[use], covariates=rows.covariates[use]), limits="wald"
        )
        for use in kept
    ]


def test_a_table_by_hand():
    # of 4 with the covariate 3, of 6 without it 1: Firth adds one half to each cell
    rows = LogitRows(outcome=[1, 1, 1, 0, 1, 0, 0, 0, 0, 0], covariates=[1] * 4 + [0] * 6)
    (coef,) = flic_subsets(rows, np.ones((1, 10), bool))
    assert coef[1] == pytest.approx(np.log(3.5 / 1.5) - np.log(1.5 / 5.5), abs=1e-10)
    # the constant makes the mean prediction the share
    fitted = special.expit(coef[0] + coef[1] * rows.covariates[:, 0])
    assert fitted.mean() == pytest.approx(0.4, abs=1e-12)


@pytest.mark.parametrize(("k", "share"), [(0, 0.3), (1, 0.5), (2, 0.1), (4, 0.5)])
def test_each_member_as_alone(k, share, monkeypatch):
    rows, kept = rows_of(k, k=k, share=share), without_each(60, 12)
    monkeypatch.setattr(module, "flic_logit", None)
    found = flic_subsets(rows, kept)
    for one, fit in zip(found, one_by_one(rows, kept), strict=True):
        assert one == pytest.approx(fit.coef, abs=1e-8)


def test_separated_rows(monkeypatch):
    rng = np.random.default_rng(3)
    x = rng.normal(size=(40, 2))
    rows, kept = LogitRows(outcome=x[:, 0] > 0.1, covariates=x), without_each(40, 8)
    expected = one_by_one(rows, kept)
    monkeypatch.setattr(module, "flic_logit", None)
    for one, fit in zip(flic_subsets(rows, kept), expected, strict=True):
        assert one == pytest.approx(fit.coef, rel=1e-7, abs=1e-8)


def test_units_and_places_of_covariates_do_not_matter():
    rows, kept = rows_of(1), without_each(60, 10)
    moved = LogitRows(outcome=rows.outcome, covariates=rows.covariates * [100, 0.01] + [5e3, 7])
    for one, other in zip(flic_subsets(rows, kept), flic_subsets(moved, kept), strict=True):
        assert other[1:] * [100, 0.01] == pytest.approx(one[1:], abs=1e-9)
        assert other[0] + other[1] * 5e3 + other[2] * 7 == pytest.approx(one[0], abs=1e-8)


def test_order_of_rows_and_blocks_do_not_matter(monkeypatch):
    rows, kept = rows_of(2), without_each(60, 10)
    order = np.random.default_rng(1).permutation(60)
    turned = LogitRows(outcome=rows.outcome[order], covariates=rows.covariates[order])
    first, again = flic_subsets(rows, kept), flic_subsets(turned, kept[:, order])
    assert np.array(again) == pytest.approx(np.array(first), abs=1e-10)
    monkeypatch.setattr(module, "_BLOCK", 60 * 3)
    assert np.array(flic_subsets(rows, kept)) == pytest.approx(np.array(first), abs=1e-12)


def test_a_search_that_does_not_end_is_left_to_the_other_fit(monkeypatch):
    rows, kept = rows_of(4), without_each(60, 5)
    monkeypatch.setattr(module, "_STEPS", 1)
    found = flic_subsets(rows, kept)
    expected = [fit.coef for fit in one_by_one(rows, kept)]
    assert np.array(found).tolist() == np.array(expected).tolist()


def test_refusals_are_those_of_one_fit():
    x = np.array([[0, 0, 0, 0, 1, 1], [0, 1, 2, 3, 4, 5]]).T
    rows = LogitRows(outcome=[1, 0, 1, 0, 1, 0], covariates=x, names=("contact", "age"))
    kept = np.ones((4, 6), bool)
    kept[1, 4:] = False
    kept[2] = [True, False] * 3
    kept[3] = False
    found = flic_subsets(rows, kept)
    assert found[0].shape == (3,)
    whys = [one.why for one in found[1:]]
    assert whys == [
        "contact is the same in every row",
        "the outcome is the same in every row",
        "there is no row",
    ]
    assert all(isinstance(one, Refusal) and one.what == "FLIC" for one in found[1:])
    twice = LogitRows(outcome=rows.outcome, covariates=x[:, [1, 1]])
    assert "follows from other" in flic_subsets(twice, kept[:1])[0].why
    blank = LogitRows(outcome=rows.outcome, covariates=np.where(x == 5, np.nan, x))
    found = flic_subsets(blank, [[True] * 6, [True] * 5 + [False]])
    assert "not finite" in found[0].why
    assert np.isfinite(found[1]).all()


def test_wrong_calls():
    rows = rows_of(1)
    with pytest.raises(ValueError, match=r"kept must have shape \(n_subsets, 60\)"):
        flic_subsets(rows, np.ones((2, 3), bool))
    heavy = LogitRows(outcome=rows.outcome, covariates=rows.covariates, weights=np.ones(60))
    with pytest.raises(ValueError, match="no weights"):
        flic_subsets(heavy, np.ones((1, 60), bool))
