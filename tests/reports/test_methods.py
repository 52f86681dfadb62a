"""The methods text and the manuscript: written from what was run, no number typed."""

import dataclasses
import re

import pytest

from relatum.errors import UsageError
from relatum.pipeline import ResultSet, prepare
from relatum.pipeline.manifest import plan_record
from relatum.release import Evidence, Released
from relatum.reports import check, find_reports
from relatum.reports.methods import deviations, methods_markdown, methods_statements
from relatum.reports.methods_words import SENTENCES, TOPICS
from relatum.reports.paragraphs import paragraphs
from relatum.reports.source import read_source
from relatum.reports.supplements import supplement_list
from relatum.results import Note, Unavailable
from relatum.results.comparison import ComparedSample, Comparison
from relatum.results.provenance import provenance_of
from relatum.samples import example_sample
from relatum.study import MODELS, Gate, read_study

MANUSCRIPT = find_reports() / "manuscript.qmd"


@pytest.fixture(scope="module")
def sample():
    return example_sample("simulated")


@pytest.fixture(scope="module")
def light(sample):
    """Results of two quick analyses under the shipped plan."""
    study = dataclasses.replace(read_study(), models=("descriptive", "prevalence"))
    return prepare(study, sample)


def written(sample, light, *, more=None, study=None, **changes):
    """Write the methods of a plan over given results."""
    plan = dataclasses.replace(study or read_study(), **changes)
    held = {**light.released, **(more or {})}
    return ResultSet(plan=plan_record(plan, sample), released=held)


def texts(results):
    return {one.topic: one.text for one in methods_statements(results)}


def released(result, *evidence):
    return Released(result=result, profile="none", evidence=evidence)


# --- change the plan, and the text changes ------------------------------------------------------


def test_every_analysis_of_a_plan_has_a_topic_and_sentences():
    assert set(SENTENCES) == set(TOPICS) == set(MODELS)


def test_only_what_was_run_is_described(sample, light):
    found = texts(written(sample, light, models=("descriptive",)))
    assert "Description" in found
    assert not {"Prevalence", "Comparison", "Margins"} & set(found)
    assert set(TOPICS.values()) <= set(texts(written(sample, light)))


@pytest.mark.parametrize(
    ("model", "change", "before", "after"),
    [
        ("prevalence", {"min_documented_share": 0.5}, "Below 60%", "Below 50%"),
        ("estimates", {"placebos": 99}, "199 random halves", "99 random halves"),
        ("estimates", {"conf_level": 0.9}, "95% limits", "90% limits"),
        ("cooccurrence", {"draws": 400}, "10,000 draws", "400 draws"),
        ("escape", {"horizon": 9.0}, "read at 6 months", "read at 9 months"),
        ("escape", {"covariates": ("rel_married",)}, "none declared", "Covariates: rel_married"),
        ("reporting", {"horizon": 90.0}, "at 180 days", "at 90 days"),
        ("retraction", {"horizons": (60.0,)}, "read at 30, 90, 180", "read at 60 days"),
        ("comparison", {"draws": 99}, "1,999 draws", "with 99 draws"),
        ("comparison", {"level": 0.1}, "tests at 0.05", "tests at 0.1"),
    ],
)
def test_a_changed_setting_changes_the_text(sample, light, model, change, before, after):
    study = read_study()
    other = dataclasses.replace(
        study, **{model: dataclasses.replace(getattr(study, model), **change)}
    )
    topic = TOPICS[model]
    first, second = texts(written(sample, light)), texts(written(sample, light, study=other))
    assert before in first[topic]
    assert after in second[topic]
    assert first["The plan"] != second["The plan"]


def test_counts_come_from_the_results(sample, light):
    found = light.released["prevalence"].result
    text = texts(written(sample, light))["Prevalence"]
    bounded = sum(row.only_bounds for row in found.rows)
    assert f"Of {len(found.rows)} codes, {bounded} have bounds only." in text
    fewer = released(dataclasses.replace(found, rows=found.rows[:3]))
    assert "Of 3 codes" in texts(written(sample, light, more={"prevalence": fewer}))["Prevalence"]


def test_seed_versions_and_fingerprints_are_named(sample, light):
    results = written(sample, light, seed=7)
    found = texts(results)
    assert "seed 7" in found["The plan"]
    assert sample.fingerprint[:12] in found["The plan"]
    for name, version in results.packages.items():
        assert f"{name} {version}" in found["Software"]
    other = dataclasses.replace(results, packages={"numpy": "0.0.1"})
    assert "numpy 0.0.1" in texts(other)["Software"]


