"""How rows must agree with one another."""

title = "Keys, pairs, persons, units and codes"

PEOPLE = {
    "cases": """
        case_id   | case_list_source
        anna_case | included
        c2        | included
        """,
    "victims": """
        victim_id | case_id
        anna      | anna_case
        b         | c2
        """,
}


def test_broken_keys(spec):
    spec(
        "relationships",
        """
        relationship_id | case_id   | suspect_id | victim_id | population
        anna_musa       | anna_case | musa       | anna      | trafficking
        r2              | c9        | musa       | anna2     | trafficking
        r3              | anna_case | NA         | anna      | trafficking
        """,
        issues=[
            ("r2", "case_id", "missing_parent"),
            ("r2", "suspect_id", "person_in_two_cases"),
            ("r2", "victim_id", "missing_parent"),
            ("r3", "suspect_id", "missing_value"),
        ],
    )


def test_a_pair_once(spec):
    spec(
        "relationships",
        """
        relationship_id | case_id   | suspect_id | victim_id | population
        anna_musa       | anna_case | musa       | anna      | trafficking
        r2              | anna_case | musa       | anna      | domestic_violence
        """,
        issues=[("r2", "victim_id", "duplicate_relationship")],
    )


def test_a_relationship_stays_within_its_case(spec):
    spec(
        "relationships",
        """
        relationship_id | case_id   | suspect_id | victim_id | population
        anna_musa       | anna_case | musa       | anna      | trafficking
        r2              | c2        | musa       | b         | trafficking
        r3              | anna_case | musa       | b         | trafficking
        """,
        **PEOPLE,
        issues=[
            ("r2", "suspect_id", "person_in_two_cases"),
            ("r3", "victim_id", "duplicate_relationship"),
            ("r3", "victim_id", "person_in_two_cases"),
        ],
    )


def test_a_person_in_two_cases(spec):
    spec(
        "suspects",
        """
        suspect_id | case_id
        musa       | anna_case
        musa       | c2
        """,
        cases=PEOPLE["cases"],
        issues=[
            ("musa", "case_id", "person_in_two_cases"),
            ("musa", "suspect_id", "duplicate_key"),
        ],
    )


def test_a_case_that_was_left_out_has_nobody(spec):
    spec(
        "suspects",
        """
        suspect_id | case_id
        musa       | anna_case
        s2         | c2
        """,
        cases="""
        case_id   | case_list_source
        anna_case | included
        c2        | excluded_not_concluded
        """,
        issues=[("s2", "case_id", "excluded_case")],
    )


def test_units_and_codes(spec):
    spec(
        "codings",
        """
        coding_id | unit_type    | unit_id   | code              | status            | coder_id
        ----------+--------------+-----------+-------------------+-------------------+---------
        k1        | relationship | anna_musa | vio_physical      | present           | a
        k2        | victim       | anna      | vio_physical      | present           | a
        k3        | case         | anna_case | vio_physical      | present           | a
        k4        | relationship | anna_mus  | vio_sexual        | present           | a
        k5        | relationship | anna_musa | vio_fysical       | present           | a
        k6        | relationship | anna_musa | dv_coercive_control | present         | a
        k7        | relationship | anna_musa | rel_cohabiting    | present           | a
        k8        | couple       | anna_musa | vio_sexual        | present           | a
        k9        | victim       | anna      | bar_love          | present           | a
        k10       | contact      | anna_c1   | bar_love          | present           | a
        k11       | suspect      | musa      | bar_love          | present           | a
        k12       | relationship | anna_musa | iso_locked_in     | not_applicable    | a
        k13       | relationship | anna_musa | vio_physical      | absent_documented | a
        k14       | relationship | anna_musa | vio_physical      | absent_documented | b
        k15       | relationship | anna_musa | vio_physical      | present           | a
        k16       | relationship | anna_musa | vio_sexual        | maybe             | a
        """,
        issues=[
            ("", "coder_id", "several_coders"),
            ("k3", "unit_type", "wrong_unit"),
            ("k4", "unit_id", "missing_parent"),
            ("k5", "code", "unknown_code"),
            ("k6", "code", "derived_code_entered"),
            ("k7", "code", "derived_code_entered"),
            ("k8", "unit_type", "unknown_level"),
            ("k8", "unit_type", "wrong_unit"),
            ("k11", "unit_type", "wrong_unit"),
            ("k12", "status", "not_applicable_without_rule"),
            ("k13", "status", "conflicting_status"),
            ("k15", "code", "duplicate_coding"),
            ("k16", "status", "unknown_level"),
        ],
    )


