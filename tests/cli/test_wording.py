"""What the verbs say where something small went wrong: once, in words, with the next step."""

import shutil

import pytest

from relatum.cli.main import main
from relatum.samples import shipped_path

PLAN = 'name = "small"\nsample = "{sample}"\nmodels = ["descriptive"]\n'


def call(capsys, *words):
    code = main([str(word) for word in words])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(shipped_path("anna"), tmp_path / "mine")


# --- folders where files belong, and the other way round ---------------------------------------


@pytest.mark.parametrize("verb", ["fit", "run"])
def test_a_folder_is_no_plan(capsys, tmp_path, verb):
    study = tmp_path / "my_study"
    study.mkdir()
    code, _, err = call(capsys, verb, study)
    assert code == 2
    assert "is a folder; a plan is one file, a study.toml. It holds none either." in err
    (study / "other.toml").touch()
    assert f"Did you mean '{study / 'other.toml'}'?" in call(capsys, verb, study)[2]
    (study / "study.toml").touch()
    assert f"Did you mean '{study / 'study.toml'}'?" in call(capsys, verb, study)[2]


def test_a_study_is_no_sample(capsys, tmp_path):
    place = tmp_path / "my_study"
    assert main(["init", str(place)]) == 0
    capsys.readouterr()
    code, _, err = call(capsys, "check", place)
    assert code == 11
    assert f"Did you mean '{place / 'sample'}'?" in err
    (place / "sample").rename(place / "data")
    assert f"Did you mean '{place / 'data'}'?" in call(capsys, "check", place)[2]
    shutil.rmtree(place / "data")
    assert "expected files: cases.csv" in call(capsys, "check", place)[2]


# --- what a refused run leaves -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("sample", "models"), [("nowhere", '["descriptive"]'), ("shipped:anna", "[]")]
)
def test_a_refused_run_leaves_no_folder(capsys, tmp_path, sample, models):
    plan = tmp_path / "study.toml"
    plan.write_text(PLAN.format(sample=sample).replace('["descriptive"]', models))
    out = tmp_path / "deep" / "out"
    assert call(capsys, "fit", plan, "--out", out)[0] in (11, 13)
    assert not (tmp_path / "deep").exists()
    out.mkdir(parents=True)
    (tmp_path / "deep" / "kept").touch()
    assert call(capsys, "fit", plan, "--out", out / "more")[0] in (11, 13)
    assert out.is_dir()
    assert list(out.iterdir()) == []


# --- numbers and their nouns -------------------------------------------------------------------


def test_one_fault_in_a_plan(capsys, tmp_path):
    plan = tmp_path / "study.toml"
    plan.write_text(PLAN.format(sample="shipped:anna") + "colour = 1\n")
    assert "1 fault in the plan" in call(capsys, "fit", plan)[2]
    plan.write_text(PLAN.format(sample="shipped:anna") + "colour = 1\nsize = 2\n")
    assert "2 faults in the plan" in call(capsys, "fit", plan)[2]


def test_one_fault_in_a_folder_of_a_template(capsys, tmp_path):
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "cases.csv").touch()
    code, _, err = call(capsys, "import", "template", tmp_path / "t", tmp_path / "s")
    assert code == 16
    assert "1 fault in the files of 't'" in err


# --- once, and in words ------------------------------------------------------------------------


def test_a_fault_of_a_whole_file_is_said_once(capsys, tmp_path):
    code, _, err = call(capsys, "import", "template", tmp_path / "no.xlsx", tmp_path / "s")
    assert code == 16
    assert err.splitlines() == ["relatum: import: no.xlsx: There is no such file or folder."]


def test_a_country_is_asked_for_in_words(capsys, folder):
    for name in ("victims", "suspects"):
        path = folder / f"{name}.csv"
        lines = path.read_text().splitlines()
        place = lines[0].split(",").index(f"{name[:-1]}_birth_country")
        cells = lines[1].split(",")
        cells[place] = "Romania"
        path.write_text("\n".join([lines[0], ",".join(cells)]) + "\n")
    code, _, err = call(capsys, "check", folder)
    assert code == 11
    words = "two capital letters of ISO 3166, such as NL, or other_eu or other_non_eu."
    assert err.count(words) == 2
    assert "[A-Z]" not in err
    assert "Romania" not in err


def test_a_level_is_asked_for_in_words(capsys, folder):
    path = folder / "codings.csv"
    path.write_text(path.read_text().replace("present,,", "present,a b!,", 1))
    err = call(capsys, "check", folder)[2]
    assert "of a level or a number: letters, digits" in err
    assert "{0,63}" not in err
