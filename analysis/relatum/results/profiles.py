"""Profiles of relationships and of tactics: latent classes, a network, a tree of codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from relatum.results.base import Note, Provenance
from relatum.results.frames import rows_frame

__all__ = [
    "ClassFitRow",
    "ClassRow",
    "CodeMerge",
    "EdgeRow",
    "Information",
    "LatentClasses",
    "StabilityRow",
    "TacticClusters",
    "TacticNetwork",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Information:
    """What the relationships and cases carry.

    Attributes
    ----------
    n_rows, n_cases : int
        Relationships, and cases; cases that share a suspect are one.
    n_effective : float
        Independent relationships with the same information.
    icc : float
        The intra-case correlation that was assumed for it.
    """

    n_rows: int
    n_cases: int
    n_effective: float
    icc: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassFitRow:
    """One number of classes under one reading of silence.

    Attributes
    ----------
    coding : str
        ``lower``: undocumented counts as absent; ``missing``: it is missing at random.
    n_classes, n_rows : int
    refused : str
        Why it was not fitted; empty where it was. Then all that follows is None.
    n_parameters, df : int or None
    log_likelihood, aic, bic, adjusted_bic : float or None
    entropy : float or None
        Relative entropy; None for one class.
    g_squared, x_squared : float or None
        Fit against the table of all patterns; None where answers are missing.
    ratio, p_value : float or None
        Likelihood ratio against one class less, and its bootstrap p value; None where not tested.
    n_starts, n_starts_at_max : int or None
        Random starts, and how many reached the largest log-likelihood.
    on_boundary : bool or None
        Whether a probability is 0 or 1.
    confirmed : bool or None
        Whether a second implementation ends at the same maximum.
    """

    coding: str
    n_classes: int
    n_rows: int
    refused: str = ""
    n_parameters: int | None = None
    df: int | None = None
    log_likelihood: float | None = None
    aic: float | None = None
    bic: float | None = None
    adjusted_bic: float | None = None
    entropy: float | None = None
    g_squared: float | None = None
    x_squared: float | None = None
    ratio: float | None = None
    p_value: float | None = None
    n_starts: int | None = None
    n_starts_at_max: int | None = None
    on_boundary: bool | None = None
    confirmed: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRow:
    """One class of a fit.

    Attributes
    ----------
    coding : str
        The reading of silence.
    number : int
        From 1, the largest first. Classes have numbers, not names.
    share : float
        Share of the relationships.
    probabilities : tuple of float
        Probability that each indicator is present, in the order of the indicators.
    """

    coding: str
    number: int
    share: float
    probabilities: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StabilityRow:
    """Whether relationships keep their classes when the cases are others.

    Attributes
    ----------
    mean, low, high : float
        Adjusted Rand index over resamples of cases: mean, 5th and 95th percentile.
    without_largest : float or None
        The index of a fit without the largest case.
    n_draws : int
    """

    mean: float
    low: float
    high: float
    without_largest: float | None
    n_draws: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LatentClasses:
    """Latent classes of the domains.

    Attributes
    ----------
    title : str
    terms, labels : tuple of str
        The indicators.
    left_out : tuple of str
        Domains that are no indicator, with the reason.
    information : Information
    fits : tuple of ClassFitRow
        Every number of classes under both readings of silence.
    n_classes : int
        The number with the smallest BIC where undocumented counts as absent.
    classes : tuple of ClassRow
        The classes of that number, under both readings.
    stability : StabilityRow or None
        None for one class.
    """

    kind: ClassVar[str] = "latent_classes"
    row_level: ClassVar[bool] = False

    title: str
    terms: tuple[str, ...]
    labels: tuple[str, ...]
    left_out: tuple[str, ...]
    information: Information
    fits: tuple[ClassFitRow, ...]
    n_classes: int
    classes: tuple[ClassRow, ...]
    stability: StabilityRow | None
    notes: tuple[Note, ...] = ()
    provenance: Provenance

    def tidy(self) -> pd.DataFrame:
        """Return one row per number of classes and reading of silence."""
        return rows_frame(ClassFitRow, self.fits)

    def tidy_classes(self) -> pd.DataFrame:
        """Return one row per class, with the probability of each indicator as a column."""
        frame = pd.DataFrame(
            {
                "coding": pd.Series([row.coding for row in self.classes], dtype="string"),
                "number": pd.Series([row.number for row in self.classes], dtype="int64"),
                "share": pd.Series([row.share for row in self.classes], dtype="float64"),
            }
        )
        for at, term in enumerate(self.terms):
            held = [row.probabilities[at] for row in self.classes]
            frame[term] = pd.Series(held, dtype="float64")
        return frame

    def __str__(self) -> str:
        return (
            f"{self.title}: smallest BIC at {self.n_classes} of "
            f"{max((row.n_classes for row in self.fits), default=0)} numbers of classes"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeRow:
    """Two tactics that are recorded together, all other tactics being equal.

    Attributes
    ----------
    first, second, first_label, second_label : str
    weight : float
        Conditional log odds ratio, shrunk.
    weight_upper : float or None
        The same where undocumented counts as present; 0 where there is no edge then, None where
        that network could not be fitted or does not hold the two.
    selected, same_sign : float
        Share of the resamples of cases in which it is found, and with the same sign.
    structural : str
        Why the two go together by definition; empty where they do not.
    """

    first: str
    second: str
    first_label: str
    second_label: str
    weight: float
    weight_upper: float | None
    selected: float
    same_sign: float
    structural: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TacticNetwork:
    """A sparse network of tactics.

    Attributes
    ----------
    title : str
    terms, labels : tuple of str
        The tactics in it.
    left_out : tuple of str
        Tactics that hardly vary.
    information : Information
    edges : tuple of EdgeRow
        The strongest first.
    n_pairs, n_draws : int
        Pairs of tactics, and resamples of cases.
    gamma : float
        The weight of the extended BIC.
    """

    kind: ClassVar[str] = "tactic_network"
    row_level: ClassVar[bool] = False

    title: str
    terms: tuple[str, ...]
    labels: tuple[str, ...]
    left_out: tuple[str, ...]
    information: Information
    edges: tuple[EdgeRow, ...]
    n_pairs: int
    n_draws: int
    gamma: float
    notes: tuple[Note, ...] = ()
    provenance: Provenance

    def tidy(self) -> pd.DataFrame:
        """Return one row per edge."""
        return rows_frame(EdgeRow, self.edges)

    def __str__(self) -> str:
        return f"{self.title}: {len(self.edges)} edges among {self.n_pairs} pairs"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeMerge:
    """One step of the tree.

    Attributes
    ----------
    step : int
        From 1.
    first, second : int
        What is joined: a code by its number from 0, or the number of codes + i for what step
        i + 1 made.
    height : float
        Mean distance between the codes of the one and of the other.
    size : int
        Codes in what results.
    """

    step: int
    first: int
    second: int
    height: float
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TacticClusters:
    """A tree of tactics by how often they are recorded in the same relationships.

    Attributes
    ----------
    title : str
    terms, labels, domains : tuple of str
    present : tuple of int
        Relationships in which each is present.
    undocumented : tuple of int
        Relationships whose file is silent about it.
    left_out : tuple of str
        Tactics that are present in every relationship, or in none.
    merges : tuple of CodeMerge
    order : tuple of int
        The leaves from left to right.
    distance : str
        ``jaccard``: one minus the share with both among the relationships with either.
    n_rows : int
    """

    kind: ClassVar[str] = "tactic_clusters"
    row_level: ClassVar[bool] = False

    title: str
    terms: tuple[str, ...]
    labels: tuple[str, ...]
    domains: tuple[str, ...]
    present: tuple[int, ...]
    undocumented: tuple[int, ...]
    left_out: tuple[str, ...]
    merges: tuple[CodeMerge, ...]
    order: tuple[int, ...]
    distance: str
    n_rows: int
    notes: tuple[Note, ...] = ()
    provenance: Provenance

    def members(self, number: int) -> tuple[int, ...]:
        """Return the codes in a code or in what a step made, in the order of the leaves.

        Parameters
        ----------
        number : int
            As in `CodeMerge`.
        """
        if number < len(self.terms):
            return (number,)
        merge = self.merges[number - len(self.terms)]
        held = {*self.members(merge.first), *self.members(merge.second)}
        return tuple(at for at in self.order if at in held)

    def tidy(self) -> pd.DataFrame:
        """Return one row per step, with the codes that it joins separated by ``;``."""
        frame = rows_frame(CodeMerge, self.merges)
        for side in ("first", "second"):
            words = [
                ";".join(self.terms[at] for at in self.members(getattr(merge, side)))
                for merge in self.merges
            ]
            frame[f"{side}_terms"] = pd.Series(words, dtype="string")
        return frame

    def __str__(self) -> str:
        return f"{self.title}: {len(self.terms)} tactics in {self.n_rows} relationships"
