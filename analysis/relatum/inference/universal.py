"""Limits of a share at an assumed intra-case correlation, for statements about all units."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import special

from relatum.inference.common import Interval, Refusal, as_vector, check_conf_level, check_counts
from relatum.inference.icc import design_effect

__all__ = ["limits_at_icc"]


def limits_at_icc(
    count: int, sizes: npt.ArrayLike, *, icc: float, conf_level: float = 0.95
) -> Interval | Refusal:
    """Exact limits of a share, had the rows of a case the correlation that is assumed.

    Parameters
    ----------
    count : int
        Rows with the characteristic.
    sizes : array_like of int, shape (n_clusters,)
        All rows, per case.
    icc : float
        Intra-case correlation, between 0 and 1: an assumption, since a share of 0 or 1 shows none.
    conf_level : float

    Returns
    -------
    Interval or Refusal
        A refusal where there is no row. `n_effective` is the number of independent rows.

    Raises
    ------
    ValueError
        If the count exceeds the rows, or the correlation is not between 0 and 1.

    Notes
    -----
    Clopper-Pearson limits (doi:10.1093/biomet/26.4.404) of p n* successes among n* rows, with
    n* = N / (1 + (sum n_g^2 / N - 1) icc) and p = count / N. At 0 and N the interval is one-sided
    in effect, and keeps the two-sided tail. Assumes that the size of a case and the share in it
    are unrelated.

    Examples
    --------
    >>> sizes = [26, 22, 5, 5, 4, 3, 3, 1, 1, 1, 1, 1]
    >>> [round(limits_at_icc(73, sizes, icc=icc).conf_low, 2) for icc in (0.0, 0.1, 0.2)]
    [0.95, 0.88, 0.81]
    """
    check_conf_level(conf_level)
    check_counts({"count": count})
    if not 0.0 <= icc <= 1.0:
        raise ValueError(f"icc must lie between 0 and 1, not {icc!r}.")
    rows = as_vector(sizes, name="sizes")
    if not np.isfinite(rows).all() or (rows < 0).any() or count > rows.sum():
        raise ValueError("sizes must be counts of rows, and count must not exceed their sum.")
    found = design_effect(rows, icc=icc)
    if isinstance(found, Refusal):
        return Refusal("limits of a share", found.why)
    share, n = count / float(rows.sum()), found.n_effective
    hits, tail = share * n, (1.0 - conf_level) / 2.0
    low = 0.0 if count == 0 else float(special.betaincinv(hits, n - hits + 1.0, tail))
    high = 1.0 if share == 1.0 else float(special.betaincinv(hits + 1.0, n - hits, 1.0 - tail))
    return Interval(
        estimate=share,
        conf_low=low,
        conf_high=high,
        conf_level=conf_level,
        method="clopper_pearson_at_icc",
        n_effective=n,
    )
