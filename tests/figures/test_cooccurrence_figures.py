"""Figures of co-occurrence: what is drawn is what the results say, at every size they can have."""

import os
import pickle
import subprocess
import sys
from dataclasses import replace
from itertools import combinations

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
from matplotlib.colors import to_hex, to_rgb

from relatum.errors import ReportError
from relatum.figures import figure_style, render_figure
from relatum.figures.domain_upset import domain_upset_alt, domain_upset_source, draw_domain_upset
from relatum.figures.forest import draw_null_forest, null_forest_alt, null_forest_source
from relatum.figures.tactic_heatmap import (
    draw_tactic_heatmap,
    tactic_heatmap_alt,
    tactic_heatmap_source,
)
from relatum.release import Released
from relatum.results.base import Provenance, Unavailable
from relatum.results.cooccurrence import (
    CODING_LABELS,
    NULL_LABELS,
    Cooccurrence,
    NullTest,
    PairReading,
    PairRow,
    UntestedPair,
)
from relatum.results.domain_sets import DomainCount, DomainSet, DomainSets
from relatum.results.tactic_pairs import Tactic, TacticPair, TacticPairs
from relatum.schema import load_schema

DOMAINS = {
    "dom_economic": "Economic",
    "dom_control": "Control and monitoring",
    "dom_rules": "Rules",
    "dom_isolation": "Isolation",
    "dom_intimidation": "Intimidation",
    "dom_violence": "Violence",
    "dom_deception": "Deception",
}
SIMULATED = Provenance(
    relatum_version="0", schema_version="0", sample_name="hand", sample_fingerprint="0",
    sample_origin="simulated",
)  # fmt: skip
GONE = Unavailable(what="comparison", why="a column is constant")


def null_test(null, *, excess, p=0.2, scale=1.0):
    return NullTest(
        null=null, expected=20.0, excess=excess, std_error=1.5, statistic=excess / 1.5, p_value=p,
        p_adjusted=p, band_low=-2.6 * scale, band_high=2.9 * scale, power=(0.4,), detectable=None,
    )  # fmt: skip


def reading(coding, tests, n_both=30):
    return PairReading(
        coding=coding, n_relationships=73, n_first=50, n_second=45, n_both=n_both,
        n_informative=60, tests=tests, by_case=GONE, by_case_depth=GONE, at_fixed_totals=GONE,
        leave_out_low=None, leave_out_high=None, without_two=None,
    )  # fmt: skip


def pair_row(first, second, readings):
    return PairRow(
        first=first, second=second, first_label=DOMAINS[first], second_label=DOMAINS[second],
        readings=readings, phi_low=None, phi_high=None, odds_ratio_low=None, odds_ratio_high=None,
        shown=False, why="",
    )  # fmt: skip


def cooccurrence(n_pairs):
    """Build pairs whose excesses and p values differ by pair, reading and null."""
    pairs = []
    for at, (first, second) in enumerate(list(combinations(DOMAINS, 2))[:n_pairs]):
        readings = tuple(
            reading(
                coding,
                tuple(
                    null_test(
                        null,
                        excess=(at % 7) - 2 + 1.3 * place - 0.4 * step,
                        p=(0.0001, 0.05, 0.051)[(at + place) % 3],
                        scale=1 - 0.2 * place,
                    )
                    for place, null in enumerate(NULL_LABELS)
                ),
                n_both=20 + at,
            )
            for step, coding in enumerate(CODING_LABELS)
        )
        pairs.append(pair_row(first, second, readings))
    return Cooccurrence(
        title="Pairs of domains", n_family=21, pairs=tuple(pairs), untested=(), overall=(),
        checks=(), conf_level=0.95, odds_ratios=(3.0,), provenance=SIMULATED,
    )  # fmt: skip


