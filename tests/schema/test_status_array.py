"""Statuses in pandas: joins leave silence, nothing turns a status into a number unasked."""

import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relatum.schema import Status, StatusArray, StatusDtype, status_series

WORDS = [status.value for status in Status]
words = st.lists(st.sampled_from(WORDS), max_size=8)


def series(*values, index=None):
    return pd.Series(list(values), dtype="status", index=index)


def texts(values):
    return [str(value) for value in values]


@pytest.fixture
def four():
    return series("present", "absent_documented", "not_documented", "not_applicable")


@given(words, words)
def test_series_combine_as_statuses_do(left, right):
    size = min(len(left), len(right))
    a, b = series(*left[:size]), series(*right[:size])
    pairs = [(Status(x), Status(y)) for x, y in zip(left, right, strict=False)]
    assert list(a & b) == [x & y for x, y in pairs]
    assert list(a | b) == [x | y for x, y in pairs]
    assert list(~a) == [~x for x, _ in pairs]


@given(words)
def test_text_and_pickle_round_trips(values):
    column = series(*values)
    assert texts(column) == values
    assert texts(column.astype("string").astype("status")) == values
    assert texts(pickle.loads(pickle.dumps(column))) == values
    assert column.astype(object).astype("status").equals(column)


def test_silence_is_a_value_not_a_gap(four):
    assert not four.isna().any()
    assert len(four.dropna()) == 4
    assert four.value_counts().to_dict() == dict.fromkeys(Status, 1)
    assert texts(four.fillna("present")) == texts(four)


def test_what_a_join_leaves_open_is_not_documented(four):
    longer = four.reindex([0, 1, 9])
    assert texts(longer) == ["present", "absent_documented", "not_documented"]
    left = pd.DataFrame({"id": [1, 2]})
    right = pd.DataFrame({"id": [2], "s": series("present")})
    merged = left.merge(right, on="id", how="left")
    assert merged["s"].dtype == StatusDtype()
    assert texts(merged["s"]) == ["not_documented", "present"]
    assert texts(four.shift(1))[0] == "not_documented"
    assert texts(four.where([False, True, True, True]))[0] == "not_documented"
    frame = pd.concat([left.set_index("id"), right.set_index("id")], axis=1)
    assert texts(frame["s"]) == ["not_documented", "present"]


def test_concatenation_keeps_the_dtype(four):
    both = pd.concat([four, four], ignore_index=True)
    assert both.dtype == StatusDtype()
    assert texts(both) == texts(four) * 2
    empty = series()
    assert pd.concat([empty, four]).dtype == StatusDtype()


def test_groups_sorting_and_uniqueness(four):
    frame = pd.DataFrame({"s": pd.concat([four, four], ignore_index=True), "n": range(8)})
    sizes = frame.groupby("s", sort=True)["n"].size()
    assert sizes.tolist() == [2, 2, 2, 2]
    assert texts(frame["s"].unique()) == texts(four)
    assert frame["s"].nunique() == 4
    assert texts(four.sort_values()) == WORDS
    assert frame["s"].isin(["present"]).sum() == 2
    assert frame.drop_duplicates("s")["n"].tolist() == [0, 1, 2, 3]
    first = frame.groupby("n")["s"].first()
    assert texts(first) == texts(frame["s"])


@pytest.mark.parametrize("dtype", [int, float, bool, "int8", "Int64", "Float64", "boolean"])
def test_no_cast_to_a_number(four, dtype):
    with pytest.raises(TypeError, match="A status is not a number"):
        four.astype(dtype)


