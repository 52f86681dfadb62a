from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relatum.inference.agreement import bootstrap_agreement, estimate_agreement
from relatum.inference.agreement_stages import (
    measure_date_overlap,
    measure_specific_agreement,
    split_stages,
)
from relatum.inference.common import Refusal

WEIGHTS = {
    "unweighted": "identity",
    "ordinal": "ordinal",
    "linear": "linear",
    "quadratic": "quadratic",
}
NAMES = {"AC": "gwet", "fleiss": "fleiss", "brennan_prediger": "brennan_prediger"}


def matrix(table, *names):
    return np.column_stack([table[name] for name in names or tuple(table)])


@pytest.mark.parametrize("printed", list(WEIGHTS))
@pytest.mark.parametrize("name", list(NAMES))
def test_coefficients_with_gaps_equal_r(reference, printed, name):
    case = reference("cc0", "rely_kappa_alpha")
    want = case.values["irrcac_unrounded"][printed][name]
    found = estimate_agreement(
        matrix(case.table("gaps.csv")), coefficient=NAMES[name], weights=WEIGHTS[printed]
    )
    assert found.estimate == pytest.approx(want["value"], abs=1e-10)
    assert found.std_error == pytest.approx(want["se"], abs=1e-10)
    assert found.observed == pytest.approx(want["pa"], abs=1e-10)
    assert found.expected == pytest.approx(want["pe"], abs=1e-10)


@pytest.mark.parametrize("metric", ["nominal", "ordinal", "interval", "ratio"])
@pytest.mark.parametrize("name", ["gaps", "two"])
def test_alpha_equals_r(reference, metric, name):
    case = reference("cc0", "rely_kappa_alpha")
    found = estimate_agreement(
        matrix(case.table(f"{name}.csv")), coefficient="krippendorff", weights=metric
    )
    assert found.estimate == pytest.approx(case.values["krippendorff_irr"][name][metric], abs=1e-10)
    assert found.std_error is None


@pytest.mark.parametrize("metric", ["nominal", "ordinal", "interval", "ratio"])
def test_alpha_where_irr_counts_complete_rows_twice(reference, metric):
    # Without a gap irr does not divide by raters - 1: its 90 values of 3 raters count as 180, so
    # its disagreement carries 179/180 instead of 89/90. With a gap anywhere it is right.
    case = reference("cc0", "rely_kappa_alpha")
    ratings = matrix(case.table("scores.csv"))
    found = estimate_agreement(ratings, coefficient="krippendorff", weights=metric)
    printed = case.values["krippendorff_irr"]["scores"][metric]
    assert 1 - printed == pytest.approx((1 - found.estimate) * (179 / 180) / (89 / 90), abs=1e-10)


def test_alpha_by_hand():
    # three coders, two units: coincidences o_11 = 3, o_12 = o_21 = 1, o_22 = 1
    found = estimate_agreement([[1, 1, 1], [1, 2, 2]], coefficient="krippendorff")
    assert found.estimate == pytest.approx(1 - 5 * 2 / (4 * 2 * 2))


@pytest.mark.parametrize(
    ("printed", "weights"),
    [("unweighted", "identity"), ("linear", "linear"), ("quadratic", "quadratic")],
)
def test_cohen_equals_r(reference, printed, weights):
    case = reference("cc0", "rely_kappa_alpha")
    want = case.values["two_raters"]
    found = estimate_agreement(matrix(case.table("two.csv")), coefficient="cohen", weights=weights)
    assert found.estimate == pytest.approx(want[printed]["value"], abs=1e-12)
    if printed == "unweighted":
        assert found.std_error == pytest.approx(want["se_vcd"], abs=1e-12)
        assert found.observed == pytest.approx(want["agreement"], abs=1e-12)


def test_pairwise_and_complete_units_equal_r(reference):
    case = reference("cc0", "rely_kappa_alpha")
    table = case.table("gaps.csv")
    for pair in case.values["pairwise_gaps"]:
        found = estimate_agreement(matrix(table, *pair["raters"]), coefficient="cohen")
        assert found.n_units == pair["n"]
        assert found.estimate == pytest.approx(pair["kappa"], abs=1e-12)
    ratings = matrix(table)
    complete = ratings[~np.isnan(ratings).any(axis=1)]
    found = estimate_agreement(complete, coefficient="fleiss")
    assert found.estimate == pytest.approx(case.values["complete_units"]["fleiss"], abs=1e-12)


