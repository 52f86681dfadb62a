"""Figures of times to an event: what is drawn is what the results say, and nothing beyond."""

from dataclasses import replace

import matplotlib.pyplot as plt
import pytest

from relatum.errors import ReportError
from relatum.figures.cause_curves import (
    cause_curves_alt,
    cause_curves_source,
    draw_cause_curves,
)
from relatum.figures.ratio_forest import draw_ratios, ratios_alt, ratios_source
from relatum.figures.style import render_figure
from relatum.figures.survival import draw_survival, survival_alt, survival_source
from relatum.release import Released
from relatum.results.base import Provenance
from relatum.results.familiar_times import (
    CauseCurve,
    FamiliarTimes,
    GroupTimes,
    ModelTerm,
    NumberAtRisk,
    TimeModel,
    TimeStep,
)

OPEN = Provenance(
    relatum_version="0", schema_version="", sample_name="open data", sample_fingerprint="0",
    sample_origin="published",
)  # fmt: skip


def step(time, estimate, n, limits=(None, None)):
    return TimeStep(
        time=time, estimate=estimate, conf_low=limits[0], conf_high=limits[1], n_at_risk=n
    )


def group(name, label, steps, numbers):
    marks = (NumberAtRisk(time=10.0 * at, n=n, enough=n >= 5) for at, n in enumerate(numbers))
    return GroupTimes(
        group=name, label=label, n_records=numbers[0], n_events=len(steps), time_at_risk=900.0,
        steps=tuple(steps), at_risk=tuple(marks), median=None, median_low=None, median_high=None,
        restricted_mean=None, restricted_low=None, restricted_high=None, cumulative_hazard=None,
    )  # fmt: skip


AID = group(
    "aid", "financial aid for a quarter of a year",
    (
        step(5.0, 0.96, 24, (0.75, 0.99)), step(18.0, 0.82, 21, (0.6, 0.93)),
        step(50.0, 0.74, 9, (0.5, 0.87)),
    ),
    (24, 23, 19, 16, 12, 9),
)  # fmt: skip
#: Fewer than five are left from week 41 on.
NONE = group(
    "none", "no aid",
    (
        step(4.0, 0.9, 16, (0.6, 0.98)), step(30.0, 0.75, 8, (0.45, 0.9)),
        step(41.0, 0.5, 4, (0.2, 0.8)),
    ),
    (16, 14, 11, 8, 6, 3),
)  # fmt: skip


def term(name, ratio, low, high):
    return ModelTerm(
        term=name, label=f"{name} of the men", ratio=ratio, conf_low=low, conf_high=high,
        std_error=0.2, p_value=0.0478,
    )  # fmt: skip


COX = TimeModel(
    model="cox", label="Cox regression", scale="hazard_ratio",
    terms=(term("aid", 0.68, 0.47, 1.0), term("prior", 3.2, 1.2, None)),
    n_records=40, n_events=17,
)  # fmt: skip
WEIBULL = replace(
    COX, model="weibull", label="Weibull accelerated failure time", scale="time_ratio",
    terms=(term("aid", 1.31, 0.99, 1.74), term("prior", 0.5, 0.001, 0.9)),
)  # fmt: skip


def cause(name, group_name, top):
    return CauseCurve(
        cause=name, label=f"{name} again", group=group_name, n_events=2,
        steps=(step(6.0, top / 2, 15, (0.0, top)), step(25.0, top, 9, (top / 2, 1.5 * top))),
    )  # fmt: skip


CAUSES = tuple(
    cause(name, who, top + (0.05 if who == "none" else 0.0))
    for name, top in (("arrest", 0.3), ("death", 0.1))
    for who in ("aid", "none")
)
FOUND = FamiliarTimes(
    title="Arrests", event="arrest", time_unit="weeks", record="men", origin="release",
    delayed_entry=False, n_records=40, n_events=6, n_clusters=0, n_dropped=0, dropped=(),
    horizon=50.0, groups=(AID, NONE), tests=(), contrasts=(), models=(COX, WEIBULL),
    causes=CAUSES, refused=(), min_at_risk=5, conf_level=0.95, provenance=OPEN,
)  # fmt: skip


def times(**changes):
    return Released(result=replace(FOUND, **changes), profile="none", evidence=())


