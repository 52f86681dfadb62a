"""Firth's logistic regression beside R and firthmodels.

python tests/benchmarks/race_firth.py
"""

from __future__ import annotations

import numpy as np
from side_by_side import Peer, Race
from side_report import main

N_COVARIATES = 4
LOOSE = 1e-3
STEPS = (
    "firthmodels stops at steps of 1e-4, ours at the last digits, and ours tests all covariates "
    "together: more steps, which count in a hundred relationships."
)


def make_rows(n: int) -> dict[str, np.ndarray]:
    """Half binary and half continuous covariates, and a rare outcome."""
    rng = np.random.default_rng(n)
    x = rng.normal(size=(n, N_COVARIATES))
    x[:, ::2] = x[:, ::2] > 0.3
    share = 1.0 / (1.0 + np.exp(1.5 - x @ np.linspace(-0.5, 0.5, N_COVARIATES)))
    return {"x": x, "y": (rng.random(n) < share).astype(np.int32)}


def named(name, values):
    """Numbers by name, the constant left out."""
    return {f"{name}{at}": value for at, value in enumerate(values)}


def wald(data):
    """Errors by the information, as brglm2."""
    from relatum.inference.firth_logit import firth_logit
    from relatum.inference.logit_rows import LogitRows

    def run():
        rows = LogitRows(outcome=data["y"], covariates=data["x"])
        fit = firth_logit(rows, limits="wald")
        return {**named("coef", fit.coef[1:]), **named("error", fit.std_error[1:])}

    return run


def wald_by_firthmodels(data):
    """Its errors are those of augmented data, so that coefficients alone are compared."""
    from firthmodels import FirthLogisticRegression

    def run():
        model = FirthLogisticRegression().fit(data["x"], data["y"])
        model.conf_int()
        return named("coef", model.coef_)

    return run


WALD_BY_BRGLM2 = """
suppressPackageStartupMessages(library(brglm2))
x <- values("x"); y <- values("y")
serve(function() {
  o <- glm(y ~ x, binomial, method = "brglmFit", type = "AS_mean")
  s <- coef(summary(o))[-1, ]
  setNames(c(s[, 1], s[, 2]), c(paste0("coef", 0:3), paste0("error", 0:3)))
})
"""

WALD_BY_LOGISTF = """
suppressPackageStartupMessages(library(logistf))
d <- data.frame(y = values("y"), values("x"))
serve(function() setNames(coef(logistf(y ~ ., d, pl = FALSE))[-1], paste0("coef", 0:3)))
"""


def profile(data):
    """Limits of the profile penalised likelihood and its tests."""
    from relatum.inference.firth_logit import firth_logit
    from relatum.inference.logit_rows import LogitRows

    def run():
        fit = firth_logit(LogitRows(outcome=data["y"], covariates=data["x"]), limits="profile")
        return {**named("coef", fit.coef[1:]), **named("low", fit.conf_low[1:])}

    return run


def profile_by_firthmodels(data):
    """The same."""
    from firthmodels import FirthLogisticRegression

    def run():
        model = FirthLogisticRegression().fit(data["x"], data["y"])
        model.lrt()
        limits = model.conf_int(method="pl")
        return {**named("coef", model.coef_), **named("low", limits[:N_COVARIATES, 0])}

    return run


PROFILE_BY_LOGISTF = """
suppressPackageStartupMessages(library(logistf))
d <- data.frame(y = values("y"), values("x"))
serve(function() {
  o <- logistf(y ~ ., d)
  setNames(c(coef(o)[-1], o$ci.lower[-1]), c(paste0("coef", 0:3), paste0("low", 0:3)))
})
"""

RACES = (
    Race(
        key="firth_wald",
        headline="Firth's logistic regression, Wald limits",
        what="Four covariates; coefficients and errors.",
        unit="relationships",
        sizes=(100, 1_000, 10_000, 100_000, 1_000_000),
        data=make_rows,
        script=__file__,
        ours="wald",
        remark=STEPS,
        peers=(
            Peer(
                name="firthmodels", run="wald_by_firthmodels", needs="firthmodels", tolerance=LOOSE
            ),
            Peer(name="R brglm2", run=WALD_BY_BRGLM2, needs="brglm2", r=True),
            Peer(name="R logistf", run=WALD_BY_LOGISTF, needs="logistf", r=True, tolerance=LOOSE),
        ),
    ),
    Race(
        key="firth_profile",
        headline="Firth's logistic regression, profile limits",
        what="Four covariates; coefficients, profile limits and likelihood ratio tests.",
        unit="relationships",
        sizes=(100, 1_000, 10_000, 100_000),
        data=make_rows,
        script=__file__,
        ours="profile",
        remark=STEPS,
        peers=(
            Peer(
                name="firthmodels",
                run="profile_by_firthmodels",
                needs="firthmodels",
                tolerance=LOOSE,
            ),
            Peer(
                name="R logistf", run=PROFILE_BY_LOGISTF, needs="logistf", r=True, tolerance=LOOSE
            ),
        ),
    ),
)

if __name__ == "__main__":
    main(RACES)
