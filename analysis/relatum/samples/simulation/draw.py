"""One draw, and ensembles of draws: samples that satisfy every published figure."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.random import Generator, SeedSequence, default_rng

from relatum import __version__
from relatum.samples.facts import FactCheck, evaluate_facts
from relatum.samples.sample import Sample, SampleInfo, SelectionStep
from relatum.samples.simulation.assemble import assemble, coded_rows
from relatum.samples.simulation.assumptions import Assumptions, load_assumptions
from relatum.samples.simulation.attributes import (
    Columns,
    case_columns,
    relationship_columns,
    suspect_columns,
    victim_columns,
)
from relatum.samples.simulation.events import draw_events
from relatum.samples.simulation.items import draw_items, draw_setting
from relatum.samples.simulation.limits import published_limits
from relatum.samples.simulation.structure import N_CASES, draw_structure
from relatum.samples.simulation.suspect_contacts import draw_suspect_contacts
from relatum.samples.simulation.timeline import blur, draw_timeline
from relatum.samples.write import write_sample
from relatum.schema import load_schema
from relatum.schema.facts import load_facts
from relatum.schema.status import PRESENT
from relatum.workers import stream_tasks

__all__ = ["Manifest", "Simulated", "simulate_ensemble", "simulate_sample", "write_simulated"]

#: Marks the child seed of the table that was added after the others.
_CONTACTS = 1
_TITLE = "Simulated sample: drawn from published figures and declared assumptions, no real records"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """How a simulated sample came about.

    Attributes
    ----------
    seed : int
        The seed of the ensemble, or of the single draw.
    draw : int
        The number of the draw in its ensemble, from 0.
    relatum_version : str
        The version of the package.
    assumptions_hash : str
        The SHA-256 of the declared assumptions.
    fingerprint : str
        The SHA-256 of the sample's cells.
    facts : tuple of FactCheck
        Every published figure beside the value of this draw.
    """

    seed: int
    draw: int
    relatum_version: str
    assumptions_hash: str
    fingerprint: str
    facts: tuple[FactCheck, ...]

    def unmet(self, hardness: str) -> tuple[FactCheck, ...]:
        """Return the computed facts of a hardness that this draw lies outside of.

        For hard facts the hard bounds count, for the others the soft ones.
        """
        kinds = load_facts()
        bad = ("outside",) if hardness == "hard" else ("outside", "inside_hard")
        return tuple(
            check
            for check in self.facts
            if kinds[check.id].hardness == hardness and check.verdict in bad
        )

    def to_json(self) -> str:
        """Return the manifest as text, the same for the same draw."""
        residuals = [
            {
                "id": check.id,
                "hardness": load_facts()[check.id].hardness,
                "value": check.value,
                "residual": check.residual,
                "verdict": check.verdict,
            }
            for check in self.facts
        ]
        content = {
            "simulated": True,
            "seed": self.seed,
            "draw": self.draw,
            "relatum_version": self.relatum_version,
            "assumptions_sha256": self.assumptions_hash,
            "sample_sha256": self.fingerprint,
            "facts": residuals,
        }
        return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


@dataclass(frozen=True, slots=True)
class Simulated:
    """A simulated sample and its manifest."""

    sample: Sample
    manifest: Manifest


def simulate_sample(
    *, seed: int, draw: int = 0, assumptions: Assumptions | None = None
) -> Simulated:
    """Draw one sample that satisfies every hard published figure.

    Parameters
    ----------
    seed : int
        Not negative.
    draw : int
        The number of the draw in the ensemble of this seed.
    assumptions : Assumptions, optional
        What the chapter does not publish; the shipped declarations by default.

    Returns
    -------
    Simulated
        The sample, marked as simulated in every table, and its manifest.

    Notes
    -----
    Sizes are drawn from all 318 distributions of relationships and all 25 of suspects that the
    published bands allow; ages, countries and counts from their exact distributions given the
    published sums and ranges; the coded items from a declared model given the published
    statements, by rejection. Nothing is overwritten afterwards to make a figure come out.

    Examples
    --------
    >>> simulate_sample(seed=1).sample.n("relationships")
    73
    """
    declared = assumptions or load_assumptions()
    sequence = SeedSequence(seed, spawn_key=(draw,))
    later = default_rng(SeedSequence(seed, spawn_key=(draw, _CONTACTS)))
    sample = _draw(default_rng(sequence), later, declared, name=f"simulated-{seed}-{draw}")
    manifest = Manifest(
        seed=seed,
        draw=draw,
        relatum_version=__version__,
        assumptions_hash=declared.hash,
        fingerprint=sample.fingerprint,
        facts=evaluate_facts(sample),
    )
    return Simulated(sample, manifest)


def _draw(rng: Generator, later: Generator, assumptions: Assumptions, *, name: str) -> Sample:
    schema = load_schema()
    limits = published_limits()
    structure = draw_structure(rng, assumptions)
    time = draw_timeline(rng, assumptions, structure)
    focus = rng.random(N_CASES) < assumptions.value("documentation.focus")
    setting = draw_setting(
        rng, assumptions, case=structure.pair_case, woman=structure.pair_victim, focus=focus
    )
    items = draw_items(rng, assumptions, schema.codebook, setting, limits)
    events = draw_events(
        rng, assumptions, structure, time, limits, items.status["int_threat_return"] == PRESENT
    )
    columns: dict[str, Columns] = {
        "cases": case_columns(rng, assumptions, structure, focus, limits),
        "suspects": suspect_columns(rng, assumptions, structure, limits),
        "victims": victim_columns(rng, assumptions, structure, limits),
        "relationships": relationship_columns(rng, assumptions, structure, setting, limits),
    }
    codings = coded_rows(rng, assumptions, schema.codebook, setting, items, events, time)
    precision = np.array(list(assumptions.shares("dates.onset_precision").values()))
    onset = blur(rng, time.onset, precision)
    lower = np.minimum(onset.lower, time.entry)
    detained = np.asarray(columns["suspects"]["suspect_detained"]) == "detained"
    contacts = draw_suspect_contacts(later, assumptions, structure, time, events, detained)
    tables = assemble(structure, time, events, columns, codings, (lower, onset.upper), contacts)
    return Sample(info=_info(name, schema.version), tables=tables, schema=schema)


def _info(name: str, version: str) -> SampleInfo:
    facts = load_facts()
    listed, included = facts["F004"].lower_hard, facts["F005"].lower_hard
    steps = (
        SelectionStep(
            step="listed", label="Investigations on the list of the police", n=int(listed or 0)
        ),
        SelectionStep(
            step="included",
            label="Concluded investigations tied to the red-light district",
            n=int(included or 0),
            reason="not concluded, or not in the red-light district; the split is not reported",
        ),
    )
    return SampleInfo(
        name=name, title=_TITLE, origin="simulated", schema_version=version, selection=steps
    )


def simulate_ensemble(
    *,
    seed: int,
    draws: int,
    jobs: int | None = None,
    assumptions: Assumptions | None = None,
    checkpoint: str | Path | None = None,
    on_draw: Callable[[int], None] | None = None,
) -> Iterator[Simulated]:
    """Draw several samples, one seed per draw: the same for any number of workers.

    Parameters
    ----------
    seed : int
        The seed of the ensemble; draw number k equals ``simulate_sample(seed=seed, draw=k)``.
    draws : int
        The number of draws.
    jobs : int, optional
        Workers, -1 for one per core; see `relatum.workers.run_replicates`.
    assumptions : Assumptions, optional
        As in `simulate_sample`.
    checkpoint : path, optional
        A folder for finished draws; see `relatum.workers.run_replicates`.
    on_draw : callable, optional
        Called with the number of finished draws.

    Yields
    ------
    Simulated
        In the order of the draws.
    """
    tasks = [(seed, draw, assumptions) for draw in range(draws)]
    finished = stream_tasks(_draw_number, tasks, jobs=jobs, checkpoint=checkpoint, size=1)
    for number, simulated in enumerate(finished, start=1):
        if on_draw is not None:
            on_draw(number)
        yield simulated


def _draw_number(seed: int, draw: int, assumptions: Assumptions | None) -> Simulated:
    return simulate_sample(seed=seed, draw=draw, assumptions=assumptions)


def write_simulated(simulated: Simulated, folder: str | Path) -> Path:
    """Write a simulated sample with its manifest; either the whole folder appears or nothing."""
    extra = {"manifest.json": simulated.manifest.to_json()}
    return write_sample(simulated.sample, folder, extra=extra)
