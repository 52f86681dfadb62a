"""Discrete-time hazard: by hand, against R's glm and sandwich 3.0-2, and on odd data."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relatum.inference.common import Refusal
from relatum.inference.cox import cox_regression
from relatum.inference.cox_rows import CoxRows
from relatum.inference.discrete_hazard import PersonPeriods, discrete_hazard

CASES = {"cc0": ("arm", "x"), "public": ("fin", "age", "prio")}
# R ends when the deviance stands still, which leaves about 1e-7 in the coefficients
GLM = 1e-6


def load(reference, kind):
    case = reference(kind, "surv_discrete_cloglog")
    table = case.table("person_period.csv")
    x = np.column_stack([table[name] for name in CASES[kind]])
    rows = PersonPeriods(period=table["period"], event=table["y"], covariates=x, names=CASES[kind])
    return rows, table, case.values


def as_r(fit, n_covariates, baseline):
    """Coefficients and errors as differences from the first period, which R's factor gives."""
    change = np.eye(len(fit.coef))
    if baseline == "periods":
        change[1 : len(fit.coef) - n_covariates, 0] = -1.0
    return change @ fit.coef, np.sqrt(np.diag(change @ fit.vcov @ change.T))


# by hand


def test_one_group_is_the_share_of_events():
    # of four at risk one has the event, of the three left one, and so on for a zero-mean covariate
    rows = PersonPeriods(
        period=[1, 1, 1, 1, 2, 2],
        event=[1, 1, 0, 0, 1, 0],
        covariates=[1.0, -1, 1, -1, 0, 0],
    )
    fit = discrete_hazard(rows, link="logit")
    assert fit.names == ("period 1", "period 2", "covariate 1")
    assert fit.coef == pytest.approx([0, 0, 0], abs=1e-12)
    assert fit.loglik == pytest.approx(6 * np.log(0.5))
    grouped = discrete_hazard(rows)
    assert grouped.coef == pytest.approx([np.log(np.log(2))] * 2 + [0], abs=1e-10)
    assert grouped.deviance == pytest.approx(12 * np.log(2))


def test_two_groups_by_hand():
    # shares 3/4 and 1/4: difference of log(-log(1 - share))
    rows = PersonPeriods(
        period=np.ones(8), event=[1, 1, 1, 0, 1, 0, 0, 0], covariates=np.repeat([1.0, 0.0], 4)
    )
    expected = np.log(-np.log(0.25)) - np.log(-np.log(0.75))
    assert discrete_hazard(rows).coef[1] == pytest.approx(expected, abs=1e-9)
    assert discrete_hazard(rows, link="logit").coef[1] == pytest.approx(np.log(9), abs=1e-9)


# against R


@pytest.mark.parametrize("kind", CASES)
@pytest.mark.parametrize("baseline", ["periods", "log-period"])
@pytest.mark.parametrize("link", ["cloglog", "logit"])
def test_glm(reference, kind, baseline, link):
    rows, table, values = load(reference, kind)
    name = link if baseline == "periods" else f"{link}_logtime"
    if name not in values:
        assert (kind, name) == ("public", "logit_logtime")
        return
    expected, p = values[name], len(CASES[kind])
    fit = discrete_hazard(rows, link=link, baseline=baseline)
    coef, error = as_r(fit, p, baseline)
    assert coef == pytest.approx(list(expected["coef"].values()), abs=GLM)
    assert error == pytest.approx(list(expected["se"].values()), abs=GLM)
    assert fit.deviance == pytest.approx(expected["deviance"], abs=1e-9)
    assert fit.loglik == pytest.approx(expected["logLik"], abs=1e-9)
    assert fit.aic == pytest.approx(expected["AIC"], abs=1e-9)
    assert fit.n_rows == expected["n"]
    for column, key in (("cl", "cluster_CR0_se"), ("id", "id_CR0_se")):
        if key in expected:
            robust = discrete_hazard(rows, link=link, baseline=baseline, cluster=table[column])
            error = as_r(robust, p, baseline)[1]
            assert error == pytest.approx(list(expected[key].values()), abs=GLM)
            assert robust.model_error == pytest.approx(fit.model_error, abs=1e-12)


def test_public_robust_errors(reference):
    rows, table, values = load(reference, "public")
    fit = discrete_hazard(rows, cluster=table["id"])
    expected = list(values["cloglog_cluster_robust_CR0_se"].values())
    assert as_r(fit, 3, "periods")[1] == pytest.approx(expected, abs=GLM)


