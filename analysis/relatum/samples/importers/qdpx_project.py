"""A REFI-QDA project in memory, without any text: what was coded, where, and by whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["CaseNode", "CodeNode", "CodingNode", "Project", "SetNode", "SourceNode", "Variable"]

#: Values by variable: GUID of the variable and the value as text.
Values = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeNode:
    """A code of the project; `path` ends with its own name."""

    guid: str
    name: str
    path: tuple[str, ...]
    parent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A variable of documents or cases."""

    guid: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceNode:
    """A document; `kind` is the element's name, such as ``TextSource``."""

    guid: str
    name: str
    kind: str
    values: Values


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseNode:
    """A case of the project with all its references."""

    guid: str
    name: str
    codes: tuple[str, ...]
    values: Values
    sources: tuple[str, ...]
    selections: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetNode:
    """A set of documents."""

    guid: str
    name: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CodingNode:
    """One coding; `start` and `end` are -1 where a whole document or no text was coded."""

    code: str
    user: str
    source: str
    selection: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """Everything of a project that a sample can use, and counts of the rest.

    Attributes
    ----------
    users : mapping of str to str
        Name (or id) of every coder by GUID; empty where it has none.
    codes, variables, sources, cases, sets : mapping by GUID
        In the order of the file.
    codings : tuple of CodingNode
    selections : mapping of str to str
        The document of every selection.
    selection_lengths : tuple of (int, int)
        Characters in a selection's name and between its positions, where both are given.
    counts : mapping of str to int
        What the project holds and no sample takes, by word.
    """

    users: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, CodeNode] = field(default_factory=dict)
    variables: Mapping[str, Variable] = field(default_factory=dict)
    sources: Mapping[str, SourceNode] = field(default_factory=dict)
    cases: Mapping[str, CaseNode] = field(default_factory=dict)
    sets: Mapping[str, SetNode] = field(default_factory=dict)
    codings: tuple[CodingNode, ...] = ()
    selections: Mapping[str, str] = field(default_factory=dict)
    selection_lengths: tuple[tuple[int, int], ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
