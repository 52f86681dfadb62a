"""Simulated samples that satisfy every published figure."""

from relatum.samples.simulation.assumptions import Assumption, Assumptions, load_assumptions
from relatum.samples.simulation.draw import (
    Manifest,
    Simulated,
    simulate_ensemble,
    simulate_sample,
    write_simulated,
)

__all__ = [
    "Assumption",
    "Assumptions",
    "Manifest",
    "Simulated",
    "load_assumptions",
    "simulate_ensemble",
    "simulate_sample",
    "write_simulated",
]
