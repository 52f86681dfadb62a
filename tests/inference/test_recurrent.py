"""Regression of repeated events: against R's survival 3.5-3, and what splits and orders mean."""

import numpy as np
import pytest

from relatum.inference.common import Refusal
from relatum.inference.cox import cox_regression
from relatum.inference.cox_rows import CoxRows
from relatum.inference.recurrent import RecurrentRows, recurrent_cox

EXACT = 1e-9  # R's own iterations stop at about 1e-12
MODELS = {"AG": "andersen-gill", "PWP_TT": "pwp-total", "PWP_GT": "pwp-gap"}


def make(table, columns):
    return RecurrentRows(
        subject=table["id"],
        start=table["start"],
        stop=table["stop"],
        event=table["event"],
        order=table["enum"],
        covariates=np.column_stack([table[name] for name in columns]),
        names=columns,
    )


def assert_as_r(fit, values):
    assert fit.coef == pytest.approx(list(values["coef"].values()), abs=EXACT)
    assert fit.model_error == pytest.approx(values["naive_se"], abs=EXACT)
    assert fit.std_error == pytest.approx(values["robust_se"], abs=EXACT)
    assert [fit.loglik_null, fit.loglik] == pytest.approx(values["loglik"], abs=EXACT)
    assert (fit.n_rows, fit.n_events) == (values["n"], values["nevent"])


@pytest.fixture
def visits():
    return {
        "subject": np.array([1, 1, 2, 2, 3, 4, 4, 4, 5]),
        "start": np.array([0.0, 4, 0, 7, 0, 0, 2, 5, 0]),
        "stop": np.array([4.0, 9, 7, 8, 6, 2, 5, 6, 5]),
        "event": np.array([1, 0, 1, 1, 1, 1, 1, 0, 0]),
        "order": np.array([1, 2, 1, 2, 1, 1, 2, 3, 1]),
        "covariates": np.array([1.0, 1, 0, 0, 1, 0, 0, 0, 1]),
    }


# by hand


def test_null_likelihoods_by_hand(visits):
    rows = RecurrentRows(**visits)
    # at risk at 2, 4, 5, 6, 7, 8 on one clock for all events
    total = recurrent_cox(rows, model="andersen-gill")
    assert total.loglik_null == pytest.approx(-np.log(5 * 5 * 5 * 4 * 2 * 2))
    # those who wait for their first event at 2, 4, 6, 7; for their second at 5, 8
    ordered = recurrent_cox(rows, model="pwp-total")
    assert ordered.loglik_null == pytest.approx(-np.log(5 * 4 * 2 * 1 * 2 * 2))
    # gaps of second events: 5 (censored), 1, 3
    gap = recurrent_cox(rows, model="pwp-gap")
    assert gap.loglik_null == pytest.approx(-np.log(5 * 4 * 2 * 1 * 3 * 2))


# against R


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize("name", MODELS)
def test_cc0(reference, name, ties):
    case = reference("cc0", "surv_recurrent")
    rows = make(case.table(), ("rx", "x"))
    values = case.values[name if ties == "efron" else f"{name}_breslow"]
    fit = recurrent_cox(rows, model=MODELS[name], ties=ties, max_order=4)
    assert_as_r(fit, values)


def test_public_bladder(reference):
    case = reference("public", "surv_recurrent")
    rows = make(case.table("bladder2.csv"), ("rx", "size", "number"))
    for name, model in MODELS.items():
        assert_as_r(recurrent_cox(rows, model=model, max_order=4), case.values[name])
    fit = recurrent_cox(rows, model="andersen-gill", ties="breslow")
    assert_as_r(fit, case.values["AG_breslow"])


