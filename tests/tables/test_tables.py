"""Tables say what they count, in every form."""

import csv
import io
import re

import pytest

from relatum.errors import EstimationError, UsageError
from relatum.tables import (
    TABLES,
    Column,
    Row,
    Table,
    tabulate,
    tabulate_distribution,
    tabulate_documentation,
    tabulate_prevalence,
)

TABLE = Table(
    title="A & B",
    columns=(Column(label="Code_1"), Column(label="n|m", align="right", width=2)),
    rows=(
        Row(group="G*", cells=("a_b <c>", "1|2")),
        Row(group="G*", cells=("d", "$3$")),
        Row(group="H", cells=("e", "4")),
    ),
    footnotes=("See @x & [y].",),
)


def test_markdown_escapes_everything_that_pandoc_would_read():
    text = TABLE.markdown()
    assert r"a\_b \<c\>" in text
    assert r"1\|2" in text
    assert r"\$3\$" in text
    assert r"See \@x & \[y\]." in text
    lines = text.splitlines()
    assert lines[2].startswith(r"| **G\*** |")
    assert sum(line.startswith("| **") for line in lines) == 2
    dashes = lines[1].strip("|").split("|")
    assert dashes[0].startswith(":")
    assert dashes[1].endswith("-:")
    assert len(dashes[1]) > len(dashes[0])


def test_footnotes_can_be_left_out():
    assert "See" not in TABLE.markdown(notes=False)


def test_html_has_caption_scopes_and_no_raw_text():
    text = TABLE.html()
    assert "<caption>A &amp; B</caption>" in text
    assert "a_b &lt;c&gt;" in text
    assert text.count('scope="col"') == 2
    assert text.count('scope="rowgroup"') == 2
    assert text.count('scope="row"') == 3


def test_csv_keeps_groups_and_cells():
    rows = list(csv.reader(io.StringIO(TABLE.csv())))
    assert rows[0] == ["Group", "Code_1", "n|m"]
    assert rows[1] == ["G*", "a_b <c>", "1|2"]


def test_text_is_aligned():
    lines = TABLE.text().splitlines()
    assert lines[1].endswith("n|m")
    assert lines[-1] == "See @x & [y]."
    assert "[H]" in lines


def test_only_keeps_some_groups():
    assert TABLE.only("H").groups == ("H",)
    with pytest.raises(ValueError, match="not a group"):
        TABLE.only("Z")


def test_rows_must_fit_the_columns():
    with pytest.raises(ValueError, match="one cell per column"):
        Table(title="t", columns=(Column(label="a"),), rows=(Row(cells=("1", "2")),))


def test_every_kind_has_a_table_or_is_only_drawn(results):
    for name, released in results.items():
        if name == "documentation_matrix":
            with pytest.raises(UsageError, match="has no table"):
                tabulate(released)
            continue
        table = tabulate(released)
        assert table.rows, name
        assert table.title
        for form in (table.markdown(), table.html(), table.csv(), table.text()):
            assert "nan" not in form.lower().replace("finan", "")
            assert "<NA>" not in form


def test_kinds_of_the_registry_are_kinds_of_results():
    from relatum.results.store import result_types

    assert set(TABLES) <= set(result_types())


def test_simulated_numbers_say_so(results):
    assert tabulate(results["flow"]).footnotes[0].startswith("Simulated data")
    assert not any("Simulated" in text for text in tabulate(results["timeline"]).footnotes)


def test_a_percentage_never_stands_without_its_counts(results):
    """Wherever a cell holds a percentage, the row holds count and denominator of it."""
    for name, released in results.items():
        if name == "documentation_matrix":
            continue
        for row in tabulate(released).rows:
            if any("%" in cell for cell in row.cells):
                assert any(re.search(r"\d+ of (the )?\d+", c) or c.isdigit() for c in row.cells), (
                    row
                )


def test_no_percentage_for_fewer_than_twenty_units(results):
    cases = tabulate_prevalence(results["circumstances"], terms=["case_firearm"])
    line = cases.rows[0].cells
    assert line[1] == "12"
    assert line[5] == "6 to 10 of 12"
    assert not any("%" in cell for cell in line)
    couples = tabulate_prevalence(results["prevalence"], terms=["vio_physical"]).rows[0].cells
    assert re.fullmatch(r"\d+% to \d+%\*?", couples[5])


def test_prevalence_numbers_are_those_of_the_result(results):
    result = results["prevalence"].result
    table = tabulate_prevalence(results["prevalence"])
    assert len(table.rows) == len(result.rows)
    for row, line in zip(result.rows, table.rows, strict=True):
        counts = tuple(int(c.replace(",", "")) for c in line.cells[1:5])
        assert counts == (row.n_units, row.n_present, row.n_absent, row.n_undocumented)
        assert (line.cells[6] == "–") == row.only_bounds
        assert line.cells[5].endswith("*") == row.leaves_confirmatory


def test_prevalence_can_be_cut_by_kind(results):
    table = tabulate_prevalence(results["prevalence"], entities=["domain"])
    assert len(table.rows) == 7
    with pytest.raises(UsageError, match="No code"):
        tabulate_prevalence(results["prevalence"], entities=["absent"])


def test_distribution_can_be_cut_by_variable(results):
    table = tabulate_distribution(results["countries"], variables=["victim_birth_country"])
    assert len(table.groups) == 1
    assert table.rows[0].cells[0:2] == ("Netherlands", "45 of 76 (59%)")
    with pytest.raises(UsageError, match="victim_birth_country"):
        tabulate_distribution(results["countries"], variables=["x"])


def test_documentation_by_domain_and_code(results):
    domains = tabulate_documentation(results["documentation"])
    codes = tabulate_documentation(results["documentation"], level="code")
    assert len(codes.rows) > len(domains.rows)
    with pytest.raises(UsageError, match="Allowed: domain, code"):
        tabulate_documentation(results["documentation"], level="case")


def test_what_is_missing_says_why(results):
    assert "no age is recorded" in tabulate(results["gone"]).text()
    with pytest.raises(EstimationError, match="no age is recorded"):
        tabulate_distribution(results["gone"])


def test_only_released_results_are_tabulated(results):
    with pytest.raises(UsageError, match="release"):
        tabulate_prevalence(results["prevalence"].result)
    with pytest.raises(UsageError, match="Prevalence"):
        tabulate_prevalence(results["flow"])


def test_audits_by_group_and_verdict(results):
    from relatum.tables import tabulate_audit

    table = tabulate_audit(results["audit"], groups=["selection"])
    assert table.groups == ("Selection",)
    whole = tabulate_audit(results["audit"])
    assert len(whole.rows) == len(results["audit"].result.checks)
    groups = [row.group for row in whole.rows]
    assert len([g for at, g in enumerate(groups) if at == 0 or groups[at - 1] != g]) == len(
        set(groups)
    )
    missing = tabulate_audit(results["audit"], verdicts=["not_computable"])
    assert missing.columns[-1].label.startswith("Why")
    assert all(row.cells[-1] for row in missing.rows)
    with pytest.raises(UsageError, match="verdicts: equal"):
        tabulate_audit(results["audit"], groups=["weather"])
