"""Claims about combinations, domains against depth, order of first record: by hand first."""

import dataclasses
import itertools

import numpy as np
import pandas as pd
import pytest

from relatum.models.composites import describe_composites
from relatum.models.first_occurrence import DECLARED_PAIRS
from relatum.results.base import Unavailable
from relatum.results.codec import decode, encode
from relatum.results.composites import CompositeClaims
from relatum.samples import example_sample
from relatum.study import Gate

CONTROL, INTIMIDATION, VIOLENCE = "ctl_phone_checks", "int_anger", "vio_physical"


def coding(unit_id, code, status="present", low=None, high=None, coder="one"):
    return {
        "unit_type": "relationship",
        "unit_id": unit_id,
        "code": code,
        "status": status,
        "date_lower": pd.Timestamp(low) if low else pd.NaT,
        "date_upper": pd.Timestamp(high or low) if high or low else pd.NaT,
        "coder_id": coder,
    }


@pytest.fixture
def build(sample_of):
    """Build a sample: the case of every relationship, its codings, and columns of its table."""

    def built(cases, codings, **columns):
        rows = [
            {
                "relationship_id": f"r{at}",
                "case_id": case,
                "suspect_id": f"s{at}",
                "victim_id": f"v{at}",
                "population": "trafficking",
                **{name: values[at] for name, values in columns.items()},
            }
            for at, case in enumerate(cases)
        ]
        numbered = [{"coding_id": f"k{at}", **row} for at, row in enumerate(codings)]
        tables = {
            "cases": [{"case_id": case} for case in dict.fromkeys(cases)],
            "relationships": rows,
            **({"codings": numbered} if numbered else {}),
        }
        return sample_of(**tables)

    return built


@pytest.fixture(scope="module")
def shipped(study):
    return describe_composites(example_sample("simulated"), study)


def counts(found, term):
    row = next(row for row in found.claims if row.term == term).counted
    return row.n_present, row.n_absent, row.n_undocumented


def pair(found, first, second):
    return next(row for row in found.order if (row.first, row.second) == (first, second))


# --- claims ----------------------------------------------------------------------------------


def test_claims_by_hand(build, study):
    absent = "absent_documented"
    codings = [
        # r0: control, intimidation, violence; r1: the same, violence ruled out
        *(coding("r0", code) for code in (CONTROL, INTIMIDATION, VIOLENCE)),
        *(coding("r1", code) for code in ("dom_rules", "dom_intimidation")),
        coding("r1", VIOLENCE, absent),
        # r2: control and a threat, silent on violence; r3: control only; r4: silence
        *(coding("r2", code) for code in (CONTROL, "int_threat_violence", "iso_locked_in")),
        coding("r3", CONTROL),
    ]
    found = describe_composites(build(["a", "a", "b", "b", "c"], codings), study)
    assert counts(found, "control_and_intimidation") == (3, 0, 2)
    # the composite has no directly coded domains: r1 stays undocumented, r2 has a threat
    assert counts(found, "composite_control_intimidation_violence") == (2, 0, 3)
    assert counts(found, "dv_control_without_violence") == (1, 1, 3)
    # not recorded: r1 (ruled out) and r2 (silent) in the files; r3 and r4 may lack intimidation
    assert counts(found, "control_without_recorded_violence") == (2, 1, 2)
    assert counts(found, "dv_coercive_control") == (1, 0, 4)
    row = found.claims[0].counted
    assert (row.lower, row.upper) == (3 / 5, 1.0)


def test_the_combination_is_the_first_part_of_the_derived_code(shipped):
    ruled_out, unrecorded = (
        counts(shipped, term)
        for term in ("dv_control_without_violence", "control_without_recorded_violence")
    )
    assert ruled_out == (6, 42, 25)
    assert unrecorded == (31, 42, 0)
    assert counts(shipped, "composite_control_intimidation_violence") == (73, 0, 0)


