"""The parts of curves that a comparison uses are those of the whole curves."""

import numpy as np
import pytest

from relatum.models.escape_curves import trace_escape_curves, trace_first_attempts
from relatum.models.retraction import estimate_retraction, trace_steps_back
from relatum.results.base import Unavailable
from relatum.samples import example_sample
from relatum.study import read_study

STUDY = read_study()
SAMPLES = ("simulated", "simulated_dv", "anna")


@pytest.mark.parametrize("name", SAMPLES)
def test_first_attempts_are_those_of_all_curves(name):
    sample = example_sample(name)
    whole, part = trace_escape_curves(sample, STUDY), trace_first_attempts(sample, STUDY)
    if isinstance(whole, Unavailable):
        assert isinstance(part, Unavailable)
        assert part.why == whole.why
        return
    points = [one for one in whole.points if (one.curve, one.completion) == ("attempt", "latest")]
    assert points
    assert list(part.points) == points
    assert part.horizon == next(row for row in whole.horizon if row.cause == "attempt")
    assert part.conf_level == whole.conf_level


@pytest.mark.parametrize("name", SAMPLES)
def test_steps_back_are_those_of_the_whole_estimate(name):
    sample = example_sample(name)
    whole, part = estimate_retraction(sample, STUDY), trace_steps_back(sample, STUDY)
    if isinstance(whole, Unavailable):
        assert isinstance(part, Unavailable)
        assert part.why == whole.why
        return
    points = [one for one in whole.points if (one.curve, one.completion) == ("any", "latest")]
    assert list(part.points) == points
    last = whole.horizons[-1].day
    kept = [
        row for row in whole.horizons if row.day == last and row.curve not in ("closed", "death")
    ]
    assert kept
    assert list(part.horizons) == kept
    assert part.conf_level == whole.conf_level


def test_only_the_limits_that_are_used_are_computed(monkeypatch):
    asked = []

    def counted(value, influence, case, **_):
        asked.append(value)
        return Limits()

    from relatum.models import escape_curves
    from relatum.models.escape_limits import Limits

    monkeypatch.setattr(escape_curves, "influence_limits", counted)
    sample = example_sample("simulated")
    part = trace_first_attempts(sample, STUDY)
    of_part = len(asked)
    asked.clear()
    trace_escape_curves(sample, STUDY)
    steps = sum(one.estimate > 0 for one in part.points)
    assert 0 < of_part <= steps + 2
    assert of_part < 0.5 * len(asked)
    assert np.isfinite(asked).all()
