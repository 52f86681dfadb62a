"""The exact test of one yes or no covariate within cases.

The arithmetic is that of strata of 2 x 2 tables, which `stratified` has.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relatum.inference.clusters import index_clusters
from relatum.inference.common import IntArray, Refusal, find_non_finite
from relatum.inference.logit_rows import LogitRows
from relatum.inference.strata_tables import is_informative
from relatum.inference.stratified import exact_stratified
from relatum.inference.two_by_two import ExactAssociation

__all__ = ["WithinCaseTest", "index_cases", "within_case_test"]

WHAT = "exact test within cases"


@dataclass(frozen=True, slots=True, kw_only=True)
class WithinCaseTest:
    """Exact association of an outcome with one yes or no covariate, within cases.

    Attributes
    ----------
    association : ExactAssociation
        Of the odds ratio that cases have in common: exact and mid-p limits, and p values.
    n_informative, n_left_out : int
        Discordant cases, in which outcome and covariate vary, and the others.
    n_rows : int
        In the discordant cases.
    one_sided : Refusal or None
        Why there is no estimate and but one limit, if so.
    """

    association: ExactAssociation
    n_informative: int
    n_left_out: int
    n_rows: int
    one_sided: Refusal | None


def within_case_test(
    outcome: npt.ArrayLike,
    covariate: npt.ArrayLike,
    strata: npt.ArrayLike,
    *,
    conf_level: float = 0.95,
) -> WithinCaseTest | Refusal:
    """Test exactly whether an outcome goes with one yes or no covariate within cases.

    Parameters
    ----------
    outcome, covariate : array_like, shape (n,)
        1 and 0.
    strata : array_like, shape (n,)
        The case of each row.
    conf_level : float, default 0.95

    Returns
    -------
    WithinCaseTest or Refusal
        A refusal for values that are not finite, and where outcome and covariate vary together in
        no case.

    Raises
    ------
    ValueError
        For lengths that differ, values other than 1 and 0, or a level that is not between 0 and 1.

    Notes
    -----
    The totals of every case are held, and rows of a case taken as exchangeable: the joint count is
    a sum of hypergeometric ones. It is `relatum.inference.stratified.exact_stratified` on the
    tables of the cases; the estimate is that of `conditional_logit`.

    Examples
    --------
    >>> outcome, contact = [1, 0, 1, 0, 0, 1, 1, 0], [1, 0, 1, 0, 1, 0, 1, 0]
    >>> found = within_case_test(outcome, contact, [1, 1, 2, 2, 3, 3, 4, 4])
    >>> print(found.association.exact)
    3.000 (95% 0.241 to 157.492)
    >>> found.n_informative, found.one_sided
    (4, None)
    """
    rows = LogitRows(outcome=np.asarray(outcome), covariates=np.asarray(covariate))
    x = rows.covariates[:, 0]
    bad = find_non_finite(WHAT, {"outcomes": rows.outcome, "covariates": x})
    if bad is not None:
        return bad
    if rows.covariates.shape[1] != 1 or not np.isin(x, (0.0, 1.0)).all():
        raise ValueError("covariate must hold one value per row, and only 1 and 0.")
    codes = index_cases(strata, len(x))
    tables = np.zeros((int(codes.max()) + 1 if len(codes) else 0, 4))
    np.add.at(tables, (codes, (2 * (1 - rows.outcome) + 1 - x).astype(np.int64)), 1.0)
    used = is_informative(tables)
    found = exact_stratified(tables, conf_level=conf_level)
    if isinstance(found, Refusal):
        return Refusal(WHAT, "outcome and covariate vary together in no case")
    return WithinCaseTest(
        association=found,
        n_informative=int(used.sum()),
        n_left_out=int((~used).sum()),
        n_rows=int(tables[used].sum()),
        one_sided=_explain(found),
    )


def _explain(found: ExactAssociation) -> Refusal | None:
    """Say why there is but one limit, if so."""
    low, high = found.exact.conf_low, found.exact.conf_high
    if low > 0.0 and np.isfinite(high):
        return None
    extreme, left = ("few", "an upper") if np.isfinite(high) else ("many", "a lower")
    return Refusal(
        "odds ratio within cases",
        f"in every discordant case as {extreme} rows with the covariate have the outcome as its "
        f"totals allow, so there is {left} limit alone",
    )


def index_cases(strata: npt.ArrayLike, n: int) -> IntArray:
    """Give the case of each row a number from 0; raise ValueError for another number of rows."""
    codes = index_clusters(strata).codes
    if len(codes) != n:
        raise ValueError(f"strata has {len(codes)} values, but there are {n} rows.")
    return codes
