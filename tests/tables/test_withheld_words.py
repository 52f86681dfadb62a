"""What a strict profile leaves of a result is worded truly: what exists is not called absent."""

import dataclasses

import pytest

from relatum.errors import ReportError
from relatum.figures import draw_case_sizes
from relatum.figures.event_axis import drawn_steps
from relatum.figures.specification import specification_alt
from relatum.models.sizes import describe_sizes
from relatum.models.time_records import TimeColumns, time_records
from relatum.release import Evidence, Released, judge_all
from relatum.results.base import Provenance, Unavailable
from relatum.results.comparison import ComparedSample, Comparison
from relatum.results.cooccurrence import Cooccurrence, OverallTest, UntestedPair
from relatum.results.multiverse import Branch, Multiverse, MultiverseAxis, MultiverseTerm
from relatum.results.profiles import Information, TacticNetwork
from relatum.results.tactic_pairs import TacticPair, TacticPairs
from relatum.samples import example_sample
from relatum.study import read_study
from relatum.tables import say, tabulate_sizes
from relatum.tables.familiar_times import tabulate_group_times, tabulate_times_at_risk
from relatum.tables.multiverse import tabulate_multiverse
from relatum.tables.profiles import tabulate_tactic_network
from relatum.tables.say_comparison import say_compared_samples
from relatum.tables.say_cooccurrence import say_listed, say_overall, say_shown, say_testable
from relatum.tables.say_times import say_share_without
from relatum.tables.table_one import tabulate_table_one
from relatum.tables.tactic_pairs import tabulate_tactic_pairs

SOURCE = Provenance(
    relatum_version="0",
    schema_version="0",
    sample_name="by hand",
    sample_fingerprint="0",
    sample_origin="simulated",
)


def strict(result, *, rule="part"):
    evidence = (Evidence(rule=rule, finding="Left out."),)
    return Released(result=result, profile="chapter5", evidence=evidence, in_report=True)


def texts(table):
    return " ".join([*(cell for row in table.rows for cell in row.cells), *table.footnotes])


@pytest.fixture(scope="module")
def sizes():
    sample = example_sample("simulated")
    whole = describe_sizes(sample, read_study())
    (verdict,) = judge_all({"sizes": whole}, sample=sample, profile="chapter5").values()
    assert "part" in {item.rule for item in verdict.evidence}
    return Released(
        result=verdict.result, profile="chapter5", evidence=verdict.evidence, in_report=True
    )


def test_totals_of_sizes_stay_true_without_the_sizes(sizes):
    table = tabulate_sizes(sizes)
    assert "Suspects per case (70 in 12)" in {row.group for row in table.rows}
    assert "–: or withheld by profile chapter5." in table.footnotes
    held = {"sizes": sizes}
    assert say(held, "sizes", term="case_n_suspects") == "70 in 12"
    assert say(held, "sizes", term="case_n_suspects", level="largest") == (
        "not available (sizes of single groups are withheld)"
    )
    assert "70 in 12" in str(sizes.result)


def test_sizes_that_are_withheld_are_not_drawn(sizes):
    with pytest.raises(ReportError, match="sizes of single investigations are withheld"):
        draw_case_sizes(dataclasses.replace(sizes, in_report=False))


def cooccurrence(n_withheld):
    test = OverallTest(
        coding="lower", null="case_depth", excess=2.0, std_error=1.0, statistic=2.0, p_value=0.05
    )
    return Cooccurrence(
        title="Pairs",
        n_family=3,
        pairs=(),
        untested=(UntestedPair(first="a", second="b", first_label="A", second_label="B", why="w"),),
        overall=(test,),
        checks=(),
        conf_level=0.95,
        odds_ratios=(),
        n_withheld=n_withheld,
        provenance=SOURCE,
    )


def test_withheld_pairs_still_count_as_testable():
    held = {"c": strict(cooccurrence(2))}
    assert say_testable(held, "c") == "2 of 3 pairs can be tested"
    assert say_shown(held, "c") == (
        "Of 2 pairs that can be tested, 2 are withheld; of the others, none can be shown to be "
        "recorded together more often than chance"
    )
    assert say_overall(held, "c").startswith("over all pairs that can be tested, 2.0 joint records")
    assert say_shown({"c": strict(cooccurrence(0))}, "c") == "None of the 3 pairs can be tested"


