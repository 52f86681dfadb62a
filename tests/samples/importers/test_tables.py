"""Wide and long tables: by hand, round trips, silence, and everything that is wrong at once."""

import contextlib
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relatum.errors import ImportFailedError
from relatum.samples import read_sample
from relatum.samples.importers.base import write_imported
from relatum.samples.importers.mapping import MAPPING_COLUMNS
from relatum.samples.importers.tables import import_long, import_wide
from relatum.schema import load_schema

POPULATION = ",,relationships,population,trafficking"


@pytest.fixture
def files(tmp_path):
    def write(table, *lines):
        data, mapping = tmp_path / "mine.csv", tmp_path / "mapping.csv"
        data.write_text(table, encoding="utf-8")
        head = ",".join(MAPPING_COLUMNS[:-1])
        mapping.write_text("\n".join([head, *lines, POPULATION]), encoding="utf-8")
        return data, mapping

    return write


def told(call, *arguments, **options):
    with pytest.raises(ImportFailedError) as caught:
        call(*arguments, **options)
    return [(issue.row, issue.field, issue.rule) for issue in caught.value.issues]


def statuses(imported):
    rows = imported.sample.table("codings")
    return {
        (str(unit), str(code)): str(status)
        for unit, code, status in zip(rows["unit_id"], rows["code"], rows["status"], strict=True)
    }


def test_a_wide_table_by_hand(files):
    imported = import_wide(
        *files(
            "rel,case,man,woman,hits,kicks,fee,how often,age,start,town,scope\n"
            "r1,c1,s1,v1,yes,no,500,weekly,31,02-03-2015,A,local\n"
            "r2,c1,s1,v2,no,no,unknown,,,,B,local\n"
            "r3,c2,s2,v3,,no,,,40,,C,\n",
            "rel,,relationships,relationship_id,",
            "case,,cases,case_id,",
            "man,,suspects,suspect_id,",
            "woman,,victims,victim_id,",
            "hits,yes,codings,vio_physical,present",
            "hits,no,codings,vio_physical,absent_documented",
            "kicks,no,codings,vio_physical,absent_documented",
            "fee,,codings,eco_exit_fee_amount,",
            "fee,unknown,codings,eco_exit_fee_amount,not_documented",
            "how often,,codings,vio_frequency,",
            "age,,suspects,suspect_age,",
            "start,,relationships,rel_onset_lower,DD-MM-YYYY",
            "town,,discard,,",
            "scope,,cases,case_scope,",
        )
    )
    # Absence needs both columns: r3 is silent on one of them.
    assert statuses(imported) == {
        ("r1", "vio_physical"): "present",
        ("r2", "vio_physical"): "absent_documented",
        ("r1", "eco_exit_fee_amount"): "present",
        ("r2", "eco_exit_fee_amount"): "not_documented",
        ("r1", "vio_frequency"): "present",
    }
    codings = imported.sample.table("codings").set_index(["unit_id", "code"])["value"]
    assert codings["r1", "eco_exit_fee_amount"] == "500"
    assert codings["r1", "vio_frequency"] == "weekly"
    suspects = imported.sample.table("suspects").set_index("suspect_id")
    assert suspects.loc["s1", "suspect_age"] == 31
    start = imported.sample.table("relationships").set_index("relationship_id")["rel_onset_lower"]
    assert str(start["r1"].date()) == "2015-03-02"
    assert pd.isna(start["r2"])
    cases = imported.sample.table("cases").set_index("case_id")
    assert cases.loc["c1", "case_scope"] == "local"
    assert list(cases["case_list_source"]) == ["included", "included"]
    assert [(row.what, row.n, row.why) for row in imported.discards] == [
        ("cells of 'town'", 3, "left out by the mapping")
    ]


