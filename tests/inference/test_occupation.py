"""Shares of states: by hand, against weights moved by a little, against the multi-state module."""

import numpy as np
import pytest

from relatum.inference.common import Refusal
from relatum.inference.multi_state import state_occupation
from relatum.inference.occupation import StayRows, occupation_influence
from relatum.inference.transitions import count_transitions


def draw_rows(seed, n=30, k=3, late=False):
    """Histories with returns, censoring and, where asked, late entry."""
    rng = np.random.default_rng(seed)
    rows = []
    for subject in range(n):
        time, state = 0.0, int(rng.integers(0, 2))
        end = float(rng.integers(20, 60))
        entry = float(rng.integers(0, 15)) if late and subject % 3 == 0 else 0.0
        while time < end:
            stay = float(rng.integers(1, 25))
            stop = min(time + stay, end)
            target = int(rng.choice([s for s in range(k) if s != state]))
            moved = time + stay <= end
            if stop > entry:
                rows.append((subject, state, target if moved else -1, max(time, entry), stop))
            time, state = stop, target
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    return StayRows(
        subject=columns[0], state=columns[1], next_state=columns[2],
        start=columns[3].astype(float), stop=columns[4].astype(float), n_states=k, n_subjects=n,
    )  # fmt: skip


def weighted(rows, weights, time):
    """Aalen-Johansen with weights, written out."""
    w = weights[rows.subject]
    first = rows.start <= 0
    share = np.bincount(rows.state[first], weights=w[first], minlength=rows.n_states)
    share = share / share.sum()
    for moment in np.unique(rows.stop[rows.next_state >= 0]):
        if moment > time:
            break
        step = np.eye(rows.n_states)
        for origin in range(rows.n_states):
            risk = (rows.state == origin) & (rows.start < moment) & (moment <= rows.stop)
            for target in range(rows.n_states):
                gone = risk & (rows.stop == moment) & (rows.next_state == target)
                if gone.any():
                    rate = w[gone].sum() / w[risk].sum()
                    step[origin, target] += rate
                    step[origin, origin] -= rate
        share = share @ step
    return share


@pytest.mark.parametrize("late", [False, True])
def test_influence_is_the_derivative_by_each_weight(late):
    rows = draw_rows(3, late=late)
    found = occupation_influence(rows, [10.0, 19.0])
    for at, time in enumerate(found.time):
        ones = np.ones(rows.n_subjects)
        assert found.share[at] == pytest.approx(weighted(rows, ones, time), abs=1e-12)
        for subject in range(rows.n_subjects):
            up, down = ones.copy(), ones.copy()
            up[subject] += 1e-5
            down[subject] -= 1e-5
            slope = (weighted(rows, up, time) - weighted(rows, down, time)) / 2e-5
            # central differences of 1e-5 leave about 1e-10
            assert found.influence[at, subject] == pytest.approx(slope, abs=1e-8)


def test_shares_are_those_of_the_multi_state_module():
    rows = draw_rows(8)
    table = count_transitions(rows.state, rows.next_state, rows.start, rows.stop, n_states=3)
    first = np.bincount(rows.state[rows.start == 0], minlength=3) / rows.n_subjects
    same = state_occupation(table, first, [5.0, 18.0])
    found = occupation_influence(rows, [5.0, 18.0])
    assert found.share == pytest.approx(same.probability, abs=1e-12)


def test_without_censoring_the_share_is_a_mean_and_its_influence_a_residual():
    n = 12
    state_at_10 = np.arange(n) % 3
    rows = StayRows(
        subject=np.concatenate([np.arange(n), np.flatnonzero(state_at_10)]),
        state=np.concatenate([np.zeros(n, int), state_at_10[state_at_10 > 0]]),
        next_state=np.concatenate(
            [np.where(state_at_10 > 0, state_at_10, -1), np.full((state_at_10 > 0).sum(), -1)]
        ),
        start=np.concatenate([np.zeros(n), np.full((state_at_10 > 0).sum(), 4.0)]),
        stop=np.concatenate(
            [np.where(state_at_10 > 0, 4.0, 30.0), np.full((state_at_10 > 0).sum(), 30.0)]
        ),
        n_states=3,
        n_subjects=n,
    )
    found = occupation_influence(rows, [10.0])
    held = np.eye(3)[state_at_10]
    assert found.share[0] == pytest.approx(held.mean(axis=0), abs=1e-12)
    assert found.influence[0] == pytest.approx((held - held.mean(axis=0)) / n, abs=1e-12)
    assert found.at_risk[0].tolist() == [4, 4, 4]


