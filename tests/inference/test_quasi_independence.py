"""Kendall's tau of entry and event: by hand, against R's survival 3.5.3, and by brute force."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from relatum.inference import quasi_independence
from relatum.inference.common import Refusal
from relatum.inference.quasi_independence import ConditionalTau, conditional_tau

# counts, and arithmetic on them
EXACT = 1e-10


# by hand


def test_four_units_by_hand():
    # entries 0 1 2 3, times 5 4 6 9; the last is cut off. The first to enter came second.
    found = conditional_tau([0, 1, 2, 3], [5, 4, 6, 9], [1, 1, 1, 0])
    assert (found.n_comparable, found.n_concordant, found.n_discordant) == (6, 5, 1)
    assert found.estimate == pytest.approx(4 / 6, abs=EXACT)
    # at 4, 5 and 6 there are 4, 3 and 2 at risk: (r^2 - 1) / 3 each
    variance = (16 - 1) / 3 + (9 - 1) / 3 + (4 - 1) / 3
    assert found.null_statistic == pytest.approx(4 / math.sqrt(variance), abs=EXACT)
    assert found.null_p_value == pytest.approx(2 * stats.norm.sf(4 / math.sqrt(variance)))
    # without each: 3 of 3, 3 of 3, (2 - 1) / 3, (2 - 1) / 3
    left = np.array([1, 1, 1 / 3, 1 / 3])
    error = math.sqrt(3 / 4 * ((left - left.mean()) ** 2).sum())
    assert found.limits.std_error == pytest.approx(error, abs=EXACT)
    assert found.limits.df == 3
    assert (found.limits.conf_low, found.limits.conf_high) == (-1, 1)
    half = conditional_tau([0, 1, 2, 3], [5, 4, 6, 9], [1, 1, 1, 0], conf_level=0.5).limits
    assert half.conf_low == pytest.approx(4 / 6 - stats.t.ppf(0.75, 3) * error, abs=EXACT)


def test_which_pairs_can_be_compared():
    # the second entered when the first had its event; at an entry nobody is at risk yet
    assert conditional_tau([0, 5], [5, 9], [1, 1]).why == "no two of them can be compared"
    assert conditional_tau([0, 4.9], [5, 9], [1, 1]).n_concordant == 1
    # a first time that is no event says nothing about the order
    assert isinstance(conditional_tau([0, 1], [5, 9], [0, 1]), Refusal)
    # equal entries, and equal event times
    assert isinstance(conditional_tau([1, 1], [5, 9], [1, 1]), Refusal)
    assert isinstance(conditional_tau([0, 1], [5, 5], [1, 1]), Refusal)
    # an event comes before an end of observation at the same time
    assert conditional_tau([0, 1], [5, 5], [1, 0]).n_concordant == 1


def test_ties_by_hand():
    # at 5 one of the two with events has the entry of the one that stays; at 7 one is left
    found = conditional_tau([1, 2, 2, 3], [5, 5, 7, 9], [1, 1, 1, 0])
    # with the first: (2, 7), (3, 9); with the second: (3, 9); with the third: (3, 9)
    assert (found.n_concordant, found.n_discordant) == (4, 0)
    # scores at 5: 3, 0, 0, -3; two of four are drawn. At 7: 1 and -1, one of two is drawn
    variance = 2 * 2 / 3 * 18 / 4 + 1
    assert found.null_statistic == pytest.approx(4 / math.sqrt(variance), abs=EXACT)


# against R


@pytest.fixture(scope="module")
def simulated(reference):
    case = reference("cc0", "surv_quasi_independence")
    return case.table(), case.values


@pytest.mark.parametrize("kind", ["cases", "rows"])
def test_jackknife_of_r(simulated, kind):
    table, values = simulated
    cluster = table["case"] if kind == "cases" else None
    found = conditional_tau(table["entry"], table["time"], table["event"], cluster=cluster)
    counts = (values["n_concordant"], values["n_discordant"])
    assert (found.n_concordant, found.n_discordant) == counts
    assert found.estimate == pytest.approx(values["tau"], abs=EXACT)
    expected = values[f"jackknife_{kind}"]
    assert found.limits.std_error == pytest.approx(expected["std_error"], abs=EXACT)
    assert found.limits.p_value == pytest.approx(expected["p"], abs=EXACT)
    assert found.limits.conf_low == pytest.approx(expected["low"], abs=EXACT)
    assert found.limits.conf_high == pytest.approx(expected["high"], abs=EXACT)


def test_influence_of_r(simulated):
    table, values = simulated
    found = conditional_tau(table["entry"], table["time"], table["event"])
    rows = math.sqrt((found.influence**2).sum())
    cases = math.sqrt((np.bincount(table["case"].astype(int), found.influence) ** 2).sum())
    assert rows == pytest.approx(values["infinitesimal_se_rows"], abs=EXACT)
    assert cases == pytest.approx(values["infinitesimal_se_cases"], abs=EXACT)
    assert found.influence.sum() == pytest.approx(0, abs=1e-12)


def test_score_test_of_r(simulated):
    table, values = simulated
    time = table["time"].copy()
    for t in np.unique(time[table["event"] == 1]):
        at = np.flatnonzero((table["time"] == t) & (table["event"] == 1))
        time[at] += np.arange(len(at)) / 100
    found = conditional_tau(table["entry"], time, table["event"])
    assert found.n_concordant == values["untied"]["n_concordant"]
    # coxph adds up over rows in another order
    assert found.null_statistic**2 == pytest.approx(values["untied"]["tsai_chisq"], abs=1e-8)


# by brute force


def brute(entry, time, event):
    """Concordant and discordant pairs, one by one, and Tsai's variance over draws."""
    found = []
    for i, j in itertools.permutations(range(len(time)), 2):
        first = event[i] and (time[i] < time[j] or (time[i] == time[j] and not event[j]))
        if first and entry[j] < time[i] and entry[i] != entry[j]:
            found.append(1 if entry[i] < entry[j] else -1)
    variance = 0.0
    for t in {time[i] for i in range(len(time)) if event[i]}:
        risk = [i for i in range(len(time)) if entry[i] < t <= time[i]]
        n = sum(1 for i in risk if event[i] and time[i] == t)
        sums = [
            sum(np.sign(entry[j] - entry[i]) for i in drawn for j in risk)
            for drawn in itertools.combinations(risk, n)
        ]
        variance += np.var(sums)
    return found.count(1), found.count(-1), variance


