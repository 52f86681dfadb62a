"""Mapping files: what they must hold, and the draft of one."""

import csv

import pytest

from relatum.errors import ImportFailedError
from relatum.samples.importers.mapping import MAPPING_COLUMNS, STATUSES, read_mapping
from relatum.samples.importers.maxqda import import_maxqda
from relatum.samples.importers.suggest import suggest_mapping
from relatum.samples.importers.suggest_maxqda import suggest_codes

HEAD = ",".join(MAPPING_COLUMNS)


@pytest.fixture
def mapping(tmp_path):
    def write(*lines, head=HEAD):
        path = tmp_path / "mapping.csv"
        path.write_text("\n".join([head, *lines]), encoding="utf-8")
        return path

    return write


def told(path, **options):
    with pytest.raises(ImportFailedError) as caught:
        read_mapping(path, **options)
    assert caught.value.exit_code == 16
    return [(issue.row, issue.field, issue.rule, issue.near) for issue in caught.value.issues]


def test_a_mapping(mapping):
    found = read_mapping(
        mapping(
            "id,,relationships,relationship_id,numbered,",
            "hits,yes,codings,vio_physical,present,a note",
            "hits,*,discard,,,",
            "town,,discard,,,",
            "start,,relationships,rel_onset_lower,DD-MM-YYYY,",
            ",,relationships,population,trafficking,",
        )
    )
    assert found.columns == ("id", "hits", "start")
    assert [line.line for line in found.lines] == [2, 3, 4, 5, 6, 7]
    assert [line.drops for line in found.lines] == [False, False, True, True, False, False]


def test_all_faults_at_once(mapping):
    assert told(
        mapping(
            "a,,,,,",
            "b,,relationship,rel_status,,",
            "c,,relationships,rel_statos,,",
            "d,yes,codings,vio_fysical,present,",
            "e,yes,codings,vio_physical,presnt,",
            "f,yes,codings,vio_physical,,",
            "g,,codings,vio_physical,present,",
            "h,yes,cases,case_scope,locall,",
            "i,yes,codings,vio_physical,not_applicable,",
            "j,,relationships,rel_onset_lower,DD-MM,",
            "k,,codings,composite_control_intimidation_violence,,",
            "l,,codings,case_firearm,,",
            "m,,cases,,,",
            "n,,relationships,relationship_id,hashed,",
            ",,relationships,population,,",
        )
    ) == [
        ("line 2", "table", "unfinished", ""),
        ("line 3", "table", "unknown_table", "relationships"),
        ("line 4", "column_or_code", "unknown_target", "rel_status"),
        ("line 5", "column_or_code", "unknown_target", "vio_physical"),
        ("line 6", "status_or_value", "unknown_level", "present"),
        ("line 7", "status_or_value", "unfinished", ""),
        ("line 8", "their_value", "unfinished", ""),
        ("line 9", "status_or_value", "unknown_level", "local"),
        ("line 10", "status_or_value", "unknown_level", ""),
        ("line 11", "status_or_value", "unknown_level", ""),
        ("line 12", "column_or_code", "unknown_target", ""),
        ("line 13", "column_or_code", "unknown_target", ""),
        ("line 14", "column_or_code", "unfinished", ""),
        ("line 15", "status_or_value", "unknown_level", ""),
        ("line 16", "status_or_value", "unfinished", ""),
    ]


def test_lines_that_contradict_one_another(mapping):
    found = told(
        mapping(
            "a,yes,codings,vio_physical,present,",
            "a,yes,codings,vio_physical,not_documented,",
            "b,,discard,,,",
            "b,yes,codings,vio_physical,present,",
            "c,x,discard,,,",
            "c,x,codings,vio_physical,present,",
        )
    )
    assert found == [
        ("line 3", "their_column", "duplicate_line", ""),
        ("line 5", "their_column", "kept_and_left_out", ""),
        ("line 7", "their_column", "kept_and_left_out", ""),
    ]


def test_a_row_per_coding_may_leave_the_status_open(mapping):
    path = mapping("code,hit,codings,vio_physical,,")
    assert told(path)[0][2] == "unfinished"
    assert read_mapping(path, form="long").columns == ("code",)


def test_headers(mapping):
    path = mapping("a,b", head="their_colum,their_value")
    assert [rule for _, _, rule, _ in told(path)] == ["unknown_field", *["missing_field"] * 4]
    assert told(path)[0][3] == "their_column"
    assert [row[2] for row in told(mapping())] == ["empty_file"]


# --- the draft -----------------------------------------------------------------------------------


def drafted(tmp_path, text, **options):
    path = tmp_path / "mine.csv"
    path.write_text(text, encoding="utf-8")
    return list(csv.DictReader(suggest_mapping(path, **options).splitlines()))


def test_a_draft_finds_names_levels_and_keys(tmp_path):
    rows = drafted(
        tmp_path,
        "zaak_nr;Physical violence;Scope of the case;case scope;suspectAge;x\n"
        "1;ja;local;International;31;q\n2;Tak;;national;30;\n",
    )
    found = {(row["their_column"], row["their_value"]): row for row in rows}
    assert found["zaak_nr", ""]["column_or_code"] == "case_id"
    assert found["zaak_nr", ""]["status_or_value"] == "numbered"
    assert found["Physical violence", "ja"]["status_or_value"] == "present"
    assert found["Physical violence", "Tak"]["column_or_code"] == "vio_physical"
    assert found["case scope", "International"]["status_or_value"] == "international"
    assert found["suspectAge", ""]["column_or_code"] == "suspect_age"
    assert found["x", ""]["table"] == ""
    assert found["", ""]["column_or_code"] == "population"