def tactic_pairs(n, *, spread=1.0):
    """Build the first tactics of the family of 25; every seventh pair is not testable."""
    codes = [code for code in load_schema().codebook.values() if code.family_25][:n]
    tactics = tuple(
        Tactic(
            term=code.id, label=code.label, domain=code.domain, n_units=73, n_present=10 + at,
            n_absent=at, n_undocumented=63 - 2 * at,
        )
        for at, code in enumerate(codes)
    )  # fmt: skip
    pairs, untested = [], []
    for at, (one, two) in enumerate(combinations(tactics, 2)):
        if at % 7 == 6:
            untested.append(
                UntestedPair(
                    first=one.term, second=two.term, first_label=one.label,
                    second_label=two.label, why="one is part of the other",
                )
            )  # fmt: skip
            continue
        value = spread * ((at * 37 % 61) / 10 - 3)
        pairs.append(
            TacticPair(
                first=one.term, second=two.term, n_both=9, phi=0.1, excess=value, statistic=value,
                p_value=0.1, q_value=0.05 if value > 2.7 else 0.6, odds_ratio=None,
                power=0.3, statistic_upper=None, listed=value > 2.7,
            )
        )  # fmt: skip
    return TacticPairs(
        title="Pairs of tactics", n_family=n * (n - 1) // 2, tactics=tactics, pairs=tuple(pairs),
        untested=tuple(untested), checks=(), n_relationships=73, n_cases=12,
        false_discovery_rate=0.1, power_odds_ratio=10.0, provenance=SIMULATED,
    )  # fmt: skip


def domain_sets(n_sets, *, first=None):
    """Build combinations of 7 domains, from all of them down to none; sizes fall from 30."""
    every = [terms for k in range(7, -1, -1) for terms in combinations(DOMAINS, k)]
    sizes = [first or 30, *(max(1, 20 - at) for at in range(1, n_sets))]
    sets = tuple(
        DomainSet(terms=terms, n=n, n_silent=min(at, n))
        for at, (terms, n) in enumerate(zip(every[:n_sets], sizes, strict=True))
    )
    n = sum(entry.n for entry in sets)
    domains = []
    for at, (term, label) in enumerate(DOMAINS.items()):
        present = sum(entry.n for entry in sets if term in entry.terms)
        silent = min(at, n - present)
        domains.append(
            DomainCount(
                term=term, label=label, n_present=present, n_absent=n - present - silent,
                n_undocumented=silent,
            )
        )  # fmt: skip
    return DomainSets(
        title="Combinations of domains", domains=tuple(domains), sets=sets, n_relationships=n,
        provenance=SIMULATED,
    )  # fmt: skip


def hand(result):
    return Released(result=result, profile="none", evidence=())


LONG = "A label with far more words than any of the shipped ones has, and a few"


def long_words(result):
    """Give everything that is named a long name, and the last tactic a domain with a long one."""
    if isinstance(result, Cooccurrence):
        pairs = (replace(pair, first_label=LONG, second_label=LONG) for pair in result.pairs)
        return replace(result, pairs=tuple(pairs))
    if isinstance(result, DomainSets):
        return replace(result, domains=tuple(replace(d, label=LONG) for d in result.domains))
    tactics = [replace(tactic, label=LONG) for tactic in result.tactics]
    last = replace(tactics[-1], domain="third_parties")
    return replace(result, tactics=(*tactics[:-1], last))


FIGURES = {
    "forest-1": lambda: draw_null_forest(hand(cooccurrence(1))),
    "forest-10": lambda: draw_null_forest(hand(cooccurrence(10)), coding="statement_only"),
    "forest-21": lambda: draw_null_forest(hand(cooccurrence(21))),
    "forest-long": lambda: draw_null_forest(hand(long_words(cooccurrence(21)))),
    "heatmap-2": lambda: draw_tactic_heatmap(hand(tactic_pairs(2))),
    "heatmap-9": lambda: draw_tactic_heatmap(hand(tactic_pairs(9, spread=3.0))),
    "heatmap-25": lambda: draw_tactic_heatmap(hand(tactic_pairs(25))),
    "heatmap-long": lambda: draw_tactic_heatmap(hand(long_words(tactic_pairs(25)))),
    "upset-1": lambda: draw_domain_upset(hand(domain_sets(1))),
    "upset-15": lambda: draw_domain_upset(hand(domain_sets(15))),
    "upset-long": lambda: draw_domain_upset(hand(long_words(domain_sets(17)))),
    "upset-128": lambda: draw_domain_upset(hand(domain_sets(128, first=1234))),
}


