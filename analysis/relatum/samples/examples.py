"""The samples and import files that ship with the package, and copies of them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from relatum.errors import UsageError
from relatum.samples.importers.guide import examples_path
from relatum.samples.read import SHIPPED, shipped_path
from relatum.schema import near_match

__all__ = ["EXAMPLES", "copy_example"]

#: What each shipped sample is, and the folder of files to import.
EXAMPLES: Mapping[str, str] = MappingProxyType(
    {
        "simulated": "a simulated draw that satisfies every published figure",
        "simulated_dv": "a simulated draw of domestic violence, 12 cases with the silence of files",
        "anna": "the case that the chapter narrates, coded with the schema",
        "invalid": "a small invented sample with many faults",
        "import": "invented files of every import format, with a README to follow",
    }
)


def copy_example(name: str, folder: str | Path) -> Path:
    """Copy a shipped sample, or the files to import; either the whole folder appears or nothing.

    Parameters
    ----------
    name : str
        ``simulated``, ``simulated_dv``, ``anna``, ``invalid`` or ``import``.
    folder : str or Path
        A folder that does not exist yet, or an empty one.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    UsageError
        If there is no such example, or the folder is not empty or cannot be written.
    """
    if name not in EXAMPLES:
        near = near_match(name, EXAMPLES)
        hint = f" Did you mean '{near}'?" if near else ""
        raise UsageError(f"There is no example '{name}'; there are: {', '.join(EXAMPLES)}.{hint}")
    place = Path(folder).absolute()
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise UsageError(f"'{folder}' exists and is not an empty folder; name another one.")
    try:
        _copy(shipped_path(name) if name in SHIPPED else examples_path(), place)
    except OSError as error:
        raise UsageError(f"'{folder}' could not be written: {error.strerror}.") from error
    return Path(folder)


def _copy(source: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=".relatum-") as temporary:
        built = Path(temporary) / "sample"
        # Only the contents: an installed package may be read-only.
        shutil.copytree(source, built, copy_function=shutil.copyfile)
        if place.exists():
            place.rmdir()
        built.rename(place)
