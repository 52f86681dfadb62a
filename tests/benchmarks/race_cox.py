"""Cox regression and Fine-Gray regression beside R and lifelines.

python tests/benchmarks/race_cox.py
"""

from __future__ import annotations

import numpy as np
from side_by_side import Peer, Race
from side_report import main

N_COVARIATES = 8
#: lifelines and cmprsk stop their steps earlier.
LOOSE = 1e-3
NAMES = [f"x{j}" for j in range(N_COVARIATES)]


def make_rows(n: int) -> dict[str, np.ndarray]:
    """Half binary and half continuous covariates; times in whole units, so with many ties."""
    rng = np.random.default_rng(n)
    x = rng.normal(size=(n, N_COVARIATES))
    x[:, ::2] = x[:, ::2] > 0.3
    until = np.ceil(200 * rng.exponential(np.exp(-x @ np.linspace(-0.5, 0.5, N_COVARIATES))))
    end = np.ceil(rng.uniform(0, 400, n))
    time = np.minimum(until, end)
    return {
        "x": x,
        "time": time,
        "event": (until <= end).astype(np.int32),
        "entry": np.maximum(time - rng.integers(1, 100, n), 0),
        "cluster": rng.integers(0, max(n // 10, 10), n).astype(np.int32),
    }


def make_competing(n: int) -> dict[str, np.ndarray]:
    """Two causes and censoring, without ties."""
    rng = np.random.default_rng(n)
    x = rng.normal(size=(n, N_COVARIATES))
    first, end = rng.exponential(np.exp(-0.3 * x[:, 0])), rng.exponential(1.5, n)
    cause = np.where(first < end, rng.choice([1, 2], n), 0).astype(np.int32)
    return {"x": x, "time": np.minimum(first, end), "cause": cause}


def named(coef, error, **more):
    """Numbers by name."""
    cells = {f"coef{j}": value for j, value in enumerate(coef)}
    return {**cells, **{f"error{j}": value for j, value in enumerate(error)}, **more}


def ours(data, *, entry=False, cluster=False):
    """With the concordance, which coxph always computes."""
    from relatum.inference.concordance import cox_concordance
    from relatum.inference.cox import cox_regression
    from relatum.inference.cox_rows import CoxRows

    def run():
        rows = CoxRows(
            time=data["time"],
            event=data["event"],
            covariates=data["x"],
            entry=data["entry"] if entry else None,
        )
        fit = cox_regression(rows, cluster=data["cluster"] if cluster else None)
        return named(fit.coef, fit.std_error, concordance=cox_concordance(rows, fit).estimate)

    return run


def ours_late(data):
    """With entry times."""
    return ours(data, entry=True)


def ours_robust(data):
    """With errors between clusters."""
    return ours(data, cluster=True)


def by_lifelines(data, **columns):
    """Efron ties, its default tolerances; its concordance on request."""
    import lifelines
    import pandas as pd

    frame = pd.DataFrame(data["x"], columns=NAMES)
    for name in ("time", "event", *columns.values()):
        frame[name] = data[name]

    def run():
        fit = lifelines.CoxPHFitter().fit(frame, "time", "event", **columns)
        if "entry_col" in columns:
            return named(fit.params_, fit.standard_errors_)
        return named(fit.params_, fit.standard_errors_, concordance=fit.concordance_index_)

    return run


def by_lifelines_late(data):
    """With entry times; its concordance takes no account of them."""
    return by_lifelines(data, entry_col="entry")


def by_lifelines_robust(data):
    """With errors between clusters."""
    return by_lifelines(data, cluster_col="cluster")


COXPH = """
library(survival)
x <- values("x"); time <- values("time"); event <- values("event")
entry <- values("entry"); cl <- values("cluster")
serve(function() {
  o <- coxph(FORMULA)
  setNames(c(coef(o), sqrt(diag(vcov(o))), o$concordance["concordance"]),
           c(paste0("coef", 0:7), paste0("error", 0:7), "concordance"))
})
"""
BY_SURVIVAL = COXPH.replace("FORMULA", "Surv(time, event) ~ x")
BY_SURVIVAL_LATE = COXPH.replace("FORMULA", "Surv(entry, time, event) ~ x")
BY_SURVIVAL_ROBUST = COXPH.replace("FORMULA", "Surv(time, event) ~ x, cluster = cl")


def proportional(data):
    """Test of proportional hazards of every covariate, the fit not timed."""
    from relatum.inference.cox import cox_regression
    from relatum.inference.cox_checks import proportional_hazards_test
    from relatum.inference.cox_rows import CoxRows

    rows = CoxRows(time=data["time"], event=data["event"], covariates=data["x"])
    fit = cox_regression(rows)

    def run():
        found = proportional_hazards_test(rows, fit)
        return {f"statistic{at}": test.statistic for at, test in enumerate(found.tests)}

    return run


PROPORTIONAL_BY_SURVIVAL = """
library(survival)
x <- values("x"); time <- values("time"); event <- values("event")
o <- coxph(Surv(time, event) ~ x)
serve(function() setNames(cox.zph(o, terms = FALSE)$table[1:8, 1], paste0("statistic", 0:7)))
"""


def fine_gray(data):
    """Coefficients and robust errors of the first cause."""
    from relatum.inference.fine_gray import CompetingRows, fine_gray

    def run():
        rows = CompetingRows(time=data["time"], cause=data["cause"], covariates=data["x"])
        fit = fine_gray(rows)
        return named(fit.coef, fit.std_error)

    return run


BY_CMPRSK = """
suppressPackageStartupMessages(library(cmprsk))
x <- values("x"); time <- values("time"); cause <- values("cause")
serve(function() {
  o <- crr(time, cause, x)
  setNames(c(o$coef, sqrt(diag(o$var))), c(paste0("coef", 0:7), paste0("error", 0:7)))
})
"""

RACES = (
    Race(
        key="cox",
        headline="Cox regression",
        what="Eight covariates, tied times, Efron's ties; coefficients, errors and concordance.",
        unit="relationships",
        sizes=(100, 1_000, 10_000, 100_000, 1_000_000),
        data=make_rows,
        script=__file__,
        ours="ours",
        peers=(
            Peer(name="R survival", run=BY_SURVIVAL, needs="survival", r=True),
            Peer(
                name="lifelines",
                run="by_lifelines",
                needs="lifelines",
                largest=100_000,
                tolerance=LOOSE,
            ),
        ),
    ),
    Race(
        key="cox_entry",
        headline="Cox regression with entry times",
        what="The same, each relationship under observation from a day of its own.",
        unit="relationships",
        sizes=(100, 10_000, 100_000),
        data=make_rows,
        script=__file__,
        ours="ours_late",
        peers=(
            Peer(name="R survival", run=BY_SURVIVAL_LATE, needs="survival", r=True),
            Peer(
                name="lifelines",
                run="by_lifelines_late",
                needs="lifelines",
                largest=10_000,
                tolerance=LOOSE,
            ),
        ),
    ),
    Race(
        key="cox_cluster",
        headline="Cox regression with errors between clusters",
        what="The same without entry times, ten relationships to a cluster.",
        unit="relationships",
        sizes=(100, 10_000, 100_000),
        data=make_rows,
        script=__file__,
        ours="ours_robust",
        remark=(
            "lifelines takes no account of ties in these errors, as its source says; without ties "
            "it gives the same."
        ),
        peers=(
            Peer(
                name="R survival", run=BY_SURVIVAL_ROBUST, needs="survival", r=True, largest=10_000
            ),
            Peer(
                name="lifelines",
                run="by_lifelines_robust",
                needs="lifelines",
                largest=10_000,
                tolerance=LOOSE,
            ),
        ),
    ),
    Race(
        key="zph",
        headline="Test of proportional hazards",
        what="Eight covariates, one test each, from a fitted Cox model.",
        unit="relationships",
        sizes=(100, 10_000, 100_000),
        data=make_rows,
        script=__file__,
        ours="proportional",
        # The statistic follows the last digits of the fit, of which coxph leaves some.
        peers=(
            Peer(
                name="R survival",
                run=PROPORTIONAL_BY_SURVIVAL,
                needs="survival",
                r=True,
                tolerance=1e-5,
            ),
        ),
    ),
    Race(
        key="fine_gray",
        headline="Fine-Gray regression",
        what="Eight covariates, two causes; coefficients and robust errors.",
        unit="relationships",
        sizes=(100, 500, 2_000),
        data=make_competing,
        script=__file__,
        ours="fine_gray",
        peers=(Peer(name="R cmprsk", run=BY_CMPRSK, needs="cmprsk", r=True, tolerance=LOOSE),),
    ),
)

if __name__ == "__main__":
    main(RACES)
