"""The document that holds every construct, looked into in its three formats."""

import html
import re
import shutil
from pathlib import Path

import docx
import pypdf
import pytest

from relatum.reports import find_reports, render

SETTINGS = ("_quarto.yml", "authors.yml", "references.bib", "relatum.css", "reference.docx")
AWKWARD = (
    "1. no list",
    "# no heading",
    "- no bullet",
    "> no quotation",
    "a | b | c",
    "@nobody2000 and [@nobody]",
    "*a* _b_ **c** ~~d~~ ^e^ ~f~",
    "`code` and $x$ and $$y$$",
    "<b>tag</b> & entity &amp; done",
    "[text](https://example.org){.cls}",
    "![image](x.png)",
    "back\\slash \\n \\newpage",
    "{{< pagebreak >}} {#id}",
    "::: {.note}",
    "[^1] and ^[note]",
    "=== --- ... end",
    "(@) example and (c)",
    "+---+",
    "<!-- hidden? -->",
    "tilde ~ caret ^ pipe | end",
    'it\'s "quoted"',
)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("everything")
    for name in SETTINGS:
        shutil.copy(find_reports() / name, folder)
    for path in (Path(__file__).parent / "fixtures").iterdir():
        shutil.copy(path, folder)
    return folder


@pytest.fixture(scope="module")
def everything(project):
    return render(project / "everything.qmd", engine="builtin", out_dir=project / "built")


@pytest.fixture(scope="module")
def page(everything):
    return everything.path("html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def word(everything):
    return docx.Document(str(everything.path("docx")))


@pytest.fixture(scope="module")
def pdf(everything):
    return pypdf.PdfReader(everything.path("pdf"))


def without_tags(markup):
    return html.unescape(re.sub(r"<[^>]+>", "", markup.split("<body", 1)[1]))


def test_inline_values_are_text_whatever_they_hold(project):
    """Every awkward value is shown character by character, in all three formats."""
    numbers = range(len(AWKWARD))
    lines = [f"value {number}: `{{python}} values[{number}]` :end" for number in numbers]
    alone = [f"`{{python}} values[{number}]`" for number in range(4)]
    cell = f"```{{python}}\n#| include: false\nvalues = {AWKWARD!r}\n```"
    document = project / "awkward.qmd"
    head = '---\ntitle: "Awkward"\n---'
    document.write_text("\n\n".join([head, cell, *lines, *alone]) + "\n", encoding="utf-8")
    made = render(document, engine="builtin", out_dir=project / "built")
    shown = without_tags(made.path("html").read_text(encoding="utf-8"))
    paragraphs = [item.text for item in docx.Document(str(made.path("docx"))).paragraphs]
    for number, value in enumerate(AWKWARD):
        assert f"value {number}: {value} :end" in shown
        assert f"value {number}: {value} :end" in paragraphs
    for value in AWKWARD[:4]:
        assert value in paragraphs
    pages = pypdf.PdfReader(made.path("pdf")).pages
    text = re.sub(r"\s+", "", "".join(part.extract_text() for part in pages))
    text = text.replace("\u2026", "...")  # Typst sets three stops as one sign
    for value in AWKWARD:
        assert re.sub(r"\s+", "", value) in text


def test_html_stands_alone_and_its_links_arrive(page):
    assert page.count("<!DOCTYPE html>") == 1
    assert 'lang="en-GB"' in page
    assert "<script" not in page
    assert not re.search(r'\s(?:src|srcset)="(?!data:)', page)
    assert not re.search(r"@import|url\((?!['\"]?(?:data:|#))", page)
    marks = re.findall(r'\sid="([^"]+)"', page)
    assert len(marks) == len(set(marks))
    assert {html.unescape(target) for target in re.findall(r'href="#([^"]+)"', page)} <= set(marks)
    images = re.findall(r"<img\b[^>]*>", page)
    assert images
    assert all(re.search(r'\balt="[^"]', image) for image in images)


def test_word_has_titles_headers_descriptions_and_known_styles(word):
    assert word.core_properties.title == "Every construct of the subset"
    assert word.core_properties.language == "en-GB"
    tables = [table for table in word.tables if not table.style.name.startswith("Callout")]
    assert len(tables) == 4
    assert all("w:tblHeader" in table.rows[0]._tr.trPr.xml for table in tables)
    xml = word.element.xml
    pictures = re.findall(r"<wp:docPr\b[^>]*>", xml)
    assert pictures
    assert all(re.search(r'descr="[^"]', picture) for picture in pictures)
    anchors = set(re.findall(r'w:anchor="([^"]+)"', xml))
    assert anchors
    assert anchors <= set(re.findall(r'<w:bookmarkStart\b[^>]*w:name="([^"]+)"', xml))
    used = set(re.findall(r'<w:(?:pStyle|rStyle|tblStyle) w:val="([^"]+)"', xml))
    assert used <= {style.style_id for style in word.styles}


def test_pdf_is_accessible(pdf):
    root = pdf.trailer["/Root"]
    assert b"pdfuaid:part" in root["/Metadata"].get_data()
    assert pdf.metadata.title == "Every construct of the subset"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert pdf.outline
    fonts = [
        font.get_object()
        for part in pdf.pages
        for font in part["/Resources"].get("/Font", {}).values()
    ]
    assert fonts
    for font in fonts:
        below = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
        assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(below["/FontDescriptor"])


def captions(text):
    found = re.findall(r"(?:Figure|Table)\s\d+(?=: )", re.sub(r"\s", " ", text))
    return sorted(set(found))


def test_all_formats_number_alike(page, word, pdf):
    paragraphs = "\n".join(
        "".join(node.text or "" for node in item._p.iter() if node.tag.endswith("}t"))
        for item in word.paragraphs
    )
    texts = (without_tags(page), paragraphs, " ".join(part.extract_text() for part in pdf.pages))
    expected = [*(f"Figure {n}" for n in (1, 2, 3)), *(f"Table {n}" for n in (1, 2, 3, 4))]
    for text in texts:
        assert captions(text) == expected
        assert "?@" not in text
    assert ["Only in the browser." in text for text in texts] == [True, False, False]
    assert ["Not in the browser." in text for text in texts] == [False, True, True]