def test_every_completion_of_the_parts_lies_inside_the_bounds(build, study):
    """One relationship for each combination of the statuses of the three parts."""
    known = {"present": (1,), "absent_documented": (0,), "not_documented": (0, 1)}
    combinations = list(itertools.product(known, repeat=3))
    codebook = example_sample("anna").schema.codebook
    others = [c for c in codebook if c.startswith(("ctl_", "rule_", "int_", "dom_rules"))]
    rows, truths = [], []
    for at, statuses in enumerate(combinations):
        parts = zip(("dom_control", "dom_intimidation", VIOLENCE), statuses, strict=True)
        rows += [coding(f"r{at}", code, status) for code, status in parts]
        rows += [coding(f"r{at}", code, "absent_documented") for code in others]
        completions = itertools.product(*(known[status] for status in statuses))
        truths.append({bool(c and i and not v) for c, i, v in completions})
    found = describe_composites(build(["a"] * 27, rows), study)
    row = next(row for row in found.claims if row.term == "dv_control_without_violence").counted
    assert row.lower == sum(map(min, truths)) / 27
    assert row.upper == sum(map(max, truths)) / 27


def test_limits_of_statements_about_all(shipped, study):
    composite = next(row for row in shipped.claims if row.term.startswith("composite"))
    assert composite.universal
    assert [limit.icc for limit in composite.limits] == [0.0, 0.05, 0.1, 0.2]
    assert composite.limits[0].n_effective == pytest.approx(73)
    assert composite.limits[0].conf_low == pytest.approx(0.025 ** (1 / 73))
    lows = [limit.conf_low for limit in composite.limits]
    assert lows == sorted(lows, reverse=True)
    # at correlation .2 these 73 say as much as 17 independent relationships: .81
    assert lows[-1] == pytest.approx(0.81, abs=0.005)
    others = [row for row in shipped.claims if not row.universal]
    assert all(row.limits == () and "not a statement" in row.limits_why for row in others)


def test_limits_need_cases_unless_the_plan_overrides_it(build, study):
    codings = [coding(f"r{at}", code) for at in range(4) for code in (CONTROL, INTIMIDATION)]
    sample = build(["a", "a", "b", "b"], codings)
    refused = describe_composites(sample, study).claims[0]
    assert refused.limits == ()
    assert "fewer than 6" in refused.limits_why
    plan = dataclasses.replace(study, gates={"few_cases": Gate(override=True, reason="A test")})
    allowed = describe_composites(sample, plan)
    assert len(allowed.claims[0].limits) == 4
    assert any(note.code == "override_few_cases" for note in allowed.notes)


def test_only_trafficking_relationships_count(build, study):
    codings = [coding("r0", CONTROL), coding("r1", CONTROL), coding("r1", "eco_allowance")]
    sample = build(["a", "b"], codings)
    frame = sample.table("relationships")
    frame["population"] = pd.Categorical(["domestic_violence", "trafficking"])
    found = describe_composites(sample.replace_tables({"relationships": frame}), study)
    assert (found.population, found.n_relationships) == ("trafficking relationships", 1)
    assert found.claims[0].counted.population == "trafficking relationships"
    assert found.depth[0].n == 1
    assert found.depth[0].mean_lower == 2.0


# --- depth -----------------------------------------------------------------------------------


def test_domains_against_depth_by_hand(build, study):
    codings = [
        coding("r0", "dom_economic"),
        *(coding("r1", f"dom_{name}") for name in ("economic", "control")),
        *(coding("r2", f"dom_{name}") for name in ("economic", "control", "rules")),
        coding("r3", "dom_violence", "absent_documented"),
    ]
    sample = build(
        ["a", "a", "a", "b"],
        codings,
        documentation_depth=[1.0, 2.0, 9.0, None],
        victim_statement_available=[True, False, True, None],
    )
    found = describe_composites(sample, study)
    got = {(row.variable, row.stratum): row for row in found.depth}
    assert got["all", "all"].mean_lower == pytest.approx(6 / 4)
    assert got["all", "all"].mean_upper == pytest.approx((7 + 7 + 7 + 6) / 4)
    depth = [got["documentation_depth", name] for name in ("thin", "middle", "thick")]
    assert [row.mean_lower for row in depth] == [1.0, 2.0, 3.0]
    assert got["documentation_depth", "not_documented"].mean_upper == 6.0
    statement = got["victim_statement_available", "true"]
    assert (statement.n, statement.mean_lower) == (2, 2.0)
    assert got["victim_statement_available", "not_documented"].n == 1
    overall, within = found.links[:2]
    assert (overall.scope, overall.n, overall.rho) == ("overall", 3, pytest.approx(1.0))
    assert (within.n, within.n_cases, within.rho) == (3, 1, pytest.approx(1.0))
    # 1 2 3 against its 6 arrangements: two are as extreme; by random draws
    assert within.p_value == pytest.approx(2 / 6, abs=0.03)
    assert any(note.code == "depth_warning" for note in found.notes)
    upper = found.links[2]
    assert upper.rho is None
    assert "do not vary" in upper.why


