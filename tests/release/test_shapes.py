"""Each shape of a strict profile: a small cell that is planted stays in, what is safe goes out."""

import dataclasses
from typing import get_type_hints

import pytest

from relatum.models.familiar_times import describe_times
from relatum.models.sizes import describe_sizes
from relatum.models.time_records import TimeColumns, time_records
from relatum.release import RULES, attack, judge_all
from relatum.release.curves import kept_steps
from relatum.release.declared import SHAPES
from relatum.release.shapes import Curve
from relatum.results import Unavailable
from relatum.results.base import Provenance
from relatum.results.comparison_profile import (
    BalanceRow,
    ComparisonProfile,
    CurvePoint,
    DistanceRow,
    ProfilePoint,
    QuantityRow,
    StandardisedRow,
)
from relatum.results.cooccurrence import Cooccurrence, PairReading, PairRow
from relatum.results.familiar_times import TimeStep
from relatum.results.multiverse import (
    AxisEffect,
    Branch,
    Multiverse,
    MultiverseAxis,
    MultiverseTerm,
)
from relatum.results.profiles import (
    ClassFitRow,
    ClassRow,
    EdgeRow,
    Information,
    LatentClasses,
    TacticNetwork,
)
from relatum.results.registry_pairs import (
    RegistryItem,
    RegistryPair,
    RegistryPairs,
    RegistryReading,
)
from relatum.results.retraction_contrasts import (
    AverageEffect,
    ContactRate,
    ContrastCounts,
    FitQuality,
    PenalisedTerm,
    ReporterBounds,
    RetractionContrasts,
    SensitivityRow,
)
from relatum.results.tactic_pairs import Tactic, TacticPair, TacticPairs
from relatum.samples import example_sample
from relatum.study import read_study

SOURCE = Provenance(
    relatum_version="0",
    schema_version="0",
    sample_name="by hand",
    sample_fingerprint="0",
    sample_origin="simulated",
)
#: What stands in a field that a test does not name.
_EMPTY = {int: 0, float: 0.0, str: "", bool: False, Provenance: SOURCE}


def made(kind, **named):
    """Make a result, or a part of one, of a class."""
    hints = get_type_hints(kind)
    left = {
        spec.name: _EMPTY.get(hints[spec.name], () if "uple" in str(hints[spec.name]) else None)
        for spec in dataclasses.fields(kind)
        if spec.name not in named and spec.default is dataclasses.MISSING
    }
    return kind(**left, **named)


@pytest.fixture(scope="module")
def sample():
    return example_sample("simulated")


def let_out(results, sample, profile="chapter5"):
    found = judge_all(results, sample=sample, profile=profile)
    return {name: verdict.result for name, verdict in found.items()}


def alone(result, sample, profile="chapter5"):
    return let_out({"r": result}, sample, profile)["r"]


# --- pairs ---------------------------------------------------------------------------------------


def tactic_pairs():
    """Make three pairs of 100 relationships; two of the second pair have the first tactic alone."""
    totals = {"a": 40, "b": 30, "c": 50}
    tactics = tuple(
        Tactic(
            term=term,
            label=term.upper(),
            domain="rules",
            n_units=100,
            n_present=n,
            n_absent=20,
            n_undocumented=80 - n,
        )
        for term, n in totals.items()
    )
    pairs = tuple(
        made(TacticPair, first=first, second=second, n_both=both)
        for first, second, both in (("a", "b", 12), ("a", "c", 38), ("b", "c", 15))
    )
    return made(
        TacticPairs,
        tactics=tactics,
        pairs=pairs,
        n_family=3,
        n_relationships=100,
        n_cases=12,
    )


def test_a_pair_with_a_small_cell_stays_in(sample):
    found = alone(tactic_pairs(), sample)
    assert found.terms == ("a+b", "b+c")
    assert (found.n_withheld, found.n_testable) == (1, 3)
    assert len(found.tactics) == 3


def test_a_small_cell_is_found_out_once_its_pair_leaks(sample):
    whole = {"pairs": tactic_pairs()}
    out = let_out(whole, sample)
    assert attack(whole, out, profile="chapter5").recovered == ()
    leaking = dataclasses.replace(out["pairs"], pairs=whole["pairs"].pairs)
    assert attack(whole, {"pairs": leaking}, profile="chapter5").recovered == ("pairs",)


