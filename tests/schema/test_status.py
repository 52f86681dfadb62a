"""The status algebra against its truth tables, written out, and against its laws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relatum.schema import Status
from relatum.schema.status import (
    combine_all,
    combine_any,
    combine_at_least,
    count_statuses,
    negate,
)

P, A, U, N = (
    Status.PRESENT,
    Status.ABSENT_DOCUMENTED,
    Status.NOT_DOCUMENTED,
    Status.NOT_APPLICABLE,
)

AND = {
    (P, P): P, (P, A): A, (P, U): U, (P, N): P,
    (A, P): A, (A, A): A, (A, U): A, (A, N): A,
    (U, P): U, (U, A): A, (U, U): U, (U, N): U,
    (N, P): P, (N, A): A, (N, U): U, (N, N): N,
}  # fmt: skip
OR = {
    (P, P): P, (P, A): P, (P, U): P, (P, N): P,
    (A, P): P, (A, A): A, (A, U): U, (A, N): A,
    (U, P): P, (U, A): U, (U, U): U, (U, N): U,
    (N, P): P, (N, A): A, (N, U): U, (N, N): N,
}  # fmt: skip
NOT = {P: A, A: P, U: U, N: N}

statuses = st.sampled_from(list(Status))
rows = st.lists(statuses, max_size=6)


def codes(items):
    return np.array([item.code for item in items], dtype=np.int8)


def status(code):
    return list(Status)[int(code)]


@pytest.mark.parametrize(("pair", "result"), AND.items(), ids=str)
def test_and(pair, result):
    assert pair[0] & pair[1] is result


@pytest.mark.parametrize(("pair", "result"), OR.items(), ids=str)
def test_or(pair, result):
    assert pair[0] | pair[1] is result


@pytest.mark.parametrize(("one", "result"), NOT.items(), ids=str)
def test_not(one, result):
    assert ~one is result


def test_a_status_is_neither_true_nor_false():
    for one in Status:
        with pytest.raises(TypeError, match="neither true nor false"):
            bool(one)


@given(statuses, statuses, statuses)
def test_laws(a, b, c):
    assert a & b is b & a
    assert a | b is b | a
    assert (a & b) & c is a & (b & c)
    assert (a | b) | c is a | (b | c)
    assert a & a is a
    assert a | a is a
    assert ~~a is a
    assert ~(a & b) is ~a | ~b
    assert ~(a | b) is ~a & ~b


@given(statuses, statuses, statuses)
def test_and_distributes_over_or_where_all_apply(a, b, c):
    if N in (a, b, c):
        return
    assert a & (b | c) is (a & b) | (a & c)
    assert a | (b & c) is (a | b) & (a | c)


@given(rows)
def test_many_at_once_are_the_pairs_folded(items):
    every, some = N, N
    for item in items:
        every, some = every & item, some | item
    assert status(combine_all(codes(items))) is every
    assert status(combine_any(codes(items))) is some


@given(rows.filter(bool))
def test_at_least_one_is_any_and_at_least_every_is_all(items):
    applying = [item for item in items if item is not N]
    assert status(combine_at_least(codes(items), 1)) is status(combine_any(codes(items)))
    if applying:
        whole = combine_at_least(codes(items), len(applying))
        assert status(whole) is status(combine_all(codes(items)))


@given(rows.filter(bool), st.integers(1, 7))
def test_at_least_agrees_with_every_completion(items, k):
    """Silence may be present or absent; the result is what all completions share."""
    sure = sum(item is P for item in items)
    open_ones = sum(item is U for item in items)
    if all(item is N for item in items):
        expected = N
    else:
        outcomes = {sure + extra >= k for extra in range(open_ones + 1)}
        expected = U if len(outcomes) == 2 else (P if outcomes == {True} else A)
    assert status(combine_at_least(codes(items), k)) is expected


@given(statuses, statuses)
def test_and_and_or_agree_with_every_completion(a, b):
    """Kleene's logic: known exactly where silence cannot change the answer."""
    if N in (a, b):
        return

    def worlds(one):
        return {P: {True}, A: {False}, U: {True, False}}[one]

    def read(outcomes):
        return U if len(outcomes) == 2 else (P if True in outcomes else A)

    assert a & b is read({x and y for x in worlds(a) for y in worlds(b)})
    assert a | b is read({x or y for x in worlds(a) for y in worlds(b)})


@given(st.lists(rows.filter(lambda r: len(r) == 3), min_size=1, max_size=5))
def test_the_axis_is_the_one_asked_for(table):
    array = np.stack([codes(row) for row in table])
    for combine in (combine_all, combine_any):
        assert combine(array).tolist() == combine(array.T, axis=0).tolist()
    assert combine_at_least(array, 2).tolist() == combine_at_least(array.T, 2, axis=0).tolist()


@given(rows)
def test_counts(items):
    counts = count_statuses(codes(items))
    assert counts.present == items.count(P)
    assert counts.applicable == len(items) - items.count(N)
    assert counts.documented == items.count(P) + items.count(A)
    assert counts.most - counts.present == items.count(U)


@given(rows)
def test_negation_swaps_the_counts_and_keeps_silence(items):
    before, after = count_statuses(codes(items)), count_statuses(negate(codes(items)))
    assert (after.present, after.absent_documented) == (before.absent_documented, before.present)
    assert (after.not_documented, after.not_applicable) == (
        before.not_documented,
        before.not_applicable,
    )
