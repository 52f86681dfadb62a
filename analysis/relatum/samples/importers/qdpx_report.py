"""What of a REFI-QDA project a sample does not take over, with counts."""

from __future__ import annotations

from collections import Counter

from relatum.samples.importers.base import Discard
from relatum.samples.importers.qdpx_codings import Coded
from relatum.samples.importers.qdpx_mapping import Targets, shown_name
from relatum.samples.importers.qdpx_project import Project
from relatum.samples.importers.qdpx_tables import Filled
from relatum.samples.importers.qdpx_units import Units

__all__ = ["list_discards"]

_NO_TEXT = "a sample holds no text of a case"
_WHY = {
    "annotation": "a passage with a comment and no code; " + _NO_TEXT,
    "audio file": "a sample holds no media; codings of it are taken over",
    "code in a set of codes": "sets of codes have no counterpart",
    "coding of a memo": "memos are not taken over",
    "comment on a coding": _NO_TEXT,
    "copy of a document": "taken together as one document that several coders coded",
    "date of work": "when a coder worked is not when something happened",
    "description or comment": _NO_TEXT,
    "element outside of REFI-QDA": "not part of the exchange format",
    "graph": "maps and graphs have no counterpart",
    "link": "links have no counterpart",
    "memo": _NO_TEXT,
    "memo in a set": _NO_TEXT,
    "passage with an impossible place": "its end lies before its start, or one is missing; its "
    "codings are taken over",
    "PDF file": "a sample holds no media; codings of it are taken over",
    "picture": "a sample holds no media; codings of it are taken over",
    "reference to a memo": _NO_TEXT,
    "rich text": _NO_TEXT,
    "selection without a code": "nothing was coded there",
    "set without documents": "only sets of documents can be a relationship or an investigation",
    "text": _NO_TEXT,
    "time mark of a transcript": _NO_TEXT,
    "user of a copy": "coders are named by the sets that hold their copies",
    "video file": "a sample holds no media; codings of it are taken over",
}


def list_discards(
    project: Project,
    units: Units,
    targets: Targets,
    filled: Filled,
    coded: Coded,
    *,
    n_files: int,
) -> tuple[Discard, ...]:
    """List what was not taken over, and what had to be made up.

    Parameters
    ----------
    project, units, targets, filled, coded
        What the import found.
    n_files : int
        Files in the archive beside ``project.qde``.

    Returns
    -------
    tuple of Discard
    """
    ends = "with" if coded.inclusive else "not with"
    places = f"{_NO_TEXT}; passages were read up to and {ends} the last position"
    why = _WHY | {"place of a coded passage": places}
    counts: Counter[tuple[str, str, str]] = Counter()
    for word, n in project.counts.items():
        counts["project.qde", word, why[word]] += n
    counts["archive", "file", "never opened; " + _NO_TEXT] += n_files
    _count_codes(project, targets, coded, counts)
    _count_variables(project, targets, counts)
    _count_codings(coded, counts)
    if coded.frame.empty:
        held = "no coding was taken over" if coded.held else "the project holds no coding"
        reason = f"{held}: nothing is documented about any code"
        counts["codings", "relationship without any coding", reason] += len(units.ids)
    _count_made_up(units, filled, coded, counts)
    return tuple(
        Discard(source=source, what=what, n=n, why=reason)
        for (source, what, reason), n in sorted(counts.items())
        if n
    )


def _count_codes(
    project: Project, targets: Targets, coded: Coded, counts: Counter[tuple[str, str, str]]
) -> None:
    for guid, reason in targets.left_out.items():
        node = project.codes[guid]
        n = coded.by_code.get(guid, 0)
        if n:
            counts["codings", f"coding with the {shown_name(node.name, 'code')}", reason] += n
        else:
            counts["codebook", "code that was not used", "nothing was coded with it"] += 1


def _count_variables(
    project: Project, targets: Targets, counts: Counter[tuple[str, str, str]]
) -> None:
    values: Counter[str] = Counter()
    held = [source.values for source in project.sources.values()]
    held += [case.values for case in project.cases.values()]
    for found in held:
        values.update(guid for guid, _ in found)
    for guid, variable in project.variables.items():
        rows = targets.variables.get(guid)
        if not rows:
            reason = (
                "the mapping does not name the variable"
                if rows is None
                else "left out by the mapping"
            )
            word = f"value of the {shown_name(variable.name, 'variable')}"
            counts["variables", word, reason] += values[guid]


def _count_codings(coded: Coded, counts: Counter[tuple[str, str, str]]) -> None:
    reason = "the document, passage or case belongs to no single relationship"
    counts["codings", "coding outside of the relationships", reason] += coded.outside
    reason = (
        "one row per relationship, code and coder; "
        f"{coded.overlapping:,} of them overlap an earlier passage"
    )
    counts["codings", "repeated coding", reason] += coded.repeated
    counts["users", "user without codings", "coded nothing"] += coded.idle


def _count_made_up(
    units: Units, filled: Filled, coded: Coded, counts: Counter[tuple[str, str, str]]
) -> None:
    reason = "not every name is unique and neutral; the ids are made from GUIDs or numbers"
    for word, n in units.renamed.items():
        counts["names", f"name of a {word}".replace("a inv", "an inv"), reason] += n
    counts["names", "name of a coder", reason] += coded.renamed
    reason = "no user is named; the coder of the import was entered"
    counts["codings", "missing user of a coding", reason] += coded.nameless
    reason = "no variable states it; what the import was called with was entered"
    counts["relationships", "missing population", reason] += filled.made_up.get("population", 0)
    reason = (
        "taken as different ones; copies that were coded by several are taken together if asked"
    )
    counts["names", "relationship with the name of another", reason] += units.namesakes
    for who in ("suspect", "victim"):
        reason = f"no variable names a {who}; every such relationship got one of its own"
        counts["relationships", f"missing {who}", reason] += filled.made_up.get(who, 0)