def words(figure):
    """Return the boxes of all words of a figure; ticks beyond the limits are not drawn."""
    figure.canvas.draw()
    found = {}
    for held in figure.axes:
        beyond = set()
        for axis, limits in ((held.xaxis, held.get_xlim()), (held.yaxis, held.get_ylim())):
            labels = axis.get_ticklabels()
            places = axis.get_ticklocs() if held.axison else [max(limits) + 1] * len(labels)
            for at, label in zip(places, labels, strict=bool(labels)):
                if not min(limits) <= at <= max(limits):
                    beyond.add(label)
        for text in held.findobj(mpl.text.Text):
            if text.get_text().strip() and text.get_visible() and text not in beyond:
                found[text] = text.get_window_extent()
    return found


@pytest.fixture(scope="module", params=FIGURES.values(), ids=FIGURES)
def drawn(request):
    """One figure with the boxes of its words, and what draws it again."""
    ax = request.param()
    return ax, words(ax.figure), request.param


def test_no_words_are_cut(drawn):
    ax, found, _ = drawn
    page = ax.figure.bbox
    for text, box in found.items():
        inside = box.x0 >= page.x0 - 0.5 and box.x1 <= page.x1 + 0.5
        inside &= box.y0 >= page.y0 - 0.5 and box.y1 <= page.y1 + 0.5
        assert inside, text.get_text()


def test_no_words_overlap(drawn):
    found = [(text.get_text(), box) for text, box in drawn[1].items()]
    for (one, a), (other, b) in combinations(found, 2):
        wide = min(a.x1, b.x1) - max(a.x0, b.x0)
        high = min(a.y1, b.y1) - max(a.y0, b.y0)
        # Neighbouring lines may touch by the room that a font keeps for descenders.
        assert wide <= 0.5 or high <= 2.5, (one, other)


def test_letters_are_legible_at_print_size(drawn):
    ax, found, _ = drawn
    assert ax.figure.get_size_inches()[0] == pytest.approx(6.3)
    assert ax.figure.get_size_inches()[1] < 9.7
    sizes = [text.get_fontsize() for text in found]
    assert min(sizes) >= 6
    assert max(sizes) <= 7.5


def test_simulated_data_are_marked_once(drawn, by_gid):
    marks = [mark for held in drawn[0].figure.axes for mark in by_gid(held, "simulated")]
    assert [mark.get_text() for mark in marks] == ["simulated data"]


def test_one_figure_of_fixed_size_is_made_and_its_bytes_repeat(drawn):
    ax, _, draw = drawn
    plt.close("all")
    again = draw()
    assert plt.get_fignums() == [again.figure.number]
    assert again.figure.get_label() == "fixed size"
    content = render_figure(again)
    assert content == render_figure(ax)
    assert b"<image" not in content


SCRIPT = """
import hashlib, pickle, sys
from pathlib import Path
from relatum.figures import render_figure
from relatum.figures.domain_upset import draw_domain_upset
from relatum.figures.forest import draw_null_forest
from relatum.figures.tactic_heatmap import draw_tactic_heatmap

drawers = (draw_null_forest, draw_tactic_heatmap, draw_domain_upset)
held = pickle.loads(Path("released.pickle").read_bytes())
for draw, released in zip(drawers, held, strict=True):
    for form in ("svg", "png", "pdf"):
        print(form, hashlib.sha256(render_figure(draw(released), form=form)).hexdigest())
"""


def test_bytes_do_not_depend_on_hash_seed_time_zone_or_day(tmp_path):
    held = [hand(cooccurrence(2)), hand(tactic_pairs(4)), hand(domain_sets(17))]
    (tmp_path / "released.pickle").write_bytes(pickle.dumps(held))
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
    assert outputs.pop().count("\n") == 9


def test_settings_of_matplotlib_stay():
    before = dict(mpl.rcParams)
    draw_domain_upset(hand(domain_sets(3)))
    assert dict(mpl.rcParams) == before


def test_given_axes_are_used():
    _, (left, right) = plt.subplots(ncols=2)
    assert draw_null_forest(hand(cooccurrence(2)), left) is left
    assert draw_tactic_heatmap(hand(tactic_pairs(4)), right) is right
    assert len(plt.get_fignums()) == 1


