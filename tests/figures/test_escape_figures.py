"""Figures of escape attempts: what is drawn is what the results say, and nothing beyond."""

from dataclasses import replace

import matplotlib.pyplot as plt
import pytest

from relatum.errors import ReportError
from relatum.figures.incidence import draw_incidence, incidence_alt, incidence_source
from relatum.figures.mean_number import draw_mean_number, mean_number_alt, mean_number_source
from relatum.figures.observation_window import OBSERVATION_WINDOW_ALT, draw_observation_window
from relatum.figures.rate_forest import (
    draw_rate_variants,
    rate_variants_alt,
    rate_variants_source,
)
from relatum.figures.style import render_figure
from relatum.figures.windows import draw_windows, windows_alt, windows_source
from relatum.models.escape_curves import trace_escape_curves
from relatum.models.escape_windows import list_escape_windows
from relatum.release import Released, release_all
from relatum.results.base import Provenance, Unavailable
from relatum.results.escape import EscapeRate, RateRow, RateVariant
from relatum.results.escape_curves import AtRisk, CurvePoint, EscapeCurves, HorizonRow
from relatum.results.escape_outcomes import EscapeWindows, WindowBar
from relatum.samples import example_sample
from relatum.study import read_study

SIMULATED = Provenance(
    relatum_version="0", schema_version="0", sample_name="hand", sample_fingerprint="0",
    sample_origin="simulated",
)  # fmt: skip


def let_out(result):
    return Released(result=result, profile="none", evidence=())


def point(curve, completion, month, estimate, n, limits=(None, None)):
    return CurvePoint(
        curve=curve, completion=completion, month=month, estimate=estimate, conf_low=limits[0],
        conf_high=limits[1], n_at_risk=n,
    )  # fmt: skip


#: Twenty relationships; fewer than five are left after month 8.
POINTS = (
    point("attempt", "latest", 1.0, 0.05, 20),
    point("attempt", "latest", 4.0, 0.15, 14),
    point("attempt", "latest", 7.0, 0.20, 8),
    point("attempt", "latest", 9.5, 0.35, 3),
    point("arrest", "latest", 2.0, 0.10, 19),
    point("arrest", "latest", 8.0, 0.25, 6),
    point("ended", "latest", 3.0, 0.05, 17),
    point("other", "latest", 5.0, 0.04, 11),
    point("attempt", "earliest", 0.5, 0.05, 20),
    point("attempt", "earliest", 3.5, 0.15, 15),
    point("mean_number", "latest", 1.0, 0.05, 20, (0.01, 0.2)),
    point("mean_number", "latest", 4.0, 0.16, 17, (0.05, 0.4)),
    point("mean_number", "latest", 9.0, 0.30, 6),
    point("mean_number", "latest", 9.8, 0.55, 4, (0.2, 0.9)),
    point("mean_number", "earliest", 0.5, 0.05, 20),
)
HORIZON = (
    HorizonRow(
        cause="attempt", label="First attempt", n_events_low=2, n_events_high=3, earliest=0.15,
        latest=0.17, conf_low=0.04, conf_high=0.38,
    ),
    HorizonRow(
        cause="arrest", label="Arrest", n_events_low=2, n_events_high=2, earliest=0.1, latest=0.1,
        conf_low=None, conf_high=None,
    ),
    HorizonRow(
        cause="ended", label="Ended", n_events_low=1, n_events_high=1, earliest=None, latest=None,
        conf_low=None, conf_high=None,
    ),
)  # fmt: skip


def marks(*numbers, step=3.0):
    return tuple(AtRisk(month=at * step, n=n, enough=n >= 5) for at, n in enumerate(numbers))


def curves(**changes):
    made = EscapeCurves(
        title="Attempts", points=POINTS, at_risk=marks(20, 17, 10, 4, 2), horizon=HORIZON,
        horizon_months=6.0, mean_number=0.16, min_at_risk=5, conf_level=0.95, provenance=SIMULATED,
    )  # fmt: skip
    return let_out(replace(made, **changes))


def variant(name, family, rate, limits=(None, None), label=""):
    return RateVariant(
        name=name, label=label or f"Choice {name}", family=family, n_events=20, months=1400.0,
        rate=rate, conf_low=limits[0], conf_high=limits[1], why="",
    )  # fmt: skip


