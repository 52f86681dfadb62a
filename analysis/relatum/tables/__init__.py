"""Released results as tables, and as the words of a sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from relatum.errors import UsageError
from relatum.release import Released
from relatum.tables.audit import tabulate_arithmetic, tabulate_audit
from relatum.tables.clusters import tabulate_clusters
from relatum.tables.descriptive import (
    tabulate_distribution,
    tabulate_flow,
    tabulate_numbers,
    tabulate_sizes,
    tabulate_timeline,
    tabulate_unavailable,
)
from relatum.tables.estimates import (
    tabulate_estimates,
    tabulate_leave_out,
    tabulate_refused,
    tabulate_spread,
)
from relatum.tables.multiverse import tabulate_agreement, tabulate_multiverse
from relatum.tables.prevalence import tabulate_documentation, tabulate_prevalence
from relatum.tables.say import say
from relatum.tables.say_targets import say_case_average, say_finite, say_unit_weighted
from relatum.tables.silence import tabulate_silence
from relatum.tables.table import Column, Row, Table

__all__ = [
    "TABLES",
    "Column",
    "Row",
    "Table",
    "say",
    "say_case_average",
    "say_finite",
    "say_unit_weighted",
    "tabulate",
    "tabulate_agreement",
    "tabulate_arithmetic",
    "tabulate_audit",
    "tabulate_clusters",
    "tabulate_distribution",
    "tabulate_documentation",
    "tabulate_estimates",
    "tabulate_flow",
    "tabulate_leave_out",
    "tabulate_multiverse",
    "tabulate_numbers",
    "tabulate_prevalence",
    "tabulate_refused",
    "tabulate_silence",
    "tabulate_sizes",
    "tabulate_spread",
    "tabulate_timeline",
    "tabulate_unavailable",
]

#: The table of each kind of result; kinds that are only drawn have none.
TABLES: Mapping[str, Callable[[Released], Table]] = MappingProxyType(
    {
        "agreement": tabulate_agreement,
        "arithmetic_audit": tabulate_arithmetic,
        "cluster_diagnostics": tabulate_clusters,
        "distribution": tabulate_distribution,
        "documentation": tabulate_documentation,
        "flow": tabulate_flow,
        "multiverse": tabulate_multiverse,
        "prevalence": tabulate_prevalence,
        "prevalence_estimates": tabulate_estimates,
        "sample_audit": tabulate_audit,
        "silence_sensitivity": tabulate_silence,
        "sizes": tabulate_sizes,
        "summary": tabulate_numbers,
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
