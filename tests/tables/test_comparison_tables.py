"""Tables and sentences about two samples side by side, from results built by hand."""

import re
from dataclasses import replace

import pytest

from relatum.errors import EstimationError, UsageError
from relatum.release import Released
from relatum.results.base import Note, Provenance, Unavailable
from relatum.results.comparison import (
    ASSAY_WORDS,
    VERDICT_WORDS,
    CodedContrast,
    ComparedRow,
    ComparedSample,
    Comparison,
    RowSide,
)
from relatum.results.comparison_benchmarks import (
    BenchmarkContrast,
    ComparisonBenchmarks,
    RefusedBenchmark,
)
from relatum.results.comparison_profile import (
    BalanceRow,
    ComparisonProfile,
    DistanceRow,
    QuantityRow,
    StandardisedRow,
)
from relatum.tables import (
    say_assay,
    say_compared_samples,
    say_differing,
    say_margins,
    say_not_told,
    say_parallel,
    say_parallel_row,
    tabulate,
    tabulate_balance,
    tabulate_benchmarks,
    tabulate_cases_needed,
    tabulate_compared_samples,
    tabulate_compared_times,
    tabulate_differences,
    tabulate_differing,
    tabulate_margins,
    tabulate_parallels,
    tabulate_profile_distances,
    tabulate_refused_benchmarks,
    tabulate_row_sensitivity,
    tabulate_standardised,
)
from relatum.tables.comparison_words import reason_words, silence_decides, verdict_words

SOURCE = Provenance(
    relatum_version="0", schema_version="0", sample_name="by hand", sample_fingerprint="0",
    sample_origin="simulated",
)  # fmt: skip
SIMULATED = "Simulated data: these numbers are no findings."
NOTES = (
    Note("crossed", "Both codings."),
    Note("selection", "Files are selected."),
    Note("depth", "Weighted to a common depth."),
)
CLAIMS = ("equivalent", "not_inferior")
GONE = Unavailable(what="the comparison", why="there is no second sample")


def release(result):
    return Released(result=result, profile="none", evidence=())


def side(present=40, silent=4, total=60, **changed):
    share = RowSide(
        n_units=total, n_cases=12, n_present=present, n_absent=total - present - silent,
        n_undocumented=silent, low=present / total, high=(present + silent) / total,
        documented=present / (total - silent),
    )  # fmt: skip
    return replace(share, **changed)


def coded(coding, estimate, half, p=0.2, *, standardised=True):
    return CodedContrast(
        coding=coding, standardised=standardised, estimate=estimate,
        conf_low_90=estimate - half, conf_high_90=estimate + half,
        conf_low_95=estimate - 1.2 * half, conf_high_95=estimate + 1.2 * half, p_value=p,
    )  # fmt: skip


def row(name, verdict, low=-0.02, high=0.05, half=0.08, **changed):
    """Build a row of shares with a margin of 0.15 from its two crossed estimates."""
    contrasts = (
        coded("low_high", low, half),
        coded("high_low", high, half),
        coded("low_low", 0.01, half),
        coded("high_high", 0.02, half),
        coded("low_high", low, half, standardised=False),
        coded("high_low", high, half, standardised=False),
    )
    built = ComparedRow(
        id=name, family="tactics", characteristic=f"Characteristic {name[-1]}", estimand="share",
        scale="risk_difference", measure="m", unit="relationship", among="", kind="share",
        contrast=False, primary=True, margin_low=-0.15, margin_high=0.15,
        margin_type="equivalence", margin_reason="A default.", trafficking=side(),
        domestic_violence=side(17, 2, 27), contrasts=contrasts, verdict=verdict,
        verdict_before=verdict, why="as computed", p_value=0.2, p_holm=0.9, within_low=0.4,
        within_high=0.9, undocumented_sum=0.14, power=0.31, smallest_margin=0.194,
        cases_needed=57, leave_out_low=-0.06, leave_out_high=0.09,
        verdict_unstandardised=changed.get("verdict_before", verdict),
        main_threat="Files are selected",
    )  # fmt: skip
    return replace(built, **changed)


