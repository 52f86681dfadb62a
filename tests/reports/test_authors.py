"""authors.yml: read, checked, in the front matter of every document, and in CITATION.cff."""

import dataclasses
import shutil
from pathlib import Path

import pytest
import yaml

from relatum.errors import ReportError
from relatum.pipeline import check_documents
from relatum.reports import check, find_reports, render
from relatum.reports.authors import (
    citation_authors,
    citation_issues,
    citation_text,
    open_authors,
    read_authors,
    say_contributions,
    say_corresponding,
    write_citation,
)
from relatum.reports.people import CREDIT, Author, author_issues, orcid_digit
from relatum.reports.project import read_project, settings_for
from relatum.study import ReportsPlan, read_study

ROOT = Path(__file__).parents[2]
ADA = """author:
  - name:
      given: Ada
      non-dropping-particle: van
      family: Example
    orcid: 0000-0002-1825-0097
    email: ada@example.org
    corresponding: true
    affiliations:
      - name: University of Examples
        department: Criminology
        city: Exampletown
    roles:
      - conceptualization: lead
      - Writing - original draft
  - name:
      literal: The group
"""


@pytest.fixture
def authors_file(tmp_path):
    def write(text=ADA):
        path = tmp_path / "authors.yml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


# --- reading ------------------------------------------------------------------------------------


def test_a_person_and_a_group_are_read(authors_file):
    ada, group = read_authors(authors_file())
    assert (ada.name, ada.family, ada.orcid) == (
        "Ada van Example",
        "Example",
        "0000-0002-1825-0097",
    )
    assert ada.affiliation == "Criminology, University of Examples, Exampletown"
    assert [(role.name, role.degree) for role in ada.roles] == [
        ("conceptualization", "lead"),
        ("writing – original draft", ""),
    ]
    assert (group.name, group.person) == ("The group", False)
    assert say_corresponding([ada, group]) == "Ada van Example (ada@example.org)"
    assert say_contributions([group, ada]) == (
        "Conceptualization: Ada van Example (lead). Writing – original draft: Ada van Example."
    )


@pytest.mark.parametrize(
    ("digits", "check_digit"),
    [("0000-0002-1825-009", "7"), ("0000-0001-5109-370", "0"), ("0000-0002-1694-233", "X")],
)
def test_the_check_digit_of_an_orcid(digits, check_digit):
    # The three iDs are those that ORCID's own page on the structure of the identifier gives.
    assert orcid_digit(digits) == check_digit


def test_all_faults_come_at_once_with_lines_and_near_matches(authors_file):
    text = """author:
  - name:
      given: Ada
      famly: Example
    orcid: 0000-0002-1825-0098
    corresponding: true
    affiliation:
      - nme: U
    roles: [conceptualisation, {software: led}]
  - name: Ben Test
    orcid: 12
    email: nobody
    colour: red
"""
    with pytest.raises(ReportError) as caught:
        read_authors(authors_file(text))
    found = {(issue.row, issue.rule, issue.near) for issue in caught.value.issues}
    assert found == {
        ("line 2", "unknown_field", "family"),
        ("line 2", "missing_field", ""),
        ("line 2", "unknown_role", "conceptualization"),
        ("line 2", "unknown_degree", "lead"),
        ("line 2", "unknown_field", "name"),
        ("line 2", "orcid_digit", ""),
        ("line 10", "unknown_field", ""),
        ("line 10", "author_name", ""),
        ("line 10", "orcid_form", ""),
        ("line 10", "email", ""),
    }
    # The e-mail address and the digits of the iD stand in no message.
    assert "nobody" not in str(caught.value)
    assert "0098" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "rule", "words"),
    [
        (("    corresponding: true\n", ""), "corresponding", "0 authors are marked"),
        (("    email: ada@example.org\n", ""), "missing_field", "needs 'email'"),
        (("    orcid: 0000-0002-1825-0097\n", ""), "missing_field", "needs 'orcid'"),
        (("The group", "Ada van Example"), "author_twice", "stands twice"),
        (("        city: Exampletown\n", "        town: X\n"), "unknown_field", "'town'"),
    ],
)
def test_what_is_missing_is_named(change, rule, words):
    (issue,) = author_issues(ADA.replace(*change), shown="authors.yml")
    assert issue.rule == rule
    assert words in issue.message


def test_a_person_needs_an_affiliation_and_a_role():
    text = "author:\n  - name: {given: A, family: B}\n    corresponding: false\n"
    fields = {issue.field.split()[-1] for issue in author_issues(text, shown="a")}
    assert {"affiliations", "roles", "corresponding"} == fields


@pytest.mark.parametrize("text", ["author: Ada\n", "{}\n", "author: []\n", "[]\n"])
def test_a_file_without_a_list_is_refused(text):
    assert [issue.rule for issue in author_issues(text, shown="a")] == ["no_author"]


def test_a_missing_file_is_a_fault_of_the_report(tmp_path):
    with pytest.raises(ReportError, match=r"authors\.yml could not be read"):
        read_authors(tmp_path / "authors.yml")


def test_no_authors_in_an_anonymous_build(authors_file, monkeypatch):
    folder = authors_file().parent
    assert len(open_authors(folder)) == 2
    monkeypatch.setenv("RELATUM_PROFILE", "anonymous")
    assert open_authors(folder) == ()


