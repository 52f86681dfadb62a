"""Two samples side by side: verdicts, crossed codings, assay, and what is refused."""

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pandas as pd
import pytest

from relatum.errors import PlanError
from relatum.models import comparison as module
from relatum.models.comparison import compare_samples
from relatum.models.comparison_readings import Reading, read_mean, read_share
from relatum.models.comparison_samples import Pair, Side, depth_weights, sample_named
from relatum.models.comparison_verdicts import Margins, assay_of, judge, margin_words
from relatum.results.base import Unavailable
from relatum.results.comparison import CROSSED, CodedContrast
from relatum.results.store import decode, encode
from relatum.samples import example_sample
from relatum.samples.simulation import simulate_pair
from relatum.schema.parallels import load_parallels
from relatum.study import margins_hash, read_study

MATRIX = load_parallels()
CONTRASTS = ("P32", "P33", "P34", "P35")


def contrast(coding, inner, outer=None, estimate=None, p_value=0.01):
    low, high = inner
    outer = outer or (low - 0.02, high + 0.02)
    return CodedContrast(
        coding=coding,
        standardised=True,
        estimate=(low + high) / 2 if estimate is None else estimate,
        conf_low_90=low,
        conf_high_90=high,
        conf_low_95=outer[0],
        conf_high_95=outer[1],
        p_value=p_value,
    )


def both(first, second):
    return [contrast("low_high", first), contrast("high_low", second)]


def plan(rows, other="", **changes):
    study = read_study()
    margins = {name: study.margins[name] for name in rows}
    comparison = replace(study.comparison, other=str(other), draws=499, **changes)
    return replace(study, margins=MappingProxyType(margins), comparison=comparison)


@pytest.fixture
def opened(monkeypatch):
    """Stand in for the folder of the second sample."""

    def use(sample):
        monkeypatch.setattr("relatum.models.comparison_samples.open_sample", lambda _: sample)

    return use


@pytest.fixture(scope="module")
def pairs():
    sizes = {"holds": 80, "differs": 40, "cannot_tell": 12}
    return {name: simulate_pair(scenario=name, seed=3, n_cases=n) for name, n in sizes.items()}


# --- verdicts by hand ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [
        ((-0.10, 0.08), (-0.05, 0.12), "equivalent"),
        # One coding inside, the other outside: silence decides, so nothing is shown.
        ((-0.10, 0.08), (0.05, 0.22), "not_shown"),
        ((0.20, 0.40), (0.30, 0.50), "different"),
        ((-0.50, -0.30), (-0.40, -0.20), "different"),
        # Beyond the margin on either side: no common direction.
        ((0.20, 0.40), (-0.40, -0.20), "not_shown"),
        # A limit on the margin is not inside it.
        ((-0.15, 0.10), (-0.10, 0.10), "not_shown"),
    ],
)
def test_equivalence_needs_both_crossed_codings(first, second, verdict):
    assert judge(MATRIX["P02"], Margins(-0.15, 0.15), both(first, second)).verdict == verdict


def test_codings_in_one_direction_do_not_decide():
    same = [contrast("low_low", (0.3, 0.5)), contrast("high_high", (0.3, 0.5))]
    crossed = both((-0.05, 0.05), (-0.05, 0.05))
    assert judge(MATRIX["P02"], Margins(-0.15, 0.15), [*same, *crossed]).verdict == "equivalent"


def test_one_sided_rows_ignore_the_upper_side():
    row, margins = MATRIX["P08"], Margins(-0.15, None)
    assert judge(row, margins, both((-0.10, 0.60), (-0.05, 0.7))).verdict == "not_inferior"
    assert judge(row, margins, both((-0.60, -0.30), (-0.5, -0.25))).verdict == "different"
    assert judge(row, margins, both((-0.20, 0.60), (-0.05, 0.7))).verdict == "not_shown"


