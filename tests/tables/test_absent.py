"""In a report a sentence stands where a result did not go out; anywhere else it is an error."""

from dataclasses import replace

import pytest

from relatum.errors import EstimationError, RelatumError, ReportError, UsageError
from relatum.figures import draw_case_sizes, draw_specification
from relatum.release import Evidence, Released
from relatum.results import Unavailable
from relatum.tables import (
    Column,
    Row,
    Table,
    say,
    say_finite,
    say_import,
    tabulate_prevalence,
    tabulate_sizes,
)
from relatum.tables.absent import table_or_reason, words_or_reason

WITHHELD = Evidence(rule="threshold", finding="3 rows: too few behind a count.")
GONE = Unavailable(what="sizes", why="withheld by profile chapter5: it lists every group")


def strict(released, *, in_report=True, evidence=(WITHHELD,)):
    return replace(released, profile="chapter5", evidence=evidence, in_report=in_report)


def test_a_table_of_a_withheld_result_is_its_reason_in_a_report_only():
    gone = Released(result=GONE, profile="chapter5", evidence=(), in_report=True)
    table = tabulate_sizes(gone)
    assert table.rows == (Row(cells=("Withheld by profile chapter5: it lists every group.",)),)
    with pytest.raises(EstimationError):
        tabulate_sizes(replace(gone, in_report=False))


def test_a_number_that_was_withheld_is_said_to_be(results):
    held = {"prevalence": strict(results["prevalence"])}
    words = say(held, "prevalence", term="no_such_code")
    assert words == "not available (withheld by profile chapter5, or not in these data)"
    assert say_finite({"x": replace(held["prevalence"], result=GONE)}, "x", term="a").startswith(
        "not available (withheld by profile chapter5"
    )


def test_a_misspelt_code_is_an_error_where_every_row_went_out(results):
    for held in (
        strict(results["prevalence"], in_report=False),
        strict(results["prevalence"], evidence=()),
        replace(results["prevalence"], in_report=True),
    ):
        with pytest.raises(UsageError):
            say({"prevalence": held}, "prevalence", term="no_such_code")
        with pytest.raises(UsageError):
            tabulate_prevalence(held, terms=("no_such_code",))


def test_what_collected_data_do_not_hold_is_said(results):
    flow = results["flow"].result
    own = replace(flow, provenance=replace(flow.provenance, sample_origin="collected"))
    held = Released(result=own, profile="chapter5", evidence=(), in_report=True)
    assert say({"flow": held}, "flow", term="no_step") == "not available (not in these data)"


def test_a_figure_of_a_withheld_result_is_its_reason(results, capsys):
    gone = Released(result=GONE, profile="chapter5", evidence=(), in_report=True)
    axes = draw_specification(gone, term="dom_violence")
    assert "Markdown" in capsys.readouterr().out
    assert not axes.has_data()
    with pytest.raises(ReportError):
        draw_specification(replace(gone, in_report=False), term="dom_violence")
    with pytest.raises(RelatumError):
        draw_case_sizes(results["flow"], results["arithmetic"])


def test_an_empty_table_does_not_deny_what_was_withheld(results):
    columns = (Column(label="State"), Column(label="n"))
    said = Table(title="States", columns=columns, rows=(Row(cells=("No woman is here", "–")),))
    whole = results["flow"]
    for made in (said, replace(said, rows=())):
        told = table_or_reason(lambda _, made=made: made)
        assert told(whole) is made
        cells = told(strict(whole, in_report=False)).rows[0].cells
        assert cells == ("Withheld by profile chapter5, or not in these data", "–")
    full = replace(said, rows=(Row(cells=("Report upheld", "7")),))
    assert table_or_reason(lambda _: full)(strict(whole)) is full


def test_other_faults_are_raised():
    def broken(_):
        raise ZeroDivisionError

    gone = Released(result=GONE, profile="chapter5", evidence=(), in_report=True)
    with pytest.raises(ZeroDivisionError):
        words_or_reason(broken)(gone)


def test_an_import_that_was_withheld_is_no_import_that_did_not_happen():
    gone = Released(result=GONE, profile="chapter5", evidence=())
    assert "not available" in say_import({"imports": gone})
    none = replace(gone, result=replace(GONE, why="this sample was not imported"))
    assert say_import({"imports": none}).startswith("The sample was not imported")