def test_links_add_up_with_pandas(shipped, study):
    sample = example_sample("simulated")
    overall = next(x for x in shipped.links if (x.coding, x.scope) == ("lower", "overall"))
    codings = sample.table("codings")
    direct = codings[codings["code"].str.startswith("dom_") & (codings["status"] == "present")]
    number = direct.groupby("unit_id")["code"].nunique()
    rel = sample.table("relationships").set_index("relationship_id")
    number = number.reindex(rel.index).fillna(0).astype(float)
    assert overall.rho == pytest.approx(
        number.rank().corr(rel["documentation_depth"].astype(float).rank()), abs=1e-12
    )


# --- order -----------------------------------------------------------------------------------


def economic(at, low, high=None):
    return coding(f"r{at}", "eco_allowance", low=low, high=high)


def control(at, low, high=None):
    return coding(f"r{at}", CONTROL, low=low, high=high)


def test_order_by_hand(build, study):
    codings = [
        economic(0, "2009-01-01"), control(0, "2009-02-01"),
        # r1: control first, by the earliest of its two records
        economic(1, "2009-03-01", "2009-03-31"), control(1, "2009-05-01"),
        coding("r1", "ctl_escort_to_work", low="2009-02-01", high="2009-02-28"),
        # r2: intervals share 31 March; r3: the second is not dated; r4: economic only
        economic(2, "2009-03-01", "2009-03-31"), control(2, "2009-03-31", "2009-04-02"),
        economic(3, "2009-01-01"), control(3, None),
        economic(4, "2009-01-01"),
        # r5: economic first, but another act of control has no date
        economic(5, "2009-01-01"), control(5, "2009-02-01"),
        coding("r5", "ctl_escort_to_work"), coding("r5", "dom_control"),
        # r6: ruled out, though dated
        economic(6, "2009-01-01"), coding("r6", CONTROL, "absent_documented", "2009-02-01"),
    ]  # fmt: skip
    found = describe_composites(build(["a", "b", "a", "b", "a", "c", "c"], codings), study)
    row = pair(found, "economic", "control")
    assert (row.n_both, row.n_first, row.n_second, row.n_overlap, row.n_undated) == (5, 2, 1, 1, 1)
    assert row.share_undated == 1 / 5
    assert row.n_fully_dated == 2
    assert (row.n_cases, row.n_unbalanced) == (3, 3)
    assert row.p_binomial == 1.0
    assert row.p_value == 1.0
    assert row.smallest_p == 0.25
    assert (row.family, row.family_size) == ("declared", 3)
    silent = pair(found, "economic", "violence")
    assert (silent.n_both, silent.share_undated, silent.p_value) == (0, None, None)
    assert silent.why == "no relationship can be ordered"


def test_the_first_record_is_an_interval_of_minima(build, study):
    # economic lies in [1 Jan, 20 Jan]: earliest of the lower days, earliest of the upper days
    codings = [
        economic(0, "2009-01-01", "2009-03-01"),
        coding("r0", "eco_debt_claim", low="2009-01-15", high="2009-01-20"),
        control(0, "2009-01-21"),
        economic(1, "2009-01-01", "2009-03-01"),
        control(1, "2009-01-21"),
    ]
    row = pair(describe_composites(build(["a", "b"], codings), study), "economic", "control")
    assert (row.n_first, row.n_second, row.n_overlap) == (1, 0, 1)


