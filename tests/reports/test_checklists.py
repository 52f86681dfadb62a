"""The checklists: items complete, places real, words our own, links in the page."""

import re

import pytest

from relatum.errors import SchemaError, UsageError
from relatum.reports import check, find_reports
from relatum.schema import reporting
from relatum.schema.reporting import CHECKLISTS, load_attacks, load_checklist
from relatum.tables.checklists import (
    link_places,
    say_checklist,
    tabulate_attacks,
    tabulate_checklist,
)

EVERY = [
    *((name, item.item, item.where) for name in CHECKLISTS for item in load_checklist(name)),
    *(("attacks", one.item, one.where) for one in load_attacks()),
]


def headings(document):
    text = (find_reports() / f"{document}.qmd").read_text(encoding="utf-8")
    return set(re.findall(r"(?m)^#+ .*\{#([\w-]+)", text))


def test_every_place_exists():
    missing = [
        (name, item, place)
        for name, item, where in EVERY
        for place in where
        if place.partition("#")[2] not in headings(place.partition("#")[0])
    ]
    assert missing == []


def test_every_item_is_met_or_left_to_the_author():
    for name in CHECKLISTS:
        for item in load_checklist(name):
            assert item.where or item.by_author
            assert item.asks[0].isupper()
            assert len(item.asks) < 120
    assert all(one.where for one in load_attacks())


def test_the_lists_are_complete():
    numbers = {int(re.match(r"\d+", item.item)[0]) for item in load_checklist("strobe")}
    assert numbers == set(range(1, 23))
    assert not [i for i in load_checklist("strobe") if "case-control" in i.item]
    record = "1.1 1.2 1.3 6.1 6.2 6.3 7.1 12.1 12.2 12.3 13.1 19.1 22.1"
    assert " ".join(i.item for i in load_checklist("record")) == record
    assert [i.item for i in load_checklist("police")] == [f"P{n}" for n in range(1, 11)]
    assert [i.item for i in load_checklist("srqr")] == [f"S{n}" for n in range(1, 22)]
    assert [one.item for one in load_attacks()] == [str(n) for n in range(1, 21)]


def test_sources_are_cited_in_the_bibliography():
    bib = (find_reports() / "references.bib").read_text(encoding="utf-8")
    sources = {item.source for name in CHECKLISTS for item in load_checklist(name)}
    assert sources - {""} <= set(re.findall(r"doi\s*=\s*\{([^}]*)\}", bib))


def test_tables_link_to_sections():
    text = link_places(tabulate_checklist("strobe").markdown())
    assert "[chapter: flow](chapter.html#sec-flow)" in text
    assert "author to complete" in text
    assert r"\#sec" not in text
    assert "| **Methods** |" in text
    assert len(tabulate_attacks().rows) == 20
    assert say_checklist("record").startswith("13 items: ")


def test_the_document_can_be_rendered_by_both_engines():
    assert check(find_reports() / "checklists.qmd") == ()


def test_faults_are_listed_together(tmp_path, monkeypatch):
    folder = tmp_path / "reporting"
    folder.mkdir()
    (folder / "police.csv").write_text(
        "item,section,asks,source,where,note\nP1,Source,Who,doi.org/x,chapter,\nP1,,What,,,\n",
        encoding="utf-8",
    )
    (folder / "attacks.csv").write_text("item,asks,answer,where\n1,A,,author\n", encoding="utf-8")
    monkeypatch.setattr(reporting, "schema_path", lambda: tmp_path)
    load_checklist.cache_clear()
    load_attacks.cache_clear()
    try:
        with pytest.raises(SchemaError, match="5 faults") as caught:
            load_checklist("police")
        assert {issue.field for issue in caught.value.issues} >= {"where", "source", "asks", "id"}
        with pytest.raises(SchemaError, match="needs an answer"):
            load_attacks()
        with pytest.raises(UsageError, match="Did you mean 'strobe'"):
            load_checklist("strob")
    finally:
        load_checklist.cache_clear()
        load_attacks.cache_clear()
