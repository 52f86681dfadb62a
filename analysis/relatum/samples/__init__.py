"""From folders and files to a checked, immutable `Sample`."""

from relatum.samples.check import check_sample
from relatum.samples.read import example_sample, open_sample, read_sample, shipped_path
from relatum.samples.sample import UNIT_TABLES, Origin, Sample, SampleInfo, SelectionStep
from relatum.samples.statuses import relationship_statuses, status_frame, unit_status
from relatum.samples.write import write_sample

__all__ = [
    "UNIT_TABLES",
    "Origin",
    "Sample",
    "SampleInfo",
    "SelectionStep",
    "check_sample",
    "example_sample",
    "open_sample",
    "read_sample",
    "relationship_statuses",
    "shipped_path",
    "status_frame",
    "unit_status",
    "write_sample",
]
