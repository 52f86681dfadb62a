"""A plan runs its analyses, and only those."""

import dataclasses

import pytest

from relatum.errors import EstimationError, PlanError
from relatum.models.registry import ANALYSES, fit
from relatum.results import Unavailable
from relatum.results.codec import decode, encode
from relatum.samples import example_sample
from relatum.study import MODELS


def test_every_analysis_of_a_plan_exists():
    assert tuple(ANALYSES) == MODELS


def test_the_shipped_plan_gives_every_result(study):
    found = fit(example_sample("simulated"), study)
    missing = {name for name, result in found.items() if isinstance(result, Unavailable)}
    # Refused by their gates: twelve investigations are too few for profiles. The shipped sample was
    # not imported, and it has one coder.
    assert missing == {"latent_classes", "tactic_network", "imports", "agreement"}
    for result in found.values():
        assert decode(type(result), encode(result)) == result


def test_a_plan_runs_only_what_it_names(study, four):
    found = fit(four, dataclasses.replace(study, models=("prevalence",)))
    assert list(found) == ["prevalence"]


def test_order_does_not_depend_on_the_plan(study, four):
    backwards = fit(four, dataclasses.replace(study, models=tuple(reversed(MODELS))))
    assert list(backwards) == list(fit(four, study))


def test_an_empty_sample_gives_reasons(study, empty):
    plan = dataclasses.replace(study, models=("prevalence", "documentation"))
    with pytest.raises(EstimationError, match="no relationship") as caught:
        fit(empty, plan)
    assert caught.value.exit_code == 13


def test_an_unknown_analysis_is_a_fault_of_the_plan(study, four):
    with pytest.raises(PlanError, match="'tea' is not an analysis"):
        fit(four, dataclasses.replace(study, models=("tea",)))
