"""The familiar measures of association of pairs of domains, with what each of them ignores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from relatum.inference.blocks import pair_indices
from relatum.inference.common import FloatArray, IntArray, Refusal
from relatum.inference.homogeneity import homogeneity_tests
from relatum.inference.joint_counts import count_joint
from relatum.inference.loglinear import fit_loglinear
from relatum.inference.matrix_null_statistics import compare_statistics
from relatum.inference.matrix_nulls import MatrixNull, draw_matrix_null
from relatum.inference.pair_probabilities import pair_probabilities
from relatum.inference.stratified import mantel_haenszel, stratify_pairs
from relatum.inference.two_by_two import describe_table, exact_association
from relatum.models.gates import override_notes
from relatum.models.pair_family import PairFamily, pair_family
from relatum.models.pair_nulls import null_seed
from relatum.models.pair_readings import as_odds_ratio
from relatum.models.tactic_matrix import TacticMatrix, tactic_matrix
from relatum.results.base import Note, Unavailable
from relatum.results.familiar import FamiliarMeasures, FamiliarRow, MatrixStatistic
from relatum.results.provenance import provenance_of
from relatum.samples import Sample
from relatum.study import Study

__all__ = ["describe_familiar"]

_WHAT = "familiar measures"
_LABELS = {
    "c_score": "C-score",
    "checker": "Pairs never recorded together",
    "species_combo": "Distinct combinations",
    "v_ratio": "Variance ratio",
}
_SCOPES = ("pooled", "within_cases")
#: Keeps these random numbers apart from those of the nulls of pairs.
_SEED_PATH = 9


def describe_familiar(sample: Sample, study: Study) -> FamiliarMeasures | Unavailable:
    """Compute what most studies print of two items, and of the whole matrix.

    Parameters
    ----------
    sample : Sample
        The data.
    study : Study
        The plan: level of the limits, draws, what makes relationships alike in documentation,
        seed.

    Returns
    -------
    FamiliarMeasures or Unavailable
        The pairs of domains that can be tested, with what is not documented counted as absent, and
        statistics of the matrix of their domains against the null with all totals fixed, over all
        relationships and within cases. Unavailable where no pair can be tested.

    Notes
    -----
    Nothing here answers whether domains are recorded together more often than chance at equal
    documentation: `relatum.models.cooccurrence.estimate_cooccurrence` does. A note says of every
    measure what it ignores.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from relatum.samples import example_sample
    >>> from relatum.study import CooccurrencePlan, read_study
    >>> plan = replace(read_study(), cooccurrence=CooccurrencePlan(draws=200))
    >>> found = describe_familiar(example_sample("simulated"), plan)
    >>> len(found.rows), len(found.matrix), found.n_relationships
    (6, 8, 73)
    """
    matrix = tactic_matrix(sample, study)
    provenance = provenance_of(sample, study, seed=study.seed)
    if isinstance(matrix, Unavailable):
        return Unavailable(what=_WHAT, why=matrix.why, provenance=provenance)
    family = pair_family(matrix, study)
    if not family.pairs:
        why = f"none of the {family.n_family} pairs of domains can be tested"
        return Unavailable(what=_WHAT, why=why, provenance=provenance)
    statistics, notes = _matrix_statistics(matrix, study, family)
    return FamiliarMeasures(
        title="Familiar measures",
        rows=_Measured(matrix, study, family).rows(),
        matrix=statistics,
        n_relationships=matrix.n_rows,
        conf_level=study.cooccurrence.conf_level,
        notes=(*_NOTES, *notes, *override_notes(study)),
        provenance=provenance,
    )


@dataclass(frozen=True, slots=True)
class _Measured:
    """Puts the columns of the table together."""

    matrix: TacticMatrix
    study: Study
    family: PairFamily

    def rows(self) -> tuple[FamiliarRow, ...]:
        """Describe every pair that can be tested."""
        present = self.matrix.binary("lower")
        counts = count_joint(present)
        spread = pair_probabilities(counts)
        more: FloatArray | None = None if isinstance(spread, Refusal) else spread.p_at_least
        depth = np.unique(self.matrix.depth, return_inverse=True)[1]
        by_case = stratify_pairs(present, self.matrix.cases)
        by_depth = stratify_pairs(present, depth)
        every = pair_indices(len(self.matrix.terms))
        found = []
        for pair in self.family.pairs:
            at = every.index(pair)
            veech = None if more is None else float(more[at])
            found.append(self._row(pair, counts.tables[at], by_case[at], by_depth[at], veech))
        return tuple(found)

    def _row(
        self,
        pair: tuple[int, int],
        table: IntArray,
        by_case: IntArray,
        by_depth: IntArray,
        veech: float | None,
    ) -> FamiliarRow:
        (i, j), matrix = pair, self.matrix
        cells = tuple(int(count) for count in table)
        level = self.study.cooccurrence.conf_level
        measures = describe_table(*cells)
        exact = exact_association(*cells, conf_level=level)
        common = mantel_haenszel(by_case, conf_level=level)
        same = homogeneity_tests(by_case)
        known = None if isinstance(exact, Refusal) else exact
        return FamiliarRow(
            first=matrix.terms[i],
            second=matrix.terms[j],
            first_label=matrix.labels[i],
            second_label=matrix.labels[j],
            both=cells[0],
            first_only=cells[1],
            second_only=cells[2],
            neither=cells[3],
            phi=_known(measures.phi),
            jaccard=_known(measures.jaccard),
            lift=_known(measures.lift),
            odds_ratio=as_odds_ratio(known.exact) if known else None,
            p_fisher=known.p_values.minlike if known else None,
            p_mid=known.p_values.mid_central if known else None,
            p_veech_more=veech,
            p_cmh=None if isinstance(common, Refusal) else common.cmh_p,
            p_homogeneity=None if isinstance(same, Refusal) else same.tarone_p,
            p_three_way=_three_way(by_depth),
        )


def _known(value: float | Refusal) -> float | None:
    return None if isinstance(value, Refusal) else value


def _three_way(by_depth: IntArray) -> float | None:
    """Test the log-linear model in which two items are associated with the stratum alone."""
    found = fit_loglinear(by_depth.T.reshape(2, 2, -1), [(0, 2), (1, 2)])
    if isinstance(found, Refusal) or found.df == 0:
        return None
    return found.g2_p


def _matrix_statistics(
    matrix: TacticMatrix, study: Study, family: PairFamily
) -> tuple[tuple[MatrixStatistic, ...], tuple[Note, ...]]:
    """Compare the matrix of the domains of all pairs with draws, pooled and within cases."""
    items = sorted({item for pair in family.pairs for item in pair})
    present = matrix.binary("lower")[:, items]
    rows: list[MatrixStatistic] = []
    notes = [_matrix_note([matrix.labels[item] for item in items])]
    for at, scope in enumerate(_SCOPES):
        found = draw_matrix_null(
            present,
            draws=study.cooccurrence.draws,
            seed=null_seed(study, _SEED_PATH, at),
            blocks=matrix.cases if scope == "within_cases" else None,
        )
        if isinstance(found, Refusal):
            where = "within investigations" if scope == "within_cases" else "over all"
            text = f"Statistics of the whole matrix are not available {where}: {found.why}."
            notes.append(Note("matrix_statistics", text))
            continue
        rows += _compared(found, scope)
    return tuple(rows), tuple(notes)


def _compared(null: MatrixNull, scope: str) -> list[MatrixStatistic]:
    return [
        MatrixStatistic(
            statistic=test.statistic,
            label=_LABELS[test.statistic],
            scope=scope,
            observed=test.observed,
            expected=test.expected,
            std_error=test.std_error,
            p_value=test.p_value,
        )
        for test in compare_statistics(null)
        if not isinstance(test, Refusal)
    ]


def _matrix_note(labels: list[str]) -> Note:
    return Note(
        "matrix_statistics",
        f"C-score and its like, of {', '.join(labels)}: one number for all pairs, so pairs above "
        "and below chance may cancel out. Draws keep how many domains each relationship has and "
        "how often each domain is recorded, by curveball trades. Over all investigations they "
        "ignore which relationships belong together; within investigations they keep it. In both, "
        "depth is held only as far as it shows in the number of domains, and silence counts as "
        "absence. The variance ratio cannot differ from the draws: the totals fix it.",
    )


_NOTES = (
    Note(
        "familiar",
        "These numbers are computed correctly, but the questions are not the one asked here. All "
        "count what is not documented as absent.",
    ),
    Note(
        "phi",
        "Phi ignores investigations, depth of documentation and silence: two domains that thick "
        "files document, and thin ones do not, correlate for that reason alone.",
    ),
    Note(
        "jaccard",
        "Jaccard ignores investigations, depth and silence, and what chance alone would give: it "
        "is high for any two domains that are often recorded.",
    ),
    Note(
        "lift",
        "Lift ignores investigations, depth and silence. It rises above 1 where some files "
        "document more than others, and stays near 1 for domains that are recorded almost always.",
    ),
    Note(
        "odds_ratio",
        "The odds ratio and its limits take relationships as independent: they ignore "
        "investigations, depth and silence, so the limits may be too narrow.",
    ),
    Note(
        "fisher",
        "Fisher's test ignores investigations, depth and silence: it takes every relationship as "
        "equally likely to have either domain recorded.",
    ),
    Note(
        "mid_p",
        "The mid-p value ignores the same as Fisher's test. It is less cautious, and so rejects "
        "more often where depth is uneven.",
    ),
    Note(
        "veech",
        "The probabilistic co-occurrence of Veech is one tail of Fisher's test, and ignores "
        "investigations, depth and silence as it does.",
    ),
    Note(
        "cmh",
        "Cochran-Mantel-Haenszel compares within investigations, but ignores depth and silence: "
        "relationships of one investigation differ in how much is documented.",
    ),
    Note(
        "tarone",
        "Tarone's test asks whether investigations differ in the odds ratio. It ignores depth and "
        "silence, and with few relationships per investigation its p value is rough.",
    ),
    Note(
        "loglinear",
        "The log-linear test compares at equal depth, in broad strata, but ignores investigations "
        "and silence.",
    ),
    Note(
        "type_one",
        "Uneven documentation alone, with nothing that goes together, makes Fisher's test and "
        "tests within investigations reject more than 20% of true nulls at 5% (simulated: "
        "tests/benchmarks/results/type_one_cooccurrence.md).",
    ),
)