def test_keys_that_are_not_there_are_made_up_and_told(files):
    imported = import_wide(
        *files(
            "man,woman,hits\nJan Jansen,x 1,yes\nJan Jansen,x 2,yes\nPiet,x 3,yes\n",
            "man,,suspects,suspect_id,numbered",
            "woman,,victims,victim_id,numbered",
            "hits,yes,codings,vio_physical,present",
        )
    )
    rows = imported.sample.table("relationships")
    assert list(rows["relationship_id"]) == ["R0001", "R0002", "R0003"]
    # Two relationships of one suspect hang together, so they are one investigation.
    assert list(rows["case_id"]) == ["C0001", "C0001", "C0002"]
    assert list(rows["suspect_id"]) == ["S0001", "S0001", "S0002"]
    assert "3 relationships without an investigation" in imported.report()
    assert "Jansen" not in imported.report()


def test_a_table_without_any_key(files):
    imported = import_wide(*files("hits\nyes\nyes\n", "hits,yes,codings,vio_physical,present"))
    assert imported.sample.n("cases") == imported.sample.n("victims") == 2
    assert [row.what for row in imported.discards] == [
        "relationships without a suspect",
        "relationships without a victim",
        "relationships without an investigation",
        "rows without a key",
    ]


def test_blank_and_unnamed_columns_are_silence(files):
    imported = import_wide(
        *files(
            "id,hits,other\nr1,,1\nr2,NO,2\n",
            "id,,relationships,relationship_id,",
            "hits,no,codings,vio_physical,not_documented",
        )
    )
    assert statuses(imported) == {("r2", "vio_physical"): "not_documented"}
    assert ("cells of 'other'", 2) in [(row.what, row.n) for row in imported.discards]


def test_values_that_are_left_out_are_counted(files):
    lines = ["id,,relationships,relationship_id,", "hits,yes,codings,vio_physical,present"]
    table = "id,hits\nr1,yes\nr2,maybe\nr3,perhaps\nr4,maybe\n"
    assert told(import_wide, *files(table, *lines)) == [
        ("line 3", "hits", "unknown_value"),
        ("line 4", "hits", "unknown_value"),
    ]
    imported = import_wide(*files(table, *lines, "hits,maybe,discard,,", "hits,*,discard,,"))
    assert ("values of 'hits'", 3) in [(row.what, row.n) for row in imported.discards]
    imported = import_wide(*files(table, *lines, "hits,*,codings,vio_physical,not_documented"))
    assert sorted(statuses(imported).values()) == ["not_documented"] * 3 + ["present"]


def test_everything_that_is_wrong_at_once(files):
    found = told(
        import_wide,
        *files(
            "id,case,hits,age,start,scope,seen\n"
            "r1,c1,yess,12.5,2015-02-30,locall,true\n"
            "r1,c1,,x,02-03-2015,local,maybe\n"
            "r 3,c1,yes,,,national,\n"
            ",c1,,,,,\n",
            "id,,relationships,relationship_id,",
            "case,,cases,case_id,",
            "hits,yes,codings,vio_physical,present",
            "age,,suspects,suspect_age,",
            "start,,relationships,rel_onset_lower,",
            "scope,,cases,case_scope,",
            "seen,,relationships,rel_in_window,",
            "gone,,relationships,rel_status,",
        ),
    )
    assert found == [
        ("line 4", "id", "pattern"),
        ("line 2", "hits", "unknown_value"),
        ("line 2", "age", "wrong_type"),
        ("line 3", "age", "wrong_type"),
        ("line 3", "start", "mixed_dates"),
        ("line 2", "start", "date_form"),
        ("line 3", "start", "date_form"),
        ("line 2", "scope", "unknown_value"),
        ("line 3", "seen", "unknown_value"),
        ("", "gone", "missing_column"),
        ("line 5", "id", "missing_id"),
        ("line 4", "case_scope", "contradiction"),
    ]


def test_rows_of_one_relationship(files):
    lines = [
        "id,,relationships,relationship_id,",
        "coder,,codings,coder_id,numbered",
        "hits,yes,codings,vio_physical,present",
        "hits,no,codings,vio_physical,absent_documented",
    ]
    assert told(import_wide, *files("id,coder,hits\nr1,A,yes\nr1,A,no\n", *lines))[0] == (
        "line 3",
        "",
        "duplicate_row",
    )
    imported = import_wide(*files("id,coder,hits\nr1,Ann B,yes\nr1,Cas D,no\n", *lines))
    assert imported.sample.coders == ("K0001", "K0002")
    assert [issue.rule for issue in imported.warnings] == ["several_coders"]


