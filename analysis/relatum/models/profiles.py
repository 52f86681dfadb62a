"""Profiles of relationships and tactics: latent classes and a network, gated; a tree of codes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from relatum.inference.clustering import cluster_codes
from relatum.inference.common import Refusal
from relatum.models.gates import override_notes
from relatum.models.latent_classes import fit_domain_classes
from relatum.models.profiles_gates import gate_profiles, information_of
from relatum.models.tactic_matrix import TacticMatrix, tactic_matrix
from relatum.results.base import Note, Result, Unavailable
from relatum.results.profiles import CodeMerge, EdgeRow, TacticClusters, TacticNetwork
from relatum.results.provenance import provenance_of
from relatum.samples import Sample
from relatum.schema.status import UNDOCUMENTED
from relatum.study import Study

__all__ = ["cluster_tactics", "describe_profiles", "fit_tactic_network"]

_GAMMA = 0.25
_MIN_COUNT = 2
_NETWORK_NOTES = (
    Note(
        "network_reading",
        "An edge is a conditional association between two codes as recorded. It is neither an "
        "influence nor a strategy. Rows of one investigation are taken as independent, and files "
        "of uneven depth make edges by themselves; the pairs of domains are the primary analysis.",
    ),
    Note(
        "network_selection",
        "Edges are selected by penalised regressions with the extended BIC (eLasso, gamma 0.25, "
        "both directions). Weights are shrunk and carry no interval. Stability: share of "
        "resamples of whole investigations in which the edge is found again.",
    ),
)
_CLUSTER_NOTES = (
    Note(
        "clusters_depth",
        "Description only. Undocumented counts as absent, so tactics also stand together because "
        "the same files are thick: the tree follows the depth of documentation as much as what "
        "was done.",
    ),
    Note(
        "clusters_method",
        "Average linkage on one minus the Jaccard index (relationships with both among those with "
        "either). There is no test and no number of clusters; rare tactics join late.",
    ),
)


def describe_profiles(
    sample: Sample, study: Study, *, starts: int = 50, draws: int = 99, max_classes: int = 6
) -> Mapping[str, Result | Unavailable]:
    """Fit latent classes and a network where the gates allow it, and draw up the tree of tactics.

    Parameters
    ----------
    sample : Sample
        The data.
    study : Study
        The plan: coder, seed, and overrides of the gates `latent_classes` and `tactic_network`.
    starts : int
        Random starts of every reported fit.
    draws : int
        Resamples of cases.
    max_classes : int
        Largest number of classes.

    Returns
    -------
    mapping of str to Result or Unavailable
        ``latent_classes``, ``tactic_network`` and ``tactic_clusters``.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> from relatum.study import read_study
    >>> found = describe_profiles(example_sample("simulated"), read_study())
    >>> print(found["tactic_network"].why)  # doctest: +ELLIPSIS
    73 relationships in 12 investigations carry the information of 28 independent ones ...
    >>> print(found["tactic_clusters"])
    Tactics recorded in the same relationships: 25 tactics in 73 relationships
    """
    return MappingProxyType(
        {
            "latent_classes": fit_domain_classes(
                sample, study, starts=starts, draws=draws, max_classes=max_classes
            ),
            "tactic_network": fit_tactic_network(sample, study, draws=draws),
            "tactic_clusters": cluster_tactics(sample, study),
        }
    )


def fit_tactic_network(
    sample: Sample, study: Study, *, draws: int = 99
) -> TacticNetwork | Unavailable:
    """Select the edges between tactics, with their stability over resampled cases.

    Parameters
    ----------
    sample : Sample
        The data.
    study : Study
        The plan, with its override of the gate `tactic_network`.
    draws : int
        Resamples of cases.

    Returns
    -------
    TacticNetwork or Unavailable
        Unavailable with fewer than 10 cases, or the information of fewer than 100 independent
        relationships, unless the plan overrides it; and where fewer than three tactics vary.

    Notes
    -----
    Undocumented counts as absent; the weight with undocumented as present stands beside it.
    Each value of a tactic must occur at least twice.
    """
    what, provenance = "network of tactics", provenance_of(sample, study, seed=study.seed)
    matrix = tactic_matrix(sample, study, level="tactic")
    if isinstance(matrix, Unavailable):
        return Unavailable(what=what, why=matrix.why, provenance=provenance)
    held = information_of(matrix.cases, study)
    refused = gate_profiles("tactic_network", held, study).refused
    if refused:
        return Unavailable(what=what, why=refused, notes=_NETWORK_NOTES, provenance=provenance)
    from relatum.inference.ising import edge_stability

    lower = matrix.binary("lower")
    kept = _varied(lower)
    found = edge_stability(lower[:, kept], matrix.cases, gamma=_GAMMA, draws=draws, seed=study.seed)
    if isinstance(found, Refusal):
        return Unavailable(what=what, why=found.why, notes=_NETWORK_NOTES, provenance=provenance)
    upper = _upper_weights(matrix)
    network = found.network
    edges = [
        EdgeRow(
            first=matrix.terms[kept[i]],
            second=matrix.terms[kept[j]],
            first_label=matrix.labels[kept[i]],
            second_label=matrix.labels[kept[j]],
            weight=float(network.weights[i, j]),
            weight_upper=upper.get((int(kept[i]), int(kept[j]))),
            selected=float(found.selected[i, j]),
            same_sign=float(found.same_sign[i, j]),
            structural=matrix.structural.get((int(kept[i]), int(kept[j])), ""),
        )
        for i, j in zip(*np.nonzero(np.triu(network.weights, 1)), strict=True)
    ]
    return TacticNetwork(
        title="Network of tactics",
        terms=tuple(matrix.terms[at] for at in kept),
        labels=tuple(matrix.labels[at] for at in kept),
        left_out=_others(matrix, kept),
        information=held,
        edges=tuple(sorted(edges, key=lambda edge: (-abs(edge.weight), edge.first, edge.second))),
        n_pairs=len(kept) * (len(kept) - 1) // 2,
        n_draws=found.n_draws,
        gamma=_GAMMA,
        notes=(*_NETWORK_NOTES, *override_notes(study)),
        provenance=provenance,
    )


def cluster_tactics(sample: Sample, study: Study) -> TacticClusters | Unavailable:
    """Join tactics that are recorded in the same relationships, step by step.

    Parameters
    ----------
    sample : Sample
        The data.
    study : Study
        The plan: the coder.

    Returns
    -------
    TacticClusters or Unavailable
        Unavailable without relationships, and where fewer than two tactics vary.
    """
    what, provenance = "clusters of tactics", provenance_of(sample, study)
    matrix = tactic_matrix(sample, study, level="tactic")
    if isinstance(matrix, Unavailable):
        return Unavailable(what=what, why=matrix.why, provenance=provenance)
    lower = matrix.binary("lower")
    kept = np.flatnonzero(lower.any(axis=0) & ~lower.all(axis=0))
    found = cluster_codes(lower[:, kept])
    if isinstance(found, Refusal):
        return Unavailable(what=what, why=found.why, notes=_CLUSTER_NOTES, provenance=provenance)
    steps = zip(found.merges, found.heights, found.sizes, strict=True)
    return TacticClusters(
        title="Tactics recorded in the same relationships",
        terms=tuple(matrix.terms[at] for at in kept),
        labels=tuple(matrix.labels[at] for at in kept),
        domains=tuple(matrix.domains[at] for at in kept),
        present=tuple(int(n) for n in lower[:, kept].sum(axis=0)),
        undocumented=tuple(int(n) for n in (matrix.codes[:, kept] == UNDOCUMENTED).sum(axis=0)),
        left_out=_others(matrix, kept),
        merges=tuple(
            CodeMerge(
                step=at,
                first=int(pair[0]),
                second=int(pair[1]),
                height=float(height),
                size=int(size),
            )
            for at, (pair, height, size) in enumerate(steps, start=1)
        ),
        order=found.order,
        distance=found.distance,
        n_rows=found.n_rows,
        notes=_CLUSTER_NOTES,
        provenance=provenance,
    )


def _varied(binary: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Return the items of which each value occurs often enough."""
    present = binary.sum(axis=0)
    return np.flatnonzero(np.minimum(present, len(binary) - present) >= _MIN_COUNT)


def _others(matrix: TacticMatrix, kept: npt.NDArray[np.int64]) -> tuple[str, ...]:
    chosen = set(kept.tolist())
    return tuple(label for at, label in enumerate(matrix.labels) if at not in chosen)


def _upper_weights(matrix: TacticMatrix) -> dict[tuple[int, int], float]:
    """Weights of all pairs with undocumented as present; empty where they cannot be had."""
    from relatum.inference.ising import fit_ising

    upper = matrix.binary("upper")
    kept = _varied(upper)
    found = fit_ising(upper[:, kept], gamma=_GAMMA)
    if isinstance(found, Refusal):
        return {}
    return {
        (int(kept[i]), int(kept[j])): float(found.weights[i, j])
        for i in range(len(kept))
        for j in range(i + 1, len(kept))
    }
