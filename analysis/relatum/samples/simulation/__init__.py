"""Simulated samples: one that satisfies every published figure, and pairs of two populations."""

from relatum.samples.simulation.assumptions import Assumption, Assumptions, load_assumptions
from relatum.samples.simulation.draw import (
    Manifest,
    Simulated,
    simulate_ensemble,
    simulate_sample,
    write_simulated,
)
from relatum.samples.simulation.dv_assumptions import (
    POPULATIONS,
    SCENARIOS,
    Population,
    Scenario,
    pair_assumptions,
)
from relatum.samples.simulation.dv_draw import (
    Pair,
    PairManifest,
    simulate_pair,
    write_pair,
    write_population,
)

__all__ = [
    "POPULATIONS",
    "SCENARIOS",
    "Assumption",
    "Assumptions",
    "Manifest",
    "Pair",
    "PairManifest",
    "Population",
    "Scenario",
    "Simulated",
    "load_assumptions",
    "pair_assumptions",
    "simulate_ensemble",
    "simulate_pair",
    "simulate_sample",
    "write_pair",
    "write_population",
    "write_simulated",
]
