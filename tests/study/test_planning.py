"""Plan files of new samples: defaults, options, and every fault at once."""

import pytest

from relatum.errors import PlanError, UsageError
from relatum.study.planning import PlanningDesign, read_planning


def test_a_file_and_options_over_it(tmp_path):
    path = tmp_path / "p.toml"
    path.write_text('name = "mine"\ncases = [12, 24]\nprevalence = 1e-1\nmean_size = 8\n')
    found = read_planning(path, changes={"cases": [30], "iccs": [0.1]})
    assert (found.name, found.cases, found.iccs) == ("mine", (30,), (0.1,))
    assert (found.prevalence, found.mean_size) == (0.1, 8.0)
    assert read_planning() == PlanningDesign()


def test_the_hash_tells_numbers_not_names():
    assert read_planning(changes={"name": "b"}).hash == PlanningDesign().hash
    assert read_planning(changes={"cap": 8}).hash != PlanningDesign().hash


def test_every_fault_at_once():
    wrong = {
        "icc": [0.1],
        "cases": [3, 2],
        "mean_size": "x",
        "sizes": [1, 2],
        "power": 2.0,
        "name": "a/b",
        "prior_icc": [1.0],
        "studies": True,
        "iccs": [0.1, float("nan")],
    }
    with pytest.raises(PlanError) as caught:
        read_planning(changes=wrong)
    found = {issue.field for issue in caught.value.issues}
    assert found == {*wrong}
    assert caught.value.exit_code == 12
    (unknown,) = [issue for issue in caught.value.issues if issue.rule == "unknown_key"]
    assert unknown.near == "iccs"
    assert f"{len(caught.value.issues)} faults" in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"size_cv": 0.2}, "size_cv"),
        ({"mean_size": 5.5, "size_cv": 0}, "mean_size"),
        ({"mean_size": 1}, "size_cv"),
        ({"cases": []}, "cases"),
        ({"sizes": [5] * 6, "mean_size": 5}, "mean_size"),
    ],
)
def test_sizes_that_cannot_be(changes, field):
    with pytest.raises(PlanError) as caught:
        read_planning(changes=changes)
    assert [issue.field for issue in caught.value.issues] == [field]


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(UsageError, match="folder"):
        read_planning(tmp_path)
    with pytest.raises(PlanError, match="FileNotFoundError"):
        read_planning(tmp_path / "none.toml")
    broken = tmp_path / "b.toml"
    broken.write_text("cases = [")
    with pytest.raises(PlanError, match="not valid TOML"):
        read_planning(broken)
