"""An archive described for machines, as an RO-Crate."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from relatum.errors import UsageError
from relatum.pipeline.archive_parts import CODE, LOCK, PLAN
from relatum.pipeline.archive_readme import DataNote
from relatum.pipeline.manifest import Manifest
from relatum.reports.authors import AUTHORS, citation_authors, read_authors

__all__ = ["EPOCH_VARIABLE", "METADATA", "crate_text"]

METADATA = "ro-crate-metadata.json"
#: Seconds since 1970 that stand for the date of publication; without it the crate has no date.
EPOCH_VARIABLE = "SOURCE_DATE_EPOCH"
_TYPES = {
    ".cff": "application/yaml",
    ".csv": "text/csv",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".html": "text/html",
    ".json": "application/json",
    ".lock": "text/plain",
    ".md": "text/markdown",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".toml": "application/toml",
    ".txt": "text/plain",
}
_OWN = "#relatum"
_MIT = "https://spdx.org/licenses/MIT"
#: In the place of a licence where the archive holds more than the package and what it draws.
_TERMS = (
    "Author to complete: under which terms the texts and data of this study may be passed on. The "
    "code is under the MIT licence."
)


def crate_text(
    folder: Path,
    manifest: Manifest,
    data: tuple[DataNote, ...],
    sums: Mapping[str, str],
    *,
    texts: str = "",
) -> str:
    """Write the metadata of an archive.

    Parameters
    ----------
    folder : Path
        The archive, complete but for the metadata.
    manifest : Manifest
    data : tuple of DataNote
    sums : mapping of str to str
        SHA-256 by path. Files below ``code/`` are described as one part.
    texts : str
        Where the study's own documents lie in the archive. Their authors are then the authors of
        the archive, and the licence of the code is not its licence. Empty for shipped documents.

    Returns
    -------
    str
        JSON, the same for the same archive and date.

    Raises
    ------
    UsageError
        If ``SOURCE_DATE_EPOCH`` is no number.
    ReportError
        If the study's own list of authors cannot be read.
    """
    from rocrate.rocrate import ROCrate

    crate = ROCrate()
    crate.metadata.extra_terms["sha256"] = "https://schema.org/sha256"
    _describe_root(crate, manifest, _authors(folder, texts))
    foreign = any(note.included and note.origin != "simulated" for note in data)
    crate.license = _TERMS if texts or foreign else _MIT
    code = crate.add_dataset(dest_path=f"{CODE}/", properties=_code(manifest))
    files: dict[str, Any] = {}
    for path, digest in sums.items():
        if not path.startswith(f"{CODE}/"):
            own = _file(folder / path, digest)
            files[path] = crate.add_file(dest_path=path, properties=own)
    _describe_run(crate, manifest, files, code, data)
    generated = crate.metadata.generate()
    generated["@graph"] = sorted(generated["@graph"], key=lambda entity: str(entity["@id"]))
    return json.dumps(generated, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _describe_root(
    crate: Any,  # noqa: ANN401 - the library has no types
    manifest: Manifest,
    authors: Sequence[Mapping[str, object]],
) -> None:
    plan = manifest.plan
    crate.name = plan.title or plan.name
    simulated = " Simulated data: no findings." if plan.sample_origin == "simulated" else ""
    crate.description = (
        f"Code, plan, results, reports and evidence of the study '{plan.name}'.{simulated}"
    )
    when = _date()
    if when:
        crate.root_dataset["datePublished"] = when
    else:
        del crate.root_dataset["datePublished"]
    crate.root_dataset["author"] = [
        crate.add_jsonld({"@id": f"#author-{at + 1}", **author})
        for at, author in enumerate(authors)
    ]


def _date() -> str:
    given = os.environ.get(EPOCH_VARIABLE, "")
    if not given:
        return ""
    try:
        return datetime.fromtimestamp(int(given), tz=UTC).date().isoformat()
    except (ValueError, OverflowError, OSError) as error:
        msg = f"{EPOCH_VARIABLE} must be a number of seconds since 1970."
        raise UsageError(msg) from error


def _authors(folder: Path, texts: str) -> list[dict[str, object]]:
    """List who wrote the study's own documents, else who wrote the package."""
    own, citation = folder / texts / AUTHORS, folder / CODE / "CITATION.cff"
    if texts and own.is_file():
        return [_author(author) for author in citation_authors(read_authors(own))]
    if not citation.is_file():
        return []
    raw = yaml.safe_load(citation.read_text(encoding="utf-8"))
    return [_author(author) for author in raw.get("authors", [])]


def _author(raw: Mapping[str, object]) -> dict[str, object]:
    if "name" in raw:
        return {"@type": "Organization", "name": str(raw["name"])}
    parts = ("given-names", "name-particle", "family-names")
    found: dict[str, object] = {
        "@type": "Person",
        "name": " ".join(str(raw[part]) for part in parts if part in raw),
    }
    if raw.get("orcid"):
        found["identifier"] = str(raw["orcid"])
    return found


def _code(manifest: Manifest) -> dict[str, object]:
    return {
        "name": "relatum: package, schema and sources of the reports",
        "version": manifest.plan.relatum_version,
        "license": {"@id": _MIT},
    }


def _file(path: Path, digest: str) -> dict[str, object]:
    kind = _TYPES.get(path.suffix)
    size = str(path.stat().st_size)
    return {
        "name": path.name,
        "contentSize": size,
        "sha256": digest,
        **({"encodingFormat": kind} if kind else {}),
    }


def _describe_run(
    crate: Any,  # noqa: ANN401 - the library has no types
    manifest: Manifest,
    files: Mapping[str, Any],
    code: Any,  # noqa: ANN401
    data: tuple[DataNote, ...],
) -> None:
    """Say which program made the outputs, from what."""
    plan = manifest.plan
    program = crate.add_jsonld(
        {
            "@id": _OWN,
            "@type": "SoftwareApplication",
            "name": "relatum",
            "version": plan.relatum_version,
            "softwareRequirements": {"@id": LOCK},
            "isPartOf": {"@id": code.id},
        }
    )
    for at, note in enumerate(data):
        crate.add_jsonld(
            {
                "@id": f"#data-{at + 1}",
                "@type": "Dataset",
                "name": note.title,
                "description": f"{note.origin}; {note.attribution}".rstrip("; "),
                "sha256": note.fingerprint,
                "isAccessibleForFree": note.included and note.origin != "collected",
            }
        )
    made = [entity for path, entity in files.items() if path.startswith("outputs/")]
    crate.add_action(
        program,
        identifier="#run",
        object=[files[PLAN], *({"@id": f"#data-{at + 1}"} for at in range(len(data)))],
        result=made,
        properties={
            "name": f"relatum run {PLAN}",
            "description": f"Seed {plan.seed}; SHA-256 of the plan {plan.hash}.",
        },
    )
