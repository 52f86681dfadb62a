"""Released results as tables, and as the words of a sentence."""

from __future__ import annotations

from relatum.tables.absent import table_or_reason, words_or_reason
from relatum.tables.audit import tabulate_arithmetic, tabulate_audit
from relatum.tables.clusters import tabulate_clusters
from relatum.tables.comparison import (
    tabulate_cases_needed,
    tabulate_compared_samples,
    tabulate_differences,
    tabulate_differing,
    tabulate_parallels,
)
from relatum.tables.comparison_benchmarks import (
    tabulate_benchmarks,
    tabulate_refused_benchmarks,
)
from relatum.tables.comparison_profile import (
    tabulate_balance,
    tabulate_compared_times,
    tabulate_profile_distances,
    tabulate_standardised,
)
from relatum.tables.comparison_sensitivity import (
    tabulate_margins,
    tabulate_row_sensitivity,
)
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
from relatum.tables.imports import say_import, tabulate_import
from relatum.tables.kinds import TABLES, tabulate
from relatum.tables.multiverse import tabulate_agreement, tabulate_multiverse
from relatum.tables.pair_checks import (
    tabulate_null_checks,
    tabulate_overall,
    tabulate_untested,
)
from relatum.tables.planning import (
    say_plan_cap,
    say_plan_events,
    say_plan_made,
    say_plan_needed,
    say_plan_size,
    tabulate_plan,
    tabulate_plan_advice,
    tabulate_plan_assurance,
    tabulate_plan_needed,
    tabulate_plan_settings,
)
from relatum.tables.planning_power import tabulate_plan_power
from relatum.tables.prevalence import tabulate_documentation, tabulate_prevalence
from relatum.tables.profiles import (
    tabulate_class_profiles,
    tabulate_latent_classes,
    tabulate_tactic_clusters,
    tabulate_tactic_network,
)
from relatum.tables.quality import tabulate_coders, tabulate_documented, tabulate_usable
from relatum.tables.registry_comparison import (
    say_registry_comparison,
    tabulate_registry_associations,
    tabulate_registry_changes,
    tabulate_registry_comparison,
)
from relatum.tables.registry_differences import tabulate_registry_differences
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
from relatum.tables.say_comparison import (
    say_assay,
    say_compared_samples,
    say_differing,
    say_margins,
    say_not_told,
    say_parallel,
    say_parallel_row,
)
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
from relatum.tables.table_one import tabulate_table_one
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
    "say_assay",
    "say_case_average",
    "say_compared_samples",
    "say_composite",
    "say_contact_ratio",
    "say_contrast",
    "say_differing",
    "say_entry_dependence",
    "say_escape_rate",
    "say_finite",
    "say_hazard_ratio",
    "say_import",
    "say_incidence",
    "say_joint",
    "say_listed",
    "say_margins",
    "say_matrix_wide",
    "say_mean_number",
    "say_median_time",
    "say_naive",
    "say_not_told",
    "say_order",
    "say_outcome",
    "say_overall",
    "say_pair",
    "say_parallel",
    "say_parallel_row",
    "say_penalised",
    "say_plan_cap",
    "say_plan_events",
    "say_plan_made",
    "say_plan_needed",
    "say_plan_size",
    "say_power",
    "say_reason",
    "say_reasons",
    "say_registry_comparison",
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
    "tabulate_balance",
    "tabulate_benchmarks",
    "tabulate_cases_needed",
    "tabulate_cause_shares",
    "tabulate_cautions",
    "tabulate_class_profiles",
    "tabulate_clusters",
    "tabulate_coders",
    "tabulate_compared_samples",
    "tabulate_compared_times",
    "tabulate_composites",
    "tabulate_contact_rates",
    "tabulate_contrast_counts",
    "tabulate_depth_bias",
    "tabulate_depth_domains",
    "tabulate_determinants",
    "tabulate_differences",
    "tabulate_differing",
    "tabulate_distribution",
    "tabulate_documentation",
    "tabulate_documented",
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
    "tabulate_import",
    "tabulate_incidence",
    "tabulate_joint",
    "tabulate_latent_classes",
    "tabulate_leave_out",
    "tabulate_margins",
    "tabulate_matrix_statistics",
    "tabulate_mean_contrasts",
    "tabulate_model_fit",
    "tabulate_multiverse",
    "tabulate_null_checks",
    "tabulate_numbers",
    "tabulate_order",
    "tabulate_overall",
    "tabulate_pairs",
    "tabulate_parallels",
    "tabulate_penalised",
    "tabulate_plan",
    "tabulate_plan_advice",
    "tabulate_plan_assurance",
    "tabulate_plan_needed",
    "tabulate_plan_power",
    "tabulate_plan_settings",
    "tabulate_power",
    "tabulate_preceding",
    "tabulate_prevalence",
    "tabulate_profile_distances",
    "tabulate_rate_covariates",
    "tabulate_rate_variants",
    "tabulate_ratios",
    "tabulate_readings",
    "tabulate_reasons",
    "tabulate_refused",
    "tabulate_refused_benchmarks",
    "tabulate_registry_associations",
    "tabulate_registry_changes",
    "tabulate_registry_comparison",
    "tabulate_registry_differences",
    "tabulate_registry_pairs",
    "tabulate_report_incidence",
    "tabulate_reporter_bounds",
    "tabulate_retraction",
    "tabulate_retraction_path",
    "tabulate_retraction_variants",
    "tabulate_row_sensitivity",
    "tabulate_selection",
    "tabulate_silence",
    "tabulate_sizes",
    "tabulate_spread",
    "tabulate_standardised",
    "tabulate_states",
    "tabulate_table_one",
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
    "tabulate_usable",
    "tabulate_verdicts",
]

# In a report a result that did not go out is replaced by a sentence, whatever would have shown it.
for _name in __all__:
    if _name.startswith("tabulate"):
        globals()[_name] = table_or_reason(globals()[_name])
    elif _name.startswith("say"):
        globals()[_name] = words_or_reason(globals()[_name])
del _name