def test_one_sided_dates_are_open_intervals(build, study):
    only_upper = {**economic(0, "2009-01-05"), "date_lower": pd.NaT}
    only_lower = {**control(0, "2009-01-06"), "date_upper": pd.NaT}
    row = pair(
        describe_composites(build(["a"], [only_upper, only_lower]), study), "economic", "control"
    )
    assert (row.n_first, row.n_undated) == (1, 0)
    assert row.why == "all ordered relationships lie in one investigation"
    assert row.p_value is row.p_adjusted is None


def test_holm_runs_over_the_declared_pairs(build, study):
    codings = []
    for at in range(6):
        codings += [economic(at, "2009-01-01"), control(at, "2009-02-01")]
    found = describe_composites(build(list("abcdef"), codings), study)
    row = pair(found, "economic", "control")
    assert row.p_value == row.smallest_p == row.p_binomial == 2 / 2**6
    # two of the three pairs could not be tested, and still count
    assert row.p_adjusted == pytest.approx(3 * 2 / 2**6)
    assert [(r.first, r.second) for r in found.order[:3]] == list(DECLARED_PAIRS)
    assert len(found.order) == 15


def test_only_the_chosen_coder_is_dated(build, study):
    codings = [
        economic(0, "2009-01-01"), control(0, "2009-02-01"),
        coding("r0", CONTROL, low="2008-01-01", coder="two"),
    ]  # fmt: skip
    sample = build(["a"], codings)
    for coder, want in (("one", (1, 0)), ("two", (0, 0))):
        found = describe_composites(sample, dataclasses.replace(study, coder=coder))
        row = pair(found, "economic", "control")
        assert (row.n_first, row.n_second) == want


def test_the_shipped_order_adds_up(shipped):
    for row in shipped.order:
        assert row.n_first + row.n_second + row.n_overlap + row.n_undated == row.n_both
        assert row.n_fully_dated <= row.n_first + row.n_second
        assert row.p_value >= row.smallest_p
        assert row.p_value <= row.p_adjusted <= 1
    row = pair(shipped, "economic", "control")
    assert (row.n_first, row.n_second, row.n_overlap, row.n_undated) == (13, 15, 6, 39)


# --- the whole -------------------------------------------------------------------------------


def test_the_shipped_sample_is_stored_and_framed(shipped):
    assert decode(CompositeClaims, encode(shipped)) == shipped
    frame = shipped.tidy()
    assert frame["term"].tolist() == list(shipped.terms)
    assert frame["conf_low_at_0.1"].notna().sum() == 2
    assert len(shipped.depth_frame()) == len(shipped.depth)
    assert len(shipped.links_frame()) == 4
    assert len(shipped.order_frame()) == 15
    assert str(shipped) == "Claims about combinations: 5 claims about all relationships"
    assert shipped.provenance.seed == 20062010


def test_order_and_names_change_nothing(shipped, study):
    sample = example_sample("simulated")
    rng = np.random.default_rng(3)
    tables = {
        name: sample.table(name).iloc[rng.permutation(sample.n(name))].reset_index(drop=True)
        for name in ("relationships", "codings")
    }
    moved = describe_composites(sample.replace_tables(tables), study)
    assert moved.claims == shipped.claims
    assert moved.order == shipped.order
    for one, other in zip(shipped.depth, moved.depth, strict=True):
        assert (one.stratum, one.n) == (other.stratum, other.n)
        assert one.mean_lower == pytest.approx(other.mean_lower)
    for one, other in zip(shipped.links, moved.links, strict=True):
        assert one.rho == pytest.approx(other.rho, abs=1e-12)
        assert (one.n, one.p_value) == (other.n, other.p_value)


def test_refusals(empty, build, study):
    none = describe_composites(empty, study)
    assert isinstance(none, Unavailable)
    assert "no relationship" in none.why
    undated = describe_composites(build(["a", "b"], [coding("r0", CONTROL)]), study)
    assert isinstance(undated.order, Unavailable)
    assert undated.order.why == "no record of a domain has a date"
    assert undated.order_frame().empty
    assert decode(CompositeClaims, encode(undated)) == undated
    silent = describe_composites(build(["a"], []), study)
    assert counts(silent, "control_and_intimidation") == (0, 0, 1)
    assert all(link.rho is None and link.why for link in silent.links)
