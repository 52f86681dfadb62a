"""Public registries by name: each has an adapter that turns its files into a checked sample."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from relatum.errors import ImportFailedError
from relatum.samples.importers.base import Imported
from relatum.samples.importers.ctdc import import_ctdc
from relatum.samples.importers.dhs import import_dhs
from relatum.samples.importers.linea137 import import_linea137
from relatum.schema import near_match

__all__ = ["REGISTRIES", "import_registry"]

#: The adapters by the name of their registry.
REGISTRIES: Mapping[str, Callable[[Sequence[str | Path]], Imported]] = MappingProxyType(
    {"ctdc": import_ctdc, "dhs": import_dhs, "linea137": import_linea137}
)


def import_registry(name: str, paths: Sequence[str | Path]) -> Imported:
    """Import files of a public registry.

    Parameters
    ----------
    name : str
        ``ctdc``, ``dhs`` or ``linea137``.
    paths : sequence of str or Path
        Files of one layout of the registry.

    Returns
    -------
    Imported
        A checked sample, what was discarded, the line of attribution, the terms of use, and the
        design file: one row per relationship with what a sample has no place for.

    Raises
    ------
    ImportFailedError
        If there is no such registry, or with every fault of every file.

    Examples
    --------
    >>> from relatum.errors import ImportFailedError
    >>> try:
    ...     import_registry("ctcd", ["a.csv"])
    ... except ImportFailedError as error:
    ...     print(error)
    There is no registry 'ctcd'; there are: ctdc, dhs, linea137. Did you mean 'ctdc'?
    """
    if name not in REGISTRIES:
        near = near_match(name, REGISTRIES)
        hint = f" Did you mean '{near}'?" if near else ""
        msg = f"There is no registry '{name}'; there are: {', '.join(REGISTRIES)}.{hint}"
        raise ImportFailedError(msg)
    return REGISTRIES[name](paths)
