"""Reports as unlabelled bars from their day to the end of follow-up."""

from __future__ import annotations

import numpy as np

from relatum.models.retraction_times import COMPLETIONS, DelayBounds, delay_bounds
from relatum.results.base import Note, Unavailable
from relatum.results.provenance import provenance_of
from relatum.results.retraction import ReportWindows, SwimmerBar
from relatum.samples import Sample
from relatum.samples.testimony import Testimony, trace_testimony
from relatum.samples.testimony_paths import STATES, Path, trace_paths
from relatum.study import Study

__all__ = ["list_report_windows"]

_JITTER = 3.0
_ENDS = {STATES.index(word): word for word in ("closed", "death")}
_REPORT = STATES.index("report")


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
    testimony = trace_testimony(sample)
    bounds = delay_bounds(testimony)
    if not bounds.victim:
        why = "no report of a woman with a dated first contact is recorded"
        return Unavailable(what="bars of reports", why=why, provenance=provenance)
    return ReportWindows(
        title="Reports and what followed",
        bars=_bars(bounds, _follow_up(testimony), study),
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


def _follow_up(testimony: Testimony) -> dict[str, tuple[float, str]]:
    """Return for each woman the shortest time followed since her report, and what ended it."""
    early, late = (trace_paths(testimony, dates=dates) for dates in COMPLETIONS)
    return {
        one.row.victim: _followed(one, begun)
        for one, other in zip(early, late, strict=True)
        if (begun := _report_day(other, one)) is not None
    }


def _report_day(*paths: Path) -> int | None:
    """Return the day of the first report in the first path that has one."""
    days = (stay.start for path in paths for stay in path.stays if stay.state == _REPORT)
    return next(days, None)


def _followed(path: Path, begun: int) -> tuple[float, str]:
    last = path.stays[-1]
    end = _ENDS.get(last.next_state, "censored")
    if end == "closed" or last.stop is None:
        return np.inf, end
    return float(max(last.stop - begun, 0)), end


def _bars(
    bounds: DelayBounds, follow_up: dict[str, tuple[float, str]], study: Study
) -> tuple[SwimmerBar, ...]:
    last = study.retraction.horizons[-1]
    shift = np.random.default_rng(study.seed).uniform(-_JITTER, _JITTER, len(bounds.victim))
    rows = sorted(
        (float(low), float(high), kind, *follow_up[victim])
        for low, high, kind, victim in zip(
            bounds.low, bounds.high, bounds.kind, bounds.victim, strict=True
        )
    )
    # sorted before they are shifted: the order of women must not decide who gets which shift
    bars = [_bar(row, by, last) for row, by in zip(rows, shift.tolist(), strict=True)]
    return tuple(sorted(bars, key=_place))


def _bar(row: tuple[float, float, str, float, str], shift: float, last: float) -> SwimmerBar:
    low, high, kind, stop, end = row
    low = max(0.0, low + shift)
    high = max(low + 1.0, high + shift)
    shown = bool(kind) and low <= last
    # the end lies after the step back, which may be dated less narrowly
    stop = max(0.0, stop + shift, low if shown else 0.0)
    return SwimmerBar(
        stop=min(stop, last),
        step_low=low if shown else None,
        step_high=min(high, last) if shown else None,
        kind_of_step=kind if shown else "",
        end=end,
    )


def _place(bar: SwimmerBar) -> tuple[float, bool, float]:
    return -bar.stop, bar.step_low is None, bar.step_low or 0.0
