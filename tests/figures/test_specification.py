"""The specification curve: what is drawn is what the result holds."""

import pytest

from relatum.errors import ReportError
from relatum.figures import alt_text, draw_specification, figure_style, render_figure
from relatum.figures.specification import specification_source
from relatum.figures.style import figure_of
from relatum.models.multiverse import run_multiverse
from relatum.release import release_all
from relatum.results.multiverse import Branch, Multiverse, MultiverseAxis, MultiverseTerm
from relatum.samples import example_sample
from relatum.study import read_study


@pytest.fixture(scope="module")
def curve():
    sample = example_sample("simulated")
    found = run_multiverse(sample, read_study(), terms=["dom_rules", "dom_violence"])
    return release_all({"multiverse": found}, sample=sample, profile="none")["multiverse"]


def lower(ax):
    return ax.child_axes[-1]


def test_estimates_rise_and_the_main_one_is_marked(curve, by_gid):
    ax = draw_specification(curve, term="dom_rules")
    (dots,) = by_gid(ax, "estimates")
    heights = dots.get_ydata()
    assert len(heights) == 127
    assert list(heights) == sorted(heights)
    (main,) = by_gid(ax, "main")
    branches = curve.result.terms[0].branches
    assert main.get_ydata()[0] == branches[0].estimate
    (limits,) = by_gid(ax, "limits")
    assert len(limits.get_segments()) == sum(b.conf_low is not None for b in branches)


def test_every_branch_stands_under_one_option_of_each_choice(curve, by_gid):
    ax = draw_specification(curve)
    for axis in curve.result.axes:
        marks = by_gid(lower(ax), f"option-{axis.name}-")
        places = sorted(at for artist in marks for at in artist.get_xdata())
        assert places == list(range(1, 129))


def test_the_source_is_what_is_drawn(curve, by_gid):
    source = specification_source(curve, term="dom_violence")
    assert source["rank"].tolist() == list(range(1, 129))
    assert source["main"].sum() == 1
    ax = draw_specification(curve, term="dom_violence")
    (main,) = by_gid(ax, "main")
    assert main.get_xdata()[0] == source.loc[source["main"], "rank"].iloc[0]


def test_words_and_mark(curve, by_gid):
    text = alt_text(curve, only=["dom_rules"])
    assert text.startswith("Simulated data. Specification curve of Rules")
    assert "128 combinations of 7 choices" in text
    assert by_gid(draw_specification(curve), "simulated")


def test_nothing_is_cut(curve):
    ax = draw_specification(curve)
    figure = figure_of(ax)
    with figure_style():
        figure.canvas.draw()
        box = figure.bbox
        for held in (ax, lower(ax)):
            for text in held.texts:
                if text.get_text():
                    extent = text.get_window_extent()
                    assert extent.x0 >= box.x0 - 0.5, text.get_text()
                    assert extent.x1 <= box.x1 + 0.5, text.get_text()
                    assert extent.y0 >= box.y0 - 0.5, text.get_text()


def test_bytes_do_not_change(curve):
    one, two = (render_figure(draw_specification(curve), form="svg") for _ in range(2))
    assert one == two


def branch(option, estimate):
    return Branch(
        options=(option,), n_units=4, n_present=2, n_cases=2, estimate=estimate,
        conf_low=None, conf_high=None, why="2 investigations",
    )  # fmt: skip


def test_branches_without_limits_or_estimates(curve, released, by_gid):
    axis = MultiverseAxis(name="w", label="W", options=("a", "b"), option_labels=("A", "B"))
    held = curve.result.terms[0]

    def made(*branches):
        term = MultiverseTerm(
            term="x", label="X", branches=branches, effects=held.effects[:0], n_above=0,
            n_limits_above=0, n_limits_below=0, low=None, high=None,
        )  # fmt: skip
        return released(
            Multiverse(
                axes=(axis,),
                terms=(term,),
                refused=(),
                threshold=0.5,
                conf_level=0.95,
                provenance=curve.result.provenance,
            )
        )

    (limits,) = by_gid(draw_specification(made(branch("a", 0.5), branch("b", None))), "limits")
    assert limits.get_segments() == []
    with pytest.raises(ReportError, match="no branch of 'x' has an estimate"):
        draw_specification(made(branch("a", None), branch("b", None)))
    with pytest.raises(ReportError, match="'tea' has no specification curve"):
        draw_specification(curve, term="tea")
