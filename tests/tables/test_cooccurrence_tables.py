"""Tables of what is recorded together, from results built by hand."""

import re
from dataclasses import replace

import pytest

from relatum.errors import EstimationError, UsageError
from relatum.release import Released
from relatum.results.base import Note, Provenance, Unavailable
from relatum.results.cooccurrence import (
    NULL_LABELS,
    Cooccurrence,
    NullCheck,
    NullTest,
    OddsRatio,
    OverallTest,
    PairReading,
    PairRow,
    UntestedPair,
)
from relatum.results.domain_sets import DomainCount, DomainSet, DomainSets
from relatum.results.familiar import FamiliarMeasures, FamiliarRow, MatrixStatistic
from relatum.results.tactic_pairs import Tactic, TacticPair, TacticPairs
from relatum.tables.cooccurrence import (
    tabulate_pairs,
    tabulate_power,
    tabulate_ratios,
    tabulate_readings,
    tabulate_verdicts,
)
from relatum.tables.domain_sets import tabulate_domain_sets
from relatum.tables.familiar import (
    tabulate_cautions,
    tabulate_familiar,
    tabulate_familiar_tests,
    tabulate_matrix_statistics,
)
from relatum.tables.pair_checks import (
    tabulate_null_checks,
    tabulate_overall,
    tabulate_untested,
)
from relatum.tables.pair_words import odds_words, ratio_words
from relatum.tables.tactic_pairs import tabulate_tactic_pairs

SOURCE = Provenance(
    relatum_version="0",
    schema_version="0",
    sample_name="by hand",
    sample_fingerprint="0",
    sample_origin="simulated",
)
NOTES = (Note("family", "The family."), Note("override_low", "Overridden: to show it."))
MINUS = "−"


def release(result):
    return Released(result=result, profile="none", evidence=())


def ratio(estimate, low, high):
    return OddsRatio(
        estimate=estimate, conf_low=low, conf_high=high, conf_level=0.95, method="by_hand"
    )


def null_test(null, excess, p, *, detectable=None):
    return NullTest(
        null=null,
        expected=30.0,
        excess=excess,
        std_error=2.0,
        statistic=excess / 2,
        p_value=p / 2,
        p_adjusted=p,
        band_low=-4.0,
        band_high=4.0,
        power=(0.06, 0.312, 0.999),
        detectable=detectable,
    )


def reading(coding, *, p=0.61, excess=(-1.6, -1.2, -0.4), **changed):
    tests = tuple(
        null_test(null, by, p, detectable=17.6 if null == "case_depth" else None)
        for null, by in zip(NULL_LABELS, excess, strict=True)
    )
    held = PairReading(
        coding=coding,
        n_relationships=73,
        n_first=51,
        n_second=47,
        n_both=35,
        n_informative=60,
        tests=tests,
        by_case=ratio(3.21, 1.08, 9.42),
        by_case_depth=Unavailable(what="odds ratio", why="no stratum tells"),
        at_fixed_totals=ratio(None, 1.31, None),
        leave_out_low=-0.91,
        leave_out_high=0.44,
        without_two=None,
    )
    return replace(held, **changed)


CONSTANT = Unavailable(what="test of the pair", why="Rules is the same in every relationship")


def pair(first, second, *, shown=False, readings=None, **changed):
    held = PairRow(
        first=first,
        second=second,
        first_label=first.capitalize(),
        second_label=second.capitalize(),
        readings=readings or (reading("lower"), CONSTANT, reading("statement_only", p=0.9)),
        phi_low=-0.214,
        phi_high=0.437,
        odds_ratio_low=0.2,
        odds_ratio_high=None,
        shown=shown,
        why="adjusted p 0.61 at equal documentation",
    )
    return replace(held, **changed)


