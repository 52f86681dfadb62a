"""A new study: every file of it can be read."""

from dataclasses import replace

import pytest

from relatum.errors import UsageError
from relatum.release import RULES
from relatum.samples import check_sample, read_sample
from relatum.samples.scaffold import write_scaffold
from relatum.study import read_study


def test_a_new_study_can_be_read(tmp_path):
    place = tmp_path / "My study 2"
    files = write_scaffold(place, title='Police files "2020" \\ more')
    assert {"study.toml", "README.md", ".gitignore", "sample/datapackage.json"} <= {
        file.as_posix() for file in files
    }
    assert check_sample(place / "sample") == ()
    sample = read_sample(place / "sample")
    assert sample.info.origin == "collected"
    assert all(sample.n(name) == 0 for name in sample.tables)
    study = read_study(place / "study.toml")
    assert study.name == sample.info.name == "my_study_2"
    assert study.title == sample.info.title == 'Police files "2020" \\ more'
    assert study.sample == str((place / "sample").resolve())
    readme = (place / "README.md").read_text(encoding="utf-8")
    assert all(name in readme for name in RULES)
    assert "published data only" not in readme


def test_the_plan_is_the_shipped_one_for_one_sample_of_its_own(tmp_path):
    write_scaffold(tmp_path / "a")
    mine, shipped = read_study(tmp_path / "a" / "study.toml"), read_study()
    kept = {"name": mine.name, "title": mine.title, "sample": mine.sample, "seed": mine.seed}
    left_out = ("audit", "recidivism", "comparison")
    models = tuple(name for name in shipped.models if name not in left_out)
    comparison = replace(shipped.comparison, other="")
    reports = replace(shipped.reports, documents=mine.reports.documents)
    release = replace(shipped.release, profile=mine.release.profile)
    assert (mine.release.profile, mine.coder) == ("chapter5", "")
    assert mine == replace(
        shipped, **kept, models=models, comparison=comparison, reports=reports, release=release
    )
    assert set(mine.reports.documents) < set(shipped.reports.documents)
    assert not {"chapter.qmd", "times.qmd", "comparison.qmd"} & set(mine.reports.documents)


def test_data_stay_out_of_version_control(tmp_path):
    write_scaffold(tmp_path / "a")
    lines = (tmp_path / "a" / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {"sample/*", "*.csv", "*.xlsx", "*.qdpx", "out/"} <= set(lines)


def test_what_is_there_is_never_replaced(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="not an empty folder"):
        write_scaffold(tmp_path)
    with pytest.raises(UsageError, match="not an empty folder"):
        write_scaffold(tmp_path / "mine.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    (tmp_path / "empty").mkdir()
    write_scaffold(tmp_path / "empty")
    with pytest.raises(UsageError, match="one line"):
        write_scaffold(tmp_path / "b", title="a\nb")


def test_documents_of_its_own_are_named_by_the_plan(tmp_path):
    own = {"a.qmd": b"text", "style/b.css": b"more"}
    files = write_scaffold(tmp_path / "a", reports=own)
    assert {"reports/a.qmd", "reports/style/b.css"} <= {file.as_posix() for file in files}
    assert (tmp_path / "a" / "reports" / "a.qmd").read_bytes() == b"text"
    study = read_study(tmp_path / "a" / "study.toml")
    assert study.reports.folder == str((tmp_path / "a" / "reports").resolve())
    assert "`reports/`" in (tmp_path / "a" / "README.md").read_text(encoding="utf-8")
    write_scaffold(tmp_path / "b")
    without = read_study(tmp_path / "b" / "study.toml")
    assert without.reports == replace(study.reports, folder="")
    assert "`reports/`" not in (tmp_path / "b" / "README.md").read_text(encoding="utf-8")
