"""A margin that was changed after a fit is reported; the ledger outlives the run."""

import json
from dataclasses import replace
from types import MappingProxyType

import pytest

from relatum.errors import SchemaError
from relatum.models.comparison import compare_samples
from relatum.pipeline import fit_study
from relatum.pipeline.margins import (
    LEDGER,
    add_margins,
    flag_changes,
    ledger_text,
    read_ledger,
)
from relatum.results.store import read_results
from relatum.samples import example_sample
from relatum.study import read_study


def with_margins(study, **margins):
    return replace(study, margins=MappingProxyType(margins))


@pytest.fixture(scope="module")
def plan():
    study = read_study()
    comparison = replace(study.comparison, draws=99, covariates=())
    plan = replace(study, models=("comparison",), comparison=comparison)
    return with_margins(plan, P06=(-0.15, 0.15), P33=(-0.1, 0.1))


@pytest.fixture(scope="module")
def found(plan):
    return compare_samples(example_sample("simulated"), plan)


def flagged(ledger, found):
    notes = flag_changes({"comparison": found}, ledger)["comparison"].notes
    return {note.code: note.text for note in notes}.get("margins_changed", "")


def test_a_changed_margin_stays_flagged(plan, found):
    ledger = add_margins((), plan, found)
    assert (len(ledger), flagged(ledger, found)) == (1, "")
    assert add_margins(ledger, plan, found) == ledger

    wider = with_margins(plan, P06=(-0.3, 0.3), P33=(-0.1, 0.1))
    ledger = add_margins(ledger, wider, found)
    assert "P06 was -0.15 to 0.15, is -0.3 to 0.3" in flagged(ledger, found)
    assert "P33" not in flagged(ledger, found)

    # Going back does not make it undone.
    ledger = add_margins(ledger, plan, found)
    assert "3 declarations so far" in flagged(ledger, found)


def test_a_margin_that_was_added_or_dropped_is_a_change(plan, found):
    ledger = add_margins(add_margins((), plan, found), with_margins(plan, P06=(-0.15, 0.15)), found)
    assert "P33 was -0.1 to 0.1, is not declared" in flagged(ledger, found)


def test_another_level_or_number_of_strata_is_a_change(plan, found):
    ledger = add_margins((), plan, found)
    loose = replace(plan, comparison=replace(plan.comparison, level=0.1))
    ledger = add_margins(ledger, loose, found)
    assert "the level of each test was 0.05, is 0.1" in flagged(ledger, found)
    assert "strata" not in flagged(ledger, found)
    coarse = replace(plan, comparison=replace(plan.comparison, depth_strata=1))
    ledger = add_margins(ledger, coarse, found)
    assert "strata of documentation depth was 3, is 1" in flagged(ledger, found)


def test_a_ledger_of_margins_alone_is_still_read(plan, found, tmp_path):
    ledger = add_margins((), plan, found)
    old = [
        {name: value for name, value in entry.items() if name not in ("level", "depth_strata")}
        for entry in json.loads(ledger_text(ledger))
    ]
    (tmp_path / LEDGER).write_text(json.dumps(old), encoding="utf-8")
    (entry,) = read_ledger(tmp_path)
    assert (entry.margins, entry.level) == (dict(plan.margins), None)


def test_other_samples_begin_their_own_list(plan, found):
    ledger = add_margins((), plan, found)
    others = tuple(replace(one, fingerprint="f" * 64) for one in found.samples)
    elsewhere = replace(found, samples=others)
    ledger = add_margins(ledger, with_margins(plan, P06=(-0.2, 0.2)), elsewhere)
    assert len(ledger) == 2
    assert flagged(ledger, found) == flagged(ledger, elsewhere) == ""


def test_results_without_a_comparison_pass_through(plan):
    assert dict(flag_changes({}, ())) == {}


def test_a_fit_reads_and_writes_the_ledger(plan, found, tmp_path):
    folder = tmp_path / plan.name
    fit_study(plan, tmp_path)
    entries = json.loads((folder / LEDGER).read_text(encoding="utf-8"))
    keys = {"hash", "samples", "margins", "level", "depth_strata"}
    assert [set(entry) for entry in entries] == [keys]
    wider = with_margins(plan, P06=(-0.3, 0.3), P33=(-0.1, 0.1))
    (folder / LEDGER).write_text(ledger_text(add_margins((), wider, found)), encoding="utf-8")
    fit_study(plan, tmp_path)
    notes = {note.code for note in read_results(folder / "results")["comparison"].notes}
    assert "margins_changed" in notes
    assert len(read_ledger(folder)) == 2


def test_a_ledger_that_cannot_be_read_is_not_begun_anew(tmp_path):
    assert read_ledger(tmp_path) == ()
    (tmp_path / LEDGER).write_text("{", encoding="utf-8")
    with pytest.raises(SchemaError, match=LEDGER):
        read_ledger(tmp_path)
