"""Pairs of two populations: declared prevalence and correlation, scenarios, marks, sources."""

import csv
import json
import math
import os
import subprocess
import sys

import numpy as np
import pytest

from relatum.errors import SchemaError
from relatum.samples import check_sample, example_sample, read_sample, shipped_path, status_frame
from relatum.samples.simulation import (
    POPULATIONS,
    SCENARIOS,
    load_assumptions,
    pair_assumptions,
    simulate_pair,
    write_pair,
    write_population,
)
from relatum.samples.simulation.assumptions import Assumptions
from relatum.samples.simulation.dv_assumptions import layered
from relatum.samples.simulation.dv_items import draw_pair_items
from relatum.samples.simulation.dv_structure import draw_pair_structure, size_shares
from relatum.samples.simulation.items import draw_setting
from relatum.schema import load_schema, schema_path

CONTRAST = {"dv_no_witness": -1, "trf_third_party": 1, "trf_concurrency": 1, "trf_exit_fee": 1}
SHARES = (
    "rel_cohabiting",
    "dom_intimidation",
    "dom_isolation",
    "dv_or_else",
    "dv_movement_speech",
    "composite_control_intimidation_violence",
    "dv_dependency",
    "dv_affection",
    "rel_post_separation_abuse",
    "dv_offender_dependence",
    "dv_adaptation",
    "dv_redefinition",
    "dv_self_blame",
    "dv_hope",
)
APART = ("rel_cohabiting", "dom_isolation", "dv_movement_speech", "dv_dependency", "dv_affection")
APART += ("dv_redefinition", "dv_self_blame")
OF_WORK = ("eco_hand_over_earnings", "eco_cash_collection", "ctl_escort_to_work")
OF_WORK += ("rule_minimum_earnings", "rule_working_hours", "tactic_induced_sex_work")
# Of a normal deviate; some 200 comparisons are made, seeds are fixed.
FAR = 4.0


@pytest.fixture(scope="module")
def pairs():
    sizes = {"holds": 70, "differs": 40, "cannot_tell": 12}
    return {s: simulate_pair(scenario=s, seed=8, n_cases=n) for s, n in sizes.items()}


def sides(pair):
    return {"trafficking": pair.trafficking, "domestic_violence": pair.domestic_violence}


def shares(sample, names):
    """Return the documented share of each code and its error, clustered by case."""
    frame = status_frame(sample, list(names)).astype(str)
    case = sample.table("relationships")["case_id"].astype("category").cat.codes.to_numpy()
    found = {}
    for name in names:
        known = (frame[name] != "not_documented").to_numpy()
        present = (frame[name] == "present").to_numpy()[known].astype(float)
        sums = np.bincount(case[known], present - present.mean())
        found[name] = present.mean(), math.sqrt(float((sums**2).sum())) / len(present)
    return found


def true_items(population, *, scenario="holds", n_cases=1500, seed=5):
    """Draw only the true states of many cases."""
    declared, rng = pair_assumptions(scenario, population), np.random.default_rng(seed)
    structure = draw_pair_structure(rng, declared, n_cases=n_cases)
    case = structure.pair_case
    setting = draw_setting(
        rng,
        declared,
        case=case,
        woman=structure.pair_victim,
        focus=np.zeros(n_cases, dtype=bool),
    )
    book = load_schema().codebook
    never = np.zeros(len(case), dtype=bool)
    items = draw_pair_items(rng, declared, book, setting, tried=never)
    return declared, book, case, items


# --- what is declared is what is drawn -----------------------------------------------------------


@pytest.mark.parametrize("population", POPULATIONS)
def test_every_item_has_its_declared_prevalence(population):
    declared, book, case, items = true_items(population)
    given = declared.under("given")
    drawn = {name: states.mean() for name, states in items.true.items()}
    compared = 0
    for name, parameters in declared.under("prevalence").items():
        if name not in items.true or name in given:
            continue
        whole = items.true[book[name].parent[0]] if book[name].parent else np.ones(len(case), bool)
        states = items.true[name][whole]
        sums = np.bincount(case[whole], states - states.mean())
        error = math.sqrt(float((sums**2).sum())) / len(states)
        assert abs(states.mean() - parameters["p"]) <= FAR * error, name
        compared += 1
    assert compared > 70
    for name, beside in given.items():
        other, chance = next(iter(beside.items()))
        assert not (items.true[name] & ~items.true[other]).any()
        assert drawn[name] == pytest.approx(chance * drawn[other], abs=0.035)


@pytest.mark.parametrize("population", POPULATIONS)
def test_reasons_at_contacts_have_their_declared_prevalence(pairs, population):
    sample = sides(pairs["holds"])[population]
    codings = sample.table("codings").query("unit_type == 'contact'")
    declared = pair_assumptions("holds", population).under("prevalence")
    n = sample.n("police_contacts")
    for name, parameters in declared.items():
        if sample.schema.codebook[name].unit != "contact":
            continue
        p, rows = parameters["p"], codings[codings["code"] == name]
        error = math.sqrt(p * (1 - p) / n)
        assert abs((rows["status"] == "present").sum() / n - p) <= FAR * error + 0.01, name


