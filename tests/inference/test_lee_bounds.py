"""Bounds for always-reporters: by hand, and against every world that fits the data."""

from itertools import combinations_with_replacement, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relatum.inference.common import Refusal
from relatum.inference.identified import imbens_manski_interval
from relatum.inference.lee_bounds import always_reporter_bounds


def rows(exposed, unexposed):
    """Rows from counts (no report, absent, present, silent) of exposed and unexposed."""
    columns = [(0, 0), (1, 0), (1, 1), (1, np.nan)]
    made = [
        (d, *columns[kind])
        for d, counts in ((1, exposed), (0, unexposed))
        for kind, n in enumerate(counts)
        for _ in range(n)
    ]
    return np.array(made, dtype=float).reshape(-1, 3).T


# by hand


def test_by_hand_more_report():
    # 8 of 10 exposed report, 4 with the outcome; 5 of 10 unexposed, 2 with it: s = .5, .3 / .8 go
    found = always_reporter_bounds(*rows((2, 4, 4), (5, 3, 2)), assumption="more")
    assert found.exposed.low == pytest.approx(1 / 5)
    assert found.exposed.high == pytest.approx(4 / 5)
    assert found.unexposed.low == found.unexposed.high == pytest.approx(2 / 5)
    assert [found.low, found.high] == pytest.approx([-1 / 5, 2 / 5])
    assert found.share.low == found.share.high == 0.5
    assert found.trimmed.high == pytest.approx(3 / 8)
    assert found.trimmed.low == 0.0
    assert (found.reporters_exposed, found.reporters_unexposed, found.n_silent) == (8, 5, 0)


def test_by_hand_fewer_report_is_the_mirror():
    found = always_reporter_bounds(*rows((5, 3, 2), (2, 4, 4)), assumption="fewer")
    assert [found.low, found.high] == pytest.approx([-2 / 5, 1 / 5])


def test_by_hand_without_an_assumption():
    # at least 3 of 10 report either way, at most 5
    found = always_reporter_bounds(*rows((2, 4, 4), (5, 3, 2)), assumption="none")
    assert [found.share.low, found.share.high] == pytest.approx([0.3, 0.5])
    assert [found.exposed.low, found.exposed.high] == [0.0, 1.0]
    assert [found.unexposed.low, found.unexposed.high] == pytest.approx([0.0, 2 / 3])
    assert [found.low, found.high] == pytest.approx([-2 / 3, 1.0])


def test_equal_reporting_leaves_the_plain_difference():
    found = always_reporter_bounds(*rows((2, 2, 6), (2, 6, 2)), assumption="more")
    assert found.low == found.high == pytest.approx(0.5)
    assert found.trimmed.high == 0.0


def test_errors_by_hand():
    # everyone reports: without one of ten, a mean moves by a ninth of its residual
    data = rows((0, 4, 6), (0, 7, 3))
    found = always_reporter_bounds(*data, assumption="more")
    variance = (0.6 * 0.4 + 0.3 * 0.7) * 10 / 9**2
    assert found.se_low == pytest.approx(np.sqrt(variance * 19 / 20), rel=1e-9)
    known = imbens_manski_interval(
        0.3, 0.3, se_low=found.se_low, se_high=found.se_high, df=19, support=(-1, 1)
    )
    assert found.limits.conf_low == pytest.approx(known.conf_low)
    assert found.limits.conf_high == pytest.approx(known.conf_high)


# every world


def kinds(assumption):
    """Each person: reports exposed, unexposed; and the outcome under each (None: no report)."""
    allowed = {"more": [(1, 1), (1, 0), (0, 0)], "fewer": [(1, 1), (0, 1), (0, 0)]}
    pairs = allowed.get(assumption, list(product((1, 0), repeat=2)))
    return [
        (e, u, ye, yu)
        for e, u in pairs
        for ye in ((0, 1) if e else (None,))
        for yu in ((0, 1) if u else (None,))
    ]


def observed(world):
    """Cells when the same people are seen exposed and unexposed: a lot that divided evenly."""
    exposed, unexposed = [0, 0, 0], [0, 0, 0]
    for _, _, ye, yu in world:
        exposed[0 if ye is None else 1 + ye] += 1
        unexposed[0 if yu is None else 1 + yu] += 1
    return tuple(exposed), tuple(unexposed)


def true_difference(world):
    always = [ye - yu for _, _, ye, yu in world if ye is not None and yu is not None]
    return sum(always) / len(always) if always else None


