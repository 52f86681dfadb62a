"""Which relationship, and which investigation, a document or a passage of a project belongs to."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from relatum.errors import UsageError
from relatum.samples.identifiers import identifier_in
from relatum.samples.importers.qdpx_faults import Faults
from relatum.samples.importers.qdpx_project import CaseNode, Project
from relatum.schema import near_match

__all__ = [
    "Grouping",
    "Units",
    "check_groupings",
    "document_name",
    "find_units",
    "is_meant",
    "neutral_ids",
    "read_grouping",
]

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_EXTENSION = re.compile(r"\.(txt|docx?|rtf|pdf|odt|md|html?)$", re.IGNORECASE)
_KINDS = ("document", "case", "set", "variable")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """What of a project stands for a relationship or an investigation.

    Attributes
    ----------
    kind : str
        ``document``, ``case``, ``set``, ``variable`` or ``each``.
    name : str
        The variable's name, or a pattern that names of documents, cases or sets must match.
    """

    kind: str
    name: str = ""


def read_grouping(text: str, *, what: str) -> Grouping:
    """Read ``document``, ``case``, ``set``, ``set:PATTERN`` or ``variable:NAME``.

    Raises
    ------
    UsageError
        If it is none of these.

    Examples
    --------
    >>> read_grouping("set:Investigation *", what="investigation")
    Grouping(kind='set', name='Investigation *')
    """
    kind, _, name = text.partition(":")
    kind, name = kind.strip().lower(), name.strip()
    if what == "investigation" and text.strip().lower() == "each":
        return Grouping(kind="each")
    if kind in _KINDS and not (kind == "variable" and not name):
        return Grouping(kind=kind, name=name)
    each = " or 'each'" if what == "investigation" else ""
    msg = f"{what} must be 'document', 'case', 'set' or 'variable:NAME'{each}, not '{text}'."
    raise UsageError(msg)


def check_groupings(unit: Grouping, investigation: Grouping) -> None:
    """Refuse an investigation that could hold nothing but one relationship.

    Raises
    ------
    UsageError
        If both are the same, or documents are to hold documents or sets.

    Examples
    --------
    >>> check_groupings(Grouping(kind="case"), Grouping(kind="document"))
    """
    within = investigation.kind == "document" and unit.kind in ("document", "set")
    if within or unit == investigation:
        raise UsageError(
            f"investigation cannot be '{investigation.kind}' where a relationship is a "
            f"'{unit.kind}': it would hold one relationship, or a part of one. Allowed are 'set', "
            "'set:PATTERN', 'case' and 'variable:NAME', which hold relationships, and 'each' for "
            "an investigation of its own for every relationship."
        )


def document_name(name: str) -> str:
    """Return the name of a document without the extension of a file.

    Examples
    --------
    >>> document_name("R001.docx"), document_name("R001")
    ('R001', 'R001')
    """
    return _EXTENSION.sub("", name)


def is_meant(name: str, key: Grouping) -> bool:
    """Tell whether a name fits the pattern of a grouping."""
    return fnmatchcase(name, key.name or "*")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """Documents, passages and cases that belong together."""

    guid: str
    name: str
    sources: frozenset[str] = frozenset()
    selections: frozenset[str] = frozenset()
    cases: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """The relationships of a project.

    Attributes
    ----------
    ids, case_ids : tuple of str, length n_units
        Their ids and the ids of their investigations.
    of_source, of_selection, of_case : mapping of str to int
        The place of the unit by GUID of a document, of a passage, and of a case of the project.
    values : tuple, length n_units
        Values of variables: GUID of the variable and the value, each once.
    renamed : mapping of str to int
        How many ids were made up because a name would not do as one, by word.
    namesakes : int
        Relationships that have the name of an earlier one.
    """

    ids: tuple[str, ...]
    case_ids: tuple[str, ...]
    of_source: Mapping[str, int]
    of_selection: Mapping[str, int]
    of_case: Mapping[str, int]
    values: tuple[tuple[tuple[str, str], ...], ...]
    renamed: Mapping[str, int] = field(default_factory=dict)
    namesakes: int = 0


def find_units(
    project: Project, unit: Grouping, investigation: Grouping, faults: Faults, *, keep_names: bool
) -> Units:
    """Find the relationships of a project and their investigations.

    Parameters
    ----------
    project : Project
    unit, investigation : Grouping
        What stands for a relationship and for an investigation.
    faults : Faults
        Takes every fault.
    keep_names : bool
        Whether names that look like neutral ids stay.

    Returns
    -------
    Units

    Raises
    ------
    ImportFailedError
        If there is no relationship, a document or passage belongs to several, or a relationship
        belongs to no investigation or to several.
    """
    groups = _groups(project, unit, "unit", faults)
    around = _groups(project, investigation, "investigation", faults)
    faults.stop()
    if not groups:
        message = f"The project holds no {unit.kind} that could be a relationship."
        faults.add("no_unit", message, field="unit")
    word = "A document belongs to several relationships; name those meant by a pattern."
    of_source = _owners((group.sources for group in groups), word, faults)
    word = "A passage belongs to several relationships; name those meant by a pattern."
    of_selection = _owners((group.selections for group in groups), word, faults)
    of_case, related = _related(project, groups, unit, of_source)
    held = [_enlarged(project, g, cases) for g, cases in zip(groups, related, strict=True)]
    places = _investigations(held, around, investigation, faults)
    faults.stop()
    ids, n_units = neutral_ids(_names(groups), "r", keep_names=keep_names)
    kept = groups if investigation.kind == "each" else around
    case_ids, n_cases = neutral_ids(_names(kept), "c", keep_names=keep_names)
    return Units(
        ids=ids,
        case_ids=tuple(case_ids[at] for at in places),
        of_source=of_source,
        of_selection=of_selection,
        of_case=of_case,
        values=tuple(_values(project, group) for group in held),
        renamed={"relationship": n_units, "investigation": n_cases},
        namesakes=_namesakes(groups),
    )


def _namesakes(groups: Sequence[_Group]) -> int:
    names = [group.name for group in groups if group.name]
    return len(names) - len(set(names))


def _names(groups: Sequence[_Group]) -> list[tuple[str, str]]:
    return [(group.guid, group.name) for group in groups]


def _groups(project: Project, key: Grouping, what: str, faults: Faults) -> list[_Group]:
    """Return the groups that a key forms, in the order of the file."""
    if key.kind == "each":
        return []
    if key.kind == "variable":
        return _by_variable(project, key.name, what, faults)
    if key.kind == "document":
        found = [
            _Group(guid=s.guid, name=document_name(s.name), sources=frozenset({s.guid}))
            for s in project.sources.values()
        ]
    elif key.kind == "set":
        found = [
            _Group(guid=s.guid, name=s.name, sources=frozenset(s.sources))
            for s in project.sets.values()
        ]
    else:
        found = [
            _Group(
                guid=case.guid,
                name=case.name or _only_source(project, case),
                sources=frozenset(case.sources),
                selections=frozenset(case.selections),
                cases=frozenset({case.guid}),
            )
            for case in project.cases.values()
        ]
    return [group for group in found if is_meant(group.name, key)]


def _only_source(project: Project, case: CaseNode) -> str:
    """Return the name of a case's document; MAXQDA writes cases without a name and with one."""
    if len(set(case.sources)) != 1:
        return ""
    return document_name(project.sources[case.sources[0]].name)


