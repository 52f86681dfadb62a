"""Profiles: gates, both readings of silence, and what is said when nothing may be fitted."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from relatum.inference.latent_classes import fit_latent_classes
from relatum.models.latent_classes import fit_domain_classes
from relatum.models.profiles import cluster_tactics, describe_profiles, fit_tactic_network
from relatum.models.profiles_gates import gate_profiles, information_of
from relatum.results import Unavailable
from relatum.results.codec import decode, encode
from relatum.results.profiles import LatentClasses, TacticClusters, TacticNetwork
from relatum.samples import example_sample
from relatum.study import Gate

DOMAINS = ("rules", "isolation", "violence", "deception")
STATUS = {0: "absent_documented", 1: "present"}


def overridden(study, *gates):
    held = {name: Gate(override=True, reason="A trial.") for name in gates}
    return dataclasses.replace(study, gates=held)


def build(sample_of, codes, table, cases):
    """A sample from a table of 1, 0 and -1 (silent): a row per relationship, a column per code."""
    n = len(table)
    rows = [
        {
            "relationship_id": f"r{at}",
            "case_id": f"c{cases[at]}",
            "suspect_id": f"s{at}",
            "victim_id": f"v{at}",
            "population": "trafficking",
            "documentation_depth": 1.0,
            "victim_statement_available": True,
        }
        for at in range(n)
    ]
    codings = [
        {
            "coding_id": f"k{at}_{code}",
            "unit_type": "relationship",
            "unit_id": f"r{at}",
            "code": code,
            "status": STATUS[int(table[at, j])],
            "coder_id": "one",
        }
        for at in range(n)
        for j, code in enumerate(codes)
        if table[at, j] >= 0
    ]
    return sample_of(
        cases=[{"case_id": f"c{case}"} for case in sorted(set(cases))],
        suspects=[{"suspect_id": f"s{at}", "case_id": f"c{cases[at]}"} for at in range(n)],
        victims=[{"victim_id": f"v{at}", "case_id": f"c{cases[at]}"} for at in range(n)],
        relationships=rows,
        codings=codings,
    )


def two_kinds(n=130, high=0.95, low=0.05, seed=1):
    rng = np.random.default_rng(seed)
    group = np.arange(n) % 2 == 0
    return (rng.random((n, 4)) < np.where(group, high, low)[:, None]).astype(int)


@pytest.fixture(scope="module")
def simulated():
    return example_sample("simulated")


@pytest.fixture(scope="module")
def clear(sample_of):
    """Two kinds of relationships, one relationship per case, some silence."""
    table = two_kinds()
    table[5:20, 0] = -1
    codes = [f"dom_{name}" for name in DOMAINS]
    return build(sample_of, codes, table, list(range(len(table)))), table


# --- gates ---------------------------------------------------------------------------------


def test_the_shipped_sample_is_refused_by_default(simulated, study):
    found = describe_profiles(simulated, study)
    for name in ("latent_classes", "tactic_network"):
        assert isinstance(found[name], Unavailable)
        assert "28 independent ones" in found[name].why
        assert "fewer than 100" in found[name].why
    assert isinstance(found["tactic_clusters"], TacticClusters)


def test_information_is_that_of_the_design_effect(study):
    cases = np.repeat(np.arange(12), [26, 22, 5, 5, 4, 3, 3, 1, 1, 1, 1, 1])
    held = information_of(cases, study)
    weighted = sum(n * n for n in (26, 22, 5, 5, 4, 3, 3, 1, 1, 1, 1, 1)) / 73
    assert held.n_effective == pytest.approx(73 / (1 + (weighted - 1) * 0.1))
    assert (held.n_rows, held.n_cases, held.icc) == (73, 12, 0.1)
    other = dataclasses.replace(study.estimates, icc_marks=(0.0, 0.0, 0.2))
    assert information_of(cases, dataclasses.replace(study, estimates=other)).n_effective == 73


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ([1] * 100, []),
        ([1] * 99, ["independent ones"]),
        ([40] * 9, ["9 investigations, fewer than 10", "independent ones"]),
        ([30] * 40, []),
        ([5], ["1 investigation, fewer than 10", "independent ones"]),
    ],
)
def test_both_limits_are_judged(study, sizes, words):
    held = information_of(np.repeat(np.arange(len(sizes)), sizes), study)
    why = gate_profiles("latent_classes", held, study).refused
    assert bool(why) == bool(words)
    for word in words:
        assert word in why


def test_each_gate_opens_its_own_door(simulated, study):
    open_network = overridden(study, "tactic_network")
    assert isinstance(fit_domain_classes(simulated, open_network), Unavailable)
    found = fit_tactic_network(simulated, open_network, draws=4)
    assert isinstance(found, TacticNetwork)
    assert found.notes[-1].code == "override_tactic_network"
    assert found.notes[-1].text.endswith("Reason given: A trial.")


# --- latent classes ------------------------------------------------------------------------


def test_two_clear_classes_pass_without_override(clear, study):
    sample, table = clear
    found = fit_domain_classes(sample, study, starts=10, draws=19, max_classes=3)
    assert isinstance(found, LatentClasses)
    assert found.n_classes == 2
    assert found.terms == tuple(f"dom_{name}" for name in DOMAINS)
    assert found.stability.mean > 0.7
    assert decode(LatentClasses, encode(found)) == found
    rows = {(row.coding, row.n_classes): row for row in found.fits}
    lower = (table == 1).astype(int)
    own = fit_latent_classes(lower, n_classes=2, starts=10, seed=study.seed)
    assert rows["lower", 2].log_likelihood == own.log_likelihood
    assert rows["lower", 2].p_value == 1 / 20
    missing = fit_latent_classes(table, n_classes=2, starts=10, seed=study.seed)
    assert rows["missing", 2].log_likelihood == missing.log_likelihood
    assert rows["missing", 2].g_squared is None
    assert rows["missing", 2].p_value is None
    classes = [row for row in found.classes if row.coding == "missing"]
    assert [row.share for row in classes] == missing.shares.tolist()
    assert classes[0].probabilities[1] == missing.probabilities[1][0, 1]
    assert not [note for note in found.notes if "override" in note.code]
    wide = found.tidy_classes()
    assert wide.columns.tolist() == ["coding", "number", "share", *found.terms]
    assert wide["dom_isolation"].tolist() == [row.probabilities[1] for row in found.classes]


def test_the_classes_of_the_shipped_sample_when_forced(simulated, study):
    found = fit_domain_classes(
        simulated, overridden(study, "latent_classes"), starts=10, draws=9, max_classes=4
    )
    # Three of the seven domains are present in every relationship; the BIC prefers one class.
    assert [word.endswith("present in all") for word in found.left_out] == [True] * 3
    assert (found.n_classes, found.stability) == (1, None)
    refused = [row.n_classes for row in found.fits if row.refused]
    assert refused == [4, 4]
    assert "smallest BIC at 1" in str(found)
    words = " ".join(note.text for note in found.notes)
    assert "Wurpts and Geiser" in words
    assert "28 independent" in words
    assert "types of traffickers" not in words
    frame = found.tidy()
    assert len(frame) == 8
    assert frame["bic"].isna().sum() == 2


def test_classes_that_do_not_last_are_not_shown(sample_of, study):
    # Weak classes in few relationships: what the BIC prefers depends on the cases drawn.
    table = two_kinds(n=70, high=0.85, low=0.35, seed=1)
    cases = [0] * 30 + list(range(1, 41))
    sample = build(sample_of, [f"dom_{name}" for name in DOMAINS], table, cases)
    found = fit_domain_classes(
        sample, overridden(study, "latent_classes"), starts=10, draws=19, max_classes=2
    )
    assert isinstance(found, Unavailable)
    assert "mean adjusted Rand index" in found.why
    assert "below 0.70" in found.why


def test_at_most_six_domains_are_indicators(sample_of, study):
    rng = np.random.default_rng(2)
    names = ("economic", "control", "rules", "isolation", "intimidation", "violence", "deception")
    shares = np.array([0.5, 0.5, 0.5, 0.97, 0.5, 0.5, 0.5])
    table = (rng.random((120, 7)) < shares).astype(int)
    sample = build(sample_of, [f"dom_{name}" for name in names], table, list(range(120)))
    found = fit_domain_classes(sample, study, starts=2, draws=2, max_classes=1)
    assert len(found.terms) == 6
    assert "dom_isolation" not in found.terms
    assert found.left_out == ("Isolation: far from one half",)


def test_too_few_domains_vary(sample_of, study):
    table = two_kinds()
    sample = build(sample_of, ["dom_rules", "dom_isolation"], table[:, :2], list(range(130)))
    assert fit_domain_classes(sample, study).why == "2 domains vary; three are needed"


def test_an_empty_sample_gives_reasons(empty, study):
    found = describe_profiles(empty, study)
    assert all("no relationship" in result.why for result in found.values())


# --- the network ---------------------------------------------------------------------------


def test_the_network_of_the_shipped_sample_when_forced(simulated, study):
    found = fit_tactic_network(simulated, overridden(study, "tactic_network"), draws=6)
    assert found.n_pairs == 300
    assert found.edges
    sizes = [abs(edge.weight) for edge in found.edges]
    assert sizes == sorted(sizes, reverse=True)
    for edge in found.edges:
        assert 0 <= edge.same_sign <= edge.selected <= 1
    assert decode(TacticNetwork, encode(found)) == found
    assert len(found.tidy()) == len(found.edges)
    again = fit_tactic_network(simulated, overridden(study, "tactic_network"), draws=6)
    assert again == found


def test_an_edge_by_definition_is_marked_and_rare_tactics_leave(sample_of, study):
    rng = np.random.default_rng(1)
    promise = rng.integers(0, 2, 130)
    table = np.stack([promise, promise, rng.integers(0, 2, 130), np.zeros(130, int)], axis=1)
    table[:6, 0] = 1 - table[:6, 0]
    table[0, 3] = 1
    codes = ["eco_savings_pretext", "dec_false_future", "iso_locked_in", "vio_sexual"]
    sample = build(sample_of, codes, table, list(range(130)))
    found = fit_tactic_network(sample, study, draws=3)
    edge = found.edges[0]
    assert {edge.first, edge.second} == set(codes[:2])
    assert edge.structural == "the two overlap by definition"
    # All other tactics are silent everywhere: constant when silence counts as absence.
    assert set(found.terms) == set(codes[:3])
    assert edge.weight == pytest.approx(edge.weight_upper)


# --- the tree ------------------------------------------------------------------------------


def test_the_tree_of_the_shipped_sample(simulated, study):
    found = cluster_tactics(simulated, study)
    assert (len(found.terms), len(found.merges), found.left_out) == (25, 24, ())
    assert sorted(found.order) == list(range(25))
    assert found.merges[-1].size == 25
    assert found.members(25 + 23) == found.order
    at = found.terms.index("iso_locked_in")
    assert (found.present[at], found.undocumented[at]) == (23, 43)
    frame = found.tidy()
    assert frame["height"].is_monotonic_increasing
    assert set(frame.iloc[-1][["first_terms", "second_terms"]].str.split(";").sum()) == set(
        found.terms
    )
    assert "depth of documentation" in found.notes[0].text
    assert decode(TacticClusters, encode(found)) == found
    assert isinstance(frame, pd.DataFrame)


def test_a_tree_needs_two_tactics(sample_of, study):
    table = np.array([[1], [0], [1]])
    sample = build(sample_of, ["vio_physical"], table, [0, 1, 2])
    assert "fewer than two codes" in cluster_tactics(sample, study).why
