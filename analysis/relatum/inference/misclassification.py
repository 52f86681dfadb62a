"""Prevalence corrected for coding error, with the error rates themselves uncertain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from relatum.inference.common import FloatArray, Refusal, check_conf_level, check_counts

__all__ = ["CorrectedPrevalence", "ErrorRates", "correct_prevalence", "rogan_gladen"]

_WHAT = "corrected prevalence"


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRates:
    """Counts of a validation: a coder against the reference coding.

    Attributes
    ----------
    true_positive, false_negative : int
        Units truly present that the coder called present (absent).
    true_negative, false_positive : int
        Units truly absent that the coder called absent (present).
    """

    true_positive: int
    false_negative: int
    true_negative: int
    false_positive: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectedPrevalence:
    """A prevalence corrected for misclassification.

    Attributes
    ----------
    apparent : float
        As coded.
    sensitivity, specificity : float
        From the validation.
    estimate : float
        Rogan-Gladen estimate, cut to [0, 1].
    conf_low, conf_high, conf_level : float
        Percentile limits over the posteriors of all three quantities.
    share_cut : float
        Share of draws whose estimate had to be cut to [0, 1]; a large share says that the
        validation does not fit the sample.
    share_undefined : float
        Share of draws in which coding was no better than chance; these are left out.
    n_draws : int
    """

    apparent: float
    sensitivity: float
    specificity: float
    estimate: float
    conf_low: float
    conf_high: float
    conf_level: float
    share_cut: float
    share_undefined: float
    n_draws: int


def rogan_gladen(apparent: float, *, sensitivity: float, specificity: float) -> float | Refusal:
    """Return the prevalence that would give the apparent one.

    Parameters
    ----------
    apparent, sensitivity, specificity : float
        Shares between 0 and 1.

    Returns
    -------
    float or Refusal
        Cut to [0, 1]. A refusal when sensitivity and specificity add up to 1 or less: such coding
        is no better than chance.

    Raises
    ------
    ValueError
        When a share lies outside [0, 1].

    Notes
    -----
    ``(apparent + specificity - 1) / (sensitivity + specificity - 1)`` (Rogan and Gladen 1978,
    doi:10.1093/oxfordjournals.aje.a112510). Assumes errors that do not depend on anything else.

    Examples
    --------
    >>> round(rogan_gladen(0.30, sensitivity=0.8, specificity=0.9), 4)
    0.2857
    """
    for name, value in (
        ("apparent", apparent),
        ("sensitivity", sensitivity),
        ("specificity", specificity),
    ):
        if not 0.0 <= value <= 1.0:
            raise ValueError(f"{name} must lie between 0 and 1, not {value!r}.")
    gain = sensitivity + specificity - 1
    if gain <= 0:
        return Refusal(_WHAT, "the coding is no better than chance")
    return min(1.0, max(0.0, (apparent + specificity - 1) / gain))


def correct_prevalence(
    n_present: int,
    n_total: int,
    *,
    errors: ErrorRates,
    n_effective: float | None = None,
    conf_level: float = 0.95,
    draws: int = 20_000,
    seed: int = 0,
) -> CorrectedPrevalence | Refusal:
    """Correct a prevalence for coding error and carry the uncertainty of the error rates.

    Parameters
    ----------
    n_present, n_total : int
        As coded.
    errors : ErrorRates
        The validation; take sensitivity and specificity from double coding of the same codebook.
    n_effective : float, optional
        Independent rows that carry the same information (rows over design effect); the apparent
        share is as uncertain as with so many rows. Default `n_total`.
    conf_level : float
    draws, seed : int

    Returns
    -------
    CorrectedPrevalence or Refusal
        A refusal when there is no row, the validation lacks one of the two groups, or coding is no
        better than chance in the point estimate or in more than a tenth of the draws.

    Notes
    -----
    All three shares are drawn from their posteriors under Jeffreys' prior Beta(1/2, 1/2), and each
    draw is corrected by `rogan_gladen`. Equal error rates in all cases are assumed.

    Examples
    --------
    >>> rates = ErrorRates(true_positive=40, false_negative=10, true_negative=45, false_positive=5)
    >>> found = correct_prevalence(22, 73, errors=rates)
    >>> round(found.estimate, 3), found.conf_low < found.estimate < found.conf_high
    (0.288, True)
    """
    check_conf_level(conf_level)
    _check_all_counts(n_present, n_total, errors)
    rows = float(n_total) if n_effective is None else float(n_effective)
    problem = _problem(n_total, rows, errors)
    if problem is not None:
        return problem
    sensitivity = errors.true_positive / (errors.true_positive + errors.false_negative)
    specificity = errors.true_negative / (errors.true_negative + errors.false_positive)
    apparent = n_present / n_total
    estimate = rogan_gladen(apparent, sensitivity=sensitivity, specificity=specificity)
    if isinstance(estimate, Refusal):
        return estimate
    raw = _draw_corrected(apparent, rows, errors, draws=draws, seed=seed)
    if raw.size < 0.9 * draws:
        return Refusal(_WHAT, "the coding is no better than chance in a tenth of the draws or more")
    tail = (1 - conf_level) / 2
    low, high = np.quantile(np.clip(raw, 0.0, 1.0), [tail, 1 - tail])
    return CorrectedPrevalence(
        apparent=apparent,
        sensitivity=sensitivity,
        specificity=specificity,
        estimate=estimate,
        conf_low=float(low),
        conf_high=float(high),
        conf_level=conf_level,
        share_cut=float(((raw < 0) | (raw > 1)).mean()),
        share_undefined=1 - raw.size / draws,
        n_draws=draws,
    )


def _check_all_counts(n_present: int, n_total: int, errors: ErrorRates) -> None:
    check_counts(
        {
            "n_present": n_present,
            "n_total": n_total,
            "true_positive": errors.true_positive,
            "false_negative": errors.false_negative,
            "true_negative": errors.true_negative,
            "false_positive": errors.false_positive,
        }
    )
    if n_present > n_total:
        raise ValueError(f"n_present ({n_present}) must not exceed n_total ({n_total}).")


def _problem(n_total: int, rows: float, errors: ErrorRates) -> Refusal | None:
    if n_total == 0:
        return Refusal(_WHAT, "there is no row")
    if errors.true_positive + errors.false_negative == 0:
        return Refusal(_WHAT, "the validation holds no unit that is truly present")
    if errors.true_negative + errors.false_positive == 0:
        return Refusal(_WHAT, "the validation holds no unit that is truly absent")
    if not (np.isfinite(rows) and rows > 0):
        return Refusal(_WHAT, "the effective number of rows is not positive")
    return None


def _draw_corrected(
    apparent: float, rows: float, errors: ErrorRates, *, draws: int, seed: int
) -> FloatArray:
    """Corrected shares before they are cut; draws no better than chance are left out."""
    rng = np.random.default_rng(seed)
    seen = rng.beta(apparent * rows + 0.5, (1 - apparent) * rows + 0.5, draws)
    hit = rng.beta(errors.true_positive + 0.5, errors.false_negative + 0.5, draws)
    clear = rng.beta(errors.true_negative + 0.5, errors.false_positive + 0.5, draws)
    fine = hit + clear > 1
    corrected: FloatArray = (seen[fine] + clear[fine] - 1) / (hit[fine] + clear[fine] - 1)
    return corrected
