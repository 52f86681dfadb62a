"""A new study: an empty sample, a plan that can be read, and what to do next."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from relatum.errors import UsageError
from relatum.samples.sample import Sample, SampleInfo
from relatum.samples.templates import write_new_folder
from relatum.samples.write import write_sample
from relatum.schema import default_study_path, load_schema

__all__ = ["write_scaffold"]

_NAME = re.compile(r"[^a-z0-9]+")
_SETTING = r"(?m)^{key} *= *.*$"

_README = """# {title}

A study of relationships between suspects and victims, coded from police files with relatum.

| what | where |
|---|---|
| the coded tables, one file each | `sample/` |
| the plan: what is analysed, and how | `study.toml` |
| results, tables, figures and reports | `out/`, made by `relatum run` |

## Next

1. `relatum template templates` writes spreadsheets to code into, and
   `relatum import template FILE sample` reads what was filled in. `relatum codebook` explains
   every code. An empty cell means that the file does not say; it never means no.
2. Put the coded tables into `sample/` and run `relatum check sample` until it finds nothing.
3. Read `study.toml` and settle the plan before you look at results.
4. `relatum run study.toml` computes everything and then asks disclosure control what may leave the
   computer. This version lets out simulated and published data only: with collected data it stops
   there and writes nothing. `relatum check`, and the functions from Python, work on them.

## Before you start

- Tables hold pseudonyms only: no names, addresses, telephone numbers or texts of the file. The
  list that links pseudonyms to persons stays outside this folder.
- `.gitignore` keeps the coded tables, filled spreadsheets, projects of coding programs and results
  out of version control. Leave it so.
- Coded police files remain personal data. Ask whoever gave access what may leave the computer.
"""

_IGNORE = """# Data about persons never enter version control.
sample/*
!sample/datapackage.json
*.csv
!codebook_*.csv
*.tsv
*.parquet
*.xls
*.xlsx
*.xlsm
*.sav
*.dta
*.qdpx
*.qdc
*.mx??
*.key
# What relatum makes.
out/
.relatum-*/
"""


def write_scaffold(folder: str | Path, *, title: str | None = None) -> tuple[Path, ...]:
    """Write a new study; either the whole folder appears or nothing.

    Parameters
    ----------
    folder : str or Path
        A folder that does not exist yet, or an empty one.
    title : str, optional
        The title of the study; by default it is called after the folder.

    Returns
    -------
    tuple of Path
        The files, relative to the folder: the tables of an empty sample, its descriptor,
        ``study.toml``, ``README.md`` and ``.gitignore``.

    Raises
    ------
    UsageError
        If the folder is not empty or cannot be written, or the title is not one line.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     files = write_scaffold(Path(place) / "my_study")
    >>> Path("study.toml") in files
    True
    """
    place = Path(folder).absolute()
    words = title if title is not None else place.name.replace("_", " ")
    if not words.strip() or not words.isprintable():
        raise UsageError("The title of a study is one line of words.")
    name = _NAME.sub("_", place.name.lower()).strip("_") or "study"
    files = {
        **_empty_sample(name, words),
        "study.toml": _plan(name, words).encode(),
        "README.md": _README.format(title=words).encode(),
        ".gitignore": _IGNORE.encode(),
    }
    return write_new_folder(folder, files)


def _empty_sample(name: str, title: str) -> dict[str, bytes]:
    info = SampleInfo(
        name=name, title=title, origin="collected", schema_version=load_schema().version
    )
    with tempfile.TemporaryDirectory(prefix="relatum-") as place:
        made = write_sample(Sample(info=info, tables={}), Path(place) / "sample")
        return {f"sample/{file.name}": file.read_bytes() for file in sorted(made.iterdir())}


def _plan(name: str, title: str) -> str:
    """Return the shipped plan with the study's own names and without the audit of the chapter."""
    text = default_study_path().read_text(encoding="utf-8")
    start = text.index("name =")
    head = (
        "# The plan of the study. Unknown keys are errors; its hash is printed in every report.\n"
    )
    changes = {
        "name": f'name = "{name}"',
        "title": f'title = "{_quoted(title)}"',
        "sample": 'sample = "sample"                 # a folder beside this file',
        "seed": "seed = 1                          # any whole number; keep it",
    }
    text = text[start:].replace('"audit", ', "")
    for key, line in changes.items():
        text = re.sub(_SETTING.format(key=key), lambda _, line=line: line, text, count=1)  # type: ignore[misc]
    return f"{head}\n{text}"


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
