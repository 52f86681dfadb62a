"""The familiar measures of pairs of domains: by hand, against scipy, and against exact draws."""

import dataclasses
import math

import numpy as np
import pytest
from scipy import stats

from relatum.inference.blocks import block_matrix
from relatum.inference.matrix_statistics import checkerboard_units
from relatum.inference.null_draws import draw_margins
from relatum.models.familiar import describe_familiar
from relatum.models.pair_family import pair_family
from relatum.models.strata import depth_strata
from relatum.models.tactic_matrix import tactic_matrix
from relatum.results.base import Unavailable
from relatum.results.codec import decode, encode
from relatum.results.familiar import FamiliarMeasures
from relatum.samples import example_sample
from relatum.study import CooccurrencePlan

SCOPES = ("pooled", "within_cases")
#: Case, depth of the file, rules recorded, violence recorded; a blank is silence.
FILES = (
    ("a", 1, "-+"), ("a", 1, "--"), ("a", 2, "++"), ("a", 2, "+-"), ("a", 3, "++"), ("a", 3, "- "),
    ("b", 1, "--"), ("b", 1, "+-"), ("b", 2, "-+"), ("b", 2, "++"), ("b", 3, "-+"), ("b", 3, "--"),
)  # fmt: skip
WORDS = {"+": "present", "-": "absent_documented", " ": "not_documented"}


@pytest.fixture
def build(sample_of):
    """Build a sample from files as above."""

    def built(files):
        rows = [
            {
                "relationship_id": f"r{at}",
                "case_id": case,
                "suspect_id": f"s{at}",
                "victim_id": f"v{at}",
                "population": "trafficking",
                "documentation_depth": float(depth),
            }
            for at, (case, depth, _) in enumerate(files)
        ]
        codings = [
            {
                "coding_id": f"k{at}{code}",
                "unit_type": "relationship",
                "unit_id": f"r{at}",
                "code": code,
                "status": WORDS[mark],
                "coder_id": "one",
            }
            for at, (*_, marks) in enumerate(files)
            for code, mark in zip(("dom_rules", "dom_violence"), marks, strict=True)
        ]
        cases = [{"case_id": case} for case in dict.fromkeys(case for case, *_ in files)]
        return sample_of(cases=cases, relationships=rows, codings=codings)

    return built


@pytest.fixture(scope="module")
def plan(study):
    return dataclasses.replace(study, cooccurrence=CooccurrencePlan(draws=4_000))


@pytest.fixture(scope="module")
def shipped(plan):
    return describe_familiar(example_sample("simulated"), plan)


@pytest.fixture(scope="module")
def held(plan):
    return tactic_matrix(example_sample("simulated"), plan)


def statistic(found, name, scope):
    return next(row for row in found.matrix if (row.statistic, row.scope) == (name, scope))


# --- by hand ---------------------------------------------------------------------------------


def test_one_pair_by_hand(build, plan):
    found = describe_familiar(build(FILES), plan)
    (row,) = found.rows
    assert row.term == "dom_rules+dom_violence"
    # The silent cell counts as absent, so r5 has neither.
    assert (row.both, row.first_only, row.second_only, row.neither) == (3, 2, 3, 4)
    assert row.phi == pytest.approx((3 * 4 - 2 * 3) / math.sqrt(5 * 7 * 6 * 6), rel=1e-12)
    assert row.jaccard == pytest.approx(3 / 8, rel=1e-12)
    assert row.lift == pytest.approx(3 * 12 / (5 * 6), rel=1e-12)
    # Of the 792 ways to choose 5 of 12, by how many fall into the 6 with the second.
    ways = [math.comb(6, j) * math.comb(6, 5 - j) for j in range(6)]
    assert sum(ways) == 792
    assert row.p_veech_more == pytest.approx(sum(ways[3:]) / 792, rel=1e-12)
    assert row.p_fisher == pytest.approx(1.0, rel=1e-12)
    assert row.p_mid == pytest.approx(2 * (sum(ways[4:]) + ways[3] / 2) / 792, rel=1e-12)
    # Case a: 2, 1, 1, 2; case b: 1, 1, 2, 2. Expected 9/6 and 6/6, variance 0.45 and 0.4.
    distance, variance = (2 - 1.5) + (1 - 1.0), 0.45 + 0.4
    assert row.p_cmh == pytest.approx(stats.chi2.sf(distance**2 / variance, 1), rel=1e-12)
    assert 0.5 < row.p_homogeneity < 1
    # Depth 1: 0, 1, 1, 2; depth 2: 2, 1, 1, 0; depth 3: 1, 0, 1, 2.
    strata = ([[0, 1], [1, 2]], [[2, 1], [1, 0]], [[1, 0], [1, 2]])
    g2 = sum(
        stats.chi2_contingency(table, correction=False, lambda_="log-likelihood").statistic
        for table in strata
    )
    assert row.p_three_way == pytest.approx(stats.chi2.sf(g2, 3), rel=1e-10)