def test_ratios_are_judged_on_their_own_scale():
    assert judge(MATRIX["P17"], Margins(0.5, 2.0), both((0.7, 1.5), (0.6, 1.9))).verdict == (
        "equivalent"
    )


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [
        ((0.2, 0.5), (0.3, 0.6), "detected"),
        ((-0.5, -0.2), (-0.6, -0.3), "not_detected"),
        ((-0.05, 0.05), (-0.04, 0.06), "not_detected"),
        ((0.2, 0.5), (-0.3, 0.6), "not_detected"),
    ],
)
def test_contrast_rows_need_the_expected_direction_under_both(first, second, verdict):
    assert judge(MATRIX["P33"], Margins(-0.1, 0.1), both(first, second)).verdict == verdict


def test_low_agreement_in_rank_is_no_difference():
    found = judge(MATRIX["P27"], Margins(0.5, None), both((-0.2, 0.1), (-0.1, 0.2)))
    assert found.verdict == "not_shown"
    assert "sampling error" in found.why


def test_a_condition_stops_equivalence_only():
    inside = both((-0.1, 0.1), (-0.1, 0.1))
    found = judge(MATRIX["P12"], Margins(-0.69, 0.69), inside, condition="it is not positive")
    assert (found.verdict, found.why) == ("not_shown", "it is not positive")


def test_an_association_differs_by_its_sign_alone():
    row, margins = MATRIX["P12"], Margins(-0.69, 0.69)
    above = both((0.8, 1.4), (0.9, 1.5))
    assert judge(row, margins, above, opposed=True).verdict == "different"
    found = judge(row, margins, above, opposed=False)
    assert (found.verdict, "strength alone" in found.why) == ("not_shown", True)


def test_silence_above_the_margin_is_named():
    found = judge(MATRIX["P02"], Margins(-0.15, 0.15), both((-0.4, 0.0), (0.0, 0.5)), silence=0.36)
    assert "silence alone spans 0.36" in found.why
    assert "more cases could not" in found.why


def test_words_of_margins_and_assay():
    assert margin_words(Margins(0.5, 2.0), "rate_ratio") == "0.5 to 2"
    assert assay_of(["detected", "detected"]) == "holds"
    assert assay_of(["detected", "not_detected"]) == "fails"
    assert assay_of(["unavailable"]) == "absent"
    assert assay_of(["undeclared"] * 4) == "absent"
    assert assay_of(["detected", "undeclared"]) == "incomplete"


def test_leaving_out_a_contrast_row_voids_equivalence(pairs, opened):
    found = compared(pairs, opened, "holds", rows=("P06", "P32", "P33", "P34"))
    assert found.assay == "incomplete"
    assert found.row("P06").verdict == "void"
    assert found.global_verdict == "not_shown"


# --- the three worlds ---------------------------------------------------------------------------


ROWS = ("P02", "P06", "P08", *CONTRASTS)


def compared(pairs, opened, name, rows=ROWS, **changes):
    pair = pairs[name]
    opened(pair.domestic_violence)
    return compare_samples(pair.trafficking, plan(rows, other="second", **changes))


def test_a_parallel_that_holds_is_shown(pairs, opened):
    found = compared(pairs, opened, "holds")
    verdicts = {row.id: row.verdict for row in found.rows if row.id in ROWS}
    assert verdicts == {
        "P02": "equivalent",
        "P06": "equivalent",
        "P08": "not_inferior",
        **dict.fromkeys(CONTRASTS, "detected"),
    }
    assert (found.assay, found.global_verdict, found.n_equivalent) == ("holds", "equivalent", 3)
    assert "the plan declares none for 26 rows" in found.global_why
    row = found.row("P06")
    assert row.p_value <= row.p_holm < 0.05
    assert row.within_low > 0.95
    assert row.power > 0.8
    assert row.cases_needed < 80
    # at a share of .95 power by formula is too far off
    assert found.row("P02").power is None
    assert found.row("P02").smallest_margin < 0.15
    assert found.global_p == max(found.row(name).p_value for name in ("P02", "P06", "P08"))


def test_a_difference_is_shown(pairs, opened):
    found = compared(pairs, opened, "differs", rows=("P02", "P07", "P10", "P13", "P22", *CONTRASTS))
    different = [row.id for row in found.rows if row.verdict == "different"]
    assert len(different) >= 2
    assert found.global_verdict == "different"
    assert different[0] in found.global_why


