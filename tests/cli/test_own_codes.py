"""Own codes from the command line: checked, kept in a sample, counted, revised."""

import json
import shutil
from dataclasses import replace

import pandas as pd
import pytest

from relatum.cli.main import main
from relatum.samples import example_sample, read_sample, shipped_path, write_sample
from relatum.schema import load_schema
from relatum.schema.extension import extend_codebook

VERSION = load_schema().version
HEAD = "id,label,domain,definition\n"
PET = "x_pet,Threat to a pet,intimidation,Harm to a pet is announced.\n"
OLD = "x_old,Old code,control,It was so.\n"
PLAN = """
name = "small"
sample = "s"
models = ["prevalence"]
"""


@pytest.fixture
def codes(tmp_path):
    def to_file(*lines, name="mine.csv"):
        path = tmp_path / name
        path.write_text(HEAD + "".join(lines))
        return str(path)

    return to_file


@pytest.fixture
def folder(tmp_path):
    """Return a sample with a coding of two own codes, and no codebook of them."""
    place = shutil.copytree(shipped_path("anna"), tmp_path / "s")
    with (place / "codings.csv").open("a") as rows:
        for code in ("x_pet", "x_old"):
            row = f"{code},relationship,anna_musa,{code},present,,,,none,,,,false,consensus"
            rows.write(f"{row},,,,false\n")
    return place


def call(capsys, *words):
    code = main([str(word) for word in words])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def test_own_codes_are_kept_in_the_sample(capsys, folder, codes):
    before = (folder / "codings.csv").read_bytes()
    code, _, err = call(capsys, "check", folder)
    assert code == 11
    assert "'x_pet' is not a code of the codebook. Own codes are read from" in err
    mine = codes(PET, OLD)
    code, out, _ = call(capsys, "check", folder, "--extend", mine)
    assert code == 0
    assert f"Coded with schema {VERSION}; read with {VERSION}+mine.1." in out
    assert "Own codes: x_pet, x_old." in out
    assert not (folder / "codebook_extension.csv").exists()
    code, out, _ = call(capsys, "check", folder, "--extend", mine, "--keep")
    assert code == 0
    assert out.splitlines()[-1] == "The own codes were put into the folder; no table was changed."
    code, out, _ = call(capsys, "check", folder)
    assert code == 0
    assert f"Coded with schema {VERSION}+mine.1.\nOwn codes: x_pet, x_old.\n" in out
    assert (folder / "codings.csv").read_bytes() == before


def test_a_sample_coded_with_an_earlier_revision(capsys, folder, codes):
    """The path of migration: compare, recode what was removed, keep the later revision."""
    call(capsys, "check", folder, "--extend", codes(PET, OLD), "--keep")
    later = codes(PET.replace("a pet", "an animal"), "x_new,New code,control,It is so.\n")
    # 1. The same revision with other codes is refused.
    code, _, err = call(capsys, "check", folder, "--extend", later)
    assert code == 2
    assert "Raise it: --revision 2." in err
    # 2. Under its own revision the changes are listed, and what stands in the way.
    words = ("check", folder, "--extend", later, "--revision", 2)
    code, _, err = call(capsys, *words, "--keep")
    assert code == 11
    assert f"Coded with schema {VERSION}+mine.1; read with {VERSION}+mine.2." in err
    changes = "added: x_new. removed: x_old. changed: x_pet (label, definition)."
    assert f"Since it was coded: {changes}" in err
    assert "1 coding uses x_old, which was removed: recode or delete these rows" in err
    assert read_version(capsys, folder) == f"{VERSION}+mine.1"
    # 3. After recoding the revision is kept.
    rows = folder / "codings.csv"
    rows.write_text(rows.read_text().replace("x_old", "x_new"))
    code, out, _ = call(capsys, *words, "--keep", "--json")
    payload = json.loads(out)
    assert code == 0
    assert (payload["coded_with"], payload["schema_version"]) == (
        f"{VERSION}+mine.1",
        f"{VERSION}+mine.2",
    )
    assert payload["codes_added"] == ["x_new"]
    assert payload["codes_removed"] == ["x_old"]
    assert payload["codes_changed"] == ["x_pet"]
    assert payload["own_codes"] == ["x_pet", "x_new"]
    assert payload["codes_kept"] is True
    assert read_version(capsys, folder) == f"{VERSION}+mine.2"
    # 4. There is no way back by mistake.
    code, _, err = call(capsys, "check", folder, "--extend", later, "--revision", 1)
    assert code == 2
    assert "revision 1 is older" in err


