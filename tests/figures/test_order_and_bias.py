"""Order of first record and the bias demonstration: what is drawn is what the result says."""

import dataclasses

import matplotlib.pyplot as plt
import pytest

from relatum.errors import ReportError
from relatum.figures.depth_bias import depth_bias_alt, depth_bias_source, draw_depth_bias
from relatum.figures.order import draw_order, order_alt, order_source
from relatum.figures.style import render_figure
from relatum.models.composites import describe_composites
from relatum.models.depth_bias import demonstrate_bias
from relatum.release import release
from relatum.results.base import Unavailable
from relatum.samples import example_sample
from relatum.study import read_study


@pytest.fixture(scope="module")
def composites():
    sample = example_sample("simulated")
    return release(describe_composites(sample, read_study()), sample=sample, profile="none")


@pytest.fixture(scope="module")
def bias():
    sample = example_sample("simulated")
    return release(demonstrate_bias(sample, read_study()), sample=sample, profile="none")


@pytest.fixture
def drawn(composites, bias):
    return {
        "order": lambda: draw_order(composites),
        "declared": lambda: draw_order(composites, only=["declared"]),
        "bias": lambda: draw_depth_bias(bias),
    }


@pytest.mark.parametrize("name", ["order", "declared", "bias"])
def test_words_are_whole_apart_and_legible(drawn, name, check_words):
    check_words(drawn[name]())


@pytest.mark.parametrize("name", ["order", "bias"])
def test_simulated_data_are_marked_and_bytes_repeat(drawn, by_gid, name):
    ax = drawn[name]()
    assert [mark.get_text() for mark in by_gid(ax, "simulated")] == ["simulated data"]
    assert render_figure(ax) == render_figure(drawn[name]())


def test_bars_are_the_shares_of_the_dated_relationships(composites, by_gid):
    ax = draw_order(composites)
    for row in composites.result.order:
        dated = row.n_first + row.n_overlap + row.n_second
        start = 0.0
        for kind, count in (
            ("first", row.n_first), ("overlap", row.n_overlap), ("second", row.n_second),
        ):  # fmt: skip
            (bar,) = by_gid(ax, f"{kind}-{row.first}-{row.second}")
            assert bar.get_x() == pytest.approx(start)
            assert bar.get_width() == pytest.approx(count / dated)
            start += bar.get_width()
        assert start == pytest.approx(1)
    assert len(by_gid(ax, "node")) == 2 * len(composites.result.order)


def test_counts_and_names_are_printed_in_the_order_of_the_rows(composites, by_gid):
    ax = draw_order(composites, only=["declared"])
    rows = composites.result.order[:3]
    assert [text.get_text() for text in by_gid(ax, "count")] == [
        str(n) for row in rows for n in (row.n_first, row.n_second)
    ]
    assert [text.get_text() for text in by_gid(ax, "number")] == [
        words
        for row in rows
        for words in (str(row.n_overlap), str(row.n_undated), f"{row.p_adjusted:.3f}")
    ]
    assert [text.get_text() for text in by_gid(ax, "name")][:2] == [
        "Economic", "Control and monitoring",
    ]  # fmt: skip


def test_the_parts_of_a_bar_differ_in_grey(composites, by_gid):
    ax = draw_order(composites, only=["declared"])
    greys = []
    for kind in ("first", "overlap", "second"):
        bar = by_gid(ax, f"{kind}-economic-control")[0]
        red, green, blue, _ = bar.get_facecolor()
        greys.append(0.299 * red + 0.587 * green + 0.114 * blue)
    first, overlap, second = greys
    assert second - first > 0.25
    assert overlap - second > 0.25
    assert by_gid(ax, "overlap-economic-control")[0].get_hatch()


def test_a_pair_without_dates_is_said_so(composites, released, by_gid):
    row = dataclasses.replace(
        composites.result.order[0], n_first=0, n_second=0, n_overlap=0, p_value=None,
        p_adjusted=None, smallest_p=None,
    )  # fmt: skip
    held = released(dataclasses.replace(composites.result, order=(row,)))
    ax = draw_order(held)
    assert by_gid(ax, "empty-economic-control")[0].get_text() == "none dated in both"
    assert by_gid(ax, "number")[-1].get_text() == "–"
    small = dataclasses.replace(row, p_adjusted=1e-7)
    held = released(dataclasses.replace(composites.result, order=(small,)))
    assert by_gid(draw_order(held), "number")[-1].get_text() == "<0.001"