MANY_GROUPS = tuple(
    replace(AID, group=f"g{at}", label=f"a group with a rather long label, number {at}")
    for at in range(6)
)
MANY_MARKS = replace(
    AID,
    at_risk=tuple(NumberAtRisk(time=float(at), n=3000 - at, enough=True) for at in range(51)),
)
MANY_MODELS = tuple(
    replace(COX, model=f"m{at}", label=f"A model with a rather long name, number {at}")
    for at in range(10)
)
FIGURES = {
    "survival": lambda: draw_survival(times()),
    "one group": lambda: draw_survival(times(groups=(AID,))),
    "six groups": lambda: draw_survival(times(groups=MANY_GROUPS)),
    "many marks": lambda: draw_survival(times(groups=(MANY_MARKS, AID))),
    "high floor": lambda: draw_survival(times(), only=["aid"], lowest=0.45),
    "late start": lambda: draw_survival(times(start=10.0, delayed_entry=True)),
    "early horizon": lambda: draw_survival(times(horizon=2.0)),
    "late horizon": lambda: draw_survival(times(horizon=90.0)),
    "causes": lambda: draw_cause_curves(times()),
    "one cause": lambda: draw_cause_curves(times(), only=["death"]),
    "one group of causes": lambda: draw_cause_curves(times(causes=CAUSES[::2])),
    "ratios": lambda: draw_ratios(times()),
    "one model": lambda: draw_ratios(times(), only=["cox"]),
    "one ratio": lambda: draw_ratios(times(), only=["cox"], terms=["aid"]),
    "many models": lambda: draw_ratios(times(models=MANY_MODELS)),
}
EVERY = pytest.mark.parametrize("draw", FIGURES.values(), ids=FIGURES)
DRAWS = [draw_survival, draw_cause_curves, draw_ratios]


@EVERY
def test_words_are_whole_apart_and_legible(draw, check_words):
    ax = draw()
    assert ax.figure.axes == [ax]
    check_words(ax)


@pytest.mark.parametrize("draw", DRAWS)
def test_given_axes_are_used_and_only_simulated_data_are_marked(draw, by_gid):
    _, (left, right) = plt.subplots(ncols=2)
    simulated = times(provenance=replace(OPEN, sample_origin="simulated"))
    assert draw(simulated, ax=left) is left
    assert [mark.get_text() for mark in by_gid(left, "simulated")] == ["simulated data"]
    assert not by_gid(draw(times(), right), "simulated")
    assert len(plt.get_fignums()) == 1


@pytest.mark.parametrize("draw", DRAWS)
def test_bytes_repeat(draw):
    assert render_figure(draw(times())) == render_figure(draw(times()))


def test_a_curve_steps_down_from_one_to_the_last_time_with_enough_at_risk(by_gid):
    ax = draw_survival(times())
    (line,) = by_gid(ax, "curve-aid")
    assert line.get_drawstyle() == "steps-post"
    assert line.get_xdata().tolist() == [0.0, 5.0, 18.0, 50.0, 50.0]
    assert line.get_ydata().tolist() == [1.0, 0.96, 0.82, 0.74, 0.74]
    (short,) = by_gid(ax, "curve-none")
    assert short.get_xdata().tolist() == [0.0, 4.0, 30.0, 40.0]
    assert short.get_ydata().tolist() == [1.0, 0.9, 0.75, 0.75]
    assert line.get_linestyle() != short.get_linestyle()


def test_limits_go_with_their_curve(by_gid):
    ax = draw_survival(times())
    low, high = by_gid(ax, "edge-none-1")[0], by_gid(ax, "edge-none-2")[0]
    assert low.get_ydata().tolist() == [0.6, 0.45, 0.45]
    assert high.get_ydata().tolist() == [0.98, 0.9, 0.9]
    assert low.get_xdata().tolist() == [4.0, 30.0, 40.0]
    bare = replace(AID, steps=tuple(replace(s, conf_low=None) for s in AID.steps))
    assert not by_gid(draw_survival(times(groups=(bare,))), "edge-")


def test_numbers_at_risk_stand_under_their_times_and_move_with_the_axis(by_gid):
    ax = draw_survival(times())
    for limits in (ax.get_xlim(), (-5.0, 80.0)):
        ax.set_xlim(*limits)
        ax.figure.canvas.draw()
        rows = []
        for who, numbers in (("aid", "24 23 19 16 12 9"), ("none", "16 14 11 8 6 <5")):
            for at, words in enumerate(numbers.split()):
                (text,) = by_gid(ax, f"at-risk-{who}-{10 * at}")
                assert text.get_text() == words
                box = text.get_window_extent()
                place = ax.transData.transform((10 * at, 0))[0]
                assert (box.x0 + box.x1) / 2 == pytest.approx(place, abs=1)
            rows.append(round((box.y0 + box.y1) / 2))
        assert rows[0] > rows[1]