def test_files_full_of_silence_tell_nothing(pairs, opened):
    found = compared(pairs, opened, "cannot_tell", rows=("P09", "P13", *CONTRASTS))
    assert found.row("P09").verdict == "not_shown"
    assert found.row("P13").undocumented_sum > 0.15
    assert 0 <= found.row("P09").power < 0.2
    assert [note.code for note in found.notes].count("power") == 1
    assert found.global_verdict == "not_shown"


def test_a_failed_contrast_voids_every_equivalence(pairs, opened, monkeypatch):
    judged = module.compare_row

    def without_contrast(pair, row, weights, study):
        found = judged(pair, row, weights, study)
        return replace(found, verdict="not_detected") if row.id == "P34" else found

    monkeypatch.setattr(module, "compare_row", without_contrast)
    found = compared(pairs, opened, "holds")
    assert found.assay == "fails"
    assert [found.row(name).verdict for name in ("P02", "P06", "P08")] == ["void"] * 3
    assert found.row("P06").verdict_before == "equivalent"
    assert found.global_verdict == "not_shown"


def test_holm_takes_back_a_weak_claim(pairs, opened, monkeypatch):
    judged = module.compare_row

    def weak(pair, row, weights, study):
        found = judged(pair, row, weights, study)
        return replace(found, p_value=0.04) if row.id in ("P02", "P06") else found

    monkeypatch.setattr(module, "compare_row", weak)
    found = compared(pairs, opened, "holds")
    assert found.row("P06").verdict == "not_shown"
    assert "Holm" in found.row("P06").why
    # The global claim carries no correction: every row has to hold its own.
    assert found.global_verdict == "equivalent"


# --- invariances --------------------------------------------------------------------------------


def test_swapping_the_populations_changes_signs_only(pairs, opened):
    rows = ("P06", "P17", *CONTRASTS)
    found = compared(pairs, opened, "cannot_tell", rows=rows)
    pair = pairs["cannot_tell"]
    relabelled = [
        _relabel(pair.domestic_violence, "trafficking"),
        _relabel(pair.trafficking, "domestic_violence"),
    ]
    opened(relabelled[1])
    swapped = compare_samples(relabelled[0], plan(rows, other="second"))
    for coding, mirror in (("low_high", "high_low"), ("high_low", "low_high")):
        one = found.row("P06").contrast_of(coding)
        two = swapped.row("P06").contrast_of(mirror)
        assert one.estimate == pytest.approx(-two.estimate, abs=1e-12)
        assert one.conf_low_90 == pytest.approx(-two.conf_high_90, abs=1e-9)
        assert one.p_value == pytest.approx(two.p_value, abs=1e-9)
    rate = found.row("P17").contrast_of("low_high", standardised=False)
    other = swapped.row("P17").contrast_of("low_high", standardised=False)
    assert rate.estimate == pytest.approx(1 / other.estimate, rel=1e-9)
    # The sample that is named first does not matter either.
    opened(pair.trafficking)
    again = compare_samples(pair.domestic_violence, plan(rows, other="second"))
    assert again.rows == found.rows


def _relabel(sample, population):
    couples = sample.table("relationships")
    couples["population"] = population
    return sample.replace_tables({"relationships": couples})


def test_order_of_rows_changes_nothing(pairs, opened):
    rows = ("P06", "P09", "P21")
    found = compared(pairs, opened, "cannot_tell", rows=rows)
    pair = pairs["cannot_tell"]
    rng = np.random.default_rng(1)
    tables = {
        name: frame.iloc[rng.permutation(len(frame))].reset_index(drop=True)
        for name, frame in pair.trafficking.tables.items()
    }
    opened(pair.domestic_violence)
    shuffled = compare_samples(pair.trafficking.replace_tables(tables), plan(rows, other="second"))
    for name in rows:
        for one, two in zip(found.row(name).contrasts, shuffled.row(name).contrasts, strict=True):
            assert one.estimate == pytest.approx(two.estimate, abs=1e-12)
            assert one.conf_high_95 == pytest.approx(two.conf_high_95, abs=1e-9)