MAIN = RateRow(
    n_relationships=20, n_cases=8, n_events=23, n_event_cases=6, months=398.0, rate=0.69,
    conf_low=0.31, conf_high=1.22, conf_level=0.95, method="score_wild_bootstrap",
)  # fmt: skip
VARIANTS = (
    variant("onset", "sensitivity", 0.71, (0.0, 1.3), "Onset at its latest possible day, or later"),
    variant("frailty", "sensitivity", None),
    variant("factor", "sensitivity", 0.5),
    variant("immortal", "naive", 0.07, (0.05, 0.1)),
)


def rate(**changes):
    made = EscapeRate(
        title="Rate of attempts", overall=MAIN, pieces=(), variants=VARIANTS, leave_out_low=0.55,
        leave_out_high=0.78, without_two=0.6, covariates=(), n_retrospective=8, flow=(),
        n_faults=0, provenance=SIMULATED,
    )  # fmt: skip
    return let_out(replace(made, **changes))


CAUSES = (
    "arrest_or_detention", "victim_ended", "suspect_ended", "moved_abroad", "death",
    "end_of_investigation", "not_documented",
)  # fmt: skip


def bar(at, *, onset=-60.0, attempts=(), upper=()):
    return WindowBar(
        case=1 + at % 3, onset_low=onset - at % 5, onset_high=onset + 1.5, exit_low=2.0 + at % 11,
        exit_high=2.5 + at % 11, exit_cause=CAUSES[at % len(CAUSES)], attempts=attempts,
        attempts_upper=upper,
    )  # fmt: skip


BARS = (bar(0, attempts=(0.5, 1.0), upper=(0.5, 1.8)), *(bar(at) for at in range(1, 10)))


def windows(bars=BARS, provenance=SIMULATED):
    return let_out(EscapeWindows(title="Observation", bars=tuple(bars), provenance=provenance))


MANY = tuple(
    variant(f"v{at}", "sensitivity", 0.4 + at / 50, (0.0, 2.0), "A rather long label of a choice")
    for at in range(40)
)
FIGURES = {
    "incidence": lambda: draw_incidence(curves()),
    "plain incidence": lambda: draw_incidence(curves(points=POINTS[:4], horizon=())),
    "many marks": lambda: draw_incidence(curves(at_risk=marks(*range(70, 3, -1), step=0.2))),
    "late horizon": lambda: draw_incidence(curves(horizon_months=24.0)),
    "early horizon": lambda: draw_incidence(curves(horizon_months=0.5)),
    "mean number": lambda: draw_mean_number(curves()),
    "mean without limits": lambda: draw_mean_number(curves(points=POINTS[12:13])),
    "rate": lambda: draw_rate_variants(rate()),
    "rate alone": lambda: draw_rate_variants(
        rate(variants=(), leave_out_low=None, leave_out_high=None, without_two=None)
    ),
    "many rates": lambda: draw_rate_variants(rate(variants=MANY)),
    "windows": lambda: draw_windows(windows()),
    "short windows": lambda: draw_windows(windows(bar(at, onset=-2.0) for at in range(4))),
    "one window": lambda: draw_windows(windows([bar(3)])),
    "many windows": lambda: draw_windows(windows(bar(at) for at in range(300))),
    "diagram": draw_observation_window,
}
EVERY = pytest.mark.parametrize("draw", FIGURES.values(), ids=FIGURES)


@pytest.fixture(scope="module")
def real():
    sample, study = example_sample("simulated"), read_study()
    found = {
        "curves": trace_escape_curves(sample, study),
        "windows": list_escape_windows(sample, study),
    }
    return release_all(found, sample=sample, profile="none")


@EVERY
def test_words_are_whole_apart_and_legible(draw, check_words):
    check_words(draw())


@pytest.mark.parametrize("draw", [draw_incidence, draw_mean_number, draw_windows])
def test_the_shipped_sample_is_drawn(real, draw, by_gid, check_words):
    ax = draw(real["windows" if draw is draw_windows else "curves"])
    check_words(ax)
    assert [mark.get_text() for mark in by_gid(ax, "simulated")] == ["simulated data"]


