"""Reading: a folder becomes a `Sample`, or an error that lists everything that is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from relatum.errors import Issue, SampleError
from relatum.samples.check import check_folder, typed_frames
from relatum.samples.sample import Sample
from relatum.schema import Schema, near_match, schema_path

__all__ = [
    "SHIPPED",
    "example_sample",
    "open_sample",
    "read_sample",
    "sample_path",
    "shipped_path",
    "summary",
]

#: The samples that ship with the package, by name.
SHIPPED: Mapping[str, str] = MappingProxyType(
    {
        "simulated": "examples/simulated",
        "simulated_dv": "examples/simulated_dv",
        "anna": "chapter/anna",
        "invalid": "examples/invalid",
    }
)


def read_sample(path: str | Path, *, schema: Schema | None = None) -> Sample:
    """Read a sample folder.

    Parameters
    ----------
    path : str or Path
        A folder with one CSV or Parquet file per table, and usually ``datapackage.json``.
    schema : Schema, optional
        The schema to check against; by default the shipped one with the own codes of the folder.

    Returns
    -------
    Sample
        Checked and immutable.

    Raises
    ------
    SampleError
        If anything is wrong; ``.issues`` holds every issue, warnings included.

    Examples
    --------
    >>> from relatum.schema import schema_path
    >>> read_sample(schema_path() / "chapter" / "anna").n("victims")
    1
    """
    checked = check_folder(path, schema=schema)
    known = checked.folder.schema
    errors = [issue for issue in checked.issues if issue.severity == "error"]
    if errors:
        raise SampleError(summary(Path(path), errors), checked.issues)
    info = replace(checked.folder.info, schema_version=known.version)
    return Sample(
        info=info,
        tables=typed_frames(checked.context),
        schema=known,
        imported=checked.imported,
    )


def summary(path: Path, errors: Sequence[Issue]) -> str:
    """Word how many issues each table has.

    Examples
    --------
    >>> summary(Path("mine"), [Issue(table="cases", rule="missing_value", message="No value.")])
    "1 issue in 'mine' (cases: 1); nothing was loaded."
    """
    counts = Counter(issue.table for issue in errors)
    per_table = ", ".join(f"{table}: {count}" for table, count in sorted(counts.items()))
    noun = "issue" if len(errors) == 1 else "issues"
    return f"{len(errors)} {noun} in '{path.resolve().name}' ({per_table}); nothing was loaded."


def shipped_path(name: str) -> Path:
    """Return the folder of a sample that ships with the package.

    Raises
    ------
    SampleError
        If there is none of that name.
    """
    if name not in SHIPPED:
        near = near_match(name, SHIPPED)
        hint = f" Did you mean '{near}'?" if near else ""
        msg = f"There is no shipped sample '{name}'; there are: {', '.join(SHIPPED)}.{hint}"
        raise SampleError(msg)
    return schema_path() / SHIPPED[name]


def example_sample(name: str) -> Sample:
    """Return a shipped sample: ``simulated``, ``simulated_dv`` or ``anna``.

    Examples
    --------
    >>> example_sample("anna").simulated
    False
    """
    return read_sample(shipped_path(name))


def open_sample(reference: str | Path) -> Sample:
    """Read a sample by folder, or by ``shipped:NAME``.

    Examples
    --------
    >>> open_sample("shipped:anna").info.origin
    'published'
    """
    return read_sample(sample_path(reference))


def sample_path(reference: str | Path) -> Path:
    """Return the folder of a sample, named by itself or as ``shipped:NAME``.

    Examples
    --------
    >>> sample_path("shipped:anna").name, sample_path("mine").name
    ('anna', 'mine')
    """
    text = str(reference)
    if text.startswith("shipped:"):
        return shipped_path(text.removeprefix("shipped:"))
    return Path(reference)
