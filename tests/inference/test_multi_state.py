from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relatum.inference.common import Refusal
from relatum.inference.cumulative_incidence import cumulative_incidence
from relatum.inference.multi_state import (
    length_of_stay,
    state_occupation,
    transition_probabilities,
)
from relatum.inference.transitions import count_transitions, transition_hazard

# mstate writes 15 significant digits
TIGHT = 1e-12
SMALL = ([0, 0, 1], [1, -1, 2], [0, 0, 4], [4, 6, 7])


@pytest.fixture
def small():
    return count_transitions(*SMALL, n_states=3)


def test_counts_by_hand(small):
    np.testing.assert_array_equal(small.time, [4, 7])
    # who comes into state 1 at 4 is at risk there after 4
    np.testing.assert_array_equal(small.at_risk, [[2, 0, 0], [0, 1, 0]])
    assert small.moves.sum() == 2
    assert small.moves[0, 0, 1] == small.moves[1, 1, 2] == 1
    np.testing.assert_array_equal(small.last_seen, [6, 7, -np.inf])


def test_probabilities_by_hand(small):
    found = transition_probabilities(small, [0, 3.9, 4, 6.5])
    np.testing.assert_array_equal(found.probability[:2], [np.eye(3), np.eye(3)])
    np.testing.assert_allclose(found.probability[2, 0], [0.5, 0.5, 0])
    np.testing.assert_allclose(found.std_error[2, 0], [np.sqrt(0.125), np.sqrt(0.125), 0])
    late = transition_probabilities(small, [6.5], start=4.0)
    np.testing.assert_array_equal(late.probability[0], np.eye(3))
    stay = length_of_stay(small, until=7)
    np.testing.assert_allclose(stay, [[5.5, 1.5, 0], [0, 7, 0], [0, 0, 7]])


def test_occupation_mixes_the_starts(small):
    each = transition_probabilities(small, [5])
    found = state_occupation(small, [0.25, 0.75, 0], [5])
    np.testing.assert_allclose(found.probability[0], [0.25, 0.75, 0] @ each.probability[0])
    np.testing.assert_allclose(found.std_error[0], 0.25 * each.std_error[0, 0])


# ------------------------------------------------------------------------------- against mstate


@pytest.fixture
def simulated(reference):
    """The case's table, a row per stay instead of one per stay and possible transition."""
    case = reference("cc0", "surv_multistate")
    data = case.table("transitions.csv")
    keys = np.column_stack([data[key] for key in ("id", "from", "start", "stop")])
    stays, place = np.unique(keys, axis=0, return_inverse=True)
    target = np.full(len(stays), -1.0)
    moved = data["status"] == 1
    target[place.reshape(-1)[moved]] = data["to"][moved] - 1
    table = count_transitions(stays[:, 1] - 1, target, stays[:, 2], stays[:, 3], n_states=4)
    return table, case.values


def test_hazards(simulated):
    table, values = simulated
    there = values["cumulative_hazard"]
    numbers = values["transition_numbers"]
    moves = {"contact_report": (0, 1), "contact_stepped_back": (0, 2), "contact_closed": (0, 3)}
    moves |= {"report_stepped_back": (1, 2), "report_closed": (1, 3)}
    for name, (origin, target) in moves.items():
        number = numbers[name]
        rows = np.flatnonzero(np.array(there["trans"]) == number)
        for error in ("greenwood", "aalen"):
            found = transition_hazard(table, origin, target, error=error)
            assert found.n_events == values["events"][str(number)]
            at = np.searchsorted(found.time, np.array(there["time"])[rows], side="right") - 1
            wanted = np.array(there["cumhaz"])[rows]
            np.testing.assert_allclose(found.hazard[at], wanted, rtol=TIGHT)
            wanted = np.array(there[f"se_{error}"])[rows]
            np.testing.assert_allclose(found.std_error[at], wanted, rtol=TIGHT)


@pytest.mark.parametrize(
    ("key", "start", "origin", "error"),
    [
        ("P0_from_contact_greenwood", 0, 0, "greenwood"),
        ("P0_from_contact_aalen", 0, 0, "aalen"),
        ("P14_from_contact_greenwood", 14, 0, "greenwood"),
        ("P14_from_report_greenwood", 14, 1, "greenwood"),
    ],
)
def test_transition_probabilities(simulated, key, start, origin, error):
    table, values = simulated
    there = values[key]
    found = transition_probabilities(table, there["time"], start=start, error=error)
    single = state_occupation(table, np.eye(4)[origin], there["time"], start=start, error=error)
    for j in range(4):
        wanted, errors = there[f"p{j + 1}"], there[f"se{j + 1}"]
        np.testing.assert_allclose(found.probability[:, origin, j], wanted, atol=TIGHT)
        np.testing.assert_allclose(found.std_error[:, origin, j], errors, atol=TIGHT)
    np.testing.assert_allclose(single.probability, found.probability[:, origin], atol=1e-15)
    np.testing.assert_allclose(single.std_error, found.std_error[:, origin], atol=1e-15)


def test_expected_length_of_stay(simulated):
    table, values = simulated
    np.testing.assert_allclose(
        length_of_stay(table, until=45), values["elos_45"]["values"], rtol=TIGHT, atol=TIGHT
    )


# ----------------------------------------------------------------------------------- properties

ROWS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(1, 6), st.integers(0, 2)), min_size=1, max_size=20
)