def _by_variable(project: Project, name: str, what: str, faults: Faults) -> list[_Group]:
    names = {variable.name: variable.guid for variable in project.variables.values()}
    if name not in names:
        near = near_match(name, tuple(names))
        message = "The project has no variable of this name."
        faults.add(
            "unknown_variable", message, field=what, near="" if identifier_in(near) else near
        )
        return []
    guid = names[name]
    parts: dict[str, tuple[set[str], set[str], set[str]]] = {}
    for source in project.sources.values():
        for value in {value for variable, value in source.values if variable == guid}:
            parts.setdefault(value, (set(), set(), set()))[0].add(source.guid)
    for case in project.cases.values():
        for value in {value for variable, value in case.values if variable == guid}:
            sources, selections, cases = parts.setdefault(value, (set(), set(), set()))
            sources.update(case.sources)
            selections.update(case.selections)
            cases.add(case.guid)
    return [
        _Group(
            guid="",
            name=value,
            sources=frozenset(sources),
            selections=frozenset(selections),
            cases=frozenset(cases),
        )
        for value, (sources, selections, cases) in parts.items()
    ]


def _owners(parts: Iterable[Collection[str]], message: str, faults: Faults) -> dict[str, int]:
    owner: dict[str, int] = {}
    for at, guids in enumerate(parts):
        for guid in sorted(guids):
            if owner.setdefault(guid, at) != at:
                faults.add("several_units", f"{message} (GUID {guid})", field="unit")
    return owner


