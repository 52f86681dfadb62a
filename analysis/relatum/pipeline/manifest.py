"""What a run was made of: plan, sample, packages, files; no clock time, no folder, no machine."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType

from relatum import __version__
from relatum.errors import PlanError, SchemaError
from relatum.pipeline.code_checksum import code_checksum
from relatum.results.codec import decode, encode
from relatum.results.store import json_text
from relatum.samples import Sample
from relatum.study import Study

__all__ = [
    "MANIFEST",
    "FileRecord",
    "Manifest",
    "PlanRecord",
    "make_manifest",
    "manifest_text",
    "package_versions",
    "plan_record",
    "read_manifest",
]

#: The name of the file in the folder of a study.
MANIFEST = "manifest.json"
_PACKAGES = ("matplotlib", "numpy", "pandas", "scipy")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRecord:
    """The plan and the sample of a run.

    Attributes
    ----------
    name, title, hash : str
        The plan's name and title, and the SHA-256 of what can change a number.
    seed : int
        The seed of every random step.
    models : tuple of str
        The analyses.
    profile : str
        The profile of disclosure control.
    gates : tuple of str
        Overridden refusals with their reasons.
    sample_name, sample_title, sample_origin, sample_fingerprint : str
        The sample, and the SHA-256 of its cells.
    relatum_version, schema_version : str
        Versions.
    attribution : str
        The line by which the source of an imported sample asks to be named; empty elsewhere.
    settings : mapping of str to str
        What the plan sets for its analyses, as ``cooccurrence.draws``; margins are not among it.
    """

    name: str
    title: str
    hash: str
    seed: int
    models: tuple[str, ...]
    profile: str
    gates: tuple[str, ...]
    sample_name: str
    sample_title: str
    sample_origin: str
    sample_fingerprint: str
    relatum_version: str
    schema_version: str
    attribution: str = ""
    settings: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRecord:
    """A file and its checksum."""

    path: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a folder of results holds, and from what.

    Attributes
    ----------
    plan : PlanRecord
        The plan and the sample.
    packages : mapping of str to str
        Versions of the packages that compute and draw.
    files : tuple of FileRecord
        Results, tables and the page that links them, sorted by path.
    code : str
        The SHA-256 of the code that computed them.
    reports : tuple of str
        Rendered files, by name.
    engine : str
        The engine that rendered them; empty where none were.
    """

    plan: PlanRecord
    packages: Mapping[str, str]
    files: tuple[FileRecord, ...]
    code: str = ""
    reports: tuple[str, ...] = ()
    engine: str = ""


def plan_record(study: Study, sample: Sample) -> PlanRecord:
    """Record a plan and its sample."""
    gates = tuple(f"{name}: {gate.reason}" for name, gate in study.gates.items() if gate.override)
    return PlanRecord(
        name=study.name,
        title=study.title,
        hash=study.hash,
        seed=study.seed,
        models=study.models,
        profile=study.release.profile,
        gates=gates,
        sample_name=sample.info.name,
        sample_title=sample.info.title,
        sample_origin=sample.info.origin,
        sample_fingerprint=sample.fingerprint,
        relatum_version=__version__,
        schema_version=sample.schema.version,
        attribution=sample.imported.attribution if sample.imported else "",
        settings=MappingProxyType(dict(_settings(study))),
    )


def _settings(study: Study) -> Iterator[tuple[str, str]]:
    """Give every setting of the analyses that the plan runs, as text."""
    for model in study.models:
        part = getattr(study, model, None)
        for spec in fields(part) if is_dataclass(part) else ():
            value = getattr(part, spec.name)
            if (model, spec.name) == ("comparison", "other") and value:
                # Where a folder lies is no setting, and tells of the machine.
                value = value if value.startswith("shipped:") else "a folder"
            several = value if isinstance(value, tuple) else (value,)
            yield f"{model}.{spec.name}", ", ".join(_word(one) for one in several)


def _word(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def package_versions() -> Mapping[str, str]:
    """Return the versions of the packages that compute and draw."""
    return MappingProxyType({name: version(name) for name in _PACKAGES})


def make_manifest(plan: PlanRecord, files: Mapping[str, bytes | str]) -> Manifest:
    """Record the files of a run by their checksums."""
    records = tuple(
        FileRecord(path=path, sha256=hashlib.sha256(_bytes(content)).hexdigest())
        for path, content in sorted(files.items())
    )
    return Manifest(plan=plan, packages=package_versions(), files=records, code=code_checksum())


def _bytes(content: bytes | str) -> bytes:
    return content if isinstance(content, bytes) else content.encode()


def manifest_text(manifest: Manifest) -> str:
    """Write a manifest as JSON."""
    return json_text(encode(manifest))


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a study's folder.

    Raises
    ------
    PlanError
        If there is none, or one of another version; the message says what to run.
    """
    try:
        raw = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        manifest: Manifest = decode(Manifest, raw)
    except (OSError, ValueError, SchemaError) as error:
        msg = (
            f"'{folder.name}' holds no results of this version of relatum "
            f"({type(error).__name__}). Run: relatum fit"
        )
        raise PlanError(msg) from error
    return manifest
