"""The leak scan: every planted leak is found, its place is named, its value never printed."""

import base64
import io
import struct
import zipfile
import zlib

import docx
import pytest
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, NameObject, TextStringObject

from relatum.cli.common import error_payload
from relatum.errors import ReportError
from relatum.reports import leaks
from relatum.reports.identity import address, identity_of, machine_identity, normal, read_identity
from relatum.reports.leaks import Works, raise_leaks, read_works, scan, scan_content
from relatum.reports.scrub import scrub_docx, scrub_pdf

IDENTITY = {
    "authors": [
        {
            "given-names": "José Maria",
            "name-particle": "van der",
            "family-names": "Voorbeeld",
            "orcid": "https://orcid.org/0000-0002-1825-0097",
            "email": "jose.voorbeeld@institute.example",
            "affiliation": "Institute for Imagined Studies, Utopia",
        },
        {"name": "The example developers"},
    ],
    "repository-code": "https://github.com/example-group/example-tool.git",
    "doi": "10.5555/zenodo.12345",
    "acknowledgements": "We thank the Example Fund, grant EX-42.",
    "relatum": {"hide": ["Project Nightingale"]},
    "references": [{"authors": [{"name": "Somebody Else"}], "doi": "10.1000/other"}],
}
SECRETS = identity_of(IDENTITY)


def kinds(name, content, **more):
    data = content.encode() if isinstance(content, str) else content
    return {
        issue.message.split(" stands")[0] for issue in scan_content(name, data, SECRETS, **more)
    }


def places(name, content):
    return [issue.row for issue in scan_content(name, content, SECRETS)]


# In pieces, for no file of the source may hold what a machine's path begins with.
FILE = "file:" + "///"
NAME, ORCID, MAIL = "An author's name", "An ORCID", "An e-mail address"
PLACE, REPOSITORY, DOI = "An affiliation", "A repository address", "A DOI of the software"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("José Maria van der Voorbeeld", NAME),
        ("written by jose van der VOORBEELD", NAME),
        ("Van der Voorbeeld, José", NAME),
        ("J.M. van der Voorbeeld", NAME),
        ("van der Voorbeeld, J. M.", NAME),
        ("Jos\u00e9 M. van der Voor\u00adbeeld", NAME),
        ("José Maria van\nder Voor-\nbeeld", NAME),
        ("the Example developers", NAME),
        ("0000-0002-1825-0097", ORCID),
        ("https://orcid.org/0000-0001-5109-3700", ORCID),
        ("0000-0002-\n1825-0097", ORCID),
        ("Jose.Voorbeeld@institute.example", MAIL),
        ("somebody@else.example", MAIL),
        ("Institute for Imagined Studies (Utopia)", PLACE),
        ("http://www.github.com/Example-Group/ example-tool/issues", REPOSITORY),
        ("github.com/example-\ngroup/example-tool", REPOSITORY),
        ("https://doi.org/10.5555/zenodo.12345", DOI),
        ("We thank the Example Fund, grant EX-42", "An acknowledgement"),
        ("project  nightingale", "A hidden word"),
        ("/home/someone/study/x.csv", "A path of a machine"),
        (f"{FILE}data/x", "A path of a machine"),
        ("C:\\Users\\someone\\x", "A path of a machine"),
        ("\\\\server\\share\\x", "A path of a machine"),
        ("/tmp/relatum-report-abc/x.py", "A path of a machine"),
    ],
)
def test_every_form_of_a_leak_is_found_in_text_attribute_and_table(text, kind):
    assert kinds("notes.txt", text) >= {kind}
    markup = text.replace("&", "&amp;").replace('"', "&quot;")
    assert kinds("a.html", f"<p>Before <b>{markup}</b> after.</p>") >= {kind}
    assert kinds("a.html", f'<img alt="Before {markup} after">') >= {kind}


