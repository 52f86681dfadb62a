"""Audits: a sample beside the figures, the figures beside their arithmetic, and any table."""

import csv
import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relatum.errors import SampleError
from relatum.models.audit import audit_published, fit_audit
from relatum.models.audit_rows import COLUMNS, KINDS
from relatum.models.audit_table import audit_table
from relatum.results.base import Result
from relatum.results.store import read_results, write_results
from relatum.samples import example_sample
from relatum.schema import schema_path
from relatum.schema.facts import Facts, load_facts

ROOT = Path(__file__).parents[2]
TARGETS = ROOT.parent / "shared/design/simulations/audit_results.json"
EXAMPLES = schema_path() / "examples" / "audit"


@pytest.fixture(scope="module")
def published():
    return audit_published()


def changed(name, **values):
    """Return the facts with one of them changed."""
    facts = load_facts()
    return Facts(tuple(replace(f, **values) if f.id == name else f for f in facts.values()))


def exactly(number):
    return {
        "value": str(number),
        "lower_hard": float(number),
        "upper_hard": float(number),
        "lower_soft": float(number),
        "upper_soft": float(number),
    }


# --- the published figures ----------------------------------------------------------------------


def test_published_figures_are_free_of_contradictions(published):
    assert published.count("inconsistent") == 0
    assert [check.id for check in published.checks if check.verdict == "no_power"] == [
        "victim_mean_grid",
        "suspect_mean_grid",
    ]
    assert [check.id for check in published.checks if check.verdict == "ambiguous"] == [
        "suspect_groups",
        "relationship_lowest_band",
    ]


def test_findings_that_the_issue_names(published):
    suspects, pairs = published.solutions
    assert (suspects.n_solutions, len(suspects.sizes)) == (25, 25)
    assert {max(sizes) for sizes in suspects.sizes} == set(range(27, 36))
    assert (pairs.n_solutions, len(pairs.sizes)) == (318, 318)
    assert all(sum(sizes) == 73 for sizes in pairs.sizes)
    assert (published.check("suspect_sizes").lower, published.check("suspect_sizes").upper) == (
        27,
        35,
    )
    pairs_check = published.check("relationship_sizes")
    assert (pairs_check.lower, pairs_check.upper) == (42, 53)
    assert "each 21 to 32" in pairs_check.finding
    twenties = published.check("age_twenties")
    assert (round(twenties.lower, 1), round(twenties.upper, 1)) == (21.9, 24.4)
    third = published.check("age_third")
    assert (third.lower, third.upper) == (8, 12)


def test_findings_equal_the_design(published):
    if not TARGETS.exists():
        pytest.skip("../shared is not beside the repository")
    target = json.loads(TARGETS.read_text(encoding="utf-8"))
    mean, effective = published.check("victim_mean_age"), published.check("effective_cases")
    assert [mean.lower, mean.upper] == target["age_sum_feasible"]
    assert "a sum of 1710 to 1785" in mean.finding
    assert target["age_sum_for_mean_23"] == [1710, 1785]
    kish = target["effective_clusters_Kish"]
    assert [round(effective.lower, 2), round(effective.upper, 2)] == [kish[0], kish[2]]
    assert f"on average {kish[1]:.1f}" in effective.finding
    literal = published.check("relationship_lowest_band")
    assert literal.upper == target["relationship_solutions_literal_one_or_more"]
    shares = published.solutions[1].two_largest_share
    assert [round(min(shares), 3), round(max(shares), 3)] == target[
        "share_of_relationships_in_two_largest"
    ]
    months, group = published.check("durations"), published.check("largest_foreign_group")
    assert [months.lower, months.upper] == target["duration_total_months_bounds"]
    assert group.lower == target["hungary_min_if_strictly_largest_foreign_group"]
    assert group.upper == target["hungary_max"]
    near = target["suspects_solutions_with_28_to_32"]
    assert f"in {near} of them 28 to 32" in published.check("suspect_sizes").finding
    low, high = target["suspect_age_mean_feasible"]
    assert f"means of {low:.1f} to {high:.1f}" in published.check("suspect_mean_age").finding


