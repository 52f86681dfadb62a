"""Agreement of coders: both questions by hand, matching of units, refusals in words."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from relatum.errors import SampleError
from relatum.inference.agreement import estimate_agreement
from relatum.models.agreement import fit_agreement
from relatum.models.agreement_ratings import collect_ratings, pick_coders
from relatum.results import Unavailable
from relatum.results.agreement import AgreementResult
from relatum.results.codec import decode, encode
from relatum.samples import example_sample

PRESENT, ABSENT = "present", "absent_documented"


def coded(sample_of, statuses, *, coder="one", n=8, code="vio_physical", marker=True):
    """A sample of two cases with n relationships; a marker code shows that each was rated."""
    couples = [f"r{i}" for i in range(n)]
    cases = ["c1" if i < n / 2 else "c2" for i in range(n)]
    rows = [
        {"unit_id": unit, "code": code, "status": status}
        for unit, status in zip(couples, statuses, strict=True)
        if status
    ]
    if marker:
        rows += [{"unit_id": u, "code": "eco_debt_claim", "status": PRESENT} for u in couples]
    return sample_of(
        cases=[{"case_id": c} for c in ("c1", "c2")],
        suspects=[{"suspect_id": f"s{i}", "case_id": c} for i, c in enumerate(cases)],
        victims=[{"victim_id": f"v{i}", "case_id": c} for i, c in enumerate(cases)],
        relationships=[
            {"relationship_id": u, "case_id": c, "suspect_id": f"s{i}", "victim_id": f"v{i}"}
            for i, (u, c) in enumerate(zip(couples, cases, strict=True))
        ],
        codings=[
            {"coding_id": f"{coder}{i}", "unit_type": "relationship", "coder_id": coder, **row}
            for i, row in enumerate(rows)
        ],
    )


def both(first, second):
    codings = pd.concat([first.table("codings"), second.table("codings")])
    return first.replace_tables({"codings": codings})


def row(found, term="vio_physical"):
    return next(row for row in found.rows if row.term == term)


@pytest.fixture
def pair(sample_of):
    one = [PRESENT, PRESENT, PRESENT, ABSENT, ABSENT, None, None, PRESENT]
    two = [PRESENT, PRESENT, ABSENT, ABSENT, ABSENT, None, PRESENT, None]
    return coded(sample_of, one), coded(sample_of, two, coder="two")


def test_both_questions_by_hand(pair):
    held = row(fit_agreement(*pair, draws=200))
    stage = held.documented
    # Documented: 5 both, 1 only the second, 1 only the first, 1 neither.
    assert (stage.n_pairs, stage.n_agreed) == (8, 6)
    assert stage.positive == pytest.approx(10 / 12)
    assert stage.negative == pytest.approx(2 / 4)
    assert stage.brennan_prediger.estimate == pytest.approx((6 / 8 - 0.5) / 0.5)
    chance = (6 / 8) ** 2 + (2 / 8) ** 2
    assert stage.cohen.estimate == pytest.approx((6 / 8 - chance) / (1 - chance))
    gwet = 2 * (12 / 16) * (4 / 16)
    assert stage.ac1.estimate == pytest.approx((6 / 8 - gwet) / (1 - gwet))
    expected_disagreement = 2 * 12 * 4 / (16 * 15)
    assert stage.alpha.estimate == pytest.approx(1 - (2 / 8) / expected_disagreement)
    # Present, of the five that both call documented: 2 both, 1 split, 2 neither.
    assert (held.present.n_pairs, held.present.n_agreed) == (5, 4)
    assert held.present.positive == pytest.approx(4 / 5)
    assert held.n_disagreements == 3


def test_the_coefficients_are_those_of_the_engine(pair):
    stage = row(fit_agreement(*pair, draws=200)).documented
    answers = [[1, 1]] * 5 + [[0, 0], [0, 1], [1, 0]]
    names = {"cohen": "cohen", "ac1": "gwet", "alpha": "krippendorff"}
    for name, engine in names.items():
        found = estimate_agreement(answers, coefficient=engine, categories=(0, 1))
        assert getattr(stage, name).estimate == pytest.approx(found.estimate)


def test_kappa_of_rated_units_against_the_cross_table_of_r(sample_of):
    """The 3 x 3 table that R printed, read as absent, silent and present."""
    import json
    from pathlib import Path

    folder = Path(__file__).parents[1] / "reference" / "cc0" / "rely_kappa_alpha"
    values = json.loads((folder / "reference.json").read_text(encoding="utf-8"))["values"]
    table = np.array(values["two_raters"]["table"], dtype=float)
    data = pd.read_csv(folder / "two.csv")
    words = {1: ABSENT, 2: None, 3: PRESENT}
    first, second = (
        coded(sample_of, data[c].map(lambda v: words[int(v)]), coder=c, n=len(data)) for c in "ab"
    )
    held = row(fit_agreement(first, second, draws=100))
    assert table.sum() == len(data)
    spoke = np.array([True, False, True])
    p = np.array([[table[np.ix_(a, b)].sum() for b in (spoke, ~spoke)] for a in (spoke, ~spoke)])
    p = p / p.sum()
    chance = (p.sum(0) * p.sum(1)).sum()
    kappa = (np.trace(p) - chance) / (1 - chance)
    assert held.documented.cohen.estimate == pytest.approx(kappa, abs=1e-12)
    q = table[np.ix_(spoke, spoke)] / table[np.ix_(spoke, spoke)].sum()
    chance = (q.sum(0) * q.sum(1)).sum()
    kappa = (np.trace(q) - chance) / (1 - chance)
    assert held.present.cohen.estimate == pytest.approx(kappa, abs=1e-12)


def test_one_sample_with_two_coders_gives_the_same_numbers(pair):
    one, two = fit_agreement(*pair, draws=200), fit_agreement(both(*pair), draws=200)
    assert (one.rows, one.overall, one.coders) == (two.rows, two.overall, two.coders)


def test_order_of_rows_and_names_of_cases_change_nothing(pair):
    first, second = pair
    codings = second.table("codings").iloc[::-1].reset_index(drop=True)
    moved = fit_agreement(first, second.replace_tables({"codings": codings}), draws=200)
    assert moved.rows == fit_agreement(first, second, draws=200).rows


def test_a_third_coder_leaves_cohen_out(pair, sample_of):
    third = coded(sample_of, [PRESENT] * 8, coder="three")
    found = fit_agreement(both(both(*pair), third), draws=100)
    assert found.coders == ("one", "three", "two")
    assert "two coders" in row(found).documented.cohen.why
    assert row(found).documented.ac1.estimate < 1
    chosen = fit_agreement(both(both(*pair), third), coders=("one", "two"), draws=100)
    assert chosen.coders == ("one", "two")


def test_units_that_a_coder_did_not_rate_are_left_out(sample_of):
    one = coded(sample_of, [PRESENT] * 8)
    two = coded(sample_of, [PRESENT] * 4 + [None] * 4, coder="two", marker=False)
    held = row(fit_agreement(one, two, draws=100))
    assert (held.documented.n_pairs, held.documented.n_agreed) == (4, 4)


def test_silence_of_one_coder_is_a_disagreement_on_documentation_only(sample_of):
    one = coded(sample_of, [PRESENT] * 4 + [ABSENT] * 4)
    two = coded(sample_of, [PRESENT] * 4 + [None] * 4, coder="two")
    found = fit_agreement(one, two, draws=100)
    assert row(found).documented.n_agreed == 4
    assert (row(found).present.n_pairs, row(found).present.n_agreed) == (4, 4)
    assert len(found.disagreements) == 4
    assert found.disagreements[0].statuses == (ABSENT, "not_documented")
    assert [held.term for held in found.to_discuss] == ["vio_physical"]


def test_all_in_one_category_is_said_in_words(sample_of):
    one, two = (coded(sample_of, [PRESENT] * 8, coder=c) for c in ("one", "two"))
    held = row(fit_agreement(one, two, draws=100))
    assert held.documented.n_agreed == 8
    assert held.documented.alpha.why == "all ratings fall in one category"
    assert held.documented.ac1.estimate == 1.0
    assert held.documented.negative is None
    assert held.verdict == "not_known"


def test_verdicts_follow_the_smaller_alpha(sample_of):
    pattern = [PRESENT, ABSENT] * 4
    same = fit_agreement(
        coded(sample_of, pattern), coded(sample_of, pattern, coder="two"), draws=100
    )
    assert row(same).verdict == "confirmatory"
    other = [ABSENT, *pattern[1:4], PRESENT, PRESENT, *pattern[6:]]
    bad = fit_agreement(coded(sample_of, pattern), coded(sample_of, other, coder="two"), draws=100)
    assert row(bad).verdict == "not_used"


def test_one_case_cannot_be_resampled(sample_of):
    pattern = [PRESENT, ABSENT] * 4
    one, two = (coded(sample_of, pattern, coder=c) for c in ("one", "two"))
    tables = {}
    for name in ("relationships", "suspects", "victims"):
        frame = one.table(name)
        frame["case_id"] = pd.Series(["c1"] * 8, dtype="string")
        tables[name] = frame
    held = row(fit_agreement(one.replace_tables(tables), two, draws=100)).present
    assert (held.ac1.estimate, held.ac1.conf_low) == (1.0, None)
    assert "one case" in held.ac1.why


def test_dates_of_what_both_call_present(sample_of):
    one, two = (coded(sample_of, [PRESENT] * 8, coder=c) for c in ("one", "two"))
    for sample, low, high in ((one, "2009-01-01", "2009-01-04"), (two, "2009-01-03", "2009-01-06")):
        codings = sample.table("codings")
        codings["date_lower"], codings["date_upper"] = pd.Timestamp(low), pd.Timestamp(high)
        if sample is one:
            first = one.replace_tables({"codings": codings})
        else:
            second = two.replace_tables({"codings": codings})
    dates = row(fit_agreement(first, second, draws=100)).dates
    assert (dates.n_pairs, dates.n_overlapping) == (8, 8)
    assert dates.mean_jaccard == pytest.approx(2 / 6)
    undated = row(fit_agreement(one, two, draws=100)).dates
    assert undated.why == "no item was dated by both coders"


def test_nobody_to_compare_is_said_in_words(pair, empty, sample_of):
    alone = fit_agreement(pair[0])
    assert isinstance(alone, Unavailable)
    assert alone.why == "two coders are needed, and there is only 'one'"
    assert "nothing is coded" in fit_agreement(empty).why
    strangers = coded(sample_of, [PRESENT] * 8, coder="two")
    frame = strangers.table("relationships")
    names = [f"x{i}" for i in range(8)]
    frame["relationship_id"] = pd.Series(names, dtype="string")
    codings = strangers.table("codings")
    codings["unit_id"] = codings["unit_id"].str.replace("r", "x")
    moved = strangers.replace_tables({"relationships": frame, "codings": codings})
    assert "matched by their ids" in fit_agreement(pair[0], moved).why
    with pytest.raises(SampleError, match="no coder 'tea'"):
        fit_agreement(both(*pair), coders=("one", "tea"))


def test_names_of_coders_stay_apart(pair):
    same = [held.name for held in pick_coders(pair[0], pair[0])]
    assert same == ["one (first)", "one (second)"]
    renamed = dataclasses.replace(pair[0], info=dataclasses.replace(pair[0].info, name="again"))
    assert [h.name for h in pick_coders(pair[0], renamed)] == ["one (by_hand)", "one (again)"]


def test_results_survive_the_store_and_hold_no_nan(pair):
    found = fit_agreement(*pair, draws=200)
    assert decode(AgreementResult, encode(found)) == found
    frame = found.tidy()
    assert frame["term"].iloc[-1] == "all_codes"
    assert len(frame) == 2 * (len(found.rows) + 1)


def with_contacts(sample, *, coder, **coded):
    """The sample of `coded`, with three contacts, of which a coder codes some."""
    contacts = pd.DataFrame(
        [{"contact_id": f"p{i}", "victim_id": "v0" if i < 2 else "v1"} for i in range(3)]
    )
    rows = [
        {"unit_type": "contact", "unit_id": unit, "code": "bar_hope", "status": status}
        for unit, status in coded.items()
    ]
    marks = [{**row, "coding_id": f"{coder}_p{i}", "coder_id": coder} for i, row in enumerate(rows)]
    codings = pd.concat([sample.table("codings"), pd.DataFrame(marks)], ignore_index=True)
    return sample.replace_tables({"police_contacts": contacts, "codings": codings})


def test_contacts_that_one_coder_never_coded_are_no_disagreement(sample_of):
    """By hand: of three contacts both coded p0 and agree; p1 and p2 are one coder's alone."""
    one = with_contacts(coded(sample_of, [PRESENT] * 8), coder="one", p0=PRESENT, p1=PRESENT)
    two = with_contacts(
        coded(sample_of, [PRESENT] * 8, coder="two"), coder="two", p0=PRESENT, p2=ABSENT
    )
    for found in (fit_agreement(one, two, draws=100), fit_agreement(both(one, two), draws=100)):
        held = row(found, "bar_hope")
        assert (held.documented.n_pairs, held.documented.n_agreed) == (1, 1)
        assert (held.present.n_pairs, held.present.n_agreed) == (1, 1)
        assert held.n_disagreements == 0
        assert found.n_units == 8 + 1
        assert found.notes[-1].text == "Coded by one coder alone, so not compared: 2 contacts."


def test_a_contact_that_both_coded_differs_where_one_is_silent(sample_of):
    one = with_contacts(coded(sample_of, [PRESENT] * 8), coder="one", p0=PRESENT)
    two = with_contacts(coded(sample_of, [PRESENT] * 8, coder="two"), coder="two", p0=PRESENT)
    codings = two.table("codings")
    codings.loc[codings["unit_id"] == "p0", "code"] = "bar_shame"
    found = fit_agreement(one, two.replace_tables({"codings": codings}), draws=100)
    assert row(found, "bar_hope").n_disagreements == 1
    assert found.notes[-1].text == "No unit was coded by one coder alone."


def test_a_unit_that_only_the_second_sample_holds_is_counted(sample_of):
    one = coded(sample_of, [PRESENT] * 8)
    two = with_contacts(coded(sample_of, [PRESENT] * 8, coder="two"), coder="two", p1=PRESENT)
    found = fit_agreement(one, two, draws=100)
    assert found.notes[-1].text == "Coded by one coder alone, so not compared: 1 contact."


def test_events_and_persons_are_compared():
    simulated = example_sample("simulated")
    kinds = {held.unit for held in collect_ratings(pick_coders(simulated, simulated))}
    assert {"relationship", "contact"} <= kinds