@pytest.mark.parametrize("result", [cooccurrence(2), tactic_pairs(4)], ids=["forest", "heatmap"])
def test_all_is_drawn_in_one_axes(result):
    draw = draw_null_forest if isinstance(result, Cooccurrence) else draw_tactic_heatmap
    ax = draw(hand(result))
    assert ax.figure.axes == [ax]
    assert not ax.child_axes


def test_only_released_results_of_the_right_kind_are_drawn():
    with pytest.raises(ReportError, match="not a bare 'Cooccurrence'"):
        draw_null_forest(cooccurrence(1))
    with pytest.raises(ReportError, match="kind 'Cooccurrence', not 'DomainSets'"):
        draw_null_forest(hand(domain_sets(2)))
    with pytest.raises(ReportError, match="kind 'TacticPairs', not 'Cooccurrence'"):
        draw_tactic_heatmap(hand(cooccurrence(1)))
    with pytest.raises(ReportError, match="kind 'DomainSets', not 'TacticPairs'"):
        draw_domain_upset(hand(tactic_pairs(3)))
    with pytest.raises(ReportError, match="nothing to draw: comparison: not available"):
        draw_domain_upset(hand(GONE))


# The forest of nulls.


@pytest.mark.parametrize("coding", CODING_LABELS)
def test_bars_are_the_bands_and_marks_the_excess(by_gid, coding):
    found = cooccurrence(10)
    ax = draw_null_forest(hand(found), coding=coding)
    bands = {bar.get_gid(): bar for bar in by_gid(ax, "band-")}
    marks = {mark.get_gid(): mark for mark in by_gid(ax, "excess-")}
    assert len(bands) == len(marks) == 30
    for pair in found.pairs:
        for test in pair.reading(coding).tests:
            bar = bands[f"band-{pair.term}-{test.null}"]
            assert bar.get_x() == test.band_low
            assert bar.get_x() + bar.get_width() == pytest.approx(test.band_high, abs=1e-12)
            mark = marks[f"excess-{pair.term}-{test.null}"]
            assert mark.get_xdata()[0] == test.excess
            assert bar.get_y() < mark.get_ydata()[0] < bar.get_y() + bar.get_height()


def test_marks_are_filled_up_to_the_level(by_gid):
    found = cooccurrence(3)
    ax = draw_null_forest(hand(found))
    tests = {f"excess-{p.term}-{t.null}": t for p in found.pairs for t in p.readings[0].tests}
    for mark in by_gid(ax, "excess-"):
        p = tests[mark.get_gid()].p_adjusted
        assert (mark.get_markerfacecolor() != "white") == (p in (0.0001, 0.05))
    stricter = draw_null_forest(hand(replace(found, conf_level=0.99)))
    filled = [m for m in by_gid(stricter, "excess-") if m.get_markerfacecolor() != "white"]
    assert {tests[mark.get_gid()].p_adjusted for mark in filled} == {0.0001}


def test_nulls_differ_in_shape_and_grow_darker(by_gid):
    marks = by_gid(draw_null_forest(hand(cooccurrence(1))), "excess-")
    assert len({mark.get_marker() for mark in marks}) == 3
    tones = [sum(to_rgb(mark.get_markeredgecolor())) for mark in marks]
    assert tones == sorted(tones, reverse=True)
    rows = [mark.get_ydata()[0] for mark in marks]
    assert rows == sorted(rows)


def test_p_and_counts_are_printed(by_gid):
    ax = draw_null_forest(hand(cooccurrence(3)))
    numbers = [text.get_text() for text in by_gid(ax, "number")]
    assert numbers == ["<0.001", "0.050", "0.051", "0.050", "0.051", "<0.001",
                       "0.051", "<0.001", "0.050"]  # fmt: skip
    counts = [text.get_text() for text in by_gid(ax, "count")]
    assert counts == ["both in 20 of 73", "both in 21 of 73", "both in 22 of 73"]
    labels = [text.get_text() for text in by_gid(ax, "label")]
    assert labels[0] == "Economic and control and monitoring"
    columns = [text.get_text() for text in by_gid(ax, "column")]
    assert columns == ["3 of 21 pairs testable", "p adjusted"]