def test_sums_and_order_of_rows():
    rows = draw_rows(5, late=True)
    found = occupation_influence(rows, [0.0, 12.0])
    assert found.share.sum(axis=1) == pytest.approx([1, 1], abs=1e-12)
    assert np.abs(found.influence.sum(axis=1)).max() < 1e-12
    assert np.abs(found.influence.sum(axis=2)).max() < 1e-12
    order = np.random.default_rng(1).permutation(len(rows.subject))
    names = ("subject", "state", "next_state", "start", "stop")
    mixed = StayRows(**{name: getattr(rows, name)[order] for name in names},
                     n_states=3, n_subjects=rows.n_subjects)  # fmt: skip
    again = occupation_influence(mixed, [0.0, 12.0])
    assert again.influence == pytest.approx(found.influence, abs=1e-14)


def test_what_is_refused_and_what_is_wrong():
    part = {"subject": np.array([0]), "state": np.array([0]), "next_state": np.array([-1])}
    short = StayRows(**part, start=np.array([0.0]), stop=np.array([5.0]), n_states=2, n_subjects=1)
    refused = occupation_influence(short, [9.0])
    assert isinstance(refused, Refusal)
    assert "followed to 9" in refused.why
    late = StayRows(**part, start=np.array([1.0]), stop=np.array([5.0]), n_states=2, n_subjects=1)
    assert isinstance(occupation_influence(late, [3.0]), Refusal)
    with pytest.raises(ValueError, match="increase"):
        occupation_influence(short, [3.0, 2.0])
    with pytest.raises(ValueError, match="no length"):
        StayRows(**part, start=np.array([5.0]), stop=np.array([5.0]), n_states=2, n_subjects=1)
    with pytest.raises(ValueError, match="out of range"):
        StayRows(**part, start=np.array([0.0]), stop=np.array([5.0]), n_states=2, n_subjects=0)


def test_a_state_that_nobody_is_followed_in_keeps_its_share():
    rows = StayRows(
        subject=np.array([0, 0, 1, 2]), state=np.array([0, 1, 0, 0]),
        next_state=np.array([1, -1, -1, -1]), start=np.array([0.0, 2, 0, 0]),
        stop=np.array([2.0, 4, 9, 9]), n_states=2, n_subjects=3,
    )  # fmt: skip
    found = occupation_influence(rows, [8.0])
    table = count_transitions(rows.state, rows.next_state, rows.start, rows.stop, n_states=2)
    same = state_occupation(table, [1, 0], [8.0])
    assert found.share == pytest.approx(same.probability, abs=1e-12)
    assert found.share[0] == pytest.approx([2 / 3, 1 / 3], abs=1e-12)
    assert found.at_risk[0].tolist() == [2, 0]


@pytest.mark.parametrize(("key", "late"), [("aj_arm_ij", False), ("aj_entry_all_ij", True)])
def test_errors_of_absorbing_states_are_those_of_r(reference, key, late):
    case = reference("cc0", "surv_competing_risks")
    data, wanted = case.table(), case.values[key]
    label = wanted["strata"][0]
    mine = np.ones(len(data["time"]), dtype=bool) if late else data["arm"] == 0
    n, cause = int(mine.sum()), data["event"][mine].astype(np.int64)
    rows = StayRows(
        subject=np.arange(n), state=np.zeros(n, dtype=np.int64),
        next_state=np.where(cause > 0, cause, -1),
        start=data["entry"][mine] if late else np.zeros(n),
        stop=data["time"][mine], n_states=3, n_subjects=n,
    )  # fmt: skip
    at = [place for place, name in enumerate(wanted["strata"]) if name == label]
    found = occupation_influence(rows, np.array(wanted["time"], dtype=float)[at])
    error = np.sqrt((found.influence**2).sum(axis=1))
    # R writes 15 significant digits
    for state in (1, 2):
        for name, values in ((f"cif{state}", found.share), (f"se{state}", error)):
            assert values[:, state] == pytest.approx(np.array(wanted[name])[at], abs=1e-10)
