"""The profile ``anonymous``: a copy of a report project that names nobody."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from pathlib import Path

import yaml

from relatum.reports.outputs import Output
from relatum.reports.project import Project, load_mapping
from relatum.reports.scrub import scrub_docx, scrub_pdf
from relatum.reports.source import Source

__all__ = ["ANONYMOUS", "NAMING_KEYS", "clean_outputs", "without_names"]

#: The name of the profile: Quarto reads ``_quarto-anonymous.yml``, cells see RELATUM_PROFILE.
ANONYMOUS = "anonymous"

#: What a project file, a metadata file or a front matter must not say in an anonymous build.
NAMING_KEYS = frozenset(
    re.findall(
        r"\S+",
        "acknowledgement acknowledgements acknowledgments affiliation affiliations author "
        "authors by-author citation code-repo contact copyright corresponding credit doi "
        "editor funding funder grant institute institution institutions orcid publisher "
        "repo-url repository repository-code site-url thanks website",
    )
)
FRONT = re.compile(r"\A---[ \t]*\n(.*?\n)(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.S)


def without_names(source: Source, project: Project) -> tuple[Source, Project]:
    """Take the names out of a writable copy of a project, for both engines alike.

    A profile alone cannot do that: Quarto lets a front matter win over every profile, and joins
    lists of authors.

    Parameters
    ----------
    source : Source
        A document in the copy.
    project : Project
        The copy. Its YAML files and the front matter of its documents are rewritten.

    Returns
    -------
    tuple of (Source, Project)
        As they now are.
    """
    for path in sorted(project.folder.rglob("*.qmd")):
        text = path.read_text(encoding="utf-8")
        found = FRONT.match(text)
        if found is not None:
            front = _pruned(found[1], shown=path.name)
            path.write_text(
                f"---\n{front}---\n{text[found.end() :]}", encoding="utf-8", newline="\n"
            )
    for path in sorted((*project.folder.glob("*.yml"), *project.folder.glob("*.yaml"))):
        text = _pruned(path.read_text(encoding="utf-8"), shown=path.name) or "{}\n"
        path.write_text(text, encoding="utf-8", newline="\n")
    (project.folder / "CITATION.cff").unlink(missing_ok=True)
    return (
        dataclasses.replace(source, front_matter=_pruned(source.front_matter, shown="")),
        dataclasses.replace(project, config=_without(project.config)),
    )


def _pruned(text: str, *, shown: str) -> str:
    """Take the naming keys out of a YAML text; a text without any stays as it is."""
    config = load_mapping(text, shown=shown, first_line=1)
    kept = _without(config)
    if kept == config:
        return text
    return yaml.safe_dump(kept, allow_unicode=True, sort_keys=False) if kept else ""


def _without(config: Mapping[str, object]) -> dict[str, object]:
    return {
        key: _without(value) if isinstance(value, Mapping) else value
        for key, value in config.items()
        if str(key).casefold() not in NAMING_KEYS
    }


def clean_outputs(outputs: tuple[Output, ...]) -> None:
    """Clean the metadata of rendered files, in place.

    Parameters
    ----------
    outputs : tuple of Output
    """
    cleaners = {"docx": scrub_docx, "pdf": scrub_pdf}
    for output in outputs:
        cleaner = cleaners.get(output.format)
        if cleaner is not None:
            path: Path = output.path
            path.write_bytes(cleaner(path.read_bytes()))
