"""A user's own codes, added under the domains of the shipped codebook."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from relatum.errors import Issue, SchemaError, UsageError
from relatum.schema.codebook import Code, Codebook, near_match
from relatum.schema.extension_files import Draft, read_drafts
from relatum.schema.model import Schema

__all__ = [
    "EXTENSION_PREFIX",
    "added_codes",
    "extend_codebook",
    "extension_version",
    "restore_codes",
]

#: How the id of every added code starts. Derived codes collect codes by patterns such as
#: ``ctl_*``; an added code must not change what they mean in samples coded before it.
EXTENSION_PREFIX = "x_"

_ID = re.compile(r"x_[a-z0-9]+(_[a-z0-9]+)*")
_LONGEST_ID = 63
_NAME = re.compile(r"[a-z][a-z0-9]{0,30}")
_VERSION = re.compile(r"[a-z][a-z0-9]{0,30}\.[1-9][0-9]*(\.[a-z][a-z0-9]{0,30}\.[1-9][0-9]*)*")
_NEEDED = ("label", "domain", "definition")


def extend_codebook(
    schema: Schema, file: str | Path, *, name: str = "mine", revision: int = 1
) -> Schema:
    r"""Return a schema with further codes.

    Parameters
    ----------
    schema : Schema
        The schema to extend.
    file : str or Path
        A CSV file with the columns ``id``, ``label``, ``domain`` and ``definition`` (and any other
        column of the codebook), or a REFI-QDA codebook (``.qdc``). Codes that the schema already
        has are passed over where they are the same, so an exported codebook may be edited and
        read back.
    name : str
        Whose extension it is: small letters and digits, starting with a letter.
    revision : int
        To be raised by one whenever the file changes.

    Returns
    -------
    Schema
        Its version is that of `schema` with a suffix, such as ``1.1.0+mine.1``. The added codes
        are statuses stored in ``codings``; their unit is that of their domain.

    Raises
    ------
    SchemaError
        With every fault of the file at once in ``.issues``.
    UsageError
        If `name` or `revision` is not as described.

    Notes
    -----
    **Samples coded earlier** are read with the extended schema as they are: an added code has no
    row in them, and so it is not documented. No sample needs to be rewritten, and its fingerprint
    stays the same. Every derived code keeps its meaning, because no pattern of a derivation
    matches an id that starts with ``x_``. The fallback of a tactic domain (any of its codes) does
    count the added codes of that domain: presence of one makes the domain present, and without
    the direct code ``dom_*`` its documented absence now needs the added codes too.

    `relatum.samples.write_sample` writes the added codes into the sample's folder and names their
    file and version in its descriptor; `relatum.samples.read_sample` finds them there. A sample
    coded with an earlier revision is read with a later one by passing the schema; what changed
    between the two is listed by `relatum.schema.extension_changes.compare_codes`.

    Examples
    --------
    >>> import tempfile
    >>> from relatum.schema import load_schema
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "mine.csv"
    ...     _ = file.write_text("id,label,domain,definition\n"
    ...                         "x_pet,Threat to a pet,intimidation,Harm to a pet is announced.\n")
    ...     extended = extend_codebook(load_schema(), file)
    >>> extended.version.endswith("+mine.1"), extended.codebook["x_pet"].unit
    (True, 'relationship')
    """
    if not _NAME.fullmatch(name) or type(revision) is not int or revision < 1:
        msg = (
            "The name of an extension is made of small letters and digits and starts with a "
            "letter; its revision is a whole number of at least 1."
        )
        raise UsageError(msg)
    return _extended(schema, Path(file), f"{name}.{revision}")


def restore_codes(schema: Schema, file: str | Path, *, version: str = "mine.1") -> Schema:
    """Return a schema with the own codes that a sample carries.

    Parameters
    ----------
    schema : Schema
        The shipped schema.
    file : str or Path
        See `extend_codebook`.
    version : str
        Names and revisions in turn, as `extension_version` gives them.

    Raises
    ------
    SchemaError
        With every fault of the file at once, or if `version` is not as described.
    """
    if not _VERSION.fullmatch(version):
        message = "A name of small letters and digits and a revision are needed, such as mine.1."
        issue = Issue(table=Path(file).name, rule="extension_version", message=message)
        raise SchemaError(f"The version of the own codes cannot be read. {message}", [issue])
    return _extended(schema, Path(file), version)


def extension_version(version: str) -> str:
    """Return the part of a schema's version that own codes add; empty where there are none.

    Examples
    --------
    >>> extension_version("1.1.0+mine.1"), extension_version("1.1.0")
    ('mine.1', '')
    """
    return version.partition("+")[2]


def _extended(schema: Schema, place: Path, suffix: str) -> Schema:
    drafts, issues = read_drafts(place, schema)
    codes = [] if issues and not drafts else _codes(place.name, schema, drafts, issues)
    if not issues and not codes:
        message = "The file holds no code that the schema does not have."
        issues.append(Issue(table=place.name, rule="nothing_new", message=message))
    if issues:
        noun = "fault" if len(issues) == 1 else "faults"
        msg = f"{len(issues)} {noun} in '{place.name}'; the codebook was not extended."
        raise SchemaError(msg, sorted(issues))
    joint = "." if "+" in schema.version else "+"
    book = Codebook((*schema.codebook.values(), *codes))
    return replace(schema, version=f"{schema.version}{joint}{suffix}", codebook=book)


def added_codes(schema: Schema, extended: Schema) -> tuple[Code, ...]:
    """Return the codes of an extended schema that another one does not have, in order."""
    return tuple(code for code in extended.codebook.values() if code.id not in schema.codebook)


def _codes(file: str, schema: Schema, drafts: Sequence[Draft], issues: list[Issue]) -> list[Code]:
    """Turn drafts into codes; faults are added to the list."""
    peers = _peers(schema)
    new = [draft for draft in drafts if not _is_known(schema, draft)]
    known = {*schema.codebook, *(draft.get("id") for draft in new)}
    codes = []
    seen: set[str] = set()
    labels = {(code.domain, code.label.casefold()) for code in schema.codebook.values()}
    for draft in new:
        faults = [
            *_id_faults(schema, draft, seen),
            *_value_faults(draft, peers, labels),
            *_link_faults(draft, known),
        ]
        issues += [replace(fault, table=file, row=draft.row) for fault in faults]
        seen.add(draft.get("id"))
        labels.add((draft.get("domain"), draft.get("label").casefold()))
        if not faults:
            codes.append(_code(draft, peers[draft.get("domain")]))
    return codes


def _peers(schema: Schema) -> Mapping[str, Code]:
    """Return for every domain a code from which an added one takes its unit and its rules."""
    peers: dict[str, Code] = {}
    for code in schema.codebook.values():
        if code.is_coding and code.value_type == "status" and code.entity != "domain":
            peers.setdefault(code.domain, code)
    return peers


def _is_known(schema: Schema, draft: Draft) -> bool:
    """Tell whether a draft says of an existing code what the schema says."""
    code = draft.get("id")
    if code not in schema.codebook:
        return False
    held = schema.codebook[code]
    said = {"label": held.label, "domain": held.domain, "definition": held.definition}
    return draft.existing or all(draft.get(field) in ("", value) for field, value in said.items())


def _fault(
    field: str, rule: str, message: str, allowed: tuple[str, ...] = (), near: str = ""
) -> Issue:
    return Issue(table="", field=field, rule=rule, message=message, allowed=allowed, near=near)


def _id_faults(schema: Schema, draft: Draft, seen: set[str]) -> Iterator[Issue]:
    code = draft.get("id")
    if code in schema.codebook:
        message = "The schema has this code with other words; an added code needs an id of its own."
        yield _fault("id", "code_exists", message)
    elif not _ID.fullmatch(code) or len(code) > _LONGEST_ID:
        message = (
            f"The id of an added code starts with '{EXTENSION_PREFIX}', is made of small letters, "
            f"digits and single underscores, and has at most {_LONGEST_ID} characters."
        )
        yield _fault("id", "bad_id", message)
    elif code in seen:
        yield _fault("id", "duplicate_key", "An earlier row has this id.")


def _value_faults(
    draft: Draft, peers: Mapping[str, Code], labels: set[tuple[str, str]]
) -> Iterator[Issue]:
    for field in _NEEDED:
        if not draft.get(field):
            yield _fault(field, "missing_value", "A value is required.")
    domain = draft.get("domain")
    if domain and domain not in peers:
        near = near_match(domain.lower()[:64], peers)
        message = "This is no domain whose codes are entered by a coder."
        yield _fault("domain", "unknown_domain", message, tuple(peers), near)
    if draft.get("label") and (domain, draft.get("label").casefold()) in labels:
        message = "Another code of the domain has this label."
        yield _fault("label", "duplicate_label", message)
    for field, text in draft.values.items():
        if any(unicodedata.category(mark) in ("Cc", "Cn") for mark in text if mark not in "\n\r\t"):
            yield _fault(field, "bad_text", "The text holds a character that cannot be printed.")
    fixed = {"value_type": "status", "stored_in": "codings", "derivation": ""}
    if domain in peers:
        fixed |= {"entity": peers[domain].entity, "unit": peers[domain].unit}
    for field, value in fixed.items():
        if draft.get(field) not in ("", value):
            message = f"An added code has '{value}' here, or nothing." if value else "Leave empty."
            yield _fault(field, "fixed_value", message)


def _link_faults(draft: Draft, known: set[str]) -> Iterator[Issue]:
    for field in ("parent", "overlaps"):
        for code in draft.listed(field):
            if code not in known or code == draft.get("id"):
                near = near_match(code.lower()[:64], tuple(known - {draft.get("id")}))
                yield _fault(field, "unknown_code", "This is not another code.", near=near)


def _code(draft: Draft, peer: Code) -> Code:
    return replace(
        peer,
        id=draft.get("id"),
        label=draft.get("label"),
        definition=draft.get("definition"),
        code_when=draft.get("code_when"),
        do_not_code_when=draft.get("do_not_code_when"),
        missing_rule=draft.get("missing_rule") or peer.missing_rule,
        time_reference=draft.get("time_reference") or peer.time_reference,
        parent=draft.listed("parent"),
        overlaps=draft.listed("overlaps"),
        family_25=False,
        legal_element=False,
        sensitive=draft.get("sensitive") == "yes",
        tier="extended",
        dv_counterpart=draft.get("dv_counterpart"),
        crosswalk=draft.get("crosswalk"),
        chapter_section="",
    )