def test_totals_that_leave_a_small_cell_no_room_stay_in(sample):
    held = tactic_pairs()
    wide = dataclasses.replace(held.tactics[0], n_present=92, n_absent=8, n_undocumented=0)
    pairs = (
        made(TacticPair, first="a", second="b", n_both=23),
        made(TacticPair, first="a", second="c", n_both=46),
    )
    tight = dataclasses.replace(held, tactics=(wide, *held.tactics[1:]), pairs=pairs)
    found = alone(tight, sample, "opensafely7")
    # Who is in b but not in a: 7. With the totals of a and of b it would lie between 0 and 8.
    assert found.pairs == ()
    assert {tactic.term for tactic in found.tactics} == {"a", "b", "c"}


def reading(coding, both, first, second, n=100):
    return made(
        PairReading,
        coding=coding,
        n_relationships=n,
        n_first=first,
        n_second=second,
        n_both=both,
        n_informative=n,
        leave_out_low=0.1,
        leave_out_high=0.9,
        without_two=0.5,
        by_case=Unavailable(what="x", why="y"),
        by_case_depth=Unavailable(what="x", why="y"),
        at_fixed_totals=Unavailable(what="x", why="y"),
    )


def domains(*readings):
    row = made(PairRow, first="dom_a", second="dom_b", readings=readings, phi_low=0.1, phi_high=0.2)
    return made(Cooccurrence, n_family=1, pairs=(row,))


def test_every_reading_of_a_pair_is_judged(sample):
    fine = reading("lower", 20, 40, 50), reading("upper", 40, 60, 70)
    (pair,) = alone(domains(*fine, reading("statement_only", 3, 20, 20, 50)), sample).pairs
    assert [isinstance(held, Unavailable) for held in pair.readings] == [False, False, True]
    assert pair.readings[2].why == "withheld by profile chapter5"
    assert pair.phi_low == 0.1
    held = pair.readings[0]
    assert (held.leave_out_low, held.leave_out_high, held.without_two) == (None, None, None)


def test_a_pair_goes_with_its_main_reading_and_bounds_with_both(sample):
    low, high = reading("lower", 20, 40, 50), reading("upper", 58, 60, 70)
    (pair,) = alone(domains(low, high, reading("statement_only", 10, 20, 20, 50)), sample).pairs
    assert (pair.phi_low, pair.phi_high) == (None, None)
    high, statement = reading("upper", 40, 60, 70), reading("statement_only", 10, 20, 20, 50)
    small = domains(reading("lower", 38, 40, 50), high, statement)
    assert isinstance(alone(small, sample), Unavailable)


def test_an_edge_goes_with_its_pair(sample):
    edges = tuple(
        made(EdgeRow, first=first, second=second, first_label=first.upper())
        for first, second in (("a", "b"), ("a", "c"), ("a", "d"))
    )
    network = made(
        TacticNetwork,
        terms=("a", "b", "c", "d"),
        labels=("A", "B", "C", "D"),
        left_out=("E",),
        information=Information(n_rows=100, n_cases=12, n_effective=50.0, icc=0.1),
        edges=edges,
        n_pairs=6,
    )
    found = let_out({"network": network, "pairs": tactic_pairs()}, sample)["network"]
    assert [(edge.first, edge.second) for edge in found.edges] == [("a", "b")]
    assert (found.terms, found.labels, found.left_out) == (("a", "b"), ("A", "B"), ())
    assert isinstance(alone(network, sample), Unavailable), "nothing goes out by omission"


def test_pairs_of_a_registry_are_judged_in_both_readings(sample):
    def codes(both, first, second):
        gone = Unavailable(what="x", why="y")
        return made(
            RegistryReading,
            n_both=both,
            n_first=first,
            n_second=second,
            by_case=gone,
            by_total=gone,
            by_others=gone,
        )

    items = tuple(
        RegistryItem(term=term, n_present=n, n_absent=200 - n, n_undocumented=0, n_not_applicable=0)
        for term, n in (("a", 60), ("b", 50), ("c", 40))
    )
    pairs = (
        made(RegistryPair, first="a", second="b", lower=codes(20, 60, 50), upper=codes(30, 70, 60)),
        made(RegistryPair, first="a", second="c", lower=codes(20, 60, 40), upper=codes(68, 70, 90)),
        made(RegistryPair, first="b", second="c", lower=codes(2, 50, 40), upper=codes(30, 60, 90)),
    )
    held = made(RegistryPairs, items=items, pairs=pairs, n_records=200, n_cases=20)
    assert alone(held, sample).terms == ("a+b",)


