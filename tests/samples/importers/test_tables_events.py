"""Files of events, dates that count from another column, and ends that stay open."""

import pandas as pd
import pytest

from relatum.cli.main import main
from relatum.errors import ImportFailedError
from relatum.samples.importers.tables import EventFile, import_long, import_wide

HEAD = "their_column,their_value,table,column_or_code,status_or_value"
MAIN = "who,whom,hits\nJan,x 1,yes\nJan,x 2,yes\nPiet,x 3,\n"
MAIN_LINES = (
    "who,,suspects,suspect_id,numbered",
    "whom,,victims,victim_id,numbered",
    "hits,yes,codings,vio_physical,present",
    ",,relationships,population,trafficking",
)
PAIR = ("who,,suspects,suspect_id,numbered", "whom,,victims,victim_id,numbered")
CONTACTS = ("nr,,police_contacts,contact_id,numbered", "whom,,victims,victim_id,numbered")
REPORTS = (
    "nr,,reports,report_id,numbered",
    "contact,,reports,contact_id,numbered",
    ",,reports,report_made,formal_report",
)


@pytest.fixture
def file(tmp_path):
    """Return a function that writes a table and its mapping."""

    def write(name, text, *lines):
        data, mapping = tmp_path / f"{name}.csv", tmp_path / f"{name}_mapping.csv"
        data.write_text(text, encoding="utf-8")
        mapping.write_text("\n".join([HEAD, *lines]), encoding="utf-8")
        return data, mapping

    return write


@pytest.fixture
def bring(file):
    """Return a function that imports relationships with files of events."""

    def run(*events):
        data, mapping = file("main", MAIN, *MAIN_LINES)
        held = [file(*event) for event in events]
        more = [EventFile(path=path, mapping=lines) for path, lines in held]
        return import_wide(data, mapping, events=more)

    return run


def rules(call, *arguments, **options):
    with pytest.raises(ImportFailedError) as caught:
        call(*arguments, **options)
    return [(one.table, one.row, one.field, one.rule) for one in caught.value.issues]


# --- events --------------------------------------------------------------------------------------


def test_an_event_belongs_to_the_pair_that_it_names(bring):
    rows = ("Piet,x 3,spring 2015", "Jan,x 2,2014-05-01")
    lines = (*PAIR, "left,,escape_attempts,attempt_date,words")
    found = bring(("a", "\n".join(["who,whom,left", *rows]), *lines))
    table = found.sample.table("escape_attempts")
    held = table[["attempt_id", "relationship_id", "attempt_date_precision"]].astype(str)
    assert sorted(map(tuple, held.to_numpy())) == [
        ("A0001", "R0002", "exact_day"),
        ("A0002", "R0003", "season_or_quarter"),
    ]
    again = bring(("a", "\n".join(["who,whom,left", *reversed(rows)]), *lines))
    assert again.sample.table("escape_attempts").equals(table)


def test_contacts_reports_and_retractions_in_any_order_of_files(bring):
    retractions = ("report,,retractions,report_id,numbered",)
    found = bring(
        ("t", "report\nm9\n", *retractions),
        ("m", "nr,contact\nm9,c7\n", *REPORTS),
        ("p", "nr,whom\nc7,x 2\nc8,x 3\n", *CONTACTS),
    )
    (report,) = found.sample.table("reports").itertuples()
    assert (report.contact_id, report.victim_id) == ("P0001", "V0002")
    (retraction,) = found.sample.table("retractions").itertuples()
    assert retraction.report_id == report.report_id == "M0001"


def test_periods_of_contact_by_keys_that_are_kept(file):
    main = file(
        *("main", "id,hits\nr1,yes\n", "id,,relationships,relationship_id,"),
        "hits,yes,codings,vio_physical,present",
        ",,relationships,population,trafficking",
    )
    periods = file(
        *("d", "id,from,how\nr1,May 2014,phone\nr1,May 2014,phone\n"),
        "id,,suspect_contacts,relationship_id,",
        "from,,suspect_contacts,period_start,words",
        "how,,suspect_contacts,contact_means,",
    )
    more = [EventFile(path=periods[0], mapping=periods[1])]
    found = import_wide(*main, events=more)
    assert found.sample.n("suspect_contacts") == 1
    assert ("repeated events", 1) in [(row.what, row.n) for row in found.discards]


