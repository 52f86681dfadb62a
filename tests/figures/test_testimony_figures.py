"""Figures of reporting and of steps back: what is drawn is what the results say."""

from dataclasses import replace
from itertools import pairwise

import matplotlib.pyplot as plt
import pytest
from matplotlib.colors import to_rgb

from relatum.errors import ReportError
from relatum.figures.odds_forest import draw_odds_forest, odds_forest_alt, odds_forest_source
from relatum.figures.reasons import draw_reasons, reasons_alt, reasons_source
from relatum.figures.report_windows import (
    draw_report_windows,
    report_windows_alt,
    report_windows_source,
)
from relatum.figures.retraction_incidence import (
    STEP_LOOKS,
    draw_retraction_incidence,
    retraction_incidence_alt,
    retraction_incidence_source,
)
from relatum.figures.retraction_path import (
    draw_retraction_path,
    retraction_path_alt,
    retraction_path_source,
)
from relatum.figures.state_areas import draw_state_areas, state_areas_alt, state_areas_source
from relatum.figures.style import render_figure
from relatum.figures.transition_diagram import (
    draw_transition_diagram,
    transition_diagram_alt,
    transition_diagram_source,
)
from relatum.release import Released
from relatum.results.base import Provenance, Unavailable
from relatum.results.reporting import (
    OccupationPoint,
    ReasonRow,
    Reporting,
    StatesAtRisk,
    TransitionCount,
)
from relatum.results.retraction import (
    PathStep,
    ReportWindows,
    Retraction,
    RetractionHorizon,
    RetractionPath,
    RetractionPoint,
    RetractionRisk,
    SwimmerBar,
)
from relatum.results.retraction_contrasts import FamiliarTerm, PenalisedTerm, RetractionContrasts

SIMULATED = Provenance(
    relatum_version="0", schema_version="0", sample_name="hand", sample_fingerprint="0",
    sample_origin="simulated",
)  # fmt: skip
GONE = Unavailable(what="reporting", why="no contact is recorded")


def let_out(result):
    return Released(result=result, profile="none", evidence=())


def occupied(completion, day, upheld, back, n):
    return OccupationPoint(
        completion=completion, day=day, no_report=1 - upheld - back, report_upheld=upheld,
        stepped_back=back, n_at_risk=n,
    )  # fmt: skip


def state_marks(*held, step=30.0):
    return tuple(
        StatesAtRisk(
            day=at * step, no_report=no, report_upheld=upheld, stepped_back=back,
            enough=no + upheld + back >= 5,
        )
        for at, (no, upheld, back) in enumerate(held)
    )  # fmt: skip


def passage(origin, target, n, *, cases=4, women=45):
    label = f"{origin.replace('_', ' ')} to {target.replace('_', ' ')}"
    return TransitionCount(
        origin=origin, target=target, label=label, n=n, n_cases=cases, n_from=women
    )


def reason(term, group, n, silent, *, limits=(None, None), women=31):
    return ReasonRow(
        term=term, label=term.replace("_", " "), group=group, n_women=women, n_present=n,
        n_absent_documented=women - n - silent, n_not_documented=silent, lower=n / women,
        upper=(n + silent) / women, conf_low=limits[0], conf_high=limits[1],
    )  # fmt: skip


POINTS = (
    occupied("latest", 0.0, 0.2, 0.0, 53),
    occupied("latest", 12.0, 0.4, 0.0, 50),
    occupied("latest", 60.0, 0.45, 0.15, 30),
    occupied("latest", 100.0, 0.3, 0.3, 12),
    occupied("latest", 170.0, 0.1, 0.6, 3),
    occupied("earliest", 0.0, 0.25, 0.0, 53),
    occupied("earliest", 40.0, 0.5, 0.1, 33),
)
PASSAGES = (
    passage("contact", "report", 31, women=53),
    passage("report", "stepped_back", 9, women=31),
    passage("stepped_back", "report", 1, cases=1, women=9),
    passage("contact", "closed", 12, women=53),
    passage("report", "closed", 10, women=31),
    passage("report", "death", 1, cases=1, women=31),
    passage("stepped_back", "closed", 3, women=9),
)
REASONS = (
    reason("love_or_attachment", "barrier", 11, 6),
    reason("fear_of_retaliation", "barrier", 14, 9, limits=(0.2, 0.9)),
    reason("escalation", "motivator", 8, 12),
    reason("information_from_the_police_about_money_and_about_others", "motivator", 0, 31),
)


