"""The parts that the lint and the engines are made of, without a kernel or a converter."""

import dataclasses

import pytest

from relatum.errors import ReportError
from relatum.reports import find_reports
from relatum.reports.cells import Execution, InlineValue, escape_markdown
from relatum.reports.markdown import compose_markdown
from relatum.reports.options import document_faults, key_lines, nearest
from relatum.reports.outputs import FORMATS, Output, Rendered, quarto_name, suffix
from relatum.reports.project import Settings, read_project, settings_for
from relatum.reports.source import Cell, Prose, read_source, without_code


@pytest.fixture
def write(tmp_path):
    def put(text, name="doc.qmd"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return put


def test_source_keeps_line_numbers_through_includes(write):
    write("inner one\ninner two\n", "_part.qmd")
    source = read_source(write("---\ntitle: T\n---\nfirst\n{{< include _part.qmd >}}\nlast\n"))
    places = [(line.file, line.number, line.text) for line in source.prose_lines()]
    assert places == [
        ("doc.qmd", 4, "first"),
        ("_part.qmd", 1, "inner one"),
        ("_part.qmd", 2, "inner two"),
        ("doc.qmd", 6, "last"),
    ]


def test_an_include_of_itself_is_a_fault(write):
    source = read_source(write("{{< include doc.qmd >}}\n"))
    assert [issue.rule for issue in source.faults] == ["include"]


def test_cells_split_prose_and_keep_options(write):
    text = "a\n\n```{python}\n#| label: fig-x\n#| echo: false\nx = 1\n```\n\nb\n"
    parts = read_source(write(text)).parts
    assert [type(part) for part in parts] == [Prose, Cell, Prose]
    cell = parts[1]
    assert (cell.label, cell.options["echo"], cell.code) == ("fig-x", False, "x = 1")
    assert cell.line.number == 3


def test_a_cell_inside_a_longer_fence_is_only_text(write):
    source = read_source(write("````markdown\n```{python}\nboom\n```\n````\n"))
    assert list(source.cells()) == []
    assert all(line.verbatim for line in source.prose_lines())


def test_lines_inside_display_mathematics_are_left_alone(write):
    source = read_source(write("$$\n\\frac{a}{b} @fig-x\n$$ {#eq-a}\nafter\n"))
    assert [line.verbatim for line in source.prose_lines()] == [False, True, False, False]


def test_front_matter_that_never_ends(write):
    with pytest.raises(ReportError, match=r"doc.qmd:1 \[front_matter\]"):
        read_source(write("---\ntitle: T\n"))


def test_a_file_that_is_not_utf8(tmp_path):
    path = tmp_path / "doc.qmd"
    path.write_bytes("é".encode("latin-1"))
    with pytest.raises(ReportError, match="not UTF-8"):
        read_source(path)


def test_code_spans_are_blanked_at_their_length():
    assert without_code("a ``b ` @c`` d") == "a" + " " * 12 + "d"
    assert len(without_code("x `y` z")) == len("x `y` z")


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        ({"text/plain": "73"}, "73"),
        ({"text/plain": "-0.5"}, "-0.5"),
        ({"text/plain": "True"}, "True"),
        ({"text/plain": "'a_b'"}, r"a\_b"),
        ({"text/plain": '"it\'s *so*"'}, r"it\'s \*so\*"),
        ({"text/plain": "<obj>", "text/markdown": "**m**"}, "**m**"),
    ],
)
def test_inline_values_follow_quarto(data, shown):
    assert InlineValue(data=data).markdown == shown


def test_every_mark_of_markdown_is_escaped():
    for mark in r"\`*_{}[]()<>#+-.!@$~^|":
        assert escape_markdown(mark) == "\\" + mark


def test_option_faults_name_line_and_near_match():
    text = "title: T\nexecute:\n  ehco: false\n"
    lines = key_lines(text, first_line=2)
    config = {"title": "T", "execute": {"ehco": False}}
    (issue,) = document_faults(config, shown="d.qmd", lines=lines, project=False)
    assert (issue.row, issue.field, issue.near) == ("line 4", "execute.ehco", "echo")


def test_nearest_is_empty_when_nothing_is_alike():
    assert nearest("zzz", {"echo", "output"}) == ""


