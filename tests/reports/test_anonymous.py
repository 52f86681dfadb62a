"""The anonymous profile: what names authors is gone, from both engines' input and every output."""

import shutil
import zipfile

import pytest
import yaml
from pypdf import PdfReader

from relatum.reports import find_reports, render
from relatum.reports.anonymous import NAMING_KEYS, without_names
from relatum.reports.identity import read_identity
from relatum.reports.leaks import scan
from relatum.reports.project import read_project
from relatum.reports.quarto import compose_call
from relatum.reports.source import read_source

DOCUMENT = """---
title: "A report"
author:
  - name: Ada van Example
    orcid: 0000-0002-1825-0097
    affiliation: Institute of Examples
keywords: [files]
---

# Text

Seen by the profile: `{python} __import__("os").environ.get("RELATUM_PROFILE", "none")`.

::: {.content-hidden when-profile="anonymous"}
We thank the Example Fund. The code is at https://github.com/example/tool.
:::

::: {.content-visible when-profile="anonymous"}
Left out for review.
:::
"""
CITATION = "authors:\n  - name: Ada van Example\nrepository-code: https://github.com/example/tool\n"
EVERY = ("html", "docx", "pdf")


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "reports"
    folder.mkdir()
    for name in ("relatum.css", "reference.docx", "references.bib", "_quarto-anonymous.yml"):
        shutil.copy(find_reports() / name, folder)
    config = yaml.safe_load((find_reports() / "_quarto.yml").read_text(encoding="utf-8"))
    config.pop("metadata-files", None)
    (folder / "_quarto.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    (tmp_path / "CITATION.cff").write_text(CITATION, encoding="utf-8")
    (folder / "a.qmd").write_text(DOCUMENT, encoding="utf-8")
    return folder


def test_both_builds_of_one_document(project, tmp_path):
    document = project / "a.qmd"
    before = document.read_bytes()
    for profile in (None, "anonymous"):
        out = tmp_path / (profile or "signed")
        render(document, formats=EVERY, engine="builtin", out_dir=out, profile=profile)
    secrets = read_identity(project, [document])
    signed = scan(tmp_path / "signed", secrets)
    assert {issue.table for issue in signed} == {"a.html", "a.docx", "a.pdf"}
    assert {issue.message.split(" stands")[0] for issue in signed} >= {
        "An author's name",
        "An ORCID",
        "An affiliation",
        "A repository address",
    }
    assert scan(tmp_path / "anonymous", secrets) == ()
    html = (tmp_path / "anonymous" / "a.html").read_text(encoding="utf-8")
    assert "Seen by the profile: anonymous." in html
    assert "Left out for review." in html
    assert "Example Fund" not in html
    assert document.read_bytes() == before
    info = PdfReader(tmp_path / "anonymous" / "a.pdf").metadata
    assert "/Author" not in info
    assert b"<pdfuaid:part>1<" in (tmp_path / "anonymous" / "a.pdf").read_bytes()
    with zipfile.ZipFile(tmp_path / "anonymous" / "a.docx") as word:
        assert word.testzip() is None
        assert b"rsid" not in word.read("word/settings.xml")


def test_what_the_engines_read_names_nobody(project):
    (project / "authors.yml").write_text(
        "author:\n  - name: Ada van Example\nfunding: A grant\nlang: nl\n", encoding="utf-8"
    )
    document = project / "a.qmd"
    source, config = without_names(
        read_source(document), read_project(document, profile="anonymous")
    )
    assert "Ada" not in source.front_matter
    assert not NAMING_KEYS & set(config.config)
    for path in project.iterdir():
        if path.suffix in (".yml", ".qmd"):
            assert "Ada" not in path.read_text(encoding="utf-8")
    assert (project / "authors.yml").read_text(encoding="utf-8") == "lang: nl\n"
    call = compose_call(source, config, formats=EVERY, program="quarto", environment={})
    assert call.environment["QUARTO_PROFILE"] == "anonymous"


def test_a_document_without_names_stays_byte_for_byte(project):
    document = project / "b.qmd"
    document.write_text('---\ntitle: "B"   # a remark\n---\n\nText ---\n', encoding="utf-8")
    before = document.read_bytes()
    without_names(read_source(document), read_project(document))
    assert document.read_bytes() == before
