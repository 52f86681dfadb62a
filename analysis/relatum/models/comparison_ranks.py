"""Whether barriers to reporting stand in the same order in both samples."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from relatum.inference.common import Refusal
from relatum.inference.rank_agreement import rank_agreement
from relatum.models.comparison_samples import Pair, Side, sample_named
from relatum.models.comparison_verdicts import Margins
from relatum.results.comparison import CROSSED, CodedContrast, RowSide
from relatum.schema.status import ABSENT, APPLICABLE_NOT, PRESENT, UNDOCUMENTED
from relatum.study import Study

__all__ = ["BARRIERS", "barrier_matrix", "contrast_ranks"]

FloatArray = npt.NDArray[np.float64]

#: The prefix of the codes whose order is compared.
BARRIERS = "bar_"


def contrast_ranks(
    pair: Pair, margins: Margins, study: Study
) -> tuple[tuple[CodedContrast, ...], tuple[RowSide, RowSide]] | str:
    """Compare the order of barriers under both crossed codings.

    Parameters
    ----------
    pair : Pair
    margins : Margins
    study : Study

    Returns
    -------
    contrasts and sides, or str
        The reason where the orders cannot be compared.
    """
    found = []
    for coding in CROSSED:
        first, second = coding.split("_")
        a, cases_a = barrier_matrix(pair.trafficking, first)
        b, cases_b = barrier_matrix(pair.domestic_violence, second)
        if min(len(a), len(b)) == 0:
            return "no victim with a recorded contact with the police in one of the samples"
        agreed = rank_agreement(
            a,
            cases_a,
            b,
            cases_b,
            margin=margins.low or 0.0,
            n_bootstrap=study.comparison.draws,
            seed=study.seed,
            conf_level=1 - study.comparison.level,
        )
        if isinstance(agreed, Refusal):
            return sample_named(agreed.why)
        found.append(
            CodedContrast(
                coding=coding,
                standardised=False,
                estimate=agreed.tau,
                conf_low_90=agreed.lower_limit,
                conf_high_90=None,
                conf_low_95=agreed.conf_low,
                conf_high_95=agreed.conf_high,
                p_value=agreed.p_margin,
            )
        )
    return tuple(found), (_side(pair.trafficking), _side(pair.domestic_violence))


def barrier_matrix(side: Side, coding: str) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    """Return 1, 0 and NaN for every victim with a contact and every barrier, and their cases.

    Parameters
    ----------
    side : Side
    coding : {"low", "high", "documented"}
        Silence as absent, as present, or left out (NaN).

    Returns
    -------
    matrix : ndarray, shape (n_victims, n_barriers)
    cases : ndarray of int, shape (n_victims,)
    """
    book = side.sample.schema.codebook.values()
    names = [code.id for code in book if code.id.startswith(BARRIERS) and code.is_coding]
    statuses = np.stack([side.statuses(name, "victim") for name in names], axis=1)
    ids = side.sample.unit_ids("victim")[side.unit_rows("victim")]
    contacts = side.sample.tables["police_contacts"]["victim_id"].dropna()
    rows = np.asarray(ids.isin(contacts), dtype=bool)
    silent = {"low": 0.0, "high": 1.0, "documented": np.nan}[coding]
    values = np.full(statuses.shape, np.nan)
    values[statuses == PRESENT] = 1.0
    values[statuses == ABSENT] = 0.0
    values[statuses == UNDOCUMENTED] = silent
    values[statuses == APPLICABLE_NOT] = np.nan
    return values[rows], side.unit_cases("victim")[rows]


def _side(side: Side) -> RowSide:
    low, cases = barrier_matrix(side, "low")
    high, _ = barrier_matrix(side, "high")
    return RowSide(
        n_units=len(low),
        n_cases=len(np.unique(cases)),
        n_present=None,
        n_absent=None,
        n_undocumented=None,
        low=float(np.nanmean(low)),
        high=float(np.nanmean(high)),
        documented=None,
    )