def untested(name, verdict, **changed):
    empty = {
        "contrasts": (), "p_value": None, "p_holm": None, "power": None, "smallest_margin": None,
        "cases_needed": None, "within_low": None, "within_high": None, "leave_out_low": None,
        "leave_out_high": None, "undocumented_sum": None,
    }  # fmt: skip
    return row(name, verdict, **{**empty, **changed})


RATE = row(
    "P10", "not_shown", 0.2, 4.8, kind="rate", scale="rate_ratio", margin_low=0.5, margin_high=2.0,
    trafficking=side(n_present=None, n_absent=None, n_undocumented=None, low=0.28, high=1.23),
    undocumented_sum=None, power=None, smallest_margin=None, cases_needed=None,
    leave_out_low=None, leave_out_high=None, within_low=None, within_high=None,
    contrasts=(coded("low_high", 0.2, 0.1, standardised=False),
               coded("high_low", 4.8, 2.0, standardised=False)),
)  # fmt: skip
RANK = row(
    "P11", "not_inferior", 0.7, 0.8, kind="rank", scale="kendall_tau", margin_low=0.5,
    margin_high=None, smallest_margin=None, cases_needed=None, power=None, undocumented_sum=None,
    contrasts=tuple(
        replace(coded(coding, tau, 0.1, standardised=False), conf_high_90=None)
        for coding, tau in (("low_high", 0.7), ("high_low", 0.8))
    ),
)  # fmt: skip
ROWS = (
    row("P02", "equivalent", half=0.05, p_value=0.001, p_holm=0.012),
    row("P03", "not_inferior", margin_high=None, half=0.05),
    row("P04", "different", 0.41, 0.44),
    row("P05", "not_shown", half=0.2),
    row("P06", "not_shown", -0.4, 0.6, undocumented_sum=1.0),
    row("P07", "void", half=0.05, verdict_before="equivalent"),
    row("P08", "not_shown", half=0.05, verdict_before="equivalent"),
    untested("P09", "unavailable", trafficking=None, domestic_violence=None, why="no act is coded"),
    RATE,
    RANK,
    row("P33", "detected", 0.5, 0.6, contrast=True, p_value=None, power=None),
    row("P34", "not_detected", -0.4, 0.9, contrast=True, p_value=None, power=None),
    untested("P26", "described", margin_low=None, margin_high=None, why="Not identified."),
    untested("P36", "described", kind="global", margin_low=None, margin_high=None),
)


def sample(name, **changed):
    built = ComparedSample(
        side=name, name=name, title=f"Sample of {name}", origin="simulated",
        fingerprint="abcdef0123456789", n_cases=12, n_relationships=73, n_victims=73,
        largest_case=26, median_depth=7.0,
    )  # fmt: skip
    return replace(built, **changed)


def matrix(rows=ROWS, **changed):
    built = Comparison(
        title="Two samples",
        samples=(sample("trafficking"), sample("domestic_violence", n_relationships=27,
                                               largest_case=5)),
        rows=tuple(rows), assay="fails", global_verdict="not_shown", global_p=None,
        global_why="not shown in 1 row (P05)", n_primary=10, n_equivalent=2, n_different=1,
        n_not_shown=6, n_unavailable=1, level=0.05, iccs=(0.0, 0.1), depth_strata=3,
        depth_cuts=(4.0, 10.0), margins_hash="0123456789abcdef", unavailable=(), notes=NOTES,
        provenance=SOURCE,
    )  # fmt: skip
    return replace(built, **changed)


def cells(table, start):
    """Return the cells of the row whose first cell starts with some words."""
    found = [line.cells for line in table.rows if line.cells[0].startswith(start)]
    assert len(found) == 1, start
    return found[0]


@pytest.fixture
def held():
    return {"comparison": release(matrix())}


# --- the matrix --------------------------------------------------------------------------------


def test_every_verdict_has_words():
    words = {name: verdict_words(name) for name in VERDICT_WORDS}
    assert words == {
        "equivalent": "Equivalent",
        "not_inferior": "At least as common",
        "different": "Different",
        "not_shown": "Not shown",
        "void": "Void: the contrast rows failed",
        "detected": "Difference found, as expected",
        "not_detected": "Expected difference not found",
        "described": "Described, not tested",
        "unavailable": "Not available",
        "compatible_with_benchmark": "Compatible with the benchmark (no assay)",
    }