def test_two_columns_for_one_field_and_no_population(tmp_path):
    data, mapping = tmp_path / "mine.csv", tmp_path / "mapping.csv"
    data.write_text("a,b,c\n1,2,x\n")
    mapping.write_text(
        ",".join(MAPPING_COLUMNS[:-1])
        + "\na,,suspects,suspect_age,\nb,,suspects,suspect_age,\nc,x,codings,date_lower,2015-01-01"
    )
    rules = [rule for _, _, rule in told(import_wide, data, mapping)]
    assert rules == ["duplicate_target", "missing_target", "wrong_form"]


def test_messages_hide_what_is_sensitive(files):
    data, mapping = files(
        "id,age,hits,married\nr1,fifty,Anna de Vries did it,Zeker\n",
        "id,,relationships,relationship_id,",
        "age,,victims,victim_age,",
        "hits,yes,codings,vio_physical,present",
        "married,,relationships,rel_married,",
    )
    with pytest.raises(ImportFailedError) as caught:
        import_wide(data, mapping)
    text = str(caught.value) + " ".join(map(str, caught.value.issues))
    assert len(caught.value.issues) == 3
    assert not any(word in text for word in ("fifty", "Anna", "Vries", "Zeker"))


# --- a row per coding ----------------------------------------------------------------------------

LONG = (
    "rel,,relationships,relationship_id,",
    "by,,codings,coder_id,",
    "code,hit,codings,vio_physical,",
    "code,no hit,codings,vio_physical,absent_documented",
    "code,phone,codings,ctl_phone_checks,",
    "code,,codings,code,",
    "known,sure,codings,certainty,CERTAINTY",
    "status,y,codings,status,present",
    "status,n,codings,status,absent_documented",
    "day,,codings,date_lower,DD.MM.YYYY",
)


@pytest.fixture
def long_lines():
    level = load_schema()["codings"]["certainty"].levels[0].value
    return [line.replace("CERTAINTY", level) for line in LONG]


def test_a_long_table_by_hand(files, long_lines):
    imported = import_long(
        *files(
            "rel;by;code;known;status;day\n"
            "r1;A;hit;sure;y;2.3.2015\n"
            "r1;A;phone;;n;\n"
            "r2;A;no hit;;;\n"
            "r2;A;ctl_phone_checks;;;\n"
            "r2;B;Physical violence;;;\n"
            "r2;B;Physical violence;;;\n"
            "r3;A;;;;\n",
            *long_lines,
        )
    )
    assert statuses(imported) == {
        ("r1", "vio_physical"): "present",
        ("r1", "ctl_phone_checks"): "absent_documented",
        # The second coder of r2 says present; the table keeps both coders.
        ("r2", "vio_physical"): "present",
        ("r2", "ctl_phone_checks"): "present",
    }
    rows = imported.sample.table("codings")
    assert len(rows) == 5
    assert rows["certainty"].notna().sum() == 1
    assert [str(day.date()) for day in rows["date_lower"].dropna()] == ["2015-03-02"]
    assert imported.sample.n("relationships") == 3
    found = [(row.what, row.n) for row in imported.discards]
    assert {("repeated codings", 1), ("rows without a code", 1)} <= set(found)


def test_faults_of_a_long_table(files, long_lines):
    table = "rel;by;code;known;status;day\nr1;A;hit;;y;\nr1;A;no hit;;;\nr1;A;kick;sure;?;\n"
    assert told(import_long, *files(table, *long_lines)) == [
        ("line 4", "code", "unknown_value"),
        ("line 4", "status", "unknown_value"),
        ("line 3", "vio_physical", "conflicting_status"),
    ]
    found = told(import_long, *files("code\nhit\n", "code,hit,codings,vio_physical,"))
    assert found[0][2] == "missing_target"


# --- dates in words ------------------------------------------------------------------------------


