"""Each construct of the subset, rendered by itself to HTML, Word and PDF."""

import html
import re
import shutil
import textwrap
import zipfile
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import docx
import pypdf
import pytest

from relatum.reports import FORMATS, check, find_reports, render

FIXTURES = Path(__file__).parent / "fixtures"


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """The visible text of one document in its three formats, blanks collapsed."""

    html: str
    docx: str
    pdf: str
    source: str

    def all(self):
        return {"html": self.html, "docx": self.docx, "pdf": self.pdf}


def collapse(text):
    return re.sub(r"\s+", " ", text.replace("\u00a0", " ").replace("\u00ad", "")).strip()


INLINE_TAG = re.compile(r"</?(?:em|strong|a|span|code|sup|sub|i|b|mi|mn|mo)\b[^>]*>")
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def html_text(path):
    body = path.read_text(encoding="utf-8").split("<body", 1)[1]
    body = re.sub(r"<annotation.*?</annotation>", "", body, flags=re.DOTALL)
    body = INLINE_TAG.sub("", body)
    return collapse(html.unescape(re.sub(r"<[^>]+>", " ", body)))


def docx_text(path):
    found = []
    with zipfile.ZipFile(path) as archive:
        for part in ("word/document.xml", "word/footnotes.xml"):
            for paragraph in ElementTree.fromstring(archive.read(part)).iter(f"{WORD}p"):
                found.append("".join(shown(node) for node in paragraph.iter()))
    return collapse(" ".join(found))


def shown(node):
    if node.tag.endswith("}tab"):
        return " "
    return node.text or "" if node.tag.endswith("}t") else ""


def pdf_text(path):
    pages = pypdf.PdfReader(path).pages
    return collapse(" ".join(page.extract_text() for page in pages))


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    folder.mkdir()
    for name in ("_quarto.yml", "authors.yml", "references.bib", "relatum.css", "reference.docx"):
        shutil.copy(find_reports() / name, folder)
    shutil.copy(FIXTURES / "dot.png", folder)
    return folder


@pytest.fixture
def rendered(project, tmp_path):
    def build(body, *, front="", profile=None):
        document = project / "small.qmd"
        head = f'---\ntitle: "Small"\n{textwrap.dedent(front)}---\n\n'
        document.write_text(head + textwrap.dedent(body).strip() + "\n", encoding="utf-8")
        assert check(document, profile=profile) == ()
        out = tmp_path / "out"
        made = render(document, formats=FORMATS, engine="builtin", out_dir=out, profile=profile)
        return Texts(
            html=html_text(made.path("html")),
            docx=docx_text(made.path("docx")),
            pdf=pdf_text(made.path("pdf")),
            source=made.path("html").read_text(encoding="utf-8"),
        )

    return build


def in_every_format(texts, *wanted):
    for name, text in texts.all().items():
        for part in wanted:
            assert part in text, f"{name} lacks {part!r}: {text[:400]}"


def in_no_format(texts, *unwanted):
    for name, text in texts.all().items():
        for part in unwanted:
            assert part not in text, f"{name} shows {part!r}"


PLAIN = {
    "emphasis": ("Some *slanted* and **strong** words.", ("slanted and strong words",)),
    "list": ("- one\n- two\n  - nested\n\n1. first\n2. second", ("one", "nested", "second")),
    "definition list": ("Term\n:   What it means.", ("Term", "What it means.")),
    "line block": ("| First line\n| second line", ("First line", "second line")),
    "quotation": ("> Said once.", ("Said once.",)),
    "inline note": ("Text.^[A remark.]", ("A remark.",)),
    "footnote": ("Text.[^n]\n\n[^n]: Another remark.", ("Another remark.",)),
    "code": ("```python\nvalue = 1\n```", ("value = 1",)),
    "link": ("See [the site](https://example.org).", ("the site",)),
    "span with a class": ("A [marked word]{.smallcaps} here.", ("here.",)),
    "page break": ("Before.\n\n{{< pagebreak >}}\n\nAfter.", ("Before.", "After.")),
    "meta shortcode": ("Language: {{< meta lang >}}.", ("Language: en-GB.",)),
    "comment": ("Seen.\n\n<!-- never seen -->", ("Seen.",)),
    "simple maths": ("An inline $x$ here.", ("An inline", "here.")),
}