# --- front matter -------------------------------------------------------------------------------


def project(tmp_path, extra="", authors=ADA):
    (tmp_path / "_quarto.yml").write_text(
        f"project:\n  type: default\nmetadata-files: [authors.yml]\n{extra}", encoding="utf-8"
    )
    if authors:
        (tmp_path / "authors.yml").write_text(authors, encoding="utf-8")
    document = tmp_path / "d.qmd"
    document.write_text('---\ntitle: "T"\n---\n\nText.\n', encoding="utf-8")
    return document


def test_every_document_takes_its_authors_from_the_file(tmp_path):
    document = project(tmp_path)
    assert check(document) == ()
    settings = settings_for(read_project(document), "title: T", shown="d", wanted="pdf")
    assert [author.name for author in settings.authors] == ["Ada van Example", "The group"]


def test_a_document_adds_its_own_authors_as_quarto_does(tmp_path):
    document = project(tmp_path)
    settings = settings_for(read_project(document), "author: Cy", shown="d", wanted="pdf")
    assert [author.name for author in settings.authors] == ["Ada van Example", "The group", "Cy"]


def test_a_rendering_shows_names_affiliations_and_whom_to_write_to(tmp_path):
    render(project(tmp_path), formats=("html",), engine="builtin", out_dir=tmp_path / "out")
    page = " ".join((tmp_path / "out" / "d.html").read_text(encoding="utf-8").split())
    shown = ("Ada van Example", "0000-0002-1825-0097", "Criminology, University of Examples")
    for words in (*shown, "mailto:ada@example.org", "The group"):
        assert words in page


def test_faults_of_the_file_stop_a_rendering(tmp_path):
    document = project(tmp_path, authors=ADA.replace("0097", "0098"))
    assert [(issue.table, issue.rule) for issue in check(document)] == [
        ("authors.yml", "orcid_digit")
    ]


def test_a_missing_metadata_file_is_named(tmp_path):
    (issue,) = check(project(tmp_path, authors=""))
    assert (issue.rule, issue.row) == ("metadata_file", "line 3")


def test_other_keys_of_a_metadata_file_are_checked_too(tmp_path):
    document = project(tmp_path, authors=ADA + "langg: en\n")
    assert [(issue.rule, issue.near) for issue in check(document)] == [("unknown_option", "lang")]


def test_the_project_file_wins_over_a_metadata_file(tmp_path):
    document = project(tmp_path, extra="lang: nl\n", authors=ADA + "lang: en\n")
    settings = settings_for(read_project(document), "", shown="d", wanted="html")
    assert settings.lang == "nl"


# --- CITATION.cff -------------------------------------------------------------------------------


def test_the_shipped_files_agree():
    citation = ROOT / "CITATION.cff"
    if not citation.exists():
        pytest.skip("CITATION.cff lies in the source tree only")
    authors = read_authors(find_reports() / "authors.yml")
    assert citation_issues(authors, citation) == ()
    text = citation.read_text(encoding="utf-8")
    assert citation_text(text, authors) == text


def test_a_person_is_cited_by_the_parts_of_the_name(authors_file):
    ada, group = citation_authors(read_authors(authors_file()))
    assert ada == {
        "family-names": "Example",
        "given-names": "Ada",
        "name-particle": "van",
        "affiliation": "Criminology, University of Examples, Exampletown",
        "email": "ada@example.org",
        "orcid": "https://orcid.org/0000-0002-1825-0097",
    }
    assert group == {"name": "The group"}


def test_writing_changes_the_authors_and_nothing_else(tmp_path):
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / "authors.yml").write_text(ADA, encoding="utf-8")
    shutil.copy(ROOT / "CITATION.cff", tmp_path / "CITATION.cff")
    before = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    authors = read_authors(folder / "authors.yml")
    (issue,) = citation_issues(authors, tmp_path / "CITATION.cff")
    assert issue.rule == "authors_differ"
    after = yaml.safe_load(write_citation(folder).read_text(encoding="utf-8"))
    assert citation_issues(authors, tmp_path / "CITATION.cff") == ()
    assert {**after, "authors": 0} == {**before, "authors": 0}


def test_a_citation_file_without_authors_is_refused():
    with pytest.raises(ReportError, match="no 'authors:'"):
        citation_text("title: x\n", [Author(name="A")])
    assert citation_issues([Author(name="A")], ROOT / "none.cff") == ()


def test_the_roles_are_those_of_credit():
    assert len(CREDIT) == 14
    assert len(set(CREDIT)) == 14


def test_the_check_of_a_plan_lists_words_and_then_other_authors(tmp_path):
    folder = tmp_path / "reports"
    folder.mkdir()
    document = project(folder)
    study = dataclasses.replace(read_study(), reports=ReportsPlan(documents=("d.qmd",)))
    assert check_documents(study, folder) == ()
    (tmp_path / "CITATION.cff").write_text("authors:\n  - name: Else\n", encoding="utf-8")
    assert [issue.rule for issue in check_documents(study, folder)] == ["authors_differ"]
    document.write_text("---\ntitle: T\n---\n\nFear causes silence.\n", encoding="utf-8")
    assert [issue.rule for issue in check_documents(study, folder)] == ["cause_verb"]