def test_dates_in_words_fill_both_ends(files):
    imported = import_wide(
        *files(
            "rel,start,end\n"
            "r1,April 2010,before 2012\n"
            "r2,2010-04-03,03/04/2011\n"
            "r3,between March and May 2010,\n"
            "r4,13/04/2010,unknown\n"
            "r5,?,2014\n",
            "rel,,relationships,relationship_id,",
            "start,,relationships,rel_onset,words",
            "start,?,discard,,",
            "end,,relationships,rel_exit,words DD/MM",
        )
    )
    rows = imported.sample.table("relationships").set_index("relationship_id")
    ends = ["rel_onset_lower", "rel_onset_upper", "rel_exit_lower", "rel_exit_upper"]
    found = {
        name: ["" if pd.isna(day) else str(day.date()) for day in rows.loc[name, ends]]
        for name in rows.index
    }
    assert found == {
        "r1": ["2010-04-01", "2010-04-30", "", "2011-12-31"],
        "r2": ["2010-04-03", "2010-04-03", "2011-04-03", "2011-04-03"],
        "r3": ["2010-03-01", "2010-05-31", "", ""],
        "r4": ["2010-04-13", "2010-04-13", "", ""],
        "r5": ["", "", "2014-01-01", "2014-12-31"],
    }
    assert ("values of 'start'", 1) in [(row.what, row.n) for row in imported.discards]


def test_dates_in_words_of_codings_keep_their_precision(files):
    imported = import_long(
        *files(
            "rel,code,when\nr1,hit,summer 2010\nr2,hit,\nr3,hit,unknown\nr4,hit,03/04/2010\n",
            "rel,,relationships,relationship_id,",
            "code,hit,codings,vio_physical,",
            "when,,codings,date,words MM/DD",
        )
    )
    rows = imported.sample.table("codings").set_index("unit_id")
    assert list(rows["date_lower"].dt.strftime("%Y-%m-%d").fillna("")) == [
        *("2010-06-01", "", "", "2010-03-04"),
    ]
    assert str(rows.loc["r1", "date_upper"].date()) == "2010-08-31"
    # A blank cell is silent; "unknown" says that there is no date.
    assert list(rows["date_precision"].astype("string").fillna("")) == [
        *("season_or_quarter", "", "none", "exact_day"),
    ]


def test_faults_of_dates_in_words_all_at_once(files):
    data, mapping = files(
        "rel,start,end\n"
        "r1,03/04/2010,winter 2010\n"
        "r2,Aprilish 2010,two days after the report\n"
        "r3,03/04/2010,2 May 10\n"
        "r4,2010-04-03,\n",
        "rel,,relationships,relationship_id,",
        "start,,relationships,rel_onset,words",
        "end,,relationships,rel_exit,words",
    )
    with pytest.raises(ImportFailedError) as caught:
        import_wide(data, mapping)
    issues = caught.value.issues
    assert [(issue.table, issue.row, issue.field, issue.rule) for issue in issues] == [
        ("mine.csv", "line 2", "start", "ambiguous_order"),
        ("mine.csv", "line 3", "start", "not_understood"),
        ("mine.csv", "line 2", "end", "ambiguous_winter"),
        ("mine.csv", "line 3", "end", "unknown_event"),
        ("mine.csv", "line 4", "end", "two_digit_year"),
    ]
    assert issues[0].allowed == ("words DD/MM", "words MM/DD")
    assert "So in 1 more row." in issues[0].message
    text = str(caught.value) + " ".join(map(str, issues))
    assert not any(word in text for word in ("03/04", "Aprilish", "winter 2010", "2 May"))


def test_lines_that_do_not_fit_dates_in_words(files):
    found = told(
        import_wide,
        *files(
            "rel,a\nr1,2010\n",
            "rel,,relationships,relationship_id,",
            "a,,relationships,rel_onset,DD-MM-YYYY",
            "a,,relationships,rel_exit,",
            "a,x,suspects,suspect_arrest,words",
            ",,suspects,suspect_arrest,words",
            "a,,relationships,rel_onset_lower,words",
            "a,,victims,victim_age_onset,words",
        ),
    )
    assert found == [
        *[(f"line {at}", "status_or_value", "date_form") for at in (3, 4, 5, 6)],
        ("line 7", "status_or_value", "unknown_level"),
        ("line 8", "column_or_code", "unknown_target"),
    ]