def test_public_marginal_model_and_interaction(reference):
    """Wei, Lin and Weissfeld, and an effect per order, are calls of the same regression."""
    case = reference("public", "surv_recurrent")
    long, short = case.table("bladder.csv"), case.table("bladder2.csv")
    x = np.column_stack([long["rx"], long["size"], long["number"]])
    rows = CoxRows(time=long["stop"], event=long["event"], covariates=x, strata=long["enum"])
    assert_as_r(cox_regression(rows, cluster=long["id"]), case.values["WLW"])
    per_order = [short["rx"] * (short["enum"] == k) for k in (1, 2, 3, 4)]
    rows = CoxRows(
        time=short["stop"],
        entry=short["start"],
        event=short["event"],
        covariates=np.column_stack([short["size"], short["number"], *per_order]),
    )
    fit = cox_regression(rows, cluster=short["id"])
    values = case.values["PWP_TT_interaction"]
    strata = CoxRows(
        time=rows.time,
        entry=rows.entry,
        event=rows.event,
        covariates=rows.covariates,
        strata=short["enum"],
    )
    assert_as_r(cox_regression(strata, cluster=short["id"]), values)
    assert fit.loglik != pytest.approx(values["loglik"][1])


# properties


@pytest.mark.parametrize("model", MODELS.values())
def test_cutting_a_row_in_two_changes_nothing(visits, model):
    whole = recurrent_cox(RecurrentRows(**visits), model=model)
    first = {name: np.append(column, column[1]) for name, column in visits.items()}
    first["stop"][1] = first["start"][-1] = 6.5
    first["event"][1] = 0
    cut = recurrent_cox(RecurrentRows(**first), model=model)
    assert cut.coef == pytest.approx(whole.coef, abs=1e-10)
    assert cut.std_error == pytest.approx(whole.std_error, abs=1e-10)


@pytest.mark.parametrize("model", MODELS.values())
def test_order_of_rows_changes_nothing(visits, model):
    place = np.array([8, 2, 0, 5, 7, 1, 3, 6, 4])
    first = recurrent_cox(RecurrentRows(**visits), model=model)
    mixed = RecurrentRows(**{name: column[place] for name, column in visits.items()})
    assert recurrent_cox(mixed, model=model).coef == pytest.approx(first.coef, abs=1e-11)


def test_gap_clock_forgets_the_start(visits):
    late = {**visits, "start": visits["start"] + 100, "stop": visits["stop"] + 100}
    first, second = (
        recurrent_cox(RecurrentRows(**rows), model="pwp-gap") for rows in (visits, late)
    )
    assert second.coef == pytest.approx(first.coef, abs=1e-11)


def test_orders_above_the_highest_share_a_stratum(visits):
    rows = RecurrentRows(**visits)
    total = recurrent_cox(rows, model="andersen-gill")
    one = recurrent_cox(rows, model="pwp-total", max_order=1)
    assert one.coef == pytest.approx(total.coef, abs=1e-12)


# refusals


@pytest.mark.parametrize(
    ("name", "place", "value", "why"),
    [
        ("start", 1, 3.0, "1 rows of a subject begin before the one before ends"),
        ("order", 7, 1, "1 rows of a subject fall in order"),
        ("stop", 8, 0.0, "1 row does not end after the entry"),
        ("stop", 8, np.nan, "stops hold 1 value"),
    ],
)
def test_refusals(visits, name, place, value, why):
    visits[name][place] = value
    found = recurrent_cox(RecurrentRows(**visits), model="andersen-gill")
    assert isinstance(found, Refusal)
    assert why in found.why


def test_wrong_calls(visits):
    rows = RecurrentRows(**visits)
    with pytest.raises(ValueError, match="model"):
        recurrent_cox(rows, model="wlw")
    with pytest.raises(ValueError, match="exact"):
        recurrent_cox(rows, model="pwp-gap", ties="exact")
    with pytest.raises(ValueError, match="whole subjects"):
        recurrent_cox(rows, model="pwp-gap", cluster=np.arange(9))
    with pytest.raises(ValueError, match="labels"):
        recurrent_cox(rows, model="pwp-gap", cluster=[1, 2])
    with pytest.raises(ValueError, match="max_order"):
        recurrent_cox(rows, model="pwp-gap", max_order=0)
    with pytest.raises(ValueError, match="order"):
        RecurrentRows(**{**visits, "order": np.zeros(9)})
