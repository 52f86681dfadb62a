"""The table of the investigations behind the estimates."""

from __future__ import annotations

from relatum.release import Released
from relatum.release.content import content
from relatum.results.clusters import ClusterDiagnostics, ClusterRow, band_words
from relatum.tables.descriptive import note_texts
from relatum.tables.table import Column, Row, Table
from relatum.tables.wording import percent

__all__ = ["tabulate_clusters"]


def tabulate_clusters(released: Released) -> Table:
    """Tabulate how few and how unequal the investigations are.

    Parameters
    ----------
    released : Released
        A `ClusterDiagnostics`.
    """
    found = content(released, ClusterDiagnostics)
    lines = [_cluster_cells(row, found.icc_marks) for row in found.rows]
    labels = [label for label, _ in lines[0]] if lines else []
    rows = tuple(
        Row(cells=(label, *(cells[at][1] for cells in lines))) for at, label in enumerate(labels)
    )
    heads = [row.population[:1].upper() + row.population[1:] for row in found.rows]
    return Table(
        title="The investigations behind the estimates",
        columns=(
            Column(label="Quantity", width=7),
            *(Column(label=head, align="right", width=5) for head in heads),
        ),
        rows=rows,
        footnotes=note_texts(released),
    )


def _cluster_cells(
    row: ClusterRow, marks: tuple[float, float, float]
) -> tuple[tuple[str, str], ...]:
    bands = "; ".join(f"{band_words(c)}: {c.n_cases}" for c in row.classes if c.n_cases)
    known = (row.information_low, row.information_middle, row.information_high)
    return (
        ("Units", f"{row.n_units}"),
        ("Investigations", f"{row.n_cases}"),
        ("Merged, because they share a suspect", f"{row.n_merged}"),
        ("Sizes: number of investigations", bands),
        ("Share of the largest", f"{percent(row.largest_share)} of {row.n_units}"),
        ("Coefficient of variation of the sizes", f"{row.size_cv:.1f}"),
        ("Effective number of investigations", f"{row.effective_cases:.1f}"),
        *(
            (f"Independent units at a correlation of {mark:g}", f"{value:.0f}")
            for mark, value in zip(marks, known, strict=True)
        ),
        ("Limits refused", row.refused or "no"),
    )