def ranks(table):
    columns = list(table.values())
    levels = sorted(set(np.concatenate(columns)))
    return np.column_stack([[levels.index(cell) for cell in column] for column in columns])


def test_public_cohen(reference):
    case = reference("public", "rely_kappa_alpha")
    ratings = ranks(case.table("vision.csv"))
    want = case.values["cohen"]["vision"]
    plain = estimate_agreement(ratings, coefficient="cohen")
    assert plain.estimate == pytest.approx(want["kappa"], abs=1e-12)
    assert plain.std_error == pytest.approx(want["vcd_unweighted"]["ASE"], abs=1e-12)
    for weights in ("linear", "quadratic"):
        found = estimate_agreement(ratings, coefficient="cohen", weights=weights)
        assert found.estimate == pytest.approx(want[f"weighted_{weights}"], abs=1e-12)


def test_public_fleiss_and_alpha(reference):
    case = reference("public", "rely_kappa_alpha")
    diagnoses = ranks(case.table("diagnoses.csv"))
    fleiss = estimate_agreement(diagnoses, coefficient="fleiss")
    assert fleiss.estimate == pytest.approx(case.values["fleiss"]["diagnoses"]["kappa"], abs=1e-12)
    for name in ("krippendorff2011", "raw5obser"):
        ratings = matrix(case.table(f"{name}.csv"))
        for metric, want in case.values["kripp_irr"][name].items():
            found = estimate_agreement(ratings, coefficient="krippendorff", weights=metric)
            assert found.estimate == pytest.approx(want, abs=1e-12)


@pytest.mark.parametrize("name", ["raw5obser"])
def test_public_gwet_as_printed(reference, name):
    case = reference("public", "rely_kappa_alpha")
    ratings = matrix(case.table(f"{name}.csv"))
    for key, coefficient in NAMES.items():
        for printed, weights in (("nominal", "identity"), ("ordinal", "ordinal")):
            want = case.values["irrcac"][f"{name}_{printed}"][key]
            found = estimate_agreement(ratings, coefficient=coefficient, weights=weights)
            assert found.estimate == pytest.approx(want["coeff.val"], abs=6e-6)
            assert found.std_error == pytest.approx(want["coeff.se"], abs=6e-6)


def test_kappa_paradox_is_visible():
    ratings = np.array([[1, 1]] * 90 + [[1, 0]] * 5 + [[0, 1]] * 5)
    assert estimate_agreement(ratings, coefficient="cohen").estimate < 0
    assert estimate_agreement(ratings, coefficient="gwet").estimate > 0.85
    specific = measure_specific_agreement(ratings)
    assert specific.positive == pytest.approx(180 / 190)
    assert specific.negative == 0.0


def test_specific_agreement_of_three_coders_by_hand():
    found = measure_specific_agreement([[1, 1, 0], [0, 0, np.nan]])
    assert found.positive == pytest.approx(2 / 4)
    assert found.negative == pytest.approx((0 + 2) / (2 + 2))
    assert found.n_pairs == 4
    assert measure_specific_agreement([[1, 1]]).negative is None


def test_two_stages_keep_silence_apart():
    present = [[True, False], [True, True], [False, False]]
    documented = [[True, True], [True, False], [False, False]]
    stages = split_stages(present, documented, [[True, True], [True, True], [True, False]])
    assert stages.documented.tolist()[:2] == [[1.0, 1.0], [1.0, 0.0]]
    assert np.isnan(stages.documented[2, 1])
    assert stages.present[0].tolist() == [1.0, 0.0]
    assert stages.present[1, 0] == 1.0
    assert np.isnan(stages.present[1:, 1]).all()


def test_date_overlap_counts_both_ends():
    found = measure_date_overlap([1, 5, np.nan], [3, 5, 9], [3, 6, 1], [7, 6, 9])
    assert (found.n_pairs, found.n_overlapping) == (2, 1)
    assert found.mean_jaccard == pytest.approx((1 / 7) / 2)
    with pytest.raises(ValueError, match="before it begins"):
        measure_date_overlap([2], [1], [1], [1])


