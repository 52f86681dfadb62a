"""Plans of new samples: draws, the planning numbers of the design, seeds, words, figures, files."""

import dataclasses
import math
from typing import get_args

import matplotlib.pyplot as plt
import numpy as np
import pytest
from scipy import stats

from relatum.errors import ReleaseError, ReportError, UsageError
from relatum.figures.planning import PlanQuantity, draw_plan, plan_alt, plan_source
from relatum.inference.betabinomial import estimate_case_average
from relatum.inference.common import Refusal
from relatum.inference.rate_score_test import rate_ratio_p_value
from relatum.inference.wild_proportion import clustered_proportion
from relatum.inference.within_counts import within_case_p_value
from relatum.models.planning import design_cells, plan_sample
from relatum.models.planning_draws import (
    CellDesign,
    draw_attempts,
    draw_cross,
    draw_pair,
    draw_shares,
    draw_sizes,
    draw_steps,
    mean_coded,
)
from relatum.models.planning_studies import CASE_AVERAGES, STUDY_FIELDS, simulate_studies
from relatum.models.planning_words import plan_notes
from relatum.pipeline.manifest import read_manifest
from relatum.pipeline.planning import write_plan
from relatum.release import read_released
from relatum.release.planning import release_plan
from relatum.results.codec import decode, encode
from relatum.results.planning import SamplePlan
from relatum.study.planning import PlanningDesign
from relatum.tables.pair_words import power_words
from relatum.tables.planning import (
    say_plan_cap,
    say_plan_events,
    say_plan_made,
    say_plan_needed,
    say_plan_size,
    tabulate_plan,
    tabulate_plan_advice,
    tabulate_plan_assurance,
    tabulate_plan_needed,
    tabulate_plan_settings,
)
from relatum.tables.planning_power import tabulate_plan_power
from relatum.tables.wording import NOTHING

PUBLISHED = (26, 22, 5, 5, 4, 3, 3, 1, 1, 1, 1, 1)
SMALL = PlanningDesign(studies=10, draws=99, cases=(16, 24), iccs=(0.05, 0.2))
ONE = dataclasses.replace(SMALL, cases=(16,), iccs=(0.1,))


@pytest.fixture(scope="module")
def plan():
    return plan_sample(SMALL)


@pytest.fixture(scope="module")
def results(plan):
    return {"plan": release_plan(plan)}


# --- draws ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("mean", "cv"), [(6.0, 1.3), (6.0, 0.5), (3.0, math.sqrt(2) / 3)])
def test_sizes_have_the_mean_and_variation_that_were_asked_for(mean, cv):
    design = PlanningDesign(mean_size=mean, size_cv=cv)
    drawn = draw_sizes(design, cases=200_000, rng=np.random.default_rng(1))
    assert drawn.min() == 1
    # four standard errors of a mean of 200,000
    assert drawn.mean() == pytest.approx(mean, abs=4 * mean * cv / math.sqrt(200_000))
    assert drawn.std() / drawn.mean() == pytest.approx(cv, rel=0.03)


def test_sizes_at_hand_are_kept_or_drawn_from():
    design, rng = PlanningDesign(sizes=PUBLISHED), np.random.default_rng(2)
    assert tuple(draw_sizes(design, cases=12, rng=rng)) == PUBLISHED
    assert tuple(draw_sizes(design, cases=12, factor=2, rng=rng)) == tuple(2 * n for n in PUBLISHED)
    assert set(draw_sizes(design, cases=40, rng=rng)) <= set(PUBLISHED)
    assert mean_coded(design, cap=8) == pytest.approx((16 + 5 + 5 + 4 + 3 + 3 + 5) / 12)
    equal = PlanningDesign(mean_size=5, size_cv=0)
    assert set(draw_sizes(equal, cases=9, rng=rng)) == {5}


def test_shares_have_the_correlation_that_was_asked_for():
    design, rng = PlanningDesign(documented=0.8), np.random.default_rng(3)
    held = draw_shares(design, np.full(40_000, 10), share=0.3, icc=0.2, rng=rng)
    assert held.documented.mean() == pytest.approx(8.0, abs=0.06)
    assert held.present.sum() / held.documented.sum() == pytest.approx(0.3, abs=0.005)
    assert (held.lowest <= held.highest).all()
    full = held.documented == 10
    # variance of a beta-binomial count: n p q (1 + (n - 1) icc)
    assert held.present[full].var() == pytest.approx(10 * 0.21 * 2.8, rel=0.06)


