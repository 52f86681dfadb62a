"""`relatum pseudonymise`: what is printed, and what never is."""

import json

import pytest
import typer
from typer.testing import CliRunner

from relatum.cli.pseudonymise import register
from relatum.errors import UsageError
from relatum.samples import check_sample

RUNNER = CliRunner()


@pytest.fixture
def run():
    app = typer.Typer(rich_markup_mode=None, add_completion=False)
    register(app)

    def call(*words):
        return RUNNER.invoke(app, [str(word) for word in words])

    return call


def test_a_shipped_sample(run, tmp_path):
    out, key = tmp_path / "out", tmp_path / "study.key"
    done = run("shipped:anna", out, "--key", key)
    assert done.exit_code == 0
    assert f"Written to {out}. Identifiers replaced: cases 1, suspects 1, victims 1" in done.output
    assert f"A new key was made in {key}." in done.output
    assert key.read_text().split("\n")[1] not in done.output
    assert "musa" not in done.output
    assert check_sample(out) == ()


def test_json_and_options(run, tmp_path):
    out, key, links = (tmp_path / name for name in ("out", "study.key", "links.csv"))
    run("shipped:anna", out, "--key", key)
    words = ("--map", links, "--keep-passages", "--coders", "--parquet", "--json")
    done = run("shipped:anna", out, "--key", key, *words)
    assert done.exit_code == 0
    payload = json.loads(done.output)
    assert not payload["key_made"]
    assert payload["map_file"] == str(links)
    assert payload["replaced"]["relationships"] == 1
    assert (out / "cases.parquet").exists()
    assert "anna_musa" not in done.output


def test_wrong_calls(run, tmp_path):
    assert run("shipped:anna", tmp_path / "out").exit_code == 2
    done = run("shipped:anna", tmp_path / "out", "--key", tmp_path / "out" / "study.key")
    assert isinstance(done.exception, UsageError)
    assert not (tmp_path / "out").exists()


def test_the_help_ends_with_an_example(run):
    done = run("--help")
    assert "relatum pseudonymise my_sample to_share --key ~/keys/my_study.key" in done.output
