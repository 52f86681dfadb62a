"""Whole renderings: execution, failure, atomicity, repeatability, and the call of Quarto."""

import dataclasses
import hashlib
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import textwrap
import zipfile
from pathlib import Path

import docx
import psutil
import pytest

from relatum.errors import ReportError, UsageError
from relatum.reports import find_reports, render
from relatum.reports.project import read_project
from relatum.reports.quarto import compose_call
from relatum.reports.source import read_source

SETTINGS = ("_quarto.yml", "authors.yml", "references.bib", "relatum.css", "reference.docx")


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    folder.mkdir()
    for name in SETTINGS:
        shutil.copy(find_reports() / name, folder)
    return folder


@pytest.fixture
def write(project):
    def to(body, name="small.qmd"):
        document = project / name
        text = textwrap.dedent(body).strip()
        document.write_text(f'---\ntitle: "Small"\n---\n{text}\n', encoding="utf-8")
        return document

    return to


def html_of(document, out, **options):
    made = render(document, formats=["html"], engine="builtin", out_dir=out, **options)
    return made.path("html").read_text(encoding="utf-8")


def kernels():
    children = psutil.Process().children(recursive=True)
    return [child for child in children if "ipykernel_launcher" in " ".join(child.cmdline())]


def listing(folder):
    return {
        path.relative_to(folder): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_cells_inlines_and_options(write, project, tmp_path, monkeypatch):
    """One kernel for much: values, escapes, streams, options, environment, clean state."""
    home = tmp_path / "home"
    startup = home / ".ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00-own.py").write_text("leaked_from_startup = 1\n", encoding="utf-8")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("MPLBACKEND", "Agg")
    document = write(
        """
        ```{python}
        #| include: false
        import os, sys, warnings
        from IPython.display import Markdown
        text = "a_b *c* <d> $e$ `f` [g](h)"
        print("INCLUDED")
        ```

        Value `{python} 70 + 3`, text `{python} text`, bold `{python} Markdown("**strong**")`.
        Seen `{python} os.environ["RELATUM_OUT"]` and `{python} os.environ["RELATUM_PROFILE"]`.
        Same Python: `{python} os.path.realpath(sys.executable) == os.environ["WANTED"]`.
        Leaked: `{python} "leaked_from_startup" in globals()`.

        ```{python}
        #| output: false
        print("SILENT")
        ```

        ```{python}
        #| echo: true
        print("printed", "words")
        ```

        ```{python}
        #| warning: false
        warnings.warn("UNWANTED")
        ```

        ```{python}
        #| output: asis
        print("*slanted* line")
        ```

        ```{python}
        #| eval: false
        #| echo: true
        never_run()
        ```

        ```{python}
        #| label: fig-own
        #| fig-cap: "Own caption"
        #| fig-alt: "Two \\"bars\\" & more."
        import matplotlib.pyplot as plt
        plt.plot([1, 2])
        plt.ylabel("y")
        ```
        """
    )
    before = listing(project)
    wanted = {"RELATUM_OUT": "results-here", "WANTED": os.path.realpath(sys.executable)}
    html = html_of(document, tmp_path / "out", profile="own", environment=wanted)
    body = re.sub(r"\s+", " ", html.split("<body", 1)[1])
    assert "Value 73, text a_b *c* &lt;d&gt; $e$ `f` [g](h), bold <strong>strong</strong>." in body
    assert "Seen results-here and own." in body
    assert "Same Python: True." in body
    assert "Leaked: False." in body
    assert "printed words" in body
    assert "<em>slanted</em> line" in body
    assert "never_run" in body
    for hidden in ("INCLUDED", "SILENT", "UNWANTED", "&lt;Axes", "Text(0"):
        assert hidden not in body
    assert re.search(r'alt="Two (?:&quot;|\\&quot;|“|&#34;)bars', body)
    assert "data:image/svg+xml" in body or "<svg" in body
    assert listing(project) == before
    assert kernels() == []
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["small.html"]


def test_failing_cell_names_line_and_leaves_the_old_report(write, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "small.html").write_text("old", encoding="utf-8")
    document = write(
        """
        Text.

        ```{python}
        #| label: setup
        total = 1
        total / 0
        ```
        """
    )
    with pytest.raises(ReportError) as caught:
        html_of(document, out)
    said = str(caught.value)
    assert "small.qmd:9" in said
    assert "ZeroDivisionError: division by zero" in said
    assert str(tmp_path) not in said
    assert sys.prefix not in said
    assert caught.value.exit_code == 14
    assert [path.name for path in out.iterdir()] == ["small.html"]
    assert (out / "small.html").read_text(encoding="utf-8") == "old"
    assert kernels() == []