def test_attempts_have_the_rate_and_the_ratio():
    design, rng = PlanningDesign(rate_ratio=2.0), np.random.default_rng(4)
    events, years = draw_attempts(design, np.full(20_000, 6), rng)
    rates = events.sum(axis=0) / years.sum(axis=0)
    # about 18,000 events each: an error of .015 or less of the ratio
    assert rates[0] / rates[1] == pytest.approx(2.0, abs=0.08)
    assert events.sum() / years.sum() == pytest.approx(0.6, rel=0.03)
    reports, steps = draw_steps(design, np.full(5_000, 6), icc=0.1, rng=rng)
    assert steps.sum() / reports.sum() == pytest.approx(0.5, abs=0.02)


def test_crossed_things_have_the_odds_ratio_within_investigations():
    rng = np.random.default_rng(8)
    sizes, first = np.full(400, 500), np.full(400, 200)
    held = draw_cross(sizes, first, share=0.4, icc=0.1, odds_ratio=6.0, rng=rng)
    a, b = held.joint, held.first - held.joint
    c = held.second - held.joint
    d = held.sizes - held.first - c
    # Mantel-Haenszel over the investigations; one standard error of its log is about .012
    ratio = (a * d / held.sizes).sum() / (b * c / held.sizes).sum()
    assert math.log(ratio) == pytest.approx(math.log(6.0), abs=0.04)
    none = draw_cross(sizes, first, share=0.4, icc=0.1, odds_ratio=1.0, rng=rng)
    # the share of an investigation has variance .4 x .6 x .1; the counts add a little
    assert (none.second / sizes).mean() == pytest.approx(0.4, abs=3 * 0.155 / 20)
    assert (none.second / sizes).std() == pytest.approx(0.155, abs=0.02)


def test_pairs_of_domains_have_the_power_that_the_design_prints():
    # 73 relationships in the published sizes, 21 pairs, prevalences about .43: max-T has .40 at an
    # odds ratio of 10 and .72 at 30, with cases that differ by one logit (a correlation of .17)
    # and documentation whose depth differs, too. Without the latter a little more is found.
    rng = np.random.default_rng(9)
    for ratio, printed in ((10.0, 0.40), (30.0, 0.72)):
        design = PlanningDesign(documented=1.0, pair_odds_ratio=ratio)
        hits = 0
        for _ in range(400):
            share = 1 / (1 + math.exp(0.3 - 0.9 * rng.normal()))
            held = draw_pair(design, np.array(PUBLISHED), share=share, icc=0.17, rng=rng)
            p = within_case_p_value(held.joint, held.first, held.second, held.sizes)
            hits += not isinstance(p, Refusal) and p <= 0.05 / 21
        # one standard error is .025; three are allowed
        assert printed - 0.075 < hits / 400 < printed + 0.05 + 0.075


# --- the planning numbers of the design; the whole table is in tests/benchmarks/results ----------


def formula_error(cases, mean, cv, icc):
    return math.sqrt(0.25 * (1 + ((1 + cv**2) * mean - 1) * icc) / (cases * mean))


