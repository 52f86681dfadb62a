"""Errors of generalised estimating equations: the sandwich and its small-sample corrections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from relatum.inference.common import FloatArray, Refusal
from relatum.inference.gee_fit import WHAT, GeeSolution

__all__ = ["GeeErrors", "GeeKind", "gee_errors"]

GeeKind = Literal["sandwich", "mancl-derouen", "kauermann-carroll", "fay-graubard", "jackknife"]
_MOST_LEVERAGE = 0.75


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GeeErrors:
    """Variance of the coefficients, and how well it is known.

    Attributes
    ----------
    vcov : ndarray, shape (k, k)
    df : ndarray, shape (k,)
        Satterthwaite degrees of freedom of each variance, if the working model were true.
    """

    vcov: FloatArray
    df: FloatArray


def gee_errors(solution: GeeSolution, *, kind: GeeKind) -> GeeErrors | Refusal:
    """Variance of the coefficients between clusters.

    Parameters
    ----------
    solution : GeeSolution
    kind : {"sandwich", "mancl-derouen", "kauermann-carroll", "fay-graubard", "jackknife"}

    Returns
    -------
    GeeErrors or Refusal
        A refusal where, without one of the clusters, a coefficient cannot be estimated, and where
        the residuals cancel within every cluster.

    Notes
    -----
    With B the model-based variance and M_i = D_i'V_i^-1 D_i, the score of a cluster is multiplied
    by (I - M_i B) to the power 0 (sandwich), -1/2 (Kauermann and Carroll 2001,
    doi:10.1198/016214501753382309) or -1 (Mancl and DeRouen 2001,
    doi:10.1111/j.0006-341X.2001.00126.x), or by the diagonal matrix of
    (1 - min(0.75, (M_i B)_jj))^-1/2 (Fay and Graubard 2001,
    doi:10.1111/j.0006-341X.2001.01198.x). The jackknife is geepack's approximate one: the variance
    of Mancl and DeRouen times (G - q) / G, where q counts coefficients, scale and correlation.
    """
    bread = _adjusted_bread(solution, kind)
    if isinstance(bread, Refusal):
        return bread
    influence = np.einsum("gji,gj->gi", bread, solution.scores)
    vcov = influence.T @ influence
    if kind == "jackknife":
        n, k = solution.scores.shape
        left = n - k - 1 - (solution.alpha is not None)
        if left < 1:
            return Refusal(WHAT, f"{n} clusters are too few for {k} coefficients")
        vcov = vcov * left / n
    spread = np.diag(vcov)
    if not np.isfinite(vcov).all() or (spread <= 1e-20 * np.diag(solution.inverse)).any():
        return Refusal(WHAT, "the residuals add up to zero in every cluster")
    df = _satterthwaite(solution, bread)
    return df if isinstance(df, Refusal) else GeeErrors(vcov=vcov, df=df)


def _adjusted_bread(solution: GeeSolution, kind: GeeKind) -> FloatArray | Refusal:
    """C_i, shape (n_clusters, k, k), so that a cluster moves the coefficients by C_i' score_i."""
    inverse, within = solution.inverse, solution.within
    if kind == "sandwich":
        return np.broadcast_to(inverse, within.shape)
    if kind == "fay-graubard":
        own = np.einsum("gij,ji->gi", within, inverse)
        factor = 1.0 / np.sqrt(1.0 - np.minimum(_MOST_LEVERAGE, own))
        return np.asarray(factor[:, :, None] * inverse, dtype=np.float64)
    values, vectors = np.linalg.eigh(inverse)
    root = (vectors * np.sqrt(values)) @ vectors.T
    leverage, axes = np.linalg.eigh(root @ within @ root)
    rest = 1.0 - leverage
    if rest.min() <= 1e-9:
        return Refusal(WHAT, "without one of the clusters a coefficient cannot be estimated")
    gain = rest ** (-0.5 if kind == "kauermann-carroll" else -1.0)
    inner: npt.NDArray[np.float64] = (axes * gain[:, None, :]) @ np.swapaxes(axes, 1, 2)
    return np.asarray(root @ inner @ root, dtype=np.float64)


def _satterthwaite(solution: GeeSolution, bread: FloatArray) -> FloatArray | Refusal:
    """Degrees of freedom as in Bell and McCaffrey, the working covariance standing for the true.

    The variance of a coefficient is a quadratic form in the residuals. Its matrix over clusters is
    a diagonal one less T B T', so that traces need no matrix of clusters by clusters.
    """
    target = solution.within @ bread
    own = np.einsum("gji,gji->gi", bread, target)
    df = np.empty(own.shape[1])
    for j in range(len(df)):
        t = target[:, :, j]
        inner = solution.inverse @ (t.T @ t)
        crossed = np.einsum("gi,ij,gj->g", t, solution.inverse, t)
        trace = float(own[:, j].sum() - np.trace(inner))
        squares = float((own[:, j] ** 2).sum() - 2.0 * own[:, j] @ crossed)
        squares += float(np.trace(inner @ inner))
        if not trace > 1e-10 * float(own[:, j].sum()) or not squares > 0:
            return Refusal(WHAT, "a coefficient rests on single clusters that are fitted exactly")
        df[j] = trace**2 / squares
    return df
