"""Residuals, baseline hazards and the proportional-hazards test, against R's survival 3.5-3."""

import numpy as np
import pytest

from relatum.inference.common import Refusal
from relatum.inference.cox import cox_regression
from relatum.inference.cox_baseline import baseline_hazard, predict_survival
from relatum.inference.cox_checks import cox_residuals, proportional_hazards_test
from relatum.inference.cox_rows import CoxRows

EXACT = 1e-9  # R's own iterations stop at about 1e-12
TRANSFORMS = ("km", "rank", "identity", "log")
CC0_TERMS = {"arm": ["arm"], "x": ["x"], "grp": ["grpb", "grpc"]}


def cc0_rows(reference, **extra):
    table = reference("cc0", "surv_cox").table()
    whole = ~np.isnan(table["x"])
    table = {name: column[whole] for name, column in table.items()}
    x = [table["arm"], table["x"], table["grp"] == "b", table["grp"] == "c"]
    return CoxRows(
        time=table["time"],
        event=table["status"],
        covariates=np.column_stack(x),
        names=("arm", "x", "grpb", "grpc"),
        **{name: table[column] for name, column in extra.items()},
    )


def as_table(found):
    return np.array([[t.statistic, t.df, t.p_value] for t in (*found.tests, found.overall)])


def at_times(hazard, times):
    place = np.searchsorted(hazard.time, times, side="right")
    return np.concatenate([[0.0], hazard.cumulative])[place]


# by hand


def test_residuals_of_two_events_by_hand():
    # coefficient 0 at the estimate: hazards 1/4, then 1/3
    rows = CoxRows(time=[1, 2, 3, 3], event=[1, 1, 0, 0], covariates=[1.0, -1.0, 1.0, -1.0])
    fit = cox_regression(CoxRows(time=[1, 1, 2, 2], event=[1, 1, 0, 0], covariates=[1.0, 0, 1, 0]))
    assert fit.coef[0] == pytest.approx(0.0, abs=1e-12)
    found = cox_residuals(rows, fit)
    assert found.martingale == pytest.approx([3 / 4, 1 - 7 / 12, -7 / 12, -7 / 12])
    assert found.deviance[2] == pytest.approx(-np.sqrt(2 * 7 / 12))
    assert found.event_rows.tolist() == [0, 1]
    assert found.schoenfeld[:, 0] == pytest.approx([1.0, -1.0 + 1 / 3])
    assert baseline_hazard(rows, fit).cumulative == pytest.approx([1 / 4, 7 / 12])


def test_efron_hazard_of_a_tie_by_hand():
    rows = CoxRows(time=[1, 1, 2, 2], event=[1, 1, 0, 0], covariates=[1.0, 0, 1, 0])
    efron, breslow = (cox_regression(rows, ties=ties) for ties in ("efron", "breslow"))
    assert baseline_hazard(rows, efron).increment == pytest.approx([1 / 4 + 1 / 3])
    assert baseline_hazard(rows, breslow).increment == pytest.approx([2 / 4])
    residuals = cox_residuals(rows, efron).martingale
    assert residuals[0] == pytest.approx(1 - (1 / 4 + 1 / 6))
    assert residuals[2] == pytest.approx(-7 / 12)


# against R


@pytest.mark.parametrize("transform", TRANSFORMS)
@pytest.mark.parametrize(
    ("name", "extra"),
    [("zph", {}), ("zph_entry", {"entry": "entry"}), ("zph_strata", {"strata": "st"})],
)
def test_cc0_proportional_hazards(reference, name, extra, transform):
    values = reference("cc0", "surv_cox").values[name]
    rows = cc0_rows(reference, **extra)
    fit = cox_regression(rows)
    found = proportional_hazards_test(rows, fit, transform=transform, terms=CC0_TERMS)
    assert as_table(found) == pytest.approx(np.array(values[transform]["values"]), abs=EXACT)
    assert found.terms == ("arm", "x", "grp")
    if transform == "km":
        single = np.array(values["km_single_coefficients"]["values"])
        assert as_table(proportional_hazards_test(rows, fit)) == pytest.approx(single, abs=EXACT)


