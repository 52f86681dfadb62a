"""The README of an archive, under the headings that data editors ask for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from relatum.pipeline.archive_parts import CODE, LOCK, PLAN
from relatum.pipeline.home_words import question
from relatum.pipeline.manifest import Manifest
from relatum.reports.source import Cell, read_source

__all__ = ["SHIPPED_TEXTS", "DataNote", "readme_text"]

#: Where the documents that ship with the package lie in an archive.
SHIPPED_TEXTS = f"{CODE}/reports"

_CAPTIONS = {"tbl": "tbl-cap", "fig": "fig-cap"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DataNote:
    """One data set: where it lies, and whether its cells are part of the archive.

    Attributes
    ----------
    title, origin : str
        ``collected``, ``published`` or ``simulated``.
    place : str
        Its place in the archive.
    included : bool
        Whether its cells are there.
    fingerprint : str
        The SHA-256 of its cells.
    attribution : str
        How the source of an import asks to be named.
    """

    title: str
    origin: str
    place: str
    included: bool
    fingerprint: str
    attribution: str = ""


def readme_text(
    manifest: Manifest,
    data: Sequence[DataNote],
    documents: Sequence[Path],
    *,
    texts: str = "",
) -> str:
    """Write the README.

    Parameters
    ----------
    manifest : Manifest
        The run that is archived.
    data : sequence of DataNote
        The sample, and the second one where there is one.
    documents : sequence of Path
        The sources of the reports.
    texts : str
        Where they lie in the archive if they are the study's own; empty for shipped ones.

    Returns
    -------
    str
        Markdown. It holds no clock time, no folder of a machine and no number of the data.
    """
    plan, sources = manifest.plan, texts or SHIPPED_TEXTS
    sections = (
        [f"# {plan.title or plan.name}: archive", *_overview(manifest)],
        ["## Data availability and provenance", *_availability(data)],
        ["### Rights", *_rights(data, texts)],
        ["### Confidential data", *_confidential(manifest, data)],
        ["### List of data sets", *_datasets(data)],
        ["## Computational requirements", "### Software", *_software(manifest)],
        ["### Controlled randomness", *_randomness(manifest)],
        ["### Memory, runtime and storage", *_runtime()],
        ["## Programs and code", *_programs(manifest, sources)],
        ["## Instructions for a rerun", *_instructions(data)],
        ["## List of tables, figures and programs", *_exhibits(manifest, documents, sources)],
        ["## References", *_references(sources)],
    )
    return "\n\n".join("\n\n".join(section) for section in sections) + "\n"


def _overview(manifest: Manifest) -> Iterator[str]:
    plan = manifest.plan
    if plan.sample_origin == "simulated":
        yield (
            "**Simulated data.** The sample was drawn by a computer from published figures and "
            "declared assumptions. The numbers show what the method can say. They are no findings."
        )
    yield (
        f"This archive holds code, plan, results and reports of the study `{plan.name}`, made with "
        f"relatum {plan.relatum_version} (schema {plan.schema_version}). The plan is `{PLAN}`; "
        f"the SHA-256 of whatever in it can change a number is `{plan.hash}`. All outputs are "
        "linked from `outputs/index.html` where reports were rendered. `checksums.sha256` lists "
        "every file; `ro-crate-metadata.json` describes them for machines."
    )


def _availability(data: Sequence[DataNote]) -> Iterator[str]:
    for note in data:
        where = {
            "simulated": "It was simulated by this software and holds no real records.",
            "published": "It was coded from a publication, or is open data.",
        }.get(note.origin, "It was coded from files to which the authors had access.")
        part = (
            f"Its cells are part of this archive, in `{note.place}`."
            if note.included
            else f"Its cells are not part of this archive. `{note.place}` describes its fields. "
            "Author to complete: who holds the data, how to ask for access, how long it takes, "
            "and until when the data are kept."
        )
        yield f"**{note.title}** ({note.origin}). {where} {part} {note.attribution}".rstrip()


def _rights(data: Sequence[DataNote], texts: str) -> Iterator[str]:
    yield f"The code is under the MIT licence (`{CODE}/LICENSE`, where it is present)."
    if texts:
        yield (
            f"Texts: the documents in `{texts}/` are the study's own. Author to complete: under "
            "which terms they may be passed on."
        )
    if any(note.origin == "collected" for note in data):
        yield (
            "Data: author to complete: the legal basis on which the authors used the data, and the "
            "permission to publish these outputs. In the European Union the Law Enforcement "
            "Directive and national police data law frame processing by the police, and the GDPR "
            "frames research use; this names the frame and is no legal advice."
        )
    elif all(note.origin == "simulated" for note in data):
        yield "Data: simulated; they may be passed on under the licence of the code."
    else:
        yield "Data: author to complete: under which terms the publication lets them be passed on."


def _confidential(manifest: Manifest, data: Sequence[DataNote]) -> Iterator[str]:
    held = [note for note in data if note.origin == "collected"]
    if not held:
        yield "None of the data are confidential."
    elif any(note.included for note in held):
        yield (
            "**This archive holds cells of collected data. Keep it where only persons with "
            "permission can read it, and deposit it with restricted access only.**"
        )
    else:
        yield "The data are confidential and are not part of this archive."
    yield (
        f"Every output passed disclosure control under the profile `{manifest.plan.profile}`; the "
        "evidence per result is `outputs/results/release.json`."
    )


def _datasets(data: Sequence[DataNote]) -> Iterator[str]:
    lines = [
        "| Data set | Place | Part of the archive | SHA-256 of the cells |",
        "|---|---|---|---|",
    ]
    for note in data:
        word = "yes" if note.included else "described only"
        lines.append(f"| {_cell(note.title)} | `{note.place}` | {word} | `{note.fingerprint}` |")
    yield "\n".join(lines)


def _software(manifest: Manifest) -> Iterator[str]:
    versions = ", ".join(f"{name} {number}" for name, number in manifest.packages.items())
    engine = f" The reports were rendered by the engine `{manifest.engine}`."
    yield (
        f"Python 3.11 or newer. Every package is pinned in `{LOCK}`; the numbers were computed "
        f"with {versions}.{engine if manifest.engine else ''} Nothing else is needed: pandoc and "
        "Typst come with the packages."
    )


def _randomness(manifest: Manifest) -> Iterator[str]:
    yield (
        f"The seed of every random step is {manifest.plan.seed}, set by `seed` in `{PLAN}`. Each "
        "replicate has a seed of its own that is derived from it, so that the number of processes "
        "changes nothing. Outputs hold no clock time."
    )


def _runtime() -> Iterator[str]:
    yield (
        "Minutes on a laptop with two cores and 2 GB of memory: the plan that ships with relatum, "
        "with all reports in three formats, takes about three. The fresh environment needs some "
        "more minutes and about 2 GB of disk. `relatum archive --verify` says how long it took."
    )


def _programs(manifest: Manifest, sources: str) -> Iterator[str]:
    yield "\n".join(
        (
            f"- `{CODE}/analysis/relatum/`: the package. `models/` holds one module per question, "
            "`inference/` the arithmetic, `release/` disclosure control, `tables/` and `figures/` "
            "what is printed.",
            f"- `{CODE}/data_schema/`: the schema: codebook, tables and fields, published figures.",
            f"- `{sources}/`: the sources of the reports. They read results and compute none.",
            "- `outputs/results/`: every result as CSV and JSON. `outputs/tables/`: as printed. "
            "`outputs/reports/`: the reports. Figure data lie in `outputs/figures/` where they "
            "were written; otherwise figures draw the CSV files of `outputs/results/`.",
        )
    )
    yield (
        f"The SHA-256 over package and schema is `{manifest.code}`; `relatum archive --verify` "
        "compares it."
    )


def _instructions(data: Sequence[DataNote]) -> Iterator[str]:
    yield "With relatum installed, in the folder that holds this archive:"
    options = {"data/sample": " --sample FOLDER_WITH_THE_DATA", "data/other": " --other FOLDER"}
    sample = "".join(options.get(note.place, "") for note in data if not note.included)
    yield f"```\nrelatum archive --verify ARCHIVE{sample}\n```"
    yield (
        "This checks every checksum, builds a fresh environment from the lock, runs the archived "
        "code on the archived plan and compares every output. By hand, in this folder:"
    )
    yield (
        "```\n"
        "python3 -m venv environment\n"
        f"environment/bin/python -m pip install -r {LOCK}\n"
        f"PYTHONPATH={CODE}/analysis environment/bin/python -m relatum run {PLAN} --out rerun\n"
        "```"
    )


def _exhibits(manifest: Manifest, documents: Sequence[Path], sources: str) -> Iterator[str]:
    yield (
        "Programs of the reports are lines of the documents; what they print was computed by "
        f"`relatum fit` from `{PLAN}`."
    )
    lines = ["| Exhibit | Caption | Program |", "|---|---|---|"]
    for document in documents:
        for cell in read_source(document).cells():
            if _is_exhibit(cell):
                place = f"{sources}/{document.name}, line {cell.line.number}"
                lines.append(f"| {cell.label} | {_cell(_caption(cell))} | `{place}` |")
    if len(lines) > 2:
        yield "\n".join(lines)
    lines = ["| Table or result | What it answers |", "|---|---|"]
    held: dict[str, list[str]] = {}
    for record in manifest.files:
        if record.path.startswith(("tables/", "figures/")):
            stem, _, ending = record.path.rpartition(".")
            held.setdefault(stem, []).append(ending)
    for stem, endings in held.items():
        said = question(Path(stem).name)
        lines.append(f"| `outputs/{stem}` ({', '.join(endings)}) | {said.line or said.title} |")
    yield "\n".join(lines)


def _is_exhibit(cell: Cell) -> bool:
    return cell.label.partition("-")[0] in _CAPTIONS


def _caption(cell: Cell) -> str:
    key = _CAPTIONS[cell.label.partition("-")[0]]
    return str(cell.options.get(key, "")).replace("\n", " ").strip()


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _references(sources: str) -> Iterator[str]:
    yield (
        f"How to cite the software: `{CODE}/CITATION.cff`, where it is present. Works that the "
        f"reports cite: the bibliography in `{sources}/`. Sources of published figures and "
        f"comparators: `{CODE}/data_schema/`."
    )
