"""All analyses of a plan: from a sample to named results."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TypeAlias

from relatum.errors import EstimationError, PlanError
from relatum.models.agreement import fit_agreement
from relatum.models.audit import audit_published, fit_audit
from relatum.models.clusters import diagnose_clusters
from relatum.models.comparison import compare_samples
from relatum.models.comparison_benchmarks import compare_benchmarks
from relatum.models.comparison_profile import compare_profiles
from relatum.models.comparison_samples import open_pair
from relatum.models.composites import describe_composites
from relatum.models.cooccurrence import estimate_cooccurrence
from relatum.models.depth_bias import demonstrate_bias
from relatum.models.describe import describe
from relatum.models.documentation import describe_documentation, list_documentation
from relatum.models.domain_sets import count_domain_sets
from relatum.models.escape_curves import trace_escape_curves
from relatum.models.escape_outcomes import describe_escape_outcomes
from relatum.models.escape_rate import estimate_escape_rate
from relatum.models.escape_windows import list_escape_windows
from relatum.models.estimates import estimate_prevalence_intervals
from relatum.models.familiar import describe_familiar
from relatum.models.familiar_times_sample import describe_sample_times
from relatum.models.imports import describe_import
from relatum.models.multiverse import run_multiverse
from relatum.models.open_data import open_times
from relatum.models.prevalence import estimate_prevalence
from relatum.models.profiles import describe_profiles
from relatum.models.reporting import estimate_reporting
from relatum.models.retraction import estimate_retraction
from relatum.models.retraction_contrasts import contrast_reports
from relatum.models.retraction_path import trace_retraction_path
from relatum.models.retraction_windows import list_report_windows
from relatum.models.silence import estimate_silence
from relatum.models.tactic_pairs import explore_tactic_pairs
from relatum.models.timeline import trace_timeline
from relatum.results.base import Result, Unavailable
from relatum.samples import Sample, example_sample
from relatum.study import Study

__all__ = ["ANALYSES", "Fitted", "fit"]

Fitted: TypeAlias = Result | Unavailable


def _audit(sample: Sample, study: Study) -> Mapping[str, Fitted]:
    return {"audit": fit_audit(sample, study), "arithmetic": audit_published()}


def _prevalence(sample: Sample, study: Study) -> Mapping[str, Fitted]:
    return {"prevalence": estimate_prevalence(sample, study)}


def _documentation(sample: Sample, study: Study) -> Mapping[str, Fitted]:
    return {
        "documentation": describe_documentation(sample, study),
        "documentation_matrix": list_documentation(sample, study),
        "imports": describe_import(sample, study),
        "agreement": fit_agreement(sample, seed=study.seed),
    }


def _for_narrated(study: Study) -> Study:
    """Return the plan for the narrated case, in which the coders of a sample do not occur."""
    return replace(study, coder="") if study.coder else study


def _timeline(sample: Sample, study: Study) -> Mapping[str, Fitted]:
    """Trace the narrated case: it is public, so its timeline goes with every sample."""
    return {"timeline": trace_timeline(example_sample("anna"), _for_narrated(study))}


def _estimates(sample: Sample, study: Study) -> Mapping[str, Fitted]:
    return {
        "clusters": diagnose_clusters(sample, study),
        "estimates": estimate_prevalence_intervals(sample, study),
        "silence": estimate_silence(sample, study),
    }


def _multiverse(sample: Sample, study: Study) -> Mapping[str, Fitted]:
    return {"multiverse": run_multiverse(sample, study)}


def _cooccurrence(sample: Sample, study: Study) -> Mapping[str, Fitted]:
    return {
        "cooccurrence": estimate_cooccurrence(sample, study),
        "domain_sets": count_domain_sets(sample, study),
        "composites": describe_composites(sample, study),
        "tactic_pairs": explore_tactic_pairs(sample, study),
        "familiar": describe_familiar(sample, study),
        "depth_bias": demonstrate_bias(sample, study),
        **describe_profiles(sample, study),
    }


def _escape(sample: Sample, study: Study) -> Mapping[str, Fitted]:
    return {
        "escape_rate": estimate_escape_rate(sample, study),
        "escape_curves": trace_escape_curves(sample, study),
        "escape_outcomes": describe_escape_outcomes(sample, study),
        "escape_windows": list_escape_windows(sample, study),
        "escape_familiar": describe_sample_times(sample, study),
    }


def _recidivism(_sample: Sample, study: Study) -> Mapping[str, Fitted]:
    """Apply the familiar estimators to open data: they are public and go with every sample."""
    return {"recidivism": open_times("recidivism", study)}


def _reporting(sample: Sample, study: Study) -> Mapping[str, Fitted]:
    return {"reporting": estimate_reporting(sample, study)}


def _retraction(sample: Sample, study: Study) -> Mapping[str, Fitted]:
    """Estimate steps back; the path is that of the narrated case, with every sample."""
    return {
        "retraction": estimate_retraction(sample, study),
        "retraction_contrasts": contrast_reports(sample, study),
        "report_windows": list_report_windows(sample, study),
        "retraction_path": trace_retraction_path(example_sample("anna"), _for_narrated(study)),
    }


def _comparison(sample: Sample, study: Study) -> Mapping[str, Fitted]:
    pair = open_pair(sample, study)
    return {
        "comparison": compare_samples(sample, study, pair=pair),
        "comparison_profile": compare_profiles(sample, study, pair=pair),
        "comparison_benchmarks": compare_benchmarks(sample, study),
    }


#: What each analysis of a plan computes; the names are those of `relatum.study.MODELS`.
ANALYSES: Mapping[str, Callable[[Sample, Study], Mapping[str, Fitted]]] = MappingProxyType(
    {
        "audit": _audit,
        "descriptive": describe,
        "prevalence": _prevalence,
        "documentation": _documentation,
        "timeline": _timeline,
        "estimates": _estimates,
        "multiverse": _multiverse,
        "cooccurrence": _cooccurrence,
        "escape": _escape,
        "recidivism": _recidivism,
        "reporting": _reporting,
        "retraction": _retraction,
        "comparison": _comparison,
    }
)


def fit(sample: Sample, study: Study) -> Mapping[str, Fitted]:
    """Run the analyses of a plan.

    Parameters
    ----------
    sample : Sample
        The data.
    study : Study
        The plan; its `models` run in their fixed order.

    Returns
    -------
    mapping of str to Result or Unavailable
        By name. What cannot be estimated is an `Unavailable` with the reason.

    Raises
    ------
    PlanError
        If the plan names an analysis that does not exist.
    EstimationError
        If nothing at all could be estimated.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from relatum.study import read_study
    >>> plan = replace(read_study(), models=("timeline",))
    >>> list(fit(example_sample("anna"), plan))
    ['timeline']
    """
    unknown = [name for name in study.models if name not in ANALYSES]
    if unknown:
        msg = f"'{unknown[0]}' is not an analysis; there are: {', '.join(ANALYSES)}."
        raise PlanError(msg)
    results: dict[str, Fitted] = {}
    for name, analysis in ANALYSES.items():
        if name in study.models:
            results |= analysis(sample, study)
    if all(isinstance(result, Unavailable) for result in results.values()):
        reasons = "; ".join(str(result) for result in results.values()) or "the plan asks nothing"
        msg = f"Nothing could be estimated: {reasons}."
        raise EstimationError(msg)
    return MappingProxyType(results)
