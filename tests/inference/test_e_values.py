"""E-values: by hand, against R's EValue 4.1.4, and properties."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relatum.inference.common import Refusal
from relatum.inference.e_values import bias_factor, e_value

MEASURES = {"RR": "risk ratio", "OR": "odds ratio", "HR": "hazard ratio"}
# closed forms on both sides
TIGHT = 1e-12


def assert_as_r(found, risk_ratios, e_values):
    assert found.risk_ratio == pytest.approx(risk_ratios[0], rel=TIGHT)
    assert found.estimate == pytest.approx(e_values[0], rel=TIGHT)
    # R leaves out the limit that is farther from 1
    (limit,) = (value for value in e_values[1:] if isinstance(value, float | int))
    assert found.limit == pytest.approx(limit, rel=TIGHT)


# by hand


def test_by_hand():
    found = e_value(2.0)
    assert found.estimate == pytest.approx(2 + math.sqrt(2))
    assert found.limit is None
    assert found.risk_ratio_limit is None
    assert e_value(0.5).estimate == pytest.approx(2 + math.sqrt(2))
    assert e_value(1.0).estimate == 1.0
    # a common odds ratio of 4 stands for a risk ratio of 2
    assert e_value(4.0, measure="odds ratio").estimate == pytest.approx(2 + math.sqrt(2))
    assert e_value(4.0, measure="odds ratio", rare=True).estimate == pytest.approx(4 + 12**0.5)
    # hazard ratio 4: (1 - 1/4) / (1 - 1/sqrt 2)
    expected = 0.75 / (1 - 0.5**0.5)
    assert e_value(4.0, measure="hazard ratio").risk_ratio == pytest.approx(expected)


def test_an_interval_that_holds_1_needs_nothing():
    found = e_value(1.2, conf_low=0.9, conf_high=1.6)
    assert (found.limit, found.risk_ratio_limit) == (1.0, 1.0)
    assert e_value(1.2, conf_low=1.0, conf_high=1.6).limit == 1.0


def test_edges_are_infinite_not_missing():
    for measure in MEASURES.values():
        found = e_value(math.inf, conf_low=1.5, conf_high=math.inf, measure=measure)
        assert math.isinf(found.estimate)
        assert 1 < found.limit < math.inf
        found = e_value(0.0, conf_low=0.0, conf_high=0.5, measure=measure)
        assert math.isinf(found.estimate)
        assert 1 < found.limit < math.inf


# against R


def test_cc0(reference):
    case = reference("cc0", "comp_equivalence")
    table, values = case.table("evalue.csv"), case.values["evalues"]
    for i, key in enumerate(sorted(values)):
        found = e_value(
            table["est"][i],
            conf_low=table["lo"][i],
            conf_high=table["hi"][i],
            measure=MEASURES[table["type"][i]],
            rare=bool(table["rare"][i] == 1),
        )
        assert_as_r(found, values[key]["scale_RR"], values[key]["evalue"])


def test_public(reference):
    values = reference("public", "comp_equivalence").values["evalues"]
    asked = {
        "RR_3.9_1.8_8.7": (3.9, 1.8, 8.7, "RR", False),
        "RR_0.80_0.71_0.91": (0.8, 0.71, 0.91, "RR", False),
        "RR_1.2_0.9_1.6": (1.2, 0.9, 1.6, "RR", False),
        "OR_common_0.86_0.75_0.99": (0.86, 0.75, 0.99, "OR", False),
        "OR_rare_2.5_1.2_5": (2.5, 1.2, 5, "OR", True),
        "HR_common_0.56_0.46_0.69": (0.56, 0.46, 0.69, "HR", False),
        "HR_rare_1.8_1.1_2.9": (1.8, 1.1, 2.9, "HR", True),
    }
    for key, (ratio, low, high, measure, rare) in asked.items():
        found = e_value(ratio, conf_low=low, conf_high=high, measure=MEASURES[measure], rare=rare)
        columns = [values[key][name] for name in ("point", "lower", "upper")]
        assert_as_r(found, [c[0] for c in columns], [c[1] for c in columns])


# properties


@given(st.floats(1.001, 50), st.sampled_from(list(MEASURES.values())), st.booleans())
def test_turning_the_exposure_over_changes_nothing(ratio, measure, rare):
    up = e_value(ratio, conf_low=1.0005, conf_high=2 * ratio, measure=measure, rare=rare)
    down = e_value(
        1 / ratio, conf_low=0.5 / ratio, conf_high=1 / 1.0005, measure=measure, rare=rare
    )
    assert down.estimate == pytest.approx(up.estimate, rel=1e-9)
    assert down.limit == pytest.approx(up.limit, rel=1e-6)
    assert 1 < up.limit <= up.estimate


@given(st.floats(1, 50))
def test_a_factor_of_that_strength_just_suffices(ratio):
    found = e_value(ratio).estimate
    assert bias_factor(found, found) == pytest.approx(ratio, rel=1e-9)


# bad input


def test_bad_input():
    assert isinstance(e_value(math.nan), Refusal)
    assert isinstance(e_value(2.0, conf_low=math.nan, conf_high=3.0), Refusal)
    with pytest.raises(ValueError, match=r"measure must.*negative.*both limits"):
        e_value(-0.7, conf_low=-1.0, measure="log odds")
    with pytest.raises(ValueError, match="between its limits"):
        e_value(2.0, conf_low=2.1, conf_high=3.0)
    with pytest.raises(ValueError, match="1 or more"):
        bias_factor(0.5, 2.0)