@pytest.mark.parametrize(
    "text",
    [
        "Somebody Else wrote 10.1000/other.",
        "The example of developers; an institute for studies.",
        "Voorbeeld means example; van der Berg, M.",
        "https://doi.org/10.1007/s10610-013-9226-2 and https://example.org/home/page/x",
        "and/or, he/she, 2006/2010, n/a, km/h, reports/home/page.html, ../tmp/x",
        "Table 3: 0000-0002",
        "@verhoeven2015 and @fig-one",
    ],
)
def test_what_tells_nothing_is_left_alone(text):
    assert kinds("notes.txt", text) == set()
    assert kinds("a.html", f"<p>{text}</p>") == set()


def test_a_leak_in_markup_is_told_by_line_and_attribute():
    page = (
        "<html>\n<head><meta name='author' content='The example developers'></head>\n"
        "<!-- José van der Voorbeeld -->\n<p>By <em>José</em> van der\nVoorbeeld</p>"
        "<script>var a = 'grant: Project Nightingale'</script></html>"
    ).encode()
    assert places("a.html", page) == [
        "line 2, attribute 'content' of <meta>",
        "line 3, comment",
        "line 4",
        "line 5",
    ]


def png(*chunks):
    parts = [b"\x89PNG\r\n\x1a\n"]
    for kind, data in (*chunks, (b"IEND", b"")):
        parts.append(struct.pack(">I4s", len(data), kind) + data + b"\0\0\0\0")
    return b"".join(parts)


AUTHOR = "José van der Voorbeeld"
IMAGES = {
    "tEXt": png((b"tEXt", b"Author\0The example developers")),
    "zTXt": png((b"zTXt", b"Author\0\0" + zlib.compress(b"The example developers"))),
    "iTXt": png((b"iTXt", b"Author\0\0\0\0\0" + AUTHOR.encode())),
    "iTXt packed": png((b"iTXt", b"Author\0\1\0en\0\0" + zlib.compress(AUTHOR.encode()))),
    "eXIf": png((b"eXIf", b"II*\0xxxxThe example developers\0")),
    "behind": png() + b"The example developers",
    "jpeg": b"\xff\xd8\xff\xe1" + struct.pack(">H", 24) + b"The example developers\xff\xd9",
    "jpeg note": b"\xff\xd8\xff\xfe" + struct.pack(">H", 24) + b"The example developers\xff\xd9",
}


@pytest.mark.parametrize("content", IMAGES.values(), ids=IMAGES)
def test_images_are_read_alone_and_inside_a_page(content):
    assert kinds("x.png", content) == {NAME}
    inside = f'<img src="data:image/png;base64,{base64.b64encode(content).decode()}">'
    assert kinds("a.html", inside) == {NAME}


def test_a_drawing_inside_a_page_is_read():
    drawing = f"<svg><metadata><dc:creator>{AUTHOR}</dc:creator></metadata></svg>"
    packed = base64.b64encode(drawing.encode()).decode()
    found = places("a.html", f'<p>\n<img src="data:image/svg+xml;base64,{packed}"></p>'.encode())
    assert found == ["line 2, attribute 'src' of <img>, file 1 in it, line 1"]


def word(change):
    document = docx.Document()
    document.core_properties.author = ""
    document.core_properties.comments = ""
    change(document)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def with_part(content, name, text):
    buffer = io.BytesIO(content)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr(name, text)
    return buffer.getvalue()


def test_word_text_split_over_runs_is_found_in_body_header_and_footnote():
    def change(document):
        paragraph = document.add_paragraph("By ")
        for part in ("José van ", "der Voor", "beeld"):
            paragraph.add_run(part)
        document.sections[0].header.paragraphs[0].text = "The example developers"

    content = word(change)
    assert kinds("a.docx", content) == {NAME}
    assert places("a.docx", content)[0].startswith("word/document.xml, paragraph 1")
    assert any(place.startswith("word/header1.xml") for place in places("a.docx", content))


WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
EXTENDED = 'xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"'
PARTS = {
    "docProps/extra.xml": f"<Properties {EXTENDED}><Manager>{AUTHOR}</Manager></Properties>",
    "word/comments.xml": f'<w:comments {WORD}><w:comment w:author="{AUTHOR}"/></w:comments>',
    "word/people.xml": f'<w:people {WORD}><w:person w:author="{AUTHOR}"/></w:people>',
    "word/_rels/x.xml.rels": f'<r><a Target="{FILE}home/someone/normal.dotm"/></r>',
    "word/media/a.png": IMAGES["tEXt"],
}