def test_order_source_and_words(composites):
    assert len(order_source(composites)) == 15
    assert order_source(composites, only=["declared"])["first"].tolist() == [
        "economic", "control", "economic",
    ]  # fmt: skip
    words = order_alt(composites, only=["declared"])
    assert words.startswith("Simulated data. Order of the first dated records of 3 pairs")
    assert "Economic first in 13, Control and monitoring first in 15, 6 share a day" in words
    assert words.endswith("0 of the pairs differ from an even split at 5%.")


def test_nothing_to_order(composites, released):
    gone = Unavailable(what="order of first record", why="no record of a domain has a date")
    held = released(dataclasses.replace(composites.result, order=gone))
    for function in (draw_order, order_source, order_alt):
        with pytest.raises(ReportError, match="nothing to draw: order of first record"):
            function(held)
    with pytest.raises(ReportError, match="'all' is not a family"):
        draw_order(composites, only=["all"])


def test_means_and_ranges_are_those_of_the_result(bias, by_gid):
    ax = draw_depth_bias(bias)
    steps = bias.result.steps
    (line,) = by_gid(ax, "means")
    assert line.get_ydata().tolist() == pytest.approx([step.mean for step in steps])
    for step in steps:
        (bar,) = by_gid(ax, f"range-{step.rule}")
        assert list(bar.get_ydata()) == [step.low, step.high]


def test_registry_values_are_hollow_and_their_source_is_named(bias, by_gid):
    ax = draw_depth_bias(bias)
    for row in bias.result.published:
        (mark,) = by_gid(ax, f"registry-{row.rule}")
        assert mark.get_markerfacecolor() == "white"
        assert mark.get_ydata()[0] == row.mean
        (line,) = by_gid(ax, f"registry-range-{row.rule}")
        assert list(line.get_ydata()) == [row.low, row.high]
    words = " ".join(text.get_text() for text in ax.get_legend().get_texts())
    assert "CTDC Global Synthetic Data, North American subset; 63,755 women" in words
    assert "without any association" in words


def test_numbers_of_records_stand_under_each_treatment(bias):
    ax = draw_depth_bias(bias)
    labels = [label.get_text().split("\n") for label in ax.get_xticklabels()]
    assert [lines[-2] for lines in labels] == [
        f"simulated: {step.n_records:,}" for step in bias.result.steps
    ]
    assert [lines[-1] for lines in labels] == [
        "registry: 63,755", "registry: 28,056", "registry: 16,022", "registry: not known",
    ]  # fmt: skip


def test_the_demonstration_is_marked_with_any_sample(by_gid):
    sample = example_sample("anna")
    held = release(demonstrate_bias(sample, read_study()), sample=sample, profile="published")
    assert not held.simulated
    assert by_gid(draw_depth_bias(held), "simulated")
    assert depth_bias_alt(held).startswith("Simulated data.")


def test_a_treatment_without_a_phi_is_left_out(bias, released, by_gid):
    steps = bias.result.steps
    none = dataclasses.replace(steps[3], mean=None, low=None, high=None, why="no pair varies")
    held = released(dataclasses.replace(bias.result, steps=(*steps[:3], none)))
    ax = draw_depth_bias(held)
    assert len(by_gid(ax, "means")[0].get_ydata()) == 3
    assert "both items documented" not in depth_bias_alt(held)


def test_bias_source_and_words(bias):
    frame = depth_bias_source(bias)
    assert frame["rule"].tolist() == ["all", "at_least_one", "at_least_two", "documented_pairs"]
    words = depth_bias_alt(bias)
    assert "in 20,000 records (public registry 0.178)" in words


def test_given_axes_are_used(composites, bias):
    _, (left, right) = plt.subplots(ncols=2)
    assert draw_order(composites, left) is left
    assert draw_depth_bias(bias, right) is right
    assert len(plt.get_fignums()) == 1


def test_other_results_are_refused(composites, bias):
    with pytest.raises(ReportError, match="draws a result of the kind 'CompositeClaims'"):
        draw_order(bias)
    with pytest.raises(ReportError, match="not a bare 'CompositeClaims'"):
        draw_depth_bias(composites.result)
