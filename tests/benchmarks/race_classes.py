"""Latent classes beside stepmix and R.

python tests/benchmarks/race_classes.py
"""

from __future__ import annotations

import numpy as np
from side_by_side import Peer, Race
from side_report import main

N_ITEMS, N_CLASSES, STARTS = 12, 3, 10
#: All end where the likelihood hardly rises; each has its own rule.
LOOSE = 1e-4


def make_rows(n: int) -> dict[str, np.ndarray]:
    """Three classes that lie well apart, so that nearly every start finds them."""
    rng = np.random.default_rng(2)
    chances = rng.choice([0.1, 0.25, 0.75, 0.9], (N_CLASSES, N_ITEMS))
    group = rng.integers(0, N_CLASSES, n)
    return {"present": (rng.random((n, N_ITEMS)) < chances[group]).astype(np.int8)}


def ours(data):
    """Ten starts; stepmix then confirms the best of them."""
    from relatum.inference.latent_classes import fit_latent_classes

    def run():
        fit = fit_latent_classes(data["present"], n_classes=N_CLASSES, starts=STARTS)
        return {"log_likelihood": fit.log_likelihood}

    return run


def by_stepmix(data):
    """Ten starts, the tolerance of ours."""
    from stepmix import StepMix

    n = len(data["present"])

    def run():
        model = StepMix(
            n_components=N_CLASSES,
            measurement="binary",
            n_init=STARTS,
            max_iter=2_000,
            abs_tol=1e-7 / n,
            random_state=1,
            progress_bar=0,
        ).fit(data["present"])
        return {"log_likelihood": model.score(data["present"]) * n}

    return run


BY_FLEXMIX = f"""
suppressPackageStartupMessages(library(flexmix))
m <- values("present")
control <- list(minprior = 0, iter.max = 2000, tolerance = 1e-9)
serve(function() {{
  set.seed(1)
  o <- stepFlexmix(m ~ 1, k = {N_CLASSES}, nrep = {STARTS}, model = FLXMCmvbinary(),
                   control = control, verbose = FALSE)
  c(log_likelihood = as.numeric(logLik(o)))
}})
"""

BY_POLCA = f"""
suppressPackageStartupMessages(library(poLCA))
d <- as.data.frame(values("present") + 1L)
f <- as.formula(paste0("cbind(", paste(names(d), collapse = ","), ") ~ 1"))
serve(function() {{
  set.seed(1)
  o <- poLCA(f, d, nclass = {N_CLASSES}, nrep = {STARTS}, maxiter = 2000, tol = 1e-7,
             verbose = FALSE, graphs = FALSE)
  c(log_likelihood = o$llik)
}})
"""

RACES = (
    Race(
        key="classes",
        headline="Latent classes",
        what=(
            f"{N_CLASSES} classes of {N_ITEMS} items from {STARTS} random starts; the largest "
            "log-likelihood. Ours also polishes it and lets stepmix confirm it."
        ),
        unit="relationships",
        sizes=(100, 1_000, 10_000, 100_000),
        data=make_rows,
        script=__file__,
        ours="ours",
        peers=(
            Peer(
                name="stepmix", run="by_stepmix", needs="stepmix", largest=10_000, tolerance=LOOSE
            ),
            Peer(
                name="R flexmix",
                run=BY_FLEXMIX,
                needs="flexmix",
                r=True,
                largest=10_000,
                tolerance=LOOSE,
            ),
            Peer(
                name="R poLCA",
                run=BY_POLCA,
                needs="poLCA",
                r=True,
                largest=10_000,
                tolerance=LOOSE,
            ),
        ),
    ),
)

if __name__ == "__main__":
    main(RACES)
