"""Figures of the comparison: what is drawn is what the results say, in units of the margins."""

import math
from dataclasses import replace
from itertools import pairwise

import matplotlib.pyplot as plt
import pytest
from matplotlib.colors import to_rgb

from relatum.errors import ReportError
from relatum.figures import (
    alt_text,
    comparison_curves_source,
    comparison_paired_source,
    comparison_slope_source,
    comparison_verdicts_source,
    draw_comparison_curves,
    draw_comparison_paired,
    draw_comparison_slope,
    draw_comparison_verdicts,
    render_figure,
)
from relatum.figures.comparison_units import has_place, in_margins
from relatum.release import Released
from relatum.results.base import Provenance, Unavailable
from relatum.results.comparison import CodedContrast, ComparedRow, Comparison
from relatum.results.comparison_profile import ComparisonProfile, CurvePoint, ProfilePoint
from relatum.schema.parallels import load_parallels

SIMULATED = Provenance(
    relatum_version="0", schema_version="0", sample_name="hand", sample_fingerprint="0",
    sample_origin="simulated",
)  # fmt: skip
GONE = Unavailable(what="comparison", why="there is one case only")
MATRIX = load_parallels()


def let_out(result):
    return Released(result=result, profile="none", evidence=())


def coded(coding, estimate, inner=None, outer=None, *, standardised=True):
    inner = inner or (estimate - 0.05, estimate + 0.05)
    outer = outer or inner
    return CodedContrast(
        coding=coding, standardised=standardised, estimate=estimate, conf_low_90=inner[0],
        conf_high_90=inner[1], conf_low_95=outer[0], conf_high_95=outer[1], p_value=0.2,
    )  # fmt: skip


def crossed(first, second):
    return (coded("low_high", first), coded("high_low", second))


def row(name, verdict="not_shown", contrasts=None, **changes):
    """Return a row as the matrix words it, with contrasts by hand."""
    held = MATRIX[name]
    low = held.margin_low
    centre = 1.0 if (low or -1) > 0 else 0.0
    values = {
        "id": name, "family": held.family, "characteristic": held.dv_characteristic,
        "estimand": held.estimand, "scale": held.scale, "measure": "", "unit": "", "among": "",
        "kind": held.kind, "contrast": held.contrast, "primary": held.primary,
        "margin_low": low, "margin_high": held.margin_high, "margin_type": held.margin_type,
        "margin_reason": "", "trafficking": None, "domestic_violence": None,
        "contrasts": crossed(centre - 0.02, centre + 0.03) if contrasts is None else contrasts,
        "verdict": verdict, "verdict_before": verdict, "why": "by hand", "p_value": 0.2,
        "p_holm": 1.0, "within_low": None, "within_high": None, "undocumented_sum": None,
        "power": None, "smallest_margin": None, "cases_needed": None, "leave_out_low": None,
        "leave_out_high": None, "verdict_unstandardised": verdict, "main_threat": "",
    }  # fmt: skip
    return ComparedRow(**{**values, **changes})


def described(name):
    return row(name, "described", (), margin_low=None, margin_high=None)


ROWS = (
    described("P01"),
    row("P02", "equivalent", crossed(-0.03, 0.06)),
    row("P03", contrasts=(coded("low_high", 0.25, (0.1, 0.5), (0.0, 0.6), standardised=False),
                          coded("high_low", 2.0, (1.0, 4.0), standardised=False))),
    row("P08", "not_inferior", crossed(-0.075, 0.3)),
    row("P12", "unavailable", ()),
    row("P27", contrasts=(coded("low_high", 0.0, (-0.25, None), (-0.25, None)),
                          coded("high_low", 0.75, (0.5, None), (0.5, None)))),
    row("P32", "detected", crossed(-0.6, -0.62)),
    row("P35", "not_detected", crossed(-2.0, 0.8)),
    row("P36", "described", ()),
)  # fmt: skip
VERDICTS = ("not_shown", "void", "equivalent", "different")