def test_every_fault_of_keys_with_its_place(bring):
    assert rules(
        bring,
        ("a", "who,whom\nJan,x 3\nNobody,x 1\n", *PAIR, ",,escape_attempts,attempt_known_how,"),
    ) == [("a_mapping.csv", "line 4", "status_or_value", "unfinished")]
    assert rules(
        bring,
        ("p", "nr,whom\nc1,x 1\nc1,x 9\n,x 2\n", *CONTACTS),
        ("m", "nr,contact\nm1,c1\nm2,c5\nm3,\n", *REPORTS),
    ) == [
        ("p.csv", "line 3", "victim_id", "missing_parent"),
        ("p.csv", "line 3", "contact_id", "duplicate_key"),
        ("p.csv", "line 4", "contact_id", "missing_id"),
        ("m.csv", "line 3", "contact_id", "missing_parent"),
        ("m.csv", "line 4", "contact_id", "missing_id"),
    ]


def test_a_pair_that_is_no_relationship(bring):
    lines = (*PAIR, "n,,escape_attempts,attempt_order,")
    assert rules(bring, ("a", "who,whom,n\nJan,x 3,1\n", *lines)) == [
        ("a.csv", "line 2", "relationship_id", "missing_id")
    ]


def test_a_number_of_ours_is_no_key_of_theirs(bring):
    text = "who,whom,n\nS0001,V0001,1\n"
    lines = (*PAIR, "n,,escape_attempts,attempt_order,")
    assert rules(bring, ("a", text, *lines))[0][-1] == "missing_id"
    kept = tuple(line.replace("numbered", "") for line in PAIR)
    found = rules(bring, ("a", text, *kept, lines[-1]))
    assert {rule for *_, rule in found} >= {"numbered_once"}


def test_mappings_of_events_that_fit_nothing(bring, file):
    wrong = ("hits,yes,codings,vio_physical,present", "who,,suspects,suspect_age,")
    found = rules(bring, ("a", "who,hits\nJan,yes\n", *wrong))
    assert [rule for *_, rule in found] == ["unknown_table", "event_table", "event_table"]
    two = ("n,,escape_attempts,attempt_order,", "n,,reports,contact_id,")
    assert rules(bring, ("a", "n\n1\n", *two))[0][-1] == "event_table"
    one = (*PAIR, "n,,escape_attempts,attempt_order,")
    same = rules(
        bring, ("a", "who,whom,n\nJan,x 1,1\n", *one), ("b", "who,whom,n\nJan,x 1,1\n", *one)
    )
    assert same == [("b_mapping.csv", "", "", "event_table")]
    data, mapping = file("main", MAIN, *MAIN_LINES, "hits,,escape_attempts,attempt_order,")
    with pytest.raises(ImportFailedError) as caught:
        import_wide(data, mapping)
    assert "files of their own" in caught.value.issues[0].message


# --- dates that count from an event --------------------------------------------------------------

START = ("rel,,relationships,relationship_id,", ",,relationships,population,trafficking")


def test_a_date_counts_from_another_column(file):
    found = import_wide(
        *file(
            *("main", "rel,report,arrest,end\nr1,2010-04-30,,two days after the report\n"),
            *START,
            "end,,relationships,rel_exit,words with report = report; arrest = arrest",
        )
    )
    (row,) = found.sample.table("relationships").itertuples()
    assert str(row.rel_exit_lower.date()) == str(row.rel_exit_upper.date()) == "2010-05-02"
    left = {item.what: item.why for item in found.discards}
    assert left["cells of 'report'"] == "used only to count other dates from"


def test_each_row_counts_from_its_own_day(file):
    text = "rel,seen,end\nr1,2010-04-30,day after the report\nr2,2011-01-01,day after the report\n"
    found = import_wide(
        *file("main", text, *START, "end,,relationships,rel_exit,words with report = seen")
    )
    days = found.sample.table("relationships")["rel_exit_lower"].dt.strftime("%Y-%m-%d")
    assert list(days) == ["2010-05-01", "2011-01-02"]


