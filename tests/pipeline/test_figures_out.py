"""Figures of a study as files: for print, with numbers and words, the same in every build."""

import csv
import dataclasses
import hashlib
import html
import io
import re
import shutil
import subprocess

import numpy as np
import pytest
from PIL import Image
from pypdf import PdfReader

from relatum.errors import ReportError
from relatum.figures import kinds
from relatum.figures.kinds import FIGURES, Drawing, drawings
from relatum.pipeline import figures_out, fit_study, read_manifest, run_study
from relatum.pipeline.cache import Cache
from relatum.pipeline.figures_out import LEFT_OUT, add_figures, draw_figures, write_figures
from relatum.pipeline.figures_png import svg_pixels
from relatum.pipeline.keys import results_key
from relatum.pipeline.rendering import Rendering
from relatum.release import read_released
from relatum.release.released import Evidence
from relatum.results.base import Unavailable
from relatum.results.store import result_types
from relatum.study import ReportsPlan, read_study

FORMS = ("svg", "pdf", "png")


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    plan = dataclasses.replace(
        read_study(),
        name="small",
        models=("timeline",),
        reports=ReportsPlan(documents=("small.qmd",), formats=("html",), engine="builtin"),
    )
    out = tmp_path_factory.mktemp("out")
    fit_study(plan, out)
    return out / "small"


@pytest.fixture(scope="module")
def drawn(fitted, tmp_path_factory):
    place = tmp_path_factory.mktemp("figures")
    left_out = draw_figures(read_released(fitted / "results"), place, forms=FORMS)
    return place, left_out


def test_each_figure_has_three_drawings_its_numbers_and_its_words(drawn):
    place, left_out = drawn
    assert left_out == ()
    names = {"timeline"}
    assert {path.name for path in place.iterdir()} == {
        f"{name}.{ending}" for name in names for ending in (*FORMS, "csv", "txt")
    }
    for name in names:
        alt = (place / f"{name}.txt").read_text(encoding="utf-8").strip()
        assert len(alt) > 40
        numbers = (place / f"{name}.csv").read_text(encoding="utf-8")
        rows = list(csv.reader(io.StringIO(numbers)))
        assert len(rows) > 1
        assert len({len(row) for row in rows}) == 1
        svg = (place / f"{name}.svg").read_text(encoding="utf-8")
        assert html.escape(alt, quote=False) in svg
        assert "<dc:date>" not in svg


def test_a_png_is_large_enough_for_print(drawn):
    header = (drawn[0] / "timeline.png").read_bytes()[:24]
    width = int.from_bytes(header[16:20], "big")
    assert width == pytest.approx(6.3 * 300, abs=1)
    with Image.open(drawn[0] / "timeline.png") as held:
        held.load()
        assert held.info["dpi"] == pytest.approx((300, 300), abs=0.1)
        assert held.info["Software"] == "relatum"


def test_pixels_show_what_matplotlib_would_draw(fitted, drawn):
    from matplotlib import pyplot as plt

    from relatum.figures.style import figure_of, render_figure

    drawing = next(drawings(read_released(fitted / "results")))
    ax = drawing.draw()
    direct = render_figure(ax, form="png", dpi=100)
    plt.close(figure_of(ax))
    with Image.open(io.BytesIO(direct)) as held:
        want = held.convert("L").resize((63, 40))
    with Image.open(drawn[0] / "timeline.png") as held:
        got = held.convert("L").resize((63, 40))
    gap = np.abs(np.asarray(want, dtype=float) - np.asarray(got, dtype=float))
    # Averages of a patch: edges are smoothed otherwise, and words stand a pixel away.
    assert gap.mean() < 2
    assert np.asarray(want).std() > 5


def test_a_drawing_that_cannot_be_set_is_an_error():
    with pytest.raises(ReportError, match="could not be set as pixels"):
        svg_pixels(b"no drawing", dpi=100)


def test_a_pdf_is_one_page_of_print_width_with_searchable_words_and_no_date(drawn):
    content = (drawn[0] / "timeline.pdf").read_bytes()
    reader = PdfReader(io.BytesIO(content))
    assert len(reader.pages) == 1
    assert float(reader.pages[0].mediabox.width) / 72 == pytest.approx(6.3)
    assert "Violence" in reader.pages[0].extract_text()
    assert not re.search(rb"/(CreationDate|ModDate)", content)
    assert b"/Subtype /Type3" not in content


def test_the_same_results_give_the_same_bytes(fitted, drawn):
    place = fitted.parent / "again"
    write_figures(fitted, FORMS, cache=Cache(fitted.parent, "small", use="off"))
    (fitted / "figures").rename(place)
    assert len(list(place.iterdir())) == len(list(drawn[0].iterdir()))
    for path in drawn[0].iterdir():
        assert (place / path.name).read_bytes() == path.read_bytes(), path.name


def test_figures_are_entered_in_the_manifest_once(fitted, drawn):
    (fitted / "figures").mkdir()
    (fitted / "figures" / "a.csv").write_bytes(b"x")
    manifest = add_figures(add_figures(read_manifest(fitted), fitted), fitted)
    found = [record for record in manifest.files if record.path.startswith("figures/")]
    assert [(r.path, r.sha256) for r in found] == [
        ("figures/a.csv", hashlib.sha256(b"x").hexdigest())
    ]
    (fitted / "figures" / "a.csv").unlink()
    (fitted / "figures").rmdir()
    assert add_figures(manifest, fitted) == read_manifest(fitted)


