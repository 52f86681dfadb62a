"""What was computed before is not computed again, and the files are the same."""

import dataclasses
import os
import subprocess
import sys

import pytest

from relatum.cli.fit import chosen_cache
from relatum.errors import UsageError
from relatum.pipeline import fit_study, render_study, run_study
from relatum.pipeline.cache import FOLDER, KEPT, Cache
from relatum.pipeline.keys import render_key, results_key
from relatum.pipeline.manifest import read_manifest
from relatum.samples import example_sample, write_sample


@pytest.fixture
def plan(plan):
    return dataclasses.replace(plan, models=("timeline",))


@pytest.fixture
def reports(reports):
    """A document without cells, so that no kernel is started."""
    (reports / "small.qmd").write_text("---\ntitle: Small\n---\n\nText.\n", encoding="utf-8")
    return reports


@pytest.fixture
def _nothing_is_computed(monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("computed again")

    monkeypatch.setattr("relatum.pipeline.steps.prepare", refuse)
    monkeypatch.setattr("relatum.pipeline.rendering.render", refuse)


def entries(out):
    folder = out / FOLDER / "small"
    return sorted(folder.iterdir()) if folder.is_dir() else []


# --- the store ---------------------------------------------------------------------------------


def test_files_come_back_as_they_were_put(tmp_path):
    cache = Cache(tmp_path, "mine")
    cache.put("a1", {"x/y.txt": b"\x00\xff", "z": b""})
    assert Cache(tmp_path, "mine").get("a1") == {"x/y.txt": b"\x00\xff", "z": b""}
    assert cache.get("b2") is None
    assert Cache(tmp_path, "other").get("a1") is None
    assert (tmp_path / FOLDER / "CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d1")
    assert cache.notes == ()


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "foreign"])
def test_a_damaged_entry_is_left_aside_and_removed(tmp_path, damage):
    cache = Cache(tmp_path, "mine")
    cache.put("a1", {"x": b"content"})
    place = tmp_path / FOLDER / "mine" / "a1"
    raw = bytearray(place.read_bytes())
    if damage == "flip":
        raw[len(raw) // 2] ^= 1
    place.write_bytes({"cut": raw[:-3], "empty": b"", "foreign": b"PK"}.get(damage, raw))
    assert cache.get("a1") is None
    assert "damaged" in cache.notes[0]
    assert not place.exists()


def test_an_entry_never_leaves_its_folder(tmp_path):
    cache = Cache(tmp_path, "mine")
    for name in ("../x", "/x", "a/../../x", "a\\x"):
        cache.put("a1", {name: b"x"})
        assert cache.get("a1") is None


def test_off_does_nothing_and_fresh_only_writes(tmp_path):
    Cache(tmp_path, "mine", use="off").put("a1", {"x": b"1"})
    assert not list(tmp_path.iterdir())
    fresh = Cache(tmp_path, "mine", use="fresh")
    fresh.put("a1", {"x": b"1"})
    assert fresh.get("a1") is None
    assert Cache(tmp_path, "mine").get("a1") == {"x": b"1"}


def test_only_the_newest_entries_are_kept(tmp_path):
    cache = Cache(tmp_path, "mine")
    for number in range(KEPT + 3):
        cache.put(f"k{number}", {"x": b"1"})
        os.utime(tmp_path / FOLDER / "mine" / f"k{number}", (number, number))
    assert cache.get("k0") is not None
    cache.prune()
    left = {path.name for path in (tmp_path / FOLDER / "mine").iterdir()}
    assert len(left) == KEPT
    assert "k0" in left
    assert not left & {"k1", "k2", "k3"}


def test_a_cache_that_cannot_be_written_is_only_noted(tmp_path):
    (tmp_path / FOLDER).write_text("a file in its place", encoding="utf-8")
    cache = Cache(tmp_path, "mine")
    cache.put("a1", {"x": b"1"})
    assert cache.get("a1") is None
    assert "could not be written" in cache.notes[0]


# --- keys --------------------------------------------------------------------------------------


def test_the_key_of_results_follows_plan_sample_and_margins(plan, tmp_path):
    write_sample(example_sample("anna"), tmp_path / "mine")
    own = dataclasses.replace(plan, sample=str(tmp_path / "mine"))
    first = results_key(own, ())
    assert results_key(own, ()) == first
    other_reports = dataclasses.replace(own.reports, documents=())
    assert results_key(dataclasses.replace(own, reports=other_reports), ()) == first
    changed = [
        dataclasses.replace(own, seed=1),
        dataclasses.replace(own, name="other"),
        dataclasses.replace(own, models=("audit",)),
        dataclasses.replace(own, prevalence=dataclasses.replace(own.prevalence, max_width=0.3)),
    ]
    keys = {first, *(results_key(study, ()) for study in changed)}
    cases = next((tmp_path / "mine").glob("cases*"))
    cases.write_bytes(cases.read_bytes() + b"\n")
    keys.add(results_key(own, ()))
    (tmp_path / "mine" / "levels.csv").write_text("x", encoding="utf-8")
    keys.add(results_key(own, ()))
    assert len(keys) == 7


def test_the_key_of_a_report_follows_everything_that_it_reads(plan, reports, tmp_path):
    fit_study(plan, tmp_path / "out")
    folder = tmp_path / "out" / "small"
    study = dataclasses.replace(
        plan, reports=dataclasses.replace(plan.reports, documents=("small.qmd", "tea.qmd"))
    )
    (reports / "tea.qmd").write_text("Tea.\n", encoding="utf-8")

    def key(**changes):
        asked = {"formats": ("html",), "engine": "builtin", "profile": None, **changes}
        return render_key(
            reports / "small.qmd",
            study=study,
            results=folder / "results",
            plan=read_manifest(folder).plan,
            **asked,
        )

    keys = [key(), key(formats=("html", "pdf")), key(engine="auto"), key(profile="anonymous")]
    (reports / "tea.qmd").write_text("Other tea.\n", encoding="utf-8")
    assert key() == keys[0]
    (reports / ".hidden").write_text("x", encoding="utf-8")
    assert key() == keys[0]
    for name in ("style.css", "reference.docx", "list.bib", "filter.lua", "authors.yml"):
        (reports / name).write_text("x", encoding="utf-8")
        keys.append(key())
    with (reports / "small.qmd").open("a", encoding="utf-8") as handle:
        handle.write("\n{{< include tea.qmd >}}\n")
    keys.append(key())
    (reports / "tea.qmd").write_text("More tea.\n", encoding="utf-8")
    keys.append(key())
    stored = folder / "results" / "timeline.csv"
    stored.write_bytes(stored.read_bytes() + b"\n")
    keys.append(key())
    assert len(set(keys)) == len(keys)


# --- whole runs --------------------------------------------------------------------------------


def test_a_second_run_computes_nothing_and_gives_the_same_bytes(
    plan, reports, tmp_path, bytes_below, request
):
    run_study(plan, tmp_path / "without", reports=reports)
    assert entries(tmp_path / "without") == []
    out = tmp_path / "out"
    first = run_study(plan, out, reports=reports, cache="on")
    wanted = bytes_below(tmp_path / "without" / "small")
    assert bytes_below(out / "small") == wanted
    assert len(entries(out)) == 2
    request.getfixturevalue("_nothing_is_computed")
    again = run_study(plan, out, reports=reports, cache="on")
    assert bytes_below(out / "small") == wanted
    assert (again.manifest, again.notes, again.unavailable) == (
        first.manifest,
        first.notes,
        first.unavailable,
    )
    render_study(plan, out, reports=reports, cache="on")
    assert bytes_below(out / "small") == wanted
    assert sorted(path.name for path in out.iterdir()) == [FOLDER, "small"]
    # A damaged entry is computed again, which this test forbids.
    for path in entries(out):
        path.write_bytes(b"damaged")
    with pytest.raises(AssertionError, match="computed again"):
        run_study(plan, out, reports=reports, cache="on")
    assert bytes_below(out / "small") == wanted


def test_a_damaged_entry_is_computed_again_with_a_note(plan, tmp_path, bytes_below):
    fit_study(plan, tmp_path / "out", cache="on")
    before = bytes_below(tmp_path / "out")
    entries(tmp_path / "out")[0].write_bytes(b"damaged")
    summary = fit_study(plan, tmp_path / "out", cache="on")
    assert "damaged entry" in summary.notes[0]
    assert bytes_below(tmp_path / "out") == before


def test_results_come_from_the_cache_without_the_analyses(plan, tmp_path):
    fit_study(plan, tmp_path / "out", cache="on")
    script = (
        "import dataclasses, sys; from pathlib import Path;"
        "from relatum.pipeline import fit_study; from relatum.study import read_study;"
        "from relatum.pipeline.keys import results_key;"
        "plan = dataclasses.replace(read_study(), name='small', models=('timeline',));"
        # The code may have been edited since this test began: the entry gets the key of now.
        "held = next(Path(sys.argv[1], sys.argv[2], 'small').iterdir());"
        "held.rename(held.with_name(results_key(plan, ())));"
        "fit_study(plan, Path(sys.argv[1]), cache='on');"
        "print([m for m in sys.modules if m.startswith(('relatum.models', 'relatum.tables'))])"
    )
    call = [sys.executable, "-c", script, str(tmp_path / "out"), FOLDER]
    done = subprocess.run(call, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_results_of_the_cache_name_the_code_that_runs(plan, tmp_path, monkeypatch):
    """A page of help that changed leaves the results as they are, but not the code."""
    fit_study(plan, tmp_path, cache="on")
    old = read_manifest(tmp_path / "small").code
    monkeypatch.setattr("relatum.pipeline.fitting.code_checksum", lambda: "f" * 64)
    fit_study(plan, tmp_path, cache="on")
    assert (old != "f" * 64, read_manifest(tmp_path / "small").code) == (True, "f" * 64)


def test_the_options_of_the_verbs_exclude_each_other():
    assert chosen_cache(no_cache=False, fresh=True) == "fresh"
    with pytest.raises(UsageError, match="choose one"):
        chosen_cache(no_cache=True, fresh=True)