def whole_matrix():
    """Return the matrix as it ships, with silence that pulls both codings far apart."""
    rows = []
    for at, (name, held) in enumerate(MATRIX.items()):
        if held.margin_low is None:
            rows.append(described(name))
        else:
            verdict = "not_detected" if held.contrast else VERDICTS[at % len(VERDICTS)]
            far = crossed(0.4, 2.0) if held.margin_low > 0 else crossed(-0.7, 0.8)
            rows.append(row(name, verdict, far))
    return rows


def comparison(rows=ROWS, **changes):
    made = Comparison(
        title="Trafficking beside domestic violence", samples=(), rows=tuple(rows), assay="fails",
        global_verdict="not_shown", global_p=None, global_why="by hand", n_primary=3,
        n_equivalent=1, n_different=0, n_not_shown=2, n_unavailable=0, level=0.05, iccs=(0.1,),
        depth_strata=3, depth_cuts=(4.0,), margins_hash="0", unavailable=(), notes=(),
        provenance=SIMULATED,
    )  # fmt: skip
    return let_out(replace(made, **changes))


def point(term, domain, trafficking, violence, *, label=""):
    """Return an item: share, share with silence as absent and as present, of each sample."""
    return ProfilePoint(
        term=term, label=label or term.replace("_", " "), domain=domain,
        trafficking=trafficking[0], trafficking_low=trafficking[1],
        trafficking_high=trafficking[2], domestic_violence=violence[0],
        domestic_violence_low=violence[1], domestic_violence_high=violence[2], n_trafficking=73,
        n_domestic_violence=27, undocumented_trafficking=8, undocumented_domestic_violence=2,
    )  # fmt: skip


POINTS = (
    point("isolation", "tactics", (0.94, 0.84, 0.95), (0.8, 0.74, 0.81)),
    point("rules", "tactics", (0.6, 0.27, 0.82), (0.75, 0.22, 0.93)),
    point("blame", "coping", (0.3, 0.3, 0.3), (0.5, 0.45, 0.6)),
    point("silent", "coping", (None, 0.0, 1.0), (0.5, 0.5, 0.5)),
)
MANY = tuple(
    point(name, held.family, (1.0, 0.5, 1.0), (0.9 + 0.001 * at, 0.4, 1.0),
          label=held.dv_characteristic)
    for at, (name, held) in enumerate(list(MATRIX.items())[:24])
)  # fmt: skip


def step(side, time, value, limits=(None, None), n=None, curve="escape"):
    return CurvePoint(
        curve=curve, label="First attempt to get away", side=side, time=time, value=value,
        conf_low=limits[0], conf_high=limits[1], n_at_risk=n,
    )  # fmt: skip


CURVES = (
    step("trafficking", 0.0, 0.0, n=73),
    step("trafficking", 1.5, 0.1, (0.02, 0.2), 60),
    step("trafficking", 3.0, 0.1, n=52),
    step("trafficking", 6.0, 0.2, (0.1, 0.35), 37),
    step("domestic_violence", 0.0, 0.0, n=27),
    step("domestic_violence", 2.0, 0.15, (0.05, 0.45), 20),
    step("domestic_violence", 3.0, 0.15, n=12),
    *(step("trafficking", 30.0 * at, 0.02 * at, n=40 - at, curve="retraction") for at in range(30)),
)


def profile(points=POINTS, **changes):
    made = ComparisonProfile(
        title="Whole profiles of both samples", points=tuple(points), distances=(), quantities=(),
        curves=CURVES, balance=(), standardised=(), covariates=(), unavailable=(), notes=(),
        provenance=SIMULATED,
    )  # fmt: skip
    return let_out(replace(made, **changes))


