"""``relatum release``: what it prints and writes, and how it ends."""

import json
from dataclasses import replace

import pytest
import typer
from typer.testing import CliRunner

from relatum.cli.release import EVIDENCE_FILE, plan_samples, register
from relatum.errors import PlanError, UsageError
from relatum.pipeline.manifest import MANIFEST
from relatum.release import RULES
from relatum.samples import example_sample
from relatum.study import read_study

PLAN = """name = "small"
sample = "shipped:simulated"
models = ["prevalence"]
[release]
profile = "chapter5"
"""
WAIVED = "".join(
    f'[[release.exceptions]]\nresult = "all"\nrule = "{rule}"\njustification = "Owner."\n'
    for rule in ("dominance", "full_group")
)


@pytest.fixture
def plan(tmp_path):
    path = tmp_path / "study.toml"
    path.write_text(PLAN + WAIVED, encoding="utf-8")
    return path


def call(*words):
    app = typer.Typer()
    register(app)
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Release once, and keep what was printed and written."""
    folder = tmp_path_factory.mktemp("released")
    plan = folder / "study.toml"
    plan.write_text(PLAN + WAIVED, encoding="utf-8")
    said = call(plan, "--evidence", folder / "spring.json", "--acro", folder / "checker")
    return folder, said


def evidence(written):
    return json.loads((written[0] / "spring.json").read_text(encoding="utf-8"))


def changed(written, tmp_path, **values):
    """Write the evidence with other values, or with one relationship less everywhere."""
    held = evidence(written) | values
    place = tmp_path / "earlier.json"
    place.write_text(json.dumps(held), encoding="utf-8")
    return place


# --- what it says --------------------------------------------------------------------------------


def test_classes_of_people_are_printed_and_stop_nothing(written):
    _, said = written
    assert said.exit_code == 0, said.output
    assert "73 relationships by 8 fields, ages in years: smallest class 1;" in said.output
    assert "review  classes below 5 among: suspect, victim, relationship" in said.output


def test_the_evidence_holds_all_that_was_looked_at(written):
    held = evidence(written)
    (found,) = held["samples"].values()
    assert (found["status"], found["threshold"]) == ("review", 5)
    assert [c["unit"] for c in found["classes"][::2]] == list(held["quasi_identifiers"])
    assert held["amounts"] == {"rules": held["amounts"]["rules"], "checked": []}
    assert held["earlier"] == {}
    row = next(iter(held["counts"]["prevalence"].values()))
    assert row["n_units - n_present"] == row["n_units"] - row["n_present"]


def test_the_people_of_a_second_sample_are_looked_at_where_it_is_read():
    sample, plan = example_sample("simulated"), read_study()
    alone = replace(plan, models=("prevalence",))
    assert plan_samples(sample, alone) == (sample,)
    assert plan_samples(sample, plan)[1].fingerprint == example_sample("simulated_dv").fingerprint


def test_no_released_count_is_small(written):
    rows = evidence(written)["counts"]["prevalence"].values()
    counts = [n for row in rows for name, n in row.items() if name != "n_not_applicable"]
    assert not [n for n in counts if 0 < n < RULES["chapter5"].smallest]


def test_the_folder_for_the_viewer_holds_table_records_and_evidence(written):
    folder = written[0] / "checker"
    records = json.loads((folder / "results.json").read_text(encoding="utf-8"))["results"]
    assert records["prevalence"]["status"] == "pass"
    assert (folder / records["prevalence"]["files"][0]["name"]).is_file()
    own = json.loads((folder / EVIDENCE_FILE).read_text(encoding="utf-8"))
    # A file with a version would be taken for a second set of records.
    assert "version" not in own
    assert own == evidence(written)


# --- earlier releases ----------------------------------------------------------------------------


def test_one_relationship_more_fails_and_names_the_rows(written, plan, tmp_path):
    counts = evidence(written)["counts"]
    row = next(name for name in counts["prevalence"] if "unit=relationship" in name)
    counts["prevalence"][row]["n_units"] -= 1
    place = changed(written, tmp_path, counts=counts)
    said = call(plan, "--earlier", place, "--acro", tmp_path / "checker")
    assert said.exit_code == 15
    assert f"fail    prevalence, {row}  n_units\n" in said.output
    assert "changed by too few: 1." in said.output
    assert (tmp_path / "checker" / "prevalence_withheld.txt").is_file()
    assert not (tmp_path / "checker" / "prevalence.csv").exists()


def test_the_plan_can_accept_it(written, plan, tmp_path):
    counts = evidence(written)["counts"]
    for row in counts["prevalence"].values():
        row["n_units"] -= 1
    place = changed(written, tmp_path, counts=counts)
    waiver = '[[release.exceptions]]\nresult = "prevalence"\nrule = "differencing"\n'
    plan.write_text(PLAN + WAIVED + waiver + 'justification = "Same people."\n', encoding="utf-8")
    said = call(plan, "--earlier", place)
    assert said.exit_code == 0, said.output
    assert "(accepted)" in said.output


def test_nothing_new_passes_against_a_fit_and_against_evidence(written, plan, tmp_path):
    from relatum.pipeline import fit_study

    folder = fit_study(read_study(plan), tmp_path / "out", cache="off").folder
    said = call(plan, "--earlier", folder, "--earlier", written[0] / "spring.json")
    assert said.exit_code == 0, said.output
    for name in ("small", "spring.json"):
        (line,) = (text for text in said.output.splitlines() if f"with '{name}'" in text)
        assert line.endswith("rows went out in both; changed by too few: 0.")


# --- bad input -----------------------------------------------------------------------------------


def refused(*words):
    found = call(*words)
    assert isinstance(found.exception, UsageError | PlanError), found.output
    return found.exception


def test_a_place_that_is_not_there(plan, tmp_path):
    error = refused(plan, "--earlier", tmp_path / "nowhere")
    assert error.exit_code == 2
    assert "--earlier takes out/<study>, or the file of --evidence" in str(error)


def test_a_folder_that_holds_something_else(plan, tmp_path):
    assert f"holds no {MANIFEST}" in str(refused(plan, "--earlier", tmp_path))
    (tmp_path / MANIFEST).write_text("{}", encoding="utf-8")
    assert refused(plan, "--earlier", tmp_path).exit_code == 12


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"study": "small"}', "\xff"])
def test_a_file_that_is_no_evidence(text, plan, tmp_path):
    place = tmp_path / "other.json"
    place.write_bytes(text.encode("latin-1"))
    error = refused(plan, "--earlier", place)
    assert error.exit_code == 2
    assert "'other.json' was not written by relatum release --evidence" in str(error)


@pytest.mark.parametrize("counts", [None, 3, {"prevalence": 3}, {"p": {"r": {"n": "x"}}}])
def test_evidence_without_counts(counts, written, plan, tmp_path):
    place = changed(written, tmp_path, counts=counts)
    assert "holds no counts to compare with" in str(refused(plan, "--earlier", place))


def test_evidence_of_another_study_and_profile(written, plan, tmp_path):
    place = changed(written, tmp_path, study="other", profile="acro10")
    error = refused(plan, "--earlier", place)
    assert error.exit_code == 2
    assert str(error) == (
        "'earlier.json' is no earlier release to compare with: it is of the study 'other', not "
        "'small', and it went out by profile 'acro10', not 'chapter5'."
    )


@pytest.mark.parametrize("option", ["--earlier", "--acro"])
def test_a_profile_without_rules_compares_nothing(option, plan, tmp_path):
    error = refused(plan, "--profile", "none", option, tmp_path)
    assert error.exit_code == 2
    assert "need a profile with rules for rows, not 'none'" in str(error)


def test_a_folder_of_somebody_else_is_left_alone(plan, tmp_path):
    place = tmp_path / "mine"
    place.mkdir()
    (place / "results.json").write_text("{}", encoding="utf-8")
    for name in (place, place / "results.json"):
        error = refused(plan, "--acro", name)
        assert error.exit_code == 2
        assert f"'{name.name}' holds something that --acro did not write" in str(error)
    assert [path.name for path in place.iterdir()] == ["results.json"]
