import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relatum.inference.common import Refusal
from relatum.inference.differences import difference_interval, score_statistic


def limits(interval):
    return [interval.conf_low, interval.conf_high]


def test_limits_equal_r(reference):
    for want in reference("cc0", "comp_risk_difference").values.values():
        table = want["counts_x1_n1_x2_n2"]
        for method, key in (
            ("newcombe", "newcombe"),
            ("miettinen_nurminen", "miettinen_nurminen_tight"),
            ("mee", "mee_tight"),
        ):
            found = difference_interval(*table, method=method)
            assert limits(found) == pytest.approx(want[key], abs=1e-9), (table, method)
        at_90 = difference_interval(*table, conf_level=0.90)
        assert limits(at_90) == pytest.approx(want["miettinen_nurminen_90_tight"], abs=1e-9)
        z = score_statistic(*table, delta=0.0, corrected=False)
        assert z == pytest.approx(want["z_pooled"], abs=1e-9)


def test_limits_equal_the_published_examples(reference):
    case = reference("public", "comp_risk_difference")
    data = case.table()
    tables = zip(*(data[k].astype(int) for k in ("x1", "n1", "x2", "n2")), strict=True)
    for table in tables:
        x1, n1, x2, n2 = map(int, table)
        want = case.values[f"{x1}/{n1}-{x2}/{n2}"]
        low, _, high = want["ratesci_miettinen_nurminen_lo_est_hi"]
        assert limits(difference_interval(x1, n1, x2, n2)) == pytest.approx([low, high], abs=1e-8)
        low, _, high = want["ratesci_mee_lo_est_hi"]
        found = difference_interval(x1, n1, x2, n2, method="mee")
        assert limits(found) == pytest.approx([low, high], abs=1e-8)


@settings(deadline=None)
@given(st.integers(1, 60), st.integers(1, 60), st.data())
def test_swapping_the_groups_flips_the_limits(n1, n2, data):
    x1, x2 = data.draw(st.integers(0, n1)), data.draw(st.integers(0, n2))
    for method in ("newcombe", "miettinen_nurminen", "mee"):
        one = difference_interval(x1, n1, x2, n2, method=method)
        other = difference_interval(x2, n2, x1, n1, method=method)
        assert one.conf_low <= one.estimate + 1e-12
        assert one.estimate - 1e-12 <= one.conf_high
        assert limits(one) == pytest.approx([-other.conf_high, -other.conf_low], abs=1e-7)


def test_empty_group_and_wrong_calls():
    assert isinstance(difference_interval(0, 0, 1, 2), Refusal)
    with pytest.raises(ValueError, match="size of its group"):
        difference_interval(3, 2, 1, 2)
    with pytest.raises(ValueError, match="one of"):
        difference_interval(1, 2, 1, 2, method="wald")
