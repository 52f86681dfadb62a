"""Strict profiles: small counts are withheld, and so is what would give them away."""

import dataclasses
import json

import pytest
import typer
from typer.testing import CliRunner

from relatum.cli.release import register
from relatum.errors import ReleaseError
from relatum.models.describe import describe_circumstances, describe_flow
from relatum.models.documentation import describe_documentation, list_documentation
from relatum.models.prevalence import estimate_prevalence
from relatum.release import RULES, attack, judge_all, release, release_all
from relatum.release.curves import kept_steps
from relatum.release.declared import NOT_JUDGED, SHAPES
from relatum.release.linear import Relation, ranges, too_narrow
from relatum.release.reasons import speaks_of_numbers
from relatum.release.shapes import Curve, at, rows_of
from relatum.results import Unavailable
from relatum.results.base import Note, Provenance
from relatum.results.distributions import Distribution, LevelCount
from relatum.results.escape_curves import CurvePoint
from relatum.results.flow import Flow, FlowStep
from relatum.results.prevalence import Prevalence, PrevalenceRow
from relatum.results.store import result_types
from relatum.samples import example_sample
from relatum.study import ReleaseException, read_study
from relatum.study.plans import Study

STUDY = read_study()


@pytest.fixture(scope="module")
def sample():
    return example_sample("simulated")


def test_attempts_by_stretch_of_time_stay_in():
    shape = SHAPES["escape_rate"]
    assert shape.empty == ("pieces",)
    assert "pieces" not in shape.rows


def test_steps_of_a_flow_that_lie_close_are_withheld(sample):
    steps = [
        FlowStep(step=f"{unit}{n}", label="", unit=unit, n=n, n_left_out=None, reason="")
        for unit, n in (("step back", 24), ("step back", 23), ("report", 22))
    ]
    flow = Flow(steps=tuple(steps), notes=(), provenance=source(sample))
    (verdict,) = judge_all({"flow": flow}, sample=sample, profile="chapter5").values()
    assert [step.n for step in verdict.result.steps] == [24, 22]


def source(sample):
    return Provenance(
        relatum_version="0",
        schema_version="0",
        sample_name="s",
        sample_fingerprint=sample.fingerprint,
        sample_origin=sample.info.origin,
    )


def levels(counts, sample, *, unknown=0):
    rows = [
        LevelCount(
            variable="colour",
            label="Colour",
            unit="victim",
            level=f"level {at}",
            level_label=f"level {at}",
            n=n,
            n_units=sum(counts) + unknown,
            n_documented=sum(counts),
            n_undocumented=unknown,
        )
        for at, n in enumerate(counts)
    ]
    return Distribution(title="Colours", levels=tuple(rows), provenance=source(sample))


def status(sample, present, absent, silent, *, notes=()):
    n = present + absent + silent
    row = PrevalenceRow(
        term="made_up",
        label="Made up",
        entity="tactic",
        domain="rules",
        unit="relationship",
        population="all relationships",
        n_units=n,
        n_present=present,
        n_absent=absent,
        n_undocumented=silent,
        n_not_applicable=0,
        documented_share=(present + absent) / n,
        lower=present / n,
        upper=(present + silent) / n,
        width=silent / n,
        only_bounds=False,
        leaves_confirmatory=False,
    )
    return Prevalence(
        title="One",
        rows=(row,),
        min_documented_share=0.6,
        max_width=0.4,
        notes=notes,
        provenance=source(sample),
    )


def judge(result, sample, profile="chapter5", *exceptions):
    return judge_all({"r": result}, sample=sample, profile=profile, exceptions=exceptions)["r"]


# --- by hand -------------------------------------------------------------------------------------


def test_a_single_small_level_takes_the_next_smallest_with_it(sample):
    found = judge(levels([20, 3, 9, 12], sample), sample)
    assert [row.n for row in found.result.levels] == [20, 12]
    assert found.status == "pass"
    assert "1 row: a withheld count would follow from it" in found.reason
    assert "1 row: too few" in found.reason


def test_two_small_levels_that_leave_a_wide_range_are_enough(sample):
    found = judge(levels([20, 3, 3, 12], sample), sample)
    assert [row.n for row in found.result.levels] == [20, 12]
    assert "follow" not in found.reason


def test_two_small_levels_with_a_small_sum_take_a_third(sample):
    found = judge(levels([20, 1, 2, 12], sample), sample)
    assert [row.n for row in found.result.levels] == [20]


def test_undocumented_few_withhold_every_level(sample):
    found = judge(levels([20, 12], sample, unknown=2), sample)
    assert found.status == "fail"
    assert isinstance(found.result, Unavailable)
    assert "nothing is left" in found.reason


