"""Sentences about what is recorded together take their numbers from results."""

import re
from dataclasses import replace

import pytest

from relatum.errors import UsageError
from relatum.release import Released
from relatum.results.base import Provenance, Unavailable
from relatum.results.cooccurrence import (
    CODING_LABELS,
    NULL_LABELS,
    Cooccurrence,
    NullTest,
    OverallTest,
    PairReading,
    PairRow,
    UntestedPair,
)
from relatum.results.familiar import FamiliarMeasures, MatrixStatistic
from relatum.results.tactic_pairs import Tactic, TacticPair, TacticPairs
from relatum.tables.pair_words import p_phrase
from relatum.tables.say_cooccurrence import (
    say_listed,
    say_matrix_wide,
    say_overall,
    say_pair,
    say_power,
    say_shown,
    say_testable,
)

SOURCE = Provenance(
    relatum_version="0",
    schema_version="0",
    sample_name="by hand",
    sample_fingerprint="0",
    sample_origin="simulated",
)
GONE = Unavailable(what="odds ratio", why="no stratum tells")


def null_test(null, excess, p, power):
    return NullTest(
        null=null,
        expected=36.6,
        excess=excess,
        std_error=1.5,
        statistic=excess / 1.5,
        p_value=p / 3,
        p_adjusted=p,
        band_low=-3.0,
        band_high=3.0,
        power=power,
        detectable=None,
    )


def reading(coding, *, excess=-1.62, p=0.614, power=(0.04, 0.31), n=73):
    return PairReading(
        coding=coding,
        n_relationships=n,
        n_first=51,
        n_second=47,
        n_both=35,
        n_informative=60,
        tests=tuple(null_test(null, excess, p, power) for null in NULL_LABELS),
        by_case=GONE,
        by_case_depth=GONE,
        at_fixed_totals=GONE,
        leave_out_low=None,
        leave_out_high=None,
        without_two=None,
    )


def pair(first, second, *, shown=False, **changed):
    upper = Unavailable(what="test", why=f"{first} is the same in every relationship")
    return PairRow(
        first=first,
        second=second,
        first_label=first.capitalize(),
        second_label=second.capitalize(),
        readings=(reading("lower", **changed), upper, reading("statement_only", n=52)),
        phi_low=None,
        phi_high=None,
        odds_ratio_low=None,
        odds_ratio_high=None,
        shown=shown,
        why="by hand",
    )


RULES = pair("rules", "violence", shown=True, excess=6.24, p=0.0004, power=(0.12, 0.62))
MONEY = pair("economic", "rules")
FISTS = pair("economic", "violence", shown=True, excess=0.04, p=1.0, power=(0.002, 0.45))


def family(*pairs):
    control = UntestedPair(
        first="control", second="rules", first_label="Control", second_label="Rules", why="constant"
    )
    return Cooccurrence(
        title="Pairs of domains",
        n_family=21,
        pairs=pairs,
        untested=(control,),
        overall=(
            OverallTest(
                coding="lower",
                null="case_depth",
                excess=12.34,
                std_error=5.0,
                statistic=2.47,
                p_value=0.0132,
            ),
            OverallTest(
                coding="upper",
                null="case",
                excess=-3.0,
                std_error=5.0,
                statistic=-0.6,
                p_value=0.55,
            ),
        ),
        checks=(),
        conf_level=0.95,
        odds_ratios=(3.0, 10.0),
        provenance=SOURCE,
    )


def tactics(n_listed):
    tactic = Tactic(
        term="a", label="A", domain="rules", n_units=73, n_present=9, n_absent=9, n_undocumented=55
    )
    held = TacticPair(
        first="a",
        second="b",
        n_both=12,
        phi=None,
        excess=1.0,
        statistic=1.0,
        p_value=0.3,
        q_value=0.6,
        odds_ratio=None,
        power=0.41,
        statistic_upper=None,
        listed=False,
    )
    listed = (replace(held, listed=True, power=0.2),) * n_listed
    return TacticPairs(
        title="Pairs of tactics",
        n_family=300,
        tactics=(tactic,),
        pairs=(held, held, *listed),
        untested=(),
        checks=(),
        n_relationships=73,
        n_cases=12,
        false_discovery_rate=0.1,
        power_odds_ratio=10.0,
        provenance=SOURCE,
    )


MATRIX = MatrixStatistic(
    statistic="c_score",
    label="C-score",
    scope="within_cases",
    observed=12.4,
    expected=11.853,
    std_error=0.5,
    p_value=0.0002,
)
FAMILIAR = FamiliarMeasures(
    title="Familiar measures",
    rows=(),
    matrix=(MATRIX, replace(MATRIX, scope="pooled", p_value=0.21)),
    n_relationships=73,
    conf_level=0.95,
    provenance=SOURCE,
)


