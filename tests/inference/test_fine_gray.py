"""Fine-Gray regression: against R's cmprsk 2.2-11, and against numerical derivatives."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relatum.inference.common import Refusal
from relatum.inference.cox import cox_regression
from relatum.inference.cox_rows import CoxRows
from relatum.inference.fine_gray import CompetingRows, cumulative_incidence, fine_gray

EXACT = 1e-9  # crr was run to a gradient of 1e-13


def numbers(value):
    return np.array(list(value.values()) if isinstance(value, dict) else value, dtype=float)


def assert_as_crr(fit, values):
    assert fit.coef == pytest.approx(numbers(values["coef"]), abs=EXACT)
    assert fit.std_error == pytest.approx(values["se"], abs=EXACT)
    assert fit.loglik == pytest.approx(values["loglik"], abs=EXACT)


@pytest.fixture
def drawn():
    rng = np.random.default_rng(7)
    n = 150
    cause = rng.choice([0, 1, 2], n, p=[0.4, 0.35, 0.25])
    x = np.column_stack([rng.integers(0, 2, n), rng.normal(size=n)])
    return {"time": rng.exponential(10, n) + 0.01, "cause": cause, "covariates": x}


# by hand


def test_without_competing_events_it_is_breslow_cox(drawn):
    drawn["cause"] = np.minimum(drawn["cause"], 1)
    fit = fine_gray(CompetingRows(**drawn))
    rows = CoxRows(time=drawn["time"], event=drawn["cause"], covariates=drawn["covariates"])
    cox = cox_regression(rows, ties="breslow", errors="robust")
    assert fit.coef == pytest.approx(cox.coef, abs=1e-10)
    assert fit.std_error == pytest.approx(cox.std_error, abs=1e-10)


def test_without_censoring_a_competing_event_stays_at_risk(drawn):
    drawn["cause"] = np.where(drawn["cause"] == 0, 2, drawn["cause"])
    fit = fine_gray(CompetingRows(**drawn))
    time = np.where(drawn["cause"] == 2, drawn["time"].max() + 1, drawn["time"])
    rows = CoxRows(time=time, event=drawn["cause"] == 1, covariates=drawn["covariates"])
    cox = cox_regression(rows, ties="breslow", errors="robust")
    assert fit.coef == pytest.approx(cox.coef, abs=1e-10)
    assert fit.std_error == pytest.approx(cox.std_error, abs=1e-10)
    assert (fit.n_events, fit.n_competing, fit.n_censored) == (
        (drawn["cause"] == 1).sum(),
        (drawn["cause"] == 2).sum(),
        0,
    )


# against R


@pytest.mark.parametrize("cause", [1, 2])
def test_cc0(reference, cause):
    case = reference("cc0", "surv_competing_risks")
    table, values = case.table(), case.values
    x = np.column_stack([table["arm"], table["x"]])
    rows = CompetingRows(time=table["time"], cause=table["event"], covariates=x)
    fit = fine_gray(rows, cause=cause)
    expected = values[f"finegray_crr_cause{cause}"]
    assert_as_crr(fit, expected)
    assert fit.vcov == pytest.approx(np.array(expected["vcov"]), abs=EXACT)
    assert fit.loglik_null == pytest.approx(expected["null_loglik"], abs=EXACT)
    if cause == 1:
        curve = values["crr_pred_cif_arm1_x0.5"]
        place = np.searchsorted(fit.time, curve["time"])
        found = cumulative_incidence(fit, [1, 0.5])[place]
        assert found == pytest.approx(curve["cif"], abs=EXACT)


def test_cc0_censoring_groups(reference):
    case = reference("cc0", "surv_competing_risks")
    table, values = case.table(), case.values["finegray_crr_cause1_cengroup_arm"]
    fit = fine_gray(
        CompetingRows(
            time=table["time"],
            cause=table["event"],
            covariates=np.column_stack([table["arm"], table["x"]]),
            censoring_group=table["arm"],
        )
    )
    assert fit.coef == pytest.approx(numbers(values["coef"]), abs=EXACT)
    assert fit.loglik == pytest.approx(values["loglik"], abs=EXACT)
    # crr's errors are not those of the influence function here: see the next test but one
    assert fit.std_error == pytest.approx(values["se"], abs=3e-4)


def test_public(reference):
    case = reference("public", "surv_competing_risks")
    table, values = case.table(), case.values
    x = np.column_stack([table["age"], table["sexM"]])
    rows = CompetingRows(time=table["etime"], cause=table["event"], covariates=x)
    for cause, name in ((1, "pcm"), (2, "death")):
        assert_as_crr(fine_gray(rows, cause=cause), values[f"finegray_crr_{name}"])
    curve = values["crr_pred_cif_age70_male"]
    fit = fine_gray(rows)
    found = cumulative_incidence(fit, [70, 1])[np.searchsorted(fit.time, curve["time"])]
    assert found == pytest.approx(curve["cif"], abs=1e-8)


# properties


def weighted_score(weights, rows, coef):
    """Score with case weights in everything, the censoring curves too."""
    time, cause, x = rows["time"], rows["cause"], rows["covariates"]
    times = np.unique(time[cause == 1])
    share = np.zeros((len(time), len(times)))
    for group in np.unique(rows["censoring_group"]):
        inside = rows["censoring_group"] == group
        ends = np.unique(time[inside & (cause == 0)])
        left = [
            1
            - weights[inside & (cause == 0) & (time == u)].sum()
            / weights[inside & (time >= u)].sum()
            for u in ends
        ]
        curve = np.concatenate([[1.0], np.cumprod(left)])
        at_times = curve[np.searchsorted(ends, times, side="left")]
        at_times = np.where(times > time[inside].max(), 0.0, at_times)
        at_rows = curve[np.searchsorted(ends, time, side="left")]
        for i in np.flatnonzero(inside):
            later = at_times / at_rows[i] if cause[i] == 2 else 0.0
            share[i] = np.where(time[i] >= times, 1.0, later)
    risk = weights * np.exp(x @ coef)
    mean = (share.T @ (x * risk[:, None])) / (share.T @ risk)[:, None]
    event = np.flatnonzero(cause == 1)
    return weights[event] @ (x[event] - mean[np.searchsorted(times, time[event])])


@pytest.mark.parametrize("groups", [1, 2])
def test_errors_follow_the_numerical_influence(drawn, groups):
    drawn["censoring_group"] = np.arange(150) % groups
    fit = fine_gray(CompetingRows(**drawn))
    ones, step = np.ones(150), 1e-5
    assert weighted_score(ones, drawn, fit.coef) == pytest.approx([0, 0], abs=1e-8)
    slope = np.empty((150, 2))
    for i in range(150):
        move = step * (np.arange(150) == i)
        up, down = (weighted_score(ones + s * move, drawn, fit.coef) for s in (1, -1))
        slope[i] = (up - down) / (2 * step)
    information = np.empty((2, 2))
    for j in range(2):
        move = step * np.eye(2)[j]
        up, down = (weighted_score(ones, drawn, fit.coef + s * move) for s in (1, -1))
        information[j] = (down - up) / (2 * step)
    inverse = np.linalg.inv(information)
    # the product-limit curve is taken as the exponential of its hazard: a difference of order 1/n
    assert inverse @ slope.T @ slope @ inverse == pytest.approx(fit.vcov, rel=0.01, abs=2e-5)


def test_order_of_rows_changes_nothing(drawn):
    place = np.random.default_rng(1).permutation(150)
    drawn["time"] = np.ceil(drawn["time"])
    first = fine_gray(CompetingRows(**drawn))
    second = fine_gray(CompetingRows(**{k: v[place] for k, v in drawn.items()}))
    assert second.coef == pytest.approx(first.coef, abs=1e-11)
    assert second.vcov == pytest.approx(first.vcov, abs=1e-12)


def test_one_group_of_censoring_is_none(drawn):
    plain = fine_gray(CompetingRows(**drawn))
    one = fine_gray(CompetingRows(**drawn, censoring_group=np.full(150, "a")))
    assert one.vcov == pytest.approx(plain.vcov, abs=1e-14)


def test_incidence_rises_and_stays_below_one(drawn):
    curve = cumulative_incidence(fine_gray(CompetingRows(**drawn)), [1.0, 0.0])
    assert (np.diff(curve) > 0).all()
    assert 0 < curve[0] < curve[-1] < 1


# refusals


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"cause": np.array([2, 0, 2, 0])}, "no event of cause 1"),
        ({"time": np.array([0.0, 1, 2, 3])}, "1 times are not above 0"),
        ({"covariates": np.ones(4)}, "covariate 1 is the same in every row"),
        ({"covariates": np.array([1.0, np.nan, 0, 0])}, "covariates hold 1 value"),
        ({"covariates": np.array([1.0, 0, 0, 0])}, "coefficient of covariate 1 rises"),
    ],
)
def test_refusals(change, why):
    given_rows = {
        "time": np.array([1.0, 2, 3, 4]),
        "cause": np.array([1, 0, 2, 0]),
        "covariates": np.array([1.0, 0, 1, 0]),
    }
    found = fine_gray(CompetingRows(**{**given_rows, **change}))
    assert isinstance(found, Refusal)
    assert why in found.why


def test_wrong_calls():
    with pytest.raises(ValueError, match="cause"):
        CompetingRows(time=[1, 2], cause=[1, 0.5], covariates=[1, 0])
    with pytest.raises(ValueError, match="censoring_group"):
        CompetingRows(time=[1, 2], cause=[1, 0], covariates=[1, 0], censoring_group=[1])
    with pytest.raises(ValueError, match="at least 1"):
        fine_gray(CompetingRows(time=[1, 2], cause=[1, 0], covariates=[1, 0]), cause=0)


@st.composite
def odd_rows(draw):
    n = draw(st.integers(2, 12))

    def column(*values):
        return np.array(draw(st.lists(st.sampled_from(values), min_size=n, max_size=n)), float)

    return CompetingRows(
        time=column(1, 2, 3, 4),
        cause=column(0, 1, 2),
        covariates=np.column_stack([column(0, 1), column(0, 1e-9, 1e6)]),
        censoring_group=column(0, 1),
    )


@given(odd_rows())
def test_odd_data_give_numbers_or_words(rows):
    found = fine_gray(rows)
    if isinstance(found, Refusal):
        assert found.why
        return
    for name in ("coef", "std_error", "statistic", "p_value", "conf_low", "conf_high"):
        assert np.isfinite(getattr(found, name)).all()
