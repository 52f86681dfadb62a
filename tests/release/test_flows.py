"""Flows with a withheld step: what the next one left out would give it away."""

import dataclasses

from relatum.models.describe import describe_flow
from relatum.release import judge_all
from relatum.release.flows import flow_left, without_jumps
from relatum.release.rules import RULES
from relatum.results.flow import Flow, FlowStep
from relatum.samples import example_sample
from relatum.study import read_study


def flow(*counts):
    steps = [
        FlowStep(
            step=f"s{at}",
            label="",
            unit="woman",
            n=n,
            n_left_out=counts[at - 1] - n if at else None,
            reason="Another area" if at else "",
        )
        for at, n in enumerate(counts)
    ]
    sample = example_sample("anna")
    return dataclasses.replace(describe_flow(sample, read_study()), steps=tuple(steps))


def shown(steps):
    return [(step.n, step.n_left_out) for step in steps]


def test_a_step_after_a_withheld_one_keeps_its_number_alone():
    whole = flow(25, 22, 12, 6).steps
    assert shown(without_jumps(whole, [whole[0], whole[2], whole[3]])) == [
        (25, None),
        (12, None),
        (6, 6),
    ]
    assert without_jumps(whole, whole) == whole
    # The reason is that of the 10 who left at this step, not of the 13 between 25 and 12.
    assert [step.reason for step in without_jumps(whole, [whole[0], whole[2]])] == ["", ""]
    assert shown(without_jumps(whole, whole[3:])) == [(6, None)]
    assert without_jumps(whole, ()) == ()


def test_no_withheld_number_follows_from_what_is_left():
    """By hand: 25 - (12 + 10) = 3 women, fewer than 5."""
    whole = flow(25, 22, 12)
    left = dataclasses.replace(whole, steps=(whole.steps[0], whole.steps[2]))
    mended = flow_left("steps")(whole, left, RULES["chapter5"])
    assert isinstance(mended, Flow)
    sums = {step.n + (step.n_left_out or 0) for step in mended.steps}
    assert 22 not in sums


def test_rounded_steps_are_known_again():
    whole = flow(40, 30, 20)
    rounded = [dataclasses.replace(step, n=step.n + 1) for step in whole.steps]
    assert shown(without_jumps(whole.steps, rounded)) == [(41, None), (31, 10), (21, 10)]


def strict(*counts):
    sample = example_sample("anna")
    (verdict,) = judge_all({"flow": flow(*counts)}, sample=sample, profile="chapter5").values()
    return shown(verdict.result.steps)


def test_a_released_flow_gives_no_withheld_step_away():
    assert strict(40, 25, 22, 12) == [(40, None), (12, None)]


def test_who_is_left_is_known_from_the_analysis_so_the_step_before_stays_in():
    """By hand: an analysis of 50 beside a step of 53 tells of the 3 who left between them."""
    assert strict(76, 53, 50) == [(76, None)]
    assert strict(76, 50, 50) == [(76, None), (50, 26), (50, 0)]
