"""The table of combinations of domains."""

from __future__ import annotations

from collections.abc import Mapping

from relatum.errors import UsageError
from relatum.release import Released
from relatum.release.content import content
from relatum.results.domain_sets import DomainCount, DomainSet, DomainSets
from relatum.tables.descriptive import note_texts
from relatum.tables.pair_words import lower_first, upper_first
from relatum.tables.table import Column, Row, Table
from relatum.tables.wording import count_words

__all__ = ["tabulate_domain_sets"]

_SINGLE = "Single domains"
_SETS = "Combinations, exactly these"


def tabulate_domain_sets(released: Released, *, most: int = 15) -> Table:
    """Tabulate single domains, and the combinations that are recorded as present.

    Parameters
    ----------
    released : Released
        A `DomainSets`.
    most : int
        Combinations at most; rarer ones share one row.

    Raises
    ------
    UsageError
        If no combination is to be printed.
    """
    found = content(released, DomainSets)
    if most < 1:
        msg = f"The table has at least 1 combination; most is {most}."
        raise UsageError(msg)
    labels = {domain.term: domain.label for domain in found.domains}
    rows = [_domain_line(domain) for domain in found.domains]
    # A domain whose own row was withheld has no name here, and cannot be told by its absence.
    named = [entry for entry in found.sets if set(entry.terms) <= set(labels)]
    hidden = len(named) < len(found.sets)
    rows += [_set_line(entry, labels, found.n_relationships, hidden) for entry in named[:most]]
    rest = [*named[most:], *(entry for entry in found.sets if entry not in named)]
    if rest:
        n, silent = sum(entry.n for entry in rest), sum(entry.n_silent for entry in rest)
        label = f"{len(rest)} other combination{'' if len(rest) == 1 else 's'}"
        label += " (with a domain that is withheld)" if hidden else ""
        rows.append(_line(label, n, silent, found.n_relationships))
    return Table(
        title=found.title,
        columns=(
            Column(label="Domains recorded", width=12),
            Column(label="Relationships", align="right", width=4),
            Column(label="Ruled out", align="right", width=3),
            Column(label="Not documented", align="right", width=5),
        ),
        rows=tuple(rows),
        footnotes=(
            *note_texts(released),
            "Not documented: for a domain, relationships whose file is silent on it; for a "
            "combination, those of its relationships in which the file is silent on at least one "
            "other domain.",
        ),
    )


def _domain_line(domain: DomainCount) -> Row:
    n = domain.n_present + domain.n_absent + domain.n_undocumented
    return Row(
        group=_SINGLE,
        cells=(
            domain.label,
            count_words(domain.n_present, n),
            f"{domain.n_absent:,}",
            f"{domain.n_undocumented:,}",
        ),
    )


def _set_line(entry: DomainSet, labels: Mapping[str, str], total: int, hidden: bool) -> Row:
    return _line(_set_words(entry.terms, labels, hidden), entry.n, entry.n_silent, total)


def _line(label: str, n: int, silent: int, total: int) -> Row:
    cells = (label, count_words(n, total), "", f"{silent:,} of {n:,}")
    return Row(group=_SETS, cells=cells)


def _set_words(terms: tuple[str, ...], labels: Mapping[str, str], hidden: bool) -> str:
    if not terms:
        return "None"
    if len(terms) == len(labels) and not hidden:
        return f"All {len(labels)}"
    missing = tuple(term for term in labels if term not in terms)
    few = len(missing) < len(terms) and not hidden
    listed = ", ".join(lower_first(labels[term]) for term in (missing if few else terms))
    return f"All but {listed}" if few else upper_first(listed)
