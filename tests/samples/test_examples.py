"""The shipped samples: what the check says of each, and copies of them."""

import csv
import os
from pathlib import Path

import pytest

from relatum.cli.common import issues_text
from relatum.errors import SampleError, UsageError
from relatum.samples import check_sample, example_sample, shipped_path
from relatum.samples.check import RULES
from relatum.samples.examples import EXAMPLES, copy_example
from relatum.samples.read import SHIPPED
from relatum.schema import load_schema

SNAPSHOT = Path(__file__).parent / "snapshots" / "invalid.txt"
FACTS = shipped_path("anna").parent / "facts.csv"


def test_the_messages_of_the_invalid_sample():
    text = issues_text(check_sample(shipped_path("invalid")), limit=None) + "\n"
    if os.environ.get("RELATUM_SNAPSHOTS") == "write":
        SNAPSHOT.parent.mkdir(exist_ok=True)
        SNAPSHOT.write_text(text, encoding="utf-8", newline="\n")
    assert text == SNAPSHOT.read_text(encoding="utf-8"), (
        "messages changed; run RELATUM_SNAPSHOTS=write pytest tests/samples/test_examples.py"
    )


def test_the_invalid_sample_cannot_be_read():
    with pytest.raises(SampleError, match="nothing was loaded"):
        example_sample("invalid")


def test_nothing_in_the_messages_could_name_a_person():
    text = SNAPSHOT.read_text(encoding="utf-8")
    for secret in ("Jane", "example.org", "111222333", "12345678", "she wanted", "2008"):
        assert secret not in text


@pytest.mark.parametrize("name", ["anna", "simulated", "simulated_dv"])
def test_the_valid_samples_have_no_issue(name):
    assert check_sample(shipped_path(name)) == ()


def test_every_rule_is_reached_by_the_check():
    assert len(set(RULES)) == len(RULES)
    assert {rule.__name__ for rule in RULES} >= {"check_references", "check_identifiers"}


# --- the narrated case ---------------------------------------------------------------------------


def test_anna_is_one_of_each():
    anna = example_sample("anna")
    counts = {name: anna.n(name) for name in ("cases", "suspects", "victims", "relationships")}
    assert set(counts.values()) == {1}
    assert anna.info.origin == "published"


def test_anna_withdraws_support_five_days_later_with_the_facts_upheld():
    anna = example_sample("anna")
    (report,) = anna.table("reports").itertuples()
    (retraction,) = anna.table("retractions").itertuples()
    assert (retraction.retraction_date_lower - report.report_date_upper).days == 5
    assert retraction.retraction_type == "support_withdrawn_facts_upheld"
    (suspect,) = anna.table("suspects").itertuples()
    assert suspect.suspect_arrest_upper <= report.report_date_lower


def test_anna_codes_what_the_facts_name_and_nothing_as_absent():
    anna = example_sample("anna")
    codings = anna.table("codings")
    assert set(codings["status"].astype(str)) == {"present"}
    with FACTS.open(encoding="utf-8", newline="") as handle:
        named = {row["variable"] for row in csv.DictReader(handle) if row["id"] < "C033"}
    book = load_schema().codebook
    stored = {code for code in named if code in book and book[code].is_coding}
    assert stored - set(codings["code"]) == set()


def test_a_quarrel_about_jealousy_is_not_jealous_control():
    anna = example_sample("anna")
    assert "ctl_jealous_control" not in set(anna.table("codings")["code"])
    assert anna.table("relationships")["conflict_topic"].tolist() == ["money;jealousy"]


# --- copies --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SHIPPED)
def test_a_copy_is_the_same(name, tmp_path):
    place = copy_example(name, tmp_path / "deep" / "copy")
    source = shipped_path(name)
    assert sorted(p.name for p in place.iterdir()) == sorted(p.name for p in source.iterdir())
    assert check_sample(place) == check_sample(source)
    assert [path.name for path in place.parent.iterdir()] == ["copy"]


def test_an_empty_folder_may_take_a_copy(tmp_path):
    assert check_sample(copy_example("anna", tmp_path)) == ()


def test_a_filled_folder_is_left_alone(tmp_path):
    (tmp_path / "thesis.docx").write_text("mine")
    with pytest.raises(UsageError, match="not an empty folder"):
        copy_example("anna", tmp_path)
    with pytest.raises(UsageError, match="not an empty folder"):
        copy_example("anna", tmp_path / "thesis.docx")
    with pytest.raises(UsageError, match="could not be written"):
        copy_example("anna", tmp_path / "thesis.docx" / "below")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.docx"]


def test_an_unknown_example_names_the_others(tmp_path):
    names = r"there are: simulated, simulated_dv, anna, invalid, import\. Did you mean 'anna'"
    with pytest.raises(UsageError, match=names):
        copy_example("ana", tmp_path / "x")


def test_every_shipped_sample_is_described():
    assert list(EXAMPLES) == [*SHIPPED, "import"]