def test_other_readings_are_ticks_where_they_can_be_tested(by_gid):
    found = cooccurrence(2)
    one, two = found.pairs
    tests = (one.readings[1].tests[0], GONE, one.readings[1].tests[2])
    one = replace(
        one, readings=(one.readings[0], replace(one.readings[1], tests=tests), one.readings[2])
    )
    two = replace(two, readings=(two.readings[0], GONE, two.readings[2]))
    ax = draw_null_forest(hand(replace(found, pairs=(one, two))))
    assert {tick.get_gid() for tick in by_gid(ax, "upper-")} == {
        f"upper-{one.term}-case", f"upper-{one.term}-fixed_totals",
    }  # fmt: skip
    assert len(by_gid(ax, "statement_only-")) == 6
    assert by_gid(ax, "upper-")[0].get_xdata()[0] == tests[0].excess
    assert not by_gid(ax, "lower-")
    low, high = ax.get_xlim()
    for drawn in (*by_gid(ax, "upper-"), *by_gid(ax, "statement_only-"), *by_gid(ax, "excess-")):
        assert low < drawn.get_xdata()[0] < high


@pytest.mark.parametrize("coding", CODING_LABELS)
def test_the_readings_beside_the_drawn_one_differ_in_shape(by_gid, coding):
    ax = draw_null_forest(hand(cooccurrence(1)), coding=coding)
    others = [by_gid(ax, f"{name}-")[0].get_marker() for name in CODING_LABELS if name != coding]
    assert len(set(others)) == 2
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert len([name for name in names if name.startswith("excess")]) == 2


def test_a_null_that_is_not_available_leaves_its_line_empty(by_gid):
    found = cooccurrence(1)
    pair = found.pairs[0]
    tests = (pair.readings[0].tests[0], GONE, pair.readings[0].tests[2])
    held = replace(pair, readings=(replace(pair.readings[0], tests=tests), GONE, GONE))
    result = hand(replace(found, pairs=(held,)))
    ax = draw_null_forest(result)
    assert len(by_gid(ax, "excess-")) == len(by_gid(ax, "band-")) == 2
    assert [text.get_text() for text in by_gid(ax, "number")] == ["<0.001", "n/a", "0.051"]
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert not [name for name in names if name.startswith("excess")]
    source = null_forest_source(result)
    assert source["why"].tolist() == ["", "a column is constant", ""]
    assert source["excess"].isna().tolist() == [False, True, False]


def test_pairs_without_the_reading_are_left_out(by_gid):
    found = cooccurrence(2)
    gone = replace(found.pairs[0], readings=(found.pairs[0].readings[0], GONE, GONE))
    result = hand(replace(found, pairs=(gone, found.pairs[1])))
    ax = draw_null_forest(result, coding="upper")
    assert [text.get_text() for text in by_gid(ax, "label")] == ["Economic and rules"]
    assert by_gid(ax, "column")[0].get_text() == "1 of 21 pairs testable"
    assert set(null_forest_source(result, coding="upper")["term"]) == {found.pairs[1].term}


def test_nothing_to_draw_is_refused():
    none = hand(replace(cooccurrence(1), pairs=()))
    with pytest.raises(ReportError, match="of the 21 pairs none can be tested with not docu"):
        draw_null_forest(none)
    with pytest.raises(ReportError, match="none can be tested"):
        null_forest_source(none)
    pair = cooccurrence(1).pairs[0]
    held = replace(pair, readings=(reading("lower", (GONE, GONE, GONE)), GONE, GONE))
    with pytest.raises(ReportError, match="none can be tested"):
        draw_null_forest(hand(replace(cooccurrence(1), pairs=(held,))))
    with pytest.raises(ReportError, match="no reading 'middle'; there are: lower, upper, state"):
        draw_null_forest(hand(cooccurrence(1)), coding="middle")


def test_the_words_of_the_forest_hold_its_numbers():
    found = cooccurrence(3)
    text = null_forest_alt(hand(found))
    assert text.startswith("Simulated data. Pairs of domains: joint records beyond expectation")
    assert "3 of 21 pairs against three nulls, not documented counted as absent" in text
    assert "within investigations, 2 of 3 pairs (furthest from zero -2.0, economic and" in text
    collected = replace(found, provenance=replace(SIMULATED, sample_origin="collected"))
    assert null_forest_alt(hand(collected)).startswith("Pairs of domains")


