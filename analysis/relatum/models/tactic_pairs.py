"""Pairs of single tactics, explored: limits and a false discovery rate, but no claims."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from relatum.inference.common import Refusal
from relatum.inference.count_nulls import LogWeights
from relatum.inference.exact_power import central_region, power_at
from relatum.inference.multiplicity import false_discovery_rates
from relatum.inference.pair_bounds import association
from relatum.inference.stratified import exact_stratified, stratify_pairs
from relatum.inference.tilting import tilted_family
from relatum.models.gates import override_notes
from relatum.models.pair_family import PairFamily, pair_family
from relatum.models.pair_nulls import DrawnNull, draw_null, null_check
from relatum.models.pair_readings import as_odds_ratio
from relatum.models.tactic_matrix import TacticMatrix, tactic_matrix
from relatum.results.base import Note, Unavailable
from relatum.results.cooccurrence import OddsRatio
from relatum.results.provenance import provenance_of
from relatum.results.tactic_pairs import Tactic, TacticPair, TacticPairs
from relatum.samples import Sample
from relatum.schema.status import ABSENT, APPLICABLE_NOT, PRESENT, UNDOCUMENTED
from relatum.study import Study

__all__ = ["explore_tactic_pairs"]

_WHAT = "co-occurrence of tactics"
_NULL = "fixed_totals"


def explore_tactic_pairs(sample: Sample, study: Study) -> TacticPairs | Unavailable:
    """Explore which tactics are recorded in the same relationships.

    Parameters
    ----------
    sample : Sample
        The data.
    study : Study
        The plan: draws, rate of false discoveries, seed.

    Returns
    -------
    TacticPairs or Unavailable
        Every pair of the primary tactics that can be tested, against the null with all totals
        fixed. Pairs of nested or overlapping codes are refused. Unavailable where no pair can be
        tested.

    Notes
    -----
    With 73 relationships no single pair of 25 tactics can be claimed: the power printed beside
    each p value says so. The list at a false discovery rate says where a larger study might look.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from relatum.samples import example_sample
    >>> from relatum.study import CooccurrencePlan, read_study
    >>> plan = replace(read_study(), cooccurrence=CooccurrencePlan(draws=200))
    >>> explore_tactic_pairs(example_sample("simulated"), plan).n_family
    300
    """
    matrix = tactic_matrix(sample, study, level="tactic")
    provenance = provenance_of(sample, study, seed=study.seed)
    if isinstance(matrix, Unavailable):
        return Unavailable(what=_WHAT, why=matrix.why, provenance=provenance)
    family = pair_family(matrix, study, confirmatory=False)
    drawn = draw_null(matrix, study, "lower", _NULL, family.pairs) if family.pairs else None
    if drawn is None or isinstance(drawn, Unavailable):
        why = "no pair of tactics can be tested" if drawn is None else drawn.why
        return Unavailable(what=_WHAT, why=why, provenance=provenance)
    plan = study.cooccurrence
    ratios = sorted(plan.odds_ratios) or [10.0]
    explored = _Explored(matrix, study, family, drawn, ratios[-2] if len(ratios) > 1 else ratios[0])
    return TacticPairs(
        title="Pairs of tactics",
        n_family=family.n_family,
        tactics=tuple(_tactic(matrix, at) for at in range(len(matrix.terms))),
        pairs=explored.rows(),
        untested=family.untested,
        checks=(null_check(drawn, 1 - plan.conf_level),),
        n_relationships=matrix.n_rows,
        n_cases=int(matrix.cases.max()) + 1,
        false_discovery_rate=plan.false_discovery_rate,
        power_odds_ratio=explored.power_at,
        notes=(*_notes(family, study), *override_notes(study)),
        provenance=provenance,
    )


def _tactic(matrix: TacticMatrix, at: int) -> Tactic:
    codes = matrix.codes[:, at]
    return Tactic(
        term=matrix.terms[at],
        label=matrix.labels[at],
        domain=matrix.domains[at],
        n_units=int((codes != APPLICABLE_NOT).sum()),
        n_present=int((codes == PRESENT).sum()),
        n_absent=int((codes == ABSENT).sum()),
        n_undocumented=int((codes == UNDOCUMENTED).sum()),
    )


@dataclass(frozen=True, slots=True)
class _Explored:
    """Puts the columns of the exploratory table together."""

    matrix: TacticMatrix
    study: Study
    family: PairFamily
    drawn: DrawnNull
    power_at: float

    def rows(self) -> tuple[TacticPair, ...]:
        """Describe every pair that can be tested."""
        present = self.matrix.binary("lower")
        joint = self.drawn.observed.sum(axis=0)
        excess = joint - self.drawn.expected
        unit = np.where(self.drawn.adjusted.testable, self.drawn.std_error, np.inf)
        rates = false_discovery_rates(self.drawn.adjusted, self.drawn.counts)
        ratios = self._ratios()
        upper = self._upper()
        found = []
        for at, (i, j) in enumerate(self.family.pairs):
            both = int(joint[at])
            first, second = int(present[:, i].sum()), int(present[:, j].sum())
            rest = len(present) - first - second + both
            phi = association(both, first - both, second - both, rest, measure="phi")
            found.append(
                TacticPair(
                    first=self.matrix.terms[i],
                    second=self.matrix.terms[j],
                    n_both=both,
                    phi=None if isinstance(phi, Refusal) else phi,
                    excess=float(excess[at]),
                    statistic=float(excess[at] / unit[at]),
                    p_value=float(self.drawn.adjusted.p_values[at]),
                    q_value=float(rates[at]),
                    odds_ratio=ratios[at],
                    power=self._power(at),
                    statistic_upper=upper.get((i, j)),
                    listed=bool(rates[at] <= self.study.cooccurrence.false_discovery_rate),
                )
            )
        return tuple(found)

    def _ratios(self) -> list[OddsRatio | None]:
        tables = stratify_pairs(self.matrix.binary("lower"), self.matrix.cases)
        level = self.study.cooccurrence.conf_level
        found = (exact_stratified(tables[at], conf_level=level) for at in self.drawn.columns)
        return [None if isinstance(f, Refusal) else as_odds_ratio(f.exact) for f in found]

    def _power(self, at: int) -> float:
        """Tilt the drawn distribution by an odds ratio; see the note on approximate power."""
        family = tilted_family(*self._weights(at))
        if isinstance(family, Refusal):
            return 0.0
        region = central_region(family, level=1 - self.study.cooccurrence.conf_level)
        return power_at(family, self.power_at, region=region)

    def _weights(self, at: int) -> LogWeights:
        """Weigh every joint count that the totals of the cases allow, drawn or not."""
        i, j = self.family.pairs[at]
        held, counts = self.drawn.held, self.drawn.counts[:, at]
        first, second = held.totals[:, i], held.totals[:, j]
        low = int(np.maximum(0, first + second - held.sizes).sum())
        support = np.arange(low, int(np.minimum(first, second).sum()) + 1)
        times = np.bincount(counts - low, minlength=len(support))
        unit = max(float(self.drawn.std_error[at]), 1e-9)
        curve = -(((support - self.drawn.expected[at]) / unit) ** 2) / 2 - math.log(unit)
        curve += math.log(len(counts)) - math.log(2 * math.pi) / 2
        return support, np.where(times > 0, np.log(np.maximum(times, 1)), curve)

    def _upper(self) -> dict[tuple[int, int], float]:
        """Standardise the pairs that silence as presence leaves testable."""
        present = self.matrix.binary("upper")
        sums = present.sum(axis=0).tolist()
        varies = [0 < total < len(present) for total in sums]
        pairs = tuple(pair for pair in self.family.pairs if varies[pair[0]] and varies[pair[1]])
        found = draw_null(self.matrix, self.study, "upper", _NULL, pairs) if pairs else None
        if not isinstance(found, DrawnNull):
            return {}
        excess = found.observed.sum(axis=0) - found.expected
        unit = found.std_error
        moves = [bool(moved) for moved in np.atleast_1d(found.adjusted.testable)]
        return {pair: float(excess[at] / unit[at]) for at, pair in enumerate(pairs) if moves[at]}


def _notes(family: PairFamily, study: Study) -> tuple[Note, ...]:
    plan = study.cooccurrence
    return (
        Note(
            "exploratory",
            f"Exploratory: {len(family.pairs)} of {family.n_family} pairs can be tested, and none "
            "is claimed. A pair is listed where the false discovery rate that the draws give is at "
            f"most {plan.false_discovery_rate:.0%}; this holds on average over such lists.",
        ),
        Note(
            "fixed_totals",
            "The number of tactics of every relationship and of every tactic in every "
            "investigation are fixed. What is not documented counts as absent; the statistic with "
            "silence as presence stands beside.",
        ),
        Note(
            "approximate_power",
            "Power is that of the unadjusted test, from the draws; joint counts that were never "
            "drawn have the weight that a normal curve gives them.",
        ),
    )