@EVERY
def test_bytes_repeat_and_one_figure_is_made(draw):
    ax = draw()
    assert ax.figure.axes == [ax]
    assert len(plt.get_fignums()) == 1
    assert render_figure(ax) == render_figure(draw())


@pytest.mark.parametrize(
    ("draw", "made"),
    [
        (draw_incidence, curves),
        (draw_mean_number, curves),
        (draw_rate_variants, rate),
        (draw_windows, windows),
    ],
)
def test_simulated_data_are_marked_and_given_axes_are_used(draw, made, by_gid):
    _, (left, right) = plt.subplots(ncols=2)
    assert draw(made(), ax=left) is left
    assert [mark.get_text() for mark in by_gid(left, "simulated")] == ["simulated data"]
    published = replace(made().result, provenance=replace(SIMULATED, sample_origin="published"))
    assert not by_gid(draw(let_out(published), right), "simulated")
    assert len(plt.get_fignums()) == 1


def ordinates(area):
    """Return the lower and the upper edge of an area at its months."""
    found = {}
    for month, height in area.get_paths()[0].vertices:
        low, high = found.get(month, (height, height))
        found[float(month)] = (min(low, height), max(high, height))
    return found


def test_areas_stand_on_each_other(by_gid):
    ax = draw_incidence(curves())
    edges = {
        cause: by_gid(ax, f"area-{cause}")[0] for cause in ("attempt", "arrest", "ended", "other")
    }
    # At the end all curves are flat: .20 attempts, .25 arrests, .05 ended, .04 other.
    tops = {cause: ordinates(area)[8.0][1] for cause, area in edges.items()}
    assert tops == pytest.approx({"attempt": 0.2, "arrest": 0.45, "ended": 0.5, "other": 0.54})
    assert ordinates(edges["attempt"])[0.0] == (0.0, 0.0)
    # Month 4 begins: attempts step from .05 to .15 on the ground, arrests stand on them.
    assert ordinates(edges["attempt"])[4.0] == pytest.approx((0.0, 0.15))
    assert ordinates(edges["arrest"])[4.0] == pytest.approx((0.05, 0.25))


def test_the_line_is_the_earliest_completion(by_gid):
    (line,) = by_gid(draw_incidence(curves()), "earliest")
    assert line.get_drawstyle() == "steps-post"
    assert line.get_xdata().tolist() == [0.0, 0.5, 3.5, 3.5]
    assert line.get_ydata().tolist() == [0.0, 0.05, 0.15, 0.15]


def test_nothing_is_drawn_where_too_few_are_at_risk(by_gid):
    ax = draw_incidence(curves())
    for area in by_gid(ax, "area-"):
        assert area.get_paths()[0].vertices[:, 0].max() == 8.0
    assert incidence_source(curves())["n_at_risk"].min() >= 5
    assert incidence_source(curves())["month"].max() == 8.0
    cut = curves(at_risk=marks(20, 17, 4))
    for area in by_gid(draw_incidence(cut), "area-"):
        assert area.get_paths()[0].vertices[:, 0].max() == 5.0
    assert by_gid(draw_incidence(curves(horizon_months=24.0)), "blank")
    assert not by_gid(draw_incidence(curves(at_risk=marks(20, 17, 10))), "blank")


def test_numbers_at_risk_stand_under_their_months_and_move_with_the_axis(by_gid):
    ax = draw_incidence(curves())
    for limits in (ax.get_xlim(), (-3.0, 20.0)):
        ax.set_xlim(*limits)
        ax.figure.canvas.draw()
        for month, words in ((0, "20"), (3, "17"), (6, "10"), (9, "<5")):
            (text,) = by_gid(ax, f"at-risk-{month}")
            assert text.get_text() == words
            box = text.get_window_extent()
            place = ax.transData.transform((month, 0))[0]
            assert (box.x0 + box.x1) / 2 == pytest.approx(place, abs=1)
    assert not by_gid(ax, "at-risk-12")


