"""The first description of a sample: its flow, its persons, its couples, in counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import pandas as pd

from relatum.models.counting import included_cases, prevalence_row
from relatum.models.selection import trace_selection
from relatum.models.sizes import describe_sizes
from relatum.results.base import Note, Result, Unavailable
from relatum.results.distributions import Distribution, LevelCount, Summary, SummaryRow
from relatum.results.flow import Flow, FlowStep
from relatum.results.prevalence import Prevalence
from relatum.results.provenance import provenance_of
from relatum.results.words import UNIT_PLURALS, country_label
from relatum.samples import UNIT_TABLES, Sample, status_frame
from relatum.schema import Field
from relatum.study import Study

__all__ = [
    "describe",
    "describe_ages",
    "describe_characteristics",
    "describe_circumstances",
    "describe_countries",
    "describe_flow",
    "describe_numbers",
]

Described: TypeAlias = Result | Unavailable
_UNITS = ("case", "suspect", "victim", "relationship")
_SILENT = ("", "not_documented", "unknown")
_CATEGORIES = ("category", "ordinal", "multi", "boolean")
#: Columns that say how the sample was put together, which the flow reports.
_SELECTION = ("case_list_source", "simulated")


def describe(sample: Sample, study: Study) -> Mapping[str, Described]:
    """Return every descriptive result by name.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> from relatum.study import read_study
    >>> sorted(describe(example_sample("anna"), read_study()))[:3]
    ['ages', 'characteristics', 'circumstances']
    """
    parts: dict[str, Callable[[Sample, Study], Described]] = {
        "flow": describe_flow,
        "sizes": describe_sizes,
        "numbers": describe_numbers,
        "ages": describe_ages,
        "countries": describe_countries,
        "characteristics": describe_characteristics,
        "circumstances": describe_circumstances,
    }
    return {name: part(sample, study) for name, part in parts.items()}


def describe_flow(sample: Sample, study: Study) -> Flow:
    """Describe the selection of investigations and what the sample holds."""
    selection = trace_selection(sample)
    steps = list(selection.steps)
    counts = {"case": len(included_cases(sample))}
    counts |= {unit: sample.n(UNIT_TABLES[unit]) for unit in ("suspect", "victim", "relationship")}
    for unit, n in counts.items():
        label = f"{UNIT_PLURALS[unit]} in the sample"
        steps.append(FlowStep(step=unit, label=label, unit=unit, n=n, n_left_out=None, reason=""))
    return Flow(steps=tuple(steps), notes=selection.notes, provenance=provenance_of(sample, study))


# --- numbers -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Number:
    variable: str
    label: str
    unit: str
    scale: str
    column: str = ""


_NUMBERS = (
    _Number(
        variable="case_duration_months",
        label="Length of investigation",
        unit="case",
        scale="months",
    ),
    _Number(variable="case_wiretap_days", label="Days of interception", unit="case", scale="days"),
    _Number(variable="suspect_age", label="Age of suspects", unit="suspect", scale="years"),
    _Number(variable="victim_age", label="Age of victims", unit="victim", scale="years"),
    _Number(
        variable="documentation_depth",
        label="Documents per relationship",
        unit="relationship",
        scale="documents",
    ),
)


def describe_numbers(sample: Sample, study: Study) -> Summary | Unavailable:
    """Describe lengths, ages, amounts and depths in brief; the mean is over recorded values."""
    provenance = provenance_of(sample, study)
    rows = [
        _summary_row(number, _unit_rows(sample, number.unit)[number.variable])
        for number in _NUMBERS
    ]
    rows.append(_exit_fee_row(sample, study))
    if not any(row.n_documented for row in rows):
        return Unavailable(what="numbers", why="no number is recorded", provenance=provenance)
    note = Note("recorded_values", "Means, minima and maxima are those of the recorded values.")
    return Summary(rows=tuple(rows), notes=(note,), provenance=provenance)


def _summary_row(number: _Number, values: pd.Series) -> SummaryRow:
    known = values.dropna().astype("float64")
    some = len(known) > 0
    return SummaryRow(
        variable=number.variable,
        label=number.label,
        unit=number.unit,
        scale=number.scale,
        n_units=len(values),
        n_documented=len(known),
        n_undocumented=len(values) - len(known),
        mean=float(known.mean()) if some else None,
        minimum=float(known.min()) if some else None,
        maximum=float(known.max()) if some else None,
        total=float(known.sum()) if some else None,
    )


def _exit_fee_row(sample: Sample, study: Study) -> SummaryRow:
    """Summarise the highest sum demanded per relationship; silence where none is recorded."""
    rows = sample.tables["codings"]
    mine = (rows["code"] == "eco_exit_fee_amount") & (rows["unit_type"] == "relationship")
    mine &= (rows["status"] == "present") & (
        rows["coder_id"] == sample.chosen_coder(study.coder or None)
    )
    kept = rows.loc[mine.fillna(False).to_numpy(dtype=bool), ["unit_id", "value"]]
    amounts = pd.to_numeric(kept["value"], errors="coerce").groupby(kept["unit_id"]).max()
    number = _Number(
        variable="eco_exit_fee_amount",
        label="Price set for leaving",
        unit="relationship",
        scale="euro",
    )
    return _summary_row(number, amounts.reindex(sample.unit_ids("relationship")))


# --- levels --------------------------------------------------------------------------------------


def _unit_rows(sample: Sample, unit: str) -> pd.DataFrame:
    rows = sample.tables[UNIT_TABLES[unit]]
    if unit != "case":
        return rows
    return rows.loc[rows["case_id"].isin(included_cases(sample))]


def _distribution(
    title: str,
    levels: Sequence[LevelCount],
    sample: Sample,
    study: Study,
    notes: tuple[Note, ...] = (),
) -> Distribution | Unavailable:
    provenance = provenance_of(sample, study)
    if not any(level.n for level in levels):
        return Unavailable(what=title.lower(), why="nothing is recorded", provenance=provenance)
    return Distribution(title=title, levels=tuple(levels), notes=notes, provenance=provenance)


def describe_ages(sample: Sample, study: Study) -> Distribution | Unavailable:
    """Count suspects and victims per age band of the plan, and per year of age."""
    edges = study.descriptive.age_bands
    levels: list[LevelCount] = []
    for unit in ("suspect", "victim"):
        ages = _unit_rows(sample, unit)[f"{unit}_age"]
        name = UNIT_PLURALS[unit].capitalize()
        bands = _band_levels(edges, ages)
        levels += _counted(f"{unit}_age_band", f"{name} by age band", unit, bands, ages.notna())
        years = range(int(ages.min()), int(ages.max()) + 1) if ages.notna().any() else range(0)
        single = {str(y): (str(y), (ages == y).fillna(False)) for y in years}
        levels += _counted(f"{unit}_age", f"{name} by age", unit, single, ages.notna())
    return _distribution("Ages", levels, sample, study)


_Levels: TypeAlias = Mapping[str, tuple[str, pd.Series]]


def _band_levels(edges: Sequence[int], ages: pd.Series) -> _Levels:
    """Each band's key and words, and who is in it; ages below the first edge make one more."""
    limits: list[int | None] = [*edges, None]
    bands: dict[str, tuple[str, pd.Series]] = {}
    for low, high in pairwise(limits):
        inside = (ages >= low) & (ages < high) if high is not None else ages >= low
        key = f"{low}-{high - 1}" if high is not None else f"{low}+"
        words = f"{low} to {high - 1}" if high is not None else f"{low} and over"
        if low == 0 and high is not None:
            words = f"under {high}"
        bands[key] = (words, inside.fillna(False))
    if edges and edges[0] > 0:
        below = (ages < edges[0]).fillna(False)
        return {f"0-{edges[0] - 1}": (f"under {edges[0]}", below), **bands}
    return bands