def test_a_draft_never_guesses_absence(tmp_path):
    rows = drafted(tmp_path, "Physical violence\nno\n0\nnee\nyes\nunknown\n")
    found = {row["their_value"]: row["status_or_value"] for row in rows}
    assert [found[value] for value in ("no", "0", "nee")] == ["", "", ""]
    assert (found["yes"], found["unknown"]) == ("present", "not_documented")
    assert "absent_documented" not in {row["status_or_value"] for row in rows}
    assert all("absent_documented" in row["note"] for row in rows if row["their_value"] == "no")


def test_a_draft_holds_no_texts(tmp_path):
    text = "Remarks,Physical violence\nsaid Jan Jansen,yes\n06-12345678,Anna de Vries told so\n"
    rows = drafted(tmp_path, text)
    words = " ".join(" ".join(row.values()) for row in rows)
    assert "Jansen" not in words
    assert "Anna" not in words
    assert "06" not in words


def test_an_unfinished_draft_is_refused(tmp_path, mapping):
    rows = drafted(tmp_path, "Physical violence,x\nno,1\n")
    lines = [",".join(row[name] for name in MAPPING_COLUMNS[:-1]) + "," for row in rows]
    assert {rule for _, _, rule, _ in told(mapping(*lines))} == {"unfinished"}


def test_a_draft_of_codes(tmp_path):
    text = "relationship;code;coder\nr1;Control > Phone checks;A\nr1;Jan Jansen;A\nr1;Zzz;B\n"
    rows = drafted(tmp_path, text, form="long")
    found = {(row["their_column"], row["their_value"]): row["column_or_code"] for row in rows}
    assert found["code", "Control > Phone checks"] == "ctl_phone_checks"
    assert found["code", "Zzz"] == ""
    assert found["relationship", ""] == "relationship_id"
    assert found["coder", ""] == "coder_id"
    assert not any("Jansen" in value for _, value in found)


def test_statuses_are_those_that_may_be_entered():
    assert STATUSES == ("present", "absent_documented", "not_documented")


def test_a_draft_offers_keys_first_and_no_target_for_a_unit_alone(tmp_path):
    rows = drafted(tmp_path, "Physical violence,Victim,Suspect,couple nr\nyes,a1,b1,1\n,a2,b1,2\n")
    assert [row["column_or_code"] for row in rows[:3]] == [
        *("relationship_id", "suspect_id", "victim_id"),
    ]
    rows = drafted(tmp_path, "Suspect,Victim,Relation\nyes,no,partner\nno,yes,ex\n")
    found = {(row["their_column"], row["column_or_code"]) for row in rows}
    assert found >= {("Suspect", ""), ("Victim", "")}
    assert ("Relation", "rel_status") in found


def test_a_draft_knows_a_column_that_numbers_the_rows(tmp_path):
    found = {row["column_or_code"] for row in drafted(tmp_path, "ID,x\n1,1\n2,1\n")}
    assert "relationship_id" in found
    found = {row["column_or_code"] for row in drafted(tmp_path, "ID,x\n1,1\n1,1\n")}
    assert "relationship_id" not in found


def test_a_draft_lists_values_of_unknown_columns_that_repeat(tmp_path):
    lines = [f"{'red' if at % 2 else 'blue'},town {at},2015-01-{at + 1:02}" for at in range(8)]
    rows = drafted(tmp_path, "\n".join(["zzz,qqq,www", *lines]))
    found = {row["their_column"]: [] for row in rows}
    for row in rows:
        found[row["their_column"]].append((row["their_value"], row["status_or_value"]))
    assert found["zzz"] == [("blue", ""), ("red", "")]
    assert found["qqq"] == [("", "")]
    assert found["www"] == [("", "words")]


def test_a_draft_proposes_words_for_written_dates_and_a_form_for_days(tmp_path):
    text = "Start of relationship,Start of case,Arrest\nspring 2014,13.05.2015,03/04/2010\n"
    rows = {row["their_column"]: row for row in drafted(tmp_path, text)}
    start, case, arrest = (rows[name] for name in rows if name)
    assert (start["column_or_code"], start["status_or_value"]) == ("rel_onset", "words")
    assert (case["column_or_code"], case["status_or_value"]) == ("case_start", "DD.MM.YYYY")
    assert (arrest["column_or_code"], arrest["status_or_value"]) == ("suspect_arrest", "")
    assert "words DD/MM or words MM/DD" in arrest["note"]
    assert "2010" not in arrest["note"]


def test_a_draft_for_maxqda(tmp_path):
    segments, documents = tmp_path / "segments.csv", tmp_path / "variables.csv"
    segments.write_text(
        "Document group,Document name,Code,Segment\n"
        "G,D,Tactic > violence > physical,she said so\nG,D,Setting > kitchen,x\n"
        "G,D,Tactic > called Jan on 06-12345678,x\n"
    )
    documents.write_text("Document group,Document name,living together\nG,D,yes\n")
    text = suggest_codes(segments, variables=documents)
    rows = {
        (row["their_column"], row["their_value"]): row for row in csv.DictReader(text.splitlines())
    }
    assert rows["Tactic > violence > physical", ""]["column_or_code"] == "vio_physical"
    assert rows["Setting > kitchen", ""]["column_or_code"] == ""
    assert rows["living together", "yes"]["column_or_code"] == "rel_cohabiting"
    assert "she said" not in text
    assert "Jan" not in text
    assert "1 code is not listed" in text
    place = tmp_path / "mapping.csv"
    place.write_text(text)
    imported = import_maxqda(segments, variables=documents, mapping=place)
    assert imported.sample.n("codings") == 1