@pytest.mark.parametrize(
    ("profile", "counts", "goes"),
    [
        ("chapter5", (10, 10, 5), True),
        ("chapter5", (10, 10, 4), False),
        ("chapter5", (0, 10, 5), True),
        ("acro10", (0, 10, 15), False),
        ("acro10", (10, 10, 10), True),
        ("acro10", (10, 10, 0), True),
        ("cms11", (11, 11, 10), False),
        ("cms11", (11, 11, 0), True),
        ("opensafely7", (8, 8, 8), True),
        ("opensafely7", (8, 8, 7), False),
    ],
)
def test_thresholds_of_each_profile(profile, counts, goes, sample):
    found = judge(status(sample, *counts), sample, profile)
    assert isinstance(found.result, Prevalence) == goes


def test_rounded_counts_give_rounded_shares(sample):
    (row,) = judge(status(sample, 12, 23, 38), sample, "opensafely7").result.rows
    assert (row.n_units, row.n_present, row.n_absent, row.n_undocumented) == (75, 10, 25, 40)
    assert row.lower == pytest.approx(10 / 75)
    assert row.width == pytest.approx(40 / 75)


def test_a_whole_group_waits_for_the_data_owner(sample):
    everybody = status(sample, 30, 0, 0)
    found = judge(everybody, sample)
    assert (found.status, found.open) == ("fail", True)
    waiver = ReleaseException(result="r", rule="full_group", justification="It is by selection.")
    waived = judge(everybody, sample, "chapter5", waiver)
    assert waived.status == "pass"
    assert waived.result.rows == everybody.rows
    assert "It is by selection." in waived.result.notes[-1].text
    assert any(e.rule == "exception_full_group" for e in waived.evidence)


@pytest.mark.parametrize("profile", ["chapter5", "acro10"])
def test_what_goes_out_does_not_say_whether_a_row_counts_few_or_all(profile, sample):
    """A row that is missed, and a note on a whole group, would give the count."""
    told = set()
    for counts in ((30, 0, 0), (3, 30, 30)):
        found = judge(status(sample, *counts), sample, profile)
        released = release_all({"r": status(sample, *counts)}, sample=sample, profile=profile)["r"]
        told.add((found.result.why, released.evidence))
    assert len(told) == 1
    assert "all of a group" in judge(status(sample, 30, 0, 0), sample).reason


def test_a_result_that_stays_in_can_be_accepted(sample):
    waiver = ReleaseException(result="r", rule="withheld", justification="Not needed.")
    found = judge(status(sample, 3, 30, 30), sample, "chapter5", waiver)
    assert (found.status, found.accepted, found.open) == ("fail", True, False)


def test_texts_with_numbers_stay_in(sample):
    notes = (Note("a", "All lie in 5 cases."), Note("b", "Limits at 95%."))
    kept = judge(status(sample, 10, 10, 10, notes=notes), sample).result.notes
    assert [note.code for note in kept] == ["b", "withheld"]
    assert not speaks_of_numbers(kept[0].text)
    bare = Unavailable(what="a rate", why="3 events", provenance=source(sample))
    assert "3" not in judge(bare, sample).result.why


def test_a_curve_keeps_steps_that_stand_for_enough():
    def step(month, estimate, n):
        return CurvePoint(
            curve="attempt",
            completion="latest",
            month=month,
            estimate=estimate,
            conf_low=None,
            conf_high=None,
            n_at_risk=n,
        )

    steps = tuple(
        step(*values)
        for values in (
            (0.0, 0.0, 50),
            (1.0, 0.02, 49),
            (2.0, 0.2, 40),
            (3.0, 0.3, 25),
            (4.0, 0.9, 3),
        )
    )
    curve = Curve(by=("curve", "completion"), time="month", risk="n_at_risk", values=("estimate",))
    kept = kept_steps(steps, curve, RULES["chapter5"], marks=())
    assert [row.month for row in kept] == [0.0, 3.0]
    assert kept_steps(steps, curve, RULES["chapter5"], marks=(27,))[-1].month == 0.0
    assert kept_steps(steps, curve, RULES["opensafely7"], marks=()) == ()


def test_ranges_by_hand():
    rows = [Relation((f"r{i}",), tuple((i, j) for j in range(2))) for i in range(2)]
    columns = [Relation((f"c{j}",), tuple((i, j) for i in range(2))) for j in range(2)]
    bounds = {(i, j): (0.0, 99.0) for i in range(2) for j in range(2)}
    bounds |= {("r0",): (10, 10), ("r1",): (5, 5), ("c0",): (8, 8), ("c1",): (7, 7)}
    target = (((0, 0), 1),)
    assert ranges([target], bounds=bounds, relations=rows + columns) == ((3.0, 8.0),)
    found = too_narrow([target], bounds=bounds, relations=rows + columns, width=5)
    assert found == ()
    assert too_narrow([target], bounds=bounds, relations=rows + columns, width=6) == (0,)


# --- the differencing attack ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def results(sample):
    return {
        "flow": describe_flow(sample, STUDY),
        "circumstances": describe_circumstances(sample, STUDY),
        "prevalence": estimate_prevalence(sample, STUDY),
        "documentation": describe_documentation(sample, STUDY),
        "colours": levels([20, 3, 9, 12], sample),
    }


@pytest.fixture(scope="module")
def let_out(results, sample):
    found = release_all(results, sample=sample, profile="chapter5")
    return {name: item.result for name, item in found.items()}