def test_a_consensus_of_a_part_is_told(spec):
    found = spec(
        "codings",
        """
        coding_id | unit_type    | unit_id   | code          | status  | coder_id
        k1        | relationship | anna_musa | vio_physical  | present | a
        k2        | relationship | anna_musa | vio_physical  | present | consensus
        k3        | contact      | anna_c1   | bar_love      | present | a
        """,
        issues=[("", "coder_id", "partial_consensus")],
    )
    assert "1 of 2 coded units have no coding by 'consensus'" in str(found[0])


def test_the_nearest_code_is_named(spec):
    found = spec(
        "codings",
        """
        coding_id | unit_type    | unit_id   | code        | status  | coder_id
        k1        | relationship | anna_musa | vio_fysical | present | a
        """,
        issues=[("k1", "code", "unknown_code")],
    )
    assert str(found[0]) == (
        "codings k1 code [unknown_code] 'vio_fysical' is not a code of the codebook. "
        "Did you mean 'vio_physical'?"
    )


def test_one_fact_on_two_days_is_two_codings(spec):
    spec(
        "codings",
        """
        coding_id | unit_type    | unit_id   | code         | status  | date_lower | date_upper | coder_id
        k1        | relationship | anna_musa | vio_physical | present | 2009-01-01 | 2009-01-01 | a
        k2        | relationship | anna_musa | vio_physical | present | 2009-02-01 | 2009-02-01 | a
        """,  # noqa: E501
        issues=[],
    )


def test_a_sum_is_a_number(spec):
    spec(
        "codings",
        """
        coding_id | unit_type    | unit_id   | code                | status  | value | coder_id
        k1        | relationship | anna_musa | eco_exit_fee_amount | present | 5000  | a
        k2        | relationship | anna_musa | eco_exit_fee_amount | present | much  | a
        """,
        issues=[("k2", "value", "wrong_type")],
    )


def test_coders_are_fine_with_a_consensus(spec):
    spec(
        "codings",
        """
        coding_id | unit_type    | unit_id   | code         | status            | coder_id
        k1        | relationship | anna_musa | vio_physical | present           | a
        k2        | relationship | anna_musa | vio_physical | absent_documented | b
        k3        | relationship | anna_musa | vio_physical | present           | consensus
        """,
        issues=[],
    )


def test_a_retraction_needs_its_report(spec):
    spec(
        "retractions",
        """
        retraction_id | report_id
        anna_x1       | anna_r1
        x2            | anna_r2
        x3            | -
        """,
        issues=[("x2", "report_id", "report_missing"), ("x3", "report_id", "missing_value")],
    )


def test_a_report_has_the_victim_of_its_contact(spec):
    spec(
        "reports",
        """
        report_id | contact_id | victim_id | relationship_id | report_made
        anna_r1   | anna_c1    | b         | -               | formal_report
        r2        | anna_c9    | b         | anna_musa       | formal_report
        """,
        victims="""
        victim_id | case_id
        anna      | anna_case
        b         | anna_case
        """,
        issues=[
            ("anna_r1", "victim_id", "other_victim"),
            ("r2", "contact_id", "missing_parent"),
            ("r2", "victim_id", "other_victim"),
        ],
    )


def test_rows_marked_as_simulated_in_a_sample_that_is_not(spec):
    spec(
        "cases",
        """
        case_id   | case_list_source | simulated
        anna_case | included         | true
        c2        | included         | false
        c3        | included         | -
        """,
        issues=[("anna_case", "simulated", "simulated_mark")],
    )
