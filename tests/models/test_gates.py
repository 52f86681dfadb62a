"""Refusals in words, and overrides that are printed."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from relatum.errors import PlanError
from relatum.models.case_cells import CaseCells
from relatum.models.counting import prevalence_row
from relatum.models.gates import (
    gate_clusters,
    gate_documentation,
    gate_width,
    override_notes,
)
from relatum.study import Gate, PrevalencePlan, read_study


def with_gate(study, name):
    return dataclasses.replace(study, gates={name: Gate(override=True, reason="A pilot.")})


def cells(sizes):
    return CaseCells.of(sizes, np.zeros(len(sizes)), np.zeros(len(sizes)))


@pytest.mark.parametrize(
    ("sizes", "why"),
    [
        ([5, 4, 3, 2, 2, 2], ""),
        ([5, 4, 3, 2, 2], "5 investigations hold such units, fewer than 6"),
        ([60, 8, 8, 8, 8, 8], ""),
        ([61, 8, 8, 8, 8, 7], "one investigation holds 61% of the units, more than 60%"),
        ([], "there is no unit to which it applies"),
    ],
)
def test_cases_that_carry_no_limits(study, sizes, why):
    assert gate_clusters(cells(sizes), study).refused == why


def test_both_refusals_need_both_overrides(study):
    few = with_gate(study, "few_cases")
    assert gate_clusters(cells([9, 1]), study).refused.startswith("2 investigations")
    assert gate_clusters(cells([9, 1]), few).refused.startswith("one investigation holds 90%")
    both = dataclasses.replace(
        few, gates={**few.gates, "dominant_case": Gate(override=True, reason="A pilot.")}
    )
    verdict = gate_clusters(cells([9, 1]), both)
    assert (verdict.refused, verdict.overridden) == ("", ("few_cases", "dominant_case"))


def row(present, absent, silent):
    codes = np.repeat(np.array([2, 0, 1], dtype=np.int8), [present, absent, silent])
    return prevalence_row(
        codes, PrevalencePlan(), term="a", label="a", entity="t", domain="d", unit="case"
    )


def test_too_little_documented_gives_bounds_only(study):
    assert gate_documentation(row(3, 3, 4), study).refused == ""
    verdict = gate_documentation(row(3, 2, 5), study)
    assert verdict.refused == "documented in 5 of 10, less than 60%: bounds only"
    opened = gate_documentation(row(3, 2, 5), with_gate(study, "low_documentation"))
    assert (opened.refused, opened.overridden) == ("", ("low_documentation",))


def test_wide_bounds_leave_the_confirmatory_families(study):
    assert gate_width(row(3, 3, 4), study).refused == ""
    verdict = gate_width(row(3, 2, 5), study)
    assert verdict.refused == "bounds 0.50 wide, more than 0.40"
    opened = gate_width(row(3, 2, 5), with_gate(study, "wide_bounds"))
    assert (opened.refused, opened.overridden) == ("", ("wide_bounds",))


def test_an_override_that_is_off_opens_nothing(study):
    shut = dataclasses.replace(study, gates={"few_cases": Gate(override=False, reason="")})
    assert gate_clusters(cells([1, 1]), shut).refused
    assert override_notes(shut) == ()


def test_an_override_is_a_note_with_its_reason(study):
    (note,) = override_notes(with_gate(study, "dominant_case"))
    assert note.code == "override_dominant_case"
    assert note.text.endswith("Reason given: A pilot.")


def plan(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "study.toml"
    path.write_text('name = "mine"\nsample = "shipped:anna"\n' + text, encoding="utf-8")
    return path


def test_a_plan_overrides_known_refusals_only(tmp_path):
    found = read_study(plan(tmp_path, '[gates.few_cases]\noverride = true\nreason = "A pilot."'))
    assert found.gates["few_cases"].override
    with pytest.raises(PlanError) as caught:
        read_study(plan(tmp_path, '[gates.few_case]\noverride = true\nreason = "A pilot."'))
    (issue,) = caught.value.issues
    assert (issue.field, issue.near) == ("gates.few_case", "few_cases")


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("[estimates]\nconf_level = 1.0", "estimates.conf_level"),
        ("[estimates]\nboundary_icc = -0.1", "estimates.boundary_icc"),
        ("[estimates]\nplacebos = -1", "estimates.placebos"),
        ("[estimates]\nicc_marks = [0.1]", "estimates.icc_marks"),
        ('[multiverse]\naxes = ["tea"]', "multiverse.axes"),
        ('[multiverse]\naxes = ["weight", "weight"]', "multiverse.axes"),
        ("[multiverse]\nthreshold = 1.0", "multiverse.threshold"),
    ],
)
def test_faults_of_the_plan(tmp_path, text, field):
    with pytest.raises(PlanError) as caught:
        read_study(plan(tmp_path, text))
    assert [issue.field for issue in caught.value.issues] == [field]


def test_new_parts_of_the_plan_change_its_hash(study):
    other = dataclasses.replace(study.estimates, boundary_icc=0.2)
    assert dataclasses.replace(study, estimates=other).hash != study.hash
    choices = dataclasses.replace(study.multiverse, axes=("weight",))
    assert dataclasses.replace(study, multiverse=choices).hash != study.hash
