"""The published figures as executable checks on a sample."""

from __future__ import annotations

import math
from collections.abc import Iterable

from relatum.results.audit import FactCheck, Verdict
from relatum.samples.fact_evaluators import EVALUATORS, FactValue
from relatum.samples.fact_frames import FactContext, NotComputable
from relatum.samples.sample import Sample
from relatum.schema.facts import Fact, load_facts

__all__ = ["FactCheck", "FactValue", "Verdict", "compute_fact", "evaluate_fact", "evaluate_facts"]

_TOLERANCE = 1e-9


def evaluate_facts(
    sample: Sample, facts: Iterable[Fact] | None = None, *, coder: str | None = None
) -> tuple[FactCheck, ...]:
    """Evaluate published figures on a sample.

    Parameters
    ----------
    sample : Sample
        The data.
    facts : iterable of Fact, optional
        Which figures; by default all that describe the chapter's sample (group F).
    coder : str, optional
        See `Sample.chosen_coder`.

    Returns
    -------
    tuple of FactCheck
        In the order of the facts; those that cannot be computed say why.

    Notes
    -----
    Counts of what is present are lower bounds. The verdict belongs to the documented value. Where
    that lies outside the hard bounds but some completion of what is not documented lies inside,
    the verdict is ``not_computable``: silence decides.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> checks = {check.id: check for check in evaluate_facts(example_sample("anna"))}
    >>> checks["F068"].value, checks["F068"].verdict
    (1.0, 'outside')
    >>> checks["F002"].verdict, checks["F002"].value
    ('not_computable', None)
    """
    context = FactContext(sample, coder=coder)
    chosen = load_facts().figures if facts is None else facts
    return tuple(_check(context, fact) for fact in chosen)


def evaluate_fact(sample: Sample, fact: Fact, *, coder: str | None = None) -> FactCheck:
    """Evaluate one published figure on a sample; see `evaluate_facts`."""
    return _check(FactContext(sample, coder=coder), fact)


def compute_fact(sample: Sample, fact: Fact, *, coder: str | None = None) -> FactValue | None:
    """Compute a published figure on a sample without judging it.

    Returns
    -------
    FactValue or None
        None where the sample holds nothing to compute it from, or no evaluator exists.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> compute_fact(example_sample("anna"), load_facts()["F044"])
    FactValue(value=1.0, least=1.0, most=1.0)
    """
    if not fact.computable:
        return None
    try:
        return EVALUATORS[fact.evaluator](FactContext(sample, coder=coder), fact)
    except NotComputable:
        return None


def _check(context: FactContext, fact: Fact) -> FactCheck:
    if not fact.computable:
        why = fact.note.removeprefix("No evaluator: ") or "the chapter gives no figure"
        return _made(fact, None, "not_computable", why=why)
    try:
        found = EVALUATORS[fact.evaluator](context, fact)
    except NotComputable as error:
        return _made(fact, None, "not_computable", why=str(error))
    return _judge(fact, found)


def _judge(fact: Fact, found: FactValue) -> FactCheck:
    bounds = (fact.lower_hard, fact.upper_hard, fact.lower_soft, fact.upper_soft)
    if all(bound is None for bound in bounds):
        return _made(fact, found, "not_computable", why="the chapter sets no bound")
    verdict = _verdict(fact, found.value)
    certain = _certain(fact, found, verdict)
    if verdict == "outside" and _reachable(fact, found):
        why = f"the documented value lies outside, but silence allows {_span(found)}"
        return _made(fact, found, "not_computable", why=why)
    why = "" if found.least == found.most else f"silence allows {_span(found)}"
    return _made(fact, found, verdict, certain=certain, why=why)


def _verdict(fact: Fact, value: float) -> Verdict:
    if not _inside(value, fact.lower_hard, fact.upper_hard):
        return "outside"
    if fact.lower_hard is not None and fact.lower_hard == fact.upper_hard:
        return "equal"
    return "inside_soft" if _inside(value, fact.lower_soft, fact.upper_soft) else "inside_hard"


def _certain(fact: Fact, found: FactValue, verdict: Verdict) -> bool:
    """Tell whether every completion has the verdict: it can change at a bound only."""
    bounds = (fact.lower_hard, fact.upper_hard, fact.lower_soft, fact.upper_soft)
    crossed = [b for b in bounds if b is not None and found.least <= b <= found.most]
    return {_verdict(fact, v) for v in (found.least, found.most, *crossed)} == {verdict}


def _inside(value: float, low: float | None, high: float | None) -> bool:
    above = low is None or value >= low - _TOLERANCE
    return above and (high is None or value <= high + _TOLERANCE)


def _reachable(fact: Fact, found: FactValue) -> bool:
    """Tell whether some completion of what is not documented lies inside the hard bounds."""
    low = -math.inf if fact.lower_hard is None else fact.lower_hard
    high = math.inf if fact.upper_hard is None else fact.upper_hard
    return found.least <= high + _TOLERANCE and found.most >= low - _TOLERANCE


def _residual(fact: Fact, value: float) -> float:
    below = (fact.lower_hard - value) if fact.lower_hard is not None else 0.0
    above = (value - fact.upper_hard) if fact.upper_hard is not None else 0.0
    return max(below, above, 0.0)


def _span(found: FactValue) -> str:
    if not math.isfinite(found.least):
        return "any value" if not math.isfinite(found.most) else f"up to {found.most:.4g}"
    if not math.isfinite(found.most):
        return f"{found.least:.4g} or more"
    return f"{found.least:.4g} to {found.most:.4g}"


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _made(
    fact: Fact,
    found: FactValue | None,
    verdict: Verdict,
    *,
    certain: bool = False,
    why: str = "",
) -> FactCheck:
    decided = verdict != "not_computable" and found is not None
    return FactCheck(
        id=fact.id,
        construct=fact.construct,
        group=fact.group,
        unit=fact.unit,
        hardness=fact.hardness,
        published=fact.value,
        lower_hard=fact.lower_hard,
        upper_hard=fact.upper_hard,
        lower_soft=fact.lower_soft,
        upper_soft=fact.upper_soft,
        value=None if found is None else found.value,
        value_least=None if found is None else _finite(found.least),
        value_most=None if found is None else _finite(found.most),
        verdict=verdict,
        certain=certain,
        residual=_residual(fact, found.value) if decided and found is not None else 0.0,
        why=why,
    )
