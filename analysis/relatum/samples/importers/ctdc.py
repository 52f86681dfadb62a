"""Files of the Counter-Trafficking Data Collaborative (CTDC) become a sample.

Three layouts are read: the k-anonymised Global Dataset (63 columns beside the terms of use in the
first; -99 stands for nothing), the Global Synthetic Dataset since 2024 (27 columns; 1 or blank) and
the Global Victim-Perpetrator Synthetic Dataset (16 columns). In all of them blank, -99 and 0 are
not documented and never absence: the files say which means of control were recorded, not which
were ruled out. Column names follow the CTDC data codebook (version 6, 2017) and the headers of the
published files.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from relatum.samples.importers.base import Imported, finish_import
from relatum.samples.importers.registry_build import (
    RecordTables,
    build_tables,
    design_frame,
    discards_of,
    numbered,
)
from relatum.samples.importers.registry_records import open_records
from relatum.samples.sample import SampleInfo

__all__ = ["import_ctdc"]

ATTRIBUTION = (
    "Source: Counter-Trafficking Data Collaborative (CTDC), International Organization for "
    "Migration, https://www.ctdatacollaborative.org."
)
TERMS = (
    "By using this data you agree to the terms of use at "
    "https://www.ctdatacollaborative.org/terms-use. Do not try to identify anybody."
)
TITLES = {
    "k_anonymised": "CTDC Global Dataset, k-anonymised",
    "synthetic": "CTDC Global Synthetic Dataset",
    "victim_perpetrator": "CTDC Global Victim-Perpetrator Synthetic Dataset",
}


def import_ctdc(paths: Sequence[str | Path]) -> Imported:
    """Import files of one layout of CTDC.

    Every record becomes a case of its own with one victim, one suspect and their relationship,
    because the files tell neither who was in the same investigation nor who controlled several
    victims. Nothing says that the two were a couple: the design file holds how the recruiter
    stood to the victim. Means that merge several tactics become a domain (``dom_*``). Records of
    the synthetic layouts describe nobody, so their sample is marked as simulated.

    Parameters
    ----------
    paths : sequence of str or Path
        CSV files of one layout.

    Returns
    -------
    Imported
        With the design file: year, age band, kinds of exploitation, recruiter.

    Raises
    ------
    ImportFailedError
        With every fault of every file.
    """
    records = open_records("ctdc", paths)
    simulated = records.layout != "k_anonymised"
    keep = np.ones(records.n, dtype=bool)
    own = RecordTables(
        keep=keep,
        cases=numbered("case", records.n),
        population=np.full(records.n, "trafficking", dtype=object),
        simulated=simulated,
    )
    info = SampleInfo(
        name=f"ctdc-{records.layout.replace('_', '-')}",
        title=TITLES[records.layout],
        origin="simulated" if simulated else "collected",
        schema_version="",
    )
    return finish_import(
        build_tables(records, own),
        info,
        discards=discards_of(records, keep),
        attribution=ATTRIBUTION,
        terms=TERMS,
        design=design_frame(records, keep),
    )
