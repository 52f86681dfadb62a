from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relatum.inference.common import Refusal
from relatum.inference.two_by_two import (
    chi_square_tests,
    describe_table,
    exact_association,
    haldane_odds_ratio,
)


def number(value):
    """A value of the reference, where infinity is written as a word, sometimes in a list."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return float(value)


def same(found, expected, *, rel=1e-12):
    """Closed forms agree to rounding; so do roots that both sides solved to 1e-14 of the log."""
    expected = number(expected)
    if math.isinf(expected) or expected == 0:
        return found == expected
    return found == pytest.approx(expected, rel=rel, abs=0)


def tables(case):
    columns = case.table()
    for at, name in enumerate(columns["table"]):
        yield str(name), tuple(int(columns[key][at]) for key in "abcd")


def test_by_hand():
    # 8 both, 2 first only, 4 second only, 6 neither; expected counts 6, 4, 6, 4
    found = describe_table(8, 2, 4, 6)
    assert found.odds_ratio == 6.0
    assert found.phi == pytest.approx((48 - 8) / math.sqrt(10 * 10 * 12 * 8), abs=1e-15)
    assert found.jaccard == pytest.approx(8 / 14, abs=1e-15)
    assert found.lift == pytest.approx(8 * 20 / (10 * 12), abs=1e-15)
    assert found.yule_q == pytest.approx(5 / 7, abs=1e-15)
    assert found.yule_y == pytest.approx((6**0.5 - 1) / (6**0.5 + 1), abs=1e-15)
    tests = chi_square_tests(8, 2, 4, 6)
    assert tests.pearson == pytest.approx(4 * (1 / 6 + 1 / 4 + 1 / 6 + 1 / 4), abs=1e-14)
    assert tests.yates == pytest.approx(2.25 * (1 / 6 + 1 / 4 + 1 / 6 + 1 / 4), abs=1e-14)
    logs = 8 * math.log(8 / 6) + 2 * math.log(0.5) + 4 * math.log(4 / 6) + 6 * math.log(1.5)
    assert tests.g2 == pytest.approx(2 * logs, abs=1e-14)
    assert tests.smallest_expected == 4.0


def test_yates_takes_no_more_than_the_distance():
    found = chi_square_tests(5, 5, 5, 6)
    assert found.yates == 0.0
    assert found.yates_p == 1.0
    assert found.pearson > 0


@pytest.mark.parametrize("kind", ["cc0", "public"])
def test_closed_forms_equal_r(reference, kind):
    case = reference(kind, "cooc_2x2_association")
    values = case.values
    for name, counts in tables(case):
        expected = values[name]
        found = describe_table(*counts)
        for key in ("phi", "jaccard", "lift", "yule_q", "yule_y"):
            assert same(getattr(found, key), expected[key]), (name, key)
        tests = chi_square_tests(*counts)
        assert same(tests.pearson, expected["chisq"]), name
        assert same(tests.yates, expected["chisq_yates"]), name
        assert same(tests.g2, expected["G2"]), name
        # far tails: the two libraries' chi-square functions agree to 1e-10 of the value
        assert same(tests.pearson_p, expected["chisq_p"], rel=1e-10), name
        assert same(tests.yates_p, expected["chisq_yates_p"], rel=1e-10), name
        # the reference takes 1 minus the lower tail, which leaves 1e-16 of the whole
        assert tests.g2_p == pytest.approx(number(expected["G2_p"]), rel=1e-10, abs=2e-16), name
        assert same(math.log2(found.lift) if found.lift else -math.inf, expected["pmi_log2"])


def test_sample_and_haldane_odds_ratio_equal_r(reference):
    case = reference("cc0", "cooc_2x2_association")
    for name, counts in tables(case):
        expected = case.values[name]
        assert same(describe_table(*counts).odds_ratio, expected["or_sample"]), name
        found = haldane_odds_ratio(*counts)
        for value, told in zip(
            (found.estimate, found.conf_low, found.conf_high),
            expected["or_haldane_wald"],
            strict=True,
        ):
            assert same(value, told), name


@pytest.mark.parametrize("kind", ["cc0", "public"])
def test_exact_inference_equals_r(reference, kind):
    case = reference(kind, "cooc_2x2_association")
    seen = 0
    for name, counts in tables(case):
        expected = case.values[name]
        found = exact_association(*counts)
        assert same(found.exact.estimate, expected["conditional_or_tight"]), name
        low, high = expected["conditional_or_ci95_tight"]
        assert same(found.exact.conf_low, low), name
        assert same(found.exact.conf_high, high), name
        one_sided = exact_association(*counts, conf_level=0.9)
        assert same(one_sided.exact.conf_high, expected["conditional_or_ci95_less_tight"][1]), name
        if "midp_ci95_tight" in expected:
            seen += 1
            low, high = expected["midp_ci95_tight"]
            assert same(found.mid_p.conf_low, low), name
            assert same(found.mid_p.conf_high, high), name
            low, high = expected["conditional_or_ci90_tight"]
            assert same(one_sided.exact.conf_low, low), name
            assert same(one_sided.exact.conf_high, high), name
        p = found.p_values
        assert same(p.minlike, expected["fisher_p_two"]), name
        assert same(p.less, expected["fisher_p_less"]), name
        assert same(p.greater, expected["fisher_p_greater"]), name
        assert same(p.central, expected["central_p"]), name
        assert same(p.mid_less, expected["midp_p_less"]), name
        assert same(p.mid_greater, expected["midp_p_greater"]), name
        assert same(p.mid_central, expected["midp_p_two"]), name
    assert seen == (9 if kind == "cc0" else 0)


def test_exact_inference_equals_scipy():
    from scipy import stats

    for counts in [(3, 1, 1, 3), (0, 12, 9, 31), (48, 12, 10, 50)]:
        grid = [counts[:2], counts[2:]]
        ratio = stats.contingency.odds_ratio(grid, kind="conditional")
        limits = ratio.confidence_interval(0.95)
        found = exact_association(*counts)
        # scipy's own roots hold about 1e-12
        assert found.exact.estimate == pytest.approx(ratio.statistic, rel=1e-10)
        assert found.exact.conf_low == pytest.approx(limits.low, rel=1e-10)
        assert found.exact.conf_high == pytest.approx(limits.high, rel=1e-10)
        assert found.p_values.minlike == pytest.approx(stats.fisher_exact(grid).pvalue, rel=1e-12)


@settings(deadline=None, max_examples=60)
@given(st.tuples(*[st.integers(0, 25)] * 4))
def test_codes_may_be_swapped(counts):
    a, b, c, d = counts
    first, second = exact_association(a, b, c, d), exact_association(a, c, b, d)
    if isinstance(first, Refusal):
        assert isinstance(second, Refusal)
        assert isinstance(chi_square_tests(a, b, c, d), Refusal)
        return
    assert first.exact == second.exact
    assert first.p_values == second.p_values
    tests, turned = chi_square_tests(a, b, c, d), chi_square_tests(a, c, b, d)
    assert tests.pearson == pytest.approx(turned.pearson, abs=1e-12)
    phi = describe_table(a, b, c, d).phi
    assert tests.pearson == pytest.approx((a + b + c + d) * phi**2, rel=1e-9, abs=1e-12)


def test_empty_margins_are_refused():
    for counts in [(0, 0, 3, 4), (3, 0, 4, 0), (0, 0, 0, 0)]:
        assert "empty" in exact_association(*counts).why
        assert "empty" in chi_square_tests(*counts).why
        assert isinstance(describe_table(*counts).phi, Refusal)
        assert isinstance(describe_table(*counts).yule_q, Refusal)
        assert isinstance(describe_table(*counts).yule_y, Refusal)
    assert "no row" in haldane_odds_ratio(0, 0, 0, 0).why
    assert haldane_odds_ratio(0, 0, 3, 4).estimate == pytest.approx(0.5 * 4.5 / (0.5 * 3.5))


@pytest.mark.parametrize(
    "function", [describe_table, chi_square_tests, exact_association, haldane_odds_ratio]
)
def test_wrong_counts_raise(function):
    with pytest.raises(ValueError, match="second_only must be a whole number"):
        function(1, 2, -1, 3)
    with pytest.raises(ValueError, match="neither must be a whole number"):
        function(1, 2, 1, 0.5)


def test_wrong_levels_raise():
    for function in (exact_association, haldane_odds_ratio):
        with pytest.raises(ValueError, match="conf_level"):
            function(3, 1, 1, 3, conf_level=95)
