"""Order in time: only what is certainly wrong is an issue."""

title = "A retraction recorded before the report is an issue"


def test_intervals_run_forwards(spec):
    spec(
        "suspects",
        """
        suspect_id | case_id   | suspect_arrest_lower | suspect_arrest_upper
        musa       | anna_case | 2009-06-15           | 2009-06-14
        s2         | anna_case | 2009-06-15           | 2009-06-15
        s3         | anna_case | 2009-06-15           | -
        """,
        issues=[("musa", "suspect_arrest_lower", "reversed_interval")],
    )


def test_a_month_becomes_its_first_and_last_day(spec):
    found = spec(
        "suspects",
        """
        suspect_id | case_id   | suspect_arrest_lower | suspect_arrest_upper
        musa       | anna_case | 2009-06              | -
        """,
        issues=[("musa", "suspect_arrest_lower", "wrong_type")],
    )
    message = next(i.message for i in found if i.rule == "wrong_type")
    assert "Enter the first and the last day it can be" in message
    assert "'suspect_arrest_lower' and 'suspect_arrest_upper'" in message
    assert "2009" not in message


def test_cases(spec):
    spec(
        "cases",
        """
        case_id   | case_list_source | case_start | case_end   | case_duration_months
        anna_case | included         | 2009-01-01 | 2008-12-31 | -
        c2        | included         | 2009-01-01 | 2009-07-01 | 6
        c3        | included         | 2009-01-01 | 2009-07-01 | 9
        """,
        issues=[
            ("anna_case", "case_end", "reversed_interval"),
            ("c3", "case_duration_months", "duration_disagrees"),
        ],
    )


def test_retraction_before_report(spec):
    found = spec(
        "retractions",
        """
        retraction_id | report_id | retraction_date_lower | retraction_date_upper
        anna_x1       | anna_r1   | 2009-06-01            | 2009-06-13
        x2            | anna_r1   | 2009-06-01            | 2009-06-15
        x3            | anna_r1   | 2009-06-01            | -
        """,
        issues=[("anna_x1", "retraction_date_upper", "before_origin")],
    )
    assert found[0].message == "2 days before its report. A retraction must follow its report."


def test_report_before_contact(spec):
    spec(
        "reports",
        """
        report_id | contact_id | victim_id | report_made   | report_date_lower | report_date_upper
        anna_r1   | anna_c1    | anna      | formal_report | 2009-06-14        | 2009-06-14
        r2        | anna_c1    | anna      | formal_report | 2009-06-14        | 2009-06-16
        """,
        issues=[("anna_r1", "report_date_upper", "before_origin")],
    )


def test_relationship_and_observation(spec):
    spec(
        "relationships",
        """
        relationship_id | case_id   | suspect_id | victim_id | population  | rel_onset_lower | rel_entry_date | rel_exit_lower | rel_exit_upper
        anna_musa       | anna_case | musa       | anna      | trafficking | -               | 2009-01-10     | 2009-06-01     | 2009-06-15
        r2              | anna_case | musa       | b         | trafficking | 2009-02-01      | 2009-01-31     | -              | 2009-06-15
        r3              | anna_case | musa       | c         | trafficking | -               | 2009-03-01     | -              | 2009-02-01
        r4              | anna_case | musa       | d         | trafficking | -               | 2009-03-01     | -              | 2009-03-01
        r5              | anna_case | musa       | e         | trafficking | -               | 2008-12-31     | 2009-07-02     | -
        """,  # noqa: E501
        cases="""
        case_id   | case_list_source | case_start | case_end
        anna_case | included         | 2009-01-01 | 2009-07-01
        """,
        victims="\n".join(
            ["victim_id | case_id", *(f"{v} | anna_case" for v in ("anna", *"bcde"))]
        ),
        issues=[
            ("r2", "rel_entry_date", "before_origin"),
            ("r3", "rel_exit_upper", "before_origin"),
            ("r4", "rel_exit_upper", "zero_length"),
            ("r5", "rel_entry_date", "before_origin"),
            ("r5", "rel_exit_lower", "after_end"),
        ],
    )


def test_attempts(spec):
    """Onset is 2007-09-15 at the earliest, observation ends on 2009-06-15."""
    spec(
        "escape_attempts",
        """
        attempt_id | relationship_id | attempt_order | attempt_date_lower | attempt_date_upper | attempt_known_how
        a1         | anna_musa       | 1             | 2007-01-01         | 2007-09-14         | retrospective
        a2         | anna_musa       | 2             | 2008-05-01         | 2008-06-01         | retrospective
        a3         | anna_musa       | 3             | 2008-01-01         | 2008-04-30         | retrospective
        a4         | anna_musa       | 3             | 2008-01-01         | 2008-12-31         | retrospective
        a5         | anna_musa       | 4             | 2009-06-16         | 2009-06-20         | prospective
        a6         | anna_musa       | 5             | 2009-06-16         | 2009-06-20         | retrospective
        """,  # noqa: E501
        issues=[
            ("a1", "attempt_date_upper", "before_origin"),
            ("a3", "attempt_date_upper", "overlap"),
            ("a4", "attempt_order", "overlap"),
            ("a5", "attempt_date_lower", "after_end"),
        ],
    )


def test_the_order_of_attempts_counts_across_undated_ones(spec):
    spec(
        "escape_attempts",
        """
        attempt_id | relationship_id | attempt_order | attempt_date_lower | attempt_date_upper
        a1         | anna_musa       | 1             | 2008-05-01         | 2008-06-01
        a2         | anna_musa       | 2             | -                  | -
        a3         | anna_musa       | 3             | 2008-01-01         | 2008-04-30
        """,
        issues=[("a3", "attempt_date_upper", "overlap")],
    )


def test_codings_before_the_relationship(spec):
    spec(
        "codings",
        """
        coding_id | unit_type    | unit_id   | code         | status  | date_lower | date_upper | coder_id
        k1        | relationship | anna_musa | vio_physical | present | 2007-01-01 | 2007-09-14 | a
        k2        | relationship | anna_musa | vio_sexual   | present | 2007-01-01 | 2007-09-15 | a
        k3        | victim       | anna      | bar_love     | present | 2007-01-01 | 2007-01-02 | a
        """,  # noqa: E501
        issues=[("k1", "date_upper", "before_origin")],
    )


def test_ages(spec):
    spec(
        "victims",
        """
        victim_id | case_id   | victim_age | victim_age_onset_lower | victim_age_onset_upper
        anna      | anna_case | 23         | 22                     | 30
        v2        | anna_case | 23         | 24                     | 25
        v3        | anna_case | 230        | -                      | -
        v4        | anna_case | 9          | 20                     | 19
        """,
        issues=[
            ("v2", "victim_age_onset_lower", "age_outside_range"),
            ("v3", "victim_age", "out_of_range"),
            ("v4", "victim_age", "out_of_range"),
            ("v4", "victim_age_onset_lower", "age_outside_range"),
            ("v4", "victim_age_onset_lower", "reversed_interval"),
        ],
    )