STRONG = (
    reading("lower", p=0.0004, excess=(6.24, 5.0, 2.0), n_both=45),
    reading("upper", p=0.03, excess=(3.0, 2.5, 1.0)),
    reading("statement_only", p=0.02, excess=(3.0, 2.5, 1.0), n_relationships=52),
)
PAIRS = (
    pair("rules", "violence", shown=True, readings=STRONG, why="adjusted p at most 0.030"),
    pair("economic", "rules"),
    pair("economic", "violence"),
)


def check(null="fixed_totals", **changed):
    held = NullCheck(
        coding="lower",
        null=null,
        n_draws=10_000,
        n_blocks=12,
        n_exact=4,
        n_chain=2,
        n_fixed=6,
        fixed="7 to 12",
        sweeps=35,
        autocorrelation=0.016,
        effective=9871.4,
        reduction=1.0004,
        distinct=4980,
        n_refused=3,
        critical=2.613,
    )
    return replace(held, **changed)


def untested(n, why="Control: recorded in every relationship"):
    return tuple(
        UntestedPair(
            first="control",
            second=f"item{at}",
            first_label="Control",
            second_label=f"Item {at}",
            why=why,
        )
        for at in range(n)
    )


FAMILY = Cooccurrence(
    title="Pairs of domains",
    n_family=21,
    pairs=PAIRS,
    untested=untested(18),
    overall=(
        OverallTest(
            coding="lower",
            null="case_depth",
            excess=12.34,
            std_error=5.0,
            statistic=2.468,
            p_value=0.0132,
        ),
        OverallTest(
            coding="upper",
            null="case",
            excess=-0.04,
            std_error=5.0,
            statistic=-0.008,
            p_value=1.0,
        ),
    ),
    checks=(
        check("case", n_exact=12, n_chain=0, n_fixed=0, fixed="", distinct=None, critical=None),
        check(),
    ),
    conf_level=0.95,
    odds_ratios=(3.0, 10.0, 30.0),
    notes=NOTES,
    provenance=SOURCE,
)


def tactic(term, label):
    return Tactic(
        term=term,
        label=label,
        domain="rules",
        n_units=73,
        n_present=20,
        n_absent=20,
        n_undocumented=33,
    )


def tactic_pair(first, second, statistic, **changed):
    held = TacticPair(
        first=first,
        second=second,
        n_both=12,
        phi=0.2,
        excess=1.0,
        statistic=statistic,
        p_value=0.012,
        q_value=0.31,
        odds_ratio=ratio(2.5, 0.8, 7.9),
        power=0.41,
        statistic_upper=None,
        listed=False,
    )
    return replace(held, **changed)


TACTICS = TacticPairs(
    title="Pairs of tactics",
    n_family=300,
    tactics=(tactic("a", "Sets rules"), tactic("b", "STI tests"), tactic("c", "Threats")),
    pairs=(
        tactic_pair("a", "c", 0.5, odds_ratio=None),
        tactic_pair("a", "b", 2.4, listed=True, q_value=0.04, statistic_upper=-0.301),
        tactic_pair("b", "c", -3.1),
    ),
    untested=(
        *untested(4, why="seldom"),
        *untested(20, why="one is part of the other"),
    ),
    checks=(check(),),
    n_relationships=73,
    n_cases=12,
    false_discovery_rate=0.1,
    power_odds_ratio=10.0,
    notes=(Note("exploratory", "Exploratory: none is claimed."),),
    provenance=SOURCE,
)


def cells(table, label):
    return next(row.cells for row in table.rows if row.cells[0].startswith(label))


