"""An archive holds what a rerun needs, names no machine, and notices every change."""

import dataclasses
import hashlib
import json
import os
import shutil
from pathlib import Path

import pytest

from relatum.cli import main as entry
from relatum.errors import EstimationError, PlanError, ReportError, SampleError, UsageError
from relatum.pipeline import fit_study, run_study
from relatum.pipeline.archive import CHECKSUMS, archive_study, checksums
from relatum.pipeline.archive_crate import METADATA, crate_text
from relatum.pipeline.archive_parts import archived_plan, lock_text
from relatum.pipeline.archive_reports import own_reports
from relatum.pipeline.archive_verify import verify_archive
from relatum.pipeline.code_checksum import code_checksum
from relatum.pipeline.manifest import read_manifest
from relatum.reports import find_reports
from relatum.samples import example_sample, write_sample
from relatum.study import read_study

PLAN = """
name = "small"          # a short one
title = "A small | study"
sample = "SAMPLE"
models = ["descriptive"]

[reports]
documents = ["chapter.qmd"]
formats = ["html"]
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A run on a sample in a folder, archived with its data."""
    top = tmp_path_factory.mktemp("archive")
    write_sample(example_sample("simulated"), top / "zaphodsfolder" / "mine")
    plan = top / "study.toml"
    plan.write_text(PLAN.replace("SAMPLE", "zaphodsfolder/mine"), encoding="utf-8")
    fit_study(read_study(plan), top / "out")
    return plan, archive_study(plan, top / "out")


def test_the_archive_holds_every_part(made):
    plan, summary = made
    names = set(checksums(summary.folder))
    assert summary.files == len(names) + 1
    assert {
        "README.md",
        "study.toml",
        "requirements.lock",
        METADATA,
        "data/sample/cases.csv",
        "outputs/results/release.json",
        "outputs/tables/flow.csv",
        "code/pyproject.toml",
        "code/analysis/relatum/errors.py",
        "code/data_schema/codebook.csv",
        "code/reports/relatum.css",
    } <= names
    assert not any("__pycache__" in name or name.startswith("code/tests") for name in names)
    assert read_study(summary.folder / "study.toml").hash == read_study(plan).hash
    assert read_study(summary.folder / "study.toml").sample.endswith("small-archive/data/sample")
    assert not summary.confidential


def test_no_file_names_the_machine(made):
    plan, summary = made
    secrets = (str(plan.parent), "zaphodsfolder", str(Path.home()) + "/")
    for path in summary.folder.rglob("*"):
        if path.is_file():
            text = path.read_bytes().decode("utf-8", errors="replace")
            assert not any(secret in text for secret in secrets), path.name


def test_checksums_and_crate_describe_the_same_files(made):
    _, summary = made
    lines = (summary.folder / CHECKSUMS).read_text(encoding="utf-8").splitlines()
    sums = dict(reversed(line.split("  ", 1)) for line in lines)
    for path, digest in sums.items():
        assert hashlib.sha256((summary.folder / path).read_bytes()).hexdigest() == digest
    crate = json.loads((summary.folder / METADATA).read_text(encoding="utf-8"))
    entities = {entity["@id"]: entity for entity in crate["@graph"]}
    assert "datePublished" not in entities["./"]
    described = {name for name, entity in entities.items() if entity["@type"] == "File"}
    assert described == {n for n in sums if not n.startswith("code/") and n != METADATA}
    assert all(entities[name]["sha256"] == sums[name] for name in described)
    run = entities["#run"]
    assert {part["@id"] for part in run["result"]} == {
        name for name in described if name.startswith("outputs/")
    }
    named = {part["@id"] for entity in entities.values() for part in references(entity)}
    assert {name for name in named if not name.startswith("http")} <= set(entities)


def references(entity):
    for value in entity.values():
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, dict) and "@id" in part:
                yield part


