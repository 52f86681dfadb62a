"""The first table of an article: who and what is in the samples, and what the files leave out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from relatum.errors import EstimationError
from relatum.release import Released
from relatum.release.content import content
from relatum.results.base import Unavailable
from relatum.results.comparison import ComparedSample, Comparison
from relatum.results.comparison_profile import DEPTH, DESCRIBED, BalanceRow, ComparisonProfile
from relatum.results.distributions import Distribution, LevelCount, Summary, SummaryRow
from relatum.results.flow import Flow
from relatum.results.prevalence import Prevalence, PrevalenceRow
from relatum.tables.absent import reason_table
from relatum.tables.pair_words import decimal_words, signed_words, upper_first
from relatum.tables.printed import print_table
from relatum.tables.table import Column, Row, Table, together
from relatum.tables.wording import NOTHING, count_words, number_words

__all__ = ["tabulate_table_one"]

_TITLE = "Characteristics of the sample"
_TITLE_TWO = "Characteristics of both samples"
#: What one sample is described by, beside its units and ages.
_SHOWN = frozenset(
    {
        *("case_duration_months", "suspect_age", "victim_age", "documentation_depth"),
        *("case_strategy", "case_focus", "suspect_gender", "victim_gender"),
        *("suspect_birth_country", "victim_birth_country", "victim_prior_sex_work"),
        *("victim_children", "rel_status", "rel_cohabiting", "rel_married", "rel_child"),
        *("rel_exit_cause", "victim_statement_available"),
    }
)
#: Levels of a variable that are counted one by one; the others stand together.
_LEVELS = 5


def tabulate_table_one(results: Mapping[str, Released]) -> Table:
    """Tabulate what the samples hold: units, characteristics, and what is not documented.

    Parameters
    ----------
    results : mapping of str to Released
        All results of a plan. With ``comparison`` and ``comparison_profile`` both samples stand
        side by side, unless one of them is withheld; else the one sample is described from
        ``flow``, ``numbers``, ``countries``, ``characteristics`` and ``circumstances``, as far as
        they are there.

    Returns
    -------
    Table
        Shares are of the documented, with their counts; what is not documented is counted beside
        them. Standardised differences compare the samples; they are no tests. In a report the
        reason stands in its place where no result of a sample went out.

    Raises
    ------
    EstimationError
        If no result describes a sample, outside of a report.
    """
    matrix, profile = (_there(results, name) for name in ("comparison", "comparison_profile"))
    if matrix is not None and len(content(matrix, Comparison).samples) == 2:
        return _two(matrix, profile)
    return _one(results)


def _there(results: Mapping[str, Released], name: str) -> Released | None:
    found = results.get(name)
    return None if found is None or isinstance(found.result, Unavailable) else found


def _two(matrix: Released, profile: Released | None) -> Table:
    samples = {one.side: one for one in content(matrix, Comparison).samples}
    sides = (samples["trafficking"], samples["domestic_violence"])
    balance = () if profile is None else content(profile, ComparisonProfile).balance
    rows = together([*_unit_rows(sides), *_balance_rows(balance, sides)])
    table = Table(
        title=_TITLE_TWO,
        columns=(
            Column(label="Characteristic", width=11),
            Column(label="Trafficking", align="right", width=10),
            Column(label="Not documented", align="right", width=9),
            Column(label="Domestic violence", align="right", width=10),
            Column(label="Not documented", align="right", width=9),
            Column(label="SMD", align="right", width=5),
        ),
        rows=rows,
        footnotes=(
            "Counts of relationships among those of which it is documented, with the share where "
            "20 or more are; means of numbers. A characteristic of a person counts once for each "
            "relationship. SMD: standardised mean difference, trafficking less domestic violence, "
            "over the pooled standard deviation; for several levels one distance without a sign. "
            f"It is descriptive and no test. {NOTHING}: not defined.",
        ),
    )
    return _printed(table, [one for one in (matrix, profile) if one is not None])


def _unit_rows(sides: Sequence[ComparedSample]) -> Iterator[Row]:
    named = {
        "Investigations": [f"{one.n_cases:,}" for one in sides],
        "Relationships": [f"{one.n_relationships:,}" for one in sides],
        "Victims": [f"{one.n_victims:,}" for one in sides],
        "Relationships in the largest investigation": [f"{one.largest_case:,}" for one in sides],
        "Documents per relationship, median": [number_words(one.median_depth) for one in sides],
    }
    for label, (first, second) in named.items():
        cells = (label, first, NOTHING, second, NOTHING, NOTHING)
        yield Row(cells=cells, group="Units")


def _balance_rows(balance: Sequence[BalanceRow], sides: Sequence[ComparedSample]) -> Iterator[Row]:
    order = {name: at for at, name in enumerate((*DESCRIBED[:1], DEPTH, *DESCRIBED[1:]))}
    held = sorted(balance, key=lambda row: order.get(row.term, len(order)))
    for _, rows in groupby(held, key=lambda row: row.term):
        levels = list(rows)
        for at, row in enumerate(levels):
            yield _balance_row(row, sides, first=at == 0, alone=len(levels) == 1)


def _balance_row(
    row: BalanceRow, sides: Sequence[ComparedSample], *, first: bool, alone: bool
) -> Row:
    """Write one level; what holds for all levels stands in the first line."""
    silent = (row.undocumented_trafficking, row.undocumented_domestic_violence)
    values = (row.trafficking, row.domestic_violence)
    cells = [
        _value(value, one.n_relationships - missing, share=bool(row.level))
        for value, missing, one in zip(values, silent, sides, strict=True)
    ]
    beside = [f"{n:,}" for n in silent] if first else ["", ""]
    distance = NOTHING if row.smd is None else _distance(row.smd, signed=alone)
    label = upper_first(row.level.replace("_", " ")) if not alone else upper_first(row.label)
    mean = "" if row.level else ", mean"
    return Row(
        group="Relationships and victims" if alone else upper_first(row.label),
        cells=(label + mean, cells[0], beside[0], cells[1], beside[1], distance if first else ""),
    )


def _value(value: float | None, known: int, *, share: bool) -> str:
    if value is None:
        return NOTHING
    return count_words(round(value * known), known) if share else decimal_words(value)


def _distance(smd: float, *, signed: bool) -> str:
    return signed_words(smd, digits=2) if signed else f"{abs(smd):.2f}"


def _one(results: Mapping[str, Released]) -> Table:
    rows: list[Row] = []
    used: list[Released] = []
    reasons: list[str] = []
    for name, write in _ONE.items():
        found = results.get(name)
        if found is not None and isinstance(found.result, Unavailable):
            reasons += [found.result.why] if found.in_report else []
        elif found is not None:
            rows += write(found)
            used.append(found)
    if reasons and not used:
        return reason_table(reasons[0].rstrip("."))
    if not used:
        msg = f"{_TITLE}: no result describes a sample. Add 'descriptive' to the models of the plan"
        raise EstimationError(f"{msg}.")
    table = Table(
        title=_TITLE,
        columns=(
            Column(label="Characteristic", width=6),
            Column(label="Recorded", align="right", width=4),
            Column(label="Not documented", align="right", width=3),
        ),
        rows=tuple(rows),
        footnotes=(
            "Counts among the units of which it is documented, with the share where 20 or more "
            f"are; means of numbers. {NOTHING}: does not apply.",
        ),
    )
    return _printed(table, used)


def _printed(table: Table, used: Sequence[Released]) -> Table:
    for released in used:
        table = print_table(released, table)
    return table


def _flow_rows(released: Released) -> Iterator[Row]:
    for step in content(released, Flow).steps:
        yield Row(cells=(upper_first(step.label), f"{step.n:,}", NOTHING), group="Units")


def _number_rows(released: Released) -> Iterator[Row]:
    for row in content(released, Summary).rows:
        if row.variable in _SHOWN:
            yield _number_row(row)


def _number_row(row: SummaryRow) -> Row:
    label = f"{row.label}, mean ({row.scale})"
    return Row(
        cells=(upper_first(label), number_words(row.mean), f"{row.n_undocumented:,}"),
        group="Numbers",
    )


def _level_rows(released: Released) -> Iterator[Row]:
    levels = content(released, Distribution).levels
    for variable, held in groupby(levels, key=lambda level: level.variable):
        if variable in _SHOWN:
            yield from _variable(list(held))


def _variable(levels: Sequence[LevelCount]) -> Iterator[Row]:
    """Count the levels of a variable; many are cut to the most frequent, the others together."""
    shown = [level for level in levels if level.n]
    if len(shown) > _LEVELS + 1:
        shown = sorted(shown, key=lambda level: -level.n)[:_LEVELS]
    rest = sum(level.n for level in levels) - sum(level.n for level in shown)
    lines = [(level.level_label, level.n) for level in shown]
    lines += [("Other", rest)] if rest else []
    for at, (label, n) in enumerate(lines):
        one = levels[0]
        silent = f"{one.n_undocumented:,}" if at == 0 else ""
        yield Row(
            cells=(upper_first(label), count_words(n, one.n_documented), silent),
            group=_headed(one),
        )


def _headed(level: LevelCount) -> str:
    """Name whose variable it is, unless its words say so."""
    words = upper_first(level.label)
    return words if level.unit in words.lower() else f"{words} ({level.unit})"


def _circumstance_rows(released: Released) -> Iterator[Row]:
    for row in content(released, Prevalence).rows:
        if row.term in _SHOWN:
            yield _circumstance(row)


def _circumstance(row: PrevalenceRow) -> Row:
    known = row.n_units - row.n_undocumented
    return Row(
        cells=(
            upper_first(row.label),
            count_words(row.n_present, known),
            f"{row.n_undocumented:,}",
        ),
        group=f"Circumstances ({row.unit})",
    )


_ONE = {
    "flow": _flow_rows,
    "numbers": _number_rows,
    "countries": _level_rows,
    "characteristics": _level_rows,
    "circumstances": _circumstance_rows,
}
