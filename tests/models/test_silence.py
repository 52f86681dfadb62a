"""What silence would have to hide: by hand, in closed form, and over every completion."""

import dataclasses
import itertools

import numpy as np
import pandas as pd
import pytest

from relatum.models.counting import prevalence_row
from relatum.models.silence import estimate_silence, weigh_silence
from relatum.results import Unavailable
from relatum.results.codec import decode, encode
from relatum.results.silence import SilenceSensitivity
from relatum.samples import example_sample

SMALL = [c for c in itertools.product(range(5), repeat=3) if sum(c)]


def counted(study, present, absent, undocumented, *, entity="tactic"):
    codes = np.repeat(np.array([2, 0, 1], dtype=np.int8), (present, absent, undocumented))
    return prevalence_row(
        codes,
        study.prevalence,
        term="t",
        label="T",
        entity=entity,
        domain="violence",
        unit="relationship",
        population="all relationships",
    )


@pytest.fixture
def weigh(study):
    def weighed(*counts, threshold=0.5, entity="tactic"):
        return weigh_silence(counted(study, *counts, entity=entity), threshold=threshold)

    return weighed


@pytest.fixture(scope="module")
def shipped(study):
    return estimate_silence(example_sample("simulated"), study)


def test_by_hand(weigh):
    # 30 present, 20 absent, 23 silent: odds 1.5 where documented. At ratio 1/2 they are 3/4, so
    # 3/7 of the 23. Half of 73 needs 6.5 of the 23: odds 6.5/16.5, ratio (6.5/16.5)/1.5.
    row = weigh(30, 20, 23)
    assert row.monotone_upper == pytest.approx(0.6)
    assert row.shares[0] == pytest.approx(30 / 73)
    assert row.shares[2] == pytest.approx((30 + 23 * 3 / 7) / 73)
    assert row.tipping_ratio == pytest.approx(6.5 / 16.5 / 1.5)
    assert (row.monotone_why, row.shares_why, row.tipping_why) == ("", "", "")


@pytest.mark.parametrize("counts", SMALL)
def test_every_completion_lies_inside_the_bounds(weigh, counts):
    present, _, undocumented = counts
    row, n = weigh(*counts), sum(counts)
    completions = {
        (present + sum(fill)) / n for fill in itertools.product((0, 1), repeat=undocumented)
    }
    assert (row.counted.lower, row.counted.upper) == (min(completions), max(completions))
    inside = [*row.shares, *([] if row.monotone_upper is None else [row.monotone_upper])]
    assert all(row.counted.lower - 1e-12 <= s <= row.counted.upper + 1e-12 for s in inside)
    if row.tipping_ratio is None:
        assert row.tipping_why
        assert 0 in counts[:2] or not min(completions) < 0.5 < max(completions)
    else:
        assert min(completions) < 0.5 < max(completions)


@pytest.mark.parametrize("counts", [c for c in SMALL if min(c)])
@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.7])
def test_closed_form(weigh, counts, threshold):
    n1, n0, silent = counts
    n, row = sum(counts), weigh(*counts, threshold=threshold)
    for mark, share in zip((0, 0.25, 0.5, 1), row.shares, strict=True):
        assert share == pytest.approx((n1 + silent * mark * n1 / (mark * n1 + n0)) / n)
    assert list(row.shares) == sorted(set(row.shares))
    assert row.shares[0] == pytest.approx(row.counted.lower)
    assert row.shares[-1] == pytest.approx(n1 / (n1 + n0))
    assert row.monotone_upper == pytest.approx(row.shares[-1])
    if row.tipping_ratio is not None:
        odds = row.tipping_ratio * n1 / n0
        assert (n1 + silent * odds / (1 + odds)) / n == pytest.approx(threshold)
    else:
        assert n1 / n >= threshold or (n1 + silent) / n <= threshold


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ((8, 1, 1), "at least the threshold"),
        ((1, 8, 1), "at most the threshold"),
        ((5, 4, 1), "at least the threshold"),
        ((4, 0, 6), "same status"),
        ((0, 4, 6), "same status"),
        ((0, 0, 6), "nothing is documented"),
        ((0, 0, 0), "no unit"),
    ],
)
def test_where_no_ratio_changes_the_conclusion_words_say_so(weigh, counts, words):
    row = weigh(*counts)
    assert row.tipping_ratio is None
    assert words in row.tipping_why


def test_no_grading_where_all_that_is_documented_is_the_same(weigh):
    for counts in ((4, 0, 6), (0, 4, 6)):
        assert weigh(*counts).shares == ()
        assert "same status" in weigh(*counts).shares_why
    assert weigh(4, 0, 0).shares == (1, 1, 1, 1)


@pytest.mark.parametrize("entity", ["bond", "coping", "coping_group"])
def test_monotone_documentation_is_not_assumed_of_bonds_and_coping(weigh, entity):
    row = weigh(3, 2, 4, entity=entity)
    assert row.monotone_upper is None
    assert "bonds and coping" in row.monotone_why
    assert len(row.shares) == 4
    assert weigh(3, 2, 0, entity=entity).monotone_upper == pytest.approx(0.6)


def test_monotone_bounds_need_documentation(weigh):
    assert weigh(0, 0, 3).monotone_why == "nothing is documented"
    assert weigh(0, 0, 0).monotone_upper is None
    assert "single part" in weigh(3, 2, 4, entity="derived").monotone_why


def test_the_shipped_sample(shipped):
    assert isinstance(shipped, SilenceSensitivity)
    assert shipped.threshold == 0.5
    assert {row.counted.entity for row in shipped.rows} == {
        "derived", "domain", "tactic_group", "coping_group", "tactic", "bond", "coping",
    }  # fmt: skip
    assert len(set(shipped.terms)) == len(shipped.rows)
    for row in shipped.rows:
        assert (row.monotone_upper is None) == bool(row.monotone_why)
        assert (row.tipping_ratio is None) == bool(row.tipping_why)
        assert (row.shares == ()) == bool(row.shares_why)
    assert decode(SilenceSensitivity, encode(shipped)) == shipped


def test_tidy_has_numbers_or_reasons(shipped):
    frame = shipped.tidy()
    assert len(frame) == len(shipped.rows)
    assert [c for c in frame if c.startswith("share_at")] == [
        "share_at_0", "share_at_0.25", "share_at_0.5", "share_at_1",
    ]  # fmt: skip
    locked = frame.set_index("term").loc["iso_locked_in"]
    assert locked["tipping_ratio"] == pytest.approx(13.5 / 29.5 / (23 / 7))
    assert locked["monotone_upper"] == pytest.approx(23 / 30)
    love = frame.set_index("term").loc["att_love"]
    assert love["monotone_upper"] is pd.NA
    assert str(shipped).startswith("What silence would have to hide")


def test_the_threshold_is_that_of_the_plan(study):
    plan = dataclasses.replace(
        study, multiverse=dataclasses.replace(study.multiverse, threshold=0.4)
    )
    found = estimate_silence(example_sample("simulated"), plan)
    row = next(row for row in found.rows if row.term == "iso_locked_in")
    assert row.tipping_ratio == pytest.approx((6.2 / 36.8) / (23 / 7))


def test_an_empty_sample_gives_a_reason(empty, study):
    found = estimate_silence(empty, study)
    assert isinstance(found, Unavailable)
    assert "no relationship" in found.why