def test_events_that_are_not_named_or_not_there(file):
    text = "rel,seen,end\nr1,03/04/2010,two days after the report\nr2,2010,a day before the raid\n"
    line = "end,,relationships,rel_exit,words"
    with pytest.raises(ImportFailedError) as caught:
        import_wide(*file("main", text, *START, line))
    assert {issue.rule for issue in caught.value.issues} == {"unknown_event"}
    assert "words with report = THEIR COLUMN" in caught.value.issues[0].message
    found = rules(import_wide, *file("main", text, *START, f"{line} with report = gone"))
    assert found == [("main.csv", "", "gone", "missing_column")]
    found = rules(import_wide, *file("main", text, *START, f"{line} with report = seen"))
    assert found == [
        ("main.csv", "line 2", "seen", "ambiguous_order"),
        ("main.csv", "line 3", "end", "unknown_event"),
    ]
    found = rules(import_wide, *file("main", text, *START, f"{line} with report"))
    assert [rule for *_, rule in found] == ["date_form"]


# --- what would be lost in silence ---------------------------------------------------------------


def test_columns_that_would_overwrite_each_other(file):
    data, mapping = file(
        *("main", "rel,code,a,b\nr1,vio_physical,wiretap,file\n"),
        *START,
        "code,,codings,code,",
        "a,wiretap,codings,source,wiretap",
        "b,file,codings,source,police_summary",
    )
    assert rules(import_long, data, mapping) == [("main.csv", "", "b", "duplicate_target")]


def test_two_columns_that_give_one_code_two_levels(file):
    levels = ("a,1,codings,vio_frequency,once", "b,1,codings,vio_frequency,weekly")
    text = "rel,a,b\nr1,1,\nr2,1,1\n"
    found = rules(import_wide, *file("main", text, *START, *levels))
    assert found == [("main.csv", "line 3", "vio_frequency", "contradiction")]


def test_an_end_that_stays_open_is_told(file):
    text = "rel,start\nr1,2010-04-30\nr2,\n"
    found = import_wide(*file("main", text, *START, "start,,relationships,rel_onset_lower,"))
    (warning,) = [issue for issue in found.warnings if issue.rule == "open_interval"]
    assert (warning.table, warning.field) == ("relationships", "rel_onset_upper")
    assert warning.message.startswith("1 row has a day in 'rel_onset_lower'")
    words = import_wide(*file("main", text, *START, "start,,relationships,rel_onset,words"))
    assert not [issue for issue in words.warnings if issue.rule == "open_interval"]


def test_a_row_is_a_row_of_the_sheet_and_is_said_to_be_one(tmp_path, file):
    book, parquet = tmp_path / "main.xlsx", tmp_path / "main.parquet"
    frame = pd.DataFrame({"rel": ["r1", "r2"], "hits": ["yes", "perhaps"]})
    frame.to_excel(book, index=False)
    frame.to_parquet(parquet)
    _, mapping = file("x", "rel\nr1\n", *START, "hits,yes,codings,vio_physical,present")
    with pytest.raises(ImportFailedError, match="the header is row 1") as caught:
        import_wide(book, mapping)
    assert caught.value.issues[0].row == "row 3"
    with pytest.raises(ImportFailedError) as caught:
        import_wide(parquet, mapping)
    assert caught.value.issues[0].row == "record 2"


def test_events_through_the_verb(tmp_path, file, capsys):
    main_file = file("main", MAIN, *MAIN_LINES)
    events = file(
        *("a", "who,whom,n\nJan,x 1,1\n", *PAIR),
        "n,,escape_attempts,attempt_order,",
    )
    words = ["import", "wide", main_file[0], events[0], tmp_path / "out"]
    words += ["-m", main_file[1], "-m", events[1]]
    assert main([str(word) for word in words]) == 0
    assert "escape_attempts 1" in capsys.readouterr().out
