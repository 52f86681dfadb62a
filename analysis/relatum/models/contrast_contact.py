"""Steps back per 100 days by contact with the suspect, and by detention."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relatum.inference.common import IntArray, Refusal
from relatum.inference.piecewise_rate_data import event_intervals, risk_rows
from relatum.inference.rate_bootstrap import limit_rate_ratio
from relatum.results.retraction_contrasts import ContactRate
from relatum.samples.testimony import Testimony
from relatum.samples.testimony_arrays import StateIntervals
from relatum.samples.testimony_exposures import UNKNOWN, ExposureRows, exposure_rows
from relatum.samples.testimony_paths import STATES, Completion
from relatum.study import Study

__all__ = ["ContactRates", "rates_by_contact"]

_REPORT, _STEPPED = STATES.index("report"), STATES.index("stepped_back")
_PER = 100.0
_LEVELS = {
    "contact": {
        1: ("contact", "Contact, recorded apart from her"),
        0: ("none", "A source shows no contact"),
        UNKNOWN: ("not_documented", "Not documented"),
    },
    "detention": {
        1: ("detained", "Suspect detained"),
        0: ("free", "Suspect not arrested"),
        UNKNOWN: ("unknown", "Not known"),
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRates:
    """Rates by level, and the ratio of contact to documented none.

    Attributes
    ----------
    rates : tuple of ContactRate
    ratio, low, high : float or None
    refused : str
        Why there is no ratio; empty where there is one.
    """

    rates: tuple[ContactRate, ...]
    ratio: float | None
    low: float | None
    high: float | None
    refused: str


def rates_by_contact(testimony: Testimony, study: Study, *, limited: bool) -> ContactRates:
    """Count days and steps back by contact with the suspect, lagged and recorded independently.

    Parameters
    ----------
    testimony : Testimony
    study : Study
        The plan: the last horizon, the lag, the level, the seed.
    limited : bool
        Whether the cases carry limits.

    Returns
    -------
    ContactRates

    Notes
    -----
    Days count from the first report to the first step back, in the level that held `contact_lag`
    days before. Contact that she alone told of is not used: it is known of women who stepped back
    only, so that its ratio would lie above one whatever is true. The ratio's limits invert the
    score wild bootstrap by case (`relatum.inference.rate_bootstrap.limit_rate_ratio`), with dates
    at their latest.
    """
    parts = [_days(testimony, study, dates) for dates in ("earliest", "latest")]
    rates = tuple(
        _rate(parts, variable, level, label)
        for variable, levels in _LEVELS.items()
        for level, label in levels.items()
    )
    ratio, low, high, refused = _ratio(parts[-1], rates, study, limited=limited)
    return ContactRates(rates=rates, ratio=ratio, low=low, high=high, refused=refused)


@dataclass(frozen=True, slots=True, eq=False)
class _Days:
    """Rows of days between report and first step back."""

    stays: StateIntervals
    keep: npt.NDArray[np.bool_]
    level: dict[str, IntArray]

    @property
    def event(self) -> npt.NDArray[np.bool_]:
        return np.asarray(self.stays.next_state == _STEPPED, dtype=bool)

    def count(self, variable: str, level: int) -> tuple[float, int]:
        """Return days and events of a level."""
        mine = self.keep & (self.level[variable] == level)
        days = float((self.stays.stop - self.stays.start)[mine].sum())
        return days, int((mine & self.event).sum())


def _days(testimony: Testimony, study: Study, dates: Completion) -> _Days:
    rows: ExposureRows = exposure_rows(
        testimony,
        dates=dates,
        clock="report",
        horizon=int(np.ceil(study.retraction.horizons[-1])),
        lag=max(1, study.retraction.contact_lag),
    )
    keep = (rows.stays.state == _REPORT) & (rows.stays.begun == 0)
    return _Days(rows.stays, keep, {"contact": rows.suspect_contact, "detention": rows.detained})


def _rate(parts: list[_Days], variable: str, level: int, name: tuple[str, str]) -> ContactRate:
    counts = [part.count(variable, level) for part in parts]
    days, last = counts[-1]
    events = [count[1] for count in counts]
    return ContactRate(
        variable=variable,
        level=name[0],
        label=name[1],
        days=days,
        n_events_low=min(events),
        n_events_high=max(events),
        rate=_PER * last / days if days else None,
    )


def _ratio(
    part: _Days, rates: tuple[ContactRate, ...], study: Study, *, limited: bool
) -> tuple[float | None, float | None, float | None, str]:
    contact, none = rates[0], rates[1]
    for held, words in ((contact, "with contact"), (none, "on which a source shows no contact")):
        if not held.days:
            return None, None, None, f"there is no day {words}, recorded independently"
    with_, without = part.count("contact", 1)[1], part.count("contact", 0)[1]
    if not with_ and not without:
        return None, None, None, "no step back falls on a day of which contact is documented"
    if not without:
        return None, None, None, (
            f"all {with_} steps back on documented days came with contact, so that the ratio has "
            "no upper end"
        )  # fmt: skip
    if not with_:
        return 0.0, 0.0, None, "no step back came with contact; the ratio has no lower end but zero"
    mine = part.keep & (part.level["contact"] != UNKNOWN)
    stays = part.stays
    rows = risk_rows(
        stays.victim[mine],
        stays.start[mine],
        stays.stop[mine],
        cluster=stays.case[mine],
        covariates=part.level["contact"][mine].astype(np.float64),
    )
    stepped = mine & part.event
    day = stays.stop[stepped]
    events = event_intervals(stays.victim[stepped], day, day)
    found = limit_rate_ratio(rows, events, conf_level=study.retraction.conf_level, seed=study.seed)
    if isinstance(found, Refusal):
        return None, None, None, found.why
    if not limited:
        return found.estimate, None, None, ""
    high = found.conf_high if np.isfinite(found.conf_high) else None
    return found.estimate, found.conf_low, high, ""
