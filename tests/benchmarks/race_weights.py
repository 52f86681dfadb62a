"""A weighted share with its error between clusters beside R's survey and statsmodels.

python tests/benchmarks/race_weights.py
"""

from __future__ import annotations

import numpy as np
from side_by_side import Peer, Race
from side_report import main

PER_CLUSTER = 10


def make_rows(n: int) -> dict[str, np.ndarray]:
    """Clusters of about ten, shares that differ between them, and unequal weights."""
    rng = np.random.default_rng(n)
    cluster = rng.integers(0, n // PER_CLUSTER, n).astype(np.int32)
    shares = rng.beta(2, 3, n // PER_CLUSTER)
    y = (rng.random(n) < shares[cluster]).astype(np.int32)
    return {"y": y, "cluster": cluster, "weight": rng.uniform(0.5, 3.0, n)}


def ours(data):
    """CR1, which for a mean is the error of a sample of clusters."""
    from relatum.inference.robust import cluster_robust

    def run():
        constant = np.ones((len(data["y"]), 1))
        fit = cluster_robust(
            data["y"], constant, data["cluster"], kind="CR1", weights=data["weight"]
        )
        return {"share": fit.coef[0], "error": fit.std_error[0]}

    return run


def by_statsmodels(data):
    """Weighted least squares on a constant."""
    import statsmodels.api as sm

    def run():
        model = sm.WLS(data["y"], np.ones(len(data["y"])), weights=data["weight"])
        fit = model.fit(cov_type="cluster", cov_kwds={"groups": data["cluster"]})
        return {"share": fit.params[0], "error": fit.bse[0]}

    return run


BY_SURVEY = """
suppressPackageStartupMessages(library(survey))
d <- data.frame(y = values("y"), cluster = values("cluster"), weight = values("weight"))
serve(function() {
  o <- svymean(~y, svydesign(~cluster, weights = ~weight, data = d))
  c(share = unname(coef(o)), error = unname(SE(o)[1]))
})
"""

RACES = (
    Race(
        key="weights",
        headline="Weighted share in clusters",
        what="Weights of the inverse chance of being sampled; the share and its error.",
        unit="relationships, ten to a cluster",
        sizes=(100, 1_000, 10_000, 100_000, 1_000_000),
        data=make_rows,
        script=__file__,
        ours="ours",
        peers=(
            Peer(name="statsmodels", run="by_statsmodels", needs="statsmodels"),
            Peer(name="R survey", run=BY_SURVEY, needs="survey", r=True),
        ),
        remark="Ours also gives Satterthwaite's degrees of freedom; the others do not.",
    ),
)

if __name__ == "__main__":
    main(RACES)
