"""Pairs of simulated samples: trafficking beside domestic violence, in three scenarios."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.random import Generator, SeedSequence, default_rng

from relatum import __version__
from relatum.samples.sample import Sample, SampleInfo
from relatum.samples.simulation.assemble import assemble
from relatum.samples.simulation.dv_assumptions import (
    POPULATIONS,
    Population,
    Scenario,
    pair_assumptions,
)
from relatum.samples.simulation.dv_codings import pair_codings
from relatum.samples.simulation.dv_columns import pair_columns
from relatum.samples.simulation.dv_events import draw_pair_events
from relatum.samples.simulation.dv_items import draw_pair_items
from relatum.samples.simulation.dv_structure import draw_pair_structure
from relatum.samples.simulation.items import draw_setting
from relatum.samples.simulation.suspect_contacts import draw_suspect_contacts
from relatum.samples.simulation.timeline import blur, draw_timeline
from relatum.samples.write import write_sample
from relatum.schema import load_schema

__all__ = ["Pair", "PairManifest", "simulate_pair", "write_pair", "write_population"]

#: The first part of the seeds of pairs, so that they share no draw with the first sample.
_PAIRS = 8
_WORDS = {"trafficking": "trafficking", "domestic_violence": "domestic violence"}
_CHAPTER = (
    "Not drawn within the chapter's counts: the sample that satisfies them is the one named "
    "simulated."
)
_FEWEST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class PairManifest:
    """How a pair of simulated samples came about.

    Attributes
    ----------
    scenario : {"holds", "differs", "cannot_tell"}
    seed, n_cases : int
        The seed of the pair, and the cases of each sample.
    relatum_version : str
    assumptions_hashes, fingerprints : mapping of str to str
        SHA-256 of the assumptions and of the cells, by population.
    sources : mapping of str to str
        Quantities whose source is a published benchmark, with its id.
    """

    scenario: Scenario
    seed: int
    n_cases: int
    relatum_version: str
    assumptions_hashes: Mapping[str, str]
    fingerprints: Mapping[str, str]
    sources: Mapping[str, str]

    def to_json(self, population: Population) -> str:
        """Return the manifest of one of the two samples as text."""
        other = next(name for name in POPULATIONS if name != population)
        content = {
            "simulated": True,
            "population": population,
            "scenario": self.scenario,
            "seed": self.seed,
            "cases": self.n_cases,
            "relatum_version": self.relatum_version,
            "assumptions_sha256": self.assumptions_hashes[population],
            "sample_sha256": self.fingerprints[population],
            "paired_with": {"population": other, "sample_sha256": self.fingerprints[other]},
            "benchmarks": dict(self.sources),
            "chapter": _CHAPTER,
        }
        return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two simulated samples with one codebook, and their manifest."""

    trafficking: Sample
    domestic_violence: Sample
    manifest: PairManifest