def test_pairs_as_printed():
    small = replace(FAMILY, pairs=PAIRS[:2], notes=())
    assert tabulate_pairs(release(small)).text() == "\n".join(
        (
            "Pairs of domains recorded together",
            "Pair                    Both  First, second  Within investigations: excess (p)"
            "  At equal documentation: excess (p)  With all totals fixed: excess (p)  Shown",
            "------------------  --------  -------------  ---------------------------------"
            "  ----------------------------------  ---------------------------------  -----",
            "Rules and violence  45 of 73         51, 47                      +6.2 (<0.001)"
            "                       +5.0 (<0.001)                      +2.0 (<0.001)  yes",
            "Economic and rules  35 of 73         51, 47                        −1.6 (0.61)"
            "                         −1.2 (0.61)                        −0.4 (0.61)  no",
            "Simulated data: these numbers are no findings.",
            "Reading of silence: not documented counted as absent.",
            "Excess: joint records beyond those that the null expects; p: two-sided, adjusted. "
            "Equal documentation: within investigations, too.",
            "Shown, recorded together more often than chance: adjusted p at most 0.05 at equal "
            "documentation, both with silence as absence and as presence, and an excess in every "
            "reading, with all totals fixed, too.",
        )
    )


def test_verdicts_with_what_they_rest_on():
    table = tabulate_verdicts(release(FAMILY))
    assert [row.cells[1:] for row in table.rows][:2] == [
        ("yes", "adjusted p at most 0.030"),
        ("no", "adjusted p 0.61 at equal documentation"),
    ]
    assert len(table.rows) == len(FAMILY.pairs)


def test_verdicts_are_one_word_and_do_not_change_with_the_reading():
    for coding in ("lower", "upper", "statement_only"):
        table = tabulate_pairs(release(FAMILY), coding=coding)
        assert [row.cells[-1] for row in table.rows] == ["yes", "no", "no"]
        assert "Overridden: to show it." in table.footnotes


def test_a_reading_that_cannot_be_tested_says_why():
    table = tabulate_pairs(release(FAMILY), coding="upper")
    assert cells(table, "Economic and rules") == ("Economic and rules", *["–"] * 5, "no")
    assert table.footnotes[-1] == "–: Rules is the same in every relationship."
    held = cells(tabulate_ratios(release(FAMILY), coding="upper"), "Economic and rules")
    assert held == ("Economic and rules", *["–"] * 5)


def test_one_null_that_cannot_be_tested_says_why():
    still = Unavailable(what="comparison", why="the joint count cannot vary")
    lower = reading("lower")
    held = pair(
        "economic", "rules", readings=(replace(lower, tests=(*lower.tests[:2], still)),) * 3
    )
    table = tabulate_pairs(release(replace(FAMILY, pairs=(held,))))
    assert table.rows[0].cells[3:] == (f"{MINUS}1.6 (0.61)", f"{MINUS}1.2 (0.61)", "–", "no")
    assert table.footnotes[-1] == "–: the joint count cannot vary."


@pytest.mark.parametrize(
    ("estimate", "low", "high", "words"),
    [
        (3.21, 1.08, 9.42, "3.2 (1.1 to 9.4)"),
        (None, 1.31, None, "above 1.3"),
        (0.0, 0.0, 2.14, "below 2.1"),
        (None, 0.0, None, "not bounded"),
        (1.7, 0.0, None, "1.7 (not bounded)"),
        (4.0, 1.2, None, "4.0 (above 1.2)"),
        (0.4, 0.0, 3.0, "0.40 (below 3.0)"),
        (250.4, 0.004, 25_000.0, "250 (<0.01 to >1,000)"),
        (None, 25_000.0, None, "above 1,000"),
        (0.0, 0.0, 0.004, "below 0.01"),
    ],
)
def test_odds_ratios_whose_ends_are_not_reached(estimate, low, high, words):
    assert ratio_words(ratio(estimate, low, high)) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.949, "0.95"), (0.97, "0.97"), (1.04, "1.04"), (1.06, "1.1"), (9.94, "9.9"), (9.96, "10")],
)
def test_odds_ratios_next_to_one_and_ten(value, words):
    assert odds_words(value) == words


def test_ratios_in_the_order_of_the_nulls():
    table = tabulate_ratios(release(FAMILY))
    assert cells(table, "Rules") == (
        "Rules and violence", "45 of 73", "60 of 73",
        "3.2 (1.1 to 9.4)", "not estimable", "above 1.3",
    )  # fmt: skip
    assert table.footnotes[-1] == "Not estimable: no stratum tells."
    assert any("(95% limits)" in text for text in table.footnotes)