@pytest.mark.parametrize("construct", PLAIN)
def test_plain_construct(rendered, construct):
    body, wanted = PLAIN[construct]
    texts = rendered(body)
    in_every_format(texts, *wanted)
    in_no_format(texts, "{{<", "never seen", "[^n]")


def test_table_is_numbered_captioned_and_referred_to(rendered):
    texts = rendered(
        """
        See @tbl-one and [-@tbl-one].

        | Key | Value |
        |:----|------:|
        | k   |    12 |

        : What it shows {#tbl-one}
        """
    )
    in_every_format(texts, "See Table 1 and 1.", "Table 1: What it shows", "12")
    in_no_format(texts, "@tbl", "tbl-one}")


def test_heading_inside_a_table_spans_its_row(rendered):
    texts = rendered(
        """
        | Code | n | share |
        |:-----|--:|------:|
        | **A group of codes with a long name** | | |
        | k    |  2 |   1 |
        | **both** | | 3 |
        """
    )
    in_every_format(texts, "A group of codes with a long name")
    assert texts.source.count('colspan="3"') == 1


def test_table_inside_a_div_takes_the_last_paragraph_as_its_caption(rendered):
    texts = rendered(
        """
        ::: {#tbl-two}

        | Key | Value |
        |-----|-------|
        | k   | v     |

        The caption below
        :::

        See @tbl-two.
        """
    )
    in_every_format(texts, "Table 1: The caption below", "See Table 1.")


@pytest.mark.parametrize(
    "body",
    [
        '![Cap](dot.png){#fig-x fig-alt="Grey square." width=30%}\n\nSee @fig-x.',
        '::: {#fig-x}\n![](dot.png){fig-alt="Grey square." width=2cm}\n\nCap\n:::\n\nSee @fig-x.',
    ],
    ids=["image", "div"],
)
def test_figure_is_numbered_and_described(rendered, project, tmp_path, body):
    texts = rendered(body)
    in_every_format(texts, "Figure 1: Cap", "See Figure 1.")
    assert 'alt="Grey square."' in texts.source
    xml = docx.Document(str(tmp_path / "out" / "small.docx")).element.xml
    assert 'descr="Grey square."' in xml
    assert b"Grey square." in uncompressed(tmp_path / "out" / "small.pdf")


def uncompressed(path):
    writer = pypdf.PdfWriter(clone_from=path)
    found = []
    for item in writer._objects:
        node = item.get_object() if item is not None else None
        if isinstance(node, dict) and "/Alt" in node:
            found.append(str(node["/Alt"]).encode())
    return b"\n".join(found)


def test_figures_and_tables_are_counted_apart_and_in_order(rendered):
    image = '![C{n}](dot.png){{#fig-{n} fig-alt="d"}}\n\n'
    table = "| a |\n|---|\n| 1 |\n\n: T{n} {{#tbl-{n}}}\n\n"
    body = "Text [@fig-b; @tbl-a] and @fig-a.\n\n" + "".join(
        piece.format(n=name)
        for piece, name in ((image, "a"), (table, "a"), (image, "b"), (table, "b"))
    )
    texts = rendered(body)
    in_every_format(texts, "Text Figure 2, Table 1 and Figure 1.", "Figure 2: Cb", "Table 2: Tb")


def test_section_numbers_and_references_agree(rendered):
    texts = rendered(
        """
        # First {#sec-first}

        See @sec-deep.

        # Second

        ## Deep {#sec-deep}

        # Loose {.unnumbered}
        """
    )
    in_every_format(texts, "See Section 2.1.", "1 First", "2.1 Deep")
    for text in texts.all().values():
        assert "3 Loose" not in text


