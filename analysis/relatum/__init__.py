"""relatum: statistics for relationships between suspects and victims coded from police files.

The names below are the package's public face. Each is imported from its module when it is first
used, so that ``import relatum`` and ``relatum --help`` stay quick.

Examples
--------
>>> import relatum
>>> relatum.example_sample("anna").n("relationships")
1
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from relatum.errors import Issue, RelatumError
    from relatum.models.agreement import fit_agreement
    from relatum.models.audit import audit_published, fit_audit
    from relatum.models.audit_table import audit_table
    from relatum.models.comparison import compare_samples
    from relatum.models.comparison_benchmarks import compare_benchmarks
    from relatum.models.comparison_profile import compare_profiles
    from relatum.models.cooccurrence import compare_pairs, estimate_cooccurrence
    from relatum.models.escape_curves import trace_escape_curves
    from relatum.models.escape_rate import estimate_escape_rate
    from relatum.models.familiar_times import describe_times
    from relatum.models.open_data import open_times
    from relatum.models.registry import fit
    from relatum.models.registry_check import check_registry
    from relatum.models.registry_comparison import compare_ctdc_dhs, compare_linea137
    from relatum.models.registry_differences import compare_registries, compare_registry_groups
    from relatum.models.registry_estimates import estimate_registry_intervals
    from relatum.models.registry_export import to_registry, write_registry
    from relatum.models.registry_pairs import pair_records, pair_registry
    from relatum.models.registry_prevalence import estimate_registry_prevalence
    from relatum.models.registry_records import read_records
    from relatum.models.reporting import estimate_reporting
    from relatum.models.retraction import estimate_retraction
    from relatum.models.retraction_contrasts import contrast_reports
    from relatum.models.tactic_matrix import matrix_of
    from relatum.models.time_records import TimeColumns, time_records
    from relatum.models.time_records_read import read_time_records
    from relatum.pipeline import open_results, run_study
    from relatum.release import release, release_all
    from relatum.results.base import Note, Provenance, Unavailable
    from relatum.samples import (
        Sample,
        check_sample,
        example_sample,
        open_sample,
        read_sample,
        status_frame,
        write_sample,
    )
    from relatum.samples.durations import trace_durations
    from relatum.samples.facts import evaluate_facts
    from relatum.samples.simulation import simulate_ensemble, simulate_sample, write_simulated
    from relatum.samples.testimony import trace_testimony
    from relatum.schema import Codebook, Schema, Status, load_schema, read_codebook
    from relatum.schema.facts import load_facts
    from relatum.study import Study, read_study
    from relatum.tables import tabulate

__all__ = [
    "Codebook",
    "Issue",
    "Note",
    "Provenance",
    "RelatumError",
    "Sample",
    "Schema",
    "Status",
    "Study",
    "TimeColumns",
    "Unavailable",
    "__version__",
    "audit_published",
    "audit_table",
    "check_registry",
    "check_sample",
    "compare_benchmarks",
    "compare_ctdc_dhs",
    "compare_linea137",
    "compare_pairs",
    "compare_profiles",
    "compare_registries",
    "compare_registry_groups",
    "compare_samples",
    "contrast_reports",
    "describe_times",
    "estimate_cooccurrence",
    "estimate_escape_rate",
    "estimate_registry_intervals",
    "estimate_registry_prevalence",
    "estimate_reporting",
    "estimate_retraction",
    "evaluate_facts",
    "example_sample",
    "fit",
    "fit_agreement",
    "fit_audit",
    "load_facts",
    "load_schema",
    "matrix_of",
    "open_results",
    "open_sample",
    "open_times",
    "pair_records",
    "pair_registry",
    "read_codebook",
    "read_records",
    "read_sample",
    "read_study",
    "read_time_records",
    "release",
    "release_all",
    "run_study",
    "simulate_ensemble",
    "simulate_sample",
    "status_frame",
    "tabulate",
    "time_records",
    "to_registry",
    "trace_durations",
    "trace_escape_curves",
    "trace_testimony",
    "write_registry",
    "write_sample",
    "write_simulated",
]

__version__ = "0.1.0"

_NAMES_OF = {
    "relatum.errors": ("Issue", "RelatumError"),
    "relatum.models.agreement": ("fit_agreement",),
    "relatum.models.audit": ("audit_published", "fit_audit"),
    "relatum.models.audit_table": ("audit_table",),
    "relatum.models.comparison": ("compare_samples",),
    "relatum.models.comparison_benchmarks": ("compare_benchmarks",),
    "relatum.models.comparison_profile": ("compare_profiles",),
    "relatum.models.cooccurrence": ("compare_pairs", "estimate_cooccurrence"),
    "relatum.models.escape_rate": ("estimate_escape_rate",),
    "relatum.models.escape_curves": ("trace_escape_curves",),
    "relatum.models.familiar_times": ("describe_times",),
    "relatum.models.open_data": ("open_times",),
    "relatum.models.time_records": ("TimeColumns", "time_records"),
    "relatum.models.time_records_read": ("read_time_records",),
    "relatum.samples.durations": ("trace_durations",),
    "relatum.samples.testimony": ("trace_testimony",),
    "relatum.models.registry": ("fit",),
    "relatum.models.registry_check": ("check_registry",),
    "relatum.models.registry_comparison": ("compare_ctdc_dhs", "compare_linea137"),
    "relatum.models.registry_differences": ("compare_registries", "compare_registry_groups"),
    "relatum.models.registry_estimates": ("estimate_registry_intervals",),
    "relatum.models.registry_export": ("to_registry", "write_registry"),
    "relatum.models.registry_pairs": ("pair_records", "pair_registry"),
    "relatum.models.registry_prevalence": ("estimate_registry_prevalence",),
    "relatum.models.registry_records": ("read_records",),
    "relatum.models.reporting": ("estimate_reporting",),
    "relatum.models.retraction": ("estimate_retraction",),
    "relatum.models.retraction_contrasts": ("contrast_reports",),
    "relatum.models.tactic_matrix": ("matrix_of",),
    "relatum.pipeline": ("open_results", "run_study"),
    "relatum.release": ("release", "release_all"),
    "relatum.results.base": ("Note", "Provenance", "Unavailable"),
    "relatum.samples": (
        "Sample",
        "check_sample",
        "example_sample",
        "open_sample",
        "read_sample",
        "status_frame",
        "write_sample",
    ),
    "relatum.samples.facts": ("evaluate_facts",),
    "relatum.samples.simulation": ("simulate_ensemble", "simulate_sample", "write_simulated"),
    "relatum.schema": ("Codebook", "Schema", "Status", "load_schema", "read_codebook"),
    "relatum.schema.facts": ("load_facts",),
    "relatum.study": ("Study", "read_study"),
    "relatum.tables": ("tabulate",),
}
_HOME = {name: module for module, names in _NAMES_OF.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'relatum' has no attribute '{name}'")
    value: object = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