@pytest.mark.parametrize(
    "turn",
    [
        lambda s: s.to_numpy(dtype=float),
        lambda s: np.asarray(s, dtype=int),
        lambda s: np.asarray(s.array, dtype=bool),
        lambda s: s.sum(),
        lambda s: s.mean(),
        lambda s: s.max(),
        lambda s: s.std(),
        lambda s: s.cumsum(),
        lambda s: s + 1,
        lambda s: s * s,
        lambda s: s & 1,
        lambda s: s | True,
        lambda s: s & pd.Series([True] * 4),
        lambda s: int(s.iloc[2]),
        lambda s: float(s.iloc[2]),
        lambda s: bool(s.iloc[2]),
        lambda s: pd.to_numeric(s),
        lambda s: s.groupby([0, 0, 1, 1]).sum(),
        lambda s: s.groupby([0, 0, 1, 1]).mean(),
        lambda s: 1 if s.any() else 0,
        lambda s: s.diff(),
        lambda s: s.corr(s),
        lambda s: np.add(s, 1),
    ],
)
def test_arithmetic_is_refused(four, turn):
    with pytest.raises((TypeError, ValueError)):
        turn(four)


def test_bounds_have_names(four):
    assert four.status.lower().tolist() == [True, False, False, pd.NA]
    assert four.status.upper().tolist() == [True, False, True, pd.NA]
    assert four.status.documented().tolist() == [True, True, False, False]
    assert (four.status.counts().present, four.status.counts().most) == (1, 2)
    with pytest.raises(ValueError, match="'present' or as 'absent_documented' only"):
        four.array.bound(undocumented_as=Status.NOT_APPLICABLE)


@given(words)
def test_the_bounds_enclose_every_reading(values):
    column = series(*values)
    lower = column.status.lower().fillna(False).astype(int)
    upper = column.status.upper().fillna(False).astype(int)
    assert (lower <= upper).all()
    assert (upper - lower).sum() == values.count("not_documented")
    assert lower.sum() == column.status.counts().present


def test_the_accessor_is_for_statuses_only():
    with pytest.raises(AttributeError, match="dtype 'status'"):
        _ = pd.Series([1, 2]).status


def test_any_and_all_are_statuses(four):
    assert four.any() is Status.PRESENT
    assert four.all() is Status.ABSENT_DOCUMENTED
    assert series("not_documented", "absent_documented").any() is Status.NOT_DOCUMENTED
    assert series().all() is Status.NOT_APPLICABLE


def test_comparison(four):
    assert (four == "present").tolist() == [True, False, False, False]
    assert (four != Status.PRESENT).tolist() == [False, True, True, True]
    assert (four == four).all()
    assert not (four == "nonsense").any()
    with pytest.raises(TypeError):
        _ = four < "present"


def test_unequal_indexes_align_to_silence():
    a = series("present", "present", index=[0, 1])
    b = series("present", "present", index=[1, 2])
    left, right = a.align(b)
    assert texts(left & right) == ["not_documented", "present", "not_documented"]
    assert texts(left | right) == ["present", "present", "present"]


@pytest.mark.parametrize("wrong", [["yes"], [1], [True], [0.0], ["present", 2]])
def test_only_statuses_enter(wrong):
    with pytest.raises(ValueError, match="not a status; allowed: absent_documented"):
        pd.Series(wrong, dtype="status")


def test_gaps_enter_as_silence():
    column = pd.Series([None, pd.NA, np.nan, ""], dtype="status")
    assert texts(column) == ["not_documented"] * 4


@pytest.mark.parametrize("codes", [[4], [-1], [[0, 1]]])
def test_codes_are_checked(codes):
    with pytest.raises(ValueError, match="0 to 3"):
        StatusArray(np.array(codes))


def test_assignment_and_copies(four):
    other = four.copy()
    other.iloc[0] = "not_documented"
    other.iloc[1:3] = ["present", None]
    assert texts(other) == ["not_documented", "present", "not_documented", "not_applicable"]
    assert texts(four)[0] == "present"
    with pytest.raises(ValueError, match="not a status"):
        other.iloc[0] = "nonsense"
    codes = four.status.codes
    codes[:] = 0
    assert texts(four)[0] == "present"


def test_printing(four):
    assert str(four.dtype) == "status"
    assert "not_documented" in repr(four)
    assert repr(StatusDtype()) == "StatusDtype()"
    assert status_series(four.status.codes, index=four.index, name="x").name == "x"
    assert "present" in four.to_csv(index=False)