def test_equation_is_numbered_and_referred_to(rendered):
    texts = rendered("$$ s = k / n $$ {#eq-share}\n\nSee @eq-share.")
    in_every_format(texts, "(1)", "See Equation 1.")
    assert "<math" in texts.source
    in_no_format(texts, "{#eq-share}")


def test_citation_and_list_of_references(rendered):
    texts = rendered(
        "Old news [@kish1965, p. 257].\n\n# References {.unnumbered}\n\n::: {#refs}\n:::"
    )
    in_every_format(texts, "(Kish 1965, 257)", "Survey")


@pytest.mark.parametrize("kind", ["note", "tip", "warning", "important", "caution"])
def test_callout_shows_title_and_body(rendered, kind):
    texts = rendered(
        f"""
        ::: {{.callout-{kind}}}
        The body.
        :::

        ::: {{.callout-{kind} title="Own title"}}
        Second body.
        :::
        """
    )
    in_every_format(texts, kind.title(), "The body.", "Own title", "Second body.")
    in_no_format(texts, "callout-")


def test_banner_for_simulated_data_is_seen_everywhere(rendered):
    texts = rendered("::: {.simulated-banner}\nSimulated data, no findings.\n:::")
    in_every_format(texts, "Simulated data, no findings.")
    assert "simulated-banner" in texts.source


def test_content_by_format(rendered):
    texts = rendered(
        """
        ::: {.content-visible when-format="html"}
        browser only
        :::

        ::: {.content-hidden when-format="html"}
        not in browser
        :::

        ::: {.content-visible unless-format="docx"}
        not in Word
        :::

        Text [and PDF]{.content-visible when-format="typst"} end.
        """
    )
    seen = {
        name: [part for part in ("browser only", "not in browser", "not in Word", "and PDF")
               if part in text]
        for name, text in texts.all().items()
    }  # fmt: skip
    assert seen == {
        "html": ["browser only", "not in Word"],
        "docx": ["not in browser"],
        "pdf": ["not in browser", "not in Word", "and PDF"],
    }


@pytest.mark.parametrize("profile", [None, "anonymous"])
def test_content_by_profile(rendered, profile):
    texts = rendered(
        """
        ::: {.content-hidden when-profile="anonymous"}
        with names
        :::

        ::: {.content-visible when-profile="anonymous"}
        without names
        :::
        """,
        profile=profile,
    )
    shown, hidden = ("without names", "with names") if profile else ("with names", "without names")
    in_every_format(texts, shown)
    for text in texts.all().values():
        assert hidden not in text.replace(shown, "")


def test_front_matter_fills_the_title_block(rendered):
    texts = rendered(
        "Body.",
        front="""\
        subtitle: "Underline"
        author:
          - name: Ada Example
            orcid: 0000-0002-1825-0097
            affiliation: Institute of Examples
          - Ben Sample
        date: 2024-05-01
        abstract: |
          What it is **about**.
        keywords: [one, two]
        """,
    )
    in_every_format(texts, "Small", "Underline", "Ada Example", "Ben Sample", "What it is about.")


def test_include_is_put_in_its_place(rendered, project):
    (project / "_part.qmd").write_text("Included words.\n", encoding="utf-8")
    texts = rendered("Before.\n\n{{< include _part.qmd >}}\n\nAfter.")
    in_every_format(texts, "Before. Included words. After.")


def test_html_needs_no_network_and_pdf_is_tagged(rendered, tmp_path):
    texts = rendered('![Cap](dot.png){#fig-x fig-alt="Grey square."}\n\n$x$')
    assert not re.search(r'(?:src|href)="(?:https?:)?//', texts.source)
    assert "<script" not in texts.source
    catalogue = pypdf.PdfReader(tmp_path / "out" / "small.pdf").trailer["/Root"]
    assert catalogue["/MarkInfo"]["/Marked"]
    assert str(catalogue["/Lang"]).startswith("en")