def test_readings_stand_under_their_pair():
    table = tabulate_readings(release(FAMILY))
    assert table.groups[0] == f"Rules and violence (phi {MINUS}0.21 to 0.44)"
    held = [row.cells for row in table.only(table.groups[1]).rows]
    assert held[0][1:] == (
        "35 of 73", f"{MINUS}0.60 (0.61)", f"{MINUS}0.20 (0.61)",
        f"{MINUS}0.91 to +0.44", "–",
    )  # fmt: skip
    assert held[1] == ("Not documented counted as present", *["–"] * 5)
    assert held[2][0].startswith("Files with a statement of the victim")
    assert "–, without investigations: what is left cannot vary." in table.footnotes
    full = (replace(reading("lower"), leave_out_high=-0.9099, without_two=0.3),) * 3
    table = tabulate_readings(release(replace(FAMILY, pairs=(pair("a", "b", readings=full),))))
    assert table.rows[0].cells[-2:] == (f"{MINUS}0.91", "+0.30")
    assert not any("–" in text for text in table.footnotes)


def test_phi_that_is_not_bounded():
    unbound = replace(PAIRS[0], phi_low=None)
    table = tabulate_readings(release(replace(FAMILY, pairs=(unbound,))))
    assert table.groups == ("Rules and violence (phi not bounded)",)


def test_power_per_null():
    table = tabulate_power(release(FAMILY))
    assert table.groups == ("At equal documentation", "With all totals fixed")
    held = ("Rules and violence", "45 of 73", "60 of 73", "0.06", "0.31", ">0.99")
    assert table.rows[0].cells == (*held, "18")
    assert table.rows[3].cells == (*held, "none")
    assert [column.label for column in table.columns[3:6]] == [
        "Odds ratio 3", "Odds ratio 10", "Odds ratio 30",
    ]  # fmt: skip


def test_all_pairs_together():
    table = tabulate_overall(release(FAMILY))
    assert table.rows[0].cells[1:] == ("3 of 21", "+12.3", "5.0", "+2.47", "0.013")
    # Two of the three pairs have a constant item where silence counts as presence.
    assert table.rows[1].cells[1:] == ("1 of 21", "0.0", "5.0", f"{MINUS}0.01", "1.00")


def test_how_the_nulls_were_drawn():
    table = tabulate_null_checks(release(FAMILY))
    assert table.rows[1].cells == (
        "With the number of items of every relationship fixed", "10,000 (9,871)", "4, 2",
        "6 of 12 (7 to 12)", "35", "0.02, 1.000", "4,980", "3", "2.61",
    )  # fmt: skip
    assert table.rows[0].cells[2:5] == ("12, 0", "0 of 12", "–")
    assert (table.rows[0].cells[6], table.rows[0].cells[8]) == ("–", "–")
    assert table.footnotes[-1] == "–: no block needs a chain, or no z is large enough."
    assert len(tabulate_null_checks(release(TACTICS)).rows) == 1


def test_untested_pairs_one_by_one_or_by_reason():
    table = tabulate_untested(release(FAMILY))
    assert table.rows[0].cells == (
        "Control and item 0",
        "Control: recorded in every relationship",
    )
    assert table.footnotes[-1] == "18 of the 21 pairs of the family."
    table = tabulate_untested(release(TACTICS))
    assert [row.cells for row in table.rows] == [
        ("One is part of the other", "20 of 24"),
        ("Seldom", "4 of 24"),
    ]
    assert table.footnotes[-1] == "A pair with several reasons is counted under the first."