def _related(
    project: Project, groups: Sequence[_Group], unit: Grouping, of_source: Mapping[str, int]
) -> tuple[dict[str, int], list[set[str]]]:
    """Say which cases of the project speak about each unit, and which about exactly one."""
    related = [set(group.cases) for group in groups]
    if unit.kind in ("document", "set"):
        for case in project.cases.values():
            touched = {of_source[guid] for guid in case.sources if guid in of_source}
            for at in touched:
                related[at].add(case.guid)
    counts: dict[str, list[int]] = {}
    for at, cases in enumerate(related):
        for guid in cases:
            counts.setdefault(guid, []).append(at)
    return {guid: places[0] for guid, places in counts.items() if len(places) == 1}, related


def _enlarged(project: Project, group: _Group, cases: Collection[str]) -> _Group:
    """Return a unit with the documents of its passages and the cases that speak about it."""
    around = {project.selections[guid] for guid in group.selections}
    return _Group(
        guid=group.guid,
        name=group.name,
        sources=group.sources | around,
        selections=group.selections,
        cases=frozenset(cases),
    )


def _investigations(
    units: Sequence[_Group], around: Sequence[_Group], key: Grouping, faults: Faults
) -> list[int]:
    """Return the place of the investigation of each unit."""
    if key.kind == "each":
        return list(range(len(units)))
    by_part: dict[str, set[int]] = {}
    for at, group in enumerate(around):
        for guid in (*group.sources, *group.cases, *group.selections):
            by_part.setdefault(guid, set()).add(at)
    places = []
    for at, group in enumerate(units, 1):
        own: set[int] = set()
        for guid in (*group.sources, *group.cases, *group.selections):
            own |= by_part.get(guid, set())
        if len(own) != 1:
            rule = "several_investigations" if own else "no_investigation"
            many = f"to {len(own)} investigations" if own else "to no investigation"
            message = f"The relationship belongs {many} by '{key.kind}'; it must be one."
            faults.add(rule, message, row=f"relationship {at}", field="investigation")
        places.append(min(own, default=0))
    return places


def _values(project: Project, group: _Group) -> tuple[tuple[str, str], ...]:
    found: dict[tuple[str, str], None] = {}
    for guid in sorted(group.cases):
        found.update(dict.fromkeys(project.cases[guid].values))
    for guid in sorted(group.sources):
        found.update(dict.fromkeys(project.sources[guid].values))
    return tuple(found)


def neutral_ids(
    names: Sequence[tuple[str, str]], prefix: str, *, keep_names: bool
) -> tuple[tuple[str, ...], int]:
    """Turn names into ids, all of them or none.

    Parameters
    ----------
    names : sequence of (str, str)
        GUID, which may be empty, and name.
    prefix : str
        What an id begins with that is made up.
    keep_names : bool
        Whether names may stay at all.

    Returns
    -------
    tuple of str and int
        The ids, and how many were made up: 0 or all. A name stays when it is a valid id once
        spaces are underscores, is not repeated, and does not look like a person's name; else an id
        begins with the first digits of the GUID, or is a number where there is none.

    Examples
    --------
    >>> neutral_ids([("", "R 001"), ("", "R 002")], "r", keep_names=True)
    (('R_001', 'R_002'), 0)
    >>> neutral_ids([("", "Jane Doe"), ("", "R 002")], "r", keep_names=True)
    (('r-1', 'r-2'), 2)
    """
    kept = tuple("_".join(name.split()) for _, name in names)
    fit = all(
        _ID.fullmatch(text)
        and not identifier_in(text, key=True)
        and not identifier_in(name, key=True)
        for text, (_, name) in zip(kept, names, strict=True)
    )
    if keep_names and fit and len(set(kept)) == len(kept):
        return kept, 0
    for length in (8, 13, 36):
        made = [f"{prefix}-{guid[:length]}" for guid, _ in names]
        if all(guid for guid, _ in names) and len(set(made)) == len(made):
            return tuple(made), len(made)
    width = len(str(len(names)))
    return tuple(f"{prefix}-{at:0{width}d}" for at in range(1, len(names) + 1)), len(names)