def test_withheld_pairs_of_tactics_are_counted_and_named_without_labels():
    pair = TacticPair(
        first="a",
        second="b",
        n_both=9,
        phi=None,
        excess=1.0,
        statistic=1.0,
        p_value=0.3,
        q_value=0.9,
        odds_ratio=None,
        power=0.4,
        statistic_upper=None,
        listed=False,
    )
    found = TacticPairs(
        title="Pairs of tactics",
        n_family=6,
        tactics=(),
        pairs=(pair,),
        untested=(),
        checks=(),
        n_relationships=60,
        n_cases=9,
        false_discovery_rate=0.1,
        power_odds_ratio=10.0,
        n_withheld=5,
        provenance=SOURCE,
    )
    words = texts(tabulate_tactic_pairs(strict(found)))
    assert (
        "1 of 6 testable pairs are printed, those with the largest z (5 others are withheld)"
        in (words)
    )
    assert "1 pairs of tactics that can be tested (5 more are withheld) are listed" in say_listed(
        {"t": strict(found)}, "t"
    )


def test_edges_that_are_left_are_not_called_all_edges():
    found = TacticNetwork(
        title="Network",
        terms=(),
        labels=(),
        left_out=(),
        information=Information(n_rows=200, n_cases=12, n_effective=110.0, icc=0.1),
        edges=(),
        n_pairs=6,
        n_draws=10,
        gamma=0.5,
        provenance=SOURCE,
    )
    assert tabulate_tactic_network(strict(found)).title == "Network: 0 edges shown among 6 pairs"
    whole = Released(result=found, profile="none", evidence=())
    assert tabulate_tactic_network(whole).title == "Network: 0 edges among 6 pairs"


def test_withheld_branches_are_counted():
    axes = (
        MultiverseAxis(name="x", label="X", options=("p", "q"), option_labels=("p", "q")),
        MultiverseAxis(name="y", label="Y", options=("r", "s"), option_labels=("r", "s")),
    )
    branch = Branch(
        options=("p", "r"),
        n_units=60,
        n_present=30,
        n_cases=9,
        estimate=0.5,
        conf_low=None,
        conf_high=None,
    )
    term = MultiverseTerm(
        term="t",
        label="T",
        branches=(branch,),
        effects=Unavailable(what="share", why="none"),
        n_above=2,
        n_limits_above=0,
        n_limits_below=0,
        low=0.4,
        high=0.7,
    )
    found = Multiverse(
        axes=axes, terms=(term,), refused=(), threshold=0.5, conf_level=0.95, provenance=SOURCE
    )
    (row,) = tabulate_multiverse(strict(found)).rows
    assert row.cells[1:3] == ("4 (3 withheld)", "40% to 70%")
    counted = dataclasses.replace(found, terms=(dataclasses.replace(term, n_limits_above=3),))
    assert "in 0 of 0 combinations with limits, wholly below in 0. Withheld: 3 more." in (
        specification_alt(strict(counted))
    )


@pytest.fixture(scope="module")
def thinned():
    import pandas as pd

    from relatum.models.familiar_times import describe_times

    rows = [{"weeks": 1 + at // 2, "arrest": int(at < 24)} for at in range(40)]
    columns = TimeColumns(exit="weeks", event="arrest")
    whole = describe_times(time_records(pd.DataFrame(rows), columns), horizon=10, min_at_risk=5)
    sample = example_sample("simulated")
    (verdict,) = judge_all({"t": whole}, sample=sample, profile="chapter5").values()
    return whole, strict(verdict.result)


def test_no_share_is_read_between_steps_that_are_withheld(thinned):
    whole, released = thinned
    found = released.result
    times = {step.time for step in found.groups[0].steps}
    gone = next(step.time for step in whole.groups[0].steps if step.time not in times)
    assert say_share_without({"t": released}, "t", group="all", time=gone) == (
        f"not available by {gone:g} units of time (the share at that time is withheld)"
    )
    kept = min(times)
    assert "%" in say_share_without({"t": released}, "t", group="all", time=kept)
    for row in tabulate_times_at_risk(released).rows:
        assert row.cells[2] == "–" or float(row.cells[0]) in times
    assert "not reached, or withheld" in texts(tabulate_group_times(released)) or (
        found.groups[0].median in times
    )


def test_a_curve_ends_with_the_last_step_that_is_left(thinned):
    whole, released = thinned
    found = released.result
    group = found.groups[0]
    drawn = drawn_steps(found, group.steps, group.at_risk, start=1.0)
    assert drawn.end == max(step.time for step in group.steps)
    before = whole.groups[0]
    assert drawn_steps(whole, before.steps, before.at_risk, start=1.0).end > drawn.end


def test_a_first_table_with_one_sample_left_describes_the_one(results):
    spec = {field.name: () for field in dataclasses.fields(ComparedSample)}
    empty = {field.name: () for field in dataclasses.fields(Comparison)}
    one = ComparedSample(**{**spec, "side": "trafficking"})
    found = strict(Comparison(**{**empty, "samples": (one,), "provenance": SOURCE}))
    table = tabulate_table_one({**results, "comparison": found})
    assert table.title == "Characteristics of the sample"
    assert say_compared_samples({"c": found}, "c") == (
        "not available (the size of a sample, or of its largest investigation, is withheld)"
    )