def test_the_matrix_by_hand(build, plan):
    """With two items and fixed totals the joint count is fixed, so nothing of the pair moves."""
    found = describe_familiar(build(FILES), plan)
    assert found.n_relationships == 12
    for scope in SCOPES:
        assert statistic(found, "c_score", scope).observed == 2 * 3
        assert statistic(found, "c_score", scope).std_error == 0
        assert statistic(found, "species_combo", scope).observed == 4
        assert statistic(found, "checker", scope).observed == 0


def test_an_odds_ratio_without_upper_limit(build, plan):
    """No relationship has the first without the second."""
    files = [("a", 1, "++"), ("a", 2, "--"), ("a", 3, "-+")] * 3
    files += [("b", 1, "++"), ("b", 2, "--"), ("b", 3, "-+")]
    row = describe_familiar(build(files), plan).rows[0]
    assert (row.first_only, row.odds_ratio.estimate, row.odds_ratio.conf_high) == (0, None, None)
    assert row.odds_ratio.conf_low > 0
    assert row.p_homogeneity is None
    # Depth alone tells the two apart: no stratum holds relationships that differ in both.
    assert row.p_three_way is None


# --- against scipy ---------------------------------------------------------------------------


def test_every_pair_of_the_shipped_sample(shipped, held, plan):
    family = pair_family(held, plan)
    assert [row.term for row in shipped.rows] == [
        f"{held.terms[i]}+{held.terms[j]}" for i, j in family.pairs
    ]
    present = held.binary("lower")
    depth = depth_strata(example_sample("simulated"), plan.cooccurrence.depth)
    for row, (i, j) in zip(shipped.rows, family.pairs, strict=True):
        a, b = present[:, i], present[:, j]
        table = np.array([[(a & b).sum(), (a & ~b).sum()], [(~a & b).sum(), (~a & ~b).sum()]])
        assert [[row.both, row.first_only], [row.second_only, row.neither]] == table.tolist()
        assert row.phi == pytest.approx(np.corrcoef(a, b)[0, 1], rel=1e-10)
        assert row.p_fisher == pytest.approx(stats.fisher_exact(table).pvalue, rel=1e-9)
        greater = stats.fisher_exact(table, alternative="greater").pvalue
        assert row.p_veech_more == pytest.approx(greater, rel=1e-9)
        exact = stats.contingency.odds_ratio(table)
        assert row.odds_ratio.estimate == pytest.approx(exact.statistic, rel=1e-6)
        limits = exact.confidence_interval(plan.cooccurrence.conf_level)
        assert row.odds_ratio.conf_low == pytest.approx(limits.low, rel=1e-6)
        assert row.odds_ratio.conf_high == pytest.approx(limits.high, rel=1e-6)
        assert row.p_cmh == pytest.approx(cmh(a, b, held.cases), rel=1e-10)
        assert row.p_three_way == pytest.approx(independence(a, b, depth), rel=1e-8)


def tables_of(a, b, strata):
    for stratum in np.unique(strata):
        one, other = a[strata == stratum], b[strata == stratum]
        if one.any() and other.any() and not one.all() and not other.all():
            yield stats.contingency.crosstab(one, other).count


def cmh(a, b, strata):
    distance = variance = 0.0
    for table in tables_of(a, b, strata):
        rows, columns, n = table.sum(axis=1), table.sum(axis=0), table.sum()
        distance += table[1, 1] - rows[1] * columns[1] / n
        variance += rows.prod() * columns.prod() / (n**2 * (n - 1))
    return stats.chi2.sf(distance**2 / variance, 1)