def test_figures_are_taken_from_the_cache(fitted, monkeypatch):
    drawn = []

    def draw(folder, forms):
        drawn.append(forms)
        (folder / "figures").mkdir()
        (folder / "figures" / f"a.{forms[0]}").write_bytes(b"x")

    monkeypatch.setattr(figures_out, "draw_apart", draw)
    cache = Cache(fitted.parent, "small", use="on")
    for forms in (("svg",), ("svg",), ("png",), ("svg",), ()):
        write_figures(fitted, forms, cache=cache)
        found = [path.name for path in sorted((fitted / "figures").glob("*"))]
        assert found == [f"a.{form}" for form in forms or ("svg",)]
    assert drawn == [("svg",), ("png",)]
    shutil.rmtree(fitted / "figures")


def test_a_run_writes_figures_and_links_them(plan, reports, tmp_path, monkeypatch):
    monkeypatch.setattr(Rendering, "into", lambda *_, **__: ())
    plan = dataclasses.replace(
        plan,
        models=("timeline",),
        reports=dataclasses.replace(plan.reports, figures=("svg",)),
    )
    run_study(plan, tmp_path / "out", reports=reports)
    folder = tmp_path / "out" / "small"
    paths = [record.path for record in read_manifest(folder).files]
    assert [path for path in paths if path.startswith("figures/")] == [
        f"figures/timeline.{ending}" for ending in ("csv", "svg", "txt")
    ]
    assert 'href="figures/timeline.csv"' in (folder / "index.html").read_text(encoding="utf-8")


def test_tables_lie_beside_results_in_each_form(fitted):
    tables = fitted / "tables"
    assert sorted(path.name for path in tables.iterdir()) == [
        f"timeline.{ending}" for ending in ("csv", "docx", "html", "tex", "typ")
    ]
    assert "<caption>" in (tables / "timeline.html").read_text(encoding="utf-8")
    assert "\\label{tab:timeline}" in (tables / "timeline.tex").read_text(encoding="utf-8")
    assert "\nNote: " in (tables / "timeline.csv").read_text(encoding="utf-8").replace('"', "")


def test_results_are_not_taken_from_the_cache_with_other_forms_of_tables():
    plan = read_study()
    other = dataclasses.replace(plan, reports=dataclasses.replace(plan.reports, tables=("typ",)))
    drawn = dataclasses.replace(plan, reports=dataclasses.replace(plan.reports, figures=()))
    assert results_key(plan, ()) == results_key(drawn, ()) != results_key(other, ())


def _one(name, *, alt="Words.", fault=None):
    def draw():
        from relatum.figures.style import new_axes

        if fault:
            raise fault
        return new_axes(height=1.0)

    from relatum.figures.timeline import TimelineEvent
    from relatum.results.frames import rows_frame

    return Drawing(
        name=name, draw=draw, source=lambda: rows_frame(TimelineEvent, ()), alt=lambda: alt
    )


def test_a_figure_without_words_is_an_error(monkeypatch, tmp_path):
    monkeypatch.setattr(kinds, "drawings", lambda _: iter([_one("a"), _one("b", alt=" ")]))
    with pytest.raises(ReportError, match="figure 'b' has no alternative text"):
        draw_figures({}, tmp_path, forms=("svg",))


def test_two_figures_of_one_name_are_an_error(monkeypatch, tmp_path):
    monkeypatch.setattr(kinds, "drawings", lambda _: iter([_one("a"), _one("a")]))
    with pytest.raises(ReportError, match="Two figures are named 'a'"):
        draw_figures({}, tmp_path, forms=())


def test_what_cannot_be_drawn_is_listed_with_the_reason(monkeypatch, tmp_path):
    fault = ReportError("There is nothing to draw: no rows.")
    monkeypatch.setattr(kinds, "drawings", lambda _: iter([_one("a", fault=fault), _one("b")]))
    assert draw_figures({}, tmp_path, forms=()) == ("a: There is nothing to draw: no rows.",)
    assert "nothing to draw" in (tmp_path / LEFT_OUT).read_text(encoding="utf-8")
    assert (tmp_path / "b.csv").exists()


def test_what_was_withheld_is_not_said_to_be_none(fitted, monkeypatch, tmp_path):
    released = read_released(fitted / "results")["timeline"]
    small = Evidence(rule="threshold", finding="3 rows: too few behind a count.")
    strict = dataclasses.replace(released, profile="chapter5", evidence=(small,))
    fault = ReportError("There is nothing to draw: no event falls there.")
    one = dataclasses.replace(_one("a", fault=fault), result="timeline")
    monkeypatch.setattr(kinds, "drawings", lambda _: iter([one]))
    said = draw_figures({"timeline": strict}, tmp_path, forms=())
    assert said == ("a: withheld by profile chapter5, or not in these data.",)
    assert draw_figures({"timeline": released}, tmp_path, forms=()) == (f"a: {fault}",)


def test_a_drawing_names_its_result(fitted):
    assert {one.result for one in drawings(read_released(fitted / "results"))} == {"timeline"}


def test_a_program_that_stops_says_why(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert figures_out.main(["svg"]) != 0
    said = capsys.readouterr().err
    done = subprocess.CompletedProcess([], 14, "", f"a warning\n{said}")
    monkeypatch.setattr(figures_out.subprocess, "run", lambda *_, **__: done)
    with pytest.raises(ReportError, match=r"could not be drawn: .*results"):
        figures_out.draw_apart(tmp_path, ("svg",))


def test_kinds_with_figures_are_kinds_of_results():
    assert set(FIGURES) <= set(result_types())


def test_what_is_not_available_has_no_figure(fitted):
    released = read_released(fitted / "results")
    gone = dataclasses.replace(released["timeline"], result=Unavailable(what="x", why="none"))
    assert [one.name for one in drawings(released)] == ["timeline"]
    assert [one.name for one in drawings({"timeline": gone})] == []
