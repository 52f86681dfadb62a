"""Case sizes, ages and timelines: what is drawn is what the results say."""

from dataclasses import replace

import numpy as np
import pytest

from relatum.errors import ReportError
from relatum.figures import (
    ages_source,
    case_sizes_source,
    draw_ages,
    draw_case_sizes,
    draw_timeline,
    timeline_source,
)
from relatum.results import TimelineEvent


def test_sizes_are_drawn_by_rank(results, by_gid):
    ax = draw_case_sizes(results["sizes"], results["arithmetic"])
    for group in results["sizes"].result.groups:
        lines = by_gid(ax, f"sizes-{group.member}")
        if group.group == "case":
            assert lines[0].get_ydata().tolist() == list(group.sizes)


@pytest.mark.parametrize(("member", "name"), [("suspect", "suspects"), ("relationship",) * 2])
def test_bars_span_every_feasible_size_at_a_rank(results, by_gid, member, name):
    ax = draw_case_sizes(results["sizes"], results["arithmetic"])
    wanted = f"{name.rstrip('s')}s_per_case"
    found = next(s for s in results["arithmetic"].result.solutions if s.name == wanted)
    ranked = -np.sort(-np.array(found.sizes), axis=1)
    bars = by_gid(ax, f"feasible-{member}-")
    assert len(bars) == 12
    for bar in bars:
        column = ranked[:, int(bar.get_gid().rpartition("-")[2]) - 1]
        assert bar.get_y() == column.min()
        assert bar.get_y() + bar.get_height() == column.max()


def test_the_published_range_of_the_two_largest_is_printed(results, by_gid):
    ax = draw_case_sizes(results["sizes"], results["arithmetic"], only=["relationship"])
    texts = [text.get_text() for text in by_gid(ax, "heading-")]
    assert texts == ["Relationships per case", "two largest: 48 of 73",
                     "published: 42 to 53 of 73"]  # fmt: skip


def test_without_published_solutions_only_the_sample_is_drawn(results, by_gid):
    ax = draw_case_sizes(results["sizes"])
    assert not by_gid(ax, "feasible-")
    assert case_sizes_source(results["sizes"])["feasible_low"].isna().all()


def test_cases_without_members_are_drawn_at_zero(results, released, by_gid):
    sizes = results["sizes"].result
    group = next(g for g in sizes.groups if g.variable == "case_n_relationships")
    empty = replace(group, sizes=(*group.sizes[:-1], 0))
    ax = draw_case_sizes(released(replace(sizes, groups=(empty,))))
    assert by_gid(ax, "sizes-")[0].get_ydata()[-1] == 0
    assert ax.get_ylim()[0] < 0


def test_years_bands_and_means_are_those_of_the_results(results, by_gid):
    ax = draw_ages(results["ages"], results["numbers"])
    levels = results["ages"].result.levels
    counts = [level.n for level in levels if level.variable == "victim_age"]
    assert [bar.get_height() for bar in by_gid(ax, "years-victim")] == counts
    below = [level.n for level in levels if level.variable == "suspect_age"]
    assert [-bar.get_height() for bar in by_gid(ax, "years-suspect")] == below
    bands = [text.get_text() for text in by_gid(ax, "band-counts")]
    assert bands == ["15 | 15", "54 | 54", "7 | 7"]
    mean = next(r.mean for r in results["numbers"].result.rows if r.variable == "victim_age")
    assert by_gid(ax, "mean-sample-victim")[0].get_xdata()[0] == mean
    assert by_gid(ax, "mean-published-victim")[0].get_xdata()[0] == 23
    assert by_gid(ax, "range-suspect")[0].get_xdata().tolist() == [18, 58]


def test_one_unit_alone_stands_above_the_axis(results, by_gid):
    ax = draw_ages(results["ages"], only=["suspect"])
    assert ax.get_ylim()[0] == 0
    assert min(bar.get_height() for bar in by_gid(ax, "years-suspect")) >= 0
    assert not by_gid(ax, "mean-sample")
    assert set(ages_source(results["ages"], only=["suspect"])["unit"]) == {"suspect"}


def test_ages_without_single_years_are_refused(results, released):
    ages = results["ages"].result
    banded = tuple(level for level in ages.levels if level.variable.endswith("_band"))
    with pytest.raises(ReportError, match="no unit with counts per year of age"):
        draw_ages(released(replace(ages, levels=banded)))


def test_events_span_every_possible_day(results, by_gid):
    ax = draw_timeline(results["timeline"])
    spans = {bar.get_gid(): bar for bar in by_gid(ax, "span-")}
    injury = spans["span-visible-injury"]
    assert (injury.get_x(), injury.get_x() + injury.get_width()) == (-42, -14)
    days = {line.get_gid(): line.get_xdata()[0] for line in by_gid(ax, "day-")}
    assert days["day-report"] == 0
    assert days["day-retraction-visit"] == 5


def test_an_open_end_is_an_arrow_at_the_edge(results, released, by_gid):
    ax = draw_timeline(results["timeline"])
    arrow = by_gid(ax, "open-arrest-of-the-suspect")[0]
    assert arrow.get_marker() == "<"
    assert arrow.get_xdata()[0] == ax.get_xlim()[0]
    later = TimelineEvent(
        track="Police", label="Contact", day_lower=3, day_upper=None, precision=""
    )
    ax = draw_timeline(released(replace(results["timeline"].result, events=(later,))))
    assert by_gid(ax, "open-contact")[0].get_marker() == ">"
    assert by_gid(ax, "number")[0].get_text() == "from 3"


def test_far_days_share_the_axis_with_the_days_around_the_report(results, by_gid):
    ax = draw_timeline(results["timeline"], near=60)
    ends = ax.transAxes.inverted().transform(ax.transData.transform([(-60, 0), (0, 0)]))
    assert ends[0, 0] == pytest.approx(0.45)
    assert 0.8 < ends[1, 0] < 0.95
    assert by_gid(ax, "scale")[0].get_xdata()[0] == -60


def test_near_days_alone_are_drawn_on_a_plain_scale(results, released, by_gid):
    events = tuple(e for e in results["timeline"].result.events if e.day_lower not in (None, -639))
    ax = draw_timeline(released(replace(results["timeline"].result, events=events)))
    assert ax.get_xscale() == "linear"
    assert not by_gid(ax, "scale")


def test_tracks_stay_together(results):
    tracks = timeline_source(results["timeline"])["track"].tolist()
    assert tracks == sorted(tracks, key=list(dict.fromkeys(tracks)).index)


def test_a_timeline_without_events_is_refused(results, released):
    empty = replace(results["timeline"].result, events=())
    with pytest.raises(ReportError, match="holds no dated event"):
        draw_timeline(released(empty))