@pytest.mark.parametrize(
    ("ratings", "coefficient", "why"),
    [
        ([[1, np.nan], [np.nan, 1]], "gwet", "two ratings"),
        ([[np.nan, np.nan]], "krippendorff", "two ratings"),
        (np.empty((0, 2)), "fleiss", "two ratings"),
        ([[1, 1], [1, 1]], "cohen", "only one category"),
        ([[1, 1, 0]], "cohen", "exactly two"),
        ([[1, np.inf]], "gwet", "infinite"),
    ],
)
def test_refusals(ratings, coefficient, why):
    found = estimate_agreement(ratings, coefficient=coefficient)
    assert isinstance(found, Refusal)
    assert why in found.why
    again = bootstrap_agreement(ratings, np.zeros(len(ratings)), coefficient=coefficient)
    assert again == found


def test_one_category_used_of_two_named():
    ratings = [[1, 1], [1, 1]]
    found = estimate_agreement(ratings, coefficient="gwet", categories=[0, 1])
    assert found.estimate == 1.0
    assert isinstance(estimate_agreement(ratings, coefficient="cohen", categories=[0, 1]), Refusal)
    with pytest.raises(ValueError, match="none of the categories"):
        estimate_agreement(ratings, categories=[0, 2])


def test_wrong_calls():
    with pytest.raises(ValueError, match="must be one of"):
        estimate_agreement([[1, 1]], coefficient="kappa")
    with pytest.raises(ValueError, match="weights must be one of"):
        estimate_agreement([[1, 0]], weights="interval")
    with pytest.raises(ValueError, match="units by coders"):
        estimate_agreement([1, 0])
    with pytest.raises(ValueError, match="cases has"):
        bootstrap_agreement([[1, 1], [0, 0]], [1])


def resampled_by_hand(ratings, cases, draws, seed, **options):
    """The same draws, each estimated from a table that was really copied out."""
    names = np.unique(cases)
    picks = np.random.default_rng(seed).multinomial(
        len(names), np.full(len(names), 1 / len(names)), draws
    )
    values = []
    for pick in picks:
        rows = np.concatenate(
            [np.tile(np.flatnonzero(cases == c), k) for c, k in zip(names, pick, strict=True)]
        ).astype(int)
        categories = None if options["coefficient"] == "krippendorff" else [0, 1, 2]
        found = estimate_agreement(ratings[rows], categories=categories, **options)
        if not isinstance(found, Refusal):
            values.append(found.estimate)
    return np.quantile(values, [0.025, 0.975])


@pytest.mark.parametrize(
    ("coefficient", "weights"),
    [
        ("cohen", "linear"),
        ("fleiss", "identity"),
        ("gwet", "quadratic"),
        ("brennan_prediger", "identity"),
        ("krippendorff", "ordinal"),
    ],
)
def test_bootstrap_equals_resampled_tables(coefficient, weights):
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 3, 40)
    ratings = np.where(rng.random((2, 40)) < 0.7, truth, rng.integers(0, 3, (2, 40))).T
    cases = np.repeat(np.arange(8), 5)
    options = {"coefficient": coefficient, "weights": weights}
    found = bootstrap_agreement(ratings, cases, draws=100, seed=5, **options)
    low, high = resampled_by_hand(ratings, cases, 100, 5, **options)
    assert (found.conf_low, found.conf_high) == pytest.approx((low, high), abs=1e-12)
    assert found.n_cases == 8


def test_bootstrap_refuses_one_case():
    found = bootstrap_agreement([[1, 0], [0, 0], [1, 1]], [1, 1, 1])
    assert isinstance(found, Refusal)
    assert "one case" in found.why


@given(
    st.lists(
        st.lists(st.sampled_from([0.0, 1.0, 2.0, np.nan]), min_size=3, max_size=3), min_size=2
    ),
    st.sampled_from(["gwet", "fleiss", "brennan_prediger", "krippendorff"]),
    st.randoms(),
)
def test_order_of_units_and_coders_does_not_matter(rows, coefficient, random):
    table = np.array(rows)
    first = estimate_agreement(table, coefficient=coefficient)
    rows_moved = random.sample(range(len(rows)), len(rows))
    columns_moved = random.sample(range(3), 3)
    second = estimate_agreement(table[rows_moved][:, columns_moved], coefficient=coefficient)
    if isinstance(first, Refusal):
        assert second == first
    else:
        assert second.estimate == pytest.approx(first.estimate, abs=1e-9)
        assert first.estimate <= 1 + 1e-12
