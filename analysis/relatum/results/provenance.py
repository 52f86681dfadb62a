"""Where the numbers of a result come from."""

from __future__ import annotations

from typing import Protocol

from relatum import __version__
from relatum.results.base import Provenance
from relatum.study import Study

__all__ = ["Described", "provenance_of"]


class _Info(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def origin(self) -> str: ...
    @property
    def schema_version(self) -> str: ...


class Described(Protocol):
    """What provenance needs of a sample: its description and its fingerprint."""

    @property
    def info(self) -> _Info:
        """What the sample says of itself."""
        ...

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of its cells."""
        ...


def provenance_of(
    sample: Described,
    study: Study | None = None,
    *,
    seed: int | None = None,
    other: Described | None = None,
) -> Provenance:
    """Say what a result was computed from.

    Parameters
    ----------
    sample : Sample
        The data.
    study : Study, optional
        The plan, where one was used.
    seed : int, optional
        The seed, where something is random.
    other : Sample, optional
        A second sample, where the result compares two.

    Returns
    -------
    Provenance
        Without clock time, folder or machine.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> provenance_of(example_sample("anna")).sample_origin
    'published'
    """
    return Provenance(
        relatum_version=__version__,
        schema_version=sample.info.schema_version,
        sample_name=sample.info.name,
        sample_fingerprint=sample.fingerprint,
        sample_origin=sample.info.origin,
        study_hash=study.hash if study is not None else "",
        seed=seed,
        other_fingerprint=other.fingerprint if other is not None else "",
        other_origin=other.info.origin if other is not None else "",
    )
