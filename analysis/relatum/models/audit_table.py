"""The audit of any table of counts, means, bands and percentages.

A table of figures is a CSV file with one figure per row and the columns ``kind, name, group, n,
lower, upper, count, value, decimals``. Rows with the same `group` describe one quantity.

==============  ===============================================================  ==================
 kind            what the row says                                                cells it needs
==============  ===============================================================  ==================
``total``        the whole-number values of `n` units add up to `value`           n, value
``band``         `count` units have a value from `lower` to `upper`               lower, count
                 (empty: no upper limit)
``range``        the smallest value is `lower`, the largest `upper`               lower, upper
``mean``         the whole-number values of `n` units average `value`             n, value
``part``         `count` of `n` units; the parts of a group exclude each other    n, count
                 and leave nobody out
``percentage``   `value` percent of `n` units, and their `count` if it is known   n, value
==============  ===============================================================  ==================

`value` is written as it was printed. `decimals` says how many decimals were printed, where a
spreadsheet may have dropped zeros at the end. Examples lie in ``data_schema/examples/audit/``.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pandas as pd

from relatum import __version__
from relatum.inference.common import Refusal
from relatum.inference.feasible import Band, IntegerRange, fix_values, list_solutions, sum_range
from relatum.inference.rounded import check_grid, rounded_totals
from relatum.models.audit_figures import compact, number_range, solution_set, verdict_of
from relatum.models.audit_rows import FigureRow, FigureTable, read_figures
from relatum.results.audit import (
    ArithmeticAudit,
    ArithmeticCheck,
    ArithmeticVerdict,
    SolutionSet,
)
from relatum.results.base import Note, Provenance
from relatum.schema import load_schema

__all__ = ["audit_table"]

#: Sizes are enumerated up to this many units and this total; beyond, only ranges are tested.
_MOST_UNITS, _LARGEST_TOTAL, _LISTED = 40, 300, 5_000


def audit_table(source: str | Path | pd.DataFrame) -> ArithmeticAudit:
    """Check whether the figures of a table add up.

    Parameters
    ----------
    source : str, Path or DataFrame
        A table of figures; the module's text gives the columns and kinds.

    Returns
    -------
    ArithmeticAudit
        One check per question, group by group; `facts` of a check names the lines it rests on.

    Raises
    ------
    SampleError
        With every fault of the table at once, where it cannot be read.

    Examples
    --------
    >>> table = pd.DataFrame(
    ...     {"kind": ["percentage"], "name": ["reported"], "n": [12], "value": ["59"]})
    >>> audit = audit_table(table)
    >>> audit.checks[0].verdict, audit.checks[0].finding
    ('inconsistent', 'No count of 12 prints as 59%; the nearest possible value is 58.33%.')
    """
    table = read_figures(source)
    checks: list[ArithmeticCheck] = []
    solutions: list[SolutionSet] = []
    for number, group in enumerate(table.groups, start=1):
        checks.extend(_Group(table, group, number).checks(solutions))
    return ArithmeticAudit(
        title=f"The figures of {table.name}",
        checks=tuple(checks),
        solutions=tuple(solutions),
        notes=(
            Note("whole_numbers", "Totals, bands and means are taken to be of whole numbers."),
            Note("no_proof", "Figures that add up may still be wrong; no_power marks empty tests."),
        ),
        provenance=_provenance(table),
    )


def _provenance(table: FigureTable) -> Provenance:
    return Provenance(
        relatum_version=__version__,
        schema_version=load_schema().version,
        sample_name=table.name,
        sample_fingerprint=table.fingerprint,
        sample_origin="collected",
    )


class _Group:
    """The figures of one quantity."""

    def __init__(self, table: FigureTable, group: str, number: int) -> None:
        self.name, self.key = group, f"group{number}"
        self.totals = table.select("total", group)
        self.bands = table.select("band", group)
        self.ranges = table.select("range", group)
        self.means = table.select("mean", group)
        self.parts = table.select("part", group)
        self.percentages = table.select("percentage", group)

    def checks(self, solutions: list[SolutionSet]) -> Iterator[ArithmeticCheck]:
        """Yield the checks of the group and add the sizes that fit."""
        yield from self._same_n()
        if self.bands:
            yield self._band_counts()
            yield from self._overlaps()
        yield from self._range()
        for row in self.totals:
            yield self._total(row, solutions)
        for row in self.means:
            yield from self._mean(row)
        if self.parts:
            yield self._part_counts()
        for row in self.percentages:
            yield _percentage(row, self._id("percentage", row))

    # --- what the group says ------------------------------------------------------------------

    @property
    def _quantity(self) -> tuple[FigureRow, ...]:
        return (*self.totals, *self.bands, *self.ranges, *self.means)

    @property
    def n(self) -> int | None:
        """The number of units, where a row gives it."""
        return next((row.n for row in self._quantity if row.n is not None), None)

    def _ends(self) -> tuple[int, ...]:
        """Return the smallest and the largest value, where a range gives them."""
        ends = [e for row in self.ranges for e in (row.lower, row.upper) if e is not None]
        return tuple(dict.fromkeys((min(ends), max(ends)))) if ends else ()

    def _cut_bands(self) -> list[Band]:
        """Return the bands, cut at the range; one band of everybody where they do not add up."""
        ends = self._ends()
        low, high = (ends[0], ends[-1]) if ends else (0, None)
        counted = sum(row.count or 0 for row in self.bands)
        if not self.bands or self.n not in (None, counted):
            return [Band(low, high, self.n or 0)]
        cut = []
        for row in self.bands:
            own = IntegerRange(row.lower or 0, row.upper).meet(IntegerRange(low, high))
            if own.empty:
                own = IntegerRange(row.lower or 0, row.upper)
            cut.append(Band(own.low, own.high, row.count or 0))
        return cut

    def _id(self, what: str, row: FigureRow | None = None) -> str:
        return f"{self.key}_{what}" + (f"_line{row.line}" if row is not None else "")

    def _made(
        self,
        what: str,
        statement: str,
        finding: str,
        verdict: ArithmeticVerdict,
        rows: tuple[FigureRow, ...],
        *,
        row: FigureRow | None = None,
        limits: tuple[float, float] | None = None,
    ) -> ArithmeticCheck:
        return ArithmeticCheck(
            id=self._id(what, row),
            statement=f"{self.name}: {statement}",
            finding=finding,
            verdict=verdict,
            facts=tuple(f"line {r.line}" for r in sorted(rows, key=lambda r: r.line)),
            lower=None if limits is None else float(limits[0]),
            upper=None if limits is None else float(limits[1]),
        )

    # --- checks -------------------------------------------------------------------------------

    def _same_n(self) -> Iterator[ArithmeticCheck]:
        given = sorted({row.n for row in self._quantity if row.n is not None})
        if len(given) > 1:
            words = " and ".join(map(str, given))
            yield self._made(
                "n",
                "one number of units.",
                f"The rows give {words}.",
                "inconsistent",
                self._quantity,
            )

    def _band_counts(self) -> ArithmeticCheck:
        counts = [row.count or 0 for row in self.bands]
        added = f"{' + '.join(map(str, counts))} = {sum(counts)}"
        if self.n is None:
            return self._made(
                "band_counts", "bands.", f"{added}; no row gives n.", "no_power", self.bands
            )
        return self._made(
            "band_counts",
            f"bands of {self.n} units.",
            f"{added}.",
            verdict_of(sum(counts) == self.n),
            self.bands,
        )

    def _overlaps(self) -> Iterator[ArithmeticCheck]:
        ordered = sorted(self.bands, key=lambda row: row.lower or 0)
        for first, second in pairwise(ordered):
            if first.upper is None or first.upper >= (second.lower or 0):
                yield self._made(
                    "band_overlap",
                    f"'{first.name}' and '{second.name}'.",
                    "The bands overlap: a unit could be counted in either.",
                    "ambiguous",
                    (first, second),
                    row=second,
                )

    def _range(self) -> Iterator[ArithmeticCheck]:
        ends = self._ends()
        if not ends or not self.bands:
            return
        rows = (*self.ranges, *self.bands)
        statement = f"values from {ends[0]} to {ends[-1]}, in bands."
        found = sum_range(self._cut_bands(), attained=ends)
        outside = [
            row.name
            for row in self.bands
            if row.count and IntegerRange(row.lower or 0, row.upper).meet(_span(ends)).empty
        ]
        if isinstance(found, Refusal):
            yield self._made("range", statement, f"{found.why}.", "inconsistent", rows)
        elif outside:
            finding = f"Units are counted outside of the range: {', '.join(outside)}."
            yield self._made("range", statement, finding, "inconsistent", rows)
        else:
            yield self._made("range", statement, "Both ends have a band.", "consistent", rows)

    def _total(self, row: FigureRow, solutions: list[SolutionSet]) -> ArithmeticCheck:
        bands, total = self._cut_bands(), int(row.value or 0)
        rows = (row, *self.bands, *self.ranges)
        statement = f"a total of {total}."
        reach = sum_range(bands, attained=self._ends())
        if isinstance(reach, Refusal):
            return self._made("total", statement, f"{reach.why}.", "inconsistent", rows, row=row)
        units = sum(band.count for band in bands)
        top = "any number" if reach.high is None else str(reach.high)
        finding = f"{units} units allow totals from {reach.low} to {top}."
        fits = reach.low <= total and (reach.high is None or total <= reach.high)
        if fits and self.bands and units <= _MOST_UNITS and total <= _LARGEST_TOTAL:
            placed = fix_values(bands, self._ends())
            found = (
                placed
                if isinstance(placed, Refusal)
                else list_solutions(placed, total, limit=_LISTED)
            )
            solution = solution_set(self._id("sizes", row), self.name, found, total)
            solutions.append(solution)
            finding += f" {_largest(solution)}"
        limits = (float(reach.low), float(total if reach.high is None else reach.high))
        return self._made(
            "total", statement, finding, verdict_of(fits), rows, row=row, limits=limits
        )

    def _mean(self, row: FigureRow) -> Iterator[ArithmeticCheck]:
        if row.value is None or row.n is None:
            return
        rows = (row, *self.bands, *self.ranges, *self.totals)
        decimals = row.decimals or 0
        totals = rounded_totals(row.value, n=row.n, decimals=decimals, lenient=True)
        statement = f"a mean of {row.printed} over {row.n}."
        reach = sum_range(self._cut_bands(), attained=self._ends())
        if isinstance(reach, Refusal):
            yield self._made("mean", statement, f"{reach.why}.", "inconsistent", rows, row=row)
        elif self.bands or self.ranges or self.totals:
            yield self._mean_in_reach(row, statement, totals, reach, rows)
        yield self._mean_grid(row, statement)

    def _mean_in_reach(
        self,
        row: FigureRow,
        statement: str,
        totals: IntegerRange,
        reach: IntegerRange,
        rows: tuple[FigureRow, ...],
    ) -> ArithmeticCheck:
        n = row.n or 1
        given = [int(t.value) for t in self.totals if t.value is not None]
        if given:
            fits = all(totals.low <= t <= (totals.high or 0) for t in given)
            finding = f"The total {given[0]} gives {compact(given[0] / n, 4)}."
        else:
            # A possible sum inside both ranges; whether the mean is on the grid is asked apart.
            wide = rounded_totals(row.value or Fraction(0), n=n, decimals=0, lenient=True)
            asked = wide if totals.empty else totals
            fits = not reach.meet(asked).empty
            low = reach.low / n
            finding = (
                f"The other figures allow means from {compact(low)} up."
                if reach.high is None
                else f"The other figures allow means of {number_range(low, reach.high / n)}."
            )
        return self._made("mean", statement, finding, verdict_of(fits), rows, row=row)

    def _mean_grid(self, row: FigureRow, statement: str) -> ArithmeticCheck:
        n, decimals = row.n or 1, row.decimals or 0
        found = check_grid(row.value or Fraction(0), n=n, decimals=decimals)
        if not found.has_power:
            finding = f"Every mean with {decimals} decimals can come from {n} whole numbers."
        elif found.possible:
            finding = f"It can come from {n} whole numbers."
        else:
            finding = (
                f"No sum of {n} whole numbers prints as {row.printed}; the nearest possible mean "
                f"is {compact(found.nearest, decimals + 2)}."
            )
        verdict = verdict_of(found.possible) if found.has_power else "no_power"
        return self._made("mean_grid", statement, finding, verdict, (row,), row=row)

    def _part_counts(self) -> ArithmeticCheck:
        counts = [row.count or 0 for row in self.parts]
        wholes = sorted({row.n for row in self.parts if row.n is not None})
        added = f"{' + '.join(map(str, counts))} = {sum(counts)}"
        words = " or ".join(map(str, wholes))
        fits = wholes == [sum(counts)]
        return self._made("parts", f"parts of {words}.", f"{added}.", verdict_of(fits), self.parts)


def _span(ends: tuple[int, ...]) -> IntegerRange:
    return IntegerRange(ends[0], ends[-1])


def _largest(solution: SolutionSet) -> str:
    if not solution.sizes:
        return "No whole numbers fit."
    largest = [max(sizes) for sizes in solution.sizes]
    words = "solution" if solution.n_solutions == 1 else "solutions"
    some = "" if len(largest) == solution.n_solutions else f" (of the first {len(largest):,})"
    return (
        f"{solution.n_solutions:,} integer {words}; the largest unit has "
        f"{number_range(min(largest), max(largest))}{some}."
    )


def _percentage(row: FigureRow, name: str) -> ArithmeticCheck:
    n, decimals, value = row.n or 1, row.decimals or 0, row.value or Fraction(0)
    found = check_grid(value, n=n, decimals=decimals, scale=100)
    verdict: ArithmeticVerdict
    if row.count is not None:
        share = Fraction(100 * row.count, n)
        verdict = verdict_of(abs(share - value) <= Fraction(1, 2 * 10**decimals))
        finding = f"{row.count}/{n} is {compact(float(share), decimals + 2)}%."
    elif not found.has_power:
        verdict, finding = "no_power", f"Every percentage can come from {n} units."
    elif found.possible:
        verdict = "consistent"
        finding = f"It is {number_range(found.totals.low, found.totals.high or 0)} of {n}."
    else:
        verdict = "inconsistent"
        finding = (
            f"No count of {n} prints as {row.printed}%; the nearest possible value is "
            f"{compact(found.nearest, decimals + 2)}%."
        )
    return ArithmeticCheck(
        id=name,
        statement=f"{row.name}: {row.printed}% of {n}.",
        finding=finding,
        verdict=verdict,
        facts=(f"line {row.line}",),
    )
