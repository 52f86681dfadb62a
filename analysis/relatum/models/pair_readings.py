"""One pair under one reading of silence: tests, odds ratios, and what single cases do."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from relatum.inference.blocks import pair_indices
from relatum.inference.common import FloatArray, IntArray, Interval, Refusal
from relatum.inference.count_nulls import LogWeights, convolve_counts, hypergeometric_counts
from relatum.inference.exact_power import detectable_odds_ratio, power_at
from relatum.inference.margin_tables import JointDistribution, joint_distribution
from relatum.inference.multiplicity import adjust_max_t
from relatum.inference.stratified import mantel_haenszel_many, stratify_pairs
from relatum.inference.tilting import tilted_family
from relatum.models.pair_family import varies_within
from relatum.models.pair_nulls import DrawnNull, draw_nulls, null_check
from relatum.models.tactic_matrix import MatrixCoding, TacticMatrix
from relatum.results.base import Unavailable
from relatum.results.cooccurrence import (
    NULL_LABELS,
    NullCheck,
    NullTest,
    OddsRatio,
    OverallTest,
    PairReading,
)
from relatum.study import Study

__all__ = ["Reading", "as_odds_ratio", "read_pairs"]

POWER = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """All pairs under one reading of silence.

    Attributes
    ----------
    coding : str
    pairs : mapping of pair to PairReading or Unavailable
    overall : tuple of OverallTest
    checks : tuple of NullCheck
    """

    coding: str
    pairs: dict[tuple[int, int], PairReading | Unavailable]
    overall: tuple[OverallTest, ...]
    checks: tuple[NullCheck, ...]


def read_pairs(
    matrix: TacticMatrix, study: Study, coding: MatrixCoding, pairs: tuple[tuple[int, int], ...]
) -> Reading:
    """Test pairs under one reading of silence.

    Parameters
    ----------
    matrix : TacticMatrix
    study : Study
        The plan: draws, level, odds ratios, seed.
    coding : {"lower", "upper", "statement_only"}
    pairs : tuple of tuple of int
        The pairs of the family that can be tested.

    Returns
    -------
    Reading
        A pair with an item that is constant in this reading, or that no case tells apart, is
        unavailable here; the max-T runs over the others.
    """
    reasons = {pair: _reason(matrix, coding, pair) for pair in pairs}
    open_pairs = tuple(pair for pair in pairs if not reasons[pair])
    found: dict[tuple[int, int], PairReading | Unavailable] = {
        pair: Unavailable(what="test of the pair", why=why) for pair, why in reasons.items() if why
    }
    if not open_pairs:
        return Reading(coding=coding, pairs=found, overall=(), checks=())
    nulls = draw_nulls(matrix, study, coding, open_pairs)
    found |= _Readings(matrix, study, coding, open_pairs, nulls).all()
    drawn = [null for null in nulls.values() if isinstance(null, DrawnNull)]
    level = 1 - study.cooccurrence.conf_level
    return Reading(
        coding=coding,
        pairs={pair: found[pair] for pair in pairs},
        overall=tuple(_overall(null) for null in drawn if null.null != "fixed_totals"),
        checks=tuple(null_check(null, level) for null in drawn),
    )


def _reason(matrix: TacticMatrix, coding: MatrixCoding, pair: tuple[int, int]) -> str:
    present, cases = matrix.binary(coding), matrix.cases[matrix.rows(coding)]
    if len(present) == 0:
        return "no relationship is left"
    for at in pair:
        held = present[:, at]
        if held.all() or not held.any():
            return f"{matrix.labels[at]} is the same in every relationship"
    varying = varies_within(present, cases)
    if not (varying[:, pair[0]] & varying[:, pair[1]]).any():
        return "no investigation holds relationships that differ in both"
    return ""


def _overall(null: DrawnNull) -> OverallTest:
    """Test the joint records of all pairs together."""
    sums = null.counts.sum(axis=1)
    observed = float(null.observed.sum())
    spread = float(sums.std(ddof=1))
    excess = observed - float(sums.mean())
    found = adjust_max_t([observed], sums[:, None])
    return OverallTest(
        coding=null.coding,
        null=null.null,
        excess=excess,
        std_error=spread,
        statistic=excess / spread if spread > 0 else 0.0,
        p_value=1.0 if isinstance(found, Refusal) else float(found.p_values[0]),
    )


@dataclass(frozen=True, slots=True)
class _Readings:
    """Puts the parts of every pair together."""

    matrix: TacticMatrix
    study: Study
    coding: MatrixCoding
    pairs: tuple[tuple[int, int], ...]
    nulls: dict[str, DrawnNull | Unavailable]

    def all(self) -> dict[tuple[int, int], PairReading]:
        """Read every pair."""
        keep = self.matrix.rows(self.coding)
        present, cases = self.matrix.binary(self.coding), self.matrix.cases[keep]
        depth = self.matrix.depth[keep]
        by_case = self._ratios(cases)
        by_depth = self._ratios(cases * (int(depth.max()) + 1) + depth)
        varying = varies_within(present, cases)
        exact = self._exact()
        found = {}
        for at, (i, j) in enumerate(self.pairs):
            low, high, without_two = self._leave_out(at)
            found[i, j] = PairReading(
                coding=self.coding,
                n_relationships=len(present),
                n_first=int(present[:, i].sum()),
                n_second=int(present[:, j].sum()),
                n_both=int((present[:, i] & present[:, j]).sum()),
                n_informative=int((varying[:, i] & varying[:, j])[cases].sum()),
                tests=tuple(self._test(null, at, exact[at]) for null in NULL_LABELS),
                by_case=by_case[at],
                by_case_depth=by_depth[at],
                at_fixed_totals=self._fixed_ratio(at, exact[at]),
                leave_out_low=low,
                leave_out_high=high,
                without_two=without_two,
            )
        return found

    def _exact(self) -> list[JointDistribution | Refusal]:
        """Count all matrices with fixed totals by the joint count of every pair."""
        null = self.nulls["fixed_totals"]
        if isinstance(null, Unavailable):
            return [Refusal("joint count with all totals fixed", null.why)] * len(self.pairs)
        return [joint_distribution(null.held, pair) for pair in self.pairs]

    def _test(
        self, name: str, at: int, exact: JointDistribution | Refusal
    ) -> NullTest | Unavailable:
        null = self.nulls[name]
        if isinstance(null, Unavailable):
            return null
        observed, spread = float(null.observed[:, at].sum()), float(null.std_error[at])
        if not null.adjusted.testable[at]:
            return Unavailable(
                what=f"comparison {NULL_LABELS[name]}", why="the joint count cannot vary"
            )
        counts = null.counts[:, at]
        tail = (1 - self.study.cooccurrence.conf_level) / 2
        low, high = np.quantile(counts, [tail, 1 - tail], method="inverted_cdf")
        expected = float(null.expected[at])
        power, detectable = self._power(null, at, exact)
        return NullTest(
            null=name,
            expected=expected,
            excess=observed - expected,
            std_error=spread,
            statistic=(observed - expected) / spread,
            p_value=float(null.adjusted.p_values[at]),
            p_adjusted=float(null.adjusted.adjusted[at]),
            band_low=float(low) - expected,
            band_high=float(high) - expected,
            power=power,
            detectable=detectable,
        )

    def _power(
        self, null: DrawnNull, at: int, exact: JointDistribution | Refusal
    ) -> tuple[tuple[float, ...], float | None]:
        """Tilt the null by odds ratios, and see how often it passes the critical value."""
        ratios = self.study.cooccurrence.odds_ratios
        critical = null.adjusted.critical(1 - self.study.cooccurrence.conf_level)
        family = tilted_family(*_weights(null, at, exact))
        if isinstance(family, Refusal) or not math.isfinite(critical):
            return tuple(0.0 for _ in ratios), None
        centre, unit = float(null.adjusted.centre[at]), float(null.adjusted.spread[at])
        region = np.abs(family.support - centre) / unit > critical
        power = tuple(power_at(family, ratio, region=region) for ratio in ratios)
        found: float | Refusal = Refusal("detectable odds ratio", "the test never rejects")
        if power_at(family, 1.0, region=region) < POWER:
            found = detectable_odds_ratio(family, region=region, power=POWER)
        return power, None if isinstance(found, Refusal) else found

    def _ratios(self, strata: IntArray) -> list[OddsRatio | Unavailable]:
        level = self.study.cooccurrence.conf_level
        numbered = np.unique(strata, return_inverse=True)[1]
        tables = stratify_pairs(self.matrix.binary(self.coding), numbered)
        every = pair_indices(len(self.matrix.terms))
        chosen = tables[[every.index(pair) for pair in self.pairs]]
        found = mantel_haenszel_many(chosen, conf_level=level)
        ratios: list[OddsRatio | Unavailable] = []
        for at in range(len(self.pairs)):
            if not found.estimable[at]:
                why = "no stratum holds relationships that tell for and against an association"
                ratios.append(Unavailable(what="Mantel-Haenszel odds ratio", why=why))
                continue
            ratios.append(
                OddsRatio(
                    estimate=float(np.exp(found.log_odds_ratio[at])),
                    conf_low=float(np.exp(found.conf_low[at])),
                    conf_high=float(np.exp(found.conf_high[at])),
                    conf_level=level,
                    method="mantel_haenszel",
                )
            )
        return ratios

    def _fixed_ratio(self, at: int, exact: JointDistribution | Refusal) -> OddsRatio | Unavailable:
        null = self.nulls["fixed_totals"]
        what = "odds ratio with all totals fixed"
        if isinstance(null, Unavailable) or isinstance(exact, Refusal):
            return Unavailable(what=what, why=exact.why if isinstance(exact, Refusal) else "")
        family = tilted_family(exact.support, exact.log_weight)
        if isinstance(family, Refusal):
            return Unavailable(what=what, why=family.why)
        level = self.study.cooccurrence.conf_level
        found = family.interval(int(null.observed[:, at].sum()), conf_level=level)
        return as_odds_ratio(found, "conditional_fixed_totals")

    def _leave_out(self, at: int) -> tuple[float | None, float | None, float | None]:
        """Range of the statistic with fixed totals without single cases, and without the two."""
        null = self.nulls["fixed_totals"]
        if isinstance(null, Unavailable) or null.held.n_blocks < 3:
            return None, None, None
        excess = null.observed[:, at] - null.draws.block_mean[:, null.columns[at]]
        variance = null.draws.block_variance[:, null.columns[at]]
        rest = excess.sum() - excess, variance.sum() - variance
        known = rest[1] > 1e-12
        values: FloatArray = rest[0][known] / np.sqrt(rest[1][known])
        left = float(variance[2:].sum())
        two = float(excess[2:].sum() / math.sqrt(left)) if left > 1e-12 else None
        if not len(values):
            return None, None, two
        return float(values.min()), float(values.max()), two


def as_odds_ratio(found: Interval, method: str = "conditional_exact") -> OddsRatio:
    """Turn an interval of an odds ratio into a result; infinite ends become open.

    Examples
    --------
    >>> whole = Interval(estimate=math.inf, conf_low=2.0, conf_high=math.inf, conf_level=0.9,
    ...                  method="exact")
    >>> held = as_odds_ratio(whole)
    >>> held.estimate, held.conf_low, held.conf_high
    (None, 2.0, None)
    """
    return OddsRatio(
        estimate=found.estimate if math.isfinite(found.estimate) else None,
        conf_low=found.conf_low,
        conf_high=found.conf_high if math.isfinite(found.conf_high) else None,
        conf_level=found.conf_level,
        method=method,
    )


def _weights(null: DrawnNull, at: int, exact: JointDistribution | Refusal) -> LogWeights:
    """Return the null distribution of a joint count: exact where it can be had, else as drawn."""
    pair = pair_indices(null.held.n_items)[null.columns[at]]
    if null.null != "fixed_totals":
        sums = null.held.totals[:, list(pair)]
        return convolve_counts(
            [
                hypergeometric_counts(int(a), int(b), int(n))
                for (a, b), n in zip(sums, null.held.sizes, strict=True)
            ]
        )
    if not isinstance(exact, Refusal):
        return exact.support, exact.log_weight
    support, counts = np.unique(null.counts[:, at], return_counts=True)
    return support.astype(np.int64), np.log(counts)
