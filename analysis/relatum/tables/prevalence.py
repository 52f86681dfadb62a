"""Tables of prevalence and of documentation."""

from __future__ import annotations

from collections.abc import Sequence

from relatum.errors import UsageError
from relatum.release import Released
from relatum.release.content import content
from relatum.results import Documentation, Prevalence, PrevalenceRow
from relatum.results.words import UNIT_PLURALS, domain_label
from relatum.tables.descriptive import note_texts
from relatum.tables.table import Column, Row, Table, together
from relatum.tables.wording import NOTHING, bounds_words, count_words

__all__ = ["prevalence_group", "stratum_words", "tabulate_documentation", "tabulate_prevalence"]

_GROUPS = {
    "domain": "Domains, coded directly",
    "tactic_group": "Domains, from their codes",
    "coping_group": "Coping families, from their codes",
}


def prevalence_group(row: PrevalenceRow) -> str:
    """Return the heading under which a code is printed."""
    heading = _GROUPS.get(row.entity, domain_label(row.domain))
    if not row.population.startswith("all "):
        return f"{heading} ({row.population})"
    if row.unit == "relationship":
        return heading
    return f"{UNIT_PLURALS.get(row.unit, row.unit).capitalize()}: {heading.lower()}"


def tabulate_prevalence(
    released: Released, *, entities: Sequence[str] = (), terms: Sequence[str] = ()
) -> Table:
    """Tabulate counts, silence and worst-case bounds per code.

    Parameters
    ----------
    released : Released
        A `Prevalence`.
    entities : sequence of str, optional
        Only codes of these kinds or domains, such as ``tactic``, ``bond`` or ``composite``.
    terms : sequence of str, optional
        Only these codes.

    Raises
    ------
    UsageError
        If nothing is left.
    """
    found = content(released, Prevalence)
    kept = [
        row
        for row in found.rows
        if (not entities or row.entity in entities or row.domain in entities)
        and (not terms or row.term in terms)
    ]
    if not kept:
        msg = f"No code is of the kinds {tuple(entities)} and among {tuple(terms)}."
        raise UsageError(msg)
    return Table(
        title=found.title,
        columns=(
            Column(label="Code", width=10),
            Column(label="Applies to", align="right", width=3),
            Column(label="Present", align="right", width=3),
            Column(label="Ruled out", align="right", width=3),
            Column(label="Not documented", align="right", width=4),
            Column(label="Bounds", align="right", width=4),
            Column(label="Present among documented", align="right", width=5),
        ),
        rows=together(_prevalence_line(row) for row in kept),
        footnotes=(*note_texts(released), *_legend(found)),
    )


def _prevalence_line(row: PrevalenceRow) -> Row:
    documented = row.n_present + row.n_absent
    known = NOTHING if row.only_bounds else count_words(row.n_present, documented)
    mark = "*" if row.leaves_confirmatory else ""
    return Row(
        group=prevalence_group(row),
        cells=(
            row.label,
            f"{row.n_units:,}",
            f"{row.n_present:,}",
            f"{row.n_absent:,}",
            f"{row.n_undocumented:,}",
            bounds_words(row) + mark,
            known,
        ),
    )


def _legend(found: Prevalence) -> tuple[str, ...]:
    return (
        "Bounds are shares of the units to which the code applies; for fewer than 20 units they "
        "are counts.",
        f"{NOTHING}: less than {found.min_documented_share:.0%} is documented.",
        f"*: bounds wider than {found.max_width:.2f}.",
    )


def tabulate_documentation(released: Released, *, level: str = "domain") -> Table:
    """Tabulate how much is documented, per domain (or code) and stratum.

    Parameters
    ----------
    released : Released
        A `Documentation`.
    level : {"domain", "code"}
        What the rows are.

    Raises
    ------
    UsageError
        For another level.
    """
    found = content(released, Documentation)
    cells = [cell for cell in found.cells if cell.level == level]
    if not cells:
        msg = f"'{level}' is not a level of documentation. Allowed: domain, code."
        raise UsageError(msg)
    rows = tuple(
        Row(
            group=cell.label if level == "domain" else f"{domain_label(cell.domain)}: {cell.label}",
            cells=(
                f"{stratum_words(cell.stratum_variable)}{cell.stratum_label}",
                f"{cell.n_relationships:,}",
                count_words(cell.n_documented, cell.n_items),
                f"{cell.n_items - cell.n_documented:,}",
            ),
        )
        for cell in cells
    )
    return Table(
        title="What the files document",
        columns=(
            Column(label="Relationships", width=8),
            Column(label="n", align="right", width=2),
            Column(label="Items documented", align="right", width=5),
            Column(label="Not documented", align="right", width=4),
        ),
        rows=rows,
        footnotes=(*note_texts(released), *_depth_words(found)),
    )


def stratum_words(variable: str) -> str:
    """Return the words before a stratum.

    Examples
    --------
    >>> stratum_words("case_focus"), stratum_words("all")
    ('Focus of the case: ', '')
    """
    words = {
        "victim_statement_available": "Statement of the victim: ",
        "documentation_depth": "Documents: ",
        "case_focus": "Focus of the case: ",
        "case_n_relationships": "Relationships in the case: ",
    }
    return words.get(variable, "")


def _depth_words(found: Documentation) -> tuple[str, ...]:
    texts = [
        f"{link.label} (n = {link.n}): {link.rho:.2f}"
        for link in found.depth
        if link.rho is not None
    ]
    if not texts:
        return ()
    lead = "Spearman correlation of the number of present codes with documentation depth: "
    return (lead + "; ".join(texts) + ".",)
