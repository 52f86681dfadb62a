"""Tables of specification curves and of agreement between coders."""

from __future__ import annotations

from collections.abc import Mapping

from relatum.release import Released
from relatum.release.content import content
from relatum.results.agreement import (
    AgreementResult,
    AgreementRow,
    Coefficient,
    StageAgreement,
)
from relatum.results.base import Unavailable
from relatum.results.multiverse import Multiverse, MultiverseTerm
from relatum.results.words import domain_label
from relatum.tables.descriptive import note_texts
from relatum.tables.table import Column, Row, Table
from relatum.tables.wording import NOTHING, percent

__all__ = ["tabulate_agreement", "tabulate_multiverse"]

#: Choices that move the estimates less are not printed.
_SMALLEST = 0.01
_VERDICTS = {
    "confirmatory": "confirmatory",
    "tentative": "tentative",
    "not_used": "not used",
    "not_known": "not known",
}


def tabulate_multiverse(released: Released) -> Table:
    """Tabulate how far a share rests on declared choices.

    Parameters
    ----------
    released : Released
        A `Multiverse`.

    Returns
    -------
    Table
        One row per code: range of the estimates, branches on each side of the threshold, and the
        share of the variance that goes with each choice.
    """
    found = content(released, Multiverse)
    labels = {axis.name: axis.label for axis in found.axes}
    refused = tuple(f"{entry}." for entry in found.refused)
    return Table(
        title="One share under every combination of choices",
        columns=(
            Column(label="Code", width=6),
            Column(label="Branches", align="right", width=4),
            Column(label="Range of estimates", align="right", width=5),
            Column(label=f"Limits above {percent(found.threshold)}", align="right", width=3),
            Column(label=f"Limits below {percent(found.threshold)}", align="right", width=3),
            Column(label="Share of the variance by choice", width=9),
        ),
        rows=tuple(Row(cells=_curve_cells(found, term, labels)) for term in found.terms),
        footnotes=(
            *note_texts(released),
            f"Choices with less than {percent(_SMALLEST)} of the variance are left out; what is "
            "missing to 100% is interaction.",
            *refused,
        ),
    )


def _curve_cells(
    found: Multiverse, term: MultiverseTerm, labels: Mapping[str, str]
) -> tuple[str, ...]:
    n, crossed = len(term.branches), term.n_crossed(found.axes)
    both = NOTHING
    if term.low is not None and term.high is not None:
        both = f"{percent(term.low)} to {percent(term.high)}"
    return (
        term.label,
        str(n) if n == crossed else f"{crossed} ({crossed - n} withheld)",
        both,
        str(term.n_limits_above),
        str(term.n_limits_below),
        _moved_by(term, labels),
    )


def _moved_by(term: MultiverseTerm, labels: Mapping[str, str]) -> str:
    if isinstance(term.effects, Unavailable):
        return f"not available ({term.effects.why})"
    parts = [
        f"{labels[effect.axis].lower()} {percent(effect.share)}"
        for effect in term.effects
        if effect.share >= _SMALLEST
    ]
    return "; ".join(parts) or NOTHING


def tabulate_agreement(released: Released) -> Table:
    """Tabulate the agreement of coders per code.

    Parameters
    ----------
    released : Released
        An `AgreementResult`.
    """
    found = content(released, AgreementResult)
    rows = (*found.rows, found.overall)
    return Table(
        title=f"Agreement of {' and '.join(found.coders)}",
        columns=(
            Column(label="Code", width=8),
            Column(label="Documented: agree", align="right", width=4),
            Column(label="AC1", align="right", width=3),
            Column(label="Alpha", align="right", width=3),
            Column(label="Present: agree", align="right", width=4),
            Column(label="AC1", align="right", width=3),
            Column(label="Alpha", align="right", width=3),
            Column(label="Use", width=4),
        ),
        rows=tuple(_agreement_line(row) for row in rows),
        footnotes=(
            *note_texts(released),
            f"AC1: Gwet's coefficient. Alpha: Krippendorff's. {NOTHING}: not defined.",
        ),
    )


def _agreement_line(row: AgreementRow) -> Row:
    return Row(
        group=domain_label(row.domain) if row.domain else "All codes",
        cells=(
            row.label,
            *_stage_cells(row.documented),
            *_stage_cells(row.present),
            _VERDICTS[row.verdict],
        ),
    )


def _stage_cells(stage: StageAgreement | Unavailable) -> tuple[str, str, str]:
    if isinstance(stage, Unavailable):
        return NOTHING, NOTHING, NOTHING
    return (f"{stage.n_agreed} of {stage.n_pairs}", _value(stage.ac1), _value(stage.alpha))


def _value(found: Coefficient | Unavailable) -> str:
    return NOTHING if isinstance(found, Unavailable) else f"{found.estimate:.2f}"
