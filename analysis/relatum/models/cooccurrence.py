"""Which domains are recorded together more often than chance, within investigations."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from relatum.inference.common import Refusal, finite_or_none
from relatum.inference.pair_bounds import AssociationMeasure, association_bounds, cross_statuses
from relatum.models.gates import override_notes
from relatum.models.pair_family import PairFamily, pair_family
from relatum.models.pair_readings import Reading, read_pairs
from relatum.models.tactic_matrix import MATRIX_CODINGS, TacticMatrix, tactic_matrix
from relatum.results.base import Note, Unavailable
from relatum.results.cooccurrence import Cooccurrence, NullTest, PairReading, PairRow
from relatum.samples import Sample
from relatum.schema.status import PRESENT, UNDOCUMENTED, StatusCodes
from relatum.study import Study

__all__ = ["compare_pairs", "estimate_cooccurrence"]

_WHAT = "co-occurrence of domains"
_SILENCE = {"lower": "with silence as absence", "upper": "with silence as presence"}


def estimate_cooccurrence(sample: Sample, study: Study) -> Cooccurrence | Unavailable:
    """Test which of the seven domains are recorded in the same relationships.

    Parameters
    ----------
    sample : Sample
        The data.
    study : Study
        The plan: draws, level, what makes relationships alike in documentation, seed.

    Returns
    -------
    Cooccurrence or Unavailable
        The pairs of domains that vary, each under three readings of silence and against three
        nested nulls, with family-wise error over the pairs that can be tested. Unavailable where
        no pair can be tested, with the reasons.

    Notes
    -----
    The statistic of a pair is its joint count minus the count that the null expects, summed over
    cases. The nulls keep, within every case, how often each domain is recorded (``case``); the
    same within cases and strata of documentation (``case_depth``); and, within every case, how
    often each domain is recorded and how many domains each relationship has (``fixed_totals``;
    the fixed-fixed null of ecology, Connor and Simberloff 1979, doi:10.2307/1936961). The first
    is too liberal where documentation is uneven. The last is conservative: it removes every
    general level, true or documentary, and then one pair above it pushes others below.

    Family-wise error is held by the largest standardised statistic of each draw (Westfall and
    Young 1993); one half of the draws standardises, the other gives the p values.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from relatum.samples import example_sample
    >>> from relatum.study import CooccurrencePlan, read_study
    >>> plan = replace(read_study(), cooccurrence=CooccurrencePlan(draws=400))
    >>> found = estimate_cooccurrence(example_sample("simulated"), plan)
    >>> len(found.pairs), found.n_family
    (6, 21)
    """
    matrix = tactic_matrix(sample, study)
    if isinstance(matrix, Unavailable):
        return Unavailable(what=_WHAT, why=matrix.why, provenance=matrix.provenance)
    return compare_pairs(matrix, study, title="Pairs of domains")


def compare_pairs(
    matrix: TacticMatrix, study: Study, *, title: str = "Pairs of items"
) -> Cooccurrence | Unavailable:
    """Test the pairs of any matrix of statuses; see `estimate_cooccurrence`.

    Parameters
    ----------
    matrix : TacticMatrix
        For example from `tactic_matrix.matrix_of`.
    study : Study
        The plan.
    title : str

    Examples
    --------
    >>> import pandas as pd
    >>> from relatum.models.tactic_matrix import matrix_of
    >>> from relatum.study import read_study
    >>> table = pd.DataFrame({"threats": [1, 0, 1], "debt": [1, 0, 0]})
    >>> matrix = matrix_of(table, case=["x", "y", "z"], zeros="absent_documented")
    >>> print(compare_pairs(matrix, read_study()).why)
    none of the 1 pairs can be tested (no investigation holds relationships that differ in both)
    """
    provenance = replace(matrix.provenance, study_hash=study.hash, seed=study.seed)
    family = pair_family(matrix, study)
    if not family.pairs:
        return Unavailable(what=_WHAT, why=_why_none(family), provenance=provenance)
    readings = [read_pairs(matrix, study, coding, family.pairs) for coding in MATRIX_CODINGS]
    verdicts = _Verdicts(matrix, study, readings)
    return Cooccurrence(
        title=title,
        n_family=family.n_family,
        pairs=tuple(verdicts.row(pair) for pair in family.pairs),
        untested=family.untested,
        overall=tuple(test for reading in readings for test in reading.overall),
        checks=tuple(check for reading in readings for check in reading.checks),
        conf_level=study.cooccurrence.conf_level,
        odds_ratios=study.cooccurrence.odds_ratios,
        notes=(*_notes(family, study), *override_notes(study)),
        provenance=provenance,
    )


def _why_none(family: PairFamily) -> str:
    if not family.untested:
        return "there are not two items"
    reasons = list(dict.fromkeys(pair.why for pair in family.untested))
    more = f"; and {len(reasons) - 3} more reasons" if len(reasons) > 3 else ""
    return f"none of the {family.n_family} pairs can be tested ({'; '.join(reasons[:3])}{more})"


@dataclass(frozen=True, slots=True)
class _Verdicts:
    """Joins the readings of a pair into a row with a verdict."""

    matrix: TacticMatrix
    study: Study
    readings: list[Reading]

    def row(self, pair: tuple[int, int]) -> PairRow:
        """Describe one pair."""
        i, j = pair
        held = tuple(reading.pairs[pair] for reading in self.readings)
        shown, why = self._verdict(held)
        phi = self._bounds(pair, "phi")
        ratio = self._bounds(pair, "odds_ratio")
        return PairRow(
            first=self.matrix.terms[i],
            second=self.matrix.terms[j],
            first_label=self.matrix.labels[i],
            second_label=self.matrix.labels[j],
            readings=held,
            phi_low=phi[0],
            phi_high=phi[1],
            odds_ratio_low=ratio[0],
            odds_ratio_high=ratio[1],
            shown=shown,
            why=why,
        )

    def _verdict(self, held: tuple[PairReading | Unavailable, ...]) -> tuple[bool, str]:
        level = 1 - self.study.cooccurrence.conf_level
        words, worst = [], 0.0
        for reading, name in zip(held, MATRIX_CODINGS, strict=True):
            if name == "statement_only":
                continue
            depth = reading.test("case_depth") if isinstance(reading, PairReading) else reading
            if isinstance(depth, Unavailable):
                return False, f"cannot be tested at equal documentation {_SILENCE[name]}"
            worst = max(worst, depth.p_adjusted)
            words.append(f"{_p_words(depth.p_adjusted)} {_SILENCE[name]}")
        why = f"adjusted p at equal documentation {', '.join(words)}"
        every = [
            reading.test(null)
            for reading in held
            if isinstance(reading, PairReading)
            for null in ("case_depth", "fixed_totals")
        ]
        if any(test.excess <= 0 for test in every if isinstance(test, NullTest)):
            return False, f"{why}; no excess under some reading or with all totals fixed"
        return worst <= level, why

    def _bounds(
        self, pair: tuple[int, int], measure: AssociationMeasure
    ) -> tuple[float | None, float | None]:
        first, second = (_three_valued(self.matrix.codes[:, at]) for at in pair)
        found = association_bounds(cross_statuses(first, second), measure=measure)
        if isinstance(found, Refusal):
            return None, None
        return finite_or_none(found.low), finite_or_none(found.high)


def _p_words(value: float) -> str:
    return f"{value:.2f}" if value >= 0.1 else f"{value:.4f}"


def _three_valued(codes: StatusCodes) -> StatusCodes:
    """Recode to 0 absent, 1 present, 2 not documented; not applicable is absent."""
    recoded = np.zeros(4, dtype=np.int8)
    recoded[PRESENT], recoded[UNDOCUMENTED] = 1, 2
    return recoded[codes]


def _notes(family: PairFamily, study: Study) -> tuple[Note, ...]:
    plan = study.cooccurrence
    return (
        Note(
            "family",
            f"{len(family.pairs)} of {family.n_family} pairs can be tested; p values are adjusted "
            f"for these (largest statistic of each of {plan.draws // 2:,} draws; family-wise error "
            f"{1 - plan.conf_level:.2f}). The others are listed with the reason.",
        ),
        Note(
            "nested_nulls",
            "Three nulls form a bracket. Within investigations alone, uneven documentation makes "
            "items seem to go together. At equal documentation this is lessened. With all totals "
            "fixed every general level is removed, true or documentary.",
        ),
        Note(
            "which_pairs",
            "With all totals fixed the joint records of all pairs have a constant sum: this null "
            "asks which pairs exceed the general level, never whether there is one. One pair above "
            "it pushes others below, so a pair below it is not reported as avoidance.",
        ),
        Note(
            "selection",
            "Draws under which a relationship would hold no element of the offence are not made: "
            "it would not have been in the files.",
        ),
        Note(
            "no_strategy",
            "That two domains are recorded in the same relationships says nothing of a plan or of "
            "one leading to the other.",
        ),
    )
