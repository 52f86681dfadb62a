"""The rule for aggregates of public registries: large counts, and no rows."""

from __future__ import annotations

from relatum.errors import ReleaseError
from relatum.release.released import Evidence, Released
from relatum.results.base import Unavailable
from relatum.results.registry_comparison import SMALLEST_COUNT, RegistryComparison, is_small

__all__ = ["release_registry"]

#: Adapters whose files their publisher gives out without any person's name.
_ADAPTERS = ("linea137", "ctdc", "dhs")


def release_registry(result: RegistryComparison | Unavailable) -> Released:
    """Let out a comparison of public registries, which holds aggregates only.

    Parameters
    ----------
    result : RegistryComparison or Unavailable

    Returns
    -------
    Released
        Under the profile ``published``, with the evidence.

    Raises
    ------
    ReleaseError
        If it holds a count from 1 to 9, another adapter read the files, or it is no comparison of
        registries.

    Notes
    -----
    A user's own file has a hash that nobody can know in advance, so this rule does not ask for
    one: it rests on the adapter, which refuses a file whose columns or values are not those of the
    registry, and on the counts. It is therefore open to this kind of result alone, never to other
    results of an imported sample.
    """
    if isinstance(result, Unavailable):
        evidence = (Evidence(rule="open_registry", finding="It holds no number."),)
        return Released(result=result, profile="published", evidence=evidence)
    if not isinstance(result, RegistryComparison):
        msg = f"Only a comparison of registries is let out here, not '{type(result).__name__}'."
        raise ReleaseError(msg)
    strangers = [name for name in result.registries if name not in _ADAPTERS]
    if strangers or not result.registries:
        msg = f"Only files of {', '.join(_ADAPTERS)} are public registries."
        raise ReleaseError(msg)
    small = sum(is_small(n) for n in result.counts())
    if small:
        msg = f"{small} counts lie between 1 and {SMALLEST_COUNT - 1}; nothing was let out."
        raise ReleaseError(msg)
    return Released(
        result=result,
        profile="published",
        evidence=(
            Evidence(
                rule="open_registry",
                finding=f"The adapters {', '.join(result.registries)} read files of the layout "
                "that the publisher gives out.",
            ),
            Evidence(
                rule="smallest_count",
                finding=f"Every count of records is 0 or at least {SMALLEST_COUNT}; no row of a "
                "registry is in it.",
            ),
        ),
    )
