"""Latent classes of items: fit, fit measures and posterior, checked by stepmix."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from relatum.inference.common import FloatArray, Refusal
from relatum.inference.latent_class_em import (
    Mixture,
    Patterns,
    collect_patterns,
    count_parameters,
    log_joint,
    maximise_likelihood,
    polish_mixture,
    row_densities,
)

__all__ = ["LatentClassFit", "check_latent_classes", "fit_latent_classes"]

_WHAT = "latent classes"
_NEAR_MAXIMUM = 1e-3
_BOUNDARY = 1e-4
_STEPMIX_GAIN, _STEPMIX_STEPS = 1e-8, 5_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LatentClassFit:
    """Latent classes of items.

    Attributes
    ----------
    n_classes, n_rows, n_parameters : int
    df : int
        Degrees of freedom of the two goodness-of-fit statistics.
    log_likelihood, aic, bic, adjusted_bic : float
        `adjusted_bic` replaces n by (n + 2) / 24. All take the rows as independent.
    entropy : float or None
        Relative entropy: 1 where every row surely belongs to one class, 0 where nothing is known.
        None for one class.
    g_squared, x_squared : float or None
        Likelihood ratio and Pearson statistics against the saturated table. None where answers
        are missing.
    shares : ndarray, shape (n_classes,)
        Shares of the classes, sorted from the largest.
    probabilities : tuple of ndarray, each of shape (n_classes, n_levels)
        One array per item: probability of each level within each class.
    posterior : ndarray, shape (n_rows, n_classes)
        Probability of each class, given the answers of the row.
    n_starts, n_starts_at_max : int
        Random starts, and how many came within 1e-3 of the largest log-likelihood. Where only one
        did, the maximum may be a local one.
    confirmed : bool
        Whether stepmix, started from these classes, ends at the same maximum.
    on_boundary : bool
        Whether a probability is below 1e-4 or above 1 - 1e-4.
    """

    n_classes: int
    n_rows: int
    n_parameters: int
    df: int
    log_likelihood: float
    aic: float
    bic: float
    adjusted_bic: float
    entropy: float | None
    g_squared: float | None
    x_squared: float | None
    shares: FloatArray
    probabilities: tuple[FloatArray, ...]
    posterior: FloatArray
    n_starts: int
    n_starts_at_max: int
    confirmed: bool
    on_boundary: bool


def check_latent_classes(patterns: Patterns, *, n_classes: int) -> Refusal | None:
    """Say why classes cannot be told apart in such data, if so.

    Parameters
    ----------
    patterns : Patterns
    n_classes : int

    Returns
    -------
    Refusal or None
        Refused without rows, where an item is constant or never observed, where a row holds no
        answer, and where there are more parameters than the table of all answers has cells.

    Raises
    ------
    ValueError
        If `n_classes` is below 1.
    """
    if n_classes < 1:
        raise ValueError(f"n_classes must be at least 1, not {n_classes}.")
    if patterns.n_rows == 0:
        return Refusal(_WHAT, "there is no row")
    for at in range(len(patterns.levels)):
        seen = np.unique(patterns.codes[patterns.codes[:, at] >= 0, at])
        if len(seen) < 2:
            return Refusal(_WHAT, f"item {at + 1} is constant")
    if (patterns.codes < 0).all(axis=1).any():
        return Refusal(_WHAT, "a row holds no answer")
    if n_classes > len(patterns.codes):
        return Refusal(_WHAT, f"only {len(patterns.codes)} patterns occur for {n_classes} classes")
    n_parameters = count_parameters(patterns.levels, n_classes)
    cells = int(np.prod(patterns.levels, dtype=np.float64))
    if n_parameters > cells - 1:
        return Refusal(_WHAT, f"{n_parameters} parameters for a table of {cells} cells")
    return None


def fit_latent_classes(
    data: ArrayLike, *, n_classes: int, starts: int = 20, seed: int = 0
) -> LatentClassFit | Refusal:
    """Fit classes within which items are independent, by maximum likelihood.

    Parameters
    ----------
    data : array_like of int, shape (n_rows, n_items)
        Levels from 0, such as 0 and 1; -1 is missing.
    n_classes : int
        At least 1.
    starts : int
        Random starts. Each has its own seed, so more starts leave the earlier ones as they are.
    seed : int

    Returns
    -------
    LatentClassFit or Refusal
        Refused as by `check_latent_classes`.

    Raises
    ------
    ValueError
        For data that are no matrix of levels, fewer than one class or start.

    Notes
    -----
    log L = sum_i log sum_c p_c prod_j P(y_ij | c) over the observed answers: missing answers are
    taken as missing at random (full information maximum likelihood). EM runs from starts that lie
    far apart, and from the best until a step gains less than 1e-11. stepmix (Morin et al. 2023,
    doi:10.48550/arXiv.2304.03853) is started there as an independent check; its own starts lie near
    the centre and can miss the maximum together. Rows are taken as independent: where they lie in
    clusters, the information criteria favour too many classes. Small samples often end on the
    boundary (Wurpts and Geiser 2014, doi:10.3389/fpsyg.2014.00920).

    Examples
    --------
    >>> found = fit_latent_classes([[0, 0, 0], [1, 1, 1]] * 20, n_classes=2, starts=2)
    >>> round(found.log_likelihood, 4), found.shares.round(3).tolist(), found.on_boundary
    (-27.7259, [0.5, 0.5], True)
    """
    patterns = collect_patterns(data)
    if starts < 1:
        raise ValueError(f"starts must be at least 1, not {starts}.")
    refused = check_latent_classes(patterns, n_classes=n_classes)
    if refused is not None:
        return refused
    found = maximise_likelihood(patterns, n_classes=n_classes, starts=starts, seed=seed)
    best = polish_mixture(patterns, found)
    return _describe(patterns, best, confirmed=_confirm(patterns, best))


class _GivenStart(np.random.RandomState):
    """A generator from which stepmix, which has no argument for a start, draws a given one."""

    def __init__(self, responsibilities: FloatArray) -> None:
        super().__init__(0)
        self._responsibilities = responsibilities

    def uniform(  # type: ignore[override]
        self, low: float = 0.0, high: float = 1.0, size: tuple[int, ...] | None = None
    ) -> FloatArray:
        if size == self._responsibilities.shape:
            return self._responsibilities.copy()
        return np.asarray(super().uniform(low, high, size))


def _confirm(patterns: Patterns, best: Mixture) -> bool:
    """Say whether stepmix, started from the classes found, ends at the same maximum."""
    from sklearn.exceptions import ConvergenceWarning
    from stepmix.stepmix import StepMix

    kind = "binary" if set(patterns.levels) == {2} else "categorical"
    _, posterior = row_densities(log_joint(patterns.indicators, best.shares, best.probabilities))
    answers = np.where(patterns.codes < 0, np.nan, patterns.codes.astype(np.float64))
    model = StepMix(
        n_components=len(best.shares),
        measurement=kind if patterns.complete else f"{kind}_nan",
        abs_tol=_STEPMIX_GAIN,
        max_iter=_STEPMIX_STEPS,
        random_state=_GivenStart(posterior.T[patterns.inverse]),
        progress_bar=0,
    )
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(answers[patterns.inverse])
        reached = float(model.score(answers[patterns.inverse])) * patterns.n_rows
    return abs(reached - best.log_likelihood) < _NEAR_MAXIMUM


def _describe(patterns: Patterns, best: Mixture, *, confirmed: bool) -> LatentClassFit:
    levels, log_likelihood = best.probabilities, best.log_likelihood
    density, posterior = row_densities(log_joint(patterns.indicators, best.shares, levels))
    n, n_classes = patterns.n_rows, len(best.shares)
    n_parameters = count_parameters(patterns.levels, n_classes)
    cells = float(np.prod(patterns.levels, dtype=np.float64))
    by_row = posterior.T[patterns.inverse]
    g_squared, x_squared = _goodness(patterns, density)
    return LatentClassFit(
        n_classes=n_classes,
        n_rows=n,
        n_parameters=n_parameters,
        df=int(min(n, cells - 1)) - n_parameters,
        log_likelihood=log_likelihood,
        aic=-2.0 * log_likelihood + 2.0 * n_parameters,
        bic=-2.0 * log_likelihood + n_parameters * float(np.log(n)),
        adjusted_bic=-2.0 * log_likelihood + n_parameters * float(np.log((n + 2) / 24)),
        entropy=_relative_entropy(by_row),
        g_squared=g_squared,
        x_squared=x_squared,
        shares=best.shares,
        probabilities=tuple(np.split(levels, patterns.starts[1:], axis=1)),
        posterior=by_row,
        n_starts=len(best.reached),
        n_starts_at_max=int((best.reached > log_likelihood - _NEAR_MAXIMUM).sum()),
        confirmed=confirmed,
        on_boundary=bool((levels < _BOUNDARY).any() or (levels > 1.0 - _BOUNDARY).any()),
    )


def _relative_entropy(posterior: FloatArray) -> float | None:
    n_classes = posterior.shape[1]
    if n_classes == 1:
        return None
    loss = float((posterior * np.log(np.maximum(posterior, 1e-300))).sum())
    return 1.0 + loss / (len(posterior) * float(np.log(n_classes)))


def _goodness(patterns: Patterns, density: FloatArray) -> tuple[float | None, float | None]:
    """G2 and X2; the cells in which no row lies add what is expected of them to X2."""
    if not patterns.complete:
        return None, None
    observed, expected = patterns.weights, patterns.n_rows * np.exp(density)
    g_squared = 2.0 * float(observed @ np.log(observed / expected))
    empty = patterns.n_rows - float(expected.sum())
    return g_squared, float(((observed - expected) ** 2 / expected).sum()) + empty
