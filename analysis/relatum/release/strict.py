"""Judging results together by a strict profile: rows, curves, sums, and what stays open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Literal

from relatum.errors import ReleaseError
from relatum.release.amounts import broken_amounts, heavy_times
from relatum.release.declared import NOT_JUDGED, SHAPES
from relatum.release.dominance import case_shares
from relatum.release.judge import judge_rows
from relatum.release.ledger import Ledger, Place, make_ledger
from relatum.release.rebuild import counted_rule, rebuild, released_notes, without_numbers
from relatum.release.released import Evidence, Releasable
from relatum.release.resting import resting
from relatum.release.rules import RULE_WORDS, RULES, Rules
from relatum.release.secondary import protect
from relatum.results.base import Note, Unavailable
from relatum.samples import Sample
from relatum.study import ReleaseException

__all__ = ["Verdict", "judge_all"]

Status = Literal["pass", "review", "fail"]
#: The rules about which a person decides.
_REVIEWED = ("dominance", "full_group")
#: Rules that tell the very count of a row that is missed: what goes out names them alike.
_ALIKE = frozenset(("threshold", "zero", "full_group", "extreme"))
_ALIKE_WORDS = {
    **RULE_WORDS,
    "threshold": "too few behind a count or a difference of counts, nobody, or all of a group",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a strict profile says of one result.

    Attributes
    ----------
    status : {"pass", "review", "fail"}
        ``review`` where rows wait for a decision of the data owner; they are withheld until an
        exception of the plan lets them out. ``fail`` where nothing goes out.
    reason : str
        In words; empty where everything goes out.
    result : Result or Unavailable
        What may go out.
    n_rows, n_withheld : int
        Rows that were judged, and those withheld.
    accepted : bool
        Whether the plan accepts that nothing goes out.
    evidence : tuple of Evidence
        For the data owner and the output checker, as is the reason.
    told : tuple of Evidence
        What goes out with the result. It does not say whether a withheld row counts few or nobody.
    """

    status: Status
    reason: str
    result: Releasable
    n_rows: int
    n_withheld: int
    accepted: bool
    evidence: tuple[Evidence, ...]
    told: tuple[Evidence, ...]

    @property
    def open(self) -> bool:
        """Whether somebody still has to decide."""
        return self.status != "pass" and not self.accepted


def judge_all(
    results: Mapping[str, Releasable],
    *,
    sample: Sample,
    profile: str,
    exceptions: Sequence[ReleaseException] = (),
    coder: str | None = None,
) -> Mapping[str, Verdict]:
    """Judge results together by a strict profile.

    Parameters
    ----------
    results : mapping of str to Result
        By name; what is public already does not belong here.
    sample : Sample
        From which they were computed.
    profile : str
        A name in `RULES`.
    exceptions : sequence of ReleaseException
        Of the plan.
    coder : str, optional
        The coder of the plan; see `Sample.chosen_coder`.

    Returns
    -------
    mapping of str to Verdict

    Raises
    ------
    ReleaseError
        If a withheld count would follow from what is left, whatever is withheld.

    Notes
    -----
    A result of a class that the judge does not know is withheld, so nothing goes out by omission.

    Examples
    --------
    >>> from relatum.models.describe import describe_flow
    >>> from relatum.samples import example_sample
    >>> from relatum.study import read_study
    >>> anna = example_sample("anna")
    >>> found = judge_all({"flow": describe_flow(anna, read_study())}, sample=anna,
    ...                   profile="chapter5")
    >>> found["flow"].status, found["flow"].n_rows, found["flow"].n_withheld
    ('fail', 4, 4)
    """
    rules = RULES[profile]
    waived = {(waiver.result, waiver.rule) for waiver in exceptions}
    ledger = make_ledger(results)
    amounts = broken_amounts(results, sample, profile=profile, coder=coder)
    shares = case_shares(ledger, sample, coder=coder)
    judged = judge_rows(ledger, rules, shares=shares, waived=waived, amounts=amounts)
    small = {name for key, name in ledger.headers.items() if _small_header(key, ledger, rules)}
    whole = {**heavy_times(results, amounts, waived), **dict.fromkeys(small, "threshold")}
    shield = protect(
        ledger, rules, withheld=judged.withheld, targets=judged.targets, gone=frozenset(whole)
    )
    if shield.n_open:
        msg = (
            f"{shield.n_open} withheld counts would follow from what goes out, whatever else is "
            "withheld; nothing was released. Fit fewer analyses together."
        )
        raise ReleaseError(msg)
    gone = {**dict.fromkeys(shield.given_up, "secondary"), **whole}
    withheld = resting(ledger, shield.withheld, gone=gone)
    context = _Context(rules, withheld, judged.waived, gone, tuple(exceptions))
    return MappingProxyType(
        {name: _verdict(name, result, ledger, context) for name, result in results.items()}
    )