@pytest.mark.parametrize("population", POPULATIONS)
def test_the_declared_intraclass_correlation_is_found(population):
    declared, _, case, items = true_items(population, n_cases=4000, seed=7)
    halves = [n for n, p in declared.under("prevalence").items() if p["p"] == 0.5]
    halves = [name for name in halves if name in items.true]
    halves = [n for n in halves if n not in ("eco_savings_gone", "cop_love_acceptance")]
    sizes = np.bincount(case)
    found = []
    for name in halves:
        if abs(items.true[name].mean() - 0.5) > 0.05:  # a part of a whole
            continue
        centred = items.true[name] - 0.5
        sums = np.bincount(case, centred)
        joint = (sums**2 - np.bincount(case, centred**2)).sum() / (sizes * (sizes - 1)).sum()
        found.append(joint / 0.25)
    assert len(found) >= 5
    # The error of one is about .015; what the items share keeps the mean from being surer.
    assert np.mean(found) == pytest.approx(declared.value("effects.case", "icc"), abs=0.02)


def test_sizes_are_capped_and_small_files_are_typical_of_domestic_violence():
    means = {}
    for population in POPULATIONS:
        chances = size_shares(pair_assumptions("holds", population))
        assert len(chances) == 8
        means[population] = float(chances @ np.arange(1, 9))
    assert 1 <= means["domestic_violence"] <= 3 < means["trafficking"]


def test_domains_agree_with_their_codes():
    _, book, _, items = true_items("domestic_violence", n_cases=300)
    for domain in book.select(entity="domain"):
        codes = [c.id for c in book.select(entity="tactic", domain=domain.domain)]
        states = np.stack([items.true[name] for name in codes if name in items.true], axis=1)
        assert np.array_equal(items.true[domain.id], states.any(axis=1))


# --- the scenarios -------------------------------------------------------------------------------


def test_where_the_parallel_holds_only_contrast_rows_differ(pairs):
    found = {name: shares(sample, SHARES) for name, sample in sides(pairs["holds"]).items()}
    for row in SHARES:
        (a, error_a), (b, error_b) = (found[name][row] for name in POPULATIONS)
        assert abs(a - b) <= FAR * math.hypot(error_a, error_b), row
    contrasts = {name: shares(sample, CONTRAST) for name, sample in sides(pairs["holds"]).items()}
    for row, sign in CONTRAST.items():
        gap = contrasts["trafficking"][row][0] - contrasts["domestic_violence"][row][0]
        assert sign * gap > 0.15, row


def test_files_say_nearly_everything_where_the_parallel_holds_or_fails(pairs):
    for scenario in ("holds", "differs"):
        for sample in sides(pairs[scenario]).values():
            frame = status_frame(sample, [*SHARES[:8], *CONTRAST]).astype(str)
            assert ((frame == "not_documented").mean() < 0.03).all()
    for sample in sides(pairs["cannot_tell"]).values():
        frame = status_frame(sample, SHARES).astype(str)
        assert (frame == "not_documented").mean().mean() > 0.15


def test_where_it_fails_several_rows_lie_far_apart(pairs):
    found = {name: shares(sample, APART) for name, sample in sides(pairs["differs"]).items()}
    for row in APART:
        gap = abs(found["trafficking"][row][0] - found["domestic_violence"][row][0])
        assert gap >= 0.3, row


def test_words_of_the_work_are_no_finding_in_domestic_violence(pairs):
    for pair in pairs.values():
        codings = pair.domestic_violence.table("codings")
        shown = set(codings.loc[codings["status"] == "present", "code"])
        assert not shown & set(OF_WORK)
    shown = pairs["holds"].trafficking.table("codings").query("status == 'present'")
    assert set(OF_WORK) <= set(shown["code"])


def test_weekly_control_does_not_depend_on_the_number_of_codes(pairs):
    # Control, rules and money collected share one frequency per relationship.
    for sample in sides(pairs["holds"]).values():
        codings = sample.table("codings").query("status == 'present'")
        mine = codings[codings["code"].str.startswith(("ctl_", "rule_"))]
        assert (mine.groupby("unit_id")["intensity"].nunique() == 1).all()


def test_a_report_is_followed_for_180_days_where_the_parallel_holds(pairs):
    for sample in sides(pairs["holds"]).values():
        reports = sample.table("reports").merge(sample.table("victims")[["victim_id", "case_id"]])
        ends = reports.merge(sample.table("cases")[["case_id", "case_end"]])
        assert ((ends["case_end"] - ends["report_date_upper"]).dt.days >= 180).all()
        assert len(reports) >= 60