def _counted(
    variable: str, label: str, unit: str, levels: _Levels, known: pd.Series
) -> list[LevelCount]:
    n_units, n_known = len(known), int(known.sum())
    return [
        LevelCount(
            variable=variable,
            label=label,
            unit=unit,
            level=level,
            level_label=words,
            n=int(holds.sum()),
            n_units=n_units,
            n_documented=n_known,
            n_undocumented=n_units - n_known,
        )
        for level, (words, holds) in levels.items()
    ]


def describe_countries(sample: Sample, study: Study) -> Distribution | Unavailable:
    """Count suspects and victims per country of birth, most frequent first."""
    levels: list[LevelCount] = []
    for unit in ("victim", "suspect"):
        born = _unit_rows(sample, unit)[f"{unit}_birth_country"].astype("string").fillna("")
        counts = born[born != ""].value_counts()
        order = sorted(counts.index, key=lambda country: (-int(counts[country]), country))
        held = {country: (country_label(str(country)), born == country) for country in order}
        label = f"Country of birth of {UNIT_PLURALS[unit]}"
        levels += _counted(f"{unit}_birth_country", label, unit, held, born != "")
    return _distribution("Countries of birth", levels, sample, study)


def describe_characteristics(sample: Sample, study: Study) -> Distribution | Unavailable:
    """Count the levels of every category of cases, persons and relationships."""
    levels: list[LevelCount] = []
    several: list[str] = []
    for unit in _UNITS:
        rows = _unit_rows(sample, unit)
        for field in sample.schema[UNIT_TABLES[unit]]:
            if field.kind in _CATEGORIES and field.name not in _SELECTION:
                levels += _field_levels(field, unit, rows[field.name])
                several += [field.title] if field.kind == "multi" else []
    text = f"Several levels can hold together for: {', '.join(several)}."
    notes = (Note("several_levels", text),)
    return _distribution("Characteristics", levels, sample, study, notes)