def test_tactics_are_explored_strongest_first():
    table = tabulate_tactic_pairs(release(TACTICS), most=2)
    assert [row.cells[0] for row in table.rows] == [
        "STI tests and threats",
        "Sets rules and STI tests*",
    ]
    assert table.rows[1].cells[1:] == (
        "12 of 73", "2.5 (0.80 to 7.9)", "+2.40", "0.012", "0.04", "0.41", f"{MINUS}0.30",
    )  # fmt: skip
    assert table.rows[0].cells[-1] == "–"
    text = table.text()
    assert "exploratory" in table.title
    for words in (
        "2 of 3 testable pairs",
        "300 pairs",
        "No pair is claimed",
        "rate of 10%",
        "1 of 3",
    ):
        assert words in text
    assert cells(tabulate_tactic_pairs(release(TACTICS)), "Sets rules and threats")[2] == (
        "not estimable"
    )
    with pytest.raises(UsageError, match="at least 1 row"):
        tabulate_tactic_pairs(release(TACTICS), most=0)


def test_strongest_first_whatever_the_order():
    turned = replace(TACTICS, pairs=TACTICS.pairs[::-1])
    assert tabulate_tactic_pairs(release(turned)) == tabulate_tactic_pairs(release(TACTICS))


@pytest.fixture
def familiar():
    row = FamiliarRow(
        first="rules",
        second="violence",
        first_label="Rules",
        second_label="Violence",
        both=35,
        first_only=16,
        second_only=12,
        neither=10,
        phi=0.134,
        jaccard=35 / 63,
        lift=1.066,
        odds_ratio=ratio(1.81, 0.58, 5.6),
        p_fisher=0.31,
        p_mid=0.26,
        p_veech_more=0.19,
        p_cmh=0.0004,
        p_homogeneity=None,
        p_three_way=0.42,
    )
    empty = replace(
        row, second="control", second_label="Control", phi=None, lift=None, odds_ratio=None
    )
    matrix = MatrixStatistic(
        statistic="c_score",
        label="C-score",
        scope="within_cases",
        observed=12.4,
        expected=11.853,
        std_error=0.51,
        p_value=0.21,
    )
    return FamiliarMeasures(
        title="Familiar measures",
        rows=(row, empty),
        matrix=(matrix, replace(matrix, scope="pooled", p_value=0.001)),
        n_relationships=73,
        conf_level=0.9,
        notes=(Note("pooled", "Ignores cases."), Note("matrix_statistics", "Of the whole.")),
        provenance=SOURCE,
    )


def test_what_each_familiar_measure_ignores(familiar):
    found = tabulate_cautions(release(familiar))
    assert [row.cells for row in found.rows] == [("Whole matrix", "Of the whole.")]
    assert found.footnotes == ("Simulated data: these numbers are no findings.",)


def test_familiar_measures(familiar):
    table = tabulate_familiar(release(familiar))
    assert cells(table, "Rules and violence") == (
        "Rules and violence", "35 of 73", "16, 12, 10", "0.13", "0.56", "1.07",
        "1.8 (0.58 to 5.6)",
    )  # fmt: skip
    assert table.footnotes[-1].startswith("–: not defined")
    assert cells(table, "Rules and control")[3:] == ("–", "0.56", "–", "–")
    assert table.columns[-1].label == "Odds ratio (90% limits)"
    assert "Ignores cases." in table.footnotes
    table = tabulate_familiar_tests(release(familiar))
    assert table.rows[0].cells[1:] == (
        "35 of 73", "0.31", "0.26", "0.19", "<0.001", "–", "0.42",
    )  # fmt: skip
    assert "Ignores cases." in table.footnotes


def test_matrix_statistics(familiar):
    table = tabulate_matrix_statistics(release(familiar))
    assert table.groups == ("Within investigations", "Over all investigations")
    assert table.rows[0].cells == ("C-score", "12.40", "11.85", "0.51", "0.21")
    assert table.footnotes[2] == "Of the whole."
    assert table.footnotes[-1].startswith("73 relationships")


