"""Selection models: by hand, against R's sampleSelection 1.2.12, and properties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from relatum.inference.common import Refusal
from relatum.inference.selection_derivatives import heckman_rows, probit_selection_rows
from relatum.inference.selection_models import heckman_selection, probit_selection
from relatum.inference.selection_normal import bivariate_normal_cdf, log_bivariate_normal_cdf
from relatum.inference.selection_rows import SelectionRows, probit_regression
from relatum.inference.selection_two_step import heckman_two_step

# heckprobit_tight: Newton steps on numerical derivatives; errors from numerical Hessians
COEF, ERROR, LOGLIK = 1e-8, 1e-7, 1e-8
# the package's own maximisations; the standard errors of sampleSelection follow the Hessian for ML
ML = 1e-7


def numbers(value):
    return np.array(list(value.values()), dtype=float)


def all_of(fit, name, *others):
    both = (getattr(part, name) for part in (fit.selection, fit.outcome))
    return np.r_[(*both, *others)]


@pytest.fixture(scope="module")
def simulated(reference):
    case = reference("cc0", "retr_selection")
    table = case.table()
    w = np.column_stack([np.ones(len(table["x"])), table["x"], table["x2"], table["z"]])
    common = {"selected": table["sel"], "selection_design": w, "outcome_design": w[:, :3]}
    rows = {name: SelectionRows(outcome=table[name], **common) for name in ("yb", "yc")}
    return rows, case.values


# the bivariate normal


def test_quarter_plane_by_hand():
    rho = np.array([-0.99, -0.5, 0.0, 0.3, 0.999])
    assert bivariate_normal_cdf(0, 0, rho) == pytest.approx(
        0.25 + np.arcsin(rho) / (2 * np.pi), abs=1e-15
    )


def test_bivariate_normal_is_a_distribution():
    rng = np.random.default_rng(2)
    h, k = rng.uniform(-4, 4, (2, 200))
    h[:3] = 0.0
    rho = rng.uniform(-0.99, 0.99, 200)
    value = bivariate_normal_cdf(h, k, rho)
    assert value == pytest.approx(bivariate_normal_cdf(k, h, rho), abs=1e-15)
    # the four quadrants at a point add up to 1
    rest = bivariate_normal_cdf(h, -k, -rho) + bivariate_normal_cdf(-h, k, -rho)
    assert value + rest + bivariate_normal_cdf(-h, -k, rho) == pytest.approx(np.ones(200))
    assert bivariate_normal_cdf(h, k, 0.0) == pytest.approx(
        special.ndtr(h) * special.ndtr(k), abs=1e-15
    )
    assert np.exp(log_bivariate_normal_cdf(h, k, rho)) == pytest.approx(value, abs=1e-12)


def test_far_out_against_whole_integrals():
    from scipy import integrate

    for h, k, rho in ((-6.4, -6.7, 0.35), (-4.1, -6.9, -0.98), (-5.0, 2.0, -0.9), (-9, 9, 0.5)):
        grid = np.linspace(h - 12, h, 4001)
        logs = special.log_ndtr((k - rho * grid) / np.sqrt(1 - rho**2)) - 0.5 * grid**2

        height = logs.max()

        def scaled(x, k=k, rho=rho, top=height):
            inner = special.log_ndtr((k - rho * x) / np.sqrt(1 - rho**2))
            return np.exp(inner - 0.5 * x**2 - top)

        peak = float(grid[logs.argmax()])
        value = sum(
            integrate.quad(scaled, a, b, epsabs=0, epsrel=1e-12)[0]
            for a, b in ((h - 12, peak - 0.5), (peak - 0.5, peak), (peak, h))
        )
        expected = np.log(value) + height - 0.5 * np.log(2 * np.pi)
        assert log_bivariate_normal_cdf(h, k, rho) == pytest.approx(expected, abs=1e-9)


# by hand


def test_without_covariates_the_likelihood_is_that_of_shares():
    # 3 of 8 not selected, of the 5 selected 3 with the outcome; rho can be anything, so it is flat
    selected = [0, 0, 0, 1, 1, 1, 1, 1]
    rows = SelectionRows(
        selected=selected,
        outcome=[np.nan, np.nan, np.nan, 1, 1, 1, 0, 0],
        selection_design=np.ones(8),
        outcome_design=np.ones(8),
    )
    assert "no maximum" in probit_selection(rows).why
    fit = probit_regression(selected, np.ones(8))
    assert fit.coefficients.coef[0] == pytest.approx(special.ndtri(5 / 8))
    assert fit.loglik == pytest.approx(5 * np.log(5 / 8) + 3 * np.log(3 / 8))


@pytest.mark.parametrize("model", [probit_selection_rows, heckman_rows])
def test_derivatives_are_differences(model):
    rng = np.random.default_rng(6)
    q = 3 if model is probit_selection_rows else 4
    kept = np.array([False, True, True, True, True, True])
    outcome = np.array([0, 1, -1, 1, -1, 1.0])
    eta, step = rng.normal(size=(6, q)), 1e-5
    eta[5] = -2.0
    at = model(kept, outcome, eta)
    for j in range(q):
        shift = np.zeros(q)
        shift[j] = step
        up, down = (model(kept, outcome, eta + s * shift) for s in (1, -1))
        slope = (up.loglik - down.loglik) / (2 * step)
        assert at.first[:, j] == pytest.approx(slope, rel=1e-6, abs=1e-6)
        bend = (up.first - down.first) / (2 * step)
        assert at.second[:, :, j] == pytest.approx(bend, rel=1e-6, abs=1e-6)


# against R


def test_cc0_probit(simulated):
    rows, values = simulated
    fit, there = probit_selection(rows["yb"]), values["heckprobit_tight"]
    assert all_of(fit, "coef", fit.rho) == pytest.approx(there["coef"], abs=COEF)
    observed = all_of(fit, "information_error", fit.rho_error)
    assert observed == pytest.approx(there["se_observed_information"], abs=ERROR)
    outer = all_of(fit, "outer_error", fit.rho_outer_error)
    assert outer == pytest.approx(there["se_outer_product"], abs=ERROR)
    assert fit.loglik == pytest.approx(there["loglik"], abs=LOGLIK)
    reach = special.ndtri(0.975) * there["se_atanh_rho"]
    limits = np.tanh(there["atanh_rho"] + np.array([-reach, reach]))
    assert [fit.rho_low, fit.rho_high] == pytest.approx(limits, abs=ERROR)
    assert (fit.n_rows, fit.n_selected) == (values["n"], values["n_selected"])
    assert len(fit.maxima) == fit.n_exclusions == 1


def test_cc0_heckman(simulated):
    rows, values = simulated
    fit, there = heckman_selection(rows["yc"]), values["heckman_ml"]
    assert all_of(fit, "coef", fit.sigma, fit.rho) == pytest.approx(
        numbers(there["coef"]), abs=1e-9
    )
    errors = all_of(fit, "std_error", fit.sigma_error, fit.rho_error)
    assert errors == pytest.approx(numbers(there["se"]), abs=1e-9)
    assert fit.loglik == pytest.approx(there["loglik"], abs=1e-9)
    two = heckman_two_step(rows["yc"])
    found = np.r_[two.selection.coefficients.coef, two.coef, two.sigma, two.rho]
    assert found == pytest.approx(numbers(values["heckman_2step"]["coef"]), abs=1e-8)


def assert_probit_as_r(fit, design, values):
    assert fit.coefficients.coef == pytest.approx(numbers(values["coef"]), rel=3e-6, abs=1e-8)
    assert fit.loglik == pytest.approx(values["loglik"], abs=1e-8)
    # glm's errors are by the expected information
    p = special.ndtr(fit.predictor)
    weight = np.exp(-(fit.predictor**2)) / (2 * np.pi * p * (1 - p))
    expected = np.linalg.inv(design.T @ (design * weight[:, None]))
    assert np.sqrt(np.diag(expected)) == pytest.approx(numbers(values["se"]), rel=3e-6)


def test_cc0_probit_of_selection(simulated):
    rows, values = simulated
    design = rows["yb"].selection_design
    fit = probit_regression(rows["yb"].selected, design)
    assert_probit_as_r(fit, design, values["probit_selection_only"])


@pytest.fixture(scope="module")
def mroz(reference):
    case = reference("public", "retr_selection")
    table = case.table("mroz.csv")
    one = np.ones(len(table["lfp"]))
    columns = ["faminc", "kids", "educ"]
    w = np.column_stack([one, table["age"], table["age"] ** 2, *(table[c] for c in columns)])
    x = np.column_stack([one, table["exper"], table["exper"] ** 2, table["educ"], table["city"]])
    rows = SelectionRows(
        selected=table["lfp"], outcome=table["wage"], selection_design=w, outcome_design=x
    )
    return rows, case.values


def test_public_mroz(mroz):
    rows, values = mroz
    there = values["mroz_ml"]
    fit = heckman_selection(rows, rho_start=-0.3)
    found = all_of(fit, "coef", fit.sigma, fit.rho)
    assert found == pytest.approx(numbers(there["coef"]), abs=ML)
    errors = all_of(fit, "std_error", fit.sigma_error, fit.rho_error)
    assert errors == pytest.approx(numbers(there["se"]), rel=ML)
    assert fit.loglik == pytest.approx(there["loglik"], abs=LOGLIK)
    two = heckman_two_step(rows)
    found = np.r_[two.coef, two.sigma, two.rho]
    assert found == pytest.approx(numbers(values["mroz_2step"]["coef"])[6:], abs=1e-6)
    # as printed by Toomet and Henningsen (2008, doi:10.18637/jss.v027.i07)
    printed = [2.0593505, 0.0624646, 0.0018782, 0.1002497, 0.3158984]
    assert two.std_error[:5] == pytest.approx(printed, abs=6e-8)
    assert two.std_error[5] == pytest.approx(1.266, abs=6e-4)


def test_the_likelihood_of_mroz_has_a_higher_top(mroz):
    # R stops at the lower one; the skewed wages reach the higher one through rho near 1
    rows, values = mroz
    fit = heckman_selection(rows)
    assert [top.rho for top in fit.maxima] == pytest.approx([0.9931, -0.1320], abs=1e-4)
    assert fit.maxima[1].loglik == pytest.approx(values["mroz_ml"]["loglik"], abs=LOGLIK)
    kept = rows.chosen
    a = rows.selection_design @ fit.selection.coef
    e = (rows.outcome - rows.outcome_design @ fit.outcome.coef)[kept] / fit.sigma
    inner = (a[kept] + fit.rho * e) / np.sqrt(1 - fit.rho**2)
    direct = special.log_ndtr(-a[~kept]).sum() + special.log_ndtr(inner).sum()
    direct += (-0.5 * e**2 - np.log(fit.sigma * np.sqrt(2 * np.pi))).sum()
    assert fit.loglik == pytest.approx(direct, abs=1e-8)
    assert fit.loglik > values["mroz_ml"]["loglik"] + 100


def test_public_randhie(reference):
    case = reference("public", "retr_selection")
    table, there = case.table("randhie.csv"), case.values["randhie_probit_selection"]
    names = [name for name in there["coef"] if name in table]
    other = [n.removesuffix(".1") for n in there["coef"] if n.endswith(".1")][1:]
    one = np.ones(len(table["any"]))
    rows = SelectionRows(
        selected=table["any"],
        outcome=table["hi"],
        selection_design=np.column_stack([one, *(table[n] for n in names)]),
        outcome_design=np.column_stack([one, *(table[n] for n in other)]),
    )
    fit = probit_selection(rows, rho_start=-0.7)
    # R stops 3e-6 short of the top
    assert all_of(fit, "coef", fit.rho) == pytest.approx(numbers(there["coef"]), abs=3e-4)
    outer = all_of(fit, "outer_error", fit.rho_outer_error)
    assert outer == pytest.approx(numbers(there["se"]), rel=3e-4)
    assert there["loglik"] < fit.loglik < there["loglik"] + 1e-5


# properties


@pytest.mark.parametrize("outcome", ["yb", "yc"])
def test_order_of_rows_changes_nothing(simulated, outcome):
    rows = simulated[0][outcome]
    order = np.random.default_rng(9).permutation(len(rows.selected))
    turned = SelectionRows(
        selected=rows.selected[order],
        # what is written in rows not selected is not read
        outcome=np.where(rows.selected == 1, rows.outcome, 99.0)[order],
        selection_design=rows.selection_design[order],
        outcome_design=rows.outcome_design[order],
    )
    model = probit_selection if outcome == "yb" else heckman_selection
    first, second = model(rows), model(turned)
    for name in ("coef", "std_error", "p_value", "conf_low", "conf_high"):
        assert all_of(second, name) == pytest.approx(all_of(first, name), abs=1e-8), name
    assert second.rho_low == pytest.approx(first.rho_low, abs=1e-8)


def test_rows_that_are_clusters_of_themselves(simulated):
    rows = simulated[0]["yc"]

    def with_clusters(labels):
        return heckman_selection(
            SelectionRows(
                selected=rows.selected,
                outcome=rows.outcome,
                selection_design=rows.selection_design,
                outcome_design=rows.outcome_design,
                cluster=labels,
            )
        )

    plain, n = heckman_selection(rows), len(rows.selected)
    single = with_clusters(np.arange(n))
    bread = plain.vcov
    # with the rows as clusters the middle of the sandwich is the outer product of the scores
    middle = np.linalg.inv(bread) @ single.vcov @ np.linalg.inv(bread)
    outer = np.sqrt(np.diag(np.linalg.inv(middle)))[:7]
    assert all_of(plain, "outer_error") == pytest.approx(outer, rel=1e-6)
    assert all_of(single, "information_error") == pytest.approx(all_of(plain, "std_error"))
    assert "one cluster" in with_clusters(np.ones(n)).why


def test_unit_of_the_outcome(simulated):
    rows = simulated[0]["yc"]
    scaled = SelectionRows(
        selected=rows.selected,
        outcome=100 * rows.outcome,
        selection_design=rows.selection_design * [1, 10, 1, 0.1],
        outcome_design=rows.outcome_design,
    )
    first, second = heckman_selection(rows), heckman_selection(scaled)
    assert second.outcome.coef == pytest.approx(100 * first.outcome.coef, rel=1e-7)
    assert second.rho == pytest.approx(first.rho, abs=1e-8)
    assert second.selection.p_value == pytest.approx(first.selection.p_value, rel=1e-6)
    two, other = heckman_two_step(rows), heckman_two_step(scaled)
    assert other.std_error == pytest.approx(100 * two.std_error, rel=1e-7)


def test_independence_is_two_regressions(simulated):
    rows = simulated[0]["yb"]
    fit = probit_selection(rows)
    kept = rows.chosen
    parts = [
        probit_regression(rows.selected, rows.selection_design).loglik,
        probit_regression(rows.outcome[kept], rows.outcome_design[kept]).loglik,
    ]
    assert fit.loglik_independent == pytest.approx(sum(parts), abs=1e-10)
    assert fit.independence.statistic == pytest.approx(2 * (fit.loglik - sum(parts)))
    assert 0 < fit.independence.p_value < 0.05


# refusals


def small(**changes):
    rng = np.random.default_rng(11)
    base = {
        "selected": np.repeat([1, 0], 10),
        "outcome": rng.normal(size=20),
        "selection_design": np.column_stack([np.ones(20), rng.normal(size=20)]),
        "outcome_design": np.ones(20),
    }
    return SelectionRows(**{**base, **changes})


def test_refusals():
    for model in (heckman_selection, heckman_two_step):
        assert "no row is selected" in model(small(selected=np.zeros(20))).why
        assert "every row" in model(small(selected=np.ones(20))).why
        assert "same in every selected" in model(small(outcome=np.ones(20))).why
        assert "not finite" in model(small(outcome=np.full(20, np.nan))).why
        assert "collinear" in model(small(selection_design=np.ones((20, 2)))).why
        apart = np.column_stack([np.ones(20), np.repeat([1, 0], 10)])
        assert "perfectly" in model(small(selection_design=apart)).why
    # the chance of selection is the same for all: its ratio is one more constant
    flat = heckman_two_step(small(selection_design=np.ones(20)))
    assert "follows from the covariates" in flat.why
    assert "same in every row" in probit_regression(np.ones(5), np.ones(5)).why


def test_wrong_calls():
    with pytest.raises(ValueError, match="true and false"):
        small(selected=np.arange(20))
    with pytest.raises(ValueError, match="outcome has 3"):
        small(outcome=[1, 2, 3])
    with pytest.raises(ValueError, match="0 or 1"):
        probit_selection(small())
    with pytest.raises(ValueError, match="rho_start"):
        heckman_selection(small(), rho_start=1.0)
    with pytest.raises(ValueError, match="conf_level"):
        heckman_two_step(small(), conf_level=95)
    with pytest.raises(ValueError, match="no clusters"):
        heckman_two_step(small(cluster=np.arange(20)))
    with pytest.raises(ValueError, match="between -1 and 1"):
        bivariate_normal_cdf(0, 0, 1.0)
    with pytest.raises(ValueError, match="finite"):
        log_bivariate_normal_cdf(np.inf, 0, 0.5)


@settings(max_examples=8)
@given(st.integers(0, 10_000), st.integers(8, 25), st.booleans())
def test_odd_data_give_numbers_or_words(seed, n, binary):
    rng = np.random.default_rng(seed)
    x, z, u = rng.integers(-2, 3, size=(3, n)).astype(float)
    y = (x + u > 0).astype(float) if binary else np.round(x + u)
    rows = SelectionRows(
        selected=z + u > -1,
        outcome=y,
        selection_design=np.column_stack([np.ones(n), x, z]),
        outcome_design=np.column_stack([np.ones(n), x]),
    )
    models = (probit_selection,) if binary else (heckman_selection, heckman_two_step)
    for model in models:
        found = model(rows)
        if isinstance(found, Refusal):
            assert found.why
        elif model is heckman_two_step:
            assert np.isfinite(found.vcov).all()
        else:
            assert np.isfinite(found.vcov).all()
            assert -1 < found.rho_low < found.rho < found.rho_high < 1
