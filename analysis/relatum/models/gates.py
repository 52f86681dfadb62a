"""Refusals: what a sample like this cannot carry, unless the plan overrides it with a reason."""

from __future__ import annotations

from dataclasses import dataclass

from relatum.inference.clusters import MAX_SHARE, MIN_CLUSTERS, diagnose_clusters
from relatum.inference.common import Refusal
from relatum.models.case_cells import CaseCells
from relatum.results.base import Note
from relatum.results.prevalence import PrevalenceRow
from relatum.study import GATES, Study

__all__ = [
    "Gated",
    "gate_clusters",
    "gate_documentation",
    "gate_width",
    "judge_gate",
    "override_notes",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gated:
    """What the gates say of one item.

    Attributes
    ----------
    refused : str
        The reason in words; empty where the way is open.
    overridden : tuple of str
        Gates that would have refused and that the plan overrides.
    """

    refused: str = ""
    overridden: tuple[str, ...] = ()

    def and_then(self, other: Gated) -> Gated:
        """Join two verdicts; the first refusal counts."""
        return Gated(
            refused=self.refused or other.refused, overridden=self.overridden + other.overridden
        )


def judge_gate(gate: str, why: str, study: Study) -> Gated:
    """Refuse with a reason, unless the plan overrides the gate.

    Parameters
    ----------
    gate : str
        A name of `relatum.study.GATES`.
    why : str
        The reason in words.
    study : Study
        The plan, with its overrides.
    """
    held = study.gates.get(gate)
    if held is not None and held.override:
        return Gated(overridden=(gate,))
    return Gated(refused=why)


def gate_clusters(cells: CaseCells, study: Study) -> Gated:
    """Say whether the cases can carry limits.

    Parameters
    ----------
    cells : CaseCells
        Counts per case.
    study : Study
        The plan, with its overrides.

    Returns
    -------
    Gated
        Refused with fewer than six cases, or where one holds more than 60% of the units: then no
        limits are printed, only the description and its bounds.

    Examples
    --------
    >>> from relatum.study import read_study
    >>> gate_clusters(CaseCells.of([2, 3], [1, 1], [0, 0]), read_study()).refused
    '2 investigations hold such units, fewer than 6'
    """
    found = diagnose_clusters(cells.labels)
    if isinstance(found, Refusal):
        return Gated(refused="there is no unit to which it applies")
    if found.refusal is None:
        return Gated()
    verdict = Gated()
    if cells.n_cases < MIN_CLUSTERS:
        noun = "investigation holds" if cells.n_cases == 1 else "investigations hold"
        why = f"{cells.n_cases} {noun} such units, fewer than {MIN_CLUSTERS}"
        verdict = judge_gate("few_cases", why, study)
    if found.largest_share > MAX_SHARE:
        why = (
            f"one investigation holds {found.largest_share:.0%} of the units, more than "
            f"{MAX_SHARE:.0%}"
        )
        verdict = verdict.and_then(judge_gate("dominant_case", why, study))
    return verdict


def gate_documentation(row: PrevalenceRow, study: Study) -> Gated:
    """Say whether enough is documented for an estimate beyond the units at hand.

    Parameters
    ----------
    row : PrevalenceRow
        Counts and bounds of the item, with the verdicts of the plan's thresholds.
    study : Study
        The plan, with its overrides.

    Returns
    -------
    Gated
        Refused below the documented share of the plan: then only the bounds are printed.
    """
    if row.documented_share is None:
        return Gated(refused="there is no unit to which it applies")
    if not row.only_bounds:
        return Gated()
    known = row.n_present + row.n_absent
    why = (
        f"documented in {known} of {row.n_units}, less than "
        f"{study.prevalence.min_documented_share:.0%}: bounds only"
    )
    return judge_gate("low_documentation", why, study)


def gate_width(row: PrevalenceRow, study: Study) -> Gated:
    """Say whether an item may stand in a confirmatory family.

    Parameters
    ----------
    row : PrevalenceRow
        Counts and bounds of the item, with the verdicts of the plan's thresholds.
    study : Study
        The plan, with its overrides.

    Returns
    -------
    Gated
        Refused where the bounds are wider than the plan allows: the item is then described only.
    """
    if row.width is None:
        return Gated(refused="there is no unit to which it applies")
    if not row.leaves_confirmatory:
        return Gated()
    why = f"bounds {row.width:.2f} wide, more than {study.prevalence.max_width:.2f}"
    return judge_gate("wide_bounds", why, study)


def override_notes(study: Study) -> tuple[Note, ...]:
    """Word the overrides of a plan; every result computed under them carries these notes.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from relatum.study import Gate, read_study
    >>> plan = replace(read_study(), gates={"few_cases": Gate(override=True, reason="A test.")})
    >>> print(override_notes(plan)[0].text)
    Refusal overridden by the plan: limits from fewer than six investigations. Reason given: A test.
    """
    return tuple(
        Note(
            f"override_{name}",
            f"Refusal overridden by the plan: {GATES.get(name, name)}. Reason given: "
            f"{_sentence(gate.reason)}",
        )
        for name, gate in sorted(study.gates.items())
        if gate.override
    )


def _sentence(reason: str) -> str:
    text = reason.strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."
