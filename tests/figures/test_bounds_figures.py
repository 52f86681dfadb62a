"""Prevalence and published figures: what is drawn is what the result says."""

from dataclasses import replace

import pytest

from relatum.errors import ReportError
from relatum.figures import (
    draw_prevalence,
    draw_published,
    prevalence_source,
    published_source,
)
from relatum.schema.facts import load_facts

TACTICS = ("economic", "control", "rules", "isolation")


def test_bars_run_from_the_lower_to_the_upper_bound(results, by_gid):
    ax = draw_prevalence(results["prevalence"], only=TACTICS)
    rows = {row.term: row for row in results["prevalence"].result.rows}
    bars = by_gid(ax, "bounds-")
    assert len(bars) == sum(row.domain in TACTICS for row in rows.values())
    for bar in bars:
        row = rows[bar.get_gid().removeprefix("bounds-")]
        assert bar.get_x() == pytest.approx(row.n_present / row.n_units)
        end = (row.n_present + row.n_undocumented) / row.n_units
        assert bar.get_x() + bar.get_width() == pytest.approx(end)


def test_marks_show_the_documented_share_and_are_open_where_little_is_documented(results, by_gid):
    ax = draw_prevalence(results["prevalence"], only=TACTICS)
    rows = {row.term: row for row in results["prevalence"].result.rows}
    marks = by_gid(ax, "documented-")
    assert {mark.get_markerfacecolor() == "white" for mark in marks} == {True, False}
    for mark in marks:
        row = rows[mark.get_gid().removeprefix("documented-")]
        assert mark.get_xdata()[0] == pytest.approx(row.lower)
        assert (mark.get_markerfacecolor() == "white") == row.only_bounds


def test_counts_denominators_and_silence_are_printed(results, by_gid):
    ax = draw_prevalence(results["prevalence"], only=["violence"])
    row = next(r for r in results["prevalence"].result.rows if r.term == "vio_physical")
    texts = [text.get_text() for text in by_gid(ax, "number")]
    assert f"{row.n_present}/{row.n_units}" in texts
    assert str(row.n_undocumented) in texts


def test_a_population_that_is_not_all_units_stands_in_the_heading(results, by_gid):
    ax = draw_prevalence(results["prevalence"], only=["barrier"])
    heading = by_gid(ax, "heading")[0].get_text()
    assert heading == "Barriers to reporting (victims with a recorded contact with the police)"


def test_an_entity_can_be_chosen_and_rows_keep_its_order(results):
    terms = prevalence_source(results["prevalence"], only=["domain", "composite"])["term"].tolist()
    assert terms[0] == "dom_economic"
    assert terms[-1] == "composite_control_intimidation_violence"
    assert len(terms) == 8


def test_an_item_that_applies_to_nobody_is_said_so(results, released):
    result = results["prevalence"].result
    row = replace(
        result.rows[0], n_units=0, n_present=0, n_absent=0, n_undocumented=0, n_not_applicable=73,
        documented_share=None, lower=None, upper=None, width=None,
    )  # fmt: skip
    ax = draw_prevalence(released(replace(result, rows=(row,))))
    assert "applies to nobody" in [text.get_text() for text in ax.texts]


def test_more_rows_than_a_page_holds_are_refused_with_the_choices(results):
    with pytest.raises(ReportError, match=r"170 rows do not fit.*economic, control"):
        draw_prevalence(results["prevalence"])


def test_an_unknown_group_is_refused_with_the_choices(results):
    with pytest.raises(ReportError, match=r"'violent' is not a domain.*violence"):
        draw_prevalence(results["prevalence"], only=["violent"])
    with pytest.raises(ReportError, match="An empty choice is not a group"):
        draw_published(results["audit"], only=[])


def test_published_bounds_are_bars_and_the_sample_is_a_mark(results, by_gid):
    ax = draw_published(results["audit"], only=["victims", "suspects"])
    checks = {check.id: check for check in results["audit"].result.checks}
    hard, soft, marks = (by_gid(ax, start) for start in ("hard-", "soft-", "sample-"))
    assert len(marks) == 31
    for bar in hard:
        check = checks[bar.get_gid().removeprefix("hard-")]
        units = float(load_facts()[check.id].denominator)
        assert bar.get_x() == pytest.approx(check.lower_hard / units)
        assert bar.get_x() + bar.get_width() == pytest.approx(check.upper_hard / units)
    for drawn in soft:
        check = checks[drawn.get_gid().removeprefix("soft-")]
        units = float(load_facts()[check.id].denominator)
        start = drawn.get_x() if hasattr(drawn, "get_x") else drawn.get_xdata()[0]
        assert start == pytest.approx((check.lower_soft or check.lower_hard) / units)
    for mark in marks:
        check = checks[mark.get_gid().removeprefix("sample-")]
        units = float(load_facts()[check.id].denominator)
        assert mark.get_xdata()[0] == pytest.approx(check.value / units)


def test_exact_figures_are_lines_at_their_value(results, by_gid):
    ax = draw_published(results["audit"], only=["victims"])
    exact = {line.get_gid(): line.get_xdata() for line in by_gid(ax, "exact-")}
    assert exact["exact-F049"].tolist() == pytest.approx([54 / 76, 54 / 76])
    assert not by_gid(ax, "hard-F049")


def test_only_counts_out_of_known_units_are_drawn(results):
    source = published_source(results["audit"])
    drawn = set(source["id"])
    assert not drawn & {"F019", "F027", "F048", "F066", "F100"}
    assert {"F049", "F053"} <= drawn
    assert source["value"].between(0, 1).all()


def test_what_silence_allows_is_a_line_of_its_own(results, by_gid):
    ax = draw_published(results["audit"], only=["suspects"])
    check = next(check for check in results["audit"].result.checks if check.id == "F030")
    line = by_gid(ax, "silence-F030")[0]
    assert line.get_xdata().tolist() == pytest.approx([check.value / 70, check.value_most / 70])


def test_verdicts_differ_in_shape_not_in_colour_alone(anna, by_gid):
    ax = draw_published(anna["audit"], only=["violence"])
    checks = {check.id: check for check in anna["audit"].result.checks}
    shapes = {
        checks[mark.get_gid().removeprefix("sample-")].verdict: mark.get_marker()
        for mark in by_gid(ax, "sample-")
    }
    assert shapes["outside"] == "X"
    assert shapes["not_computable"] == "D"


def test_the_key_names_every_mark_that_is_drawn_and_no_other(results, anna):
    def key(released, group):
        legend = draw_published(released, only=[group]).get_legend()
        return [text.get_text() for text in legend.get_texts()]

    assert key(results["audit"], "coping") == [
        "published, strict reading",
        "published, usual reading",
        "sample: equal or in the usual range",
        "sample: silence allows up to",
    ]
    assert "sample: only within the strict range" in key(results["audit"], "economic")
    assert "sample: outside" in key(anna["audit"], "violence")
