"""Sizes and persons: the whole feasible set is reached, with the declared chances."""

from collections import Counter

import numpy as np
import pytest
from scipy.stats import chisquare

from relatum.samples.simulation import load_assumptions
from relatum.samples.simulation.limits import published_limits
from relatum.samples.simulation.persons import (
    draw_suspect_ages,
    draw_victim_ages,
    draw_victim_countries,
)
from relatum.samples.simulation.structure import (
    draw_structure,
    relationship_sizes,
    suspect_sizes,
)

DRAWS = 2000


@pytest.fixture(scope="module")
def structures():
    rng = np.random.default_rng(20062010)
    return [draw_structure(rng, load_assumptions()) for _ in range(DRAWS)]


def test_the_feasible_sets_have_the_published_sizes():
    sizes = relationship_sizes()
    assert len(sizes) == len(set(sizes)) == 318
    largest = [sorted(size)[-2:] for size in sizes]
    assert (min(map(sum, largest)), max(map(sum, largest))) == (42, 53)
    assert (min(map(min, largest)), max(map(max, largest))) == (21, 32)
    assert len(suspect_sizes()) == len(set(suspect_sizes())) == 25
    assert sum(28 <= max(size) <= 32 for size in suspect_sizes()) == 18


def test_every_distribution_of_relationships_is_reached_equally(structures):
    drawn = Counter(tuple(sorted(s.relationships.tolist())) for s in structures)
    every = [tuple(sorted(size)) for size in relationship_sizes()]
    counts = np.array([drawn[size] for size in every])
    assert counts.sum() == DRAWS
    assert chisquare(counts).pvalue > 1e-4


def test_every_distribution_of_suspects_is_reached_equally(structures):
    drawn = Counter(tuple(sorted(s.suspects.tolist())) for s in structures)
    counts = np.array([drawn[tuple(sorted(size))] for size in suspect_sizes()])
    assert counts.sum() == DRAWS
    assert chisquare(counts).pvalue > 1e-4


def test_structures_keep_what_is_published(structures):
    for s in structures[:400]:
        pairs = set(zip(s.pair_suspect.tolist(), s.pair_victim.tolist(), strict=True))
        assert len(pairs) == 73
        assert (s.suspect_case[s.pair_suspect] == s.victim_case[s.pair_victim]).all()
        degree = np.bincount(s.pair_suspect, minlength=70)
        assert degree.max() == 9
        assert s.protracted[s.suspect_case[degree == 9]].any()
        assert len(s.victim_case) == 76
        assert len(np.unique(s.pair_victim)) <= 73
        assert s.months.min() == 1
        assert s.months.max() == 18
        assert 7 <= ((s.months >= 3) & (s.months <= 7)).sum() <= 10
        assert s.months[s.protracted].min() > s.months[~s.protracted].max()


def test_ages_of_women_keep_every_published_figure():
    rng = np.random.default_rng(3)
    third = published_limits()["victim_age:about_a_third"]
    totals = []
    for _ in range(300):
        ages = draw_victim_ages(rng, load_assumptions(), third)
        assert len(ages) == 76
        assert (ages.min(), ages.max()) == (17, 35)
        for low, high, count in ((17, 19, 15), (20, 29, 54), (30, 35, 7)):
            assert ((ages >= low) & (ages <= high)).sum() == count
        assert third[0] <= (ages <= 21).sum() <= third[1]
        twenties = ages[(ages >= 20) & (ages <= 29)].mean()
        assert 21.8 <= twenties <= 24.4
        totals.append(int(ages.sum()))
    assert min(totals) >= 1710
    assert max(totals) <= 1785
    assert len(set(totals)) > 30


def test_ages_of_suspects_keep_every_published_figure():
    rng = np.random.default_rng(4)
    for _ in range(200):
        ages = draw_suspect_ages(rng, load_assumptions())
        assert len(ages) == 70
        assert (ages.min(), ages.max()) == (18, 58)
        assert np.floor(ages.mean() + 0.5) == 30


def test_countries_keep_every_published_figure():
    rng = np.random.default_rng(5)
    limits = published_limits()
    names = load_assumptions().shares("persons.victim_birth_country")
    own = {name: limits[f"victim_birth_country:{name}"] for name in names}
    for _ in range(200):
        counts = Counter(draw_victim_countries(rng, load_assumptions(), own))
        assert counts.total() == 76
        assert counts["NL"] == 45
        assert len(counts) == 11
        assert all(own[name][0] <= counts[name] <= own[name][1] for name in own)


def test_limits_come_from_the_facts():
    limits = published_limits()
    assert limits["iso_passport_withheld"] == (6, 15)
    assert limits["case:rule_permission"] == (1, 1)
    assert limits["rel_cohabiting"] == (66, 72)
    assert limits["eco_exit_fee_amount"][0] == 2
