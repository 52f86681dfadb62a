"""Tables of regression models for times to an event, and of how they fit."""

from __future__ import annotations

from collections.abc import Sequence

from relatum.release import Released
from relatum.release.content import content
from relatum.results.familiar_times import FamiliarTimes, ModelTerm, TimeModel
from relatum.tables.pair_words import choose_word, chosen_notes, nothing_note, p_words, upper_first
from relatum.tables.table import Column, Row, Table
from relatum.tables.times_words import (
    MODEL_NOTES,
    SCALES,
    level_words,
    mentioned,
    model_heading,
    number_or_nothing,
    term_words,
)
from relatum.tables.wording import NOTHING, count_words

__all__ = ["tabulate_time_fits", "tabulate_time_models"]

_NOT_AVAILABLE = "Not available"


def tabulate_time_models(released: Released, *, only: Sequence[str] = ()) -> Table:
    """Tabulate the ratios of regression models, one block for each.

    Parameters
    ----------
    released : Released
        A `FamiliarTimes`.
    only : sequence of str, optional
        Names of models, such as ``cox``; all by default.

    Returns
    -------
    Table
        What was asked for and cannot be estimated stands last, with the reason under the table.

    Raises
    ------
    UsageError
        If there is no such model.
    """
    found = content(released, FamiliarTimes)
    models = _chosen_models(found, only)
    checked = any(term.p_proportional is not None for model in models for term in model.terms)
    refused = () if only else found.refused
    rows = [
        Row(group=model_heading(found, model), cells=_term_cells(term, checked=checked))
        for model in models
        for term in model.terms
    ]
    blank = [NOTHING] * (4 if checked else 3)
    rows += [Row(group=_NOT_AVAILABLE, cells=(upper_first(no.what), *blank)) for no in refused]
    return Table(
        title=f"{found.title}: regression models",
        columns=(
            Column(label="Term", width=9),
            Column(label=f"Ratio ({level_words(found)})", align="right", width=7),
            Column(label="Standard error of the log", align="right", width=4),
            Column(label="p", align="right", width=3),
            *((Column(label="p, same at all times", align="right", width=4),) if checked else ()),
        ),
        rows=tuple(rows) or (Row(cells=("No model was fitted", *blank)),),
        footnotes=(
            *chosen_notes(released, *MODEL_NOTES, "few_clusters"),
            *_scale_notes(models),
            *(f"{upper_first(no.what)}: {no.why}." for no in refused),
            *mentioned(found),
        ),
    )


def _chosen_models(found: FamiliarTimes, only: Sequence[str]) -> list[TimeModel]:
    names = tuple(dict.fromkeys(model.model for model in found.models))
    for name in only:
        choose_word(name, names, what="model of this result")
    return [model for model in found.models if not only or model.model in only]


def _term_cells(term: ModelTerm, *, checked: bool) -> tuple[str, ...]:
    same = "" if term.p_proportional is None else p_words(term.p_proportional)
    return (
        upper_first(term.label),
        term_words(term),
        f"{term.std_error:.3f}",
        p_words(term.p_value),
        *((same,) if checked else ()),
    )


def _scale_notes(models: Sequence[TimeModel]) -> tuple[str, ...]:
    if not any(model.scale == "subdistribution_hazard_ratio" for model in models):
        return ()
    return (
        "Subdistribution hazard ratio: above 1, the cumulative incidence is higher; it is no ratio "
        "of rates.",
    )


def tabulate_time_fits(released: Released) -> Table:
    """Tabulate how models fit: events, log-likelihood, AIC, concordance.

    Parameters
    ----------
    released : Released
        A `FamiliarTimes`.
    """
    found = content(released, FamiliarTimes)
    rows = tuple(_fit_line(model) for model in found.models)
    return Table(
        title=f"{found.title}: fit of the models",
        columns=(
            Column(label="Model", width=9),
            Column(label="Scale", width=6),
            Column(label="Events", align="right", width=5),
            Column(label="Log-likelihood", align="right", width=5),
            Column(label="AIC", align="right", width=4),
            Column(label="Concordance", align="right", width=5),
        ),
        rows=rows or (Row(cells=("No model was fitted", *[NOTHING] * 5)),),
        footnotes=(
            *chosen_notes(released),
            "A partial likelihood has no AIC that can be compared with that of a whole one; nor "
            "can that of discrete periods be compared with that of continuous time. "
            "Concordance: how often the record with the earlier event has the higher fitted rate.",
            *nothing_note(rows, "not defined for this model"),
            *mentioned(found),
        ),
    )


def _fit_line(model: TimeModel) -> Row:
    return Row(
        cells=(
            model.label,
            SCALES.get(model.scale, model.scale.replace("_", " ")),
            count_words(model.n_events, model.n_records),
            number_or_nothing(model.loglik, digits=1),
            number_or_nothing(model.aic, digits=1),
            number_or_nothing(model.concordance, digits=2),
        )
    )
