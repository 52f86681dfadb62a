"""`relatum example linea137` and `ctdc-dhs`: a report from files that the user supplies."""

import importlib.util
import json
from pathlib import Path

import pytest

from relatum.cli.example_registry import PAGE
from relatum.cli.main import main

SPEC = importlib.util.spec_from_file_location(
    "registry_files", Path(__file__).parents[1] / "models" / "registry_files.py"
)
files = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(files)


@pytest.fixture
def calls(tmp_path):
    return str(files.linea137(tmp_path / "calls.csv", files.uneven()))


def test_the_short_answer_and_the_report(calls, tmp_path, capsys):
    place = tmp_path / "report"
    assert main(["example", "linea137", calls, "--out", str(place)]) == 0
    said = capsys.readouterr().out
    assert said.startswith("60 records on trafficking (Línea 137, calls on sexual violence:")
    assert "verdicts change when blanks are left open" in said
    assert "Ministerio de Justicia" in said
    assert "publish aggregates only" in said
    assert said.endswith(f"Report: {place / PAGE}\n")
    names = sorted(path.name for path in place.iterdir())
    assert names == ["associations.csv", "changes.csv", "comparison.csv", PAGE]
    page = (place / PAGE).read_text(encoding="utf-8")
    assert "Physical violence" in page
    assert "10, 10, 40" in page
    assert "no row of a registry is in it" in page
    for text in ("Ministerio de Justicia", "publish aggregates only", "<caption>"):
        assert text in page


def test_the_same_files_give_the_same_bytes(calls, tmp_path, capsys):
    for name in "ab":
        assert main(["example", "linea137", calls, "--out", str(tmp_path / name)]) == 0
    capsys.readouterr()
    pages = [(tmp_path / name / PAGE).read_bytes() for name in "ab"]
    assert pages[0] == pages[1]


def test_two_sources_as_json(tmp_path, capsys):
    control = {"meansOfControlPhysicalAbuse": "1"}
    ctdc = files.ctdc(tmp_path / "ctdc.csv", [control] * 12 + [{}] * 18)
    told = [{"v021": str(at % 6), "d105h" if at < 12 else "d105a": "1"} for at in range(32)]
    dhs = files.dhs(tmp_path / "dhs.csv", told)
    assert main(["example", "ctdc-dhs", str(ctdc), str(dhs), "--margin", "0.2", "--json"]) == 0
    payload = json.loads(capsys.readouterr().out)
    assert payload["folder"] is None
    assert payload["comparison"]["margin"] == 0.2
    assert payload["comparison"]["registries"] == ["ctdc", "dhs"]


@pytest.mark.parametrize(
    ("given", "code", "said"),
    [
        (["linea137"], 2, "Name the files of Línea 137"),
        (["ctdc-dhs", "a.csv"], 2, "in this order; got 1"),
        (["linea137", "nowhere.csv"], 16, "nowhere.csv"),
        (["anna", "a", "b"], 2, "name it once"),
    ],
)
def test_wrong_calls(given, code, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["example", *given]) == code
    assert said in capsys.readouterr().err


def test_too_few_records_and_a_margin_off_the_scale(tmp_path, calls, capsys):
    few = str(files.linea137(tmp_path / "few.csv", [files.EXPLOITED] * 3))
    assert main(["example", "linea137", few]) == 13
    assert "fewer than 10 records" in capsys.readouterr().err
    assert main(["example", "linea137", calls, "--margin", "1.5"]) == 2
    assert "between 0 and 1" in capsys.readouterr().err


def test_a_folder_of_other_files_is_left_alone(tmp_path, calls, capsys):
    assert main(["example", "linea137", calls, "--out", str(tmp_path)]) != 0
    assert "did not write" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["calls.csv"]
