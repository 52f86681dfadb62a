"""Repeated work on any number of workers: the same numbers for all of them.

Every simulation, resampling and crossing of choices goes through `run_replicates`, `run_tasks` or
`stream_tasks`: in this process, in threads, in processes, or on a Dask cluster (`on_cluster`).
"""

from relatum.workers.cluster import on_cluster
from relatum.workers.replicates import run_replicates, run_tasks, stream_tasks

__all__ = ["on_cluster", "run_replicates", "run_tasks", "stream_tasks"]