def test_no_withheld_count_follows_from_all_tables_together(results, let_out):
    found = attack(results, let_out, profile="chapter5")
    assert found.n_targets > 50
    assert found.recovered == ()


def test_no_released_row_holds_a_small_count(results, let_out):
    for name, result in let_out.items():
        for path, shape in SHAPES[results[name].kind].rows.items():
            for _, row in rows_of(result, path):
                counts = [at(row, count.field) for count in shape.counts]
                assert not any(n is not None and 0 < n < 5 for n in counts), (name, path)


def test_a_planted_leak_is_found(results, let_out):
    leaking = dataclasses.replace(
        let_out["colours"], levels=tuple(r for r in results["colours"].levels if r.n != 3)
    )
    found = attack(results, {**let_out, "colours": leaking}, profile="chapter5")
    assert found.recovered == ("colours",)


def test_a_leak_through_another_table_is_found(results, let_out):
    shown = {row.term for row in let_out["prevalence"].rows}
    hidden = [row for row in results["prevalence"].rows if row.term not in shown]
    chosen = next(row for row in hidden if 0 < row.n_present < 5)
    rows = (*let_out["prevalence"].rows, chosen)
    leaking = dataclasses.replace(let_out["prevalence"], rows=rows)
    found = attack(results, {**let_out, "prevalence": leaking}, profile="chapter5")
    assert found.recovered


# --- nothing by omission -------------------------------------------------------------------------


def test_every_class_of_results_is_judged_or_withheld_with_a_reason():
    kinds = set(result_types()) - {"unavailable"}
    assert set(SHAPES) | set(NOT_JUDGED) == kinds
    assert not set(SHAPES) & set(NOT_JUDGED)


@pytest.mark.parametrize("kind", sorted(SHAPES))
def test_every_field_of_a_judged_class_is_accounted_for(kind):
    shape = SHAPES[kind]
    named = {
        *(path.split(".")[0] for path in (*shape.rows, *shape.curves)),
        *(count.field.split(".")[0] for count in shape.header),
        *(*shape.blank, *shape.empty, *shape.plain, "notes", "provenance"),
    }
    assert named == {field.name for field in dataclasses.fields(result_types()[kind])}


def test_single_rows_never_go_out_strictly(sample):
    matrix = list_documentation(sample, STUDY)
    for profile in RULES:
        found = release(matrix, sample=sample, profile=profile).result
        assert "single rows" in found.why


def test_a_strict_profile_refuses_a_result_of_another_sample(sample):
    strange = dataclasses.replace(source(sample), sample_fingerprint="0")
    result = dataclasses.replace(status(sample, 10, 10, 10), provenance=strange)
    with pytest.raises(ReleaseError, match="sample at hand"):
        release(result, sample=sample, profile="chapter5")


# --- the plan and the verb -----------------------------------------------------------------------

PLAN = """name = "small"
sample = "shipped:simulated"
models = ["prevalence"]
[release]
profile = "chapter5"
"""


@pytest.fixture
def plan(tmp_path):
    def write(more=""):
        path = tmp_path / "study.toml"
        path.write_text(PLAN + more, encoding="utf-8")
        return path

    return write


def test_exceptions_are_part_of_the_plan_and_of_its_hash(plan):
    bare = read_study(plan())
    more = (
        '[[release.exceptions]]\nresult = "all"\nrule = "dominance"\njustification = "Two cases."'
    )
    waived = read_study(plan(more))
    assert waived.release.exceptions[0].rule == "dominance"
    assert waived.hash != bare.hash
    assert isinstance(bare, Study)


def test_an_exception_needs_a_justification(plan):
    from relatum.errors import PlanError

    more = '[[release.exceptions]]\nresult = "all"\nrule = "dominance"\njustification = " "'
    with pytest.raises(PlanError) as caught:
        read_study(plan(more))
    assert [issue.rule for issue in caught.value.issues] == ["missing_reason"]


def test_the_verb_says_what_waits_and_writes_evidence(plan, tmp_path):
    app = typer.Typer()
    register(app)
    place = tmp_path / "evidence.json"
    found = CliRunner().invoke(app, [str(plan()), "--evidence", str(place)])
    assert found.exit_code == 15
    assert "review  prevalence" in found.output
    told = json.loads(place.read_text(encoding="utf-8"))
    assert told["attack"]["recovered_in"] == []
    assert told["results"]["prevalence"]["status"] == "review"
    assert told["rules"]["smallest"] == 5


def test_the_verb_ends_well_once_exceptions_cover_what_waits(plan):
    more = "".join(
        f'[[release.exceptions]]\nresult = "all"\nrule = "{rule}"\njustification = "Owner."\n'
        for rule in ("dominance", "full_group")
    )
    app = typer.Typer()
    register(app)
    found = CliRunner().invoke(app, [str(plan(more)), "--json"])
    assert found.exit_code == 0
    assert json.loads(found.output)["results"]["prevalence"]["status"] == "pass"