# The triangle of tactics.


def test_cells_stand_where_their_tactics_meet(by_gid):
    found = tactic_pairs(25)
    ax = draw_tactic_heatmap(hand(found))
    places = {tactic.term: at for at, tactic in enumerate(found.tactics)}
    cells = {box.get_gid().removeprefix("cell-"): box for box in by_gid(ax, "cell-")}
    assert set(cells) == set(found.terms)
    for term, box in cells.items():
        first, second = term.split("+")
        assert box.get_xy() == (places[first], places[second])
    refused = by_gid(ax, "refused-")
    assert len(refused) == len(found.untested) == 42
    assert all(box.get_hatch() == "//////" for box in refused)
    assert not any(box.get_hatch() for box in cells.values())


def test_shades_run_from_blue_through_white_to_orange(by_gid):
    found = tactic_pairs(25)
    ax = draw_tactic_heatmap(hand(found))
    values = {pair.term: pair.statistic for pair in found.pairs}
    for box in by_gid(ax, "cell-"):
        red, _, blue, _ = box.get_facecolor()
        value = values[box.get_gid().removeprefix("cell-")]
        # One of the 256 shades is white, so next to zero the hue is not tested.
        if abs(value) > 0.05:
            assert (red > blue) == (value > 0)
    ends = draw_tactic_heatmap(hand(tactic_pairs(25, spread=3.0)))
    darkest = {to_hex(box.get_facecolor()) for box in by_gid(ends, "cell-")}
    assert {"#174a78", "#a94c07"} <= darkest
    texts = [text.get_text() for text in by_gid(ends, "key") if text.get_gid() == "key"]
    assert texts == ["excess over its standard deviation", "≤−5", "−2", "0", "+2", "≥+5"]


def test_signs_tell_the_direction_without_colour(by_gid):
    found = tactic_pairs(25)
    ax = draw_tactic_heatmap(hand(found))
    order = [tactic.term for tactic in found.tactics]
    for name, sign in (("plus", 1), ("minus", -1)):
        drawn = {
            (x - 0.5, y - 0.5)
            for line in by_gid(ax, f"sign-{name}")
            for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)
        }
        wanted = {
            (order.index(pair.first), order.index(pair.second))
            for pair in found.pairs
            if sign * pair.statistic >= 2
        }
        assert drawn == wanted
        assert wanted


def test_listed_pairs_are_framed(by_gid):
    found = tactic_pairs(25)
    frames = by_gid(draw_tactic_heatmap(hand(found)), "listed-")
    assert {box.get_gid().removeprefix("listed-") for box in frames} == {
        pair.term for pair in found.listed
    }
    assert frames
    assert not any(box.get_fill() for box in frames)


def test_the_margin_shows_the_documented_share(by_gid):
    found = tactic_pairs(25)
    ax = draw_tactic_heatmap(hand(found))
    bars = {bar.get_gid().removeprefix("documented-"): bar for bar in by_gid(ax, "documented-")}
    full = -0.45 + 3.05
    for tactic in found.tactics:
        share = bars[tactic.term].get_width() / full
        assert share == pytest.approx((tactic.n_present + tactic.n_absent) / 73, abs=1e-12)
    silent = replace(found.tactics[0], n_units=0, n_present=0, n_absent=0, n_undocumented=0)
    other = draw_tactic_heatmap(hand(replace(found, tactics=(silent, *found.tactics[1:]))))
    assert by_gid(other, f"documented-{silent.term}")[0].get_width() == 0


