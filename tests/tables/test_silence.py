"""The table of silence: shares with their counts, and words where there is no number."""

import pytest

from relatum.errors import UsageError
from relatum.models.silence import estimate_silence
from relatum.release import release, release_all
from relatum.samples import example_sample
from relatum.study import read_study
from relatum.tables import tabulate, tabulate_silence


@pytest.fixture(scope="module")
def silence():
    sample = example_sample("simulated")
    found = {"silence": estimate_silence(sample, read_study())}
    return release_all(found, sample=sample, profile="none")["silence"]


def cells(table, label):
    return next(row.cells for row in table.rows if row.cells[0].startswith(label))


def test_one_row_by_hand(silence):
    table = tabulate_silence(silence, entities=["domain", "composite"])
    assert len(table.rows) == 8
    # 51 present, 8 ruled out, 14 silent: at 1/4, odds 51/32, so 14 * 51/83 more.
    at_quarter, at_half = (51 + 14 * 51 / 83) / 73, (51 + 14 * 51 / 67) / 73
    assert cells(table, "Rules")[1:] == (
        "51 of 73", "14", "70% to 89%", "86%",
        f"{at_quarter:.0%}", f"{at_half:.0%}", "86%", "above",
    )  # fmt: skip


def test_single_figures_are_left_out_where_too_little_is_documented(silence):
    held = cells(tabulate_silence(silence, terms=["iso_locked_in"]), "Locked in")
    assert held[3:] == ("32% to 90%", "77%", "–", "–", "–", "0.14")


def test_bonds_have_no_monotone_bound(silence):
    held = cells(tabulate_silence(silence, terms=["att_love"]), "")
    assert held[4] == "–"


def test_all_rows_and_the_mark_of_simulated_data(silence):
    table = tabulate(silence)
    assert len(table.rows) == len(silence.result.rows)
    assert table.footnotes[0].startswith("Simulated data")
    assert any("50%" in text for text in table.footnotes)
    assert "nan" not in table.text().lower().replace("finan", "").split()


def test_fewer_than_twenty_units_are_counted():
    anna = example_sample("anna")
    found = release(estimate_silence(anna, read_study()), sample=anna, profile="published")
    assert "%" not in "".join(cell for row in tabulate_silence(found).rows for cell in row.cells)
    physical = cells(tabulate_silence(found, terms=["vio_physical"]), "")
    assert physical[1:5] == ("1 of 1", "0", "1 of 1", "1 of 1")


def test_nothing_left(silence):
    with pytest.raises(UsageError, match="No code"):
        tabulate_silence(silence, terms=["absent"])
