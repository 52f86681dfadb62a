"""The styles of the Word reports are built by a script, and the committed file is its output."""

import io

import docx

from relatum.reports import find_reports
from relatum.reports.make_reference_docx import BOXES, LOOKS, main, make_reference_docx


def test_the_committed_file_is_what_the_script_makes(tmp_path):
    target = tmp_path / "reference.docx"
    main([str(target)])
    assert target.read_bytes() == (find_reports() / "reference.docx").read_bytes()


def test_every_style_that_the_filters_name_is_there():
    word = docx.Document(io.BytesIO(make_reference_docx()))
    names = {style.name for style in word.styles}
    assert set(LOOKS) <= names
    assert {"Callout Title", "Callout End", "Simulated Banner", "Table Text"} <= names
    assert set(BOXES) <= names


def test_page_numbers_stand_in_the_footer():
    word = docx.Document(io.BytesIO(make_reference_docx()))
    assert "PAGE" in word.sections[0].footer.paragraphs[0]._p.xml
