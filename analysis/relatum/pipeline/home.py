"""The page that links every output of a study, made from what lies in its folder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from relatum.pipeline.home_words import RECORDS, Question, question
from relatum.pipeline.manifest import MANIFEST, FileRecord, Manifest
from relatum.reports.anonymous import ANONYMOUS
from relatum.reports.home import HomeEntry, HomeGroup, HomeLink, HomePage, home_html
from relatum.reports.project import find_reports, load_mapping
from relatum.reports.source import read_source

__all__ = ["HOME", "describe_home", "write_home"]

#: The name of the page in the folder of a study.
HOME = "index.html"
SHEET = "relatum.css"
_LABELS = {
    ".html": "HTML",
    ".docx": "Word",
    ".pdf": "PDF",
    ".csv": "CSV",
    ".json": "JSON",
    ".svg": "SVG",
    ".png": "PNG",
    ".tex": "LaTeX",
    ".typ": "Typst",
    ".txt": "Text",
}
_BANNER = (
    "Simulated data. The numbers behind these links were computed from a sample that a computer "
    "drew from published figures and declared assumptions. They show what the method can say. "
    "They are no findings."
)
_BANNER_OTHER = (
    "Simulated comparison. The second sample of the comparison was drawn by a computer. What is "
    "said of the difference between both samples is no finding."
)
_INTRO = (
    "Table: as printed in the reports, with denominators and notes. Data: every number in full, "
    "one row each. JSON: the same with notes and sources, for programs."
)
_TAGS = {"published": "published or open data", "simulated": "simulated"}


def write_home(folder: Path, manifest: Manifest, documents: Sequence[Path]) -> Manifest:
    """Write the page into the folder of a study, and enter it in the manifest.

    Parameters
    ----------
    folder : Path
        The folder of the study, with results and reports.
    manifest : Manifest
        What it holds.
    documents : sequence of Path
        The sources of the reports, for their titles; their order is that of the page.

    Returns
    -------
    Manifest
        With the page and its checksum. The caller writes it.
    """
    text = home_html(describe_home(folder, manifest, documents), css=_sheet(documents))
    waiting = folder / f".{HOME}"
    waiting.write_bytes(text.encode())
    waiting.replace(folder / HOME)
    record = FileRecord(path=HOME, sha256=hashlib.sha256(text.encode()).hexdigest())
    others = (item for item in manifest.files if item.path != HOME)
    return replace(manifest, files=tuple(sorted((*others, record), key=lambda item: item.path)))


def describe_home(folder: Path, manifest: Manifest, documents: Sequence[Path] = ()) -> HomePage:
    """Say what the folder of a study holds, in groups.

    Parameters
    ----------
    folder, manifest, documents
        See `write_home`.

    Returns
    -------
    HomePage
        Every file of the manifest, and of the folders ``reports``, ``figures`` and ``anonymous``,
        once.
    """
    plan = manifest.plan
    stored = _stored(folder)
    words = {path.stem: _words(path) for path in documents}
    paths = _paths(folder, manifest)
    ordinary = plan.sample_origin
    return HomePage(
        title=plan.title or plan.name,
        subtitle="Reports, tables, results and the evidence of their release",
        banner=_banner(ordinary, stored),
        groups=(
            _reports("reports", "Reports", paths, words),
            _reports(ANONYMOUS, "Reports without the names of authors", paths, words),
            _results(paths, stored, ordinary),
            _figures(paths),
            _records(paths, stored),
        ),
        facts=_facts(manifest),
    )


def _sheet(documents: Sequence[Path]) -> str:
    """Read the sheet beside the documents; the shipped one where they have none."""
    for folder in (*(path.parent for path in documents[:1]), find_reports()):
        if (folder / SHEET).is_file():
            return (folder / SHEET).read_text(encoding="utf-8")
    return ""


def _paths(folder: Path, manifest: Manifest) -> tuple[str, ...]:
    found = {record.path for record in manifest.files} - {HOME}
    found |= {f"reports/{name}" for name in manifest.reports} | {MANIFEST}
    for part in ("figures", ANONYMOUS):
        inside = sorted((folder / part).rglob("*"))
        found |= {path.relative_to(folder).as_posix() for path in inside if path.is_file()}
    return tuple(sorted(path for path in found if not Path(path).name.startswith(".")))


def _stored(folder: Path) -> Mapping[str, Mapping[str, Any]]:
    """Read kind, source and reason of every result, in their order."""
    index = folder / "results" / "index.json"
    if not index.is_file():
        return {}
    names = json.loads(index.read_text(encoding="utf-8"))
    place = folder / "results"
    return {n: json.loads((place / f"{n}.json").read_text(encoding="utf-8")) for n in names}


def _words(document: Path) -> Question:
    """Take a report's title and line from its front matter."""
    front = read_source(document).front_matter
    own = load_mapping(front, shown=document.name, first_line=2)
    line = own.get("description") or own.get("subtitle") or ""
    return Question(str(own.get("title") or document.stem), str(line))


def _banner(origin: str, stored: Mapping[str, Mapping[str, Any]]) -> str:
    if origin == "simulated":
        return _BANNER
    others = (_source(entry).get("other_origin") for entry in stored.values())
    return _BANNER_OTHER if "simulated" in others else ""


