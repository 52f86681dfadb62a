"""CTDC: what is blank stays undocumented, merged means become domains, faults come all at once."""

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relatum.errors import ImportFailedError
from relatum.samples import read_sample
from relatum.samples.importers import write_imported
from relatum.samples.importers.registries import REGISTRIES, import_registry
from relatum.samples.importers.registry_crosswalk import load_crosswalk
from relatum.schema import load_schema

LAYOUTS = load_crosswalk("ctdc").layouts
TERMS_COLUMN = "By using this data you agree to the Terms of Use: https://example.org/terms"


def write(path, layout, rows, nothing="", first=None):
    """Write a small file in a layout; every column that a row leaves out holds nothing."""
    names = list(LAYOUTS[layout])
    frame = pd.DataFrame([{name: row.get(name, nothing) for name in names} for row in rows])
    if first is not None:
        frame.insert(0, first, range(len(rows)))
    frame.to_csv(path, index=False)
    return path


def statuses(imported):
    codings = imported.sample.tables["codings"]
    return {(row.unit_id, row.code): str(row.status) for row in codings.itertuples()}


def issues_of(path, *more):
    with pytest.raises(ImportFailedError) as caught:
        import_registry("ctdc", [path, *more])
    return caught.value.issues


# --- the crosswalks ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(REGISTRIES))
def test_every_target_of_a_crosswalk_exists(name):
    schema = load_schema()
    for columns in load_crosswalk(name).layouts.values():
        for column in columns.values():
            for rule in column.rules:
                place, _, own = rule.target.partition(".")
                if place in schema.tables:
                    spec = schema.tables[place][own]
                    levels = {level.value for level in spec.levels}
                    assert not levels or not rule.status or rule.status in levels, rule
                elif not own and rule.target not in ("missing", "known", "discard"):
                    code = schema.codebook[rule.target]
                    assert (code.is_coding, code.value_type) == (True, "status")
                    assert rule.status in ("present", "absent_documented")
                else:
                    assert place in ("design", "block", "missing", "known", "discard"), rule
                assert rule.target != "discard" or rule.note.endswith("."), rule


@pytest.mark.parametrize(
    ("layout", "n"), [("k_anonymised", 63), ("synthetic", 27), ("victim_perpetrator", 16)]
)
def test_the_layouts_have_the_published_numbers_of_columns(layout, n):
    assert len(LAYOUTS[layout]) == n


def test_the_crosswalk_of_ctdc_never_yields_an_absence():
    rules = [r for cols in LAYOUTS.values() for column in cols.values() for r in column.rules]
    assert "absent_documented" not in {rule.status for rule in rules}


# --- the layouts ---------------------------------------------------------------------------------


def test_the_synthetic_layout_by_hand(tmp_path):
    rows = [
        {
            "yearOfRegistration": "2019",
            "gender": "Woman",
            "ageBroad": "18--20",
            "meansDebtBondageEarnings": "1",
            "meansAbusePsyPhySex": "1.0",
            "meansWithholdDocs": "1",
            "recruiterRelationIntimatePartner": "1",
        },
        {"gender": "Trans/Transgender/NonConforming", "meansDenyBasicNeeds": "1"},
        {},
    ]
    imported = import_registry("ctdc", [write(tmp_path / "a.csv", "synthetic", rows)])
    assert statuses(imported) == {
        ("couple_1", "dom_economic"): "present",
        ("couple_1", "dom_intimidation"): "present",
        ("couple_1", "iso_passport_withheld"): "present",
    }
    sample = imported.sample
    assert sample.simulated
    assert [sample.n(name) for name in ("cases", "victims", "relationships")] == [3, 3, 3]
    assert set(sample.tables["relationships"]["population"]) == {"trafficking"}
    assert sample.tables["relationships"]["rel_status"].isna().all()
    assert list(sample.tables["victims"]["victim_gender"])[:2] == ["woman", "other"]
    assert sample.tables["victims"]["victim_age"].isna().all()
    assert imported.design["age_band"].iloc[0] == "18--20"
    assert imported.design["recruiter_partner"].iloc[0] == "1"
    lost = {row.what: row.n for row in imported.discards}
    assert lost == {"meansDenyBasicNeeds": 1}
    assert "Counter-Trafficking" in imported.report()
    assert "terms of use" in imported.terms


def test_abuse_that_merges_three_kinds_is_no_violence(tmp_path):
    path = write(tmp_path / "a.csv", "synthetic", [{"meansAbusePsyPhySex": "1"}])
    codes = {code for _, code in statuses(import_registry("ctdc", [path]))}
    assert codes == {"dom_intimidation"}


def test_the_k_anonymised_layout_by_hand(tmp_path):
    rows = [
        {
            "gender": "Female",
            "meansOfControlDebtBondage": "1",
            "meansOfControlPhysicalAbuse": "0",
            "meansOfControlThreats": "1",
            "meansOfControlPsychologicalAbuse": "1",
            "meansOfControlConcatenated": "Debt bondage;Threats",
        },
        {"gender": "Male"},
    ]
    path = write(tmp_path / "a.csv", "k_anonymised", rows, nothing="-99", first=TERMS_COLUMN)
    imported = import_registry("ctdc", [path])
    assert statuses(imported) == {
        ("couple_1", "eco_debt_claim"): "present",
        ("couple_1", "dom_intimidation"): "present",
    }
    assert not imported.sample.simulated
    lost = {row.what: row.n for row in imported.discards}
    assert lost == {
        "columns": 1,
        "meansOfControlConcatenated": 1,
        "meansOfControlPhysicalAbuse": 1,
    }