def test_the_whole_matrix_says_verdict_and_reason_of_every_row():
    table = tabulate(release(matrix()))
    verdicts = {line.cells[0][:3]: line.cells[3] for line in table.rows}
    assert "P36" not in verdicts  # the global row is a verdict on the others
    assert verdicts["P09"] == "Not available"
    assert verdicts["P07"] == "Void: the contrast rows failed"
    assert verdicts["P11"] == "Agreement in rank shown"
    assert cells(table, "P09")[1:] == ("–", "–", "Not available", "No act is coded")
    assert cells(table, "P02")[1] == "40 of 60 (67%), 4 undocumented"
    assert table.footnotes[0] == SIMULATED
    assert "Both codings." in table.footnotes


def test_the_parts_of_the_matrix_hold_every_row_once():
    names = [
        line.cells[0][:3]
        for part in ("tested", "contrast", "untested")
        for line in tabulate_parallels(release(matrix()), rows=part).rows
    ]
    assert sorted(names) == sorted(one.id for one in ROWS if one.kind != "global")


def test_untested_rows_stand_under_why_they_are_not_tested():
    table = tabulate_parallels(release(matrix()), rows="untested")
    assert table.groups == ("Not available", "Described, not tested")
    assert len(table.columns) == 4


def test_an_unknown_part_is_named():
    with pytest.raises(UsageError, match="'test' is not a part of the matrix"):
        tabulate_parallels(release(matrix()), rows="test")


def test_differences_unite_both_codings():
    table = tabulate_differences(release(matrix()))
    assert cells(table, "P02") == (
        "P02 Characteristic 2", "Equivalent", "40 of 60 (67%); 4", "17 of 27 (63%); 2",
        "−0.02 to +0.05 (−0.07 to +0.10)", "±0.15 (0.19)", "0.001 (0.012)",
    )  # fmt: skip
    assert cells(table, "P10")[4:6] == ("0.20 to 4.80 (0.10 to 6.80)", "0.5 to 2")
    assert cells(table, "P11")[4] == "0.70 to 0.80 (above 0.60)"
    assert cells(table, "P03")[5] == "at least −0.15 (0.19)"
    assert not any(line.cells[0].startswith("P33") for line in table.rows)


def test_contrast_rows_stand_with_the_wider_limits_and_no_p():
    table = tabulate_differences(release(matrix()), rows="contrast")
    assert cells(table, "P33")[1] == "Difference found, as expected"
    assert cells(table, "P33")[4:] == ("+0.50 to +0.60 (+0.40 to +0.70)", "±0.15 (0.19)")
    assert "95% limits" in table.columns[4].label


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("P02", ""),
        ("P04", "above the margin"),
        ("P05", "limits too wide"),
        ("P06", "silence decides"),
        ("P07", ""),
        ("P08", "not by Holm's correction"),
        ("P10", "silence decides"),
    ],
)
def test_a_verdict_has_a_short_reason(name, reason):
    assert reason_words(matrix().row(name)) == reason


def test_other_short_reasons():
    assert reason_words(row("P04", "different", -0.5, -0.4)) == "below the margin"
    assert reason_words(row("P04", "not_shown", -0.5, -0.4, 0.4)) == "limits reach the margin"
    assert reason_words(replace(RANK, verdict="not_shown", verdict_before="not_shown")) == (
        "low or uncertain"
    )
    # Where the limits hold, only the row itself knows why it is not shown.
    assert reason_words(row("P12", "not_shown", half=0.05)) == "as computed"


def test_silence_decides_where_the_codings_disagree_and_only_there():
    assert silence_decides(row("P06", "not_shown", -0.1, 0.3))
    assert silence_decides(row("P06", "not_shown", -0.4, 0.3))
    # Undocumented shares of 0.25 leave both codings inside a margin of 0.15: cases could tell.
    assert not silence_decides(row("P06", "not_shown", -0.12, 0.13, undocumented_sum=0.25))
    assert not silence_decides(row("P06", "not_shown", 0.3, 0.4))


