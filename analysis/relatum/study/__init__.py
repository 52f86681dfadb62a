"""The plan of an analysis: `Study`, read from ``study.toml``; unknown keys are errors."""

from relatum.study.plans import (
    GATES,
    MODELS,
    MULTIVERSE_AXES,
    CooccurrencePlan,
    DescriptivePlan,
    EscapePlan,
    EstimatesPlan,
    Format,
    Gate,
    MultiversePlan,
    PrevalencePlan,
    Profile,
    ReleasePlan,
    ReportingPlan,
    ReportsPlan,
    RetractionPlan,
    Study,
)
from relatum.study.read import read_study

__all__ = [
    "GATES",
    "MODELS",
    "MULTIVERSE_AXES",
    "CooccurrencePlan",
    "DescriptivePlan",
    "EscapePlan",
    "EstimatesPlan",
    "Format",
    "Gate",
    "MultiversePlan",
    "PrevalencePlan",
    "Profile",
    "ReleasePlan",
    "ReportingPlan",
    "ReportsPlan",
    "RetractionPlan",
    "Study",
    "read_study",
]
