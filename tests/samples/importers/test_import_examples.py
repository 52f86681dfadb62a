"""The README of the examples: every command runs as written, and prints what stands there."""

import os
import re
import shlex

import pytest

from relatum.cli.import_ import FORMATS
from relatum.cli.main import main
from relatum.samples.importers import guide

SHIPPED = guide.examples_path()
README = SHIPPED / "README.md"
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
WRITE = os.environ.get("RELATUM_SNAPSHOTS") == "write"


def commands(block):
    """Return each command of a block with what it prints."""
    parts = re.split(r"^\$ (.+)\n", block, flags=re.MULTILINE)
    return list(zip(parts[1::2], parts[2::2], strict=True))


@pytest.fixture
def examples(tmp_path, monkeypatch, capsys):
    place = tmp_path / "my_examples"
    assert main(["example", "import", str(place)]) == 0
    capsys.readouterr()
    monkeypatch.chdir(place)
    return place


@pytest.mark.parametrize("name", guide.SECTIONS)
def test_every_command_of_a_section_prints_what_the_readme_says(name, examples, capsys):
    for block in BLOCK.findall(guide.section(name)):
        printed = ""
        for line, _ in commands(block):
            program, *words = shlex.split(line)
            assert program == "relatum"
            assert main(words) == 0, capsys.readouterr().err
            printed += f"$ {line}\n{capsys.readouterr().out}"
        if WRITE:
            text = README.read_text(encoding="utf-8")
            README.write_text(text.replace(block, printed), encoding="utf-8", newline="\n")
        else:
            assert printed == block
    if name in FORMATS:
        assert main(["check", f"from_{name}"]) == 0


def test_every_format_has_its_section_and_its_files():
    assert set(guide.SECTIONS) == {"mapping", *FORMATS}
    for name in FORMATS:
        assert any((SHIPPED / name).iterdir())
        assert re.search(rf"^## {name}$", README.read_text(encoding="utf-8"), re.MULTILINE)


def test_no_file_is_large():
    sizes = [path.stat().st_size for path in SHIPPED.rglob("*") if path.is_file()]
    assert max(sizes) < 20_000


def test_the_folder_is_described_among_the_examples(capsys):
    assert main(["example"]) == 0
    assert "import" in capsys.readouterr().out


@pytest.mark.parametrize("name", FORMATS)
def test_the_help_of_a_format_is_its_section(name, capsys):
    assert main(["import", name, "--help"]) == 0
    out = capsys.readouterr().out
    assert guide.section(name) in out
    assert f"Options of '{name}'" in out
    assert ("their_column" in out) == (name in ("wide", "long", "maxqda", "qdpx"))


def test_the_help_of_the_verb_names_every_format(capsys):
    assert main(["import", "--help"]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in FORMATS)