def test_the_readme_has_the_sections_that_data_editors_ask_for(made):
    text = (made[1].folder / "README.md").read_text(encoding="utf-8")
    for heading in (
        "Data availability and provenance",
        "Rights",
        "Confidential data",
        "List of data sets",
        "Software",
        "Controlled randomness",
        "Memory, runtime and storage",
        "Programs and code",
        "Instructions for a rerun",
        "List of tables, figures and programs",
        "References",
    ):
        assert f"# {heading}\n" in text
    assert "Simulated data" in text
    assert "| tbl-flow | From the list of investigations" in text
    (line,) = (line for line in text.splitlines() if "`outputs/tables/flow`" in line)
    assert {"csv", "html", "tex"} <= set(line[line.index("(") + 1 : line.index(")")].split(", "))
    assert f"The SHA-256 over package and schema is `{code_checksum()}`" in text


def outside_code(folder):
    """The code is copied byte by byte, and may be edited while the tests run."""
    return {name: digest for name, digest in checksums(folder).items() if name[:5] != "code/"}


def test_the_same_run_gives_the_same_bytes(made, monkeypatch):
    plan, summary = made
    before = outside_code(summary.folder)
    archive_study(plan, summary.folder.parent)
    assert outside_code(summary.folder) == before
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    out = summary.folder.parent.parent / "dated"
    shutil.copytree(summary.folder.parent / "small", out / "small")
    dated = archive_study(plan, out)
    assert '"datePublished": "1970-01-02"' in (dated.folder / METADATA).read_text(encoding="utf-8")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "today")
    with pytest.raises(UsageError, match="seconds since 1970"):
        archive_study(plan, out)
    assert [path.name for path in out.iterdir() if path.name.startswith(".")] == []


def test_a_rerun_finds_what_differs(made, tmp_path, capsys, monkeypatch):
    _, summary = made
    changed = tmp_path / "changed"
    shutil.copytree(summary.folder, changed)
    table = changed / "outputs" / "tables" / "flow.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("25", "26", 1), encoding="utf-8")
    with pytest.raises(ReportError) as caught:
        verify_archive(changed, fresh=False)
    assert [issue.table for issue in caught.value.issues] == ["outputs/tables/flow.csv"]
    sum_again(changed)
    monkeypatch.setattr(entry, "VERBS", tuple(dict.fromkeys((*entry.VERBS, "archive"))))
    code = entry.main(["archive", "--verify", str(changed), "--no-fresh"])
    assert code == 14
    assert "tables/flow.csv" in capsys.readouterr().err


def sum_again(folder):
    """Write the list of checksums anew, as somebody would who hides a change."""
    sums = "".join(f"{digest}  {path}\n" for path, digest in checksums(folder).items())
    (folder / CHECKSUMS).write_text(sums, encoding="utf-8")


def test_code_that_changed_since_the_run_is_not_archived(made, tmp_path):
    plan, summary = made
    shutil.copytree(summary.folder.parent / "small", tmp_path / "small")
    manifest = tmp_path / "small" / "manifest.json"
    told = manifest.read_text(encoding="utf-8").replace(code_checksum(), "0" * 64)
    manifest.write_text(told, encoding="utf-8")
    with pytest.raises(PlanError, match="code of relatum has changed"):
        archive_study(plan, tmp_path)


def test_the_checksum_of_code_knows_names_and_bytes(tmp_path):
    for name in ("p", "s"):
        (tmp_path / name).mkdir()
    (tmp_path / "p" / "a.py").write_bytes(b"1")
    folders = (tmp_path / "p", tmp_path / "s")
    first = code_checksum(*folders)
    (tmp_path / "p" / "__pycache__").mkdir()
    (tmp_path / "p" / "__pycache__" / "a.pyc").write_bytes(b"x")
    assert code_checksum(*folders) == first
    (tmp_path / "p" / "a.py").rename(tmp_path / "p" / "b.py")
    second = code_checksum(*folders)
    (tmp_path / "p" / "b.py").write_bytes(b"2")
    assert len({first, second, code_checksum(*folders)}) == 3
    with pytest.raises(ValueError, match="both folders"):
        code_checksum(tmp_path)