@settings(deadline=None, max_examples=60)
@given(ROWS)
def test_competing_events_are_a_multi_state_model(rows):
    entry, length, cause = (np.array(part) for part in zip(*rows, strict=True))
    time = entry + length
    curve = cumulative_incidence(time, cause, entry=entry, n_causes=2, error="greenwood")
    target = np.where(cause == 0, -1, cause)
    table = count_transitions(np.zeros(len(time)), target, entry, time, n_states=3)
    if isinstance(table, Refusal):
        assert not cause.any()
        return
    times = [t for t in (2.0, 5.0) if t <= time.max()]
    if not times:
        return
    found = state_occupation(table, [1, 0, 0], times)
    points = curve.at(times)
    np.testing.assert_allclose(found.probability[:, 1:], points.incidence, atol=1e-12)
    np.testing.assert_allclose(found.std_error[:, 1:], points.std_error, atol=1e-7)


WALKS = st.lists(
    st.lists(st.tuples(st.integers(0, 2), st.integers(1, 3)), min_size=2, max_size=5),
    min_size=1,
    max_size=12,
)


def stays_of(walks):
    """Walks between three states, back and forth; the last stay is censored."""
    rows = []
    for walk in walks:
        now, last = 0, None
        steps = [step for i, step in enumerate(walk) if i == 0 or step[0] != walk[i - 1][0]]
        for state, length in steps:
            if last is not None:
                rows.append((*last, state))
            last, now = (state, now, now + length), now + length
        rows.append((*last, -1))
    state, entry, stop, target = (np.array(part) for part in zip(*rows, strict=True))
    return state, target, entry, stop


@settings(deadline=None, max_examples=60)
@given(WALKS, st.integers(0, 2**32 - 1))
def test_probabilities_sum_to_one_and_chain(walks, seed):
    columns = stays_of(walks)
    table = count_transitions(*columns, n_states=3)
    if isinstance(table, Refusal):
        assert (columns[1] == -1).all()
        return
    end = float(table.last_seen.max())
    for error in ("greenwood", "aalen"):
        found = transition_probabilities(table, [0, end / 2, end], error=error)
        np.testing.assert_allclose(found.probability.sum(axis=2), 1.0)
        assert (found.probability >= -1e-12).all()
        assert np.isfinite(found.std_error).all()
    first = found.probability[1]
    second = transition_probabilities(table, [end], start=end / 2).probability[0]
    np.testing.assert_allclose(first @ second, found.probability[2], atol=1e-12)
    np.testing.assert_allclose(length_of_stay(table, until=end).sum(axis=1), end)
    order = np.random.default_rng(seed).permutation(len(columns[0]))
    again = count_transitions(*(part[order] for part in columns), n_states=3)
    np.testing.assert_array_equal(again.at_risk, table.at_risk)
    np.testing.assert_array_equal(again.moves, table.moves)


def test_without_censoring_occupation_is_the_share_in_each_state():
    rng = np.random.default_rng(3)
    walks = []
    for _ in range(40):
        steps = [(0, int(rng.integers(1, 4))), (1, int(rng.integers(1, 4)))]
        walks.append([*steps, (2, 30)])
    state, target, entry, stop = stays_of(walks)
    table = count_transitions(state, target, entry, stop, n_states=3)
    found = state_occupation(table, [1, 0, 0], [3.0])
    share = [((entry <= 3) & (stop > 3) & (state == k)).mean() * len(state) / 40 for k in range(3)]
    np.testing.assert_allclose(found.probability[0], share, atol=1e-12)


# ------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        (([], [], [], []), "no row"),
        (([0], [-1], [0], [1]), "no transition"),
        (([0], [1], [0], [np.inf]), "not finite"),
        (([0, 1], [1, -1], [0, 4], [4, 4]), "1 row does not end after its entry"),
    ],
)
def test_refusals(rows, why):
    found = count_transitions(*rows, n_states=2)
    assert isinstance(found, Refusal)
    assert why in found.why


def test_after_the_end_nothing_is_known_unless_all_have_left(small):
    found = transition_probabilities(small, [8])
    assert isinstance(found, Refusal)
    assert "ends at 7" in found.why
    assert isinstance(length_of_stay(small, until=8), Refusal)
    gone = count_transitions([0, 0], [1, 1], [0, 0], [2, 3], n_states=2)
    np.testing.assert_array_equal(state_occupation(gone, [1, 0], [99]).probability, [[0, 1]])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda _: count_transitions([0], [0], [0], [1], n_states=2), "its own state"),
        (lambda _: count_transitions([2], [0], [0], [1], n_states=2), "state must hold whole"),
        (lambda _: count_transitions([0], [0.5], [0], [1], n_states=2), "next_state must hold"),
        (lambda _: count_transitions([0, 1], [1], [0], [1], n_states=2), "state has 2 values"),
        (lambda t: transition_hazard(t, 0, 3), "numbered from 0 to 2"),
        (lambda t: transition_hazard(t, 0, 1, error="robust"), "error must be one of"),
        (lambda t: transition_probabilities(t, [1], start=2), "before the start"),
        (lambda t: transition_probabilities(t, [1], error="robust"), "error must be one of"),
        (lambda t: state_occupation(t, [1, 1, 0], [1]), "sum to 1"),
        (lambda t: state_occupation(t, [1, 0], [1]), "initial has 2 values"),
        (lambda t: length_of_stay(t, until=0), "after the start"),
    ],
)
def test_wrong_calls(small, call, message):
    with pytest.raises(ValueError, match=message):
        call(small)
