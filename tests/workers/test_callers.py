"""Those who share out work give the numbers of one worker, in threads and from a checkpoint."""

import dataclasses
from types import MappingProxyType

import joblib
import pytest

from relatum.models.estimates import estimate_prevalence_intervals
from relatum.models.multiverse import run_multiverse
from relatum.samples.simulation import load_assumptions, simulate_ensemble, simulate_sample
from relatum.study import read_study
from relatum.workers.checkpoint import describe_work
from relatum.workers.pieces import Calls

TERMS = ("vio_physical", "ctl_phone_checks", "int_threat_return")


@pytest.fixture(scope="module")
def simulated():
    return simulate_sample(seed=4)


def test_estimates_and_choices_in_threads_are_those_of_one_worker(simulated):
    study = read_study()
    plan = dataclasses.replace(study.multiverse, axes=study.multiverse.axes[:2])
    study = dataclasses.replace(study, multiverse=plan)

    def found():
        shares = estimate_prevalence_intervals(simulated.sample, study, terms=TERMS)
        return repr(shares.rows), repr(run_multiverse(simulated.sample, study, terms=TERMS).terms)

    alone = found()
    with joblib.parallel_config(backend="threading", n_jobs=2):
        assert found() == alone


def test_samples_and_plans_are_known_by_their_own_hash(simulated):
    def of(*arguments):
        work = Calls(function=simulate_sample, tasks=[arguments])
        return describe_work(work, 1).arguments

    assert of(simulated.sample, read_study()) == of(simulate_sample(seed=4).sample, read_study())
    assert of(simulated.sample) != of(simulate_sample(seed=5).sample)
    assert of(load_assumptions()) == of(load_assumptions()) != of(None)
    assert of(MappingProxyType({"a": 1})) != of(MappingProxyType({"a": 2}))


def test_draws_left_half_way_are_taken_up(simulated, tmp_path):
    kept = tmp_path / "kept"
    begun = simulate_ensemble(seed=4, draws=3, checkpoint=kept)
    assert next(begun).manifest.to_json() == simulated.manifest.to_json()
    begun.close()
    piece = kept / "000000.piece"
    assert piece.exists()
    told = []
    found = list(simulate_ensemble(seed=4, draws=3, checkpoint=kept, on_draw=told.append))
    assert told == [1, 2, 3]
    assert not kept.exists()
    assert [one.manifest.draw for one in found] == [0, 1, 2]
    assert found[0].manifest == simulated.manifest
    assert found[0].sample.fingerprint == simulated.sample.fingerprint
    assert found[2].manifest == simulate_sample(seed=4, draw=2).manifest