def test_one_sample_with_both_populations_equals_two(pairs, opened):
    pair = pairs["cannot_tell"]
    rows = ("P06", "P16", "P25")
    found = compared(pairs, opened, "cannot_tell", rows=rows)
    tables = {
        name: pd.concat(
            [
                _prefixed(part.tables[name], mark)
                for part, mark in ((pair.trafficking, "a"), (pair.domestic_violence, "b"))
            ],
            ignore_index=True,
        )
        for name in pair.trafficking.tables
    }
    joined = compare_samples(pair.trafficking.replace_tables(tables), plan(rows))
    for name in rows:
        one, two = found.row(name), joined.row(name)
        assert one.trafficking == two.trafficking
        assert one.domestic_violence == two.domestic_violence
        assert [part.estimate for part in one.contrasts] == pytest.approx(
            [part.estimate for part in two.contrasts], abs=1e-12
        )


def _prefixed(frame, mark):
    frame = frame.copy()
    for column in frame.columns:
        if column.endswith("_id") and column != "coder_id":
            held = frame[column].astype("string")
            frame[column] = held.where(held.isna(), mark + held)
    return frame


def test_result_survives_the_store(pairs, opened):
    found = compared(pairs, opened, "cannot_tell", rows=("P06", "P33"))
    assert decode(type(found), encode(found)) == found
    tidy = found.tidy()
    assert set(tidy["coding"]) >= {*CROSSED, "low_low", "high_high"}
    assert found.margins_hash == margins_hash({k: read_study().margins[k] for k in ("P06", "P33")})


# --- readings and weights -----------------------------------------------------------------------


def test_readings_of_the_narrated_case():
    side = Side("trafficking", example_sample("anna"))
    ones = np.ones(side.n_relationships)
    counted = read_share(side, MATRIX["P06"], ones).summary()
    assert (counted.n_units, counted.n_present, counted.low, counted.high) == (1, 1, 1.0, 1.0)
    mean = read_mean(side, MATRIX["P15"], ones)
    assert mean.low.max() <= mean.high.max() <= 5


def test_a_stated_wish_is_no_attempt(pairs):
    side = Side("trafficking", pairs["holds"].trafficking)
    attempts = side.sample.tables["escape_attempts"]
    steps = (attempts["attempt_level"] != "intent_stated").sum()
    assert 0 < steps < len(attempts)
    for name in ("P16", "P31"):
        assert len(read_share(side, MATRIX[name], np.ones(side.n_relationships)).low) == steps
    empty = side.sample.replace_tables({"escape_attempts": attempts.iloc[:0]})
    none = read_share(Side("trafficking", empty), MATRIX["P31"], np.ones(side.n_relationships))
    assert none == "no attempt in the sample"
    # a wish has no outcome, so its silence is none
    assert read_share(side, MATRIX["P31"], np.ones(side.n_relationships)).undocumented_share < 0.05


def test_a_row_without_its_rule_says_so():
    side = Side("trafficking", example_sample("anna"))
    row = replace(MATRIX["P15"], measure="dv_hope")
    assert "no rule" in read_mean(side, row, np.ones(1))


def test_silence_moves_the_ends_of_a_reading(pairs):
    side = Side("trafficking", pairs["cannot_tell"].trafficking)
    found = read_share(side, MATRIX["P09"], np.ones(side.n_relationships))
    counted = found.summary()
    assert counted.n_present + counted.n_absent + counted.n_undocumented == counted.n_units
    assert counted.high - counted.low == pytest.approx(counted.n_undocumented / counted.n_units)
    assert isinstance(found.chosen(found.cases != found.cases[0]), Reading)


