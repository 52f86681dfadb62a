"""Strata of relationships by what is documented: thirds of depth, statement of the victim."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from relatum.samples import Sample

__all__ = ["THIRDS", "DepthThirds", "depth_strata", "depth_thirds"]

#: Names of the thirds of documentation depth, thinnest files first.
THIRDS = ("thin", "middle", "thick")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DepthThirds:
    """Relationships by third of their documentation depth.

    Attributes
    ----------
    codes : ndarray of int, shape (n_relationships,)
        0 thin, 1 middle, 2 thick, -1 where no depth is recorded or all depths are equal.
    low, high : float or None
        The depths at which the thirds are cut; None where they cannot be.
    """

    codes: NDArray[np.int64]
    low: float | None
    high: float | None

    @property
    def words(self) -> tuple[str, ...]:
        """What each third holds, in words; empty where there is none."""
        if self.low is None or self.high is None:
            return ()
        low, high = self.low, self.high
        return (f"up to {low:g}", f"above {low:g}, up to {high:g}", f"above {high:g}")


def depth_thirds(depth: pd.Series) -> DepthThirds:
    """Cut at the thirds of the recorded depths; equal depths stay together.

    Parameters
    ----------
    depth : Series, shape (n_relationships,)
        Documentation depth; missing where it is not recorded.

    Examples
    --------
    >>> depth_thirds(pd.Series([1.0, 2.0, 9.0, None])).codes.tolist()
    [0, 1, 2, -1]
    """
    values = depth.to_numpy(dtype=np.float64, na_value=np.nan)
    known = values[~np.isnan(values)]
    if len(known) == 0 or known.min() == known.max():
        return DepthThirds(codes=np.full(len(values), -1, dtype=np.int64), low=None, high=None)
    low, high = np.quantile(known, [1 / 3, 2 / 3], method="inverted_cdf")
    codes = np.where(np.isnan(values), -1, (values > low).astype(np.int64) + (values > high))
    return DepthThirds(codes=codes.astype(np.int64), low=float(low), high=float(high))


def depth_strata(sample: Sample, depth: str) -> NDArray[np.int64]:
    """Give relationships that are alike in documentation one number.

    Parameters
    ----------
    sample : Sample
        The data.
    depth : {"thirds", "statement", "both"}
        The third of the documentation depth, whether there is a statement of the victim, or both
        crossed. What is not recorded is a stratum of its own.

    Returns
    -------
    ndarray of int, shape (n_relationships,)
    """
    rows = sample.tables["relationships"]
    thirds = depth_thirds(rows["documentation_depth"]).codes + 1
    held = rows["victim_statement_available"].astype("boolean")
    statement = held.fillna(False).to_numpy(dtype=np.int64) + held.notna().to_numpy(dtype=np.int64)
    strata = {"thirds": thirds, "statement": statement, "both": 3 * thirds + statement}
    return strata[depth].astype(np.int64)
