"""The rule for plans of new samples: numbers that a computer drew, about nobody."""

from __future__ import annotations

from relatum.errors import ReleaseError
from relatum.release.released import Evidence, Released
from relatum.results.planning import SamplePlan

__all__ = ["release_plan"]


def release_plan(result: SamplePlan) -> Released:
    """Let out a plan of a new sample, which rests on no data.

    Parameters
    ----------
    result : SamplePlan

    Returns
    -------
    Released
        Under the profile ``none``, marked as simulated.

    Raises
    ------
    ReleaseError
        If it is another kind of result, or not marked as simulated.

    Notes
    -----
    Sizes of investigations at hand may be an assumption of a plan. They are not in it, but totals
    over many simulated studies are, and a note says so.
    """
    if not isinstance(result, SamplePlan):
        msg = f"Only a plan of a new sample is let out here, not '{type(result).__name__}'."
        raise ReleaseError(msg)
    if not result.provenance.simulated:
        msg = "This plan is not marked as simulated; nothing was let out."
        raise ReleaseError(msg)
    finding = "All numbers were drawn from declared assumptions; no sample was read."
    evidence = (Evidence(rule="simulated", finding=finding),)
    return Released(result=result, profile="none", evidence=evidence)