def test_tactics_stand_by_domain_whatever_their_order(by_gid):
    found = tactic_pairs(25)
    mixed = replace(found, tactics=found.tactics[::2] + found.tactics[1::2])
    source = tactic_heatmap_source(hand(mixed))
    held = {tactic.term: tactic.domain for tactic in found.tactics}
    domains = source.drop_duplicates("second")["second"].map(held).tolist()
    assert domains == sorted(domains, key=list(dict.fromkeys(domains)).index)
    names = [text.get_text() for text in by_gid(draw_tactic_heatmap(hand(mixed)), "domain")]
    assert names == ["Economic", "Control and monitoring", "Rules", "Isolation", "Intimidation",
                     "Violence", "Deception"]  # fmt: skip
    same = source.set_index(["first", "second"])["statistic"].dropna()
    assert same.abs().sum() == pytest.approx(sum(abs(p.statistic) for p in found.pairs))


def test_the_source_of_the_triangle_holds_every_cell():
    found = tactic_pairs(25)
    source = tactic_heatmap_source(hand(found))
    assert len(source) == 300
    assert (source["column"] < source["row"]).all()
    assert source["statistic"].isna().sum() == len(found.untested)
    assert set(source.loc[source["statistic"].isna(), "why"]) == {"one is part of the other"}
    assert source["listed"].sum() == len(found.listed)


def test_a_triangle_without_testable_pairs_is_refused():
    found = tactic_pairs(25)
    with pytest.raises(ReportError, match="none of the 300 pairs can be tested"):
        draw_tactic_heatmap(hand(replace(found, pairs=())))
    with pytest.raises(ReportError, match="none of the 300 pairs"):
        tactic_heatmap_alt(hand(replace(found, pairs=())))


def test_withheld_pairs_and_tactics_are_not_called_untestable():
    found = tactic_pairs(25)
    left = hand(replace(found, pairs=found.pairs[:-3], n_withheld=3))
    assert "Of 300 pairs 258 can be tested, of which 255 are drawn" in tactic_heatmap_alt(left)
    assert "withheld, or not in the family" in set(tactic_heatmap_source(left)["why"])
    bare = hand(replace(found, tactics=found.tactics[:1]))
    with pytest.raises(ReportError, match="their tactics are withheld"):
        tactic_heatmap_alt(bare)


def test_more_tactics_than_fit_are_refused():
    found = tactic_pairs(25)
    more = tuple(replace(found.tactics[0], term=f"t{at}") for at in range(30))
    with pytest.raises(ReportError, match="30 tactics do not fit on one page; there is room for 2"):
        draw_tactic_heatmap(hand(replace(found, tactics=more)))


def test_the_words_of_the_triangle_hold_its_numbers():
    found = tactic_pairs(25)
    text = tactic_heatmap_alt(hand(found))
    above = sum(pair.statistic >= 2 for pair in found.pairs)
    assert text.startswith("Simulated data. Pairs of tactics: triangle of 25 tactics.")
    assert f"Of 300 pairs 258 can be tested; {above} lie two standard deviations" in text
    assert f"Listed at a false discovery rate of 10%: {len(found.listed)}." in text
    assert "Documented least: Earnings handed over, 14% of the relationships" in text


# The combinations of domains.


def axes_of(ax):
    """Return the axes of the bars and of the domains beside the dots."""
    bars = next(a for a in ax.figure.axes if a.get_ylabel().startswith("Relationships"))
    sizes = next(a for a in ax.figure.axes if a.get_xlabel() == "Relationships")
    return bars, sizes


def test_bars_are_the_relationships_split_by_silence(by_gid):
    found = domain_sets(12)
    bars, _ = axes_of(draw_domain_upset(hand(found)))
    for rank, entry in enumerate(found.sets, start=1):
        (sure,), (silent,) = (by_gid(bars, f"{name}-{rank}")[:1] for name in ("documented",
                                                                           "silent"))  # fmt: skip
        assert sure.get_gid() == f"documented-{rank}"
        assert sure.get_height() == entry.n - entry.n_silent
        assert silent.get_y() == entry.n - entry.n_silent
        assert silent.get_height() == entry.n_silent
        assert sure.get_x() + sure.get_width() / 2 == pytest.approx(rank - 0.5)
        assert sum(to_rgb(silent.get_facecolor())) - sum(to_rgb(sure.get_facecolor())) > 1
    counts = [text.get_text() for text in by_gid(bars, "count")]
    assert counts == [str(entry.n) for entry in found.sets]


