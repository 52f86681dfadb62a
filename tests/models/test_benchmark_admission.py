"""Which published figures may stand beside a row: the shipped ones, and planted mismatches."""

from dataclasses import replace

import pytest

from relatum.models.benchmark_admission import admit, rank_comparators, rank_source
from relatum.schema.benchmarks import load_benchmarks
from relatum.schema.parallels import load_parallels

ROWS = load_parallels()
FIGURES = load_benchmarks()
#: A figure that fits P29 in every way, to plant one mismatch at a time.
GOOD = FIGURES["B40"]


def reasons(row, figure):
    found = admit(ROWS[row], figure)
    assert found.admitted == (not found.reasons)
    return found.reasons


def test_of_the_shipped_figures_two_fit():
    admitted = [
        (row.id, figure)
        for row in ROWS.values()
        for figure in row.benchmark_ids
        if admit(row, FIGURES[figure]).admitted
    ]
    assert admitted == [("P08", "B10"), ("P29", "B40")]


@pytest.mark.parametrize("row", ROWS.values(), ids=list(ROWS))
def test_every_refusal_is_made_of_clear_sentences(row):
    for figure in FIGURES.values():
        found = admit(row, figure)
        assert found.admitted == (not found.reasons)
        assert len(set(found.reasons)) == len(found.reasons)
        for reason in found.reasons:
            assert reason[0].isupper()
            assert reason.endswith(".")
            assert "_" not in reason
            assert "nan" not in reason.split()


@pytest.mark.parametrize(
    ("planted", "sentence"),
    [
        ({"unit_kind": "tactic", "unit": "tactic"}, "It counts tactics (tactic)"),
        ({"unit_kind": "incident", "unit": "recorded incident"}, "It counts incidents (recorded"),
        ({"denominator": "incident"}, "It is out of incidents; the row is out of those with a rep"),
        ({"denominator": "all"}, "It is out of all that it counts"),
        ({"population_kind": "trafficking"}, "It is about victims of trafficking; the row needs"),
        ({"population_kind": "everybody_asked"}, "It is about everybody who was asked"),
        ({"statistic": "mean", "interval_basis": "wilson_95"}, "It is given as a mean; the row"),
        ({"parallel_ids": ("P31",)}, "It measures 'Victims who retracted"),
        ({"n": None}, "It gives no n"),
        ({"estimate": None, "lower": None, "upper": None}, "It gives no single figure"),
        ({"estimate": 0.5, "lower": 0.5, "upper": None}, "It gives a bound and not a figure"),
        ({"role": "warning"}, "It is listed as a warning"),
        ({"role": "context"}, "It is listed as context"),
        ({"role": "do_not_use"}, "The registry says not to use it"),
        ({"role": "direction"}, "It gives the direction"),
        ({"role": "structure"}, "It gives the shape"),
        ({"role": "design"}, "It serves the planning"),
        ({"role": "representativeness"}, "It shows whom a sample stands for"),
    ],
)
def test_one_planted_mismatch_gives_one_sentence(planted, sentence):
    found = reasons("P29", replace(GOOD, **planted))
    assert len(found) == 1
    assert found[0].startswith(sentence)


def test_a_share_of_tactics_is_no_share_of_relationships():
    # The often quoted nine in ten counts tactics, not relationships.
    planted = replace(
        FIGURES["B10"], id="B01", unit_kind="tactic", unit="tactic", denominator="tactics"
    )
    found = reasons("P08", planted)
    assert found == (
        "It counts tactics (tactic); the row counts relationships.",
        "It is out of tactics; the row is out of all that it counts.",
    )


def test_recorded_incidents_do_not_stand_for_relationships():
    found = reasons("P05", FIGURES["B14a"])
    assert "It counts incidents (recorded incident); the row counts relationships." in found


def test_recorded_incidents_do_not_stand_for_victims():
    victims = replace(ROWS["P26"], kind="share", margin_type="equivalence")
    found = admit(victims, FIGURES["B07"]).reasons
    assert found == (
        "It counts incidents (recorded incident); the row counts persons.",
        "It is out of incidents; the row is out of all that it counts.",
    )


def test_a_woman_stands_for_a_relationship_and_a_couple_not_for_a_victim():
    assert not reasons("P08", FIGURES["B10"])
    assert not reasons("P08", replace(FIGURES["B10"], unit_kind="relationship"))
    victims = replace(ROWS["P08"], unit="victim")
    assert admit(victims, FIGURES["B10"]).admitted
    assert not admit(victims, replace(FIGURES["B10"], unit_kind="relationship")).admitted


def test_rows_without_a_published_counterpart():
    assert reasons("P01", GOOD)[0] == "Row P01 is not tested, so no figure decides it."
    assert reasons("P36", GOOD)[0] == "Row P36 is not tested, so no figure decides it."
    assert reasons("P32", GOOD)[0].startswith("Row P32 shows whether two coded samples")
    needs = "A cumulative odds ratio needs the rows of a second coded sample."
    assert reasons("P21", GOOD)[0] == needs


def test_a_mean_needs_limits_of_its_source():
    figure = replace(
        GOOD, parallel_ids=("P15",), statistic="mean", unit_kind="person", interval_basis="judged",
        denominator="victim_statement", estimate=2.5, lower=2.0, upper=3.0,
    )  # fmt: skip
    found = reasons("P15", figure)
    assert found == ("It gives no limits, and those of a mean do not follow from its n.",)
    assert not reasons("P15", replace(figure, interval_basis="published_95"))


def test_comparators_are_ranked_by_their_source():
    kinds = ("hotline", "survey", "police_file", "service", "coded_sample", "synthetic", "other")
    assert [rank_source(kind) for kind in kinds] == [4, 3, 2, 3, 1, 4, 4]
    figures = [replace(GOOD, id=kind, source_kind=kind) for kind in kinds]
    refused = replace(GOOD, id="no_n", n=None)
    found = rank_comparators(ROWS["P29"], [refused, *figures])
    order = ["coded_sample", "police_file", "survey", "service", "hotline", "synthetic", "other"]
    assert [one.benchmark_id for one in found] == [*order, "no_n"]
    assert not found[-1].admitted