def test_confidential_data_are_described_only(made, tmp_path):
    plan, _ = made
    sample = example_sample("simulated")
    info = dataclasses.replace(sample.info, origin="collected", selection=())
    tables = {name: frame.assign(simulated=False) for name, frame in sample.tables.items()}
    own = dataclasses.replace(sample, info=info).replace_tables(tables)
    write_sample(own, tmp_path / "mine")
    text = plan.read_text(encoding="utf-8").replace("zaphodsfolder/mine", "mine")
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    copied = tmp_path / "out"
    shutil.copytree(plan.parent / "out" / "small", copied / "small")
    manifest = copied / "small" / "manifest.json"
    old = example_sample("simulated").fingerprint
    told = manifest.read_text(encoding="utf-8").replace(old, own.fingerprint)
    manifest.write_text(told.replace('"simulated"', '"collected"'), encoding="utf-8")
    summary = archive_study(tmp_path / "study.toml", copied)
    assert sorted(p.name for p in (summary.folder / "data" / "sample").iterdir()) == [
        "DESCRIPTION.json"
    ]
    described = (summary.folder / "data" / "sample" / "DESCRIPTION.json").read_text("utf-8")
    assert "victim_age" in described
    assert sample.table("cases")["case_id"].iloc[0] not in described
    readme = (summary.folder / "README.md").read_text(encoding="utf-8")
    assert "The data are confidential and are not part of this archive." in readme
    with pytest.raises(SampleError, match="--sample FOLDER"):
        verify_archive(summary.folder, fresh=False)
    assert archive_study(tmp_path / "study.toml", copied, data="with").confidential


def test_a_run_of_another_plan_or_state_is_refused(made, tmp_path):
    plan, summary = made
    other = tmp_path / "study.toml"
    text = plan.read_text(encoding="utf-8").replace(
        "zaphodsfolder", str(plan.parent / "zaphodsfolder")
    )
    other.write_text("seed = 3\n" + text, encoding="utf-8")
    with pytest.raises(PlanError, match="another plan"):
        archive_study(other, summary.folder.parent)
    with pytest.raises(PlanError, match="relatum fit"):
        archive_study(plan, tmp_path)
    copied = tmp_path / "out"
    shutil.copytree(summary.folder.parent / "small", copied / "small")
    (copied / "small" / "tables" / "flow.csv").write_text("", encoding="utf-8")
    with pytest.raises(PlanError, match=r"tables/flow.csv"):
        archive_study(plan, copied)
    assert [path.name for path in copied.iterdir()] == ["small"]


def test_what_is_no_archive_is_refused(tmp_path):
    with pytest.raises(UsageError, match="no archive"):
        verify_archive(tmp_path)


