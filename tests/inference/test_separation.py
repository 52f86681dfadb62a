"""Separation: hand cases, the reference cases that are separated, and brute force."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relatum.inference.common import Refusal
from relatum.inference.logit_rows import LogitRows
from relatum.inference.separation import find_separation


def find(outcome, *columns, **words):
    return find_separation(LogitRows(outcome=outcome, covariates=np.column_stack(columns), **words))


# by hand


def test_overlap_is_no_separation():
    found = find([0, 1, 0, 1], [0, 0, 1, 1])
    assert found.kind == "none"
    assert found.direction.tolist() == [0, 0]
    assert not found.separated.any()
    assert found.describe() == "no separation: every estimate is finite"


def test_complete():
    found = find([0, 0, 1, 1], [1, 2, 3, 4], names=("months",))
    assert found.kind == "complete"
    assert found.direction.tolist() == [-1, 1]
    assert found.separated.all()
    assert "constant falls without limit" in found.describe()


def test_a_shared_edge_is_quasi_complete():
    found = find([0, 0, 1, 1, 0, 1], [1, 2, 4, 5, 3, 3])
    assert found.kind == "quasi-complete"
    assert found.direction.tolist() == [-1, 1]
    assert found.separated.tolist() == [True] * 4 + [False] * 2


def test_an_empty_cell():
    # with the covariate always, without it half: the constant is that of the rest, and finite
    found = find([1, 1, 1, 0], [1, 1, 0, 0])
    assert found.direction.tolist() == [0, 1]
    found = find([0, 0, 1, 0], [1, 1, 0, 0])
    assert found.direction.tolist() == [0, -1]


def test_both_signs_are_undetermined():
    # x tells all apart; for any multiple of z some multiple of x does so too
    found = find([0, 0, 1, 1], [0, 0, 1, 1], [0, 1, 0, 1], names=("x", "z"))
    assert found.kind == "complete"
    assert found.direction.tolist() == [-1, 1, 0]
    assert found.undetermined.tolist() == [False, False, True]
    assert "that of z is undetermined" in found.describe()


def test_only_a_combination_separates():
    # neither alone, but their sum does
    found = find([0, 0, 0, 1, 1, 1], [0, 1, 2, 3, 1, 2], [2, 1, 0, 0, 2, 1.5])
    assert found.kind == "complete"
    assert found.direction.tolist() == [-1, 1, 1]


def test_small_margins_far_from_zero():
    # years, told apart by a day in the middle: no margin is above 1e-6 of a year's number
    year = np.array([1990, 1995.0, 2001.000, 2001.003, 2010, 2020])
    assert find([0, 0, 0, 1, 1, 1], year).kind == "complete"
    assert find([0, 0, 1, 0, 1, 1], year).kind == "none"


def test_rows_without_weight_do_not_count():
    rows = {"outcome": [0, 1, 0, 1], "covariates": [0, 0, 1, 1]}
    assert find_separation(LogitRows(**rows)).kind == "none"
    found = find_separation(LogitRows(**rows, weights=[1, 1, 0, 1]))
    assert found.kind == "quasi-complete"
    assert found.separated.tolist() == [False, False, True]


# reference cases


def test_reference_cases(reference):
    case = reference("cc0", "retr_firth_logistic")
    table = case.table()
    x = [table[name] for name in ("x1", "b", "sep")]
    found = find(table["y"], *x, names=("x1", "b", "sep"))
    assert found.kind == "quasi-complete"
    assert found.direction.tolist() == [0, 0, 0, 1]
    assert found.separated.tolist() == (table["sep"] == 1).tolist()
    tiny = case.table("tiny.csv")
    assert find(tiny["y"], tiny["x"]).kind == "complete"


def test_public_cases(reference):
    case = reference("public", "retr_firth_logistic")
    table = case.table("endometrial.csv")
    found = find(table["HG"], table["NV"], table["PI"], table["EH"])
    assert (found.kind, found.direction.tolist()) == ("quasi-complete", [0, 1, 0, 0])
    sex = case.table("sex2.csv")
    found = find(sex["case"], *(sex[name] for name in ("age", "oc", "vic", "vicl", "vis", "dia")))
    assert found.direction.tolist() == [0, 0, 0, 0, 0, 0, 1]
    both = case.table("separation.csv")
    assert find(both["y"], both["x"]).kind == "complete"
    one = case.table("one_event.csv")
    assert find(one["y"], one["x"]).direction.tolist() == [0, -1]


# properties


@st.composite
def small(draw):
    n = draw(st.integers(3, 9))
    cell = st.lists(st.integers(-1, 2), min_size=n, max_size=n)
    outcome = draw(st.lists(st.integers(0, 1), min_size=n, max_size=n))
    return np.array(outcome, float), np.array([draw(cell), draw(cell)], float).T


@settings(max_examples=60)
@given(small())
def test_brute_force_and_the_library(rows):
    outcome, x = rows
    found = find_separation(LogitRows(outcome=outcome, covariates=x))
    if isinstance(found, Refusal):
        return
    # every direction that touches two rows, and sums of them: all edges of the cone are there
    signed = np.where(outcome == 1, 1, -1)[:, None] * np.column_stack([np.ones(len(x)), x])
    pairs = itertools.combinations(signed, 2)
    edges = [sign * np.cross(a, b) for a, b in pairs for sign in (1, -1)]
    edges = [edge for edge in edges if (signed @ edge >= 0).all() and edge.any()]
    total = np.sum(edges, axis=0) if edges else np.zeros(3)
    assert found.separated.tolist() == (signed @ total > 0).tolist()
    rising = np.array([any(edge[j] > 0 for edge in edges) for j in range(3)])
    falling = np.array([any(edge[j] < 0 for edge in edges) for j in range(3)])
    assert found.undetermined.tolist() == (rising & falling).tolist()
    assert (
        found.direction.tolist()
        == np.where(rising & falling, 0, rising.astype(int) - falling).tolist()
    )


def test_firthmodels_agrees_where_directions_are_clear():
    from firthmodels import detect_separation

    rng = np.random.default_rng(3)
    x = np.column_stack([rng.integers(0, 2, 60), rng.normal(size=60)])
    y = np.where(x[:, 0] == 1, 1, rng.integers(0, 2, 60)).astype(float)
    found = find_separation(LogitRows(outcome=y, covariates=x))
    theirs = detect_separation(x, y)
    assert found.direction.tolist() == np.roll(theirs.directions, 1).tolist()


def test_order_changes_nothing(reference):
    table = reference("cc0", "retr_firth_logistic").table()
    x = np.column_stack([table[name] for name in ("x1", "b", "sep")])
    order = np.random.default_rng(1).permutation(len(x))
    first = find(table["y"], x)
    second = find(table["y"][order], x[order] * [1e3, 1, 1e-3])
    assert second.direction.tolist() == first.direction.tolist()
    assert second.separated.tolist() == first.separated[order].tolist()


@pytest.mark.parametrize(
    ("outcome", "x", "words"),
    [
        ([1, 1, 1], [0, 1, 2], "same in every row"),
        ([1, 0, 1], [1, 1, 1], "covariate 1 is the same"),
        ([1, 0, 1], [1, np.inf, 1], "not finite"),
    ],
)
def test_refusals(outcome, x, words):
    assert words in find(outcome, x).why
