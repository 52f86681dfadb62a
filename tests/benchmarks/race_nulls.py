"""Null models of a whole matrix beside R's vegan.

python tests/benchmarks/race_nulls.py
"""

from __future__ import annotations

import numpy as np
from side_by_side import Peer, Race
from side_report import main

N_CODES, DRAWS = 40, 199


def make_matrix(n: int) -> dict[str, np.ndarray]:
    """Relationships that differ in how much is recorded, so that totals of rows vary."""
    rng = np.random.default_rng(n)
    linear = rng.normal(-1.2, 0.9, N_CODES) + rng.normal(0, 0.8, n)[:, None]
    return {"present": (rng.random((n, N_CODES)) < 1 / (1 + np.exp(-linear))).astype(np.int8)}


def ours(data):
    """As many trades between draws as rows; five statistics of every draw."""
    from relatum.inference.matrix_null_statistics import compare_statistics, drawn_statistics
    from relatum.inference.matrix_nulls import draw_matrix_null

    matrix = data["present"].astype(bool)

    def run():
        found = draw_matrix_null(matrix, draws=DRAWS, seed=1, thin=len(matrix))
        compare_statistics(found)
        return {
            "observed": found.observed.c_score,
            "drawn": drawn_statistics(found).c_score.mean(),
        }

    return run


BY_VEGAN = f"""
suppressPackageStartupMessages(library(vegan))
m <- values("present")
score <- function(x) mean(designdist(t(x), "(A-J)*(B-J)", "binary"))
serve(function() {{
  set.seed(1)
  s <- simulate(nullmodel(m, "curveball"), nsim = {DRAWS}, thin = nrow(m), burnin = nrow(m))
  c(observed = score(m), drawn = mean(apply(s, 3, score)))
}})
"""

RACES = (
    Race(
        key="nulls",
        headline="Null model of a whole matrix",
        what=(
            f"{DRAWS} curveball draws of 40 codes, with the mean C-score of the observed and of "
            "the drawn matrices; draws are random, so that means differ within one percent."
        ),
        unit="relationships",
        sizes=(100, 1_000, 10_000),
        data=make_matrix,
        script=__file__,
        ours="ours",
        peers=(Peer(name="R vegan", run=BY_VEGAN, needs="vegan", r=True, tolerance=1e-2),),
    ),
)

if __name__ == "__main__":
    main(RACES)