def held(**results):
    return {name: Released(result=r, profile="none", evidence=()) for name, r in results.items()}


ALL = held(
    pairs=family(RULES, MONEY, FISTS),
    tactics=tactics(1),
    familiar=FAMILIAR,
    gone=Unavailable(what="pairs", why="one item alone"),
)


def test_how_many_can_be_tested():
    assert say_testable(ALL, "pairs") == "3 of 21 pairs can be tested"
    assert say_testable(ALL, "tactics") == "3 of 300 pairs can be tested"
    assert say_testable(held(x=family()), "x") == "0 of 21 pairs can be tested"


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        ((), "None of the 21 pairs can be tested"),
        (
            (MONEY,),
            "The only pair that can be tested, economic and rules, is not shown to be recorded "
            "together more often than chance",
        ),
        (
            (RULES,),
            "The only pair that can be tested, rules and violence, is shown to be recorded "
            "together more often than chance",
        ),
        (
            (MONEY, MONEY),
            "None of the 2 pairs that can be tested is shown to be recorded together more often "
            "than chance",
        ),
        (
            (RULES, MONEY),
            "1 of the 2 pairs that can be tested is shown to be recorded together more often than "
            "chance: rules and violence",
        ),
        (
            (RULES, MONEY, FISTS),
            "2 of the 3 pairs that can be tested are shown to be recorded together more often "
            "than chance: rules and violence; economic and violence",
        ),
        (
            (RULES, FISTS),
            "Both pairs that can be tested are shown to be recorded together more often than "
            "chance: rules and violence; economic and violence",
        ),
    ],
)
def test_what_is_shown(pairs, words):
    assert say_shown(held(x=family(*pairs)), "x") == words


def test_one_pair_by_hand():
    said = "recorded together in 35 of 73 relationships, 1.6 fewer than expected within "
    said += "investigations"
    assert say_pair(ALL, "pairs", term="economic+rules", null="case") == (
        f"{said} (adjusted p = 0.61)"
    )
    assert say_pair(ALL, "pairs", term="rules+economic") == (
        f"{said}, at equal documentation (adjusted p = 0.61)"
    )
    more = say_pair(ALL, "pairs", term="rules+violence")
    assert ", 6.2 more than expected within" in more
    assert more.endswith("(adjusted p < 0.001)")
    equal = say_pair(ALL, "pairs", term="economic+violence")
    assert ", as many as expected within investigations" in equal
    assert equal.endswith("(adjusted p = 1.00)")


def test_fewer_at_fixed_totals_is_no_avoidance():
    said = say_pair(ALL, "pairs", term="economic+rules", null="fixed_totals")
    assert said.endswith("; with totals fixed some pairs must be fewer where others are more")
    assert "avoid" not in said
    none = replace(MONEY, readings=tuple(reading(coding, excess=-0.02) for coding in CODING_LABELS))
    said = say_pair(held(x=family(none)), "x", term="economic+rules", null="fixed_totals")
    assert said.endswith(
        "as many as expected with the number of items of every relationship fixed "
        "(adjusted p = 0.61)"
    )
    more = say_pair(ALL, "pairs", term="rules+violence", null="fixed_totals")
    assert more.endswith("of every relationship fixed (adjusted p < 0.001)")


def test_each_reading_has_its_own_words():
    said = say_pair(ALL, "pairs", term="economic+rules", coding="statement_only")
    assert said.startswith("recorded together in 35 of 52 relationships with a statement of the")
    said = say_pair(ALL, "pairs", term="economic+rules", coding="upper")
    assert said == "not available (economic is the same in every relationship)"
    full = replace(MONEY, readings=tuple(reading(coding) for coding in CODING_LABELS))
    said = say_pair(held(x=family(full)), "x", term="economic+rules", coding="upper")
    assert said.startswith("neither ruled out in 35 of 73 relationships, 1.6 fewer")


def test_a_pair_that_cannot_be_tested_says_why():
    assert say_pair(ALL, "pairs", term="rules+control") == "not available (constant)"


def test_a_comparison_that_cannot_be_made():
    lower = MONEY.readings[0]
    still = Unavailable(what="comparison", why="the joint count cannot vary")
    lower = replace(lower, tests=(lower.tests[0], still, lower.tests[2]))
    one = replace(MONEY, readings=(lower, *MONEY.readings[1:]))
    said = say_pair(held(x=family(one)), "x", term="economic+rules")
    assert said == (
        "recorded together in 35 of 73 relationships; not compared within investigations, at "
        "equal documentation (the joint count cannot vary)"
    )


