"""A plan becomes a folder, whole or not at all."""

import dataclasses
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from relatum.errors import (
    EstimationError,
    PlanError,
    ReleaseError,
    ReportError,
    SampleError,
    UsageError,
)
from relatum.pipeline import (
    check_documents,
    fit_study,
    open_results,
    prepare,
    read_manifest,
    render_study,
    run_study,
)
from relatum.pipeline.manifest import plan_record
from relatum.pipeline.opened import ResultSet
from relatum.reports.fragments import fragments
from relatum.samples import example_sample, write_sample
from relatum.samples.imported import ImportRecord
from relatum.study import ReleasePlan, read_study
from relatum.tables import say


def test_fit_writes_results_tables_and_a_manifest(plan, tmp_path):
    summary = fit_study(plan, tmp_path / "out")
    folder = tmp_path / "out" / "small"
    assert summary.folder == folder
    assert sorted(p.name for p in folder.iterdir()) == ["manifest.json", "results", "tables"]
    assert (folder / "tables" / "flow.csv").read_text(encoding="utf-8").startswith("Step,n,")
    assert not summary.unavailable
    for record in read_manifest(folder).files:
        assert hashlib.sha256((folder / record.path).read_bytes()).hexdigest() == record.sha256
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["small"]


def test_results_name_no_folder_and_no_clock(plan, tmp_path):
    fit_study(plan, tmp_path / "out")
    for path in (tmp_path / "out").rglob("*.*"):
        for found in fragments(path.name, path.read_bytes()):
            assert str(tmp_path) not in found.text
            assert str(Path.home()) not in found.text


SCRIPT = """
import dataclasses, sys
from pathlib import Path
from relatum.pipeline import fit_study
from relatum.study import read_study
fit_study(read_study(), Path(sys.argv[1]))
"""


def test_two_builds_elsewhere_are_identical(tmp_path, bytes_below):
    found = []
    for at, (zone, seed) in enumerate((("Pacific/Auckland", "1"), ("America/Lima", "77"))):
        place = tmp_path / str(at) / "deep"
        environment = {**os.environ, "TZ": zone, "PYTHONHASHSEED": seed, "LC_ALL": "C"}
        call = [sys.executable, "-c", SCRIPT, str(place)]
        subprocess.run(call, check=True, env=environment, cwd=tmp_path)
        found.append(bytes_below(place))
    assert found[0] == found[1]
    assert len(found[0]) > 30


def test_run_renders_and_its_numbers_come_from_the_results(plan, reports, tmp_path, bytes_below):
    summary = run_study(plan, tmp_path / "out", reports=reports)
    page = (tmp_path / "out" / "small" / "reports" / "small.html").read_text(encoding="utf-8")
    assert "The list had 25 investigations." in page
    assert "simulated-banner" in page
    assert plan.hash[:12] in page
    assert str(tmp_path) not in page
    assert summary.manifest.reports == ("small.html",)
    assert summary.manifest.engine == "builtin"
    first = bytes_below(tmp_path / "out")
    run_study(plan, tmp_path / "out", reports=reports)
    assert bytes_below(tmp_path / "out") == first


def test_a_failing_document_leaves_the_folder_as_it_was(plan, reports, tmp_path, bytes_below):
    fit_study(plan, tmp_path / "out")
    before = bytes_below(tmp_path / "out")
    document = reports / "small.qmd"
    document.write_text(
        document.read_text(encoding="utf-8").replace('term="listed"', 'term="lsted"'),
        encoding="utf-8",
    )
    with pytest.raises(ReportError, match="Did you mean 'listed'"):
        run_study(plan, tmp_path / "out", reports=reports)
    assert bytes_below(tmp_path / "out") == before
    with pytest.raises(ReportError):
        run_study(plan, tmp_path / "new", reports=reports)
    assert not (tmp_path / "new").exists()