def test_weights_give_both_samples_one_distribution_of_depth(pairs):
    pair = pairs["holds"]
    sides = Pair(
        Side("trafficking", pair.trafficking), Side("domestic_violence", pair.domestic_violence)
    )
    found = depth_weights(sides, 3)
    shares = []
    for side in sides.sides:
        strata = np.digitize(side.depth, found.cuts, right=True)
        weight = found.weights[side.name]
        total = np.bincount(strata, weights=weight)
        shares.append(total / total.sum())
    assert shares[0] == pytest.approx(shares[1], abs=1e-12)
    assert depth_weights(sides, 1).why


# --- what is refused ----------------------------------------------------------------------------


def test_no_second_sample():
    found = compare_samples(example_sample("simulated"), plan(ROWS))
    assert isinstance(found, Unavailable)
    assert "no second sample" in found.why


def test_the_sample_itself_is_no_second_sample(opened):
    sample = example_sample("simulated")
    opened(sample)
    with pytest.raises(PlanError, match="itself"):
        compare_samples(sample, plan(ROWS, other="second"))


def test_two_samples_of_one_population(pairs, opened):
    opened(pairs["cannot_tell"].trafficking)
    found = compare_samples(example_sample("simulated"), plan(ROWS, other="second"))
    assert "one population" in found.why


def test_schemas_that_do_not_match(pairs, opened):
    pair = pairs["cannot_tell"]
    other = pair.domestic_violence
    opened(replace(other, info=replace(other.info, schema_version="2.0.0")))
    found = compare_samples(pair.trafficking, plan(ROWS, other="second"))
    assert "different versions of the schema" in found.why


def test_two_samples_without_a_population(pairs, opened):
    pair = pairs["cannot_tell"]
    opened(_relabel(pair.domestic_violence, None))
    found = compare_samples(_relabel(pair.trafficking, None), plan(ROWS, other="second"))
    assert "which population" in found.why


def test_cases_of_both_populations_are_told_and_victims_without_one_are_not_guessed(pairs):
    sample = pairs["cannot_tell"].trafficking
    couples = sample.table("relationships")
    couples["population"] = np.where(
        np.arange(len(couples)) % 2 == 0, "trafficking", "domestic_violence"
    )
    found = compare_samples(sample.replace_tables({"relationships": couples}), plan(("P06",)))
    assert [note.code for note in found.notes].count("shared_cases") == 1
    assert found.row("P01").trafficking is None


def test_a_sample_that_cannot_vary_is_named_as_readers_know_it():
    why = "the cases of sample a do not differ; it rests on one case of sample b"
    assert sample_named(why) == (
        "the cases of the trafficking sample do not differ; it rests on one case of the domestic "
        "violence sample"
    )


def test_one_case_carries_no_comparison(pairs, opened):
    pair = pairs["cannot_tell"]
    couples = pair.domestic_violence.table("relationships")
    case = couples["case_id"].value_counts().index[0]
    single = couples.loc[couples["case_id"] == case]
    opened(pair.domestic_violence.replace_tables({"relationships": single}))
    found = compare_samples(pair.trafficking, plan(ROWS, other="second"))
    assert "one case only" in found.why


def test_no_relationship_carries_no_comparison(pairs, opened):
    pair = pairs["cannot_tell"]
    couples = pair.domestic_violence.table("relationships").iloc[:0]
    opened(pair.domestic_violence.replace_tables({"relationships": couples}))
    assert "no relationship" in compare_samples(pair.trafficking, plan(ROWS, other="x")).why


def test_a_code_of_one_sample_only_is_named(pairs, opened):
    pair = pairs["cannot_tell"]
    codings = pair.domestic_violence.table("codings")
    codings = codings.loc[codings["code"] != "dom_isolation"]
    opened(pair.domestic_violence.replace_tables({"codings": codings}))
    row = compare_samples(pair.trafficking, plan(("P07",), other="x")).row("P07")
    assert row.verdict == "unavailable"
    assert row.why.startswith("domestic violence: 'dom_isolation' is documented for none")


def test_a_row_without_a_margin_has_no_verdict(pairs, opened):
    found = compared(pairs, opened, "cannot_tell", rows=("P06",))
    assert found.row("P07").verdict == "unavailable"
    assert "no margin" in found.row("P07").why
    assert found.n_primary == 1
