"""Tables as files for Word, Typst and LaTeX: opened again, compiled, compared cell by cell."""

import io
import re
import shutil
import subprocess
import zipfile
from typing import get_args

import docx
import pytest
from docx.oxml.ns import qn

from relatum.errors import UsageError
from relatum.study.plans import TableForm as PlannedForm
from relatum.tables.files import FORMS, TableForm, table_files
from relatum.tables.table import Column, Row, Table
from relatum.tables.typst import typst_text

HARD = '#set $x$ *b* _i_ `c` <l> @r [s] ~ -- \\d "q" // e 1. /* - = + & % {p} é ≤ −3'
ROWS = (
    Row(cells=("large, of all", "26", "12 (46%)"), group="Cases & more"),
    Row(cells=(HARD, "1", "–"), group="Cases & more"),
    Row(cells=("small", "3", ""), group="Others"),
)
TABLE = Table(
    title="Sizes & <shares>",
    columns=(
        Column(label="Case", width=4),
        Column(label="n", align="right", width=1),
        Column(label="Standardised", align="right", width=1),
    ),
    rows=ROWS,
    footnotes=("n: couples.", HARD),
)
LONG = Table(title="Long", columns=TABLE.columns, rows=ROWS[2:] * 90)


def opened(table):
    return docx.Document(io.BytesIO(table.docx()))


def texts(word):
    return [[cell.text for cell in row.cells] for row in word.tables[0].rows]


def test_word_holds_title_cells_groups_and_footnotes_in_order():
    word = opened(TABLE)
    assert [p.text for p in word.paragraphs] == [TABLE.title, *TABLE.footnotes]
    assert word.paragraphs[0].style.name == "Caption"
    assert word.paragraphs[0].paragraph_format.keep_with_next or (
        word.styles["Caption"].paragraph_format.keep_with_next
    )
    assert texts(word) == [
        ["Case", "n", "Standardised"],
        ["Cases & more"] * 3,
        list(ROWS[0].cells),
        list(ROWS[1].cells),
        ["Others"] * 3,
        list(ROWS[2].cells),
    ]
    order = [child.tag.split("}")[1] for child in word.element.body]
    assert order == ["p", "tbl", "p", "p", "sectPr"]


def test_word_repeats_its_header_row_and_keeps_rows_whole():
    table = opened(TABLE).tables[0]
    marked = [row._tr.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None for row in table.rows]
    assert marked == [True, *[False] * 5]
    assert all(
        row._tr.find(f"{qn('w:trPr')}/{qn('w:cantSplit')}") is not None for row in table.rows
    )
    said = table._tbl.tblPr.find(qn("w:tblCaption"))
    assert said.get(qn("w:val")) == TABLE.title


def test_word_puts_numbers_on_the_right_and_breaks_no_word_that_has_room():
    table = opened(TABLE).tables[0]
    sides = [cell.paragraphs[0].alignment for cell in table.rows[2].cells]
    assert [side is None for side in sides] == [True, False, False]
    widths = [int(col.get(qn("w:w"))) for col in table._tbl.tblGrid]
    # 12 letters of 8.5 points, each 0.72 of that, are 73 points.
    assert widths[2] > 20 * 12 * 8.5 * 0.72
    assert widths[0] > widths[2] > widths[1]


def test_columns_without_enough_room_keep_their_shares():
    columns = tuple(Column(label="n" * 30, width=at) for at in (1, 2, 3))
    table = opened(Table(title="T", columns=columns, rows=())).tables[0]
    widths = [int(col.get(qn("w:w"))) for col in table._tbl.tblGrid]
    assert widths == pytest.approx([sum(widths) * at / 6 for at in (1, 2, 3)], abs=2)


def test_a_table_of_many_columns_stands_on_a_turned_page():
    columns = tuple(Column(label=str(at)) for at in range(8))
    page = opened(Table(title="T", columns=columns, rows=())).sections[0]
    assert page.page_width > page.page_height
    page = opened(TABLE).sections[0]
    assert page.page_width < page.page_height


def test_word_files_are_the_same_in_every_build_and_name_nobody():
    content = TABLE.docx()
    assert content == TABLE.docx()
    with zipfile.ZipFile(io.BytesIO(content)) as held:
        assert {entry.date_time for entry in held.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = held.read("docProps/core.xml").decode()
    assert "1980-01-01" in core
    assert not re.search(r"python-docx|<dc:creator>[^<]", core)


def test_typst_compiles_and_holds_every_word():
    import typst
    from pypdf import PdfReader

    content = typst.compile(TABLE.typst(label="tab-a").encode(), format="pdf")
    text = " ".join(PdfReader(io.BytesIO(content)).pages[0].extract_text().split())
    for words in (TABLE.title, "12 (46%)", "Cases & more", "Others", "Standardised", "n: couples."):
        assert words in text, words
    # Letters that Typst would read as markup come out as they are.
    squeezed = text.replace(" ", "")
    assert squeezed.count('#set$x$*b*_i_`c`<l>@r[s]~--\\d"q"//e1./*-=+&%{p}') == 2


def test_typst_repeats_its_header_on_every_page_and_can_be_named():
    import typst
    from pypdf import PdfReader

    source = f"#set figure(numbering: none)\n{LONG.typst()}"
    pages = PdfReader(io.BytesIO(typst.compile(source.encode(), format="pdf"))).pages
    assert len(pages) > 1
    assert all("Standardised" in page.extract_text() for page in pages)
    named = f"See @tab-a.\n{TABLE.typst(label='tab-a')}".encode()
    text = PdfReader(io.BytesIO(typst.compile(named, format="pdf"))).pages[0].extract_text()
    assert "See Table\u00a01." in text or "See Table 1." in text


def test_a_line_in_a_cell_does_not_end_its_string():
    assert typst_text('a\n"b" \\') == '"a \\"b\\" \\\\"'


def test_control_characters_of_a_pasted_label_break_no_file():
    label = "a\x0bb"
    rows = (Row(cells=(label,), group=label),)
    table = Table(title=label, columns=(Column(label=label),), rows=rows, footnotes=(label,))
    word = opened(table)
    assert [p.text for p in word.paragraphs] == ["a b", "a b"]
    assert texts(word) == [["a b"]] * 3
    assert typst_text("a\x0b\tb") == '"a  b"'


def test_latex_compiles(tmp_path):
    if shutil.which("pdflatex") is None:
        pytest.skip("pdflatex is not installed")
    source = (
        "\\documentclass{article}\\usepackage[T1]{fontenc}\\usepackage[utf8]{inputenc}"
        "\\usepackage{array,booktabs,longtable}\\begin{document}\n"
        f"{TABLE.latex(label='tab:a')}{LONG.latex()}\\end{{document}}"
    )
    (tmp_path / "a.tex").write_text(source, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "a.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-800:]
    assert (tmp_path / "a.pdf").exists()


def test_only_the_forms_that_are_asked_for_are_written_in_one_order():
    assert list(table_files(TABLE, "a", forms=("typ", "html"))) == ["a.csv", "a.html", "a.typ"]
    assert list(table_files(TABLE, "a", forms=())) == ["a.csv"]
    assert len(table_files(TABLE, "a")) == 1 + len(FORMS)


def test_a_form_that_is_none_is_refused_with_what_there_is():
    with pytest.raises(UsageError, match=r"'rtf', 'odt'; there are: html, tex, docx, typ"):
        table_files(TABLE, "a", forms=("rtf", "html", "odt"))


def test_a_plan_knows_the_forms_that_tables_know():
    assert get_args(PlannedForm) == get_args(TableForm) == FORMS
