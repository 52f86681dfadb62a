"""``relatum example linea137`` and ``ctdc-dhs``: open registries that the user supplies."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from relatum.cli.common import emit, to_json
from relatum.errors import EstimationError, UsageError

if TYPE_CHECKING:
    from relatum.release import Released
    from relatum.results.base import Unavailable
    from relatum.results.registry_comparison import RegistryComparison
    from relatum.tables.table import Table

__all__ = ["REGISTRY_EXAMPLES", "compare_files"]

#: What each comparison needs.
REGISTRY_EXAMPLES: dict[str, str] = {
    "linea137": "a comparison of files of Línea 137 that you supply: NAME FILE... --out DIR",
    "ctdc-dhs": "the same of a file of the CTDC beside one of the DHS: NAME FILE FILE --out DIR",
}
PAGE = "registry_comparison.html"
_STYLE = (
    "body{font:15px/1.45 sans-serif;max-width:76em;margin:2em auto;padding:0 1em}"
    "table{border-collapse:collapse;width:100%;margin:1.5em 0 .5em}"
    "caption{text-align:left;font-weight:bold}"
    "td,th{border-bottom:1px solid #ccc;padding:.25em .5em;text-align:left;vertical-align:top}"
    ".table-notes{font-size:.87em}"
)


def compare_files(
    name: str, files: Sequence[Path], out: Path | None, *, margin: float, as_json: bool
) -> None:
    """Compare the groups in files of open registries and write a report of one page.

    Parameters
    ----------
    name : str
        A key of `REGISTRY_EXAMPLES`.
    files : sequence of Path
    out : Path or None
        The folder of the report; none is written where it is left out.
    margin : float
    as_json : bool
        Whether the outcome is printed for programs.

    Raises
    ------
    UsageError
        If files are missing or too many.
    ImportFailedError
        With every fault of every file.
    EstimationError
        If nothing can be compared.
    """
    from relatum.release.registry import release_registry
    from relatum.results.base import Unavailable
    from relatum.results.store import replace_folder
    from relatum.tables.registry_comparison import say_registry_comparison

    found = _compared(name, files, margin)
    if isinstance(found, Unavailable):
        msg = f"Nothing can be compared: {found.why}."
        raise EstimationError(msg)
    released = release_registry(found)
    tables = _tables(released)
    if out is not None:
        replace_folder(out, _report(released, found, tables), mark=PAGE)
    place = f"\nReport: {out / PAGE}" if out else "\nWith --out DIR a report is written."
    lines = [say_registry_comparison(released), "", tables["changes"].text()]
    text = "\n".join([*lines, "", *found.attributions, *found.terms]) + place
    emit(
        {"example": name, "folder": str(out) if out else None, "comparison": to_json(found)},
        text,
        json_mode=as_json,
    )


def _compared(name: str, files: Sequence[Path], margin: float) -> RegistryComparison | Unavailable:
    from relatum.models.registry_comparison import compare_ctdc_dhs, compare_linea137
    from relatum.samples.importers.registries import import_registry

    if name == "linea137":
        if not files:
            msg = "Name the files of Línea 137, of calls or of interventions: NAME FILE... ."
            raise UsageError(msg)
        return compare_linea137(import_registry("linea137", files), margin=margin)
    if len(files) != 2:
        msg = f"Name a file of the CTDC and a file of the DHS, in this order; got {len(files)}."
        raise UsageError(msg)
    ctdc, dhs = (import_registry(n, [f]) for n, f in zip(("ctdc", "dhs"), files, strict=True))
    return compare_ctdc_dhs(ctdc, dhs, margin=margin)


def _tables(released: Released) -> dict[str, Table]:
    from relatum.tables.registry_comparison import (
        tabulate_registry_associations,
        tabulate_registry_changes,
        tabulate_registry_comparison,
    )

    return {
        "changes": tabulate_registry_changes(released),
        "comparison": tabulate_registry_comparison(released),
        "associations": tabulate_registry_associations(released),
    }


def _report(
    released: Released, found: RegistryComparison, tables: dict[str, Table]
) -> dict[str, str]:
    """Return the files of the report: one page, and its tables as CSV."""
    from relatum.tables.registry_comparison import say_registry_comparison

    source = found.provenance
    prints = [p[:12] for p in (source.sample_fingerprint, source.other_fingerprint) if p]
    closing = [
        *found.attributions,
        *found.terms,
        *(row.finding for row in released.evidence),
        f"Written by relatum {source.relatum_version}, schema {source.schema_version}, from "
        f"samples with the hashes {', '.join(prints)}; seed {source.seed}.",
    ]
    title = html.escape(found.title)
    body = [
        f"<h1>{title}</h1>",
        f"<p>{html.escape(say_registry_comparison(released))}</p>",
        *(table.html() for table in tables.values()),
        "<h2>Sources and terms</h2>",
        *(f"<p>{html.escape(text)}</p>" for text in closing),
    ]
    page = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(body)
        + "\n</body>\n</html>\n"
    )
    return {PAGE: page, **{f"{key}.csv": table.csv() for key, table in tables.items()}}