def test_the_victim_perpetrator_layout_by_hand(tmp_path):
    rows = [
        {
            "gender": "Female",
            "IP_Gender": "Male",
            "IP_RecruiterBroker": "1",
            "IP_Exploiter": "1",
            "IP_Relation": "FamilyIntimatePartner",
            "IP_ControlAbuseKidnap": "1",
        },
        {"IP_Gender": "Unknown"},
    ]
    imported = import_registry("ctdc", [write(tmp_path / "a.csv", "victim_perpetrator", rows)])
    suspects = imported.sample.tables["suspects"]
    assert suspects["suspect_role"].iloc[0] == "co_exploiter;recruiter"
    assert suspects["suspect_gender"].iloc[0] == "man"
    assert suspects[["suspect_role", "suspect_gender"]].iloc[1].isna().all()
    assert imported.sample.n("codings") == 0
    assert imported.design["relation"].iloc[0] == "FamilyIntimatePartner"
    assert imported.sample.simulated


def test_an_import_is_written_with_its_design_and_read_back(tmp_path):
    rows = [{"meansThreats": "1"}, {"gender": "Woman"}]
    imported = import_registry("ctdc", [write(tmp_path / "a.csv", "synthetic", rows)])
    folder = write_imported(imported, tmp_path / "sample")
    again = read_sample(folder)
    for name, frame in imported.sample.tables.items():
        pd.testing.assert_frame_equal(again.tables[name], frame)
    design = pd.read_csv(folder / "registry_design.tsv", sep="\t")
    assert list(design["relationship_id"]) == ["couple_1", "couple_2"]
    assert (folder / "discards.json").exists()


def test_the_order_of_the_records_changes_nothing(tmp_path):
    rows = [{"meansThreats": "1"}, {"meansWithholdDocs": "1", "gender": "Man"}, {}]
    counts = []
    for at, order in enumerate((rows, rows[::-1])):
        path = write(tmp_path / f"{at}.csv", "synthetic", order)
        codings = import_registry("ctdc", [path]).sample.tables["codings"]
        counts.append(codings.groupby("code").size().to_dict())
    assert counts[0] == counts[1]


# --- bad input -----------------------------------------------------------------------------------


def test_missing_columns_and_unknown_values_come_all_at_once(tmp_path):
    path = write(tmp_path / "a.csv", "synthetic", [{"gender": "Anna Jansen", "meansThreats": "7"}])
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    frame = frame.drop(columns="isOtherExploit").rename(columns={"meansWithholdDocs": "meansDocs"})
    frame.to_csv(path, index=False)
    found = {(issue.field, issue.rule) for issue in issues_of(path)}
    assert found == {
        ("isOtherExploit", "missing_column"),
        ("meansWithholdDocs", "missing_column"),
        ("gender", "unknown_value"),
        ("meansThreats", "unknown_value"),
    }
    words = " ".join(str(issue) for issue in issues_of(path))
    assert "Jansen" not in words
    assert "'7'" in words
    assert "line 2" in words


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [
        ("a.csv", b"", "empty_file"),
        ("a.csv", b"x,y\n1,2\n", "unknown_layout"),
        ("a.csv", b"PK\x03\x04rest", "file_type"),
        ("a.csv", b"\xff\xfeg\x00", "encoding"),
        ("a.csv", "géneros,b\n".encode("latin-1"), "encoding"),
        ("a.csv", b"gender,gender\n1,2\n", "duplicate_column"),
        ("a.csv", b'gender,"b\n1,2\n', "truncated_file"),
        ("a.xlsx", b"PK\x03\x04", "file_type"),
        ("a.dta", b"no stata", "damaged_file"),
    ],
)
def test_a_file_that_is_no_file_of_the_registry(tmp_path, name, content, rule):
    path = tmp_path / name
    path.write_bytes(content)
    assert [issue.rule for issue in issues_of(path)] == [rule]


def test_lines_with_too_many_fields_are_named_by_line(tmp_path):
    path = write(tmp_path / "a.csv", "synthetic", [{"gender": "Man"}, {"gender": "Woman"}])
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], lines[1] + ",9", lines[2]]) + "\n")
    assert [(i.rule, i.row) for i in issues_of(path)] == [("too_many_fields", "line 2")]


def test_files_without_records_twice_or_of_several_layouts(tmp_path):
    one = write(tmp_path / "a.csv", "synthetic", [{"gender": "Man"}])
    other = write(tmp_path / "b.csv", "victim_perpetrator", [{"gender": "Male"}])
    empty = tmp_path / "c.csv"
    empty.write_text(one.read_text().splitlines()[0] + "\n")
    assert {issue.rule for issue in issues_of(one, other, one, empty, tmp_path / "none.csv")} == {
        "mixed_layouts",
        "duplicate_file",
        "empty_file",
        "missing_file",
    }
    with pytest.raises(ImportFailedError):
        import_registry("ctdc", [])


def test_an_unknown_registry_is_named_with_the_nearest():
    with pytest.raises(ImportFailedError, match="Did you mean 'linea137'") as caught:
        import_registry("linea173", [])
    assert caught.value.exit_code == 16


HEADER = ",".join(LAYOUTS["victim_perpetrator"]).encode()


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=st.binary(max_size=60), headed=st.booleans())
def test_no_bytes_break_the_reader(tmp_path, content, headed):
    path = tmp_path / "a.csv"
    path.write_bytes(HEADER + b"\n" + content if headed else content)
    try:
        found = import_registry("ctdc", [path]).sample.n("relationships")
    except ImportFailedError as error:
        found = len(error.issues)
    assert found