def test_the_mean_number_has_its_own_numbers(by_gid):
    ax = draw_mean_number(curves())
    numbers = [by_gid(ax, f"at-risk-{month}")[0].get_text() for month in (0, 3, 6, 9)]
    assert numbers == ["20", "17", "10", "6"]
    assert by_gid(ax, "at-risk-words")[0].get_text() == "Relationships under observation"


def test_the_horizon_and_the_limits_at_it(by_gid):
    ax = draw_incidence(curves())
    assert by_gid(ax, "horizon")[0].get_xdata() == [6.0, 6.0]
    (whisker,) = by_gid(ax, "limits")
    assert (list(whisker.get_xdata()), list(whisker.get_ydata())) == ([6.0, 6.0], [0.04, 0.38])
    assert not by_gid(draw_incidence(curves(horizon_months=9.0)), "limits")
    assert not by_gid(draw_incidence(curves(horizon=HORIZON[1:])), "limits")


def test_the_key_names_what_is_drawn():
    def words(released):
        return [text.get_text() for text in draw_incidence(released).get_legend().get_texts()]

    assert words(curves()) == [
        "First attempt",
        "Arrest",
        "Ended",
        "Other end",
        "First attempt, dates at their earliest day",
        "95% limits of attempts at the horizon",
    ]
    assert words(curves(points=POINTS[4:6], horizon=())) == ["Arrest or detention"]


def test_the_mean_number_and_its_band(by_gid):
    ax = draw_mean_number(curves())
    (line,) = by_gid(ax, "latest")
    assert line.get_xdata().tolist() == [0.0, 1.0, 4.0, 9.0, 9.0]
    assert line.get_ydata().tolist() == [0.0, 0.05, 0.16, 0.30, 0.30]
    (band,) = by_gid(ax, "limits")
    assert ordinates(band)[1.0] == pytest.approx((0.01, 0.2))
    assert ordinates(band)[9.0] == pytest.approx((0.05, 0.4))
    assert mean_number_source(curves())["month"].tolist() == [1.0, 4.0, 9.0, 0.5]
    plain = draw_mean_number(curves(points=POINTS[12:13]))
    assert not by_gid(plain, "limits")
    assert not by_gid(plain, "earliest")


def test_the_order_of_points_does_not_matter():
    turned = curves(points=POINTS[::-1])
    assert render_figure(draw_incidence(turned)) == render_figure(draw_incidence(curves()))
    assert render_figure(draw_mean_number(turned)) == render_figure(draw_mean_number(curves()))
    assert render_figure(draw_windows(windows(BARS[::-1]))) == render_figure(
        draw_windows(windows())
    )


def test_curves_in_words():
    assert incidence_alt(curves()) == (
        "Simulated data. Attempts: cumulative incidence, stacked by what came first, drawn up to "
        "month 8.0, where 5 or more relationships are at risk. By 6 months: first attempt, 15% to "
        "17% (2 to 3 events; limits 4% to 38%); arrest, 10% (2 events); ended, not available."
    )
    assert mean_number_alt(curves()) == (
        "Simulated data. Attempts: mean number of attempts per relationship, repeated attempts "
        "included; 0.16 by 6 months, 0.30 at the end of the drawing, month 9.0 (0.05 with dates at "
        "their earliest day)."
    )
    gone = curves(mean_number=Unavailable(what="mean", why="3 are left"), points=POINTS[12:13])
    assert "not available at 6 months (3 are left)" in mean_number_alt(gone)


def test_marks_and_lines_are_the_rates_and_their_limits(by_gid):
    ax = draw_rate_variants(rate())
    for row in (MAIN, *VARIANTS):
        name = getattr(row, "name", "overall")
        assert [m.get_xdata()[0] for m in by_gid(ax, f"rate-{name}")] == (
            [] if row.rate is None else [row.rate]
        )
    assert list(by_gid(ax, "limits-overall")[0].get_xdata()) == [0.31, 1.22]
    assert list(by_gid(ax, "limits-immortal")[0].get_xdata()) == [0.05, 0.1]
    (bar_drawn,) = by_gid(ax, "range-leave_one_out")
    assert bar_drawn.get_x() == 0.55
    assert bar_drawn.get_x() + bar_drawn.get_width() == pytest.approx(0.78)
    assert by_gid(ax, "rate-without_two")[0].get_xdata()[0] == 0.6
    assert [text.get_text() for text in by_gid(ax, "none-")] == ["not available"]
    assert by_gid(ax, "main")[0].get_xdata() == [0.69, 0.69]