def test_cc0_proportional_hazards_of_split_rows(reference):
    case = reference("cc0", "surv_timevarying_lefttrunc")
    split = case.table("startstop.csv")
    rows = CoxRows(
        time=split["stop"],
        entry=split["start"],
        event=split["event"],
        covariates=np.column_stack([split["arm"], split["x"], split["exposed"]]),
    )
    found = proportional_hazards_test(rows, cox_regression(rows))
    expected = np.array(case.values["tv_zph_km"]["values"])
    assert as_table(found) == pytest.approx(expected, abs=EXACT)


def test_cc0_residuals(reference):
    values = reference("cc0", "surv_cox").values
    rows = cc0_rows(reference)
    found = cox_residuals(rows, cox_regression(rows))
    assert found.martingale[:10] == pytest.approx(values["martingale_first10"], abs=EXACT)
    assert found.deviance[:10] == pytest.approx(values["deviance_first10"], abs=EXACT)
    assert found.dfbeta[:3] == pytest.approx(np.array(values["dfbeta_first3"]), abs=EXACT)
    assert found.schoenfeld[:3] == pytest.approx(np.array(values["schoenfeld_first3"]), abs=EXACT)
    scaled = np.array(values["scaledsch_first3"])
    assert found.scaled_schoenfeld[:3] == pytest.approx(scaled, abs=EXACT)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_cc0_baseline(reference, ties):
    values = reference("cc0", "surv_cox").values[f"basehaz_uncentered_{ties}"]
    rows = cc0_rows(reference)
    hazard = baseline_hazard(rows, cox_regression(rows, ties=ties))
    assert at_times(hazard, values["time"]) == pytest.approx(values["hazard"], abs=EXACT)


def test_cc0_predicted_survival(reference):
    values = reference("cc0", "surv_cox").values["predicted_survival_arm1_x0.5_grpb"]
    rows = cc0_rows(reference)
    curve = predict_survival(rows, cox_regression(rows), [1, 0.5, 1, 0])
    assert_curve(curve, values)


def assert_curve(curve, values):
    place = np.searchsorted(curve.time, values["time"], side="right") - 1
    names = {"surv": "survival", "se_logS": "std_error", "lower": "conf_low", "upper": "conf_high"}
    for theirs, ours in names.items():
        assert getattr(curve, ours)[place] == pytest.approx(values[theirs], abs=EXACT)


def test_public_rossi_and_veteran(reference):
    case = reference("public", "surv_cox")
    values, rossi, veteran = case.values, case.table("rossi.csv"), case.table("veteran.csv")
    one = {"fin": "yes", "race": "other", "wexp": "yes", "mar": "not married", "paro": "yes"}
    order = ("fin", "age", "race", "wexp", "mar", "paro", "prio")
    x = [rossi[name] == one[name] if name in one else rossi[name] for name in order]
    rows = CoxRows(time=rossi["week"], event=rossi["arrest"], covariates=np.column_stack(x))
    fit = cox_regression(rows)
    found = cox_residuals(rows, fit)
    pairs = {
        "martingale_first10": found.martingale[:10],
        "deviance_first10": found.deviance[:10],
        "dfbeta_first3": found.dfbeta[:3],
        "schoenfeld_first3": found.schoenfeld[:3],
        "scaledsch_first3": found.scaled_schoenfeld[:3],
    }
    for name, ours in pairs.items():
        assert ours == pytest.approx(np.array(values[f"rossi_{name}"]), abs=1e-8), name
    hazard = values["rossi_basehaz_uncentered_efron"]
    ours = at_times(baseline_hazard(rows, fit), hazard["time"])
    assert ours == pytest.approx(hazard["hazard"], rel=1e-8)
    assert_curve(predict_survival(rows, fit, [1, 20, 0, 0, 1, 1, 3]), values["rossi_pred_surv"])
    kinds = ("smallcell", "adeno", "large")
    names = ("trt", "karno", "diagtime", "age", "prior")
    x = [*(veteran[name] for name in names), *(veteran["celltype"] == kind for kind in kinds)]
    lungs = CoxRows(
        time=veteran["time"],
        event=veteran["status"],
        covariates=np.column_stack(x),
        names=(*names, *kinds),
    )
    terms = {**{name: [name] for name in names}, "celltype": list(kinds)}
    for transform in TRANSFORMS:
        test = proportional_hazards_test(rows, fit, transform=transform)
        expected = np.array(values["rossi_zph"][transform]["values"])
        assert as_table(test) == pytest.approx(expected, abs=1e-8)
        test = proportional_hazards_test(
            lungs, cox_regression(lungs), transform=transform, terms=terms
        )
        expected = np.array(values["veteran_zph"][transform]["values"])
        assert as_table(test) == pytest.approx(expected, abs=1e-8)


