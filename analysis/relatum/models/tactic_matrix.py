"""The statuses of domains or tactics in every relationship, with what a test of them needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import combinations
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from relatum import __version__
from relatum.errors import UsageError
from relatum.models.items import case_clusters
from relatum.models.strata import depth_strata
from relatum.results.base import Provenance, Unavailable
from relatum.results.provenance import provenance_of
from relatum.results.words import domain_label
from relatum.samples import Sample, status_frame
from relatum.schema import TACTIC_DOMAINS, Code
from relatum.schema.status import (
    ABSENT,
    APPLICABLE_NOT,
    PRESENT,
    UNDOCUMENTED,
    StatusCodes,
    combine_any,
)
from relatum.study import Study

__all__ = ["MATRIX_CODINGS", "MatrixCoding", "TacticMatrix", "matrix_of", "tactic_matrix"]

#: What silence counts as: absence, presence, or absence in files with a statement of the victim.
MatrixCoding = Literal["lower", "upper", "statement_only"]
MATRIX_CODINGS: tuple[MatrixCoding, ...] = ("lower", "upper", "statement_only")

Level = Literal["domain", "tactic"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TacticMatrix:
    """Statuses of several items in every relationship.

    Attributes
    ----------
    codes : ndarray of int8, shape (n_rows, n_items)
        0 ruled out, 1 not documented, 2 present, 3 not applicable.
    cases : ndarray of int, shape (n_rows,)
        The case of each relationship, from 0; cases that share a suspect are one.
    depth : ndarray of int, shape (n_rows,)
        The stratum of documentation of each relationship.
    statement : ndarray of bool, shape (n_rows,)
        Whether the file holds a statement of the victim.
    terms, labels, domains : tuple of str, length n_items
    legal : tuple of bool, length n_items
        Whether the item is an element of the offence.
    included : ndarray of bool, shape (n_rows,)
        Whether an element of the offence outside the matrix is present: then the relationship
        would have been included whatever the matrix holds.
    structural : mapping of tuple of int to str
        Pairs of items that may not be tested, with the reason.
    provenance : Provenance
    """

    codes: StatusCodes
    cases: NDArray[np.int64]
    depth: NDArray[np.int64]
    statement: NDArray[np.bool_]
    terms: tuple[str, ...]
    labels: tuple[str, ...]
    domains: tuple[str, ...]
    legal: tuple[bool, ...]
    included: NDArray[np.bool_]
    structural: Mapping[tuple[int, int], str]
    provenance: Provenance

    @property
    def n_rows(self) -> int:
        """Number of relationships."""
        return len(self.codes)

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """Every pair of items, the first index smaller."""
        return tuple(combinations(range(len(self.terms)), 2))

    def rows(self, coding: MatrixCoding) -> NDArray[np.bool_]:
        """Return which relationships a coding keeps."""
        if coding == "statement_only":
            return self.statement
        return np.ones(self.n_rows, dtype=bool)

    def binary(self, coding: MatrixCoding) -> NDArray[np.bool_]:
        """Return which items count as present, in the rows that the coding keeps.

        Examples
        --------
        >>> held = matrix_of(pd.DataFrame({"a": [1, 0], "b": [0, 0]}), case=[1, 2],
        ...                  zeros="not_documented")
        >>> held.binary("lower").tolist(), held.binary("upper").tolist()
        ([[True, False], [False, False]], [[True, True], [True, True]])
        """
        present = self.codes == PRESENT
        if coding == "upper":
            present = present | (self.codes == UNDOCUMENTED)
        held: NDArray[np.bool_] = present[self.rows(coding)]
        return held


def tactic_matrix(
    sample: Sample, study: Study, *, level: Level = "domain"
) -> TacticMatrix | Unavailable:
    """Collect the seven domains, or the primary tactics, of every trafficking relationship.

    Parameters
    ----------
    sample : Sample
        The data.
    study : Study
        The plan: the coder, and what makes relationships alike in documentation.
    level : {"domain", "tactic"}
        A domain is what was coded for it directly; where that is silent, the OR over its tactics.

    Returns
    -------
    TacticMatrix or Unavailable
        Relationships of the population `trafficking`, or all where none is named so.
    """
    provenance = provenance_of(sample, study)
    keep = _population(sample)
    if not keep.any():
        what = f"{level} pairs"
        return Unavailable(what=what, why="the sample holds no relationship", provenance=provenance)
    items = _domain_items(sample) if level == "domain" else _tactic_items(sample)
    names = list(dict.fromkeys(code.id for item in items for code in item.members))
    frame = status_frame(sample, names, coder=study.coder or None)
    columns = [_statuses(item, frame) for item in items]
    statement = sample.tables["relationships"]["victim_statement_available"].astype("boolean")
    return TacticMatrix(
        codes=np.stack(columns, axis=1)[keep],
        cases=np.unique(case_clusters(sample, "relationship")[keep], return_inverse=True)[1],
        depth=depth_strata(sample, study.cooccurrence.depth)[keep],
        statement=statement.fillna(False).to_numpy(dtype=bool)[keep],
        terms=tuple(item.term for item in items),
        labels=tuple(item.label for item in items),
        domains=tuple(item.domain for item in items),
        legal=tuple(item.legal for item in items),
        included=_included(sample, study, items)[keep],
        structural=_structural(items),
        provenance=provenance,
    )


@dataclass(frozen=True, slots=True)
class _Item:
    term: str
    label: str
    domain: str
    legal: bool
    direct: Code
    members: tuple[Code, ...]


def _population(sample: Sample) -> NDArray[np.bool_]:
    held = sample.tables["relationships"]["population"].astype("string").fillna("")
    named = (held == "trafficking").to_numpy(dtype=bool)
    return named if named.any() else np.ones(len(held), dtype=bool)


def _domain_items(sample: Sample) -> list[_Item]:
    book = sample.schema.codebook
    items = []
    for domain in TACTIC_DOMAINS:
        direct = book.get(f"dom_{domain}")
        if direct is None:
            continue
        parts = [c for c in book.values() if c.entity == "tactic" and c.domain == domain]
        coded = [c for c in parts if c.is_coding and c.value_type == "status"]
        label = domain_label(domain)
        items.append(
            _Item(direct.id, label, domain, direct.legal_element, direct, (direct, *coded))
        )
    return items


def _tactic_items(sample: Sample) -> list[_Item]:
    return [
        _Item(code.id, code.label, code.domain, code.legal_element, code, (code,))
        for code in sample.schema.codebook.values()
        if code.entity == "tactic" and code.family_25
    ]


def _statuses(item: _Item, frame: pd.DataFrame) -> StatusCodes:
    codes: StatusCodes = frame[item.direct.id].array.codes
    if len(item.members) == 1:
        return codes
    parts = np.stack([frame[code.id].array.codes for code in item.members[1:]], axis=1)
    return np.where(codes == UNDOCUMENTED, combine_any(parts, axis=1), codes).astype(np.int8)


def _included(sample: Sample, study: Study, items: Sequence[_Item]) -> NDArray[np.bool_]:
    """Say where an element of the offence that no legal item of the matrix holds is present."""
    held = {code.id for item in items if item.legal for code in item.members}
    outside = [
        code.id
        for code in sample.schema.codebook.values()
        if code.legal_element
        and code.entity == "tactic"
        and code.is_coding
        and code.value_type == "status"
        and code.unit == "relationship"
        and code.id not in held
    ]
    frame = status_frame(sample, outside, coder=study.coder or None)
    found: NDArray[np.bool_] = np.zeros(len(frame), dtype=bool)
    for name in outside:
        found = found | (frame[name].array.codes == PRESENT)
    return found


def _structural(items: Sequence[_Item]) -> dict[tuple[int, int], str]:
    """Refuse codes of which one is part of the other, or which overlap by definition."""
    found = {}
    for (i, one), (j, other) in combinations(enumerate(items), 2):
        a, b = one.direct, other.direct
        if a.id in b.parent or b.id in a.parent:
            found[i, j] = "one is part of the other by definition"
        elif a.id in b.overlaps or b.id in a.overlaps:
            found[i, j] = "the two overlap by definition"
    return found


_ZEROS = {"absent_documented": ABSENT, "not_documented": UNDOCUMENTED}


def matrix_of(
    table: pd.DataFrame,
    *,
    case: Sequence[object] | str,
    zeros: Literal["absent_documented", "not_documented"] | None = None,
    depth: Sequence[object] | None = None,
    statement: Sequence[bool] | None = None,
) -> TacticMatrix:
    """Turn a table of 0 and 1, or of statuses, into a matrix that can be tested.

    Parameters
    ----------
    table : DataFrame, shape (n_rows, n_items)
        A column per item: 0 and 1, true and false, or the four words of a status. A missing cell
        is not documented.
    case : sequence or str
        The case of each row, or the name of the column that holds it.
    zeros : {"absent_documented", "not_documented"}
        What a 0 means. There is no default: silence is not absence.
    depth : sequence, optional
        The stratum of documentation of each row; one stratum by default.
    statement : sequence of bool, optional
        Whether there is a statement of the victim; in every row by default.

    Returns
    -------
    TacticMatrix

    Raises
    ------
    UsageError
        If a table of 0 and 1 comes without `zeros`, or a cell is something else.

    Examples
    --------
    >>> matrix_of(pd.DataFrame({"a": [1, 0]}), case=["x", "x"])
    Traceback (most recent call last):
    ...
    relatum.errors.UsageError: A 0 in this table may mean that a file rules the item out, or ...
    """
    labels = table[case].to_numpy() if isinstance(case, str) else np.asarray(case)
    body = table.drop(columns=case) if isinstance(case, str) else table
    if len(labels) != len(table):
        msg = f"There are {len(labels)} cases for {len(table)} rows; there must be one per row."
        raise UsageError(msg)
    columns = [_column(body.iloc[:, at], zeros) for at in range(body.shape[1])]
    terms = tuple(str(name) for name in body.columns)
    n = len(table)
    codes = np.stack(columns, axis=1) if columns else np.empty((n, 0), dtype=np.int8)
    cases = _numbered(labels)
    return TacticMatrix(
        codes=codes,
        cases=cases,
        depth=_numbered(np.zeros(n) if depth is None else np.asarray(depth)),
        statement=np.ones(n, dtype=bool) if statement is None else np.asarray(statement, bool),
        terms=terms,
        labels=terms,
        domains=("",) * len(terms),
        legal=(False,) * len(terms),
        included=np.ones(n, dtype=bool),
        structural={},
        provenance=Provenance(
            relatum_version=__version__,
            schema_version="",
            sample_name="table",
            sample_fingerprint=sha256(codes.tobytes() + cases.tobytes()).hexdigest(),
            sample_origin="collected",
        ),
    )


def _numbered(labels: NDArray[np.generic]) -> NDArray[np.int64]:
    texts = np.asarray(pd.Series(labels).astype("string").fillna(""), dtype=str)
    return np.unique(texts, return_inverse=True)[1].astype(np.int64)


_WORDS = {
    "absent_documented": ABSENT,
    "not_documented": UNDOCUMENTED,
    "present": PRESENT,
    "not_applicable": APPLICABLE_NOT,
}


def _column(column: pd.Series, zeros: str | None) -> StatusCodes:
    silent = column.isna().to_numpy(dtype=bool)
    texts = column.astype("string").fillna("not_documented").str.lower()
    known = texts.map({**_WORDS, "1": PRESENT, "1.0": PRESENT, "true": PRESENT})
    is_zero = texts.isin(("0", "0.0", "false")).to_numpy(dtype=bool)
    if is_zero.any() and zeros is None:
        msg = (
            "A 0 in this table may mean that a file rules the item out, or that it does not "
            "mention it. These are not the same. Declare it in one line: "
            'matrix_of(table, case=..., zeros="not_documented") where blanks and zeros mean that '
            'nothing is said, zeros="absent_documented" where every 0 was established.'
        )
        raise UsageError(msg)
    if zeros is not None and zeros not in _ZEROS:
        msg = f"zeros must be one of {', '.join(_ZEROS)}, not {zeros!r}."
        raise UsageError(msg)
    codes = np.where(is_zero, _ZEROS.get(zeros or "", UNDOCUMENTED), known.fillna(-1))
    wrong = int((codes == -1).sum())
    if wrong:
        msg = (
            f"Column '{column.name}' holds {wrong} cells that are neither 0, 1 nor one of "
            f"{', '.join(_WORDS)}."
        )
        raise UsageError(msg)
    return np.where(silent, UNDOCUMENTED, codes).astype(np.int8)