# --- marks, files, seeds -------------------------------------------------------------------------


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_both_samples_pass_the_check_and_survive_writing(tmp_path, scenario):
    pair = simulate_pair(scenario=scenario, seed=4, n_cases=10)
    for name, folder in zip(POPULATIONS, write_pair(pair, tmp_path / "pair"), strict=True):
        assert folder.name == name
        assert check_sample(folder) == ()
        again = read_sample(folder)
        assert again.fingerprint == pair.manifest.fingerprints[name]
        assert again.simulated
        assert all(frame["simulated"].eq(True).all() for frame in again.tables.values())
        assert set(again.table("relationships")["population"].astype(str)) == {name}
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        assert manifest["simulated"] is True
        assert (manifest["scenario"], manifest["cases"]) == (scenario, again.n("cases"))
        assert "Not drawn within the chapter's counts" in manifest["chapter"]


@pytest.mark.parametrize("seed", range(6))
def test_two_cases_suffice_though_there_may_be_no_event(seed, tmp_path):
    pair = simulate_pair(scenario="cannot_tell", seed=seed, n_cases=2)
    folder = write_population(pair, "domestic_violence", tmp_path / "dv")
    assert check_sample(folder) == ()


def test_a_seed_gives_one_pair_in_every_process(pairs):
    code = (
        "from relatum.samples.simulation import simulate_pair;"
        "pair = simulate_pair(scenario='cannot_tell', seed=8, n_cases=12);"
        "print(*pair.manifest.fingerprints.values())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "12345", "TZ": "Pacific/Kiritimati"}
    found = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    prints = pairs["cannot_tell"].manifest.fingerprints
    assert found.stdout.split() == list(prints.values())
    assert prints["trafficking"] != prints["domestic_violence"]
    other = simulate_pair(scenario="cannot_tell", seed=9)
    assert not set(other.manifest.fingerprints.values()) & set(prints.values())


def test_the_shipped_sample_is_this_draw():
    pair = simulate_pair(scenario="cannot_tell", seed=20062010)
    shipped = example_sample("simulated_dv")
    assert shipped.fingerprint == pair.domestic_violence.fingerprint
    text = (shipped_path("simulated_dv") / "manifest.json").read_text(encoding="utf-8")
    assert text == pair.manifest.to_json("domestic_violence")


# --- what is assumed -----------------------------------------------------------------------------


def test_figures_of_benchmarks_agree_with_the_registry():
    with (schema_path() / "benchmarks.csv").open(encoding="utf-8", newline="") as handle:
        published = {row["id"]: row for row in csv.DictReader(handle)}
    declared = pair_assumptions("holds", "domestic_violence")
    value = {name: float(row["estimate"] or "nan") for name, row in published.items()}
    named = simulate_pair(scenario="holds", seed=1, n_cases=2).manifest.sources
    for ids in named.values():
        for name in ids.split(";"):
            assert published[name]["role"] == "comparator"
            assert published[name]["certainty"].startswith("verified")
    assert set(named) == {
        "events.attempts",
        "events.ended_by_victim",
        "events.report",
        "events.retraction",
        "prevalence.eco_allowance",
    }
    assert declared.value("events.retraction") == value["B40"]
    assert declared.value("events.report") == value["B06a"]
    assert declared.value("prevalence.eco_allowance") == value["B10"]
    ended = 1 - math.exp(-12 * declared.value("events.ended_by_victim", "rate"))
    assert ended == pytest.approx(value["B22"], abs=0.005)
    tried = 12 * declared.value("events.attempts", "rate")
    assert tried == pytest.approx(value["B23a"] * value["B23b"], abs=0.05)


def test_the_narrower_layer_wins_and_silence_keeps_the_ratio_of_what_is_known():
    assert pair_assumptions("differs", "trafficking").value("events.retraction") == 0.15
    assert pair_assumptions("differs", "domestic_violence").value("events.retraction") == 0.5
    thin = pair_assumptions("cannot_tell", "trafficking").under("column")["rel_persisted"]
    full = pair_assumptions("holds", "trafficking").under("column")["rel_persisted"]
    assert thin == load_assumptions().under("column")["rel_persisted"]
    assert full["present"] / full["absent"] == pytest.approx(thin["present"] / thin["absent"])
    assert 1 - sum(full.values()) == pytest.approx(0.003 * (1 - sum(thin.values())))


def test_a_layer_that_is_none_is_refused():
    entry = load_assumptions().entries["events.retraction"]
    for name in ("hold/events.retraction", "trafficking/holds/events.retraction"):
        with pytest.raises(SchemaError, match="starts with a scenario"):
            layered(Assumptions({name: entry}), "holds", "trafficking")


def test_faults_of_a_call_are_listed_together():
    with pytest.raises(ValueError, match="scenario must be one of holds, differs, cannot_tell"):
        simulate_pair(scenario="maybe", seed=1)
    with pytest.raises(ValueError, match=r"seed must not be negative.*n_cases must be at least 2"):
        simulate_pair(scenario="holds", seed=-1, n_cases=1)
    with pytest.raises(ValueError, match=r"scenario must be.*population must be"):
        pair_assumptions("maybe", "men")
