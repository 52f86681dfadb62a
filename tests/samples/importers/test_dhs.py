"""DHS: a no is a documented absence, weights and clusters are kept, other women are counted."""

import pandas as pd
import pyreadstat
import pytest

from relatum.errors import ImportFailedError
from relatum.samples.importers.registries import import_registry
from relatum.samples.importers.registry_crosswalk import load_crosswalk

COLUMNS = load_crosswalk("dhs").layouts["women"]
REQUIRED = [column.name for column in COLUMNS.values() if column.required]
DESIGN = {"v001": "4", "v021": "4", "v044": "1", "v502": "1", "d005": "1250000", "v012": "30"}
ASKED = ("d101", "d103", "d105")


def frame(rows, extra=()):
    """Return women who answered everything with no, but for what a row says."""
    names = [*dict.fromkeys([*REQUIRED, "v012", *extra, *(key for row in rows for key in row)])]
    nothing = {name: "0" if name.startswith(ASKED) else "" for name in names}
    return pd.DataFrame([{**nothing, **DESIGN, **row} for row in rows], columns=names)


def write(path, rows, **options):
    frame(rows, **options).to_csv(path, index=False)
    return path


def statuses(imported, couple="couple_1"):
    codings = imported.sample.tables["codings"]
    mine = codings[codings["unit_id"] == couple]
    return dict(zip(mine["code"].astype(str), mine["status"].astype(str), strict=True))


def test_a_woman_who_denied_everything(tmp_path):
    found = statuses(import_registry("dhs", [write(tmp_path / "a.csv", [{}])]))
    codes = (
        "dom_violence",
        "int_degradation",
        "int_threat_relatives",
        "int_threat_violence",
        "iso_contact_cut",
        "rule_no_contact",
        "vio_physical",
        "vio_sexual",
    )
    assert found == dict.fromkeys(codes, "absent_documented")


def test_what_merges_two_things_becomes_a_domain(tmp_path):
    rows = [{"d103b": "2", "d105f": "3", "d101a": "1"}]
    found = statuses(import_registry("dhs", [write(tmp_path / "a.csv", rows)]))
    assert found["dom_intimidation"] == found["dom_control"] == "present"
    assert not {"int_threat_violence", "int_threat_relatives"} & set(found)
    assert (found["dom_violence"], found["vio_physical"]) == ("present", "absent_documented")


@pytest.mark.parametrize("answer", ["", "8", "9"])
def test_no_answer_is_not_documented_unless_another_item_shows_it(tmp_path, answer):
    rows = [{"d105a": answer}, {"d105a": answer, "d105b": "1"}, {}]
    imported = import_registry("dhs", [write(tmp_path / "a.csv", rows)])
    assert not {"vio_physical", "dom_violence"} & set(statuses(imported))
    assert statuses(imported, "couple_2")["vio_physical"] == "present"


def test_an_item_that_a_survey_never_asked_rules_nothing_out(tmp_path):
    rows = [{"d105i": "", "d105k": ""}, {"d105h": "1", "d105i": "", "d105k": ""}]
    imported = import_registry("dhs", [write(tmp_path / "a.csv", rows)])
    assert statuses(imported)["vio_sexual"] == "absent_documented"
    assert statuses(imported, "couple_2")["vio_sexual"] == "present"


def test_women_who_were_not_asked_or_had_no_partner_are_left_out(tmp_path):
    rows = [{}, {"v044": "0"}, {"v044": "2"}, {"v502": "0"}, {"v502": "2"}]
    imported = import_registry("dhs", [write(tmp_path / "a.csv", rows)])
    assert list(imported.sample.tables["relationships"]["rel_status"]) == ["current", "ex"]
    assert sorted(row.n for row in imported.discards if row.what == "women") == [1, 2]


