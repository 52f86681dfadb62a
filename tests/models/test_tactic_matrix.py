"""The matrix of statuses: what counts as present, what a 0 means, which pairs are refused."""

import numpy as np
import pandas as pd
import pytest

from relatum.errors import UsageError
from relatum.models.pair_family import pair_family
from relatum.models.strata import depth_strata, depth_thirds
from relatum.models.tactic_matrix import matrix_of, tactic_matrix
from relatum.results import Unavailable
from relatum.samples import example_sample


@pytest.fixture(scope="module")
def simulated():
    return example_sample("simulated")


def test_seven_domains_of_every_relationship(simulated, study):
    found = tactic_matrix(simulated, study)
    assert found.terms[0] == "dom_economic"
    assert found.codes.shape == (73, 7)
    assert found.binary("lower").sum(axis=0).tolist() == [73, 73, 51, 61, 73, 54, 60]
    assert found.binary("upper").sum(axis=0).tolist() == [73, 73, 65, 69, 73, 64, 65]
    assert found.binary("statement_only").shape == (44, 7)
    assert found.structural == {}
    assert len(np.unique(found.cases)) == 12


def test_a_silent_domain_is_filled_from_its_tactics(sample_of, study, four):
    codes = tactic_matrix(four, study).codes
    domains = dict(zip(tactic_matrix(four, study).terms, codes.T, strict=True))
    # r1, r3, r4 have a present act of violence; in r2 one is ruled out, the others are silent.
    assert domains["dom_violence"].tolist() == [2, 1, 2, 2]
    assert domains["dom_isolation"].tolist() == [1, 1, 2, 2]


def test_a_domain_coded_directly_wins_over_its_tactics(four, study):
    codings = four.tables["codings"]
    ruled = codings.iloc[[0]].assign(
        coding_id="k99", code="dom_isolation", status="absent_documented", unit_id="r1"
    )
    more = four.replace_tables({"codings": pd.concat([codings, ruled], ignore_index=True)})
    domains = tactic_matrix(more, study)
    at = domains.terms.index("dom_isolation")
    assert domains.codes[:, at].tolist() == [0, 1, 2, 2]


def test_inclusion_by_an_element_outside_the_matrix(four, study):
    tactics = tactic_matrix(four, study, level="tactic")
    # All legal elements of the four are among the primary tactics, so none lies outside.
    assert tactics.included.tolist() == [False] * 4
    domains = tactic_matrix(four, study)
    # Being locked in and an exit fee are elements; isolation and economic tactics as such are not.
    assert domains.included.tolist() == [False, False, True, True]


def test_nested_and_overlapping_codes_are_refused(simulated, study):
    tactics = tactic_matrix(simulated, study, level="tactic")
    assert len(tactics.pairs) == 300
    names = {
        (tactics.terms[i], tactics.terms[j]): why for (i, j), why in tactics.structural.items()
    }
    assert names == {("eco_savings_pretext", "dec_false_future"): "the two overlap by definition"}
    family = pair_family(tactics, study, confirmatory=False)
    assert {(p.first, p.second): p.why for p in family.untested} == names
    assert family.n_family == 300


def test_no_relationship(empty, study):
    found = tactic_matrix(empty, study)
    assert isinstance(found, Unavailable)
    assert found.why == "the sample holds no relationship"


def test_thirds_of_depth():
    cut = depth_thirds(pd.Series([5.0, 1, 1, 2, 9, None]))
    assert cut.codes.tolist() == [1, 0, 0, 1, 2, -1]
    assert cut.words == ("up to 1", "above 1, up to 5", "above 5")
    flat = depth_thirds(pd.Series([3.0, 3.0, None]))
    assert flat.codes.tolist() == [-1, -1, -1]
    assert flat.words == ()


def test_strata_of_depth_and_statement(four):
    # Depths 1, 2, 3, 9 and a statement where the depth is above 2.
    assert depth_strata(four, "thirds").tolist() == [1, 1, 2, 3]
    assert depth_strata(four, "statement").tolist() == [1, 1, 2, 2]
    assert len(set(depth_strata(four, "both").tolist())) == 3


# --- matrices that users bring ------------------------------------------------------------------


def test_a_table_of_0_and_1_needs_a_word_on_its_zeros():
    table = pd.DataFrame({"case": ["x", "x"], "threats": [1, 0], "debt": [0, 1]})
    with pytest.raises(UsageError, match=r"not the same.*zeros=\"not_documented\""):
        matrix_of(table, case="case")
    silent = matrix_of(table, case="case", zeros="not_documented")
    assert silent.codes.tolist() == [[2, 1], [1, 2]]
    known = matrix_of(table, case="case", zeros="absent_documented")
    assert known.codes.tolist() == [[2, 0], [0, 2]]
    with pytest.raises(UsageError, match="zeros must be one of"):
        matrix_of(table, case="case", zeros="absent")


def test_a_table_of_statuses_needs_none():
    words = ["present", "absent_documented", "not_documented", "not_applicable"]
    found = matrix_of(pd.DataFrame({"a": words, "b": [True, True, None, True]}), case=[1, 1, 2, 2])
    assert found.codes.tolist() == [[2, 2], [0, 2], [1, 1], [3, 2]]
    assert found.cases.tolist() == [0, 0, 1, 1]


def test_other_cells_and_lengths_are_refused_without_their_values():
    with pytest.raises(UsageError, match="Column 'a' holds 1 cells") as caught:
        matrix_of(pd.DataFrame({"a": ["1", "secret"]}), case=[1, 1])
    assert "secret" not in str(caught.value)
    with pytest.raises(UsageError, match="1 cases for 2 rows"):
        matrix_of(pd.DataFrame({"a": [1, 1]}), case=[1])


# --- which pairs can be tested ------------------------------------------------------------------


def reasons(table, study, cases):
    family = pair_family(matrix_of(table, case=cases, zeros="absent_documented"), study)
    return {(pair.first, pair.second): pair.why for pair in family.untested}, family


def test_every_reason_not_to_test(study):
    n = 12
    table = pd.DataFrame(
        {
            "a": [1, 0] * 6,
            "b": [1, 1, 0] * 4,
            "always": [1] * n,
            "never": [0] * n,
            "silent": ["not_documented"] * n,
            "foreign": ["not_applicable", *[1, 0] * 5, 1],
            "wide": ["not_documented"] * 6 + [1, 0] * 3,
            "twin": [1, 0] * 6,
        }
    )
    found, family = reasons(table, study, [1] * 6 + [2] * 6)
    assert family.pairs == ((0, 1), (1, 7))
    assert family.n_family == 28
    assert found["a", "always"] == "always: recorded in every relationship"
    assert found["a", "never"] == "never: recorded in no relationship"
    assert found["a", "silent"] == "silent: never documented"
    assert found["a", "foreign"] == "foreign: does not apply to 1 of 12 relationships"
    assert found["a", "wide"] == "wide: bounds 0.50 wide, more than 0.40"
    assert "one item entered twice" in found["a", "twin"]


def test_one_relationship_per_case_tells_nothing(study):
    table = pd.DataFrame({"a": [1, 0, 1], "b": [1, 1, 0]})
    found, family = reasons(table, study, [1, 2, 3])
    assert family.pairs == ()
    assert found["a", "b"] == "no investigation holds relationships that differ in both"


def test_a_code_that_is_listed_twice(study):
    table = pd.DataFrame([[1, 0, 1], [0, 1, 1], [1, 1, 0]], columns=["a", "a", "b"])
    found, family = reasons(table, study, [1, 1, 1])
    assert family.pairs == ()
    assert found["a", "b"] == "a: the code is listed more than once"