@pytest.mark.parametrize("part", PARTS)
def test_every_part_of_a_word_file_is_read(part):
    empty = io.BytesIO()
    zipfile.ZipFile(empty, "w").close()
    clean = with_part(empty.getvalue(), "word/document.xml", f"<w:document {WORD}/>")
    assert kinds("a.docx", clean) == set()
    found = places("a.docx", with_part(clean, part, PARTS[part]))
    assert found
    assert all(place.startswith(part) for place in found)


def pdf(*, info=None, xmp="", link="", alt="", attached=""):
    writer = PdfWriter()
    page = writer.add_blank_page(100, 100)
    writer.metadata = {"/Title": "A title", "/Creator": "Typst", **(info or {})}
    if xmp:
        stream = DecodedStreamObject()
        stream.set_data(xmp.encode())
        stream.update({NameObject("/Type"): NameObject("/Metadata")})
        writer.root_object[NameObject("/Metadata")] = writer._add_object(stream)
    if link:
        writer.add_uri(0, link, (0, 0, 10, 10))
    if alt:
        page[NameObject("/Alt")] = TextStringObject(alt)
    if attached:
        writer.add_attachment("x.txt", attached.encode())
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


PDFS = {
    "author": {"info": {"/Author": AUTHOR}},
    "own key": {"info": {"/Company": "Institute for Imagined Studies, Utopia"}},
    "xmp": {"xmp": f"<x><dc:creator><rdf:li>{AUTHOR}</rdf:li></dc:creator></x>"},
    "link": {"link": "https://github.com/example-group/example-tool"},
    "alternative text": {"alt": f"Drawn by {AUTHOR}"},
    "attached": {"attached": "The example developers"},
}


@pytest.mark.parametrize("case", PDFS)
def test_a_pdf_is_read_where_nothing_is_printed(case):
    assert kinds("a.pdf", pdf()) == set()
    assert kinds("a.pdf", pdf(**PDFS[case]))


def test_a_typeset_pdf_is_read_word_by_word(tmp_path):
    typst = pytest.importorskip("typst")
    source = tmp_path / "a.typ"
    source.write_text(
        '#set page(width: 5cm, height: auto)\n#set text(hyphenate: true, lang: "nl")\n'
        "#set par(justify: true)\nEen zeer lange zin geschreven door *José* van der Voorbeeld, "
        "#line(length: 2cm) die woont.\n#pagebreak()\n0000-0002-1825-0097",
        encoding="utf-8",
    )
    content = typst.compile(str(source))
    found = scan_content("a.pdf", content, SECRETS)
    assert [(issue.row, issue.message.split(" stands")[0]) for issue in found] == [
        ("page 1", NAME),
        ("page 2", ORCID),
    ]


def test_metadata_of_word_files_is_cleaned_and_the_text_kept():
    def change(document):
        document.core_properties.author = AUTHOR
        document.core_properties.last_modified_by = AUTHOR
        document.core_properties.category = "Project Nightingale"
        paragraph = document.add_paragraph("The text.")
        paragraph._p.set(docx.oxml.ns.qn("w:rsidR"), "00AB12CD")

    content = with_part(word(change), "word/people.xml", PARTS["word/people.xml"])
    content = with_part(content, "word/comments.xml", PARTS["word/comments.xml"])
    cleaned = scrub_docx(content)
    assert kinds("a.docx", content) == {NAME, "A hidden word"}
    assert kinds("a.docx", cleaned) == set()
    assert [p.text for p in docx.Document(io.BytesIO(cleaned)).paragraphs] == ["The text."]
    assert b"00AB12CD" not in zipfile.ZipFile(io.BytesIO(cleaned)).read("word/document.xml")
    assert scrub_docx(content) == cleaned


@pytest.mark.parametrize("case", ["author", "own key", "xmp"])
def test_metadata_of_pdf_files_is_cleaned(case):
    cleaned = scrub_pdf(pdf(**PDFS[case]))
    assert kinds("a.pdf", cleaned) == set()
    assert b"A title" in cleaned
    assert scrub_pdf(cleaned) == cleaned


