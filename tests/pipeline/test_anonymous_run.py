"""Both builds of a plan, and a leak that stops the anonymous one."""

import json

import pytest

from relatum.cli.fit import summary_payload, summary_text
from relatum.errors import ReportError, UsageError
from relatum.pipeline import anonymous, fit_study, render_study, run_study
from relatum.pipeline.anonymous import SCAN, scan_study

DOCUMENT = """---
title: "A small report"
author: Ada van Example
---

Words without cells, so that no kernel is started.
"""


@pytest.fixture
def signed(reports):
    document = reports / "small.qmd"
    document.write_text(DOCUMENT, encoding="utf-8")
    return document


def test_an_anonymous_run_a_rendering_and_a_leak(plan, reports, signed, tmp_path, bytes_below):
    out, folder = tmp_path / "out", tmp_path / "out" / "small"
    summary = run_study(plan, out, reports=reports, anonymous=True)
    assert [path.name for path in summary.anonymous] == ["small.html"]
    assert "the leak scan found nothing" in summary_text(summary)
    assert summary_payload(summary)["anonymous"] == [summary.anonymous[0].as_posix()]
    assert "Ada van Example" in (folder / "reports" / "small.html").read_text(encoding="utf-8")
    page = summary.anonymous[0].read_text(encoding="utf-8")
    assert "Ada" not in page
    evidence = json.loads((folder / "anonymous" / SCAN).read_text(encoding="utf-8"))
    assert list(evidence["files"]) == ["small.html"]
    assert "anonymous/small.html" in (folder / "index.html").read_text(encoding="utf-8")
    assert scan_study(folder, [signed]) == ()

    before = bytes_below(folder)
    again = render_study(plan, out, reports=reports, anonymous=True)
    assert again.anonymous == summary.anonymous
    assert bytes_below(folder) == before

    text = signed.read_text(encoding="utf-8")
    signed.write_text(text + "\nWritten by A. van Example.\n", encoding="utf-8")
    with pytest.raises(ReportError, match="1 place") as caught:
        render_study(plan, out, reports=reports, anonymous=True)
    (issue,) = caught.value.issues
    assert issue.table == "small.html"
    assert issue.row.startswith("line ")
    assert "Example" not in str(caught.value) + str(issue)
    assert bytes_below(folder) == before

    signed.write_text(DOCUMENT, encoding="utf-8")
    (folder / "tables" / "note.csv").write_text("x\n/home/somebody/x\n", encoding="utf-8")
    with pytest.raises(ReportError) as caught:
        render_study(plan, out, reports=reports, anonymous=True)
    assert [(i.table, i.row) for i in caught.value.issues] == [("tables/note.csv", "line 2")]
    (folder / "anonymous" / SCAN).unlink()
    with pytest.raises(UsageError, match="not written by relatum"):
        render_study(plan, out, reports=reports, anonymous=True)
    assert (folder / "anonymous" / "small.html").exists()


def test_what_was_found_clean_is_not_looked_through_again(
    plan, reports, signed, tmp_path, monkeypatch
):
    fit_study(plan, tmp_path / "out")
    every = {"reports": reports, "anonymous": True, "cache": "on"}
    render_study(plan, tmp_path / "out", **every)
    # The first rendering entered the page that links everything in the manifest.
    render_study(plan, tmp_path / "out", **every)
    calls = []
    monkeypatch.setattr(anonymous, "scan", lambda *given, **more: calls.append(given) or ())
    render_study(plan, tmp_path / "out", **every)
    assert calls == []
    signed.write_text(DOCUMENT.replace("Ada van", "Eva van"), encoding="utf-8")
    render_study(plan, tmp_path / "out", **every)
    assert len(calls) == 2
