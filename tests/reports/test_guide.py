"""The user guide: its commands, cells and examples run and print what its pages show.

``RELATUM_SNAPSHOTS=write`` puts what commands and cells print into the pages; read the diff. A
block with a line ``...`` is left as it is: the dots stand for whatever is printed between.
"""

import doctest
import os
import re
import shlex
import shutil
from html import unescape
from pathlib import Path
from typing import get_args

import pytest

from relatum.cli.main import main, present_verbs
from relatum.reports import check, find_reports, render
from relatum.reports.options import CELL_KEYS, DOCUMENT_KEYS
from relatum.reports.project import read_project
from relatum.reports.quarto import compose_call
from relatum.reports.source import read_source
from relatum.study import Profile

GUIDE = find_reports() / "guide"
ROOT = find_reports().parent
PAGES = (
    "install", "reproduce", "your-data", "compare", "read-a-report", "long-runs",
    "large-registries", "extend", "methods", "quarto-subset",
)  # fmt: skip
WRITE = os.environ.get("RELATUM_SNAPSHOTS") == "write"
# A file that the page shows, a block of commands, or a block of Python; in the order of the page.
STEP = re.compile(
    r"`(?P<file>[\w.-]+)`:\n\n```(?:csv|toml)\n(?P<content>.*?)```"
    r"|^```(?P<kind>console|python)\n(?P<block>.*?)^```",
    re.DOTALL | re.MULTILINE,
)
COMMAND = re.compile(r"^\$ (.+)\n", re.MULTILINE)
ENDS = re.compile(r"# ends with (\d+)$")
SHELL = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)
EXAMPLE = re.compile(r"^````text\n(.*?)^````", re.DOTALL | re.MULTILINE)
REFUSED = re.compile(r"^\| `(?P<text>.+?)` \| (?P<rule>\w+) \|", re.MULTILINE)
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
SETTINGS = ("_quarto.yml", "authors.yml", "references.bib", "relatum.css", "reference.docx")


def page(name):
    return (GUIDE / f"{name}.qmd").read_text(encoding="utf-8")


# --- commands and cells ------------------------------------------------------------------------