# --- gates, margins, departures -----------------------------------------------------------------


def test_an_overridden_refusal_is_a_departure(sample, light):
    assert deviations(written(sample, light)) == ()
    assert texts(written(sample, light))["Departures from the plan"] == "None."
    gates = {"few_cases": Gate(override=True, reason="a pilot")}
    results = written(sample, light, gates=gates)
    assert "few_cases: a pilot" in texts(results)["Refusals"]
    assert deviations(results) == ("A refusal was overridden: few_cases: a pilot.",)


def comparison(sample, notes=()):
    side = ComparedSample(
        side="trafficking", name="a", title="A", origin="simulated", fingerprint="ab" * 32,
        n_cases=1, n_relationships=1, n_victims=1, largest_case=1, median_depth=None,
    )  # fmt: skip
    return Comparison(
        title="T", samples=(side, dataclasses.replace(side, name="other")), rows=(), assay="holds",
        global_verdict="not_shown", global_p=None, global_why="", n_primary=1, n_equivalent=0,
        n_different=0, n_not_shown=0, n_unavailable=1, level=0.05, iccs=(), depth_strata=3,
        depth_cuts=(), margins_hash="cd" * 32, unavailable=(), notes=notes,
        provenance=provenance_of(sample, read_study()),
    )  # fmt: skip


def test_margins_are_named_by_their_hash_and_changes_are_departures(sample, light):
    note = Note("margins_changed", "Margins were changed: P02 was 0.1, is 0.2.")
    for notes in ((), (note,)):
        more = {"comparison": released(comparison(sample, notes))}
        results = written(sample, light, more=more)
        found = texts(results)
        assert "cdcdcdcdcdcd" in found["Margins"]
        assert "compared with 'other' (simulated; SHA-256 abababababab)" in found["The plan"]
        assert "Of 1 primary row 1 could not be computed" in found["Comparison"]
        assert deviations(results) == tuple(one.text for one in notes)


def test_what_is_missing_and_exceptions_are_departures(sample, light):
    more = {
        "latent_classes": released(Unavailable(what="latent classes", why="too few")),
        "sizes": released(
            light.released["sizes"].result,
            Evidence(rule="exception:dominance", finding="allowed by the owner."),
        ),
        "comparison": released(Unavailable(what="comparison", why="no second sample")),
    }
    results = written(sample, light, more=more)
    assert deviations(results) == (
        "Exception from disclosure control: allowed by the owner.",
        "Not available: latent classes (too few).",
        "Not available: comparison (no second sample).",
    )
    assert texts(results)["Margins"].startswith("No margins were used")
    assert texts(results)["Comparison"] == "Planned, and not available: no second sample."


def test_the_text_is_markdown_with_one_paragraph_per_topic(sample, light):
    text = methods_markdown(written(sample, light, models=("descriptive",)))
    assert text.startswith("**The plan.** ")
    assert text.count("\n\n**") == len(texts(written(sample, light, models=("descriptive",)))) - 1


# --- the manuscript -----------------------------------------------------------------------------


def test_the_manuscript_is_in_the_subset():
    assert check(MANUSCRIPT) == ()


def test_no_number_is_typed_into_its_prose():
    typed = [one.text for one in paragraphs(read_source(MANUSCRIPT)) if re.search(r"\d", one.text)]
    # Lists are numbered, and one caption gives the unit of a rate.
    typed = [text for text in typed if not re.match(r"\s*\d\. ", text)]
    assert [text for text in typed if "per 12 relationship-months" not in text] == []


def test_supplements_are_named_and_linked(tmp_path):
    for name, front in {"manuscript": "", "escape": "title: E\nsubtitle: S\n", "own": ""}.items():
        (tmp_path / f"{name}.qmd").write_text(f"---\n{front}---\nText.\n", encoding="utf-8")
    assert supplement_list(tmp_path, article="manuscript.qmd", links=True) == (
        "- **S1.** [E](escape.html). S.\n- **S2.** [own](own.html).\n"
    )
    named = supplement_list(tmp_path, article="manuscript.qmd", links=False)
    assert "- **S1.** E (`escape`). S." in named
    assert supplement_list(tmp_path / "none", article="x", links=True) == ""


def test_unknown_results_are_named(sample, light):
    with pytest.raises(UsageError, match="no result 'flwo'"):
        written(sample, light)["flwo"]