@pytest.fixture
def sets():
    domains = tuple(
        DomainCount(term=term, label=label, n_present=n, n_absent=20 - n, n_undocumented=10)
        for term, label, n in (("r", "Rules", 12), ("v", "Violence", 9))
    )
    return DomainSets(
        title="Combinations of domains",
        domains=domains,
        sets=(
            DomainSet(terms=("r",), n=12, n_silent=4),
            DomainSet(terms=("r", "v"), n=9, n_silent=0),
            DomainSet(terms=(), n=6, n_silent=5),
            DomainSet(terms=("v",), n=3, n_silent=2),
        ),
        n_relationships=30,
        provenance=SOURCE,
    )


def test_domain_sets(sets):
    table = tabulate_domain_sets(release(sets))
    assert [row.cells for row in table.rows] == [
        ("Rules", "12 of 30 (40%)", "8", "10"),
        ("Violence", "9 of 30 (30%)", "11", "10"),
        ("Rules", "12 of 30 (40%)", "", "4 of 12"),
        ("All 2", "9 of 30 (30%)", "", "0 of 9"),
        ("None", "6 of 30 (20%)", "", "5 of 6"),
        ("Violence", "3 of 30 (10%)", "", "2 of 3"),
    ]
    table = tabulate_domain_sets(release(sets), most=2)
    assert table.rows[-1].cells == ("2 other combinations", "9 of 30 (30%)", "", "7 of 9")
    with pytest.raises(UsageError, match="at least 1 combination"):
        tabulate_domain_sets(release(sets), most=0)


def test_long_combinations_name_what_is_missing(sets):
    more = DomainCount(term="d", label="Deception", n_present=5, n_absent=5, n_undocumented=20)
    entries = (
        DomainSet(terms=("r", "v", "d"), n=3, n_silent=0),
        DomainSet(terms=("v", "d"), n=2, n_silent=0),
        DomainSet(terms=("d",), n=1, n_silent=0),
    )
    table = tabulate_domain_sets(
        release(replace(sets, domains=(*sets.domains, more), sets=entries)), most=3
    )
    labels = [row.cells[0] for row in table.only("Combinations, exactly these").rows]
    assert labels == ["All 3", "All but rules", "Deception"]


def test_empty_families_are_printed():
    empty = release(replace(FAMILY, pairs=(), untested=untested(21), overall=(), checks=()))
    for tabulate in (
        tabulate_pairs, tabulate_ratios, tabulate_readings, tabulate_power, tabulate_overall,
        tabulate_null_checks,
    ):  # fmt: skip
        assert tabulate(empty).rows == ()
        assert tabulate(empty).text()
    assert tabulate_untested(empty).rows[0].cells[1] == "21 of 21"
    assert tabulate_tactic_pairs(release(replace(TACTICS, pairs=()))).rows == ()
    assert tabulate_untested(release(replace(FAMILY, untested=()))).rows == ()


def test_wrong_calls():
    with pytest.raises(UsageError, match="Did you mean 'upper'"):
        tabulate_pairs(release(FAMILY), coding="uper")
    gone = release(Unavailable(what="pairs", why="one item alone"))
    for tabulate in (tabulate_pairs, tabulate_untested, tabulate_null_checks):
        with pytest.raises(EstimationError, match="one item alone"):
            tabulate(gone)
    with pytest.raises(UsageError, match="needs a result 'Cooccurrence'"):
        tabulate_power(release(TACTICS))
    with pytest.raises(UsageError, match="Only released"):
        tabulate_untested(TACTICS)


def test_no_table_speaks_of_causes(familiar, sets):
    tables = [
        *(tabulate(release(FAMILY)) for tabulate in (tabulate_pairs, tabulate_ratios)),
        tabulate_tactic_pairs(release(TACTICS)),
        tabulate_familiar(release(familiar)),
        tabulate_domain_sets(release(sets)),
    ]
    words = " ".join(table.text() for table in tables).lower()
    assert not re.search(r"\b(causes?|leads? to|drives?|increases?|prevents?|results? in)\b", words)
    assert all(table.footnotes[0].startswith("Simulated data") for table in tables)