def test_dots_stand_at_the_domains_of_their_column(by_gid):
    found = domain_sets(15)
    ax = draw_domain_upset(hand(found))
    order = [domain.term for domain in found.domains]
    dots = {held.get_gid(): held.get_offsets().tolist() for held in by_gid(ax, "dots-")}
    assert len(dots) == 15
    for rank, entry in enumerate(found.sets, start=1):
        assert dots[f"dots-{rank}"] == [[rank - 1, order.index(term)] for term in entry.terms]


def test_a_relationship_without_any_domain_has_a_column_without_dots(by_gid):
    found = domain_sets(128)
    none, rest = found.sets[-1], found.sets[:3]
    assert none.terms == ()
    held = replace(found, sets=(*rest, none), n_relationships=sum(s.n for s in (*rest, none)))
    ax = draw_domain_upset(hand(held))
    assert [dots.get_gid() for dots in by_gid(ax, "dots-")] == ["dots-1", "dots-2", "dots-3"]
    assert not by_gid(ax, "other")
    assert by_gid(axes_of(ax)[0], "documented-4")


def test_rare_combinations_share_a_column(by_gid):
    found = domain_sets(128)
    ax = draw_domain_upset(hand(found))
    bars, _ = axes_of(ax)
    assert by_gid(ax, "other")[0].get_text() == "other combinations (113)"
    rest = found.sets[15:]
    last = [by_gid(bars, f"{name}-16")[0].get_height() for name in ("documented", "silent")]
    assert last == [sum(s.n - s.n_silent for s in rest), sum(s.n_silent for s in rest)]
    source = domain_upset_source(hand(found))
    assert source["n"].sum() == found.n_relationships
    assert source["n_merged"].tolist() == [1] * 15 + [113]


def test_domains_have_bars_and_counts_of_their_own(by_gid):
    found = domain_sets(12)
    _, sizes = axes_of(draw_domain_upset(hand(found)))
    heights = []
    for domain in found.domains:
        bars = [by_gid(sizes, f"{name}-{domain.term}")[0] for name in ("present", "undocumented",
                                                                      "absent")]  # fmt: skip
        widths = [bar.get_width() for bar in bars]
        assert widths == [domain.n_present, domain.n_undocumented, domain.n_absent]
        assert [bool(bar.get_hatch()) for bar in bars] == [False, True, False]
        heights.append(bars[0].get_y())
    assert heights == sorted(heights, reverse=True)
    printed = [text.get_text() for text in by_gid(sizes, "number")]
    assert printed == [
        str(n) for domain in found.domains for n in (domain.n_present, domain.n_undocumented)
    ]


def test_dots_and_bars_are_aligned():
    ax = draw_domain_upset(hand(domain_sets(20)))
    bars, sizes = axes_of(ax)
    for column in (0, 7, 15):
        below = ax.transData.transform((column, 0))[0]
        above = bars.transData.transform((column + 0.5, 0))[0]
        assert below == pytest.approx(above, abs=0.01)
    for row in range(7):
        left = ax.transData.transform((0, row))[1]
        assert left == pytest.approx(sizes.transData.transform((0, 6.5 - row))[1], abs=0.01)


def test_combinations_of_nothing_are_refused():
    found = domain_sets(2)
    with pytest.raises(ReportError, match="two domains and one relationship, not 7 and 0"):
        draw_domain_upset(hand(replace(found, sets=(), n_relationships=0)))
    with pytest.raises(ReportError, match="two domains and one relationship, not 1 and"):
        domain_upset_alt(hand(replace(found, domains=found.domains[:1])))


def test_the_words_of_the_combinations_hold_their_numbers():
    text = domain_upset_alt(hand(domain_sets(20)))
    assert text.startswith("Simulated data. Combinations of domains: 20 combinations of 7 domains")
    assert "Most frequent, 30: economic, control and monitoring, rules, isolation" in text
    assert "The 5 rarest combinations share a bar of 15." in text


def test_the_import_of_the_layout_changes_no_letters():
    with figure_style():
        before = mpl.rcParams["legend.fontsize"]
        bars, _ = axes_of(draw_domain_upset(hand(domain_sets(2))))
        assert mpl.rcParams["legend.fontsize"] == before
    assert {text.get_fontsize() for text in bars.get_legend().get_texts()} == {6.5}
