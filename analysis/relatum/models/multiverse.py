"""A share under every combination of declared choices, and which choice moves it."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from relatum.inference.common import Refusal
from relatum.inference.sensitivity import axis_variance_shares
from relatum.models.case_cells import CaseCells, Coding, count_by_case
from relatum.models.estimates import item_seeds
from relatum.models.gates import gate_clusters, gate_documentation, override_notes
from relatum.models.intervals import coded_interval, point_estimate
from relatum.models.items import Item, collect_items
from relatum.models.multiverse_axes import AXES, UNIT_FILTERS, keep_codings
from relatum.models.prevalence import estimate_prevalence
from relatum.results.base import Note, Unavailable
from relatum.results.estimates import CodedInterval
from relatum.results.multiverse import AxisEffect, Branch, Multiverse, MultiverseTerm
from relatum.results.prevalence import Prevalence, PrevalenceRow
from relatum.results.provenance import provenance_of
from relatum.samples import Sample
from relatum.study import Study
from relatum.workers import run_tasks

__all__ = ["run_multiverse"]

Choices = Mapping[str, str]
_CODING_AXES = ("context_inferred", "certainty", "source")
#: A share of the variance below this is rounding.
_NOISE = 1e-12
_MAIN = {name: axis.options[0] for name, axis in AXES.items()}


def run_multiverse(
    sample: Sample, study: Study, *, terms: Sequence[str] = (), jobs: int | None = None
) -> Multiverse | Unavailable:
    """Repeat shares over every combination of the choices that the plan declares.

    Parameters
    ----------
    sample : Sample
        The data.
    study : Study
        The plan: codes, choices, threshold, level, overrides, seed.
    terms : sequence of str, optional
        Codes of relationships; those of the plan by default.
    jobs : int, optional
        Workers, see `relatum.workers.run_tasks`; the numbers do not depend on it.

    Returns
    -------
    Multiverse or Unavailable
        One estimate with limits per branch, the share of the variance between the options of each
        choice, and the branches on each side of the threshold. Codes that the gates refuse are
        listed with the reason.

    Notes
    -----
    All choices are crossed: seven give 128 branches. A coding that a choice removes leaves silence
    behind, not absence. The curve describes the analyst's choices; no p value belongs to it
    (Steegen et al. 2016, doi:10.1177/1745691616658637).

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> from relatum.study import read_study
    >>> found = run_multiverse(example_sample("anna"), read_study(), terms=["vio_physical"])
    >>> print(found.refused[0])
    multiverse of vio_physical: not available (1 investigation holds such units, fewer than 6)
    """
    counted = estimate_prevalence(sample, study)
    if isinstance(counted, Unavailable):
        return Unavailable(what="multiverse", why=counted.why, provenance=counted.provenance)
    wanted = tuple(terms) or study.multiverse.terms
    rows, refused = _admit(sample, study, counted, wanted)
    seeds = item_seeds(study, counted.terms)
    bundles = _bundles(sample, study, rows)
    tasks = [(row, bundles[row.term], study, seeds[row.term]) for row in rows]
    found = run_tasks(_curve, tasks, jobs=jobs)
    return Multiverse(
        axes=tuple(AXES[name] for name in study.multiverse.axes),
        terms=tuple(found),
        refused=refused,
        threshold=study.multiverse.threshold,
        conf_level=study.estimates.conf_level,
        notes=(*_NOTES, *override_notes(study)),
        provenance=provenance_of(sample, study, seed=study.seed),
    )


_NOTES = (
    Note(
        "multiverse",
        "Every declared choice is crossed with every other. The curve shows how far a share rests "
        "on such choices; its limits hold within a branch, and no p value belongs to the curve.",
    ),
    Note(
        "removed_codings",
        "A coding that a choice leaves out becomes silence, not absence.",
    ),
    Note(
        "variance_share",
        "Share of the variance over all branches that lies between the two options of a choice.",
    ),
)


def _admit(
    sample: Sample, study: Study, counted: Prevalence, wanted: Sequence[str]
) -> tuple[list[PrevalenceRow], tuple[Unavailable, ...]]:
    """Let in the codes that the gates pass under the main specification."""
    rows: list[PrevalenceRow] = []
    refused: list[Unavailable] = []
    populations = {row.population for row in counted.rows if row.unit == "relationship"}
    for term in wanted:
        row = next((row for row in counted.rows if row.term == term), None)
        why = _why_not(row, len(populations))
        if row is not None and not why:
            (item,) = collect_items(sample, study, [row])
            verdict = gate_clusters(item.cells, study).and_then(gate_documentation(row, study))
            why = verdict.refused
        if row is None or why:
            refused.append(Unavailable(what=f"multiverse of {term}", why=why))
        else:
            rows.append(row)
    return rows, tuple(refused)


def _why_not(row: PrevalenceRow | None, n_populations: int) -> str:
    if row is None:
        return "the table of prevalence has no such code"
    if row.unit != "relationship":
        return f"the choices are defined for relationships, and this is a code of a {row.unit}"
    if n_populations > 1:
        return "the sample holds several populations; restrict it to one"
    return ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Bundle:
    """One item under each choice of codings, and the units that each choice keeps."""

    items: Mapping[tuple[tuple[str, str], ...], Item]
    kept: Mapping[tuple[str, str], np.ndarray[tuple[int, ...], np.dtype[np.bool_]]]


def _bundles(sample: Sample, study: Study, rows: Sequence[PrevalenceRow]) -> dict[str, _Bundle]:
    couples = sample.tables["relationships"]
    kept = {pair: keep(couples) for pair, keep in UNIT_FILTERS.items()}
    axes = [name for name in _CODING_AXES if name in study.multiverse.axes]
    variants: dict[tuple[tuple[str, str], ...], tuple[Item, ...]] = {}
    for options in itertools.product(*(AXES[name].options for name in axes)):
        choices = dict(zip(axes, options, strict=True))
        variants[_key(choices)] = collect_items(keep_codings(sample, choices), study, rows)
    return {
        row.term: _Bundle(items={key: items[at] for key, items in variants.items()}, kept=kept)
        for at, row in enumerate(rows)
    }


def _key(choices: Choices) -> tuple[tuple[str, str], ...]:
    return tuple((name, choices.get(name, _MAIN[name])) for name in _CODING_AXES)


def _curve(row: PrevalenceRow, bundle: _Bundle, study: Study, seed: int) -> MultiverseTerm:
    """Compute every branch of one code; branches with equal counts are computed once."""
    axes = study.multiverse.axes
    known: dict[tuple[object, ...], Branch] = {}
    branches: list[Branch] = []
    for options in itertools.product(*(AXES[name].options for name in axes)):
        choices = _MAIN | dict(zip(axes, options, strict=True))
        cells = _cells(bundle, choices)
        key = (
            choices["undocumented"],
            choices["weight"],
            *(part.tobytes() for part in (cells.sizes, cells.present, cells.undocumented)),
        )
        if key not in known:
            known[key] = _branch(cells, choices, study, seed)
        branches.append(replace(known[key], options=options))
    return _summarise(row, tuple(branches), study)


def _cells(bundle: _Bundle, choices: Choices) -> CaseCells:
    item = bundle.items[_key(choices)]
    keep = np.ones(len(item.codes), dtype=bool)
    for pair in choices.items():
        if pair in bundle.kept:
            keep &= bundle.kept[pair]
    return count_by_case(item.codes[keep], item.cases[keep])


def _branch(cells: CaseCells, choices: Choices, study: Study, seed: int) -> Branch:
    coding: Coding = "upper" if choices["undocumented"] == "as_present" else "lower"
    target = "case_average" if choices["weight"] == "case" else "unit_weighted"
    verdict = gate_clusters(cells, study).refused
    estimate: float | None = None
    limits: CodedInterval | None = None
    why = verdict
    if verdict:
        point = point_estimate(cells, coding, study.estimates, target=target)
        estimate = None if isinstance(point, Refusal) else point
    else:
        found = coded_interval(cells, coding, study.estimates, target=target, seed=seed)
        if isinstance(found, Refusal):
            why = found.why
        else:
            limits, estimate = found, found.estimate
    return Branch(
        options=(),
        n_units=cells.n_units,
        n_present=int(cells.counts(coding).sum()),
        n_cases=cells.n_cases,
        estimate=estimate,
        conf_low=limits.conf_low if limits else None,
        conf_high=limits.conf_high if limits else None,
        why=why,
    )


def _summarise(row: PrevalenceRow, branches: tuple[Branch, ...], study: Study) -> MultiverseTerm:
    threshold = study.multiverse.threshold
    values = [b.estimate for b in branches if b.estimate is not None]
    return MultiverseTerm(
        term=row.term,
        label=row.label,
        branches=branches,
        effects=_effects(branches, study.multiverse.axes),
        n_above=sum(value > threshold for value in values),
        n_limits_above=sum(b.conf_low is not None and b.conf_low > threshold for b in branches),
        n_limits_below=sum(b.conf_high is not None and b.conf_high < threshold for b in branches),
        low=min(values, default=None),
        high=max(values, default=None),
    )


def _effects(
    branches: Sequence[Branch], axes: Sequence[str]
) -> tuple[AxisEffect, ...] | Unavailable:
    what = "share of the variance per choice"
    held = [b for b in branches if b.estimate is not None]
    if len(held) < len(branches):
        why = f"{len(branches) - len(held)} of {len(branches)} branches have no estimate"
        return Unavailable(what=what, why=why)
    found = axis_variance_shares(
        [float(b.estimate or 0.0) for b in held], [list(b.options) for b in held], list(axes)
    )
    if isinstance(found, Refusal):
        return Unavailable(what=what, why=found.why)
    return tuple(
        AxisEffect(axis=p.axis, share=p.share if p.share > _NOISE else 0.0, span=p.span)
        for p in found
    )