def read_version(capsys, folder):
    assert call(capsys, "check", folder, "--json")[0] in (0, 11)
    return json.loads((folder / "datapackage.json").read_text())["relatum"]["schema_version"]


def test_a_sample_whose_own_codes_are_lost(capsys, folder, codes):
    mine = codes(PET, OLD)
    call(capsys, "check", folder, "--extend", mine, "--keep")
    (folder / "codebook_extension.csv").unlink()
    code, _, err = call(capsys, "check", folder)
    assert code == 11
    assert "coded with own codes (mine.1), and this file is not in its folder" in err
    code, out, _ = call(capsys, "check", folder, "--extend", mine, "--keep")
    assert code == 0
    assert "so what changed cannot be listed" in out
    assert call(capsys, "check", folder)[0] == 0


def test_fit_counts_an_own_code(capsys, tmp_path, codes):
    drawn = example_sample("simulated")
    schema = extend_codebook(drawn.schema, codes(PET))
    rows = drawn.table("codings")
    undated = rows[rows["date_lower"].isna() & rows["value"].isna()].iloc[[0]]
    couples = drawn.table("relationships")["relationship_id"].tolist()
    given = (("present", couples[:3]), ("absent_documented", couples[3:5]))
    own = [
        undated.assign(
            coding_id=f"own{one}", unit_type="relationship", unit_id=one, code="x_pet"
        ).assign(status=pd.array([status], dtype="status"))
        for status, chosen in given
        for one in chosen
    ]
    tables = {**drawn.tables, "codings": pd.concat([rows, *own], ignore_index=True)}
    write_sample(replace(drawn, tables=tables, schema=schema), tmp_path / "s")
    (tmp_path / "study.toml").write_text(PLAN)
    code, _, err = call(capsys, "fit", tmp_path / "study.toml", "--out", tmp_path / "out")
    assert (code, err) == (0, "")
    results = tmp_path / "out" / "small" / "results"
    stored = pd.read_csv(results / "prevalence.csv")
    (row,) = stored[stored["term"] == "x_pet"].to_dict("records")
    assert (row["n_present"], row["n_absent"]) == (3, 2)
    assert row["n_present"] + row["n_absent"] + row["n_undocumented"] == len(couples)
    manifest = json.loads((tmp_path / "out" / "small" / "manifest.json").read_text())
    assert f"{VERSION}+mine.1" in json.dumps(manifest)


def test_templates_say_how_they_are_read_back(capsys, tmp_path, codes):
    mine = codes(PET)
    words = ("--extend", mine, "--extend-name", "team", "--revision", 3)
    code, out, _ = call(capsys, "template", tmp_path / "t", "--form", "wide", *words)
    assert code == 0
    assert f"import template FILE DIR --extend {mine} --extend-name team --revision 3" in out
    assert "Python" not in out
    code, out, _ = call(capsys, "codebook", "x_pet", *words)
    assert (code, out.splitlines()[0]) == (0, "x_pet: Threat to a pet")


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("check", "shipped:anna", "--keep"), 2, "--keep needs --extend"),
        (("check", "shipped:anna", "--revision", "2"), 2, "--revision needs --extend FILE"),
        (
            ("template", "t", "--revision", "2", "--extend-name", "a"),
            2,
            "--extend-name and --revision need --extend FILE",
        ),
        (("check", "shipped:anna", "--extend", "nowhere.csv"), 10, "could not be opened"),
        (("codebook", "--extend-name", "a"), 2, "--extend-name needs"),
    ],
)
def test_wrong_calls(capsys, words, code, message):
    found, out, err = call(capsys, *words)
    assert (found, out) == (code, "")
    assert message in err


def test_a_shipped_sample_is_not_changed(capsys, codes):
    mine = codes(PET)
    code, _, err = call(capsys, "check", "shipped:anna", "--extend", mine, "--keep")
    assert code == 2
    assert "copy it first" in err
    assert not (shipped_path("anna") / "codebook_extension.csv").exists()
    code, _, err = call(
        capsys, "check", "shipped:anna", "--extend", mine, "--extend-name", "My Codes"
    )
    assert code == 2
    assert "small letters and digits" in err


def test_own_codes_lie_beside_the_tables(capsys, folder, codes):
    call(capsys, "check", folder, "--extend", codes(PET, OLD), "--keep")
    assert read_sample(folder).schema.version == f"{VERSION}+mine.1"
