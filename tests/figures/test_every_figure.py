"""What holds for all figures: nothing cut, nothing overlapping, words, marks, stable bytes."""

import hashlib
import os
import subprocess
import sys

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest

from relatum.errors import ReportError
from relatum.figures import (
    alt_text,
    documentation_alt,
    draw_ages,
    draw_case_sizes,
    draw_documentation,
    draw_documentation_matrix,
    draw_prevalence,
    draw_published,
    draw_timeline,
    figure_style,
    render_figure,
    save_figure,
)

FIGURES = {
    "ages": lambda r: draw_ages(r["ages"], r["numbers"]),
    "victims": lambda r: draw_ages(r["ages"], only=["victim"]),
    "sizes": lambda r: draw_case_sizes(r["sizes"], r["arithmetic"]),
    "domains": lambda r: draw_documentation(r["documentation"]),
    "codes": lambda r: draw_documentation(
        r["documentation"], level="code", only=["violence", "rules", "isolation"]
    ),
    "matrix": lambda r: draw_documentation_matrix(r["documentation_matrix"]),
    "tactics": lambda r: draw_documentation_matrix(
        r["documentation_matrix"], only=["economic", "control", "violence"]
    ),
    "prevalence": lambda r: draw_prevalence(r["prevalence"], only=["composite", "domain"]),
    "dv": lambda r: draw_prevalence(r["prevalence"], only=["dv", "contrast", "barrier"]),
    "published": lambda r: draw_published(r["audit"], only=["victims", "suspects"]),
    "economic": lambda r: draw_published(r["audit"], only=["economic", "relationships"]),
    "reporting": lambda r: draw_published(
        r["audit"], only=["affection", "benefit", "coping", "escape", "reporting", "retraction"]
    ),
    "timeline": lambda r: draw_timeline(r["timeline"]),
}
EVERY = pytest.mark.parametrize("draw", FIGURES.values(), ids=FIGURES)


@EVERY
def test_words_are_whole_apart_and_legible(results, draw, check_words):
    check_words(draw(results))


@EVERY
def test_simulated_data_are_marked(results, draw, by_gid):
    ax = draw(results)
    marks = by_gid(ax, "simulated")
    is_anna = bool(by_gid(ax, "report"))
    assert [mark.get_text() for mark in marks] == ([] if is_anna else ["simulated data"])


@EVERY
def test_drawing_on_given_axes_makes_no_other_figure(results, draw):
    ax = draw(results)
    assert ax.figure.axes == [ax]
    assert len(plt.get_fignums()) == 1


def test_given_axes_are_used(results):
    _, (left, right) = plt.subplots(ncols=2)
    assert draw_case_sizes(results["sizes"], ax=left) is left
    assert draw_prevalence(results["prevalence"], only=["rules"], ax=right) is right
    assert len(plt.get_fignums()) == 1


def test_settings_of_matplotlib_return(results, word_boxes):
    mpl.rcParams["font.size"] = 31.0
    before = dict(mpl.rcParams)
    ax = draw_ages(results["ages"])
    render_figure(ax)
    assert dict(mpl.rcParams) == before
    assert max(text.get_fontsize() for text in word_boxes(ax, arrows=True)) < 10
    mpl.rcParams["font.size"] = 10.0


def test_the_style_wins_over_settings_of_the_user():
    with mpl.rc_context({"axes.grid": True, "lines.linewidth": 9}), figure_style():
        assert mpl.rcParams["axes.grid"] is False
        assert mpl.rcParams["lines.linewidth"] == 1.5


def test_a_program_that_shows_figures_chooses_their_dots_per_inch(results):
    with mpl.rc_context({"figure.dpi": 217}):
        assert draw_timeline(results["timeline"]).figure.dpi == 217


