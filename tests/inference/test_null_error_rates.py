"""How often tests of pairs reject when nothing goes together, with unequal cases and depths.

The full table, with 25 items, is made by ``tests/benchmarks/type_one_cooccurrence.py``.
"""

import numpy as np
import pytest

from relatum.inference.blocks import block_matrix, observed_joint
from relatum.inference.multiplicity import adjust_max_t
from relatum.inference.null_draws import draw_columns, draw_margins

SAMPLES, DRAWS = 160, 400


@pytest.fixture(scope="module")
def rates(case_sizes):
    """Share of pairs rejected by the mid-p at 0.05, and of samples by max-T, per null."""
    cases = np.repeat(np.arange(12), case_sizes)
    found = {"case": [], "case_depth": [], "fixed_totals": []}
    families = {name: [] for name in found}
    for sample in range(SAMPLES):
        rng = np.random.default_rng([31, sample])
        depth = rng.normal(0, 1.2, 73)
        linear = rng.normal(-0.1, 0.5, 6) + rng.normal(0, 0.7, (12, 6))[cases] + depth[:, None]
        items = rng.random((73, 6)) < 1 / (1 + np.exp(-linear))
        thirds = np.digitize(depth, np.quantile(depth, [1 / 3, 2 / 3]))
        for name, blocks, draw in (
            ("case", cases, draw_columns),
            ("case_depth", cases * 3 + thirds, draw_columns),
            ("fixed_totals", cases, draw_margins),
        ):
            held = block_matrix(items, blocks)
            counts = draw(held, draws=DRAWS, seed=sample).counts
            observed = observed_joint(held).sum(axis=0)
            above = (counts > observed).mean(axis=0) + (counts == observed).mean(axis=0) / 2
            found[name].append((2 * np.minimum(above, 1 - above) < 0.05).mean())
            families[name].append((adjust_max_t(observed, counts).adjusted <= 0.05).any())
    return (
        {name: float(np.mean(values)) for name, values in found.items()},
        {name: float(np.mean(values)) for name, values in families.items()},
    )


def test_within_cases_alone_uneven_depth_looks_like_association(rates):
    pairs, family = rates
    assert pairs["case"] > 0.15
    assert family["case"] > 0.5


def test_with_fixed_totals_the_error_rate_is_the_nominal_one(rates):
    pairs, family = rates
    # 15 pairs of 160 samples: Monte Carlo error about 0.006, as the pairs of a sample go together.
    assert 0.035 < pairs["fixed_totals"] < 0.065
    # Family-wise 0.05, Monte Carlo error 0.017; discreteness pulls it down.
    assert family["fixed_totals"] < 0.05 + 3 * 0.017


def test_strata_of_depth_lessen_the_excess(rates):
    pairs, _ = rates
    assert pairs["case_depth"] < 0.6 * pairs["case"]