def test_failing_inline_names_its_line(write, tmp_path):
    document = write("First.\n\nThe value is `{python} undefined_name`.")
    with pytest.raises(ReportError, match=r"small\.qmd:6 .*undefined_name(.|\n)*NameError"):
        html_of(document, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_cell_that_ends_python_is_reported(write, tmp_path):
    document = write("```{python}\nimport os\nos._exit(3)\n```")
    with pytest.raises(ReportError, match=r"small\.qmd:4 "):
        html_of(document, tmp_path / "out")
    assert kernels() == []


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ("x = 1", "0"),
        (
            "import matplotlib.pyplot as plt\nfor _ in 'ab':\n    plt.figure()\n    plt.plot([1])",
            "2",
        ),
        ("import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nplt.close(fig)", "0"),
    ],
    ids=["none", "two", "closed"],
)
def test_figure_cell_shows_exactly_one_figure(write, tmp_path, code, count):
    options = "#| label: fig-a\n#| fig-cap: C\n#| fig-alt: D"
    document = write(f"```{{python}}\n{options}\n{code}\n```")
    with pytest.raises(ReportError, match=rf"small\.qmd:4 .*{count}"):
        html_of(document, tmp_path / "out")


BUILD = """
import sys
from pathlib import Path
from relatum.reports import render
render(Path(sys.argv[1]), engine="builtin", out_dir=Path(sys.argv[2]))
"""


