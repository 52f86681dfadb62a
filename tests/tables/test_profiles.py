"""Tables of profiles: every number with what it rests on, and words where there is none."""

import dataclasses

import pytest

from relatum.errors import EstimationError
from relatum.models.latent_classes import fit_domain_classes
from relatum.models.profiles import cluster_tactics, fit_tactic_network
from relatum.release import release, release_all
from relatum.results.profiles import StabilityRow
from relatum.samples import example_sample
from relatum.study import Gate, read_study
from relatum.tables.profiles import (
    tabulate_class_profiles,
    tabulate_latent_classes,
    tabulate_tactic_clusters,
    tabulate_tactic_network,
)


@pytest.fixture(scope="module")
def sample():
    return example_sample("simulated")


@pytest.fixture(scope="module")
def released(sample):
    gate = Gate(override=True, reason="A trial.")
    study = dataclasses.replace(
        read_study(), gates={"latent_classes": gate, "tactic_network": gate}
    )
    found = {
        "classes": fit_domain_classes(sample, study, starts=5, draws=4, max_classes=4),
        "network": fit_tactic_network(sample, study, draws=4),
        "clusters": cluster_tactics(sample, study),
    }
    return release_all(found, sample=sample, profile="none")


def test_the_fit_of_every_number_of_classes(released):
    table = tabulate_latent_classes(released["classes"])
    assert [row.cells[0] for row in table.rows] == ["1", "2", "3"] * 2
    assert table.groups == (
        "Undocumented as absent (73 relationships)",
        "Undocumented as missing at random (73 relationships)",
    )
    first = table.rows[0].cells
    # 4 parameters; the log-likelihood of independence, by hand from 51, 61, 54 and 60 of 73.
    assert first[1:3] == ("4", "−153.35")
    assert first[5:8] == ("–", "–", "–")
    words = " ".join(table.footnotes)
    assert words.startswith("Simulated data")
    assert "smallest at 1 class, undocumented as absent. One class means" in words
    assert "Not fitted: 4 classes, undocumented as absent: 19 parameters" in words
    assert "Economic: present in all" in words
    assert "Refusal overridden by the plan" in words
    assert "nan" not in table.text().lower().split()


def test_classes_have_numbers_and_shares_have_counts(released):
    table = tabulate_class_profiles(released["classes"])
    assert [column.label for column in table.columns][2:] == list(released["classes"].result.labels)
    assert table.rows[0].cells[:3] == ("1", "100% (73 of 73)", "0.70")


def test_stability_is_said(released, sample):
    held = released["classes"].result
    row = StabilityRow(mean=0.81, low=0.4, high=1.0, without_largest=None, n_draws=99)
    stable = dataclasses.replace(held, n_classes=2, stability=row)
    words = tabulate_latent_classes(release(stable, sample=sample, profile="none")).footnotes
    text = " ".join(words)
    assert "smallest at 2 classes" in text
    assert "mean 0.81, 5th to 95th percentile 0.40 to 1.00; without the largest" in text
    row = dataclasses.replace(row, without_largest=0.5)
    stable = dataclasses.replace(held, n_classes=2, stability=row)
    words = tabulate_latent_classes(release(stable, sample=sample, profile="none")).footnotes
    assert "without the largest investigation 0.50." in " ".join(words)


def test_edges_with_their_resamples(released):
    table = tabulate_tactic_network(released["network"])
    edges = released["network"].result.edges
    assert len(table.rows) == len(edges)
    assert table.title == f"Network of tactics: {len(edges)} edges among 300 pairs"
    assert all(row.cells[4].endswith(" of 4") for row in table.rows)
    assert "neither an influence nor a strategy" in " ".join(table.footnotes)


def test_steps_of_the_tree(released):
    table = tabulate_tactic_clusters(released["clusters"])
    assert len(table.rows) == 24
    # 24 of the 52 relationships with either of the two hold both: 34 and 42 present.
    first = table.rows[0].cells
    assert first == ("1", "Work watched (34)", "Physical violence (42)", "0.48")
    assert table.rows[1].cells[1:3] == ("Earnings handed over (49)", "[1] 2 tactics")
    assert "depth of documentation" in " ".join(table.footnotes)


def test_what_is_unavailable_has_no_table(sample):
    refused = release(fit_domain_classes(sample, read_study()), sample=sample, profile="none")
    for tabulate in (tabulate_latent_classes, tabulate_class_profiles):
        with pytest.raises(EstimationError, match="latent classes: not available"):
            tabulate(refused)