def test_the_axis_says_where_it_begins(by_gid):
    assert draw_survival(times()).get_ylim()[0] == 0.0
    ax = draw_survival(times(), only=["aid"], lowest=0.45)
    assert ax.get_ylim()[0] == 0.45
    assert [text.get_text() for text in by_gid(ax, "lowest")] == ["the axis begins at 45%"]
    with pytest.raises(
        ValueError, match=r"lowest is 0\.6, but curves or limits come down to 0\.45"
    ):
        draw_survival(times(), lowest=0.6)
    with pytest.raises(ValueError, match="must be a share from 0 to below 1"):
        draw_survival(times(), lowest=1.0)


def test_curves_begin_where_enough_are_at_risk(by_gid):
    early = replace(AID, at_risk=(NumberAtRisk(time=0.0, n=2, enough=False), *AID.at_risk[1:]))
    ax = draw_survival(times(groups=(early,), start=10.0))
    (line,) = by_gid(ax, "curve-aid")
    assert line.get_xdata().tolist() == [10.0, 18.0, 50.0, 50.0]
    assert line.get_ydata()[0] == 1.0
    assert ax.get_xlim()[0] == 10.0
    assert not by_gid(ax, "at-risk-aid-0")


def test_the_horizon_and_the_blank_after_the_end(by_gid):
    assert by_gid(draw_survival(times()), "horizon")[0].get_xdata() == [50.0, 50.0]
    assert not by_gid(draw_survival(times()), "blank")
    far = draw_survival(times(horizon=90.0))
    assert by_gid(far, "blank")[0].get_text().replace("\n", " ") == (
        "fewer than 5 at risk: not drawn"
    )


def test_the_key_stands_above_and_names_what_is_drawn():
    ax = draw_survival(times(), only=["none", "aid"])
    ax.figure.canvas.draw()
    words = [text.get_text().replace("\n", " ") for text in ax.get_legend().get_texts()]
    assert words == [
        "No aid: 3 of 16 with the event",
        "Financial aid for a quarter of a year: 3 of 24 with the event",
        "95% pointwise limits",
    ]
    assert ax.get_legend().get_window_extent().y0 > ax.get_window_extent().y1


def test_curves_of_causes_and_their_limits_at_the_horizon(by_gid):
    ax = draw_cause_curves(times())
    (line,) = by_gid(ax, "curve-arrest-aid")
    assert line.get_xdata().tolist() == [0.0, 6.0, 25.0, 50.0]
    assert line.get_ydata().tolist() == [0.0, 0.15, 0.3, 0.3]
    (whisker,) = by_gid(ax, "limits-arrest-aid")
    assert list(whisker.get_ydata()) == [0.15, pytest.approx(0.45)]
    # The group without aid is not followed to the horizon by five or more.
    assert not by_gid(ax, "limits-arrest-none")
    assert by_gid(ax, "curve-arrest-none")[0].get_xdata().tolist() == [0.0, 6.0, 25.0, 40.0]
    looks = {
        (mark.get_color(), mark.get_marker())
        for mark in by_gid(ax, "marks-")
    }  # fmt: skip
    assert len(looks) == 2
    dashes = {line.get_linestyle() for line in by_gid(ax, "curve-")}
    assert len(dashes) == 2


def test_marks_are_the_ratios_and_lines_their_limits(by_gid):
    ax = draw_ratios(times())
    assert ax.get_xscale() == "log"
    for model in (COX, WEIBULL):
        for one in model.terms:
            (mark,) = by_gid(ax, f"ratio-{model.model}-{one.term}")
            assert mark.get_xdata()[0] == one.ratio
    assert list(by_gid(ax, "limits-cox-aid")[0].get_xdata()) == [0.47, 1.0]
    low, high = ax.get_xlim()
    (right,) = by_gid(ax, "beyond-cox-prior")
    assert right.get_xdata()[0] == high
    assert right.get_marker() == ">"
    (left,) = by_gid(ax, "beyond-weibull-prior")
    assert (left.get_xdata()[0], left.get_marker()) == (low, "<")
    assert by_gid(ax, "none")[0].get_xdata() == [1.0, 1.0]
    marks = {by_gid(ax, f"ratio-{name}-aid")[0].get_marker() for name in ("cox", "weibull")}
    assert len(marks) == 2