def _field_levels(field: Field, unit: str, column: pd.Series) -> list[LevelCount]:
    texts = column.astype("string").str.lower().fillna("")
    names = {level.value: level.label for level in field.levels if level.value not in _SILENT}
    if field.kind == "boolean":
        names = {"true": "yes", "false": "no"}
    parts = texts.str.split(";")
    held = {
        value: (words, pd.Series([value in own for own in parts], index=column.index, dtype=bool))
        for value, words in names.items()
    }
    return _counted(field.name, field.title, unit, held, ~texts.isin(_SILENT))


# --- statuses in columns -------------------------------------------------------------------------


def describe_circumstances(sample: Sample, study: Study) -> Prevalence | Unavailable:
    """Count what is recorded of cases, persons and couples: firearm, passport, marriage, child.

    Every column with a status is counted for its own unit; withheld identity documents are counted
    for the victims.
    """
    provenance = provenance_of(sample, study)
    rows = []
    for unit in _UNITS:
        ids = [
            field.name for field in sample.schema[UNIT_TABLES[unit]] if field.kind == "status"
        ] + (["iso_passport_withheld"] if unit == "victim" else [])
        frame = status_frame(sample, ids, unit=unit, coder=study.coder or None)
        if unit == "case":
            frame = frame.loc[frame.index.isin(included_cases(sample))]
        for name in ids if len(frame) else ():
            code = sample.schema.codebook[name]
            rows.append(
                prevalence_row(
                    frame[name].status.codes,
                    study.prevalence,
                    term=name,
                    label=code.label,
                    entity=code.entity,
                    domain=code.domain,
                    unit=unit,
                )
            )
    if not rows:
        return Unavailable(
            what="circumstances", why="the sample holds no unit", provenance=provenance
        )
    return Prevalence(
        title="Circumstances recorded",
        rows=tuple(rows),
        min_documented_share=study.prevalence.min_documented_share,
        max_width=study.prevalence.max_width,
        provenance=provenance,
    )
