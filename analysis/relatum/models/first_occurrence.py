"""Which domain is recorded first in a relationship, by interval dates and never by mid-points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from relatum.inference.common import Refusal
from relatum.inference.multiplicity import adjust_holm
from relatum.inference.order import compare_intervals, sign_test
from relatum.models.tactic_matrix import TacticMatrix
from relatum.results.base import Unavailable
from relatum.results.composites import OrderRow
from relatum.results.words import domain_label
from relatum.samples import Sample
from relatum.schema.status import PRESENT
from relatum.study import Study

__all__ = ["DECLARED_PAIRS", "ORDERED_DOMAINS", "order_domains"]

#: The domains that are ordered.
ORDERED_DOMAINS: tuple[str, ...] = (
    *("economic", "control", "rules", "isolation", "intimidation", "violence"),
)
#: The pairs of the declared sequence: economic, then control, then violence.
DECLARED_PAIRS: tuple[tuple[str, str], ...] = (
    ("economic", "control"),
    ("control", "violence"),
    ("economic", "violence"),
)
_DAY = np.timedelta64(1, "D")
_WHY = ("no relationship can be ordered", "all ordered relationships lie in one investigation")
BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]


def order_domains(
    sample: Sample, study: Study, matrix: TacticMatrix, *, ids: pd.Series
) -> tuple[OrderRow, ...] | Unavailable:
    """Compare the first dated records of every pair of domains, relationship by relationship.

    Parameters
    ----------
    sample : Sample
        The data.
    study : Study
        The plan: coder.
    matrix : TacticMatrix
        Statuses of the domains.
    ids : Series of str, shape (n_rows,)
        The relationships of the matrix, in its order.

    Returns
    -------
    tuple of OrderRow or Unavailable
        The declared pairs first, then the others. Unavailable where no record has a date.

    Notes
    -----
    The first record of a domain lies in [min of the earliest days, min of the latest days] over
    its dated records. A relationship counts only if the intervals of two domains share no day.
    The two-sided sign test takes cases as units of chance; p-values are adjusted after Holm
    within each family, whose size does not depend on the data.
    """
    spans = _spans(sample, study, ids)
    if not spans.dated.any():
        return Unavailable(
            what="order of first record",
            why="no record of a domain has a date",
            provenance=matrix.provenance,
        )
    others = [pair for pair in combinations(ORDERED_DOMAINS, 2) if pair not in DECLARED_PAIRS]
    families = (("declared", DECLARED_PAIRS), ("further", tuple(others)))
    return tuple(
        row
        for family, pairs in families
        for row in _adjusted([_pair(family, pair, len(pairs), spans, matrix) for pair in pairs])
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spans:
    """First dated records, shape (n_rows, n_domains); NaN where a domain has none."""

    low: FloatArray
    high: FloatArray
    undated: BoolArray

    @property
    def dated(self) -> BoolArray:
        return ~np.isnan(self.low)


def _spans(sample: Sample, study: Study, ids: pd.Series) -> _Spans:
    rows = _records(sample, study)
    at = pd.Index(ids).get_indexer(pd.Index(rows["unit_id"]))
    used = at >= 0
    rows, at = rows.loc[used], at[used]
    to = rows["at"].to_numpy(dtype=np.int64)
    earliest, latest = _days(rows["date_lower"]), _days(rows["date_upper"])
    dated = ~(np.isnan(earliest) & np.isnan(latest))
    shape = (len(ids), len(ORDERED_DOMAINS))
    low, high = np.full(shape, np.inf), np.full(shape, np.inf)
    held, undated = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    place = (at[dated], to[dated])
    np.minimum.at(low, place, np.nan_to_num(earliest[dated], nan=-np.inf))
    np.minimum.at(high, place, np.nan_to_num(latest[dated], nan=np.inf))
    held[place] = True
    act = ~dated & (rows["entity"] == "tactic").to_numpy(dtype=bool)
    undated[at[act], to[act]] = True
    return _Spans(
        low=np.where(held, low, np.nan), high=np.where(held, high, np.nan), undated=undated
    )


def _records(sample: Sample, study: Study) -> pd.DataFrame:
    """Return what the chosen coder found present, with the domain of each row."""
    codes = {
        code.id: code
        for code in sample.schema.codebook.values()
        if code.entity in ("tactic", "domain") and code.domain in ORDERED_DOMAINS
    }
    rows = sample.tables["codings"]
    coder = sample.chosen_coder(study.coder or None)
    keep = (rows["unit_type"] == "relationship") & (rows["status"] == "present")
    keep &= (rows["coder_id"] == coder) & rows["code"].isin(list(codes))
    rows = rows.loc[keep.fillna(False).to_numpy(dtype=bool)]
    held = [codes[str(name)] for name in rows["code"]]
    return rows.assign(
        at=[ORDERED_DOMAINS.index(code.domain) for code in held],
        entity=[code.entity for code in held],
    )


def _days(column: pd.Series) -> FloatArray:
    dates = column.to_numpy(dtype="datetime64[D]")
    days = (dates - np.datetime64("1970-01-01", "D")) / _DAY
    return np.where(np.isnat(dates), np.nan, days).astype(np.float64)


def _pair(
    family: str, pair: tuple[str, str], size: int, spans: _Spans, matrix: TacticMatrix
) -> OrderRow:
    one, other = (ORDERED_DOMAINS.index(domain) for domain in pair)
    columns = [matrix.domains.index(domain) for domain in pair]
    both = (matrix.codes[:, columns] == PRESENT).all(axis=1)
    order = compare_intervals(
        spans.low[both, one],
        spans.high[both, one],
        spans.low[both, other],
        spans.high[both, other],
    )
    fully = ~(spans.undated[both, one] | spans.undated[both, other])
    test = sign_test(order.sign, matrix.cases[both])
    known = None if isinstance(test, Refusal) else test
    n_cases = len(np.unique(matrix.cases[both][order.sign != 0]))
    n_both, n_dated = int(both.sum()), int(order.dated.sum())
    return OrderRow(
        family=family,
        first=pair[0],
        second=pair[1],
        first_label=domain_label(pair[0]),
        second_label=domain_label(pair[1]),
        n_both=n_both,
        n_first=int((order.sign > 0).sum()),
        n_second=int((order.sign < 0).sum()),
        n_overlap=int((order.dated & (order.sign == 0)).sum()),
        n_undated=n_both - n_dated,
        n_fully_dated=int((fully & (order.sign != 0)).sum()),
        share_undated=(n_both - n_dated) / n_both if n_both else None,
        n_cases=n_cases,
        n_unbalanced=known.n_unbalanced if known else 0,
        p_binomial=known.p_binomial if known else None,
        p_value=known.p_value if known else None,
        smallest_p=known.smallest_p if known else None,
        p_adjusted=None,
        family_size=size,
        why="" if known else _WHY[min(n_cases, 1)],
    )


def _adjusted(rows: Sequence[OrderRow]) -> list[OrderRow]:
    tested = [row.p_value for row in rows if row.p_value is not None]
    found = adjust_holm(tested, family_size=len(rows))
    if isinstance(found, Refusal):
        return list(rows)
    values = iter(found.adjusted.tolist())
    return [row if row.p_value is None else replace(row, p_adjusted=next(values)) for row in rows]
