"""What a single cell may hold."""

import pytest

from relatum.schema import load_schema

title = "A cell that its field does not allow is an issue"


def test_levels_and_numbers(spec):
    found = spec(
        "cases",
        """
        case_id   | case_list_source | case_scope | case_file_pages | case_duration_months
        ----------+------------------+------------+-----------------+---------------------
        anna_case | included         | locall     | 12              | 3.5
        c2        | included         | local      | 12.5            | 0
        c3        | -                | LOCAL      | many            | 3,5
        c3        | included         | -          | 0               | inf
        """.replace("3,5", '"3,5"'),
        issues=[
            ("anna_case", "case_scope", "unknown_level"),
            ("c2", "case_duration_months", "out_of_range"),
            ("c2", "case_file_pages", "wrong_type"),
            ("c3", "case_duration_months", "wrong_type"),
            ("c3", "case_duration_months", "wrong_type"),
            ("c3", "case_file_pages", "out_of_range"),
            ("c3", "case_file_pages", "wrong_type"),
            ("c3", "case_id", "duplicate_key"),
            ("c3", "case_list_source", "missing_value"),
            ("c3", "case_scope", "unknown_level"),
        ],
    )
    near = {issue.near for issue in found if issue.field == "case_scope"}
    assert near == {"local"}


@pytest.mark.parametrize(
    "text",
    ["15-06-2009", "2009-6-15", "2009-02-29", "20090615", "2009-W01-1", "soon", "٢٠٠٩-٠١-٠١"],
)
def test_dates_are_days_of_the_calendar(spec, text):
    spec(
        "cases",
        f"""
        case_id   | case_list_source | case_start
        anna_case | included         | {text}
        """,
        issues=[("anna_case", "case_start", "wrong_type")],
    )


@pytest.mark.parametrize("text", ["2009", "2009-06", "June 2009", "summer 2009", "2009-06-00"])
def test_a_date_too_coarse_asks_for_its_first_and_last_day(spec, text):
    found = spec(
        "cases",
        f"""
        case_id   | case_list_source | case_start
        anna_case | included         | {text}
        """,
        issues=[("anna_case", "case_start", "wrong_type")],
    )
    assert "this column takes one; leave the cell empty" in found[0].message
    assert text not in found[0].message


@pytest.mark.parametrize("text", ["0001-01-01", "9999-12-31"])
def test_a_year_far_away_is_a_slip(spec, text):
    spec(
        "cases",
        f"""
        case_id   | case_list_source | case_start
        anna_case | included         | {text}
        """,
        issues=[("anna_case", "case_start", "out_of_range")],
    )


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("TRUE", []),
        ("False", []),
        ("NA", []),
        ("yes", ["wrong_type"]),
        ("1", ["wrong_type"]),
    ],
)
def test_truth_values_as_spreadsheets_write_them(spec, text, rules):
    spec(
        "cases",
        f"""
        case_id   | case_list_source | case_prosecuted_window
        anna_case | included         | {text}
        """,
        issues=[("anna_case", "case_prosecuted_window", rule) for rule in rules],
    )


def test_several_levels_in_one_cell(spec):
    spec(
        "relationships",
        """
        relationship_id | case_id   | suspect_id | victim_id | population  | conflict_topic
        anna_musa       | anna_case | musa       | anna      | trafficking | money;jealous
        r2              | anna_case | musa       | b         | trafficking | money;money
        r3              | anna_case | musa       | c         | trafficking | money;not_documented
        r4              | anna_case | musa       | d         | trafficking | money;work
        """,
        victims="""
        victim_id | case_id
        anna      | anna_case
        b         | anna_case
        c         | anna_case
        d         | anna_case
        """,
        issues=[
            ("anna_musa", "conflict_topic", "unknown_level"),
            ("r2", "conflict_topic", "contradictory_levels"),
            ("r3", "conflict_topic", "contradictory_levels"),
        ],
    )


@pytest.mark.parametrize("text", ["a b", "*", "x" * 65, "-a", "a/b", "é"])
def test_keys_have_a_form(spec, text):
    found = spec(
        "suspects",
        f"""
        suspect_id | case_id
        musa       | anna_case
        {text}     | anna_case
        """,
        issues=[("line 3", "suspect_id", "pattern")],
    )
    assert text not in "".join(f"{issue.row}{issue.message}" for issue in found)


def test_columns(spec):
    found = spec(
        "suspects",
        """
        suspect_id | suspect_agee | bogus
        musa       | 34           | x
        """,
        issues=[
            ("", "bogus", "unknown_field"),
            ("", "case_id", "missing_field"),
            ("", "suspect_agee", "unknown_field"),
        ],
    )
    assert {issue.near for issue in found} >= {"suspect_age"}


def test_every_field_of_every_table_refuses_a_wrong_cell(spec):
    """One row of nonsense: each typed or listed field of the schema speaks up."""
    table = load_schema()["escape_attempts"]
    names = [field.name for field in table]
    row = ["attempt_1" if n == "attempt_id" else "§" for n in names]
    found = spec(
        "escape_attempts",
        f"{'|'.join(names)}\n{'|'.join(row)}",
        issues=[
            *[
                ("attempt_1", n, "unknown_level" if table[n].levels else rule_of(table[n]))
                for n in names[1:]
            ],
            ("attempt_1", "relationship_id", "missing_parent"),
        ],
    )
    assert "§" not in "".join(issue.message for issue in found)


def rule_of(field):
    return "pattern" if field.type == "string" else "wrong_type"
