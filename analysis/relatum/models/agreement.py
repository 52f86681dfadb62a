"""Agreement of coders on two questions: whether a topic is documented, and what is shown."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from relatum.inference.agreement import bootstrap_agreement, estimate_agreement
from relatum.inference.agreement_core import Coefficient as Name
from relatum.inference.agreement_stages import (
    measure_date_overlap,
    measure_specific_agreement,
    split_stages,
)
from relatum.inference.common import FloatArray, Refusal, check_conf_level
from relatum.models.agreement_ratings import (
    CodeRatings,
    Coding,
    coded_alone,
    collect_ratings,
    pick_coders,
)
from relatum.results.agreement import (
    AgreementResult,
    AgreementRow,
    Coefficient,
    DateAgreement,
    Disagreement,
    StageAgreement,
    Verdict,
)
from relatum.results.base import Note, Unavailable
from relatum.results.provenance import provenance_of
from relatum.samples import Sample
from relatum.schema.status import ABSENT, APPLICABLE_NOT, PRESENT, Status

__all__ = ["CONFIRMATORY", "TENTATIVE", "fit_agreement"]

#: Krippendorff's alpha from which a code may enter confirmatory, and tentative, analyses.
CONFIRMATORY, TENTATIVE = 0.80, 0.67
#: The two possible answers: both are possible even where only one was given.
_ANSWERS = (0.0, 1.0)
_LABELS = {status.code: status.value for status in Status}


def fit_agreement(
    first: Sample,
    second: Sample | None = None,
    *,
    coders: Sequence[str] = (),
    conf_level: float = 0.95,
    draws: int = 2000,
    seed: int = 0,
) -> AgreementResult | Unavailable:
    """Compare coders, code by code.

    Parameters
    ----------
    first : Sample
        The data of one coder, or of several.
    second : Sample, optional
        The data of another coder on the same units, matched by their ids.
    coders : sequence of str, optional
        With one sample the coders to compare, all but ``consensus`` by default; with two the
        coder of each.
    conf_level : float
        Level of the limits.
    draws, seed : int
        Resamples of cases, and their seed.

    Returns
    -------
    AgreementResult or Unavailable
        Per code two questions: documented or not; and, where two coders call it documented,
        present or absent. Unavailable where no two coders rated the same unit.

    Raises
    ------
    SampleError
        If a coder does not exist.
    ValueError
        For a level outside 0 to 1.

    Notes
    -----
    Cohen's kappa falls with the prevalence of an item although coders agree as often; it is
    printed beside AC1, Brennan-Prediger, alpha and the positive and negative agreement. Limits
    resample cases, because relationships of one case share a file.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> anna = example_sample("anna")
    >>> found = fit_agreement(anna, anna, draws=50)
    >>> found.overall.documented.n_agreed == found.overall.documented.n_pairs
    True
    """
    check_conf_level(conf_level)
    codings = pick_coders(first, second, coders=coders)
    provenance = provenance_of(first, seed=seed)
    if len(codings) < 2:
        there = f"there is only '{codings[0].name}'" if codings else "nothing is coded"
        why = f"two coders are needed, and {there}"
        return Unavailable(what="agreement", why=why, provenance=provenance)
    collected = collect_ratings(codings)
    ratings = [held for held in collected if held.units]
    if not ratings:
        why = "no unit was rated by two coders; units are matched by their ids"
        return Unavailable(what="agreement", why=why, provenance=provenance)
    engine = _Engine(conf_level=conf_level, draws=draws, seed=seed)
    units = {(held.unit, unit) for held in ratings for unit in held.units}
    return AgreementResult(
        coders=tuple(coding.name for coding in codings),
        n_units=len(units),
        n_cases=len({case for held in ratings for case in held.cases}),
        rows=tuple(engine.row(held) for held in ratings),
        overall=engine.overall(ratings),
        disagreements=tuple(d for held in ratings for d in _disagreements(held)),
        conf_level=conf_level,
        n_draws=draws,
        notes=(*_notes(codings, second), coded_alone(collected)),
        provenance=provenance,
    )


class _Engine:
    """Computes the rows with one set of options."""

    def __init__(self, *, conf_level: float, draws: int, seed: int) -> None:
        self._conf_level = conf_level
        self._draws = draws
        self._seed = seed

    def row(self, held: CodeRatings) -> AgreementRow:
        documented, present = _questions(held.statuses)
        return self._row(
            held.code.id,
            held.code.label,
            held.code.domain,
            held.unit,
            stages=(self.stage(documented, held.cases), self.stage(present, held.cases)),
            days=held.days,
            n_disagreements=int(_differs(held.statuses).sum()),
        )

    def overall(self, ratings: Sequence[CodeRatings]) -> AgreementRow:
        cases = np.concatenate([held.cases for held in ratings])
        parts = [_questions(held.statuses) for held in ratings]
        documented, present = (np.concatenate([part[i] for part in parts]) for i in (0, 1))
        return self._row(
            "all_codes",
            "All codes together",
            "",
            "item",
            stages=(self.stage(documented, cases), self.stage(present, cases)),
            days=np.concatenate([held.days for held in ratings]),
            n_disagreements=sum(int(_differs(held.statuses).sum()) for held in ratings),
        )

    def _row(
        self,
        term: str,
        label: str,
        domain: str,
        unit: str,
        *,
        stages: tuple[StageAgreement | Unavailable, StageAgreement | Unavailable],
        days: FloatArray,
        n_disagreements: int,
    ) -> AgreementRow:
        return AgreementRow(
            term=term,
            label=label,
            domain=domain,
            unit=unit,
            documented=stages[0],
            present=stages[1],
            dates=_dates(days),
            n_disagreements=n_disagreements,
            verdict=_verdict(stages),
        )

    def stage(
        self, answers: FloatArray, cases: npt.NDArray[np.str_]
    ) -> StageAgreement | Unavailable:
        """Measure agreement on one question."""
        specific = measure_specific_agreement(answers)
        if isinstance(specific, Refusal):
            return Unavailable(what="agreement", why=specific.why)
        paired = (~np.isnan(answers)).sum(axis=1) >= 2
        held = answers[paired]
        agreed = np.nanmax(held, axis=1) == np.nanmin(held, axis=1)
        return StageAgreement(
            n_pairs=len(held),
            n_agreed=int(agreed.sum()),
            positive=specific.positive,
            negative=specific.negative,
            cohen=self._coefficient(held, cases[paired], "cohen"),
            brennan_prediger=self._coefficient(held, cases[paired], "brennan_prediger"),
            ac1=self._coefficient(held, cases[paired], "gwet"),
            alpha=self._coefficient(held, cases[paired], "krippendorff"),
        )

    def _coefficient(
        self, answers: FloatArray, cases: npt.NDArray[np.str_], name: Name
    ) -> Coefficient | Unavailable:
        found = estimate_agreement(answers, coefficient=name, categories=_ANSWERS)
        if isinstance(found, Refusal):
            return Unavailable(what=found.what, why=found.why)
        limits = bootstrap_agreement(
            answers,
            cases,
            coefficient=name,
            categories=_ANSWERS,
            conf_level=self._conf_level,
            draws=self._draws,
            seed=self._seed,
        )
        if isinstance(limits, Refusal):
            return Coefficient(
                estimate=found.estimate, conf_low=None, conf_high=None, why=limits.why
            )
        return Coefficient(
            estimate=found.estimate, conf_low=limits.conf_low, conf_high=limits.conf_high
        )


def _questions(statuses: npt.NDArray[np.int8]) -> tuple[FloatArray, FloatArray]:
    """Split statuses into the two questions; what does not apply was not asked."""
    rated = (statuses >= 0) & (statuses != APPLICABLE_NOT)
    documented = (statuses == PRESENT) | (statuses == ABSENT)
    stages = split_stages(statuses == PRESENT, documented, rated)
    return stages.documented, stages.present


def _differs(statuses: npt.NDArray[np.int8]) -> npt.NDArray[np.bool_]:
    rated = statuses >= 0
    low = np.where(rated, statuses, np.int8(9)).min(axis=1)
    high = np.where(rated, statuses, np.int8(-1)).max(axis=1)
    differs: npt.NDArray[np.bool_] = (rated.sum(axis=1) >= 2) & (low != high)
    return differs


def _disagreements(held: CodeRatings) -> list[Disagreement]:
    return [
        Disagreement(
            term=held.code.id,
            unit=held.unit,
            unit_id=held.units[at],
            statuses=tuple(_LABELS.get(int(s), "not_rated") for s in held.statuses[at]),
        )
        for at in np.flatnonzero(_differs(held.statuses))
    ]


def _dates(days: FloatArray) -> DateAgreement | Unavailable:
    pairs = list(itertools.combinations(range(days.shape[1]), 2))
    first = np.concatenate([days[:, one] for one, _ in pairs])
    other = np.concatenate([days[:, two] for _, two in pairs])
    found = measure_date_overlap(first[:, 0], first[:, 1], other[:, 0], other[:, 1])
    if isinstance(found, Refusal):
        return Unavailable(what=found.what, why=found.why)
    return DateAgreement(
        n_pairs=found.n_pairs,
        n_overlapping=found.n_overlapping,
        mean_jaccard=found.mean_jaccard,
    )


def _verdict(stages: Sequence[StageAgreement | Unavailable]) -> Verdict:
    """Judge by the smaller alpha of the two questions."""
    held = [stage.alpha for stage in stages if isinstance(stage, StageAgreement)]
    values = [alpha.estimate for alpha in held if isinstance(alpha, Coefficient)]
    if not values:
        return "not_known"
    if min(values) >= CONFIRMATORY:
        return "confirmatory"
    return "tentative" if min(values) >= TENTATIVE else "not_used"


def _notes(codings: Sequence[Coding], second: Sample | None) -> tuple[Note, ...]:
    notes = [
        Note(
            "two_questions",
            "First: does the file document the topic? Second, where two coders say so: is it "
            "present? The first is usually the weaker one.",
        ),
        Note(
            "who_rated",
            "A coder rated a relationship, a person, a case or an event with a coding about it; a "
            "code without an entry there counts as not documented. What one coder alone coded is "
            "not compared.",
        ),
        Note(
            "thresholds",
            "By the smaller Krippendorff's alpha of the two questions, before reconciliation: "
            f"confirmatory from {CONFIRMATORY:.2f}, tentative from {TENTATIVE:.2f}, below not "
            "used.",
        ),
        Note(
            "case_bootstrap",
            "Limits resample investigations, because relationships of one investigation share a "
            "file. With few investigations they are rough.",
        ),
    ]
    if second is not None:
        text = (
            f"'{codings[0].name}' codes the sample '{codings[0].sample.info.name}', "
            f"'{codings[1].name}' the sample '{second.info.name}' "
            f"(SHA-256 {second.fingerprint[:12]})."
        )
        notes.append(Note("samples", text))
    return tuple(notes)