def simulate_pair(*, scenario: Scenario, seed: int, n_cases: int | None = None) -> Pair:
    """Draw a sample of trafficking and one of domestic violence.

    Parameters
    ----------
    scenario : {"holds", "differs", "cannot_tell"}
        ``holds``: equal prevalences but for the contrast rows, files that say nearly everything.
        ``differs``: several characteristics lie .3 or more apart. ``cannot_tell``: as ``holds``,
        with few cases and the silence of ordinary files.
    seed : int
        Not negative.
    n_cases : int, optional
        Cases of each sample, at least 2; by default as many as the scenario declares.

    Returns
    -------
    Pair
        Both samples, marked as simulated in every table, and their manifest.

    Raises
    ------
    ValueError
        For an unknown scenario, a negative seed or fewer than two cases.

    Notes
    -----
    Prevalences are exact over relationships and do not depend on the sizes of cases; what is
    assumed stands in ``simulation/assumptions_domestic_violence.csv``, with the id of a benchmark
    where one was used. Simulated numbers are never findings.

    Examples
    --------
    >>> pair = simulate_pair(scenario="cannot_tell", seed=1)
    >>> pair.trafficking.n("cases"), pair.domestic_violence.n("cases")
    (12, 12)
    """
    _check(seed, n_cases)
    declared = {name: pair_assumptions(scenario, name) for name in POPULATIONS}
    cases = n_cases or int(declared["trafficking"].value("structure.cases", "n"))
    samples = {
        name: _draw(
            default_rng(SeedSequence(seed, spawn_key=(_PAIRS, at))), name, scenario, cases, seed
        )
        for at, name in enumerate(POPULATIONS)
    }
    sources = {
        quantity: entry.source
        for name in POPULATIONS
        for quantity, entry in declared[name].entries.items()
        if entry.source[:1] == "B" and entry.source[1:3].isdigit()
    }
    manifest = PairManifest(
        scenario=scenario,
        seed=seed,
        n_cases=cases,
        relatum_version=__version__,
        assumptions_hashes=MappingProxyType({n: a.hash for n, a in declared.items()}),
        fingerprints=MappingProxyType({n: s.fingerprint for n, s in samples.items()}),
        sources=MappingProxyType(sources),
    )
    return Pair(samples["trafficking"], samples["domestic_violence"], manifest)


def _check(seed: int, n_cases: int | None) -> None:
    faults = []
    if seed < 0:
        faults.append(f"seed must not be negative, not {seed}.")
    if n_cases is not None and n_cases < _FEWEST:
        faults.append(f"n_cases must be at least {_FEWEST}, not {n_cases}.")
    if faults:
        raise ValueError(" ".join(faults))


def _draw(
    rng: Generator, population: Population, scenario: Scenario, n_cases: int, seed: int
) -> Sample:
    schema, declared = load_schema(), pair_assumptions(scenario, population)
    structure = draw_pair_structure(rng, declared, n_cases=n_cases)
    time = draw_timeline(rng, declared, structure)
    focus = rng.random(n_cases) < declared.value("documentation.focus")
    setting = draw_setting(
        rng, declared, case=structure.pair_case, woman=structure.pair_victim, focus=focus
    )
    events = draw_pair_events(rng, declared, structure, time)
    items = draw_pair_items(rng, declared, schema.codebook, setting, tried=events.tried)
    columns = pair_columns(rng, declared, structure, setting, focus=focus, population=population)
    codings = pair_codings(rng, declared, schema.codebook, structure, setting, items, events, time)
    precision = np.array(list(declared.shares("dates.onset_precision").values()))
    onset = blur(rng, time.onset, precision)
    lower = np.minimum(onset.lower, time.entry)
    detained = np.asarray(columns["suspects"]["suspect_detained"]) == "detained"
    periods = draw_suspect_contacts(rng, declared, structure, time, events, detained)
    tables = assemble(structure, time, events, columns, codings, (lower, onset.upper), periods)
    info = SampleInfo(
        name=f"simulated-{population.replace('_', '-')}-{scenario.replace('_', '-')}-{seed}",
        title=(
            f"Simulated sample of {_WORDS[population]}: drawn from declared assumptions and "
            "published benchmarks, no real records"
        ),
        origin="simulated",
        schema_version=schema.version,
    )
    return Sample(info=info, tables=tables, schema=schema)


def write_population(pair: Pair, population: Population, folder: str | Path) -> Path:
    """Write one of the two samples with its manifest; the whole folder appears or nothing."""
    sample = pair.trafficking if population == "trafficking" else pair.domestic_violence
    return write_sample(sample, folder, extra={"manifest.json": pair.manifest.to_json(population)})


def write_pair(pair: Pair, folder: str | Path) -> tuple[Path, Path]:
    """Write both samples: ``trafficking`` and ``domestic_violence`` inside a folder.

    Returns
    -------
    tuple of Path
        The folder of trafficking and that of domestic violence.
    """
    place = Path(folder)
    return (
        write_population(pair, "trafficking", place / "trafficking"),
        write_population(pair, "domestic_violence", place / "domestic_violence"),
    )