FIGURES = {
    "verdicts": lambda: draw_comparison_verdicts(comparison()),
    "whole matrix": lambda: draw_comparison_verdicts(comparison(whole_matrix())),
    "one row": lambda: draw_comparison_verdicts(comparison(ROWS[1:2])),
    "paired": lambda: draw_comparison_paired(profile()),
    "paired, many": lambda: draw_comparison_paired(profile(MANY)),
    "slope": lambda: draw_comparison_slope(profile()),
    "slope, many": lambda: draw_comparison_slope(profile(MANY)),
    "slope, one": lambda: draw_comparison_slope(profile(POINTS[:1])),
    "curves": lambda: draw_comparison_curves(profile()),
    "curve of one": lambda: draw_comparison_curves(profile(), curve="retraction"),
}
FIGURES["contrast rows"] = lambda: draw_comparison_verdicts(comparison(), only=["contrast"])
EVERY = pytest.mark.parametrize("draw", FIGURES.values(), ids=FIGURES)
PAIRS = {
    draw_comparison_verdicts: comparison,
    draw_comparison_paired: profile,
    draw_comparison_slope: profile,
    draw_comparison_curves: profile,
}


@EVERY
def test_words_are_whole_apart_and_legible(draw, check_words):
    ax = draw()
    check_words(ax, arrows=False)
    assert ax.figure.axes == [ax]


@pytest.mark.parametrize("draw", PAIRS, ids=lambda draw: draw.__name__)
def test_marks_axes_bytes_and_refusals(draw, by_gid):
    made = PAIRS[draw]
    _, (left, right) = plt.subplots(ncols=2)
    assert draw(made(), ax=left) is left
    assert [mark.get_text() for mark in by_gid(left, "simulated")] == ["simulated data"]
    published = replace(SIMULATED, sample_origin="published")
    assert not by_gid(draw(made(provenance=published), right), "simulated")
    assert len(plt.get_fignums()) == 1
    assert render_figure(draw(made())) == render_figure(draw(made()))
    with pytest.raises(ReportError, match="nothing to draw: comparison: not available"):
        draw(let_out(GONE))
    with pytest.raises(ReportError, match="not a bare"):
        draw(made().result)
    other = profile if made is comparison else comparison
    with pytest.raises(ReportError, match="draws a result of the kind"):
        draw(other())


# --- verdicts -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "units"),
    [
        ("P02", 0.15, 1.0),  # a difference of shares with margins of 0.15
        ("P02", -0.3, -2.0),
        ("P03", 0.5, -1.0),  # a ratio with margins 0.5 and 2: its logarithm counts
        ("P03", 4.0, 2.0),
        ("P03", 0.0, -math.inf),
        ("P30", 1.5, 1.0),  # margins that are not each other's inverse: each side has its own
        ("P30", 0.67, -1.0),
        ("P08", 0.3, 2.0),  # a lower margin alone: the other side is told in its units
        ("P27", 1.0, 0.0),  # full agreement is no difference
        ("P27", 0.5, -1.0),
        ("P27", 0.0, -2.0),
    ],
)
def test_values_in_units_of_the_margin(name, value, units):
    assert in_margins(value, row(name)) == pytest.approx(units)


def test_a_row_without_margin_or_coding_has_no_place():
    assert has_place(row("P02"))
    assert not has_place(row("P02", margin_low=None, margin_high=None))
    assert not has_place(row("P02", contrasts=(coded("low_high", 0.1),)))
    assert not has_place(row("P02", margin_low=0.1))
    assert not has_place(row("P03", margin_low=0.0))


def test_both_codings_are_drawn_with_two_levels(by_gid):
    ax = draw_comparison_verdicts(comparison())
    first, second = (by_gid(ax, f"estimate-P02-{c}")[0] for c in ("low_high", "high_low"))
    assert first.get_xdata()[0] == pytest.approx(-0.2)
    assert second.get_xdata()[0] == pytest.approx(0.4)
    assert first.get_ydata()[0] < second.get_ydata()[0]
    assert first.get_marker() != second.get_marker()
    thick = by_gid(ax, "limits90-P02-low_high")[0]
    assert thick.get_xdata() == pytest.approx([-0.08 / 0.15, 0.02 / 0.15])
    thin = by_gid(ax, "limits95-P03-high_low")[0]
    assert thin.get_xdata() == pytest.approx([0.0, 2.0])
    assert thick.get_linewidth() > thin.get_linewidth()


