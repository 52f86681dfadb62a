"""The bias demonstration of the package: declared world, published values, provenance."""

import csv
import dataclasses

import pytest

from relatum.models.depth_bias import DECLARED_MODEL, demonstrate_bias
from relatum.results.base import Unavailable
from relatum.results.codec import decode, encode
from relatum.results.depth_bias import PUBLISHED_PHI, PUBLISHED_SOURCE, DepthBiasDemonstration
from relatum.samples import example_sample
from relatum.schema import schema_path


@pytest.fixture(scope="module")
def shown(study):
    return demonstrate_bias(example_sample("simulated"), study)


def test_means_fall_like_the_published_ones(shown):
    # .015: Monte Carlo error of a mean over 28 pairs is near .002; the rest is the coarse model
    for step, published in zip(shown.steps, PUBLISHED_PHI, strict=False):
        assert step.rule == published.rule
        assert step.mean == pytest.approx(published.mean, abs=0.015)
    means = [step.mean for step in shown.steps]
    assert means == sorted(means, reverse=True)


def test_nothing_is_associated_where_both_items_are_documented(shown):
    last = shown.steps[-1]
    assert last.rule == "documented_pairs"
    # pairs share at least 8,000 documented records: four standard errors are below .045
    assert max(abs(last.low), abs(last.high)) < 0.045
    assert abs(last.mean) < 0.01
    assert any(note.code == "no_association" for note in shown.notes)


def test_published_constants_are_those_of_the_benchmarks():
    with (schema_path() / "benchmarks.csv").open(encoding="utf-8", newline="") as handle:
        held = {row["id"]: row for row in csv.DictReader(handle)}
    for name, row in zip(("B37a", "B37b", "B37c"), PUBLISHED_PHI, strict=True):
        assert float(held[name]["estimate"]) == row.mean
        assert int(held[name]["n"]) == row.n
        assert f"{round(100 * row.share_positive)} per cent" in held[name]["comparability"]
    assert "commit d74b257" in held["B37a"]["citation"]
    assert "commit d74b257" in PUBLISHED_SOURCE


def test_no_row_of_the_sample_is_used(shown, study):
    other = demonstrate_bias(example_sample("anna"), study)
    assert other.steps == shown.steps
    assert other.provenance.sample_name != shown.provenance.sample_name
    assert shown.provenance.seed == study.seed


def test_the_seed_of_the_plan_and_the_size_count(shown, study):
    sample = example_sample("simulated")
    assert demonstrate_bias(sample, study) == shown
    plan = dataclasses.replace(study, seed=1)
    assert demonstrate_bias(sample, plan).steps != shown.steps
    small = demonstrate_bias(sample, study, n_records=500)
    assert small.parameters.n_records == small.steps[0].n_records == 500
    assert small.parameters.prevalence == DECLARED_MODEL.prevalence


def test_store_and_frame(shown):
    assert decode(DepthBiasDemonstration, encode(shown)) == shown
    frame = shown.tidy()
    assert frame["rule"].tolist()[0] == "all"
    assert frame["published_mean"].tolist()[:3] == [0.178, 0.056, 0.017]
    assert frame["published_n"].isna().tolist() == [False, False, False, True]
    assert str(shown).startswith("How blanks that count as absence")


def test_too_few_records(study):
    sample = example_sample("anna")
    none = demonstrate_bias(sample, study, n_records=0)
    assert isinstance(none, Unavailable)
    assert none.why == "there is no row"
    one = demonstrate_bias(sample, study, n_records=1)
    assert "no pair of items varies" in one.why
    few = demonstrate_bias(sample, study, n_records=4)
    assert isinstance(few, DepthBiasDemonstration)
    assert decode(DepthBiasDemonstration, encode(few)) == few