# properties


@pytest.fixture
def drawn():
    rng = np.random.default_rng(11)
    n = 90
    entry = rng.integers(0, 6, n).astype(float)
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
def test_residuals_add_up(drawn, ties):
    rows = CoxRows(**drawn)
    fit = cox_regression(rows, ties=ties)
    found = cox_residuals(rows, fit)
    for stratum in (0, 1):
        inside = drawn["strata"] == stratum
        total = drawn["weights"][inside] @ found.martingale[inside]
        assert total == pytest.approx(0.0, abs=1e-10)
    assert found.dfbeta.sum(axis=0) == pytest.approx([0, 0], abs=1e-10)
    weights = drawn["weights"][found.event_rows]
    assert weights @ found.schoenfeld == pytest.approx([0, 0], abs=1e-9)


def test_robust_errors_are_sums_of_dfbeta(drawn):
    rows = CoxRows(**drawn)
    cluster = np.arange(90) % 7
    fit = cox_regression(rows, cluster=cluster)
    dfbeta = cox_residuals(rows, fit).dfbeta
    summed = np.array([dfbeta[cluster == c].sum(axis=0) for c in range(7)])
    assert summed.T @ summed == pytest.approx(fit.vcov, abs=1e-12)


def test_order_of_rows_changes_nothing(drawn):
    place = np.random.default_rng(1).permutation(90)
    rows, mixed = CoxRows(**drawn), CoxRows(**{k: v[place] for k, v in drawn.items()})
    first, second = (cox_residuals(r, cox_regression(r)) for r in (rows, mixed))
    assert second.martingale == pytest.approx(first.martingale[place], abs=1e-11)
    assert second.dfbeta == pytest.approx(first.dfbeta[place], abs=1e-11)
    tests = [proportional_hazards_test(r, cox_regression(r)) for r in (rows, mixed)]
    assert as_table(tests[0]) == pytest.approx(as_table(tests[1]), abs=1e-10)


def test_survival_at_zero_is_the_baseline(drawn):
    rows = CoxRows(**drawn)
    fit = cox_regression(rows)
    curve, hazard = predict_survival(rows, fit, [0, 0]), baseline_hazard(rows, fit)
    assert curve.cumulative_hazard == pytest.approx(hazard.cumulative, rel=1e-10)
    assert hazard.stratum.tolist() == sorted(hazard.stratum.tolist())


def test_a_hazard_that_turns_is_found():
    rng = np.random.default_rng(4)
    x = np.repeat([0.0, 1.0], 200)
    time = np.where(x == 1, rng.weibull(3.0, 400), rng.weibull(0.7, 400))
    rows = CoxRows(time=time, event=np.ones(400), covariates=x)
    found = proportional_hazards_test(rows, cox_regression(rows))
    assert found.overall.p_value < 1e-6


# refusals


def test_refusals():
    rows = CoxRows(time=[1, 1, 2, 2], event=[1, 1, 0, 0], covariates=[1.0, 0, 1, 0])
    fit = cox_regression(rows)
    found = proportional_hazards_test(rows, fit)
    assert isinstance(found, Refusal)
    assert "no information on change" in found.why
    early = CoxRows(time=[0, 1, 2, 2], event=[1, 1, 0, 1], covariates=[1.0, 0, 1, 0])
    found = proportional_hazards_test(early, cox_regression(early), transform="log")
    assert "logarithm" in found.why


def test_wrong_calls():
    rows = CoxRows(time=[1, 2, 3, 4], event=[1, 1, 0, 0], covariates=[1.0, 0, 1, 0])
    fit = cox_regression(rows)
    with pytest.raises(ValueError, match="transform"):
        proportional_hazards_test(rows, fit, transform="square")
    with pytest.raises(ValueError, match="no such covariate: y"):
        proportional_hazards_test(rows, fit, terms={"y": ["y"]})
    with pytest.raises(ValueError, match="exact"):
        cox_residuals(rows, cox_regression(rows, ties="exact"))
    with pytest.raises(ValueError, match="covariates"):
        predict_survival(rows, fit, [1, 2])