def test_margins_are_shaded_and_open_where_there_is_none(by_gid):
    ax = draw_comparison_verdicts(comparison())
    end = ax.get_xlim()[1]
    band = by_gid(ax, "margin-P02")[0]
    assert (band.get_x(), band.get_width()) == (-1.0, 2.0)
    open_one = by_gid(ax, "margin-P08")[0]
    assert (open_one.get_x(), open_one.get_x() + open_one.get_width()) == (-1.0, end)
    # The interval of an agreement in rank is open towards full agreement, and ends there.
    assert by_gid(ax, "limits90-P27-low_high")[0].get_xdata() == pytest.approx([-2.5, 0.0])
    assert by_gid(ax, "margin-P32")[0].get_facecolor() != band.get_facecolor()


def test_what_lies_beyond_the_axis_is_an_arrow(by_gid):
    ax = draw_comparison_verdicts(comparison())
    assert ax.get_xlim() == (-32.0, 32.0)
    assert by_gid(ax, "beyond-P03-low_high")[0].get_marker() == "<"
    assert not by_gid(ax, "beyond-P03-high_low")
    # An estimate of 40 margins has no mark on an axis that ends at 32.
    assert not by_gid(ax, "estimate-P35-low_high")
    assert by_gid(ax, "beyond-P35-low_high")[0].get_marker() == "<"
    assert "goes on beyond the axis" in [t.get_text() for t in ax.get_legend().get_texts()]
    short = draw_comparison_verdicts(comparison(), only=["context"])
    assert short.get_xlim() == (-2.0, 2.0)
    assert len(short.get_legend().get_texts()) == 4


def test_verdicts_stand_in_words_and_contrast_rows_apart(by_gid):
    ax = draw_comparison_verdicts(comparison())
    heads = [text.get_text() for text in by_gid(ax, "heading")]
    assert heads[-1] == "Contrast rows: a difference is expected"
    assert heads[0] == "Context"
    words = {text.get_text(): text.get_fontweight() for text in by_gid(ax, "number")}
    assert words["Equivalent"] == words["At least as common"] == "bold"
    assert words["Not shown"] == "normal"
    assert words["at least −0.15"] == "normal"
    listed = " ".join(text.get_text() for text in by_gid(ax, "below"))
    assert listed.startswith("Described, not tested (1): P01 ")
    assert "Not available (1): P12 Tactics are" in listed
    assert "P36" not in listed


def test_the_whole_matrix_stands_on_one_page(by_gid):
    ax = draw_comparison_verdicts(comparison(whole_matrix()))
    held = [one for one in MATRIX.values() if one.margin_low is not None]
    assert len(by_gid(ax, "margin-")) == len(held) == 33
    assert ax.figure.get_size_inches()[1] < 9.7
    assert by_gid(ax, "below")[0].get_text() == "Void: the contrast rows failed."
    assert "Void" in [text.get_text() for text in by_gid(ax, "number")]
    with pytest.raises(ReportError, match=r"rows do not fit on one page.*context, pattern"):
        draw_comparison_verdicts(comparison(whole_matrix() * 2))


def test_the_source_of_verdicts_is_what_is_drawn():
    frame = comparison_verdicts_source(comparison())
    assert frame["id"].tolist() == [
        n for n in ("P02", "P03", "P08", "P27", "P32", "P35") for _ in "ab"
    ]
    assert frame["at"].iloc[:2].tolist() == pytest.approx([-0.2, 0.4])
    assert frame["low_95"].iloc[2] == -math.inf
    with pytest.raises(ReportError, match="'odd' is not a family"):
        comparison_verdicts_source(comparison(), only=["odd"])
    with pytest.raises(ReportError, match="no row has a margin"):
        draw_comparison_verdicts(comparison([described("P01")]))


