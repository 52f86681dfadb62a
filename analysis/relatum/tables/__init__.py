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
from relatum.tables.escape_entry import (
    tabulate_entry_dependence,
)
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
from relatum.tables.familiar_times import (
    tabulate_cause_shares,
    tabulate_group_times,
    tabulate_mean_contrasts,
    tabulate_time_tests,
    tabulate_times_at_risk,
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
from relatum.tables.reporting import (
    tabulate_reasons,
    tabulate_report_incidence,
    tabulate_states,
    tabulate_testimony_flow,
    tabulate_transitions,
)
from relatum.tables.retraction import (
    tabulate_joint,
    tabulate_retraction,
    tabulate_retraction_variants,
)
from relatum.tables.retraction_after import (
    tabulate_after,
    tabulate_determinants,
    tabulate_retraction_path,
)
from relatum.tables.retraction_contrasts import (
    tabulate_contrast_counts,
    tabulate_familiar_contrasts,
    tabulate_model_fit,
    tabulate_penalised,
)
from relatum.tables.retraction_selection import (
    tabulate_contact_rates,
    tabulate_reporter_bounds,
    tabulate_selection,
)
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
    say_entry_dependence,
    say_escape_rate,
    say_incidence,
    say_mean_number,
    say_naive,
    say_outcome,
    say_variants,
)
from relatum.tables.say_targets import say_case_average, say_finite, say_unit_weighted
from relatum.tables.say_testimony import (
    say_reason,
    say_reasons,
    say_report_incidence,
    say_state,
)
from relatum.tables.say_testimony_contrasts import (
    say_contact_ratio,
    say_contrast,
    say_penalised,
    say_reporter_bounds,
)
from relatum.tables.say_testimony_steps import (
    say_after,
    say_joint,
    say_retraction,
    say_retraction_variants,
)
from relatum.tables.say_times import (
    say_hazard_ratio,
    say_median_time,
    say_restricted_difference,
    say_restricted_mean,
    say_share_without,
    say_time_events,
    say_time_ratio,
    say_time_source,
    say_time_test,
)
from relatum.tables.silence import tabulate_silence
from relatum.tables.table import Column, Row, Table
from relatum.tables.tactic_pairs import tabulate_tactic_pairs
from relatum.tables.time_models import (
    tabulate_time_fits,
    tabulate_time_models,
)

__all__ = [
    "TABLES",
    "Column",
    "Row",
    "Table",
    "say",
    "say_after",
    "say_case_average",
    "say_composite",
    "say_contact_ratio",
    "say_contrast",
    "say_entry_dependence",
    "say_escape_rate",
    "say_finite",
    "say_hazard_ratio",
    "say_incidence",
    "say_joint",
    "say_listed",
    "say_matrix_wide",
    "say_mean_number",
    "say_median_time",
    "say_naive",
    "say_order",
    "say_outcome",
    "say_overall",
    "say_pair",
    "say_penalised",
    "say_power",
    "say_reason",
    "say_reasons",
    "say_report_incidence",
    "say_reporter_bounds",
    "say_restricted_difference",
    "say_restricted_mean",
    "say_retraction",
    "say_retraction_variants",
    "say_share_without",
    "say_shown",
    "say_state",
    "say_testable",
    "say_time_events",
    "say_time_ratio",
    "say_time_source",
    "say_time_test",
    "say_unit_weighted",
    "say_variants",
    "tabulate",
    "tabulate_after",
    "tabulate_agreement",
    "tabulate_answered",
    "tabulate_arithmetic",
    "tabulate_audit",
    "tabulate_cause_shares",
    "tabulate_cautions",
    "tabulate_class_profiles",
    "tabulate_clusters",
    "tabulate_composites",
    "tabulate_contact_rates",
    "tabulate_contrast_counts",
    "tabulate_depth_bias",
    "tabulate_depth_domains",
    "tabulate_determinants",
    "tabulate_distribution",
    "tabulate_documentation",
    "tabulate_domain_sets",
    "tabulate_duration_flow",
    "tabulate_entry_dependence",
    "tabulate_escape_outcomes",
    "tabulate_escape_rate",
    "tabulate_estimates",
    "tabulate_familiar",
    "tabulate_familiar_contrasts",
    "tabulate_familiar_tests",
    "tabulate_flow",
    "tabulate_group_times",
    "tabulate_incidence",
    "tabulate_joint",
    "tabulate_latent_classes",
    "tabulate_leave_out",
    "tabulate_matrix_statistics",
    "tabulate_mean_contrasts",
    "tabulate_model_fit",
    "tabulate_multiverse",
    "tabulate_null_checks",
    "tabulate_numbers",
    "tabulate_order",
    "tabulate_overall",
    "tabulate_pairs",
    "tabulate_penalised",
    "tabulate_power",
    "tabulate_preceding",
    "tabulate_prevalence",
    "tabulate_rate_covariates",
    "tabulate_rate_variants",
    "tabulate_ratios",
    "tabulate_readings",
    "tabulate_reasons",
    "tabulate_refused",
    "tabulate_registry_pairs",
    "tabulate_report_incidence",
    "tabulate_reporter_bounds",
    "tabulate_retraction",
    "tabulate_retraction_path",
    "tabulate_retraction_variants",
    "tabulate_selection",
    "tabulate_silence",
    "tabulate_sizes",
    "tabulate_spread",
    "tabulate_states",
    "tabulate_tactic_clusters",
    "tabulate_tactic_network",
    "tabulate_tactic_pairs",
    "tabulate_testimony_flow",
    "tabulate_time_fits",
    "tabulate_time_models",
    "tabulate_time_tests",
    "tabulate_timeline",
    "tabulate_times_at_risk",
    "tabulate_transitions",
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
        "familiar_times": tabulate_group_times,
        "flow": tabulate_flow,
        "latent_classes": tabulate_latent_classes,
        "multiverse": tabulate_multiverse,
        "prevalence": tabulate_prevalence,
        "prevalence_estimates": tabulate_estimates,
        "registry_pairs": tabulate_registry_pairs,
        "reporting": tabulate_states,
        "retraction": tabulate_retraction,
        "retraction_contrasts": tabulate_contrast_counts,
        "retraction_path": tabulate_retraction_path,
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
