"""Reading a plan: every fault at once, with where, what is allowed, and the near match."""

import pytest

from relatum.errors import PlanError
from relatum.study import CooccurrencePlan, ReportingPlan, RetractionPlan, read_study

HEAD = 'name = "mine"\nsample = "shipped:simulated"\n'


def faults(tmp_path, text):
    path = tmp_path / "study.toml"
    path.write_text(HEAD + text, encoding="utf-8")
    with pytest.raises(PlanError) as caught:
        read_study(path)
    return {(issue.field, issue.rule): issue for issue in caught.value.issues}


def test_the_shipped_plan_states_the_defaults_of_the_package():
    plan = read_study()
    assert plan.cooccurrence == CooccurrencePlan()
    assert plan.reporting == ReportingPlan()
    assert plan.retraction == RetractionPlan()


def test_every_wrong_value_of_reporting_and_retraction_is_named(tmp_path):
    found = faults(
        tmp_path,
        "[reporting]\nhorizon = 0\nconf_level = 1.0\nmin_at_risk = 0\n"
        "[retraction]\nhorizons = [90, 30]\nconf_level = 0\nmin_at_risk = 0\n"
        'covariates = ["a", "b", "c"]\ncontact_lag = -1\nweight_limits = [0.9, 0.1]\n',
    )
    reporting = {("reporting", key) for key in ("horizon", "conf_level", "min_at_risk")}
    keys = ("horizons", "conf_level", "min_at_risk", "covariates", "contact_lag", "weight_limits")
    expected = reporting | {("retraction", key) for key in keys}
    assert set(found) == {(f"{part}.{key}", "out_of_range") for part, key in expected}


def test_every_wrong_value_of_the_pairs_is_named(tmp_path):
    found = faults(
        tmp_path,
        "[cooccurrence]\ndraws = 10\nconf_level = 1.0\nfalse_discovery_rate = 0\n"
        'depth = "pages"\nodds_ratios = [1.0, 3.0]\n',
    )
    assert set(found) == {
        ("cooccurrence.draws", "out_of_range"),
        ("cooccurrence.conf_level", "out_of_range"),
        ("cooccurrence.false_discovery_rate", "out_of_range"),
        ("cooccurrence.depth", "unknown_value"),
        ("cooccurrence.odds_ratios", "out_of_range"),
    }
    assert found["cooccurrence.depth", "unknown_value"].allowed == ("thirds", "statement", "both")


def test_an_unknown_key_has_its_nearest(tmp_path):
    found = faults(tmp_path, "[cooccurrence]\ndraw = 1000\n")
    assert found["cooccurrence.draw", "unknown_key"].near == "draws"


def test_gates_of_profiles_can_be_overridden_with_a_reason(tmp_path):
    path = tmp_path / "study.toml"
    text = '[gates.latent_classes]\noverride = true\nreason = "A method paper."\n'
    path.write_text(HEAD + text, encoding="utf-8")
    assert read_study(path).gates["latent_classes"].override
    assert ("gates.tactic_network.reason", "missing_reason") in faults(
        tmp_path, '[gates.tactic_network]\noverride = true\nreason = ""\n'
    )


def test_every_part_of_the_plan_changes_its_hash(tmp_path):
    path = tmp_path / "study.toml"
    hashes = set()
    for text in ("", "[cooccurrence]\ndraws = 2000\n", '[cooccurrence]\ndepth = "both"\n'):
        path.write_text(HEAD + text, encoding="utf-8")
        hashes.add(read_study(path).hash)
    assert len(hashes) == 3
