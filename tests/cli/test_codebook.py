"""`relatum codebook`: one code in words, and the codebook as a document."""

import csv
import io
import json

import pypandoc
import pytest

from relatum.cli.main import main
from relatum.schema import load_schema, read_codebook, schema_path
from relatum.schema.export import codebook_csv, codebook_markdown, explain, find_codes


def test_one_code(capsys):
    assert main(["codebook", "vio_frequency"]) == 0
    assert capsys.readouterr().out == (
        "vio_frequency: Frequency of violence\n"
        "  Group             tactic, violence\n"
        "  Definition        How often the partner used violence, as a band in codings.intensity.\n"
        "  Code when         vio_physical is present and a source gives a frequency or several "
        "dates.\n"
        "  Do not code when  One mention without frequency.\n"
        "  Values            once, occasional, monthly, weekly, daily, several_daily,\n"
        "                    unspecified_repeated\n"
        "  Unit              relationship\n"
        "  Stored in         a row of the table codings\n"
        "  When silent       No row when no source gives it; never impute.\n"
        "  Time              ever in the relationship; dated where the source allows\n"
        "  Part of           vio_physical\n"
        "  Marks             sensitive (values never reach a message or a report), element of the\n"
        "                    offence, core tier\n"
        "  Elsewhere         frequency of assault\n"
        "  Chapter           Violence\n"
    )


def test_a_pattern_and_a_table(capsys):
    assert main(["codebook", "dom_*", "--json"]) == 0
    found = [code["id"] for code in json.loads(capsys.readouterr().out)["codes"]]
    assert found == [code for code in load_schema().codebook if code.startswith("dom_")]
    assert main(["codebook", "retractions", "--json"]) == 0
    found = [code["id"] for code in json.loads(capsys.readouterr().out)["codes"]]
    assert "retraction_type" in found


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("vio_fysical", "Did you mean 'vio_physical'?"),
        ("relationship", "Did you mean 'relationships'?"),
        ("zzz", "neither a code nor a table"),
        ("zzz*", "No code matches"),
    ],
)
def test_an_unknown_name_is_a_wrong_call(name, words, capsys):
    assert main(["codebook", name]) == 2
    assert words in capsys.readouterr().err


def test_every_code_can_be_explained():
    schema = load_schema()
    for code in schema.codebook.values():
        text = explain(schema, code)
        assert text.startswith(f"{code.id}: {code.label}\n")
        assert max(map(len, text.splitlines())) <= 92


def test_the_csv_is_the_codebook(tmp_path):
    schema = load_schema()
    path = tmp_path / "codebook.csv"
    path.write_text(codebook_csv(schema), encoding="utf-8")
    assert dict(read_codebook(path)) == dict(schema.codebook)
    shipped = (schema_path() / "codebook.csv").read_text(encoding="utf-8")
    assert codebook_csv(schema).splitlines()[0] == shipped.splitlines()[0]


def test_the_markdown_names_every_code_and_column():
    schema = load_schema()
    text = codebook_markdown(schema)
    for code in schema.codebook:
        assert f"### `{code}` " in text
    for table in schema.tables.values():
        assert f"### Table `{table.name}`" in text
        for column in table.columns:
            assert f"| `{column}` |" in text


def test_the_markdown_is_read_as_it_is_meant():
    html = pypandoc.convert_text(codebook_markdown(load_schema()), "html", format="gfm")
    assert html.count("<table>") == len(load_schema().tables)
    assert html.count("<h3") == len(load_schema().tables) + len(load_schema().codebook)
    assert "<em>" not in html


@pytest.mark.parametrize(("name", "start"), [("book.md", "# Codebook"), ("book.csv", "id,label")])
def test_a_file_takes_its_form_from_its_name(name, start, tmp_path, capsys):
    out = tmp_path / "new" / name
    assert main(["codebook", "--out", str(out)]) == 0
    assert out.read_text(encoding="utf-8").startswith(start)
    assert f"{len(load_schema().codebook)} codes written" in capsys.readouterr().out
    assert [path.name for path in out.parent.iterdir()] == [name]


def test_a_form_that_nobody_named(tmp_path, capsys):
    assert main(["codebook", "--out", str(tmp_path / "book.docx")]) == 2
    assert "add --format" in capsys.readouterr().err
    assert main(["codebook", "vio_*", "-f", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["id"] for row in rows] == [c.id for c in find_codes(load_schema(), "vio_*")]
    assert main(["codebook", "--out", str(tmp_path), "-f", "csv"]) == 2


def test_the_whole_codebook_in_the_terminal(capsys):
    assert main(["codebook"]) == 0
    assert capsys.readouterr().out.count("\n  Definition ") == len(load_schema().codebook)
