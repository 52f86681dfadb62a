"""Own codes through `relatum import`: named with --extend, or lying in the sample's folder."""

import pytest

from relatum.cli.main import main
from relatum.samples import read_sample, status_frame
from relatum.samples.templates import csv_sheets, template_sheets
from relatum.schema import load_schema
from relatum.schema.extension import extend_codebook

PET = "id,label,domain,definition\nx_pet,Threat to a pet,intimidation,Harm is announced.\n"
ROWS = {
    "cases": [{"case_id": "c1", "case_list_source": "included"}],
    "suspects": [{"suspect_id": "s1", "case_id": "c1"}],
    "victims": [{"victim_id": "v1", "case_id": "c1"}],
    "relationships": [
        {
            "relationship_id": "r1",
            "case_id": "c1",
            "suspect_id": "s1",
            "victim_id": "v1",
            "population": "trafficking",
        }
    ],
    "codes_relationship": [{"relationship_id": "r1", "coder_id": "a", "x_pet": "present"}],
}


@pytest.fixture
def codes(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text(PET)
    return path


@pytest.fixture
def template(tmp_path, codes):
    folder = tmp_path / "filled"
    folder.mkdir()
    sheets = template_sheets(extend_codebook(load_schema(), codes), "wide")
    for name, text in csv_sheets(sheets, ROWS).items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def call(capsys, *words):
    code = main([str(word) for word in words])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def counted(folder):
    sample = read_sample(folder)
    assert "x_pet" in sample.schema.codebook
    return str(status_frame(sample, ["x_pet"]).iloc[0, 0])


def test_a_template_with_own_codes(capsys, tmp_path, template, codes):
    place = tmp_path / "s"
    code, _, err = call(capsys, "import", "template", template, place)
    assert code == 16
    assert "--extend" in err
    assert not place.exists()
    assert call(capsys, "import", "template", template, place, "--extend", codes)[0] == 0
    assert counted(place) == "present"


def test_own_codes_that_lie_in_the_folder_are_known(capsys, tmp_path, template, codes):
    study = tmp_path / "study"
    assert call(capsys, "init", study)[0] == 0
    words = ("--extend", codes, "--extend-name", "team", "--keep")
    assert call(capsys, "check", study / "sample", *words)[0] == 0
    assert call(capsys, "import", "template", template, study / "sample")[0] == 0
    assert counted(study / "sample") == "present"
    assert read_sample(study / "sample").schema.version.endswith("+team.1")


MAPPED = {
    "wide": ("couple,pet", "r1,yes", "pet,yes,codings,x_pet,present,"),
    "long": (
        "couple,item,answer",
        "r1,pet,yes",
        "item,pet,codings,x_pet,,\nanswer,yes,codings,status,present,",
    ),
}


@pytest.mark.parametrize("form", ["wide", "long"])
def test_a_mapping_to_own_codes(capsys, tmp_path, codes, form):
    header, row, lines = MAPPED[form]
    data, mapping = tmp_path / "data.csv", tmp_path / "map.csv"
    data.write_text(f"case,him,her,{header}\nc1,s1,v1,{row}\n")
    keys = {"case": "cases", "him": "suspects", "her": "victims", "couple": "relationships"}
    said = [f"{name},,{table},{table[:-1]}_id,," for name, table in keys.items()]
    head = "their_column,their_value,table,column_or_code,status_or_value,note"
    said = [head, *said, lines, ",,relationships,population,trafficking,"]
    mapping.write_text("\n".join(said) + "\n")
    words = ("import", form, data, tmp_path / "s", "--mapping", mapping)
    code, _, err = call(capsys, *words)
    assert code == 16
    assert "unknown_target" in err
    assert call(capsys, *words, "--extend", codes)[0] == 0
    assert counted(tmp_path / "s") == "present"


def test_a_draft_offers_own_codes(capsys, tmp_path, codes):
    data = tmp_path / "data.csv"
    data.write_text("case,threat to a pet\nc1,yes\nc2,no\n")
    code, out, _ = call(capsys, "import", "wide", data, "--suggest", "--extend", codes)
    assert code == 0
    assert "x_pet" in out
    assert "x_pet" not in call(capsys, "import", "wide", data, "--suggest")[1]


def test_registries_take_no_own_codes(capsys, tmp_path, codes):
    code, _, err = call(capsys, "import", "ctdc", codes, tmp_path / "s", "--extend", codes)
    assert code == 2
    assert "'ctdc' takes no --extend" in err
