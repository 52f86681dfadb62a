"""Periods of contact with the suspect: only what excludes itself for certain is an issue."""

title = "A period of none shares no day with a period of contact"

HEAD = (
    "period_id | relationship_id | period_start_lower | period_start_upper | period_end_lower "
    "| period_end_upper | contact_means | contact_recorded_by\n"
)


def test_valid_periods(spec):
    spec(
        "suspect_contacts",
        HEAD
        + """
        q1 | anna_musa | 2009-06-16 | 2009-06-16 | 2009-06-20 | 2009-06-20 | none             | prison_log
        q2 | anna_musa | 2009-06-21 | 2009-06-21 | 2009-06-21 | 2009-06-21 | visit;phone      | prison_log;wiretap
        q3 | anna_musa | 2009-06-18 | 2009-06-25 | 2009-06-23 | -          | phone            | wiretap
        q4 | anna_musa | 2009-07-01 | 2009-07-10 | 2009-07-11 | 2009-07-20 | none             | prison_log
        q5 | anna_musa | 2009-06-25 | 2009-07-09 | -          | 2009-07-09 | via_third_party  | -
        q6 | anna_musa | -          | -          | -          | -          | not_documented   | own_statement
        q7 | anna_musa | -          | 2009-07-11 | 2009-07-11 | -          | cohabiting       | observation
        """,  # noqa: E501
        issues=[("q4", "contact_means", "contact_periods_overlap")],
    )


def test_a_period_runs_forwards(spec):
    found = spec(
        "suspect_contacts",
        HEAD
        + """
        q1 | anna_musa | 2009-06-20 | 2009-06-25 | 2009-06-10 | 2009-06-19 | phone | wiretap
        q2 | anna_musa | 2009-06-20 | 2009-06-25 | 2009-06-10 | 2009-06-20 | visit | wiretap
        q3 | anna_musa | 2009-06-20 | 2009-06-18 | -          | -          | visit | wiretap
        q4 | anna_musa | 2009-06-20 | -          | -          | -          | visit | wiretap
        """,
        issues=[
            ("q1", "period_end_upper", "contact_period_reversed"),
            ("q3", "period_start_lower", "reversed_interval"),
        ],
    )
    assert found[0].message == "1 day before the period starts."


def test_none_and_contact_exclude_each_other(spec):
    """None is certain from the 10th to the 20th; the dates of each contact leave it no way out."""
    found = spec(
        "suspect_contacts",
        HEAD
        + """
        q1 | anna_musa | 2009-07-01 | 2009-07-10 | 2009-07-20 | 2009-07-31 | none  | prison_log
        q2 | anna_musa | 2009-07-12 | 2009-07-12 | 2009-07-12 | 2009-07-12 | visit | wiretap
        q3 | anna_musa | 2009-08-01 | 2009-08-01 | 2009-08-05 | 2009-08-05 | none  | prison_log
        q4 | anna_musa | 2009-08-05 | 2009-08-05 | 2009-08-09 | 2009-08-09 | visit | wiretap
        q5 | anna_musa | 2009-08-04 | 2009-08-05 | 2009-08-05 | -          | none  | own_statement
        """,
        issues=[
            ("q1", "contact_means", "contact_periods_overlap"),
            ("q3", "contact_means", "contact_periods_overlap"),
            ("q5", "contact_means", "contact_periods_overlap"),
        ],
    )
    assert "'q2'" in found[0].message
    assert "2009" not in " ".join(str(issue) for issue in found)


def test_other_couples_do_not_matter(spec):
    spec(
        "suspect_contacts",
        HEAD
        + """
        q1 | anna_musa | 2009-07-01 | 2009-07-01 | 2009-07-20 | 2009-07-20 | none  | prison_log
        q2 | r2        | 2009-07-12 | 2009-07-12 | 2009-07-12 | 2009-07-12 | visit | wiretap
        q3 | r9        | 2009-07-12 | 2009-07-12 | 2009-07-12 | 2009-07-12 | none  | wiretap
        """,
        relationships="""
        relationship_id | case_id   | suspect_id | victim_id | population
        anna_musa       | anna_case | musa       | anna      | trafficking
        r2              | anna_case | musa       | b         | trafficking
        """,
        victims="""
        victim_id | case_id
        anna      | anna_case
        b         | anna_case
        """,
        issues=[("q3", "relationship_id", "missing_parent")],
    )


def test_a_row_is_entered_once(spec):
    spec(
        "suspect_contacts",
        HEAD
        + """
        q1 | anna_musa | 2009-07-01 | 2009-07-01 | 2009-07-20 | - | phone;visit | wiretap;prison_log
        q2 | anna_musa | 2009-07-01 | 2009-07-01 | 2009-07-20 | - | visit;phone | prison_log;wiretap
        q3 | anna_musa | 2009-07-01 | 2009-07-01 | 2009-07-20 | - | visit       | prison_log;wiretap
        """,
        issues=[("q2", "relationship_id", "contact_periods_overlap")],
    )


def test_none_stands_alone(spec):
    spec(
        "suspect_contacts",
        HEAD
        + """
        q1 | anna_musa | 2009-07-01 | - | - | - | none;phone           | wiretap
        q2 | anna_musa | 2009-07-02 | - | - | - | not_documented;none  | wiretap
        q3 | anna_musa | 2009-07-03 | - | - | - | not_documented;phone | wiretap;not_documented
        q4 | anna_musa | 2009-07-04 | - | - | - | -                    | wiretap
        q5 | anna_musa | 2009-07-05 | - | - | - | phone;phone          | log
        """,
        issues=[
            ("q1", "contact_means", "contact_none_with_means"),
            ("q2", "contact_means", "contact_none_with_means"),
            ("q3", "contact_means", "contradictory_levels"),
            ("q3", "contact_recorded_by", "contradictory_levels"),
            ("q4", "contact_means", "missing_value"),
            ("q5", "contact_means", "contradictory_levels"),
            ("q5", "contact_recorded_by", "unknown_level"),
        ],
    )