SCRIPT = """
import hashlib
from relatum.figures import draw_timeline, draw_documentation, render_figure
from relatum.models.documentation import describe_documentation
from relatum.models.timeline import trace_timeline
from relatum.release import Released
from relatum.samples import example_sample
from relatum.study import read_study

sample, study = example_sample("anna"), read_study()
for draw, fit in ((draw_timeline, trace_timeline), (draw_documentation, describe_documentation)):
    released = Released(result=fit(sample, study), profile="published", evidence=())
    for form in ("svg", "png", "pdf"):
        content = render_figure(draw(released), form=form, alt="words")
        print(form, hashlib.sha256(content).hexdigest())
"""


def test_bytes_do_not_depend_on_hash_seed_time_zone_or_day(tmp_path):
    outputs = set()
    for seed, zone, epoch in (("1", "UTC", "0"), ("77", "Pacific/Auckland", "99999999")):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "MPLBACKEND": "agg",
                       "SOURCE_DATE_EPOCH": epoch}  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env=environment, cwd=tmp_path, capture_output=True, text=True, check=True,
        )  # fmt: skip
        outputs.add(done.stdout)
    assert len(outputs) == 1
    assert outputs.pop().count("\n") == 6


def test_an_svg_repeats_and_carries_its_words(results, tmp_path):
    words = alt_text(results["ages"], results["numbers"])
    first, second = (
        render_figure(draw_ages(results["ages"], results["numbers"]), alt=words) for _ in "ab"
    )
    assert hashlib.sha256(first).digest() == hashlib.sha256(second).digest()
    assert words.encode() in first
    assert b"<dc:date>" not in first
    path = save_figure(
        draw_ages(results["ages"], results["numbers"]), tmp_path / "a.svg", alt=words
    )
    assert path.read_bytes() == first


def test_a_matrix_of_7081_cells_stays_a_small_vector_drawing(results):
    content = render_figure(draw_documentation_matrix(results["documentation_matrix"]))
    assert len(content) < 700_000
    assert b"<image" not in content


def test_an_unknown_format_is_refused(results, tmp_path):
    with pytest.raises(ReportError, match="'gif'; choose svg, png or pdf"):
        save_figure(draw_timeline(results["timeline"]), tmp_path / "a.gif")
    assert not list(tmp_path.iterdir())


def test_alternative_texts_hold_the_numbers(results):
    assert alt_text(results["sizes"], results["arithmetic"], only=["relationship"]) == (
        "Simulated data. Sizes of investigations by rank. Relationships per case: 73 in all, 12 "
        "investigations, the two largest hold 48 (sizes 26, 22); the 318 solutions of the "
        "published bands allow 42 to 53 of 73."
    )
    assert "17 to 19: 15 published, 15 in the sample" in alt_text(results["ages"])
    row = next(r for r in results["prevalence"].result.rows if r.term == "vio_physical")
    words = alt_text(results["prevalence"], only=["violence"])
    assert f"{row.label}, {row.n_present} of {row.n_units}" in words or "Violence, as" in words
    assert "Report: 0" in alt_text(results["timeline"])
    assert alt_text(results["timeline"]).startswith("The chapter")
    assert "97 codes by 73 relationships in 12 cases" in alt_text(results["documentation_matrix"])
    assert "16 domains by 8 kinds" in alt_text(results["documentation"])
    assert "8 codes by 8" in documentation_alt(
        results["documentation"], level="code", only=["rules"]
    )
    assert "9 equal the published figure" in alt_text(
        results["audit"], only=["victims", "suspects"]
    )


def test_only_released_results_of_the_right_kind_are_drawn(results):
    with pytest.raises(ReportError, match=r"not a bare 'Sizes'.*relatum\.release\.release"):
        draw_case_sizes(results["sizes"].result)
    with pytest.raises(ReportError, match="draws a result of the kind 'Sizes', not 'Timeline'"):
        draw_case_sizes(results["timeline"])
    with pytest.raises(ReportError, match="nothing to draw: ages: not available"):
        draw_ages(results["gone"])
    with pytest.raises(
        ReportError, match=r"no figure for 'Flow'; there are figures for: Comparison.*Distr"
    ):
        alt_text(results["flow"])