def test_the_shipped_project_is_inside_its_own_subset():
    folder = find_reports()
    project = read_project(folder / "any.qmd")
    assert project.faults == ()
    for wanted in FORMATS:
        settings = settings_for(project, "title: T", shown="any.qmd", wanted=wanted)
        assert settings.number_sections
        assert settings.toc
        assert all(path.is_file() for path in (*settings.bibliography, *settings.css))
    word = settings_for(project, "", shown="any.qmd", wanted="docx").reference_doc
    assert word is not None
    assert word.is_file()


def test_a_profile_lies_over_the_project(tmp_path):
    (tmp_path / "_quarto.yml").write_text("lang: en\nexecute:\n  echo: false\n", encoding="utf-8")
    overlay = tmp_path / "_quarto-anonymous.yml"
    overlay.write_text("execute:\n  warning: false\n", encoding="utf-8")
    project = read_project(tmp_path / "d.qmd", profile="anonymous")
    settings = settings_for(project, "", shown="d.qmd", wanted="html")
    assert (settings.execute.echo, settings.execute.warning) == (False, False)
    assert settings.lang == "en"


def test_a_document_outside_a_project(tmp_path):
    with pytest.raises(ReportError, match="not in a report project"):
        read_project(tmp_path / "d.qmd")


def test_authors_and_metadata(tmp_path):
    (tmp_path / "_quarto.yml").write_text("lang: en\n", encoding="utf-8")
    project = read_project(tmp_path / "d.qmd")
    front = (
        "author:\n  - name: Ada\n    orcid: 0000-0001\n    affiliation: U\n  - Ben\n"
        "date: 2024-05-01\nrelatum:\n  edition: 2\n"
    )
    settings = settings_for(project, front, shown="d.qmd", wanted="pdf")
    assert [(one.name, one.affiliation) for one in settings.authors] == [("Ada", "U"), ("Ben", "")]
    assert settings.meta["relatum.edition"] == "2"
    assert settings.date == "2024-05-01"


def test_names_of_formats():
    assert [quarto_name(wanted) for wanted in FORMATS] == ["html", "docx", "typst"]
    assert [suffix(wanted) for wanted in FORMATS] == [".html", ".docx", ".pdf"]


def test_asking_for_a_format_that_was_not_rendered(tmp_path):
    output = Output(format="html", path=tmp_path / "a.html")
    rendered = Rendered(document=tmp_path, engine="builtin", outputs=(output,))
    assert rendered.path("html") == output.path
    with pytest.raises(ReportError, match="'pdf' was not rendered"):
        rendered.path("pdf")
    with pytest.raises(dataclasses.FrozenInstanceError):
        rendered.engine = "quarto"


@pytest.mark.parametrize(("wanted", "shown"), [("html", "<b>rich</b>"), ("docx", "plain")])
def test_html_that_is_no_table_stays_in_the_browser(write, tmp_path, wanted, shown):
    source = read_source(write("```{python}\nx\n```\n"))
    data = {"text/html": "<b>rich</b>", "text/plain": "plain"}
    execution = Execution(outputs={0: ({"output_type": "display_data", "data": data},)})
    written = compose_markdown(
        source, execution, settings=Settings(), wanted=wanted, folder=tmp_path
    )
    assert shown in written
    assert ("rich" in written) == (wanted == "html")


def test_a_sentence_stands_where_a_figure_did_not_go_out(write, tmp_path):
    cell = "```{python}\n#| label: fig-a\n#| fig-cap: Shares\n#| fig-alt: Bars.\nx\n```\n"
    source = read_source(write(cell))

    def written(text):
        output = {"output_type": "display_data", "data": {"text/markdown": text}}
        return compose_markdown(
            source,
            Execution(outputs={0: (output,)}),
            settings=Settings(),
            wanted="html",
            folder=tmp_path,
        )

    made = written("*Not available: withheld by profile chapter5.*")
    assert "::: {#fig-a}" in made
    assert made.index("withheld by profile chapter5") < made.index("Shares")
    assert "Bars." not in made
    with pytest.raises(ReportError, match="shows 0 figures"):
        written("Something else.")