def reporting(**changes):
    made = Reporting(
        title="Reporting", horizon=180.0, shares=(), points=POINTS,
        at_risk=state_marks((40, 13, 0), (30, 20, 1), (15, 14, 5), (9, 4, 4), (2, 1, 1)),
        transitions=PASSAGES, incidence=(), reasons=REASONS, n_without_reasons=22,
        leave_out_low=None, leave_out_high=None, without_two=None, unavailable=(), flow=(),
        n_faults=0, min_at_risk=5, conf_level=0.95, provenance=SIMULATED,
    )  # fmt: skip
    return let_out(replace(made, **changes))


UPHELD, RECANTED = "support_withdrawn_facts_upheld", "facts_recanted"


def step(curve, completion, day, estimate, n):
    return RetractionPoint(
        curve=curve, completion=completion, day=day, estimate=estimate, conf_low=None,
        conf_high=None, n_at_risk=n,
    )  # fmt: skip


STEPS = (
    step("any", "latest", 6.0, 0.05, 31), step("any", "latest", 40.0, 0.15, 25),
    step("any", "latest", 95.0, 0.25, 12), step("any", "earliest", 5.0, 0.05, 31),
    step("any", "earliest", 35.0, 0.2, 27),
    step(UPHELD, "latest", 6.0, 0.05, 31), step(UPHELD, "latest", 95.0, 0.15, 12),
    step(RECANTED, "latest", 40.0, 0.10, 25), step(RECANTED, "latest", 160.0, 0.5, 4),
    step("closed", "latest", 70.0, 0.3, 20),
)  # fmt: skip


def horizon(curve, day, limits=(None, None)):
    return RetractionHorizon(
        curve=curve, label=curve, day=day, n_women=31, n_cases=9, n_events_low=5, n_events_high=6,
        n_undetermined=4, earliest=0.2, latest=0.25, conf_low=limits[0], conf_high=limits[1],
    )  # fmt: skip


def retraction(**changes):
    made = Retraction(
        title="Steps back",
        horizons=(horizon("any", 30.0, (0.02, 0.3)), horizon("any", 90.0, (0.05, 0.45)),
                  horizon("any", 180.0), horizon(UPHELD, 90.0)),
        joint=GONE, points=STEPS,
        at_risk=tuple(
            RetractionRisk(day=30.0 * at, n=n, enough=n >= 5)
            for at, n in enumerate((31, 26, 21, 14, 8, 4))
        ),
        variants=(), after=(), determinants=(), leave_out_low=None, leave_out_high=None,
        without_two=None, unavailable=(), flow=(), n_faults=0, min_at_risk=5, conf_level=0.95,
        provenance=SIMULATED,
    )  # fmt: skip
    return let_out(replace(made, **changes))


def penalised(coding, odds, low, high):
    return PenalisedTerm(
        term="arrest", label="Arrest before the report", coding=coding, odds_ratio=odds,
        conf_low=low, conf_high=high, p_value=0.2, p_bootstrap=0.3, share_without=0.2,
        share_with=0.4, separated="",
    )  # fmt: skip


def familiar(name, odds, low=None, high=None, why=""):
    return FamiliarTerm(
        estimator=name, label=f"Estimator {name}", odds_ratio=odds, conf_low=low, conf_high=high,
        p_value=None if odds is None else 0.21, why=why,
    )  # fmt: skip