def test_swapping_the_samples_swaps_the_ends_and_no_verdict():
    swapped = row("P04", "different", -0.44, -0.41)
    there = cells(tabulate_differences(release(matrix([matrix().row("P04")]))), "P04")
    back = cells(tabulate_differences(release(matrix([swapped]))), "P04")
    assert there[4] == "+0.41 to +0.44 (+0.33 to +0.52)"
    assert back[4] == "−0.44 to −0.41 (−0.52 to −0.33)"
    assert (there[1], back[1]) == ("Different: above the margin", "Different: below the margin")


def test_samples_are_described():
    table = tabulate_compared_samples(release(matrix()))
    assert cells(table, "Largest") == (
        "Largest investigation", "26 of 73 relationships", "5 of 27 relationships",
    )  # fmt: skip
    assert "Weighted to a common depth." in table.footnotes


# --- what differs, what cannot be told -----------------------------------------------------------


def test_differing_rows_stand_with_what_may_lie_behind_them():
    table = tabulate_differing(release(matrix()))
    assert [line.cells[0] for line in table.rows] == ["P04 Characteristic 4"]
    assert table.rows[0].cells[-1] == "Files are selected"
    none = tabulate_differing(release(matrix([matrix().row("P02")])))
    assert none.rows[0].cells[0] == "No row is shown different"


def test_investigations_are_asked_for_only_where_they_could_tell():
    table = tabulate_cases_needed(release(matrix()))
    assert cells(table, "P05") == ("P05 Characteristic 5", "0.14", "0.31", "0.19", "57")
    names = [line.cells[0][:3] for line in table.rows]
    assert names == ["P05", "P08", "P07"]
    silent = [text for text in table.footnotes if text.startswith("Silence decides")]
    assert silent[0].endswith("P06 1.00, P10.")
    assert "correlation of 0.1 within" in " ".join(table.footnotes)


def test_sentences_count_verdicts_and_name_rows(held):
    assert say_parallel(held, "comparison") == (
        "The parallel as a whole is not shown. The reason: not shown in 1 row (P05). Of 10 primary "
        "rows 2 count as equivalent after Holm's correction, 1 are shown different, 6 are not "
        "shown and 1 are not available"
    )
    assert say_differing(held, "comparison") == (
        "1 tested row is shown different: P04 Characteristic 4 (+0.41 and +0.44)"
    )
    told = say_not_told(held, "comparison")
    assert "In 2 rows silence decides" in told
    assert "(P06, P10)" in told
    assert "In 2 rows more investigations could tell: 57 in each sample" in told
    assert say_compared_samples(held, "comparison").startswith(
        "73 relationships in 12 investigations of trafficking (26 in the largest) and 27"
    )
    assert say_parallel_row(held, "comparison", row="P02") == (
        "characteristic 2: trafficking 40 of 60 (67%), 4 undocumented; domestic violence 17 of 27 "
        "(63%), 2 undocumented; compared −0.02 (−0.07 to +0.03) and +0.05 (0.00 to +0.10), with "
        "90% limits; margin ±0.15; equivalent"
    )
    assert say_parallel_row(held, "comparison", row="P09") == (
        "characteristic 9: not available (no act is coded)"
    )


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        ("equivalent", "The parallel as a whole is shown. "),
        ("different", "Both samples are shown to differ, so the parallel as a whole does not hold"),
        ("not_shown", "The parallel as a whole is not shown. "),
    ],
)
def test_the_global_verdict_is_said(verdict, words):
    found = {"comparison": release(matrix(global_verdict=verdict, global_p=0.0004))}
    said = say_parallel(found, "comparison")
    assert said.startswith(words)
    assert "largest p < 0.001" in said


@pytest.mark.parametrize("assay", ASSAY_WORDS)
def test_the_assay_is_said(assay):
    rows = [one for one in ROWS if not one.contrast] if assay == "absent" else ROWS
    said = say_assay({"comparison": release(matrix(rows, assay=assay))}, "comparison")
    assert said.endswith(ASSAY_WORDS[assay].rstrip("."))
    assert said.startswith("1 of 2 contrast rows shows") == (assay != "absent")


def test_contrast_rows_that_are_missing_are_named():
    rows = [*ROWS, untested("P35", "unavailable", contrast=True)]
    said = say_assay({"comparison": release(matrix(rows))}, "comparison")
    assert "(not computed, or without a margin: P35)" in said


