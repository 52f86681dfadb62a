"""Cox regression: by hand, against R's survival 3.5-3, and on data without an answer."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relatum.inference.common import Refusal
from relatum.inference.concordance import cox_concordance
from relatum.inference.cox import cox_regression
from relatum.inference.cox_rows import CoxRows, plan_cox
from relatum.inference.cox_sums import sum_risk_sets

EXACT = 1e-9  # R's own iterations stop at about 1e-12
FITS = {
    "efron": {},
    "breslow": {"ties": "breslow"},
    "exact": {"ties": "exact"},
    "strata_st": {"strata": True},
    "robust_hc": {"errors": "robust"},
    "cluster": {"cluster": True},
    "cluster_breslow": {"cluster": True, "ties": "breslow"},
    "cluster_strata": {"cluster": True, "strata": True},
    "entry_efron": {"entry": True},
    "entry_breslow": {"entry": True, "ties": "breslow"},
    "entry_cluster": {"entry": True, "cluster": True},
    "entry_cluster_strata": {"entry": True, "cluster": True, "strata": True},
}


def numbers(value):
    return np.array(list(value.values()) if isinstance(value, dict) else value, dtype=float)


def cc0_rows(reference, *, entry=False, strata=False):
    table = reference("cc0", "surv_cox").table()
    whole = ~np.isnan(table["x"])
    table = {name: column[whole] for name, column in table.items()}
    rows = CoxRows(
        time=table["time"],
        event=table["status"],
        covariates=np.column_stack(
            [table["arm"], table["x"], table["grp"] == "b", table["grp"] == "c"]
        ),
        entry=table["entry"] if entry else None,
        strata=table["st"] if strata else None,
        names=("arm", "x", "grpb", "grpc"),
    )
    return rows, table["cl"]


def assert_as_r(fit, values):
    """Everything that summary(coxph) prints; it rounds the Wald test to two digits."""
    assert fit.coef == pytest.approx(numbers(values["coef"]), abs=EXACT)
    assert fit.model_error == pytest.approx(numbers(values["se"]), abs=EXACT)
    assert [fit.loglik_null, fit.loglik] == pytest.approx(values["loglik"], abs=EXACT)
    if values.get("robust_se") is not None:
        assert fit.std_error == pytest.approx(numbers(values["robust_se"]), abs=EXACT)
    if "lr" in values:
        limits = np.column_stack([fit.conf_low, fit.conf_high])
        assert limits == pytest.approx(np.array(values["ci_log"]), abs=EXACT)
        assert fit.likelihood_ratio.statistic == pytest.approx(values["lr"], abs=EXACT)
        assert fit.score.statistic == pytest.approx(values["score"], abs=EXACT)
        assert fit.wald.statistic == pytest.approx(values["wald"], abs=0.005 + EXACT)
    if values.get("robust_score") is not None:
        assert fit.robust_score.statistic == pytest.approx(values["robust_score"], abs=EXACT)
    if "n" in values:
        assert (fit.n_rows, fit.n_events) == (values["n"], values["nevent"])


# by hand


def test_two_groups_without_ties_by_hand():
    # events at 1 (x = 1; at risk 1, 0, 1), 2 (x = 0; at risk 0, 1): r / (2 r + 1) * 1 / (1 + r)
    rows = CoxRows(time=[1, 2, 3], event=[1, 1, 0], covariates=[1.0, 0.0, 1.0])
    fit = cox_regression(rows)
    ratio = 1.0 / np.sqrt(2.0)  # the maximum of r / ((2 r + 1) (1 + r))
    assert fit.coef[0] == pytest.approx(np.log(ratio), abs=1e-12)
    assert fit.loglik_null == pytest.approx(-np.log(6))
    assert fit.loglik == pytest.approx(np.log(ratio / ((2 * ratio + 1) * (1 + ratio))))
    shares = np.array([2 * ratio / (2 * ratio + 1), ratio / (1 + ratio)])
    assert fit.model_error[0] == pytest.approx((shares * (1 - shares)).sum() ** -0.5)


def test_tied_likelihoods_at_zero_by_hand():
    # two of four at risk have the event together
    for ties, value in (("breslow", 1 / 16), ("efron", 1 / (4 * 3)), ("exact", 1 / 6)):
        rows = CoxRows(time=[1, 1, 2, 2], event=[1, 1, 0, 0], covariates=[1.0, 0, 1, 0])
        assert cox_regression(rows, ties=ties).loglik_null == pytest.approx(np.log(value))


def test_a_row_that_enters_at_an_event_time_is_not_at_risk_there():
    rows = {"time": [5.0, 9, 9, 8], "event": [1, 0, 0, 1], "covariates": [1.0, 0, 1, 0]}
    at_five = cox_regression(CoxRows(**rows, entry=[0.0, 0, 5, 0]))
    before_five = cox_regression(CoxRows(**rows, entry=[0.0, 0, 4.99, 0]))
    assert at_five.loglik_null == pytest.approx(-np.log(3 * 3))
    assert before_five.loglik_null == pytest.approx(-np.log(4 * 3))


def test_concordance_by_hand():
    # by time: x = 3, 1, 1 (censored), 2: pairs of the events at 1 and 2 with those at risk later
    rows = CoxRows(time=[1, 2, 2, 4], event=[1, 1, 0, 0], covariates=[3.0, 1, 1, 2])
    fit = cox_regression(rows, ties="breslow")
    assert fit.coef[0] > 0
    found = cox_concordance(rows, fit)
    assert (found.concordant, found.discordant, found.tied) == (3, 1, 1)
    assert found.estimate == pytest.approx(3.5 / 5)


# against R


@pytest.mark.parametrize("name", FITS)
def test_cc0_fits(reference, name):
    values = reference("cc0", "surv_cox").values[name]
    options = dict(FITS[name])
    entry, strata = options.pop("entry", False), options.pop("strata", False)
    rows, cluster = cc0_rows(reference, entry=entry, strata=strata)
    label = cluster if options.pop("cluster", False) else None
    fit = cox_regression(rows, cluster=label, **options)
    assert_as_r(fit, values)
    found = cox_concordance(rows, fit, cluster=label)
    assert [found.estimate, found.std_error] == pytest.approx(values["concordance"], abs=EXACT)


def test_cc0_time_varying_and_late_entry(reference):
    case = reference("cc0", "surv_timevarying_lefttrunc")
    split, entry, values = case.table("startstop.csv"), case.table("entry.csv"), case.values
    x = np.column_stack([split["arm"], split["x"], split["exposed"]])
    rows = {"time": split["stop"], "entry": split["start"], "event": split["event"]}
    rows["covariates"] = x
    plain = CoxRows(**rows)
    assert_as_r(cox_regression(plain), values["tv_cox_efron"])
    assert_as_r(cox_regression(plain, ties="breslow"), values["tv_cox_breslow"])
    assert_as_r(cox_regression(plain, cluster=split["id"]), values["tv_cox_cluster_id"])
    assert_as_r(cox_regression(CoxRows(**rows, strata=split["st"])), values["tv_cox_strata"])
    late = {"time": entry["time"], "entry": entry["entry"], "event": entry["status"]}
    late["covariates"] = np.column_stack([entry["arm"], entry["x"]])
    assert_as_r(cox_regression(CoxRows(**late)), values["entry_cox_efron"])
    assert_as_r(cox_regression(CoxRows(**late), ties="breslow"), values["entry_cox_breslow"])
    assert_as_r(cox_regression(CoxRows(**late, strata=entry["st"])), values["entry_cox_strata"])
    del late["entry"]
    assert_as_r(cox_regression(CoxRows(**late)), values["ignoring_entry_cox_efron"])


def test_cc0_cause_specific(reference):
    case = reference("cc0", "surv_competing_risks")
    table, values = case.table(), case.values["cause_specific_cox"]
    x = np.column_stack([table["arm"], table["x"]])
    for cause in (1, 2):
        rows = CoxRows(time=table["time"], event=table["event"] == cause, covariates=x)
        assert_as_r(cox_regression(rows), values[f"cause{cause}"])
    late = CoxRows(
        time=table["time"], event=table["event"] == 1, covariates=x, entry=table["entry"]
    )
    assert_as_r(cox_regression(late), values["cause1_entry"])


def test_public_rossi_and_veteran(reference):
    case = reference("public", "surv_cox")
    values, rossi, veteran = case.values, case.table("rossi.csv"), case.table("veteran.csv")
    rows = CoxRows(time=rossi["week"], event=rossi["arrest"], covariates=rossi_covariates(rossi))
    for ties in ("efron", "breslow", "exact"):
        assert_as_r(cox_regression(rows, ties=ties), values[f"rossi_{ties}"])
    assert_as_r(cox_regression(rows, errors="robust"), values["rossi_robust_hc"])
    time, status = veteran["time"], veteran["status"]
    kinds = [veteran["celltype"] == kind for kind in ("smallcell", "adeno", "large")]
    names = ("trt", "karno", "diagtime", "age", "prior")
    every = np.column_stack([*(veteran[name] for name in names), *kinds])
    assert_as_r(
        cox_regression(CoxRows(time=time, event=status, covariates=every)), values["veteran_efron"]
    )
    rows = CoxRows(time=time, event=status, covariates=every[:, :2], strata=veteran["celltype"])
    fit = cox_regression(rows)
    assert_as_r(fit, values["veteran_strata_celltype"])
    found = cox_concordance(rows, fit)
    expected = values["veteran_strata_celltype"]["concordance"]
    assert [found.estimate, found.std_error] == pytest.approx(expected, abs=EXACT)
    rows = CoxRows(time=time, event=status, covariates=every[:, [0, 1, 3]])
    fit = cox_regression(rows, cluster=veteran["grp"])
    assert_as_r(fit, values["veteran_robust_cluster"])


def rossi_covariates(table):
    one = {"fin": "yes", "race": "other", "wexp": "yes", "mar": "not married", "paro": "yes"}
    order = ("fin", "age", "race", "wexp", "mar", "paro", "prio")
    return np.column_stack(
        [table[name] == one[name] if name in one else table[name] for name in order]
    ).astype(float)


def test_public_late_entry_and_time_varying(reference):
    case = reference("public", "surv_timevarying_lefttrunc")
    values, heart, house = case.values, case.table("heart.csv"), case.table("channing.csv")
    rows = CoxRows(
        time=heart["stop"],
        entry=heart["start"],
        event=heart["event"],
        covariates=np.column_stack([heart["age"], heart["surgery"], heart["transplant"]]),
    )
    assert_as_r(cox_regression(rows, cluster=heart["id"]), values["heart_cox"])
    late = {"time": house["age"], "entry": house["ageentry"], "event": house["death"]}
    fit = cox_regression(CoxRows(**late, covariates=house["gender"]))
    assert_as_r(fit, values["channing_cox"])
    fit = cox_regression(CoxRows(**late, covariates=house["ageentry"], strata=house["gender"]))
    expected = values["channing_cox_ageentry_strata"]
    assert fit.coef == pytest.approx(numbers(expected["coef"]), abs=EXACT)
    assert fit.std_error == pytest.approx(numbers(expected["se"]), abs=EXACT)


def test_public_cause_specific(reference):
    case = reference("public", "surv_competing_risks")
    table, values = case.table(), case.values["cause_specific_cox"]
    x = np.column_stack([table["age"], table["sexM"]])
    for cause, name in ((1, "pcm"), (2, "death")):
        rows = CoxRows(time=table["etime"], event=table["event"] == cause, covariates=x)
        fit = cox_regression(rows)
        assert fit.coef == pytest.approx(numbers(values[name]["coef"]), abs=EXACT)
        assert fit.std_error == pytest.approx(numbers(values[name]["se"]), abs=EXACT)


# properties


@pytest.fixture
def drawn():
    rng = np.random.default_rng(5)
    n = 120
    entry = rng.integers(0, 8, n).astype(float)
    return {
        "time": entry + rng.integers(1, 9, n),
        "event": rng.random(n) < 0.6,
        "covariates": np.column_stack([rng.integers(0, 3, n), rng.normal(size=n)]),
        "entry": entry,
        "strata": rng.integers(0, 2, n),
        "weights": rng.integers(1, 4, n).astype(float),
        "offset": rng.normal(size=n) / 3,
    }


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_weights_and_offsets_as_in_r(ties):
    # survival 3.5-3: coxph(Surv(entry, time, event) ~ x + offset(o) + cluster(cl), weights = w)
    rows = CoxRows(
        time=[3, 4, 4, 5, 6, 6, 8, 9],
        event=[1, 1, 0, 1, 1, 1, 0, 1],
        covariates=[0.5, 1.0, -0.3, 0.2, 0.9, -1.0, 0.1, 0.4],
        entry=[0, 1, 0, 2, 3, 0, 4, 2],
        weights=[1, 2, 1, 0.5, 1.5, 1, 2, 1],
        offset=[0.1, -0.2, 0.3, 0, 0, 0.2, -0.1, 0],
    )
    fit = cox_regression(rows, ties=ties, cluster=[1, 1, 2, 2, 3, 3, 4, 4])
    expected = R_WEIGHTED[ties]
    got = [fit.coef[0], fit.model_error[0], fit.std_error[0], fit.loglik_null, fit.loglik]
    assert got == pytest.approx(expected, abs=1e-8)


R_WEIGHTED = {
    "efron": [0.842713699088, 0.77297004741, 0.608819327452, -10.7909964114, -10.0723792295],
    "breslow": [0.794795723702, 0.739701948227, 0.5800044784, -11.1439669222, -10.4511396988],
}


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_gradient_and_information_are_the_derivatives(drawn, ties):
    plan = plan_cox(CoxRows(**drawn), what="")
    coef, step = np.array([0.3, -0.2]), 1e-5
    at = sum_risk_sets(plan, coef, ties=ties)
    for j in range(2):
        move = step * np.eye(2)[j]
        up, down = (sum_risk_sets(plan, coef + s * move, ties=ties) for s in (1, -1))
        assert (up.loglik - down.loglik) / (2 * step) == pytest.approx(at.gradient[j], rel=1e-6)
        slope = (down.gradient - up.gradient) / (2 * step)
        assert slope == pytest.approx(at.information[j], rel=1e-6)


def test_order_of_rows_changes_nothing(drawn):
    rng = np.random.default_rng(1)
    place = rng.permutation(120)
    labels = rng.integers(0, 9, 120)
    first = cox_regression(CoxRows(**drawn), cluster=labels)
    mixed = {name: column[place] for name, column in drawn.items()}
    second = cox_regression(CoxRows(**mixed), cluster=labels[place])
    assert first.coef == pytest.approx(second.coef, abs=1e-11)
    assert first.vcov == pytest.approx(second.vcov, abs=1e-12)


@pytest.mark.parametrize("ties", ["efron", "breslow", "exact"])
def test_splitting_rows_changes_nothing(drawn, ties):
    base = {name: drawn[name] for name in ("time", "event", "covariates", "entry", "strata")}
    cut = (base["time"] + base["entry"]) / 2
    split = {name: np.concatenate([base[name], base[name]]) for name in base}
    split["time"] = np.concatenate([cut, base["time"]])
    split["entry"] = np.concatenate([base["entry"], cut])
    split["event"] = np.concatenate([np.zeros(120), base["event"]])
    whole, parts = (cox_regression(CoxRows(**d), ties=ties) for d in (base, split))
    assert parts.coef == pytest.approx(whole.coef, abs=1e-10)
    assert parts.loglik == pytest.approx(whole.loglik, abs=1e-9)


def test_whole_weights_are_copies_under_breslow(drawn):
    copies = np.repeat(np.arange(120), drawn["weights"].astype(int))
    many = {name: column[copies] for name, column in drawn.items() if name != "weights"}
    once = cox_regression(CoxRows(**drawn), ties="breslow", cluster=np.arange(120))
    often = cox_regression(CoxRows(**many), ties="breslow", cluster=copies)
    assert once.coef == pytest.approx(often.coef, abs=1e-10)
    assert once.std_error == pytest.approx(often.std_error, abs=1e-10)


def test_unit_of_a_covariate_only_scales(drawn):
    first = cox_regression(CoxRows(**drawn))
    drawn["covariates"] = drawn["covariates"] * [1e6, 1e-6] + [5e6, 0]
    second = cox_regression(CoxRows(**drawn))
    assert second.coef * [1e6, 1e-6] == pytest.approx(first.coef, rel=1e-8)
    assert second.loglik == pytest.approx(first.loglik, abs=1e-8)


def test_late_risk_sets_keep_their_digits():
    # a row with a risk of e^40 leaves before the last events
    rng = np.random.default_rng(3)
    time = np.arange(1.0, 41.0)
    x = rng.normal(size=40)
    rows = CoxRows(time=time, event=np.ones(40), covariates=x)
    with_giant = CoxRows(
        time=np.append(time, 100.0),
        entry=np.append(np.zeros(40), 50.0),
        event=np.append(np.ones(40), 0),
        covariates=np.append(x, 0.0),
        offset=np.append(np.zeros(40), 40.0),
    )
    plain, late = cox_regression(rows), cox_regression(with_giant)
    assert late.coef == pytest.approx(plain.coef, abs=1e-10)
    assert late.loglik == pytest.approx(plain.loglik, abs=1e-9)


# refusals


def test_monotone_likelihood_names_the_covariate():
    rows = CoxRows(
        time=np.arange(1.0, 11.0),
        event=[1, 1, 0, 1, 1, 0, 0, 0, 0, 0],
        covariates=np.column_stack(
            [np.sin(np.arange(10.0)), [1, 1, 0, 1, 1, 0, 0, 1, 0, 1]],
        ),
        names=("age", "isolated"),
    )
    found = cox_regression(rows)
    assert isinstance(found, Refusal)
    assert "monotone likelihood" in found.why
    assert "coefficient of isolated rises" in found.why
    assert "age" not in found.why


def test_monotone_combination_names_both():
    x = np.array([[1.0, 0], [0, 1], [1, 0], [0, 1], [0, 0], [0, 0], [0, 0], [0, 0]])
    rows = CoxRows(
        time=np.arange(1.0, 9.0), event=[1, 1, 1, 1, 0, 0, 0, 0], covariates=x, names=("a", "b")
    )
    found = cox_regression(rows)
    assert isinstance(found, Refusal)
    assert "a rises" in found.why
    assert "b rises" in found.why


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"event": np.zeros(6)}, "there is no event"),
        ({"entry": np.array([0, 3.0, 0, 0, 0, 9])}, "2 rows do not end after the entry"),
        ({"covariates": np.ones((6, 1))}, "a is the same in every row"),
        ({"covariates": np.array([1, np.nan, 0, 0, 1, 1])}, "covariates hold 1 value"),
        ({"time": np.array([1, 2, np.inf, 3, 4, 5])}, "times hold 1 value"),
        ({"strata": np.array([1, 1, 1, 0, 0, 0])}, "a does not vary among those at risk together"),
        ({"covariates": np.empty((6, 0)), "names": ()}, "there is no covariate"),
    ],
)
def test_refusals(change, why):
    given_rows = {
        "time": np.array([1.0, 2, 3, 4, 5, 6]),
        "event": np.array([1, 0, 1, 1, 0, 1]),
        "covariates": np.array([1.0, 1, 1, 0, 0, 0]),
        "names": ("a",),
    }
    found = cox_regression(CoxRows(**{**given_rows, **change}))
    assert isinstance(found, Refusal)
    assert why in found.why


def test_collinear_covariates_are_named():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(30, 2))
    rows = CoxRows(
        time=rng.permutation(30) + 1.0,
        event=np.ones(30),
        covariates=np.column_stack([x, x.sum(axis=1)]),
        names=("a", "b", "sum"),
    )
    assert "sum follows from other covariates" in cox_regression(rows).why


def test_one_cluster_is_refused():
    rows = CoxRows(time=[1, 2, 3], event=[1, 1, 0], covariates=[1.0, 0.0, 1.0])
    assert "one cluster" in cox_regression(rows, cluster=[4, 4, 4]).why


def test_wrong_calls():
    rows = {"time": [1.0, 2, 3], "event": [1, 1, 0], "covariates": [1.0, 0.0, 1.0]}
    with pytest.raises(ValueError, match="event"):
        CoxRows(**{**rows, "event": [1, 2, 0]})
    with pytest.raises(ValueError, match="weights"):
        CoxRows(**rows, weights=[1, 0, 1])
    with pytest.raises(ValueError, match="names"):
        CoxRows(**rows, names=("a", "b"))
    with pytest.raises(ValueError, match="ties"):
        cox_regression(CoxRows(**rows), ties="average")
    with pytest.raises(ValueError, match="cluster"):
        cox_regression(CoxRows(**rows), cluster=[1, 2])
    with pytest.raises(ValueError, match="exact"):
        cox_regression(CoxRows(**rows), ties="exact", errors="robust")


@st.composite
def odd_rows(draw):
    n = draw(st.integers(2, 12))

    def column(*values):
        return np.array(draw(st.lists(st.sampled_from(values), min_size=n, max_size=n)), float)

    entry = column(0, 1, 2)
    return CoxRows(
        time=entry + column(1, 2, 3),
        event=column(0, 1),
        covariates=np.column_stack([column(0, 1), column(0, 1e-9, 1e6, -3)]),
        entry=entry,
        strata=column(0, 1),
    )


@given(odd_rows(), st.sampled_from(["efron", "breslow", "exact"]), st.booleans())
def test_odd_data_give_numbers_or_words(rows, ties, robust):
    errors = "robust" if robust and ties != "exact" else "model"
    found = cox_regression(rows, ties=ties, errors=errors)
    if isinstance(found, Refusal):
        assert found.why
        return
    for name in ("coef", "std_error", "statistic", "p_value", "conf_low", "conf_high", "vcov"):
        assert np.isfinite(getattr(found, name)).all()
    assert found.loglik >= found.loglik_null - 1e-9
    compared = cox_concordance(rows, found)
    assert isinstance(compared, Refusal) or 0 <= compared.estimate <= 1
