"""Documentation tables and timelines, counted by hand."""

import pandas as pd
import pytest

from relatum.models.documentation import describe_documentation, list_documentation
from relatum.models.timeline import trace_timeline
from relatum.results import Unavailable
from relatum.samples import example_sample


def cells(sample, study, **wanted):
    found = describe_documentation(sample, study).cells
    return [c for c in found if all(getattr(c, k) == v for k, v in wanted.items())]


def test_codes_by_stratum(four, study):
    everyone = cells(four, study, term="vio_physical", stratum="all")[0]
    assert (everyone.n_items, everyone.n_documented, everyone.documented_share) == (4, 4, 1.0)
    by_statement = cells(
        four, study, term="iso_locked_in", stratum_variable="victim_statement_available"
    )
    assert [(c.stratum, c.n_items, c.n_documented) for c in by_statement] == [
        ("true", 2, 2),
        ("false", 2, 0),
    ]


def test_items_that_do_not_apply_leave_the_denominator(four, study):
    cell = cells(four, study, term="cop_active", stratum="all")[0]
    assert (cell.n_relationships, cell.n_items, cell.documented_share) == (4, 3, 0.0)


def test_domains_add_up_their_codes(four, study):
    for domain in cells(four, study, level="domain"):
        codes = cells(four, study, level="code", domain=domain.term, stratum=domain.stratum)
        codes = [c for c in codes if c.stratum_variable == domain.stratum_variable]
        assert domain.n_items == sum(c.n_items for c in codes)
        assert domain.n_documented == sum(c.n_documented for c in codes)


def test_all_codes_together_by_size_of_the_case(four, study):
    by_size = cells(four, study, stratum_variable="case_n_relationships")
    # c1 holds three relationships and c2 one
    assert [(c.stratum_label, c.n_relationships) for c in by_size] == [("1 to 2", 1), ("3 to 5", 3)]
    everyone = cells(four, study, level="all", stratum="all")[0]
    domains = cells(four, study, level="domain", stratum="all")
    for together in (by_size, domains):
        assert sum(c.n_items for c in together) == everyone.n_items
        assert sum(c.n_documented for c in together) == everyone.n_documented


@pytest.mark.parametrize("variable", ["victim_statement_available", "documentation_depth"])
def test_strata_divide_the_relationships(four, study, variable):
    parts = cells(four, study, term="vio_physical", stratum_variable=variable)
    assert sum(c.n_relationships for c in parts) == 4


def test_thicker_files_with_more_codes_are_warned_about(four, study):
    found = describe_documentation(four, study)
    link = found.depth[0]
    # present codes per relationship 1, 0, 2, 4; depths 1, 2, 3, 9
    assert link.rho == pytest.approx(0.8)
    assert link.warning
    assert "depth_warning" in {note.code for note in found.notes}
    assert [(d.n, d.why) for d in found.depth[1:]] == [(2, "fewer than three rows")] * 2


def test_a_constant_depth_gives_a_reason(four, study):
    table = four.table("relationships")
    table["documentation_depth"] = pd.Series([5.0] * 4, dtype="Float64")
    found = describe_documentation(four.replace_tables({"relationships": table}), study)
    assert found.depth[0].rho is None
    assert found.depth[0].why
    assert not [c for c in found.cells if c.stratum_variable == "documentation_depth"]


def test_matrix_orders_relationships_and_keeps_no_identifier(four, study):
    found = list_documentation(four, study)
    assert found.cases == (1, 1, 1, 2)
    letters = dict(zip(found.terms, found.statuses, strict=True))
    assert sorted(letters["vio_physical"][:3]) == ["a", "p", "p"]
    assert letters["vio_physical"][3] == "p"
    assert letters["cop_active"][3] == "n"
    text = found.tidy().to_csv()
    assert not any(f"{name}," in text for name in ("r1", "v1", "s1", "c1"))


def test_empty_samples_give_reasons(empty, study):
    for function in (describe_documentation, list_documentation, trace_timeline):
        found = function(empty, study)
        assert isinstance(found, Unavailable)
        assert found.why


def test_the_narrated_case_in_days(study):
    anna = example_sample("anna")
    found = trace_timeline(anna, study)
    events = {event.label: (event.day_lower, event.day_upper) for event in found.events}
    assert events["Report"] == (0, 0)
    step = next(v for k, v in events.items() if k.startswith("Step back"))
    assert step == (5, 5)
    assert events["Arrest of the suspect"] == (None, 0)
    onset = events["Onset of the relationship"]
    assert onset[0] < -500
    assert onset[1] < 0
    assert not any("2009" in str(value) for value in found.tidy().to_numpy().ravel())


def test_shifting_every_date_changes_nothing(study):
    anna = example_sample("anna")
    shifted = {}
    for name, frame in anna.tables.items():
        table = frame.copy()
        for column in table.columns:
            if pd.api.types.is_datetime64_any_dtype(table[column]):
                table[column] = table[column] + pd.Timedelta(days=1000)
        shifted[name] = table
    moved = trace_timeline(anna.replace_tables(shifted), study)
    assert moved.events == trace_timeline(anna, study).events


def test_several_relationships_need_a_name(four, study):
    assert "none was named" in trace_timeline(four, study).why
    assert "none was named" in trace_timeline(four, study, relationship="r9").why
    assert "report" in trace_timeline(four, study, relationship="r1").why


def test_empty_strata_are_left_out(sample_of, study):
    sample = sample_of(
        cases=[{"case_id": "c1", "case_list_source": "included"}],
        suspects=[{"suspect_id": "s1", "case_id": "c1"}],
        victims=[{"victim_id": "v1", "case_id": "c1"}],
        relationships=[
            {"relationship_id": "r1", "case_id": "c1", "suspect_id": "s1", "victim_id": "v1"}
        ],
    )
    found = describe_documentation(sample, study)
    assert all(cell.n_relationships == 1 for cell in found.cells)
    assert {c.stratum for c in found.cells if c.level != "all"} == {"all", "not_documented"}
    sizes = [c.stratum for c in found.cells if c.stratum_variable == "case_n_relationships"]
    assert sizes == ["1_to_2"]
