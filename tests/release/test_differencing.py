"""Two releases of one study: counts that changed by too few tell of those who came between."""

import dataclasses

import numpy as np
import pytest

from relatum.models.clusters import diagnose_clusters
from relatum.models.describe import describe_flow
from relatum.models.prevalence import estimate_prevalence
from relatum.release import compare_counts, judge_all, released_counts
from relatum.results import Unavailable
from relatum.samples import example_sample
from relatum.study import ReleaseException, read_study

STUDY = read_study()


@pytest.fixture(scope="module")
def sample():
    return example_sample("simulated")


def without(sample, relationships):
    """Return a sample before some relationships were added."""
    rows, coded = sample.table("relationships"), sample.table("codings")
    gone = coded["unit_id"].isin(relationships) & (coded["unit_type"] == "relationship")
    return sample.replace_tables(
        {
            "relationships": rows[~rows["relationship_id"].isin(relationships)],
            "codings": coded[~gone],
        }
    )


def let_out(sample, profile="chapter5"):
    own = {"prevalence": estimate_prevalence(sample, STUDY), "flow": describe_flow(sample, STUDY)}
    judged = judge_all(own, sample=sample, profile=profile)
    return released_counts({name: verdict.result for name, verdict in judged.items()})


@pytest.fixture(scope="module")
def now(sample):
    return let_out(sample)


@pytest.fixture(scope="module")
def before(sample):
    """What went out before the last relationship was added."""
    return let_out(without(sample, sample.unit_ids("relationship")[:1]))


def row(**counts):
    return {"prevalence": {"rows: term=a": counts}}


def tells(old, new, profile="chapter5", *exceptions):
    return compare_counts(old, new, profile=profile, exceptions=exceptions)


# --- by hand -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("profile", "change", "status"),
    [
        ("chapter5", 0, "pass"),
        ("chapter5", 1, "fail"),
        ("chapter5", -1, "fail"),
        ("chapter5", 4, "fail"),
        ("chapter5", 5, "pass"),
        ("acro10", 9, "fail"),
        ("acro10", 10, "pass"),
        ("cms11", 10, "fail"),
        ("cms11", 11, "pass"),
    ],
)
def test_changes_below_the_threshold_tell(profile, change, status):
    found = tells(row(n=40), row(n=40 + change), profile)
    assert found.status == status
    assert found.n_rows == 1


def test_a_rest_that_changed_by_too_few_is_found():
    # 20 were added; 18 of them have it, so 2 have it not.
    old = row(**{"n_units": 40, "n_present": 10, "n_units - n_present": 30})
    new = row(**{"n_units": 60, "n_present": 28, "n_units - n_present": 32})
    (found,) = tells(old, new).rows
    assert found.quantities == ("n_units - n_present",)


def test_counts_rounded_to_5_leave_room_for_many_changes():
    # 40 and 45 may stand for 42 and 43, and as well for 38 and 47.
    assert tells(row(n=40), row(n=45), "opensafely7").status == "pass"


def test_rows_of_one_release_only_are_not_compared():
    new = {"prevalence": {"rows: term=b": {"n": 41}}, "sizes": {"rows: term=a": {"n": 3}}}
    found = tells(row(n=40), new)
    assert (found.status, found.n_rows, found.rows) == ("pass", 0, ())


def test_the_data_owner_can_accept_it_for_one_result():
    def waiver(result, rule="differencing"):
        return ReleaseException(result=result, rule=rule, justification="Owner agreed.")

    old, new = row(n=40), row(n=41)
    for name in ("prevalence", "all"):
        found = tells(old, new, "chapter5", waiver(name))
        assert (found.status, found.rows[0].accepted) == ("pass", True)
    assert tells(old, new, "chapter5", waiver("sizes")).status == "fail"
    assert tells(old, new, "chapter5", waiver("all", "dominance")).status == "fail"


# --- a sample with one relationship more ---------------------------------------------------------


def test_one_relationship_more_is_found_in_every_row_of_relationships(before, now):
    found = tells(before, now)
    assert found.status == "fail"
    both = [
        name
        for name in before["prevalence"]
        if name in now["prevalence"] and "unit=relationship, population=all" in name
    ]
    assert len(both) > 10
    assert set(both) <= {r.row for r in found.rows if r.result == "prevalence"}
    (step,) = (r for r in found.rows if r.result == "flow")
    assert (step.row, step.quantities) == ("steps: step=relationship, unit=relationship", ("n",))


def test_the_same_sample_tells_nothing_new(now):
    found = tells(now, now)
    assert (found.status, found.rows) == ("pass", ())
    assert found.n_rows > 50


def test_enough_relationships_more_leave_the_flow_alone(sample, now):
    fewer = let_out(without(sample, sample.unit_ids("relationship")[:6]))
    assert not [r for r in tells(fewer, now).rows if r.result == "flow"]


def test_no_count_is_named(before, now):
    told = [q for r in tells(before, now).rows for q in (r.result, *r.quantities)]
    assert not any(letter.isdigit() for text in told for letter in text)


# --- names of rows -------------------------------------------------------------------------------


def test_names_do_not_depend_on_the_order_of_rows(sample):
    found = estimate_prevalence(sample, STUDY)
    order = np.random.default_rng(1).permutation(len(found.rows))
    mixed = dataclasses.replace(found, rows=tuple(found.rows[at] for at in order))
    assert released_counts({"p": mixed}) == released_counts({"p": found})


def test_a_verdict_is_no_part_of_a_name(sample):
    found = estimate_prevalence(sample, STUDY)
    changed = tuple(dataclasses.replace(r, only_bounds=not r.only_bounds) for r in found.rows)
    other = dataclasses.replace(found, rows=changed)
    assert released_counts({"p": other}) == released_counts({"p": found})


def test_rows_in_rows_are_named_by_both(sample):
    counts = released_counts({"c": diagnose_clusters(sample, STUDY)})["c"]
    inner = [name for name in counts if name.startswith("rows.classes: ")]
    assert len(inner) == len(set(inner)) > 2
    assert all("unit=" in name and "low=" in name for name in inner)
    assert not any(name.endswith("(2)") for name in counts)


def test_what_did_not_go_out_holds_no_counts():
    gone = Unavailable(what="sizes", why="withheld")
    assert released_counts({"sizes": gone}) == {"sizes": {}}