def test_all_pairs_together():
    assert say_overall(ALL, "pairs") == (
        "over the 3 pairs that can be tested, 12.3 joint records more than expected within "
        "investigations, at equal documentation (p = 0.013)"
    )
    full = replace(MONEY, readings=tuple(reading(coding) for coding in CODING_LABELS))
    some = held(x=family(RULES, full))
    assert say_overall(some, "x", null="case", coding="upper") == (
        "over the 1 pair that can be tested, 3.0 joint records fewer than expected within "
        "investigations, not documented counted as present (p = 0.55)"
    )
    assert say_overall(ALL, "pairs", null="fixed_totals").startswith("not available (with every")
    assert say_overall(ALL, "pairs", null="case") == "not available (no pair can be tested so)"


def test_power_is_a_range():
    assert say_power(ALL, "pairs") == (
        "power <0.01 to 0.12 at an odds ratio of 3 and 0.31 to 0.62 at 10"
    )
    assert say_power(held(x=family(MONEY)), "x") == (
        "power 0.04 at an odds ratio of 3 and 0.31 at 10"
    )
    three = replace(family(pair("a", "b", power=(0.1, 0.2, 0.3))), odds_ratios=(3.0, 6.0, 10.0))
    assert say_power(held(x=three), "x", null="fixed_totals") == (
        "power 0.10 at an odds ratio of 3, 0.20 at 6 and 0.30 at 10"
    )
    assert say_power(ALL, "tactics") == "power 0.20 to 0.41 at an odds ratio of 10"
    assert say_power(ALL, "pairs", coding="upper").startswith("not available")


def test_tactics_are_listed_not_claimed():
    assert say_listed(ALL, "tactics") == (
        "1 of the 3 pairs of tactics that can be tested is listed at a false discovery rate of "
        "10%; the list is exploratory"
    )
    assert say_listed(held(x=tactics(0)), "x").startswith("none of the 2 pairs of tactics that can")


def test_the_whole_matrix():
    assert say_matrix_wide(ALL, "familiar", statistic="c_score") == (
        "C-score 12.40 where 11.85 is expected within investigations (p < 0.001)"
    )
    assert say_matrix_wide(ALL, "familiar", statistic="c_score", scope="pooled").endswith(
        "over all investigations (p = 0.21)"
    )


SAYERS = {
    say_testable: {},
    say_shown: {},
    say_pair: {"term": "rules+violence"},
    say_overall: {},
    say_power: {},
    say_listed: {},
    say_matrix_wide: {"statistic": "c_score"},
}


@pytest.mark.parametrize("sayer", SAYERS, ids=lambda sayer: sayer.__name__)
def test_what_is_unavailable_is_said_to_be(sayer):
    assert sayer(ALL, "gone", **SAYERS[sayer]) == "not available (one item alone)"
    with pytest.raises(UsageError, match="Did you mean 'gone'"):
        sayer(ALL, "gonne", **SAYERS[sayer])


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ({"term": "rules+violense"}, r"Did you mean 'rules\+violence'"),
        ({"term": "rules"}, "There are: rules.violence, economic.rules"),
        ({"term": "rules+violence", "coding": "lowr"}, "Did you mean 'lower'"),
        ({"term": "rules+violence", "null": "case_dept"}, "Did you mean 'case_depth'"),
    ],
)
def test_unknown_words_list_what_is_near(words, hint):
    with pytest.raises(UsageError, match=hint):
        say_pair(ALL, "pairs", **words)


def test_unknown_statistics_and_kinds():
    with pytest.raises(UsageError, match="Did you mean 'c_score'"):
        say_matrix_wide(ALL, "familiar", statistic="cscore")
    with pytest.raises(UsageError, match="pooled, within_cases"):
        say_matrix_wide(ALL, "familiar", statistic="c_score", scope="all")
    with pytest.raises(UsageError, match="There is none"):
        say_pair(held(x=replace(family(), untested=())), "x", term="rules+violence")
    with pytest.raises(UsageError, match="needs a result 'Cooccurrence'"):
        say_shown(ALL, "tactics")


@pytest.mark.parametrize("p", [0.0, 1e-9, 0.00049, 0.0009, 0.001, 0.0123, 0.0499, 0.0996, 1.0])
def test_no_p_value_is_zero(p):
    words = p_phrase(p)
    number = re.fullmatch(r"p (=|<) (\d\.\d+)", words)
    assert number
    assert float(number[2]) > 0
    assert (number[1] == "<") == (p < 0.001)
    assert number[1] == "<" or float(number[2]) == pytest.approx(p, abs=0.005)


def test_no_sentence_speaks_of_causes():
    said = " ".join(sayer(ALL, name, **SAYERS[sayer]) for sayer, name in zip(
        SAYERS, ("pairs",) * 5 + ("tactics", "familiar"), strict=True
    ))  # fmt: skip
    assert not re.search(r"\b(causes?|leads? to|because|due to|avoid\w*|strateg\w+)\b", said)