def test_rows_without_power_keep_their_margin_and_number():
    rows = [row("P02", "not_shown", half=0.2, power=None)]
    told = matrix(rows, notes=(*NOTES, Note("power", "Power is by formula.")))
    table = tabulate_cases_needed(release(told))
    assert cells(table, "P02") == ("P02 Characteristic 2", "0.14", "–", "0.19", "57")
    assert "Power is by formula." in table.footnotes


def test_a_difference_stands_with_its_missing_correction():
    notes = (*NOTES, Note("uncorrected", "No correction."))
    assert "No correction." in tabulate_differing(release(matrix(notes=notes))).footnotes


def test_no_difference_is_not_said_to_be_likeness():
    rows = [one for one in ROWS if one.verdict != "different"]
    said = say_differing({"comparison": release(matrix(rows))}, "comparison")
    assert said == "No tested row is shown different, which does not make any of them alike"


def test_margins_that_were_changed_are_flagged(held):
    assert say_margins(held, "comparison") == (
        "The margins of the plan have the SHA-256 0123456789ab; no other margins are on record for "
        "these two samples"
    )
    changed = (*NOTES, Note("margins_changed", "Margins were changed: P02."))
    found = release(matrix(notes=changed))
    assert say_margins({"comparison": found}, "comparison").endswith("Margins were changed: P02")
    assert "Margins were changed: P02." in tabulate_margins(found).footnotes


def test_rows_of_one_margin_and_reason_stand_together():
    table = tabulate_margins(release(matrix()))
    assert cells(table, "Difference of shares, ±0.15")[1].startswith("P02, P04, P05, P06")
    assert cells(table, "Ratio of rates, 0.5 to 2")[1] == "P10"
    assert "0123456789ab" in table.footnotes[-1]


def test_sensitivity_holds_other_choices_and_what_was_taken_back():
    rows = (*ROWS, row("P12", "equivalent", verdict_unstandardised="not_shown"))
    table = tabulate_row_sensitivity(release(matrix(rows)))
    assert cells(table, "P02")[1:] == ("+0.01", "+0.02", "−0.06 to +0.09", "0.40 to 0.90")
    told = " ".join(table.footnotes)
    assert "the assay, change: P12 (not shown)." in told
    assert "before Holm's correction and the assay: P07, P08." in told
    assert "crossed codings alone: P10." in told


def test_sensitivity_takes_standardised_differences_from_the_profile():
    found = release(matrix([row("P07", "equivalent"), row("P08", "equivalent")]))
    table = tabulate_row_sensitivity(found, profile=release(PROFILE))
    assert cells(table, "P07")[-2:] == ("−0.15 to +0.35",) * 2
    assert cells(table, "P08")[-2:] == ("–", "–")
    assert "The outcome never varies: P08." in table.footnotes


# --- profiles ------------------------------------------------------------------------------------


def standardised(name, method, coding, estimate, why=""):
    ends = (None, None) if estimate is None else (estimate - 0.1, estimate + 0.1)
    return StandardisedRow(
        id=name, characteristic="Isolation", method=method, coding=coding, estimate=estimate,
        conf_low=ends[0], conf_high=ends[1], effective_n_trafficking=None if why else 17.4,
        effective_n_domestic_violence=None if why else 27.0, why=why,
    )  # fmt: skip


