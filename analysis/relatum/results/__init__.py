"""The frozen shapes that every later step reads: results, notes, provenance, the store."""

from relatum.results.base import Note, Provenance, Result, Unavailable
from relatum.results.distributions import (
    Distribution,
    GroupSizes,
    LevelCount,
    SizeBand,
    Sizes,
    Summary,
    SummaryRow,
)
from relatum.results.documentation import (
    DepthLink,
    Documentation,
    DocumentationCell,
    DocumentationMatrix,
)
from relatum.results.flow import Flow, FlowStep
from relatum.results.prevalence import Prevalence, PrevalenceRow
from relatum.results.timeline import Timeline, TimelineEvent

__all__ = [
    "DepthLink",
    "Distribution",
    "Documentation",
    "DocumentationCell",
    "DocumentationMatrix",
    "Flow",
    "FlowStep",
    "GroupSizes",
    "LevelCount",
    "Note",
    "Prevalence",
    "PrevalenceRow",
    "Provenance",
    "Result",
    "SizeBand",
    "Sizes",
    "Summary",
    "SummaryRow",
    "Timeline",
    "TimelineEvent",
    "Unavailable",
]
