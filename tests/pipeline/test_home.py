"""The page that links every output: complete, unbroken, plain to read, the same every time."""

import ast
import dataclasses
import hashlib
import json
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from relatum.models import registry
from relatum.pipeline import fit_study, read_manifest, render_study
from relatum.pipeline.home import describe_home, write_home
from relatum.pipeline.home_words import QUESTIONS, question
from relatum.pipeline.manifest import Manifest, PlanRecord
from relatum.reports.home import HomeEntry, HomeGroup, HomeLink, HomePage, home_html

VOID = {"meta", "link", "br", "hr", "img", "input"}


class Page(HTMLParser):
    """Collects links, ids and landmarks, and refuses tags that are not closed in order."""

    def __init__(self, text):
        super().__init__()
        self.links, self.ids, self.tags, self.open = [], [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.tags.append(tag)
        if tag == "a":
            self.links.append(found["href"])
        if "id" in found:
            self.ids.append(found["id"])
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_links_every_file_once_warns_and_is_in_the_manifest(plan, reports, tmp_path):
    fit_study(plan, tmp_path / "out")
    rendered = render_study(plan, tmp_path / "out", reports=reports)
    folder = rendered.folder
    assert rendered.home == folder / "index.html"
    page = Page(rendered.home.read_text(encoding="utf-8"))
    assert len(page.ids) == len(set(page.ids))
    outside = [link for link in page.links if link.startswith("#")]
    assert {link.removeprefix("#") for link in outside} <= set(page.ids)
    files = [unquote(urlsplit(link).path) for link in page.links if not link.startswith("#")]
    there = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert sorted(files) == sorted(there - {"index.html"})
    assert {"main", "nav", "header", "footer", "h1"} <= set(page.tags)
    assert page.tags.count("h1") == page.tags.count("main") == 1
    assert "script" not in page.tags
    text = rendered.home.read_bytes()
    listed = {record.path: record.sha256 for record in read_manifest(folder).files}
    assert listed["index.html"] == hashlib.sha256(text).hexdigest()
    words = text.decode()
    assert "Simulated data." in words
    assert "published or open data" in words
    assert "A small report" in words
    assert str(tmp_path) not in words
    assert "http" not in words


def test_only_real_samples_go_without_a_banner(tmp_path):
    folder = tmp_path / "one"
    (folder / "results").mkdir(parents=True)
    source = {"sample_origin": "collected", "other_origin": ""}
    stored = {"kind": "unavailable", "result": {"why": "too < few", "provenance": source}}

    def page(**changes):
        source.update(changes)
        (folder / "results" / "sizes.json").write_text(json.dumps(stored), encoding="utf-8")
        (folder / "results" / "index.json").write_text('["sizes"]', encoding="utf-8")
        return describe_home(folder, manifest)

    words = {spec.name: "x" for spec in dataclasses.fields(PlanRecord)}
    plan = PlanRecord(
        **{**words, "sample_origin": "collected", "seed": 1, "models": (), "gates": ()}
    )
    manifest = Manifest(plan=plan, packages={}, files=())
    assert page().banner == ""
    assert "second sample" in page(other_origin="simulated").banner
    written = write_home(folder, manifest, ())
    assert [record.path for record in written.files] == ["index.html"]
    assert write_home(folder, written, ()) == written
    assert "Not available: too &lt; few." in (folder / "index.html").read_text(encoding="utf-8")


def test_whatever_is_written_is_escaped():
    link = HomeLink("<i>", "tables/a b&'\".csv")
    entry = HomeEntry(title="<b>", line="a & b", links=(link,), tag="<s>")
    group = HomeGroup(anchor="a", title="<u>", entries=(entry,))
    shown = HomePage(title="<t>", banner="<x>. <y>", groups=(group,), facts=(("<f>", "<g>"),))
    page = Page(home_html(shown, css=""))
    assert not {"i", "b", "s", "u", "t", "x", "y", "f", "g"} & set(page.tags)
    assert unquote(page.links[-1]) == link.path


def test_empty_groups_are_left_out():
    empty = HomeGroup(anchor="figures", title="Figures")
    assert "figures" not in Page(home_html(HomePage(title="t", groups=(empty,)), css="")).ids


def test_every_result_of_the_shipped_analyses_has_its_line():
    tree = ast.parse(Path(registry.__file__).read_text(encoding="utf-8"))
    keys = [key for node in ast.walk(tree) if isinstance(node, ast.Dict) for key in node.keys]
    named = {key.value for key in keys if isinstance(key, ast.Constant)}
    assert len(named) > 30
    analyses_only = set(registry.ANALYSES) - set(QUESTIONS)
    assert named - analyses_only <= set(QUESTIONS)
    assert all(item.title and item.line.endswith("?") for item in QUESTIONS.values())
    assert question("own").title == "Own"
