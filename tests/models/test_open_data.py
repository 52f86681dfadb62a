"""Open data: known numbers, and a file that is not the known one."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from relatum.errors import ImportFailedError, UsageError
from relatum.models import open_data
from relatum.models.familiar_times import describe_times
from relatum.models.open_data import load_recidivism, open_times
from relatum.models.time_records import TimeColumns, time_records
from relatum.release import release_all
from relatum.study import read_study

STUDY = read_study()


@pytest.fixture(scope="module")
def recidivism():
    return open_times("recidivism", STUDY)


def rossi():
    from lifelines.datasets import load_rossi

    return load_rossi()


def test_cox_is_that_of_the_published_example():
    # J. Fox and S. Weisberg, Cox Proportional-Hazards Regression (appendix to An R Companion to
    # Applied Regression): coefficients and errors, printed to five decimals
    published = {
        "fin": (-0.37942, 0.19138),
        "age": (-0.05744, 0.02200),
        "race": (0.31390, 0.30799),
        "wexp": (-0.14980, 0.21222),
        "mar": (-0.43370, 0.38187),
        "paro": (-0.08487, 0.19576),
        "prio": (0.09150, 0.02865),
    }
    columns = TimeColumns(exit="week", event="arrest", covariates=tuple(published))
    cox = describe_times(time_records(rossi(), columns), horizon=52).model("cox")
    for term in cox.terms:
        coef, error = published[term.term]
        assert np.log(term.ratio) == pytest.approx(coef, abs=5e-6)
        assert term.std_error == pytest.approx(error, abs=5e-6)
    assert cox.concordance == pytest.approx(0.640, abs=5e-4)


def test_groups_of_the_experiment(recidivism):
    none, aid = recidivism.groups
    assert (none.label, aid.label) == ("No financial aid", "Financial aid")
    assert (none.n_records, aid.n_records) == (216, 216)
    assert (none.n_events, aid.n_events) == (66, 48)
    assert none.median is None
    assert (none.steps[-1].time, none.steps[-1].estimate) == (52, pytest.approx(1 - 66 / 216))
    assert [(mark.time, mark.n) for mark in aid.at_risk] == [
        (0, 216),
        (13, 207),
        (26, 194),
        (39, 182),
        (52, 168),
    ]
    # everybody is followed to the end, so that the mean is that of the shorter of week and 52
    frame = rossi()
    weeks = frame.loc[frame["fin"] == 1, "week"]
    assert aid.restricted_mean == pytest.approx(weeks.mean())


def test_all_models_stand_side_by_side(recidivism):
    names = [model.model for model in recidivism.models]
    assert names == [
        "cox",
        "cox_firth",
        "weibull",
        "log_logistic",
        "discrete_cloglog",
        "piecewise_rate",
    ]
    assert recidivism.refused == ()
    aid = {model.model: model.terms[0] for model in recidivism.models}
    assert {term.term for term in aid.values()} == {"fin"}
    # hazards that are constant in quarters, and quarters as periods, say nearly what Cox says
    for name in ("cox_firth", "discrete_cloglog", "piecewise_rate"):
        assert aid[name].ratio == pytest.approx(aid["cox"].ratio, rel=0.01)
        assert aid[name].p_value == pytest.approx(aid["cox"].p_value, abs=0.003)
    assert aid["weibull"].ratio > 1


def test_race_is_left_out_and_the_data_are_named(recidivism):
    assert "race" not in {term.term for model in recidivism.models for term in model.terms}
    codes = {note.code for note in recidivism.notes}
    assert {"race_left_out", "not_like_the_chapter", "real_data", "rate"} <= codes
    assert "Money, Work, and Crime" in recidivism.attribution
    source = recidivism.provenance
    assert (source.sample_origin, source.simulated) == ("published", False)
    assert source.sample_name == "recidivism (Rossi, Berk and Lenihan 1980)"
    assert source.study_hash == STUDY.hash


def test_it_goes_out_as_published(recidivism):
    from relatum.samples import example_sample

    sample = example_sample("simulated")
    found = release_all({"recidivism": recidivism}, sample=sample, profile="none")
    assert found["recidivism"].profile == "published"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda frame: frame.iloc[:-1], "431 rows"),
        (lambda frame: frame.rename(columns={"fin": "aid"}), "columns are week, arrest, aid"),
        (lambda frame: frame.assign(arrest=1), "there are 432 arrests"),
    ],
)
def test_another_file_is_refused(monkeypatch, tmp_path, change, why):
    folder = tmp_path / "datasets"
    folder.mkdir()
    change(rossi()).to_csv(folder / "rossi.csv", index=False)
    place = SimpleNamespace(submodule_search_locations=[str(tmp_path)])
    monkeypatch.setattr(open_data, "find_spec", lambda _: place)
    with pytest.raises(ImportFailedError, match=why):
        load_recidivism()


def test_a_library_without_the_file_is_told(monkeypatch, tmp_path):
    place = SimpleNamespace(submodule_search_locations=[str(tmp_path)])
    for found in (place, None):
        monkeypatch.setattr(open_data, "find_spec", lambda _, found=found: found)
        with pytest.raises(ImportFailedError, match=r"rossi\.csv"):
            load_recidivism()


def test_the_file_is_read_as_the_library_reads_it():
    records, frame = load_recidivism(), rossi()
    assert records.time.tolist() == frame["week"].tolist()
    assert (records.cause > 0).tolist() == (frame["arrest"] == 1).tolist()


def test_data_without_events_stay_unavailable(monkeypatch):
    records = load_recidivism()
    silent = replace(records, cause=0 * records.cause)
    monkeypatch.setattr(open_data, "load_recidivism", lambda: silent)
    assert "no event" in open_times("recidivism", STUDY).why


def test_unknown_names_are_answered():
    with pytest.raises(UsageError, match="Did you mean 'recidivism'"):
        open_times("recidivsm", STUDY)