@pytest.mark.parametrize(
    ("fact", "number", "check"),
    [
        ("F005", 11, "selection"),
        ("F007", 12, "selection"),
        ("F006", 0.5, "selection"),
        ("F003", 6, "cases_per_year"),
        ("F031", 4, "suspect_groups"),
        ("F025", 40, "suspect_sizes"),
        ("F025", 80, "suspect_sizes"),
        ("F071", 4, "relationship_groups"),
        ("F068", 60, "relationship_sizes"),
        ("F068", 200, "relationship_sizes"),
        ("F068", 70, "victims_without_relationship"),
        ("F044", 80, "relationships_per_person"),
        ("F049", 55, "age_bands"),
        ("F048", 29, "victim_mean_age"),
        ("F048", 29, "age_twenties"),
        ("F048", 20, "age_third"),
        ("F029", 58, "suspect_mean_age"),
        ("F046", 12, "victim_mean_age"),
        ("F019", 24, "durations"),
        ("F055", 30, "countries"),
        ("F066", 12, "countries_named"),
        ("F055", 40, "largest_foreign_group"),
    ],
)
def test_a_wrong_figure_is_found(fact, number, check):
    assert audit_published(changed(fact, **exactly(number))).check(check).verdict == "inconsistent"


def test_a_count_beyond_its_words_is_found():
    found = audit_published(changed("F087", upper_hard=80.0)).check("verbal_quantities")
    assert (found.verdict, found.facts) == ("inconsistent", ("F087",))
    found = audit_published(changed("F104", lower_hard=30.0)).check("verbal_quantities")
    assert found.facts == ("F104",)


def test_grim_speaks_where_it_has_power():
    # 76 women, two decimals: 1749/76 prints as 23.01 and 1750/76 as 23.03.
    held = audit_published(changed("F048", value="23.02"))
    assert held.check("victim_mean_grid").verdict == "inconsistent"
    assert "23.0263" in held.check("victim_mean_grid").finding
    held = audit_published(changed("F048", value="23.01"))
    assert held.check("victim_mean_grid").verdict == "consistent"


def test_checks_name_the_facts_they_rest_on(published):
    facts = load_facts()
    for check in published.checks:
        assert set(check.facts) <= set(facts)
        assert check.facts or check.id == "verbal_quantities"
    assert {"F070", "F071", "F072", "F068"} <= set(published.check("relationship_sizes").facts)


def test_solutions_as_a_frame(published):
    frame = published.solutions[1].frame()
    assert frame.shape == (318, 14)
    assert (frame.filter(like="size_").sum(axis=1) == 73).all()
    assert frame["effective_groups"].between(3.5, 5.4).all()


def test_unknown_check_lists_those_there_are(published):
    with pytest.raises(KeyError, match="age_twenties"):
        published.check("age")


# --- a sample -----------------------------------------------------------------------------------


def test_simulated_sample_is_said_to_be_simulated():
    audit = fit_audit(example_sample("simulated"))
    assert audit.count("outside") == 0
    assert audit.provenance.simulated
    assert "simulated" in [note.code for note in audit.notes]
    assert list(audit.tidy()["id"]) == [fact.id for fact in load_facts().figures]


def test_values_of_single_persons_stay_hidden_in_a_collected_sample():
    simulated = example_sample("simulated")
    collected = replace(simulated, info=replace(simulated.info, origin="collected"))
    shown = {check.id: check for check in fit_audit(simulated).checks}
    hidden = {check.id: check for check in fit_audit(collected).checks}
    for fact in ("F027", "F028", "F046", "F047"):
        assert hidden[fact].value is hidden[fact].value_most is None
        assert hidden[fact].verdict == shown[fact].verdict == "equal"
        assert "one person" in hidden[fact].why
    assert hidden["F048"].value == 23
    assert hidden["F018"].value == 1


