"""Tables of open registries: verdicts beside counts, what is withheld, and what changes."""

import importlib.util
from pathlib import Path

import pytest

from relatum.errors import EstimationError, UsageError
from relatum.models.registry_comparison import compare_linea137
from relatum.release.registry import release_registry
from relatum.results.base import Unavailable
from relatum.samples.importers.registries import import_registry
from relatum.tables.registry_comparison import (
    say_registry_comparison,
    tabulate_registry_associations,
    tabulate_registry_changes,
    tabulate_registry_comparison,
)

SPEC = importlib.util.spec_from_file_location(
    "registry_files", Path(__file__).parents[1] / "models" / "registry_files.py"
)
files = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(files)


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    rows = [*files.uneven(), *[files.EXPLOITED | {"ofv_intento_ahorcar": "SI"}] * 3]
    path = files.linea137(tmp_path_factory.mktemp("calls") / "a.csv", rows)
    return release_registry(compare_linea137(import_registry("linea137", [path])))


def cells_of(table, label):
    return next(row.cells for row in table.rows if row.cells[0] == label)


def test_counts_and_three_readings_stand_beside_each_other(released):
    table = tabulate_registry_comparison(released)
    cells = cells_of(table, "Physical violence")
    assert cells[1:3] == ("13, 10, 40", "20, 40, 0")
    assert cells[3].startswith("not shown; −0.13 (−0.2")
    assert cells[4].startswith("not shown; −0.13 to 0.51 (")
    assert "Margin: 0.15 on either side." in " ".join(table.footnotes)


def test_a_small_count_is_withheld_and_the_table_says_so(released):
    table = tabulate_registry_comparison(released)
    cells = cells_of(table, "Grip on the throat")
    assert cells[1:3] == ("withheld", "0, 60, 0")
    assert cells[3].endswith("; withheld")
    assert table.footnotes[-1].startswith("Withheld: a group has from 1 to 9 records")


def test_changes_and_the_short_answer_agree(released):
    found = released.result
    table = tabulate_registry_changes(released)
    assert len(table.rows) == found.n_changed > 0
    assert table.title.startswith(f"{found.n_changed} of {len(found.rows)} verdicts change")
    assert f"{found.n_changed} of {len(found.rows)} verdicts change" in say_registry_comparison(
        released
    )


def test_no_pair_is_said_too(released):
    assert tabulate_registry_associations(released).rows[0].cells[0] == "No pair"


def test_only_what_was_released(released):
    for tabulate in (
        tabulate_registry_associations,
        tabulate_registry_changes,
        tabulate_registry_comparison,
        say_registry_comparison,
    ):
        with pytest.raises(UsageError, match="Only released results"):
            tabulate(released.result)
        with pytest.raises(EstimationError, match="no record"):
            tabulate(release_registry(Unavailable(what="comparison", why="no record")))
