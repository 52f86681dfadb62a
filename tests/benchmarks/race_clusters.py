"""Coefficients in twelve unequal clusters beside R's clubSandwich, geepack and wildboottest.

python tests/benchmarks/race_clusters.py
"""

from __future__ import annotations

import numpy as np
from side_by_side import Peer, Race
from side_report import main

SHARES = np.array([26, 22, 5, 5, 4, 3, 3, 1, 1, 1, 1, 1]) / 73
CLUSTERS = len(SHARES)
SIZES = (100, 1_000, 10_000, 100_000, 1_000_000)
#: The peers leave out two ties of 4,096 signs, which ours counts.
TIES = 1e-2


def make_rows(n: int) -> dict[str, np.ndarray]:
    """A binary outcome, two covariates whose effect differs by cluster, and clusters of the
    published shares."""
    rng = np.random.default_rng(n)
    cluster = np.concatenate(
        [np.arange(CLUSTERS), rng.choice(CLUSTERS, n - CLUSTERS, p=SHARES)]
    ).astype(np.int32)
    x = np.column_stack([rng.normal(size=n), rng.random(n) < 0.4])
    level, slope = rng.normal(0, 0.6, (2, CLUSTERS))[:, cluster]
    y = (rng.random(n) < 1 / (1 + np.exp(-(slope * x[:, 0] + level)))).astype(np.int32)
    return {"y": y, "x": x, "cluster": cluster}


def design(data):
    """Covariates with a constant."""
    return np.column_stack([np.ones(len(data["y"])), data["x"]])


def robust(data):
    """Errors by CR2 with Satterthwaite's degrees of freedom, of all coefficients."""
    from relatum.inference.robust import cluster_robust

    def run():
        fit = cluster_robust(data["y"], design(data), data["cluster"])
        return {
            **{f"error{at}": value for at, value in enumerate(fit.std_error)},
            **{f"df{at}": value for at, value in enumerate(fit.df)},
        }

    return run


ROBUST_BY_CLUBSANDWICH = """
suppressPackageStartupMessages(library(clubSandwich))
y <- values("y"); x <- values("x"); cluster <- values("cluster")
serve(function() {
  o <- coef_test(lm(y ~ x), vcov = "CR2", cluster = cluster, test = "Satterthwaite")
  setNames(c(o$SE, o$df), c(paste0("error", 0:2), paste0("df", 0:2)))
})
"""


def wild(data):
    """p by all 4,096 vectors of signs, and limits by inversion."""
    from relatum.inference.wild import wild_coefficient

    def run():
        found = wild_coefficient(data["y"], design(data), data["cluster"], column=1)
        return {"p": found.p_value}

    return run


def wild_by_wildboottest(data):
    """p alone, by the same vectors; rounding decides whether the two ties are counted."""
    import pandas as pd
    import statsmodels.api as sm
    from wildboottest.wildboottest import wildboottest

    cluster = pd.Series(data["cluster"])
    columns = ["const", "x", "d"]

    def run():
        model = sm.OLS(data["y"].astype(float), pd.DataFrame(design(data), columns=columns))
        found = wildboottest(
            model, param="x", cluster=cluster, B=9_999, bootstrap_type="11", seed=3, show=False
        )
        return {"p": found["p-value"].to_numpy()[0]}

    return run


WILD_BY_FWILDCLUSTERBOOT = """
suppressPackageStartupMessages(library(fwildclusterboot))
x <- values("x")
d <- data.frame(y = values("y"), x = x[, 1], d = x[, 2], cl = values("cluster"))
serve(function() {
  m <- lm(y ~ x + d, d)
  o <- boottest(m, clustid = "cl", param = "x", B = 9999, type = "rademacher", nthreads = 1)
  c(p = unname(o$p_val))
})
"""


def gee(data):
    """Exchangeable correlation; coefficients and the plain sandwich, which all of them have."""
    from relatum.inference.gee import estimating_equations

    def run():
        fit = estimating_equations(
            data["y"], design(data), data["cluster"], kind="sandwich", degrees="clusters"
        )
        return {
            **{f"coef{at}": value for at, value in enumerate(fit.coef)},
            **{f"error{at}": value for at, value in enumerate(fit.std_error)},
        }

    return run


def gee_by_statsmodels(data):
    """The same."""
    import statsmodels.api as sm

    def run():
        model = sm.GEE(
            data["y"],
            design(data),
            groups=data["cluster"],
            family=sm.families.Binomial(),
            cov_struct=sm.cov_struct.Exchangeable(),
        )
        fit = model.fit()
        return {
            **{f"coef{at}": value for at, value in enumerate(fit.params)},
            **{f"error{at}": value for at, value in enumerate(fit.bse)},
        }

    return run


GEE_BY_GEEPACK = """
suppressPackageStartupMessages(library(geepack))
x <- values("x"); cluster <- values("cluster")
d <- data.frame(y = values("y"), x = x[, 1], d = x[, 2], cl = cluster)[order(cluster), ]
serve(function() {
  o <- geeglm(y ~ x + d, binomial, d, id = cl, corstr = "exchangeable")
  s <- coef(summary(o))
  setNames(c(s[, 1], s[, 2]), c(paste0("coef", 0:2), paste0("error", 0:2)))
})
"""

RACES = (
    Race(
        key="cr2",
        headline="Errors in twelve clusters, CR2",
        what="A linear model of three coefficients; errors and Satterthwaite's degrees of freedom.",
        unit="relationships",
        sizes=SIZES,
        data=make_rows,
        script=__file__,
        ours="robust",
        peers=(
            Peer(
                name="R clubSandwich",
                run=ROBUST_BY_CLUBSANDWICH,
                needs="clubSandwich",
                r=True,
                largest=1_000,
            ),
        ),
    ),
    Race(
        key="wild",
        headline="Wild cluster bootstrap in twelve clusters",
        what="All 4,096 vectors of signs; ours gives p and limits, wildboottest p alone.",
        unit="relationships",
        sizes=SIZES,
        data=make_rows,
        script=__file__,
        ours="wild",
        peers=(
            Peer(
                name="wildboottest",
                run="wild_by_wildboottest",
                needs="wildboottest",
                tolerance=TIES,
            ),
            Peer(
                name="R fwildclusterboot",
                run=WILD_BY_FWILDCLUSTERBOOT,
                needs="fwildclusterboot",
                r=True,
                tolerance=TIES,
            ),
        ),
    ),
    Race(
        key="gee",
        headline="Estimating equations in twelve clusters",
        what=(
            "Logit, exchangeable; coefficients and sandwich errors. statsmodels estimates the "
            "correlation a little differently (3 percent)."
        ),
        unit="relationships",
        sizes=SIZES[:-1],
        data=make_rows,
        script=__file__,
        ours="gee",
        remark=(
            "Ours also fits the model under independence, for the criterion of fit that goes with "
            "every model, and goes on to the last digits."
        ),
        peers=(
            Peer(name="statsmodels", run="gee_by_statsmodels", needs="statsmodels", tolerance=3e-2),
            Peer(
                name="R geepack",
                run=GEE_BY_GEEPACK,
                needs="geepack",
                r=True,
                largest=1_000,
                tolerance=1e-4,
            ),
        ),
    ),
)

if __name__ == "__main__":
    main(RACES)