def test_a_month_in_a_column_of_days_is_no_matter_of_its_form(files):
    with pytest.raises(ImportFailedError) as caught:
        import_wide(
            *files(
                "rel,a\nr1,2010-04\n",
                "rel,,relationships,relationship_id,",
                "a,,relationships,rel_onset_lower,",
            )
        )
    (issue,) = caught.value.issues
    assert issue.rule == "date_form"
    assert "Enter the first and the last day it can be" in issue.message
    assert "2010" not in issue.message


def test_one_end_is_filled_once(files):
    found = told(
        import_wide,
        *files(
            "rel,a,b\nr1,2010,2010-01-01\n",
            "rel,,relationships,relationship_id,",
            "a,,relationships,rel_onset,words",
            "b,,relationships,rel_onset_lower,",
        ),
    )
    assert found == [("", "b", "duplicate_target")]


# --- round trips and properties ------------------------------------------------------------------


def wide_lines(codes):
    return [
        "rel,,relationships,relationship_id,",
        "case,,relationships,case_id,",
        *(f"{code},,codings,{code}," for code in codes),
    ]


def test_what_is_written_is_read_back(files, tmp_path):
    codes = ["vio_physical", "ctl_phone_checks", "vio_frequency"]
    rng = np.random.default_rng(4)
    words = ["present", "absent_documented", "not_documented", ""]
    table = pd.DataFrame({"rel": [f"r{at}" for at in range(12)], "case": ["c1", "c2"] * 6})
    for code in codes[:2]:
        table[code] = rng.choice(words, 12)
    table["vio_frequency"] = ["weekly", "", "daily"] * 4
    imported = import_wide(*files(table.to_csv(index=False), *wide_lines(codes)))
    place = write_imported(imported, tmp_path / "out")
    again = read_sample(place)
    assert again.fingerprint == imported.sample.fingerprint
    coded = again.table("codings")
    coded["text"] = coded["value"].fillna(coded["status"].astype("string"))
    back = coded.pivot_table(index="unit_id", columns="code", values="text", aggfunc="first")
    back = back.reindex(table["rel"])[codes].fillna("").reset_index(drop=True)
    assert back.to_numpy().tolist() == table[codes].to_numpy().tolist()
    assert json.loads((place / "datapackage.json").read_text())["name"] == "mine"


def test_the_order_of_rows_changes_nothing(files):
    table = pd.DataFrame(
        {
            "rel": [f"file {at}" for at in range(8)],
            "man": ["a", "b", "a", "c", "d", "e", "e", "f"],
            "woman": list("ghgijklm"),
            "vio_physical": ["present", ""] * 4,
        }
    )
    table.loc[2, "woman"] = "n"
    lines = [
        "rel,,relationships,relationship_id,numbered",
        "man,,suspects,suspect_id,numbered",
        "woman,,victims,victim_id,numbered",
        "vio_physical,,codings,vio_physical,",
    ]
    prints = {
        import_wide(*files(table.iloc[order].to_csv(index=False), *lines)).sample.fingerprint
        for order in (range(8), range(7, -1, -1), [3, 1, 7, 0, 2, 6, 5, 4])
    }
    assert len(prints) == 1


def test_nothing_is_written_when_something_is_wrong(files, tmp_path):
    before = sorted(tmp_path.iterdir())
    with pytest.raises(ImportFailedError):
        import_wide(*files("hits\nx\n", "hits,yes,codings,vio_physical,present"))
    after = {path.name for path in tmp_path.iterdir()} - {path.name for path in before}
    assert after == {"mine.csv", "mapping.csv"}


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["r1", "r2", "", "r 3"]),
            st.sampled_from(["yes", "no", "", "?", "="]),
            st.text(max_size=6),
        ),
        max_size=6,
    )
)
def test_any_cells_end_in_a_sample_or_an_error(files, rows):
    table = pd.DataFrame(rows, columns=["id", "hits", "age"]).to_csv(index=False)
    lines = (
        "id,,relationships,relationship_id,",
        "hits,yes,codings,vio_physical,present",
        "hits,no,codings,vio_physical,absent_documented",
        "age,,suspects,suspect_age,",
    )
    with contextlib.suppress(ImportFailedError):
        import_wide(*files(table, *lines))
