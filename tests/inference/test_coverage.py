"""A short, seeded run of the simulation that the recipes rest on.

The long run and its tables stand in `tests/benchmarks`. The ranges are those of the design
document; each is widened by four Monte Carlo errors.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "coverage_few_clusters.py"
COVERAGE = {
    "wilson": [(0.94, 0.96), (0.70, 0.78), (0.53, 0.65)],
    "cr1_normal": [(0.81, 0.88), (0.73, 0.80), (0.67, 0.77)],
    "cr1_t11": [(0.88, 0.90), (0.79, 0.85), (0.70, 0.82)],
    "jackknife_t11": [(0.90, 0.94), (0.83, 0.88), (0.74, 0.87)],
    "cr2_satterthwaite": [(0.96, 0.99), (0.90, 0.95), (0.83, 0.93)],
    "korn_graubard": [(0.98, 0.99), (0.89, 0.95), (0.85, 0.91)],
    "wild_inverted": [(0.94, 0.96), (0.92, 0.95), (0.87, 0.98)],
    "beta_binomial": [(0.98, 0.99), (0.95, 0.98), (0.93, 0.97)],
}
TYPE_ONE = {
    "case": {
        "cr1_t11": (0.15, 0.30),
        "cr2_satterthwaite": (0.03, 0.08),
        "wild": (0.04, 0.08),
        "permutation": (0.03, 0.05),
    },
    "relationship": {
        "cr1_t11": (0.08, 0.15),
        "cr2_satterthwaite": (0.02, 0.05),
        "jackknife_t11": (0.05, 0.07),
        "wild": (0.04, 0.06),
        "permutation": (0.02, 0.05),
    },
}


@pytest.fixture(scope="module")
def simulation():
    spec = importlib.util.spec_from_file_location("coverage_few_clusters", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def inside(value, limits, draws):
    low, high = limits
    margin = 4 * np.sqrt(max(value * (1 - value), 0.01) / draws)
    return low - margin <= value <= high + margin


@pytest.mark.slow
def test_coverage_table_is_reproduced(simulation):
    reps = 40
    rows = simulation.prevalence_rows(reps, 7)
    assert len(rows) == 18
    for method, ranges in COVERAGE.items():
        for icc, limits in zip(simulation.CORRELATIONS, ranges, strict=True):
            cells = [float(row[f"{method}_coverage"]) for row in rows if row["icc"] == icc]
            found = np.mean(cells)
            assert inside(found, limits, reps * len(cells)), (method, icc, found)


@pytest.mark.slow
def test_type_one_table_is_reproduced(simulation):
    reps = 60
    rows = simulation.type_one_rows(reps, 7)
    for level, tests in TYPE_ONE.items():
        for name, limits in tests.items():
            cells = [float(row[name]) for row in rows if row["design"].startswith(level)]
            found = np.mean(cells)
            assert inside(found, limits, reps * len(cells)), (level, name, found)


def test_simulation_is_seeded(simulation):
    first = simulation.informative_rows(3, 5)
    assert first == simulation.informative_rows(3, 5)
    assert {row["method"] for row in first} >= {"wild_inverted", "beta_binomial"}