@pytest.mark.parametrize("name", PAGES)
def test_the_page_prints_what_it_shows(name, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    names: dict[str, object] = {}
    text = page(name)
    for step in STEP.finditer(text):
        if step["file"]:
            Path(step["file"]).write_text(step["content"], encoding="utf-8")
            continue
        run = run_commands if step["kind"] == "console" else run_python
        said = run(step["block"], names, capsys)
        if WRITE and not re.search(r"^\.{3}", step["block"], re.MULTILINE):
            text = text.replace(step["block"], said)
        else:
            assert_alike(step["block"], said)
    if WRITE:
        (GUIDE / f"{name}.qmd").write_text(text, encoding="utf-8", newline="\n")


def run_commands(block, _, capsys):
    """Run each command and return the block as it should stand."""
    said = ""
    for line in COMMAND.findall(block):
        ends = ENDS.search(line)
        program, *words = shlex.split(line, comments=True)
        capsys.readouterr()
        if program == "mkdir":
            Path(*words).mkdir()
        else:
            assert program == "relatum"
            code = main(words)
            assert code == (int(ends[1]) if ends else 0), capsys.readouterr().err
        printed = capsys.readouterr()
        said += f"$ {line}\n{printed.out}{printed.err}"
    return said


def run_python(block, names, _):
    """Run each example and return the block as it should stand."""
    said = ""
    for example in doctest.DocTestParser().get_examples(block):
        lines = example.source.splitlines()
        said += "\n".join([f">>> {lines[0]}", *(f"... {line}" for line in lines[1:])]) + "\n"
        said += evaluated(example.source, names)
    return said


def evaluated(source, names):
    runner = doctest.DocTestRunner(verbose=False)
    got = []
    runner.report_unexpected_exception = lambda *given: pytest.fail(f"{source}: {given[-1][1]!r}")
    runner.report_failure = lambda out, test, example, printed: got.append(printed)
    example = doctest.Example(source, "\0")
    test = doctest.DocTest([example], names, "guide", None, 0, None)
    runner.run(test, clear_globs=False)
    names.update(test.globs)
    return got[0] if got else ""


def assert_alike(shown, said):
    checker = doctest.OutputChecker()
    marked = re.sub(r"^\$ ", "> ", shown, flags=re.MULTILINE)
    printed = re.sub(r"^\$ ", "> ", said, flags=re.MULTILINE)
    if not checker.check_output(marked, printed, FLAGS):
        assert said == shown


def test_verbs_named_in_prose_exist():
    for name in PAGES:
        assert set(re.findall(r"`relatum ([a-z]+)", page(name))) <= set(present_verbs())


def test_make_targets_and_shell_lines_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    for name in PAGES:
        for block in SHELL.findall(page(name)):
            for line in block.splitlines():
                target = re.fullmatch(r"make (\w+)", line)
                if target:
                    assert re.search(rf"^{target[1]}:", makefile, re.MULTILINE), line
                else:
                    assert line in readme or line == ". .venv/bin/activate"


# --- the documents -----------------------------------------------------------------------------


def test_the_plan_of_the_guide_passes_the_lint_of_both_engines(capsys):
    assert main(["render", "--check", str(GUIDE / "guide.toml")]) == 0
    printed = capsys.readouterr().out
    assert all(f"guide/{name}.qmd" in printed for name in PAGES)
    assert {path.stem for path in GUIDE.glob("*.qmd")} == set(PAGES)


def test_a_document_of_a_sub_folder_is_rendered(tmp_path):
    """Settings and the style sheet come from the project above; shown constructs are not run."""
    document = GUIDE / "quarto-subset.qmd"
    made = render(document, formats=("html",), engine="builtin", out_dir=tmp_path)
    markup = made.path("html").read_text(encoding="utf-8")
    assert made.path("html") == tmp_path / "quarto-subset.html"
    assert "The relatum developers" in markup
    assert "<style" in markup
    shown = unescape(re.sub(r"<[^>]+>", "", markup))
    for text in ("{{< pagebreak >}}", "{{< include _part.qmd >}}", "{python} total", "#| fig-cap:"):
        assert text in shown
    assert "{{{" not in shown


def test_quarto_is_called_with_the_path_inside_the_project():
    document = GUIDE / "install.qmd"
    call = compose_call(
        read_source(document),
        read_project(document),
        formats=("html",),
        program="quarto",
        environment={},
    )
    assert call.arguments[:3] == ("quarto", "render", "guide/install.qmd")


def test_the_profiles_of_disclosure_control_are_named():
    text = page("your-data")
    assert all(f'"{name}"`' in text for name in get_args(Profile))


def test_the_guide_names_no_address_but_dois():
    for name in PAGES:
        for address in re.findall(r"https?://[^\s)>\"]+", page(name)):
            assert address.startswith("https://doi.org/"), f"{name}: {address}"


# --- the subset --------------------------------------------------------------------------------


@pytest.fixture
def faults(tmp_path):
    for name in SETTINGS:
        if (find_reports() / name).is_file():
            shutil.copy(find_reports() / name, tmp_path)
    fixtures = Path(__file__).parent / "fixtures"
    shutil.copy(fixtures / "dot.png", tmp_path / "picture.png")
    shutil.copy(fixtures / "dot.png", tmp_path / "map.svg")
    shutil.copy(fixtures / "_part.qmd", tmp_path)

    def of(body):
        seen = body.replace("{{{<", "{{<").replace(">}}}", ">}}")
        if not seen.startswith("---"):
            seen = f'---\ntitle: "T"\n---\n{seen}'
        document = tmp_path / "example.qmd"
        document.write_text(seen, encoding="utf-8")
        return check(document)

    return of


def test_every_example_is_in_the_subset(faults):
    examples = EXAMPLE.findall(page("quarto-subset"))
    assert len(examples) == 4
    for example in examples:
        assert faults(example) == ()


def test_every_refused_example_is_refused_by_its_rule(faults):
    rows = REFUSED.findall(page("quarto-subset"))
    assert len(rows) == 14
    for text, rule in rows:
        assert rule in {issue.rule for issue in faults(text)}, text


def test_the_page_names_every_key():
    text = page("quarto-subset")
    for key in (*CELL_KEYS, *DOCUMENT_KEYS):
        assert f"`{key}`" in text, key
