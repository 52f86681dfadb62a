"""The part of a plan that says how outputs are disclosed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Profile", "ReleaseException", "ReleasePlan"]

Profile = Literal["none", "published", "chapter5", "acro10", "opensafely7", "cms11"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseException:
    """A rule of disclosure control that the data owner waives; printed in every report.

    Attributes
    ----------
    result : str
        The name of a result, or ``all``.
    rule : {"dominance", "full_group", "withheld", "differencing"}
        The rule; ``withheld`` accepts that a result does not go out at all, ``differencing`` that
        it tells of few people together with an earlier release.
    justification : str
        Why; required.
    """

    result: str
    rule: Literal["dominance", "full_group", "withheld", "differencing"]
    justification: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasePlan:
    """How outputs are disclosed.

    Attributes
    ----------
    profile : {"none", "published", "chapter5", "acro10", "opensafely7", "cms11"}
        ``none`` is for simulated data only, ``published`` for figures that are already public; the
        others are for collected samples: see `relatum.release.RULES`.
    exceptions : tuple of ReleaseException
        Waived rules.
    """

    profile: Profile = "none"
    exceptions: tuple[ReleaseException, ...] = ()
