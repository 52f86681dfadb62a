"""Released results as tables, and as the words of a sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from relatum.errors import UsageError
from relatum.release import Released
from relatum.tables.audit import tabulate_arithmetic, tabulate_audit
from relatum.tables.clusters import tabulate_clusters
from relatum.tables.composites import (
    say_composite,
    say_order,
    tabulate_composites,
    tabulate_depth_domains,
    tabulate_order,
    tabulate_universal,
)
from relatum.tables.cooccurrence import (
    tabulate_pairs,
    tabulate_power,
    tabulate_ratios,
    tabulate_readings,
    tabulate_verdicts,
)
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
from relatum.tables.escape import (
    tabulate_duration_flow,
    tabulate_escape_rate,
    tabulate_rate_covariates,
    tabulate_rate_variants,
)
from relatum.tables.escape_curves import tabulate_incidence
from relatum.tables.escape_outcomes import (
    tabulate_answered,
    tabulate_escape_outcomes,
    tabulate_preceding,
)
from relatum.tables.estimates import (
    tabulate_estimates,
    tabulate_leave_out,
    tabulate_refused,
    tabulate_spread,
)
from relatum.tables.familiar import (
    tabulate_cautions,
    tabulate_familiar,
    tabulate_familiar_tests,
    tabulate_matrix_statistics,
)
from relatum.tables.multiverse import tabulate_agreement, tabulate_multiverse
from relatum.tables.pair_checks import (
    tabulate_null_checks,
    tabulate_overall,
    tabulate_untested,
)
from relatum.tables.prevalence import tabulate_documentation, tabulate_prevalence
from relatum.tables.profiles import (
    tabulate_class_profiles,
    tabulate_latent_classes,
    tabulate_tactic_clusters,
    tabulate_tactic_network,
)
from relatum.tables.registry_pairs import tabulate_registry_pairs
from relatum.tables.say import say
from relatum.tables.say_cooccurrence import (
    say_listed,
    say_matrix_wide,
    say_overall,
    say_pair,
    say_power,
    say_shown,
    say_testable,
)
from relatum.tables.say_escape import (
    say_escape_rate,
    say_incidence,
    say_mean_number,
    say_naive,
    say_outcome,
    say_variants,
)
from relatum.tables.say_targets import say_case_average, say_finite, say_unit_weighted
from relatum.tables.silence import tabulate_silence
from relatum.tables.table import Column, Row, Table
from relatum.tables.tactic_pairs import tabulate_tactic_pairs

__all__ = [
    "TABLES",
    "Column",
    "Row",
    "Table",
    "say",
    "say_case_average",
    "say_composite",
    "say_escape_rate",
    "say_finite",
    "say_incidence",
    "say_listed",
    "say_matrix_wide",
    "say_mean_number",
    "say_naive",
    "say_order",
    "say_outcome",
    "say_overall",
    "say_pair",
    "say_power",
    "say_shown",
    "say_testable",
    "say_unit_weighted",
    "say_variants",
    "tabulate",
    "tabulate_agreement",
    "tabulate_answered",
    "tabulate_arithmetic",
    "tabulate_audit",
    "tabulate_cautions",
    "tabulate_class_profiles",
    "tabulate_clusters",
    "tabulate_composites",
    "tabulate_depth_bias",
    "tabulate_depth_domains",
    "tabulate_distribution",
    "tabulate_documentation",
    "tabulate_domain_sets",
    "tabulate_duration_flow",
    "tabulate_escape_outcomes",
    "tabulate_escape_rate",
    "tabulate_estimates",
    "tabulate_familiar",
    "tabulate_familiar_tests",
    "tabulate_flow",
    "tabulate_incidence",
    "tabulate_latent_classes",
    "tabulate_leave_out",
    "tabulate_matrix_statistics",
    "tabulate_multiverse",
    "tabulate_null_checks",
    "tabulate_numbers",
    "tabulate_order",
    "tabulate_overall",
    "tabulate_pairs",
    "tabulate_power",
    "tabulate_preceding",
    "tabulate_prevalence",
    "tabulate_rate_covariates",
    "tabulate_rate_variants",
    "tabulate_ratios",
    "tabulate_readings",
    "tabulate_refused",
    "tabulate_registry_pairs",
    "tabulate_silence",
    "tabulate_sizes",
    "tabulate_spread",
    "tabulate_tactic_clusters",
    "tabulate_tactic_network",
    "tabulate_tactic_pairs",
    "tabulate_timeline",
    "tabulate_unavailable",
    "tabulate_universal",
    "tabulate_untested",
    "tabulate_verdicts",
]

#: The table of each kind of result; kinds that are only drawn have none.
TABLES: Mapping[str, Callable[[Released], Table]] = MappingProxyType(
    {
        "agreement": tabulate_agreement,
        "arithmetic_audit": tabulate_arithmetic,
        "cluster_diagnostics": tabulate_clusters,
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
        "flow": tabulate_flow,
        "latent_classes": tabulate_latent_classes,
        "multiverse": tabulate_multiverse,
        "prevalence": tabulate_prevalence,
        "prevalence_estimates": tabulate_estimates,
        "registry_pairs": tabulate_registry_pairs,
        "sample_audit": tabulate_audit,
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