TERMS = (penalised("lower", 2.4, 0.6, 9.9), penalised("upper", 5.2, 0.9, None))
FAMILIAR = (
    familiar("logit", 3.1, 0.7, 14.0),
    familiar("gee", 4e8, 0.0, 9e9),
    familiar("conditional", None, why="every investigation is constant"),
    familiar("firth", 2.4),
)


def contrasts(**changes):
    made = RetractionContrasts(
        title="Contrasts", tier="one_covariate", n_reports=31, n_stepped=9, n_cases=9, counts=(),
        penalised=(*TERMS, GONE), familiar=FAMILIAR, effects=(), quality=GONE, contact=(),
        rate_ratio=None, ratio_low=None, ratio_high=None, contact_refused="", bounds=(),
        sensitivity=(), unavailable=(), conf_level=0.95, provenance=SIMULATED,
    )  # fmt: skip
    return let_out(replace(made, **changes))


def swim(stop, low=None, high=None, kind="", end="censored"):
    return SwimmerBar(stop=stop, step_low=low, step_high=high, kind_of_step=kind, end=end)


BARS = (
    swim(40.0, 3.0, 9.0, UPHELD),
    swim(210.0, 20.0, 20.0, RECANTED, "closed"),
    swim(90.0, end="death"),
    swim(90.0, 5.0, 50.0, "not_documented"),
    swim(12.0),
)


def windows(bars=BARS, **changes):
    made = ReportWindows(
        title="Reports", bars=tuple(bars), jitter_days=3.0, provenance=SIMULATED
    )  # fmt: skip
    return let_out(replace(made, **changes))


LONG = "reasons given: " + ", ".join(["love or attachment", "no other place to live"] * 6)
PATH = (
    PathStep(day_lower=-9, day_upper=0, state="arrest", label="Arrest of the suspect", detail=""),
    PathStep(day_lower=0, day_upper=0, state="report", label="Report", detail="sought by her"),
    PathStep(day_lower=5, day_upper=5, state="stepped_back", label="Step back", detail=LONG),
    PathStep(day_lower=None, day_upper=None, state="case", label="The case went on", detail=""),
)


def path(steps=PATH, **changes):
    made = RetractionPath(title="One case", steps=tuple(steps), provenance=SIMULATED)
    return let_out(replace(made, **changes))