def test_an_author_may_be_cited_like_anyone_else(tmp_path):
    bib = tmp_path / "references.bib"
    bib.write_text(
        "@article{a,\n  author = {van der Voorbeeld, Jos{\\'e} and Other, Ann},\n"
        "  title = {What Was Written Before},\n  year = {2020}\n}\n",
        encoding="utf-8",
    )
    works = read_works([bib, tmp_path / "missing.bib"])
    entry = "<div>van der Voorbeeld, José, and Ann Other. 2020. “What Was Written Before.”</div>"
    assert kinds("a.html", entry) == {NAME}
    assert kinds("a.html", entry, works=works) == set()
    assert kinds("a.html", "<p>By José van der Voorbeeld</p>" + entry, works=works) == {NAME}
    assert Works().entries == ()


def test_a_folder_is_scanned_with_names_of_files_and_nothing_is_printed(tmp_path):
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "a.html").write_text(AUTHOR, encoding="utf-8")
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "a.csv").write_text(f"x\n{AUTHOR}\n", encoding="utf-8")
    (tmp_path / "van der Voorbeeld, J.txt").write_text("x", encoding="utf-8")
    (tmp_path / "fonts.bin").write_bytes(b"\0\0" + AUTHOR.encode("utf-16-le"))
    found = scan(tmp_path, SECRETS, skip=["reports"])
    assert [(issue.table, issue.row) for issue in found] == [
        ("fonts.bin", "bytes (two each)"),
        ("tables/a.csv", "line 2"),
        ("van der Voorbeeld, J.txt", "name of the file"),
    ]
    with pytest.raises(ReportError, match="2 places") as caught:
        raise_leaks(found[:2])
    assert caught.value.exit_code == 14
    said = str(error_payload(caught.value)) + repr(SECRETS) + repr(found[:2])
    for word_ in ("oorbeeld", "José", "1825", "Utopia", "ightingale"):
        assert word_ not in said
    raise_leaks(())


def test_the_identity_is_read_from_the_project(tmp_path):
    project = tmp_path / "reports"
    project.mkdir()
    (project / "_quarto.yml").write_text("project:\n  type: default\n", encoding="utf-8")
    (project / "authors.yml").write_text("author:\n  - name: Ada First\n", encoding="utf-8")
    (project / "_quarto-anonymous.yml").write_text(
        "relatum:\n  hide: [Grant 7]\n", encoding="utf-8"
    )
    (tmp_path / "CITATION.cff").write_text("authors:\n  - name: Bea Second\n", encoding="utf-8")
    document = project / "a.qmd"
    document.write_text('---\ntitle: "A"\nauthor: Cem Third\n---\nText\n', encoding="utf-8")
    secrets = read_identity(project, [document])
    text = "Ada First. Bea Second. Cem Third. grant 7."
    found = scan_content("a.txt", text.replace(". ", "\n").encode(), secrets)
    assert [issue.row for issue in found] == ["line 1", "line 2", "line 3", "line 4"]


def test_the_machine_is_known_by_folder_and_account(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path / "Own Home"))
    monkeypatch.setattr("getpass.getuser", lambda: "voorb01")
    secrets = machine_identity()
    text = f"kept in {tmp_path}/Own Home/x\nby VOORB01\nfor voorb012"
    found = scan_content("a.txt", text.encode(), secrets)
    assert {(issue.row, issue.message.split(" stands")[0]) for issue in found} >= {
        ("line 1", "A folder of this machine"),
        ("line 2", "A user name"),
    }
    assert not [issue for issue in found if issue.row == "line 3"]
    monkeypatch.setattr("getpass.getuser", lambda: "root")
    assert not [secret for secret in machine_identity() if secret.kind == "user name"]


def test_forms_for_comparison():
    assert normal("Ünï-\ncode  X") == "unicode x"
    assert address("git@github.com:a/b.git") == "github.com/a/b"
    assert {secret.kind for secret in leaks.GENERAL} == {
        "path of a machine",
        "e-mail address",
        "ORCID",
    }
