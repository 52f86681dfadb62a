"""Nothing leaves without a profile that lets it out."""

import dataclasses
import json

import pandas as pd
import pytest

from relatum.errors import ReleaseError, SchemaError
from relatum.models.describe import describe_flow
from relatum.models.documentation import list_documentation
from relatum.models.prevalence import estimate_prevalence
from relatum.models.timeline import trace_timeline
from relatum.release import read_released, release, release_all, write_released
from relatum.results import Unavailable
from relatum.samples import Sample, SampleInfo, example_sample
from relatum.study import read_study

STUDY = read_study()


def make(origin, *, mark=True, name="s"):
    info = SampleInfo(name=name, title=name, origin=origin, schema_version="1.0.0")
    cases = pd.DataFrame({"case_id": ["c1", "c2"], "simulated": [True, mark]})
    cases["case_list_source"] = "included"
    return Sample(info=info, tables={"cases": cases})


@pytest.fixture(scope="module")
def anna():
    return example_sample("anna")


def test_simulated_samples_pass_with_evidence():
    sample = make("simulated")
    found = release(describe_flow(sample, STUDY), sample=sample, profile="none")
    assert found.simulated
    assert [e.rule for e in found.evidence] == ["source", "simulated"]
    assert "2 rows" in found.evidence[1].finding


@pytest.mark.parametrize(
    ("sample", "why"),
    [
        (make("collected"), "not simulated"),
        (make("published"), "not simulated"),
        (make("simulated", mark=False), "without the mark 'simulated' in: cases"),
        (make("simulated", mark=None), "without the mark 'simulated' in: cases"),
    ],
)
def test_profile_none_wants_origin_and_every_mark(sample, why):
    with pytest.raises(ReleaseError, match=why) as caught:
        release(describe_flow(sample, STUDY), sample=sample, profile="none")
    assert caught.value.exit_code == 15


@pytest.mark.parametrize("profile", ["none", "published"])
def test_a_result_of_another_sample_is_refused(profile, anna):
    secret, cover = make("collected"), make("simulated")
    result = describe_flow(secret, STUDY)
    with pytest.raises(ReleaseError, match=r"sample at hand|published material"):
        release(result, sample=cover if profile == "none" else anna, profile=profile)


def test_a_sample_that_only_says_it_is_published_is_refused():
    sample = make("published", name="anna")
    with pytest.raises(ReleaseError, match="published material"):
        release(describe_flow(sample, STUDY), sample=sample, profile="published")


def test_the_narrated_case_is_public(anna):
    timeline = trace_timeline(anna, STUDY)
    assert release(timeline, sample=anna, profile="published").profile == "published"
    matrix = list_documentation(anna, STUDY)
    with pytest.raises(ReleaseError, match="single rows"):
        release(matrix, sample=anna, profile="published")


def test_a_changed_copy_of_the_narrated_case_is_not_public(anna):
    table = anna.table("victims")
    table["victim_age"] = pd.Series([30], dtype="Int64")
    changed = anna.replace_tables({"victims": table})
    with pytest.raises(ReleaseError, match="published material"):
        release(trace_timeline(changed, STUDY), sample=changed, profile="published")


def test_results_without_provenance_are_refused():
    bare = Unavailable(what="a", why="b")
    for profile in ("none", "published"):
        with pytest.raises(ReleaseError):
            release(bare, sample=make("simulated"), profile=profile)


def test_unknown_profiles_are_named():
    with pytest.raises(ReleaseError, match="Allowed: none, published"):
        release(Unavailable(what="a", why="b"), sample=make("simulated"), profile="open")


def test_together_public_results_go_out_beside_simulated_ones(anna):
    sample = make("simulated")
    results = {"flow": describe_flow(sample, STUDY), "timeline": trace_timeline(anna, STUDY)}
    found = release_all(results, sample=sample, profile="none")
    assert {name: item.profile for name, item in found.items()} == {
        "flow": "none",
        "timeline": "published",
    }


def test_together_every_refusal_is_listed(anna):
    sample = make("collected")
    results = {
        "flow": describe_flow(sample, STUDY),
        "prevalence": estimate_prevalence(sample, STUDY),
        "timeline": trace_timeline(anna, STUDY),
    }
    for profile in ("none", "published"):
        with pytest.raises(ReleaseError, match="2 of 3") as caught:
            release_all(results, sample=sample, profile=profile)
        assert [issue.table for issue in caught.value.issues] == ["flow", "prevalence"]


def test_rows_of_the_narrated_case_are_withheld_together(anna):
    results = {"matrix": list_documentation(anna, STUDY)}
    found = release_all(results, sample=anna, profile="published")["matrix"]
    assert isinstance(found.result, Unavailable)
    assert "single rows" in found.result.why


def released():
    sample = make("simulated")
    return release_all({"flow": describe_flow(sample, STUDY)}, sample=sample, profile="none")


def test_released_results_come_back(tmp_path):
    write_released(released(), tmp_path / "results")
    assert dict(read_released(tmp_path / "results")) == dict(released())


def test_a_result_changed_after_its_release_is_refused(tmp_path):
    write_released(released(), tmp_path / "results")
    path = tmp_path / "results" / "flow.json"
    raw = json.loads(path.read_text(encoding="utf-8"))
    raw["result"]["steps"][0]["n"] = 99
    path.write_text(json.dumps(raw), encoding="utf-8")
    with pytest.raises(ReleaseError, match="not the one that was released"):
        read_released(tmp_path / "results")


def test_results_that_were_never_released_are_refused(tmp_path):
    write_released(released(), tmp_path / "results")
    (tmp_path / "results" / "release.json").unlink()
    with pytest.raises(SchemaError, match="how its results were released"):
        read_released(tmp_path / "results")


def test_released_is_frozen():
    item = released()["flow"]
    with pytest.raises(dataclasses.FrozenInstanceError):
        item.profile = "published"


def test_the_published_figures_are_public_and_those_of_a_user_are_not(anna):
    from relatum.models.audit import audit_published
    from relatum.schema.facts import Facts, load_facts

    sample = make("simulated")
    public = release_all({"a": audit_published()}, sample=sample, profile="none")
    assert public["a"].profile == "published"
    first, *others = load_facts().values()
    some = Facts((dataclasses.replace(first, note="mine"), *others))
    with pytest.raises(ReleaseError, match="1 of 1"):
        release_all({"a": audit_published(some)}, sample=sample, profile="published")


def test_open_data_are_public_and_a_changed_cell_is_not():
    from relatum.models.open_data import load_recidivism
    from relatum.models.time_records import TimeColumns, time_records
    from relatum.release import is_public
    from relatum.results.base import Provenance

    def source(records):
        return Provenance(
            relatum_version="0",
            schema_version="",
            sample_name=records.name,
            sample_fingerprint=records.fingerprint,
            sample_origin=records.origin,
        )

    known = load_recidivism()
    assert is_public(source(known))
    frame = pd.DataFrame(known.covariates, columns=known.covariate_names)
    frame = frame.assign(week=known.time, arrest=known.cause, fin=known.group)
    columns = TimeColumns(
        exit="week", event="arrest", group="fin", covariates=known.covariate_names
    )
    again = time_records(frame, columns, name=known.name, origin="published")
    assert is_public(source(again))
    frame.loc[7, "age"] += 1
    changed = time_records(frame, columns, name=known.name, origin="published")
    assert not is_public(source(changed))
