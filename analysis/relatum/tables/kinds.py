"""The table of each kind of result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from relatum.errors import UsageError
from relatum.release import Released
from relatum.tables.audit import tabulate_arithmetic, tabulate_audit
from relatum.tables.clusters import tabulate_clusters
from relatum.tables.comparison import tabulate_parallels
from relatum.tables.comparison_benchmarks import tabulate_benchmarks
from relatum.tables.comparison_profile import tabulate_profile_distances
from relatum.tables.composites import tabulate_composites
from relatum.tables.cooccurrence import tabulate_pairs
from relatum.tables.depth_bias import tabulate_depth_bias
from relatum.tables.descriptive import (
    tabulate_distribution,
    tabulate_flow,
    tabulate_numbers,
    tabulate_sizes,
    tabulate_timeline,
    tabulate_unavailable,
)
from relatum.tables.domain_sets import tabulate_domain_sets
from relatum.tables.escape import tabulate_escape_rate
from relatum.tables.escape_curves import tabulate_incidence
from relatum.tables.escape_outcomes import tabulate_escape_outcomes
from relatum.tables.estimates import tabulate_estimates
from relatum.tables.familiar import tabulate_familiar
from relatum.tables.familiar_times import tabulate_group_times
from relatum.tables.imports import tabulate_import
from relatum.tables.multiverse import tabulate_agreement, tabulate_multiverse
from relatum.tables.planning import tabulate_plan
from relatum.tables.prevalence import tabulate_documentation, tabulate_prevalence
from relatum.tables.profiles import (
    tabulate_latent_classes,
    tabulate_tactic_clusters,
    tabulate_tactic_network,
)
from relatum.tables.registry_comparison import tabulate_registry_comparison
from relatum.tables.registry_differences import tabulate_registry_differences
from relatum.tables.registry_pairs import tabulate_registry_pairs
from relatum.tables.reporting import tabulate_states
from relatum.tables.retraction import tabulate_retraction
from relatum.tables.retraction_after import tabulate_retraction_path
from relatum.tables.retraction_contrasts import tabulate_contrast_counts
from relatum.tables.silence import tabulate_silence
from relatum.tables.table import Table
from relatum.tables.tactic_pairs import tabulate_tactic_pairs

__all__ = ["TABLES", "tabulate"]

#: The table of each kind of result; kinds that are only drawn have none.
TABLES: Mapping[str, Callable[[Released], Table]] = MappingProxyType(
    {
        "agreement": tabulate_agreement,
        "arithmetic_audit": tabulate_arithmetic,
        "cluster_diagnostics": tabulate_clusters,
        "comparison": tabulate_parallels,
        "comparison_benchmarks": tabulate_benchmarks,
        "comparison_profile": tabulate_profile_distances,
        "composite_claims": tabulate_composites,
        "cooccurrence": tabulate_pairs,
        "depth_bias": tabulate_depth_bias,
        "distribution": tabulate_distribution,
        "documentation": tabulate_documentation,
        "domain_sets": tabulate_domain_sets,
        "escape_curves": tabulate_incidence,
        "escape_outcomes": tabulate_escape_outcomes,
        "escape_rate": tabulate_escape_rate,
        "familiar_measures": tabulate_familiar,
        "familiar_times": tabulate_group_times,
        "flow": tabulate_flow,
        "import_report": tabulate_import,
        "latent_classes": tabulate_latent_classes,
        "multiverse": tabulate_multiverse,
        "prevalence": tabulate_prevalence,
        "prevalence_estimates": tabulate_estimates,
        "registry_comparison": tabulate_registry_comparison,
        "registry_differences": tabulate_registry_differences,
        "registry_pairs": tabulate_registry_pairs,
        "reporting": tabulate_states,
        "retraction": tabulate_retraction,
        "retraction_contrasts": tabulate_contrast_counts,
        "retraction_path": tabulate_retraction_path,
        "sample_audit": tabulate_audit,
        "sample_plan": tabulate_plan,
        "silence_sensitivity": tabulate_silence,
        "sizes": tabulate_sizes,
        "summary": tabulate_numbers,
        "tactic_clusters": tabulate_tactic_clusters,
        "tactic_network": tabulate_tactic_network,
        "tactic_pairs": tabulate_tactic_pairs,
        "timeline": tabulate_timeline,
        "unavailable": tabulate_unavailable,
    }
)


def tabulate(released: Released) -> Table:
    """Tabulate any released result by its kind.

    Raises
    ------
    UsageError
        If results of its kind are only drawn.
    """
    kind = released.result.kind
    if kind not in TABLES:
        msg = f"A result '{kind}' has no table; there are: {', '.join(TABLES)}."
        raise UsageError(msg)
    return TABLES[kind](released)
