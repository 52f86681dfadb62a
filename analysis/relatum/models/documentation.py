"""What the files document at all: shares by code and stratum, and the link with file depth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from relatum.inference.common import Refusal
from relatum.inference.documentation import correlate_depth
from relatum.models.sizes import CASE_BANDS
from relatum.models.strata import THIRDS, depth_thirds
from relatum.results.base import Note, Unavailable
from relatum.results.documentation import (
    DepthLink,
    Documentation,
    DocumentationCell,
    DocumentationMatrix,
)
from relatum.results.provenance import provenance_of
from relatum.results.words import DOMAIN_LABELS, domain_label
from relatum.samples import Sample, status_frame
from relatum.schema import Code
from relatum.schema.status import APPLICABLE_NOT, PRESENT, UNDOCUMENTED
from relatum.study import Study

__all__ = ["describe_documentation", "list_documentation"]

_ENTITIES = ("tactic", "bond", "coping")
_LETTERS = np.array(list("aupn"))
_SILENT = ("", "not_documented")


@dataclass(frozen=True, slots=True)
class _Stratum:
    variable: str
    name: str
    label: str
    rows: NDArray[np.bool_]


def describe_documentation(sample: Sample, study: Study) -> Documentation | Unavailable:
    """Describe which codes are documented in which relationships.

    Parameters
    ----------
    sample : Sample
        The data.
    study : Study
        The plan.

    Returns
    -------
    Documentation or Unavailable
        Documented shares of every domain and code over all relationships, by victim statement, by
        thirds of documentation depth and by focus of the case, and of all codes together by size
        of the case, too; Spearman's correlation of the
        number of present codes with depth. Unavailable without relationships.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> from relatum.study import read_study
    >>> print(describe_documentation(example_sample("anna"), read_study()).depth[0].why)
    fewer than three rows
    """
    provenance = provenance_of(sample, study)
    if sample.n("relationships") == 0:
        return Unavailable(
            what="documentation", why="the sample holds no relationship", provenance=provenance
        )
    codes, matrix = _matrix(sample, study)
    strata = _strata(sample)
    cells = [
        _cell(level, members, stratum, matrix)
        for level, members in _groups(codes)
        for stratum in strata
    ]
    cells += [_overall(codes, stratum, matrix) for stratum in (*strata, *_case_sizes(sample))]
    depth = _depth_links(sample, matrix)
    return Documentation(
        cells=tuple(cells), depth=depth, notes=_notes(depth), provenance=provenance
    )


def list_documentation(sample: Sample, study: Study) -> DocumentationMatrix | Unavailable:
    """List the status of every code in every relationship, without identifiers.

    A row-level display: `relatum.release` lets it out for simulated samples only.
    """
    provenance = provenance_of(sample, study)
    if sample.n("relationships") == 0:
        return Unavailable(
            what="documentation by relationship",
            why="the sample holds no relationship",
            provenance=provenance,
        )
    codes, matrix = _matrix(sample, study)
    cases = sample.tables["relationships"]["case_id"].astype("string")
    counts = cases.value_counts()
    ranked = sorted(counts.index, key=lambda case: (-int(counts[case]), str(case)))
    number = cases.map({case: at + 1 for at, case in enumerate(ranked)}).to_numpy(dtype=np.int64)
    known = ((matrix != UNDOCUMENTED) & (matrix != APPLICABLE_NOT)).sum(axis=1)
    order = np.lexsort((-known, number))
    return DocumentationMatrix(
        terms=tuple(code.id for code in codes),
        labels=tuple(code.label for code in codes),
        domains=tuple(code.domain for code in codes),
        cases=tuple(int(n) for n in number[order]),
        statuses=tuple("".join(_LETTERS[column]) for column in matrix[order].T),
        provenance=provenance,
    )


def _matrix(sample: Sample, study: Study) -> tuple[list[Code], NDArray[np.int8]]:
    """Collect tactics, bonds and coping in the order of their domains."""
    order = list(DOMAIN_LABELS)
    found = [
        code
        for code in sample.schema.codebook.values()
        if code.entity in _ENTITIES and code.is_coding and code.value_type == "status"
    ]
    codes = sorted(found, key=lambda c: order.index(c.domain) if c.domain in order else len(order))
    frame = status_frame(sample, [code.id for code in codes], coder=study.coder or None)
    return codes, np.stack([frame[code.id].status.codes for code in codes], axis=1)


def _groups(codes: Sequence[Code]) -> list[tuple[str, tuple[tuple[int, Code], ...]]]:
    """Group the columns: one group per domain first, then one per code."""
    at = tuple(enumerate(codes))
    domains = dict.fromkeys(code.domain for code in codes)
    groups = [("domain", tuple(p for p in at if p[1].domain == domain)) for domain in domains]
    return groups + [("code", (pair,)) for pair in at]


def _cell(
    level: str,
    members: tuple[tuple[int, Code], ...],
    stratum: _Stratum,
    matrix: NDArray[np.int8],
) -> DocumentationCell:
    code = members[0][1]
    held = matrix[stratum.rows][:, [at for at, _ in members]]
    applies = held != APPLICABLE_NOT
    documented = applies & (held != UNDOCUMENTED)
    n_items, n_documented = int(applies.sum()), int(documented.sum())
    return DocumentationCell(
        level=level,
        term=code.domain if level == "domain" else code.id,
        label=domain_label(code.domain) if level == "domain" else code.label,
        entity=code.entity,
        domain=code.domain,
        stratum_variable=stratum.variable,
        stratum=stratum.name,
        stratum_label=stratum.label,
        n_relationships=int(stratum.rows.sum()),
        n_items=n_items,
        n_documented=n_documented,
        documented_share=n_documented / n_items if n_items else None,
    )


def _overall(
    codes: Sequence[Code], stratum: _Stratum, matrix: NDArray[np.int8]
) -> DocumentationCell:
    together = _cell("all", tuple(enumerate(codes)), stratum, matrix)
    return replace(together, term="all", label="All codes", entity="", domain="")


# --- strata ----------------------------------------------------------------------------------


def _strata(sample: Sample) -> tuple[_Stratum, ...]:
    rel = sample.tables["relationships"]
    everyone = _Stratum("all", "all", "All", np.ones(len(rel), dtype=bool))
    statement = rel["victim_statement_available"].astype("string").str.lower()
    focus = sample.tables["cases"].set_index("case_id")["case_focus"].astype("string")
    strata = [
        everyone,
        *_levels("victim_statement_available", statement, {"true": "Yes", "false": "No"}),
        *_thirds(rel["documentation_depth"]),
        *_levels("case_focus", rel["case_id"].map(focus), _focus_labels(sample)),
    ]
    return tuple(stratum for stratum in strata if stratum.rows.any())


def _focus_labels(sample: Sample) -> dict[str, str]:
    levels = sample.schema["cases"]["case_focus"].levels
    return {level.value: level.label for level in levels if level.value not in _SILENT}


def _levels(variable: str, column: pd.Series, words: dict[str, str]) -> list[_Stratum]:
    texts = column.astype("string").fillna("")
    found = [
        _Stratum(variable, value, label, (texts == value).to_numpy(dtype=bool))
        for value, label in words.items()
    ]
    silent = texts.isin(_SILENT).to_numpy(dtype=bool)
    return [*found, _Stratum(variable, "not_documented", "Not documented", silent)]


def _thirds(depth: pd.Series) -> list[_Stratum]:
    cut = depth_thirds(depth)
    parts = [
        _Stratum("documentation_depth", name, text, cut.codes == at)
        for at, (name, text) in enumerate(zip(THIRDS, cut.words, strict=False))
    ]
    silent = depth.isna().to_numpy(dtype=bool)
    return [*parts, _Stratum("documentation_depth", "not_documented", "Not documented", silent)]


def _case_sizes(sample: Sample) -> list[_Stratum]:
    cases = sample.tables["relationships"]["case_id"]
    sizes = cases.map(cases.value_counts()).to_numpy(dtype=np.int64)
    found = []
    for low, high in CASE_BANDS:
        words = f"{low} or more" if high is None else f"{low} to {high}"
        held = (sizes >= low) & (sizes <= (sizes if high is None else high))
        found.append(_Stratum("case_n_relationships", words.replace(" ", "_"), words, held))
    return [stratum for stratum in found if stratum.rows.any()]


# --- depth -----------------------------------------------------------------------------------


def _depth_links(sample: Sample, matrix: NDArray[np.int8]) -> tuple[DepthLink, ...]:
    rel = sample.tables["relationships"]
    depth = rel["documentation_depth"].to_numpy(dtype=np.float64, na_value=np.nan)
    present = (matrix == PRESENT).sum(axis=1).astype(np.float64)
    statement = rel["victim_statement_available"].astype("boolean")
    scopes = (
        ("all", "All relationships", np.ones(len(rel), dtype=bool)),
        ("statement", "With a statement of the victim", _holds(statement)),
        ("no_statement", "Without a statement of the victim", _holds(~statement)),
    )
    return tuple(
        _depth_link(name, label, present[rows], depth[rows]) for name, label, rows in scopes
    )


def _holds(column: pd.Series) -> NDArray[np.bool_]:
    return column.fillna(False).to_numpy(dtype=bool)


def _depth_link(
    scope: str, label: str, present: NDArray[np.float64], depth: NDArray[np.float64]
) -> DepthLink:
    known = ~np.isnan(depth)
    n = int(known.sum())
    answer = (
        correlate_depth(present[known], depth[known])
        if n >= 3
        else Refusal("correlation with depth", "fewer than three rows")
    )
    if isinstance(answer, Refusal):
        return DepthLink(scope=scope, label=label, n=n, rho=None, warning=False, why=answer.why)
    return DepthLink(
        scope=scope,
        label=label,
        n=n,
        rho=float(answer.spearman),
        warning=bool(answer.warns),
        why="",
    )


def _notes(depth: tuple[DepthLink, ...]) -> tuple[Note, ...]:
    notes = [
        Note(
            "documented",
            "Documented means that the file shows the item or rules it out. Silence depends on "
            "what an investigation looked for, so it is not random.",
        )
    ]
    if any(link.warning for link in depth):
        text = (
            "Relationships with more documents have more codes present (Spearman above 0.3): codes "
            "that are recorded together may only share a thick file."
        )
        notes.append(Note("depth_warning", text))
    return tuple(notes)
