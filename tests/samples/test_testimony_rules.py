"""What the check says of reports and steps back: only orders that no day could keep."""

import pytest

from relatum.samples import check_sample, shipped_path

ORDER = "contact_relative_to_arrest"
CONTACT = f"contact_id,victim_id,relationship_id,contact_date_lower,contact_date_upper,{ORDER}\n"
REPORT = "report_id,contact_id,victim_id,report_made,report_date_lower,report_date_upper\n"
RETRACTION = "retraction_id,report_id,retraction_date_lower,retraction_date_upper\n"
SUSPECT = "suspect_id,case_id,suspect_arrest_lower,suspect_arrest_upper\n"
COUPLE = "relationship_id,case_id,suspect_id,victim_id,population\n"


@pytest.fixture
def check(tmp_path):
    """Check a sample of one case with the given tables; return what is said of two of them."""
    source = shipped_path("anna")
    for name in ("datapackage.json", "cases.csv", "victims.csv"):
        (tmp_path / name).write_text((source / name).read_text(encoding="utf-8"))

    def run(**tables):
        for name, text in tables.items():
            (tmp_path / f"{name}.csv").write_text(text)
        found = [issue for issue in check_sample(tmp_path) if issue.rule != "missing_file"]
        assert not any("2009" in issue.message for issue in found), "no dates in messages"
        wanted = ("police_contacts", "retractions")
        assert [str(issue) for issue in found if issue.table not in wanted] == []
        return [(issue.row, issue.field, issue.rule, issue.message) for issue in found]

    return run


def test_a_step_back_before_the_contact_of_its_report(check):
    found = check(
        police_contacts=CONTACT + "c1,anna,,2009-06-10,2009-06-12,\n",
        reports=REPORT
        + "undated,c1,anna,formal_report,,\n"
        + "wide,c1,anna,formal_report,2009-06-01,2009-06-30\n",
        retractions=RETRACTION
        + "early,undated,2009-06-01,2009-06-07\n"
        + "late_enough,undated,,2009-06-10\n"
        + "open,undated,2009-06-01,\n"
        + "silent,undated,,\n"
        + "narrow,wide,2009-06-08,2009-06-09\n"
        + "once,wide,2009-05-01,2009-05-30\n",
    )
    where = ("retraction_date_upper", "before_origin")
    words = "before the contact with the police at which its report was made."
    assert found == [
        ("early", *where, f"3 days {words}"),
        ("narrow", *where, f"1 day {words}"),
        ("once", *where, "2 days before its report. A retraction must follow its report."),
    ]


def test_the_order_to_the_arrest_must_be_possible(check):
    rows = [
        ("before", "2009-06-01,2009-06-09", True),
        ("before", "2009-06-01,2009-06-10", False),
        ("after", "2009-06-13,2009-06-20", True),
        ("after", "2009-06-12,2009-06-20", False),
        ("after", ",2009-06-20", False),
        ("same_day", "2009-06-13,2009-06-20", True),
        ("same_day", "2009-06-01,2009-06-09", True),
        ("same_day", "2009-06-11,2009-06-20", False),
        ("no_arrest", ",2009-06-20", True),
        ("no_arrest", ",", False),
        ("not_documented", "2009-06-13,2009-06-20", False),
    ]
    suspects, couples, contacts = SUSPECT, COUPLE, CONTACT + "other,anna,,2009-06-10,,no_arrest\n"
    for at, (word, arrest, _) in enumerate(rows, start=10):
        suspects += f"s{at},anna_case,{arrest}\n"
        couples += f"r{at},anna_case,s{at},anna,trafficking\n"
        contacts += f"c{at},anna,r{at},2009-06-10,2009-06-12,{word}\n"
    found = check(suspects=suspects, relationships=couples, police_contacts=contacts)
    wrong = [f"c{at}" for at, row in enumerate(rows, start=10) if row[2]]
    assert [issue[:3] for issue in found] == [(row, ORDER, "arrest_order") for row in wrong]