def test_two_builds_elsewhere_are_the_same_bytes(write, project, tmp_path):
    write(
        """
        ```{python}
        import matplotlib.pyplot as plt
        import pandas as pd
        ```

        Words `{python} sorted({"b", "a", "c"})`.

        ```{python}
        #| label: fig-a
        #| fig-cap: "A figure"
        #| fig-alt: "A line."
        fig, ax = plt.subplots()
        ax.plot([1, 2], [3, 4])
        ax.fill_between([1, 2], [1, 1], [2, 3])
        ```

        ```{python}
        #| label: tbl-a
        #| tbl-cap: "A table"
        pd.DataFrame({"k": ["x", "y"], "v": [1.5, 2.5]})
        ```
        """
    )
    found = []
    for place, zone, seed in (("here", "UTC", "0"), ("elsewhere", "Asia/Tokyo", "77")):
        shutil.copytree(project, tmp_path / place / "reports")
        out = tmp_path / place / "out"
        subprocess.run(
            [
                sys.executable,
                "-c",
                BUILD,
                str(tmp_path / place / "reports" / "small.qmd"),
                str(out),
            ],
            env={**os.environ, "TZ": zone, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
        )
        found.append({str(path): digest for path, digest in listing(out).items()})
    assert sorted(found[0]) == ["small.docx", "small.html", "small.pdf"]
    assert found[0] == found[1]
    word = docx.Document(str(tmp_path / "here" / "out" / "small.docx"))
    assert word.core_properties.created.year == 1980
    assert word.tables
    media = [part.partname for part in word.part.package.iter_parts() if "/media/" in part.partname]
    assert [name.ext for name in media] == ["png"]
    for name in ("small.docx", "small.html", "small.pdf"):
        assert_no_machine_path(tmp_path / "here" / "out" / name)


def assert_no_machine_path(path):
    contents = [path.read_bytes()]
    if path.suffix == ".docx":
        with zipfile.ZipFile(path) as archive:
            contents += [archive.read(name) for name in archive.namelist()]
    for content in contents:
        assert tempfile.gettempdir().encode() not in content
        assert b"relatum-report-" not in content


def test_wrong_calls(write, tmp_path):
    document = write("Text.")
    for options in (
        {"formats": ["html", "odt"]},
        {"formats": "html"},
        {"formats": []},
        {"engine": "latex"},
    ):
        with pytest.raises(UsageError):
            render(document, out_dir=tmp_path / "out", **options)
    with pytest.raises(ReportError, match="none"):
        render(document.with_name("none.qmd"), out_dir=tmp_path / "out")
    stray = tmp_path / "stray.qmd"
    stray.write_text('---\ntitle: "S"\n---\nText.\n', encoding="utf-8")
    with pytest.raises(ReportError, match=r"_quarto\.yml"):
        render(stray, out_dir=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_out_folder_that_cannot_be_made(write, tmp_path):
    (tmp_path / "out").write_text("a file", encoding="utf-8")
    with pytest.raises(ReportError, match="out"):
        html_of(write("Text."), tmp_path / "out")
    assert (tmp_path / "out").read_text(encoding="utf-8") == "a file"


FAKE = """\
#!{python}
import json, os, sys
from pathlib import Path
arguments = sys.argv[1:]
names = ("QUARTO_PYTHON", "QUARTO_PROFILE", "RELATUM_OUT", "RELATUM_PROFILE")
seen = {{
    "arguments": arguments,
    "folder": os.getcwd(),
    "project": Path("_quarto.yml").is_file(),
    "environment": {{name: os.environ.get(name) for name in names}},
}}
log = Path({log!r})
log.write_text(json.dumps(json.loads(log.read_text()) + [seen] if log.exists() else [seen]))
if {fails}:
    sys.stderr.write("ERROR: it broke\\n")
    sys.exit(3)
folder = Path(arguments[arguments.index("--output-dir") + 1])
folder.mkdir(parents=True, exist_ok=True)
stem = Path(arguments[1]).stem
for name in arguments[arguments.index("--to") + 1].split(","):
    ending = {{"typst": "pdf"}}.get(name, name)
    if {writes}:
        (folder / (stem + "." + ending)).write_text("made by quarto " + name)
"""


@pytest.fixture
def fake_quarto(tmp_path, monkeypatch):
    def install(*, fails=False, writes=True):
        folder = tmp_path / "bin"
        folder.mkdir()
        log = tmp_path / "quarto.json"
        program = folder / "quarto"
        program.write_text(
            FAKE.format(python=sys.executable, log=str(log), fails=fails, writes=writes),
            encoding="utf-8",
        )
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", str(folder))
        return log

    return install


def test_quarto_is_called_in_a_copy_with_this_python(
    write, project, tmp_path, fake_quarto, monkeypatch
):
    log = fake_quarto()
    # What the stand-in writes is no real PDF, so there is nothing to clean in it.
    module = sys.modules["relatum.reports.render"]
    monkeypatch.setattr(module, "clean_outputs", lambda outputs: None)
    before = listing(project)
    made = render(
        write("Text."),
        formats=["html", "pdf"],
        out_dir=tmp_path / "out",
        profile="anonymous",
        environment={"RELATUM_OUT": "there"},
    )
    calls = json.loads(log.read_text(encoding="utf-8"))
    assert made.engine == "quarto"
    assert made.path("pdf").read_text(encoding="utf-8") == "made by quarto typst"
    assert made.path("html").read_text(encoding="utf-8") == "made by quarto html"
    assert sorted(name for call in calls for name in asked(call)) == ["html", "typst"]
    for call in calls:
        assert call["arguments"][:2] == ["render", "small.qmd"]
        assert call["project"]
        assert Path(call["folder"]) != project
        assert call["environment"] == {
            "QUARTO_PYTHON": sys.executable,
            "QUARTO_PROFILE": "anonymous",
            "RELATUM_OUT": "there",
            "RELATUM_PROFILE": "anonymous",
        }
    assert {**before, Path("small.qmd"): listing(project)[Path("small.qmd")]} == listing(project)


def asked(call):
    arguments = call["arguments"]
    return arguments[arguments.index("--to") + 1].split(",")


def test_quarto_that_fails_or_writes_nothing(write, tmp_path, fake_quarto):
    fake_quarto(fails=True)
    with pytest.raises(ReportError, match=r"(?s)small\.qmd.*3.*it broke"):
        render(write("Text."), engine="quarto", out_dir=tmp_path / "out")
    assert not (tmp_path / "out").exists()
    shutil.rmtree(tmp_path / "bin")
    fake_quarto(writes=False)
    with pytest.raises(ReportError, match=r"small\.html"):
        render(write("Text."), formats=["html"], engine="quarto", out_dir=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_without_quarto_auto_takes_the_builtin_engine_and_says_so(write, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    document = write("Text.")
    made = render(document, formats=["html"], out_dir=tmp_path / "out")
    assert made.engine == "builtin"
    assert any("Quarto" in note for note in made.notes)
    with pytest.raises(ReportError, match="pip install"):
        render(document, formats=["html"], engine="quarto", out_dir=tmp_path / "out")


def test_lint_guards_both_engines(write, tmp_path, fake_quarto):
    log = fake_quarto()
    with pytest.raises(ReportError, match=r"small\.qmd:4 "):
        render(write("<b>x</b>"), engine="quarto", out_dir=tmp_path / "out")
    assert not log.exists()


def test_compose_call_is_a_plain_value(write, project):
    document = write("Text.")
    call = compose_call(
        read_source(document),
        read_project(document, profile="anonymous"),
        formats=("html", "docx", "pdf"),
        program="quarto",
        environment={"RELATUM_OUT": "there"},
    )
    assert call.arguments[:3] == ("quarto", "render", "small.qmd")
    assert call.arguments[call.arguments.index("--to") + 1] == "html,docx,typst"
    assert "--output-dir" in call.arguments
    assert "-P" not in call.arguments
    assert call.folder == project
    assert call.environment["QUARTO_PROFILE"] == "anonymous"
    assert call.environment["QUARTO_PYTHON"] == sys.executable
    assert call.environment["RELATUM_OUT"] == "there"
    with pytest.raises(dataclasses.FrozenInstanceError):
        call.folder = project.parent