def test_rates_far_apart_are_drawn_on_a_logarithmic_axis(by_gid):
    ax = draw_rate_variants(rate())
    assert ax.get_xscale() == "log"
    (arrow,) = by_gid(ax, "beyond-onset")
    assert arrow.get_xdata()[0] == by_gid(ax, "limits-onset")[0].get_xdata()[0] == ax.get_xlim()[0]
    near = draw_rate_variants(rate(variants=VARIANTS[:3]))
    assert near.get_xscale() == "linear"
    assert near.get_xlim()[0] == 0
    assert list(by_gid(near, "limits-onset")[0].get_xdata()) == [0.0, 1.3]
    assert not by_gid(near, "beyond-")


def test_numbers_of_rates_are_printed(by_gid):
    ax = draw_rate_variants(rate(), only=["overall", "naive"])
    assert [text.get_text() for text in by_gid(ax, "heading")] == [
        "All cases",
        "Naive, for comparison only",
    ]
    assert [text.get_text() for text in by_gid(ax, "number")] == [
        "23", "398", "0.69 (0.31 to 1.22)", "20", "1,400", "0.07 (0.05 to 0.10)",
    ]  # fmt: skip
    source = rate_variants_source(rate())
    assert source["name"].tolist() == [
        "overall", "leave_one_out", "without_two", "onset", "frailty", "factor", "immortal",
    ]  # fmt: skip
    assert source["rate"].isna().tolist() == [False, True, False, False, True, False, False]


def test_rates_in_words():
    assert rate_variants_alt(rate()) == (
        "Simulated data. Rate of attempts, per 12 relationship-months: main analysis 0.69, limits "
        "0.31 to 1.22 (23 attempts in 398 relationship-months); other choices: 2, from 0.50 "
        "(choice factor) to 0.71 (onset at its latest possible day, or later); other choices not "
        "available: 1; naive analyses: 1, from 0.07 (choice immortal) to 0.07 (choice immortal); "
        "each case left out in turn, 0.55 to 0.78."
    )


def test_lines_run_from_onset_over_entry_to_exit(by_gid):
    ax = draw_windows(windows())
    held = windows_source(windows())
    ends = {name: by_gid(ax, name)[0].get_segments() for name in ("before", "observed")}
    onset = by_gid(ax, "onset")[0].get_segments()
    assert held["exit_high"].tolist() == sorted(held["exit_high"], reverse=True)
    for at, row in enumerate(held.itertuples()):
        assert ends["before"][at].tolist() == [[row.onset_high, at], [0, at]]
        assert ends["observed"][at].tolist() == [[0, at], [row.exit_low, at]]
        mine = [segment for segment in onset if segment[0][1] == at]
        assert mine[0][0][0] == row.onset_low
        assert mine[-1][1][0] == row.onset_high
    last = by_gid(ax, "exit-interval")[0].get_segments()
    assert [segment[1][0] for segment in last] == held["exit_high"].tolist()


def test_the_onset_fades_in(by_gid):
    (onset,) = by_gid(draw_windows(windows([bar(0)])), "onset")
    lightness = [sum(colour[:3]) for colour in onset.get_colors()]
    assert lightness == sorted(lightness, reverse=True)
    assert len(set(lightness)) == len(lightness)


def test_attempts_span_their_dates_and_ends_are_marked(by_gid):
    ax = draw_windows(windows())
    spans = [(a.get_x(), round(a.get_x() + a.get_width(), 9)) for a in by_gid(ax, "attempt-")]
    assert spans == [(0.5, 0.5), (1.0, 1.8)]
    place = windows_source(windows())["attempts"].tolist().index("0.5;1.0")
    assert {a.get_gid() for a in by_gid(ax, "attempt-")} == {
        f"attempt-{place}-0",
        f"attempt-{place}-1",
    }
    drawn = {mark.get_gid(): mark for mark in by_gid(ax, "exit-") if hasattr(mark, "get_marker")}
    assert set(drawn) == {f"exit-{cause}" for cause in CAUSES}
    looks = {(mark.get_marker(), mark.get_markerfacecolor()) for mark in drawn.values()}
    assert len(looks) == len(CAUSES)
    exits = sorted(month for mark in drawn.values() for month in mark.get_xdata())
    assert exits == sorted(one.exit_high for one in BARS)


