"""From folders and files to a checked, immutable `Sample`."""

from relatum.samples.sample import UNIT_TABLES, Origin, Sample, SampleInfo, SelectionStep
from relatum.samples.statuses import relationship_statuses, status_frame, unit_status

__all__ = [
    "UNIT_TABLES",
    "Origin",
    "Sample",
    "SampleInfo",
    "SelectionStep",
    "relationship_statuses",
    "status_frame",
    "unit_status",
]
