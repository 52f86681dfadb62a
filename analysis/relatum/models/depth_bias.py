"""The bias demonstration: unrelated items that look related, until blanks stop being absence."""

from __future__ import annotations

from relatum.inference.common import Refusal
from relatum.inference.depth_bias import (
    DepthModel,
    PhiSummary,
    demonstrate_depth_bias,
    simulate_depth_records,
)
from relatum.results.base import Note, Unavailable
from relatum.results.depth_bias import (
    PUBLISHED_PHI,
    PUBLISHED_SOURCE,
    BiasParameters,
    BiasStep,
    DepthBiasDemonstration,
)
from relatum.results.provenance import provenance_of
from relatum.samples import Sample
from relatum.study import Study

__all__ = ["DECLARED_MODEL", "demonstrate_bias"]

#: Chosen so that the first three means come near those of a public registry (.178, .056, .017).
DECLARED_MODEL = DepthModel(
    prevalence=(0.90, 0.85, 0.80, 0.75, 0.70, 0.65, 0.60, 0.55),
    share_empty=0.13,
    centre=0.75,
    spread=1.0,
)

_LABELS = (
    ("all", "All records, blank as absent"),
    ("at_least_one", "At least one item recorded"),
    ("at_least_two", "At least two items recorded"),
    ("documented_pairs", "Both items documented"),
)


def demonstrate_bias(
    sample: Sample, study: Study, *, n_records: int = 20_000
) -> DepthBiasDemonstration | Unavailable:
    """Show how mean phi falls as blanks stop being absent, in records without any association.

    Parameters
    ----------
    sample : Sample
        The sample that the result is released with; none of its rows are used.
    study : Study
        The plan: its seed.
    n_records : int
        Records to simulate.

    Returns
    -------
    DepthBiasDemonstration or Unavailable
        Unavailable where there are too few records for a phi.

    Notes
    -----
    Each of eight items is truly present or not, independently of the others, and is documented
    with a probability that is the same for every item of a record and differs between records
    (logit normal; a declared share of records documents nothing). Only documented presence shows.
    The parameters give a similar fall of the means, not the same registry: published records are
    empty far more often, and their pairs differ more.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> from relatum.study import read_study
    >>> found = demonstrate_bias(example_sample("anna"), read_study())
    >>> [round(step.mean, 1) + 0.0 for step in found.steps]
    [0.2, 0.1, 0.0, 0.0]
    """
    provenance = provenance_of(sample, study, seed=study.seed)
    records = simulate_depth_records(DECLARED_MODEL, n=n_records, seed=study.seed)
    found = demonstrate_depth_bias(records.present, documented=records.documented)
    if isinstance(found, Refusal) or isinstance(found.steps[0], Refusal):
        refusal = found if isinstance(found, Refusal) else found.steps[0]
        why = refusal.why if isinstance(refusal, Refusal) else ""
        return Unavailable(what="bias demonstration", why=why, provenance=provenance)
    return DepthBiasDemonstration(
        title="How blanks that count as absence make unrelated items look related",
        steps=tuple(
            _step(rule, label, step)
            for (rule, label), step in zip(_LABELS, found.steps, strict=True)
        ),
        share_without_any=found.share_empty,
        parameters=BiasParameters(
            n_records=n_records,
            prevalence=DECLARED_MODEL.prevalence,
            share_empty=DECLARED_MODEL.share_empty,
            centre=DECLARED_MODEL.centre,
            spread=DECLARED_MODEL.spread,
        ),
        published=PUBLISHED_PHI,
        published_source=PUBLISHED_SOURCE,
        notes=_notes(n_records),
        provenance=provenance,
    )


def _step(rule: str, label: str, found: PhiSummary | Refusal) -> BiasStep:
    if isinstance(found, Refusal):
        return BiasStep(
            rule=rule,
            label=label,
            n_records=0,
            n_pairs=0,
            mean=None,
            low=None,
            high=None,
            share_positive=None,
            why=found.why,
        )
    return BiasStep(
        rule=rule,
        label=label,
        n_records=found.n_rows,
        n_pairs=found.n_pairs,
        mean=found.mean,
        low=found.low,
        high=found.high,
        share_positive=found.share_positive,
        why="",
    )


def _notes(n_records: int) -> tuple[Note, ...]:
    return (
        Note(
            "no_association",
            f"The {n_records:,} records are simulated and hold no association by construction: "
            "every item is independent of every other. No row of the sample is used.",
        ),
        Note(
            "uneven_depth",
            "Only the depth of documentation differs between records. Whatever lies above 0 is "
            "made by counting blanks as absence; leaving out records without an item pulls the "
            "other way, because a condition of at least one makes unrelated items negatively "
            "related.",
        ),
        Note(
            "published_phi",
            f"Values of the public registry are {PUBLISHED_SOURCE}. What is true in it is not "
            "known. The parameters of the simulation were chosen so that the means fall in a "
            "similar way; in the registry more records are empty, and pairs differ more.",
        ),
    )