def test_a_long_time_before_entry_gets_a_narrower_scale_and_says_so(by_gid):
    ax = draw_windows(windows())
    assert "narrower scale before entry" in [text.get_text() for text in by_gid(ax, "words")]
    near, far = (ax.transData.transform((month, 0))[0] for month in (0.0, 10.0))
    back = ax.transData.transform((-10.0, 0))[0]
    assert far - near > 5 * (near - back)
    short = draw_windows(windows([bar(at, onset=-2.0) for at in range(4)]))
    assert short.get_xscale() == "linear"
    assert [text.get_text() for text in by_gid(short, "words")] == ["entry"]


def test_no_relationship_is_named():
    found = draw_windows(windows())
    assert not [label for label in found.get_yticklabels() if label.get_text()]
    assert windows_alt(windows()).startswith(
        "Simulated data. Observation: 10 relationships, one line each, observed for 2.5 to 11.5 "
        "months (median 7.0), with 2 attempts in 1 of them. Observation ended by: arrest or "
        "detention 2, ended by the victim 2,"
    )


def test_the_diagram_says_what_its_words_say(by_gid):
    ax = draw_observation_window()
    said = " ".join(text.get_text() for text in by_gid(ax, "say"))
    for word in ("onset", "entry", "attempt, told later", "attempt, recorded", "arrest", "end"):
        assert word in said
        assert word.partition(",")[0] in OBSERVATION_WINDOW_ALT
    assert not by_gid(ax, "simulated")
    assert len(by_gid(ax, "before-")) == len(by_gid(ax, "observed-")) == 2


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        (draw_incidence, "EscapeCurves"),
        (incidence_source, "EscapeCurves"),
        (incidence_alt, "EscapeCurves"),
        (draw_mean_number, "EscapeCurves"),
        (mean_number_source, "EscapeCurves"),
        (mean_number_alt, "EscapeCurves"),
        (draw_rate_variants, "EscapeRate"),
        (rate_variants_source, "EscapeRate"),
        (rate_variants_alt, "EscapeRate"),
        (draw_windows, "EscapeWindows"),
        (windows_source, "EscapeWindows"),
        (windows_alt, "EscapeWindows"),
    ],
)
def test_other_results_are_refused(call, kind):
    other = rate() if kind != "EscapeRate" else windows()
    with pytest.raises(ReportError, match=f"of the kind '{kind}', not 'Escape"):
        call(other)
    with pytest.raises(ReportError, match=r"released results only.*relatum\.release\.release"):
        call(other.result)
    with pytest.raises(ReportError, match="nothing to draw: attempts: not available"):
        call(let_out(Unavailable(what="attempts", why="none", provenance=SIMULATED)))


def test_results_without_anything_to_draw_are_refused():
    few = tuple(replace(one, n_at_risk=4) for one in POINTS)
    with pytest.raises(ReportError, match="no event falls where 5 or more"):
        draw_incidence(curves(points=few))
    with pytest.raises(ReportError, match="no attempt falls where 5 or more"):
        draw_mean_number(curves(points=()))
    with pytest.raises(ReportError, match="nothing to draw: rate: not available"):
        draw_rate_variants(rate(overall=Unavailable(what="rate", why="one case")))
    with pytest.raises(ReportError, match="'other' is not a family of this result; there are: ov"):
        draw_rate_variants(rate(), only=["other"])
    with pytest.raises(ReportError, match="holds no relationship"):
        draw_windows(windows([]))
    with pytest.raises(ReportError, match="'tired' is not a cause of exit; there are: arrest"):
        draw_windows(windows([replace(bar(0), exit_cause="tired")]))
    with pytest.raises(ReportError, match="do not fit on one page"):
        draw_rate_variants(rate(variants=MANY * 2))