def test_results_follow_the_protocol_and_survive_the_store(tmp_path, published):
    audits = {
        "audit": fit_audit(example_sample("anna")),
        "arithmetic": published,
        "table": audit_table(EXAMPLES / "planted.csv"),
    }
    assert all(isinstance(audit, Result) for audit in audits.values())
    write_results(audits, tmp_path / "results")
    assert dict(read_results(tmp_path / "results")) == audits
    assert str(audits["audit"]).startswith("184 published figures: ")


# --- any table ----------------------------------------------------------------------------------


def verdicts(audit):
    return {check.id.partition("_line")[0]: check.verdict for check in audit.checks}


def table(*rows):
    return pd.DataFrame([dict(row) for row in rows]).reindex(columns=list(COLUMNS))


def band(lower, upper, count, **more):
    return {"kind": "band", "group": "g", "lower": lower, "upper": upper, "count": count, **more}


def test_example_of_the_published_figures_adds_up():
    audit = audit_table(EXAMPLES / "published.csv")
    assert audit.count("inconsistent") == 0
    assert [solution.n_solutions for solution in audit.solutions] == [25, 318]


def test_planted_contradictions_are_all_found_and_nothing_else():
    audit = audit_table(EXAMPLES / "planted.csv")
    bad = [check for check in audit.checks if check.verdict == "inconsistent"]
    with (EXAMPLES / "planted.csv").open(encoding="utf-8", newline="") as handle:
        names = {f"line {at}": row["name"] for at, row in enumerate(csv.DictReader(handle), 2)}
    blamed = [{names[line] for line in check.facts} for check in bad]
    for planted in (
        "More than three suspects",
        "Relationships",
        "Mean age",
        "Mean number of calls",
        "Born elsewhere",
        "Cases kept",
        "Women who reported",
    ):
        assert any(planted in names for names in blamed)
    assert len(bad) == 7


def test_table_and_facts_agree_on_the_published_sizes(published):
    audit = audit_table(EXAMPLES / "published.csv")
    assert audit.solutions[1].sizes == published.solutions[1].sizes


@settings(max_examples=40)
@given(st.lists(st.integers(0, 20), min_size=2, max_size=7), st.integers(0, 2))
def test_true_figures_are_never_called_inconsistent(values, decimals):
    n, edges = len(values), (0, 5, 12, 21)
    printed = f"{int(sum(values) / n * 10**decimals + 0.5) / 10**decimals:.{decimals}f}"
    rows = [
        band(low, high - 1, sum(low <= v < high for v in values), n=n)
        for low, high in pairwise(edges)
    ]
    rows += [
        {"kind": "total", "group": "g", "n": n, "value": str(sum(values))},
        {"kind": "mean", "group": "g", "n": n, "value": printed, "decimals": decimals},
        {"kind": "range", "group": "g", "lower": min(values), "upper": max(values)},
    ]
    few = sum(v < 5 for v in values)
    share = f"{int(100 * few / n * 10 + 0.5) / 10:.1f}"
    rows += [
        {"kind": "percentage", "group": "h", "n": n, "count": few, "value": share},
        {"kind": "percentage", "group": "h", "n": n, "value": share},
        {"kind": "part", "group": "h", "n": n, "count": few},
        {"kind": "part", "group": "h", "n": n, "count": n - few},
    ]
    audit = audit_table(table(*rows))
    assert audit.count("inconsistent") == 0, audit.tidy()
    (solution,) = audit.solutions
    if len(solution.sizes) == solution.n_solutions:
        assert sorted(values) in [sorted(sizes) for sizes in solution.sizes]
    for sizes in solution.sizes[:100]:
        assert (sum(sizes), min(sizes), max(sizes)) == (sum(values), min(values), max(values))


def test_mean_against_total_and_bands():
    rows = (
        {"kind": "total", "group": "g", "n": 10, "value": "45"},
        {"kind": "mean", "group": "g", "n": 10, "value": "4.6"},
    )
    assert verdicts(audit_table(table(*rows)))["group1_mean"] == "inconsistent"
    rows = (band(1, 3, 10), {"kind": "mean", "group": "g", "n": 10, "value": "3.1"})
    found = verdicts(audit_table(table(*rows)))
    assert (found["group1_mean"], found["group1_mean_grid"]) == ("inconsistent", "no_power")


