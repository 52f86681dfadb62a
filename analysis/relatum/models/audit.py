"""Audits: published figures beside a sample, and their own arithmetic."""

from __future__ import annotations

from dataclasses import replace

from relatum import __version__
from relatum.models.audit_arithmetic import (
    check_relationships,
    check_selection,
    check_suspects,
    check_words,
    relationship_solutions,
    suspect_solutions,
)
from relatum.models.audit_figures import Figures
from relatum.models.audit_persons import check_ages, check_countries, check_durations
from relatum.results.audit import ArithmeticAudit, SampleAudit
from relatum.results.base import Note, Provenance
from relatum.results.provenance import provenance_of
from relatum.samples import Sample
from relatum.samples.facts import FactCheck, evaluate_facts
from relatum.schema import load_schema
from relatum.schema.facts import Facts, load_facts, load_verbal_rules
from relatum.study import Study

__all__ = ["audit_published", "fit_audit"]

_TITLE = "The published figures of the chapter"


def fit_audit(sample: Sample, study: Study | None = None) -> SampleAudit:
    """Put every published figure beside the value of a sample.

    Parameters
    ----------
    sample : Sample
        Any sample. For one other than the chapter's a verdict ``outside`` is a difference, not a
        fault.
    study : Study, optional
        The plan; it may name the coder.

    Returns
    -------
    SampleAudit
        One check per figure; those that cannot be computed say why. Of a collected sample the
        values of single persons (youngest, oldest) are not shown, only their verdicts.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> fit_audit(example_sample("anna")).count("equal") > 0
    True
    """
    coder = study.coder or None if study is not None else None
    checks = evaluate_facts(sample, coder=coder)
    if sample.info.origin == "collected":
        checks = tuple(_veiled(sample, check) for check in checks)
    return SampleAudit(
        checks=checks,
        notes=_sample_notes(sample, checks),
        provenance=provenance_of(sample, study),
    )


def _veiled(sample: Sample, check: FactCheck) -> FactCheck:
    """Hide a value that is one person's: the smallest or largest of a sensitive field."""
    fact = load_facts()[check.id]
    if fact.evaluator not in ("minimum", "maximum") or check.value is None:
        return check
    if not sample.schema[fact.arguments["table"]][fact.arguments["column"]].sensitive:
        return check
    return replace(
        check,
        value=None,
        value_least=None,
        value_most=None,
        residual=0.0,
        why="computed; not shown, because it is the value of one person",
    )


def _sample_notes(sample: Sample, checks: tuple[FactCheck, ...]) -> tuple[Note, ...]:
    missing = sum(check.value is None for check in checks)
    silent = sum(check.value is not None and not check.certain for check in checks)
    notes = [
        Note(
            "lower_bounds",
            "Values count what is documented; what is not documented is not counted as absent. "
            f"For {silent} figures silence could change the verdict.",
        ),
        Note("without_value", f"{missing} figures cannot be computed; each says why."),
    ]
    if sample.info.origin == "simulated":
        text = "The sample is simulated to satisfy the hard figures: agreement is no finding."
        notes.append(Note("simulated", text))
    else:
        text = "The figures are those of the chapter's sample; another sample may well differ."
        notes.append(Note("other_sample", text))
    return tuple(notes)


def audit_published(facts: Facts | None = None) -> ArithmeticAudit:
    """Check whether the published figures add up, and what they force.

    Parameters
    ----------
    facts : Facts, optional
        The figures; the shipped ones by default.

    Returns
    -------
    ArithmeticAudit
        Its `solutions` hold every size of the investigations that fits.

    Raises
    ------
    SchemaError
        If a figure that the arithmetic needs is missing or is not exact.

    Examples
    --------
    >>> audit = audit_published()
    >>> print(audit.check("age_twenties").finding)
    The women in their twenties average 21.9 to 24.4.
    >>> [(s.name, s.n_solutions) for s in audit.solutions]
    [('suspects_per_case', 25), ('relationships_per_case', 318)]
    """
    held = facts or load_facts()
    figures = Figures(held)
    checks = (
        *check_selection(figures),
        *check_suspects(figures),
        *check_relationships(figures),
        *check_ages(figures),
        *check_durations(figures),
        *check_countries(figures),
        *check_words(figures, load_verbal_rules()),
    )
    return ArithmeticAudit(
        title=_TITLE,
        checks=checks,
        solutions=(suspect_solutions(figures), relationship_solutions(figures)),
        notes=(
            Note("enumerated", "Sizes were enumerated over whole numbers, not simulated."),
            Note("no_proof", "Figures that add up may still be wrong; no_power marks empty tests."),
        ),
        provenance=_published_provenance(held),
    )


def _published_provenance(facts: Facts) -> Provenance:
    return Provenance(
        relatum_version=__version__,
        schema_version=load_schema().version,
        sample_name="published figures",
        sample_fingerprint=facts.fingerprint,
        sample_origin="published",
    )