@pytest.mark.parametrize("kind", CASES)
def test_exact_cox_of_the_periods(reference, kind):
    rows, table, values = load(reference, kind)
    last = np.append(table["id"][1:] != table["id"][:-1], True)
    subjects = CoxRows(
        time=table["period"][last], event=table["y"][last], covariates=rows.covariates[last]
    )
    fit = cox_regression(subjects, ties="exact")
    expected = values["cox_exact_periods"]
    for ours, key in ((fit.coef, "coef"), (fit.std_error, "se")):
        theirs = expected[key]
        theirs = list(theirs.values()) if isinstance(theirs, dict) else theirs
        assert ours == pytest.approx(theirs, abs=1e-9)


# properties


def test_order_of_rows_changes_nothing(reference):
    rows, table, _ = load(reference, "cc0")
    place = np.random.default_rng(1).permutation(len(rows.period))
    mixed = PersonPeriods(
        period=rows.period[place], event=rows.event[place], covariates=rows.covariates[place]
    )
    first = discrete_hazard(rows, cluster=table["cl"])
    second = discrete_hazard(mixed, cluster=table["cl"][place])
    assert second.coef == pytest.approx(first.coef, abs=1e-8)
    assert second.vcov == pytest.approx(first.vcov, abs=1e-8)
    assert (first.n_clusters, first.n_events) == (12, 95)


def test_a_period_without_events_is_left_out(reference):
    rows, _, _ = load(reference, "cc0")
    fit = discrete_hazard(rows)
    more = PersonPeriods(
        period=np.append(rows.period, [9, 9]),
        event=np.append(rows.event, [0, 0]),
        covariates=np.vstack([rows.covariates, [[1, 0.5], [0, -0.5]]]),
    )
    longer = discrete_hazard(more)
    assert longer.periods_left_out == (9.0,)
    assert longer.coef == pytest.approx(fit.coef, abs=1e-12)


# refusals


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"event": np.zeros(6)}, "there is no event"),
        ({"event": np.ones(6)}, "all rows have it"),
        ({"covariates": np.array([1, 1, 0, 0, np.nan, 1])}, "covariates hold 1 value"),
        ({"covariates": np.array([1.0, 1, 1, 1, 1, 1])}, "collinear"),
        ({"covariates": np.array([1.0, 1, 0, 0, 1, 0])}, "coefficient of a grows for ever"),
    ],
)
def test_refusals(change, why):
    given_rows = {
        "period": np.array([1.0, 1, 1, 1, 2, 2]),
        "event": np.array([1.0, 1, 0, 0, 1, 0]),
        "covariates": np.array([1.0, 0, 1, 0, 1, 0]),
        "names": ("a",),
    }
    found = discrete_hazard(PersonPeriods(**{**given_rows, **change}))
    assert isinstance(found, Refusal)
    assert why in found.why


def test_wrong_calls():
    rows = {"period": [1, 1, 2], "event": [1, 0, 0], "covariates": [1.0, 0.0, 1.0]}
    with pytest.raises(ValueError, match="period"):
        PersonPeriods(**{**rows, "period": [0, 1, 1]})
    with pytest.raises(ValueError, match="event"):
        PersonPeriods(**{**rows, "event": [0, 1, 2]})
    with pytest.raises(ValueError, match="link"):
        discrete_hazard(PersonPeriods(**rows), link="probit")
    with pytest.raises(ValueError, match="labels"):
        discrete_hazard(PersonPeriods(**rows), cluster=[1, 2])
    assert "one cluster" in discrete_hazard(PersonPeriods(**rows), cluster=[1, 1, 1]).why


@st.composite
def odd_rows(draw):
    n = draw(st.integers(2, 12))

    def column(*values):
        return np.array(draw(st.lists(st.sampled_from(values), min_size=n, max_size=n)), float)

    return PersonPeriods(
        period=column(1, 2, 3),
        event=column(0, 1),
        covariates=np.column_stack([column(0, 1), column(0, 1e-9, 1e6)]),
    )


@settings(max_examples=30)
@given(odd_rows(), st.sampled_from(["cloglog", "logit"]), st.booleans())
def test_odd_data_give_numbers_or_words(rows, link, periods):
    baseline = "periods" if periods else "log-period"
    found = discrete_hazard(rows, link=link, baseline=baseline)
    if isinstance(found, Refusal):
        assert found.why
        return
    for name in ("coef", "std_error", "statistic", "p_value", "conf_low", "conf_high", "loglik"):
        assert np.isfinite(getattr(found, name)).all()
