"""How much of what is recorded lies in one case."""

from __future__ import annotations

from collections.abc import Mapping

from relatum.release.ledger import Ledger
from relatum.release.shapes import RowShape, at
from relatum.samples import UNIT_TABLES, Sample, status_frame
from relatum.schema.status import PRESENT

__all__ = ["case_shares", "code_of"]


def code_of(row: object, shape: RowShape) -> tuple[str, str]:
    """Return the code of a row and its unit; tactics are codes of relationships."""
    unit = at(row, shape.term.replace("term", "unit"))
    return at(row, shape.term), unit or "relationship"


def case_shares(
    ledger: Ledger, sample: Sample, *, coder: str | None = None
) -> Mapping[tuple[str, str], float]:
    """Return the largest share of each code's units in one case, by code and unit.

    Parameters
    ----------
    ledger : Ledger
        Rows; those of codes are looked up.
    sample : Sample
    coder : str, optional
        See `Sample.chosen_coder`.

    Notes
    -----
    Groups of codes are not looked up; nor are codes of cases, of which each is one.
    """
    asked = {
        code_of(entry.row, entry.shape) for entry in ledger.entries.values() if entry.shape.term
    }
    found: dict[tuple[str, str], float] = {}
    for unit in sorted({unit for _, unit in asked if unit in UNIT_TABLES and unit != "case"}):
        rows = sample.tables[UNIT_TABLES[unit]]
        terms = sorted(term for term, u in asked if u == unit and term in sample.schema.codebook)
        if "case_id" not in rows or not terms:
            continue
        frame = status_frame(sample, terms, unit=unit, coder=coder)
        for term in terms:
            held = frame[term].status.codes == PRESENT
            counts = rows.loc[held, "case_id"].value_counts()
            if len(counts):
                found[term, unit] = float(counts.iloc[0] / counts.sum())
    return found
