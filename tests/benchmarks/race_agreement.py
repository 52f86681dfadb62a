"""Agreement of coders beside krippendorff, sklearn and R.

python tests/benchmarks/race_agreement.py
"""

from __future__ import annotations

import numpy as np
from side_by_side import Peer, Race
from side_report import main

SIZES = (100, 1_000, 10_000, 100_000, 1_000_000)
N_CODERS, N_CATEGORIES = 3, 4


def make_ratings(n: int) -> dict[str, np.ndarray]:
    """Three coders, of whom the third left out a fifth of the units."""
    rng = np.random.default_rng(n)
    truth = rng.choice(N_CATEGORIES, n, p=[0.4, 0.3, 0.2, 0.1])
    guess = rng.integers(0, N_CATEGORIES, (n, N_CODERS))
    ratings = np.where(rng.random((n, N_CODERS)) < 0.7, truth[:, None], guess).astype(float)
    ratings[rng.random(n) < 0.2, 2] = np.nan
    return {"ratings": ratings}


def alpha(data):
    """Krippendorff's alpha."""
    from relatum.inference.agreement import estimate_agreement

    return lambda: {
        "alpha": estimate_agreement(data["ratings"], coefficient="krippendorff").estimate
    }


def alpha_by_krippendorff(data):
    """The same; its table has a row per coder."""
    import krippendorff

    def run():
        table = data["ratings"].T
        return {"alpha": krippendorff.alpha(reliability_data=table, level_of_measurement="nominal")}

    return run


ALPHA_BY_IRR = """
suppressPackageStartupMessages(library(irr))
m <- t(values("ratings"))
serve(function() c(alpha = kripp.alpha(m, "nominal")$value))
"""


def kappa(data):
    """Cohen's kappa of the first two coders, with its error."""
    from relatum.inference.agreement import estimate_agreement

    def run():
        found = estimate_agreement(data["ratings"][:, :2], coefficient="cohen")
        return {"kappa": found.estimate, "error": found.std_error}

    return run


def kappa_by_sklearn(data):
    """Kappa alone."""
    from sklearn.metrics import cohen_kappa_score

    return lambda: {"kappa": cohen_kappa_score(data["ratings"][:, 0], data["ratings"][:, 1])}


KAPPA_BY_PSYCH = """
suppressPackageStartupMessages(library(psych))
m <- values("ratings")[, 1:2]
serve(function() {
  o <- cohen.kappa(m)
  c(kappa = o$kappa, error = sqrt(o$var.kappa))
})
"""

KAPPA_BY_IRR = """
suppressPackageStartupMessages(library(irr))
m <- values("ratings")[, 1:2]
serve(function() c(kappa = kappa2(m)$value))
"""

RACES = (
    Race(
        key="alpha",
        headline="Krippendorff's alpha",
        what="Three coders, four categories, a fifth of one coder's ratings missing; nominal.",
        unit="units",
        sizes=SIZES,
        data=make_ratings,
        script=__file__,
        ours="alpha",
        remark=(
            "In a hundred units ours spends half of its time on checks of the table and on which "
            "categories occur."
        ),
        peers=(
            Peer(name="krippendorff", run="alpha_by_krippendorff", needs="krippendorff"),
            Peer(name="R irr", run=ALPHA_BY_IRR, needs="irr", r=True, largest=1_000),
        ),
    ),
    Race(
        key="kappa",
        headline="Cohen's kappa",
        what="Two coders, four categories; kappa with its error, from sklearn and irr kappa alone.",
        unit="units",
        sizes=SIZES,
        data=make_ratings,
        script=__file__,
        ours="kappa",
        remark=(
            "Ours lays out units by categories, which the error and weighted kappas need; sklearn "
            "counts one table of two coders."
        ),
        peers=(
            Peer(name="sklearn", run="kappa_by_sklearn", needs="sklearn"),
            Peer(name="R psych", run=KAPPA_BY_PSYCH, needs="psych", r=True, largest=100_000),
            Peer(name="R irr", run=KAPPA_BY_IRR, needs="irr", r=True),
        ),
    ),
)

if __name__ == "__main__":
    main(RACES)
