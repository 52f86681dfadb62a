"""The multiverse: every choice crossed with every other, each branch counted as it says."""

import dataclasses
import itertools

import numpy as np
import pytest

from relatum.models.estimates import estimate_prevalence_intervals
from relatum.models.multiverse import run_multiverse
from relatum.models.multiverse_axes import AXES, keep_codings
from relatum.results import Unavailable
from relatum.results.codec import decode, encode
from relatum.results.multiverse import Multiverse
from relatum.samples import example_sample, unit_status
from relatum.study import MULTIVERSE_AXES, Gate


@pytest.fixture(scope="module")
def simulated():
    return example_sample("simulated")


@pytest.fixture(scope="module")
def found(simulated, study):
    return run_multiverse(simulated, study)


def term(found, name):
    return next(entry for entry in found.terms if entry.term == name)


def test_all_choices_are_crossed(found, study):
    assert tuple(AXES) == MULTIVERSE_AXES
    expected = list(itertools.product(*(AXES[name].options for name in study.multiverse.axes)))
    for entry in found.terms:
        assert [branch.options for branch in entry.branches] == expected
        assert len(expected) == 128


def test_the_first_branch_is_the_main_specification(found, simulated, study):
    main = estimate_prevalence_intervals(simulated, study, terms=["dom_rules"]).rows[0]
    first = term(found, "dom_rules").branches[0]
    low = main.unit_weighted.lower_coding
    assert (first.estimate, first.conf_low) == (low.estimate, low.conf_low)
    assert (first.n_units, first.n_present, first.n_cases) == (73, 51, 12)


def test_a_branch_counted_from_the_tables(found, simulated):
    options = {
        "undocumented": "as_present",
        "statement": "with_statement",
        "context_inferred": "left_out",
        "certainty": "medium_up",
        "source": "not_suspect_alone",
        "relationship": "began",
        "weight": "unit",
    }
    held = next(
        b
        for b in term(found, "int_threat_violence").branches
        if b.options == tuple(options.values())
    )
    codings = simulated.table("codings")
    keep = ~codings["context_inferred"].astype(bool)
    keep &= codings["certainty"].astype(str) != "low"
    keep &= codings["source"].astype(str) != "suspect_statement"
    statuses = unit_status(
        simulated.replace_tables({"codings": codings[keep]}), "int_threat_violence"
    )
    couples = simulated.table("relationships")
    chosen = couples["victim_statement_available"].astype(bool)
    chosen &= couples["rel_onset_upper"] >= couples["rel_entry_date"]
    upper = statuses.status.upper().to_numpy()[chosen.to_numpy()]
    assert (held.n_units, held.n_present) == (int(chosen.sum()), int(upper.sum()))
    assert held.estimate == pytest.approx(upper.mean())


def test_a_removed_coding_leaves_silence(simulated):
    kept = keep_codings(simulated, {"certainty": "medium_up"})
    before, after = (unit_status(s, "vio_physical").status.codes for s in (simulated, kept))
    changed = before != after
    assert changed.any()
    assert set(after[changed].tolist()) == {1}


def test_shares_of_the_variance_by_hand(found):
    entry = term(found, "dom_isolation")
    values = np.array([b.estimate for b in entry.branches])
    total = ((values - values.mean()) ** 2).sum()
    for effect in entry.effects:
        at = [axis.name for axis in found.axes].index(effect.axis)
        taken = np.array([b.options[at] for b in entry.branches])
        means = [values[taken == option].mean() for option in np.unique(taken)]
        share = 64 * sum((mean - values.mean()) ** 2 for mean in means) / total
        assert effect.share == pytest.approx(share, abs=1e-9)
        assert effect.span == pytest.approx(abs(means[0] - means[1]))
    assert (entry.low, entry.high) == (values.min(), values.max())
    assert entry.n_above == (values > 0.5).sum()


def test_silence_as_presence_never_lowers_a_share(found):
    for entry in found.terms:
        half = len(entry.branches) // 2
        low, high = entry.branches[:half], entry.branches[half:]
        assert all(b.estimate >= a.estimate - 1e-9 for a, b in zip(low, high, strict=True))


def test_refusals_in_words(simulated, four, empty, study):
    terms = ["iso_locked_in", "bar_love", "tea"]
    held = run_multiverse(simulated, study, terms=terms)
    assert held.terms == ()
    reasons = [refused.why for refused in held.refused]
    assert reasons[0].endswith("bounds only")
    assert "a code of a victim" in reasons[1]
    assert reasons[2] == "the table of prevalence has no such code"
    few = run_multiverse(four, study, terms=["vio_physical"])
    assert "fewer than 6" in few.refused[0].why
    assert isinstance(run_multiverse(empty, study), Unavailable)


def test_branches_without_enough_cases_keep_the_share_only(four, study):
    opened = dataclasses.replace(
        study, gates={"low_documentation": Gate(override=True, reason="A test.")}
    )
    held = run_multiverse(four, opened, terms=["vio_physical"])
    assert "fewer than 6" in held.refused[0].why
    wide = dataclasses.replace(
        opened,
        gates={
            name: Gate(override=True, reason="A test.")
            for name in ("few_cases", "dominant_case", "low_documentation")
        },
    )
    curve = run_multiverse(four, wide, terms=["vio_physical"]).terms[0]
    assert all(branch.why for branch in curve.branches if branch.conf_low is None)


def test_one_axis_and_two_processes(simulated, study, found):
    plan = dataclasses.replace(study.multiverse, axes=("weight",), terms=("dom_rules",))
    held = run_multiverse(simulated, dataclasses.replace(study, multiverse=plan), jobs=2)
    assert len(held.terms[0].branches) == 2
    assert held.terms[0].branches[0].estimate == term(found, "dom_rules").branches[0].estimate


def test_results_survive_the_store(found):
    assert decode(Multiverse, encode(found)) == found
    frame = found.tidy()
    assert len(frame) == 4 * 128
    assert list(frame.columns[:3]) == ["term", "undocumented", "statement"]