# --- shares of both samples ---------------------------------------------------------------------


def test_paired_shares_are_joined_and_bounded(by_gid):
    ax = draw_comparison_paired(profile())
    assert by_gid(ax, "share-t-isolation")[0].get_xdata()[0] == 0.94
    assert by_gid(ax, "share-d-isolation")[0].get_xdata()[0] == 0.8
    assert by_gid(ax, "line-isolation")[0].get_xdata() == pytest.approx([0.94, 0.8])
    bar = by_gid(ax, "bounds-d-rules")[0]
    assert (bar.get_x(), bar.get_x() + bar.get_width()) == pytest.approx((0.22, 0.93))
    # Nothing is documented on one side: its bounds stand alone.
    assert not by_gid(ax, "share-t-silent")
    assert not by_gid(ax, "line-silent")
    assert by_gid(ax, "bounds-t-silent")[0].get_width() == 1.0
    numbers = [text.get_text() for text in by_gid(ax, "number")]
    assert numbers[:2] == ["94% (8/73)", "80% (2/27)"]
    assert "– (8/73)" in numbers
    assert comparison_paired_source(profile(), only=["coping"])["term"].tolist() == [
        "blame", "silent",
    ]  # fmt: skip


def test_slopes_join_shares_and_are_dashed_where_silence_decides(by_gid):
    ax = draw_comparison_slope(profile())
    lines = {line.get_gid(): line for line in by_gid(ax, "slope-")}
    assert set(lines) == {"slope-isolation", "slope-rules", "slope-blame"}
    assert lines["slope-rules"].get_ydata() == pytest.approx([0.6, 0.75])
    assert lines["slope-rules"].get_linestyle() == "--"
    assert lines["slope-isolation"].get_linestyle() == lines["slope-blame"].get_linestyle() == "-"
    assert lines["slope-isolation"].get_color() != lines["slope-blame"].get_color()
    left_out = " ".join(text.get_text() for text in by_gid(ax, "axis"))
    assert left_out.endswith("left out: silent")
    assert comparison_slope_source(profile())["apart"].tolist() == [True, False, True]
    with pytest.raises(ReportError, match="no item is documented in both"):
        draw_comparison_slope(profile(POINTS[3:]))
    with pytest.raises(ReportError, match=r"labels of 96 items do not fit.*only=\[\.\.\.\]"):
        draw_comparison_slope(profile(MANY * 4))


def test_labels_of_a_slope_keep_the_order_of_the_shares(word_boxes):
    ax = draw_comparison_slope(profile(MANY))
    found = word_boxes(ax, arrows=False)
    right = {t.get_gid(): found[t].y0 for t in ax.texts if "label-domestic" in (t.get_gid() or "")}
    order = [right[f"label-domestic_violence-{one.term}"] for one in MANY]
    assert all(a < b for a, b in pairwise(order))


# --- curves -------------------------------------------------------------------------------------


def test_curves_end_where_their_points_end_and_numbers_stand_under_the_axis(by_gid):
    ax = draw_comparison_curves(profile())
    line = by_gid(ax, "curve-domestic_violence")[0]
    assert list(line.get_xdata()) == [0.0, 2.0, 3.0]
    assert list(line.get_ydata()) == [0.0, 0.15, 0.15]
    assert [t.get_text() for t in ax.get_xticklabels()] == ["0", "3", "6"]
    risk = {side: [t.get_text() for t in by_gid(ax, f"at-risk-{side}-")]
            for side in ("trafficking", "domestic_violence")}  # fmt: skip
    assert risk == {"trafficking": ["73", "52", "37"], "domestic_violence": ["27", "12", "–"]}
    band = by_gid(ax, "limits-trafficking")[0].get_paths()[0].vertices
    assert band[:, 0].min() == 1.5
    assert band[:, 1].max() == 0.35
    assert ax.get_ylim() == (0, pytest.approx(0.5))
    looks = [by_gid(ax, f"curve-{side}")[0].get_linestyle() for side in risk]
    assert looks == ["-", "--"]


