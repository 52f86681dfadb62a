"""Short tables for whoever must decide whether to trust a sample."""

from __future__ import annotations

from collections import Counter

from relatum.errors import UsageError
from relatum.release import Released
from relatum.release.content import content
from relatum.results import Documentation, Prevalence, PrevalenceRow
from relatum.results.agreement import AgreementResult, Coefficient, StageAgreement
from relatum.results.base import Unavailable
from relatum.results.documentation import DocumentationCell
from relatum.results.words import domain_label
from relatum.tables.descriptive import note_texts
from relatum.tables.prevalence import stratum_words
from relatum.tables.table import Column, Row, Table
from relatum.tables.wording import NOTHING, count_words

__all__ = ["tabulate_coders", "tabulate_documented", "tabulate_usable"]

_VERDICTS = {
    "confirmatory": "Alpha from .80: for confirmatory use",
    "tentative": "Alpha from .67: for tentative use",
    "not_used": "Alpha below .67: not to be used",
    "not_known": "Alpha not defined",
}
#: Kinds of codes that are entered, not derived.
_COUNTED = ("domain", "tactic", "bond", "coping", "barrier", "motivator")


def tabulate_documented(released: Released, *, by: str = "stratum") -> Table:
    """Tabulate how many items are documented, by kind of relationship or by family of codes.

    Parameters
    ----------
    released : Released
        A `Documentation`.
    by : {"stratum", "family"}
        ``stratum``: all codes together, by size of the investigation, statement of the victim,
        number of documents and focus. ``family``: every family of codes over all relationships.

    Raises
    ------
    UsageError
        For another choice.
    """
    found = content(released, Documentation)
    if by not in ("stratum", "family"):
        msg = f"'{by}' is no way to tabulate documentation. Allowed: stratum, family."
        raise UsageError(msg)
    cells = [cell for cell in found.cells if _chosen(cell, by)]
    words = [_row_words(cell, by) for cell in cells]
    rows = tuple(
        Row(
            cells=(
                text,
                f"{cell.n_relationships:,}",
                count_words(cell.n_documented, cell.n_items),
                f"{cell.n_items - cell.n_documented:,}",
            )
        )
        for text, cell in zip(words, cells, strict=True)
    )
    return Table(
        title="What the files document",
        columns=(
            Column(label="Relationships" if by == "stratum" else "Family of codes", width=8),
            Column(label="n", align="right", width=2),
            Column(label="Items documented", align="right", width=6),
            Column(label="Not documented", align="right", width=4),
        ),
        rows=rows,
        footnotes=(
            *note_texts(released),
            "n: relationships. Items are relationships times codes, less those not applicable.",
        ),
    )


def _chosen(cell: DocumentationCell, by: str) -> bool:
    if by == "stratum":
        return cell.level == "all"
    return cell.level == "domain" and cell.stratum_variable == "all"


def _row_words(cell: DocumentationCell, by: str) -> str:
    if by == "family":
        return cell.label
    return f"{stratum_words(cell.stratum_variable)}{cell.stratum_label}"


def tabulate_usable(released: Released) -> Table:
    """Tabulate of how many codes of each family a single share can be given.

    Parameters
    ----------
    released : Released
        A `Prevalence`.

    Returns
    -------
    Table
        Codes with a single share, with bounds only, and without any documented unit; each code
        stands in one of the three columns.
    """
    found = content(released, Prevalence)
    families: dict[str, list[PrevalenceRow]] = {}
    for row in found.rows:
        if row.entity in _COUNTED and row.n_units:
            direct = row.entity == "domain"
            name = "Domains, coded directly" if direct else domain_label(row.domain)
            families.setdefault(name, []).append(row)
    return Table(
        title="Codes of which a share can be given",
        columns=(
            Column(label="Family of codes", width=8),
            Column(label="Single share", align="right", width=4),
            Column(label="Bounds only", align="right", width=4),
            Column(label="Nothing documented", align="right", width=4),
        ),
        rows=tuple(Row(cells=(name, *_usable(rows))) for name, rows in families.items()),
        footnotes=(
            *note_texts(released),
            f"Single share: at least {found.min_documented_share:.0%} of the units are "
            "documented. Bounds only: fewer are. Codes that apply to nobody are left out.",
        ),
    )


def _usable(rows: list[PrevalenceRow]) -> tuple[str, str, str]:
    silent = sum(row.n_undocumented == row.n_units for row in rows)
    bounded = sum(row.only_bounds and row.n_undocumented < row.n_units for row in rows)
    single = len(rows) - silent - bounded
    return (
        count_words(single, len(rows)),
        count_words(bounded, len(rows)),
        count_words(silent, len(rows)),
    )


def tabulate_coders(released: Released) -> Table:
    """Tabulate the agreement of coders over all codes, and how many codes may be used.

    No single code and no single unit is shown.

    Parameters
    ----------
    released : Released
        An `AgreementResult`.
    """
    found = content(released, AgreementResult)
    questions = (
        ("Documented or not", found.overall.documented),
        ("Present or ruled out", found.overall.present),
    )
    verdicts = Counter(str(row.verdict) for row in found.rows)
    codes = [
        Row(
            group="Codes",
            cells=(words, count_words(verdicts[name], len(found.rows)), NOTHING, NOTHING),
        )
        for name, words in _VERDICTS.items()
    ]
    return Table(
        title=f"Agreement of {' and '.join(found.coders)}",
        columns=(
            Column(label="Question", width=8),
            Column(label="Same answer, or codes", align="right", width=5),
            Column(label="AC1", align="right", width=2),
            Column(label="Alpha", align="right", width=2),
        ),
        rows=(*(_question(words, stage) for words, stage in questions), *codes),
        footnotes=(
            *note_texts(released),
            f"AC1: Gwet's coefficient. Alpha: Krippendorff's. {NOTHING}: not defined.",
        ),
    )


def _question(words: str, stage: StageAgreement | Unavailable) -> Row:
    if isinstance(stage, Unavailable):
        return Row(group="All codes together", cells=(words, NOTHING, NOTHING, NOTHING))
    return Row(
        group="All codes together",
        cells=(
            words,
            count_words(stage.n_agreed, stage.n_pairs),
            _number(stage.ac1),
            _number(stage.alpha),
        ),
    )


def _number(value: Coefficient | Unavailable) -> str:
    return NOTHING if isinstance(value, Unavailable) else f"{value.estimate:.2f}"