def test_models_stand_under_each_coefficient_and_alone_under_their_name(by_gid):
    def headings(ax):
        return [text.get_text() for text in by_gid(ax, "heading")]

    assert headings(draw_ratios(times())) == ["Aid of the men", "Prior of the men"]
    alone = draw_ratios(times(), only=["cox"])
    assert headings(alone) == ["Cox regression"]
    assert [text.get_text() for text in by_gid(alone, "number")] == [
        "0.68 (0.47 to 1.00)", "0.048", "3.20 (above 1.20)", "0.048",
    ]  # fmt: skip


def test_what_is_drawn_can_be_read_as_a_table():
    frame = survival_source(times())
    assert frame["group"].tolist() == ["aid"] * 3 + ["none"] * 2
    assert frame["n_at_risk"].min() >= 5
    frame = cause_curves_source(times(), only=["death"])
    assert frame[["cause", "group"]].drop_duplicates().to_numpy().tolist() == [
        ["death", "aid"], ["death", "none"],
    ]  # fmt: skip
    frame = ratios_source(times(), terms=["aid"])
    assert frame["model"].tolist() == ["cox", "weibull"]
    assert frame["ratio"].tolist() == [0.68, 1.31]


def test_figures_in_words():
    assert survival_alt(times()) == (
        "Arrests: share without arrest over weeks since release, Kaplan-Meier, drawn where 5 or "
        "more are at risk. financial aid for a quarter of a year, 3 events among 24 men, 74% at 50 "
        "weeks (limits 50% to 87%); no aid, 3 events among 16 men, 75% at 40 weeks (limits 45% to "
        "90%)."
    )
    assert cause_curves_alt(times(causes=CAUSES[:1])) == (
        "Arrests: cumulative incidence by cause over weeks since release, drawn where 5 or more "
        "are at risk. arrest again: 2 of 24 men, 30% at 50 weeks."
    )
    assert ratios_alt(times(), terms=["aid"]) == (
        "Arrests: ratios with 95% limits. aid of the men, hazard ratio 0.68 (0.47 to 1.00) in Cox "
        "regression, time ratio 1.31 (0.99 to 1.74) in Weibull accelerated failure time."
    )
    simulated = times(provenance=replace(OPEN, sample_origin="simulated"))
    for write in (survival_alt, cause_curves_alt, ratios_alt):
        assert write(simulated).startswith("Simulated data. ")


def test_the_order_of_steps_does_not_matter():
    turned = replace(AID, steps=AID.steps[::-1], at_risk=AID.at_risk[::-1])
    assert render_figure(draw_survival(times(groups=(turned, NONE)))) == render_figure(
        draw_survival(times())
    )


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(ReportError, match="7 groups cannot be told apart in one figure"):
        draw_survival(times(groups=(*MANY_GROUPS, AID)))
    with pytest.raises(ReportError, match="nowhere are 50 or more at risk"):
        draw_survival(times(min_at_risk=50, groups=(group("a", "a", (), (9,)),)))
    with pytest.raises(ReportError, match="'aids' is not a group of this result"):
        draw_survival(times(), only=["aids"])
    with pytest.raises(ReportError, match="the result holds no cause"):
        draw_cause_curves(times(causes=()))
    with pytest.raises(ReportError, match="no event falls where 20 or more are at risk"):
        draw_cause_curves(times(min_at_risk=20, causes=CAUSES))
    five = tuple(replace(CAUSES[0], cause=f"c{at}") for at in range(5))
    with pytest.raises(ReportError, match="5 causes cannot be told apart"):
        draw_cause_curves(times(causes=five))
    with pytest.raises(ReportError, match="the result holds no model"):
        draw_ratios(times(models=()))
    odd = replace(COX, terms=(term("aid", 0.0, 0.0, 2.0),))
    with pytest.raises(ReportError, match="no place on the axis for 'aid' of 'cox'"):
        draw_ratios(times(models=(odd,)))
    with pytest.raises(ReportError, match="do not fit on one page"):
        draw_ratios(times(models=MANY_MODELS * 5))
    for draw in DRAWS:
        with pytest.raises(ReportError, match="draws released results only"):
            draw(FOUND)