def test_a_rerun_that_stops_says_why(made, tmp_path):
    changed = tmp_path / "changed"
    shutil.copytree(made[1].folder, changed)
    (changed / "code/analysis/relatum/cli/fit.py").write_text("1 / 0", encoding="utf-8")
    sum_again(changed)
    with pytest.raises(ReportError, match="archived code is not that which made the outputs") as c:
        verify_archive(changed, fresh=False)
    assert code_checksum()[:12] in str(c.value)
    code = code_checksum(changed / "code/analysis/relatum", changed / "code/data_schema")
    manifest = changed / "outputs" / "manifest.json"
    told = manifest.read_text(encoding="utf-8").replace(code_checksum(), code)
    manifest.write_text(told, encoding="utf-8")
    sum_again(changed)
    with pytest.raises(EstimationError, match="ZeroDivisionError"):
        verify_archive(changed, fresh=False)


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for Python is a shell script")
def test_a_fresh_environment_is_built_from_the_archived_lock(made, monkeypatch):
    def create(_builder, place):
        python = Path(place) / "bin" / "python"
        python.parent.mkdir(parents=True)
        last = 'for last; do :; done; head -n 1 "$last" >&2; echo "$@" >&2; exit 3'
        script = f"#!/bin/sh\ncase $* in *pip\\>*) exit 0;; esac\n{last}\n"
        python.write_text(script, encoding="utf-8")
        python.chmod(0o755)

    monkeypatch.setattr("venv.EnvBuilder.create", create)
    monkeypatch.chdir(made[1].folder.parent)
    with pytest.raises(EstimationError) as caught:
        verify_archive(Path(made[1].folder.name))
    told = str(caught.value)
    assert lock_text().splitlines()[0] in told
    assert ("--require-hashes" in told) == ("--hash=" in lock_text())


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("sample = 'a b'", 'sample = "x"'),
        ('sample="a" # "b"\n[r]\nsample = "c"', 'sample="x" # "b"\n[r]\nsample = "c"'),
    ],
)
def test_only_the_place_of_the_sample_is_rewritten(text, found):
    assert archived_plan(text, sample="x") == found


def test_the_second_sample_is_rewritten_in_its_own_table():
    text = (
        'sample = "a"\n[x]\nother = "b"\n[comparison]\nlevel = 1\nother = "c"\n[y]\nother = "d"\n'
    )
    assert archived_plan(text, other="z") == text.replace('"c"', '"z"')
    for broken in ("sample = '''a'''", "name = 'a'"):
        with pytest.raises(PlanError, match="on a line of its own"):
            archived_plan(broken, sample="x")


def test_the_reports_folder_is_rewritten_in_its_own_table():
    text = "sample = 'a'\n[x]\nfolder = 'b'\n[reports]\nformats = []\nfolder = 'c'  # ours\n"
    assert archived_plan(text, reports="reports") == text.replace("'c'", '"reports"')


# --- a reports folder of the study's own, and two samples that are only described -----------------

TWO = PLAN.replace("[reports]", '[comparison]\nother = "theirs"\n\n[reports]\nfolder = "texts"')
DOCUMENT = """---
title: Ours
---

# The flow {#sec-flow}

![A square](square.png){#fig-square fig-alt="A square."}
"""


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A run with own documents on two samples, archived without their cells."""
    top = tmp_path_factory.mktemp("own")
    write_sample(example_sample("simulated"), top / "mine")
    write_sample(example_sample("simulated_dv"), top / "theirs")
    texts = top / "texts"
    texts.mkdir()
    for name in ("_quarto.yml", "authors.yml", "references.bib", "relatum.css"):
        shutil.copyfile(find_reports() / name, texts / name)
    (texts / "chapter.qmd").write_text(DOCUMENT, encoding="utf-8")
    shutil.copyfile(find_reports() / "images" / "report.png", texts / "square.png")
    (texts / "cells.csv").write_text("victim_id\nv1\n", encoding="utf-8")
    (texts / "scan.pdf").write_bytes(b"%PDF")
    plan = top / "study.toml"
    plan.write_text(TWO.replace("SAMPLE", "mine"), encoding="utf-8")
    run_study(read_study(plan), top / "out")
    return top, archive_study(plan, top / "out", data="describe")


def test_own_documents_are_archived_with_what_they_name(own):
    _, summary = own
    assert sorted(path.name for path in (summary.folder / "reports").iterdir()) == [
        *("_quarto.yml", "authors.yml", "chapter.qmd", "references.bib", "relatum.css"),
        "square.png",
    ]
    assert summary.left_out == ("cells.csv", "scan.pdf")
    study = read_study(summary.folder / "study.toml")
    assert study.reports.folder == str(summary.folder / "reports")
    assert read_manifest(summary.folder / "outputs").code == code_checksum()
    readme = (summary.folder / "README.md").read_text(encoding="utf-8")
    assert "`reports/`: the sources of the reports" in readme
    assert "the documents in `reports/` are the study's own" in readme
    assert "--sample FOLDER_WITH_THE_DATA --other FOLDER" in readme


def test_the_authors_of_own_documents_are_those_of_the_archive(own, made):
    """The licence of the code is no licence of the study's own texts."""
    top, summary = own
    written = "author:\n  - name:\n      literal: The Example group\n"
    (summary.folder / "reports" / "authors.yml").write_text(written, encoding="utf-8")
    manifest = read_manifest(summary.folder / "outputs")
    sums = checksums(summary.folder)
    crate = json.loads(crate_text(summary.folder, manifest, summary.data, sums, texts="reports"))
    graph = {entity["@id"]: entity for entity in crate["@graph"]}
    assert graph["#author-1"]["name"] == "The Example group"
    assert graph["./"]["license"].startswith("Author to complete")
    (summary.folder / "reports" / "authors.yml").write_bytes(
        (top / "texts" / "authors.yml").read_bytes()
    )
    shipped = json.loads((made[1].folder / METADATA).read_text(encoding="utf-8"))
    root = next(entity for entity in shipped["@graph"] if entity["@id"] == "./")
    assert "MIT" in json.dumps(root["license"])