# --- times ---------------------------------------------------------------------------------------


def times(events, dropped=()):
    """Describe two groups of 40 records each with so many events, at times 1, 2, 3 and so on."""
    import pandas as pd

    rows = [
        {"weeks": 1 + at // 2, "arrest": int(at < events[group]), "aid": group}
        for group in events
        for at in range(40)
    ]
    columns = TimeColumns(exit="weeks", event="arrest", group="aid")
    found = describe_times(time_records(pd.DataFrame(rows), columns), horizon=10, min_at_risk=5)
    return dataclasses.replace(found, dropped=dropped, n_dropped=sum(n for _, n in dropped))


def test_times_of_large_groups_go_out_with_thinner_curves(sample):
    whole = times({"a": 24, "b": 14}, dropped=(("no date", 2),))
    found = alone(whole, sample)
    assert [group.n_events for group in found.groups] == [24, 14]
    assert (found.tests, found.contrasts) == (whole.tests, whole.contrasts)
    assert found.models
    assert found.thinned
    assert (found.dropped, found.n_dropped) == ((), None)
    steps = found.groups[0].steps
    assert 0 < len(steps) < len(whole.groups[0].steps)
    falls = [1.0, *(step.estimate for step in steps)]
    risks = [40, *(step.n_at_risk for step in steps)]
    lost = [(a - b) * n for a, b, n in zip(falls, falls[1:], risks[1:], strict=False)]
    assert min(lost) >= 5
    times_left = {step.time for step in steps}
    assert found.groups[0].median is None or found.groups[0].median in times_left
    assert found.notes[-2].code == "withheld" or found.notes[-1].code == "thinned"


def test_a_curve_ends_where_enough_events_follow(sample):
    """By hand: after week 5 of `b`, with 10 events, come 4 of its 14."""
    found = alone(times({"a": 24, "b": 14}), sample)
    assert [step.time for step in found.groups[0].steps] == [5.0]
    assert found.groups[1].steps == ()
    more = alone(times({"a": 24, "b": 16}), sample)
    assert [step.time for step in more.groups[1].steps] == [5.0]


def test_few_events_of_a_group_withhold_what_compares_groups(sample):
    assert isinstance(alone(times({"a": 24, "b": 3}), sample), Unavailable)
    three = alone(times({"a": 24, "b": 3, "c": 1}), sample)
    assert isinstance(three, Unavailable), "with the first, the sum gives the others together"
    held = alone(times({"a": 24, "b": 3, "c": 2}), sample)
    assert [group.group for group in held.groups] == ["a"]
    assert (held.tests, held.contrasts, held.models) == ((), (), ())


def test_models_need_degrees_of_freedom(sample):
    whole = times({"a": 24, "b": 12, "c": 12})
    assert alone(whole, sample, "acro10").models
    narrow = dataclasses.replace(
        whole, models=tuple(dataclasses.replace(m, n_events=11) for m in whole.models)
    )
    found = alone(narrow, sample, "acro10")
    assert found.models == ()
    assert found.tests == whole.tests


def test_a_curve_without_a_start_begins_with_enough_events():
    def steps(*held):
        return tuple(
            TimeStep(time=t, estimate=s, conf_low=None, conf_high=None, n_at_risk=n)
            for t, s, n in held
        )

    curve = Curve(by=(), time="time", risk="n_at_risk", values=("estimate",), start=1.0)
    kept = kept_steps(steps((1.0, 0.98, 50), (2.0, 0.8, 40)), curve, RULES["chapter5"], marks=())
    assert [step.time for step in kept] == [2.0]


def test_numbers_at_risk_of_the_same_people_are_apart_in_all_results():
    step = TimeStep(time=1.0, estimate=0.0, conf_low=None, conf_high=None, n_at_risk=40)
    curve = Curve(
        by=(), time="time", risk="n_at_risk", values=("estimate",), people=("escape", "^group")
    )
    holder = made(CurvePoint, curve="a")
    shown = {("escape", "None"): [42]}
    rules = RULES["chapter5"]
    assert kept_steps((step,), curve, rules, marks=(), shown=shown, holder=holder) == ()
    shown = {("escape", "None"): [40]}
    assert kept_steps((step,), curve, rules, marks=(), shown=shown, holder=holder) == (step,)
    beside = dataclasses.replace(curve, heights=lambda _result, _step: (0.1,))
    assert kept_steps((step,), beside, rules, marks=(), shown=shown, holder=holder) == ()


# --- sizes, classes, choices ---------------------------------------------------------------------


@pytest.mark.parametrize("profile", sorted(RULES))
def test_sizes_go_out_in_bands_only(profile, sample):
    whole = {"sizes": describe_sizes(sample, read_study())}
    out = let_out(whole, sample, profile)
    rules = RULES[profile]
    for group in out["sizes"].groups:
        assert group.sizes == ()
        assert group.in_two_largest is None
        assert (group.effective_groups, group.two_largest_share) == (None, None)
        assert group.bands
        assert not any(rules.small(band.n_groups) for band in group.bands)
    assert attack(whole, out, profile=profile).recovered == ()


@pytest.mark.parametrize("counts", [(4, 12, 9), (0, 4, 12, 9)])
def test_the_number_of_all_groups_tells_no_band(counts, sample):
    """By hand: 12 and 9 of 25 leave 4, also where another withheld band is empty."""
    whole = describe_sizes(sample, read_study())
    group = whole.groups[3]
    bands = tuple(
        dataclasses.replace(band, n_groups=n, n_groups_all=sum(counts))
        for band, n in zip(group.bands, counts, strict=False)
    )
    groups = (dataclasses.replace(group, bands=bands),)
    out = alone(dataclasses.replace(whole, groups=groups), sample)
    assert [band.n_groups for band in out.groups[0].bands] == [12]


def test_classes_do_not_tell_how_few_have_a_domain(sample):
    """By hand: 0.6 x 0.04 + 0.4 x 0.015 of 100 is 3."""
    classes = tuple(
        ClassRow(coding="lower", number=at, share=share, probabilities=(0.5, rare))
        for at, (share, rare) in enumerate(((0.6, 0.04), (0.4, 0.015)), start=1)
    )
    whole = made(
        LatentClasses,
        terms=("dom_a", "dom_b"),
        labels=("A", "B"),
        information=Information(n_rows=100, n_cases=12, n_effective=60.0, icc=0.1),
        fits=(ClassFitRow(coding="lower", n_classes=2, n_rows=100, n_parameters=5),),
        n_classes=2,
        classes=classes,
    )
    assert alone(whole, sample).classes == ()
    often = tuple(dataclasses.replace(row, probabilities=(0.5, 0.4)) for row in classes)
    whole = dataclasses.replace(whole, classes=often)
    assert alone(whole, sample).classes == often
    assert alone(whole, sample, "opensafely7").classes == (), "exact shares undo the rounding"


def test_a_class_of_few_stays_in_and_fits_need_degrees(sample):
    def fit(n_classes, n_parameters):
        return ClassFitRow(
            coding="lower", n_classes=n_classes, n_rows=100, n_parameters=n_parameters
        )

    classes = tuple(
        ClassRow(coding="lower", number=at, share=share, probabilities=(0.5,))
        for at, share in enumerate((0.6, 0.37, 0.03), start=1)
    )
    whole = made(
        LatentClasses,
        terms=("dom_a",),
        labels=("A",),
        left_out=("B: present in all",),
        information=Information(n_rows=100, n_cases=12, n_effective=60.0, icc=0.1),
        fits=(fit(1, 6), fit(3, 20), fit(4, 95)),
        n_classes=3,
        classes=classes,
    )
    found = alone(whole, sample)
    assert [row.number for row in found.classes] == [1, 2]
    assert len(found.fits) == 3
    assert found.left_out == ()
    assert [row.n_classes for row in alone(whole, sample, "acro10").fits] == [1, 3]


def multiverse(*counts):
    axes = (
        made(MultiverseAxis, name="x", options=("p", "q")),
        made(MultiverseAxis, name="y", options=("r", "s")),
    )
    options = (("p", "r"), ("p", "s"), ("q", "r"), ("q", "s"))
    branches = tuple(
        Branch(
            options=chosen,
            n_units=n,
            n_present=k,
            n_cases=9,
            estimate=k / n,
            conf_low=None,
            conf_high=None,
        )
        for chosen, (k, n) in zip(options, counts, strict=True)
    )
    shares = [branch.estimate for branch in branches]
    term = made(
        MultiverseTerm,
        term="t",
        label="T",
        branches=branches,
        n_above=3,
        low=min(shares),
        high=max(shares),
    )
    return made(Multiverse, axes=axes, terms=(term,))


def test_branches_that_lie_close_are_taken_out_of_a_multiverse(sample):
    found = alone(multiverse((30, 60), (28, 60), (40, 60), (57, 60)), sample)
    (term,) = found.terms
    assert [branch.n_present for branch in term.branches] == [30, 40]
    assert (term.low, term.high, term.n_above) == (0.4, 1.0, 3)
    assert "branches_withheld" in {note.code for note in found.notes}


def test_what_choices_move_stays_in_with_a_branch(sample):
    """By hand: two means over options and two branches give the estimates of the other two."""
    moved = (made(AxisEffect, axis="x", share=0.5, span=0.3),)

    def left(*counts):
        whole = multiverse(*counts)
        terms = (dataclasses.replace(whole.terms[0], effects=moved),)
        return alone(dataclasses.replace(whole, terms=terms), sample).terms[0].effects

    assert left((30, 60), (20, 60), (40, 60), (50, 60)) == moved
    held = left((30, 60), (28, 60), (40, 60), (57, 60))
    assert isinstance(held, Unavailable)
    assert held.why == "withheld by profile chapter5"


def test_a_multiverse_without_its_main_branch_names_no_range(sample):
    found = alone(multiverse((3, 60), (28, 60), (40, 60), (20, 60)), sample)
    assert found.terms == ()
    assert found.refused[0].why == "withheld by profile chapter5"


def test_differences_of_choices_are_small_groups_too(sample):
    # With and without: 8 units, 6 with the code, 2 without it.
    (term,) = alone(multiverse((30, 60), (24, 52), (15, 30), (20, 40)), sample).terms
    assert [branch.n_units for branch in term.branches] == [60, 30, 40]


# --- two samples ---------------------------------------------------------------------------------


def point(term, *sides):
    named = {}
    for side, (present, absent, silent) in zip(
        ("trafficking", "domestic_violence"), sides, strict=True
    ):
        n = present + absent + silent
        named |= {
            f"n_{side}": n,
            f"undocumented_{side}": silent,
            side: present / (present + absent),
            f"{side}_low": present / n,
            f"{side}_high": (present + silent) / n,
        }
    return made(ProfilePoint, term=term, **named)


def quantity(term, first, second):
    return made(QuantityRow, term=term, trafficking=first, domestic_violence=second)


def profile(*points):
    levels = (("Germany", 0.5, 0.5), ("Romania", 0.5, 0.5))
    balance = (
        *(
            made(
                BalanceRow, term="country", level=level, trafficking=a, domestic_violence=b, smd=0.1
            )
            for level, a, b in levels
        ),
        made(BalanceRow, term="married", level="present", trafficking=0.02, domestic_violence=0.5),
    )
    start = tuple(
        made(CurvePoint, curve="retraction", side=side, n_at_risk=40)
        for side in ("trafficking", "domestic_violence")
    )
    return made(
        ComparisonProfile,
        points=points,
        distances=(
            made(DistanceRow, measure="distance", n_items=2),
            made(DistanceRow, measure="barrier_ranks", n_items=9),
            made(DistanceRow, measure="cooccurrence_max", n_items=1),
        ),
        quantities=(
            quantity("retraction_any", 0.5, 0.25),
            quantity("retraction_facts_recanted", 0.05, 0.25),
        ),
        curves=start,
        balance=balance,
        standardised=tuple(
            made(StandardisedRow, id=one.term, method="weights", estimate=0.1) for one in points
        ),
    )


FINE = point("P01", (40, 30, 30), (20, 20, 10))
SMALL = point("P02", (40, 57, 3), (20, 20, 10))


def test_whole_profiles_go_out_where_their_counts_are_large(sample):
    found = alone(profile(FINE), sample)
    assert found.points == (FINE,)
    assert [row.measure for row in found.distances] == ["distance", "barrier_ranks"]
    assert [row.term for row in found.quantities] == ["retraction_any"]
    assert [row.term for row in found.balance] == ["country", "country"]
    assert [row.id for row in found.standardised] == ["P01"]
    assert len(found.curves) == 2


def test_a_rate_goes_out_only_beside_the_share_that_tells_its_events(sample):
    rates = (quantity("escape_rate", 0.4, 0.5), quantity("restricted_mean", 9.0, 8.0))
    escape = tuple(
        made(CurvePoint, curve="escape", side=side, n_at_risk=40)
        for side in ("trafficking", "domestic_violence")
    )

    def left(*more):
        whole = profile(FINE)
        held = dataclasses.replace(
            whole, quantities=(*rates, *more), curves=(*whole.curves, *escape)
        )
        found = alone(held, sample)
        return [row.term for row in found.quantities]

    assert left() == []
    assert left(quantity("first_attempt", 0.5, 0.25)) == [
        "escape_rate",
        "restricted_mean",
        "first_attempt",
    ]


def test_a_withheld_item_takes_with_it_what_would_give_it(sample):
    found = alone(profile(FINE, SMALL), sample)
    assert [row.term for row in found.points] == ["P01"]
    assert [row.measure for row in found.distances] == ["barrier_ranks"]
    assert [row.id for row in found.standardised] == ["P01"]


def test_shares_of_a_profile_are_those_of_rounded_counts(sample):
    (row,) = alone(profile(point("P01", (42, 30, 31), (21, 20, 12))), sample, "opensafely7").points
    assert (row.n_trafficking, row.undocumented_trafficking) == (105, 30)
    assert row.trafficking_low == pytest.approx(40 / 105)
    assert row.trafficking == pytest.approx(40 / 70)


# --- reports -------------------------------------------------------------------------------------


def counted(coding, stepped_with, with_it, stepped_without, without, silent=20):
    return made(
        ContrastCounts,
        term="arrest",
        coding=coding,
        n_stepped_with=stepped_with,
        n_with=with_it,
        n_stepped_without=stepped_without,
        n_without=without,
        n_undocumented=silent,
        n_cases=9,
    )


def contrasts(*counts):
    days = (("contact", 3), ("none", 9))
    return made(
        RetractionContrasts,
        tier="one_covariate",
        n_reports=100,
        n_stepped=40,
        n_cases=9,
        counts=counts,
        penalised=tuple(
            made(PenalisedTerm, term="arrest", coding=coding) for coding in ("lower", "upper")
        ),
        effects=(made(AverageEffect, term="arrest"),),
        quality=made(FitQuality, brier=0.2),
        contact=tuple(
            made(ContactRate, variable="contact", level=level, n_events_low=n, n_events_high=n)
            for level, n in days
        ),
        rate_ratio=2.0,
        bounds=(made(ReporterBounds, term="arrest"),),
        sensitivity=tuple(
            made(SensitivityRow, name=name) for name in ("earliest_dates", "e_value")
        ),
    )


def test_estimates_over_reports_rest_on_their_counts(sample):
    both = counted("lower", 20, 50, 20, 50), counted("upper", 30, 70, 10, 30)
    found = alone(contrasts(*both), sample)
    assert found.counts == both
    assert [row.coding for row in found.penalised] == ["lower", "upper"]
    assert isinstance(found.quality, FitQuality)
    assert [row.name for row in found.sensitivity] == ["e_value"]
    assert found.bounds == ()
    assert (found.rate_ratio, found.contact_refused) == (None, "withheld by profile chapter5")


def test_a_reading_that_tells_of_the_undocumented_stays_in(sample):
    # One of the undocumented stepped back: 20 of 50 and 21 of 70.
    found = alone(
        contrasts(counted("lower", 20, 50, 20, 50), counted("upper", 21, 70, 19, 30)), sample
    )
    assert [row.coding for row in found.counts] == ["lower"]
    assert [row.coding for row in found.penalised] == ["lower"]
    assert (found.effects, found.sensitivity) == ((), ())
    assert isinstance(found.quality, Unavailable)


# --- ranges without single cases -----------------------------------------------------------------


@pytest.mark.parametrize("kind", ["escape_rate", "reporting", "retraction"])
def test_ranges_without_single_cases_stay_in(kind):
    assert {"leave_out_low", "leave_out_high", "without_two"} <= {*SHAPES[kind].blank}
    assert SHAPES[kind].leaves_out
    assert not SHAPES["prevalence"].leaves_out
