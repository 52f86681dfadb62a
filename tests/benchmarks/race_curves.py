"""Kaplan-Meier curves and the log-rank test beside R and lifelines.

python tests/benchmarks/race_curves.py
"""

from __future__ import annotations

import numpy as np
from side_by_side import Peer, Race
from side_report import main

SIZES = (100, 1_000, 10_000, 100_000, 1_000_000)
GROUPS = 4
#: Day at which the curves are read.
DAY = 100.0


def make_rows(n: int) -> dict[str, np.ndarray]:
    """Times in whole days, in four groups, with censoring."""
    rng = np.random.default_rng(n)
    group = rng.integers(0, GROUPS, n).astype(np.int32)
    until, end = rng.exponential(200 + 20 * group), rng.exponential(300, n)
    time = np.ceil(np.minimum(until, end))
    return {"time": time, "event": (until <= end).astype(np.int32), "group": group}


def named(rows):
    """Survival, lower and upper limit of each group."""
    names = ("survival", "low", "high")
    return {f"{name}{at}": row[i] for at, row in enumerate(rows) for i, name in enumerate(names)}


def curves(data):
    """Curves with limits on the scale of log(-log)."""
    from relatum.inference.survival_curves import kaplan_meier_groups

    def run():
        found = kaplan_meier_groups(data["time"], data["event"], data["group"])
        points = [curve.at([DAY]) for curve in found.curves]
        return named([(p.survival[0], p.conf_low[0], p.conf_high[0]) for p in points])

    return run


def curves_by_lifelines(data):
    """One fitter per group, as its documentation shows."""
    from lifelines import KaplanMeierFitter

    def run():
        rows = []
        for group in range(GROUPS):
            mine = data["group"] == group
            fit = KaplanMeierFitter().fit(data["time"][mine], data["event"][mine])
            limits = fit.confidence_interval_
            at = limits.index.searchsorted(DAY, side="right") - 1
            rows.append((fit.predict(DAY), *limits.iloc[at]))
        return named(rows)

    return run


CURVES_BY_SURVIVAL = f"""
library(survival)
d <- data.frame(time = values("time"), event = values("event"), group = values("group"))
serve(function() {{
  o <- survfit(Surv(time, event) ~ group, d, conf.type = "log-log")
  s <- summary(o, times = {DAY})
  found <- rbind(s$surv, s$lower, s$upper)
  setNames(c(found), paste0(c("survival", "low", "high"), rep(0:{GROUPS - 1}, each = 3)))
}})
"""


def log_rank(data):
    """Chi-square of all groups."""
    from relatum.inference.rank_tests import log_rank as test

    return lambda: {
        "statistic": test(data["time"], data["event"], data["group"]).statistic,
    }


def log_rank_by_lifelines(data):
    """The same."""
    from lifelines.statistics import multivariate_logrank_test as test

    return lambda: {
        "statistic": test(data["time"], data["group"], data["event"]).test_statistic,
    }


LOG_RANK_BY_SURVIVAL = """
library(survival)
d <- data.frame(time = values("time"), event = values("event"), group = values("group"))
serve(function() c(statistic = survdiff(Surv(time, event) ~ group, d)$chisq))
"""

RACES = (
    Race(
        key="curves",
        headline="Kaplan-Meier curves",
        what="Curves of four groups with errors and limits, in days.",
        unit="relationships",
        sizes=SIZES,
        data=make_rows,
        script=__file__,
        ours="curves",
        peers=(
            Peer(name="R survival", run=CURVES_BY_SURVIVAL, needs="survival", r=True),
            Peer(name="lifelines", run="curves_by_lifelines", needs="lifelines"),
        ),
    ),
    Race(
        key="log_rank",
        headline="Log-rank test",
        what="Four groups, in days.",
        unit="relationships",
        sizes=SIZES,
        data=make_rows,
        script=__file__,
        ours="log_rank",
        peers=(
            Peer(name="R survival", run=LOG_RANK_BY_SURVIVAL, needs="survival", r=True),
            Peer(name="lifelines", run="log_rank_by_lifelines", needs="lifelines"),
        ),
        remark=(
            "Ours sorts the times once, and those of each group again; lifelines counts days by "
            "hashing, which is faster where a million times fall on a thousand days."
        ),
    ),
)

if __name__ == "__main__":
    main(RACES)