def test_both_samples_must_be_named_and_own_documents_are_rendered_again(own, capsys):
    top, summary = own
    call = ["archive", "--verify", str(summary.folder), "--no-fresh"]
    assert entry.main(call) == 11
    assert "--sample FOLDER --other FOLDER" in capsys.readouterr().err
    assert entry.main([*call, "--sample", str(top / "mine")]) == 11
    told = capsys.readouterr().err
    assert "--other FOLDER" in told
    assert "--sample FOLDER" not in told
    data = ["--sample", str(top / "mine"), "--other", str(top / "theirs")]
    assert entry.main([*call, *data, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {"reports/chapter.html", "tables/flow.csv", "manifest.json"} <= set(found["same"])
    assert len(found["same"]) > 15
    assert (found["code"], found["installed"]) == (code_checksum(), True)


def test_runs_and_samples_inside_a_reports_folder_stay_out(tmp_path):
    names = ("a.qmd", "out/s/manifest.json", "out/s/b.html", "d/datapackage.json", "d/c.md")
    for name in (*names, "_output/a.html", ".hidden.yml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x", encoding="utf-8")
    found = own_reports(tmp_path)
    assert (list(found.files), found.left_out) == (["a.qmd"], ())


def test_only_named_texts_and_no_file_that_may_hold_cells_go_along(tmp_path):
    """A draft, a page that was rendered, and cells in whatever form stay where they are."""
    texts = {
        "a.qmd": "{{< include _part.md >}}\nimport helpers\n![](deep/p.png) cells.pkl cells.txt",
        "_part.md": "![](drawn.svg)",
        "helpers.py": "from pack import x",
    }
    taken = {*texts, "drawn.svg", "deep/p.png", "pack/__init__.py"}
    names = {"cells.pkl", "cells.txt", "cells.ods", "interview.md", "a.html", "deep/q.png", "b.py"}
    for name in taken | names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(texts.get(name, "x"), encoding="utf-8")
    found = own_reports(tmp_path)
    assert set(found.files) == taken
    assert set(found.left_out) == names


def test_the_lock_pins_everything():
    assert "numpy==" in lock_text()


def test_the_verb(made, capsys, monkeypatch):
    plan, summary = made
    monkeypatch.setattr(entry, "VERBS", tuple(dict.fromkeys((*entry.VERBS, "archive"))))
    call = ["archive", str(plan), "--out", str(summary.folder.parent)]
    assert entry.main([*call, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["confidential"] is False
    assert entry.main([*call, "--no-fresh"]) == 2
    assert entry.main([*call, "--verify", str(summary.folder)]) == 2
    assert "--verify" in capsys.readouterr().err