def test_overlapping_bands_and_bands_outside_the_range():
    found = verdicts(audit_table(table(band(1, 3, 2, n=4), band(3, None, 2))))
    assert found["group1_band_overlap"] == "ambiguous"
    limits = {"kind": "range", "group": "g", "lower": 1, "upper": 5}
    found = verdicts(audit_table(table(band(1, 3, 2, n=4), band(8, 9, 2), limits)))
    assert found["group1_range"] == "inconsistent"
    limits = {"kind": "range", "group": "g", "lower": 1, "upper": 9}
    found = verdicts(audit_table(table(band(1, 3, 2, n=4), band(8, 9, 2), limits)))
    assert found["group1_range"] == "consistent"


def test_different_numbers_of_units_are_found():
    found = verdicts(audit_table(table(band(1, 3, 2, n=4), band(4, 9, 2, n=5))))
    assert found["group1_n"] == "inconsistent"


def test_printed_zeros_count_as_decimals(tmp_path):
    place = tmp_path / "zeros.csv"
    place.write_text("kind,name,n,value\nmean,a,12,3.50\nmean,b,12,3.40\n", encoding="utf-8")
    found = audit_table(place)
    assert [check.verdict for check in found.checks] == ["consistent", "inconsistent"]


def test_semicolons_and_a_byte_order_mark_are_read(tmp_path):
    place = tmp_path / "excel.csv"
    place.write_text("kind;name;n;value\npercentage;a;12;50\n", encoding="utf-8-sig")
    assert audit_table(place).checks[0].verdict == "consistent"


def test_every_fault_of_a_table_comes_at_once(tmp_path):
    place = tmp_path / "bad.csv"
    lines = [
        "kind,name,n,lower,upper,count,value,decimals,colour",
        "bnad,a,12,1,2,3,,,",
        "band,a,12,,2,3,,,",
        "band,a,12,3,2,3,,,",
        "band,a,12,3,4,-3,,,",
        "band,a,12,3,4,13,,,",
        "mean,a,0,,,,23,,",
        "mean,a,12,,,,23.55,1,",
        "mean,a,12,,,,about 23,,",
        "percentage,a,12,,,,120,,",
        "total,a,12.5,,,,7.5,,",
        "total,a,99999999999,,,,7,,,9",
    ]
    place.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(SampleError, match="nothing was audited") as caught:
        audit_table(place)
    found = {(issue.row, issue.field, issue.rule) for issue in caught.value.issues}
    assert found == {
        ("", "colour", "unknown_column"),
        ("line 2", "kind", "unknown_kind"),
        ("line 3", "lower", "missing_cell"),
        ("line 4", "upper", "reversed"),
        ("line 5", "count", "negative"),
        ("line 6", "count", "above_n"),
        ("line 7", "n", "no_units"),
        ("line 8", "decimals", "too_few_decimals"),
        ("line 9", "value", "not_a_number"),
        ("line 10", "value", "no_percentage"),
        ("line 11", "n", "not_whole"),
        ("line 11", "value", "not_whole"),
        ("line 12", "", "too_many_cells"),
        ("line 12", "n", "too_large"),
    }
    near = {issue.near for issue in caught.value.issues if issue.rule == "unknown_kind"}
    assert near == {"band"}


@pytest.mark.parametrize("content", [b"", b"kind,n\n", b"\xff\xfe\x00", b'kind\n"open'])
def test_empty_and_broken_files_get_a_plain_message(tmp_path, content):
    place = tmp_path / "x.csv"
    place.write_bytes(content)
    with pytest.raises(SampleError, match=r"x\.csv"):
        audit_table(place)
    with pytest.raises(SampleError, match="could not be read"):
        audit_table(tmp_path)


def test_every_kind_is_in_the_examples_and_documented():
    from relatum.models import audit_table as module

    held = pd.read_csv(EXAMPLES / "published.csv")
    assert set(held["kind"]) == set(KINDS)
    assert tuple(held.columns) == COLUMNS
    assert all(f"``{kind}``" in (module.__doc__ or "") for kind in KINDS)