MANY = tuple(
    reason(f"a_rather_long_label_of_reason_{at}", "barrier" if at < 17 else "motivator", at, 3)
    for at in range(23)
)
FIGURES = {
    "states": lambda: draw_state_areas(reporting()),
    "states without edges": lambda: draw_state_areas(reporting(points=POINTS[:5])),
    "many marks": lambda: draw_state_areas(
        reporting(at_risk=state_marks(*[(50, 20, 20)] * 40, step=4.0))
    ),
    "steps": lambda: draw_retraction_incidence(retraction()),
    "steps and ends": lambda: draw_retraction_incidence(retraction(), ends=True),
    "steps alone": lambda: draw_retraction_incidence(retraction(horizons=(), points=STEPS[5:6])),
    "passages": lambda: draw_transition_diagram(reporting()),
    "one passage": lambda: draw_transition_diagram(reporting(transitions=PASSAGES[:1])),
    "reasons": lambda: draw_reasons(reporting()),
    "many reasons": lambda: draw_reasons(reporting(reasons=MANY)),
    "odds": lambda: draw_odds_forest(contrasts()),
    "odds alone": lambda: draw_odds_forest(contrasts(familiar=(), penalised=TERMS[:1])),
    "no odds": lambda: draw_odds_forest(contrasts(familiar=(), penalised=(GONE,))),
    "reports": lambda: draw_report_windows(windows()),
    "one report": lambda: draw_report_windows(windows(BARS[-1:])),
    "many reports": lambda: draw_report_windows(windows(BARS * 20)),
    "path": lambda: draw_retraction_path(path()),
    "one step": lambda: draw_retraction_path(path(PATH[1:2])),
}  # fmt: skip
EVERY = pytest.mark.parametrize("draw", FIGURES.values(), ids=FIGURES)
PAIRS = {
    draw_state_areas: reporting,
    draw_retraction_incidence: retraction,
    draw_transition_diagram: reporting,
    draw_reasons: reporting,
    draw_odds_forest: contrasts,
    draw_report_windows: windows,
    draw_retraction_path: path,
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
    with pytest.raises(ReportError, match="nothing to draw: reporting: not available"):
        draw(let_out(GONE))
    with pytest.raises(ReportError, match="not a bare"):
        draw(made().result)
    other = path if made is not path else windows
    with pytest.raises(ReportError, match="draws a result of the kind"):
        draw(other())


def heights(area):
    """Return the lower and the upper edge of an area at its days."""
    found = {}
    for day, height in area.get_paths()[0].vertices:
        low, high = found.get(float(day), (height, height))
        found[float(day)] = (min(low, height), max(high, height))
    return found


def grey(colour):
    red, green, blue = to_rgb(colour)
    return 0.299 * red + 0.587 * green + 0.114 * blue


def test_states_stand_on_each_other_and_fill_the_whole(by_gid):
    ax = draw_state_areas(reporting())
    back, upheld, none = (
        heights(by_gid(ax, f"area-{name}")[0])
        for name in ("stepped_back", "report_upheld", "no_report")
    )
    # Day 60 begins: none is back before, .15 afterwards; .40 and .45 have a report upheld.
    assert back[60.0] == pytest.approx((0.0, 0.15))
    assert upheld[60.0] == pytest.approx((0.0, 0.6))
    # The last day drawn is the last one with five or more at risk: .3 back and .3 upheld.
    assert max(back) == 100.0
    assert upheld[100.0][1] == pytest.approx(0.6)
    assert none[100.0][1] == pytest.approx(1.0)
    (edge,) = by_gid(ax, "earliest-report")
    assert edge.get_xdata().tolist() == [0.0, 40.0, 100.0]
    assert edge.get_ydata().tolist() == pytest.approx([0.25, 0.6, 0.6])
    assert by_gid(ax, "blank")


def test_few_at_risk_are_neither_drawn_nor_counted(by_gid):
    ax = draw_state_areas(reporting())
    texts = {a.get_gid(): a.get_text() for a in by_gid(ax, "at-risk-")}
    assert texts["at-risk-all-0"] == "53"
    assert texts["at-risk-no_report-30"] == "30"
    assert texts["at-risk-stepped_back-90"] == "4"
    assert texts["at-risk-all-120"] == "<5"
    assert texts["at-risk-no_report-120"] == ""
    assert state_areas_source(reporting())["n_at_risk"].min() >= 5
    few = tuple(replace(point, n_at_risk=2) for point in POINTS)
    with pytest.raises(ReportError, match="no step falls where 5 or more women"):
        draw_state_areas(reporting(points=few, at_risk=()))


def test_numbers_at_risk_move_with_the_axis(by_gid):
    ax = draw_state_areas(reporting())
    ax.set_xlim(-20, 300)
    ax.figure.canvas.draw()
    (text,) = by_gid(ax, "at-risk-all-60")
    box = text.get_window_extent()
    assert (box.x0 + box.x1) / 2 == pytest.approx(ax.transData.transform((60, 0))[0], abs=1)


def test_kinds_of_steps_back_stay_apart_and_ends_stand_above(by_gid):
    ax = draw_retraction_incidence(retraction())
    upheld, recanted = (heights(by_gid(ax, f"area-{n}")[0]) for n in (UPHELD, RECANTED))
    assert upheld[95.0] == pytest.approx((0.0, 0.15))
    assert recanted[95.0] == pytest.approx((0.05, 0.25))
    assert not by_gid(ax, "area-closed")
    assert max(upheld) == 120.0
    closed = heights(by_gid(draw_retraction_incidence(retraction(), ends=True), "area-closed")[0])
    assert closed[120.0] == pytest.approx((0.25, 0.55))
    assert "closed" not in set(retraction_incidence_source(retraction())["curve"])


def test_whiskers_are_the_limits_at_the_horizons_that_are_drawn(by_gid):
    ax = draw_retraction_incidence(retraction())
    held = {a.get_gid(): list(a.get_ydata()) for a in by_gid(ax, "limits-")}
    assert held == {"limits-30": [0.02, 0.3], "limits-90": [0.05, 0.45]}
    assert ax.get_ylim()[1] >= 0.45
    (line,) = by_gid(ax, "earliest")
    assert line.get_ydata().tolist() == pytest.approx([0, 0.05, 0.2, 0.2])
    lines = [a for a in by_gid(ax, "horizon") if a.get_gid() == "horizon"]
    assert [line.get_xdata()[0] for line in lines] == [30.0, 90.0, 180.0]
    words = [a.get_text() for a in by_gid(ax, "horizon-words")]
    assert words == ["30 days", "90 days", "180 days"]


def test_areas_differ_in_grey_or_in_hatch():
    looks = [(round(grey(face), 1), hatch) for face, hatch, _ in STEP_LOOKS.values()]
    assert len(set(looks)) == len(looks)
    ax = draw_state_areas(reporting())
    shades = sorted(grey(patch.get_facecolor()[:3]) for patch in ax.get_legend().get_patches())
    assert all(b - a > 0.15 for a, b in pairwise(shades))


def test_unknown_curves_and_nothing_to_draw_are_refused():
    with pytest.raises(ReportError, match=r"'moved' is not a curve.*facts_recanted"):
        draw_retraction_incidence(retraction(points=(*STEPS, step("moved", "latest", 1, 0.1, 9))))
    with pytest.raises(ReportError, match="no step back falls"):
        draw_retraction_incidence(retraction(points=STEPS[:5]))


def test_every_passage_has_an_arrow_with_its_count(by_gid):
    ax = draw_transition_diagram(reporting())
    told = {a.get_gid(): a.get_text() for a in by_gid(ax, "count-")}
    assert told["count-contact-report"] == "31 times\nin 4 cases"
    assert told["count-stepped_back-report"] == "once\nin 1 case"
    assert told["count-report-end"] == "case closed: 10, in 4 cases\ndeath: 1, in 1 case"
    assert len(by_gid(ax, "arrow-")) == 6
    assert "31 women" in by_gid(ax, "words-report")[0].get_text()
    assert by_gid(ax, "words-end")[0].get_text() == "Followed no longer"
    few = draw_transition_diagram(reporting(transitions=(replace(PASSAGES[0], n=0),)))
    assert not by_gid(few, "arrow-")
    with pytest.raises(ReportError, match="'moved' to 'report' is not a passage"):
        draw_transition_diagram(reporting(transitions=(passage("moved", "report", 1),)))
    with pytest.raises(ReportError, match="holds no passage"):
        draw_transition_diagram(reporting(transitions=()))


def test_reasons_run_from_the_documented_to_all_that_are_silent(by_gid):
    ax = draw_reasons(reporting())
    (bounds,) = by_gid(ax, "bounds-fear_of_retaliation")
    assert list(bounds.get_xdata()) == pytest.approx([14 / 31, 23 / 31])
    assert by_gid(ax, "recorded-fear_of_retaliation")[0].get_xdata() == [14 / 31]
    assert [a.get_gid() for a in by_gid(ax, "limits-")] == ["limits-fear_of_retaliation"]
    assert [a.get_text() for a in by_gid(ax, "number")][:2] == ["14 of 31", "9"]
    assert reasons_source(reporting())["term"].tolist()[0] == "fear_of_retaliation"
    assert len(reasons_source(reporting(), only=["motivator"])) == 2
    with pytest.raises(ReportError, match="'fear' is not a group of reasons"):
        draw_reasons(reporting(), only=["fear"])
    with pytest.raises(ReportError, match="holds no group of reasons"):
        draw_reasons(reporting(reasons=()))


def test_limits_that_are_not_reached_are_arrows(by_gid):
    ax = draw_odds_forest(contrasts())
    beyond = {a.get_gid() for a in by_gid(ax, "beyond-")}
    assert beyond == {"beyond-arrest-upper", "beyond-gee"}
    assert not by_gid(ax, "odds-gee")
    assert by_gid(ax, "odds-logit")[0].get_xdata() == [3.1]
    assert by_gid(ax, "none-conditional")[0].get_text() == "not available"
    numbers = [a.get_text() for a in by_gid(ax, "number")]
    assert "5.2 (above 0.90)" in numbers
    assert ">1,000 (not bounded)" in numbers
    assert not by_gid(ax, "limits-firth")
    assert odds_forest_source(contrasts())["family"].tolist().count("penalised") == 3


def test_odds_ratios_that_were_not_fitted_have_rows_that_say_so(by_gid):
    labels = [a.get_text() for a in by_gid(draw_odds_forest(contrasts()), "label")]
    assert "Reporting" in labels
    none = draw_odds_forest(contrasts(penalised=(), familiar=()))
    assert [a.get_text() for a in by_gid(none, "label")] == ["No covariate is fitted"]
    assert [a.get_text() for a in by_gid(none, "none-")] == ["not available"]


def test_reports_are_ordered_and_steps_span_their_dates(by_gid):
    ax = draw_report_windows(windows())
    assert report_windows_source(windows())["stop"].tolist() == [210.0, 90.0, 90.0, 40.0, 12.0]
    (bar,) = by_gid(ax, "step-3")
    assert (bar.get_x(), bar.get_width()) == (3.0, 6.0)
    # A step of a known day has no width to show its kind in: it is a mark.
    (mark,) = by_gid(ax, "step-0")
    assert (mark.get_marker(), list(mark.get_xdata())) == ("D", [20.0])
    assert len(by_gid(ax, "step-")) == 3
    assert by_gid(ax, "end-0")[0].get_marker() == "s"
    assert not [t for t in ax.get_yticklabels() if t.get_text()]
    shuffled = windows(BARS[::-1])
    assert render_figure(draw_report_windows(shuffled)) == render_figure(ax)
    for bars, words in (
        ([], "holds no report"),
        ([swim(3.0, end="left")], "'left' is not a end"),
        ([swim(3.0, 1.0, 1.0, "odd")], "'odd' is not a kind of step back"),
    ):
        with pytest.raises(ReportError, match=words):
            draw_report_windows(windows(bars))


def test_the_path_is_told_in_words_by_day(by_gid):
    ax = draw_retraction_path(path())
    days = [by_gid(ax, f"day-{at}")[0].get_text() for at in range(4)]
    assert days == ["−9 to 0", "0", "5", "later"]
    assert by_gid(ax, "label-2")[0].get_text() == "Step back"
    said = " ".join(a.get_text() for a in by_gid(ax, "detail-2-"))
    assert said == f"{LONG[0].upper()}{LONG[1:]}"
    assert retraction_path_source(path())["state"].tolist()[-1] == "case"
    with pytest.raises(ReportError, match="holds no step"):
        draw_retraction_path(path(()))


def test_alternative_texts_hold_the_numbers():
    assert state_areas_alt(reporting()) == (
        "Simulated data. Reporting: stacked shares of women by state since first contact, drawn up "
        "to day 100, where 5 or more are at risk. At that day, dates at their latest: stepped back "
        "30%, report upheld 30%, no report 40%."
    )
    words = retraction_incidence_alt(retraction())
    assert "support withdrawn, facts upheld 15%, facts recanted 10%" in words
    assert "by day 90, 5 to 6 of 31 women" in words
    assert "report to stepped back: 9 in 4 cases" in transition_diagram_alt(reporting())
    assert "fear of retaliation 14 of 31, not documented 9" in reasons_alt(reporting())
    assert "silence as with 5.2 (above 0.90), p 0.20" in odds_forest_alt(contrasts())
    assert "First steps back: 3 (support withdrawn, facts upheld 1" in report_windows_alt(windows())
    assert "day 5: step back (reasons given" in retraction_path_alt(path())
    assert len(transition_diagram_source(reporting())) == 7
