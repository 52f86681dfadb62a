"""Steps back by contact with the suspect and by custody, day by day, and the ratio of rates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from relatum.inference.common import FloatArray, IntArray, Refusal
from relatum.inference.retraction_rate import (
    LevelRate,
    OneSidedRatio,
    RateRatio,
    exposure_rate_ratio,
    rates_by_level,
)
from relatum.models.escape_limits import Limits, join_limits
from relatum.results.retraction_contrasts import ContactRate
from relatum.samples.testimony import Testimony
from relatum.samples.testimony_exposures import UNKNOWN, exposure_rows
from relatum.samples.testimony_paths import STATES, Completion
from relatum.study import Study

__all__ = ["ContactDays", "ContactFound", "contact_days", "rates_by_contact"]

_REPORT, _STEPPED = STATES.index("report"), STATES.index("stepped_back")
_LEVELS = (1, 0, UNKNOWN)
#: Name and words of each level, in the order of `_LEVELS`.
_NAMES = {
    "contact": (
        ("contact", "Contact, recorded independently"),
        ("none", "A source rules contact out"),
        ("not_documented", "Not documented"),
    ),
    "detention": (
        ("detained", "Suspect in custody"),
        ("free", "Suspect not arrested yet, or never"),
        ("unknown", "Not documented"),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactFound:
    """Rates by level, and the ratio of contact to documented none.

    Attributes
    ----------
    rates : tuple of ContactRate
    ratio : float or None
        With every date on its latest day.
    limits : Limits
        The union of both completions of dates; the upper one is None where none is reached.
    refused : str
        Why there is no ratio; empty where there is one.
    unlimited : str
        Why the ratio has no limits; empty where it has, and where there is no ratio.
    n_event_cases : int
        Cases with a step back on a day of which contact is documented.
    """

    rates: tuple[ContactRate, ...]
    ratio: float | None = None
    limits: Limits = field(default_factory=Limits)
    refused: str = ""
    unlimited: str = ""
    n_event_cases: int = 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ContactDays:
    """Rows of days between the first report and the first step back.

    Attributes
    ----------
    days : ndarray, shape (n,)
    event : ndarray of int, shape (n,)
        1 where a step back ends the row.
    case : ndarray, shape (n,)
    level : dict of str to ndarray of int
        ``contact`` and ``detention``: 1, 0, or `UNKNOWN`.
    """

    days: FloatArray
    event: IntArray
    case: npt.NDArray[Any]
    level: dict[str, IntArray]

    def rates(self, variable: str) -> tuple[LevelRate, ...]:
        """Rates of steps back by level of a variable."""
        found = rates_by_level(self.level[variable], self.days, self.event, levels=_LEVELS)
        assert not isinstance(found, Refusal)
        return found

    def ratio(self, study: Study) -> RateRatio | OneSidedRatio | Refusal:
        """Ratio of the rate with contact to that with documented none."""
        return exposure_rate_ratio(
            self.level["contact"],
            self.days,
            self.event,
            self.case,
            conf_level=study.retraction.conf_level,
            seed=study.seed,
        )


def rates_by_contact(testimony: Testimony, study: Study, *, refused: str) -> ContactFound:
    """Count days and steps back by contact with the suspect, lagged and recorded independently.

    Parameters
    ----------
    testimony : Testimony
    study : Study
        The plan: the last horizon, the lag of contact, the level, the seed.
    refused : str
        Why cases carry no limits; empty where they do.

    Returns
    -------
    ContactFound

    Notes
    -----
    A day from the first report on, up to the first step back, counts at the level of `contact_lag`
    days before. Contact that was recorded with a step back is not used: it is looked for only in
    women who stepped back, so that its ratio would lie above 1 whatever is true
    (`tests/benchmarks/bias_contact.py`). Custody is described by rates alone.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> from relatum.samples.testimony import trace_testimony
    >>> from relatum.study import read_study
    >>> found = rates_by_contact(
    ...     trace_testimony(example_sample("simulated")), read_study(), refused=""
    ... )
    >>> [(row.level, row.days, row.n_events_high) for row in found.rates[:2]]
    [('contact', 210.0, 0), ('none', 754.0, 2)]
    """
    parts = [contact_days(testimony, study, dates) for dates in ("earliest", "latest")]
    rates = tuple(row for name in _NAMES for row in _rates(parts, name))
    early, late = (part.ratio(study) for part in parts)
    if isinstance(late, Refusal):
        return ContactFound(rates=rates, refused=_word(late.why))
    if isinstance(late, OneSidedRatio):
        return ContactFound(rates=rates, refused=_one_sided(late))
    unlimited = refused
    if not refused and not isinstance(early, RateRatio):
        unlimited = "with all dates at their earliest day there is no ratio"
    limits = Limits()
    if not unlimited and isinstance(early, RateRatio):
        limits = join_limits([_limits(one) for one in (early, late)])
    return ContactFound(
        rates=rates,
        ratio=late.ratio,
        limits=limits,
        unlimited=unlimited,
        n_event_cases=late.n_event_clusters,
    )


def contact_days(testimony: Testimony, study: Study, dates: Completion) -> ContactDays:
    """Cut the time between report and step back by contact, lagged and recorded independently.

    Parameters
    ----------
    testimony : Testimony
    study : Study
    dates : {"earliest", "latest"}
    """
    plan = study.retraction
    found = exposure_rows(
        testimony,
        dates=dates,
        clock="report",
        horizon=math.ceil(plan.horizons[-1]),
        lag=plan.contact_lag,
    )
    stays = found.stays
    mine = (stays.state == _REPORT) & (stays.begun == 0)
    return ContactDays(
        days=(stays.stop - stays.start)[mine],
        event=(stays.next_state[mine] == _STEPPED).astype(np.int64),
        case=stays.case[mine],
        level={"contact": found.suspect_contact[mine], "detention": found.detained[mine]},
    )


def _rates(parts: Sequence[ContactDays], variable: str) -> list[ContactRate]:
    early, late = (part.rates(variable) for part in parts)
    return [
        ContactRate(
            variable=variable,
            level=name,
            label=label,
            days=last.days,
            n_events_low=min(first.n_events, last.n_events),
            n_events_high=max(first.n_events, last.n_events),
            rate=last.rate,
        )
        for (name, label), first, last in zip(_NAMES[variable], early, late, strict=True)
    ]


def _limits(found: RateRatio) -> Limits:
    high = found.conf_high if math.isfinite(found.conf_high) else None
    return Limits(low=found.conf_low, high=high)


def _word(why: str) -> str:
    """Put the reasons of the engine into the words of contact."""
    return {
        "no day was exposed": "no day of contact was recorded independently of a step back",
        "no day was documented as unexposed": "no source rules contact out on any day",
        "no event fell on a day of which the exposure is documented": (
            "no step back fell on a day of which contact is documented"
        ),
    }.get(why, why)


def _one_sided(found: OneSidedRatio) -> str:
    counted = {1: "the one step back", 2: "both steps back"}
    steps = counted.get(found.n_events, f"all {found.n_events} steps back")
    level = f"{100 * found.conf_level:g}%"
    if found.side == "upper":
        return (
            f"{steps} on documented days fell on days without contact; if steps back were "
            f"unrelated, the upper {level} limit would be {found.limit:.2g}, and there is no "
            "lower one above zero"
        )
    return (
        f"{steps} on documented days fell on days of contact; if steps back were unrelated, the "
        f"lower {level} limit would be {found.limit:.2g}, and there is no upper one"
    )