def test_weights_and_clusters_are_kept(tmp_path):
    rows = [
        {"v021": "40", "v022": "2", "d109": "3"},
        {"v001": "5", "v021": "50", "v022": "2", "d109": "95"},
        {"v021": "40", "v022": "3", "d109": "98", "d005": "500000"},
    ]
    imported = import_registry("dhs", [write(tmp_path / "a.csv", rows)])
    design = imported.design
    assert list(design["weight"]) == [1.25, 1.25, 0.5]
    assert list(design["cluster"].astype(object)) == ["4", "5", "4"]
    assert list(design["psu"].astype(object)) == ["40", "50", "40"]
    assert list(design["stratum"].astype(object)) == ["2", "2", "3"]
    assert list(design["years_to_first_violence"]) == ["3", "95", ""]
    cases = imported.sample.tables["relationships"]["case_id"]
    assert cases.nunique() == 2
    assert set(imported.sample.tables["relationships"]["population"]) == {"domestic_violence"}


def test_clusters_of_two_surveys_are_not_one(tmp_path):
    one, two = write(tmp_path / "a.csv", [{}]), write(tmp_path / "b.csv", [{}])
    assert import_registry("dhs", [one, two]).sample.n("cases") == 2


def test_help_from_the_police_is_a_contact_and_no_report(tmp_path):
    rows = [{"d119xe": "1", "d119y": "0"}, {"d119xe": "0", "d119y": "1"}, {"d119xe": ""}]
    imported = import_registry("dhs", [write(tmp_path / "a.csv", rows)])
    contacts = imported.sample.tables["police_contacts"]
    assert list(contacts["relationship_id"]) == ["couple_1"]
    assert list(contacts["contact_initiator"]) == ["victim"]
    assert imported.sample.n("reports") == 0
    assert list(imported.design["sought_help"].astype(object).fillna("")) == ["yes", "no", ""]


def test_stata_spss_and_capital_letters_read_alike(tmp_path):
    rows = [{"d105a": "1", "d105b": ""}, {"d103a": "2"}]
    table = frame(rows)
    numbers = table.apply(pd.to_numeric)
    pyreadstat.write_dta(numbers, str(tmp_path / "a.dta"))
    pyreadstat.write_sav(numbers.rename(columns=str.upper), str(tmp_path / "a.sav"))
    table.to_csv(tmp_path / "a.csv", index=False)
    found = [import_registry("dhs", [tmp_path / f"a.{end}"]) for end in ("csv", "dta", "sav")]
    for other in found[1:]:
        for name, tables in found[0].sample.tables.items():
            pd.testing.assert_frame_equal(other.sample.tables[name], tables)


def test_columns_that_no_crosswalk_names_are_counted(tmp_path):
    path = write(tmp_path / "a.csv", [{}], extra=("v190", "v106"))
    counts = {row.what: row.n for row in import_registry("dhs", [path]).discards}
    assert counts["columns"] == 2


def test_bad_input_comes_all_at_once(tmp_path):
    table = frame([{"d105a": "7", "v502": "5"}]).drop(columns=["d005", "d109"])
    table.to_csv(tmp_path / "a.csv", index=False)
    with pytest.raises(ImportFailedError) as caught:
        import_registry("dhs", [tmp_path / "a.csv"])
    assert {(issue.field, issue.rule) for issue in caught.value.issues} == {
        ("d005", "missing_column"),
        ("d109", "missing_column"),
        ("d105a", "unknown_value"),
        ("v502", "unknown_value"),
    }


def test_women_without_weight_or_cluster_and_files_without_the_module(tmp_path):
    one = write(tmp_path / "a.csv", [{"d005": "0"}, {"d005": "", "v001": ""}, {}])
    two = write(tmp_path / "b.csv", [{"v044": "0", "d005": ""}])
    with pytest.raises(ImportFailedError) as caught:
        import_registry("dhs", [one, two])
    assert {(issue.table, issue.field, issue.rule) for issue in caught.value.issues} == {
        ("a.csv", "d005", "missing_value"),
        ("a.csv", "v001", "missing_value"),
        ("b.csv", "v044", "no_records"),
    }


def test_the_source_and_its_terms_are_named(tmp_path):
    imported = import_registry("dhs", [write(tmp_path / "a.csv", [{}])])
    assert "DHS Program" in imported.attribution
    assert "may not be passed on" in imported.report()