def test_a_study_may_have_a_reports_folder_of_its_own(plan, reports, tmp_path):
    own = dataclasses.replace(plan.reports, folder=str(reports))
    named = dataclasses.replace(plan, reports=own)
    assert named.hash == plan.hash
    summary = run_study(named, tmp_path / "out")
    assert summary.manifest.reports == ("small.html",)


def test_the_folder_of_reports_is_found_beside_the_plan(tmp_path):
    text = 'name = "x"\nsample = "shipped:anna"\n[reports]\nfolder = "mine"\n'
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    assert read_study(tmp_path / "study.toml").reports.folder == str(tmp_path.resolve() / "mine")


def test_render_needs_results_of_the_same_plan(plan, reports, tmp_path):
    with pytest.raises(PlanError, match="relatum fit"):
        render_study(plan, tmp_path / "out", reports=reports)
    fit_study(dataclasses.replace(plan, seed=1), tmp_path / "out")
    with pytest.raises(PlanError, match="another plan"):
        render_study(plan, tmp_path / "out", reports=reports)
    assert not (tmp_path / "out" / "small" / "reports").exists()


def test_fit_then_render_is_run(plan, reports, tmp_path, bytes_below):
    fit_study(plan, tmp_path / "one")
    render_study(plan, tmp_path / "one", reports=reports)
    run_study(plan, tmp_path / "two", reports=reports)
    assert bytes_below(tmp_path / "one") == bytes_below(tmp_path / "two")


def test_a_missing_document_is_named_before_anything_is_fitted(plan, reports, tmp_path):
    other = dataclasses.replace(
        plan, reports=dataclasses.replace(plan.reports, documents=("tea.qmd",))
    )
    with pytest.raises(ReportError, match=r"tea.qmd.*small.qmd"):
        run_study(other, tmp_path / "out", reports=reports)
    assert not (tmp_path / "out").exists()


def test_documents_can_be_checked_without_rendering(plan, reports):
    assert check_documents(plan, reports) == ()
    with (reports / "small.qmd").open("a", encoding="utf-8") as handle:
        handle.write("\n<div>raw</div>\n\n{{< video x.mp4 >}}\n")
    assert check_documents(plan, reports)


def test_samples_that_may_not_be_released_stop_everything(plan, tmp_path):
    sample = example_sample("anna")
    own = dataclasses.replace(sample, info=dataclasses.replace(sample.info, origin="collected"))
    table = own.table("cases")
    table["case_duration_months"] = [4.0]
    write_sample(own.replace_tables({"cases": table}), tmp_path / "mine")
    for profile in ("none", "published"):
        study = dataclasses.replace(
            plan, sample=str(tmp_path / "mine"), release=ReleasePlan(profile=profile)
        )
        with pytest.raises(ReleaseError, match="refused") as caught:
            fit_study(study, tmp_path / "out")
        assert caught.value.issues
    assert not (tmp_path / "out").exists()


def test_every_report_on_an_imported_sample_names_its_source(plan, tmp_path):
    line = "Source: a *made-up* registry."
    sample = example_sample("simulated").with_import(ImportRecord(attribution=line))
    write_sample(sample, tmp_path / "mine")
    study = dataclasses.replace(plan, sample=str(tmp_path / "mine"))
    fit_study(study, tmp_path / "out")
    assert read_manifest(tmp_path / "out" / "small").plan.attribution == line
    prepared = prepare(study)
    note = ResultSet(plan=prepared.plan, released=prepared.released).plan_note
    assert note.endswith(line)


def test_the_narrated_case_is_released_as_published(plan):
    study = dataclasses.replace(
        plan,
        sample="shipped:anna",
        models=("audit", "descriptive", "prevalence", "documentation", "timeline"),
        release=ReleasePlan(profile="published"),
    )
    prepared = prepare(study)
    assert {item.profile for item in prepared.released.values()} == {"published"}
    assert any("single rows" in text for text in prepared.unavailable)