PROFILE = ComparisonProfile(
    title="Profiles",
    points=(),
    distances=(
        DistanceRow(measure="distance", label="Mean absolute difference", coding="low_high",
                    estimate=0.42, expected=0.13, p_value=0.0004, conf_low=None, conf_high=0.47,
                    n_items=15),
        DistanceRow(measure="barrier_ranks", label="Kendall's tau b", coding="documented",
                    estimate=0.27, expected=0.0, p_value=None, conf_low=-0.12, conf_high=0.43,
                    n_items=17),
    ),
    quantities=(
        QuantityRow(term="escape_rate", label="attempts per year", scale="ratio", trafficking=0.42,
                    trafficking_low=0.0, trafficking_high=0.54, domestic_violence=1.25,
                    domestic_violence_low=0.5, domestic_violence_high=2.29, estimate=0.33,
                    conf_low=0.0, conf_high=0.86),
        QuantityRow(term="restricted_mean", label="mean months", scale="difference",
                    trafficking=5.57, trafficking_low=None, trafficking_high=None,
                    domestic_violence=4.63, domestic_violence_low=None,
                    domestic_violence_high=None, estimate=0.94, conf_low=None, conf_high=None),
    ),
    curves=(),
    balance=(
        BalanceRow(term="age", label="age", level="", trafficking=23.16, domestic_violence=34.96,
                   undocumented_trafficking=0, undocumented_domestic_violence=2, smd=-1.7,
                   smd_weighted=None),
        BalanceRow(term="country", label="country", level="born_here", trafficking=0.4,
                   domestic_violence=None, undocumented_trafficking=3,
                   undocumented_domestic_violence=27, smd=None, smd_weighted=None),
    ),
    standardised=(
        *(standardised("P07", method, coding, estimate)
          for method in ("g_computation", "weights")
          for coding, estimate in (("low_high", -0.05), ("high_low", 0.25))),
        standardised("P08", "weights", "low_high", None, why="the outcome never varies"),
        standardised("P08", "weights", "high_low", 0.1),
    ),
    covariates=("victim_age",),
    unavailable=(Unavailable(what="structure of co-occurrence", why="too few pairs"),),
    notes=(Note("distance", "Chance alone."), Note("curves", "Latest day.")),
    provenance=SOURCE,
)  # fmt: skip


def test_balance_counts_what_is_not_documented():
    table = tabulate_balance(release(PROFILE))
    assert cells(table, "Age") == ("Age", "23.2; 0", "35.0; 2", "−1.70", "–")
    assert cells(table, "Country: born here")[1:3] == ("40%; 3", "–; 27")


def test_distances_stand_beside_chance_and_refusals_are_said():
    table = tabulate(release(PROFILE))
    assert table == tabulate_profile_distances(release(PROFILE))
    assert cells(table, "Absent / present")[1:] == ("0.42", "0.13", "below 0.47", "<0.001", "15")
    assert cells(table, "Documented alone")[1:5] == ("0.27", "0.00", "−0.12 to 0.43", "–")
    assert "Structure of co-occurrence: not available (too few pairs)." in table.footnotes


def test_times_are_compared_with_limits_where_there_are_any():
    table = tabulate_compared_times(release(PROFILE))
    assert cells(table, "Attempts per year")[1:] == (
        "0.42 (0 to 0.54)", "1.25 (0.50 to 2.29)", "0.33 (0 to 0.86)",
    )  # fmt: skip
    assert cells(table, "Mean months")[1:] == ("5.57", "4.63", "+0.94")


def test_standardised_differences_unite_codings_and_need_both():
    table = tabulate_standardised(release(PROFILE))
    assert [line.cells for line in table.rows] == [
        ("P07 Isolation", *["−0.05 to +0.25 (−0.15 to +0.35)"] * 2)
    ]
    told = " ".join(table.footnotes)
    assert "The outcome never varies: P08." in told
    assert "effective number of 17 relationships in trafficking and 27" in told


# --- published figures ---------------------------------------------------------------------------


def published(verdict="compatible_with_benchmark", **changed):
    built = BenchmarkContrast(
        id="P08", characteristic="Deprivation", benchmark="B10", quantity="Any economic abuse",
        population="Women in programmes", period="before 2018", source_kind="service",
        certainty="verified_in_abstract", citation="An author (2018)", rank=3, n_units=73,
        n_undocumented=19, low=54 / 73, high=1.0, published=0.93, published_low=0.9,
        published_high=0.95, difference_low=-0.19, difference_high=0.07, conf_low_90=-0.25,
        conf_high_90=0.09, margin_low=-0.15, margin_high=None, verdict=verdict,
        tipping_low=-0.0957, tipping_high=None, why="as computed",
    )  # fmt: skip
    return replace(built, **changed)


def refused(name, benchmark, why):
    return RefusedBenchmark(id=name, benchmark=benchmark, quantity=f"Figure {benchmark}", why=why)


def benchmarks(rows=(), refusals=()):
    notes = (Note("no_assay", "No assay."),)
    return release(
        ComparisonBenchmarks(
            title="Figures", rows=rows, refused=refusals, notes=notes, provenance=SOURCE
        )
    )