def _small_header(key: tuple[object, ...], ledger: Ledger, rules: Rules) -> bool:
    return 0 < ledger.values[key] < rules.smallest


@dataclass(frozen=True, slots=True)
class _Context:
    rules: Rules
    withheld: Mapping[Place, str]
    waived: Mapping[Place, str]
    gone: Mapping[str, str]
    exceptions: tuple[ReleaseException, ...]
    shown: dict[tuple[str, ...], list[int]] = field(default_factory=dict)


def _verdict(name: str, result: Any, ledger: Ledger, context: _Context) -> Verdict:  # noqa: ANN401
    rules = context.rules
    places = [place for place in ledger.entries if place[0] == name]
    counted = Counter(context.withheld[place] for place in places if place in context.withheld)
    alike: Counter[str] = Counter()
    for rule, n in counted.items():
        alike["threshold" if rule in _ALIKE else rule] += n
    reason = _reason(name, result, counted, len(places), context)
    accepted = any(w.rule == "withheld" and w.result in (name, "all") for w in context.exceptions)
    part = not reason and result.kind in SHAPES and SHAPES[result.kind].leaves_out
    status: Status = "fail" if reason else "pass"
    if reason:
        why = _reason(name, result, alike, len(places), context, words=_ALIKE_WORDS)
        out: Releasable = Unavailable(
            what=name.replace("_", " "),
            why=f"withheld by profile {rules.name}: {why}",
            provenance=result.provenance,
        )
    else:
        out = _left(name, result, alike, ledger, context)
        waiting = [rule for rule in _REVIEWED if counted[rule]]
        status = "review" if waiting else "pass"
        reason = _words(counted)
    return Verdict(
        status=status,
        reason=reason,
        result=out,
        n_rows=len(places),
        n_withheld=sum(counted.values()),
        accepted=accepted and status == "fail",
        evidence=_evidence(name, counted, RULE_WORDS, context, part=part),
        told=_evidence(name, alike, _ALIKE_WORDS, context, part=part),
    )


def _evidence(
    name: str,
    counted: Mapping[str, int],
    words: Mapping[str, str],
    context: _Context,
    *,
    part: bool,
) -> tuple[Evidence, ...]:
    rules = context.rules
    return (
        Evidence(rule=rules.name, finding=f"{rules.label}. {rules.source}"),
        *(
            Evidence(rule=rule, finding=f"{counted_rule(n, words[rule])}.")
            for rule, n in sorted(counted.items())
        ),
        *(
            Evidence(rule=f"exception_{w.rule}", finding=w.justification)
            for w in context.exceptions
            if w.result in (name, "all")
        ),
        *((Evidence(rule="part", finding=f"Left out: {words['part']}."),) if part else ()),
    )


def _words(counted: Mapping[str, int], words: Mapping[str, str] = RULE_WORDS) -> str:
    return "; ".join(counted_rule(n, words[rule]) for rule, n in sorted(counted.items()))


def _reason(
    name: str,
    result: Any,  # noqa: ANN401
    counted: Counter[str],
    n_rows: int,
    context: _Context,
    *,
    words: Mapping[str, str] = RULE_WORDS,
) -> str:
    """Say why nothing of a result goes out; empty where something does."""
    if isinstance(result, Unavailable):
        return ""
    if result.kind not in SHAPES:
        return NOT_JUDGED.get(result.kind, "this class of results is not known to the judge")
    if name in context.gone:
        return words[context.gone[name]]
    if n_rows and sum(counted.values()) == n_rows:
        return f"nothing is left: {_words(counted, words)}"
    return ""


def _left(
    name: str,
    result: Any,  # noqa: ANN401
    counted: Mapping[str, int],
    ledger: Ledger,
    context: _Context,
) -> Any:  # noqa: ANN401
    """Return what goes out, with notes on what does not and on what was waived."""
    rules = context.rules
    added: tuple[Note, ...] = ()
    if isinstance(result, Unavailable):
        kept = without_numbers(result, whole_groups=rules.hides_groups)
    else:
        kept = rebuild(name, result, rules, context.withheld, ledger=ledger, shown=context.shown)
        added = kept.notes[len(result.notes) :]
    used = {rule for place, rule in context.waived.items() if place[0] == name}
    waivers = tuple(
        Note("release_exception", f"Let out by exception ({w.rule}): {w.justification}")
        for w in context.exceptions
        if w.result in (name, "all") and w.rule in used
    )
    notes = released_notes(result.notes, counted, _ALIKE_WORDS, rules)
    return replace(kept, notes=(*notes, *added, *waivers))
