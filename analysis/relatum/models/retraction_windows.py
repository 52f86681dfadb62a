"""Reports as unlabelled bars from their day to the end of follow-up."""

from __future__ import annotations

import numpy as np

from relatum.models.retraction_times import DelayBounds, delay_bounds
from relatum.results.base import Note, Unavailable
from relatum.results.provenance import provenance_of
from relatum.results.retraction import ReportWindows, SwimmerBar
from relatum.samples import Sample
from relatum.samples.testimony import trace_testimony
from relatum.study import Study

__all__ = ["list_report_windows"]

_JITTER = 3.0


def list_report_windows(sample: Sample, study: Study) -> ReportWindows | Unavailable:
    """List every first report with its step back, without a name and with days shifted by chance.

    Parameters
    ----------
    sample : Sample
    study : Study
        The plan: the last horizon, at which bars end, and the seed of the shifts.

    Returns
    -------
    ReportWindows or Unavailable
        A display of single rows: disclosure control lets it out for simulated samples only.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> from relatum.study import read_study
    >>> print(list_report_windows(example_sample("simulated"), read_study()))
    Reports and what followed: 31 reports
    """
    provenance = provenance_of(sample, study, seed=study.seed)
    bounds = delay_bounds(trace_testimony(sample))
    if not bounds.victim:
        why = "no report of a woman with a dated first contact is recorded"
        return Unavailable(what="bars of reports", why=why, provenance=provenance)
    return ReportWindows(
        title="Reports and what followed",
        bars=_bars(bounds, study),
        jitter_days=_JITTER,
        notes=(
            Note(
                "jittered",
                f"Bars carry no name, stand in the order of their length, and are shifted by up to "
                f"{_JITTER:g} days.",
            ),
            Note("bars_end", "A bar of a decided case runs to the last horizon of the plan."),
        ),
        provenance=provenance,
    )


def _bars(bounds: DelayBounds, study: Study) -> tuple[SwimmerBar, ...]:
    last = study.retraction.horizons[-1]
    shift = np.random.default_rng(study.seed).uniform(-_JITTER, _JITTER, len(bounds.victim))
    # the order of women in the sample must not decide who gets which shift
    order = sorted(
        range(len(bounds.victim)),
        key=lambda at: (bounds.low[at], bounds.high[at], bounds.kind[at], bounds.ended[at]),
    )
    bars = []
    for place, at in enumerate(order):
        step = bool(bounds.kind[at])
        over = bool(bounds.ended[at]) or step
        low = max(0.0, bounds.low[at] + shift[place])
        high = max(low + 1.0, bounds.high[at] + shift[place])
        stop = last if over else max(0.0, bounds.low[at] + shift[place])
        bars.append(
            SwimmerBar(
                stop=float(min(stop, last)),
                step_low=float(min(low, last)) if step and low <= last else None,
                step_high=float(min(high, last)) if step and low <= last else None,
                kind_of_step=bounds.kind[at] if step and low <= last else "",
                end=bounds.ended[at] or ("closed" if step else "censored"),
            )
        )
    key = [(-bar.stop, bar.step_low is None, bar.step_low or 0.0) for bar in bars]
    return tuple(bar for _, bar in sorted(zip(key, bars, strict=True), key=lambda pair: pair[0]))