units = st.lists(
    st.tuples(st.integers(0, 6), st.integers(1, 6), st.booleans(), st.integers(0, 3)),
    min_size=2,
    max_size=9,
)


@given(units)
@settings(max_examples=60)
def test_brute_force(rows):
    entry, wait, event, cluster = map(np.array, zip(*rows, strict=True))
    found = conditional_tau(entry, entry + wait, event, cluster=cluster)
    more, fewer, variance = brute(entry, entry + wait, event)
    if isinstance(found, Refusal):
        assert more + fewer == 0
        return
    assert (found.n_concordant, found.n_discordant) == (more, fewer)
    assert found.null_statistic == pytest.approx((more - fewer) / math.sqrt(variance))
    if isinstance(found.limits, Refusal):
        return
    left = []
    for label in np.unique(cluster):
        kept = cluster != label
        n = brute(entry[kept], (entry + wait)[kept], event[kept])
        left.append((n[0] - n[1]) / (n[0] + n[1]))
    g = len(left)
    error = math.sqrt((g - 1) / g * ((np.array(left) - np.mean(left)) ** 2).sum())
    assert found.limits.std_error == pytest.approx(error, abs=EXACT)
    assert found.limits.conf_low <= found.estimate <= found.limits.conf_high


def test_order_of_rows_and_unit_of_time_change_nothing(simulated):
    table, _ = simulated
    mixed = np.random.default_rng(1).permutation(len(table["time"]))
    first = conditional_tau(*(table[k] for k in ("entry", "time", "event")), cluster=table["case"])
    entry, time = table["entry"][mixed] / 7 + 3, table["time"][mixed] / 7 + 3
    other = conditional_tau(entry, time, table["event"][mixed], cluster=table["case"][mixed])
    assert other.estimate == first.estimate
    assert other.limits.conf_low == pytest.approx(first.limits.conf_low, abs=EXACT)
    assert other.null_statistic == pytest.approx(first.null_statistic, abs=EXACT)
    assert other.influence == pytest.approx(first.influence[mixed], abs=EXACT)


def test_later_entry_turned_round_turns_the_sign():
    rng = np.random.default_rng(4)
    entry, event = rng.random(30), rng.random(30) < 0.7
    time = 1 + rng.random(30)
    found = conditional_tau(entry, time, event)
    assert conditional_tau(-entry, time, event).estimate == pytest.approx(-found.estimate)


def test_blocks_add_up(simulated, monkeypatch):
    table, _ = simulated
    given_rows = [table[k] for k in ("entry", "time", "event")]
    whole = conditional_tau(*given_rows, cluster=table["case"])
    monkeypatch.setattr(quasi_independence, "_BLOCK", 200)
    parts = conditional_tau(*given_rows, cluster=table["case"])
    assert parts.limits == whole.limits


# refusals and wrong calls


@pytest.mark.parametrize(
    ("entry", "time", "event", "words"),
    [
        ([], [], [], "there is no row"),
        ([0, np.nan], [1, 2], [1, 1], "entry hold 1 value that is not finite"),
        ([0, 2], [1, 2], [1, 1], "1 row ends before or at the entry"),
        ([3, 2], [1, 2], [1, 1], "2 rows end before or at the entry"),
        ([0, 1], [3, 4], [0, 0], "no two of them can be compared"),
    ],
)
def test_refusals(entry, time, event, words):
    found = conditional_tau(entry, time, event)
    assert isinstance(found, Refusal)
    assert found.why == words


@pytest.mark.parametrize(
    ("cluster", "words"),
    [
        ([1, 1, 1, 1], "there is one cluster"),
        ([1, 1, 1, 2], "without one of the clusters no two units can be compared"),
        ([1, 2, 3, 4], "leaving out a cluster never changes it"),
    ],
)
def test_limits_are_refused(cluster, words):
    entry = [0, 1, 2, 3]
    found = conditional_tau(entry, [4, 5, 6, 7], [1, 1, 1, 1], cluster=cluster)
    if cluster == [1, 1, 1, 2]:
        found = conditional_tau(entry, [4, 5, 6, 7], [1, 0, 0, 0], cluster=[2, 1, 1, 1])
    assert isinstance(found, ConditionalTau)
    assert found.estimate == 1
    assert found.limits.why == words


def test_wrong_calls():
    with pytest.raises(ValueError, match="conf_level"):
        conditional_tau([0], [1], [1], conf_level=95)
    with pytest.raises(ValueError, match="cluster must have one label per row"):
        conditional_tau([0, 1], [2, 3], [1, 1], cluster=[1])
    with pytest.raises(ValueError, match="event must hold numbers from 0 to 1"):
        conditional_tau([0, 1], [2, 3], [1, 2])