def test_published_figures_stand_with_counts_tipping_value_and_source():
    nearer = published("not_shown", id="P29", rank=2, low=0.3551, high=0.3551, n_undocumented=0,
                       tipping_high=0.194)  # fmt: skip
    table = tabulate(benchmarks([published(), nearer]))
    assert table == tabulate_benchmarks(benchmarks([published(), nearer]))
    assert [line.cells[0][:3] for line in table.rows] == ["P29", "P08"]  # the nearer source first
    assert cells(table, "P08")[1:] == (
        "54 to 73 of 73 (74% to 100%), 19 undocumented", "93% (90% to 95%)",
        "−0.19 to +0.07 (−0.25 to +0.09)", "at least −0.15",
        "Compatible with the benchmark (no assay)", "−0.10",
    )  # fmt: skip
    assert cells(table, "P29")[1] == "incidence 36% (n = 73), 0 undocumented"
    assert cells(table, "P29")[-1] == "−0.10, +0.19"
    assert "An author (2018)." in table.footnotes[-1]


def test_refused_figures_are_grouped_by_a_reason_of_substance():
    other = "It measures 'x'; the row is about 'y'."
    people = "It is about everybody; the row needs victims."
    table = tabulate_refused_benchmarks(
        benchmarks(
            refusals=[
                refused("P04", "B13a", f"{other} {people}"),
                refused("P09", "B13a", f"{other} {people}"),
                refused("P09", "B13b", f"{other} {people} It gives no n."),
                refused("P13", "B10", other),
            ]
        )
    )
    assert [line.cells for line in table.rows] == [
        (people, "B13a Figure B13a (P04, P09); B13b (P09)"),
        ("It measures something else than the row.", "B10 Figure B10 (P13)"),
    ]
    assert "4 pairs" in table.footnotes[-1]


# --- empty, missing, wrong -----------------------------------------------------------------------


def test_empty_results_say_so():
    empty = replace(PROFILE, distances=(), quantities=(), balance=(), standardised=())
    first = {
        tabulate_balance: "No covariate was declared",
        tabulate_profile_distances: "No distance was computed",
        tabulate_compared_times: "No quantity could be computed",
        tabulate_standardised: "No row could be standardised",
    }
    for function, words in first.items():
        assert function(release(empty)).rows[0].cells[0] == words
    assert tabulate_benchmarks(benchmarks()).rows[0].cells[0] == "No published figure fits a row"
    assert tabulate_refused_benchmarks(benchmarks()).rows[0].cells[0] == "Every figure was compared"
    nothing = release(matrix(()))
    for function in (tabulate_parallels, tabulate_differences, tabulate_cases_needed):
        assert function(nothing).rows[0].cells[0] == "No row"
    assert tabulate_margins(nothing).rows[0].cells[1] == "No margin was declared"
    assert say_not_told({"comparison": nothing}, "comparison") == "Every tested row is told"


SENTENCES = (
    say_assay,
    say_compared_samples,
    say_differing,
    say_margins,
    say_not_told,
    say_parallel,
)


@pytest.mark.parametrize("function", SENTENCES)
def test_an_unavailable_comparison_is_said_in_sentences(function):
    found = {"comparison": release(GONE)}
    assert function(found, "comparison") == "not available (there is no second sample)"
    with pytest.raises(UsageError, match="'compare' is not a result"):
        function(found, "compare")


def test_an_unavailable_comparison_has_no_table():
    with pytest.raises(EstimationError, match="no second sample"):
        tabulate_parallels(release(GONE))
    with pytest.raises(UsageError, match="is not a row of the matrix"):
        say_parallel_row({"comparison": release(matrix())}, "comparison", row="P99")


def test_nothing_says_cause_and_no_row_that_is_not_shown_is_called_a_parallel(held):
    tables = [
        *(tabulate_parallels(held["comparison"], rows=part) for part in ("all", "untested")),
        *(function(held["comparison"]) for function in (
            tabulate_differences, tabulate_differing, tabulate_cases_needed, tabulate_margins,
            tabulate_row_sensitivity)),
    ]  # fmt: skip
    for table in tables:
        assert table.footnotes[0] == SIMULATED
        assert not re.search(r"\bcaus(e|es|ed|al)\b", table.text())
        for line in table.rows:
            text = " ".join(line.cells)
            assert not ("Not shown" in text and "parallel" in text.lower())
