"""The published figures as executable checks on a sample."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from relatum.samples.fact_evaluators import EVALUATORS, FactContext, FactValue, NotComputable
from relatum.samples.sample import Sample
from relatum.schema.facts import Fact, load_facts

__all__ = ["FactCheck", "Verdict", "evaluate_fact", "evaluate_facts"]

Verdict = Literal["equal", "inside_soft", "inside_hard", "outside", "not_computable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FactCheck:
    """One published figure beside the value of a sample.

    Attributes
    ----------
    id : str
        The fact's number.
    value : float or None
        What the sample documents; None where it cannot be computed.
    value_most : float or None
        The largest value if everything that is not documented were present.
    verdict : Verdict
        ``equal`` to a figure that is published exactly, ``inside_soft`` the usual reading of the
        words, ``inside_hard`` only what the text strictly says, ``outside`` of it, or
        ``not_computable``.
    residual : float
        The distance to the nearest hard bound; 0 inside.
    why : str
        The reason, where the verdict needs one.
    """

    id: str
    value: float | None
    value_most: float | None
    verdict: Verdict
    residual: float
    why: str = ""


def evaluate_facts(sample: Sample, facts: Iterable[Fact] | None = None) -> tuple[FactCheck, ...]:
    """Evaluate published figures on a sample.

    Parameters
    ----------
    sample : Sample
        The data.
    facts : iterable of Fact, optional
        Which figures; by default all of the group F.

    Returns
    -------
    tuple of FactCheck
        In the order of the facts.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> checks = {check.id: check for check in evaluate_facts(example_sample("anna"))}
    >>> checks["F068"].value, checks["F068"].verdict
    (1.0, 'outside')
    """
    chosen = facts if facts is not None else _figures()
    context = FactContext(sample)
    return tuple(_check(context, fact) for fact in chosen)


def evaluate_fact(sample: Sample, fact: Fact) -> FactCheck:
    """Evaluate one published figure on a sample."""
    return _check(FactContext(sample), fact)


def _figures() -> tuple[Fact, ...]:
    return tuple(fact for fact in load_facts().values() if fact.group not in _OTHER_GROUPS)


_OTHER_GROUPS = ("case_anna", "literature", "claim", "audit")


def _check(context: FactContext, fact: Fact) -> FactCheck:
    if not fact.computable:
        return _without_value(fact, fact.note or "the chapter gives no figure")
    try:
        found = EVALUATORS[fact.evaluator](context, fact)
    except NotComputable as error:
        return _without_value(fact, str(error))
    return _judge(fact, found)


def _without_value(fact: Fact, why: str) -> FactCheck:
    return FactCheck(
        id=fact.id, value=None, value_most=None, verdict="not_computable", residual=0.0, why=why
    )


def _judge(fact: Fact, found: FactValue) -> FactCheck:
    verdict: Verdict = "outside"
    why = ""
    if fact.lower_hard is None and fact.upper_hard is None:
        verdict, why = "not_computable", "the chapter sets no bound"
    elif _inside(found.value, fact.lower_hard, fact.upper_hard):
        soft = _inside(found.value, fact.lower_soft, fact.upper_soft)
        exact = fact.lower_hard == fact.upper_hard
        verdict = "equal" if exact else "inside_soft" if soft else "inside_hard"
    elif _reachable(found, fact):
        verdict = "not_computable"
        why = (
            f"silence decides: {found.value:g} documented, {found.most:g} if everything "
            "undocumented were present"
        )
    return FactCheck(
        id=fact.id,
        value=found.value,
        value_most=found.most,
        verdict=verdict,
        residual=0.0 if verdict == "not_computable" else _residual(found.value, fact),
        why=why,
    )


_TOLERANCE = 1e-9


def _inside(value: float, low: float | None, high: float | None) -> bool:
    above = low is None or value >= low - _TOLERANCE
    return above and (high is None or value <= high + _TOLERANCE)


def _reachable(found: FactValue, fact: Fact) -> bool:
    """Tell whether some completion of what is undocumented lies inside the hard bounds."""
    if found.most is None or found.most <= found.value:
        return False
    low = fact.lower_hard if fact.lower_hard is not None else found.value
    high = fact.upper_hard if fact.upper_hard is not None else found.most
    return found.value <= high and found.most >= low


def _residual(value: float, fact: Fact) -> float:
    below = (fact.lower_hard - value) if fact.lower_hard is not None else 0.0
    above = (value - fact.upper_hard) if fact.upper_hard is not None else 0.0
    return max(below, above, 0.0)