def test_faults_of_sample_and_plan_keep_their_class(plan, tmp_path):
    with pytest.raises(SampleError):
        fit_study(dataclasses.replace(plan, sample=str(tmp_path / "none")), tmp_path / "out")
    with pytest.raises(EstimationError):
        fit_study(dataclasses.replace(plan, models=()), tmp_path / "out")


def test_foreign_folders_are_left_alone(plan, tmp_path):
    place = tmp_path / "out" / "small"
    place.mkdir(parents=True)
    (place / "diary.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="not written by relatum"):
        fit_study(plan, tmp_path / "out")
    assert [p.name for p in place.iterdir()] == ["diary.txt"]


# --- what documents open -----------------------------------------------------------------------


def test_documents_open_the_folder_that_the_variable_names(plan, tmp_path, monkeypatch):
    fit_study(plan, tmp_path / "out")
    monkeypatch.setenv("RELATUM_RESULTS", str(tmp_path / "out" / "small" / "results"))
    results = open_results()
    assert results.plan.name == "small"
    assert set(results) == set(prepare(plan).released)
    monkeypatch.setenv("RELATUM_RESULTS", str(tmp_path))
    with pytest.raises(PlanError, match="relatum fit"):
        open_results()


def test_documents_open_a_run_beside_or_above_them(plan, tmp_path, monkeypatch):
    fit_study(plan, tmp_path / "out")
    (tmp_path / "reports").mkdir()
    marked = tmp_path / "out" / "small" / "manifest.json"
    text = marked.read_text(encoding="utf-8").replace(plan.title, "From the folder")
    marked.write_text(text, encoding="utf-8")
    for place in (tmp_path, tmp_path / "reports"):
        monkeypatch.chdir(place)
        assert open_results(plan).plan.title == "From the folder"
    monkeypatch.chdir(tmp_path)
    assert open_results(dataclasses.replace(plan, seed=2)).plan.title == plan.title


def test_documents_fit_in_memory_where_nothing_was_run(plan, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    results = open_results(plan)
    assert results.simulated
    assert "simulated-banner" in results.banner
    assert not list(tmp_path.iterdir())
    assert plan.hash[:12] in results.plan_note
    assert "not compared" in results.agreement_note
    with pytest.raises(UsageError, match="Did you mean 'flow'"):
        results["flwo"]
    assert "names no analysis" in results["escape_rate"].result.why
    assert "escape_rate" not in results
    assert say(results, "audit", term="n_cases").startswith("not available (the plan names no")


def test_a_second_sample_is_recorded_without_its_place(plan, tmp_path):
    folder = tmp_path / "dv"
    comparison = dataclasses.replace(plan.comparison, other=str(folder))
    both = dataclasses.replace(plan, models=("comparison",), comparison=comparison)
    record = plan_record(both, example_sample("simulated"))
    assert record.settings["comparison.other"] == "a folder"
    assert str(tmp_path) not in str(record)
    shipped = dataclasses.replace(comparison, other="shipped:simulated_dv")
    record = plan_record(dataclasses.replace(both, comparison=shipped), example_sample("anna"))
    assert record.settings["comparison.other"] == "shipped:simulated_dv"


def test_the_shipped_plan_says_how_figures_agree():
    results = open_results(dataclasses.replace(read_study(), models=("audit",)))
    audit = results["audit"].result
    assert f"Of {len(audit.checks)} figures" in results.agreement_note
    assert f"{audit.count('outside')} outside" in results.agreement_note


def test_opening_stored_results_loads_no_analysis(plan, tmp_path):
    fit_study(plan, tmp_path / "out")
    script = (
        "import sys; from relatum.pipeline import open_results; open_results();"
        "print([m for m in sys.modules if m.startswith(('relatum.models', 'relatum.reports'))])"
    )
    environment = {**os.environ, "RELATUM_RESULTS": str(tmp_path / "out" / "small" / "results")}
    call = [sys.executable, "-c", script]
    done = subprocess.run(call, check=True, env=environment, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
