"""Codings of passages and documents become rows about relationships."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from relatum.samples.importers.qdpx_faults import Faults
from relatum.samples.importers.qdpx_mapping import LEFT_OUT, STATUSES, Targets
from relatum.samples.importers.qdpx_project import CodingNode, Project
from relatum.samples.importers.qdpx_units import Units, neutral_ids
from relatum.schema import Schema

__all__ = ["Coded", "collect_codings"]

#: A unit, a code and a coder.
_Key = tuple[int, str, str]
_COLUMNS = ("coding_id", "unit_type", "unit_id", "code", "status", "coder_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Coded:
    """The table ``codings``, and counts of what did not enter it.

    Attributes
    ----------
    frame : DataFrame
        One row per unit, code and coder.
    by_code : mapping of str to int
        Codings of each code that is left out, by GUID.
    outside : int
        Codings of documents or cases that belong to no relationship, or to several.
    repeated, overlapping : int
        Codings beyond the first of a unit, code and coder, and how many of them share a passage
        with an earlier one.
    inclusive : bool
        Whether the last position of a passage was taken as part of it.
    renamed : int
        Coders whose names would not do as ids.
    idle : int
        Users who coded nothing.
    nameless : int
        Codings that name no user.
    held : int
        Codings that the project holds.
    """

    frame: pd.DataFrame
    by_code: Mapping[str, int]
    outside: int
    repeated: int
    overlapping: int
    inclusive: bool
    renamed: int
    idle: int
    nameless: int
    held: int


def collect_codings(
    project: Project,
    units: Units,
    targets: Targets,
    schema: Schema,
    faults: Faults,
    *,
    stated: Sequence[tuple[int, str, str]],
    coder: str,
    keep_names: bool,
    offsets: str,
) -> Coded:
    """Gather codings by relationship, code and coder.

    Parameters
    ----------
    project : Project
    units : Units
    targets : Targets
    schema : Schema
    faults : Faults
        Takes codes that one coder entered as present and as absent, and a project of which no
        code is known.
    stated : sequence of (int, str, str)
        Unit, code and status that a variable stated.
    coder : str
        The coder of what names no user.
    keep_names : bool
        Whether neutral names of users stay as ids.
    offsets : {"auto", "exclusive", "inclusive"}

    Returns
    -------
    Coded
    """
    used = {coding.user for coding in project.codings}
    users = [(guid, name) for guid, name in project.users.items() if guid in used]
    named, renamed = neutral_ids(users, "coder", keep_names=keep_names)
    coder_of = {"": coder} | {guid: ids for (guid, _), ids in zip(users, named, strict=True)}
    entered: dict[_Key, set[str]] = {}
    spans: dict[_Key, list[tuple[int, int]]] = {}
    counts: Counter[str] = Counter()
    by_code: Counter[str] = Counter()
    codings = [*project.codings, *_of_cases(project)]
    for coding in codings:
        counts["nameless"] += not coding.user
        target, unit = targets.codes.get(coding.code), _unit_of(coding, units)
        if target is None:
            by_code[coding.code] += 1
        elif unit is None:
            counts["outside"] += 1
        else:
            key = (unit, target.code, coder_of[coding.user])
            counts["repeated"] += key in entered
            entered.setdefault(key, set()).add(target.status)
            if coding.start >= 0:
                spans.setdefault(key, []).append((coding.start, coding.end))
    for unit, code, status in stated:
        entered.setdefault((unit, code, coder), set()).add(status)
    if not entered:
        _check_known(by_code, len(codings), targets, faults)
    inclusive = _is_inclusive(project, offsets)
    return Coded(
        frame=_frame(entered, units, schema, faults),
        by_code=by_code,
        outside=counts["outside"],
        repeated=counts["repeated"],
        overlapping=sum(_overlaps(held, inclusive) for held in spans.values()),
        inclusive=inclusive,
        renamed=renamed,
        idle=len(project.users) - len(users),
        nameless=counts["nameless"],
        held=len(codings),
    )


def _check_known(
    by_code: Mapping[str, int], n_codings: int, targets: Targets, faults: Faults
) -> None:
    """Note a project in which no code that was used is known, unless that is on purpose."""
    meant = all(targets.left_out.get(guid) == LEFT_OUT for guid in by_code)
    if n_codings and sum(by_code.values()) == n_codings and not meant:
        noun = "code" if len(by_code) == 1 else "codes"
        message = (
            f"None of the {n_codings:,} codings could be taken over: the mapping names none of "
            f"the {len(by_code):,} {noun} used, and none has an id or a label of the codebook."
        )
        faults.add("no_known_code", message, field="code")


def _of_cases(project: Project) -> list[CodingNode]:
    """Return the codes that a case of the project carries itself."""
    return [
        CodingNode(code=code, user="", source=case.guid, selection="", start=-1, end=-1)
        for case in project.cases.values()
        for code in case.codes
    ]


def _unit_of(coding: CodingNode, units: Units) -> int | None:
    """Return the unit of a coding; a passage that a case names goes before its document."""
    if coding.selection in units.of_selection:
        return units.of_selection[coding.selection]
    if coding.source in units.of_source:
        return units.of_source[coding.source]
    return units.of_case.get(coding.source)


def _is_inclusive(project: Project, offsets: str) -> bool:
    """Tell whether end positions belong to the passage, by names that repeat the passage."""
    if offsets != "auto":
        return offsets == "inclusive"
    half_open = sum(name == length > 0 for name, length in project.selection_lengths)
    closed = sum(name == length + 1 for name, length in project.selection_lengths)
    return closed > half_open


def _overlaps(spans: list[tuple[int, int]], inclusive: bool) -> int:
    """Count passages that share a character with an earlier one."""
    reach, found = -1, 0
    for start, end in sorted(spans):
        last = end if inclusive else end - 1
        found += start <= reach
        reach = max(reach, last)
    return found


def _frame(
    entered: Mapping[_Key, set[str]], units: Units, schema: Schema, faults: Faults
) -> pd.DataFrame:
    place = {code: at for at, code in enumerate(schema.codebook)}
    ordered = sorted(entered, key=lambda key: (key[0], place[key[1]], key[2]))
    width = max(6, len(str(len(ordered))))
    rows = []
    for at, (unit, code, coder) in enumerate(ordered, 1):
        statuses = entered[unit, code, coder]
        if {"present", "absent_documented"} <= statuses:
            message = "One coder entered this code as present and as absent_documented."
            where = f"relationship {units.ids[unit]}"
            faults.add("conflicting_status", message, row=where, field=code)
        status = next(word for word in STATUSES if word in statuses)
        rows.append((f"k{at:0{width}d}", "relationship", units.ids[unit], code, status, coder))
    return pd.DataFrame(rows, columns=list(_COLUMNS))
