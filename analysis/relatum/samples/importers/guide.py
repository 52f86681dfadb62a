"""The examples of every import format, and what their README says of each."""

from __future__ import annotations

import re
from pathlib import Path

from relatum.errors import UsageError
from relatum.schema import near_match, schema_path

__all__ = ["SECTIONS", "examples_path", "section"]

#: The sections of the README: the mapping file, and every format.
SECTIONS: tuple[str, ...] = (
    *("mapping", "template", "wide", "long", "maxqda", "qdpx"),
    *("ctdc", "linea137", "dhs"),
)


def examples_path() -> Path:
    """Return the folder of the shipped examples, one folder per format.

    Examples
    --------
    >>> (examples_path() / "README.md").exists()
    True
    """
    return schema_path() / "examples" / "import"


def section(name: str) -> str:
    """Return what the README says of a format, without its heading.

    Parameters
    ----------
    name : str
        One of `SECTIONS`.

    Returns
    -------
    str
        Markdown; commands and what they print stand in a block.

    Raises
    ------
    UsageError
        If there is no such section; all of them are named.

    Examples
    --------
    >>> "a row per relationship" in section("wide")
    True
    """
    if name not in SECTIONS:
        near = near_match(name, SECTIONS)
        hint = f" Did you mean '{near}'?" if near else ""
        raise UsageError(f"'{name}' is not explained.{hint}\nThere are: {', '.join(SECTIONS)}.")
    text = (examples_path() / "README.md").read_text(encoding="utf-8")
    parts = re.split(r"^## (\S+)$", text, flags=re.MULTILINE)
    held = dict(zip(parts[1::2], parts[2::2], strict=True))
    return held[name].strip() + "\n"
