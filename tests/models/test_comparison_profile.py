"""Whole profiles of two samples: standardised rows, and structure from too few cases."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from relatum.inference.standardisation import standardise_g, standardise_weights
from relatum.models.comparison_balance import Covariates, read_covariates, standardise_rows
from relatum.models.comparison_profile import compare_profiles, profile_matrix
from relatum.models.comparison_readings import read_share
from relatum.models.comparison_samples import Pair, Side
from relatum.results.comparison import CROSSED
from relatum.samples.simulation import simulate_pair
from relatum.schema.parallels import load_parallels
from relatum.study import read_study

MATRIX = load_parallels()
NAMES = ("victim_age", "documentation_depth")


def drawn(n_cases):
    return simulate_pair(scenario="holds", seed=5, n_cases=n_cases)


def compared(monkeypatch, n_cases, n_other):
    other = drawn(n_other).domestic_violence
    monkeypatch.setattr("relatum.models.comparison_samples.open_sample", lambda _: other)
    # curves are told elsewhere, and slow
    monkeypatch.setattr(
        "relatum.models.comparison_profile.compare_times",
        lambda *_: SimpleNamespace(quantities=(), curves=(), unavailable=()),
    )
    study = read_study()
    plan = replace(study, comparison=replace(study.comparison, other="second", draws=99))
    return compare_profiles(drawn(n_cases).trafficking, plan)


@pytest.fixture(scope="module")
def pair():
    found = drawn(12)
    return Pair(
        Side("trafficking", found.trafficking), Side("domestic_violence", found.domestic_violence)
    )


def readings_of(pair, name):
    return tuple(
        read_share(side, MATRIX[name], np.ones(side.n_relationships)) for side in pair.sides
    )


def test_rows_are_standardised_together_as_alone(pair):
    study = read_study()
    covariates = tuple(read_covariates(side, NAMES) for side in pair.sides)
    rows = [(MATRIX[name], readings_of(pair, name)) for name in ("P09", "P13")]
    found, weighted = standardise_rows(rows, covariates, study)
    assert [(one.id, one.coding, one.method) for one in found] == [
        (name, coding, method)
        for name in ("P09", "P13")
        for coding in CROSSED
        for method in ("g_computation", "weights")
    ]
    at = 0
    for _, readings in rows:
        for coding in CROSSED:
            parts = []
            for reading, held, end in zip(readings, covariates, coding.split("_"), strict=True):
                keep = held.known
                parts += [reading.values(end)[keep], held.design[keep], reading.cases[keep]]
            for method in (standardise_g, standardise_weights):
                alone = method(*parts, names=NAMES)
                assert found[at].estimate == pytest.approx(alone.difference, abs=1e-12)
                low = alone.limits(1 - 2 * study.comparison.level).conf_low
                assert found[at].conf_low == pytest.approx(low, abs=1e-12)
                at += 1
    assert weighted.smd_after == pytest.approx(alone.smd_after)


def test_a_row_without_variation_is_refused_beside_the_others(pair):
    covariates = tuple(read_covariates(side, NAMES) for side in pair.sides)
    same = tuple(
        replace(reading, low=np.ones(len(reading.low)), high=np.ones(len(reading.low)))
        for reading in readings_of(pair, "P09")
    )
    rows = [(MATRIX["P02"], same), (MATRIX["P09"], readings_of(pair, "P09"))]
    found, weighted = standardise_rows(rows, covariates, read_study())
    assert [one.why for one in found[:4]] == [
        "the outcome is the same in every row of the trafficking sample"
    ] * 4
    assert {one.why for one in found[4:]} == {""}
    assert weighted.names == NAMES


def test_nothing_to_standardise(pair):
    covariates = tuple(read_covariates(side, NAMES) for side in pair.sides)
    assert standardise_rows([], covariates, read_study()) == ([], None)
    nobody = tuple(
        Covariates(names=NAMES, design=np.full(held.design.shape, np.nan)) for held in covariates
    )
    rows = [(MATRIX["P09"], readings_of(pair, "P09"))]
    found, weighted = standardise_rows(rows, nobody, read_study())
    assert weighted is None
    assert all("the trafficking sample has no case" in one.why for one in found)


def test_a_profile_holds_the_units_of_its_rows_alone(pair):
    row = MATRIX["P22"]
    side = pair.trafficking
    documented, low, high = (
        profile_matrix(pair, 0, [row], coding)[:, 0] for coding in ("documented", "low", "high")
    )
    stated = side.texts("victim_statement_available") == "True"
    assert 0 < stated.sum() < len(stated)
    for values in (documented, low, high):
        assert np.isnan(values[~stated]).all()
    reading = read_share(side, row, np.ones(side.n_relationships))
    assert np.nanmean(low) == pytest.approx(reading.mean("low"))
    assert np.nanmean(high) == pytest.approx(reading.mean("high"))


@pytest.mark.parametrize(("n_other", "refused"), [(17, True), (16, False)])
def test_few_cases_against_many_say_nothing_of_pairs(monkeypatch, n_other, refused):
    found = compared(monkeypatch, 8, n_other)
    measures = [row.measure for row in found.distances]
    whys = {part.what: part.why for part in found.unavailable}
    assert ("cooccurrence_max" not in measures) == refused
    assert "distance" in measures
    assert "cooccurrence" in [note.code for note in found.notes]
    if refused:
        assert whys["structure of co-occurrence"].startswith(
            "8 investigations in trafficking against 17 in domestic violence: with fewer than 12"
        )