@pytest.mark.parametrize(("cv", "cases"), [(1.3, 41), (0.5, 28)])
def test_investigations_for_equivalence_to_a_fixed_figure(cv, cases):
    # 41 and 28 investigations show a margin of .15 at a correlation of .10 with 80% power.
    design = PlanningDesign(size_cv=cv, documented=1.0)
    rng, studies = np.random.default_rng(5), 800
    error = formula_error(cases, 6, cv, 0.1)
    gaps, shown = np.empty(studies), np.empty(studies // 4)
    for at in range(studies):
        sizes = draw_sizes(design, cases=cases, rng=rng)
        held = draw_shares(design, sizes, share=0.5, icc=0.1, rng=rng)
        true = math.sqrt(0.25 * (sizes * (1 + (sizes - 1) * 0.1)).sum()) / sizes.sum()
        gaps[at] = abs(held.present.sum() / sizes.sum() - 0.5) / true
        if at < len(shown):
            found = clustered_proportion(held.present, sizes, conf_level=0.9, n_draws=200, seed=at)
            shown[at] = found.conf_low > 0.35 and found.conf_high < 0.65
    power = (gaps * error + stats.t.ppf(0.95, cases - 1) * error < 0.15).mean()
    # one standard error is .014; three are allowed
    assert power == pytest.approx(0.8, abs=0.05)
    # the estimator does not know the error: up to .05 less, and one standard error is .028
    assert 0.8 - 0.05 - 3 * 0.028 < shown.mean() < 0.8 + 3 * 0.028


def test_sixty_six_events_tell_a_ratio_of_two():
    design = PlanningDesign(frailty=0.0, months=12.0, attempts_per_year=0.25)
    rng, hits = np.random.default_rng(6), 0
    for at in range(400):
        events, years = draw_attempts(design, np.full(44, 6), rng)
        hits += rate_ratio_p_value(events, years, n_draws=200, seed=at) <= 0.05
    # The formula knows the error; the test estimates it and is up to .04 weaker. One standard
    # error is .021; three are allowed.
    assert 0.76 - 0.063 < hits / 400 < 0.80 + 0.063


def test_sixty_reports_have_the_printed_half_widths():
    for icc, printed in ((0.0, 0.13), (0.1, 0.19)):
        assert 1.96 * formula_error(12, 5, 1.3, icc) == pytest.approx(printed, abs=0.005)


def test_effective_numbers_of_the_published_sizes():
    design = dataclasses.replace(SMALL, sizes=PUBLISHED)
    for icc, effective in ((0.05, 40.4), (0.1, 28.0), (0.2, 17.3)):
        cell = CellDesign(part="grid", cases=12, cap=0, icc=icc)
        drawn = simulate_studies(design, cell, place=0, start=0, stop=1)
        assert drawn[0, STUDY_FIELDS.index("effective")] == pytest.approx(effective, abs=0.05)


# --- the plan ------------------------------------------------------------------------------------


def test_one_and_two_processes_give_the_same():
    told = []
    again = plan_sample(ONE, jobs=2, advance=told.append)
    assert again == plan_sample(ONE)
    assert sum(told) == 10 * len(design_cells(ONE))


def test_more_studies_keep_those_there_were():
    cell = design_cells(SMALL)[0]
    few = simulate_studies(SMALL, cell, place=0, start=0, stop=3)
    later = simulate_studies(SMALL, cell, place=0, start=2, stop=3)
    assert np.array_equal(few[2:], later, equal_nan=True)
    other = simulate_studies(SMALL, cell, place=1, start=0, stop=3)
    assert not np.array_equal(few, other)


def test_what_a_plan_says_hangs_together(plan):
    for cell in plan.cells:
        assert 0 < cell.width <= cell.width_bounds
        assert cell.power_open <= cell.power_pair
        assert cell.effective <= cell.coded <= cell.relationships
        assert 0.5 < cell.coverage <= 1
        assert 0 < cell.width_case < 1
    for icc in plan.iccs:
        few, many = plan.line(icc)
        assert many.width < few.width
        assert many.width_case < few.width_case
    base, wider, deeper, capped, spread, _ = plan.part("advice")
    assert wider.width < base.width
    assert deeper.coded > capped.coded
    assert spread.cases > base.cases
    assert capped.coded < base.coded


def test_without_silence_open_and_documented_are_the_same():
    design = dataclasses.replace(SMALL, documented=1.0)
    drawn = simulate_studies(design, design_cells(design)[0], place=0, start=0, stop=5)
    column = dict(zip(STUDY_FIELDS, drawn.T, strict=True))
    assert np.array_equal(column["margin_pair"], column["margin_open"])
    assert np.array_equal(column["width"], column["width_bounds"])


def test_the_average_investigation_is_estimated_in_the_first_studies_only():
    cell = CellDesign(part="grid", cases=12, cap=0, icc=0.1)
    start = CASE_AVERAGES - 1
    drawn = simulate_studies(SMALL, cell, place=0, start=start, stop=start + 2)
    column = dict(zip(STUDY_FIELDS, drawn.T, strict=True))
    assert np.isfinite(column["width_case"]).tolist() == [True, False]
    rng = np.random.default_rng(np.random.SeedSequence(entropy=SMALL.seed, spawn_key=(0, start)))
    sizes = draw_sizes(SMALL, cases=12, rng=rng)
    held = draw_shares(SMALL, sizes, share=0.5, icc=0.1, rng=rng)
    found = estimate_case_average(held.present, held.documented)
    assert column["width_case"][0] == found.conf_high - found.conf_low
    # Nothing else depends on it.
    later = simulate_studies(SMALL, cell, place=0, start=start + 1, stop=start + 2)
    assert np.array_equal(drawn[1:], later, equal_nan=True)


def test_what_does_not_go_together_is_hardly_ever_found():
    design = dataclasses.replace(SMALL, pair_odds_ratio=1.0, step_odds_ratio=1.0, pairs=1)
    rng, hits = np.random.default_rng(10), np.zeros(2)
    sizes = np.full(20, 6)
    for _ in range(400):
        pair = draw_pair(design, sizes, share=0.5, icc=0.1, rng=rng)
        steps = draw_cross(sizes, sizes // 2, share=0.5, icc=0.1, odds_ratio=1.0, rng=rng)
        for at, held in enumerate((pair, steps)):
            p = within_case_p_value(held.joint, held.first, held.second, held.sizes)
            hits[at] += not isinstance(p, Refusal) and p <= 0.05
    # exact, so never above .05 but for chance: three standard errors of .011
    assert (hits / 400 < 0.05 + 0.033).all()


def test_rare_reports_and_attempts_are_counted_not_dropped():
    design = dataclasses.replace(
        SMALL, cases=(6,), iccs=(0.1,), reported=0.01, attempts_per_year=0.001
    )
    (cell,) = plan_sample(design).part("grid")
    assert cell.n_no_ratio == 10
    assert cell.n_no_half_width > 4
    assert cell.power_ratio == 0
    assert cell.power_step == 0
    assert cell.reach_half_width == 0


def test_a_number_that_no_study_gives_is_none():
    bare = dataclasses.replace(ONE, cases=(6,), mean_size=1, size_cv=0, documented=0.05)
    found = plan_sample(bare)
    (cell,) = found.part("grid")
    assert (cell.width, cell.coverage, cell.width_case) == (None, None, None)
    assert cell.reach_width == 0
    assert decode(SamplePlan, encode(found)) == found
    released = release_plan(found)
    assert tabulate_plan(released).rows[0].cells[2] == NOTHING
    assert "so few files answer" in say_plan_size({"plan": released}, "plan")


def test_advice_never_raises_the_cap_of_the_plan():
    for cap, expected in ((0, {0, 8}), (3, {3}), (8, {8}), (20, {8, 20})):
        cells = design_cells(dataclasses.replace(ONE, cap=cap))
        assert {cell.cap for cell in cells} == expected


@pytest.mark.parametrize(
    ("documented", "words"),
    [(0.9, "together 20%: less than the 0.3"), (0.85, "30%: not less"), (0.8, "40%: not less")],
)
def test_silence_is_held_against_the_width_of_the_margin(documented, words):
    notes = {note.code: note.text for note in plan_notes(PlanningDesign(documented=documented))}
    assert words in notes["plan_silence"]
    assert "plan_silence" not in {note.code for note in plan_notes(PlanningDesign(documented=1.0))}


def test_silence_below_the_width_of_the_margin_leaves_equivalence_possible():
    cell = CellDesign(part="grid", cases=400, cap=8, icc=0.05)
    drawn = simulate_studies(PlanningDesign(draws=99), cell, place=0, start=0, stop=4)
    assert drawn[:, STUDY_FIELDS.index("margin_open")].min() < 0.15


def test_it_survives_the_codec(plan):
    assert decode(SamplePlan, encode(plan)) == plan
    assert len(plan.tidy()) == len(plan.cells)


def test_sizes_at_hand_are_not_told():
    design = dataclasses.replace(ONE, sizes=PUBLISHED)
    found = plan_sample(design)
    assert found.settings[0].value == "those of 12 investigations at hand"
    assert "plan_sizes_at_hand" in {note.code for note in found.notes}


def test_wrong_calls(plan):
    with pytest.raises(ValueError, match="jobs"):
        plan_sample(SMALL, jobs=0)
    with pytest.raises(ReleaseError, match="Only a plan"):
        release_plan("plan")
    open_source = dataclasses.replace(plan.provenance, sample_origin="collected")
    with pytest.raises(ReleaseError, match="not marked"):
        release_plan(dataclasses.replace(plan, provenance=open_source))


# --- words and figures ---------------------------------------------------------------------------


def test_tables(results, plan):
    released = results["plan"]
    grid = tabulate_plan(released)
    assert len(grid.rows) == 4
    assert grid.footnotes[0].startswith("Simulated data")
    assert len(tabulate_plan_advice(released).rows) == 6
    assert len(tabulate_plan_assurance(released).rows) == 2
    assert len(tabulate_plan_needed(released).rows) == 7
    power = tabulate_plan_power(released)
    assert len(power.rows) == 4
    assert power.rows[0].cells[5] == power_words(plan.line(0.05)[0].power_domains)
    assert grid.rows[0].cells[4] == f"{plan.line(0.05)[0].width_case:.2f}"
    assert len(tabulate_plan_settings(released).rows) == len(plan.settings)


def test_the_needed_number_holds_for_all_larger_ones(results, plan):
    first, second = plan.line(0.05)
    reached = (
        dataclasses.replace(first, reach_width=0.9),
        dataclasses.replace(second, reach_width=0.5),
    )
    others = tuple(cell for cell in plan.cells if cell not in (first, second))
    changed = dataclasses.replace(plan, cells=(*reached, *others))
    row = tabulate_plan_needed(release_plan(changed)).rows[0]
    assert row.cells[1] == "more than 24"


def test_sentences(results, plan):
    words = say_plan_needed(results, "plan", goal="equivalence", icc=0.2)
    assert words == "more than 24 investigations"
    assert "66 independent events" in say_plan_events(results, "plan")
    base = plan.part("advice")[0]
    assert f"{base.width:.2f}" in say_plan_size(results, "plan")
    assert "at most 8 coded" in say_plan_cap(results, "plan")
    capped = tuple(dataclasses.replace(cell, cap=8) for cell in plan.cells)
    same = {"plan": release_plan(dataclasses.replace(plan, cells=capped))}
    assert say_plan_cap(same, "plan").startswith("at most 8 are coded in each as it is")
    assert plan.provenance.study_hash[:12] in say_plan_made(results, "plan")
    with pytest.raises(UsageError):
        say_plan_needed(results, "plan", goal="width", icc=0.3)
    with pytest.raises(UsageError):
        say_plan_needed(results, "plan", goal="breadth", icc=0.2)


@pytest.mark.parametrize("quantity", get_args(PlanQuantity))
def test_figures_draw_the_numbers(results, quantity):
    ax = draw_plan(results["plan"], quantity=quantity)
    source = plan_source(results["plan"], quantity=quantity)
    (line,) = [one for one in ax.lines if one.get_gid() == "icc-0.05"]
    assert list(line.get_ydata()) == source[source["icc"] == 0.05]["value"].tolist()
    ax.figure.canvas.draw()
    page = ax.figure.bbox
    texts = [*ax.get_xticklabels(), ax.xaxis.label, ax.yaxis.label, *ax.get_legend().get_texts()]
    for box in (text.get_window_extent() for text in texts):
        assert page.x0 <= box.x0
        assert box.x1 <= page.x1
        assert page.y0 <= box.y0
        assert box.y1 <= page.y1
    assert plan_alt(results["plan"], quantity=quantity).startswith("Simulated data.")
    plt.close(ax.figure)


def test_a_figure_of_something_else(results):
    with pytest.raises(ReportError, match="Allowed: width"):
        draw_plan(results["plan"], quantity="depth")


# --- files ---------------------------------------------------------------------------------------


def test_files_of_a_plan(tmp_path):
    design = dataclasses.replace(ONE, name="mine")
    found, summary = write_plan(design, tmp_path)
    assert read_released(tmp_path / "mine" / "results")["plan"].result == found
    manifest = read_manifest(tmp_path / "mine")
    assert manifest.plan.hash == design.hash
    assert "sizes" not in manifest.plan.settings
    assert {path.name for path in summary.tables} >= {"plan.csv", "plan_needed.csv"}
    before = (tmp_path / "mine" / "results" / "plan.json").read_bytes()
    write_plan(design, tmp_path)
    assert (tmp_path / "mine" / "results" / "plan.json").read_bytes() == before


def test_nothing_is_half_written(tmp_path):
    design = dataclasses.replace(SMALL, name="mine")

    def stop(_steps):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_plan(design, tmp_path, advance=stop)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "own.txt").write_text("kept")
    with pytest.raises(UsageError, match="not written by relatum"):
        write_plan(design, tmp_path)
