"""How far coders agree: first on what a file documents, then on what it shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import pandas as pd

from relatum.results.base import Note, Provenance, Unavailable

__all__ = [
    "CODED_ALONE",
    "AgreementResult",
    "AgreementRow",
    "Coefficient",
    "DateAgreement",
    "Disagreement",
    "StageAgreement",
]

#: The code of the note on units that one coder alone coded.
CODED_ALONE = "coded_alone"

Verdict = Literal["confirmatory", "tentative", "not_used", "not_known"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coefficient:
    """A chance-corrected coefficient with limits from resampled cases.

    Attributes
    ----------
    estimate : float
        1 is perfect agreement, 0 what chance gives.
    conf_low, conf_high : float or None
        Percentile limits; None with the reason in `why`.
    why : str
        Why there are no limits.
    """

    estimate: float
    conf_low: float | None
    conf_high: float | None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageAgreement:
    """Agreement on one question.

    Attributes
    ----------
    n_pairs : int
        Units that two coders answered.
    n_agreed : int
        Units with the same answer of all coders.
    positive, negative : float or None
        The chance that a second coder says the same as one who said yes (no); None where nobody
        said so.
    cohen, brennan_prediger, ac1, alpha : Coefficient or Unavailable
        Cohen's kappa, Brennan and Prediger's, Gwet's AC1, Krippendorff's nominal alpha.
    """

    n_pairs: int
    n_agreed: int
    positive: float | None
    negative: float | None
    cohen: Coefficient | Unavailable
    brennan_prediger: Coefficient | Unavailable
    ac1: Coefficient | Unavailable
    alpha: Coefficient | Unavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class DateAgreement:
    """How often the coders' date intervals of one code meet.

    Attributes
    ----------
    n_pairs, n_overlapping : int
        Codings dated by both, and those whose intervals share a day.
    mean_jaccard : float
        Mean of the common over the joint length in days.
    """

    n_pairs: int
    n_overlapping: int
    mean_jaccard: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementRow:
    """Agreement on one code.

    Attributes
    ----------
    term, label, domain, unit : str
        The code, its words, its group, and what it describes.
    documented : StageAgreement or Unavailable
        Whether the file documents the topic.
    present : StageAgreement or Unavailable
        Present or absent, where both say that it is documented.
    dates : DateAgreement or Unavailable
        Date intervals of what both call present.
    n_disagreements : int
        Units to discuss.
    verdict : {"confirmatory", "tentative", "not_used", "not_known"}
        By the smaller alpha of the two questions: from .80, from .67, below, not computable.
    """

    term: str
    label: str
    domain: str
    unit: str
    documented: StageAgreement | Unavailable
    present: StageAgreement | Unavailable
    dates: DateAgreement | Unavailable
    n_disagreements: int
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """One unit on which coders differ.

    Attributes
    ----------
    term, unit, unit_id : str
        The code, the type of unit, and the unit.
    statuses : tuple of str
        What each coder entered, in the order of the coders.
    """

    term: str
    unit: str
    unit_id: str
    statuses: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementResult:
    """Agreement of coders, code by code and over all codes.

    It lists single units, so disclosure control treats it as a display of rows.

    Attributes
    ----------
    coders : tuple of str
        Who is compared.
    n_units, n_cases : int
        Units coded by two coders or more, and their cases.
    rows : tuple of AgreementRow
        One per code that some coder used.
    overall : AgreementRow
        All codes taken together.
    disagreements : tuple of Disagreement
        What to discuss.
    conf_level : float
    n_draws : int
        Resamples of cases.
    """

    kind: ClassVar[str] = "agreement"
    row_level: ClassVar[bool] = True

    coders: tuple[str, ...]
    n_units: int
    n_cases: int
    rows: tuple[AgreementRow, ...]
    overall: AgreementRow
    disagreements: tuple[Disagreement, ...]
    conf_level: float
    n_draws: int
    notes: tuple[Note, ...] = ()
    provenance: Provenance

    @property
    def to_discuss(self) -> tuple[AgreementRow, ...]:
        """Codes with a disagreement, most of them first."""
        return tuple(
            sorted(
                (row for row in self.rows if row.n_disagreements),
                key=lambda row: (-row.n_disagreements, row.term),
            )
        )

    def tidy(self) -> pd.DataFrame:
        """Return one row per code and question; the last two rows are all codes together."""
        cells = [
            _cells(row, question, stage)
            for row in (*self.rows, self.overall)
            for question, stage in (("documented", row.documented), ("present", row.present))
        ]
        return pd.DataFrame(
            {
                name: pd.Series([row[name] for row in cells], dtype=kind)
                for name, kind in _DTYPES.items()
            }
        )

    def __str__(self) -> str:
        return (
            f"{' and '.join(self.coders)}: {len(self.rows)} codes, "
            f"{len(self.to_discuss)} to discuss"
        )


_COEFFICIENTS = ("cohen", "brennan_prediger", "ac1", "alpha")
_DTYPES: dict[str, str] = {
    **dict.fromkeys(("term", "label", "unit", "question"), "string"),
    **dict.fromkeys(("n_pairs", "n_agreed"), "Int64"),
    **dict.fromkeys(("positive", "negative"), "Float64"),
    **{
        f"{name}{part}": "Float64"
        for name in _COEFFICIENTS
        for part in ("", "_conf_low", "_conf_high")
    },
    "verdict": "string",
    "why": "string",
}


def _cells(
    row: AgreementRow, question: str, stage: StageAgreement | Unavailable
) -> dict[str, object]:
    cells: dict[str, object] = dict.fromkeys(_DTYPES)
    cells |= {"term": row.term, "label": row.label, "unit": row.unit, "question": question}
    cells |= {"verdict": row.verdict, "why": ""}
    if isinstance(stage, Unavailable):
        return cells | {"why": stage.why}
    for name in ("n_pairs", "n_agreed", "positive", "negative"):
        cells[name] = getattr(stage, name)
    reasons: list[str] = []
    for name in _COEFFICIENTS:
        found = getattr(stage, name)
        if isinstance(found, Unavailable):
            reasons.append(f"{found.what}: {found.why}")
            continue
        cells[name] = found.estimate
        cells[f"{name}_conf_low"] = found.conf_low
        cells[f"{name}_conf_high"] = found.conf_high
    return cells | {"why": "; ".join(reasons)}
