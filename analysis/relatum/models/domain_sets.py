"""Which domains are recorded in the same relationship: every combination, counted."""

from __future__ import annotations

import numpy as np

from relatum.models.tactic_matrix import TacticMatrix, tactic_matrix
from relatum.results.base import Note, Unavailable
from relatum.results.domain_sets import DomainCount, DomainSet, DomainSets
from relatum.results.provenance import provenance_of
from relatum.samples import Sample
from relatum.schema.status import ABSENT, PRESENT, UNDOCUMENTED
from relatum.study import Study

__all__ = ["count_domain_sets"]


def count_domain_sets(sample: Sample, study: Study) -> DomainSets | Unavailable:
    """Count the combinations of domains that are recorded as present.

    Parameters
    ----------
    sample : Sample
        The data.
    study : Study
        The plan: the coder.

    Returns
    -------
    DomainSets or Unavailable
        Most frequent combination first. A domain outside a combination is ruled out or not
        documented; how often it is the latter is counted beside.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> from relatum.study import read_study
    >>> found = count_domain_sets(example_sample("simulated"), read_study())
    >>> sum(entry.n for entry in found.sets)
    73
    """
    matrix = tactic_matrix(sample, study)
    if isinstance(matrix, Unavailable):
        return Unavailable(
            what="combinations of domains", why=matrix.why, provenance=matrix.provenance
        )
    return DomainSets(
        title="Combinations of domains",
        domains=tuple(_domain(matrix, at) for at in range(len(matrix.terms))),
        sets=_sets(matrix),
        n_relationships=matrix.n_rows,
        notes=(
            Note(
                "silence_in_sets",
                "A combination lists what is recorded as present. In the share printed beside it, "
                "at least one other domain is not documented, so the true combination may be "
                "larger.",
            ),
        ),
        provenance=provenance_of(sample, study),
    )


def _domain(matrix: TacticMatrix, at: int) -> DomainCount:
    codes = matrix.codes[:, at]
    return DomainCount(
        term=matrix.terms[at],
        label=matrix.labels[at],
        n_present=int((codes == PRESENT).sum()),
        n_absent=int((codes == ABSENT).sum()),
        n_undocumented=int((codes == UNDOCUMENTED).sum()),
    )


def _sets(matrix: TacticMatrix) -> tuple[DomainSet, ...]:
    present = matrix.codes == PRESENT
    silent = (matrix.codes == UNDOCUMENTED).any(axis=1)
    kinds, where = np.unique(present, axis=0, return_inverse=True)
    found = [
        DomainSet(
            terms=tuple(t for t, held in zip(matrix.terms, kind, strict=True) if held),
            n=int((where == at).sum()),
            n_silent=int((silent & (where == at)).sum()),
        )
        for at, kind in enumerate(kinds)
    ]
    return tuple(sorted(found, key=lambda entry: (-entry.n, -len(entry.terms), entry.terms)))
