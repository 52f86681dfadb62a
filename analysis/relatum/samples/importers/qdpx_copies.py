"""Two copies of one document, each coded by another person: the layout MAXQDA asks for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Literal

from relatum.samples.importers.qdpx_faults import Faults
from relatum.samples.importers.qdpx_project import CaseNode, Project, SetNode, SourceNode
from relatum.samples.importers.qdpx_units import Grouping, document_name, is_meant

__all__ = ["COPIES", "Copies", "merge_copies"]

#: What documents of one name in different sets are.
Copies = Literal["coders", "distinct"]
COPIES: tuple[Copies, ...] = ("coders", "distinct")


def merge_copies(
    project: Project,
    copies: Copies | None,
    unit: Grouping,
    investigation: Grouping,
    faults: Faults,
) -> Project:
    """Make one document of the copies that several coders coded; a coder is named by the set.

    Parameters
    ----------
    project : Project
    copies : {"coders", "distinct"} or None
        What documents of one name in different sets are; None where nobody said.
    unit, investigation : Grouping
        What stands for a relationship and for an investigation.
    faults : Faults
        Takes copies that nobody explained, and those of which the coder is not known.

    Returns
    -------
    Project
        Unchanged for ``distinct``. For ``coders`` the sets of the coders are users, no sets.

    Notes
    -----
    MAXQDA compares coders by two copies of a document, of one name, in two document groups, which
    a project holds as sets. The set of a coder holds a document that has the name of one outside
    of it, and no two documents of one name; a set that `investigation` names by a pattern is none.
    """
    if copies == "distinct":
        return project
    names = {guid: document_name(source.name) for guid, source in project.sources.items()}
    held = Counter(name for name in names.values() if name)
    groups = [
        group
        for group in project.sets.values()
        if _is_coder(group, names, held) and not _is_investigation(group, investigation)
    ]
    owners: dict[str, list[str]] = {}
    for group in groups:
        for guid in set(group.sources):
            owners.setdefault(guid, []).append(group.guid)
    if copies is None:
        # Sets that are relationships tell documents of one name apart.
        if unit.kind in ("document", "case"):
            _ask(names, owners, faults)
        return project
    _check_owners(names, held, owners, faults)
    if not groups:
        message = "No two sets hold documents of one name: there are no copies of two coders."
        faults.add("no_copies", message, field="copies")
    faults.stop()
    return _merged(project, groups, names, {guid: sets[0] for guid, sets in owners.items()})


def _is_coder(group: SetNode, names: Mapping[str, str], held: Mapping[str, int]) -> bool:
    own = [names[guid] for guid in set(group.sources) if names[guid]]
    return len(set(own)) == len(own) and any(held[name] > 1 for name in own)


def _is_investigation(group: SetNode, investigation: Grouping) -> bool:
    named = investigation.kind == "set" and investigation.name
    return bool(named) and is_meant(group.name, investigation)


def _ask(names: Mapping[str, str], owners: Mapping[str, list[str]], faults: Faults) -> None:
    """Ask what documents are that have the name of one in another set."""
    sets: dict[str, set[str]] = {}
    for guid, groups in owners.items():
        sets.setdefault(names[guid], set()).update(groups)
    n = sum(len(groups) > 1 for name, groups in sets.items() if name)
    if n:
        noun = "document has" if n == 1 else "documents have"
        message = (
            f"{n:,} {noun} the name of another one in another set. Say what they are: 'coders' for "
            "one document of which each coder coded a copy, 'distinct' for different documents."
        )
        faults.add("document_twice", message, field="copies", allowed=COPIES)


def _check_owners(
    names: Mapping[str, str],
    held: Mapping[str, int],
    owners: Mapping[str, list[str]],
    faults: Faults,
) -> None:
    for guid, name in names.items():
        n = len(owners.get(guid, ()))
        if n > 1 or (n == 0 and held[name] > 1):
            lies = "in several sets" if n else "in no set"
            message = f"A copy lies {lies} of coders, so that its coder is not known (GUID {guid})."
            faults.add("copy_without_coder", message, field="copies")


def _merged(
    project: Project,
    groups: Iterable[SetNode],
    names: Mapping[str, str],
    owner: Mapping[str, str],
) -> Project:
    """Return the project with one document for the copies of one name."""
    first: dict[str, str] = {}
    new = {guid: first.setdefault(name or guid, guid) for guid, name in names.items()}
    coders = {group.guid: group.name for group in groups}
    codings = tuple(
        replace(coding, source=new[coding.source], user=owner.get(coding.source, coding.user))
        for coding in project.codings
    )
    gone = {c.user for c in project.codings} - {c.user for c in codings}
    copies = sum(old != kept for old, kept in new.items())
    counts = {**project.counts, "copy of a document": copies, "user of a copy": len(gone - {""})}
    return replace(
        project,
        users={g: n for g, n in project.users.items() if g not in gone} | coders,
        sources=_sources(project, new),
        cases=_cases(project, new, names),
        sets={
            guid: replace(group, sources=_once(group.sources, new))
            for guid, group in project.sets.items()
            if guid not in coders
        },
        codings=codings,
        selections={guid: new[source] for guid, source in project.selections.items()},
        counts={word: n for word, n in counts.items() if n},
    )


def _once(guids: Iterable[str], new: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(new[guid] for guid in guids))


def _sources(project: Project, new: Mapping[str, str]) -> dict[str, SourceNode]:
    found: dict[str, SourceNode] = {}
    for guid, source in project.sources.items():
        held = found.setdefault(new[guid], source)
        values = tuple(dict.fromkeys((*held.values, *source.values)))
        found[new[guid]] = replace(held, values=values)
    return found


def _cases(
    project: Project, new: Mapping[str, str], names: Mapping[str, str]
) -> dict[str, CaseNode]:
    """Return the cases; those of one name about the copies of one document are one."""
    found: dict[tuple[str, tuple[str, ...]], CaseNode] = {}
    for case in project.cases.values():
        sources = _once(case.sources, new)
        name = document_name(case.name) or " ".join(names[guid] for guid in sources)
        # A case that names no document has no copy.
        key = (name, sources) if sources else (case.guid, ())
        held = found.setdefault(key, replace(case, sources=sources))
        if held.guid != case.guid:
            found[key] = replace(
                held,
                codes=(*held.codes, *case.codes),
                values=tuple(dict.fromkeys((*held.values, *case.values))),
                selections=tuple(dict.fromkeys((*held.selections, *case.selections))),
            )
    return {case.guid: case for case in found.values()}