@pytest.mark.parametrize("assumption", ["more", "fewer", "none"])
def test_the_truth_lies_inside_in_every_world_and_the_ends_are_reached(assumption):
    worlds = {}
    for world in combinations_with_replacement(kinds(assumption), 4):
        worlds.setdefault(observed(world), []).append(true_difference(world))
    refused = 0
    for seen, truths in worlds.items():
        found = always_reporter_bounds(*rows(*seen), assumption=assumption)
        known = [truth for truth in truths if truth is not None]
        if isinstance(found, Refusal):
            # only where some world has nobody who reports either way
            assert len(known) < len(truths)
            refused += 1
            continue
        assert len(known) == len(truths)
        assert [found.low, found.high] == pytest.approx([min(known), max(known)], abs=1e-12)
    assert 0 < refused < len(worlds)


# properties

counts = st.tuples(*[st.integers(0, 6)] * 3)


@settings(max_examples=60)
@given(counts, counts, st.integers(0, 2), st.integers(0, 2))
def test_silence_contains_every_completion(exposed, unexposed, silent_e, silent_u):
    for assumption in ("more", "fewer", "none"):
        found = always_reporter_bounds(
            *rows((*exposed, silent_e), (*unexposed, silent_u)), assumption=assumption
        )
        ends = []
        for e, u in product(range(silent_e + 1), range(silent_u + 1)):
            full = (
                (exposed[0], exposed[1] + silent_e - e, exposed[2] + e),
                (unexposed[0], unexposed[1] + silent_u - u, unexposed[2] + u),
            )
            ends.append(always_reporter_bounds(*rows(*full), assumption=assumption))
        if isinstance(found, Refusal):
            assert all(isinstance(end, Refusal) for end in ends)
            continue
        assert found.low == pytest.approx(min(end.low for end in ends), abs=1e-12)
        assert found.high == pytest.approx(max(end.high for end in ends), abs=1e-12)
        assert -1 <= found.low <= found.high <= 1
        if not isinstance(found.limits, Refusal):
            assert found.limits.conf_low <= found.low + 1e-12
            assert found.limits.conf_high >= found.high - 1e-12


def test_an_assumption_narrows():
    data = rows((2, 4, 6), (3, 3, 5))
    wide, narrow = (always_reporter_bounds(*data, assumption=a) for a in ("none", "more"))
    assert wide.low <= narrow.low <= narrow.high <= wide.high


def test_order_of_rows_changes_nothing_and_clusters_count():
    data = rows((4, 8, 10), (9, 6, 4))
    cluster = np.tile(np.arange(7), 6)[: data.shape[1]]
    order = np.random.default_rng(0).permutation(data.shape[1])
    first = always_reporter_bounds(*data, assumption="more", cluster=cluster)
    second = always_reporter_bounds(*data[:, order], assumption="more", cluster=cluster[order])
    assert second == first
    assert first.n_clusters == 7
    twice = always_reporter_bounds(
        *np.hstack([data, data]), assumption="more", cluster=np.r_[cluster, cluster]
    )
    assert twice.se_low == pytest.approx(first.se_low)


# refusals


def test_refusals():
    def why(exposed, unexposed, assumption):
        return always_reporter_bounds(*rows(exposed, unexposed), assumption=assumption).why

    assert "nobody is unexposed" in why((1, 1, 1), (0, 0, 0), "more")
    assert "none of the exposed reported" in why((3, 0, 0), (1, 1, 1), "fewer")
    assert "against the assumption 'more'" in why((2, 1, 0), (1, 1, 1), "more")
    assert "against the assumption 'fewer'" in why((1, 1, 1), (2, 1, 0), "fewer")
    assert "need not be anyone" in why((2, 1, 1), (2, 1, 1), "none")
    alone = always_reporter_bounds(*rows((1, 1, 1), (1, 1, 1)), assumption="more", cluster=[1] * 6)
    assert "one cluster" in alone.limits.why
    assert alone.se_low == alone.limits
    data = rows((1, 1, 1), (1, 1, 1))
    apart = always_reporter_bounds(*data, assumption="more", cluster=data[0])
    assert "without one of the clusters" in apart.limits.why
    missing = always_reporter_bounds([1, np.nan], [1, 1], [1, 1], assumption="more")
    assert "not finite" in missing.why


def test_wrong_calls_list_every_fault():
    with pytest.raises(ValueError, match=r"exposed must.*reported must.*outcome must"):
        always_reporter_bounds([2, 1], [1, 3], [5, 1], assumption="more")
    with pytest.raises(ValueError, match="'more', 'fewer' or 'none'"):
        always_reporter_bounds([0, 1], [1, 1], [0, 1], assumption="both")
    with pytest.raises(ValueError, match="outcome has 1"):
        always_reporter_bounds([0, 1], [1, 1], [0], assumption="more")
