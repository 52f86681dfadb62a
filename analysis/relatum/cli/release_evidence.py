"""What ``relatum release`` found, as an object for programs and as lines for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from relatum.release import (
        AmountCheck,
        Anonymity,
        Attack,
        ClassCounts,
        Differencing,
        ReleasedCounts,
        Verdict,
    )
    from relatum.study import Study

__all__ = ["Judged", "evidence_payload", "failures", "verdict_text"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """All that is known of a release before it leaves the computer.

    Attributes
    ----------
    plan : Study
    profile : str
        The strict profile that judged.
    verdicts : mapping of str to Verdict
        By the name of the result.
    tried : Attack
        What follows from all results together.
    anonymity : mapping of str to Anonymity
        Classes of people, by the name of the sample.
    amounts : tuple of AmountCheck
        Sums behind means and rates that go out.
    earlier : mapping of str to Differencing
        By the name of each earlier release; empty where none was given.
    counts : mapping
        What went out; see `relatum.release.released_counts`.
    """

    plan: Study
    profile: str
    verdicts: Mapping[str, Verdict]
    tried: Attack
    anonymity: Mapping[str, Anonymity]
    amounts: tuple[AmountCheck, ...]
    earlier: Mapping[str, Differencing]
    counts: ReleasedCounts

    @property
    def waiting(self) -> int:
        """Results and amounts for which somebody still has to decide."""
        results = sum(verdict.open for verdict in self.verdicts.values())
        return results + sum(check.open for check in self.amounts)

    @property
    def clear(self) -> bool:
        """Whether nothing keeps the release back."""
        return (
            not self.waiting
            and not self.tried.recovered
            and all(found.status != "fail" for found in self.anonymity.values())
            and all(found.status == "pass" for found in self.earlier.values())
        )


def failures(judged: Judged) -> dict[str, str]:
    """Name the results that fail for what other releases or amounts tell, with the reason.

    Parameters
    ----------
    judged : Judged

    Returns
    -------
    dict of str to str
        By the name of the result.
    """
    from relatum.release import AMOUNT_WORDS

    found: dict[str, str] = {}
    for check in judged.amounts:
        if check.status == "fail":
            found[check.result] = f"{check.variable}: {AMOUNT_WORDS[check.fault]}"
    for name, compared in judged.earlier.items():
        for row in compared.rows:
            if not row.accepted:
                found[row.result] = f"with '{name}' it tells of too few"
    return found


def evidence_payload(judged: Judged) -> dict[str, object]:
    """Turn the judgement into what an output checker reads.

    Besides sizes of classes it holds only counts that go out, and no value of a person.
    """
    from relatum.release import AMOUNT_RULES, QUASI_IDENTIFIERS, RULES

    plan, tried = judged.plan, judged.tried
    return {
        "study": plan.name,
        "study_hash": plan.hash,
        "profile": judged.profile,
        "rules": RULES[judged.profile],
        "exceptions": plan.release.exceptions,
        "attack": {"withheld_counts": tried.n_targets, "recovered_in": tried.recovered},
        "samples": judged.anonymity,
        "quasi_identifiers": QUASI_IDENTIFIERS,
        "amounts": {"rules": AMOUNT_RULES[judged.profile], "checked": judged.amounts},
        "earlier": judged.earlier,
        "results": {
            name: {
                "status": verdict.status,
                "accepted": verdict.accepted,
                "reason": verdict.reason,
                "rows": verdict.n_rows,
                "rows_withheld": verdict.n_withheld,
                "evidence": verdict.evidence,
            }
            for name, verdict in judged.verdicts.items()
        },
        "counts": judged.counts,
    }


def verdict_text(judged: Judged) -> str:
    """Word the judgement for people."""
    from relatum.tables.wording import plural

    verdicts, tried = judged.verdicts, judged.tried
    width = max((len(name) for name in verdicts), default=0)
    lines = [f"Profile '{judged.profile}', {plural(len(verdicts), 'result')}:"]
    for name, verdict in verdicts.items():
        reason = f"  {verdict.reason}" if verdict.reason else ""
        mark = " (accepted)" if verdict.accepted else ""
        lines.append(f"  {verdict.status:6}  {name:{width}}{mark}{reason}".rstrip())
    told = f"in {', '.join(tried.recovered)}" if tried.recovered else "none"
    lines.append(f"Withheld counts that follow from what goes out: {told}, of {tried.n_targets}.")
    for name, found in judged.anonymity.items():
        lines += _sample_lines(name, found)
    lines += _amount_lines(judged.amounts)
    for name, compared in judged.earlier.items():
        lines += _earlier_lines(name, compared)
    if judged.waiting:
        lines.append(
            f"Fail or wait for review: {judged.waiting}. [[release.exceptions]] in the plan lets "
            "rows out (dominance, full_group) or accepts that a result stays in (withheld)."
        )
    return "\n".join(lines)


def _sample_lines(name: str, found: Anonymity) -> list[str]:
    """Word the classes of people: counts and names of fields only."""
    lines = [f"People in '{name}' who look alike from outside, classes from {found.threshold} on:"]
    lines += [f"  {_class_line(counts, found.threshold)}" for counts in found.classes]
    told = f"  {found.reason}" if found.reason else ""
    lines.append(f"  {found.status:6}{told}".rstrip())
    if found.status == "review":
        lines.append("  No row of theirs goes out; ask the data owner before rows are shared.")
    return lines


def _class_line(counts: ClassCounts, threshold: int) -> str:
    from relatum.results.words import UNIT_PLURALS

    ages = "ages in bands" if counts.ages == "bands" else "ages in years"
    text = (
        f"{counts.n_units} {UNIT_PLURALS[counts.unit]} by {len(counts.fields)} fields, {ages}: "
        f"smallest class {counts.smallest}; {counts.n_small} of {counts.n_classes} classes below "
        f"{threshold}, with {counts.n_in_small}"
    )
    if counts.uniform:
        text += f"; one value throughout a class: {', '.join(counts.uniform)}"
    return text


def _amount_lines(amounts: tuple[AmountCheck, ...]) -> list[str]:
    from relatum.release import AMOUNT_WORDS

    if not amounts:
        return []
    broken = [check for check in amounts if check.fault]
    lines = [f"Amounts and times that go out: {len(amounts)}; they break a rule: {len(broken)}."]
    for check in broken:
        mark = " (accepted)" if check.accepted else ""
        words = AMOUNT_WORDS[check.fault]
        lines.append(f"  {check.status:6}  {check.result}, {check.variable}{mark}  {words}")
    return lines


def _earlier_lines(name: str, compared: Differencing) -> list[str]:
    head = f"Together with '{name}': {compared.n_rows:,} rows went out in both; "
    lines = [f"{head}changed by too few: {len(compared.rows)}."]
    lines += [
        f"  {'pass  ' if row.accepted else 'fail  '}  {row.result}, {row.row}"
        f"{' (accepted)' if row.accepted else ''}  {', '.join(row.quantities)}"
        for row in compared.rows
    ]
    if compared.status == "fail":
        lines.append(
            "  Leave these rows out, wait until more units were added, or let the data owner "
            "accept them in the plan (differencing)."
        )
    return lines