def _source(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = entry["result"].get("provenance") or {}
    return found


def _links(paths: Iterable[str], *, csv: str = _LABELS[".csv"]) -> tuple[HomeLink, ...]:
    """Link files in the order of `_LABELS`; `csv` is the word on a link to a CSV file."""
    labels, order = {**_LABELS, ".csv": csv}, list(_LABELS)
    found = []
    for path in paths:
        suffix = Path(path).suffix
        label = labels.get(suffix, suffix.removeprefix(".").upper() or "File")
        place = order.index(suffix) if suffix in order else len(order)
        found.append((place, HomeLink(label, path)))
    return tuple(link for _, link in sorted(found, key=lambda item: (item[0], item[1].path)))


def _by_stem(paths: Iterable[str], part: str) -> dict[str, list[str]]:
    """Group the files of a folder by their names without the ending."""
    found: dict[str, list[str]] = {}
    for path in paths:
        if path.startswith(f"{part}/"):
            stem = path.removeprefix(f"{part}/").removesuffix(Path(path).suffix)
            found.setdefault(stem, []).append(path)
    return found


def _reports(
    part: str, title: str, paths: Sequence[str], words: Mapping[str, Question]
) -> HomeGroup:
    found = _by_stem(paths, part)
    order = [stem for stem in words if stem in found]
    order += [stem for stem in found if stem not in words]
    entries = []
    for stem in order:
        said = words.get(Path(stem).name, question(stem.replace("-", " ")))
        entries.append(HomeEntry(title=said.title, line=said.line, links=_links(found[stem])))
    return HomeGroup(anchor=part, title=title, entries=tuple(entries))


def _results(
    paths: Sequence[str], stored: Mapping[str, Mapping[str, Any]], ordinary: str
) -> HomeGroup:
    """List results with their tables, then tables of other names."""
    tables, results = _by_stem(paths, "tables"), _by_stem(paths, "results")
    names = [*stored, *(name for name in tables if name not in stored)]
    entries = []
    for name in names:
        links = _links(tables.get(name, ()), csv="Table")
        links += _links(results.get(name, ()) if name in stored else (), csv="Data")
        entries.append(_entry(name, links, stored, ordinary))
    return HomeGroup(anchor="results", title="Results", intro=_INTRO, entries=tuple(entries))


def _entry(
    name: str,
    links: tuple[HomeLink, ...],
    stored: Mapping[str, Mapping[str, Any]],
    ordinary: str,
) -> HomeEntry:
    said, missing, tag = question(name), "", ""
    if name in stored:
        entry = stored[name]
        origin = str(_source(entry).get("sample_origin", ""))
        tag = _TAGS.get(origin, origin) if origin not in ("", ordinary) else ""
        if entry["kind"] == "unavailable":
            missing = f"Not available: {entry['result']['why']}."
    return HomeEntry(title=said.title, line=said.line, links=links, tag=tag, missing=missing)


def _figures(paths: Sequence[str]) -> HomeGroup:
    found = _by_stem(paths, "figures")
    entries = []
    for stem, files in found.items():
        said = question(stem.replace("/", "-").removeprefix("fig-"))
        entries.append(HomeEntry(title=said.title, line=said.line, links=_links(files)))
    intro = "The figures of the reports, and the numbers that each one draws."
    return HomeGroup(
        anchor="figures", title="Figures and their data", intro=intro, entries=tuple(entries)
    )


def _records(paths: Sequence[str], stored: Mapping[str, Mapping[str, Any]]) -> HomeGroup:
    """List whatever stands in no other group, so that no file is left out."""
    elsewhere = ("reports/", "tables/", "figures/", f"{ANONYMOUS}/")
    results = {f"results/{name}{ending}" for name in stored for ending in (".csv", ".json")}
    listed = [path for path in RECORDS if path in paths]
    listed += [
        path
        for path in paths
        if not path.startswith(elsewhere) and path not in results and path not in RECORDS
    ]
    entries = tuple(_record(path) for path in listed)
    return HomeGroup(anchor="records", title="Manifest and evidence", entries=entries)


def _record(path: str) -> HomeEntry:
    said = RECORDS.get(path) or question(Path(path).stem)
    return HomeEntry(title=said.title, line=said.line, links=_links((path,)))


def _facts(manifest: Manifest) -> tuple[tuple[str, str], ...]:
    plan = manifest.plan
    packages = ", ".join(f"{name} {version}" for name, version in manifest.packages.items())
    facts = (
        ("Plan", f"{plan.name} (SHA-256 {plan.hash})"),
        ("Sample", f"{plan.sample_title or plan.sample_name} ({plan.sample_origin})"),
        ("Cells of the sample", f"SHA-256 {plan.sample_fingerprint}"),
        ("Source", plan.attribution),
        ("Seed", str(plan.seed)),
        ("Disclosure control", f"profile '{plan.profile}'"),
        ("Overridden refusals", "; ".join(plan.gates) or "none"),
        ("Software", f"relatum {plan.relatum_version}, schema {plan.schema_version}; {packages}"),
        ("Rendered by", f"the engine '{manifest.engine}'" if manifest.engine else ""),
    )
    return tuple((name, text) for name, text in facts if text)
