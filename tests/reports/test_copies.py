"""The shipped documents, copied for a study of one's own: complete, and rendered from there."""

import json

import pytest

from relatum.cli.main import main
from relatum.errors import ReportError, UsageError
from relatum.pipeline.run import check_documents
from relatum.reports import find_reports, render
from relatum.reports.copies import copy_reports, report_sources
from relatum.study import read_study


def test_every_document_comes_with_what_it_needs(tmp_path):
    """Nothing in the copy reaches back: the lint opens every file that a document names."""
    assert main(["init", str(tmp_path / "mine"), "--reports"]) == 0
    plan = tmp_path / "mine" / "study.toml"
    names = sorted(path.name for path in (tmp_path / "mine" / "reports").glob("*.qmd"))
    assert names == sorted(path.name for path in find_reports().glob("*.qmd"))
    listed = ", ".join(f'"{name}"' for name in names)
    text = plan.read_text(encoding="utf-8")
    start, end = text.index("documents = ["), text.index("]", text.index("documents = [")) + 1
    plan.write_text(f"{text[:start]}documents = [{listed}]{text[end:]}", encoding="utf-8")
    assert check_documents(read_study(plan)) == ()


def test_the_authors_are_still_to_be_named(tmp_path):
    copy_reports(tmp_path / "own")
    text = (tmp_path / "own" / "authors.yml").read_text(encoding="utf-8")
    assert "literal: Author to complete" in text
    assert "literal: The relatum developers" not in text
    assert not (tmp_path / "own" / "guide").exists()


def test_a_document_of_the_copy_is_rendered_in_its_style(tmp_path):
    copy_reports(tmp_path / "own")
    document = tmp_path / "own" / "short.qmd"
    document.write_text("---\ntitle: Ours\n---\n\n# Question\n\nText [@benchimol2015].\n", "utf-8")
    made = render(document, formats=("html",), engine="builtin", out_dir=tmp_path / "out")
    page = made.outputs[0].path.read_text(encoding="utf-8")
    assert "Author to complete" in page
    assert "simulated-banner" in page  # a rule of relatum.css, which is embedded


def test_a_changed_list_of_authors_is_not_passed_on(tmp_path, monkeypatch):
    copy_reports(tmp_path / "own")
    monkeypatch.setattr("relatum.reports.copies.find_reports", lambda: tmp_path / "own")
    with pytest.raises(ReportError, match="by hand"):
        report_sources()


def test_the_verb_copies_for_a_study_that_exists(tmp_path, capsys):
    place = tmp_path / "texts"
    assert main(["example", "reports", str(place), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told["files"]) == set(report_sources())
    assert main(["example", "reports", str(place)]) == 2
    assert "not an empty folder" in capsys.readouterr().err
    with pytest.raises(UsageError, match="not an empty folder"):
        copy_reports(place)
