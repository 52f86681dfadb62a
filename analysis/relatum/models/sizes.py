"""How suspects, victims and relationships are spread."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from relatum.inference.clusters import diagnose_clusters
from relatum.inference.common import Refusal
from relatum.models.counting import included_cases
from relatum.results.base import Note, Unavailable
from relatum.results.distributions import (
    GroupSizes,
    SizeBand,
    Sizes,
)
from relatum.results.provenance import provenance_of
from relatum.samples import Sample
from relatum.study import Study

__all__ = ["CASE_BANDS", "describe_sizes"]

#: Bands of relationships per case, the smallest first; the last is open.
CASE_BANDS: tuple[tuple[int, int | None], ...] = ((1, 2), (3, 5), (6, 20), (21, None))

_CLOSE = Note(
    "few_clusters",
    "The effective number of cases counts equal cases with the same information: "
    "(sum of sizes)^2 / sum of squared sizes.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grouping:
    variable: str
    label: str
    group: str
    member: str
    table: str
    key: str
    bands: tuple[tuple[int, int | None], ...]


_PEOPLE = ((0, 0), (1, 1), (2, 3), (4, 7), (8, 20), (21, None))
_GROUPINGS = (
    _Grouping(
        variable="case_n_suspects",
        label="Suspects per case",
        group="case",
        member="suspect",
        table="suspects",
        key="case_id",
        bands=_PEOPLE,
    ),
    _Grouping(
        variable="case_n_victims",
        label="Victims per case",
        group="case",
        member="victim",
        table="victims",
        key="case_id",
        bands=_PEOPLE,
    ),
    _Grouping(
        variable="case_n_relationships",
        label="Relationships per case",
        group="case",
        member="relationship",
        table="relationships",
        key="case_id",
        bands=((0, 0), *CASE_BANDS),
    ),
    _Grouping(
        variable="suspect_n_relationships",
        label="Relationships per suspect",
        group="suspect",
        member="relationship",
        table="relationships",
        key="suspect_id",
        bands=((0, 0), (1, 1), (2, 4), (5, 9), (10, None)),
    ),
    _Grouping(
        variable="victim_n_relationships",
        label="Relationships per victim",
        group="victim",
        member="relationship",
        table="relationships",
        key="victim_id",
        bands=((0, 0), (1, 1), (2, None)),
    ),
)


def describe_sizes(sample: Sample, study: Study) -> Sizes | Unavailable:
    """Describe how suspects, victims and relationships are spread over cases and persons.

    Parameters
    ----------
    sample : Sample
        The data.
    study : Study
        The plan.

    Returns
    -------
    Sizes or Unavailable
        Unavailable where the sample holds no case.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> from relatum.study import read_study
    >>> print(describe_sizes(example_sample("anna"), read_study()).groups[2].sizes)
    (1,)
    """
    provenance = provenance_of(sample, study)
    if not included_cases(sample):
        return Unavailable(what="sizes", why="the sample holds no case", provenance=provenance)
    groups = tuple(_group_sizes(sample, grouping) for grouping in _GROUPINGS)
    return Sizes(groups=groups, notes=(_CLOSE,), provenance=provenance)


def _group_ids(sample: Sample, group: str) -> pd.Index:
    if group == "case":
        return pd.Index(included_cases(sample), dtype="string")
    return sample.unit_ids(group)


def _group_sizes(sample: Sample, grouping: _Grouping) -> GroupSizes:
    held = sample.tables[grouping.table][grouping.key]
    counts = held.value_counts().reindex(_group_ids(sample, grouping.group), fill_value=0)
    sizes = tuple(sorted((int(n) for n in counts), reverse=True))
    labels = np.repeat(np.arange(len(sizes)), sizes)
    spread = diagnose_clusters(labels) if len(labels) else Refusal("sizes", "there is no member")
    known = None if isinstance(spread, Refusal) else spread
    return GroupSizes(
        variable=grouping.variable,
        label=grouping.label,
        group=grouping.group,
        member=grouping.member,
        sizes=sizes,
        bands=_bands(grouping, sizes),
        effective_groups=float(known.effective_clusters) if known else None,
        two_largest_share=sum(sizes[:2]) / sum(sizes) if known else None,
    )


def _bands(grouping: _Grouping, sizes: tuple[int, ...]) -> tuple[SizeBand, ...]:
    counted = [
        (low, high, sum(low <= n and (high is None or n <= high) for n in sizes))
        for low, high in grouping.bands
    ]
    return tuple(
        SizeBand(
            variable=grouping.variable,
            label=grouping.label,
            group=grouping.group,
            member=grouping.member,
            low=low,
            high=high,
            n_groups=n,
            n_groups_all=len(sizes),
            n_members_all=sum(sizes),
        )
        for low, high, n in counted
    )