def test_a_sample_without_a_curve_is_said_so(by_gid):
    ax = draw_comparison_curves(profile(), curve="retraction")
    assert by_gid(ax, "no-curve")
    assert not by_gid(ax, "curve-domestic_violence")
    # Thirty numbers do not fit beside each other: every third is left.
    assert len(by_gid(ax, "at-risk-trafficking-")) == 10
    assert len(comparison_curves_source(profile(), curve="retraction")) == 30


def test_unknown_curves_are_refused():
    with pytest.raises(ReportError, match="'both' is not a curve of this result; there are: esc"):
        draw_comparison_curves(profile(), curve="both")
    with pytest.raises(ReportError, match="holds no curve"):
        draw_comparison_curves(profile(curves=()))
    with pytest.raises(ReportError, match="'left' has no place"):
        draw_comparison_curves(profile(curves=(step("left", 0.0, 0.0),)))
    with pytest.raises(ReportError, match="'odd' has no place in this figure; there are: escape"):
        draw_comparison_curves(
            profile(curves=(step("trafficking", 0.0, 0.0, curve="odd"),)), curve="odd"
        )


# --- all ----------------------------------------------------------------------------------------


def test_both_samples_differ_in_grey_or_in_shape(by_gid):
    ax = draw_comparison_verdicts(comparison())
    faces = [
        sum(to_rgb(by_gid(ax, f"estimate-P02-{coding}")[0].get_markerfacecolor())) / 3
        for coding in ("low_high", "high_low")
    ]
    assert abs(faces[0] - faces[1]) > 0.3
    slopes = [by_gid(draw_comparison_slope(profile()), f"slope-{name}")[0].get_color()
              for name in ("isolation", "blame")]  # fmt: skip
    greys = [sum(to_rgb(colour)) / 3 for colour in slopes]
    assert abs(greys[0] - greys[1]) > 0.15


def test_the_order_of_points_changes_nothing(by_gid):
    turned = profile(curves=CURVES[::-1])
    assert render_figure(draw_comparison_curves(turned)) == render_figure(
        draw_comparison_curves(profile())
    )
    ax = draw_comparison_verdicts(comparison(ROWS[::-1]))
    assert by_gid(ax, "estimate-P02-low_high")[0].get_xdata()[0] == pytest.approx(-0.2)


def test_alternative_texts_hold_the_numbers():
    assert alt_text(comparison()) == (
        "Simulated data. Trafficking beside domestic violence: 6 rows of the matrix under both "
        "crossed codings of silence, each in units of its margin. Verdicts: equivalent, 1 (P02); "
        "not shown, 2 (P03, P27); at least as common, 1 (P08); difference found, as expected, 1 "
        "(P32); expected difference not found, 1 (P35). Not drawn: P01, P12."
    )
    words = alt_text(profile(), only=["coping"])
    assert "Blame, 30% (30% to 30%) and 50% (45% to 60%); silent, nothing documented" in words
    assert (
        "of 3 items, in trafficking and in domestic violence, joined by lines. 1 are higher in "
        "trafficking and 2 in domestic violence; for 1 silence could"
    ) in alt_text(profile(), only=("slope",))
    assert alt_text(profile(), only=("escape",)).endswith(
        "Trafficking, 20% at 6 months (limits 10% to 35%), 73 relationships at risk at first; "
        "Domestic violence, 15% at 3 months (limits 5% to 45%), 27 relationships at risk at first."
    )