def independence(a, b, strata):
    held = [
        stats.chi2_contingency(table, correction=False, lambda_="log-likelihood").statistic
        for table in tables_of(a, b, strata)
    ]
    return stats.chi2.sf(sum(held), len(held))


# --- the whole matrix ------------------------------------------------------------------------


@pytest.mark.parametrize("scope", SCOPES)
def test_the_c_score_against_other_draws(shipped, held, plan, scope):
    """The draws of pairs, exact where a block can be counted, give the same null."""
    items = sorted({item for pair in pair_family(held, plan).pairs for item in pair})
    present = held.binary("lower")[:, items]
    blocks = held.cases if scope == "within_cases" else np.zeros(len(present))
    drawn = draw_margins(block_matrix(present, blocks), draws=20_000, seed=3)
    c_score = checkerboard_units(drawn.counts, present.sum(axis=0)).mean(axis=1)
    row = statistic(shipped, "c_score", scope)
    error = c_score.std() * math.sqrt(1 / drawn.checks.effective + 1 / 3_000)
    assert row.expected == pytest.approx(c_score.mean(), abs=4 * error)
    assert row.std_error == pytest.approx(c_score.std(), abs=4 * error)
    tails = (c_score <= row.observed + 1e-9).mean(), (c_score >= row.observed - 1e-9).mean()
    share = min(*tails, 0.5)
    assert row.p_value == pytest.approx(2 * share, abs=8 * math.sqrt(share / 3_000))


def test_what_the_totals_fix_has_no_p_value_below_one(shipped):
    for scope in SCOPES:
        row = statistic(shipped, "v_ratio", scope)
        assert (row.std_error, row.p_value) == (0.0, 1.0)
        assert row.expected == pytest.approx(row.observed, rel=1e-12)
    note = next(note for note in shipped.notes if note.code == "matrix_statistics")
    assert "variance ratio cannot differ from the draws" in note.text


def test_one_case_that_cannot_move_is_said(build, plan):
    """Nested rows within cases: pooled draws remain."""
    files = [("a", 1, "++"), ("a", 2, "+-"), ("a", 3, "--"), ("b", 1, "++"), ("b", 3, "-+")]
    files += [("b", 2, "--")]
    found = describe_familiar(build(files), plan)
    assert {row.scope for row in found.matrix} == {"pooled"}
    texts = [note.text for note in found.notes if note.code == "matrix_statistics"]
    assert "not available within investigations: no block can move" in texts[-1]


# --- notes, properties, refusals -------------------------------------------------------------


def test_every_measure_says_what_it_ignores(shipped):
    notes = {note.code: note.text for note in shipped.notes}
    for code in ("phi", "jaccard", "lift", "odds_ratio", "fisher", "mid_p", "veech", "cmh",
                 "tarone", "loglinear", "matrix_statistics"):  # fmt: skip
        assert "ignore" in notes[code]
    assert "more than 20% of true nulls at 5%" in notes["type_one"]
    assert "simulated: tests/benchmarks/results/type_one_cooccurrence.md" in notes["type_one"]


def test_order_of_relationships_changes_nothing(build, plan):
    move = np.random.default_rng(4).permutation(len(FILES))
    first = describe_familiar(build(FILES), plan)
    second = describe_familiar(build([FILES[at] for at in move]), plan)
    assert first.rows == second.rows
    assert first.matrix == second.matrix


def test_seed_of_the_plan_decides(plan, shipped):
    sample = example_sample("simulated")
    assert describe_familiar(sample, plan).matrix == shipped.matrix
    other = describe_familiar(sample, dataclasses.replace(plan, seed=1))
    assert other.matrix != shipped.matrix
    assert other.rows == shipped.rows


def test_it_is_stored_whole(shipped, build, plan):
    for found in (shipped, describe_familiar(build(FILES), plan)):
        assert decode(FamiliarMeasures, encode(found)) == found
        assert len(found.tidy()) == len(found.rows)
    assert shipped.provenance.seed == plan.seed


def test_nothing_to_compare_is_unavailable(empty, build, plan):
    assert isinstance(describe_familiar(empty, plan), Unavailable)
    found = describe_familiar(build([("a", 1, "+-"), ("a", 2, "+-")]), plan)
    assert isinstance(found, Unavailable)
    assert found.why == "none of the 21 pairs of domains can be tested"
