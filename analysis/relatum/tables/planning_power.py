"""The table of a plan that says how often each question would be answered."""

from __future__ import annotations

from relatum.release import Released
from relatum.release.content import content
from relatum.results.planning import PlanCell, SamplePlan
from relatum.tables.pair_words import power_words
from relatum.tables.table import Column, Row, Table

__all__ = ["tabulate_plan_power"]


def tabulate_plan_power(released: Released) -> Table:
    """Tabulate the power of each question by number of investigations, grouped by correlation.

    Parameters
    ----------
    released : Released
        A `SamplePlan`.

    Returns
    -------
    Table
    """
    found = content(released, SamplePlan)
    aims = found.targets
    return Table(
        title=f"{found.title}: power of each question by number of investigations",
        columns=(
            Column(label="Investigations", width=5),
            Column(label="Reports", align="right", width=3),
            Column(label="Attempts", align="right", width=3),
            Column(label="Equivalence", align="right", width=4),
            Column(label="Equivalence, silence open", align="right", width=4),
            Column(label="Two domains together", align="right", width=4),
            Column(label="Rate ratio of attempts", align="right", width=4),
            Column(label="Step back by characteristic", align="right", width=5),
        ),
        rows=tuple(
            Row(group=f"Correlation within investigations {icc:g}", cells=_line(cell))
            for icc in found.iccs
            for cell in found.line(icc)
        ),
        footnotes=(
            f"Equivalence to a second sample within {aims.margin:g} when there is no difference.",
            f"Odds ratio {aims.pair_odds_ratio:g} of two domains, found at the 5% level of all "
            f"pairs; rate ratio {aims.rate_ratio:g} of attempts; odds ratio "
            f"{aims.step_odds_ratio:g} of a step back. Domains and steps back are compared within "
            "investigations, as in files that document one as deeply as the other.",
        ),
    )


def _line(cell: PlanCell) -> tuple[str, ...]:
    return (
        f"{cell.cases:,}",
        f"{cell.reports:,.0f}",
        f"{cell.events:,.0f}",
        power_words(cell.power_pair),
        power_words(cell.power_open),
        power_words(cell.power_domains),
        power_words(cell.power_ratio),
        power_words(cell.power_step),
    )
