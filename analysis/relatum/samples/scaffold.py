"""A new study: an empty sample, a plan that can be read, and what to do next."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from relatum.errors import UsageError
from relatum.samples.sample import Sample, SampleInfo
from relatum.samples.templates import write_new_folder
from relatum.samples.write import write_sample
from relatum.schema import default_study_path, load_schema

__all__ = ["REPORTS", "write_scaffold"]

#: The folder of a study's own documents.
REPORTS = "reports"

_NAME = re.compile(r"[^a-z0-9]+")
_SETTING = r"(?m)^{key} *= *.*$"

_README = """# {title}

A study of relationships between suspects and victims, coded from police files with relatum.

| what | where |
|---|---|
| the coded tables, one file each | `sample/` |
| the plan: what is analysed, and how | `study.toml` |
{own}| results, tables, figures and reports | `out/`, made by `relatum run` |

## Next

1. `relatum template templates` writes spreadsheets to code into, and
   `relatum import template FILE sample` reads what was filled in. `relatum codebook` explains
   every code. An empty cell means that the file does not say; it never means no. Codes of your own
   are added with `--extend my_codes.csv` in both calls; they travel in `sample/` from then on.
2. Run `relatum check sample` until it finds nothing. With two coders, `relatum agree sample`
   compares them. An analysis reads one coder: `consensus`, where there is one, so code everything
   as `consensus` before you run it, not only what was coded twice; or name a coder in the plan.
3. Read `study.toml` and settle the plan before you look at results.
   Ask the data owner which profile of disclosure control holds: `[release]` in the plan says
   `"chapter5"`; there are `"acro10"`, `"opensafely7"` and `"cms11"`, too.
4. `relatum run study.toml` computes everything, asks disclosure control what may leave the
   computer, and writes results, tables and reports without the rest. What was withheld is counted
   in notes, and "not available" stands where nothing is left. `relatum release study.toml` says for
   each result whether it passes, and why. Have a person check the output before you share it.

## Before you start

- Tables hold pseudonyms only: no names, addresses, telephone numbers or texts of the file. The
  list that links pseudonyms to persons stays outside this folder.
- `.gitignore` keeps the coded tables, filled spreadsheets, projects of coding programs and results
  out of version control. Leave it so.
- Coded police files remain personal data. Ask whoever gave access what may leave the computer.
"""

_OWN = "| the texts of the reports, and who writes them (`authors.yml`) | `{folder}/` |\n"
_OWN_LINE = """{line}
folder = "{folder}"               # documents of your own; name the authors in authors.yml"""

_IGNORE = """# Data about persons never enter version control.
sample/*
!sample/datapackage.json
*.csv
!codebook_*.csv
!sample/codebook_extension.csv
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


def write_scaffold(
    folder: str | Path,
    *,
    title: str | None = None,
    reports: Mapping[str, bytes] | None = None,
) -> tuple[Path, ...]:
    """Write a new study; either the whole folder appears or nothing.

    Parameters
    ----------
    folder : str or Path
        A folder that does not exist yet, or an empty one.
    title : str, optional
        The title of the study; by default it is called after the folder.
    reports : mapping of str to bytes, optional
        Documents of the study's own, by path inside its folder `REPORTS`, which the plan then
        names; by default the shipped ones are rendered.

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
    own = "" if reports is None else _OWN.format(folder=REPORTS)
    files = {
        **_empty_sample(name, words),
        "study.toml": _plan(name, words, own=reports is not None).encode(),
        "README.md": _README.format(title=words, own=own).encode(),
        ".gitignore": _IGNORE.encode(),
        **{f"{REPORTS}/{file}": content for file, content in (reports or {}).items()},
    }
    return write_new_folder(folder, files)


def _empty_sample(name: str, title: str) -> dict[str, bytes]:
    info = SampleInfo(
        name=name, title=title, origin="collected", schema_version=load_schema().version
    )
    with tempfile.TemporaryDirectory(prefix="relatum-") as place:
        made = write_sample(Sample(info=info, tables={}), Path(place) / "sample")
        return {f"sample/{file.name}": file.read_bytes() for file in sorted(made.iterdir())}


_DOCUMENTS = re.compile(r"documents = \[[^\]]*\]")
_OWN_DOCUMENTS = """documents = [
    "quality.qmd", "prevalence.qmd", "cooccurrence.qmd", "escape.qmd", "retraction.qmd",
]                                 # with a second sample also "comparison.qmd\""""


def _plan(name: str, title: str, *, own: bool) -> str:
    """Return the shipped plan with the study's own names, for one sample of its own.

    The audit of the chapter and the open data are left out. So is the comparison, until there is
    a second sample: collected data are never compared with a simulated sample unasked.
    """
    text = default_study_path().read_text(encoding="utf-8")
    start = text.index("name =")
    head = (
        "# The plan of the study. Unknown keys are errors; its hash is printed in every report.\n"
    )
    changes = {
        "name": f'name = "{name}"',
        "title": f'title = "{_quoted(title)}"',
        "sample": 'sample = "sample"                 # a folder beside this file',
        "seed": "seed = 1                          # any whole number; keep it\n"
        '# coder = "..."                    # whose codings count; consensus if left out',
        "profile": 'profile = "chapter5"              # ask the data owner; README.md names others',
        "other": 'other = ""                        # a second sample; then add "comparison" above',
    }
    text = text[start:].replace('"audit", ', "").replace('"recidivism", ', "")
    text = text.replace(', "comparison",\n]', ",\n]", 1)
    text = _DOCUMENTS.sub(_OWN_DOCUMENTS, text, count=1)
    for key, line in changes.items():
        text = re.sub(_SETTING.format(key=key), lambda _, line=line: line, text, count=1)  # type: ignore[misc]
    if own:
        text = text.replace("[reports]", _OWN_LINE.format(line="[reports]", folder=REPORTS), 1)
    return f"{head}\n{text}"


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
