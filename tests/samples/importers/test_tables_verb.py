"""The verb import: formats, drafts, reports and wrong calls."""

import json

import pytest
import typer
from typer.testing import CliRunner

from relatum.cli import import_
from relatum.errors import ImportFailedError, UsageError
from relatum.samples import read_sample
from relatum.samples.importers.base import DISCARDS

HEAD = "their_column,their_value,table,column_or_code,status_or_value\n"


@pytest.fixture
def run():
    app = typer.Typer()
    import_.register(app)

    def call(*words):
        outcome = CliRunner().invoke(app, [str(word) for word in words])
        if outcome.exception is not None and not isinstance(outcome.exception, SystemExit):
            raise outcome.exception
        assert outcome.exit_code == 0, outcome.output
        return outcome.output

    return call


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("relationship id,Physical violence\nr1,yes\nr2,\n")
    return path


def test_from_draft_to_sample(run, data, tmp_path):
    mapping, out = tmp_path / "mapping.csv", tmp_path / "sample"
    assert "3 lines drafted" in run("wide", data, "--suggest", "--mapping", mapping)
    with pytest.raises(ImportFailedError):
        run("wide", data, out, "--mapping", mapping)
    assert not out.exists()
    text = mapping.read_text()
    mapping.write_text(
        text.replace("relationships,population,,", "relationships,population,trafficking,")
    )
    report = run("wide", data, out, "-m", mapping)
    assert "Taken over: cases 2" in report
    assert f"relatum check {out}" in report
    assert read_sample(out).n("codings") == 1
    assert "relationships without a suspect" in (out / DISCARDS).read_text()


def test_json(run, data, tmp_path):
    mapping = tmp_path / "mapping.csv"
    draft = json.loads(run("wide", data, "--suggest", "--json"))["mapping"]
    mapping.write_text(draft.replace("population,,", "population,trafficking,"))
    found = json.loads(run("wide", data, tmp_path / "out", "-m", mapping, "--json"))
    assert found["rows"]["relationships"] == 2
    assert {item["what"] for item in found["discards"]} >= {"relationships without a victim"}


def test_long_and_maxqda(run, tmp_path):
    data, mapping = tmp_path / "long.csv", tmp_path / "mapping.csv"
    data.write_text("relationship,code\nr1,vio_physical\n")
    draft = run("long", data, "--suggest")
    mapping.write_text(draft.replace("population,,", "population,trafficking,"))
    run("long", data, tmp_path / "out", "-m", mapping)
    assert read_sample(tmp_path / "out").n("codings") == 1
    export = tmp_path / "segments.csv"
    export.write_text("Document group,Document name,Code\nG,D1,vio_physical\n")
    assert "codings 1" in run("maxqda", export, tmp_path / "other", "--population", "trafficking")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("wid", "f", "d"), "Did you mean 'wide'?"),
        (("wide", "f"), "last, the folder"),
        (("wide", "f", "d", "--unit", "set"), "'wide' takes no --unit."),
        (("wide", "f", "d"), "--suggest drafts one"),
        (("qdpx", "f", "d"), "'qdpx' needs --investigation."),
        (("long", "f", "g", "d", "-m", "m"), "2 files and 1 --mapping"),
        (("maxqda", "f", "g", "d"), "takes one file"),
        (("maxqda", "f", "d", "-m", "m", "-m", "n"), "'maxqda' takes one --mapping."),
        (("maxqda", "f", "d", "--copies", "both"), "--copies must be"),
        (("maxqda", "f", "d"), "'maxqda' needs --population."),
        (("qdpx", "f", "d", "--population", "both"), "--population must be one of"),
        (("qdpx", "f", "--suggest"), "--suggest takes"),
        (("dhs", "f", "d", "--keep-names"), "'dhs' takes no --keep-names."),
    ],
)
def test_wrong_calls(run, words, told):
    with pytest.raises(UsageError) as caught:
        run(*words)
    assert told in str(caught.value)


def test_a_draft_replaces_nothing(run, data, tmp_path):
    mapping = tmp_path / "mapping.csv"
    mapping.write_text("mine")
    with pytest.raises(UsageError, match="exists"):
        run("wide", data, "--suggest", "-m", mapping)
    with pytest.raises(UsageError, match="is a file"):
        run("wide", data, mapping, "-m", mapping)
    assert mapping.read_text() == "mine"


def test_faults_carry_their_places(run, data, tmp_path):
    mapping = tmp_path / "mapping.csv"
    mapping.write_text(HEAD + "gone,,codings,code,\n")
    with pytest.raises(ImportFailedError) as caught:
        run("wide", data, tmp_path / "out", "-m", mapping)
    assert "missing_column" in [issue.rule for issue in caught.value.issues]
    assert caught.value.exit_code == 16
    assert not (tmp_path / "out").exists()
